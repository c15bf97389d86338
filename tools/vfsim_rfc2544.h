/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `vfsim rfc2544` measures: a row for each size of frames, and how a row is written. */
#ifndef VFSIM_TOOLS_VFSIM_RFC2544_H
#define VFSIM_TOOLS_VFSIM_RFC2544_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { RFC2544_THROUGHPUT = 1, RFC2544_LATENCY = 2, RFC2544_LOSS = 4, RFC2544_BACK_TO_BACK = 8, RFC2544_ALL = 15 };
enum { RFC2544_SIZES_MAX = 32, RFC2544_LOADS = 10, RFC2544_STEPS = 1000 };

/* Of all flows of a trial together; rates are those that the flows had. */
struct rfc2544_trial {
    uint64_t sent, delivered;
    uint64_t offered_fps, throughput_fps, throughput_bps;
    uint64_t latency_min, latency_p50, latency_p99, latency_max; /* ps */
};

struct rfc2544_row {
    uint32_t size;
    unsigned step; /* throughput [RFC 2544 26.1]: the highest load without loss, in thousandths of the most; 0: there is none */
    struct rfc2544_trial best; /* at that load: its latencies are those of [26.2] */
    struct rfc2544_trial loss[RFC2544_LOADS]; /* [26.3] at the whole load, nine tenths of it, … */
    unsigned losses; /* … down to the second that lost nothing */
    uint64_t burst; /* [26.4] the longest that was not lost from, at the whole load; 0: there is none */
};

struct rfc2544 {
    const char *file, *load;
    uint64_t load_bps, frames;
    unsigned tests; /* RFC2544_… */
    struct rfc2544_row row[RFC2544_SIZES_MAX];
    unsigned rows;
};

void rfc2544_put_text(const struct rfc2544 *result, FILE *out);
void rfc2544_put_json(const struct rfc2544 *result, FILE *out);
void rfc2544_put_csv(const struct rfc2544 *result, FILE *out);

#endif
