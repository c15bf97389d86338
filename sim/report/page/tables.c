/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables, lists of lines, and blocks with a table below them: what a part of a result is shown as if nothing else draws it. */
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "report/page/page__.h"

/* Which members of a row are columns. */
struct columns {
    const struct report_node *list;
    const char *const *only;
    bool but;
};

void page__put_text(struct page *p, const char *text) { report__put_escaped(p->out, text); }

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), tail = strlen(end);
    return len >= tail && !strcmp(text + len - tail, end);
}

const char *page__cell(const struct report_node *leaf, char buf[REPORT_CELL_LEN])
{
    char rate[REPORT_RATE_LEN];
    if (leaf->kind == REPORT_NODE_NUMBER && !(leaf->flags & REPORT_NO_VALUE)) {
        if (ends_with(leaf->key, "_thousandths"))
            snprintf(buf, REPORT_CELL_LEN, "%" PRIu64 ".%03" PRIu64, leaf->number / 1000, leaf->number % 1000);
        else if (ends_with(leaf->key, "bps"))
            snprintf(buf, REPORT_CELL_LEN, "%s", report_format_rate(leaf->number, rate));
        else
            return report__cell(leaf, buf);
        return buf;
    }
    return report__cell(leaf, buf);
}

static bool is_number(const struct report_node *leaf) { return leaf->kind == REPORT_NODE_NUMBER || leaf->kind == REPORT_NODE_TIME; }

/* Good and bad are told by words that are the same wherever they stand. */
static const char *class_of(const struct report_node *leaf)
{
    static const char *const bad[] = {"failed", "refused", "undone", "forced", "lost", "ended", "blocked"};
    static const char *const counts[] = {"lost", "duplicated", "reordered", "frames_lost", "overflowed"};
    for (unsigned i = 0; leaf->kind == REPORT_NODE_TEXT && i < sizeof(bad) / sizeof(bad[0]); i++)
        if (!strcmp(leaf->text, bad[i]))
            return " bad";
    for (unsigned i = 0; is_number(leaf) && leaf->number && i < sizeof(counts) / sizeof(counts[0]); i++)
        if (!strcmp(leaf->key, counts[i]))
            return " bad";
    return "";
}

/* ---- tables ---- */

static bool is_column(const struct columns *columns, const struct report_node *row, const struct report_node *leaf)
{
    if (leaf->kind == REPORT_NODE_LIST)
        return false;
    if (!columns->only || leaf == row->first)
        return true;
    for (const char *const *key = columns->only; *key; key++)
        if (!strcmp(*key, leaf->key))
            return !columns->but;
    return columns->but;
}

static bool is_empty(const struct report_node *leaf)
{
    return (leaf->flags & REPORT_NO_VALUE) || (leaf->kind == REPORT_NODE_TEXT ? !*leaf->text : !leaf->number);
}

/* Of one of many members of an object in a row: a column of nothing but zeros is not worth its width. */
static bool is_told(const struct columns *columns, const char *object, const char *key)
{
    for (const struct report_node *row = columns->list->first; row; row = row->next) {
        const struct report_node *in = report__child(row, object), *leaf = in ? report__child(in, key) : NULL;
        if (leaf && !is_empty(leaf))
            return true;
    }
    return false;
}

static void put_head(struct page *p, const char *before, const struct report_node *leaf)
{
    fprintf(p->out, "<th scope=\"col\"%s>", is_number(leaf) ? " class=\"number\"" : "");
    page__put_text(p, before);
    fputs(*before ? " " : "", p->out);
    page__put_text(p, leaf->label);
    fputs("</th>", p->out);
}

static void put_heads(struct page *p, const struct columns *columns, const struct report_node *row)
{
    for (const struct report_node *leaf = row->first; leaf; leaf = leaf->next) {
        if (!is_column(columns, row, leaf))
            continue;
        if (leaf->kind != REPORT_NODE_OBJECT) {
            put_head(p, "", leaf);
            continue;
        }
        for (const struct report_node *part = leaf->first; part; part = part->next)
            if (!report__is_branch(part) && is_told(columns, leaf->key, part->key))
                put_head(p, leaf->label, part);
    }
}

static void put_cell(struct page *p, const struct report_node *leaf)
{
    char buf[REPORT_CELL_LEN];
    const char *text = page__cell(leaf, buf);
    bool lines = strchr(text, '\n') != NULL;
    fprintf(p->out, "<td class=\"%s%s\">%s", is_number(leaf) ? "number" : "text", class_of(leaf), lines ? "<pre>" : "");
    page__put_text(p, text);
    fputs(lines ? "</pre></td>" : "</td>", p->out);
}

static void put_cells(struct page *p, const struct columns *columns, const struct report_node *row)
{
    for (const struct report_node *leaf = row->first; leaf; leaf = leaf->next) {
        if (!is_column(columns, row, leaf))
            continue;
        if (leaf->kind != REPORT_NODE_OBJECT) {
            put_cell(p, leaf);
            continue;
        }
        for (const struct report_node *part = leaf->first; part; part = part->next)
            if (!report__is_branch(part) && is_told(columns, leaf->key, part->key))
                put_cell(p, part);
    }
}

/* Of threads: most of a host's have nothing to do in most runs. */
static bool never_ran(const struct report_node *row)
{
    return report__child(row, "is_vcpu") && !report__number_at(row, "cycles") && !report__number_at(row, "steal_cycles");
}

static void put_rows(struct page *p, const struct columns *columns, const struct report_node *list, bool below)
{
    for (const struct report_node *row = list->first; row; row = row->next) {
        if (never_ran(row))
            continue;
        fprintf(p->out, "<tr%s>", below ? " class=\"below\"" : "");
        put_cells(p, columns, row);
        fputs("</tr>\n", p->out);
        for (const struct report_node *child = row->first; child; child = child->next)
            if (child->kind == REPORT_NODE_LIST && page__is_list_of_objects(child))
                put_rows(p, columns, child, true);
    }
}

void page__put_table(struct page *p, const struct report_node *list, const char *const *only, bool but)
{
    const struct columns columns = {list, only, but};
    fputs("<div class=\"wide tall\"><table><thead><tr>", p->out);
    put_heads(p, &columns, list->first);
    fputs("</tr></thead>\n<tbody>\n", p->out);
    put_rows(p, &columns, list, false);
    fputs("</tbody></table></div>\n", p->out);
}

/* ---- lists and blocks ---- */

/* "a 1, b 2", without what is empty. The caller's to free. */
static char *sentence_of(const struct report_node *object)
{
    char *text, buf[REPORT_CELL_LEN];
    size_t len;
    unsigned said = 0;
    FILE *out = alloc_stream("the page", &text, &len);
    for (const struct report_node *leaf = object->first; leaf; leaf = leaf->next)
        if (!report__is_branch(leaf) && !is_empty(leaf))
            fprintf(out, "%s%s %s", said++ ? ", " : "", leaf->label, page__cell(leaf, buf));
    alloc_stream_close("the page", out);
    return text;
}

void page__put_sentence(struct page *p, const struct report_node *node, const char *tag)
{
    char buf[REPORT_CELL_LEN];
    char *sentence = node->kind == REPORT_NODE_OBJECT ? sentence_of(node) : NULL;
    const char *text = sentence ? sentence : page__cell(node, buf);
    bool lines = strchr(text, '\n') != NULL;
    fprintf(p->out, "<%s class=\"text\">", lines ? "pre" : tag);
    page__put_text(p, text);
    fprintf(p->out, "</%s>\n", lines ? "pre" : tag);
    free(sentence);
}

void page__put_lines(struct page *p, const struct report_node *list)
{
    for (const struct report_node *item = list->first; item; item = item->next)
        page__put_sentence(p, item, "div");
}

void page__put_blocks(struct page *p, const struct report_node *list)
{
    bool drawn = !strcmp(list->key, "switches"); /* the timeline has the same steps */
    for (const struct report_node *block = list->first; block; block = block->next) {
        fprintf(p->out, "<details%s><summary>", drawn ? "" : " open=\"open\"");
        page__put_sentence(p, block, "span");
        fputs("</summary>\n", p->out);
        for (const struct report_node *child = block->first; child; child = child->next)
            if (child->kind == REPORT_NODE_LIST && page__is_list_of_objects(child))
                page__put_table(p, child, NULL, false);
        fputs("</details>\n", p->out);
    }
}

/* ---- places for curves ---- */

void page__put_plot(struct page *p, const char *kind)
{
    fprintf(p->out, "<figure class=\"plot\" data-plot=\"%s\" data-report=\"%u\">\n", kind, p->number);
}

void page__end_plot(struct page *p) { fputs("</figure>\n", p->out); }
