/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bridge: a learning switch of two ports, which are VLANs of the one interface, as Linux's bridge has them over eth0.10 and
 * eth0.20.
 *
 * What comes on one side goes out of the other, unless it is for a station that was heard on the same side. Source addresses are
 * the stations', not the bridge's: a port that forges nothing, or a VF that is checked, does not let them out. It hears what is
 * others' by promiscuous mode, which a policy may refuse and a VF of an 82599 does not have. There is no spanning tree.
 */
#include "guest/apps/app.h"

enum { STATIONS = 256, NO_SIDE = 2, TAG_AT = 12, TAG_BYTES = 4, VID_MASK = 0xfff };

static uint32_t side_of(uint32_t vid)
{
    volatile struct machine *m = sh_machine();
    return vid == m->bridge_vlan[0] ? 0 : vid == m->bridge_vlan[1] ? 1 : NO_SIDE;
}

static void join(uint32_t vid)
{
    if (vid && control_set_vlan(vid, true))
        log_print(0, "bridge: the port refuses its VLAN %u", vid);
}

void bridge_step(void)
{
    if (shell.bridge_station)
        return;
    uint64_t gpa = heap_alloc(STATIONS * sizeof(*shell.bridge_station), 64);
    if (!gpa)
        log_panic("bridge: no memory for its table");
    shell.bridge_station = sh_va(gpa);
    if (sh_machine()->net == MACHINE_NET_VF)
        return; /* what it wants of its VF it said when it booted */
    join(sh_machine()->bridge_vlan[0]);
    join(sh_machine()->bridge_vlan[1]);
    if (control_set_rx_mode(1))
        log_print(0, "bridge: the port refuses promiscuous mode");
}

/* ---- who is where: a table by hash; a newcomer takes an old one's place ---- */

static struct bridge_station *station(const uint8_t mac[6])
{
    uint32_t hash = 0;
    for (uint32_t i = 0; i < 6; i++)
        hash = hash * 31 + mac[i];
    return &shell.bridge_station[hash % STATIONS];
}

static bool is_on(const uint8_t mac[6], uint32_t side)
{
    const struct bridge_station *s = station(mac);
    for (uint32_t i = 0; i < 6; i++)
        if (s->mac[i] != mac[i])
            return false;
    return s->known && s->side == side;
}

static void learn(const uint8_t mac[6], uint32_t side)
{
    struct bridge_station *s = station(mac);
    for (uint32_t i = 0; i < 6; i++)
        s->mac[i] = mac[i];
    s->side = (uint8_t)side;
    s->known = true;
}

static bool is_mine(const uint8_t mac[6])
{
    for (uint32_t i = 0; i < 6; i++)
        if (mac[i] != shell.mac[i])
            return false;
    return true;
}

/* ---- forwarding ---- */

static void forward(const struct machine_rx *rx, bool in_line, uint16_t tci, uint32_t vid)
{
    uint64_t len = app_length(rx);
    uint32_t buffer = app_transmit_buffer(len);
    if (buffer == SHELL_NONE)
        return;
    uint64_t gpa = buffers_tx_gpa(buffer);
    uint8_t *p = sh_va(gpa);
    app_copy(p, rx);
    if (in_line) { /* the tag that stood in the frame is taken off */
        for (uint64_t i = TAG_AT; i + TAG_BYTES < len; i++)
            p[i] = p[i + TAG_BYTES];
        len -= TAG_BYTES;
    }
    app_charge_transmit(len);
    sh_tell(MACHINE_OP_FRAME_MADE, gpa, len, 0);
    shell.tx_buffer[buffer].len = len & 0xfffff;
    shell.tx_buffer[buffer].tagged = vid != 0;
    shell.tx_buffer[buffer].tci = (uint16_t)((tci & ~VID_MASK) | vid);
    face_send(buffer, smp_me()->polling);
}

static bool is_tagged(const struct machine_rx *rx)
{
    const uint8_t *p = sh_va(rx->fragment[0].gpa);
    return !(rx->vlan >> 16) && rx->fragment[0].len >= TAG_AT + TAG_BYTES && p[TAG_AT] == 0x81 && p[TAG_AT + 1] == 0;
}

static uint16_t tag_of(const struct machine_rx *rx)
{
    const uint8_t *p = sh_va(rx->fragment[0].gpa);
    return is_tagged(rx) ? (uint16_t)(p[TAG_AT + 2] << 8 | p[TAG_AT + 3]) : (uint16_t)rx->vlan;
}

bool bridge_wants(const struct machine_rx *rx) { return side_of(tag_of(rx) & VID_MASK) != NO_SIDE; }

void bridge_receive(const struct machine_rx *rx)
{
    const uint8_t *p = sh_va(rx->fragment[0].gpa);
    uint16_t tci = tag_of(rx);
    bool in_line = is_tagged(rx);
    uint32_t side = side_of(tci & VID_MASK);
    if (!shell.bridge_station || rx->fragment[0].len < TAG_AT + TAG_BYTES + 2 || (p[6] & 1) || is_mine(p + 6))
        return;
    learn(p + 6, side);
    if (is_mine(p) || (!(p[0] & 1) && is_on(p, side)))
        return;
    forward(rx, in_line, tci, sh_machine()->bridge_vlan[!side]);
}
