/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The second queue of a VF is as good as its first one, on both chips: tags are hidden, stripped and pushed, sources are
 * checked, and what a descriptor says of a frame's checksums is right. Each frame is looked at byte by byte.
 */
#include "unit/nic82599_world.h"

enum { RX_RING = 0x4000, TX_RING = 0x6000, RX_BUFFERS = 0x50000, TX_BUFFERS = 0xc0000, RING = 32, GOOD = 1, BAD = 2 };

static const char *const models[] = {"82599", "82576"};
enum { MODELS = 2 };

static uint32_t second(const struct nw *w, uint32_t block) { return block + (w->map == &nw_map_82576 ? 0x100 : 0x40); }

static union ixgbe_adv_rx_desc *rx(struct nw *w, uint32_t i) { return (union ixgbe_adv_rx_desc *)(w->vf[0].ram + RX_RING) + i; }
static union ixgbe_adv_tx_desc *tx(struct nw *w, uint32_t i) { return (union ixgbe_adv_tx_desc *)(w->vf[0].ram + TX_RING) + i; }

/* VF 0 with two queues each way; what is hashed goes to the second one. */
static struct nw *up(const char *model)
{
    struct nw *w = nw_create(model, 2, 1);
    struct vf_driver *d = &w->vf[0];
    struct pf_args args = {.vf = 0, .num_rx = 2, .num_tx = 2, .num_intrs = 3}, table = {.vf = 0, .rss_count = 1, .rss_table = {1}};
    pf_start(w->pf);
    nw_run(w, 10 * SIM_US);
    if (w->map == &nw_map_82576)
        args.num_intrs = 2;
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_ACQUIRE, &args), 0);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_INIT, 0), 0);
    ck_assert_int_eq(nw_mac_op(w, VMK_NETPTOP_VF_SET_MAC, 0, mac_of(1), PF_MOVE_SAFE, 0), 0);
    vfd_up(d, NW_RING);
    d->s.hold = true;
    for (uint32_t i = 0; i < RING; i++)
        rx(w, i)->read.pkt_addr = RX_BUFFERS + NW_BUFFER * i;
    vfd_write(d, second(w, w->map->rx) + NW_BAL, RX_RING);
    vfd_write(d, second(w, w->map->rx) + NW_LEN, 16 * RING);
    vfd_write(d, second(w, w->map->rx) + w->map->srrctl, 2 | IXGBE_SRRCTL_DESCTYPE_ADV_ONEBUF);
    vfd_write(d, second(w, w->map->rx) + NW_CTL, IXGBE_RXDCTL_ENABLE | IXGBE_RXDCTL_VME);
    vfd_write(d, second(w, w->map->rx) + NW_TAIL, RING - 1);
    vfd_write(d, second(w, w->map->tx) + NW_BAL, TX_RING);
    vfd_write(d, second(w, w->map->tx) + NW_LEN, 16 * RING);
    vfd_write(d, second(w, w->map->tx) + NW_CTL, IXGBE_TXDCTL_ENABLE | 1u << IXGBE_TXDCTL_HTHRESH_SHIFT | 32);
    if (w->map == &nw_map_82599)
        vfd_write(d, IXGBE_VFPSRTYPE, 1u << IXGBE_PSRTYPE_RQPL_SHIFT);
    nw_run(w, 5 * SIM_US);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_ACTIVATE, 0), 0);
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_SET_RSS_IND_TABLE, &table), 0);
    return w;
}

static void all_accounted(struct nw *w)
{
    mem_tag_clear(&w->vf[0].mem, 0, NW_VF_MEM, FATE_reclaimed_rx);
    nw_balanced(w);
}

/* ---- frames ---- */

static uint32_t sum16(const uint8_t *p, uint32_t len)
{
    uint32_t s = 0;
    for (uint32_t i = 0; i < len; i++)
        s += i & 1 ? p[i] : (uint32_t)p[i] << 8;
    return s;
}

static uint32_t folded(uint32_t s)
{
    while (s >> 16)
        s = (s & 0xffff) + (s >> 16);
    return s;
}

/* 46 bytes of IPv4 or 66 of IPv6 with 18 of UDP, from a station far away; `udp`: GOOD, BAD or 0 for no checksum. */
static uint32_t make_udp(uint8_t *p, bool v4, unsigned udp)
{
    uint32_t l4 = v4 ? 34 : 54, len = l4 + 8 + 18;
    memset(p, 0, len);
    memcpy(p, mac_of(1), 6);
    memcpy(p + 6, mac_of(200), 6);
    memcpy(p + 12, v4 ? "\x08\x00" : "\x86\xdd", 2);
    p[14] = v4 ? 0x45 : 0x60;
    p[v4 ? 17 : 19] = (uint8_t)(v4 ? len - 14 : len - 54);
    p[v4 ? 23 : 20] = 17;
    p[v4 ? 22 : 21] = 64;
    for (unsigned i = 0; i < (v4 ? 8 : 32); i++)
        p[(v4 ? 26 : 22) + i] = (uint8_t)(16 + i);
    if (v4) {
        uint32_t ip = ~folded(sum16(p + 14, 20));
        p[24] = (uint8_t)(ip >> 8);
        p[25] = (uint8_t)ip;
    }
    p[l4 + 1] = 53;
    p[l4 + 3] = 99;
    p[l4 + 5] = 26;
    memcpy(p + l4 + 8, "eighteen bytes are", 18);
    if (udp) {
        uint32_t s = ~folded(sum16(p + l4, 26) + sum16(p + (v4 ? 26 : 22), v4 ? 8 : 32) + 17 + 26);
        p[l4 + 6] = (uint8_t)(s >> 8);
        p[l4 + 7] = (uint8_t)(s + (udp == BAD));
    }
    return len;
}

static void peer_sends(struct nw *w, const uint8_t *bytes, uint32_t len, int tci)
{
    frame_ref ref = frame_birth(&w->peer->comp, w->flow, len);
    memcpy(frame_data(frame_get(w->sim, ref)), bytes, len);
    if (tci >= 0)
        frame_vlan_push(frame_get(w->sim, ref), (uint16_t)tci);
    port_send(&w->peer->port, ref);
    nw_run(w, 50 * SIM_US);
}

/* ---- receive ---- */

START_TEST(a_port_vlan_is_hidden)
{
    struct nw *w = up(models[_i]);
    struct pf_args port = {.vf = 0, .enable = 1, .first_vlan = 9}, own = {.vf = 0, .first_vlan = 5, .last_vlan = 5};
    uint8_t p[100];
    uint32_t len = make_udp(p, true, GOOD);
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_SET_DEFAULT_VLAN, &port), 0);
    peer_sends(w, p, len, 9);
    ck_assert(rx(w, 0)->wb.status_error & IXGBE_RXD_STAT_DD);
    ck_assert_uint_eq(rx(w, 0)->wb.length, len);
    ck_assert(!(rx(w, 0)->wb.status_error & IXGBE_RXD_STAT_VP));
    ck_assert_uint_eq(rx(w, 0)->wb.vlan, 0);
    ck_assert_mem_eq(w->vf[0].ram + RX_BUFFERS, p, len);
    port.enable = 0;
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_SET_DEFAULT_VLAN, &port), 0);
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_ADD_VLAN_RANGE, &own), 0);
    peer_sends(w, p, len, 0x6005); /* one of its own is shown, with its priority */
    ck_assert(rx(w, 1)->wb.status_error & IXGBE_RXD_STAT_VP);
    ck_assert_uint_eq(rx(w, 1)->wb.vlan, 0x6005);
    ck_assert_uint_eq(rx(w, 1)->wb.length, len);
    ck_assert_mem_eq(w->vf[0].ram + RX_BUFFERS + NW_BUFFER, p, len);
    all_accounted(w);
}
END_TEST

/* [82599 7.1.11] A UDP checksum of 0 was never made: nothing is said of it, and no error. */
START_TEST(checksums_are_judged)
{
    static const struct {
        bool v4;
        unsigned udp;
        uint32_t status;
    } cases[] = {
        {true, GOOD, IXGBE_RXD_STAT_IPCS | IXGBE_RXD_STAT_L4CS | IXGBE_RXD_STAT_UDPCS},
        {true, BAD, IXGBE_RXD_STAT_IPCS | IXGBE_RXD_STAT_L4CS | IXGBE_RXD_STAT_UDPCS | IXGBE_RXDADV_ERR_TCPE},
        {true, 0, IXGBE_RXD_STAT_IPCS},
        {false, GOOD, IXGBE_RXD_STAT_L4CS | IXGBE_RXD_STAT_UDPCS},
        {false, BAD, IXGBE_RXD_STAT_L4CS | IXGBE_RXD_STAT_UDPCS | IXGBE_RXDADV_ERR_TCPE},
    };
    const uint32_t all =
        IXGBE_RXD_STAT_IPCS | IXGBE_RXD_STAT_L4CS | IXGBE_RXD_STAT_UDPCS | IXGBE_RXDADV_ERR_TCPE | IXGBE_RXDADV_ERR_IPE;
    struct nw *w = up(models[_i]);
    struct pf_args own = {.vf = 0, .first_vlan = 5, .last_vlan = 5};
    uint8_t p[100];
    unsigned n = 0;
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_ADD_VLAN_RANGE, &own), 0);
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (int tci = -1; tci <= 5; tci += 6, n++) {
            uint32_t len = make_udp(p, cases[i].v4, cases[i].udp);
            peer_sends(w, p, len, tci);
            const union ixgbe_adv_rx_desc *r = rx(w, n);
            ck_assert(r->wb.status_error & IXGBE_RXD_STAT_DD);
            ck_assert_uint_eq(r->wb.status_error & all, cases[i].status);
            ck_assert_uint_eq(r->wb.pkt_info & IXGBE_RXDADV_PKTTYPE_MASK,
                              IXGBE_RXDADV_PKTTYPE_UDP | (cases[i].v4 ? IXGBE_RXDADV_PKTTYPE_IPV4 : IXGBE_RXDADV_PKTTYPE_IPV6));
            ck_assert_mem_eq(w->vf[0].ram + RX_BUFFERS + NW_BUFFER * n, p, len);
        }
    all_accounted(w);
}
END_TEST

/* ---- transmit ---- */

static void sends(struct nw *w, uint32_t i, const uint8_t *src, uint32_t len)
{
    struct vf_driver *d = &w->vf[0];
    uint64_t addr = TX_BUFFERS + NW_BUFFER * i;
    frame_ref ref = frame_birth(&d->c, w->flow, len);
    uint8_t *p = d->ram + addr;
    memset(p, 0, len);
    memcpy(p, mac_of(200), 6);
    memcpy(p + 6, src, 6);
    memcpy(p + 12, "\x88\xb5", 2);
    memcpy(frame_data(frame_get(w->sim, ref)), p, len);
    mem_tag_made(&d->mem, addr, len, ref);
    *tx(w, i) = (union ixgbe_adv_tx_desc){.read = {addr,
                                                   IXGBE_ADVTXD_DTYP_DATA | IXGBE_ADVTXD_DCMD_DEXT | IXGBE_ADVTXD_DCMD_IFCS |
                                                       IXGBE_ADVTXD_DCMD_EOP | IXGBE_ADVTXD_DCMD_RS | len,
                                                   len << IXGBE_ADVTXD_PAYLEN_SHIFT}};
    vfd_write(d, second(w, w->map->tx) + NW_TAIL, i + 1);
    nw_run(w, 50 * SIM_US);
}

START_TEST(a_port_vlan_is_pushed_with_its_priority)
{
    struct nw *w = up(models[_i]);
    struct pf_args port = {.vf = 0, .enable = 1, .first_vlan = 0x10a};
    for (uint16_t qos = 0; qos < 8; qos++) {
        port.qos = qos;
        ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_SET_DEFAULT_VLAN, &port), 0);
        sends(w, qos, mac_of(1), 60 + qos);
        ck_assert_uint_eq(w->peer->count, qos + 1);
        ck_assert_uint_eq(w->peer->seen[qos].len, 64 + qos);
        ck_assert_mem_eq(w->peer->seen[qos].head + 12, ((uint8_t[]){0x81, 0, (uint8_t)(qos << 5 | 1), 0x0a, 0x88, 0xb5}), 6);
        ck_assert(tx(w, qos)->wb.status & IXGBE_TXD_STAT_DD);
    }
    all_accounted(w);
}
END_TEST

START_TEST(its_sources_are_checked)
{
    struct nw *w = up(models[_i]);
    nw_listen(w, "dropped");
    sends(w, 0, mac_of(77), 60);
    ck_assert_uint_eq(w->peer->count, 0);
    nw_tells(w, "frame 9000000000000 > dropped by the switch -> MAC anti-spoof\n");
    sends(w, 1, mac_of(1), 60);
    ck_assert_uint_eq(w->peer->count, 1);
    all_accounted(w);
}
END_TEST

int main(void)
{
    TCase *t = nw_tcase("second queue");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, a_port_vlan_is_hidden, 0, MODELS);
    tcase_add_loop_test(t, checksums_are_judged, 0, MODELS);
    tcase_add_loop_test(t, a_port_vlan_is_pushed_with_its_priority, 0, MODELS);
    tcase_add_loop_test(t, its_sources_are_checked, 0, MODELS);
    return run_suite("nic second queue", t);
}
