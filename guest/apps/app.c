/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which application, and what all of them do with a received frame. */
#include "guest/apps/app.h"

void app_step(void)
{
    struct shell_cpu *me = smp_me();
    me->app_more = false;
    switch ((enum machine_app)sh_machine()->app) {
    case MACHINE_APP_STATION:
    case MACHINE_APP_SOURCE:
    case MACHINE_APP_ECHO: /* an echo has nothing of its own unless the scenario gives it some */
        station_step();
        return;
    case MACHINE_APP_WRITER:
        if (!smp_number()) /* its memory is one thread's */
            writer_step();
        station_step();
        return;
    case MACHINE_APP_BRIDGE:
        if (!smp_number())
            bridge_step();
        break;
    case MACHINE_APP_SINK:
        break;
    }
    me->app_due = ~0ull;
}

uint64_t app_deadline(void)
{
    bool writes = sh_machine()->app == MACHINE_APP_WRITER && !smp_number();
    uint64_t due = smp_me()->app_due;

    return writes && shell.writer_due < due ? shell.writer_due : due;
}

bool app_is_in_kernel(void)
{
    const uint32_t those = 1u << MACHINE_APP_SINK | 1u << MACHINE_APP_SOURCE | 1u << MACHINE_APP_BRIDGE;
    return those >> sh_machine()->app & 1;
}

void app_charge_transmit(uint64_t len)
{
    volatile const struct machine *m = sh_machine();
    sh_charge(m->app_cycles + (app_is_in_kernel() ? m->kernel_cycles : m->stack_cycles + len * m->tx_byte_millicycles / 1000));
}

static bool post_hand_over(const struct machine_rx *rx)
{
    volatile struct machine_post *post = rx->fragments == 1 ? machine_post_begin(shell.window, MACHINE_OP_FRAME_DELIVER) : NULL;
    if (!post)
        return false;
    for (uint32_t i = 0; i < MACHINE_POST_WORDS; i++)
        post->word[i] = ((const uint64_t *)rx)[i];
    machine_post_end(shell.window, MACHINE_OP_FRAME_DELIVER);
    return true;
}

void app_deliver(const struct machine_rx *rx)
{
    sh_charge(sh_machine()->app_cycles);
    if (!post_hand_over(rx))
        sh_exit(MACHINE_OP_FRAME_DELIVER, (uintptr_t)rx, 0, 0);
}

void app_waited(void)
{
    if (!sh_machine()->bad_handovers || shell.handover_failed)
        return;
    shell.handover_failed = true; /* the machine counts them all; one line is enough */
    log_print(0, "app: handed bytes that no device wrote");
}

void app_receive(const struct machine_rx *rx)
{
    bool others = rx->fragment[0].len >= 6 && native_is_for_others(sh_va(rx->fragment[0].gpa));
    if (others || (sh_machine()->app == MACHINE_APP_BRIDGE && !bridge_wants(rx))) {
        for (uint32_t k = 0; k < rx->fragments; k++)
            sh_tell(MACHINE_OP_FRAME_DROP, rx->fragment[k].gpa, rx->fragment[k].len, MACHINE_DROP_NOT_FOR_ME);
        return;
    }
    app_deliver(rx);
    if (sh_machine()->app == MACHINE_APP_ECHO)
        echo_receive(rx);
    else if (sh_machine()->app == MACHINE_APP_BRIDGE)
        bridge_receive(rx);
}

/* ---- for apps that send on what they got ---- */

uint64_t app_length(const struct machine_rx *rx)
{
    uint64_t len = 0;
    for (uint32_t k = 0; k < rx->fragments; k++)
        len += rx->fragment[k].len;
    return len;
}

uint64_t app_copy(uint8_t *to, const struct machine_rx *rx)
{
    const uint8_t *start = to;
    for (uint32_t k = 0; k < rx->fragments; k++) {
        const uint8_t *from = sh_va(rx->fragment[k].gpa);
        for (uint64_t i = 0; i < rx->fragment[k].len; i++)
            *to++ = from[i];
    }
    return (uint64_t)(to - start);
}

/* A frame that the device has made of several is longer than may be sent: as Linux does not forward what was received by LRO,
 * it is dropped, and told. */
uint32_t app_transmit_buffer(uint64_t len)
{
    enum { HEADERS = 14 + 4 }; /* of Ethernet, and a tag that stands in the frame */
    bool coalesced = len > shell.mtu + HEADERS || len > shell.tx_stride;
    if (!coalesced && buffers_tx_spare(smp_me()))
        return buffers_get_tx();
    sh_charge(sh_machine()->app_cycles);
    sh_tell(MACHINE_OP_FRAME_MADE, 0, len, 1 + (coalesced ? MACHINE_DROP_COALESCED : MACHINE_DROP_TX_QUEUE_FULL));
    return SHELL_NONE;
}
