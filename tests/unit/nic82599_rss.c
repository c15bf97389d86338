/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Receive side scaling of the 82599: Microsoft's verification suite, all 16 rows, and queues of a pool. */
#include <arpa/inet.h>

#include "unit/nic82599_world.h"

enum { RING_1 = 0x4000, BUFFERS_1 = 0x50000, QUEUES = 2 };

struct row {
    int family;
    const char *dst, *src;
    uint16_t dst_port, src_port;
    uint32_t by_address, by_ports;
};

/* [facts: Microsoft, "Verifying the RSS hash calculation"] */
static const struct row rows[] = {
    {AF_INET, "161.142.100.80", "66.9.149.187", 1766, 2794, 0x323e8fc2, 0x51ccc178},
    {AF_INET, "65.69.140.83", "199.92.111.2", 4739, 14230, 0xd718262a, 0xc626b0ea},
    {AF_INET, "12.22.207.184", "24.19.198.95", 38024, 12898, 0xd2d0a5de, 0x5c2b394a},
    {AF_INET, "209.142.163.6", "38.27.205.30", 2217, 48228, 0x82989176, 0xafc7327f},
    {AF_INET, "202.188.127.2", "153.39.163.191", 1303, 44251, 0x5d1809c5, 0x10e828a2},
    {AF_INET6, "3ffe:2501:200:3::1", "3ffe:2501:200:1fff::7", 1766, 2794, 0x2cc18cd5, 0x40207d3d},
    {AF_INET6, "ff02::1", "3ffe:501:8::260:97ff:fe40:efab", 4739, 14230, 0x0f0c461c, 0xdde51bbf},
    {AF_INET6, "fe80::200:f8ff:fe21:67cf", "3ffe:1900:4545:3:200:f8ff:fe21:67cf", 38024, 44251, 0x4b61e985, 0x02d1feef},
};
enum { ROWS = sizeof(rows) / sizeof(*rows) };

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

/* Ethernet, IP and ports of a row; `fragment`: not the first one of an IPv4 datagram. */
static uint32_t make_packet(uint8_t *p, const struct row *row, uint8_t protocol, bool fragment)
{
    bool v4 = row->family == AF_INET;
    uint32_t l4 = v4 ? 34 : 54;
    memset(p, 0, 100);
    memcpy(p, mac_of(1), 6);
    memcpy(p + 6, mac_of(200), 6);
    put16(p + 12, v4 ? 0x0800 : 0x86dd);
    p[14] = v4 ? 0x45 : 0x60;
    put16(p + (v4 ? 16 : 18), v4 ? 60 : 40);
    p[v4 ? 23 : 20] = protocol;
    if (v4)
        put16(p + 20, fragment ? 0x2005 : 0);
    inet_pton(row->family, row->src, p + (v4 ? 26 : 22));
    inet_pton(row->family, row->dst, p + (v4 ? 30 : 38));
    put16(p + l4, row->src_port);
    put16(p + l4 + 2, row->dst_port);
    return l4 + 40;
}

static void peer_sends(struct nw *w, const uint8_t *bytes, uint32_t len)
{
    frame_ref ref = frame_birth(&w->peer->comp, w->flow, len);
    memcpy(frame_data(frame_get(w->sim, ref)), bytes, len);
    port_send(&w->peer->port, ref);
    nw_run(w, 20 * SIM_US);
}

/* VF 0 with two queues, the second on vector 1. */
static struct nw *two_queues(void)
{
    struct nw *w = nw_create("82599", 2, 1);
    struct vf_driver *d = &w->vf[0];
    struct pf_args args = {.vf = 0, .num_rx = 2, .num_tx = 2, .num_intrs = 2};
    pf_start(w->pf);
    nw_run(w, 10 * SIM_US);
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_ACQUIRE, &args), 0);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_INIT, 0), 0);
    ck_assert_int_eq(nw_mac_op(w, VMK_NETPTOP_VF_SET_MAC, 0, mac_of(1), PF_MOVE_SAFE, 0), 0);
    vfd_up(d, NW_RING);
    for (uint32_t i = 0; i < 64; i++)
        ((union ixgbe_adv_rx_desc *)(d->ram + RING_1))[i].read.pkt_addr = BUFFERS_1 + NW_BUFFER * i;
    vfd_write(d, IXGBE_VTIVAR(0), 0x00818080); /* receive 0 -> vector 0, receive 1 -> vector 1 */
    vfd_write(d, IXGBE_VTEIMS, 7);
    vfd_write(d, IXGBE_VFRDBAL(1), RING_1);
    vfd_write(d, IXGBE_VFRDLEN(1), 16 * 64);
    vfd_write(d, IXGBE_VFSRRCTL(1), 2 | IXGBE_SRRCTL_DESCTYPE_ADV_ONEBUF);
    vfd_write(d, IXGBE_VFRXDCTL(1), IXGBE_RXDCTL_ENABLE);
    vfd_write(d, IXGBE_VFRDT(1), 63);
    vfd_write(d, IXGBE_VFPSRTYPE, 1u << IXGBE_PSRTYPE_RQPL_SHIFT);
    d->s.hold = true;
    nw_run(w, 5 * SIM_US);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_ACTIVATE, 0), 0);
    return w;
}

static void all_accounted(struct nw *w)
{
    mem_tag_clear(&w->vf[0].mem, 0, NW_VF_MEM, FATE_reclaimed_rx);
    nw_balanced(w);
}

static const union ixgbe_adv_rx_desc *desc(struct nw *w, unsigned queue, uint32_t i)
{
    return queue ? &((union ixgbe_adv_rx_desc *)(w->vf[0].ram + RING_1))[i] : vfd_rx(&w->vf[0], i);
}

START_TEST(verification_suite)
{
    struct nw *w = two_queues();
    uint32_t next[QUEUES] = {0};
    uint8_t p[100];
    for (unsigned i = 0; i < 4 * ROWS; i++) { /* TCP, UDP (not asked for), TCP fragment or fragment header, ICMP */
        const struct row *row = &rows[i % ROWS];
        bool v4 = row->family == AF_INET, tcp = i < ROWS, fragment = i / ROWS == 2;
        uint32_t hash = tcp ? row->by_ports : row->by_address;
        uint8_t protocol = tcp || (fragment && v4) ? 6 : i / ROWS == 1 ? 17 : fragment ? 44 : v4 ? 1 : 58;
        peer_sends(w, p, make_packet(p, row, protocol, fragment && v4));
        const union ixgbe_adv_rx_desc *d = desc(w, hash & 1, next[hash & 1]++); /* the table is 0, 1, 0, 1 … */
        ck_assert(d->wb.status_error & IXGBE_RXD_STAT_DD);
        ck_assert_uint_eq(d->wb.rss, hash);
        ck_assert_uint_eq(d->wb.pkt_info & IXGBE_RXDADV_RSSTYPE_MASK, (v4 ? 1 : 3) + (tcp ? 0 : v4 ? 1 : 2));
    }
    ck_assert_uint_gt(next[0], 10);
    ck_assert_uint_gt(next[1], 10);
    all_accounted(w);
}
END_TEST

/* A symmetric key hashes both directions of a flow alike. */
START_TEST(symmetric_key)
{
    struct nw *w = two_queues();
    uint8_t p[100];
    uint32_t hash[2];
    for (uint32_t i = 0; i < 10; i++)
        pci_mmio_write(w->nic->pf, &w->c, sim_now(w->sim), 0, IXGBE_RSSRK(i), 4, 0x5a6d5a6d);
    struct row row = rows[0], back = rows[0];
    back.src = row.dst;
    back.dst = row.src;
    back.src_port = row.dst_port;
    back.dst_port = row.src_port;
    peer_sends(w, p, make_packet(p, &row, 6, false));
    peer_sends(w, p, make_packet(p, &back, 6, false));
    unsigned queue = desc(w, 0, 0)->wb.status_error & IXGBE_RXD_STAT_DD ? 0 : 1;
    hash[0] = desc(w, queue, 0)->wb.rss;
    hash[1] = desc(w, queue, 1)->wb.rss;
    ck_assert_uint_ne(hash[0], 0);
    ck_assert_uint_eq(hash[0], hash[1]);
    all_accounted(w);
}
END_TEST

START_TEST(not_ip_and_no_rss)
{
    struct nw *w = two_queues();
    uint8_t p[100];
    nw_peer_send(w, mac_of(1), -1, 60);
    nw_run(w, 20 * SIM_US);
    ck_assert_uint_eq(desc(w, 0, 0)->wb.pkt_info & IXGBE_RXDADV_RSSTYPE_MASK, 0);
    ck_assert_uint_eq(desc(w, 0, 0)->wb.rss, 0);
    vfd_write(&w->vf[0], IXGBE_VFPSRTYPE, 0); /* a pool of one queue */
    nw_run(w, SIM_US);
    for (unsigned i = 0; i < ROWS; i++)
        peer_sends(w, p, make_packet(p, &rows[i], 6, false));
    ck_assert_uint_eq(nw_read(w, w->nic->vf[0], IXGBE_VFRDH(0)), 1 + ROWS);
    ck_assert_uint_eq(nw_read(w, w->nic->vf[0], IXGBE_VFRDH(1)), 0);
    all_accounted(w);
}
END_TEST

/* Each queue speaks through its own vector, and counts for itself. */
START_TEST(interrupt_and_counters_of_a_queue)
{
    struct nw *w = two_queues();
    struct pf_args table = {.vf = 0, .rss_count = 1, .rss_table = {1}};
    struct pf_vf_stats s;
    uint8_t p[100];
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_SET_RSS_IND_TABLE, &table), 0);
    vfd_write(&w->vf[0], IXGBE_VTEIMC, 1);
    nw_run(w, SIM_US);
    peer_sends(w, p, make_packet(p, &rows[0], 6, false));
    ck_assert_uint_eq(w->vf[0].s.messages, 1);
    ck_assert_uint_eq(nw_read(w, w->nic->vf[0], IXGBE_VFRDH(1)), 1);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_GET_QUEUE_STATS, 0), 0);
    ck_assert_int_eq(pf_vf_stats(w->pf, 0, &s), 0);
    ck_assert_uint_eq(s.queue[1].rx_packets, 1);
    ck_assert_uint_eq(s.queue[0].rx_packets, 0);
    all_accounted(w);
}
END_TEST

int main(void)
{
    TCase *t = nw_tcase("rss");
    tcase_add_test(t, verification_suite);
    tcase_add_test(t, symmetric_key);
    tcase_add_test(t, not_ip_and_no_rss);
    tcase_add_test(t, interrupt_and_counters_of_a_queue);
    return run_suite("nic82599 rss", t);
}
