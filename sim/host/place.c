/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a host makes for a VM: the vmxnet3 device, its port, its place in the embedded switch; policy; the VM's end. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "guest/include/pci_slot.h"
#include "host/host__.h"

static const struct host_part *part_at(const struct host_vm *hv, unsigned rank) { return hv->host->parts[rank]; }

/* ---- notes of the guest ---- */

static struct host_vm *of_listener(struct vm_note_listener *self)
{
    return (struct host_vm *)((char *)self - offsetof(struct host_vm, notes));
}

static void noted(struct vm_note_listener *self, struct vm *vm, uint32_t note, uint64_t b, uint64_t c)
{
    struct host_vm *hv = of_listener(self);

    for (unsigned rank = 0; rank < HOST_RANKS && hv->state.present; rank++)
        if (part_at(hv, rank)->noted)
            part_at(hv, rank)->noted(hv, note, b, c);
}

static void ended(struct vm_note_listener *self, struct vm *vm)
{
    struct host_vm *hv = of_listener(self);

    if (!hv->state.present)
        return;
    hv->state.ended = 1;
    vswitch_set_taking(hv->host->vswitch, hv->port, false, false);
    vswitch_discard(hv->host->vswitch, hv->port, FATE_vm_ended);
    vmxnet3_stop(hv->dev, FATE_vm_ended);
    trace_host_vm_ended(&hv->host->c, vm_name(vm),
                        hv->state.vf >= 0 ? "its VF is taken back, its port closed" : "its port is closed");
    for (unsigned rank = 0; rank < HOST_RANKS; rank++)
        if (part_at(hv, rank)->vm_ended)
            part_at(hv, rank)->vm_ended(hv);
    host__changed(hv->host);
}

/* ---- its address in the embedded switch, for the emulated path ---- */

static void filter_request(struct host_vm *hv, bool add)
{
    struct pf_args args = {.vf = PF_ANY_VF};

    memcpy(args.mac, hv->state.mac, 6);
    host__ask_pf(hv, add ? VMK_NETPTOP_PF_ADD_MAC_FILTER : VMK_NETPTOP_PF_DEL_MAC_FILTER, &args,
                 host__cookie(hv, HOST_RANKS, 1, add));
}

static void address_moved(struct host_vm *hv)
{
    for (unsigned rank = 0; rank < HOST_RANKS; rank++)
        if (part_at(hv, rank)->address_moved)
            part_at(hv, rank)->address_moved(hv);
}

/* The chip must take frames as long as the port's while they come by way of its PF. */
static void mtu_request(struct host_vm *hv)
{
    struct pf_args args = {.vf = PF_ANY_VF, .mtu = (uint16_t)vm_get_params(hv->vm)->mtu};

    if (args.mtu > 1500)
        host__ask_pf(hv, (enum vmk_netptop)PF_OP_SET_MTU, &args, HOST_NOBODY);
}

void host__filter_add(struct host_vm *hv)
{
    mtu_request(hv);
    if (pf_vf_count(host__nic(hv)->pf) == 0)
        return; /* without VFs there is no embedded switch: the port takes every address */
    if (hv->state.mac_place == MAC_ON_PF)
        return;
    hv->state.mac_place = MAC_ON_PF;
    filter_request(hv, true);
    address_moved(hv);
}

void host__filter_del(struct host_vm *hv)
{
    if (hv->state.mac_place != MAC_ON_PF)
        return;
    hv->state.mac_place = MAC_NOWHERE;
    filter_request(hv, false);
    address_moved(hv);
}

/* Without a filter of its own the VM's frames reach the PF as unknown ones: slower to find, not lost. */
void host__filter_done(struct host_vm *hv, bool add, int status)
{
    if (status == 0)
        return;
    if (add && hv->state.mac_place == MAC_ON_PF)
        hv->state.mac_place = MAC_NOWHERE;
    trace_host_filter_failed(&hv->host->c, add ? "added" : "removed", vm_name(hv->vm), pf_status_text((enum vmk_netptop)0, status));
}

/* What the outside has learnt about the VM is out of date from now on, so it is told. */
void host__move_uplink(struct host_vm *hv, unsigned nic)
{
    host__filter_del(hv);
    hv->state.nic = nic;
    vswitch_set_uplink(hv->host->vswitch, hv->port, host__nic(hv)->uplink);
    if (host__has_vnic(hv))
        host__filter_add(hv);
    vswitch_announce(hv->host->vswitch, hv->port);
}

/* Nothing more can reach an ended VM but the DMA under way: what that brings ends with the VM, too. */
enum { LAST_DMA_US = 100 };

void host__vm_cleared(struct host_vm *hv)
{
    host__filter_del(hv);
    event_post(host__who(hv), host__who(hv), sim_now(hv->host->c.sim) + LAST_DMA_US * SIM_US, EV_HOST, HOST_EV_CLEAR, hv->index, 0,
               0);
}

/* ---- making it ---- */

static struct pci_link_params emulated_link(struct sim *sim)
{
    struct pci_link_params link;
    uint64_t khz = profile_get(&sim->profile, PROFILE_cpu_khz);

    pci_link_params_default(&link);
    link.emulated = true;
    uint64_t millicycles = profile_get(&sim->profile, PROFILE_copy_byte_millicycles);
    struct sim_rate cycles = sim_rate_cycles(khz);
    link.latency_ps = sim_rate_take(&cycles, profile_get(&sim->profile, PROFILE_copy_base_cycles));
    link.memory_ps = 0;
    link.copy_bps = millicycles ? 8 * khz * 1000 * 1000 / millicycles : 0; /* 0: infinitely fast */
    return link;
}

/* "web", or "web@h1" for its place on another host. */
static void place_name(const struct host_vm *hv, char *name, size_t cap)
{
    if (hv->state.present)
        snprintf(name, cap, "%s", vm_name(hv->vm));
    else
        snprintf(name, cap, "%.17s@%.17s", vm_name(hv->vm), hv->host->name);
}

static bool make_device(struct host_vm *hv, const struct host_vm_params *params, char *err, size_t err_cap)
{
    struct sim *sim = hv->host->c.sim;
    struct sim_mem *mem = vm_mem(hv->vm);
    char vm_nm[64], name[64], port_name[48];
    struct vmxnet3_params dev = {
        .name = name,
        .port_name = port_name,
        .link = emulated_link(sim),
        .sink = vm_msi_sink(hv->vm, false),
        .host = &hv->dev_host,
        .cores = hv->host->cores,
        .vcpu = hv->vcpu,
        .rev = params->vnic.rev,
        .intr_type = params->vnic.intr,
        .mask_mode = params->vnic.mask,
    };

    place_name(hv, vm_nm, sizeof(vm_nm));
    snprintf(name, sizeof(name), "%.37s.vmxnet3", vm_nm);
    snprintf(port_name, sizeof(port_name), "%.40s.vnic", vm_nm);
    memcpy(dev.mac, params->vm.mac, 6);
    hv->dev_domain = iommu_domain_create(&hv->host->c, name, mem->size);
    if (!hv->dev_domain || iommu_add_memory(hv->dev_domain, mem) ||
        (hv->state.present && iommu_map(hv->dev_domain, 0, mem, 0, mem->size, IOMMU_READ | IOMMU_WRITE))) {
        snprintf(err, err_cap, "%s: out of memory", vm_nm);
        return false;
    }
    dev.domain = hv->dev_domain;
    hv->dev = vmxnet3_create(sim, &dev, err, err_cap);
    if (!hv->dev)
        return false;
    pci_config_write(vmxnet3_function(hv->dev), 0x04, 2, 0x0006); /* memory and bus mastering, as firmware leaves it */
    pci_msix_enable(vmxnet3_function(hv->dev), true);
    for (unsigned v = 0; v < VMXNET3_MAX_INTRS; v++)
        pci_msix_program(vmxnet3_function(hv->dev), v, MACHINE_MSI_ADDRESS, v, false);
    return true;
}

static bool map(struct host_vm *hv, uint64_t gpa, uint64_t len, struct pci_function *fn, unsigned bar, char *err, size_t err_cap)
{
    int status = vm_map_mmio(hv->vm, gpa, len, fn, bar, 0, VM_MMIO_TRAPPED);

    if (status)
        snprintf(err, err_cap, "%s: registers at 0x%llx: %s", vm_name(hv->vm), (unsigned long long)gpa,
                 pf_status_text((enum vmk_netptop)0, status));
    return !status;
}

bool host__map_device(struct host_vm *hv, char *err, size_t err_cap)
{
    static const struct {
        uint64_t gpa, len;
    } window[3] = {{MACHINE_VMXNET3_BAR0, VMXNET3_PT_REG_SIZE},
                   {MACHINE_VMXNET3_BAR1, VMXNET3_VD_REG_SIZE},
                   {MACHINE_VMXNET3_BAR2, VMXNET3_MSIX_BAR_SIZE}};

    for (unsigned bar = 0; host__has_vnic(hv) && bar < 3; bar++)
        if (!map(hv, window[bar].gpa, window[bar].len, vmxnet3_function(hv->dev), bar, err, err_cap))
            return false;
    return !hv->slot || map(hv, MACHINE_SLOT, SLOT_BYTES, slot_function(hv->slot), 0, err, err_cap);
}

/* Only for guests that look into it. */
static bool make_slot(struct host_vm *hv, char *err, size_t err_cap)
{
    char vm_nm[64], name[64];

    if (vm_get_params(hv->vm)->net == MACHINE_NET_VMXNET3)
        return true;
    place_name(hv, vm_nm, sizeof(vm_nm));
    snprintf(name, sizeof(name), "%.40s.slot", vm_nm);
    hv->slot = slot_create(hv->host->c.sim, name, vm_msi_sink(hv->vm, false), &hv->slot_owner);
    if (!hv->slot)
        snprintf(err, err_cap, "%s: out of memory", vm_nm);
    return hv->slot;
}

static bool make_port(struct host_vm *hv, const struct host_vm_params *params, char *err, size_t err_cap)
{
    char name[64];
    struct vswitch_port_params port = {
        .name = name,
        .uplink = host__nic(hv)->uplink,
        .dev = hv->dev,
        .vcpu = hv->vcpu,
        .vlan = params->port_vlan,
        .forged = params->allow_forged,
        .trunk = params->allow_vlan_trunk,
    };
    int status;

    place_name(hv, name, sizeof(name));
    memcpy(port.mac, params->vm.mac, 6);
    status = vswitch_add_port(hv->host->vswitch, &port);
    if (status < 0) {
        snprintf(err, err_cap, "%s: port of the virtual switch: %s", vm_name(hv->vm), pf_status_text((enum vmk_netptop)0, status));
        return false;
    }
    hv->port = (unsigned)status;
    if (!hv->state.present || !host__has_vnic(hv))
        vswitch_set_taking(hv->host->vswitch, hv->port, false, false);
    return true;
}

static int pick_uplink(struct host *host, const struct host_vm_params *params, char *err, size_t err_cap)
{
    int nic = params->uplink ? host__find_nic(host, params->uplink) : (int)host->nics - 1 >= 0 ? 0 : -1;

    if (nic < 0)
        snprintf(err, err_cap, "%s: host %s has no NIC%s%s", params->vm.name, host->name, params->uplink ? " " : "",
                 params->uplink ? params->uplink : "");
    return nic;
}

static void make_threads(struct host_vm *hv, const char *vm)
{
    char name[64];

    hv->vcpu = alloc_zero("a VM", hv->vcpus, sizeof(*hv->vcpu));
    for (unsigned i = 0; i < hv->vcpus; i++) {
        snprintf(name, sizeof(name), hv->vcpus > 1 ? "%.40s/vcpu%u" : "%.40s", vm, i);
        cpu_vcpu_init(&hv->vcpu[i], hv->host->cores, name);
    }
    snprintf(name, sizeof(name), "%.40s/vmx", vm);
    cpu_server_init(&hv->vmx, hv->host->cores, name, &hv->host->c);
}

/* As many cores as vCPUs are one for each, in order; of any other number each vCPU has all. */
static void pin_vcpus(struct host_vm *hv, const struct cpu_set *pin)
{
    unsigned core = 0;

    for (unsigned i = 0; i < hv->vcpus; i++, core++) {
        struct cpu_set own = {{0}};
        if (cpu_set_count(pin) != hv->vcpus) {
            cpu_thread_pin(&hv->vcpu[i], pin);
            continue;
        }
        while (!cpu_set_has(pin, core))
            core++;
        cpu_set_add(&own, core);
        cpu_thread_pin(&hv->vcpu[i], &own);
    }
}

struct host_vm *host__vm_make(struct host *host, const struct host_vm_params *params, struct vm *vm, char *err, size_t err_cap)
{
    int nic = pick_uplink(host, params, err, err_cap);
    struct host_vm *hv;

    if (nic < 0)
        return NULL;
    if (params->port_vlan > 4094) {
        snprintf(err, err_cap, "%s: VLAN %d is not in 0 … 4094", params->vm.name, params->port_vlan);
        return NULL;
    }
    hv = alloc_zero("a VM", 1, sizeof(*hv));
    hv->host = host;
    for (unsigned rank = 0; rank < HOST_RANKS; rank++)
        hv->part[rank] = part_at(hv, rank)->vm_bytes ? alloc_zero("a VM", 1, part_at(hv, rank)->vm_bytes) : NULL;
    hv->index = host->vms;
    hv->vcpus = params->vm.vcpus ? params->vm.vcpus : 1;
    hv->vlan = params->port_vlan;
    hv->boot_vf = params->boot_vf;
    hv->default_queue = params->default_queue;
    hv->drives_pf = params->drives_pf;
    hv->dev_host.ops = &host->device;
    hv->notes.noted = noted;
    hv->notes.ended = ended;
    hv->state.vf = -1;
    hv->state.nic = (uint32_t)nic;
    memcpy(hv->state.mac, params->vm.mac, 6);
    hv->state.policy[HOST_POLICY_MAC_CHANGE] = params->allow_mac_change;
    hv->state.policy[HOST_POLICY_PROMISC] = params->allow_promisc;
    hv->state.policy[HOST_POLICY_FORGED] = params->allow_forged;
    hv->state.policy[HOST_POLICY_VLAN_TRUNK] = params->allow_vlan_trunk;
    hv->state.policy[HOST_POLICY_PASSTHROUGH] = params->allow_passthrough;
    hv->state.present = !vm;
    hv->vm = vm ? vm : vm_create(host->c.sim, &params->vm, err, err_cap);
    hv->owns_vm = !vm;
    make_threads(hv, params->vm.name);
    pin_vcpus(hv, &params->pin);
    if (!hv->vm || !make_device(hv, params, err, err_cap) || !make_slot(hv, err, err_cap) ||
        (hv->state.present && !host__map_device(hv, err, err_cap)) || !host__give_pf(hv, err, err_cap) ||
        !make_port(hv, params, err, err_cap)) {
        host__vm_free(hv);
        return NULL;
    }
    vm_listen_notes(hv->vm, &hv->notes);
    if (hv->state.present)
        host__vm_comes(hv);
    for (unsigned rank = 0; rank < HOST_RANKS; rank++)
        if (part_at(hv, rank)->vm_made)
            part_at(hv, rank)->vm_made(hv);
    return hv;
}

void host__vm_free(struct host_vm *hv)
{
    if (!hv)
        return;
    if (hv->state.vf_mapped && hv->owns_vm)
        vm_unmap_mmio(hv->vm, hv->state.memio_gpa);
    slot_destroy(hv->slot);
    vmxnet3_destroy(hv->dev);
    iommu_domain_destroy(hv->dev_domain);
    iommu_domain_destroy(hv->vf_domain);
    iommu_domain_destroy(hv->pf_domain);
    if (hv->owns_vm)
        vm_destroy(hv->vm);
    for (unsigned i = 0; i < hv->vcpus; i++)
        cpu_thread_fini(&hv->vcpu[i]);
    free(hv->vcpu);
    cpu_thread_fini(&hv->vmx);
    for (unsigned rank = 0; rank < HOST_RANKS; rank++)
        free(hv->part[rank]);
    free(hv);
}

void host__vm_comes(struct host_vm *hv) { vm_set_threads(hv->vm, hv->vcpu); }

void host__vm_boot(struct host_vm *hv)
{
    if (host__has_vnic(hv))
        host__filter_add(hv);
    for (unsigned rank = 0; rank < HOST_RANKS; rank++)
        if (part_at(hv, rank)->boots && part_at(hv, rank)->boots(hv))
            return;
    vm_boot(hv->vm);
}
