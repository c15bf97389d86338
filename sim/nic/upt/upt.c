/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The UPT NIC as a component: creation, its PCI functions, reset, events, counters, save. */
#include "nic/upt/upt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine/horizon.h"
#include "core/engine/probe.h"
#include "core/alloc.h"
#include "nic/upt/upt__.h"

enum {
    CAP_PM = 0x40,
    CAP_MSIX = 0x70,
    CAP_PCIE = 0xa0,
    CAP_AER = 0x100,
    CAP_ARI = 0x150,
    CAP_SRIOV = 0x160,
    VF_OFFSET = 0x80,
    VF_STRIDE = 1
};

void upt__frame_end(struct upt_function *fn, frame_ref ref, enum fate fate)
{
    if (fn->vf == UPT_PF)
        frame_end_sub(upt_component(fn->chip), ref, fate, "pf", -1);
    else
        frame_end_sub(upt_component(fn->chip), ref, fate, "vf %d", fn->vf);
}

void upt__cause(struct upt *u, uint32_t cause)
{
    *upt_reg(u, UPT_ICR) |= cause;
    pci_msix_raise(u->nic.pf, UPT_VECTOR_MISC);
}

/* ---- PCIe upcalls ---- */

static void dma_read_done(struct pci_function *pci, uint64_t tag, const void *data, uint32_t len, enum pci_status status)
{
    struct upt_function *fn = pci_function_data(pci);

    if (tag >> 56 == COMMAND_TAG)
        upt__command_read_done(fn->chip, tag, data, len, status);
    else
        vmxnet3_rings_read_done(&fn->rings, tag, data, len, status);
}

static void dma_write_done(struct pci_function *pci, uint64_t tag, enum pci_status status)
{
    struct upt_function *fn = pci_function_data(pci);

    if (tag >> 56 == COMMAND_TAG)
        upt__command_write_done(fn->chip, tag, status);
    else
        vmxnet3_rings_write_done(&fn->rings, tag, status);
}

/* Of the PF: all functions, the tables and the FIFO. pcie resets the VFs one by one before it. */
static void reset_chip(struct upt *u)
{
    upt__reset_registers(u);
    u->s.cmd = (struct upt_command_state){.serial = u->s.cmd.serial + 1};
    for (unsigned b = 0; b < 4; b++) /* entry 0 comes from the board's memory */
        *upt_reg(u, UPT_MAC_LO(0)) |= (uint32_t)u->mac[b] << (8 * b);
    *upt_reg(u, UPT_MAC_HI(0)) = u->mac[4] | (uint32_t)u->mac[5] << 8 | u->nic.vf_count << 16 | UPT_VALID;
    struct vports vports = upt_vports(u);
    vports_all(&vports, u->nic.vf_count + 1);
}

static void reset(struct pci_function *pci, enum pci_reset kind)
{
    struct upt_function *fn = pci_function_data(pci);

    upt__function_clear(fn, FATE_function_reset);
    trace_nic_vf_reset(upt_component(fn->chip), (unsigned)fn->vport, kind == PCI_RESET_FLR ? "function-level reset" : "reset");
    if (fn->vf == UPT_PF)
        reset_chip(fn->chip);
    else
        upt__cause(fn->chip, UPT_ICR_FLR);
}

static const struct pci_function_ops function_ops = {
    .mmio_read = upt__mmio_read,
    .mmio_write = upt__mmio_write,
    .dma_read_done = dma_read_done,
    .dma_write_done = dma_write_done,
    .reset = reset,
};

/* ---- the component ---- */

static void event(struct component *c, const struct event *ev)
{
    struct upt *u = (struct upt *)c;

    if (ev->verb == VERB_RETRY)
        vmxnet3_rings_retry(&u->fn[ev->b].rings, (unsigned)ev->a);
    else
        upt__wire_event(u);
}

static void save_function(struct upt_function *fn, struct save *s)
{
    save_field(s, fn->s);
    save_field(s, fn->rings.st);
    save_field(s, fn->rings.times);
}

static void save(struct component *c, struct save *s)
{
    struct upt *u = (struct upt *)c;

    save_section(s, "upt", 1);
    save_expect_u64(s, "VFs", u->nic.vf_count);
    save_field(s, u->s);
    save_field(s, u->sw);
    for (unsigned f = 0; f <= u->nic.vf_count; f++)
        save_function(&u->fn[f], s);
}

static void show(struct component *c, struct probes *to)
{
    struct upt *u = (struct upt *)c;
    char before[16] = "pf.";

    for (unsigned f = 0; f <= u->nic.vf_count; f++) {
        if (f)
            snprintf(before, sizeof(before), "vf%u.", f - 1);
        vmxnet3_rings_show(&u->fn[f].rings, before, to);
    }
}

static const struct component_ops component_ops = {.kind = "nic", .event = event, .save = save, .show = show};

static void link_changed(struct port *port, bool up)
{
    struct upt *u = (struct upt *)port->owner;

    trace_nic_link(upt_component(u), up ? "up" : "down");
    if (up != u->s.link_up)
        upt__cause(u, UPT_ICR_LINK);
    u->s.link_up = up;
}

static const struct port_ops port_ops = {.receive = upt__wire_receive, .link_changed = link_changed};

static bool counter(const struct nic *nic, unsigned i, const char **name, uint64_t *value)
{
    const struct upt_chip_state *s = &((const struct upt *)nic)->s;
    const struct nic_counter counters[] = {
        {"rx_packets", s->rx_good},         {"rx_bytes", s->rx_bytes},
        {"rx_crc_errors", s->rx_crc},       {"rx_long_length_errors", s->rx_long},
        {"rx_missed_errors", s->rx_missed}, {"tx_packets", s->tx_good},
        {"tx_bytes", s->tx_bytes},          {"tx_loopback", s->tx_loopback},
        {"spoofed_packets", s->spoofed},    {"bad_registers", s->bad_registers},
    };

    return nic_counter_at(counters, sizeof(counters) / sizeof(counters[0]), i, name, value);
}

static void function_stats(const struct nic *nic, int vf, struct nic_function_stats *out)
{
    const struct upt *u = (const struct upt *)nic;
    const struct upt_function *fn = &u->fn[vf < 0 ? nic->vf_count : (unsigned)vf];

    *out = (struct nic_function_stats){
        .rx_packets = fn->s.rx_frames,
        .rx_bytes = fn->s.rx_bytes,
        .rx_multicast = fn->s.rx_multicast,
        .rx_dropped = fn->s.rx_dropped,
        .tx_packets = fn->s.tx_frames,
        .tx_bytes = fn->s.tx_bytes,
    };
    for (unsigned q = 0; q < UPT_QUEUES; q++)
        out->rx_dropped += fn->rings.st.rx[q].stats.pktsRxOutOfBuf;
    nic_count_broadcasts(out, &u->sw.count[fn->vport]);
    nic_count_switched(out, &u->sw.count[fn->vport]);
}

static void destroy(struct nic *nic)
{
    nic_detach(nic);
    free(nic);
}

static const struct nic_ops nic_ops = {.destroy = destroy, .counter = counter, .function_stats = function_stats};

/* ---- making it ---- */

static void pf_params(const struct upt *u, struct pci_function_params *p)
{
    *p = (struct pci_function_params){
        .vendor = UPT_VENDOR_ID,
        .device = UPT_DEV_ID_PF,
        .subsystem_vendor = UPT_VENDOR_ID,
        .subsystem = 1,
        .class_code = 0x020000,
        .revision = 1,
        .rid = (uint16_t)((1 + u->nic.c.id % 250) << 8), /* a bus of its own: room for the VFs' routing ids */
        .bar_size = {[UPT_PAGE_BAR] = UPT_PAGE_BYTES, [UPT_CONTROL_BAR] = UPT_CONTROL_BYTES, [UPT_MSIX_BAR] = UPT_MSIX_BYTES},
        .bar_is_64 = {[UPT_PAGE_BAR] = true, [UPT_CONTROL_BAR] = true, [UPT_MSIX_BAR] = true},
        .msix_vectors = UPT_VECTORS,
        .msix_bar = UPT_MSIX_BAR,
        .msix_pba_off = UPT_MSIX_PBA,
        .cap_pm = CAP_PM,
        .cap_msix = CAP_MSIX,
        .cap_pcie = CAP_PCIE,
        .cap_aer = CAP_AER,
        .cap_ari = CAP_ARI,
        .cap_sriov = CAP_SRIOV,
        .vf_device = UPT_DEV_ID_VF,
        .total_vfs = u->nic.vf_count,
        .vf_offset = VF_OFFSET,
        .vf_stride = VF_STRIDE,
    };
}

static void vf_params(const struct upt *u, unsigned v, struct pci_function_params *p)
{
    *p = (struct pci_function_params){
        .vendor = UPT_VENDOR_ID,
        .device = UPT_DEV_ID_VF,
        .subsystem_vendor = UPT_VENDOR_ID,
        .subsystem = 1,
        .class_code = 0x020000,
        .revision = 1,
        .rid = (uint16_t)(pci_function_rid(u->nic.pf) + VF_OFFSET + VF_STRIDE * v),
        .is_vf = true,
        .pf = u->nic.pf,
        .bar_size = {[UPT_PAGE_BAR] = UPT_PAGE_BYTES, [UPT_MSIX_BAR] = UPT_MSIX_BYTES},
        .bar_is_64 = {[UPT_PAGE_BAR] = true, [UPT_MSIX_BAR] = true},
        .msix_vectors = UPT_VECTORS,
        .msix_bar = UPT_MSIX_BAR,
        .msix_pba_off = UPT_MSIX_PBA,
        .cap_msix = CAP_MSIX,
        .cap_pcie = CAP_PCIE,
        .cap_aer = CAP_AER,
        .cap_ari = CAP_ARI,
    };
}

static void function_create(struct upt *u, unsigned f, int vf)
{
    struct upt_function *fn = &u->fn[f];
    struct pci_function_params p;

    fn->chip = u;
    fn->vf = vf;
    fn->vport = f;
    if (vf == UPT_PF)
        pf_params(u, &p);
    else
        vf_params(u, f, &p);
    fn->pci = pci_function_create(u->nic.link, &u->nic.c, fn, &function_ops, &p);
    fn->rings.c = &u->nic.c;
    fn->rings.fn = fn->pci;
    fn->rings.ops = &upt__rings_ops;
    fn->rings.index = f;
    fn->rings.vf = fn->vf;
    fn->rings.retry_verb = VERB_RETRY;
    fn->rings.rx_queue_frames = UPT_RX_FRAMES;
    fn->rings.full_fate = FATE_rx_fifo_full;
    vmxnet3_rings_clear(&fn->rings);
}

static struct nic *create(struct sim *sim, const struct nic_params *params, char *err, size_t err_cap)
{
    struct upt *u;

    u = alloc_zero("NIC upt", 1, sizeof(*u));
    u->nic.vf = alloc_zero("NIC upt", params->vfs, sizeof(*u->nic.vf));
    component_init(&u->nic.c, sim, &component_ops, params->name);
    component_is_far(&u->nic.c);
    u->nic.ops = &nic_ops;
    u->nic.model = &nic_upt_model;
    u->nic.vf_count = params->vfs;
    u->s.link_up = 1;
    memcpy(u->mac, params->mac, sizeof(u->mac));
    if (nic_attach(&u->nic, params, &port_ops, err, err_cap)) {
        free(u->nic.vf);
        free(u);
        return NULL;
    }
    function_create(u, params->vfs, UPT_PF);
    u->nic.pf = upt_pf(u)->pci;
    for (unsigned v = 0; v < params->vfs; v++) {
        function_create(u, v, (int)v);
        u->nic.vf[v] = u->fn[v].pci;
    }
    reset_chip(u);
    return &u->nic;
}

const struct nic_model nic_upt_model = {
    .name = "upt",
    .sentence = "10 GbE NIC whose functions speak vmxnet3 rings in hardware: SR-IOV with up to 63 VFs, embedded switch",
    .create = create,
    .can = NIC_SRIOV | NIC_VF_IS_VMXNET3,
    .generation = 1,
    .pf_family = "upt",
    .vf_driver = "vmxnet3",
    .vendor = UPT_VENDOR_ID,
    .pf_device = UPT_DEV_ID_PF,
    .vf_device = UPT_DEV_ID_VF,
    .vf_queues_max = UPT_QUEUES,
    .vf_mtu_max = 9000, /* [vmxnet3_defs.h VMXNET3_MAX_MTU] */
    .addresses = ESWITCH_MACS_MAX,
    .vlans = ESWITCH_VLANS_MAX,
    .max_vfs = UPT_VFS_MAX,
    .rate_bps = UINT64_C(10000000000),
    .rate_most_bps = UINT64_C(100000000000),
    /* as 10 Gb/s NICs have them, so that only the rings differ */
    .rx_pipeline_ps = UPT_PIPELINE_PS,
    .tx_pipeline_ps = UPT_PIPELINE_PS,
    .pcie_gen = 2,
    .pcie_lanes = 8,
    .regs = upt__regs,
    .reg_count = UPT_REG_COUNT,
    .vports = &upt_vports_map,
};

NIC_MODEL(nic_upt_model);
