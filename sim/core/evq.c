/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/evq.h"

#include <errno.h>

#include "core/lazy_private.h"

static size_t pool_bytes(const struct evq_pool *pool) { return ((size_t)pool->max + 1) * sizeof(*pool->node); }

int evq_pool_init(struct evq_pool *pool, uint32_t max)
{
    *pool = (struct evq_pool){.max = max};
    pool->node = lazy_map(pool_bytes(pool));
    return pool->node ? 0 : -ENOMEM;
}

void evq_pool_fini(struct evq_pool *pool)
{
    lazy_unmap(pool->node, pool_bytes(pool));
    *pool = (struct evq_pool){0};
}
