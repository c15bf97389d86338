/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stations: the list of them, which of a station's workloads goes next, and who hears of a delivery. */
#include "net/workload.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

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
    station->workload_count = 0;
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
    station->workload_count = 0;
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

struct workload *station__pick(const struct station *station, sim_time now)
{
    struct workload *first = NULL;
    for (unsigned i = 0; i < station->workload_count; i++) {
        struct workload *w = station->workloads[i];
        if (w->due <= now && (!first || w->due < first->due))
            first = w;
    }
    return first;
}

sim_time station_next_due(const struct station *station)
{
    sim_time next = SIM_NEVER;
    for (unsigned i = 0; i < station->workload_count; i++) {
        if (station->workloads[i]->due < next)
            next = station->workloads[i]->due;
    }
    return next;
}

struct workload_frame station_next(struct station *station, uint8_t *buf, uint32_t cap)
{
    struct workload_frame out = {0};
    struct workload *w = station__pick(station, sim_now(station->comp->sim));
    if (w) {
        assert(w->len <= cap);
        inspection__note(station);
        out.flow = w->flow;
        out.len = w->len;
        out.offload = w->offload;
        w->ops->fill(w, buf);
    }
    out.next_due = station_next_due(station);
    return out;
}

static void frame_delivered(struct delivery_listener *self, struct component *at, const struct frame *f)
{
    struct net *net = at->sim->net;
    struct workload *w = net->by_flow[f->flow];
    (void)self;
    if (w && w->ops->delivered)
        w->ops->delivered(w, at, f);
}

int workload__attach(struct workload *w, struct station *station)
{
    struct sim *sim = station->comp->sim;
    struct net *net = sim->net;
    if (station->workload_count == STATION_WORKLOADS_MAX)
        return -ENOSPC;
    station->workloads[station->workload_count++] = w;
    w->station = station;
    w->net = net;
    if (w->flow != FLOW_NONE) /* the half of a one-way replay that is not played has none: frames of no flow are not its */
        net->by_flow[w->flow] = w;
    if (w->ops->delivered && !net->listening) {
        net->listener.delivered = frame_delivered;
        books_listen(sim, &net->listener);
        net->listening = true;
    }
    return 0;
}

void workload__detach(struct workload *w)
{
    struct station *s = w->station;
    if (w->net && w->net->by_flow[w->flow] == w)
        w->net->by_flow[w->flow] = NULL;
    if (!s)
        return;
    unsigned i = 0;
    while (s->workloads[i] != w)
        i++;
    memmove(&s->workloads[i], &s->workloads[i + 1], (s->workload_count - i - 1) * sizeof(s->workloads[0]));
    s->workload_count--;
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

static struct workload *find_workload(struct station *station, uint32_t flow)
{
    for (unsigned i = 0; flow && i < station->workload_count; i++)
        if (station->workloads[i]->flow == flow && station->workloads[i]->ops->position)
            return station->workloads[i];
    return NULL;
}

static void write_positions(struct station *station, struct save *s)
{
    uint32_t len = 0;
    for (unsigned i = 0; i < station->workload_count; i++) {
        struct workload *w = station->workloads[i];
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
    len = 0;
    save_field(s, len);
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
