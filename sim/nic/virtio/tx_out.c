/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames that are whole leave the chip in order: what the switch finds a function for is delivered at once, what is for the wire
 * waits until it is free. A segmented frame leaves segment by segment.
 */
#include "nic/virtio/vio__.h"

/* Local copies now; what is for the wire stays in wire_stage. Takes ref. */
static void forward(struct vio_function *fn, frame_ref ref)
{
    struct vio *v = fn->chip;
    struct frame *f = frame_get(vio_component(v)->sim, ref);
    struct eswitch_verdict verdict;

    fn->s.tx_frames++;
    fn->s.tx_bytes += f->len + FRAME_FCS_LEN;
    eswitch_forward(&v->sw, fn->vport, f, &verdict);
    if (!verdict.vports && !verdict.uplink) {
        v->s.spoofed += verdict.drop == FATE_mac_spoof || verdict.drop == FATE_vlan_spoof;
        trace_nic_dropped(vio_component(v), f->id, fate_text(verdict.drop));
        vio__frame_end(fn, ref, verdict.drop);
        return;
    }
    if (verdict.insert_tci >= 0)
        frame_vlan_push(f, (uint16_t)verdict.insert_tci);
    if (verdict.uplink)
        v->s.wire_stage = verdict.vports ? frame_clone(vio_component(v), ref) : ref;
    if (verdict.vports) {
        v->s.tx_loopback++;
        vio__deliver(v, ref, &verdict);
    }
}

/* False: the wire is busy, and will say when it is not. */
static bool send_stage(struct vio *v)
{
    struct component *c = vio_component(v);
    sim_time free_at = port_free_at(&v->nic.uplink);
    frame_ref ref = v->s.wire_stage;

    if (free_at > sim_now(c->sim)) {
        if (!v->s.wire_timer)
            event_post(c, c, free_at, EV_HW, VIO_VERB_WIRE, 0, 0, 0);
        v->s.wire_timer = 1;
        return false;
    }
    v->s.wire_stage = 0;
    v->s.tx_good++;
    v->s.tx_octets += frame_get(c->sim, ref)->len + FRAME_FCS_LEN;
    port_send(&v->nic.uplink, ref);
    return true;
}

/* The next frame of the entry at the head: all of it, or a segment. 0: there is none left. */
static frame_ref next_frame(struct vio *v, struct vio_tx_entry *t)
{
    frame_ref ref = t->ref;

    while (t->ref && t->mss) { /* one for which there is no frame is booked, and the next one's turn has come */
        ref = vio__tso_next(v, t);
        if (ref)
            return ref;
    }
    t->ref = 0;
    return t->mss ? 0 : ref;
}

void vio__tx_out(struct vio *v)
{
    if (v->s.wire_timer)
        return;
    while (v->s.wire_stage || v->s.tx_got != v->s.tx_ready) {
        struct vio_tx_entry *t = &v->s.tx[v->s.tx_got % VIO_TX_ENTRIES];
        frame_ref ref;
        if (v->s.wire_stage && !send_stage(v))
            break;
        if (v->s.tx_got == v->s.tx_ready)
            break;
        ref = next_frame(v, t);
        if (ref) {
            forward(&v->fn[t->function], ref);
        } else {
            v->s.tx_bytes_held -= t->len;
            v->s.tx_got++;
        }
    }
    vio__admin_look(v);
}

void vio__wire_event(struct vio *v)
{
    v->s.wire_timer = 0;
    vio__tx_out(v);
    vio__tx_issue_all(v);
}
