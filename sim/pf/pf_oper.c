/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an operator sets of a chip by a register write or two (`ip link`, `bridge`, `ethtool -C`, testpmd's mirror rules),
 * and what his tools read. Writes are posted: they are in force when they reach the chip.
 */
#include <errno.h>
#include <string.h>

#include "pf/pf__.h"

/* ---- what the driver does beyond a setting ---- */

enum { NOTHING = PF_EFFECT_NOTHING, VF = PF_EFFECT_VF, PF = PF_EFFECT_PF, NOT_HERE = PF_EFFECT_NOT_HERE };

#define SETTING(name, typed, ixgbe, ixgbe_where, igb, igb_where) [PF_SETTING_##name] = (ixgbe),
static const uint8_t of_ixgbe[PF_SETTINGS] = {
#include "pf/settings.def"
};
#undef SETTING
#define SETTING(name, typed, ixgbe, ixgbe_where, igb, igb_where) [PF_SETTING_##name] = (igb),
static const uint8_t of_igb[PF_SETTINGS] = {
#include "pf/settings.def"
};
#undef SETTING

/* The UPT NIC is ours, and so is its driver: its VFs know no mailbox, so none can be told, and none is disturbed. */
enum pf_effect pf_setting_effect(const struct pf *pf, enum pf_setting setting)
{
    if (pf->chip == &pf__upt)
        return PF_EFFECT_NOTHING;
    return (enum pf_effect)(pf->chip == &pf__igb ? of_igb : of_ixgbe)[setting];
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
        pf__ixgbe_ping(pf, vf, true);
}

bool pf_vf_set_link_state(struct pf *pf, unsigned vf, enum pf_link_state state)
{
    if (vf >= pf__vfs(pf))
        return false;
    if (state == PF_LINK_ENABLE && !pf->chip->vport)
        return false;
    pf->s.vf[vf].admin.link_state = (int)state;
    if (state == PF_LINK_DISABLE)
        pf__close(pf, vf, PF_CLOSED_BY_STATE, 0);
    else
        pf__open(pf, vf, PF_CLOSED_BY_STATE);
    bool active = pf->s.vf[vf].state == PF_VF_ACTIVE;
    if (pf->chip->vport) {
        pf->chip->vport(pf, vf);
        return true;
    }
    pf__ixgbe_vf_enable(pf, vf, active, active);
    pf__ixgbe_ping(pf, vf, true); /* its driver resets itself and asks [ixgbe_sriov.c ixgbe_set_vf_link_state] */
    return true;
}

/* [ixgbe_sriov.c ixgbe_ndo_set_vf_bw, igb_main.c igb_ndo_set_vf_bw] Both ask for a link, ixgbe for its full speed. */
const char *pf_vf_rate_refusal(const struct pf *pf, uint32_t mbps)
{
    uint64_t link_mbps = port_rate_bps(&pf->nic->uplink) / 1000000;
    bool is_igb = pf->chip == &pf__igb;
    if (!pf->s.link_up)
        return "the link is down";
    if (!is_igb && link_mbps != pf__hw(pf)->link_mbps)
        return "the link is not at the chip's full speed";
    if (mbps > link_mbps || (mbps && mbps < pf__hw(pf)->rate_least_mbps))
        return is_igb ? "a limit is at most the link's speed" : "a limit is above 10 Mb/s and at most the link's speed";
    return NULL;
}

void pf_set_bridge_mode(struct pf *pf, enum pf_bridge_mode mode)
{
    pf->s.bridge_mode = mode;
    if (pf__is_sriov(pf))
        pf__hw(pf)->loopback(pf, mode == PF_BRIDGE_VEB);
}

enum pf_bridge_mode pf_get_bridge_mode(const struct pf *pf) { return (enum pf_bridge_mode)pf->s.bridge_mode; }

/* ---- mirror rules: destination, then sets, then what [DPDK ixgbe_mirror_rule_set] ---- */

/* The VLVF entries of the rule's VLANs; 0 when one is nobody's. */
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
    uint64_t named = (m->what & PF_MIRROR_POOL_UP ? m->pools : 0) | UINT64_C(1) << m->pool;
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
    pf->s.mirror[rule] = *m;
    const struct pf_hw *hw = pf__hw(pf);
    pf__write(pf, hw->mrctl + 4 * rule, 0);
    pf__write(pf, hw->vmrvm + 4 * rule, (uint32_t)m->pools);
    if (hw->two_words)
        pf__write(pf, hw->vmrvm + 4 * (rule + 4), (uint32_t)(m->pools >> 32));
    pf__write(pf, hw->vmrvlan + 4 * rule, (uint32_t)entries);
    if (hw->two_words)
        pf__write(pf, hw->vmrvlan + 4 * (rule + 4), (uint32_t)(entries >> 32));
    if (m->what)
        pf__write(pf, hw->mrctl + 4 * rule, m->what | m->pool << IXGBE_MRCTL_POOL_SHIFT);
    return 0;
}

void pf_get_mirror(const struct pf *pf, unsigned rule, struct pf_mirror *out)
{
    *out = rule < PF_MIRRORS_MAX ? pf->s.mirror[rule] : (struct pf_mirror){0};
}

/* ---- moderation: EITR counts 2.048 us in bits 11:3, the 82576's 1 us in bits 14:2 ---- */

int pf_set_coalesce(struct pf *pf, unsigned rx_usecs)
{
    if (!pf__hw(pf)->eitr_unit_ps)
        return rx_usecs ? -ENOTSUP : 0; /* a chip that does not moderate */
    uint64_t count = rx_usecs * SIM_US / pf__hw(pf)->eitr_unit_ps;
    if (count > pf__hw(pf)->eitr_max_count)
        return -EINVAL;
    pf->s.eitr_count = (uint32_t)count;
    if (pf->own_vf)
        pf__own_throttle(pf);
    for (unsigned c = 0; c < pf->s.channels && !pf->own_vf; c++)
        pf__write(pf, pf__hw(pf)->eitr0 + 4 * pf__vector_of(c), pf->s.eitr_count << pf__hw(pf)->eitr_shift);
    return 0;
}

unsigned pf_get_coalesce(const struct pf *pf)
{
    return (unsigned)(pf->s.eitr_count * (uint64_t)pf__hw(pf)->eitr_unit_ps / SIM_US);
}

/* ---- views ---- */

void pf_get_netdev_stats(const struct pf *pf, struct pf_netdev_stats *out)
{
    *out = (struct pf_netdev_stats){0};
    for (unsigned c = 0; c < PF_CHANNELS_MAX; c++) {
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
