/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests and answers: who may send next, what an arrival sets free, and what waited too long. */
#include "net/traffic/exchange.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/hist.h"
#include "net/net__.h"
#include "net/traffic/flow_source.h"

enum { EXCHANGE_START = 1, EXCHANGE_LATE };
enum { OWED_MAX = 4 * EXCHANGE_DEPTH_MAX }; /* answers to be sent, and sent ones that may be under way */

/* plain data: a request without an answer */
struct asked {
    uint64_t number1; /* its number + 1; 0: free */
    sim_time at;
};

/* plain data */
struct exchange_state {
    uint64_t sent, done, failed;     /* requests */
    uint64_t received, answered;     /* requests that arrived; answers that were sent */
    uint64_t answers_to[OWED_MAX];   /* by the number of the answer, modulo: the number of its request */
    struct asked asked[EXCHANGE_DEPTH_MAX];
    sim_time first, last;            /* request sent, answer that came */
    sim_time may_ask, may_answer;    /* since when */
    uint32_t waiting;                /* requests without an answer */
    uint32_t started, stopped, late_posted;
};

struct half {
    struct workload workload; /* first member */
    struct exchange *exchange;
    struct flow_frame frame;
};

struct exchange {
    struct component comp; /* first member */
    char *name;
    struct half ask, answer;
    uint64_t count;
    uint32_t depth;
    sim_time timeout;
    struct exchange_state st;
    struct hist rtt;
};

/* ---- who may send ---- */

static bool asks_no_more(const struct exchange *x) { return x->st.stopped || (x->count && x->st.sent == x->count); }

static void schedule(struct exchange *x)
{
    bool asks = x->st.started && !asks_no_more(x) && x->st.waiting < x->depth;
    workload__set_due(&x->ask.workload, asks ? x->st.may_ask : SIM_NEVER);
    workload__set_due(&x->answer.workload, x->st.answered < x->st.received ? x->st.may_answer : SIM_NEVER);
}

static struct asked *find_asked(struct exchange *x, uint64_t number1)
{
    for (uint32_t i = 0; i < x->depth; i++)
        if (x->st.asked[i].number1 == number1)
            return &x->st.asked[i];
    return NULL;
}

/* One request less is without an answer: the next one may go. */
static void let_go(struct exchange *x, struct asked *asked)
{
    asked->number1 = 0;
    x->st.waiting--;
    x->st.may_ask = sim_now(x->comp.sim);
}

/* ---- what waited too long ---- */

static void post_late(struct exchange *x)
{
    sim_time first = SIM_NEVER;
    for (uint32_t i = 0; i < x->depth; i++)
        if (x->st.asked[i].number1 && x->st.asked[i].at < first)
            first = x->st.asked[i].at;
    if (first == SIM_NEVER || x->st.late_posted)
        return;
    x->st.late_posted = 1;
    event_post(&x->comp, &x->comp, sim_time_add(first, x->timeout), EV_SCENARIO, EXCHANGE_LATE, 0, 0, 0);
}

static void give_up(struct exchange *x)
{
    sim_time now = sim_now(x->comp.sim);
    x->st.late_posted = 0;
    for (uint32_t i = 0; i < x->depth; i++)
        if (x->st.asked[i].number1 && sim_time_add(x->st.asked[i].at, x->timeout) <= now) {
            x->st.failed++;
            let_go(x, &x->st.asked[i]);
        }
    post_late(x);
    schedule(x);
    workload__due(&x->ask.workload);
}

/* ---- sending and arriving ---- */

static void write_frame(const struct half *half, uint64_t number, uint8_t *buf)
{
    const struct workload *w = &half->workload;
    if (buf)
        flow_frame_write(&half->frame, number, w->station->mac, w->to->mac, buf, NULL);
}

static void ask_fill(struct workload *w, uint8_t *buf)
{
    struct half *half = (struct half *)w;
    struct exchange *x = half->exchange;
    sim_time now = sim_now(x->comp.sim);
    struct asked *free_one = find_asked(x, 0);
    assert(free_one && x->st.waiting < x->depth);
    write_frame(half, x->st.sent, buf);
    x->st.first = x->st.sent ? x->st.first : now;
    *free_one = (struct asked){++x->st.sent, now};
    x->st.waiting++;
    post_late(x);
    schedule(x);
}

static void answer_fill(struct workload *w, uint8_t *buf)
{
    struct half *half = (struct half *)w;
    struct exchange *x = half->exchange;
    write_frame(half, x->st.answered++, buf);
    schedule(x);
}

static void ask_delivered(struct workload *w, struct component *at, const struct frame *f)
{
    struct exchange *x = ((struct half *)w)->exchange;
    if (!x->answer.workload.station || at != x->answer.workload.station->comp)
        return;
    if (x->st.received - x->st.answered == OWED_MAX)
        return; /* an answer that cannot be owed any more will be missed */
    x->st.answers_to[x->st.received++ % OWED_MAX] = f->flow_seq;
    if (x->st.received == x->st.answered + 1)
        x->st.may_answer = sim_now(at->sim);
    schedule(x);
    workload__due(&x->answer.workload);
}

static void answer_delivered(struct workload *w, struct component *at, const struct frame *f)
{
    struct exchange *x = ((struct half *)w)->exchange;
    if (!x->ask.workload.station || at != x->ask.workload.station->comp || f->flow_seq + OWED_MAX < x->st.received)
        return;
    struct asked *asked = find_asked(x, x->st.answers_to[f->flow_seq % OWED_MAX] + 1);
    if (!asked)
        return; /* it was given up, or this is a duplicate */
    x->st.last = sim_now(at->sim);
    hist_record(&x->rtt, x->st.last - asked->at);
    x->st.done++;
    let_go(x, asked);
    schedule(x);
    workload__due(&x->ask.workload);
}

static bool again(const struct workload *w, uint64_t seq, const uint8_t from[6], const uint8_t to[6], uint8_t *buf,
                  struct inspect_sent *out)
{
    flow_frame_write(&((const struct half *)w)->frame, seq, from, to, buf, out);
    return true;
}

static const struct workload_ops ask_ops = {.fill = ask_fill, .delivered = ask_delivered, .again = again};
static const struct workload_ops answer_ops = {.fill = answer_fill, .delivered = answer_delivered, .again = again};

/* ---- the component ---- */

static void exchange_event(struct component *self, const struct event *ev)
{
    struct exchange *x = (struct exchange *)self;
    if (ev->verb == EXCHANGE_LATE) {
        give_up(x);
        return;
    }
    assert(ev->verb == EXCHANGE_START && !x->st.started);
    x->st.started = 1;
    x->st.may_ask = sim_now(self->sim);
    trace_flow_started(self, x->ask.workload.station->name);
    schedule(x);
    workload__due(&x->ask.workload);
}

static void exchange_save(struct component *self, struct save *s)
{
    struct exchange *x = (struct exchange *)self;
    save_section(s, "exchange", 1);
    save_expect_u64(s, "depth", x->depth);
    save_field(s, x->st);
    hist_save(&x->rtt, s);
    schedule(x); /* the stations saved their own wake-up */
}

static const struct component_ops exchange_ops = {.kind = "exchange", .event = exchange_event, .save = exchange_save};

/* ---- making it ---- */

static int make_half(struct exchange *x, struct half *half, const struct workload_ops *ops, const struct flow_params *p, int flow)
{
    if (flow < 0)
        return -1;
    half->exchange = x;
    half->workload = (struct workload){
        .ops = ops,
        .due = SIM_NEVER,
        .flow = (uint32_t)flow,
        .frame_flags = flow_frame_sums_are_good(p) ? FRAME_SUMS_GOOD : 0,
        .to = p->to,
        .waits = true,
        .numbered = true,
    };
    flow_frame_init(&half->frame, p, (uint32_t)flow);
    half->workload.len = half->frame.len;
    workload__attach(&half->workload, p->from);
    return 0;
}

static int add_flow(struct sim *sim, const char *name, const char *half, int parent)
{
    char whole[96];
    snprintf(whole, sizeof(whole), "%s%s", name, half);
    return parent < 0 ? parent : flow_add(sim, whole, (uint32_t)parent);
}

struct exchange *exchange_create(struct sim *sim, const struct exchange_params *p, char *err, size_t err_cap)
{
    struct flow_params ask = {.name = p->name, .from = p->from, .to = p->to, .size = p->size, .vlan_tci = -1};
    struct flow_params answer = {.name = p->name, .from = p->to, .to = p->from, .size = p->answer, .vlan_tci = -1};
    if (flow_frame_check(&ask, err, err_cap) != 0 || flow_frame_check(&answer, err, err_cap) != 0)
        return NULL;
    int both = flow_add(sim, p->name, 0);
    struct exchange *x = alloc_zero("an exchange", 1, sizeof(*x));
    x->name = alloc_text("an exchange", p->name);
    x->depth = p->depth;
    x->count = p->count;
    x->timeout = p->timeout;
    hist_init(&x->rtt);
    if (make_half(x, &x->ask, &ask_ops, &ask, add_flow(sim, p->name, "/forth", both)) != 0 ||
        make_half(x, &x->answer, &answer_ops, &answer, add_flow(sim, p->name, "/back", both)) != 0) {
        snprintf(err, err_cap, "exchange %s: no more than %d flows fit in one world", p->name, FLOW_MAX);
        exchange_destroy(x);
        return NULL;
    }
    component_init(&x->comp, sim, &exchange_ops, x->name);
    return x;
}

void exchange_start(struct exchange *x, sim_time at) { event_post(&x->comp, &x->comp, at, EV_SCENARIO, EXCHANGE_START, 0, 0, 0); }

void exchange_stop(struct exchange *x)
{
    x->st.stopped = 1;
    schedule(x);
}

void exchange_destroy(struct exchange *x)
{
    if (!x)
        return;
    for (unsigned i = 0; i < 2; i++) {
        struct half *half = i ? &x->answer : &x->ask;
        if (!half->exchange)
            continue;
        workload__detach(&half->workload);
        flow_frame_fini(&half->frame);
    }
    hist_fini(&x->rtt);
    free(x->name);
    free(x);
}

void exchange_get_status(const struct exchange *x, struct exchange_status *out)
{
    sim_time span = x->st.last > x->st.first ? x->st.last - x->st.first : 0;
    *out = (struct exchange_status){
        .sent = x->st.sent,
        .done = x->st.done,
        .failed = x->st.failed,
        .started = x->st.started,
        .finished = x->st.started && asks_no_more(x) && !x->st.waiting,
        .per_second = x->st.done && span ? (uint64_t)((unsigned __int128)x->st.done * SIM_S / span) : 0,
        .rtt_min = x->st.done ? x->rtt.min : 0,
        .rtt_p50 = hist_percentile(&x->rtt, 500),
        .rtt_p99 = hist_percentile(&x->rtt, 990),
        .rtt_max = x->rtt.max,
    };
}
