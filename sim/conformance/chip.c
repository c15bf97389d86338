/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A chip with two VFs, its PF's driver, a wire with a peer, and one VF as a hypervisor gives it to the machine: reset, wired, its
 * registers in the window. What its IOMMU lets it reach is what its plugin may let it reach, and nothing else.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/conformance__.h"
#include "core/alloc.h"
#include "net/wire.h"

enum { CONFIG_COMMAND = 0x04, COMMAND_MASTER = 0x0004, PF_START_MS = 250, HOST_TAGS = 4096, SLOW_BPS = 100000000 };

/* ---- ports ---- */

static void receive(struct port *port, frame_ref ref)
{
    struct stand_box *box = (struct stand_box *)port->owner;
    struct frame *f = frame_get(box->comp.sim, ref);
    box->seen++;
    if (box->keeps && box->count - box->taken < STAND_KEPT) {
        unsigned i = box->count++ % STAND_KEPT;
        uint16_t tci;
        box->tag[i] = frame_vlan_pop(f, &tci) ? STAND_TAGGED | tci : 0;
        box->length[i] = f->len;
        box->kept[i] = alloc_bytes("a frame", f->len);
        memcpy(box->kept[i], frame_data(f), f->len);
    }
    frame_end(&box->comp, ref, FATE_delivered_peer);
}

static void box_init(struct stand_box *box, struct sim *sim, const char *name, bool keeps)
{
    static const struct component_ops ops = {.kind = "conformance box"};
    static const struct port_ops port_ops = {.receive = receive};
    component_init(&box->comp, sim, &ops, name);
    port_init(&box->port, &box->comp, 0, name, &port_ops);
    box->keeps = keeps;
}

static void box_fini(struct stand_box *box)
{
    for (; box->taken != box->count; box->taken++)
        free(box->kept[box->taken % STAND_KEPT]);
    port_fini(&box->port);
}

/* ---- a VF, given and taken ---- */

static struct pci_function *function(const struct stand *s) { return s->nic->vf[s->vf]; }

static int got_info(struct stand *s)
{
    struct pf_vf_info info;
    int status = pf_vf_info(s->pf, s->vf, &info);
    if (status)
        return status;
    s->config.memio_bytes = info.bar_bytes;
    s->config.has_driver = 1;
    memcpy(s->config.device_info, info.device_info, sizeof(s->config.device_info));
    if (info.vectors < s->config.vectors)
        s->config.vectors = info.vectors;
    stand__tell(s);
    return 0;
}

static int map(struct stand *s, uint64_t gpa, uint64_t len, unsigned prot)
{
    return iommu_map(s->domain, gpa, vm_mem(s->vm), gpa, len, prot);
}

/* Rings, the shared region, buffers: and frames to be sent, which are not the device's to write. */
static int map_memory(struct stand *s)
{
    const unsigned both = IOMMU_READ | IOMMU_WRITE;
    int status = map(s, STAND_SHARED, STAND_SHARED_BYTES, both);
    for (unsigned q = 0; q < s->config.queues && !status; q++) {
        uint64_t bytes = (uint64_t)s->config.ring * 256;
        status = map(s, STAND_RING_RX(q), bytes, both);
        if (!status)
            status = map(s, STAND_RING_TX(q), bytes, both);
    }
    if (!status)
        status = map(s, STAND_RX_POOL, (uint64_t)STAND_RX_BUFFERS * STAND_BUFFER_BYTES, both);
    if (!status)
        status = map(s, STAND_TX_POOL, (uint64_t)STAND_QUEUES * STAND_TX_SLOTS * STAND_BUFFER_BYTES, IOMMU_READ);
    return status;
}

struct pf_vf_memory stand__memory(const struct stand *s)
{
    struct pf_vf_memory memory = {.shared = STAND_SHARED, .shared_bytes = STAND_SHARED_BYTES, .queues = s->config.queues};
    for (unsigned q = 0; q < s->config.queues; q++)
        memory.ring[q] = (struct pf_vf_ring){STAND_RING_RX(q), STAND_RING_TX(q), s->config.ring, s->config.ring};
    return memory;
}

const char *stand__offer_memory(struct stand *s, unsigned vf)
{
    const struct pf_vf_memory memory = stand__memory(s);
    struct vmxnet3_rings_image rings;
    if (pf_passthru(s->pf) == PF_PASSTHRU_UPT) {
        stand__fresh_rings(s, &rings);
        pf_vf_set_rings(s->pf, vf, s->has_rings ? &s->rings : &rings);
        s->has_rings = false;
    }
    return pf_vf_set_memory(s->pf, vf, &memory);
}

static int wire(struct stand *s)
{
    struct pci_function *fn = function(s);
    pci_function_set_domain(fn, s->domain);
    pci_function_set_sink(fn, vm_msi_sink(s->vm, true));
    pf_vf_share(s->pf, s->vf, vm_mem(s->vm));
    pci_config_write(fn, CONFIG_COMMAND, 2, COMMAND_MASTER);
    for (unsigned v = 0; v < s->config.vectors; v++)
        pci_msix_program(fn, v, MACHINE_MSI_ADDRESS, v, false);
    pci_msix_enable(fn, true);
    s->is_wired = true;
    s->is_mapped = s->config.has_chip &&
                   !vm_map_mmio(s->vm, MACHINE_MEMIO_HOLE, (s->config.memio_bytes + 4095u) & ~4095u, fn, 0, 0, VM_MMIO_DIRECT);
    return stand__offer_memory(s, s->vf) ? -EINVAL : 0;
}

static int unwire(struct stand *s)
{
    struct pci_function *fn = function(s);
    if (s->is_mapped)
        vm_unmap_mmio(s->vm, MACHINE_MEMIO_HOLE);
    s->is_mapped = false;
    if (!s->is_wired)
        return 0;
    pci_msix_enable(fn, false);
    pci_config_write(fn, CONFIG_COMMAND, 2, 0);
    pci_function_set_domain(fn, NULL);
    pci_function_set_sink(fn, NULL);
    pf_vf_share(s->pf, s->vf, NULL);
    s->is_wired = false;
    return 0;
}

static struct pf_args modes(unsigned vf) { return (struct pf_args){.vf = (int32_t)vf, .rx_unicast = 1, .rx_broadcast = 1}; }

static int becomes(struct stand *s)
{
    s->vf = s->next_vf;
    return 0;
}

void stand__take_vf(struct stand *s, unsigned vf)
{
    const struct stand_config *c = &s->config;
    struct pf_args acquire = {.vf = (int32_t)vf,
                              .num_tx = (uint8_t)c->queues,
                              .num_rx = (uint8_t)c->queues,
                              .num_intrs = (uint8_t)c->vectors,
                              .mtu = (uint16_t)c->mtu};
    struct pf_args of_vf = {.vf = (int32_t)vf}, size = {.vf = (int32_t)vf, .mtu = (uint16_t)c->mtu}, mode;
    mode = modes(vf);
    s->next_vf = vf;
    stand__add(s, 0, NULL, becomes);
    stand__add(s, VMK_NETPTOP_VF_ACQUIRE, &acquire, got_info);
    stand__add(s, PF_OP_VF_FLR, &of_vf, wire);
    stand__add(s, VMK_NETPTOP_VF_INIT, &of_vf, NULL);
    stand__add(s, VMK_NETPTOP_VF_SET_RX_MODE, &mode, NULL);
    if (c->mtu > 1500) {
        stand__add(s, PF_OP_SET_MTU, &size, NULL);
        stand__add(s, VMK_NETPTOP_VF_SET_MTU, &size, NULL);
    }
}

void stand__activate(struct stand *s)
{
    struct pf_args of_vf = {.vf = (int32_t)s->vf}, mode, move = {.vf = (int32_t)s->vf};
    if (!s->pf) {
        s->answer = 0;
        return;
    }
    mode = modes(s->vf);
    memcpy(move.mac, s->config.mac, 6);
    bool has_frames = pf_passthru(s->pf) == PF_PASSTHRU_UPT; /* in its rings, which are to leave with its address */
    if (has_frames)
        stand__add(s, PF_OP_MOVE_MAC, &move, NULL);
    stand__add(s, VMK_NETPTOP_VF_ACTIVATE, &of_vf, NULL);
    stand__add(s, VMK_NETPTOP_VF_SET_RX_MODE, &mode, NULL);
    if (!has_frames)
        stand__add(s, PF_OP_MOVE_MAC, &move, NULL);
    stand__go(s);
}

static int take_rings(struct stand *s)
{
    s->has_rings = true;
    return pf_vf_get_rings(s->pf, s->vf, &s->rings);
}

void stand__carry(struct stand *s)
{
    struct pf_args of_vf = {.vf = (int32_t)s->vf};
    stand__add(s, VMK_NETPTOP_VF_QUIESCE, &of_vf, NULL);
    stand__add(s, VMK_NETPTOP_VF_SAVE_STATE, &of_vf, take_rings);
    stand__add(s, 0, NULL, unwire);
    stand__add(s, VMK_NETPTOP_VF_RELEASE, &of_vf, NULL);
    stand__take_vf(s, 1 - s->vf);
    stand__go(s);
}

void stand__leave(struct stand *s, bool other)
{
    struct pf_args of_vf = {.vf = (int32_t)s->vf};
    if (!s->pf) {
        s->answer = 0;
        return;
    }
    if (pf_vf_get_state(s->pf, s->vf) == PF_VF_ACTIVE)
        stand__add(s, VMK_NETPTOP_VF_QUIESCE, &of_vf, NULL);
    stand__add(s, 0, NULL, unwire);
    stand__add(s, VMK_NETPTOP_VF_RELEASE, &of_vf, NULL);
    stand__take_vf(s, other ? 1 - s->vf : s->vf);
    stand__go(s);
}

/* ---- making it ---- */

static int make_nic(struct stand *s, char *err, size_t err_cap)
{
    const struct nic_model *model = nic_model_find(s->params->model);
    struct nic_params params = {.name = "chip", .model = s->params->model, .vfs = STAND_VFS, .mac = {2, 0, 0, 0, 0, 100}};
    if (!model) {
        snprintf(err, err_cap, "there is no model '%s'", s->params->model);
        return -EINVAL;
    }
    pci_link_params_default(&params.link);
    params.link.gen = model->pcie_gen;
    params.link.lanes = model->pcie_lanes;
    if (s->config.number == STAND_CASE_FENCE) { /* what has come waits in the chip for long */
        params.link.gen = 1;
        params.link.lanes = 1;
    }
    s->nic = nic_create(s->sim, &params, err, err_cap);
    if (!s->nic)
        return -EINVAL;
    box_init(&s->peer, s->sim, "peer", true);
    box_init(&s->host, s->sim, "host", false);
    /* A wire that is slow for its port: what a VF has sent waits in the chip for long. */
    uint64_t rate_bps = s->config.number == STAND_CASE_QUIESCE ? SLOW_BPS : model->rate_bps;
    struct wire_params wire = {.rate_bps = rate_bps, .latency_ps = 500 * SIM_NS, .queue_frames = STAND_KEPT};
    s->wire = wire_create(s->sim, "wire", &wire, &s->nic->uplink, &s->peer.port);
    return 0;
}

static int make_driver(struct stand *s, char *err, size_t err_cap)
{
    struct pf_params params = {.nic = s->nic, .mem = &s->host_mem};
    params.mem_len = pf_memory_needed(&params);
    s->host_ram = alloc_zero("a PF driver's memory", 1, params.mem_len);
    if (mem_init(&s->host_mem, &s->comp, s->host_ram, params.mem_len, HOST_TAGS))
        return -ENOMEM;
    s->pf = pf_create(s->sim, "chip.pf", &params, err, err_cap);
    if (!s->pf)
        return -EINVAL;
    port_join(pf_uplink(s->pf), &s->host.port);
    pf_start(s->pf);
    sim_run_until(s->sim, sim_now(s->sim) + PF_START_MS * SIM_MS);
    return 0;
}

static unsigned least(unsigned a, unsigned b) { return a < b ? a : b; }

int stand__chip_make(struct stand *s, char *err, size_t err_cap)
{
    int status = make_nic(s, err, err_cap);
    return status ? status : make_driver(s, err, err_cap);
}

int stand__chip_give(struct stand *s, char *err, size_t err_cap)
{
    s->domain = iommu_domain_create(&s->comp, "suite", STAND_RAM);
    s->config.queues = least(s->config.queues, pf_vf_queues(s->pf));
    s->config.vectors = least(s->config.queues, pf_vf_vectors(s->pf));
    int status = map_memory(s);
    if (status)
        return status;
    stand__take_vf(s, 0);
    stand__go(s);
    while (s->answer == STAND_BUSY && sim_step(s->sim))
        ;
    if (!s->answer)
        return 0;
    snprintf(err, err_cap, "%s: the PF's driver does not initialise a VF: %s", s->params->model,
             pf_status_text(VMK_NETPTOP_VF_INIT, -(int)s->answer));
    return -EINVAL;
}

void stand__chip_destroy(struct stand *s)
{
    if (!s->nic)
        return;
    if (s->pf)
        pf_destroy(s->pf);
    wire_destroy(s->wire);
    nic_destroy(s->nic);
    box_fini(&s->peer);
    box_fini(&s->host);
    if (s->domain)
        iommu_domain_destroy(s->domain);
    mem_fini(&s->host_mem);
    free(s->host_ram);
}
