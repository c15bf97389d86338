/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the 82599's driver says of a VF's queues, and the settings that concern them all: statistics and status, interrupt
 * moderation, the redirection table.
 *
 * The chip has 16 counters for its 128 queues [82599 7.8]. Counter 0 is every queue's after a reset, so 1 … 15 go to the
 * queues of the first VFs; of a VF beyond them only the pool's own counters speak, all of it as queue 0. Queue counters are
 * cleared by reading, a pool's run on over the VF's lives: both are read once when a VF begins another life.
 */
#include "pf/pf__.h"

#include <errno.h>
#include <string.h>

enum { COUNTERS = 7, RX_PACKETS = 0, RX_BYTES_LOW, RX_BYTES_HIGH, RX_OTHER, TX_PACKETS, TX_BYTES_LOW, TX_BYTES_HIGH };

static unsigned queues_of(const struct pf *pf) { return pf->queues; }

/* 0: none of its own. */
static unsigned counter_of(const struct pf *pf, unsigned vf, unsigned queue)
{
    unsigned i = 1 + vf * queues_of(pf) + queue;
    return (vf + 1) * queues_of(pf) < IXGBE_STAT_COUNTERS ? i : 0;
}

void pf__ixgbe_stats_start(struct pf *pf)
{
    uint32_t map[IXGBE_STAT_COUNTERS / 4] = {0};
    for (unsigned vf = 0; vf < pf->nic->vf_count && counter_of(pf, vf, 0); vf++)
        for (unsigned q = vf * queues_of(pf); q < (vf + 1) * queues_of(pf); q++)
            map[q / 4] |= (uint32_t)counter_of(pf, vf, q % queues_of(pf)) << (8 * (q % 4));
    for (unsigned i = 0; i < IXGBE_STAT_COUNTERS / 4; i++)
        if (map[i]) {
            pf__write(pf, IXGBE_RQSMR(i), map[i]);
            pf__write(pf, IXGBE_TQSM(i), map[i]);
        }
}

static uint32_t counter_register(const struct pf *pf, unsigned vf, unsigned queue, unsigned what)
{
    unsigned i = counter_of(pf, vf, queue);
    const uint32_t of_queue[COUNTERS] = {IXGBE_QPRC(i), IXGBE_QBRC_L(i), IXGBE_QBRC_H(i), IXGBE_QPRDC(i),
                                         IXGBE_QPTC(i), IXGBE_QBTC_L(i), IXGBE_QBTC_H(i)};
    const uint32_t of_pool[COUNTERS] = {IXGBE_PVFGPRC(vf), IXGBE_PVFGORC_LSB(vf), IXGBE_PVFGORC_MSB(vf), IXGBE_PVFMPRC(vf),
                                        IXGBE_PVFGPTC(vf), IXGBE_PVFGOTC_LSB(vf), IXGBE_PVFGOTC_MSB(vf)};
    return i && queue < queues_of(pf) ? of_queue[what] : of_pool[what];
}

static uint64_t both(const uint32_t *low) { return low[0] | (uint64_t)low[1] << 32; }

/* What was read of a queue, or of the pool: that ran on since the last time. */
static void take(struct pf_vf *v, const uint32_t *read, unsigned queue, bool of_pool)
{
    struct pf_queue_stats *s = &v->stats.queue[of_pool ? 0 : queue];
    if (of_pool)
        v->stats.rx_multicast = read[RX_OTHER] - v->base[RX_OTHER];
    if (!of_pool || !v->stats.per_queue) {
        s->rx_packets = of_pool ? read[RX_PACKETS] - v->base[RX_PACKETS] : read[RX_PACKETS];
        s->tx_packets = of_pool ? read[TX_PACKETS] - v->base[TX_PACKETS] : read[TX_PACKETS];
        s->rx_bytes = both(read + RX_BYTES_LOW) - (of_pool ? both(v->base + RX_BYTES_LOW) : 0);
        s->tx_bytes = both(read + TX_BYTES_LOW) - (of_pool ? both(v->base + TX_BYTES_LOW) : 0);
        s->rx_out_of_buffer = of_pool ? 0 : read[RX_OTHER];
    }
    if (of_pool)
        memcpy(v->base, read, sizeof(v->base));
}

int pf__ixgbe_queue_stats(struct pf *pf, struct pf_op *op)
{
    unsigned vf = (unsigned)op->args.vf;
    struct pf_vf *v = &pf->s.vf[vf];
    OP_BEGIN(op->sub_line)
    memset(&v->stats, 0, sizeof(v->stats));
    v->stats.queues = queues_of(pf);
    v->stats.per_queue = counter_of(pf, vf, 0) != 0;
    for (op->i = v->stats.per_queue ? 0 : queues_of(pf); op->i <= queues_of(pf); op->i++) { /* the last one is the pool */
        for (op->j = 0; op->j < COUNTERS; op->j++) {
            WAIT_READ(op->sub_line, counter_register(pf, vf, op->i, op->j));
            op->message[op->j] = pf->s.value;
        }
        take(v, op->message, op->i, op->i == queues_of(pf));
    }
    OP_END
    op->sub_line = 0;
    return 0;
}

int pf__ixgbe_queue_status(struct pf *pf, struct pf_op *op)
{
    unsigned vf = (unsigned)op->args.vf, queue = vf * queues_of(pf) + op->i;
    struct pf_vf *v = &pf->s.vf[vf];
    uint32_t bit = 1u << (vf % 32);
    OP_BEGIN(op->line)
    for (op->i = 0; op->i < queues_of(pf); op->i++) {
        queue = vf * queues_of(pf) + op->i;
        WAIT_READ(op->line, pf__ixgbe_rx_reg(queue, IXGBE_RXDCTL(0)));
        v->status[op->i].rx_stopped = !(pf->s.value & IXGBE_RXDCTL_ENABLE) || !(pf->s.receive_enable[vf / 32] & bit);
        WAIT_READ(op->line, pf__ixgbe_tx_reg(queue, IXGBE_TXDCTL(0)));
        v->status[op->i].tx_stopped = !(pf->s.value & IXGBE_TXDCTL_ENABLE) || !(pf->s.transmit_enable[vf / 32] & bit);
    }
    OP_END
    return 0;
}

/* ---- moderation ---- */

/* [ixgbe.h] EITR_INTS_PER_SEC_TO_REG: 256 ns a unit of the register, whose low three bits do not count. A rate the register
 * cannot hold is -EINVAL (0). */
uint32_t pf__ixgbe_eitr(uint32_t per_second)
{
    enum { RATE_MIN = 956, RATE_MAX = 488281, UNIT_NS = 256 }; /* [ixgbe.h IXGBE_MIN_INT_RATE, IXGBE_MAX_INT_RATE] */
    if (per_second < RATE_MIN || per_second > RATE_MAX)
        return 0;
    uint32_t reg = UINT32_C(1000000000) / (per_second * UNIT_NS) & IXGBE_EITR_ITR_INT_MASK;
    return reg ? reg : 1u << IXGBE_EITR_INTERVAL_SHIFT;
}

/* The Linux driver's presets where it has some (100,000, 20,000, 12,000, 10,000 and 8,000 a second), powers of two between
 * and below [assumed: the contract names levels, not rates]. */
static const uint16_t level_eitr[PF_IML_COUNT] = {
    [PF_IML_NONE] = 0, [PF_IML_MOST] = 40, [2] = 80, [3] = 200, [4] = 336, [5] = 400, [6] = 500 & ~7, [PF_IML_LEAST] = 1000,
    [PF_IML_ADAPTIVE] = 200, /* where Linux begins; the 82599 does not adapt by itself, so it stays there */
};

int pf__ixgbe_set_iml(struct pf *pf, const struct pf_args *a)
{
    struct pf_vf *v = &pf->s.vf[a->vf];
    if (a->level >= PF_IML_COUNT)
        return -EINVAL;
    uint32_t eitr = a->level == PF_IML_CUSTOM ? pf__ixgbe_eitr(a->rate) : level_eitr[a->level];
    if (a->level == PF_IML_CUSTOM && !eitr)
        return -EINVAL;
    v->eitr = eitr;
    if (a->vf >= 32) {
        pf->s.eitrsel |= 1u << (a->vf - 32);
        pf__write(pf, IXGBE_EITRSEL, pf->s.eitrsel);
    }
    for (unsigned vector = 0; vector < 2; vector++)
        pf__write(pf, IXGBE_EITR_ANY(IXGBE_VF_EITR_INDEX((uint32_t)a->vf, vector)), eitr);
    return 0;
}

/* ---- redirection: one table for all pools [82599 7.1.2.8.1] ---- */

void pf__ixgbe_reta_write(struct pf *pf)
{
    for (unsigned i = 0; i < PF_RSS_TABLE_MAX; i += 4)
        pf__write(pf, IXGBE_RETA(i / 4), pf->s.rss_table[i] | (uint32_t)pf->s.rss_table[i + 1] << 8 |
                                             (uint32_t)pf->s.rss_table[i + 2] << 16 | (uint32_t)pf->s.rss_table[i + 3] << 24);
}

static void key_write(struct pf *pf)
{
    for (unsigned i = 0; i < PF_RSS_KEY_BYTES / 4; i++)
        pf__write(pf, IXGBE_RSSRK(i), pf->s.rss_key[i]);
}

void pf__ixgbe_rss_key(struct pf *pf, const uint8_t key[PF_RSS_KEY_BYTES])
{
    for (unsigned i = 0; i < PF_RSS_KEY_BYTES / 4; i++)
        pf->s.rss_key[i] = key[4 * i] | (uint32_t)key[4 * i + 1] << 8 | (uint32_t)key[4 * i + 2] << 16 |
                           (uint32_t)key[4 * i + 3] << 24;
    key_write(pf);
}

/* Until somebody needs it the chip does not hash. The key is at first Microsoft's verification key, as the shell gives to vmxnet3:
 * a flow then has one hash on both paths. */
void pf__ixgbe_rss_start(struct pf *pf)
{
    unsigned spread = pf__is_sriov(pf) ? queues_of(pf) : pf->s.channels;
    uint32_t mode = !pf__is_sriov(pf) ? IXGBE_MRQC_RSSEN : pf->queues == 4 ? IXGBE_MRQC_VMDQRSS32EN : IXGBE_MRQC_VMDQRSS64EN;
    pf->s.rss_on = true;
    key_write(pf);
    for (unsigned i = 0; i < PF_RSS_TABLE_MAX; i++)
        pf->s.rss_table[i] = (uint8_t)(i % spread);
    pf__ixgbe_reta_write(pf);
    pf__write(pf, IXGBE_RXCSUM, IXGBE_RXCSUM_PCSD);
    pf__write(pf, IXGBE_MRQC, mode | IXGBE_MRQC_RSS_FIELD_IPV4 | IXGBE_MRQC_RSS_FIELD_IPV4_TCP | IXGBE_MRQC_RSS_FIELD_IPV6 |
                                  IXGBE_MRQC_RSS_FIELD_IPV6_TCP);
}

/* The first who sets a table has it; another VF may set the same one, or its own when nobody's is in force. */
int pf__ixgbe_rss_table(struct pf *pf, const struct pf_args *a)
{
    uint8_t table[PF_RSS_TABLE_MAX];
    if (!a->rss_count || a->rss_count > PF_RSS_TABLE_MAX || (a->rss_count & (a->rss_count - 1)))
        return -EINVAL;
    for (unsigned i = 0; i < PF_RSS_TABLE_MAX; i++) {
        table[i] = a->rss_table[i % a->rss_count];
        if (table[i] >= queues_of(pf))
            return -EINVAL;
    }
    for (unsigned v = 0; v < pf->nic->vf_count; v++)
        if ((int)v != a->vf && pf->s.vf[v].has_rss_table && memcmp(table, pf->s.rss_table, sizeof(table)))
            return -EBUSY;
    if (pf->s.rss_is_mine && memcmp(table, pf->s.rss_table, sizeof(table)))
        return -EBUSY;
    memcpy(pf->s.rss_table, table, sizeof(table));
    pf->s.vf[a->vf].has_rss_table = true;
    pf__ixgbe_reta_write(pf);
    return 0;
}

/* ---- rate ---- */

/* Each queue of the VF is limited to its share [ixgbe_sriov.c ixgbe_set_vf_rate_limit: the VF's rate over its queues]. */
int pf__ixgbe_tx_rate(struct pf *pf, const struct pf_args *a)
{
    enum { LINK_MBPS = 10000, LEAST_MBPS = 11 }; /* Linux: above 10 Mb/s, at most the link's rate */
    if (a->rate && (a->rate < LEAST_MBPS || a->rate > LINK_MBPS))
        return -EINVAL;
    uint64_t factor = a->rate ? ((uint64_t)LINK_MBPS << IXGBE_RTTBCNRC_RF_INT_SHIFT) * queues_of(pf) / a->rate : 0;
    uint32_t value = a->rate ? IXGBE_RTTBCNRC_RS_ENA | ((uint32_t)factor & IXGBE_RTTBCNRC_RF_MASK) : 0;
    pf->s.vf[a->vf].admin.max_tx_rate = a->rate;
    pf__write(pf, IXGBE_RTTBCNRM, 0x14); /* [82599 8.2.3.10.13] what Linux writes for frames up to 9.5 KB */
    for (unsigned q = (unsigned)a->vf * queues_of(pf); q < ((unsigned)a->vf + 1) * queues_of(pf); q++) {
        pf__write(pf, IXGBE_RTTDQSEL, q);
        pf__write(pf, IXGBE_RTTBCNRC, value);
    }
    return 0;
}
