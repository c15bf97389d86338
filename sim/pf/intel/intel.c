/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ixgbe and igb have in common: which operation is which, and what both chips have at different places only (hw.h).
 */
#include "pf/intel/intel.h"

#include <errno.h>
#include <stdio.h>

/* ---- bring-up ---- */

static int set_up(void *owner)
{
    struct pf *pf = owner;
    pf__hw(pf)->set_up(pf);
    return pf->own_vf ? PROCEDURE_NEXT : pf__jump(pf, "start its rings");
}

static int start_rings(void *owner)
{
    pf__hw(owner)->start_rings(owner);
    return PROCEDURE_NEXT;
}

static int let_come(void *owner)
{
    pf__hw(owner)->let_come(owner);
    return PROCEDURE_NEXT;
}

static const struct procedure_step start_steps[] = {
    {"set the chip up", set_up},      {"bring the own VF up", .sub = &pf__ixgbe_own_up},
    {"start its rings", start_rings}, {"read its address", .sub = &pf__own_address},
    {"let VFs come", let_come},
};
const struct procedure_table pf__ixgbe_start = PROCEDURE_TABLE("START", start_steps);

/* ---- which operation is which ---- */

const struct procedure_table *const pf__ixgbe_tables[] = {
    &pf__ixgbe_buffer,
    &pf__ixgbe_ring,
    &pf__ixgbe_rx_fence,
    &pf__ixgbe_tx_fence,
    &pf__ixgbe_own_tx_fence,
    &pf__reset_over,
    &pf__ixgbe_init,
    &pf__ixgbe_activate,
    &pf__ixgbe_quiesce,
    &pf__ixgbe_run_dry,
    &pf__ixgbe_queue_stats,
    &pf__ixgbe_queue_status,
    &pf__ixgbe_tx_rate_apply,
    &pf__ixgbe_move,
    &pf__ixgbe_set_mac,
    &pf__own_address,
    &pf__ixgbe_own_up,
    &pf__ixgbe_start,
    &pf__ixgbe_misc,
    &pf__ixgbe_mdd,
    &pf__ixgbe_save_state,
    &pf__ixgbe_down,
    &pf__ixgbe_up,
    &pf__ixgbe_set_down,
    &pf__ixgbe_set_up_again,
    &pf__ixgbe_reset_pf,
    &pf__ixgbe_restart,
    &pf__ixgbe_set_queue,
    NULL,
};

int pf__ixgbe_dispatch(struct pf *pf, struct pf_op *op)
{
    if (pf_is_netdev_op(op->op))
        return pf__ixgbe_netdev(pf, op);
    switch ((int)op->op) {
    case PF_OP_MISC:
        return pf__follow(pf, &pf__ixgbe_misc);
    case PF_OP_RX_FENCE:
        return pf__follow(pf, &pf__ixgbe_rx_fence);
    case PF_OP_TX_FENCE:
        return pf__follow(pf, &pf__ixgbe_tx_fence);
    case PF_OP_PF_TX_FENCE:
        return pf__follow(pf, &pf__ixgbe_own_tx_fence);
    case PF_OP_PF_FLR:
        return pf__follow(pf, &pf__ixgbe_reset_pf);
    case VMK_NETPTOP_VF_SAVE_STATE:
        return pf__follow(pf, &pf__ixgbe_save_state);
    default:
        return pf__is_sriov(pf) ? pf__ixgbe_vf_run(pf, op) : -ENOTSUP;
    }
}

void pf__ixgbe_vf_info(const struct pf *pf, unsigned vf, struct pf_vf_info *out)
{
    out->bar_bytes = pf__hw(pf)->vf_bar_bytes;
    snprintf(out->plugin_name, sizeof(out->plugin_name), "%s", pf->nic->model->vf_plugin);
    /* The words of the plugin's header, guest/plugins/…: queue pairs, vectors, flags, throttle. */
    out->device_info[0] = pf->queues;
    out->device_info[1] = pf__limits(pf)->vf_vectors;
    /* bit 0: the chip spreads frames over queues; bit 1: it may coalesce segments */
    out->device_info[2] = (uint32_t)pf->s.rss_on | (pf->s.features & PF_FEATURE_LRO ? 2 : 0);
    out->device_info[3] = pf->s.vf[vf].eitr;
    out->fn = pf->nic->vf[vf];
    out->queues = pf->queues;
    out->vectors = pf__limits(pf)->vf_vectors;
}

/* ---- the switch ---- */

uint32_t pf__ixgbe_olr(uint32_t what)
{
    return (what & PF_ACCEPT_UNTAGGED ? IXGBE_VMOLR_AUPE : 0) | (what & PF_ACCEPT_BROADCAST ? IXGBE_VMOLR_BAM : 0) |
           (what & PF_ACCEPT_GROUPS ? IXGBE_VMOLR_ROMPE : 0) | (what & PF_ACCEPT_ALL_GROUPS ? IXGBE_VMOLR_MPE : 0);
}

void pf__ixgbe_groups(struct pf *pf, unsigned word) { pf__write(pf, pf__hw(pf)->mta + 4 * word, pf->s.groups[word]); }

/* VLAN 0 with a priority tags what the VF sends [igb_main.c igb_enable_port_vlan, ixgbe_sriov.c ixgbe_ndo_set_vf_vlan; ixgbe also
 * takes untagged frames from the VF until its next reset, which nobody can want]. */
void pf__ixgbe_port_vlan(struct pf *pf, unsigned vf)
{
    const struct pf_vf *v = &pf->s.vf[vf];
    pf__write(pf, pf__hw(pf)->vmvir + 4 * vf, v->vlan || v->qos ? IXGBE_VMVIR_VLANA_DEFAULT | (uint32_t)v->qos << 13 | v->vlan : 0);
}

void pf__ixgbe_link_state(struct pf *pf, unsigned vf)
{
    bool active = pf->s.vf[vf].state == PF_VF_ACTIVE;
    pf__ixgbe_vf_enable(pf, vf, active, active);
}

/* Its driver resets itself and asks [ixgbe_sriov.c ixgbe_set_vf_link_state]. */
void pf__ixgbe_tell(struct pf *pf, unsigned vf) { pf__ixgbe_ping(pf, vf, true); }

/* ---- mirror rules: destination, then sets, then what [DPDK ixgbe_mirror_rule_set] ---- */

_Static_assert((int)PF_MIRROR_POOL_UP == IXGBE_MRCTL_VPME && (int)PF_MIRROR_UPLINK == IXGBE_MRCTL_UPME &&
                   (int)PF_MIRROR_DOWNLINK == IXGBE_MRCTL_DPME && (int)PF_MIRROR_VLAN == IXGBE_MRCTL_VLME,
               "the kinds of rules are the chips' bits");

static void mirror_set(struct pf *pf, uint32_t base, unsigned rule, uint64_t set)
{
    pf__write(pf, base + 4 * rule, (uint32_t)set);
    if (pf__hw(pf)->two_words)
        pf__write(pf, base + 4 * (rule + PF_MIRRORS_MAX), (uint32_t)(set >> 32));
}

void pf__ixgbe_mirror(struct pf *pf, unsigned rule, uint64_t vlan_entries)
{
    const struct pf_mirror *m = &pf->s.mirror[rule];
    const struct intel_hw *hw = pf__hw(pf);
    pf__write(pf, hw->mrctl + 4 * rule, 0);
    mirror_set(pf, hw->vmrvm, rule, m->pools);
    mirror_set(pf, hw->vmrvlan, rule, vlan_entries);
    if (m->what)
        pf__write(pf, hw->mrctl + 4 * rule, m->what | m->pool << IXGBE_MRCTL_POOL_SHIFT);
}

/* The PF hears what comes from the network and what goes there; what VFs say to each other no rule of the chip shows but that of a
 * VLAN. Without VFs it hears all anyway. */
void pf__ixgbe_mirror_all(struct pf *pf, bool on)
{
    enum { RULE = PF_MIRRORS_MAX - 1 }; /* an operator's rules begin at 0 */
    const struct intel_hw *hw = pf__hw(pf);
    mirror_set(pf, hw->vmrvm, RULE, pf__pool_bit(pf__vfs(pf)) - 1);
    pf__write(pf, hw->mrctl + 4 * RULE,
              on ? IXGBE_MRCTL_VPME | IXGBE_MRCTL_UPME | IXGBE_MRCTL_DPME | pf__pool(pf) << IXGBE_MRCTL_POOL_SHIFT : 0);
}

/* ---- its own vectors ---- */

void pf__ixgbe_moderate(struct pf *pf)
{
    const struct intel_hw *hw = pf__hw(pf);
    if (pf->own_vf)
        pf__ixgbe_own_throttle(pf);
    for (unsigned i = 0; i < pf__rings(pf) && !pf->own_vf; i++)
        pf__write(pf, hw->eitr0 + 4 * pf__vector_of(pf__ring(pf, i)), pf->s.moderation << hw->eitr_shift);
}

/* ---- what Linux's drivers do beyond a setting ---- */

enum { NOTHING = PF_EFFECT_NOTHING, VF = PF_EFFECT_VF, PF = PF_EFFECT_PF, NOT_HERE = PF_EFFECT_NOT_HERE };

enum {
#define EFFECT(name, ixgbe, ixgbe_where, igb, igb_where) EFFECT_##name,
#include "pf/intel/effects.def"
#undef EFFECT
    EFFECTS
};
_Static_assert((int)EFFECTS == (int)PF_SETTINGS, "an effect for each setting");

#define EFFECT(name, ixgbe, ixgbe_where, igb, igb_where) [PF_SETTING_##name] = (ixgbe),
const uint8_t pf__ixgbe_effect[PF_SETTINGS] = {
#include "pf/intel/effects.def"
};
#undef EFFECT
#define EFFECT(name, ixgbe, ixgbe_where, igb, igb_where) [PF_SETTING_##name] = (igb),
const uint8_t pf__igb_effect[PF_SETTINGS] = {
#include "pf/intel/effects.def"
};
#undef EFFECT
