# SPDX-License-Identifier: GPL-2.0-or-later
"""What cases are made of: a simulation that is served, and guests of QEMU beside it. Each ends with its `with`."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import time

SLOWER = 1 # how much longer all may take: set where guests are emulated


class Unavailable(Exception):
    """A case can't be run here."""


class Failure(Exception):
    """A case has found what should not be."""


def need(condition, text):
    if not condition:
        raise Failure(text)


def until(what, seconds, look, every=0.2):
    """The first true thing that `look` gives; a Failure behind `seconds`."""
    end = time.monotonic() + seconds * SLOWER
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise Failure(f"{what}: not within {seconds * SLOWER:.0f} s")
        time.sleep(every)


def end_process(process, seconds):
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None


class Simulation:
    """`vfsim serve` with a scenario; VMs with `kernel vfio-user` have their sockets in the folder."""

    def __init__(self, place, scenario, options=()):
        self.folder, self.vfsim = place.folder, place.vfsim
        self.scenario = self.folder / "served.scn"
        self.scenario.write_text(scenario, encoding="utf-8")
        self.guests = [line.split()[1] for line in scenario.splitlines() if line.startswith("vm ") and "kernel vfio-user" in line]
        self.control = self.folder / "control"
        pairs = ",".join(f"{name}={self.socket(name)}" for name in self.guests)
        self.out, self.err = self.folder / "report.txt", self.folder / "serve.err"
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = subprocess.Popen([self.vfsim, "serve", self.scenario, "--vfio-user", pairs, "--ctl", self.control, *options],
                                            stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=self.folder)
        place.started.append(self.process)
        until("sockets of vfsim serve", 20, self._is_there)

    def _is_there(self):
        if self.process.poll() is not None:
            raise Failure(f"vfsim serve ended at once: {self.err.read_text(errors='replace').strip()[-400:]}")
        return self.control.exists() and all(self.socket(name).exists() for name in self.guests)

    def socket(self, name):
        return self.folder / f"{name}.sock"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            end_process(self.process, 20)

    def ask(self, line):
        """The answer to `vfsim ctl … LINE`, and its exit status."""
        done = subprocess.run([self.vfsim, "ctl", self.control, *line.split()], capture_output=True, text=True, timeout=60 * SLOWER)
        need(done.stdout, f"vfsim ctl … {line}: no answer: {done.stderr.strip()}")
        return json.loads(done.stdout), done.returncode

    def ctl(self, line):
        """What it says, where it must be done."""
        answer, status = self.ask(line)
        need(status == 0 and answer["ok"], f"vfsim ctl … {line}: {json.dumps(answer)}")
        return answer

    def said(self, line):
        return "\n".join(self.ctl(line)["said"])

    def counters(self, owner):
        return self.ctl(f"stats {owner}")["counters"]

    def report(self):
        """Ends the run; its report and its exit status."""
        self.ask("quit")
        status = end_process(self.process, 60 * SLOWER)
        return self.out.read_text(encoding="utf-8"), status


class Guest:
    """A machine of QEMU with Debian's kernel: `devices` are QEMU's -device arguments; commands go by its second serial port."""

    def __init__(self, place, name, devices=(), memory=512, initramfs="initramfs", append="", options=(), modules="", cpus=1):
        self.folder, self.name = place.folder, name
        self.lines, self.number, self.buffer = [], 0, b""
        self.console = self.folder / f"{name}.console"
        self.channel = self.folder / f"{name}.shell"
        self.monitor = self.folder / f"{name}.monitor"
        self.errors = self.folder / f"{name}.qemu"
        for path in (self.channel, self.monitor):
            path.unlink(missing_ok=True)
        split = ",kernel-irqchip=split" if any("intel-iommu" in device for device in devices) else ""
        command = [*place.qemu, "-machine", f"q35,accel={place.accelerator},memory-backend=ram{split}", "-cpu", place.cpu, "-smp", str(cpus),
                   "-m", str(memory), "-object", f"memory-backend-memfd,id=ram,size={memory}M,share=on", "-nodefaults", "-display", "none",
                   "-no-user-config", "-serial", f"file:{self.console}",
                   "-chardev", f"socket,id=shell,path={self.channel},server=on,wait=off", "-serial", "chardev:shell",
                   "-qmp", f"unix:{self.monitor},server=on,wait=off", "-kernel", place.kept / "vmlinuz", "-initrd", place.kept / initramfs,
                   "-append", f"console=ttyS0 quiet panic=-1 net.ifnames=0 modules=\"{modules}\" {append}", *options]
        for device in devices:
            command += ["-device", device]
        with open(self.errors, "wb") as err:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=err, stderr=err, cwd=self.folder)
        place.started.append(self.process)
        self.shell = None
        until(f"QEMU of {name}", 30, lambda: self._is_alive() and self.channel.exists())
        self.shell = socket.socket(socket.AF_UNIX)
        self.shell.connect(str(self.channel))
        try:
            self.kernel = self.wait_up()
        except Failure:
            self.kill()
            raise

    def wait_up(self):
        line = self._line(60)
        while not line.startswith("up "):
            line = self._line(60)
        return line.split()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def kill(self):
        """As a process dies that nobody asked."""
        if self.shell:
            self.shell.close()
        self.process.kill()
        self.process.wait()

    def _is_alive(self):
        said = self.errors.read_text(errors="replace").strip()
        if "KVM internal error" in said: # it stands still then
            raise Failure("KVM internal error: " + said.split("KVM internal error", 1)[1].splitlines()[0].strip(". "))
        if self.process.poll() is not None:
            raise Failure(f"QEMU of {self.name} ended: {said[-600:]}")
        return True

    def _more(self, end):
        self._is_alive()
        left = end - time.monotonic()
        if left <= 0:
            last = self.console.read_text(errors="replace").strip().splitlines()[-3:]
            raise Failure(f"{self.name} says nothing; its console: {' | '.join(last)}")
        self.shell.settimeout(min(left, 1))
        try:
            got = self.shell.recv(65536)
        except TimeoutError:
            return
        need(got, f"{self.name}: its serial port is closed")
        self.buffer += got

    def _line(self, seconds):
        end = time.monotonic() + seconds * SLOWER
        while b"\n" not in self.buffer:
            self._more(end)
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.decode(errors="replace").strip()

    def start(self, command):
        """Begins a command; finish() has its number. Those that end meanwhile are kept."""
        self.number += 1
        self.shell.sendall(f"{self.number} {command}\n".encode())
        return self.number

    def finish(self, number, seconds=30):
        while True:
            for ended in self.lines:
                if ended[0] == number:
                    self.lines.remove(ended)
                    return ended[1], ended[2]
            words = self._line(seconds).split()
            if len(words) != 3 or not all(w.isdigit() for w in words):
                continue
            size, end = int(words[2]), time.monotonic() + seconds * SLOWER
            while len(self.buffer) < size:
                self._more(end)
            text, self.buffer = self.buffer[:size].decode(errors="replace"), self.buffer[size:]
            self.lines.append((int(words[0]), int(words[1]), text))

    def run(self, command, seconds=30):
        return self.finish(self.start(command), seconds)

    def do(self, command, seconds=30):
        """What it prints, where it must succeed."""
        status, text = self.run(command, seconds)
        need(status == 0, f"{self.name}: {command}: exit status {status}: {text.strip()[-300:]}")
        return text

    def qmp(self, *commands):
        """Answers of QEMU's monitor."""
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.connect(str(self.monitor))
            monitor.settimeout(20 * SLOWER)
            stream, answers = monitor.makefile("rw"), []
            stream.readline()
            for command in ({"execute": "qmp_capabilities"}, *commands):
                stream.write(json.dumps(command) + "\n")
                stream.flush()
                answer = json.loads(stream.readline())
                while "event" in answer:
                    answer = json.loads(stream.readline())
                answers.append(answer)
            return answers[1:]

    def says(self, pattern):
        """Lines of its console with it."""
        return [line for line in self.console.read_text(errors="replace").splitlines() if pattern in line]


class Place:
    """Where a case works, what it works with, and what it has started, which ends with it."""

    def __init__(self, folder, vfsim, kept, accelerator):
        self.folder, self.vfsim, self.kept, self.accelerator = pathlib.Path(folder), vfsim, pathlib.Path(kept), accelerator
        self.cpu = "host" if accelerator == "kvm" else "max"
        root = self.kept / "root"
        libraries = root / "usr/lib/x86_64-linux-gnu"
        self.qemu = [root / "lib64/ld-linux-x86-64.so.2", "--library-path", libraries, root / "usr/bin/qemu-system-x86_64",
                     "-L", root / "usr/share/qemu", "-L", root / "usr/share/seabios"]
        os.environ["QEMU_MODULE_DIR"] = str(libraries / "qemu")
        self.started = []

    def end(self):
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.wait()


def function(simulation, name, **more):
    """The -device argument of a served function."""
    return json.dumps({"driver": "vfio-user-pci", "socket": {"type": "unix", "path": str(simulation.socket(name))}, **more})
