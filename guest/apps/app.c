/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which application, and what all of them do with a received frame. */
#include "guest/apps/app.h"

void app_step(void)
{
    shell.app_more = false;
    switch ((enum machine_app)sh_machine()->app) {
    case MACHINE_APP_STATION:
    case MACHINE_APP_SOURCE:
    case MACHINE_APP_ECHO: /* an echo has nothing of its own unless the scenario gives it some */
        station_step();
        return;
    case MACHINE_APP_WRITER:
        writer_step();
        station_step();
        return;
    case MACHINE_APP_SINK:
        break;
    }
    shell.app_due = ~0ull;
}

uint64_t app_deadline(void)
{
    bool writes = sh_machine()->app == MACHINE_APP_WRITER;

    return writes && shell.writer_due < shell.app_due ? shell.writer_due : shell.app_due;
}

void app_deliver(const struct machine_rx *rx)
{
    sh_charge(COST_APP);
    if (sh_exit(MACHINE_OP_FRAME_DELIVER, (uintptr_t)rx, 0, 0) && !shell.handover_failed) {
        shell.handover_failed = true; /* the machine counts them all; one line is enough */
        log_print(0, "app: handed bytes that no device wrote");
    }
}

void app_receive(const struct machine_rx *rx)
{
    if (rx->fragment[0].len >= 6 && native_is_for_others(sh_va(rx->fragment[0].gpa))) {
        for (uint32_t k = 0; k < rx->fragments; k++)
            sh_exit(MACHINE_OP_FRAME_DROP, rx->fragment[k].gpa, rx->fragment[k].len, MACHINE_DROP_NOT_FOR_ME);
        return;
    }
    app_deliver(rx);
    if (sh_machine()->app == MACHINE_APP_ECHO)
        echo_receive(rx);
}
