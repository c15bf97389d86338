/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flows: their counts, their rates, how their latencies are spread, and what their longest gaps were made of. */
#include <string.h>

#include "report/page/page__.h"

void page__put_flows(struct page *p, const struct report_node *list)
{
    static const char *const counts[] = {"sent",      "delivered",   "lost",       "duplicated", "reordered",
                                         "in_flight", "blackout_ns", "latency_ns", NULL};
    page__put_table(p, list, counts, false);
    fputs("<h4>throughput</h4>\n", p->out);
    page__put_table(p, list, counts, true);
}

/* ---- latencies ---- */

static const struct {
    uint64_t per_100000;
    const char *head;
} shares[] = {{50000, "p50"}, {90000, "p90"}, {99000, "p99"}, {99900, "p99.9"}, {99990, "p99.99"}, {99999, "p99.999"}};
enum { SHARES = sizeof(shares) / sizeof(shares[0]) };

/* The point of a curve that so many of its frames do not exceed. */
static uint64_t latency_at(const struct report_node *row, uint64_t per_100000)
{
    const struct report_node *at = report__child(row, "at_most_ns"), *count = report__child(row, "count");
    uint64_t frames = report__number_at(row, "frames");
    const struct report_node *value = at ? at->first : NULL, *n = count ? count->first : NULL;
    for (; value && n; value = value->next, n = n->next)
        if ((unsigned __int128)n->number * 100000 >= (unsigned __int128)frames * per_100000)
            return value->number;
    return report__number_at(row, "max_ns");
}

static void put_time(struct page *p, uint64_t ns)
{
    char text[REPORT_TIME_LEN];
    fprintf(p->out, "<td class=\"number\">%s</td>", report_format_time(ns, text));
}

static void put_latency(struct page *p, const struct report_node *row)
{
    uint64_t frames = report__number_at(row, "frames");
    fputs("<tr><td class=\"text\">", p->out);
    page__put_text(p, report__text_at(row, "flow"));
    fprintf(p->out, "</td><td class=\"number\">%" PRIu64 "</td>", frames);
    put_time(p, report__number_at(row, "min_ns"));
    put_time(p, report__number_at(row, "mean_ns"));
    for (unsigned i = 0; i < SHARES; i++)
        if (frames * (100000 - shares[i].per_100000) >= 100000) /* at least one frame is slower */
            put_time(p, latency_at(row, shares[i].per_100000));
        else
            fputs("<td class=\"number\">-</td>", p->out);
    put_time(p, report__number_at(row, "max_ns"));
    fputs("</tr>\n", p->out);
}

void page__put_latencies(struct page *p, const struct report_node *list)
{
    page__put_plot(p, "latency");
    page__end_plot(p);
    fputs("<div class=\"wide tall\"><table><thead><tr><th scope=\"col\">flow</th><th scope=\"col\" class=\"number\">frames</th>"
          "<th scope=\"col\" class=\"number\">min</th><th scope=\"col\" class=\"number\">mean</th>",
          p->out);
    for (unsigned i = 0; i < SHARES; i++)
        fprintf(p->out, "<th scope=\"col\" class=\"number\">%s</th>", shares[i].head);
    fputs("<th scope=\"col\" class=\"number\">max</th></tr></thead>\n<tbody>\n", p->out);
    for (const struct report_node *row = list->first; row; row = row->next)
        put_latency(p, row);
    fputs("</tbody></table></div>\n<p class=\"soft\">min, mean and max are exact, what lies between within 0.8 %; -: fewer frames "
          "than "
          "that would be told of; <code>vfsim report --hlog</code> and <code>--hgrm</code> write them for HdrHistogram's "
          "tools</p>\n",
          p->out);
}

/* ---- blackouts ---- */

/* Drawn, and every figure in words: a share may be too narrow for them. */
void page__put_blackouts(struct page *p, const struct report_node *list)
{
    fputs("<div class=\"wide\">\n", p->out);
    page__put_shares(p->out, list);
    fputs("</div>\n", p->out);
    page__put_lines(p, list);
}
