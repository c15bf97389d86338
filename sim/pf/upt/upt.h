/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the UPT NIC's PF driver: what it keeps beside struct pf, and how its files reach it. */
#ifndef VFSIM_PF_UPT_H
#define VFSIM_PF_UPT_H

#include "nic/upt/regs.h"
#include "pf/vports.h"

enum { UPT_PF_VECTOR_TX = 2, UPT_PF_VECTORS = 3 }; /* rx is PF_VECTOR_DATA; tx stays masked: it is polled */
_Static_assert((int)UPT_VECTOR_MISC == PF_VECTOR_MISC, "as for the other chips");

/* plain data, saved as it is */
struct pf_upt_state {
    uint32_t rx_comp_next, rx_comp_gen, tx_comp_next, tx_comp_gen;
    uint32_t body_posted, zero;                    /* of receive ring 2, free running */
    struct pf_open_vports open;
    struct vports_counts base[PF_VFS_MAX];             /* counters at the last GET_QUEUE_STATS */
    struct vmxnet3_rings_image rings[PF_VFS_MAX];  /* for VF_INIT, from VF_SAVE_STATE */
};

struct pf_upt {
    struct pf_upt_state s;
};

static inline struct pf_upt_state *pf_upt(struct pf *pf) { return &((struct pf_upt *)pf->own)->s; }

extern const struct procedure_table pf__upt_command; /* of a step whose start() has given one: */
int pf__upt_call(struct pf *pf, uint32_t command, uint32_t fn);
int pf__upt_vf_run(struct pf *pf, struct pf_op *op);
extern const struct procedure_table pf__upt_move, pf__upt_set_mac, pf__upt_init, pf__upt_quiesce, pf__upt_run_dry, pf__upt_idle,
    pf__upt_save_state, pf__upt_release, pf__upt_queue_stats, pf__upt_queue_status;
void pf__upt_vport(struct pf *pf, unsigned vf); /* VPORT of a VF, from what is set for it */

void pf__upt_rings(struct pf *pf, struct vmxnet3_rings_image *image); /* of the PF's own, when it comes up */
uint64_t pf__upt_memory(uint32_t ring_rx, uint32_t ring_tx);
uint64_t pf__upt_scratch(const struct pf *pf); /* a page for commands */
void pf__upt_poll(struct pf *pf, unsigned channel);
uint32_t pf__upt_receive(struct pf *pf, uint32_t budget);
void pf__upt_reclaim(struct pf *pf);
void pf__upt_kick(struct pf *pf, unsigned channel);
void pf__upt_send(struct pf *pf, frame_ref ref);

#endif
