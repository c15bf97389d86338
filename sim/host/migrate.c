/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The migrator: what may begin, the order of a migration's phases, and how it ends. */
#include "host/migrate.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/migrate__.h"

#define QUIET_LOOK_PS (2 * SIM_US)    /* how often the source looks whether the device is quiet */
#define QUIET_LIMIT_PS (100 * SIM_MS) /* it gives up */

static const char *const step_names[MIGRATE_STEP_COUNT] = {"prepare", "round", "stop",   "final",
                                                           "state",   "load",  "resume", "tunnel"};

const char *migrate_step_name(enum migrate_step step) { return step < MIGRATE_STEP_COUNT ? step_names[step] : "none"; }

static sim_time now(const struct migrator *m) { return sim_now(m->c.sim); }

/* ---- small things ---- */

void migrate__post(struct migrator *m, struct migration *g, sim_time at, enum migrate_verb verb, uint64_t c)
{
    event_post(&m->c, &m->c, at, EV_HOST, verb, migrate__slot(m, g), g->st.gen, c);
}

bool migrate__inject(struct migration *g, enum migrate_step step)
{
    if (g->st.fail != step)
        return false;
    g->st.fail = MIGRATE_STEP_NONE;
    return true;
}

sim_time migrate__send(struct migrator *m, struct migration *g, uint64_t bytes)
{
    struct migrate_port_state *port = &m->port[g->st.from];
    sim_time start = port->busy_until > now(m) ? port->busy_until : now(m);
    sim_time own = g->st.own_busy > now(m) ? g->st.own_busy : now(m);

    migrate__record(m, g)->bytes += bytes;
    port->busy_until = start + sim_rate_take(&port->rate, bytes);
    g->st.own_busy = own + sim_rate_take(&g->st.own, bytes);
    return port->busy_until > g->st.own_busy ? port->busy_until : g->st.own_busy;
}

static void tell(struct migrator *m, const struct migration *g, const char *what, const char *then)
{
    trace_migration(&m->c, migrate__record(m, g)->vm, what, then);
}

static void enter(struct migrator *m, struct migration *g, enum migrate_phase phase)
{
    g->st.phase = phase;
    g->st.gen++;
    (void)m;
}

/* ---- the end ---- */

static void end(struct migrator *m, struct migration *g, enum migrate_result result)
{
    static const char *const text[] = {"under way", "done", "undone", "refused"};
    struct migration_record *record = migrate__record(m, g);
    struct host_vm *from = migrate__from(m, g), *to = migrate__to(m, g);
    uint32_t gen = g->st.gen + 1;
    char how[64];

    vm_ram_destroy(g->ram);
    g->ram = NULL;
    free(g->stream);
    g->stream = NULL;
    from->st.migrating = to->st.migrating = 0;
    from->st.migration = to->st.migration = 0;
    record->end = now(m);
    record->result = result;
    record->is_passthrough = (to->st.present ? to : from)->st.passthrough;
    snprintf(how, sizeof(how), "ended, %s", text[result]);
    tell(m, g, how, record->reason[0] ? record->reason : "as asked");
    memset(&g->st, 0, sizeof(g->st));
    g->st.gen = gen;
}

static void note_reason(struct migrator *m, struct migration *g, const char *reason)
{
    struct migration_record *record = migrate__record(m, g);

    if (!record->reason[0])
        snprintf(record->reason, sizeof(record->reason), "%s", reason);
}

/* The VM goes on where it was; if it came out of passthrough for this, it goes back. */
static void go_back(struct migrator *m, struct migration *g)
{
    struct switch_params params = {.to_passthrough = true, .fail = STEP_NONE, .by_migration = true};
    struct host_vm *from = migrate__from(m, g);

    vm_ram_destroy(g->ram);
    g->ram = NULL;
    enter(m, g, MIGRATE_BACK);
    if (!g->st.was_passthrough || from->st.ended || from->st.passthrough || from->st.waits_for_guest ||
        host_switch(from->host, from->vm, &params))
        end(m, g, MIGRATE_UNDONE);
}

void migrate__fail(struct migrator *m, struct migration *g, const char *fmt, ...)
{
    char reason[200];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(reason, sizeof(reason), fmt, ap);
    va_end(ap);
    note_reason(m, g, reason);
    tell(m, g, "failed", reason);
    if (g->st.phase == MIGRATE_PREPARE) {
        end(m, g, MIGRATE_REFUSED);
        return;
    }
    if (g->st.stopped)
        migrate__return(m, g);
    go_back(m, g);
}

/* ---- prepare ---- */

static uint64_t ram_taken(const struct migrator *m, unsigned host)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < m->host[host]->vms; i++)
        if (m->host[host]->vm[i]->st.present)
            sum += vm_get_params(m->host[host]->vm[i]->vm)->ram_bytes;
    for (unsigned i = 0; i < MIGRATE_SLOTS_MAX; i++) /* promised */
        if (m->slot[i].st.phase != MIGRATE_IDLE && m->slot[i].ram && m->slot[i].st.to == host)
            sum += vm_get_params(migrate__to((struct migrator *)m, &m->slot[i])->vm)->ram_bytes;
    return sum;
}

/* Where a VM that is to be passed through finds a VF: the first NIC that has some. */
static void choose_uplink(struct migrator *m, struct migration *g, int nic)
{
    struct host_vm *to = migrate__to(m, g);

    for (unsigned i = 0; nic < 0 && g->st.npa && i < to->host->nics; i++)
        if (pf_vf_count(to->host->nic[i].pf))
            nic = (int)i;
    if (nic < 0)
        return;
    to->st.nic = (uint32_t)nic;
    vswitch_set_uplink(to->host->vs, to->port, host__nic(to)->uplink);
    vswitch_set_uplink(to->host->vs, to->port, host__nic(to)->uplink); /* its former uplink brings it nothing */
}

static void begin_rounds(struct migrator *m, struct migration *g)
{
    struct host_vm *from = migrate__from(m, g);

    vswitch_announce(from->host->vs, from->port); /* the outside knows for certain from where it goes */
    enter(m, g, MIGRATE_ROUND);
    migrate__round_begin(m, g, false);
    migrate__post(m, g, now(m), MIGRATE_EV_STEP, 0);
}

static void prepare(struct migrator *m, struct migration *g)
{
    struct host_vm *from = migrate__from(m, g), *to = migrate__to(m, g);
    struct switch_params params = {.fail = (enum switch_step)g->st.fail_out, .by_migration = true};
    uint64_t need = vm_get_params(from->vm)->ram_bytes, limit = to->host->ram_bytes;
    char why[160];

    if (migrate__inject(g, MIGRATE_STEP_PREPARE)) {
        migrate__fail(m, g, "%s refused: failure injected", to->host->name);
        return;
    }
    if (limit && ram_taken(m, g->st.to) + need > limit) {
        migrate__fail(m, g, "%s has no room for %" PRIu64 " MiB: %" PRIu64 " of %" PRIu64 " are taken", to->host->name,
                      need >> 20, ram_taken(m, g->st.to) >> 20, limit >> 20);
        return;
    }
    g->ram = vm_ram_create(from->vm, why, sizeof(why));
    if (!g->ram) {
        migrate__fail(m, g, "%s: %s", to->host->name, why);
        return;
    }
    tell(m, g, "accepted by the destination", to->host->name);
    if (!from->st.passthrough) {
        begin_rounds(m, g);
        return;
    }
    enter(m, g, MIGRATE_OUT);
    if (host_switch(from->host, from->vm, &params))
        migrate__fail(m, g, "it could not leave its VF");
}

/* ---- phases ---- */

static void round_step(struct migrator *m, struct migration *g)
{
    if (migrate__burst(m, g))
        return;
    if (!migrate__is_close(m, g) && g->st.round + 1 < g->st.rounds_max) {
        g->st.round++;
        migrate__round_begin(m, g, false);
        migrate__post(m, g, now(m), MIGRATE_EV_STEP, 0);
        return;
    }
    enter(m, g, MIGRATE_STOP);
    g->st.stop_limit = now(m) + QUIET_LIMIT_PS;
    migrate__post(m, g, now(m), MIGRATE_EV_STEP, 0);
}

static void stop_step(struct migrator *m, struct migration *g)
{
    struct host_vm *from = migrate__from(m, g);
    struct pf_args args = {.vf = PF_ANY_VF};
    bool runs = !g->st.stopped && migrate__stop(m, g);

    if (now(m) >= g->st.stop_limit || (!runs && migrate__inject(g, MIGRATE_STEP_STOP))) {
        migrate__fail(m, g, "%s could not stop the VM's device", from->host->name);
        return;
    }
    if (runs || !migrate__is_quiet(m, g)) {
        migrate__post(m, g, now(m) + QUIET_LOOK_PS, MIGRATE_EV_STEP, 0);
        return;
    }
    migrate__record(m, g)->quiet = now(m);
    g->st.fence_asked = 1;
    enter(m, g, MIGRATE_FINAL);
    pf_request(host__nic(from)->pf, PF_OP_PF_TX_FENCE, &args, &m->c, MIGRATE_EV_FENCED,
               (uint64_t)migrate__slot(m, g) << 32 | g->st.record);
    g->st.round++;
    migrate__round_begin(m, g, true);
    migrate__post(m, g, now(m), MIGRATE_EV_STEP, 0);
}

static void final_step(struct migrator *m, struct migration *g)
{
    sim_time resume = profile_get(&m->c.sim->profile, PROFILE_migrate_resume_ps);

    if (migrate__burst(m, g) || g->st.phase != MIGRATE_FINAL)
        return;
    migrate__record(m, g)->pages_sent = now(m);
    if (migrate__inject(g, MIGRATE_STEP_STATE)) {
        migrate__fail(m, g, "the migration link died while the state went");
        return;
    }
    if (migrate__pack(m, g)) {
        migrate__fail(m, g, "no memory for the state");
        return;
    }
    enter(m, g, MIGRATE_STATE);
    sim_time there = migrate__send(m, g, g->st.stream_len) + g->st.latency_ps;
    migrate__record(m, g)->state_sent = there;
    migrate__post(m, g, there + resume, MIGRATE_EV_STEP, 0);
}

static void resume(struct migrator *m, struct migration *g)
{
    struct host_vm *to = migrate__to(m, g);
    char why[160], what[80];

    if (migrate__arrive(m, g, why, sizeof(why))) {
        migrate__fail(m, g, "%s: %s", to->host->name, why);
        return;
    }
    migrate__record(m, g)->resumed = now(m);
    snprintf(what, sizeof(what), "resumed on %s", to->host->name);
    tell(m, g, what, "announced by RARP");
    enter(m, g, MIGRATE_TUNNEL);
    if (g->st.forward)
        migrate__tunnel_begin(m, g);
    else
        migrate__after_tunnel(m, g);
}

/* The source's transmits must have left its NIC before the destination's begin: then order is kept. */
static void state_step(struct migrator *m, struct migration *g)
{
    enter(m, g, MIGRATE_RESUME);
    if (g->st.fenced)
        resume(m, g);
}

void migrate__after_tunnel(struct migrator *m, struct migration *g)
{
    struct host_vm *to = migrate__to(m, g);
    struct switch_params params = {
        .to_passthrough = true, .fail = (enum switch_step)g->st.fail_in, .by_migration = true,
        .plugin = g->st.plugin[0] ? g->st.plugin : NULL,
    };

    migrate__record(m, g)->drained = now(m);
    enter(m, g, MIGRATE_IN);
    if (!g->st.npa || !g->st.was_passthrough || to->st.ended) {
        end(m, g, MIGRATE_DONE);
        return;
    }
    if (host_switch(to->host, to->vm, &params) == 0)
        return;
    char reason[200];
    const struct switch_record *record = &to->host->switches[to->host->switch_count - 1];
    snprintf(reason, sizeof(reason), "stays emulated on %s: %.120s", to->host->name, record->reason);
    note_reason(m, g, reason);
    end(m, g, MIGRATE_DONE);
}

static void switched(struct migrator *m, struct migration *g)
{
    struct host_vm *from = migrate__from(m, g), *to = migrate__to(m, g);
    struct host_vm *at = g->st.phase == MIGRATE_IN ? to : from;
    char reason[200];

    if (at->st.sw.active)
        return;
    if (g->st.phase == MIGRATE_OUT) {
        if (from->st.ended)
            migrate__fail(m, g, "the VM has ended");
        else if (from->st.passthrough || from->st.waits_for_guest)
            migrate__fail(m, g, "the guest did not leave its VF");
        else
            begin_rounds(m, g);
    } else if (g->st.phase == MIGRATE_BACK) {
        end(m, g, MIGRATE_UNDONE);
    } else if (g->st.phase == MIGRATE_IN) {
        if (!to->st.passthrough) {
            snprintf(reason, sizeof(reason), "stays emulated on %s: %.120s", to->host->name, switch__record(to)->reason);
            note_reason(m, g, reason);
        }
        end(m, g, MIGRATE_DONE);
    }
}

static void step(struct migrator *m, struct migration *g)
{
    switch ((enum migrate_phase)g->st.phase) {
    case MIGRATE_PREPARE:
        prepare(m, g);
        break;
    case MIGRATE_ROUND:
        round_step(m, g);
        break;
    case MIGRATE_STOP:
        stop_step(m, g);
        break;
    case MIGRATE_FINAL:
        final_step(m, g);
        break;
    case MIGRATE_STATE:
        state_step(m, g);
        break;
    case MIGRATE_IDLE:
    case MIGRATE_OUT:
    case MIGRATE_RESUME:
    case MIGRATE_TUNNEL:
    case MIGRATE_IN:
    case MIGRATE_BACK:
        break;
    }
}

static void fenced(struct migrator *m, const struct event *ev)
{
    struct migration *g = &m->slot[ev->a >> 32];

    if (g->st.phase == MIGRATE_IDLE || !g->st.fence_asked || (uint32_t)ev->a != g->st.record)
        return;
    g->st.fenced = 1; /* a NIC that gave up waiting will not send it later, either */
    if (g->st.phase == MIGRATE_RESUME)
        resume(m, g);
}

static void migrator_event(struct component *self, const struct event *ev)
{
    struct migrator *m = (struct migrator *)self;
    struct migration *g = &m->slot[ev->a % MIGRATE_SLOTS_MAX];

    if (ev->verb == MIGRATE_EV_FENCED) {
        fenced(m, ev);
    } else if (ev->verb == MIGRATE_EV_FRAME || ev->verb == MIGRATE_EV_SENT || ev->verb == MIGRATE_EV_LOOK) {
        migrate__tunnel_event(m, g, ev);
    } else if (ev->verb == MIGRATE_EV_SWITCHED) {
        if (ev->b == g->st.gen)
            switched(m, g);
    } else if (ev->b == g->st.gen) {
        step(m, g);
    }
}

/* ---- told by the hosts ---- */

void migrate__switch_ended(struct host_vm *hv)
{
    struct migrator *m = hv->host->migrator;

    migrate__post(m, &m->slot[hv->st.migration - 1], now(m), MIGRATE_EV_SWITCHED, 0);
}

void migrate__vm_ended(struct host_vm *hv)
{
    struct migrator *m = hv->host->migrator;
    struct migration *g = &m->slot[hv->st.migration - 1];

    if (g->st.phase == MIGRATE_ROUND || (g->st.phase == MIGRATE_STOP && !g->st.stopped) || g->st.phase == MIGRATE_PREPARE)
        migrate__fail(m, g, "the VM has ended");
}

/* ---- beginning ---- */

static struct migration_record *record_add(struct migrator *m)
{
    if (m->record_count == m->record_cap) {
        unsigned cap = m->record_cap ? 2 * m->record_cap : 16;
        struct migration_record *grown = realloc(m->records, cap * sizeof(*grown));
        if (!grown)
            return NULL;
        m->records = grown;
        m->record_cap = cap;
    }
    memset(&m->records[m->record_count], 0, sizeof(*m->records));
    return &m->records[m->record_count++];
}

static struct host_vm *place_on(struct host *host, const struct vm *vm)
{
    for (unsigned i = 0; i < host->vms; i++)
        if (host->vm[i]->vm == vm)
            return host->vm[i];
    return NULL;
}

static const char *refusal(const struct host_vm *from, const struct host_vm *to, const struct migration *g, int nic,
                           const struct migrate_params *params)
{
    if (!to)
        return "the destination has no place for it";
    if (from->st.ended)
        return "the VM has ended";
    if (from->st.migration)
        return "a migration is under way";
    if (from == to)
        return "it is there already";
    if (from->st.sw.active)
        return "a switch is under way";
    if (from->st.waits_for_guest)
        return "its guest does not answer";
    if (from->st.passthrough && !params->npa)
        return "it is on a VF: by npa, or switch it to emulation first";
    if (params->nic && nic < 0)
        return "the destination has no such NIC";
    return g ? NULL : "too many migrations are under way";
}

static struct migration *free_slot(struct migrator *m)
{
    for (unsigned i = 0; i < MIGRATE_SLOTS_MAX; i++)
        if (m->slot[i].st.phase == MIGRATE_IDLE)
            return &m->slot[i];
    return NULL;
}

static void fill(struct migrator *m, struct migration *g, const struct host_vm *from, const struct host_vm *to,
                 const struct migrate_params *params)
{
    struct migration_state *st = &g->st;

    st->from = from->host->migrator_index;
    st->to = to->host->migrator_index;
    st->from_place = from->index;
    st->to_place = to->index;
    st->record = m->record_count - 1;
    st->rounds_max = params->rounds && params->rounds < MIGRATE_ROUNDS_MAX ? params->rounds : MIGRATE_ROUNDS_MAX;
    st->hold_bytes = params->hold_bytes;
    st->fail = params->fail;
    st->fail_round = params->fail_round;
    st->fail_out = params->fail_out;
    st->fail_in = params->fail_in;
    st->npa = params->npa;
    st->forward = params->forward;
    st->was_passthrough = from->st.passthrough;
    st->downtime_ps = params->downtime_ps ? params->downtime_ps : MIGRATE_DOWNTIME_PS;
    st->latency_ps = params->latency_ps ? params->latency_ps : MIGRATE_LATENCY_PS;
    st->own = sim_rate_bytes(params->rate_bps ? params->rate_bps : MIGRATE_LINK_BPS);
    snprintf(st->plugin, sizeof(st->plugin), "%s", params->plugin ? params->plugin : "");
}

int migrator_begin(struct migrator *m, struct vm *vm, struct host *to_host, const struct migrate_params *params)
{
    struct host_vm *from = NULL, *to = place_on(to_host, vm);
    struct migration *g = free_slot(m);
    struct migration_record *record = record_add(m);
    int nic = params->nic ? host__find_nic(to_host, params->nic) : -1;
    const char *why;

    if (!record)
        return -ENOMEM;
    for (unsigned i = 0; i < m->hosts && !from; i++)
        from = host_has_vm(m->host[i], vm) ? place_on(m->host[i], vm) : NULL;
    assert(from && "a VM lives somewhere");
    snprintf(record->vm, sizeof(record->vm), "%s", vm_name(vm));
    snprintf(record->from, sizeof(record->from), "%s", from->host->name);
    snprintf(record->to, sizeof(record->to), "%s", to_host->name);
    record->npa = params->npa;
    record->forward = params->forward;
    record->start = record->end = now(m);
    why = refusal(from, to, g, nic, params);
    if (why) {
        record->result = MIGRATE_REFUSED;
        record->is_passthrough = record->was_passthrough = from->st.passthrough;
        snprintf(record->reason, sizeof(record->reason), "%s", why);
        trace_migration(&m->c, record->vm, "ended, refused", why);
        return -EPERM;
    }
    fill(m, g, from, to, params);
    record->was_passthrough = g->st.was_passthrough;
    from->st.migrating = to->st.migrating = 1;
    from->st.migration = to->st.migration = migrate__slot(m, g) + 1;
    choose_uplink(m, g, nic);
    tell(m, g, "begins", to_host->name);
    enter(m, g, MIGRATE_PREPARE);
    migrate__post(m, g, now(m) + 2 * g->st.latency_ps, MIGRATE_EV_STEP, 0);
    return 0;
}

/* ---- life ---- */

static const struct component_ops ops = {.kind = "migrator", .event = migrator_event, .save = migrate__save};

struct migrator *migrator_create(struct sim *sim)
{
    struct migrator *m = calloc(1, sizeof(*m));

    if (m)
        component_init(&m->c, sim, &ops, "migration");
    return m;
}

void migrator_destroy(struct migrator *m)
{
    if (!m)
        return;
    for (unsigned i = 0; i < MIGRATE_SLOTS_MAX; i++) {
        vm_ram_destroy(m->slot[i].ram);
        free(m->slot[i].stream);
    }
    free(m->records);
    free(m);
}

void migrator_add_host(struct migrator *m, struct host *host)
{
    assert(m->hosts < MIGRATE_HOSTS_MAX);
    host->migrator = m;
    host->migrator_index = m->hosts;
    m->port[m->hosts].rate = sim_rate_bytes(MIGRATE_LINK_BPS);
    m->host[m->hosts++] = host;
}

unsigned migrator_count(const struct migrator *m) { return m->record_count; }

const struct migration_record *migrator_get(const struct migrator *m, unsigned i)
{
    return i < m->record_count ? &m->records[i] : NULL;
}
