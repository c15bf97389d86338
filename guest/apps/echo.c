/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Echo: sends every unicast frame back to where it came from, with its VLAN tag. */
#include "guest/apps/app.h"

void echo_receive(const struct machine_rx *rx)
{
    uint64_t len = app_length(rx);
    const uint8_t *to = sh_va(rx->fragment[0].gpa);
    if (len < 14 || rx->fragment[0].len < 14 || (to[0] & 1))
        return;
    uint32_t buffer = app_transmit_buffer(len);
    if (buffer == SHELL_NONE)
        return;
    uint64_t gpa = buffers_tx_gpa(buffer);
    uint8_t *p = sh_va(gpa);
    app_copy(p, rx);
    for (unsigned i = 0; i < 6; i++) {
        uint8_t swap = p[i];
        p[i] = p[6 + i];
        p[6 + i] = swap;
    }
    app_charge_transmit(len);
    sh_tell(MACHINE_OP_FRAME_MADE, gpa, len, 0);
    shell.tx_buffer[buffer].len = len & 0xfffff;
    shell.tx_buffer[buffer].tagged = rx->vlan >> 16 & 1;
    shell.tx_buffer[buffer].tci = (uint16_t)rx->vlan;
    face_send(buffer, smp_me()->polling);
}
