#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/report.md explains every column and key of a report, in the section that it stands in.

What there is comes from three places: the properties of docs/report.schema.json; the heads of the tables in the accepted reports;
the words in the calls that print (report_number() and its like). `--self-test` shows that each can fail.
"""
import glob
import json
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGE = "docs/report.md"
CALL = re.compile(r'\breport_(number|time|bool|text|list|object)\(\s*r,\s*("[^"]*"|NULL|\w+),\s*(("[^"]*"|NULL)|[^,]*"[^,]*),\s*([^,;]*)', re.S)
HEAD, TOP, END = "The head", ("title", "format", "file", "scenario", "seed", "sim_time_ns", "begin_ns", "begun", "events", "profile"), \
    ("verdict", "something_expected", "next")
WITHOUT_COLUMNS = ("shown", "notes")


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


class Section:
    def __init__(self):
        self.labels, self.keys, self.empty = set(), set(), []


def sections_of(page):
    """{heading's first word or code: what its table explains}, and the headings with the words of the text."""
    sections, current = {}, None
    for line in page.splitlines():
        heading = re.match(r"## (?:`(\w+)`:?)?\s*(.*)", line)
        if heading:
            current = sections.setdefault(heading[1] or heading[2], Section())
        row = re.match(r"\| (.*) \|$", line)
        if current is None or not row or line.startswith(("| text |", "|---")):
            continue
        cells = [cell.strip() for cell in row[1].replace("\\|", "\0").split("|")]
        current.labels.update(re.findall(r"`([^`]+)`", cells[0]))
        current.keys.update(re.findall(r"`([^`]+)`", cells[1]))
        if len(cells) != 5 or not (cells[3] or cells[0]):
            current.empty.append(line)
    return sections


def keys_of(schema, name):
    """Every property of that property of a report, at whatever depth."""
    found, seen, todo = set(), set(), [schema["definitions"]["report"]["properties"][name]]
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            reference = node.get("$ref", "").rpartition("/")[2]
            if reference and reference not in seen:
                seen.add(reference)
                todo.append(schema["definitions"][reference])
            found.update(node.get("properties", {}))
            todo += node.values()
        elif isinstance(node, list):
            todo += node
    return found


def missing_keys(schema, sections):
    for name in schema["definitions"]["report"]["properties"]:
        section = HEAD if name in TOP else "The end" if name in END else name
        if section not in sections:
            yield f"the JSON's '{name}' has no section"
            continue
        wanted = {name} if name in TOP + END else keys_of(schema, name)
        yield from (f"section '{section}' does not explain the key '{key}'" for key in sorted(wanted - sections[section].keys))


def heads_of(report):
    """(first words of a section, the head of a table in it) of an accepted report."""
    section = ""
    lines = report.splitlines()
    for line, after in zip(lines, lines[1:] + [""]):
        if line and not line.startswith(" ") and (not after or after.startswith(" ")):
            section = line.split(":")[0]
        blanks = len(line) - len(line.lstrip())
        if blanks in (2, 4) and re.fullmatch(r" +[a-zA-Z][a-zA-Z0-9/% -]*", line) and re.search(r"\w +\w", line.strip()):
            yield section, line.strip()


def section_of_words(words, sections, titles):
    for name, title in titles.items():
        if words == title.split(":")[0]:
            return sections.get(name)
    return None


def is_made_of(head, labels):
    """Whether a row of words is nothing but labels, one behind the other; the last one may go on in the next line."""
    for label in labels:
        begin = [" ".join(label.split()[:n]) for n in range(1, len(label.split()))]
        if any(head.endswith("  " + words) and is_made_of(head[:-len(words)].rstrip(), labels) for words in begin):
            return True
    pattern = "|".join(re.escape(label) for label in sorted(labels, key=len, reverse=True))
    return bool(labels) and re.fullmatch(rf"(?:(?:{pattern})(?: +|$))+", head) is not None


def titles_of_code(code):
    """{key: what the text calls it} of the lists that stand in a report by themselves."""
    found = {}
    for _, key, label, _, flags in CALL.findall(code):
        if key.startswith('"') and any(look in flags for look in ("REPORT_TABLE", "REPORT_BLOCKS", "REPORT_LINES")):
            found[key.strip('"')] = (label if label != "NULL" else key).strip('"')
    return found


def missing_heads(reports, sections, titles):
    for name, report in reports:
        for words, head in heads_of(report):
            section = section_of_words(words, sections, titles)
            first = head.split()[0]
            if section is not None and any(label.split()[0] == first for label in section.labels) and not is_made_of(head, section.labels):
                if len(re.findall(r" {2,}\S", head)) >= 1 and not re.search(r"\d", head):
                    yield f"{name}: the head of a table in '{words}' has a column that is not explained: {head}"


def missing_labels(code, sections):
    known = set().union(*(section.labels | section.keys for section in sections.values()))
    for kind, key, label, _, flags in CALL.findall(code):
        if kind in ("object", "list"):
            continue  # a section's own: missing_keys() asks for it
        words = re.findall(r'"([^"%]+)"', label if label != "NULL" and "REPORT_JSON_ONLY" not in flags else "")
        yield from (f"the text's '{word}' is not explained" for word in words if word not in known)
        if key.startswith('"') and key.strip('"') not in known and "REPORT_TEXT_ONLY" not in flags:
            yield f"the key {key} is not explained"


def judge(page, schema, reports, code):
    sections = sections_of(page)
    titles = {name: title for name, title in titles_of_code(code).items() if name in sections}
    wrong = [*missing_keys(schema, sections), *missing_heads(reports, sections, titles), *missing_labels(code, sections)]
    for name, section in sections.items():
        wrong += [f"section '{name}' explains nothing in: {line}" for line in section.empty]
        if not section.labels | section.keys and name not in WITHOUT_COLUMNS:
            wrong.append(f"section '{name}' has no table")
    return sorted(set(wrong))


def inputs():
    reports = [(os.path.basename(path), read(path)) for path in sorted(glob.glob(os.path.join(ROOT, "scenarios", "*.out")))]
    files = sorted(glob.glob(os.path.join(ROOT, "sim", "scenario", "**", "*.c"), recursive=True))
    return read(PAGE), json.loads(read("docs/report.schema.json")), reports, "\n".join(read(path) for path in files)


def self_test():
    page, schema, reports, code = inputs()
    wrong = []
    for what in ("`retransmitted`", "`sent again`", "`usual_gap_ns`", "`exits`", "`p99`", "`halves`", "`reord`", "## `drops`",
                 "`took up the next in`", "`noPassthruReason`", "`of no flow`", "`left_out`", "`not judged`", "`column`"):
        if what not in page or not judge(page.replace(what, "`gone`" if what[0] == "`" else "## `gone`"), schema, reports, code):
            wrong.append(f"nobody misses {what}")
    heads = [head for _, report in reports for _, head in heads_of(report)]
    wrong += [] if len(heads) > 500 else [f"only {len(heads)} heads of tables were found"]
    spoilt = [(name, report.replace("  reord  ", "  order  ")) for name, report in reports]
    wrong += [] if judge(page, schema, spoilt, code) else ["another head of a table is not noticed"]
    return wrong


def main():
    wrong = self_test() if sys.argv[1:] == ["--self-test"] else [f"{PAGE}: {m}" for m in judge(*inputs())]
    print("\n".join(wrong) or "every column and key is explained")
    return 1 if wrong else 0


sys.exit(main())
