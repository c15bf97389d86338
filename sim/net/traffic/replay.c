/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Playing a conversation: when each half's next packet is due, and what an arrival sets free.
 *
 * Both halves count their packets through all repetitions: number = repetition * count + index, which is also the
 * flow_seq of the frame, since frames are born in the order they are fetched; unless packets were sent again
 * (replay_resend.c). In a repetition the leading packets,
 * which await nothing in the capture, await the other half's last packet of the repetition before.
 */
#include "net/traffic/replay.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/traffic/replay__.h"

enum { REPLAY_START = 1 };

static struct replay_half *other_half(struct replay_half *half)
{
    struct replay *r = half->replay;
    return half == &r->half[0] ? &r->half[1] : &r->half[0];
}

/* flow_seq + 1 of the packet of `other` that packet `seq` of `half` awaits; 0: none. */
static uint64_t awaited_seq1(const struct replay_half *half, const struct replay_half *other, uint64_t seq)
{
    uint64_t round = seq / half->count;
    uint32_t awaits = half->packets[seq % half->count].awaits;
    if (other->count == 0 || half->replay->half_only)
        return 0;
    if (awaits != NO_PACKET)
        return round * other->count + awaits + 1;
    return round * other->count; /* the last of the round before; of the first round nothing */
}

/* When `half` may send its next packet, from its state and the arrivals; notes what it waits for. */
static sim_time next_due(struct replay_half *half)
{
    struct replay *r = half->replay;
    const struct replay_half *other = other_half(half);
    half->waits_seq1 = 0;
    if (!r->st.started || half->st.next >= half->total)
        return SIM_NEVER;
    const struct replay_packet *p = &half->packets[half->st.next % half->count];
    uint64_t seq1 = awaited_seq1(half, other, half->st.next);
    sim_time due = half->st.not_before;
    if (seq1) {
        const struct replay_arrival *arrival = &other->arrivals[(seq1 - 1) % other->count];
        if (arrival->seq1 < seq1) {
            half->waits_seq1 = seq1;
            return SIM_NEVER;
        }
        sim_time ready = sim_time_add(arrival->at, p->awaits == NO_PACKET ? 0 : p->think);
        due = ready > due ? ready : due;
    }
    return due;
}

/* Its next frame, and when it is due: its next packet, or one that is sent again. Does not wake the station. */
static void half_schedule(struct replay_half *half)
{
    sim_time due = next_due(half);
    half->resends_first = half->st.resend_at < due;
    if (half->resends_first)
        due = half->st.resend_at;
    if (due != SIM_NEVER)
        half->workload.len = half->packets[(half->resends_first ? half->st.oldest : half->st.next) % half->count].len;
    workload__set_due(&half->workload, due);
}

/* ---- sending ---- */

/* Put these addresses where the capture's were. */
static void address(const struct replay_packet *p, const uint8_t from[6], const uint8_t to[6], uint8_t *buf)
{
    const uint8_t *mac[2] = {[SITE_SENDER] = from, [SITE_RECEIVER] = to};
    if (!p->to_group)
        memcpy(buf, to, 6);
    memcpy(buf + 6, from, 6);
    for (unsigned i = 0; i < p->site_count; i++)
        inet_replace(buf + p->site[i], mac[p->site_owner[i]], 6, p->site_csum ? buf + p->site_csum : NULL);
}

static bool half_again(const struct workload *w, uint64_t seq, const uint8_t from[6], const uint8_t to[6], uint8_t *buf,
                       struct inspect_sent *out)
{
    const struct replay_half *half = (const struct replay_half *)w;
    const struct replay_packet *p = &half->packets[replay__packet_of(half, seq) % half->count];
    memcpy(buf, half->bytes + p->data, p->len);
    address(p, from, to, buf);
    *out = (struct inspect_sent){.bytes = buf, .len = p->len, .insert = -1, .l4 = INSPECT_L4_AS_IT_IS};
    return true;
}

static sim_time pace_after(struct replay_half *half, const struct replay_packet *sent)
{
    struct replay *r = half->replay;
    if (r->timing == REPLAY_RATE) {
        struct sim_rate rate = r->pace;
        rate.rem = half->st.rate_rem;
        sim_time gap = sim_rate_take(&rate, sent->len);
        half->st.rate_rem = rate.rem;
        return gap;
    }
    return half->packets[half->st.next % half->count].gap; /* of the packet that comes now */
}

static void write_packet(const struct replay_half *half, const struct replay_packet *p, uint8_t *buf)
{
    const struct workload *w = &half->workload;
    if (buf) {
        memcpy(buf, half->bytes + p->data, p->len);
        address(p, w->station->mac, w->to->mac, buf);
    }
}

static void send_again(struct replay_half *half, uint8_t *buf)
{
    const struct replay_packet *p = replay__take_resend(half);
    write_packet(half, p, buf);
    trace_replay_resent(&half->replay->comp, p->number, half->workload.station->name, (unsigned)half->st.tries);
    half_schedule(half);
}

static void half_fill(struct workload *w, uint8_t *buf)
{
    struct replay_half *half = (struct replay_half *)w;
    const struct replay_packet *p = &half->packets[half->st.next % half->count];
    struct sim *sim = half->replay->comp.sim;
    if (half->resends_first) {
        send_again(half, buf);
        return;
    }
    write_packet(half, p, buf);
    half->replay->walked += p->len + sizeof(*p);
    if (half->replay->walked >= BULK_WALK) {
        replay__relax(half->replay);
        half->replay->walked = 0;
    }
    trace_replay_sent(&half->replay->comp, p->number, w->station->name);
    half->st.next++;
    replay__note_sent(half);
    half->st.not_before = sim_time_add(sim_now(sim), pace_after(half, p));
    half_schedule(half);
    if (half->st.next == half->total)
        trace_replay_done(&half->replay->comp, w->station->name);
    else if (half->waits_seq1)
        trace_replay_waits(&half->replay->comp, half->packets[half->st.next % half->count].number,
                           other_half(half)->packets[(half->waits_seq1 - 1) % other_half(half)->count].number);
}

/* ---- arrivals ---- */

static void half_delivered(struct workload *w, struct component *at, const struct frame *f)
{
    struct replay_half *half = (struct replay_half *)w, *other = other_half(half);
    const struct station *to = half->replay->half_only ? NULL : other->workload.station;
    if (half->replay->half_only || !to || at != to->comp)
        return;
    uint64_t packet = replay__packet_of(half, f->flow_seq);
    assert(packet < half->st.next && "a conversation's frames are born in the order they are fetched");
    struct replay_arrival *arrival = &half->arrivals[packet % half->count];
    if (arrival->seq1 > packet)
        return; /* a duplicate, or a later repetition overtook it */
    *arrival = (struct replay_arrival){packet + 1, sim_now(at->sim)};
    half->st.arrived++;
    if (half->replay->retransmits) {
        replay__note_arrived(half, packet);
        half_schedule(half);
        workload__due(&half->workload);
    }
    if (other->waits_seq1 != packet + 1)
        return;
    trace_replay_arrived(&half->replay->comp, half->packets[packet % half->count].number, to->name);
    half_schedule(other);
    workload__due(&other->workload);
}

const struct workload_ops replay__workload_ops = {.fill = half_fill, .delivered = half_delivered, .again = half_again};

/* ---- the component ---- */

static void replay_event(struct component *self, const struct event *ev)
{
    struct replay *r = (struct replay *)self;
    assert(ev->verb == REPLAY_START && !r->st.started);
    r->st.started = 1;
    trace_replay_started(self, r->half[0].count + r->half[1].count);
    for (int h = 0; h < 2; h++) {
        struct replay_half *half = &r->half[h];
        half->st.not_before = sim_now(self->sim);
        half_schedule(half);
    }
    for (int h = 0; h < 2; h++)
        workload__due(&r->half[h].workload);
}

static void replay_save(struct component *self, struct save *s)
{
    struct replay *r = (struct replay *)self;
    save_section(s, "replay", 2);
    save_expect_u64(s, "capture", r->digest);
    save_field(s, r->st);
    for (int h = 0; h < 2; h++) {
        struct replay_half *half = &r->half[h];
        save_expect_u64(s, "packets", half->total);
        save_field(s, half->st);
        save_bytes(s, half->arrivals, sizeof(*half->arrivals) * half->count);
        replay__save_resends(half, s);
    }
    for (int h = 0; h < 2 && save_is_loading(s) && !s->err; h++) {
        if (r->half[h].st.next > r->half[h].total)
            save_fail(s, -EPROTO, "a half of the conversation has sent more packets than it has");
        else
            half_schedule(&r->half[h]); /* the stations saved their own wake-up */
    }
}

const struct component_ops replay__component_ops = {.kind = "replay", .event = replay_event, .save = replay_save};

void replay_start(struct replay *r, sim_time at) { event_post(&r->comp, &r->comp, at, EV_SCENARIO, REPLAY_START, 0, 0, 0); }

void replay__relax(const struct replay *r)
{
    for (int h = 0; h < 2; h++) {
        bulk_relax(&r->half[h].packet_store);
        bulk_relax(&r->half[h].byte_store);
        bulk_relax(&r->half[h].arrival_store);
    }
}

void replay_destroy(struct replay *r)
{
    if (!r)
        return;
    for (int h = 0; h < 2; h++) {
        workload__detach(&r->half[h].workload);
        bulk_free(&r->half[h].arrival_store);
        free(r->half[h].resend);
        if (r->borrows)
            continue;
        bulk_free(&r->half[h].packet_store);
        bulk_free(&r->half[h].byte_store);
    }
    free(r->name);
    if (!r->borrows)
        free(r->notes);
    free(r);
}

const char *replay_notes(const struct replay *r) { return r->notes ? r->notes : ""; }

const struct replay_role *replay_get_role(const struct replay *r, bool to) { return &r->role[to]; }

/* ---- status ---- */

/* Nobody notes the arrivals of a one-sided replay, which awaits none: the books know. */
static uint64_t arrived_of(const struct replay *r)
{
    if (!r->half_only)
        return r->half[0].st.arrived + r->half[1].st.arrived;
    struct flow_report flow;
    flow_get_report(r->comp.sim, r->half[0].workload.flow, &flow);
    return flow.delivered;
}

static uint32_t clamp32(uint64_t n) { return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX; }

/* The half waits for a packet that was sent and has not arrived: will it ever? */
static void describe_wait(const struct replay *r, unsigned h, struct replay_status *out)
{
    const struct replay_half *half = &r->half[h], *other = &r->half[1 - h];
    const struct replay_packet *awaited = &other->packets[(half->waits_seq1 - 1) % other->count];
    const struct replay_packet *blocked = &half->packets[half->st.next % half->count];
    struct flow_report flow;
    flow_get_report(r->comp.sim, other->workload.flow, &flow);
    bool never = (flow.in_flight == 0 && other->st.resend_at == SIM_NEVER) || sim_next_event_time(r->comp.sim) == SIM_NEVER;
    if (never) {
        out->blocked_at = awaited->number;
        out->blocks = blocked->number;
    }
    char part[40] = ""; /* a segment is named by the packet that it is cut from */
    if (awaited->len < awaited->original)
        snprintf(part, sizeof(part), "%" PRIu32 " of its ", awaited->len);
    snprintf(out->blocked_text, sizeof(out->blocked_text),
             "packet %" PRIu32 " (%s/%s, %s%" PRIu32 " bytes) %s; packet %" PRIu32 " waits for it", awaited->number, r->name,
             h == 0 ? "back" : "forth", part, awaited->original, never ? "never arrived" : "has not arrived yet", blocked->number);
}

static bool all_settled(const struct replay *r)
{
    for (int h = 0; h < 2; h++) {
        const struct replay_half *half = &r->half[h];
        struct flow_report flow;
        if (half->st.next < half->total)
            return false;
        if (half->count == 0 || (half->st.arrived == half->total && !r->half_only))
            continue;
        flow_get_report(r->comp.sim, half->workload.flow, &flow);
        if (flow.in_flight || replay__waits_for_arrival(half))
            return false;
    }
    return true;
}

static void describe_loss(const struct replay *r, unsigned h, struct replay_status *out)
{
    const struct replay_half *half = &r->half[h];
    const struct replay_packet *lost = &half->packets[half->st.oldest % half->count];
    out->blocked_at = lost->number;
    snprintf(out->blocked_text, sizeof(out->blocked_text),
             "packet %" PRIu32 " (%s/%s, %" PRIu32 " bytes) never arrived, sent %u times", lost->number, r->name,
             h == 0 ? "forth" : "back", lost->original, (unsigned)half->st.tries + 1);
}

void replay_get_status(const struct replay *r, struct replay_status *out)
{
    *out = (struct replay_status){
        .packets = clamp32(r->half[0].total + r->half[1].total),
        .sent = clamp32(r->half[0].st.next + r->half[1].st.next),
        .arrived = clamp32(arrived_of(r)),
        .resent = clamp32(r->half[0].st.resends + r->half[1].st.resends),
        .started = r->st.started,
        .finished = r->st.started && all_settled(r),
    };
    for (unsigned h = 0; h < 2; h++) {
        const struct replay_half *half = &r->half[h], *other = &r->half[1 - h];
        if (replay__gave_up(half))
            describe_loss(r, h, out);
        else if (half->waits_seq1 && half->waits_seq1 <= other->st.next)
            describe_wait(r, h, out);
        else if (half->workload.due <= sim_now(r->comp.sim) && half->workload.station && !out->blocked_text[0])
            snprintf(out->blocked_text, sizeof(out->blocked_text), "packet %" PRIu32 " (%s/%s) is due, but %s has not sent it",
                     half->packets[half->st.next % half->count].number, r->name, h == 0 ? "forth" : "back",
                     half->workload.station->name);
    }
}
