/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an operator sets of a chip by a register write or two (`ip link`, `bridge`, `ethtool -C`, testpmd's mirror rules),
 * and what his tools read. Writes are posted: they are in force when they reach the chip.
 */
#include <errno.h>
#include <string.h>

#include "pf/pf__.h"

enum pf_effect pf_setting_effect(const struct pf *pf, enum pf_setting setting)
{
    return pf->family->effect ? (enum pf_effect)pf->family->effect[setting] : PF_EFFECT_NOTHING;
}

/* ---- of a VF ---- */

void pf_vf_set_query_rss(struct pf *pf, unsigned vf, bool on)
{
    if (vf < pf__vfs(pf))
        pf->s.vf[vf].admin.query_rss = on;
}

void pf_vf_set_trust(struct pf *pf, unsigned vf, bool trust)
{
    if (vf >= pf__vfs(pf) || pf->s.vf[vf].admin.trust == trust)
        return;
    pf->s.vf[vf].admin.trust = trust;
    if (pf_setting_effect(pf, PF_SETTING_VF_TRUST) == PF_EFFECT_VF)
        pf->family->tell(pf, vf);
}

bool pf_vf_set_link_state(struct pf *pf, unsigned vf, enum pf_link_state state)
{
    if (vf >= pf__vfs(pf))
        return false;
    if (state == PF_LINK_ENABLE && !pf__limits(pf)->forces_link)
        return false;
    pf->s.vf[vf].admin.link_state = (int)state;
    if (state == PF_LINK_DISABLE)
        pf__close(pf, vf, PF_CLOSED_BY_STATE, 0);
    else
        pf__open(pf, vf, PF_CLOSED_BY_STATE);
    pf->family->link_state(pf, vf);
    if (pf->family->tell)
        pf->family->tell(pf, vf);
    return true;
}

const char *pf_vf_rate_refusal(const struct pf *pf, uint32_t mbps)
{
    const struct pf_limits *limits = pf__limits(pf);
    uint64_t link_mbps = port_rate_bps(&pf->nic->uplink) / 1000000;
    if (!pf->s.link_up)
        return "the link is down";
    if (limits->rate_at_full_speed && link_mbps != limits->link_mbps)
        return "the link is not at the chip's full speed";
    return mbps > link_mbps || (mbps && mbps < limits->rate_least_mbps) ? limits->rate_rule : NULL;
}

void pf_set_bridge_mode(struct pf *pf, enum pf_bridge_mode mode)
{
    pf->s.bridge_mode = mode;
    if (pf__is_sriov(pf))
        pf->family->loopback(pf, mode == PF_BRIDGE_VEB);
}

enum pf_bridge_mode pf_get_bridge_mode(const struct pf *pf) { return (enum pf_bridge_mode)pf->s.bridge_mode; }

/* ---- mirror rules ---- */

/* The table's entries of the rule's VLANs; 0 when one is nobody's. */
static uint64_t vlan_entries(const struct pf *pf, const struct pf_mirror *m)
{
    uint64_t entries = 0;
    for (uint32_t v = 0; v < m->vlans; v++) {
        uint64_t before = entries;
        for (unsigned i = 0; i < PF_VLANS_MAX; i++)
            if (pf->s.vlan[i].valid && pf->s.vlan[i].vid == m->vlan[v])
                entries |= UINT64_C(1) << i;
        if (entries == before)
            return 0;
    }
    return entries;
}

static bool names_absent_vf(const struct pf *pf, const struct pf_mirror *m)
{
    uint64_t named = (m->what & PF_MIRROR_POOL_UP ? m->pools : 0) | pf__pool_bit(m->pool);
    for (unsigned v = pf_num_vfs(pf); v < pf__vfs(pf); v++)
        if (named >> v & 1)
            return true;
    return false;
}

int pf_set_mirror(struct pf *pf, unsigned rule, const struct pf_mirror *m)
{
    uint64_t entries = m->what & PF_MIRROR_VLAN ? vlan_entries(pf, m) : 0;
    if (!pf__is_sriov(pf))
        return -ENOTSUP;
    if (rule >= PF_MIRRORS_MAX || m->pool > pf__pool(pf) || (m->what && names_absent_vf(pf, m)))
        return -EINVAL;
    if ((m->what & PF_MIRROR_VLAN) && !entries)
        return -ENOENT;
    if (pf->netqueues && m->what && m->pool == pf__pool(pf)) /* what has a queue of its own would be handed up twice */
        return -EBUSY;
    pf->s.mirror[rule] = *m;
    pf->family->mirror(pf, rule, entries);
    return 0;
}

void pf_get_mirror(const struct pf *pf, unsigned rule, struct pf_mirror *out)
{
    *out = rule < PF_MIRRORS_MAX ? pf->s.mirror[rule] : (struct pf_mirror){0};
}

/* ---- moderation ---- */

int pf_set_coalesce(struct pf *pf, unsigned rx_usecs)
{
    const struct pf_limits *limits = pf__limits(pf);
    if (!limits->moderation_unit_ps)
        return rx_usecs ? -ENOTSUP : 0;
    uint64_t count = rx_usecs * SIM_US / limits->moderation_unit_ps;
    if (count > limits->moderation_most)
        return -EINVAL;
    pf->s.moderation = (uint32_t)count;
    pf->family->moderate(pf);
    return 0;
}

unsigned pf_get_coalesce(const struct pf *pf)
{
    return (unsigned)(pf->s.moderation * (uint64_t)pf__limits(pf)->moderation_unit_ps / SIM_US);
}

/* ---- views ---- */

void pf_get_netdev_stats(const struct pf *pf, struct pf_netdev_stats *out)
{
    *out = (struct pf_netdev_stats){0};
    for (unsigned c = 0; c < PF_RINGS_MAX; c++) {
        const struct pf_channel *ch = &pf->s.channel[c];
        out->rx_packets += ch->rx_frames;
        out->rx_bytes += ch->rx_bytes;
        out->tx_packets += ch->tx_frames;
        out->tx_bytes += ch->tx_bytes;
        out->tx_dropped += ch->tx_full;
        out->rx_errors += ch->rx_strange;
        out->rx_csum_errors += ch->rx_csum_errors;
    }
}

bool pf_get_filter(const struct pf *pf, unsigned i, uint8_t mac[6], uint64_t *pools)
{
    for (unsigned e = 0; e < PF_FILTERS_MAX; e++)
        if (pf->s.filter[e].valid && i-- == 0) {
            memcpy(mac, pf->s.filter[e].mac, 6);
            *pools = pf->s.filter[e].pools;
            return true;
        }
    return false;
}
