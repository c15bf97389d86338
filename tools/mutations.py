# SPDX-License-Identifier: GPL-2.0-or-later
"""One-line changes of C sources, for tools/mutate: which lines there are, what can be made of each, and which one a seed picks.

The tree's own style is relied upon: functions open and close with a brace in column 0, binary operators stand between blanks. What the
compiler refuses, or compiles to the same code, is no mutant; the caller asks for the next one then.
"""
import hashlib
import re
from collections import namedtuple

Site = namedtuple("Site", "path line function text")      # line: from 1; text: the line without its newline
Mutation = namedtuple("Mutation", "site operator after")  # after: what stands there instead

# Images that must be refused, and one that only tests of loading use: nothing runs their code.
NOT_RUN = ("guest/plugins/bad/", "guest/plugins/selftest/")
# What holds in every correct program says nothing about tests: a weaker assert is no fault of the program.
NOT_JUDGED = re.compile(r"^\s*(_Static_assert|static_assert|assert)\b")
DECLARATION = re.compile(r"^\s*(static|const|struct|enum|union|unsigned|signed|int|bool|char|void|size_t|u?int\d+_t|sim_time|"
                         r"frame_ref|uint8|uint16|uint32|uint64|vmk_\w+|FILE)\b[^=;(]*[=;[,]")


def masked(text):
    """The same text with comments, strings and characters blanked, so that only code is found in it."""
    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])+'",
                  lambda m: re.sub(r"[^\n]", " ", m.group(0)), text, flags=re.S)


def function_name(head):
    """The name in the lines above a body's brace, or of a table."""
    m = re.search(r"([A-Za-z_]\w*)\s*\(", head)
    return m.group(1) if m else None


def sites(path, text):
    """Every line of a function's body or of a table's, with code in it."""
    lines, code = text.split("\n"), masked(text).split("\n")
    function, head = None, []
    for number, (line, bare) in enumerate(zip(lines, code), 1):
        if function is None:
            one_line = re.match(r"^[A-Za-z].*?(\w+)\(.*\)\s*\{.*\}\s*$", bare)
            table = re.match(r"^[A-Za-z].*?\b(\w+)\s*(?:\[[^=]*\])*\s*=\s*\{\s*$", bare)
            if bare.strip() == "{" and bare[0] == "{":
                function = function_name(" ".join(head)) or "?"
            elif table:
                function = table.group(1)
            elif one_line:
                yield Site(path, number, one_line.group(1), line)
            head = [] if not bare.strip() or bare[0] in "#}{ " and not head else head + [bare]
        elif bare.startswith("}"):
            function, head = None, []
        elif bare.strip() and not bare.endswith("\\") and not bare.startswith("#") and not NOT_JUDGED.match(bare):
            yield Site(path, number, function, line)


def replaced(line, start, end, by):
    return line[:start] + by + line[end:]


def swap(pairs):
    """An operator that puts one of each pair's words in the other's place."""
    table = [(re.compile(a), b) for a, b in pairs]

    def make(line, bare):
        for pattern, by in table:
            for m in pattern.finditer(bare):
                yield replaced(line, m.start(1), m.end(1), by)
    return make


def off_by_one(line, bare):
    for m in re.finditer(r"(?<![\w.])(0x[0-9a-fA-F]+|\d+)(?=[uUlL]*(?![\w.]))", bare):
        word = m.group(1)
        value = int(word, 0) if not (len(word) > 1 and word[0] == "0" and word[1] != "x") else None
        if value is None:
            continue
        for other in (value + 1, value - 1) if value > 1 else (value + 1,) if value == 0 else (0, 2):
            yield replaced(line, m.start(1), m.end(1), hex(other) if word.startswith("0x") else str(other))


def condition(bare, opening):
    """Where the parenthesis that opens at `opening` closes, or None if that is on another line."""
    depth = 0
    for at in range(opening, len(bare)):
        depth += {"(": 1, ")": -1}.get(bare[at], 0)
        if not depth:
            return at
    return None


def negated(line, bare):
    for m in re.finditer(r"\b(?:if|while) (\()", bare):
        end = condition(bare, m.start(1))
        if end:
            yield line[:m.start(1)] + "(!" + line[m.start(1):end + 1] + ")" + line[end + 1:]
    for m in re.finditer(r"(?<=[(&|] )!(?=[\w(])|(?<=\()!(?=[\w(])|(?<=return )!(?=[\w(])", bare):
        yield replaced(line, m.start(), m.end(), "")
    for m in re.finditer(r"(?<=[&|]{2} )(\w[\w>.-]*)(?= (?:&&|\|\||\?)|\)|;)", bare):
        yield replaced(line, m.start(1), m.end(1), "!" + m.group(1))


def dropped(line, bare):
    m = re.match(r"^(\s*)((?:if|for|while) \(.*\)\s+)?[^;{}]*;\s*$", bare)
    if not m or re.match(r"\s*(return|break|continue|goto|else|case|default|for|do)\b", bare) or DECLARATION.match(bare):
        return
    indent = m.group(1)
    if re.match(r"\s*(if|while) \(", bare):
        end = condition(bare, bare.index("("))
        if end and bare[end + 1:].strip() not in ("", ";"):
            yield indent + ";"
        return
    if bare.count("(") == bare.count(")") and not re.match(r"\s*[&|?:+*/<>=-]", bare):
        yield indent + ";"


def dropped_jump(line, bare):
    if re.match(r"^\s*(break|continue);\s*$", bare):
        yield line.replace("break", "").replace("continue", "")


def dropped_branch(line, bare):
    m = re.match(r"^(\s*(?:\} )?else) if (\()", bare)
    if m:
        end = condition(bare, m.start(2))
        if end:
            yield line[:m.start(2)] + "(0 && " + line[m.start(2):end + 1] + ")" + line[end + 1:]
    m = re.match(r"^(\s*(?:\} )?else) (?!if)([^{;]*;)\s*$", bare)
    if m:
        yield line[:m.start(2)] + ";"
    m = re.match(r"^\s*case [^:]+:.*\b(return|break)\b[^;]*;\s*$", bare)
    if m:
        yield ""
    m = re.match(r"^(\s*)case [^:]+:\s*$", bare)
    if m:
        yield m.group(1) + ";"


def bits(line, bare):
    yield from swap([(r"(?<=\S )(&)(?= \S)", "|"), (r"(?<=\S )(\|)(?= \S)", "&"), (r"(?<=\S )(<<)(?= )", ">>"),
                     (r"(?<=\S )(>>)(?= )", "<<"), (r"(\|=)", "&="), (r"(?<![&])(&=)", "|="), (r"(\^=?)", "&"),
                     (r"(?<=& )(~)", ""), (r"(?<=&= )(~)", "")])(line, bare)
    for m in re.finditer(r"(?<!\w)(0x[0-9a-fA-F]+)", bare):
        value = int(m.group(1), 16)
        if value:
            yield replaced(line, m.start(1), m.end(1), hex(value & value - 1))      # its lowest bit
            yield replaced(line, m.start(1), m.end(1), hex(value ^ 1 << value.bit_length() - 1))
    for m in re.finditer(r"(?<=[&|] )([A-Z][A-Z0-9]+_[A-Z0-9_]+)\b(?!\()", bare):
        yield replaced(line, m.start(1), m.end(1), "0")


def returned(line, bare):
    m = re.match(r"^(.*\breturn )([^;]+)(;.*)$", bare)
    if not m or m.group(2) in ("0", "false", "NULL"):
        return
    if m.group(2) == "true":
        yield replaced(line, m.start(2), m.end(2), "false")
    else:
        yield replaced(line, m.start(2), m.end(2), "0")


OPERATORS = {
    "relational": swap([(r"(?<=\S )(<)(?= \S)", "<="), (r"(?<=\S )(<=)(?= \S)", "<"), (r"(?<=\S )(>)(?= \S)", ">="),
                        (r"(?<=\S )(>=)(?= \S)", ">"), (r"(==)", "!="), (r"(!=)", "==")]),
    "arithmetic": swap([(r"(?<=[\w)\]] )(\+)(?= \S)", "-"), (r"(?<=[\w)\]] )(-)(?= \S)", "+"),
                        (r"(?<=[\w)\]] )(\*)(?= [\w(])", "/"), (r"(?<=[\w)\]] )(/)(?= [\w(])", "*"),
                        (r"(?<=[\w)\]] )(%)(?= [\w(])", "/"), (r"(\+=)", "-="), (r"(-=)", "+="),
                        (r"(\+\+)", "--"), (r"(--)", "++")]),
    "constant": off_by_one,
    "truth": swap([(r"\b(true)\b", "false"), (r"\b(false)\b", "true")]),
    "negated": negated,
    "logic": swap([(r"(&&)", "||"), (r"(\|\|)", "&&")]),
    "bits": bits,
    "dropped": dropped,
    "jump": dropped_jump,
    "branch": dropped_branch,
    "returned": returned,
}


def mutations(site, code):
    """{operator: [the line as it makes it]} for the line of a site; code: the same line, masked."""
    found = {}
    for name, make in OPERATORS.items():
        made = sorted({m for m in make(site.text, code) if m.strip() != site.text.strip()})
        if made:
            found[name] = made
    return found


def number(*words):
    """A number that depends on nothing but the words."""
    return int.from_bytes(hashlib.sha256("/".join(map(str, words)).encode()).digest()[:8], "big")


class Tree:
    """The sources that may be changed, by folders."""

    def __init__(self, root):
        self.root, self.text, self.code, self.folders = root, {}, {}, {}
        for top in ("sim", "guest"):
            for path in sorted((root / top).rglob("*.[ch]")):
                name = str(path.relative_to(root))
                if name.startswith(NOT_RUN):
                    continue
                self.text[name] = path.read_text()
                self.code[name] = masked(self.text[name]).split("\n")
                places = list(sites(name, self.text[name]))
                if places:
                    self.folders.setdefault(self.folder(name), []).extend(places)

    @staticmethod
    def folder(name):
        """Small folders of the guest are one, and each chip is one."""
        parts = name.split("/")
        if parts[0] == "guest" and parts[1] not in ("shell", "plugins"):
            return "guest/apps, drivers, include, lib"
        return "/".join(parts[:3] if parts[1] == "nic" and len(parts) > 3 else parts[:2])

    def made(self, site):
        return mutations(site, self.code[site.path][site.line - 1])

    def folder_of_seed(self, seed):
        """Consecutive seeds are spread over the folders; a folder's share is the square root of its lines."""
        shares = [(name, int((1000000 * len(places)) ** 0.5)) for name, places in sorted(self.folders.items())]
        at = (seed * 2654435769 % 2**32) * sum(share for _, share in shares) >> 32
        for name, share in shares:
            if at < share:
                return name
            at -= share
        raise AssertionError

    def pick(self, seed):
        """The seed's mutants, in the order in which they are to be tried: the first that compiles to other code is the one."""
        places = self.folders[self.folder_of_seed(seed)]
        for attempt in range(10000):
            site = places[number(seed, attempt, "line") % len(places)]
            made = self.made(site)
            if not made:
                continue
            operator = sorted(made)[number(seed, attempt, "operator") % len(made)]
            afters = made[operator]
            yield Mutation(site, operator, afters[number(seed, attempt, "which") % len(afters)])

    def find(self, path, function, before, after):
        """A mutation that was told in words, or None if that line is gone."""
        for place in sites(path, self.text.get(path, "")):
            if place.function == function and place.text.strip() == before.strip():
                indent = place.text[:len(place.text) - len(place.text.lstrip())]
                return Mutation(place, "told", indent + after.strip())
        return None

    def changed(self, mutation):
        lines = self.text[mutation.site.path].split("\n")
        lines[mutation.site.line - 1] = mutation.after
        return "\n".join(lines)


def read_equivalents(text):
    """Records of tools/mutate.equivalents: {(path, function, before, after): reason}."""
    known, record = {}, {}
    for line in text.split("\n") + [""]:
        if line.startswith("#"):
            continue
        if line.strip():
            kind, _, rest = line.partition(" ")
            record[kind] = rest.strip()
        elif record:
            path, function = record["in"].split(": ")
            known[path, function, record["-"], record.get("+", "")] = record["why"]
            record = {}
    return known


def self_test():
    text = ("int f(int a)\n{\n    if (a < 3 && !g(a))\n        h(\"a < b\");\n    else\n        a |= 0x6;\n    return a + 1;\n}\n"
            "static int k(void) { return 4; }\nstatic const int t[] = {\n    {1, true},\n};\n")
    places = list(sites("x.c", text))
    assert [(p.line, p.function) for p in places] == [(3, "f"), (4, "f"), (5, "f"), (6, "f"), (7, "f"), (9, "k"), (11, "t")], places
    code = masked(text).split("\n")
    made = {p.line: mutations(p, code[p.line - 1]) for p in places}
    assert made[3]["relational"] == ["    if (a <= 3 && !g(a))"], made[3]
    assert made[3]["logic"] == ["    if (a < 3 || !g(a))"]
    assert "    if (!(a < 3 && !g(a)))" in made[3]["negated"] and "    if (a < 3 && g(a))" in made[3]["negated"]
    assert made[3]["constant"] == ["    if (a < 2 && !g(a))", "    if (a < 4 && !g(a))"]
    assert made[4] == {"dropped": ["        ;"]}, made[4]
    assert "        a &= 0x6;" in made[6]["bits"] and "        a |= 0x4;" in made[6]["bits"]
    assert made[7]["arithmetic"] == ["    return a - 1;"] and made[7]["returned"] == ["    return 0;"]
    assert "    {1, false}," in made[11]["truth"]
    assert "else ;" in mutations(Site("x.c", 1, "f", "else x();"), "else x();")["branch"]
    assert "" in mutations(Site("x.c", 1, "f", "  case A: return 2;"), "  case A: return 2;")["branch"]
    known = read_equivalents("# c\nin a/b.c: f\n- x < 3;\n+ x <= 3;\nwhy because\n")
    assert known == {("a/b.c", "f", "x < 3;", "x <= 3;"): "because"}
