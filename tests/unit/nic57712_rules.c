/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 57712's rules: when the IGU tells, whose registers are whose, and what descriptors stop a queue. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "unit/nic57712_world.h"

static void frame_comes(void)
{
    port_send(&w.b.peer->port, make_frame(&w.b.peer->comp, mac_of(10), mac_of(9), -1, 60));
    run(10 * SIM_US);
}

/* ---- IGU ---- */

/*
 * What is done, a letter each: f a frame comes (the block is written), E enable, e enable with the running index acknowledged, D
 * disable, u acknowledge and nothing else; behind each how many messages there have been. Written out, so that a row can be read.
 */
static const struct {
    const char *what, *messages;
} igu_rows[] = {
    {"f", "0"},         /* nobody has enabled it */
    {"Ef", "01"},       /* enabled: told */
    {"Efff", "0111"},   /* once for an enable */
    {"EfE", "012"},     /* enabled again without an acknowledgement: at once */
    {"Efe", "011"},     /* acknowledged: nothing is new */
    {"Efef", "0112"}, {"EffeE", "01111"}, {"fE", "01"},       /* what was written before counts */
    {"fe", "00"},     {"EDf", "000"},     {"EDfe", "0000"},   {"EDfE", "0001"},
    {"Efu", "011"},     /* an acknowledgement alone enables nothing */
    {"Efuf", "0111"}, {"EfuE", "0111"},   {"EfuEf", "01112"}, {"EfDE", "0112"},
};

START_TEST(igu_tells)
{
    for (unsigned r = 0; r < sizeof(igu_rows) / sizeof(igu_rows[0]); r++) {
        world_setup(0);
        post_buffers(32);
        tell_producers();
        for (unsigned i = 0; igu_rows[r].what[i]; i++) {
            uint32_t seen = sb()->running[0];
            switch (igu_rows[r].what[i]) {
            case 'f':
                frame_comes();
                break;
            case 'E':
                igu(E2_IGU_ENABLE, 0, false);
                break;
            case 'e':
                igu(E2_IGU_ENABLE, seen, true);
                break;
            case 'D':
                igu(E2_IGU_DISABLE, 0, false);
                break;
            default:
                igu(E2_IGU_NOP, seen, true);
            }
            ck_assert_msg(w.b.messages == (unsigned)(igu_rows[r].messages[i] - '0'), "%s: %u messages after step %u",
                          igu_rows[r].what, w.b.messages, i + 1);
        }
        world_teardown();
    }
}
END_TEST

/* At most one writing of the block in an interval, and all that came is in it. */
START_TEST(blocks_are_written_at_a_rate)
{
    world_setup(0);
    ck_assert_uint_eq(ramrod(E2_RAMROD_HALT, ZONE, 0), 0);
    fill_setup(0);
    setup_page()->rx_rate = 10000;
    ck_assert_uint_eq(ramrod(E2_RAMROD_CLIENT_SETUP, ZONE, 0), 0);
    ck_assert_uint_eq(ramrod(E2_RAMROD_CLIENT_UPDATE, ZONE, E2_CLIENT_RX), 0);
    post_buffers(64);
    tell_producers();
    for (unsigned i = 0; i < 40; i++)
        frame_comes(); /* in 400 us */
    run(200 * SIM_US);
    ck_assert_uint_eq(sb()->index[E2_SB_RX], 40);
    ck_assert_uint_ge(sb()->running[0], 4);
    ck_assert_uint_le(sb()->running[0], 6);
    ck_assert_uint_eq(sb()->running[0], sb()->running[1]);
    world_teardown();
}
END_TEST

/* ---- whose registers ---- */

START_TEST(a_function_reaches_its_own)
{
    static const struct {
        unsigned vf;
        uint32_t off, value;
        bool taken;
    } rows[] = {
        {0, 0x2000 + 8 * SB, 0, true},
        {1, 0x2000 + 8 * SB, 0, false},
        {0, 0x2000 + 8 * (SB + 1), 0, false},
        {0, 0x3000 + 32 * ZONE, 0, true},
        {1, 0x3000 + 32 * ZONE, 0, false},
        {0, 0x3000 + 32 * (ZONE + 1), 0, false},
        {0, 0x3004 + 32 * ZONE, 0, true},
        {0, 0x3008 + 32 * ZONE, 0, false},
        {0, 0x7c40, E2_DOORBELL_TYPE, true},
        {1, 0x7c40, E2_DOORBELL_TYPE, false},
        {0, 0x7cc0, E2_DOORBELL_TYPE, false},
        {0, 0x7c40, 3, false},
        {0, 0x7c00, E2_DOORBELL_TYPE, false},
        {0, 0, 0, false},
        {0, 0x2000 + 8 * SB, E2_IGU_CLEANUP, false},
        {0, 0x2000 + 8 * SB, 1u << E2_IGU_SEGMENT_SHIFT, false},
        {0, 0x2000 + 8 * SB, 3u << E2_IGU_OP_SHIFT, false},
    };
    world_setup(0);
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t bad = counter("bad_registers");
        vf_put(rows[i].vf, rows[i].off, rows[i].value);
        ck_assert_msg(counter("bad_registers") == bad + !rows[i].taken, "row %u", i);
    }
    pf_put(E2_ZONE(ZONE), E2_VALID | 1 << E2_FUNCTION_SHIFT); /* in use: it stays whose it is */
    ck_assert_uint_eq(pf_get(E2_ZONE(ZONE)), E2_VALID);
    world_teardown();
}
END_TEST

START_TEST(ramrods_that_cannot_be)
{
    world_setup(0);
    ck_assert_uint_eq(ramrod(E2_RAMROD_CLIENT_SETUP, ZONE, 0), E2_ERR_RAMROD); /* it is there already */
    ck_assert_uint_eq(ramrod(E2_RAMROD_HALT, ZONE + 1, 0), E2_ERR_RAMROD);     /* nobody's */
    ck_assert_uint_eq(ramrod(E2_RAMROD_HALT, 1000, 0), E2_ERR_RAMROD);
    ck_assert_uint_eq(ramrod(E2_RAMROD_RSS_UPDATE, VFS + 1, 0), E2_ERR_RAMROD);
    ck_assert_uint_eq(ramrod(77, ZONE, 0), E2_ERR_RAMROD);
    ck_assert_uint_eq(ramrod(E2_RAMROD_HALT, ZONE, 0), 0);
    ck_assert_uint_eq(ramrod(E2_RAMROD_HALT, ZONE, 0), E2_ERR_RAMROD);
    fill_setup(0);
    setup_page()->sb = SB + 1; /* not the function's */
    ck_assert_uint_eq(ramrod(E2_RAMROD_CLIENT_SETUP, ZONE, 0), E2_ERR_DATA);
    fill_setup(0);
    setup_page()->buffer = 0;
    ck_assert_uint_eq(ramrod(E2_RAMROD_CLIENT_SETUP, ZONE, 0), E2_ERR_DATA);
    struct e2_rss *rss = (struct e2_rss *)w.b.host;
    memset(rss, 0, sizeof(*rss));
    rss->queues = 2;
    rss->table[127] = 2;
    ck_assert_uint_eq(ramrod(E2_RAMROD_RSS_UPDATE, 0, 0), E2_ERR_DATA);
    rss->table[127] = 1;
    ck_assert_uint_eq(ramrod(E2_RAMROD_RSS_UPDATE, 0, 0), 0);
    world_teardown();
}
END_TEST

/* ---- descriptors ---- */

/* What is done to a good frame of three data BDs, 300 bytes; whether it stops the queue. */
enum spoil { NOTHING, NO_START, NBD, EMPTY_START, EMPTY_DATA, LONG, LSO_HEADER, LSO_MSS, LSO_GENERAL };
static const struct {
    enum spoil how;
    uint32_t value;
    bool stops;
    const char *name;
} bds[] = {
    {NOTHING, 0, false, "a good one"},
    {NO_START, 0, true, "no start flag"},
    {NBD, 0, true, "no BDs"},
    {NBD, 1, true, "no parsing BD"},
    {NBD, 63, true, "more BDs than the chip holds"},
    {EMPTY_START, 0, true, "a start BD of no bytes"},
    {EMPTY_DATA, 0, true, "a data BD of no bytes"},
    {LONG, 65535, true, "longer than a jumbo frame"},
    {LSO_HEADER, 98, true, "headers not alone in their BD"},
    {LSO_MSS, 0, true, "segments of nothing"},
    {LSO_GENERAL, 2, true, "headers in two BDs"},
};

static void spoil(struct e2_tx_start *start, unsigned row)
{
    union e2_tx_bd *bd = (union e2_tx_bd *)start; /* the first page has room for all */
    uint32_t value = bds[row].value;
    start->flags |= bds[row].how >= LSO_HEADER ? E2_TX_LSO : 0;
    switch (bds[row].how) {
    case NOTHING:
        break;
    case NO_START:
        start->flags = 0;
        break;
    case NBD:
        start->nbd = (uint16_t)value;
        break;
    case EMPTY_START:
        start->bytes = 0;
        break;
    case EMPTY_DATA:
        bd[2].data.bytes = 0;
        break;
    case LONG:
        bd[3].data.bytes = (uint16_t)value;
        break;
    case LSO_HEADER: /* 100 bytes of the start BD, headers of 98 */
        bd[1].parse.data = (value - 32) / 2 | 8u << E2_PARSE_L4_LEN_SHIFT | 100u << E2_PARSE_MSS_SHIFT;
        break;
    case LSO_MSS:
        bd[1].parse.data = (100 - 32) / 2 | 8u << E2_PARSE_L4_LEN_SHIFT;
        break;
    case LSO_GENERAL:
        bd[1].parse.data = (100 - 32) / 2 | 8u << E2_PARSE_L4_LEN_SHIFT | 100u << E2_PARSE_MSS_SHIFT;
        start->general = (uint8_t)value;
        break;
    }
}

START_TEST(descriptors_that_stop_a_queue)
{
    for (unsigned r = 0; r < sizeof(bds) / sizeof(bds[0]); r++) {
        world_setup(0);
        spoil(post_frame(FRAMES_AT, 300, 3), r);
        for (unsigned i = 0; i < 70; i++) /* so that no row only waits for more */
            next_bd();
        post_frame(FRAMES_AT + 4096, 200, 1);
        w.tx_pos = bds[r].stops ? w.tx_pos : 4;
        ring_bell();
        run(SIM_MS);
        ck_assert_msg(w.b.peer->count == !bds[r].stops, "%s: %u frames", bds[r].name, w.b.peer->count);
        ck_assert_msg(counter("bad_descriptors") == bds[r].stops, "%s", bds[r].name);
        ck_assert_msg((pf_get(E2_FUNCTION(0)) >> 1 & 1) == bds[r].stops, "%s", bds[r].name);
        ck_assert_msg((pf_get(E2_ICR) & E2_ICR_MALICIOUS) == (bds[r].stops ? E2_ICR_MALICIOUS : 0), "%s", bds[r].name);
        world_teardown();
    }
}
END_TEST

/* Twelve data BDs are as many as the chip fetches; of more it wants segments, ten BDs of which hold one. */
START_TEST(how_many_bds)
{
    for (uint32_t pieces = 11; pieces <= 14; pieces++) {
        world_setup(0);
        post_frame(FRAMES_AT, 1400, pieces);
        ring_bell();
        run(SIM_MS);
        ck_assert_msg(w.b.peer->count == (pieces <= 12), "%u pieces", pieces);
        world_teardown();
    }
}
END_TEST

/* With anti-spoof the addresses in the parsing BD, and the EtherType in the start BD, have to be the frame's. */
START_TEST(bds_are_held_to_the_frame)
{
    static const struct {
        uint32_t vport;
        uint16_t src_lo, type;
        enum fate fate;
    } rows[] = {
        {0, 10, 0x88b5, FATE_delivered_peer},
        {0, 11, 0x0800, FATE_delivered_peer}, /* nothing is checked */
        {E2_VPORT_MAC_SPOOF, 10, 0x0800, FATE_delivered_peer},
        {E2_VPORT_MAC_SPOOF, 11, 0x88b5, FATE_mac_spoof},
        {E2_VPORT_MAC_SPOOF | E2_VPORT_VLAN_SPOOF, 10, 0x0800, FATE_vlan_spoof},
    };
    for (unsigned r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
        world_setup(0);
        pf_put(E2_VPORT(0), pf_get(E2_VPORT(0)) | rows[r].vport);
        struct e2_tx_start *start = post_frame(FRAMES_AT, 60, 1);
        start->vlan = rows[r].type;
        ((union e2_tx_bd *)start)[1].parse.src_lo = rows[r].src_lo;
        ring_bell();
        run(SIM_MS);
        ck_assert_msg(books_fate_count(w.b.sim, rows[r].fate) == 1, "row %u", r);
        assert_balanced(w.b.sim);
        world_teardown();
    }
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("rules");
    tcase_set_timeout(tc, 0);
    tcase_add_test(tc, igu_tells);
    tcase_add_test(tc, blocks_are_written_at_a_rate);
    tcase_add_test(tc, a_function_reaches_its_own);
    tcase_add_test(tc, ramrods_that_cannot_be);
    tcase_add_test(tc, descriptors_that_stop_a_queue);
    tcase_add_test(tc, how_many_bds);
    tcase_add_test(tc, bds_are_held_to_the_frame);
    return run_suite("nic57712_rules", tc);
}
