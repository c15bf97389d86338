/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Receive: wire and Tx switching -> a queue's FIFO -> BDs and SGEs, then its completion and status block.
 *
 * A frame takes a BD; what its buffer does not hold goes into SGEs. Its completion is written behind the data, posted writes stay
 * in order. A frame that finds a BD, an SGE or a completion missing waits while there are some that the chip has not read yet,
 * and is dropped else.
 */
#include "nic/57712/e2__.h"

#include <string.h>

/* What the frame's `mark` says while it waits. */
enum { MARK_TCI = 0xffff, MARK_TAGGED = 1 << 16, MARK_EXACT = 1 << 17 };

/* ---- FIFOs; mark64 links them ---- */

static void fifo_put(struct e2 *e, struct e2_client_state *q, frame_ref ref)
{
    struct sim *sim = e2_component(e)->sim;

    frame_get(sim, ref)->mark64 = 0;
    if (q->waits.count++)
        frame_get(sim, q->waits.last)->mark64 = ref;
    else
        q->waits.first = ref;
    q->waits.last = ref;
    e2_set_bit(e->s.rx_active, e2_zone_of(e, q), true);
}

static frame_ref fifo_get(struct e2 *e, struct e2_client_state *q)
{
    frame_ref ref = q->waits.first;

    q->waits.first = (frame_ref)frame_get(e2_component(e)->sim, ref)->mark64;
    if (--q->waits.count == 0) {
        q->waits.first = q->waits.last = 0;
        e2_set_bit(e->s.rx_active, e2_zone_of(e, q), false);
    }
    return ref;
}

static void fifo_put_back(struct e2 *e, struct e2_client_state *q, frame_ref ref)
{
    frame_get(e2_component(e)->sim, ref)->mark64 = q->waits.first;
    q->waits.first = ref;
    if (q->waits.count++ == 0)
        q->waits.last = ref;
    e2_set_bit(e->s.rx_active, e2_zone_of(e, q), true);
}

void e2__rx_passed(struct e2 *e, struct e2_client_state *q)
{
    e->s.rx_passed[e2_zone_of(e, q)]++;
    e2__ramrod_look(e);
}

static void drop(struct e2 *e, struct e2_client_state *q, frame_ref ref, enum fate why)
{
    struct e2_function *fn = e2_zone_owner(e, e2_zone_of(e, q));

    if (why == FATE_rx_no_descriptor) {
        q->rx_no_buffer++;
        fn->s.rx_dropped++;
    }
    e2__frame_end(fn, ref, why);
}

/* ---- completions ---- */

static bool is_link(uint16_t pos) { return (pos & (E2_CQE_PAGE - 1)) == E2_CQE_PAGE - E2_CQE_LINKS; }

static void read_link(struct e2 *e, struct e2_client_state *q)
{
    unsigned zone = e2_zone_of(e, q);

    pci_dma_read(e2_zone_owner(e, zone)->pci, q->cqe_page + (E2_CQE_PAGE - E2_CQE_LINKS) * sizeof(struct e2_cqe),
                 sizeof(struct e2_link), e2_tag(E2_TAG_CQE_LINK, zone, q->epoch, 0));
}

void e2__cqe_link_done(struct e2 *e, struct e2_client_state *q, const void *data, enum pci_status status)
{
    struct e2_link link;

    if (status != PCI_OK) {
        trace_nic_ring_fault(e2_component(e), "completion", e2_zone_of(e, q));
        q->cqe_link = E2_LINK_FAULTY;
    } else {
        memcpy(&link, data, sizeof(link));
        q->cqe_next = (link.lo | (uint64_t)link.hi << 32) & ~UINT64_C(4095);
        q->cqe_link = E2_LINK_KNOWN;
    }
    e2__rx_drain(e, q);
}

void e2__cqe_told(struct e2 *e, struct e2_client_state *q, uint16_t producer)
{
    q->cqe_producer = producer;
    if (q->cqe_link == E2_LINK_FAULTY) { /* as a ring's entries, it is asked for again */
        q->cqe_link = E2_LINK_READING;
        read_link(e, q);
    }
}

bool e2__cqe_has_room(const struct e2_client_state *q, uint32_t need)
{
    return (uint16_t)(q->cqe_producer - q->cqe_pos) > need; /* one position may be a link's */
}

/* `need` completions can be written now, as far as links go: at most one is passed. */
static bool cqe_reachable(const struct e2_client_state *q, uint32_t need)
{
    return q->cqe_link == E2_LINK_KNOWN || (q->cqe_pos & (E2_CQE_PAGE - 1)) + need <= E2_CQE_PAGE - E2_CQE_LINKS;
}

void e2__cqe_write(struct e2 *e, struct e2_client_state *q, const struct e2_cqe *cqe)
{
    unsigned zone = e2_zone_of(e, q);

    if (is_link(q->cqe_pos) && q->cqe_link != E2_LINK_KNOWN)
        return; /* its driver has lost the ring, and what this was about */
    if (is_link(q->cqe_pos)) {
        q->cqe_page = q->cqe_next;
        q->cqe_pos = (uint16_t)(q->cqe_pos + E2_CQE_LINKS);
        q->cqe_link = E2_LINK_READING;
        read_link(e, q);
    }
    pci_dma_write(e2_zone_owner(e, zone)->pci, q->cqe_page + (q->cqe_pos & (E2_CQE_PAGE - 1)) * sizeof(*cqe), cqe, sizeof(*cqe),
                  e2_tag(E2_TAG_NOTHING, 0, 0, 0));
    q->cqe_pos++;
    e2__sb_changed(e, q, E2_SB_RX, q->cqe_pos);
}

/* ---- buffers ---- */

uint64_t e2__take_bd(struct e2 *e, struct e2_client_state *q)
{
    uint64_t addr = q->rx[q->chain[E2_RING_RX].get++ % E2_RX_CACHE];

    e2__chain_fetch(e, q, E2_RING_RX);
    return addr;
}

uint64_t e2__take_sge(struct e2 *e, struct e2_client_state *q, uint16_t *position)
{
    uint64_t addr = q->sge[q->chain[E2_RING_SGE].get++ % E2_RX_CACHE];

    *position = q->sge_get;
    q->sge_get = e2__next_position(E2_RING_SGE, q->sge_get);
    e2__chain_fetch(e, q, E2_RING_SGE);
    return addr;
}

/* ---- a frame into memory ---- */

void e2__rx_count(struct e2 *e, struct e2_client_state *q, const struct frame *f)
{
    struct e2_function *fn = e2_zone_owner(e, e2_zone_of(e, q));

    q->rx_frames++;
    q->rx_bytes += f->len;
    fn->s.rx_frames++;
    fn->s.rx_bytes += f->len + FRAME_FCS_LEN;
    fn->s.rx_multicast += mac_is_multicast(f->buf + f->head);
}

static void write_frame(struct e2 *e, struct e2_client_state *q, frame_ref ref, uint32_t sges, struct e2_cqe *cqe)
{
    struct e2_function *fn = e2_zone_owner(e, e2_zone_of(e, q));
    struct frame *f = frame_get(e2_component(e)->sim, ref);
    uint32_t slot = (uint32_t)__builtin_ctzll(e->s.write_free), len = f->len, off = cqe->bd_bytes;

    e->s.write_free &= e->s.write_free - 1;
    memset(&e->s.write[slot], 0, sizeof(e->s.write[slot]));
    e->s.write[slot].ref = ref;
    e->s.write[slot].zone = (uint16_t)e2_zone_of(e, q);
    e->s.write[slot].function = (uint16_t)(fn - e->fn);
    e->s.write[slot].left = (uint8_t)(1 + sges);
    e2__rx_count(e, q, f);
    trace_nic_received(e2_component(e), f->id, e2_zone_of(e, q), len);
    pci_dma_write_frame(fn->pci, e2__take_bd(e, q) + E2_RX_PADDING, ref, 0, off, true, e2_tag(E2_TAG_RX_DATA, 0, 0, slot));
    for (uint32_t i = 0; i < sges; i++) {
        uint32_t chunk = len - off < E2_SGE_BYTES ? len - off : E2_SGE_BYTES;
        uint64_t addr = e2__take_sge(e, q, &cqe->sge[i]);
        pci_dma_write_frame(fn->pci, addr, ref, off, chunk, true, e2_tag(E2_TAG_RX_DATA, 0, 0, slot));
        off += chunk;
    }
    e2__cqe_write(e, q, cqe);
    e2__rx_passed(e, q);
}

/* What is said of it, but for the hash, which was found out when its queue was chosen. */
static void describe(const struct e2_client_state *q, const struct frame *f, const struct e2_packet *packet, struct e2_cqe *cqe)
{
    memset(cqe, 0, sizeof(*cqe));
    cqe->type = E2_CQE_START | E2_CQE_END;
    cqe->status = f->mark & MARK_EXACT ? E2_CQE_MAC_MATCH : 0;
    cqe->padding = E2_RX_PADDING;
    cqe->bytes = (uint16_t)f->len;
    cqe->bd_bytes = (uint16_t)(f->len < q->set.buffer ? f->len : q->set.buffer);
    if (f->mark & MARK_TAGGED) {
        cqe->vlan = f->mark & MARK_TCI;
        cqe->parsed |= E2_PARSED_VLAN;
    }
    e2__packet_cqe(f, packet, cqe);
}

static void hash(struct e2 *e, struct e2_client_state *q, const struct frame *f, struct e2_cqe *cqe)
{
    uint32_t type, value;

    e2__rss(e, e2_zone_owner(e, e2_zone_of(e, q)), f, &type, &value);
    if (!type)
        return;
    cqe->status |= E2_CQE_HASHED | type;
    cqe->rss_hash = value;
}

/* Whether what it needs is there, or will be. */
static enum e2_answer resources(const struct e2_client_state *q, uint32_t sges)
{
    uint32_t cqes = 2 + e2__tpa_open(q); /* the end of each aggregation has one, of one that begins now, too */

    if (!e2__cqe_has_room(q, cqes) || (q->cqe_link == E2_LINK_FAULTY && !cqe_reachable(q, cqes)))
        return E2_PASS;
    if (e2_cached(q, E2_RING_RX) && e2_cached(q, E2_RING_SGE) >= sges && cqe_reachable(q, cqes))
        return E2_TAKEN;
    if ((!e2_cached(q, E2_RING_RX) && !e2_more_to_come(q, E2_RING_RX)) ||
        (e2_cached(q, E2_RING_SGE) < sges && !e2_more_to_come(q, E2_RING_SGE)))
        return E2_PASS;
    return E2_WAITS;
}

/* False: the frame at the head waits. */
static bool place_head(struct e2 *e, struct e2_client_state *q)
{
    frame_ref ref = q->waits.first;
    struct frame *f = frame_get(e2_component(e)->sim, ref);
    uint32_t rest = f->len > q->set.buffer ? f->len - q->set.buffer : 0, sges = (rest + E2_SGE_BYTES - 1) / E2_SGE_BYTES;
    struct e2_packet packet;
    struct e2_cqe cqe;

    if (!(q->runs & E2_CLIENT_RX) || (sges && !(q->set.flags & E2_SETUP_SGE)) || sges > E2_SGES_MAX) {
        drop(e, q, fifo_get(e, q), q->runs & E2_CLIENT_RX ? FATE_rx_buffer_small : FATE_rx_disabled);
        e2__rx_passed(e, q);
        return true;
    }
    enum e2_answer answer = resources(q, sges);
    sim_time now = sim_now(e2_component(e)->sim);
    if (frame_is_witness(f))
        e2__pass(e, q, f, WAY_RX, &q->empty);
    if (answer == E2_WAITS)
        return false;
    if (answer == E2_TAKEN)
        way_gap_ends(&q->empty, now);
    if (answer == E2_PASS) {
        way_gap_begins(&q->empty, now);
        e2__tpa_close(e, q); /* what was gathered is reported, so that its buffers come back */
        drop(e, q, fifo_get(e, q), FATE_rx_no_descriptor);
        e2__rx_passed(e, q);
        return true;
    }
    e2__packet(f, true, &packet);
    describe(q, f, &packet, &cqe);
    hash(e, q, f, &cqe);
    fifo_get(e, q);
    answer = q->set.flags & E2_SETUP_TPA ? e2__tpa_place(e, q, ref, &packet, &cqe) : E2_PASS;
    if (answer == E2_WAITS)
        fifo_put_back(e, q, ref);
    if (answer == E2_PASS)
        write_frame(e, q, ref, sges, &cqe);
    return answer != E2_WAITS;
}

void e2__rx_drain(struct e2 *e, struct e2_client_state *q)
{
    while (q->waits.count && e->s.write_free && place_head(e, q))
        ;
}

void e2__rx_drain_all(struct e2 *e)
{
    for (unsigned w = 0; w < 3; w++)
        for (uint64_t left = e->s.rx_active[w]; left && e->s.write_free; left &= left - 1)
            e2__rx_drain(e, &e->client[64 * w + (unsigned)__builtin_ctzll(left)]);
}

void e2__rx_data_done(struct e2 *e, uint64_t tag, enum pci_status status)
{
    uint32_t slot = (uint32_t)tag % E2_WRITES;
    struct e2_write *w = &e->s.write[slot];

    w->landed |= status == PCI_OK;
    if (w->tpa)
        e2__tpa_landed(e, &e->client[w->zone], w->tpa - 1, status);
    if (--w->left)
        return;
    if (!w->landed && !w->tpa)
        e2__frame_end(&e->fn[w->function], w->ref, e2_dma_fate(status));
    w->ref = 0;
    e->s.write_free |= UINT64_C(1) << slot;
    e2__rx_drain_all(e);
}

void e2__rx_forget(struct e2 *e, struct e2_client_state *q, enum fate fate)
{
    while (q->waits.count) {
        drop(e, q, fifo_get(e, q), fate);
        e2__rx_passed(e, q);
    }
}

/* ---- from the switch ---- */

/* One function's copy. Takes ref. */
static void enqueue(struct e2 *e, unsigned vport, frame_ref ref, uint32_t mark, bool silently)
{
    struct e2_function *fn = &e->fn[vport];
    struct frame *f = frame_get(e2_component(e)->sim, ref);
    uint32_t type, value;
    struct e2_client_state *q = e2_queue(fn, e2__rss(e, fn, f, &type, &value));
    uint16_t tci;

    if (!q) { /* a function without such a queue */
        e2__frame_end(fn, ref, FATE_rx_disabled);
        return;
    }
    if (q->waits.count >= E2_RX_FRAMES) {
        e->s.rx_missed++;
        fn->s.rx_dropped++;
        e2__frame_end(fn, ref, FATE_rx_fifo_full);
        return;
    }
    if ((silently || (q->set.flags & E2_SETUP_VLAN)) && frame_vlan_pop(f, &tci) && !silently)
        mark |= MARK_TAGGED | tci;
    f->mark = mark;
    e->s.rx_taken[e2_zone_of(e, q)]++;
    fifo_put(e, q, ref);
    e2__rx_drain(e, q);
}

void e2__deliver(struct e2 *e, frame_ref ref, const struct eswitch_verdict *v)
{
    uint64_t left = v->vports;

    while (left) {
        unsigned vport = (unsigned)__builtin_ctzll(left);
        uint64_t bit = left & -left;
        left &= left - 1;
        frame_ref copy = left ? frame_clone(e2_component(e), ref) : ref;
        if (copy)
            enqueue(e, vport, copy, v->exact & bit ? MARK_EXACT : 0, v->strip & bit);
    }
}

/* ---- from the wire ---- */

static bool wire_accepts(struct e2 *e, const struct frame *f, enum fate *why)
{
    *why = nic_judge_arrival(f, *e2_reg(e, E2_MAX_FRAME));
    e->s.rx_crc += *why == FATE_bad_fcs;
    e->s.rx_long += *why == FATE_too_long;
    return *why == FATE_COUNT;
}

void e2__wire_receive(struct port *port, frame_ref ref)
{
    struct e2 *e = (struct e2 *)port->owner;
    struct frame *f = frame_get(e2_component(e)->sim, ref);
    struct eswitch_verdict v;
    enum fate why;

    if (!wire_accepts(e, f, &why)) {
        frame_end(e2_component(e), ref, why);
        return;
    }
    e->s.rx_good++;
    e->s.rx_bytes += f->len + FRAME_FCS_LEN;
    eswitch_forward(&e->sw, ESWITCH_UPLINK, f, &v);
    if (!v.vports) {
        trace_nic_dropped(e2_component(e), f->id, fate_text(v.drop));
        frame_end(e2_component(e), ref, v.drop);
        return;
    }
    e2__deliver(e, ref, &v);
}
