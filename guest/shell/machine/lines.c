/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interrupt lines. Line i below the event line is vector i of every path.
 * The event line is vmxnet3's: device events. The WORK line is the machine's: something is due, or a job waits.
 *
 * The IPI line is another vCPU's: there is something to look at. So the others start when the shell is up, and stand still when
 * the first one changes what all of them use. That is Linux's stop_machine(): the first vCPU calls each other one and spins until
 * all have halted; they look whether they should where a round of theirs begins, holding nothing, and halt until they are called
 * again. What is changed so is the path in use, its queues as a whole, and whatever an operator asks for. All else a vCPU does
 * with what is its own. Between two charges or calls of the machine nobody else comes in (guest/include/machine.h).
 */
#include "guest/shell/shell.h"

void irq_dispatch(void)
{
    struct shell_cpu *me = smp_me();
    uint32_t lines = me->lines;
    me->lines = 0;
    if (!lines)
        return;
    sh_charge(sh_machine()->irq_cycles + path_interrupt_cycles(lines));
    for (uint32_t v = 0; v < shell.queues; v++)
        if (lines >> v & 1)
            face_interrupt(v);
    if (shell.native.enabled)
        native_irq(lines);
    if (shell.shared && lines >> shell.event_line & 1) {
        smp_stop();
        device_event();
        smp_go_on();
    }
    if (lines >> MACHINE_IRQ_WORK & 1) {
        me->app_due = 0; /* ask again */
        if (!smp_number())
            jobs_run();
    }
}

/* ---- other vCPUs ---- */

void smp_init(uint32_t vcpus)
{
    shell.cpus = vcpus;
    for (uint32_t i = 0; i < SHELL_QUEUES_MAX; i++)
        shell.cpu[i] = (struct shell_cpu){.tx_free = SHELL_NONE};
}

void smp_call(uint32_t vcpu) { sh_exit(MACHINE_OP_IPI, vcpu, 0, 0); }

static void call_others(void)
{
    for (uint32_t i = 1; i < shell.cpus; i++)
        smp_call(i);
}

void smp_start(void)
{
    shell.is_up = true;
    call_others();
}

/* Before the first vCPU has written there, the shell's memory is zero. */
void smp_wait_for_start(uint64_t window)
{
    while (!shell.is_up)
        smp_me()->lines |= (uint32_t)machine_exit(window, MACHINE_OP_WAIT, ~0ull, 0, 0);
}

void smp_pause(void) { smp_me()->lines |= (uint32_t)sh_exit(MACHINE_OP_PAUSE, 0, 0, 0); }

static bool all_stand(void)
{
    for (uint32_t i = 1; i < shell.cpus; i++)
        if (!shell.cpu[i].stands)
            return false;
    return true;
}

void smp_stop(void)
{
    if (shell.cpus == 1 || shell.standstill++)
        return;
    call_others();
    while (!all_stand())
        smp_pause();
}

void smp_go_on(void)
{
    if (shell.cpus == 1 || --shell.standstill)
        return;
    call_others();
}

void smp_stand_still(void)
{
    struct shell_cpu *me = smp_me();
    if (!shell.standstill || !smp_number())
        return;
    me->stands = true;
    sh_charge(sh_machine()->irq_cycles);
    while (shell.standstill)
        me->lines |= (uint32_t)sh_exit(MACHINE_OP_WAIT, ~0ull, 0, 0);
    me->stands = false;
}
