/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ACTIVATE_DEV: DriverShared and the queue descriptors are copied out of guest memory once, checked, then trusted.
 * Afterwards the receive filter and RSS, which UPDATE commands read again.
 */
#include <string.h>

#include "nic/vmxnet3/vmxnet3__.h"

static bool refuse(struct vmxnet3 *dev, const char *why, uint64_t value) { return vmxnet3__refuse(dev, why, value); }

static bool refuse_that(struct vmxnet3 *dev, const struct vmxnet3_refusal *no) { return refuse(dev, no->why, no->value); }

static bool setup_queues(struct vmxnet3 *dev)
{
    const struct Vmxnet3_MiscConf *misc = &dev->st.conf.misc;
    struct vmxnet3_refusal no;
    uint64_t at = misc->queueDescPA;

    for (unsigned q = 0; q < misc->numTxQueues; q++, at += sizeof(struct Vmxnet3_TxQueueDesc)) {
        struct Vmxnet3_TxQueueDesc desc;
        if (!vmxnet3_read_guest(dev, at, &desc, sizeof(desc)))
            return refuse(dev, "a transmit queue descriptor out of reach", at);
        if (!vmxnet3_rings_set_tx(&dev->rings, q, &desc.conf, &no) ||
            !vmxnet3_rings_set_tx_data(&dev->rings, q, vmxnet3__revision(dev), &desc.conf, &no))
            return refuse_that(dev, &no);
    }
    for (unsigned q = 0; q < misc->numRxQueues; q++, at += sizeof(struct Vmxnet3_RxQueueDesc)) {
        struct Vmxnet3_RxQueueDesc desc;
        if (!vmxnet3_read_guest(dev, at, &desc, sizeof(desc)))
            return refuse(dev, "a receive queue descriptor out of reach", at);
        if (!vmxnet3_rings_set_rx(&dev->rings, q, &desc.conf, &no) ||
            !vmxnet3_rings_set_rx_data(&dev->rings, q, vmxnet3__revision(dev), &desc.conf, &no))
            return refuse_that(dev, &no);
    }
    return true;
}

static bool check_shared(struct vmxnet3 *dev, const struct Vmxnet3_DriverShared *shared)
{
    const struct Vmxnet3_MiscConf *misc = &shared->devRead.misc;
    const struct Vmxnet3_IntrConf *intr = &shared->devRead.intrConf;

    if (shared->magic != VMXNET3_REV1_MAGIC)
        return refuse(dev, "a DriverShared with a wrong magic", shared->magic);
    if (misc->mtu < VMXNET3_MIN_MTU || misc->mtu > (vmxnet3__revision(dev) < 6 ? VMXNET3_MAX_MTU : VMXNET3_V6_MAX_MTU))
        return refuse(dev, "a wrong MTU", misc->mtu);
    if (misc->numTxQueues == 0 || misc->numTxQueues > VMXNET3_RINGS_QUEUES)
        return refuse(dev, "a wrong number of transmit queues", misc->numTxQueues);
    if (misc->numRxQueues == 0 || misc->numRxQueues > VMXNET3_RINGS_QUEUES)
        return refuse(dev, "a wrong number of receive queues", misc->numRxQueues);
    if (misc->queueDescPA & (VMXNET3_QUEUE_DESC_ALIGN - 1))
        return refuse(dev, "queue descriptors that are not aligned to 128 bytes", misc->queueDescPA);
    if (misc->queueDescLen <
        misc->numTxQueues * sizeof(struct Vmxnet3_TxQueueDesc) + misc->numRxQueues * sizeof(struct Vmxnet3_RxQueueDesc))
        return refuse(dev, "too few bytes of queue descriptors", misc->queueDescLen);
    if (intr->numIntrs == 0 || intr->numIntrs > VMXNET3_MAX_INTRS)
        return refuse(dev, "a wrong number of vectors", intr->numIntrs);
    if (intr->eventIntrIdx >= intr->numIntrs)
        return refuse(dev, "a wrong event vector", intr->eventIntrIdx);
    return true;
}

bool vmxnet3__activate(struct vmxnet3 *dev)
{
    struct Vmxnet3_DriverShared shared;

    vmxnet3_stop(dev, FATE_vnic_stopped);
    dev->rings.st.ready = 0;
    vmxnet3__release(dev, false);
    dev->rings.st.tx_queues = dev->rings.st.rx_queues = 0;
    if (!vmxnet3_read_guest(dev, dev->st.shared_pa, &shared, sizeof(shared)))
        return refuse(dev, "a DriverShared out of reach", dev->st.shared_pa);
    if (!check_shared(dev, &shared))
        return false;
    dev->st.conf = shared.devRead;
    dev->rings.st.vectors = shared.devRead.intrConf.numIntrs;
    dev->rings.st.auto_mask = shared.devRead.intrConf.autoMask != 0;
    dev->rings.st.features = shared.devRead.misc.uptFeatures;
    if (!setup_queues(dev))
        return false;
    dev->rings.st.tx_queues = shared.devRead.misc.numTxQueues;
    dev->rings.st.rx_queues = shared.devRead.misc.numRxQueues;
    dev->rings.st.rss_on = 0;
    if ((shared.devRead.misc.uptFeatures & UPT1_F_RSS) && !vmxnet3__read_rss(dev))
        return false;
    dev->rings.more.lro = vmxnet3__revision(dev) >= 2;
    vmxnet3__moderation_changed(dev);
    dev->rings.st.ready = 1;
    vmxnet3__read_filter(dev, true, true, true); /* what policy refuses of it does not refuse the device */
    return true;
}

/* ---- what UPDATE commands read again ---- */

bool vmxnet3__read_rss(struct vmxnet3 *dev)
{
    struct Vmxnet3_VariableLenConfDesc desc;
    struct UPT1_RSSConf rss;
    struct vmxnet3_refusal no;
    uint64_t at = dev->st.shared_pa + offsetof(struct Vmxnet3_DriverShared, devRead.rssConfDesc);

    if (!vmxnet3_read_guest(dev, at, &desc, sizeof(desc)) || desc.confLen < sizeof(rss) ||
        !vmxnet3_read_guest(dev, desc.confPA, &rss, sizeof(rss)))
        return refuse(dev, "an RSS configuration out of reach", at);
    return vmxnet3_rings_set_rss(&dev->rings, &rss, &no) || refuse_that(dev, &no);
}

bool vmxnet3__read_levels(struct vmxnet3 *dev)
{
    uint64_t at = dev->st.shared_pa + offsetof(struct Vmxnet3_DriverShared, devRead.intrConf.modLevels);

    if (!vmxnet3_read_guest(dev, at, dev->st.conf.intrConf.modLevels, sizeof(dev->st.conf.intrConf.modLevels)))
        return refuse(dev, "levels of moderation out of reach", at);
    vmxnet3__release(dev, true);
    vmxnet3__moderation_changed(dev);
    return true;
}

static bool read_multicast(struct vmxnet3 *dev, const struct Vmxnet3_RxFilterConf *conf)
{
    unsigned count = conf->mfTableLen / 6, kept = count > VMXNET3_MULTICAST_MAX ? VMXNET3_MULTICAST_MAX : count;
    unsigned told = count > kept ? VMXNET3_MULTICAST_ALL : count; /* more than the filter holds: all of them, as every NIC does */
    uint8_t list[VMXNET3_MULTICAST_MAX][6];

    if (conf->mfTableLen % 6)
        return refuse(dev, "a multicast table of a wrong length", conf->mfTableLen);
    if (kept && !vmxnet3_read_guest(dev, conf->mfTablePA, list, kept * 6))
        return refuse(dev, "a multicast table out of reach", conf->mfTablePA);
    if (dev->host && !dev->host->ops->set_multicast(dev->host, (const uint8_t(*)[6])list, told))
        return false;
    memcpy(dev->st.multicast, list, kept * 6);
    dev->st.multicast_count = told;
    return true;
}

bool vmxnet3__read_filter(struct vmxnet3 *dev, bool mode, bool macs, bool vlans)
{
    struct Vmxnet3_RxFilterConf conf;
    uint64_t at = dev->st.shared_pa + offsetof(struct Vmxnet3_DriverShared, devRead.rxFilterConf);
    bool good = true;

    if (!vmxnet3_read_guest(dev, at, &conf, sizeof(conf)))
        return refuse(dev, "a receive filter out of reach", at);
    dev->st.conf.rxFilterConf = conf;
    if (mode) {
        dev->st.rx_mode = dev->host ? dev->host->ops->set_rx_mode(dev->host, conf.rxMode) : conf.rxMode;
        vmxnet3__mode_changed(dev);
        good = dev->st.rx_mode == conf.rxMode;
    }
    if (macs)
        good &= read_multicast(dev, &conf);
    if (vlans) {
        bool allowed = !dev->host || dev->host->ops->set_vlans(dev->host, conf.vfTable);
        if (allowed)
            memcpy(dev->st.vlan_table, conf.vfTable, sizeof(dev->st.vlan_table));
        good &= allowed;
    }
    return good;
}
