/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all chips share: a NIC is a component with a PCI link, a PF, VFs and network ports, made by the name of its model.
 *
 * A chip is a folder of its own. It declares its models there (struct nic_model) and puts them among the others by NIC_MODEL();
 * no list elsewhere names them. Who would ask for a chip's name asks for a capability or a limit of its model instead.
 */
#ifndef VFSIM_NIC_NIC_H
#define VFSIM_NIC_NIC_H

#include <stddef.h>

#include "core/frame/way.h"
#include "core/save.h"
#include "core/world/sim.h"
#include "eswitch/eswitch.h"
#include "net/port.h"
#include "net/portmux.h"
#include "pcie/pcie.h"

struct nic;

struct nic_params {
    const char *name;    /* also the name of its uplink port */
    const char *model;   /* its name, as nic_model_find() knows it */
    unsigned vfs;        /* TotalVFs: 1 … max_vfs of the model; 0 of one without SR-IOV */
    uint8_t mac[6];      /* of the PF, as its EEPROM has it */
    uint64_t rate_bps;   /* 0: the model's own */
    struct pci_link_params link;
    struct nic *device;  /* it is another function of this one's device, and shares its PCIe link; NULL: a device of its own */
    bool symmetric;      /* no function is privileged on the data path: the PF has none, it controls only */
    unsigned
        own_pools;  /* of the switch, the PF's own: the one that takes what nobody else does, and behind it such as take only what
                          * a filter names (NetQueue); 0: one, and its driver keeps no more */
    bool same_port;      /* and its port, too: two PFs behind one plug, one switch for both (net/portmux.h) */
    uint32_t other_errata; /* bits, by place in the model's list: in which of its errata it is not as the model's chips are */
};

/* A published erratum of a chip, which one of the model may have or not. */
struct nic_erratum {
    const char *name;     /* in scenarios */
    const char *sentence; /* what the chip does, and where that is published */
    bool is_usual;        /* the model's chips have it, unless somebody says otherwise */
};

/* one line of a chip's register table, for `vfsim regs` and trace names */
struct nic_reg {
    const char *name;
    uint32_t offset, stride, count, reset;
    const char *access; /* "RO", "RW", "RW1C", "RC", "WO" */
    const char *function; /* "PF" or "VF" */
    const char *sentence;
};

struct nic_ops;
struct vports_map;

struct nic {
    struct component c;
    const struct nic_ops *ops;
    const struct nic_model *model;
    struct pci_link *link;
    struct pci_function *pf;
    struct pci_function **vf; /* [vf_count] */
    unsigned vf_count;
    bool symmetric;
    unsigned own_pools; /* as nic_params has it */
    uint64_t rate_bps;  /* of its port */
    struct port uplink;
    struct nic *first;     /* function 0 of its device, whose link it is; itself */
    unsigned function, functions; /* number of its PF; of function 0: how many the device has */
    struct port *plug;     /* what a wire goes into: its uplink, or the one it shares */
    struct portmux *mux;   /* of function 0 when it shares its port */
    struct portmux_owner shares;
};

/* What one function carried, with the FCS; `vf` -1 is the PF. Dropped: what came to it and found no descriptor, what it sent
 * and the switch refused. */
struct nic_function_stats {
    uint64_t rx_packets, rx_bytes, rx_multicast, rx_broadcast, rx_mirrored, rx_dropped;
    uint64_t tx_packets, tx_bytes, tx_dropped;
    uint64_t refused[ESWITCH_REASONS]; /* tx_dropped, by reason */
};

struct nic_ops {
    void (*destroy)(struct nic *nic);
    /* Counters for reports and `ethtool -S`, in order: returns false past the end. */
    bool (*counter)(const struct nic *nic, unsigned i, const char **name, uint64_t *value);
    void (*function_stats)(const struct nic *nic, int vf, struct nic_function_stats *out);
    /* Of one whose VFs' states can be given away (a migration): what a VF's own driver knows of it, written or read; it
     * neither sends nor receives meanwhile. Errors are the stream's. And whether nothing of it is under way in the chip.
     * NULL: it has no such. */
    void (*vf_state)(struct nic *nic, unsigned vf, struct save *s);
    bool (*vf_is_still)(const struct nic *nic, unsigned vf);
    /* Of one that can share its port: as struct portmux_owner asks. */
    unsigned (*interest)(struct nic *nic, const struct frame *f);
    bool (*forwards)(const struct nic *nic);
};

/* What a model can do, a bit each. */
enum nic_capability {
    NIC_SRIOV = 1u << 0,          /* it has VFs, and an embedded switch among them */
    NIC_VF_IS_VMXNET3 = 1u << 1,  /* a VF is a vmxnet3 device in hardware: it takes no plugin, its driver is vmxnet3 */
    NIC_MULTI_FUNCTION = 1u << 2, /* a device may have several of them, with ports of their own or one that they share */
    NIC_SYMMETRIC = 1u << 3,      /* its PF may be without a data path: the hypervisor's own is a VF then */
    NIC_VF_STATE = 1u << 4,       /* a VF that its guest's own driver runs can be given away: nic_ops.vf_state */
    NIC_FLOW_FILTERS = 1u << 5,   /* its filters put frames into queues by what they are: `ethtool -N` */
    NIC_RESTARTS = 1u << 6,       /* the PF's driver can stop it, reset it and start it again: `ip link set NIC down` */
    NIC_VF_ASKS_RSS = 1u << 7,    /* a VF's driver can ask the PF for the redirection table and the key */
};

/* What is known of a chip before one is made. A model without SR-IOV leaves out what is a VF's. */
struct nic_model {
    const char *name;             /* in scenarios, and in saved states */
    const char *sentence;         /* what it is, for `vfsim regs` */
    struct nic *(*create)(struct sim *sim, const struct nic_params *params, char *err, size_t err_cap);
    uint32_t can;                 /* enum nic_capability */
    unsigned generation;          /* of its family, for people: 1 is the oldest */
    /* who drives it */
    const char *pf_family;        /* the PF's driver, by the name that its struct pf_family has (pf/family.h) */
    const char *vf_plugin;        /* what is loaded into a guest for a VF; NULL: none */
    const char *object_path;      /* of a model from outside: the file that it came in; else NULL */
    const char *vf_plugin_path;   /* the file, if it is not the one of that name in the host's store; else NULL */
    const char *vf_driver;        /* what a guest's own kernel has for a VF; NULL: none */
    uint16_t vendor, pf_device, vf_device;
    /* limits */
    unsigned max_vfs;
    unsigned vf_queues_max;       /* queue pairs of a VF */
    unsigned vf_mtu_max;          /* what `vf_driver` takes */
    unsigned addresses, vlans;    /* entries of the switch: exact addresses, VLANs */
    unsigned own_pools_within; /* a PF may have several pools, if all there are, VFs' and its own, are no more; 0: it has one */
    uint64_t rate_bps; /* of its port */
    uint64_t rate_most_bps; /* it may also have one of Ethernet's others up to this; 0: none */
    sim_time rx_pipeline_ps, tx_pipeline_ps; /* from the plug to where DMA begins, and from the packet buffer to the plug */
    unsigned pcie_gen, pcie_lanes; /* of the slot it is made for */
    const struct nic_reg *regs;
    unsigned reg_count;
    const struct nic_erratum *errata; /* that can be modelled, `erratum_count` of them, up to 32 */
    unsigned erratum_count;
    const struct vports_map *vports; /* where its switch's registers lie, of one that has those of nic/vports.h; else NULL */
};

/*
 * Puts a model (a const struct nic_model) among those that nic_model_find() knows. The pointers of all chips' files come together
 * in one section of the object that has the simulator.
 */
#define NIC_MODEL(model) static const struct nic_model *const model##_entry __attribute__((used, section("nic_models"))) = &(model)

/* The same of a model from outside of that object (lib/chip.c), at run time and for good: both must stay. -EEXIST: there is one
 * of its name. The list belongs to the process, like the section: no world sees it change, which asks for its models when it is
 * read. */
struct nic_model_entry {
    const struct nic_model *model;
    struct nic_model_entry *next; /* private */
};
int nic_model_add(struct nic_model_entry *entry);

static inline bool nic_model_can(const struct nic_model *model, enum nic_capability what) { return model->can & what; }

const struct nic_model *nic_model_find(const char *name); /* NULL if unknown */
const struct nic_model *nic_model_at(unsigned i); /* in the order of their names; NULL past the end */
const char *nic_model_names(char *text, size_t cap); /* with commas between; returns text */
uint32_t nic_model_errata(const struct nic_model *model); /* those its chips have, a bit each */
struct nic *nic_create(struct sim *sim, const struct nic_params *params, char *err, size_t err_cap);
void nic_destroy(struct nic *nic); /* NULL is fine; function 0 of a device after its others */
/* For the chips' create: the uplink's port and the PCIe link of a NIC that is a device of its own; its `c` is there. -errno with a
 * message: there is none of both. nic_detach() takes them away, and the list of VFs. */
int nic_attach(struct nic *nic, const struct nic_params *params, const struct port_ops *ops, char *err, size_t err_cap);
void nic_detach(struct nic *nic);
/* For their function_stats: `out` has what the function's queues carried. Broadcasts, which are among the groups, are told apart as
 * the switch counted them for its vport; and what the switch refused comes off what was sent. */
void nic_count_broadcasts(struct nic_function_stats *out, const struct eswitch_count *count);
void nic_count_switched(struct nic_function_stats *out, const struct eswitch_count *count);
/* For their counter(): the i-th of a table. */
struct nic_counter {
    const char *name;
    uint64_t value;
};
bool nic_counter_at(const struct nic_counter *all, unsigned count, unsigned i, const char **name, uint64_t *value);
/* Of a frame from the wire, where the longest has so many bytes with its FCS, and 4 more with a tag: FATE_COUNT, or why it ends. */
enum fate nic_judge_arrival(const struct frame *f, uint32_t longest);
/* A witness is at a queue of a device's function, VF `vf` or (-1) its only one or its PF (core/frame/way.h). */
void nic_pass(const struct component *c, int vf, unsigned queue, enum way_kind kind, const struct frame *f,
              struct way_reading reading);
/* Puts the functions of a device together, for the chips' create: link, function number, plug. -EINVAL: the device is full (`max`
 * functions) or is itself another's; -ENOMEM. */
int nic_join_device(struct nic *nic, const struct nic_params *params, unsigned max);

#endif
