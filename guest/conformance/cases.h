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

#endif
