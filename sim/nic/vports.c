/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a PF's registers to the tables of the embedded switch. */
#include "nic/vports.h"

#include "core/engine/trace.h"
#include "net/inet.h"

static uint32_t word(const struct vports *v, uint32_t offset, unsigned i) { return v->control[(offset - v->map->base) / 4 + i]; }
static uint64_t pair(const struct vports *v, uint32_t offset, unsigned low, unsigned high)
{
    return word(v, offset, low) | (uint64_t)word(v, offset, high) << 32;
}

/* Those of a set that there are. */
static uint64_t known(const struct vports *v, uint64_t vports)
{
    return v->sw->vport_count >= ESWITCH_VPORTS_MAX ? vports : vports & ((UINT64_C(1) << v->sw->vport_count) - 1);
}

void vports_mac(const struct vports *v, unsigned i)
{
    struct eswitch_mac_entry *entry = &v->sw->mac[i], before = *entry;
    uint32_t low = word(v, v->map->mac + VPORTS_MAC_STRIDE * i, 0), high = word(v, v->map->mac + VPORTS_MAC_STRIDE * i, 1);

    for (unsigned b = 0; b < 6; b++)
        entry->mac[b] = (uint8_t)(b < 4 ? low >> 8 * b : high >> 8 * (b - 4));
    entry->valid = high & VPORTS_VALID;
    entry->vports = known(v, UINT64_C(1) << (high >> VPORTS_OWNER_SHIFT & 63));
    eswitch_touch(v->sw);
    if (entry->valid != before.valid || (entry->valid && entry->vports != before.vports))
        trace_nic_filter(v->chip, i, mac_key(entry->mac), entry->valid ? "valid" : "off", entry->vports);
}

void vports_vlan(const struct vports *v, unsigned i)
{
    struct eswitch_vlan_entry *entry = &v->sw->vlan[i];
    uint32_t at = v->map->vlan + VPORTS_VLAN_STRIDE * i;

    entry->vid = word(v, at, 0) & 0xfff;
    entry->vports = known(v, pair(v, at, 1, 2));
    entry->valid = word(v, at, 0) & VPORTS_VALID;
    eswitch_touch(v->sw);
}

void vports_vport(const struct vports *v, unsigned vport)
{
    if (vport >= v->sw->vport_count)
        return;
    uint32_t bits = word(v, v->map->vport, vport) & v->map->has, tag = word(v, v->map->port_vlan, vport);
    v->sw->vport[vport] = (struct eswitch_vport){
        .enabled_rx = bits & VPORTS_RX,
        .enabled_tx = bits & VPORTS_TX,
        .accept_broadcast = bits & VPORTS_BROADCAST,
        .accept_untagged = bits & VPORTS_UNTAGGED,
        .accept_multicast_hash = bits & VPORTS_MULTICAST,
        .multicast_promisc = bits & VPORTS_ALL_MULTICAST,
        .unicast_promisc = bits & VPORTS_PROMISCUOUS,
        .vlan_filter = bits & VPORTS_VLAN_FILTER,
        .mac_antispoof = bits & VPORTS_MAC_SPOOF,
        .vlan_antispoof = bits & VPORTS_VLAN_SPOOF,
        .insert_vlan = tag & VPORTS_VLAN_INSERT,
        .strip_vlan = tag & VPORTS_VLAN_INSERT,
        .port_tci = (uint16_t)tag,
        .prune_source = !(word(v, v->map->word, 0) & VPORTS_LOOPBACK), /* what it sent comes back from the bridge [802.1Qbg VEPA] */
    };
    eswitch_touch(v->sw);
}

void vports_switch(const struct vports *v)
{
    uint32_t said = word(v, v->map->word, 0), vport = said >> VPORTS_DEFAULT_SHIFT & 63;

    v->sw->local_loopback = said & VPORTS_LOOPBACK;
    v->sw->default_vport = (said & VPORTS_DEFAULT) && vport < v->sw->vport_count ? (int32_t)vport : -1;
    for (unsigned i = 0; i < v->sw->vport_count; i++)
        vports_vport(v, i);
}

void vports_mirror(const struct vports *v, unsigned rule)
{
    uint32_t said = word(v, v->map->mirror, rule), to = said >> VPORTS_MIRROR_TO_SHIFT & 63;

    v->sw->mirror[rule] = (struct eswitch_mirror){
        .uplink_in = said & VPORTS_MIRROR_UPLINK_IN,
        .uplink_out = said & VPORTS_MIRROR_UPLINK_OUT,
        .to = (uint8_t)to,
        .to_vports = said & VPORTS_MIRROR_OF_VPORTS ? pair(v, v->map->mirror_vports, rule, rule + VPORTS_MIRRORS) : 0,
        .vlans = said & VPORTS_MIRROR_OF_VLANS ? pair(v, v->map->mirror_vlans, rule, rule + VPORTS_MIRRORS) : 0,
    };
    v->sw->mirrors &= ~(1u << rule);
    if ((said & 15) && to < v->sw->vport_count)
        v->sw->mirrors |= 1u << rule;
}

void vports_groups(const struct vports *v, unsigned i) { v->sw->multicast_table[i] = word(v, v->map->groups, i); }

void vports_all(const struct vports *v, unsigned count)
{
    eswitch_init(v->sw, count, ESWITCH_MACS_MAX, ESWITCH_VLANS_MAX);
    vports_switch(v);
    for (unsigned i = 0; i < ESWITCH_MACS_MAX; i++)
        vports_mac(v, i);
    for (unsigned i = 0; i < ESWITCH_VLANS_MAX; i++)
        vports_vlan(v, i);
    for (unsigned i = 0; i < ESWITCH_MIRRORS_MAX; i++)
        vports_mirror(v, i);
    for (unsigned i = 0; i < sizeof(v->sw->multicast_table) / sizeof(v->sw->multicast_table[0]); i++)
        vports_groups(v, i);
}
