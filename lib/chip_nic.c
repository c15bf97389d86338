/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A NIC of a chip from outside: its functions on a PCIe link, its port, upcalls, counters, save. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "lib/chip__.h"

enum { VF_OFFSET = 0x80, VF_STRIDE = 1 };
static const char who[] = "a NIC of a chip";

/* ---- upcalls ---- */

static const struct vfsim_device_ops *ops_of(const struct vfsim_function *fn) { return fn->nic->chip->device; }

static uint64_t mmio_read(struct pci_function *pci, unsigned bar, uint32_t off, unsigned size)
{
    struct vfsim_function *fn = pci_function_data(pci);
    return ops_of(fn)->read(fn, bar, off, size);
}

static void mmio_write(struct pci_function *pci, unsigned bar, uint32_t off, unsigned size, uint64_t value)
{
    struct vfsim_function *fn = pci_function_data(pci);
    ops_of(fn)->write(fn, bar, off, size, value);
}

_Static_assert((int)VFSIM_DMA_OK == PCI_OK && (int)VFSIM_DMA_FAULT == PCI_IOMMU_FAULT &&
                   (int)VFSIM_DMA_NO_BUS_MASTER == PCI_NO_BUS_MASTER && (int)VFSIM_DMA_GONE == PCI_GONE,
               "one numbering");

static void dma_read_done(struct pci_function *pci, uint64_t tag, const void *data, uint32_t len, enum pci_status status)
{
    struct vfsim_function *fn = pci_function_data(pci);
    if (tag & CHIP_TAG_OURS)
        chip__queue_read(fn, tag, data, len, (enum vfsim_dma_status)status);
    else
        ops_of(fn)->dma_read_done(fn, tag, data, len, (enum vfsim_dma_status)status);
}

static void dma_write_done(struct pci_function *pci, uint64_t tag, enum pci_status status)
{
    struct vfsim_function *fn = pci_function_data(pci);
    if (tag & CHIP_TAG_OURS)
        chip__queue_written(fn, tag, (enum vfsim_dma_status)status);
    else
        ops_of(fn)->dma_write_done(fn, tag, (enum vfsim_dma_status)status);
}

static void reset(struct pci_function *pci, enum pci_reset kind)
{
    struct vfsim_function *fn = pci_function_data(pci);
    trace_nic_vf_reset(chip_component(fn->nic), fn->port, kind == PCI_RESET_FLR ? "function-level reset" : "reset");
    chip__queues_reset(fn);
    ops_of(fn)->reset(fn);
}

static void config_written(struct pci_function *pci, uint16_t off, unsigned size)
{
    struct vfsim_function *fn = pci_function_data(pci);
    if (ops_of(fn)->config_written)
        ops_of(fn)->config_written(fn, off, size);
}

static const struct pci_function_ops function_ops = {
    .mmio_read = mmio_read,
    .mmio_write = mmio_write,
    .dma_read_done = dma_read_done,
    .dma_write_done = dma_write_done,
    .reset = reset,
    .config_written = config_written,
};

static void arrive(struct port *port, frame_ref ref)
{
    struct vfsim_nic *nic = (struct vfsim_nic *)port->owner;
    nic->chip->device->arrive(nic, ref);
}

static void link_changed(struct port *port, bool up)
{
    struct vfsim_nic *nic = (struct vfsim_nic *)port->owner;
    trace_nic_link(chip_component(nic), up ? "up" : "down");
    if (nic->chip->device->link_changed)
        nic->chip->device->link_changed(nic, up);
}

static const struct port_ops port_ops = {.receive = arrive, .link_changed = link_changed};

/* ---- the component ---- */

static void event(struct component *c, const struct event *ev)
{
    struct vfsim_nic *nic = (struct vfsim_nic *)c;
    if (ev->verb == CHIP_TIMER_WIRE)
        chip__wire_is_free(nic);
    else
        nic->chip->device->timer(nic, ev->verb, ev->a, ev->b);
}

static void save_state(struct save *s, const char *what, void *state, size_t bytes)
{
    save_expect_u64(s, what, bytes);
    if (bytes)
        save_bytes(s, (uint8_t *)state, bytes);
}

static void save(struct component *c, struct save *s)
{
    struct vfsim_nic *nic = (struct vfsim_nic *)c;
    save_section(s, "chip", 2);
    save_expect_u64(s, "the version of the chip's states", nic->chip->state_version);
    save_expect_u64(s, "VFs", nic->nic.vf_count);
    save_state(s, "bytes of the NIC's state", nic->state, nic->chip->nic_state);
    for (unsigned f = 0; f <= nic->nic.vf_count; f++) {
        const struct vfsim_function_kind *kind = f < nic->nic.vf_count ? &nic->chip->vf : &nic->chip->pf;
        save_state(s, "bytes of a function's state", nic->fn[f].state, kind->state);
        chip__queues_save(&nic->fn[f], s);
    }
    chip__wire_save(nic, s);
    save_field(s, nic->sw);
    if (nic->chip->device->save)
        nic->chip->device->save(nic, (struct vfsim_save *)s);
}

static const struct component_ops component_ops = {.kind = "nic", .event = event, .save = save};

/* ---- what is asked of every NIC ---- */

static bool counter(const struct nic *of, unsigned i, const char **name, uint64_t *value)
{
    struct vfsim_nic *nic = (struct vfsim_nic *)of;
    return nic->chip->device->counter && nic->chip->device->counter(nic, i, name, value);
}

static void function_stats(const struct nic *of, int vf, struct nic_function_stats *out)
{
    struct vfsim_nic *nic = (struct vfsim_nic *)of;
    struct vfsim_function *fn = vfsim_nic_function(nic, vf);
    struct vfsim_function_counts c = fn->count;
    if (nic->chip->device->counts)
        nic->chip->device->counts(fn, &c);
    *out = (struct nic_function_stats){
        .rx_packets = c.rx_frames,
        .rx_bytes = c.rx_bytes,
        .rx_multicast = c.rx_multicast,
        .rx_broadcast = c.rx_broadcast,
        .rx_dropped = c.rx_dropped,
        .tx_packets = c.tx_frames,
        .tx_bytes = c.tx_bytes,
    };
    nic_count_switched(out, &nic->sw.count[fn->port]);
}

static void destroy(struct nic *of)
{
    struct vfsim_nic *nic = (struct vfsim_nic *)of;
    nic_detach(of);
    for (unsigned f = 0; f < CHIP_FUNCTIONS_MAX; f++) {
        free(nic->fn[f].state);
        free(nic->fn[f].queue);
    }
    free(nic->state);
    free(nic);
}

static const struct nic_ops nic_ops = {.destroy = destroy, .counter = counter, .function_stats = function_stats};

/* ---- making it ---- */

static void function_create(struct vfsim_nic *nic, unsigned f, int number)
{
    const struct vfsim_chip *chip = nic->chip;
    bool is_vf = number >= 0;
    const struct vfsim_function_kind *kind = is_vf ? &chip->vf : &chip->pf;
    struct vfsim_capabilities at = chip__capabilities(kind, is_vf);
    struct pci_function_params p = {
        .vendor = chip->vendor,
        .device = kind->device,
        .subsystem_vendor = chip->vendor,
        .subsystem = 1,
        .class_code = 0x020000,
        .revision = 1,
        .rid = (uint16_t)((1 + nic->nic.c.id % 250) << 8), /* a bus of its own: room for the VFs' routing ids */
        .is_vf = is_vf,
        .pf = nic->nic.pf,
        .msix_vectors = kind->vectors,
        .msix_bar = kind->msix_bar,
        .msix_table_off = kind->msix_table,
        .msix_pba_off = kind->msix_pending,
        .cap_pm = at.pm,
        .cap_msi = at.msi,
        .cap_msix = at.msix,
        .cap_pcie = at.pcie,
        .cap_aer = at.aer,
        .cap_ari = at.ari,
        .cap_sriov = at.sriov,
    };
    for (unsigned b = 0; b < PCI_BARS; b++) {
        p.bar_size[b] = kind->bar[b].bytes;
        p.bar_is_64[b] = kind->bar[b].is_64;
    }
    if (is_vf) {
        p.rid = (uint16_t)(pci_function_rid(nic->nic.pf) + VF_OFFSET + VF_STRIDE * f);
    } else {
        p.vf_device = chip->vf.device;
        p.total_vfs = nic->nic.vf_count;
        p.vf_offset = VF_OFFSET;
        p.vf_stride = VF_STRIDE;
    }
    struct vfsim_function *fn = &nic->fn[f];
    *fn = (struct vfsim_function){
        .nic = nic,
        .number = number,
        .port = f,
        .state = alloc_zero(who, 1, kind->state ? kind->state : 1),
        .queue = alloc_zero(who, kind->queues ? kind->queues : 1, sizeof(struct chip_queue)),
        .queues = kind->queues,
    };
    fn->pci = pci_function_create(nic->nic.link, &nic->nic.c, fn, &function_ops, &p);
}

static void functions_create(struct vfsim_nic *nic, unsigned vfs)
{
    function_create(nic, vfs, -1);
    nic->nic.pf = nic->fn[vfs].pci;
    for (unsigned v = 0; v < vfs; v++) {
        function_create(nic, v, (int)v);
        nic->nic.vf[v] = nic->fn[v].pci;
    }
    vfsim_switch_clear(nic);
    for (unsigned f = 0; f <= vfs; f++)
        nic->chip->device->reset(&nic->fn[f]);
}

struct nic *chip__create(struct sim *sim, const struct nic_params *params, char *err, size_t err_cap)
{
    const struct chip_entry *entry = chip_entry_of(nic_model_find(params->model));
    struct vfsim_nic *nic = alloc_zero(who, 1, sizeof(*nic));
    nic->chip = entry->chip;
    nic->nic.vf = alloc_zero(who, params->vfs, sizeof(struct pci_function *));
    nic->state = alloc_zero(who, 1, entry->chip->nic_state ? entry->chip->nic_state : 1);
    component_init(&nic->nic.c, sim, &component_ops, params->name);
    nic->nic.ops = &nic_ops;
    nic->nic.model = &entry->model;
    nic->nic.vf_count = params->vfs;
    memcpy(nic->mac, params->mac, sizeof(nic->mac));
    if (!nic_attach(&nic->nic, params, &port_ops, err, err_cap)) {
        functions_create(nic, params->vfs);
        return &nic->nic;
    }
    free(nic->nic.vf);
    free(nic->state);
    free(nic);
    return NULL;
}

/* ---- who is who ---- */

void *vfsim_nic_state(struct vfsim_nic *nic) { return nic->state; }
void *vfsim_function_state(struct vfsim_function *fn) { return fn->state; }
struct vfsim_nic *vfsim_function_nic(struct vfsim_function *fn) { return fn->nic; }
int vfsim_function_number(const struct vfsim_function *fn) { return fn->number; }
unsigned vfsim_function_port(const struct vfsim_function *fn) { return fn->port; }
unsigned vfsim_nic_vfs(const struct vfsim_nic *nic) { return nic->nic.vf_count; }
void vfsim_nic_address(const struct vfsim_nic *nic, uint8_t mac[6]) { memcpy(mac, nic->mac, 6); }
const char *vfsim_nic_name(const struct vfsim_nic *nic) { return nic->nic.c.name; }

struct vfsim_function *vfsim_nic_function(struct vfsim_nic *nic, int number)
{
    if (number >= (int)nic->nic.vf_count)
        return NULL;
    return &nic->fn[number < 0 ? nic->nic.vf_count : (unsigned)number];
}
