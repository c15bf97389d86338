/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Large receives, for a driver that has agreed to TCP frames longer than the wire's (GUEST_TSO4, GUEST_TSO6): segments of a stream
 * that follow each other wait on the chip as one frame, which then goes into buffers like any other. vio__.h says what joins, and
 * when it ends.
 */
#include <string.h>

#include "net/inet.h"
#include "nic/virtio/vio__.h"

enum { TCP_PSH = 0x08, TCP_ACK = 0x10, TCP_SUM = 16, TIMESTAMP_BYTES = 12, HEADER_MAX = 128 };

struct segment {
    struct vio_packet packet;
    uint32_t header, payload, seq;
    uint8_t key[36], keys, flags, tos;
    bool timestamp, plain;
};

static bool is_agreed(const struct vio_function *fn, const struct vio_packet *packet)
{
    return packet->tcp && vio_has(fn, packet->v4 ? VIRTIO_NET_F_GUEST_TSO4 : VIRTIO_NET_F_GUEST_TSO6);
}

static void look(struct frame *f, struct segment *s)
{
    static const uint8_t aligned[4] = {1, 1, 8, 10}; /* two NOPs, then the option [RFC 7323 appendix A] */
    const uint8_t *p = frame_data(f), *ip = p + s->packet.l3, *tcp = p + s->packet.l4;
    uint32_t addresses = s->packet.v4 ? 8 : 32, header = 4u * (tcp[12] >> 4);

    memcpy(s->key, ip + (s->packet.v4 ? 12 : 8), addresses);
    memcpy(s->key + addresses, tcp, 4);
    s->keys = (uint8_t)(addresses + 4);
    s->tos = s->packet.v4 ? ip[1] : (uint8_t)(ip[0] << 4 | ip[1] >> 4);
    s->header = s->packet.l4 + header;
    s->seq = inet_get32(tcp + 4);
    s->flags = tcp[13];
    if (header < INET_TCP_LEN || s->header >= s->packet.end || s->packet.end != f->len || s->header > HEADER_MAX)
        return;
    s->payload = s->packet.end - s->header;
    s->timestamp = header == INET_TCP_LEN + TIMESTAMP_BYTES && !memcmp(tcp + 20, aligned, 4);
    bool options = s->packet.v4 && (ip[0] & 15) != 5;
    bool ip_good = s->packet.v6 || (f->flags & FRAME_SUMS_GOOD) || inet_fold(inet_sum(ip, INET_IP4_LEN)) == 0xffff;
    s->plain = (header == INET_TCP_LEN || s->timestamp) && (s->flags & ~TCP_PSH) == TCP_ACK && !(tcp[12] & 15) && !options &&
               ip_good && s->packet.good && !mac_is_multicast(p);
}

/* ---- its end ---- */

static void finish_header(struct frame *f, const struct vio_lro *l)
{
    uint8_t *p = frame_data(f), *ip = p + l->ip, *tcp = p + l->tcp;
    struct inet_view view;

    memcpy(tcp + 8, l->last, 4);      /* acknowledgement */
    memcpy(tcp + 14, l->last + 6, 2); /* window */
    tcp[13] |= l->psh;
    if (l->timestamp)
        memcpy(tcp + 24, l->last_timestamp, 8);
    if (ip[0] >> 4 == 4) {
        inet_put16(ip + 2, f->len - l->ip);
        inet_put16(ip + 10, 0);
        inet_put16(ip + 10, (uint16_t)~inet_fold(inet_sum(ip, INET_IP4_LEN)));
    } else {
        inet_put16(ip + 4, f->len - l->ip - INET_IP6_LEN);
    }
    inet_put16(tcp + TCP_SUM, 0);
    if (inet_look(&view, p, f->len, f->len))
        inet_put16(tcp + TCP_SUM, (uint16_t)~inet_fold(inet_transport_sum(&view)));
}

static void close_one(struct vio_function *fn, struct vio_queue_state *q, struct vio_lro *l)
{
    struct vio *v = fn->chip;
    struct frame *f = frame_get(vio_component(v)->sim, l->ref);
    frame_ref ref = l->ref;

    f->mark = l->segments > 1 ? l->payload : 0;
    if (l->segments > 1) {
        finish_header(f, l);
        v->s.lro_aggregations++;
        v->s.lro_segments += l->segments;
        trace_nic_coalesced(vio_component(v), f->id, vio_number(fn, q) / 2, l->segments, 1);
    }
    memset(l, 0, sizeof(*l));
    vio__rx_put(fn, q, ref);
}

void vio__lro_close(struct vio_function *fn, struct vio_queue_state *q)
{
    for (unsigned i = 0; i < VIO_LROS; i++)
        if (q->lro[i].ref)
            close_one(fn, q, &q->lro[i]);
}

void vio__lro_forget(struct vio_function *fn, struct vio_queue_state *q, enum fate fate)
{
    for (unsigned i = 0; i < VIO_LROS; i++) {
        if (!q->lro[i].ref)
            continue;
        vio__frame_end(fn, q->lro[i].ref, fate);
        memset(&q->lro[i], 0, sizeof(q->lro[i]));
        q->rx_passed++;
    }
}

/* ---- time ---- */

static void set_timer(struct vio_function *fn, sim_time due)
{
    struct component *c = vio_component(fn->chip);

    if (!fn->s.lro_timer)
        event_post(c, c, due, EV_HW, VIO_VERB_LRO, fn->vport, 0, 0);
    fn->s.lro_timer = 1;
}

void vio__lro_event(struct vio_function *fn)
{
    sim_time now = sim_now(vio_component(fn->chip)->sim), next = SIM_NEVER;

    fn->s.lro_timer = 0;
    for (unsigned n = 0; n < vio_queues(fn); n += 2)
        for (unsigned i = 0; i < VIO_LROS; i++) {
            struct vio_lro *l = &fn->queue[n].lro[i];
            if (l->ref && l->due <= now)
                close_one(fn, &fn->queue[n], l);
            else if (l->ref && l->due < next)
                next = l->due;
        }
    if (next != SIM_NEVER)
        set_timer(fn, next);
}

/* ---- a frame ---- */

static struct vio_lro *find(struct vio_queue_state *q, const struct segment *s)
{
    for (unsigned i = 0; i < VIO_LROS; i++)
        if (q->lro[i].ref && q->lro[i].keys == s->keys && !memcmp(q->lro[i].key, s->key, s->keys))
            return &q->lro[i];
    return NULL;
}

static void note_last(struct vio_lro *l, const struct segment *s, const uint8_t *tcp)
{
    l->next_seq = s->seq + s->payload;
    l->segments++;
    l->psh |= s->flags & TCP_PSH;
    memcpy(l->last, tcp + 8, sizeof(l->last));
    if (s->timestamp)
        memcpy(l->last_timestamp, tcp + 24, 8);
}

static bool joins(struct vio_function *fn, const struct vio_lro *l, const struct segment *s)
{
    const struct frame *whole = frame_get(vio_component(fn->chip)->sim, l->ref);

    return s->plain && l->tos == s->tos && l->header == s->header && l->timestamp == s->timestamp && s->seq == l->next_seq &&
           s->payload <= l->payload && whole->len + s->payload <= VIO_LRO_BYTES;
}

/* False: as many are open as there can be. */
static bool open_one(struct vio_function *fn, struct vio_queue_state *q, frame_ref ref, const struct segment *s)
{
    struct component *c = vio_component(fn->chip);
    struct vio_lro *l = q->lro;

    while (l < q->lro + VIO_LROS && l->ref)
        l++;
    if (l == q->lro + VIO_LROS)
        return false;
    frame_ref grown = frame_grow(c, ref, FRAME_MAX_GIANT);
    if (!grown)
        return false; /* as many large frames as the simulator has room for */
    l->ref = grown;
    l->ip = (uint16_t)s->packet.l3;
    l->tcp = (uint16_t)s->packet.l4;
    l->header = (uint16_t)s->header;
    l->payload = s->payload;
    l->tos = s->tos;
    l->timestamp = s->timestamp;
    l->keys = s->keys;
    memcpy(l->key, s->key, sizeof(l->key));
    l->due = sim_now(c->sim) + VIO_LRO_PS;
    note_last(l, s, frame_data(frame_get(c->sim, grown)) + l->tcp);
    set_timer(fn, l->due);
    return true;
}

static void join(struct vio_function *fn, struct vio_queue_state *q, struct vio_lro *l, frame_ref ref, const struct segment *s)
{
    struct component *c = vio_component(fn->chip);

    note_last(l, s, frame_data(frame_get(c->sim, ref)) + s->packet.l4);
    frame_join(c, l->ref, ref, s->header);
    if (s->flags & TCP_PSH || s->payload < l->payload)
        close_one(fn, q, l);
    q->rx_passed++;
    vio__admin_look(fn->chip); /* last: a fence that this was the end of closes all */
}

bool vio__lro_take(struct vio_function *fn, struct vio_queue_state *q, frame_ref ref)
{
    struct frame *f = frame_get(vio_component(fn->chip)->sim, ref);
    struct segment s = {.payload = 0};

    if (!(fn->s.run & VIO_RUN_LRO) || (!vio_has(fn, VIRTIO_NET_F_GUEST_TSO4) && !vio_has(fn, VIRTIO_NET_F_GUEST_TSO6)))
        return false;
    vio__packet(f, true, &s.packet);
    if (!is_agreed(fn, &s.packet))
        return false;
    look(f, &s);
    struct vio_lro *l = find(q, &s);
    if (l && joins(fn, l, &s)) {
        join(fn, q, l, ref, &s);
        return true;
    }
    if (l)
        close_one(fn, q, l);
    return s.plain && !(s.flags & TCP_PSH) && open_one(fn, q, ref, &s);
}
