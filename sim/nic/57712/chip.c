/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 57712 as a component: creation, its PCI functions, reset, events, counters, save. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine/probe.h"
#include "core/alloc.h"
#include "core/engine/horizon.h"
#include "nic/57712/e2__.h"

enum {
    CAP_PM = 0x48,
    CAP_MSIX = 0xa0,
    CAP_PCIE = 0xac,
    CAP_AER = 0x100,
    CAP_ARI = 0x1b8,
    CAP_SRIOV = 0x1c8,
    VF_OFFSET = 0x80,
    VF_STRIDE = 1
};

extern const struct nic_model nic_57712_model;

void e2__frame_end(struct e2_function *fn, frame_ref ref, enum fate fate)
{
    if (fn->vf == E2_PF)
        frame_end_sub(e2_component(fn->chip), ref, fate, "pf", -1);
    else
        frame_end_sub(e2_component(fn->chip), ref, fate, "vf %d", fn->vf);
}

void e2__pass(struct e2 *e, const struct e2_client_state *q, const struct frame *f, enum way_kind kind, const struct way_gap *gap)
{
    unsigned zone = e2_zone_of(e, q);
    nic_pass(e2_component(e), e2_zone_owner(e, zone)->vf, zone, kind, f, way_gap_read(gap, sim_now(e2_component(e)->sim)));
}

void e2__cause(struct e2 *e, uint32_t cause)
{
    *e2_reg(e, E2_ICR) |= cause;
    pci_msix_raise(e->nic.pf, E2_VECTOR_MISC);
}

/* ---- PCIe upcalls ---- */

/* Of a queue as it is now; NULL: what answers belongs to an earlier life. */
static struct e2_client_state *queue_of(struct e2 *e, uint64_t tag)
{
    struct e2_client_state *q = &e->client[tag >> 48 & 0xfff];

    return q->is_set && (q->epoch & 0xffff) == (tag >> 32 & 0xffff) ? q : NULL;
}

static void dma_read_done(struct pci_function *pci, uint64_t tag, const void *data, uint32_t len, enum pci_status status)
{
    struct e2 *e = ((struct e2_function *)pci_function_data(pci))->chip;
    struct e2_client_state *q;

    switch ((enum e2_tag)(tag >> 60)) {
    case E2_TAG_CHAIN:
        if ((q = queue_of(e, tag)))
            e2__chain_read_done(e, q, tag, data, len, status);
        break;
    case E2_TAG_CQE_LINK:
        if ((q = queue_of(e, tag)))
            e2__cqe_link_done(e, q, data, status);
        break;
    case E2_TAG_TX_DATA:
        e2__tx_data_done(e, tag, data, len, status);
        break;
    case E2_TAG_RAMROD:
        e2__ramrod_read_done(e, tag, data, len, status);
        break;
    case E2_TAG_RX_DATA:
    case E2_TAG_NOTHING:
        break;
    }
}

static void dma_write_done(struct pci_function *pci, uint64_t tag, enum pci_status status)
{
    struct e2 *e = ((struct e2_function *)pci_function_data(pci))->chip;

    if (tag >> 60 == E2_TAG_RX_DATA)
        e2__rx_data_done(e, tag, status);
    else if (tag >> 60 == E2_TAG_RAMROD)
        e2__ramrod_write_done(e, tag, status);
}

/* Of the PF: all functions and the tables. pcie resets the VFs one by one before it. */
static void reset_chip(struct e2 *e)
{
    uint32_t serial = e->s.ramrod.serial + 1;

    memset(&e->s.ramrod, 0, sizeof(e->s.ramrod));
    e->s.ramrod.serial = serial;
    e2__reset_registers(e);
    e2__zones_changed(e);
    for (unsigned b = 0; b < 4; b++) /* entry 0 comes from the board's memory */
        *e2_reg(e, E2_MAC_LO(0)) |= (uint32_t)e->mac[b] << (8 * b);
    *e2_reg(e, E2_MAC_HI(0)) = e->mac[4] | (uint32_t)e->mac[5] << 8 | e->nic.vf_count << 16 | E2_VALID;
    struct vports vports = e2_vports(e);
    vports_all(&vports, e->nic.vf_count + 1);
}

static void reset(struct pci_function *pci, enum pci_reset kind)
{
    struct e2_function *fn = pci_function_data(pci);

    e2__function_clear(fn, FATE_function_reset);
    trace_nic_vf_reset(e2_component(fn->chip), fn->vport, kind == PCI_RESET_FLR ? "function-level reset" : "reset");
    if (fn->vf == E2_PF)
        reset_chip(fn->chip);
    else
        e2__cause(fn->chip, E2_ICR_FLR);
    e2__tx_out(fn->chip);
    e2__tx_issue_all(fn->chip); /* others wait for what it had on the chip */
}

static const struct pci_function_ops function_ops = {
    .mmio_read = e2__mmio_read,
    .mmio_write = e2__mmio_write,
    .dma_read_done = dma_read_done,
    .dma_write_done = dma_write_done,
    .reset = reset,
};

/* ---- the component ---- */

static void event(struct component *c, const struct event *ev)
{
    struct e2 *e = (struct e2 *)c;

    if (ev->verb == E2_VERB_SB)
        e2__sb_event(e, (unsigned)ev->a);
    else
        e2__wire_event(e);
}

/* Most queues have never been set up. */
static void save_client(struct e2_client_state *q, struct save *s)
{
    uint32_t lives = q->epoch;

    save_field(s, lives);
    if (lives)
        save_field(s, *q);
    else
        memset(q, 0, sizeof(*q));
}

static void save(struct component *c, struct save *s)
{
    struct e2 *e = (struct e2 *)c;

    save_section(s, "57712", 1);
    save_expect_u64(s, "VFs", e->nic.vf_count);
    save_field(s, e->s);
    save_field(s, e->sw);
    for (unsigned f = 0; f <= e->nic.vf_count; f++)
        save_field(s, e->fn[f].s);
    for (unsigned z = 0; z < E2_ZONES; z++)
        save_client(&e->client[z], s);
    if (save_is_loading(s))
        e2__zones_changed(e);
}

static uint64_t position(const void *of) { return *(const uint16_t *)of; }

/* Positions in rings, as the chip sees them. */
static void show(struct component *c, struct probes *to)
{
    static const char *const rings[E2_RINGS] = {[E2_RING_TX] = "tx", [E2_RING_RX] = "rx", [E2_RING_SGE] = "sge"};
    const struct e2 *e = (const struct e2 *)c;
    for (unsigned z = 0; z < E2_ZONES; z++) {
        const struct e2_client_state *q = &e->client[z];
        for (unsigned ring = 0; ring < E2_RINGS; ring++) {
            probe_add(to, 16, position, &q->chain[ring].fetch, "%s%u.fetch", rings[ring], z);
            probe_add(to, 16, position, &q->chain[ring].producer, "%s%u.prod", rings[ring], z);
        }
        probe_add(to, 16, position, &q->tx_done, "tx%u.done", z);
        probe_add(to, 16, position, &q->cqe_pos, "comp%u.pos", z);
    }
}

static const struct component_ops component_ops = {.kind = "nic", .event = event, .save = save, .show = show};

static void link_changed(struct port *port, bool up)
{
    struct e2 *e = (struct e2 *)port->owner;

    trace_nic_link(e2_component(e), up ? "up" : "down");
    if (up != e->s.link_up)
        e2__cause(e, E2_ICR_LINK);
    e->s.link_up = up;
}

static const struct port_ops port_ops = {.receive = e2__wire_receive, .link_changed = link_changed};

static bool counter(const struct nic *nic, unsigned i, const char **name, uint64_t *value)
{
    const struct e2_chip_state *s = &((const struct e2 *)nic)->s;
    const struct nic_counter counters[] = {
        {"rx_packets", s->rx_good},
        {"rx_bytes", s->rx_bytes},
        {"rx_crc_errors", s->rx_crc},
        {"rx_oversize_packets", s->rx_long},
        {"rx_missed_errors", s->rx_missed},
        {"tx_packets", s->tx_good},
        {"tx_bytes", s->tx_bytes},
        {"tx_switched", s->tx_loopback},
        {"spoofed_packets", s->spoofed},
        {"tpa_aggregations", s->tpa_aggregations},
        {"tpa_aggregated_frames", s->tpa_segments},
        {"bad_descriptors", s->bad_bds},
        {"bad_registers", s->bad_registers},
    };

    return nic_counter_at(counters, sizeof(counters) / sizeof(counters[0]), i, name, value);
}

static void function_stats(const struct nic *nic, int vf, struct nic_function_stats *out)
{
    const struct e2 *e = (const struct e2 *)nic;
    const struct e2_function *fn = &e->fn[vf < 0 ? nic->vf_count : (unsigned)vf];

    *out = (struct nic_function_stats){
        .rx_packets = fn->s.rx_frames,
        .rx_bytes = fn->s.rx_bytes,
        .rx_multicast = fn->s.rx_multicast,
        .rx_dropped = fn->s.rx_dropped,
        .tx_packets = fn->s.tx_frames,
        .tx_bytes = fn->s.tx_bytes,
    };
    nic_count_broadcasts(out, &e->sw.count[fn->vport]);
    nic_count_switched(out, &e->sw.count[fn->vport]);
}

static void destroy(struct nic *nic)
{
    nic_detach(nic);
    free(nic);
}

static const struct nic_ops nic_ops = {.destroy = destroy, .counter = counter, .function_stats = function_stats};

/* ---- making it ---- */

static void common_params(const struct e2 *e, struct pci_function_params *p)
{
    *p = (struct pci_function_params){
        .vendor = E2_VENDOR_ID,
        .subsystem_vendor = E2_VENDOR_ID,
        .subsystem = 1,
        .class_code = 0x020000,
        .rid = (uint16_t)((1 + e->nic.c.id % 250) << 8), /* a bus of its own: room for the VFs' routing ids */
        .bar_is_64 = {[E2_BAR] = true, [E2_MSIX_BAR] = true},
        .msix_bar = E2_MSIX_BAR,
        .msix_pba_off = E2_MSIX_PBA,
        .cap_msix = CAP_MSIX,
        .cap_pcie = CAP_PCIE,
        .cap_aer = CAP_AER,
        .cap_ari = CAP_ARI,
    };
    p->bar_size[E2_MSIX_BAR] = E2_MSIX_BYTES;
}

static void function_create(struct e2 *e, unsigned f, int vf)
{
    struct e2_function *fn = &e->fn[f];
    struct pci_function_params p;

    fn->chip = e;
    fn->vf = vf;
    fn->vport = f;
    common_params(e, &p);
    if (vf == E2_PF) {
        p.device = E2_DEV_ID_PF;
        p.bar_size[E2_BAR] = E2_PF_BYTES;
        p.msix_vectors = E2_PF_VECTORS;
        p.cap_pm = CAP_PM;
        p.cap_sriov = CAP_SRIOV;
        p.vf_device = E2_DEV_ID_VF;
        p.total_vfs = e->nic.vf_count;
        p.vf_offset = VF_OFFSET;
        p.vf_stride = VF_STRIDE;
    } else {
        p.device = E2_DEV_ID_VF;
        p.bar_size[E2_BAR] = E2_WINDOW_BYTES;
        p.msix_vectors = E2_VF_VECTORS;
        p.is_vf = true;
        p.pf = e->nic.pf;
        p.rid = (uint16_t)(pci_function_rid(e->nic.pf) + VF_OFFSET + VF_STRIDE * f);
    }
    fn->pci = pci_function_create(e->nic.link, &e->nic.c, fn, &function_ops, &p);
}

static struct nic *create(struct sim *sim, const struct nic_params *params, char *err, size_t err_cap)
{
    struct e2 *e = alloc_zero("NIC 57712", 1, sizeof(*e));

    e->nic.vf = alloc_zero("NIC 57712", params->vfs, sizeof(*e->nic.vf));
    component_init(&e->nic.c, sim, &component_ops, params->name);
    component_is_far(&e->nic.c);
    e->nic.ops = &nic_ops;
    e->nic.model = &nic_57712_model;
    e->nic.vf_count = params->vfs;
    e->s.link_up = 1;
    e->s.write_free = ~UINT64_C(0);
    memcpy(e->mac, params->mac, sizeof(e->mac));
    if (nic_attach(&e->nic, params, &port_ops, err, err_cap)) {
        free(e->nic.vf);
        free(e);
        return NULL;
    }
    function_create(e, params->vfs, E2_PF);
    e->nic.pf = e2_pf(e)->pci;
    for (unsigned v = 0; v < params->vfs; v++) {
        function_create(e, v, (int)v);
        e->nic.vf[v] = e->fn[v].pci;
    }
    reset_chip(e);
    return &e->nic;
}

const struct nic_model nic_57712_model = {
    .name = "57712",
    .sentence = "NetXtreme II 57712, 10 GbE NIC with up to 63 VFs: linked ring pages, completion rings, status blocks",
    .create = create,
    .can = NIC_SRIOV,
    .generation = 1,
    .pf_family = "bnx2x",
    .vf_plugin = "bnx2x.so",
    .vendor = E2_VENDOR_ID,
    .pf_device = E2_DEV_ID_PF,
    .vf_device = E2_DEV_ID_VF,
    .vf_queues_max = E2_VF_QUEUES_MAX,
    .vf_mtu_max = 9600, /* [Linux bnx2x ETH_MAX_JUMBO_PACKET_SIZE] */
    .addresses = ESWITCH_MACS_MAX,
    .vlans = ESWITCH_VLANS_MAX,
    .max_vfs = E2_VFS_MAX,
    .rate_bps = UINT64_C(10000000000),
    .pcie_gen = 2,
    .pcie_lanes = 8,
    .regs = e2__regs,
    .reg_count = E2_REG_COUNT,
    .vports = &e2_vports_map,
};

NIC_MODEL(nic_57712_model);
