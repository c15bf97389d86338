/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Offloads of the vmxnet3 device, frame by frame and byte by byte: segments of IPv4 and IPv6, without a tag, with one in the frame
 * and with one that the device inserts; and what it says of checksums it has looked at.
 */
#include "vmxnet3_world.h"

enum { MSS = 500, PAYLOAD = 1200, SEGMENTS = 3, TCI = 0x6000 | 77, FIN = 1, PSH = 8, ACK = 0x10, CWR = 0x80 };
enum tag { UNTAGGED, IN_FRAME, INSERTED };

static const uint8_t peer[6] = {2, 0, 0, 0, 0, 0x99};

/* Of pseudo header and layer 4, checksum included: 0xffff when right. */
static uint32_t l4_sum(const uint8_t *p, uint32_t l3, uint32_t len)
{
    bool v4 = p[l3] >> 4 == 4;
    uint32_t l4 = l3 + (v4 ? 20 : 40);
    return sum16(p + l4, len - l4, sum16(p + l3 + (v4 ? 12 : 8), v4 ? 8 : 32, p[l3 + (v4 ? 9 : 6)] + len - l4));
}

/* Ethernet, a tag, IP and TCP or UDP, then `payload` bytes; IP's checksum is right, layer 4's is 0. Returns the headers' length. */
static uint32_t build(uint8_t *p, bool v4, bool tagged, uint8_t protocol, uint32_t payload)
{
    uint32_t l3 = tagged ? 18 : 14, l4 = l3 + (v4 ? 20 : 40), hlen = l4 + (protocol == 6 ? 20 : 8);
    memset(p, 0, hlen);
    memcpy(p, peer, 6);
    memcpy(p + 6, w_mac, 6);
    if (tagged) {
        put16(p + 12, 0x8100);
        put16(p + 14, TCI);
    }
    put16(p + l3 - 2, v4 ? 0x0800 : 0x86dd);
    p[l3] = v4 ? 0x45 : 0x60;
    put16(p + l3 + (v4 ? 2 : 4), hlen + payload - (v4 ? l3 : l4));
    p[l3 + (v4 ? 9 : 6)] = protocol;
    p[l3 + (v4 ? 8 : 7)] = 64;
    for (uint32_t i = 0; i < (v4 ? 8u : 32u); i++)
        p[l3 + (v4 ? 12 : 8) + i] = (uint8_t)(3 * i + 1);
    if (v4) {
        p[l3 + 5] = 7;
        put16(p + l3 + 10, ~sum16(p + l3, 20, 0));
    }
    put16(p + l4, 80);
    put16(p + l4 + 2, 90);
    if (protocol == 6) {
        put16(p + l4 + 6, 100);
        p[l4 + 12] = 0x50;
    } else {
        put16(p + l4 + 4, 8 + payload);
    }
    for (uint32_t i = 0; i < payload; i++)
        p[hlen + i] = (uint8_t)(i * 7 + 1);
    return hlen;
}

static void check_segment(const uint8_t *p, uint32_t len, const uint8_t *whole, uint32_t hlen, bool v4, enum tag tag, uint32_t i)
{
    uint32_t chunk = i < SEGMENTS - 1 ? MSS : PAYLOAD - MSS * (SEGMENTS - 1);
    uint32_t shift = tag == INSERTED ? 4 : 0, l3 = tag == UNTAGGED ? 14 : 18, l4 = l3 + (v4 ? 20 : 40);
    uint8_t flags = ACK | (i ? 0 : CWR) | (i < SEGMENTS - 1 ? 0 : FIN | PSH);
    ck_assert_uint_eq(len, hlen + shift + chunk);
    ck_assert_mem_eq(p, whole, 12);
    if (tag != UNTAGGED) {
        ck_assert_uint_eq(get16(p + 12), 0x8100);
        ck_assert_uint_eq(get16(p + 14), TCI);
    }
    ck_assert_uint_eq(get16(p + l3 - 2), v4 ? 0x0800 : 0x86dd);
    ck_assert_uint_eq(get16(p + l3 + (v4 ? 2 : 4)), v4 ? 40 + chunk : 20 + chunk);
    if (v4) {
        ck_assert_uint_eq(get16(p + l3 + 4), 7 + i);
        ck_assert_uint_eq(sum16(p + l3, 20, 0), 0xffff);
    }
    ck_assert_uint_eq(get16(p + l4 + 4) << 16 | get16(p + l4 + 6), 100 + MSS * i);
    ck_assert_uint_eq(p[l4 + 13], flags);
    ck_assert_uint_eq(l4_sum(p, l3, len), 0xffff);
    ck_assert_mem_eq(p + l4 + 20, whole + hlen + MSS * i, chunk);
}

START_TEST(segments_of_every_kind)
{
    bool v4 = _i % 2;
    enum tag tag = (enum tag)(_i / 2);
    struct world *w = w_create(1);
    uint8_t bytes[74 + 4 + PAYLOAD];
    uint32_t hlen = build(bytes, v4, tag == IN_FRAME, 6, PAYLOAD);
    bytes[hlen - 7] = ACK | FIN | PSH | CWR;
    frame_ref ref = frame_birth(&w->guest, 0, hlen + PAYLOAD);
    w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV);
    memcpy(w_at(w, W_BUFFERS), bytes, hlen + PAYLOAD);
    mem_tag_made(&w->mem, W_BUFFERS, hlen + PAYLOAD, ref);
    w_put_tx(w, 0, W_BUFFERS, hlen + PAYLOAD, MSS << VMXNET3_TXD_MSSCOF_SHIFT,
             hlen | VMXNET3_OM_TSO << VMXNET3_TXD_OM_SHIFT | VMXNET3_TXD_EOP | VMXNET3_TXD_CQ |
                 (tag == INSERTED ? VMXNET3_TXD_TI | (uint32_t)TCI << VMXNET3_TXD_TCI_SHIFT : 0));
    w_write(w, 0, VMXNET3_REG_TXPROD, 1);
    w_run(w);
    ck_assert_uint_eq(w->caught, SEGMENTS);
    for (uint32_t i = 0; i < SEGMENTS; i++)
        check_segment(w->caught_data[i], w->caught_len[i], bytes, hlen, v4, tag, i);
    ck_assert_uint_eq(books_fate_count(w->sim, FATE_segmented), 1);
    w_destroy(w);
}
END_TEST

/* A checksum alone, of TCP and of UDP: where the descriptor says, and 0xffff when it comes out as 0 [RFC 768]. */
START_TEST(checksums_of_every_kind)
{
    bool v4 = _i % 2, udp = _i / 2 % 2;
    enum tag tag = (enum tag)(_i / 4);
    struct world *w = w_create(1);
    uint8_t bytes[200];
    w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV);
    for (unsigned zero = 0; zero < 2; zero++) {
        uint32_t hlen = build(bytes, v4, tag == IN_FRAME, udp ? 17 : 6, 33), len = hlen + 33;
        uint32_t l3 = tag == IN_FRAME ? 18 : 14, l4 = l3 + (v4 ? 20 : 40), field = l4 + (udp ? 6 : 16);
        if (zero) {
            put16(bytes + hlen, 0);
            put16(bytes + hlen, ~l4_sum(bytes, l3, len)); /* then the sum of all is 0xffff, its complement 0 */
        }
        frame_ref ref = frame_birth(&w->guest, 0, len);
        memcpy(w_at(w, W_BUFFERS + 0x1000 * zero), bytes, len);
        mem_tag_made(&w->mem, W_BUFFERS + 0x1000 * zero, len, ref);
        w_put_tx(w, zero, W_BUFFERS + 0x1000 * zero, len, field << VMXNET3_TXD_MSSCOF_SHIFT,
                 l4 | VMXNET3_OM_CSUM << VMXNET3_TXD_OM_SHIFT | VMXNET3_TXD_EOP |
                     (tag == INSERTED ? VMXNET3_TXD_TI | (uint32_t)TCI << VMXNET3_TXD_TCI_SHIFT : 0));
        w_write(w, 0, VMXNET3_REG_TXPROD, zero + 1);
        w_run(w);
        uint32_t shift = tag == INSERTED ? 4 : 0;
        const uint8_t *p = w->caught_data[zero];
        ck_assert_uint_eq(w->caught, zero + 1);
        ck_assert_uint_eq(w->caught_len[zero], len + shift);
        ck_assert_uint_eq(l4_sum(p, l3 + shift, len + shift), 0xffff);
        if (zero)
            ck_assert_uint_eq(get16(p + field + shift), udp ? 0xffff : 0);
    }
    w_destroy(w);
}
END_TEST

/* What stands in the completion of a frame that came in. */
START_TEST(received_checksums_are_judged)
{
    enum { GOOD, BAD, NONE };
    const uint32_t all = VMXNET3_RCD_TUC | VMXNET3_RCD_IPC | VMXNET3_RCD_TCP | VMXNET3_RCD_UDP | VMXNET3_RCD_V4 | VMXNET3_RCD_V6;
    bool v4 = _i % 2, udp = _i / 2 % 2, tagged = _i / 4;
    struct world *w = w_create(1);
    uint8_t bytes[200];
    w_shared(w)->devRead.misc.uptFeatures = UPT1_F_RXCSUM;
    w_shared(w)->devRead.rxFilterConf.vfTable[(TCI & 0xfff) / 32] = 1u << TCI % 32;
    w_post_rx(w, 0, 0, 8, 2048);
    w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV);
    for (unsigned kind = 0; kind <= (v4 && udp ? NONE : BAD); kind++) {
        uint32_t hlen = build(bytes, v4, tagged, udp ? 17 : 6, 33), len = hlen + 33;
        uint32_t l3 = tagged ? 18 : 14, field = l3 + (v4 ? 20 : 40) + (udp ? 6 : 16);
        memcpy(bytes, w_mac, 6);
        put16(bytes + field, ~l4_sum(bytes, l3, len));
        bytes[field] ^= kind == BAD;
        if (kind == NONE)
            put16(bytes + field, 0);
        frame_ref ref = frame_birth(&w->outside, 0, len);
        memcpy(frame_data(frame_get(w->sim, ref)), bytes, len);
        w_inject(w, ref);
        ck_assert_uint_eq(w_rxc(w, 0, kind)->dword2 & VMXNET3_RXD_LEN_MASK, len);
        ck_assert_uint_eq(w_rxc(w, 0, kind)->dword3 & all, (kind == BAD ? 0 : VMXNET3_RCD_TUC) | VMXNET3_RCD_IPC |
                                                               (udp ? VMXNET3_RCD_UDP : VMXNET3_RCD_TCP) |
                                                               (v4 ? VMXNET3_RCD_V4 : VMXNET3_RCD_V6));
        ck_assert_uint_eq(w_rxc(w, 0, kind)->dword0 & VMXNET3_RCD_CNC, 0);
    }
    w_destroy(w);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("vmxnet3 offload");
    TCase *t = tcase_create("all");
    tcase_add_loop_test(t, segments_of_every_kind, 0, 6);
    tcase_add_loop_test(t, checksums_of_every_kind, 0, 12);
    tcase_add_loop_test(t, received_checksums_are_judged, 0, 8);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
