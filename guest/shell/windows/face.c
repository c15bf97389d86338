/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Windows face: a miniport driver of NDIS 6 around the shell core, a protocol and NDIS above it (ndis.h).
 *
 * An interrupt masks its vector and queues a DPC; a DPC takes transmit completions and at most 64 frames
 * (NDIS_RECEIVE_THROTTLE_PARAMETERS), which go up as one chain of NET_BUFFER_LISTs. A send is a chain of lists, too, and is over
 * when it is completed: nobody stops a queue, and each completion may wake a sender who waits for room. While the data path
 * changes the adapter is paused, and frames wait in the protocol.
 */
#include "guest/apps/app.h"
#include "guest/shell/windows/ndis.h"

const struct shell_face face = {.gos_type = VMXNET3_GOS_TYPE_WIN, .wake_room = 1};

void face_start(void)
{
    if (!miniport_start())
        log_panic("shell: not enough memory for NET_BUFFER_LISTs");
}

void face_interrupt(uint32_t vector) { ndis_interrupt(vector); }
void face_scheduled(uint32_t vector) { ndis_queue_dpc(vector); }

void face_receive(struct Shell_RxQueueHandle *queue, const struct machine_rx *rx, const Shell_RecvFrame *frame)
{
    miniport_received(queue, rx, frame);
}
void face_receive_over(void) { miniport_indicate(); }

void face_send(uint32_t buffer, bool more) { protocol_send(buffer, more); }
void face_send_over(void)
{
    protocol_flush();
    tx_release();
}
void face_sent(uint32_t buffer, enum face_sent how) { miniport_sent(buffer, how); }

void face_transmit_stops(void) { ndis_pause(); }
void face_transmit_goes_on(void) { ndis_restart(); }

uint32_t face_request(const struct machine_job *job) { return protocol_request(job); }
void face_print(const char *text, uint32_t len) { DbgPrint("%.*s", len, text); }

void face_run(void)
{
    for (;;) {
        poll_wait();
        irq_dispatch();
        ndis_run_dpcs();
        switch_step();
        native_step();
        app_step();
    }
}
