/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The receive path: wire and loopback -> packet buffer -> rings in memory [82599 7.1].
 *
 * The packet buffer is one FIFO for all pools. A frame for several pools is in it once, until its last copy is on its way;
 * what loops back never finds it full, for the transmit side waits (tx_out.c). A frame leaves it when its DMA writes are
 * issued; its descriptor's write-back follows at once, since posted writes stay in order. Descriptors of one 64-byte line
 * that are done together go in one write. The number of frames on their way to memory is bounded, so a slow link backs up
 * into the packet buffer.
 */
#include "nic/intel/path/path.h"

#include <string.h>

/* What the frame's `mark` says while it is in the packet buffer. */
enum { MARK_TCI = 0xffff, MARK_VP = 1 << 16, MARK_INEXACT = 1 << 17, MARK_LOOPBACK = 1 << 18 };

struct writeback {
    uint32_t queue, first, count;
    bool lli;
    union ixgbe_adv_rx_desc desc[RX_WRITEBACK_MAX];
};

/* How a frame lies in a queue's buffers: so many bytes in the first descriptor's header buffer, the rest in packet buffers. */
struct layout {
    uint32_t header, buffer_bytes, descs;
};

static uint32_t ring_len(const struct rx_queue *q) { return q->len_bytes / 16; }
static uint32_t cached(const struct rx_queue *q) { return q->cache_put - q->cache_get; }
static uint64_t ring_base(const struct rx_queue *q) { return q->base_lo | (uint64_t)q->base_hi << 32; }
static bool enabled(const struct rx_queue *q) { return (q->rxdctl & INTEL_RXDCTL_ENABLE) && q->len_bytes; }

/* ---- descriptors ---- */

static uint32_t in_ring(const struct rx_queue *q) /* posted and not on chip yet */
{
    uint32_t len = ring_len(q);
    return q->ring_fault || !len ? 0 : (q->tail + len - q->fetch_next) % len;
}

static void fetch(struct intel_chip *n, unsigned queue)
{
    struct rx_queue *q = &n->rxq[queue];
    if (!enabled(q) || q->fetching || cached(q) > RX_PREFETCH_BELOW)
        return;
    uint32_t count = in_ring(q), room = RX_DESC_ON_CHIP - cached(q), to_end = ring_len(q) - q->fetch_next;
    count = count < room ? count : room;
    count = count < to_end ? count : to_end;
    if (!count)
        return;
    q->fetching = (uint16_t)count;
    pci_dma_read(chip_queue_pci(n, queue), ring_base(q) + 16 * q->fetch_next, 16 * count,
                 dma_tag(TAG_RX_DESC, queue, (uint32_t)q->epoch << 16 | count));
}

void intel_rx_desc_done(struct intel_chip *n, uint64_t tag, const void *data, uint32_t len, enum pci_status status)
{
    unsigned queue = (unsigned)(tag >> 32) & 0xffff;
    struct rx_queue *q = &n->rxq[queue];
    if ((uint16_t)(tag >> 16) != q->epoch)
        return; /* the queue was stopped meanwhile */
    uint32_t count = tag & 0xffff;
    q->fetching = 0;
    if (status != PCI_OK) {
        trace_nic_ring_fault(chip_component(n), "receive", queue);
        q->ring_fault = true;
    } else {
        const union ixgbe_adv_rx_desc *d = data;
        for (uint32_t i = 0; i < count; i++) {
            uint32_t place = q->cache_put++ % RX_DESC_ON_CHIP;
            memcpy(&q->cache[place], &d[i].read.pkt_addr, sizeof(q->cache[place]));
            memcpy(&q->header[place], &d[i].read.hdr_addr, sizeof(q->header[place]));
        }
        way_gap_ends(&q->empty, sim_now(chip_component(n)->sim));
        q->fetch_next = (q->fetch_next + count) % ring_len(q);
        fetch(n, queue);
    }
    intel_rx_drain(n);
}

void intel_rx_kick(struct intel_chip *n, unsigned queue)
{
    n->rxq[queue].ring_fault = false;
    fetch(n, queue);
    intel_rx_drain(n);
}

void intel_rx_queue_stop(struct intel_chip *n, unsigned queue)
{
    struct rx_queue *q = &n->rxq[queue];
    q->epoch++;
    q->fetching = 0;
    q->cache_get = q->cache_put = 0;
    q->ring_fault = false;
}

void intel_rx_queue_reset(struct intel_chip *n, unsigned queue)
{
    struct rx_queue *q = &n->rxq[queue];
    intel_rx_queue_stop(n, queue);
    struct rx_queue old = *q;
    memset(q, 0, sizeof(*q));
    q->srrctl = RX_SRRCTL_RESET;
    q->epoch = old.epoch;
    q->drop_enable = old.drop_enable;
    q->hide_vlan = old.hide_vlan;
    q->blocked = old.blocked; /* the PF's to clear */
    q->frames = old.frames;
    q->bytes = old.bytes;
    q->no_descriptor = old.no_descriptor;
    n->s.rx_writes -= old.writes;
    for (unsigned slot = 0; slot < RX_WRITES_MAX; slot++) /* their frames ended with the DMA */
        if (n->s.rx_write[slot].ref && n->s.rx_write[slot].queue == queue) {
            n->s.rx_write[slot].ref = 0;
            n->s.rx_write_free |= UINT64_C(1) << slot;
            n->s.rx_writes--;
        }
    intel_rsc_reset(n, queue);
    for (uint32_t i = n->rxb.get; i != n->rxb.put; i++) {
        struct rx_entry *e = &n->rxb.entry[i % RX_ENTRIES];
        if (e->queue == queue && e->ref) {
            intel_frame_end(chip_queue_owner(n, queue), e->ref, FATE_function_reset);
            e->ref = 0;
        }
    }
}

/* ---- what coalescing needs of the ring ---- */

bool intel_rx_has(const struct intel_chip *n, unsigned queue, uint32_t need) { return cached(&n->rxq[queue]) >= need; }

bool intel_rx_will_have(struct intel_chip *n, unsigned queue, uint32_t need)
{
    const struct rx_queue *q = &n->rxq[queue];
    if (cached(q) + in_ring(q) < need)
        return false;
    fetch(n, queue);
    return true;
}

uint64_t intel_rx_take(struct intel_chip *n, unsigned queue, uint32_t *ring_index)
{
    struct rx_queue *q = &n->rxq[queue];
    *ring_index = q->head;
    q->head = (q->head + 1) % ring_len(q);
    uint64_t addr = q->cache[q->cache_get++ % RX_DESC_ON_CHIP];
    fetch(n, queue);
    return addr;
}

/* ---- packet buffer -> memory ---- */

static void writeback_flush(struct intel_chip *n, struct writeback *wb)
{
    if (!wb->count)
        return;
    const struct rx_queue *q = &n->rxq[wb->queue];
    pci_dma_post(chip_queue_pci(n, wb->queue), ring_base(q) + 16 * wb->first, wb->desc, 16 * wb->count);
    wb->count = 0;
    if (wb->lli)
        intel_intr_low_latency(n, wb->queue);
    else
        intel_intr_queue(n, wb->queue, false);
    wb->lli = false;
}

static union ixgbe_adv_rx_desc *writeback_add(struct intel_chip *n, struct writeback *wb, unsigned queue)
{
    struct rx_queue *q = &n->rxq[queue];
    if (wb->count && (wb->queue != queue || q->head % RX_WRITEBACK_MAX == 0 || q->head != wb->first + wb->count))
        writeback_flush(n, wb);
    if (!wb->count) {
        wb->queue = queue;
        wb->first = q->head;
    }
    q->head = (q->head + 1) % ring_len(q);
    union ixgbe_adv_rx_desc *d = &wb->desc[wb->count++];
    *d = (union ixgbe_adv_rx_desc){.wb = {.status_error = IXGBE_RXD_STAT_DD}};
    return d;
}

void intel_rx_count(struct intel_chip *n, unsigned queue, const struct frame *f)
{
    struct rx_queue *q = &n->rxq[queue];
    struct function_state *s = &chip_queue_owner(n, queue)->s;
    q->frames++;
    q->bytes += f->len;
    struct queue_stat *stat = chip_rx_stat(n, queue);
    stat->rx_packets++;
    stat->rx_bytes += f->len + FRAME_FCS_LEN;
    s->frames_rx++;
    s->bytes_rx += f->len + FRAME_FCS_LEN;
    s->multicast_rx += mac_is_multicast(f->buf + f->head);
}

/* What the last descriptor of the frame says. */
static void judge(const struct intel_chip *n, const struct frame *f, uint32_t *pkt_info, uint32_t *status)
{
    *pkt_info = 0;
    *status = IXGBE_RXD_STAT_DD | IXGBE_RXD_STAT_EOP;
    intel_csum_check(f, pkt_info, status);
    if (n->errata & INTEL_ERRATUM_UDP_ZERO && *pkt_info & IXGBE_RXDADV_PKTTYPE_UDP && !(*status & IXGBE_RXD_STAT_UDPCS))
        *status |= IXGBE_RXD_STAT_L4CS | IXGBE_RXDADV_ERR_TCPE;
    *status |= f->mark & MARK_VP ? IXGBE_RXD_STAT_VP : 0;
    *status |= f->mark & MARK_INEXACT ? IXGBE_RXD_STAT_PIF : 0;
    *status |= f->mark & MARK_LOOPBACK ? IXGBE_RXD_STAT_LB : 0;
}

/* Where a frame goes. A queue that splits always has the start of each in the header's buffer [the datasheets' tables of header
 * splitting, "always use header buffer"]: all of a short one; of any other as much as there is room for, since no header is
 * looked for, as with a PSRTYPE that names no kind of packets. */
static struct layout layout_of(const struct rx_queue *q, uint32_t len)
{
    struct layout l = {0, (q->srrctl & INTEL_SRRCTL_BSIZEPKT_MASK) << INTEL_SRRCTL_BSIZEPKT_SHIFT, UINT32_MAX};
    if ((q->srrctl & INTEL_SRRCTL_DESCTYPE_MASK) == INTEL_SRRCTL_DESCTYPE_SPLIT_ALWAYS) {
        uint32_t room = (q->srrctl & INTEL_SRRCTL_BSIZEHDR_MASK) >> INTEL_SRRCTL_BSIZEHDR_SHIFT;
        l.header = len < room ? len : room;
    }
    if (l.buffer_bytes)
        l.descs = len == l.header ? 1 : (len - l.header + l.buffer_bytes - 1) / l.buffer_bytes;
    return l;
}

/* A record of a frame that lands in `parts` parts. */
static unsigned take_record(struct intel_chip *n, unsigned queue, frame_ref ref, uint32_t parts)
{
    unsigned slot = (unsigned)__builtin_ctzll(n->s.rx_write_free);
    n->s.rx_write_free &= n->s.rx_write_free - 1;
    struct rx_write *write = &n->s.rx_write[slot]; /* no padding in it */
    write->ref = ref;
    write->queue = (uint16_t)queue;
    write->left = (uint8_t)parts;
    write->landed = false;
    write->rsc = 0;
    return slot;
}

/* Issues the writes of one frame into its buffers and notes their write-backs. */
static void write_frame(struct intel_chip *n, const struct rx_entry *e, struct frame *f, const struct layout *l, uint32_t pkt_info,
                        uint32_t status, struct writeback *wb)
{
    unsigned queue = e->queue;
    frame_ref ref = e->ref;
    struct rx_queue *q = &n->rxq[queue];
    struct pci_function *pci = chip_queue_pci(n, queue);
    n->s.rx_writes++;
    uint32_t mark = f->mark, len = f->len, parts = l->header && l->header < len ? l->descs + 1 : l->descs;
    unsigned slot = parts > 1 ? take_record(n, queue, ref, parts) : 0;
    q->writes += parts == 1;
    intel_rx_count(n, queue, f);
    trace_nic_received(chip_component(n), f->id, queue, len);
    status |= e->lli ? IXGBE_RXD_STAT_DYNINT : 0;
    for (uint32_t i = 0, off = 0; i < l->descs; i++) {
        uint32_t place = q->cache_get++ % RX_DESC_ON_CHIP, header = i == 0 ? l->header : 0;
        uint32_t rest = len - off - header, chunk = rest < l->buffer_bytes ? rest : l->buffer_bytes;
        if (parts == 1)
            pci_dma_post_frame(pci, header ? q->header[place] : q->cache[place], ref, f, dma_tag(TAG_RX_WHOLE, queue, ref));
        if (parts > 1 && header)
            pci_dma_write_frame(pci, q->header[place], ref, off, header, true, dma_tag(TAG_RX_DATA, slot, 0));
        if (parts > 1)
            pci_dma_write_frame(pci, q->cache[place], ref, off + header, chunk, true, dma_tag(TAG_RX_DATA, slot, 0));
        off += header + chunk;
        union ixgbe_adv_rx_desc *d = writeback_add(n, wb, queue);
        d->wb.length = (uint16_t)chunk;
        d->wb.pkt_info = header << IXGBE_RXDADV_HDRBUFLEN_SHIFT;
        if (i + 1 == l->descs) {
            d->wb.pkt_info |= pkt_info | e->rss_type;
            if (n->s.reg.RXCSUM & INTEL_RXCSUM_PCSD)
                d->wb.rss = e->rss_hash;
            d->wb.status_error = status;
            d->wb.vlan = mark & MARK_TCI;
        }
    }
    wb->lli |= e->lli;
    fetch(n, queue);
}

/* False: the frame at the head must wait (for a descriptor). */
static bool place_head(struct intel_chip *n, const struct rx_entry *e, struct writeback *wb)
{
    struct rx_queue *q = &n->rxq[e->queue];
    struct function *fn = chip_queue_owner(n, e->queue);
    if (!enabled(q) || q->blocked) {
        intel_frame_end(fn, e->ref, q->blocked ? FATE_mdd_blocked : FATE_rx_disabled);
        return true;
    }
    struct frame *f = frame_get(chip_component(n)->sim, e->ref);
    struct layout l = layout_of(q, f->len);
    uint32_t need = l.descs;
    if (need > RX_PREFETCH_BELOW || need >= ring_len(q)) {
        intel_frame_end(fn, e->ref, FATE_rx_buffer_small);
        if (!l.buffer_bytes)
            intel_mdd(n, e->queue, false, MALICE_BUFFER);
        return true;
    }
    uint32_t pkt_info, status;
    sim_time now = sim_now(chip_component(n)->sim);
    if (frame_is_witness(f))
        intel_pass(n, e->queue, f, WAY_RX, way_gap_read(&q->empty, now));
    judge(n, f, &pkt_info, &status);
    if (q->rscctl & INTEL_RSCCTL_RSCEN) {
        writeback_flush(n, wb); /* what came before is reported before */
        enum rsc_answer answer = intel_rsc_place(n, e, l.buffer_bytes, pkt_info, status);
        if (answer != RSC_PASS)
            return answer == RSC_TAKEN;
    }
    if (cached(q) >= need) {
        write_frame(n, e, f, &l, pkt_info, status, wb);
        return true;
    }
    if (intel_rx_will_have(n, e->queue, need))
        return false;
    way_gap_begins(&q->empty, now);
    if (!q->drop_enable && !(q->srrctl & INTEL_SRRCTL_DROP_EN))
        return false; /* blocks everyone behind it, which is what drop enable is for */
    q->no_descriptor++;
    chip_rx_stat(n, e->queue)->rx_dropped++;
    intel_frame_end(fn, e->ref, FATE_rx_no_descriptor);
    return true;
}

/* Who must wait for a write to land has to hear of it in time. */
bool intel_rx_may_write(struct intel_chip *n)
{
    if (n->s.rx_writes == RX_WRITES_MAX)
        pci_dma_be_in_time(chip_pf(n)->pci);
    return n->s.rx_writes < RX_WRITES_MAX;
}

void intel_rx_drain(struct intel_chip *n)
{
    struct rx_buffer *b = &n->rxb;
    struct writeback wb = {.count = 0, .lli = false};
    while (b->get != b->put && intel_rx_may_write(n)) {
        struct rx_entry *e = &b->entry[b->get % RX_ENTRIES];
        if (e->ref && !place_head(n, e, &wb))
            break;
        e->ref = 0;
        b->rd_units += e->units;
        b->get++;
    }
    writeback_flush(n, &wb);
    if (n->s.tx_waits_for_rx && intel_rx_has_room(n, FRAME_BYTES_MAX)) {
        n->s.tx_waits_for_rx = false;
        intel_tx_out(n);
    }
}

/* Somebody may have waited for it. */
static void write_is_over(struct intel_chip *n)
{
    if (n->s.rx_writes-- == RX_WRITES_MAX)
        intel_rx_drain(n);
}

void intel_rx_data_done(struct intel_chip *n, uint64_t tag, enum pci_status status)
{
    unsigned slot = (unsigned)(tag >> 32) & 0xffff;
    struct rx_write *w = &n->s.rx_write[slot];
    w->landed |= status == PCI_OK;
    if (w->rsc)
        intel_rsc_landed(n, w->rsc - 1, status);
    if (--w->left)
        return;
    if (!w->landed && !w->rsc)
        intel_frame_end(chip_queue_owner(n, w->queue), w->ref, intel_dma_fate(status));
    w->ref = 0;
    n->s.rx_write_free |= UINT64_C(1) << slot;
    write_is_over(n);
}

void intel_rx_whole_done(struct intel_chip *n, uint64_t tag, enum pci_status status)
{
    unsigned queue = (unsigned)(tag >> 32) & 0xffff;
    if (status != PCI_OK)
        intel_frame_end(chip_queue_owner(n, queue), (frame_ref)tag, intel_dma_fate(status));
    n->rxq[queue].writes--;
    write_is_over(n);
}

/* ---- wire and loopback -> packet buffer ---- */

static uint32_t units_of(uint32_t len) { return (len + PACKET_UNIT - 1) / PACKET_UNIT; }

bool intel_rx_has_room(const struct intel_chip *n, uint32_t len)
{
    return n->rxb.wr_units - n->rxb.rd_units + units_of(len) < n->skin->rx_buffer_bytes / PACKET_UNIT &&
           n->rxb.put - n->rxb.get + n->sw.vport_count <= RX_ENTRIES;
}

/* One pool's copy. Takes ref. */
static void enqueue(struct intel_chip *n, unsigned pool, frame_ref ref, struct frame *f, uint32_t mark, bool strip)
{
    struct function *fn = chip_pool_owner(n, pool);
    uint32_t rss_type, rss_hash;
    uint16_t tci;
    unsigned queue = chip_pool_queue(n, pool) + intel_rss(n, pool, f, &rss_type, &rss_hash);
    bool lli = false;
    if (n->s.filters_on) {
        int filtered = intel_filter(n, pool, f, &lli);
        queue = filtered < 0 ? queue : (unsigned)filtered;
    }
    if (n->skin->pool_longest && f->len + FRAME_FCS_LEN > n->skin->pool_longest(n, pool) + (frame_vlan_peek(f, &tci) ? 4 : 0)) {
        intel_frame_end(fn, ref, FATE_too_long);
        return;
    }
    struct rx_entry *e = &n->rxb.entry[n->rxb.put++ % RX_ENTRIES];
    e->ref = ref;
    e->queue = (uint16_t)queue;
    e->rss_type = rss_type;
    e->rss_hash = rss_hash;
    e->lli = lli;
    e->units = 0;
    if (strip && frame_vlan_pop(f, &tci) && !n->rxq[queue].hide_vlan)
        mark |= MARK_VP | tci;
    f->mark = mark;
}

/* No room: it is missed, once, by all it was for. */
static void miss(struct intel_chip *n, uint64_t pools, frame_ref ref)
{
    n->s.rx_missed++;
    for (; pools; pools &= pools - 1) {
        frame_ref copy = pools & (pools - 1) ? frame_clone(chip_component(n), ref) : ref;
        if (copy)
            intel_frame_end(chip_pool_owner(n, (unsigned)__builtin_ctzll(pools)), copy, FATE_rx_fifo_full);
    }
}

void intel_rx_deliver(struct intel_chip *n, frame_ref ref, struct frame *f, const struct eswitch_verdict *v, bool loopback)
{
    uint32_t len = f->len, before = n->rxb.put;
    uint64_t left = v->vports;
    if (!intel_rx_has_room(n, len)) {
        miss(n, left, ref);
        return;
    }
    while (left) {
        unsigned pool = (unsigned)__builtin_ctzll(left);
        uint64_t bit = left & -left;
        left &= left - 1;
        frame_ref copy = left ? frame_clone(chip_component(n), ref) : ref;
        uint32_t mark = (v->exact & bit ? 0 : MARK_INEXACT) | (loopback ? MARK_LOOPBACK : 0);
        if (!copy)
            continue;
        struct frame *g = copy == ref ? f : frame_get(chip_component(n)->sim, copy);
        enqueue(n, pool, copy, g, mark, n->skin->strips ? n->skin->strips(n, pool, g) : (v->strip & bit) != 0);
    }
    if (n->rxb.put != before) { /* its room is free when the last copy has gone */
        n->rxb.entry[(n->rxb.put - 1) % RX_ENTRIES].units = (uint16_t)units_of(len);
        n->rxb.wr_units += units_of(len);
    }
    intel_rx_drain(n);
}

/* False: it ends here. */
static bool wire_accepts(struct intel_chip *n, const struct frame *f, enum fate *why)
{
    *why = nic_judge_arrival(f, n->rules.frame_max);
    n->s.rx_crc += *why == FATE_bad_fcs;
    n->s.rx_long += *why == FATE_too_long;
    if (*why == FATE_COUNT && !n->rules.receives)
        *why = FATE_rx_disabled;
    return *why == FATE_COUNT;
}

/* Whose it was: a disabled pool that has the address is the place, any other drop is the switch's. */
static void dropped_at(struct intel_chip *n, frame_ref ref, enum fate why)
{
    struct component *c = chip_component(n);
    const uint8_t *dst = frame_data(frame_get(c->sim, ref));
    for (unsigned i = 0; why == FATE_vport_disabled && i < INTEL_ADDRESSES; i++)
        if (n->sw.mac[i].valid && n->sw.mac[i].vports && !memcmp(n->sw.mac[i].mac, dst, 6)) {
            intel_frame_end(chip_pool_owner(n, (unsigned)__builtin_ctzll(n->sw.mac[i].vports)), ref, why);
            return;
        }
    frame_end(c, ref, why);
}

void intel_wire_receive(struct port *port, frame_ref ref)
{
    struct intel_chip *n = (struct intel_chip *)port->owner;
    struct component *c = chip_component(n);
    struct frame *f = frame_get(c->sim, ref);
    enum fate why;
    if (!wire_accepts(n, f, &why)) {
        frame_end(c, ref, why);
        return;
    }
    const uint8_t *mac = frame_data(f);
    n->s.rx_good++;
    n->s.rx_bytes += f->len + FRAME_FCS_LEN;
    n->s.rx_broadcast += mac_is_broadcast(mac);
    n->s.rx_multicast += mac_is_multicast(mac) && !mac_is_broadcast(mac);
    struct eswitch_verdict v;
    eswitch_forward_known(&n->sw, &n->known, ESWITCH_UPLINK, f, &v);
    if (!v.vports) {
        trace_nic_dropped(c, f->id, fate_text(v.drop));
        dropped_at(n, ref, v.drop);
        return;
    }
    intel_rx_deliver(n, ref, f, &v, false);
}
