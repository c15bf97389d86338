/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A rollout: the plugin of many VMs is replaced, so many at a time; each is watched for a while afterwards, and when too many do
 * not fare well, all that have the new image get back what they had.
 *
 *   waits ──► replaced ──► watched ──► well ┐
 *     │           │            │            ├──► (too many have failed) ──► undone, or left with what it has
 *     └───────────┴────────────┴──► failed ─┘
 *
 * A VM that moves, stands still or is in a switch when its turn comes is asked again until its patience is over. One that has ended
 * by then is gone, and no failure. One that is emulated has the image from its next way into passthrough on, and there is nothing
 * to watch. What a VM is watched for, in time in which it neither moves nor stands still nor is in a switch:
 *   - it lives, and is on a VF with the new image;
 *   - no more than so many copies of frames have been dropped at it and its VF since it has the new image;
 *   - some frame has come or gone, if several had in as long a time before its turn.
 *
 * A VM is in one rollout at a time: another one that names it is refused. Who has been given a third image meanwhile, by an
 * operator, keeps that when the rollout is undone.
 *
 * The rollout is a component of its own, above all hosts. Times are ps.
 */
#ifndef VFSIM_HOST_ROLLOUT_H
#define VFSIM_HOST_ROLLOUT_H

#include "host/upgrade/upgrade.h"

struct rollout;

struct rollout_params {
    const char *name, *image;  /* copied */
    struct host *const *hosts; /* where its VMs may live: kept by the caller */
    unsigned host_count;
    struct vm *const *vms; /* copied */
    unsigned vm_count;
    unsigned width;           /* at a time, at least 1 */
    unsigned failures;        /* that are borne; one more, and it is undone */
    uint64_t drops;           /* that are borne, of each VM */
    sim_time interval, watch; /* from one replacement's beginning to the next one's, at least; how long each is watched */
    sim_time patience;        /* with a VM whose turn has come, or which is watched, and which is busy */
    struct rollout *const *all; /* of the world, NULL among them: kept by the caller */
    unsigned all_count;
};

struct rollout *rollout_create(struct sim *sim, const struct rollout_params *params);
void rollout_destroy(struct rollout *r); /* NULL is fine */
void rollout_begin(struct rollout *r);   /* now; once */

enum rollout_result {
    ROLLOUT_NOT_BEGUN,
    ROLLOUT_UNDER_WAY,
    ROLLOUT_UNDOING,
    ROLLOUT_DONE,   /* with as many failures as are borne */
    ROLLOUT_UNDONE, /* no VM is left with the new image */
    ROLLOUT_FAILED, /* it was to be undone, and some VM could not be given back what it had */
    ROLLOUT_REFUSED, /* a VM of it is in another one: nothing was done */
};

enum rollout_phase {
    ROLLOUT_WAITS,
    ROLLOUT_REPLACED, /* on its way to the new image */
    ROLLOUT_WATCHED,
    ROLLOUT_WELL,
    ROLLOUT_BAD,      /* it failed */
    ROLLOUT_RETURNS,  /* on its way back */
    ROLLOUT_RETURNED, /* it has what it had */
    ROLLOUT_STUCK,    /* that failed */
    ROLLOUT_GONE,     /* it had ended when its turn came */
};
const char *rollout_result_text(enum rollout_result result);
const char *rollout_phase_text(enum rollout_phase phase);

struct rollout_vm { /* plain data */
    char former[PF_PLUGIN_NAME_MAX]; /* image that it had, or would have had */
    char former_version[33];
    char reason[200];                /* why it failed; "" */
    uint32_t phase;                  /* enum rollout_phase */
    uint32_t host, record;           /* of the replacement: 1 + index, 0 none */
    uint32_t had_failed;             /* before it was given back what it had */
    sim_time asked;                  /* it is waited for since then, SIM_NEVER: it is not */
    sim_time watched;                /* for so long */
    sim_time begun, replaced, ended; /* SIM_NEVER: not yet */
    sim_time window;                 /* began then, and lasts as long as a watch */
    uint64_t moved_window, moved_before; /* frames: at the window's beginning; in the last whole one before its turn */
    uint64_t moved_mark;                 /* when it was replaced */
    uint64_t drops_mark, vf_mark; /* copies of frames: at the VM and at its VF, when it was replaced */
};

struct rollout_view {
    const char *name, *image;
    enum rollout_result result;
    const char *reason; /* why it was undone; "" */
    sim_time start, undoing, end; /* SIM_NEVER: not yet */
    unsigned vm_count;
    uint32_t talk; /* who said what to whom: core/world/journal.h */
};
void rollout_get(const struct rollout *r, struct rollout_view *out);
const struct rollout_vm *rollout_get_vm(const struct rollout *r, unsigned i, const struct vm **vm);
bool rollout_is_under_way(const struct rollout *r);

#endif
