/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The data path of the vmxnet3 device: rings, offloads, filters, gates, save and restore. */
#include "vmxnet3_world.h"

static const uint8_t peer[6] = {2, 0, 0, 0, 0, 0x99};
static const uint8_t group[6] = {1, 0, 0x5e, 0, 0, 5};
static const uint8_t all[6] = {255, 255, 255, 255, 255, 255};

static void make(struct world *w, uint64_t addr, const void *bytes, uint32_t len)
{
    frame_ref ref = frame_birth(&w->guest, 0, len);
    memcpy(w_at(w, addr), bytes, len);
    mem_tag_made(&w->mem, addr, len, ref);
}

static uint32_t sum(const uint8_t *p, uint32_t len, uint32_t s)
{
    for (uint32_t i = 0; i < len; i++)
        s += i & 1 ? p[i] : (uint32_t)p[i] << 8;
    while (s >> 16)
        s = (s & 0xffff) + (s >> 16);
    return s;
}

/* An Ethernet, IPv4 and TCP or UDP header with `payload` bytes behind; checksums of L4 left 0. */
static uint32_t build(uint8_t *p, bool tcp, uint32_t payload)
{
    uint32_t hlen = 14 + 20 + (tcp ? 20 : 8), len = hlen + payload;

    memset(p, 0, hlen);
    memcpy(p, peer, 6);
    memcpy(p + 6, w_mac, 6);
    p[12] = 8;
    p[14] = 0x45;
    p[16] = (uint8_t)((len - 14) >> 8);
    p[17] = (uint8_t)(len - 14);
    p[19] = 7;
    p[22] = 64;
    p[23] = tcp ? 6 : 17;
    p[26] = 10;
    p[29] = 1;
    p[30] = 10;
    p[33] = 2;
    p[35] = 80;
    p[37] = 90;
    if (tcp) {
        p[41] = 100;
        p[46] = 0x50;
        p[47] = 0x19; /* ACK, PSH, FIN */
    } else {
        p[38] = (uint8_t)((payload + 8) >> 8);
        p[39] = (uint8_t)(payload + 8);
    }
    for (uint32_t i = hlen; i < len; i++)
        p[i] = (uint8_t)i;
    uint32_t s = ~sum(p + 14, 20, 0);
    p[24] = (uint8_t)(s >> 8);
    p[25] = (uint8_t)s;
    return len;
}

static uint32_t l4_sum(const uint8_t *p, uint32_t len) /* 0xffff when right */
{
    return sum(p + 34, len - 34, sum(p + 26, 8, p[23] + len - 34));
}

START_TEST(sends_in_order_with_identity)
{
    struct world *w = w_create(1);
    uint8_t bytes[300];
    w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV);
    w_unmask(w);
    for (unsigned i = 0; i < 3; i++) {
        memset(bytes, (int)i + 1, sizeof(bytes));
        make(w, W_BUFFERS + 0x1000 * i, bytes, 100 + i);
        w_put_tx(w, i, W_BUFFERS + 0x1000 * i, 100 + i, 0, VMXNET3_TXD_EOP | (i == 1 ? 0 : VMXNET3_TXD_CQ));
    }
    w_write(w, 0, VMXNET3_REG_TXPROD, 3);
    w_run(w);
    ck_assert_uint_eq(w->caught, 3);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_uint_eq(w->caught_len[i], 100 + i);
        ck_assert_uint_eq(w->caught_data[i][50], i + 1);
        ck_assert_uint_eq(w->caught_id[i] >> 48, w->guest.id);
    }
    ck_assert_uint_eq(w_txc(w, 0)->dword0, 0);
    ck_assert_uint_eq(w_txc(w, 1)->dword0, 2); /* the second wanted none */
    ck_assert_uint_eq(w_txc(w, 1)->dword3, VMXNET3_CD_GEN);
    ck_assert_uint_eq(w_txc(w, 2)->dword3, 0);
    ck_assert_uint_eq(w->messages[0], 2);
    ck_assert(vmxnet3_tx_is_idle(w->dev));
    w_destroy(w);
}
END_TEST

START_TEST(wraps_its_rings)
{
    struct world *w = w_create(1);
    struct Vmxnet3_TxDesc *desc = w_at(w, w_ring(0, W_TX));
    w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV);
    for (unsigned i = 0; i < 40; i++) {
        w_put_tx(w, i % W_RING, W_BUFFERS, 60, 0, VMXNET3_TXD_EOP | VMXNET3_TXD_CQ);
        if (i >= W_RING)
            desc[i % W_RING].dword2 &= ~VMXNET3_TXD_GEN;
        w_write(w, 0, VMXNET3_REG_TXPROD, (i + 1) % W_RING);
    }
    w_run(w);
    ck_assert_uint_eq(w->caught, 40);
    ck_assert_uint_eq(w_txc(w, 7)->dword3, 0); /* written the second time round */
    ck_assert_uint_eq(w_txc(w, 8)->dword3, VMXNET3_CD_GEN);
    w_destroy(w);
}
END_TEST

START_TEST(gathers_fragments_and_inserts_a_tag)
{
    struct world *w = w_create(1);
    uint8_t bytes[200];
    w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV);
    for (unsigned i = 0; i < 200; i++)
        bytes[i] = (uint8_t)i;
    make(w, W_BUFFERS, bytes, 200);
    memcpy(w_at(w, W_BUFFERS + 0x1000), bytes + 50, 100);
    memcpy(w_at(w, W_BUFFERS + 0x2000), bytes + 150, 50);
    w_put_tx(w, 0, W_BUFFERS, 50, 0, VMXNET3_TXD_TI | 0x6064u << VMXNET3_TXD_TCI_SHIFT);
    w_put_tx(w, 1, W_BUFFERS + 0x1000, 100, 0, 0);
    w_put_tx(w, 2, W_BUFFERS + 0x2000, 50, 0, VMXNET3_TXD_EOP | VMXNET3_TXD_CQ);
    w_write(w, 0, VMXNET3_REG_TXPROD, 3);
    w_run(w);
    ck_assert_uint_eq(w->caught, 1);
    ck_assert_uint_eq(w->caught_len[0], 204);
    ck_assert_uint_eq(w->caught_data[0][12], 0x81);
    ck_assert_uint_eq(w->caught_data[0][14], 0x60);
    ck_assert_uint_eq(w->caught_data[0][15], 0x64);
    ck_assert_mem_eq(w->caught_data[0] + 16, bytes + 12, 188);
    ck_assert_uint_eq(w_txc(w, 0)->dword0, 2);
    w_destroy(w);
}
END_TEST

START_TEST(fills_checksums)
{
    struct world *w = w_create(1);
    uint8_t bytes[600];
    w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV);
    for (unsigned i = 0; i < 2; i++) {
        uint32_t len = build(bytes, i == 0, 101);
        make(w, W_BUFFERS + 0x1000 * i, bytes, len);
        w_put_tx(w, i, W_BUFFERS + 0x1000 * i, len, (i == 0 ? 50u : 40u) << VMXNET3_TXD_MSSCOF_SHIFT,
                 34 | VMXNET3_OM_CSUM << VMXNET3_TXD_OM_SHIFT | VMXNET3_TXD_EOP);
    }
    w_put_tx(w, 2, W_BUFFERS, 60, 41u << VMXNET3_TXD_MSSCOF_SHIFT, 34 | VMXNET3_OM_CSUM << VMXNET3_TXD_OM_SHIFT | VMXNET3_TXD_EOP);
    w_write(w, 0, VMXNET3_REG_TXPROD, 3);
    w_run(w);
    ck_assert_uint_eq(w->caught, 2);
    ck_assert_uint_eq(l4_sum(w->caught_data[0], w->caught_len[0]), 0xffff);
    ck_assert_uint_eq(l4_sum(w->caught_data[1], w->caught_len[1]), 0xffff);
    ck_assert_uint_eq(books_fate_count(w->sim, FATE_tx_bad_descriptor), 1); /* its field is no checksum's */
    w_destroy(w);
}
END_TEST

START_TEST(segments)
{
    struct world *w = w_create(1);
    uint8_t bytes[4000];
    uint32_t len = build(bytes, true, 2500), seen = 0;
    w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV);
    make(w, W_BUFFERS, bytes, len);
    w_put_tx(w, 0, W_BUFFERS, len, 1000u << VMXNET3_TXD_MSSCOF_SHIFT,
             54 | VMXNET3_OM_TSO << VMXNET3_TXD_OM_SHIFT | VMXNET3_TXD_EOP | VMXNET3_TXD_CQ);
    w_write(w, 0, VMXNET3_REG_TXPROD, 1);
    w_run(w);
    ck_assert_uint_eq(w->caught, 3);
    for (unsigned i = 0; i < 3; i++) {
        const uint8_t *p = w->caught_data[i];
        uint32_t payload = i < 2 ? 1000 : 500;
        ck_assert_uint_eq(w->caught_len[i], 54 + payload);
        ck_assert_uint_eq(p[16] << 8 | p[17], 40 + payload);
        ck_assert_uint_eq(p[19], 7 + i);
        ck_assert_uint_eq(p[40] << 8 | p[41], 100 + 1000 * i);
        ck_assert_uint_eq(p[47], i < 2 ? 0x10 : 0x19);
        ck_assert_uint_eq(sum(p + 14, 20, 0), 0xffff);
        ck_assert_uint_eq(l4_sum(p, w->caught_len[i]), 0xffff);
        ck_assert_mem_eq(p + 54, bytes + 54 + seen, payload);
        seen += payload;
    }
    ck_assert_uint_eq(books_fate_count(w->sim, FATE_segmented), 1);
    w_destroy(w);
}
END_TEST

START_TEST(survives_bad_descriptors)
{
    struct world *w = w_create(1);
    uint8_t bytes[100] = {0};
    w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV);
    w_unmask(w);
    make(w, W_BUFFERS, bytes, 100);
    w_put_tx(w, 0, W_MEM, 100, 0, VMXNET3_TXD_EOP | VMXNET3_TXD_CQ); /* out of reach: lost, the ring goes on */
    w_put_tx(w, 1, W_BUFFERS, 100, 0, VMXNET3_TXD_EOP | VMXNET3_TXD_CQ);
    w_put_tx(w, 2, W_BUFFERS, 100, VMXNET3_TXD_DTYPE, VMXNET3_TXD_EOP);
    w_write(w, 0, VMXNET3_REG_TXPROD, 3);
    w_run(w);
    ck_assert_uint_eq(w->caught, 1);
    ck_assert_uint_eq(w_txc(w, 1)->dword0, 1);
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_GET_QUEUE_STATUS), 1);
    struct Vmxnet3_TxQueueDesc *tx = w_at(w, W_QUEUES);
    ck_assert_uint_eq(tx->status.stopped, 1);
    ck_assert_uint_eq(tx->status.error, VMXNET3_ERR_DESC_NOT_SPT);
    ck_assert_uint_eq(w_read(w, 1, VMXNET3_REG_ECR), VMXNET3_ECR_TQERR);
    w_destroy(w);
}
END_TEST

START_TEST(gate_lets_the_frame_under_way_out)
{
    struct world *w = w_create(1);
    w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV);
    for (unsigned i = 0; i < 4; i++)
        w_put_tx(w, i, W_BUFFERS, 1000, 0, VMXNET3_TXD_EOP | VMXNET3_TXD_CQ);
    pci_mmio_write(vmxnet3_function(w->dev), &w->guest, sim_now(w->sim), 0, VMXNET3_REG_TXPROD, 4, 4);
    while (w->caught == 0)
        ck_assert(sim_step(w->sim));
    ck_assert(!vmxnet3_tx_is_idle(w->dev));
    vmxnet3_stop_tx(w->dev);
    w_run(w);
    ck_assert_uint_le(w->caught, 2);
    ck_assert(vmxnet3_tx_is_idle(w->dev));
    vmxnet3_start_tx(w->dev);
    w_run(w);
    ck_assert_uint_eq(w->caught, 4);
    ck_assert_uint_eq(w_txc(w, 3)->dword0, 3);
    w_destroy(w);
}
END_TEST

START_TEST(stops_at_an_endless_frame)
{
    struct world *w = w_create(1);
    struct Vmxnet3_TxQueueDesc *tx = w_at(w, W_QUEUES);
    w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV);
    for (unsigned i = 0; i < W_RING; i++)
        w_put_tx(w, i, W_BUFFERS, 10, 0, 0);
    w_write(w, 0, VMXNET3_REG_TXPROD, W_RING - 1);
    ck_assert_uint_eq(tx->status.error, 0);
    w_write(w, 0, VMXNET3_REG_TXPROD, 0);
    ck_assert_uint_eq(tx->status.error, VMXNET3_ERR_NOEOP);
    ck_assert_uint_eq(w->caught, 0);
    w_destroy(w);
}
END_TEST

/* The first fragment has been copied, the second has not. */
START_TEST(a_cut_ends_the_frame_being_copied)
{
    struct world *w = w_create(1);
    uint8_t bytes[4000] = {0};
    w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV);
    make(w, W_BUFFERS, bytes, 4000);
    w_put_tx(w, 0, W_BUFFERS, 2000, 0, 0);
    w_put_tx(w, 1, W_BUFFERS + 2000, 2000, 0, VMXNET3_TXD_EOP | VMXNET3_TXD_CQ);
    pci_mmio_write(vmxnet3_function(w->dev), &w->guest, sim_now(w->sim), 0, VMXNET3_REG_TXPROD, 4, 2);
    sim_run_until(w->sim, sim_now(w->sim) + 400 * SIM_NS);
    vmxnet3_stop(w->dev, FATE_switch_cut);
    ck_assert_uint_eq(books_fate_count(w->sim, FATE_switch_cut), 1);
    w_run(w);
    ck_assert_uint_eq(w->caught, 0);
    ck_assert_uint_eq(w_txc(w, 0)->dword0, 1); /* the driver counts on its completion */
    ck_assert_uint_eq(w_txc(w, 0)->dword3, VMXNET3_CD_GEN);
    w_destroy(w);
}
END_TEST

/* ---- receive ---- */

START_TEST(receives_into_heads_and_bodies)
{
    struct world *w = w_create(1);
    struct mem_fragment frags[3];
    frame_ref ref;
    w_post_rx(w, 0, 0, 4, 256);
    w_post_rx(w, 0, 1, 8, 512);
    w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV);
    w_unmask(w);
    w_inject(w, w_frame(w, w_mac, 200));
    w_inject(w, w_frame(w, w_mac, 1000));
    ck_assert_uint_eq(w->messages[0], 2);
    ck_assert_uint_eq(w_rxc(w, 0, 0)->dword0 & 0xffff, 0 | VMXNET3_RCD_SOP | VMXNET3_RCD_EOP);
    ck_assert_uint_eq(w_rxc(w, 0, 0)->dword2 & VMXNET3_RCD_LEN_MASK, 200);
    ck_assert_uint_eq(w_rxc(w, 0, 0)->dword3 >> 24, 0x83);
    ck_assert_uint_eq(w_rxc(w, 0, 1)->dword0 & 0xffff, 1 | VMXNET3_RCD_SOP);
    ck_assert_uint_eq(w_rxc(w, 0, 1)->dword0 >> 16 & VMXNET3_RCD_RQID_MASK, 0);
    ck_assert_uint_eq(w_rxc(w, 0, 2)->dword0 >> 16 & VMXNET3_RCD_RQID_MASK, 1);
    ck_assert_uint_eq(w_rxc(w, 0, 3)->dword0 & 0xffff, 1 | VMXNET3_RCD_EOP);
    ck_assert_uint_eq(w_rxc(w, 0, 3)->dword2 & VMXNET3_RCD_LEN_MASK, 1000 - 256 - 512);
    frags[0] = (struct mem_fragment){w_rx_buffer(0, 0, 1), 256};
    frags[1] = (struct mem_fragment){w_rx_buffer(0, 1, 0), 512};
    frags[2] = (struct mem_fragment){w_rx_buffer(0, 1, 1), 232};
    ref = mem_tag_hand_over(&w->mem, frags, 3);
    ck_assert_uint_ne(ref, 0);
    frame_end(&w->guest, ref, FATE_delivered_app);
    ck_assert_uint_eq(((uint8_t *)w_at(w, w_rx_buffer(0, 1, 1)))[3], (uint8_t)(771 * 7));
    w_destroy(w);
}
END_TEST

START_TEST(drops_without_descriptors)
{
    struct world *w = w_create(1);
    w_post_rx(w, 0, 0, 2, 256);
    w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV);
    w_inject(w, w_frame(w, w_mac, 1000)); /* a head, and no body: it must not cost the head */
    w_inject(w, w_frame(w, w_mac, 100));
    w_inject(w, w_frame(w, w_mac, 100));
    w_inject(w, w_frame(w, w_mac, 100));
    ck_assert_uint_eq(books_fate_count(w->sim, FATE_rx_no_descriptor), 2);
    ck_assert_uint_eq(w_rxc(w, 0, 0)->dword0 & 0xfff, 0);
    ck_assert_uint_eq(w_rxc(w, 0, 1)->dword0 & 0xfff, 1);
    ck_assert_uint_eq(w_rxc(w, 0, 2)->dword3, 0);
    ck_assert(vmxnet3_rx_is_idle(w->dev));
    w_destroy(w);
}
END_TEST

START_TEST(waits_for_descriptors_when_told)
{
    struct world *w = w_create(1);
    w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV);
    vmxnet3_set_rx_wait(w->dev, true);
    for (unsigned i = 0; i < 3; i++)
        w_inject(w, w_frame(w, w_mac, 100 + i));
    ck_assert_uint_eq(vmxnet3_rx_backlog(w->dev), 3);
    w_post_rx(w, 0, 0, 3, 256);
    w_run(w);
    ck_assert(vmxnet3_rx_is_idle(w->dev));
    for (unsigned i = 0; i < 3; i++)
        ck_assert_uint_eq(w_rxc(w, 0, i)->dword2 & VMXNET3_RCD_LEN_MASK, 100 + i);
    w_destroy(w);
}
END_TEST

START_TEST(queue_is_bounded)
{
    struct world *w = w_create(1);
    w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV);
    vmxnet3_set_rx_wait(w->dev, true);
    for (unsigned i = 0; i < VMXNET3_RX_QUEUE_FRAMES + 3; i++)
        port_send(&w->out, w_frame(w, w_mac, 60));
    w_run(w);
    ck_assert_uint_eq(books_fate_count(w->sim, FATE_vnic_queue_full), 2); /* one is under way */
    vmxnet3_stop(w->dev, FATE_switch_cut);
    ck_assert_uint_eq(books_fate_count(w->sim, FATE_switch_cut), VMXNET3_RX_QUEUE_FRAMES + 1);
    w_destroy(w);
}
END_TEST

START_TEST(filters)
{
    struct world *w = w_create(1);
    struct Vmxnet3_RxFilterConf *conf = &w_shared(w)->devRead.rxFilterConf;
    frame_ref ref;
    w_post_rx(w, 0, 0, 32, 2048);
    w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV);
    w_inject(w, w_frame(w, peer, 60));
    w_inject(w, w_frame(w, group, 60));
    ck_assert_uint_eq(books_fate_count(w->sim, FATE_no_match), 2);
    memcpy(w_at(w, W_GROUPS), group, 6);
    conf->mfTablePA = W_GROUPS;
    conf->mfTableLen = 6;
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_UPDATE_MAC_FILTERS), 0);
    ck_assert_uint_eq(w->groups, 1);
    w_inject(w, w_frame(w, group, 60));
    w_inject(w, w_frame(w, all, 60));
    ck_assert_uint_eq(books_fate_count(w->sim, FATE_no_match), 2);
    ref = w_frame(w, w_mac, 60);
    frame_vlan_push(frame_get(w->sim, ref), 100);
    w_inject(w, ref);
    ck_assert_uint_eq(books_fate_count(w->sim, FATE_vlan_filter), 1);
    conf->vfTable[3] = 1u << 4;
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_UPDATE_VLAN_FILTERS), 0);
    ref = w_frame(w, w_mac, 60);
    frame_vlan_push(frame_get(w->sim, ref), 100);
    w_inject(w, ref);
    ck_assert_uint_eq(books_fate_count(w->sim, FATE_vlan_filter), 1);
    conf->rxMode = VMXNET3_RXM_PROMISC;
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_UPDATE_RX_MODE), 0);
    w_inject(w, w_frame(w, peer, 60));
    ck_assert_uint_eq(books_fate_count(w->sim, FATE_no_match), 2);
    ck_assert_uint_eq(w_rxc(w, 0, 3)->dword3 >> 31, 1);
    w_destroy(w);
}
END_TEST

START_TEST(strips_tags_and_verifies)
{
    struct world *w = w_create(1);
    uint8_t bytes[600];
    frame_ref ref;
    uint32_t len, s;
    w_post_rx(w, 0, 0, 8, 2048);
    w_shared(w)->devRead.misc.uptFeatures = UPT1_F_RXVLAN | UPT1_F_RXCSUM;
    w_shared(w)->devRead.rxFilterConf.vfTable[3] = 1u << 4;
    w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV);
    for (unsigned good = 0; good < 2; good++) {
        len = build(bytes, true, 100);
        memcpy(bytes, w_mac, 6);
        s = ~l4_sum(bytes, len);
        bytes[50] = (uint8_t)(s >> 8);
        bytes[51] = (uint8_t)(s + !good);
        ref = frame_birth(&w->outside, 0, len);
        memcpy(frame_data(frame_get(w->sim, ref)), bytes, len);
        frame_vlan_push(frame_get(w->sim, ref), 100);
        w_inject(w, ref);
    }
    ck_assert_uint_eq(w_rxc(w, 0, 0)->dword2, len | VMXNET3_RCD_TS | 100u << VMXNET3_RCD_TCI_SHIFT);
    ck_assert_uint_eq(w_rxc(w, 0, 0)->dword3 & (VMXNET3_RCD_TUC | VMXNET3_RCD_IPC | VMXNET3_RCD_TCP | VMXNET3_RCD_V4),
                      VMXNET3_RCD_IPC | VMXNET3_RCD_TCP | VMXNET3_RCD_V4);
    ck_assert(w_rxc(w, 0, 1)->dword3 & VMXNET3_RCD_TUC);
    w_destroy(w);
}
END_TEST

/* [Microsoft, "Verifying the RSS hash calculation"]: 66.9.149.187:2794 -> 161.142.100.80:1766 gives 51ccc178 */
START_TEST(spreads_by_hash)
{
    static const uint8_t key[40] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
                                    0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
                                    0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};
    static const uint8_t tuple[12] = {66, 9, 149, 187, 161, 142, 100, 80, 2794 >> 8, 2794 & 255, 1766 >> 8, 1766 & 255};
    struct world *w = w_create(2);
    struct UPT1_RSSConf *rss = w_at(w, W_RSS);
    uint8_t bytes[200];
    uint32_t len = build(bytes, true, 20);
    frame_ref ref;

    rss->hashType = UPT1_RSS_HASH_TYPE_TCP_IPV4;
    rss->hashFunc = UPT1_RSS_HASH_FUNC_TOEPLITZ;
    rss->hashKeySize = 40;
    rss->indTableSize = 2;
    rss->indTable[0x51ccc178 % 2] = 1;
    memcpy(rss->hashKey, key, 40);
    w_shared(w)->devRead.misc.uptFeatures = UPT1_F_RSS;
    w_shared(w)->devRead.rssConfDesc = (struct Vmxnet3_VariableLenConfDesc){1, sizeof(*rss), W_RSS};
    w_post_rx(w, 0, 0, 4, 2048);
    w_post_rx(w, 1, 0, 4, 2048);
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV), 0);
    memcpy(bytes, w_mac, 6);
    memcpy(bytes + 26, tuple, 12);
    ref = frame_birth(&w->outside, 0, len);
    memcpy(frame_data(frame_get(w->sim, ref)), bytes, len);
    w_inject(w, ref);
    ck_assert_uint_eq(w_rxc(w, 1, 0)->rssHash, 0x51ccc178);
    ck_assert_uint_eq(w_rxc(w, 1, 0)->dword0 >> VMXNET3_RCD_RSSTYPE_SHIFT & 15, VMXNET3_RCD_RSS_TYPE_TCPIPV4);
    ck_assert_uint_eq(w_rxc(w, 1, 0)->dword0 >> 16 & VMXNET3_RCD_RQID_MASK, 1);
    ck_assert_uint_eq(w_rxc(w, 0, 0)->dword3, 0);
    w_destroy(w);
}
END_TEST

START_TEST(bad_buffers_end_the_frame)
{
    struct world *w = w_create(1);
    struct Vmxnet3_RxDesc *desc = w_at(w, w_ring(0, W_RX));
    w_post_rx(w, 0, 0, 4, 2048);
    desc[0].addr = W_MEM;
    w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV);
    w_inject(w, w_frame(w, w_mac, 60));
    w_inject(w, w_frame(w, w_mac, 60));
    ck_assert_uint_eq(books_fate_count(w->sim, FATE_iommu_fault), 1);
    ck_assert(w_rxc(w, 0, 0)->dword2 & VMXNET3_RCD_ERR);
    ck_assert(!(w_rxc(w, 0, 1)->dword2 & VMXNET3_RCD_ERR));
    w_destroy(w);
}
END_TEST

/* The world is written in the middle of a burst and goes on in another one: both end alike. */
START_TEST(saves_in_mid_flow)
{
    struct world *a = w_create(1), *b;
    struct save s;
    struct books_report books;

    w_post_rx(a, 0, 0, 8, 2048);
    w_command_result(a, VMXNET3_CMD_ACTIVATE_DEV);
    w_unmask(a);
    for (unsigned i = 0; i < 6; i++) {
        port_send(&a->out, w_frame(a, w_mac, 60 + i));
        w_put_tx(a, i, W_BUFFERS, 200 + i, 0, VMXNET3_TXD_EOP | VMXNET3_TXD_CQ);
    }
    pci_mmio_write(vmxnet3_function(a->dev), &a->guest, sim_now(a->sim), 0, VMXNET3_REG_TXPROD, 4, 6);
    for (int i = 0; i < _i; i++)
        ck_assert(sim_step(a->sim));
    save_init_writer(&s);
    sim_save(a->sim, &s);
    mem_save(&a->mem, &s);
    iommu_save(a->domain, &s);
    ck_assert_msg(!s.err, "%s", s.why);
    struct save r;
    b = w_create(1);
    save_init_reader(&r, s.buf, s.len);
    memcpy(b->mem.base, a->mem.base, W_MEM);
    sim_save(b->sim, &r);
    mem_save(&b->mem, &r);
    iommu_save(b->domain, &r);
    ck_assert_msg(!r.err, "%s", r.why);
    b->caught = a->caught;
    w_run(a);
    w_run(b);
    ck_assert_uint_eq(a->caught, 6);
    ck_assert_uint_eq(b->caught, 6);
    ck_assert_uint_eq(sim_event_count(a->sim), sim_event_count(b->sim));
    ck_assert_mem_eq(a->mem.base, b->mem.base, W_MEM);
    books_get_report(b->sim, &books);
    ck_assert(books.balanced);
    save_fini(&s);
    w_destroy(a);
    w_destroy(b);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("vmxnet3 data");
    TCase *t = tcase_create("all");
    SRunner *r;
    int failed;

    tcase_add_test(t, sends_in_order_with_identity);
    tcase_add_test(t, wraps_its_rings);
    tcase_add_test(t, gathers_fragments_and_inserts_a_tag);
    tcase_add_test(t, fills_checksums);
    tcase_add_test(t, segments);
    tcase_add_test(t, survives_bad_descriptors);
    tcase_add_test(t, stops_at_an_endless_frame);
    tcase_add_test(t, a_cut_ends_the_frame_being_copied);
    tcase_add_test(t, gate_lets_the_frame_under_way_out);
    tcase_add_test(t, receives_into_heads_and_bodies);
    tcase_add_test(t, drops_without_descriptors);
    tcase_add_test(t, waits_for_descriptors_when_told);
    tcase_add_test(t, queue_is_bounded);
    tcase_add_test(t, filters);
    tcase_add_test(t, strips_tags_and_verifies);
    tcase_add_test(t, spreads_by_hash);
    tcase_add_test(t, bad_buffers_end_the_frame);
    tcase_add_loop_test(t, saves_in_mid_flow, 0, 40);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
