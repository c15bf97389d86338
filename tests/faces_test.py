#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every scenario with the other face of the shell: what it says of loss, duplicates, order and endings holds there, too.

  faces_test.py VFSIM SCENARIOS [--every N [--from K]] [--jobs N] [--images LINUX WINDOWS]

Each VM's `shell linux` becomes `shell windows`. Expectations that hold are a scenario's own: figures of time and cost are the face's
(a DPC is no NAPI poll), so those that compare times, rates or cycles are left aside; all others must pass, nothing may go wrong that
nobody named, and the books balance. With `--images` the functions that NDIS and a driver of it call are looked at, too: they keep RDI and
RSI, as Microsoft's convention has it, which no function of the Linux image does. Where two faces differ for a reason that is meant, DIFFERENT says which and why.
"""
import argparse
import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys
import tempfile

# what of an expectation is a figure that the face has its part in
FIGURES = re.compile(r"\b(blackout|latency|jitter|pdv|offered|throughput|goodput|rtt|downtime|cycles-per-frame|steal|cpu|rate|stalled"
                     r"|recovered|transaction|frames/s)\b")
# {scenario: (what may be otherwise, why)}: a regular expression of expectations, or of what goes wrong
DIFFERENT = {
    "102-policy-host": (r"web (reason vmNptIncompatibleGuest|emulated)", "the host says that it knows Windows guests only"),
    "150-iommu-pages": (r"^to-b delivered > 3300", "how many frames of a flood are taken is its driver's speed, too"),
    "444-bnx2x-as-published": (r"^down reordered", "connections of one half of a capture go by three transmit queues, each in order"),
    "62-migrate-hold-none": (r"^in lost >= 450", "frames that were under way when it stopped"),
    "67-migrate-fails": (r"^in lost = 22", "as many frames as came to the former host when its tunnel was dead"),
}


def windows(text):
    """The scenario with the other face, or None: it has no VM, or says by `path` what its VMs are."""
    lines, count = text.splitlines(), 0
    for i, line in enumerate(lines):
        if not re.match(r"vm\s", line):
            continue
        body, mark, comment = line.partition(" #")
        if " path " in body:
            return None
        if " shell " in body:
            body = body.replace("shell linux", "shell windows")
        else:
            body += " shell windows net npa"
        lines[i] = body + mark + comment
        count += 1
    return "\n".join(lines) + "\n" if count else None


def judge(name, result):
    """What of a result is not as it must be."""
    allowed = re.compile(DIFFERENT[name][0]) if name in DIFFERENT else None
    for e in result["expectations"]:
        if e["passed"] or FIGURES.search(e["text"]) or (allowed and allowed.search(e["text"])):
            continue
        yield f"{e['text']}: {e['seen']}"
    for u in result["unexpected"]:
        if not (allowed and allowed.search(u["act"])):
            yield f"nobody expected: {u['act']}: {u['ending']}: {u['reason']}"
    if not result["books"]["balanced"]:
        yield "the books do not balance"
    for shell in result["shells"]:
        if shell["shell"] != "windows":
            yield f"{shell['vm']} has the face {shell['shell']}"


def mirror(folder, place):
    """The tree as a scenario sees it, in `place`: what is written there is written into no tree."""
    here = place / folder.name
    here.mkdir()
    for of, into in ((folder.parent, place), (folder, here)):
        for entry in of.iterdir():
            if entry != folder and entry.suffix != ".scn":
                (into / entry.name).symlink_to(entry)
    return here


def run(vfsim, path, place):
    text = windows(path.read_text())
    if text is None:
        return path.stem, None
    scenario = place / path.name
    scenario.write_text(text)
    ran = subprocess.run([vfsim, "run", "--json", scenario], capture_output=True, text=True, check=False)
    if not ran.stdout.startswith(("{", "[")):
        return path.stem, [ran.stderr.strip()[:300] or f"exit status {ran.returncode}"]
    result = json.loads(ran.stdout)
    return path.stem, list(judge(path.stem, result[0] if isinstance(result, list) else result))


# called by the operating system's side, and calling the core, which keeps neither register
NDIS = ("MiniportSendNetBufferLists", "MiniportReturnNetBufferLists", "MiniportMessageInterruptDPC", "MiniportMessageInterrupt",
        "MiniportOidRequest", "MiniportPause", "ProtocolReceiveNetBufferLists", "ProtocolSendNetBufferListsComplete", "DbgPrint")


def keepers(image):
    """Functions of an image that save RDI and RSI for their caller."""
    code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", image], capture_output=True, text=True, check=True).stdout
    for function in re.split(r"\n\n", code):
        name = re.search(r"<([\w.]+)>:", function)
        if name and all(re.search(rf"\bpush +%{register}\b|mov +%{register},0x[0-9a-f]+\(%rsp\)", function) for register in ("rdi", "rsi")):
            yield name[1].partition(".")[0]


def check_conventions(linux, windows_image):
    for name in sorted(set(NDIS) - set(keepers(windows_image))):
        yield f"{name} is not called by Microsoft's convention"
    for name in sorted(set(keepers(linux))):
        yield f"{name} of the Linux image keeps RDI and RSI"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("vfsim")
    parser.add_argument("scenarios", type=pathlib.Path)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--images", nargs=2)
    args = parser.parse_args()
    findings = list(check_conventions(*args.images)) if args.images else []
    for line in findings:
        print(line)
    paths = sorted(args.scenarios.glob("[0-9]*.scn"))[args.first::args.every]
    with tempfile.TemporaryDirectory() as work, concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        place = mirror(args.scenarios.resolve(), pathlib.Path(work))
        results = list(pool.map(lambda path: run(args.vfsim, path, place), paths))
    tried = [(name, found) for name, found in results if found is not None]
    for name, found in tried:
        for line in found:
            print(f"{name}: {line}")
    bad = sum(bool(found) for _, found in tried)
    print(f"{len(tried)} scenarios with the Windows face, {len(results) - len(tried)} left aside (without a VM, or by path), {bad} with findings")
    return bool(bad or findings) or len(tried) < len(results) // 2


if __name__ == "__main__":
    sys.exit(main())
