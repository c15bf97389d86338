/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What source, destination, VM and outside say to each other in a migration, for the journal. */
#include <stdarg.h>
#include <stdio.h>

#include "core/world/journal.h"
#include "host/migrate/migrate__.h"

static struct journal_party party(struct migrator *m, const struct migration *g, enum migrate_party who)
{
    switch (who) {
    case MIGRATE_SOURCE:
        return journal_party(&m->host[g->state.from]->c, JOURNAL_HYPERVISOR, -1);
    case MIGRATE_DESTINATION:
        return journal_party(&m->host[g->state.to]->c, JOURNAL_HYPERVISOR, -1);
    case MIGRATE_THE_VM:
        return journal_party(vm_component(migrate__from(m, g)->vm), JOURNAL_VM, -1);
    case MIGRATE_OUTSIDE:
        break;
    }
    return journal_party(NULL, JOURNAL_OUTSIDE, -1);
}

void migrate__say(struct migrator *m, struct migration *g, enum migrate_party from, enum migrate_party to, const char *fmt, ...)
{
    char what[JOURNAL_WHAT_LEN];
    va_list args;

    va_start(args, fmt);
    vsnprintf(what, sizeof(what), fmt, args);
    va_end(args);
    journal_say(m->c.sim, migrate__record(m, g)->talk, party(m, g, from), party(m, g, to), "%s", what);
}
