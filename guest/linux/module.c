// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The NPA shell as a Linux module: a driver of the vmxnet3 device whose data path a hypervisor may replace by a VF's, by a plugin
 * that it puts into the running guest (docs/linux-shell.md). On a device that knows nothing of that it is a vmxnet3 driver and no
 * more.
 *
 * It takes one device, since a shell is one variable.
 */
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>

#include "guest/linux/npa.h"

enum { VENDOR_VMWARE = 0x15ad, DEVICE_VMXNET3 = 0x07b0, VF_BAR = 3, VF_BYTES = 32 * 4096 };

static unsigned int queues = 1;
module_param(queues, uint, 0444);
MODULE_PARM_DESC(queues, "receive queues, each with a vector of its own (1 to 8)");

static bool with_npa = true;
module_param_named(npa, with_npa, bool, 0444);
MODULE_PARM_DESC(npa, "let a hypervisor put plugins in (default: yes)");

struct npa_adapter *npa_the_one;

/* ---- interrupts ---- */

static irqreturn_t queue_raised(int irq, void *data)
{
    struct npa_vector *vector = data;

    napi_schedule(&vector->napi);
    return IRQ_HANDLED;
}

/* An event may mean a command that takes its time, and a plugin to be looked at. */
static irqreturn_t event_raised(int irq, void *data)
{
    struct npa_adapter *npa = data;

    schedule_work(&npa->event);
    return IRQ_HANDLED;
}

static int take_vectors(struct npa_adapter *npa)
{
    unsigned int i;
    int rc = pci_alloc_irq_vectors(npa->pdev, npa->queues + 1, npa->queues + 1, PCI_IRQ_MSIX);

    if (rc < 0)
        return rc;
    for (i = 0; i < npa->queues; i++) {
        rc = request_irq(pci_irq_vector(npa->pdev, i), queue_raised, 0, KBUILD_MODNAME, &npa->vector[i]);
        if (rc)
            goto free;
    }
    rc = request_irq(pci_irq_vector(npa->pdev, i), event_raised, 0, KBUILD_MODNAME, npa);
    if (!rc)
        return 0;
free:
    while (i--)
        free_irq(pci_irq_vector(npa->pdev, i), &npa->vector[i]);
    pci_free_irq_vectors(npa->pdev);
    return rc;
}

static void free_vectors(struct npa_adapter *npa)
{
    unsigned int i;

    free_irq(pci_irq_vector(npa->pdev, npa->queues), npa);
    for (i = 0; i < npa->queues; i++)
        free_irq(pci_irq_vector(npa->pdev, i), &npa->vector[i]);
    pci_free_irq_vectors(npa->pdev);
}

/* ---- the device ---- */

/* A hypervisor with NPA gives its device a BAR more, where a VF's registers are to appear. */
static int map_bars(struct npa_adapter *npa, bool wants_vf)
{
    struct pci_dev *pdev = npa->pdev;

    npa->window[OS_BAR0] = pci_iomap(pdev, 0, 0);
    npa->window[OS_BAR1] = pci_iomap(pdev, 1, 0);
    if (!npa->window[OS_BAR0] || !npa->window[OS_BAR1])
        return -ENOMEM;
    if (!wants_vf || pci_resource_len(pdev, VF_BAR) < VF_BYTES)
        return 0;
    npa->window[OS_VF] = pci_iomap(pdev, VF_BAR, 0);
    npa->vf_page = pci_resource_start(pdev, VF_BAR) >> 12;
    return 0;
}

static void unmap_bars(struct npa_adapter *npa)
{
    unsigned int i;

    for (i = 0; i < OS_WINDOWS; i++)
        if (npa->window[i])
            pci_iounmap(npa->pdev, npa->window[i]);
}

static void describe(struct net_device *dev)
{
    dev->netdev_ops = &npa_netdev_ops;
    dev->ethtool_ops = &npa_ethtool_ops;
    dev->watchdog_timeo = 5 * HZ;
    dev->min_mtu = 60;
    dev->max_mtu = 9000;
    dev->hw_features = NETIF_F_SG | NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM | NETIF_F_TSO | NETIF_F_TSO6 | NETIF_F_RXCSUM |
                       NETIF_F_HW_VLAN_CTAG_TX | NETIF_F_HW_VLAN_CTAG_RX;
    dev->vlan_features = dev->hw_features & ~(NETIF_F_HW_VLAN_CTAG_TX | NETIF_F_HW_VLAN_CTAG_RX);
    dev->features = dev->hw_features | NETIF_F_HW_VLAN_CTAG_FILTER;
    netif_set_tso_max_size(dev, NPA_TSO_MAX);
}

static void make_vectors(struct npa_adapter *npa)
{
    unsigned int i;

    for (i = 0; i < npa->queues; i++) {
        npa->vector[i].npa = npa;
        __skb_queue_head_init(&npa->vector[i].up);
        netif_napi_add(npa->dev, &npa->vector[i].napi, npa_poll);
    }
}

static void prepare(struct npa_adapter *npa, struct net_device *dev, struct pci_dev *pdev)
{
    npa->dev = dev;
    npa->pdev = pdev;
    npa->queues = clamp(queues, 1u, (unsigned int)NPA_QUEUES);
    npa->rx_ring = npa->tx_ring = NPA_RING;
    spin_lock_init(&npa->lock);
    INIT_WORK(&npa->event, npa_event);
    hrtimer_init(&npa->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
    npa->timer.function = npa_timer;
    SET_NETDEV_DEV(dev, &pdev->dev);
    pci_set_drvdata(pdev, npa);
    npa_the_one = npa;
}

static int take_device(struct npa_adapter *npa)
{
    struct pci_dev *pdev = npa->pdev;
    int rc = pci_enable_device_mem(pdev);

    if (rc)
        return rc;
    rc = pci_request_regions(pdev, KBUILD_MODNAME);
    if (rc)
        goto disable;
    pci_set_master(pdev);
    rc = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
    if (!rc)
        rc = map_bars(npa, with_npa);
    if (!rc)
        return 0;
    unmap_bars(npa);
    pci_release_regions(pdev);
disable:
    pci_disable_device(pdev);
    return rc;
}

static void leave_device(struct npa_adapter *npa)
{
    unmap_bars(npa);
    pci_clear_master(npa->pdev);
    pci_release_regions(npa->pdev);
    pci_disable_device(npa->pdev);
}

static int probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
    struct npa_adapter *npa;
    struct net_device *dev;
    u8 mac[ETH_ALEN];
    int rc;

    if (npa_the_one)
        return -EBUSY;
    dev = alloc_etherdev_mqs(sizeof(*npa), 1, NPA_QUEUES);
    if (!dev)
        return -ENOMEM;
    npa = netdev_priv(dev);
    prepare(npa, dev, pdev);
    rc = take_device(npa);
    if (rc)
        goto free;
    rc = take_vectors(npa);
    if (rc)
        goto leave;
    describe(dev);
    make_vectors(npa);
    netif_set_real_num_rx_queues(dev, npa->queues);
    shell_read_mac(mac);
    eth_hw_addr_set(dev, mac);
    netif_carrier_off(dev);
    rc = register_netdev(dev);
    if (!rc) {
        netdev_info(dev, "vmxnet3%s, %u queue%s\n", npa->window[OS_VF] ? " with NPA" : "", npa->queues, npa->queues > 1 ? "s" : "");
        return 0;
    }
    free_vectors(npa);
leave:
    leave_device(npa);
free:
    npa_the_one = NULL;
    free_netdev(dev);
    return rc;
}

static void leave(struct pci_dev *pdev)
{
    struct npa_adapter *npa = pci_get_drvdata(pdev);

    unregister_netdev(npa->dev);
    free_vectors(npa);
    leave_device(npa);
    npa_the_one = NULL;
    free_netdev(npa->dev);
}

/* A function-level reset of the device, which the kernel asks for: another life of the shell. */
static void before_reset(struct pci_dev *pdev)
{
    struct npa_adapter *npa = pci_get_drvdata(pdev);

    rtnl_lock();
    netif_device_detach(npa->dev);
    if (netif_running(npa->dev))
        npa_stop(npa->dev);
    rtnl_unlock();
}

static void after_reset(struct pci_dev *pdev)
{
    struct npa_adapter *npa = pci_get_drvdata(pdev);

    rtnl_lock();
    if (!netif_running(npa->dev) || !npa_open_again(npa->dev))
        netif_device_attach(npa->dev);
    else
        netdev_err(npa->dev, "the device does not start again\n");
    rtnl_unlock();
}

static const struct pci_error_handlers resets = {.reset_prepare = before_reset, .reset_done = after_reset};

static const struct pci_device_id ids[] = {{PCI_DEVICE(VENDOR_VMWARE, DEVICE_VMXNET3)}, {}};
MODULE_DEVICE_TABLE(pci, ids);

static struct pci_driver npa_driver = {
    .name = KBUILD_MODNAME, .id_table = ids, .probe = probe, .remove = leave, .shutdown = leave, .err_handler = &resets};
module_pci_driver(npa_driver);

MODULE_DESCRIPTION("NPA shell: vmxnet3 with data paths that a hypervisor puts in");
MODULE_LICENSE("GPL");
MODULE_VERSION(NPA_VERSION);
