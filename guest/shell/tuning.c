/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ethtool sets of the guest's interface: ring sizes, receive features, the redirection table.
 *
 * Other ring sizes mean another life of the device, as in any vmxnet3 driver: quiesce, reset, rings, activate; what it holds then
 * is lost. On a VF the rings are the plugin's and in use, so they can be changed in emulation only; the next VF begins with the
 * new size. Memory of rings that have grown is taken from the heap and never comes back, so a guest can grow them a few times.
 */
#include "guest/plugins/vmxnet3/vmxnet3_plugin.h"
#include "guest/shell/shell.h"

enum { RSS_ENTRIES = 4 * SHELL_QUEUES_MAX };

static struct path *emulated(void) { return &shell.path[PATH_EMULATED]; }

/* ---- rings ---- */

static uint64_t bytes_of(const struct path *path, uint32_t rx, uint32_t tx)
{
    uint32_t buffer =
        shell.mtu + 14 + 4 > SHELL_SMALL_RECV_BUFFER_SIZE ? SHELL_LARGE_RECV_BUFFER_SIZE : SHELL_SMALL_RECV_BUFFER_SIZE;
    uint64_t queue = (uint64_t)rx * (sizeof(struct rx_slot) + sizeof(uint64_t) + PLUGIN_DESC_BYTES + buffer) +
                     (uint64_t)tx * (sizeof(uint32_t) + PLUGIN_DESC_BYTES) + 5 * NPA_PAGE_SIZE;
    return path->has_memory && (rx > path->rx_room || tx > path->tx_room) ? shell.queues * queue : 0;
}

static void stop_device(void)
{
    struct path *path = emulated();
    face_transmit_stops();
    shell.tx_path = NULL;
    path_mask(path);
    device_command(VMXNET3_CMD_QUIESCE_DEV);
    for (uint32_t q = 0; q < path->queues; q++)
        path->api.checkTxRing(&path->ps, q);
    path_drain(path);
    path_reclaim(path);
    device_command(VMXNET3_CMD_RESET_DEV);
}

static bool start_device(void)
{
    if (!device_start())
        return false;
    tx_flush_all();
    face_transmit_goes_on();
    irq_schedule_all();
    return true;
}

void tuning_revive(void)
{
    if (shell.state != SW_EMULATED || shell.tx_path != emulated())
        return; /* the next switch sets the device up anew */
    log_print(0, "shell: the device has stopped a queue; it is reset");
    stop_device();
    if (!start_device())
        log_panic("shell: ACTIVATE_DEV refused after a reset");
}

uint32_t tuning_set_rings(uint32_t rx, uint32_t tx)
{
    rx = (rx + VMXNET3_RING_SIZE_ALIGN - 1) / VMXNET3_RING_SIZE_ALIGN * VMXNET3_RING_SIZE_ALIGN;
    tx = (tx + VMXNET3_RING_SIZE_ALIGN - 1) / VMXNET3_RING_SIZE_ALIGN * VMXNET3_RING_SIZE_ALIGN;
    if (rx < SHELL_RING_MIN || rx > SHELL_RING_MAX || tx < SHELL_RING_MIN || tx > SHELL_RING_MAX ||
        !vmxnet3_rx_ring_size(rx, shell.mtu))
        return GUEST_EINVAL;
    if (shell.state != SW_EMULATED || shell.tx_path != emulated())
        return GUEST_EBUSY;
    if (rx == shell.rx_ring && tx == shell.tx_ring)
        return 0;
    if (bytes_of(emulated(), rx, tx) + bytes_of(&shell.path[PATH_VF], rx, tx) > heap_left())
        return GUEST_ENOMEM;
    stop_device();
    shell.rx_ring = rx;
    shell.tx_ring = tx;
    if (!path_resize(emulated()) || !path_resize(&shell.path[PATH_VF]))
        log_panic("shell: no memory for rings that were counted");
    return start_device() ? 0 : GUEST_EIO;
}

/* ---- features ---- */

uint32_t tuning_set_features(uint64_t features)
{
    volatile struct Vmxnet3_MiscConf *misc = &shell.shared->devRead.misc;
    uint64_t before = misc->uptFeatures;
    shell.features = features & (UPT1_F_RXCSUM | UPT1_F_RXVLAN);
    misc->uptFeatures = (before & UPT1_F_RSS) | shell.features;
    if (!device_command(VMXNET3_CMD_UPDATE_FEATURE))
        return 0;
    misc->uptFeatures = before;
    shell.features = before & (UPT1_F_RXCSUM | UPT1_F_RXVLAN);
    return GUEST_EPERM;
}

/* ---- receive side scaling ---- */

/* Entries in proportion to `weight` of each queue; all 0: one after the other. */
static void fill_table(volatile uint8_t *table, const uint8_t weight[SHELL_QUEUES_MAX])
{
    uint32_t sum = 0, partial = 0, queue = 0;
    for (uint32_t q = 0; q < SHELL_QUEUES_MAX; q++)
        sum += weight[q];
    partial = weight[0];
    for (uint32_t i = 0; i < RSS_ENTRIES; i++) {
        while (sum && i * sum >= RSS_ENTRIES * partial)
            partial += weight[++queue];
        table[i] = (uint8_t)(sum ? queue : i % shell.queues);
    }
}

uint32_t tuning_set_rss(uint64_t weights)
{
    volatile struct UPT1_RSSConf *rss = sh_va(shell.rss_gpa);
    uint8_t weight[SHELL_QUEUES_MAX];
    for (uint32_t q = 0; q < SHELL_QUEUES_MAX; q++) {
        weight[q] = (uint8_t)(weights >> 8 * q);
        if (weight[q] && q >= shell.queues)
            return GUEST_EINVAL;
    }
    if (shell.queues < 2)
        return GUEST_EINVAL;
    fill_table(rss->indTable, weight);
    return device_command(VMXNET3_CMD_UPDATE_RSSIDT) ? GUEST_EPERM : 0;
}
