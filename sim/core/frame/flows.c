/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The flows of the books by name and number. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "core/alloc.h"
#include "core/fnv.h"
#include "core/frame/books_private.h"

int flow_add(struct sim *sim, const char *name, uint32_t parent)
{
    struct books *books = sim->books;
    assert(parent <= books->flows);
    if (books->flows == FLOW_MAX)
        return -ENOSPC;
    if (flow_find(sim, name))
        return -EEXIST;
    if (books->flows + 1 == books->flow_cap) {
        books->flow = alloc_grow("the books", books->flow, 2 * books->flow_cap * sizeof(*books->flow));
        books->flow_cap *= 2;
    }
    struct flow *flow = &books->flow[++books->flows];
    *flow = (struct flow){.name = alloc_text("the books", name), .parent = parent, .track.recycler = books->recycler};
    hist_init(&flow->latency);
    if (parent)
        books->flow[parent].is_parent = true;
    if (map_find(&books->flow_index, fnv1a_text(name)) == UINT32_MAX)
        map_add(&books->flow_index, fnv1a_text(name), books->flows);
    return (int)books->flows;
}

uint32_t flow_find(const struct sim *sim, const char *name)
{
    const struct books *books = sim->books;
    uint32_t first = map_find(&books->flow_index, fnv1a_text(name));
    for (uint32_t i = first; first != UINT32_MAX && i <= books->flows; i++) /* but for two of one digest it is the first */
        if (strcmp(books->flow[i].name, name) == 0)
            return i;
    return 0;
}

const char *flow_name_of(const struct sim *sim, uint32_t flow)
{
    assert(flow <= sim->books->flows);
    return sim->books->flow[flow].name;
}

uint32_t flow_count(const struct sim *sim) { return sim->books->flows; }
