/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a mode switch begins: what it is refused for, which table of steps it takes, its record. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/world/journal.h"
#include "host/mode/mode__.h"
#include "host/policy/policy__.h"

static struct switch_record *make_record(struct host_vm *hv, bool to_passthrough, enum switch_order order)
{
    struct switch_record *record = records_add(&mode_of_host(hv->host)->records, sizeof(*record));

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

/* The latest record of all is the one of the switch that begins. */
static void use_record(struct host_vm *hv) { mode_of(hv)->state.record = mode_of_host(hv->host)->records.count; }

static void begin(struct host_vm *hv, const struct procedure_table *table, const struct switch_params *params)
{
    struct switch_state *sw = switch_of(hv);

    memset(sw, 0, sizeof(*sw));
    host__claim(hv, CLAIM_SWITCH, params->to_passthrough ? CLAIM_SWITCH_IN : CLAIM_SWITCH_OUT);
    sw->to_passthrough = params->to_passthrough;
    sw->order = (uint8_t)params->order;
    sw->fail = params->fail;
    sw->move_order = params->move_order;
    sw->hold_bytes = params->hold_bytes ? params->hold_bytes : 4u << 20;
    sw->gap_ps = params->gap_ps;
    snprintf(sw->plugin, sizeof(sw->plugin), "%s", params->plugin ? params->plugin : "");
    use_record(hv);
    switch__record(hv)->fault = params->fail;
    mode_of(hv)->state.hold_open = 0;
    trace_switch_begins(&hv->host->c, vm_name(hv->vm), params->to_passthrough ? "passthrough" : "emulation",
                        params->order == SWITCH_NAIVE ? "naive" : "safe", host__nic(hv)->nic->c.name);
    procedure_begin(&mode_of(hv)->procedure, table);
}

void switch__begin(struct host_vm *hv, const struct procedure_table *table, bool in, enum switch_step fail)
{
    struct switch_params params = {.to_passthrough = in, .fail = fail};

    make_record(hv, in, SWITCH_SAFE);
    begin(hv, table, &params);
}

void switch__begin_out(struct host_vm *hv, const struct procedure_table *table, const char *reason)
{
    struct switch_params params = {.fail = STEP_NONE};

    make_record(hv, false, SWITCH_SAFE);
    use_record(hv);
    switch__reason(hv, "%s", reason);
    if (hv->state.upt)
        table = table == &switch__out_reset ? &switch__out_upt_reset : &switch__out_upt;
    begin(hv, table, &params);
}

static bool guest_has_npa(struct host_vm *hv)
{
    struct Vmxnet3_VariableLenConfDesc desc;

    return vmxnet3_plugin_conf(hv->dev, &desc) && desc.confVer >= CONF_VERSION_MIN;
}

static int refuse(const char **why, int status, const char *text)
{
    *why = text;
    return status;
}

static int check_policy(const struct host_vm *hv, const char **why)
{
    *why = policy__refusal(hv);
    return *why ? -EPERM : 0;
}

/* The guest takes no part: any vmxnet3 driver will do. */
static int check_upt(struct host_vm *hv, const struct switch_params *params, const char **why)
{
    if (params->order == SWITCH_NAIVE)
        return refuse(why, -ENOTSUP, "UPT has one order: order naive is NPA's");
    if (!vmxnet3_is_running(hv->dev))
        return refuse(why, -ENOTSUP, "no driver runs the guest's device");
    return check_policy(hv, why);
}

static int check_in(struct host_vm *hv, const struct switch_params *params, int nic, const char **why)
{
    if (nic < 0)
        return refuse(why, -ENODEV, "the host has no such NIC");
    if (!hv->state.policy[HOST_POLICY_PASSTHROUGH])
        return refuse(why, -EPERM, "policy: passthrough is refused");
    if (pf_vf_count(hv->host->nic[nic].pf) == 0)
        return refuse(why, -ENOTSUP, "the NIC has no SR-IOV");
    if (pf_is_down(hv->host->nic[nic].pf))
        return refuse(why, -ENETDOWN, "the NIC is down");
    if (pf_passthru(hv->host->nic[nic].pf) == PF_PASSTHRU_UPT)
        return check_upt(hv, params, why);
    if (!policy_of_host(hv->host)->set[HOST_SET_NPA])
        return refuse(why, -ENOTSUP, "the host has no NPA");
    if (!guest_has_npa(hv))
        return refuse(why, -ENOTSUP, "the guest has no NPA");
    return check_policy(hv, why);
}

static int check(struct host_vm *hv, const struct switch_params *params, int nic, const char **why)
{
    if (hv->state.ended)
        return refuse(why, -ENODEV, "the VM has ended");
    if (host__is_claimed(hv, CLAIM_MIGRATION) && !params->by_migration)
        return refuse(why, -EBUSY, "a migration is under way");
    if (host__is_claimed(hv, CLAIM_STANDSTILL) && !params->by_migration)
        return refuse(why, -EBUSY, "it is suspended, or about to be");
    if (host__is_claimed(hv, CLAIM_UPGRADE) && !params->by_migration)
        return refuse(why, -EBUSY, "its plugin is being replaced");
    if (switch__is_active(hv))
        return refuse(why, -EBUSY, "a switch is under way");
    if (params->to_passthrough == hv->state.passthrough)
        return refuse(why, -EALREADY, params->to_passthrough ? "it is on a VF already" : "it is emulated already");
    return params->to_passthrough ? check_in(hv, params, nic, why) : 0;
}

static const struct procedure_table *table_of(struct host_vm *hv, const struct switch_params *params)
{
    bool is_naive = params->order == SWITCH_NAIVE;

    if (params->to_passthrough && pf_passthru(host__nic(hv)->pf) == PF_PASSTHRU_UPT)
        return &switch__in_upt;
    if (params->to_passthrough)
        return is_naive ? &switch__in_naive : &switch__in_safe;
    return hv->state.upt ? &switch__out_upt : is_naive ? &switch__out_naive : &switch__out_safe;
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
