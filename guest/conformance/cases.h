/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cases, a function each: what one tries is in cases.def. */
#ifndef GUEST_CONFORMANCE_CASES_H
#define GUEST_CONFORMANCE_CASES_H

#include "guest/conformance/kit.h"

void kit_life(void); /* entry and swInit */
void kit_leave(bool other); /* the VF's life ends in mid-flow; what was under way is forgotten, and it, or the other, is there */

kit_case case_entry, case_sw_init, case_calls, case_idle, case_interrupt, case_no_vector, case_vectors,
    case_dead_device; /* cases_calls.c */
kit_case case_send, case_ring_full, case_refused_batch, case_bad_frames, case_hints, case_doorbell, case_forged,
    case_contents; /* cases_tx.c */
kit_case case_offloads; /* cases_offload.c */
kit_case case_receive, case_ring_empty, case_jumbo, case_no_buffers, case_checksums; /* cases_rx.c */
kit_case case_restart, case_new_life, case_other_vf, case_queues, case_lying_device; /* cases_life.c */
kit_case chip_addresses, chip_vlan, chip_spoof, chip_move; /* chip_switch.c */
kit_case chip_owners, chip_modes, chip_host_path, chip_deaf, chip_save_state; /* chip_driver.c */
kit_case chip_hostile; /* chip_hostile.c */
kit_case chip_fence, chip_quiesce, chip_flr, chip_rate, chip_msix, chip_master, chip_fault, chip_counters; /* chip_flow.c */

/* ---- chip_switch.c: frames that have no number of theirs ---- */
extern const uint8_t chip_host[6]; /* the PF's own address */
uint32_t host_has(void);           /* frames that have come up to the host since it was asked last */
void comes_to(const uint8_t *dst, uint32_t tag);
void chip_new_life(void); /* chip_flow.c: of the VF, behind a reset */
void chip_host_sends(void); /* chip_driver.c: a frame of its own, to the peer */
uint32_t came_up(uint32_t queue);  /* to the VF, whatever they are */

/* Operations of the PF's driver by their numbers: sim/pf/pf.h, docs/control-plane.md. */
enum {
    OP_VF_ACQUIRE = 0x02,
    OP_VF_INIT = 0x03,
    OP_VF_ACTIVATE = 0x04,
    OP_VF_QUIESCE = 0x05,
    OP_VF_SAVE_STATE = 0x06,
    OP_VF_RELEASE = 0x07,
    OP_VF_SET_RSS_IND_TABLE = 0x09,
    OP_VF_SET_MULTICAST = 0x0d,
    OP_VF_SET_RX_MODE = 0x0e,
    OP_VF_ADD_VLAN_RANGE = 0x0f,
    OP_VF_DEL_VLAN_RANGE = 0x10,
    OP_VF_SET_DEFAULT_VLAN = 0x11,
    OP_VF_SET_IML = 0x13,
    OP_PF_ADD_MAC_FILTER = 0x14,
    OP_PF_DEL_MAC_FILTER = 0x15,
    OP_MOVE_MAC = 0x100,
    OP_RX_FENCE = 0x101,
    OP_PF_TX_FENCE = 0x103,
    OP_VF_FLR = 0x104,
    OP_VF_SET_TX_RATE = 0x106,
};

#endif
