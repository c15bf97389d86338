/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the driver says of a VF's queues, and the settings that concern them all: statistics and status, interrupt
 * moderation, the redirection table.
 *
 * The 82599 has 16 counters for its 128 queues [82599 7.8], the 82576 none but a pool's. Counter 0 is every queue's after a
 * reset, so 1 … 15 go to the queues of the first VFs; of a VF beyond them only the pool's own counters speak, all of it as
 * queue 0. Queue counters are cleared by reading, a pool's run on over the VF's lives: both are read once when a VF begins
 * another life.
 */
#include "pf/intel/intel.h"

#include <errno.h>
#include <string.h>

static unsigned queues_of(const struct pf *pf) { return pf->queues; }

/* 0: none of its own. */
static unsigned counter_of(const struct pf *pf, unsigned vf, unsigned queue) { return pf__hw(pf)->queue_counter(pf, vf, queue); }

/* Bytes since `base`, of two words or, where the chip has but one, of one that wraps. */
static uint64_t bytes_since(const uint32_t *low, const uint32_t *base, bool wide)
{
    return wide ? (low[0] | (uint64_t)low[1] << 32) - (base[0] | (uint64_t)base[1] << 32) : (uint32_t)(low[0] - base[0]);
}

/* What was read of a queue, or of the pool: that ran on since the last time. */
static void take(struct pf_vf *v, const uint32_t *read, unsigned queue, bool of_pool, bool wide)
{
    static const uint32_t zeroes[COUNTS];
    const uint32_t *base = of_pool ? v->base : zeroes; /* a queue's are cleared by reading */
    struct pf_queue_stats *s = &v->stats.queue[of_pool ? 0 : queue];
    if (of_pool)
        v->stats.rx_multicast = read[COUNT_RX_OTHER] - base[COUNT_RX_OTHER];
    if (!of_pool || !v->stats.per_queue) {
        s->rx_packets = read[COUNT_RX_PACKETS] - base[COUNT_RX_PACKETS];
        s->tx_packets = read[COUNT_TX_PACKETS] - base[COUNT_TX_PACKETS];
        s->rx_bytes = bytes_since(read + COUNT_RX_BYTES_LOW, base + COUNT_RX_BYTES_LOW, wide);
        s->tx_bytes = bytes_since(read + COUNT_TX_BYTES_LOW, base + COUNT_TX_BYTES_LOW, wide);
        s->rx_out_of_buffer = of_pool ? 0 : read[COUNT_RX_OTHER];
    }
    if (of_pool)
        memcpy(v->base, read, sizeof(v->base));
}

/* ---- statistics: counter by counter (op->j) of each queue (op->i) and, behind them, of the pool ---- */

static int count_from_zero(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    struct pf_vf *v = &pf->s.vf[op->args.vf];
    memset(&v->stats, 0, sizeof(v->stats));
    v->stats.queues = queues_of(pf);
    v->stats.per_queue = counter_of(pf, (unsigned)op->args.vf, 0) != 0;
    op->i = v->stats.per_queue ? 0 : queues_of(pf);
    op->j = 0;
    return PROCEDURE_NEXT;
}

static uint32_t counter_register(const struct pf *pf, const struct pf_op *op, unsigned what)
{
    return pf__hw(pf)->counter(pf, (unsigned)op->args.vf, op->i, what);
}

static int read_counter(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    for (; op->j < COUNTS; op->message[op->j++] = 0) /* what the chip has not is nothing */
        if (counter_register(pf, op, op->j) != PF_NO_REGISTER)
            return pf__read(pf, counter_register(pf, op, op->j));
    return pf__jump(pf, "take what was counted");
}

static int next_counter(void *owner)
{
    struct pf_op *op = pf__op_now(owner);
    op->message[op->j++] = ((struct pf *)owner)->s.value;
    return PROCEDURE_AGAIN;
}

static int take_counters(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    take(&pf->s.vf[op->args.vf], op->message, op->i, op->i == queues_of(pf),
         counter_register(pf, op, COUNT_RX_BYTES_HIGH) != PF_NO_REGISTER);
    op->j = 0;
    return ++op->i <= queues_of(pf) ? pf__jump(pf, "read a counter") : PROCEDURE_NEXT;
}

static const struct procedure_step queue_stats_steps[] = {
    {"count from zero", count_from_zero},
    {"read a counter", read_counter, .done = next_counter},
    {"take what was counted", take_counters},
};
const struct procedure_table pf__ixgbe_queue_stats = PROCEDURE_TABLE("VF_GET_QUEUE_STATS", queue_stats_steps);

/* ---- status: queue by queue (op->i) ---- */

static unsigned queue_asked(struct pf *pf)
{
    const struct pf_op *op = pf__op_now(pf);
    return (unsigned)op->args.vf * queues_of(pf) + op->i;
}

static bool is_stopped(const struct pf *pf, uint32_t enable, const uint32_t *pools, unsigned vf)
{
    return !(pf->s.value & enable) || !(pools[vf / 32] >> vf % 32 & 1);
}

static int first_queue(void *owner)
{
    pf__op_now(owner)->i = 0;
    return PROCEDURE_NEXT;
}

static int read_rx_control(void *owner) { return pf__read(owner, pf__ixgbe_rx_reg(owner, queue_asked(owner), RING_CTL)); }
static int read_tx_control(void *owner) { return pf__read(owner, pf__ixgbe_tx_reg(owner, queue_asked(owner), RING_CTL)); }

static int note_rx(void *owner)
{
    struct pf *pf = owner;
    const struct pf_op *op = pf__op_now(pf);
    unsigned vf = (unsigned)op->args.vf;
    pf->s.vf[vf].status[op->i].rx_stopped = is_stopped(pf, IXGBE_RXDCTL_ENABLE, pf->s.receive_enable, vf);
    return PROCEDURE_NEXT;
}

static int note_tx(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    struct pf_vf *v = &pf->s.vf[op->args.vf];
    v->status[op->i].error = (v->blocked_rx | v->blocked_tx) >> op->i & 1;
    v->status[op->i].tx_stopped = is_stopped(pf, IXGBE_TXDCTL_ENABLE, pf->s.transmit_enable, (unsigned)op->args.vf);
    return ++op->i < queues_of(pf) ? pf__jump(pf, "see whether it receives") : PROCEDURE_NEXT;
}

static const struct procedure_step queue_status_steps[] = {
    {"begin with the first queue", first_queue},
    {"see whether it receives", read_rx_control, .done = note_rx},
    {"see whether it sends", read_tx_control, .done = note_tx},
};
const struct procedure_table pf__ixgbe_queue_status = PROCEDURE_TABLE("VF_GET_QUEUE_STATUS", queue_status_steps);

/* ---- moderation ---- */

int pf__ixgbe_set_iml(struct pf *pf, const struct pf_args *a)
{
    struct pf_vf *v = &pf->s.vf[a->vf];
    if (a->level >= PF_IML_COUNT)
        return -EINVAL;
    uint32_t eitr = a->level == PF_IML_CUSTOM ? pf__hw(pf)->eitr(a->rate) : pf__hw(pf)->level_eitr[a->level];
    if (a->level == PF_IML_CUSTOM && !eitr)
        return -EINVAL;
    v->eitr = eitr;
    pf__hw(pf)->vf_throttle(pf, (unsigned)a->vf, eitr);
    return 0;
}

/* ---- redirection: one table for all pools [82599 7.1.2.8.1] ---- */

void pf__ixgbe_reta_write(struct pf *pf)
{
    for (unsigned i = 0; i < PF_RSS_TABLE_MAX; i += 4) {
        uint32_t word = pf->s.rss_table[i] | (uint32_t)pf->s.rss_table[i + 1] << 8 | (uint32_t)pf->s.rss_table[i + 2] << 16 |
                        (uint32_t)pf->s.rss_table[i + 3] << 24;
        pf__write(pf, pf__hw(pf)->reta + i, word << pf__hw(pf)->reta_shift);
    }
}

static void key_write(struct pf *pf)
{
    for (unsigned i = 0; i < PF_RSS_KEY_BYTES / 4; i++)
        pf__write(pf, pf__hw(pf)->rssrk + 4 * i, pf->s.rss_key[i]);
}

void pf__ixgbe_rss_key(struct pf *pf, const uint8_t key[PF_RSS_KEY_BYTES])
{
    for (unsigned i = 0; i < PF_RSS_KEY_BYTES / 4; i++)
        pf->s.rss_key[i] =
            key[4 * i] | (uint32_t)key[4 * i + 1] << 8 | (uint32_t)key[4 * i + 2] << 16 | (uint32_t)key[4 * i + 3] << 24;
    key_write(pf);
}

/* Until somebody needs it the chip does not hash. The key is at first Microsoft's verification key, as the shell gives to vmxnet3:
 * a flow then has one hash on both paths. */
void pf__ixgbe_rss_start(struct pf *pf)
{
    unsigned spread = pf__is_sriov(pf) ? queues_of(pf) : pf->s.channels;
    pf->s.rss_on = true;
    key_write(pf);
    for (unsigned i = 0; i < PF_RSS_TABLE_MAX; i++)
        pf->s.rss_table[i] = (uint8_t)(i % spread);
    pf__ixgbe_reta_write(pf);
    pf__write(pf, pf__hw(pf)->rxcsum, IXGBE_RXCSUM_PCSD);
    pf__hw(pf)->rss_mode(pf);
}

void pf__ixgbe_rss_restore(struct pf *pf)
{
    if (!pf->s.rss_on)
        return;
    key_write(pf);
    pf__ixgbe_reta_write(pf);
    pf__write(pf, pf__hw(pf)->rxcsum, IXGBE_RXCSUM_PCSD);
    pf__hw(pf)->rss_mode(pf);
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
    for (unsigned v = 0; v < pf__vfs(pf); v++)
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

static void queue_rate(struct pf *pf, unsigned queue, uint64_t factor)
{
    const struct intel_hw *hw = pf__hw(pf);
    uint32_t value = factor ? IXGBE_RTTBCNRC_RS_ENA : 0;
    value |= (uint32_t)(factor < IXGBE_RTTBCNRC_RF_MASK ? factor : IXGBE_RTTBCNRC_RF_MASK);
    pf__write(pf, hw->rttdqsel, hw->queue(queue));
    pf__write(pf, hw->rttbcnrc, value);
}

/*
 * The chip limits queues, the operator means the VF. Linux gives every queue the whole rate [ixgbe_sriov.c
 * ixgbe_set_vf_rate_limit], so a VF with two has twice as much. Here the rate is divided over the queues that its driver has
 * enabled, so one queue has all of it; the others get the slowest rate there is (0.6 Mb/s), so that the limit holds if one
 * is enabled later, until it is set or the VF activated again. With no queue enabled yet each has its share of all.
 */
static int no_queue_yet(void *owner)
{
    pf__op_now(owner)->i = pf__op_now(owner)->k = 0;
    return PROCEDURE_NEXT;
}

static int read_queue(void *owner)
{
    struct pf *pf = owner;
    const struct pf_op *op = pf__op_now(pf);
    if (op->i == queues_of(pf) || !pf->s.vf[op->args.vf].admin.max_tx_rate)
        return pf__jump(pf, "give each its share");
    return read_tx_control(pf);
}

static int note_queue(void *owner)
{
    struct pf *pf = owner;
    struct pf_op *op = pf__op_now(pf);
    op->k |= (pf->s.value & IXGBE_TXDCTL_ENABLE ? 1u : 0) << op->i++;
    return PROCEDURE_AGAIN;
}

static int give_shares(void *owner)
{
    struct pf *pf = owner;
    const struct pf_op *op = pf__op_now(pf);
    unsigned first = (unsigned)op->args.vf * queues_of(pf);
    uint32_t rate = pf->s.vf[op->args.vf].admin.max_tx_rate, enabled = op->k ? op->k : (1u << queues_of(pf)) - 1;
    uint64_t factor = 0;
    if (rate)
        factor =
            ((uint64_t)pf__limits(pf)->link_mbps << IXGBE_RTTBCNRC_RF_INT_SHIFT) * (unsigned)__builtin_popcount(enabled) / rate;
    pf__write(pf, pf__hw(pf)->rttbcnrm, 0x14); /* [82599 8.2.3.10.13] what Linux writes for frames up to 9.5 KB */
    for (unsigned q = 0; q < queues_of(pf); q++)
        queue_rate(pf, first + q, !rate || (enabled >> q & 1) ? factor : IXGBE_RTTBCNRC_RF_MASK);
    return PROCEDURE_NEXT;
}

static const struct procedure_step tx_rate_steps[] = {
    {"no queue is known to be in use", no_queue_yet},
    {"see which queue is in use", read_queue, .done = note_queue},
    {"give each its share", give_shares},
};
const struct procedure_table pf__ixgbe_tx_rate_apply = PROCEDURE_TABLE("divide a rate", tx_rate_steps);

void pf__ixgbe_tx_rate_off(struct pf *pf, unsigned vf)
{
    for (unsigned q = 0; q < queues_of(pf); q++)
        queue_rate(pf, vf * queues_of(pf) + q, 0);
}

int pf__ixgbe_tx_rate(struct pf *pf, struct pf_op *op)
{
    if (pf_vf_rate_refusal(pf, op->args.rate))
        return -EINVAL;
    pf->s.vf[op->args.vf].admin.max_tx_rate = op->args.rate;
    return pf__follow(pf, &pf__ixgbe_tx_rate_apply);
}
