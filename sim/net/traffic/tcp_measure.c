/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Somebody who sees both halves of a connection, and tells neither: goodput, stalls, and how long it takes to get over them. */
#include <string.h>

#include "net/traffic/tcp_flow__.h"

/* The goodput behind a stall is looked at over so long: two round trips, or a millisecond. */
static sim_time window_of(const struct tcp_flow *flow)
{
    sim_time trips = 2 * flow->half[0].tcp.st.srtt;
    return trips > SIM_MS ? trips : SIM_MS;
}

static void note_stall(struct tcp_flow *flow, sim_time now, sim_time gap)
{
    struct tcp_measure *m = &flow->st.measure;
    m->stalled = gap;
    m->stalled_at = m->progress_at;
    m->before = m->bytes;
    m->before_ps = m->progress_at - flow->st.started_at;
    m->recovered = 0;
    m->is_recovering = 1;
    m->mark_at = now;
}

/* Nine tenths of what it had been on average before. */
static bool is_as_before(const struct tcp_measure *m, sim_time took)
{
    return (unsigned __int128)(m->bytes - m->mark_bytes) * m->before_ps * 10 >= (unsigned __int128)m->before * took * 9;
}

void tcp__progress(struct tcp_flow *flow, uint64_t bytes)
{
    struct tcp_measure *m = &flow->st.measure;
    sim_time now = sim_now(flow->comp.sim), gap = now - m->progress_at;
    if (!bytes)
        return;
    bool is_longest = gap > m->stalled;
    if (is_longest)
        note_stall(flow, now, gap);
    m->bytes += bytes;
    m->progress_at = now;
    if (is_longest) {
        m->mark_bytes = m->bytes;
        return;
    }
    sim_time took = now - m->mark_at;
    if (!m->is_recovering || took < window_of(flow))
        return;
    if (is_as_before(m, took)) {
        m->is_recovering = 0;
        m->recovered = now - m->stalled_at;
    }
    m->mark_at = now;
    m->mark_bytes = m->bytes;
}

static void add(struct tcp_flow_report *out, const struct tcp_stats *s)
{
    out->segments += s->segments_sent;
    out->retransmits += s->retransmits;
    out->timeouts += s->timeouts;
    out->recoveries += s->recoveries;
    out->probes += s->probes;
    out->spurious += s->spurious;
    out->damaged += s->damaged;
}

/* One that stands still yet may stand longer than ever before. */
static void say_stall(const struct tcp_flow *flow, struct tcp_flow_report *out)
{
    const struct tcp_measure *m = &flow->st.measure;
    sim_time since = sim_now(flow->comp.sim) - m->progress_at;
    out->stalled = m->stalled;
    out->stalled_at = m->stalled_at;
    out->recovered = m->recovered;
    if (flow->st.started && !out->done && since > m->stalled) {
        out->stalled = since;
        out->stalled_at = m->progress_at;
        out->recovered = 0;
    }
}

void tcp_flow_get_report(const struct tcp_flow *flow, struct tcp_flow_report *out)
{
    const struct tcp_state *client = &flow->half[0].tcp.st;
    const struct tcp_measure *m = &flow->st.measure;
    *out = (struct tcp_flow_report){.kind = flow->kind,
                                    .started = flow->st.started,
                                    .established = client->rcv_nxt > 0,
                                    .done = tcp_flow_is_done(flow),
                                    .bytes = m->bytes,
                                    .transactions = flow->latency.count,
                                    .transaction_p50 = hist_percentile(&flow->latency, 500),
                                    .transaction_p99 = hist_percentile(&flow->latency, 990),
                                    .transaction_max = flow->latency.max,
                                    .rtt_min = client->stats.rtt_min,
                                    .rtt_max = client->stats.rtt_max,
                                    .srtt = client->srtt,
                                    .cwnd = client->cc.cwnd,
                                    .cwnd_max = client->stats.cwnd_max,
                                    .mss = client->mss};
    for (int h = 0; h < 2; h++) {
        add(out, &flow->half[h].tcp.st.stats);
        out->state[h] = tcp_state_name(flow->half[h].tcp.st.state);
        out->ended[h] = (enum tcp_end)flow->half[h].tcp.st.ended;
    }
    memcpy(out->limited, flow->half[0].tcp.limits.limited, sizeof(out->limited));
    out->ok = out->done && client->ended <= TCP_END_CLOSED && out->ended[1] <= TCP_END_CLOSED;
    sim_time took = m->progress_at - flow->st.started_at;
    if (m->bytes && took)
        out->goodput_bps = (uint64_t)((unsigned __int128)m->bytes * 8 * SIM_S / took);
    say_stall(flow, out);
}
