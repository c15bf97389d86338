/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/engine/timeheap.h"

#include <errno.h>
#include <string.h>

enum { FIRST_CAP = 32 };

static void sift_up(struct timeheap *heap, uint32_t i, struct timed e)
{
    for (uint32_t parent; i && e.time < heap->entry[parent = (i - 1) / 2].time; i = parent)
        heap->entry[i] = heap->entry[parent];
    heap->entry[i] = e;
}

static void sift_down(struct timeheap *heap, uint32_t i, struct timed e)
{
    for (uint32_t child; (child = 2 * i + 1) < heap->len; i = child) {
        child += child + 1 < heap->len && heap->entry[child + 1].time < heap->entry[child].time;
        if (e.time <= heap->entry[child].time)
            break;
        heap->entry[i] = heap->entry[child];
    }
    heap->entry[i] = e;
}

static void grow(struct timeheap *heap, struct recycler *recycler)
{
    uint32_t cap = heap->cap ? 2 * heap->cap : FIRST_CAP, len = heap->len;
    struct timed *entry = recycler_take(recycler, "events", cap * sizeof(*entry), RECYCLER_AS_IS);
    if (len)
        memcpy(entry, heap->entry, len * sizeof(*entry));
    timeheap_fini(heap, recycler);
    *heap = (struct timeheap){entry, len, cap};
}

void timeheap_add(struct timeheap *heap, struct recycler *recycler, sim_time time, uint64_t what)
{
    if (heap->len == heap->cap)
        grow(heap, recycler);
    sift_up(heap, heap->len++, (struct timed){time, what});
}

void timeheap_drop_first(struct timeheap *heap)
{
    struct timed last = heap->entry[--heap->len];
    if (heap->len)
        sift_down(heap, 0, last);
}

void timeheap_order(struct timeheap *heap)
{
    for (uint32_t i = heap->len / 2; i-- > 0;)
        sift_down(heap, i, heap->entry[i]);
}

void timeheap_fini(struct timeheap *heap, struct recycler *recycler)
{
    if (heap->entry)
        recycler_give(recycler, heap->entry, heap->cap * sizeof(*heap->entry), RECYCLER_AS_IS);
    *heap = (struct timeheap){0};
}

void timeheap_save(struct timeheap *heap, struct recycler *recycler, uint32_t most, struct save *s)
{
    uint32_t len = heap->len;
    save_field(s, len);
    if (save_is_loading(s)) {
        if (len > most) {
            save_fail(s, -EINVAL, "a heap of %u entries, where %u may be", len, most);
            return;
        }
        while (heap->cap < len)
            grow(heap, recycler);
        heap->len = len;
    }
    save_bytes(s, heap->entry, len * sizeof(*heap->entry));
}
