/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From control words and rules to the tables of the embedded switch [82599 7.10.3]. Each word takes effect when it is written:
 * the pools of an address above 31 are another word than those below, so a move between the halves is two moments.
 * Pools of the switch are its vports; without virtualization there is one, and it takes all the filters pass.
 */
#include "nic/intel/chip.h"

static uint64_t known_pools(const struct intel_chip *n)
{
    return n->sw.vport_count >= 64 ? UINT64_MAX : (UINT64_C(1) << n->sw.vport_count) - 1;
}

void intel_switch_address(struct intel_chip *n, unsigned i)
{
    const struct intel_words *reg = &n->s.reg;
    struct eswitch_mac_entry *e = &n->sw.mac[i], before = *e;
    uint32_t low = reg->RAL[i], high = reg->RAH[i];
    e->valid = high & INTEL_RAH_AV;
    for (unsigned b = 0; b < 4; b++)
        e->mac[b] = (uint8_t)(low >> (8 * b));
    e->mac[4] = (uint8_t)high;
    e->mac[5] = (uint8_t)(high >> 8);
    uint64_t pools = reg->MPSAR_LO[i] | (uint64_t)reg->MPSAR_HI[i] << 32;
    if (!chip_is_virtual(n))
        pools = UINT64_C(1) << chip_pf_pool(n);
    e->vports = pools & known_pools(n);
    eswitch_touch(&n->sw);
    if (e->valid != before.valid || (e->valid && e->vports != before.vports))
        trace_nic_filter(chip_component(n), i, mac_key(e->mac), e->valid ? "valid" : "off", e->vports);
}

void intel_switch_vlan_entry(struct intel_chip *n, unsigned i)
{
    const struct intel_words *reg = &n->s.reg;
    struct eswitch_vlan_entry *e = &n->sw.vlan[i];
    e->valid = reg->VLVF[i] & INTEL_VLVF_VIEN;
    e->vid = reg->VLVF[i] & INTEL_VLVF_VLANID_MASK;
    e->vports = (reg->VLVFB[2 * i] | (uint64_t)reg->VLVFB[2 * i + 1] << 32) & known_pools(n);
    eswitch_touch(&n->sw);
}

void intel_switch_tables(struct intel_chip *n)
{
    const struct intel_rules *r = &n->rules;
    n->sw.hash_shift = r->hash_shift;
    n->sw.multicast_table_off = !r->filters_multicast;
    n->sw.vlan_table_on = r->filters_vlans;
    /* Loopback is off without a link and while nothing is received. */
    n->sw.local_loopback = r->is_virtual && r->loops_back && port_link_is_up(&n->nic.uplink) && r->receives;
    n->sw.one_copy = r->is_virtual && !r->replicates;
    n->sw.admit_broadcast = r->accepts_broadcast;
    n->sw.admit_multicast = r->takes_all_multicast;
    n->sw.admit_unicast = r->takes_all_unicast;
    n->sw.default_vport = r->is_virtual && r->has_default && r->default_pool < n->sw.vport_count ? (int32_t)r->default_pool : -1;
    eswitch_touch(&n->sw);
}

static void single_pool(struct intel_chip *n, struct eswitch_vport *v)
{
    const struct intel_rules *r = &n->rules;
    v->enabled_rx = v->enabled_tx = true;
    v->accept_broadcast = r->accepts_broadcast;
    v->accept_untagged = true;
    v->accept_multicast_hash = true;
    v->accept_unicast_hash = true;
    v->multicast_promisc = r->takes_all_multicast;
    v->unicast_promisc = r->takes_all_unicast;
    v->vlan_filter = false; /* the VLAN table decides */
}

static void one_of_many(struct intel_chip *n, unsigned pool, struct eswitch_vport *v)
{
    const struct intel_words *reg = &n->s.reg;
    uint32_t bit = 1u << (pool % 32), olr = reg->VMOLR[pool], vir = reg->VMVIR[pool];
    uint32_t spoof = reg->PFVFSPOOF[pool / 8] >> (pool % 8);
    v->enabled_rx = chip_pool_is_on(n, reg->VFRE, pool);
    /* Disabling a pool stops the fetching of its descriptors; what the chip has already fetched still leaves. */
    v->enabled_tx = chip_pool_is_on(n, reg->VFTE, pool) || chip_pool_owner(n, pool)->s.tx_in_buffer;
    v->accept_broadcast = olr & INTEL_VMOLR_BAM;
    v->vlan_filter = n->rules.filters_vlans;
    v->accept_untagged = (olr & INTEL_VMOLR_AUPE) || !v->vlan_filter;
    v->accept_multicast_hash = olr & INTEL_VMOLR_ROMPE;
    v->accept_unicast_hash = olr & INTEL_VMOLR_ROPE;
    v->multicast_promisc = olr & INTEL_VMOLR_MPE;
    v->unicast_promisc = olr & INTEL_VMOLR_UPE;
    v->mac_antispoof = spoof & 1;
    v->vlan_antispoof = spoof >> INTEL_SPOOF_VLANAS_SHIFT & 1;
    v->hairpin = reg->VMTXSW[pool / 32] & bit;
    v->prune_source = reg->PFFLP[pool / 32] & bit;
    v->insert_vlan = (vir & INTEL_VMVIR_VLANA_MASK) == INTEL_VMVIR_VLANA_DEFAULT;
    v->never_tagged = (vir & INTEL_VMVIR_VLANA_MASK) == INTEL_VMVIR_VLANA_NEVER;
    v->port_tci = (uint16_t)vir;
}

void intel_switch_pool(struct intel_chip *n, unsigned pool)
{
    if (pool >= n->sw.vport_count)
        return;
    struct eswitch_vport *v = &n->sw.vport[pool];
    const struct rx_queue *q = &n->rxq[chip_pool_queue(n, pool)];
    if (n->nic.symmetric && pool == chip_pf_pool(n)) /* no data path of the PF's, whatever its registers say */
        *v = (struct eswitch_vport){0};
    else if (chip_is_virtual(n))
        one_of_many(n, pool, v);
    else if (pool == chip_pf_pool(n))
        single_pool(n, v);
    else
        *v = (struct eswitch_vport){0};
    eswitch_touch(&n->sw);
    v->strip_vlan = (q->rxdctl & INTEL_RXDCTL_VME) || q->hide_vlan;
}

/* A rule is two words for each of its sets: pools and VLVF entries 0-31, then 32-63 [82599 8.2.3.27.19-21]. */
void intel_switch_mirror(struct intel_chip *n, unsigned rule)
{
    const struct intel_words *reg = &n->s.reg;
    uint32_t control = reg->MRCTL[rule], what = control & 0xf;
    unsigned pool = (control & INTEL_MRCTL_POOL_MASK) >> INTEL_MRCTL_POOL_SHIFT;
    uint64_t pools = reg->VMRVM[rule] | (uint64_t)reg->VMRVM[rule + INTEL_MIRRORS] << 32;
    uint64_t vlans = reg->VMRVLAN[rule] | (uint64_t)reg->VMRVLAN[rule + INTEL_MIRRORS] << 32;
    n->sw.mirror[rule] = (struct eswitch_mirror){
        .uplink_in = what & INTEL_MRCTL_UPME,
        .uplink_out = what & INTEL_MRCTL_DPME,
        .to = (uint8_t)pool,
        .to_vports = what & INTEL_MRCTL_VPME ? pools : 0,
        .vlans = what & INTEL_MRCTL_VLME ? vlans : 0,
    };
    n->sw.mirrors &= ~(1u << rule);
    if (chip_is_virtual(n) && what && pool < n->sw.vport_count)
        n->sw.mirrors |= 1u << rule;
    eswitch_touch(&n->sw);
}

/* An EtherType filter may name a pool [ixgbe_type.h INTEL_ETQF_POOL_ENABLE]. */
void intel_switch_type(struct intel_chip *n, unsigned i)
{
    uint32_t etqf = n->s.reg.ETQF[i], pool = (etqf & INTEL_ETQF_POOL_MASK) >> INTEL_ETQF_POOL_SHIFT;
    n->sw.type[i] = (struct eswitch_type_entry){
        .type = etqf & INTEL_ETQF_ETHERTYPE,
        .by_priority = etqf & INTEL_ETQF_UP_EN,
        .priority = (uint8_t)((etqf & INTEL_ETQF_UP) >> INTEL_ETQF_UP_SHIFT),
        .vport = (uint8_t)pool,
    };
    n->sw.types &= ~(1u << i);
    if (chip_is_virtual(n) && (etqf & INTEL_ETQF_FILTER_EN) && (etqf & INTEL_ETQF_POOL_ENABLE) && pool < n->sw.vport_count)
        n->sw.types |= 1u << i;
    eswitch_touch(&n->sw);
}

/* Pools behind the VFs that VF Enable has made are the PF's; before it has, those from the default pool on. */
static void find_owners(struct intel_chip *n)
{
    const struct intel_rules *r = &n->rules;
    unsigned made = pci_function_vfs(n->nic.pf);
    bool says = r->is_virtual && r->has_default && r->default_pool < n->nic.vf_count;
    n->s.vfs = made ? made : says ? r->default_pool : n->nic.vf_count;
}

void intel_switch_all(struct intel_chip *n)
{
    find_owners(n);
    intel_switch_tables(n);
    for (unsigned pool = 0; pool < n->sw.vport_count; pool++)
        intel_switch_pool(n, pool);
    for (unsigned i = 0; i < INTEL_ADDRESSES; i++)
        intel_switch_address(n, i);
    for (unsigned i = 0; i < INTEL_MIRRORS; i++)
        intel_switch_mirror(n, i);
    for (unsigned i = 0; i < INTEL_TYPE_FILTERS; i++)
        intel_switch_type(n, i);
}
