/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the PF's registers to the tables of the embedded switch: the classification, filter, multicast and client-update ramrods of
 * the real chip. An address is one vport's, in one register with its valid bit: a move is one write.
 */
#include "nic/57712/e2__.h"

static uint64_t known(const struct e2 *e, uint64_t vports)
{
    return e->sw.vport_count >= ESWITCH_VPORTS_MAX ? vports : vports & ((UINT64_C(1) << e->sw.vport_count) - 1);
}

static uint64_t pair(struct e2 *e, uint32_t low, uint32_t high) { return *e2_reg(e, low) | (uint64_t)*e2_reg(e, high) << 32; }

void e2__switch_mac(struct e2 *e, unsigned i)
{
    struct eswitch_mac_entry *entry = &e->sw.mac[i];
    uint32_t low = *e2_reg(e, E2_MAC_LO(i)), high = *e2_reg(e, E2_MAC_HI(i));
    bool was_valid = entry->valid;
    uint64_t had = entry->vports;

    for (unsigned b = 0; b < 6; b++)
        entry->mac[b] = (uint8_t)(b < 4 ? low >> 8 * b : high >> 8 * (b - 4));
    entry->valid = high & E2_VALID;
    entry->vports = known(e, UINT64_C(1) << (high >> 16 & 63));
    eswitch_touch(&e->sw);
    if (entry->valid != was_valid || (entry->valid && entry->vports != had))
        trace_nic_filter(e2_component(e), i, mac_key(entry->mac), entry->valid ? "valid" : "off", entry->vports);
}

void e2__switch_vlan(struct e2 *e, unsigned i)
{
    struct eswitch_vlan_entry *entry = &e->sw.vlan[i];
    uint32_t word = *e2_reg(e, E2_VLAN(i));

    entry->vid = word & 0xfff;
    entry->vports = known(e, pair(e, E2_VLAN_LO(i), E2_VLAN_HI(i)));
    entry->valid = word & E2_VALID;
    eswitch_touch(&e->sw);
}

void e2__switch_vport(struct e2 *e, unsigned vport)
{
    if (vport >= e->sw.vport_count)
        return;
    struct eswitch_vport *v = &e->sw.vport[vport];
    uint32_t word = *e2_reg(e, E2_VPORT(vport)), tag = *e2_reg(e, E2_DEFAULT_VLAN(vport));
    v->enabled_rx = word & E2_VPORT_RX;
    v->enabled_tx = word & E2_VPORT_TX;
    v->accept_broadcast = word & E2_VPORT_BROADCAST;
    v->accept_untagged = word & E2_VPORT_UNTAGGED;
    v->accept_multicast_hash = word & E2_VPORT_MULTICAST;
    v->multicast_promisc = word & E2_VPORT_ALL_MULTICAST;
    v->vlan_filter = word & E2_VPORT_VLAN_FILTER;
    v->mac_antispoof = word & E2_VPORT_MAC_SPOOF;
    v->vlan_antispoof = word & E2_VPORT_VLAN_SPOOF;
    v->insert_vlan = v->strip_vlan = tag & E2_VPORT_VLAN_INSERT;
    v->port_tci = (uint16_t)tag;
    v->prune_source = !(*e2_reg(e, E2_SWITCH) & E2_SWITCH_LOOPBACK); /* what it sent comes back from the bridge [802.1Qbg VEPA] */
    eswitch_touch(&e->sw);
}

void e2__switch_scalars(struct e2 *e)
{
    uint32_t word = *e2_reg(e, E2_SWITCH), vport = word >> E2_SWITCH_DEFAULT_SHIFT & 63;

    e->sw.local_loopback = word & E2_SWITCH_LOOPBACK;
    e->sw.default_vport = (word & E2_SWITCH_DEFAULT) && vport < e->sw.vport_count ? (int32_t)vport : -1;
    for (unsigned v = 0; v < e->sw.vport_count; v++)
        e2__switch_vport(e, v);
}

void e2__switch_mirror(struct e2 *e, unsigned rule)
{
    uint32_t word = *e2_reg(e, E2_MIRROR(rule)), to = word >> E2_MIRROR_TO_SHIFT & 63;
    struct eswitch_mirror *m = &e->sw.mirror[rule];

    m->uplink_in = word & E2_MIRROR_UPLINK_IN;
    m->uplink_out = word & E2_MIRROR_UPLINK_OUT;
    m->to = (uint8_t)to;
    m->to_vports = word & E2_MIRROR_OF_VPORTS ? pair(e, E2_MIRROR_VPORTS(rule), E2_MIRROR_VPORTS(rule + 4)) : 0;
    m->vlans = word & E2_MIRROR_OF_VLANS ? pair(e, E2_MIRROR_VLANS(rule), E2_MIRROR_VLANS(rule + 4)) : 0;
    e->sw.mirrors &= ~(1u << rule);
    if ((word & 15) && to < e->sw.vport_count)
        e->sw.mirrors |= 1u << rule;
}

void e2__switch_all(struct e2 *e)
{
    eswitch_init(&e->sw, e->nic.vf_count + 1, ESWITCH_MACS_MAX, ESWITCH_VLANS_MAX);
    e2__switch_scalars(e);
    for (unsigned i = 0; i < ESWITCH_MACS_MAX; i++)
        e2__switch_mac(e, i);
    for (unsigned i = 0; i < ESWITCH_VLANS_MAX; i++)
        e2__switch_vlan(e, i);
    for (unsigned i = 0; i < ESWITCH_MIRRORS_MAX; i++)
        e2__switch_mirror(e, i);
    for (unsigned i = 0; i < 128; i++)
        e->sw.multicast_table[i] = *e2_reg(e, E2_GROUPS(i));
}
