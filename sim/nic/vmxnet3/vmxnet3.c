/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The vmxnet3 device: life, gates, reset, save. */
#include "nic/vmxnet3/vmxnet3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nic/vmxnet3/vmxnet3__.h"

static void dma_read_done(struct pci_function *fn, uint64_t tag, const void *data, uint32_t len, enum pci_status status)
{
    struct vmxnet3 *dev = pci_function_data(fn);
    unsigned queue = tag >> 48 & 0xff;

    if ((uint32_t)tag != dev->st.epoch)
        return;
    switch ((enum dma_kind)(tag >> 56)) {
    case DMA_TX_DESC:
        vmxnet3__tx_desc_done(dev, queue, data, len, status);
        break;
    case DMA_TX_DATA:
        vmxnet3__tx_data_done(dev, queue, data, len, status);
        break;
    case DMA_RX_DESC:
        vmxnet3__rx_desc_done(dev, queue, data, len, status);
        break;
    case DMA_NONE:
    case DMA_RX_DATA:
        break;
    }
}

static void dma_write_done(struct pci_function *fn, uint64_t tag, enum pci_status status)
{
    struct vmxnet3 *dev = pci_function_data(fn);

    if ((enum dma_kind)(tag >> 56) == DMA_RX_DATA)
        vmxnet3__rx_data_done(dev, tag >> 48 & 0xff, (uint32_t)tag, status);
}

/* Back to what power-on gives; the frames it held have ended. */
static void state_clear(struct vmxnet3 *dev)
{
    uint32_t epoch = dev->st.epoch + 1, lo = dev->st.did_lo, hi = dev->st.did_hi;
    struct vmxnet3_stats stats = dev->st.stats;
    uint8_t mac[6];

    memcpy(mac, dev->st.mac, sizeof(mac));
    memset(&dev->st, 0, sizeof(dev->st));
    dev->st.epoch = epoch;
    dev->st.did_lo = lo;
    dev->st.did_hi = hi;
    dev->st.stats = stats;
    memcpy(dev->st.mac, mac, sizeof(mac));
    dev->st.irq_masked = ~0u;
}

static void function_reset(struct pci_function *fn, enum pci_reset kind)
{
    struct vmxnet3 *dev = pci_function_data(fn);

    vmxnet3_stop(dev, FATE_function_reset);
    state_clear(dev);
}

static const struct pci_function_ops function_ops = {
    .mmio_read = vmxnet3__mmio_read,
    .mmio_write = vmxnet3__mmio_write,
    .dma_read_done = dma_read_done,
    .dma_write_done = dma_write_done,
    .reset = function_reset,
};

static void device_event(struct component *self, const struct event *ev)
{
    struct vmxnet3 *dev = (struct vmxnet3 *)self;

    if (ev->verb == VERB_RX_RETRY)
        vmxnet3__rx_retry(dev, (unsigned)ev->a);
}

static void device_save(struct component *self, struct save *s)
{
    struct vmxnet3 *dev = (struct vmxnet3 *)self;

    save_section(s, "vmxnet3", 1);
    save_field(s, dev->st);
}

static const struct component_ops component_ops = {.kind = "vmxnet3", .event = device_event, .save = device_save};
static const struct port_ops port_ops = {.receive = vmxnet3__port_receive};

static struct pci_function *make_function(struct vmxnet3 *dev)
{
    struct pci_function_params params = {
        .vendor = VMXNET3_PCI_VENDOR,
        .device = VMXNET3_PCI_DEVICE,
        .subsystem_vendor = VMXNET3_PCI_VENDOR,
        .subsystem = VMXNET3_PCI_DEVICE,
        .class_code = 0x020000,
        .revision = 1,
        .rid = 3 << 8, /* bus 3, as VMware's virtual bridges number the first slot */
        .bar_size = {VMXNET3_PT_REG_SIZE, VMXNET3_VD_REG_SIZE, VMXNET3_MSIX_BAR_SIZE},
        .msix_vectors = VMXNET3_MAX_INTRS,
        .msix_bar = VMXNET3_MSIX_BAR,
        .msix_table_off = VMXNET3_MSIX_TABLE,
        .msix_pba_off = VMXNET3_MSIX_PBA,
    };
    return pci_function_create(dev->link, &dev->c, dev, &function_ops, &params);
}

struct vmxnet3 *vmxnet3_create(struct sim *sim, const struct vmxnet3_params *params, char *err, size_t err_cap)
{
    struct vmxnet3 *dev = calloc(1, sizeof(*dev));
    char link_name[64];
    int status;

    if (!dev) {
        snprintf(err, err_cap, "%s: out of memory", params->name);
        return NULL;
    }
    component_init(&dev->c, sim, &component_ops, params->name);
    dev->domain = params->domain;
    dev->host = params->host;
    dev->rx_queue_frames = params->rx_queue_frames ? params->rx_queue_frames : VMXNET3_RX_QUEUE_FRAMES;
    dev->link_mbps = params->link_mbps ? params->link_mbps : 10000;
    memcpy(dev->perm_mac, params->mac, sizeof(dev->perm_mac));
    memcpy(dev->st.mac, params->mac, sizeof(dev->st.mac));
    state_clear(dev);
    status = port_init(&dev->port, &dev->c, 0, params->port_name, &port_ops);
    if (status) {
        snprintf(err, err_cap, "port %s: %s", params->port_name, strerror(-status));
        free(dev);
        return NULL;
    }
    snprintf(link_name, sizeof(link_name), "%.40s.link", params->name);
    dev->link = pci_link_create(sim, link_name, &params->link);
    dev->fn = dev->link ? make_function(dev) : NULL;
    if (!dev->fn) {
        snprintf(err, err_cap, "%s: out of memory", params->name);
        vmxnet3_destroy(dev);
        return NULL;
    }
    pci_function_set_domain(dev->fn, params->domain);
    pci_function_set_sink(dev->fn, params->sink);
    return dev;
}

void vmxnet3_destroy(struct vmxnet3 *dev)
{
    if (!dev)
        return;
    port_fini(&dev->port);
    pci_link_destroy(dev->link);
    free(dev);
}

struct component *vmxnet3_component(struct vmxnet3 *dev) { return &dev->c; }
struct pci_function *vmxnet3_function(struct vmxnet3 *dev) { return dev->fn; }
struct port *vmxnet3_port(struct vmxnet3 *dev) { return &dev->port; }

/* ---- gates ---- */

void vmxnet3__progress(struct vmxnet3 *dev)
{
    if (dev->host && dev->host->ops->progress)
        dev->host->ops->progress(dev->host);
}

void vmxnet3_start_tx(struct vmxnet3 *dev)
{
    if (!dev->st.activated)
        return;
    dev->st.tx_run = 1;
    for (unsigned q = 0; q < dev->st.tx_queues; q++)
        vmxnet3__tx_kick(dev, q);
}

void vmxnet3_run(struct vmxnet3 *dev)
{
    if (!dev->st.activated)
        return;
    dev->st.rx_run = 1;
    trace_vmxnet3_runs(&dev->c, dev->st.tx_queues, dev->st.rx_queues);
    vmxnet3_start_tx(dev);
}

void vmxnet3_stop_tx(struct vmxnet3 *dev)
{
    dev->st.tx_run = 0;
    vmxnet3__progress(dev);
}

/* DMA under way for a frame that has ended must not touch the next one: a new epoch makes it meaningless. */
void vmxnet3_stop(struct vmxnet3 *dev, enum fate fate)
{
    dev->st.tx_run = dev->st.rx_run = 0;
    for (unsigned q = 0; q < QUEUES_MAX; q++) {
        vmxnet3__tx_discard(dev, q, fate);
        vmxnet3__rx_discard(dev, q, fate);
    }
    dev->st.epoch++;
    vmxnet3__progress(dev);
}

bool vmxnet3_tx_is_idle(const struct vmxnet3 *dev)
{
    for (unsigned q = 0; q < dev->st.tx_queues; q++) {
        const struct tx_queue *tx = &dev->st.tx[q];
        if (tx->phase != PHASE_IDLE ||
            (dev->st.tx_run && !tx->stopped && (tx->next != tx->prod || tx->batch_i < tx->batch_n)))
            return false;
    }
    return true;
}

uint32_t vmxnet3_rx_backlog(const struct vmxnet3 *dev)
{
    uint32_t sum = 0;
    for (unsigned q = 0; q < dev->st.rx_queues; q++)
        sum += dev->st.rx[q].waiting + (dev->st.rx[q].phase != PHASE_IDLE);
    return sum;
}

bool vmxnet3_rx_is_idle(const struct vmxnet3 *dev) { return vmxnet3_rx_backlog(dev) == 0; }
bool vmxnet3_is_activated(const struct vmxnet3 *dev) { return dev->st.activated; }
bool vmxnet3_is_running(const struct vmxnet3 *dev) { return dev->st.activated && dev->st.tx_run && dev->st.rx_run; }
void vmxnet3_set_rx_wait(struct vmxnet3 *dev, bool wait) { dev->st.rx_wait = wait; }

/* ---- mode switch ---- */

void vmxnet3_set_did(struct vmxnet3 *dev, uint32_t lo, uint32_t hi)
{
    dev->st.did_lo = lo;
    dev->st.did_hi = hi;
}

uint32_t vmxnet3_did(const struct vmxnet3 *dev) { return dev->st.did_lo; }

void vmxnet3_raise_event(struct vmxnet3 *dev, uint32_t ecr)
{
    dev->st.ecr |= ecr;
    if (!dev->st.activated)
        return;
    vmxnet3_write_guest(dev, dev->st.shared_pa + offsetof(struct Vmxnet3_DriverShared, ecr), &dev->st.ecr,
                        sizeof(dev->st.ecr));
    vmxnet3__irq_raise(dev, dev->st.conf.intrConf.eventIntrIdx);
}

bool vmxnet3_plugin_conf(struct vmxnet3 *dev, struct Vmxnet3_VariableLenConfDesc *out)
{
    uint64_t at = dev->st.shared_pa + offsetof(struct Vmxnet3_DriverShared, devRead.pluginConfDesc);
    return dev->st.activated && vmxnet3_read_guest(dev, at, out, sizeof(*out));
}

/* ---- guest memory ---- */

static bool guest_copy(struct vmxnet3 *dev, uint64_t addr, void *in, const void *out, uint32_t len)
{
    uint32_t done = 0;

    while (done < len) {
        uint64_t offset;
        uint32_t run;
        struct sim_mem *mem = iommu_translate(dev->domain, pci_function_rid(dev->fn), addr + done, len - done,
                                              in ? IOMMU_READ : IOMMU_WRITE, true, &offset, &run);
        uint8_t *at = mem ? mem_at(mem, offset, run) : NULL;

        if (!at)
            return false;
        if (in)
            memcpy((uint8_t *)in + done, at, run);
        else
            memcpy(at, (const uint8_t *)out + done, run);
        done += run;
    }
    return true;
}

bool vmxnet3_read_guest(struct vmxnet3 *dev, uint64_t addr, void *buf, uint32_t len)
{
    return guest_copy(dev, addr, buf, NULL, len);
}

bool vmxnet3_write_guest(struct vmxnet3 *dev, uint64_t addr, const void *buf, uint32_t len)
{
    return guest_copy(dev, addr, NULL, buf, len);
}

void vmxnet3_get_stats(const struct vmxnet3 *dev, struct vmxnet3_stats *out) { *out = dev->st.stats; }
