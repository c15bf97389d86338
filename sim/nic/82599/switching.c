/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the PF's registers to the tables of the embedded switch [82599 7.10.3]. Each register takes effect when it is
 * written: the pools of an address above 31 are another register than those below, so a move between the halves is two
 * moments. Pools of the switch are its vports; without virtualization there is one, and it takes all the filters pass.
 */
#include "nic/82599/nic82599__.h"

static uint64_t known_pools(const struct nic82599 *n)
{
    return n->sw.vport_count >= 64 ? UINT64_MAX : (UINT64_C(1) << n->sw.vport_count) - 1;
}

void nic82599__switch_address(struct nic82599 *n, unsigned i)
{
    const struct pf_registers *reg = &n->s.reg;
    struct eswitch_mac_entry *e = &n->sw.mac[i], before = *e;
    uint32_t low = reg->RAL[i], high = reg->RAH[i];
    e->valid = high & IXGBE_RAH_AV;
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

void nic82599__switch_vlan_entry(struct nic82599 *n, unsigned i)
{
    const struct pf_registers *reg = &n->s.reg;
    struct eswitch_vlan_entry *e = &n->sw.vlan[i];
    e->valid = reg->VLVF[i] & IXGBE_VLVF_VIEN;
    e->vid = reg->VLVF[i] & IXGBE_VLVF_VLANID_MASK;
    e->vports = (reg->VLVFB[2 * i] | (uint64_t)reg->VLVFB[2 * i + 1] << 32) & known_pools(n);
    eswitch_touch(&n->sw);
}

void nic82599__switch_tables(struct nic82599 *n)
{
    const struct pf_registers *reg = &n->s.reg;
    n->sw.hash_shift = reg->MCSTCTRL & IXGBE_MCSTCTRL_MO_MASK;
    n->sw.multicast_table_off = !(reg->MCSTCTRL & IXGBE_MCSTCTRL_MFE);
    n->sw.vlan_table_on = reg->VLNCTRL & IXGBE_VLNCTRL_VFE;
    /* Loopback is off without a link and while nothing is received. */
    n->sw.local_loopback = chip_is_virtual(n) && (reg->PFDTXGSWC & IXGBE_PFDTXGSWC_VT_LBEN) &&
                           port_link_is_up(&n->nic.uplink) && (reg->RXCTRL & IXGBE_RXCTRL_RXEN);
    n->sw.one_copy = chip_is_virtual(n) && !(reg->VT_CTL & IXGBE_VT_CTL_REPLEN);
    n->sw.admit_broadcast = reg->FCTRL & IXGBE_FCTRL_BAM;
    n->sw.admit_multicast = reg->FCTRL & IXGBE_FCTRL_MPE;
    n->sw.admit_unicast = reg->FCTRL & IXGBE_FCTRL_UPE;
    n->sw.default_vport = -1;
    if (chip_is_virtual(n) && !(reg->VT_CTL & IXGBE_VT_CTL_DIS_DEFPL)) {
        unsigned pool = (reg->VT_CTL & IXGBE_VT_CTL_POOL_MASK) >> IXGBE_VT_CTL_POOL_SHIFT;
        n->sw.default_vport = pool < n->sw.vport_count ? (int32_t)pool : -1;
    }
}

static void single_pool(struct nic82599 *n, struct eswitch_vport *v)
{
    const struct pf_registers *reg = &n->s.reg;
    v->enabled_rx = v->enabled_tx = true;
    v->accept_broadcast = reg->FCTRL & IXGBE_FCTRL_BAM;
    v->accept_untagged = true;
    v->accept_multicast_hash = true;
    v->accept_unicast_hash = true;
    v->multicast_promisc = reg->FCTRL & IXGBE_FCTRL_MPE;
    v->unicast_promisc = reg->FCTRL & IXGBE_FCTRL_UPE;
    v->vlan_filter = false; /* the VLAN table decides */
}

static void one_of_many(struct nic82599 *n, unsigned pool, struct eswitch_vport *v)
{
    const struct pf_registers *reg = &n->s.reg;
    uint32_t bit = 1u << (pool % 32), olr = reg->VMOLR[pool], vir = reg->VMVIR[pool];
    uint32_t spoof = reg->PFVFSPOOF[pool / 8] >> (pool % 8);
    v->enabled_rx = reg->VFRE[pool / 32] & bit;
    /* Disabling a pool stops the fetching of its descriptors; what the chip has already fetched still leaves. */
    v->enabled_tx = (reg->VFTE[pool / 32] & bit) || chip_pool_owner(n, pool)->s.tx_in_buffer;
    v->accept_broadcast = olr & IXGBE_VMOLR_BAM;
    v->vlan_filter = reg->VLNCTRL & IXGBE_VLNCTRL_VFE;
    v->accept_untagged = (olr & IXGBE_VMOLR_AUPE) || !v->vlan_filter;
    v->accept_multicast_hash = olr & IXGBE_VMOLR_ROMPE;
    v->accept_unicast_hash = olr & IXGBE_VMOLR_ROPE;
    v->multicast_promisc = olr & IXGBE_VMOLR_MPE;
    v->unicast_promisc = olr & IXGBE_VMOLR_UPE;
    v->mac_antispoof = spoof & 1;
    v->vlan_antispoof = spoof >> IXGBE_SPOOF_VLANAS_SHIFT & 1;
    v->hairpin = reg->VMTXSW[pool / 32] & bit;
    v->prune_source = reg->PFFLP[pool / 32] & bit;
    v->insert_vlan = (vir & IXGBE_VMVIR_VLANA_MASK) == IXGBE_VMVIR_VLANA_DEFAULT;
    v->never_tagged = (vir & IXGBE_VMVIR_VLANA_MASK) == IXGBE_VMVIR_VLANA_NEVER;
    v->port_tci = (uint16_t)vir;
}

void nic82599__switch_pool(struct nic82599 *n, unsigned pool)
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
    v->strip_vlan = (q->rxdctl & IXGBE_RXDCTL_VME) || q->hide_vlan;
}

/* A rule is two words for each of its sets: pools and VLVF entries 0-31, then 32-63 [82599 8.2.3.27.19-21]. */
void nic82599__switch_mirror(struct nic82599 *n, unsigned rule)
{
    const struct pf_registers *reg = &n->s.reg;
    uint32_t control = reg->MRCTL[rule], what = control & 0xf;
    unsigned pool = (control & IXGBE_MRCTL_POOL_MASK) >> IXGBE_MRCTL_POOL_SHIFT;
    uint64_t pools = reg->VMRVM[rule] | (uint64_t)reg->VMRVM[rule + 4] << 32;
    uint64_t vlans = reg->VMRVLAN[rule] | (uint64_t)reg->VMRVLAN[rule + 4] << 32;
    n->sw.mirror[rule] = (struct eswitch_mirror){
        .uplink_in = what & IXGBE_MRCTL_UPME,
        .uplink_out = what & IXGBE_MRCTL_DPME,
        .to = (uint8_t)pool,
        .to_vports = what & IXGBE_MRCTL_VPME ? pools : 0,
        .vlans = what & IXGBE_MRCTL_VLME ? vlans : 0,
    };
    n->sw.mirrors &= ~(1u << rule);
    if (chip_is_virtual(n) && what && pool < n->sw.vport_count)
        n->sw.mirrors |= 1u << rule;
}

/* An EtherType filter may name a pool [ixgbe_type.h IXGBE_ETQF_POOL_ENABLE]. */
void nic82599__switch_type(struct nic82599 *n, unsigned i)
{
    uint32_t etqf = n->s.reg.ETQF[i], pool = (etqf & IXGBE_ETQF_POOL_MASK) >> IXGBE_ETQF_POOL_SHIFT;
    n->sw.type[i] = (struct eswitch_type_entry){
        .type = etqf & IXGBE_ETQF_ETHERTYPE,
        .by_priority = etqf & IXGBE_ETQF_UP_EN,
        .priority = (uint8_t)((etqf & IXGBE_ETQF_UP) >> IXGBE_ETQF_UP_SHIFT),
        .vport = (uint8_t)pool,
    };
    n->sw.types &= ~(1u << i);
    if (chip_is_virtual(n) && (etqf & IXGBE_ETQF_FILTER_EN) && (etqf & IXGBE_ETQF_POOL_ENABLE) && pool < n->sw.vport_count)
        n->sw.types |= 1u << i;
}

void nic82599__switch_all(struct nic82599 *n)
{
    nic82599__switch_tables(n);
    for (unsigned pool = 0; pool < n->sw.vport_count; pool++)
        nic82599__switch_pool(n, pool);
    for (unsigned i = 0; i < ESWITCH_MACS_MAX; i++)
        nic82599__switch_address(n, i);
    for (unsigned i = 0; i < ESWITCH_MIRRORS_MAX; i++)
        nic82599__switch_mirror(n, i);
    for (unsigned i = 0; i < IXGBE_MAX_ETQF_FILTERS; i++)
        nic82599__switch_type(n, i);
}
