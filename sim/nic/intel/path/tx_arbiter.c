/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which frame is read next: round robin by bytes (deficit round robin) among the pools that have one, and within a pool among
 * its queues [82599 7.2.1.2]. A turn is a quantum of bytes; what a frame lacks of it is saved up, what it does not use stays
 * for the next turn while the queue has more to send, descriptors under way included.
 *
 * Data requests are bounded in bytes (DTXMXSZRQ), so that the descriptor fetches of a queue with small frames never wait long
 * behind the data of another's large ones: that would give the bytes to whoever sends the larger frames.
 */
#include "nic/intel/path/path.h"

#include <assert.h>

void intel_tx_set_active(struct intel_chip *n, unsigned queue, bool on)
{
    uint64_t bit = UINT64_C(1) << (queue % 64);
    if (on)
        n->s.tx_active[queue / 64] |= bit;
    else
        n->s.tx_active[queue / 64] &= ~bit;
}

/* ---- rate ---- */

/* The rate limiter spaces the frames of a queue: each takes the wire time it has times link rate over rate
 * [82599 7.7.2.2, RTTBCNRC]. True: its turn has not come, and it is inactive until then. */
static bool rate_holds(struct intel_chip *n, unsigned queue)
{
    struct component *c = chip_component(n);
    struct tx_queue *q = &n->txq[queue];
    if (!(q->rate_control & INTEL_RTTBCNRC_RS_ENA) || q->rate_free <= sim_now(c->sim))
        return false;
    intel_tx_set_active(n, queue, false);
    if (!event_id_is_set(q->rate_timer))
        q->rate_timer = event_post(c, c, q->rate_free, EV_HW, VERB_RATE, queue, 0, 0);
    return true;
}

static void rate_charge(struct intel_chip *n, struct tx_queue *q, uint32_t len)
{
    enum { WIRE_EXTRA = 24 }; /* FCS, preamble and gap */
    sim_time now = sim_now(chip_component(n)->sim), start = q->rate_free > now ? q->rate_free : now;
    if (!(q->rate_control & INTEL_RTTBCNRC_RS_ENA))
        return;
    q->rate_free = start + ((sim_time)(len + WIRE_EXTRA) * n->skin->ps_per_byte * (q->rate_control & INTEL_RTTBCNRC_RF_MASK) >>
                            INTEL_RTTBCNRC_RF_INT_SHIFT);
    q->rate_busy += q->rate_free - start;
}

void intel_tx_rate_event(struct intel_chip *n, unsigned queue)
{
    n->txq[queue].rate_timer = (struct event_id){0, 0};
    intel_tx_kick(n, queue);
}

/* ---- turns ---- */

/* The next queue with work at or after `from`, going round; tx_active is not empty. */
static unsigned next_active(const struct intel_chip *n, unsigned from)
{
    for (unsigned step = 0; step <= 2; step++) {
        unsigned word = (from / 64 + step) % 2;
        uint64_t bits = n->s.tx_active[word];
        if (step == 0)
            bits &= UINT64_MAX << (from % 64);
        if (bits)
            return word * 64 + (unsigned)__builtin_ctzll(bits);
    }
    assert(0 && "no queue is active");
    return 0;
}

/* Queues that take turns with each other; without pools all of them. */
static unsigned group_size(const struct intel_chip *n) { return chip_is_virtual(n) ? chip_queues_per_pool(n) : INTEL_QUEUES; }

/* The queue whose turn it is within the group of `any`, which has work. */
static unsigned turn_within(struct intel_chip *n, unsigned any, unsigned size)
{
    unsigned first = any - any % size, turn = n->s.tx_group[any / size].turn % size;
    unsigned queue = next_active(n, first + turn);
    return queue >= first && queue < first + size ? queue : any;
}

static bool has_more(const struct tx_queue *q) { return q->frame_descs || q->fetching; }

static bool group_has_more(const struct intel_chip *n, unsigned first, unsigned size)
{
    for (unsigned q = first; q < first + size; q++)
        if (has_more(&n->txq[q]))
            return true;
    return false;
}

/* Nobody else has a frame: turns come round to `queue` until it has saved up for `len`, which this does at once. */
static void save_up_alone(struct intel_chip *n, unsigned queue, unsigned size, uint32_t len)
{
    struct tx_group *group = &n->s.tx_group[queue / size];
    struct tx_queue *q = &n->txq[queue];
    while (group->deficit < len)
        group->deficit += TX_QUANTUM_BYTES;
    if (q->deficit < len)
        group->turn = (queue + 1) % size;
    while (q->deficit < len)
        q->deficit += TX_QUANTUM_BYTES;
}

static bool is_alone(const struct intel_chip *n)
{
    const uint64_t *active = n->s.tx_active;
#ifdef VFSIM_PLAIN
    return false;
#endif
    return !(active[0] && active[1]) && !((active[0] | active[1]) & ((active[0] | active[1]) - 1));
}

/* One step for the frame that is next in `queue`: saves up for it, passes the turn on, or sends it. */
static void give_turn(struct intel_chip *n, unsigned queue, unsigned size)
{
    struct tx_group *group = &n->s.tx_group[queue / size];
    struct tx_queue *q = &n->txq[queue];
    uint32_t len = q->frame_len;
    if (is_alone(n))
        save_up_alone(n, queue, size, len);
    if (group->deficit < len) {
        group->deficit += TX_QUANTUM_BYTES;
        n->s.tx_turn = (queue / size + 1) * size % INTEL_QUEUES;
        return;
    }
    if (q->deficit < len) {
        q->deficit += TX_QUANTUM_BYTES;
        group->turn = (queue + 1) % size;
        return;
    }
    group->deficit -= len;
    q->deficit -= len;
    rate_charge(n, q, len);
    intel_tx_issue(n, queue);
    if (!has_more(q)) {
        q->deficit = 0;
        if (!group_has_more(n, queue - queue % size, size))
            group->deficit = 0;
    }
}

void intel_tx_arbitrate(struct intel_chip *n)
{
    struct chip_state *s = &n->s;
    unsigned size = group_size(n);
    uint32_t bytes_max = n->rules.tx_bytes_max;
    while ((s->tx_active[0] | s->tx_active[1]) && s->tx_reads < TX_READS_MAX) {
        if (s->tx_reads && s->tx_read_bytes >= bytes_max)
            return;
        unsigned queue = turn_within(n, next_active(n, s->tx_turn), size);
        s->tx_turn = queue - queue % size;
        if (!intel_tx_may_fetch(n, queue)) {
            intel_tx_set_active(n, queue, false);
            continue;
        }
        if (rate_holds(n, queue))
            continue;
        if (n->txb.wr_units - n->txb.rd_units + chip_tx_units(n, n->txq[queue].frame_len) > n->skin->tx_buffer_bytes / PACKET_UNIT)
            return; /* tx_out() comes back when there is room */
        give_turn(n, queue, size);
    }
}
