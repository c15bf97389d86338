/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The migrator as a component: its events, what the hosts tell it, its life. */
#include "host/migrate/migrate.h"

#include <assert.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "host/migrate/migrate__.h"

static sim_time now(const struct migrator *m) { return sim_now(m->c.sim); }

static const char *const step_names[MIGRATE_STEP_COUNT] = {"prepare", "round",  "stop",   "final", "state",
                                                           "load",    "resume", "tunnel", "pages"};

const char *migrate_step_name(enum migrate_step step) { return step < MIGRATE_STEP_COUNT ? step_names[step] : "none"; }

/* ---- small things ---- */

void migrate__post(struct migrator *m, struct migration *g, sim_time at, enum migrate_verb verb, uint64_t c)
{
    event_post(&m->c, &m->c, at, EV_HOST, verb, migrate__slot(m, g), g->procedure.gen, c);
}

bool migrate__inject(struct migrator *m, struct migration *g, enum migrate_step step)
{
    if (g->state.fail != step)
        return false;
    g->state.fail = MIGRATE_STEP_NONE;
    migrate__record(m, g)->fault_met = true;
    return true;
}

void migrate__works(struct migrator *m, const struct migration *g, uint64_t copies, uint64_t bytes)
{
    struct host_vm *ends[] = {migrate__from(m, g), migrate__to(m, g)};
    const struct cpu_done nobody = {0};

    for (unsigned i = 0; i < 2; i++)
        cpu_work(&ends[i]->host->migrator, ends[i]->vcpu, CPU_migration, host__copy_cycles(ends[i]->host, copies, bytes), nobody);
}

sim_time migrate__send(struct migrator *m, struct migration *g, uint64_t bytes)
{
    struct migrate_port_state *port = &m->port[g->state.from];
    sim_time start = port->busy_until > now(m) ? port->busy_until : now(m);
    sim_time own = g->state.own_busy > now(m) ? g->state.own_busy : now(m);

    migrate__record(m, g)->bytes += bytes;
    migrate__works(m, g, 1, bytes);
    port->busy_until = start + sim_rate_take(&port->rate, bytes);
    g->state.own_busy = own + sim_rate_take(&g->state.own, bytes);
    return port->busy_until > g->state.own_busy ? port->busy_until : g->state.own_busy;
}

void migrate__tell(struct migrator *m, const struct migration *g, const char *what, const char *then)
{
    trace_migration(&m->c, migrate__record(m, g)->vm, what, then);
}

void migrate__wake(struct migrator *m, struct migration *g, uint64_t cookie)
{
    migrate__post(m, g, now(m), MIGRATE_EV_METHOD, cookie);
}

sim_time migrate__cpu(struct migrator *m, const struct migration *g)
{
    const uint32_t hosts[] = {g->state.from, g->state.to};
    sim_time sum = 0;

    for (unsigned i = 0; i < 2; i++) {
        struct host_cpu cpu;
        host_get_cpu(m->host[hosts[i]], &cpu);
        sum += cpu.exits_ps + cpu.copy_ps + cpu.vswitch_ps + cpu.pf_ps;
    }
    return sum;
}

/* ---- events ---- */

static void fenced(struct migrator *m, const struct event *ev)
{
    struct migration *g = &m->slot[ev->a >> 32];

    if (migrate__phase(g) != MIGRATE_IDLE && g->state.fence_asked && (uint32_t)ev->a == g->state.record)
        migrate__fenced(m, g);
}

static void migrator_event(struct component *self, const struct event *ev)
{
    struct migrator *m = (struct migrator *)self;
    struct migration *g = &m->slot[ev->a % MIGRATE_SLOTS_MAX];
    bool current = ev->b == g->procedure.gen;

    switch ((enum migrate_verb)ev->verb) {
    case MIGRATE_EV_FENCED:
        fenced(m, ev);
        break;
    case MIGRATE_EV_FRAME:
    case MIGRATE_EV_SENT:
    case MIGRATE_EV_LOOK:
        migrate__tunnel_event(m, g, ev);
        break;
    case MIGRATE_EV_PUSH:
    case MIGRATE_EV_DEMAND:
    case MIGRATE_EV_PAGES:
        migrate__postcopy_event(m, g, ev);
        break;
    case MIGRATE_EV_WIRE:
        if (g->wire && migrate__phase(g) != MIGRATE_IDLE && ev->b == g->state.record)
            migrate__wire_timer(g->wire, ev->c);
        break;
    case MIGRATE_EV_SWITCHED:
    case MIGRATE_EV_METHOD:
        if (current)
            migrate__method_more(m, g);
        break;
    case MIGRATE_EV_STEP:
        if (current)
            migrate__step(m, g, ev->c);
        break;
    }
}

/* ---- life ---- */

static const struct component_ops ops = {.kind = "migrator", .event = migrator_event, .save = migrate__save};

struct migrator *migrator_create(struct sim *sim, const struct migrate_method_ops *const *methods)
{
    struct migrator *m = alloc_zero("migrations", 1, sizeof(*m));

    m->methods = methods;
    component_init(&m->c, sim, &ops, "migration");
    for (unsigned i = 0; i < MIGRATE_SLOTS_MAX; i++)
        migrate__init(m, &m->slot[i]);
    return m;
}

void migrator_destroy(struct migrator *m)
{
    if (!m)
        return;
    for (unsigned i = 0; i < MIGRATE_SLOTS_MAX; i++) {
        vm_ram_destroy(m->slot[i].ram);
        free(m->slot[i].stream);
        free(m->slot[i].arrived);
        free(m->slot[i].due);
        migrate__wire_destroy(m->slot[i].wire);
        vm_ram_destroy(m->slot[i].rest);
        migrate__pager_free(&m->slot[i]);
    }
    records_free(&m->records);
    free(m);
}

void migrator_add_host(struct migrator *m, struct host *host)
{
    assert(m->hosts < MIGRATE_HOSTS_MAX);
    *migrate_of_host(host) = (struct migrate_of_host){.migrator = m, .index = m->hosts};
    m->port[m->hosts].rate = sim_rate_bytes(MIGRATE_LINK_BPS);
    m->host[m->hosts++] = host;
}

unsigned migrator_count(const struct migrator *m) { return m->records.count; }

const struct migration_record *migrator_get(const struct migrator *m, unsigned i)
{
    return records_get(&m->records, sizeof(struct migration_record), i);
}
