/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A queue pair is polled, a vector is done. */
#include "guest/shell/shell.h"

/* Of a queue by which others send, too: who waits for room there is called. */
static void complete_for_others(struct path *path, uint32_t q)
{
    tx_lock(&path->tx[q]);
    path->api.checkTxRing(&path->ps, q);
    tx_unlock(&path->tx[q]);
    for (uint32_t i = 0; i < shell.cpus; i++)
        if (i != smp_number() && (shell.cpu[i].tx_waiting || shell.cpu[i].tx_stopped))
            smp_call(i);
}

uint32_t poll_queue_pair(struct path *path, uint32_t q, uint32_t budget)
{
    if (path->shares)
        complete_for_others(path, q);
    else
        path->api.checkTxRing(&path->ps, q);
    if (shell.rx_stopped || !budget)
        return 0;
    path->rx[q].indicated = 0;
    bool any = path->api.checkRxRing(&path->ps, q, budget) || path->rx[q].indicated;
    face_receive_over();
    if (any)
        path->api.addBuffersToRxRing(&path->ps, q);
    return path->rx[q].indicated;
}

uint32_t poll_queues_of(uint32_t vector)
{
    uint32_t done = 0;
    for (uint32_t i = 0; i < PATHS; i++) {
        struct path *path = &shell.path[i];
        for (uint32_t q = vector; path->alive && q < path->queues; q += path->vectors)
            done += poll_queue_pair(path, q, shell.poll_budget - done);
    }
    return done;
}

void poll_is_done(uint32_t vector)
{
    smp_me()->scheduled &= ~(1u << vector);
    if (shell.rx_stopped)
        return; /* masked until the operator lets it go on: the ring is full of work */
    for (uint32_t i = 0; i < PATHS; i++) {
        struct path *path = &shell.path[i];
        if (path->alive && path->irq_on && vector < path->vectors &&
            path->api.enableInterrupt(&path->ps, vector) == PLUGIN_WORK_PENDING)
            irq_is_scheduled(vector);
    }
}
