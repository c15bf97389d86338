/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The driver of the 57712's PF: what a VF is ready for in which state, what it needs of its guest, what its plugin is told. */
#include <errno.h>
#include <string.h>

#include "nic/57712/desc.h"
#include "nic/57712/regs.h"
#include "pf/netdev.h"
#include "unit/pf_world.h"

enum { VFS = 3, MEM = 1 << 20, RX = 0x10000, TX = 0x40000, SHARED = 0x80000, DESC = 256 };

static void setup(void) { pf_world_begin("57712", VFS, MEM); }

static struct pf_vf_memory memory_of(unsigned queues)
{
    struct pf_vf_memory m = {.shared = SHARED, .shared_bytes = 4096, .queues = queues};
    for (unsigned q = 0; q < queues; q++)
        m.ring[q] = (struct pf_vf_ring){RX + q * 0x8000, TX + q * 0x8000, DESC, DESC};
    return m;
}

/* ---- states ---- */

/* Which operations succeed: of a VF that is free, acquired, enabled, active. */
START_TEST(each_state_has_its_operations)
{
    static const struct {
        int op;
        const char *name, *status; /* a letter a state: . done, i EINVAL, n ENOTSUP, x not tried: it changes the state */
    } rows[] = {
        {VMK_NETPTOP_VF_GET_INFO, "GET_INFO", "i..."},
        {VMK_NETPTOP_VF_GET_QUEUE_STATUS, "GET_QUEUE_STATUS", "i..."},
        {VMK_NETPTOP_VF_GET_QUEUE_STATS, "GET_QUEUE_STATS", "ii.."},
        {VMK_NETPTOP_VF_SET_MULTICAST, "SET_MULTICAST", "ii.."},
        {VMK_NETPTOP_VF_SET_RX_MODE, "SET_RX_MODE", "ii.."},
        {VMK_NETPTOP_VF_SAVE_STATE, "SAVE_STATE", "nnnn"},
        {VMK_NETPTOP_VF_SET_IML, "SET_IML", "nnnn"},
        {VMK_NETPTOP_VF_QUIESCE, "QUIESCE", "i..x"},
        {VMK_NETPTOP_VF_ACTIVATE, "ACTIVATE", "iixi"},
        {VMK_NETPTOP_VF_INIT, "INIT", "ixii"},
        {VMK_NETPTOP_VF_RELEASE, "RELEASE", "ixxx"},
    };
    struct pf_vf_memory m = memory_of(2);
    setup();
    for (unsigned state = 0; state < 4; state++) {
        static const int into[] = {0, VMK_NETPTOP_VF_ACQUIRE, VMK_NETPTOP_VF_INIT, VMK_NETPTOP_VF_ACTIVATE};
        if (state == 2)
            ck_assert_ptr_null(pf_vf_set_memory(pf, 0, &m));
        if (state)
            ck_assert_int_eq(vf_op(into[state], 0), 0);
        for (unsigned r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
            int expected = rows[r].status[state] == '.' ? 0 : rows[r].status[state] == 'i' ? -EINVAL : -ENOTSUP;
            if (rows[r].status[state] == 'x')
                continue;
            int got = vf_op(rows[r].op, 0);
            ck_assert_msg(got == expected, "%s in state %u: %d", rows[r].name, state, got);
        }
    }
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_QUIESCE, 0), 0);
    ck_assert_int_eq(pf_vf_get_state(pf, 0), PF_VF_ENABLED);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACTIVATE, 0), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_RELEASE, 0), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACQUIRE, 0), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_INIT, 0), -EINVAL); /* of another owner, who has said nothing of his memory yet */
    pf_world_end();
}
END_TEST

/* Its queues go with a function-level reset, its rings with its owner. */
START_TEST(a_reset_vf_can_only_be_released)
{
    struct pf_vf_memory m = memory_of(1);
    setup();
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACQUIRE, 0), 0);
    ck_assert_ptr_null(pf_vf_set_memory(pf, 0, &m));
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_INIT, 0), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACTIVATE, 0), 0);
    ck_assert_int_eq(vf_op(PF_OP_VF_FLR, 0), 0);
    ck_assert_int_eq(pf_vf_get_state(pf, 0), PF_VF_RESET);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACTIVATE, 0), -EINVAL);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_RELEASE, 0), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACQUIRE, 0), 0);
    ck_assert_ptr_null(pf_vf_set_memory(pf, 0, &m));
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_INIT, 0), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACTIVATE, 0), 0);
    pf_world_end();
}
END_TEST

/* ---- what it needs, and says ---- */

START_TEST(memory_that_will_not_do)
{
    enum { QUEUES, SHARED_BYTES, RX_DESC, TX_DESC, RX_AT, TX_AT };
    static const struct {
        unsigned what;
        uint64_t value;
        bool taken;
    } rows[] = {
        {QUEUES, 0, false},        {QUEUES, 8, true},       {QUEUES, 9, false},   {SHARED_BYTES, 319, false},
        {SHARED_BYTES, 320, true}, {RX_DESC, 255, false},   {RX_DESC, 256, true}, {RX_DESC, 4096, true},
        {RX_DESC, 4097, false},    {TX_DESC, 31, false},    {TX_DESC, 32, true},  {TX_DESC, 4097, false},
        {RX_AT, RX + 2048, false}, {TX_AT, TX + 16, false},
    };
    setup();
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACQUIRE, 0), 0);
    for (unsigned r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
        struct pf_vf_memory m = memory_of(8);
        struct pf_vf_ring *ring = &m.ring[7];
        switch (rows[r].what) {
        case QUEUES:
            m.queues = (uint32_t)rows[r].value;
            break;
        case SHARED_BYTES:
            m.shared_bytes = (uint32_t)rows[r].value;
            break;
        case RX_DESC:
            ring->rx_desc = (uint32_t)rows[r].value;
            break;
        case TX_DESC:
            ring->tx_desc = (uint32_t)rows[r].value;
            break;
        case RX_AT:
            ring->rx = rows[r].value;
            break;
        default:
            ring->tx = rows[r].value;
        }
        ck_assert_msg((pf_vf_set_memory(pf, 0, &m) == NULL) == rows[r].taken, "row %u", r);
    }
    pf_world_end();
}
END_TEST

/* 32 bytes [struct bnx2x_plugin_device_info]: status blocks and zones of its queues, the chip, what it may do. */
START_TEST(what_the_plugin_is_told)
{
    static const struct {
        unsigned vfs, vf, queues, mtu, flags;
        bool lro;
    } rows[] = {
        {VFS, 0, 8, 1500, E2_INFO_SHARED_SB | E2_INFO_NO_TPA, false},
        {VFS, 2, 8, 1500, E2_INFO_SHARED_SB, true},
        {VFS, 1, 8, 9000, E2_INFO_SHARED_SB, false}, /* SGEs are for jumbo frames, too */
        {16, 15, 8, 1500, E2_INFO_SHARED_SB | E2_INFO_NO_TPA, false},
        {17, 16, 7, 1500, E2_INFO_SHARED_SB | E2_INFO_NO_TPA, false}, /* 135 zones, divided */
        {63, 62, 2, 1500, E2_INFO_SHARED_SB | E2_INFO_NO_TPA, false},
    };
    for (unsigned r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
        struct pf_vf_info info = {0};
        struct e2_device_info told;
        struct pf_args args = {.vf = (int)rows[r].vf, .mtu = (uint16_t)rows[r].mtu}, lro = {.features = PF_FEATURE_LRO};
        pf_world_begin("57712", rows[r].vfs, MEM);
        if (rows[r].lro)
            ck_assert_int_eq(op(PF_OP_NETDEV_FEATURES, &lro), 0);
        ck_assert_int_eq(op(VMK_NETPTOP_VF_ACQUIRE, &args), 0);
        ck_assert_int_eq(pf_vf_info(pf, rows[r].vf, &info), 0);
        memcpy(&told, info.device_info, sizeof(told));
        ck_assert_str_eq(info.plugin_name, "bnx2x.so");
        ck_assert_uint_eq(info.bar_bytes, 0x8000);
        ck_assert_uint_eq(info.queues, rows[r].queues);
        ck_assert_uint_eq(told.chip_id, 0x16620000);
        ck_assert_uint_eq(told.flags, rows[r].flags);
        for (unsigned q = 0; q < 8; q++) {
            unsigned zone = q < rows[r].queues ? rows[r].vf * rows[r].queues + q : 0;
            ck_assert_msg(told.zone[q] == zone && told.sb[q].igu == zone && told.sb[q].zone == zone, "row %u queue %u", r, q);
        }
        pf_world_end();
    }
}
END_TEST

/* The shared region is zeroed by VF_INIT; what the plugin counts there is in the answer, since the last one. */
START_TEST(the_plugin_s_counters)
{
    struct pf_vf_memory m = memory_of(1);
    struct pf_vf_stats stats;
    struct e2_shared *shared;
    setup();
    shared = (struct e2_shared *)(vf_ram + SHARED);
    memset(shared, 0xff, sizeof(*shared));
    pf_vf_share(pf, 0, &vf_mem);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACQUIRE, 0), 0);
    ck_assert_ptr_null(pf_vf_set_memory(pf, 0, &m));
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_INIT, 0), 0);
    ck_assert_uint_eq(shared->tx[7].tso_frames, 0);
    shared->rx[0].lro_frames = 5;
    shared->rx[0].lro_bytes = 7000;
    shared->tx[0].tso_frames = 3;
    for (unsigned round = 0; round < 2; round++) {
        ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_GET_QUEUE_STATS, 0), 0);
        ck_assert_int_eq(pf_vf_stats(pf, 0, &stats), 0);
        ck_assert_uint_eq(stats.queue[0].rx_lro_packets, round ? 1 : 5);
        ck_assert_uint_eq(stats.queue[0].rx_lro_bytes, round ? 0 : 7000);
        ck_assert_uint_eq(stats.queue[0].tx_tso_packets, round ? 0 : 3);
        shared->rx[0].lro_frames++;
    }
    pf_vf_share(pf, 0, NULL);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_GET_QUEUE_STATS, 0), 0); /* whose memory has gone: nothing of it is said */
    ck_assert_int_eq(pf_vf_stats(pf, 0, &stats), 0);
    ck_assert_uint_eq(stats.queue[0].rx_lro_packets, 0);
    pf_world_end();
}
END_TEST

/* ---- the host's own rings ---- */

/* Both ways, through all pages of all rings, round 16 bits of Tx positions. */
START_TEST(own_rings_go_round)
{
    enum { ROUNDS = 1100, AT_ONCE = 32 };
    setup();
    for (unsigned r = 0; r < ROUNDS; r++) {
        for (unsigned i = 0; i < AT_ONCE; i++) {
            port_send(&host->port, make_frame(&host->comp, mac_of(9), mac_of(100), -1, 60));
            port_send(&peer->port, make_frame(&peer->comp, mac_of(100), mac_of(9), -1, 61));
        }
        sim_run_until(sim, sim_now(sim) + 100 * SIM_US);
    }
    sim_run_until(sim, sim_now(sim) + SIM_MS);
    ck_assert_uint_eq(peer->count, ROUNDS * AT_ONCE);
    ck_assert_uint_eq(host->count, ROUNDS * AT_ONCE);
    assert_balanced(sim);
    pf_world_end();
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("driver");
    tcase_set_timeout(tc, 0);
    tcase_add_test(tc, each_state_has_its_operations);
    tcase_add_test(tc, a_reset_vf_can_only_be_released);
    tcase_add_test(tc, memory_that_will_not_do);
    tcase_add_test(tc, what_the_plugin_is_told);
    tcase_add_test(tc, the_plugin_s_counters);
    tcase_add_test(tc, own_rings_go_round);
    return run_suite("pf_bnx2x", tc);
}
