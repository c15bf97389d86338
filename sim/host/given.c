/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VM that drives a PF: the function is the guest's, and its VFs as long as no other VM has them. */
#include <stdio.h>

#include "host/host__.h"

/* Where its functions are in its window: a page each, for who wants to know whose they are. */
enum { GIVEN_BYTES = 0x1000, GIVEN_STEP = 0x10000 };
#define GIVEN_GPA (MACHINE_VF_MSIX + 0x100000)

static uint64_t place_of(unsigned function) { return GIVEN_GPA + (uint64_t)function * GIVEN_STEP; }

static void give(struct host_vm *hv, unsigned function, struct pci_function *fn)
{
    vm_map_mmio(hv->vm, place_of(function), GIVEN_BYTES, fn, 0, 0, VM_MMIO_TRAPPED);
    pci_function_set_domain(fn, hv->pf_domain);
    pci_function_set_sink(fn, vm_msi_sink(hv->vm, true));
}

bool host__give_pf(struct host_vm *hv, char *err, size_t err_cap)
{
    struct sim_mem *mem = vm_mem(hv->vm);
    const struct nic *nic = host__nic(hv)->nic;
    char name[64];

    if (!hv->drives_pf)
        return true;
    snprintf(name, sizeof(name), "%.48s.pf", vm_name(hv->vm));
    hv->pf_domain = iommu_domain_create(&hv->host->c, name, mem->size);
    if (!hv->pf_domain || iommu_map(hv->pf_domain, 0, mem, 0, mem->size, IOMMU_READ | IOMMU_WRITE)) {
        snprintf(err, err_cap, "%s: out of memory", vm_name(hv->vm));
        return false;
    }
    give(hv, 0, nic->pf);
    for (unsigned v = 0; v < nic->vf_count; v++)
        give(hv, v + 1, nic->vf[v]);
    return true;
}

/* The one that drives the PF of `hv`'s NIC; NULL: our driver does. */
static struct host_vm *driver_of(const struct host_vm *hv)
{
    for (unsigned i = 0; i < hv->host->vms; i++) {
        struct host_vm *other = hv->host->vm[i];
        if (other->drives_pf && other->state.nic == hv->state.nic)
            return other;
    }
    return NULL;
}

void host__vf_leaves(const struct host_vm *hv)
{
    struct host_vm *from = driver_of(hv);

    if (from)
        vm_unmap_mmio(from->vm, place_of((unsigned)hv->state.vf + 1));
}

void host__vf_returns(const struct host_vm *hv)
{
    struct host_vm *to = driver_of(hv);

    if (to && !to->state.ended)
        give(to, (unsigned)hv->state.vf + 1, host__nic(hv)->nic->vf[hv->state.vf]);
}
