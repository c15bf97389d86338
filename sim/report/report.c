/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/report.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "report/report__.h"

struct report *report_create(void)
{
    struct report *report = alloc_zero("the report", 1, sizeof(*report));
    report->root.kind = REPORT_NODE_OBJECT;
    report->open = &report->root;
    return report;
}

static void free_children(struct report_node *node)
{
    for (struct report_node *child = node->first, *next; child; child = next) {
        next = child->next;
        free_children(child);
        free(child->key);
        free(child->label);
        free(child->text);
        free(child);
    }
}

void report_destroy(struct report *report)
{
    if (!report)
        return;
    free_children(&report->root);
    free(report);
}

static char *copy(const char *text)
{
    char *copied = alloc_text("the report", text);
    return copied;
}

static struct report_node *add(struct report *report, enum report_kind kind, const char *key, const char *label, unsigned flags)
{
    struct report_node *node = alloc_zero("the report", 1, sizeof(*node));
    assert(report->open);
    node->kind = kind;
    node->flags = flags;
    node->key = copy(key ? key : "");
    node->label = copy(label ? label : node->key);
    node->parent = report->open;
    if (report->open->last)
        report->open->last->next = node;
    else
        report->open->first = node;
    report->open->last = node;
    return node;
}

void report_object(struct report *report, const char *key, const char *label, enum report_look look, unsigned flags)
{
    struct report_node *node = add(report, REPORT_NODE_OBJECT, key, label, flags);
    node->look = look;
    report->open = node;
}

void report_list(struct report *report, const char *key, const char *label, enum report_look look, unsigned flags)
{
    struct report_node *node = add(report, REPORT_NODE_LIST, key, label, flags);
    node->look = look;
    report->open = node;
}

void report_end(struct report *report)
{
    assert(report->open->parent);
    report->open = report->open->parent;
}

void report_number(struct report *report, const char *key, const char *label, unsigned flags, uint64_t value)
{
    add(report, REPORT_NODE_NUMBER, key, label, flags)->number = value;
}

void report_time(struct report *report, const char *key, const char *label, unsigned flags, uint64_t ps)
{
    add(report, REPORT_NODE_TIME, key, label, flags)->number = ps / 1000;
}

void report_bool(struct report *report, const char *key, const char *label, unsigned flags, bool value)
{
    add(report, REPORT_NODE_BOOL, key, label, flags)->number = value;
}

void report_text(struct report *report, const char *key, const char *label, unsigned flags, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = alloc_vprint("the report", fmt, args);
    va_end(args);
    add(report, REPORT_NODE_TEXT, key, label, flags)->text = text;
}

char *report_format_time(uint64_t ns, char buf[REPORT_TIME_LEN])
{
    if (ns < 1000)
        snprintf(buf, REPORT_TIME_LEN, "%" PRIu64 " ns", ns);
    else if (ns < 1000000)
        snprintf(buf, REPORT_TIME_LEN, "%" PRIu64 ".%03" PRIu64 " us", ns / 1000, ns % 1000);
    else if (ns < 1000000000)
        snprintf(buf, REPORT_TIME_LEN, "%" PRIu64 ".%03" PRIu64 " ms", ns / 1000000, ns / 1000 % 1000);
    else
        snprintf(buf, REPORT_TIME_LEN, "%" PRIu64 ".%03" PRIu64 " s", ns / 1000000000, ns / 1000000 % 1000);
    return buf;
}

char *report_format_rate(uint64_t bps, char buf[REPORT_RATE_LEN])
{
    static const char *const units[] = {"Kb/s", "Mb/s", "Gb/s", "Tb/s"};
    uint64_t unit = 1000;
    unsigned i = 0;
    for (; i < 3 && bps / 1000 >= unit; i++)
        unit *= 1000;
    if (bps < 1000)
        snprintf(buf, REPORT_RATE_LEN, "%" PRIu64 " b/s", bps);
    else
        snprintf(buf, REPORT_RATE_LEN, "%" PRIu64 ".%03" PRIu64 " %s", bps / unit, bps % unit / (unit / 1000), units[i]);
    return buf;
}

char *report_format_stamp(uint64_t ps, char buf[REPORT_TIME_LEN])
{
    static const struct {
        const char *unit;
        uint64_t ps;
        int digits;
    } units[] = {{"s", UINT64_C(1000000000000), 12}, {"ms", 1000000000, 9}, {"us", 1000000, 6}, {"ns", 1000, 3}};
    unsigned i = 0;
    while (i < 3 && ps < units[i].ps)
        i++;
    snprintf(buf, REPORT_TIME_LEN, "%" PRIu64 ".%0*" PRIu64 " %s", ps / units[i].ps, units[i].digits, ps % units[i].ps,
             units[i].unit);
    return buf;
}
