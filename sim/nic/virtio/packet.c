/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a received frame is, whether its checksum is right, and which pair of the function it belongs to [virtio 1.2 5.1.6.4.3]. */
#include <string.h>

#include "net/inet.h"
#include "nic/virtio/vio__.h"

enum { INPUT_MAX = 36 };

void vio__packet(struct frame *f, bool verify, struct vio_packet *out)
{
    struct inet_view view;

    memset(out, 0, sizeof(*out));
    if (!inet_look(&view, frame_data(f), f->len, f->len) || view.tags > 1 || (!view.ip4 && !view.ip6))
        return;
    out->v4 = view.ip4;
    out->v6 = view.ip6;
    out->l3 = view.l3;
    out->l4 = view.l4;
    out->end = view.l3_end;
    bool whole = !view.fragment && view.l4 && (view.ip4 || frame_data(f)[view.l3 + 6] == view.proto);
    out->tcp = whole && view.proto == INET_PROTO_TCP && view.l3_end >= view.l4 + INET_TCP_LEN;
    out->checked = out->tcp || (whole && view.proto == INET_PROTO_UDP && view.l4_csum);
    if (out->checked && verify)
        out->good = (f->flags & FRAME_SUMS_GOOD) || inet_fold(inet_transport_sum(&view)) == 0xffff;
}

/* What of it is hashed, VIRTIO_NET_HASH_TYPE_*; 0: nothing. */
static uint32_t type_of(const struct vio_packet *p, uint32_t types)
{
    uint32_t with_ports = p->v4 ? VIRTIO_NET_HASH_TYPE_TCPv4 : VIRTIO_NET_HASH_TYPE_TCPv6;
    uint32_t without = p->v4 ? VIRTIO_NET_HASH_TYPE_IPv4 : VIRTIO_NET_HASH_TYPE_IPv6;

    if (!p->v4 && !p->v6)
        return 0;
    return p->tcp && (types & with_ports) ? with_ports : types & without;
}

static uint16_t report_of(uint32_t type)
{
    return type == VIRTIO_NET_HASH_TYPE_IPv4    ? VIRTIO_NET_HASH_REPORT_IPv4
           : type == VIRTIO_NET_HASH_TYPE_TCPv4 ? VIRTIO_NET_HASH_REPORT_TCPv4
           : type == VIRTIO_NET_HASH_TYPE_IPv6  ? VIRTIO_NET_HASH_REPORT_IPv6
           : type == VIRTIO_NET_HASH_TYPE_TCPv6 ? VIRTIO_NET_HASH_REPORT_TCPv6
                                                : VIRTIO_NET_HASH_REPORT_NONE;
}

unsigned vio__rss(const struct vio_function *fn, struct frame *f, uint32_t *hash, uint16_t *report)
{
    uint8_t input[INPUT_MAX];
    struct vio_packet packet;

    *hash = *report = 0;
    if (fn->s.pairs < 2)
        return 0;
    vio__packet(f, false, &packet);
    uint32_t type = type_of(&packet, fn->s.rss.types), addresses = packet.v4 ? 8 : 32;
    if (!type)
        return 0;
    memcpy(input, frame_data(f) + packet.l3 + (packet.v4 ? 12 : 8), addresses);
    bool ports = type & (VIRTIO_NET_HASH_TYPE_TCPv4 | VIRTIO_NET_HASH_TYPE_TCPv6);
    if (ports)
        memcpy(input + addresses, frame_data(f) + packet.l4, 4);
    *hash = inet_toeplitz(fn->s.rss.key, input, addresses + (ports ? 4 : 0));
    *report = report_of(type);
    /* the table is for all pairs; a driver that uses fewer has them in turn */
    return fn->s.pairs < fn->s.rss.pairs ? (*hash & 127) % fn->s.pairs : fn->s.rss.table[*hash & 127];
}
