/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Station and source: send what the machine's workload says is due, each frame into a buffer of the shell's.
 *
 * While the shell's queue is stopped, a sender that sends as fast as it may is held back, as a blocking socket is; one with a pace
 * of its own goes on. With no buffer left its frame is still fetched, into the last buffer kept for that, and dropped as the
 * guest's stack would.
 */
#include "guest/apps/app.h"

/* The machine page says what FRAME_NEXT would; to look there costs what the call does. */
static bool sees_none(void)
{
    uint64_t due = sh_machine()->work_due;
    if (due <= sh_now() + 1 || !machine_post(shell.window, MACHINE_OP_FRAME_NEXT, 0, 0, 0))
        return false;
    smp_me()->app_due = due;
    return true;
}

/* One frame, of at most `left`. false: none is due; smp_me()->app_due says when. */
static bool send_one(uint32_t left)
{
    if (sees_none())
        return false;
    bool starved = !buffers_tx_spare(smp_me());
    if (starved)
        tx_stop();
    uint32_t buffer = buffers_get_tx();
    struct machine_tx tx = {.gpa = buffers_tx_gpa(buffer), .cap = shell.tx_stride, .stopped = smp_me()->tx_stopped};
    sh_exit(MACHINE_OP_FRAME_NEXT, (uintptr_t)&tx, 0, 0);
    if (!tx.len) {
        buffers_put_tx(buffer);
        smp_me()->app_due = tx.next_due;
        return false;
    }
    app_charge_transmit(tx.len);
    shell.tx_buffer[buffer].len = tx.len & 0xfffff;
    shell.tx_buffer[buffer].tagged = tx.vlan >> 16 & 1;
    shell.tx_buffer[buffer].tci = (uint16_t)tx.vlan;
    shell.tx_buffer[buffer].mss = (uint16_t)tx.mss;
    shell.tx_buffer[buffer].checksum = tx.checksum & 1;
    if (starved) {
        sh_tell(MACHINE_OP_FRAME_DROP, tx.gpa, tx.len, MACHINE_DROP_TX_QUEUE_FULL);
        buffers_put_tx(buffer);
        return true;
    }
    face_send(buffer, left > 1 && tx.next_due <= sh_now());
    return true;
}

static bool send_batch(void)
{
    for (uint32_t i = 0; i < APP_BATCH; i++)
        if (!send_one(APP_BATCH - i))
            return false;
    return true;
}

void station_step(void)
{
    if (smp_me()->app_due > sh_now())
        return;
    bool is_full = send_batch();
    face_send_over();
    if (!is_full)
        return;
    smp_me()->app_more = true;
    smp_me()->app_due = 0;
}
