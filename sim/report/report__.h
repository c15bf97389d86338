/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tree behind a report, for the builder and the writers. */
#ifndef VFSIM_REPORT_REPORT__H
#define VFSIM_REPORT_REPORT__H

#include "report/report.h"

enum report_kind {
    REPORT_NODE_OBJECT,
    REPORT_NODE_LIST,
    REPORT_NODE_NUMBER,
    REPORT_NODE_TIME,
    REPORT_NODE_BOOL,
    REPORT_NODE_TEXT
};

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

#endif
