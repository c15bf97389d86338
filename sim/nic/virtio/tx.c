/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Transmit queues, up to whole frames on the chip: a chain is a header and, behind it, the frame [virtio 1.2 5.1.6.2]; where its
 * pieces lie is the driver's to choose.
 *
 * Queues take turns, a frame each. Frames become whole in any order and are used in the order in which they were taken.
 */
#include <string.h>

#include "nic/virtio/vio__.h"

static bool runs(const struct vio_function *fn, unsigned queue)
{
    return vio_runs(fn) && (fn->s.run & VIO_RUN_TX) && fn->queue[queue].enabled && queue / 2 < fn->s.pairs;
}

/* All that it was told of has been sent. */
static bool rests(const struct vio_queue_state *q) { return q->taken == q->returned && q->get == q->put && !vio__more_to_come(q); }

static void note_work(struct vio_function *fn, struct vio_queue_state *q, bool works)
{
    sim_time now = sim_now(vio_component(fn->chip)->sim);

    if (works)
        way_gap_begins(&q->gap, now);
    else if (rests(q))
        way_gap_ends(&q->gap, now);
}

/* Is a frame next that can be taken? */
static bool look(struct vio_function *fn, unsigned queue)
{
    const struct vio_chain *c = runs(fn, queue) ? vio__chain(&fn->queue[queue], 0) : NULL;
    bool ready = c && c->readable >= fn->s.hdr_bytes && !c->writable;

    vio_set_active(fn->chip->s.tx_active, &fn->chip->s.tx_functions, fn, queue / 2, ready);
    note_work(fn, &fn->queue[queue], ready);
    if (c && !ready)
        vio__broken(fn, queue, c->writable ? "a frame to send that is to be written" : "a frame to send without its header");
    return ready;
}

void vio__tx_kick(struct vio_function *fn, unsigned queue)
{
    if (look(fn, queue))
        vio__tx_issue_all(fn->chip);
}

/* ---- data fetch ---- */

/* One piece: its part of the header, then its part of the frame. */
static void read_piece(struct vio_function *fn, struct vio_tx_entry *t, uint32_t index, const struct vio_segment *s, uint32_t at)
{
    uint32_t hdr = fn->s.hdr_bytes, head = at < hdr ? hdr - at : 0, n = head < s->len ? head : s->len;

    if (n) {
        pci_dma_read(fn->pci, s->addr, n, vio_tag(VIO_TAG_TX_DATA, 0, (uint64_t)index << 32 | at));
        t->frags++;
    }
    if (n == s->len)
        return;
    if (!t->first_addr) {
        t->first_addr = s->addr + n;
        t->first_len = (uint8_t)(s->len - n < 255 ? s->len - n : 255);
    } else if (!t->second_addr) {
        t->second_addr = s->addr;
    }
    pci_dma_read(fn->pci, s->addr + n, s->len - n, vio_tag(VIO_TAG_TX_DATA, 0, (uint64_t)index << 32 | (at + n)));
    t->frags++;
}

static void begin(struct vio_function *fn, unsigned queue, struct vio_tx_entry *t, const struct vio_chain *c)
{
    memset(t, 0, sizeof(*t));
    t->function = (uint16_t)fn->vport;
    t->queue = (uint16_t)queue;
    t->id = c->id;
    t->ring = c->ring;
    t->fate = FATE_COUNT;
    t->len = c->readable - fn->s.hdr_bytes <= FRAME_MAX_GIANT ? (uint32_t)(c->readable - fn->s.hdr_bytes) : 0;
    if (t->len < 14)
        t->fate = FATE_tx_bad_descriptor;
}

static void issue(struct vio_function *fn, unsigned queue)
{
    struct vio *v = fn->chip;
    uint32_t index = (uint32_t)(v->s.tx_put++ % VIO_TX_ENTRIES), at = 0;
    struct vio_tx_entry *t = &v->s.tx[index];
    const struct vio_chain *c = vio__chain(&fn->queue[queue], 0);

    begin(fn, queue, t, c);
    v->s.tx_reads++;
    v->s.tx_bytes_held += t->len;
    for (unsigned i = 0; i < c->segments && (t->len || !i); i++) { /* of one of nonsense the first, so that it takes its time */
        uint32_t most = t->len ? c->segment[i].len : 1;
        read_piece(fn, t, index, &(struct vio_segment){c->segment[i].addr, most, 0}, at);
        at += most;
    }
    vio__take(fn, &fn->queue[queue], 1);
    look(fn, queue);
}

static bool has_room(const struct vio *v)
{
    return v->s.tx_put - v->s.tx_got < VIO_TX_ENTRIES && v->s.tx_reads < VIO_TX_READS && v->s.tx_bytes_held < VIO_TX_BYTES;
}

/* The pair whose turn it is, function * pairs + pair: the first from `from` on; -1: none. */
static int active_from(const struct vio *v, uint32_t from)
{
    unsigned f = from / VIO_PAIRS_MAX;
    uint32_t pairs = f < VIO_FUNCTIONS_MAX ? (uint32_t)v->s.tx_active[f] >> from % VIO_PAIRS_MAX << from % VIO_PAIRS_MAX : 0;
    uint64_t later = f < VIO_FUNCTIONS_MAX - 1 ? v->s.tx_functions >> (f + 1) << (f + 1) : 0;

    if (!pairs && later) {
        f = (unsigned)__builtin_ctzll(later);
        pairs = v->s.tx_active[f];
    }
    return pairs ? (int)(f * VIO_PAIRS_MAX + (unsigned)__builtin_ctz(pairs)) : -1;
}

void vio__tx_issue_all(struct vio *v)
{
    while (v->s.tx_functions && has_room(v)) {
        int next = active_from(v, v->s.tx_turn);
        if (next < 0)
            next = active_from(v, 0);
        v->s.tx_turn = (uint32_t)next + 1;
        issue(&v->fn[next / VIO_PAIRS_MAX], 2u * ((unsigned)next % VIO_PAIRS_MAX) + 1);
    }
}

/* ---- data on the chip ---- */

enum { ADDRESSES = 12, TAGGED = ADDRESSES + 4 };

/* Did the driver copy the addresses, to put a tag behind them? Then the frame's own bytes go on where they end. */
static bool is_copy_with_tag(const struct vio_tx_entry *t)
{
    return t->first_len == TAGGED && t->second_addr && t->first[ADDRESSES] == 0x81 && t->first[ADDRESSES + 1] == 0;
}

/* The frame that the application made there, or a stranger's. */
static void take_identity(struct vio_function *fn, struct vio_tx_entry *t)
{
    struct component *c = vio_component(fn->chip);
    bool tagged = false;

    t->ref = pci_frame_made_at(fn->pci, t->first_addr);
    if (!t->ref && is_copy_with_tag(t)) {
        t->ref = pci_frame_made_at(fn->pci, t->second_addr - ADDRESSES);
        tagged = t->ref;
    }
    if (!t->ref)
        t->ref = frame_birth(c, pci_flow_at(fn->pci, t->first_addr), t->len);
    if (!t->ref) {
        t->fate = FATE_no_buffer; /* booked already */
        return;
    }
    struct frame *f = frame_get(c->sim, t->ref);
    f->flags &= (uint16_t)~FRAME_IN_MEMORY;
    if (frame_is_witness(f))
        vio__pass(fn, &fn->queue[t->queue], f, WAY_TX);
    if (tagged)
        f->head -= 4; /* headroom is for tags */
    if (f->head + t->len > frame_cap(f))
        t->fate = FATE_tx_bad_descriptor;
    else
        f->len = t->len;
}

static void keep(struct vio *v, struct vio_tx_entry *t, uint32_t at, const void *data, uint32_t len)
{
    struct vio_function *fn = &v->fn[t->function];
    uint32_t hdr = fn->s.hdr_bytes;

    if (at < hdr) {
        memcpy(t->hdr + at, data, len);
        return;
    }
    if (at == hdr) /* the first piece, whose address is the frame's */
        memcpy(t->first, data, len < sizeof(t->first) ? len : sizeof(t->first));
    if (!t->ref && t->fate == FATE_COUNT)
        take_identity(fn, t);
    if (t->fate == FATE_COUNT)
        memcpy(frame_data(frame_get(vio_component(v)->sim, t->ref)) + at - hdr, data, len);
}

static void finish_frame(struct vio *v, struct vio_tx_entry *t)
{
    struct vio_function *fn = &v->fn[t->function];
    const char *why = NULL;

    if (t->fate == FATE_COUNT)
        why = vio__offload(t, frame_get(vio_component(v)->sim, t->ref));
    if (t->fate != FATE_COUNT && !t->ref)
        t->ref = pci_frame_made_at(fn->pci, t->first_addr); /* what was there ends with it */
    if (why || t->fate == FATE_tx_bad_descriptor) {
        trace_nic_bad_descriptor(vio_component(v), t->queue, why ? why : "a frame of a length that can't be");
        t->fate = FATE_tx_bad_descriptor;
    }
    if (t->fate != FATE_COUNT) {
        if (t->ref)
            vio__frame_end(fn, t->ref, (enum fate)t->fate);
        t->ref = 0;
        return;
    }
    const struct frame *f = frame_get(vio_component(v)->sim, t->ref);
    trace_nic_fetched(vio_component(v), f->id, t->queue / 2u, f->len);
}

/* Frames that are whole, in order. */
static void complete(struct vio *v)
{
    while (v->s.tx_ready != v->s.tx_put && v->s.tx[v->s.tx_ready % VIO_TX_ENTRIES].ready) {
        struct vio_tx_entry *t = &v->s.tx[v->s.tx_ready++ % VIO_TX_ENTRIES];
        struct vio_function *fn = &v->fn[t->function];
        struct vio_queue_state *q = &fn->queue[t->queue];
        struct vio_used used = {t->id, 0, t->ring};
        if (t->over || !vio_runs(fn))
            continue; /* of a life that is over */
        q->tx_frames++;
        q->tx_bytes += t->len;
        vio__use(fn, q, &used, 1);
        note_work(fn, q, false);
    }
}

void vio__tx_data_done(struct vio *v, uint64_t tag, const void *data, uint32_t len, enum pci_status status)
{
    struct vio_tx_entry *t = &v->s.tx[tag >> 32 & 0xffff];

    if (status != PCI_OK && t->fate == FATE_COUNT)
        t->fate = (uint8_t)vio_dma_fate(status);
    if (status == PCI_OK)
        keep(v, t, (uint32_t)tag, data, len);
    if (++t->frags_done < t->frags)
        return;
    finish_frame(v, t);
    t->ready = 1;
    v->s.tx_reads--;
    complete(v);
    vio__tx_out(v);
    vio__tx_issue_all(v);
}

void vio__tx_forget(struct vio_function *fn)
{
    struct vio *v = fn->chip;

    for (uint64_t i = v->s.tx_got; i != v->s.tx_put; i++) {
        struct vio_tx_entry *t = &v->s.tx[i % VIO_TX_ENTRIES];
        if (&v->fn[t->function] != fn || t->over)
            continue;
        if (i == v->s.tx_got && v->s.wire_stage) {
            vio__frame_end(fn, v->s.wire_stage, FATE_function_reset);
            v->s.wire_stage = 0;
        }
        if (t->ref)
            vio__frame_end(fn, t->ref, FATE_function_reset);
        t->ref = 0;
        v->s.tx_reads -= !t->ready;
        t->ready = t->over = 1;
    }
    complete(v);
}
