/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The vmxnet3 device: life, gates, reset, save. */
#include "nic/vmxnet3/vmxnet3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "nic/vmxnet3/vmxnet3__.h"

static void dma_read_done(struct pci_function *fn, uint64_t tag, const void *data, uint32_t len, enum pci_status status)
{
    vmxnet3_rings_read_done(&((struct vmxnet3 *)pci_function_data(fn))->rings, tag, data, len, status);
}

static void dma_write_done(struct pci_function *fn, uint64_t tag, enum pci_status status)
{
    vmxnet3_rings_write_done(&((struct vmxnet3 *)pci_function_data(fn))->rings, tag, status);
}

void vmxnet3__state_clear(struct vmxnet3 *dev)
{
    struct vmxnet3_state old = dev->st;

    memset(&dev->st, 0, sizeof(dev->st));
    memset(&dev->newer, 0, sizeof(dev->newer));
    vmxnet3__release(dev, false);
    vmxnet3__moderation_changed(dev);
    vmxnet3__mode_changed(dev);
    dev->st.did_lo = old.did_lo;
    dev->st.did_hi = old.did_hi;
    dev->st.commands = old.commands;
    dev->st.refused_commands = old.refused_commands;
    dev->st.bad_registers = old.bad_registers;
    memcpy(dev->st.mac, old.mac, sizeof(dev->st.mac));
}

static void function_reset(struct pci_function *fn, enum pci_reset kind)
{
    struct vmxnet3 *dev = pci_function_data(fn);

    vmxnet3_stop(dev, FATE_function_reset);
    vmxnet3_rings_clear(&dev->rings);
    vmxnet3__state_clear(dev);
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

    switch ((enum vmxnet3_verb)ev->verb) {
    case VERB_RX_RETRY:
        vmxnet3_rings_retry(&dev->rings, (unsigned)ev->a);
        break;
    case VERB_HELD:
        vmxnet3__held_is_due(dev, (unsigned)ev->a);
        break;
    }
}

static void device_save(struct component *self, struct save *s)
{
    struct vmxnet3 *dev = (struct vmxnet3 *)self;

    save_section(s, "vmxnet3", 4);
    save_field(s, dev->st);
    vmxnet3__mode_changed(dev);
    save_field(s, dev->rings.st);
    save_field(s, dev->rings.times);
    save_field(s, dev->rings.more);
    save_field(s, dev->away);
    save_field(s, dev->newer);
    save_field(s, dev->held);
    vmxnet3__moderation_changed(dev);
    save_field(s, dev->copy_rest);
    cpu_thread_save(&dev->worker, s);
}

/* ---- what the rings ask and tell ---- */

static struct vmxnet3 *of(struct vmxnet3_rings *rings)
{
    return (struct vmxnet3 *)((char *)rings - offsetof(struct vmxnet3, rings));
}

static void rings_send(struct vmxnet3_rings *rings, unsigned queue, frame_ref ref) { port_send(&of(rings)->port, ref); }

static void rings_tx_error(struct vmxnet3_rings *rings, unsigned queue, uint32_t error)
{
    struct vmxnet3 *dev = of(rings);
    uint64_t at =
        dev->st.conf.misc.queueDescPA + queue * sizeof(struct Vmxnet3_TxQueueDesc) + offsetof(struct Vmxnet3_TxQueueDesc, status);
    struct Vmxnet3_QueueStatus status = {.stopped = 1, .error = error};

    vmxnet3_write_guest(dev, at, &status, sizeof(status));
    vmxnet3_raise_event(dev, VMXNET3_ECR_TQERR);
}

static void rings_progress(struct vmxnet3_rings *rings)
{
    struct vmxnet3 *dev = of(rings);

    if (dev->host && dev->host->ops->progress)
        dev->host->ops->progress(dev->host);
}

/* The driver may switch all interrupts off with a bit in shared memory, without a register access. */
static bool rings_interrupts_are_off(struct vmxnet3_rings *rings)
{
    struct vmxnet3 *dev = of(rings);
    uint64_t at = dev->st.shared_pa + offsetof(struct Vmxnet3_DriverShared, devRead.intrConf.intrCtrl);
    uint32_t ctrl;

    return !vmxnet3_read_guest(dev, at, &ctrl, sizeof(ctrl)) || (ctrl & VMXNET3_IC_DISABLE_ALL);
}

void vmxnet3_set_copier(struct vmxnet3 *dev, struct cpu_thread *copier) { dev->copier = copier; }

/* What a device wrote is in a cache only if devices write there; descriptors, and what a guest has written, always are. */
static void rings_copies(struct vmxnet3_rings *rings, uint32_t bytes, bool received)
{
    struct vmxnet3 *dev = of(rings);
    struct profile *profile = &dev->c.sim->profile;
    bool cold = received && !profile_get(profile, PROFILE_dma_to_cache);

    dev->copy_rest +=
        (uint64_t)bytes * profile_get(profile, cold ? PROFILE_copy_cold_byte_millicycles : PROFILE_copy_byte_millicycles);
    cpu_work(received && dev->copier ? dev->copier : &dev->worker, dev->vcpu, CPU_copy,
             profile_get(profile, cold ? PROFILE_copy_cold_base_cycles : PROFILE_copy_base_cycles) + dev->copy_rest / 1000,
             (struct cpu_done){0});
    dev->copy_rest %= 1000;
}

/* The thread that has worked a queue off kicks or wakes the vCPU; what it takes there is the vCPU's. */
static void rings_signals(struct vmxnet3_rings *rings)
{
    struct vmxnet3 *dev = of(rings);
    uint64_t cycles = profile_get_if_any(&dev->c.sim->profile, PROFILE_irq_signal_cycles);

    if (cycles)
        cpu_work(dev->copier ? dev->copier : &dev->worker, dev->vcpu, CPU_interrupt, cycles, (struct cpu_done){0});
}

static void rings_interrupt(struct vmxnet3_rings *rings, unsigned vector) { vmxnet3__interrupt(of(rings), vector); }

/* Where the guest's buffer is in the hypervisor's memory is looked up, page by page. */
static void rings_maps(struct vmxnet3_rings *rings, bool received)
{
    struct vmxnet3 *dev = of(rings);
    uint64_t cycles = profile_get_if_any(&dev->c.sim->profile, PROFILE_guest_map_cycles);

    if (cycles)
        cpu_work(received && dev->copier ? dev->copier : &dev->worker, dev->vcpu, CPU_copy, cycles, (struct cpu_done){0});
}

static const struct vmxnet3_rings_ops rings_ops = {
    .send = rings_send,
    .tx_error = rings_tx_error,
    .progress = rings_progress,
    .interrupts_are_off = rings_interrupts_are_off,
    .interrupt = rings_interrupt,
    .holds = vmxnet3__holds,
    .maps = rings_maps,
    .copies = rings_copies,
    .signals = rings_signals,
};

static void device_show(struct component *c, struct probes *to) { vmxnet3_rings_show(&((struct vmxnet3 *)c)->rings, "", to); }

static const struct component_ops component_ops = {
    .kind = "vmxnet3", .event = device_event, .save = device_save, .show = device_show};
static const struct port_ops port_ops = {.receive = vmxnet3__port_receive};

/* As VMware numbers it: ff, the address' last three bytes, ff, the first three [PCIe 7.12]. */
static uint64_t serial_of(const uint8_t mac[6])
{
    uint64_t low = (uint64_t)mac[5] | (uint64_t)mac[4] << 8 | (uint64_t)mac[3] << 16 | UINT64_C(0xff) << 24;
    uint64_t high = (uint64_t)mac[2] | (uint64_t)mac[1] << 8 | (uint64_t)mac[0] << 16 | UINT64_C(0xff) << 24;
    return high << 32 | low;
}

/* Capabilities lie where lspci finds them in a VM of VMware, and QEMU's model has them [hw/net/vmxnet3.c of QEMU]. */
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
        .cap_pm = 0x40,
        .cap_pcie = 0x48,
        .cap_msi = 0x84,
        .cap_msix = 0x9c,
        .msi_unmaskable = true,
        .has_intx = true,
        .no_aer = true,
        .serial = serial_of(dev->perm_mac),
    };
    return pci_function_create(dev->link, &dev->c, dev, &function_ops, &params);
}

struct vmxnet3 *vmxnet3_create(struct sim *sim, const struct vmxnet3_params *params, char *err, size_t err_cap)
{
    struct vmxnet3 *dev = alloc_zero("a vmxnet3 device", 1, sizeof(*dev));
    char link_name[64];
    int status;

    component_init(&dev->c, sim, &component_ops, params->name);
    dev->host = params->host;
    dev->vcpu = params->vcpu;
    cpu_server_init(&dev->worker, params->cores, params->name, &dev->c);
    dev->link_mbps = params->link_mbps ? params->link_mbps : 10000;
    dev->rev = params->rev ? params->rev : VMXNET3_REV_MAX;
    dev->conf_intr = (params->intr_type ? params->intr_type : VMXNET3_IT_MSIX) | params->mask_mode << 2;
    memcpy(dev->perm_mac, params->mac, sizeof(dev->perm_mac));
    memcpy(dev->st.mac, params->mac, sizeof(dev->st.mac));
    dev->rings.c = &dev->c;
    dev->rings.vf = -1;
    dev->rings.ops = &rings_ops;
    dev->rings.retry_verb = VERB_RX_RETRY;
    dev->rings.rx_queue_frames = params->rx_queue_frames ? params->rx_queue_frames : VMXNET3_RX_QUEUE_FRAMES;
    dev->rings.full_fate = FATE_vnic_queue_full;
    vmxnet3_rings_clear(&dev->rings);
    status = port_init(&dev->port, &dev->c, 0, params->port_name, &port_ops);
    if (status) {
        snprintf(err, err_cap, "port %s: %s", params->port_name, strerror(-status));
        cpu_thread_fini(&dev->worker);
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
    dev->rings.fn = dev->fn;
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
    cpu_thread_fini(&dev->worker);
    free(dev);
}

struct component *vmxnet3_component(struct vmxnet3 *dev) { return &dev->c; }
struct pci_function *vmxnet3_function(struct vmxnet3 *dev) { return dev->fn; }
struct port *vmxnet3_port(struct vmxnet3 *dev) { return &dev->port; }

/* ---- gates ---- */

void vmxnet3_start_tx(struct vmxnet3 *dev) { vmxnet3_rings_start_tx(&dev->rings); }

void vmxnet3_run(struct vmxnet3 *dev)
{
    if (!dev->rings.st.ready)
        return;
    trace_vmxnet3_runs(&dev->c, dev->rings.st.tx_queues, dev->rings.st.rx_queues);
    vmxnet3_rings_run(&dev->rings);
}

void vmxnet3_stop_tx(struct vmxnet3 *dev)
{
    dev->rings.st.tx_run = 0;
    rings_progress(&dev->rings);
}

void vmxnet3_stop(struct vmxnet3 *dev, enum fate fate) { vmxnet3_rings_stop(&dev->rings, fate); }
bool vmxnet3_tx_is_idle(const struct vmxnet3 *dev) { return vmxnet3_rings_tx_is_idle(&dev->rings); }
uint32_t vmxnet3_rx_backlog(const struct vmxnet3 *dev) { return vmxnet3_rings_rx_backlog(&dev->rings); }
bool vmxnet3_rx_is_idle(const struct vmxnet3 *dev) { return vmxnet3_rx_backlog(dev) == 0; }
bool vmxnet3_is_activated(const struct vmxnet3 *dev) { return dev->rings.st.ready; }
void vmxnet3_set_rx_wait(struct vmxnet3 *dev, bool wait) { dev->rings.st.rx_wait = wait; }

bool vmxnet3_is_running(const struct vmxnet3 *dev) { return dev->rings.st.ready && dev->rings.st.tx_run && dev->rings.st.rx_run; }

bool vmxnet3_rx_is_restocked(struct vmxnet3 *dev)
{
    for (unsigned q = 0; dev->rings.st.rx_run && q < dev->rings.st.rx_queues; q++) {
        const struct vmxnet3_rx_ring *ring = &dev->rings.st.rx[q].ring[0];
        uint32_t at = ring->next + ring->size / 2, gen = ring->gen; /* drivers post in order */
        struct Vmxnet3_RxDesc desc;

        if (at >= ring->size) {
            at -= ring->size;
            gen ^= 1;
        }
        if (vmxnet3_read_guest(dev, ring->pa + (uint64_t)at * sizeof(desc), &desc, sizeof(desc)) &&
            !!(desc.dword2 & VMXNET3_RXD_GEN) != !!gen)
            return false;
    }
    return true;
}

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
    if (!dev->rings.st.ready)
        return;
    vmxnet3_write_guest(dev, dev->st.shared_pa + offsetof(struct Vmxnet3_DriverShared, ecr), &dev->st.ecr, sizeof(dev->st.ecr));
    if (dev->away.closed) /* the masks are elsewhere: one interrupt too many does no harm */
        vmxnet3__interrupt(dev, dev->st.conf.intrConf.eventIntrIdx);
    else
        vmxnet3_rings_raise_at_once(&dev->rings, dev->st.conf.intrConf.eventIntrIdx);
}

bool vmxnet3_plugin_conf(struct vmxnet3 *dev, struct Vmxnet3_VariableLenConfDesc *out)
{
    uint64_t at = dev->st.shared_pa + offsetof(struct Vmxnet3_DriverShared, devRead.pluginConfDesc);
    return dev->rings.st.ready && vmxnet3_read_guest(dev, at, out, sizeof(*out));
}

/* ---- guest memory ---- */

static bool guest_copy(struct vmxnet3 *dev, uint64_t addr, void *in, const void *out, uint32_t len)
{
    struct iommu_domain *domain = pci_function_domain(dev->fn); /* another one than at first, where its guest is elsewhere */
    uint32_t done = 0;

    while (done < len && domain) {
        uint64_t offset;
        uint32_t run;
        struct sim_mem *mem = iommu_translate(domain, pci_function_rid(dev->fn), addr + done, len - done,
                                              in ? IOMMU_READ : IOMMU_WRITE, true, &offset, &run);
        uint8_t *at = mem ? mem_at(mem, offset, run) : NULL;

        if (!at)
            return false;
        mem_take(mem, offset, run);
        mem_settle(mem);
        if (in)
            memcpy((uint8_t *)in + done, at, run);
        else
            memcpy(at, (const uint8_t *)out + done, run);
        done += run;
    }
    return done == len;
}

bool vmxnet3_read_guest(struct vmxnet3 *dev, uint64_t addr, void *buf, uint32_t len)
{
    return guest_copy(dev, addr, buf, NULL, len);
}

bool vmxnet3_write_guest(struct vmxnet3 *dev, uint64_t addr, const void *buf, uint32_t len)
{
    return guest_copy(dev, addr, NULL, buf, len);
}

sim_time vmxnet3_copy_ps(const struct vmxnet3 *dev) { return dev->worker.st.run_ps; }

void vmxnet3_get_stats(const struct vmxnet3 *dev, struct vmxnet3_stats *out)
{
    const struct vmxnet3_rings_stats *rings = &dev->rings.st.stats;

    *out = (struct vmxnet3_stats){
        .tx_frames = rings->tx_frames,
        .tx_bytes = rings->tx_bytes,
        .rx_frames = rings->rx_frames,
        .rx_bytes = rings->rx_bytes,
        .copies = rings->copies,
        .copy_bytes = rings->copy_bytes,
        .maps = dev->rings.more.maps,
        .tx_data_frames = dev->rings.more.tx_data_frames,
        .rx_data_frames = dev->rings.more.rx_data_frames,
        .interrupts = rings->interrupts,
        .commands = dev->st.commands,
        .refused_commands = dev->st.refused_commands,
        .bad_registers = dev->st.bad_registers,
    };
}

void vmxnet3_get_view(const struct vmxnet3 *dev, struct vmxnet3_view *out)
{
    const struct vmxnet3_rings_state *st = &dev->rings.st;
    *out = (struct vmxnet3_view){
        .queues = st->rx_queues,
        .rx_ring = st->rx[0].ring[0].size,
        .tx_ring = st->tx[0].size,
        .features = st->features,
        .rss_count = st->rss_on ? st->rss.indTableSize : 0,
        .rss_table = st->rss.indTable,
        .rss_key = st->rss.hashKey,
    };
}

const struct UPT1_TxStats *vmxnet3_tx_stats(const struct vmxnet3 *dev, unsigned queue) { return &dev->rings.st.tx[queue].stats; }
const struct UPT1_RxStats *vmxnet3_rx_stats(const struct vmxnet3 *dev, unsigned queue) { return &dev->rings.st.rx[queue].stats; }
