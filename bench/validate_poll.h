/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host that drives a dual-port 82599 by polling, as the published forwarders and packet generators do: register writes and rings
 * in memory, no interrupt and no hypervisor. What its code costs is a time for each poll and for each frame of a batch; it shares
 * its loop's time with nobody.
 */
#ifndef VFSIM_BENCH_VALIDATE_POLL_H
#define VFSIM_BENCH_VALIDATE_POLL_H

#include "net/wire.h"
#include "nic/nic.h"
#include "pcie/pcie.h"

enum { POLL_PORTS = 2, POLL_QUEUES = 2, POLL_RING = 512 };

struct poll_params {
    uint32_t thresholds;  /* of TXDCTL */
    unsigned batch;       /* frames of one poll at most; 0: it does not forward */
    sim_time loop_ps;     /* a poll of one port, whatever comes of it */
    sim_time batch_ps;    /* a poll that got something, more */
    sim_time frame_ps;    /* each frame of it, more */
    unsigned send_queues; /* it keeps as many transmit queues of the first port full, instead */
};

/* What the outside sends to a port: a frame of 64 B each `gap_ps`, 0: none; the first at `from_ps`. */
struct poll_offer {
    sim_time gap_ps, from_ps;
};

struct poll_result {
    uint64_t sent[POLL_PORTS], got[POLL_PORTS]; /* by the outside; got: within the second half of the run */
    sim_time *latency_ps; /* of all frames that came back, sorted; wire to wire, first bit to first bit */
    uint64_t latencies;
};

/* Runs for `span_ps`. poll_result_fini() takes the latencies back. */
void poll_run(const struct poll_params *p, const struct poll_offer offer[POLL_PORTS], sim_time span_ps, struct poll_result *out);
void poll_result_fini(struct poll_result *out);

#endif
