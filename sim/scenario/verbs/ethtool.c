/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ethtool of a NIC's PF [ethtool(8)]: what it sets, and how it says that the driver refused: the kernel's own words where it has
 * some [net/ethtool/rings.c, channels.c, coalesce.c, features.c], else the text of the error. What it shows is in ethtool_show.c.
 */
#include <errno.h>
#include <string.h>

#include "scenario/verbs/show.h"

const struct ethtool_feature ethtool_features[FEATURES] = {
    [FEATURE_RX] = {"rx", "rx-checksumming", "rx-checksum"},
    [FEATURE_TX] = {"tx", "tx-checksumming", "tx-checksum-ip-generic"},
    [FEATURE_SG] = {"sg", "scatter-gather", "tx-scatter-gather"},
    [FEATURE_TSO] = {"tso", "tcp-segmentation-offload", "tx-tcp-segmentation"},
    [FEATURE_LRO] = {"lro", "large-receive-offload", "rx-lro"},
    [FEATURE_RXVLAN] = {"rxvlan", "rx-vlan-offload", "rx-vlan-hw-parse"},
    [FEATURE_TXVLAN] = {"txvlan", "tx-vlan-offload", "tx-vlan-hw-insert"},
    [FEATURE_RXHASH] = {"rxhash", "receive-hashing", "rx-hashing"},
    [FEATURE_RXVLAN_FILTER] = {"rx-vlan-filter", "rx-vlan-filter", "rx-vlan-filter"},
};

static void parse_rings(struct scn_cursor *c, struct ethtool_said *t)
{
    static const char *const words[] = {"rx", "tx", NULL};
    do {
        uint64_t n;
        int which = scn_choice(c, "ring", words);
        if (which < 0 || !scn_number(c, "descriptors", 0, UINT32_MAX, &n))
            return;
        *(which ? &t->tx_given : &t->rx_given) = true;
        *(which ? &t->tx : &t->rx) = (uint32_t)n;
    } while (scn_peek(c));
}

static void parse_coalesce(struct scn_cursor *c, struct ethtool_said *t)
{
    static const char *const words[] = {"rx-usecs", "adaptive-rx", "adaptive-tx",  "rx-frames", "rx-usecs-irq",
                                        "tx-usecs", "tx-frames",   "tx-usecs-irq", NULL};
    uint64_t n;
    int which = scn_choice(c, "parameter of coalescing", words);
    if (which == 1 || which == 2)
        scn_on_off(c, "adaptive moderation");
    else if (which >= 0 && scn_number(c, "a number", 0, UINT32_MAX, &n))
        t->usecs = (uint32_t)n;
    if (which > 0)
        t->unsupported = words[which];
}

static void parse_channels(struct scn_cursor *c, struct ethtool_said *t)
{
    static const char *const words[] = {"combined", "rx", "tx", "other", NULL};
    uint64_t n;
    int which = scn_choice(c, "kind of channel", words);
    if (which < 0 || !scn_number(c, "a number of channels", 0, UINT32_MAX, &n))
        return;
    t->combined = (uint32_t)n;
    if (which)
        t->unsupported = words[which];
}

/* By the short word of -K, or by any of the two names. */
static int find_feature(struct scn_cursor *c)
{
    const char *words[3 * FEATURES + 1] = {NULL};
    for (unsigned i = 0; i < FEATURES; i++) {
        words[i] = ethtool_features[i].word;
        words[FEATURES + i] = ethtool_features[i].name;
        words[2 * FEATURES + i] = ethtool_features[i].kernel;
    }
    int which = scn_choice(c, "feature", words);
    return which < 0 ? which : which % FEATURES;
}

static void parse_features(struct scn_cursor *c, struct ethtool_said *t)
{
    do {
        int which = find_feature(c);
        if (which < 0)
            return;
        *(scn_on_off(c, "value of a feature") ? &t->on : &t->off) |= 1u << which;
    } while (scn_peek(c));
}

static void parse_key(struct scn_cursor *c, struct ethtool_said *t)
{
    const struct scn_word *word = scn_take(c, "a key of 40 bytes, as 6d:5a:…");
    if (!word)
        return;
    const char *p = word->text;
    for (unsigned i = 0; i < PF_RSS_KEY_BYTES; i++, p += 3) {
        static const char digits[] = "0123456789abcdef";
        const char *high = *p ? strchr(digits, p[0]) : NULL, *low = high && p[1] ? strchr(digits, p[1]) : NULL;
        if (!low || p[2] != (i + 1 < PF_RSS_KEY_BYTES ? ':' : 0)) {
            scn_fail(c, word->at, "a key is %d bytes of two digits with ':' between, as 6d:5a:…", PF_RSS_KEY_BYTES);
            return;
        }
        t->key[i] = (uint8_t)((high - digits) << 4 | (low - digits));
    }
    t->key_given = true;
}

static void parse_weights(struct scn_cursor *c, struct ethtool_said *t)
{
    uint64_t n;
    while (scn_peek(c) && strchr("0123456789", scn_peek(c)->text[0]) && scn_number(c, "a weight", 0, 1000, &n)) {
        if (t->weights == ETHTOOL_WEIGHTS_MAX) {
            scn_fail(c, c->end, "more than %d weights", ETHTOOL_WEIGHTS_MAX);
            return;
        }
        t->weight[t->weights++] = (uint32_t)n;
    }
    uint64_t sum = 0;
    for (unsigned i = 0; i < t->weights; i++)
        sum += t->weight[i];
    if (!sum)
        scn_fail(c, c->end, "At least one weight must be non-zero"); /* ethtool's words */
}

static void parse_rss(struct scn_cursor *c, struct ethtool_said *t)
{
    enum { EQUAL, WEIGHT, DEFAULT, HKEY };
    static const char *const words[] = {"equal", "weight", "default", "hkey", NULL};
    do {
        uint64_t n;
        switch (scn_choice(c, "setting of receive hashing", words)) {
        case EQUAL:
            if (!scn_number(c, "a number of queues", 1, ETHTOOL_WEIGHTS_MAX, &n))
                return;
            for (t->weights = 0; t->weights < n; t->weights++)
                t->weight[t->weights] = 1;
            break;
        case WEIGHT:
            parse_weights(c, t);
            break;
        case DEFAULT:
            t->to_default = true;
            break;
        case HKEY:
            parse_key(c, t);
            break;
        default:
            return;
        }
    } while (scn_peek(c));
}

void verb__take_ethtool_setting(struct scn_cursor *c, struct ethtool_said *t)
{
    switch (t->letter) {
    case 'G':
        parse_rings(c, t);
        break;
    case 'C':
        parse_coalesce(c, t);
        break;
    case 'L':
        parse_channels(c, t);
        break;
    case 'K':
        parse_features(c, t);
        break;
    case 'X':
        parse_rss(c, t);
        break;
    case 'N':
        verb__take_flow_rule(c, t);
        break;
    case 'p':
        if (scn_need(c, "mdd"))
            t->on = (uint32_t)scn_on_off(c, "value of mdd");
        break;
    default:
        break; /* it shows */
    }
}

/* The letter, 0 when there is none; -1 after a message. */
int verb__take_ethtool_letter(struct scn_cursor *c)
{
    static const char *const letters[] = {
        "-S", "-i", "-c", "-C", "-g", "-G", "-l", "-L", "-k", "-K", "-x", "-X", "-n", "-N", "-a", "--set-priv-flags", NULL};
    if (scn_peek(c) && scn_peek(c)->text[0] != '-')
        return 0;
    int i = scn_choice(c, "option of ethtool", letters);
    return i < 0 ? -1 : letters[i][1] == '-' ? 'p' : letters[i][1];
}

static void parse_ethtool(struct scn_cursor *c, struct scn_item *item)
{
    int letter = verb__take_ethtool_letter(c);
    if (letter < 0)
        return;
    struct operator* said = verb__start_operator(c, item, item->verb, scn_take_word(c, "a NIC"));
    said->tool.letter = (char)letter;
    verb__take_ethtool_setting(c, &said->tool);
}

/* ---- what it says of a refusal ---- */

static void refused(struct world *w, const struct scn_item *item, const char *why)
{
    world__refused(w, item, "netlink error: %s", why);
}

void verb__ethtool_done(struct world *w, unsigned index, int status)
{
    const struct scn_item *item = &w->sc->items[index];
    if (!status)
        return;
    if (oper_of(item)->tool.letter == 'X')
        world__refused(w, item, "Cannot set RX flow hash configuration: %s", verb__error_text(status));
    else
        refused(w, item, verb__error_text(status));
}

/* ---- -G: the driver keeps to its limits and steps, the kernel to the maximum ---- */

static uint32_t fit(uint32_t asked)
{
    uint32_t len = asked < PF_RING_MIN_DESC ? PF_RING_MIN_DESC : asked;
    return (len + PF_RING_STEP_DESC - 1) / PF_RING_STEP_DESC * PF_RING_STEP_DESC;
}

static void set_rings(struct world *w, unsigned index, struct pf *pf)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct ethtool_said *t = &oper_of(item)->tool;
    struct pf_netdev n;
    pf_netdev_get(pf, &n);
    if (t->rx > n.ring_max || t->tx > n.ring_max) {
        refused(w, item, "requested ring size exceeds maximum");
        return;
    }
    struct pf_args args = {.ring_rx = t->rx_given ? fit(t->rx) : n.ring_rx, .ring_tx = t->tx_given ? fit(t->tx) : n.ring_tx};
    verb__ask_pf(w, index, pf, PF_OP_NETDEV_RINGS, &args);
}

static void set_channels(struct world *w, unsigned index, struct pf *pf)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct ethtool_said *t = &oper_of(item)->tool;
    struct pf_netdev n;
    pf_netdev_get(pf, &n);
    if ((t->unsupported && t->combined) || t->combined > n.channels_max)
        refused(w, item, "requested channel count exceeds maximum");
    else if (t->combined)
        verb__ask_pf(w, index, pf, PF_OP_NETDEV_CHANNELS, &(struct pf_args){.channels = t->combined});
    else
        refused(w, item, "requested channel counts would result in no RX or TX channel being configured");
}

/* Below 10 us a driver's transmit queues write back otherwise: into that range and out of it the driver begins anew
 * (PF_SETTING_COALESCE_FAST); 1 is its own choice of moderation. */
static bool is_fast(unsigned usecs) { return usecs != 1 && usecs < 10; }

static void set_coalesce(struct world *w, unsigned index, struct pf *pf)
{
    const struct scn_item *item = &w->sc->items[index];
    unsigned usecs = oper_of(item)->tool.usecs;
    bool was_fast = is_fast(pf_get_coalesce(pf));
    if (oper_of(item)->tool.unsupported)
        refused(w, item, "cannot modify an unsupported parameter");
    else if (pf_set_coalesce(pf, usecs))
        refused(w, item, "Invalid argument");
    else if (pf_setting_effect(pf, PF_SETTING_COALESCE_FAST) == PF_EFFECT_PF && is_fast(usecs) != was_fast)
        verb__ask_pf(w, index, pf, PF_OP_NETDEV_REINIT, &(struct pf_args){.vf = PF_ANY_VF});
}

/* ---- -K ---- */

static const uint32_t pf_bit[FEATURES] = {[FEATURE_RX] = PF_FEATURE_RXCSUM,
                                          [FEATURE_RXVLAN] = PF_FEATURE_RXVLAN,
                                          [FEATURE_TXVLAN] = PF_FEATURE_TXVLAN,
                                          [FEATURE_RXHASH] = PF_FEATURE_RXHASH,
                                          [FEATURE_LRO] = PF_FEATURE_LRO};

uint32_t verb__pf_features(const struct pf *pf, uint32_t *fixed)
{
    struct pf_netdev n;
    uint32_t on = pf_vf_count(pf) ? 1u << FEATURE_RXVLAN_FILTER : 0;
    pf_netdev_get(pf, &n);
    *fixed = 0;
    for (unsigned i = 0; i < FEATURES; i++) {
        on |= n.features & pf_bit[i] ? 1u << i : 0;
        *fixed |= n.changeable & pf_bit[i] ? 0 : 1u << i;
    }
    return on;
}

/* [ethtool netlink/features.c show_feature_changes] */
void show__feature_refusals(struct world *w, const struct scn_item *item, uint32_t on, uint32_t fixed)
{
    const struct ethtool_said *t = &oper_of(item)->tool;
    const struct show s = {.w = w, .line = item->at.line};
    uint32_t wanted = (t->on & ~on) | (t->off & on), refusals = wanted & fixed;
    char time[REPORT_TIME_LEN];
    if (!refusals)
        return;
    SAY(&s, "[%s] # %s", report_format_time(sim_now(w->sim) / SIM_NS, time), item->text);
    SAY(&s, "Actual changes:");
    for (unsigned i = 0; i < FEATURES; i++)
        if (refusals >> i & 1) {
            const char *is = on >> i & 1 ? "on" : "off", *asked = t->on >> i & 1 ? "on" : "off";
            SAY(&s, "%s: %s [requested %s]", ethtool_features[i].kernel, is, asked);
            world__mark_refused(w, item, "%s: %s [requested %s]", ethtool_features[i].kernel, is, asked);
        }
    if (refusals == wanted)
        SAY(&s, "Could not change any device features");
}

static void set_features(struct world *w, unsigned index, struct pf *pf)
{
    const struct scn_item *item = &w->sc->items[index];
    uint32_t fixed, on = verb__pf_features(pf, &fixed), want = ((on | oper_of(item)->tool.on) & ~oper_of(item)->tool.off);
    struct pf_args args = {0};
    show__feature_refusals(w, item, on, fixed);
    want = (want & ~fixed) | (on & fixed);
    for (unsigned i = 0; i < FEATURES; i++)
        args.features |= want >> i & 1 ? pf_bit[i] : 0;
    if (want != on)
        verb__ask_pf(w, index, pf, PF_OP_NETDEV_FEATURES, &args);
}

/* ---- -X ---- */

/* Entries in proportion to the weights [ethtool.c fill_indir_table]. */
static void fill_rss(const struct ethtool_said *t, uint8_t *table, unsigned len)
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
    const struct ethtool_said *t = &oper_of(&w->sc->items[index])->tool;
    struct pf_args args = {.enable = t->key_given, .rss_count = t->weights ? PF_RSS_TABLE_MAX : 0};
    struct pf_netdev n;
    pf_netdev_get(pf, &n);
    if (t->weights)
        fill_rss(t, args.rss_table, PF_RSS_TABLE_MAX);
    memcpy(args.rss_key, t->key, sizeof(args.rss_key));
    if (t->weights > n.channels)
        verb__ethtool_done(w, index, -EINVAL);
    else
        verb__ask_pf(w, index, pf, PF_OP_NETDEV_RSS, &args);
}

static void act_ethtool(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    struct pf *pf = verb__find_pf(w, item, oper_of(item)->nic.text);
    if (!pf)
        return;
    switch (oper_of(item)->tool.letter) {
    case 'G':
        set_rings(w, index, pf);
        break;
    case 'L':
        set_channels(w, index, pf);
        break;
    case 'C':
        set_coalesce(w, index, pf);
        break;
    case 'K':
        set_features(w, index, pf);
        break;
    case 'X':
        set_rss(w, index, pf);
        break;
    case 'N':
        verb__set_flow_rule(w, item, pf);
        break;
    case 'p':
        if (pf_set_mdd(pf, oper_of(item)->tool.on))
            refused(w, item, "Operation not supported");
        break;
    default:
        show__ethtool(w, item);
        break;
    }
}

static const struct verb_form forms[] = {
    {"ethtool [-S|-i|-c|-g|-l|-k|-x|-a] NIC", "what its PF's driver answers", NULL, 0},
    {"ethtool -C NIC rx-usecs N", "moderation of its vectors", NULL, 0},
    {"ethtool -G NIC [rx N] [tx N]", "descriptors of its rings", NULL, 0},
    {"ethtool -L NIC combined N", "queue pairs", NULL, 0},
    {"ethtool -K NIC FEATURE on|off …", "offloads", NULL, 0},
    {"ethtool -N NIC flow-type T [MATCH …] action N|vf N queue N [loc N]", "frames into queues by what they are", NULL, 0},
    {"ethtool -N NIC delete N", "no such rule any more", NULL, 0},
    {"ethtool -n NIC", "its rules", NULL, 0},
    {"ethtool -X NIC [equal N|weight W …|default] [hkey K]", "the redirection table and the key of receive hashing", NULL, 0},
    {"ethtool --set-priv-flags NIC mdd on|off", "malicious driver detection", NULL, 0},
    {NULL},
};

static const struct verb verb_ethtool = {
    .kind = VERB_ACTS,
    .word = "ethtool",
    .place = 120,
    .sentence = "set or show the PF of a NIC, as ethtool(8) does",
    .forms = forms,
    .example = "0 ethtool -G h0.vmnic0 rx 1024",
    .endings = "refused unfinished",
    .parse = parse_ethtool,
    .check = verb__check_operator,
    .act = act_ethtool,
    .done = verb__ethtool_done,
    .ending = world__end_of_requests,
    .vm_of = verb__vm_of_operator,
};
VERB(verb_ethtool);
