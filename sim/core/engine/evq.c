/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/engine/evq.h"

#include <errno.h>

#include "core/alloc.h"

static size_t pool_bytes(const struct evq_pool *pool) { return ((size_t)pool->max + 1) * sizeof(*pool->node); }

int evq_pool_init(struct evq_pool *pool, uint32_t max, struct recycler *recycler)
{
    *pool = (struct evq_pool){.max = max, .recycler = recycler};
    pool->node = recycler_take(pool->recycler, "events", pool_bytes(pool), RECYCLER_ZEROED);
    return 0;
}

void evq_pool_fini(struct evq_pool *pool)
{
    recycler_give(pool->recycler, pool->node, pool_bytes(pool), RECYCLER_ZEROED);
    *pool = (struct evq_pool){0};
}
