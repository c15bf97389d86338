/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the hypervisor: how far the replacement of a VM's plugin has come. */
#ifndef VFSIM_HOST_UPGRADE_PRIVATE_H
#define VFSIM_HOST_UPGRADE_PRIVATE_H

#include "core/engine/procedure.h"
#include "host/host__.h"
#include "host/record.h"
#include "host/upgrade/upgrade.h"

enum upgrade_verb { UPGRADE_ON = 1 /* a: VM, b: generation: on with it */ };

struct upgrade_state {
    uint32_t record; /* 1 + index, 0 never */
    uint32_t fail;   /* enum switch_step, of the way in with the new image */
};

struct upgrade_of_vm {
    struct procedure procedure; /* its owner is the VM */
    struct upgrade_state state;
};

struct upgrade_of_host {
    struct records records;
};

extern const struct host_part upgrade_part;

#endif
