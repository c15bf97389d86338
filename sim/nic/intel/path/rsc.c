/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Receive side coalescing [82599 7.11]: TCP segments of one flow that follow each other become one large receive.
 *
 * A queue coalesces when RSCCTL.RSCEN says so, RFCTL.RSC_DIS does not forbid it, its pool's PSRTYPE knows TCP headers and an
 * interrupt vector is its own (whose throttle ends the waiting). Up to 32 large receives are open on the chip; another flow
 * then passes as it is.
 *
 *   candidate   unicast TCP over IPv4 without options or IPv6 without extensions, no fragment, checksums right, no flags but
 *               ACK and PSH, no TCP option but an aligned timestamp, a payload (or none: RSCDBU.RSCACKDIS)
 *   joins       the same queue, addresses, ports, tag, type of service and header length; the sequence number that is next;
 *               another acknowledgement only with RDRXCTL.RSCACKC; a buffer left of RSCCTL.MAXDESC, and of 64 KB
 *   closes      PSH; a segment of the flow that does not join; the end of the vector's throttle interval; 15 segments begun in
 *               one buffer; no descriptor; a low latency interrupt; RSCEN or the pool's receive enable taken away
 *
 * Data go to memory as they come, behind what is in the buffer already. A full buffer's descriptor is written back without
 * EOP and names the next one of the same receive (NEXTP), for another flow's may lie between them; RSCCNT counts the segments
 * that begin in it, and is 1 where none does, for 0 would say that it is no such descriptor. At the close the header is written
 * again: length, acknowledgement, window, timestamp and PSH of the last segment [the rules in detail: assumed where the public
 * drivers do not show them].
 */
#include "nic/intel/path/path.h"

#include <assert.h>
#include <string.h>

enum {
    ETH_IPV4 = 0x0800,
    ETH_IPV6 = 0x86dd,
    ETH_VLAN = 0x8100,
    IP_TCP = 6,
    TCP_PSH = 0x08,
    TCP_ACK = 0x10,
    COUNT_MAX = 15,
    TIMESTAMP_OPTIONS = 12,
    LARGE_MAX = 65535,
    HEADER_MAX = 128
};

/* what a frame offers */
struct segment {
    uint8_t key[RSC_KEY_MAX];
    uint32_t key_len;      /* 0: no TCP */
    uint32_t ip, tcp, header, payload; /* offsets in the frame; bytes */
    uint32_t seq, ack;
    uint8_t flags, tos;
    bool v4, timestamp, plain;
};

static uint16_t be16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }
static uint32_t be32(const uint8_t *p) { return (uint32_t)be16(p) << 16 | be16(p + 2); }
static void put_be16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

/* ---- which segments ---- */

static void parse_tcp(struct segment *s, const uint8_t *p, uint32_t len, uint32_t end, uint32_t addresses)
{
    static const uint8_t timestamp[4] = {1, 1, 8, 10}; /* two NOPs, then the option: aligned [RFC 7323 appendix A] */
    if (s->tcp + 20 > end || end > len)
        return;
    const uint8_t *tcp = p + s->tcp;
    uint32_t header = 4u * (tcp[12] >> 4);
    memcpy(s->key + addresses, tcp, 4);
    s->key_len = addresses + 4;
    s->seq = be32(tcp + 4);
    s->ack = be32(tcp + 8);
    s->flags = tcp[13];
    s->header = s->tcp + header;
    s->plain = header >= 20 && s->header <= end && len == end && s->header <= HEADER_MAX && !(tcp[12] & 0x0f);
    s->timestamp = header == 20 + TIMESTAMP_OPTIONS && s->plain && !memcmp(tcp + 20, timestamp, 4);
    s->plain &= header == 20 || s->timestamp;
    s->payload = s->plain ? end - s->header : 0;
    s->plain &= (s->flags & (uint8_t)~TCP_PSH) == TCP_ACK;
}

static void parse(struct segment *s, const uint8_t *p, uint32_t len)
{
    uint32_t at = 12;
    *s = (struct segment){.key_len = 0};
    if (len >= 18 && be16(p + at) == ETH_VLAN)
        at += 4;
    s->ip = at + 2;
    if (len < s->ip + 40)
        return;
    const uint8_t *ip = p + s->ip;
    if (be16(p + at) == ETH_IPV4 && ip[0] == 0x45 && ip[9] == IP_TCP && !(be16(ip + 6) & 0x3fff)) {
        s->v4 = true;
        s->tos = ip[1];
        s->tcp = s->ip + 20;
        memcpy(s->key, ip + 12, 8);
        parse_tcp(s, p, len, s->ip + be16(ip + 2), 8);
    } else if (be16(p + at) == ETH_IPV6 && ip[0] >> 4 == 6 && ip[6] == IP_TCP) {
        s->tos = (uint8_t)(ip[0] << 4 | ip[1] >> 4);
        s->tcp = s->ip + 40;
        memcpy(s->key, ip + 8, 32);
        parse_tcp(s, p, len, s->ip + 40 + be16(ip + 4), 32);
    }
}

static bool queue_coalesces(struct intel_chip *n, unsigned queue)
{
    return (n->rxq[queue].rscctl & INTEL_RSCCTL_RSCEN) && !n->rules.coalesces_not &&
           (n->s.reg.PSRTYPE[chip_queue_pool(n, queue)] & INTEL_PSRTYPE_TCPHDR) && intel_intr_vector(n, queue) >= 0;
}

static bool is_candidate(const struct intel_chip *n, const struct segment *s, const uint8_t *mac, uint32_t status)
{
    return s->plain && (s->payload || !n->rules.coalesces_data_only) && !mac_is_multicast(mac) && (status & IXGBE_RXD_STAT_L4CS) &&
           (!s->v4 || (status & IXGBE_RXD_STAT_IPCS)) &&
           !(status & (IXGBE_RXDADV_ERR_TCPE | IXGBE_RXDADV_ERR_IPE | IXGBE_RXD_STAT_LB)); /* what loops back is left alone */
}

/* ---- one large receive ---- */

static uint32_t descs_max(const struct intel_chip *n, unsigned queue)
{
    static const uint8_t most[4] = {1, 4, 8, 16};
    return most[(n->rxq[queue].rscctl & INTEL_RSCCTL_MAXDESC_MASK) >> INTEL_RSCCTL_MAXDESC_SHIFT];
}

/* Its frame may have ended in the guest's memory: overwritten, or handed up before it was complete. */
static bool lives(struct intel_chip *n, const struct rsc *r)
{
    struct sim *sim = chip_component(n)->sim;
    return frame_is_alive(sim, r->ref) && frame_get(sim, r->ref)->id == r->id;
}

static void describe(struct intel_chip *n, struct rsc *r, uint32_t status, uint32_t next)
{
    union ixgbe_adv_rx_desc d = {.wb = {.status_error = IXGBE_RXD_STAT_DD}};
    bool last = status & IXGBE_RXD_STAT_EOP;
    d.wb.length = (uint16_t)r->used;
    d.wb.pkt_info = (last ? r->pkt_info : 0) | (r->count ? r->count : 1) << IXGBE_RXDADV_RSCCNT_SHIFT;
    d.wb.status_error |= last ? status : next << IXGBE_RXDADV_NEXTP_SHIFT;
    d.wb.vlan = last ? (uint16_t)r->mark : 0;
    if (last && (n->s.reg.RXCSUM & INTEL_RXCSUM_PCSD))
        d.wb.rss = r->rss_hash;
    const struct rx_queue *q = &n->rxq[r->queue];
    pci_dma_write(chip_queue_pci(n, r->queue), (q->base_lo | (uint64_t)q->base_hi << 32) + 16 * (uint64_t)r->index, &d, 16,
                  dma_tag(TAG_NOTHING, 0, 0));
}

/* The next buffer; there is one (intel_rx_has). The full one before it is reported. */
static void next_buffer(struct intel_chip *n, struct rsc *r)
{
    uint32_t index;
    uint64_t addr = intel_rx_take(n, r->queue, &index);
    if (r->descs)
        describe(n, r, 0, index);
    else
        r->first_addr = addr;
    r->descs++;
    r->addr = addr;
    r->index = index;
    r->used = 0;
    r->count = 0;
}

/* Bytes [off, off + len) of the whole go behind what is in the buffers. One frame's writes share a slot. */
static void put(struct intel_chip *n, struct rsc *r, uint32_t off, uint32_t len)
{
    struct pci_function *pci = chip_queue_pci(n, r->queue);
    unsigned slot = (unsigned)__builtin_ctzll(n->s.rx_write_free);
    n->s.rx_write_free &= n->s.rx_write_free - 1;
    n->s.rx_writes++;
    n->s.rx_write[slot] = (struct rx_write){.ref = r->ref, .queue = r->queue, .rsc = (uint32_t)(r - n->s.rsc) + 1};
    for (bool begun = false; len;) {
        if (r->descs == 0 || r->used == r->buffer)
            next_buffer(n, r);
        uint32_t chunk = r->buffer - r->used < len ? r->buffer - r->used : len;
        pci_dma_write_frame(pci, r->addr + r->used, r->ref, off, chunk, true, dma_tag(TAG_RX_DATA, slot, 0));
        n->s.rx_write[slot].left++;
        r->left++;
        r->count += !begun;
        begun = true;
        r->used += chunk;
        off += chunk;
        len -= chunk;
    }
}

/* The header as the large receive has it, in the frame and in memory. */
static void finish_header(struct intel_chip *n, struct rsc *r)
{
    struct frame *f = frame_get(chip_component(n)->sim, r->ref);
    uint8_t *p = frame_data(f), *ip = p + r->ip, *tcp = p + r->tcp;
    memcpy(tcp + 8, r->last, 4);       /* acknowledgement */
    memcpy(tcp + 14, r->last + 6, 2);  /* window */
    tcp[13] |= r->last[5] & TCP_PSH;
    if (r->timestamp)
        memcpy(tcp + 24, r->last_timestamp, 8);
    if (r->v4)
        put_be16(ip + 2, f->len - r->ip);
    else
        put_be16(ip + 4, f->len - r->ip - 40);
    intel_csum_insert(f, IXGBE_ADVTXD_POPTS_TXSM | (r->v4 ? IXGBE_ADVTXD_POPTS_IXSM : 0),
                      r->ip << IXGBE_ADVTXD_MACLEN_SHIFT | (r->tcp - r->ip),
                      IXGBE_ADVTXD_TUCMD_L4T_TCP | (r->v4 ? IXGBE_ADVTXD_TUCMD_IPV4 : IXGBE_ADVTXD_TUCMD_IPV6));
    pci_dma_write(chip_queue_pci(n, r->queue), r->first_addr, p, r->header, dma_tag(TAG_NOTHING, 0, 0));
}

/* Its writes are over, and it is closed. A frame of which nothing has landed is the chip's to end. */
static void forget(struct intel_chip *n, struct rsc *r)
{
    if (!r->landed && lives(n, r))
        intel_frame_end(chip_queue_owner(n, r->queue), r->ref, (enum fate)r->fate);
    memset(r, 0, sizeof(*r));
}

static void close_one(struct intel_chip *n, struct rsc *r)
{
    if (r->segments > 1 && lives(n, r))
        finish_header(n, r);
    describe(n, r, r->status, 0);
    trace_nic_coalesced(chip_component(n), r->id, r->queue, r->segments, r->descs);
    n->s.rsc_segments += r->segments > 1 ? r->segments : 0;
    n->s.rsc_receives += r->segments > 1;
    r->state = RSC_CLOSING;
    intel_intr_queue(n, r->queue, false);
    if (!r->left)
        forget(n, r);
}

void intel_rsc_landed(struct intel_chip *n, unsigned index, enum pci_status status)
{
    struct rsc *r = &n->s.rsc[index];
    if (status == PCI_OK && !r->landed && lives(n, r))
        frame_get(chip_component(n)->sim, r->ref)->flags |= FRAME_PART_LANDED; /* the memory's, whatever becomes of the rest */
    r->landed |= status == PCI_OK;
    if (status != PCI_OK)
        r->fate = (uint8_t)intel_dma_fate(status);
    r->left--;
    if (status != PCI_OK && r->state == RSC_OPEN)
        close_one(n, r);
    else if (!r->left && r->state == RSC_CLOSING)
        forget(n, r);
}

/* ---- a frame at the head of the packet buffer ---- */

static struct rsc *find(struct intel_chip *n, unsigned queue, const struct segment *s)
{
    for (unsigned i = 0; s->key_len && i < RSC_MAX; i++) {
        struct rsc *r = &n->s.rsc[i];
        if (r->state == RSC_OPEN && r->queue == queue && r->key_len == s->key_len && !memcmp(r->key, s->key, s->key_len))
            return r;
    }
    return NULL;
}

/* A frame of the simulator has room for it: LARGE_MAX is below FRAME_MAX_GIANT. */
static bool joins(struct intel_chip *n, const struct rsc *r, const struct segment *s, uint32_t mark)
{
    return lives(n, r) && r->mark == mark && r->tos == s->tos && r->header == s->header && r->timestamp == s->timestamp &&
           s->seq == r->next_seq && r->count < COUNT_MAX && (s->ack == be32(r->last) || n->rules.coalesces_acks) &&
           frame_get(chip_component(n)->sim, r->ref)->len + s->payload <= LARGE_MAX;
}

/* Buffers that `len` bytes need beyond what is left in the last one. */
static uint32_t more_buffers(const struct rsc *r, uint32_t buffer, uint32_t len)
{
    uint32_t room = r ? r->buffer - r->used : 0;
    buffer = r ? r->buffer : buffer;
    return len > room ? (len - room + buffer - 1) / buffer : 0;
}

static void note_last(struct rsc *r, const struct segment *s, const uint8_t *p)
{
    const uint8_t *tcp = p + s->tcp;
    r->next_seq = s->seq + s->payload;
    memcpy(r->last, tcp + 8, sizeof(r->last));
    if (s->timestamp)
        memcpy(r->last_timestamp, tcp + 24, 8);
    r->segments++;
}

static struct rsc *open_one(struct intel_chip *n, const struct rx_entry *e, const struct segment *s, uint32_t mark, uint32_t buffer)
{
    struct rsc *r = n->s.rsc;
    while (r < n->s.rsc + RSC_MAX && r->state)
        r++;
    if (r == n->s.rsc + RSC_MAX)
        return NULL;
    frame_ref grown = frame_grow(chip_component(n), e->ref, FRAME_MAX_GIANT);
    if (!grown)
        return NULL; /* as many large receives as the simulator has room for */
    memset(r, 0, sizeof(*r));
    memcpy(r->key, s->key, sizeof(r->key));
    r->key_len = s->key_len;
    r->state = RSC_OPEN;
    r->ref = grown;
    r->id = frame_get(chip_component(n)->sim, grown)->id;
    r->queue = e->queue;
    r->buffer = buffer;
    r->mark = mark;
    r->ip = (uint16_t)s->ip;
    r->tcp = (uint16_t)s->tcp;
    r->header = (uint16_t)s->header;
    r->tos = s->tos;
    r->v4 = s->v4;
    r->timestamp = s->timestamp;
    r->fate = FATE_function_reset;
    r->rss_hash = e->rss_hash;
    return r;
}

/* Takes the frame of `e`: it opens `*r` or joins it. False: as many are open as can be, and the frame passes. */
static bool take(struct intel_chip *n, const struct rx_entry *e, const struct segment *s, struct rsc **r, uint32_t buffer)
{
    struct component *c = chip_component(n);
    struct frame *f = frame_get(c->sim, e->ref);
    uint32_t len = f->len, off = 0;
    uint64_t id = f->id;
    if (*r) {
        off = frame_get(c->sim, (*r)->ref)->len;
        intel_rx_count(n, e->queue, f);
        note_last(*r, s, frame_data(f));
        frame_join(c, (*r)->ref, e->ref, s->header);
        len = s->payload;
    } else {
        *r = open_one(n, e, s, f->mark, buffer);
        if (!*r)
            return false;
        f = frame_get(c->sim, (*r)->ref);
        intel_rx_count(n, e->queue, f);
        note_last(*r, s, frame_data(f));
    }
    trace_nic_received(c, id, e->queue, s->header + s->payload);
    if (len)
        put(n, *r, off, len);
    return true;
}

enum rsc_answer intel_rsc_place(struct intel_chip *n, const struct rx_entry *e, uint32_t buffer, uint32_t pkt_info, uint32_t status)
{
    struct frame *f = frame_get(chip_component(n)->sim, e->ref);
    struct segment s;
    if (!queue_coalesces(n, e->queue))
        return RSC_PASS;
    parse(&s, frame_data(f), f->len);
    struct rsc *r = find(n, e->queue, &s);
    uint32_t max = descs_max(n, e->queue);
    bool candidate = is_candidate(n, &s, frame_data(f), status) && !e->lli;
    if (r && (!candidate || !joins(n, r, &s, f->mark) || r->descs + more_buffers(r, buffer, s.payload) > max)) {
        close_one(n, r);
        r = NULL;
    }
    uint32_t need = more_buffers(r, buffer, r ? s.payload : f->len);
    if (!candidate || (!r && need > max))
        return RSC_PASS;
    if (!intel_rx_has(n, e->queue, need)) {
        if (intel_rx_will_have(n, e->queue, need))
            return RSC_WAITS;
        if (r)
            close_one(n, r); /* the ring is empty: what came is reported */
        return RSC_PASS;
    }
    bool fresh = !r;
    if (!take(n, e, &s, &r, buffer))
        return RSC_PASS;
    if (fresh) {
        r->pkt_info = pkt_info | e->rss_type;
        r->status = status;
    }
    if (s.flags & TCP_PSH)
        close_one(n, r);
    else
        intel_intr_rsc_wait(n, e->queue);
    return RSC_TAKEN;
}

/* ---- closing ---- */

void intel_rsc_close(struct intel_chip *n, unsigned first_queue, unsigned queues)
{
    for (unsigned i = 0; i < RSC_MAX; i++) {
        struct rsc *r = &n->s.rsc[i];
        if (r->state == RSC_OPEN && r->queue >= first_queue && r->queue < first_queue + queues)
            close_one(n, r);
    }
}

void intel_rsc_close_vector(struct intel_chip *n, const struct function *fn, unsigned vector)
{
    for (unsigned i = 0; i < RSC_MAX; i++) {
        struct rsc *r = &n->s.rsc[i];
        if (r->state == RSC_OPEN && chip_queue_owner(n, r->queue) == fn && intel_intr_vector(n, r->queue) == (int)vector)
            close_one(n, r);
    }
}

/* After the queue's DMA was dropped, which has ended what had a write under way. */
void intel_rsc_reset(struct intel_chip *n, unsigned queue)
{
    for (unsigned i = 0; i < RSC_MAX; i++) {
        struct rsc *r = &n->s.rsc[i];
        if (!r->state || r->queue != queue)
            continue;
        r->landed |= r->left > 0;
        r->fate = FATE_function_reset;
        forget(n, r);
    }
}
