/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One document, two faces: what is printed as text for a person and as JSON for a program comes from the same calls.
 *
 * A report is a tree. report_object() and report_list() open a branch, report_end() closes it; the others add leaves.
 * Each node has a key (its JSON name; inside a list it is ignored) and a label (its heading in the text; NULL: the
 * key). Numbers are unsigned integers; times are given in picoseconds and kept in whole nanoseconds, so that both faces
 * show the same.
 *
 * Text: at most 100 columns, colour only if the style asks for it. Running out of memory asserts: reports are small.
 */
#ifndef VFSIM_REPORT_REPORT_H
#define VFSIM_REPORT_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct report;

enum report_look {                /* of a list or an object in the text */
                   REPORT_TABLE,  /* list of objects: one row each; nested objects widen the row, nested lists indent
                                     below it */
                   REPORT_LINES,  /* list: one line an item, long ones wrapped */
                   REPORT_BLOCKS, /* list of objects: leaves on a line (wrapped), nested lists as tables below it */
                   REPORT_LINE,   /* object: "label: a 1, b 2" on one line */
                   REPORT_TIMELINE, /* list of conversations, see below: in the text only if the style asks for it */
};

/* An item of a REPORT_TIMELINE: title, start_ns, took_ns; lists of objects
 *   parties   name, label (one to three letters)
 *   messages  at_ns, from, to (names of parties), what
 *   phases    name, start_ns, took_ns
 *   packets   flow, blackout_at_ns, blackout_ns, usual_gap_ns (what is no blackout); lists of numbers: sent, lost and, by path,
 *             vf, emulated, tunnel, other (empty when all are 0), one an interval of interval_ns from packets_from_ns on
 * and left_out: messages. */

enum report_flags {
    REPORT_JSON_ONLY = 1 << 0,
    REPORT_TEXT_ONLY = 1 << 1,
    REPORT_BARE = 1 << 2,       /* the text shows no label */
    REPORT_GOOD = 1 << 3,       /* green */
    REPORT_BAD = 1 << 4,        /* red */
    REPORT_SKIP_EMPTY = 1 << 5, /* an empty list is not shown in the text (else "label: none") */
    REPORT_SKIP_ZERO = 1 << 6,  /* a zero is not shown in the text of a line or block */
    REPORT_NO_VALUE = 1 << 7,   /* "-" in the text, null in the JSON: there is nothing to tell, and 0 would be a value */
    REPORT_AS_IT_IS = 1 << 8,   /* what a tool prints: broken where a terminal ends, and nowhere else */
    REPORT_ABSENT = REPORT_JSON_ONLY | REPORT_NO_VALUE, /* this one has nothing of the kind: its key is there, as null */
};

struct report *report_create(void);
void report_destroy(struct report *report); /* NULL is fine */

void report_object(struct report *report, const char *key, const char *label, enum report_look look, unsigned flags);
void report_list(struct report *report, const char *key, const char *label, enum report_look look, unsigned flags);
void report_end(struct report *report);

void report_number(struct report *report, const char *key, const char *label, unsigned flags, uint64_t value);
void report_time(struct report *report, const char *key, const char *label, unsigned flags, uint64_t ps);
void report_bool(struct report *report, const char *key, const char *label, unsigned flags, bool value);
void report_text(struct report *report, const char *key, const char *label, unsigned flags, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

enum report_timeline { REPORT_TIMELINE_NONE, REPORT_TIMELINE_ASCII, REPORT_TIMELINE_UNICODE };

struct report_style {
    bool colour;
    int columns; /* of the terminal: narrower lines than 100 (down to 60); 0: 100 */
    enum report_timeline timeline;
};

/* 0 or -EIO when the stream failed. Every branch must have been closed. */
int report_write_text(const struct report *report, FILE *out, const struct report_style *style);
int report_write_json(const struct report *report, FILE *out);
int report_write_json_list(struct report *const *reports, unsigned count, FILE *out); /* [a, b, …] */

/* "0 ns", "999 ns", "12.345 us", "1.234 ms", "2.500 s": rounded down to three places. Returns buf. */
enum { REPORT_TIME_LEN = 40 };
char *report_format_time(uint64_t ns, char buf[REPORT_TIME_LEN]);

/* "0 b/s", "999 b/s", "9.412 Gb/s": powers of 1,000, rounded down likewise. Returns buf. */
enum { REPORT_RATE_LEN = 40 };
char *report_format_rate(uint64_t bps, char buf[REPORT_RATE_LEN]);

/* The stamp of a trace sentence: the time as report_format_time() writes it, with all its places down to picoseconds, so that
 * what a report says is found in a trace. */
char *report_format_stamp(uint64_t ps, char buf[REPORT_TIME_LEN]);

/* A word of a command line that a shell reads as it is: between single quotes if it must be. Returns buf; what has no room in `cap`
 * bytes is cut. */
char *report_shell_word(const char *word, char *buf, size_t cap);

#endif
