/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames that are whole leave the chip in order: what Tx switching finds a function for is delivered at once, what is for the wire
 * waits until it is free. A segmented frame leaves segment by segment.
 */
#include "nic/57712/e2__.h"

static void refused(struct e2 *e, struct e2_function *fn, frame_ref ref, enum fate why)
{
    e->s.spoofed += why == FATE_mac_spoof || why == FATE_vlan_spoof;
    trace_nic_dropped(e2_component(e), frame_get(e2_component(e)->sim, ref)->id, fate_text(why));
    e2__frame_end(fn, ref, why);
}

/* Local copies now; what is for the wire stays in wire_stage. Takes ref. */
static void forward(struct e2 *e, struct e2_function *fn, frame_ref ref)
{
    struct frame *f = frame_get(e2_component(e)->sim, ref);
    struct eswitch_verdict v;

    fn->s.tx_frames++;
    fn->s.tx_bytes += f->len + FRAME_FCS_LEN;
    eswitch_forward(&e->sw, fn->vport, f, &v);
    if (!v.vports && !v.uplink) {
        refused(e, fn, ref, v.drop);
        return;
    }
    if (v.insert_tci >= 0)
        frame_vlan_push(f, (uint16_t)v.insert_tci);
    if (v.uplink)
        e->s.wire_stage = v.vports ? frame_clone(e2_component(e), ref) : ref;
    if (v.vports) {
        e->s.tx_loopback++;
        e2__deliver(e, ref, &v);
    }
}

/* False: the wire is busy, and will say when it is not. */
static bool send_stage(struct e2 *e)
{
    struct component *c = e2_component(e);
    sim_time free_at = port_free_at(&e->nic.uplink);
    frame_ref ref = e->s.wire_stage;

    if (free_at > sim_now(c->sim)) {
        if (!e->s.wire_timer)
            event_post(c, c, free_at, EV_HW, E2_VERB_WIRE, 0, 0, 0);
        e->s.wire_timer = 1;
        return false;
    }
    e->s.wire_stage = 0;
    e->s.tx_good++;
    e->s.tx_bytes += frame_get(c->sim, ref)->len + FRAME_FCS_LEN;
    port_send(&e->nic.uplink, ref);
    return true;
}

/* The next frame of the entry at the head: all of it, or a segment. 0: there is none left. */
static frame_ref next_frame(struct e2 *e, struct e2_tx_entry *t)
{
    frame_ref ref = t->ref;

    while (t->ref && t->mss) { /* one for which there is no frame is booked, and the next one's turn has come */
        ref = e2__tso_next(e, t);
        if (ref)
            return ref;
    }
    t->ref = 0;
    return t->mss ? 0 : ref;
}

void e2__tx_out(struct e2 *e)
{
    if (e->s.wire_timer)
        return;
    while (e->s.wire_stage || e->s.tx_got != e->s.tx_ready) {
        struct e2_tx_entry *t = &e->s.tx[e->s.tx_got % E2_TX_ENTRIES];
        frame_ref ref;
        if (e->s.wire_stage && !send_stage(e))
            break;
        ref = next_frame(e, t);
        if (ref) {
            forward(e, &e->fn[t->function], ref);
        } else {
            e->s.tx_bytes_held -= t->len;
            e->s.tx_got++;
        }
    }
    e2__ramrod_look(e);
}

void e2__wire_event(struct e2 *e)
{
    e->s.wire_timer = 0;
    e2__tx_out(e);
    e2__tx_issue_all(e);
}
