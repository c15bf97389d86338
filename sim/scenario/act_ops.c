/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What operators set: VFs, the switch's mode, its addresses and mirror rules, moderation. A refusal is a note with what the
 * tool would have said, so that the run goes on as the machine would.
 */
#include <errno.h>
#include <string.h>

#include "scenario/world/world__.h"

static struct pf *find_pf(struct world *w, const struct scn_item *item, const char *nic)
{
    const struct scn_name *name = scn_find(w->sc, nic, SCN_BIT(SCN_NIC));
    struct pf *pf = host_find_pf(w->hosts[w->sc->nics[name->index].host], nic);
    if (!pf)
        world__refused(w, item, "the NIC has no PF driver");
    return pf;
}

void world__ask_pf(struct world *w, unsigned index, struct pf *pf, unsigned op, const struct pf_args *args)
{
    w->st.outstanding++;
    w->acts[index].asked++;
    pf_admin_request(pf, (enum vmk_netptop)op, args, &w->comp, WORLD_ADMIN_DONE, index);
}

/* What the kernel's ixgbe and igb refuse, and the words in which ip(8) says so. */
static bool is_refused(struct world *w, const struct scn_item *item, const struct pf *pf)
{
    const struct scn_vf_set *set = &item->vf_set;
    const char *answer = NULL, *why = "";
    if (set->vf >= pf_num_vfs(pf)) { /* [ixgbe_sriov.c ixgbe_ndo_set_vf_mac and its sisters; igb_main.c] */
        answer = "Invalid argument";
        why = "the VF is not there: sriov_numvfs says how many are";
    } else if (set->guid) {
        answer = "Operation not supported";
        why = "GUIDs are InfiniBand's; an Ethernet VF has a MAC address";
    } else if (set->proto_ad) {
        answer = "Protocol not supported";
        why = "the chip inserts 802.1Q tags only";
    } else if (set->min_rate_given && set->min_rate) {
        answer = "Invalid argument";
        why = "the chip can limit a VF, not guarantee it a rate";
    } else if (set->max_rate_given && pf_vf_rate_refusal(pf, set->max_rate)) {
        answer = "Invalid argument";
        why = pf_vf_rate_refusal(pf, set->max_rate);
    } else if ((set->state >= 0 && pf_setting_effect(pf, PF_SETTING_VF_STATE) == PF_EFFECT_NOT_HERE) ||
               (set->query_rss >= 0 && pf_setting_effect(pf, PF_SETTING_VF_QUERY_RSS) == PF_EFFECT_NOT_HERE)) {
        answer = "Operation not supported";
        why = "the NIC's driver has no such setting of a VF";
    }
    if (answer)
        world__refused(w, item, "RTNETLINK answers: %s (%s)", answer, why);
    return answer;
}

void world__set_vf(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct scn_vf_set *set = &item->vf_set;
    struct pf *pf = find_pf(w, item, set->nic.text);
    struct pf_args args = {.vf = (int32_t)set->vf};
    if (!pf || is_refused(w, item, pf))
        return;
    if (set->mac_given) {
        memcpy(args.mac, set->mac, 6);
        world__ask_pf(w, index, pf, VMK_NETPTOP_VF_SET_MAC, &args);
    }
    if (set->vlan_given) {
        args = (struct pf_args){.vf = (int32_t)set->vf,
                                .enable = set->vlan || set->qos,
                                .first_vlan = (uint16_t)set->vlan,
                                .qos = (uint8_t)set->qos};
        world__ask_pf(w, index, pf, VMK_NETPTOP_VF_SET_DEFAULT_VLAN, &args);
    }
    if (set->spoofchk >= 0) {
        args = (struct pf_args){.vf = (int32_t)set->vf, .enable = (uint8_t)set->spoofchk};
        world__ask_pf(w, index, pf, VMK_NETPTOP_VF_SET_ANTISPOOF, &args);
    }
    if (set->max_rate_given) {
        args = (struct pf_args){.vf = (int32_t)set->vf, .rate = set->max_rate};
        world__ask_pf(w, index, pf, PF_OP_VF_SET_TX_RATE, &args);
    }
    if (set->trust >= 0)
        pf_vf_set_trust(pf, set->vf, set->trust);
    if (set->query_rss >= 0)
        pf_vf_set_query_rss(pf, set->vf, set->query_rss);
    if (set->state >= 0 && !pf_vf_set_link_state(pf, set->vf, (enum pf_link_state)set->state)) /* the kernel's log says */
        world__note(w, WORLD_NOTE, item->at.line, "%s: NDO set VF %u link state %d - not supported", item->text, set->vf,
                    set->state);
}

/* ---- bridge fdb: one address after the other, as a shell's loop would ---- */

static void next_address(struct world *w, unsigned index, struct pf *pf)
{
    const struct scn_operator *oper = &w->sc->items[index].oper;
    struct world_tally *tally = &w->tallies[index];
    struct pf_args args = {.vf = PF_ANY_VF};
    uint64_t key = mac_key(oper->mac) + tally->asked++;
    for (unsigned b = 0; b < 6; b++)
        args.mac[b] = (uint8_t)(key >> (40 - 8 * b));
    world__ask_pf(w, index, pf,
            oper->verb == SCN_OPER_FDB_ADD ? VMK_NETPTOP_PF_ADD_MAC_FILTER : VMK_NETPTOP_PF_DEL_MAC_FILTER, &args);
}

void world__operated(struct world *w, unsigned index, int status)
{
    const struct scn_item *item = &w->sc->items[index];
    struct world_tally *tally = &w->tallies[index];
    if (item->oper.verb != SCN_OPER_FDB_ADD && item->oper.verb != SCN_OPER_FDB_DEL) {
        world__netdev_done(w, index, status);
        return;
    }
    if (status) { /* the loop ends at the first refusal */
        world__refused(w, item, "address %u: RTNETLINK answers: %s",
                    (unsigned)tally->asked,
                    status == -ENOSPC   ? "Cannot allocate memory (no receive address register left)"
                    : status == -EEXIST ? "File exists"
                    : status == -EINVAL ? "No such file or directory"
                                        : world__errno_text(status));
        return;
    }
    tally->done++;
    tally->last = sim_now(w->sim);
    if (tally->asked < item->oper.count)
        next_address(w, index, find_pf(w, item, item->oper.nic.text));
}

static void set_mirror(struct world *w, const struct scn_item *item, struct pf *pf)
{
    int status = pf_set_mirror(pf, item->oper.rule, &item->oper.mirror);
    if (status)
        world__refused(w, item, "mirror rule %u: %s", item->oper.rule,
                    status == -ENOENT   ? "no VF is in this VLAN"
                    : status == -EINVAL ? "Invalid argument (no such rule, or a VF that is not there)"
                                        : world__errno_text(status));
}

/* [net/core/dev.c dev_validate_mtu] */
static void set_mtu(struct world *w, unsigned index, struct pf *pf)
{
    const struct scn_item *item = &w->sc->items[index];
    unsigned mtu = item->oper.mtu;
    if (mtu < PF_MTU_MIN || mtu > PF_MTU_MAX)
        world__refused(w, item, "Error: mtu %s",
                    mtu < PF_MTU_MIN ? "less than device minimum." : "greater than device maximum.");
    else
        world__ask_pf(w, index, pf, PF_OP_NETDEV_MTU, &(struct pf_args){.mtu = (uint16_t)mtu});
}

void world__operate(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct scn_operator *oper = &item->oper;
    if (oper->of_guest) {
        world__guest_tool(w, index);
        return;
    }
    struct pf *pf = find_pf(w, item, oper->nic.text);
    if (!pf)
        return;
    switch (oper->verb) {
    case SCN_OPER_BRIDGE_MODE:
        if (pf_vf_count(pf))
            pf_set_bridge_mode(pf, oper->vepa ? PF_BRIDGE_VEPA : PF_BRIDGE_VEB);
        else
            world__refused(w, item, "RTNETLINK answers: Operation not supported");
        break;
    case SCN_OPER_FDB_ADD:
    case SCN_OPER_FDB_DEL:
        w->tallies[index] = (struct world_tally){.first = sim_now(w->sim)};
        next_address(w, index, pf);
        break;
    case SCN_OPER_MIRROR:
        set_mirror(w, item, pf);
        break;
    case SCN_OPER_ETHTOOL:
        world__ethtool(w, index, pf);
        break;
    case SCN_OPER_LINK_MTU:
        set_mtu(w, index, pf);
        break;
    case SCN_OPER_LINK_ADDRESS: {
        struct pf_args args = {.vf = PF_ANY_VF};
        memcpy(args.mac, oper->mac, 6);
        world__ask_pf(w, index, pf, PF_OP_NETDEV_ADDRESS, &args);
        break;
    }
    case SCN_OPER_LINK_STATS:
    case SCN_OPER_BRIDGE_SHOW:
    case SCN_OPER_FDB_SHOW:
        world__show_operator(w, item);
        break;
    }
}
