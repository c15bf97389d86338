#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The Python package: what it tells is what the library tells, as plain objects; errors, callbacks and signals come through.

usage: VFSIM_LIBRARY=libvfsim.so PYTHONPATH=python tests/python_test.py        (from the tree)
"""
import dataclasses
import os
import pathlib
import signal
import subprocess
import sys
import threading
import unittest

import vfsim

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAIN = "scenarios/01-midflow-switch.scn"
LOSSY = "scenarios/02-naive-order.scn"
SMALL = """set size 128
switch tor latency 1us
peer a on tor
peer b on tor
0ps flow f from a to b size $size rate 1000 pps count 20
end expect f lost = 0 latency max < 1ms
"""


class Package(unittest.TestCase):
    def test_reports_are_the_programs(self):
        with vfsim.World.read(MAIN) as world:
            self.assertTrue(world.run())
            self.assertEqual(world.verdict, "PASS")
            self.assertEqual(world.report_text(), (ROOT / "scenarios/01-midflow-switch.out").read_text())
            self.assertEqual(world.report()["verdict"], "PASS")
            self.assertIn("</html>", world.report_html())

    def test_figures_are_plain_objects_that_add_up(self):
        with vfsim.World.read(LOSSY) as world:
            world.run("250ms")
            self.assertEqual(world.now, 250 * vfsim.MS)
            self.assertFalse(world.is_over)
            self.assertEqual({e.outcome for e in world.expectations()}, {"not judged"})
            world.run()
            for flow in world.flows():
                series = world.series(flow.name)
                self.assertEqual(sum(row.sent for row in series), flow.sent)
                self.assertEqual(sum(row.bytes_delivered for row in series), flow.bytes_delivered)
                self.assertEqual(flow.offered_fps, (flow.sent - 1) * vfsim.S // (flow.last_sent - flow.first_sent))
                self.assertGreater(flow.throughput_bps, flow.throughput_fps * 64 * 8)
                self.assertGreater(flow.jitter, 0)
                self.assertEqual(sum(row.delivered_by_vf for row in series), flow.delivered_by_vf)
                self.assertEqual(sum(loss.frames for loss in world.losses(flow.name)), flow.lost)
                self.assertEqual(world.latency(flow.name, 500), flow.latency_p50)
                self.assertGreater(flow.latency_min, 0)
            rows = [dataclasses.asdict(row) for row in world.series("in")]  # what pandas makes of a list of dataclasses
            self.assertEqual(list(rows[0])[:2], ["begin", "width"])
            self.assertTrue(all(isinstance(value, (int, str, bool, type(None))) for row in rows for value in row.values()))
            web = {c.name: c.value for c in world.counters("web")}
            self.assertGreater(web["received_on_vf"], 0)
            self.assertTrue(any(d.reason == "switch_cut" for d in world.drops()))
            lost = [e for e in world.expectations() if e.text.startswith("in lost")][0]
            self.assertEqual((lost.outcome, lost.measured), ("passed", world.flow("in").lost))
            self.assertRaises(KeyError, world.flow, "nobody")
            self.assertRaises(KeyError, world.series, "nobody")

    def test_connections_are_plain_objects(self):
        world = vfsim.World.parse("switch tor\npeer a on tor\npeer b on tor\n0 flow f from a to b tcp rr 10 request 100 response 2K\n"
                                  "end expect f transactions = 10\n")
        with world:
            self.assertEqual(world.connection("f").state, "not begun")
            world.run()
            (connection,) = world.connections()
            self.assertEqual((connection.name, connection.state, connection.transactions), ("f", "closed", 10))
            self.assertTrue(connection.has_transactions and connection.is_over and not connection.has_failed)
            self.assertEqual(connection.bytes, 10 * (100 + 2048))
            self.assertEqual(connection.segments, world.flow("f").sent)
            self.assertEqual((connection.retransmits, connection.timeouts), (0, 0))
            self.assertGreater(connection.transaction_p50, 0)
            self.assertTrue(all(isinstance(value, (int, str, bool)) for value in dataclasses.asdict(connection).values()))
            self.assertRaises(KeyError, world.connection, "nobody")

    def test_mistakes_are_raised_with_their_places(self):
        with self.assertRaises(vfsim.Error) as caught:
            vfsim.World.parse("host h0 cores four\n" + SMALL + "peer c on tro\n", name="mine")
        first, second = caught.exception.problems
        self.assertEqual((first.file, first.line, first.column), ("mine", 1, 15))
        self.assertEqual(second.line, 8)
        self.assertIn("did you mean 'tor'", second.message)
        self.assertIn("^", second.excerpt)
        scenario = vfsim.Scenario("made")
        scenario.add("switch tor latency 1us")
        with self.assertRaises(vfsim.Error) as caught:
            scenario.add("peer a onn tor")
        self.assertEqual(caught.exception.problems[0].line, 2)
        self.assertRaises(vfsim.Error, vfsim.World.read, "/nowhere.scn")
        self.assertRaises(ValueError, vfsim.time, "soon")

    def test_options_and_lines(self):
        scenario = vfsim.Scenario.parse(SMALL, variables={"size": 256}, seed=5)
        self.assertIn("2 peers", scenario.summary)
        with scenario.build() as world:
            world.run()
            self.assertEqual(world.flow("f").bytes_sent, 20 * 252)
            self.assertEqual(world.report()["seed"], 5)

    def test_callbacks_are_told_all_and_may_raise(self):
        with vfsim.World.parse(SMALL) as world:
            fates, sentences, sightings = [], [], []
            world.on_fate(fates.append)
            world.on_sentence("net", sentences.append)
            world.on_frame("b", sightings.append)
            world.run()
            self.assertEqual([f.number for f in fates if f.flow == "f"], list(range(20)))
            self.assertTrue(all(f.is_delivery and f.place == "b" for f in fates))
            self.assertTrue(sentences and all(s.category == "net" for s in sentences))
            self.assertEqual({len(s.data) for s in sightings if not s.sent}, {124})
        with vfsim.World.parse(SMALL) as world:
            def fail(fate):
                raise RuntimeError(fate.reason)
            world.on_fate(fail)
            self.assertRaisesRegex(RuntimeError, "delivered_peer", world.run)

    def test_hands_on(self):
        with vfsim.World.read(MAIN) as world:
            world.run("300ms")
            self.assertEqual(world.read_config("h0.vmnic0", 0), 0x10fb8086)
            world.write_register("h0.vmnic0", "VTEITR", 0x1f8, function=0)
            self.assertEqual(world.read_register("h0.vmnic0", "VTEITR", function=0) & 0xff8, 0x1f8)
            self.assertRaises(vfsim.Error, world.read_register, "h0.vmnic0", 0x8, 63)
            fates = []
            number = world.send("client", bytes.fromhex("02000000000a020000000101") + b"\x88\xb5" + bytes(46))
            world.on_fate(fates.append)
            world.run("301ms")
            self.assertIn(("delivered_app", "web"), [(f.reason, f.place) for f in fates if f.frame == number])

    def test_what_is_not_there_is_said(self):
        with vfsim.World.parse(SMALL) as world:
            for ask in (world.flow, world.series, world.losses, lambda name: world.latency(name, 500)):
                self.assertRaises(KeyError, ask, "nope")
        for ask in (world.run, world.step, world.flows, world.report, lambda: world.now, lambda: world.verdict):
            self.assertRaisesRegex(ValueError, "this world is closed", ask)
        world.close()

    def test_a_run_goes_on_with_what_is_sent(self):
        with vfsim.World.parse(SMALL) as world:
            world.run()
            number = world.send("a", bytes.fromhex("ffffffffffff020000000101") + b"\x88\xb5" + bytes(46))
            fates = []
            world.on_fate(fates.append)
            world.run()
            self.assertIn(number, [f.frame for f in fates])

    def test_saved_worlds_go_on(self):
        with vfsim.World.read(MAIN) as world:
            world.run("150ms")
            saved = world.save_bytes()
            world.run()
            report = world.report()
        with vfsim.World.load(saved) as again, vfsim.World.read(LOSSY) as other:
            other.run("20ms")  # worlds take turns
            again.run()
            self.assertEqual(again.report(), report)
        self.assertRaises(vfsim.Error, vfsim.World.load, saved[:100])

    def test_another_thread_is_refused(self):
        with vfsim.World.read(MAIN) as world:
            raised = []

            def elsewhere():
                try:
                    world.run()
                except vfsim.Error as error:
                    raised.append(str(error))
            thread = threading.Thread(target=elsewhere)
            thread.start()
            thread.join()
            self.assertIn("thread", raised[0])

    def test_signals_are_heard_between_slices(self):
        with vfsim.World.read(LOSSY) as world:
            def interrupt(_):
                if world.now > 5 * vfsim.MS and not sent:
                    sent.append(world.now)
                    os.kill(os.getpid(), signal.SIGINT)
            sent = []
            world.on_fate(interrupt)
            self.assertRaises(KeyboardInterrupt, world.run)
            self.assertLess(world.now, sent[0] + 2 * vfsim.MS)
            self.assertTrue(world.run())
            self.assertEqual(world.verdict, "PASS")

    def test_the_example(self):
        out = subprocess.run([sys.executable, "docs/examples/python/blackout.py", "scenarios"], capture_output=True, text=True, check=True)
        self.assertIn("03-safe-order: PASS", out.stdout)
        self.assertIn("of in: switch_cut", out.stdout)


if __name__ == "__main__":
    os.chdir(ROOT)
    unittest.main(verbosity=1)
