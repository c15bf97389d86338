#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`vfsim plugin sign` makes an image of a linker's object and leaves alone what is none; `vfsim plugin check` says the same of it.

Each reason of guest/include/npa_load.h that a file can show has a file that shows it.

usage: cli_sign.py VFSIM     (the build's plugins lie beside it, in plugins/)
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from cli_images import PT_DYNAMIC, PT_LOAD, DT_NEEDED, DT_NULL, DT_REL, DT_RELA, DT_RELASZ, WRITE, RUN, Image

VFSIM = os.path.abspath(sys.argv[1])
STORE = os.path.join(os.path.dirname(VFSIM), "plugins")
TREE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PT_NULL, PT_INTERP, PT_NOTE, PT_PHDR, PT_TLS, PT_STACK = 0, 3, 4, 6, 7, 0x6474e551
DT_HASH, DT_SYMTAB, DT_RELAENT, NOBODY = 4, 6, 9, 65534
SAID = ["--licence", "GPL", "--vendor", "Acme 1"]
wrong = []


def check(good, text):
    if not good:
        wrong.append(text)


def vfsim(*args):
    """Its text without the line feeds by which long ones are broken."""
    done = subprocess.run([VFSIM, "plugin", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    done.stdout = re.sub(r"\n    (?=\S)", " ", done.stdout)
    return done


def stored(name):
    with open(os.path.join(STORE, name + ".so"), "rb") as file:
        return file.read()


def image(name="selftest"):
    """One of the build's as a vendor would have it who knows nothing of notes."""
    made = Image(stored(name))
    return made.put(made.header(PT_NOTE), "I", PT_NULL)


def with_headers(made, count):
    """As many program headers, at the end of the file."""
    table = made.data[made.phoff:made.phoff + 56 * made.phnum] + bytes(56 * (count - made.phnum))
    at = len(made.data) + -len(made.data) % 8
    made.data += bytes(at - len(made.data)) + table
    made.put(32, "Q", at).put(56, "H", count)
    return Image(made.data)


def symbol(made, name):
    """Where the dynamic symbol of that name is, in the file."""
    at, strings = (made.in_file(made.get(made.dynamic(tag) + 8, "Q")) for tag in (DT_SYMTAB, 5))
    for i in range(1, 100):
        text = strings + made.get(at + 24 * i, "I")
        if made.data[text:made.data.index(0, text)] == name:
            return at + 24 * i
    raise KeyError(name)


def swapped(made):
    """Its first two relocations, the other way round."""
    at = made.relocation(0)
    made.data[at:at + 48] = made.data[at + 24:at + 48] + made.data[at:at + 24]
    return made


def code(made, add=0):
    return made.get(made.header(PT_LOAD, RUN) + 16, "Q") + add


ENTRY = b"NPA_PluginMain"
# Of no right image: its reason in npa_load.h, what is done to a good one, and what is said of it.
FORMS = [
    ("NOT_ELF", lambda m: Image(b"hello, world" + bytes(100)), "ELF header: not an ELF file"),
    ("NOT_ELF", lambda m: m.put(16, "H", 2), "ELF header: not a shared object (type 2)"),
    ("NOT_ELF", lambda m: m.put(16, "H", 1), "ELF header: not a shared object (type 1)"),
    ("TRUNCATED", lambda m: m.data[:40], "ELF header: file ends after 40 bytes"),
    ("TRUNCATED", lambda m: m.data[:6000], "program headers: segment 2 ends beyond the end of the file"),
    ("TRUNCATED", lambda m: m.put(32, "Q", len(m.data)), "program headers: beyond the end of the file"),
    ("WRONG_MACHINE", lambda m: m.put(4, "B", 1), "ELF header: not for x86-64 (class 1, machine 62)"),
    ("WRONG_MACHINE", lambda m: m.put(5, "B", 2), "ELF header: not for x86-64"),
    ("WRONG_MACHINE", lambda m: m.put(18, "H", 183), "ELF header: not for x86-64 (class 2, machine 183)"),
    ("TOO_LARGE", lambda m: m.field(m.header(PT_LOAD, WRITE, True), "memsz", 64 * 4096), "program headers: needs more than 64 pages"),
    ("TOO_LARGE", lambda m: m.data + bytes(8 << 20), "at most 8388608"),
    ("IMPORTS", lambda m: Image(stored("ixgbevf-imports")), ".dynsym: imports printk"),
    ("IMPORTS", lambda m: m.put(symbol(m, ENTRY) + 6, "H", 0), ".dynsym: imports NPA_PluginMain"),
    ("IMPORTS", lambda m: m.put(m.dynamic(DT_RELAENT), "Q", DT_NEEDED), ".dynamic: needs a shared library"),
    ("RELOCATION", lambda m: m.put(m.relocation(1) + 8, "I", 1), ".rela.dyn: entry 1 is of type 1, only relative ones are allowed"),
    ("RELOCATION", lambda m: m.put(m.dynamic(DT_RELASZ), "Q", DT_REL), ".dynamic: has a relocation table other than DT_RELA"),
    ("RELOCATION", lambda m: m.put(m.dynamic(DT_RELAENT) + 8, "Q", 16), ".rela.dyn: table of"),
    ("NO_ENTRY", lambda m: m.put(m.dynamic(DT_HASH), "Q", DT_RELAENT),
     ".hash: no table of symbols of the System V kind (link with -Wl,--hash-style=sysv)"),
    ("NO_ENTRY", lambda m: Image(m.data.replace(ENTRY, ENTRY[:-1] + b"m")), ".dynsym: no function NPA_PluginMain in an executable segment"),
    ("NO_ENTRY", lambda m: m.put(symbol(m, ENTRY) + 4, "B", 0x11), ".dynsym: no function NPA_PluginMain in an executable segment"),
    ("NO_ENTRY", lambda m: m.put(symbol(m, ENTRY) + 8, "Q", code(m, -1)), ".dynsym: no function NPA_PluginMain in an executable segment"),
    ("NO_ENTRY", lambda m: m.put(m.dynamic(DT_SYMTAB) + 8, "Q", 1 << 40), ".dynsym: outside the image"),
    ("SEGMENTS", lambda m: m.field(m.header(PT_LOAD, RUN), "flags", 7), "program headers: segment 1 is writable and executable"),
    ("SEGMENTS", lambda m: m.field(m.header(PT_LOAD), "vaddr", 4096), "program headers: segment 0 overlaps or does not start at 0"),
    ("SEGMENTS", lambda m: m.put(m.header(PT_LOAD, RUN) + 48, "Q", 1 << 16), "program headers: segment 1 is not laid out for 4 KiB pages"),
    ("SEGMENTS", lambda m: m.put(m.header(PT_STACK), "I", PT_TLS), "program headers: thread-local segment"),
    ("SEGMENTS", lambda m: m.put(m.header(PT_STACK), "I", PT_INTERP), "program headers: interpreter segment"),
    ("SEGMENTS", lambda m: m.put(m.header(PT_DYNAMIC), "I", PT_NULL), ".dynamic: missing or outside the image"),
    ("SEGMENTS", lambda m: with_headers(m, 17), "program headers: 17 entries of 56 bytes (at most 16 of 56)"),
    ("SEGMENTS", lambda m: m.put(56, "H", 0), "program headers: 0 entries"),
]
# Right, and not for signing as it is: of `sign` alone.
UNSIGNED = [
    (lambda m: m, [], "it has no note, so licence and vendor must be said"),
    (lambda m: m, SAID[:2], "it has no note, so licence and vendor must be said"),
    (lambda m: m, SAID[2:], "it has no note, so licence and vendor must be said"),
    (lambda m: m, ["--licence", "GPL", "--vendor", "v" * 32], "room for a vendor of 31 characters"),
    (lambda m: m, ["--licence", "L" * 32, "--vendor", "v"], "room for a licence of 31 characters"),
    (lambda m: m, ["--licence", "GPL", "--vendor", "Ac\u00e9me"], "a vendor is printable ASCII"),
    (lambda m: m, ["--licence", "", "--vendor", "v"], "--licence is given nothing"),
    (lambda m: with_headers(m, 15), SAID, "program headers: 15 entries, and a note needs two more than that (at most 16)"),
    (lambda m: m.field(m.header(PT_LOAD, WRITE, True), "memsz", 64 * 4096 - m.get(m.header(PT_LOAD, WRITE, True) + 16, "Q")), SAID,
     "program headers: needs more than 64 pages"),
    (swapped, SAID, ".rela.dyn: table not sorted, or a relocated word out of place"),
    (lambda m: Image(stored("ixgbevf")), [], 'it is signed already, by "vfsim ixgbevf 2" under "GPL-2.0-or-later" (--force signs it anew)'),
    (lambda m: Image(stored("ixgbevf")), SAID, "it is signed already"),
    (lambda m: Image(stored("ixgbevf-tampered")), [], "and was changed since (--force signs it anew)"),
]
# Of the form of an image, and refused: its reason, what is said, and what is said when it is signed anew; None: it is taken then.
REFUSED = [
    ("NO_NOTE", image(), ".note.npa: no NPA note in the loaded pages", None),
    ("LICENCE", Image(stored("ixgbevf-proprietary")), '.note.npa: licence "Proprietary" is not accepted', None),
    ("DIGEST", Image(stored("ixgbevf-tampered")), ".note.npa: digest does not match", None),
    ("VECTOR_CODE", Image(stored("ixgbevf-vector")), ".text: pxor at 0x", ".text: pxor at 0x"),
    ("SYSTEM_CODE", Image(stored("ixgbevf-syscall")), ".text: syscall at 0x", ".text: syscall at 0x"),
    ("API_VERSION", Image(stored("ixgbevf").replace(b"NPA\0\x01\0\0\0GPL", b"NPA\0\x02\0\0\0GPL")),
     ".note.npa: plugin API version 2, this side knows up to 1", ".note.npa: plugin API version 2"),
]


def write(path, made):
    with open(path, "wb") as out:
        out.write(getattr(made, "data", made))


def read(path):
    with open(path, "rb") as file:
        return file.read()


def of_no_form(path):
    for number, (reason, change, words) in enumerate(FORMS):
        write(path, change(image()))
        before = read(path)
        for act, status in (["check"], 1), (["sign", *SAID], 2), (["sign", "--force", *SAID], 2):
            done = vfsim(*act, path)
            said = done.stdout if act == ["check"] else done.stderr
            check(done.returncode == status and words in said, f"form {number} ({reason}), {act[:2]}: {done.returncode}, not {status}; {said!r}")
        check(read(path) == before, f"form {number} ({reason}): the file was changed")
    for number, (change, options, words) in enumerate(UNSIGNED):
        write(path, change(image()))
        before = read(path)
        done = vfsim("sign", path, *options)
        check(done.returncode == 2 and words in done.stderr, f"unsigned {number}: {done.returncode}, {done.stderr!r}")
        check(read(path) == before, f"unsigned {number}: the file was changed")


def refused(path):
    for reason, made, words, then in REFUSED:
        write(path, made)
        done = vfsim("check", path)
        check(done.returncode == 1 and words in done.stdout, f"{reason}: {done.returncode}, {done.stdout!r}")
        done = vfsim("sign", "--force", *SAID, path)
        check(done.returncode == bool(then) and (then or ": accepted") in done.stdout, f"{reason}, signed: {done.returncode}, {done.stdout!r}")
        again = vfsim("check", path)
        check(again.stdout == done.stdout and again.returncode == done.returncode, f"{reason}: check says {again.stdout!r}")
    with open(os.path.join(TREE, "guest", "include", "npa_load.h"), encoding="utf-8") as header:
        known = set(re.findall(r"^    CHECK\((\w+), \d+, (?:FORM|NOTE|CODE), ", header.read(), re.M)) - {"OK"}
    shown = {row[0] for row in FORMS + REFUSED}
    check(len(known) > 12 and known == shown, f"reasons that no file shows: {known ^ shown}")


def documented(folder):
    """docs/plugins.md has each reason of the header, in its words and of its kind; and each licence."""
    kinds = {"FORM": "the file", "NOTE": "the note", "CODE": "the code", "GUEST": "the run"}
    with open(os.path.join(TREE, "guest", "include", "npa_load.h"), encoding="utf-8") as header:
        text = header.read()
    known = {(words, kinds[kind]) for name, kind, words in re.findall(r'^    CHECK\((\w+), \d+, (\w+), "(.*?)"\)', text, re.M) if name != "OK"}
    with open(os.path.join(TREE, "docs", "plugins.md"), encoding="utf-8") as page:
        page = page.read()
    table = set(re.findall(r"^\| ([^|`]+) \| (the \w+) \| ", page, re.M))
    check(len(known) > 15 and table == known, f"docs/plugins.md and npa_load.h differ in {table ^ known}")
    for name in re.findall(r'"([^"]+)"', re.search(r"#define NPA_LICENCES(.*?)\nstruct", text, re.S)[1]):
        check(f"`{name}`" in page.replace("\n", " "), f"docs/plugins.md does not know the licence {name}")
    odd(page)
    followed(folder, page)


def odd(page):
    """The tests that docs/plugins.md names for what the published plugin does otherwise are there."""
    rows = [row.split(" | ") for row in re.findall(r"^\| (?:[a-k] )?\| .*\|$", page.split("## What the one published")[1], re.M)]
    check([row[0].strip("| ") for row in rows][:12] == [""] + list("abcdefghijk"), f"docs/plugins.md: letters {[row[0] for row in rows]}")
    for name in re.findall(r"`([^`]+)`", " ".join(row[-1] for row in rows[1:])):
        if re.match(r"\d", name):
            good = os.path.exists(os.path.join(TREE, "scenarios", name + ".scn"))
        elif name.startswith("unit/"):
            good = os.path.exists(os.path.join(TREE, "tests", name + ".c"))
        else:
            good = not subprocess.run(["grep", "-rqE", rf"START_TEST\({name}\)|add_test\(NAME {name} ", os.path.join(TREE, "tests")],
                                      check=False).returncode
        check(good, f"docs/plugins.md names the test {name}, which is not there")


SMALL = """#include "npa_plugin_api.h"
static uint32 one(Plugin_State *ps) { ps->shellApi.log(1, "small"); return 0; }
static uint32 two(Plugin_State *ps, uint32 queue) { (void)ps; return queue & 0; }
static uint32 send(Plugin_State *ps, uint32 queue, const Plugin_SendInfo *info, const Plugin_SgList *sgl, Bool hint)
{ (void)ps, (void)queue, (void)info, (void)sgl, (void)hint; return PLUGIN_NO_ROOM; }
static uint32 check(Plugin_State *ps, uint32 queue, uint32 most) { (void)ps, (void)most; return queue & 0; }
uint32 NPA_PluginMain(struct Plugin_Api *api)
{
    api->swInit = one;
    api->reinitRxRing = api->reinitTxRing = api->enableInterrupt = api->disableInterrupt = two;
    api->checkTxRing = api->addBuffersToRxRing = two;
    api->addFrameToTxRing = send;
    api->checkRxRing = check;
    return 0;
}
"""


def followed(folder, page):
    """The commands of docs/plugins.md, word by word but for where the kit lies, make an image of a small plugin of ours."""
    kit = os.path.join(folder, "kit")
    shutil.copytree(os.path.join(TREE, "guest", "include"), kit)
    shutil.copytree(os.path.join(kit, "npa_compat"), kit, dirs_exist_ok=True)
    write(os.path.join(folder, "myvf.c"), SMALL.encode())
    commands = re.findall(r"^```sh\n(.*?)^```", page, re.M | re.S)
    check(len(commands) == 2 and "gcc -shared" in commands[0] and "plugin sign" in commands[1], f"commands of docs/plugins.md: {commands}")
    environment = dict(os.environ, PATH=os.path.dirname(VFSIM) + ":" + os.environ["PATH"])
    for command in commands:
        done = subprocess.run(["sh", "-ec", command.replace("/usr/share/vfsim/plugin-kit/include", kit)], cwd=folder, env=environment,
                              capture_output=True, text=True, check=False)
        check(done.returncode == 0 and not done.stderr, f"{command}: {done.returncode} {done.stdout} {done.stderr}")
    done = vfsim("check", os.path.join(folder, "myvf.so"))
    check(done.returncode == 0 and ": accepted" in done.stdout and "Acme myvf 1.2" in done.stdout, f"myvf.so: {done.stdout}")


def licences(path):
    """Each that is accepted, and what is nearly one."""
    with open(os.path.join(TREE, "guest", "include", "npa_load.h"), encoding="utf-8") as header:
        text = re.search(r"#define NPA_LICENCES(.*?)\nstruct", header.read(), re.S)[1]
    accepted = re.findall(r'"([^"]+)"', text)
    check("GPL" in accepted and "GPL-2.0-only" in accepted and len(accepted) == 10, f"licences: {accepted}")
    rows = [(name, 0) for name in accepted] + [(name, 1) for name in ("GPL-3.0-only", "GP", "GPL ", "gpl", "GPL-2.0-onl", "GPL v2x", "MIT")]
    for name, status in rows:
        write(path, image())
        done = vfsim("sign", path, "--licence", name, "--vendor", "v")
        check(done.returncode == status, f"licence {name!r}: {done.returncode}")


def whole(folder, path):
    """What is signed is as it was but for its note: other tools still read it, and it runs."""
    write(path, image("ixgbevf"))
    os.chmod(path, 0o751)
    link = os.path.join(folder, "link.so")
    os.symlink("bad.so", link)
    done = vfsim("sign", link, *SAID, "--json")
    said = json.loads(done.stdout)["plugins"][0]
    check((said["verdict"], said["images"][0]["licence"], said["images"][0]["vendor"]) == ("accepted", "GPL", "Acme 1"), f"JSON: {said}")
    check(os.path.islink(link) and os.stat(path).st_mode & 0o777 == 0o751, "a link was replaced, or permissions were lost")
    made, old = Image(read(path)), image("ixgbevf")
    check(made.data[64:len(old.data)] == old.data[64:], "more than the header was changed in place")
    notes = subprocess.run(["readelf", "-nW", path], capture_output=True, text=True, check=True)
    check("NPA" in notes.stdout and ".note.npa" in notes.stdout and not notes.stderr, f"readelf: {notes.stdout} {notes.stderr}")
    names = [subprocess.run(["nm", file], capture_output=True, text=True, check=True).stdout for file in (path, os.path.join(STORE, "ixgbevf.so"))]
    check(names[0] == names[1] and "NPA_PluginMain" in names[0], "its symbols are others")
    # Stripped of its sections' table, too; and by another name, with the image as it was.
    bare = Image(made.data[:len(old.data)])
    bare.data[:64] = old.data[:64]
    bare.put(40, "Q", 0).put(60, "H", 0).put(62, "H", 0)
    write(path, bare)
    other = os.path.join(folder, "other.so")
    done = vfsim("sign", path, *SAID, "-o", other)
    check(done.returncode == 0 and f"{other}: accepted" in done.stdout and read(path) == bytes(bare.data), f"-o: {done}")
    # A program header for the table itself goes along with it.
    write(path, image("ixgbevf").put(image("ixgbevf").header(PT_STACK), "I", PT_PHDR))
    check(vfsim("sign", path, *SAID).returncode == 0, "with PT_PHDR")
    made = Image(read(path))
    head = made.header(PT_PHDR)
    check(made.get(head + 8, "Q") == made.phoff and made.in_file(made.get(head + 16, "Q")) == made.phoff and
          made.get(head + 32, "Q") == 56 * made.phnum, "PT_PHDR leads elsewhere")
    runs(folder, path)


def runs(folder, path):
    store = os.path.join(folder, "store")
    shutil.copytree(STORE, store)
    shutil.copy(path, os.path.join(store, "ixgbevf.so"))
    scenario = os.path.join(TREE, "scenarios", "01-midflow-switch.scn")
    done = subprocess.run([VFSIM, "run", "--plugins", store, scenario], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    check(done.returncode == 0 and "verdict: PASS" in done.stdout, f"it does not run: {done.stdout[-600:]} {done.stderr}")


def files(folder, path):
    """What can't be read or written; several at once."""
    good, none, bad = os.path.join(folder, "good.so"), os.path.join(folder, "none.so"), os.path.join(folder, "bad.so")
    write(good, image())
    write(bad, b"no")
    done = vfsim("sign", none, bad, good, *SAID)
    check(done.returncode == 2 and f"{none}: No such file" in done.stderr and "bad.so: ELF header" in done.stderr and
          "good.so: accepted" in done.stdout, f"several: {done}")
    for target, words in (("/dev/full", "/dev/full: No space left on device"), (folder, "Is a directory"), (folder + "/no/x.so", "No such file")):
        write(path, image())
        done = vfsim("sign", path, *SAID, "-o", target)
        check(done.returncode == 2 and words in done.stderr and not done.stdout.count("accepted"), f"-o {target}: {done}")
    check(vfsim("sign", folder, *SAID).stderr.endswith(": Is a directory\n"), "a folder is no image")
    for args, words in ((["sign", path, good, "-o", none], "--output takes one image, and there are 2"),
                        (["check", path, "--licence", "GPL"], "--licence is for vfsim plugin sign"),
                        (["check", path, "--force"], "--force is for vfsim plugin sign"),
                        (["sign"], "sign what?"), ([], "vfsim plugin check|sign FILE"), (["sing", path], "did you mean 'sign'?"),
                        (["sign", path, "--license", "GPL"], "did you mean '--licence'?")):
        done = vfsim(*args)
        check(done.returncode == 2 and words in done.stderr, f"{args}: {done.returncode} {done.stderr!r}")


def read_only(folder):
    """A file that may not be written; root may write all, so root is nobody here."""
    mine = os.path.join(folder, "mine")
    os.mkdir(mine)
    path, program, how = os.path.join(mine, "x.so"), VFSIM, {}
    write(path, image())
    os.chmod(path, 0o444)
    if os.getuid() == 0:
        how = {"user": NOBODY}
        program = os.path.join(mine, "vfsim")
        for name in os.listdir(os.path.dirname(VFSIM)):
            if name == "vfsim" or name.startswith("libvfsim.so"):
                shutil.copy(os.path.join(os.path.dirname(VFSIM), name), mine)
        os.chmod(folder, 0o755)
        for name in [mine] + [os.path.join(mine, name) for name in os.listdir(mine)]:
            os.chown(name, NOBODY, NOBODY)
    before = read(path)
    done = subprocess.run([program, "plugin", "sign", path, *SAID], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, **how)
    check(done.returncode == 2 and f"{path}: Permission denied" in done.stderr and read(path) == before, f"read-only: {done}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "bad.so")
        of_no_form(path)
        refused(path)
        licences(path)
        documented(folder)
        whole(folder, path)
        files(folder, path)
        read_only(folder)
        left = [name for _, _, names in os.walk(folder) for name in names if ".tmp." in name]
        check(not left, f"temporaries: {left}")
    for text in wrong:
        print(text)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
