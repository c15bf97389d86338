/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing hash map from 64-bit keys to indices. Nothing walks it, so its order can leak nowhere. Zeroed is empty. */
#ifndef VFSIM_CORE_MAP_PRIVATE_H
#define VFSIM_CORE_MAP_PRIVATE_H

#include <stdint.h>
#include <stdlib.h>

#include "core/alloc.h"

struct map_cell {
    uint64_t key;
    uint32_t value; /* index + 1; 0: empty */
};

struct map {
    struct map_cell *cell;
    uint32_t size; /* a power of two, or 0 */
    uint32_t used;
};

static inline void map_fini(struct map *map)
{
    free(map->cell);
    *map = (struct map){0};
}

static inline uint32_t map__home(const struct map *map, uint64_t key)
{
    return (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (map->size - 1);
}

/* The cell of `key`, or the empty one where it belongs; map->size > 0. */
static inline struct map_cell *map__cell(const struct map *map, uint64_t key)
{
    uint32_t i = map__home(map, key);
    while (map->cell[i].value && map->cell[i].key != key)
        i = (i + 1) & (map->size - 1);
    return &map->cell[i];
}

/* Index of `key`, or UINT32_MAX. */
static inline uint32_t map_find(const struct map *map, uint64_t key)
{
    return map->size ? map__cell(map, key)->value - 1 : UINT32_MAX;
}

/* `key` is new. */
static inline void map_add(struct map *map, uint64_t key, uint32_t index)
{
    if (map->used * 2 >= map->size) {
        struct map old = *map;
        map->size = old.size ? old.size * 2 : 64;
        map->cell = (struct map_cell *)alloc_zero("an index", map->size, sizeof(*map->cell));
        for (uint32_t i = 0; i < old.size; i++)
            if (old.cell[i].value)
                *map__cell(map, old.cell[i].key) = old.cell[i];
        free(old.cell);
    }
    *map__cell(map, key) = (struct map_cell){key, index + 1};
    map->used++;
}

#endif
