/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an operator reads of one function: the pool's registers, and what the switch counted for its vport. */
#include "nic/intel/control/control.h"

/* Of a function with several pools. */
static struct eswitch_count of_pools(const struct eswitch *sw, unsigned first, unsigned pools)
{
    struct eswitch_count sum = sw->count[first];
    for (unsigned p = first + 1; p < first + pools; p++) {
        const struct eswitch_count *count = &sw->count[p];
        sum.rx_broadcast += count->rx_broadcast;
        sum.rx_mirrored += count->rx_mirrored;
        sum.dropped_bytes += count->dropped_bytes;
        for (unsigned r = 0; r < ESWITCH_REASONS; r++)
            sum.dropped[r] += count->dropped[r];
    }
    return sum;
}

void intel_function_stats(const struct nic *nic, int vf, struct nic_function_stats *out)
{
    const struct intel_chip *n = (const struct intel_chip *)nic;
    unsigned pool = vf < 0 ? nic->vf_count : (unsigned)vf;
    const struct function_state *s = &n->fn[pool].s;
    bool is_virtual = chip_is_virtual(n);
    *out = (struct nic_function_stats){
        .rx_packets = s->frames_rx,
        .rx_bytes = s->bytes_rx,
        .rx_multicast = s->multicast_rx,
        .tx_packets = s->frames_tx,
        .tx_bytes = s->bytes_tx,
    };
    unsigned pools = vf < 0 ? chip_own_pools(n) : 1;
    for (unsigned q = 0; q < INTEL_QUEUES; q++)
        if (is_virtual ? q / chip_queues_per_pool(n) - pool < pools : vf < 0)
            out->rx_dropped += n->rxq[q].no_descriptor;
    const struct eswitch_count switched = of_pools(&n->sw, pool, pools);
    nic_count_broadcasts(out, &switched);
    nic_count_switched(out, &switched);
}
