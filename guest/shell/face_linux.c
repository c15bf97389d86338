/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Linux face: what a Linux driver does around the shell core, and the order in which its kernel would call it.
 *
 * Receive is NAPI's: an interrupt masks its vector and schedules a poll; a poll takes transmit completions and at most
 * 64 frames; one that takes fewer unmasks, one that takes all stays scheduled. Transmit is ndo_start_xmit's: a full
 * ring stops the queue, completions wake it, and what waits in between is the queueing discipline's (the shell's own
 * queue).
 */
#include "guest/apps/app.h"
#include "guest/shell/shell.h"

/* How often transmit completions are looked for while receive, and so the vectors, are stopped. */
enum { STOPPED_POLL_US = 100 };

static uint32_t poll_queue(struct path *path, uint32_t q, uint32_t budget)
{
    path->api.checkTxRing(&path->ps, q);
    if (shell.rx_stopped || !budget)
        return 0;
    path->indicated = 0;
    if (path->api.checkRxRing(&path->ps, q, budget) || path->indicated)
        path->api.addBuffersToRxRing(&path->ps, q);
    return path->indicated;
}

static void complete_poll(uint32_t vector)
{
    shell.scheduled &= ~(1u << vector);
    if (shell.rx_stopped)
        return; /* masked until the operator lets it go on: the ring is full of work */
    for (uint32_t i = 0; i < PATHS; i++) {
        struct path *path = &shell.path[i];
        if (path->alive && path->irq_on && vector < path->vectors &&
            path->api.enableInterrupt(&path->ps, vector) == PLUGIN_WORK_PENDING)
            shell.scheduled |= 1u << vector;
    }
}

static void poll_vector(uint32_t vector)
{
    uint32_t done = 0;
    sh_charge(COST_POLL);
    shell.polling = true;
    for (uint32_t i = 0; i < PATHS; i++) {
        struct path *path = &shell.path[i];
        for (uint32_t q = vector; path->alive && q < path->queues; q += path->vectors)
            done += poll_queue(path, q, SHELL_POLL_BUDGET - done);
    }
    shell.polling = false;
    tx_flush();
    if (done < SHELL_POLL_BUDGET)
        complete_poll(vector);
}

static void poll(void)
{
    uint32_t vectors = shell.scheduled;
    for (uint32_t v = 0; v < shell.queues; v++)
        if (vectors >> v & 1)
            poll_vector(v);
}

/* Frames with wrong checksums go up too: captures hold unfinished ones (taken before an offload filled them in), and
 * arrivals are counted by identity. */
void face_receive(const struct machine_rx *rx, const Shell_RecvFrame *frame)
{
    (void)frame;
    sh_charge(sh_machine()->stack_cycles);
    app_receive(rx);
}

static uint64_t wait_until(void)
{
    uint64_t deadline = app_deadline(), other = switch_deadline(), device = native_deadline();
    if (other < deadline)
        deadline = other;
    if (device < deadline)
        deadline = device;
    if (shell.rx_stopped && path_tx_posted(&shell.path[PATH_EMULATED]) + path_tx_posted(&shell.path[PATH_VF]) &&
        sh_now() + sh_microseconds(STOPPED_POLL_US) < deadline)
        deadline = sh_now() + sh_microseconds(STOPPED_POLL_US);
    return deadline;
}

/* Lines raised meanwhile; sleeps when there is nothing to do. */
static void take_lines(void)
{
    bool busy = shell.scheduled || shell.app_more || switch_deadline() == 0 || native_deadline() == 0;
    if (busy && !sh_machine()->irq_pending)
        return;
    shell.lines |= (uint32_t)sh_exit(MACHINE_OP_WAIT, busy ? sh_now() : wait_until(), 0, 0);
    app_waited();
    if (shell.rx_stopped)
        irq_schedule_all();
}

void face_run(void)
{
    for (;;) {
        take_lines();
        irq_dispatch();
        poll();
        switch_step();
        native_step();
        app_step();
    }
}
