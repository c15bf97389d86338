/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The driver of the virtio NIC's PF: what a VF is ready for in which state, what its plugin is told, administration commands that
 * are given, refused and never answered, control queues that are answered, and the host's own rings.
 */
#include <errno.h>
#include <string.h>

#include "nic/virtio/desc.h"
#include "nic/virtio/regs.h"
#include "pf/netdev.h"
#include "unit/pf_world.h"

enum { VFS = 3, MEM = 1 << 18, SIZE = 8, QUEUE_BYTES = 0x4000, COMMAND_AT = 0x20000, ANSWER_AT = 0x20100 };

static void setup(void) { pf_world_begin("virtio", VFS, MEM); }

static void into_active(int vf)
{
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACQUIRE, vf), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_INIT, vf), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACTIVATE, vf), 0);
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
        {VMK_NETPTOP_VF_SET_RSS_IND_TABLE, "SET_RSS_IND_TABLE", "nnnn"},
        {PF_OP_VF_SET_TX_RATE, "VF_SET_TX_RATE", "nnnn"},
        {VMK_NETPTOP_VF_QUIESCE, "QUIESCE", "i..x"},
        {VMK_NETPTOP_VF_ACTIVATE, "ACTIVATE", "iixi"},
        {VMK_NETPTOP_VF_INIT, "INIT", "ixii"},
        {VMK_NETPTOP_VF_RELEASE, "RELEASE", "ixxx"},
    };
    static const int into[] = {0, VMK_NETPTOP_VF_ACQUIRE, VMK_NETPTOP_VF_INIT, VMK_NETPTOP_VF_ACTIVATE};
    setup();
    for (unsigned state = 0; state < 4; state++) {
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
    ck_assert_int_eq(pf_vf_get_state(pf, 0), PF_VF_FREE);
    pf_world_end();
}
END_TEST

START_TEST(a_reset_vf_can_only_be_released)
{
    setup();
    into_active(0);
    ck_assert_int_eq(vf_op(PF_OP_VF_FLR, 0), 0);
    ck_assert_int_eq(pf_vf_get_state(pf, 0), PF_VF_RESET);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACTIVATE, 0), -EINVAL);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_QUIESCE, 0), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_INIT, 0), -EINVAL);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_RELEASE, 0), 0);
    into_active(0);
    pf_world_end();
}
END_TEST

/* ---- what a plugin is told, and a VF offers ---- */

START_TEST(what_the_plugin_is_told)
{
    struct vio_device_info told;
    struct pf_vf_info info;
    setup();
    ck_assert_int_eq(pf_vf_info(pf, 1, &info), -EINVAL);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACQUIRE, 1), 0);
    ck_assert_int_eq(pf_vf_info(pf, 1, &info), 0);
    memcpy(&told, info.device_info, sizeof(told));
    ck_assert_str_eq(info.plugin_name, "virtio.so");
    ck_assert_uint_eq(info.bar_bytes, VIO_WINDOW_BYTES);
    ck_assert_ptr_eq(info.fn, nic->vf[1]);
    ck_assert_uint_eq(told.common, VIO_COMMON);
    ck_assert_uint_eq(told.notify, VIO_NOTIFY_AT);
    ck_assert_uint_eq(told.notify_multiplier, VIO_NOTIFY_MULTIPLIER);
    ck_assert_uint_eq(told.pairs, info.queues);
    ck_assert_uint_eq(told.vectors, info.vectors);
    pf_world_end();
}
END_TEST

static uint64_t features_of(unsigned vf)
{
    uint64_t features = 0;
    for (uint32_t half = 0; half < 2; half++) {
        pci_mmio_poke(nic->vf[vf], VIO_BAR, VIO_DEVICE_FEATURE_SELECT, 4, half);
        features |= pci_mmio_peek(nic->vf[vf], VIO_BAR, VIO_DEVICE_FEATURE, 4) << 32 * half;
    }
    return features;
}

/* A VF is provisioned by VF_INIT: with large receives where they are wanted, and with nothing once it was reset. */
START_TEST(what_a_vf_offers)
{
    uint64_t large = VIRTIO_BIT(VIRTIO_NET_F_GUEST_TSO4) | VIRTIO_BIT(VIRTIO_NET_F_GUEST_TSO6);
    setup();
    for (unsigned lro = 0; lro < 2; lro++) {
        struct pf_args features = {.features = lro ? PF_FEATURE_LRO : 0};
        ck_assert_int_eq(op(PF_OP_NETDEV_FEATURES, &features), 0);
        ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACQUIRE, 0), 0);
        ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_INIT, 0), 0);
        ck_assert_uint_eq(features_of(0) & large, lro ? large : 0);
        ck_assert(features_of(0) & VIRTIO_BIT(VIRTIO_NET_F_CSUM));
        ck_assert_int_eq(vf_op(PF_OP_VF_FLR, 0), 0);
        ck_assert(!(features_of(0) & VIRTIO_BIT(VIRTIO_NET_F_CSUM)));
        ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_RELEASE, 0), 0);
    }
    pf_world_end();
}
END_TEST

/* ---- commands that nobody answers ---- */

/* Without Bus Master Enable of the PF nobody reads its administration queue: operations that need it end in time, and say so. */
START_TEST(a_chip_that_does_not_answer)
{
    setup();
    into_active(0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACQUIRE, 1), 0);
    pci_config_write(nic->pf, 4, 2, 2);
    sim_time from = sim_now(sim);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_INIT, 1), -ETIMEDOUT);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_GET_QUEUE_STATS, 0), -ETIMEDOUT);
    ck_assert_int_eq(vf_op(PF_OP_RX_FENCE, 0), -ETIMEDOUT);
    ck_assert(sim_now(sim) - from < SIM_S);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_RELEASE, 1), 0); /* which nothing keeps anybody from */
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_RELEASE, 0), 0);
    ck_assert_int_eq(pf_vf_get_state(pf, 0), PF_VF_FREE);
    pf_world_end();
}
END_TEST

/* ---- control queues ---- */

static void put(uint32_t off, unsigned size, uint32_t value)
{
    pci_mmio_write(nic->vf[0], &me, sim_now(sim), VIO_BAR, off, size, value);
    sim_run_until(sim, sim_now(sim) + SIM_US);
}

static void begin_driver(void)
{
    uint64_t features = VIRTIO_BIT(VIRTIO_F_VERSION_1) | VIRTIO_BIT(VIRTIO_F_ACCESS_PLATFORM) | VIRTIO_BIT(VIRTIO_NET_F_CTRL_VQ) |
                        VIRTIO_BIT(VIRTIO_NET_F_MQ);
    unsigned control = 2 * pf_vf_queues(pf);
    pci_config_write(nic->vf[0], 4, 2, 4);
    put(VIO_DEVICE_STATUS, 1, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
    for (uint32_t half = 0; half < 2; half++) {
        put(VIO_DRIVER_FEATURE_SELECT, 4, half);
        put(VIO_DRIVER_FEATURE, 4, (uint32_t)(features >> 32 * half));
    }
    put(VIO_DEVICE_STATUS, 1, 11);
    put(VIO_QUEUE_SELECT, 2, control);
    put(VIO_QUEUE_SIZE, 2, SIZE);
    put(VIO_QUEUE_DESC_LO, 4, 0);
    put(VIO_QUEUE_DRIVER_LO, 4, 0x1000);
    put(VIO_QUEUE_DEVICE_LO, 4, 0x2000);
    put(VIO_QUEUE_ENABLE, 2, 1);
    put(VIO_DEVICE_STATUS, 1, 15);
}

/* What the PF's driver answers to a command of two bytes of data. */
static uint8_t ask(uint8_t class, uint8_t command, uint16_t data)
{
    static uint16_t asked;
    struct virtq_desc *desc = (struct virtq_desc *)vf_ram;
    uint16_t *avail = (uint16_t *)(vf_ram + 0x1000);
    const uint8_t bytes[] = {class, command, (uint8_t)data, (uint8_t)(data >> 8)};
    memcpy(vf_ram + COMMAND_AT, bytes, sizeof(bytes));
    vf_ram[ANSWER_AT] = 0xee;
    desc[0] = (struct virtq_desc){COMMAND_AT, sizeof(bytes), VIRTQ_DESC_F_NEXT, 1};
    desc[1] = (struct virtq_desc){ANSWER_AT, 1, VIRTQ_DESC_F_WRITE, 0};
    asked = avail[1];
    avail[2 + asked % SIZE] = 0;
    avail[1]++;
    put(VIO_NOTIFY(2 * pf_vf_queues(pf)), 2, 2 * pf_vf_queues(pf));
    sim_run_until(sim, sim_now(sim) + 5 * SIM_MS);
    return vf_ram[ANSWER_AT];
}

/* Queue pairs are the driver's own to say; addresses, modes and VLANs are the hypervisor's, and refused. */
START_TEST(what_a_guest_may_ask)
{
    setup();
    into_active(0);
    begin_driver();
    unsigned most = pf_vf_queues(pf);
    for (unsigned pairs = 0; pairs <= most + 1; pairs++)
        ck_assert_uint_eq(ask(VIRTIO_NET_CTRL_MQ, VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET, (uint16_t)pairs),
                          pairs && pairs <= most ? VIRTIO_NET_OK : VIRTIO_NET_ERR);
    for (uint8_t class = 0; class < 8; class ++)
        if (class != VIRTIO_NET_CTRL_MQ)
            ck_assert_uint_eq(ask(class, 0, 1), VIRTIO_NET_ERR);
    ck_assert_uint_eq(ask(VIRTIO_NET_CTRL_MQ, 77, 1), VIRTIO_NET_ERR);
    ck_assert_uint_eq(ask(VIRTIO_NET_CTRL_MQ, VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET, 1), VIRTIO_NET_OK);
    pf_world_end();
}
END_TEST

/* ---- the host's own rings: both ways, round 16 bits of indices ---- */

START_TEST(own_rings_go_round)
{
    enum { ROUNDS = 2100, AT_ONCE = 32 };
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
    tcase_add_test(tc, what_the_plugin_is_told);
    tcase_add_test(tc, what_a_vf_offers);
    tcase_add_test(tc, a_chip_that_does_not_answer);
    tcase_add_test(tc, what_a_guest_may_ask);
    tcase_add_test(tc, own_rings_go_round);
    return run_suite("pf_virtio", tc);
}
