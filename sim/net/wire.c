/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A wire: two directions that each serialise, delay and deliver, at the price of one event a frame.
 *
 * When a frame is accepted, all of its future is known: the start (when its direction is free), and so the arrival.
 * Frames that have not begun to leave are counted from a ring of start times, pruned when the next frame comes. Taking
 * the link down starts a new epoch; what was under way carries the old one and ends as link_down when it would have
 * arrived.
 */
#include "net/wire.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine/horizon.h"
#include "core/engine/probe.h"
#include "core/alloc.h"
#include "core/ratio.h"
#include "net/net__.h"

enum { WIRE_ARRIVE = 1, WIRE_LOSE, WIRE_CORRUPT }; /* a: frame, b: sending side, c: epoch; as it will have come */

enum {
    QUEUE_DEFAULT = 1024,
    PREAMBLE_LEN = 8, /* with the start-of-frame delimiter [IEEE 802.3 3.1.1] */
    GAP_LEN = 12,     /* interpacket gap [IEEE 802.3 4.4.2] */
};

struct direction {       /* plain data: saved as it is */
    sim_time free_at;    /* when the next frame can begin to leave */
    uint64_t rem;        /* and the fraction of a picosecond beyond it, in 1/ps_den */
    uint64_t head, tail; /* of the ring of start times, counting freely */
    uint64_t frames, bytes, drops;
    sim_time end;        /* of the latest frame's last bit; 0: none yet */
    sim_time gap_min;    /* SIM_NEVER: no two frames yet */
};

struct wire_state {
    struct direction dir[2];
    struct netem_state netem[2]; /* by sending side */
    uint64_t epoch;
    uint64_t up;
};

struct wire {
    struct component comp;
    uint64_t rate_bps;
    uint64_t ps_num, ps_den; /* a byte's time, in lowest terms */
    sim_time latency_ps;
    uint32_t queue_frames;
    uint32_t gap_len[2];
    uint32_t ring_mask;
    struct port *port[2];
    struct wire_state st;
    sim_time *start[2]; /* rings of ring_mask + 1 */
};

static void wire_event(struct component *self, const struct event *ev)
{
    struct wire *w = (struct wire *)self;
    struct port *to = w->port[1 - ev->b];
    frame_ref ref = (frame_ref)ev->a;
    if (ev->c != w->st.epoch || !to) {
        frame_end(self, ref, FATE_link_down);
    } else if (ev->verb == WIRE_LOSE) {
        frame_end_sub(self, ref, FATE_netem_loss, "side %d", (int)ev->b);
    } else {
        if (ev->verb == WIRE_CORRUPT)
            frame_get(self->sim, ref)->flags |= FRAME_BAD_FCS;
        port__receive(to, ref);
    }
}

static void wire_save(struct component *self, struct save *s)
{
    struct wire *w = (struct wire *)self;
    save_section(s, "wire", 2);
    save_expect_u64(s, "rate", w->rate_bps);
    save_expect_u64(s, "latency", w->latency_ps);
    save_expect_u64(s, "queue", w->queue_frames);
    save_field(s, w->st);
    for (int side = 0; side < 2; side++)
        save_bytes(s, w->start[side], sizeof(sim_time) * ((size_t)w->ring_mask + 1));
}

static void wire_show(struct component *self, struct probes *to)
{
    struct wire *w = (struct wire *)self;
    probe_add(to, 1, probe_u64, &w->st.up, "up");
}

static const struct component_ops wire_ops = {.kind = "wire", .event = wire_event, .save = wire_save, .show = wire_show};

struct wire *wire_create(struct sim *sim, const char *name, const struct wire_params *params, struct port *a, struct port *b)
{
    assert(a != b && !a->wire && !b->wire && !a->peer && !b->peer);
    struct wire *w = alloc_zero("a wire", 1, sizeof(*w));
    w->queue_frames = params->queue_frames ? params->queue_frames : QUEUE_DEFAULT;
    uint64_t ring = 1;
    while (ring < w->queue_frames)
        ring <<= 1;
    w->ring_mask = (uint32_t)(ring - 1);
    for (int side = 0; side < 2; side++)
        w->start[side] = alloc_zero("a wire", ring, sizeof(sim_time));
    struct sim_rate rate = sim_rate_bytes(params->rate_bps);
    uint64_t g = rate.ps_num ? ratio_gcd(rate.ps_num, rate.ps_den) : 1;
    w->rate_bps = params->rate_bps;
    w->ps_num = rate.ps_num / g;
    w->ps_den = rate.ps_den / g;
    w->latency_ps = params->latency_ps;
    w->st.up = 1;
    for (int side = 0; side < 2; side++) {
        w->gap_len[side] = params->gap_bits[side] ? params->gap_bits[side] / 8 : GAP_LEN;
        w->st.dir[side].gap_min = SIM_NEVER;
    }
    for (unsigned side = 0; side < 2; side++)
        netem_init(&w->st.netem[side], sim->seed, name, side);
    component_init(&w->comp, sim, &wire_ops, name);
    component_is_far(&w->comp);
    w->port[0] = a;
    w->port[1] = b;
    a->wire = b->wire = w;
    a->side = 0;
    b->side = 1;
    port__link_changed(a, true);
    port__link_changed(b, true);
    return w;
}

void wire_destroy(struct wire *w)
{
    if (!w)
        return;
    for (int side = 0; side < 2; side++) {
        if (w->port[side])
            w->port[side]->wire = NULL;
        free(w->start[side]);
    }
    free(w);
}

void wire__port_gone(struct wire *w, unsigned side) { w->port[side] = NULL; }

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
static uint64_t queued(const struct wire *w, unsigned side, struct direction *d, sim_time now)
{
    while (d->head != d->tail && w->start[side][d->head & w->ring_mask] <= now)
        d->head++;
    return d->tail - d->head;
}

/* The frame comes out at the other end, or what became of it. */
static void deliver(struct wire *w, unsigned side, frame_ref ref, sim_time arrival)
{
    struct netem_state *netem = &w->st.netem[side];
    if (netem_is_idle(&netem->does)) {
        event_post(&w->comp, &w->comp, arrival, EV_HW, WIRE_ARRIVE, ref, side, w->st.epoch);
        return;
    }
    struct netem_fate fate = netem_next(netem);
    uint16_t verb = fate.lost ? WIRE_LOSE : fate.corrupted ? WIRE_CORRUPT : WIRE_ARRIVE;
    frame_ref twin = fate.duplicated ? frame_clone(&w->comp, ref) : 0;
    arrival = sim_time_add(arrival, fate.delay);
    event_post(&w->comp, &w->comp, arrival, EV_HW, verb, ref, side, w->st.epoch);
    if (twin)
        event_post(&w->comp, &w->comp, arrival, EV_HW, WIRE_ARRIVE, twin, side, w->st.epoch);
}

void wire_set_netem(struct wire *w, unsigned side, const struct netem *netem)
{
    w->st.netem[side].does = *netem;
    w->st.netem[side].is_bad = 0;
}

void wire__send(struct wire *w, unsigned side, frame_ref ref)
{
    struct sim *sim = w->comp.sim;
    struct direction *d = &w->st.dir[side];
    const struct frame *f = frame_get(sim, ref);
    sim_time now = sim_now(sim);
    uint64_t bytes = (f->len < FRAME_MIN_LEN ? FRAME_MIN_LEN : f->len) + PREAMBLE_LEN + FRAME_FCS_LEN;

    assert(f->len <= FRAME_MAX_JUMBO);
    if (d->free_at <= now) {
        d->free_at = now;
        d->rem = 0;
    } else if (w->st.up && queued(w, side, d, now) >= w->queue_frames) {
        d->drops++;
        frame_end_sub(&w->comp, ref, FATE_wire_queue_full, "side %d", (int)side);
        return;
    }
    if (!w->st.up) { /* the transmitter clocks it out into nothing, which keeps senders at its pace */
        if (d->free_at == now)
            d->free_at += time_for(w, bytes + w->gap_len[side], d->rem, &d->rem);
        d->drops++;
        frame_end_sub(&w->comp, ref, FATE_link_down, "side %d", (int)side);
        return;
    }
    sim_time start = d->free_at;
    sim_time end = start + time_for(w, bytes, d->rem, NULL);
    sim_time arrival =
        end + w->latency_ps + (w->port[side] ? w->port[side]->out_ps : 0) + (w->port[1 - side] ? w->port[1 - side]->in_ps : 0);
    if (d->end && start - d->end < d->gap_min)
        d->gap_min = start - d->end;
    d->end = end;
    if (start > now)
        w->start[side][d->tail++ & w->ring_mask] = start;
    d->free_at = start + time_for(w, bytes + w->gap_len[side], d->rem, &d->rem);
    d->frames++;
    d->bytes += f->len;
    deliver(w, side, ref, arrival);
}

void wire_set_up(struct wire *w, bool up)
{
    if (up == wire_is_up(w))
        return;
    trace_wire_link(&w->comp, up ? "up" : "down", up ? "frames pass" : "what is under way is lost");
    w->st.up = up;
    w->st.epoch++;
    for (int side = 0; side < 2; side++) {
        struct direction *d = &w->st.dir[side];
        d->free_at = sim_now(w->comp.sim);
        d->rem = 0;
        d->head = d->tail;
    }
    for (int side = 0; side < 2; side++) {
        if (w->port[side])
            port__link_changed(w->port[side], up);
    }
}

bool wire_is_up(const struct wire *w) { return w->st.up; }

sim_time wire__free_at(const struct wire *w, unsigned side) { return w->st.dir[side].free_at; }

uint64_t wire__rate_bps(const struct wire *w) { return w->rate_bps; }

void wire_get_stats(const struct wire *w, struct wire_stats *out)
{
    for (int side = 0; side < 2; side++) {
        out->frames[side] = w->st.dir[side].frames;
        out->bytes[side] = w->st.dir[side].bytes;
        out->drops[side] = w->st.dir[side].drops;
        sim_time gap = w->st.dir[side].gap_min;
        out->gap_min_bits[side] = gap == SIM_NEVER ? 0 : (uint64_t)(((unsigned __int128)gap * w->rate_bps + SIM_S / 2) / SIM_S);
    }
}
