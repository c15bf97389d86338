/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Malicious driver detection, which came with the X550: it is off unless the PF's driver turns it on
 * [ixgbe_x550.c ixgbe_enable_mdd_x550: DMATXCTL and RDRXCTL.MDP_EN]. A queue whose driver posts a descriptor that makes no sense,
 * a tail beyond its ring or a buffer of no size is blocked: it fetches nothing more, what comes for it ends. Its bit in WQBR is
 * set until the PF clears it, and the PF hears of it by the mailbox cause (MBINTEN).
 */
#include "nic/intel/path/path.h"

bool intel_mdd(struct intel_chip *n, unsigned queue, bool tx, enum malice malice)
{
    struct chip_state *s = &n->s;
    bool *blocked = tx ? &n->txq[queue].blocked : &n->rxq[queue].blocked;
    if (!n->rules.detects[tx])
        return false;
    if (*blocked)
        return true;
    *blocked = true;
    s->malice[tx] = (uint8_t)malice;
    s->malicious_pool[tx] = (uint8_t)chip_queue_pool(n, queue);
    s->mdd_events++;
    trace_nic_malicious(chip_component(n), chip_queue_pool(n, queue), tx ? "transmit" : "receive", queue);
    if (tx)
        intel_tx_queue_stop(n, queue);
    if (n->rules.detection_tells[tx])
        intel_intr_misc(chip_pf(n), INTEL_CAUSE_MAILBOX);
    return true;
}

uint32_t intel_mdd_blocked(const struct intel_chip *n, bool tx, uint32_t word)
{
    uint32_t bits = 0;
    for (unsigned b = 0; b < 32; b++)
        bits |= (uint32_t)(tx ? n->txq[32 * word + b].blocked : n->rxq[32 * word + b].blocked) << b;
    return bits;
}

void intel_mdd_release(struct intel_chip *n, bool tx, uint32_t word, uint32_t bits)
{
    for (unsigned q = 32 * word; bits; bits >>= 1, q++)
        if ((bits & 1) && (tx ? n->txq[q].blocked : n->rxq[q].blocked)) {
            *(tx ? &n->txq[q].blocked : &n->rxq[q].blocked) = false;
            if (tx)
                intel_tx_kick(n, q);
            else
                intel_rx_kick(n, q);
        }
}
