// SPDX-License-Identifier: GPL-2.0-or-later
/* What ethtool shows and sets. */
#include <linux/ethtool.h>

#include "guest/linux/npa.h"

#define TEXT(name, text) text,
static const char texts[][ETH_GSTRING_LEN] = {SHELL_COUNTS(TEXT)};
#undef TEXT

static void get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
    struct npa_adapter *npa = netdev_priv(dev);

    strscpy(info->driver, KBUILD_MODNAME, sizeof(info->driver));
    strscpy(info->version, NPA_VERSION, sizeof(info->version));
    strscpy(info->bus_info, pci_name(npa->pdev), sizeof(info->bus_info));
}

static int get_sset_count(struct net_device *dev, int set) { return set == ETH_SS_STATS ? ARRAY_SIZE(texts) : -EOPNOTSUPP; }

static void get_strings(struct net_device *dev, u32 set, u8 *to)
{
    if (set == ETH_SS_STATS)
        memcpy(to, texts, sizeof(texts));
}

static void get_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *to)
{
    struct npa_adapter *npa = netdev_priv(dev);

    spin_lock_bh(&npa->lock);
#define VALUE(name, text) *to++ = shell_counts.name;
    SHELL_COUNTS(VALUE)
#undef VALUE
    spin_unlock_bh(&npa->lock);
}

static void get_ring(struct net_device *dev, struct ethtool_ringparam *ring, struct kernel_ethtool_ringparam *more,
                     struct netlink_ext_ack *ack)
{
    struct npa_adapter *npa = netdev_priv(dev);

    ring->rx_max_pending = ring->tx_max_pending = 4096;
    ring->rx_pending = npa->rx_ring;
    ring->tx_pending = npa->tx_ring;
}

/* Of an interface that is down: from its next life on. */
static int set_ring(struct net_device *dev, struct ethtool_ringparam *ring, struct kernel_ethtool_ringparam *more,
                    struct netlink_ext_ack *ack)
{
    struct npa_adapter *npa = netdev_priv(dev);
    u32 rx = ALIGN(ring->rx_pending, 32), tx = ALIGN(ring->tx_pending, 32);
    int rc = 0;

    if (ring->rx_mini_pending || ring->rx_jumbo_pending || rx < 64 || tx < 64 || rx > 4096 || tx > 4096)
        return -EINVAL;
    if (netif_running(dev)) {
        spin_lock_bh(&npa->lock);
        rc = -(int)shell_set_rings(rx, tx);
        spin_unlock_bh(&npa->lock);
    }
    if (rc)
        return rc;
    npa->rx_ring = rx;
    npa->tx_ring = tx;
    return 0;
}

static void get_channels(struct net_device *dev, struct ethtool_channels *channels)
{
    struct npa_adapter *npa = netdev_priv(dev);

    channels->max_rx = channels->rx_count = npa->queues;
    channels->max_tx = channels->tx_count = 1;
    channels->max_other = channels->other_count = 1;
}

static int get_link_ksettings(struct net_device *dev, struct ethtool_link_ksettings *settings)
{
    struct npa_adapter *npa = netdev_priv(dev);

    settings->base.speed = netif_carrier_ok(dev) ? npa->mbps : SPEED_UNKNOWN;
    settings->base.duplex = netif_carrier_ok(dev) ? DUPLEX_FULL : DUPLEX_UNKNOWN;
    settings->base.port = PORT_OTHER;
    return 0;
}

const struct ethtool_ops npa_ethtool_ops = {
    .get_drvinfo = get_drvinfo,
    .get_link = ethtool_op_get_link,
    .get_sset_count = get_sset_count,
    .get_strings = get_strings,
    .get_ethtool_stats = get_stats,
    .get_ringparam = get_ring,
    .set_ringparam = set_ring,
    .get_channels = get_channels,
    .get_link_ksettings = get_link_ksettings,
};
