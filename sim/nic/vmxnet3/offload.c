/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the vmxnet3 device computes over a frame: checksums [RFC 1071], TCP segmentation, the Toeplitz hash. */
#include <string.h>

#include "net/inet.h"
#include "nic/vmxnet3/rings__.h"

enum { PROTO_TCP = 6, PROTO_UDP = 17, PROTO_ESP = 50 };

/* ---- where the headers of a frame lie ---- */

struct headers {
    uint32_t l3, l4, end; /* offsets; end: behind the IP packet */
    uint8_t version;      /* 0: no IP */
    uint8_t proto;        /* behind IP; 0 when it is a fragment or there is no room for its header */
    bool fragment;
};

static void parse_ip4(const uint8_t *p, uint32_t len, struct headers *h)
{
    const uint8_t *ip = p + h->l3;
    uint32_t ihl, total;

    if (len < h->l3 + 20 || ip[0] >> 4 != 4)
        return;
    ihl = (ip[0] & 15u) * 4;
    total = inet_get16(ip + 2);
    if (ihl < 20 || total < ihl || h->l3 + total > len)
        return;
    h->version = 4;
    h->l4 = h->l3 + ihl;
    h->end = h->l3 + total;
    h->fragment = inet_get16(ip + 6) & 0x3fff;
    h->proto = h->fragment ? 0 : ip[9];
}

static void parse_ip6(const uint8_t *p, uint32_t len, struct headers *h)
{
    const uint8_t *ip = p + h->l3;

    if (len < h->l3 + 40 || ip[0] >> 4 != 6 || h->l3 + 40u + inet_get16(ip + 4) > len)
        return;
    h->version = 6;
    h->l4 = h->l3 + 40;
    h->end = h->l4 + inet_get16(ip + 4);
    h->proto = ip[6]; /* an extension header: neither TCP nor UDP here */
    h->fragment = ip[6] == 44;
}

static void parse(const uint8_t *p, uint32_t len, struct headers *h)
{
    uint16_t type;

    memset(h, 0, sizeof(*h));
    if (len < 14)
        return;
    h->l3 = 14;
    type = inet_get16(p + 12);
    for (unsigned tags = 0; tags < 2 && (type == 0x8100 || type == 0x88a8) && len >= h->l3 + 4; tags++) {
        type = inet_get16(p + h->l3 + 2);
        h->l3 += 4;
    }
    if (type == 0x0800)
        parse_ip4(p, len, h);
    else if (type == 0x86dd)
        parse_ip6(p, len, h);
    if ((h->proto == PROTO_TCP && h->end < h->l4 + 20) || (h->proto == PROTO_UDP && h->end < h->l4 + 8))
        h->proto = 0;
}

static uint64_t pseudo_sum(const uint8_t *p, const struct headers *h)
{
    uint64_t sum = (uint64_t)h->proto + (h->end - h->l4);

    return h->version == 4 ? sum + inet_sum(p + h->l3 + 12, 8) : sum + inet_sum(p + h->l3 + 8, 32);
}

/* ---- transmit ---- */

static void fill_l4_checksum(uint8_t *p, const struct headers *h, uint32_t field)
{
    uint16_t sum;

    inet_put16(p + field, 0);
    sum = (uint16_t)~inet_fold(inet_sum(p + h->l4, h->end - h->l4) + pseudo_sum(p, h));
    if (sum == 0 && h->proto == PROTO_UDP)
        sum = 0xffff; /* 0 means none [RFC 768] */
    inet_put16(p + field, sum);
}

bool rings__checksum(struct frame *f, uint32_t start, uint32_t field)
{
    struct headers h;
    uint8_t *p = frame_data(f);

    parse(p, f->len, &h);
    if ((h.proto != PROTO_TCP && h.proto != PROTO_UDP) || start != h.l4 || field != h.l4 + (h.proto == PROTO_TCP ? 16 : 6))
        return false;
    fill_l4_checksum(p, &h, field);
    return true;
}

struct segment {
    uint32_t offset, len; /* payload */
    uint32_t number;
    bool last;
};

static void fill_segment(uint8_t *p, uint32_t len, uint32_t hlen, const struct segment *seg)
{
    struct headers h;
    uint8_t *ip, *tcp;

    parse(p, hlen, &h); /* lengths inside are still those of the whole: only l3 counts */
    ip = p + h.l3;
    if (ip[0] >> 4 == 4) {
        inet_put16(ip + 2, len - h.l3);
        inet_put16(ip + 4, inet_get16(ip + 4) + seg->number);
        inet_put16(ip + 10, 0);
        inet_put16(ip + 10, (uint16_t)~inet_fold(inet_sum(ip, (ip[0] & 15u) * 4)));
    } else {
        inet_put16(ip + 4, len - h.l3 - 40);
    }
    parse(p, len, &h);
    tcp = p + h.l4;
    inet_put32(tcp + 4, inet_get32(tcp + 4) + seg->offset);
    if (!seg->last)
        tcp[13] &= (uint8_t)~0x09; /* FIN and PSH belong to the last */
    if (seg->number)
        tcp[13] &= (uint8_t)~0x80; /* CWR to the first [RFC 3168 6.1.2] */
    fill_l4_checksum(p, &h, h.l4 + 16);
}

/* The headers' own lengths may be 0 in what a driver hands over for segmentation, so look at types only. */
static bool tso_headers_are_good(const uint8_t *p, uint32_t len, uint32_t hlen)
{
    uint32_t l3 = 14, l4;
    uint16_t type;

    if (hlen < 54 || hlen >= len)
        return false;
    type = inet_get16(p + 12);
    if (type == 0x8100) {
        type = inet_get16(p + 16);
        l3 = 18;
    }
    if (type == 0x0800 && p[l3] >> 4 == 4 && (p[l3] & 15) >= 5 && p[l3 + 9] == PROTO_TCP)
        l4 = l3 + (p[l3] & 15u) * 4;
    else if (type == 0x86dd && p[l3] >> 4 == 6 && p[l3 + 6] == PROTO_TCP)
        l4 = l3 + 40;
    else
        return false;
    return l4 + 20 <= hlen && l4 + (p[l4 + 12] >> 4) * 4u == hlen;
}

uint32_t rings__segment(struct vmxnet3_rings *rings, unsigned queue, frame_ref ref, uint32_t hlen, uint32_t mss, int32_t tci)
{
    struct frame *f = frame_get(rings->c->sim, ref);
    uint32_t len = f->len, sent = 0;

    if (mss == 0 || !tso_headers_are_good(frame_data(f), len, hlen) || hlen + mss > FRAME_MAX_JUMBO) {
        frame_end(rings->c, ref, FATE_tx_bad_descriptor);
        return 0;
    }
    for (uint32_t off = 0; off < len - hlen; off += mss) {
        struct segment seg = {.offset = off, .len = len - hlen - off < mss ? len - hlen - off : mss, .number = sent};
        frame_ref part = frame_split(rings->c, ref, hlen + seg.len);
        struct frame *pf;

        sent++;
        if (!part) /* the pool is empty: booked by the split */
            continue;
        f = frame_get(rings->c->sim, ref);
        pf = frame_get(rings->c->sim, part);
        seg.last = off + seg.len == len - hlen;
        memcpy(frame_data(pf), frame_data(f), hlen);
        memcpy(frame_data(pf) + hlen, frame_data(f) + hlen + off, seg.len);
        fill_segment(frame_data(pf), hlen + seg.len, hlen, &seg);
        if (tci >= 0)
            frame_vlan_push(pf, (uint16_t)tci);
        rings->st.stats.tx_frames++;
        rings->st.stats.tx_bytes += pf->len;
        rings->ops->send(rings, queue, part);
    }
    frame_end(rings->c, ref, FATE_segmented);
    return sent;
}

/* ---- receive ---- */

/* What is hashed behind the addresses: 4 bytes of ports, or an ESP header's SPI; and what that is called. [RFC 4303 2.1] */
static bool hashes_l4(const struct vmxnet3_rings *rings, const struct headers *h, uint32_t len, uint32_t *type)
{
    uint32_t fields = rings->more.rss_fields, types = rings->st.rss.hashType;
    bool v4 = h->version == 4;

    switch (h->proto) {
    case PROTO_TCP:
        *type = v4 ? VMXNET3_RCD_RSS_TYPE_TCPIPV4 : VMXNET3_RCD_RSS_TYPE_TCPIPV6;
        return types & (v4 ? UPT1_RSS_HASH_TYPE_TCP_IPV4 : UPT1_RSS_HASH_TYPE_TCP_IPV6);
    case PROTO_UDP:
        *type = v4 ? VMXNET3_RCD_RSS_TYPE_UDPIPV4 : VMXNET3_RCD_RSS_TYPE_UDPIPV6;
        return fields & (v4 ? VMXNET3_RSS_FIELDS_UDPIP4 : VMXNET3_RSS_FIELDS_UDPIP6);
    case PROTO_ESP:
        *type = v4 ? VMXNET3_RCD_RSS_TYPE_ESPIPV4 : VMXNET3_RCD_RSS_TYPE_ESPIPV6;
        return h->l4 + 4 <= len && fields & (v4 ? VMXNET3_RSS_FIELDS_ESPIP4 : VMXNET3_RSS_FIELDS_ESPIP6);
    default:
        return false;
    }
}

static void hash_frame(const struct vmxnet3_rings *rings, const uint8_t *p, uint32_t len, const struct headers *h,
                       struct rx_classes *out)
{
    uint32_t types = rings->st.rss.hashType, addresses = h->version == 4 ? 8 : 32, l4_type;
    bool v4 = h->version == 4, with_l4;
    uint8_t input[36];

    if (!h->version)
        return;
    with_l4 = hashes_l4(rings, h, len, &l4_type);
    if (!with_l4 && !(types & (v4 ? UPT1_RSS_HASH_TYPE_IPV4 : UPT1_RSS_HASH_TYPE_IPV6)))
        return;
    memcpy(input, p + h->l3 + (v4 ? 12 : 8), addresses);
    if (with_l4)
        memcpy(input + addresses, p + h->l4, 4);
    out->rss_hash = inet_toeplitz(rings->st.rss.hashKey, input, addresses + (with_l4 ? 4 : 0));
    out->rss_type = with_l4 ? l4_type : v4 ? VMXNET3_RCD_RSS_TYPE_IPV4 : VMXNET3_RCD_RSS_TYPE_IPV6;
}

/* `good`: the maker of the frame knew. */
static void verify(const uint8_t *p, const struct headers *h, bool good, struct rx_classes *out)
{
    bool ip_good = good || h->version == 6 || inet_fold(inet_sum(p + h->l3, h->l4 - h->l3)) == 0xffff;
    bool none = h->proto == PROTO_UDP && inet_get16(p + h->l4 + 6) == 0;

    out->checked = h->proto == PROTO_TCP || h->proto == PROTO_UDP;
    if (ip_good)
        out->flags |= VMXNET3_RCD_IPC;
    if (out->checked && (good || none || inet_fold(inet_sum(p + h->l4, h->end - h->l4) + pseudo_sum(p, h)) == 0xffff))
        out->flags |= VMXNET3_RCD_TUC;
}

void rings__classify(const struct vmxnet3_rings *rings, const struct frame *f, bool check, bool hash, struct rx_classes *out)
{
    const uint8_t *p = frame_data((struct frame *)f);
    struct headers h;

    memset(out, 0, sizeof(*out));
    parse(p, f->len, &h);
    if (h.version)
        out->flags |= h.version == 4 ? VMXNET3_RCD_V4 : VMXNET3_RCD_V6;
    if (h.fragment)
        out->flags |= VMXNET3_RCD_FRG;
    if (h.proto == PROTO_TCP)
        out->flags |= VMXNET3_RCD_TCP;
    if (h.proto == PROTO_UDP)
        out->flags |= VMXNET3_RCD_UDP;
    if (check && h.version)
        verify(p, &h, f->flags & FRAME_SUMS_GOOD, out);
    if (hash)
        hash_frame(rings, p, f->len, &h, out);
}
