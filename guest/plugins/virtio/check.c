/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio: what a frame is, and checksums: what a device that says neither leaves to its driver's system. */
#include "guest/plugins/virtio/virtio.h"

enum { TCP = 6, UDP = 17, IP4_LEAST = 20, IP6_BYTES = 40, TAG = 4 };

static uint32 pair(const uint8 *p) { return (uint32)p[0] << 8 | p[1]; }
static uint32 fold(uint32 sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

uint32 virtio_sum(const uint8 *p, uint32 length, uint32 sum)
{
    uint32 i = 0;
    for (; i + 1 < length; i += 2) {
        sum += pair(p + i);
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return fold(i < length ? sum + ((uint32)p[i] << 8) : sum);
}

uint32 virtio_pseudo_sum(const uint8 *ip, Bool v4, uint32 protocol, uint32 l4_length)
{
    uint32 addresses = virtio_sum(v4 ? ip + 12 : ip + 8, v4 ? 8 : 32, 0);
    return fold(addresses + protocol + (l4_length >> 16) + (l4_length & 0xffff));
}

/* Over all pieces of the frame, bytes [from, to). */
static uint32 frame_sum(Plugin_State *ps, uint32 queue, const Shell_RecvFrame *frame, uint32 from, uint32 to, uint32 sum)
{
    uint32 at = 0, done = 0; /* done: bytes summed; an odd number of them turns what follows round */
    for (uint32 k = 0; k < frame->sgLength && at < to; at += frame->sg[k++].length) {
        const uint8 *p = ps->bufferVA(ps->rxQueues[queue].handle, frame->sg[k].ringOffset) + (k ? 0 : frame->firstSgOffset);
        uint32 begin = from > at ? from - at : 0, end = to - at < frame->sg[k].length ? to - at : frame->sg[k].length, part;
        if (begin >= end)
            continue;
        part = virtio_sum(p + begin, end - begin, 0);
        sum = fold(sum + (done % 2 ? (part >> 8 | part << 8) & 0xffff : part));
        done += end - begin;
    }
    return sum;
}

struct packet {
    uint32 l3, l4, end, protocol;
    Bool fragment;
};

static Bool find_ip(const uint8 *p, uint32 length, uint32 total, Shell_RecvFrame *frame, struct packet *k)
{
    uint32 type = length >= 14 ? pair(p + 12) : 0, header;
    k->l3 = 14;
    if (type == 0x8100 && length >= 14 + TAG) {
        type = pair(p + 16);
        k->l3 += TAG;
    }
    if (type == 0x0800 && length >= k->l3 + IP4_LEAST && p[k->l3] >> 4 == 4) {
        header = 4u * (p[k->l3] & 15);
        k->end = k->l3 + pair(p + k->l3 + 2);
        if (header < IP4_LEAST || k->l3 + header > k->end || k->end > total || k->l3 + header > length)
            return FALSE;
        k->l4 = k->l3 + header;
        k->protocol = p[k->l3 + 9];
        k->fragment = (pair(p + k->l3 + 6) & 0x3fff) != 0;
        frame->ipv4 = TRUE;
        frame->ipXsum = virtio_sum(p + k->l3, header, 0) == 0xffff ? SHELL_XSUM_CORRECT : SHELL_XSUM_INCORRECT;
        return TRUE;
    }
    if (type != 0x86dd || length < k->l3 + IP6_BYTES || p[k->l3] >> 4 != 6)
        return FALSE;
    k->l4 = k->l3 + IP6_BYTES;
    k->end = k->l4 + pair(p + k->l3 + 4);
    k->protocol = p[k->l3 + 6]; /* behind extension headers nothing is looked for */
    k->fragment = FALSE;
    frame->ipv6 = k->end <= total;
    return frame->ipv6;
}

void virtio_describe(Plugin_State *ps, uint32 queue, Shell_RecvFrame *frame, Bool valid)
{
    const uint8 *p = ps->bufferVA(ps->rxQueues[queue].handle, frame->sg[0].ringOffset) + frame->firstSgOffset;
    uint32 bytes;
    struct packet k;
    uint8 verdict;
    frame->ipv4 = frame->ipv6 = frame->tcp = frame->udp = FALSE;
    frame->ipXsum = frame->tcpXsum = frame->udpXsum = SHELL_XSUM_UNKNOWN;
    frame->nonIp = !find_ip(p, frame->sg[0].length, frame->byteLength, frame, &k);
    if (frame->nonIp || k.fragment)
        return;
    bytes = k.end - k.l4;
    frame->tcp = k.protocol == TCP && bytes >= 20 && k.l4 + 20 <= frame->sg[0].length;
    frame->udp = k.protocol == UDP && bytes >= 8 && k.l4 + 8 <= frame->sg[0].length;
    if (!frame->tcp && (!frame->udp || !pair(p + k.l4 + 6)))
        return; /* none, or one whose sender computed none */
    if (!valid)
        valid = frame_sum(ps, queue, frame, k.l4, k.end, virtio_pseudo_sum(p + k.l3, frame->ipv4, k.protocol, bytes)) == 0xffff;
    verdict = valid ? SHELL_XSUM_CORRECT : SHELL_XSUM_INCORRECT;
    if (frame->tcp)
        frame->tcpXsum = verdict;
    else
        frame->udpXsum = verdict;
}
