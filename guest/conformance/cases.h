/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cases, a function each: what one tries is in cases.def. */
#ifndef GUEST_CONFORMANCE_CASES_H
#define GUEST_CONFORMANCE_CASES_H

#include "guest/conformance/kit.h"

void kit_life(void); /* entry and swInit */

kit_case case_entry, case_sw_init, case_calls, case_idle, case_interrupt, case_no_vector, case_dead_device; /* cases_calls.c */
kit_case case_send, case_ring_full, case_refused_batch, case_bad_frames, case_hints, case_doorbell, case_forged; /* cases_tx.c */
kit_case case_receive, case_ring_empty, case_jumbo, case_no_buffers, case_checksums; /* cases_rx.c */
kit_case case_restart, case_new_life, case_other_vf, case_queues, case_lying_device; /* cases_life.c */
kit_case chip_addresses, chip_vlan, chip_spoof, chip_move; /* chip_switch.c */
kit_case chip_fence, chip_quiesce, chip_flr, chip_rate, chip_msix, chip_master, chip_fault, chip_counters; /* chip_flow.c */

/* Operations of the PF's driver by their numbers: sim/pf/pf.h, docs/control-plane.md. */
enum {
    OP_VF_ACTIVATE = 0x04,
    OP_VF_QUIESCE = 0x05,
    OP_VF_SET_DEFAULT_VLAN = 0x11,
    OP_MOVE_MAC = 0x100,
    OP_RX_FENCE = 0x101,
    OP_VF_FLR = 0x104,
    OP_VF_SET_TX_RATE = 0x106,
};

#endif
