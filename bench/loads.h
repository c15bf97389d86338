/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loads: the scenarios that are measured, a path each, whose one flow is called "load" and begins at LOAD_BEGINS. Which they are,
 * bench/instructions and bench/path agree by name, so that a figure of one is of what the other ran.
 */
#ifndef VFSIM_BENCH_LOADS_H
#define VFSIM_BENCH_LOADS_H

#include <stddef.h>
#include <stdint.h>

#include "core/time.h"
#include "scenario/world/world.h"

#define LOAD_BEGINS (300 * SIM_MS) /* after the VFs have been reset, and all is quiet */

struct load {
    const char *name, *title;
    uint32_t frame_bytes;
    bool inspected;       /* each frame that arrives is held against what was sent (net/inspection.h), as in every run of vfsim */
    const char *scenario; /* printf: size, thousands of frames a second, frames; NULL: it is a load that grows */
    enum load_growth { LOAD_VMS, LOAD_HOSTS, LOAD_FLOWS } growth;
    unsigned count;
};

extern const struct load loads[];
extern const size_t load_count;
/* NULL: none is called so. Those that grow are in no list: "vms-N", "hosts-N", "flows-N" are as many emulated VMs on one host,
 * hosts that nothing connects (each with a NIC, a VF and a peer), flows to one VM, at the same frames a second in all. */
const struct load *load_find(const char *name);

/* A world of `load` just before its flow begins; exit with 2 and a message when it can't be. *sc: destroy it after the world. */
struct world *load_build(const struct load *load, uint32_t kpps, uint32_t frames, const struct scenario_options *options,
                         const struct world_options *how, struct scenario **sc);

/* Frames of "load", and of "load0", "load1", …, that reached their application. */
uint64_t load_delivered(struct world *world);

#endif
