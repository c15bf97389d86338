/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A log-linear histogram of 64-bit integers: 128 sub-buckets an octave, so a percentile is within 0.8 %, max and min exact. */
#ifndef VFSIM_CORE_HIST_H
#define VFSIM_CORE_HIST_H

#include <stdint.h>

#include "core/save.h"

struct hist {
    uint64_t count, min, max;
    unsigned __int128 sum;
    uint32_t *bucket; /* allocated by the first record of an octave group */
};

void hist_init(struct hist *h);
void hist_fini(struct hist *h);
void hist_record(struct hist *h, uint64_t value);
uint64_t hist_percentile(const struct hist *h, uint32_t per_mille); /* 500 = median; 0 when empty; never above max */
/* How the values are spread, all of it: a point for each bucket that holds any. `count` values do not exceed `value`; both
 * rise from point to point, the last one is {max, count}. NULL when it is empty; the caller frees it. */
struct hist_point {
    uint64_t value, count;
};
struct hist_point *hist_curve(const struct hist *h, unsigned *points);
void hist_merge(struct hist *into, const struct hist *from);
void hist_save(struct hist *h, struct save *s);

#endif
