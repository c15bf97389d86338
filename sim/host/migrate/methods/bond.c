/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * by bond: a guest with a VF of its own and vmxnet3 under one master [net_failover.rst]. The VF is unplugged with the
 * guest's help, the VM moves on its standby, and a VF of the destination is plugged in: another chip's, if that is what
 * is there, which helps a guest that has a driver for it. The hypervisor waits for the guest twice; the record says how
 * long.
 */
#include <errno.h>
#include <stdio.h>

#include "host/migrate/methods/methods__.h"

static const char *refuse(const struct migrator *m, const struct host_vm *from, const struct host_vm *to, int nic,
                          const struct migrate_params *params)
{
    (void)m, (void)to, (void)nic, (void)params;
    if (vm_get_params(from->vm)->net != MACHINE_NET_BOND)
        return "its guest has no standby to move on (shell linux net bond)";
    if (host__is_claimed(from, CLAIM_OWN_VF) && !attach_is_at(from, ATTACH_IN))
        return "a VF is on its way in or out";
    return NULL;
}

static int choose_nic(const struct host_vm *from, const struct host_vm *to)
{
    (void)from;
    for (unsigned i = 0; i < to->host->nics; i++)
        if (pf_vf_count(to->host->nic[i].pf))
            return (int)i;
    return -1;
}

static int leave(struct migrator *m, struct migration *g, char *why, size_t cap)
{
    struct host_vm *from = migrate__from(m, g);
    struct detach_params params = {
        .force = g->state.force, .mac_first = g->state.mac_first, .timeout_ps = g->state.guest_timeout_ps, .by_migration = true};

    if (!host__is_claimed(from, CLAIM_OWN_VF))
        return MIGRATE_STEP_DONE;
    if (!host_vf_detach(from->host, from->vm, &params))
        return MIGRATE_GOES_ON;
    snprintf(why, cap, "it could not be asked for its VF");
    return -EPERM;
}

static int attach(struct host_vm *hv)
{
    struct attach_params params = {.vf = PF_ANY_VF, .by_migration = true};
    return host_vf_attach(hv->host, hv->vm, &params);
}

static int enter(struct migrator *m, struct migration *g, char *why, size_t cap)
{
    struct host_vm *to = migrate__to(m, g);

    if (!g->state.was_passthrough)
        return MIGRATE_STEP_DONE;
    if (!attach(to))
        return MIGRATE_GOES_ON;
    snprintf(why, cap, "%.120s", host_hotplug_get(to->host, host_hotplug_count(to->host) - 1)->reason);
    return -EPERM;
}

static int back(struct migrator *m, struct migration *g, char *why, size_t cap)
{
    struct host_vm *from = migrate__from(m, g);

    (void)why, (void)cap;
    if (!g->state.was_passthrough || host__is_claimed(from, CLAIM_OWN_VF) || attach(from))
        return MIGRATE_STEP_DONE;
    return MIGRATE_GOES_ON;
}

static sim_time span(sim_time from, sim_time to) { return from && to > from ? to - from : 0; }

static int let_go(struct migration_record *record, const struct hotplug_record *plug, char *why, size_t cap)
{
    record->guest_let_go_ps = span(plug->told, plug->answered);
    if (plug->result == HOTPLUG_DONE || plug->result == HOTPLUG_FORCED)
        return MIGRATE_STEP_DONE;
    snprintf(why, cap, "its guest did not let go of its VF: %.100s", plug->reason);
    return -ETIMEDOUT;
}

static int took_up(struct migration_record *record, const struct hotplug_record *plug, char *why, size_t cap)
{
    record->guest_took_up_ps = span(plug->told, plug->up);
    if (plug->result == HOTPLUG_DONE)
        return MIGRATE_STEP_DONE;
    snprintf(why, cap, "%.120s", plug->reason);
    return -ENODEV;
}

static int more(struct migrator *m, struct migration *g, char *why, size_t cap)
{
    bool in = migrate__phase(g) == MIGRATE_IN;
    const struct hotplug_record *plug = attach__record(in ? migrate__to(m, g) : migrate__from(m, g));

    if (!plug || plug->result == HOTPLUG_UNDER_WAY)
        return MIGRATE_GOES_ON;
    if (migrate__phase(g) == MIGRATE_OUT)
        return let_go(migrate__record(m, g), plug, why, cap);
    return in ? took_up(migrate__record(m, g), plug, why, cap) : MIGRATE_STEP_DONE;
}

/* The slot's registers: which events the guest has asked for, and that its power is off. */
static void save(struct migrator *m, struct migration *g, struct host_vm *at, struct save *s)
{
    struct slot_state st;

    (void)m, (void)g;
    slot_get_state(at->slot, &st);
    save_section(s, "slot", 1);
    save_field(s, st);
    if (save_is_loading(s) && !s->err)
        slot_set_state(at->slot, &st);
}

static void vacate(struct migrator *m, struct migration *g)
{
    struct host_vm *from = migrate__from(m, g);

    vm_unmap_function(from->vm, slot_function(from->slot));
}

const struct migrate_method_ops migrate_method_bond = {
    .name = "bond",
    .method = MIGRATE_BOND,
    .refuse = refuse,
    .choose_nic = choose_nic,
    .leave = leave,
    .save = save,
    .vacate = vacate,
    .enter = enter,
    .back = back,
    .more = more,
};
