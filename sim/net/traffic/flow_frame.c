/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames of a flow: made once for each place in a datagram. Number N is a copy in which addresses, numbers, identification and
 * sequence number are put in; the checksum follows from the sum of the rest.
 */
#include "net/traffic/flow_frame.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "net/inet.h"
#include "net/traffic/flow_source.h"

enum {
    FRAME_SIZE_MIN = 64,   /* with FCS */
    FRAME_SIZE_MAX = 9018, /* with FCS, untagged */
    MACS = 12,
    TAG = 4,
    EXTENSION = 8,
    NUMBERS = 4 + 8,
    NEXT_ROUTING = 43,
    NEXT_FRAGMENT = 44,
    NEXT_DESTINATION = 60,
    DONT_FRAGMENT = 0x4000,
    MORE_FRAGMENTS = 0x2000,
    TCP_ACK = 0x10,
    IDS_A_BURST = 64, /* its segments have identifications of their own */
};

/* Stations without an address: the ranges that are set aside for benchmarks [RFC 2544 C.2.2, RFC 5180 8]. */
static const uint8_t bench_ip4[2][4] = {{198, 18, 0, 1}, {198, 19, 0, 1}};
static const uint8_t bench_ip6[2][16] = {{0x20, 0x01, 0, 2, [15] = 1}, {0x20, 0x01, 0, 2, 0, 0, 0x80, [15] = 1}};

/* ---- where things lie ---- */

static uint32_t l3_of(const struct flow_params *p) { return INET_ETH_LEN + (p->vlan_tci >= 0 && !p->shape.inserted ? TAG : 0); }

static uint32_t l4_of(const struct flow_params *p)
{
    const struct flow_shape *s = &p->shape;
    uint32_t headers = INET_IP6_LEN + (s->fragments ? EXTENSION : 0);
    for (uint8_t left = s->extensions; left; left &= (uint8_t)(left - 1))
        headers += EXTENSION;
    return l3_of(p) + (s->ip6 ? headers : INET_IP4_LEN);
}

static uint32_t l4_len(const struct flow_shape *s) { return s->tcp ? INET_TCP_LEN : INET_UDP_LEN; }

static uint32_t len_of(const struct flow_params *p)
{
    return p->size - FRAME_FCS_LEN + (p->vlan_tci >= 0 && !p->shape.inserted ? TAG : 0);
}

/* Where the numbers are in the frame at this place of its datagram. */
static uint32_t numbers_at(const struct flow_frame *ff, uint32_t place) { return ff->l4 + (place ? 0 : l4_len(&ff->shape)); }

/* ---- what cannot be ---- */

const char *flow_frame_contradiction(const struct flow_params *p)
{
    const struct flow_shape *s = &p->shape;
    bool offload = s->mss || s->checksum == FLOW_CHECKSUM_OFFLOAD || s->inserted;
    if (offload && !p->from->has_driver)
        return "only a VM has a driver whose device segments, inserts tags or computes checksums";
    if (s->mss && !s->tcp)
        return "only TCP is cut into segments: say 'tcp'";
    if (s->flags && !s->tcp)
        return "only TCP has flags: say 'tcp'";
    if (s->extensions && !s->ip6)
        return "only IPv6 has extension headers: say 'ipv6'";
    if (s->checksum == FLOW_CHECKSUM_NONE && (s->tcp || s->ip6))
        return "only UDP over IPv4 goes without a checksum [RFC 768, RFC 8200 8.1]";
    if (s->fragments && s->tcp)
        return "fragments are UDP's here: TCP cuts its own";
    if (s->fragments && s->checksum == FLOW_CHECKSUM_OFFLOAD)
        return "no device computes a checksum that spans several frames";
    if ((s->mss || s->checksum == FLOW_CHECKSUM_OFFLOAD) && s->extensions)
        return "drivers offload TCP and UDP right behind the IPv6 header, not behind extension headers";
    if ((s->mss || s->checksum == FLOW_CHECKSUM_OFFLOAD) && p->vlan_tci >= 0 && !s->inserted && p->tpid == INET_TYPE_QINQ)
        return "drivers find TCP and UDP behind an 802.1Q tag, not behind one of 802.1ad";
    if (s->inserted && p->vlan_tci < 0)
        return "which tag is inserted? say 'vlan'";
    if (s->inserted && p->tpid == INET_TYPE_QINQ)
        return "a device inserts tags of 802.1Q, not of 802.1ad";
    if (s->mss && s->checksum != FLOW_CHECKSUM_GOOD)
        return "who cuts into segments computes their checksums, too";
    return NULL;
}

int flow_frame_check(const struct flow_params *p, char *err, size_t cap)
{
    const struct flow_shape *s = &p->shape;
    uint32_t most = s->mss ? FLOW_BURST_MAX : FRAME_SIZE_MAX, headers = l4_of(p) + l4_len(s), tag = l3_of(p) - INET_ETH_LEN;
    uint32_t least = headers + NUMBERS + FRAME_FCS_LEN - tag;
    const char *why = flow_frame_contradiction(p);
    if (why)
        snprintf(err, cap, "flow %s: %s", p->name, why);
    else if (p->size < FRAME_SIZE_MIN || p->size > most)
        snprintf(err, cap, "flow %s: a frame has %d to %" PRIu32 " bytes with its FCS, not %" PRIu32, p->name, FRAME_SIZE_MIN, most,
                 p->size);
    else if (p->size < least)
        snprintf(err, cap, "flow %s: a frame with these headers has at least %" PRIu32 " bytes with its FCS, not %" PRIu32, p->name,
                 least, p->size);
    else if (s->fragments && (len_of(p) - l4_of(p)) % 8)
        snprintf(err, cap,
                 "flow %s: a fragment carries a multiple of 8 bytes: its frame has %" PRIu32 " or %" PRIu32 " bytes, not %" PRIu32,
                 p->name, p->size - (len_of(p) - l4_of(p)) % 8, p->size + 8 - (len_of(p) - l4_of(p)) % 8, p->size);
    else if (!s->mss && p->size - INET_ETH_LEN - FRAME_FCS_LEN > p->from->mtu)
        snprintf(err, cap, "flow %s: frames of %" PRIu32 " bytes need an MTU of %" PRIu32 ", and %s has %" PRIu32, p->name, p->size,
                 p->size - INET_ETH_LEN - FRAME_FCS_LEN, p->from->name, p->from->mtu);
    else if (s->mss && headers - l3_of(p) + s->mss > p->from->mtu)
        snprintf(err, cap, "flow %s: segments of %" PRIu32 " bytes need an MTU of %" PRIu32 ", and %s has %" PRIu32, p->name,
                 s->mss, headers - l3_of(p) + s->mss, p->from->name, p->from->mtu);
    else
        return 0;
    return -1;
}

/* ---- making them ---- */

static void put_ip4(struct flow_frame *ff, const struct flow_params *p, uint8_t *ip, uint32_t place)
{
    static const uint8_t none[4];
    const uint8_t *src = memcmp(p->from->ip4, none, 4) ? p->from->ip4 : bench_ip4[0];
    const uint8_t *dst = p->to && memcmp(p->to->ip4, none, 4) ? p->to->ip4 : bench_ip4[1];
    uint32_t offset = place * (ff->len - ff->l4) / 8;
    ip[0] = 0x45;
    inet_put16(ip + 2, ff->len - ff->l3);
    inet_put16(ip + 6, ff->places == 1 ? DONT_FRAGMENT : offset | (place + 1 < ff->places ? MORE_FRAGMENTS : 0));
    ip[8] = 64;
    ip[9] = ff->shape.tcp ? INET_PROTO_TCP : INET_PROTO_UDP;
    memcpy(ip + 12, ff->shape.src_given ? ff->shape.src_ip : src, 4);
    memcpy(ip + 16, ff->shape.dst_given ? ff->shape.dst_ip : dst, 4);
    inet_put16(ip + 10, (uint16_t)~inet_fold(inet_sum(ip, INET_IP4_LEN)));
}

static void put_ip6(struct flow_frame *ff, const struct flow_params *p, uint8_t *ip, uint32_t place)
{
    static const struct {
        uint8_t bit, next;
    } known[] = {{FLOW_EXT_HOP_BY_HOP, 0}, {FLOW_EXT_ROUTING, NEXT_ROUTING}, {FLOW_EXT_DESTINATION, NEXT_DESTINATION}};
    static const uint8_t none[16];
    const uint8_t *src = memcmp(p->from->ip6, none, 16) ? p->from->ip6 : bench_ip6[0];
    const uint8_t *dst = p->to && memcmp(p->to->ip6, none, 16) ? p->to->ip6 : bench_ip6[1];
    uint8_t *next = ip + 6, *at = ip + INET_IP6_LEN;
    ip[0] = 0x60;
    inet_put16(ip + 4, ff->len - ff->l3 - INET_IP6_LEN);
    ip[7] = 64;
    memcpy(ip + 8, ff->shape.src_given ? ff->shape.src_ip : src, 16);
    memcpy(ip + 24, ff->shape.dst_given ? ff->shape.dst_ip : dst, 16);
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (!(ff->shape.extensions & known[i].bit))
            continue;
        *next = known[i].next;
        next = at;
        at[2] = known[i].bit == FLOW_EXT_ROUTING ? 253 : 1; /* an experimental type, nothing left to visit; else PadN */
        at[3] = known[i].bit == FLOW_EXT_ROUTING ? 0 : 4;
        at += EXTENSION;
    }
    if (ff->places > 1) {
        *next = NEXT_FRAGMENT;
        next = at;
        inet_put16(at + 2, place * (ff->len - ff->l4) | (place + 1 < ff->places));
    }
    *next = ff->shape.tcp ? INET_PROTO_TCP : INET_PROTO_UDP;
}

static void put_l4(struct flow_frame *ff, uint8_t *l4)
{
    inet_put16(l4, ff->shape.sport);
    inet_put16(l4 + 2, ff->shape.dport);
    if (ff->shape.tcp) {
        inet_put32(l4 + 8, 1);
        l4[12] = INET_TCP_LEN / 4 << 4;
        l4[13] = ff->shape.flags;
    } else {
        inet_put16(l4 + 4, INET_UDP_LEN + ff->payload);
    }
}

static uint8_t *make(struct flow_frame *ff, const struct flow_params *p, uint32_t flow, uint32_t place)
{
    uint8_t *frame = alloc_zero("a flow", 1, ff->len), *at = frame + MACS, n = 0;
    if (p->vlan_tci >= 0 && !ff->shape.inserted) {
        inet_put16(at, p->tpid ? p->tpid : INET_TYPE_VLAN);
        inet_put16(at + 2, (uint32_t)p->vlan_tci);
        at += TAG;
    }
    inet_put16(at, ff->shape.ip6 ? INET_TYPE_IP6 : INET_TYPE_IP4);
    if (ff->shape.ip6)
        put_ip6(ff, p, frame + ff->l3, place);
    else
        put_ip4(ff, p, frame + ff->l3, place);
    if (place == 0)
        put_l4(ff, frame + ff->l4);
    inet_put32(frame + numbers_at(ff, place), flow);
    for (uint8_t *b = frame + numbers_at(ff, place) + NUMBERS; b < frame + ff->len; b++)
        *b = n++;
    return frame;
}

static uint64_t pseudo_sum(const struct flow_frame *ff)
{
    const uint8_t *ip = ff->like[0] + ff->l3;
    return (ff->shape.ip6 ? inet_sum(ip + 8, 32) : inet_sum(ip + 12, 8)) + (ff->shape.tcp ? INET_PROTO_TCP : INET_PROTO_UDP);
}

void flow_frame_init(struct flow_frame *ff, const struct flow_params *p, uint32_t flow)
{
    *ff = (struct flow_frame){
        .shape = p->shape, .len = len_of(p), .l3 = l3_of(p), .l4 = l4_of(p), .places = p->shape.fragments ? p->shape.fragments : 1};
    ff->shape.sport = ff->shape.sport ? ff->shape.sport : FLOW_PORT;
    ff->shape.dport = ff->shape.dport ? ff->shape.dport : FLOW_PORT;
    ff->shape.flags = ff->shape.flags ? ff->shape.flags : TCP_ACK;
    ff->payload = ff->places * (ff->len - ff->l4) - l4_len(&ff->shape);
    for (uint32_t i = 0; i < ff->places; i++) {
        uint32_t head = numbers_at(ff, i) + NUMBERS;
        ff->like[i] = make(ff, p, flow, i);
        ff->sum += inet_sum(ff->like[i] + ff->l4, ff->len - ff->l4);
        ff->tail_sum[i] = inspect_sum(ff->like[i] + head, ff->len - head, 0);
    }
    uint32_t l4 = l4_len(&ff->shape) + ff->payload;
    ff->sum += pseudo_sum(ff) + l4;
    if (ff->shape.mss || ff->shape.checksum == FLOW_CHECKSUM_OFFLOAD)
        inet_put16(ff->like[0] + ff->l4 + (ff->shape.tcp ? 16 : 6), inet_fold(pseudo_sum(ff) + (ff->shape.mss ? 0 : l4)));
}

void flow_frame_fini(struct flow_frame *ff)
{
    for (uint32_t i = 0; i < ff->places; i++)
        free(ff->like[i]);
}

bool flow_frame_sums_are_good(const struct flow_params *p)
{
#ifdef VFSIM_PLAIN
    return false;
#else
    return p->shape.checksum == FLOW_CHECKSUM_GOOD && !p->shape.mss && p->shape.fragments < 2;
#endif
}

/* ---- one of them ---- */

static void put_number(uint8_t *at, uint64_t number)
{
    inet_put32(at + 4, (uint32_t)(number >> 32));
    inet_put32(at + 8, (uint32_t)number);
}

static uint64_t number_sum(uint64_t number)
{
    return (number >> 48) + (number >> 32 & 0xffff) + (number >> 16 & 0xffff) + (number & 0xffff);
}

static void put_identification(const struct flow_frame *ff, uint64_t number, uint8_t *buf)
{
    uint8_t *ip = buf + ff->l3;
    if (ff->shape.ip6 && ff->places > 1)
        inet_put32(buf + ff->l4 - EXTENSION + 4, (uint32_t)(number / ff->places));
    if (ff->shape.ip6 || (ff->places == 1 && !ff->shape.tcp))
        return;
    inet_put16(ip + 4, (uint16_t)(ff->shape.mss ? number * IDS_A_BURST : number / ff->places));
    inet_put16(ip + 10, 0);
    inet_put16(ip + 10, (uint16_t)~inet_fold(inet_sum(ip, INET_IP4_LEN)));
}

/* Sequence number and window are other ones in each frame, so that what is made of several is seen to be made of these. */
static void put_tcp(const struct flow_frame *ff, uint64_t number, uint8_t *l4)
{
    inet_put32(l4 + 4, (uint32_t)number * ff->payload);
    inet_put16(l4 + 14, 0xff00 | (uint8_t)number);
}

static void put_checksum(const struct flow_frame *ff, uint64_t number, uint8_t *l4)
{
    uint8_t *at = l4 + (ff->shape.tcp ? 16 : 6);
    uint64_t sum = ff->sum;
    if (ff->shape.tcp)
        sum += (uint64_t)inet_get16(l4 + 4) + inet_get16(l4 + 6) + inet_get16(l4 + 14);
    if (ff->shape.mss || ff->shape.checksum == FLOW_CHECKSUM_OFFLOAD || ff->shape.checksum == FLOW_CHECKSUM_NONE)
        return; /* as it is in the copy */
    for (uint64_t i = 0; i < ff->places; i++) /* of all fragments, this being the first */
        sum += number_sum(number + i);
    uint16_t csum = (uint16_t)~inet_fold(sum);
    csum = csum || ff->shape.tcp ? csum : 0xffff;
    inet_put16(at, ff->shape.checksum != FLOW_CHECKSUM_WRONG ? csum : csum ^ 0x0101 ? csum ^ 0x0101 : 0x0202);
}

void flow_frame_write(const struct flow_frame *ff, uint64_t number, const uint8_t from[6], const uint8_t to[6], uint8_t *buf,
                      struct inspect_sent *out)
{
    uint32_t place = (uint32_t)(number % ff->places), at = numbers_at(ff, place), head = at + NUMBERS;
    bool as_made = !ff->shape.mss && ff->shape.checksum != FLOW_CHECKSUM_OFFLOAD;
    memcpy(buf, ff->like[place], out && as_made ? head : ff->len);
    memcpy(buf, to, 6);
    memcpy(buf + 6, from, 6);
    put_number(buf + at, number);
    put_identification(ff, number, buf);
    if (ff->shape.tcp)
        put_tcp(ff, number, buf + ff->l4);
    if (place == 0)
        put_checksum(ff, number, buf + ff->l4);
    if (!out)
        return;
    *out = (struct inspect_sent){.bytes = buf, .len = ff->len, .insert = -1, .mss = ff->shape.mss, .l4 = INSPECT_L4_GOOD};
    if (ff->shape.checksum == FLOW_CHECKSUM_WRONG)
        out->l4 = INSPECT_L4_AS_IT_IS;
    else if (!as_made)
        out->l4 = INSPECT_L4_FILLED;
    if (as_made) {
        out->tail = ff->like[place] + head;
        out->tail_len = ff->len - head;
        out->tail_sum = ff->tail_sum[place];
    }
}
