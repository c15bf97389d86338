/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interrupt lines. Line i below the event line is vector i of every path; its queues are polled with the vector masked.
 * The event line is vmxnet3's: device events. The WORK line is the machine's: something is due, or a job waits.
 */
#include "guest/shell/shell.h"

static void schedule(uint32_t vector)
{
    if (shell.scheduled >> vector & 1)
        return;
    shell.scheduled |= 1u << vector;
    for (uint32_t i = 0; i < PATHS; i++) {
        struct path *path = &shell.path[i];
        if (path->alive && path->irq_on && !path->auto_mask && vector < path->vectors)
            path->api.disableInterrupt(&path->ps, vector);
    }
}

void irq_schedule(uint32_t vector) { schedule(vector); }

void irq_schedule_all(void)
{
    for (uint32_t v = 0; v < shell.queues; v++)
        schedule(v);
}

void irq_dispatch(void)
{
    uint32_t lines = shell.lines;
    shell.lines = 0;
    if (!lines)
        return;
    sh_charge(sh_machine()->irq_cycles);
    for (uint32_t v = 0; v < shell.queues; v++)
        if (lines >> v & 1)
            schedule(v);
    if (shell.native.enabled)
        native_irq(lines);
    if (shell.shared && lines >> shell.event_line & 1) {
        uint32_t events = device_take_events();
        if (events & VMXNET3_ECR_DIC && sh_machine()->npa)
            switch_event();
        if (events & (VMXNET3_ECR_TQERR | VMXNET3_ECR_RQERR))
            tuning_revive();
        device_unmask_event();
    }
    if (lines >> MACHINE_IRQ_WORK & 1) {
        shell.app_due = 0; /* ask again */
        jobs_run();
    }
}
