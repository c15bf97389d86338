/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The VF of a guest outside stands still, goes on, and moves because that guest's own hypervisor wants it (struct vm_keeper): by
 * the operations of the PF's driver that a migration by vfio uses [host/migrate/methods/vfio.c], without one of this host's.
 *
 * Its address and its port's VLAN are of the place, and so of whoever goes on there.
 */
#include <errno.h>
#include <string.h>

#include "core/save.h"
#include "host/attach/attach__.h"
#include "host/mode/mode__.h"
#include "vswitch/vswitch.h"

static const struct attach_keeper *keeper_of(const struct vm_keeper *self) { return (const struct attach_keeper *)self; }
static struct pf *pf_of(const struct host_vm *hv) { return host__nic(hv)->pf; }

static bool can(const struct vm_keeper *self)
{
    struct host_vm *hv = keeper_of(self)->hv;
    return attach_is_at(hv, ATTACH_IN) && hv->state.vf >= 0 && !host__has_vnic(hv) && pf_vf_has_state(pf_of(hv));
}

static void ask(struct host_vm *hv, enum vmk_netptop op)
{
    struct pf_args args = {.vf = hv->state.vf};
    host__ask_pf(hv, op, &args, HOST_NOBODY);
}

/* What came was another place's: here it has the address that the VM has here. */
static void hold(struct vm_keeper *self, bool still)
{
    struct attach_keeper *keeper = (struct attach_keeper *)self;
    struct host_vm *hv = keeper->hv;
    struct pf_args args = {.vf = hv->state.vf, .enable = true};
    if (!can(self))
        return;
    if (keeper->is_another && !still) {
        memcpy(args.mac, hv->state.mac, 6);
        host__ask_pf_as_admin(hv, VMK_NETPTOP_VF_SET_MAC, &args, HOST_NOBODY);
        keeper->is_another = false;
    }
    ask(hv, still ? VMK_NETPTOP_VF_QUIESCE : VMK_NETPTOP_VF_ACTIVATE);
}

/* One that was reset, and whose driver has not spoken since, is quiet already; to go on, it is asked by its driver. */
static bool get_there(struct vm_keeper *self, bool still)
{
    struct host_vm *hv = keeper_of(self)->hv;
    unsigned vf = (unsigned)hv->state.vf;
    if (!can(self))
        return true;
    if (!still)
        return pf_vf_get_state(pf_of(hv), vf) != PF_VF_ENABLED;
    if (pf_vf_get_state(pf_of(hv), vf) == PF_VF_RESET)
        pf_vf_enable_again(pf_of(hv), vf);
    return pf_vf_is_still(pf_of(hv), vf);
}

static void state(struct vm_keeper *self, struct save *s)
{
    struct attach_keeper *keeper = (struct attach_keeper *)self;
    struct host_vm *hv = keeper->hv;
    char model[16] = {0};
    strncpy(model, host__nic(hv)->nic->model->name, sizeof(model) - 1);
    save_section(s, "VF of a guest outside", 1);
    save_field(s, model);
    if (save_is_loading(s) && !s->err && strncmp(model, host__nic(hv)->nic->model->name, sizeof(model)))
        save_fail(s, -EPROTO, "the state of a '%.15s' for a '%s'", model, host__nic(hv)->nic->model->name);
    if (!s->err)
        attach__config_save(switch__vf_function(hv), s);
    if (!s->err)
        pf_vf_state(pf_of(hv), (unsigned)hv->state.vf, s);
    if (!save_is_loading(s) || s->err)
        return;
    attach_of(hv)->in_use = 1; /* its driver has spoken, elsewhere */
    hv->state.mac_place = MAC_ON_VF;
    vswitch_set_taking(hv->host->vswitch, hv->port, false, false);
    keeper->is_another = true;
}

void attach__keep(struct host_vm *hv)
{
    attach_of_vm(hv)->keeper =
        (struct attach_keeper){.of_vm = {.can = can, .hold = hold, .get_there = get_there, .state = state}, .hv = hv};
    vm_set_keeper(hv->vm, &attach_of_vm(hv)->keeper.of_vm);
}
