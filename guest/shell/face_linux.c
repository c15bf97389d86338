/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Linux face: what a Linux driver does around the shell core, and the order in which its kernel would call it.
 *
 * Receive is NAPI's: an interrupt masks its vector and schedules a poll; a poll takes transmit completions and at most
 * 64 frames (net.core.netdev_budget: fewer); one that takes fewer unmasks, one that takes all stays scheduled, and so does one that
 * polls on for a while instead of sleeping (busy polling, net.core.busy_poll). Transmit is ndo_start_xmit's: a full
 * ring stops the queue, completions wake it, and what waits in between is the queueing discipline's (the shell's own
 * queue).
 */
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

static uint32_t poll_queue(struct path *path, uint32_t q, uint32_t budget)
{
    if (path->shares)
        complete_for_others(path, q);
    else
        path->api.checkTxRing(&path->ps, q);
    if (shell.rx_stopped || !budget)
        return 0;
    path->rx[q].indicated = 0;
    if (path->api.checkRxRing(&path->ps, q, budget) || path->rx[q].indicated)
        path->api.addBuffersToRxRing(&path->ps, q);
    return path->rx[q].indicated;
}

static void complete_poll(uint32_t vector)
{
    struct shell_cpu *me = smp_me();
    me->scheduled &= ~(1u << vector);
    if (shell.rx_stopped)
        return; /* masked until the operator lets it go on: the ring is full of work */
    for (uint32_t i = 0; i < PATHS; i++) {
        struct path *path = &shell.path[i];
        if (path->alive && path->irq_on && vector < path->vectors &&
            path->api.enableInterrupt(&path->ps, vector) == PLUGIN_WORK_PENDING)
            me->scheduled |= 1u << vector;
    }
}

static void poll_vector(uint32_t vector)
{
    struct shell_cpu *me = smp_me();
    uint32_t done = 0;
    me->polling = true;
    me->gro_flow = 0;
    sh_charge(sh_machine()->poll_cycles);
    for (uint32_t i = 0; i < PATHS; i++) {
        struct path *path = &shell.path[i];
        for (uint32_t q = vector; path->alive && q < path->queues; q += path->vectors)
            done += poll_queue(path, q, shell.poll_budget - done);
    }
    me->polling = false;
    tx_flush();
    if (done && shell.busy_poll)
        me->busy_until = sh_now() + shell.busy_poll;
    if (done < shell.poll_budget && (sh_now() >= me->busy_until || shell.rx_stopped))
        complete_poll(vector);
}

static void poll(void)
{
    uint32_t vectors = smp_me()->scheduled;
    for (uint32_t v = 0; v < shell.queues; v++)
        if (vectors >> v & 1)
            poll_vector(v);
}

/* The flow of a TCP segment with data, as GRO knows it: addresses and ports behind an Ethernet header. 0: none that it looks at. */
static uint64_t flow_of(const struct machine_rx *rx, const Shell_RecvFrame *frame)
{
    enum { IP4 = 14, PORTS_END = IP4 + 20 + 4, HEADERS = IP4 + 20 + 32 };
    const uint8_t *p = sh_va(rx->fragment[0].gpa);
    uint64_t flow = 14695981039346656037u;
    if (!frame->tcp || !frame->ipv4 || frame->byteLength <= HEADERS || rx->fragment[0].len < PORTS_END || p[IP4] != 0x45)
        return 0;
    for (uint32_t i = IP4 + 12; i < PORTS_END; i++)
        flow = (flow ^ p[i]) * 1099511628211u;
    return flow | 1;
}

/* What the system takes of it: a segment of the flow before it joins that one (GRO), another goes through the stack by itself; to
 * an application outside of the kernel its bytes are copied. */
static uint64_t receive_cycles(const struct machine_rx *rx, const Shell_RecvFrame *frame)
{
    volatile const struct machine *m = sh_machine();
    if (app_is_in_kernel())
        return m->kernel_cycles;
    uint64_t flow = flow_of(rx, frame), copy = (uint64_t)frame->byteLength * m->rx_byte_millicycles / 1000;
    struct shell_cpu *me = smp_me();
    bool joins = flow && flow == me->gro_flow;
    me->gro_flow = flow;
    return (joins ? m->gro_cycles : m->stack_cycles) + copy;
}

/* Frames with wrong checksums go up too: captures hold unfinished ones (taken before an offload filled them in), and
 * arrivals are counted by identity. */
void face_receive(const struct machine_rx *rx, const Shell_RecvFrame *frame)
{
    sh_charge(receive_cycles(rx, frame));
    app_receive(rx);
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

/* Lines raised meanwhile; sleeps when there is nothing to do. */
static void take_lines(void)
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

/* Beside the first vCPU: it is told when the last transmit that it waits for has completed, and room that another one has made in a
 * queue is taken. */
static void follow(void)
{
    struct shell_cpu *me = smp_me();
    if (me->tx_waiting || me->tx_stopped)
        tx_flush();
    if (smp_number() && switch_awaits_quiet() &&
        !(path_tx_posted(&shell.path[PATH_EMULATED]) + path_tx_posted(&shell.path[PATH_VF])))
        smp_call(0);
}

void face_run(void)
{
    for (;;) {
        take_lines();
        smp_stand_still();
        irq_dispatch();
        poll();
        if (shell.cpus > 1)
            follow();
        if (!smp_number()) {
            switch_step();
            native_step();
        }
        app_step();
    }
}
