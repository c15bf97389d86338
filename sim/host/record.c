/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/save.h"

static void reserve(struct records *list, size_t size, unsigned cap)
{
    if (cap <= list->cap)
        return;
    list->first = alloc_grow("records", list->first, (size_t)cap * size);
    list->cap = cap;
}

void *records_add(struct records *list, size_t size)
{
    void *fresh;

    if (list->count == list->cap)
        reserve(list, size, list->cap ? 2 * list->cap : 64);
    fresh = (char *)list->first + size * list->count++;
    memset(fresh, 0, size);
    return fresh;
}

void *records_make(struct records *list, size_t size, unsigned count)
{
    reserve(list, size, count);
    list->count = count;
    return list->first;
}

void *records_get(const struct records *list, size_t size, unsigned i)
{
    return i < list->count ? (char *)list->first + size * i : NULL;
}

void records_save(struct records *list, size_t size, struct save *s)
{
    uint32_t count = list->count;

    save_field(s, count);
    if (s->err)
        return;
    if (save_is_loading(s) && count > (s->len - s->pos) / size) {
        save_fail(s, -EINVAL, "%u records", count);
        return;
    }
    reserve(list, size, count);
    list->count = count;
    save_bytes(s, list->first, count * size);
}

void records_free(struct records *list)
{
    free(list->first);
    *list = (struct records){0};
}
