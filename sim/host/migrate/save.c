/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The migrator to and from a save stream, in mid-migration as well; and what must hold when none is under way. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "host/migrate/migrate__.h"

enum { STREAM_MAX = 64 << 20 };

static bool is_sound(const struct migrator *m, const struct migration_state *st, bool idle)
{
    if (!migrate__method(m, (enum migrate_method)st->method))
        return false;
    if (st->from >= m->hosts || st->to >= m->hosts || st->stream_len > STREAM_MAX)
        return false;
    if (idle)
        return true;
    return st->from_place < m->host[st->from]->vms && st->to_place < m->host[st->to]->vms && st->record < m->records.count &&
           st->round < MIGRATE_ROUNDS_KEPT && st->own.ps_den && migrate__fifo_is_sound(&st->tunnel) &&
           migrate__fifo_is_sound(&st->direct) && migrate__fifo_is_sound(&st->carried) && st->arrived_len <= st->stream_len &&
           memchr(st->plugin, 0, sizeof(st->plugin));
}

static bool departures_are_sound(const struct migrator *m)
{
    for (unsigned h = 0; h < m->hosts; h++)
        for (unsigned i = 0; i < m->host[h]->vms; i++)
            if (migrate_of(m->host[h]->vm[i])->departure > m->records.count ||
                migrate_of(m->host[h]->vm[i])->migration > MIGRATE_SLOTS_MAX)
                return false;
    return true;
}

static void save_records(struct migrator *m, struct save *s)
{
    struct migration_record *first = m->records.first;
    uint32_t count = m->records.count;

    save_field(s, count);
    if (save_is_loading(s) && !s->err) {
        if (count > (s->len - s->pos) / sizeof(*first)) {
            save_fail(s, -EPROTO, "%u migrations", count);
            return;
        }
        records_free(&m->records);
        first = records_make(&m->records, sizeof(*first), count);
    }
    if (!s->err && count)
        save_bytes(s, first, count * sizeof(*first));
}

static void save_slot(struct migrator *m, struct migration *g, struct save *s)
{
    struct migration_state st = g->state;
    uint8_t has[8] = {g->ram != NULL, g->stream != NULL, g->arrived != NULL, g->wire != NULL, g->due != NULL, 0, 0, 0};
    char why[160];

    procedure_save(&g->procedure, s);
    save_field(s, st);
    save_field(s, has);
    if (save_is_loading(s) && !s->err && !is_sound(m, &st, migrate__phase(g) == MIGRATE_IDLE))
        save_fail(s, -EPROTO, "the state of a migration is impossible");
    if (s->err)
        return;
    if (save_is_loading(s)) {
        vm_ram_destroy(g->ram);
        free(g->stream);
        free(g->arrived);
        free(g->due);
        migrate__uplink_end(g);
        g->state = st;
        g->ram = has[0] ? vm_ram_create(migrate__to(m, g)->vm, why, sizeof(why)) : NULL;
        g->stream = has[1] ? alloc_bytes("a migration", st.stream_len + 1) : NULL;
        g->arrived = has[2] ? alloc_bytes("a migration", st.stream_len + 1) : NULL;
        if (has[3])
            migrate__uplink_wire(m, g);
        g->due = has[4] ? alloc_bytes("a migration", vm_get_params(migrate__to(m, g)->vm)->ram_bytes / VM_MOVE_PAGE) : NULL;
    }
    if (g->ram)
        vm_ram_save(g->ram, s);
    if (g->stream)
        save_bytes(s, g->stream, st.stream_len);
    if (g->due)
        save_bytes(s, g->due, vm_get_params(migrate__to(m, g)->vm)->ram_bytes / VM_MOVE_PAGE);
    if (g->arrived)
        save_bytes(s, g->arrived, st.arrived_len);
    if (g->wire)
        migrate__wire_save(g->wire, s);
    migrate__postcopy_save(m, g, s);
}

void migrate__save(struct component *self, struct save *s)
{
    struct migrator *m = (struct migrator *)self;

    save_section(s, "migrator", 2);
    save_expect_u64(s, "hosts", m->hosts);
    save_records(m, s);
    save_bytes(s, m->port, m->hosts * sizeof(m->port[0]));
    for (unsigned i = 0; i < MIGRATE_SLOTS_MAX && !s->err; i++)
        save_slot(m, &m->slot[i], s);
    if (save_is_loading(s) && !s->err && !departures_are_sound(m)) /* the hosts have been loaded: they come first */
        save_fail(s, -EPROTO, "a VM's place names no migration");
}

/* ---- invariants ---- */

static unsigned homes(const struct migrator *m, const struct vm *vm)
{
    unsigned n = 0;

    for (unsigned h = 0; h < m->hosts; h++)
        n += host_has_vm(m->host[h], vm);
    return n;
}

int migrator_check_invariants(const struct migrator *m, char *why, size_t cap)
{
    for (unsigned i = 0; i < MIGRATE_SLOTS_MAX; i++)
        if (migrate__phase(&m->slot[i]) == MIGRATE_IDLE &&
            (m->slot[i].ram || m->slot[i].stream || m->slot[i].arrived || m->slot[i].due || m->slot[i].wire || m->slot[i].pager ||
             m->slot[i].rest)) {
            snprintf(why, cap, "memory or state of a migration that has ended is left");
            return -EINVAL;
        }
    for (unsigned h = 0; h < m->hosts; h++)
        for (unsigned i = 0; i < m->host[h]->vms; i++) {
            const struct host_vm *hv = m->host[h]->vm[i];
            const char *name = vm_name(hv->vm);
            if (homes(m, hv->vm) != 1) {
                snprintf(why, cap, "%s lives on %u hosts", name, homes(m, hv->vm));
                return -EINVAL;
            }
            bool may_stand = migrate_of(hv)->migration || host__is_claimed(hv, CLAIM_STANDSTILL);
            if ((host__is_claimed(hv, CLAIM_MIGRATION) && !migrate_of(hv)->migration) ||
                (vm_is_paused(hv->vm) && hv->state.present && !may_stand)) {
                snprintf(why, cap, "%s is stopped or held for a migration that has ended", name);
                return -EINVAL;
            }
        }
    return 0;
}
