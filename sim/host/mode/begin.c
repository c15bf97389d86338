/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a mode switch begins: what may, by which order, and the record it is told in. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/world/journal.h"
#include "host/host__.h"

static struct switch_record *make_record(struct host_vm *hv, bool to_passthrough, enum switch_order order)
{
    struct switch_record *record = host__record_add(hv->host);

    if (!record)
        return NULL;
    snprintf(record->vm, sizeof(record->vm), "%s", vm_name(hv->vm));
    snprintf(record->nic, sizeof(record->nic), "%s", host__nic(hv)->nic->c.name);
    record->vf = hv->state.vf;
    record->to_passthrough = to_passthrough;
    record->order = order;
    record->fault = STEP_NONE;
    record->start = sim_now(hv->host->c.sim);
    record->talk = journal_open(hv->host->c.sim);
    return record;
}

static void begin(struct host_vm *hv, enum switch_table table, const struct switch_params *params)
{
    struct switch_state *sw = switch_of(hv);
    uint32_t gen = sw->gen;

    memset(sw, 0, sizeof(*sw));
    sw->gen = gen;
    sw->active = 1;
    sw->to_passthrough = params->to_passthrough;
    sw->order = (uint8_t)params->order;
    sw->table = table;
    sw->fail = params->fail;
    sw->move_order = params->move_order;
    sw->hold_bytes = params->hold_bytes ? params->hold_bytes : 4u << 20;
    sw->gap_ps = params->gap_ps;
    snprintf(sw->plugin, sizeof(sw->plugin), "%s", params->plugin ? params->plugin : "");
    hv->state.record = hv->host->switch_count;
    switch__record(hv)->fault = params->fail;
    hv->state.hold_open = 0;
    trace_switch_begins(&hv->host->c, vm_name(hv->vm), params->to_passthrough ? "passthrough" : "emulation",
                        params->order == SWITCH_NAIVE ? "naive" : "safe", host__nic(hv)->nic->c.name);
    switch__start_step(hv);
}

int switch__begin(struct host_vm *hv, enum switch_table table, bool in, enum switch_step fail)
{
    struct switch_params params = {.to_passthrough = in, .fail = fail};

    if (!make_record(hv, in, SWITCH_SAFE))
        return -ENOMEM;
    begin(hv, table, &params);
    return 0;
}

int switch__begin_out(struct host_vm *hv, enum switch_table table, const char *reason)
{
    struct switch_params params = {.fail = STEP_NONE};

    if (!make_record(hv, false, SWITCH_SAFE))
        return -ENOMEM;
    hv->state.record = hv->host->switch_count;
    switch__reason(hv, "%s", reason);
    if (hv->state.upt)
        table = table == TABLE_OUT_RESET ? TABLE_OUT_UPT_RESET : TABLE_OUT_UPT;
    begin(hv, table, &params);
    return 0;
}

static bool guest_has_npa(struct host_vm *hv)
{
    struct Vmxnet3_VariableLenConfDesc desc;

    return vmxnet3_plugin_conf(hv->dev, &desc) && desc.confVer >= CONF_VERSION_MIN;
}

/* The guest takes no part: any vmxnet3 driver will do. */
static int check_upt(struct host_vm *hv, const struct switch_params *params, const char **why)
{
    *why = "UPT has one order: order naive is NPA's";
    if (params->order == SWITCH_NAIVE)
        return -ENOTSUP;
    *why = "no driver runs the guest's device";
    if (!vmxnet3_is_running(hv->dev))
        return -ENOTSUP;
    *why = policy__refusal(hv);
    return *why ? -EPERM : 0;
}

static int check(struct host_vm *hv, const struct switch_params *params, int nic, const char **why)
{
    *why = "the VM has ended";
    if (hv->state.ended)
        return -ENODEV;
    *why = "a migration is under way";
    if (hv->state.migrating && !params->by_migration)
        return -EBUSY;
    *why = "it is suspended, or about to be";
    if (standstill_of(hv)->phase != STANDSTILL_PHASE_NONE && !params->by_migration)
        return -EBUSY;
    *why = "a switch is under way";
    if (switch_of(hv)->active)
        return -EBUSY;
    *why = params->to_passthrough ? "it is on a VF already" : "it is emulated already";
    if (params->to_passthrough == hv->state.passthrough)
        return -EALREADY;
    if (!params->to_passthrough)
        return 0;
    *why = "the host has no such NIC";
    if (nic < 0)
        return -ENODEV;
    *why = "policy: passthrough is refused";
    if (!hv->state.policy[HOST_POLICY_PASSTHROUGH])
        return -EPERM;
    *why = "the NIC has no SR-IOV";
    if (pf_vf_count(hv->host->nic[nic].pf) == 0)
        return -ENOTSUP;
    *why = "the NIC is down";
    if (pf_is_down(hv->host->nic[nic].pf))
        return -ENETDOWN;
    if (pf_passthru(hv->host->nic[nic].pf) == PF_PASSTHRU_UPT)
        return check_upt(hv, params, why);
    *why = "the host has no NPA";
    if (!hv->host->state.set[HOST_SET_NPA])
        return -ENOTSUP;
    *why = "the guest has no NPA";
    if (!guest_has_npa(hv))
        return -ENOTSUP;
    *why = policy__refusal(hv);
    return *why ? -EPERM : 0;
}

/* Its port goes over to another uplink first: what the outside has learnt about it is then out of date, so it is told. */
void host__move_uplink(struct host_vm *hv, unsigned nic)
{
    host__filter_del(hv);
    hv->state.nic = nic;
    vswitch_set_uplink(hv->host->vswitch, hv->port, host__nic(hv)->uplink);
    if (host__has_vnic(hv))
        host__filter_add(hv);
    vswitch_announce(hv->host->vswitch, hv->port);
}

static enum switch_table table_of(struct host_vm *hv, const struct switch_params *params)
{
    bool is_naive = params->order == SWITCH_NAIVE;

    if (params->to_passthrough && pf_passthru(host__nic(hv)->pf) == PF_PASSTHRU_UPT)
        return TABLE_IN_UPT;
    if (params->to_passthrough)
        return is_naive ? TABLE_IN_NAIVE : TABLE_IN_SAFE;
    return hv->state.upt ? TABLE_OUT_UPT : is_naive ? TABLE_OUT_NAIVE : TABLE_OUT_SAFE;
}

int host_switch(struct host *host, struct vm *vm, const struct switch_params *params)
{
    struct host_vm *hv = host__find(host, vm);
    int nic = params->nic ? host__find_nic(host, params->nic) : (int)hv->state.nic, status;
    struct switch_record *record;
    const char *why;

    status = check(hv, params, nic, &why);
    if (!status && params->to_passthrough && (unsigned)nic != hv->state.nic)
        host__move_uplink(hv, (unsigned)nic);
    record = make_record(hv, params->to_passthrough, params->order);
    if (!record)
        return -ENOMEM;
    if (status) {
        record->result = SWITCH_REFUSED;
        record->end = record->start;
        snprintf(record->reason, sizeof(record->reason), "%s", why);
        trace_switch_ended(&host->c, record->vm, "refused", why);
        return status;
    }
    begin(hv, table_of(hv, params), params);
    return 0;
}
