/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where cycles went: a bar a VM of what a frame of its cost it, by activity, and what each thread did. */
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "report/page/page__.h"

enum { ACTIVITIES_MAX = 32, NAMES = 190, PLOT = 700, ROW = 26, SHADES = 12 };

/* of a VM's vCPU and of others for it, wherever it lived */
struct cost {
    const char *vm;
    uint64_t frames, cycles[ACTIVITIES_MAX], sum;
};

struct costs {
    const char *activity[ACTIVITIES_MAX];
    unsigned activities, count;
    struct cost *cost;
    uint64_t most; /* a frame, in thousandths of a cycle */
};

static unsigned activity_of(struct costs *c, const char *name)
{
    unsigned i = 0;
    while (i < c->activities && strcmp(c->activity[i], name))
        i++;
    if (i == c->activities && i < ACTIVITIES_MAX)
        c->activity[c->activities++] = name;
    return i < ACTIVITIES_MAX ? i : ACTIVITIES_MAX - 1;
}

static void add_account(struct costs *c, struct cost *cost, const struct report_node *account)
{
    for (const struct report_node *leaf = account ? account->first : NULL; leaf; leaf = leaf->next) {
        cost->cycles[activity_of(c, leaf->key)] += leaf->number;
        cost->sum += leaf->number;
    }
}

/* A vCPU is called by its VM, or by its VM and a number. */
static bool is_thread_of(const struct report_node *thread, const char *vm)
{
    const char *name = report__text_at(thread, "thread");
    size_t len = strlen(vm);
    return report__number_at(thread, "is_vcpu") && !strncmp(name, vm, len) && (!name[len] || name[len] == '/');
}

static void measure(struct page *p, struct costs *c, const struct report_node *list)
{
    const struct report_node *threads = report__child(p->root, "threads");
    unsigned rows = 0;
    for (const struct report_node *row = list->first; row; row = row->next)
        rows++;
    c->cost = alloc_zero("the page", rows + 1, sizeof(*c->cost));
    for (const struct report_node *row = list->first; row; row = row->next) {
        struct cost *cost = &c->cost[c->count];
        cost->vm = report__text_at(row, "vm");
        cost->frames = report__number_at(row, "frames");
        for (const struct report_node *t = threads ? threads->first : NULL; t; t = t->next)
            if (is_thread_of(t, cost->vm)) {
                add_account(c, cost, report__child(t, "activities"));
                add_account(c, cost, report__child(t, "done_for_it"));
            }
        if (!cost->frames || !cost->sum)
            continue;
        uint64_t each = (uint64_t)((unsigned __int128)cost->sum * 1000 / cost->frames);
        c->most = each > c->most ? each : c->most;
        c->count++;
    }
}

static uint64_t a_frame(const struct cost *cost, uint64_t cycles)
{
    return (uint64_t)((unsigned __int128)cycles * 1000 / cost->frames);
}

static void put_bar(struct page *p, const struct costs *c, const struct cost *cost, int y)
{
    uint64_t passed = 0;
    fprintf(p->out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", NAMES - 10, y + 15);
    page__put_text(p, cost->vm);
    fputs("</text>\n", p->out);
    for (unsigned i = 0; i < c->activities; i++) {
        uint64_t each = a_frame(cost, cost->cycles[i]);
        int x1 = NAMES + (int)((unsigned __int128)passed * PLOT / c->most);
        int x2 = NAMES + (int)((unsigned __int128)(passed + each) * PLOT / c->most);
        passed += each;
        if (x2 > x1)
            fprintf(p->out,
                    "<rect class=\"s%u\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"18\"><title>%s: %" PRIu64 " cycles a frame</title>"
                    "</rect>\n",
                    i % SHADES, x1, y, x2 - x1, c->activity[i], each / 1000);
    }
    fprintf(p->out, "<text class=\"soft num\" x=\"%d\" y=\"%d\">%" PRIu64 "</text>\n",
            NAMES + (int)((unsigned __int128)passed * PLOT / c->most) + 6, y + 15, a_frame(cost, cost->sum) / 1000);
}

static bool is_used(const struct costs *c, unsigned activity)
{
    for (unsigned i = 0; i < c->count; i++)
        if (c->cost[i].cycles[activity])
            return true;
    return false;
}

static void put_bars(struct page *p, const struct costs *c)
{
    fputs("<p class=\"legend\">cycles a frame, of the vCPU and of others for it:", p->out);
    for (unsigned i = 0; i < c->activities; i++)
        if (is_used(c, i)) {
            fprintf(p->out, "<span class=\"key k%u\"></span>", i % SHADES);
            page__put_text(p, c->activity[i]);
        }
    fprintf(p->out,
            "</p>\n<div class=\"wide\"><svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"%d\" height=\"%u\" "
            "viewBox=\"0 0 %d %u\">\n<title>cycles a frame by activity</title>\n",
            NAMES + PLOT + 90, c->count * ROW + 4, NAMES + PLOT + 90, c->count * ROW + 4);
    for (unsigned i = 0; i < c->count; i++)
        put_bar(p, c, &c->cost[i], 2 + (int)i * ROW);
    fputs("</svg></div>\n", p->out);
}

static void put_numbers(struct page *p, const struct costs *c)
{
    fputs("<div class=\"wide tall\"><table><thead><tr><th scope=\"col\">vm</th>", p->out);
    for (unsigned i = 0; i < c->activities; i++)
        if (is_used(c, i)) {
            fputs("<th scope=\"col\" class=\"number\">", p->out);
            page__put_text(p, c->activity[i]);
            fputs("</th>", p->out);
        }
    fputs("</tr></thead>\n<tbody>\n", p->out);
    for (unsigned n = 0; n < c->count; n++) {
        fputs("<tr><td class=\"text\">", p->out);
        page__put_text(p, c->cost[n].vm);
        fputs("</td>", p->out);
        for (unsigned i = 0; i < c->activities; i++)
            if (is_used(c, i))
                fprintf(p->out, "<td class=\"number\">%" PRIu64 "</td>", a_frame(&c->cost[n], c->cost[n].cycles[i]) / 1000);
        fputs("</tr>\n", p->out);
    }
    fputs("</tbody></table></div>\n", p->out);
}

void page__put_costs(struct page *p, const struct report_node *list)
{
    struct costs c = {.count = 0};
    measure(p, &c, list);
    if (c.count && c.most) {
        put_bars(p, &c);
        put_numbers(p, &c);
        fputs("<h4>in all, with exits, interrupts and copies</h4>\n", p->out);
    }
    page__put_table(p, list, NULL, false);
    free(c.cost);
}

void page__put_threads(struct page *p, const struct report_node *list)
{
    static const char *const apart[] = {"idle_cycles", "done_for_it", NULL};
    fputs("<details open=\"open\"><summary>who ran, and for what, in cycles; threads that never ran are left out</summary>\n",
          p->out);
    page__put_table(p, list, apart, true);
    fputs("</details>\n", p->out);
}
