/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inspection of frames: what is right passes, and whatever is changed is noticed: every bit of a frame, every tag, every
 * word of its description, every header of a segment and of a large receive.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/inspect.h"

enum { UDP = 17, TCP = 6, PAYLOAD = 61, FRAME_MAX = 2048 };

static void put16(uint8_t *p, unsigned v) { p[0] = (uint8_t)(v >> 8), p[1] = (uint8_t)v; }
static void put32(uint8_t *p, uint32_t v) { put16(p, v >> 16), put16(p + 2, v & 0xffff); }

/* A sum of its own, as slow as RFC 1071 says it. */
static uint32_t slow_sum(const uint8_t *p, uint32_t len)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < len; i++)
        sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
    return sum;
}
static uint16_t finish(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum >> 16) + (sum & 0xffff);
    return (uint16_t)~sum;
}

struct made {
    uint8_t bytes[FRAME_MAX];
    uint32_t len, l3, l4, payload;
};

/* A whole datagram of `proto` over IP of `version`; `options`: an IPv4 option, or a hop-by-hop header. */
static void make(struct made *m, int version, uint8_t proto, bool options, uint32_t payload)
{
    static const uint8_t addresses[12] = {2, 0, 0, 0, 0, 10, 2, 0, 0, 0x10, 0, 1};
    memset(m, 0, sizeof(*m));
    memcpy(m->bytes, addresses, 12);
    put16(m->bytes + 12, version == 4 ? 0x0800 : 0x86dd);
    m->l3 = 14;
    uint32_t header = (version == 4 ? 20 : 40) + (options ? (version == 4 ? 4 : 8) : 0), l4 = proto == TCP ? 20 : 8;
    m->l4 = m->l3 + header;
    m->payload = m->l4 + l4;
    m->len = m->payload + payload;
    uint8_t *ip = m->bytes + m->l3, *t = m->bytes + m->l4;
    for (uint32_t i = 0; i < payload; i++)
        t[l4 + i] = (uint8_t)(i * 7 + 3);
    put16(t, 1234), put16(t + 2, 80);
    if (proto == TCP)
        put32(t + 4, 0xfffffff0), put32(t + 8, 77), t[12] = 0x50, t[13] = 0x18, put16(t + 14, 4096);
    else
        put16(t + 4, l4 + payload);
    uint32_t sum = slow_sum(t, l4 + payload) + proto + l4 + payload;
    if (version == 4) {
        ip[0] = (uint8_t)(0x40 | header / 4), ip[8] = 64, ip[9] = proto;
        put16(ip + 2, header + l4 + payload), put16(ip + 4, 0xfffe);
        put32(ip + 12, 0x0a000001), put32(ip + 16, 0x0a000002);
        if (options)
            memset(ip + 20, 1, 4);
        put16(ip + 10, finish(slow_sum(ip, header)));
        sum += slow_sum(ip + 12, 8);
    } else {
        ip[0] = 0x60, ip[6] = options ? 0 : proto, ip[7] = 64;
        put16(ip + 4, header - 40 + l4 + payload);
        ip[8] = ip[24] = 0xfd, ip[23] = 1, ip[39] = 2;
        if (options)
            ip[40] = proto, ip[42] = 1, ip[43] = 4;
        sum += slow_sum(ip + 8, 32);
    }
    put16(t + (proto == TCP ? 16 : 6), finish(sum));
}

static struct inspect_meta meta_of(const struct made *m)
{
    bool v4 = m->bytes[12] == 8, tcp = m->payload - m->l4 == 20;
    return (struct inspect_meta){.ip4 = v4,
                                 .ip6 = !v4,
                                 .tcp = tcp,
                                 .udp = !tcp,
                                 .ip_sum = v4 ? INSPECT_CORRECT : INSPECT_UNKNOWN,
                                 .tcp_sum = tcp ? INSPECT_CORRECT : INSPECT_UNKNOWN,
                                 .udp_sum = tcp ? INSPECT_UNKNOWN : INSPECT_CORRECT,
                                 .verifies = true,
                                 .strips = true,
                                 .len = m->len};
}

static struct inspect_fault fault;

static bool passes(const struct inspect_sent *sent, uint32_t sequence, const struct inspect_tags *tags, const uint8_t *bytes,
                   uint32_t len, int32_t stripped, const struct inspect_meta *meta)
{
    static uint8_t buf[INSPECT_FRAME_MAX];
    struct inspect_got got = {bytes, len, stripped, meta};
    struct inspect_whole whole;
    return inspect_expect(sent, sequence, buf, &whole) && inspect_frame(&whole, tags, (enum inspect_l4)sent->l4, &got, &fault);
}

static const struct inspect_tags untagged;

static bool same(const struct made *sent, const struct made *got, const struct inspect_meta *meta)
{
    struct inspect_sent s = {.bytes = sent->bytes, .len = sent->len, .insert = -1, .l4 = INSPECT_L4_GOOD};
    return passes(&s, 0, &untagged, got->bytes, got->len, -1, meta);
}

#define EACH_KIND(v, p, o)                               \
    for (int v = 4; v <= 6; v += 2)                      \
        for (uint8_t p = TCP; p; p = p == TCP ? UDP : 0) \
            for (int o = 0; o < 2; o++)

START_TEST(every_bit_counts)
{
    EACH_KIND(version, proto, options)
    {
        struct made m, got;
        make(&m, version, proto, options, PAYLOAD);
        ck_assert_msg(same(&m, &m, NULL), "IPv%d %u: %s", version, proto, fault.text);
        for (uint32_t bit = 0; bit < 8 * m.len; bit++) {
            got = m;
            got.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            ck_assert_msg(!same(&m, &got, NULL) && !fault.in_meta && *fault.text, "IPv%d %u: bit %u", version, proto, bit);
        }
        got = m;
        got.len--;
        ck_assert(!same(&m, &got, NULL));
        got.len += 2;
        ck_assert(!same(&m, &got, NULL));
    }
}
END_TEST

START_TEST(what_is_sent_wrong_is_no_excuse)
{
    struct made m;
    make(&m, 4, UDP, false, PAYLOAD);
    m.bytes[m.l4 + 6] ^= 1;
    ck_assert(!same(&m, &m, NULL));
    ck_assert_str_eq(fault.text, "the UDP checksum is wrong");
    struct inspect_sent s = {.bytes = m.bytes, .len = m.len, .insert = -1, .l4 = INSPECT_L4_AS_IT_IS};
    ck_assert(passes(&s, 0, &untagged, m.bytes, m.len, -1, NULL)); /* a capture's */
    make(&m, 4, TCP, false, PAYLOAD);
    m.bytes[m.l3 + 10] ^= 1;
    ck_assert(!same(&m, &m, NULL));
    ck_assert_str_eq(fault.text, "the IPv4 header's checksum is wrong");
}
END_TEST

START_TEST(a_field_is_called_by_its_name)
{
    static const struct {
        int version;
        uint8_t proto;
        uint32_t at;
        const char *name;
    } fields[] = {
        {6, TCP, 14 + 4, "payload length: 0x"}, {4, TCP, 14 + 2, "total length: 0x"}, {4, TCP, 14 + 10, "header checksum: 0x"},
        {4, TCP, 34 + 13, "flags: 0x"},         {6, UDP, 54 + 6, "UDP checksum: 0x"}, {6, UDP, 54 + 9, "payload: 0x"},
        {4, UDP, 3, "destination address: 02"}, {4, UDP, 9, "source address: 02"},
    };
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        struct made m, got;
        make(&m, fields[i].version, fields[i].proto, false, PAYLOAD);
        got = m;
        got.bytes[fields[i].at] ^= 0x10;
        ck_assert(!same(&m, &got, NULL));
        ck_assert_msg(!strncmp(fault.text, fields[i].name, strlen(fields[i].name)), "%s", fault.text);
    }
}
END_TEST

/* ---- tags ---- */

START_TEST(tags_on_the_way)
{
    static const struct {
        const char *name;
        struct inspect_tags sent;
        struct inspect_port from, to;
        bool arrives;
        struct inspect_tags seen;
    } row[] = {
        {"no VLANs", {0, {0}}, {-1, 0}, {-1, 0}, true, {0, {0}}},
        {"own tag", {1, {0x81006064}}, {-1, 0}, {-1, 0}, true, {1, {0x81006064}}},
        {"access to access", {0, {0}}, {100, 0}, {100, 0}, true, {0, {0}}},
        {"access to another", {0, {0}}, {100, 0}, {200, 0}, false, {0, {0}}},
        {"access to trunk", {0, {0}}, {100, 0}, {-1, 0}, true, {1, {0x81000064}}},
        {"with the port's quality", {0, {0}}, {100 | 5 << 13, 0}, {-1, 0}, true, {1, {0x8100a064}}},
        {"a priority tag becomes the port's", {1, {0x8100a000}}, {100, 1}, {-1, 0}, true, {1, {0x8100a064}}},
        {"a priority tag behind another's", {1, {0x8100a000}}, {100, 0}, {-1, 0}, true, {2, {0x81000064, 0x8100a000}}},
        {"trunk to access", {1, {0x81000064}}, {-1, 0}, {100, 0}, true, {0, {0}}},
        {"two tags to access", {2, {0x81000064, 0x810000c8}}, {-1, 0}, {100, 0}, true, {1, {0x810000c8}}},
        {"a service tag", {1, {0x88a80064}}, {-1, 0}, {-1, 0}, true, {1, {0x88a80064}}},
    };
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        struct inspect_tags tags = row[i].sent;
        ck_assert_msg(inspect_tags_on(&tags, &row[i].from, &row[i].to) == row[i].arrives, "%s", row[i].name);
        if (row[i].arrives)
            ck_assert_msg(tags.count == row[i].seen.count && !memcmp(tags.tag, row[i].seen.tag, 4 * tags.count), "%s", row[i].name);
    }
}
END_TEST

/* Stripped or in place, a tag is a tag; another one, or one more or less, is not. */
START_TEST(tags_that_differ)
{
    struct made m, tagged;
    make(&m, 4, UDP, false, PAYLOAD);
    tagged = m;
    memmove(tagged.bytes + 16, tagged.bytes + 12, m.len - 12);
    put32(tagged.bytes + 12, 0x8100a064);
    tagged.len += 4;
    struct inspect_tags one = {1, {0x8100a064}}, other = {1, {0x81000064}}, service = {1, {0x88a8a064}};
    struct inspect_sent s = {.bytes = m.bytes, .len = m.len, .insert = 0xa064, .l4 = INSPECT_L4_GOOD};
    ck_assert(passes(&s, 0, &one, tagged.bytes, tagged.len, -1, NULL));
    ck_assert(passes(&s, 0, &one, m.bytes, m.len, 0xa064, NULL));
    ck_assert(!passes(&s, 0, &one, m.bytes, m.len, -1, NULL));
    ck_assert_str_eq(fault.text, "no tag, not tag 100 priority 5");
    ck_assert(!passes(&s, 0, &one, m.bytes, m.len, 0x64, NULL));
    ck_assert(!passes(&s, 0, &other, m.bytes, m.len, 0xa064, NULL));
    ck_assert(!passes(&s, 0, &service, m.bytes, m.len, 0xa064, NULL));
    ck_assert(!passes(&s, 0, &one, tagged.bytes, tagged.len, 0xa064, NULL)); /* twice */
    ck_assert(!passes(&s, 0, &untagged, tagged.bytes, tagged.len, -1, NULL));
}
END_TEST

/* ---- what is said ---- */

static void misreported(const struct made *m, struct inspect_meta meta, const char *what)
{
    ck_assert_msg(!same(m, m, &meta) && fault.in_meta, "not noticed: %s", what);
}

START_TEST(every_word_of_the_description_counts)
{
    EACH_KIND(version, proto, options)
    {
        struct made m;
        make(&m, version, proto, false, PAYLOAD);
        struct inspect_meta right = meta_of(&m), wrong;
        ck_assert_msg(same(&m, &m, &right), "%s", fault.text);
#define WRONG(change) (wrong = right, change, misreported(&m, wrong, #change))
        WRONG((wrong.ip4 = !wrong.ip4, wrong.ip6 = !wrong.ip6));
        WRONG((wrong.tcp = !wrong.tcp, wrong.udp = !wrong.udp));
        WRONG(wrong.not_ip = true);
        WRONG((wrong.ip4 = wrong.ip6 = false, wrong.not_ip = true));
        WRONG((wrong.tcp = wrong.udp = false));
        WRONG(wrong.len++);
        WRONG((proto == TCP ? (wrong.tcp_sum = INSPECT_INCORRECT) : (wrong.udp_sum = INSPECT_INCORRECT)));
        WRONG((wrong.tcp_sum = wrong.udp_sum = INSPECT_UNKNOWN));
        WRONG((proto == TCP ? (wrong.udp_sum = INSPECT_CORRECT) : (wrong.tcp_sum = INSPECT_CORRECT)));
        WRONG(wrong.ip_sum = INSPECT_INCORRECT);
        WRONG(wrong.ip_sum = version == 4 ? INSPECT_UNKNOWN : INSPECT_CORRECT);
        WRONG(wrong.hashes = true);
        WRONG(wrong.hash_type = 5);
        WRONG((wrong.hash_type = version == 4 ? INSPECT_HASH_IP6 : INSPECT_HASH_IP4));
        if (proto == UDP)
            WRONG((wrong.hash_type = version == 4 ? INSPECT_HASH_TCP4 : INSPECT_HASH_TCP6));
        wrong = right; /* a device that does not verify may say nothing, and must not lie */
        wrong.verifies = false;
        wrong.ip_sum = wrong.tcp_sum = wrong.udp_sum = INSPECT_UNKNOWN;
        ck_assert(same(&m, &m, &wrong));
        (void)options;
    }
}
END_TEST

START_TEST(verdicts_that_cannot_be)
{
    struct made m;
    make(&m, 4, UDP, false, PAYLOAD);
    put16(m.bytes + m.l4 + 6, 0); /* none: right or not verified, never wrong */
    struct inspect_meta meta = meta_of(&m);
    ck_assert(same(&m, &m, &meta));
    meta.udp_sum = INSPECT_UNKNOWN;
    ck_assert(same(&m, &m, &meta));
    meta.udp_sum = INSPECT_INCORRECT;
    misreported(&m, meta, "no checksum is a wrong one");
    ck_assert_str_eq(fault.text, "UDP checksum (none) reported wrong, and it is right");

    make(&m, 4, UDP, false, PAYLOAD); /* of a fragment nobody can say */
    put16(m.bytes + m.l3 + 6, 0x2000);
    put16(m.bytes + m.l3 + 10, 0);
    put16(m.bytes + m.l3 + 10, finish(slow_sum(m.bytes + m.l3, 20)));
    meta = meta_of(&m);
    misreported(&m, meta, "a fragment's checksum");
    meta.udp_sum = INSPECT_INCORRECT;
    misreported(&m, meta, "a fragment's checksum");
    meta.udp_sum = INSPECT_UNKNOWN;
    ck_assert_msg(same(&m, &m, &meta), "%s", fault.text);
}
END_TEST

/* [Microsoft RSS: "Verifying the RSS hash calculation"] */
START_TEST(hashes)
{
    static const uint8_t key[40] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
                                    0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
                                    0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};
    static const uint8_t input[12] = {66, 9, 149, 187, 161, 142, 100, 80, 2794 >> 8, 2794 & 255, 1766 >> 8, 1766 & 255};
    ck_assert_uint_eq(inspect_toeplitz(key, input, 8), 0x323e8fc2);
    ck_assert_uint_eq(inspect_toeplitz(key, input, 12), 0x51ccc178);
    struct made m;
    make(&m, 4, TCP, false, PAYLOAD);
    struct inspect_meta meta = meta_of(&m);
    meta.key = key;
    meta.hashes = true;
    meta.hash_type = INSPECT_HASH_TCP4;
    meta.hash = inspect_toeplitz(key, m.bytes + m.l3 + 12, 12); /* the ports are right behind the addresses */
    ck_assert_msg(same(&m, &m, &meta), "%s", fault.text);
    meta.hash ^= 1;
    misreported(&m, meta, "another hash");
    meta.hash_type = INSPECT_HASH_IP4;
    meta.hash = inspect_toeplitz(key, m.bytes + m.l3 + 12, 8);
    misreported(&m, meta, "TCP hashed without its ports");
}
END_TEST

/* ---- segments and large receives ---- */

enum { MSS = 100, BURST = 350, SEQ = (int)0xfffffff0 };

/* Segment `i` of `m` as RFC 9293 and RFC 3168 have it, built from scratch. */
static void cut(struct made *out, const struct made *m, int version, uint32_t i, uint8_t flags)
{
    uint32_t off = i * MSS, len = BURST - off < MSS ? BURST - off : MSS;
    make(out, version, TCP, false, len);
    memcpy(out->bytes + out->payload, m->bytes + m->payload + off, len);
    uint8_t *t = out->bytes + out->l4, *ip = out->bytes + out->l3;
    put32(t + 4, (uint32_t)SEQ + off);
    t[13] = flags;
    put16(t + 16, 0);
    uint32_t sum = slow_sum(t, 20 + len) + TCP + 20 + len;
    put16(t + 16, finish(sum + (version == 4 ? slow_sum(ip + 12, 8) : slow_sum(ip + 8, 32))));
    if (version == 4) {
        put16(ip + 4, 0xfffe + i);
        put16(ip + 10, 0);
        put16(ip + 10, finish(slow_sum(ip, 20)));
    }
}

START_TEST(segments)
{
    static const uint8_t of_burst = 0x10 | 0x08 | 0x01 | 0x80; /* ACK PSH FIN CWR */
    static const uint8_t flags[4] = {0x10 | 0x80, 0x10, 0x10, 0x10 | 0x08 | 0x01};
    for (int version = 4; version <= 6; version += 2) {
        struct made m, part;
        make(&m, version, TCP, false, BURST);
        m.bytes[m.l4 + 13] = of_burst;
        put16(m.bytes + m.l4 + 16, 0xdead); /* its device is to fill it in */
        struct inspect_sent s = {.bytes = m.bytes, .len = m.len, .insert = -1, .mss = MSS, .l4 = INSPECT_L4_FILLED};
        for (uint32_t i = 0; i < 4; i++) {
            cut(&part, &m, version, i, flags[i]);
            uint32_t sequence = inspect_tcp_sequence(part.bytes, part.len);
            ck_assert_uint_eq(sequence, (uint32_t)SEQ + i * MSS);
            ck_assert_msg(passes(&s, sequence, &untagged, part.bytes, part.len, -1, NULL), "%u: %s", i, fault.text);
            for (uint32_t bit = 8 * 14; bit < 8 * part.len; bit++) {
                part.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
                ck_assert_msg(!passes(&s, sequence, &untagged, part.bytes, part.len, -1, NULL), "bit %u", bit);
                part.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            }
        }
        ck_assert(!passes(&s, (uint32_t)SEQ + 1, &untagged, part.bytes, part.len, -1, NULL));
        ck_assert(!passes(&s, (uint32_t)SEQ + 4 * MSS, &untagged, part.bytes, part.len, -1, NULL));
        ck_assert(!passes(&s, (uint32_t)SEQ - MSS, &untagged, part.bytes, part.len, -1, NULL));
    }
}
END_TEST

/* All segments of a burst, joined, are the burst again, but for what the last one brought. */
START_TEST(large_receives)
{
    static uint8_t buf[INSPECT_FRAME_MAX], one[INSPECT_FRAME_MAX];
    for (int version = 4; version <= 6; version += 2) {
        struct made m, burst;
        struct inspect_whole whole, part;
        make(&m, version, TCP, false, BURST);
        struct inspect_sent s = {.bytes = m.bytes, .len = m.len, .insert = -1, .mss = MSS, .l4 = INSPECT_L4_FILLED};
        ck_assert(inspect_expect(&s, (uint32_t)SEQ, buf, &whole));
        for (uint32_t i = 1; i < 4; i++) {
            ck_assert(inspect_expect(&s, (uint32_t)SEQ + i * MSS, one, &part));
            if (i == 3)
                put32(one + 2 + (m.l4 - m.l3) + 8, 99), put16(one + 2 + (m.l4 - m.l3) + 14, 17);
            ck_assert(inspect_join(&whole, &part, buf));
        }
        inspect_joined(&whole, buf);
        burst = m;
        put32(burst.bytes + m.l4 + 8, 99), put16(burst.bytes + m.l4 + 14, 17);
        put16(burst.bytes + m.l4 + 16, 0);
        uint8_t *ip = burst.bytes + m.l3;
        uint32_t sum = slow_sum(burst.bytes + m.l4, 20 + BURST) + TCP + 20 + BURST;
        put16(burst.bytes + m.l4 + 16, finish(sum + (version == 4 ? slow_sum(ip + 12, 8) : slow_sum(ip + 8, 32))));
        ck_assert_uint_eq(whole.body_len + whole.tail_len, m.len - 12);
        ck_assert_mem_eq(whole.body, burst.bytes + 12, m.len - 12);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("net_inspect");
    TCase *tc = tcase_create("inspect");
    tcase_add_test(tc, every_bit_counts);
    tcase_add_test(tc, what_is_sent_wrong_is_no_excuse);
    tcase_add_test(tc, a_field_is_called_by_its_name);
    tcase_add_test(tc, tags_on_the_way);
    tcase_add_test(tc, tags_that_differ);
    tcase_add_test(tc, every_word_of_the_description_counts);
    tcase_add_test(tc, verdicts_that_cannot_be);
    tcase_add_test(tc, hashes);
    tcase_add_test(tc, segments);
    tcase_add_test(tc, large_receives);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
