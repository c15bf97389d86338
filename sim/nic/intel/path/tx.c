/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The transmit path up to the packet buffer: descriptor fetch, data fetch, write-back [82599 7.2]. Whose turn it is decides
 * tx_arbiter.c.
 *
 * A frame's room in the packet buffer is reserved when its data are asked for, so the buffer's write pointer covers every
 * frame whose read has begun; frames become whole and complete in that order. Descriptors with RS are written back when
 * the data are on chip, batched up to WTHRESH, and at once when the queue has nothing else to do.
 */
#include "nic/intel/path/path.h"

#include <assert.h>
#include <string.h>

static uint32_t ring_len(const struct tx_queue *q) { return q->len_bytes / 16; }
static uint32_t cached(const struct tx_queue *q) { return q->cache_put - q->cache_get; }
static uint64_t ring_base(const struct tx_queue *q) { return q->base_lo | (uint64_t)q->base_hi << 32; }

static union ixgbe_adv_tx_desc *cache_at(struct tx_queue *q, uint32_t i) { return &q->cache[(q->cache_get + i) % TX_DESC_PLACES]; }

static bool is_context(const union ixgbe_adv_tx_desc *d)
{
    return (d->read.cmd_type_len & (IXGBE_ADVTXD_DCMD_DEXT | IXGBE_ADVTXD_DTYP_MASK)) ==
           (IXGBE_ADVTXD_DCMD_DEXT | IXGBE_ADVTXD_DTYP_CTXT);
}

bool intel_pool_may_send(const struct intel_chip *n, unsigned pool)
{
    return !chip_is_virtual(n) || chip_pool_is_on(n, n->s.reg.VFTE, pool);
}

bool intel_tx_may_fetch(const struct intel_chip *n, unsigned queue)
{
    const struct tx_queue *q = &n->txq[queue];
    if (!(q->txdctl & INTEL_TXDCTL_ENABLE) || q->blocked || !q->len_bytes || !n->rules.transmits || n->rules.holds_transmit)
        return false;
    return intel_pool_may_send(n, queue >> (1 + n->rules.four_queues));
}

/* ---- write-back ---- */

void intel_tx_flush(struct intel_chip *n, unsigned queue)
{
    struct tx_queue *q = &n->txq[queue];
    struct pci_function *pci = chip_queue_pci(n, queue);
    if (!q->wb_count)
        return;
    if (q->wb_lo & INTEL_TDWBAL_HEAD_WB_ENABLE) {
        uint64_t addr = (q->wb_lo & ~3u) | (uint64_t)q->wb_hi << 32;
        pci_dma_post(pci, addr, &q->head, sizeof(q->head));
    } else {
        union ixgbe_adv_tx_desc done[TX_WRITEBACK_MAX];
        memset(done, 0, sizeof(done));
        for (uint32_t i = 0; i < q->wb_count; i++)
            done[i].wb.status = IXGBE_TXD_STAT_DD;
        pci_dma_post(pci, ring_base(q) + 16 * q->wb_first, done, 16 * q->wb_count);
    }
    q->wb_count = 0;
    intel_intr_queue(n, queue, true);
}

/* `descs` more descriptors are done; the one at rs_index (if any) wants to be reported. */
static void descs_done(struct intel_chip *n, unsigned queue, uint32_t descs, int32_t rs_index)
{
    struct tx_queue *q = &n->txq[queue];
    if (!ring_len(q))
        return; /* disabled and taken apart meanwhile */
    if (rs_index >= 0 && q->wb_count && (uint32_t)rs_index != q->wb_first + q->wb_count)
        intel_tx_flush(n, queue);
    q->head = (q->head + descs) % ring_len(q);
    if (q->head == q->tail)
        way_gap_ends(&q->working, sim_now(chip_component(n)->sim));
    if (rs_index >= 0 && q->wb_count++ == 0)
        q->wb_first = (uint32_t)rs_index;
    uint32_t threshold = (q->txdctl & INTEL_TXDCTL_WTHRESH_MASK) >> INTEL_TXDCTL_WTHRESH_SHIFT;
    threshold = threshold == 0 ? 1 : threshold < TX_WRITEBACK_MAX ? threshold : TX_WRITEBACK_MAX;
    if (q->wb_count >= threshold || (!q->under_way && !q->frame_descs))
        intel_tx_flush(n, queue);
}

/* ---- descriptors ---- */

/* Ahead of need: few are left on chip and enough wait in the ring [82599 7.2.3.4.1, TXDCTL.PTHRESH and HTHRESH]. */
static bool wants_prefetch(const struct tx_queue *q, uint32_t in_ring)
{
    return cached(q) < (q->txdctl & INTEL_TXDCTL_PTHRESH_MASK) &&
           in_ring >= (q->txdctl & INTEL_TXDCTL_HTHRESH_MASK) >> INTEL_TXDCTL_HTHRESH_SHIFT;
}

/* A queue works its frames off one after the other, and fetches when no more than the threshold are left of them: with a threshold
 * of none the way to memory and back comes between two batches, which keeps one queue below the rate of the wire. The frames' data
 * are asked for all the same. True: its timer will fetch. */
static bool is_working(struct intel_chip *n, unsigned queue)
{
    struct component *c = chip_component(n);
    struct tx_queue *q = &n->txq[queue];
    sim_time ahead = (sim_time)(q->txdctl & INTEL_TXDCTL_PTHRESH_MASK) * n->skin->tx_frame_ps;
    if (q->worked_off <= sim_now(c->sim) + ahead)
        return false;
    if (!event_id_is_set(q->fetch_timer))
        q->fetch_timer = event_post(c, c, q->worked_off - ahead, EV_HW, VERB_FETCH, queue, 0, 0);
    return true;
}

/* What the next frame needs is fetched when the queue comes to it, what comes after it by the thresholds. */
static void fetch(struct intel_chip *n, unsigned queue)
{
    struct tx_queue *q = &n->txq[queue];
    if (q->fetching || !intel_tx_may_fetch(n, queue))
        return;
    uint32_t len = ring_len(q), count = (q->tail + len - q->fetch_next) % len;
    if (!count || (q->frame_descs && !wants_prefetch(q, count)) || is_working(n, queue))
        return;
    uint32_t room = TX_DESC_ON_CHIP - cached(q), to_end = len - q->fetch_next;
    count = count < room ? count : room;
    count = count < to_end ? count : to_end;
    if (!count)
        return;
    q->fetching = (uint16_t)count;
    pci_dma_read(chip_queue_pci(n, queue), ring_base(q) + 16 * q->fetch_next, 16 * count,
                 dma_tag(TAG_TX_DESC, queue, (uint32_t)q->epoch << 16 | count));
}

static void bad(struct intel_chip *n, unsigned queue, const char *why)
{
    struct tx_queue *q = &n->txq[queue];
    q->frame_bad = true;
    q->bad_descriptors++;
    n->s.tx_bad++;
    trace_nic_bad_descriptor(chip_component(n), queue, why);
}

/* Judges the data descriptor `d`, part of a frame with `len` bytes before it. NULL: fine. */
static const char *judge(const union ixgbe_adv_tx_desc *d, uint32_t len, bool first, bool tso)
{
    uint32_t cmd = d->read.cmd_type_len;
    if (!(cmd & IXGBE_ADVTXD_DCMD_DEXT) || (cmd & IXGBE_ADVTXD_DTYP_MASK) != IXGBE_ADVTXD_DTYP_DATA)
        return first ? "not an advanced data descriptor" : "another type of descriptor inside a frame";
    if (len > (tso ? (uint32_t)FRAME_MAX_GIANT : (uint32_t)FRAME_BYTES_MAX))
        return "frame longer than the chip sends";
    if (first && !(cmd & IXGBE_ADVTXD_DTALEN_MASK))
        return "first buffer is empty";
    return NULL;
}

static const char *judge_whole(const struct ixgbe_adv_tx_context_desc *context, uint32_t len, uint32_t payload, bool tso)
{
    const char *why = tso ? intel_tso_judge(context, len) : len < 14 ? "frame shorter than its addresses" : NULL;
    uint32_t headers = tso ? intel_tso_header(context) : 0; /* PAYLEN leaves them out then [82599 7.2.3.2.4] */
    if (!why && payload && payload != len - headers)
        why = "PAYLEN differs from the buffers";
    return why;
}

static struct ixgbe_adv_tx_context_desc *context_slot(struct tx_queue *q, uint32_t index_field)
{
    return &q->context[(index_field & IXGBE_ADVTXD_IDX_MASK) >> IXGBE_ADVTXD_IDX_SHIFT & (TX_CONTEXTS - 1)];
}

static const struct ixgbe_adv_tx_context_desc *context_of(struct tx_queue *q, const union ixgbe_adv_tx_desc *d)
{
    return context_slot(q, d->read.olinfo_status);
}

/* The contexts before a frame, which the queue remembers: how many. */
static uint32_t take_contexts(struct tx_queue *q)
{
    uint32_t i = 0;
    for (; i < cached(q) && is_context(cache_at(q, i)); i++) {
        struct ixgbe_adv_tx_context_desc fresh;
        memcpy(&fresh, cache_at(q, i), sizeof(fresh));
        *context_slot(q, fresh.mss_l4len_idx) = fresh;
    }
    return i;
}

/* Behind the next descriptor with EOP from `i` on, or behind all on chip: then `whole` is false. */
static uint32_t find_end(struct tx_queue *q, uint32_t i, uint32_t *len, bool *whole)
{
    *whole = false;
    for (*len = 0; i < cached(q) && !*whole; i++) {
        uint32_t cmd = cache_at(q, i)->read.cmd_type_len;
        *len += cmd & IXGBE_ADVTXD_DTALEN_MASK;
        *whole = cmd & IXGBE_ADVTXD_DCMD_EOP;
    }
    return i;
}

/* Why the whole frame, whose data descriptors begin with `first`, can't be sent. NULL: it can. */
static const char *judge_frame(struct tx_queue *q, uint32_t first)
{
    const union ixgbe_adv_tx_desc *head = cache_at(q, first);
    uint32_t len = 0;
    for (uint32_t i = first; i < q->frame_descs; i++) {
        const union ixgbe_adv_tx_desc *d = cache_at(q, i);
        len += d->read.cmd_type_len & IXGBE_ADVTXD_DTALEN_MASK;
        const char *why = judge(d, len, i == first, q->frame_tso);
        if (why)
            return why;
    }
    return judge_whole(context_of(q, head), len, head->read.olinfo_status >> IXGBE_ADVTXD_PAYLEN_SHIFT, q->frame_tso);
}

/* Looks for the next whole frame among the descriptors on chip: sets frame_descs when there is one. */
static void parse(struct intel_chip *n, unsigned queue)
{
    struct tx_queue *q = &n->txq[queue];
    const char *why = NULL;
    uint32_t len;
    bool whole;
    if (q->frame_descs)
        return;
    q->frame_bad = false;
    uint32_t first = q->skipping ? 0 : take_contexts(q), end = find_end(q, first, &len, &whole);
    if (!whole && cached(q) < TX_DESC_ON_CHIP)
        return; /* the rest is still to be fetched */
    q->frame_descs = end;
    q->frame_len = len;
    q->frame_tso = first < end && (cache_at(q, first)->read.cmd_type_len & IXGBE_ADVTXD_DCMD_TSE);
    q->frame_is_rest = q->skipping;
    q->skipping = !whole;
    if (!q->frame_is_rest)
        why = whole ? judge_frame(q, first) : "frame of more descriptors than the chip holds";
    if (why)
        bad(n, queue, why);
    q->frame_bad |= q->frame_is_rest;
}

static int32_t rs_index_of(struct tx_queue *q, uint32_t first_ring_index)
{
    for (uint32_t i = q->frame_descs; i-- > 0;)
        if (cache_at(q, i)->read.cmd_type_len & IXGBE_ADVTXD_DCMD_RS)
            return (int32_t)((first_ring_index + i) % ring_len(q));
    return -1;
}

/* Ring index of the oldest descriptor in the cache. */
static uint32_t cache_ring_index(const struct tx_queue *q)
{
    uint32_t len = ring_len(q);
    return (q->fetch_next + len - cached(q) % len) % len;
}

/* The frame whose descriptors make no sense ends; they are reported done, so that its owner can go on, unless that is to be
 * stopped. True: it is a frame, not the rest of one. */
static bool discard_bad(struct intel_chip *n, unsigned queue)
{
    struct tx_queue *q = &n->txq[queue];
    int32_t rs = rs_index_of(q, cache_ring_index(q));
    uint32_t i = 0;
    while (i < q->frame_descs && is_context(cache_at(q, i)))
        i++;
    frame_ref ref = 0;
    if (i < q->frame_descs && !q->frame_is_rest)
        ref = pci_frame_made_at(chip_queue_pci(n, queue), cache_at(q, i)->read.buffer_addr);
    if (ref)
        intel_frame_end(chip_queue_owner(n, queue), ref, FATE_tx_bad_descriptor);
    uint32_t descs = q->frame_descs;
    q->cache_get += descs;
    q->frame_descs = 0;
    if (!n->rules.detects[true])
        descs_done(n, queue, descs, rs);
    return !q->frame_is_rest;
}

/* Parses on until a good frame is next, or a bad one must wait for good ones before it, or more must be fetched. */
static void advance(struct intel_chip *n, unsigned queue)
{
    struct tx_queue *q = &n->txq[queue];
    for (;;) {
        parse(n, queue);
        if (!q->frame_descs || !q->frame_bad || q->under_way)
            break;
        bool blocks = discard_bad(n, queue);
        if (blocks && intel_mdd(n, queue, true, MALICE_DESCRIPTOR))
            return;
    }
    intel_tx_set_active(n, queue, q->frame_descs && !q->frame_bad && intel_tx_may_fetch(n, queue));
    fetch(n, queue);
}

void intel_tx_desc_done(struct intel_chip *n, uint64_t tag, const void *data, uint32_t len, enum pci_status status)
{
    unsigned queue = (unsigned)(tag >> 32) & 0xffff;
    struct tx_queue *q = &n->txq[queue];
    if ((uint16_t)(tag >> 16) != q->epoch)
        return;
    uint32_t count = tag & 0xffff;
    q->fetching = 0;
    if (status != PCI_OK) {
        trace_nic_ring_fault(chip_component(n), "transmit", queue);
        return; /* until the next doorbell */
    }
    for (uint32_t i = 0; i < count; i++)
        memcpy(&q->cache[q->cache_put++ % TX_DESC_PLACES], (const uint8_t *)data + 16 * i, 16);
    q->fetch_next = (q->fetch_next + count) % ring_len(q);
    advance(n, queue);
    intel_tx_arbitrate(n);
}

void intel_tx_fetch_event(struct intel_chip *n, unsigned queue)
{
    n->txq[queue].fetch_timer = (struct event_id){0, 0};
    fetch(n, queue);
}

void intel_tx_kick(struct intel_chip *n, unsigned queue)
{
    struct tx_queue *q = &n->txq[queue];
    if (!intel_tx_may_fetch(n, queue))
        return;
    if (q->head != q->tail)
        way_gap_begins(&q->working, sim_now(chip_component(n)->sim));
    intel_tx_set_active(n, queue, q->frame_descs && !q->frame_bad);
    fetch(n, queue);
    if (q->frame_descs)
        intel_tx_arbitrate(n);
}

/* ---- data fetch ---- */

/* Asks for the data of the frame that is next in `queue`. */
void intel_tx_issue(struct intel_chip *n, unsigned queue)
{
    struct tx_queue *q = &n->txq[queue];
    struct pci_function *pci = chip_queue_pci(n, queue);
    uint32_t index = n->txb.put++ % TX_ENTRIES, off = 0;
    struct tx_entry *e = &n->txb.entry[index];
    memset(e, 0, sizeof(*e)); /* also its padding: what is saved has a value in every byte */
    e->len = q->frame_len;
    e->queue = (uint16_t)queue;
    e->units = (uint16_t)chip_tx_units(n, q->frame_len);
    e->fn = (uint16_t)(chip_queue_owner(n, queue) - n->fn);
    e->descs = (uint16_t)q->frame_descs;
    e->fate = FATE_COUNT;
    e->rs_index = rs_index_of(q, cache_ring_index(q));
    n->txb.wr_units += e->units;
    sim_time now = sim_now(chip_component(n)->sim);
    q->worked_off = (q->worked_off > now ? q->worked_off : now) + n->skin->tx_frame_ps;
    n->s.tx_reads++;
    n->s.tx_read_bytes += e->len;
    q->under_way++;
    n->fn[e->fn].s.tx_in_buffer++;
    for (uint32_t i = 0; i < q->frame_descs; i++) {
        const union ixgbe_adv_tx_desc *d = cache_at(q, i);
        uint32_t len = d->read.cmd_type_len & IXGBE_ADVTXD_DTALEN_MASK;
        if (is_context(d) || !len)
            continue;
        if (e->frags++ == 0) { /* options of a frame stand in its first data descriptor [82599 7.2.3.2.4] */
            const struct ixgbe_adv_tx_context_desc *context = context_of(q, d);
            e->first_addr = d->read.buffer_addr;
            e->olinfo = d->read.olinfo_status;
            e->cmd = d->read.cmd_type_len;
            e->vlan_macip_lens = context->vlan_macip_lens;
            e->tucmd = context->type_tucmd_mlhl;
            e->mss = q->frame_tso ? context->mss_l4len_idx >> IXGBE_ADVTXD_MSS_SHIFT : 0;
            e->header = q->frame_tso ? intel_tso_header(context) : 0;
        }
        pci_dma_read(pci, d->read.buffer_addr, len, dma_tag(TAG_TX_DATA, index, off));
        off += len;
    }
    assert(e->frags);
    q->cache_get += q->frame_descs;
    q->frame_descs = 0;
    advance(n, queue);
}

/* ---- data on chip ---- */

static void witness(struct intel_chip *n, unsigned queue, const struct frame *f)
{
    const struct tx_queue *q = &n->txq[queue];
    sim_time now = sim_now(chip_component(n)->sim);
    intel_pass(n, queue, f, WAY_TX, way_gap_read(&q->working, now));
    if (q->rate_control & INTEL_RTTBCNRC_RS_ENA)
        intel_pass(n, queue, f, WAY_RATE,
                   (struct way_reading){.busy = q->rate_busy, .of = q->rate_free > now ? q->rate_free : now});
}

/* The frame whose first byte lies at e->first_addr: the one the application made there, or a stranger's. */
static void take_identity(struct intel_chip *n, struct tx_entry *e)
{
    struct component *c = chip_component(n);
    e->ref = pci_frame_made_at(chip_queue_pci(n, e->queue), e->first_addr);
    if (!e->ref)
        e->ref = frame_birth(c, pci_flow_at(chip_queue_pci(n, e->queue), e->first_addr), e->len);
    if (!e->ref) {
        e->fate = FATE_no_buffer; /* booked already */
        return;
    }
    struct frame *f = frame_get(c->sim, e->ref);
    f->flags &= (uint16_t)~FRAME_IN_MEMORY;
    if (frame_is_witness(f))
        witness(n, e->queue, f);
    if (f->head + e->len > frame_cap(f))
        e->fate = FATE_tx_bad_descriptor;
    else
        f->len = e->len;
}

/* What the descriptor says of a tag counts only where the pool's VLAN is not the PF's affair [82599 8.2.3.27.13 PFVMVIR]. */
void intel_tx_tag(struct intel_chip *n, const struct tx_entry *e, struct frame *f)
{
    const struct eswitch_vport *v = &n->sw.vport[chip_queue_pool(n, e->queue)];
    if ((e->cmd & IXGBE_ADVTXD_DCMD_VLE) && !v->insert_vlan && !v->never_tagged)
        frame_vlan_push(f, (uint16_t)(e->vlan_macip_lens >> IXGBE_ADVTXD_VLAN_SHIFT));
}

static void finish_frame(struct intel_chip *n, struct tx_entry *e)
{
    struct function *fn = &n->fn[e->fn];
    if (e->fate != FATE_COUNT) {
        if (e->ref)
            intel_frame_end(fn, e->ref, (enum fate)e->fate);
        e->ref = 0;
        return;
    }
    struct frame *f = frame_get(chip_component(n)->sim, e->ref);
    trace_nic_fetched(chip_component(n), f->id, e->queue, f->len);
    if (e->mss)
        return; /* its segments are finished one by one */
    if (e->olinfo & (IXGBE_ADVTXD_POPTS_IXSM | IXGBE_ADVTXD_POPTS_TXSM))
        intel_csum_insert(f, e->olinfo, e->vlan_macip_lens, e->tucmd);
    intel_tx_tag(n, e, f);
}

/* Frames that are whole, in order: their descriptors are done. */
void intel_tx_complete(struct intel_chip *n)
{
    struct tx_buffer *b = &n->txb;
    while (b->ready != b->put && b->entry[b->ready % TX_ENTRIES].ready) {
        struct tx_entry *e = &b->entry[b->ready++ % TX_ENTRIES];
        struct tx_queue *q = &n->txq[e->queue];
        q->under_way--;
        if (e->fate != FATE_function_reset)
            descs_done(n, e->queue, e->descs, e->rs_index);
        if (!q->under_way && q->frame_bad)
            advance(n, e->queue);
    }
}

void intel_tx_data_done(struct intel_chip *n, uint64_t tag, const void *data, uint32_t len, enum pci_status status)
{
    struct tx_entry *e = &n->txb.entry[(tag >> 32) & 0xffff];
    uint32_t off = (uint32_t)tag;
    if (status != PCI_OK && e->fate == FATE_COUNT)
        e->fate = (uint8_t)intel_dma_fate(status);
    if (status == PCI_OK && e->fate == FATE_COUNT && !e->ref)
        take_identity(n, e);
    if (e->fate == FATE_COUNT)
        memcpy(frame_data(frame_get(chip_component(n)->sim, e->ref)) + off, data, len);
    if (++e->frags_done < e->frags)
        return;
    finish_frame(n, e);
    e->ready = true;
    n->s.tx_reads--;
    n->s.tx_read_bytes -= e->len;
    intel_tx_complete(n);
    intel_tx_out(n);
    intel_tx_arbitrate(n);
}

void intel_tx_queue_stop(struct intel_chip *n, unsigned queue)
{
    struct tx_queue *q = &n->txq[queue];
    q->epoch++;
    q->fetching = 0;
    q->cache_get = q->cache_put = 0;
    q->frame_descs = 0;
    q->frame_bad = q->skipping = false;
    q->deficit = 0;
    intel_tx_set_active(n, queue, false);
}

void intel_tx_queue_reset(struct intel_chip *n, unsigned queue)
{
    struct tx_queue *q = &n->txq[queue];
    intel_tx_queue_stop(n, queue);
    for (uint32_t i = n->txb.get; i != n->txb.put; i++) {
        struct tx_entry *e = &n->txb.entry[i % TX_ENTRIES];
        struct function *fn = &n->fn[e->fn];
        if (e->queue != queue)
            continue;
        if (i == n->txb.get && n->s.wire_stage) {
            intel_frame_end(fn, n->s.wire_stage, FATE_function_reset);
            n->s.wire_stage = 0;
        }
        if (e->ref)
            intel_frame_end(fn, e->ref, FATE_function_reset);
        e->ref = 0;
        e->fate = FATE_function_reset;
        if (!e->ready) { /* its reads were dropped */
            n->s.tx_reads--;
            n->s.tx_read_bytes -= e->len;
        }
        e->ready = true;
    }
    event_cancel(chip_component(n)->sim, &q->fetch_timer);
    struct tx_queue old = *q;
    memset(q, 0, sizeof(*q));
    q->epoch = old.epoch;
    q->rate_control = old.rate_control; /* the PF's setting */
    q->rate_free = old.rate_free;
    q->rate_timer = old.rate_timer;
    q->under_way = old.under_way;
    q->bad_descriptors = old.bad_descriptors;
    q->blocked = old.blocked; /* the PF's to clear */
}
