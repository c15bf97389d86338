/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vmxnet3 device as a hypervisor emulates it, once a VM. Its rings are nic/vmxnet3/rings.h, which a UPT NIC has in hardware.
 *
 * A PCI function on a link of its own (emulated: the copy loop of a hypervisor), BAR 0 and 1 of vmxnet3_defs.h, MSI-X in
 * BAR 2, MSI and INTx for who has no MSI-X, and a port towards the virtual switch. It is a software loop: one frame at a time a
 * queue and direction.
 * What its driver asks for beyond data (addresses, receive mode, mode switch) goes to struct vmxnet3_host, which may
 * refuse.
 *
 * Control structures (DriverShared, queue descriptors) are read at the moment of the command, through the function's
 * IOMMU domain but without DMA timing, as the trap handler of a hypervisor does; a command's result is ready when it is
 * read back. Descriptors, frames and completions are DMA. A transmit completion says only that the frame was copied.
 * A raise of a masked vector is kept and sent at the unmask; one may be held back (intr.c).
 *
 * Its driver chooses a revision, of which revision.c has the list. Buffers of the guest are mapped before they are copied, but for
 * data rings, which always are (PROFILE_guest_map_cycles).
 *
 * Limits: 8 queues a direction, 32 fragments a transmitted and 17 a received frame, 32 multicast addresses (more: all),
 * `rx_queue_frames` frames waiting a receive queue (more: vnic_queue_full).
 */
#ifndef VFSIM_NIC_VMXNET3_H
#define VFSIM_NIC_VMXNET3_H

#include <stdbool.h>
#include <stdint.h>

#include "core/world/sim.h"
#include "cpu/cpu.h"
#include "net/port.h"
#include "nic/vmxnet3/rings_image.h"
#include "nic/vmxnet3/vmxnet3_defs.h"
#include "pcie/pcie.h"

enum { VMXNET3_MULTICAST_MAX = 32, VMXNET3_MULTICAST_ALL = VMXNET3_MULTICAST_MAX + 1, VMXNET3_RX_QUEUE_FRAMES = 512 };

struct vmxnet3;
struct vmxnet3_host;

struct vmxnet3_host_ops {
    /* A command the device does not know: its result. Also UPDATE_FEATURE, when the device has done its part. */
    uint32_t (*command)(struct vmxnet3_host *host, uint32_t cmd);
    /* ACTIVATE_DEV found everything valid; rings are set up, gates still closed. Returns what the driver reads: 0,
     * and the device runs; anything else, and it waits for vmxnet3_run(). */
    uint32_t (*activate)(struct vmxnet3_host *host);
    bool (*set_mac)(struct vmxnet3_host *host, const uint8_t mac[6]);         /* false: refused, the old one stays */
    uint32_t (*set_rx_mode)(struct vmxnet3_host *host, uint32_t mode);        /* VMXNET3_RXM_* in force from now on */
    /* count: VMXNET3_MULTICAST_ALL: too many to filter. false: refused. */
    bool (*set_multicast)(struct vmxnet3_host *host, const uint8_t (*list)[6], unsigned count);
    bool (*set_vlans)(struct vmxnet3_host *host, const uint32_t table[VMXNET3_VFT_SIZE]);       /* false: refused */
    void (*rss_changed)(struct vmxnet3_host *host); /* UPDATE_RSSIDT took another table */
    /* A frame has left the device or a gate has closed: ask again whether it is idle. May be NULL. */
    void (*progress)(struct vmxnet3_host *host);
    /* UPT. While the device is closed: its driver wrote to the page here; its driver has given the rings up (ACTIVATE_DEV,
     * QUIESCE_DEV, RESET_DEV: carried out next) and the device is open again, without queues that run. Both
     * needed by who closes it. */
    void (*page_written)(struct vmxnet3_host *host, uint32_t off, uint32_t value);
    void (*given_up)(struct vmxnet3_host *host);
};
/* embedded by the owner */
struct vmxnet3_host {
    const struct vmxnet3_host_ops *ops;
};

struct vmxnet3_params {
    const char *name;      /* component */
    const char *port_name; /* of its port */
    uint8_t mac[6];        /* permanent address */
    struct pci_link_params link;
    struct iommu_domain *domain;
    struct msi_sink *sink;
    struct vmxnet3_host *host;
    uint32_t rx_queue_frames; /* 0: VMXNET3_RX_QUEUE_FRAMES */
    uint32_t link_mbps;       /* 0: 10,000 */
    unsigned rev;             /* the newest that it offers, 1 … VMXNET3_REV_MAX; 0: that */
    unsigned intr_type, mask_mode; /* what GET_CONF_INTR asks its driver for: VMXNET3_IT_*, 0: MSI-X; VMXNET3_IMM_* */
    struct cores *cores;      /* its copy loop runs on; NULL: nobody's */
    struct cpu_thread *vcpu;  /* whom that is for, in the accounts; NULL: nobody */
};

struct vmxnet3 *vmxnet3_create(struct sim *sim, const struct vmxnet3_params *params, char *err, size_t err_cap);
void vmxnet3_destroy(struct vmxnet3 *dev); /* NULL is fine */
struct component *vmxnet3_component(struct vmxnet3 *dev);
struct pci_function *vmxnet3_function(struct vmxnet3 *dev);
struct port *vmxnet3_port(struct vmxnet3 *dev);

/* Whose work it is to copy what is received: a server that stays, NULL: the device's own. */
void vmxnet3_set_copier(struct vmxnet3 *dev, struct cpu_thread *copier);

/* ---- gates ---- */
void vmxnet3_run(struct vmxnet3 *dev);                  /* both directions, if the driver has activated the device */
void vmxnet3_stop_tx(struct vmxnet3 *dev);              /* takes no more descriptors; the frame being copied goes out */
void vmxnet3_start_tx(struct vmxnet3 *dev);
void vmxnet3_stop(struct vmxnet3 *dev, enum fate fate); /* both, and what it holds ends as `fate` */
bool vmxnet3_tx_is_idle(const struct vmxnet3 *dev);     /* nothing posted is untaken, nothing is being copied */
bool vmxnet3_rx_is_idle(const struct vmxnet3 *dev);
bool vmxnet3_is_activated(const struct vmxnet3 *dev);
bool vmxnet3_is_running(const struct vmxnet3 *dev);

/* Without descriptors wait instead of dropping, as long as the virtual switch paces what it releases. */
void vmxnet3_set_rx_wait(struct vmxnet3 *dev, bool wait);
uint32_t vmxnet3_rx_backlog(const struct vmxnet3 *dev); /* frames waiting for descriptors or copy, all queues */
/* Has the driver made up for what was taken: is half of each receive ring posted? True while it is not running. */
bool vmxnet3_rx_is_restocked(struct vmxnet3 *dev);

/* ---- link, guest OS ---- */
void vmxnet3_set_link(struct vmxnet3 *dev, bool up);      /* what GET_LINK answers, with an event when it changes */
uint32_t vmxnet3_guest_os(const struct vmxnet3 *dev);     /* Vmxnet3_GOSInfo as of ACTIVATE_DEV, 0 before */

/* ---- filter ---- */
/* Would it take this frame from its port, as far as addresses and VLANs go? FATE_COUNT: yes, else why not. */
enum fate vmxnet3_check_rx(const struct vmxnet3 *dev, const struct frame *f);
void vmxnet3_get_mac(const struct vmxnet3 *dev, uint8_t mac[6]);
uint32_t vmxnet3_rx_mode(const struct vmxnet3 *dev);
/* From now on *changed becomes true whenever the mode may be another one. */
void vmxnet3_watch_rx_mode(struct vmxnet3 *dev, bool *changed);
unsigned vmxnet3_multicast(const struct vmxnet3 *dev, const uint8_t (**list)[6]); /* count; _ALL: too many to filter */
const uint32_t *vmxnet3_vlan_table(const struct vmxnet3 *dev);                    /* [VMXNET3_VFT_SIZE] */
void vmxnet3_set_mac(struct vmxnet3 *dev, const uint8_t mac[6]); /* an accepted change turned out impossible */
void vmxnet3_limit_rx_mode(struct vmxnet3 *dev, uint32_t mode); /* policy changed: this is in force now */

/* ---- mode switch ---- */
void vmxnet3_set_did(struct vmxnet3 *dev, uint32_t lo, uint32_t hi); /* what GET_DID_LO and _HI answer */
uint32_t vmxnet3_did(const struct vmxnet3 *dev);
void vmxnet3_raise_event(struct vmxnet3 *dev, uint32_t ecr); /* VMXNET3_ECR_* */
/* pluginConfDesc as it stands in DriverShared now; false when DriverShared cannot be read. */
bool vmxnet3_plugin_conf(struct vmxnet3 *dev, struct Vmxnet3_VariableLenConfDesc *out);

/* Guest memory as the trap handler sees it, through the domain; false when any of it is out of reach. */
bool vmxnet3_read_guest(struct vmxnet3 *dev, uint64_t addr, void *buf, uint32_t len);
bool vmxnet3_write_guest(struct vmxnet3 *dev, uint64_t addr, const void *buf, uint32_t len);

/* ---- UPT: rings that are a NIC's for a while (close.c) ---- */
enum { VMXNET3_LATE_WRITES = 8 + VMXNET3_MAX_INTRS };
void vmxnet3_close(struct vmxnet3 *dev, struct vmxnet3_rings_image *out); /* paused, quiet, without frames */
bool vmxnet3_is_closed(const struct vmxnet3 *dev);
/* What its driver wrote to the page here since it was closed: number i, in any order; false: nothing was. */
bool vmxnet3_late_write(const struct vmxnet3 *dev, unsigned i, uint32_t *off, uint32_t *value);
void vmxnet3_forget_late(struct vmxnet3 *dev); /* they are told to the rings' new owner */
void vmxnet3_reopen(struct vmxnet3 *dev);      /* goes on where it stopped */
/* Takes the rings as another engine left them; gates are closed until vmxnet3_run(). False: refused, still closed. */
bool vmxnet3_open(struct vmxnet3 *dev, const struct vmxnet3_rings_image *in);
void vmxnet3_adopt(struct vmxnet3 *dev);       /* its state came from a device that was closed: so is it */
void vmxnet3_open_lost(struct vmxnet3 *dev);   /* nobody knows how far they are: the driver is told to reset it */

/* ---- a VM that moves to another host ---- */
/* Takes no more descriptors and fills no more buffers; the frame under way in either direction is finished. Is it quiet,
 * all that it did is in guest memory. */
void vmxnet3_pause(struct vmxnet3 *dev);
void vmxnet3_unpause(struct vmxnet3 *dev);
bool vmxnet3_is_paused(const struct vmxnet3 *dev);
bool vmxnet3_is_quiet(const struct vmxnet3 *dev);
/* The next frame that waits for the driver's buffers, a queue after the other; the caller's. 0: none. */
frame_ref vmxnet3_take_rx(struct vmxnet3 *dev);
/* Its state to a stream (paused, quiet, without frames), or from one into a device that is not in use (then paused). */
void vmxnet3_move_save(struct vmxnet3 *dev, struct save *s);
void vmxnet3_vacate(struct vmxnet3 *dev); /* quiet, without frames: as after power-on, its counters excepted */

/* What its driver has made of it, for an operator's tools. */
struct vmxnet3_view {
    unsigned queues;
    uint32_t rx_ring, tx_ring;  /* descriptors, of queue 0 */
    uint64_t features;          /* UPT1_F_* */
    unsigned rss_count;         /* 0: none */
    const uint8_t *rss_table, *rss_key; /* [rss_count], [40] */
};
void vmxnet3_get_view(const struct vmxnet3 *dev, struct vmxnet3_view *out);
const struct UPT1_TxStats *vmxnet3_tx_stats(const struct vmxnet3 *dev, unsigned queue); /* as GET_STATS gives them */
const struct UPT1_RxStats *vmxnet3_rx_stats(const struct vmxnet3 *dev, unsigned queue);

struct vmxnet3_stats {
    uint64_t tx_frames, tx_bytes, rx_frames, rx_bytes;
    uint64_t copies, copy_bytes;     /* by the copy loop, descriptors included */
    uint64_t maps, tx_data_frames, rx_data_frames; /* buffers mapped for it; frames of which any lay in a data ring */
    uint64_t interrupts, commands, refused_commands, bad_registers;
};
void vmxnet3_get_stats(const struct vmxnet3 *dev, struct vmxnet3_stats *out);
sim_time vmxnet3_copy_ps(const struct vmxnet3 *dev); /* what its copy loop has run */

#endif
