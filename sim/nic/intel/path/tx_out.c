/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the transmit packet buffer through the switch: to the wire when it is free, to other pools of the chip at once
 * [82599 7.10.3.4]. The packet buffer is a FIFO: a frame that waits for the wire holds those behind it.
 */
#include "nic/intel/path/path.h"

static void pop(struct intel_chip *n)
{
    struct tx_entry *e = &n->txb.entry[n->txb.get++ % TX_ENTRIES];
    n->txb.rd_units += e->units;
    if (--n->fn[e->fn].s.tx_in_buffer == 0 && !intel_pool_may_send(n, e->fn))
        intel_switch_pool(n, e->fn); /* disabled meanwhile: this was its last */
}

static void count_sent(struct intel_chip *n, const struct frame *f)
{
    const uint8_t *mac = f->buf + f->head;
    n->s.tx_good++;
    n->s.tx_bytes += f->len + FRAME_FCS_LEN;
    n->s.tx_broadcast += mac_is_broadcast(mac);
    n->s.tx_multicast += mac_is_multicast(mac) && !mac_is_broadcast(mac);
}

/* What leaves next of the entry at the head: the frame, or a segment of it. */
static frame_ref take_next(struct intel_chip *n, struct tx_entry *e)
{
    if (e->mss)
        return intel_tso_next(n, e);
    frame_ref ref = e->ref;
    e->ref = 0;
    return ref;
}

/* Where it goes: local copies are made, and what is for the wire stays in wire_stage. Takes ref. */
static void forward(struct intel_chip *n, const struct tx_entry *e, frame_ref ref)
{
    struct component *c = chip_component(n);
    struct frame *f = frame_get(c->sim, ref);
    struct function_state *owner = &n->fn[e->fn].s;
    struct eswitch_verdict v;
    owner->frames_tx++;
    owner->bytes_tx += f->len + FRAME_FCS_LEN;
    struct queue_stat *stat = chip_tx_stat(n, e->queue);
    stat->tx_packets++;
    stat->tx_bytes += f->len + FRAME_FCS_LEN;
    eswitch_forward_known(&n->sw, &n->known, chip_queue_pool(n, e->queue), f, &v);
    if (!v.vports && !v.uplink) {
        bool violation = v.drop == FATE_mac_spoof || v.drop == FATE_vlan_spoof || v.drop == FATE_tag_validation;
        n->s.spoofed += violation; /* [82599 8.2.3.23 SSVPC] anti-spoof and PFVMVIR alike */
        if (n->skin->spoofed && violation)
            n->skin->spoofed(n, e->queue);
        trace_nic_dropped(c, f->id, fate_text(v.drop));
        intel_frame_end(&n->fn[e->fn], ref, v.drop);
        return;
    }
    if (v.insert_tci >= 0)
        frame_vlan_push(f, (uint16_t)v.insert_tci);
    if (v.vports) {
        n->s.tx_loopback++;
        frame_ref local = v.uplink ? frame_clone(c, ref) : ref;
        if (local)
            intel_rx_deliver(n, local, v.uplink ? frame_get(c->sim, local) : f, &v, true);
    }
    if (v.uplink)
        n->s.wire_stage = ref;
}

void intel_tx_out(struct intel_chip *n)
{
    struct component *c = chip_component(n);
    struct chip_state *s = &n->s;
    uint32_t before = n->txb.get;
    while (n->txb.get != n->txb.ready) {
        struct tx_entry *e = &n->txb.entry[n->txb.get % TX_ENTRIES];
        if (!s->wire_stage && e->ref) {
            if (n->sw.local_loopback && !n->rules.drops_loopback && !intel_rx_has_room(n, FRAME_BYTES_MAX)) {
                s->tx_waits_for_rx = true;
                break;
            }
            frame_ref ref = take_next(n, e);
            if (ref)
                forward(n, e, ref);
        }
        if (s->wire_stage) {
            sim_time free_at = port_free_at(&n->nic.uplink);
            if (free_at > sim_now(c->sim)) {
                if (!s->wire_timer)
                    event_post(c, c, free_at, EV_HW, VERB_WIRE, 0, 0, 0);
                s->wire_timer = true;
                break;
            }
            frame_ref ref = s->wire_stage;
            s->wire_stage = 0;
            count_sent(n, frame_get(c->sim, ref));
            port_send(&n->nic.uplink, ref);
        }
        if (!e->ref)
            pop(n);
    }
    if (n->txb.get != before)
        intel_tx_arbitrate(n);
}

void intel_wire_event(struct intel_chip *n)
{
    n->s.wire_timer = false;
    intel_tx_out(n);
}
