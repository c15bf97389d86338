/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/hist.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"

enum {
    SUB_BITS = 7,
    SUB_COUNT = 1 << SUB_BITS,
    /* Values below 128 have a bucket each; every octave above them has 128. */
    BUCKET_COUNT = (64 - SUB_BITS + 1) * SUB_COUNT,
};

void hist_init(struct hist *h) { *h = (struct hist){.min = UINT64_MAX}; }

void hist_fini(struct hist *h)
{
    free(h->bucket);
    hist_init(h);
}

static uint32_t bucket_of(uint64_t value)
{
    if (value < SUB_COUNT)
        return (uint32_t)value;
    uint32_t shift = 63 - (uint32_t)__builtin_clzll(value) - SUB_BITS;
    return (shift << SUB_BITS) + (uint32_t)(value >> shift);
}

/* The largest value of a bucket. */
static uint64_t bucket_top(uint32_t bucket)
{
    if (bucket < 2 * SUB_COUNT)
        return bucket;
    uint32_t shift = (bucket >> SUB_BITS) - 1;
    uint64_t first = (uint64_t)(bucket - (shift << SUB_BITS)) << shift;
    return first + ((UINT64_C(1) << shift) - 1);
}

static void need_buckets(struct hist *h)
{
    if (h->bucket)
        return;
    h->bucket = alloc_zero("a histogram", BUCKET_COUNT, sizeof(*h->bucket));
}

static void bucket_add(struct hist *h, uint32_t bucket, uint32_t n)
{
    uint32_t room = UINT32_MAX - h->bucket[bucket];
    h->bucket[bucket] += n < room ? n : room; /* a full bucket stays full */
}

void hist_record(struct hist *h, uint64_t value)
{
    need_buckets(h);
    bucket_add(h, bucket_of(value), 1);
    h->count++;
    h->sum += value;
    if (value < h->min)
        h->min = value;
    if (value > h->max)
        h->max = value;
}

uint64_t hist_percentile(const struct hist *h, uint32_t per_mille)
{
    if (h->count == 0)
        return 0;
    if (per_mille == 0)
        return h->min;
    uint64_t rank = (uint64_t)(((unsigned __int128)h->count * per_mille + 999) / 1000);
    uint64_t seen = 0;
    for (uint32_t i = 0; i < BUCKET_COUNT; i++) {
        seen += h->bucket[i];
        if (seen >= rank)
            return bucket_top(i) < h->max ? bucket_top(i) : h->max;
    }
    return h->max;
}

struct hist_point *hist_curve(const struct hist *h, unsigned *points)
{
    struct hist_point *curve = NULL;
    uint64_t seen = 0;
    *points = 0;
    for (uint32_t i = 0; h->count && i < BUCKET_COUNT; i++) {
        uint64_t top = bucket_top(i) < h->max ? bucket_top(i) : h->max;
        if (!h->bucket[i])
            continue;
        if (*points % SUB_COUNT == 0)
            curve = alloc_grow("a histogram", curve, (*points + SUB_COUNT) * sizeof(*curve));
        curve[(*points)++] = (struct hist_point){top, seen += h->bucket[i]};
    }
    if (*points) /* a bucket that is full has lost some */
        curve[*points - 1].count = h->count;
    return curve;
}

void hist_merge(struct hist *into, const struct hist *from)
{
    if (from->count == 0)
        return;
    need_buckets(into);
    for (uint32_t i = 0; i < BUCKET_COUNT; i++)
        bucket_add(into, i, from->bucket[i]);
    into->count += from->count;
    into->sum += from->sum;
    if (from->min < into->min)
        into->min = from->min;
    if (from->max > into->max)
        into->max = from->max;
}

static void load_buckets(struct hist *h, struct save *s, uint32_t filled)
{
    if (h->bucket)
        memset(h->bucket, 0, BUCKET_COUNT * sizeof(*h->bucket));
    for (uint32_t n = 0; n < filled && !s->err; n++) {
        uint32_t i = 0, count = 0;
        save_field(s, i);
        save_field(s, count);
        if (i >= BUCKET_COUNT) {
            save_fail(s, -EPROTO, "histogram bucket %u of %d", i, (int)BUCKET_COUNT);
            return;
        }
        need_buckets(h);
        h->bucket[i] = count;
    }
}

void hist_save(struct hist *h, struct save *s)
{
    save_field(s, h->count);
    save_field(s, h->min);
    save_field(s, h->max);
    save_field(s, h->sum);
    uint32_t filled = 0;
    if (!save_is_loading(s) && h->bucket)
        for (uint32_t i = 0; i < BUCKET_COUNT; i++)
            filled += h->bucket[i] != 0;
    save_field(s, filled);
    if (save_is_loading(s)) {
        load_buckets(h, s, filled);
        if (h->count && !h->bucket)
            save_fail(s, -EPROTO, "a histogram of %u values without a bucket", (unsigned)h->count);
        return;
    }
    for (uint32_t i = 0; filled && i < BUCKET_COUNT; i++)
        if (h->bucket[i]) {
            save_field(s, i);
            save_field(s, h->bucket[i]);
        }
}
