/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stations: the list of them, which of a station's workloads goes next, and who hears of a delivery. */
#include "net/workload.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "net/net__.h"

int station_init(struct station *station, struct sim *sim, struct component *comp, const char *name, const struct station_ops *ops)
{
    struct net *net = net__of(sim);
    if (!net)
        return -ENOMEM;
    if (strlen(name) >= sizeof(station->name))
        return -ENAMETOOLONG;
    struct station **end = &net->stations;
    unsigned number = 0;
    for (; *end; end = &(*end)->next, number++) {
        if (strcmp((*end)->name, name) == 0)
            return -EEXIST;
    }
    assert(ops && ops->due && comp->sim == sim);
    if (name != station->name)
        snprintf(station->name, sizeof(station->name), "%s", name);
    station->ops = ops;
    station->comp = comp;
    station->number = number;
    station->workloads = NULL;
    station->workload_count = station->workload_cap = 0;
    station->workloads_added = 0;
    station->ear = NULL;
    station->next = NULL;
    if (station->mtu == 0)
        station->mtu = 1500;
    *end = station;
    return 0;
}

void station_fini(struct station *station)
{
    if (!station->comp)
        return;
    for (struct station **s = &station->comp->sim->net->stations; *s; s = &(*s)->next) {
        if (*s == station) {
            *s = station->next;
            break;
        }
    }
    for (unsigned i = 0; i < station->workload_count; i++)
        station->workloads[i]->station = NULL;
    free(station->workloads);
    station->workloads = NULL;
    station->workload_count = station->workload_cap = 0;
    station->comp = NULL;
}

void station_set_mac(struct station *station, const uint8_t mac[6])
{
    memcpy(station->mac, mac, 6);
    inspection__note(station);
}

struct station *station_find(struct sim *sim, const char *name)
{
    struct station *s = sim->net ? sim->net->stations : NULL;
    while (s && strcmp(s->name, name) != 0)
        s = s->next;
    return s;
}

/* ---- who goes next: a heap by time, and of those at one time by who was added first ---- */

static bool goes_before(const struct workload *a, const struct workload *b)
{
    return a->due != b->due ? a->due < b->due : a->rank < b->rank;
}

static void put(struct station *station, unsigned place, struct workload *w)
{
    station->workloads[place] = w;
    w->place = place;
}

/* The workload `w`, whose place is free, goes to where it belongs from there. */
static void settle(struct station *station, unsigned place, struct workload *w)
{
    struct workload **heap = station->workloads;
    for (unsigned up = (place - 1) / 2; place && goes_before(w, heap[up]); place = up, up = (place - 1) / 2)
        put(station, place, heap[up]);
    for (unsigned down; (down = 2 * place + 1) < station->workload_count; place = down) {
        if (down + 1 < station->workload_count && goes_before(heap[down + 1], heap[down]))
            down++;
        if (!goes_before(heap[down], w))
            break;
        put(station, place, heap[down]);
    }
    put(station, place, w);
}

void workload__set_due(struct workload *w, sim_time due)
{
    if (w->due == due)
        return;
    w->due = due;
    if (w->station)
        settle(w->station, w->place, w);
}

static bool has_a_frame(struct workload *w, sim_time now) { return !w->ops->look || w->ops->look(w, now); }

struct workload *station__pick(struct station *station, sim_time now)
{
    while (station->workload_count && station->workloads[0]->due <= now) {
        struct workload *first = station->workloads[0];
        if (has_a_frame(first, now))
            return first;
    }
    return NULL;
}

sim_time station_next_due(const struct station *station)
{
    return station->workload_count ? station->workloads[0]->due : SIM_NEVER;
}

static struct workload_frame take(struct station *station, struct workload *w, uint8_t *buf, uint32_t cap)
{
    struct workload_frame out = {0};
    if (w) {
        assert(w->len <= cap);
        inspection__note(station);
        out.flow = w->flow;
        out.len = w->len;
        out.offload = w->offload;
        w->ops->fill(w, buf);
    }
    return out;
}

struct workload_frame station_next(struct station *station, uint8_t *buf, uint32_t cap)
{
    struct workload_frame out = take(station, station__pick(station, sim_now(station->comp->sim)), buf, cap);
    out.next_due = station_next_due(station);
    return out;
}

/* Some of a station's workloads. */
struct choice {
    bool keeps_pace; /* those that keep their pace whatever the queue does */
    unsigned lane;   /* and are of this one, of so many */
    unsigned lanes;
};

static bool is_chosen(const struct workload *w, const struct choice *choice)
{
    return (!w->waits || !choice->keeps_pace) && w->due != SIM_NEVER &&
           (choice->lanes <= 1 || w->rank % choice->lanes == choice->lane);
}

/* NULL: there is none. */
static struct workload *first_of(const struct station *station, const struct choice *choice)
{
    struct workload *first = NULL;
    for (unsigned i = 0; i < station->workload_count; i++) {
        struct workload *w = station->workloads[i];
        if (is_chosen(w, choice) && (!first || goes_before(w, first)))
            first = w;
    }
    return first;
}

static struct workload_frame next_of(struct station *station, const struct choice *choice, uint8_t *buf, uint32_t cap)
{
    sim_time now = sim_now(station->comp->sim);
    struct workload *w;
    while ((w = first_of(station, choice)) && w->due <= now && !has_a_frame(w, now))
        continue;
    struct workload_frame out = take(station, w && w->due <= now ? w : NULL, buf, cap);
    w = first_of(station, choice);
    out.next_due = w ? w->due : SIM_NEVER;
    return out;
}

struct workload_frame station_next_unless_it_waits(struct station *station, uint8_t *buf, uint32_t cap)
{
    return next_of(station, &(struct choice){.keeps_pace = true}, buf, cap);
}

struct workload_frame station_next_on(struct station *station, unsigned lane, bool is_stopped, uint8_t *buf, uint32_t cap)
{
    return next_of(station, &(struct choice){is_stopped, lane, station->lanes}, buf, cap);
}

sim_time station_next_due_on(const struct station *station, unsigned lane)
{
    const struct workload *w = first_of(station, &(struct choice){false, lane, station->lanes});
    return w ? w->due : SIM_NEVER;
}

static void frame_delivered(struct delivery_listener *self, struct component *at, const struct frame *f)
{
    struct net *net = at->sim->net;
    struct workload *w = net->by_flow[f->flow];
    (void)self;
    if (w && w->ops->delivered)
        w->ops->delivered(w, at, f);
}

void workload__attach(struct workload *w, struct station *station)
{
    struct sim *sim = station->comp->sim;
    struct net *net = sim->net;
    if (station->workload_count == station->workload_cap) {
        station->workload_cap = station->workload_cap ? 2 * station->workload_cap : 4;
        station->workloads = alloc_grow("a station", station->workloads, station->workload_cap * sizeof(station->workloads[0]));
    }
    w->rank = station->workloads_added++;
    w->station = station;
    w->net = net;
    station->workload_count++;
    settle(station, station->workload_count - 1, w);
    if (w->flow != FLOW_NONE) /* the half of a one-way replay that is not played has none: frames of no flow are not its */
        net->by_flow[w->flow] = w;
    if (w->ops->delivered && !net->listening) {
        net->listener.delivered = frame_delivered;
        books_listen(sim, &net->listener);
        net->listening = true;
    }
}

void workload__detach(struct workload *w)
{
    struct station *s = w->station;
    if (w->net && w->net->by_flow[w->flow] == w)
        w->net->by_flow[w->flow] = NULL;
    if (!s)
        return;
    struct workload *last = s->workloads[--s->workload_count];
    if (last != w)
        settle(s, w->place, last);
    w->station = NULL;
}

void workload__due(struct workload *w)
{
    if (w->due == SIM_NEVER || !w->station)
        return;
    sim_time now = sim_now(w->station->comp->sim);
    w->station->ops->due(w->station, w->due > now ? w->due : now);
}

/* ---- positions ---- */

static int by_rank(const void *a, const void *b)
{
    const struct workload *x = *(struct workload *const *)a, *y = *(struct workload *const *)b;
    return x->rank < y->rank ? -1 : 1;
}

static void write_positions(struct station *station, struct save *s)
{
    uint32_t len = 0;
    unsigned count = station->workload_count;
    struct workload **in_order = alloc_bytes("a station", (count + 1) * sizeof(*in_order));
    for (unsigned i = 0; i < count; i++)
        in_order[i] = station->workloads[i];
    qsort(in_order, count, sizeof(*in_order), by_rank); /* a heap's order is of the moment */
    for (unsigned i = 0; i < count; i++) {
        struct workload *w = in_order[i];
        struct flow_report report;
        char name[48] = "";
        struct save one;
        if (!w->ops->position)
            continue;
        flow_get_report(station->comp->sim, w->flow, &report);
        snprintf(name, sizeof(name), "%s", report.name);
        save_init_writer(&one);
        w->ops->position(w, &one, 0);
        len = (uint32_t)one.len;
        save_field(s, len);
        save_field(s, name);
        save_bytes(s, one.buf, one.len);
        save_fini(&one);
    }
    free(in_order);
    len = 0;
    save_field(s, len);
}

/* The station's workload of this flow that has a position, or NULL. */
static struct workload *find_workload(const struct station *station, uint32_t flow)
{
    struct workload *w = flow ? station->comp->sim->net->by_flow[flow] : NULL;
    return w && w->station == station && w->ops->position ? w : NULL;
}

static void read_positions(struct station *station, struct save *s, sim_time later)
{
    uint32_t len = 0;
    for (save_field(s, len); len && !s->err; save_field(s, len)) {
        char name[48];
        save_field(s, name);
        name[sizeof(name) - 1] = 0;
        if (s->err || len > s->len - s->pos) {
            save_fail(s, -EPROTO, "%u bytes of a flow's position", len);
            return;
        }
        struct workload *w = find_workload(station, flow_find(station->comp->sim, name));
        struct save one;
        save_init_reader(&one, s->buf + s->pos, len);
        if (w)
            w->ops->position(w, &one, later);
        if (one.err)
            save_fail(s, one.err, "the position of flow %s", name);
        s->pos += len;
    }
}

void station_position(struct station *station, struct save *s, sim_time later)
{
    save_section(s, "flows of a station", 1);
    if (save_is_loading(s))
        read_positions(station, s, later);
    else
        write_positions(station, s);
}
