/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands of the vmxnet3 device: what the CMD register asks and reads back. */
#include <string.h>

#include "nic/vmxnet3/vmxnet3__.h"

static const char *command_name(uint32_t cmd)
{
    static const char *const set[] = {
        "ACTIVATE_DEV",        "QUIESCE_DEV",    "RESET_DEV",   "UPDATE_RX_MODE", "UPDATE_MAC_FILTERS",
        "UPDATE_VLAN_FILTERS", "UPDATE_RSSIDT",  "UPDATE_IML",  "UPDATE_PMCFG",   "UPDATE_FEATURE",
        "STOP_EMULATION",      "LOAD_PLUGIN",    "ACTIVATE_VF", "RESERVED3",      "SET_COALESCE",
        "REGISTER_MEMREGS",    "SET_RSS_FIELDS", "RESERVED4",   "RESERVED5",      "SET_RING_BUFFER_SIZE",
    };
    static const char *const get[] = {
        "GET_QUEUE_STATUS",
        "GET_STATS",
        "GET_LINK",
        "GET_PERM_MAC_LO",
        "GET_PERM_MAC_HI",
        "GET_DID_LO",
        "GET_DID_HI",
        "GET_DEV_EXTRA_INFO",
        "GET_CONF_INTR",
        "GET_RESERVED1",
        "GET_TXDATA_DESC_SIZE",
        "GET_COALESCE",
        "GET_RSS_FIELDS",
        "GET_RESERVED2",
        "GET_RESERVED3",
        "GET_MAX_QUEUES_CONF",
        "GET_RESERVED4",
        "GET_MAX_CAPABILITIES",
        "GET_DCR0_REG",
    };
    if (cmd >= VMXNET3_CMD_FIRST_SET && cmd - VMXNET3_CMD_FIRST_SET < sizeof(set) / sizeof(*set))
        return set[cmd - VMXNET3_CMD_FIRST_SET];
    if (cmd >= VMXNET3_CMD_FIRST_GET && cmd - VMXNET3_CMD_FIRST_GET < sizeof(get) / sizeof(*get))
        return get[cmd - VMXNET3_CMD_FIRST_GET];
    return "command";
}

/* Queue status and statistics lie in the queue descriptors, in the order tx, rx. */
static void write_queue_status(struct vmxnet3 *dev, bool stats)
{
    uint64_t at = dev->st.conf.misc.queueDescPA;

    for (unsigned q = 0; q < dev->rings.st.tx_queues; q++, at += sizeof(struct Vmxnet3_TxQueueDesc)) {
        struct Vmxnet3_QueueStatus status = {.stopped = (uint8_t)dev->rings.st.tx[q].stopped, .error = dev->rings.st.tx[q].error};
        vmxnet3_write_guest(dev, at + offsetof(struct Vmxnet3_TxQueueDesc, status), &status, sizeof(status));
        if (stats)
            vmxnet3_write_guest(dev, at + offsetof(struct Vmxnet3_TxQueueDesc, stats), &dev->rings.st.tx[q].stats,
                                sizeof(dev->rings.st.tx[q].stats));
    }
    for (unsigned q = 0; q < dev->rings.st.rx_queues; q++, at += sizeof(struct Vmxnet3_RxQueueDesc)) {
        struct Vmxnet3_QueueStatus status = {0};
        vmxnet3_write_guest(dev, at + offsetof(struct Vmxnet3_RxQueueDesc, status), &status, sizeof(status));
        if (stats)
            vmxnet3_write_guest(dev, at + offsetof(struct Vmxnet3_RxQueueDesc, stats), &dev->rings.st.rx[q].stats,
                                sizeof(dev->rings.st.rx[q].stats));
    }
}

static uint32_t activate(struct vmxnet3 *dev)
{
    uint32_t result;

    if (!vmxnet3__activate(dev))
        return 1;
    result = dev->host ? dev->host->ops->activate(dev->host) : 0;
    if (result == 0)
        vmxnet3_run(dev);
    return result;
}

static void quiesce(struct vmxnet3 *dev)
{
    vmxnet3_stop(dev, FATE_vnic_stopped);
    dev->rings.st.ready = 0;
    vmxnet3__release(dev, false);
    vmxnet3__lower(dev);
}

static uint32_t reset(struct vmxnet3 *dev)
{
    quiesce(dev);
    dev->rings.st.tx_queues = dev->rings.st.rx_queues = 0;
    dev->rings.st.irq_masked = ~0u;
    dev->rings.st.irq_pending = 0;
    dev->st.ecr = 0;
    memset(dev->rings.st.tx, 0, sizeof(dev->rings.st.tx));
    memset(dev->rings.st.rx, 0, sizeof(dev->rings.st.rx));
    return 0;
}

/* Rings that a VF has are not told: what cannot take effect is refused. */
static bool has_rings(const struct vmxnet3 *dev) { return dev->rings.st.ready && !dev->away.closed; }

static uint32_t update_rss(struct vmxnet3 *dev)
{
    if (!has_rings(dev) || !vmxnet3__read_rss(dev))
        return 1;
    if (dev->host && dev->host->ops->rss_changed)
        dev->host->ops->rss_changed(dev->host);
    return 0;
}

static uint32_t update_features(struct vmxnet3 *dev)
{
    uint64_t at = dev->st.shared_pa + offsetof(struct Vmxnet3_DriverShared, devRead.misc.uptFeatures);

    return has_rings(dev) && vmxnet3_read_guest(dev, at, &dev->rings.st.features, 8) ? 0 : 1;
}

static uint32_t get_link(const struct vmxnet3 *dev)
{
    return port_link_is_up(&dev->port) && !dev->st.unplugged ? dev->link_mbps << 16 | 1 : 0;
}

void vmxnet3_set_link(struct vmxnet3 *dev, bool up)
{
    if (dev->st.unplugged == !up)
        return;
    dev->st.unplugged = !up;
    if (dev->rings.st.ready)
        vmxnet3_raise_event(dev, VMXNET3_ECR_LINK);
}

uint32_t vmxnet3_guest_os(const struct vmxnet3 *dev) { return dev->st.conf.misc.driverInfo.gos; }

static uint32_t perm_mac(const struct vmxnet3 *dev, bool high)
{
    const uint8_t *m = dev->perm_mac;
    return high ? (uint32_t)m[4] | (uint32_t)m[5] << 8
                : (uint32_t)m[0] | (uint32_t)m[1] << 8 | (uint32_t)m[2] << 16 | (uint32_t)m[3] << 24;
}

static uint32_t get_command(struct vmxnet3 *dev, uint32_t cmd)
{
    uint32_t result;

    switch (cmd) {
    case VMXNET3_CMD_GET_QUEUE_STATUS:
    case VMXNET3_CMD_GET_STATS:
        if (!dev->rings.st.ready)
            return 1;
        write_queue_status(dev, cmd == VMXNET3_CMD_GET_STATS);
        for (unsigned q = 0; q < dev->rings.st.tx_queues; q++) /* a bit a stopped tx queue, as a driver's reset path expects */
            if (dev->rings.st.tx[q].stopped)
                return 1;
        return 0;
    case VMXNET3_CMD_GET_LINK:
        return get_link(dev);
    case VMXNET3_CMD_GET_PERM_MAC_LO:
        return perm_mac(dev, false);
    case VMXNET3_CMD_GET_PERM_MAC_HI:
        return perm_mac(dev, true);
    case VMXNET3_CMD_GET_DID_LO:
        return dev->st.did_lo;
    case VMXNET3_CMD_GET_DID_HI:
        return dev->st.did_hi;
    case VMXNET3_CMD_GET_DEV_EXTRA_INFO:
        return 0;
    case VMXNET3_CMD_GET_CONF_INTR:
        return dev->conf_intr;
    default:
        if (vmxnet3__newer_command(dev, cmd, &result))
            return result;
        return dev->host ? dev->host->ops->command(dev->host, cmd) : ~0u;
    }
}

static uint32_t set_command(struct vmxnet3 *dev, uint32_t cmd)
{
    uint32_t result;

    switch (cmd) {
    case VMXNET3_CMD_ACTIVATE_DEV:
        vmxnet3__given_up(dev);
        return activate(dev);
    case VMXNET3_CMD_QUIESCE_DEV:
        vmxnet3__given_up(dev);
        quiesce(dev);
        return 0;
    case VMXNET3_CMD_RESET_DEV:
        vmxnet3__given_up(dev);
        return reset(dev);
    case VMXNET3_CMD_UPDATE_RX_MODE:
    case VMXNET3_CMD_UPDATE_MAC_FILTERS:
    case VMXNET3_CMD_UPDATE_VLAN_FILTERS:
        if (!dev->rings.st.ready)
            return 1;
        return vmxnet3__read_filter(dev, cmd == VMXNET3_CMD_UPDATE_RX_MODE, cmd == VMXNET3_CMD_UPDATE_MAC_FILTERS,
                                    cmd == VMXNET3_CMD_UPDATE_VLAN_FILTERS)
                   ? 0
                   : 1;
    case VMXNET3_CMD_UPDATE_RSSIDT:
        return update_rss(dev);
    case VMXNET3_CMD_UPDATE_FEATURE:
        if (update_features(dev))
            return 1;
        return dev->host ? dev->host->ops->command(dev->host, cmd) : 0;
    case VMXNET3_CMD_UPDATE_IML:
        return has_rings(dev) && !vmxnet3__read_levels(dev);
    case VMXNET3_CMD_UPDATE_PMCFG:
        return 0; /* accepted; nobody sleeps */
    default:
        if (vmxnet3__newer_command(dev, cmd, &result))
            return result;
        return dev->host ? dev->host->ops->command(dev->host, cmd) : 1;
    }
}

uint32_t vmxnet3__command(struct vmxnet3 *dev, uint32_t cmd)
{
    uint32_t result = cmd >= VMXNET3_CMD_FIRST_GET ? get_command(dev, cmd) : set_command(dev, cmd);

    if (cmd < VMXNET3_CMD_FIRST_GET && result == 1)
        dev->st.refused_commands++;
    trace_vmxnet3_command(&dev->c, command_name(cmd), cmd, result);
    return result;
}
