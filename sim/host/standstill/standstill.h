/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VM that stands still: suspended, or while a snapshot of it is taken or put back [docs/suspend.md].
 *
 * In this order: out of passthrough (the switch of docs/switch-protocol.md, since a VF has no state that could be kept), then
 * vCPU and device stop between two instructions and two frames, as for a migration. Memory and state stay where they are.
 * What comes for the VM meanwhile ends as vm_suspended. When it runs again it goes back into passthrough if it was there.
 *
 * Times are ps. Records are valid until the next one begins.
 */
#ifndef VFSIM_HOST_STANDSTILL_H
#define VFSIM_HOST_STANDSTILL_H

#include "host/hypervisor.h"

enum standstill_kind { STANDSTILL_SUSPEND, STANDSTILL_SNAPSHOT, STANDSTILL_RESTORE };
const char *standstill_kind_name(enum standstill_kind kind); /* "suspend", "snapshot", "restore" */

enum standstill_result {
    STANDSTILL_UNDER_WAY,
    STANDSTILL_STANDING, /* suspended: it stands until host_resume() */
    STANDSTILL_DONE,     /* it runs again */
    STANDSTILL_FAILED,   /* it runs as before */
    STANDSTILL_REFUSED,
};

enum { STANDSTILL_FILE_MAX = 128 };

struct standstill_record {
    char vm[48], host[48], file[STANDSTILL_FILE_MAX];
    enum standstill_kind kind;
    enum standstill_result result;
    char reason[200];
    bool was_passthrough, is_passthrough;
    sim_time start;
    sim_time still;    /* vCPU and device stopped and quiet; 0: never */
    sim_time kept;     /* the snapshot is written, or put back; 0: never */
    sim_time resumed;  /* it ran again; 0: never */
    sim_time end;      /* back in passthrough, too */
    uint64_t ram_hash; /* of the memory that was kept, or put back: vm_ram_hash() */
    uint64_t lost;     /* frames that came for it meanwhile */
};

/* Begin now. 0, or -errno: recorded as refused with the reason. */
int host_suspend(struct host *host, struct vm *vm);
/* The whole VM is kept by `name` (and can be had by host_snapshot_bytes()), in the time that storage takes for all of its
 * RAM. `stay`: it stands afterwards, until host_resume(). One that is suspended stays so. -EINVAL for a name that is too
 * long. */
int host_snapshot(struct host *host, struct vm *vm, const char *name, bool stay);
/* The VM becomes what the snapshot says, in the same time; what it was is gone (vm_reverted). `bytes` NULL: taken on this host. */
int host_restore(struct host *host, struct vm *vm, const char *name, const void *bytes, size_t len);
const void *host_snapshot_bytes(const struct host *host, const char *name, size_t *len); /* NULL: none was taken here */
const char *host_snapshot_name(const struct host *host, unsigned i);                     /* NULL past the end */
/* Could it be put into this VM? 0, or -EPROTO with what differs in `why`. */
int host_snapshot_check(const struct host *host, struct vm *vm, const void *bytes, size_t len, char *why, size_t cap);
int host_resume(struct host *host, struct vm *vm); /* -EINVAL: it is not suspended, and nothing is recorded */

bool host_vm_is_suspended(const struct host *host, const struct vm *vm); /* it stands, until host_resume() */
/* Something of this host is on its way to stand still or to run again. */
bool host_standstill_is_under_way(const struct host *host);
unsigned host_standstill_count(const struct host *host);
const struct standstill_record *host_standstill_get(const struct host *host, unsigned i); /* in order of start */

#endif
