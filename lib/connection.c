/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A world's TCP connections, as a program sees them. */
#include <string.h>

#include "lib__.h"
#include "net/traffic/tcp_flow.h"
#include "vfsim/flow.h"

static void fill(const struct tcp_flow *flow, const char *name, struct vfsim_connection *out)
{
    struct tcp_flow_report c;
    tcp_flow_get_report(flow, &c);
    *out = (struct vfsim_connection){
        .name = name,
        .state = !c.started ? "not begun"
                 : c.ok     ? "closed"
                            : c.state[0],
        .has_begun = c.started,
        .is_over = c.done,
        .has_failed = c.done && !c.ok,
        .bytes = c.bytes,
        .goodput_bps = c.goodput_bps,
        .segments = c.segments,
        .retransmits = c.retransmits,
        .timeouts = c.timeouts,
        .recoveries = c.recoveries,
        .tail_probes = c.probes,
        .spurious_timeouts = c.spurious,
        .damaged_bytes = c.damaged,
        .stalled = c.stalled,
        .stalled_at = c.stalled_at,
        .recovered = c.recovered,
        .rtt_min = c.rtt_min,
        .rtt_smoothed = c.srtt,
        .rtt_max = c.rtt_max,
        .cwnd_bytes = c.cwnd,
        .cwnd_max_bytes = c.cwnd_max,
        .mss = c.mss,
        .has_transactions = c.kind == TCP_FLOW_RR,
        .transactions = c.transactions,
        .transaction_p50 = c.transaction_p50,
        .transaction_p99 = c.transaction_p99,
        .transaction_max = c.transaction_max,
    };
}

bool vfsim_connection_at(const struct vfsim_world *world, unsigned index, struct vfsim_connection *out)
{
    const struct world *w = lib__sim(world) ? world->w : NULL;
    for (unsigned i = 0; w && i < w->sc->item_count; i++) {
        if (!w->connections[i] || index--)
            continue;
        fill(w->connections[i], w->sc->items[i].tcp->name.text, out);
        return true;
    }
    return false;
}

bool vfsim_connection_find(const struct vfsim_world *world, const char *name, struct vfsim_connection *out)
{
    for (unsigned i = 0; name && vfsim_connection_at(world, i, out); i++)
        if (!strcmp(out->name, name))
            return true;
    return false;
}
