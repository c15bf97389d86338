/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was expected, with its bound and what was measured. */
#include <string.h>

#include "report/page/page__.h"

/* Of a number that was compared: as it was typed ("> 2G") and as it was measured ("9026.717 Mb/s"), each with its unit. The numbers
 * alone, which the JSON has, are in whatever the expectation is about. */
static void put_number(struct page *p, const struct report_node *e)
{
    const char *relation = report__text_at(e, "relation"), *seen = report__text_at(e, "seen");
    const char *bound = *relation ? strstr(report__text_at(e, "text"), relation) : NULL;
    bool is_value = bound && !strncmp(seen, "was ", 4);
    fputs("<td class=\"number\">", p->out);
    page__put_text(p, bound ? bound : "");
    fputs("</td><td class=\"number\">", p->out);
    page__put_text(p, is_value ? seen + 4 : "");
    fputs("</td><td class=\"text\">", p->out);
    page__put_text(p, is_value ? "" : seen);
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
        put_number(p, e);
        fputs("</tr>\n", p->out);
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
