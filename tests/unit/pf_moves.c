/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The filter move and its orders, by what frames see of it: from the uplink and from another VF, with all pools in one half
 * of the mask and across the halves, with the gap between two register writes made long.
 */
#include "unit/nic82599_world.h"

enum { FRAMES = 200, GAP_US = 20 };

/* A frame a microsecond from the peer, or from VF 1, to mac_of(9), while `op` moves it; counts what came where. */
struct outcome {
    unsigned pf, vf, wire;
    uint64_t lost, duplicated;
};

static struct outcome moved(unsigned vfs, bool to_vf, bool local, enum pf_move_order order, unsigned gap_us)
{
    struct nw *w = nw_up(vfs, 2);
    struct pf_args args = {.vf = to_vf ? 0 : PF_ANY_VF, .order = (uint8_t)order, .gap_ps = gap_us * SIM_US};
    struct outcome o = {0};
    memcpy(args.mac, mac_of(9), 6);
    if (to_vf)
        ck_assert_int_eq(nw_mac_op(w, VMK_NETPTOP_PF_ADD_MAC_FILTER, 0, mac_of(9), PF_MOVE_SAFE, 0), 0);
    else
        ck_assert_int_eq(nw_mac_op(w, PF_OP_MOVE_MAC, 0, mac_of(9), PF_MOVE_SAFE, 0), 0);
    for (int i = 0; i < FRAMES; i++) {
        if (local)
            vfd_send(&w->vf[1], mac_of(9), mac_of(2), 60);
        else
            nw_peer_send(w, mac_of(9), -1, 60);
        if (i == FRAMES / 4)
            pf_request(w->pf, (enum vmk_netptop)PF_OP_MOVE_MAC, &args, &w->c, NW_EV_OP, 1);
        nw_run(w, SIM_US);
    }
    nw_run(w, SIM_MS);
    ck_assert_int_eq(w->s.status, 0);
    o.pf = w->host->count;
    o.vf = w->vf[0].s.got;
    o.wire = w->peer->count;
    o.lost = FRAMES > o.pf + o.vf ? FRAMES - (o.pf + o.vf) : 0;
    o.duplicated = o.pf + o.vf > FRAMES ? o.pf + o.vf - FRAMES : 0; /* host and VF are two receivers to the books */
    ck_assert_uint_ge(o.pf, FRAMES / 8);
    ck_assert_uint_ge(o.vf, FRAMES / 8);
    nw_balanced(w);
    nw_destroy(w);
    return o;
}

START_TEST(one_half_is_one_write)
{
    for (int i = 0; i < 4; i++) {
        struct outcome o = moved(4, i & 1, i & 2, PF_MOVE_SAFE, GAP_US);
        ck_assert_uint_eq(o.pf + o.vf, FRAMES);
        ck_assert_uint_eq(o.lost + o.duplicated + o.wire, 0);
    }
}
END_TEST

START_TEST(safe_across_the_halves)
{
    for (int i = 0; i < 4; i++) {
        struct outcome o = moved(40, i & 1, i & 2, PF_MOVE_SAFE, GAP_US);
        ck_assert_uint_eq(o.pf + o.vf, FRAMES);
        ck_assert_uint_eq(o.lost + o.duplicated + o.wire, 0);
    }
}
END_TEST

START_TEST(set_first_doubles)
{
    for (int i = 0; i < 8; i++) {
        struct outcome o = moved(i & 4 ? 40 : 4, i & 1, i & 2, PF_MOVE_SET_FIRST, GAP_US);
        ck_assert_uint_ge(o.duplicated, GAP_US - 2);
        ck_assert_uint_le(o.duplicated, GAP_US + 2);
        ck_assert_uint_eq(o.pf + o.vf, FRAMES + o.duplicated);
    }
}
END_TEST

START_TEST(clear_first_keeps_uplink_and_loses_local)
{
    for (int i = 0; i < 8; i++) {
        bool local = i & 2;
        struct outcome o = moved(i & 4 ? 40 : 4, i & 1, local, PF_MOVE_CLEAR_FIRST, GAP_US);
        ck_assert_uint_eq(o.duplicated, 0);
        if (!local) {
            ck_assert_uint_eq(o.lost, 0); /* the default pool took them */
            ck_assert_uint_eq(o.pf + o.vf, FRAMES);
        } else {
            ck_assert_uint_ge(o.lost, GAP_US - 2);
            ck_assert_uint_le(o.lost, GAP_US + 2);
            ck_assert_uint_eq(o.wire, o.lost); /* they left for the wire, where nobody waits */
        }
    }
}
END_TEST

/* Back to back, without a gap, the window is the time between two posted writes: no frame of this stream meets it. */
START_TEST(no_gap_is_a_short_window)
{
    struct outcome o = moved(40, true, false, PF_MOVE_SET_FIRST, 0);
    ck_assert_uint_le(o.duplicated, 1);
}
END_TEST

START_TEST(moves_are_refused)
{
    struct nw *w = nw_up(4, 2);
    ck_assert_int_eq(nw_mac_op(w, PF_OP_MOVE_MAC, 3, mac_of(9), PF_MOVE_SAFE, 0), -EINVAL);   /* VF 3 is free */
    ck_assert_int_eq(nw_mac_op(w, PF_OP_MOVE_MAC, 4, mac_of(9), PF_MOVE_SAFE, 0), -EINVAL);
    ck_assert_int_eq(nw_mac_op(w, PF_OP_MOVE_MAC, 0, mac_of(100), PF_MOVE_SAFE, 0), -EPERM);  /* the PF's own */
    ck_assert_int_eq(nw_mac_op(w, PF_OP_MOVE_MAC, 0, broadcast_mac, PF_MOVE_SAFE, 0), -EINVAL);
    ck_assert_int_eq(nw_mac_op(w, VMK_NETPTOP_PF_DEL_MAC_FILTER, 0, mac_of(50), PF_MOVE_SAFE, 0), -EINVAL);
    uint8_t mac[6] = {2, 0, 0, 0, 1, 0};
    int status = 0, added = 0;
    while (!(status = nw_mac_op(w, VMK_NETPTOP_PF_ADD_MAC_FILTER, 0, mac, PF_MOVE_SAFE, 0)) && added++ < 200)
        mac[5]++;
    ck_assert_int_eq(status, -ENOSPC);
    ck_assert_int_eq(added, 128 - 1 - 2);
}
END_TEST

/* While its address is at the PF a VF may go on sending: the check is suspended, and comes back with the address. */
START_TEST(a_moved_address_is_no_spoof)
{
    struct nw *w = nw_up(4, 1);
    nw_listen(w, "dropped|moves");
    ck_assert_int_eq(nw_mac_op(w, PF_OP_MOVE_MAC, PF_ANY_VF, mac_of(1), PF_MOVE_SAFE, 0), 0);
    vfd_send(&w->vf[0], mac_of(200), mac_of(1), 60);
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(w->peer->count, 1);
    ck_assert_int_eq(nw_mac_op(w, PF_OP_MOVE_MAC, 0, mac_of(1), PF_MOVE_SAFE, 0), 0);
    vfd_send(&w->vf[0], mac_of(200), mac_of(1), 60);
    vfd_send(&w->vf[0], mac_of(200), mac_of(66), 60);
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(w->peer->count, 2);
    nw_tells(w, "address 020000000001 > moves from pools 0x1 -> 0x10\n"
                "address 020000000001 > moves from pools 0x10 -> 0x1\n"
                "frame 9000000000002 > dropped by the switch -> MAC anti-spoof\n");
    nw_balanced(w);
}
END_TEST

static unsigned entries(const struct nw *w, const uint8_t *mac, uint64_t *pools)
{
    unsigned n = 0;
    uint8_t found[6];
    uint64_t of;
    *pools = 0;
    for (unsigned i = 0; pf_get_filter(w->pf, i, found, &of); i++)
        if (!memcmp(found, mac, 6)) {
            n++;
            *pools |= of;
        }
    return n;
}

static void each_got(struct nw *w, unsigned vf0, unsigned vf1, unsigned host)
{
    nw_peer_send(w, mac_of(2), -1, 60);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[0].s.got, vf0);
    ck_assert_uint_eq(w->vf[1].s.got, vf1);
    ck_assert_uint_eq(w->host->count, host);
}

/* Nobody asks whether somebody else has it: an entry for each VF, one for all of the host's own, and who leaves takes his own. */
START_TEST(one_address_for_many)
{
    struct nw *w = nw_up(4, 2);
    struct pf_args back = {.vf = PF_ANY_VF, .giver = 1};
    uint64_t pools;
    memcpy(back.mac, mac_of(2), 6);
    ck_assert_int_eq(nw_mac_op(w, PF_OP_MOVE_MAC, 0, mac_of(2), PF_MOVE_SAFE, 0), 0); /* VF 1 has it, and keeps it */
    each_got(w, 1, 1, 0);
    ck_assert_uint_eq(entries(w, mac_of(2), &pools), 2);
    ck_assert_uint_eq(pools, 3);
    for (int machine = 0; machine < 2; machine++)
        ck_assert_int_eq(nw_mac_op(w, VMK_NETPTOP_PF_ADD_MAC_FILTER, 0, mac_of(2), PF_MOVE_SAFE, 0), 0);
    each_got(w, 2, 2, 1);
    ck_assert_uint_eq(entries(w, mac_of(2), &pools), 3);
    ck_assert_int_eq(nw_op(w, PF_OP_MOVE_MAC, &back), 0); /* VF 0's goes to the host, as a third machine's there */
    each_got(w, 2, 3, 2);
    for (int machine = 0; machine < 3; machine++) {
        ck_assert_uint_eq(entries(w, mac_of(2), &pools), 2);
        ck_assert_int_eq(nw_mac_op(w, VMK_NETPTOP_PF_DEL_MAC_FILTER, 0, mac_of(2), PF_MOVE_SAFE, 0), 0);
    }
    ck_assert_int_eq(nw_mac_op(w, VMK_NETPTOP_PF_DEL_MAC_FILTER, 0, mac_of(2), PF_MOVE_SAFE, 0), -EINVAL);
    ck_assert_uint_eq(entries(w, mac_of(2), &pools), 1);
    ck_assert_uint_eq(pools, 2);
    each_got(w, 2, 4, 2);
    ck_assert_int_eq(nw_mac_op(w, VMK_NETPTOP_VF_SET_MAC, 0, mac_of(2), PF_MOVE_SAFE, 0), 0);
    ck_assert_int_eq(nw_mac_op(w, VMK_NETPTOP_VF_SET_MAC, 0, mac_of(1), PF_MOVE_SAFE, 0), 0);
    each_got(w, 2, 5, 2);
    nw_balanced(w);
}
END_TEST

/* An emulated machine's address stays at the host for the other machine that has it. */
START_TEST(a_move_leaves_the_others)
{
    struct nw *w = nw_up(40, 1);
    uint64_t pools;
    for (int machine = 0; machine < 2; machine++)
        ck_assert_int_eq(nw_mac_op(w, VMK_NETPTOP_PF_ADD_MAC_FILTER, 0, mac_of(9), PF_MOVE_SAFE, 0), 0);
    ck_assert_int_eq(nw_mac_op(w, PF_OP_MOVE_MAC, 0, mac_of(9), PF_MOVE_SAFE, 0), 0);
    ck_assert_uint_eq(entries(w, mac_of(9), &pools), 2);
    ck_assert_uint_eq(pools, UINT64_C(1) << 40 | 1);
    ck_assert_int_eq(nw_mac_op(w, PF_OP_MOVE_MAC, 0, mac_of(9), PF_MOVE_SAFE, 0), 0); /* the other one, to the same VF */
    ck_assert_uint_eq(entries(w, mac_of(9), &pools), 1);
    ck_assert_uint_eq(pools, 1);
}
END_TEST

int main(void)
{
    TCase *t = nw_tcase("moves");
    tcase_add_test(t, one_half_is_one_write);
    tcase_add_test(t, safe_across_the_halves);
    tcase_add_test(t, set_first_doubles);
    tcase_add_test(t, clear_first_keeps_uplink_and_loses_local);
    tcase_add_test(t, no_gap_is_a_short_window);
    tcase_add_test(t, moves_are_refused);
    tcase_add_test(t, a_moved_address_is_no_spoof);
    tcase_add_test(t, one_address_for_many);
    tcase_add_test(t, a_move_leaves_the_others);
    return run_suite("pf moves", t);
}
