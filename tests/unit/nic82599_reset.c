/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resets in mid-flow, save and restore in flight, the mailbox: what an 82599's functions go through beside traffic. */
#include "unit/nic82599_world.h"

/* Traffic both ways and across, some of it on its way at any time. */
static void storm(struct nw *w, unsigned frames)
{
    for (unsigned i = 0; i < frames; i++) {
        nw_peer_send(w, mac_of(1), -1, 60 + 7 * i);
        nw_peer_send(w, mac_of(2), -1, 800);
        vfd_send(&w->vf[0], mac_of(200), mac_of(1), 60 + 9 * i);
        vfd_send(&w->vf[0], mac_of(2), mac_of(1), 500);
        vfd_send(&w->vf[1], mac_of(1), mac_of(2), 70);
        port_send(&w->host->port, make_frame(&w->host->comp, i % 2 ? mac_of(1) : mac_of(200), mac_of(100), -1, 90));
    }
}

/* What a reset leaves in a guest's memory is its software's to clear. */
static void clear_memory(struct nw *w, unsigned drivers)
{
    for (unsigned v = 0; v < drivers; v++)
        mem_tag_clear(&w->vf[v].mem, 0, NW_VF_MEM, FATE_vm_ended);
}

START_TEST(reset_at_any_moment)
{
    for (sim_time at = 0; at < 12 * SIM_US; at += 331 * SIM_NS) {
        for (int how = 0; how < 3; how++) {
            struct nw *w = nw_up(2, 2);
            storm(w, 20);
            nw_run(w, at);
            if (how == 0)
                vfd_write(&w->vf[0], IXGBE_VFCTRL, IXGBE_CTRL_RST);
            else if (how == 1)
                ck_assert_int_eq(nw_vf_op(w, PF_OP_VF_FLR, 0), 0);
            else
                pci_mmio_write(w->nic->pf, &w->c, sim_now(w->sim), 0, IXGBE_CTRL, 4, IXGBE_CTRL_RST);
            nw_run(w, SIM_MS);
            clear_memory(w, 2);
            mem_tag_clear(&w->host_mem, 0, w->host_mem.size, FATE_vm_ended);
            assert_balanced(w->sim);
            struct books_report r;
            books_get_report(w->sim, &r);
            ck_assert_uint_eq(r.born + r.copied, r.ended);
            if (how == 1)
                ck_assert_int_eq(pf_vf_get_state(w->pf, 0), PF_VF_RESET);
            if (how != 2) /* the other VF did not notice */
                ck_assert_uint_ge(w->vf[1].s.got, 20);
            nw_destroy(w);
        }
    }
}
END_TEST

START_TEST(a_reset_vf_lives_again)
{
    struct nw *w = nw_up(2, 2);
    storm(w, 20);
    nw_run(w, 3 * SIM_US);
    ck_assert_int_eq(nw_vf_op(w, PF_OP_VF_FLR, 0), 0);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_INIT, 0), -EINVAL);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_RELEASE, 0), 0);
    clear_memory(w, 1);
    uint32_t before = w->vf[0].s.got;
    nw_vf_up(w, 0, 32);
    nw_peer_send(w, mac_of(1), -1, 60);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[0].s.got, before + 1);
    nw_balanced(w);
}
END_TEST

static void final_state(struct nw *w, uint64_t out[9])
{
    nw_run(w, 2 * SIM_MS);
    struct flow_report r = nw_flow(w);
    out[0] = w->vf[0].s.ids;
    out[1] = w->vf[1].s.ids;
    out[2] = r.delivered;
    out[3] = r.latency_max_ps;
    out[4] = r.latency_p50_ps;
    out[5] = r.last_delivered;
    out[6] = sim_event_count(w->sim);
    out[7] = w->vf[0].s.messages;
    out[8] = (uint64_t)pf_vf_get_state(w->pf, 1) << 1 | w->s.answered;
    ck_assert_uint_eq(out[8], PF_VF_ENABLED << 1 | 1);
}

START_TEST(restored_in_flight_goes_on_alike)
{
    for (sim_time at = 0; at < 30 * SIM_US; at += 1717 * SIM_NS) {
        uint64_t straight[9], restored[9];
        struct nw *w = nw_up(2, 2);
        struct pf_args quiesce = {.vf = 1};
        storm(w, 15);
        w->s.answered = false;
        pf_request(w->pf, VMK_NETPTOP_VF_QUIESCE, &quiesce, &w->c, NW_EV_OP, 1); /* also an operation is under way */
        nw_run(w, at);
        struct save writer, reader;
        save_init_writer(&writer);
        sim_save(w->sim, &writer);
        ck_assert_msg(!writer.err, "%s", writer.why);
        final_state(w, straight);
        nw_balanced(w);
        nw_destroy(w);

        w = nw_create("82599", 2, 2); /* another process would build it from the scenario */
        save_init_reader(&reader, writer.buf, writer.len);
        sim_save(w->sim, &reader);
        ck_assert_msg(!reader.err, "%s: %s", reader.section, reader.why);
        final_state(w, restored);
        for (int i = 0; i < 9; i++)
            ck_assert_msg(straight[i] == restored[i], "value %d at %llu ps: %llu and %llu", i, (unsigned long long)at,
                          (unsigned long long)straight[i], (unsigned long long)restored[i]);
        nw_balanced(w);
        nw_destroy(w);
        save_fini(&writer);
    }
}
END_TEST

/* What no driver of ours writes, so that no scenario misses it. */
START_TEST(registers_only_stored_are_restored)
{
    struct nw *w = nw_up(2, 2);
    struct save writer, reader;
    vfd_write(&w->vf[1], IXGBE_VTRSCINT(1), 0x123);
    nw_run(w, SIM_MS);
    save_init_writer(&writer);
    sim_save(w->sim, &writer);
    ck_assert_msg(!writer.err, "%s", writer.why);
    nw_destroy(w);
    w = nw_create("82599", 2, 2);
    save_init_reader(&reader, writer.buf, writer.len);
    sim_save(w->sim, &reader);
    ck_assert_msg(!reader.err, "%s: %s", reader.section, reader.why);
    ck_assert_uint_eq(nw_read(w, w->nic->vf[1], IXGBE_VTRSCINT(1)), 0x123);
    ck_assert_uint_eq(nw_read(w, w->nic->vf[0], IXGBE_VTRSCINT(1)), 0);
    save_fini(&writer);
}
END_TEST

/* ---- the mailbox, as a stock driver uses it ---- */

static uint32_t ask(struct nw *w, unsigned vf, uint32_t *msg, unsigned words)
{
    struct pci_function *fn = w->nic->vf[vf];
    vfd_write(&w->vf[vf], IXGBE_VFMAILBOX, IXGBE_VFMAILBOX_VFU);
    ck_assert(nw_read(w, fn, IXGBE_VFMAILBOX) & IXGBE_VFMAILBOX_VFU);
    for (unsigned i = 0; i < words; i++)
        vfd_write(&w->vf[vf], IXGBE_VFMBMEM(i), msg[i]);
    vfd_write(&w->vf[vf], IXGBE_VFMAILBOX, IXGBE_VFMAILBOX_REQ);
    uint32_t seen = 0;
    for (int i = 0; i < 1000 && !(seen & IXGBE_VFMAILBOX_PFSTS); i++) {
        seen |= nw_read(w, fn, IXGBE_VFMAILBOX);
        nw_run(w, SIM_US);
    }
    ck_assert(seen & IXGBE_VFMAILBOX_PFACK);
    ck_assert(seen & IXGBE_VFMAILBOX_PFSTS);
    for (unsigned i = 0; i < 5; i++)
        msg[i] = nw_read(w, fn, IXGBE_VFMBMEM(i));
    vfd_write(&w->vf[vf], IXGBE_VFMAILBOX, IXGBE_VFMAILBOX_ACK);
    return msg[0];
}

/* Its trust has changed: it is told that it is not clear to send, and begins anew. */
static void begin_anew(struct nw *w)
{
    struct pci_function *fn = w->nic->vf[1];
    uint32_t msg[16] = {IXGBE_VF_GET_LINK_STATE};
    nw_run(w, 100 * SIM_US);
    ck_assert(nw_read(w, fn, IXGBE_VFMAILBOX) & IXGBE_VFMAILBOX_PFSTS);
    ck_assert_uint_eq(nw_read(w, fn, IXGBE_VFMBMEM(0)), IXGBE_PF_CONTROL_MSG);
    ck_assert(ask(w, 1, msg, 1) & IXGBE_VT_MSGTYPE_NACK); /* nothing else is answered before */
    msg[0] = IXGBE_VF_RESET;
    ck_assert(ask(w, 1, msg, 1) & IXGBE_VT_MSGTYPE_ACK);
    msg[0] = IXGBE_VF_API_NEGOTIATE;
    msg[1] = IXGBE_MBOX_API_15;
    ck_assert(ask(w, 1, msg, 2) & IXGBE_VT_MSGTYPE_ACK);
}

static bool adds(struct nw *w, unsigned index, uint8_t last)
{
    uint32_t msg[16] = {IXGBE_VF_SET_MACVLAN | index << IXGBE_VT_MSGINFO_SHIFT};
    const uint8_t mac[6] = {2, 0, 0, 0, 9, last};
    memcpy(&msg[1], mac, 6);
    return ask(w, 1, msg, 3) & IXGBE_VT_MSGTYPE_ACK;
}

/* A VF whose address is its own may have others, and is not checked for spoofing from then on; the first one takes the place of
 * those of before. One with an operator's address needs trust. Of 128 registers the PF keeps 16, and each VF has one. */
static void further_addresses(struct nw *w)
{
    struct pf_args mac = {.vf = 1};
    unsigned vfs = pf_num_vfs(w->pf), taken = 0;
    ck_assert(adds(w, 1, 78));
    ck_assert(!(nw_read(w, w->nic->pf, IXGBE_PFVFSPOOF(0)) & 1u << 1));
    for (unsigned i = 2; i < 128 && adds(w, i, (uint8_t)(78 + i)); i++)
        taken++;
    ck_assert_uint_eq(taken + 1, 128 - 16 - vfs);
    ck_assert(adds(w, 1, 79)); /* and the others are gone */
    ck_assert(adds(w, 2, 80));
    memcpy(mac.mac, mac_of(2), 6);
    w->s.answered = false;
    pf_admin_request(w->pf, VMK_NETPTOP_VF_SET_MAC, &mac, &w->c, NW_EV_OP, 1);
    ck_assert_int_eq(nw_wait(w), 0);
    ck_assert(!adds(w, 1, 81));
    ck_assert(adds(w, 0, 0));
}

/* What API 1.2 to 1.5 added, asked by VF 1. */
static void later_versions(struct nw *w)
{
    uint32_t msg[16] = {IXGBE_VF_GET_RETA};
    ck_assert(ask(w, 1, msg, 1) & IXGBE_VT_MSGTYPE_NACK); /* 1.1 has no such message */
    msg[0] = IXGBE_VF_API_NEGOTIATE;
    msg[1] = IXGBE_MBOX_API_15;
    ck_assert(ask(w, 1, msg, 2) & IXGBE_VT_MSGTYPE_ACK);
    msg[0] = IXGBE_VF_GET_RETA;
    ck_assert(ask(w, 1, msg, 1) & IXGBE_VT_MSGTYPE_NACK); /* the operator has not allowed it */
    pf_vf_set_query_rss(w->pf, 1, true);
    struct pf_args table = {.vf = 1, .rss_count = 4, .rss_table = {0, 1, 1, 0}};
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_SET_RSS_IND_TABLE, &table), 0);
    msg[0] = IXGBE_VF_GET_RETA;
    ck_assert(ask(w, 1, msg, 1) & IXGBE_VT_MSGTYPE_ACK);
    ck_assert_uint_eq(msg[1], 0x14141414); /* two bits an entry */
    ck_assert_uint_eq(msg[4], 0x14141414);
    msg[0] = IXGBE_VF_GET_RSS_KEY;
    ck_assert(ask(w, 1, msg, 1) & IXGBE_VT_MSGTYPE_ACK);
    msg[0] = IXGBE_VF_UPDATE_XCAST_MODE;
    msg[1] = IXGBE_XCAST_ALLMULTI;
    ck_assert(ask(w, 1, msg, 2) & IXGBE_VT_MSGTYPE_ACK);
    ck_assert_uint_eq(msg[1], IXGBE_XCAST_MULTI); /* no more for a VF without trust */
    pf_vf_set_trust(w->pf, 1, true);
    begin_anew(w);
    msg[0] = IXGBE_VF_UPDATE_XCAST_MODE;
    msg[1] = IXGBE_XCAST_ALLMULTI;
    ck_assert(ask(w, 1, msg, 2) & IXGBE_VT_MSGTYPE_ACK);
    ck_assert(pci_mmio_peek(w->nic->pf, 0, IXGBE_VMOLR(1), 4) & IXGBE_VMOLR_MPE);
    msg[0] = IXGBE_VF_UPDATE_XCAST_MODE;
    msg[1] = IXGBE_XCAST_PROMISC;
    ck_assert(ask(w, 1, msg, 2) & IXGBE_VT_MSGTYPE_NACK); /* the 82599 has none for a pool */
    msg[0] = IXGBE_VF_SET_MACVLAN | 1 << IXGBE_VT_MSGINFO_SHIFT;
    memcpy(&msg[1], mac_of(77), 6);
    ck_assert(ask(w, 1, msg, 3) & IXGBE_VT_MSGTYPE_ACK);
    msg[0] = IXGBE_VF_SET_MACVLAN; /* none any more */
    ck_assert(ask(w, 1, msg, 3) & IXGBE_VT_MSGTYPE_ACK);
    pf_vf_set_trust(w->pf, 1, false);
    begin_anew(w);
    ck_assert(!(pci_mmio_peek(w->nic->pf, 0, IXGBE_VMOLR(1), 4) & IXGBE_VMOLR_MPE)); /* what it had is gone */
    further_addresses(w);
    msg[0] = IXGBE_VF_GET_LINK_STATE;
    ck_assert(ask(w, 1, msg, 1) & IXGBE_VT_MSGTYPE_ACK);
    ck_assert_uint_eq(msg[1], 1);
}

/* The PF's driver pings VFs when the link goes and comes; VFLINKS says what is. */
static void link_events(struct nw *w)
{
    struct pci_function *fn = w->nic->vf[1];
    for (int up = 0; up < 2; up++) {
        wire_set_up(w->wire, up);
        nw_run(w, 100 * SIM_US);
        ck_assert(nw_read(w, fn, IXGBE_VFMAILBOX) & IXGBE_VFMAILBOX_PFSTS);
        ck_assert_uint_eq(nw_read(w, fn, IXGBE_VFMBMEM(0)), IXGBE_PF_CONTROL_MSG | IXGBE_VT_MSGTYPE_CTS);
        ck_assert_uint_eq(!!(nw_read(w, fn, IXGBE_VFLINKS) & IXGBE_LINKS_UP), up);
        ck_assert_uint_eq(nw_read(w, w->nic->vf[0], IXGBE_VFMAILBOX) & IXGBE_VFMAILBOX_PFSTS, 0); /* it has not spoken */
    }
}

START_TEST(stock_driver_probes)
{
    struct nw *w = nw_create("82599", 4, 2);
    pf_start(w->pf);
    nw_run(w, 10 * SIM_US);
    uint32_t msg[16];
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_ACQUIRE, 1), 0);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_INIT, 1), 0);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_ACTIVATE, 1), 0);
    vfd_write(&w->vf[1], IXGBE_VFTDWBAL(1), 0x1001); /* head write-back, which a reset leaves */
    vfd_write(&w->vf[1], IXGBE_VFTDWBAH(1), 1);
    vfd_write(&w->vf[1], IXGBE_VFCTRL, IXGBE_CTRL_RST);
    ck_assert_uint_eq(nw_read(w, w->nic->vf[1], IXGBE_VFTDWBAL(1)), 0x1001);
    uint32_t bits = nw_read(w, w->nic->vf[1], IXGBE_VFMAILBOX);
    ck_assert_uint_eq(bits & (IXGBE_VFMAILBOX_RSTD | IXGBE_VFMAILBOX_RSTI), IXGBE_VFMAILBOX_RSTD);
    ck_assert_uint_eq(nw_read(w, w->nic->vf[1], IXGBE_VFMAILBOX) & IXGBE_VFMAILBOX_RSTD, 0);

    msg[0] = IXGBE_VF_API_NEGOTIATE; /* before the reset message: refused */
    msg[1] = IXGBE_MBOX_API_11;
    ck_assert(ask(w, 1, msg, 2) & IXGBE_VT_MSGTYPE_NACK);
    msg[0] = IXGBE_VF_RESET;
    ck_assert_uint_eq(ask(w, 1, msg, 1), IXGBE_VF_RESET | IXGBE_VT_MSGTYPE_ACK);
    ck_assert_uint_eq(nw_read(w, w->nic->vf[1], IXGBE_VFTDWBAL(1)) | nw_read(w, w->nic->vf[1], IXGBE_VFTDWBAH(1)), 0);
    static const uint8_t mac[6] = {2, 0, 0, 0, 0, 102}; /* made from the PF's */
    ck_assert_mem_eq(&msg[1], mac, 6);
    msg[0] = IXGBE_VF_API_NEGOTIATE;
    msg[1] = 7; /* newer than ours */
    ck_assert(ask(w, 1, msg, 2) & IXGBE_VT_MSGTYPE_NACK);
    msg[0] = IXGBE_VF_API_NEGOTIATE;
    msg[1] = IXGBE_MBOX_API_11;
    ck_assert_uint_eq(ask(w, 1, msg, 2), IXGBE_VF_API_NEGOTIATE | IXGBE_VT_MSGTYPE_ACK | IXGBE_VT_MSGTYPE_CTS);
    msg[0] = IXGBE_VF_GET_QUEUES;
    ck_assert(ask(w, 1, msg, 5) & IXGBE_VT_MSGTYPE_ACK);
    ck_assert_uint_eq(msg[IXGBE_VF_TX_QUEUES], 2);
    later_versions(w);
    link_events(w);
    msg[0] = IXGBE_VF_SET_MAC_ADDR;
    memcpy(&msg[1], mac_of(2), 6);
    ck_assert(ask(w, 1, msg, 3) & IXGBE_VT_MSGTYPE_ACK);
    ck_assert_uint_ge(w->vf[1].s.messages, 0);

    vfd_up(&w->vf[1], NW_RING);
    nw_peer_send(w, mac_of(2), -1, 60);
    nw_peer_send(w, mac, -1, 60); /* the old address goes to the PF as unknown */
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(w->vf[1].s.got, 1);
    ck_assert_uint_eq(w->host->count, 1);
    nw_balanced(w);
}
END_TEST

START_TEST(every_register_decodes)
{
    const struct nic_model *m = nic_model_find("82599");
    struct nw *w = nw_up(1, 1);
    nw_listen(w, "not modelled|not decoded");
    for (unsigned i = 0; i < m->reg_count; i++) {
        const struct nic_reg *r = &m->regs[i];
        struct pci_function *fn = r->function[0] == 'P' ? w->nic->pf : w->nic->vf[0];
        for (uint32_t k = 0; k < r->count; k++)
            ck_assert_uint_ne(pci_mmio_peek(fn, 0, r->offset + k * r->stride, 4), 0xffffffffffffffff);
        if (r->access[0] == 'R' && r->access[1] == 'O')
            pci_mmio_write(fn, &w->c, sim_now(w->sim), 0, r->offset, 4, 0xffffffff); /* harmless */
    }
    nw_run(w, SIM_MS);
    nw_tells(w, "");
    ck_assert_uint_eq(IXGBE_VFRDBAL(1), 0x1040);
    ck_assert_uint_eq(nw_read(w, w->nic->vf[0], IXGBE_VFLINKS), IXGBE_LINKS_UP | IXGBE_LINKS_SPEED_10G_82599);
}
END_TEST

/* ---- the state of a VF that its own driver runs ---- */

/* VF 0's state, as VF 1 gives it away when it has taken it, is the same; so is what a driver reads. */
START_TEST(state_goes_to_another_vf)
{
    struct nw *w = nw_up(3, 1);
    struct save a, b, r;
    uint32_t msg[16] = {IXGBE_VF_RESET};
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_SAVE_STATE, 0), -ENOTSUP); /* a plugin's: nothing was agreed */
    ck_assert(ask(w, 0, msg, 1) & IXGBE_VT_MSGTYPE_ACK);
    msg[0] = IXGBE_VF_API_NEGOTIATE;
    msg[1] = IXGBE_MBOX_API_15;
    ck_assert(ask(w, 0, msg, 2) & IXGBE_VT_MSGTYPE_ACK);
    msg[0] = IXGBE_VF_SET_VLAN | 1 << IXGBE_VT_MSGINFO_SHIFT;
    msg[1] = 5;
    ck_assert(ask(w, 0, msg, 2) & IXGBE_VT_MSGTYPE_ACK);
    for (unsigned i = 0; i < 50; i++)
        nw_peer_send(w, mac_of(1), -1, 60);
    nw_run(w, SIM_MS);
    vfd_write(&w->vf[0], IXGBE_VTEIMC, 7);
    vfd_write(&w->vf[0], IXGBE_VTEICS, 4); /* latched, not reported */
    vfd_write(&w->vf[0], IXGBE_VTEITR(1), 0x7a8);
    vfd_write(&w->vf[0], IXGBE_VFPSRTYPE, 1u << 29);
    nw_run(w, SIM_MS);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_SAVE_STATE, 0), -EINVAL); /* it is active */
    ck_assert(!pf_vf_is_still(w->pf, 0));
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_QUIESCE, 0), 0);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_SAVE_STATE, 0), 0);
    ck_assert(pf_vf_is_still(w->pf, 0));
    save_init_writer(&a);
    pf_vf_state(w->pf, 0, &a);
    ck_assert_int_eq(a.err, 0);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_ACQUIRE, 1), 0);
    save_init_reader(&r, a.buf, a.len);
    pf_vf_state(w->pf, 1, &r);
    ck_assert_int_eq(r.err, -EINVAL); /* not enabled */
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_INIT, 1), 0);
    save_init_reader(&r, a.buf, a.len / 2);
    pf_vf_state(w->pf, 1, &r);
    ck_assert_int_ne(r.err, 0);
    save_init_reader(&r, a.buf, a.len);
    pf_vf_state(w->pf, 1, &r);
    ck_assert_int_eq(r.err, 0);
    nw_run(w, SIM_MS);
    save_init_writer(&b);
    pf_vf_state(w->pf, 1, &b);
    ck_assert_uint_eq(a.len, b.len);
    ck_assert(!memcmp(a.buf, b.buf, a.len));
    const uint32_t seen[] = {IXGBE_VTEIMS,      IXGBE_VTEICR,     IXGBE_VTEIAC,    IXGBE_VTEIAM,      IXGBE_VTIVAR(0),
                             IXGBE_VTIVAR_MISC, IXGBE_VTEITR(1),  IXGBE_VFPSRTYPE, IXGBE_VFRDBAL(0),  IXGBE_VFRDBAH(0),
                             IXGBE_VFRDLEN(0),  IXGBE_VFRDH(0),   IXGBE_VFRDT(0),  IXGBE_VFRXDCTL(0), IXGBE_VFSRRCTL(0),
                             IXGBE_VFTDBAL(0),  IXGBE_VFTDLEN(0), IXGBE_VFTDH(0),  IXGBE_VFTDT(0),    IXGBE_VFTXDCTL(0),
                             IXGBE_VFGPRC,      IXGBE_VFMBMEM(0), IXGBE_VFMBMEM(1)};
    for (unsigned i = 0; i < sizeof(seen) / sizeof(seen[0]); i++)
        ck_assert_uint_eq(nw_read(w, w->nic->vf[1], seen[i]), nw_read(w, w->nic->vf[0], seen[i]));
    ck_assert_uint_eq(nw_read(w, w->nic->vf[1], IXGBE_VFRDH(0)), 50);
    ck_assert_uint_eq(pci_mmio_peek(w->nic->pf, 0, IXGBE_VLVFB(0), 4) & 3, 3); /* both are in the VLAN now */
    save_fini(&a);
    save_fini(&b);
}
END_TEST

/* What a VF's queue is set to, and whether its reset leaves it: those that the specification update names, and no other. */
static const struct {
    uint32_t offset;
    bool is_left;
} settings[] = {
    {IXGBE_VFPSRTYPE, true},  {IXGBE_VFRDH_0, true},     {IXGBE_VFRDT_0, true},        {IXGBE_VFSRRCTL_0, true},
    {IXGBE_VFRXDCTL_0, true}, {IXGBE_VFTDH_0, true},     {IXGBE_VFTDT_0, true},        {IXGBE_VFTXDCTL_0, true},
    {IXGBE_VFTDWBAL_0, true}, {IXGBE_VFTDWBAH_0, true},  {IXGBE_VFDCA_RXCTRL_0, true}, {IXGBE_VFDCA_TXCTRL_0, true},
    {IXGBE_VFRDBAL_0, false}, {IXGBE_VFRDBAH_0, false},  {IXGBE_VFRDLEN_0, false},     {IXGBE_VFRSCCTL_0, false},
    {IXGBE_VFTDBAL_0, false}, {IXGBE_VFTDBAH_0, false},  {IXGBE_VFTDLEN_0, false},     {IXGBE_VTEIMS, false},
    {IXGBE_VTEIAC, false},    {IXGBE_VTEIAM, false},     {IXGBE_VTIVAR_0, false},      {IXGBE_VTIVAR_MISC, false},
    {IXGBE_VTEITR_0, false},  {IXGBE_VTRSCINT_0, false},
};
enum { SETTINGS = sizeof(settings) / sizeof(settings[0]) };

/* A VF whose every setting is other than a reset makes it; and one that nobody has touched. */
static struct nw *set_up(uint32_t before[SETTINGS], uint32_t fresh[SETTINGS])
{
    struct nw *w = nw_up(2, 1);
    struct vf_driver *d = &w->vf[0];
    for (unsigned i = 0; i < 3; i++)
        nw_peer_send(w, mac_of(1), -1, 60);
    vfd_send(d, mac_of(2), mac_of(1), 60);
    nw_run(w, SIM_MS);
    vfd_write(d, IXGBE_VFPSRTYPE, IXGBE_PSRTYPE_TCPHDR);
    vfd_write(d, IXGBE_VFTDWBAL(0), 0x2000);
    vfd_write(d, IXGBE_VFTDWBAH(0), 1);
    vfd_write(d, IXGBE_VFDCA_RXCTRL(0), 0x20);
    vfd_write(d, IXGBE_VFDCA_TXCTRL(0), 0x20);
    vfd_write(d, IXGBE_VFRSCCTL(0), IXGBE_RSCCTL_MAXDESC_8);
    vfd_write(d, IXGBE_VTEITR(0), 0x100);
    vfd_write(d, IXGBE_VTRSCINT(0), 0x123);
    vfd_write(d, IXGBE_VFRDBAH(0), 1);
    vfd_write(d, IXGBE_VFTDBAH(0), 1);
    vfd_write(d, IXGBE_VFRDBAL(0), 0x3000);
    nw_run(w, SIM_US);
    for (unsigned i = 0; i < SETTINGS; i++) {
        before[i] = nw_read(w, w->nic->vf[0], settings[i].offset);
        fresh[i] = nw_read(w, w->nic->vf[1], settings[i].offset);
        ck_assert_msg(before[i] != fresh[i], "register 0x%x is as a reset makes it", settings[i].offset);
    }
    return w;
}

/* An erratum of all that were made [82599 specification update, clarification 5]; a chip without it is thinkable. */
START_TEST(a_reset_leaves_what_was_published)
{
    uint32_t before[SETTINGS], fresh[SETTINGS];
    for (unsigned has_not = 0; has_not < 2; has_not++) {
        nw_other_errata = has_not; /* the first of its list */
        struct nw *w = set_up(before, fresh);
        nw_other_errata = 0;
        vfd_write(&w->vf[0], IXGBE_VFCTRL, IXGBE_CTRL_RST);
        nw_run(w, SIM_US);
        for (unsigned i = 0; i < SETTINGS; i++)
            ck_assert_msg(nw_read(w, w->nic->vf[0], settings[i].offset) == (settings[i].is_left && !has_not ? before[i] : fresh[i]),
                          "register 0x%x, erratum %u", settings[i].offset, !has_not);
        nw_destroy(w);
    }
}
END_TEST

int main(void)
{
    TCase *t = nw_tcase("reset");
    tcase_add_test(t, reset_at_any_moment);
    tcase_add_test(t, a_reset_vf_lives_again);
    tcase_add_test(t, restored_in_flight_goes_on_alike);
    tcase_add_test(t, registers_only_stored_are_restored);
    tcase_add_test(t, stock_driver_probes);
    tcase_add_test(t, every_register_decodes);
    tcase_add_test(t, state_goes_to_another_vf);
    tcase_add_test(t, a_reset_leaves_what_was_published);
    return run_suite("nic82599 reset", t);
}
