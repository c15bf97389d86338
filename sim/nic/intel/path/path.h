/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The data path of the engine: what its files ask of each other, and what those that drive it call.
 *
 * A kick says that something may be possible now that was not: it looks, and moves what can be moved.
 */
#ifndef VFSIM_NIC_INTEL_PATH_PATH_H
#define VFSIM_NIC_INTEL_PATH_PATH_H

#include "nic/intel/chip.h"

/* ---- tx.c ---- */
bool intel_pool_may_send(const struct intel_chip *n, unsigned pool);
bool intel_tx_may_fetch(const struct intel_chip *n, unsigned queue);
void intel_tx_kick(struct intel_chip *n, unsigned queue);
void intel_tx_fetch_event(struct intel_chip *n, unsigned queue);
void intel_tx_issue(struct intel_chip *n, unsigned queue);
void intel_tx_tag(struct intel_chip *n, const struct tx_entry *e, struct frame *f); /* as the descriptor says, where it may */
void intel_tx_desc_done(struct intel_chip *n, uint64_t tag, const void *data, uint32_t len, enum pci_status status);
void intel_tx_data_done(struct intel_chip *n, uint64_t tag, const void *data, uint32_t len, enum pci_status status);
void intel_tx_flush(struct intel_chip *n, unsigned queue); /* write back what is done */
void intel_tx_queue_stop(struct intel_chip *n, unsigned queue);
/* After the queue's DMA was dropped (pci_function_drop_dma): nothing of it is left but empty places in the packet buffer,
 * which intel_tx_complete() then passes. */
void intel_tx_queue_reset(struct intel_chip *n, unsigned queue);
void intel_tx_complete(struct intel_chip *n);

/* ---- tx_arbiter.c ---- */
void intel_tx_set_active(struct intel_chip *n, unsigned queue, bool on); /* it has a whole frame on chip */
void intel_tx_arbitrate(struct intel_chip *n);
void intel_tx_rate_event(struct intel_chip *n, unsigned queue);

/* ---- tso.c ---- */
uint32_t intel_tso_header(const struct ixgbe_adv_tx_context_desc *c);
const char *intel_tso_judge(const struct ixgbe_adv_tx_context_desc *c, uint32_t len); /* NULL: it can be done */
frame_ref intel_tso_next(struct intel_chip *n, struct tx_entry *e);

/* ---- tx_out.c ---- */
void intel_tx_out(struct intel_chip *n);
void intel_wire_event(struct intel_chip *n);

/* ---- rx.c ---- */
void intel_wire_receive(struct port *port, frame_ref ref);
/* `f` is `ref`, here as elsewhere: a frame is looked up once. */
void intel_rx_deliver(struct intel_chip *n, frame_ref ref, struct frame *f, const struct eswitch_verdict *v, bool loopback);
bool intel_rx_has_room(const struct intel_chip *n, uint32_t len);
void intel_rx_kick(struct intel_chip *n, unsigned queue);
void intel_rx_drain(struct intel_chip *n);
void intel_rx_desc_done(struct intel_chip *n, uint64_t tag, const void *data, uint32_t len, enum pci_status status);
void intel_rx_data_done(struct intel_chip *n, uint64_t tag, enum pci_status status);
void intel_rx_whole_done(struct intel_chip *n, uint64_t tag, enum pci_status status); /* maybe only when somebody looks */
bool intel_rx_may_write(struct intel_chip *n); /* one more frame into memory */
void intel_rx_queue_stop(struct intel_chip *n, unsigned queue);
void intel_rx_queue_reset(struct intel_chip *n, unsigned queue); /* likewise after its DMA was dropped */

/* What coalescing needs of the rings: buffers on chip, or on their way; the next one. */
bool intel_rx_has(const struct intel_chip *n, unsigned queue, uint32_t need);
bool intel_rx_will_have(struct intel_chip *n, unsigned queue, uint32_t need);
uint64_t intel_rx_take(struct intel_chip *n, unsigned queue, uint32_t *ring_index);
void intel_rx_count(struct intel_chip *n, unsigned queue, const struct frame *f);

/* ---- mdd.c ---- */
/* A driver broke the rules. True: its queue is blocked now, the PF knows. */
bool intel_mdd(struct intel_chip *n, unsigned queue, bool tx, enum malice malice);
uint32_t intel_mdd_blocked(const struct intel_chip *n, bool tx, uint32_t word);
void intel_mdd_release(struct intel_chip *n, bool tx, uint32_t word, uint32_t bits);

/* ---- filters.c ---- */
void intel_filters_changed(struct intel_chip *n);
int intel_filter(const struct intel_chip *n, unsigned pool, const struct frame *f, bool *lli); /* queue of the chip, or -1 */

/* ---- rsc.c ---- */
/* The frame of `e`, whose descriptor would say pkt_info and status; buffers of `buffer` bytes. TAKEN: e->ref is gone. */
enum rsc_answer intel_rsc_place(struct intel_chip *n, const struct rx_entry *e, uint32_t buffer, uint32_t pkt_info,
                                uint32_t status);
void intel_rsc_landed(struct intel_chip *n, unsigned index, enum pci_status status); /* one of its writes is over */
void intel_rsc_close(struct intel_chip *n, unsigned first_queue, unsigned queues);
void intel_rsc_close_vector(struct intel_chip *n, const struct function *fn, unsigned vector);
void intel_rsc_reset(struct intel_chip *n, unsigned queue); /* likewise after its DMA was dropped */

/* ---- rss.c ---- */
void intel_rss_key(struct intel_chip *n); /* the key has changed */
/* Queue within the pool (without pools: the queue), and what the descriptor says of the hash. */
unsigned intel_rss(struct intel_chip *n, unsigned pool, const struct frame *f, uint32_t *type, uint32_t *hash);

/* ---- csum.c ---- */
void intel_csum_insert(struct frame *f, uint32_t olinfo, uint32_t vlan_macip_lens, uint32_t tucmd);
void intel_csum_check(const struct frame *f, uint32_t *pkt_info, uint32_t *status_error);

#endif
