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
    return hv->st.pt.is_watched && hv->st.present && !hv->st.ended && hv->st.pt.is_up;
}

/* Once for all that changes at this moment. */
void policy__poke(struct host *host)
{
    if (host->st.poked)
        return;
    for (unsigned i = 0; i < host->vms; i++)
        if (host->vm[i]->st.pt.is_watched) {
            host->st.poked = 1;
            event_post(&host->c, &host->c, now(host), EV_HOST, HOST_EV_POLICY, 1, 0, 0);
            return;
        }
}

static void look_at(struct host_vm *hv, sim_time at)
{
    if (hv->st.pt.timer_at == at)
        return;
    hv->st.pt.timer_at = at;
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
    uint32_t before = hv->st.pt.reasons;

    hv->st.pt.reasons = reasons;
    for (unsigned i = 0; i < PT_REASON_COUNT; i++)
        if ((before ^ reasons) >> i & 1)
            tell(hv, (enum pt_reason)i, reasons >> i & 1);
    if (before && !reasons)
        hv->st.pt.calm_since = now(hv->host);
}

/* ---- deciding ---- */

static void come_out(struct host_vm *hv)
{
    trace_policy_acts(&hv->host->c, vm_name(hv->vm), pt_reason_describe(first_of(hv->st.pt.reasons))->word,
                      "out of passthrough");
    switch__begin_out(hv, TABLE_OUT_SAFE, pt_reason_describe(first_of(hv->st.pt.reasons))->sentence);
}

static void go_in(struct host_vm *hv)
{
    struct switch_params params = {.to_passthrough = true, .fail = STEP_NONE};
    sim_time calm = hv->st.pt.calm_ps ? hv->st.pt.calm_ps : POLICY_CALM_PS;
    sim_time due = sim_time_add(hv->st.pt.calm_since, calm);

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
    if (now(hv->host) < hv->st.pt.error_until)
        look_at(hv, hv->st.pt.error_until);
    if (!hv->st.pt.set[VM_SET_PASSTHROUGH] || hv->st.sw.active || hv->st.migrating ||
        hv->st.still.phase != STANDSTILL_PHASE_NONE)
        return;
    if (!hv->st.passthrough && hv->st.pt.uplink_asked) {
        host__move_uplink(hv, hv->st.pt.uplink_asked - 1);
        hv->st.pt.uplink_asked = 0;
        policy__poke(hv->host);
    } else if (hv->st.passthrough && hv->st.pt.reasons)
        come_out(hv);
    else if (!hv->st.passthrough && !hv->st.pt.reasons)
        go_in(hv);
}

/* One after the other: what the first is promised the next one doesn't find. */
void policy__look(struct host *host, bool poked)
{
    if (poked)
        host->st.poked = 0;
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
    struct policy_state *pt = &hv->st.pt;

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
    else if (hv->st.passthrough)
        hv->st.pt.error_wait = 0;
    policy__poke(hv->host);
}

void policy__vm_up(struct host_vm *hv)
{
    if (!hv->st.pt.is_up)
        hv->st.pt.calm_since = now(hv->host);
    hv->st.pt.is_up = 1;
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
    host->st.set[HOST_SET_NPA] = npa;
    host->st.set[HOST_SET_PASSTHROUGH] = host->st.set[HOST_SET_IOMMU] = 1;
    host->st.set[HOST_SET_DVS] = 2;
    host->st.set[HOST_SET_GUESTS] = UINT64_MAX;
}

void policy__init_vm(struct host_vm *hv) { hv->st.pt.set[VM_SET_RESERVATION] = vm_get_params(hv->vm)->ram_bytes; }

void host_set(struct host *host, enum host_setting setting, uint64_t value)
{
    host->st.set[setting] = value;
    trace_policy_set(&host->c, host->name, host_settings[setting].name, value);
    policy__poke(host);
}

void host_set_vm(struct host *host, struct vm *vm, enum vm_setting setting, uint64_t value)
{
    struct host_vm *hv = host__find(host, vm);

    if (!hv->st.pt.is_watched)
        hv->st.pt.calm_since = now(host);
    hv->st.pt.is_watched = 1;
    hv->st.pt.set[setting] = value;
    trace_policy_set(&host->c, vm_name(vm), vm_settings[setting].name, value);
    if (setting == VM_SET_LINK) {
        vswitch_set_connected(host->vs, hv->port, !value);
        vmxnet3_set_link(hv->dev, !value);
    }
    policy__poke(host);
}

void host_set_calm(struct host *host, struct vm *vm, sim_time calm_ps) { host__find(host, vm)->st.pt.calm_ps = calm_ps; }

/* Of a VM that is passed through by its own policy the VF is left behind first. */
int host_set_uplink(struct host *host, struct vm *vm, const char *nic)
{
    struct host_vm *hv = host__find(host, vm);
    int index = host__find_nic(host, nic);

    if (index < 0)
        return -ENODEV;
    if (hv->st.migrating || ((hv->st.passthrough || hv->st.sw.active) && !hv->st.pt.set[VM_SET_PASSTHROUGH]))
        return -EBUSY;
    if (hv->st.passthrough || hv->st.sw.active)
        hv->st.pt.uplink_asked = (uint32_t)index + 1;
    else if ((unsigned)index != hv->st.nic)
        host__move_uplink(hv, (unsigned)index);
    policy__poke(host);
    return 0;
}

int host_add_filter(struct host *host, struct vm *vm, const char *name)
{
    struct host_vm *hv = host__find(host, vm);
    int status = vswitch_add_filter(host->vs, hv->port, name);

    hv->st.pt.is_watched = 1;
    policy__poke(host);
    return status;
}

int host_del_filter(struct host *host, struct vm *vm, const char *name)
{
    int status = vswitch_del_filter(host->vs, host__find(host, vm)->port, name);

    policy__poke(host);
    return status;
}

/* ---- views ---- */

bool host_vm_is_watched(const struct host *host, const struct vm *vm) { return host__find(host, vm)->st.pt.is_watched; }
bool host_vm_is_auto(const struct host *host, const struct vm *vm)
{
    return host__find(host, vm)->st.pt.set[VM_SET_PASSTHROUGH];
}
bool host_policy_is_under_way(const struct host *host)
{
    for (unsigned i = 0; i < host->vms; i++) {
        const struct host_vm *hv = host->vm[i];
        if (is_looked_after(hv) && hv->st.pt.set[VM_SET_PASSTHROUGH] && !hv->st.passthrough && !hv->st.pt.reasons)
            return true;
    }
    return host->st.poked;
}

uint32_t host_vm_reasons(const struct host *host, const struct vm *vm) { return host__find(host, vm)->st.pt.reasons; }

const struct iochain_filter *host_vm_filter(const struct host *host, const struct vm *vm, unsigned i)
{
    return vswitch_filter(host->vs, host__find(host, vm)->port, i);
}
