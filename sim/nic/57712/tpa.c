/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TPA, the aggregation of TCP segments [ETH_FAST_PATH_RX_CQE_START_FLG]: the first segment lies in a BD's buffer, reported at once
 * by a completion that only says "start" and which of eight aggregations it is; the payload of those that follow goes into
 * SGEs, one behind the other; the end is a second completion, with the length of all, the bytes in the BD and the SGEs' positions.
 * At the end the header in the BD's buffer is written again: length, acknowledgement, window, timestamp, PSH and checksums.
 *
 * What joins what, and what ends it, is the firmware's: e2__.h says what is assumed.
 */
#include "nic/57712/e2__.h"

#include <string.h>

#include "net/inet.h"

enum { TCP_PSH = 0x08, TCP_ACK = 0x10, TIMESTAMP_BYTES = 12, HEADER_MAX = 128 };

struct segment {
    uint32_t header, payload, seq;
    uint8_t flags;
    bool timestamp, plain;
};

static void look(const uint8_t *p, uint32_t len, const struct e2_packet *packet, struct segment *s)
{
    static const uint8_t aligned[4] = {1, 1, 8, 10}; /* two NOPs, then the option [RFC 7323 appendix A] */
    memset(s, 0, sizeof(*s));
    if (!packet->v4 || !packet->tcp || packet->options || packet->fragment)
        return;
    const uint8_t *tcp = p + packet->l4;
    uint32_t header = 4u * (tcp[12] >> 4);
    s->header = packet->l4 + header;
    s->seq = inet_get32(tcp + 4);
    s->flags = tcp[13];
    if (header < INET_TCP_LEN || s->header >= packet->end || packet->end != len || s->header > HEADER_MAX)
        return;
    s->payload = packet->end - s->header;
    s->timestamp = header == INET_TCP_LEN + TIMESTAMP_BYTES && !memcmp(tcp + 20, aligned, 4);
    s->plain = (header == INET_TCP_LEN || s->timestamp) && (s->flags & ~TCP_PSH) == TCP_ACK && !(tcp[12] & 15) && !packet->ip_bad &&
               packet->l4_checked && !packet->l4_bad && !mac_is_multicast(p);
}

uint32_t e2__tpa_open(const struct e2_client_state *q)
{
    uint32_t n = 0;
    for (unsigned i = 0; i < E2_TPA_QUEUES; i++)
        n += q->tpa[i].state == E2_TPA_OPEN;
    return n;
}

/* Its frame may have ended in the guest's memory: overwritten, or handed up before it was complete. */
static bool lives(struct e2 *e, const struct e2_tpa *t)
{
    struct sim *sim = e2_component(e)->sim;
    return frame_is_alive(sim, t->ref) && frame_get(sim, t->ref)->id == t->id;
}

/* ---- writes ---- */

static uint32_t slot_of(struct e2 *e, struct e2_client_state *q, struct e2_tpa *t)
{
    uint32_t slot = (uint32_t)__builtin_ctzll(e->s.write_free);
    struct e2_write *w = &e->s.write[slot];
    e->s.write_free &= e->s.write_free - 1;
    memset(w, 0, sizeof(*w));
    w->ref = t->ref;
    w->zone = (uint16_t)e2_zone_of(e, q);
    w->tpa = (uint16_t)(t - q->tpa + 1);
    w->function = (uint16_t)(e2_zone_owner(e, w->zone) - e->fn);
    return slot;
}

static void put(struct e2 *e, struct e2_client_state *q, struct e2_tpa *t, uint32_t slot, uint64_t addr, uint32_t off, uint32_t len)
{
    pci_dma_write_frame(e2_zone_owner(e, e2_zone_of(e, q))->pci, addr, t->ref, off, len, true, e2_tag(E2_TAG_RX_DATA, 0, 0, slot));
    e->s.write[slot].left++;
    t->left++;
}

/* Bytes [off, off + len) of the whole go behind what is in the SGEs. */
static void put_behind(struct e2 *e, struct e2_client_state *q, struct e2_tpa *t, uint32_t off, uint32_t len)
{
    uint32_t slot = slot_of(e, q, t);
    while (len) {
        if (!t->sges || t->used == E2_SGE_BYTES) {
            t->sge_addr = e2__take_sge(e, q, &t->sge[t->sges++]);
            t->used = 0;
        }
        uint32_t chunk = E2_SGE_BYTES - t->used < len ? E2_SGE_BYTES - t->used : len;
        put(e, q, t, slot, t->sge_addr + t->used, off, chunk);
        t->used += chunk;
        off += chunk;
        len -= chunk;
    }
}

/* ---- its end ---- */

static void finish_header(struct e2 *e, struct e2_client_state *q, struct e2_tpa *t)
{
    struct frame *f = frame_get(e2_component(e)->sim, t->ref);
    uint8_t *p = frame_data(f), *tcp = p + t->tcp;
    memcpy(tcp + 8, t->last, 4);      /* acknowledgement */
    memcpy(tcp + 14, t->last + 6, 2); /* window */
    tcp[13] |= t->last[5] & TCP_PSH;
    if (t->timestamp)
        memcpy(tcp + 24, t->last_timestamp, 8);
    inet_put16(p + t->ip + 2, f->len - t->ip);
    e2__checksums(f, E2_TX_IP_CSUM | E2_TX_L4_CSUM, t->tcp);
    pci_dma_write(e2_zone_owner(e, e2_zone_of(e, q))->pci, t->first_addr, p, t->header, e2_tag(E2_TAG_NOTHING, 0, 0, 0));
}

/* Closed, and its writes are over. A frame of which nothing has landed is the chip's to end. */
static void forget(struct e2 *e, struct e2_client_state *q, struct e2_tpa *t)
{
    if (!t->landed && lives(e, t))
        e2__frame_end(e2_zone_owner(e, e2_zone_of(e, q)), t->ref, (enum fate)t->fate);
    memset(t, 0, sizeof(*t));
}

static void close_one(struct e2 *e, struct e2_client_state *q, struct e2_tpa *t)
{
    struct e2_cqe cqe;
    memcpy(&cqe, &t->cqe, sizeof(cqe));
    cqe.type = (uint8_t)((cqe.type & ~E2_CQE_START) | E2_CQE_END);
    cqe.bd_bytes = (uint16_t)t->first_len;
    memcpy(cqe.sge, t->sge, sizeof(cqe.sge));
    if (lives(e, t)) {
        cqe.bytes = (uint16_t)frame_get(e2_component(e)->sim, t->ref)->len;
        if (t->segments > 1)
            finish_header(e, q, t);
    }
    e2__cqe_write(e, q, &cqe);
    trace_nic_coalesced(e2_component(e), t->id, e2_zone_of(e, q), t->segments, 1u + t->sges);
    e->s.tpa_segments += t->segments > 1 ? t->segments : 0;
    e->s.tpa_aggregations += t->segments > 1;
    t->state = E2_TPA_CLOSING;
    e->s.tpa_open--;
    if (!t->left)
        forget(e, q, t);
}

void e2__tpa_close(struct e2 *e, struct e2_client_state *q)
{
    for (unsigned i = 0; i < E2_TPA_QUEUES; i++)
        if (q->tpa[i].state == E2_TPA_OPEN)
            close_one(e, q, &q->tpa[i]);
}

void e2__tpa_landed(struct e2 *e, struct e2_client_state *q, unsigned index, enum pci_status status)
{
    struct e2_tpa *t = &q->tpa[index];
    if (status == PCI_OK && !t->landed && lives(e, t))
        frame_get(e2_component(e)->sim, t->ref)->flags |= FRAME_PART_LANDED; /* the memory's, whatever becomes of the rest */
    t->landed |= status == PCI_OK;
    if (status != PCI_OK)
        t->fate = (uint8_t)e2_dma_fate(status);
    t->left--;
    if (status != PCI_OK && t->state == E2_TPA_OPEN)
        close_one(e, q, t);
    else if (!t->left && t->state == E2_TPA_CLOSING)
        forget(e, q, t);
}

/* After the queue's DMA was dropped, which has ended what had a write under way. */
void e2__tpa_reset(struct e2 *e, struct e2_client_state *q, enum fate fate)
{
    for (unsigned i = 0; i < E2_TPA_QUEUES; i++) {
        struct e2_tpa *t = &q->tpa[i];
        if (!t->state)
            continue;
        e->s.tpa_open -= t->state == E2_TPA_OPEN;
        t->landed |= t->left > 0;
        t->fate = (uint8_t)fate;
        forget(e, q, t);
    }
}

/* ---- a frame at the head of the queue ---- */

static struct e2_tpa *find(struct e2_client_state *q, const uint8_t key[12])
{
    for (unsigned i = 0; i < E2_TPA_QUEUES; i++)
        if (q->tpa[i].state == E2_TPA_OPEN && !memcmp(q->tpa[i].key, key, 12))
            return &q->tpa[i];
    return NULL;
}

static uint32_t more_sges(const struct e2_tpa *t, uint32_t len)
{
    uint32_t room = t->sges ? E2_SGE_BYTES - t->used : 0;
    return len > room ? (len - room + E2_SGE_BYTES - 1) / E2_SGE_BYTES : 0;
}

static bool joins(struct e2 *e, const struct e2_tpa *t, const struct segment *s, const struct frame *f, const uint8_t *ip)
{
    return s->plain && lives(e, t) && t->mark == f->mark && t->tos == ip[1] && t->header == s->header &&
           t->timestamp == s->timestamp && s->seq == t->next_seq &&
           frame_get(e2_component(e)->sim, t->ref)->len + s->payload <= E2_TPA_BYTES &&
           t->sges + more_sges(t, s->payload) <= E2_SGES_MAX;
}

static void note_last(struct e2_tpa *t, const struct segment *s, const uint8_t *tcp)
{
    t->next_seq = s->seq + s->payload;
    memcpy(t->last, tcp + 8, sizeof(t->last));
    if (s->timestamp)
        memcpy(t->last_timestamp, tcp + 24, 8);
    t->segments++;
}

/* NULL: as many are open as there can be, or the frame is longer than a buffer. */
static struct e2_tpa *open_one(struct e2 *e, struct e2_client_state *q, frame_ref ref, const struct e2_packet *packet,
                               const struct segment *s, const struct e2_cqe *cqe)
{
    struct component *c = e2_component(e);
    struct e2_tpa *t = q->tpa;
    while (t < q->tpa + E2_TPA_QUEUES && t->state)
        t++;
    if (t == q->tpa + E2_TPA_QUEUES || cqe->bd_bytes < cqe->bytes)
        return NULL;
    frame_ref grown = frame_grow(c, ref, FRAME_MAX_GIANT);
    if (!grown)
        return NULL; /* as many large frames as the simulator has room for */
    struct frame *f = frame_get(c->sim, grown);
    const uint8_t *p = frame_data(f);
    memset(t, 0, sizeof(*t));
    t->state = E2_TPA_OPEN;
    e->s.tpa_open++;
    t->ref = grown;
    t->id = f->id;
    memcpy(t->key, p + packet->ip + 12, 8);
    memcpy(t->key + 8, p + packet->l4, 4);
    t->mark = f->mark;
    t->first_len = f->len;
    t->ip = (uint16_t)packet->ip;
    t->tcp = (uint16_t)packet->l4;
    t->header = (uint16_t)s->header;
    t->tos = p[packet->ip + 1];
    t->timestamp = s->timestamp;
    t->fate = FATE_function_reset;
    memcpy(&t->cqe, cqe, sizeof(t->cqe));
    t->cqe.queue = (uint8_t)(t - q->tpa);
    return t;
}

static void begin(struct e2 *e, struct e2_client_state *q, struct e2_tpa *t, const struct segment *s)
{
    struct frame *f = frame_get(e2_component(e)->sim, t->ref);
    struct e2_cqe cqe;
    e2__rx_count(e, q, f);
    note_last(t, s, frame_data(f) + t->tcp);
    trace_nic_received(e2_component(e), f->id, e2_zone_of(e, q), f->len);
    t->first_addr = e2__take_bd(e, q) + E2_RX_PADDING;
    put(e, q, t, slot_of(e, q, t), t->first_addr, 0, t->first_len);
    memcpy(&cqe, &t->cqe, sizeof(cqe));
    cqe.type = (uint8_t)((cqe.type & ~E2_CQE_END) | E2_CQE_START);
    e2__cqe_write(e, q, &cqe);
}

static void go_on(struct e2 *e, struct e2_client_state *q, struct e2_tpa *t, frame_ref ref, const struct segment *s)
{
    struct component *c = e2_component(e);
    struct frame *f = frame_get(c->sim, ref);
    uint32_t off = frame_get(c->sim, t->ref)->len;
    e2__rx_count(e, q, f);
    trace_nic_received(c, f->id, e2_zone_of(e, q), f->len);
    note_last(t, s, frame_data(f) + t->tcp);
    frame_join(c, t->ref, ref, s->header);
    put_behind(e, q, t, off, s->payload);
}

enum e2_answer e2__tpa_place(struct e2 *e, struct e2_client_state *q, frame_ref ref, const struct e2_packet *packet,
                             const struct e2_cqe *cqe)
{
    struct frame *f = frame_get(e2_component(e)->sim, ref);
    const uint8_t *p = frame_data(f);
    struct segment s;
    struct e2_tpa *t = NULL;
    uint8_t key[12];
    look(p, f->len, packet, &s);
    if (packet->v4 && packet->tcp) {
        memcpy(key, p + packet->ip + 12, 8);
        memcpy(key + 8, p + packet->l4, 4);
        t = find(q, key);
    }
    if (t && !joins(e, t, &s, f, p + packet->ip)) {
        close_one(e, q, t);
        t = NULL;
    }
    if (!s.plain)
        return E2_PASS;
    if (t && e2_cached(q, E2_RING_SGE) < more_sges(t, s.payload)) {
        if (e2_more_to_come(q, E2_RING_SGE))
            return E2_WAITS;
        close_one(e, q, t); /* no SGEs: what there is is reported */
        return E2_PASS;
    }
    if (t)
        go_on(e, q, t, ref, &s);
    else if (!(s.flags & TCP_PSH) && (t = open_one(e, q, ref, packet, &s, cqe)))
        begin(e, q, t, &s);
    else
        return E2_PASS;
    if (s.flags & TCP_PSH)
        close_one(e, q, t);
    else
        e2__sb_arm(e, q);
    e2__rx_passed(e, q); /* last: a fence that this was the end of closes all */
    return E2_TAKEN;
}
