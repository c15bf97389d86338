/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all chips share: a NIC is a component with a PCI link, a PF, VFs and network ports, made by model name.
 *
 * Models register themselves in the table of nic_models.c; the scenario, the PF drivers and `vfsim regs` find them there.
 */
#ifndef VFSIM_NIC_NIC_H
#define VFSIM_NIC_NIC_H

#include <stddef.h>

#include "core/save.h"
#include "core/world/sim.h"
#include "eswitch/eswitch.h"
#include "net/port.h"
#include "net/portmux.h"
#include "pcie/pcie.h"

struct nic;

struct nic_params {
    const char *name;    /* also the name of its uplink port */
    const char *model;   /* "82599", "82576", "regular" (no SR-IOV) */
    unsigned vfs;        /* TotalVFs, 1 … 63 for 82599, 1 … 7 for 82576; 0 for regular */
    uint8_t mac[6];      /* of the PF, as its EEPROM has it */
    uint64_t rate_bps;   /* 0: the model's own */
    struct pci_link_params link;
    struct nic *device;  /* it is another function of this one's device, and shares its PCIe link; NULL: a device of its own */
    bool symmetric;      /* no function is privileged on the data path: the PF has none, it controls only */
    bool same_port;      /* and its port, too: two PFs behind one plug, one switch for both (net/portmux.h) */
};

struct nic_reg { /* one line of a chip's register table, for `vfsim regs` and trace names */
    const char *name;
    uint32_t offset, stride, count, reset;
    const char *access; /* "RO", "RW", "RW1C", "RC", "WO" */
    const char *function; /* "PF" or "VF" */
    const char *sentence;
};

struct nic_ops;

struct nic {
    struct component c;
    const struct nic_ops *ops;
    const char *model;
    struct pci_link *link;
    struct pci_function *pf;
    struct pci_function **vf; /* [vf_count] */
    unsigned vf_count;
    bool symmetric;
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

struct nic_model {
    const char *name;
    const char *sentence;
    struct nic *(*create)(struct sim *sim, const struct nic_params *params, char *err, size_t err_cap);
    unsigned max_vfs;
    uint64_t rate_bps;            /* of its port */
    unsigned pcie_gen, pcie_lanes; /* of the slot it is made for */
    const struct nic_reg *regs;
    unsigned reg_count;
};

const struct nic_model *nic_model_find(const char *name); /* NULL if unknown */
const struct nic_model *nic_model_at(unsigned i);         /* NULL past the end */
struct nic *nic_create(struct sim *sim, const struct nic_params *params, char *err, size_t err_cap);
void nic_destroy(struct nic *nic); /* NULL is fine; function 0 of a device after its others */
/* Puts the functions of a device together, for the chips' create: link, function number, plug. -EINVAL: the device is full (`max`
 * functions) or is itself another's; -ENOMEM. */
int nic_join_device(struct nic *nic, const struct nic_params *params, unsigned max);

#endif
