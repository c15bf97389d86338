/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames for a VM that is stopped or has left its host.
 *
 * `hold none`: they end, as in real systems. `hold forward`: the source queues them, and when the VM runs at the
 * destination sends them there over the migration link; the destination holds what reaches it directly until the tunnel
 * is drained, so that order is kept. It is drained when the VM's own announcement has come back to the source by way of
 * the outside (every frame sent to the old place is in front of it) and all before it has arrived; or, should the
 * announcement be lost, when the source has seen no frame for QUIET_PS.
 */
#include <assert.h>
#include <stdio.h>

#include "host/migrate/migrate__.h"

#define LOOK_PS (5 * SIM_MS)
#define QUIET_PS (20 * SIM_MS)

/* ---- queues ---- */

bool migrate__fifo_is_sound(const struct migrate_fifo *q) { return !q->count == !q->first && !q->count == !q->last; }

static void push(struct migrator *m, struct migrate_fifo *q, frame_ref ref, bool in_front)
{
    struct frame *f = frame_get(m->c.sim, ref);

    f->mark = in_front ? q->first : 0;
    if (!q->count) {
        q->first = q->last = ref;
    } else if (in_front) {
        q->first = ref;
    } else {
        frame_get(m->c.sim, q->last)->mark = ref;
        q->last = ref;
    }
    q->count++;
    q->bytes += f->len;
}

static frame_ref pop(struct migrator *m, struct migrate_fifo *q)
{
    frame_ref ref = q->first;
    struct frame *f = frame_get(m->c.sim, ref);

    q->first = f->mark;
    q->bytes -= f->len;
    if (--q->count == 0)
        q->first = q->last = 0;
    return ref;
}

static bool has_room(struct migrator *m, struct migration *g, const struct migrate_fifo *q, frame_ref ref)
{
    return q->bytes + frame_get(m->c.sim, ref)->len <= g->state.hold_bytes;
}

static void overflow(struct migrator *m, struct migration *g, struct host_vm *at, frame_ref ref)
{
    migrate__record(m, g)->overflowed++;
    frame_end_sub(&at->host->c, ref, FATE_forward_overflow, "port %d", (int)at->port);
}

/* ---- the source ---- */

/* Over the uplink: as messages of the stream; their frames are reliable, so the order is kept. */
static void pump_uplink(struct migrator *m, struct migration *g)
{
    if (!g->state.resumed)
        return;
    while (g->state.tunnel.count && migrate__uplink_frame(m, g, g->state.tunnel.first)) {
        frame_get(m->c.sim, g->state.tunnel.first)->flags |= FRAME_BY_TUNNEL;
        push(m, &g->state.carried, pop(m, &g->state.tunnel), false);
        g->state.in_flight++;
    }
    migrate__wire_flush(g->wire);
}

void migrate__tunnel_pump(struct migrator *m, struct migration *g)
{
    if (g->wire) {
        pump_uplink(m, g);
        return;
    }
    if (g->state.sending || !g->state.resumed || !g->state.tunnel.count)
        return;
    g->state.sending = 1;
    sim_time gone = migrate__send(m, g, frame_get(m->c.sim, g->state.tunnel.first)->len + MIGRATE_TUNNEL_HEADER);
    migrate__post(m, g, gone, MIGRATE_EV_SENT, 0);
}

void migrate__hold(struct migrator *m, struct migration *g, frame_ref ref, bool in_front)
{
    struct host_vm *from = migrate__from(m, g);

    if (!g->state.forward) {
        migrate__record(m, g)->lost_stopped++;
        frame_end_sub(&from->host->c, ref, FATE_vm_stopped, "port %d", (int)from->port);
    } else if (!has_room(m, g, &g->state.tunnel, ref)) {
        overflow(m, g, from, ref);
    } else {
        push(m, &g->state.tunnel, ref, in_front);
        g->state.last_tunnelled = sim_now(m->c.sim);
        migrate__tunnel_pump(m, g);
    }
}

/* ---- the destination ---- */

static void drained(struct migrator *m, struct migration *g)
{
    struct host_vm *to = migrate__to(m, g);

    if (!g->state.marked || g->state.tunnel.count || g->state.in_flight || migrate__phase(g) != MIGRATE_TUNNEL)
        return;
    trace_migration(&m->c, vm_name(to->vm), "tunnel drained", "frames come directly");
    migrate__say(m, g, MIGRATE_SOURCE, MIGRATE_DESTINATION, "tunnel empty after %" PRIu64 " frames",
                 migrate__record(m, g)->forwarded);
    vswitch_set_divert(to->host->vswitch, to->port, VSWITCH_DIVERT_OFF);
    while (g->state.direct.count) {
        frame_ref ref = pop(m, &g->state.direct);
        if (to->state.ended)
            frame_end_sub(&to->host->c, ref, FATE_vm_ended, "port %d", (int)to->port);
        else
            vswitch_offer(to->host->vswitch, to->port, ref, g->state.hold_bytes);
    }
    migrate__after_tunnel(m, g);
}

static void link_dies(struct migrator *m, struct migration *g)
{
    struct host_vm *from = migrate__from(m, g);
    struct migration_record *record = migrate__record(m, g);

    while (g->state.carried.count) {
        frame_end_sub(&from->host->c, pop(m, &g->state.carried), FATE_tunnel_lost, "port %d", (int)from->port);
        g->state.in_flight--;
    }
    while (g->state.tunnel.count)
        frame_end_sub(&from->host->c, pop(m, &g->state.tunnel), FATE_tunnel_lost, "port %d", (int)from->port);
    if (!g->state.lost)
        snprintf(record->reason, sizeof(record->reason), "the tunnel's link died");
    migrate__say(m, g, MIGRATE_SOURCE, MIGRATE_DESTINATION, "the tunnel's link died");
    trace_migration(&m->c, record->vm, "tunnel lost", "the VM runs at the destination");
    g->state.forward = 0;
    g->state.marked = 1;
    g->state.sending = 0;
    if (g->state.pulling)
        migrate__lost(m, g, "the migration link died");
}

void migrate__tunnel_begin(struct migrator *m, struct migration *g)
{
    if (migrate__inject(m, g, MIGRATE_STEP_TUNNEL))
        link_dies(m, g);
    if (migrate__phase(g) != MIGRATE_TUNNEL) /* the VM was lost with it */
        return;
    g->state.last_tunnelled = sim_now(m->c.sim);
    migrate__tunnel_pump(m, g);
    migrate__post(m, g, sim_now(m->c.sim) + LOOK_PS, MIGRATE_EV_LOOK, 0);
    drained(m, g);
}

static void arrived(struct migrator *m, struct migration *g, frame_ref ref)
{
    struct host_vm *to = migrate__to(m, g);

    g->state.in_flight--;
    migrate__record(m, g)->forwarded++;
    if (to->state.ended)
        frame_end_sub(&to->host->c, ref, FATE_vm_ended, "port %d", (int)to->port);
    else
        vswitch_offer(to->host->vswitch, to->port, ref, g->state.hold_bytes);
    drained(m, g);
}

void migrate__tunnel_arrived(struct migrator *m, struct migration *g, uint64_t id)
{
    const struct frame *first = g->state.carried.count ? frame_get(m->c.sim, g->state.carried.first) : NULL;

    assert(first && first->id == id && "the stream keeps the order");
    arrived(m, g, pop(m, &g->state.carried));
}

void migrate__tunnel_died(struct migrator *m, struct migration *g)
{
    link_dies(m, g);
    drained(m, g);
}

void migrate__tunnel_event(struct migrator *m, struct migration *g, const struct event *ev)
{
    sim_time now = sim_now(m->c.sim);

    assert(ev->b == g->procedure.gen || ev->verb != MIGRATE_EV_FRAME);
    if (ev->b != g->procedure.gen)
        return;
    if (ev->verb == MIGRATE_EV_SENT && !g->state.sending) { /* the link died under it */
    } else if (ev->verb == MIGRATE_EV_SENT) {
        g->state.sending = 0;
        g->state.in_flight++;
        frame_get(m->c.sim, g->state.tunnel.first)->flags |= FRAME_BY_TUNNEL;
        migrate__post(m, g, now + g->state.latency_ps, MIGRATE_EV_FRAME, pop(m, &g->state.tunnel));
        migrate__tunnel_pump(m, g);
    } else if (ev->verb == MIGRATE_EV_FRAME) {
        arrived(m, g, (frame_ref)ev->c);
    } else {
        if (now - g->state.last_tunnelled >= QUIET_PS)
            g->state.marked = 1;
        migrate__post(m, g, now + LOOK_PS, MIGRATE_EV_LOOK, 0);
        drained(m, g);
    }
}

/* ---- what the hosts' virtual switches divert ---- */

static void at_source(struct host_vm *hv, struct migration *g, frame_ref ref)
{
    struct migrator *m = migrator_of(hv->host);
    bool last;

    if (!hv->state.present && vswitch_is_announcement(hv->host->vswitch, hv->port, ref, &last)) {
        frame_end_sub(&hv->host->c, ref, FATE_delivered_host, "port %d", (int)hv->port);
        if (last && migrate_of(hv)->departure && !migrate__record_at(m, migrate_of(hv)->departure - 1)->learnt)
            migrate__record_at(m, migrate_of(hv)->departure - 1)->learnt = sim_now(m->c.sim);
        if (!last || !g || !g->state.resumed || g->state.marked || migrate__phase(g) != MIGRATE_TUNNEL)
            return;
        g->state.marked = 1;
        migrate__say(m, g, MIGRATE_OUTSIDE, MIGRATE_SOURCE, "the announcement has come round");
        drained(m, g);
        return;
    }
    if (g && g->state.forward && (!g->state.resumed || migrate__phase(g) == MIGRATE_TUNNEL)) {
        migrate__hold(m, g, ref, false);
        return;
    }
    if (g && !g->state.resumed) {
        migrate__hold(m, g, ref, false);
        return;
    }
    if (migrate_of(hv)->departure)
        migrate__record_at(m, migrate_of(hv)->departure - 1)->lost_left++;
    frame_end_sub(&hv->host->c, ref, FATE_vm_left, "port %d", (int)hv->port);
}

void migrate__diverted(struct host_vm *hv, frame_ref ref)
{
    struct migrator *m = migrator_of(hv->host);
    struct migration *g = migrate_of(hv)->migration ? &m->slot[migrate_of(hv)->migration - 1] : NULL;

    if (!g || migrate__from(m, g) == hv) {
        at_source(hv, g, ref);
    } else if (!hv->state.present) { /* it left from here earlier and is on its way back */
        at_source(hv, NULL, ref);
    } else if (!has_room(m, g, &g->state.direct, ref)) {
        overflow(m, g, hv, ref);
    } else {
        migrate__record(m, g)->direct_held++;
        push(m, &g->state.direct, ref, false);
    }
}

void migrate__tunnel_give_back(struct migrator *m, struct migration *g)
{
    struct host_vm *from = migrate__from(m, g);

    while (g->state.tunnel.count)
        vswitch_offer(from->host->vswitch, from->port, pop(m, &g->state.tunnel), g->state.hold_bytes);
}
