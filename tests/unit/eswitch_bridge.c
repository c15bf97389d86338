/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The embedded switch as a bridge: the rules of IEEE 802.1Q (VEB) and 802.1Qbg (VEPA) one by one, mirror rules, QinQ and
 * the counters. Verdicts are compared as text, as in eswitch_rules.c.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/world/sim.h"
#include "eswitch/eswitch.h"

static struct eswitch sw;
static struct frame *frame;

static const uint8_t A[6] = {2, 0, 0, 0, 0, 1}, B[6] = {2, 0, 0, 0, 0, 2}, C[6] = {2, 0, 0, 0, 0, 3}, FAR[6] = {2, 0, 0, 0, 9, 9},
                     ALL[6] = {255, 255, 255, 255, 255, 255}, GROUP[6] = {1, 0, 0x5e, 0, 0, 7};
enum { UP = ESWITCH_UPLINK, UNTAGGED = -1 };

/* Vports 0 (no address) to 3; 1, 2, 3 own A, B, C. */
static void setup(void)
{
    const uint8_t *own[] = {A, B, C};
    frame = calloc(1, sizeof(*frame) + 128);
    frame->head = FRAME_HEADROOM;
    frame->cap16 = 128 / 16;
    eswitch_init(&sw, 4, 128, 64);
    sw.local_loopback = true;
    for (unsigned i = 0; i < 4; i++) {
        struct eswitch_vport *v = &sw.vport[i];
        v->enabled_rx = v->enabled_tx = v->accept_broadcast = v->accept_untagged = true;
    }
    for (unsigned i = 0; i < 3; i++) {
        sw.mac[i] = (struct eswitch_mac_entry){.valid = true, .vports = 2u << i};
        memcpy(sw.mac[i].mac, own[i], 6);
    }
    eswitch_touch(&sw);
}

static void teardown(void) { free(frame); }

static void make(const uint8_t dst[6], const uint8_t src[6], int tci, uint16_t type)
{
    frame->head = FRAME_HEADROOM;
    frame->len = 60;
    uint8_t *p = frame_data(frame);
    memset(p, 0, 60);
    memcpy(p, dst, 6);
    memcpy(p + 6, src, 6);
    p[12] = (uint8_t)(type >> 8);
    p[13] = (uint8_t)type;
    if (tci >= 0)
        frame_vlan_push(frame, (uint16_t)tci);
}

/* "0 2! 3m up": ! exact, m by a mirror alone, ~ stripped; or the name of the fate. */
static const char *verdict(uint32_t source)
{
    static char text[256];
    char *p = text;
    struct eswitch_verdict v;
    eswitch_forward(&sw, source, frame, &v);
    *p = 0;
    if (!v.vports && !v.uplink)
        return fate_name(v.drop);
    ck_assert_int_eq(v.drop, FATE_COUNT);
    ck_assert_uint_eq((v.exact | v.strip | v.mirrored) & ~v.vports, 0);
    ck_assert_uint_eq(v.exact & v.mirrored, 0);
    for (unsigned i = 0; i < 64; i++)
        if (v.vports >> i & 1)
            p += sprintf(p, "%s%u%s%s%s", p == text ? "" : " ", i, v.exact >> i & 1 ? "!" : "", v.mirrored >> i & 1 ? "m" : "",
                         v.strip >> i & 1 ? "~" : "");
    if (v.uplink)
        sprintf(p, "%sup", p == text ? "" : " ");
    return text;
}

static const char *forward(uint32_t source, const uint8_t dst[6], const uint8_t src[6], int tci)
{
    make(dst, src, tci, 0x0800);
    return verdict(source);
}

/* ---- the bridge [802.1Q, 802.1Qbg], rule by rule (validation.md 7.3) ---- */

START_TEST(rule_1_local_without_learning)
{
    ck_assert_str_eq(forward(1, FAR, FAR, UNTAGGED), "up"); /* a source nobody registered teaches nothing … */
    ck_assert_str_eq(forward(2, FAR, B, UNTAGGED), "up");   /* … so its address is still outside */
    ck_assert_str_eq(forward(1, B, A, UNTAGGED), "2!");
    sw.vport[2].vlan_filter = true;
    sw.vlan[0] = (struct eswitch_vlan_entry){true, 100, 1 << 2};
    eswitch_touch(&sw);
    ck_assert_str_eq(forward(1, B, A, 100), "2!"); /* address and VLAN */
    ck_assert_str_eq(forward(1, B, A, 200), "vlan_filter"); /* it is inside, and in that VLAN for nobody */
}
END_TEST

START_TEST(rule_2_unknown_goes_to_the_uplink_only)
{
    ck_assert_str_eq(forward(1, FAR, A, UNTAGGED), "up");
    sw.vport[3].unicast_promisc = true;
    eswitch_touch(&sw);
    ck_assert_str_eq(forward(1, FAR, A, UNTAGGED), "3 up"); /* unless a vport is promiscuous */
}
END_TEST

START_TEST(rule_3_never_back_to_the_uplink)
{
    const uint8_t *to[] = {A, FAR, ALL, GROUP};
    sw.vport[0].unicast_promisc = sw.vport[0].multicast_promisc = true;
    eswitch_touch(&sw);
    for (unsigned i = 0; i < 4; i++) {
        struct eswitch_verdict v;
        make(to[i], FAR, UNTAGGED, 0x0800);
        eswitch_forward(&sw, UP, frame, &v);
        ck_assert(!v.uplink);
    }
}
END_TEST

START_TEST(rule_4_unknown_from_the_uplink)
{
    ck_assert_str_eq(forward(UP, FAR, FAR, UNTAGGED), "no_match");
    sw.default_vport = 0;
    ck_assert_str_eq(forward(UP, FAR, FAR, UNTAGGED), "0");
}
END_TEST

START_TEST(rule_5_one_copy_to_each_of_the_vlan)
{
    for (unsigned i = 0; i < 4; i++)
        sw.vport[i].vlan_filter = true;
    sw.vlan[0] = (struct eswitch_vlan_entry){true, 100, 1 << 1 | 1 << 2};
    sw.vport[1].multicast_promisc = sw.vport[2].multicast_promisc = sw.vport[3].multicast_promisc = true;
    eswitch_touch(&sw);
    ck_assert_str_eq(forward(1, ALL, A, 100), "2 up");
    ck_assert_str_eq(forward(1, GROUP, A, 100), "2 up");
    ck_assert_str_eq(forward(UP, ALL, FAR, 100), "1 2");
    ck_assert_str_eq(forward(3, ALL, C, 100), "1 2 up"); /* its own VLANs are what anti-spoof is for */
}
END_TEST

/* Its one uplink makes it free of loops: a frame that left is never sent out again, whatever comes back. */
START_TEST(rule_6_loop_free)
{
    ck_assert_str_eq(forward(1, FAR, A, UNTAGGED), "up");
    ck_assert_str_eq(forward(UP, FAR, A, UNTAGGED), "no_match");
    ck_assert_str_eq(forward(1, ALL, A, UNTAGGED), "0 2 3 up");
    ck_assert_str_eq(forward(UP, ALL, A, UNTAGGED), "0 1 2 3"); /* a VEB does not prune: the outside must not reflect */
}
END_TEST

START_TEST(rule_7_vepa)
{
    sw.local_loopback = false;
    for (unsigned i = 0; i < 4; i++)
        sw.vport[i].prune_source = true;
    eswitch_touch(&sw);
    ck_assert_str_eq(forward(1, B, A, UNTAGGED), "up");
    ck_assert_str_eq(forward(UP, B, A, UNTAGGED), "2!"); /* reflective relay */
    ck_assert_str_eq(forward(UP, A, A, UNTAGGED), "source_only"); /* even by its own address [X550 7.8.3] */
    ck_assert_str_eq(forward(1, ALL, A, UNTAGGED), "up");
    ck_assert_str_eq(forward(UP, ALL, A, UNTAGGED), "0 2 3");
    sw.vport[1].multicast_promisc = sw.vport[1].unicast_promisc = true;
    eswitch_touch(&sw);
    ck_assert_str_eq(forward(UP, GROUP, A, UNTAGGED), "source_only");
    ck_assert_str_eq(forward(UP, B, A, UNTAGGED), "2!"); /* nor does a promiscuous vport see its own */
    ck_assert_str_eq(forward(UP, B, FAR, UNTAGGED), "1 2!");
}
END_TEST

START_TEST(rule_8_tags_and_spoofs)
{
    sw.vport[1].insert_vlan = true;
    sw.vport[1].port_tci = 100;
    sw.vport[2].strip_vlan = true;
    sw.vport[1].mac_antispoof = sw.vport[2].vlan_antispoof = true;
    eswitch_touch(&sw);
    ck_assert_str_eq(forward(1, B, A, UNTAGGED), "2!~");
    ck_assert_str_eq(forward(1, B, C, UNTAGGED), "mac_spoof");
    ck_assert_str_eq(forward(1, B, A, 7), "tag_validation");
    ck_assert_str_eq(forward(2, A, B, 7), "vlan_spoof");
    ck_assert_uint_eq(sw.count[1].dropped[ESWITCH_MAC_SPOOF], 1);
    ck_assert_uint_eq(sw.count[1].dropped[ESWITCH_TAG_VALIDATION], 1);
    ck_assert_uint_eq(sw.count[2].dropped[ESWITCH_VLAN_SPOOF], 1);
}
END_TEST

/* S-tags are the channels' affair: the frame passes with its outer 0x88a8 as untagged, nothing pushed, nothing stripped. */
START_TEST(rule_9_outer_tag_untouched)
{
    sw.vport[2].strip_vlan = true;
    eswitch_touch(&sw);
    make(B, A, UNTAGGED, 0x88a8);
    ck_assert_str_eq(verdict(1), "2!");
    sw.vport[2].accept_untagged = false;
    eswitch_touch(&sw);
    make(B, A, UNTAGGED, 0x88a8);
    ck_assert_str_eq(verdict(UP), "vlan_filter");
}
END_TEST

START_TEST(rule_10_exact_match_stays_inside)
{
    ck_assert_str_eq(forward(1, B, A, UNTAGGED), "2!");
    uint32_t h = eswitch_hash(&sw, FAR);
    sw.unicast_table[h >> 5] |= 1u << (h & 31);
    sw.vport[2].accept_unicast_hash = true;
    eswitch_touch(&sw);
    ck_assert_str_eq(forward(1, FAR, A, UNTAGGED), "2 up"); /* a hash could mean somebody outside */
    ck_assert_str_eq(forward(1, A, A, UNTAGGED), "source_only");
    sw.vport[1].hairpin = true;
    eswitch_touch(&sw);
    ck_assert_str_eq(forward(1, A, A, UNTAGGED), "1!");
}
END_TEST

/* ---- mirror rules ---- */

static void rule(unsigned i, struct eswitch_mirror m)
{
    sw.mirror[i] = m;
    sw.mirrors |= 1u << i;
}

START_TEST(mirror_of_the_uplink)
{
    rule(0, (struct eswitch_mirror){.uplink_in = true, .to = 3});
    ck_assert_str_eq(forward(UP, A, FAR, UNTAGGED), "1! 3m");
    ck_assert_str_eq(forward(UP, C, FAR, UNTAGGED), "3!"); /* it gets one copy */
    ck_assert_str_eq(forward(UP, FAR, FAR, UNTAGGED), "no_match"); /* what reaches no vport is not shown */
    ck_assert_str_eq(forward(1, B, A, UNTAGGED), "2!");
    ck_assert_str_eq(forward(1, FAR, A, UNTAGGED), "up");
    rule(0, (struct eswitch_mirror){.uplink_out = true, .to = 3});
    ck_assert_str_eq(forward(UP, A, FAR, UNTAGGED), "1!");
    ck_assert_str_eq(forward(1, FAR, A, UNTAGGED), "3m up");
    ck_assert_str_eq(forward(3, FAR, C, UNTAGGED), "up"); /* never back to its source */
    sw.mirrors = 0;
    ck_assert_str_eq(forward(1, FAR, A, UNTAGGED), "up");
}
END_TEST

START_TEST(mirror_of_vports)
{
    rule(1, (struct eswitch_mirror){.to_vports = 1 << 1, .to = 0});
    ck_assert_str_eq(forward(UP, A, FAR, UNTAGGED), "0m 1!");
    ck_assert_str_eq(forward(2, A, B, UNTAGGED), "1!"); /* what it receives from the network [X550 7.8.3] */
    ck_assert_str_eq(forward(1, B, A, UNTAGGED), "2!");
    rule(3, (struct eswitch_mirror){.from_vports = 1 << 1, .to = 3});
    ck_assert_str_eq(forward(1, B, A, UNTAGGED), "2! 3m");
    ck_assert_str_eq(forward(1, FAR, A, UNTAGGED), "3m up");
    sw.vport[1].mac_antispoof = true;
    eswitch_touch(&sw);
    ck_assert_str_eq(forward(1, FAR, B, UNTAGGED), "mac_spoof"); /* what may not be sent is not mirrored */
    sw.vport[3].enabled_rx = false;
    eswitch_touch(&sw);
    ck_assert_str_eq(forward(1, FAR, A, UNTAGGED), "up");
}
END_TEST

START_TEST(mirror_of_vlans)
{
    for (unsigned i = 0; i < 4; i++)
        sw.vport[i].vlan_filter = true;
    sw.vlan[5] = (struct eswitch_vlan_entry){true, 100, 1 << 1 | 1 << 2};
    sw.vlan[6] = (struct eswitch_vlan_entry){true, 200, 1 << 1 | 1 << 2};
    eswitch_touch(&sw);
    rule(2, (struct eswitch_mirror){.vlans = 1 << 5, .to = 3});
    ck_assert_str_eq(forward(1, B, A, 100), "2! 3m"); /* though the vport itself is not in the VLAN */
    ck_assert_str_eq(forward(UP, B, A, 200), "2!");
    ck_assert_str_eq(forward(UP, B, A, UNTAGGED), "2!");
    sw.vlan[5].valid = false; /* the entry is gone, its VID still stands there */
    eswitch_touch(&sw);
    ck_assert_str_eq(forward(1, B, A, 100), "vlan_filter");
    sw.vlan[5] = (struct eswitch_vlan_entry){true, 200, 1 << 1 | 1 << 2};
    sw.vlan[6].valid = false;
    eswitch_touch(&sw);
    ck_assert_str_eq(forward(1, B, A, 200), "2! 3m"); /* whatever VID the entry has now */
    rule(2, (struct eswitch_mirror){.vlans = UINT64_C(3) << 5, .to = 3}); /* several entries, and one of them is none */
    ck_assert_str_eq(forward(1, B, A, 200), "2! 3m");
    sw.vport[1].insert_vlan = true;
    sw.vport[1].port_tci = 0x6000 | 200;
    eswitch_touch(&sw);
    ck_assert_str_eq(forward(1, B, A, UNTAGGED), "2! 3m"); /* a port VLAN is one, too */
}
END_TEST

/* The whole tag that is pushed is told: priority, DEI and VID. */
START_TEST(port_vlan_with_priority)
{
    static const uint16_t tcis[] = {100, 0x6000 | 100, 0xe000 | 4094, 0x1000 | 1};
    struct eswitch_verdict v;
    sw.vport[1].insert_vlan = true;
    for (unsigned i = 0; i < 4; i++) {
        sw.vport[1].port_tci = tcis[i];
        eswitch_touch(&sw);
        make(FAR, A, UNTAGGED, 0x0800);
        eswitch_forward(&sw, 1, frame, &v);
        ck_assert_int_eq(v.insert_tci, tcis[i]);
    }
}
END_TEST

/* What stands behind the entries that a switch was made with is none of its tables'; with the index and without. */
START_TEST(tables_have_an_end)
{
    for (unsigned touched = 0; touched < 2; touched++) {
        eswitch_init(&sw, 4, 2, 2);
        sw.local_loopback = true;
        for (unsigned i = 0; i < 4; i++)
            sw.vport[i].enabled_rx = sw.vport[i].enabled_tx = sw.vport[i].vlan_filter = sw.vport[i].accept_untagged = true;
        for (unsigned i = 0; i < 3; i++) {
            const uint8_t *own[] = {A, B, C};
            sw.mac[i] = (struct eswitch_mac_entry){.valid = true, .vports = 2u << i};
            memcpy(sw.mac[i].mac, own[i], 6);
            sw.vlan[i] = (struct eswitch_vlan_entry){true, (uint16_t)(100 + i), 1 << 1 | 1 << 2};
        }
        if (touched)
            eswitch_touch(&sw);
        ck_assert_str_eq(forward(1, B, A, UNTAGGED), "2!");
        ck_assert_str_eq(forward(1, C, A, UNTAGGED), "up");
        ck_assert_str_eq(forward(1, B, A, 101), "2!");
        ck_assert_str_eq(forward(1, B, A, 102), "vlan_filter");
    }
}
END_TEST

/* ---- counters ---- */

START_TEST(counters)
{
    forward(1, B, A, UNTAGGED);
    forward(1, ALL, A, UNTAGGED);
    forward(UP, GROUP, FAR, UNTAGGED);
    rule(0, (struct eswitch_mirror){.uplink_in = true, .to = 3});
    forward(UP, B, FAR, UNTAGGED);
    const struct eswitch_count *c = sw.count;
    ck_assert_uint_eq(c[1].tx_frames, 2);
    ck_assert_uint_eq(c[1].tx_bytes, 120);
    ck_assert_uint_eq(c[1].rx_frames, 0);
    ck_assert_uint_eq(c[2].rx_frames, 3);
    ck_assert_uint_eq(c[2].rx_broadcast, 1);
    ck_assert_uint_eq(c[3].rx_frames, 2);
    ck_assert_uint_eq(c[3].rx_mirrored, 1);
    ck_assert_uint_eq(c[UP].tx_frames, 2);
    ck_assert_uint_eq(c[UP].rx_frames, 1);
    ck_assert_uint_eq(c[UP].dropped[ESWITCH_NO_MATCH], 1);
    ck_assert_str_eq(eswitch_reason_name(ESWITCH_NO_MATCH), "no_match");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {rule_1_local_without_learning,
                                  rule_2_unknown_goes_to_the_uplink_only,
                                  rule_3_never_back_to_the_uplink,
                                  rule_4_unknown_from_the_uplink,
                                  rule_5_one_copy_to_each_of_the_vlan,
                                  rule_6_loop_free,
                                  rule_7_vepa,
                                  rule_8_tags_and_spoofs,
                                  rule_9_outer_tag_untouched,
                                  rule_10_exact_match_stays_inside,
                                  mirror_of_the_uplink,
                                  mirror_of_vports,
                                  mirror_of_vlans,
                                  port_vlan_with_priority,
                                  tables_have_an_end,
                                  counters};
    Suite *suite = suite_create("eswitch_bridge");
    TCase *tc = tcase_create("bridge");
    tcase_add_checked_fixture(tc, setup, teardown);
    for (unsigned i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tc, tests[i]);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
