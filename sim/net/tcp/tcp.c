/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the application does with its connection, the states, and what is saved. */
#include "net/tcp/tcp.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "net/tcp/tcp__.h"

enum { RECORDS_MIN = 64 };

static const char *const names[TCP_STATES] = {
    [TCP_CLOSED] = "CLOSED",           [TCP_LISTEN] = "LISTEN",
    [TCP_SYN_SENT] = "SYN-SENT",       [TCP_SYN_RECEIVED] = "SYN-RECEIVED",
    [TCP_ESTABLISHED] = "ESTABLISHED", [TCP_FIN_WAIT_1] = "FIN-WAIT-1",
    [TCP_FIN_WAIT_2] = "FIN-WAIT-2",   [TCP_CLOSE_WAIT] = "CLOSE-WAIT",
    [TCP_CLOSING] = "CLOSING",         [TCP_LAST_ACK] = "LAST-ACK",
    [TCP_TIME_WAIT] = "TIME-WAIT",
};

const char *tcp_state_name(unsigned state) { return state < TCP_STATES ? names[state] : "?"; }

struct tcp_config tcp_config_usual(void)
{
    return (struct tcp_config){
        .mss = 1460,
        .buffer = 4u << 20,
        .cc = TCP_CC_CUBIC,
        .initial_window = 10,
        .quick_acks = 16,
        .retries = 15,
        .syn_retries = 6,
        .rto_initial = SIM_S,
        .rto_min = 200 * SIM_MS,
        .rto_max = 120 * SIM_S,
        .delayed_ack = 40 * SIM_MS,
        .msl = 30 * SIM_S,
        .tick = 2 * SIM_MS,
    };
}

static void stop_timers(struct tcp *t)
{
    t->st.rto_at = t->st.reorder_at = t->st.tlp_at = t->st.persist_at = t->st.delack_at = t->st.wait_at = SIM_NEVER;
}

void tcp_init(struct tcp *t, const struct tcp_config *config)
{
    *t = (struct tcp){.config = *config, .record_cap = RECORDS_MIN};
    t->records = alloc_zero("a TCP connection", RECORDS_MIN, sizeof(*t->records));
    t->st.fin_at = UINT64_MAX;
    t->st.mss = config->mss;
    t->st.end = 1; /* behind the SYN */
    t->st.rto = config->rto_initial;
    t->st.reo_steps = 1;
    tcp_cc_init(&t->st.cc, config->cc, config->mss, config->initial_window);
    stop_timers(t);
}

void tcp_fini(struct tcp *t)
{
    free(t->records);
    t->records = NULL;
}

void tcp__tell(const struct tcp *t, enum tcp_event what, uint64_t a, uint64_t b)
{
    if (t->watch)
        t->watch->told(t->watch, t, what, a, b);
}

void tcp__enter(struct tcp *t, enum tcp_state_kind state)
{
    uint32_t before = t->st.state;
    t->st.state = state;
    tcp__tell(t, TCP_EVENT_STATE, before, 0);
}

void tcp__end(struct tcp *t, enum tcp_end why)
{
    struct tcp_state *st = &t->st;
    st->ended = why;
    st->head = st->tail;
    st->una = st->nxt;
    st->sacked = st->lost = 0;
    st->ack_now = 0;
    stop_timers(t);
    tcp__enter(t, TCP_CLOSED);
}

/* ---- the application ---- */

void tcp_listen(struct tcp *t)
{
    assert(t->st.state == TCP_CLOSED);
    t->st.was_passive = 1;
    tcp__enter(t, TCP_LISTEN);
}

void tcp_connect(struct tcp *t, sim_time now)
{
    assert(t->st.state == TCP_CLOSED && t->st.nxt == 0);
    (void)now;
    tcp__enter(t, TCP_SYN_SENT);
}

void tcp_write(struct tcp *t, uint64_t bytes)
{
    if (!t->st.closing)
        t->st.end = sim_time_add(t->st.end, bytes);
}

void tcp_cut(struct tcp *t)
{
    if (t->st.end > t->st.nxt)
        t->st.end = tcp__max(t->st.nxt, 1);
}

void tcp_close(struct tcp *t, sim_time now)
{
    struct tcp_state *st = &t->st;
    (void)now;
    if (st->closing)
        return;
    if (st->end >= TCP_ENDLESS)
        st->end = tcp__max(st->nxt, 1);
    switch ((enum tcp_state_kind)st->state) {
    case TCP_LISTEN:
    case TCP_SYN_SENT:
        tcp__end(t, TCP_END_CLOSED);
        return;
    case TCP_SYN_RECEIVED:
    case TCP_ESTABLISHED:
        st->closing = 1;
        if (st->state == TCP_ESTABLISHED)
            tcp__enter(t, TCP_FIN_WAIT_1);
        return;
    case TCP_CLOSE_WAIT:
        st->closing = 1;
        tcp__enter(t, TCP_LAST_ACK);
        return;
    case TCP_CLOSED:
    case TCP_FIN_WAIT_1:
    case TCP_FIN_WAIT_2:
    case TCP_CLOSING:
    case TCP_LAST_ACK:
    case TCP_TIME_WAIT:
    case TCP_STATES:
        return;
    }
}

void tcp_abort(struct tcp *t)
{
    struct tcp_state *st = &t->st;
    bool tell = st->state >= TCP_SYN_RECEIVED && st->state != TCP_TIME_WAIT;
    if (st->state == TCP_CLOSED)
        return;
    st->reset_seq = tcp__seq(t, st->nxt);
    tcp__end(t, TCP_END_ABORTED);
    st->reset_due = tell ? 2 : 0;
}

uint64_t tcp_readable(const struct tcp *t)
{
    uint64_t got = t->st.rcv_nxt > t->st.fin_at ? t->st.fin_at : t->st.rcv_nxt;
    return got - t->st.read;
}

void tcp_read(struct tcp *t, uint64_t bytes)
{
    uint64_t before = t->st.rcv_right - t->st.rcv_nxt;
    t->st.read += tcp__min(bytes, tcp_readable(t));
    /* an update is worth a segment when it makes room for two, or half of the buffer [RFC 9293 3.8.6.2.2] */
    if (tcp__is_synchronized(t) && tcp__free(t) >= before + tcp__min(2 * (uint64_t)t->config.mss, t->config.buffer / 2))
        t->st.ack_now = 1;
}

bool tcp_is_closed_there(const struct tcp *t) { return t->st.rcv_nxt > t->st.fin_at; }

bool tcp_is_over(const struct tcp *t)
{
    return t->st.state == TCP_TIME_WAIT || (t->st.state == TCP_CLOSED && t->st.ended != TCP_END_NONE);
}

/* ---- state ---- */

static void check(const struct tcp *t, struct save *s)
{
    const struct tcp_state *st = &t->st;
    if (st->state >= TCP_STATES || st->ranges > TCP_RANGES_MAX || st->ca > TCP_CA_LOSS || st->una > st->nxt || !st->mss ||
        !st->cc.mss || !st->cc.cwnd || st->snd_scale > 14 || st->rcv_scale > 14 || st->read > st->rcv_nxt)
        save_fail(s, -EPROTO, "a state of TCP that cannot be");
}

static void save_records(struct tcp *t, struct save *s)
{
    uint64_t count = t->st.tail - t->st.head;
    if (save_is_loading(s)) {
        if (s->err || count > (s->len - s->pos) / sizeof(*t->records)) {
            save_fail(s, -EPROTO, "%llu records of what was sent", (unsigned long long)count);
            return;
        }
        while (t->record_cap <= count)
            t->record_cap *= 2;
        t->records = alloc_grow("a TCP connection", t->records, t->record_cap * sizeof(*t->records));
    }
    for (uint64_t i = t->st.head; i != t->st.tail; i++)
        save_field(s, *tcp__record(t, i));
}

void tcp_save(struct tcp *t, struct save *s)
{
    save_section(s, "tcp", 1);
    save_expect_u64(s, "initial sequence number", t->config.iss);
    save_expect_u64(s, "mss", t->config.mss);
    save_field(s, t->st);
    if (save_is_loading(s) && !s->err)
        check(t, s);
    save_records(t, s);
}

static void shift(sim_time *at, sim_time later)
{
    if (*at != SIM_NEVER)
        *at += later;
}

void tcp_shift(struct tcp *t, sim_time later)
{
    struct tcp_state *st = &t->st;
    sim_time *const timers[] = {&st->rto_at,    &st->reorder_at, &st->tlp_at,   &st->persist_at,
                                &st->delack_at, &st->wait_at,    &st->cc.epoch, &st->eifel_cc.epoch};
    for (unsigned i = 0; i < sizeof(timers) / sizeof(timers[0]); i++)
        shift(timers[i], later);
    st->rack_sent += later;
    st->data_at += later;
    for (uint64_t i = st->head; i != st->tail; i++)
        tcp__record(t, i)->sent += later;
}
