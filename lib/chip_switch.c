/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The embedded switch, as a chip from outside uses it: its tables, and a frame through it. */
#include <string.h>

#include "lib/chip__.h"

static uint64_t known(const struct vfsim_nic *nic, uint64_t ports)
{
    return nic->sw.vport_count >= 64 ? ports : ports & ((UINT64_C(1) << nic->sw.vport_count) - 1);
}

void vfsim_switch_clear(struct vfsim_nic *nic)
{
    eswitch_init(&nic->sw, nic->nic.vf_count + 1, nic->chip->addresses, nic->chip->vlans);
    eswitch_touch(&nic->sw);
}

void vfsim_switch_set_port(struct vfsim_nic *nic, unsigned port, const struct vfsim_switch_port *as)
{
    assert(port < nic->sw.vport_count);
    nic->sw.vport[port] = (struct eswitch_vport){
        .enabled_rx = as->receives,
        .enabled_tx = as->sends,
        .accept_broadcast = as->broadcast,
        .accept_untagged = as->untagged,
        .accept_multicast_hash = as->groups,
        .multicast_promisc = as->all_groups,
        .unicast_promisc = as->promiscuous,
        .vlan_filter = as->vlan_filter,
        .mac_antispoof = as->check_address,
        .vlan_antispoof = as->check_vlan,
        .insert_vlan = as->port_vlan,
        .port_tci = as->port_tci,
        .strip_vlan = as->strip,
        .hairpin = as->hairpin,
        .prune_source = as->prune,
    };
    eswitch_touch(&nic->sw);
}

void vfsim_switch_set_address(struct vfsim_nic *nic, unsigned entry, bool valid, const uint8_t mac[6], uint64_t ports)
{
    assert(entry < nic->sw.mac_count);
    struct eswitch_mac_entry *e = &nic->sw.mac[entry], before = *e;
    e->valid = valid;
    memcpy(e->mac, mac, 6);
    e->vports = known(nic, ports);
    eswitch_touch(&nic->sw);
    if (e->valid != before.valid || (e->valid && e->vports != before.vports))
        trace_nic_filter(chip_component(nic), entry, mac_key(e->mac), e->valid ? "valid" : "off", e->vports);
}

void vfsim_switch_set_vlan(struct vfsim_nic *nic, unsigned entry, bool valid, uint16_t vid, uint64_t ports)
{
    assert(entry < nic->sw.vlan_count);
    nic->sw.vlan[entry] = (struct eswitch_vlan_entry){.valid = valid, .vid = vid & 0xfff, .vports = known(nic, ports)};
    eswitch_touch(&nic->sw);
}

void vfsim_switch_set_groups(struct vfsim_nic *nic, unsigned word, uint32_t bits)
{
    assert(word < 128);
    nic->sw.multicast_table[word] = bits;
}

void vfsim_switch_set_default(struct vfsim_nic *nic, int port)
{
    assert(port < (int)nic->sw.vport_count);
    nic->sw.default_vport = port < 0 ? -1 : port;
    nic->sw.admit_broadcast = nic->sw.admit_multicast = nic->sw.admit_unicast = port >= 0;
}

void vfsim_switch_set_loopback(struct vfsim_nic *nic, bool on) { nic->sw.local_loopback = on; }

void vfsim_switch_set_mirror(struct vfsim_nic *nic, unsigned rule, const struct vfsim_switch_mirror *as)
{
    assert(rule < ESWITCH_MIRRORS_MAX && (!as || as->to < nic->sw.vport_count));
    nic->sw.mirrors &= ~(1u << rule);
    nic->sw.mirror[rule] = (struct eswitch_mirror){0};
    if (!as)
        return;
    nic->sw.mirror[rule] = (struct eswitch_mirror){
        .uplink_in = as->from_wire,
        .uplink_out = as->to_wire,
        .to = (uint8_t)as->to,
        .to_vports = as->ports,
        .vlans = as->vlans,
    };
    nic->sw.mirrors |= 1u << rule;
}

/* ---- a frame ---- */

static void drop(struct vfsim_nic *nic, unsigned source, frame_ref ref, enum fate why)
{
    trace_nic_dropped(chip_component(nic), frame_get(nic->nic.c.sim, ref)->id, fate_text(why));
    if (source == ESWITCH_UPLINK)
        frame_end(chip_component(nic), ref, why);
    else
        vfsim_function_drop(&nic->fn[source], ref, why);
}

/* One copy to each of these; the frame itself is the last one. Takes ref. */
static void hand_out(struct vfsim_nic *nic, frame_ref ref, const struct eswitch_verdict *v)
{
    for (uint64_t left = v->vports; left; left &= left - 1) {
        unsigned port = (unsigned)__builtin_ctzll(left);
        frame_ref copy = left & (left - 1) ? frame_clone(chip_component(nic), ref) : ref;
        uint16_t tci;
        if (!copy)
            continue;
        if (v->strip >> port & 1)
            frame_vlan_pop(frame_get(nic->nic.c.sim, copy), &tci);
        if (nic->chip->device->receive)
            nic->chip->device->receive(&nic->fn[port], copy);
        else
            vfsim_queue_receive(&nic->fn[port], 0, copy);
    }
}

void vfsim_switch(struct vfsim_nic *nic, unsigned source, vfsim_frame frame)
{
    struct frame *f = frame_get(nic->nic.c.sim, frame);
    struct eswitch_verdict v;
    assert(source == VFSIM_SWITCH_UPLINK || source < nic->sw.vport_count);
    eswitch_forward(&nic->sw, source, f, &v);
    if (!v.vports && !v.uplink) {
        drop(nic, source, frame, v.drop);
        return;
    }
    if (v.insert_tci >= 0)
        frame_vlan_push(f, (uint16_t)v.insert_tci);
    frame_ref out = v.uplink ? v.vports ? frame_clone(chip_component(nic), frame) : frame : 0;
    if (v.vports)
        hand_out(nic, frame, &v);
    if (out && nic->chip->device->transmit)
        nic->chip->device->transmit(nic, out);
    else if (out)
        chip__transmit(nic, out);
}
