/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ethtool sets of a PF, and how it says that the driver refused: the kernel's own words where it has some
 * [net/ethtool/rings.c, channels.c, coalesce.c, features.c], else the text of the error.
 */
#include <errno.h>
#include <string.h>

#include "scenario/show__.h"

/* As glibc names them, which the tools print. */
static const char *error_text(int status)
{
    switch (-status) {
    case EINVAL: return "Invalid argument";
    case EBUSY: return "Device or resource busy";
    case ENOTSUP: return "Operation not supported";
    case ENOMEM: return "Cannot allocate memory";
    case EPERM: return "Operation not permitted";
    case EADDRINUSE: return "Address already in use";
    default: return "Connection timed out";
    }
}

static void refused(struct world *w, const struct scn_item *item, const char *why)
{
    world__refused(w, item, "netlink error: %s", why);
}

void world__netdev_done(struct world *w, unsigned index, int status)
{
    const struct scn_item *item = &w->sc->items[index];
    const char *text = error_text(status);
    if (!status)
        return;
    if (item->oper.verb != SCN_OPER_ETHTOOL)
        world__refused(w, item, "RTNETLINK answers: %s", text);
    else if (item->oper.tool.letter == 'X')
        world__refused(w, item, "Cannot set RX flow hash configuration: %s", text);
    else
        refused(w, item, text);
}

/* ---- -G: the driver keeps to its limits and steps, the kernel to the maximum [ixgbe_ethtool.c ixgbe_set_ringparam] ---- */

static uint32_t fit(uint32_t asked)
{
    uint32_t len = asked < PF_RING_MIN_DESC ? PF_RING_MIN_DESC : asked;
    return (len + PF_RING_STEP_DESC - 1) / PF_RING_STEP_DESC * PF_RING_STEP_DESC;
}

static void set_rings(struct world *w, unsigned index, struct pf *pf)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct scn_ethtool *t = &item->oper.tool;
    struct pf_netdev n;
    pf_netdev_get(pf, &n);
    if (t->rx > n.ring_max || t->tx > n.ring_max) {
        refused(w, item, "requested ring size exceeds maximum");
        return;
    }
    struct pf_args args = {.ring_rx = t->rx_given ? fit(t->rx) : n.ring_rx, .ring_tx = t->tx_given ? fit(t->tx) : n.ring_tx};
    world__ask_pf(w, index, pf, PF_OP_NETDEV_RINGS, &args);
}

static void set_channels(struct world *w, unsigned index, struct pf *pf)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct scn_ethtool *t = &item->oper.tool;
    struct pf_netdev n;
    pf_netdev_get(pf, &n);
    if ((t->unsupported && t->combined) || t->combined > n.channels_max)
        refused(w, item, "requested channel count exceeds maximum");
    else if (t->combined)
        world__ask_pf(w, index, pf, PF_OP_NETDEV_CHANNELS, &(struct pf_args){.channels = t->combined});
    else
        refused(w, item, "requested channel counts would result in no RX or TX channel being configured");
}

/* Below 10 us ixgbe's transmit queues write back otherwise: into that range and out of it the driver begins anew; 1 is
 * its own choice of moderation [ixgbe_ethtool.c ixgbe_set_coalesce]. */
static bool is_fast(unsigned usecs) { return usecs != 1 && usecs < 10; }

static void set_coalesce(struct world *w, unsigned index, struct pf *pf)
{
    const struct scn_item *item = &w->sc->items[index];
    unsigned usecs = item->oper.tool.usecs;
    bool was_fast = is_fast(pf_get_coalesce(pf));
    if (item->oper.tool.unsupported)
        refused(w, item, "cannot modify an unsupported parameter");
    else if (pf_set_coalesce(pf, usecs))
        refused(w, item, "Invalid argument");
    else if (pf_setting_effect(pf, PF_SETTING_COALESCE_FAST) == PF_EFFECT_PF && is_fast(usecs) != was_fast)
        world__ask_pf(w, index, pf, PF_OP_NETDEV_REINIT, &(struct pf_args){.vf = PF_ANY_VF});
}

/* ---- -K ---- */

static const uint32_t pf_bit[SCN_FEATURES] = {[SCN_F_RX] = PF_FEATURE_RXCSUM, [SCN_F_RXVLAN] = PF_FEATURE_RXVLAN,
                                              [SCN_F_TXVLAN] = PF_FEATURE_TXVLAN, [SCN_F_RXHASH] = PF_FEATURE_RXHASH,
                                              [SCN_F_LRO] = PF_FEATURE_LRO};

uint32_t world__pf_features(const struct pf *pf, uint32_t *fixed)
{
    struct pf_netdev n;
    uint32_t on = pf_vf_count(pf) ? 1u << SCN_F_RXVLAN_FILTER : 0;
    pf_netdev_get(pf, &n);
    *fixed = 0;
    for (unsigned i = 0; i < SCN_FEATURES; i++) {
        on |= n.features & pf_bit[i] ? 1u << i : 0;
        *fixed |= n.changeable & pf_bit[i] ? 0 : 1u << i;
    }
    return on;
}

/* [ethtool netlink/features.c show_feature_changes] */
void show__feature_refusals(struct world *w, const struct scn_item *item, uint32_t on, uint32_t fixed)
{
    const struct scn_ethtool *t = &item->oper.tool;
    const struct show s = {.w = w, .line = item->at.line};
    uint32_t wanted = (t->on & ~on) | (t->off & on), refusals = wanted & fixed;
    char time[REPORT_TIME_LEN];
    if (!refusals)
        return;
    SAY(&s, "[%s] # %s", report_format_time(sim_now(w->sim) / SIM_NS, time), item->text);
    SAY(&s, "Actual changes:");
    for (unsigned i = 0; i < SCN_FEATURES; i++)
        if (refusals >> i & 1) {
            const char *is = on >> i & 1 ? "on" : "off", *asked = t->on >> i & 1 ? "on" : "off";
            SAY(&s, "%s: %s [requested %s]", scn_features[i].kernel, is, asked);
            world__mark_refused(w, item, "%s: %s [requested %s]", scn_features[i].kernel, is, asked);
        }
    if (refusals == wanted)
        SAY(&s, "Could not change any device features");
}

static void set_features(struct world *w, unsigned index, struct pf *pf)
{
    const struct scn_item *item = &w->sc->items[index];
    uint32_t fixed, on = world__pf_features(pf, &fixed), want = ((on | item->oper.tool.on) & ~item->oper.tool.off);
    struct pf_args args = {0};
    show__feature_refusals(w, item, on, fixed);
    want = (want & ~fixed) | (on & fixed);
    for (unsigned i = 0; i < SCN_FEATURES; i++)
        args.features |= want >> i & 1 ? pf_bit[i] : 0;
    if (want != on)
        world__ask_pf(w, index, pf, PF_OP_NETDEV_FEATURES, &args);
}

/* ---- -X ---- */

/* Entries in proportion to the weights [ethtool.c fill_indir_table]. */
void world__fill_rss(const struct scn_ethtool *t, uint8_t *table, unsigned len)
{
    uint64_t sum = 0, partial = 0;
    unsigned queue = 0;
    for (unsigned i = 0; i < t->weights; i++)
        sum += t->weight[i];
    bool equal = true;
    for (unsigned i = 1; i < t->weights; i++)
        equal &= t->weight[i] == t->weight[0];
    partial = t->weight[0];
    for (unsigned i = 0; i < len; i++) {
        while (!equal && (uint64_t)i * sum >= len * partial)
            partial += t->weight[++queue];
        table[i] = (uint8_t)(equal ? i % t->weights : queue);
    }
}

static void set_rss(struct world *w, unsigned index, struct pf *pf)
{
    const struct scn_ethtool *t = &w->sc->items[index].oper.tool;
    struct pf_args args = {.enable = t->key_given, .rss_count = t->weights ? PF_RSS_TABLE_MAX : 0};
    struct pf_netdev n;
    pf_netdev_get(pf, &n);
    if (t->weights)
        world__fill_rss(t, args.rss_table, PF_RSS_TABLE_MAX);
    memcpy(args.rss_key, t->key, sizeof(args.rss_key));
    if (t->weights > n.channels)
        world__netdev_done(w, index, -EINVAL);
    else
        world__ask_pf(w, index, pf, PF_OP_NETDEV_RSS, &args);
}

void world__ethtool(struct world *w, unsigned index, struct pf *pf)
{
    const struct scn_item *item = &w->sc->items[index];
    switch (item->oper.tool.letter) {
    case 'G': set_rings(w, index, pf); break;
    case 'L': set_channels(w, index, pf); break;
    case 'C': set_coalesce(w, index, pf); break;
    case 'K': set_features(w, index, pf); break;
    case 'X': set_rss(w, index, pf); break;
    case 'N': world__flow_rule(w, item, pf); break;
    case 'p':
        if (pf_set_mdd(pf, item->oper.tool.on))
            refused(w, item, "Operation not supported");
        break;
    default: world__show_operator(w, item); break;
    }
}
