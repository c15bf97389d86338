/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that writes what it likes into its registers, rings and descriptors: nothing asserts, every frame keeps one fate,
 * and the other functions' traffic goes on.
 */
#include "core/prng.h"
#include "pf/netdev.h"
#include "unit/nic82599_world.h"

static const char *const models[] = {"82599", "82576"};

static uint32_t any_register(struct prng *p, const char *model)
{
    const struct nic_model *m = nic_model_find(model);
    for (;;) {
        const struct nic_reg *r = &m->regs[prng_below(p, m->reg_count)];
        if (r->function[0] == 'V')
            return r->offset + r->stride * (uint32_t)prng_below(p, r->count < 2 ? r->count : 2);
    }
}

static uint32_t any_value(struct prng *p)
{
    static const uint32_t known[] = {0,
                                     1,
                                     0xffffffff,
                                     IXGBE_RXDCTL_ENABLE,
                                     0x80,
                                     0x1000,
                                     NW_TX_RING,
                                     16 * NW_RING,
                                     127,
                                     0x06000000,
                                     IXGBE_SRRCTL_DESCTYPE_ADV_ONEBUF | 1,
                                     0x8180,
                                     0x00100000};
    return prng_below(p, 3) ? known[prng_below(p, sizeof(known) / sizeof(known[0]))] : (uint32_t)prng_next(p);
}

static void any_descriptors(struct vf_driver *d, struct prng *p)
{
    for (unsigned i = 0; i < 16; i++) {
        union ixgbe_adv_tx_desc *t = (union ixgbe_adv_tx_desc *)d->ram + prng_below(p, 1024);
        uint32_t kind = prng_below(p, 4) ? IXGBE_ADVTXD_DTYP_DATA : (uint32_t)prng_next(p) & IXGBE_ADVTXD_DTYP_MASK;
        t->read.buffer_addr = prng_below(p, NW_VF_MEM + 8192);
        t->read.cmd_type_len = IXGBE_ADVTXD_DCMD_DEXT | kind | (uint32_t)(prng_next(p) & 0xdb000000) |
                               (uint32_t)prng_below(p, prng_below(p, 4) ? 1600 : 65536);
        t->read.olinfo_status = prng_below(p, 2) ? 0 : (uint32_t)prng_next(p);
        if (prng_below(p, 6) == 0) /* a context under which segmentation can work */
            *(struct ixgbe_adv_tx_context_desc *)t = (struct ixgbe_adv_tx_context_desc){
                .vlan_macip_lens = 14 << IXGBE_ADVTXD_MACLEN_SHIFT | 20,
                .type_tucmd_mlhl =
                    IXGBE_ADVTXD_DTYP_CTXT | IXGBE_ADVTXD_DCMD_DEXT | IXGBE_ADVTXD_TUCMD_IPV4 | IXGBE_ADVTXD_TUCMD_L4T_TCP,
                .mss_l4len_idx = (uint32_t)prng_below(p, 2) << 4 | 20 << IXGBE_ADVTXD_L4LEN_SHIFT |
                                 (uint32_t)prng_below(p, 2000) << IXGBE_ADVTXD_MSS_SHIFT};
    }
}

static void hostile_run(const char *model, uint64_t seed)
{
    struct nw *w = nw_up_model(model, 3, 2);
    struct vf_driver *bad = &w->vf[0];
    struct prng p;
    bad->s.hold = true; /* its software looks at nothing */
    if (seed % 3 == 1)
        pf_set_mdd(w->pf, true);
    if (seed % 2) { /* everything that takes something apart is on */
        struct pf_args lro = {.features = PF_FEATURE_LRO};
        ck_assert_int_eq(nw_op(w, PF_OP_NETDEV_FEATURES, &lro), 0);
        pci_mmio_write(w->nic->pf, &w->c, sim_now(w->sim), 0, IXGBE_SYNQF, 4, 3);
    }
    prng_init(&p, seed, "hostile");
    for (int round = 0; round < 400; round++) {
        for (uint64_t n = prng_below(&p, 8); n; n--)
            vfd_write(bad, any_register(&p, model), any_value(&p));
        any_descriptors(bad, &p);
        uint32_t stride = w->map == &nw_map_82576 ? 0x100 : 0x40;
        vfd_write(bad, w->map->tx + NW_TAIL + stride * (uint32_t)prng_below(&p, 2), (uint32_t)prng_below(&p, NW_RING));
        vfd_write(bad, w->map->rx + NW_TAIL, (uint32_t)prng_below(&p, NW_RING));
        nw_peer_send(w, mac_of(1), -1, 60 + (uint32_t)prng_below(&p, 1400));
        nw_peer_send(w, mac_of(2), -1, 60);
        nw_peer_send(w, broadcast_mac, -1, 60);
        vfd_send(&w->vf[1], prng_below(&p, 2) ? mac_of(1) : mac_of(200), mac_of(2), 60);
        if (prng_below(&p, 40) == 0)
            vfd_up(bad, NW_RING);
        if (prng_below(&p, 100) == 0)
            iommu_unmap(bad->domain, prng_below(&p, 64) * 4096, 4096);
        nw_run(w, prng_below(&p, 20) * SIM_US);
    }
    /* What it broke it broke for itself: reset it, and see the other one work. */
    vfd_write(bad, w->map->ctrl, IXGBE_CTRL_RST);
    nw_run(w, SIM_MS);
    uint32_t before = w->vf[1].s.got;
    unsigned wire = w->peer->count;
    for (int i = 0; i < 50; i++) {
        nw_peer_send(w, mac_of(2), -1, 60);
        vfd_send(&w->vf[1], mac_of(200), mac_of(2), 60);
    }
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[1].s.got, before + 50);
    ck_assert_uint_eq(w->peer->count, wire + 50);
    ck_assert_uint_ge(before, 400); /* and it had worked all along */
    mem_tag_clear(&bad->mem, 0, NW_VF_MEM, FATE_vm_ended);
    nw_balanced(w);
}

START_TEST(hostile_guest) { hostile_run(models[_i % 2], (uint64_t)_i / 2); }
END_TEST

/* Traffic under way at each of many resets: no place of the chip is lost to them. */
START_TEST(many_resets_leak_nothing)
{
    struct nw *w = nw_up(2, 2);
    for (int i = 0; i < 150; i++) {
        for (int k = 0; k < 4; k++) {
            nw_peer_send(w, mac_of(1), -1, 900);
            vfd_send(&w->vf[0], mac_of(200), mac_of(1), 900);
            vfd_send(&w->vf[0], mac_of(2), mac_of(1), 900);
        }
        nw_run(w, 3 * SIM_US + i * 10 * SIM_NS);
        vfd_write(&w->vf[0], IXGBE_VFCTRL, IXGBE_CTRL_RST);
        nw_run(w, SIM_US);
        mem_tag_clear(&w->vf[0].mem, 0, NW_VF_MEM, FATE_vm_ended);
        vfd_up(&w->vf[0], NW_RING);
        nw_run(w, 20 * SIM_US);
    }
    uint32_t got = w->vf[0].s.got;
    unsigned wire = w->peer->count;
    for (int i = 0; i < 50; i++) {
        nw_peer_send(w, mac_of(1), -1, 60);
        vfd_send(&w->vf[0], mac_of(200), mac_of(1), 60);
    }
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[0].s.got, got + 50);
    ck_assert_uint_eq(w->peer->count, wire + 50);
    ck_assert_uint_eq(nw_read(w, w->nic->pf, IXGBE_TXUSED(0)), 0);
    ck_assert_uint_eq(nw_read(w, w->nic->pf, IXGBE_RXUSED(0)), 0);
    nw_balanced(w);
}
END_TEST

/* ---- malicious driver detection ---- */

static void break_rules(struct vf_driver *d, int how)
{
    switch (how) {
    case 0: /* no descriptor at all */
        memset(vfd_tx(d, d->s.tx_put++), 0xff, 16);
        vfd_bell(d);
        break;
    case 1:
        vfd_write(d, IXGBE_VFTDT(0), NW_RING + 5);
        break;
    case 2:
        vfd_write(d, IXGBE_VFRDT(0), NW_RING + 5);
        break;
    case 3: /* buffers of no size */
        vfd_write(d, IXGBE_VFSRRCTL(0), IXGBE_SRRCTL_DESCTYPE_ADV_ONEBUF);
        nw_run(d->w, SIM_US);
        nw_peer_send(d->w, mac_of(1), -1, 60);
        break;
    }
    nw_run(d->w, 20 * SIM_US);
}

/* The offending queue stops, the PF knows and counts; the other VF notices nothing; a new life begins unblocked. */
START_TEST(malice_is_blocked)
{
    struct nw *w = nw_up(3, 2);
    struct vf_driver *bad = &w->vf[0];
    struct pf_queue_status status;
    bool tx = _i < 2;
    break_rules(bad, _i); /* as long as nobody looks it is only counted */
    ck_assert_uint_eq(nw_read(w, w->nic->pf, tx ? IXGBE_WQBR_TX(0) : IXGBE_WQBR_RX(0)), 0);
    ck_assert_int_eq(nw_vf_op(w, PF_OP_VF_FLR, 0), 0);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_RELEASE, 0), 0);
    mem_tag_clear(&bad->mem, 0, NW_VF_MEM, FATE_vm_ended);
    nw_vf_up(w, 0, NW_RING);
    ck_assert_int_eq(pf_set_mdd(w->pf, true), 0);
    nw_run(w, 5 * SIM_US);
    nw_listen(w, "breaks the rules|malicious driver event");
    break_rules(bad, _i);
    nw_tells(w, tx ? "pool 0 > breaks the rules -> its transmit queue 0 is blocked\n"
                     "vf 0 > malicious driver event -> its transmit queues are blocked\n"
                   : "pool 0 > breaks the rules -> its receive queue 0 is blocked\n"
                     "vf 0 > malicious driver event -> its receive queues are blocked\n");
    ck_assert_uint_eq(pf_vf_mdd_events(w->pf, 0), 1); /* what an operator is shown */
    ck_assert_uint_eq(nw_read(w, w->nic->pf, tx ? IXGBE_WQBR_TX(0) : IXGBE_WQBR_RX(0)), 1);
    ck_assert_uint_eq(nw_read(w, w->nic->pf, tx ? IXGBE_LMVM_TX : IXGBE_LMVM_RX), 0);
    ck_assert_uint_ne(nw_read(w, w->nic->pf, tx ? IXGBE_LVMMC_TX : IXGBE_LVMMC_RX), 0);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_GET_QUEUE_STATUS, 0), 0);
    ck_assert_int_eq(pf_vf_queue_status(w->pf, 0, 0, &status), 0);
    ck_assert_uint_eq(status.error, 1);
    unsigned wire = w->peer->count;
    uint32_t got = w->vf[1].s.got;
    for (int i = 0; i < 20; i++) {
        vfd_send(bad, mac_of(200), mac_of(1), 60); /* nothing of it leaves */
        vfd_send(&w->vf[1], mac_of(200), mac_of(2), 60);
        nw_peer_send(w, mac_of(1), -1, 60);
        nw_peer_send(w, mac_of(2), -1, 60);
    }
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(w->peer->count - wire, tx ? 20 : 40);
    ck_assert_uint_eq(w->vf[1].s.got - got, 20);
    ck_assert_uint_eq(books_fate_count(w->sim, FATE_mdd_blocked), tx ? 0 : 20);
    ck_assert_int_eq(nw_vf_op(w, PF_OP_VF_FLR, 0), 0);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_RELEASE, 0), 0);
    mem_tag_clear(&bad->mem, 0, NW_VF_MEM, FATE_vm_ended);
    nw_vf_up(w, 0, NW_RING);
    wire = w->peer->count;
    got = bad->s.got;
    for (int i = 0; i < 20; i++) {
        vfd_send(bad, mac_of(200), mac_of(1), 60);
        nw_peer_send(w, mac_of(1), -1, 60);
    }
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(w->peer->count - wire, 20);
    ck_assert_uint_eq(bad->s.got - got, 20);
    nw_balanced(w);
}
END_TEST

int main(void)
{
    TCase *t = nw_tcase("hostile");
    tcase_add_loop_test(t, hostile_guest, 0, 24);
    tcase_add_test(t, many_resets_leak_nothing);
    tcase_add_loop_test(t, malice_is_blocked, 0, 4);
    return run_suite("nic82599 hostile", t);
}
