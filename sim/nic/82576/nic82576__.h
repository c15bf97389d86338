/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the 82576 share. The engine is the 82599's (nic/82599): rings, packet buffers, switch, mailbox and
 * moderation are one state. Here are only the 82576's maps and what its registers mean in the engine's.
 *
 *   skin.c    limits and identity, reset, the rules in which the chip differs
 *   decode.c  its register maps: an access becomes one to the 82599's register, to a queue, or to what is kept here
 *
 * The chip's queues n and n + 8 are pool n's; the engine numbers them 2n and 2n + 1, and so do traces.
 */
#ifndef VFSIM_NIC_82576_NIC82576__H
#define VFSIM_NIC_82576_NIC82576__H

#include "nic/82576/nic82576.h"
#include "nic/82576/regs.h"
#include "nic/82599/nic82599__.h"

#define REG_ONE(name, offset, access, reset, sentence) uint32_t name;
#define REG_MANY(name, offset, stride, count, access, reset, sentence) uint32_t name[count];
struct e1000_registers { E1000_PF_REGISTERS(REG_ONE, REG_MANY) };
struct e1000_vf_registers { E1000_VF_REGISTERS(REG_ONE, REG_MANY) }; /* for their order only: a VF keeps nothing here */
#undef REG_ONE
#undef REG_MANY

#define REG_ONE(name, offset, access, reset, sentence) P_##name,
#define REG_MANY(name, offset, stride, count, access, reset, sentence) P_##name,
enum e1000_pf_id { E1000_PF_REGISTERS(REG_ONE, REG_MANY) P_COUNT };
#undef REG_ONE
#undef REG_MANY
#define REG_ONE(name, offset, access, reset, sentence) V_##name,
#define REG_MANY(name, offset, stride, count, access, reset, sentence) V_##name,
enum e1000_vf_id { E1000_VF_REGISTERS(REG_ONE, REG_MANY) V_COUNT };
#undef REG_ONE
#undef REG_MANY

/* Plain data, saved as it is: struct nic82599's `own`. Registers that mean the same in the 82599 are kept there, not here. */
struct e1000_own {
    struct e1000_registers reg;
    uint32_t icr, ims;
    uint64_t rqdpc_read[E1000_QUEUES]; /* of the engine's queue: what RQDPC was last read at */
    uint64_t octets_rx, octets_tx;     /* what GORC, GOTC were last read at */
};

static inline struct e1000_own *e1000_own(const struct nic82599 *n) { return n->own; }

extern const struct nic_reg nic82576__regs[P_COUNT + V_COUNT]; /* the PF's, then a VF's */

/* ---- decode.c ---- */
void nic82576__decode_reset(struct nic82599 *n); /* registers have their reset values, and the engine knows what they mean */
void nic82576__pf_cause(struct nic82599 *n, uint32_t cause);
void nic82576__pool_rss(struct nic82599 *n, unsigned pool); /* VMOLR.RSSE */
extern const struct reg_info nic82576__pf_reg[P_COUNT], nic82576__vf_reg[V_COUNT];
uint32_t nic82576__pf_read(struct nic82599 *n, int id, uint32_t i);
void nic82576__pf_write(struct nic82599 *n, int id, uint32_t i, uint32_t value);
uint32_t nic82576__vf_read(struct function *fn, int id, uint32_t i);
void nic82576__vf_write(struct function *fn, int id, uint32_t i, uint32_t value);
bool nic82576__queue_block(const struct function *fn, uint32_t off, struct queue_place *at);
uint32_t nic82576__rx_value(uint32_t field, uint32_t value, bool write);

#endif
