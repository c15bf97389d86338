/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A report as a page: the same tree as the text, with the conversations drawn. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/report__.h"

enum { COLUMNS_MAX = 40 };

/* What a reader wants first; what is not named here comes before the last two. */
static const char *const order[] = {"comparison",   "comparison_cost", "flows",   "blackouts", "timeline", "migrations", "switches",
                                    "connections",  "transactions",    "replays", "roles",     "drops",    "vms",        NULL,
                                    "expectations", "assumptions"};
enum { ORDER = sizeof(order) / sizeof(order[0]) };

struct page {
    FILE *out;
    unsigned number; /* of the report on it, from 0 */
};

static bool is_shown(const struct report_node *node) { return !(node->flags & REPORT_JSON_ONLY); }

static const char *class_of(unsigned flags) { return flags & REPORT_BAD ? " bad" : flags & REPORT_GOOD ? " good" : ""; }

/* ---- tables ---- */

static bool is_number(const struct report_node *leaf) { return leaf->kind == REPORT_NODE_NUMBER || leaf->kind == REPORT_NODE_TIME; }

static void put_heads(struct page *p, const struct report_node *row)
{
    for (const struct report_node *leaf = row->first; leaf; leaf = leaf->next) {
        if (!is_shown(leaf) || leaf->kind == REPORT_NODE_LIST)
            continue;
        if (leaf->kind == REPORT_NODE_OBJECT) {
            put_heads(p, leaf);
            continue;
        }
        fprintf(p->out, "<th%s>", is_number(leaf) ? " class=\"number\"" : "");
        report__put_escaped(p->out, leaf->label);
        fputs("</th>", p->out);
    }
}

static void put_cells(struct page *p, const struct report_node *row)
{
    char buf[REPORT_CELL_LEN];
    for (const struct report_node *leaf = row->first; leaf; leaf = leaf->next) {
        if (!is_shown(leaf) || leaf->kind == REPORT_NODE_LIST)
            continue;
        if (leaf->kind == REPORT_NODE_OBJECT) {
            put_cells(p, leaf);
            continue;
        }
        fprintf(p->out, "<td class=\"%s%s\">", is_number(leaf) ? "number" : "text", class_of(leaf->flags | row->flags));
        report__put_escaped(p->out, report__cell(leaf, buf));
        fputs("</td>", p->out);
    }
}

static void put_rows(struct page *p, const struct report_node *list, bool below)
{
    for (const struct report_node *row = list->first; row; row = row->next) {
        if (!is_shown(row))
            continue;
        fprintf(p->out, "<tr%s>", below ? " class=\"below\"" : "");
        put_cells(p, row);
        fputs("</tr>\n", p->out);
        for (const struct report_node *child = row->first; child; child = child->next)
            if (child->kind == REPORT_NODE_LIST && is_shown(child))
                put_rows(p, child, true);
    }
}

static void put_table(struct page *p, const struct report_node *list)
{
    const struct report_node *row = list->first;
    while (row && !is_shown(row))
        row = row->next;
    if (!row)
        return;
    fputs("<table><thead><tr>", p->out);
    put_heads(p, row);
    fputs("</tr></thead>\n<tbody>\n", p->out);
    put_rows(p, list, false);
    fputs("</tbody></table>\n", p->out);
}

/* ---- lists, blocks, sections ---- */

static void put_sentence(struct page *p, const struct report_node *node, const char *tag)
{
    char buf[REPORT_CELL_LEN];
    char *sentence = node->kind == REPORT_NODE_OBJECT ? report__sentence(node) : NULL;
    const char *text = sentence ? sentence : report__cell(node, buf);
    bool lines = strchr(text, '\n') != NULL;
    fprintf(p->out, "<%s class=\"text%s\">", lines ? "pre" : tag, class_of(node->flags));
    report__put_escaped(p->out, text);
    fprintf(p->out, "</%s>\n", lines ? "pre" : tag);
    free(sentence);
}

static void put_lines(struct page *p, const struct report_node *list)
{
    for (const struct report_node *item = list->first; item; item = item->next)
        if (is_shown(item))
            put_sentence(p, item, "div");
}

static void put_blocks(struct page *p, const struct report_node *list)
{
    bool drawn = !strcmp(list->key, "switches"); /* the timeline has the same steps */
    bool plain = !strcmp(list->key, "blackouts");
    for (const struct report_node *block = list->first; block; block = block->next) {
        if (!is_shown(block))
            continue;
        if (plain) {
            put_sentence(p, block, "div");
            continue;
        }
        fprintf(p->out, "<details%s><summary>", drawn ? "" : " open=\"open\"");
        put_sentence(p, block, "span");
        fputs("</summary>\n", p->out);
        for (const struct report_node *child = block->first; child; child = child->next)
            if (child->kind == REPORT_NODE_LIST && is_shown(child))
                put_table(p, child);
        fputs("</details>\n", p->out);
    }
}

/* All of them, not only those that failed. */
static void put_expectations(struct page *p, const struct report_node *list)
{
    fputs("<table><thead><tr><th>line</th><th>expected</th><th></th><th>seen</th></tr></thead>\n<tbody>\n", p->out);
    for (const struct report_node *e = list->first; e; e = e->next) {
        bool passed = report__number_at(e, "passed") != 0;
        fprintf(p->out, "<tr><td class=\"number\">%" PRIu64 "</td><td class=\"text\">", report__number_at(e, "line"));
        report__put_escaped(p->out, report__text_at(e, "text"));
        fprintf(p->out, "</td><td class=\"%s\">%s</td><td class=\"text\">", passed ? "good" : "bad", passed ? "passed" : "failed");
        report__put_escaped(p->out, report__text_at(e, "seen"));
        fputs("</td></tr>\n", p->out);
    }
    fputs("</tbody></table>\n", p->out);
}

/* Drawn, and every figure in words: a share may be too narrow for them. */
static void put_blackouts(struct page *p, const struct report_node *list)
{
    report__html_shares(p->out, list);
    put_blocks(p, list);
}

static bool is_section(const struct report_node *node)
{
    if (node->kind != REPORT_NODE_LIST || !node->first || !is_shown(node))
        return false;
    if (!strcmp(node->key, "expectations"))
        return true;
    for (const struct report_node *child = node->first; child; child = child->next)
        if (is_shown(child))
            return true;
    return false;
}

static const char *heading_of(const struct report_node *node)
{
    static const char *const own[] = {"expectations", "timeline", "assumptions"}; /* others than the text's */
    for (unsigned i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        if (!strcmp(own[i], node->key))
            return own[i];
    return node->label;
}

static void put_section(struct page *p, const struct report_node *node)
{
    unsigned number = 0;
    char id[64];
    fprintf(p->out, "<h2 id=\"r%u-%s\">", p->number, node->key);
    report__put_escaped(p->out, heading_of(node));
    fputs("</h2>\n", p->out);
    if (node->look == REPORT_TIMELINE) {
        for (const struct report_node *item = node->first; item; item = item->next) {
            snprintf(id, sizeof(id), "r%u-%s-%u", p->number, node->key, number++);
            report__html_conversation(p->out, item, id);
        }
        return;
    }
    fputs("<div class=\"card\">\n", p->out);
    if (!strcmp(node->key, "expectations"))
        put_expectations(p, node);
    else if (!strcmp(node->key, "blackouts"))
        put_blackouts(p, node);
    else if (node->look == REPORT_TABLE)
        put_table(p, node);
    else if (node->look == REPORT_BLOCKS)
        put_blocks(p, node);
    else
        put_lines(p, node);
    fputs("</div>\n", p->out);
}

/* ---- the order of sections ---- */

static bool is_in_order(const char *key)
{
    for (unsigned i = 0; i < ORDER; i++)
        if (order[i] && !strcmp(order[i], key))
            return true;
    return false;
}

typedef void (*section_fn)(struct page *p, const struct report_node *node);

static void each_section(struct page *p, const struct report *report, section_fn fn)
{
    for (unsigned i = 0; i < ORDER; i++)
        for (const struct report_node *node = report->root.first; node; node = node->next)
            if (is_section(node) && (order[i] ? !strcmp(order[i], node->key) : !is_in_order(node->key)))
                fn(p, node);
}

static void put_link(struct page *p, const struct report_node *node)
{
    fprintf(p->out, "<a href=\"#r%u-%s\">", p->number, node->key);
    report__put_escaped(p->out, heading_of(node));
    fputs("</a>\n", p->out);
}

/* ---- the page ---- */

static void put_fact(struct page *p, const struct report_node *node)
{
    char buf[REPORT_CELL_LEN];
    char *sentence = node->kind == REPORT_NODE_OBJECT ? report__sentence(node) : NULL;
    fputs("<li>", p->out);
    report__put_escaped(p->out, node->label);
    fprintf(p->out, " <b%s>", node->flags & REPORT_BAD ? " class=\"bad\"" : "");
    report__put_escaped(p->out, sentence ? sentence : report__cell(node, buf));
    fputs("</b></li>\n", p->out);
    free(sentence);
}

static const char *title_of(const struct report *report)
{
    const char *title = report__text_at(&report->root, "title");
    return *title ? title : report__text_at(&report->root, "scenario");
}

static void put_report(struct page *p, const struct report *report)
{
    static const char *const apart[] = {"title", "verdict", "next"};
    const char *verdict = report__text_at(&report->root, "verdict"), *next = report__text_at(&report->root, "next");
    const struct report_node *expected = report__child(&report->root, "something_expected");
    fputs("<header>\n<h1>", p->out);
    report__put_escaped(p->out, title_of(report));
    if (*verdict)
        fprintf(p->out, " <span class=\"verdict%s\">%s%s</span>", strcmp(verdict, "PASS") ? " bad" : "", verdict,
                expected && !expected->number && strcmp(verdict, "ERROR") ? " (nothing was expected)" : "");
    fputs("</h1>\n<ul class=\"facts\">\n", p->out);
    for (const struct report_node *node = report->root.first; node; node = node->next) {
        bool fact = is_shown(node) && node->kind != REPORT_NODE_LIST;
        for (unsigned i = 0; i < sizeof(apart) / sizeof(apart[0]); i++)
            fact = fact && strcmp(apart[i], node->key);
        if (fact)
            put_fact(p, node);
    }
    fputs("</ul>\n</header>\n<nav>\n", p->out);
    each_section(p, report, put_link);
    fputs("</nav>\n<main>\n", p->out);
    each_section(p, report, put_section);
    if (*next) {
        fputs("<p class=\"soft\">next: <code>", p->out);
        report__put_escaped(p->out, next);
        fputs("</code></p>\n", p->out);
    }
    fputs("</main>\n", p->out);
}

int report_write_html(struct report *const *reports, unsigned count, FILE *out)
{
    struct page page = {.out = out};
    fputs("<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n<meta charset=\"utf-8\"/>\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>",
          out);
    report__put_escaped(out, count ? title_of(reports[0]) : "vfsim");
    fprintf(out, "%s</title>\n<style>\n%s</style>\n</head>\n<body>\n", count > 1 ? " and others" : "", report__html_style);
    for (unsigned i = 0; i < count; i++) {
        assert(reports[i]->open == &reports[i]->root);
        page.number = i;
        put_report(&page, reports[i]);
    }
    fputs("<footer>Written by vfsim: the same scenario, seed and binary give the same page, byte for byte.</footer>\n</body>\n"
          "</html>\n",
          out);
    return fflush(out) || ferror(out) ? -EIO : 0;
}
