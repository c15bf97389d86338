/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The migrator as a part of a host's hypervisor: what it does when something happens to a VM that takes part in a
 * migration. */
#include <errno.h>

#include "host/migrate/migrate__.h"

/* NULL: the VM's place takes part in none. */
static struct migration *migration_of(const struct host_vm *hv)
{
    return migrate_of(hv)->migration ? &migrator_of(hv->host)->slot[migrate_of(hv)->migration - 1] : NULL;
}

/* Of an attachment as well: the method may have waited for it. */
static void tell_method(struct host_vm *hv)
{
    struct migrator *m = migrator_of(hv->host);

    if (migration_of(hv))
        migrate__post(m, migration_of(hv), sim_now(m->c.sim), MIGRATE_EV_SWITCHED, 0);
}

static void switch_ended(struct host_vm *hv, bool done) { tell_method(hv); }

static void vm_ended(struct host_vm *hv)
{
    struct migration *g = migration_of(hv);

    if (g && (migrate__phase(g) == MIGRATE_ROUND || (migrate__phase(g) == MIGRATE_STOP && !g->state.stopped) ||
              migrate__phase(g) == MIGRATE_PREPARE))
        migrate__fail(migrator_of(hv->host), g, "the VM has ended");
}

static bool waiting(struct host_vm *hv, frame_ref ref, bool in_front)
{
    struct migration *g = migration_of(hv);

    if (g)
        migrate__hold(migrator_of(hv->host), g, ref, in_front);
    return g;
}

static bool diverted(struct host_vm *hv, frame_ref ref)
{
    migrate__diverted(hv, ref);
    return true;
}

static void save_vm(struct host_vm *hv, struct save *s)
{
    struct migrate_state *state = migrate_of(hv);

    save_field(s, *state);
    if (!s->err && (state->migration || state->departure) && !migrator_of(hv->host))
        save_fail(s, -EPROTO, "%s takes part in a migration, and none is possible", vm_name(hv->vm));
}

const struct host_part migrate_part = {
    .name = "migration",
    .rank = HOST_RANK_MIGRATE,
    .host_bytes = sizeof(struct migrate_of_host),
    .vm_bytes = sizeof(struct migrate_state),
    .save_vm = save_vm,
    .vm_ended = vm_ended,
    .received = migrate__received,
    .waiting = waiting,
    .diverted = diverted,
    .switch_ended = switch_ended,
    .hotplug_ended = tell_method,
};
