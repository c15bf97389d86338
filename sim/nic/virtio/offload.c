/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a transmit header asks for [virtio 1.2 5.1.6.2]: a checksum from csum_start on, the field of which holds its pseudo header's
 * sum; and segments, of gso_size bytes of TCP payload. Of the latter only type and size are believed, the rest is the frame's.
 */
#include <string.h>

#include "net/inet.h"
#include "nic/virtio/vio__.h"

enum { TCP_FIN = 0x01, TCP_PSH = 0x08, TCP_CWR = 0x80, TCP_SUM = 16, UDP_SUM = 6, MSS_MIN = 8 };

static const char *fill_checksum(struct frame *f, const struct virtio_net_hdr *h)
{
    uint8_t *p = frame_data(f);
    uint32_t at = (uint32_t)h->csum_start + h->csum_offset;

    if (at + 2 > f->len || h->csum_start >= f->len)
        return "a checksum that is not in the frame";
    uint16_t sum = (uint16_t)~inet_fold(inet_sum(p + h->csum_start, f->len - h->csum_start));
    inet_put16(p + at, sum == 0 && h->csum_offset == UDP_SUM ? 0xffff : sum); /* 0 means none [RFC 768] */
    return NULL;
}

static bool look(struct frame *f, struct inet_view *view) { return inet_look(view, frame_data(f), f->len, f->len); }

static const char *judge_tso(struct vio_tx_entry *t, struct frame *f, const struct virtio_net_hdr *h)
{
    uint8_t kind = h->gso_type & (uint8_t)~VIRTIO_NET_HDR_GSO_ECN;
    struct inet_view view;

    if (!(h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM))
        return "segments without a checksum";
    if (!look(f, &view) || view.fragment || view.proto != INET_PROTO_TCP || f->len < view.l4 + INET_TCP_LEN ||
        (kind == VIRTIO_NET_HDR_GSO_TCPV4   ? !view.ip4
         : kind == VIRTIO_NET_HDR_GSO_TCPV6 ? !view.ip6
                                            : true))
        return "segmentation of something that is not TCP";
    t->header = view.l4 + 4u * (frame_data(f)[view.l4 + 12] >> 4);
    t->mss = h->gso_size;
    if (t->header < view.l4 + INET_TCP_LEN || t->header >= f->len)
        return "segments of headers alone";
    return t->mss < MSS_MIN || t->header + t->mss > FRAME_MAX_JUMBO ? "a size of segments that can't be" : NULL;
}

const char *vio__offload(struct vio_tx_entry *t, struct frame *f)
{
    struct virtio_net_hdr h;

    memcpy(&h, t->hdr, sizeof(h));
    if (h.gso_type != VIRTIO_NET_HDR_GSO_NONE)
        return judge_tso(t, f, &h);
    if (f->len > FRAME_MAX_JUMBO)
        return "a frame longer than the chip sends";
    return h.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM ? fill_checksum(f, &h) : NULL;
}

/* ---- segments ---- */

/* The headers of segment `number`, whose payload is bytes [off, off + chunk) of the whole's. */
static void finish_header(struct frame *f, const struct inet_view *whole, const struct vio_tx_entry *t, uint32_t off, bool last)
{
    uint8_t *p = frame_data(f), *ip = p + whole->l3, *tcp = p + whole->l4;
    uint32_t number = off / t->mss;
    struct inet_view view;

    if (whole->ip4) {
        inet_put16(ip + 2, f->len - whole->l3);
        inet_put16(ip + 4, inet_get16(ip + 4) + number);
        inet_put16(ip + 10, 0);
        inet_put16(ip + 10, (uint16_t)~inet_fold(inet_sum(ip, 4u * (ip[0] & 15))));
    } else {
        inet_put16(ip + 4, f->len - whole->l3 - INET_IP6_LEN);
    }
    inet_put32(tcp + 4, inet_get32(tcp + 4) + off);
    tcp[13] &= (uint8_t)~((last ? 0 : TCP_FIN | TCP_PSH) | (number ? TCP_CWR : 0));
    inet_put16(tcp + TCP_SUM, 0);
    if (look(f, &view))
        inet_put16(tcp + TCP_SUM, (uint16_t)~inet_fold(inet_transport_sum(&view)));
}

frame_ref vio__tso_next(struct vio *v, struct vio_tx_entry *t)
{
    struct component *c = vio_component(v);
    uint32_t left = t->len - t->header - t->sent, chunk = left < t->mss ? left : t->mss;
    frame_ref ref = frame_split(c, t->ref, t->header + chunk);

    if (ref) {
        struct frame *f = frame_get(c->sim, ref), *whole = frame_get(c->sim, t->ref);
        struct inet_view view;
        memcpy(frame_data(f), frame_data(whole), t->header);
        memcpy(frame_data(f) + t->header, frame_data(whole) + t->header + t->sent, chunk);
        if (look(whole, &view))
            finish_header(f, &view, t, t->sent, chunk == left);
    }
    t->sent += chunk;
    if (chunk == left) {
        frame_end(c, t->ref, FATE_segmented);
        t->ref = 0;
    }
    return ref;
}
