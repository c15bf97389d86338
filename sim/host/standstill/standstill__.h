/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the hypervisor: how far a VM has come on its way to stand still, and the snapshots of a host. */
#ifndef VFSIM_HOST_STANDSTILL_PRIVATE_H
#define VFSIM_HOST_STANDSTILL_PRIVATE_H

#include "core/engine/procedure.h"
#include "host/host__.h"
#include "host/record.h"
#include "host/standstill/standstill.h"

enum standstill_verb { STANDSTILL_ON = 1 /* a: VM, b: generation: on with its standstill */ };

enum standstill_step {
    STANDSTILL_OUT,   /* of passthrough, or of a switch that is under way anyway */
    STANDSTILL_STOP,  /* until all is quiet */
    STANDSTILL_FILE,  /* its snapshot is written, or another read */
    STANDSTILL_STILL, /* until it is told to run again */
    STANDSTILL_BACK,  /* it runs again, and goes into passthrough where it came from there */
};

struct standstill_state {
    uint32_t record;  /* 1 + index, 0 never */
    uint32_t under;   /* record of the suspension during which this happens, 1 + index, 0 none */
    uint8_t has_asked; /* for the switch out */
    uint8_t stay;     /* it stands on when it is done */
    uint8_t zero[6];
    sim_time limit;   /* of the wait for quiet */
};

struct standstill_of_vm {
    struct procedure procedure; /* its owner is the VM */
    bool resumes; /* one that stands is told to run again; never set between two events */
    struct standstill_state state;
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

static inline struct standstill_of_vm *standstill_of_vm(const struct host_vm *hv)
{
    return host__part_of_vm(hv, HOST_RANK_STANDSTILL);
}
static inline struct procedure *standstill_procedure(const struct host_vm *hv) { return &standstill_of_vm(hv)->procedure; }
static inline struct standstill_state *standstill_of(const struct host_vm *hv) { return &standstill_of_vm(hv)->state; }
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
