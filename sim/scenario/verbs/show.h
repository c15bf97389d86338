/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the printing of operators' tools shares: one NIC, and lines into the report (show.c). */
#ifndef VFSIM_SCENARIO_VERBS_SHOW_H
#define VFSIM_SCENARIO_VERBS_SHOW_H

#include "scenario/verbs/operator.h"

enum { SHOW_MAC_LEN = 18 };

#define SAY(s, ...) world__note((s)->w, WORLD_SHOWN, (s)->line, __VA_ARGS__)

struct show_pair {
    uint32_t most, now;
};

struct show {
    struct world *w;
    uint32_t line;
    unsigned number; /* as ip link counts */
    const struct scn_nic *said;
    const struct nic *nic;
    struct pf *pf;
    bool up;
};

/* Prints the command with its time. */
struct show show__open(struct world *w, const struct scn_item *item, const char *nic, const char *command);
const char *show__mac(const uint8_t mac[6], char buf[SHOW_MAC_LEN]);
const char *show__flags(const struct show *s);
void show__link(const struct show *s);
void show__vf(const struct show *s, unsigned vf);

/* ethtool_show.c: of a PF; and what a VM's interface shares with it (guest_tools.c) */
void show__ethtool(struct world *w, const struct scn_item *item);
void show__flow_rules(const struct show *s); /* ethtool_rules.c */
void show__rings(struct world *w, uint32_t line, const char *dev, const struct show_pair *rx, const struct show_pair *tx);
/* What -K could not change, as it says so. */
void show__feature_refusals(struct world *w, const struct scn_item *item, uint32_t on, uint32_t fixed);
void show__features(struct world *w, uint32_t line, const char *dev, uint32_t on, uint32_t fixed);
void show__rss(struct world *w, uint32_t line, const char *dev, const uint8_t *table, unsigned len, unsigned queues,
               const uint8_t *key);

/* guest_vf.c: inside a VM: a VF's own driver, the master over it, or no device at all. rx_mode: 1 promiscuous, 2 all groups. */
struct host_netdev;
void show__guest_link(const struct show *s, const uint8_t mac[6], uint32_t rx_mode, unsigned mtu);
void show__guest_vf(const struct show *s, const struct scn_item *item, const struct vm *vm, const struct pf *pf,
                    const struct host_netdev *net);
void show__guest_addresses(const struct show *s, const struct scn_item *item, const struct host_netdev *net);
void show__guest_vf_set(const struct show *s, const struct scn_item *item, const struct host_netdev *net);

#endif
