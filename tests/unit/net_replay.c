/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replays: who sends what when, what a lost packet blocks, and what is done to packets on the way. */
#include <stdio.h>

#include "unit/net_capture_maker.h"

#define LATENCY SIM_MS

enum { KEPT_MAX = 512 };

/* keeps what a port sends */
struct keeper {
    struct tap tap;
    unsigned count;
    struct {
        sim_time at;
        uint32_t len;
        uint8_t data[9300];
    } kept[KEPT_MAX];
};

static struct sim *sim;
static struct peer *client, *server;
static struct wire *wire;
static struct maker *m;
static struct keeper *sent[2]; /* by client, by server */
static struct replay *replay;
static char err[700];

static void keeper_saw(struct tap *tap, struct port *port, enum tap_direction dir, const struct frame *f)
{
    struct keeper *k = (struct keeper *)tap;
    if (dir != TAP_TX)
        return;
    ck_assert_uint_lt(k->count, KEPT_MAX);
    k->kept[k->count].at = sim_now(port->owner->sim);
    k->kept[k->count].len = f->len;
    memcpy(k->kept[k->count++].data, f->buf + f->head, f->len);
}

static struct keeper *keeper_create(struct port *port)
{
    struct keeper *k = calloc(1, sizeof(*k));
    k->tap.saw = keeper_saw;
    k->tap.next = port->taps;
    port->taps = &k->tap;
    return k;
}

static void world_build(void)
{
    sim = sim_create(1, NULL);
    client = peer_create(sim, "client", mac_of(1));
    server = peer_create(sim, "server", mac_of(2));
    memcpy(peer_station(client)->ip4, (uint8_t[4]){198, 51, 100, 1}, 4);
    memcpy(peer_station(server)->ip4, (uint8_t[4]){198, 51, 100, 2}, 4);
    memcpy(peer_station(client)->ip6, (uint8_t[16]){0xfd, 1, [15] = 1}, 16);
    memcpy(peer_station(server)->ip6, (uint8_t[16]){0xfd, 1, [15] = 2}, 16);
    wire = wire_create(sim, "wire", &(struct wire_params){0, LATENCY, 0}, peer_port(client), peer_port(server));
}

static void setup(void)
{
    world_build();
    sent[0] = keeper_create(peer_port(client));
    sent[1] = keeper_create(peer_port(server));
    m = maker_create();
    replay = NULL;
}

static void world_tear(void)
{
    replay_destroy(replay);
    wire_destroy(wire);
    peer_destroy(client);
    peer_destroy(server);
    sim_destroy(sim);
}

static void teardown(void)
{
    assert_balanced(sim);
    world_tear();
    maker_destroy(m);
    free(sent[0]);
    free(sent[1]);
}

static struct replay_params params(void)
{
    return (struct replay_params){.name = "web", .from = peer_station(client), .to = peer_station(server)};
}

static void start(const struct replay_params *p)
{
    replay = replay_create(sim, &m->file, p, err, sizeof(err));
    ck_assert_msg(replay, "%s", err);
    replay_start(replay, sim_now(sim));
}

static void run(const struct replay_params *p)
{
    start(p);
    sim_run_until(sim, SIM_NEVER);
}

static void refused(const struct replay_params *p, const char *why)
{
    ck_assert_ptr_null(replay_create(sim, &m->file, p, err, sizeof(err)));
    ck_assert_str_eq(err, why);
}

static struct replay_status status(void)
{
    struct replay_status st;
    replay_get_status(replay, &st);
    return st;
}

static void expect_finished(uint32_t packets)
{
    struct replay_status st = status();
    ck_assert_msg(st.finished, "%s", st.blocked_text);
    ck_assert_uint_eq(st.packets, packets);
    ck_assert_uint_eq(st.sent, packets);
    ck_assert_uint_eq(st.arrived, packets);
    ck_assert(st.blocked_at == 0 && st.blocked_text[0] == 0);
}

/* Every checksum of what was sent is right. */
static void expect_sound(const struct keeper *k)
{
    for (unsigned i = 0; i < k->count; i++) {
        struct inet_view v;
        ck_assert(inet_look(&v, (uint8_t *)(uintptr_t)k->kept[i].data, k->kept[i].len, k->kept[i].len));
        if (v.ip4)
            ck_assert_uint_eq(inet_fold(inet_sum(v.data + v.l3, v.l4 - v.l3)), 0xffff);
        if (v.l4_csum)
            ck_assert_uint_eq(inet_fold(inet_transport_sum(&v)), 0xffff);
    }
}

/* ---- order and timing ---- */

static void three_packets(void)
{
    add_udp(m, 0, 1, 2);
    add_udp(m, 100, 2, 1);
    add_udp(m, 300, 1, 2);
    add_udp(m, 10300, 1, 2);
}

START_TEST(packets_wait_for_arrivals)
{
    three_packets();
    struct replay_params p = params();
    run(&p);
    expect_finished(4);
    ck_assert_uint_eq(sent[0]->kept[0].at, 0);
    ck_assert_uint_eq(sent[1]->kept[0].at, LATENCY + 100 * SIM_US);       /* arrival and think time */
    ck_assert_uint_eq(sent[0]->kept[1].at, 2 * LATENCY + 300 * SIM_US);   /* arrival binds, not the own gap */
    ck_assert_uint_eq(sent[0]->kept[2].at, 2 * LATENCY + 10300 * SIM_US); /* both alike */
    struct flow_report r;
    flow_get_report(sim, flow_find(sim, "web"), &r);
    ck_assert(r.delivered == 4 && r.reordered == 0);
    flow_get_report(sim, flow_find(sim, "web/back"), &r);
    ck_assert(r.delivered == 1);
    ck_assert_str_eq(replay_notes(replay), "");
}
END_TEST

START_TEST(latency_adds_up)
{
    wire_destroy(wire);
    wire = wire_create(sim, "fast", &(struct wire_params){0, SIM_NS, 0}, peer_port(client), peer_port(server));
    add_udp(m, 0, 1, 2);
    add_udp(m, 50, 1, 2);
    add_udp(m, 60, 2, 1);
    add_udp(m, 90, 1, 2); /* 30 us after the arrival */
    struct replay_params p = params();
    run(&p);
    ck_assert_uint_eq(sent[0]->kept[1].at, 50 * SIM_US);
    ck_assert_uint_eq(sent[1]->kept[0].at, 60 * SIM_US + SIM_NS);
    ck_assert_uint_eq(sent[0]->kept[2].at, 90 * SIM_US + 2 * SIM_NS);
}
END_TEST

START_TEST(own_gap_counts_from_when_it_was_sent)
{
    wire_destroy(wire);
    wire = wire_create(sim, "slow", &(struct wire_params){100000000, 0, 0}, peer_port(client), peer_port(server));
    add_udp(m, 0, 1, 2);
    add_udp(m, 1, 2, 1);
    add_udp(m, 2, 1, 2);
    add_udp(m, 2, 1, 2);  /* held up by the wire: 166 bytes of 80 ns */
    add_udp(m, 22, 1, 2); /* so this one comes later, too */
    struct replay_params p = params();
    run(&p);
    ck_assert_uint_eq(sent[0]->kept[2].at - sent[0]->kept[1].at, 166 * 80 * SIM_NS);
    ck_assert_uint_eq(sent[0]->kept[3].at - sent[0]->kept[2].at, 20 * SIM_US);
}
END_TEST

START_TEST(timing_can_be_scaled)
{
    three_packets();
    struct replay_params p = params();
    p.timing = REPLAY_SCALED;
    p.scale_num = 1;
    p.scale_den = 4;
    run(&p);
    ck_assert_uint_eq(sent[0]->kept[2].at, 2 * LATENCY + 10300 * SIM_US / 4);
}
END_TEST

START_TEST(back_to_back_only_waits)
{
    three_packets();
    struct replay_params p = params();
    p.timing = REPLAY_BACK_TO_BACK;
    run(&p);
    ck_assert_uint_eq(sent[1]->kept[0].at, LATENCY);
    ck_assert_uint_eq(sent[0]->kept[1].at, 2 * LATENCY);
    ck_assert_uint_eq(sent[0]->kept[2].at, 2 * LATENCY);
}
END_TEST

START_TEST(rate_paces_each_half)
{
    for (unsigned i = 0; i < 8; i++)
        add_udp(m, i, 1, 2);
    struct replay_params p = params();
    p.timing = REPLAY_RATE;
    p.rate_bps = 7000000; /* 142 bytes: 162.28… us */
    run(&p);
    expect_finished(8);
    for (unsigned i = 0; i < 8; i++)
        ck_assert_uint_eq(sent[0]->kept[i].at, i * 142 * 8 * SIM_S / 7000000);
}
END_TEST

START_TEST(one_half_waits_for_nobody)
{
    three_packets();
    struct replay_params p = params();
    p.half_only = true;
    run(&p);
    struct replay_status st = status();
    ck_assert(st.finished && st.sent == 3 && st.packets == 3);
    ck_assert_uint_eq(st.arrived, 3);
    ck_assert_uint_eq(sent[1]->count, 0);
    ck_assert_uint_eq(sent[0]->kept[1].at, 300 * SIM_US);
    ck_assert_uint_eq(sent[0]->kept[2].at, 10300 * SIM_US);
    ck_assert_uint_eq(flow_find(sim, "web/back"), 0);
}
END_TEST

START_TEST(repetitions_follow_each_other)
{
    three_packets();
    add_udp(m, 10400, 2, 1);
    struct replay_params p = params();
    p.repeat = 3;
    p.timing = REPLAY_BACK_TO_BACK;
    run(&p);
    expect_finished(15);
    ck_assert_uint_eq(sent[0]->count, 9);
    for (unsigned round = 0; round < 3; round++) {
        ck_assert_uint_eq(sent[0]->kept[round * 3].at, round * 4 * LATENCY);
        ck_assert_uint_eq(sent[1]->kept[round * 2 + 1].at, (round * 4 + 3) * LATENCY);
    }
}
END_TEST

START_TEST(starts_when_told)
{
    three_packets();
    struct replay_params p = params();
    replay = replay_create(sim, &m->file, &p, err, sizeof(err));
    replay_start(replay, 5 * SIM_MS);
    sim_run_until(sim, 5 * SIM_MS - 1);
    ck_assert(!status().started && sent[0]->count == 0);
    sim_run_until(sim, SIM_NEVER);
    ck_assert_uint_eq(sent[0]->kept[0].at, 5 * SIM_MS);
    expect_finished(4);
}
END_TEST

START_TEST(earlier_timestamps_make_no_gap)
{
    add_udp(m, 100, 1, 2);
    add_udp(m, 50, 1, 2);
    add_udp(m, 150, 1, 2);
    struct replay_params p = params();
    run(&p);
    ck_assert_uint_eq(sent[0]->kept[1].at, 0);
    ck_assert_uint_eq(sent[0]->kept[2].at, 50 * SIM_US);
    ck_assert_str_eq(replay_notes(replay),
                     "made.pcap: 1 packet with an earlier timestamp than one before: sent without a gap (in packet 2)\n");
}
END_TEST

/* Pairs that changed places, over 1 s (or 2 minutes), of one sender or of both by turns: they take as long as they took. */
START_TEST(disorder_does_not_accumulate)
{
    enum { PACKETS = 40 };
    uint64_t step_us = _i == 3 ? 3000000 : 25000;
    for (unsigned i = 0; i <= PACKETS; i++)
        add_udp(m, i * step_us + (i % 2 == 0 && i && i < PACKETS ? step_us * 3 / 2 : 0), _i && i % 4 < 2 ? 2 : 1,
                _i && i % 4 < 2 ? 1 : 2);
    struct replay_params p = params();
    p.half_only = _i == 2;
    run(&p);
    sim_time end = 0, whole = PACKETS * step_us * SIM_US;
    for (unsigned h = 0; h < 2; h++)
        if (sent[h]->count && sent[h]->kept[sent[h]->count - 1].at > end)
            end = sent[h]->kept[sent[h]->count - 1].at;
    ck_assert_msg(end >= whole && end < whole + PACKETS * LATENCY && (_i || end == whole), "%llu", (unsigned long long)end);
    ck_assert_ptr_nonnull(strstr(replay_notes(replay), _i != 2 ? ": 19 packets with an earlier timestamp" : " earlier timestamp"));
    ck_assert_ptr_null(strstr(replay_notes(replay), "set back"));
}
END_TEST

/* A clock that is set back by an hour; by half a second it could be disorder, and is held. */
START_TEST(clock_set_back_goes_on_from_there)
{
    for (unsigned i = 0; i < 100; i++)
        add_udp(m, (i >= 30 ? 0 : _i ? 500000 : UINT64_C(3600000000)) + i * 1000, 1, 2);
    struct replay_params p = params();
    run(&p);
    ck_assert_uint_eq(sent[0]->count, 100);
    if (_i) {
        ck_assert(sent[0]->kept[99].at < 30 * SIM_MS && !strstr(replay_notes(replay), "set back"));
        return;
    }
    ck_assert(sent[0]->kept[29].at == 29 * SIM_MS && sent[0]->kept[30].at == 29 * SIM_MS);
    ck_assert_uint_eq(sent[0]->kept[99].at, 98 * SIM_MS);
    ck_assert_str_eq(replay_notes(replay),
                     "made.pcap: 1 packet with an earlier timestamp than one before: sent without a gap (in packet 31)\n"
                     "made.pcap: 1 time the capture's clock was set back: time goes on from there (in packet 31)\n");
}
END_TEST

/* Times at the ends of what can be told: nothing overflows, and what is between them is a gap as long as a run can be. */
START_TEST(times_may_be_anywhere)
{
    static const int64_t times[] = {INT64_MIN, -1, 0, 1, INT64_MAX, INT64_MIN, INT64_MAX, 0};
    for (unsigned i = 0; i < 8; i++) {
        add_udp(m, 0, 1, 2);
        m->file.packets[i].time_ns = times[i];
    }
    struct replay_params p = params();
    start(&p);
    sim_run_until(sim, SIM_S);
    ck_assert(status().sent == 1 && status().packets == 8);
}
END_TEST

/* ---- losses ---- */

START_TEST(lost_packet_blocks_by_name)
{
    three_packets();
    struct replay_params p = params();
    start(&p);
    sim_run_until(sim, LATENCY + 500 * SIM_US); /* the answer is under way */
    struct replay_status st = status();
    ck_assert(!st.finished && st.blocked_at == 0);
    ck_assert_str_eq(st.blocked_text, "packet 2 (web/back, 142 bytes) has not arrived yet; packet 3 waits for it");
    wire_set_up(wire, false);
    wire_set_up(wire, true);
    sim_run_until(sim, SIM_NEVER);
    st = status();
    ck_assert(!st.finished && st.sent == 2 && st.arrived == 1);
    ck_assert_uint_eq(st.blocked_at, 2);
    ck_assert_uint_eq(st.blocks, 3);
    ck_assert_str_eq(st.blocked_text, "packet 2 (web/back, 142 bytes) never arrived; packet 3 waits for it");
}
END_TEST

START_TEST(lost_segment_is_named_by_its_burst)
{
    make_tcp(m, 1, 2, false, 5000);
    maker_add(m, 0);
    add_udp(m, 10, 2, 1);
    struct replay_params p = params();
    p.segment = true;
    start(&p);
    sim_run_until(sim, LATENCY / 2);
    wire_set_up(wire, false);
    wire_set_up(wire, true);
    sim_run_until(sim, SIM_NEVER);
    ck_assert_str_eq(status().blocked_text, "packet 1 (web/forth, 722 of its 5066 bytes) never arrived; packet 2 waits for it");
}
END_TEST

START_TEST(arrival_elsewhere_does_not_count)
{
    /* a third station behind a switch hears the broadcast; the one it is meant for is cut off */
    wire_destroy(wire);
    struct xswitch *sw = xswitch_create(sim, "tor", 0);
    struct peer *third = peer_create(sim, "third", mac_of(3));
    struct wire *w3 = wire_create(sim, "w3", &(struct wire_params){0}, peer_port(third), xswitch_add_port(sw));
    struct wire *w1 = wire_create(sim, "w1", &(struct wire_params){0}, peer_port(client), xswitch_add_port(sw));
    wire = wire_create(sim, "w2", &(struct wire_params){0}, peer_port(server), xswitch_add_port(sw));
    make_arp(m, 1, 2, false);
    maker_add(m, 0);
    make_arp(m, 2, 1, true);
    maker_add(m, 1);
    wire_set_up(wire, false);
    struct replay_params p = params();
    run(&p);
    struct replay_status st = status();
    ck_assert_uint_eq(books_fate_count(sim, FATE_delivered_peer), 1);
    ck_assert(st.arrived == 0 && st.blocked_at == 1 && st.blocks == 2);
    wire_destroy(w3);
    wire_destroy(w1);
    wire_destroy(wire);
    wire = NULL;
    peer_destroy(third);
    xswitch_destroy(sw);
}
END_TEST

/* ---- which packets ---- */

static void three_hosts(void)
{
    add_udp(m, 0, 3, 1);
    add_udp(m, 1, 2, 1); /* 2 and 1 exchange most, 2 speaks first */
    add_udp(m, 2, 1, 2);
    add_udp(m, 3, 2, 1);
    make_arp(m, 3, 1, false);
    maker_add(m, 4);
    make_arp(m, 1, 3, false); /* to all: belongs to it */
    maker_add(m, 5);
}

START_TEST(busiest_two_converse)
{
    three_hosts();
    struct replay_params p = params();
    run(&p);
    expect_finished(4);
    ck_assert(sent[0]->kept[0].at == 0 && sent[1]->kept[0].at != 0); /* host 2 is played by `from` */
    ck_assert_str_eq(replay_notes(replay), "made.pcap: 2 packets of other hosts left out\n");
}
END_TEST

START_TEST(hosts_can_be_named)
{
    three_hosts();
    struct replay_params p = params();
    p.host_from = "0a:00:00:00:00:01";
    p.host_to = "0a:00:00:00:00:03";
    run(&p);
    ck_assert(status().packets == 3 && sent[0]->count == 1 && sent[1]->count == 2);
}
END_TEST

START_TEST(one_host_can_be_named_by_ip)
{
    three_hosts();
    struct replay_params p = params();
    p.host_to = "192.0.2.3";
    run(&p);
    ck_assert_uint_eq(status().packets, 3); /* ARP has addresses, too */
    ck_assert(sent[0]->count == 1 && sent[1]->count == 2);
}
END_TEST

START_TEST(impossible_captures_are_refused)
{
    struct replay_params p = params();
    refused(&p, "made.pcap: the capture holds no packet");
    make_arp(m, 1, 2, false);
    maker_add(m, 0);
    refused(&p, "made.pcap: no two hosts exchange unicast frames in it: nothing to converse");
    p.host_from = "192.0.2.1";
    p.host_to = "192.0.2.7";
    maker_keep(m, 0);
    add_udp(m, 0, 1, 2);
    refused(&p, "made.pcap: no packet between 192.0.2.1 and 192.0.2.7");
    p.host_to = p.host_from;
    refused(&p, "made.pcap: a conversation needs two hosts, both are 192.0.2.1");
    p.host_to = "server";
    refused(&p, "made.pcap: host \"server\" is neither a MAC, an IPv4 nor an IPv6 address");
    p = params();
    p.to = p.from;
    refused(&p, "made.pcap: a conversation needs two stations, both are client");
}
END_TEST

START_TEST(loopback_captures_say_what_would_work)
{
    add_udp(m, 0, 1, 2);
    memset((void *)(uintptr_t)m->file.packets[0].data, 0, 12); /* as Linux's lo shows them */
    struct replay_params p = params();
    ck_assert_ptr_null(replay_create(sim, &m->file, &p, err, sizeof(err)));
    ck_assert_ptr_nonnull(strstr(err, "as at a loopback interface (lo): capture between two network namespaces"));
    p.host_from = "192.0.2.1"; /* the addresses differ: by those it can be played */
    p.host_to = "192.0.2.2";
    run(&p);
    expect_finished(1);
}
END_TEST

/* ---- addresses ---- */

START_TEST(macs_are_rewritten_also_inside)
{
    make_arp(m, 1, 2, false);
    maker_add(m, 0);
    make_arp(m, 2, 1, true);
    maker_add(m, 1);
    make_nd(m, 1, 2, false);
    maker_add(m, 2);
    make_nd(m, 2, 1, true);
    maker_add(m, 3);
    struct replay_params p = params();
    start(&p);
    sim_run_until(sim, SIM_US);
    memcpy(peer_station(server)->mac, mac_of(22), 6); /* the present address counts */
    sim_run_until(sim, SIM_NEVER);
    expect_finished(4);
    const uint8_t *d = sent[0]->kept[0].data;
    ck_assert_mem_eq(d, broadcast_mac, 6);
    ck_assert_mem_eq(d + 6, mac_of(1), 6);
    ck_assert_mem_eq(d + 14 + 8, mac_of(1), 6);
    d = sent[1]->kept[0].data;
    ck_assert_mem_eq(d, mac_of(1), 6);
    ck_assert_mem_eq(d + 14 + 8, mac_of(22), 6);
    ck_assert_mem_eq(d + 14 + 18, mac_of(1), 6);
    d = sent[0]->kept[1].data; /* the solicitation's group stays, and was joined */
    ck_assert_mem_eq(d, ((uint8_t[6]){0x33, 0x33, 0xff, 0, 0, 2}), 6);
    ck_assert_mem_eq(d + 14 + 40 + 26, mac_of(1), 6);
    ck_assert_mem_eq(sent[1]->kept[1].data + 14 + 40 + 26, mac_of(22), 6);
    expect_sound(sent[0]);
    expect_sound(sent[1]);
}
END_TEST

START_TEST(ip_addresses_can_be_rewritten)
{
    make_arp(m, 1, 2, false);
    maker_add(m, 0);
    for (int six = 0; six < 2; six++) {
        make_udp(m, 1, 2, six, 101);
        maker_add(m, 1 + (unsigned)six);
        make_tcp(m, 2, 1, six, 77);
        maker_add(m, 2 + (unsigned)six);
    }
    make_nd(m, 1, 2, false);
    maker_add(m, 3);
    make_nd(m, 2, 1, true);
    maker_add(m, 4);
    struct replay_params p = params();
    p.rewrite_ip = true;
    run(&p);
    expect_finished(7);
    expect_sound(sent[0]);
    expect_sound(sent[1]);
    const struct station *c = peer_station(client), *s = peer_station(server);
    ck_assert_mem_eq(sent[0]->kept[0].data + 14 + 14, c->ip4, 4); /* ARP */
    ck_assert_mem_eq(sent[0]->kept[0].data + 14 + 24, s->ip4, 4);
    ck_assert_mem_eq(sent[0]->kept[1].data + 14 + 12, c->ip4, 4);
    ck_assert_mem_eq(sent[0]->kept[1].data + 14 + 16, s->ip4, 4);
    ck_assert_mem_eq(sent[1]->kept[1].data + 14 + 8, s->ip6, 16);
    ck_assert_mem_eq(sent[1]->kept[1].data + 14 + 24, c->ip6, 16);
    ck_assert_mem_eq(sent[0]->kept[3].data + 14 + 40 + 8, s->ip6, 16); /* the solicitation's target */
    ck_assert_mem_eq(sent[1]->kept[2].data + 14 + 40 + 8, s->ip6, 16);
    ck_assert_str_eq(replay_notes(replay), "");
}
END_TEST

START_TEST(rewriting_needs_one_address_each)
{
    add_udp(m, 0, 1, 2);
    make_udp(m, 1, 2, false, 100);
    m->packet[14 + 15] = 99;
    make_checksum(m);
    maker_add(m, 1);
    struct replay_params p = params();
    p.rewrite_ip = true;
    refused(&p, "made.pcap: packet 2: 0a:00:00:00:00:01 speaks for more than one IPv4 address: name the host by the one to "
                "rewrite");
    p.host_from = "192.0.2.99";
    memset(peer_station(client)->ip4, 0, 4);
    refused(&p, "made.pcap: rewriting addresses: station client has no IPv4 address");
}
END_TEST

START_TEST(tagged_captures_keep_their_tags)
{
    make_eth(m, 1, 2, INET_TYPE_IP4, 0x2064);
    make_ip(m, 1, 2, false, INET_PROTO_UDP, 1480); /* exactly the MTU */
    inet_put16(m->packet + m->l4 + 4, 1480);
    make_checksum(m);
    maker_add(m, 0);
    struct replay_params p = params();
    p.rewrite_ip = true;
    run(&p);
    expect_finished(1);
    expect_sound(sent[0]);
    ck_assert_uint_eq(sent[0]->kept[0].len, 1518);
    ck_assert_uint_eq(inet_get16(sent[0]->kept[0].data + 14), 0x2064);
}
END_TEST

/* ---- checksums and lengths ---- */

START_TEST(unfinished_checksums_are_finished)
{
    struct inet_view v;
    for (int i = 0; i < 4; i++) {
        if (i % 2)
            make_tcp(m, 1, 2, i / 2, 333);
        else
            make_udp(m, 1, 2, i / 2, 333);
        inet_look(&v, m->packet, m->len, m->len);
        inet_put16(m->packet + v.l4_csum, inet_fold(inet_pseudo_sum(&v)));
        maker_add(m, (uint64_t)i);
    }
    make_udp(m, 1, 2, false, 50); /* UDP without, over IPv4: nothing wrong with it */
    inet_put16(m->packet + m->l4 + 6, 0);
    maker_add(m, 5);
    struct replay_params p = params();
    run(&p);
    expect_sound(sent[0]);
    ck_assert_uint_eq(inet_get16(sent[0]->kept[4].data + 14 + 20 + 6), 0);
    ck_assert_str_eq(replay_notes(replay), "made.pcap: 4 packets with an unfinished checksum (captured before the NIC filled "
                                           "it in): finished\n");
}
END_TEST

START_TEST(wrong_checksums_stay_wrong)
{
    make_tcp(m, 1, 2, false, 100);
    m->packet[80] ^= 1;
    maker_add(m, 0);
    struct replay_params p = params();
    p.rewrite_ip = true;
    run(&p);
    struct inet_view v;
    inet_look(&v, sent[0]->kept[0].data, sent[0]->kept[0].len, sent[0]->kept[0].len);
    ck_assert_uint_ne(inet_fold(inet_transport_sum(&v)), 0xffff);
    m->packet[80] ^= 1;
    sent[0]->kept[0].data[80] ^= 1; /* that bit, and nothing else, was wrong */
    ck_assert_uint_eq(inet_fold(inet_transport_sum(&v)), 0xffff);
    ck_assert_str_eq(replay_notes(replay), "made.pcap: 1 packet with a wrong TCP or UDP checksum: kept\n");
}
END_TEST

START_TEST(snapped_packets_are_padded)
{
    make_tcp(m, 1, 2, false, 1000);
    maker_add_snapped(m, 0, 96);
    struct replay_params p = params();
    p.rewrite_ip = true;
    run(&p);
    ck_assert_uint_eq(sent[0]->kept[0].len, 14 + 20 + 32 + 1000);
    ck_assert_mem_eq(sent[0]->kept[0].data + 66, m->packet + 66, 30);
    ck_assert_uint_eq(sent[0]->kept[0].data[96], 0);
    ck_assert_str_eq(replay_notes(replay), "made.pcap: 1 packet was captured in part: padded with zeros\n");
}
END_TEST

START_TEST(snapped_headers_are_refused)
{
    struct replay_params p = params();
    add_udp(m, 0, 1, 2);
    make_arp(m, 1, 2, true);
    maker_add_snapped(m, 1, 30);
    refused(&p, "made.pcap: packet 2: captured only up to byte 30, inside its ARP packet, which may hold MAC addresses");
    maker_keep(m, 1);
    make_nd(m, 1, 2, true);
    maker_add_snapped(m, 1, 80);
    refused(&p, "made.pcap: packet 2: captured only up to byte 80, inside its neighbour discovery options");
    maker_keep(m, 1);
    maker_add_snapped(m, 1, 50);
    refused(&p, "made.pcap: packet 2: captured only up to byte 50, inside its IPv6 header, which may hold MAC addresses");
    maker_keep(m, 1);
    make_tcp(m, 1, 2, false, 100);
    maker_add_snapped(m, 1, 40);
    p.rewrite_ip = true;
    refused(&p, "made.pcap: packet 2: captured only up to byte 40, inside its TCP header, which rewriting needs");
    p.rewrite_ip = false;
    maker_keep(m, 1);
    maker_add_snapped(m, 1, 10);
    refused(&p, "made.pcap: packet 2: captured only up to byte 10, inside its Ethernet header");
}
END_TEST

/* ---- segmentation ---- */

static void expect_segments(bool six, uint32_t payload)
{
    uint32_t header = 14 + (six ? 40 : 20) + 32, got = 0;
    const struct keeper *k = sent[0];
    for (unsigned i = 0; i < k->count; i++) {
        const uint8_t *d = k->kept[i].data, *tcp = d + header - 32;
        bool last = i == k->count - 1;
        ck_assert_uint_eq(k->kept[i].len, last ? header + payload - got : 1514);
        ck_assert_mem_eq(d + header, m->packet + header + got, k->kept[i].len - header);
        ck_assert_uint_eq(inet_get32(tcp + 4), 0xfffffff0 + got);
        ck_assert_uint_eq(tcp[13], last ? 0x19 : 0x10);
        ck_assert_mem_eq(tcp + 20, m->packet + header - 12, 12); /* options */
        if (!six)
            ck_assert_uint_eq(inet_get16(d + 18), (0xfffe + i) & 0xffff);
        got += k->kept[i].len - header;
    }
    ck_assert_uint_eq(got, payload);
    expect_sound(k);
}

START_TEST(tcp_bursts_are_segmented)
{
    bool six = _i;
    uint32_t payload = 65000;
    make_tcp(m, 1, 2, six, payload);
    inet_put16(m->packet + m->l4 + 16, 0xbad); /* whatever the capture shows */
    maker_add(m, 0);
    add_udp(m, 1, 2, 1);
    struct replay_params p = params();
    p.segment = true;
    run(&p);
    make_tcp(m, 1, 2, six, payload);
    expect_segments(six, payload);
    ck_assert(status().finished);
    ck_assert_str_eq(replay_notes(replay), "made.pcap: 1 TCP burst above the MTU cut into segments\n");
    ck_assert_uint_eq(sent[1]->kept[0].at, LATENCY + SIM_US); /* waits for the last segment, after its think time */
}
END_TEST

START_TEST(segments_leave_at_once)
{
    add_udp(m, 0, 1, 2);
    make_tcp(m, 1, 2, false, 5000);
    maker_add(m, 50);
    struct replay_params p = params();
    p.segment = true;
    run(&p);
    ck_assert_uint_eq(sent[0]->count, 5);
    ck_assert_uint_eq(sent[0]->kept[1].at, 50 * SIM_US);
    ck_assert_uint_eq(sent[0]->kept[4].at, 50 * SIM_US);
}
END_TEST

START_TEST(long_packets_are_refused)
{
    struct replay_params p = params();
    make_tcp(m, 1, 2, false, 3000);
    maker_add(m, 0);
    refused(&p, "made.pcap: packet 1: 3066 bytes are above the MTU of 1500: segment the replay, capture with tso, gso and gro"
                " off, or raise the MTU");
    maker_keep(m, 0);
    make_udp(m, 1, 2, false, 3000);
    maker_add(m, 0);
    p.segment = true;
    refused(&p, "made.pcap: packet 1: 3042 bytes are above the MTU of 1500, and only TCP can be cut into segments");
    peer_station(client)->mtu = peer_station(server)->mtu = 9000;
    run(&p);
    expect_finished(1);
}
END_TEST

/* ---- the recorded conversations ---- */

START_TEST(recorded_conversations_finish)
{
    static const char *const files[] = {"scenarios/http.pcap", "scenarios/dns.pcap", "scenarios/ping.pcap"};
    static const uint32_t packets[] = {143, 156, 82};
    struct pcap_file *file = pcap_file_read(files[_i], false, err, sizeof(err));
    ck_assert_msg(file, "%s", err);
    struct replay_params p = params();
    p.rewrite_ip = true;
    replay = replay_create(sim, file, &p, err, sizeof(err));
    ck_assert_msg(replay, "%s", err);
    pcap_file_destroy(file); /* nothing of it is needed any more */
    replay_start(replay, 0);
    sim_run_until(sim, SIM_NEVER);
    expect_finished(packets[_i]);
    expect_sound(sent[0]);
    expect_sound(sent[1]);
    ck_assert_str_eq(replay_notes(replay), "");
    ck_assert(sim_now(sim) > 500 * SIM_MS && sim_now(sim) < 3 * SIM_S);
}
END_TEST

START_TEST(conversation_survives_a_restore)
{
    struct pcap_file *file = pcap_file_read("scenarios/ping.pcap", false, err, sizeof(err));
    struct replay_params p = params();
    p.repeat = 2;
    replay = replay_create(sim, file, &p, err, sizeof(err));
    replay_start(replay, 0);
    sim_run_until(sim, SIM_NEVER);
    expect_finished(164);
    sim_time end = sim_now(sim);
    for (unsigned steps = 1; steps < 300; steps += 23) {
        struct save out, in;
        for (int part = 0; part < 2; part++) {
            world_tear();
            world_build();
            p = params();
            p.repeat = 2;
            replay = replay_create(sim, file, &p, err, sizeof(err));
            replay_start(replay, 0);
            if (part == 0) {
                for (unsigned i = 0; i < steps; i++)
                    sim_step(sim);
                save_init_writer(&out);
                sim_save(sim, &out);
            } else {
                save_init_reader(&in, out.buf, out.len);
                sim_save(sim, &in);
                ck_assert_msg(in.err == 0, "%s", in.why);
                sim_run_until(sim, SIM_NEVER);
                expect_finished(164);
                ck_assert_uint_eq(sim_now(sim), end);
            }
        }
        save_fini(&out);
    }
    pcap_file_destroy(file);
}
END_TEST

START_TEST(another_capture_cannot_be_restored)
{
    struct save out, in;
    three_packets();
    m->file.digest = 1;
    struct replay_params p = params();
    start(&p);
    save_init_writer(&out);
    sim_save(sim, &out);
    world_tear();
    world_build();
    m->file.digest = 2;
    p = params();
    start(&p);
    save_init_reader(&in, out.buf, out.len);
    sim_save(sim, &in);
    ck_assert_int_ne(in.err, 0);
    ck_assert_ptr_nonnull(strstr(in.why, "capture"));
    save_fini(&out);
    world_tear();
    replay = NULL;
    world_build();
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("replay");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, packets_wait_for_arrivals);
    tcase_add_test(t, latency_adds_up);
    tcase_add_test(t, own_gap_counts_from_when_it_was_sent);
    tcase_add_test(t, timing_can_be_scaled);
    tcase_add_test(t, back_to_back_only_waits);
    tcase_add_test(t, rate_paces_each_half);
    tcase_add_test(t, one_half_waits_for_nobody);
    tcase_add_test(t, repetitions_follow_each_other);
    tcase_add_test(t, starts_when_told);
    tcase_add_test(t, earlier_timestamps_make_no_gap);
    tcase_add_loop_test(t, disorder_does_not_accumulate, 0, 4);
    tcase_add_loop_test(t, clock_set_back_goes_on_from_there, 0, 2);
    tcase_add_test(t, times_may_be_anywhere);
    tcase_add_test(t, loopback_captures_say_what_would_work);
    tcase_add_test(t, lost_packet_blocks_by_name);
    tcase_add_test(t, lost_segment_is_named_by_its_burst);
    tcase_add_test(t, arrival_elsewhere_does_not_count);
    tcase_add_test(t, busiest_two_converse);
    tcase_add_test(t, hosts_can_be_named);
    tcase_add_test(t, one_host_can_be_named_by_ip);
    tcase_add_test(t, impossible_captures_are_refused);
    tcase_add_test(t, macs_are_rewritten_also_inside);
    tcase_add_test(t, ip_addresses_can_be_rewritten);
    tcase_add_test(t, rewriting_needs_one_address_each);
    tcase_add_test(t, tagged_captures_keep_their_tags);
    tcase_add_test(t, unfinished_checksums_are_finished);
    tcase_add_test(t, wrong_checksums_stay_wrong);
    tcase_add_test(t, snapped_packets_are_padded);
    tcase_add_test(t, snapped_headers_are_refused);
    tcase_add_loop_test(t, tcp_bursts_are_segmented, 0, 2);
    tcase_add_test(t, segments_leave_at_once);
    tcase_add_test(t, long_packets_are_refused);
    tcase_add_loop_test(t, recorded_conversations_finish, 0, 3);
    tcase_add_test(t, conversation_survives_a_restore);
    tcase_add_test(t, another_capture_cannot_be_restored);
    return run_suite("net_replay", t);
}
