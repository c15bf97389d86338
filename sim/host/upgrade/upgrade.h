/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VM's plugin is replaced by another image of the store while its traffic runs: out of passthrough, where the emulated device
 * carries on, and in again with the other image [docs/switch-protocol.md]. If that cannot be taken, the VM gets the former one
 * back.
 *
 * Times are ps. Records are valid until the next one begins.
 */
#ifndef VFSIM_HOST_UPGRADE_H
#define VFSIM_HOST_UPGRADE_H

#include "host/mode/mode.h"

enum replacement_result {
    REPLACEMENT_UNDER_WAY,
    REPLACEMENT_DONE,   /* it has the image, or will have it when it goes into passthrough next */
    REPLACEMENT_UNDONE, /* it has the former one */
    REPLACEMENT_FAILED, /* it is emulated */
    REPLACEMENT_LOST,   /* it has ended */
    REPLACEMENT_REFUSED /* nothing was done */
};

struct replacement_record {
    char vm[48], host[48];
    struct host_plugin from, to; /* from.name "": it was emulated */
    enum replacement_result result;
    bool is_passthrough; /* at the end */
    char reason[200];
    sim_time start, end;
};

/* Begins now. `fail`: a failure is injected into this step of the way in. 0, or recorded as refused with the reason: -EBUSY (it
 * moves, stands still, or is in a switch: to be asked again later), -ENOENT (no such image here), -EINVAL (an image that nobody
 * would take), -ENOTSUP (VFs of its NIC take none, or its guest drives its VF), -ENODEV (it has ended). One that is emulated is
 * done at once. */
int host_replace_plugin(struct host *host, struct vm *vm, const char *image, enum switch_step fail);

bool host_replacement_is_under_way(const struct host *host);
unsigned host_replacement_count(const struct host *host);
const struct replacement_record *host_replacement_get(const struct host *host, unsigned i); /* in order of start */

#endif
