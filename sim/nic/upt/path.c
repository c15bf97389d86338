/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames of the UPT NIC: wire -> switch -> rings, and rings -> transmit FIFO -> switch -> wire and other functions.
 *
 * A function that does not receive (FCTL) keeps what is steered to it, in order, up to UPT_RX_FRAMES: its vport may be open
 * before its rings come, which is how a switch into passthrough loses nothing. When the FIFO is long the transmit engines
 * take no further descriptor.
 */
#include "nic/upt/upt__.h"

/* ---- chains ---- */

static void chain_put(struct upt *u, struct upt_chain *chain, frame_ref ref)
{
    struct sim *sim = u->nic.c.sim;

    frame_get(sim, ref)->mark = 0;
    if (chain->count++)
        frame_get(sim, chain->last)->mark = ref;
    else
        chain->first = ref;
    chain->last = ref;
}

static frame_ref chain_get(struct upt *u, struct upt_chain *chain)
{
    frame_ref ref = chain->first;

    chain->first = frame_get(u->nic.c.sim, ref)->mark;
    if (--chain->count == 0)
        chain->first = chain->last = 0;
    return ref;
}

/* ---- towards a function ---- */

static bool receives(const struct upt_function *fn)
{
    return fn->rings.st.ready && (*upt_reg(fn->chip, UPT_FCTL(fn->vport)) & UPT_FCTL_RX);
}

static bool yields(const struct upt_function *fn)
{
    return fn->vf != UPT_PF && (*upt_reg(fn->chip, UPT_FCTL(fn->vport)) & UPT_FCTL_YIELD);
}

static void to_function(struct upt_function *fn, frame_ref ref)
{
    struct upt *u = fn->chip;
    const struct frame *f = frame_get(u->nic.c.sim, ref);

    if (yields(fn)) {
        to_function(upt_pf(u), ref);
        return;
    }
    fn->s.rx_frames++;
    fn->s.rx_bytes += f->len + FRAME_FCS_LEN;
    fn->s.rx_multicast += mac_is_multicast(f->buf + f->head);
    if (receives(fn) && fn->s.held.count == 0) {
        vmxnet3_rings_receive(&fn->rings, ref);
    } else if (fn->s.held.count < UPT_RX_FRAMES) {
        chain_put(u, &fn->s.held, ref);
    } else {
        u->s.rx_missed++;
        fn->s.rx_dropped++;
        upt__frame_end(fn, ref, FATE_rx_fifo_full);
    }
}

/* Takes ref. */
static void deliver(struct upt *u, frame_ref ref, const struct eswitch_verdict *v)
{
    uint64_t left = v->vports;

    while (left) {
        unsigned vport = (unsigned)__builtin_ctzll(left);
        uint64_t bit = left & -left;
        uint16_t tci;
        left &= left - 1;
        frame_ref copy = left ? frame_clone(upt_component(u), ref) : ref;
        if (!copy)
            continue;
        if (v->strip & bit)
            frame_vlan_pop(frame_get(u->nic.c.sim, copy), &tci);
        to_function(&u->fn[vport], copy);
    }
}

void upt__gate(struct upt_function *fn)
{
    uint32_t control = *upt_reg(fn->chip, UPT_FCTL(fn->vport));

    if (fn->rings.st.ready)
        vmxnet3_rings_gate(&fn->rings, control & UPT_FCTL_TX, control & UPT_FCTL_RX);
    while (receives(fn) && fn->s.held.count)
        vmxnet3_rings_receive(&fn->rings, chain_get(fn->chip, &fn->s.held));
    while (yields(fn) && fn->s.held.count)
        to_function(upt_pf(fn->chip), chain_get(fn->chip, &fn->s.held));
    upt__command_look(fn->chip);
}

void upt__function_clear(struct upt_function *fn, enum fate fate)
{
    vmxnet3_rings_stop(&fn->rings, fate);
    vmxnet3_rings_clear(&fn->rings);
    while (fn->s.held.count)
        upt__frame_end(fn, chain_get(fn->chip, &fn->s.held), fate);
}

/* ---- from the wire ---- */

static bool wire_accepts(struct upt *u, const struct frame *f, enum fate *why)
{
    *why = nic_judge_arrival(f, *upt_reg(u, UPT_MAX_FRAME));
    u->s.rx_crc += *why == FATE_bad_fcs;
    u->s.rx_long += *why == FATE_too_long;
    return *why == FATE_COUNT;
}

void upt__wire_receive(struct port *port, frame_ref ref)
{
    struct upt *u = (struct upt *)port->owner;
    struct frame *f = frame_get(u->nic.c.sim, ref);
    struct eswitch_verdict v;
    enum fate why;

    if (!wire_accepts(u, f, &why)) {
        frame_end(upt_component(u), ref, why);
        return;
    }
    u->s.rx_good++;
    u->s.rx_bytes += f->len + FRAME_FCS_LEN;
    eswitch_forward(&u->sw, ESWITCH_UPLINK, f, &v);
    if (!v.vports) {
        trace_nic_dropped(upt_component(u), f->id, fate_text(v.drop));
        frame_end(upt_component(u), ref, v.drop);
        return;
    }
    deliver(u, ref, &v);
}

/* ---- from the functions ---- */

/* Where the frame at the head of the FIFO goes: local copies now; what is for the wire stays in wire_stage. Takes ref. */
static void forward(struct upt *u, struct upt_function *fn, frame_ref ref)
{
    struct frame *f = frame_get(u->nic.c.sim, ref);
    struct eswitch_verdict v;

    fn->s.tx_frames++;
    fn->s.tx_bytes += f->len + FRAME_FCS_LEN;
    eswitch_forward(&u->sw, fn->vport, f, &v);
    if (!v.vports && !v.uplink) {
        u->s.spoofed += v.drop == FATE_mac_spoof || v.drop == FATE_vlan_spoof;
        trace_nic_dropped(upt_component(u), f->id, fate_text(v.drop));
        upt__frame_end(fn, ref, v.drop);
        return;
    }
    if (v.insert_tci >= 0)
        frame_vlan_push(f, (uint16_t)v.insert_tci);
    if (v.uplink)
        u->s.wire_stage = v.vports ? frame_clone(upt_component(u), ref) : ref;
    if (v.vports) {
        u->s.tx_loopback++;
        deliver(u, ref, &v);
    }
}

static void kick_all(struct upt *u)
{
    if (!u->s.tx_blocked)
        return;
    u->s.tx_blocked = 0;
    for (unsigned i = 0; i <= u->nic.vf_count; i++) /* each in its turn: the one after the function that was served last */
        vmxnet3_rings_kick(&u->fn[(i + u->s.tx_got) % (u->nic.vf_count + 1)].rings);
}

static void drain(struct upt *u)
{
    struct component *c = upt_component(u);

    while (u->s.tx.count || u->s.wire_stage) {
        if (!u->s.wire_stage) {
            frame_ref ref = chain_get(u, &u->s.tx);
            forward(u, &u->fn[frame_get(c->sim, ref)->mark64], ref);
        }
        if (u->s.wire_stage) {
            sim_time free_at = port_free_at(&u->nic.uplink);
            frame_ref ref = u->s.wire_stage;
            if (free_at > sim_now(c->sim)) {
                if (!u->s.wire_timer)
                    event_post(c, c, free_at, EV_HW, VERB_WIRE, 0, 0, 0);
                u->s.wire_timer = 1;
                break;
            }
            u->s.wire_stage = 0;
            u->s.tx_good++;
            u->s.tx_bytes += frame_get(c->sim, ref)->len + FRAME_FCS_LEN;
            port_send(&u->nic.uplink, ref);
        }
        u->s.tx_got++;
    }
    upt__command_look(u);
    if (u->s.tx.count < UPT_TX_FRAMES / 2)
        kick_all(u);
}

void upt__wire_event(struct upt *u)
{
    u->s.wire_timer = 0;
    drain(u);
}

/* ---- what the rings ask and tell ---- */

static void rings_send(struct vmxnet3_rings *rings, unsigned queue, frame_ref ref)
{
    struct upt_function *fn = upt_of(rings);
    struct upt *u = fn->chip;
    bool waits = u->s.wire_timer;

    frame_get(u->nic.c.sim, ref)->mark64 = fn->vport;
    trace_nic_fetched(upt_component(u), frame_get(u->nic.c.sim, ref)->id, queue, frame_get(u->nic.c.sim, ref)->len);
    chain_put(u, &u->s.tx, ref);
    u->s.tx_put++;
    if (!waits)
        drain(u);
}

static bool rings_may_send(struct vmxnet3_rings *rings)
{
    struct upt *u = upt_of(rings)->chip;

    if (u->s.tx.count < UPT_TX_FRAMES)
        return true;
    u->s.tx_blocked = 1;
    return false;
}

static void rings_tx_error(struct vmxnet3_rings *rings, unsigned queue, uint32_t error)
{
    upt__cause(upt_of(rings)->chip, UPT_ICR_TX_STOPPED);
}

static void rings_progress(struct vmxnet3_rings *rings) { upt__command_look(upt_of(rings)->chip); }

const struct vmxnet3_rings_ops upt__rings_ops = {
    .send = rings_send,
    .tx_error = rings_tx_error,
    .progress = rings_progress,
    .may_send = rings_may_send,
};
