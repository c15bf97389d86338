/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 82599's data path, end to end: wire to VF, VF to wire, VF to VF, tags, checksums, spoofs, empty rings. */
#include "nic/intel/rings.h" /* only for how many entries the packet buffer has */
#include "unit/nic82599_world.h"

START_TEST(wire_to_vf)
{
    struct nw *w = nw_up(2, 2);
    for (int i = 0; i < 300; i++)
        nw_peer_send(w, mac_of(1), -1, 60 + i);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[0].s.got, 300);
    ck_assert_uint_eq(w->vf[1].s.got, 0);
    ck_assert_uint_eq(w->vf[0].s.last_len, 359);
    ck_assert_uint_eq(w->vf[0].s.last_status & 0xfff, IXGBE_RXD_STAT_DD | IXGBE_RXD_STAT_EOP);
    struct flow_report r = nw_flow(w);
    ck_assert_uint_eq(r.delivered, 300);
    ck_assert_uint_eq(r.lost + r.duplicated + r.reordered, 0);
    nw_balanced(w);
}
END_TEST

START_TEST(jumbo_in_many_buffers)
{
    struct nw *w = nw_up(1, 1);
    struct pf_args mtu = {.vf = 0, .mtu = 9000}, own = {.vf = -1, .mtu = 9000};
    nw_peer_send(w, mac_of(1), -1, 5000);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[0].s.got, 0);
    ck_assert_uint_eq(books_fate_count(w->sim, FATE_too_long), 1);
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_SET_MTU, &mtu), -ERANGE); /* a jumbo VF needs a jumbo PF */
    ck_assert_int_eq(nw_op(w, PF_OP_SET_MTU, &own), 0);
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_SET_MTU, &mtu), 0);
    nw_peer_send(w, mac_of(1), -1, 5000);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[0].s.got, 1);
    ck_assert_uint_eq(w->vf[0].s.last_len, 5000);
    nw_balanced(w);
}
END_TEST

START_TEST(vf_to_wire)
{
    struct nw *w = nw_up(2, 1);
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 100; i++)
            vfd_send(&w->vf[0], mac_of(200), mac_of(1), 60 + 10 * (i % 100));
        nw_run(w, SIM_MS);
    }
    ck_assert_uint_eq(w->peer->count, 1000);
    ck_assert_uint_eq(nw_flow(w).lost + nw_flow(w).reordered + nw_flow(w).duplicated, 0);
    for (uint32_t i = 0; i < NW_RING; i++) /* every descriptor has been reported */
        if (i != w->vf[0].s.tx_put % NW_RING)
            ck_assert_uint_eq(vfd_tx(&w->vf[0], i)->wb.status & IXGBE_TXD_STAT_DD, IXGBE_TXD_STAT_DD);
    ck_assert_uint_eq(nw_read(w, w->nic->vf[0], IXGBE_VFTDH(0)), 1000 % NW_RING);
    ck_assert_uint_eq(nw_read(w, w->nic->vf[0], IXGBE_VFGPTC), 1000);
    nw_balanced(w);
}
END_TEST

START_TEST(vf_to_vf_stays_inside)
{
    struct nw *w = nw_up(3, 3);
    vfd_send(&w->vf[0], mac_of(2), mac_of(1), 100);
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(w->vf[1].s.got, 1);
    ck_assert(w->vf[1].s.last_status & IXGBE_RXD_STAT_LB);
    ck_assert_uint_eq(w->vf[2].s.got, 0);
    ck_assert_uint_eq(w->peer->count, 0);
    ck_assert_uint_eq(w->host->count, 0);
    /* A broadcast reaches every other pool and the wire, and not its sender. */
    vfd_send(&w->vf[0], broadcast_mac, mac_of(1), 100);
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(w->vf[0].s.got, 0);
    ck_assert_uint_eq(w->vf[1].s.got, 2);
    ck_assert_uint_eq(w->vf[2].s.got, 1);
    ck_assert_uint_eq(w->peer->count, 1);
    ck_assert_uint_eq(w->host->count, 1);
    nw_balanced(w);
}
END_TEST

START_TEST(spoofed_source_is_stopped)
{
    struct nw *w = nw_up(2, 1);
    struct pf_args off = {.vf = 0, .enable = 0};
    nw_listen(w, "dropped");
    vfd_send(&w->vf[0], mac_of(200), mac_of(77), 60);
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(w->peer->count, 0);
    nw_tells(w, "frame 9000000000000 > dropped by the switch -> MAC anti-spoof\n");
    struct drop_report d;
    ck_assert(books_get_drop(w->sim, 0, &d));
    ck_assert_str_eq(d.place, "nic vf 0");
    ck_assert_uint_eq(nw_read(w, w->nic->pf, IXGBE_SSVPC), 1);
    ck_assert_uint_eq(nw_read(w, w->nic->pf, IXGBE_SSVPC), 0); /* cleared by reading */
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_SET_ANTISPOOF, &off), 0);
    vfd_send(&w->vf[0], mac_of(200), mac_of(77), 60);
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(w->peer->count, 1);
    nw_balanced(w);
}
END_TEST

START_TEST(vlan_tags)
{
    struct nw *w = nw_up(2, 1);
    struct vf_driver *d = &w->vf[0];
    struct pf_args range = {.vf = 0, .first_vlan = 10, .last_vlan = 12};
    nw_peer_send(w, mac_of(1), 11, 60);
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(d->s.got, 0); /* not in VLAN 11 */
    ck_assert_uint_eq(w->host->count, 1); /* the default pool takes it */
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_ADD_VLAN_RANGE, &range), 0);
    nw_peer_send(w, mac_of(1), 0x600b, 60);
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(d->s.got, 1);
    ck_assert(d->s.last_status & IXGBE_RXD_STAT_VP);
    ck_assert_uint_eq(d->s.last_vlan, 0x600b);
    ck_assert_uint_eq(d->s.last_len, 60); /* the tag is gone from the frame */
    /* Sent with VLE: the tag of the context descriptor. */
    uint8_t bytes[60] = {2, 0, 0, 0, 0, 200, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};
    vfd_context(d, 12u << IXGBE_ADVTXD_VLAN_SHIFT | 14 << IXGBE_ADVTXD_MACLEN_SHIFT, 0);
    vfd_put(d, w->flow, bytes, 60, IXGBE_ADVTXD_DCMD_VLE, IXGBE_ADVTXD_CC);
    vfd_bell(d);
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(w->peer->count, 1);
    ck_assert_uint_eq(w->peer->seen[0].len, 64);
    ck_assert_uint_eq(w->peer->seen[0].head[12], 0x81);
    ck_assert_uint_eq(w->peer->seen[0].head[15], 12);
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_DEL_VLAN_RANGE, &range), 0);
    nw_peer_send(w, mac_of(1), 11, 60);
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(d->s.got, 1);
    nw_balanced(w);
}
END_TEST

START_TEST(port_vlan_is_invisible)
{
    struct nw *w = nw_up(2, 1);
    struct vf_driver *d = &w->vf[0];
    struct pf_args vlan = {.vf = 0, .enable = 1, .first_vlan = 100, .qos = 3};
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_SET_DEFAULT_VLAN, &vlan), 0);
    vfd_send(d, mac_of(200), mac_of(1), 60);
    nw_peer_send(w, mac_of(1), 100, 60);
    nw_peer_send(w, mac_of(1), -1, 60); /* untagged: another VLAN */
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(w->peer->count, 1);
    ck_assert_uint_eq(w->peer->seen[0].head[14], 0x60); /* priority 3 */
    ck_assert_uint_eq(w->peer->seen[0].head[15], 100);
    ck_assert_uint_eq(d->s.got, 1);
    ck_assert_uint_eq(d->s.last_status & IXGBE_RXD_STAT_VP, 0);
    ck_assert_uint_eq(d->s.last_len, 60);
    vlan.enable = 0;
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_SET_DEFAULT_VLAN, &vlan), 0);
    nw_peer_send(w, mac_of(1), -1, 60);
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(d->s.got, 2);
    nw_balanced(w);
}
END_TEST

/* A UDP frame of 18 + 28 bytes from 10.0.0.1 to 10.0.0.2. */
static void udp_frame(uint8_t bytes[60], const uint8_t *dst, const uint8_t *src)
{
    static const uint8_t ip[] = {0x08, 0x00, 0x45, 0, 0,    46,   0, 1,  0, 0,  64,   17,   0,   0,   10,  0,   0,  1,
                                 10,   0,    0,    2, 0x30, 0x39, 0, 53, 0, 26, 0xde, 0xad, 'v', 'f', 's', 'i', 'm'};
    memset(bytes, 0, 60);
    memcpy(bytes, dst, 6);
    memcpy(bytes + 6, src, 6);
    memcpy(bytes + 12, ip, sizeof(ip));
}

START_TEST(checksums_are_made_and_checked)
{
    struct nw *w = nw_up(2, 2);
    struct vf_driver *d = &w->vf[0];
    uint8_t bytes[60];
    udp_frame(bytes, mac_of(2), mac_of(1));
    vfd_context(d, 14 << IXGBE_ADVTXD_MACLEN_SHIFT | 20, IXGBE_ADVTXD_TUCMD_IPV4 | IXGBE_ADVTXD_TUCMD_L4T_UDP);
    vfd_put(d, w->flow, bytes, 60, 0, IXGBE_ADVTXD_CC | IXGBE_ADVTXD_POPTS_IXSM | IXGBE_ADVTXD_POPTS_TXSM);
    vfd_bell(d);
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(w->vf[1].s.got, 1);
    /* Worked out by hand: IP 0x66bc; UDP over 10.0.0.1, 10.0.0.2, 17, 26, the header and "vfsim". */
    ck_assert_uint_eq(w->vf[1].s.last[24] << 8 | w->vf[1].s.last[25], 0x66bc);
    uint32_t sum = 0x0a00 + 0x0001 + 0x0a00 + 0x0002 + 17 + 26 + 0x3039 + 53 + 26;
    sum += ('v' << 8 | 'f') + ('s' << 8 | 'i') + ('m' << 8);
    sum = (sum & 0xffff) + (sum >> 16);
    ck_assert_uint_eq(w->vf[1].s.last[40] << 8 | w->vf[1].s.last[41], (uint16_t)~sum);
    const uint32_t good = IXGBE_RXD_STAT_IPCS | IXGBE_RXD_STAT_L4CS, wrong = IXGBE_RXDADV_ERR_IPE | IXGBE_RXDADV_ERR_TCPE;
    ck_assert_uint_eq(w->vf[1].s.last_status & (good | wrong), good);
    ck_assert_uint_eq(w->vf[1].s.last_info & IXGBE_RXDADV_PKTTYPE_MASK, IXGBE_RXDADV_PKTTYPE_IPV4 | IXGBE_RXDADV_PKTTYPE_UDP);
    /* A context that does not say IPv4, as Linux's igbvf has it for a checksum of layer 4 alone. */
    vfd_context(d, 14 << IXGBE_ADVTXD_MACLEN_SHIFT | 20, IXGBE_ADVTXD_TUCMD_L4T_UDP);
    vfd_put(d, w->flow, bytes, 60, 0, IXGBE_ADVTXD_CC | IXGBE_ADVTXD_POPTS_TXSM);
    vfd_bell(d);
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(w->vf[1].s.last[40] << 8 | w->vf[1].s.last[41], (uint16_t)~sum);
    vfd_put(d, w->flow, bytes, 60, 0, 0); /* as it is: both wrong */
    vfd_bell(d);
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(w->vf[1].s.last_status & wrong, wrong);
    nw_balanced(w);
}
END_TEST

static uint32_t be32(const uint8_t *p) { return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3]; }

/* 5,000 bytes of TCP with an MSS of 1,448, from VF 0 to VF 1: four segments, each whole in itself. */
START_TEST(segmentation)
{
    enum { HEADER = 54, PAYLOAD = 5000, MSS = 1448 };
    const uint32_t good = IXGBE_RXD_STAT_IPCS | IXGBE_RXD_STAT_L4CS, wrong = IXGBE_RXDADV_ERR_IPE | IXGBE_RXDADV_ERR_TCPE;
    struct nw *w = nw_up(2, 2);
    struct vf_driver *d = &w->vf[0];
    static const uint8_t ip[] = {0x08, 0x00, 0x45, 0, 0,  0,    0x12, 0x34, 0x40, 0,    64, 6, 0, 0, 10, 0,    0,    1, 10,
                                 0,    0,    2,    0, 80, 0x80, 1,    0xff, 0xff, 0xfc, 0,  0, 0, 0, 9,  0x50, 0x19, 1, 0};
    uint8_t bytes[HEADER + PAYLOAD] = {0};
    memcpy(bytes, mac_of(2), 6);
    memcpy(bytes + 6, mac_of(1), 6);
    memcpy(bytes + 12, ip, sizeof(ip));
    for (int i = 0; i < PAYLOAD; i++)
        bytes[HEADER + i] = (uint8_t)(i * 7);
    w->vf[1].s.hold = true;
    vfd_context(d, 14 << IXGBE_ADVTXD_MACLEN_SHIFT | 20, IXGBE_ADVTXD_TUCMD_IPV4 | IXGBE_ADVTXD_TUCMD_L4T_TCP);
    ((struct ixgbe_adv_tx_context_desc *)vfd_tx(d, d->s.tx_put - 1))->mss_l4len_idx =
        20 << IXGBE_ADVTXD_L4LEN_SHIFT | (uint32_t)MSS << IXGBE_ADVTXD_MSS_SHIFT;
    vfd_put(d, w->flow, bytes, sizeof(bytes), IXGBE_ADVTXD_DCMD_TSE, IXGBE_ADVTXD_CC);
    vfd_tx(d, d->s.tx_put - 1)->read.olinfo_status = IXGBE_ADVTXD_CC | PAYLOAD << IXGBE_ADVTXD_PAYLEN_SHIFT;
    vfd_bell(d);
    nw_run(w, SIM_MS);
    for (uint32_t i = 0; i < 4; i++) {
        const union ixgbe_adv_rx_desc *r = vfd_rx(&w->vf[1], i);
        const uint8_t *p = w->vf[1].ram + NW_RX_BUFFERS + NW_BUFFER * i;
        uint32_t chunk = i < 3 ? MSS : PAYLOAD - 3 * MSS;
        ck_assert_uint_eq(r->wb.length, HEADER + chunk);
        ck_assert_uint_eq(r->wb.status_error & (good | wrong), good);
        ck_assert_uint_eq(p[16] << 8 | p[17], 40 + chunk);
        ck_assert_uint_eq(p[18] << 8 | p[19], 0x1234 + i);
        ck_assert_uint_eq(be32(p + 38), 0xfffffc00 + MSS * i); /* wraps around */
        ck_assert_uint_eq(p[47], i < 3 ? 0x10 : 0x19); /* FIN and PSH in the last only */
        ck_assert_mem_eq(p + HEADER, bytes + HEADER + MSS * i, chunk);
    }
    vfd_poll(&w->vf[1], true);
    ck_assert_uint_eq(w->vf[1].s.got, 4);
    ck_assert_uint_eq(nw_flow(w).sent, 1);
    ck_assert_uint_eq(nw_flow(w).delivered, 1);
    ck_assert_uint_eq(nw_flow(w).lost, 0);
    ck_assert_uint_eq(nw_read(w, w->nic->vf[0], IXGBE_VFGPTC), 4);
    nw_balanced(w);
}
END_TEST

/* The same over IPv6, with a tag for each segment: the payload length leaves out the header, and there is no IP checksum. */
START_TEST(segmentation_6_with_a_tag)
{
    enum { HEADER = 74, PAYLOAD = 4000, MSS = 1428, TCI = 3 << 13 | 7 };
    struct nw *w = nw_up(2, 2);
    struct vf_driver *d = &w->vf[0];
    uint8_t bytes[HEADER + PAYLOAD] = {0};
    for (int vf = 0; vf < 2; vf++) {
        struct pf_args args = {.vf = vf, .first_vlan = 7, .last_vlan = 7};
        ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_ADD_VLAN_RANGE, &args), 0);
    }
    memcpy(bytes, mac_of(2), 6);
    memcpy(bytes + 6, mac_of(1), 6);
    memcpy(bytes + 12, (uint8_t[]){0x86, 0xdd, 0x60, 0, 0, 0, 0, 0, 6, 64, 0xfd}, 11);
    bytes[14 + 8 + 15] = 1;
    bytes[14 + 24] = 0xfd;
    bytes[14 + 24 + 15] = 2;
    memcpy(bytes + 54, (uint8_t[]){0, 80, 0x80, 1, 0, 0, 0x10, 0, 0, 0, 0, 9, 0x50, 0x18, 1, 0}, 16);
    for (int i = 0; i < PAYLOAD; i++)
        bytes[HEADER + i] = (uint8_t)(i * 5);
    w->vf[1].s.hold = true;
    vfd_context(d, TCI << IXGBE_ADVTXD_VLAN_SHIFT | 14 << IXGBE_ADVTXD_MACLEN_SHIFT | 40,
                IXGBE_ADVTXD_TUCMD_IPV6 | IXGBE_ADVTXD_TUCMD_L4T_TCP);
    ((struct ixgbe_adv_tx_context_desc *)vfd_tx(d, d->s.tx_put - 1))->mss_l4len_idx =
        20 << IXGBE_ADVTXD_L4LEN_SHIFT | (uint32_t)MSS << IXGBE_ADVTXD_MSS_SHIFT;
    vfd_put(d, w->flow, bytes, sizeof(bytes), IXGBE_ADVTXD_DCMD_TSE | IXGBE_ADVTXD_DCMD_VLE, IXGBE_ADVTXD_CC);
    vfd_tx(d, d->s.tx_put - 1)->read.olinfo_status = IXGBE_ADVTXD_CC | PAYLOAD << IXGBE_ADVTXD_PAYLEN_SHIFT;
    vfd_bell(d);
    nw_run(w, SIM_MS);
    for (uint32_t i = 0; i < 3; i++) {
        const union ixgbe_adv_rx_desc *r = vfd_rx(&w->vf[1], i);
        const uint8_t *p = w->vf[1].ram + NW_RX_BUFFERS + NW_BUFFER * i;
        uint32_t chunk = i < 2 ? MSS : PAYLOAD - 2 * MSS;
        ck_assert_uint_eq(r->wb.length, HEADER + chunk);
        ck_assert_uint_eq(r->wb.status_error & (IXGBE_RXD_STAT_L4CS | IXGBE_RXD_STAT_IPCS | IXGBE_RXDADV_ERR_TCPE),
                          IXGBE_RXD_STAT_L4CS);
        ck_assert(r->wb.status_error & IXGBE_RXD_STAT_VP);
        ck_assert_uint_eq(r->wb.vlan, TCI);
        ck_assert_uint_eq(p[18] << 8 | p[19], 20 + chunk);
        ck_assert_uint_eq(be32(p + 58), 0x1000 + MSS * i);
        ck_assert_uint_eq(p[67], i < 2 ? 0x10 : 0x18);
        ck_assert_mem_eq(p + HEADER, bytes + HEADER + MSS * i, chunk);
    }
    vfd_poll(&w->vf[1], true);
    ck_assert_uint_eq(nw_flow(w).delivered, 1);
    nw_balanced(w);
}
END_TEST

START_TEST(empty_ring_drops_and_blocks_nobody)
{
    struct nw *w = nw_up(2, 2);
    w->vf[0].s.hold = true;
    for (int i = 0; i < 200; i++) {
        nw_peer_send(w, mac_of(1), -1, 60);
        nw_peer_send(w, mac_of(2), -1, 60);
    }
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->vf[1].s.got, 200);
    ck_assert_uint_eq(books_fate_count(w->sim, FATE_rx_no_descriptor), 200 - (NW_RING - 1));
    struct drop_report d;
    ck_assert(books_get_drop(w->sim, 0, &d));
    ck_assert_str_eq(d.place, "nic vf 0");
    vfd_poll(&w->vf[0], true);
    ck_assert_uint_eq(w->vf[0].s.got, NW_RING - 1);
    nw_balanced(w);
}
END_TEST

START_TEST(malformed_frames_are_counted_and_passed_over)
{
    struct nw *w = nw_up(2, 1);
    struct vf_driver *d = &w->vf[0];
    uint8_t bytes[60] = {2, 0, 0, 0, 0, 200, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};
    nw_listen(w, "malformed");
    vfd_send(d, mac_of(200), mac_of(1), 60);
    vfd_put(d, w->flow, bytes, 60, IXGBE_ADVTXD_DCMD_TSE, 0);
    vfd_send(d, mac_of(200), mac_of(1), 60);
    vfd_put(d, w->flow, bytes, 60, 0, 0);
    vfd_tx(d, d->s.tx_put - 1)->read.olinfo_status = 99u << IXGBE_ADVTXD_PAYLEN_SHIFT;
    vfd_send(d, mac_of(200), mac_of(1), 60);
    for (int i = 0; i < 50; i++) { /* a frame of 50 buffers */
        uint32_t cmd = IXGBE_ADVTXD_DTYP_DATA | IXGBE_ADVTXD_DCMD_DEXT | (i == 49 ? IXGBE_ADVTXD_DCMD_EOP : 0);
        *vfd_tx(d, d->s.tx_put++) = (union ixgbe_adv_tx_desc){.read = {NW_TX_BUFFERS, cmd | 20, 0}};
    }
    vfd_send(d, mac_of(200), mac_of(1), 60);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->peer->count, 4);
    nw_tells(w, "transmit queue 0 > malformed frame: segmentation of something that is not TCP -> dropped\n"
                "transmit queue 0 > malformed frame: PAYLEN differs from the buffers -> dropped\n"
                "transmit queue 0 > malformed frame: frame of more descriptors than the chip holds -> dropped\n");
    ck_assert_uint_eq(nw_read(w, w->nic->vf[0], IXGBE_VFTDH(0)), d->s.tx_put % NW_RING);
    nw_balanced(w);
}
END_TEST

START_TEST(buffers_that_do_not_fit)
{
    struct nw *w = nw_up(2, 1);
    struct vf_driver *d = &w->vf[0];
    uint8_t bytes[60] = {2, 0, 0, 0, 0, 200, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};
    vfd_put(d, w->flow, bytes, 60, 0, 0); /* a frame of 60 bytes, said to be 2,500 */
    vfd_tx(d, d->s.tx_put - 1)->read.cmd_type_len += 2440;
    vfd_tx(d, d->s.tx_put - 1)->read.olinfo_status = 0;
    vfd_bell(d);
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(books_fate_count(w->sim, FATE_tx_bad_descriptor), 1); /* no sentence tells it */
    vfd_write(d, IXGBE_VFSRRCTL(0), IXGBE_SRRCTL_DESCTYPE_ADV_ONEBUF); /* buffers of no size */
    nw_run(w, SIM_US);
    nw_peer_send(w, mac_of(1), -1, 60);
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(books_fate_count(w->sim, FATE_rx_buffer_small), 1);
    /* A ring taken apart while its frames are being read. */
    for (int i = 0; i < 20; i++)
        vfd_send(d, mac_of(200), mac_of(1), 60);
    nw_run(w, 1200 * SIM_NS);
    vfd_write(d, IXGBE_VFTXDCTL(0), 0);
    vfd_write(d, IXGBE_VFTDLEN(0), 0);
    nw_run(w, 100 * SIM_US);
    mem_tag_clear(&d->mem, 0, NW_VF_MEM, FATE_reclaimed_tx);
    nw_balanced(w);
}
END_TEST

START_TEST(dma_outside_the_domain_ends_the_frame)
{
    struct nw *w = nw_up(2, 1);
    struct vf_driver *d = &w->vf[0];
    ck_assert_int_eq(iommu_unmap(d->domain, NW_RX_BUFFERS, 4096), 0); /* two buffers */
    for (int i = 0; i < 5; i++)
        nw_peer_send(w, mac_of(1), -1, 60);
    d->s.hold = true;
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(books_fate_count(w->sim, FATE_iommu_fault), 2);
    d->s.rx_next = 2;
    vfd_poll(d, false);
    ck_assert_uint_eq(d->s.got, 3);
    nw_balanced(w);
}
END_TEST

START_TEST(moderation_spaces_messages)
{
    struct nw *w = nw_up(2, 1);
    struct vf_driver *d = &w->vf[0];
    vfd_write(d, IXGBE_VTEITR(0), 10 << IXGBE_EITR_INTERVAL_SHIFT); /* 20.48 us */
    nw_run(w, 100 * SIM_US);
    uint32_t before = d->s.messages;
    sim_time first = sim_now(w->sim);
    for (int i = 0; i < 100; i++) { /* one frame a microsecond */
        nw_peer_send(w, mac_of(1), -1, 60);
        nw_run(w, SIM_US);
    }
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(d->s.got, 100);
    ck_assert_uint_ge(d->s.messages - before, 5);
    ck_assert_uint_le(d->s.messages - before, 7);
    ck_assert_uint_ge(d->s.last_message, first + 4 * 10 * (sim_time)IXGBE_EITR_UNIT_PS);
    nw_balanced(w);
}
END_TEST

static uint64_t missed(struct nw *w)
{
    const char *name;
    uint64_t value;
    for (unsigned i = 0; w->nic->ops->counter(w->nic, i, &name, &value); i++)
        if (!strcmp(name, "rx_missed_errors"))
            return value;
    ck_abort_msg("no rx_missed_errors");
    return 0;
}

/* The copies of one frame take room once, but each has its entry: a frame is taken as long as every pool could have one of it. */
START_TEST(copies_fill_the_packet_buffer)
{
    enum { VFS = 8, POOLS = VFS + 1 /* the PF's */, ONE_MORE = RX_ENTRIES - POOLS + 1 };
    const sim_time WAY = SIM_US + IXGBE_PIPELINE_PS;
    struct nw *w = nw_up(VFS, VFS);
    nw_listen(w, "leaves the packet buffer");
    nw_peer_send(w, broadcast_mac, -1, 60);
    nw_run(w, SIM_MS);
    const uint32_t copies = w->story.count;
    ck_assert_uint_eq(copies, POOLS);
    pci_mmio_write(w->nic->pf, &w->c, sim_now(w->sim), 0, IXGBE_QDE, 4, IXGBE_QDE_WRITE); /* VF 0's may not drop */
    w->vf[0].s.hold = true;
    for (unsigned i = 0; i < NW_RING; i++)
        nw_peer_send(w, mac_of(1), -1, 60);
    nw_run(w, SIM_MS);
    uint32_t waiting = NW_RING + copies - w->story.count; /* at least one is first in line, and the next wait behind it */
    ck_assert_uint_ge(waiting, 1);
    w->story.count = 0;
    for (uint32_t n; waiting < ONE_MORE; waiting += n) {
        n = waiting + copies <= RX_ENTRIES - POOLS ? copies : 1;
        nw_peer_send(w, n == 1 ? mac_of(1) : broadcast_mac, -1, 60);
        nw_run(w, WAY);
    }
    ck_assert_uint_eq(missed(w), 0);
    ck_assert_uint_eq(w->story.count, 0);
    nw_peer_send(w, mac_of(1), -1, 60);
    nw_run(w, WAY);
    ck_assert_uint_eq(missed(w), 1);
    w->vf[0].s.hold = false;
    vfd_poll(&w->vf[0], true);
    vfd_write(&w->vf[0], w->map->eims, 1);
    nw_run(w, 10 * SIM_MS);
    ck_assert_uint_eq(w->story.count, ONE_MORE);
    nw_balanced(w);
}
END_TEST

START_TEST(regular_nic_carries_the_host)
{
    struct nw *w = nw_create("regular", 0, 0);
    pf_start(w->pf);
    nw_run(w, 10 * SIM_US);
    port_send(&w->host->port, make_frame(&w->host->comp, mac_of(200), mac_of(5), -1, 100));
    nw_run(w, 10 * SIM_US); /* one alone goes at once */
    ck_assert_uint_eq(w->peer->count, 1);
    for (int i = 0; i < 1000; i++) {
        nw_peer_send(w, mac_of(5), i % 2 ? 7 : -1, 100);
        if (i % 100 == 99) /* what its driver can take in between */
            nw_run(w, 100 * SIM_US);
    }
    for (int i = 0; i < 300; i++)
        port_send(&w->host->port, make_frame(&w->host->comp, mac_of(200), mac_of(5), -1, 100));
    nw_run(w, 10 * SIM_MS);
    ck_assert_uint_eq(w->host->count, 1000);
    ck_assert_uint_eq(w->host->seen[999].len, 104);
    ck_assert_uint_eq(w->peer->count, 301);
    ck_assert_int_eq(nw_vf_op(w, VMK_NETPTOP_VF_ACQUIRE, PF_ANY_VF), -ENOTSUP);
    nw_balanced(w);
}
END_TEST

int main(void)
{
    TCase *t = nw_tcase("path");
    tcase_add_test(t, wire_to_vf);
    tcase_add_test(t, jumbo_in_many_buffers);
    tcase_add_test(t, vf_to_wire);
    tcase_add_test(t, vf_to_vf_stays_inside);
    tcase_add_test(t, spoofed_source_is_stopped);
    tcase_add_test(t, vlan_tags);
    tcase_add_test(t, port_vlan_is_invisible);
    tcase_add_test(t, checksums_are_made_and_checked);
    tcase_add_test(t, segmentation);
    tcase_add_test(t, segmentation_6_with_a_tag);
    tcase_add_test(t, empty_ring_drops_and_blocks_nobody);
    tcase_add_test(t, malformed_frames_are_counted_and_passed_over);
    tcase_add_test(t, buffers_that_do_not_fit);
    tcase_add_test(t, dma_outside_the_domain_ends_the_frame);
    tcase_add_test(t, moderation_spaces_messages);
    tcase_add_test(t, copies_fill_the_packet_buffer);
    tcase_add_test(t, regular_nic_carries_the_host);
    return run_suite("nic82599", t);
}
