/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What else a face's loop is made of: the guest waits, and follows what its other vCPUs have done. */
#include "guest/apps/app.h"
#include "guest/shell/shell.h"

/* How often transmit completions are looked for while receive, and so the vectors, are stopped. */
enum { STOPPED_POLL_US = 100 };

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
