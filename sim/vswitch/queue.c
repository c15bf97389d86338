/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtual switch's queues: a port and direction each, served in turn by threads; the hold queue and its release.
 */
#include <string.h>

#include "vswitch/vswitch__.h"

static void push(struct vswitch *vs, struct fifo *q, frame_ref ref)
{
    struct frame *f = frame_get(vs->c.sim, ref);

    f->mark = 0;
    if (q->count++)
        frame_get(vs->c.sim, q->last)->mark = ref;
    else
        q->first = ref;
    q->last = ref;
    q->bytes += f->len;
}

frame_ref vswitch__pop(struct vswitch *vs, struct fifo *q)
{
    frame_ref ref = q->first;
    struct frame *f = frame_get(vs->c.sim, ref);

    q->first = f->mark;
    q->bytes -= f->len;
    if (--q->count == 0)
        q->first = q->last = 0;
    return ref;
}

static void drop(struct vswitch *vs, unsigned port, frame_ref ref, enum fate fate)
{
    frame_end_sub(&vs->c, ref, fate, "port %d", (int)port);
}

static uint64_t frame_cycles(struct vswitch *vs)
{
    struct profile *profile = &vs->c.sim->profile;

    return profile_get(profile, PROFILE_vswitch_frame_cycles) + profile_get(profile, PROFILE_vnic_frame_cycles);
}

/* Of a port and direction, where no thread of a NIC's queue is at it. */
static struct cpu_thread *thread_of(struct vswitch *vs, unsigned port, enum direction dir)
{
    const struct vswitch_port *p = vs->port[port];

    if (dir == FROM_VM && p->st.own_queue >= 0)
        return vs->queue[p->st.own_queue].tx;
    return &vs->thread[(2 * port + dir) % vs->threads];
}

/* One frame of a queue holds a place in its thread's work at a time, so queues of one thread take turns. */
static void serve(struct vswitch *vs, unsigned port, enum direction dir)
{
    struct vswitch_port *p = vs->port[port];

    p->st.serving[dir] = 1;
    cpu_work(thread_of(vs, port, dir), p->vcpu, CPU_vswitch, frame_cycles(vs),
             (struct cpu_done){VERB_SERVED, .to = vs->c.id, .a = port, .b = dir, .c = p->st.service[dir]});
}

/* What a NIC's queue brings is all worked off before that queue is polled again. */
static void serve_by_queue(struct vswitch *vs, unsigned port, struct cpu_thread *by)
{
    struct vswitch_port *p = vs->port[port];
    uint64_t cycles = frame_cycles(vs);

    if (p->st.own_queue >= 0 && vs->queue[p->st.own_queue].rx == by) {
        uint64_t spared = profile_get(&vs->c.sim->profile, PROFILE_vswitch_lookup_cycles);
        cycles -= spared < cycles ? spared : cycles;
    }
    p->st.by_queue++;
    cpu_work(by, p->vcpu, CPU_vswitch, cycles,
             (struct cpu_done){VERB_SERVED, .to = vs->c.id, .a = port, .b = TO_VM | SERVED_BY_QUEUE, .c = p->st.service[TO_VM]});
}

/* Frames that no thread of a NIC's queue is at are the switch's own to serve. */
static bool is_due(const struct vswitch_port_state *st, enum direction dir)
{
    uint32_t others = dir == TO_VM ? st->by_queue : 0;

    return !st->serving[dir] && st->queue[dir].count > others && !(dir == FROM_VM && st->sending_held);
}

void vswitch__serve_if_due(struct vswitch *vs, unsigned port, enum direction dir)
{
    if (is_due(&vs->port[port]->st, dir))
        serve(vs, port, dir);
}

void vswitch__stop_serving(struct vswitch_port_state *st, enum direction dir)
{
    st->serving[dir] = 0;
    if (dir == TO_VM)
        st->by_queue = 0;
    st->service[dir]++;
}

static void hold_frame(struct vswitch *vs, unsigned port, frame_ref ref)
{
    struct vswitch_port_state *st = &vs->port[port]->st;

    if (st->hold.bytes + frame_get(vs->c.sim, ref)->len > st->hold_max) {
        drop(vs, port, ref, FATE_hold_overflow);
        return;
    }
    push(vs, &st->hold, ref);
    st->stats.frames++;
    st->stats.bytes = st->hold.bytes;
    if (st->hold.bytes > st->stats.bytes_max)
        st->stats.bytes_max = st->hold.bytes;
    if (st->releasing)
        vswitch__release_more(vs, port);
}

void vswitch__enqueue(struct vswitch *vs, unsigned port, enum direction dir, frame_ref ref, struct cpu_thread *by)
{
    struct vswitch_port_state *st = &vs->port[port]->st;

    if (st->unplugged) {
        drop(vs, port, ref, FATE_link_down);
        return;
    }
    if (dir == TO_VM && st->divert) {
        vs->host->diverted(vs->host, port, ref);
        return;
    }
    if (dir == TO_VM && st->cut) {
        drop(vs, port, ref, FATE_switch_cut);
        return;
    }
    if (dir == TO_VM && st->holding) {
        hold_frame(vs, port, ref);
        return;
    }
    if (st->queue[dir].count == VSWITCH_QUEUE_FRAMES) {
        drop(vs, port, ref, FATE_vswitch_queue_full);
        return;
    }
    push(vs, &st->queue[dir], ref);
    if (by)
        serve_by_queue(vs, port, by);
    else
        vswitch__serve_if_due(vs, port, dir);
}

static void progress(struct vswitch *vs, unsigned port)
{
    if (vs->host)
        vs->host->progress(vs->host, port);
}

/* Which of the others' queues brought a frame up to a port that has none of its own is not known any more. */
static void witness(struct vswitch *vs, unsigned port, unsigned what, const struct frame *f)
{
    int own = vs->port[port]->st.own_queue;

    if (!(what & SERVED_BY_QUEUE))
        cpu_thread_pass(thread_of(vs, port, (enum direction)what), vs->c.sim, f, &vs->c);
    else if (own >= 0)
        cpu_thread_pass(vs->queue[own].rx, vs->c.sim, f, &vs->c);
}

void vswitch__served(struct vswitch *vs, unsigned port, unsigned what, uint64_t service)
{
    enum direction dir = (enum direction)(what & ~SERVED_BY_QUEUE);
    struct vswitch_port *p = vs->port[port];
    struct fifo *q = &p->st.queue[dir];
    frame_ref ref = 0;

    if (service != p->st.service[dir]) /* its queue was emptied since */
        return;
    if (what & SERVED_BY_QUEUE)
        p->st.by_queue--;
    else
        p->st.serving[dir] = 0;
    if (q->count) {
        ref = vswitch__pop(vs, q);
    } else if (p->st.hold.count) {
        ref = vswitch__pop(vs, &p->st.hold);
        p->st.stats.bytes = p->st.hold.bytes;
    }
    vswitch__serve_if_due(vs, port, dir);
    if (ref && frame_is_witness(frame_get(vs->c.sim, ref)))
        witness(vs, port, what, frame_get(vs->c.sim, ref));
    if (ref && p->st.filters)
        vswitch__seen(vs, p, ref);
    if (ref && dir == FROM_VM)
        vswitch__forward_from_vm(vs, port, ref);
    else if (ref)
        port_send(&p->port, ref);
    if (dir == TO_VM && p->st.releasing)
        vswitch__release_more(vs, port);
    progress(vs, port);
}

/* ---- hold ---- */

void vswitch_hold(struct vswitch *vs, unsigned port, uint32_t max_bytes)
{
    struct vswitch_port_state *st = &vs->port[port]->st;

    st->holding = 1;
    st->releasing = 0;
    st->hold_max = max_bytes;
    memset(&st->stats, 0, sizeof(st->stats));
}

void vswitch_release(struct vswitch *vs, unsigned port)
{
    struct vswitch_port *p = vs->port[port];

    if (!p->st.holding)
        return;
    p->st.releasing = 1;
    p->st.release_limit = sim_now(vs->c.sim) + RELEASE_LIMIT_PS;
    vmxnet3_set_rx_wait(p->dev, true);
    trace_vswitch_released(&vs->c, port, p->st.hold.count);
    vswitch__release_more(vs, port);
}

static void retry_later(struct vswitch *vs, unsigned port)
{
    struct vswitch_port_state *st = &vs->port[port]->st;

    if (!event_id_is_set(st->retry))
        st->retry = event_post(&vs->c, &vs->c, sim_now(vs->c.sim) + RELEASE_RETRY_US * SIM_US, EV_HOST, VERB_RELEASE, port, 1, 0);
}

/* The ring is empty when a burst has gone through it, and the driver is only beginning to look: were the release over then,
 * the next frame would find no buffer that it would have found without the burst. */
static bool caught_up(struct vswitch *vs, struct vswitch_port *p)
{
    struct vswitch_port_state *st = &p->st;

    if (st->hold.count || st->queue[TO_VM].count || vmxnet3_rx_backlog(p->dev))
        return false;
    return sim_now(vs->c.sim) >= st->release_limit || vmxnet3_rx_is_restocked(p->dev);
}

/* Serves the next held frame when the device can take it; ends the release when the driver has caught up. */
void vswitch__release_more(struct vswitch *vs, unsigned port)
{
    struct vswitch_port *p = vs->port[port];
    struct vswitch_port_state *st = &p->st;

    if (!st->releasing || st->serving[TO_VM])
        return;
    if (sim_now(vs->c.sim) >= st->release_limit)
        vmxnet3_set_rx_wait(p->dev, false);
    if (caught_up(vs, p)) {
        st->holding = st->releasing = 0; /* nothing is left that a later frame could overtake */
        vmxnet3_set_rx_wait(p->dev, false);
        progress(vs, port);
    } else if ((st->hold.count || st->queue[TO_VM].count > st->by_queue) && vmxnet3_rx_backlog(p->dev) < RELEASE_BACKLOG) {
        serve(vs, port, TO_VM);
    } else {
        retry_later(vs, port);
    }
}

void vswitch_get_hold(const struct vswitch *vs, unsigned port, struct vswitch_hold_stats *out) { *out = vs->port[port]->st.stats; }

uint32_t vswitch_from_vm(const struct vswitch *vs, unsigned port) { return vs->port[port]->st.queue[FROM_VM].count; }

uint32_t vswitch_to_vm(const struct vswitch *vs, unsigned port)
{
    return vs->port[port]->st.queue[TO_VM].count + vs->port[port]->st.hold.count;
}

void vswitch_discard(struct vswitch *vs, unsigned port, enum fate fate)
{
    struct vswitch_port *p = vs->port[port];

    for (unsigned dir = 0; dir < 2; dir++) {
        vswitch__stop_serving(&p->st, dir);
        while (p->st.queue[dir].count)
            drop(vs, port, vswitch__pop(vs, &p->st.queue[dir]), fate);
    }
    while (p->st.hold.count)
        drop(vs, port, vswitch__pop(vs, &p->st.hold), fate);
    event_cancel(vs->c.sim, &p->st.retry);
    p->st.holding = p->st.releasing = 0;
    p->st.stats.bytes = 0;
    vmxnet3_set_rx_wait(p->dev, false);
    progress(vs, port);
}
