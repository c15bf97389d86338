/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Transmit rings, up to whole frames on the chip: start BD, parsing BD, data BDs, then the bytes they name.
 *
 * A frame is taken when all of its BDs are on the chip; queues take turns, a frame each. Frames become whole in any order and are
 * complete in the order in which they were taken; then the status block's count of frames goes up.
 */
#include "nic/57712/e2__.h"

#include <assert.h>
#include <string.h>

static const union e2_tx_bd *bd_at(const struct e2_client_state *q, uint32_t i)
{
    return (const union e2_tx_bd *)&q->tx[(q->chain[E2_RING_TX].get + i) % E2_TX_CACHE];
}

static uint64_t address(uint32_t lo, uint32_t hi) { return lo | (uint64_t)hi << 32; }

static bool runs(const struct e2_client_state *q) { return q->is_set && (q->runs & E2_CLIENT_TX) && !q->tx_stopped; }

/* ---- what a frame's BDs say ---- */

static uint32_t header_of(const struct e2_tx_parse *p)
{
    return 2 * (p->data & E2_PARSE_L4_START_MASK) + 4 * ((p->data & E2_PARSE_L4_LEN_MASK) >> E2_PARSE_L4_LEN_SHIFT);
}

/* The payload BDs of a segmented frame: ten in a row have to hold a segment's. */
static bool window_is_small(const struct e2_client_state *q, uint32_t nbd, uint32_t mss)
{
    uint32_t sum = 0;
    for (uint32_t i = 2; i < nbd; i++) {
        sum += bd_at(q, i)->data.bytes;
        if (i >= 2 + E2_TX_LSO_WINDOW)
            sum -= bd_at(q, i - E2_TX_LSO_WINDOW)->data.bytes;
        if (i >= 1 + E2_TX_LSO_WINDOW && i + 1 < nbd && sum < mss)
            return true;
    }
    return false;
}

static const char *judge_lso(const struct e2_client_state *q, uint32_t nbd)
{
    const struct e2_tx_start *start = &bd_at(q, 0)->start;
    const struct e2_tx_parse *parse = &bd_at(q, 1)->parse;
    uint32_t mss = (parse->data & E2_PARSE_MSS_MASK) >> E2_PARSE_MSS_SHIFT;
    if (nbd < 3 || start->bytes != header_of(parse) || (start->general & E2_TX_HDR_NBDS_MASK) != 1)
        return "headers of a segmented frame that are not alone in their BD";
    if (!mss)
        return "segmentation without a size";
    return window_is_small(q, nbd, mss) ? "ten BDs that do not hold a segment" : NULL;
}

/* NULL: the frame can be read. */
static const char *judge(const struct e2_client_state *q, uint32_t nbd)
{
    const struct e2_tx_start *start = &bd_at(q, 0)->start;
    bool lso = start->flags & E2_TX_LSO;
    uint32_t len = start->bytes;
    for (uint32_t i = 2; i < nbd; i++) {
        if (!bd_at(q, i)->data.bytes)
            return "a data BD of no bytes";
        len += bd_at(q, i)->data.bytes;
    }
    if (!start->bytes || len < 14)
        return "a frame shorter than its addresses";
    if (len > (lso ? 65535u : (uint32_t)FRAME_MAX_JUMBO))
        return "a frame longer than the chip sends";
    if (!lso && nbd > E2_TX_BDS_MAX)
        return "more BDs than the chip fetches for a frame";
    return lso ? judge_lso(q, nbd) : NULL;
}

/* BDs of the frame that is next; 0: they are not all here, or make no sense (*why). */
static uint32_t whole_frame(const struct e2_client_state *q, const char **why)
{
    const struct e2_tx_start *start = &bd_at(q, 0)->start;
    uint32_t have = e2_cached(q, E2_RING_TX);
    *why = NULL;
    if (!have)
        return 0;
    if (!(start->flags & E2_TX_START))
        *why = "not a start BD";
    else if (start->nbd < 2 || start->nbd > E2_TX_LSO_BDS_MAX)
        *why = "a number of BDs that can't be";
    else if (have >= start->nbd)
        *why = judge(q, start->nbd);
    else
        return 0;
    return *why ? 0 : start->nbd;
}

/* ---- stopping a queue that makes no sense ---- */

static void stop(struct e2 *e, struct e2_client_state *q, const char *why)
{
    unsigned zone = e2_zone_of(e, q);
    struct e2_function *fn = e2_zone_owner(e, zone);
    frame_ref ref = pci_frame_made_at(fn->pci, address(bd_at(q, 0)->start.lo, bd_at(q, 0)->start.hi));
    if (ref)
        e2__frame_end(fn, ref, FATE_tx_bad_descriptor);
    q->tx_stopped = 1;
    e->s.bad_bds++;
    e2_set_bit(e->s.tx_active, zone, false);
    trace_nic_bad_descriptor(e2_component(e), zone, why);
    e2__cause(e, E2_ICR_MALICIOUS);
}

/* All that it was told of has been sent, or what is left is no frame. */
static void note_work(struct e2 *e, struct e2_client_state *q, bool works)
{
    sim_time now = sim_now(e2_component(e)->sim);
    bool rests = q->tx_taken == q->tx_done && !e2_cached(q, E2_RING_TX) && !e2_more_to_come(q, E2_RING_TX);
    if (works)
        way_gap_begins(&q->working, now);
    else if (rests || !runs(q))
        way_gap_ends(&q->working, now);
}

/* Is a frame next that can be taken? */
static bool look(struct e2 *e, struct e2_client_state *q)
{
    const char *why;
    bool ready = runs(q) && whole_frame(q, &why);
    e2_set_bit(e->s.tx_active, e2_zone_of(e, q), ready);
    note_work(e, q, ready);
    if (!ready && runs(q) && why)
        stop(e, q, why);
    return ready;
}

void e2__tx_kick(struct e2 *e, struct e2_client_state *q)
{
    if (!runs(q))
        return;
    e2__chain_fetch(e, q, E2_RING_TX);
    if (look(e, q))
        e2__tx_issue_all(e);
}

/* ---- data fetch ---- */

static void mac_of(uint8_t mac[6], uint16_t hi, uint16_t mid, uint16_t lo)
{
    const uint16_t words[3] = {hi, mid, lo};
    for (unsigned i = 0; i < 6; i++)
        mac[i] = (uint8_t)(i % 2 ? words[i / 2] : words[i / 2] >> 8);
}

static void fill_entry(struct e2 *e, struct e2_client_state *q, struct e2_tx_entry *t, uint32_t nbd)
{
    const struct e2_tx_start *start = &bd_at(q, 0)->start;
    const struct e2_tx_parse *parse = &bd_at(q, 1)->parse;
    memset(t, 0, sizeof(*t));
    t->first_addr = address(start->lo, start->hi);
    t->zone = (uint16_t)e2_zone_of(e, q);
    t->function = (uint16_t)(e2_zone_owner(e, t->zone) - e->fn);
    t->flags = start->flags;
    t->epoch = q->epoch;
    t->vlan = start->vlan;
    t->parse = parse->data;
    t->fate = FATE_COUNT;
    mac_of(t->dst, parse->dst_hi, parse->dst_mid, parse->dst_lo);
    mac_of(t->src, parse->src_hi, parse->src_mid, parse->src_lo);
    if (t->flags & E2_TX_LSO) {
        t->mss = (t->parse & E2_PARSE_MSS_MASK) >> E2_PARSE_MSS_SHIFT;
        t->header = header_of(parse);
    }
    t->len = start->bytes;
    t->frags = (uint16_t)(nbd - 1);
    for (uint32_t i = 2; i < nbd; i++)
        t->len += bd_at(q, i)->data.bytes;
}

static void issue(struct e2 *e, struct e2_client_state *q)
{
    const char *why;
    uint32_t nbd = whole_frame(q, &why), off = 0, index = (uint32_t)(e->s.tx_put++ % E2_TX_ENTRIES);
    struct e2_tx_entry *t = &e->s.tx[index];
    assert(nbd);
    fill_entry(e, q, t, nbd);
    e->s.tx_reads++;
    e->s.tx_bytes_held += t->len;
    for (uint32_t i = 0; i < nbd; i++) {
        const union e2_tx_bd *bd = bd_at(q, i);
        uint32_t bytes = i ? bd->data.bytes : bd->start.bytes;
        if (i == 1)
            continue; /* the parsing BD */
        pci_dma_read(e->fn[t->function].pci, i ? address(bd->data.lo, bd->data.hi) : t->first_addr, bytes,
                     (uint64_t)E2_TAG_TX_DATA << 60 | (uint64_t)index << 32 | off);
        off += bytes;
    }
    q->chain[E2_RING_TX].get += nbd;
    q->tx_taken++;
    e2__chain_fetch(e, q, E2_RING_TX);
    look(e, q);
}

/* The first zone from `from` on that has a frame; -1: none. */
static int active_from(const struct e2 *e, unsigned from)
{
    for (unsigned w = from / 64; w < 3; w++) {
        uint64_t bits = e->s.tx_active[w] & (w == from / 64 ? ~UINT64_C(0) << from % 64 : ~UINT64_C(0));
        if (bits)
            return (int)(64 * w + (unsigned)__builtin_ctzll(bits));
    }
    return -1;
}

static bool has_room(const struct e2 *e)
{
    return e->s.tx_put - e->s.tx_got < E2_TX_ENTRIES && e->s.tx_reads < E2_TX_READS && e->s.tx_bytes_held < E2_TX_BYTES;
}

void e2__tx_issue_all(struct e2 *e)
{
    while (has_room(e)) {
        int zone = active_from(e, e->s.tx_turn);
        if (zone < 0)
            zone = active_from(e, 0);
        if (zone < 0)
            return;
        e->s.tx_turn = (uint32_t)(zone + 1) % E2_ZONES;
        issue(e, &e->client[zone]);
    }
}

/* ---- data on the chip ---- */

/* The frame that the application made there, or a stranger's. */
static void take_identity(struct e2 *e, struct e2_tx_entry *t)
{
    struct component *c = e2_component(e);
    t->ref = pci_frame_made_at(e->fn[t->function].pci, t->first_addr);
    if (!t->ref)
        t->ref = frame_birth(c, pci_flow_at(e->fn[t->function].pci, t->first_addr), t->len);
    if (!t->ref) {
        t->fate = FATE_no_buffer; /* booked already */
        return;
    }
    struct frame *f = frame_get(c->sim, t->ref);
    f->flags &= (uint16_t)~FRAME_IN_MEMORY;
    if (frame_is_witness(f))
        e2__pass(e, &e->client[t->zone], f, WAY_TX, &e->client[t->zone].working);
    if (f->head + t->len > frame_cap(f))
        t->fate = FATE_tx_bad_descriptor;
    else
        f->len = t->len;
}

void e2__tag(const struct e2_tx_entry *t, struct frame *f)
{
    if ((t->flags & E2_TX_VLAN_MASK) == E2_TX_VLAN_OUTBAND)
        frame_vlan_push(f, t->vlan);
}

/* What the firmware holds the BDs to [PLUGIN_ENFORCE_SECURITY; e2__.h]. */
static enum fate check_bds(const struct e2 *e, const struct e2_tx_entry *t, struct frame *f)
{
    const struct eswitch_vport *v = &e->sw.vport[e->fn[t->function].vport];
    const uint8_t *p = frame_data(f);
    if (v->mac_antispoof && (memcmp(p, t->dst, 6) || memcmp(p + 6, t->src, 6)))
        return FATE_mac_spoof;
    if (v->vlan_antispoof && !(t->flags & E2_TX_VLAN_MASK) && t->vlan != (p[12] << 8 | p[13]))
        return FATE_vlan_spoof;
    return FATE_COUNT;
}

static void finish_frame(struct e2 *e, struct e2_tx_entry *t)
{
    struct e2_function *fn = &e->fn[t->function];
    struct frame *f = t->ref ? frame_get(e2_component(e)->sim, t->ref) : NULL;
    if (t->fate == FATE_COUNT) {
        t->fate = (uint8_t)check_bds(e, t, f);
        e->s.spoofed += t->fate != FATE_COUNT;
    }
    if (t->fate == FATE_COUNT && t->mss) {
        const char *why = e2__tso_judge(t, f);
        if (why) {
            trace_nic_bad_descriptor(e2_component(e), t->zone, why);
            e->s.bad_bds++;
            t->fate = FATE_tx_bad_descriptor;
        }
    }
    if (t->fate != FATE_COUNT) {
        if (t->ref)
            e2__frame_end(fn, t->ref, (enum fate)t->fate);
        t->ref = 0;
        return;
    }
    trace_nic_fetched(e2_component(e), f->id, t->zone, f->len);
    if (t->mss)
        return; /* its segments are finished one by one */
    e2__checksums(f, t->flags, 2 * (t->parse & E2_PARSE_L4_START_MASK));
    e2__tag(t, f);
}

/* Frames that are whole, in order. */
static void complete(struct e2 *e)
{
    while (e->s.tx_ready != e->s.tx_put && e->s.tx[e->s.tx_ready % E2_TX_ENTRIES].ready) {
        struct e2_tx_entry *t = &e->s.tx[e->s.tx_ready++ % E2_TX_ENTRIES];
        struct e2_client_state *q = &e->client[t->zone];
        if (t->fate == FATE_function_reset || t->epoch != q->epoch)
            continue; /* of a life that is over */
        q->tx_frames++;
        q->tx_bytes += t->len;
        e2__sb_changed(e, q, E2_SB_TX, ++q->tx_done);
        note_work(e, q, false);
    }
}

void e2__tx_data_done(struct e2 *e, uint64_t tag, const void *data, uint32_t len, enum pci_status status)
{
    struct e2_tx_entry *t = &e->s.tx[tag >> 32 & 0xffff];
    if (status != PCI_OK && t->fate == FATE_COUNT)
        t->fate = (uint8_t)e2_dma_fate(status);
    if (status == PCI_OK && t->fate == FATE_COUNT && !t->ref)
        take_identity(e, t);
    if (t->fate == FATE_COUNT)
        memcpy(frame_data(frame_get(e2_component(e)->sim, t->ref)) + (uint32_t)tag, data, len);
    if (++t->frags_done < t->frags)
        return;
    finish_frame(e, t);
    t->ready = 1;
    e->s.tx_reads--;
    complete(e);
    e2__tx_out(e);
    e2__tx_issue_all(e);
}

void e2__tx_forget(struct e2 *e, struct e2_function *fn)
{
    for (uint64_t i = e->s.tx_got; i != e->s.tx_put; i++) {
        struct e2_tx_entry *t = &e->s.tx[i % E2_TX_ENTRIES];
        if (&e->fn[t->function] != fn)
            continue;
        if (i == e->s.tx_got && e->s.wire_stage) {
            e2__frame_end(fn, e->s.wire_stage, FATE_function_reset);
            e->s.wire_stage = 0;
        }
        if (t->ref)
            e2__frame_end(fn, t->ref, FATE_function_reset);
        t->ref = 0;
        t->fate = FATE_function_reset;
        e->s.tx_reads -= !t->ready;
        t->ready = 1;
    }
    complete(e);
}
