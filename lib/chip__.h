/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chips from outside (include/vfsim/chip.h), for this folder: each is made into a model of NIC (sim/nic/nic.h) and a family of PF
 * drivers (sim/pf/family.h), as those of the tree are.
 *
 *   chip.c          registration, and what there is
 *   chip_check.c    what is wrong with a chip
 *   chip_load.c     shared objects
 *   chip_nic.c      the model: a NIC of a world, its functions, upcalls, save
 *   chip_device.c   services: time, DMA, interrupts, frames, wire
 *   chip_queue.c    queues that the library drives: rings, receive, transmit, fences
 *   chip_wire.c     the queue in front of the wire
 *   chip_switch.c   services: the embedded switch
 *   chip_driver.c   the family: bring-up, tables, the PF's own rings; services
 *   chip_rings.c    the PF's own rings, for drivers that leave them to the library
 *   chip_life.c     the family: operations on VFs
 */
#ifndef VFSIM_CHIP__H
#define VFSIM_CHIP__H

#include "nic/nic.h"
#include "pf/pf__.h"
#include "vfsim/chip.h"

enum { CHIP_FUNCTIONS_MAX = 64, CHIP_VFS_MAX = CHIP_FUNCTIONS_MAX - 1, CHIP_STATE_MAX = 16 << 20 };

/* of the process, for good */
struct chip_entry {
    struct nic_model model; /* first: who has the model has this */
    struct nic_model_entry in_models;
    struct pf_limits limits;
    struct pf_family family; /* family.chip is this */
    struct pf_family_entry in_families;
    const struct vfsim_chip *chip;
    struct nic_reg *regs;
};

/* ---- queues that the library drives: plain data, saved as it lies there ---- */

enum { CHIP_BATCH = 8, CHIP_TIMER_WIRE = 0xffff };
#define CHIP_TAG_OURS (UINT64_C(1) << 63) /* of DMA: a queue's, not the chip's */

struct chip_frames { /* in order */
    vfsim_frame first, last;
    uint32_t count;
};

struct chip_ring {
    uint64_t base;
    uint32_t size, tail, head;          /* head: the next to be used */
    uint32_t batch, used, fetching;     /* descriptors that were fetched, are used up, are on their way */
    uint32_t turn;                      /* how often it was switched on: what was under way before is not its own */
    uint32_t is_on;
    uint8_t desc[CHIP_BATCH][VFSIM_DESCRIPTOR_MAX];
};

struct chip_queue {
    struct chip_ring ring[2]; /* VFSIM_RX, VFSIM_TX */
    struct chip_frames waiting;
    vfsim_frame sending; /* its pieces are being read */
    uint32_t is_reading, pieces, next_piece, offset, last_index;
    uint8_t piece[VFSIM_FRAGMENTS_MAX][VFSIM_DESCRIPTOR_MAX];
};

struct vfsim_function {
    struct pci_function *pci;
    struct vfsim_nic *nic;
    int number; /* -1: the PF */
    unsigned port;
    void *state;
    struct chip_queue *queue;
    unsigned queues;
    uint32_t epoch;                         /* goes up at a reset; in tags of DMA */
    uint64_t rx_taken, rx_over, rx_fence; /* frames that queues were given; that landed or were dropped; rx_taken at the fence */
    struct vfsim_function_counts count;
};

struct vfsim_nic {
    struct nic nic; /* first */
    const struct vfsim_chip *chip;
    struct eswitch sw;
    uint8_t mac[6];
    void *state;
    struct chip_frames wire; /* what waits for it */
    uint64_t wire_put, wire_got, wire_fence;
    uint32_t wire_timer, wire_turn; /* one has been started; the function that goes first */
    struct vfsim_function fn[CHIP_FUNCTIONS_MAX]; /* VFs, then the PF */
};

struct chip_driver_rings {
    uint32_t rx_next, rx_put, tx_put, tx_done;
};

struct vfsim_driver {
    struct pf *pf;
    const struct vfsim_chip *chip;
    struct vfsim_wait wait; /* what the step under way waits for: state, saved as it is */
    uint64_t rx_open, tx_open; /* VFs whose functions may receive and send, a bit each: state */
    uint32_t base[PF_VFS_MAX][8]; /* counters when they were last read: state */
    struct chip_driver_rings rings; /* state */
    void *state;
};

static inline const struct chip_entry *chip_entry_of(const struct nic_model *model) { return (const struct chip_entry *)model; }
static inline struct component *chip_component(struct vfsim_nic *nic) { return &nic->nic.c; }
static inline struct vfsim_driver *chip_driver(struct pf *pf) { return pf->own; }
static inline const struct vfsim_driver_ops *chip_ops(const struct pf *pf)
{
    return ((const struct chip_entry *)pf->family->chip)->chip->driver;
}

/* ---- chip_load.c ---- */
char *chip__object_of(const struct vfsim_chip *chip); /* the file that it lies in, whole; NULL: nobody knows */
char *chip__plugin_beside(const struct vfsim_chip *chip, const char *object); /* its path, or NULL */

/* ---- chip_check.c ---- */
bool chip__is_sound(const struct vfsim_chip *chip, char *err, size_t err_cap);
/* Offsets in config space as they will be: the chip's, or the library's. */
struct vfsim_capabilities chip__capabilities(const struct vfsim_function_kind *kind, bool is_vf);

/* ---- chip_nic.c ---- */
struct nic *chip__create(struct sim *sim, const struct nic_params *params, char *err, size_t err_cap);

/* ---- chip_queue.c ---- */
void chip__queue_read(struct vfsim_function *fn, uint64_t tag, const void *data, uint32_t length, enum vfsim_dma_status status);
void chip__queue_written(struct vfsim_function *fn, uint64_t tag, enum vfsim_dma_status status);
void chip__queues_go_on(struct vfsim_function *fn); /* the wire's queue was long */
void chip__queues_reset(struct vfsim_function *fn);
void chip__queues_save(struct vfsim_function *fn, struct save *s);

/* ---- chip_wire.c ---- */
void chip__put(struct vfsim_nic *nic, struct chip_frames *q, vfsim_frame frame);
vfsim_frame chip__get(struct vfsim_nic *nic, struct chip_frames *q); /* the first of one that is not empty */
void chip__transmit(struct vfsim_nic *nic, vfsim_frame frame);
bool chip__wire_is_long(const struct vfsim_nic *nic);
void chip__wire_is_free(struct vfsim_nic *nic); /* CHIP_TIMER_WIRE */
void chip__wire_save(struct vfsim_nic *nic, struct save *s);

/* ---- chip_rings.c ---- */
void chip__rings_post(struct vfsim_driver *d);
const struct vfsim_driver_ops *
chip__path(const struct pf *pf); /* whose send, kick, poll, unmask and pending it is: the driver's, or ours */

/* ---- chip_driver.c ---- */
extern const struct pf_family chip__family; /* all but name, limits and chip, and the chip's numbers */
void chip__port(struct pf *pf, unsigned vf); /* what is set for it, to the driver */
void chip__open(struct pf *pf, unsigned vf, bool rx, bool tx);

/* ---- chip_life.c ---- */
extern const struct procedure_table *const chip__tables[];
extern const struct procedure_table chip__start, chip__move, chip__set_mac;
int chip__dispatch(struct pf *pf, struct pf_op *op);

#endif
