/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The attachment of VFs as a part of the hypervisor: what it does when something happens to a VM or its NIC. */
#include <errno.h>

#include "host/attach/attach__.h"
#include "host/mode/mode__.h"

static void host_freed(struct host *host) { records_free(&attach_of_host(host)->records); }
static void vm_made(struct host_vm *hv)
{
    hv->slot_owner.powered = attach__powered;
    attach__init(hv);
    attach__keep(hv);
}

static void save_host(struct host *host, struct save *s)
{
    records_save(&attach_of_host(host)->records, sizeof(struct hotplug_record), s);
}

/* A state that no save writes must not index anything here. */
static bool is_sound(const struct host_vm *hv)
{
    const struct attach_state *attach = attach_of(hv);

    return attach->msix_bar < PCI_BARS && attach->record <= attach_of_host(hv->host)->records.count &&
           (!attach_is_there(hv) || attach->record) && host__is_claimed(hv, CLAIM_OWN_VF) == attach_is_there(hv);
}

static void save_vm(struct host_vm *hv, struct save *s)
{
    struct attach_state *attach = attach_of(hv);

    save_field(s, *attach);
    procedure_save(attach_procedure(hv), s);
    if (s->err)
        return;
    if (!is_sound(hv))
        save_fail(s, -EPROTO, "the attachment of a VF to %s is impossible", vm_name(hv->vm));
    else if (save_is_loading(s))
        attach__restore(hv, s);
}

/* The last step of a migration by vfio has failed at a VF that has come with its VM. */
static void switch_ended(struct host_vm *hv, bool done)
{
    if (!done && switch__record(hv)->result == SWITCH_UNDONE && mode_of(hv)->procedure.place[0].table == &switch__native.in &&
        !hv->state.ended)
        attach__stuck(hv);
}

static int check(const struct host_vm *hv, char *why, size_t cap)
{
    if (!attach_is_at(hv, ATTACH_IN))
        return HOST_CHECK_OTHERS;
    if (hv->state.vf < 0 || !hv->state.vf_domain || hv->state.ended)
        return host__violated(why, cap, "%s has a VF of its own without all of it", vm_name(hv->vm));
    return HOST_CHECK_GOOD;
}

const struct host_part attach_part = {
    .name = "attached VFs",
    .rank = HOST_RANK_ATTACH,
    .host_bytes = sizeof(struct attach_of_host),
    .vm_bytes = sizeof(struct attach_of_vm),
    .host_freed = host_freed,
    .vm_made = vm_made,
    .boots = attach__boots,
    .save_host = save_host,
    .save_vm = save_vm,
    .event = attach__event,
    .pf_done = attach__pf_done,
    .noted = attach__noted,
    .vm_ended = attach__vm_ended,
    .pf_lost = attach__pf_lost,
    .mailbox = attach__mailbox,
    .switch_ended = switch_ended,
    .check = check,
};
