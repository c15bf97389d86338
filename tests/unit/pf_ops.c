/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operations of the published list besides VF life: statistics, status, moderation, redirection table, mirror, MTU. */
#include "unit/nic82599_world.h"

/* What two queues of one VF carried, by queue, since the last time. */
START_TEST(statistics_are_deltas)
{
    struct nw *w = nw_up(2, 2);
    struct pf_vf_stats s;
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_GET_QUEUE_STATS, 0), 0);
    for (int i = 0; i < 7; i++)
        nw_peer_send(w, mac_of(1), -1, 100);
    nw_peer_send(w, mac_of(2), -1, 100);
    for (int i = 0; i < 3; i++)
        vfd_send(&w->vf[0], mac_of(200), mac_of(1), 60);
    nw_run(w, SIM_MS);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_GET_QUEUE_STATS, 0), 0);
    ck_assert_int_eq(pf_vf_stats(w->pf, 0, &s), 0);
    ck_assert_uint_eq(s.queues, 2);
    ck_assert(s.per_queue);
    ck_assert_uint_eq(s.queue[0].rx_packets, 7);
    ck_assert_uint_eq(s.queue[0].rx_bytes, 7 * 104);
    ck_assert_uint_eq(s.queue[0].tx_packets, 3);
    ck_assert_uint_eq(s.queue[0].tx_bytes, 3 * 64);
    ck_assert_uint_eq(s.queue[1].rx_packets + s.queue[1].tx_packets + s.queue[0].rx_out_of_buffer, 0);
    w->vf[0].s.hold = true;
    for (int i = 0; i < NW_RING + 4; i++)
        nw_peer_send(w, mac_of(1), -1, 100);
    nw_peer_send(w, broadcast_mac, -1, 100);
    nw_run(w, SIM_MS);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_GET_QUEUE_STATS, 0), 0);
    ck_assert_int_eq(pf_vf_stats(w->pf, 0, &s), 0);
    ck_assert_uint_eq(s.queue[0].rx_packets, NW_RING - 1);
    ck_assert_uint_eq(s.queue[0].rx_out_of_buffer, 6);
    ck_assert_uint_eq(s.queue[0].tx_packets, 0);
    vfd_poll(&w->vf[0], true);
    nw_peer_send(w, broadcast_mac, -1, 100);
    nw_run(w, SIM_MS);
    vfd_poll(&w->vf[0], true);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_GET_QUEUE_STATS, 0), 0);
    ck_assert_int_eq(pf_vf_stats(w->pf, 0, &s), 0);
    ck_assert_uint_eq(s.queue[0].rx_packets, 1);
    ck_assert_uint_eq(s.rx_multicast, 1);
    /* Another life begins at zero. */
    nw_peer_send(w, mac_of(1), -1, 100);
    nw_run(w, SIM_MS);
    vfd_poll(&w->vf[0], true);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_QUIESCE, 0), 0);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_RELEASE, 0), 0);
    ck_assert_int_eq(pf_vf_stats(w->pf, 0, &s), -EINVAL);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_ACQUIRE, 0), 0);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_GET_QUEUE_STATS, 0), -EINVAL);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_INIT, 0), 0);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_GET_QUEUE_STATS, 0), 0);
    ck_assert_int_eq(pf_vf_stats(w->pf, 0, &s), 0);
    ck_assert_uint_eq(s.queue[0].rx_packets + s.rx_multicast, 0);
    nw_balanced(w);
}
END_TEST

/* The chip has counters for the queues of seven VFs: of the eighth its pool's are told. */
START_TEST(statistics_beyond_the_counters)
{
    struct nw *w = nw_up(8, 8);
    struct pf_vf_stats s;
    for (int i = 0; i < 5; i++) {
        nw_peer_send(w, mac_of(8), -1, 100);
        vfd_send(&w->vf[7], mac_of(200), mac_of(8), 60);
        vfd_send(&w->vf[6], mac_of(200), mac_of(7), 60);
    }
    nw_run(w, SIM_MS);
    for (int round = 0; round < 2; round++) {
        ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_GET_QUEUE_STATS, 7), 0);
        ck_assert_int_eq(pf_vf_stats(w->pf, 7, &s), 0);
        ck_assert(!s.per_queue);
        ck_assert_uint_eq(s.queue[0].rx_packets, round ? 0 : 5);
        ck_assert_uint_eq(s.queue[0].rx_bytes, round ? 0 : 5 * 104);
        ck_assert_uint_eq(s.queue[0].tx_bytes, round ? 0 : 5 * 64);
    }
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_GET_QUEUE_STATS, 6), 0);
    ck_assert_int_eq(pf_vf_stats(w->pf, 6, &s), 0);
    ck_assert(s.per_queue);
    ck_assert_uint_eq(s.queue[0].tx_packets, 5);
}
END_TEST

START_TEST(status_of_queues)
{
    struct nw *w = nw_up(2, 1);
    struct pf_queue_status s;
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_GET_QUEUE_STATUS, 1), -EINVAL); /* nobody has it */
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_GET_QUEUE_STATUS, 0), 0);
    ck_assert_int_eq(pf_vf_queue_status(w->pf, 0, 0, &s), 0);
    ck_assert(!s.rx_stopped && !s.tx_stopped);
    ck_assert_int_eq(pf_vf_queue_status(w->pf, 0, 1, &s), 0);
    ck_assert(s.rx_stopped && s.tx_stopped); /* never enabled */
    vfd_write(&w->vf[0], IXGBE_VFTXDCTL(0), 0);
    nw_run(w, SIM_US);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_GET_QUEUE_STATUS, 0), 0);
    ck_assert_int_eq(pf_vf_queue_status(w->pf, 0, 0, &s), 0);
    ck_assert(!s.rx_stopped && s.tx_stopped);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_QUIESCE, 0), 0);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_GET_QUEUE_STATUS, 0), 0);
    ck_assert_int_eq(pf_vf_queue_status(w->pf, 0, 0, &s), 0);
    ck_assert(s.rx_stopped);
}
END_TEST

static int set_iml(struct nw *w, int vf, uint8_t level, uint32_t rate)
{
    struct pf_args args = {.vf = vf, .level = level, .rate = rate};
    return nw_op(w, VMK_NETPTOP_VF_SET_IML, &args);
}

START_TEST(moderation_levels)
{
    struct nw *w = nw_up(63, 40);
    struct pf_vf_info info;
    const int vfs[] = {0, 1, 31, 39};
    for (unsigned i = 0; i < 4; i++) {
        struct pci_function *fn = w->nic->vf[vfs[i]];
        uint32_t last = 0;
        for (uint8_t level = PF_IML_NONE; level <= PF_IML_LEAST; level++) {
            ck_assert_int_eq(set_iml(w, vfs[i], level, 0), 0);
            uint32_t eitr = nw_read(w, fn, IXGBE_VTEITR(0));
            ck_assert_uint_eq(eitr & ~IXGBE_EITR_ITR_INT_MASK, 0);
            ck_assert(level == 0 ? eitr == 0 : eitr > last); /* 1 interrupts most, 7 least */
            ck_assert_uint_eq(nw_read(w, fn, IXGBE_VTEITR(1)), eitr);
            last = eitr;
        }
        ck_assert_int_eq(set_iml(w, vfs[i], PF_IML_ADAPTIVE, 0), 0);
        ck_assert_uint_eq(nw_read(w, fn, IXGBE_VTEITR(0)), 200);
        ck_assert_int_eq(set_iml(w, vfs[i], PF_IML_CUSTOM, 956), 0);
        ck_assert_uint_eq(nw_read(w, fn, IXGBE_VTEITR(0)), 4080); /* 510 counts: 1044 us */
        ck_assert_int_eq(set_iml(w, vfs[i], PF_IML_CUSTOM, 488281), 0);
        ck_assert_uint_eq(nw_read(w, fn, IXGBE_VTEITR(0)), 8); /* one count */
    }
    ck_assert_int_eq(set_iml(w, 0, PF_IML_CUSTOM, 955), -EINVAL);
    ck_assert_int_eq(set_iml(w, 0, PF_IML_CUSTOM, 488282), -EINVAL);
    ck_assert_int_eq(set_iml(w, 0, PF_IML_COUNT, 0), -EINVAL);
    ck_assert_int_eq(set_iml(w, 50, PF_IML_MOST, 0), -EINVAL); /* not enabled */
    ck_assert_uint_eq(nw_read(w, w->nic->vf[2], IXGBE_VTEITR(0)), 0); /* a neighbour's */
    ck_assert_uint_eq(nw_read(w, w->nic->pf, IXGBE_EITR(0)), 5 << IXGBE_EITR_INTERVAL_SHIFT); /* the PF's */
    ck_assert_int_eq(pf_vf_info(w->pf, 0, &info), 0);
    ck_assert_uint_eq(info.device_info[3], 8); /* what a plugin is told */
}
END_TEST

START_TEST(redirection_table)
{
    struct nw *w = nw_up(2, 2);
    struct pf_args table = {.vf = 0, .rss_count = 4, .rss_table = {0, 1, 1, 0}};
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_SET_RSS_IND_TABLE, &table), 0);
    for (uint32_t i = 0; i < 32; i++)
        ck_assert_uint_eq(nw_read(w, w->nic->pf, IXGBE_RETA(i)), 0x00010100);
    table.vf = 1;
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_SET_RSS_IND_TABLE, &table), 0); /* the same */
    table.rss_table[0] = 1;
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_SET_RSS_IND_TABLE, &table), -EBUSY); /* the chip has one for all */
    table.rss_table[0] = 2;
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_SET_RSS_IND_TABLE, &table), -EINVAL);
    table.rss_table[0] = 1;
    table.rss_count = 3;
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_SET_RSS_IND_TABLE, &table), -EINVAL);
    table.rss_count = 4;
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_QUIESCE, 0), 0);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_RELEASE, 0), 0);
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_SET_RSS_IND_TABLE, &table), 0);
}
END_TEST

START_TEST(mirror_all)
{
    struct nw *w = nw_up(3, 2);
    struct pf_args args = {.enable = 1};
    for (int on = 0; on < 3; on++) {
        nw_peer_send(w, mac_of(1), -1, 60);
        vfd_send(&w->vf[0], mac_of(200), mac_of(1), 60);
        vfd_send(&w->vf[0], mac_of(2), mac_of(1), 60);
        nw_peer_send(w, broadcast_mac, -1, 60);
        nw_run(w, SIM_MS);
        /* the broadcast only once; not what VF 0 says to VF 1 */
        ck_assert_uint_eq(w->host->count, on == 0 ? 1 : on == 1 ? 1 + 3 : 1 + 3 + 1);
        args.enable = on == 0;
        ck_assert_int_eq(nw_op(w, VMK_NETPTOP_PF_MIRROR_ALL, &args), 0);
    }
    ck_assert_uint_eq(w->vf[0].s.got, 6);
    ck_assert_uint_eq(w->vf[1].s.got, 6);
    nw_balanced(w);
}
END_TEST

/* A port behind the PF may have jumbo frames while no VF has. */
START_TEST(mtu_of_the_pf)
{
    struct nw *w = nw_up(2, 0);
    struct pf_args args = {.vf = PF_ANY_VF, .mtu = 9000};
    nw_peer_send(w, mac_of(9), -1, 9014);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(books_fate_count(w->sim, FATE_too_long), 1);
    ck_assert_int_eq(nw_op(w, PF_OP_SET_MTU, &args), 0);
    nw_peer_send(w, mac_of(9), -1, 9014);
    nw_peer_send(w, mac_of(9), 7, 9014); /* a tag is not counted */
    nw_peer_send(w, mac_of(9), -1, 9015);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->host->count, 2);
    ck_assert_uint_eq(books_fate_count(w->sim, FATE_too_long), 2);
    args.mtu = 60;
    ck_assert_int_eq(nw_op(w, PF_OP_SET_MTU, &args), -EINVAL);
    nw_balanced(w);
}
END_TEST

/* A frame that only carries a priority is in no VLAN [802.1Q 6.9]. */
START_TEST(priority_tag_is_no_vlan)
{
    struct nw *w = nw_up(2, 1);
    struct pf_args range = {.vf = 0, .first_vlan = 10, .last_vlan = 10};
    nw_peer_send(w, mac_of(1), 0x6000, 60);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[0].s.got, 1);
    ck_assert(w->vf[0].s.last_status & IXGBE_RXD_STAT_VP); /* the tag is stripped and reported all the same */
    ck_assert_uint_eq(w->vf[0].s.last_vlan, 0x6000);
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_ADD_VLAN_RANGE, &range), 0);
    nw_peer_send(w, mac_of(1), 0x6000, 60);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[0].s.got, 2);
    nw_balanced(w);
}
END_TEST

/* A disabled VF's frames end at that VF, where there is no default pool. */
START_TEST(disabled_has_a_place)
{
    struct nw *w = nw_up(3, 2);
    struct drop_report d;
    uint32_t vt_ctl = nw_read(w, w->nic->pf, IXGBE_VT_CTL) | IXGBE_VT_CTL_DIS_DEFPL; /* which would take them */
    pci_mmio_write(w->nic->pf, &w->c, sim_now(w->sim), 0, IXGBE_VT_CTL, 4, vt_ctl);
    pci_mmio_write(w->nic->pf, &w->c, sim_now(w->sim), 0, IXGBE_VFRE(0), 4, 1u << 3);
    nw_run(w, SIM_US);
    nw_peer_send(w, mac_of(2), -1, 60);
    nw_run(w, SIM_MS);
    ck_assert(books_get_drop(w->sim, 0, &d));
    ck_assert_str_eq(d.place, "nic vf 1");
    ck_assert_int_eq(d.fate, FATE_vport_disabled);
    nw_balanced(w);
}
END_TEST

static int admin(struct nw *w, int op, const struct pf_args *args)
{
    w->s.answered = false;
    pf_admin_request(w->pf, (enum vmk_netptop)op, args, &w->c, NW_EV_OP, 1);
    return nw_wait(w);
}

/* Every request of an operator that can be refused, of a VF in use and of an idle one: afterwards all is as before. */
START_TEST(nothing_of_a_refusal_is_kept)
{
    struct nw *w = nw_up(4, 2);
    const struct {
        int op;
        struct pf_args args;
        int idle, used; /* what is answered for a VF that is idle, and in use */
    } refused[] = {
        {VMK_NETPTOP_VF_SET_MAC, {.mac = {1, 0, 0x5e, 0, 0, 1}}, -EINVAL, -EINVAL},
        {VMK_NETPTOP_VF_SET_MAC, {.mac = {2, 0, 0, 9, 9, 9}}, 0, -ENOSPC}, /* no receive address register is left */
        {VMK_NETPTOP_VF_SET_DEFAULT_VLAN, {.enable = 1, .first_vlan = 4095}, -EINVAL, -EINVAL},
        {VMK_NETPTOP_VF_SET_DEFAULT_VLAN, {.enable = 1, .first_vlan = 5, .qos = 8}, -EINVAL, -EINVAL},
        {VMK_NETPTOP_VF_SET_DEFAULT_VLAN, {.enable = 1, .first_vlan = 99}, 0, -ENOSPC}, /* no VLAN entry is left */
        {PF_OP_VF_SET_TX_RATE, {.rate = 5}, -EINVAL, -EINVAL},
        {PF_OP_VF_SET_TX_RATE, {.rate = 10001}, -EINVAL, -EINVAL},
    };
    struct pf_args vlan = {.vf = 0, .enable = 1, .first_vlan = 7, .qos = 2}, trunk = {.vf = 1, .first_vlan = 100, .last_vlan = 162},
                   seven = {.vf = 1, .first_vlan = 7, .last_vlan = 7};
    uint8_t mac[6] = {2, 0, 0, 0, 1, 0};
    ck_assert_int_eq(admin(w, VMK_NETPTOP_VF_SET_DEFAULT_VLAN, &vlan), 0);
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_ADD_VLAN_RANGE, &seven), 0);
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_ADD_VLAN_RANGE, &trunk), 0); /* 63 and the one: all entries */
    while (nw_mac_op(w, VMK_NETPTOP_PF_ADD_MAC_FILTER, 0, mac, PF_MOVE_SAFE, 0) == 0)
        mac[5]++;
    for (unsigned i = 0; i < 2 * sizeof(refused) / sizeof(refused[0]); i++) {
        struct pf_args args = refused[i / 2].args;
        struct pf_vf_admin before, after;
        int expected = i & 1 ? refused[i / 2].idle : refused[i / 2].used;
        args.vf = i & 1 ? 3 : 0;
        pf_vf_get_admin(w->pf, (unsigned)args.vf, &before);
        ck_assert_int_eq(admin(w, refused[i / 2].op, &args), expected);
        pf_vf_get_admin(w->pf, (unsigned)args.vf, &after);
        if (expected)
            ck_assert_msg(!memcmp(&before, &after, sizeof(before)), "line %u of the table is kept", i / 2);
    }
    /* What was in force still is: its address, and its VLAN. */
    nw_peer_send(w, mac_of(1), 7, 60);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[0].s.got, 1);
    nw_balanced(w);
}
END_TEST

int main(void)
{
    TCase *t = nw_tcase("ops");
    tcase_add_test(t, statistics_are_deltas);
    tcase_add_test(t, statistics_beyond_the_counters);
    tcase_add_test(t, status_of_queues);
    tcase_add_test(t, moderation_levels);
    tcase_add_test(t, redirection_table);
    tcase_add_test(t, mirror_all);
    tcase_add_test(t, mtu_of_the_pf);
    tcase_add_test(t, priority_tag_is_no_vlan);
    tcase_add_test(t, disabled_has_a_place);
    tcase_add_test(t, nothing_of_a_refusal_is_kept);
    return run_suite("pf operations", t);
}
