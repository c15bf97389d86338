/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A chip of Intel's family as a component: creation, its PCI functions, events and counters. */
#include "nic/intel/control/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine/horizon.h"
#include "core/engine/probe.h"
#include "core/alloc.h"

/* Where the capabilities are in config space, of all chips of the family [82599 9.3.1; 82576 9.4]. */
enum { CAP_PM = 0x40, CAP_MSI = 0x50, CAP_MSIX = 0x70, CAP_PCIE = 0xa0, CAP_AER = 0x100, CAP_ARI = 0x150, CAP_SRIOV = 0x160 };
enum { MSIX_PBA_OFFSET = 0x2000 };

/* ---- PCIe upcalls ---- */

static void dma_read_done(struct pci_function *pci, uint64_t tag, const void *data, uint32_t len, enum pci_status status)
{
    struct intel_chip *n = ((struct function *)pci_function_data(pci))->chip;
    switch ((enum dma_tag_kind)(tag >> 60)) {
    case TAG_RX_DESC:
        intel_rx_desc_done(n, tag, data, len, status);
        break;
    case TAG_TX_DESC:
        intel_tx_desc_done(n, tag, data, len, status);
        break;
    case TAG_TX_DATA:
        intel_tx_data_done(n, tag, data, len, status);
        break;
    case TAG_RX_DATA:
    case TAG_RX_WHOLE:
    case TAG_NOTHING:
        break;
    }
}

static void dma_write_done(struct pci_function *pci, uint64_t tag, enum pci_status status)
{
    struct intel_chip *n = ((struct function *)pci_function_data(pci))->chip;
    if (tag >> 60 == TAG_RX_DATA)
        intel_rx_data_done(n, tag, status);
    else if (tag >> 60 == TAG_RX_WHOLE)
        intel_rx_whole_done(n, tag, status);
}

static void reset(struct pci_function *pci, enum pci_reset kind)
{
    struct function *fn = pci_function_data(pci);
    if (fn->vf == FN_PF)
        intel_reset_chip(fn->chip);
    else
        intel_reset_vf(fn, kind == PCI_RESET_FLR);
}

/* VFs come and go with the PF's capability. */
static void config_written(struct pci_function *pci, uint16_t off, unsigned size)
{
    struct function *fn = pci_function_data(pci);
    if (fn->vf == FN_PF && fn->chip->s.vfs != pci_function_vfs(pci))
        intel_switch_all(fn->chip);
}

static const struct pci_function_ops function_ops = {
    .mmio_read = intel_mmio_read,
    .mmio_write = intel_mmio_write,
    .dma_read_done = dma_read_done,
    .dma_write_done = dma_write_done,
    .reset = reset,
    .config_written = config_written,
};

/* ---- the component ---- */

static void event(struct component *c, const struct event *ev)
{
    struct intel_chip *n = (struct intel_chip *)c;
    switch ((enum chip_verb)ev->verb) {
    case VERB_VECTOR:
        intel_intr_event(n, ev);
        break;
    case VERB_WIRE:
        intel_wire_event(n);
        break;
    case VERB_RSC:
        if (intel_intr_rsc_is_due(n, ev))
            intel_rsc_close_vector(n, &n->fn[ev->a], (unsigned)ev->b);
        break;
    case VERB_FETCH:
        intel_tx_fetch_event(n, (unsigned)ev->a);
        break;
    case VERB_RATE:
        intel_tx_rate_event(n, (unsigned)ev->a);
        break;
    }
}

/* Indices of rings, as the chip sees them. */
static void show(struct component *c, struct probes *to)
{
    struct intel_chip *n = (struct intel_chip *)c;
    for (unsigned q = 0; q < INTEL_QUEUES; q++) {
        probe_add(to, 16, probe_u32, &n->rxq[q].head, "rx%u.head", q);
        probe_add(to, 16, probe_u32, &n->rxq[q].tail, "rx%u.tail", q);
        probe_add(to, 16, probe_u32, &n->txq[q].head, "tx%u.head", q);
        probe_add(to, 16, probe_u32, &n->txq[q].tail, "tx%u.tail", q);
    }
}

static const struct component_ops component_ops = {.kind = "nic", .event = event, .save = intel_save, .show = show};

static void link_changed(struct port *port, bool up)
{
    struct intel_chip *n = (struct intel_chip *)port->owner;
    trace_nic_link(chip_component(n), up ? "up" : "down");
    if (up != n->s.link_up)
        intel_intr_misc(chip_pf(n), INTEL_CAUSE_LINK);
    n->s.link_up = up;
    intel_switch_tables(n);
}

static const struct port_ops port_ops = {.receive = intel_wire_receive, .link_changed = link_changed};

static bool counter(const struct nic *nic, unsigned i, const char **name, uint64_t *value)
{
    const struct intel_chip *n = (const struct intel_chip *)nic;
    const struct chip_state *s = &n->s;
    uint64_t no_descriptor = 0;
    for (unsigned q = 0; q < INTEL_QUEUES; q++)
        no_descriptor += n->rxq[q].no_descriptor;
    const struct nic_counter counters[] = {
        {"rx_packets", s->rx_good},          {"rx_bytes", s->rx_bytes},
        {"rx_broadcast", s->rx_broadcast},   {"rx_multicast", s->rx_multicast},
        {"rx_crc_errors", s->rx_crc},        {"rx_long_length_errors", s->rx_long},
        {"rx_missed_errors", s->rx_missed},  {"rx_no_dma_resources", no_descriptor},
        {"tx_packets", s->tx_good},          {"tx_bytes", s->tx_bytes},
        {"tx_broadcast", s->tx_broadcast},   {"tx_multicast", s->tx_multicast},
        {"tx_loopback", s->tx_loopback},     {"tx_bad_descriptors", s->tx_bad},
        {"spoofed_packets", s->spoofed},     {"hw_rsc_aggregated", s->rsc_segments},
        {"hw_rsc_flushed", s->rsc_receives},
    };
    const struct nic_counter rare[] = {{"mdd_events", s->mdd_events},
                                       {"rx_header_split_refused", s->split_asked}}; /* shown once they count */
    const unsigned common = sizeof(counters) / sizeof(counters[0]);
    for (unsigned r = 0, at = common; i >= common && r < sizeof(rare) / sizeof(rare[0]); r++)
        if (rare[r].value && at++ == i)
            return nic_counter_at(rare, r + 1, r, name, value);
    return nic_counter_at(counters, common, i, name, value);
}

static void chip_free(struct intel_chip *n)
{
    struct recycler *recycler = n->nic.c.sim->recycler;
    unsigned functions = n->nic.vf_count + 1;

    free(n->nic.vf);
    recycler_give(recycler, n->fn, functions * sizeof(*n->fn), RECYCLER_ZEROED);
    free(n->own);
    free(n->vf_own);
    recycler_give(recycler, n, sizeof(*n), RECYCLER_ZEROED);
}

static void destroy(struct nic *nic)
{
    struct intel_chip *n = (struct intel_chip *)nic;
    if (nic->first == nic) {
        portmux_destroy(nic->mux);
        pci_link_destroy(nic->link);
    }
    port_fini(&nic->uplink);
    chip_free(n);
}

static unsigned interest(struct nic *nic, const struct frame *f) { return eswitch_interest(&((struct intel_chip *)nic)->sw, f); }

/* Without virtualization there is nobody to forward to inside; two such functions still see each other by the shared port. */
static bool forwards(const struct nic *nic)
{
    const struct intel_chip *n = (const struct intel_chip *)nic;
    return !chip_is_virtual(n) || n->sw.local_loopback;
}

static const struct nic_ops nic_ops = {.destroy = destroy,
                                       .counter = counter,
                                       .function_stats = intel_function_stats,
                                       .vf_state = intel_vf_state,
                                       .vf_is_still = intel_vf_is_still,
                                       .interest = interest,
                                       .forwards = forwards};

static void pf_params(const struct intel_chip *n, struct pci_function_params *p)
{
    const struct intel_skin *skin = n->skin;
    const struct nic_model *model = n->nic.model;
    *p = (struct pci_function_params){
        .vendor = model->vendor,
        .device = model->pf_device,
        .subsystem_vendor = model->vendor,
        .subsystem = skin->subsystem,
        .class_code = 0x020000,
        .revision = 1,
        /* a bus of its own: room for the VFs' routing ids */
        .rid = (uint16_t)((1 + n->nic.first->c.id % 250) << 8 | n->nic.function),
        .msix_vectors = skin->pf_vectors,
        .msix_bar = skin->pf_msix_bar,
        .msix_table_off = 0,
        .msix_pba_off = MSIX_PBA_OFFSET,
        .cap_pm = CAP_PM,
        .cap_msi = CAP_MSI,
        .cap_msix = CAP_MSIX,
        .cap_pcie = CAP_PCIE,
        .cap_aer = CAP_AER,
        .cap_ari = CAP_ARI,
    };
    for (unsigned b = 0; b < PCI_BARS; b++) {
        p->bar_size[b] = skin->pf_bar_bytes[b];
        p->bar_is_64[b] = skin->pf_bar_is_64 && skin->pf_bar_bytes[b];
    }
    if (nic_model_can(model, NIC_SRIOV)) {
        p->vf_device = model->vf_device;
        p->total_vfs = n->nic.vf_count;
        p->vf_offset = skin->vf_offset;
        p->vf_stride = skin->vf_stride;
        p->cap_sriov = CAP_SRIOV;
    }
}

static void vf_params(const struct intel_chip *n, unsigned v, struct pci_function_params *p)
{
    const struct intel_skin *skin = n->skin;
    const struct nic_model *model = n->nic.model;
    *p = (struct pci_function_params){
        .vendor = model->vendor,
        .device = model->vf_device,
        .subsystem_vendor = model->vendor,
        .subsystem = skin->subsystem,
        .class_code = 0x020000,
        .revision = 1,
        .rid = (uint16_t)(pci_function_rid(n->nic.pf) + skin->vf_offset + skin->vf_stride * v),
        .is_vf = true,
        .pf = n->nic.pf,
        .msix_vectors = skin->vf_vectors,
        .msix_bar = 3,
        .msix_table_off = 0,
        .msix_pba_off = MSIX_PBA_OFFSET,
        .cap_msix = CAP_MSIX,
        .cap_pcie = CAP_PCIE,
        .cap_aer = CAP_AER,
        .cap_ari = CAP_ARI,
    };
    for (unsigned b = 0; b < PCI_BARS; b++) {
        p->bar_size[b] = skin->vf_bar_bytes[b];
        p->bar_is_64[b] = skin->vf_bar_bytes[b] != 0;
    }
}

static void functions_create(struct intel_chip *n)
{
    struct pci_function_params p;
    pf_params(n, &p);
    struct function *pf = chip_pf(n);
    *pf = (struct function){.chip = n, .vf = FN_PF, .pool = n->nic.vf_count};
    pf->pci = n->nic.pf = pci_function_create(n->nic.link, &n->nic.c, pf, &function_ops, &p);
    for (unsigned v = 0; v < n->nic.vf_count; v++) {
        struct function *vf = &n->fn[v];
        *vf = (struct function){.chip = n, .vf = (int)v, .pool = v};
        if (n->skin->vf.own_bytes)
            vf->own = n->vf_own + v * (n->skin->vf.own_bytes / 4);
        vf_params(n, v, &p);
        vf->pci = n->nic.vf[v] = pci_function_create(n->nic.link, &n->nic.c, vf, &function_ops, &p);
    }
}

struct nic *intel_create(struct sim *sim, const struct nic_params *params, const struct nic_model *model,
                         const struct intel_skin *skin, char *err, size_t err_cap)
{
    struct intel_chip *n = recycler_take(sim->recycler, "a NIC", sizeof(*n), RECYCLER_ZEROED);
    n->fn = recycler_take(sim->recycler, "a NIC", (params->vfs + 1) * sizeof(*n->fn), RECYCLER_ZEROED);
    n->nic.vf = alloc_zero("a NIC", params->vfs + 1, sizeof(struct pci_function *));
    n->own = alloc_zero("a NIC", 1, skin->own_bytes);
    n->vf_own = alloc_zero("a NIC", params->vfs + 1, skin->vf.own_bytes + 1);
    component_init(&n->nic.c, sim, &component_ops, params->name);
    component_is_far(&n->nic.c);
    n->nic.ops = &nic_ops;
    n->nic.model = model;
    n->nic.vf_count = params->vfs;
    n->nic.symmetric = params->symmetric;
    n->nic.own_pools = params->own_pools;
    n->skin = skin;
    n->errata = nic_model_errata(model) ^ params->other_errata;
    memcpy(n->mac, params->mac, 6);
    n->s.rx_write_free = UINT64_MAX;
    n->s.link_up = true;
    intel_maps_init(n);
    int status = port_init(&n->nic.uplink, &n->nic.c, 0, params->name, &port_ops);
    if (status) {
        snprintf(err, err_cap, "port '%s': %s", params->name, strerror(-status));
        goto fail;
    }
    char link_name[64];
    status = nic_join_device(&n->nic, params, skin->functions);
    if (status) {
        snprintf(err, err_cap, "NIC '%s': a device of this model has %u functions at most", params->name, skin->functions);
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
    intel_reset_chip(n);
    return &n->nic;
fail:
    chip_free(n);
    return NULL;
}
