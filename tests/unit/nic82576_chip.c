/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 82576 as a chip of its own: its maps, its limits, its config space, and what its registers make the shared engine do. */
#include <linux/pci_regs.h>

#include "unit/nic82599_world.h"

static struct nw *chip_up(unsigned drivers) { return nw_up_model("82576", 7, drivers); }

static void pf_poke(struct nw *w, uint32_t off, uint32_t value)
{
    pci_mmio_write(w->nic->pf, &w->c, sim_now(w->sim), 0, off, 4, value);
    nw_run(w, SIM_US);
}

static uint32_t pf_peek(struct nw *w, uint32_t off) { return (uint32_t)pci_mmio_peek(w->nic->pf, 0, off, 4); }

/* ---- frames ---- */

START_TEST(frames_go_in_out_and_across)
{
    struct nw *w = chip_up(2);
    for (unsigned i = 0; i < 40; i++) {
        nw_peer_send(w, mac_of(1), -1, 60 + i);
        vfd_send(&w->vf[0], mac_of(200), mac_of(1), 60 + i);
        vfd_send(&w->vf[0], mac_of(2), mac_of(1), 900);
        port_send(&w->host->port, make_frame(&w->host->comp, mac_of(2), mac_of(100), -1, 90));
        nw_run(w, 50 * SIM_US);
    }
    nw_peer_send(w, broadcast_mac, -1, 60);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[0].s.got, 41);
    ck_assert_uint_eq(w->vf[1].s.got, 81);
    ck_assert_uint_eq(w->peer->count, 40);
    ck_assert_uint_eq(pf_peek(w, E1000_PVFGPRC(0)), 41);
    ck_assert_uint_eq(pf_peek(w, E1000_PVFGPTC(0)), 80);
    ck_assert_uint_eq(nw_read(w, w->nic->vf[1], E1000_VFGPRC), 81);
    ck_assert_uint_eq(nw_read(w, w->nic->pf, E1000_GPTC), 40);
    ck_assert_uint_eq(nw_read(w, w->nic->pf, E1000_GPTC), 0); /* reading clears */
    nw_balanced(w);
}
END_TEST

/* A gigabit is what the wire carries: a thousand full frames take 12.3 ms. */
START_TEST(the_port_is_a_gigabit)
{
    struct nw *w = chip_up(1);
    uint8_t bytes[1514] = {0};
    memcpy(bytes, mac_of(200), 6);
    memcpy(bytes + 6, mac_of(1), 6);
    sim_time start = sim_now(w->sim);
    for (unsigned i = 0; i < 100; i++)
        vfd_put(&w->vf[0], w->flow, bytes, 1514, 0, 0);
    vfd_bell(&w->vf[0]);
    while (w->peer->count < 100)
        ck_assert(sim_step(w->sim));
    sim_time took = sim_now(w->sim) - start, wire = 100 * UINT64_C(1538) * 8 * SIM_NS;
    ck_assert_uint_ge(took, wire);
    ck_assert_uint_le(took, wire + 20 * SIM_US);
    nw_balanced(w);
}
END_TEST

/* VMOLR and RPLOLR strip, a queue's RXDCTL does not; DVMOLR hides [82576 7.10.3.8]. */
START_TEST(pools_strip_tags)
{
    struct nw *w = chip_up(2);
    struct pf_args vlan = {.vf = 0, .first_vlan = 5, .last_vlan = 5};
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_ADD_VLAN_RANGE, &vlan), 0);
    nw_peer_send(w, mac_of(1), 5, 100);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[0].s.got, 1);
    ck_assert(w->vf[0].s.last_status & IXGBE_RXD_STAT_VP);
    ck_assert_uint_eq(w->vf[0].s.last_vlan, 5);
    ck_assert_uint_eq(w->vf[0].s.last_len, 100);
    pf_poke(w, E1000_VMOLR(0), pf_peek(w, E1000_VMOLR(0)) & ~E1000_VMOLR_STRVLAN);
    nw_peer_send(w, mac_of(1), 5, 100);
    nw_peer_send(w, broadcast_mac, 5, 100); /* replicated: RPLOLR's */
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[0].s.got, 3);
    ck_assert_uint_eq(w->vf[0].s.last_len, 100);
    pf_poke(w, E1000_RPLOLR, 0);
    nw_peer_send(w, broadcast_mac, 5, 100);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[0].s.last_len, 104);
    ck_assert(!(w->vf[0].s.last_status & IXGBE_RXD_STAT_VP));
    struct pf_args port = {.vf = 1, .enable = 1, .first_vlan = 9};
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_SET_DEFAULT_VLAN, &port), 0);
    nw_peer_send(w, mac_of(2), 9, 100);
    vfd_send(&w->vf[1], mac_of(200), mac_of(2), 80);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[1].s.last_len, 100);
    ck_assert(!(w->vf[1].s.last_status & IXGBE_RXD_STAT_VP)); /* its port's VLAN is not its own */
    nw_balanced(w);
}
END_TEST

START_TEST(anti_spoof_says_which_queue)
{
    struct nw *w = chip_up(2);
    ck_assert_uint_eq(pf_peek(w, E1000_DTXSWC) & 3, 3);
    vfd_send(&w->vf[1], mac_of(200), mac_of(66), 60);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->peer->count, 0);
    ck_assert_uint_eq(nw_read(w, w->nic->pf, E1000_WVBR), 1 << 1);
    ck_assert_uint_eq(nw_read(w, w->nic->pf, E1000_WVBR), 0);
    nw_balanced(w);
}
END_TEST

/* A pool takes what its VMOLR says, up to RLPML, and the chip up to its own. */
START_TEST(each_pool_has_its_longest_frame)
{
    struct nw *w = chip_up(2);
    struct pf_args mtu = {.vf = 0, .mtu = 4000};
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_SET_MTU, &mtu), 0);
    ck_assert_uint_eq(pf_peek(w, E1000_VMOLR(0)) & (E1000_VMOLR_LPE | E1000_VMOLR_RLPML_MASK), E1000_VMOLR_LPE | 4018);
    ck_assert(pf_peek(w, E1000_RCTL) & E1000_RCTL_LPE);
    nw_peer_send(w, mac_of(1), -1, 4014);
    nw_peer_send(w, mac_of(2), -1, 4014);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[0].s.got, 1);
    ck_assert_uint_eq(w->vf[1].s.got, 0);
    nw_peer_send(w, mac_of(1), -1, 4015);
    nw_peer_send(w, mac_of(2), -1, 1514);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[0].s.got, 1);
    ck_assert_uint_eq(w->vf[1].s.got, 1);
    nw_balanced(w);
}
END_TEST

/* ---- interrupts ---- */

/* EITR: microseconds in bits 14:2. A burst makes one message an interval; the PF's view of it is EITR(22 - 3n + v). */
START_TEST(moderation_counts_microseconds)
{
    static const unsigned us[] = {0, 10, 100, 8191};
    for (unsigned i = 0; i < 4; i++) {
        struct nw *w = chip_up(1);
        vfd_write(&w->vf[0], E1000_VTEITR(0), us[i] << 2 | 0x80000000);
        nw_run(w, SIM_US);
        ck_assert_uint_eq(pf_peek(w, E1000_EITR(22)), us[i] << 2);
        nw_peer_send(w, mac_of(1), -1, 60);
        nw_run(w, 5 * SIM_US);
        ck_assert_uint_eq(w->vf[0].s.got, 1);
        sim_time first = w->vf[0].s.last_message;
        nw_peer_send(w, mac_of(1), -1, 60);
        nw_run(w, 20 * SIM_MS);
        ck_assert_uint_eq(w->vf[0].s.got, 2);
        if (us[i] > 5)
            ck_assert_uint_eq((w->vf[0].s.last_message - first + SIM_US / 2) / SIM_US, us[i]); /* their ways differ by some ns */
        nw_destroy(w);
    }
}
END_TEST

START_TEST(moderation_of_a_level_and_a_rate)
{
    struct nw *w = chip_up(1);
    struct pf_args iml = {.vf = 0, .level = PF_IML_CUSTOM, .rate = 20000};
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_SET_IML, &iml), 0);
    for (unsigned v = 0; v < 3; v++)
        ck_assert_uint_eq(pf_peek(w, E1000_EITR(22 + v)), 50 << 2);
    iml.rate = 120; /* 8,333 us: more than the field holds */
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_SET_IML, &iml), -EINVAL);
    iml.rate = 200000; /* less than the driver's 10 us */
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_SET_IML, &iml), -EINVAL);
    iml.level = PF_IML_LEAST;
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_SET_IML, &iml), 0);
    ck_assert_uint_eq(pf_peek(w, E1000_EITR(22)), 980);
    ck_assert_int_eq(pf_set_coalesce(w->pf, 8191), 0);
    ck_assert_int_eq(pf_set_coalesce(w->pf, 8192), -EINVAL);
}
END_TEST

/* ---- the mailbox, as igbvf uses it ---- */

static uint32_t ask(struct nw *w, unsigned vf, uint32_t *msg, unsigned words)
{
    struct pci_function *fn = w->nic->vf[vf];
    vfd_write(&w->vf[vf], E1000_V2PMAILBOX, IXGBE_VFMAILBOX_VFU);
    ck_assert(nw_read(w, fn, E1000_V2PMAILBOX) & IXGBE_VFMAILBOX_VFU);
    for (unsigned i = 0; i < words; i++)
        vfd_write(&w->vf[vf], E1000_VFMBMEM(i), msg[i]);
    vfd_write(&w->vf[vf], E1000_V2PMAILBOX, IXGBE_VFMAILBOX_REQ);
    uint32_t seen = 0;
    for (int i = 0; i < 1000 && !(seen & IXGBE_VFMAILBOX_PFSTS); i++) {
        seen |= nw_read(w, fn, E1000_V2PMAILBOX);
        nw_run(w, SIM_US);
    }
    ck_assert(seen & IXGBE_VFMAILBOX_PFACK);
    ck_assert(seen & IXGBE_VFMAILBOX_PFSTS);
    for (unsigned i = 0; i < 4; i++)
        msg[i] = nw_read(w, fn, E1000_VFMBMEM(i));
    return msg[0];
}

static void acknowledge(struct nw *w, unsigned vf)
{
    vfd_write(&w->vf[vf], E1000_V2PMAILBOX, IXGBE_VFMAILBOX_ACK);
    nw_run(w, 50 * SIM_US);
}

/* [igbvf vf.c] Reset, then a message that says clear to send: without it there is no link for the VF. */
static void stock_driver_resets(struct nw *w, unsigned vf)
{
    uint32_t msg[16] = {IXGBE_VF_RESET}, before = w->vf[vf].s.messages;
    vfd_write(&w->vf[vf], E1000_VTCTRL, E1000_CTRL_RST);
    nw_run(w, SIM_US);
    ck_assert(nw_read(w, w->nic->vf[vf], E1000_V2PMAILBOX) & IXGBE_VFMAILBOX_RSTD);
    vfd_up(&w->vf[vf], NW_RING);
    nw_run(w, 5 * SIM_US);
    ck_assert_uint_eq(ask(w, vf, msg, 1), IXGBE_VF_RESET | IXGBE_VT_MSGTYPE_ACK);
    ck_assert_int_eq(memcmp(&msg[1], mac_of((uint8_t)(vf + 1)), 6), 0);
    acknowledge(w, vf);
    ck_assert(nw_read(w, w->nic->vf[vf], E1000_V2PMAILBOX) & IXGBE_VFMAILBOX_PFSTS);
    ck_assert_uint_eq(nw_read(w, w->nic->vf[vf], E1000_VFMBMEM(0)), IXGBE_PF_CONTROL_MSG | IXGBE_VT_MSGTYPE_CTS);
    ck_assert_uint_gt(w->vf[vf].s.messages, before);
    ck_assert_uint_eq(nw_read(w, w->nic->vf[vf], E1000_VTSTATUS) & 0x83, 0x83);
    acknowledge(w, vf); /* once: the answer to this one is no other ping */
    ck_assert(!(nw_read(w, w->nic->vf[vf], E1000_V2PMAILBOX) & IXGBE_VFMAILBOX_PFSTS));
}

START_TEST(mailbox_speaks_to_igbvf)
{
    struct nw *w = chip_up(2);
    uint32_t msg[16] = {0};
    stock_driver_resets(w, 0);
    msg[0] = IXGBE_VF_SET_MULTICAST | 1 << IXGBE_VT_MSGINFO_SHIFT;
    msg[1] = 0x123;
    ck_assert_uint_eq(ask(w, 0, msg, 2), (IXGBE_VF_SET_MULTICAST | 1 << 16 | IXGBE_VT_MSGTYPE_ACK | IXGBE_VT_MSGTYPE_CTS));
    acknowledge(w, 0);
    ck_assert_uint_eq(pf_peek(w, E1000_MTA(0x123 >> 5)), 1u << (0x123 & 31));
    msg[0] = IXGBE_VF_SET_VLAN | 1 << IXGBE_VT_MSGINFO_SHIFT;
    msg[1] = 7;
    ck_assert(ask(w, 0, msg, 2) & IXGBE_VT_MSGTYPE_ACK);
    acknowledge(w, 0);
    ck_assert_uint_eq(pf_peek(w, E1000_VLVF(0)), E1000_VLVF_VLANID_ENABLE | 0x81u << E1000_VLVF_POOLSEL_SHIFT | 7);
    msg[0] = IXGBE_VF_SET_LPE;
    msg[1] = 9018;
    ck_assert(ask(w, 0, msg, 2) & IXGBE_VT_MSGTYPE_ACK);
    acknowledge(w, 0);
    ck_assert_uint_eq(pf_peek(w, E1000_VMOLR(0)) & E1000_VMOLR_RLPML_MASK, 9018);
    msg[0] = IXGBE_VF_SET_MAC_ADDR | E1000_VF_MAC_FILTER_ADD;
    memcpy(&msg[1], mac_of(77), 6);
    ck_assert(ask(w, 0, msg, 3) & IXGBE_VT_MSGTYPE_ACK);
    acknowledge(w, 0);
    nw_peer_send(w, mac_of(77), -1, 60);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[0].s.got, 1);
    msg[0] = E1000_VF_SET_PROMISC | E1000_VF_SET_PROMISC_MULTICAST;
    ck_assert_uint_eq(ask(w, 0, msg, 1), (E1000_VF_SET_PROMISC | IXGBE_VT_MSGTYPE_ACK | IXGBE_VT_MSGTYPE_CTS));
    acknowledge(w, 0);
    ck_assert(pf_peek(w, E1000_VMOLR(0)) & IXGBE_VMOLR_MPE);
    for (uint32_t what = 3; what < 256; what += 63) { /* of its filters one may only clear, or add one */
        msg[0] = IXGBE_VF_SET_MAC_ADDR | what << IXGBE_VT_MSGINFO_SHIFT;
        memcpy(&msg[1], mac_of(78), 6);
        ck_assert(ask(w, 0, msg, 3) & IXGBE_VT_MSGTYPE_NACK);
        acknowledge(w, 0);
    }
    struct pf_args mac = {.vf = 0};
    memcpy(mac.mac, mac_of(1), 6);
    w->s.answered = false;
    pf_admin_request(w->pf, VMK_NETPTOP_VF_SET_MAC, &mac, &w->c, NW_EV_OP, 1);
    ck_assert_int_eq(nw_wait(w), 0);
    msg[0] = IXGBE_VF_SET_MAC_ADDR; /* the operator's is not the VF's to set, not even alike */
    memcpy(&msg[1], mac_of(1), 6);
    ck_assert(ask(w, 0, msg, 3) & IXGBE_VT_MSGTYPE_NACK);
    acknowledge(w, 0);
    msg[0] = IXGBE_VF_API_NEGOTIATE; /* igb has no such message */
    ck_assert(ask(w, 0, msg, 2) & IXGBE_VT_MSGTYPE_NACK);
    acknowledge(w, 0);
    nw_balanced(w);
}
END_TEST

/* ---- limits ---- */

START_TEST(limits_are_refused)
{
    struct nw *w = chip_up(1);
    char err[200];
    struct nic_params eight = {.name = "other", .model = "82576", .vfs = 8};
    pci_link_params_default(&eight.link);
    ck_assert_ptr_null(nic_create(w->sim, &eight, err, sizeof(err)));
    ck_assert_str_eq(err, "NIC 'other': a NIC of model 82576 has 1 to 7 VFs, not 8");
    /* 24 receive addresses: the PF's, the VF's and 22 more */
    for (unsigned i = 0; i < 22; i++)
        ck_assert_int_eq(nw_mac_op(w, VMK_NETPTOP_PF_ADD_MAC_FILTER, -1, mac_of((uint8_t)(10 + i)), PF_MOVE_SAFE, 0), 0);
    ck_assert_int_eq(nw_mac_op(w, VMK_NETPTOP_PF_ADD_MAC_FILTER, -1, mac_of(60), PF_MOVE_SAFE, 0), -ENOSPC);
    nw_peer_send(w, mac_of(31), -1, 60); /* the last one of them */
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->host->count, 1);
    struct pf_args vlans = {.vf = 0, .first_vlan = 100, .last_vlan = 131};
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_ADD_VLAN_RANGE, &vlans), 0);
    vlans.first_vlan = vlans.last_vlan = 200;
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_ADD_VLAN_RANGE, &vlans), -ENOSPC);
    nw_peer_send(w, mac_of(1), 131, 60);
    nw_peer_send(w, mac_of(1), 200, 60);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[0].s.got, 1);
    struct pf_args three = {.vf = 3, .num_rx = 3, .num_tx = 1};
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_ACQUIRE, &three), -ENOSPC);
    struct pf_args rate = {.vf = 0, .rate = 1001};
    ck_assert_int_eq(nw_op(w, PF_OP_VF_SET_TX_RATE, &rate), -EINVAL);
    nw_balanced(w);
}
END_TEST

/* The packet buffer holds 64 KB: with a receiver that takes nothing and drops nothing, what is more is missed. Each frame takes
 * whole units of 64 bytes, and a full buffer lacks one, for it is not to look empty. */
enum { BUFFER_UNIT = 64 };
static const uint32_t lengths[] = {1000, 128, 65, 64};

START_TEST(packet_buffer_is_64_kb)
{
    const uint32_t units = (lengths[_i] + BUFFER_UNIT - 1) / BUFFER_UNIT, fit = (64 * 1024 / BUFFER_UNIT - 1) / units;
    const uint32_t sent = fit + NW_RING + 100;
    struct nw *w = chip_up(1);
    pf_poke(w, E1000_QDE, 0);
    vfd_write(&w->vf[0], E1000_VFSRRCTL(0), 2 | IXGBE_SRRCTL_DESCTYPE_ADV_ONEBUF);
    w->vf[0].s.hold = true;
    for (unsigned i = 0; i < sent; i++) {
        nw_peer_send(w, mac_of(1), -1, lengths[_i]);
        nw_run(w, 9 * SIM_US);
    }
    nw_run(w, SIM_MS);
    uint32_t used = (pf_peek(w, E1000_RDFT) - pf_peek(w, E1000_RDFH)) % E1000_FIFO_WRAP * E1000_FIFO_UNIT;
    ck_assert_uint_eq(used, fit * units * BUFFER_UNIT);
    ck_assert_uint_eq(nw_read(w, w->nic->pf, E1000_MPC), sent - (NW_RING - 1) - fit);
    mem_tag_clear(&w->vf[0].mem, 0, NW_VF_MEM, FATE_vm_ended);
    vfd_write(&w->vf[0], E1000_VTCTRL, E1000_CTRL_RST);
    nw_run(w, SIM_MS);
}
END_TEST

/* ---- maps ---- */

/* Every register of both maps, written with ones and zeroes: what is read back never has a bit that was not written, but in
 * those that the chip fills, and no access harms the chip. */
START_TEST(every_register_can_be_written)
{
    const struct nic_model *m = nic_model_find("82576");
    struct nw *w = chip_up(1);
    for (unsigned r = 0; r < m->reg_count; r++) {
        const struct nic_reg *reg = &m->regs[r];
        struct pci_function *fn = reg->function[0] == 'P' ? w->nic->pf : w->nic->vf[0];
        for (uint32_t i = 0; i < reg->count; i++) {
            uint32_t off = reg->offset + i * reg->stride;
            if (off == E1000_CTRL && fn == w->nic->pf)
                continue; /* resets */
            for (unsigned pattern = 0; pattern < 2; pattern++) {
                pci_mmio_write(fn, &w->c, sim_now(w->sim), 0, off, 4, pattern ? 0 : 0xffffffff);
                nw_run(w, 100 * SIM_NS);
                uint32_t seen = (uint32_t)pci_mmio_peek(fn, 0, off, 4);
                if (!strcmp(reg->access, "WO"))
                    ck_assert_msg(seen == 0, "%s reads %08x", reg->name, seen);
            }
        }
    }
    pci_mmio_write(w->nic->pf, &w->c, sim_now(w->sim), 0, E1000_CTRL, 4, E1000_CTRL_RST);
    nw_run(w, SIM_MS);
    for (unsigned r = 0; r < m->reg_count; r++) {
        const struct nic_reg *reg = &m->regs[r];
        if (reg->function[0] != 'P' || strcmp(reg->access, "RW") || reg->offset == E1000_RAL(0) || reg->offset == E1000_RAH(0))
            continue;
        for (uint32_t i = 0; i < reg->count; i++) {
            uint32_t seen = pf_peek(w, reg->offset + i * reg->stride);
            ck_assert_msg(seen == reg->reset, "%s %u is %08x after a reset, not %08x", reg->name, i, seen, reg->reset);
        }
    }
}
END_TEST

/* Queues 0 to 3 are at two places, and pool n has queues n and n + 8. */
START_TEST(queues_have_two_places)
{
    struct nw *w = chip_up(2);
    ck_assert_uint_eq(pf_peek(w, E1000_RDLEN(0)), 16 * NW_RING);
    ck_assert_uint_eq(pf_peek(w, E1000_RDLEN_A(1)), 16 * NW_RING);
    ck_assert_uint_eq(pf_peek(w, E1000_TDBAL(1)), NW_TX_RING);
    vfd_write(&w->vf[1], E1000_VFRDLEN(1), 4096);
    vfd_write(&w->vf[1], E1000_VFSRRCTL(1), E1000_SRRCTL_DROP_EN | 2);
    nw_run(w, SIM_US);
    ck_assert_uint_eq(pf_peek(w, E1000_RDLEN(9)), 4096);
    ck_assert_uint_eq(pf_peek(w, E1000_SRRCTL(9)), E1000_SRRCTL_DROP_EN | 2);
    ck_assert_uint_eq(pf_peek(w, E1000_RDLEN(3)), 0);
}
END_TEST

struct field {
    const char *name;
    bool vf;
    uint8_t cap;
    uint16_t ext, off;
    uint8_t size;
    uint32_t value;
};

/* [82576 9.4; QEMU hw/net/igb.c]; BAR sizes from what sizing reads back. */
START_TEST(config_space_is_the_datasheets)
{
    static const struct field fields[] = {
        {"vendor", false, 0, 0, PCI_VENDOR_ID, 2, 0x8086},
        {"device", false, 0, 0, PCI_DEVICE_ID, 2, 0x10c9},
        {"class", false, 0, 0, PCI_CLASS_DEVICE, 2, 0x0200},
        {"MSI-X: 25 vectors", false, PCI_CAP_ID_MSIX, 0, PCI_MSIX_FLAGS, 2, 0x8018},
        {"table in BAR3", false, PCI_CAP_ID_MSIX, 0, PCI_MSIX_TABLE, 4, 0x0003},
        {"pending bits in BAR3", false, PCI_CAP_ID_MSIX, 0, PCI_MSIX_PBA, 4, 0x2003},
        {"link capabilities: gen 1 x4", false, PCI_CAP_ID_EXP, 0, PCI_EXP_LNKCAP, 1, 0x41},
        {"first VF", false, 0, PCI_EXT_CAP_ID_SRIOV, PCI_SRIOV_VF_OFFSET, 2, 0x80},
        {"stride", false, 0, PCI_EXT_CAP_ID_SRIOV, PCI_SRIOV_VF_STRIDE, 2, 2},
        {"VF device", false, 0, PCI_EXT_CAP_ID_SRIOV, PCI_SRIOV_VF_DID, 2, 0x10ca},
        {"TotalVFs", false, 0, PCI_EXT_CAP_ID_SRIOV, PCI_SRIOV_TOTAL_VF, 2, 7},
        {"MSI-X of a VF: 3 vectors", true, PCI_CAP_ID_MSIX, 0, PCI_MSIX_FLAGS, 2, 0x8002},
        {"table of a VF in BAR3", true, PCI_CAP_ID_MSIX, 0, PCI_MSIX_TABLE, 4, 0x0003},
    };
    static const uint16_t at[] = {
        [PCI_CAP_ID_PM] = 0x40, [PCI_CAP_ID_MSI] = 0x50, [PCI_CAP_ID_MSIX] = 0x70, [PCI_CAP_ID_EXP] = 0xa0};
    struct nw *w = chip_up(1);
    for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        const struct field *f = &fields[i];
        struct pci_function *fn = f->vf ? w->nic->vf[0] : w->nic->pf;
        uint16_t base = f->cap ? pci_find_capability(fn, f->cap) : f->ext ? pci_find_ext_capability(fn, f->ext) : 0;
        uint32_t seen = pci_config_read(fn, (uint16_t)(base + f->off), f->size);
        ck_assert_msg(seen == f->value, "%s: %x, not %x", f->name, seen, f->value);
    }
    for (unsigned c = 0; c < sizeof(at) / sizeof(at[0]); c++)
        if (at[c])
            ck_assert_uint_eq(pci_find_capability(w->nic->pf, (uint8_t)c), at[c]);
    pci_config_write(w->nic->pf, PCI_BASE_ADDRESS_0, 4, 0xffffffff);
    ck_assert_uint_eq(pci_config_read(w->nic->pf, PCI_BASE_ADDRESS_0, 4) & ~0xfu, 0xfffe0000); /* 128 KB, 32 bits */
    pci_config_write(w->nic->pf, PCI_BASE_ADDRESS_3, 4, 0xffffffff);
    ck_assert_uint_eq(pci_config_read(w->nic->pf, PCI_BASE_ADDRESS_3, 4) & ~0xfu, 0xffffc000);
}
END_TEST

/* ---- resets and what is saved ---- */

static void storm(struct nw *w)
{
    for (unsigned i = 0; i < 20; i++) {
        nw_peer_send(w, mac_of(1), -1, 60 + 7 * i);
        vfd_send(&w->vf[0], mac_of(200), mac_of(1), 60 + 9 * i);
        vfd_send(&w->vf[0], mac_of(2), mac_of(1), 500);
        vfd_send(&w->vf[1], mac_of(200), mac_of(66), 60); /* forged */
    }
}

START_TEST(restored_in_flight_goes_on_alike)
{
    for (sim_time at = 0; at < 300 * SIM_US; at += 17171 * SIM_NS) {
        uint64_t seen[2][5];
        struct save writer, reader;
        struct nw *w = chip_up(2);
        storm(w);
        nw_run(w, at);
        save_init_writer(&writer);
        sim_save(w->sim, &writer);
        for (unsigned turn = 0; turn < 2; turn++) {
            nw_run(w, 2 * SIM_MS);
            uint64_t now[5] = {w->vf[0].s.ids, w->vf[1].s.ids, nw_flow(w).last_delivered, sim_event_count(w->sim),
                               nw_read(w, w->nic->pf, E1000_WVBR)};
            memcpy(seen[turn], now, sizeof(now));
            nw_balanced(w);
            nw_destroy(w);
            if (turn)
                break;
            w = nw_create("82576", 7, 2);
            save_init_reader(&reader, writer.buf, writer.len);
            sim_save(w->sim, &reader);
            ck_assert_msg(!reader.err, "%s: %s", reader.section, reader.why);
        }
        ck_assert_mem_eq(seen[0], seen[1], sizeof(seen[0]));
        save_fini(&writer);
    }
}
END_TEST

int main(void)
{
    TCase *t = nw_tcase("chip");
    tcase_add_test(t, frames_go_in_out_and_across);
    tcase_add_test(t, the_port_is_a_gigabit);
    tcase_add_test(t, pools_strip_tags);
    tcase_add_test(t, anti_spoof_says_which_queue);
    tcase_add_test(t, each_pool_has_its_longest_frame);
    tcase_add_test(t, moderation_counts_microseconds);
    tcase_add_test(t, moderation_of_a_level_and_a_rate);
    tcase_add_test(t, mailbox_speaks_to_igbvf);
    tcase_add_test(t, limits_are_refused);
    tcase_add_loop_test(t, packet_buffer_is_64_kb, 0, sizeof(lengths) / sizeof(*lengths));
    tcase_add_test(t, every_register_can_be_written);
    tcase_add_test(t, queues_have_two_places);
    tcase_add_test(t, config_space_is_the_datasheets);
    tcase_add_test(t, restored_in_flight_goes_on_alike);
    return run_suite("nic82576 chip", t);
}
