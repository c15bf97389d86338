/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to a rollout: its state, and what it asks of a VM's health. */
#ifndef VFSIM_HOST_ROLLOUT_PRIVATE_H
#define VFSIM_HOST_ROLLOUT_PRIVATE_H

#include "core/engine/engine.h"
#include "host/upgrade/rollout.h"

struct rollout_state { /* plain data */
    uint32_t result;   /* enum rollout_result */
    uint32_t talk;     /* conversation: core/world/journal.h */
    char reason[200];
    sim_time start, undoing, end;
    sim_time latest; /* a replacement began, SIM_NEVER: none has */
};

struct rollout {
    struct component c;
    char name[48], image[PF_PLUGIN_NAME_MAX];
    struct host *const *hosts;
    unsigned host_count;
    struct vm **vm; /* [vms] */
    unsigned vms, width, failures;
    uint64_t drops;
    sim_time interval, watch, patience;
    struct rollout *const *all;
    unsigned all_count;
    struct rollout_state s;
    struct rollout_vm *state_of; /* [vms] */
};

/* ---- health.c; of VM i ---- */
unsigned rollout__host_of(const struct rollout *r, unsigned i); /* where it lives */
bool rollout__is_busy(const struct rollout *r, unsigned i);     /* it moves, stands still, or is in a switch */
uint64_t rollout__moved(const struct rollout *r, unsigned i);   /* frames that have come to it and gone from it */
void rollout__mark_pace(struct rollout *r, unsigned i);         /* of one that waits, and at the rollout's beginning */
void rollout__mark_before(struct rollout *r, unsigned i);       /* its replacement begins */
void rollout__mark_after(struct rollout *r, unsigned i);        /* … is done */
bool rollout__has_another(const struct rollout *r, unsigned i); /* somebody else has chosen an image for it since */
/* Is something wrong with it, which is not busy? `is_last`: it is not looked at again. */
bool rollout__is_unwell(const struct rollout *r, unsigned i, bool is_last, char *why, size_t cap);

#endif
