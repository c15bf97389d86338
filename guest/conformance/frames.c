/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames: what each says of itself (its number, and bytes that follow from it), sent, fetched from the wire, and held against
 * that. */
#include "guest/conformance/kit.h"

enum { ETHERTYPE_AT = 12, IP_AT = 14, L4_AT = 34, UDP_DATA = 42, TCP_DATA = 54, PIECE_GAP = 64, SHORTEST = 60, NUMBER_BYTES = 4 };

static bool is_udp(enum frame_kind kind) { return kind == FRAME_UDP || kind == FRAME_UDP_BAD || kind == FRAME_IP_BAD; }
static bool is_tcp(enum frame_kind kind) { return kind == FRAME_TCP || kind == FRAME_TCP_BAD; }

static void put16(uint8_t *p, uint32_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}
static void put32(uint8_t *p, uint32_t value)
{
    put16(p, value >> 16);
    put16(p + 2, value & 0xffff);
}
static uint32_t get32(const uint8_t *p) { return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]; }

/* [RFC 1071] */
uint32_t frame_sum(const uint8_t *p, uint32_t bytes, uint32_t sum)
{
    for (uint32_t i = 0; i < bytes; i++)
        sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

static void make_packet(uint8_t *frame, uint32_t length, enum frame_kind kind)
{
    uint8_t *ip = frame + IP_AT, *l4 = frame + L4_AT;
    uint32_t bytes = length - L4_AT, protocol = is_udp(kind) ? 17 : 6, sum_at = is_udp(kind) ? 6 : 16;
    put16(frame + ETHERTYPE_AT, 0x0800);
    memset(ip, 0, (is_udp(kind) ? UDP_DATA : TCP_DATA) - IP_AT);
    ip[0] = 0x45;
    put16(ip + 2, length - IP_AT);
    ip[8] = 64;
    ip[9] = (uint8_t)protocol;
    put32(ip + 12, 0x0a000001);
    put32(ip + 16, 0x0a000002);
    put16(ip + 10, ~frame_sum(ip, 20, 0));
    put16(l4, 1024);
    put16(l4 + 2, 2048);
    if (is_udp(kind)) {
        put16(l4 + 4, bytes);
    } else {
        l4[12] = 0x50;
        l4[13] = 0x10;
    }
    put16(l4 + sum_at, ~frame_sum(l4, bytes, frame_sum(ip + 12, 8, protocol + bytes)));
    if (kind == FRAME_UDP_BAD || kind == FRAME_TCP_BAD)
        l4[sum_at] ^= 0x5a;
    if (kind == FRAME_IP_BAD)
        ip[10] ^= 0x5a;
}

static uint32_t number_at(enum frame_kind kind) { return is_udp(kind) ? UDP_DATA : is_tcp(kind) ? TCP_DATA : IP_AT; }

uint32_t frame_make(uint8_t *to, uint32_t number, uint32_t length, enum frame_kind kind, const uint8_t *dst, const uint8_t *src)
{
    uint32_t at = number_at(kind);
    memcpy(to, dst, 6);
    memcpy(to + 6, src, 6);
    put16(to + ETHERTYPE_AT, 0x88b5);
    for (uint32_t i = at + NUMBER_BYTES; i < length; i++)
        to[i] = (uint8_t)(i * 7 + number * 31) ^ (i > length / 2 ? kit.twist : 0);
    put32(to + at, number);
    if (kind != FRAME_PLAIN)
        make_packet(to, length, kind);
    return length;
}

/* ---- out ---- */

/* Whatever it makes of a frame, it does so elsewhere. */
static void look_at_pieces(const Plugin_SgList *sgl, const uint8_t *frame)
{
    for (uint32_t k = 0; k < sgl->numElements; frame += sgl->elements[k++].length)
        if (memcmp(kit_va(sgl->elements[k].pa), frame, sgl->elements[k].length))
            kit_broken(STAND_RULE_M3, "addFrameToTxRing wrote into piece %u of a frame that needs no checksum", k);
}

static uint32_t put(uint32_t queue, const uint8_t *frame, uint32_t length, uint32_t pieces, const Plugin_SendInfo *what, bool hint)
{
    struct Shell_TxQueueHandle *q = &kit.tx[queue];
    uint32_t slot = (q->first + q->count) % STAND_TX_SLOTS, buffer = STAND_TX_BUFFER(queue, slot),
             part = (length + pieces - 1) / pieces;
    Plugin_SendInfo info =
        what ? *what : (Plugin_SendInfo){.ipHeaderOffset = IP_AT, .l4HeaderOffset = L4_AT, .l4DataOffset = UDP_DATA};
    Plugin_SgList sgl = {.totalLength = length, .firstSgVA = kit_va(buffer)};
    for (uint32_t at = 0, k = 0; at < length; at += part, k++) {
        uint32_t bytes = length - at < part ? length - at : part, gpa = buffer + at + k * (length <= 1600 ? PIECE_GAP : 0);
        memcpy(kit_va(gpa), frame + at, bytes);
        sgl.elements[sgl.numElements++] = (Plugin_SgElement){gpa, bytes};
    }
    uint32_t value = kit_add_frame(queue, &info, &sgl, hint);
    if (!info.xsumTcpOrUdp)
        look_at_pieces(&sgl, frame);
    if (value == PLUGIN_OK) {
        q->number[slot] = kit.sent;
        q->count++;
    } else {
        memset(kit_va(buffer), 0xdb, STAND_BUFFER_BYTES);
    }
    return value;
}

uint32_t frame_put(uint32_t queue, uint32_t length, uint32_t pieces, enum frame_kind kind, bool hint)
{
    if (kit.tx[queue].count == STAND_TX_SLOTS || kit.sent == FRAMES_MAX)
        return PLUGIN_NO_ROOM;
    frame_make(kit.frame, kit.sent, length, kind, kit.config->peer, kit.config->mac);
    uint32_t value = put(queue, kit.frame, length, pieces, NULL, hint);
    if (value == PLUGIN_OK)
        kit.out[kit.sent++] = (struct told){(uint16_t)length, (uint8_t)kind, 0};
    return value;
}

/* It has no number: nobody is to see it. */
uint32_t frame_put_forged(uint32_t queue, uint32_t length)
{
    static const uint8_t other[6] = {2, 0x66, 0x6f, 0x72, 0x67, 0x65};
    if (kit.tx[queue].count == STAND_TX_SLOTS)
        return PLUGIN_NO_ROOM;
    frame_make(kit.frame, FRAMES_MAX, length, FRAME_PLAIN, kit.config->peer, other);
    return put(queue, kit.frame, length, 1, NULL, true);
}

uint32_t frame_put_to(uint32_t queue, const uint8_t *dst, uint32_t length)
{
    frame_make(kit.frame, FRAMES_MAX, length, FRAME_PLAIN, dst, kit.config->mac);
    return put(queue, kit.frame, length, 1, NULL, true);
}

uint32_t frame_put_as(uint32_t queue, const uint8_t *frame, uint32_t length, uint32_t pieces, const Plugin_SendInfo *info)
{
    return put(queue, frame, length, pieces, info, true);
}

static uint32_t first_difference(const uint8_t *a, const uint8_t *b, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++)
        if (a[i] != b[i])
            return i;
    return bytes;
}

static void hold_against(const uint8_t *frame, uint32_t length)
{
    uint32_t number = get32(frame + IP_AT);
    if (number == FRAMES_MAX) {
        kit.forged_left++;
        return;
    }
    if (number >= kit.sent) {
        kit_broken(STAND_RULE_T4, "a frame left that nobody sent, of %u bytes", length);
        return;
    }
    struct told *told = &kit.out[number];
    uint32_t expected = told->length < SHORTEST ? SHORTEST : told->length;
    frame_make(kit.other, number, told->length, told->kind, kit.config->peer, kit.config->mac);
    uint32_t same = first_difference(frame, kit.other, told->length);
    if (length != expected || same != told->length)
        kit_broken(STAND_RULE_T4, "frame %u left as %u bytes, and was sent as %u; they agree up to byte %u", number, length,
                   expected, same);
    if (told->seen)
        kit_broken(STAND_RULE_T1, "frame %u left twice", number);
    if (number + 1 < kit.wire_last && kit.config->queues == 1)
        kit_broken(STAND_RULE_T4, "frame %u left behind frame %u", number, kit.wire_last - 1);
    kit.wire_last = number + 1;
    told->seen = 1;
    kit.left++;
}

void frames_fetch(void)
{
    uint64_t answer;
    while ((answer = kit_stand(STAND_LEFT, 0, kit_gpa(kit.frame), sizeof(kit.frame)))) {
        if (answer >> 32 != kit.tag)
            kit_broken(STAND_RULE_H3, "a frame left with tag %x, and its VF's is %x", answer >> 32, (uint64_t)kit.tag);
        hold_against(kit.frame, (uint32_t)answer);
    }
}

/* ---- in ---- */

void frames_arrive(uint32_t count, uint32_t length, enum frame_kind kind)
{
    for (; count && kit.arrived < FRAMES_MAX; count--) {
        uint32_t number = kit.arrived++;
        kit.in[number] = (struct told){(uint16_t)length, (uint8_t)kind, 0};
        frame_make(kit.frame, number, length, kind, kit.config->mac, kit.config->peer);
        kit_stand(STAND_ARRIVES, kit.tag | (kit.at_once ? STAND_HELD : 0), kit_gpa(kit.frame), length);
    }
}

static bool gather(struct Shell_RxQueueHandle *queue, const Shell_RecvFrame *frame, uint32_t *length)
{
    static struct machine_rx rx;
    uint32_t size = kit.config->ring;
    *length = 0;
    rx.fragments = frame->sgLength;
    rx.info = 0;
    for (uint32_t k = 0; k < frame->sgLength; k++) {
        uint32_t gpa = queue->slot[frame->sg[k].ringOffset % size].gpa + (k ? 0 : frame->firstSgOffset),
                 bytes = frame->sg[k].length;
        if (*length + bytes > sizeof(kit.frame))
            return false;
        memcpy(kit.frame + *length, kit_va(gpa), bytes);
        *length += bytes;
        rx.fragment[k].gpa = gpa;
        rx.fragment[k].len = bytes;
    }
    return !kit_exit(MACHINE_OP_FRAME_DELIVER, (uint64_t)&rx, 0, 0);
}

static void hold_verdicts(const Shell_RecvFrame *frame, enum frame_kind kind, uint32_t number)
{
    bool ip = kind != FRAME_PLAIN;
    if ((frame->ipv4 != 0) != ip || frame->ipv6 || (frame->nonIp != 0) == ip || (frame->tcp != 0) != is_tcp(kind) ||
        (frame->udp != 0) != is_udp(kind))
        kit_broken(STAND_RULE_R7, "frame %u is %s, and that is not said of it", number,
                   !ip            ? "no IP packet"
                   : is_tcp(kind) ? "TCP in IPv4"
                                  : "UDP in IPv4");
    if (frame->vlan)
        kit_broken(STAND_RULE_R7, "frame %u has no tag, and one is said to have been taken off", number);
    if (frame->ipXsum == (kind == FRAME_IP_BAD ? SHELL_XSUM_CORRECT : SHELL_XSUM_INCORRECT))
        kit_broken(STAND_RULE_R7, "the checksum of frame %u's IP header is told the other way round", number);
    uint8_t l4 = is_tcp(kind) ? frame->tcpXsum : is_udp(kind) ? frame->udpXsum : SHELL_XSUM_UNKNOWN;
    bool is_bad = kind == FRAME_TCP_BAD || kind == FRAME_UDP_BAD;
    if (l4 == (is_bad ? SHELL_XSUM_CORRECT : SHELL_XSUM_INCORRECT))
        kit_broken(STAND_RULE_R7, "the checksum of frame %u is %s, and the other is said", number, is_bad ? "wrong" : "right");
}

static uint32_t number_of(const uint8_t *frame, uint32_t length)
{
    bool ip = frame[ETHERTYPE_AT] == 8 && !frame[ETHERTYPE_AT + 1];
    uint32_t at = number_at(!ip ? FRAME_PLAIN : frame[IP_AT + 9] == 17 ? FRAME_UDP : FRAME_TCP);
    return at + NUMBER_BYTES <= length ? get32(frame + at) : FRAMES_MAX;
}

void frame_handed_up(struct Shell_RxQueueHandle *queue, const Shell_RecvFrame *frame)
{
    uint32_t length, number;
    bool is_whole = gather(queue, frame, &length);
    number = number_of(kit.frame, length);
    if (length != frame->byteLength)
        kit_broken(STAND_RULE_R10, "a frame of %u bytes has fragments of %u in all", frame->byteLength, length);
    if (number >= kit.arrived) {
        kit_broken(STAND_RULE_R10, "%u bytes were handed up that nobody sent", length);
        return;
    }
    struct told *told = &kit.in[number];
    frame_make(kit.other, number, told->length, told->kind, kit.config->mac, kit.config->peer);
    uint32_t same = first_difference(kit.frame, kit.other, length < told->length ? length : told->length);
    if (length != told->length || same != told->length || !is_whole)
        kit_broken(STAND_RULE_R10, "frame %u was handed up as %u bytes, and came as %u; they agree up to byte %u", number, length,
                   told->length, same);
    if (told->seen)
        kit_broken(STAND_RULE_R10, "frame %u was handed up twice", number);
    if (number + 1 < queue->last)
        kit_broken(STAND_RULE_R6, "frame %u was handed up behind frame %u", number, queue->last - 1);
    hold_verdicts(frame, told->kind, number);
    queue->last = number + 1;
    told->seen = 1;
    kit.handed_up++;
}
