/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtual switch when a VM moves between hosts: frames diverted from its port, offered to it, and its announcement. */
#include <string.h>

#include "vswitch/vswitch__.h"

enum { RARP_LEN = 60, ETHERTYPE_RARP = 0x8035, TRUNK_VLANS_MAX = 16 /* announced one by one; of more, none */ };

void vswitch_set_divert(struct vswitch *vs, unsigned port, enum vswitch_divert how)
{
    struct vswitch_port *p = vs->port[port];

    p->st.divert = (uint8_t)how;
    if (how == VSWITCH_DIVERT_OFF)
        return;
    vswitch__stop_serving(&p->st, TO_VM);
    event_cancel(vs->c.sim, &p->st.retry);
    while (p->st.queue[TO_VM].count)
        vs->host->diverted(vs->host, port, vswitch__pop(vs, &p->st.queue[TO_VM]));
    while (p->st.hold.count)
        vs->host->diverted(vs->host, port, vswitch__pop(vs, &p->st.hold));
    p->st.holding = p->st.releasing = 0;
    p->st.stats.bytes = 0;
    vmxnet3_set_rx_wait(p->dev, false);
}

void vswitch_offer(struct vswitch *vs, unsigned port, frame_ref ref, uint32_t max_bytes)
{
    struct vswitch_port_state *st = &vs->port[port]->st;
    uint8_t divert = st->divert;

    if (!st->holding)
        vswitch_hold(vs, port, max_bytes);
    st->divert = VSWITCH_DIVERT_OFF;
    vswitch__enqueue(vs, port, TO_VM, ref, NULL);
    st->divert = divert;
    if (!st->releasing)
        vswitch_release(vs, port);
}

/* ---- announcement ---- */

static void fill_rarp(uint8_t *to, const uint8_t mac[6])
{
    static const uint8_t head[8] = {0, 1, 8, 0, 6, 4, 0, 3}; /* Ethernet, IPv4, 6, 4, request reverse */

    memset(to, 0, RARP_LEN);
    memset(to, 0xff, 6);
    memcpy(to + 6, mac, 6);
    to[12] = ETHERTYPE_RARP >> 8;
    to[13] = ETHERTYPE_RARP & 0xff;
    memcpy(to + 14, head, sizeof(head));
    memcpy(to + 22, mac, 6); /* sender and target hardware address; protocol addresses are unknown */
    memcpy(to + 32, mac, 6);
}

static void announce(struct vswitch *vs, const struct vswitch_port *p, unsigned vid)
{
    frame_ref ref = frame_birth(&vs->c, FLOW_NONE, RARP_LEN);

    if (!ref)
        return;
    fill_rarp(frame_data(frame_get(vs->c.sim, ref)), p->st.mac);
    if (vid)
        frame_vlan_push(frame_get(vs->c.sim, ref), (uint16_t)vid);
    port_send(&vs->uplink[p->st.uplink], ref);
}

/* The VLANs of a trunk port are those its driver asked for. The untagged one comes last: whoever sees it has seen all. */
void vswitch_announce(struct vswitch *vs, unsigned port)
{
    struct vswitch_port *p = vs->port[port];
    const uint32_t *table = vmxnet3_vlan_table(p->dev);
    unsigned count = 0;

    for (unsigned i = 0; i < VMXNET3_VFT_SIZE; i++)
        count += (unsigned)__builtin_popcount(table[i]);
    for (unsigned vid = 1; p->vlan < 0 && p->st.trunk && count <= TRUNK_VLANS_MAX && vid < 4095; vid++)
        if (table[vid >> 5] >> (vid & 31) & 1)
            announce(vs, p, vid);
    announce(vs, p, p->vlan > 0 ? (unsigned)p->vlan : 0);
}

bool vswitch__is_rarp(struct frame *f)
{
    const uint8_t *data = frame_data(f);

    return f->len >= RARP_LEN && mac_is_broadcast(data) && (data[12] << 8 | data[13]) == ETHERTYPE_RARP;
}

bool vswitch_is_announcement(const struct vswitch *vs, unsigned port, frame_ref ref, bool *last)
{
    struct frame *f = frame_get(vs->c.sim, ref);
    uint16_t tci;

    *last = vswitch__is_rarp(f);
    return (*last || frame_vlan_peek(f, &tci)) && mac_is_broadcast(frame_data(f)) &&
           !memcmp(frame_data(f) + 6, vs->port[port]->st.mac, 6);
}
