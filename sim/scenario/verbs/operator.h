/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an operator types, in the words of the real tools: what lines of ip, bridge, ethtool and testpmd say and share.
 *
 * A refusal is a note with what the tool would have said, so that the run goes on as the machine would. What has nothing behind it
 * in the model is refused as not modelled.
 */
#ifndef VFSIM_SCENARIO_VERBS_OPERATOR_H
#define VFSIM_SCENARIO_VERBS_OPERATOR_H

#include "scenario/verbs/verbs__.h"

enum { ETHTOOL_WEIGHTS_MAX = 8 };

struct ethtool_said {
    char letter;             /* 0: plain `ethtool DEV` */
    bool rx_given, tx_given; /* -G rx N tx N */
    uint32_t rx, tx;
    uint32_t usecs;          /* -C rx-usecs */
    const char *unsupported; /* a parameter of -C or -L that the driver has not: the word */
    uint32_t combined;       /* -L */
    uint32_t on, off;        /* -K: bits of ethtool_features[] */
    bool to_default, key_given;  /* -X */
    unsigned weights;            /* of -X equal or weight: how many, 0: no new table */
    uint32_t weight[ETHTOOL_WEIGHTS_MAX];
    uint8_t key[PF_RSS_KEY_BYTES];
    struct pf_flow_rule rule; /* -N */
    int rule_slot;            /* -1: any */
    bool rule_delete, rule_has_queue;
};

/* of ethtool -k/-K */
struct ethtool_feature {
    const char *word;   /* "lro", as -K takes it */
    const char *name;   /* "large-receive-offload", as -k prints it */
    const char *kernel; /* "rx-lro", as -K tells what became of it */
};
enum ethtool_feature_bit {
    FEATURE_RX,
    FEATURE_TX,
    FEATURE_SG,
    FEATURE_TSO,
    FEATURE_LRO,
    FEATURE_RXVLAN,
    FEATURE_TXVLAN,
    FEATURE_RXHASH,
    FEATURE_RXVLAN_FILTER,
    FEATURES
};
extern const struct ethtool_feature ethtool_features[FEATURES]; /* ethtool.c */

enum inside { INSIDE_LINK, INSIDE_ADDRESSES, INSIDE_SET_ADDRESS, INSIDE_ETHTOOL }; /* what a tool does inside a VM */

/* what a line says */
struct operator
{
    struct scn_word nic; /* inside a VM: the VM */
    bool details, stats; /* ip -d, -s */
    bool vepa;
    uint8_t mac[6];
    uint32_t count; /* of addresses, one after the other */
    unsigned rule, mtu;
    struct ethtool_said tool;
    struct pf_mirror mirror;
    enum inside inside;
};

static inline struct operator* oper_of(const struct scn_item *item) { return item->said; }

/* What the line says, empty but for its NIC or VM. */
struct operator* verb__start_operator(struct scn_cursor *c, struct scn_item *item, const struct verb *verb, struct scn_word nic);
void verb__check_operator(struct scenario *sc, struct scn_item *item); /* of a NIC */
const char *verb__vm_of_operator(const struct scn_item *item);

struct pf *verb__find_pf(struct world *w, const struct scn_item *item, const char *nic); /* NULL: it is refused */
void verb__ask_pf(struct world *w, unsigned item, struct pf *pf, unsigned op, const struct pf_args *args);
const char *verb__error_text(int status); /* of an -errno, as glibc names it and the tools print it */
void verb__link_done(struct world *w, unsigned item, int status); /* what `ip link set` says of a refusal */
bool verb__take_ip_flags(struct scn_cursor *c, bool *stats, bool *details); /* [-s] [-d] link; false after a message */

/* ethtool.c: a letter and what stands behind its device; -1 after a message */
int verb__take_ethtool_letter(struct scn_cursor *c);
void verb__take_ethtool_setting(struct scn_cursor *c, struct ethtool_said *t);
void verb__ethtool_done(struct world *w, unsigned item, int status);
uint32_t verb__pf_features(const struct pf *pf, uint32_t *fixed); /* bits of ethtool_features[] that are on */

/* ethtool_rules.c: -N */
void verb__take_flow_rule(struct scn_cursor *c, struct ethtool_said *t);
void verb__set_flow_rule(struct world *w, const struct scn_item *item, struct pf *pf);

/* bridge.c: what `bridge fdb add` says, NULL: the line is none. */
const struct operator* verb__added_addresses(const struct scn_item *item);

#endif
