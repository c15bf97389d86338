/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Synthetic flows: frames of one kind (flow_frame.h), each carrying its number, at one pace. The pace is a schedule, not a gap:
 * frame n is due at start + n intervals, exactly; a sender that was held up catches up. The schedule of a flow with pauses runs
 * while it is not silent.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/prng.h"
#include "net/net__.h"
#include "net/traffic/flow_source.h"

enum { SOURCE_START = 1 };

enum { OVERHEAD = 8 + 12 }; /* preamble and gap: what a frame occupies beyond its size */

/* plain data */
struct source_state {
    uint64_t sent;
    sim_time start; /* modulo 2^64: of a machine that was put back to a snapshot it may lie before the world began */
    sim_time due; /* of the next frame, since the start, as if there were no pauses */
    uint64_t rem; /* and the fraction beyond */
    uint32_t started, stopped;
    struct prng prng; /* of a Poisson process */
};

/* A machine that went back to a snapshot begins again at an earlier number: from this frame of the flow on, the number in a
 * frame is so much less. Plain data. */
struct source_shift {
    uint64_t from, less;
};
enum { SHIFTS_MAX = 8 };

struct flow_source {
    struct component comp; /* first member */
    struct workload workload;
    uint8_t src_mac[6], dst_mac[6];
    bool own_src, own_dst; /* the addresses above, not the stations' */
    uint64_t count;
    struct sim_rate pace; /* a frame's share of time, or that of a byte of it; ps_num 0: back to back */
    bool by_bytes, poisson;
    sim_time on, off;
    struct flow_frame *frame; /* one each size … */
    unsigned frames;
    uint8_t order[FLOW_SIZES_MAX]; /* … in this order */
    unsigned order_count;
    struct source_state st;
    struct source_shift shift[SHIFTS_MAX]; /* the oldest first */
};

static struct flow_source *source_of(struct workload *w)
{
    return (struct flow_source *)((char *)w - offsetof(struct flow_source, workload));
}

/* ---- sending ---- */

static const struct flow_frame *frame_of(const struct flow_source *fs, uint64_t number)
{
    return &fs->frame[fs->order[number % fs->order_count]];
}

/* What the schedule calls so long after the start, with the pauses that lie before. */
static sim_time with_pauses(const struct flow_source *fs, sim_time due)
{
    sim_time pauses = fs->on ? due / fs->on : 0, silent;
    if (__builtin_mul_overflow(pauses, fs->off, &silent))
        return SIM_NEVER;
    sim_time since = sim_time_add(due, silent), before = 0 - fs->st.start;
    if ((int64_t)fs->st.start < 0)
        return since > before ? since - before : 0;
    return sim_time_add(fs->st.start, since);
}

static void schedule(struct flow_source *fs)
{
    bool more = fs->st.started && !fs->st.stopped && (fs->count == 0 || fs->st.sent < fs->count);
    fs->workload.len = frame_of(fs, fs->st.sent)->len;
    workload__set_due(&fs->workload, more ? with_pauses(fs, fs->st.due) : SIM_NEVER);
}

/* [von Neumann 1951, Various techniques used in connection with random digits] An exponential variate of mean 1, in 2^-32, by
 * comparisons alone: of falling runs of uniform numbers, one of odd length gives its first number as the fraction, and those of
 * even length that came before count as the whole. */
static uint64_t exponential(struct prng *prng)
{
    for (uint64_t whole = 0;; whole++) {
        uint64_t first = prng_next(prng) >> 32, last = first;
        unsigned run = 1;
        for (uint64_t next; (next = prng_next(prng) >> 32) < last; last = next)
            run++;
        if (run % 2)
            return whole << 32 | first;
    }
}

/* The share of time of a frame of this length. */
static sim_time take_gap(struct flow_source *fs, uint32_t len)
{
    struct sim_rate pace = fs->pace;
    pace.rem = fs->st.rem;
    sim_time gap = sim_rate_take(&pace, fs->by_bytes ? len + FRAME_FCS_LEN + OVERHEAD : 1);
    fs->st.rem = pace.rem;
    return fs->poisson ? (sim_time)((unsigned __int128)gap * exponential(&fs->st.prng) >> 32) : gap;
}

static void source_fill(struct workload *w, uint8_t *buf)
{
    struct flow_source *fs = source_of(w);
    const struct flow_frame *frame = frame_of(fs, fs->st.sent);
    if (buf)
        flow_frame_write(frame, fs->st.sent, fs->own_src ? fs->src_mac : w->station->mac, w->to ? w->to->mac : fs->dst_mac, buf,
                         NULL);
    fs->st.sent++;
    if (fs->pace.ps_num)
        fs->st.due = sim_time_add(fs->st.due, take_gap(fs, frame->len));
    schedule(fs);
    if (fs->st.sent == fs->count)
        trace_flow_stopped(&fs->comp, fs->st.sent, "done");
}

/* The oldest is forgotten: a frame that is older than eight restores is not under way any more. */
static void note_shift(struct flow_source *fs)
{
    struct flow_report flow;
    flow_get_report(fs->comp.sim, fs->workload.flow, &flow);
    memmove(&fs->shift[0], &fs->shift[1], (SHIFTS_MAX - 1) * sizeof(fs->shift[0]));
    fs->shift[SHIFTS_MAX - 1] = (struct source_shift){flow.sent, flow.sent - fs->st.sent};
}

static void source_position(struct workload *w, struct save *s, sim_time later)
{
    struct flow_source *fs = source_of(w);
    save_field(s, fs->st);
    if (!save_is_loading(s) || s->err)
        return;
    fs->st.start += later;
    note_shift(fs);
    schedule(fs);
}

static bool source_again(const struct workload *w, uint64_t seq, const uint8_t from[6], const uint8_t to[6], uint8_t *buf,
                         struct inspect_sent *out)
{
    const struct flow_source *fs = (const struct flow_source *)((const char *)w - offsetof(struct flow_source, workload));
    uint64_t less = 0;
    for (unsigned i = 0; i < SHIFTS_MAX; i++)
        less = fs->shift[i].from <= seq ? fs->shift[i].less : less;
    flow_frame_write(frame_of(fs, seq - less), seq - less, fs->own_src ? fs->src_mac : from, w->to ? to : fs->dst_mac, buf, out);
    out->insert = w->offload.vlan ? (int32_t)(w->offload.vlan & 0xffff) : -1;
    return true;
}

static const struct workload_ops workload_ops = {.fill = source_fill, .position = source_position, .again = source_again};

/* ---- the component ---- */

static void source_event(struct component *self, const struct event *ev)
{
    struct flow_source *fs = (struct flow_source *)self;
    assert(ev->verb == SOURCE_START);
    if (fs->st.started && !fs->st.stopped)
        return;
    fs->st.started = 1;
    fs->st.stopped = 0;
    fs->st.start = sim_now(self->sim);
    fs->st.due = fs->st.rem = 0;
    schedule(fs);
    trace_flow_started(self, fs->workload.station ? fs->workload.station->name : "nobody");
    workload__due(&fs->workload);
}

static void source_save(struct component *self, struct save *s)
{
    struct flow_source *fs = (struct flow_source *)self;
    save_section(s, "flow", 3);
    save_expect_u64(s, "size", fs->frame[0].len);
    save_expect_u64(s, "count", fs->count);
    save_expect_u64(s, "interval", fs->pace.ps_num);
    save_expect_u64(s, "interval", fs->pace.ps_den);
    save_field(s, fs->st);
    save_field(s, fs->shift);
    schedule(fs);
}

static const struct component_ops source_ops = {.kind = "flow", .event = source_event, .save = source_save};

/* ---- making it ---- */

static struct flow_params of_size(const struct flow_params *p, unsigned i)
{
    struct flow_params one = *p;
    one.size = p->size_count ? p->sizes[i] : p->size;
    return one;
}

static int check_sizes(const struct flow_params *p, char *err, size_t cap)
{
    for (unsigned i = 0; i < (p->size_count ? p->size_count : 1); i++) {
        struct flow_params one = of_size(p, i);
        if (flow_frame_check(&one, err, cap) != 0)
            return -1;
    }
    return 0;
}

static int refuse(char *err, size_t cap, const struct flow_params *p)
{
    if (!p->to && !p->dst_mac)
        snprintf(err, cap, "flow %s: neither a station nor an address to send to", p->name);
    else if (p->rate_pps_num && p->rate_pps_den > UINT64_MAX / SIM_S)
        snprintf(err, cap, "flow %s: a rate under a frame in %" PRIu64 " s is too slow", p->name, UINT64_MAX / SIM_S);
    else if (p->vlan_tci > 0xffff)
        snprintf(err, cap, "flow %s: %d is no VLAN tag", p->name, p->vlan_tci);
    else
        return check_sizes(p, err, cap);
    return -1;
}

static void set_pace(struct flow_source *fs, const struct flow_params *p)
{
    fs->pace = (struct sim_rate){0, 1, 0};
    if (p->rate_pps_num) {
        fs->pace.ps_num = SIM_S * (p->rate_pps_den ? p->rate_pps_den : 1);
        fs->pace.ps_den = p->rate_pps_num;
    } else if (p->rate_bps) {
        fs->pace = sim_rate_bytes(p->rate_bps);
        fs->by_bytes = true;
    }
    fs->poisson = p->poisson;
    fs->on = p->on;
    fs->off = p->off;
}

/* A frame each size, and which of them follow each other. */
static void make_frames(struct flow_source *fs, const struct flow_params *p)
{
    fs->order_count = p->size_count ? p->size_count : 1;
    fs->frame = alloc_zero("a flow", fs->order_count, sizeof(*fs->frame));
    for (unsigned i = 0; i < fs->order_count; i++) {
        struct flow_params one = of_size(p, i);
        unsigned k = 0;
        while (k < i && of_size(p, k).size != one.size)
            k++;
        fs->order[i] = k < i ? fs->order[k] : (uint8_t)fs->frames;
        if (k == i)
            flow_frame_init(&fs->frame[fs->frames++], &one, fs->workload.flow);
    }
}

struct flow_source *flow_source_create(struct sim *sim, const struct flow_params *p, char *err, size_t err_cap)
{
    if (refuse(err, err_cap, p) != 0)
        return NULL;
    int flow = flow_add(sim, p->name, 0);
    if (flow < 0) {
        if (flow == -EEXIST)
            snprintf(err, err_cap, "flow %s: there is already a flow of this name", p->name);
        else
            snprintf(err, err_cap, "flow %s: no more than %d flows fit in one world", p->name, FLOW_MAX);
        return NULL;
    }
    struct flow_source *fs = alloc_zero("a flow", 1, sizeof(*fs));
    *fs = (struct flow_source){
        .workload = {.ops = &workload_ops,
                     .due = SIM_NEVER,
                     .flow = (uint32_t)flow,
                     .frame_flags =
                         (uint16_t)((p->bad_fcs ? FRAME_BAD_FCS : 0) | (flow_frame_sums_are_good(p) ? FRAME_SUMS_GOOD : 0)),
                     .to = p->dst_mac ? NULL : p->to,
                     .waits = p->waits,
                     .numbered = !p->shape.mss},
        .own_src = p->src_mac,
        .own_dst = p->dst_mac,
        .count = p->count,
    };
    make_frames(fs, p);
    prng_init(&fs->st.prng, sim->seed, p->name);
    schedule(fs);
    fs->workload.offload = (struct workload_offload){
        .vlan = p->shape.inserted ? 0x10000u | (uint32_t)p->vlan_tci : 0,
        .mss = p->shape.mss,
        .checksum = p->shape.checksum == FLOW_CHECKSUM_OFFLOAD,
    };
    if (p->src_mac)
        memcpy(fs->src_mac, p->src_mac, 6);
    if (p->dst_mac)
        memcpy(fs->dst_mac, p->dst_mac, 6);
    set_pace(fs, p);
    workload__attach(&fs->workload, p->from);
    component_init(&fs->comp, sim, &source_ops, p->name);
    if (p->vlan_tci >= 0) {
        p->from->own_tags = true;
        if (p->to)
            p->to->own_tags = true;
    }
    if (p->to && p->dst_mac && mac_is_multicast(p->dst_mac) && !mac_is_broadcast(p->dst_mac) && p->to->ops->join)
        p->to->ops->join(p->to, p->dst_mac);
    return fs;
}

void flow_source_start(struct flow_source *fs, sim_time at)
{
    event_post(&fs->comp, &fs->comp, at, EV_SCENARIO, SOURCE_START, 0, 0, 0);
}

void flow_source_stop(struct flow_source *fs)
{
    if (fs->st.stopped || !fs->st.started)
        return;
    fs->st.stopped = 1;
    schedule(fs);
    trace_flow_stopped(&fs->comp, fs->st.sent, "stopped");
}

bool flow_source_done(const struct flow_source *fs)
{
    return fs->st.started && (fs->st.stopped || (fs->count && fs->st.sent == fs->count));
}

void flow_source_destroy(struct flow_source *fs)
{
    if (!fs)
        return;
    workload__detach(&fs->workload);
    for (unsigned i = 0; i < fs->frames; i++)
        flow_frame_fini(&fs->frame[i]);
    free(fs->frame);
    free(fs);
}
