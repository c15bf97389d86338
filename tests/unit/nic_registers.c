/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the lists of registers declare, of every register of both maps of each chip of the family: RC is cleared by reading,
 * RO is not written, WO reads 0. A world has made each counter count before; which ones never do here is said by name.
 */
#include "nic/intel/chip.h"
#include "unit/nic82599_world.h"

static const char *const models[] = {"82599", "82576"};

static struct pci_function *function_of(struct nw *w, const struct nic_reg *reg)
{
    return strcmp(reg->function, "PF") ? w->nic->vf[0] : w->nic->pf;
}

static void write_at(struct nw *w, struct pci_function *fn, uint32_t off, uint32_t value)
{
    pci_mmio_write(fn, &w->c, sim_now(w->sim), 0, off, 4, value);
    nw_run(w, 2 * SIM_US);
}

static void peer_sends(struct nw *w, const uint8_t *dst, uint32_t len, bool bad_fcs)
{
    frame_ref ref = make_frame(&w->peer->comp, dst, mac_of(200), -1, len);
    if (bad_fcs)
        frame_get(w->sim, ref)->flags |= FRAME_BAD_FCS;
    port_send(&w->peer->port, ref);
}

/* Everything that is counted happens. */
static void happen(struct nw *w, bool is_82576)
{
    static const uint8_t group[6] = {1, 0, 0x5e, 0, 0, 7};
    struct pci_function *pf = w->nic->pf;
    peer_sends(w, mac_of(1), 60, false);
    peer_sends(w, broadcast_mac, 60, false);
    peer_sends(w, group, 60, false);
    peer_sends(w, mac_of(1), 60, true);
    peer_sends(w, mac_of(1), 2000, false);
    vfd_send(&w->vf[0], mac_of(200), mac_of(1), 100);
    vfd_send(&w->vf[0], broadcast_mac, mac_of(1), 100);
    vfd_send(&w->vf[0], group, mac_of(1), 100);
    vfd_send(&w->vf[0], mac_of(200), mac_of(77), 100); /* a spoof */
    nw_run(w, SIM_MS);
    for (unsigned v = 1; v < 6; v += 4) { /* its ring runs empty; two, for an 82576's queues 0-3 have an alias */
        w->vf[v].s.hold = true;
        for (unsigned i = 0; i < NW_RING + 8; i++)
            peer_sends(w, mac_of((uint8_t)(v + 1)), 60, false);
        nw_run(w, SIM_MS);
    }
    /* What takes gigabytes, a blocked packet buffer or a malicious driver to count is put into the chip's counters. No test has the
     * time for the first, and others make the rest happen (nic82599_path, nic82599_hostile); this one asks what reading does. */
    struct intel_chip *n = (struct intel_chip *)w->nic;
    n->s.rx_bytes += UINT64_C(5) << 32;
    n->s.tx_bytes += UINT64_C(6) << 32;
    n->s.rx_missed++;
    n->s.malice[0] = n->s.malice[1] = MALICE_TAIL;
    for (unsigned i = 0; i < IXGBE_STAT_COUNTERS; i++) {
        n->s.queue_stat[i].rx_bytes += UINT64_C(7) << 32;
        n->s.queue_stat[i].tx_bytes += UINT64_C(8) << 32;
    }
    write_at(w, pf, is_82576 ? E1000_EIMC : IXGBE_EIMC, ~0u);
    write_at(w, pf, is_82576 ? E1000_EICS : IXGBE_EICS, 0xff);
    write_at(w, w->nic->vf[0], is_82576 ? E1000_VTEIMC : IXGBE_VTEIMC, ~0u);
    write_at(w, w->nic->vf[0], is_82576 ? E1000_VTEICS : IXGBE_VTEICS, 7);
    if (is_82576)
        write_at(w, pf, E1000_ICS, E1000_ICR_LSC);
}

static bool never_counts(const char *name) { return !strcmp(name, "RLEC"); /* no frame has a length field that lies */ }

START_TEST(reading_clears)
{
    const struct nic_model *model = nic_model_find(models[_i]);
    struct nw *w = nw_up_model(models[_i], 7, 6);
    unsigned seen = 0;
    happen(w, _i == 1);
    for (unsigned r = 0; r < model->reg_count; r++) {
        const struct nic_reg *reg = &model->regs[r];
        if (strcmp(reg->access, "RC"))
            continue;
        uint32_t any = 0;
        for (uint32_t i = 0; i < reg->count; i++) {
            any |= nw_read(w, function_of(w, reg), reg->offset + i * reg->stride);
            uint32_t again = nw_read(w, function_of(w, reg), reg->offset + i * reg->stride);
            ck_assert_msg(again == 0, "%s %s %s(%u) is 0x%x when it is read again", models[_i], reg->function, reg->name, i, again);
        }
        ck_assert_msg(any || never_counts(reg->name), "%s %s %s never counted", models[_i], reg->function, reg->name);
        seen++;
    }
    ck_assert_uint_gt(seen, 15);
}
END_TEST

/*
 * Pairs: in the drivers' order nothing is lost and both are cleared, by the high half alone too. Counts beyond 32 bits, and one
 * between two reads, are put into the chip: no test has the time for the frames.
 */
START_TEST(pairs_of_octets)
{
    const uint32_t low[2][2] = {{IXGBE_GORCL, IXGBE_GOTCL}, {E1000_GORCL, E1000_GOTCL}};
    struct nw *w = nw_up_model(models[_i], 2, 1);
    struct intel_chip *n = (struct intel_chip *)w->nic;
    n->s.rx_bytes = n->s.tx_bytes = 0;
    n->s.rx_bytes = (UINT64_C(3) << 32) - 1;
    n->s.tx_bytes = (UINT64_C(4) << 32) + 17;
    ck_assert_uint_eq(nw_read(w, w->nic->pf, low[_i][0]), 0xffffffff);
    n->s.rx_bytes += 2; /* meanwhile */
    ck_assert_uint_eq(nw_read(w, w->nic->pf, low[_i][0] + 4), 2);
    ck_assert_uint_eq(nw_read(w, w->nic->pf, low[_i][0]), 0);
    ck_assert_uint_eq(nw_read(w, w->nic->pf, low[_i][1] + 4), 4);
    ck_assert_uint_eq(nw_read(w, w->nic->pf, low[_i][1]), 0);
    n->s.tx_bytes += 5;
    ck_assert_uint_eq(nw_read(w, w->nic->pf, low[_i][1]), 5);
}
END_TEST

static bool changes_by_itself(const char *name) { return strstr(name, "FRTIMER") || strstr(name, "V2PMAILBOX"); }

START_TEST(read_only_and_write_only)
{
    const struct nic_model *model = nic_model_find(models[_i]);
    struct nw *w = nw_up_model(models[_i], 3, 1);
    unsigned seen = 0;
    for (unsigned r = 0; r < model->reg_count; r++) {
        const struct nic_reg *reg = &model->regs[r];
        for (uint32_t i = 0; i < reg->count; i++) {
            uint32_t off = reg->offset + i * reg->stride;
            if (!strcmp(reg->access, "WO"))
                ck_assert_msg(nw_read(w, function_of(w, reg), off) == 0, "%s(%u) reads as something", reg->name, i);
            if (strcmp(reg->access, "RO") || changes_by_itself(reg->name) || strstr(reg->name, "RDH") || strstr(reg->name, "TDH"))
                continue; /* a head may be zeroed [82599 8.2.3.8.5] */
            uint32_t before = nw_read(w, function_of(w, reg), off);
            write_at(w, function_of(w, reg), off, ~before);
            ck_assert_msg(nw_read(w, function_of(w, reg), off) == before, "%s(%u) was written", reg->name, i);
            seen++;
        }
    }
    ck_assert_uint_gt(seen, 50);
}
END_TEST

/* [82599 specification update, clarification 5] what a VF's reset does not touch. */
static bool is_left(const char *name)
{
    static const char *const left[] = {"VFRDH",    "VFRDT",    "VFTDH",    "VFTDT",    "VFPSRTYPE",    "VFSRRCTL",
                                       "VFRXDCTL", "VFTXDCTL", "VFTDWBAL", "VFTDWBAH", "VFDCA_RXCTRL", "VFDCA_TXCTRL"};
    for (unsigned i = 0; i < sizeof(left) / sizeof(left[0]); i++)
        if (!strcmp(name, left[i]))
            return true;
    return false;
}

/* Counters are the pool's, the mailbox's words are in the PF's reach, its bits and the link tell of the reset itself. */
static bool is_not_asked(const char *name)
{
    return strstr(name, "VFG") || !strcmp(name, "VFMPRC") || strstr(name, "MBMEM") || strstr(name, "MAILBOX") ||
           strstr(name, "FRTIMER") || strstr(name, "LINKS") || strstr(name, "STATUS");
}

static uint32_t kept(struct nw *w, const struct nic_reg *reg, uint32_t i)
{
    return nw_read(w, w->nic->vf[0], reg->offset + i * reg->stride);
}

/* An 82599's queue 0 has moved frames and is on, all else that can be written is written; then FLR, or VFCTRL.RST. */
START_TEST(a_reset_of_a_vf_leaves)
{
    const bool is_82576 = _i / 2, by_flr = _i % 2;
    const struct nic_model *model = nic_model_find(models[is_82576]);
    struct nw *w = nw_up_model(models[is_82576], 2, 1);
    static uint32_t before[512][16];
    unsigned left = 0;
    peer_sends(w, mac_of(1), 60, false);
    vfd_send(&w->vf[0], mac_of(200), mac_of(1), 100);
    nw_run(w, SIM_MS);
    for (unsigned r = 0; r < model->reg_count; r++) {
        const struct nic_reg *reg = &model->regs[r];
        if (strcmp(reg->function, "VF") || is_not_asked(reg->name))
            continue;
        for (uint32_t i = 0; i < reg->count; i++)
            if (!strcmp(reg->access, "RW") && !strstr(reg->name, "DCTL"))
                write_at(w, w->nic->vf[0], reg->offset + i * reg->stride, 0x00000083);
    }
    nw_run(w, SIM_MS);
    for (unsigned r = 0; r < model->reg_count; r++)
        for (uint32_t i = 0; !strcmp(model->regs[r].function, "VF") && i < model->regs[r].count; i++)
            before[r][i] = kept(w, &model->regs[r], i);
    if (by_flr)
        nw_vf_op(w, PF_OP_VF_FLR, 0);
    else
        write_at(w, w->nic->vf[0], 0, is_82576 ? E1000_CTRL_RST : IXGBE_CTRL_RST);
    nw_run(w, 200 * SIM_MS);
    for (unsigned r = 0; r < model->reg_count; r++) {
        const struct nic_reg *reg = &model->regs[r];
        if (strcmp(reg->function, "VF") || is_not_asked(reg->name))
            continue;
        for (uint32_t i = 0; i < reg->count && (i < 2 || reg->stride == 4); i++) { /* the pool has two queues */
            bool stays = !is_82576 && is_left(reg->name);
            uint32_t want = stays ? before[r][i] : reg->reset;
            ck_assert_msg(kept(w, reg, i) == want, "%s %s(%u) is 0x%x, not 0x%x", model->name, reg->name, i, kept(w, reg, i), want);
            left += stays && want;
        }
    }
    if (!is_82576)
        ck_assert_uint_ge(left, 12); /* each of them was something */
}
END_TEST

/* Each bit that a PF writes into its mailbox register shows in the VF's, alone [82599 8.2.3.23, 82576 8.14]. */
START_TEST(bits_of_the_mailbox)
{
    static const struct {
        uint32_t pf, vf;
    } bits[] = {{IXGBE_PFMAILBOX_STS, IXGBE_VFMAILBOX_PFSTS},
                {IXGBE_PFMAILBOX_ACK, IXGBE_VFMAILBOX_PFACK},
                {IXGBE_PFMAILBOX_PFU, IXGBE_VFMAILBOX_PFU},
                {IXGBE_PFMAILBOX_RVFU, 0},
                {0, 0}};
    uint32_t vf_register = _i ? E1000_V2PMAILBOX : IXGBE_VFMAILBOX;
    struct nw *w = nw_up_model(models[_i], 7, 1);
    for (unsigned i = 0; i < sizeof(bits) / sizeof(*bits); i++) {
        nw_read(w, w->nic->vf[0], vf_register); /* what was there before is read */
        write_at(w, w->nic->pf, _i ? 0x00c00 : 0x04b00, bits[i].pf);
        ck_assert_uint_eq(nw_read(w, w->nic->vf[0], vf_register), bits[i].vf);
    }
}
END_TEST

START_TEST(no_such_model)
{
    char err[200] = "";
    struct nw *w = nw_create("82599", 2, 0);
    struct nic_params params = {.name = "nic", .model = "82598"};
    ck_assert_ptr_null(nic_create(w->sim, &params, err, sizeof(err)));
    char names[200], want[300];
    snprintf(want, sizeof(want), "unknown NIC model '82598'; there are %s", nic_model_names(names, sizeof(names)));
    ck_assert_str_eq(err, want);
    ck_assert_msg(strstr(names, "82576, 82599"), "%s", names); /* in order */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("nic_registers");
    TCase *tc = nw_tcase("lists");
    tcase_set_timeout(tc, 0);
    tcase_add_loop_test(tc, reading_clears, 0, 2);
    tcase_add_loop_test(tc, pairs_of_octets, 0, 2);
    tcase_add_loop_test(tc, bits_of_the_mailbox, 0, 2);
    tcase_add_test(tc, no_such_model);
    tcase_add_loop_test(tc, read_only_and_write_only, 0, 2);
    tcase_add_loop_test(tc, a_reset_of_a_vf_leaves, 0, 4);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
