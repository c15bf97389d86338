/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ACTIVATE_DEV: DriverShared and the queue descriptors are copied out of guest memory once, checked, then trusted.
 * Afterwards the receive filter and RSS, which UPDATE commands read again.
 */
#include <string.h>

#include "nic/vmxnet3/vmxnet3__.h"

static bool refuse(struct vmxnet3 *dev, const char *why, uint64_t value)
{
    trace_vmxnet3_refused(&dev->c, why, value);
    return false;
}

static bool ring_is_good(struct vmxnet3 *dev, const char *what, uint64_t pa, uint32_t size, uint32_t max)
{
    if (pa & (VMXNET3_RING_BA_ALIGN - 1))
        return refuse(dev, "a ring that is not aligned to 512 bytes", pa);
    if (size == 0 || size > max || size % VMXNET3_RING_SIZE_ALIGN)
        return refuse(dev, what, size);
    return true;
}

static bool setup_tx(struct vmxnet3 *dev, struct tx_queue *tx, const struct Vmxnet3_TxQueueConf *conf)
{
    if (!ring_is_good(dev, "a transmit ring of a wrong size", conf->txRingBasePA, conf->txRingSize,
                      VMXNET3_TX_RING_MAX_SIZE) ||
        !ring_is_good(dev, "a transmit completion ring of a wrong size", conf->compRingBasePA, conf->compRingSize,
                      VMXNET3_TC_RING_MAX_SIZE))
        return false;
    if (conf->intrIdx >= dev->st.conf.intrConf.numIntrs)
        return refuse(dev, "a transmit queue with a wrong vector", conf->intrIdx);
    memset(tx, 0, sizeof(*tx));
    tx->pa = conf->txRingBasePA;
    tx->size = conf->txRingSize;
    tx->gen = VMXNET3_INIT_GEN;
    tx->comp = (struct comp_ring){conf->compRingBasePA, conf->compRingSize, 0, VMXNET3_INIT_GEN};
    tx->intr = conf->intrIdx;
    return true;
}

static bool setup_rx(struct vmxnet3 *dev, struct rx_queue *rx, const struct Vmxnet3_RxQueueConf *conf)
{
    static const uint32_t max[2] = {VMXNET3_RX_RING_MAX_SIZE, VMXNET3_RX_RING2_MAX_SIZE};

    memset(rx, 0, sizeof(*rx));
    for (unsigned i = 0; i < 2; i++) {
        if (i == 1 && conf->rxRingSize[1] == 0)
            break; /* no ring 2: frames that span buffers find their bodies in ring 1 */
        if (!ring_is_good(dev, "a receive ring of a wrong size", conf->rxRingBasePA[i], conf->rxRingSize[i], max[i]))
            return false;
        rx->ring[i].pa = conf->rxRingBasePA[i];
        rx->ring[i].size = conf->rxRingSize[i];
        rx->ring[i].gen = VMXNET3_INIT_GEN;
    }
    if (!ring_is_good(dev, "a receive completion ring of a wrong size", conf->compRingBasePA, conf->compRingSize,
                      VMXNET3_RC_RING_MAX_SIZE))
        return false;
    if (conf->intrIdx >= dev->st.conf.intrConf.numIntrs)
        return refuse(dev, "a receive queue with a wrong vector", conf->intrIdx);
    rx->comp = (struct comp_ring){conf->compRingBasePA, conf->compRingSize, 0, VMXNET3_INIT_GEN};
    rx->intr = conf->intrIdx;
    return true;
}

static bool setup_queues(struct vmxnet3 *dev)
{
    const struct Vmxnet3_MiscConf *misc = &dev->st.conf.misc;
    uint64_t at = misc->queueDescPA;

    for (unsigned q = 0; q < misc->numTxQueues; q++, at += sizeof(struct Vmxnet3_TxQueueDesc)) {
        struct Vmxnet3_TxQueueDesc desc;
        if (!vmxnet3_read_guest(dev, at, &desc, sizeof(desc)))
            return refuse(dev, "a transmit queue descriptor out of reach", at);
        if (!setup_tx(dev, &dev->st.tx[q], &desc.conf))
            return false;
    }
    for (unsigned q = 0; q < misc->numRxQueues; q++, at += sizeof(struct Vmxnet3_RxQueueDesc)) {
        struct Vmxnet3_RxQueueDesc desc;
        if (!vmxnet3_read_guest(dev, at, &desc, sizeof(desc)))
            return refuse(dev, "a receive queue descriptor out of reach", at);
        if (!setup_rx(dev, &dev->st.rx[q], &desc.conf))
            return false;
    }
    return true;
}

static bool check_shared(struct vmxnet3 *dev, const struct Vmxnet3_DriverShared *shared)
{
    const struct Vmxnet3_MiscConf *misc = &shared->devRead.misc;
    const struct Vmxnet3_IntrConf *intr = &shared->devRead.intrConf;

    if (shared->magic != VMXNET3_REV1_MAGIC)
        return refuse(dev, "a DriverShared with a wrong magic", shared->magic);
    if (misc->mtu < VMXNET3_MIN_MTU || misc->mtu > VMXNET3_MAX_MTU)
        return refuse(dev, "a wrong MTU", misc->mtu);
    if (misc->numTxQueues == 0 || misc->numTxQueues > QUEUES_MAX)
        return refuse(dev, "a wrong number of transmit queues", misc->numTxQueues);
    if (misc->numRxQueues == 0 || misc->numRxQueues > QUEUES_MAX)
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
    dev->st.activated = 0;
    dev->st.tx_queues = dev->st.rx_queues = 0;
    if (!vmxnet3_read_guest(dev, dev->st.shared_pa, &shared, sizeof(shared)))
        return refuse(dev, "a DriverShared out of reach", dev->st.shared_pa);
    if (!check_shared(dev, &shared))
        return false;
    dev->st.conf = shared.devRead;
    if (!setup_queues(dev))
        return false;
    dev->st.tx_queues = shared.devRead.misc.numTxQueues;
    dev->st.rx_queues = shared.devRead.misc.numRxQueues;
    dev->st.rss_on = 0;
    if ((shared.devRead.misc.uptFeatures & UPT1_F_RSS) && !vmxnet3__read_rss(dev))
        return false;
    dev->st.activated = 1;
    vmxnet3__read_filter(dev, true, true, true); /* what policy refuses of it does not refuse the device */
    return true;
}

/* ---- what UPDATE commands read again ---- */

bool vmxnet3__read_rss(struct vmxnet3 *dev)
{
    struct Vmxnet3_VariableLenConfDesc desc;
    struct UPT1_RSSConf rss;
    uint64_t at = dev->st.shared_pa + offsetof(struct Vmxnet3_DriverShared, devRead.rssConfDesc);

    if (!vmxnet3_read_guest(dev, at, &desc, sizeof(desc)) || desc.confLen < sizeof(rss) ||
        !vmxnet3_read_guest(dev, desc.confPA, &rss, sizeof(rss)))
        return refuse(dev, "an RSS configuration out of reach", at);
    if (rss.hashKeySize > UPT1_RSS_MAX_KEY_SIZE || rss.indTableSize == 0 ||
        rss.indTableSize > UPT1_RSS_MAX_IND_TABLE_SIZE)
        return refuse(dev, "an RSS configuration of a wrong size", rss.indTableSize);
    for (unsigned i = 0; i < rss.indTableSize; i++)
        if (rss.indTable[i] >= dev->st.rx_queues)
            return refuse(dev, "an RSS table that names a missing queue", rss.indTable[i]);
    dev->st.rss = rss;
    dev->st.rss_on = rss.hashFunc == UPT1_RSS_HASH_FUNC_TOEPLITZ;
    return true;
}

static bool read_multicast(struct vmxnet3 *dev, const struct Vmxnet3_RxFilterConf *conf)
{
    unsigned count = conf->mfTableLen / 6, kept = count > VMXNET3_MULTICAST_MAX ? VMXNET3_MULTICAST_MAX : count;
    uint8_t list[VMXNET3_MULTICAST_MAX][6];

    if (conf->mfTableLen % 6)
        return refuse(dev, "a multicast table of a wrong length", conf->mfTableLen);
    if (kept && !vmxnet3_read_guest(dev, conf->mfTablePA, list, kept * 6))
        return refuse(dev, "a multicast table out of reach", conf->mfTablePA);
    if (dev->host && !dev->host->ops->set_multicast(dev->host, (const uint8_t(*)[6])list, kept))
        return false;
    memcpy(dev->st.multicast, list, kept * 6);
    dev->st.multicast_count = kept;
    if (count > kept) /* more than the filter holds: all of them, as every NIC does */
        dev->st.rx_mode |= VMXNET3_RXM_ALL_MULTI;
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
