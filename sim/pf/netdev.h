/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PF is a network interface of its host, too: what `ip link` and `ethtool` set and show of it.
 *
 * Settings are operations like those of pf.h (pf_admin_request(), they take time and end as an event). New rings, channels or
 * another MTU need the driver's own reset: it lets what is in its queues leave, resets the chip and starts again, and all
 * VFs' drivers with it (pf/settings.def). What comes meanwhile finds no receiver, and what the virtual switch sends ends as
 * tx_disabled: a real driver loses frames there too.
 *
 * Channels: queue pairs of the PF's pool, each with its vector and its core. Under SR-IOV a pool has as many queues as a VF
 * (2, or 4), else there are PF_CHANNELS_MAX. More than one needs RSS, whose table and key the chip has only once: who changes
 * them while a VF has set others is refused -EBUSY.
 */
#ifndef VFSIM_PF_NETDEV_H
#define VFSIM_PF_NETDEV_H

#include "pf/pf.h"

enum { PF_CHANNELS_MAX = 4, PF_RING_MIN_DESC = 64, PF_RING_STEP_DESC = 8, PF_MTU_MIN = 68, PF_MTU_MAX = 9198 };

/* What they take from pf_args is in brackets. -EINVAL: outside the limits; -EBUSY: see above, or an address of a VF. */
enum pf_netdev_op {
    PF_OP_NETDEV_RINGS = 0x110, /* [ring_rx, ring_tx] descriptors, 64 … 4096, multiples of 8 */
    PF_OP_NETDEV_CHANNELS,      /* [channels] */
    PF_OP_NETDEV_FEATURES,      /* [features] the new set; bits that cannot change are kept as they are */
    PF_OP_NETDEV_RSS,           /* [rss_count, rss_table] when rss_count; [rss_key] when enable; both 0: the default table */
    PF_OP_NETDEV_ADDRESS,       /* [mac] */
    PF_OP_NETDEV_MTU,           /* [mtu] */
    PF_OP_NETDEV_DOWN,          /* `ip link set NIC down`; what is set meanwhile comes into force with UP */
    PF_OP_NETDEV_UP,
    PF_OP_NETDEV_REINIT,        /* both, as after a transmit hang */
};
static inline bool pf_is_netdev_op(uint32_t op) { return op >= PF_OP_NETDEV_RINGS && op <= PF_OP_NETDEV_REINIT; }

/* bits; the words of `ethtool -k` are the scenario's matter */
enum pf_feature {
    PF_FEATURE_RXCSUM = 1, /* believe the chip's verdict on checksums: wrong ones are counted */
    PF_FEATURE_RXVLAN = 2, /* the chip takes tags off */
    PF_FEATURE_TXVLAN = 4, /* the chip puts tags on, by a context descriptor before the frame's */
    PF_FEATURE_RXHASH = 8, /* not an operator's choice: on with more than one channel */
    PF_FEATURE_LRO = 16,   /* large receives for VFs whose plugins are loaded from now on; off takes them from all. Not the PF's
                            * own: what it receives is forwarded. Changing it restarts nothing. */
};

struct pf_netdev {
    uint32_t ring_rx, ring_tx, ring_max;
    uint32_t channels, channels_max;
    uint32_t features, changeable; /* enum pf_feature */
    uint32_t mtu;
    uint8_t mac[6];
    uint8_t rss_table[PF_RSS_TABLE_MAX]; /* queues of the PF, as its queues read the chip's table */
    uint8_t rss_key[PF_RSS_KEY_BYTES];
};
void pf_netdev_get(const struct pf *pf, struct pf_netdev *out);

/* Rules of ethtool -N. In force when the register writes have reached the chip. Slots 0 … 127 are 5-tuples (of two that match
 * the lower one wins), 128 … 135 EtherTypes. */
enum { PF_FLOW_RULES_MAX = 136 };
enum pf_flow_type { PF_FLOW_TCP4, PF_FLOW_UDP4, PF_FLOW_SCTP4, PF_FLOW_IP4, PF_FLOW_ETHER };
enum pf_flow_given { PF_FLOW_SRC_IP = 1, PF_FLOW_DST_IP = 2, PF_FLOW_SRC_PORT = 4, PF_FLOW_DST_PORT = 8 };
struct pf_flow_rule {
    uint8_t type;              /* enum pf_flow_type */
    bool valid;
    uint8_t src_ip[4], dst_ip[4];
    uint16_t src_port, dst_port, ether_type;
    uint32_t given;            /* what counts of addresses and ports */
    int32_t vf;                /* whose queue; -1: the PF's */
    uint32_t queue;
};
/* -EINVAL no such slot, VF or queue; -ENOTSUP not this chip; -ENOENT; -ENOSPC */
int pf_set_flow_rule(struct pf *pf, unsigned slot, const struct pf_flow_rule *rule);
int pf_delete_flow_rule(struct pf *pf, unsigned slot);
int pf_find_flow_slot(const struct pf *pf, enum pf_flow_type type);
bool pf_get_flow_rule(const struct pf *pf, unsigned slot, struct pf_flow_rule *out); /* false past the end; look at valid */

/* without the FCS */
struct pf_channel_stats {
    uint64_t rx_packets, tx_packets, rx_bytes, tx_bytes;
};
void pf_netdev_channel_stats(const struct pf *pf, unsigned channel, struct pf_channel_stats *out);

/* How far from mem_base the driver has ever used its memory; beyond it there are zeroes. */
uint64_t pf_memory_used(const struct pf *pf);

#endif
