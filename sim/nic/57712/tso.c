/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Segmentation [ETH_TX_BD_FLAGS_SW_LSO]: a frame of up to 64 KB leaves as TCP segments of MSS bytes, each with the headers of the
 * whole, its own lengths, sequence number, IP identification, flags and checksums.
 */
#include "nic/57712/e2__.h"

#include <string.h>

#include "net/inet.h"

enum { MSS_MIN = 64, TCP_FIN = 0x01, TCP_PSH = 0x08, TCP_CWR = 0x80 };

static uint32_t l4_of(const struct e2_tx_entry *t) { return 2 * (t->parse & E2_PARSE_L4_START_MASK); }

const char *e2__tso_judge(const struct e2_tx_entry *t, const struct frame *f)
{
    struct e2_packet p;

    e2__packet(f, false, &p);
    if ((!p.v4 && !p.v6) || p.fragment || f->buf[f->head + p.ip + (p.v4 ? 9 : 6)] != INET_PROTO_TCP)
        return "segmentation of something that is not TCP";
    if (t->mss < MSS_MIN || t->header + t->mss > FRAME_MAX_JUMBO)
        return "a size of segments that can't be";
    if (l4_of(t) != p.l4 || t->header < p.l4 + INET_TCP_LEN || t->header >= t->len)
        return "headers that are not where the parsing BD says";
    return NULL;
}

/* The headers of segment `number`, whose payload is bytes [off, off + chunk) of the whole's. */
static void finish_header(uint8_t *p, const struct e2_tx_entry *t, const struct e2_packet *packet, uint32_t off, uint32_t chunk,
                          bool last)
{
    uint8_t *ip = p + packet->ip, *tcp = p + l4_of(t);
    uint32_t number = off / t->mss;

    if (packet->v4) {
        inet_put16(ip + 2, t->header - packet->ip + chunk);
        inet_put16(ip + 4, inet_get16(ip + 4) + number);
    } else {
        inet_put16(ip + 4, t->header - packet->ip - INET_IP6_LEN + chunk);
    }
    inet_put32(tcp + 4, inet_get32(tcp + 4) + off);
    tcp[13] &= (uint8_t)~((last ? 0 : TCP_FIN | TCP_PSH) | (number ? TCP_CWR : 0));
}

frame_ref e2__tso_next(struct e2 *e, struct e2_tx_entry *t)
{
    struct component *c = e2_component(e);
    uint32_t left = t->len - t->header - t->sent, chunk = left < t->mss ? left : t->mss;
    frame_ref ref = frame_split(c, t->ref, t->header + chunk);

    if (ref) {
        struct frame *f = frame_get(c->sim, ref), *whole = frame_get(c->sim, t->ref);
        struct e2_packet packet;
        e2__packet(whole, false, &packet);
        memcpy(frame_data(f), frame_data(whole), t->header);
        memcpy(frame_data(f) + t->header, frame_data(whole) + t->header + t->sent, chunk);
        finish_header(frame_data(f), t, &packet, t->sent, chunk, chunk == left);
        e2__checksums(f, (uint8_t)(E2_TX_L4_CSUM | (packet.v4 ? E2_TX_IP_CSUM : E2_TX_IPV6)), l4_of(t));
        e2__tag(t, f);
    }
    t->sent += chunk;
    if (chunk == left) {
        frame_end(c, t->ref, FATE_segmented);
        t->ref = 0;
    }
    return ref;
}
