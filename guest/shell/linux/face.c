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

const struct shell_face face = {.gos_type = VMXNET3_GOS_TYPE_LINUX,
                                /* [ixgbevf.h TX_WAKE_THRESHOLD] Twice the descriptors that a frame may want, or senders were woken
                                 * for each frame that leaves. */
                                .wake_room = 42};

/* Who polls by himself (busy polling) sleeps nowhere. */
static void poll_begins(struct shell_cpu *me)
{
    me->polling = true;
    me->gro_flow = 0;
    if (!sh_machine()->switch_cycles)
        return;
    uint64_t all = sh_now() < me->busy_until ? ~0ull : 0;
    for (uint32_t i = 0; i < 4; i++)
        me->woken[i] = all;
}

static void poll_vector(uint32_t vector)
{
    struct shell_cpu *me = smp_me();
    uint32_t done;
    poll_begins(me);
    sh_charge(sh_machine()->poll_cycles + path_poll_cycles());
    done = poll_queues_of(vector);
    me->polling = false;
    tx_flush();
    if (done && shell.busy_poll)
        me->busy_until = sh_now() + shell.busy_poll;
    if (done < shell.poll_budget && (sh_now() >= me->busy_until || shell.rx_stopped))
        poll_is_done(vector);
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

/* Which of 256 sockets: by addresses and ports of IP behind an Ethernet header, all others are one. */
static uint32_t socket_of(const struct machine_rx *rx)
{
    enum { IP = 14, SOURCE4 = IP + 12, END4 = IP + 20 + 4, SOURCE6 = IP + 8, END6 = IP + 40 + 4 };
    const uint8_t *p = sh_va(rx->fragment[0].gpa);
    bool is_4 = p[12] == 0x08 && p[13] == 0x00, is_6 = p[12] == 0x86 && p[13] == 0xdd;
    uint32_t end = is_4 ? END4 : is_6 ? END6 : 0, hash = 2166136261u;
    for (uint32_t i = is_4 ? SOURCE4 : SOURCE6; i < end && i < rx->fragment[0].len; i++)
        hash = (hash ^ p[i]) * 16777619u;
    return hash >> 24;
}

/* A process waits in recvfrom(): it is woken, and runs when the poll is over; what comes for it until then wakes nobody. */
static void wake_reader(const struct machine_rx *rx, uint32_t cycles)
{
    uint32_t socket = socket_of(rx);
    uint64_t *word = &smp_me()->woken[socket / 64], bit = 1ull << socket % 64;
    if (*word & bit)
        return;
    *word |= bit;
    sh_charge(cycles);
}

/* What the system takes of it: a segment of the flow before it joins that one (GRO), another goes through the stack by itself; to
 * an application outside of the kernel its bytes are copied. */
static uint64_t receive_cycles(const struct machine_rx *rx, const Shell_RecvFrame *frame)
{
    volatile const struct machine *m = sh_machine();
    if (app_is_in_kernel())
        return m->kernel_cycles;
    if (m->switch_cycles)
        wake_reader(rx, m->switch_cycles);
    uint64_t flow = flow_of(rx, frame), copy = (uint64_t)frame->byteLength * m->rx_byte_millicycles / 1000;
    struct shell_cpu *me = smp_me();
    bool joins = flow && flow == me->gro_flow;
    me->gro_flow = flow;
    return (joins ? m->gro_cycles : m->stack_cycles) + copy;
}

/* Frames with wrong checksums go up too: captures hold unfinished ones (taken before an offload filled them in), and
 * arrivals are counted by identity. */
void face_receive(struct Shell_RxQueueHandle *queue, const struct machine_rx *rx, const Shell_RecvFrame *frame)
{
    (void)queue;
    sh_charge(receive_cycles(rx, frame));
    app_receive(rx);
}

/* Nothing is held back: an skb is the stack's when it has been handed over, its buffer free when the application has it. */
void face_receive_over(void) {}

/* ndo_start_xmit, with netdev_xmit_more(); what follows is asked for by the same application, so its frame is freed by itself. */
void face_send(uint32_t buffer, bool more) { tx_send(buffer, more); }
void face_send_over(void) { tx_release(); }
void face_sent(uint32_t buffer, enum face_sent how)
{
    (void)how;
    buffers_put_tx(buffer);
}

/* Between stop and start of a data path the queueing discipline holds what there is: the shell's own queue. */
void face_transmit_stops(void) {}
void face_transmit_goes_on(void) {}

uint32_t face_request(const struct machine_job *job) { return jobs_control(job); }
void face_interrupt(uint32_t vector) { irq_schedule(vector); }
void face_scheduled(uint32_t vector) { (void)vector; }
void face_print(const char *text, uint32_t len) { sh_exit(MACHINE_OP_CONSOLE, (uintptr_t)text, len, 0); }
void face_start(void) {}

void face_run(void)
{
    for (;;) {
        poll_wait();
        smp_stand_still();
        irq_dispatch();
        poll();
        if (shell.cpus > 1)
            poll_follow();
        if (!smp_number()) {
            switch_step();
            native_step();
        }
        app_step();
    }
}
