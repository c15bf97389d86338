/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two results held against each other, leaf by leaf (result.h).
 *
 * A threshold says how much a number may change and count as the same: "5%" of the first result's, or "100" in its own unit; with
 * "PATTERN=" in front of it of the paths that are like the pattern. Of several with commas between them the last one that is like a
 * path decides.
 */
#ifndef VFSIM_TOOLS_COMPARE_H
#define VFSIM_TOOLS_COMPARE_H

#include "results/result.h"

struct thresholds;
struct thresholds *thresholds_parse(const char *text); /* NULL: anything counts. NULL after a message */
void thresholds_free(struct thresholds *thresholds);

struct difference {
    const char *path;
    const json_t *a, *b; /* NULL: only the other result has it */
    bool counts;         /* beyond its threshold */
};
typedef void compare_fn(void *to, const struct difference *difference);

/* What of the leaves whose paths are like `patterns` (NULL: all) differs: in the order of `a`, then what only `b` has. 0, or an
 * exit code after a message: a pattern is like nothing. */
int compare(const json_t *a, const json_t *b, const char *patterns, const struct thresholds *thresholds, compare_fn *fn, void *to);

/* By how much of `a`, in hundredths of a per cent: false where they are no numbers, or `a` is 0. */
bool difference_share(const struct difference *difference, long long *share);

#endif
