/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What there is, drawn: peers on the left, switches, and on the right the hosts, each with its NICs and its VMs in it. */
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "report/page/page__.h"

enum {
    BOX_WIDE = 132,
    BOX_HIGH = 38,
    GAP = 10,
    PEERS_X = 4,
    SWITCHES_X = 220,
    HOSTS_X = 420,
    NICS = 16,       /* into a host */
    VMS = 220,       /* into a host */
    VM_COLUMNS = 4,
    HOST_HEAD = 30,
    HOST_WIDE = VMS + VM_COLUMNS * (BOX_WIDE + GAP) + 8,
    LETTERS = 17, /* of a name, in a box */
};

struct box {
    const struct report_node *node;
    int x, y;
};

struct plan {
    struct box *box;
    unsigned count;
    int height;
};

static bool is_kind(const struct report_node *node, const char *kind) { return !strcmp(report__text_at(node, "kind"), kind); }

static void place(struct plan *plan, const struct report_node *node, int x, int y)
{
    plan->box[plan->count++] = (struct box){node, x, y};
    plan->height = y + BOX_HIGH + GAP > plan->height ? y + BOX_HIGH + GAP : plan->height;
}

static const struct box *box_of(const struct plan *plan, const char *name)
{
    for (unsigned i = 0; i < plan->count; i++)
        if (!strcmp(report__text_at(plan->box[i].node, "name"), name))
            return &plan->box[i];
    return NULL;
}

/* How high a host is: of its NICs in one column and its VMs in some. */
static int place_host(struct plan *plan, const struct report_node *nodes, const struct report_node *host, int y)
{
    const char *name = report__text_at(host, "name");
    unsigned nics = 0, vms = 0;
    plan->box[plan->count++] = (struct box){host, HOSTS_X, y};
    for (const struct report_node *n = nodes->first; n; n = n->next) {
        if (strcmp(report__text_at(n, "in"), name))
            continue;
        if (is_kind(n, "nic"))
            place(plan, n, HOSTS_X + NICS, y + HOST_HEAD + (int)nics++ * (BOX_HIGH + GAP));
        else if (is_kind(n, "vm")) {
            place(plan, n, HOSTS_X + VMS + (int)(vms % VM_COLUMNS) * (BOX_WIDE + GAP),
                  y + HOST_HEAD + (int)(vms / VM_COLUMNS) * (BOX_HIGH + GAP));
            vms++;
        }
    }
    unsigned rows = (vms + VM_COLUMNS - 1) / VM_COLUMNS;
    rows = nics > rows ? nics : rows ? rows : 1;
    return HOST_HEAD + (int)rows * (BOX_HIGH + GAP);
}

static int host_height(const struct plan *plan, const struct box *host)
{
    int bottom = host->y + HOST_HEAD + BOX_HIGH;
    const char *name = report__text_at(host->node, "name");
    for (unsigned i = 0; i < plan->count; i++)
        if (!strcmp(report__text_at(plan->box[i].node, "in"), name) && plan->box[i].y + BOX_HIGH > bottom)
            bottom = plan->box[i].y + BOX_HIGH;
    return bottom + GAP - host->y;
}

/* A column in the middle of the height of the others. */
static void place_column(struct plan *plan, const struct report_node *nodes, const char *kind, int x)
{
    int count = 0, i = 0;
    for (const struct report_node *n = nodes->first; n; n = n->next)
        count += is_kind(n, kind);
    int y = (plan->height - count * (BOX_HIGH + GAP)) / 2;
    y = y > 4 ? y : 4;
    for (const struct report_node *n = nodes->first; n; n = n->next)
        if (is_kind(n, kind))
            place(plan, n, x, y + i++ * (BOX_HIGH + GAP));
}

static struct plan plan_of(const struct report_node *nodes)
{
    struct plan plan = {.height = BOX_HIGH + 2 * GAP};
    unsigned count = 0;
    int y = 4;
    for (const struct report_node *n = nodes->first; n; n = n->next)
        count++;
    plan.box = alloc_zero("the page", count + 1, sizeof(*plan.box));
    for (const struct report_node *n = nodes->first; n; n = n->next)
        if (is_kind(n, "host"))
            y += place_host(&plan, nodes, n, y) + GAP;
    plan.height = y > plan.height ? y : plan.height;
    place_column(&plan, nodes, "switch", SWITCHES_X);
    place_column(&plan, nodes, "peer", PEERS_X);
    return plan;
}

/* ---- drawing ---- */

static void put_words(struct page *p, int x, int y, const char *how, const char *text)
{
    char cut[4 * LETTERS + 8];
    size_t len = 0;
    for (int letters = 0; len < 4 * LETTERS && text[len]; len++)
        if (((unsigned char)text[len] & 0xc0) != 0x80 && letters++ == LETTERS)
            break;
    snprintf(cut, sizeof(cut), "%.*s%s", (int)len, text, text[len] ? "…" : "");
    fprintf(p->out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" %s>", x, y, how);
    page__put_text(p, cut);
    fputs("</text>\n", p->out);
}

static void put_box(struct page *p, const struct box *box)
{
    const char *what = report__text_at(box->node, "what");
    const char *class = is_kind(box->node, "vm") ? "guest" : is_kind(box->node, "nic") ? "chip" : "outside";
    fprintf(p->out, "<g><title>");
    page__put_text(p, report__text_at(box->node, "name"));
    fputs(*what ? ": " : "", p->out);
    page__put_text(p, what);
    fprintf(p->out, "</title><rect class=\"box %s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"%d\"/>\n", class, box->x,
            box->y, BOX_WIDE, BOX_HIGH, is_kind(box->node, "switch") ? 18 : 6);
    put_words(p, box->x + BOX_WIDE / 2, box->y + (*what ? 16 : 23), "font-weight=\"600\" font-size=\"12\"",
              report__text_at(box->node, "name"));
    if (*what)
        put_words(p, box->x + BOX_WIDE / 2, box->y + 31, "class=\"soft\" font-size=\"11\"", what);
    fputs("</g>\n", p->out);
}

static void put_host(struct page *p, const struct plan *plan, const struct box *host)
{
    const char *what = report__text_at(host->node, "what");
    fprintf(p->out,
            "<rect class=\"box host\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"8\"/>\n<text x=\"%d\" y=\"%d\" "
            "font-weight=\"600\">",
            host->x, host->y, HOST_WIDE, host_height(plan, host), host->x + NICS, host->y + 20);
    page__put_text(p, report__text_at(host->node, "name"));
    fprintf(p->out, "%s", *what ? ": " : "");
    page__put_text(p, what);
    fputs("</text>\n", p->out);
}

static void put_link(struct page *p, const struct plan *plan, const struct report_node *link)
{
    const struct box *a = box_of(plan, report__text_at(link, "a")), *b = box_of(plan, report__text_at(link, "b"));
    char rate[REPORT_RATE_LEN], took[REPORT_TIME_LEN];
    if (!a || !b || !report__number_at(link, "bps")) /* a VM's box says which NIC it is on */
        return;
    if (a->x > b->x) {
        const struct box *other = a;
        a = b;
        b = other;
    }
    int x1 = a->x + (a->x == b->x ? BOX_WIDE / 2 : BOX_WIDE), x2 = a->x == b->x ? x1 : b->x;
    int y1 = a->y + BOX_HIGH / 2, y2 = b->y + BOX_HIGH / 2, bend = (x1 + x2) / 2;
    fprintf(p->out, "<path class=\"cable\" d=\"M%d %dC%d %d %d %d %d %d\"><title>", x1, y1, bend, y1, bend, y2, x2, y2);
    page__put_text(p, report__text_at(link, "a"));
    fputs(" - ", p->out);
    page__put_text(p, report__text_at(link, "b"));
    fprintf(p->out, ", %s, %s</title></path>\n", report_format_rate(report__number_at(link, "bps"), rate),
            report_format_time(report__number_at(link, "latency_ns"), took));
}

static void put_drawing(struct page *p, const struct report_node *nodes, const struct report_node *links)
{
    struct plan plan = plan_of(nodes);
    bool hosts = false;
    for (unsigned i = 0; i < plan.count; i++)
        hosts |= is_kind(plan.box[i].node, "host");
    int width = hosts ? HOSTS_X + HOST_WIDE + 8 : SWITCHES_X + BOX_WIDE + 8;
    fprintf(p->out,
            "<div class=\"wide\"><svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"%d\" height=\"%d\" "
            "viewBox=\"0 0 %d %d\">\n<title>topology</title>\n",
            width, plan.height + 6, width, plan.height + 6);
    for (unsigned i = 0; i < plan.count; i++)
        if (is_kind(plan.box[i].node, "host"))
            put_host(p, &plan, &plan.box[i]);
    for (const struct report_node *l = links ? links->first : NULL; l; l = l->next)
        put_link(p, &plan, l);
    for (unsigned i = 0; i < plan.count; i++)
        if (!is_kind(plan.box[i].node, "host"))
            put_box(p, &plan.box[i]);
    fputs("</svg></div>\n", p->out);
    free(plan.box);
}

void page__put_topology(struct page *p, const struct report_node *node)
{
    const struct report_node *nodes = report__child(node, "nodes"), *links = report__child(node, "links");
    put_drawing(p, nodes, links);
    fputs("<details><summary>as tables</summary>\n", p->out);
    page__put_table(p, nodes, NULL, false);
    if (links && links->first)
        page__put_table(p, links, NULL, false);
    fputs("</details>\n", p->out);
}
