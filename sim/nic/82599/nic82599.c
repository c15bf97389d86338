/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 82599 as a component: creation, its PCI functions, events and counters. */
#include "nic/82599/nic82599__.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"

/* Where the capabilities are in config space, of the 82576 as of the 82599 [82599 9.3.1; 82576 9.4]. */
enum { CAP_PM = 0x40, CAP_MSI = 0x50, CAP_MSIX = 0x70, CAP_PCIE = 0xa0, CAP_AER = 0x100, CAP_ARI = 0x150, CAP_SRIOV = 0x160 };
enum { MSIX_PBA_OFFSET = 0x2000 };

void nic82599__frame_end(struct function *fn, frame_ref ref, enum fate fate)
{
    struct component *c = chip_component(fn->chip);
    if (fn->vf == FN_PF)
        frame_end_sub(c, ref, fate, "pf", -1);
    else
        frame_end_sub(c, ref, fate, "vf %d", fn->vf);
}

enum fate nic82599__dma_fate(enum pci_status status)
{
    switch (status) {
    case PCI_OK: return FATE_COUNT;
    case PCI_IOMMU_FAULT: return FATE_iommu_fault;
    case PCI_NO_BUS_MASTER: return FATE_bus_master_off;
    case PCI_GONE: return FATE_function_reset;
    }
    return FATE_function_reset;
}

/* ---- PCIe upcalls ---- */

static void dma_read_done(struct pci_function *pci, uint64_t tag, const void *data, uint32_t len, enum pci_status status)
{
    struct nic82599 *n = ((struct function *)pci_function_data(pci))->chip;
    switch ((enum dma_tag_kind)(tag >> 60)) {
    case TAG_RX_DESC: nic82599__rx_desc_done(n, tag, data, len, status); break;
    case TAG_TX_DESC: nic82599__tx_desc_done(n, tag, data, len, status); break;
    case TAG_TX_DATA: nic82599__tx_data_done(n, tag, data, len, status); break;
    case TAG_RX_DATA: case TAG_NOTHING: break;
    }
}

static void dma_write_done(struct pci_function *pci, uint64_t tag, enum pci_status status)
{
    if (tag >> 60 == TAG_RX_DATA)
        nic82599__rx_data_done(((struct function *)pci_function_data(pci))->chip, tag, status);
}

static void reset(struct pci_function *pci, enum pci_reset kind)
{
    struct function *fn = pci_function_data(pci);
    if (fn->vf == FN_PF)
        nic82599__reset_chip(fn->chip);
    else
        nic82599__reset_vf(fn, kind == PCI_RESET_FLR);
}

static const struct pci_function_ops function_ops = {
    .mmio_read = nic82599__mmio_read,
    .mmio_write = nic82599__mmio_write,
    .dma_read_done = dma_read_done,
    .dma_write_done = dma_write_done,
    .reset = reset,
};

/* ---- the component ---- */

static void event(struct component *c, const struct event *ev)
{
    struct nic82599 *n = (struct nic82599 *)c;
    switch ((enum chip_verb)ev->verb) {
    case VERB_VECTOR: nic82599__intr_event(n, ev); break;
    case VERB_WIRE: nic82599__wire_event(n); break;
    case VERB_RSC: nic82599__intr_rsc_event(n, ev); break;
    case VERB_RATE: nic82599__tx_rate_event(n, (unsigned)ev->a); break;
    }
}

static const struct component_ops component_ops = {.kind = "nic", .event = event, .save = nic82599__save};

static void link_changed(struct port *port, bool up)
{
    struct nic82599 *n = (struct nic82599 *)port->owner;
    trace_nic_link(chip_component(n), up ? "up" : "down");
    if (up != n->s.link_up)
        nic82599__intr_misc(chip_pf(n), IXGBE_EICR_LSC);
    n->s.link_up = up;
    nic82599__switch_tables(n);
}

static const struct port_ops port_ops = {.receive = nic82599__wire_receive, .link_changed = link_changed};

static bool counter(const struct nic *nic, unsigned i, const char **name, uint64_t *value)
{
    const struct nic82599 *n = (const struct nic82599 *)nic;
    const struct chip_state *s = &n->s;
    uint64_t no_descriptor = 0;
    for (unsigned q = 0; q < IXGBE_QUEUES; q++)
        no_descriptor += n->rxq[q].no_descriptor;
    const struct {
        const char *name;
        uint64_t value;
    } counters[] = {
        {"rx_packets", s->rx_good}, {"rx_bytes", s->rx_bytes}, {"rx_broadcast", s->rx_broadcast},
        {"rx_multicast", s->rx_multicast}, {"rx_crc_errors", s->rx_crc}, {"rx_long_length_errors", s->rx_long},
        {"rx_missed_errors", s->rx_missed}, {"rx_no_dma_resources", no_descriptor}, {"tx_packets", s->tx_good},
        {"tx_bytes", s->tx_bytes}, {"tx_broadcast", s->tx_broadcast}, {"tx_multicast", s->tx_multicast},
        {"tx_loopback", s->tx_loopback}, {"tx_bad_descriptors", s->tx_bad}, {"spoofed_packets", s->spoofed},
        {"hw_rsc_aggregated", s->rsc_segments}, {"hw_rsc_flushed", s->rsc_receives},
    };
    const struct {
        const char *name;
        uint64_t value;
    } rare[] = {{"mdd_events", s->mdd_events}, {"rx_header_split_refused", s->split_asked}}; /* shown once they count */
    const unsigned common = sizeof(counters) / sizeof(counters[0]);
    for (unsigned r = 0, at = common; i >= common && r < sizeof(rare) / sizeof(rare[0]); r++)
        if (rare[r].value && at++ == i) {
            *name = rare[r].name;
            *value = rare[r].value;
            return true;
        }
    if (i >= common)
        return false;
    *name = counters[i].name;
    *value = counters[i].value;
    return true;
}

static void chip_free(struct nic82599 *n)
{
    struct recycler *recycler = n->nic.c.sim->recycler;
    unsigned functions = n->nic.vf_count + 1;

    free(n->nic.vf);
    recycler_give(recycler, n->fn, functions * sizeof(*n->fn), RECYCLER_ZEROED);
    free(n->own);
    recycler_give(recycler, n, sizeof(*n), RECYCLER_ZEROED);
}

static void destroy(struct nic *nic)
{
    struct nic82599 *n = (struct nic82599 *)nic;
    if (nic->first == nic) {
        portmux_destroy(nic->mux);
        pci_link_destroy(nic->link);
    }
    port_fini(&nic->uplink);
    chip_free(n);
}

static unsigned interest(struct nic *nic, const struct frame *f) { return eswitch_interest(&((struct nic82599 *)nic)->sw, f); }

/* Without virtualization there is nobody to forward to inside; two such functions still see each other by the shared port. */
static bool forwards(const struct nic *nic)
{
    const struct nic82599 *n = (const struct nic82599 *)nic;
    return !chip_is_virtual(n) || n->sw.local_loopback;
}

static const struct nic_ops nic_ops = {.destroy = destroy, .counter = counter, .function_stats = nic82599__function_stats,
                                       .vf_state = nic82599__vf_state, .vf_is_still = nic82599__vf_is_still,
                                       .interest = interest, .forwards = forwards};

static void pf_params(const struct nic82599 *n, struct pci_function_params *p)
{
    const struct chip_skin *skin = n->skin;
    *p = (struct pci_function_params){
        .vendor = IXGBE_VENDOR_ID, .device = skin->pf_device, .subsystem_vendor = IXGBE_VENDOR_ID,
        .subsystem = skin->subsystem, .class_code = 0x020000, .revision = 1,
        /* a bus of its own: room for the VFs' routing ids */
        .rid = (uint16_t)((1 + n->nic.first->c.id % 250) << 8 | n->nic.function),
        .msix_vectors = skin->pf_vectors, .msix_bar = skin->pf_msix_bar, .msix_table_off = 0, .msix_pba_off = MSIX_PBA_OFFSET,
        .cap_pm = CAP_PM, .cap_msi = CAP_MSI, .cap_msix = CAP_MSIX, .cap_pcie = CAP_PCIE, .cap_aer = CAP_AER,
        .cap_ari = CAP_ARI,
    };
    for (unsigned b = 0; b < PCI_BARS; b++) {
        p->bar_size[b] = skin->pf_bar_bytes[b];
        p->bar_is_64[b] = skin->pf_bar_is_64 && skin->pf_bar_bytes[b];
    }
    if (nic_model_can(n->nic.model, NIC_SRIOV)) {
        p->vf_device = skin->vf_device;
        p->total_vfs = n->nic.vf_count;
        p->vf_offset = skin->vf_offset;
        p->vf_stride = skin->vf_stride;
        p->cap_sriov = CAP_SRIOV;
    }
}

static void vf_params(const struct nic82599 *n, unsigned v, struct pci_function_params *p)
{
    const struct chip_skin *skin = n->skin;
    *p = (struct pci_function_params){
        .vendor = IXGBE_VENDOR_ID, .device = skin->vf_device, .subsystem_vendor = IXGBE_VENDOR_ID,
        .subsystem = skin->subsystem, .class_code = 0x020000, .revision = 1,
        .rid = (uint16_t)(pci_function_rid(n->nic.pf) + skin->vf_offset + skin->vf_stride * v), .is_vf = true, .pf = n->nic.pf,
        .msix_vectors = skin->vf_vectors, .msix_bar = 3, .msix_table_off = 0, .msix_pba_off = MSIX_PBA_OFFSET,
        .cap_msix = CAP_MSIX, .cap_pcie = CAP_PCIE, .cap_aer = CAP_AER, .cap_ari = CAP_ARI,
    };
    for (unsigned b = 0; b < PCI_BARS; b++) {
        p->bar_size[b] = skin->vf_bar_bytes[b];
        p->bar_is_64[b] = skin->vf_bar_bytes[b] != 0;
    }
}

static void functions_create(struct nic82599 *n)
{
    struct pci_function_params p;
    pf_params(n, &p);
    struct function *pf = chip_pf(n);
    *pf = (struct function){.chip = n, .vf = FN_PF, .pool = n->nic.vf_count};
    pf->pci = n->nic.pf = pci_function_create(n->nic.link, &n->nic.c, pf, &function_ops, &p);
    for (unsigned v = 0; v < n->nic.vf_count; v++) {
        struct function *vf = &n->fn[v];
        *vf = (struct function){.chip = n, .vf = (int)v, .pool = v};
        vf_params(n, v, &p);
        vf->pci = n->nic.vf[v] = pci_function_create(n->nic.link, &n->nic.c, vf, &function_ops, &p);
    }
}

struct nic *nic82599__create(struct sim *sim, const struct nic_params *params, const struct nic_model *model,
                             const struct chip_skin *skin, char *err, size_t err_cap)
{
    struct nic82599 *n = recycler_take(sim->recycler, "NIC 82599", sizeof(*n), RECYCLER_ZEROED);
    n->fn = recycler_take(sim->recycler, "NIC 82599", (params->vfs + 1) * sizeof(*n->fn), RECYCLER_ZEROED);
    n->nic.vf = alloc_zero("NIC 82599", params->vfs + 1, sizeof(struct pci_function *));
    n->own = skin->own_bytes ? alloc_zero("NIC 82599", 1, skin->own_bytes) : NULL;
    component_init(&n->nic.c, sim, &component_ops, params->name);
    n->nic.ops = &nic_ops;
    n->nic.model = model;
    n->nic.vf_count = params->vfs;
    n->nic.symmetric = params->symmetric;
    n->skin = skin;
    memcpy(n->mac, params->mac, 6);
    n->s.rx_write_free = UINT64_MAX;
    n->s.link_up = true;
    nic82599__maps_init(n);
    int status = port_init(&n->nic.uplink, &n->nic.c, 0, params->name, &port_ops);
    if (status) {
        snprintf(err, err_cap, "port '%s': %s", params->name, strerror(-status));
        goto fail;
    }
    char link_name[64];
    status = nic_join_device(&n->nic, params, skin->vf_stride);
    if (status) {
        snprintf(err, err_cap, "NIC '%s': a device of this model has %u functions at most", params->name, skin->vf_stride);
        port_fini(&n->nic.uplink);
        goto fail;
    }
    snprintf(link_name, sizeof(link_name), "%s.pcie", params->name);
    if (!n->nic.link)
        n->nic.link = pci_link_create(sim, link_name, &params->link);
    if (!n->nic.link) {
        snprintf(err, err_cap, "NIC '%s': no such PCIe link (generation 1-5, lanes 1-16, sizes 128-4096)", params->name);
        port_fini(&n->nic.uplink);
        goto fail;
    }
    functions_create(n);
    if (n->nic.function)
        pci_function_set_multi(n->nic.first->pf);
    nic82599__reset_chip(n);
    return &n->nic;
fail:
    chip_free(n);
    return NULL;
}

/* ---- the models ---- */

static struct nic *create_82599(struct sim *sim, const struct nic_params *params, char *err, size_t err_cap)
{
    return nic82599__create(sim, params, &nic82599_model, &nic82599__skin, err, err_cap);
}

static struct nic *create_regular(struct sim *sim, const struct nic_params *params, char *err, size_t err_cap)
{
    return nic82599__create(sim, params, &nic82599_regular_model, &nic82599__skin, err, err_cap);
}

const struct nic_model nic82599_model = {
    .name = "82599",
    .sentence = "Intel 82599 10 GbE controller: SR-IOV with up to 63 VFs, embedded switch",
    .create = create_82599,
    .can = NIC_SRIOV | NIC_MULTI_FUNCTION | NIC_SYMMETRIC | NIC_VF_STATE | NIC_FLOW_FILTERS | NIC_RESTARTS | NIC_VF_ASKS_RSS,
    .generation = 2,
    .pf_family = "ixgbe", .vf_plugin = "ixgbevf.so", .vf_driver = "ixgbevf",
    .vendor = IXGBE_VENDOR_ID, .pf_device = IXGBE_DEV_ID_82599_SFP, .vf_device = IXGBE_DEV_ID_82599_VF,
    .max_vfs = IXGBE_POOLS - 1,
    .vf_queues_max = 4, /* with up to 31 VFs; else 2 [82599 7.10.2.2] */
    .vf_mtu_max = 9710, /* [ixgbevf_main.c: IXGBE_MAX_JUMBO_FRAME_SIZE - header and FCS] */
    .addresses = ESWITCH_MACS_MAX, .vlans = ESWITCH_VLANS_MAX,
    .rate_bps = UINT64_C(10000000000), .pcie_gen = 2, .pcie_lanes = 8,
    .regs = nic82599__regs,
    .reg_count = R_PF_COUNT + R_VF_COUNT,
};

const struct nic_model nic82599_regular_model = {
    .name = "regular",
    .sentence = "the same controller as a NIC without SR-IOV: one function, no embedded switch",
    .create = create_regular,
    .can = NIC_MULTI_FUNCTION | NIC_FLOW_FILTERS | NIC_RESTARTS,
    .generation = 2,
    .pf_family = "ixgbe",
    .vendor = IXGBE_VENDOR_ID, .pf_device = IXGBE_DEV_ID_82599_SFP,
    .addresses = ESWITCH_MACS_MAX, .vlans = ESWITCH_VLANS_MAX,
    .rate_bps = UINT64_C(10000000000), .pcie_gen = 2, .pcie_lanes = 8,
    .regs = nic82599__regs,
    .reg_count = R_PF_COUNT,
};

NIC_MODEL(nic82599_model);
NIC_MODEL(nic82599_regular_model);
