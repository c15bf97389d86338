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
 *   chip_switch.c   services: the embedded switch
 *   chip_driver.c   the family: bring-up, tables, the PF's own rings; services
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

struct vfsim_function {
    struct pci_function *pci;
    struct vfsim_nic *nic;
    int number; /* -1: the PF */
    unsigned port;
    void *state;
};

struct vfsim_nic {
    struct nic nic; /* first */
    const struct vfsim_chip *chip;
    struct eswitch sw;
    uint8_t mac[6];
    void *state;
    struct vfsim_function fn[CHIP_FUNCTIONS_MAX]; /* VFs, then the PF */
};

struct vfsim_driver {
    struct pf *pf;
    const struct vfsim_chip *chip;
    struct vfsim_wait wait;  /* what the step under way waits for: state, saved as it is */
    uint64_t rx_open, tx_open; /* VFs whose functions may receive and send, a bit each: state */
    uint32_t base[PF_VFS_MAX][8]; /* counters when they were last read: state */
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

/* ---- chip_driver.c ---- */
extern const struct pf_family chip__family; /* all but name, limits and chip, and the chip's numbers */
void chip__port(struct pf *pf, unsigned vf); /* what is set for it, to the driver */
void chip__open(struct pf *pf, unsigned vf, bool rx, bool tx);

/* ---- chip_life.c ---- */
extern const struct procedure_table *const chip__tables[];
extern const struct procedure_table chip__start, chip__move, chip__set_mac;
int chip__dispatch(struct pf *pf, struct pf_op *op);

#endif
