/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the hypervisor: how far a VM has come on its way to stand still, and the snapshots of a host. */
#ifndef VFSIM_HOST_STANDSTILL_PRIVATE_H
#define VFSIM_HOST_STANDSTILL_PRIVATE_H

#include "host/host__.h"
#include "host/record.h"
#include "host/standstill/standstill.h"

enum standstill_verb { STANDSTILL_ON = 1 /* a: VM, b: generation: on with its standstill */ };

enum standstill_phase {
    STANDSTILL_PHASE_NONE,
    STANDSTILL_PHASE_OUT,   /* of passthrough, or a switch that is under way anyway */
    STANDSTILL_PHASE_STOP,  /* until all is quiet */
    STANDSTILL_PHASE_FILE,  /* its snapshot is written, or another read */
    STANDSTILL_PHASE_STILL, /* until it is told to run again */
    STANDSTILL_PHASE_BACK,  /* into passthrough */
};

struct standstill_state {
    uint32_t phase;         /* enum standstill_phase */
    uint32_t gen;           /* late events of another phase are ignored */
    uint32_t record;        /* 1 + index, 0 never */
    uint32_t under;         /* record of the suspension during which this happens, 1 + index, 0 none */
    uint8_t has_asked;      /* for the switch out */
    uint8_t stay;           /* it stands on when it is done */
    uint8_t zero[6];
    sim_time limit;         /* of the wait for quiet */
};

enum { HOST_SNAPSHOTS_MAX = 32 };
struct host_snapshot {
    char name[STANDSTILL_FILE_MAX];
    uint8_t *bytes;
    uint64_t len;
    uint32_t taken, zero; /* here; else it was brought to be put back */
};

struct standstill_of_host {
    struct records records;
    struct host_snapshot snapshot[HOST_SNAPSHOTS_MAX];
    unsigned snapshots;
};

extern const struct host_part standstill_part;

static inline struct standstill_state *standstill_of(const struct host_vm *hv)
{
    return host__part_of_vm(hv, HOST_RANK_STANDSTILL);
}
static inline struct standstill_of_host *standstill_of_host(const struct host *host)
{
    return host__part_of_host(host, HOST_RANK_STANDSTILL);
}

/* ---- snapshot.c ---- */
struct host_snapshot *snapshot__find(struct host *host, const char *name);
int snapshot__keep(struct host *host, const char *name, const void *bytes, uint64_t len, bool taken); /* copied */
int snapshot__take(struct host_vm *hv, const char *name); /* of one that stands still. 0, -ENOMEM, -ENOSPC */
int snapshot__put(struct host_vm *hv, const char *name, char *why, size_t cap); /* into one that stands still, or nothing happens */
void snapshot__free_all(struct host *host);
void snapshot__save_all(struct host *host, struct save *s);

#endif
