/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is heard of an attached VF: power of the slot, mailbox messages by way of the PF, notes of its driver,
 * time-outs. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "host/attach/attach__.h"
#include "host/control/control__.h"
#include "host/mode/mode__.h"

enum { CAP_ID_MSIX = 0x11, MSIX_TABLE = 4, MSIX_BIR = 7, MSIX_BYTES = 0x4000, EXT_CAP_SRIOV = 0x10, SRIOV_VF_DEVICE = 0x1a };

static sim_time now(const struct host_vm *hv) { return sim_now(hv->host->c.sim); }

/* ---- registers ---- */

/* What a VF's config space would say if it were no VF's: the PF's vendor, the capability's device [SR-IOV 3.3.11]; and
 * where its MSI-X table is. Kept, since a load finds config space in its turn. */
void attach__look(struct host_vm *hv)
{
    struct pci_function *fn = switch__vf_function(hv), *pf = host__nic(hv)->nic->pf;
    uint16_t sriov = pci_find_ext_capability(pf, EXT_CAP_SRIOV), msix = pci_find_capability(fn, CAP_ID_MSIX);

    attach_of(hv)->id = pci_config_read(pf, 0, 2) | pci_config_read(pf, (uint16_t)(sriov + SRIOV_VF_DEVICE), 2) << 16;
    attach_of(hv)->msix_bar = msix ? pci_config_read(fn, (uint16_t)(msix + MSIX_TABLE), 4) & MSIX_BIR : 0;
}

static void map_msix(struct host_vm *hv, struct pci_function *fn)
{
    vm_map_mmio(hv->vm, MACHINE_VF_MSIX, MSIX_BYTES, fn, attach_of(hv)->msix_bar, 0, VM_MMIO_TRAPPED);
}

/* The table is trapped, as vfio has it: what the guest writes goes through the hypervisor. */
int attach__map(struct host_vm *hv)
{
    struct pci_function *fn = switch__vf_function(hv);

    if (hv->state.vf_mapped || !fn)
        return 0;
    map_msix(hv, fn);
    return switch__vf_map(hv);
}

void attach__unmap(struct host_vm *hv)
{
    if (hv->state.vf_mapped)
        vm_unmap_mmio(hv->vm, MACHINE_VF_MSIX);
    switch__vf_unmap(hv);
}

/* ---- the slot's power ---- */

void attach__powered(struct slot_owner *self, bool on)
{
    struct host_vm *hv = (struct host_vm *)((char *)self - offsetof(struct host_vm, slot_owner));
    struct attach_state *as = attach_of(hv);
    struct hotplug_record *record = attach__record(hv);

    if (!as->inside)
        return;
    if (on) {
        attach__map(hv);
        attach__say(hv, SLOT_FROM_VM, "slot powered on");
        if (record->add && !record->answered)
            record->answered = now(hv);
        return;
    }
    attach__unmap(hv);
    if (!attach_is_at(hv, ATTACH_ASKED)) { /* of itself, or too late: the VF stays in the slot, without power */
        attach__idle(hv);
        return;
    }
    attach__say(hv, SLOT_FROM_VM, "driver has let go, slot powered off");
    record->answered = now(hv);
    attach__leave(hv, false);
}

/* ---- time-outs ---- */

void attach__event(struct host *host, unsigned verb, const struct event *ev)
{
    struct host_vm *hv = host->vm[ev->a];
    struct attach_state *as = attach_of(hv);

    if (ev->b != attach_procedure(hv)->gen)
        return;
    as->timer = (struct event_id){0, 0};
    if (attach_is_at(hv, ATTACH_IN)) {
        attach__reason(hv, "the guest did not take it up");
        attach__finish(hv, HOTPLUG_UNUSED);
    } else if (attach_is_at(hv, ATTACH_ASKED) && as->force) {
        attach__reason(hv, "the guest did not answer in time");
        attach__leave(hv, true);
    } else if (attach_is_at(hv, ATTACH_ASKED)) {
        attach__reason(hv, "the guest did not answer in time");
        attach__stay(hv);
        attach__finish(hv, HOTPLUG_REFUSED);
    }
}

/* ---- its driver's notes ---- */

void attach__count_from_here(struct host_vm *hv)
{
    const struct nic *nic = host__nic(hv)->nic;
    struct nic_function_stats f;

    nic->ops->function_stats(nic, hv->state.vf, &f);
    memcpy(attach_of(hv)->base, (uint64_t[6]){f.rx_packets, f.rx_bytes, f.rx_multicast, f.rx_dropped, f.tx_packets, f.tx_bytes},
           sizeof(attach_of(hv)->base));
}

/* A driver that resets its device keeps the interface, without a link. */
static void netdev_noted(struct attach_state *as, uint64_t what)
{
    if (what == MACHINE_VF_UP)
        as->netdev = 1;
    else if (what != MACHINE_VF_STOPS)
        as->netdev = as->carrier = 0;
}

/* A VF without a mailbox says nothing to the PF's driver: it has the VM's address as soon as its own driver is there. */
static void take_address(struct host_vm *hv)
{
    struct pf_args args = {.vf = hv->state.vf};

    if (attach_of(hv)->in_use || host__nic(hv)->nic->model->vf_driver)
        return;
    attach_of(hv)->in_use = 1;
    hv->state.mac_place = MAC_ON_VF;
    memcpy(args.mac, hv->state.mac, 6);
    host__ask_pf(hv, (enum vmk_netptop)PF_OP_MOVE_MAC, &args,
                 host__cookie(hv, HOST_RANK_ATTACH, ATTACH_STANDBY, attach_procedure(hv)->gen));
}

static void driver_noted(struct host_vm *hv, uint64_t what, uint64_t detail)
{
    struct attach_state *as = attach_of(hv);
    struct hotplug_record *record = attach__record(hv);

    netdev_noted(as, what);
    if (!attach_is_there(hv) || !record)
        return;
    as->up = what == MACHINE_VF_UP;
    if (as->up)
        take_address(hv);
    if (!attach_is_at(hv, ATTACH_IN) || !record->add || record->result != HOTPLUG_UNDER_WAY)
        return;
    if (what == MACHINE_VF_UP) {
        record->up = now(hv);
        attach__say(hv, SLOT_FROM_VM, "its driver is up");
        attach__finish(hv, HOTPLUG_DONE);
    } else if (what == MACHINE_VF_NO_DRIVER || what == MACHINE_VF_FAILED) {
        if (what == MACHINE_VF_FAILED)
            attach__reason(hv, "the guest's driver gave up: %s", pf_status_text((enum vmk_netptop)0, -(int)(detail & 0xfff)));
        else
            attach__reason(hv, "the guest has no driver for device %04x:%04x", (unsigned)detail & 0xffff,
                           (unsigned)(detail >> 16) & 0xffff);
        attach__finish(hv, HOTPLUG_UNUSED);
    }
}

void attach__noted(struct host_vm *hv, uint32_t note, uint64_t b, uint64_t c)
{
    if (note == MACHINE_NOTE_VF_DRIVER)
        driver_noted(hv, b, c);
    else if (note == MACHINE_NOTE_VF_LINK)
        attach_of(hv)->carrier = b != 0;
}

/* ---- mailbox ---- */

static struct host_vm *find_owner(struct host *host, unsigned nic, unsigned vf)
{
    for (unsigned i = 0; i < host->vms; i++)
        if (host->vm[i]->state.nic == nic && host->vm[i]->state.vf == (int)vf && attach_is_there(host->vm[i]))
            return host->vm[i];
    return NULL;
}

/* A bond's standby stays silent from now on, as if its link were down, when what was on its way to it has come. */
void attach__close_standby(struct host_vm *hv)
{
    struct pf_args args = {.vf = hv->state.vf};

    if (host__has_vnic(hv))
        host__ask_pf(hv, (enum vmk_netptop)PF_OP_RX_FENCE, &args,
                     host__cookie(hv, HOST_RANK_ATTACH, ATTACH_STANDBY, attach_procedure(hv)->gen));
}

void attach__fenced(struct host_vm *hv, uint32_t gen)
{
    if (gen == attach_procedure(hv)->gen && attach_of(hv)->in_use)
        vswitch_set_taking(hv->host->vswitch, hv->port, false, false);
}

static void driver_reset(struct host_vm *hv)
{
    struct hotplug_record *record = attach__record(hv);

    if (record->add && !record->reset)
        record->reset = now(hv);
    attach__say(hv, SLOT_FROM_VM, "VF_RESET in the VF's mailbox");
    if (attach_of(hv)->in_use)
        return;
    attach_of(hv)->in_use = 1;
    hv->state.mac_place = MAC_ON_VF;
    attach__close_standby(hv);
}

/* What its driver wants once it is up; what it says while it comes up is no request of an operator's. */
static const char *request_name(enum pf_news news)
{
    switch (news) {
    case PF_NEWS_VF_ADDRESS:
        return "set mac";
    case PF_NEWS_VF_GROUPS:
        return "set multicast addresses";
    case PF_NEWS_VF_VLAN:
        return "set a VLAN";
    case PF_NEWS_VF_FRAME:
        return "set its largest frame";
    case PF_NEWS_VF_FURTHER_ADDRESS:
        return "set another address";
    case PF_NEWS_VF_RX_MODE:
        return "set receive mode";
    case PF_NEWS_VF_RESET:
    case PF_NEWS_VF_OTHER:
    case PF_NEWS_QUEUE_MOVES:
    case PF_NEWS_NUM_VFS:
    case PF_NEWS_RESTART:
        return NULL;
    }
    return NULL;
}

static void use_mac(struct host_vm *hv, uint64_t key)
{
    for (unsigned b = 0; b < 6; b++)
        hv->state.mac[b] = (uint8_t)(key >> (40 - 8 * b));
    vswitch_set_mac(hv->host->vswitch, hv->port, hv->state.mac);
    vm_set_mac(hv->vm, hv->state.mac);
}

void attach__mailbox(struct host *host, unsigned nic, unsigned vf, enum pf_news news, int status, uint64_t address)
{
    struct host_vm *hv = find_owner(host, nic, vf);

    if (!hv || hv->state.ended)
        return;
    if (news == PF_NEWS_VF_RESET && !status) {
        if (!host__has_vnic(hv) && address) /* the PF's answer names the address */
            use_mac(hv, address);
        driver_reset(hv);
        return;
    }
    if (!attach_of(hv)->up || !request_name(news))
        return;
    control__record(hv, !status, status ? "the PF's driver refused (NACK)" : "", "%s by mailbox", request_name(news))
        ->applied_to_vf = !status;
    if (news == PF_NEWS_VF_ADDRESS && !status && address)
        use_mac(hv, address);
}

/* ---- the VM's end, a load ---- */

void attach__vm_ended(struct host_vm *hv)
{
    if (!attach_is_there(hv))
        return;
    attach__reason(hv, "the VM has ended");
    if (attach_is_at(hv, ATTACH_IN) || attach_is_at(hv, ATTACH_YIELD) || attach_is_at(hv, ATTACH_YIELDED) ||
        attach_is_at(hv, ATTACH_ASKED)) {
        attach__finish(hv, HOTPLUG_FORCED);
        attach__leave(hv, true);
    }
}

void attach__restore(struct host_vm *hv, struct save *s)
{
    struct attach_state *as = attach_of(hv);
    struct pci_function *fn = switch__vf_function(hv);

    if (!hv->slot)
        return;
    if (as->inside && !fn) {
        save_fail(s, -EPROTO, "the slot of %s holds no VF", vm_name(hv->vm));
        return;
    }
    slot_restore(hv->slot, as->inside ? fn : NULL, as->id);
    if (as->inside && hv->state.vf_mapped)
        map_msix(hv, fn);
}
