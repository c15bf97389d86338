/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hypervisor's policy of passthrough: looks when something has changed, keeps the reasons, lets VMs in and out. */
#include "host/policy/policy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/host__.h"

static sim_time now(const struct host *host) { return sim_now(host->c.sim); }

/* ---- looking ---- */

static bool is_looked_after(const struct host_vm *hv)
{
    return policy_of(hv)->is_watched && hv->state.present && !hv->state.ended && policy_of(hv)->is_up;
}

/* Once for all that changes at this moment. */
void policy__poke(struct host *host)
{
    if (host->state.poked)
        return;
    for (unsigned i = 0; i < host->vms; i++)
        if (policy_of(host->vm[i])->is_watched) {
            host->state.poked = 1;
            event_post(&host->c, &host->c, now(host), EV_HOST, HOST_EV_POLICY, 1, 0, 0);
            return;
        }
}

static void look_at(struct host_vm *hv, sim_time at)
{
    if (policy_of(hv)->timer_at == at)
        return;
    policy_of(hv)->timer_at = at;
    event_post(&hv->host->c, &hv->host->c, at, EV_HOST, HOST_EV_POLICY, 0, 0, 0);
}

static void tell(struct host_vm *hv, enum pt_reason reason, bool stands)
{
    struct host *host = hv->host;
    struct policy_record *record = NULL;
    const char *name = vm_name(hv->vm);

    trace_policy_reason(&host->c, name, pt_reason_describe(reason)->word, stands ? "stands" : "is gone");
    if (stands) {
        record = host__reason_add(host);
        if (!record)
            return;
        snprintf(record->vm, sizeof(record->vm), "%s", name);
        record->reason = reason;
        record->from = now(host);
        record->to = SIM_NEVER;
        return;
    }
    for (unsigned i = host->reason_count; i-- > 0;)
        if (host->reasons[i].reason == reason && host->reasons[i].to == SIM_NEVER && !strcmp(host->reasons[i].vm, name)) {
            host->reasons[i].to = now(host);
            return;
        }
}

static enum pt_reason first_of(uint32_t reasons) { return (enum pt_reason)__builtin_ctz(reasons); }

static void keep(struct host_vm *hv, uint32_t reasons)
{
    uint32_t before = policy_of(hv)->reasons;

    policy_of(hv)->reasons = reasons;
    for (unsigned i = 0; i < PT_REASON_COUNT; i++)
        if ((before ^ reasons) >> i & 1)
            tell(hv, (enum pt_reason)i, reasons >> i & 1);
    if (before && !reasons)
        policy_of(hv)->calm_since = now(hv->host);
}

/* ---- deciding ---- */

static void come_out(struct host_vm *hv)
{
    trace_policy_acts(&hv->host->c, vm_name(hv->vm), pt_reason_describe(first_of(policy_of(hv)->reasons))->word,
                      "out of passthrough");
    switch__begin_out(hv, TABLE_OUT_SAFE, pt_reason_describe(first_of(policy_of(hv)->reasons))->sentence);
}

static void go_in(struct host_vm *hv)
{
    struct switch_params params = {.to_passthrough = true, .fail = STEP_NONE};
    sim_time calm = policy_of(hv)->calm_ps ? policy_of(hv)->calm_ps : POLICY_CALM_PS;
    sim_time due = sim_time_add(policy_of(hv)->calm_since, calm);

    if (now(hv->host) < due) {
        look_at(hv, due);
        return;
    }
    trace_policy_acts(&hv->host->c, vm_name(hv->vm), "nothing stands against it", "into passthrough");
    host_switch(hv->host, hv->vm, &params);
}

/* A suspension or migration takes the VM out, and a migration in, by itself. */
static void decide(struct host_vm *hv)
{
    if (now(hv->host) < policy_of(hv)->error_until)
        look_at(hv, policy_of(hv)->error_until);
    if (!policy_of(hv)->set[VM_SET_PASSTHROUGH] || switch_of(hv)->active || hv->state.migrating ||
        standstill_of(hv)->phase != STANDSTILL_PHASE_NONE)
        return;
    if (!hv->state.passthrough && policy_of(hv)->uplink_asked) {
        host__move_uplink(hv, policy_of(hv)->uplink_asked - 1);
        policy_of(hv)->uplink_asked = 0;
        policy__poke(hv->host);
    } else if (hv->state.passthrough && policy_of(hv)->reasons)
        come_out(hv);
    else if (!hv->state.passthrough && !policy_of(hv)->reasons)
        go_in(hv);
}

/* One after the other: what the first is promised the next one doesn't find. */
void policy__look(struct host *host, bool poked)
{
    if (poked)
        host->state.poked = 0;
    for (unsigned i = 0; i < host->vms; i++) {
        struct host_vm *hv = host->vm[i];
        if (!is_looked_after(hv)) {
            keep(hv, 0);
            continue;
        }
        keep(hv, policy__ask(hv));
        decide(hv);
    }
}

/* What an operator's own switch is refused for. That it failed lately is his to judge, and the NIC is simply asked. */
const char *policy__refusal(const struct host_vm *hv)
{
    uint32_t not_his = 1u << PT_error | 1u << PT_vf | 1u << PT_nic | 1u << PT_vectors | 1u << PT_operation;
    uint32_t reasons = policy__ask(hv) & ~not_his;

    return reasons ? pt_reason_describe(first_of(reasons))->sentence : NULL;
}

/* ---- told ---- */

/* A failure that is not over yet counts once. */
void policy__failed(struct host_vm *hv)
{
    struct policy_state *pt = policy_of(hv);

    if (now(hv->host) >= pt->error_until) {
        pt->error_wait = pt->error_wait ? 2 * pt->error_wait : POLICY_ERROR_PS;
        if (pt->error_wait > POLICY_ERROR_MAX_PS)
            pt->error_wait = POLICY_ERROR_MAX_PS;
        pt->error_until = now(hv->host) + pt->error_wait;
    }
    policy__poke(hv->host);
}

void policy__switch_ended(struct host_vm *hv, enum switch_result result)
{
    if (result != SWITCH_DONE)
        policy__failed(hv);
    else if (hv->state.passthrough)
        policy_of(hv)->error_wait = 0;
    policy__poke(hv->host);
}

void policy__vm_up(struct host_vm *hv)
{
    if (!policy_of(hv)->is_up)
        policy_of(hv)->calm_since = now(hv->host);
    policy_of(hv)->is_up = 1;
    policy__poke(hv->host);
}

/* ---- settings ---- */

static const struct setting_info vm_settings[VM_SETTINGS] = {
    {"passthrough", SETTING_WORD, {"manual", "auto"}, "who decides: the timeline, or the hypervisor"},
    {"adapter", SETTING_WORD, {"vmxnet3", "basic"}, "basic: without the commands of the mode switch"},
    {"link", SETTING_WORD, {"connected", "disconnected"}, "the adapter's plug in the virtual switch"},
    {"backing", SETTING_WORD, {"dvport", "standard"}, "port of a distributed or of a standard switch"},
    {"memory-reservation", SETTING_SIZE, {NULL}, "memory that is the VM's for certain; a VF needs all of it to be"},
    {"ft", SETTING_WORD, {"off", "on"}, "fault tolerance"},
    {"record-replay", SETTING_WORD, {"off", "on"}, "the VM's execution is recorded"},
    {"monitor", SETTING_WORD, {"allows", "blocks"}, "whether the virtual machine monitor can have it now"},
    {"vmci", SETTING_WORD, {"off", "on"}, "the VM communication interface is in use"},
};

static const struct setting_info host_settings[HOST_SETTINGS] = {
    {"npa", SETTING_WORD, {"off", "on"}, "the hypervisor knows NPA"},
    {"passthrough", SETTING_WORD, {"off", "on"}, "allowed on this host"},
    {"iommu", SETTING_WORD, {"off", "on"}, "the host's IOMMU is there and in use"},
    {"dvs", SETTING_WORD, {"4.0", "4.1", "5.0", "5.1", "5.5", "6.0"}, "version of the distributed switch"},
    {"vectors", SETTING_COUNT, {NULL}, "interrupt vectors for passed-through devices; 0: as many as they need"},
    {"guests", SETTING_WORDS, {"none", "linux", "windows", "solaris", "freebsd"}, "guest OSs supported"},
};

const struct setting_info *vm_setting_describe(enum vm_setting setting) { return &vm_settings[setting]; }
const struct setting_info *host_setting_describe(enum host_setting setting) { return &host_settings[setting]; }

void policy__init_host(struct host *host, bool npa)
{
    host->state.set[HOST_SET_NPA] = npa;
    host->state.set[HOST_SET_PASSTHROUGH] = host->state.set[HOST_SET_IOMMU] = 1;
    host->state.set[HOST_SET_DVS] = 2;
    host->state.set[HOST_SET_GUESTS] = UINT64_MAX;
}

void policy__init_vm(struct host_vm *hv) { policy_of(hv)->set[VM_SET_RESERVATION] = vm_get_params(hv->vm)->ram_bytes; }

void host_set(struct host *host, enum host_setting setting, uint64_t value)
{
    host->state.set[setting] = value;
    trace_policy_set(&host->c, host->name, host_settings[setting].name, value);
    policy__poke(host);
}

void host_set_vm(struct host *host, struct vm *vm, enum vm_setting setting, uint64_t value)
{
    struct host_vm *hv = host__find(host, vm);

    if (!policy_of(hv)->is_watched)
        policy_of(hv)->calm_since = now(host);
    policy_of(hv)->is_watched = 1;
    policy_of(hv)->set[setting] = value;
    trace_policy_set(&host->c, vm_name(vm), vm_settings[setting].name, value);
    if (setting == VM_SET_LINK) {
        vswitch_set_connected(host->vswitch, hv->port, !value);
        vmxnet3_set_link(hv->dev, !value);
    }
    policy__poke(host);
}

void host_set_calm(struct host *host, struct vm *vm, sim_time calm_ps) { policy_of(host__find(host, vm))->calm_ps = calm_ps; }

/* Of a VM that is passed through by its own policy the VF is left behind first. */
int host_set_uplink(struct host *host, struct vm *vm, const char *nic)
{
    struct host_vm *hv = host__find(host, vm);
    int index = host__find_nic(host, nic);

    if (index < 0)
        return -ENODEV;
    if (hv->state.migrating || ((hv->state.passthrough || switch_of(hv)->active) && !policy_of(hv)->set[VM_SET_PASSTHROUGH]))
        return -EBUSY;
    if (hv->state.passthrough || switch_of(hv)->active)
        policy_of(hv)->uplink_asked = (uint32_t)index + 1;
    else if ((unsigned)index != hv->state.nic)
        host__move_uplink(hv, (unsigned)index);
    policy__poke(host);
    return 0;
}

int host_add_filter(struct host *host, struct vm *vm, const char *name)
{
    struct host_vm *hv = host__find(host, vm);
    int status = vswitch_add_filter(host->vswitch, hv->port, name);

    policy_of(hv)->is_watched = 1;
    policy__poke(host);
    return status;
}

int host_del_filter(struct host *host, struct vm *vm, const char *name)
{
    int status = vswitch_del_filter(host->vswitch, host__find(host, vm)->port, name);

    policy__poke(host);
    return status;
}

/* ---- views ---- */

bool host_vm_is_watched(const struct host *host, const struct vm *vm) { return policy_of(host__find(host, vm))->is_watched; }
bool host_vm_is_auto(const struct host *host, const struct vm *vm)
{
    return policy_of(host__find(host, vm))->set[VM_SET_PASSTHROUGH];
}
bool host_policy_is_under_way(const struct host *host)
{
    for (unsigned i = 0; i < host->vms; i++) {
        const struct host_vm *hv = host->vm[i];
        if (is_looked_after(hv) && policy_of(hv)->set[VM_SET_PASSTHROUGH] && !hv->state.passthrough && !policy_of(hv)->reasons)
            return true;
    }
    return host->state.poked;
}

uint32_t host_vm_reasons(const struct host *host, const struct vm *vm) { return policy_of(host__find(host, vm))->reasons; }

const struct iochain_filter *host_vm_filter(const struct host *host, const struct vm *vm, unsigned i)
{
    return vswitch_filter(host->vswitch, host__find(host, vm)->port, i);
}
