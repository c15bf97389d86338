/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `on-loss retransmit`: what a lost packet of a replayed conversation means.
 *
 * As TCP would have it [RFC 6298 5], each half has one timer, of its oldest packet that has not arrived. When it fires that packet
 * is sent once more, as a frame of its own, and the time-out doubles; an arrival of something new starts it anew. Arrival is
 * known at once: no acknowledgement travels. What is no TCP is sent again likewise, as its application or its resolver would.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "net/traffic/replay__.h"

enum {
    RESENDS_OF_ONE = 15, /* then it is given up: Linux' tcp_retries2 */
};
#define RTO_MIN (200 * SIM_MS) /* Linux' TCP_RTO_MIN, and what a conversation without a measured round trip begins with here */
#define RTO_MAX (120 * SIM_S)  /* Linux' TCP_RTO_MAX */

static bool has_arrived(const struct replay_half *half, uint64_t packet)
{
    return half->arrivals[packet % half->count].seq1 > packet;
}

/* The resends are in the order of their frames. How many were born before this frame. */
static uint64_t resends_before(const struct replay_half *half, uint64_t frame)
{
    uint64_t low = 0, high = half->st.resends;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (half->resend[middle].frame < frame)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint64_t replay__packet_of(const struct replay_half *half, uint64_t frame)
{
    uint64_t before = resends_before(half, frame);
    if (before < half->st.resends && half->resend[before].frame == frame)
        return half->resend[before].packet;
    return frame - before;
}

/* The timer begins anew if there is anything to wait for. */
static void arm(struct replay_half *half)
{
    while (half->st.oldest < half->st.next && has_arrived(half, half->st.oldest))
        half->st.oldest++;
    bool waits = half->st.oldest < half->st.next;
    half->st.rto = RTO_MIN;
    half->st.tries = 0;
    half->st.resend_at = waits ? sim_time_add(sim_now(half->replay->comp.sim), RTO_MIN) : SIM_NEVER;
}

void replay__note_sent(struct replay_half *half)
{
    if (half->replay->retransmits && half->st.oldest + 1 == half->st.next)
        arm(half);
}

void replay__note_arrived(struct replay_half *half, uint64_t packet)
{
    if (half->replay->retransmits && !replay__gave_up(half) && packet >= half->st.oldest)
        arm(half);
}

const struct replay_packet *replay__take_resend(struct replay_half *half)
{
    struct half_state *st = &half->st;
    if (st->resends == half->resend_cap) {
        half->resend_cap = half->resend_cap ? 2 * half->resend_cap : 16;
        half->resend = alloc_grow("a replay", half->resend, half->resend_cap * sizeof(*half->resend));
    }
    half->resend[st->resends] = (struct replay_resend){st->next + st->resends, st->oldest};
    st->resends++;
    st->tries++;
    st->rto = 2 * st->rto < RTO_MAX ? 2 * st->rto : RTO_MAX;
    st->resend_at = st->tries < RESENDS_OF_ONE ? sim_time_add(sim_now(half->replay->comp.sim), st->rto) : SIM_NEVER;
    return &half->packets[st->oldest % half->count];
}

bool replay__waits_for_arrival(const struct replay_half *half)
{
    return half->replay->retransmits && half->st.oldest < half->st.next;
}

bool replay__gave_up(const struct replay_half *half) { return half->st.tries == RESENDS_OF_ONE; }

void replay__save_resends(struct replay_half *half, struct save *s)
{
    if (save_is_loading(s)) {
        if (s->err || half->st.resends > half->st.next * RESENDS_OF_ONE || half->st.oldest > half->st.next) {
            save_fail(s, -EPROTO, "a half of the conversation has sent more packets again than it has");
            return;
        }
        free(half->resend);
        half->resend_cap = half->st.resends;
        half->resend = half->resend_cap ? alloc_zero("a replay", half->resend_cap, sizeof(*half->resend)) : NULL;
    }
    for (uint64_t i = 0; i < half->st.resends; i++)
        save_field(s, half->resend[i]);
}
