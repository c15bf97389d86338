/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 82599's switch registers as a driver writes them: mirror rules, loopback enables. */
#include "unit/nic82599_world.h"

static void set(struct nw *w, uint32_t off, uint32_t value)
{
    pci_mmio_write(w->nic->pf, &w->c, sim_now(w->sim), 0, off, 4, value);
    nw_run(w, 10 * SIM_US);
}

/* Pool 2 watches: rule 1 what pool 0 receives, rule 2 what comes from the network, rule 3 what leaves, rule 0 a VLAN. */
START_TEST(mirror_rules)
{
    struct nw *w = nw_up(3, 3);
    set(w, IXGBE_VMRVM(1), 1u << 0);
    set(w, IXGBE_MRCTL(1), IXGBE_MRCTL_VPME | 2u << IXGBE_MRCTL_POOL_SHIFT);
    vfd_send(&w->vf[1], mac_of(1), mac_of(2), 100); /* from inside: not shown */
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(w->vf[2].s.got, 0);
    nw_peer_send(w, mac_of(1), -1, 100);
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(w->vf[0].s.got, 2);
    ck_assert_uint_eq(w->vf[2].s.got, 1);
    ck_assert(w->vf[2].s.last_status & IXGBE_RXD_STAT_PIF); /* not by its address */
    nw_peer_send(w, mac_of(2), -1, 100);
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(w->vf[2].s.got, 1);
    set(w, IXGBE_MRCTL(2), IXGBE_MRCTL_UPME | 2u << IXGBE_MRCTL_POOL_SHIFT);
    nw_peer_send(w, mac_of(2), -1, 100);
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(w->vf[2].s.got, 2);
    vfd_send(&w->vf[0], mac_of(200), mac_of(1), 100);
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(w->vf[2].s.got, 2);
    set(w, IXGBE_MRCTL(3), IXGBE_MRCTL_DPME | 2u << IXGBE_MRCTL_POOL_SHIFT);
    vfd_send(&w->vf[0], mac_of(200), mac_of(1), 100);
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(w->vf[2].s.got, 3);
    ck_assert_uint_eq(w->peer->count, 2);
    for (unsigned i = 1; i < 4; i++)
        set(w, IXGBE_MRCTL(i), 0);
    nw_peer_send(w, mac_of(1), -1, 100);
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(w->vf[2].s.got, 3);
    nw_balanced(w);
}
END_TEST

START_TEST(mirror_of_a_vlan)
{
    struct nw *w = nw_up(3, 3);
    struct pf_args range = {.vf = 0, .first_vlan = 10, .last_vlan = 11}; /* VLVF entries 0 and 1 */
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_ADD_VLAN_RANGE, &range), 0);
    set(w, IXGBE_VMRVLAN(0), 1u << 1);
    set(w, IXGBE_MRCTL(0), IXGBE_MRCTL_VLME | 2u << IXGBE_MRCTL_POOL_SHIFT);
    nw_peer_send(w, mac_of(1), 10, 100);
    nw_peer_send(w, mac_of(1), 11, 100);
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(w->vf[0].s.got, 2);
    ck_assert_uint_eq(w->vf[2].s.got, 1);
    nw_balanced(w);
}
END_TEST

START_TEST(a_pool_and_itself)
{
    struct nw *w = nw_up(2, 2);
    nw_listen(w, "dropped");
    vfd_send(&w->vf[0], mac_of(1), mac_of(1), 100);
    nw_run(w, 100 * SIM_US);
    nw_tells(w, "frame 9000000000000 > dropped by the switch -> no other vport takes this address (never back to its source)\n");
    set(w, IXGBE_VMTXSW(0), 1);
    vfd_send(&w->vf[0], mac_of(1), mac_of(1), 100);
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(w->vf[0].s.got, 1);
    nw_balanced(w);
}
END_TEST

START_TEST(vepa)
{
    struct nw *w = nw_up(2, 2);
    set(w, IXGBE_PFDTXGSWC, 0);
    vfd_send(&w->vf[0], mac_of(2), mac_of(1), 100);
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(w->vf[1].s.got, 0);
    ck_assert_uint_eq(w->peer->count, 1);
    set(w, IXGBE_PFDTXGSWC, IXGBE_PFDTXGSWC_VT_LBEN);
    vfd_send(&w->vf[0], mac_of(2), mac_of(1), 100);
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(w->vf[1].s.got, 1);
    ck_assert_uint_eq(w->peer->count, 1);
    nw_balanced(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("eswitch_82599");
    TCase *tc = nw_tcase("registers");
    tcase_add_test(tc, mirror_rules);
    tcase_add_test(tc, mirror_of_a_vlan);
    tcase_add_test(tc, a_pool_and_itself);
    tcase_add_test(tc, vepa);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
