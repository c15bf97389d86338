/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inspection of a world: every frame that a station is given is held against what its sender made (net/inspect.h), before it
 * counts as delivered.
 *
 * What was sent is not kept: a workload can make each of its frames again, by number. A frame in which something differs ends
 * as `damaged`, one that the driver misrepresents as `misreported`; neither is a delivery, and a run with one fails. The first
 * few are kept in words.
 *
 * Nothing is known of a frame that no workload made: what a misbehaving driver reads from somewhere, what a hypervisor sends,
 * and the echo of a frame that was not of a flow (its payload says which frame of which flow it echoes). Those pass.
 *
 * A station's address and VLAN may change while frames are under way: one that it had at any time will do.
 */
#ifndef VFSIM_NET_INSPECTION_H
#define VFSIM_NET_INSPECTION_H

#include "core/world/sim.h"
#include "net/inspect.h"
#include "net/workload.h"

struct inspection;

/* Of a world whose stations are all there. Without one nothing is inspected. */
struct inspection *inspection_create(struct sim *sim);
void inspection_destroy(struct inspection *inspection);
bool inspection_is_there(const struct sim *sim);

/* What the frame `ref`, handed to `station`, is to end as: `delivered`, or a fault's fate, which has then been told. `bytes`:
 * as they lie there; `stripped`, `meta`: as in struct inspect_got. */
enum fate inspection_of(struct station *station, frame_ref ref, enum fate delivered, const uint8_t *bytes, uint32_t len,
                        int32_t stripped, const struct inspect_meta *meta);

/* Frames of this flow are made by `station`, which sends back what it got, addresses changed. */
void inspection_echoes(struct sim *sim, struct station *station, uint32_t flow);

struct inspection_finding {
    sim_time at;
    uint64_t frame, number; /* identity; in its flow, from 1 */
    uint32_t flow;
    uint16_t place;         /* component */
    uint16_t fate;
    char text[INSPECT_TEXT_LEN];
};
enum { INSPECTION_FINDINGS_MAX = 8 };
unsigned inspection_findings(const struct sim *sim);
const struct inspection_finding *inspection_finding(const struct sim *sim, unsigned i);

#endif
