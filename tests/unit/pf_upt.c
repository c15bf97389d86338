/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The UPT NIC's PF driver: which operations a VF is ready for in which state, and what each makes of its rings and counters. */
#include <errno.h>
#include <string.h>

#include "nic/vmxnet3/rings_image.h"
#include "unit/pf_world.h"

enum { VFS = 3, MEM = 1 << 20, RING = 0x10000 };

static void setup(void) { pf_world_begin("upt", VFS, MEM); }

static struct vmxnet3_rings_image image(void)
{
    struct vmxnet3_rings_image im = {
        .magic = VMXNET3_IMAGE_MAGIC,
        .version = VMXNET3_IMAGE_VERSION,
        .tx_queues = 1,
        .rx_queues = 1,
        .vectors = 2,
        .masked = 3,
    };
    im.tx[0] = (struct vmxnet3_tx_image){.ring = {RING, 64, 10, 1, 0}, .comp = {RING + 0x1000, 64, 63, 0, 0}, .prod = 10};
    im.rx[0] = (struct vmxnet3_rx_image){
        .ring = {{RING + 0x2000, 32, 31, 0, 0}, {RING + 0x3000, 32, 0, 1, 0}}, .comp = {RING + 0x4000, 64, 5, 1, 0}, .intr = 1};
    return im;
}

/* ---- states ---- */

/* Which operations succeed: of a VF that is free, acquired, enabled, active, quiesced (enabled again), released. */
START_TEST(each_state_has_its_operations)
{
    static const struct {
        int op;
        const char *name, *status; /* a letter a state: . done, i EINVAL */
    } rows[] = {
        {VMK_NETPTOP_VF_GET_INFO, "GET_INFO", "i..."},
        {VMK_NETPTOP_VF_GET_QUEUE_STATUS, "GET_QUEUE_STATUS", "i..."},
        {VMK_NETPTOP_VF_GET_QUEUE_STATS, "GET_QUEUE_STATS", "ii.."},
        {VMK_NETPTOP_VF_SAVE_STATE, "SAVE_STATE", "ii.i"},
        {VMK_NETPTOP_VF_QUIESCE, "QUIESCE", "i..x"}, /* x: not tried, it changes the state */
        {VMK_NETPTOP_VF_ACTIVATE, "ACTIVATE", "iixi"},
        {VMK_NETPTOP_VF_INIT, "INIT", "ixii"},
        {VMK_NETPTOP_VF_RELEASE, "RELEASE", "ixxx"},
    };
    struct vmxnet3_rings_image im = image();
    for (unsigned state = 0; state < 4; state++) {
        if (state == 1) {
            ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACQUIRE, 0), 0);
            ck_assert_int_eq(pf_vf_set_rings(pf, 0, &im), 0);
        }
        if (state == 2)
            ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_INIT, 0), 0);
        if (state == 3)
            ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACTIVATE, 0), 0);
        for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
            if (rows[i].status[state] != 'x')
                ck_assert_msg(vf_op(rows[i].op, 0) == (rows[i].status[state] == 'i' ? -EINVAL : 0), "%s in state %u: %d",
                              rows[i].name, state, answer);
    }
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_QUIESCE, 0), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_SAVE_STATE, 0), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_RELEASE, 0), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_RELEASE, 0), -EINVAL);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_INIT, VFS), -EINVAL); /* no such VF */
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_INIT, -1), -EINVAL);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_SET_IML, 0), -ENOTSUP);
}
END_TEST

START_TEST(rings_come_back_as_they_went)
{
    struct vmxnet3_rings_image im = image(), out;
    memset(&out, 0, sizeof(out));
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACQUIRE, 0), 0);
    ck_assert_int_eq(pf_vf_set_rings(pf, 0, &im), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_INIT, 0), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACTIVATE, 0), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_QUIESCE, 0), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_SAVE_STATE, 0), 0);
    ck_assert_int_eq(pf_vf_get_rings(pf, 0, &out), 0);
    ck_assert_mem_eq(&out, &im, sizeof(im));
    im.magic++;
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_RELEASE, 0), 0);
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACQUIRE, 0), 0);
    ck_assert_int_eq(pf_vf_set_rings(pf, 0, &im), 0);
    ck_assert_int_lt(vf_op(VMK_NETPTOP_VF_INIT, 0), 0); /* the chip refuses it */
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACTIVATE, 0), -EINVAL);
}
END_TEST

/* ---- addresses ---- */

static int move(int vf, const uint8_t *mac)
{
    struct pf_args args = {.vf = vf};
    memcpy(args.mac, mac, 6);
    return op(PF_OP_MOVE_MAC, &args);
}

START_TEST(addresses_change_hands)
{
    static const uint8_t group[6] = {1, 0, 0x5e, 0, 0, 1}, none[6] = {0};
    struct vmxnet3_rings_image im = image();
    ck_assert_int_eq(move(0, mac_of(1)), -EINVAL); /* nobody has acquired it */
    for (int vf = 0; vf < 2; vf++) {
        ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_ACQUIRE, vf), 0);
        ck_assert_int_eq(pf_vf_set_rings(pf, (unsigned)vf, &im), 0);
    }
    ck_assert_int_eq(move(0, group), -EINVAL);
    ck_assert_int_eq(move(0, none), -EINVAL);
    ck_assert_int_eq(move(VFS, mac_of(1)), -EINVAL);
    ck_assert_int_eq(move(0, mac_of(100)), -EPERM); /* the PF's */
    ck_assert_int_eq(move(0, mac_of(1)), 0);
    ck_assert_int_eq(move(PF_ANY_VF, mac_of(1)), 0); /* to the PF's pool: what comes for it goes up there */
    box_send(peer, mac_of(1), mac_of(9), -1);
    sim_run_until(sim, sim_now(sim) + SIM_MS);
    ck_assert_uint_eq(host->count, 1);
    ck_assert_int_eq(move(1, mac_of(1)), 0);
    box_send(peer, mac_of(1), mac_of(9), -1);
    sim_run_until(sim, sim_now(sim) + SIM_MS);
    ck_assert_uint_eq(host->count, 1); /* it waits on the chip for VF 1 */
    ck_assert_int_eq(move(0, mac_of(1)), 0); /* whoever else has it */
    ck_assert_int_eq(vf_op(VMK_NETPTOP_VF_RELEASE, 1), 0);
    assert_balanced(sim);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pf upt");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, pf_world_end);
    tcase_add_test(t, each_state_has_its_operations);
    tcase_add_test(t, rings_come_back_as_they_went);
    tcase_add_test(t, addresses_change_hands);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
