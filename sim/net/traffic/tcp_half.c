/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One half of a connection as a workload: its application, its frames, and what it says in the trace. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "net/traffic/tcp_flow__.h"

static struct tcp_half *half_of(struct workload *w) { return (struct tcp_half *)w; }

static const char *who(const struct tcp_half *half) { return half->workload.station ? half->workload.station->name : "nobody"; }

/* ---- the trace ---- */

static unsigned long long us(sim_time t) { return t == SIM_NEVER ? 0 : t / SIM_US; }

static void trace_segment(struct tcp_half *half, const struct tcp_segment *s, bool sent)
{
    const struct tcp_state *st = &half->tcp.st;
    const struct tcp_config *config = &half->tcp.config;
    char flags[6], *f = flags;
    uint32_t irs = !sent && s->flags & TCP_SYN ? s->seq : st->irs; /* of one that came nothing is known before it was looked at */
    if (!trace_wanted(&half->flow->comp, TRACE_tcp))
        return;
    for (unsigned i = 0; i < 5; i++)
        if (s->flags & 1u << i)
            *f++ = "FSRPA"[i];
    *f = 0;
    if (sent)
        trace_tcp_sent(&half->flow->comp, who(half), flags, s->seq - config->iss, s->len, s->flags & TCP_ACK ? s->ack - irs : 0,
                       s->window, st->cc.cwnd, tcp_flight(&half->tcp), st->window);
    else
        trace_tcp_came(&half->flow->comp, who(half), flags, s->seq - irs, s->len, s->flags & TCP_ACK ? s->ack - config->iss : 0,
                       s->window, s->sacks);
}

static void told(struct tcp_watch *watch, const struct tcp *t, enum tcp_event what, uint64_t a, uint64_t b)
{
    struct tcp_half *half = (struct tcp_half *)((char *)watch - offsetof(struct tcp_half, watch));
    struct component *comp = &half->flow->comp;
    switch (what) {
    case TCP_EVENT_STATE:
        trace_tcp_state(comp, who(half), tcp_state_name((unsigned)a), tcp_state_name(t->st.state));
        return;
    case TCP_EVENT_RTO:
        trace_tcp_rto(comp, who(half), us(a), us(b), t->st.cc.cwnd, t->st.cc.ssthresh);
        return;
    case TCP_EVENT_RECOVERY:
        trace_tcp_recovery(comp, who(half), a, t->st.cc.ssthresh);
        return;
    case TCP_EVENT_RECOVERED:
        trace_tcp_recovered(comp, who(half), a == TCP_CA_LOSS ? "the time-out" : "the loss", t->st.cc.cwnd);
        return;
    case TCP_EVENT_PROBE:
        trace_tcp_probe(comp, who(half), a == 2 ? "window of 0" : a ? "tail is silent" : "tail is silent, new data");
        return;
    case TCP_EVENT_SPURIOUS:
        trace_tcp_spurious(comp, who(half), t->st.cc.cwnd);
        return;
    case TCP_EVENT_RTT:
        trace_tcp_rtt(comp, who(half), us(a), us(t->st.srtt), us(t->st.rto));
        return;
    }
}

/* ---- the applications ---- */

static void ask(struct tcp_half *half)
{
    const struct tcp_flow *flow = half->flow;
    if (flow->st.stopping || (flow->transactions && half->st.asked == flow->transactions)) {
        tcp_close(&half->tcp, sim_now(tcp__sim(half)));
        return;
    }
    half->st.asked++;
    half->st.asked_at = sim_now(tcp__sim(half));
    tcp_write(&half->tcp, flow->request);
}

static void run_client(struct tcp_half *half)
{
    struct tcp_flow *flow = half->flow;
    struct tcp *t = &half->tcp;
    sim_time now = sim_now(tcp__sim(half));
    if (t->st.state != TCP_ESTABLISHED && t->st.state != TCP_CLOSE_WAIT)
        return;
    if (flow->kind == TCP_FLOW_BULK) {
        if (flow->bytes || flow->st.stopping)
            tcp_close(t, now);
        return;
    }
    if (half->st.asked == half->st.answered)
        ask(half);
    while (!t->st.closing && t->st.stats.delivered >= (half->st.answered + 1) * flow->response) {
        half->st.answered++;
        hist_record(&flow->latency, now - half->st.asked_at);
        ask(half);
    }
}

static void run_server(struct tcp_half *half)
{
    const struct tcp_flow *flow = half->flow;
    struct tcp *t = &half->tcp;
    while (flow->kind == TCP_FLOW_RR && t->st.stats.delivered >= (half->st.answered + 1) * flow->request) {
        half->st.answered++;
        tcp_write(t, flow->response);
    }
    if (tcp_is_closed_there(t))
        tcp_close(t, sim_now(tcp__sim(half)));
}

void tcp__run(struct tcp_half *half)
{
    if (half->opens)
        run_client(half);
    else
        run_server(half);
    workload__set_due(&half->workload, tcp_due(&half->tcp, sim_now(tcp__sim(half))));
    workload__due(&half->workload);
}

void tcp__heard(struct tcp_half *half, const struct tcp_segment *in, const uint8_t *payload)
{
    uint64_t before = half->tcp.st.stats.delivered;
    trace_segment(half, in, false);
    tcp_receive(&half->tcp, in, payload, sim_now(tcp__sim(half)));
    tcp__progress(half->flow, half->tcp.st.stats.delivered - before);
    tcp__run(half);
}

/* ---- frames ---- */

static struct tcp_segment *logged(const struct tcp_log *log, uint64_t number) { return &log->segment[number & (log->cap - 1)]; }

static void note(struct tcp_log *log, const struct tcp_segment *s)
{
    if (log->count == log->cap && log->cap < TCP_LOG_MAX) {
        log->cap = log->cap ? 2 * log->cap : TCP_LOG_MIN;
        log->segment = alloc_grow("a TCP connection", log->segment, log->cap * sizeof(*s));
    }
    *logged(log, log->count++) = *s;
}

void tcp__save_log(struct tcp_log *log, struct save *s)
{
    save_field(s, log->count);
    save_field(s, log->cap);
    if (save_is_loading(s)) {
        if (s->err || log->cap > TCP_LOG_MAX || (log->cap & (log->cap - 1)) || (log->count && !log->cap)) {
            save_fail(s, -EPROTO, "a log of %llu segments", (unsigned long long)log->cap);
            return;
        }
        free(log->segment);
        log->segment = log->cap ? alloc_zero("a TCP connection", log->cap, sizeof(*log->segment)) : NULL;
    }
    uint64_t kept = log->count < log->cap ? log->count : log->cap;
    for (uint64_t i = log->count - kept; i != log->count; i++)
        save_field(s, *logged(log, i));
}

static enum tcp_checksum checksum_of(const struct tcp_half *half, const struct tcp_segment *s)
{
    return s->cut ? TCP_CHECKSUM_CUT : half->workload.offload.checksum ? TCP_CHECKSUM_PSEUDO : TCP_CHECKSUM_WHOLE;
}

enum { IDS_A_BURST = 64 }; /* its segments have identifications of their own */

static void write_frame(const struct tcp_half *half, uint64_t number, const struct tcp_segment *s, const uint8_t from[6],
                        const uint8_t to[6], uint8_t *buf)
{
    tcp_frame_write(&half->path, s, checksum_of(half, s), (uint16_t)(number * IDS_A_BURST), from, to, buf);
}

/* Its time has come: the next segment, or a timer that sends none. */
static bool half_look(struct workload *w, sim_time now)
{
    struct tcp_half *half = half_of(w);
    if (tcp_send(&half->tcp, now, &half->out)) {
        w->len = tcp_frame_len(&half->path, &half->out);
        w->offload.mss = half->out.cut;
        return true;
    }
    sim_time due = tcp_due(&half->tcp, now);
    assert(due > now);
    workload__set_due(w, due);
    return false;
}

static void half_fill(struct workload *w, uint8_t *buf)
{
    struct tcp_half *half = half_of(w);
    if (buf)
        write_frame(half, half->log.count, &half->out, w->station->mac, w->to->mac, buf);
    note(&half->log, &half->out);
    trace_segment(half, &half->out, true);
    workload__set_due(w, tcp_due(&half->tcp, sim_now(tcp__sim(half))));
}

static bool half_again(const struct workload *w, uint64_t seq, const uint8_t from[6], const uint8_t to[6], uint8_t *buf,
                       struct inspect_sent *out)
{
    const struct tcp_half *half = (const struct tcp_half *)w;
    const struct tcp_log *log = &half->log;
    if (seq >= log->count || log->count - seq > log->cap)
        return false;
    const struct tcp_segment *s = logged(log, seq);
    write_frame(half, seq, s, from, to, buf);
    *out = (struct inspect_sent){.bytes = buf,
                                 .len = tcp_frame_len(&half->path, s),
                                 .insert = -1,
                                 .mss = s->cut,
                                 .l4 = checksum_of(half, s) == TCP_CHECKSUM_WHOLE ? INSPECT_L4_GOOD : INSPECT_L4_FILLED};
    return true;
}

/* A machine that went back to a snapshot is an end that was, to another that is. */
static void half_position(struct workload *w, struct save *s, sim_time later)
{
    struct tcp_half *half = half_of(w);
    save_field(s, half->st);
    tcp_save(&half->tcp, s);
    if (!save_is_loading(s) || s->err)
        return;
    half->st.asked_at += later;
    tcp_shift(&half->tcp, later);
    workload__set_due(w, tcp_due(&half->tcp, sim_now(tcp__sim(half))));
}

const struct workload_ops tcp__workload_ops = {
    .look = half_look, .fill = half_fill, .position = half_position, .again = half_again};

void tcp__watch(struct tcp_half *half)
{
    half->watch.told = told;
    half->tcp.watch = &half->watch;
}
