/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a migration is refused for, how it begins, and whether the destination takes it. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/world/journal.h"
#include "host/migrate/migrate__.h"

static sim_time now(const struct migrator *m) { return sim_now(m->c.sim); }

/* ---- beginning ---- */

static struct host_vm *place_on(struct host *host, const struct vm *vm)
{
    for (unsigned i = 0; i < host->vms; i++)
        if (host->vm[i]->vm == vm)
            return host->vm[i];
    return NULL;
}

static const char *refusal(const struct migrator *m, const struct host_vm *from, const struct host_vm *to,
                           const struct migration *g, int nic, const struct migrate_params *params)
{
    if (!to)
        return "the destination has no place for it";
    if (from->state.ended)
        return "the VM has ended";
    if (migrate_of(from)->migration)
        return "a migration is under way";
    if (host__is_claimed(from, CLAIM_STANDSTILL))
        return "it is suspended, or about to be";
    if (host__is_claimed(from, CLAIM_UPGRADE))
        return "its plugin is being replaced";
    if (from == to)
        return "it is there already";
    if (switch__is_active(from))
        return "a switch is under way";
    if (from->state.waits_for_guest)
        return "its guest does not answer";
    if (params->nic && nic < 0)
        return "the destination has no such NIC";
    if (!g)
        return "too many migrations are under way";
    if (params->post_copy && vm_get_params(from->vm)->kind)
        return "the pages of a kernel of its own can't be waited for: no post-copy";
    if (params->post_copy && migrate__postcopy_count(m) >= MIGRATE_POSTCOPY_MAX)
        return "too many VMs are in post-copy";
    return migrate__method(m, params->method)->refuse(m, from, to, nic, params);
}

static struct migration *free_slot(struct migrator *m)
{
    for (unsigned i = 0; i < MIGRATE_SLOTS_MAX; i++)
        if (migrate__phase(&m->slot[i]) == MIGRATE_IDLE)
            return &m->slot[i];
    return NULL;
}

static void fill(struct migrator *m, struct migration *g, const struct host_vm *from, const struct host_vm *to,
                 const struct migrate_params *params)
{
    struct migration_state *st = &g->state;

    st->from = migrate_of_host(from->host)->index;
    st->to = migrate_of_host(to->host)->index;
    st->from_place = from->index;
    st->to_place = to->index;
    st->record = m->records.count - 1;
    st->rounds_max = params->rounds && params->rounds < MIGRATE_ROUNDS_MAX ? params->rounds : MIGRATE_ROUNDS_MAX;
    st->post_copy = params->post_copy;
    st->post_copy_after = params->post_copy_after;
    if (params->post_copy && params->post_copy_after && params->post_copy_after < st->rounds_max)
        st->rounds_max = params->post_copy_after;
    st->hold_bytes = params->hold_bytes;
    st->fail = params->fail;
    st->fail_round = params->fail_round;
    st->fail_out = params->fail_out;
    st->fail_in = params->fail_in;
    st->method = params->method;
    st->forward = params->forward;
    st->flow = params->flow ? flow_find(m->c.sim, params->flow) : FLOW_NONE;
    st->was_passthrough =
        from->state.passthrough || (host__is_claimed(from, CLAIM_OWN_VF) && !host__is_claimed(from, CLAIM_OWN_VF_MOVES));
    st->guest_timeout_ps = params->guest_timeout_ps;
    st->force = params->force;
    st->mac_first = params->mac_first;
    st->downtime_ps = params->downtime_ps ? params->downtime_ps : MIGRATE_DOWNTIME_PS;
    st->latency_ps = params->latency_ps ? params->latency_ps : MIGRATE_LATENCY_PS;
    st->own = sim_rate_bytes(params->rate_bps ? params->rate_bps : MIGRATE_LINK_BPS);
    snprintf(st->plugin, sizeof(st->plugin), "%s", params->plugin ? params->plugin : "");
}

static void choose_uplink(const struct host_vm *from, struct host_vm *to, const struct migrate_method_ops *method, int nic)
{
    if (nic < 0 && method->choose_nic)
        nic = method->choose_nic(from, to);
    if (nic < 0)
        return;
    to->state.nic = (uint32_t)nic;
    vswitch_set_uplink(to->host->vswitch, to->port, host__nic(to)->uplink);
    vswitch_forget_uplink(to->host->vswitch, to->port); /* nothing has gone there by its former one */
}

int migrator_begin(struct migrator *m, struct vm *vm, struct host *to_host, const struct migrate_params *params)
{
    struct host_vm *from = NULL, *to = place_on(to_host, vm);
    struct migration *g = free_slot(m);
    struct migration_record *record = records_add(&m->records, sizeof(*record));
    int nic = params->nic ? host__find_nic(to_host, params->nic) : -1;
    const char *why;

    for (unsigned i = 0; i < m->hosts && !from; i++)
        from = host_has_vm(m->host[i], vm) ? place_on(m->host[i], vm) : NULL;
    assert(from && "a VM lives somewhere");
    snprintf(record->vm, sizeof(record->vm), "%s", vm_name(vm));
    snprintf(record->from, sizeof(record->from), "%s", from->host->name);
    snprintf(record->to, sizeof(record->to), "%s", to_host->name);
    record->method = params->method;
    record->forward = params->forward;
    record->post_copy = params->post_copy;
    record->over_uplink = params->over_uplink;
    record->fault = params->fail;
    record->fault_round = params->fail_round;
    record->fault_out = params->fail_out;
    record->fault_in = params->fail_in;
    record->start = record->end = now(m);
    why = refusal(m, from, to, g, nic, params);
    if (why) {
        record->result = MIGRATE_REFUSED;
        record->is_passthrough = record->was_passthrough = host_vm_is_passthrough(from->host, vm);
        snprintf(record->reason, sizeof(record->reason), "%s", why);
        trace_migration(&m->c, record->vm, "ended, refused", why);
        return -EPERM;
    }
    fill(m, g, from, to, params);
    record->was_passthrough = host_vm_is_passthrough(from->host, vm);
    host__claim(from, CLAIM_MIGRATION, CLAIM_MIGRATION);
    host__claim(to, CLAIM_MIGRATION, CLAIM_MIGRATION);
    migrate_of(from)->migration = migrate_of(to)->migration = migrate__slot(m, g) + 1;
    host__changed(from->host);
    choose_uplink(from, to, migrate__ops(m, g), nic);
    record->talk = journal_open(m->c.sim);
    record->cpu_start_ps = record->cpu_end_ps = migrate__cpu(m, g);
    migrate__tell(m, g, "begins", to_host->name);
    migrate__say(m, g, MIGRATE_SOURCE, MIGRATE_DESTINATION, "%s, %" PRIu64 " MiB, by %s?", record->vm,
                 vm_get_params(vm)->ram_bytes >> 20, migrate__method(m, params->method)->name);
    migrate__start(g);
    if (params->over_uplink)
        migrate__uplink_begin(m, g);
    else
        migrate__post(m, g, now(m) + 2 * g->state.latency_ps, MIGRATE_EV_STEP, 0);
    return 0;
}

/* ---- prepare ---- */

static uint64_t ram_taken(const struct migrator *m, unsigned host)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < m->host[host]->vms; i++)
        if (m->host[host]->vm[i]->state.present)
            sum += vm_get_params(m->host[host]->vm[i]->vm)->ram_bytes;
    for (unsigned i = 0; i < MIGRATE_SLOTS_MAX; i++) /* promised */
        if (migrate__phase(&m->slot[i]) != MIGRATE_IDLE && m->slot[i].ram && m->slot[i].state.to == host)
            sum += vm_get_params(migrate__to((struct migrator *)m, &m->slot[i])->vm)->ram_bytes;
    return sum;
}

bool migrate__prepare(struct migrator *m, struct migration *g)
{
    struct host_vm *from = migrate__from(m, g), *to = migrate__to(m, g);
    const struct migrate_method_ops *method = migrate__ops(m, g);
    uint64_t need = vm_get_params(from->vm)->ram_bytes, limit = to->host->ram_bytes;
    char why[160];

    if (migrate__inject(m, g, MIGRATE_STEP_PREPARE)) {
        migrate__fail(m, g, "%s refused: failure injected", to->host->name);
        return false;
    }
    if (limit && ram_taken(m, g->state.to) + need > limit) {
        migrate__fail(m, g, "%s has no room for %" PRIu64 " MiB: %" PRIu64 " of %" PRIu64 " are taken", to->host->name, need >> 20,
                      ram_taken(m, g->state.to) >> 20, limit >> 20);
        return false;
    }
    g->ram = vm_ram_create(from->vm, why, sizeof(why));
    if (!g->ram) {
        migrate__fail(m, g, "%s: %s", to->host->name, why);
        return false;
    }
    if (method->reserve && method->reserve(m, g, why, sizeof(why))) {
        migrate__fail(m, g, "%s: %s", to->host->name, why);
        return false;
    }
    migrate__tell(m, g, "accepted by the destination", to->host->name);
    migrate__say(m, g, MIGRATE_DESTINATION, MIGRATE_SOURCE, "accepted");
    return true;
}
