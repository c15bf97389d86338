/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who of a capture's two hosts is played by `from`: who speaks first, whatever was heard first. */
#include "unit/net_capture_maker.h"

static struct sim *sim;
static struct peer *client, *server;
static struct maker *m;
static char err[300];

static void setup(void)
{
    sim = sim_create(1, NULL);
    client = peer_create(sim, "client", mac_of(1));
    server = peer_create(sim, "server", mac_of(2));
    m = maker_create();
}

static void teardown(void)
{
    peer_destroy(client);
    peer_destroy(server);
    sim_destroy(sim);
    maker_destroy(m);
}

static void add_tcp(uint8_t from, uint8_t to, uint8_t flags, int tci)
{
    make_eth(m, from, to, INET_TYPE_IP4, tci);
    make_ip(m, from, to, false, INET_PROTO_TCP, 20);
    m->packet[m->l4 + 12] = 5 << 4;
    m->packet[m->l4 + 13] = flags;
    make_checksum(m);
    maker_add(m, m->file.count);
}

static void add_router_solicitation(uint8_t from)
{
    make_nd(m, from, 2, false);
    m->packet[m->l4] = 133;
    make_checksum(m);
    maker_add(m, m->file.count);
}

/* One letter a packet: R router solicitation, A ARP request, a its answer, N neighbour solicitation, n its answer, S SYN,
 * s SYN and ACK, t other TCP, v a SYN in a VLAN, U UDP; then the host that sends it, to the other. */
static void add(char what, uint8_t from)
{
    uint8_t to = from == 1 ? 2 : 1;
    switch (what) {
    case 'R':
        add_router_solicitation(from);
        return;
    case 'S':
        add_tcp(from, to, 0x02, -1);
        return;
    case 'v':
        add_tcp(from, to, 0x02, 7);
        return;
    case 's':
        add_tcp(from, to, 0x12, -1);
        return;
    case 't':
        add_tcp(from, to, 0x10, -1);
        return;
    case 'A':
        make_arp(m, from, to, false);
        break;
    case 'a':
        make_arp(m, from, to, true);
        break;
    case 'N':
    case 'n':
        make_nd(m, from, to, what == 'n');
        break;
    default:
        make_udp(m, from, to, false, 100);
    }
    maker_add(m, m->file.count);
}

static const struct {
    const char *packets;
    uint8_t first; /* host that `from` plays */
    const char *why;
} cases[] = {
    {"U1 U2", 1, "speaks first, packet 1"},
    {"U2 U1", 2, "speaks first, packet 1"},
    {"R2 U1 U2", 1, "speaks first, packet 2"},
    {"A2 a1 U1 U2", 1, "speaks first, packet 3"}, /* the server knew nobody yet: it was the one to ask */
    {"A1 a2 U1 U2", 1, "speaks first, packet 3"}, /* the first unicast packet is an answer of ARP */
    {"N1 n2 U1", 1, "speaks first, packet 3"},
    {"n2 U1 U2", 1, "speaks first, packet 2"},
    {"A1 a2", 1, "speaks first, packet 1"},
    {"a2 a1", 2, "speaks first, packet 1"},
    {"U2 S1 s2", 1, "speaks first: TCP SYN, packet 2"},
    {"R2 A1 a2 S1 s2 t1", 1, "speaks first: TCP SYN, packet 4"},
    {"t2 t1 S1 s2", 1, "speaks first: TCP SYN, packet 3"}, /* an older connection goes on */
    {"S1 S1 S1 s2", 1, "speaks first: TCP SYN, packet 1"},
    {"S1 s2 S2 s1", 1, "speaks first: TCP SYN, packet 1"}, /* a data connection back, as FTP's */
    {"s2 t1 t2", 1, "speaks first: is sent the TCP SYN, ACK, packet 1"},
    {"s2 t1 S2 s1", 1, "speaks first: is sent the TCP SYN, ACK, packet 1"},
    {"U2 s2 t1", 1, "speaks first: is sent the TCP SYN, ACK, packet 2"},
    {"t2 t1 t2", 2, "speaks first, packet 1"}, /* from the middle: nobody can know better */
    {"U2 v1", 1, "speaks first: TCP SYN, packet 2"},
    {"U1", 1, "speaks first, packet 1"},
};

START_TEST(who_speaks_first_is_played_by_from)
{
    for (const char *at = cases[_i].packets; *at; at += at[2] ? 3 : 2)
        add(at[0], (uint8_t)(at[1] - '0'));
    struct replay_params p = {.name = "r", .from = peer_station(client), .to = peer_station(server)};
    struct replay *replay = replay_create(sim, &m->file, &p, err, sizeof(err));
    ck_assert_msg(replay, "%s: %s", cases[_i].packets, err);
    const struct replay_role *from = replay_get_role(replay, false), *to = replay_get_role(replay, true);
    const char *mac[] = {"0a:00:00:00:00:01", "0a:00:00:00:00:02"};
    ck_assert_str_eq(from->station, "client");
    ck_assert_str_eq(to->station, "server");
    ck_assert_msg(strcmp(from->mac, mac[cases[_i].first - 1]) == 0, "%s: client plays %s", cases[_i].packets, from->mac);
    ck_assert_str_eq(to->mac, mac[2 - cases[_i].first]);
    ck_assert_str_eq(from->why, cases[_i].why);
    ck_assert_str_eq(to->why, "");
    replay_destroy(replay);
}
END_TEST

START_TEST(roles_tell_the_addresses)
{
    add('R', 2);
    add('U', 1);
    make_udp(m, 3, 2, false, 10); /* another address behind the first host: a router */
    host_mac(1, m->packet + 6);
    maker_add(m, 3);
    struct replay_params p = {.name = "r", .from = peer_station(client), .to = peer_station(server)};
    struct replay *replay = replay_create(sim, &m->file, &p, err, sizeof(err));
    ck_assert_msg(replay, "%s", err);
    const struct replay_role *from = replay_get_role(replay, false), *to = replay_get_role(replay, true);
    ck_assert(!strcmp(from->ip4, "192.0.2.1") && from->more_ip4 && !from->ip6[0]);
    ck_assert(!strcmp(to->ip4, "192.0.2.2") && !to->more_ip4 && !strcmp(to->ip6, "2001:db8::2"));
    replay_destroy(replay);
}
END_TEST

START_TEST(named_hosts_are_called_named)
{
    add('U', 2);
    add('U', 1);
    struct replay_params p = {.name = "r", .from = peer_station(client), .to = peer_station(server), .host_from = "192.0.2.1"};
    struct replay *replay = replay_create(sim, &m->file, &p, err, sizeof(err));
    ck_assert_msg(replay, "%s", err);
    ck_assert_str_eq(replay_get_role(replay, false)->mac, "0a:00:00:00:00:01");
    ck_assert_str_eq(replay_get_role(replay, false)->why, "named");
    ck_assert_str_eq(replay_get_role(replay, true)->why, "");
    replay_destroy(replay);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("roles");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, who_speaks_first_is_played_by_from, 0, sizeof(cases) / sizeof(cases[0]));
    tcase_add_test(t, roles_tell_the_addresses);
    tcase_add_test(t, named_hosts_are_called_named);
    return run_suite("net_roles", t);
}
