/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hypervisor's policy of passthrough: looks when something has changed, keeps the reasons, lets VMs in and out. */
#include "host/policy/policy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/policy/policy__.h"

enum policy_verb { POLICY_LOOK = 1 /* a: 1 something has changed, 0 a time has come */ };

static sim_time now(const struct host *host) { return sim_now(host->c.sim); }

/* ---- looking ---- */

static bool is_looked_after(const struct host_vm *hv)
{
    return policy_of(hv)->is_watched && hv->state.present && !hv->state.ended && policy_of(hv)->is_up;
}

/* Once for all that changes at this moment. */
static void changed(struct host *host)
{
    struct policy_of_host *policy = policy_of_host(host);

    if (policy->poked)
        return;
    for (unsigned i = 0; i < host->vms; i++)
        if (policy_of(host->vm[i])->is_watched) {
            policy->poked = 1;
            host__post_of_host(host, HOST_RANK_POLICY, POLICY_LOOK, now(host), 1);
            return;
        }
}

static void look_at(struct host_vm *hv, sim_time at)
{
    if (policy_of(hv)->timer_at == at)
        return;
    policy_of(hv)->timer_at = at;
    host__post_of_host(hv->host, HOST_RANK_POLICY, POLICY_LOOK, at, 0);
}

static void tell(struct host_vm *hv, enum pt_reason reason, bool stands)
{
    struct host *host = hv->host;
    struct records *list = &policy_of_host(host)->records;
    struct policy_record *record;
    const char *name = vm_name(hv->vm);

    trace_policy_reason(&host->c, name, pt_reason_describe(reason)->word, stands ? "stands" : "is gone");
    if (stands) {
        record = records_add(list, sizeof(*record));
        snprintf(record->vm, sizeof(record->vm), "%s", name);
        record->reason = reason;
        record->from = now(host);
        record->to = SIM_NEVER;
        return;
    }
    for (unsigned i = list->count; i-- > 0;) {
        record = records_get(list, sizeof(*record), i);
        if (record->reason == reason && record->to == SIM_NEVER && !strcmp(record->vm, name)) {
            record->to = now(host);
            return;
        }
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

static void want(struct host_vm *hv, bool in, const char *why)
{
    for (unsigned rank = 0; rank < HOST_RANKS; rank++)
        if (hv->host->parts[rank]->passthrough_wanted)
            hv->host->parts[rank]->passthrough_wanted(hv, in, why);
}

static void come_out(struct host_vm *hv)
{
    const struct pt_reason_info *reason = pt_reason_describe(first_of(policy_of(hv)->reasons));

    trace_policy_acts(&hv->host->c, vm_name(hv->vm), reason->word, "out of passthrough");
    want(hv, false, reason->sentence);
}

static void go_in(struct host_vm *hv)
{
    sim_time calm = policy_of(hv)->calm_ps ? policy_of(hv)->calm_ps : POLICY_CALM_PS;
    sim_time due = sim_time_add(policy_of(hv)->calm_since, calm);

    if (now(hv->host) < due) {
        look_at(hv, due);
        return;
    }
    trace_policy_acts(&hv->host->c, vm_name(hv->vm), "nothing stands against it", "into passthrough");
    want(hv, true, "");
}

/* A suspension or migration takes the VM out, and a migration in, by itself; so does who replaces its plugin. */
static void decide(struct host_vm *hv)
{
    struct policy_state *policy = policy_of(hv);

    if (now(hv->host) < policy->error_until)
        look_at(hv, policy->error_until);
    if (!policy->set[VM_SET_PASSTHROUGH] || host__is_claimed(hv, CLAIM_SWITCH | CLAIM_MIGRATION | CLAIM_STANDSTILL | CLAIM_UPGRADE))
        return;
    if (!hv->state.passthrough && policy->uplink_asked) {
        host__move_uplink(hv, policy->uplink_asked - 1);
        policy->uplink_asked = 0;
        host__changed(hv->host);
    } else if (hv->state.passthrough && policy->reasons)
        come_out(hv);
    else if (!hv->state.passthrough && !policy->reasons)
        go_in(hv);
}

/* One after the other: what the first is promised the next one doesn't find. */
static void look(struct host *host, unsigned verb, const struct event *ev)
{
    if (ev->a)
        policy_of_host(host)->poked = 0;
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
    host__changed(hv->host);
}

static void switch_ended(struct host_vm *hv, bool done)
{
    if (!done)
        policy__failed(hv);
    else if (hv->state.passthrough)
        policy_of(hv)->error_wait = 0;
    host__changed(hv->host);
}

void policy__vm_up(struct host_vm *hv)
{
    if (!policy_of(hv)->is_up)
        policy_of(hv)->calm_since = now(hv->host);
    policy_of(hv)->is_up = 1;
    host__changed(hv->host);
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

void host_set(struct host *host, enum host_setting setting, uint64_t value)
{
    policy_of_host(host)->set[setting] = value;
    trace_policy_set(&host->c, host->name, host_settings[setting].name, value);
    host__changed(host);
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
    host__changed(host);
}

void host_set_calm(struct host *host, struct vm *vm, sim_time calm_ps) { policy_of(host__find(host, vm))->calm_ps = calm_ps; }

/* Of a VM that is passed through by its own policy the VF is left behind first. */
int host_set_uplink(struct host *host, struct vm *vm, const char *nic)
{
    struct host_vm *hv = host__find(host, vm);
    int index = host__find_nic(host, nic);
    bool on_its_way = hv->state.passthrough || host__is_claimed(hv, CLAIM_SWITCH);

    if (index < 0)
        return -ENODEV;
    if (host__is_claimed(hv, CLAIM_MIGRATION) || (on_its_way && !policy_of(hv)->set[VM_SET_PASSTHROUGH]))
        return -EBUSY;
    if (on_its_way)
        policy_of(hv)->uplink_asked = (uint32_t)index + 1;
    else if ((unsigned)index != hv->state.nic)
        host__move_uplink(hv, (unsigned)index);
    host__changed(host);
    return 0;
}

int host_add_filter(struct host *host, struct vm *vm, const char *name)
{
    struct host_vm *hv = host__find(host, vm);
    int status = vswitch_add_filter(host->vswitch, hv->port, name);

    policy_of(hv)->is_watched = 1;
    host__changed(host);
    return status;
}

int host_del_filter(struct host *host, struct vm *vm, const char *name)
{
    int status = vswitch_del_filter(host->vswitch, host__find(host, vm)->port, name);

    host__changed(host);
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
    return policy_of_host(host)->poked;
}

uint32_t host_vm_reasons(const struct host *host, const struct vm *vm) { return policy_of(host__find(host, vm))->reasons; }

const struct iochain_filter *host_vm_filter(const struct host *host, const struct vm *vm, unsigned i)
{
    return vswitch_filter(host->vswitch, host__find(host, vm)->port, i);
}

unsigned host_reason_count(const struct host *host) { return policy_of_host(host)->records.count; }

const struct policy_record *host_reason_get(const struct host *host, unsigned i)
{
    return records_get(&policy_of_host(host)->records, sizeof(struct policy_record), i);
}

/* ---- the part ---- */

static void host_made(struct host *host, const struct host_params *params)
{
    uint64_t *set = policy_of_host(host)->set;

    set[HOST_SET_NPA] = params->npa;
    set[HOST_SET_PASSTHROUGH] = set[HOST_SET_IOMMU] = 1;
    set[HOST_SET_DVS] = 2;
    set[HOST_SET_GUESTS] = UINT64_MAX;
}

static void host_freed(struct host *host) { records_free(&policy_of_host(host)->records); }
static void vm_made(struct host_vm *hv) { policy_of(hv)->set[VM_SET_RESERVATION] = vm_get_params(hv->vm)->ram_bytes; }

static void save_host(struct host *host, struct save *s)
{
    struct policy_of_host *of_host = policy_of_host(host);

    save_field(s, of_host->set);
    save_field(s, of_host->poked);
    records_save(&of_host->records, sizeof(struct policy_record), s);
    for (unsigned i = 0; i < of_host->records.count && !s->err; i++)
        if (host_reason_get(host, i)->reason >= PT_REASON_COUNT)
            save_fail(s, -EPROTO, "reason %u against passthrough", host_reason_get(host, i)->reason);
}

static void save_vm(struct host_vm *hv, struct save *s)
{
    struct policy_state *policy = policy_of(hv);

    save_field(s, *policy);
    if (!s->err && policy->uplink_asked > hv->host->nics)
        save_fail(s, -EPROTO, "%s is asked for a NIC that there is not", vm_name(hv->vm));
}

/* Settings go along when somebody has made some. */
static void save_port(struct host_vm *hv, struct save *s)
{
    struct policy_state *policy = policy_of(hv);

    save_field(s, policy->is_watched);
    if (s->err || !policy->is_watched)
        return;
    save_field(s, policy->set);
    save_field(s, policy->calm_ps);
    save_field(s, policy->is_up);
}

static void port_settled(struct host_vm *hv)
{
    vswitch_set_connected(hv->host->vswitch, hv->port, !policy_of(hv)->set[VM_SET_LINK]);
    policy_of(hv)->calm_since = now(hv->host);
}

const struct host_part policy_part = {
    .name = "policy",
    .rank = HOST_RANK_POLICY,
    .host_bytes = sizeof(struct policy_of_host),
    .vm_bytes = sizeof(struct policy_state),
    .host_made = host_made,
    .host_freed = host_freed,
    .vm_made = vm_made,
    .save_host = save_host,
    .save_vm = save_vm,
    .event = look,
    .save_port = save_port,
    .port_settled = port_settled,
    .switch_ended = switch_ended,
    .changed = changed,
};
