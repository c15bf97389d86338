/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ethtool of a NIC's PF and of a VM's interface [ethtool(8)]. What a driver refuses is found out when it is asked. */
#include <string.h>

#include "scenario/model.h"

const struct scn_feature scn_features[SCN_FEATURES] = {
    [SCN_F_RX] = {"rx", "rx-checksumming", "rx-checksum"},
    [SCN_F_TX] = {"tx", "tx-checksumming", "tx-checksum-ip-generic"},
    [SCN_F_SG] = {"sg", "scatter-gather", "tx-scatter-gather"},
    [SCN_F_TSO] = {"tso", "tcp-segmentation-offload", "tx-tcp-segmentation"},
    [SCN_F_LRO] = {"lro", "large-receive-offload", "rx-lro"},
    [SCN_F_RXVLAN] = {"rxvlan", "rx-vlan-offload", "rx-vlan-hw-parse"},
    [SCN_F_TXVLAN] = {"txvlan", "tx-vlan-offload", "tx-vlan-hw-insert"},
    [SCN_F_RXHASH] = {"rxhash", "receive-hashing", "rx-hashing"},
    [SCN_F_RXVLAN_FILTER] = {"rx-vlan-filter", "rx-vlan-filter", "rx-vlan-filter"},
};

static void parse_rings(struct scn_cursor *c, struct scn_ethtool *t)
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

static void parse_coalesce(struct scn_cursor *c, struct scn_ethtool *t)
{
    static const char *const words[] = {"rx-usecs",    "adaptive-rx", "adaptive-tx",  "rx-frames",
                                        "rx-usecs-irq", "tx-usecs",    "tx-frames",    "tx-usecs-irq", NULL};
    uint64_t n;
    int which = scn_choice(c, "parameter of coalescing", words);
    if (which == 1 || which == 2)
        scn_on_off(c, "adaptive moderation");
    else if (which >= 0 && scn_number(c, "a number", 0, UINT32_MAX, &n))
        t->usecs = (uint32_t)n;
    if (which > 0)
        t->unsupported = words[which];
}

static void parse_channels(struct scn_cursor *c, struct scn_ethtool *t)
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
    const char *words[3 * SCN_FEATURES + 1] = {NULL};
    for (unsigned i = 0; i < SCN_FEATURES; i++) {
        words[i] = scn_features[i].word;
        words[SCN_FEATURES + i] = scn_features[i].name;
        words[2 * SCN_FEATURES + i] = scn_features[i].kernel;
    }
    int which = scn_choice(c, "feature", words);
    return which < 0 ? which : which % SCN_FEATURES;
}

static void parse_features(struct scn_cursor *c, struct scn_ethtool *t)
{
    do {
        int which = find_feature(c);
        if (which < 0)
            return;
        *(scn_on_off(c, "value of a feature") ? &t->on : &t->off) |= 1u << which;
    } while (scn_peek(c));
}

static void parse_key(struct scn_cursor *c, struct scn_ethtool *t)
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

static void parse_weights(struct scn_cursor *c, struct scn_ethtool *t)
{
    uint64_t n;
    while (scn_peek(c) && strchr("0123456789", scn_peek(c)->text[0]) && scn_number(c, "a weight", 0, 1000, &n)) {
        if (t->weights == SCN_WEIGHTS_MAX) {
            scn_fail(c, c->end, "more than %d weights", SCN_WEIGHTS_MAX);
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

static void parse_rss(struct scn_cursor *c, struct scn_ethtool *t)
{
    enum { EQUAL, WEIGHT, DEFAULT, HKEY };
    static const char *const words[] = {"equal", "weight", "default", "hkey", NULL};
    do {
        uint64_t n;
        switch (scn_choice(c, "setting of receive hashing", words)) {
        case EQUAL:
            if (!scn_number(c, "a number of queues", 1, SCN_WEIGHTS_MAX, &n))
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

static void parse_setting(struct scn_cursor *c, struct scn_ethtool *t)
{
    switch (t->letter) {
    case 'G': parse_rings(c, t); break;
    case 'C': parse_coalesce(c, t); break;
    case 'L': parse_channels(c, t); break;
    case 'K': parse_features(c, t); break;
    case 'X': parse_rss(c, t); break;
    case 'N': scn_parse_flow_rule(c, t); break;
    case 'p':
        if (scn_need(c, "mdd"))
            t->on = (uint32_t)scn_on_off(c, "value of mdd");
        break;
    default: break; /* it shows */
    }
}

/* The letter, 0 when there is none; -1 after a message. */
static int parse_letter(struct scn_cursor *c)
{
    static const char *const letters[] = {"-S", "-i", "-c", "-C", "-g", "-G", "-l", "-L", "-k", "-K", "-x", "-X", "-n", "-N", "-a",
                                          "--set-priv-flags", NULL};
    if (scn_peek(c) && scn_peek(c)->text[0] != '-')
        return 0;
    int i = scn_choice(c, "option of ethtool", letters);
    return i < 0 ? -1 : letters[i][1] == '-' ? 'p' : letters[i][1];
}

void scn_parse_ethtool(struct scn_cursor *c, struct scn_item *item)
{
    int letter = parse_letter(c);
    item->verb = SCN_DO_OPERATOR;
    if (letter < 0)
        return;
    scn_start_operator(c, item, SCN_OPER_ETHTOOL);
    item->oper.tool.letter = (char)letter;
    parse_setting(c, &item->oper.tool);
}

void scn_parse_guest_ethtool(struct scn_cursor *c, struct scn_item *item, struct scn_word vm)
{
    int letter = parse_letter(c);
    item->verb = SCN_DO_OPERATOR;
    item->oper = (struct scn_operator){.verb = SCN_OPER_ETHTOOL, .command = item->text, .nic = vm, .of_guest = true};
    if (letter < 0)
        return;
    item->oper.tool.letter = (char)letter;
    scn_need(c, "eth0");
    parse_setting(c, &item->oper.tool);
}
