/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Intel 82576 as a skin of the family's engine (nic/intel): its maps and what its registers mean to the engine.
 *
 *   skin.c    limits and identity, reset, the rules in which the chip differs, the model
 *   board.c   NVM and PHY
 *   decode.c  its register maps: an access becomes one to a control word, to a queue, or to what is kept here
 *
 * The chip's queues n and n + 8 are pool n's; the engine numbers them 2n and 2n + 1, and so do traces.
 */
#ifndef VFSIM_NIC_82576_NIC82576__H
#define VFSIM_NIC_82576_NIC82576__H

#include "nic/82576/regs.h"
#include "nic/intel/control/control.h"

struct e1000_registers {
    E1000_PF_REGISTERS(MAP_MEMBER_ONE, MAP_MEMBER_MANY)
};
struct e1000_vf_registers {
    E1000_VF_REGISTERS(MAP_MEMBER_ONE, MAP_MEMBER_MANY)
}; /* for their order only: none is kept */
enum e1000_pf_id { E1000_PF_REGISTERS(MAP_PF_ID_ONE, MAP_PF_ID_MANY) PF_COUNT };
enum e1000_vf_id { E1000_VF_REGISTERS(MAP_VF_ID_ONE, MAP_VF_ID_MANY) VF_COUNT };

/* Plain data, saved as it is: struct intel_chip's `own`. Registers that are control words are kept there, not here. */
struct e1000_own {
    struct e1000_registers reg;
    uint32_t icr, ims;
    uint16_t phy[32]; /* registers of the PHY, as they were written */
    uint64_t rqdpc_read[E1000_QUEUES]; /* of the engine's queue: what RQDPC was last read at */
};

static inline struct e1000_own *e1000_own(const struct intel_chip *n) { return n->own; }

/* ---- decode.c ---- */
extern const struct nic_reg nic82576__regs[PF_COUNT + VF_COUNT]; /* the PF's, then a VF's */
extern const struct intel_register nic82576__pf_registers[PF_COUNT], nic82576__vf_registers[VF_COUNT];
extern const struct intel_alias nic82576__pf_words[PF_COUNT], nic82576__vf_words[VF_COUNT];
void nic82576__rules(struct intel_chip *n);        /* all of the engine's rules, of its own registers */
void nic82576__decode_reset(struct intel_chip *n); /* they have their reset values: the engine's words follow */
void nic82576__pf_cause(struct intel_chip *n, enum intel_cause cause);
void nic82576__pool_rss(struct intel_chip *n, unsigned pool); /* VMOLR.RSSE */
uint32_t nic82576__pf_read(struct intel_chip *n, int id, uint32_t i);
void nic82576__pf_write(struct intel_chip *n, int id, uint32_t i, uint32_t value);
uint32_t nic82576__vf_read(struct function *fn, int id, uint32_t i);
void nic82576__vf_write(struct function *fn, int id, uint32_t i, uint32_t value);
bool nic82576__queue_block(const struct function *fn, uint32_t off, struct queue_place *at);
uint32_t nic82576__rx_value(uint32_t field, uint32_t value, bool write);

/* ---- board.c ---- */
void nic82576__board_reset(struct intel_chip *n);
uint32_t nic82576__take_semaphore(struct intel_chip *n); /* SWSM is read */
bool nic82576__board_write(struct intel_chip *n, int id, uint32_t value); /* true: it was a register of the board's */

#endif
