/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Vectors to queues: vector i is that of every path, its queues are polled with the vector masked. */
#include "guest/shell/shell.h"

void irq_is_scheduled(uint32_t vector)
{
    shell.cpu[smp_of_queue(vector)].scheduled |= 1u << vector;
    face_scheduled(vector);
}

static void schedule(uint32_t vector)
{
    struct shell_cpu *cpu = &shell.cpu[smp_of_queue(vector)];
    if (cpu->scheduled >> vector & 1)
        return;
    irq_is_scheduled(vector);
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

void irq_schedule_own(void)
{
    for (uint32_t v = smp_number(); v < shell.queues; v += shell.cpus)
        schedule(v);
}
