/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Applications: the workload above the shell. The machine says which one this guest runs.
 *
 * app_step() does a bounded amount of work and leaves in the vCPU's app_due when to be called again at the latest (cycles;
 * ~0: the WORK line tells), in app_more whether it stopped short. app_receive() hands a frame over; its memory is
 * the shell's again when it returns.
 */
#ifndef GUEST_APPS_APP_H
#define GUEST_APPS_APP_H

#include "guest/shell/shell.h"

enum { APP_BATCH = 16 }; /* frames sent before receive is looked at again */

void app_step(void);
void app_receive(const struct machine_rx *rx);
void app_waited(void); /* what came of what was handed over is known when the vCPU has waited */

void app_deliver(const struct machine_rx *rx); /* the application has it */
bool app_is_in_kernel(void); /* as a bridge, pktgen, or who drops what comes: no socket, no copy to somebody's memory */
void app_charge_transmit(uint64_t len); /* what application and system take of a frame that it sends */
void station_step(void);                       /* sends what the workload says is due */
void writer_step(void);                        /* writes the pages that are due */
uint64_t app_deadline(void);                   /* cycles: when app_step() is to be called again */
void echo_receive(const struct machine_rx *rx);
void bridge_step(void); /* its first one prepares the interface */
bool bridge_wants(const struct machine_rx *rx); /* it is of one of its sides */
void bridge_receive(const struct machine_rx *rx);
uint64_t app_copy(uint8_t *to, const struct machine_rx *rx); /* a frame's bytes in one piece; how many */
uint64_t app_length(const struct machine_rx *rx);
/* Makes room for a frame of the app's own to be sent, or tells that there is none. SHELL_NONE. */
uint32_t app_transmit_buffer(uint64_t len);

#endif
