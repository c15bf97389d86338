/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VF life as the published operations allow it, fences, operator's settings, the PF's own path. */
#include "unit/nic82599_world.h"

START_TEST(life_and_its_rules)
{
    struct nw *w = nw_create("82599", 2, 2);
    pf_start(w->pf);
    nw_run(w, 10 * SIM_US);
    struct pf_args args = {.vf = PF_ANY_VF, .num_rx = 1, .num_tx = 1, .num_intrs = 3};
    struct pf_vf_info info;
    nw_listen(w, "> was ");
    ck_assert_int_eq(pf_vf_info(w->pf, 0, &info), -EINVAL);
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_ACQUIRE, &args), 0);
    ck_assert_int_eq(w->s.vf, 0);
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_ACQUIRE, &args), 0);
    ck_assert_int_eq(w->s.vf, 1);
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_ACQUIRE, &args), -ENOSPC);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_ACQUIRE, 1), -EBUSY);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_ACTIVATE, 0), -EINVAL);
    ck_assert_int_eq(nw_mac_op(w, VMK_NETPTOP_VF_SET_MAC, 0, mac_of(1), PF_MOVE_SAFE, 0), -EINVAL); /* not before INIT */
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_GET_INFO, 0), 0);
    ck_assert_int_eq(pf_vf_info(w->pf, 0, &info), 0);
    ck_assert_uint_eq(info.bar_bytes, 16384);
    ck_assert_str_eq(info.plugin_name, "ixgbevf.so");
    sim_time before = sim_now(w->sim);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_INIT, 0), 0); /* waits out VF Enable's 100 ms */
    ck_assert_uint_ge(sim_now(w->sim), 100 * SIM_MS);
    before = sim_now(w->sim);
    ck_assert_int_eq(nw_vf_op(w, PF_OP_VF_FLR, 1), 0);
    ck_assert_uint_ge(sim_now(w->sim) - before, 100 * SIM_MS);
    nw_tells(w, "vf 0 > was free -> acquired\n"
                "vf 1 > was free -> acquired\n"
                "vf 0 > was acquired -> enabled\n"); /* the reset between GET_INFO and INIT */
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_INIT, 0), -EINVAL);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_QUIESCE, 0), 0);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_ACTIVATE, 0), 0);
    nw_tells(w, "vf 0 > was enabled -> active\n");
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_SAVE_STATE, 0), -ENOTSUP);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_QUIESCE, 0), 0);
    nw_tells(w, "vf 0 > was active -> enabled\n");
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_RELEASE, 0), 0);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_RELEASE, 0), -EINVAL);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_QUIESCE, 7), -EINVAL);
    nw_tells(w, "vf 0 > was enabled -> free\n");
}
END_TEST

START_TEST(release_leaves_no_filter)
{
    struct nw *w = nw_up(2, 1);
    struct pf_args range = {.vf = 0, .first_vlan = 5, .last_vlan = 6};
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_ADD_VLAN_RANGE, &range), 0);
    range.last_vlan = 100;
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_ADD_VLAN_RANGE, &range), -ENOSPC); /* 64 entries, none left half-made */
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_QUIESCE, 0), 0);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_RELEASE, 0), 0);
    for (uint32_t i = 1; i < 128; i++)
        ck_assert_uint_eq(pci_mmio_peek(w->nic->pf, 0, IXGBE_RAH(i), 4) & IXGBE_RAH_AV, 0);
    for (uint32_t i = 0; i < 64; i++)
        ck_assert_uint_eq(pci_mmio_peek(w->nic->pf, 0, IXGBE_VLVF(i), 4), 0);
    ck_assert_uint_eq(pci_mmio_peek(w->nic->pf, 0, IXGBE_PFVFSPOOF(0), 4), 0);
    ck_assert_uint_eq(pci_mmio_peek(w->nic->pf, 0, IXGBE_VFRE(0), 4), 1 << 2);
    nw_peer_send(w, mac_of(1), -1, 60);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->host->count, 1); /* nobody's now: the default pool's */
    nw_balanced(w);
}
END_TEST

START_TEST(operators_settings_are_kept)
{
    struct nw *w = nw_create("82599", 2, 1);
    struct pf_args args = {.vf = 0, .enable = 1, .first_vlan = 7, .qos = 1};
    struct pf_vf_admin admin;
    pf_start(w->pf);
    nw_run(w, 10 * SIM_US);
    w->s.answered = false;
    pf_admin_request(w->pf, VMK_NETPTOP_VF_SET_DEFAULT_VLAN, &args, &w->c, NW_EV_OP, 1);
    ck_assert_int_eq(nw_wait(w), 0);
    pf_vf_get_admin(w->pf, 0, &admin);
    ck_assert_uint_eq(admin.vlan, 7);
    ck_assert(admin.spoofchk);
    nw_vf_up(w, 0, NW_RING);
    nw_peer_send(w, mac_of(1), 7, 60);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[0].s.got, 1);
    args.first_vlan = 9;
    w->s.answered = false;
    pf_admin_request(w->pf, VMK_NETPTOP_VF_SET_DEFAULT_VLAN, &args, &w->c, NW_EV_OP, 1);
    ck_assert_int_eq(nw_wait(w), 0);
    nw_peer_send(w, mac_of(1), 7, 60);
    nw_peer_send(w, mac_of(1), 9, 60);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[0].s.got, 2);
    nw_balanced(w);
}
END_TEST

START_TEST(address_change_keeps_one_address)
{
    struct nw *w = nw_up(2, 1);
    ck_assert_int_eq(nw_mac_op(w, VMK_NETPTOP_VF_SET_MAC, 0, mac_of(33), PF_MOVE_SAFE, 0), 0);
    nw_peer_send(w, mac_of(33), -1, 60);
    nw_peer_send(w, mac_of(1), -1, 60);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[0].s.got, 1);
    ck_assert_uint_eq(w->host->count, 1);
    nw_balanced(w);
}
END_TEST

START_TEST(multicast_is_subscribed)
{
    struct nw *w = nw_up(2, 2);
    static const uint8_t group[6] = {1, 0, 0x5e, 0, 0, 0xfb};
    struct pf_args args = {.vf = 0, .multicast_count = 1};
    memcpy(args.multicast[0], group, 6);
    nw_peer_send(w, group, -1, 60);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[0].s.got, 0);
    ck_assert_uint_eq(w->host->count, 1);
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_SET_MULTICAST, &args), 0);
    struct pf_args none = {.vf = 1, .rx_broadcast = 1};
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_SET_RX_MODE, &none), 0); /* the table is everybody's */
    nw_peer_send(w, group, -1, 60);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[0].s.got, 1);
    ck_assert_uint_eq(w->vf[1].s.got, 0);
    nw_balanced(w);
}
END_TEST

/* What was steered before the fence is in memory after it, not a frame later. */
START_TEST(rx_fence_means_in_memory)
{
    for (sim_time at = 0; at < 60 * SIM_US; at += 777 * SIM_NS) {
        struct nw *w = nw_up(2, 1);
        w->vf[0].s.hold = true;
        for (int i = 0; i < 100; i++)
            nw_peer_send(w, mac_of(1), -1, 700);
        nw_run(w, at);
        ck_assert_int_eq(nw_mac_op(w, PF_OP_MOVE_MAC, PF_ANY_VF, mac_of(1), PF_MOVE_SAFE, 0), 0);
        ck_assert_int_eq(nw_vf_op(w, PF_OP_RX_FENCE, -1), 0);
        vfd_poll(&w->vf[0], false);
        uint32_t seen = w->vf[0].s.got;
        nw_run(w, SIM_MS);
        vfd_poll(&w->vf[0], false);
        ck_assert_uint_eq(w->vf[0].s.got, seen);
        ck_assert_uint_eq(seen + w->host->count, 100);
        ck_assert_uint_eq(nw_flow(w).lost, 0);
        nw_balanced(w);
        nw_destroy(w);
    }
}
END_TEST

/* After the move to a VF, the fence says that the PF's ring holds nothing older. */
START_TEST(rx_fence_empties_the_pfs_ring)
{
    for (sim_time at = 0; at < 60 * SIM_US; at += 1333 * SIM_NS) {
        struct nw *w = nw_up(2, 1);
        ck_assert_int_eq(nw_mac_op(w, PF_OP_MOVE_MAC, PF_ANY_VF, mac_of(1), PF_MOVE_SAFE, 0), 0);
        for (int i = 0; i < 100; i++)
            nw_peer_send(w, mac_of(1), -1, 700);
        nw_run(w, at);
        ck_assert_int_eq(nw_mac_op(w, PF_OP_MOVE_MAC, 0, mac_of(1), PF_MOVE_SAFE, 0), 0);
        ck_assert_int_eq(nw_vf_op(w, PF_OP_RX_FENCE, -1), 0);
        unsigned seen = w->host->count;
        nw_run(w, SIM_MS);
        ck_assert_uint_eq(w->host->count, seen);
        ck_assert_uint_eq(seen + w->vf[0].s.got, 100);
        nw_balanced(w);
        nw_destroy(w);
    }
}
END_TEST

/* Quiesce: all that was posted leaves; nothing is lost either way. */
START_TEST(quiesce_loses_nothing)
{
    for (sim_time at = 0; at < 40 * SIM_US; at += 3331 * SIM_NS) {
        struct nw *w = nw_up(2, 1);
        for (int i = 0; i < 100; i++)
            vfd_send(&w->vf[0], mac_of(200), mac_of(1), 900);
        nw_run(w, at);
        ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_QUIESCE, 0), 0);
        vfd_send(&w->vf[0], mac_of(200), mac_of(1), 900); /* too late: stays in memory */
        nw_run(w, SIM_MS);
        ck_assert_uint_eq(w->peer->count, 100);
        ck_assert_uint_eq(mem_tag_clear(&w->vf[0].mem, NW_TX_BUFFERS, NW_VF_MEM - NW_TX_BUFFERS, FATE_reclaimed_tx), 1);
        nw_balanced(w);
        nw_destroy(w);
    }
}
END_TEST

START_TEST(pf_tx_fence)
{
    struct nw *w = nw_up(2, 1);
    for (int i = 0; i < 200; i++)
        port_send(&w->host->port, make_frame(&w->host->comp, i % 2 ? mac_of(200) : mac_of(1), mac_of(100), -1, 800));
    ck_assert_int_eq(nw_vf_op(w, PF_OP_PF_TX_FENCE, -1), 0);
    nw_run(w, 2 * SIM_US); /* what the wire still carries */
    ck_assert_uint_eq(w->peer->count, 100);
    ck_assert_int_eq(nw_vf_op(w, PF_OP_RX_FENCE, -1), 0);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[0].s.got, 100);
    nw_balanced(w);
}
END_TEST

START_TEST(full_ring_drops_by_name)
{
    struct nw *w = nw_up(2, 1);
    uint32_t room = pf_tx_free(w->pf);
    for (uint32_t i = 0; i < room + 10; i++)
        port_send(&w->host->port, make_frame(&w->host->comp, mac_of(200), mac_of(100), -1, 60));
    ck_assert_uint_eq(books_fate_count(w->sim, FATE_uplink_ring_full), 10);
    nw_run(w, 10 * SIM_MS);
    ck_assert_uint_eq(w->peer->count, room);
    ck_assert_uint_eq(pf_tx_free(w->pf), room);
    nw_balanced(w);
}
END_TEST

int main(void)
{
    TCase *t = nw_tcase("life");
    tcase_add_test(t, life_and_its_rules);
    tcase_add_test(t, release_leaves_no_filter);
    tcase_add_test(t, operators_settings_are_kept);
    tcase_add_test(t, address_change_keeps_one_address);
    tcase_add_test(t, multicast_is_subscribed);
    tcase_add_test(t, rx_fence_means_in_memory);
    tcase_add_test(t, rx_fence_empties_the_pfs_ring);
    tcase_add_test(t, quiesce_loses_nothing);
    tcase_add_test(t, pf_tx_fence);
    tcase_add_test(t, full_ring_drops_by_name);
    return run_suite("pf life", t);
}
