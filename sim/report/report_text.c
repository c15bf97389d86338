/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A report as text: lines wrapped at 100 columns, tables with as many columns as they need. */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "report/report__.h"

enum { WIDTH = 100, WIDTH_MIN = 60, COLUMNS_MAX = 20, GAP = 2 };

struct writer {
    FILE *out;
    bool colour;
    int width;
    bool terminal; /* of this width */
    enum report_timeline timeline;
};

static bool is_shown(const struct report_node *node) { return !(node->flags & REPORT_JSON_ONLY); }

/* Columns of a terminal that UTF-8 text takes (no wide characters in our words). */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

const char *report__cell(const struct report_node *node, char buf[REPORT_CELL_LEN])
{
    char time[REPORT_TIME_LEN];
    if (node->flags & REPORT_NO_VALUE)
        return "-";
    switch (node->kind) {
    case REPORT_NODE_NUMBER:
        snprintf(buf, REPORT_CELL_LEN, "%" PRIu64, node->number);
        break;
    case REPORT_NODE_TIME:
        snprintf(buf, REPORT_CELL_LEN, "%s", report_format_time(node->number, time));
        break;
    case REPORT_NODE_BOOL:
        snprintf(buf, REPORT_CELL_LEN, "%s", node->number ? "yes" : "no");
        break;
    case REPORT_NODE_TEXT:
        return node->text;
    case REPORT_NODE_OBJECT:
    case REPORT_NODE_LIST:
        buf[0] = 0;
        break;
    }
    return buf;
}

static void paint(struct writer *w, unsigned flags, bool on)
{
    if (w->colour && flags & (REPORT_GOOD | REPORT_BAD))
        fputs(!on ? "\033[0m" : flags & REPORT_BAD ? "\033[31m" : "\033[32m", w->out);
}

static void spaces(struct writer *w, int n)
{
    for (; n > 0; n--)
        fputc(' ', w->out);
}

/* `text` from column `at`, broken at spaces before the width; further lines begin at column `indent`. A \n in it breaks
 * too. */
static void put_wrapped(struct writer *w, const char *text, int at, int indent)
{
    while (*text) {
        size_t word = strcspn(text, " \n");
        char piece[REPORT_CELL_LEN];
        size_t take = word < sizeof(piece) - 1 ? word : sizeof(piece) - 1;
        memcpy(piece, text, take);
        piece[take] = 0;
        int wide = width_of(piece);
        if (at > indent && at + wide > w->width) {
            fputc('\n', w->out);
            spaces(w, indent);
            at = indent;
        }
        fputs(piece, w->out);
        at += wide;
        text += take;
        if (*text == '\n') {
            text++;
            if (*text) {
                fputc('\n', w->out);
                spaces(w, indent);
                at = indent;
            }
            continue;
        }
        size_t blank = strspn(text, " ");
        if (!blank)
            continue;
        text += blank;
        size_t next = strcspn(text, " \n");
        if (*text && at + (int)blank + (int)next <= w->width) {
            spaces(w, (int)blank);
            at += (int)blank;
        } else if (*text && *text != '\n') {
            fputc('\n', w->out);
            spaces(w, indent);
            at = indent;
        }
    }
}

/* ---- tables ---- */

struct table {
    unsigned columns;
    const char *label[COLUMNS_MAX];
    int width[COLUMNS_MAX];
    bool right[COLUMNS_MAX];
    int gap; /* between columns */
    bool filled[COLUMNS_MAX]; /* a column that no row fills is left out */
};

static void measure_leaf(struct table *t, const struct report_node *leaf, unsigned column, int indent)
{
    char buf[REPORT_CELL_LEN];
    assert(column < COLUMNS_MAX);
    if (column >= t->columns) {
        t->columns = column + 1;
        t->label[column] = leaf->label;
        t->width[column] = width_of(leaf->label);
        t->right[column] = leaf->kind == REPORT_NODE_NUMBER || leaf->kind == REPORT_NODE_TIME;
    }
    const char *cell = report__cell(leaf, buf);
    t->filled[column] |= *cell != 0;
    int wide = width_of(cell) + (column == 0 ? indent : 0);
    if (wide > t->width[column])
        t->width[column] = wide;
}

/* Leaves of a row in order, those of nested objects in their place. */
static unsigned measure_row(struct table *t, const struct report_node *row, unsigned column, int indent)
{
    for (const struct report_node *child = row->first; child; child = child->next) {
        if (!is_shown(child))
            continue;
        if (child->kind == REPORT_NODE_OBJECT) {
            column = measure_row(t, child, column, indent);
        } else if (child->kind == REPORT_NODE_LIST) {
            for (const struct report_node *below = child->first; below; below = below->next)
                if (is_shown(below))
                    measure_row(t, below, 0, indent + 2);
        } else {
            measure_leaf(t, child, column++, indent);
        }
    }
    return column;
}

/* where the next cell of a row goes */
struct line {
    int at;   /* printed so far */
    int want; /* column the next cell begins at */
};

static void put_cell(struct writer *w, const struct table *t, struct line *line, unsigned column, unsigned flags, const char *text)
{
    if (!t->filled[column])
        return;
    int wide = width_of(text), start = line->want;
    if (t->right[column])
        start += t->width[column] - wide;
    line->want += t->width[column] + t->gap;
    if (!*text)
        return;
    spaces(w, start - line->at);
    paint(w, flags, true);
    if (column + 1 == t->columns && !t->right[column])
        put_wrapped(w, text, start, start + 24 < w->width ? start : 8);
    else
        fputs(text, w->out);
    paint(w, flags, false);
    line->at = start + wide;
}

static unsigned put_leaves(struct writer *w, const struct table *t, const struct report_node *row, struct line *line,
                           unsigned column)
{
    char buf[REPORT_CELL_LEN];
    for (const struct report_node *child = row->first; child; child = child->next) {
        if (!is_shown(child) || child->kind == REPORT_NODE_LIST)
            continue;
        if (child->kind == REPORT_NODE_OBJECT)
            column = put_leaves(w, t, child, line, column);
        else
            put_cell(w, t, line, column++, child->flags | row->flags, report__cell(child, buf));
    }
    return column;
}

static void put_row(struct writer *w, struct table *t, const struct report_node *row, int indent, int depth)
{
    struct line line = {0, indent + 2 * depth};
    int first = t->width[0];
    t->width[0] -= 2 * depth;
    put_leaves(w, t, row, &line, 0);
    t->width[0] = first;
    fputc('\n', w->out);
    for (const struct report_node *child = row->first; child; child = child->next)
        if (child->kind == REPORT_NODE_LIST && is_shown(child))
            for (const struct report_node *below = child->first; below; below = below->next)
                if (is_shown(below))
                    put_row(w, t, below, indent, depth + 1);
}

/* Figures are never broken; where they do not fit, columns move closer. Text in the last column is broken instead. */
static int gap_of(const struct table *t, int indent, int width)
{
    int wide = indent;
    for (unsigned i = 0; i < t->columns; i++)
        if (t->filled[i] && (i + 1 < t->columns || t->right[i]))
            wide += t->width[i] + (i + 1 < t->columns ? GAP : 0);
    return wide > width ? 1 : GAP;
}

static void put_table(struct writer *w, const struct report_node *list, int indent)
{
    struct table t = {0};
    for (const struct report_node *row = list->first; row; row = row->next)
        if (is_shown(row))
            measure_row(&t, row, 0, 0);
    t.gap = gap_of(&t, indent, w->width);
    struct line line = {0, indent};
    for (unsigned i = 0; i < t.columns; i++)
        put_cell(w, &t, &line, i, 0, t.label[i]);
    fputc('\n', w->out);
    for (const struct report_node *row = list->first; row; row = row->next)
        if (is_shown(row))
            put_row(w, &t, row, indent, 0);
}

/* ---- lines and blocks ---- */

static bool is_skipped(const struct report_node *leaf)
{
    return !is_shown(leaf) || report__is_branch(leaf) ||
           (leaf->flags & REPORT_SKIP_ZERO && (leaf->kind == REPORT_NODE_TEXT ? !*leaf->text : !leaf->number));
}

/* "a 1, b 2": the leaves of an object. A leaf that ends with ':' takes no comma. */
char *report__sentence(const struct report_node *object)
{
    char *text = NULL;
    size_t len = 0;
    FILE *mem = alloc_stream("the report", &text, &len);
    const char *between = "";
    char buf[REPORT_CELL_LEN];
    for (const struct report_node *leaf = object->first; leaf; leaf = leaf->next) {
        if (is_skipped(leaf))
            continue;
        const char *cell = report__cell(leaf, buf);
        bool bare = leaf->flags & REPORT_BARE;
        fprintf(mem, "%s%s%s%s", between, bare ? "" : leaf->label, bare ? "" : " ", cell);
        size_t end = strlen(cell);
        between = end && cell[end - 1] == ':' ? " " : ", ";
    }
    alloc_stream_close("the report", mem);
    return text;
}

static void put_item(struct writer *w, const struct report_node *item, int indent)
{
    char buf[REPORT_CELL_LEN];
    char *sentence = item->kind == REPORT_NODE_OBJECT ? report__sentence(item) : NULL;
    spaces(w, indent);
    paint(w, item->flags, true);
    int width = w->width;
    w->width = item->flags & REPORT_AS_IT_IS && !w->terminal ? INT_MAX / 2 : width;
    put_wrapped(w, sentence ? sentence : report__cell(item, buf), indent, indent + 2);
    w->width = width;
    paint(w, item->flags, false);
    fputc('\n', w->out);
    free(sentence);
}

static void put_list(struct writer *w, const struct report_node *list, int indent);

static void put_block(struct writer *w, const struct report_node *block, int indent)
{
    put_item(w, block, indent);
    for (const struct report_node *child = block->first; child; child = child->next)
        if (child->kind == REPORT_NODE_LIST && is_shown(child) && child->first)
            put_list(w, child, indent + 2);
}

static void put_list(struct writer *w, const struct report_node *list, int indent)
{
    if (list->look == REPORT_TABLE) {
        put_table(w, list, indent);
        return;
    }
    for (const struct report_node *item = list->first; item; item = item->next) {
        if (!is_shown(item))
            continue;
        if (list->look == REPORT_BLOCKS)
            put_block(w, item, indent);
        else
            put_item(w, item, indent);
    }
}

static bool has_shown_child(const struct report_node *node)
{
    for (const struct report_node *child = node->first; child; child = child->next)
        if (is_shown(child))
            return true;
    return false;
}

static void put_top(struct writer *w, const struct report_node *node, bool *after_list)
{
    bool empty = node->kind == REPORT_NODE_LIST && !has_shown_child(node);
    if (node->look == REPORT_TIMELINE) {
        if (w->timeline != REPORT_TIMELINE_NONE && !empty) {
            report__put_timeline(w->out, node, w->timeline, w->width);
            *after_list = true;
        }
        return;
    }
    if (empty && node->flags & REPORT_SKIP_EMPTY)
        return;
    if (node->kind == REPORT_NODE_LIST && !empty) {
        fprintf(w->out, "\n%s\n", node->label);
        put_list(w, node, 2);
        *after_list = true;
        return;
    }
    if (*after_list || empty)
        fputc('\n', w->out);
    *after_list = empty;
    char buf[REPORT_CELL_LEN];
    char *sentence = node->kind == REPORT_NODE_OBJECT ? report__sentence(node) : NULL;
    const char *text = empty ? "none" : sentence ? sentence : report__cell(node, buf);
    int at = 0;
    paint(w, node->flags, true);
    if (!(node->flags & REPORT_BARE))
        at = fprintf(w->out, "%s: ", node->label);
    put_wrapped(w, text, at, 2);
    paint(w, node->flags, false);
    fputc('\n', w->out);
    free(sentence);
}

int report_write_text(const struct report *report, FILE *out, const struct report_style *style)
{
    assert(report->open == &report->root);
    struct writer w = {out, style->colour, style->columns > 0 && style->columns < WIDTH ? style->columns : WIDTH,
                       style->columns > 0, style->timeline};
    if (w.width < WIDTH_MIN)
        w.width = WIDTH_MIN;
    bool after_list = false;
    for (const struct report_node *node = report->root.first; node; node = node->next)
        if (is_shown(node))
            put_top(&w, node, &after_list);
    return fflush(out) || ferror(out) ? -EIO : 0;
}
