// SPDX-License-Identifier: GPL-2.0-or-later
/* What the stack sets of the device: it goes to the hypervisor, which allows or refuses, whoever carries the frames. */
#include <linux/delay.h>
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>

#include "guest/linux/npa.h"

enum { GROUPS_MAX = 256, MAC_TRIES = 50, MAC_WAIT_MS = 10 };

/* While it switches the data path a hypervisor refuses another address as it would for good: it is asked for half a second. */
static int say_mac(struct npa_adapter *npa, const u8 *mac)
{
    unsigned int tries = 0;
    int rc;

    do {
        if (tries)
            msleep(MAC_WAIT_MS);
        spin_lock_bh(&npa->lock);
        rc = -(int)shell_set_mac(mac);
        spin_unlock_bh(&npa->lock);
    } while (rc == -EPERM && ++tries < MAC_TRIES);
    return rc;
}

int npa_set_mac(struct net_device *dev, void *address)
{
    struct npa_adapter *npa = netdev_priv(dev);
    const struct sockaddr *to = address;
    int rc = 0;

    if (!is_valid_ether_addr(to->sa_data))
        return -EADDRNOTAVAIL;
    if (netif_running(dev))
        rc = say_mac(npa, to->sa_data);
    if (!rc)
        eth_hw_addr_set(dev, to->sa_data);
    return rc;
}

static void set_filters(struct net_device *dev)
{
    static u8 groups[GROUPS_MAX][ETH_ALEN];
    struct netdev_hw_addr *entry;
    unsigned int count = 0;
    bool all = dev->flags & IFF_ALLMULTI || netdev_mc_count(dev) > GROUPS_MAX;

    netdev_for_each_mc_addr(entry, dev) if (count < GROUPS_MAX) ether_addr_copy(groups[count++], entry->addr);
    if (shell_set_groups((const uint8_t(*)[6])groups, all ? 0 : count))
        all = true;
    if (shell_set_rx_mode(dev->flags & IFF_PROMISC, all, netdev_uc_count(dev)) && net_ratelimit())
        netdev_warn(dev, "the hypervisor refuses the receive mode\n");
}

void npa_set_rx_mode(struct net_device *dev)
{
    struct npa_adapter *npa = netdev_priv(dev);

    spin_lock_bh(&npa->lock);
    if (netif_running(dev))
        set_filters(dev);
    spin_unlock_bh(&npa->lock);
}

/* VID 0 is there from the beginning. */
static int set_vid(struct net_device *dev, u16 vid, bool add)
{
    struct npa_adapter *npa = netdev_priv(dev);
    int rc = 0;

    if (!vid || vid > 4094 || !netif_running(dev))
        return 0;
    spin_lock_bh(&npa->lock);
    rc = -(int)shell_set_vlan(vid, add);
    spin_unlock_bh(&npa->lock);
    return rc == -EEXIST || rc == -ENOENT ? 0 : rc;
}

/* While it is down the VLANs are the stack's: npa_restore() has them said again. */
int npa_add_vid(struct net_device *dev, __be16 proto, u16 vid) { return set_vid(dev, vid, true); }
int npa_kill_vid(struct net_device *dev, __be16 proto, u16 vid) { return set_vid(dev, vid, false); }

int npa_set_features(struct net_device *dev, netdev_features_t features)
{
    struct npa_adapter *npa = netdev_priv(dev);
    int rc = 0;

    if (!netif_running(dev))
        return 0;
    spin_lock_bh(&npa->lock);
    rc = -(int)shell_set_features(features & NETIF_F_RXCSUM, features & NETIF_F_HW_VLAN_CTAG_RX);
    spin_unlock_bh(&npa->lock);
    return rc;
}

int npa_open_again(struct net_device *dev)
{
    int rc = npa_open(dev);

    if (rc)
        return rc;
    netif_addr_lock_bh(dev);
    npa_set_rx_mode(dev);
    netif_addr_unlock_bh(dev);
    return 0;
}

/* Rings of other buffers: another life of the shell. */
int npa_change_mtu(struct net_device *dev, int mtu)
{
    int before = dev->mtu, rc = 0;
    bool runs = netif_running(dev);

    if (runs)
        npa_stop(dev);
    WRITE_ONCE(dev->mtu, mtu);
    if (runs)
        rc = npa_open_again(dev);
    if (!rc)
        return 0;
    WRITE_ONCE(dev->mtu, before);
    if (npa_open_again(dev))
        netdev_err(dev, "the device does not start again\n");
    return rc;
}

static int say_vid(struct net_device *vlan, int vid, void *npa)
{
    shell_set_vlan(vid, true);
    return 0;
}

void npa_restore(struct npa_adapter *npa)
{
    struct net_device *dev = npa->dev;

    if (!ether_addr_equal(dev->dev_addr, dev->perm_addr) && say_mac(npa, dev->dev_addr))
        netdev_warn(dev, "the hypervisor refuses the address %pM\n", dev->dev_addr);
    spin_lock_bh(&npa->lock);
    shell_set_features(dev->features & NETIF_F_RXCSUM, dev->features & NETIF_F_HW_VLAN_CTAG_RX);
    vlan_for_each(dev, say_vid, npa);
    spin_unlock_bh(&npa->lock);
}
