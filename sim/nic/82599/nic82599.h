/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Intel 82599 as a skin of the family's engine, for its own models and for a chip that has its register map.
 *
 * Such a chip takes NIC82599_SKIN into its own skin. Were single registers of it otherwise, its read and write would answer those
 * and leave the rest to these.
 */
#ifndef VFSIM_NIC_82599_NIC82599_H
#define VFSIM_NIC_82599_NIC82599_H

#include "nic/82599/regs.h"
#include "nic/intel/control/control.h"

struct ixgbe_registers {
    IXGBE_PF_REGISTERS(MAP_MEMBER_ONE, MAP_MEMBER_MANY)
}; /* at the start of intel_chip.own */
struct ixgbe_vf_registers {
    IXGBE_VF_REGISTERS(MAP_MEMBER_ONE, MAP_MEMBER_MANY)
};

/* A module's side of its bus: the lines as they are driven, what it answers with, the byte under way. */
struct two_wire {
    uint8_t clock, data, answer, phase, next, bits, shift, offset;
};
struct nic82599_own {
    struct ixgbe_registers reg; /* first */
    struct two_wire bus;
};
enum ixgbe_pf_id { IXGBE_PF_REGISTERS(MAP_PF_ID_ONE, MAP_PF_ID_MANY) PF_COUNT };
enum ixgbe_vf_id { IXGBE_VF_REGISTERS(MAP_VF_ID_ONE, MAP_VF_ID_MANY) VF_COUNT };

/* What a chip with the 82599's map has of its limits and rules, as initialisers of a struct intel_skin; the receive packet buffer
 * and the subsystem are its own. */
#define NIC82599_SKIN                                                                                                            \
    .pools = IXGBE_POOLS, .addresses = 128, .vlans = 64, .pf_vectors = IXGBE_PF_VECTORS, .vf_vectors = IXGBE_VF_VECTORS,         \
    .pf_causes = 16, .functions = 2, .tx_buffer_bytes = IXGBE_TX_PB_BYTES, .ps_per_byte = 800, .tx_frame_ps = IXGBE_TX_FRAME_PS, \
    .eitr_mask = IXGBE_EITR_ITR_INT_MASK, .eitr_shift = IXGBE_EITR_INTERVAL_SHIFT, .eitr_unit_ps = IXGBE_EITR_UNIT_PS,           \
    .vf_offset = 0x80, .vf_stride = 2, .pf_msix_bar = 4, .pf_bar_is_64 = true,                                                   \
    .pf_bar_bytes = {[0] = IXGBE_PF_BAR_BYTES, [4] = IXGBE_MSIX_BAR_BYTES},                                                      \
    .vf_bar_bytes = {[0] = IXGBE_VF_BAR_BYTES, [3] = IXGBE_MSIX_BAR_BYTES},                                                      \
    .pf = {nic82599_pf_registers, nic82599_pf_words, PF_COUNT, sizeof(struct ixgbe_registers)},                                  \
    .vf = {nic82599_vf_registers, nic82599_vf_words, VF_COUNT, sizeof(struct ixgbe_vf_registers)},                               \
    .own_bytes = sizeof(struct nic82599_own), .pf_read = nic82599_pf_read, .pf_write = nic82599_pf_write,                        \
    .vf_read = nic82599_vf_read, .vf_write = nic82599_vf_write, .queue_block = nic82599_queue_block, .rules = nic82599_rules,    \
    .reset = nic82599_reset, .pf_cause = nic82599_pf_cause

/* Errata of chips with this map, in the order of enum intel_erratum. */
extern const struct nic_erratum nic82599_errata[2];

/* ---- decode.c ---- */
extern const struct intel_register nic82599_pf_registers[PF_COUNT], nic82599_vf_registers[VF_COUNT];
extern const struct intel_alias nic82599_pf_words[PF_COUNT], nic82599_vf_words[VF_COUNT];
extern const struct nic_reg nic82599_regs[PF_COUNT + VF_COUNT]; /* the PF's, then a VF's */
uint32_t nic82599_pf_read(struct intel_chip *n, int id, uint32_t i);
void nic82599_pf_write(struct intel_chip *n, int id, uint32_t i, uint32_t value);
uint32_t nic82599_vf_read(struct function *fn, int id, uint32_t i);
void nic82599_vf_write(struct function *fn, int id, uint32_t i, uint32_t value);
bool nic82599_queue_block(const struct function *fn, uint32_t off, struct queue_place *at);
void nic82599_rules(struct intel_chip *n);
void nic82599_reset(struct intel_chip *n);
void nic82599_pf_cause(struct intel_chip *n, enum intel_cause cause);

/* ---- board.c ---- */
void nic82599_board_reset(struct intel_chip *n);
/* True: it was a register of the board's that is more than kept. */
bool nic82599_board_read(struct intel_chip *n, int id, uint32_t *value);
bool nic82599_board_write(struct intel_chip *n, int id, uint32_t i, uint32_t value);

#endif
