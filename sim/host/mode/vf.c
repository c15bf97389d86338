/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the hypervisor wires for a VM's VF: IOMMU domain, interrupts, register window, symbols. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/mode/mode__.h"
#include "host/policy/policy__.h"

enum { CONFIG_COMMAND = 0x04, COMMAND_MASTER = 0x0004 };

struct pci_function *switch__vf_function(struct host_vm *hv)
{
    struct nic *nic = host__nic(hv)->nic;

    return hv->state.vf >= 0 && (unsigned)hv->state.vf < nic->vf_count ? nic->vf[hv->state.vf] : NULL;
}

static bool make_domain(struct host_vm *hv)
{
    char name[64];

    snprintf(name, sizeof(name), "%.48s.vf", vm_name(hv->vm));
    hv->vf_domain = iommu_domain_create(&hv->host->c, name, vm_mem(hv->vm)->size);
    return hv->vf_domain;
}

static void attach(struct host_vm *hv)
{
    host__vf_leaves(hv);
    pci_function_set_domain(switch__vf_function(hv), hv->vf_domain);
    pci_function_set_sink(switch__vf_function(hv), vm_msi_sink(hv->vm, true));
    pf_vf_share(host__nic(hv)->pf, (unsigned)hv->state.vf, vm_mem(hv->vm));
}

int switch__vf_wire(struct host_vm *hv, bool msix)
{
    struct pci_function *fn = switch__vf_function(hv);
    struct sim_mem *mem = vm_mem(hv->vm);

    if (!policy_of_host(hv->host)->set[HOST_SET_IOMMU]) {
        switch__reason(hv, "%s", pt_reason_describe(PT_hardware)->sentence);
        return -ENODEV;
    }
    if (!policy__vectors_suffice(hv, false)) {
        switch__reason(hv, "%s", pt_reason_describe(PT_vectors)->sentence);
        return -ENOSPC;
    }
    if (!make_domain(hv))
        return -ENOMEM;
    if (iommu_map(hv->vf_domain, 0, mem, 0, mem->size, IOMMU_READ | IOMMU_WRITE)) {
        iommu_domain_destroy(hv->vf_domain);
        hv->vf_domain = NULL;
        return -EINVAL;
    }
    hv->state.vf_domain = 1;
    attach(hv);
    if (!msix)
        return 0;
    pci_config_write(fn, CONFIG_COMMAND, 2, COMMAND_MASTER);
    for (unsigned v = 0; v < hv->state.vectors; v++) /* vector i arrives on line i [npa_load.h, numIntrs] */
        pci_msix_program(fn, v, MACHINE_MSI_ADDRESS, v, false);
    pci_msix_enable(fn, true);
    return 0;
}

void switch__vf_unwire(struct host_vm *hv)
{
    struct pci_function *fn = switch__vf_function(hv);

    if (!hv->state.vf_domain)
        return;
    hv->state.vf_domain = 0;
    if (fn) {
        pci_msix_enable(fn, false);
        pci_config_write(fn, CONFIG_COMMAND, 2, 0);
        pci_function_set_domain(fn, NULL);
        pci_function_set_sink(fn, NULL);
        pf_vf_share(host__nic(hv)->pf, (unsigned)hv->state.vf, NULL);
        host__vf_returns(hv);
    }
    iommu_domain_destroy(hv->vf_domain);
    hv->vf_domain = NULL;
}

int switch__vf_unwire_undo(void *owner)
{
    switch__vf_unwire(owner);
    return PROCEDURE_NEXT;
}

int switch__vf_map(struct host_vm *hv)
{
    if (hv->state.upt)
        vm_unmap_mmio(hv->vm, hv->state.memio_gpa); /* the page of the emulated device */
    int status = vm_map_mmio(hv->vm, hv->state.memio_gpa, hv->state.memio_len, switch__vf_function(hv), 0, 0, VM_MMIO_DIRECT);

    if (!status)
        hv->state.vf_mapped = 1;
    return status;
}

void switch__vf_unmap(struct host_vm *hv)
{
    if (hv->state.vf_mapped)
        vm_unmap_mmio(hv->vm, hv->state.memio_gpa);
    if (hv->state.vf_mapped && hv->state.upt)
        vm_map_mmio(hv->vm, hv->state.memio_gpa, hv->state.memio_len, vmxnet3_function(hv->dev), 0, 0, VM_MMIO_TRAPPED);
    hv->state.vf_mapped = 0;
}

void switch__vf_add_image(struct host_vm *hv)
{
    char why[64];
    struct plugin_image *image = host__store_find(hv->host, switch_of(hv)->plugin, why, sizeof(why));

    if (!image || hv->state.vf_image)
        return;
    vm_add_image(hv->vm, switch_of(hv)->plugin, image->file, image->file_len, mode_of(hv)->state.image_va);
    hv->state.vf_image = 1;
}

void switch__vf_remove_image(struct host_vm *hv)
{
    if (hv->state.vf_image)
        vm_remove_image(hv->vm, mode_of(hv)->state.image_va);
    hv->state.vf_image = 0;
}

/* While loading, `st` says what was wired; the VM saves its images itself. */
void switch__vf_restore(struct host_vm *hv, struct save *s)
{
    if (save_is_loading(s)) {
        iommu_domain_destroy(hv->vf_domain);
        if (!switch__vf_function(hv) || !make_domain(hv) || iommu_add_memory(hv->vf_domain, vm_mem(hv->vm))) {
            save_fail(s, -ENOMEM, "no IOMMU domain for %s", vm_name(hv->vm));
            return;
        }
        attach(hv);
    }
    if (hv->vf_domain)
        iommu_save(hv->vf_domain, s);
}
