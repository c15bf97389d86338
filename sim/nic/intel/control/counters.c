/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an operator reads of one function: the pool's registers, and what the switch counted for its vport. */
#include "nic/intel/control/control.h"

void intel_function_stats(const struct nic *nic, int vf, struct nic_function_stats *out)
{
    const struct intel_chip *n = (const struct intel_chip *)nic;
    unsigned pool = vf < 0 ? nic->vf_count : (unsigned)vf;
    const struct function_state *s = &n->fn[pool].s;
    const struct eswitch_count *count = &n->sw.count[pool];
    bool is_virtual = chip_is_virtual(n);
    *out = (struct nic_function_stats){
        .rx_packets = s->frames_rx,
        .rx_bytes = s->bytes_rx,
        .rx_multicast = s->multicast_rx - (count->rx_broadcast <= s->multicast_rx ? count->rx_broadcast : 0),
        .rx_broadcast = count->rx_broadcast,
        .rx_mirrored = count->rx_mirrored,
        .tx_packets = s->frames_tx,
        .tx_bytes = s->bytes_tx,
    };
    for (unsigned q = 0; q < INTEL_QUEUES; q++)
        if (is_virtual ? q / chip_queues_per_pool(n) == pool : vf < 0)
            out->rx_dropped += n->rxq[q].no_descriptor;
    for (unsigned r = 0; r < ESWITCH_REASONS; r++) {
        out->refused[r] = count->dropped[r];
        out->tx_dropped += count->dropped[r];
    }
    uint64_t dropped_bytes = count->dropped_bytes + FRAME_FCS_LEN * out->tx_dropped;
    out->tx_packets -= out->tx_dropped < out->tx_packets ? out->tx_dropped : out->tx_packets;
    out->tx_bytes -= dropped_bytes < out->tx_bytes ? dropped_bytes : out->tx_bytes;
}
