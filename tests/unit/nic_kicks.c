/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A register's write sets state and wakes whoever waits for that state. Here work is laid down while one register forbids it;
 * nothing may move then, and all of it at that register's write, with no other doorbell after it: of each chip of the family.
 */
#include "unit/nic82599_world.h"

static const char *const models[] = {"82599", "82576"};

/* A register with all that it is to hold when it forbids and when it allows. */
struct gate {
    const char *name;
    uint32_t off[2]; /* by chip; 0: this chip has no such gate */
    uint32_t closed[2], open[2];
    bool of_vf; /* in the VF's map; else the PF's */
};

static void gate_write(struct nw *w, const struct gate *g, unsigned chip, bool open)
{
    struct pci_function *fn = g->of_vf ? w->nic->vf[0] : w->nic->pf;
    pci_mmio_write(fn, &w->c, sim_now(w->sim), 0, g->off[chip], 4, (open ? g->open : g->closed)[chip]);
    nw_run(w, 5 * SIM_US);
}

#define VF_TX_ON (IXGBE_TXDCTL_ENABLE | 1u << IXGBE_TXDCTL_HTHRESH_SHIFT | 32)
static const struct gate tx_gates[] = {
    {"TXDCTL", {IXGBE_VFTDBAL_0 + NW_CTL, E1000_VFTDBAL_0 + NW_CTL}, {0, 0}, {VF_TX_ON, VF_TX_ON}, true},
    {"VFTE", {0x08110, E1000_VFTE}, {0, 0}, {1, 1}, false},
    {"DMATXCTL, TCTL", {0x04A80, E1000_TCTL}, {0x81000000, 0}, {0x81000001, E1000_TCTL_EN}, false},
};

#define VF_RX_ON IXGBE_RXDCTL_ENABLE
static const struct gate rx_gates[] = {
    {"RXDCTL", {IXGBE_VFRDBAL_0 + NW_CTL, E1000_VFRDBAL_0 + NW_CTL}, {0, 0}, {VF_RX_ON, VF_RX_ON}, true},
    {"VFRE", {0x051E0, E1000_VFRE}, {0, 0}, {1, 1}, false},
};

/* The first descriptors of a ring that is enabled, or allowed, only after its tail was written. */
START_TEST(transmits_when_allowed)
{
    unsigned chip = (unsigned)_i % 2;
    const struct gate *g = &tx_gates[_i / 2];
    struct nw *w = nw_up_model(models[chip], 7, 1);
    unsigned before = w->peer->count;
    gate_write(w, g, chip, false);
    for (unsigned i = 0; i < 3; i++)
        vfd_send(&w->vf[0], mac_of(200), mac_of(1), 100);
    nw_run(w, SIM_MS);
    ck_assert_msg(w->peer->count == before, "%s of an %s forbids nothing", g->name, models[chip]);
    gate_write(w, g, chip, true);
    nw_run(w, SIM_MS);
    ck_assert_msg(w->peer->count == before + 3, "%s of an %s allows %u of 3", g->name, models[chip], w->peer->count - before);
    nw_balanced(w);
}
END_TEST

/* Descriptors posted while the queue is off are there for the first frame after it is on. */
START_TEST(receives_when_allowed)
{
    unsigned chip = (unsigned)_i % 2;
    const struct gate *g = &rx_gates[_i / 2];
    struct nw *w = nw_up_model(models[chip], 7, 1);
    struct vf_driver *d = &w->vf[0];
    gate_write(w, g, chip, false);
    nw_peer_send(w, mac_of(1), -1, 100);
    nw_run(w, SIM_MS);
    ck_assert_msg(d->s.got == 0, "%s of an %s forbids nothing", g->name, models[chip]);
    gate_write(w, g, chip, true);
    nw_peer_send(w, mac_of(1), -1, 100);
    nw_run(w, SIM_MS);
    ck_assert_msg(d->s.got == 1, "%s of an %s: %u of 1", g->name, models[chip], d->s.got);
    nw_balanced(w);
}
END_TEST

static void drop_enable(struct nw *w, unsigned chip, bool on)
{
    uint32_t value = chip ? (on ? 0xffff : 0) : IXGBE_QDE_WRITE | (on ? IXGBE_QDE_ENABLE : 0); /* queue 0 is VF 0's */
    pci_mmio_write(w->nic->pf, &w->c, sim_now(w->sim), 0, chip ? E1000_QDE : IXGBE_QDE, 4, value);
    nw_run(w, 5 * SIM_US);
    ck_assert_uint_eq(nw_read(w, w->nic->pf, chip ? E1000_QDE : IXGBE_QDE), value);
}

/* A frame for a ring that has run empty waits, and holds up whoever comes after it, unless the queue may drop. */
static struct nw *one_waits(unsigned chip)
{
    struct nw *w = nw_up_model(models[chip], 7, 2);
    drop_enable(w, chip, false);
    w->vf[0].s.hold = true;
    for (unsigned i = 0; i < NW_RING + 8; i++)
        nw_peer_send(w, mac_of(1), -1, 60);
    nw_peer_send(w, mac_of(2), -1, 60);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[1].s.got, 0);
    return w;
}

START_TEST(waits_until_it_may_drop)
{
    struct nw *w = one_waits((unsigned)_i);
    drop_enable(w, (unsigned)_i, true);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[1].s.got, 1);
    ck_assert_uint_ge(nw_flow(w).lost, 8);
    vfd_poll(&w->vf[0], false);
    nw_balanced(w);
}
END_TEST

START_TEST(waits_for_descriptors)
{
    struct nw *w = one_waits((unsigned)_i);
    w->vf[0].s.hold = false;
    vfd_poll(&w->vf[0], true);
    vfd_write(&w->vf[0], w->map->eims, 1);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[1].s.got, 1);
    ck_assert_uint_eq(w->vf[0].s.got, NW_RING + 8);
    nw_balanced(w);
}
END_TEST

static bool is_still(struct nw *w, unsigned vf) { return w->nic->ops->vf_is_still(w->nic, vf); }

/* A VF's state may be taken when nothing of its is on the way: what waits in the buffer, what is fetched or sent, what is asked. */
START_TEST(is_still_when_nothing_moves)
{
    struct nw *w = one_waits((unsigned)_i);
    ck_assert(!is_still(w, 0));
    ck_assert(!is_still(w, 1)); /* its frame is behind the other's */
    ck_assert(is_still(w, 2));
    drop_enable(w, (unsigned)_i, true);
    nw_run(w, SIM_MS);
    ck_assert(is_still(w, 0));
    ck_assert(is_still(w, 1));
    vfd_send(&w->vf[1], mac_of(200), mac_of(2), 1000);
    nw_run(w, SIM_US); /* the doorbell has come, the frame has not left */
    ck_assert_uint_eq(w->peer->count, 0);
    ck_assert(!is_still(w, 1));
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->peer->count, 1);
    ck_assert(is_still(w, 1));
    vfd_poll(&w->vf[0], false);
    nw_balanced(w);
}
END_TEST

int main(void)
{
    TCase *tc = nw_tcase("gates");
    tcase_add_loop_test(tc, transmits_when_allowed, 0, 2 * (int)(sizeof(tx_gates) / sizeof(*tx_gates)));
    tcase_add_loop_test(tc, receives_when_allowed, 0, 2 * (int)(sizeof(rx_gates) / sizeof(*rx_gates)));
    tcase_add_loop_test(tc, waits_until_it_may_drop, 0, 2);
    tcase_add_loop_test(tc, waits_for_descriptors, 0, 2);
    tcase_add_loop_test(tc, is_still_when_nothing_moves, 0, 2);
    return run_suite("nic_kicks", tc);
}
