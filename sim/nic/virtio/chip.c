/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtio NIC as a component: creation, its PCI functions, reset, events, counters, save. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/engine/horizon.h"
#include "nic/virtio/vio__.h"

enum {
    CAP_PM = 0x40,
    CAP_VENDOR = 0x48,
    CAP_MSIX = 0x90,
    CAP_PCIE = 0xa0,
    CAP_AER = 0x100,
    CAP_ARI = 0x150,
    CAP_SRIOV = 0x160,
    VF_OFFSET = 0x80,
    VF_STRIDE = 1
};

extern const struct nic_model nic_virtio_model;

void vio__frame_end(struct vio_function *fn, frame_ref ref, enum fate fate)
{
    if (fn->vf == VIO_PF)
        frame_end_sub(vio_component(fn->chip), ref, fate, "pf", -1);
    else
        frame_end_sub(vio_component(fn->chip), ref, fate, "vf %d", fn->vf);
}

void vio__pass(struct vio_function *fn, const struct vio_queue_state *q, const struct frame *f, enum way_kind kind)
{
    const struct component *c = vio_component(fn->chip);
    nic_pass(c, fn->vf, vio_number(fn, q) / 2, kind, f, way_gap_read(&q->gap, sim_now(c->sim)));
}

void vio__cause(struct vio *v, uint32_t cause)
{
    *vio_reg(v, VIO_ICR) |= cause;
    pci_msix_raise(v->nic.pf, VIO_VECTOR_MISC);
}

/* ---- PCIe upcalls ---- */

/* An index, heads or descriptors. What can't be read is where the driver said that it is. */
static void ring_read_done(struct vio_function *fn, uint64_t tag, const void *data, uint32_t len, enum pci_status status)
{
    struct vio_queue_state *q = &fn->queue[tag >> 52 & 0xff];

    if (status != PCI_OK) {
        trace_nic_ring_fault(vio_component(fn->chip), vio_is_rx(vio_number(fn, q)) ? "receive" : "transmit", vio_number(fn, q));
        vio__broken(fn, vio_number(fn, q), "a ring in memory that is not the function's");
        return;
    }
    if (!vio_runs(fn))
        return;
    if (tag >> 60 == VIO_TAG_INDEX)
        vio__split_index_done(fn, q, data);
    else if (tag >> 60 == VIO_TAG_RING)
        (vio_is_packed(fn) ? vio__packed_ring_done : vio__split_ring_done)(fn, q, data, len);
    else
        (vio_is_packed(fn) ? vio__packed_chain_done : vio__split_chain_done)(fn, q, (uint32_t)tag, data, len);
}

static void dma_read_done(struct pci_function *pci, uint64_t tag, const void *data, uint32_t len, enum pci_status status)
{
    struct vio_function *fn = pci_function_data(pci);

    switch ((enum vio_tag)(tag >> 60)) {
    case VIO_TAG_INDEX:
    case VIO_TAG_RING:
    case VIO_TAG_CHAIN:
        ring_read_done(fn, tag, data, len, status);
        break;
    case VIO_TAG_EVENT:
        vio__event_read_done(fn, &fn->queue[tag >> 52 & 0xff], data, status);
        break;
    case VIO_TAG_TX_DATA:
        vio__tx_data_done(fn->chip, tag, data, len, status);
        break;
    case VIO_TAG_COMMAND:
        vio__command_read_done(fn, tag, data, len, status);
        break;
    case VIO_TAG_RX_DATA:
        break;
    }
}

static void dma_write_done(struct pci_function *pci, uint64_t tag, enum pci_status status)
{
    struct vio_function *fn = pci_function_data(pci);

    if (tag >> 60 == VIO_TAG_RX_DATA)
        vio__rx_data_done(fn->chip, tag, status);
}

/* Writes under way have been ended by pcie. */
static void forget_writes(struct vio_function *fn)
{
    struct vio *v = fn->chip;

    for (unsigned s = 0; s < VIO_WRITES; s++)
        if (!(v->s.write_free >> s & 1) && v->s.write[s].function == fn->vport) {
            v->s.write[s].ref = 0;
            v->s.write_free |= UINT64_C(1) << s;
        }
}

void vio__function_clear(struct vio_function *fn, enum fate fate)
{
    struct vio *v = fn->chip;

    if (fn->vf == VIO_PF)
        memset(&v->s.admin, 0, sizeof(v->s.admin));
    forget_writes(fn);
    for (unsigned n = 0; n < VIO_QUEUES; n++) {
        struct vio_queue_state *q = &fn->queue[n];
        if (!q->lives)
            continue;
        if (vio_is_rx(n))
            vio__rx_forget(fn, q, fate);
        else if (n / 2 < VIO_PAIRS_MAX)
            vio_set_active(v->s.tx_active, &v->s.tx_functions, fn, n / 2, false);
        memset(q, 0, sizeof(*q));
    }
    memset(&fn->s.command, 0, sizeof(fn->s.command));
    fn->s.status = 0; /* what it has on the chip is of a life that is over */
    vio__tx_forget(fn);
    vio__admin_look(v);
}

/* What the board has in its memory: the PF's own, which nobody provisions. */
static void pf_defaults(struct vio *v)
{
    struct vio_function *pf = vio_pf(v);

    pf->s.set = (struct vio_provision){.pairs = 1, .mtu = 1500};
    memcpy(pf->s.set.mac, v->mac, sizeof(v->mac));
    pf->s.run = VIO_RUN_RX | VIO_RUN_TX;
}

/* Of the PF: all functions and the tables. pcie resets the VFs one by one before it. */
static void reset_chip(struct vio *v)
{
    vio__reset_registers(v);
    pf_defaults(v);
    for (unsigned b = 0; b < 4; b++) /* entry 0 comes from the board's memory */
        *vio_reg(v, VIO_MAC_LO(0)) |= (uint32_t)v->mac[b] << (8 * b);
    *vio_reg(v, VIO_MAC_HI(0)) = v->mac[4] | (uint32_t)v->mac[5] << 8 | v->nic.vf_count << 16 | VIO_VALID;
    struct vports vports = vio_vports(v);
    vports_all(&vports, v->nic.vf_count + 1);
}

/* A VF that nobody has provisioned offers nothing. */
static void vf_defaults(struct vio_function *fn)
{
    memset(&fn->s.set, 0, sizeof(fn->s.set));
    memset(&fn->s.rss, 0, sizeof(fn->s.rss));
    fn->s.set.pairs = 1;
    fn->s.run = 0;
}

static void reset(struct pci_function *pci, enum pci_reset kind)
{
    struct vio_function *fn = pci_function_data(pci);

    vio__function_clear(fn, FATE_function_reset);
    vio__function_defaults(fn);
    trace_nic_vf_reset(vio_component(fn->chip), fn->vport, kind == PCI_RESET_FLR ? "function-level reset" : "reset");
    if (fn->vf == VIO_PF) {
        reset_chip(fn->chip);
    } else {
        vf_defaults(fn);
        vio__cause(fn->chip, VIO_ICR_RESET);
    }
    vio__tx_out(fn->chip);
    vio__tx_issue_all(fn->chip); /* others wait for what it had on the chip */
}

static const struct pci_function_ops function_ops = {
    .mmio_read = vio__mmio_read,
    .mmio_write = vio__mmio_write,
    .dma_read_done = dma_read_done,
    .dma_write_done = dma_write_done,
    .reset = reset,
};

/* ---- the component ---- */

static void event(struct component *c, const struct event *ev)
{
    struct vio *v = (struct vio *)c;

    if (ev->verb == VIO_VERB_LRO)
        vio__lro_event(&v->fn[ev->a]);
    else
        vio__wire_event(v);
}

/* Most queues have never been touched. */
static void save_queue(struct vio_queue_state *q, struct save *s)
{
    uint8_t lives = q->lives;

    save_field(s, lives);
    if (lives)
        save_field(s, *q);
    else if (q->lives)
        memset(q, 0, sizeof(*q));
}

static void save(struct component *c, struct save *s)
{
    struct vio *v = (struct vio *)c;

    save_section(s, "virtio", 1);
    save_expect_u64(s, "VFs", v->nic.vf_count);
    save_field(s, v->s);
    save_field(s, v->sw);
    for (unsigned f = 0; f <= v->nic.vf_count; f++) {
        save_field(s, v->fn[f].s);
        for (unsigned n = 0; n < VIO_QUEUES; n++)
            save_queue(&v->fn[f].queue[n], s);
    }
}

static const struct component_ops component_ops = {.kind = "nic", .event = event, .save = save};

static void link_changed(struct port *port, bool up)
{
    struct vio *v = (struct vio *)port->owner;

    trace_nic_link(vio_component(v), up ? "up" : "down");
    if (up == v->s.link_up)
        return;
    v->s.link_up = up;
    vio__cause(v, VIO_ICR_LINK);
    for (unsigned f = 0; f <= v->nic.vf_count; f++)
        vio__config_changed(&v->fn[f]);
}

static const struct port_ops port_ops = {.receive = vio__wire_receive, .link_changed = link_changed};

static bool counter(const struct nic *nic, unsigned i, const char **name, uint64_t *value)
{
    const struct vio_chip_state *s = &((const struct vio *)nic)->s;
    const struct nic_counter counters[] = {
        {"rx_packets", s->rx_good},
        {"rx_bytes", s->rx_octets},
        {"rx_crc_errors", s->rx_crc},
        {"rx_oversize_packets", s->rx_long},
        {"rx_missed_errors", s->rx_missed},
        {"tx_packets", s->tx_good},
        {"tx_bytes", s->tx_octets},
        {"tx_switched", s->tx_loopback},
        {"spoofed_packets", s->spoofed},
        {"lro_aggregations", s->lro_aggregations},
        {"lro_aggregated_frames", s->lro_segments},
        {"needs_reset", s->broken},
        {"bad_registers", s->bad_registers},
    };

    return nic_counter_at(counters, sizeof(counters) / sizeof(counters[0]), i, name, value);
}

static void function_stats(const struct nic *nic, int vf, struct nic_function_stats *out)
{
    const struct vio *v = (const struct vio *)nic;
    const struct vio_function *fn = &v->fn[vf < 0 ? nic->vf_count : (unsigned)vf];

    *out = (struct nic_function_stats){
        .rx_packets = fn->s.rx_frames,
        .rx_bytes = fn->s.rx_bytes,
        .rx_multicast = fn->s.rx_multicast,
        .rx_dropped = fn->s.rx_dropped,
        .tx_packets = fn->s.tx_frames,
        .tx_bytes = fn->s.tx_bytes,
    };
    nic_count_broadcasts(out, &v->sw.count[fn->vport]);
    nic_count_switched(out, &v->sw.count[fn->vport]);
}

static void destroy(struct nic *nic)
{
    struct vio *v = (struct vio *)nic;

    nic_detach(nic);
    free(v->fn);
    free(v);
}

static const struct nic_ops nic_ops = {.destroy = destroy, .counter = counter, .function_stats = function_stats};

/* ---- making it ---- */

/* [4.1.4] Where the structures are, each a vendor capability: cfg_type, bar, id, padding, offset, length; notifications have their
 * multiplier behind it. Access through config space (VIRTIO_PCI_CAP_PCI_CFG) is not modelled. */
static const struct pci_vendor_cap capabilities[] = {
    {CAP_VENDOR, 16, {1, VIO_BAR, 0, 0, 0, VIO_COMMON & 0xff, VIO_COMMON >> 8, 0, 0, VIO_COMMON_BYTES, 0, 0, 0}},
    {CAP_VENDOR + 16,
     20,
     {2, VIO_BAR, 0, 0, 0, VIO_NOTIFY_AT & 0xff, VIO_NOTIFY_AT >> 8, 0, 0, 4 * VIO_QUEUES, 0, 0, 0, VIO_NOTIFY_MULTIPLIER, 0, 0,
      0}},
    {CAP_VENDOR + 36, 16, {3, VIO_BAR, 0, 0, 0, VIO_ISR_AT & 0xff, VIO_ISR_AT >> 8, 0, 0, 1, 0, 0, 0}},
    {CAP_VENDOR + 52, 16, {4, VIO_BAR, 0, 0, 0, VIO_DEVICE & 0xff, VIO_DEVICE >> 8, 0, 0, VIO_DEVICE_BYTES, 0, 0, 0}},
};

static void common_params(const struct vio *v, struct pci_function_params *p)
{
    *p = (struct pci_function_params){
        .vendor = VIO_VENDOR_ID,
        .device = VIO_DEV_ID,
        .subsystem_vendor = VIO_VENDOR_ID,
        .subsystem = 0x40, /* [4.1.2.1] */
        .revision = 1,
        .class_code = 0x020000,
        .rid = (uint16_t)((1 + v->nic.c.id % 250) << 8), /* a bus of its own: room for the VFs' routing ids */
        .bar_is_64 = {[VIO_BAR] = true, [VIO_MSIX_BAR] = true},
        .msix_bar = VIO_MSIX_BAR,
        .msix_pba_off = VIO_MSIX_PBA,
        .cap_msix = CAP_MSIX,
        .cap_pcie = CAP_PCIE,
        .cap_aer = CAP_AER,
        .cap_ari = CAP_ARI,
        .vendor_caps = capabilities,
        .vendor_cap_count = sizeof(capabilities) / sizeof(capabilities[0]),
    };
    p->bar_size[VIO_MSIX_BAR] = VIO_MSIX_BYTES;
}

static void function_create(struct vio *v, unsigned f, int vf)
{
    struct vio_function *fn = &v->fn[f];
    struct pci_function_params p;

    fn->chip = v;
    fn->vf = vf;
    fn->vport = f;
    common_params(v, &p);
    if (vf == VIO_PF) {
        p.bar_size[VIO_BAR] = VIO_PF_BYTES;
        p.msix_vectors = VIO_PF_VECTORS;
        p.cap_pm = CAP_PM;
        p.cap_sriov = CAP_SRIOV;
        p.vf_device = VIO_DEV_ID;
        p.total_vfs = v->nic.vf_count;
        p.vf_offset = VF_OFFSET;
        p.vf_stride = VF_STRIDE;
    } else {
        p.bar_size[VIO_BAR] = VIO_WINDOW_BYTES;
        p.msix_vectors = VIO_VF_VECTORS;
        p.is_vf = true;
        p.pf = v->nic.pf;
        p.rid = (uint16_t)(pci_function_rid(v->nic.pf) + VF_OFFSET + VF_STRIDE * f);
    }
    fn->pci = pci_function_create(v->nic.link, &v->nic.c, fn, &function_ops, &p);
    vio__function_defaults(fn);
    vf_defaults(fn);
}

static struct nic *create(struct sim *sim, const struct nic_params *params, char *err, size_t err_cap)
{
    struct vio *v = alloc_zero("NIC virtio", 1, sizeof(*v));

    v->nic.vf = alloc_zero("NIC virtio", params->vfs, sizeof(*v->nic.vf));
    v->fn = alloc_zero("NIC virtio", params->vfs + 1, sizeof(*v->fn));
    component_init(&v->nic.c, sim, &component_ops, params->name);
    component_is_far(&v->nic.c);
    v->nic.ops = &nic_ops;
    v->nic.model = &nic_virtio_model;
    v->nic.vf_count = params->vfs;
    v->s.link_up = 1;
    v->s.write_free = ~UINT64_C(0);
    memcpy(v->mac, params->mac, sizeof(v->mac));
    if (nic_attach(&v->nic, params, &port_ops, err, err_cap)) {
        free(v->nic.vf);
        free(v->fn);
        free(v);
        return NULL;
    }
    function_create(v, params->vfs, VIO_PF);
    v->nic.pf = vio_pf(v)->pci;
    for (unsigned f = 0; f < params->vfs; f++) {
        function_create(v, f, (int)f);
        v->nic.vf[f] = v->fn[f].pci;
    }
    reset_chip(v);
    return &v->nic;
}

const struct nic_model nic_virtio_model = {
    .name = "virtio",
    .sentence = "virtio NIC, 10 GbE with up to 63 VFs: split and packed virtqueues, as vDPA and DPU NICs have them",
    .create = create,
    .can = NIC_SRIOV,
    .generation = 1,
    .pf_family = "virtio",
    .vf_plugin = "virtio.so",
    .vendor = VIO_VENDOR_ID,
    .pf_device = VIO_DEV_ID,
    .vf_device = VIO_DEV_ID,
    .vf_queues_max = VIO_PAIRS_MAX,
    .vf_mtu_max = 9600,
    .addresses = ESWITCH_MACS_MAX,
    .vlans = ESWITCH_VLANS_MAX,
    .max_vfs = VIO_VFS_MAX,
    .rate_bps = UINT64_C(10000000000),
    .rate_most_bps = UINT64_C(100000000000),
    .pcie_gen = 3,
    .pcie_lanes = 8,
    .regs = vio__regs,
    .reg_count = VIO_REG_COUNT,
    .vports = &vio_vports_map,
};

NIC_MODEL(nic_virtio_model);
