/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a chip of Intel's family is driven: what a skin's decode calls, and what the files of this folder ask of each other.
 */
#ifndef VFSIM_NIC_INTEL_CONTROL_CONTROL_H
#define VFSIM_NIC_INTEL_CONTROL_CONTROL_H

#include "nic/intel/chip.h"
#include "nic/intel/path/path.h"

/* ---- chip.c ---- */
/* A NIC of that model in that skin, for the create of a model. NULL: `err` says why. */
struct nic *intel_create(struct sim *sim, const struct nic_params *params, const struct nic_model *model,
                         const struct intel_skin *skin, char *err, size_t err_cap);

/* ---- map.c: an access to BAR0 becomes one to a queue's block, or the skin's ---- */
void intel_maps_init(struct intel_chip *n);
uint64_t intel_mmio_read(struct pci_function *pci, unsigned bar, uint32_t off, unsigned size);
void intel_mmio_write(struct pci_function *pci, unsigned bar, uint32_t off, unsigned size, uint64_t value);
/* What most registers of a map come down to: the engine's word, or the chip's own. For the skin's pf_read …. */
uint32_t intel_pf_register_read(struct intel_chip *n, int id, uint32_t i);
void intel_pf_register_write(struct intel_chip *n, int id, uint32_t i, uint32_t value);
uint32_t intel_vf_register_read(struct function *fn, int id, uint32_t i);
void intel_vf_register_write(struct function *fn, int id, uint32_t i, uint32_t value);
void intel_registers_reset(uint32_t *own, const struct intel_map *map);
/* The chip's own registers of a VF, with the words that the engine keeps at their places; back into both. */
void intel_vf_registers_get(const struct function *fn, uint32_t *words);
void intel_vf_registers_set(struct function *fn, const uint32_t *words);

/* ---- words.c ---- */
uint32_t intel_word_read(struct intel_chip *n, enum intel_word word, uint32_t i);
void intel_word_write(struct intel_chip *n, enum intel_word word, uint32_t i, uint32_t value);
uint32_t intel_vf_word_read(struct function *fn, enum intel_vf_word word, uint32_t i);
void intel_vf_word_write(struct function *fn, enum intel_vf_word word, uint32_t i, uint32_t value);
void intel_transmit_changed(struct intel_chip *n); /* rules.transmits or holds_transmit */

/* ---- queue.c: the 64-byte register block of a queue, the same in the PF's and the VFs' map ---- */
bool intel_rx_queue_read(struct intel_chip *n, unsigned queue, uint32_t field, uint32_t *value);
bool intel_rx_queue_write(struct intel_chip *n, unsigned queue, uint32_t field, uint32_t value);
bool intel_tx_queue_read(struct intel_chip *n, unsigned queue, uint32_t field, uint32_t *value);
bool intel_tx_queue_write(struct intel_chip *n, unsigned queue, uint32_t field, uint32_t value);

/* ---- mailbox.c ---- */
uint32_t intel_vf_mailbox_read(struct function *fn);
void intel_vf_mailbox_write(struct function *fn, uint32_t value);
void intel_pf_mailbox_write(struct intel_chip *n, unsigned vf, uint32_t value);
void intel_pf_ready(struct intel_chip *n, bool ready); /* its driver says that the PF's reset is over */
void intel_reset_vf(struct function *fn, bool flr);

/* ---- vf_state.c ---- */
bool intel_vf_is_still(const struct nic *nic, unsigned vf);
void intel_vf_state(struct nic *nic, unsigned vf, struct save *s);

/* ---- counters.c ---- */
void intel_function_stats(const struct nic *nic, int vf, struct nic_function_stats *out);

/* ---- reset.c ---- */
void intel_reset_chip(struct intel_chip *n);
void intel_function_defaults(struct function *fn);
void intel_save(struct component *c, struct save *s);

#endif
