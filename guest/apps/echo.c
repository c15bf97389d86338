/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Echo: sends every unicast frame back to where it came from, with its VLAN tag. A frame that its device has made of several is
 * longer than may be sent: as Linux does not forward what was received by LRO, it is dropped, and told.
 */
#include "guest/apps/app.h"

enum { FRAME_HEADERS = 14 + 4 }; /* of Ethernet, and a tag that stands in the frame */

static void copy_fragments(uint8_t *to, const struct machine_rx *rx)
{
    for (uint32_t k = 0; k < rx->fragments; k++) {
        const uint8_t *from = sh_va(rx->fragment[k].gpa);
        for (uint64_t i = 0; i < rx->fragment[k].len; i++)
            *to++ = from[i];
    }
}

void echo_receive(const struct machine_rx *rx)
{
    uint64_t len = 0;
    for (uint32_t k = 0; k < rx->fragments; k++)
        len += rx->fragment[k].len;
    const uint8_t *to = sh_va(rx->fragment[0].gpa);
    if (len < 14 || rx->fragment[0].len < 14 || (to[0] & 1))
        return;
    bool coalesced = len > shell.mtu + FRAME_HEADERS || len > shell.tx_stride;
    if (coalesced || !buffers_tx_spare()) {
        sh_charge(COST_APP);
        sh_exit(MACHINE_OP_FRAME_MADE, 0, len, 1 + (coalesced ? MACHINE_DROP_COALESCED : MACHINE_DROP_TX_QUEUE_FULL));
        return;
    }
    uint32_t buffer = buffers_get_tx();
    uint64_t gpa = buffers_tx_gpa(buffer);
    uint8_t *p = sh_va(gpa);
    copy_fragments(p, rx);
    for (unsigned i = 0; i < 6; i++) {
        uint8_t swap = p[i];
        p[i] = p[6 + i];
        p[6 + i] = swap;
    }
    sh_charge(COST_APP + sh_machine()->stack_cycles);
    sh_exit(MACHINE_OP_FRAME_MADE, gpa, len, 0);
    shell.tx_buffer[buffer].len = len & 0xfffff;
    shell.tx_buffer[buffer].tagged = rx->vlan >> 16 & 1;
    shell.tx_buffer[buffer].tci = (uint16_t)rx->vlan;
    tx_send(buffer);
}
