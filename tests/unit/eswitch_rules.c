/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The embedded switch, rule by rule: each line of a test is one frame and the verdict as text. Every verdict is asked
 * three ways (tables, fresh index, cached index) and must be the same.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/world/sim.h"
#include "eswitch/eswitch.h"

static struct eswitch sw;
static struct eswitch_known known;
static struct frame *frame;

static const uint8_t ONE[6] = {2, 0, 0, 0, 0, 1}, TWO[6] = {2, 0, 0, 0, 0, 2}, THREE[6] = {2, 0, 0, 0, 0, 3},
                     FAR[6] = {2, 0, 0, 0, 9, 9}, ALL[6] = {255, 255, 255, 255, 255, 255}, GROUP[6] = {1, 0, 0x5e, 0, 0, 7};
enum { UPLINK = ESWITCH_UPLINK, UNTAGGED = -1 };

/* Vports 0-3; 1, 2, 3 own ONE, TWO, THREE; all take broadcast and untagged frames. */
static void setup(void)
{
    frame = calloc(1, sizeof(*frame) + 128);
    frame->head = FRAME_HEADROOM;
    frame->cap16 = 128 / 16;
    eswitch_init(&sw, 4, 128, 64);
    known = (struct eswitch_known){0};
    sw.local_loopback = true;
    for (unsigned i = 0; i < 4; i++) {
        struct eswitch_vport *v = &sw.vport[i];
        v->enabled_rx = v->enabled_tx = v->accept_broadcast = v->accept_untagged = true;
    }
    const uint8_t *own[] = {ONE, TWO, THREE};
    for (unsigned i = 0; i < 3; i++) {
        sw.mac[i * 40].valid = true; /* anywhere in the table */
        memcpy(sw.mac[i * 40].mac, own[i], 6);
        sw.mac[i * 40].vports = 2u << i;
    }
}

static void teardown(void) { free(frame); }

static void make(const uint8_t dst[6], const uint8_t src[6], int tci)
{
    frame->head = FRAME_HEADROOM;
    frame->len = 64;
    uint8_t *p = frame_data(frame);
    memset(p, 0, 64);
    memcpy(p, dst, 6);
    memcpy(p + 6, src, 6);
    p[12] = 8;
    if (tci >= 0)
        frame_vlan_push(frame, (uint16_t)tci);
}

/* "0 2! up" (! exact, ~ stripped), "+tag" when one is inserted, or the name of the fate. */
static const char *say(const struct eswitch_verdict *v)
{
    static char text[256];
    char *p = text;
    *p = 0;
    if (!v->vports && !v->uplink)
        return fate_name(v->drop);
    ck_assert_int_eq(v->drop, FATE_COUNT);
    ck_assert_uint_eq((v->exact | v->strip) & ~v->vports, 0);
    for (unsigned i = 0; i < 64; i++)
        if (v->vports >> i & 1)
            p += sprintf(p, "%s%u%s%s", p == text ? "" : " ", i, v->exact >> i & 1 ? "!" : "", v->strip >> i & 1 ? "~" : "");
    if (v->uplink)
        p += sprintf(p, "%sup", p == text ? "" : " ");
    if (v->insert_tci >= 0)
        sprintf(p, " +%x", v->insert_tci);
    return text;
}

static const char *forward(uint32_t source, const uint8_t dst[6], const uint8_t src[6], int tci)
{
    struct eswitch_verdict v;
    char first[256] = "";

    make(dst, src, tci);
    sw.index.state = 0;
    for (unsigned i = 0; i < 5; i++) { /* by the tables, by an index that is made, that is there; not known yet, known */
        memset(&v, 0xee, sizeof(v));
        if (i < 3)
            eswitch_forward(&sw, source, frame, &v);
        else
            eswitch_forward_known(&sw, &known, source, frame, &v);
        if (i == 0) {
            strcpy(first, say(&v));
            eswitch_touch(&sw);
        }
        ck_assert_str_eq(say(&v), first);
    }
    return say(&v);
}

static void admit(unsigned entry, uint16_t vid, uint64_t vports)
{
    sw.vlan[entry] = (struct eswitch_vlan_entry){true, vid, vports};
}

START_TEST(unicast)
{
    ck_assert_str_eq(forward(1, TWO, ONE, UNTAGGED), "2!");         /* local, kept inside */
    ck_assert_str_eq(forward(1, FAR, ONE, UNTAGGED), "up");         /* rule 2: never flooded */
    ck_assert_str_eq(forward(UPLINK, TWO, FAR, UNTAGGED), "2!");
    ck_assert_str_eq(forward(UPLINK, FAR, FAR, UNTAGGED), "no_match"); /* rules 3, 4 */
    sw.default_vport = 0;
    ck_assert_str_eq(forward(UPLINK, FAR, FAR, UNTAGGED), "0");
    ck_assert_str_eq(forward(UPLINK, TWO, FAR, UNTAGGED), "2!");    /* only for what nobody takes */
    ck_assert_str_eq(forward(UPLINK, GROUP, FAR, UNTAGGED), "0");
    ck_assert_str_eq(forward(1, FAR, ONE, UNTAGGED), "up");
    sw.admit_unicast = false;                                        /* the address filter stops what nobody asked for */
    ck_assert_str_eq(forward(UPLINK, FAR, FAR, UNTAGGED), "no_match");
    ck_assert_str_eq(forward(UPLINK, GROUP, FAR, UNTAGGED), "0");
    sw.admit_multicast = false;
    ck_assert_str_eq(forward(UPLINK, GROUP, FAR, UNTAGGED), "no_match");
}
END_TEST

START_TEST(to_itself)
{
    ck_assert_str_eq(forward(1, ONE, ONE, UNTAGGED), "source_only");
    sw.mac[0].vports |= 8; /* an address of two vports */
    ck_assert_str_eq(forward(1, ONE, ONE, UNTAGGED), "3!");
    sw.mac[5] = sw.mac[0]; /* or in two entries */
    sw.mac[5].vports = 1;
    ck_assert_str_eq(forward(UPLINK, ONE, FAR, UNTAGGED), "0! 1! 3!");
}
END_TEST

START_TEST(groups)
{
    ck_assert_str_eq(forward(1, ALL, ONE, UNTAGGED), "0 2 3 up"); /* rule 5: all but its source */
    ck_assert_str_eq(forward(UPLINK, ALL, FAR, UNTAGGED), "0 1 2 3");
    sw.vport[2].accept_broadcast = false;
    ck_assert_str_eq(forward(UPLINK, ALL, FAR, UNTAGGED), "0 1 3");
    sw.vport[2].multicast_promisc = true; /* of multicast, not of broadcast */
    ck_assert_str_eq(forward(UPLINK, ALL, FAR, UNTAGGED), "0 1 3");
    ck_assert_str_eq(forward(UPLINK, GROUP, FAR, UNTAGGED), "2");
    ck_assert_str_eq(forward(2, GROUP, TWO, UNTAGGED), "up");
    sw.mac[9] = (struct eswitch_mac_entry){true, {1, 0, 0x5e, 0, 0, 7}, 8};
    ck_assert_str_eq(forward(1, GROUP, ONE, UNTAGGED), "2 3! up"); /* an exact group match still goes out */
}
END_TEST

START_TEST(hashes)
{
    static const uint32_t want[] = {0x070, 0x0e0, 0x1c0, 0x700}; /* bytes 00 07: 0x0700 >> 4, 3, 2, 0 */
    for (sw.hash_shift = 0; sw.hash_shift < 4; sw.hash_shift++)
        ck_assert_uint_eq(eswitch_hash(&sw, GROUP), want[sw.hash_shift]);
    sw.hash_shift = 0;
    sw.multicast_table[0x070 >> 5] = 1u << (0x070 & 31);
    ck_assert_str_eq(forward(UPLINK, GROUP, FAR, UNTAGGED), "no_match");
    sw.vport[3].accept_multicast_hash = true;
    ck_assert_str_eq(forward(UPLINK, GROUP, FAR, UNTAGGED), "3");
    sw.hash_shift = 1;
    ck_assert_str_eq(forward(UPLINK, GROUP, FAR, UNTAGGED), "no_match");
    sw.hash_shift = 0;
    uint32_t h = eswitch_hash(&sw, FAR);
    sw.unicast_table[h >> 5] |= 1u << (h & 31);
    sw.vport[2].accept_unicast_hash = true;
    ck_assert_str_eq(forward(UPLINK, FAR, FAR, UNTAGGED), "2");
    ck_assert_str_eq(forward(1, FAR, ONE, UNTAGGED), "2 up"); /* a hash match keeps nothing inside */
    sw.mac[9] = (struct eswitch_mac_entry){true, {1, 0, 0x5e, 0, 0, 7}, 2};
    ck_assert_str_eq(forward(UPLINK, GROUP, FAR, UNTAGGED), "1!"); /* nor does it count beside an exact one */
    sw.vport[0].multicast_promisc = true;
    ck_assert_str_eq(forward(UPLINK, GROUP, FAR, UNTAGGED), "0 1!"); /* a promiscuous vport does */
    h = eswitch_hash(&sw, THREE);
    sw.unicast_table[h >> 5] |= 1u << (h & 31);
    ck_assert_str_eq(forward(1, THREE, ONE, UNTAGGED), "3!"); /* an exact match needs no hash */
}
END_TEST

START_TEST(promiscuous)
{
    sw.vport[0].unicast_promisc = true;
    ck_assert_str_eq(forward(1, FAR, ONE, UNTAGGED), "0 up");
    ck_assert_str_eq(forward(1, TWO, ONE, UNTAGGED), "0 2!");
    ck_assert_str_eq(forward(UPLINK, FAR, FAR, UNTAGGED), "0");
    ck_assert_str_eq(forward(0, FAR, FAR, UNTAGGED), "up");
    ck_assert_str_eq(forward(1, ONE, ONE, UNTAGGED), "0");
}
END_TEST

START_TEST(vlans)
{
    for (unsigned i = 1; i < 4; i++)
        sw.vport[i].vlan_filter = true;
    admit(7, 100, 1 << 1 | 1 << 2);
    admit(8, 100 + 64, 1 << 3); /* the same bucket of the index */
    ck_assert_str_eq(forward(1, TWO, ONE, 100), "2!");
    ck_assert_str_eq(forward(1, TWO, ONE, 100 | 5 << 13), "2!");     /* priority is no part of the VID */
    ck_assert_str_eq(forward(1, THREE, ONE, 100), "vlan_filter");     /* its address, but in another VLAN: inside, for nobody */
    ck_assert_str_eq(forward(UPLINK, THREE, FAR, 100), "vlan_filter");
    ck_assert_str_eq(forward(UPLINK, THREE, FAR, 164), "3!");
    ck_assert_str_eq(forward(UPLINK, ALL, FAR, 100), "0 1 2");        /* vport 0 does not filter */
    ck_assert_str_eq(forward(1, ALL, ONE, 200), "0 up");
    ck_assert_str_eq(forward(UPLINK, ALL, FAR, 6 << 13), "0 1 2 3");  /* VID 0 is no VLAN [802.1Q 6.9] */
    sw.vport[2].accept_untagged = false;
    ck_assert_str_eq(forward(UPLINK, TWO, FAR, 6 << 13), "vlan_filter");
    ck_assert_str_eq(forward(UPLINK, TWO, FAR, UNTAGGED), "vlan_filter");
    ck_assert_str_eq(forward(UPLINK, ALL, FAR, UNTAGGED), "0 1 3");
    sw.vlan_table_on = true;
    ck_assert_str_eq(forward(UPLINK, TWO, FAR, 100), "vlan_filter");
    ck_assert_str_eq(forward(1, ALL, ONE, UNTAGGED), "0 3 up");
    sw.vlan_table[100 >> 5] = 1u << (100 & 31);
    ck_assert_str_eq(forward(UPLINK, TWO, FAR, 100), "2!");
    sw.default_vport = 0;
    ck_assert_str_eq(forward(UPLINK, THREE, FAR, 100), "0"); /* the default vport comes after the VLAN */
    ck_assert_str_eq(forward(UPLINK, THREE, FAR, 200), "vlan_filter"); /* but not what the VLAN table refuses */
    ck_assert_str_eq(forward(1, THREE, ONE, 100), "vlan_filter"); /* nor unicast from inside */
}
END_TEST

START_TEST(port_vlan)
{
    sw.vport[1].insert_vlan = true;
    sw.vport[1].port_tci = 3 << 13 | 100;
    sw.vport[2].vlan_filter = sw.vport[3].vlan_filter = true;
    sw.vport[2].strip_vlan = sw.vport[0].strip_vlan = true;
    admit(0, 100, 1 << 2);
    ck_assert_str_eq(forward(1, TWO, ONE, UNTAGGED), "2!~ +6064");
    ck_assert_str_eq(forward(1, THREE, ONE, UNTAGGED), "vlan_filter");
    ck_assert_str_eq(forward(1, ALL, ONE, UNTAGGED), "0~ 2~ up +6064");
    ck_assert_str_eq(forward(1, TWO, ONE, 100), "tag_validation"); /* a tag of its own, were it the same */
    ck_assert_str_eq(forward(1, TWO, ONE, 6 << 13), "tag_validation");
    sw.vport[1].mac_antispoof = true;
    ck_assert_str_eq(forward(1, TWO, FAR, 100), "tag_validation");
    sw.vport[1].insert_vlan = false;
    sw.vport[1].never_tagged = true;
    ck_assert_str_eq(forward(1, TWO, ONE, 100), "tag_validation");
    ck_assert_str_eq(forward(1, THREE, ONE, UNTAGGED), "3!");
    ck_assert_str_eq(forward(3, TWO, THREE, UNTAGGED), "2!");  /* nothing to strip */
    ck_assert_str_eq(forward(UPLINK, TWO, FAR, 100), "2!~");
}
END_TEST

START_TEST(antispoof)
{
    sw.vport[1].mac_antispoof = true;
    ck_assert_str_eq(forward(1, FAR, ONE, UNTAGGED), "up");
    ck_assert_str_eq(forward(1, FAR, TWO, UNTAGGED), "mac_spoof"); /* another vport's */
    ck_assert_str_eq(forward(1, FAR, FAR, UNTAGGED), "mac_spoof");
    sw.vport[1].vlan_antispoof = true;
    admit(3, 100, 1 << 1);
    admit(4, 200, 1 << 2);
    ck_assert_str_eq(forward(1, FAR, ONE, UNTAGGED), "up");
    ck_assert_str_eq(forward(1, FAR, ONE, 100), "up");
    ck_assert_str_eq(forward(1, FAR, ONE, 200), "vlan_spoof");
    ck_assert_str_eq(forward(1, FAR, ONE, 300), "vlan_spoof");
    ck_assert_int_eq(eswitch_check_source(&sw, 1, frame), FATE_vlan_spoof);
    ck_assert_int_eq(eswitch_check_source(&sw, UPLINK, frame), FATE_COUNT);
    ck_assert_uint_eq(sw.dropped[FATE_mac_spoof], 10); /* each frame is asked five times */
    ck_assert_uint_eq(sw.dropped[FATE_vlan_spoof], 10);
    ck_assert_uint_eq(sw.forwarded[ESWITCH_UPLINK], 15);
}
END_TEST

START_TEST(disabled_vports)
{
    sw.vport[2].enabled_rx = false;
    ck_assert_str_eq(forward(1, TWO, ONE, UNTAGGED), "up"); /* no match: it leaves */
    ck_assert_str_eq(forward(UPLINK, TWO, FAR, UNTAGGED), "vport_disabled");
    sw.default_vport = 0;
    ck_assert_str_eq(forward(UPLINK, TWO, FAR, UNTAGGED), "0");
    sw.default_vport = -1;
    ck_assert_str_eq(forward(1, ALL, ONE, UNTAGGED), "0 3 up");
    sw.vport[1].enabled_tx = false;
    ck_assert_str_eq(forward(1, ALL, ONE, UNTAGGED), "vport_disabled");
    ck_assert_str_eq(forward(UPLINK, ONE, FAR, UNTAGGED), "1!"); /* it may still receive */
}
END_TEST

START_TEST(vepa)
{
    sw.local_loopback = false;
    for (unsigned i = 0; i < 4; i++)
        sw.vport[i].prune_source = true;
    ck_assert_str_eq(forward(1, TWO, ONE, UNTAGGED), "up");
    ck_assert_str_eq(forward(1, ALL, ONE, UNTAGGED), "up");
    ck_assert_str_eq(forward(UPLINK, TWO, ONE, UNTAGGED), "2!");      /* reflected */
    ck_assert_str_eq(forward(UPLINK, ALL, ONE, UNTAGGED), "0 2 3");   /* not back to its source */
}
END_TEST

/* One frame, one taker. */
START_TEST(without_replication)
{
    sw.one_copy = true;
    sw.vport[3].multicast_promisc = sw.vport[3].unicast_promisc = true;
    ck_assert_str_eq(forward(UPLINK, TWO, FAR, UNTAGGED), "2!");
    ck_assert_str_eq(forward(UPLINK, ALL, FAR, UNTAGGED), "no_match");
    sw.default_vport = 0;
    ck_assert_str_eq(forward(UPLINK, ALL, FAR, UNTAGGED), "0");
    ck_assert_str_eq(forward(UPLINK, GROUP, FAR, UNTAGGED), "0");
    ck_assert_str_eq(forward(UPLINK, FAR, FAR, UNTAGGED), "0");
    ck_assert_str_eq(forward(1, ALL, ONE, UNTAGGED), "0 up");
    sw.mac[9] = (struct eswitch_mac_entry){true, {1, 0, 0x5e, 0, 0, 7}, 6};
    ck_assert_str_eq(forward(UPLINK, GROUP, FAR, UNTAGGED), "1!");
}
END_TEST

/* What the type of a frame says replaces what its address has said. */
START_TEST(ethertypes)
{
    sw.type[2] = (struct eswitch_type_entry){.type = 0x0800, .vport = 3};
    sw.types = 1u << 2;
    ck_assert_str_eq(forward(UPLINK, TWO, FAR, UNTAGGED), "3");
    ck_assert_str_eq(forward(UPLINK, ALL, FAR, 100), "3");
    ck_assert_str_eq(forward(1, TWO, ONE, UNTAGGED), "2!"); /* from the network only */
    sw.type[2].by_priority = true;
    sw.type[2].priority = 5;
    ck_assert_str_eq(forward(UPLINK, TWO, FAR, UNTAGGED), "2!");
    ck_assert_str_eq(forward(UPLINK, TWO, FAR, 5 << 13), "3");
    sw.vport[3].enabled_rx = false;
    ck_assert_str_eq(forward(UPLINK, TWO, FAR, 5 << 13), "vport_disabled");
}
END_TEST

/* A group from inside reaches the default vport when nobody else has it, unless that sent it. */
START_TEST(default_for_groups)
{
    for (unsigned i = 0; i < 4; i++)
        sw.vport[i].vlan_filter = true;
    sw.default_vport = 0;
    ck_assert_str_eq(forward(1, ALL, ONE, 100), "0 up");
    ck_assert_str_eq(forward(1, GROUP, ONE, UNTAGGED), "0 up");
    ck_assert_str_eq(forward(0, ALL, FAR, 100), "up");
    admit(0, 100, 1 << 2);
    ck_assert_str_eq(forward(1, ALL, ONE, 100), "2 up");
}
END_TEST

START_TEST(runts)
{
    struct eswitch_verdict v;

    make(TWO, ONE, UNTAGGED);
    frame->len = 13;
    eswitch_forward(&sw, 1, frame, &v);
    ck_assert_str_eq(say(&v), "too_short");
    eswitch_forward(&sw, UPLINK, frame, &v);
    ck_assert_str_eq(say(&v), "too_short");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("eswitch_rules");
    TCase *tc = tcase_create("rules");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, unicast);
    tcase_add_test(tc, to_itself);
    tcase_add_test(tc, groups);
    tcase_add_test(tc, hashes);
    tcase_add_test(tc, promiscuous);
    tcase_add_test(tc, vlans);
    tcase_add_test(tc, port_vlan);
    tcase_add_test(tc, antispoof);
    tcase_add_test(tc, disabled_vports);
    tcase_add_test(tc, vepa);
    tcase_add_test(tc, without_replication);
    tcase_add_test(tc, ethertypes);
    tcase_add_test(tc, default_for_groups);
    tcase_add_test(tc, runts);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
