/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The family of Intel's PF drivers, ixgbe (82599, X540 and what is like them) and igb (82576): what its files share.
 *
 *   ixgbe.c         ixgbe: bring-up             ixgbe_hw.c      the 82599's registers
 *   igb.c           igb: bring-up, the 82576's registers, and what its VFs' driver says otherwise
 *   intel.c         which operation is which; what differs by the place of a register only
 *   hw.h            a chip's registers, as the routines below speak to them
 *   effects.def     what Linux's drivers do beyond a setting
 *   ixgbe_vf.c      init, activate, quiesce, release
 *   ixgbe_state.c   what a VF's own driver has made of it, for a migration
 *   ixgbe_move.c    an address goes from one pool to another
 *   ixgbe_stats.c   queue statistics and status, moderation, RSS table, rates
 *   ixgbe_fence.c   waiting until frames have left the chip's packet buffers
 *   ixgbe_data.c    its own rings, frames in and out of pf_uplink(); of symmetric hardware those of a VF of the hypervisor's own
 *   ixgbe_restart.c the driver's own reset: down, up; function-level reset of the PF
 *   ixgbe_netdev.c  rings, channels, features, address and MTU of the PF's own interface
 *   ixgbe_flow.c    frames into queues by what they are
 *   ixgbe_causes.c  what the chip interrupts for besides frames: resets of VFs, the link, messages, malice
 *   ixgbe_mbx.c     mailbox messages of VFs, and the answers
 */
#ifndef VFSIM_PF_INTEL_INTEL_H
#define VFSIM_PF_INTEL_INTEL_H

#include "nic/intel/desc.h"
#include "nic/82599/regs.h"
#include "pf/intel/hw.h"
#include "pf/pf__.h"

static inline const struct intel_hw *pf__hw(const struct pf *pf) { return pf->family->chip; }

/* What both families have alike in struct pf_family. */
#define INTEL_ROUTINES                                                                                                            \
    .tables = pf__ixgbe_tables, .dispatch = pf__ixgbe_dispatch, .start = &pf__ixgbe_start, .move = &pf__ixgbe_move,               \
    .set_mac = &pf__ixgbe_set_mac, .vf_info = pf__ixgbe_vf_info, .memory = pf__ixgbe_memory, .poll = pf__ixgbe_poll,              \
    .kick = pf__ixgbe_kick, .send = pf__ixgbe_send, .send_by = pf__ixgbe_send_by, .set_queue = &pf__ixgbe_set_queue,              \
    .groups = pf__ixgbe_groups, .port_vlan = pf__ixgbe_port_vlan, .link_state = pf__ixgbe_link_state, .mirror = pf__ixgbe_mirror, \
    .mirror_all = pf__ixgbe_mirror_all, .moderate = pf__ixgbe_moderate, .acquire = pf__ixgbe_acquire, .tell = pf__ixgbe_tell,     \
    .rate_off = pf__ixgbe_tx_rate_off

/* ---- intel.c ---- */
extern const struct procedure_table pf__ixgbe_start;
int pf__ixgbe_dispatch(struct pf *pf, struct pf_op *op);
void pf__ixgbe_vf_info(const struct pf *pf, unsigned vf, struct pf_vf_info *out);
uint32_t pf__ixgbe_olr(uint32_t what); /* enum pf_accept as bits of VMOLR */
void pf__ixgbe_groups(struct pf *pf, unsigned word);
void pf__ixgbe_port_vlan(struct pf *pf, unsigned vf);
void pf__ixgbe_link_state(struct pf *pf, unsigned vf);
void pf__ixgbe_tell(struct pf *pf, unsigned vf);
void pf__ixgbe_mirror(struct pf *pf, unsigned rule, uint64_t vlan_entries);
void pf__ixgbe_mirror_all(struct pf *pf, bool on);
void pf__ixgbe_moderate(struct pf *pf);
extern const struct procedure_table *const pf__ixgbe_tables[];
extern const uint8_t pf__ixgbe_effect[], pf__igb_effect[];

/* ---- ixgbe.c ---- */
void pf__ixgbe_set_up(struct pf *pf);
void pf__ixgbe_start_rings(struct pf *pf);
void pf__ixgbe_let_come(struct pf *pf);

/* ---- ixgbe_vf.c ---- */
extern const struct procedure_table pf__ixgbe_init, pf__ixgbe_activate, pf__ixgbe_quiesce, pf__ixgbe_run_dry;
int pf__ixgbe_vf_run(struct pf *pf, struct pf_op *op);
void pf__ixgbe_acquire(struct pf *pf, unsigned vf);
void pf__ixgbe_vf_enable(struct pf *pf, unsigned vf, bool receive, bool transmit);

/* ---- ixgbe_state.c ---- */
extern const struct procedure_table pf__ixgbe_save_state;
void pf__ixgbe_vf_state(struct pf *pf, unsigned vf, struct save *s);

/* ---- ixgbe_hw.c ---- */
extern const struct intel_hw pf__ixgbe_hw;
extern const struct pf_limits pf__ixgbe_limits;
void pf__ixgbe_hw_stats(struct pf *pf); /* which queue has which counter */
void pf__ixgbe_address(struct pf *pf, unsigned i);
void pf__ixgbe_pools(struct pf *pf, unsigned i, uint64_t before);
void pf__ixgbe_vlan(struct pf *pf, unsigned i, uint64_t pools, bool fresh);
void pf__ixgbe_checks(struct pf *pf, unsigned vf);
void pf__ixgbe_accept(struct pf *pf, unsigned pool, uint32_t what);
void pf__ixgbe_drop(struct pf *pf, unsigned vf, bool on);
void pf__ixgbe_longest(struct pf *pf);
void pf__ixgbe_loopback(struct pf *pf, bool on);
void pf__ixgbe_set_mdd(struct pf *pf, bool on);

/* ---- ixgbe_stats.c ---- */
extern const struct procedure_table pf__ixgbe_queue_stats, pf__ixgbe_queue_status;
int pf__ixgbe_set_iml(struct pf *pf, const struct pf_args *args);
void pf__ixgbe_rss_start(struct pf *pf); /* when the first VF asks for more than one queue */
int pf__ixgbe_tx_rate(struct pf *pf, struct pf_op *op);
void pf__ixgbe_tx_rate_off(struct pf *pf, unsigned vf);
extern const struct procedure_table pf__ixgbe_tx_rate_apply; /* to the queues of op->args.vf that are in use */
void pf__ixgbe_rss_key(struct pf *pf, const uint8_t key[PF_RSS_KEY_BYTES]);
void pf__ixgbe_reta_write(struct pf *pf);
void pf__ixgbe_rss_restore(struct pf *pf); /* after the chip's reset */
int pf__ixgbe_rss_table(struct pf *pf, const struct pf_args *args);

/* ---- ixgbe_causes.c ---- */
extern const struct procedure_table pf__ixgbe_misc;
extern const struct procedure_table pf__ixgbe_mdd; /* who is blocked? */
void pf__ixgbe_mdd_release(struct pf *pf, unsigned vf);

/* ---- ixgbe_move.c ---- */
extern const struct procedure_table pf__ixgbe_move, pf__ixgbe_set_mac, pf__ixgbe_set_queue;

/* ---- ixgbe_flow.c ---- */
void pf__ixgbe_flow_rule(struct pf *pf, unsigned slot);

/* ---- ixgbe_fence.c: what was there when they began has left when they are over ---- */
extern const struct procedure_table pf__ixgbe_rx_fence;     /* steered frames, into memory */
extern const struct procedure_table pf__ixgbe_tx_fence;     /* on the rings of op->args.vf (-1: none), in the transmit buffer */
extern const struct procedure_table pf__ixgbe_own_tx_fence; /* handed to pf_uplink() */
/* In a step that names one: its start() has the first two say which. */
extern const struct procedure_table pf__ixgbe_buffer, pf__ixgbe_ring;
int pf__ixgbe_transmit_buffer(void *owner);
int pf__ixgbe_ring_of(struct pf *pf, unsigned queue); /* its head passes its tail of now */

/* ---- ixgbe_data.c ---- */
void pf__ixgbe_channel_write(struct pf *pf, bool tx, unsigned channel, uint32_t field, uint32_t value);
void pf__ixgbe_data_start(struct pf *pf);
uint64_t pf__ixgbe_memory(uint32_t ring_rx, uint32_t ring_tx);
void pf__ixgbe_poll(struct pf *pf, unsigned channel);
void pf__ixgbe_receive_all(struct pf *pf); /* hands out all that has come by rings that are not held, and takes the time for it */
void pf__ixgbe_reclaim(struct pf *pf, unsigned channel);
void pf__ixgbe_kick(struct pf *pf, unsigned channel);
void pf__ixgbe_send(struct pf *pf, frame_ref ref);
void pf__ixgbe_send_by(struct pf *pf, unsigned channel, frame_ref ref);
static inline uint32_t pf__ixgbe_rx_reg(const struct pf *pf, unsigned queue, uint32_t field)
{
    return pf__hw(pf)->rx_ring(queue) + field;
}
static inline uint32_t pf__ixgbe_tx_reg(const struct pf *pf, unsigned queue, uint32_t field)
{
    return pf__hw(pf)->tx_ring(queue) + field;
}

/* while pf->own_vf: */
void pf__ixgbe_own_throttle(struct pf *pf);
extern const struct procedure_table pf__ixgbe_own_up;

/* ---- ixgbe_restart.c ---- */
extern const struct procedure_table pf__ixgbe_down, pf__ixgbe_up;
extern const struct procedure_table pf__ixgbe_set_down, pf__ixgbe_set_up_again; /* the operations */
extern const struct procedure_table pf__ixgbe_reset_pf;

/* ---- ixgbe_netdev.c ---- */
extern const struct procedure_table pf__ixgbe_restart;
void pf__ixgbe_netdev_restore(struct pf *pf); /* after a reset: channels, their spread and vectors */
int pf__ixgbe_netdev(struct pf *pf, struct pf_op *op); /* enum pf_netdev_op */

/* ---- ixgbe_mbx.c ---- */
void pf__ixgbe_answer(struct pf *pf, unsigned vf, uint32_t *msg); /* a message, in place */
/* Tell the VF's driver, if it has spoken, to look at its link; `forget`: it has to reset itself first. */
void pf__ixgbe_ping(struct pf *pf, unsigned vf, bool forget);
/* Addresses of a VF besides its own. */
void pf__ixgbe_macvlan_clear(struct pf *pf, unsigned vf);
int pf__ixgbe_macvlan_add(struct pf *pf, unsigned vf, const uint8_t mac[6]);
int pf__ixgbe_message(struct pf *pf, unsigned vf, uint32_t *msg, uint32_t *words); /* those beyond 1 to 5 */
enum pf_news pf__ixgbe_news(const uint32_t *msg);
enum pf_news pf__ixgbe_news_shared(const uint32_t *msg); /* of messages 1 to 5 */

#endif
