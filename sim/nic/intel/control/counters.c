/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an operator reads of one function: the pool's registers, and what the switch counted for its vport. */
#include "nic/intel/control/control.h"

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
    for (unsigned q = 0; q < INTEL_QUEUES; q++)
        if (is_virtual ? q / chip_queues_per_pool(n) == pool : vf < 0)
            out->rx_dropped += n->rxq[q].no_descriptor;
    nic_count_broadcasts(out, &n->sw.count[pool]);
    nic_count_switched(out, &n->sw.count[pool]);
}
