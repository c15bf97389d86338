/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was expected, with its bound and what was measured. */
#include <string.h>

#include "report/page/page__.h"

/* "web downtime < 5ms" is about a time, "out throughput > 1G" is not: what stands behind the relation says so. */
static bool is_time(const struct report_node *e)
{
    const char *relation = report__text_at(e, "relation"), *at = *relation ? strstr(report__text_at(e, "text"), relation) : NULL;
    if (!at)
        return false;
    at += strlen(relation) + strspn(at + strlen(relation), " ");
    size_t digits = strspn(at, "0123456789.");
    static const char *const units[] = {"ps", "ns", "us", "ms", "s"};
    for (unsigned i = 0; digits && i < sizeof(units) / sizeof(units[0]); i++) {
        size_t len = strlen(units[i]);
        if (!strncmp(at + digits, units[i], len) && (!at[digits + len] || at[digits + len] == ' '))
            return true;
    }
    return false;
}

static void put_number(struct page *p, const struct report_node *e, const char *key, const char *relation)
{
    const struct report_node *leaf = report__child(e, key);
    char buf[REPORT_CELL_LEN], time[REPORT_TIME_LEN];
    bool there = leaf && leaf->kind == REPORT_NODE_NUMBER;
    fprintf(p->out, "<td class=\"number\">");
    page__put_text(p, there ? relation : "");
    fputs(there && *relation ? " " : "", p->out);
    if (there)
        page__put_text(p, is_time(e) ? report_format_time(leaf->number / 1000, time) : page__cell(leaf, buf));
    fputs("</td>", p->out);
}

/* Whether it held; null where the run did not come to it. */
static void put_outcome(struct page *p, const struct report_node *e)
{
    const struct report_node *passed = report__child(e, "passed");
    bool judged = passed && passed->kind == REPORT_NODE_BOOL;
    fprintf(p->out, "<td class=\"%s\">%s</td>",
            !judged          ? "soft"
            : passed->number ? "good"
                             : "bad",
            !judged          ? "not judged"
            : passed->number ? "passed"
                             : "failed");
}

/* All of them, not only those that failed; those first. */
static void put_some(struct page *p, const struct report_node *list, bool failed)
{
    for (const struct report_node *e = list->first; e; e = e->next) {
        const struct report_node *passed = report__child(e, "passed");
        if ((passed && passed->kind == REPORT_NODE_BOOL && !passed->number) != failed)
            continue;
        fprintf(p->out, "<tr><td class=\"number\">%" PRIu64 "</td>", report__number_at(e, "line"));
        put_outcome(p, e);
        fputs("<td class=\"text\">", p->out);
        page__put_text(p, report__text_at(e, "text"));
        fputs("</td>", p->out);
        put_number(p, e, "bound", report__text_at(e, "relation"));
        put_number(p, e, "measured", "");
        fputs("<td class=\"text\">", p->out);
        page__put_text(p, report__text_at(e, "seen"));
        fputs("</td></tr>\n", p->out);
    }
}

void page__put_expectations(struct page *p, const struct report_node *list)
{
    fputs("<div class=\"wide tall\"><table><thead><tr><th scope=\"col\" class=\"number\">line</th><th scope=\"col\"></th>"
          "<th scope=\"col\">expected</th><th scope=\"col\" class=\"number\">bound</th><th scope=\"col\" "
          "class=\"number\">measured</th>"
          "<th scope=\"col\">seen</th></tr></thead>\n<tbody>\n",
          p->out);
    put_some(p, list, true);
    put_some(p, list, false);
    fputs("</tbody></table></div>\n", p->out);
}
