/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tree behind a report, for the builder and the writers. */
#ifndef VFSIM_REPORT_REPORT__H
#define VFSIM_REPORT_REPORT__H

#include <inttypes.h>

#include "report/report.h"

enum report_kind { REPORT_NODE_OBJECT, REPORT_NODE_LIST, REPORT_NODE_NUMBER, REPORT_NODE_TIME, REPORT_NODE_BOOL, REPORT_NODE_TEXT };

struct report_node {
    enum report_kind kind;
    enum report_look look;
    unsigned flags;
    char *key, *label, *text;
    uint64_t number; /* TIME: ns */
    struct report_node *first, *last, *next, *parent;
};

struct report {
    struct report_node root; /* an object */
    struct report_node *open;
};

static inline bool report__is_branch(const struct report_node *n)
{
    return n->kind == REPORT_NODE_OBJECT || n->kind == REPORT_NODE_LIST;
}

/* ---- report_text.c ---- */
enum { REPORT_CELL_LEN = 512 };
const char *report__cell(const struct report_node *node, char buf[REPORT_CELL_LEN]); /* a leaf as the text shows it */
char *report__sentence(const struct report_node *object); /* "a 1, b 2"; the caller's to free */

/* ---- report_escape.c ---- */
void report__put_escaped(FILE *out, const char *text);
int report__letters(const char *text);                                       /* characters of UTF-8 */
int report__longest(const struct report_node *list, const char *key);        /* of the items' texts, in characters */

/* ---- report_json.c: the caller's to json_decref(); memory is the simulator's, which never lacks any ---- */
struct json_t *report__json(const struct report *report);
void report__json_begin(void); /* before the first call of the library */

/* ---- report_axis.c: times along a line of `length` characters or pixels; long waits are drawn short ---- */
enum { REPORT_BREAKS_MAX = 2 };
struct report__axis {
    uint64_t begin, end; /* ns */
    uint32_t length;
    unsigned breaks;
    struct {
        uint64_t from, to;
    } broken[REPORT_BREAKS_MAX];
};
struct report__axis report__axis_of(const struct report_node *phases, uint64_t begin, uint64_t end, uint32_t length);
uint32_t report__axis_at(const struct report__axis *axis, uint64_t time);
bool report__axis_breaks(const struct report__axis *axis, uint64_t from, uint64_t to); /* this phase is one of the long waits */

/* ---- report_timeline.c ---- */
const struct report_node *report__child(const struct report_node *node, const char *key); /* NULL: none */
const char *report__text_at(const struct report_node *node, const char *key);             /* "": none */
uint64_t report__number_at(const struct report_node *node, const char *key);              /* 0: none */
/* Every flow has a longest gap; one that its own pacing or latency explains is nothing to be alarmed at. */
bool report__is_blackout(const struct report_node *flow);
/* When, in a ladder: as report_format_time(), but milliseconds beyond a second, so that microseconds are still told apart. */
char *report__stamp(uint64_t ns, char buf[REPORT_TIME_LEN]);
void report__put_timeline(FILE *out, const struct report_node *list, enum report_timeline how, int width);

#endif
