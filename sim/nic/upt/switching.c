/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the PF's registers to the tables of the embedded switch. An address has one vport, in one register with its valid
 * bit: a move is one write whatever the number of VFs, and no frame ever sees two owners or none.
 */
#include "nic/upt/upt__.h"

static uint64_t known(const struct upt *u, uint64_t vports)
{
    return u->sw.vport_count >= 64 ? vports : vports & ((UINT64_C(1) << u->sw.vport_count) - 1);
}

void upt__switch_mac(struct upt *u, unsigned i)
{
    struct eswitch_mac_entry *e = &u->sw.mac[i], before = *e;
    uint32_t low = *upt_reg(u, UPT_MAC_LO(i)), high = *upt_reg(u, UPT_MAC_HI(i));

    e->valid = high & UPT_VALID;
    for (unsigned b = 0; b < 4; b++)
        e->mac[b] = (uint8_t)(low >> (8 * b));
    e->mac[4] = (uint8_t)high;
    e->mac[5] = (uint8_t)(high >> 8);
    e->vports = known(u, UINT64_C(1) << (high >> 16 & 63));
    eswitch_touch(&u->sw);
    if (e->valid != before.valid || (e->valid && e->vports != before.vports))
        trace_nic_filter(upt_component(u), i, mac_key(e->mac), e->valid ? "valid" : "off", e->vports);
}

void upt__switch_vlan(struct upt *u, unsigned i)
{
    struct eswitch_vlan_entry *e = &u->sw.vlan[i];
    uint32_t word = *upt_reg(u, UPT_VLAN(i));

    e->valid = word & UPT_VALID;
    e->vid = word & 0xfff;
    e->vports = known(u, *upt_reg(u, UPT_VLAN_LO(i)) | (uint64_t)*upt_reg(u, UPT_VLAN_HI(i)) << 32);
    eswitch_touch(&u->sw);
}

void upt__switch_vport(struct upt *u, unsigned vport)
{
    uint32_t word = *upt_reg(u, UPT_VPORT(vport)), vlan = *upt_reg(u, UPT_VPORT_VLAN(vport));

    if (vport >= u->sw.vport_count)
        return;
    u->sw.vport[vport] = (struct eswitch_vport){
        .enabled_rx = word & UPT_VPORT_RX,
        .enabled_tx = word & UPT_VPORT_TX,
        .accept_broadcast = word & UPT_VPORT_BROADCAST,
        .accept_untagged = word & UPT_VPORT_UNTAGGED,
        .accept_multicast_hash = word & UPT_VPORT_MULTICAST,
        .multicast_promisc = word & UPT_VPORT_ALL_MULTICAST,
        .unicast_promisc = word & UPT_VPORT_PROMISCUOUS,
        .vlan_filter = word & UPT_VPORT_VLAN_FILTER,
        .mac_antispoof = word & UPT_VPORT_MAC_SPOOF,
        .vlan_antispoof = word & UPT_VPORT_VLAN_SPOOF,
        .insert_vlan = vlan & UPT_VPORT_VLAN_INSERT,
        .port_tci = (uint16_t)vlan,
        .strip_vlan = vlan & UPT_VPORT_VLAN_INSERT,
        .prune_source = !(*upt_reg(u, UPT_SWITCH) & UPT_SWITCH_LOOPBACK), /* a VEPA's own frames come back [802.1Qbg] */
    };
    eswitch_touch(&u->sw);
}

void upt__switch_scalars(struct upt *u)
{
    uint32_t word = *upt_reg(u, UPT_SWITCH), vport = word >> UPT_SWITCH_DEFAULT_SHIFT & 63;

    u->sw.local_loopback = word & UPT_SWITCH_LOOPBACK;
    for (unsigned v = 0; v < u->sw.vport_count; v++)
        upt__switch_vport(u, v);
    u->sw.default_vport = (word & UPT_SWITCH_DEFAULT) && vport < u->sw.vport_count ? (int32_t)vport : -1;
    for (unsigned i = 0; i < 128; i++)
        u->sw.multicast_table[i] = *upt_reg(u, UPT_MTA(i));
}

void upt__switch_mirror(struct upt *u, unsigned rule)
{
    uint32_t word = *upt_reg(u, UPT_MIRROR(rule)), what = word & 15, to = word >> UPT_MIRROR_TO_SHIFT & 63;
    uint64_t vports = *upt_reg(u, UPT_MIRROR_VPORTS(rule)) | (uint64_t)*upt_reg(u, UPT_MIRROR_VPORTS(rule + 4)) << 32;
    uint64_t vlans = *upt_reg(u, UPT_MIRROR_VLANS(rule)) | (uint64_t)*upt_reg(u, UPT_MIRROR_VLANS(rule + 4)) << 32;

    u->sw.mirror[rule] = (struct eswitch_mirror){
        .uplink_in = what & UPT_MIRROR_UPLINK_IN,
        .uplink_out = what & UPT_MIRROR_UPLINK_OUT,
        .to = (uint8_t)to,
        .to_vports = what & UPT_MIRROR_OF_VPORTS ? vports : 0,
        .vlans = what & UPT_MIRROR_OF_VLANS ? vlans : 0,
    };
    u->sw.mirrors &= ~(1u << rule);
    if (what && to < u->sw.vport_count)
        u->sw.mirrors |= 1u << rule;
}

void upt__switch_all(struct upt *u)
{
    eswitch_init(&u->sw, u->nic.vf_count + 1, ESWITCH_MACS_MAX, ESWITCH_VLANS_MAX);
    upt__switch_scalars(u);
    for (unsigned v = 0; v < u->sw.vport_count; v++)
        upt__switch_vport(u, v);
    for (unsigned i = 0; i < ESWITCH_MACS_MAX; i++)
        upt__switch_mac(u, i);
    for (unsigned i = 0; i < ESWITCH_VLANS_MAX; i++)
        upt__switch_vlan(u, i);
    for (unsigned i = 0; i < ESWITCH_MIRRORS_MAX; i++)
        upt__switch_mirror(u, i);
}
