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

enum vmxnet3_verb { VERB_RX_RETRY = 1, VERB_HELD };

struct vmxnet3_state {
    uint64_t shared_pa;
    uint32_t dsal;
    uint32_t cmd_result;
    uint32_t ecr;
    uint32_t did_lo, did_hi;
    uint8_t mac[6], mac_low[4];       /* mac_low: MACL as written, before MACH */
    uint8_t unplugged, is_newer; /* is_newer: when it moves, its struct vmxnet3_newer comes along */
    struct Vmxnet3_DSDevRead conf;    /* as of ACTIVATE_DEV and the UPDATE commands */
    uint32_t rx_mode;
    uint32_t multicast_count;
    uint8_t multicast[VMXNET3_MULTICAST_MAX][6];
    uint32_t vlan_table[VMXNET3_VFT_SIZE];
    uint64_t commands, refused_commands, bad_registers;
};

/* What a driver has that took more than the first revision, or its interrupts not by MSI-X; it moves with the VM if there is any of
 * it. */
struct vmxnet3_newer {
    uint32_t icr; /* INTA is asserted; 0 or 1 */
    uint32_t rev; /* as the driver has chosen; 0: the first */
    uint32_t caps; /* of DCR, in use */
    uint32_t zero;
    struct Vmxnet3_CoalesceScheme coalesce;
    struct Vmxnet3_RingBufferSize buffers; /* as told; its descriptors say it, too */
};

/* Interrupts that are held back, by vector; none when it stands still. */
struct vmxnet3_held {
    sim_time sent; /* when the last one was */
    uint32_t raised; /* since then */
    uint32_t step; /* of VMXNET3_COALESCE_ADAPT: how rare they are */
    struct event_id due;
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
    struct vmxnet3_host *host;
    struct port port;
    bool *mode_changed; /* whose switch looks at the mode */
    uint8_t perm_mac[6];
    uint32_t link_mbps;
    uint32_t conf_intr; /* as GET_CONF_INTR answers */
    struct vmxnet3_rings rings;
    struct vmxnet3_state st;
    struct vmxnet3_closed_state away;
    struct vmxnet3_newer newer;
    struct vmxnet3_held held[VMXNET3_MAX_INTRS];
    bool may_hold; /* follows from the scheme and the levels */
    unsigned rev; /* the newest that it offers */
    struct cpu_thread *vcpu;
    struct cpu_thread worker; /* the copy loop */
    struct cpu_thread *copier; /* of what is received; NULL: that one */
    uint64_t copy_rest; /* thousandths of a cycle that are not worked off yet */
};

/* ---- regs.c ---- */
uint64_t vmxnet3__mmio_read(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size);
void vmxnet3__mmio_write(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size, uint64_t value);

/* ---- intr.c ---- */
void vmxnet3__interrupt(struct vmxnet3 *dev, unsigned vector); /* by whichever way its driver has enabled */
uint32_t vmxnet3__read_icr(struct vmxnet3 *dev);
void vmxnet3__lower(struct vmxnet3 *dev); /* INTA */
void vmxnet3__moderation_changed(struct vmxnet3 *dev);
bool vmxnet3__holds(struct vmxnet3_rings *rings, unsigned vector); /* as of struct vmxnet3_rings_ops */
void vmxnet3__held_is_due(struct vmxnet3 *dev, unsigned vector);
void vmxnet3__release(struct vmxnet3 *dev, bool send); /* what it holds back: sent, or forgotten */

/* ---- revision.c ---- */
unsigned vmxnet3__revision(const struct vmxnet3 *dev); /* in use: 1 … */
bool vmxnet3__newer_read(struct vmxnet3 *dev, uint32_t off, uint32_t *value); /* BAR 1; false: there is no such register */
bool vmxnet3__newer_write(struct vmxnet3 *dev, uint32_t off, uint32_t value);
/* A command that came with a revision after the first; false: it is none of those in use. */
bool vmxnet3__newer_command(struct vmxnet3 *dev, uint32_t cmd, uint32_t *result);
bool vmxnet3__refuse(struct vmxnet3 *dev, const char *why, uint64_t value); /* traced; false */

/* ---- command.c ---- */
uint32_t vmxnet3__command(struct vmxnet3 *dev, uint32_t cmd);

/* ---- activate.c ---- */
bool vmxnet3__activate(struct vmxnet3 *dev); /* false: DriverShared was not valid */
bool vmxnet3__read_filter(struct vmxnet3 *dev, bool mode, bool macs, bool vlans);
bool vmxnet3__read_rss(struct vmxnet3 *dev);
bool vmxnet3__read_levels(struct vmxnet3 *dev);

/* ---- vmxnet3.c ---- */
void vmxnet3__state_clear(struct vmxnet3 *dev); /* as after power-on, but for address, DID and counters */

/* ---- close.c ---- */
bool vmxnet3__late(struct vmxnet3 *dev, uint32_t off, uint32_t value); /* false: no such register, or value */
void vmxnet3__given_up(struct vmxnet3 *dev);

/* ---- filter.c ---- */
void vmxnet3__mode_changed(struct vmxnet3 *dev); /* after each write to st.rx_mode */
void vmxnet3__port_receive(struct port *port, frame_ref ref);

#endif
