/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Passthrough as an offload with policy [docs/policy.md].
 *
 * The reasons against it are a table (policy.def), each a question about a real state of VM, port, NIC or host. A VM with
 * `passthrough auto` is taken out as soon as one stands, and goes in when none has stood for as long as its calm says.
 * A VM in manual mode is only refused entry.
 */
#ifndef VFSIM_HOST_POLICY_H
#define VFSIM_HOST_POLICY_H

#include "host/hypervisor.h"
#include "vswitch/vswitch.h"

#define POLICY_CALM_PS (100 * SIM_MS)  /* a way in costs a VF's reset of 100 ms: none is begun for less calm than that */
#define POLICY_ERROR_PS SIM_S          /* how long vmNptRuntimeError stands; doubled by each failure up to … */
#define POLICY_ERROR_MAX_PS (64 * SIM_S)

enum pt_reason {
#define PT_REASON(name, side, word, sentence, source) PT_##name,
#include "host/policy/policy.def"
#undef PT_REASON
    PT_REASON_COUNT
};

struct pt_reason_info {
    const char *name, *side, *word, *sentence, *source;
};
const struct pt_reason_info *pt_reason_describe(enum pt_reason reason);

/* ---- what can be set at run time ---- */
enum setting_kind { SETTING_WORD, SETTING_SIZE, SETTING_COUNT, SETTING_WORDS /* a set of them */ };
struct setting_info {
    const char *name;
    enum setting_kind kind;
    const char *words[8]; /* the value is a word's index, or a bit each */
    const char *sentence;
};

enum vm_setting {
    VM_SET_PASSTHROUGH, /* 0 manual, 1 auto */
    VM_SET_ADAPTER,     /* 0 vmxnet3, 1 basic: without the commands of the mode switch */
    VM_SET_LINK,        /* 0 connected, 1 disconnected */
    VM_SET_BACKING,     /* 0 dvport, 1 standard */
    VM_SET_RESERVATION, /* bytes */
    VM_SET_FT,          /* 0 off, 1 on */
    VM_SET_RECORD,
    VM_SET_MONITOR,     /* 0 allows, 1 blocks */
    VM_SET_VMCI,
    VM_SETTINGS
};
enum host_setting {
    HOST_SET_NPA,         /* 0 off, 1 on */
    HOST_SET_PASSTHROUGH,
    HOST_SET_IOMMU,
    HOST_SET_DVS,         /* version: index of the word; 4.1 is the first with passthrough */
    HOST_SET_VECTORS,     /* interrupt vectors for passed-through devices; 0: as many as they need */
    HOST_SET_GUESTS,      /* a bit each guest OS supported */
    HOST_SETTINGS
};
const struct setting_info *vm_setting_describe(enum vm_setting setting);
const struct setting_info *host_setting_describe(enum host_setting setting);

void host_set_vm(struct host *host, struct vm *vm, enum vm_setting setting, uint64_t value);
void host_set(struct host *host, enum host_setting setting, uint64_t value);
void host_set_calm(struct host *host, struct vm *vm, sim_time calm_ps); /* 0: POLICY_CALM_PS */
/* Its port goes over to another NIC of the host. 0, -ENODEV no such NIC, -EBUSY it is on a VF (not by its own policy) or on
 * its way. */
int host_set_uplink(struct host *host, struct vm *vm, const char *nic);
/* A filter in the I/O chain of its port sees (and counts) every frame. 0, -EEXIST, -ENOENT, -ENOSPC (4 a port). */
int host_add_filter(struct host *host, struct vm *vm, const char *name);
int host_del_filter(struct host *host, struct vm *vm, const char *name);

/* ---- what came of it ---- */
bool host_vm_is_watched(const struct host *host, const struct vm *vm); /* its reasons are kept: somebody set something */
bool host_vm_is_auto(const struct host *host, const struct vm *vm);
bool host_policy_is_under_way(const struct host *host); /* a VM waits for nothing but its calm */
uint32_t host_vm_reasons(const struct host *host, const struct vm *vm); /* standing now, a bit each */

struct policy_record {
    char vm[48];
    uint32_t reason; /* enum pt_reason */
    sim_time from, to; /* to SIM_NEVER: it stands */
};
unsigned host_reason_count(const struct host *host);
const struct policy_record *host_reason_get(const struct host *host, unsigned i); /* in order of `from` */

const struct iochain_filter *host_vm_filter(const struct host *host, const struct vm *vm, unsigned i); /* NULL past the end */

#endif
