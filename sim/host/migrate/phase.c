/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of a migration's phases, and how it ends. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "host/migrate/migrate__.h"

#define QUIET_LOOK_PS (2 * SIM_US)   /* how often the source looks whether the device is quiet */
#define QUIET_LIMIT_PS (100 * SIM_MS) /* it gives up */

static sim_time now(const struct migrator *m) { return sim_now(m->c.sim); }

/* ---- the end ---- */

static void end(struct migrator *m, struct migration *g, enum migrate_result result)
{
    static const char *const text[] = {"under way", "done", "undone", "refused", "lost"};
    struct migration_record *record = migrate__record(m, g);
    struct host_vm *from = migrate__from(m, g), *to = migrate__to(m, g);
    enum migrate_party here = to->state.present ? MIGRATE_DESTINATION : MIGRATE_SOURCE;
    char how[64];

    if (migrate__ops(m, g)->track)
        migrate__ops(m, g)->track(m, g, false);
    if (migrate__ops(m, g)->end)
        migrate__ops(m, g)->end(m, g);
    vm_ram_destroy(g->ram);
    g->ram = NULL;
    free(g->stream);
    free(g->arrived);
    free(g->due);
    g->stream = g->arrived = g->due = NULL;
    migrate__uplink_end(g);
    migrate__postcopy_end(m, g);
    host__claim(from, CLAIM_MIGRATION, 0);
    host__claim(to, CLAIM_MIGRATION, 0);
    host__changed(from->host);
    host__changed(to->host);
    migrate_of(from)->migration = migrate_of(to)->migration = 0;
    record->end = now(m);
    record->result = result;
    record->cpu_end_ps = migrate__cpu(m, g);
    record->is_passthrough = host_vm_is_passthrough((to->state.present ? to : from)->host, from->vm);
    snprintf(how, sizeof(how), "ended, %s", text[result]);
    migrate__tell(m, g, how, record->reason[0] ? record->reason : "as asked");
    migrate__say(m, g, here, here, "%s", how);
    memset(&g->state, 0, sizeof(g->state));
    procedure_drop(&g->procedure);
}

static void note_reason(struct migrator *m, struct migration *g, const char *reason)
{
    struct migration_record *record = migrate__record(m, g);

    if (!record->reason[0])
        snprintf(record->reason, sizeof(record->reason), "%s", reason);
}

void migrate__fail(struct migrator *m, struct migration *g, const char *fmt, ...)
{
    char reason[200];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(reason, sizeof(reason), fmt, ap);
    va_end(ap);
    note_reason(m, g, reason);
    migrate__tell(m, g, "failed", reason);
    if (migrate__phase(g) == MIGRATE_PREPARE)
        migrate__say(m, g, MIGRATE_DESTINATION, MIGRATE_SOURCE, "%s", reason);
    else
        migrate__say(m, g, MIGRATE_SOURCE, MIGRATE_SOURCE, "fails: %s", reason);
    if (migrate__phase(g) == MIGRATE_PREPARE) {
        end(m, g, MIGRATE_REFUSED);
        return;
    }
    if (g->state.stopped)
        migrate__return(m, g);
    vm_ram_destroy(g->ram);
    g->ram = NULL;
    migrate__uplink_end(g);
    migrate__postcopy_end(m, g);
    procedure_go(&g->procedure, "back");
}

/* ---- the steps: start, and what follows when something of it has come ---- */

static int wait(void *owner) { return PROCEDURE_WAIT; }

static int prepare_done(void *owner)
{
    struct migration *g = owner;

    return migrate__prepare(g->migrator, g) ? PROCEDURE_NEXT : PROCEDURE_GONE;
}

/* The VM leaves its VF, if it has one. */
static int left(struct migrator *m, struct migration *g, int answer, const char *why)
{
    if (answer == MIGRATE_GOES_ON)
        return PROCEDURE_WAIT;
    migrate__record(m, g)->out_end = now(m);
    if (migrate__from(m, g)->state.ended)
        migrate__fail(m, g, "the VM has ended");
    else if (answer)
        migrate__fail(m, g, "%s", why);
    else
        return PROCEDURE_NEXT;
    return PROCEDURE_GONE;
}

static int out(void *owner)
{
    struct migration *g = owner;
    struct migrator *m = g->migrator;
    const struct migrate_method_ops *method = migrate__ops(m, g);
    char why[160] = "";

    migrate__record(m, g)->out_start = now(m);
    if (method->leave && g->state.was_passthrough)
        migrate__say(m, g, MIGRATE_SOURCE, MIGRATE_THE_VM, "leave the VF");
    return left(m, g, method->leave ? method->leave(m, g, why, sizeof(why)) : MIGRATE_STEP_DONE, why);
}

static int ask_method(struct migration *g, char *why, size_t cap)
{
    const struct migrate_method_ops *method = migrate__ops(g->migrator, g);

    return method->more ? method->more(g->migrator, g, why, cap) : MIGRATE_GOES_ON;
}

static int out_done(void *owner)
{
    struct migration *g = owner;
    char why[160] = "";
    int answer = ask_method(g, why, sizeof(why));

    return left(g->migrator, g, answer, why);
}

static int rounds(void *owner)
{
    struct migration *g = owner;
    struct migrator *m = g->migrator;
    struct host_vm *from = migrate__from(m, g);

    migrate__say(m, g, MIGRATE_SOURCE, MIGRATE_OUTSIDE, "announcement (RARP)");
    vswitch_announce(from->host->vswitch, from->port); /* the outside knows for certain from where it goes */
    if (g->state.post_copy && g->state.post_copy_after == 0)
        return PROCEDURE_NEXT;
    if (migrate__ops(m, g)->track)
        migrate__ops(m, g)->track(m, g, true);
    migrate__round_begin(m, g);
    return PROCEDURE_WAIT;
}

static int rounds_done(void *owner)
{
    struct migration *g = owner;
    struct migrator *m = g->migrator;

    if (migrate__burst(m, g))
        return PROCEDURE_WAIT;
    if (migrate__is_close(m, g) || g->state.round + 1 >= g->state.rounds_max)
        return PROCEDURE_NEXT;
    g->state.round++;
    migrate__round_begin(m, g);
    return PROCEDURE_WAIT;
}

static int stop(void *owner)
{
    struct migration *g = owner;
    struct migrator *m = g->migrator;

    migrate__say(m, g, MIGRATE_SOURCE, MIGRATE_THE_VM, "stop");
    g->state.stop_limit = now(m) + QUIET_LIMIT_PS;
    migrate__post(m, g, now(m), MIGRATE_EV_STEP, 0);
    return PROCEDURE_WAIT;
}

static int stop_done(void *owner)
{
    struct migration *g = owner;
    struct migrator *m = g->migrator;
    bool runs = !g->state.stopped && migrate__stop(m, g);

    if (now(m) >= g->state.stop_limit || (!runs && migrate__inject(m, g, MIGRATE_STEP_STOP))) {
        migrate__fail(m, g, "%s could not stop the VM's device", migrate__from(m, g)->host->name);
        return PROCEDURE_GONE;
    }
    if (runs || !migrate__is_quiet(m, g)) {
        migrate__post(m, g, now(m) + QUIET_LOOK_PS, MIGRATE_EV_STEP, 0);
        return PROCEDURE_WAIT;
    }
    migrate__record(m, g)->quiet = now(m);
    migrate__say(m, g, MIGRATE_THE_VM, MIGRATE_SOURCE, "quiet: DMA and interrupts have landed");
    return PROCEDURE_NEXT;
}

static int final(void *owner)
{
    struct migration *g = owner;
    struct migrator *m = g->migrator;
    struct host_vm *from = migrate__from(m, g);
    struct pf_args args = {.vf = PF_ANY_VF, .talk = migrate__record(m, g)->talk, .talker = from->host->c.id};

    g->state.fence_asked = 1;
    pf_request(host__nic(from)->pf, PF_OP_PF_TX_FENCE, &args, &m->c, MIGRATE_EV_FENCED,
               (uint64_t)migrate__slot(m, g) << 32 | g->state.record);
    g->state.round += migrate__record(m, g)->rounds > 0;
    migrate__round_begin(m, g);
    return PROCEDURE_WAIT;
}

static int final_done(void *owner)
{
    struct migration *g = owner;
    struct migrator *m = g->migrator;
    uint32_t gen = g->procedure.gen;

    if (migrate__burst(m, g) || g->procedure.gen != gen)
        return PROCEDURE_WAIT;
    migrate__record(m, g)->pages_sent = now(m);
    if (migrate__inject(m, g, MIGRATE_STEP_STATE))
        migrate__fail(m, g, "the migration link died while the state went");
    else if (migrate__pack(m, g))
        migrate__fail(m, g, "no memory for the state");
    else
        return PROCEDURE_NEXT;
    return PROCEDURE_GONE;
}

static int state(void *owner)
{
    struct migration *g = owner;
    struct migrator *m = g->migrator;
    sim_time resume = profile_get(&m->c.sim->profile, PROFILE_migrate_resume_ps), there;

    migrate__say(m, g, MIGRATE_SOURCE, MIGRATE_DESTINATION, "state: %" PRIu64 " bytes", g->state.stream_len);
    if (g->wire) {
        g->state.cursor = 0;
        g->arrived = alloc_bytes("a migration", g->state.stream_len);
        migrate__uplink_state(m, g);
        return PROCEDURE_WAIT;
    }
    there = migrate__send(m, g, g->state.stream_len) + g->state.latency_ps;
    migrate__record(m, g)->state_sent = there;
    migrate__post(m, g, there + resume, MIGRATE_EV_STEP, 0);
    return PROCEDURE_WAIT;
}

static int state_done(void *owner)
{
    struct migration *g = owner;

    if (!g->wire || g->loaded)
        return PROCEDURE_NEXT;
    migrate__uplink_state(g->migrator, g);
    return PROCEDURE_WAIT;
}

static int resume_done(void *owner)
{
    struct migration *g = owner;
    struct migrator *m = g->migrator;
    struct host_vm *to = migrate__to(m, g);
    char why[160], what[80];

    if (migrate__arrive(m, g, why, sizeof(why))) {
        migrate__fail(m, g, "%s: %s", to->host->name, why);
        return PROCEDURE_GONE;
    }
    migrate__record(m, g)->resumed = now(m);
    snprintf(what, sizeof(what), "resumed on %s", to->host->name);
    migrate__tell(m, g, what, "announced by RARP");
    migrate__say(m, g, MIGRATE_DESTINATION, MIGRATE_THE_VM, "runs here");
    migrate__say(m, g, MIGRATE_DESTINATION, MIGRATE_OUTSIDE, "announcement (RARP)");
    return PROCEDURE_NEXT;
}

/* The source's transmits must have left its NIC before the destination's begin: then order is kept. */
static int resume(void *owner)
{
    struct migration *g = owner;

    return g->state.fenced ? resume_done(g) : PROCEDURE_WAIT;
}

static int tunnel(void *owner)
{
    struct migration *g = owner;

    if (!g->state.forward)
        return PROCEDURE_NEXT;
    migrate__tunnel_begin(g->migrator, g);
    return PROCEDURE_WAIT;
}

static int pages(void *owner)
{
    struct migration *g = owner;

    migrate__record(g->migrator, g)->drained = now(g->migrator);
    migrate__uplink_end(g);
    return g->state.pulling ? PROCEDURE_WAIT : PROCEDURE_NEXT;
}

static int entered(struct migration *g, int answer, const char *why)
{
    char reason[200];

    if (answer == MIGRATE_GOES_ON)
        return PROCEDURE_WAIT;
    if (answer) {
        snprintf(reason, sizeof(reason), "stays emulated on %s: %.120s", migrate__to(g->migrator, g)->host->name, why);
        note_reason(g->migrator, g, reason);
    }
    end(g->migrator, g, MIGRATE_DONE);
    return PROCEDURE_GONE;
}

static int in(void *owner)
{
    struct migration *g = owner;
    struct migrator *m = g->migrator;
    const struct migrate_method_ops *method = migrate__ops(m, g);
    bool enters = method->enter && !migrate__to(m, g)->state.ended;
    char why[160] = "";

    if (g->state.lost) {
        end(m, g, MIGRATE_LOST);
        return PROCEDURE_GONE;
    }
    migrate__record(m, g)->in_start = now(m);
    if (enters && g->state.was_passthrough)
        migrate__say(m, g, MIGRATE_DESTINATION, MIGRATE_THE_VM, "enter a VF");
    return entered(g, enters ? method->enter(m, g, why, sizeof(why)) : MIGRATE_STEP_DONE, why);
}

static int in_done(void *owner)
{
    struct migration *g = owner;
    char why[160] = "";
    int answer = ask_method(g, why, sizeof(why));

    return entered(g, answer, why);
}

/* After a failure the VM goes on where it was; if it came out of passthrough for this, it goes back. */
static int back(void *owner)
{
    struct migration *g = owner;
    struct migrator *m = g->migrator;
    const struct migrate_method_ops *method = migrate__ops(m, g);
    char why[160];

    migrate__record(m, g)->in_start = now(m);
    if (!migrate__from(m, g)->state.ended && method->back && method->back(m, g, why, sizeof(why)) == MIGRATE_GOES_ON)
        return PROCEDURE_WAIT;
    end(m, g, MIGRATE_UNDONE);
    return PROCEDURE_GONE;
}

static int back_done(void *owner)
{
    struct migration *g = owner;
    char why[160] = "";

    if (ask_method(g, why, sizeof(why)) == MIGRATE_GOES_ON)
        return PROCEDURE_WAIT;
    end(g->migrator, g, MIGRATE_UNDONE);
    return PROCEDURE_GONE;
}

static const struct procedure_step steps[] = {
    {"prepare", wait, .done = prepare_done, .own = MIGRATE_PREPARE},
    {"out", out, .done = out_done, .own = MIGRATE_OUT},
    {"rounds", rounds, .done = rounds_done, .own = MIGRATE_ROUND},
    {"stop", stop, .done = stop_done, .own = MIGRATE_STOP},
    {"final round", final, .done = final_done, .own = MIGRATE_FINAL},
    {"state", state, .done = state_done, .own = MIGRATE_STATE},
    {"resume", resume, .done = resume_done, .own = MIGRATE_RESUME},
    {"tunnel", tunnel, .own = MIGRATE_TUNNEL},
    {"pages", pages, .own = MIGRATE_PAGES},
    {"in", in, .done = in_done, .own = MIGRATE_IN},
    {"back", back, .done = back_done, .own = MIGRATE_BACK},
};
static const struct procedure_table table = PROCEDURE_TABLE("migration", steps, PROCEDURE_ENDS);
static const struct procedure_table *const tables[] = {&table, NULL};
static const struct procedure_kind kind = {.table = tables};

void migrate__init(struct migrator *m, struct migration *g)
{
    g->migrator = m;
    procedure_init(&g->procedure, &kind, g, &m->c, migrate__slot(m, g));
}

void migrate__start(struct migration *g) { procedure_begin(&g->procedure, &table); }

static void go_on(struct migration *g) { procedure_done(&g->procedure, g->procedure.gen, 0); }

/* ---- what is told of from outside ---- */

void migrate__after_tunnel(struct migrator *m, struct migration *g) { procedure_go(&g->procedure, "pages"); }

void migrate__into_fast_path(struct migrator *m, struct migration *g) { procedure_go(&g->procedure, "in"); }

void migrate__method_more(struct migrator *m, struct migration *g)
{
    enum migrate_phase phase = migrate__phase(g);

    if (phase == MIGRATE_OUT || phase == MIGRATE_IN || phase == MIGRATE_BACK)
        go_on(g);
}

void migrate__fenced(struct migrator *m, struct migration *g)
{
    g->state.fenced = 1; /* a NIC that gave up waiting will not send it later, either */
    if (migrate__phase(g) == MIGRATE_RESUME)
        go_on(g);
}

void migrate__step(struct migrator *m, struct migration *g, bool loaded)
{
    enum migrate_phase phase = migrate__phase(g);

    g->loaded = loaded;
    if (phase == MIGRATE_PREPARE || phase == MIGRATE_ROUND || phase == MIGRATE_STOP || phase == MIGRATE_FINAL ||
        phase == MIGRATE_STATE)
        go_on(g);
    g->loaded = false;
}
