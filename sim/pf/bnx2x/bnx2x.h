/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the driver of the 57712's PF: what it keeps beside struct pf, and how its files reach it.
 *
 *   bnx2x.c   ramrods, fences, bring-up, and what the shared part has written
 *   vf.c      the life of a VF [vmkdrivers bnx2x_vf.c, bnx2x_esx.c]
 *   guest.c   its queues, from what its guest has told, and the region that they share
 *   data.c    the host's own rings
 *
 * Unlike bnx2x it keeps the rule for untagged frames when a VF has VLANs, and anti-spoof when it has a default VLAN: a switch
 * between emulation and the VF would lose what the one lets pass.
 */
#ifndef VFSIM_PF_BNX2X_H
#define VFSIM_PF_BNX2X_H

#include "nic/57712/desc.h"
#include "nic/57712/regs.h"
#include "pf/vports.h"

_Static_assert((int)E2_VECTOR_MISC == PF_VECTOR_MISC, "as for the other chips");
_Static_assert((int)E2_VF_QUEUES_MAX <= PF_QUEUES_MAX, "all of a VF's");

enum {
    BNX2X_OWN_ZONE = E2_ZONES - 1, /* of the PF's own queue, and its status block */
    BNX2X_RX_RATE = 40000,         /* interrupts a second [bnx2x_esx.c] */
    BNX2X_TX_RATE = 20000,
    BNX2X_BUFFER = 2048 - 64 - E2_RX_PADDING, /* of a small buffer, less alignment to a cache line [bnx2x_esx.c buf_sz] */
};

/* plain data, saved as it is */
struct pf_bnx2x_state {
    uint32_t rx_pos, cqe_pos, tx_pos, zero;  /* positions in the PF's own rings; their low 16 bits are the chip's */
    struct pf_open_vports open;
    struct vports_counts base[PF_VFS_MAX]; /* counters at the last GET_QUEUE_STATS */
    struct e2_shared shared[PF_VFS_MAX];     /* the plugin's, likewise */
    struct pf_vf_memory memory[PF_VFS_MAX];  /* for VF_INIT */
    uint32_t tpa[2], sge[2];                 /* VFs that aggregate, and that have SGEs */
    uint32_t queues[PF_VFS_MAX], zero2;      /* that it was initialised with */
};

struct pf_bnx2x {
    struct sim_mem *guest[PF_VFS_MAX]; /* wiring: whose memory the shared region is in */
    struct pf_bnx2x_state s;
};

static inline struct pf_bnx2x *pf_bnx2x_own(struct pf *pf) { return pf->own; }
static inline struct pf_bnx2x_state *pf_bnx2x(struct pf *pf) { return &pf_bnx2x_own(pf)->s; }

/* Of VF `vf`, queue `q`: its zone, and its status block, which has the same number. */
static inline unsigned bnx2x_zone(const struct pf *pf, unsigned vf, unsigned q) { return vf * pf->queues + q; }

extern const struct procedure_table pf__bnx2x_ramrod; /* of a step whose start() has given one: */
int pf__bnx2x_call(struct pf *pf, uint32_t ramrod, uint32_t id, uint32_t data);
uint64_t pf__bnx2x_scratch(const struct pf *pf); /* a page of host memory for its parameters */

int pf__bnx2x_vf_run(struct pf *pf, struct pf_op *op);
void pf__bnx2x_vport(struct pf *pf, unsigned vf); /* VPORT of a VF, from what is set for it */
const char *pf__bnx2x_vf_memory(struct pf *pf, unsigned vf, const struct pf_vf_memory *memory);
void pf__bnx2x_vf_info(const struct pf *pf, unsigned vf, struct pf_vf_info *out);
extern const struct procedure_table pf__bnx2x_move, pf__bnx2x_set_mac, pf__bnx2x_init, pf__bnx2x_setup, pf__bnx2x_update,
    pf__bnx2x_activate, pf__bnx2x_quiesce, pf__bnx2x_run_dry, pf__bnx2x_idle, pf__bnx2x_halt, pf__bnx2x_release,
    pf__bnx2x_queue_stats, pf__bnx2x_queue_status;

void pf__bnx2x_rings(struct pf *pf, struct e2_client_setup *set); /* of the PF's own, when it comes up */
void pf__bnx2x_begin(struct pf *pf); /* its interrupt, and its buffers */
uint64_t pf__bnx2x_memory(uint32_t ring_rx, uint32_t ring_tx);
void pf__bnx2x_poll(struct pf *pf, unsigned channel);
uint32_t pf__bnx2x_receive(struct pf *pf, uint32_t budget);
void pf__bnx2x_reclaim(struct pf *pf);
void pf__bnx2x_kick(struct pf *pf, unsigned channel);
void pf__bnx2x_send(struct pf *pf, frame_ref ref);

#endif
