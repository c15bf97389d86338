/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every face's loop is made of: a queue pair is polled, a vector is done, the guest waits. */
#include "guest/apps/app.h"
#include "guest/shell/shell.h"

/* How often transmit completions are looked for while receive, and so the vectors, are stopped. */
enum { STOPPED_POLL_US = 100 };

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

static uint64_t wait_until(void)
{
    uint64_t deadline = app_deadline(), other = switch_deadline(), device = native_deadline();
    bool is_first = !smp_number();
    if (is_first && other < deadline)
        deadline = other;
    if (is_first && device < deadline)
        deadline = device;
    if (shell.rx_stopped && path_tx_posted(&shell.path[PATH_EMULATED]) + path_tx_posted(&shell.path[PATH_VF]) &&
        sh_now() + sh_microseconds(STOPPED_POLL_US) < deadline)
        deadline = sh_now() + sh_microseconds(STOPPED_POLL_US);
    return deadline;
}

void poll_wait(void)
{
    struct shell_cpu *me = smp_me();
    bool busy = me->scheduled || me->app_more || (!smp_number() && (switch_deadline() == 0 || native_deadline() == 0));
    if (busy && !sh_machine()->irq_pending)
        return;
    me->lines |= (uint32_t)sh_exit(MACHINE_OP_WAIT, busy ? sh_now() : wait_until(), 0, 0);
    app_waited();
    if (shell.rx_stopped)
        irq_schedule_own();
}

/* The first vCPU is told when the last transmit that it waits for has completed, and room that another one has made in a
 * queue is taken. */
void poll_follow(void)
{
    struct shell_cpu *me = smp_me();
    if (me->tx_waiting || me->tx_stopped)
        tx_flush();
    if (smp_number() && switch_awaits_quiet() &&
        !(path_tx_posted(&shell.path[PATH_EMULATED]) + path_tx_posted(&shell.path[PATH_VF])))
        smp_call(0);
}
