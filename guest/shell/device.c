/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vmxnet3 device as a driver sets it up: shared memory, queue descriptors, commands, events.
 *
 * Its vectors: queue pairs first, then one for events.
 */
#include <stddef.h>

#include "guest/plugins/vmxnet3/vmxnet3_plugin.h"
#include "guest/shell/shell.h"

static void bar1_write(uint32_t reg, uint32_t value) { sh_write32(MACHINE_VMXNET3_BAR1 + reg, value); }
static uint32_t bar1_read(uint32_t reg) { return sh_read32(MACHINE_VMXNET3_BAR1 + reg); }

uint32_t device_command(uint32_t command)
{
    bar1_write(VMXNET3_REG_CMD, command);
    return bar1_read(VMXNET3_REG_CMD);
}

volatile struct Vmxnet3_TxQueueDesc *device_queue_descs(void) { return sh_va(shell.queue_desc_gpa); }

static volatile struct Vmxnet3_RxQueueDesc *rx_queue_descs(void)
{
    return (volatile struct Vmxnet3_RxQueueDesc *)(device_queue_descs() + shell.queues);
}

/* What is offered for a plugin, and the rings behind it. */
enum { CONF_BYTES = sizeof(NPA_PluginConf) + sizeof(NPA_PluginConfExt) + SHELL_QUEUES_MAX * sizeof(NPA_QueueRings) };

void device_init(void)
{
    shell.shared_gpa = heap_alloc(sizeof(struct Vmxnet3_DriverShared), NPA_PAGE_SIZE);
    shell.queue_desc_gpa = heap_alloc(2 * 256 * SHELL_QUEUES_MAX, VMXNET3_QUEUE_DESC_ALIGN);
    shell.multicast_gpa = heap_alloc(6 * SHELL_MULTICAST_FEW, 64);
    shell.rss_gpa = heap_alloc(sizeof(struct UPT1_RSSConf), 64);
    shell.conf_gpa = heap_alloc(CONF_BYTES, NPA_PAGE_SIZE);
    if (!shell.shared_gpa || !shell.queue_desc_gpa || !shell.multicast_gpa || !shell.rss_gpa || !shell.conf_gpa)
        log_panic("shell: not enough memory for the device");
    shell.shared = sh_va(shell.shared_gpa);
    shell.npa = sh_machine()->npa;
    shell.event_line = shell.queues;
    if (!(bar1_read(VMXNET3_REG_VRRS) & 1) || !(bar1_read(VMXNET3_REG_UVRS) & 1))
        log_panic("shell: no vmxnet3 of revision 1");
    bar1_write(VMXNET3_REG_VRRS, 1);
    bar1_write(VMXNET3_REG_UVRS, 1);
    uint32_t low = device_command(VMXNET3_CMD_GET_PERM_MAC_LO), high = device_command(VMXNET3_CMD_GET_PERM_MAC_HI);
    for (unsigned i = 0; i < 6; i++)
        shell.mac[i] = (uint8_t)(i < 4 ? low >> 8 * i : high >> 8 * (i - 4));
    bar1_write(VMXNET3_REG_MACL, low);
    bar1_write(VMXNET3_REG_MACH, high);
}

/* ---- what the device reads at ACTIVATE_DEV ---- */

static void fill_queues(void)
{
    const struct path *path = &shell.path[PATH_EMULATED];
    for (uint32_t q = 0; q < shell.queues; q++) {
        volatile struct Vmxnet3_TxQueueConf *tx = &device_queue_descs()[q].conf;
        volatile struct Vmxnet3_RxQueueConf *rx = &rx_queue_descs()[q].conf;
        uint64_t tx_ring = path->ps.txQueues[q].ringBasePA, rx_ring = path->ps.rxQueues[q].ringBasePA;
        tx->txRingBasePA = tx_ring;
        tx->compRingBasePA = tx_ring + vmxnet3_completions(shell.tx_ring);
        tx->txRingSize = tx->compRingSize = shell.tx_ring;
        tx->intrIdx = (uint8_t)q;
        rx->rxRingBasePA[0] = rx_ring;
        rx->compRingBasePA = rx_ring + vmxnet3_completions(shell.rx_ring);
        rx->rxRingSize[0] = rx->compRingSize = vmxnet3_rx_ring_size(shell.rx_ring, shell.mtu);
        rx->intrIdx = (uint8_t)q;
    }
}

/* [vmxnet3: UPT1_RSSConf] The key is Microsoft's published verification key, so hashes can be checked against its
 * tables. */
static void fill_rss(volatile struct Vmxnet3_DSDevRead *read)
{
    static const uint8_t key[40] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
                                    0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
                                    0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};
    volatile struct UPT1_RSSConf *rss = sh_va(shell.rss_gpa);
    if (shell.queues < 2)
        return;
    rss->hashType = UPT1_RSS_HASH_TYPE_IPV4 | UPT1_RSS_HASH_TYPE_TCP_IPV4 | UPT1_RSS_HASH_TYPE_IPV6 | UPT1_RSS_HASH_TYPE_TCP_IPV6;
    rss->hashFunc = UPT1_RSS_HASH_FUNC_TOEPLITZ;
    rss->hashKeySize = sizeof key;
    rss->indTableSize = 4 * SHELL_QUEUES_MAX;
    for (uint32_t i = 0; i < sizeof key; i++)
        rss->hashKey[i] = key[i];
    if (!shell.rss_filled) /* an operator's table outlives the device */
        for (uint32_t i = 0; i < rss->indTableSize; i++)
            rss->indTable[i] = (uint8_t)(i % shell.queues);
    shell.rss_filled = true;
    read->misc.uptFeatures |= UPT1_F_RSS;
    read->rssConfDesc.confVer = 1;
    read->rssConfDesc.confLen = sizeof *rss;
    read->rssConfDesc.confPA = shell.rss_gpa;
}

uint64_t device_hash_key(void) { return shell.queues > 1 ? shell.rss_gpa + offsetof(struct UPT1_RSSConf, hashKey) : 0; }

static void fill_plugin_conf(volatile struct Vmxnet3_DSDevRead *read)
{
    read->pluginConfDesc.confVer = shell.npa ? NPA_CONF_VERSION_EXT : 0;
    read->pluginConfDesc.confLen = shell.npa ? sizeof(NPA_PluginConf) + sizeof(NPA_PluginConfExt) : 0;
    read->pluginConfDesc.confPA = shell.npa ? shell.conf_gpa : 0;
}

static void fill_shared(void)
{
    volatile struct Vmxnet3_DSDevRead *read = &shell.shared->devRead;
    shell.shared->magic = VMXNET3_REV1_MAGIC;
    read->misc.driverInfo.version = 1;
    read->misc.driverInfo.gos = VMXNET3_GOS_BITS_64 | face.gos_type << VMXNET3_GOS_TYPE_SHIFT;
    read->misc.driverInfo.vmxnet3RevSpt = read->misc.driverInfo.uptVerSpt = 1;
    read->misc.uptFeatures = shell.features;
    read->misc.queueDescPA = shell.queue_desc_gpa;
    read->misc.queueDescLen = 2 * 256 * shell.queues;
    read->misc.mtu = shell.mtu;
    read->misc.maxNumRxSG = (uint16_t)vmxnet3_buffers_a_frame(shell.mtu);
    read->misc.numTxQueues = read->misc.numRxQueues = (uint8_t)shell.queues;
    read->intrConf.autoMask = 1;
    read->intrConf.numIntrs = (uint8_t)(shell.event_line + 1);
    read->intrConf.eventIntrIdx = (uint8_t)shell.event_line;
    for (uint32_t v = 0; v <= shell.event_line; v++)
        read->intrConf.modLevels[v] = UPT1_IML_ADAPTIVE;
    read->intrConf.intrCtrl = 0;
    read->rxFilterConf.mfTablePA = shell.multicast_gpa;
    fill_rss(read);
    fill_plugin_conf(read);
}

/* The driver in use is another one: the features it offers are, too. */
void device_offer_npa(bool on)
{
    shell.npa = on;
    fill_plugin_conf(&shell.shared->devRead);
    device_command(VMXNET3_CMD_UPDATE_FEATURE);
}

uint32_t device_activate(void)
{
    fill_queues();
    fill_shared();
    bar1_write(VMXNET3_REG_DSAL, (uint32_t)shell.shared_gpa);
    bar1_write(VMXNET3_REG_DSAH, (uint32_t)(shell.shared_gpa >> 32));
    return device_command(VMXNET3_CMD_ACTIVATE_DEV);
}

/* ---- events ---- */

static void unmask_event(void) { sh_write32(MACHINE_VMXNET3_BAR0 + VMXNET3_REG_IMR + shell.event_line * VMXNET3_REG_ALIGN, 0); }

static uint32_t take_events(void)
{
    uint32_t events = shell.shared->ecr;
    if (events)
        bar1_write(VMXNET3_REG_ECR, events);
    return events;
}

uint32_t device_event(void)
{
    uint32_t events = take_events();
    if (events & VMXNET3_ECR_DIC && sh_machine()->npa)
        switch_event();
    if (events & (VMXNET3_ECR_TQERR | VMXNET3_ECR_RQERR))
        tuning_revive();
    unmask_event();
    return events;
}

bool device_start(void)
{
    struct path *path = &shell.path[PATH_EMULATED];
    if (!path_start(path, vmxnet3_plugin_main, MACHINE_VMXNET3_BAR0, VMXNET3_PT_REG_SIZE, shell.queues,
                    (void *)device_queue_descs(), 2 * 256 * shell.queues, NULL) ||
        !path_post(path))
        log_panic("shell: the vmxnet3 plugin does not start");
    if (device_activate() != NPA_STATUS_SUCCESS)
        return false;
    for (uint32_t q = 0; q < path->queues; q++)
        path->api.addBuffersToRxRing(&path->ps, q); /* announce */
    path->calls = sh_calls(MACHINE_CALLS_VMXNET3);
    unmask_event();
    path_unmask(path);
    shell.tx_path = path;
    return true;
}
