/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a device is asked to do to frames: each is held against what it is to be on the wire. */
#include "guest/conformance/cases.h"

enum { IP_AT = 14, L4_AT = 34, UDP_DATA = 42, TCP_DATA = 54, UDP_SUM = 6, TCP_SUM = 16, IP_SUM = 10, SEQUENCE = 4, LONG_US = 3000 };
enum { MSS = 500, SEGMENTS = 4, LAST = 123, BURST = TCP_DATA + (SEGMENTS - 1) * MSS + LAST, TCI = 0x6005 };

static uint8_t sent[BURST], wanted[BURST];

static void put16(uint8_t *p, uint32_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static uint32_t get16(const uint8_t *p) { return (uint32_t)p[0] << 8 | p[1]; }
static uint32_t get32(const uint8_t *p) { return get16(p) << 16 | get16(p + 2); }

/* As a stack leaves it to the device: no sum of the IP header, and the pseudo header's where that of layer 4 goes. Of a burst the
 * pseudo header has no length. */
static void leave_sums_open(uint8_t *frame, uint32_t length, bool udp, bool burst)
{
    uint32_t bytes = burst ? 0 : length - L4_AT;
    put16(frame + IP_AT + IP_SUM, 0);
    put16(frame + L4_AT + (udp ? UDP_SUM : TCP_SUM), frame_sum(frame + IP_AT + 12, 8, (udp ? 17 : 6) + bytes));
}

static uint32_t next_on_wire(uint32_t *tag)
{
    uint64_t answer = 0;
    for (uint32_t t = 0; !answer && t < LONG_US; t += 20) {
        kit_poll(0);
        answer = kit_stand(STAND_LEFT, 0, kit_gpa(kit.frame), sizeof(kit.frame));
        if (!answer)
            kit_wait_us(20);
    }
    *tag = (uint32_t)(answer >> 32);
    return (uint32_t)answer;
}

static void expect_on_wire(const uint8_t *frame, uint32_t length, uint32_t tag, const char *what)
{
    uint32_t seen_tag, seen = next_on_wire(&seen_tag), same = 0;
    while (same < length && same < seen && frame[same] == kit.frame[same])
        same++;
    if (!seen)
        kit_broken(STAND_RULE_T10, "%s has not left", what);
    else if (seen != length || same < length)
        kit_broken(STAND_RULE_T10, "%s left as %u bytes, and was to have %u; it is as it was to be up to byte %u", what, seen,
                   length, same);
    else if (seen_tag != tag)
        kit_broken(STAND_RULE_T10, "%s left with tag %x, and was to have %x", what, (uint64_t)seen_tag, (uint64_t)tag);
}

/* ---- checksums and tags ---- */

static bool one_frame(bool udp, bool sums, bool tagged, uint32_t length, uint32_t pieces, const char *what)
{
    const Plugin_SendInfo info = {.ipv4 = 1,
                                  .udp = udp,
                                  .xsumTcpOrUdp = sums,
                                  .vlan = tagged,
                                  .vlanTag = tagged ? TCI : 0,
                                  .ipHeaderOffset = IP_AT,
                                  .l4HeaderOffset = L4_AT,
                                  .l4DataOffset = udp ? UDP_DATA : TCP_DATA};
    frame_make(wanted, length, length, udp ? FRAME_UDP : FRAME_TCP, kit.config->peer, kit.config->mac);
    memcpy(sent, wanted, length);
    if (sums)
        leave_sums_open(sent, length, udp, false);
    if (frame_put_as(0, sent, length, pieces, &info) != PLUGIN_OK)
        return false; /* as it may */
    expect_on_wire(wanted, length, tagged ? STAND_TAGGED | TCI : 0, what);
    return true;
}

/* ---- bursts ---- */

static void make_segment(uint32_t i, uint32_t length)
{
    uint32_t flags = sent[L4_AT + 13], bytes = length - L4_AT;
    memcpy(wanted, sent, TCP_DATA);
    memcpy(wanted + TCP_DATA, sent + TCP_DATA + i * MSS, length - TCP_DATA);
    put16(wanted + IP_AT + 2, length - IP_AT);
    put16(wanted + IP_AT + IP_SUM, 0);
    put16(wanted + IP_AT + 4, get16(kit.frame + IP_AT + 4)); /* the device's to count */
    put16(wanted + IP_AT + IP_SUM, ~frame_sum(wanted + IP_AT, 20, 0));
    put16(wanted + L4_AT + SEQUENCE, (get32(sent + L4_AT + SEQUENCE) + i * MSS) >> 16);
    put16(wanted + L4_AT + SEQUENCE + 2, get32(sent + L4_AT + SEQUENCE) + i * MSS);
    wanted[L4_AT + 13] = (uint8_t)flags;
    put16(wanted + L4_AT + TCP_SUM, 0);
    put16(wanted + L4_AT + TCP_SUM, ~frame_sum(wanted + L4_AT, bytes, frame_sum(wanted + IP_AT + 12, 8, 6 + bytes)));
}

static void expect_segments(void)
{
    for (uint32_t i = 0; i < SEGMENTS; i++) {
        uint32_t tag, length = TCP_DATA + (i + 1 < SEGMENTS ? MSS : LAST), seen = next_on_wire(&tag), same = 0;
        if (!seen) {
            kit_broken(STAND_RULE_T10, "of a burst of %u segments %u have left", (uint32_t)SEGMENTS, i);
            return;
        }
        make_segment(i, length);
        while (same < length && wanted[same] == kit.frame[same])
            same++;
        if (seen != length || same < length)
            kit_broken(STAND_RULE_T10,
                       "segment %u of a burst left as %u bytes, and was to have %u; it is as it was to be up to byte %u", i, seen,
                       length, same);
    }
}

static void burst(uint32_t pieces)
{
    static const Plugin_SendInfo info = {.ipv4 = 1,
                                         .xsumTcpOrUdp = 1,
                                         .tso = 1,
                                         .tsoMss = MSS,
                                         .ipHeaderOffset = IP_AT,
                                         .l4HeaderOffset = L4_AT,
                                         .l4DataOffset = TCP_DATA};
    frame_make(sent, 7, BURST, FRAME_TCP, kit.config->peer, kit.config->mac);
    leave_sums_open(sent, BURST, false, true);
    if (frame_put_as(0, sent, BURST, pieces, &info) == PLUGIN_OK)
        expect_segments();
}

void case_offloads(void)
{
    uint32_t tried = 0;
    kit_begin();
    for (uint32_t i = 0; i < 6; i++) {
        uint32_t length = 100 + 200 * i, pieces = 1 + i % 3;
        tried += one_frame(true, true, false, length, pieces, "a datagram of UDP whose checksums the device is asked for");
        tried += one_frame(false, true, false, length, pieces, "a segment of TCP whose checksums the device is asked for");
        tried += one_frame(false, false, true, length, pieces, "a frame whose tag the device is asked for");
        tried += one_frame(true, true, true, length, pieces, "a datagram whose tag and checksums the device is asked for");
        burst(1 + i % 4);
    }
    if (!tried)
        kit_not_here("the plugin refuses every frame to which something is to be done");
    kit_settle(0, 0, LONG_US);
    kit_moves(8, STAND_RULE_T10, "behind all of that");
}
