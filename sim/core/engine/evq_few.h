/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A few pending events in order: what most worlds have pending, and what comes next in any. A new event is mostly later than the
 * others, so it is looked for from the end; the first leaves at the other one. The array is twice as long as it may become, so that
 * it is moved to its beginning once in a while only.
 */
#ifndef VFSIM_CORE_EVQ_FEW_H
#define VFSIM_CORE_EVQ_FEW_H

#include <string.h>

#include "core/engine/evq.h"

enum { EVQ_FEW = 16 };

struct evq_few_entry {
    sim_time time;
    uint32_t slot;
};

/* zeroed: empty */
struct evq_few {
    uint32_t first, len;
    struct evq_few_entry entry[2 * EVQ_FEW];
};

static inline bool evq_few_is_full(const struct evq_few *few) { return few->len == EVQ_FEW; }
static inline struct evq_few_entry *evq_few_last(struct evq_few *few) { return &few->entry[few->first + few->len - 1]; }
static inline sim_time evq_few_first_time(const struct evq_few *few) { return few->entry[few->first].time; } /* not empty */

static inline bool evq_few_before(const struct evq_node *node, uint32_t slot, const struct evq_few_entry *e)
{
    sim_time time = node[slot].ev.time;
    return __builtin_expect(time != e->time, 1) ? time < e->time : event_before(&node[slot].ev, &node[e->slot].ev);
}

static inline void evq_few_add(struct evq_few *few, const struct evq_node *node, uint32_t slot) /* not full; node: the pool's */
{
    uint32_t i = few->first + few->len++;
    if (i == 2 * EVQ_FEW) {
        memmove(few->entry, few->entry + few->first, (i - few->first) * sizeof(*few->entry));
        i -= few->first;
        few->first = 0;
    }
    for (; i > few->first && evq_few_before(node, slot, &few->entry[i - 1]); i--)
        few->entry[i] = few->entry[i - 1];
    few->entry[i] = (struct evq_few_entry){node[slot].ev.time, slot};
}

static inline uint32_t evq_few_take(struct evq_few *few) /* the slot of the first; not empty */
{
    uint32_t slot = few->entry[few->first].slot;
    few->first = --few->len ? few->first + 1 : 0;
    return slot;
}

static inline void evq_few_remove(struct evq_few *few, uint32_t slot) /* which is there */
{
    uint32_t i = few->first, end = few->first + few->len--;
    while (few->entry[i].slot != slot)
        i++;
    memmove(few->entry + i, few->entry + i + 1, (end - i - 1) * sizeof(*few->entry));
}

#endif
