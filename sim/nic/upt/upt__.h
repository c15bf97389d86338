/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the UPT NIC.
 *
 *   upt.c        the component: creation, PCI functions, events, counters, save
 *   decode.c     registers
 *   command.c    what CMD starts: images in and out, fences, statistics
 *   path.c       frames: wire -> switch -> rings, rings -> FIFO -> switch -> wire and other functions
 *
 * Structs named …_state are plain data, saved as they are.
 */
#ifndef VFSIM_NIC_UPT_PRIVATE_H
#define VFSIM_NIC_UPT_PRIVATE_H

#include "nic/nic.h"
#include "nic/upt/regs.h"
#include "nic/vports.h"
#include "nic/vmxnet3/rings.h"

enum upt_verb { VERB_RETRY = 1, VERB_WIRE };
enum { UPT_PF = -1, COMMAND_TAG = 0x80, SAVE_CHUNK = PCI_DMA_INLINE_MAX };

/* frames, by frame.mark */
struct upt_chain {
    frame_ref first, last;
    uint32_t count, zero;
};

struct upt_function_state {
    struct upt_chain held; /* steered to it while it does not receive */
    uint64_t rx_frames, rx_bytes, rx_multicast, rx_dropped, tx_frames, tx_bytes;
};

struct upt_function {
    struct upt *chip;
    int vf; /* UPT_PF */
    unsigned vport;
    struct pci_function *pci;
    struct vmxnet3_rings rings;
    struct upt_function_state s;
};

struct upt_command_state {
    uint32_t busy; /* the command under way, 0 none */
    uint32_t fn, serial;
    uint32_t writes; /* of SAVE and STATS, outstanding */
    uint32_t error;
    uint32_t zero;
    uint64_t tx_target;
    uint64_t rx_target[UPT_FUNCTIONS_MAX][UPT_QUEUES]; /* of rings' rx_taken */
};

struct upt_chip_state {
    uint32_t control[UPT_CONTROL_BYTES / 4]; /* registers as written */
    struct upt_command_state cmd;
    struct upt_chain tx;      /* FIFO; mark64 of a frame: its function */
    uint64_t tx_put, tx_got;  /* frames, ever */
    frame_ref wire_stage;     /* at the wire, waits for it to be free */
    uint8_t wire_timer, link_up, tx_blocked, zero[1];
    uint64_t rx_good, rx_bytes, rx_crc, rx_long, rx_missed, tx_good, tx_bytes, tx_loopback, spoofed, bad_registers;
};

struct upt {
    struct nic nic; /* first */
    struct eswitch sw;
    struct upt_function fn[UPT_FUNCTIONS_MAX]; /* VFs, then the PF */
    uint8_t mac[6];
    struct upt_chip_state s;
};

static inline struct component *upt_component(struct upt *u) { return &u->nic.c; }
static inline struct upt_function *upt_pf(struct upt *u) { return &u->fn[u->nic.vf_count]; }
static inline uint32_t *upt_reg(struct upt *u, uint32_t off) { return &u->s.control[off / 4]; }
static inline struct upt_function *upt_of(struct vmxnet3_rings *rings)
{
    return (struct upt_function *)((char *)rings - offsetof(struct upt_function, rings));
}

/* ---- upt.c ---- */
void upt__frame_end(struct upt_function *fn, frame_ref ref, enum fate fate);
void upt__cause(struct upt *u, uint32_t cause); /* ICR, and the PF's vector */

/* ---- decode.c ---- */
#define UPT__ID(name, ...) R_##name,
enum upt_reg_id { UPT_PF_REGISTERS(UPT__ID, UPT__ID) R_PF_COUNT, UPT_VF_REGISTERS(UPT__ID, UPT__ID) R_END };
#undef UPT__ID
enum { UPT_REG_COUNT = R_END - 1 }; /* R_PF_COUNT is no register */
extern const struct nic_reg upt__regs[UPT_REG_COUNT];
uint64_t upt__mmio_read(struct pci_function *pci, unsigned bar, uint32_t off, unsigned size);
void upt__mmio_write(struct pci_function *pci, unsigned bar, uint32_t off, unsigned size, uint64_t value);
void upt__reset_registers(struct upt *u);

/* ---- command.c ---- */
void upt__command(struct upt *u, uint32_t command);
void upt__command_read_done(struct upt *u, uint64_t tag, const void *data, uint32_t len, enum pci_status status);
void upt__command_write_done(struct upt *u, uint64_t tag, enum pci_status status);
void upt__command_look(struct upt *u); /* something has moved: is a fence done? */

/* ---- the embedded switch (nic/vports.h) ---- */
VPORTS_ARE(UPT);
static const struct vports_map upt_vports_map = VPORTS_MAP(UPT, VPORT_VLAN, MTA, 0, ~0u);
static inline struct vports upt_vports(struct upt *u)
{
    return (struct vports){upt_component(u), &u->sw, u->s.control, &upt_vports_map};
}

/* ---- path.c ---- */
extern const struct vmxnet3_rings_ops upt__rings_ops;
void upt__wire_receive(struct port *port, frame_ref ref);
void upt__wire_event(struct upt *u);
void upt__gate(struct upt_function *fn); /* FCTL was written */
void upt__function_clear(struct upt_function *fn, enum fate fate); /* no rings; what it holds ends */

#endif
