/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time-outs, and losses found before them: RACK, tail loss probes, NewReno, proportional rate reduction. */
#include "net/tcp/tcp__.h"

#define DELAYED_ACK_WORST (200 * SIM_MS) /* [RFC 8985 7.2: TLP.max_ack_delay] */
#define GRANULARITY SIM_MS               /* of the clock [RFC 6298 2: G] */

enum { DUPLICATES = 3, STEPS_MAX = 16, BACKOFF_MAX = 30 };

/* ---- the time-out ---- */

static void set_rto(struct tcp *t, sim_time rto)
{
    rto = tcp__max(rto, t->config.rto_min);
    t->st.rto = tcp__min(rto, t->config.rto_max);
}

/* [RFC 6298 2.2, 2.3]; alpha 1/8, beta 1/4. */
void tcp__measure(struct tcp *t, sim_time rtt)
{
    struct tcp_state *st = &t->st;
    if (!st->srtt) {
        st->srtt = rtt;
        st->rttvar = rtt / 2;
    } else {
        sim_time off = rtt > st->srtt ? rtt - st->srtt : st->srtt - rtt;
        st->rttvar = (3 * st->rttvar + off) / 4;
        st->srtt = (7 * st->srtt + rtt) / 8;
    }
    set_rto(t, st->srtt + tcp__max(GRANULARITY, 4 * st->rttvar));
    st->backoff = 0;
    st->stats.rtt_min = st->stats.rtt_min ? tcp__min(st->stats.rtt_min, rtt) : rtt;
    st->stats.rtt_max = tcp__max(st->stats.rtt_max, rtt);
    tcp__tell(t, TCP_EVENT_RTT, rtt, 0);
}

/* [RFC 6298 5.2, 5.3] */
void tcp__arm_rto(struct tcp *t, sim_time now) { t->st.rto_at = tcp__has_data(t) ? sim_time_add(now, t->st.rto) : SIM_NEVER; }

void tcp__mark_lost(struct tcp *t, struct tcp_record *r)
{
    if (r->lost || r->sacked)
        return;
    r->lost = 1;
    t->st.lost += r->to - r->from;
}

/* An end that has taken back what it had selected [RFC 2018 8] is believed no more. */
static void forget_sacks(struct tcp *t)
{
    if (t->st.has_sack && !tcp__record(t, t->st.head)->sacked)
        return;
    for (uint64_t i = t->st.head; i != t->st.tail; i++)
        tcp__record(t, i)->sacked = 0;
    t->st.sacked = 0;
}

static void begin_loss(struct tcp *t)
{
    struct tcp_state *st = &t->st;
    bool first = st->backoff == 0;
    if (first) {
        st->eifel_cc = st->cc;
        st->eifel_armed = st->has_timestamps && st->ca == TCP_CA_OPEN ? 1 : 0;
    }
    tcp_cc_timeout(&st->cc, tcp_flight(t), first && st->ca != TCP_CA_LOSS);
    forget_sacks(t);
    for (uint64_t i = st->head; i != st->tail; i++)
        tcp__mark_lost(t, tcp__record(t, i));
    st->ca = TCP_CA_LOSS;
    st->high = st->nxt;
    st->duplicate_acks = 0;
    st->tlp_end = 0;
}

static void time_out(struct tcp *t, sim_time now)
{
    struct tcp_state *st = &t->st;
    bool opening = st->state < TCP_ESTABLISHED;
    sim_time was = st->rto;
    if (st->backoff >= (opening ? t->config.syn_retries : t->config.retries)) {
        tcp__end(t, TCP_END_TIMED_OUT);
        return;
    }
    st->stats.timeouts++;
    if (opening) {
        st->syn_timed_out = 1;
        tcp__mark_lost(t, tcp__record(t, st->head));
    } else {
        begin_loss(t);
    }
    if (st->backoff < BACKOFF_MAX)
        st->backoff++;
    set_rto(t, sim_time_add(st->rto, st->rto)); /* [RFC 6298 5.5] */
    st->rto_at = sim_time_add(now, st->rto);
    st->tlp_at = st->reorder_at = SIM_NEVER;
    tcp__tell(t, TCP_EVENT_RTO, was, st->rto);
}

/* ---- RACK [RFC 8985 6.2] ---- */

static bool sent_after(sim_time sent_a, uint64_t end_a, sim_time sent_b, uint64_t end_b)
{
    return sent_a > sent_b || (sent_a == sent_b && end_a > end_b);
}

/* A stretch that was sent again and comes back sooner than anything ever did was the first one of it. */
void tcp__rack_note(struct tcp *t, const struct tcp_record *r, sim_time now)
{
    struct tcp_state *st = &t->st;
    sim_time took = now - r->sent;
    if (r->times > 1 && took < st->stats.rtt_min)
        return;
    if (!sent_after(r->sent, r->to, st->rack_sent, st->rack_end) && st->rack_end)
        return;
    st->rack_sent = r->sent;
    st->rack_end = r->to;
    st->rack_rtt = took;
}

static sim_time reorder_window(const struct tcp *t)
{
    const struct tcp_state *st = &t->st;
    if (!st->reordering && (st->ca != TCP_CA_OPEN || st->sacked >= DUPLICATES * (uint64_t)st->mss))
        return 0;
    return tcp__min(st->reo_steps * (st->stats.rtt_min / 4), st->srtt);
}

static void detect(struct tcp *t, sim_time now)
{
    struct tcp_state *st = &t->st;
    sim_time window = reorder_window(t), wait = 0;
    st->reorder_at = SIM_NEVER;
    if (!st->rack_end || (!st->sacked && st->ca == TCP_CA_OPEN))
        return;
    for (uint64_t i = st->head; i != st->tail; i++) {
        struct tcp_record *r = tcp__record(t, i);
        if (r->sacked || r->lost || !sent_after(st->rack_sent, st->rack_end, r->sent, r->to))
            continue;
        sim_time until = r->sent + st->rack_rtt + window;
        if (until <= now)
            tcp__mark_lost(t, r);
        else
            wait = tcp__max(wait, until - now);
    }
    if (wait)
        st->reorder_at = now + tcp__max(wait, t->config.tick);
}

/* Each round in which something came twice, a quarter of the least round-trip time more is waited [RFC 8985 6.2 step 4]. */
static void widen(struct tcp *t)
{
    struct tcp_state *st = &t->st;
    if (st->una < st->reo_round)
        return;
    st->reo_round = st->nxt + 1;
    if (st->reo_steps < STEPS_MAX)
        st->reo_steps++;
}

/* ---- probes of the tail [RFC 8985 7] ---- */

void tcp__arm_probe(struct tcp *t, sim_time now)
{
    struct tcp_state *st = &t->st;
    st->tlp_at = SIM_NEVER;
    if (!st->has_sack || st->ca != TCP_CA_OPEN || st->sacked || st->tlp_end || !st->srtt || !tcp__has_data(t) ||
        !tcp__is_synchronized(t))
        return;
    sim_time wait = 2 * st->srtt;
    if (st->nxt - st->una <= st->mss)
        wait += DELAYED_ACK_WORST;
    st->tlp_at = tcp__min(now + tcp__max(wait, t->config.tick), st->rto_at);
}

/* Did a probe mend a loss that nobody has seen? Then it counts as one. */
static void end_probe(struct tcp *t, const struct tcp_round *round)
{
    struct tcp_state *st = &t->st;
    if (!st->tlp_end || st->una < st->tlp_end)
        return;
    if (st->tlp_is_again && !round->dsack && !round->duplicate && st->una == st->tlp_end && tcp__has_data(t))
        return; /* one more acknowledgement tells */
    if (st->tlp_is_again && !round->dsack && !round->duplicate && st->una > st->tlp_end && st->ca == TCP_CA_OPEN) {
        tcp_cc_lost(&st->cc, tcp_flight(t));
        st->cc.cwnd = st->cc.ssthresh;
    }
    st->tlp_end = 0;
}

/* ---- recovery ---- */

static void begin_recovery(struct tcp *t)
{
    struct tcp_state *st = &t->st;
    st->prr_flight = tcp__max(st->nxt - st->una, st->mss);
    tcp_cc_lost(&st->cc, st->nxt - st->una);
    st->ca = TCP_CA_RECOVERY;
    st->high = st->nxt;
    st->prr_delivered = st->prr_out = 0;
    st->eifel_armed = 0;
    st->stats.recoveries++;
    st->tlp_end = 0;
    tcp__tell(t, TCP_EVENT_RECOVERY, st->lost, 0);
}

/* [RFC 6937 3]: of what leaves the network a share goes in again, until the flight is what the new threshold allows. */
static void reduce(struct tcp *t, uint64_t delivered, bool first)
{
    struct tcp_state *st = &t->st;
    uint64_t flight = tcp_flight(t), send;
    st->prr_delivered += delivered;
    if (flight > st->cc.ssthresh) {
        uint64_t share = (uint64_t)(((unsigned __int128)st->prr_delivered * st->cc.ssthresh + st->prr_flight - 1) / st->prr_flight);
        send = share > st->prr_out ? share - st->prr_out : 0;
    } else {
        uint64_t owed = st->prr_delivered > st->prr_out ? st->prr_delivered - st->prr_out : 0;
        send = tcp__min(st->cc.ssthresh - flight, tcp__max(owed, delivered) + st->mss);
    }
    if (first)
        send = tcp__max(send, st->mss);
    st->cc.cwnd = tcp__max(flight + send, st->mss);
}

static void recovered(struct tcp *t)
{
    struct tcp_state *st = &t->st;
    uint32_t was = st->ca;
    if (was == TCP_CA_RECOVERY)
        st->cc.cwnd = st->cc.ssthresh;
    st->ca = TCP_CA_OPEN;
    st->duplicate_acks = 0;
    st->eifel_armed = 0;
    if (!st->has_sack)
        st->sacked = 0;
    tcp__tell(t, TCP_EVENT_RECOVERED, was, 0);
}

/* What came first behind a time-out answers what was sent before it: there was none [RFC 3522, RFC 4015]. */
static bool undo(struct tcp *t, const struct tcp_round *round, const struct tcp_segment *in)
{
    struct tcp_state *st = &t->st;
    if (st->ca != TCP_CA_LOSS || !st->eifel_armed || !round->advanced || !in->stamped)
        return false;
    bool spurious = st->eifel_armed == 1 || (int32_t)(in->tsecr - st->eifel_stamp) < 0;
    st->eifel_armed = 0;
    if (!spurious)
        return false;
    for (uint64_t i = st->head; i != st->tail; i++)
        tcp__record(t, i)->lost = 0;
    st->lost = 0;
    st->cc = st->eifel_cc;
    st->stats.spurious++;
    tcp__tell(t, TCP_EVENT_SPURIOUS, 0, 0);
    recovered(t);
    return true;
}

/* Without SACK each duplicate says that one segment more has arrived, and not which [RFC 5681 3.2, RFC 6582 3.2]. */
static void recover_by_counting(struct tcp *t, const struct tcp_round *round)
{
    struct tcp_state *st = &t->st;
    if (round->duplicate) {
        st->duplicate_acks++;
        st->sacked = tcp__min(st->sacked + st->mss, st->nxt - st->una - st->lost);
        if (st->duplicate_acks == DUPLICATES && st->ca == TCP_CA_OPEN && tcp__has_data(t) && st->una >= st->high)
            tcp__mark_lost(t, tcp__record(t, st->head));
    } else if (round->advanced) {
        uint64_t beyond = round->advanced > st->mss ? round->advanced - st->mss : 0;
        st->sacked -= tcp__min(st->sacked, beyond);
        st->duplicate_acks = st->ca == TCP_CA_OPEN ? 0 : st->duplicate_acks;
        if (st->ca == TCP_CA_OPEN)
            st->sacked = 0;
        if (st->ca == TCP_CA_RECOVERY && st->una < st->high) /* a part: the next is lost, too */
            tcp__mark_lost(t, tcp__record(t, st->head));
    }
    st->sacked = tcp__min(st->sacked, st->nxt - st->una - st->lost);
}

void tcp__recover(struct tcp *t, struct tcp_round *round, const struct tcp_segment *in, sim_time now)
{
    struct tcp_state *st = &t->st;
    uint64_t lost_before = st->lost;
    bool was_open = st->ca == TCP_CA_OPEN, was_recovery = st->ca == TCP_CA_RECOVERY;
    if (round->rtt)
        tcp__measure(t, round->rtt);
    if (round->dsack)
        widen(t);
    undo(t, round, in);
    if (!was_open && st->ca != TCP_CA_OPEN && st->una >= st->high)
        recovered(t);
    if (st->has_sack)
        detect(t, now);
    else
        recover_by_counting(t, round);
    end_probe(t, round);
    if (st->lost > lost_before && st->ca == TCP_CA_OPEN) {
        begin_recovery(t);
        reduce(t, round->delivered, true);
    } else if (st->ca == TCP_CA_RECOVERY) {
        reduce(t, st->has_sack ? round->delivered : tcp__max(round->advanced, round->duplicate ? st->mss : 0), false);
    } else if (round->advanced && !was_recovery && (st->cwnd_bound || st->ca == TCP_CA_LOSS)) {
        tcp_cc_acked(&st->cc, round->advanced, st->srtt, now);
        st->stats.cwnd_max = tcp__max(st->stats.cwnd_max, st->cc.cwnd);
    }
}

void tcp__timers(struct tcp *t, sim_time now)
{
    struct tcp_state *st = &t->st;
    if (st->rto_at <= now) {
        st->rto_at = SIM_NEVER;
        if (tcp__has_data(t))
            time_out(t, now);
    }
    if (st->reorder_at <= now) {
        uint64_t before = st->lost;
        detect(t, now);
        if (st->lost > before && st->ca == TCP_CA_OPEN) {
            begin_recovery(t);
            reduce(t, 0, true);
        }
    }
    if (st->delack_at <= now) {
        st->delack_at = SIM_NEVER;
        st->ack_now = 1;
    }
}
