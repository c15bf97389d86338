/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the vmxnet3 device: what it has around its rings, and what its files offer each other.
 *
 * struct vmxnet3_state is plain data and saved as it is, like that of the rings; the rest is configuration and wiring.
 */
#ifndef VFSIM_NIC_VMXNET3_PRIVATE_H
#define VFSIM_NIC_VMXNET3_PRIVATE_H

#include "nic/vmxnet3/rings.h"
#include "nic/vmxnet3/vmxnet3.h"

enum vmxnet3_verb { VERB_RX_RETRY = 1 };

struct vmxnet3_state {
    uint64_t shared_pa;
    uint32_t dsal;
    uint32_t cmd_result;
    uint32_t ecr;
    uint32_t did_lo, did_hi;
    uint8_t mac[6], mac_low[4];       /* mac_low: MACL as written, before MACH */
    uint8_t unplugged, zero;
    struct Vmxnet3_DSDevRead conf;    /* as of ACTIVATE_DEV and the UPDATE commands */
    uint32_t rx_mode;
    uint32_t multicast_count;
    uint8_t multicast[VMXNET3_MULTICAST_MAX][6];
    uint32_t vlan_table[VMXNET3_VFT_SIZE];
    uint64_t commands, refused_commands, bad_registers;
};

/* of a device whose rings are elsewhere; it stays where it is when a VM moves */
struct vmxnet3_closed_state {
    uint32_t closed, late_prods, late_masked, late_unmasked; /* late_: written to the page meanwhile, a bit each */
    uint32_t late_prod[VMXNET3_RINGS_QUEUES];
};

struct vmxnet3 {
    struct component c;
    struct pci_link *link;
    struct pci_function *fn;
    struct iommu_domain *domain;
    struct vmxnet3_host *host;
    struct port port;
    bool *mode_changed; /* whose switch looks at the mode */
    uint8_t perm_mac[6];
    uint32_t link_mbps;
    struct vmxnet3_rings rings;
    struct vmxnet3_state st;
    struct vmxnet3_closed_state away;
    struct cpu_thread *vcpu;
    struct cpu_thread worker; /* the copy loop */
    struct cpu_thread *copier; /* of what is received; NULL: that one */
    uint64_t copy_rest;       /* thousandths of a cycle that are not worked off yet */
};

/* ---- regs.c ---- */
uint64_t vmxnet3__mmio_read(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size);
void vmxnet3__mmio_write(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size, uint64_t value);

/* ---- command.c ---- */
uint32_t vmxnet3__command(struct vmxnet3 *dev, uint32_t cmd);

/* ---- activate.c ---- */
bool vmxnet3__activate(struct vmxnet3 *dev); /* false: DriverShared was not valid */
bool vmxnet3__read_filter(struct vmxnet3 *dev, bool mode, bool macs, bool vlans);
bool vmxnet3__read_rss(struct vmxnet3 *dev);

/* ---- vmxnet3.c ---- */
void vmxnet3__state_clear(struct vmxnet3 *dev); /* as after power-on, but for address, DID and counters */

/* ---- close.c ---- */
bool vmxnet3__late(struct vmxnet3 *dev, uint32_t off, uint32_t value); /* false: no such register, or value */
void vmxnet3__given_up(struct vmxnet3 *dev);

/* ---- filter.c ---- */
void vmxnet3__mode_changed(struct vmxnet3 *dev); /* after each write to st.rx_mode */
void vmxnet3__port_receive(struct port *port, frame_ref ref);

#endif
