/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/netem.h"

#include <stdio.h>

void netem_init(struct netem_state *st, uint64_t seed, const char *wire, unsigned side)
{
    char stream[64];
    *st = (struct netem_state){0};
    snprintf(stream, sizeof(stream), "netem %.48s %u", wire, side);
    prng_init(&st->prng, seed, stream);
}

/* What cannot happen draws no number: who adds a chance changes no other one's. */
static bool happens(struct netem_state *st, uint32_t chance) { return chance && prng_below(&st->prng, NETEM_WHOLE) < chance; }

/* [Gilbert 1960], as `loss gemodel P R`. */
static bool is_lost(struct netem_state *st)
{
    const struct netem *n = &st->does;
    if (!n->recovery)
        return happens(st, n->loss);
    st->is_bad = st->is_bad ? !happens(st, n->recovery) : happens(st, n->loss);
    return st->is_bad;
}

static sim_time delay_of(struct netem_state *st)
{
    const struct netem *n = &st->does;
    sim_time least = n->delay > n->jitter ? n->delay - n->jitter : 0;
    if (n->reorder && ++st->count >= (n->gap ? n->gap : 1) && happens(st, n->reorder)) {
        st->count = 0;
        return 0;
    }
    return n->jitter ? least + prng_below(&st->prng, n->delay + n->jitter - least + 1) : n->delay;
}

struct netem_fate netem_next(struct netem_state *st)
{
    const struct netem *n = &st->does;
    struct netem_fate fate = {.lost = is_lost(st)};
    if (fate.lost)
        return fate;
    fate.duplicated = happens(st, n->duplicate);
    fate.corrupted = happens(st, n->corrupt);
    fate.delay = delay_of(st);
    return fate;
}
