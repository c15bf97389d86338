/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A few pending events in order: what most worlds have pending, and what comes next in any. Of those, a new event is mostly
 * among the first, before timers that are far away; so it is looked for from there, and those before it move by one place. They
 * lie at the end of their array.
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

struct evq_few {
    uint32_t first; /* entry[first, EVQ_FEW) are in use */
    struct evq_few_entry entry[EVQ_FEW];
};

static inline void evq_few_clear(struct evq_few *few) { few->first = EVQ_FEW; }
static inline bool evq_few_is_empty(const struct evq_few *few) { return few->first == EVQ_FEW; }
static inline bool evq_few_is_full(const struct evq_few *few) { return few->first == 0; }
static inline const struct evq_few_entry *evq_few_last(const struct evq_few *few)
{
    return &few->entry[EVQ_FEW - 1];
} /* not empty */
static inline sim_time evq_few_first_time(const struct evq_few *few) { return few->entry[few->first].time; } /* not empty */

/* Does the event in `slot` come before `e`? `node` is the pool's. */
static inline bool evq_few_before(const struct evq_node *node, uint32_t slot, const struct evq_few_entry *e)
{
    sim_time time = node[slot].ev.time;
    return __builtin_expect(time != e->time, 1) ? time < e->time : event_before(&node[slot].ev, &node[e->slot].ev);
}

static inline void evq_few_add(struct evq_few *few, const struct evq_node *node, uint32_t slot) /* not full */
{
    uint32_t i = few->first--;
    for (; i < EVQ_FEW && !evq_few_before(node, slot, &few->entry[i]); i++)
        few->entry[i - 1] = few->entry[i];
    few->entry[i - 1] = (struct evq_few_entry){node[slot].ev.time, slot};
}

static inline uint32_t evq_few_take(struct evq_few *few) { return few->entry[few->first++].slot; } /* the first; not empty */

static inline void evq_few_remove(struct evq_few *few, uint32_t slot) /* which is there */
{
    uint32_t i = few->first;
    while (few->entry[i].slot != slot)
        i++;
    memmove(&few->entry[few->first + 1], &few->entry[few->first], (i - few->first) * sizeof(*few->entry));
    few->first++;
}

#endif
