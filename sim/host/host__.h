/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the hypervisor: a host and its VMs as all parts of it (host/part.h) see them.
 *
 * Structs named …_state are plain data, saved as they are; the rest is configuration and wiring, rebuilt on restore.
 * Whatever a part wired at run time (IOMMU domain, register window, interrupt sink of a VF) it wires again when it loads.
 */
#ifndef VFSIM_HOST_PRIVATE_H
#define VFSIM_HOST_PRIVATE_H

#include "core/engine/engine.h"
#include "host/hypervisor.h"
#include "host/part.h"
#include "nic/vmxnet3/vmxnet3.h"
#include "pcie/iommu.h"
#include "vm/image/plugin_image.h"
#include "vm/slot.h"
#include "vswitch/vswitch.h"

enum {
    HOST_NICS_MAX = VSWITCH_UPLINKS_MAX,
    HOST_PLUGINS_MAX = 64, /* images of one store in use */
    HOST_POLICIES = HOST_POLICY_PASSTHROUGH + 1,
    HOST_PF_RING_MAX = 4096, /* descriptors of a ring of the PF: memory for so many is set apart */
    PF_MEM_TAGS = 40960,
};

/* those of parts follow: host__post() */
enum host_verb {
    HOST_EV_START = 1, /* a: NIC: its PF comes up */
    HOST_EV_BOOT,      /* a: VM */
    HOST_EV_PF_DONE,   /* a: cookie, b: status, c: VF */
    HOST_EV_CLEAR,     /* a: VM: it has ended and its last DMA has landed */
    HOST_EV_VF_NEWS,   /* pf_listen() */
    HOST_EV_PART = 0x100, /* … (1 + rank) << 8 | verb */
};

#define HOST_VERB(rank, verb) ((uint16_t)(((rank) + 1) * HOST_EV_PART | (verb)))

enum mac_place { MAC_NOWHERE, MAC_ON_PF, MAC_ON_VF };

/* what parts share */
struct host_vm_state {
    uint8_t policy[HOST_POLICIES];
    uint8_t mac[6];          /* in force */
    uint16_t claims;         /* enum host_claim */
    uint8_t passthrough;     /* the data path is the VF's, by the mode switch */
    uint8_t ended;           /* the VM is gone */
    uint8_t waits_for_guest; /* forced out: emulation begins when the guest activates its device */
    uint8_t vf_domain, vf_mapped, vf_image; /* wired: IOMMU domain and interrupts, register window, symbols */
    uint8_t vf_enabled;      /* VF_INIT done: control changes go to it */
    uint8_t vf_active;       /* VF_ACTIVATE done */
    uint8_t vf_resetting;    /* its function-level reset is not over */
    uint8_t upt;             /* its VF is a vmxnet3: host/mode/upt.c */
    uint8_t present;         /* the VM lives here; else this is a place for it (host/migrate/migrate.h) */
    int32_t vf;              /* owned, or -1 */
    uint32_t mac_place;      /* enum mac_place */
    uint32_t nic;            /* of its uplink */
    uint32_t vectors;        /* of the VF */
    uint64_t memio_gpa, memio_len;
    uint64_t traps, traps_mark; /* trapped accesses of its earlier stays, and how many it had had when it came */
};

struct host_vm {
    struct host *host;
    unsigned index;
    struct vm *vm;
    struct cpu_thread *vcpu; /* of its stays here, one for each of its vCPUs; … */
    struct cpu_thread vmx; /* … what the hypervisor does for it beside their exits */
    unsigned vcpus;
    struct vmxnet3 *dev;
    struct vmxnet3_host dev_host;
    struct iommu_domain *dev_domain;
    struct iommu_domain *vf_domain;
    struct iommu_domain *pf_domain; /* of one that drives a PF */
    struct vm_note_listener notes;
    struct slot *slot; /* NULL: a guest that can't be given a VF of its own */
    struct slot_owner slot_owner;
    int boot_vf;       /* at its boot: a number, PF_ANY_VF or HOST_VF_NONE */
    unsigned port;     /* of the virtual switch */
    int vlan;
    bool default_queue; /* it is given no queue of its NIC for itself */
    bool owns_vm, drives_pf;
    struct host_vm_state state;
    void *part[HOST_RANKS]; /* the state of each part */
};

struct host_nic {
    struct nic *nic;
    struct pf *pf;
    struct sim_mem mem;
    void *bytes;
    unsigned uplink;
    int first_queue; /* of those with filters, in the virtual switch */
};

struct host {
    struct component c;
    char name[47];
    char store[256];
    char without[256]; /* as in host_params */
    struct cores *cores;
    struct cpu_thread migrator; /* reads and writes the pages of VMs that move */
    struct vswitch *vswitch;
    struct vswitch_host vswitch_host;
    struct host_nic nic[HOST_NICS_MAX];
    unsigned nics;
    struct host_vm **vm;
    unsigned vms, vms_cap;
    struct plugin_image *plugin[HOST_PLUGINS_MAX];
    char plugin_name[HOST_PLUGINS_MAX][PF_PLUGIN_NAME_MAX];
    unsigned plugins;
    uint64_t ram_bytes;
    const struct host_part *const *parts; /* HOST_RANKS of them, in order */
    void *part[HOST_RANKS];               /* the state of each */
    struct vmxnet3_host_ops device;       /* what its devices ask, each function from the part that has it */
    const struct host_part *progress, *received; /* the one that has this function, for each frame; NULL */
};

/* ---- host.c ---- */
struct host_vm *host__find(const struct host *host, const struct vm *vm); /* asserts that it is there */
int host__find_nic(const struct host *host, const char *name);           /* index or -1 */
static inline struct host_nic *host__nic(const struct host_vm *hv) { return &hv->host->nic[hv->state.nic]; }
static inline struct component *host__who(const struct host_vm *hv) { return &hv->host->c; }
static inline struct host_vm *host__of_device(struct vmxnet3_host *host)
{
    return (struct host_vm *)((char *)host - offsetof(struct host_vm, dev_host));
}
uint64_t host__cycles_ps(struct host *host, uint64_t cycles);
uint64_t host__copy_cycles(struct host *host, uint64_t copies, uint64_t bytes);
void host__changed(struct host *host); /* something that a reason for or against passthrough is about: all parts are told */

/* ---- for parts: state, claims, events, PF operations ---- */
static inline void *host__part_of_vm(const struct host_vm *hv, enum host_rank rank) { return hv->part[rank]; }
static inline void *host__part_of_host(const struct host *host, enum host_rank rank) { return host->part[rank]; }

static inline bool host__is_claimed(const struct host_vm *hv, unsigned claims) { return hv->state.claims & claims; }
static inline void host__claim(struct host_vm *hv, unsigned mine, unsigned now) /* of all that may be a part's, those of now */
{
    hv->state.claims = (uint16_t)((hv->state.claims & ~mine) | now);
}

/* An event of a part's own; b and c are its. */
struct event_id host__post(struct host_vm *hv, enum host_rank rank, unsigned verb, sim_time at, uint64_t b);
struct event_id host__post_of_host(struct host *host, enum host_rank rank, unsigned verb, sim_time at, uint64_t a);

/* Whose request a PF operation was. Operations that nobody waits for have HOST_NOBODY. */
#define HOST_NOBODY UINT64_C(0)
struct host_cookie {
    enum host_rank rank;
    unsigned kind; /* the part's own, from 1 to 15 */
    unsigned vm;
    uint32_t number;
};
static inline uint64_t host__cookie(const struct host_vm *hv, enum host_rank rank, unsigned kind, uint32_t number)
{
    return (uint64_t)(rank + 1) << 60 | (uint64_t)kind << 56 | (uint64_t)hv->index << 32 | number;
}
static inline struct host_cookie host__cookie_fields(uint64_t cookie) /* not of HOST_NOBODY */
{
    return (struct host_cookie){
        .rank = (enum host_rank)((cookie >> 60) - 1),
        .kind = cookie >> 56 & 15,
        .vm = cookie >> 32 & 0xffffff,
        .number = (uint32_t)cookie,
    };
}
/* Of its NIC's PF; answered to pf_done() of the part. `admin`: as the operator of the NIC. */
void host__ask_pf(struct host_vm *hv, enum vmk_netptop op, const struct pf_args *args, uint64_t cookie);
void host__ask_pf_as_admin(struct host_vm *hv, enum vmk_netptop op, const struct pf_args *args, uint64_t cookie);

/* ---- place.c ---- */
/* `vm`: of another host, for which this is a place; NULL: a new one that lives here. */
struct host_vm *host__vm_make(struct host *host, const struct host_vm_params *params, struct vm *vm, char *err, size_t err_cap);
bool host__map_device(struct host_vm *hv, char *err, size_t err_cap); /* its registers into the VM's window */
void host__vm_free(struct host_vm *hv);
void host__vm_boot(struct host_vm *hv);
void host__vm_comes(struct host_vm *hv); /* its vCPU is on the cores of this host */
void host__filter_add(struct host_vm *hv); /* its MAC to the embedded switch, for the emulated path */
void host__filter_del(struct host_vm *hv);
void host__filter_done(struct host_vm *hv, bool add, int status);
void host__vm_cleared(struct host_vm *hv); /* nothing of the ended VM is left in the NIC */
void host__move_uplink(struct host_vm *hv, unsigned nic); /* its port goes over to another NIC, and the outside is told */
static inline bool host__has_vnic(const struct host_vm *hv) { return vm_get_params(hv->vm)->net != MACHINE_NET_VF; }

/* ---- given.c ---- */
bool host__give_pf(struct host_vm *hv, char *err, size_t err_cap); /* if it is to drive one: with all its VFs */
/* Its VF was, or is again, of the VM that drives the PF of its NIC, where one does. */
void host__vf_leaves(const struct host_vm *hv);
void host__vf_returns(const struct host_vm *hv);

/* ---- stop.c ---- */
/* vCPU and device stop, what waits for the device and what comes is handed to who stopped it. -EAGAIN: ask again. */
int host__stop(struct host_vm *hv);
bool host__is_quiet(struct host_vm *hv); /* all it did is in its memory or has left the virtual switch */
void host__go_on(struct host_vm *hv);
void host__diverted(struct host_vm *hv, frame_ref ref); /* takes ref */
void host__port_save(struct host_vm *hv, struct save *s); /* what the hypervisor knows of the VM, whoever's it is */
void host__port_settle(struct host_vm *hv, enum vswitch_divert divert); /* it was loaded: the switch is told */

/* ---- invariant.c ---- */
int host__violated(char *why, size_t cap, const char *fmt, ...) __attribute__((format(printf, 3, 4))); /* -EINVAL */

/* ---- save.c ---- */
void host__save(struct component *self, struct save *s);
void host__show(struct component *self, struct probes *to); /* accounts.c: who runs on its cores */

/* ---- store.c ---- */
/* The parsed image of that name; NULL with a reason when there is no such file. Owned by the host. */
struct plugin_image *host__store_find(struct host *host, const char *name, char *err, size_t err_cap);

#endif
