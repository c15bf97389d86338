/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports, wires, the learning switch, peers and synthetic flows. */
#include <errno.h>
#include <stdio.h>

#include "net/inet.h"
#include "unit/net_world.h"

enum { MIN_OCCUPANCY = 60 + 4 + 20, MIN_ARRIVAL = 60 + 4 + 8 }; /* byte times of a 60-byte frame */

static struct sim *sim;
static struct box *a, *b;

static void setup(void)
{
    sim = sim_create(1, NULL);
    a = box_create(sim, "a");
    b = box_create(sim, "b");
}

static void teardown(void)
{
    assert_balanced(sim);
    box_destroy(a);
    box_destroy(b);
    sim_destroy(sim);
}

/* ---- ports ---- */

START_TEST(ports_have_names)
{
    struct port extra;
    static const struct port_ops ops = {box_receive, NULL};
    ck_assert_ptr_eq(port_find(sim, "b"), &b->port);
    ck_assert_ptr_null(port_find(sim, "c"));
    ck_assert_int_eq(port_init(&extra, &a->comp, 0, "b", &ops), -EEXIST);
    ck_assert_int_eq(port_init(&extra, &a->comp, 0, "0123456789012345678901234567890123456789012345678", &ops), -ENAMETOOLONG);
    ck_assert_ptr_eq(port_next(sim, NULL), &a->port);
    ck_assert_ptr_eq(port_next(sim, &a->port), &b->port);
    ck_assert_ptr_null(port_next(sim, &b->port));
}
END_TEST

START_TEST(unconnected_port_is_down)
{
    ck_assert(!port_link_is_up(&a->port));
    box_send(a, mac_of(2), mac_of(1), -1);
    ck_assert_uint_eq(books_fate_count(sim, FATE_link_down), 1);
}
END_TEST

START_TEST(joined_ports_take_no_time)
{
    port_join(&a->port, &b->port);
    ck_assert(port_link_is_up(&a->port) && b->ups == 1);
    box_send(a, mac_of(2), mac_of(1), -1);
    ck_assert_uint_eq(b->count, 1);
    ck_assert_uint_eq(b->seen[0].at, 0);
}
END_TEST

struct counting_tap {
    struct tap tap;
    unsigned tx, rx;
};
static void tap_saw(struct tap *tap, struct port *port, enum tap_direction dir, const struct frame *f)
{
    struct counting_tap *t = (struct counting_tap *)tap;
    ck_assert(port == &b->port && f->len == 60);
    t->tx += dir == TAP_TX;
    t->rx += dir == TAP_RX;
}

START_TEST(taps_see_both_directions)
{
    struct counting_tap tap = {.tap.saw = tap_saw};
    port_join(&a->port, &b->port);
    b->port.taps = &tap.tap;
    box_send(a, mac_of(2), mac_of(1), -1);
    box_send(b, mac_of(1), mac_of(2), -1);
    box_send(b, mac_of(1), mac_of(2), -1);
    ck_assert_uint_eq(tap.rx, 1);
    ck_assert_uint_eq(tap.tx, 2);
}
END_TEST

/* ---- wires ---- */

START_TEST(wire_serialises_and_delays)
{
    struct wire *w = wire_create(sim, "w", &(struct wire_params){10000000000, 500 * SIM_NS, 0}, &a->port, &b->port);
    ck_assert(a->ups == 1 && b->ups == 1 && port_rate_bps(&a->port) == 10000000000);
    box_send(a, mac_of(2), mac_of(1), -1);
    box_send(a, mac_of(2), mac_of(1), -1);
    port_send(&a->port, make_frame(&a->comp, mac_of(2), mac_of(1), -1, 20)); /* padded on the wire */
    ck_assert_uint_eq(port_free_at(&a->port), 3 * MIN_OCCUPANCY * 800);
    ck_assert_uint_eq(port_free_at(&b->port), 0);
    sim_run_until(sim, SIM_NEVER);
    ck_assert_uint_eq(b->count, 3);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_uint_eq(b->seen[i].at, (i * MIN_OCCUPANCY + MIN_ARRIVAL) * 800 + 500 * SIM_NS);
    ck_assert_uint_eq(b->seen[2].len, 20);
    struct wire_stats stats;
    wire_get_stats(w, &stats);
    ck_assert(stats.frames[0] == 3 && stats.bytes[0] == 140 && stats.frames[1] == 0);
    wire_destroy(w);
    ck_assert(!port_link_is_up(&a->port));
}
END_TEST

/* What arrives at both ends at a time comes in the order of the directions, whoever sent first. */
START_TEST(directions_take_no_turns)
{
    struct wire *w = wire_create(sim, "w", &(struct wire_params){10000000000, 500 * SIM_NS, 0}, &a->port, &b->port);
    for (unsigned round = 1; round <= 2; round++) {
        box_send(round == 1 ? a : b, mac_of(2), mac_of(1), -1);
        box_send(round == 1 ? b : a, mac_of(2), mac_of(1), -1);
        ck_assert(sim_step(sim));
        ck_assert(b->count == round && a->count == round - 1);
        ck_assert(sim_step(sim));
        ck_assert_uint_eq(a->count, round);
    }
    wire_destroy(w);
}
END_TEST

START_TEST(odd_rate_does_not_drift)
{
    struct wire *w = wire_create(sim, "w", &(struct wire_params){7000000000, 0, 10000}, &a->port, &b->port);
    for (int i = 0; i < 7001; i++)
        port_send(&a->port, make_frame(&a->comp, mac_of(2), mac_of(1), -1, 1514));
    ck_assert_uint_eq(port_free_at(&a->port), (uint64_t)7001 * 1538 * 8000 / 7);
    sim_run_until(sim, SIM_NEVER);
    ck_assert_uint_eq(b->seen[7000].at, ((uint64_t)7000 * 1538 + 1526) * 8000 / 7);
    wire_destroy(w);
}
END_TEST

START_TEST(idle_wire_forgets_fractions)
{
    struct wire *w = wire_create(sim, "w", &(struct wire_params){7000000000, 0, 0}, &a->port, &b->port);
    for (unsigned i = 0; i < 8; i++) {
        sim_run_until(sim, i * SIM_US);
        port_send(&a->port, make_frame(&a->comp, mac_of(2), mac_of(1), -1, 61));
    }
    sim_run_until(sim, SIM_NEVER);
    for (unsigned i = 0; i < 8; i++)
        ck_assert_uint_eq(b->seen[i].at, i * SIM_US + (MIN_ARRIVAL + 1) * 8000 / 7);
    wire_destroy(w);
}
END_TEST

START_TEST(infinitely_fast_wire_only_delays)
{
    struct wire *w = wire_create(sim, "w", &(struct wire_params){0, 3 * SIM_NS, 1}, &a->port, &b->port);
    for (int i = 0; i < 5; i++)
        box_send(a, mac_of(2), mac_of(1), -1);
    ck_assert_uint_eq(b->count, 0); /* still an event */
    sim_run_until(sim, SIM_NEVER);
    ck_assert_uint_eq(b->count, 5);
    ck_assert_uint_eq(b->seen[4].at, 3 * SIM_NS);
    wire_destroy(w);
}
END_TEST

START_TEST(wire_queue_is_bounded)
{
    struct wire *w = wire_create(sim, "w", &(struct wire_params){10000000000, 0, 2}, &a->port, &b->port);
    for (int i = 0; i < 5; i++) /* one leaves, two wait, two are lost */
        box_send(a, mac_of(2), mac_of(1), -1);
    ck_assert_uint_eq(books_fate_count(sim, FATE_wire_queue_full), 2);
    sim_run_until(sim, MIN_OCCUPANCY * 800 - 1);
    box_send(a, mac_of(2), mac_of(1), -1);
    ck_assert_uint_eq(books_fate_count(sim, FATE_wire_queue_full), 3);
    sim_run_until(sim, MIN_OCCUPANCY * 800); /* the second has begun to leave */
    box_send(a, mac_of(2), mac_of(1), -1);
    ck_assert_uint_eq(books_fate_count(sim, FATE_wire_queue_full), 3);
    sim_run_until(sim, SIM_NEVER);
    ck_assert_uint_eq(b->count, 4);
    struct wire_stats stats;
    wire_get_stats(w, &stats);
    ck_assert_uint_eq(stats.drops[0], 3);
    wire_destroy(w);
}
END_TEST

START_TEST(downed_wire_loses_what_is_under_way)
{
    struct wire *w = wire_create(sim, "w", &(struct wire_params){10000000000, SIM_US, 0}, &a->port, &b->port);
    box_send(a, mac_of(2), mac_of(1), -1);
    sim_run_until(sim, 100 * SIM_NS);
    wire_set_up(w, false);
    ck_assert(!wire_is_up(w) && a->downs == 1 && b->downs == 1);
    box_send(a, mac_of(2), mac_of(1), -1);
    ck_assert_uint_gt(port_free_at(&a->port), sim_now(sim)); /* it still paces its sender */
    sim_run_until(sim, 200 * SIM_NS);
    wire_set_up(w, true);
    wire_set_up(w, true); /* no change, no upcall */
    ck_assert(a->ups == 2);
    box_send(a, mac_of(2), mac_of(1), -1);
    sim_run_until(sim, SIM_NEVER);
    ck_assert_uint_eq(books_fate_count(sim, FATE_link_down), 2);
    ck_assert_uint_eq(b->count, 1);
    ck_assert_uint_eq(b->seen[0].at, 200 * SIM_NS + MIN_ARRIVAL * 800 + SIM_US);
    wire_destroy(w);
}
END_TEST

/* ---- the switch ---- */

/* boxes a, b, c on one switch */
struct star {
    struct xswitch *sw;
    struct box *c;
    struct wire *w[3];
};

static struct star star_create(sim_time latency)
{
    struct star s = {.sw = xswitch_create(sim, "tor", latency), .c = box_create(sim, "c")};
    struct box *box[3] = {a, b, s.c};
    for (int i = 0; i < 3; i++) {
        char name[16];
        snprintf(name, sizeof(name), "w%d", i);
        s.w[i] = wire_create(sim, name, &(struct wire_params){0}, &box[i]->port, xswitch_add_port(s.sw));
    }
    return s;
}

static void star_destroy(struct star *s)
{
    for (int i = 0; i < 3; i++)
        wire_destroy(s->w[i]);
    xswitch_destroy(s->sw);
    box_destroy(s->c);
}

static void expect_seen(struct star *s, unsigned at_a, unsigned at_b, unsigned at_c)
{
    sim_run_until(sim, SIM_NEVER);
    ck_assert_uint_eq(a->count, at_a);
    ck_assert_uint_eq(b->count, at_b);
    ck_assert_uint_eq(s->c->count, at_c);
}

START_TEST(switch_learns_floods_and_forwards)
{
    struct star s = star_create(2 * SIM_US);
    ck_assert_ptr_nonnull(port_find(sim, "tor.2"));
    box_send(a, mac_of(2), mac_of(1), -1); /* unknown: flooded, not back */
    expect_seen(&s, 0, 1, 1);
    ck_assert_uint_eq(b->seen[0].at, 2 * SIM_US);
    box_send(b, mac_of(1), mac_of(2), -1);
    expect_seen(&s, 1, 1, 1);
    box_send(a, mac_of(2), mac_of(1), -1); /* now known */
    expect_seen(&s, 1, 2, 1);
    box_send(a, broadcast_mac, mac_of(1), -1);
    expect_seen(&s, 1, 3, 2);
    box_send(a, mac_of(2), mac_of(1), 100); /* another VLAN knows nothing of it */
    expect_seen(&s, 1, 4, 3);
    box_send(b, broadcast_mac, mac_of(2), 100);
    expect_seen(&s, 2, 4, 4);
    box_send(a, mac_of(2), mac_of(1), 100); /* until somebody speaks in it */
    expect_seen(&s, 2, 5, 4);
    star_destroy(&s);
}
END_TEST

START_TEST(switch_follows_a_moving_station)
{
    struct star s = star_create(0);
    box_send(b, mac_of(1), mac_of(2), -1);
    expect_seen(&s, 1, 0, 1);
    box_send(s.c, broadcast_mac, mac_of(2), -1); /* 2 announces itself from c */
    expect_seen(&s, 2, 1, 1);
    box_send(a, mac_of(2), mac_of(1), -1);
    expect_seen(&s, 2, 1, 2);
    star_destroy(&s);
}
END_TEST

START_TEST(switch_never_sends_back)
{
    struct star s = star_create(0);
    box_send(a, broadcast_mac, mac_of(1), -1);
    expect_seen(&s, 0, 1, 1);
    box_send(a, mac_of(1), mac_of(3), -1); /* lies where it came from */
    expect_seen(&s, 0, 1, 1);
    ck_assert_uint_eq(books_fate_count(sim, FATE_switch_no_port), 1);
    wire_set_up(s.w[1], false);
    wire_set_up(s.w[2], false);
    box_send(a, broadcast_mac, mac_of(1), -1); /* nobody else is there */
    expect_seen(&s, 0, 1, 1);
    ck_assert_uint_eq(books_fate_count(sim, FATE_switch_no_port), 2);
    star_destroy(&s);
}
END_TEST

START_TEST(switch_forgets_a_dead_port)
{
    struct star s = star_create(0);
    box_send(b, broadcast_mac, mac_of(2), -1);
    expect_seen(&s, 1, 0, 1);
    wire_set_up(s.w[1], false);
    box_send(a, mac_of(2), mac_of(1), -1);
    expect_seen(&s, 1, 0, 2);
    star_destroy(&s);
}
END_TEST

START_TEST(switch_drops_broken_frames)
{
    struct star s = star_create(0);
    frame_ref bad = make_frame(&a->comp, broadcast_mac, mac_of(1), -1, 60);
    frame_get(sim, bad)->flags |= FRAME_BAD_FCS;
    port_send(&a->port, bad);
    port_send(&a->port, make_frame(&a->comp, NULL, NULL, -1, 10));
    expect_seen(&s, 0, 0, 0);
    ck_assert_uint_eq(books_fate_count(sim, FATE_bad_fcs), 1);
    ck_assert_uint_eq(books_fate_count(sim, FATE_too_short), 1);
    star_destroy(&s);
}
END_TEST

static void teach(unsigned n)
{
    uint8_t src[6] = {2, 9, 0, 0, (uint8_t)(n >> 8), (uint8_t)n};
    box_send(b, mac_of(1), src, -1);
    sim_run_until(sim, SIM_NEVER);
}

START_TEST(switch_table_holds_4096)
{
    struct star s = star_create(0);
    static const uint8_t first[6] = {2, 9, 0, 0, 0, 0}, second[6] = {2, 9, 0, 0, 0, 1};
    for (unsigned n = 0; n < 4095; n++)
        teach(n);
    box_send(a, first, mac_of(1), -1); /* mac_of(1) is the 4096th */
    sim_run_until(sim, SIM_NEVER);
    ck_assert_uint_eq(b->count, 1);
    unsigned at_c = s.c->count;
    teach(4095); /* makes the first one go */
    box_send(a, second, mac_of(1), -1);
    sim_run_until(sim, SIM_NEVER);
    ck_assert_uint_eq(s.c->count, at_c);
    box_send(a, first, mac_of(1), -1);
    sim_run_until(sim, SIM_NEVER);
    ck_assert_uint_eq(s.c->count, at_c + 1);
    for (unsigned n = 4096; n < 6 * 4096; n++) /* some more times round: the chains stay whole */
        teach(n);
    at_c = s.c->count;
    for (unsigned n = 5 * 4096 + 10; n < 6 * 4096; n++) {
        box_send(a, (uint8_t[6]){2, 9, 0, 0, (uint8_t)(n >> 8), (uint8_t)n}, mac_of(1), -1);
        sim_run_until(sim, SIM_NEVER);
    }
    ck_assert_uint_eq(s.c->count, at_c);
    star_destroy(&s);
}
END_TEST

/* ---- peers ---- */

static uint64_t fate_after(struct box *from, enum fate fate, const uint8_t *dst, int tci, uint32_t len)
{
    uint64_t before = books_fate_count(sim, fate);
    port_send(&from->port, make_frame(&from->comp, dst, mac_of(1), tci, len));
    return books_fate_count(sim, fate) - before;
}

START_TEST(peer_takes_its_own)
{
    static const uint8_t group[6] = {1, 0, 0x5e, 0, 0, 1}, other_group[6] = {1, 0, 0x5e, 0, 0, 2};
    struct peer *p = peer_create(sim, "p", mac_of(9));
    ck_assert_ptr_null(peer_create(sim, "p", mac_of(9)));
    ck_assert_ptr_eq(station_find(sim, "p"), peer_station(p));
    port_join(&a->port, peer_port(p));
    ck_assert(fate_after(a, FATE_delivered_peer, mac_of(9), -1, 60));
    ck_assert(fate_after(a, FATE_delivered_peer, broadcast_mac, -1, 60));
    ck_assert(fate_after(a, FATE_not_for_me, mac_of(8), -1, 60));
    ck_assert(fate_after(a, FATE_not_for_me, group, -1, 60));
    peer_add_multicast(p, group);
    ck_assert(fate_after(a, FATE_delivered_peer, group, -1, 60));
    ck_assert(fate_after(a, FATE_not_for_me, other_group, -1, 60));
    peer_set_promiscuous(p, true);
    ck_assert(fate_after(a, FATE_delivered_peer, mac_of(8), -1, 60));
    peer_set_promiscuous(p, false);
    ck_assert(fate_after(a, FATE_delivered_peer, mac_of(9), -1, 1514));
    ck_assert(fate_after(a, FATE_too_long, mac_of(9), -1, 1515));
    ck_assert(fate_after(a, FATE_too_short, NULL, -1, 13));
    frame_ref bad = make_frame(&a->comp, mac_of(9), mac_of(1), -1, 60);
    frame_get(sim, bad)->flags |= FRAME_BAD_FCS;
    port_send(&a->port, bad);
    ck_assert_uint_eq(books_fate_count(sim, FATE_bad_fcs), 1);
    for (unsigned i = 0; i < 64; i++)
        peer_add_multicast(p, (uint8_t[6]){1, 0, 0x5e, 1, 0, (uint8_t)i});
    ck_assert(fate_after(a, FATE_delivered_peer, other_group, -1, 60)); /* more than it can list: all of them */
    peer_destroy(p);
}
END_TEST

START_TEST(peer_lives_in_its_vlan)
{
    struct peer *p = peer_create(sim, "p", mac_of(9));
    port_join(&a->port, peer_port(p));
    ck_assert(fate_after(a, FATE_vlan_filter, mac_of(9), 100, 60));
    ck_assert(fate_after(a, FATE_delivered_peer, mac_of(9), 0x2000, 60)); /* a priority tag */
    peer_set_vlan(p, 100);
    ck_assert(fate_after(a, FATE_delivered_peer, mac_of(9), 0x6064, 60));
    ck_assert(fate_after(a, FATE_vlan_filter, mac_of(9), 101, 60));
    ck_assert(fate_after(a, FATE_vlan_filter, mac_of(9), -1, 60));
    struct flow_params flow = {.name = "f", .from = peer_station(p), .dst_mac = mac_of(1), .size = 64, .count = 1, .vlan_tci = -1};
    struct flow_source *fs = flow_source_create(sim, &flow, NULL, 0);
    flow_source_start(fs, 0);
    sim_run_until(sim, SIM_NEVER);
    static const uint8_t tag[4] = {0x81, 0, 0, 100};
    ck_assert_uint_eq(a->seen[0].len, 64);
    ck_assert_mem_eq(a->seen[0].head + 12, tag, 4);
    flow_source_destroy(fs);
    peer_destroy(p);
}
END_TEST

/* ---- synthetic flows ---- */

static struct peer *p1, *p2;
static struct wire *pair_wire;

static void peers_on_a_wire(uint64_t rate_bps, uint32_t queue)
{
    p1 = peer_create(sim, "p1", mac_of(1));
    p2 = peer_create(sim, "p2", mac_of(2));
    pair_wire = wire_create(sim, "pair", &(struct wire_params){rate_bps, 500 * SIM_NS, queue}, peer_port(p1), peer_port(p2));
}

static void peers_gone(void)
{
    wire_destroy(pair_wire);
    peer_destroy(p1);
    peer_destroy(p2);
}

static struct flow_report report_of(struct sim *world, const char *name)
{
    struct flow_report r;
    flow_get_report(world, flow_find(world, name), &r);
    return r;
}

START_TEST(flow_fills_its_wire_without_loss)
{
    char err[160];
    peers_on_a_wire(10000000000, 1);
    struct flow_params flow = {
        .name = "f", .from = peer_station(p1), .to = peer_station(p2), .size = 64, .count = 1000, .vlan_tci = -1};
    struct flow_source *fs = flow_source_create(sim, &flow, err, sizeof(err));
    flow.name = "g"; /* a second one shares the wire */
    struct flow_source *gs = flow_source_create(sim, &flow, err, sizeof(err));
    flow_source_start(fs, SIM_US);
    flow_source_start(gs, SIM_US);
    ck_assert(!flow_source_done(fs));
    sim_run_until(sim, SIM_NEVER);
    ck_assert(flow_source_done(fs) && flow_source_done(gs));
    ck_assert_uint_eq(report_of(sim, "f").delivered, 1000);
    ck_assert_uint_eq(report_of(sim, "g").delivered, 1000);
    ck_assert_uint_eq(sim_now(sim), SIM_US + (1999 * MIN_OCCUPANCY + MIN_ARRIVAL) * 800 + 500 * SIM_NS);
    flow_source_destroy(fs);
    flow_source_destroy(gs);
    peers_gone();
}
END_TEST

START_TEST(flow_keeps_its_pace_exactly)
{
    peers_on_a_wire(100000000000, 0);
    struct flow_params flow = {.name = "pps",
                               .from = peer_station(p1),
                               .to = peer_station(p2),
                               .size = 64,
                               .rate_pps_num = 3000000,
                               .rate_pps_den = 7,
                               .count = 30001,
                               .vlan_tci = -1};
    struct flow_source *fs = flow_source_create(sim, &flow, NULL, 0);
    flow.name = "bps";
    flow.rate_pps_num = 0;
    flow.rate_bps = 3000000000;
    flow.count = 3001;
    flow.size = 1518;
    flow.from = peer_station(p2);
    flow.to = peer_station(p1);
    struct flow_source *gs = flow_source_create(sim, &flow, NULL, 0);
    flow_source_start(fs, 0);
    flow_source_start(gs, 0);
    sim_run_until(sim, SIM_NEVER);
    struct flow_report r = report_of(sim, "pps");
    ck_assert_uint_eq(r.delivered, 30001);
    ck_assert_uint_eq(r.last_delivered - r.first_sent, SIM_S * 7 / 100 + MIN_ARRIVAL * 80 + 500 * SIM_NS);
    r = report_of(sim, "bps");
    ck_assert_uint_eq(r.last_delivered - r.first_sent, 1538 * 8 * SIM_US + 1526 * 80 + 500 * SIM_NS);
    flow_source_destroy(fs);
    flow_source_destroy(gs);
    peers_gone();
}
END_TEST

static uint8_t caught[9216];
static uint32_t caught_len;
static void catch_frame(struct tap *tap, struct port *port, enum tap_direction dir, const struct frame *f)
{
    memcpy(caught, f->buf + f->head, f->len);
    caught_len = f->len;
}

START_TEST(flow_frames_are_sound)
{
    static const uint32_t sizes[] = {64, 65, 512, 1518, 9018};
    struct tap tap = {.saw = catch_frame};
    peers_on_a_wire(0, 0);
    peer_station(p1)->mtu = peer_station(p2)->mtu = 9000;
    peer_port(p1)->taps = &tap;
    for (int i = 0; i < 10; i++) {
        char name[16], err[160];
        snprintf(name, sizeof(name), "f%d", i);
        bool tagged = i >= 5;
        struct flow_params flow = {.name = name,
                                   .from = peer_station(p1),
                                   .to = peer_station(p2),
                                   .size = sizes[i % 5],
                                   .count = 3,
                                   .rate_pps_num = 1000000,
                                   .rate_pps_den = 1,
                                   .vlan_tci = tagged ? 0x2064 : -1};
        struct flow_source *fs = flow_source_create(sim, &flow, err, sizeof(err));
        ck_assert_msg(fs, "%s", err);
        flow_source_start(fs, sim_now(sim));
        sim_run_until(sim, SIM_NEVER);
        struct inet_view v;
        ck_assert_uint_eq(caught_len, sizes[i % 5] - 4 + (tagged ? 4 : 0));
        ck_assert(inet_look(&v, caught, caught_len, caught_len));
        ck_assert(v.ip4 && v.proto == INET_PROTO_UDP && v.l3_end == caught_len && v.tags == tagged);
        ck_assert_uint_eq(inet_fold(inet_sum(caught + v.l3, 20)), 0xffff);
        ck_assert_uint_eq(inet_fold(inet_transport_sum(&v)), 0xffff);
        ck_assert_mem_eq(caught, mac_of(2), 6);
        ck_assert_mem_eq(caught + 6, mac_of(1), 6);
        ck_assert_uint_eq(caught[v.l4 + 8 + 11], 2); /* the third frame's sequence number */
        ck_assert_uint_eq(report_of(sim, name).delivered, 3);
        flow_source_destroy(fs);
    }
    peer_port(p1)->taps = NULL;
    peers_gone();
}
END_TEST

START_TEST(flow_refuses_nonsense)
{
    char err[160];
    peers_on_a_wire(0, 0);
    struct flow_params flow = {.name = "f", .from = peer_station(p1), .to = peer_station(p2), .size = 63, .vlan_tci = -1};
    ck_assert_ptr_null(flow_source_create(sim, &flow, err, sizeof(err)));
    ck_assert_str_eq(err, "flow f: a frame has 64 to 9018 bytes with its FCS, not 63");
    flow.size = 9018;
    ck_assert_ptr_null(flow_source_create(sim, &flow, err, sizeof(err)));
    ck_assert_str_eq(err, "flow f: frames of 9018 bytes need an MTU of 9000, and p1 has 1500");
    flow.size = 64;
    flow.to = NULL;
    ck_assert_ptr_null(flow_source_create(sim, &flow, err, sizeof(err)));
    ck_assert_str_eq(err, "flow f: neither a station nor an address to send to");
    flow.to = peer_station(p2);
    struct flow_source *fs = flow_source_create(sim, &flow, err, sizeof(err));
    ck_assert_ptr_null(flow_source_create(sim, &flow, err, sizeof(err)));
    ck_assert_str_eq(err, "flow f: there is already a flow of this name");
    flow_source_destroy(fs);
    peers_gone();
}
END_TEST

START_TEST(endless_flow_does_not_hold_time_still)
{
    peers_on_a_wire(0, 0); /* back to back on an infinitely fast wire */
    struct flow_params flow = {.name = "f", .from = peer_station(p1), .to = peer_station(p2), .size = 64, .vlan_tci = -1};
    struct flow_source *fs = flow_source_create(sim, &flow, NULL, 0);
    flow_source_start(fs, 0);
    sim_run_until(sim, 10 * SIM_US);
    uint64_t sent = report_of(sim, "f").sent;
    ck_assert(sent > 0 && sent < 1000);
    flow_source_stop(fs);
    ck_assert(flow_source_done(fs));
    sim_run_until(sim, SIM_NEVER);
    ck_assert_uint_eq(report_of(sim, "f").delivered, sent);
    flow_source_destroy(fs);
    peers_gone();
}
END_TEST

START_TEST(flow_follows_a_changing_address)
{
    static const uint8_t spoof[6] = {2, 7, 7, 7, 7, 7};
    peers_on_a_wire(0, 0);
    wire_destroy(pair_wire);
    pair_wire = wire_create(sim, "wire2", &(struct wire_params){0}, peer_port(p1), &b->port);
    struct flow_params flow = {.name = "f",
                               .from = peer_station(p1),
                               .to = peer_station(p2),
                               .src_mac = spoof,
                               .size = 64,
                               .rate_pps_num = 1000,
                               .count = 2,
                               .vlan_tci = -1};
    struct flow_source *fs = flow_source_create(sim, &flow, NULL, 0);
    flow_source_start(fs, 0);
    sim_run_until(sim, SIM_US);
    memcpy(peer_station(p2)->mac, mac_of(77), 6);
    sim_run_until(sim, SIM_NEVER);
    ck_assert_mem_eq(b->seen[0].head, mac_of(2), 6);
    ck_assert_mem_eq(b->seen[1].head, mac_of(77), 6);
    ck_assert_mem_eq(b->seen[1].head + 6, spoof, 6);
    flow_source_destroy(fs);
    peers_gone();
}
END_TEST

START_TEST(earlier_flow_wakes_a_waiting_peer)
{
    char err[160];
    peers_on_a_wire(0, 0);
    struct flow_params flow = {.name = "slow",
                               .from = peer_station(p1),
                               .to = peer_station(p2),
                               .size = 64,
                               .rate_pps_num = 1,
                               .count = 2,
                               .vlan_tci = -1};
    struct flow_source *slow = flow_source_create(sim, &flow, err, sizeof(err));
    flow.name = "early";
    struct flow_source *early = flow_source_create(sim, &flow, err, sizeof(err));
    flow_source_start(slow, 0);
    flow_source_start(early, SIM_MS);
    sim_run_until(sim, SIM_NEVER);
    ck_assert_uint_eq(report_of(sim, "early").first_sent, SIM_MS);
    ck_assert_uint_eq(report_of(sim, "early").last_delivered, SIM_S + SIM_MS + 500 * SIM_NS);
    flow_source_destroy(slow);
    flow_source_destroy(early);
    peers_gone();
}
END_TEST

START_TEST(what_was_due_first_goes_first)
{
    struct flow_source *fs[3];
    static const struct {
        const char *name;
        uint32_t size;
        sim_time at;
    } flows[3] = {{"late", 64, 20 * SIM_NS}, {"soon", 64, 10 * SIM_NS}, {"long", 1518, 0}};
    peers_on_a_wire(10000000000, 0); /* busy with the long one for more than a microsecond */
    for (int i = 0; i < 3; i++) {
        struct flow_params flow = {.name = flows[i].name,
                                   .from = peer_station(p1),
                                   .to = peer_station(p2),
                                   .size = flows[i].size,
                                   .count = 1,
                                   .vlan_tci = -1};
        fs[i] = flow_source_create(sim, &flow, NULL, 0);
        flow_source_start(fs[i], flows[i].at);
    }
    sim_run_until(sim, SIM_NEVER);
    ck_assert_uint_eq(report_of(sim, "soon").first_sent, 1538 * 800);
    ck_assert_uint_eq(report_of(sim, "late").first_sent, (1538 + MIN_OCCUPANCY) * 800);
    for (int i = 0; i < 3; i++)
        flow_source_destroy(fs[i]);
    peers_gone();
}
END_TEST

/* ---- save and restore ---- */

struct world {
    struct sim *sim;
    struct peer *p[2];
    struct xswitch *sw;
    struct wire *w[2];
    struct flow_source *fs[2];
};

static struct world world_create(void)
{
    struct world w = {.sim = sim_create(7, NULL)};
    w.sw = xswitch_create(w.sim, "tor", 300 * SIM_NS);
    for (int i = 0; i < 2; i++) {
        char name[16];
        snprintf(name, sizeof(name), "p%d", i);
        w.p[i] = peer_create(w.sim, name, mac_of((uint8_t)(1 + i)));
        snprintf(name, sizeof(name), "w%d", i);
        w.w[i] =
            wire_create(w.sim, name, &(struct wire_params){7000000000, 2 * SIM_US, 4}, peer_port(w.p[i]), xswitch_add_port(w.sw));
    }
    for (int i = 0; i < 2; i++) {
        struct flow_params flow = {.name = i ? "back" : "forth",
                                   .from = peer_station(w.p[i]),
                                   .to = peer_station(w.p[1 - i]),
                                   .size = i ? 64 : 1518,
                                   .count = 500,
                                   .rate_pps_num = i ? 3000000 : 0,
                                   .rate_pps_den = 1,
                                   .vlan_tci = -1};
        w.fs[i] = flow_source_create(w.sim, &flow, NULL, 0);
        flow_source_start(w.fs[i], 0);
    }
    return w;
}

static void world_destroy(struct world *w)
{
    for (int i = 0; i < 2; i++) {
        flow_source_destroy(w->fs[i]);
        wire_destroy(w->w[i]);
        peer_destroy(w->p[i]);
    }
    xswitch_destroy(w->sw);
    sim_destroy(w->sim);
}

START_TEST(a_peers_settings_survive_a_restore)
{
    struct world first = world_create(), second = world_create();
    struct save out, in;
    memcpy(peer_station(first.p[0])->mac, mac_of(55), 6);
    peer_set_vlan(first.p[0], 100);
    save_init_writer(&out);
    sim_save(first.sim, &out);
    save_init_reader(&in, out.buf, out.len);
    sim_save(second.sim, &in);
    ck_assert_msg(in.err == 0, "%s", in.why);
    struct tap tap = {.saw = catch_frame};
    peer_port(second.p[0])->taps = &tap;
    sim_run_until(second.sim, SIM_NS);
    ck_assert_mem_eq(caught + 6, mac_of(55), 6);
    ck_assert_uint_eq(inet_get16(caught + 14), 100);
    save_fini(&out);
    world_destroy(&first);
    world_destroy(&second);
}
END_TEST

START_TEST(everything_under_way_survives_a_restore)
{
    struct world whole = world_create();
    sim_run_until(whole.sim, SIM_NEVER);
    for (unsigned steps = 1; steps < 2000; steps += 97) {
        struct world first = world_create();
        for (unsigned i = 0; i < steps; i++)
            sim_step(first.sim);
        struct save out, in;
        save_init_writer(&out);
        sim_save(first.sim, &out);
        ck_assert_int_eq(out.err, 0);
        world_destroy(&first);
        struct world second = world_create();
        save_init_reader(&in, out.buf, out.len);
        sim_save(second.sim, &in);
        ck_assert_msg(in.err == 0, "%s", in.why);
        sim_run_until(second.sim, SIM_NEVER);
        ck_assert_uint_eq(sim_now(second.sim), sim_now(whole.sim));
        ck_assert_uint_eq(sim_event_count(second.sim), sim_event_count(whole.sim));
        struct flow_report x = report_of(whole.sim, "forth"), y = report_of(second.sim, "forth");
        ck_assert(x.delivered == 500 && y.delivered == 500 && x.last_delivered == y.last_delivered);
        for (int i = 0; i < 2; i++) {
            struct wire_stats u, v;
            wire_get_stats(whole.w[i], &u);
            wire_get_stats(second.w[i], &v);
            ck_assert_mem_eq(&u, &v, sizeof(u));
        }
        assert_balanced(second.sim);
        save_fini(&out);
        world_destroy(&second);
    }
    world_destroy(&whole);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("wire");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, ports_have_names);
    tcase_add_test(t, unconnected_port_is_down);
    tcase_add_test(t, joined_ports_take_no_time);
    tcase_add_test(t, taps_see_both_directions);
    tcase_add_test(t, wire_serialises_and_delays);
    tcase_add_test(t, directions_take_no_turns);
    tcase_add_test(t, odd_rate_does_not_drift);
    tcase_add_test(t, idle_wire_forgets_fractions);
    tcase_add_test(t, infinitely_fast_wire_only_delays);
    tcase_add_test(t, wire_queue_is_bounded);
    tcase_add_test(t, downed_wire_loses_what_is_under_way);
    tcase_add_test(t, switch_learns_floods_and_forwards);
    tcase_add_test(t, switch_follows_a_moving_station);
    tcase_add_test(t, switch_never_sends_back);
    tcase_add_test(t, switch_forgets_a_dead_port);
    tcase_add_test(t, switch_drops_broken_frames);
    tcase_add_test(t, switch_table_holds_4096);
    tcase_add_test(t, peer_takes_its_own);
    tcase_add_test(t, peer_lives_in_its_vlan);
    tcase_add_test(t, flow_fills_its_wire_without_loss);
    tcase_add_test(t, flow_keeps_its_pace_exactly);
    tcase_add_test(t, flow_frames_are_sound);
    tcase_add_test(t, flow_refuses_nonsense);
    tcase_add_test(t, endless_flow_does_not_hold_time_still);
    tcase_add_test(t, flow_follows_a_changing_address);
    tcase_add_test(t, earlier_flow_wakes_a_waiting_peer);
    tcase_add_test(t, what_was_due_first_goes_first);
    tcase_add_test(t, a_peers_settings_survive_a_restore);
    tcase_add_test(t, everything_under_way_survives_a_restore);
    return run_suite("net_wire", t);
}
