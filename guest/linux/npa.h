/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's half of the Linux module, part by part:
 *
 *   module.c   binds to the vmxnet3 device: BARs, vectors; what its life is
 *   netdev.c   frames: ndo_start_xmit, NAPI, open and stop
 *   control.c  what the stack sets: address, filters, VLANs, features, MTU
 *   ethtool.c  what ethtool shows and sets
 *   memory.c   memory and registers for the shell's half
 *   os.h       what the two halves ask of each other
 */
#ifndef NPA_LINUX_NPA_H
#define NPA_LINUX_NPA_H

#include <linux/hrtimer.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/workqueue.h>

#include "guest/linux/os.h"

enum { NPA_QUEUES = 8, NPA_RING = 256, NPA_TSO_MAX = 15 << 10, NPA_BYTES_MAX = NPA_TSO_MAX + 256 };

struct npa_vector {
    struct npa_adapter *npa;
    struct napi_struct napi;
    struct sk_buff_head up; /* received and not yet handed up: its poll does that, without the lock */
};

struct npa_adapter {
    struct net_device *dev;
    struct pci_dev *pdev;
    void __iomem *window[OS_WINDOWS];
    u64 vf_page;
    spinlock_t lock; /* around all of the shell's half */
    unsigned int queues;
    struct npa_vector vector[NPA_QUEUES]; /* behind them: the one of events */
    struct work_struct event;
    struct hrtimer timer;
    u32 rx_ring, tx_ring, mbps;
    u64 rx_no_memory;
};
extern struct npa_adapter *npa_the_one; /* NULL: the module has no device */

extern const struct net_device_ops npa_netdev_ops;
extern const struct ethtool_ops npa_ethtool_ops;

int npa_open(struct net_device *dev);
int npa_stop(struct net_device *dev);
int npa_open_again(struct net_device *dev); /* with the filters that it had */
netdev_tx_t npa_start_xmit(struct sk_buff *skb, struct net_device *dev);
int npa_poll(struct napi_struct *napi, int budget);
void npa_event(struct work_struct *work);
enum hrtimer_restart npa_timer(struct hrtimer *timer);

int npa_set_mac(struct net_device *dev, void *address);
void npa_set_rx_mode(struct net_device *dev);
int npa_add_vid(struct net_device *dev, __be16 proto, u16 vid);
int npa_kill_vid(struct net_device *dev, __be16 proto, u16 vid);
int npa_set_features(struct net_device *dev, netdev_features_t features);
int npa_change_mtu(struct net_device *dev, int mtu);
void npa_restore(struct npa_adapter *npa); /* what was set before it was opened */

void npa_free_all(struct npa_adapter *npa);

#endif
