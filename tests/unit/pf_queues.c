/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Queues with filters of a PF: what comes by which, on each chip that has several pools of its PF's; who may have one, and when
 * not; that nothing is lost or overtaken while one changes hands.
 */
#include "unit/nic82599_world.h"

#include "pf/netdev.h"

enum { QUEUES = 3, FRAMES = 400 };

/* The host's own side: what comes by each queue, and in which order by all of them. */
struct side {
    struct component c;
    struct port port[QUEUES + 1]; /* 0: pf_uplink() */
    unsigned count[QUEUES + 1];
    uint64_t last_id;
    unsigned overtaken;
};
static struct side side;

static void receive(struct port *port, frame_ref ref)
{
    uint64_t id = frame_get(side.c.sim, ref)->id;
    side.count[port->index]++;
    side.overtaken += id < side.last_id;
    side.last_id = id;
    frame_end(&side.c, ref, FATE_delivered_peer);
}

static struct nw *up(const char *model, unsigned vfs, unsigned drivers)
{
    static const struct component_ops ops = {.kind = "side"};
    static const struct port_ops port_ops = {.receive = receive};
    nw_own_pools = QUEUES + 1;
    struct nw *w = nw_create(model, vfs, drivers);
    nw_own_pools = 0;
    memset(&side, 0, sizeof(side));
    component_init(&side.c, w->sim, &ops, "side");
    for (unsigned q = 0; q <= QUEUES; q++) {
        char name[8];
        snprintf(name, sizeof(name), "side%u", q);
        ck_assert_int_eq(port_init(&side.port[q], &side.c, q, name, &port_ops), 0);
    }
    port_join(&side.port[0], pf_uplink(w->pf));
    for (unsigned q = 1; q <= QUEUES; q++)
        port_join(&side.port[q], pf_queue_uplink(w->pf, q));
    pf_start(w->pf);
    nw_run(w, 10 * SIM_US);
    for (unsigned v = 0; v < drivers; v++)
        nw_vf_up(w, v, NW_RING);
    return w;
}

static void expect_counts(unsigned q0, unsigned q1, unsigned q2, unsigned q3)
{
    ck_assert_uint_eq(side.count[0], q0);
    ck_assert_uint_eq(side.count[1], q1);
    ck_assert_uint_eq(side.count[2], q2);
    ck_assert_uint_eq(side.count[3], q3);
}

static int own(struct nw *w, const uint8_t *mac) { return nw_mac_op(w, VMK_NETPTOP_PF_ADD_MAC_FILTER, 0, mac, PF_MOVE_SAFE, 0); }

static int set_queue(struct nw *w, unsigned queue, const uint8_t *mac, uint16_t vlan, bool give)
{
    struct pf_args args = {.vf = PF_ANY_VF, .channels = queue, .first_vlan = vlan, .enable = give};
    memcpy(args.mac, mac, 6);
    return nw_op(w, PF_OP_SET_QUEUE, &args);
}

static int take(struct nw *w, unsigned queue, const uint8_t *mac) { return set_queue(w, queue, mac, 0, true); }
static int give_back(struct nw *w, unsigned queue, const uint8_t *mac) { return set_queue(w, queue, mac, 0, false); }

static const struct {
    const char *model;
    unsigned vfs;
} chips[] = {{"82599", 4}, {"x540", 28}, {"82576", 4}, {"82599", 28}};

START_TEST(each_address_has_its_queue)
{
    struct nw *w = up(chips[_i].model, chips[_i].vfs, 1);
    ck_assert_uint_eq(pf_netqueues(w->pf), QUEUES);
    for (uint8_t q = 1; q <= QUEUES; q++) {
        ck_assert_int_eq(own(w, mac_of(9 + q)), 0);
        ck_assert_int_eq(take(w, q, mac_of(9 + q)), 0);
    }
    ck_assert_int_eq(own(w, mac_of(20)), 0);
    for (unsigned q = 1; q <= QUEUES; q++)
        for (unsigned n = 0; n < q; n++)
            nw_peer_send(w, mac_of((uint8_t)(9 + q)), -1, 60);
    nw_peer_send(w, mac_of(20), -1, 60);      /* of the host's, without a queue */
    nw_peer_send(w, mac_of(21), -1, 60);      /* nobody's */
    nw_peer_send(w, broadcast_mac, -1, 60);   /* the VF's, too */
    nw_peer_send(w, mac_of(1), -1, 60);       /* the VF's */
    nw_run(w, SIM_MS);
    expect_counts(3, 1, 2, 3);
    ck_assert_uint_eq(w->vf[0].s.got, 2);
    vfd_send(&w->vf[0], mac_of(11), mac_of(1), 60); /* from a VF, inside the chip */
    nw_run(w, SIM_MS);
    expect_counts(3, 1, 3, 3);
    ck_assert_uint_eq(w->peer->count, 0);
    struct nic_function_stats stats;
    w->nic->ops->function_stats(w->nic, -1, &stats);
    ck_assert_uint_eq(stats.rx_packets, 3 + 1 + 3 + 3);
    nw_balanced(w);
}
END_TEST

/* An address in a VLAN: frames of others, tagged or not, with that address are queue 0's. */
START_TEST(a_vlan_and_an_address)
{
    struct nw *w = up(chips[_i].model, chips[_i].vfs, 0);
    ck_assert_int_eq(own(w, mac_of(10)), 0);
    ck_assert_int_eq(set_queue(w, 2, mac_of(10), 30, true), 0);
    nw_peer_send(w, mac_of(10), 30, 60);
    nw_peer_send(w, mac_of(10), 31, 60);
    nw_peer_send(w, mac_of(11), 30, 60);
    nw_run(w, SIM_MS);
    expect_counts(2, 0, 1, 0);
    ck_assert_int_eq(give_back(w, 2, mac_of(10)), 0);
    nw_peer_send(w, mac_of(10), 30, 60);
    nw_run(w, SIM_MS);
    expect_counts(3, 0, 1, 0);
    nw_balanced(w);
}
END_TEST

START_TEST(refusals)
{
    struct nw *w = up("82599", 4, 1);
    const struct pf_args all = {.vf = PF_ANY_VF, .enable = true}, none = {.vf = PF_ANY_VF};
    ck_assert_int_eq(own(w, mac_of(10)), 0);
    ck_assert_int_eq(own(w, mac_of(11)), 0);
    ck_assert_int_eq(take(w, 0, mac_of(10)), -EINVAL);
    ck_assert_int_eq(take(w, QUEUES + 1, mac_of(10)), -EINVAL);
    ck_assert_int_eq(take(w, 1, mac_of(12)), -ENOENT);  /* nobody's address */
    ck_assert_int_eq(take(w, 1, mac_of(1)), -ENOENT);   /* a VF's */
    ck_assert_int_eq(take(w, 1, mac_of(100)), -EPERM);  /* the PF's own */
    ck_assert_int_eq(give_back(w, 1, mac_of(10)), 0);   /* nobody has it: nothing to do */
    ck_assert_int_eq(take(w, 1, mac_of(10)), 0);
    ck_assert_int_eq(take(w, 1, mac_of(11)), -EBUSY);   /* another's queue */
    ck_assert_int_eq(take(w, 2, mac_of(10)), -EBUSY);   /* it has one */
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_PF_MIRROR_ALL, &all), -EBUSY);
    ck_assert_int_eq(give_back(w, 1, mac_of(10)), 0);
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_PF_MIRROR_ALL, &all), 0);
    ck_assert_int_eq(take(w, 1, mac_of(10)), -EBUSY);
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_PF_MIRROR_ALL, &none), 0);
    ck_assert_int_eq(take(w, 1, mac_of(10)), 0);
    const struct pf_mirror mirror = {.what = PF_MIRROR_UPLINK, .pool = 4};
    ck_assert_int_eq(pf_set_mirror(w->pf, 0, &mirror), -EBUSY);
}
END_TEST

START_TEST(a_plain_pf_has_none)
{
    struct nw *w = nw_up(4, 0);
    ck_assert(!pf_has_queues(w->pf));
    ck_assert_int_eq(own(w, mac_of(10)), 0);
    ck_assert_int_eq(take(w, 1, mac_of(10)), -ENOTSUP);
}
END_TEST

/* A frame a microsecond, while the address goes to a queue, from there to a VF and back, and to queue 0 again. */
START_TEST(nothing_is_lost_while_it_changes_hands)
{
    struct nw *w = up(chips[_i].model, chips[_i].vfs, 1);
    struct pf_args in = {.vf = PF_ANY_VF, .channels = 2, .enable = true}, out = in, to_vf = {.vf = 0}, to_pf = {.vf = PF_ANY_VF};
    out.enable = false;
    const struct {
        int op;
        const struct pf_args *args;
    } moves[] = {{PF_OP_SET_QUEUE, &in},   {PF_OP_MOVE_MAC, &to_vf}, {PF_OP_SET_QUEUE, &out},
                 {PF_OP_MOVE_MAC, &to_pf}, {PF_OP_SET_QUEUE, &in},   {PF_OP_SET_QUEUE, &out}};
    const unsigned count = sizeof(moves) / sizeof(moves[0]);
    memcpy(in.mac, mac_of(9), 6);
    memcpy(out.mac, mac_of(9), 6);
    memcpy(to_vf.mac, mac_of(9), 6);
    memcpy(to_pf.mac, mac_of(9), 6);
    ck_assert_int_eq(own(w, mac_of(9)), 0);
    for (unsigned i = 0; i < count * FRAMES / 4; i++) {
        nw_peer_send(w, mac_of(9), -1, 60);
        if (i % (FRAMES / 4) == FRAMES / 8)
            pf_request(w->pf, (enum vmk_netptop)moves[i / (FRAMES / 4)].op, moves[i / (FRAMES / 4)].args, &w->c, NW_EV_OP, 1);
        nw_run(w, SIM_US);
        ck_assert_int_eq(w->s.status, 0);
    }
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(side.count[0] + side.count[2] + w->vf[0].s.got, count * FRAMES / 4);
    ck_assert_uint_gt(side.count[0], FRAMES / 8);
    ck_assert_uint_gt(side.count[2], FRAMES / 8);
    ck_assert_uint_gt(w->vf[0].s.got, FRAMES / 8);
    nw_balanced(w);
}
END_TEST

/* Queue 0 and a queue with a filter hand up in the order of the wire across a move, though their interrupts are far apart. */
START_TEST(nothing_is_overtaken)
{
    struct nw *w = up("82599", 4, 0);
    bool give = true;
    ck_assert_int_eq(own(w, mac_of(9)), 0);
    ck_assert_int_eq(pf_set_coalesce(w->pf, 100), 0);
    struct pf_args args = {.vf = PF_ANY_VF, .channels = 1, .enable = true};
    memcpy(args.mac, mac_of(9), 6);
    for (unsigned i = 0; i < 8 * FRAMES; i++) {
        nw_peer_send(w, mac_of(9), -1, 60);
        if (i % 200 == 77) {
            args.enable = give;
            give = !give;
            pf_request(w->pf, (enum vmk_netptop)PF_OP_SET_QUEUE, &args, &w->c, NW_EV_OP, 1);
        }
        nw_run(w, 500 * SIM_NS);
    }
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(side.count[0] + side.count[1], 8 * FRAMES);
    ck_assert_uint_gt(side.count[1], FRAMES);
    ck_assert_uint_eq(side.overtaken, 0);
    nw_balanced(w);
}
END_TEST

/* Whatever resets the chip takes the queues: their addresses are at queue 0, and they can be given anew. */
START_TEST(a_reset_takes_them_all)
{
    static const int resets[] = {PF_OP_NETDEV_REINIT, PF_OP_PF_FLR};
    struct nw *w = up("82599", 4, 0);
    ck_assert_int_eq(own(w, mac_of(9)), 0);
    ck_assert_int_eq(set_queue(w, 3, mac_of(9), 30, true), 0);
    ck_assert_int_eq(nw_vf_op(w, resets[_i], PF_ANY_VF), 0);
    nw_peer_send(w, mac_of(9), 30, 60);
    nw_run(w, SIM_MS);
    expect_counts(1, 0, 0, 0);
    ck_assert_int_eq(set_queue(w, 3, mac_of(9), 30, true), 0);
    nw_peer_send(w, mac_of(9), 30, 60);
    nw_run(w, SIM_MS);
    expect_counts(1, 0, 0, 1);
    nw_balanced(w);
}
END_TEST

START_TEST(nobody_drives_it)
{
    struct nw *w = up("82599", 4, 0);
    ck_assert_int_eq(own(w, mac_of(9)), 0);
    ck_assert_int_eq(nw_vf_op(w, PF_OP_NETDEV_DOWN, PF_ANY_VF), 0);
    ck_assert_int_eq(take(w, 1, mac_of(9)), -ENODEV);
    ck_assert_int_eq(nw_vf_op(w, PF_OP_NETDEV_UP, PF_ANY_VF), 0);
    ck_assert_int_eq(take(w, 1, mac_of(9)), 0);
}
END_TEST

/* It sends by its own ring, and a fence of the host's own side waits for that one, too. Nothing of it comes back. */
START_TEST(each_sends_by_itself)
{
    struct nw *w = up(chips[_i].model, chips[_i].vfs, 1);
    for (unsigned q = 1; q <= QUEUES; q++)
        for (unsigned n = 0; n < q; n++)
            port_send(&side.port[q], make_frame(&side.c, mac_of(200), mac_of((uint8_t)(9 + q)), -1, 60));
    ck_assert_uint_eq(w->peer->count, 0);
    ck_assert_int_eq(nw_vf_op(w, PF_OP_PF_TX_FENCE, PF_ANY_VF), 0);
    nw_run(w, 2 * SIM_US); /* the wire */
    ck_assert_uint_eq(w->peer->count, 1 + 2 + 3);
    port_send(&side.port[1], make_frame(&side.c, mac_of(1), mac_of(10), -1, 60)); /* to a VF */
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[0].s.got, 1);
    expect_counts(0, 0, 0, 0);
    struct pf_netdev_stats stats;
    pf_get_netdev_stats(w->pf, &stats);
    ck_assert_uint_eq(stats.tx_packets, 7);
    nw_balanced(w);
}
END_TEST

int main(void)
{
    TCase *t = nw_tcase("queues with filters");
    const int all = sizeof(chips) / sizeof(chips[0]);
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, each_address_has_its_queue, 0, all);
    tcase_add_loop_test(t, a_vlan_and_an_address, 0, all);
    tcase_add_test(t, refusals);
    tcase_add_test(t, a_plain_pf_has_none);
    tcase_add_loop_test(t, nothing_is_lost_while_it_changes_hands, 0, all);
    tcase_add_test(t, nothing_is_overtaken);
    tcase_add_loop_test(t, a_reset_takes_them_all, 0, 2);
    tcase_add_test(t, nobody_drives_it);
    tcase_add_loop_test(t, each_sends_by_itself, 0, all);
    return run_suite("pf queues", t);
}
