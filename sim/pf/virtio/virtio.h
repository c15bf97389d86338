/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the driver of the virtio NIC's PF: what it keeps beside struct pf, and how its files reach it.
 *
 *   virtio.c   administration commands, fences, bring-up, and what the shared part has written
 *   vf.c       the life of a VF: provisioned, then its driver's to set up
 *   control.c  what VFs' drivers ask of their control virtqueues, allowed or refused
 *   data.c     the host's own virtqueues
 *
 * The PF is a virtio network device with an administration virtqueue [virtio 1.3 2.13], which carries what vendors of such NICs
 * have each in their own way (nic/virtio/desc.h); the switch's tables are registers (pf/vports.h). A VF's queues are its driver's
 * to set up.
 */
#ifndef VFSIM_PF_VIRTIO_H
#define VFSIM_PF_VIRTIO_H

#include "nic/virtio/desc.h"
#include "nic/virtio/regs.h"
#include "pf/vports.h"

_Static_assert((int)VIO_VECTOR_MISC == PF_VECTOR_MISC, "as for the other chips");
_Static_assert((int)VIO_PAIRS_MAX <= PF_QUEUES_MAX, "all of a VF's");

enum { PF_VIRTIO_RX = 0, PF_VIRTIO_TX = 1, PF_VIRTIO_ADMIN = 2, PF_VIRTIO_RINGS = 3, PF_VIRTIO_ADMIN_SIZE = 8 };

/* plain data, saved as it is */
struct pf_virtio_state {
    uint32_t avail[PF_VIRTIO_RINGS], told[PF_VIRTIO_RINGS],
        used[PF_VIRTIO_RINGS]; /* free running; the rings have their low halves */
    struct pf_open_vports open;
    uint32_t runs[2];                           /* VFs that may use their queues, a bit each */
    uint32_t causes, asks;                      /* ICR as it was read; the VF whose command is being answered */
    uint32_t ack, zero;                         /* what it is told */
    struct vports_counts base[PF_VFS_MAX];      /* counters at the last GET_QUEUE_STATS */
};

struct pf_virtio {
    struct pf_virtio_state s;
};

static inline struct pf_virtio_state *pf_virtio(struct pf *pf) { return &((struct pf_virtio *)pf->own)->s; }

/* An administration command of a VF (PF_ANY_VF: of the device) with `len` bytes at pf__virtio_data(): for a step that runs this
 * table, which is over when it has been answered. What came back is at pf__virtio_answer() then. */
extern const struct procedure_table pf__virtio_admin;
void *pf__virtio_data(struct pf *pf);
int pf__virtio_call(struct pf *pf, uint16_t opcode, int vf, uint32_t len);
int pf__virtio_call_word(struct pf *pf, uint16_t opcode, int vf, uint32_t word);
const void *pf__virtio_answer(struct pf *pf);

int pf__virtio_vf_run(struct pf *pf, struct pf_op *op);
void pf__virtio_vport(struct pf *pf, unsigned vf); /* VPORT of a VF, from what is set for it */
void pf__virtio_vf_info(const struct pf *pf, unsigned vf, struct pf_vf_info *out);
uint32_t pf__virtio_run_word(struct pf *pf, unsigned vf, uint32_t what);
extern const struct procedure_table pf__virtio_move, pf__virtio_set_mac, pf__virtio_init, pf__virtio_activate, pf__virtio_quiesce,
    pf__virtio_run_dry, pf__virtio_idle, pf__virtio_release, pf__virtio_queue_stats, pf__virtio_queue_status;

extern const struct procedure_table pf__virtio_misc;

void pf__virtio_bring_up(struct pf *pf); /* the PF as a virtio device: features, queues, buffers, DRIVER_OK */
void pf__virtio_ring_bell(struct pf *pf, unsigned ring);
/* The descriptors, and the ring of what is available: one more chain, which begins at `head`. */
struct virtq_desc *pf__virtio_desc(const struct pf *pf, unsigned ring, uint32_t i);
void pf__virtio_offer(struct pf *pf, unsigned ring, uint32_t head);
uint16_t pf__virtio_used_index(const struct pf *pf, unsigned ring);
uint64_t pf__virtio_scratch(const struct pf *pf); /* a page of host memory for commands */
uint64_t pf__virtio_memory(uint32_t ring_rx, uint32_t ring_tx);
void pf__virtio_poll(struct pf *pf, unsigned channel);
uint32_t pf__virtio_receive(struct pf *pf, uint32_t budget);
void pf__virtio_reclaim(struct pf *pf);
void pf__virtio_kick(struct pf *pf, unsigned channel);
void pf__virtio_send(struct pf *pf, frame_ref ref);

#endif
