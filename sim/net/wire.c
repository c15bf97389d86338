/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A wire: two directions that each serialise, delay and deliver, at the price of one event a frame.
 *
 * Each direction is a component of its own, of the wire's name, so that what one side sends takes no turn in the order of what
 * the other side sends: the two ends of a wire may be far apart, and know nothing of each other but what arrives.
 *
 * When a frame is accepted, all of its future is known: the start (when its direction is free), and so the arrival.
 * Frames that have not begun to leave are counted from a ring of start times, pruned when the next frame comes. Taking
 * the link down starts a new epoch; what was under way carries the old one and ends as link_down when it would have
 * arrived.
 */
#include "net/wire.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine/horizon.h"
#include "core/engine/probe.h"
#include "core/alloc.h"
#include "core/frame/way.h"
#include "core/ratio.h"
#include "net/net__.h"

enum { WIRE_ARRIVE = 1, WIRE_LOSE, WIRE_CORRUPT }; /* a: frame, c: epoch; as it will have come */

enum {
    QUEUE_DEFAULT = 1024,
    PREAMBLE_LEN = 8, /* with the start-of-frame delimiter [IEEE 802.3 3.1.1] */
    GAP_LEN = 12,     /* interpacket gap [IEEE 802.3 4.4.2] */
};

struct direction_state { /* plain data: saved as it is */
    sim_time free_at;    /* when the next frame can begin to leave */
    uint64_t rem;        /* and the fraction of a picosecond beyond it, in 1/ps_den */
    uint64_t head, tail; /* of the ring of start times, counting freely */
    uint64_t frames, bytes, drops;
    sim_time busy;       /* in all, gaps included */
    sim_time end;        /* of the latest frame's last bit; 0: none yet */
    sim_time gap_min;    /* SIM_NEVER: no two frames yet */
    struct netem_state netem;
    uint64_t epoch;
    uint64_t up;
};

struct direction {
    struct component comp;
    const struct wire *wire;
    unsigned side;           /* that sends */
    uint32_t gap_len;
    struct port *from, *to;  /* NULL: it is gone */
    sim_time *start;         /* ring of ring_mask + 1 */
    struct direction_state st;
};

struct wire {
    struct direction dir[2]; /* by sending side */
    uint64_t rate_bps;
    uint64_t ps_num, ps_den; /* a byte's time, in lowest terms */
    sim_time latency_ps;
    uint32_t queue_frames;
    uint32_t ring_mask;
};

static void direction_event(struct component *self, const struct event *ev)
{
    struct direction *d = (struct direction *)self;
    frame_ref ref = (frame_ref)ev->a;
    if (ev->c != d->st.epoch || !d->to) {
        frame_end(self, ref, FATE_link_down);
    } else if (ev->verb == WIRE_LOSE) {
        frame_end_sub(self, ref, FATE_netem_loss, "side %d", (int)d->side);
    } else {
        if (ev->verb == WIRE_CORRUPT)
            frame_get(self->sim, ref)->flags |= FRAME_BAD_FCS;
        port__receive(d->to, ref);
    }
}

static void direction_save(struct component *self, struct save *s)
{
    struct direction *d = (struct direction *)self;
    save_section(s, "wire", 3);
    save_expect_u64(s, "rate", d->wire->rate_bps);
    save_expect_u64(s, "latency", d->wire->latency_ps);
    save_expect_u64(s, "queue", d->wire->queue_frames);
    save_field(s, d->st);
    save_bytes(s, d->start, sizeof(sim_time) * ((size_t)d->wire->ring_mask + 1));
}

static void direction_show(struct component *self, struct probes *to)
{
    struct direction *d = (struct direction *)self;
    if (d->side == 0) /* both directions go up and down together */
        probe_add(to, 1, probe_u64, &d->st.up, "up");
}

static const struct component_ops direction_ops = {
    .kind = "wire", .event = direction_event, .save = direction_save, .show = direction_show};

static void direction_init(struct direction *d, struct sim *sim, const char *name, const struct wire_params *params)
{
    d->gap_len = params->gap_bits[d->side] ? params->gap_bits[d->side] / 8 : GAP_LEN;
    d->start = alloc_zero("a wire", (size_t)d->wire->ring_mask + 1, sizeof(sim_time));
    d->st.gap_min = SIM_NEVER;
    d->st.up = 1;
    netem_init(&d->st.netem, sim->seed, name, d->side);
    component_init(&d->comp, sim, &direction_ops, name);
    component_is_far(&d->comp);
}

struct wire *wire_create(struct sim *sim, const char *name, const struct wire_params *params, struct port *a, struct port *b)
{
    assert(a != b && !a->wire && !b->wire && !a->peer && !b->peer);
    struct wire *w = alloc_zero("a wire", 1, sizeof(*w));
    w->queue_frames = params->queue_frames ? params->queue_frames : QUEUE_DEFAULT;
    uint64_t ring = 1;
    while (ring < w->queue_frames)
        ring <<= 1;
    w->ring_mask = (uint32_t)(ring - 1);
    struct sim_rate rate = sim_rate_bytes(params->rate_bps);
    uint64_t g = rate.ps_num ? ratio_gcd(rate.ps_num, rate.ps_den) : 1;
    w->rate_bps = params->rate_bps;
    w->ps_num = rate.ps_num / g;
    w->ps_den = rate.ps_den / g;
    w->latency_ps = params->latency_ps;
    struct port *port[2] = {a, b};
    for (unsigned side = 0; side < 2; side++) {
        struct direction *d = &w->dir[side];
        d->wire = w;
        d->side = side;
        d->from = port[side];
        d->to = port[1 - side];
        direction_init(d, sim, name, params);
        port[side]->wire = w;
        port[side]->side = side;
    }
    port__link_changed(a, true);
    port__link_changed(b, true);
    return w;
}

void wire_destroy(struct wire *w)
{
    if (!w)
        return;
    for (int side = 0; side < 2; side++) {
        if (w->dir[side].from)
            w->dir[side].from->wire = NULL;
        free(w->dir[side].start);
    }
    free(w);
}

void wire__port_gone(struct wire *w, unsigned side)
{
    w->dir[side].from = NULL;
    w->dir[1 - side].to = NULL;
}

/* Picoseconds for `bytes` more bytes after the fraction `rem`; *rem_out (may be NULL) gets the fraction after them. */
static sim_time time_for(const struct wire *w, uint64_t bytes, uint64_t rem, uint64_t *rem_out)
{
    if (w->ps_den == 1) /* every usual rate; saves two wide divisions a frame */
        return bytes * w->ps_num;
    struct sim_rate rate = {w->ps_num, w->ps_den, rem};
    sim_time t = sim_rate_take(&rate, bytes);
    if (rem_out)
        *rem_out = rate.rem;
    return t;
}

/* Frames whose start lies ahead. */
static uint64_t queued(struct direction *d, sim_time now)
{
    struct direction_state *st = &d->st;
    while (st->head != st->tail && d->start[st->head & d->wire->ring_mask] <= now)
        st->head++;
    return st->tail - st->head;
}

static void arrive(struct direction *d, frame_ref ref, sim_time arrival, uint16_t verb)
{
    event_post(&d->comp, &d->comp, arrival, EV_HW, verb, ref, 0, d->st.epoch);
}

/* The frame comes out at the other end, or what became of it. */
static void deliver(struct direction *d, frame_ref ref, sim_time arrival)
{
    if (netem_is_idle(&d->st.netem.does)) {
        arrive(d, ref, arrival, WIRE_ARRIVE);
        return;
    }
    struct netem_fate fate = netem_next(&d->st.netem);
    frame_ref twin = fate.duplicated ? frame_clone(&d->comp, ref) : 0;
    arrival = sim_time_add(arrival, fate.delay);
    arrive(d, ref, arrival, fate.lost ? WIRE_LOSE : fate.corrupted ? WIRE_CORRUPT : WIRE_ARRIVE);
    if (twin)
        arrive(d, twin, arrival, WIRE_ARRIVE);
}

void wire_set_netem(struct wire *w, unsigned side, const struct netem *netem)
{
    w->dir[side].st.netem.does = *netem;
    w->dir[side].st.netem.is_bad = 0;
}

/* False: the frame has ended, for nothing passes or too many wait. */
static bool admit(struct direction *d, frame_ref ref, uint64_t bytes, sim_time now)
{
    struct direction_state *st = &d->st;
    enum fate fate;
    if (st->free_at <= now) {
        st->free_at = now;
        st->rem = 0;
    }
    if (!st->up) { /* the transmitter clocks it out into nothing, which keeps senders at its pace */
        if (st->free_at == now)
            st->free_at += time_for(d->wire, bytes + d->gap_len, st->rem, &st->rem);
        fate = FATE_link_down;
    } else if (st->free_at > now && queued(d, now) >= d->wire->queue_frames) {
        fate = FATE_wire_queue_full;
    } else {
        return true;
    }
    st->drops++;
    frame_end_sub(&d->comp, ref, fate, "side %d", (int)d->side);
    return false;
}

/* A frame has its place on the wire, up to free_at. */
static void witness(struct direction *d, const struct frame *f)
{
    char *name = way_pass(d->comp.sim, f, &d->comp, WAY_LINK, d->side, (struct way_reading){d->st.busy, .of = d->st.free_at});
    if (name)
        snprintf(name, WAY_NAME, "%.40s from %.30s", d->comp.name, d->from ? d->from->name : "?");
}

void wire__send(struct wire *w, unsigned side, frame_ref ref)
{
    struct direction *d = &w->dir[side];
    struct direction_state *st = &d->st;
    const struct frame *f = frame_get(d->comp.sim, ref);
    sim_time now = sim_now(d->comp.sim);
    uint64_t bytes = (f->len < FRAME_MIN_LEN ? FRAME_MIN_LEN : f->len) + PREAMBLE_LEN + FRAME_FCS_LEN;

    assert(f->len <= FRAME_MAX_JUMBO);
    if (!admit(d, ref, bytes, now))
        return;
    sim_time start = st->free_at;
    sim_time end = start + time_for(w, bytes, st->rem, NULL);
    sim_time arrival = end + w->latency_ps + (d->from ? d->from->out_ps : 0) + (d->to ? d->to->in_ps : 0);
    if (st->end && start - st->end < st->gap_min)
        st->gap_min = start - st->end;
    st->end = end;
    if (start > now)
        d->start[st->tail++ & w->ring_mask] = start;
    st->free_at = start + time_for(w, bytes + d->gap_len, st->rem, &st->rem);
    st->busy += st->free_at - start;
    st->frames++;
    st->bytes += f->len;
    if (frame_is_witness(f))
        witness(d, f);
    deliver(d, ref, arrival);
}

void wire_set_up(struct wire *w, bool up)
{
    if (up == wire_is_up(w))
        return;
    trace_wire_link(&w->dir[0].comp, up ? "up" : "down", up ? "frames pass" : "what is under way is lost");
    for (int side = 0; side < 2; side++) {
        struct direction_state *st = &w->dir[side].st;
        st->up = up;
        st->epoch++;
        st->free_at = sim_now(w->dir[side].comp.sim);
        st->rem = 0;
        st->head = st->tail;
    }
    for (int side = 0; side < 2; side++) {
        if (w->dir[side].from)
            port__link_changed(w->dir[side].from, up);
    }
}

bool wire_is_up(const struct wire *w) { return w->dir[0].st.up; }

sim_time wire__free_at(const struct wire *w, unsigned side) { return w->dir[side].st.free_at; }

uint64_t wire__rate_bps(const struct wire *w) { return w->rate_bps; }

void wire_get_stats(const struct wire *w, struct wire_stats *out)
{
    for (int side = 0; side < 2; side++) {
        const struct direction_state *st = &w->dir[side].st;
        out->frames[side] = st->frames;
        out->bytes[side] = st->bytes;
        out->drops[side] = st->drops;
        uint64_t gap_bits = (uint64_t)(((unsigned __int128)st->gap_min * w->rate_bps + SIM_S / 2) / SIM_S);
        out->gap_min_bits[side] = st->gap_min == SIM_NEVER ? 0 : gap_bits;
    }
}
