/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The chip's own time: published latencies and rates of the 82599 under polling hosts.
 *
 * Of a forwarder's code we know what its authors published: 94 cycles a frame in batches of 32, 108 in batches of 8, so 149 a batch
 * and 89.3 a frame. An empty poll of a port is taken as 30 cycles [assumed].
 */
#include <stdio.h>

#include "bench/validate.h"
#include "bench/validate_poll.h"

enum { LOOP_CYCLES = 30, BATCH_CYCLES = 149, FRAME_MILLICYCLES = 89333 };

/* DPDK's thresholds, which the forwarder has: prefetch below 36 on chip, from 8 in the ring on, write back by 4. */
enum { DPDK_THRESHOLDS = 36 | 8 << 8 | 4 << 16, LINE_RATE_GAP_PS = 67200 };

static struct poll_params forwarder(unsigned batch, uint64_t khz)
{
    return (struct poll_params){
        .thresholds = DPDK_THRESHOLDS,
        .batch = batch,
        .loop_ps = LOOP_CYCLES * 1000 * SIM_US / khz,
        .batch_ps = BATCH_CYCLES * 1000 * SIM_US / khz,
        .frame_ps = FRAME_MILLICYCLES * SIM_US / khz,
    };
}

/* Mpps x 100 of both directions. */
static int64_t forwarded(unsigned batch, uint64_t khz)
{
    const sim_time span = 2 * SIM_MS;
    struct poll_params p = forwarder(batch, khz);
    struct poll_offer offer[POLL_PORTS] = {{LINE_RATE_GAP_PS, 30 * SIM_US}, {LINE_RATE_GAP_PS, 30 * SIM_US + 13 * SIM_NS}};
    struct poll_result r;
    poll_run(&p, offer, span, &r);
    poll_result_fini(&r);
    return (int64_t)((r.got[0] + r.got[1]) * 100 * SIM_US / (span / 2));
}

static const char code[] = "PCIe link of table 1.3, the forwarder's cycles at batch 8 and 32";

void v_forward(FILE *out)
{
    struct v_claims t;
    v_claims_open(
        &t, out, "2.3", "A forwarder that polls both ports of an 82599",
        "Source: ixy-languages, raw data: 64 B at line rate both ways (29.76 Mpps offered), the sum of what comes out. Modelled: "
        "the "
        "chip on its slot, and a loop that costs what its authors published for batches of 8 and 32 (108 and 94 cycles a frame: "
        "149 a batch and 89 a frame). Batch 1 is code that waits for its own doorbells, which no linear law of those two knows; "
        "batch 32 is the PCIe link, which a real chip fills better.",
        "Mpps", 2);
    v_claim(&t, 833, forwarded(1, 3300000), code, "batch 1 at 3.3 GHz");
    v_claim(&t, 410, forwarded(1, 1600000), code, "batch 1 at 1.6 GHz");
    v_claim(&t, 2744, forwarded(32, 3300000), code, "batch 32 at 3.3 GHz");
    v_claims_close(&t);
}

static int64_t at_part(const struct poll_result *r, unsigned permille)
{
    return r->latencies ? (int64_t)(r->latency_ps[(r->latencies - 1) * permille / 1000] / SIM_NS) : 0;
}

void v_latency(FILE *out)
{
    struct v_claims t;
    struct poll_params p = forwarder(32, 2400000);
    /* Two clocks are never quite the same: the phase between the directions drifts. */
    struct poll_offer offer[POLL_PORTS] = {{1000 * SIM_NS, 30 * SIM_US}, {1000 * SIM_NS + 37, 30 * SIM_US + 211 * SIM_NS}};
    struct poll_result r;
    poll_run(&p, offer, 20 * SIM_MS, &r);
    v_claims_open(&t, out, "2.4", "Wire to wire through that forwarder",
                  "Source: ixy-languages, raw data: 1 Mpps of 64 B, 2.4 GHz, from first bit to first bit. The chip's pipelines "
                  "(`IXGBE_PIPELINE_PS`) were chosen for the least latency alone.",
                  "us", 3);
    v_claim(&t, 3587, at_part(&r, 0), NULL, "least");
    v_claim(&t, 3762, at_part(&r, 500), "the least, the loop", "p50");
    v_claim(&t, 3949, at_part(&r, 990), "the least, the loop", "p99");
    v_claim(&t, 4237, at_part(&r, 999), "the least, the loop", "p99.9");
    poll_result_fini(&r);
    v_claims_close(&t);
}

static int64_t generated(unsigned queues, uint32_t thresholds)
{
    const sim_time span = 2 * SIM_MS;
    struct poll_params p = {.thresholds = thresholds, .loop_ps = 200 * SIM_NS, .send_queues = queues};
    struct poll_offer offer[POLL_PORTS] = {{0, 0}, {0, 0}};
    struct poll_result r;
    poll_run(&p, offer, span, &r);
    poll_result_fini(&r);
    return (int64_t)(r.got[0] * 100 * SIM_US / (span / 2));
}

void v_queue_limits(FILE *out)
{
    struct v_claims t;
    v_claims_open(
        &t, out, "2.5", "Transmit queues of an 82599",
        "Sources: Snabb, issue 622 and PR 628 (12 to 13 Mpps of 64 B on one queue, line rate with descriptor prefetch or with two "
        "queues); netmap's README (at most 12.5 Mpps unless descriptors are prefetched). A queue works a frame off in the time "
        "that "
        "the wire has for it, and without TXDCTL.PTHRESH asks for descriptors when it has none.",
        "Mpps", 2);
    v_claim(&t, 1488, generated(1, DPDK_THRESHOLDS), NULL, "one queue, prefetch");
    v_claim(&t, 1250, generated(1, 0), "a frame's time with prefetch, table 1.3", "one queue, no prefetch");
    v_claim(&t, 1488, generated(2, 0), "the same", "two queues, no prefetch");
    v_claims_close(&t);
}
