/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What came with the vmxnet3 device's revisions: choosing one, data rings, coalescing, RSS fields, large receives, limits. */
#include "vmxnet3_world.h"

enum { TX_DATA = 0x8000, RX_DATA = 0x9000, SCHEME = 0x5000, DATA_BYTES = 256 };

static struct Vmxnet3_RxQueueDesc *rx_conf(struct world *w, unsigned q)
{
    return (struct Vmxnet3_RxQueueDesc *)((struct Vmxnet3_TxQueueDesc *)w_at(w, W_QUEUES) + w_shared(w)->devRead.misc.numTxQueues) +
           q;
}
static struct Vmxnet3_TxQueueDesc *tx_conf(struct world *w, unsigned q)
{
    return (struct Vmxnet3_TxQueueDesc *)w_at(w, W_QUEUES) + q;
}
static uint64_t bad_registers(struct world *w)
{
    struct vmxnet3_stats stats;
    vmxnet3_get_stats(w->dev, &stats);
    return stats.bad_registers;
}

static struct world *of_revision(unsigned rev, unsigned queues)
{
    struct world *w = w_create(queues);

    w_write(w, 1, VMXNET3_REG_VRRS, 1u << (rev - 1));
    return w;
}
static struct world *running(unsigned rev, unsigned queues)
{
    struct world *w = of_revision(rev, queues);

    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV), 0);
    for (unsigned q = 0; q < queues; q++)
        w_post_rx(w, q, 0, 31, 2000);
    w_post_rx(w, 0, 1, 31, 4000);
    w_unmask(w);
    sim_run_until(w->sim, SIM_MS); /* a while after the world's beginning, when nothing was sent */
    return w;
}

/* ---- which ---- */

START_TEST(chooses)
{
    struct world *w;

    w_rev = 3;
    w = w_create(1);
    ck_assert_uint_eq(w_read(w, 1, VMXNET3_REG_VRRS), 7);
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_GET_TXDATA_DESC_SIZE), 2); /* the host's: no such command */
    w_write(w, 1, VMXNET3_REG_VRRS, 8);                                         /* none of these is offered */
    w_write(w, 1, VMXNET3_REG_VRRS, 6);
    w_write(w, 1, VMXNET3_REG_VRRS, 0);
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_GET_TXDATA_DESC_SIZE), 2);
    w_write(w, 1, VMXNET3_REG_VRRS, 4);
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_GET_TXDATA_DESC_SIZE), DATA_BYTES);
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_GET_RSS_FIELDS), 2);
    ck_assert_uint_eq(bad_registers(w), 0);
    ck_assert_uint_eq(w_read(w, 1, VMXNET3_REG_DCR), 0);
    w_write(w, 1, VMXNET3_REG_DCR, 1);
    ck_assert_uint_eq(bad_registers(w), 2);
    w_destroy(w);
    w_rev = 0;
}
END_TEST

START_TEST(capabilities)
{
    struct world *w = of_revision(7, 1);

    ck_assert_uint_eq(w_read(w, 1, VMXNET3_REG_DCR), VMXNET3_CAP_UDP_RSS | VMXNET3_CAP_ESP_RSS_IPV4 | VMXNET3_CAP_ESP_RSS_IPV6);
    ck_assert_uint_eq(w_read(w, 1, VMXNET3_REG_PTCR), VMXNET3_DCR_ERROR);
    w_write(w, 1, VMXNET3_REG_DCR, ~0u);
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_GET_DCR0_REG), w_read(w, 1, VMXNET3_REG_DCR));
    w_write(w, 1, VMXNET3_REG_DCR, VMXNET3_CAP_LARGE_BAR | VMXNET3_CAP_UDP_RSS);
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_GET_DCR0_REG), VMXNET3_CAP_UDP_RSS);
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_GET_MAX_QUEUES_CONF), 0x808);
    w_destroy(w);
}
END_TEST

START_TEST(mtu)
{
    for (unsigned rev = 5; rev <= 6; rev++) {
        struct world *w = of_revision(rev, 1);
        w_shared(w)->devRead.misc.mtu = 9190;
        ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV), rev == 5);
        w_shared(w)->devRead.misc.mtu = 9191;
        ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV), 1);
        w_destroy(w);
    }
}
END_TEST

START_TEST(buffer_sizes)
{
    struct world *w = running(7, 1);

    w_shared(w)->cmdInfo.ringBufSize = (struct Vmxnet3_RingBufferSize){1514, 0, 4096, 0};
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_SET_RING_BUFFER_SIZE), 0);
    w_shared(w)->cmdInfo.ringBufSize.ring1BufSizeType0 = 64;
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_SET_RING_BUFFER_SIZE), 1);
    w_destroy(w);
}
END_TEST

/* ---- data rings ---- */

static void with_data_rings(struct world *w)
{
    tx_conf(w, 0)->conf.dataRingBasePA = TX_DATA;
    tx_conf(w, 0)->conf.dataRingSize = W_RING;
    tx_conf(w, 0)->conf.txDataRingDescSize = DATA_BYTES;
    rx_conf(w, 0)->conf.rxDataRingBasePA = RX_DATA;
    rx_conf(w, 0)->conf.rxDataRingDescSize = 128;
}

static struct world *with_data(unsigned rev)
{
    struct world *w = of_revision(rev, 1);

    with_data_rings(w);
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV), 0);
    w_post_rx(w, 0, 0, 31, 2000);
    w_unmask(w);
    return w;
}

/* A frame whose first bytes lie in the data ring, the others behind a second descriptor. */
START_TEST(sends_from_a_data_ring)
{
    struct world *w = with_data(3);
    struct vmxnet3_stats stats;

    memset(w_at(w, TX_DATA), 0x11, DATA_BYTES);
    memset(w_at(w, W_BUFFERS), 0x22, 100);
    w_put_tx(w, 0, TX_DATA, 200, 0, VMXNET3_TXD_EOP | VMXNET3_TXD_CQ);
    w_put_tx(w, 1, TX_DATA + DATA_BYTES, 54, 0, 0);
    w_put_tx(w, 2, W_BUFFERS, 100, 0, VMXNET3_TXD_EOP | VMXNET3_TXD_CQ);
    w_put_tx(w, 3, TX_DATA + DATA_BYTES - 14, 30, 0, VMXNET3_TXD_EOP | VMXNET3_TXD_CQ); /* across two places: a buffer as any */
    w_write(w, 0, VMXNET3_REG_TXPROD, 4);
    w_run(w);
    ck_assert_uint_eq(w->caught, 3);
    ck_assert_uint_eq(w->caught_len[0], 200);
    ck_assert_uint_eq(w->caught_data[1][60], 0x22);
    vmxnet3_get_stats(w->dev, &stats);
    ck_assert_uint_eq(stats.tx_data_frames, 2);
    ck_assert_uint_eq(stats.maps, 2);
    w_destroy(w);
}
END_TEST

START_TEST(receives_into_a_data_ring)
{
    struct world *w = with_data(3);
    struct vmxnet3_stats stats;

    w_inject(w, w_frame(w, w_mac, 128));
    w_inject(w, w_frame(w, w_mac, 129));
    w_inject(w, w_frame(w, w_mac, 60));
    ck_assert_uint_eq(w_rxc(w, 0, 0)->dword0 >> VMXNET3_RCD_RQID_SHIFT & VMXNET3_RCD_RQID_MASK, 2);
    ck_assert_uint_eq(w_rxc(w, 0, 1)->dword0 >> VMXNET3_RCD_RQID_SHIFT & VMXNET3_RCD_RQID_MASK, 0);
    ck_assert_uint_eq(w_rxc(w, 0, 2)->dword0 >> VMXNET3_RCD_RQID_SHIFT & VMXNET3_RCD_RQID_MASK, 2);
    ck_assert_uint_eq(w_rxc(w, 0, 2)->dword0 & VMXNET3_RCD_RXDIDX_MASK, 2); /* a buffer's place is used up all the same */
    ck_assert(!memcmp(w_at(w, RX_DATA), w_mac, 6) && !memcmp(w_at(w, RX_DATA + 256), w_mac, 6));
    ck_assert(!memcmp(w_at(w, w_rx_buffer(0, 0, 1)), w_mac, 6));
    ck_assert_uint_eq(*(uint8_t *)w_at(w, w_rx_buffer(0, 0, 0)), 0);
    vmxnet3_get_stats(w->dev, &stats);
    ck_assert_uint_eq(stats.rx_data_frames, 2);
    ck_assert_uint_eq(stats.maps, 1);
    w_destroy(w);
}
END_TEST

/* Its field of a driver of the second revision means nothing. */
START_TEST(has_none_before)
{
    struct world *w = of_revision(2, 1);

    with_data_rings(w);
    tx_conf(w, 0)->conf.txDataRingDescSize = 7;
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV), 0);
    w_post_rx(w, 0, 0, 31, 2000);
    w_inject(w, w_frame(w, w_mac, 100));
    ck_assert_uint_eq(w_rxc(w, 0, 0)->dword0 >> VMXNET3_RCD_RQID_SHIFT & VMXNET3_RCD_RQID_MASK, 0);
    w_destroy(w);
}
END_TEST

START_TEST(refuses_data_rings)
{
    struct world *w = of_revision(3, 1);

    for (unsigned wrong = 0; wrong < 8; wrong++) {
        with_data_rings(w);
        switch (wrong) {
        case 0:
            tx_conf(w, 0)->conf.dataRingBasePA = TX_DATA + 64;
            break;
        case 1:
            tx_conf(w, 0)->conf.dataRingSize = W_RING / 2;
            break;
        case 2:
            tx_conf(w, 0)->conf.txDataRingDescSize = 64;
            break;
        case 3:
            tx_conf(w, 0)->conf.txDataRingDescSize = 4096;
            break;
        case 4:
            tx_conf(w, 0)->conf.txDataRingDescSize = 200;
            break;
        case 5:
            rx_conf(w, 0)->conf.rxDataRingBasePA = RX_DATA + 8;
            break;
        case 6:
            rx_conf(w, 0)->conf.rxDataRingDescSize = 100;
            break;
        default:
            rx_conf(w, 0)->conf.rxDataRingDescSize = 2112;
        }
        ck_assert_msg(w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV) == 1, "case %u is taken", wrong);
    }
    w_destroy(w);
}
END_TEST

/* ---- coalescing ---- */

static uint32_t set_scheme(struct world *w, uint32_t mode, uint32_t a, uint32_t b, uint32_t c)
{
    struct Vmxnet3_CoalesceScheme *s = w_at(w, SCHEME);

    s->coalMode = mode;
    s->coalPara.coalStatic.tx_depth = a;
    s->coalPara.coalStatic.tx_comp_depth = b;
    s->coalPara.coalStatic.rx_depth = c;
    w_shared(w)->cmdInfo.varConf = (struct Vmxnet3_VariableLenConfDesc){1, sizeof(*s), SCHEME};
    return w_command_result(w, VMXNET3_CMD_SET_COALESCE);
}

static void deliver(struct world *w, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        port_send(&w->out, w_frame(w, w_mac, 100));
        sim_run_until(w->sim, sim_now(w->sim) + SIM_US);
    }
}

START_TEST(coalesces_by_frames)
{
    struct world *w = running(3, 1);

    ck_assert_uint_eq(set_scheme(w, VMXNET3_COALESCE_STATIC, 8, 8, 4), 0);
    deliver(w, 3);
    ck_assert_uint_eq(w->messages[0], 0);
    deliver(w, 1);
    ck_assert_uint_eq(w->messages[0], 1);
    deliver(w, 1);
    ck_assert_uint_eq(w->messages[0], 1);
    sim_run_until(w->sim, sim_now(w->sim) + 5 * SIM_MS); /* it waits no longer than 4 ms */
    ck_assert_uint_eq(w->messages[0], 2);
    deliver(w, 1);
    ck_assert_uint_eq(set_scheme(w, VMXNET3_COALESCE_DISABLED, 0, 0, 0), 0); /* what waits is told */
    ck_assert_uint_eq(w->messages[0], 3);
    deliver(w, 2);
    ck_assert_uint_eq(w->messages[0], 5);
    w_destroy(w);
}
END_TEST

START_TEST(coalesces_by_rate)
{
    struct world *w = running(3, 1);

    ck_assert_uint_eq(set_scheme(w, VMXNET3_COALESCE_RBC, 10000, 0, 0), 0);
    deliver(w, 1); /* the first one after a pause is told at once */
    ck_assert_uint_eq(w->messages[0], 1);
    deliver(w, 20);
    ck_assert_uint_eq(w->messages[0], 1);
    sim_run_until(w->sim, sim_now(w->sim) + 100 * SIM_US);
    ck_assert_uint_eq(w->messages[0], 2);
    sim_run_until(w->sim, sim_now(w->sim) + SIM_MS);
    ck_assert_uint_eq(w->messages[0], 2);
    vmxnet3_raise_event(w->dev, VMXNET3_ECR_LINK); /* an event does not wait */
    vmxnet3_raise_event(w->dev, VMXNET3_ECR_LINK);
    w_run(w);
    ck_assert_uint_eq(w->messages[1], 2);
    w_destroy(w);
}
END_TEST

/* Each of a hundred frames, a microsecond apart: far fewer interrupts than frames; and after a pause again one each. */
START_TEST(coalesces_adaptively)
{
    struct world *w = running(3, 1);
    unsigned after;

    ck_assert_uint_eq(set_scheme(w, VMXNET3_COALESCE_ADAPT, 0, 0, 0), 0);
    for (unsigned i = 0; i < 10; i++) {
        for (unsigned k = 0; k < 20; k++)
            port_send(&w->out, w_frame(w, w_mac, 100));
        sim_run_until(w->sim, sim_now(w->sim) + 20 * SIM_US);
        w_post_rx(w, 0, 0, 31, 2000);
    }
    ck_assert_uint_lt(w->messages[0], 150);
    sim_run_until(w->sim, sim_now(w->sim) + SIM_MS);
    after = w->messages[0];
    ck_assert_uint_gt(after, 0);
    w_destroy(w);
}
END_TEST

START_TEST(refuses_schemes)
{
    struct world *w = running(3, 1);

    ck_assert_uint_eq(set_scheme(w, 4, 0, 0, 0), 1);
    ck_assert_uint_eq(set_scheme(w, VMXNET3_COALESCE_RBC, 99, 0, 0), 1);
    ck_assert_uint_eq(set_scheme(w, VMXNET3_COALESCE_RBC, 100001, 0, 0), 1);
    ck_assert_uint_eq(set_scheme(w, VMXNET3_COALESCE_STATIC, 0, 1, 129), 1);
    ck_assert_uint_eq(set_scheme(w, VMXNET3_COALESCE_STATIC, 0, 0, 1), 1);
    w_shared(w)->cmdInfo.varConf.confLen = 15;
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_SET_COALESCE), 1);
    w_shared(w)->cmdInfo.varConf.confLen = 16;
    w_shared(w)->cmdInfo.varConf.confPA = W_MEM;
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_SET_COALESCE), 1);
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_GET_COALESCE), 1);
    ck_assert_uint_eq(set_scheme(w, VMXNET3_COALESCE_RBC, 4000, 0, 0), 0);
    memset(w_at(w, SCHEME), 0, 16);
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_GET_COALESCE), 0);
    ck_assert_uint_eq(((uint32_t *)w_at(w, SCHEME))[0], VMXNET3_COALESCE_RBC);
    ck_assert_uint_eq(((uint32_t *)w_at(w, SCHEME))[1], 4000);
    w_destroy(w);
}
END_TEST

/* Of any revision: levels in DriverShared. */
START_TEST(levels)
{
    struct world *w = running(1, 1);

    w_shared(w)->devRead.intrConf.modLevels[0] = UPT1_IML_ADAPTIVE;
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_UPDATE_IML), 0);
    deliver(w, 3);
    ck_assert_uint_eq(w->messages[0], 3);
    w_shared(w)->devRead.intrConf.modLevels[0] = UPT1_IML_HIGHEST;
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_UPDATE_IML), 0);
    deliver(w, 10);
    ck_assert_uint_eq(w->messages[0], 4);
    sim_run_until(w->sim, sim_now(w->sim) + 140 * SIM_US); /* seven times 20 µs */
    ck_assert_uint_eq(w->messages[0], 5);
    deliver(w, 1);
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_QUIESCE_DEV), 0); /* what waits is forgotten */
    sim_run_until(w->sim, sim_now(w->sim) + SIM_MS);
    ck_assert_uint_eq(w->messages[0], 5);
    w_destroy(w);
}
END_TEST

/* ---- RSS ---- */

static frame_ref ip_frame(struct world *w, uint8_t protocol, uint32_t spread, uint32_t len)
{
    frame_ref ref = w_frame(w, w_mac, len);
    uint8_t *p = frame_data(frame_get(w->sim, ref)), *ip = p + 14;

    put16(p + 12, 0x0800);
    memset(ip, 0, 28);
    ip[0] = 0x45;
    put16(ip + 2, len - 14);
    ip[8] = 64;
    ip[9] = protocol;
    ip[12] = ip[16] = 10;
    ip[15] = 1;
    ip[19] = 2;
    put16(ip + 20, spread);
    put16(ip + 22, 7);
    put16(ip + 24, len - 34);
    put16(ip + 10, ~sum16(ip, 20, 0));
    return ref;
}

static uint32_t set_fields(struct world *w, uint32_t fields)
{
    w_shared(w)->cmdInfo.setRssFields = fields;
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_SET_RSS_FIELDS), 0);
    return w_command_result(w, VMXNET3_CMD_GET_RSS_FIELDS);
}

static struct world *with_rss(unsigned rev)
{
    struct world *w = of_revision(rev, 2);
    struct UPT1_RSSConf *rss = w_at(w, W_RSS);

    *rss = (struct UPT1_RSSConf){.hashType = 0xf, .hashFunc = UPT1_RSS_HASH_FUNC_TOEPLITZ, .hashKeySize = 40, .indTableSize = 32};
    for (unsigned i = 0; i < 40; i++)
        rss->hashKey[i] = (uint8_t)(37 * i + 11);
    for (unsigned i = 0; i < 32; i++)
        rss->indTable[i] = i & 1;
    w_shared(w)->devRead.misc.uptFeatures = UPT1_F_RSS;
    w_shared(w)->devRead.rssConfDesc = (struct Vmxnet3_VariableLenConfDesc){1, sizeof(*rss), W_RSS};
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV), 0);
    for (unsigned q = 0; q < 2; q++)
        w_post_rx(w, q, 0, 31, 2000);
    return w;
}

/* How many of eight frames, which differ in their ports, came to queue 1; all have this type. */
static unsigned spread(struct world *w, uint8_t protocol, uint32_t type, unsigned *done)
{
    unsigned second = 0, before = done[1];

    for (uint32_t i = 0; i < 8; i++)
        w_inject(w, ip_frame(w, protocol, 1000 + 13 * i, 100));
    for (unsigned q = 0; q < 2; q++)
        while (w_rxc(w, q, done[q])->dword3 & VMXNET3_CD_GEN) {
            ck_assert_uint_eq(w_rxc(w, q, done[q])->dword0 >> VMXNET3_RCD_RSSTYPE_SHIFT & 0xf, type);
            done[q]++;
        }
    second = done[1] - before;
    return second;
}

START_TEST(rss_fields)
{
    struct world *w = with_rss(6);
    unsigned done[2] = {0}, n;

    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_GET_RSS_FIELDS), 3);
    n = spread(w, 17, VMXNET3_RCD_RSS_TYPE_IPV4, done);
    ck_assert(n == 0 || n == 8);
    ck_assert_uint_eq(set_fields(w, 0x4), 0x7);
    n = spread(w, 17, VMXNET3_RCD_RSS_TYPE_UDPIPV4, done);
    ck_assert(n > 0 && n < 8);
    n = spread(w, 50, VMXNET3_RCD_RSS_TYPE_IPV4, done);
    ck_assert(n == 0 || n == 8);
    ck_assert_uint_eq(set_fields(w, 0xff), 0x3f); /* what is no field is not in force */
    done[0] = done[1] = 0;
    w_destroy(w);

    w = with_rss(4);
    ck_assert_uint_eq(set_fields(w, 0x3f), 0x1f); /* ESP over IPv6 came later */
    n = spread(w, 50, VMXNET3_RCD_RSS_TYPE_ESPIPV4, done);
    ck_assert(n > 0 && n < 8);
    w_destroy(w);
}
END_TEST

/* ---- large receives ---- */

static frame_ref tcp_frame(struct world *w, uint32_t seq, uint32_t data, uint8_t flags)
{
    uint32_t len = 54 + data;
    frame_ref ref = ip_frame(w, 6, 80, len);
    uint8_t *ip = frame_data(frame_get(w->sim, ref)) + 14, *tcp = ip + 20;

    memset(tcp + 4, 0, 16);
    put16(tcp + 4, seq >> 16);
    put16(tcp + 6, seq);
    tcp[12] = 0x50;
    tcp[13] = flags;
    put16(tcp + 14, 5000);
    put16(tcp + 16, ~sum16(tcp, 20 + data, sum16(ip + 12, 8, 6 + 20 + data)));
    return ref;
}

static struct world *with_lro(unsigned rev)
{
    struct world *w = of_revision(rev, 1);

    w_shared(w)->devRead.misc.uptFeatures = UPT1_F_LRO | UPT1_F_RXCSUM;
    ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_ACTIVATE_DEV), 0);
    w_post_rx(w, 0, 0, 31, 2000);
    w_post_rx(w, 0, 1, 31, 4000);
    return w;
}

/* Four frames at once: the first is being copied when the others come. */
START_TEST(receives_large_ones)
{
    struct world *w = with_lro(2);
    struct Vmxnet3_RxCompDesc *c;
    const struct UPT1_RxStats *stats = vmxnet3_rx_stats(w->dev, 0);
    uint8_t *p;

    port_send(&w->out, w_frame(w, w_mac, 100));
    for (unsigned i = 0; i < 3; i++)
        port_send(&w->out, tcp_frame(w, 1000 + 1400 * i, 1400, 0x10));
    port_send(&w->out, tcp_frame(w, 5200, 100, 0x18)); /* PSH: the last one of it */
    port_send(&w->out, tcp_frame(w, 5300, 100, 0x10));
    port_send(&w->out, tcp_frame(w, 5500, 100, 0x10)); /* one is missing */
    w_run(w);
    c = w_rxc(w, 0, 1);
    ck_assert_uint_eq(c->dword3 >> VMXNET3_CD_TYPE_SHIFT & 0x7f, VMXNET3_CDTYPE_RXCOMP_LRO);
    ck_assert_uint_eq(c->rssHash & VMXNET3_RCD_LRO_SEGMENTS_MASK, 4);
    ck_assert_uint_eq(c->dword3 & 0xffff, 1400); /* MSS */
    ck_assert(!(c->dword0 & VMXNET3_RCD_EOP));
    ck_assert_uint_eq((c->dword2 & VMXNET3_RCD_LEN_MASK) + (w_rxc(w, 0, 2)->dword2 & VMXNET3_RCD_LEN_MASK), 54 + 4300);
    ck_assert_uint_eq(w_rxc(w, 0, 2)->dword3 >> VMXNET3_CD_TYPE_SHIFT & 0x7f, VMXNET3_CDTYPE_RXCOMP);
    ck_assert(w_rxc(w, 0, 2)->dword3 & VMXNET3_RCD_TUC);
    p = w_at(w, w_rx_buffer(0, 0, 1));
    ck_assert_uint_eq(get16(p + 16), 40 + 4300);
    ck_assert_uint_eq(sum16(p + 14, 20, 0), 0xffff);
    ck_assert_uint_eq(p[14 + 20 + 13], 0x18);
    ck_assert_uint_eq(w_rxc(w, 0, 3)->dword3 >> VMXNET3_CD_TYPE_SHIFT & 0x7f, VMXNET3_CDTYPE_RXCOMP);
    ck_assert_uint_eq(w_rxc(w, 0, 4)->dword3 >> VMXNET3_CD_TYPE_SHIFT & 0x7f, VMXNET3_CDTYPE_RXCOMP);
    ck_assert_uint_eq(stats->LROPktsRxOK, 4);
    ck_assert_uint_eq(stats->ucastPktsRxOK, 7);
    ck_assert_uint_eq(stats->ucastBytesRxOK, 100 + 3 * 1454 + 154 + 154 + 154);
    w_destroy(w);
}
END_TEST

/* A driver of the first revision, and one that has not asked, gets each by itself; and so does what is damaged. */
START_TEST(receives_small_ones)
{
    for (unsigned which = 0; which < 3; which++) {
        struct world *w = with_lro(which ? 2 : 1);
        frame_ref damaged = tcp_frame(w, 2400, 1400, 0x10);
        if (which == 1) {
            w_shared(w)->devRead.misc.uptFeatures = UPT1_F_RXCSUM;
            ck_assert_uint_eq(w_command_result(w, VMXNET3_CMD_UPDATE_FEATURE), 2);
        }
        if (which == 2)
            frame_data(frame_get(w->sim, damaged))[100] ^= 1;
        port_send(&w->out, w_frame(w, w_mac, 100));
        port_send(&w->out, tcp_frame(w, 1000, 1400, 0x10));
        port_send(&w->out, damaged);
        w_run(w);
        for (unsigned i = 0; i < 3; i++) {
            ck_assert_uint_eq(w_rxc(w, 0, i)->dword3 >> VMXNET3_CD_TYPE_SHIFT & 0x7f, VMXNET3_CDTYPE_RXCOMP);
            ck_assert(w_rxc(w, 0, i)->dword0 & VMXNET3_RCD_EOP);
        }
        w_destroy(w);
    }
}
END_TEST

/* ---- what of it is kept ---- */

/* Another device in a world of its own, which has the same memory. */
static struct world *beside(struct world *w)
{
    struct world *other = w_create(1);

    memcpy(other->mem.base, w->mem.base, W_MEM);
    return other;
}

START_TEST(moves)
{
    struct world *w = with_data(3), *other;
    struct save out, in;

    w_inject(w, w_frame(w, w_mac, 100));
    ck_assert_uint_eq(set_scheme(w, VMXNET3_COALESCE_STATIC, 8, 8, 4), 0);
    vmxnet3_pause(w->dev);
    save_init_writer(&out);
    vmxnet3_move_save(w->dev, &out);
    ck_assert_int_eq(out.err, 0);
    other = beside(w);
    save_init_reader(&in, out.buf, out.len);
    vmxnet3_move_save(other->dev, &in);
    ck_assert_int_eq(in.err, 0);
    vmxnet3_unpause(other->dev);
    ck_assert_uint_eq(w_command_result(other, VMXNET3_CMD_GET_TXDATA_DESC_SIZE), DATA_BYTES); /* the revision */
    deliver(other, 4);
    ck_assert_uint_eq(w_rxc(other, 0, 1)->dword0 >> VMXNET3_RCD_RQID_SHIFT & VMXNET3_RCD_RQID_MASK, 2); /* the data ring */
    ck_assert_uint_eq(other->messages[0], 1);                                                          /* the scheme */
    save_fini(&out);
    w_destroy(other);
    w_destroy(w);
}
END_TEST

/* A stream that came from outside must not make the device look elsewhere. */
START_TEST(moves_nothing_impossible)
{
    struct world *w = with_data(7), *other;
    struct save out, in;
    unsigned refused = 0;

    vmxnet3_pause(w->dev);
    save_init_writer(&out);
    vmxnet3_move_save(w->dev, &out);
    for (size_t at = 0; at + 4 <= out.len; at += 4) {
        uint32_t before;
        memcpy(&before, (uint8_t *)out.buf + at, 4);
        memset((uint8_t *)out.buf + at, 0xff, 4);
        other = beside(w);
        save_init_reader(&in, out.buf, out.len);
        vmxnet3_move_save(other->dev, &in);
        refused += in.err != 0;
        if (!in.err) {
            vmxnet3_unpause(other->dev);
            deliver(other, 1);
            w_write(other, 0, VMXNET3_REG_TXPROD, 1);
            vmxnet3_stop(other->dev, FATE_vnic_stopped);
        }
        w_destroy(other);
        memcpy((uint8_t *)out.buf + at, &before, 4);
        at += at > 4096 ? 252 : 0;
    }
    ck_assert_uint_gt(refused, 0);
    save_fini(&out);
    w_destroy(w);
}
END_TEST

START_TEST(is_saved)
{
    struct world *w = with_data(3), *other;
    struct save out, in, again;

    ck_assert_uint_eq(set_scheme(w, VMXNET3_COALESCE_STATIC, 8, 8, 4), 0);
    deliver(w, 2); /* and one is held back */
    save_init_writer(&out);
    vmxnet3_component(w->dev)->ops->save(vmxnet3_component(w->dev), &out);
    other = beside(w);
    save_init_reader(&in, out.buf, out.len);
    vmxnet3_component(other->dev)->ops->save(vmxnet3_component(other->dev), &in);
    ck_assert_int_eq(in.err, 0);
    save_init_writer(&again);
    vmxnet3_component(other->dev)->ops->save(vmxnet3_component(other->dev), &again);
    ck_assert_uint_eq(again.len, out.len);
    ck_assert(!memcmp(again.buf, out.buf, out.len));
    ck_assert_uint_eq(w_command_result(other, VMXNET3_CMD_GET_COALESCE), 0);
    ck_assert_uint_eq(((uint32_t *)w_at(other, SCHEME))[3], 4);
    deliver(other, 2); /* two of the four came before */
    ck_assert_uint_eq(other->messages[0], 1);
    save_fini(&again);
    save_fini(&out);
    w_destroy(other);
    w_destroy(w);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("vmxnet3 revisions");
    TCase *t = tcase_create("all");
    SRunner *r;
    int failed;

    tcase_add_test(t, chooses);
    tcase_add_test(t, capabilities);
    tcase_add_test(t, mtu);
    tcase_add_test(t, buffer_sizes);
    tcase_add_test(t, sends_from_a_data_ring);
    tcase_add_test(t, receives_into_a_data_ring);
    tcase_add_test(t, has_none_before);
    tcase_add_test(t, refuses_data_rings);
    tcase_add_test(t, coalesces_by_frames);
    tcase_add_test(t, coalesces_by_rate);
    tcase_add_test(t, coalesces_adaptively);
    tcase_add_test(t, refuses_schemes);
    tcase_add_test(t, levels);
    tcase_add_test(t, rss_fields);
    tcase_add_test(t, receives_large_ones);
    tcase_add_test(t, receives_small_ones);
    tcase_add_test(t, moves);
    tcase_add_test(t, moves_nothing_impossible);
    tcase_add_test(t, is_saved);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
