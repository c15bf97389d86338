/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Receive: wire and switch -> a queue's FIFO -> buffers, which are used behind the data, posted writes stay in order.
 *
 * A header stands in front of the frame in its first buffer; with MRG_RXBUF a frame goes on in as many further ones as it takes
 * [virtio 1.2 5.1.6.3]. A frame that finds too few waits while there are some that the chip has not read yet, and is dropped else.
 */
#include <string.h>

#include "nic/virtio/vio__.h"

/* ---- FIFOs; mark64 links them ---- */

static void fifo_put(struct vio_function *fn, struct vio_queue_state *q, frame_ref ref)
{
    struct sim *sim = vio_component(fn->chip)->sim;

    frame_get(sim, ref)->mark64 = 0;
    if (q->waits.count++)
        frame_get(sim, q->waits.last)->mark64 = ref;
    else
        q->waits.first = ref;
    q->waits.last = ref;
    vio_set_active(fn->chip->s.rx_active, &fn->chip->s.rx_functions, fn, vio_number(fn, q) / 2, true);
}

static frame_ref fifo_get(struct vio_function *fn, struct vio_queue_state *q)
{
    frame_ref ref = q->waits.first;

    q->waits.first = (frame_ref)frame_get(vio_component(fn->chip)->sim, ref)->mark64;
    if (--q->waits.count == 0) {
        q->waits.first = q->waits.last = 0;
        vio_set_active(fn->chip->s.rx_active, &fn->chip->s.rx_functions, fn, vio_number(fn, q) / 2, false);
    }
    return ref;
}

static void passed(struct vio_function *fn, struct vio_queue_state *q)
{
    q->rx_passed++;
    vio__admin_look(fn->chip);
}

static void drop_first(struct vio_function *fn, struct vio_queue_state *q, enum fate why)
{
    if (why == FATE_rx_no_descriptor) {
        q->rx_no_buffer++;
        fn->s.rx_dropped++;
    }
    vio__frame_end(fn, fifo_get(fn, q), why);
    passed(fn, q);
}

/* ---- into buffers ---- */

static void fill_header(struct vio_function *fn, struct frame *f, uint32_t buffers, struct virtio_net_hdr *h)
{
    struct vio_packet packet;

    memset(h, 0, sizeof(*h));
    h->num_buffers = (uint16_t)buffers;
    if (vio_has(fn, VIRTIO_NET_F_GUEST_CSUM)) {
        vio__packet(f, true, &packet);
        h->flags = packet.checked && packet.good ? VIRTIO_NET_HDR_F_DATA_VALID : 0;
        if (f->mark > 1) { /* a large receive: segments of so many bytes */
            h->gso_type = packet.v4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
            h->gso_size = (uint16_t)f->mark;
            h->hdr_len = (uint16_t)(packet.l4 + 4u * (frame_data(f)[packet.l4 + 12] >> 4));
        }
    }
    if (vio_has(fn, VIRTIO_NET_F_HASH_REPORT)) {
        uint16_t report;
        uint32_t hash;
        vio__rss(fn, f, &hash, &report);
        h->hash_value = hash;
        h->hash_report = report;
    }
}

/* A chain's share of the frame from `off` on, in its pieces; its first `skip` bytes are the header's. Returns bytes. */
static uint32_t fill_chain(struct vio_function *fn, const struct vio_chain *c, frame_ref ref, uint32_t off, uint32_t len,
                           uint32_t skip, uint32_t slot)
{
    struct vio *v = fn->chip;
    uint32_t done = 0;

    for (unsigned i = 0; i < c->segments && off + done < len; i++) {
        uint32_t at = skip < c->segment[i].len ? skip : c->segment[i].len, room = c->segment[i].len - at;
        uint32_t n = len - off - done < room ? len - off - done : room;
        skip -= at;
        if (!n)
            continue;
        v->s.write[slot].left++;
        pci_dma_write_frame(fn->pci, c->segment[i].addr + at, ref, off + done, n, true, vio_tag(VIO_TAG_RX_DATA, 0, slot));
        done += n;
    }
    return done;
}

static void write_header(struct vio_function *fn, const struct vio_chain *c, const struct virtio_net_hdr *h)
{
    const uint8_t *from = (const uint8_t *)h;
    uint32_t done = 0, bytes = fn->s.hdr_bytes;

    for (unsigned i = 0; i < c->segments && done < bytes; i++) {
        uint32_t n = c->segment[i].len < bytes - done ? c->segment[i].len : bytes - done;
        pci_dma_post(fn->pci, c->segment[i].addr, from + done, n);
        done += n;
    }
}

static void write_frame(struct vio_function *fn, struct vio_queue_state *q, uint32_t buffers)
{
    struct vio *v = fn->chip;
    uint32_t slot = (uint32_t)__builtin_ctzll(v->s.write_free), off = 0, hdr = fn->s.hdr_bytes;
    frame_ref ref = fifo_get(fn, q);
    struct frame *f = frame_get(vio_component(v)->sim, ref);
    uint32_t len = f->len;
    struct vio_used used[VIO_MERGE_MAX];
    struct virtio_net_hdr h;

    v->s.write_free &= v->s.write_free - 1;
    v->s.write[slot] = (struct vio_write){.ref = ref, .function = (uint16_t)fn->vport};
    fill_header(fn, f, buffers, &h);
    q->rx_frames++;
    q->rx_bytes += len;
    trace_nic_received(vio_component(v), f->id, vio_number(fn, q) / 2, len);
    write_header(fn, vio__chain(q, 0), &h);
    for (uint32_t i = 0; i < buffers; i++) {
        const struct vio_chain *c = vio__chain(q, i);
        uint32_t n = fill_chain(fn, c, ref, off, len, i ? 0 : hdr, slot);
        used[i] = (struct vio_used){c->id, n + (i ? 0 : hdr), c->ring};
        off += n;
    }
    vio__take(fn, q, buffers);
    vio__use(fn, q, used, buffers);
    passed(fn, q);
}

/* How many chains hold `bytes`; 0: those that are there do not (*room: what they hold). */
static uint32_t buffers_for(struct vio_function *fn, struct vio_queue_state *q, uint64_t bytes, uint64_t *room)
{
    uint32_t most = vio_has(fn, VIRTIO_NET_F_MRG_RXBUF) ? VIO_MERGE_MAX : 1;

    *room = 0;
    for (uint32_t i = 0; i < most; i++) {
        const struct vio_chain *c = vio__chain(q, i);
        if (!c)
            return 0;
        if (c->readable || (!i && c->writable < fn->s.hdr_bytes)) {
            vio__broken(fn, vio_number(fn, q),
                        c->readable ? "a receive buffer to be read" : "a receive buffer shorter than its header");
            return 0;
        }
        *room += c->writable;
        if (*room >= bytes)
            return i + 1;
    }
    return 0;
}

/* False: the frame at the head waits. */
static bool place_head(struct vio_function *fn, struct vio_queue_state *q)
{
    const struct frame *f = frame_get(vio_component(fn->chip)->sim, q->waits.first);
    uint32_t most = vio_has(fn, VIRTIO_NET_F_MRG_RXBUF) ? VIO_MERGE_MAX : 1;
    sim_time now = sim_now(vio_component(fn->chip)->sim);
    uint64_t room;

    if (!vio_runs(fn) || !q->enabled || !(fn->s.run & VIO_RUN_RX)) {
        drop_first(fn, q, FATE_rx_disabled);
        return true;
    }
    uint32_t buffers = buffers_for(fn, q, (uint64_t)f->len + fn->s.hdr_bytes, &room);
    if (!vio_runs(fn)) /* it has just been broken, and forgot what waited */
        return false;
    if (frame_is_witness(f))
        vio__pass(fn, q, f, WAY_RX);
    if (buffers) {
        way_gap_ends(&q->gap, now);
        write_frame(fn, q, buffers);
    } else if (vio__chain(q, most - 1)) {
        drop_first(fn, q, FATE_rx_buffer_small);
    } else if (vio__more_to_come(q)) {
        return false;
    } else {
        way_gap_begins(&q->gap, now);
        drop_first(fn, q, FATE_rx_no_descriptor);
    }
    return true;
}

void vio__rx_drain(struct vio_function *fn, struct vio_queue_state *q)
{
    while (q->waits.count && fn->chip->s.write_free && place_head(fn, q))
        ;
}

void vio__rx_drain_all(struct vio *v)
{
    for (uint64_t left = v->s.rx_functions; left && v->s.write_free; left &= left - 1) {
        struct vio_function *fn = &v->fn[__builtin_ctzll(left)];
        for (uint32_t pairs = v->s.rx_active[fn->vport]; pairs && v->s.write_free; pairs &= pairs - 1)
            vio__rx_drain(fn, &fn->queue[2 * __builtin_ctz(pairs)]);
    }
}

void vio__rx_data_done(struct vio *v, uint64_t tag, enum pci_status status)
{
    uint32_t slot = (uint32_t)tag % VIO_WRITES;
    struct vio_write *w = &v->s.write[slot];

    w->landed |= status == PCI_OK;
    if (--w->left)
        return;
    if (!w->landed)
        vio__frame_end(&v->fn[w->function], w->ref, vio_dma_fate(status));
    w->ref = 0;
    v->s.write_free |= UINT64_C(1) << slot;
    vio__rx_drain_all(v);
}

void vio__rx_forget(struct vio_function *fn, struct vio_queue_state *q, enum fate fate)
{
    vio__lro_forget(fn, q, fate);
    while (q->waits.count)
        drop_first(fn, q, fate);
}

/* ---- from the switch ---- */

void vio__rx_put(struct vio_function *fn, struct vio_queue_state *q, frame_ref ref)
{
    fifo_put(fn, q, ref);
    vio__rx_drain(fn, q);
}

/* One function's copy. Takes ref. */
static void enqueue(struct vio_function *fn, frame_ref ref)
{
    struct vio *v = fn->chip;
    struct frame *f = frame_get(vio_component(v)->sim, ref);
    uint32_t hash;
    uint16_t report;
    struct vio_queue_state *q = &fn->queue[2 * vio__rss(fn, f, &hash, &report)];

    fn->s.rx_frames++;
    fn->s.rx_bytes += f->len + FRAME_FCS_LEN;
    fn->s.rx_multicast += mac_is_multicast(frame_data(f));
    if (!vio_runs(fn) || !q->enabled || !(fn->s.run & VIO_RUN_RX)) {
        vio__frame_end(fn, ref, FATE_rx_disabled);
        return;
    }
    if (q->waits.count >= VIO_RX_FRAMES) {
        v->s.rx_missed++;
        fn->s.rx_dropped++;
        vio__frame_end(fn, ref, FATE_rx_fifo_full);
        return;
    }
    f->mark = 0;
    q->rx_taken++;
    if (!vio__lro_take(fn, q, ref))
        vio__rx_put(fn, q, ref);
}

void vio__deliver(struct vio *v, frame_ref ref, const struct eswitch_verdict *verdict)
{
    uint64_t left = verdict->vports;
    uint16_t tci;

    while (left) {
        unsigned vport = (unsigned)__builtin_ctzll(left);
        uint64_t bit = left & -left;
        left &= left - 1;
        frame_ref copy = left ? frame_clone(vio_component(v), ref) : ref;
        if (!copy)
            continue;
        if (verdict->strip & bit)
            frame_vlan_pop(frame_get(vio_component(v)->sim, copy), &tci);
        enqueue(&v->fn[vport], copy);
    }
}

/* ---- from the wire ---- */

static bool wire_accepts(struct vio *v, const struct frame *f, enum fate *why)
{
    *why = nic_judge_arrival(f, *vio_reg(v, VIO_MAX_FRAME));
    v->s.rx_crc += *why == FATE_bad_fcs;
    v->s.rx_long += *why == FATE_too_long;
    return *why == FATE_COUNT;
}

void vio__wire_receive(struct port *port, frame_ref ref)
{
    struct vio *v = (struct vio *)port->owner;
    struct frame *f = frame_get(vio_component(v)->sim, ref);
    struct eswitch_verdict verdict;
    enum fate why;

    if (!wire_accepts(v, f, &why)) {
        frame_end(vio_component(v), ref, why);
        return;
    }
    v->s.rx_good++;
    v->s.rx_octets += f->len + FRAME_FCS_LEN;
    eswitch_forward(&v->sw, ESWITCH_UPLINK, f, &verdict);
    if (!verdict.vports) {
        trace_nic_dropped(vio_component(v), f->id, fate_text(verdict.drop));
        frame_end(vio_component(v), ref, verdict.drop);
        return;
    }
    vio__deliver(v, ref, &verdict);
}
