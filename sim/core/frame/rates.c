/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a flow offered and what came through a second, and how much its delay varied. */
#include "core/frame/books_private.h"

struct flow_rate flow_rate_over(uint64_t frames, uint64_t bytes, sim_time span)
{
    if (!span)
        return (struct flow_rate){0, 0};
    unsigned __int128 bits = ((unsigned __int128)bytes + (unsigned __int128)frames * FRAME_FCS_LEN) * 8;
    return (struct flow_rate){(uint64_t)(bits * SIM_S / span), (uint64_t)((unsigned __int128)frames * SIM_S / span)};
}

/* Between n moments lie n - 1 spans: `left_out` is the length of the frame whose own span is not among them. */
static struct flow_rate rate_of(uint64_t frames, uint64_t bytes, uint32_t left_out, sim_time span)
{
    return frames < 2 ? (struct flow_rate){0, 0} : flow_rate_over(frames - 1, bytes - left_out, span);
}

/* A frame's share of what is offered lies behind its birth, its share of what arrives before its delivery. What a buffer gives out
 * at once when all has been sent has come through, but not faster than it was sent. */
void flow__rates(struct flow_report *out)
{
    sim_time sending = out->last_sent - out->first_sent, arriving = out->last_whole - out->first_whole;
    out->offered = rate_of(out->sent, out->bytes_sent, out->last_sent_len, sending);
    out->throughput = rate_of(out->delivered, out->bytes_delivered, out->first_whole_len, arriving > sending ? arriving : sending);
}

/* [RFC 3550 6.4.1, A.8] In sixteenths, rounded as there. `transit`: of the frame that is delivered now. */
void flow__jitter(struct flow_state *st, sim_time transit)
{
    uint64_t differs = transit > st->last_transit ? transit - st->last_transit : st->last_transit - transit;
    if (st->delivered)
        st->jitter16 += differs - ((st->jitter16 + 8) >> 4);
    st->last_transit = transit;
}

sim_time flow__pdv(const struct hist *latency)
{
    sim_time p99 = hist_percentile(latency, 990);
    return latency->count && p99 > latency->min ? p99 - latency->min : 0;
}

struct flow_so_far flow_get_so_far(const struct sim *sim, uint32_t flow)
{
    const struct books *books = sim->books;
    struct flow_so_far so_far = {0};
    for (uint32_t i = flow, last = books->flow[flow].is_parent ? books->flows : flow; i <= last; i++) {
        const struct flow_state *st = &books->flow[i].st;
        if (!flow_is_of(sim, i, flow))
            continue;
        so_far.sent += st->sent;
        so_far.bytes_sent += st->bytes_sent;
        so_far.delivered += st->delivered;
        so_far.bytes_delivered += st->bytes_delivered;
    }
    return so_far;
}
