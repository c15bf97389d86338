/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts of a page that are of no single run: what differs from another result, and the table of a sweep. */
#include <string.h>

#include "report/page/page__.h"

static void put_share(struct page *p, const struct report_node *a, const struct report_node *b)
{
    bool both =
        a && b && a->kind == REPORT_NODE_NUMBER && b->kind == REPORT_NODE_NUMBER && a->number && a->number <= INT64_MAX / 20000;
    if (!both || b->number / 20000 > a->number) {
        fputs("<td class=\"number\"></td>", p->out);
        return;
    }
    bool less = b->number < a->number;
    uint64_t change = less ? a->number - b->number : b->number - a->number;
    uint64_t share = (uint64_t)((unsigned __int128)change * 10000 / a->number);
    fprintf(p->out, "<td class=\"number\">%c%" PRIu64 ".%02" PRIu64 " %%</td>", less ? '-' : '+', share / 100, share % 100);
}

static void put_value(struct page *p, const struct report_node *leaf, bool is_time)
{
    char buf[REPORT_CELL_LEN], time[REPORT_TIME_LEN];
    fputs("<td class=\"number\">", p->out);
    if (leaf && is_time && leaf->kind == REPORT_NODE_NUMBER)
        page__put_text(p, report_format_time(leaf->number, time));
    else
        page__put_text(p, leaf ? page__cell(leaf, buf) : "(none)");
    fputs("</td>", p->out);
}

void page__put_differences(struct page *p, const struct report_node *root)
{
    const struct report_node *list = report__child(root, "differences");
    fputs("<p>from ", p->out);
    page__put_text(p, report__text_at(root, "a"));
    fputs(" (first) to ", p->out);
    page__put_text(p, report__text_at(root, "b"));
    fprintf(p->out, " (second); %" PRIu64 " more are within the thresholds</p>\n", report__number_at(root, "within_thresholds"));
    if (!list || !list->first) {
        fputs("<p>no difference</p>\n", p->out);
        return;
    }
    fputs("<div class=\"wide tall\"><table><thead><tr><th scope=\"col\">what</th><th scope=\"col\" class=\"number\">first</th>"
          "<th scope=\"col\" class=\"number\">second</th><th scope=\"col\" class=\"number\">change</th></tr></thead>\n<tbody>\n",
          p->out);
    for (const struct report_node *d = list->first; d; d = d->next) {
        const struct report_node *a = report__child(d, "a"), *b = report__child(d, "b");
        fputs("<tr><td class=\"text path\">", p->out);
        page__put_text(p, report__text_at(d, "path"));
        fputs("</td>", p->out);
        bool is_time = strstr(report__text_at(d, "path"), "_ns");
        put_value(p, a, is_time);
        put_value(p, b, is_time);
        put_share(p, a, b);
        fputs("</tr>\n", p->out);
    }
    fputs("</tbody></table></div>\n", p->out);
}

/* ---- a sweep ---- */

/* What people ask of a sweep first; the script offers all others. */
static bool is_usual(const char *path)
{
    static const char *const ends[] = {".lost",        ".delivered",      ".latency_ns.p50", ".latency_ns.p99",
                                       ".blackout_ns", ".throughput.bps", ".throughput.fps", ".cycles_per_frame"};
    if (strstr(path, ".halves."))
        return false;
    for (unsigned i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        size_t len = strlen(path), tail = strlen(ends[i]);
        if (len > tail && !strcmp(path + len - tail, ends[i]))
            return true;
    }
    return false;
}

/* The same in every row: a sentence below the table, and no column. */
static bool is_one_value(const struct report_node *rows, const char *path)
{
    char x[REPORT_CELL_LEN], y[REPORT_CELL_LEN];
    const struct report_node *first = NULL;
    for (const struct report_node *row = rows->first; row; row = row->next) {
        const struct report_node *values = report__child(row, "values"), *leaf = values ? report__child(values, path) : NULL;
        if (!leaf)
            return false;
        first = first ? first : leaf;
        if (strcmp(page__cell(first, x), page__cell(leaf, y)))
            return false;
    }
    return rows->first && rows->first->next;
}

/* What was asked for by name; of a sweep that nobody asked anything of, what people ask first and is not the same in all rows. */
static bool is_shown(const struct page *p, const struct report_node *rows, const char *path)
{
    const struct report_node *shown = report__child(p->root, "shown");
    char buf[REPORT_CELL_LEN];
    for (const struct report_node *s = shown ? shown->first : NULL; s; s = s->next)
        if (!strcmp(page__cell(s, buf), path))
            return true;
    return !(shown && shown->first) && is_usual(path) && !is_one_value(rows, path);
}

static void put_sweep_row(struct page *p, const struct report_node *rows, const struct report_node *row, bool head)
{
    const struct report_node *settings = report__child(row, "settings"), *values = report__child(row, "values");
    const struct report_node *of = rows->first ? report__child(rows->first, "values") : NULL;
    char buf[REPORT_CELL_LEN];
    fputs("<tr>", p->out);
    for (const struct report_node *s = settings ? settings->first : NULL; s; s = s->next) {
        fputs(head ? "<th scope=\"col\" class=\"number\">" : "<td class=\"number\">", p->out);
        page__put_text(p, head ? s->key : page__cell(s, buf));
        fputs(head ? "</th>" : "</td>", p->out);
    }
    const char *verdict = report__text_at(row, "verdict");
    fprintf(p->out, "<%s class=\"%s\">", head ? "th scope=\"col\"" : "td", head ? "" : strcmp(verdict, "PASS") ? "bad" : "good");
    page__put_text(p, head ? "verdict" : verdict);
    fputs(head ? "</th>" : "</td>", p->out);
    for (const struct report_node *c = of ? of->first : NULL; c; c = c->next) {
        const struct report_node *leaf = values ? report__child(values, c->key) : NULL;
        if (!is_shown(p, rows, c->key))
            continue;
        fputs(head ? "<th scope=\"col\" class=\"number path\">" : "<td class=\"number\">", p->out);
        page__put_text(p, head ? c->key : leaf ? page__cell(leaf, buf) : "-");
        fputs(head ? "</th>" : "</td>", p->out);
    }
    fputs("</tr>\n", p->out);
}

static void put_axes(struct page *p, const struct report_node *axes)
{
    char buf[REPORT_CELL_LEN];
    fputs("<ul class=\"facts\">\n", p->out);
    for (const struct report_node *axis = axes->first; axis; axis = axis->next) {
        const struct report_node *values = report__child(axis, "values");
        fputs("<li>", p->out);
        page__put_text(p, report__text_at(axis, "name"));
        fputs(" <b>", p->out);
        for (const struct report_node *v = values ? values->first : NULL; v; v = v->next) {
            page__put_text(p, page__cell(v, buf));
            fputs(v->next ? ", " : "", p->out);
        }
        fputs("</b></li>\n", p->out);
    }
    fputs("</ul>\n", p->out);
}

void page__put_sweep(struct page *p, const struct report_node *root)
{
    const struct report_node *rows = report__child(root, "rows"), *axes = report__child(root, "axes");
    put_axes(p, axes);
    page__put_plot(p, "sweep");
    page__end_plot(p);
    if (!rows->first)
        return;
    fputs("<div class=\"wide tall\"><table><thead>\n", p->out);
    put_sweep_row(p, rows, rows->first, true);
    fputs("</thead>\n<tbody>\n", p->out);
    for (const struct report_node *row = rows->first; row; row = row->next)
        put_sweep_row(p, rows, row, false);
    const struct report_node *shown = report__child(root, "shown");
    fprintf(p->out, "</tbody></table></div>\n<p class=\"soft\">%s</p>\n",
            shown && shown->first ? "what was asked for (--show); all other numbers are in the result"
                                  : "frames, latencies, rates and costs that are not the same in every row");
}
