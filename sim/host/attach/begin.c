/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a VF comes to be attached or taken back: what is asked for, refused or recorded. */
#include <errno.h>
#include <stdio.h>

#include "core/world/journal.h"
#include "host/attach/attach__.h"

static sim_time now(const struct host_vm *hv) { return sim_now(hv->host->c.sim); }

struct hotplug_record *attach__record_add(struct host_vm *hv, bool add)
{
    struct hotplug_record *record = records_add(&attach_of_host(hv->host)->records, sizeof(*record));

    snprintf(record->vm, sizeof(record->vm), "%s", vm_name(hv->vm));
    snprintf(record->nic, sizeof(record->nic), "%s", host__nic(hv)->nic->c.name);
    record->vf = hv->state.vf;
    record->add = add;
    record->start = now(hv);
    record->talk = journal_open(hv->host->c.sim);
    return record;
}

static int refused(struct host_vm *hv, struct hotplug_record *record, int status, const char *why)
{
    record->result = HOTPLUG_REFUSED;
    record->end = record->start;
    snprintf(record->reason, sizeof(record->reason), "%s", why);
    trace_hotplug(&hv->host->c, record->vm, "refused", why);
    return status;
}

static int refuse(const char **why, int status, const char *text)
{
    *why = text;
    return status;
}

static int check_attach(const struct host_vm *hv, const struct attach_params *params, const char **why)
{
    int nic = params->nic ? host__find_nic(hv->host, params->nic) : (int)hv->state.nic;

    if (hv->state.ended)
        return refuse(why, -ENODEV, "the VM has ended");
    if (host__is_claimed(hv, CLAIM_MIGRATION) && !params->by_migration)
        return refuse(why, -EBUSY, "a migration is under way");
    if (!hv->slot)
        return refuse(why, -ENOTSUP, "the guest has no slot for a VF (shell linux net vf|bond)");
    if (attach_is_at(hv, ATTACH_IN))
        return refuse(why, -EALREADY, "a VF is attached already");
    if (attach_is_there(hv))
        return refuse(why, -EBUSY, "a VF is on its way in or out");
    if (nic < 0)
        return refuse(why, -ENODEV, "the host has no such NIC");
    if (pf_vf_count(hv->host->nic[nic].pf) == 0)
        return refuse(why, -ENOTSUP, "the NIC has no SR-IOV");
    return hv->state.policy[HOST_POLICY_PASSTHROUGH] ? 0 : refuse(why, -EPERM, "policy: passthrough is refused");
}

static int attach(struct host_vm *hv, const struct attach_params *params, bool at_boot)
{
    struct attach_state *as = attach_of(hv);
    struct hotplug_record *record;
    const char *why;
    int status = check_attach(hv, params, &why);

    if (!status && params->nic && host__find_nic(hv->host, params->nic) != (int)hv->state.nic)
        host__move_uplink(hv, (unsigned)host__find_nic(hv->host, params->nic));
    record = attach__record_add(hv, true);
    record->at_boot = at_boot;
    if (status)
        return refused(hv, record, status, why);
    *as = (struct attach_state){.at_boot = at_boot, .asked_vf = params->vf};
    as->record = attach_of_host(hv->host)->records.count;
    trace_hotplug(&hv->host->c, record->vm, at_boot ? "attach at its boot" : "attach", "begins");
    attach__begin(hv, ATTACH_GOES_ON);
    return 0;
}

int host_vf_attach(struct host *host, struct vm *vm, const struct attach_params *params)
{
    return attach(host__find(host, vm), params, false);
}

bool attach__boots(struct host_vm *hv)
{
    struct attach_params params = {.vf = hv->boot_vf};

    return hv->slot && hv->boot_vf != HOST_VF_NONE && !attach(hv, &params, true);
}

int host_vf_detach(struct host *host, struct vm *vm, const struct detach_params *params)
{
    struct host_vm *hv = host__find(host, vm);
    struct attach_state *as = attach_of(hv);
    struct hotplug_record *record = attach__record_add(hv, false);

    record->surprise = params->surprise;
    if (!attach_is_there(hv) || hv->state.ended)
        return refused(hv, record, -ENODEV, "no VF is attached");
    if (host__is_claimed(hv, CLAIM_MIGRATION) && !params->by_migration)
        return refused(hv, record, -EBUSY, "a migration is under way");
    if (!attach_is_at(hv, ATTACH_IN))
        return refused(hv, record, -EBUSY, "a VF is on its way in or out");
    attach__finish(hv, HOTPLUG_UNUSED); /* of an attach that nobody has taken up */
    as->record = attach_of_host(hv->host)->records.count;
    as->timeout_ps = params->timeout_ps ? params->timeout_ps : ATTACH_ANSWER_PS;
    as->force = params->force;
    as->mac_first = params->mac_first;
    trace_hotplug(&hv->host->c, record->vm, params->surprise ? "surprise removal" : "detach", "begins");
    attach__go_on(hv, params->surprise ? ATTACH_LEAVES : ATTACH_GOES_ON);
    return 0;
}

unsigned host_hotplug_count(const struct host *host) { return attach_of_host(host)->records.count; }

const struct hotplug_record *host_hotplug_get(const struct host *host, unsigned i)
{
    return records_get(&attach_of_host(host)->records, sizeof(struct hotplug_record), i);
}
