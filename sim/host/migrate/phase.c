/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of a migration's phases, and how it ends. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "host/migrate/migrate__.h"

#define QUIET_LOOK_PS  (2 * SIM_US)   /* how often the source looks whether the device is quiet */
#define QUIET_LIMIT_PS (100 * SIM_MS) /* it gives up */

static sim_time now(const struct migrator *m) { return sim_now(m->c.sim); }

/* ---- the end ---- */

static void end(struct migrator *m, struct migration *g, enum migrate_result result)
{
    static const char *const text[] = {"under way", "done", "undone", "refused", "lost"};
    struct migration_record *record = migrate__record(m, g);
    struct host_vm *from = migrate__from(m, g), *to = migrate__to(m, g);
    enum migrate_party here = to->state.present ? MIGRATE_DESTINATION : MIGRATE_SOURCE;
    uint32_t gen = g->state.gen + 1;
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
    g->state.gen = gen;
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
    const struct migrate_method_ops *method = migrate__ops(m, g);
    char why[160];

    vm_ram_destroy(g->ram);
    g->ram = NULL;
    migrate__uplink_end(g);
    migrate__postcopy_end(m, g);
    migrate__enter(g, MIGRATE_BACK);
    migrate__record(m, g)->in_start = now(m);
    if (migrate__from(m, g)->state.ended || !method->back || method->back(m, g, why, sizeof(why)) != MIGRATE_GOES_ON)
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
    migrate__tell(m, g, "failed", reason);
    if (g->state.phase == MIGRATE_PREPARE)
        migrate__say(m, g, MIGRATE_DESTINATION, MIGRATE_SOURCE, "%s", reason);
    else
        migrate__say(m, g, MIGRATE_SOURCE, MIGRATE_SOURCE, "fails: %s", reason);
    if (g->state.phase == MIGRATE_PREPARE) {
        end(m, g, MIGRATE_REFUSED);
        return;
    }
    if (g->state.stopped)
        migrate__return(m, g);
    go_back(m, g);
}

/* ---- phases ---- */

static void begin_stop(struct migrator *m, struct migration *g)
{
    migrate__enter(g, MIGRATE_STOP);
    migrate__say(m, g, MIGRATE_SOURCE, MIGRATE_THE_VM, "stop");
    g->state.stop_limit = now(m) + QUIET_LIMIT_PS;
    migrate__post(m, g, now(m), MIGRATE_EV_STEP, 0);
}

static void begin_rounds(struct migrator *m, struct migration *g)
{
    struct host_vm *from = migrate__from(m, g);

    migrate__say(m, g, MIGRATE_SOURCE, MIGRATE_OUTSIDE, "announcement (RARP)");
    vswitch_announce(from->host->vswitch, from->port); /* the outside knows for certain from where it goes */
    if (g->state.post_copy && g->state.post_copy_after == 0) {
        begin_stop(m, g);
        return;
    }
    migrate__enter(g, MIGRATE_ROUND);
    if (migrate__ops(m, g)->track)
        migrate__ops(m, g)->track(m, g, true);
    migrate__round_begin(m, g);
}

static void left(struct migrator *m, struct migration *g, int answer, const char *why)
{
    if (answer == MIGRATE_GOES_ON)
        return;
    migrate__record(m, g)->out_end = now(m);
    if (migrate__from(m, g)->state.ended)
        migrate__fail(m, g, "the VM has ended");
    else if (answer)
        migrate__fail(m, g, "%s", why);
    else
        begin_rounds(m, g);
}

void migrate__leave(struct migrator *m, struct migration *g)
{
    const struct migrate_method_ops *method = migrate__ops(m, g);
    char why[160] = "";

    migrate__enter(g, MIGRATE_OUT);
    migrate__record(m, g)->out_start = now(m);
    if (method->leave && g->state.was_passthrough)
        migrate__say(m, g, MIGRATE_SOURCE, MIGRATE_THE_VM, "leave the VF");
    left(m, g, method->leave ? method->leave(m, g, why, sizeof(why)) : MIGRATE_STEP_DONE, why);
}

static void round_step(struct migrator *m, struct migration *g)
{
    if (migrate__burst(m, g))
        return;
    if (!migrate__is_close(m, g) && g->state.round + 1 < g->state.rounds_max) {
        g->state.round++;
        migrate__round_begin(m, g);
        return;
    }
    begin_stop(m, g);
}

static void stop_step(struct migrator *m, struct migration *g)
{
    struct host_vm *from = migrate__from(m, g);
    struct pf_args args = {.vf = PF_ANY_VF};
    bool runs = !g->state.stopped && migrate__stop(m, g);

    if (now(m) >= g->state.stop_limit || (!runs && migrate__inject(m, g, MIGRATE_STEP_STOP))) {
        migrate__fail(m, g, "%s could not stop the VM's device", from->host->name);
        return;
    }
    if (runs || !migrate__is_quiet(m, g)) {
        migrate__post(m, g, now(m) + QUIET_LOOK_PS, MIGRATE_EV_STEP, 0);
        return;
    }
    migrate__record(m, g)->quiet = now(m);
    migrate__say(m, g, MIGRATE_THE_VM, MIGRATE_SOURCE, "quiet: DMA and interrupts have landed");
    args.talk = migrate__record(m, g)->talk;
    args.talker = from->host->c.id;
    g->state.fence_asked = 1;
    migrate__enter(g, MIGRATE_FINAL);
    pf_request(host__nic(from)->pf, PF_OP_PF_TX_FENCE, &args, &m->c, MIGRATE_EV_FENCED,
               (uint64_t)migrate__slot(m, g) << 32 | g->state.record);
    g->state.round += migrate__record(m, g)->rounds > 0;
    migrate__round_begin(m, g);
}

static void final_step(struct migrator *m, struct migration *g)
{
    sim_time resume = profile_get(&m->c.sim->profile, PROFILE_migrate_resume_ps);

    if (migrate__burst(m, g) || g->state.phase != MIGRATE_FINAL)
        return;
    migrate__record(m, g)->pages_sent = now(m);
    if (migrate__inject(m, g, MIGRATE_STEP_STATE)) {
        migrate__fail(m, g, "the migration link died while the state went");
        return;
    }
    if (migrate__pack(m, g)) {
        migrate__fail(m, g, "no memory for the state");
        return;
    }
    migrate__enter(g, MIGRATE_STATE);
    migrate__say(m, g, MIGRATE_SOURCE, MIGRATE_DESTINATION, "state: %" PRIu64 " bytes", g->state.stream_len);
    if (g->wire) {
        g->state.cursor = 0;
        g->arrived = alloc_bytes("a migration", g->state.stream_len);
        migrate__uplink_state(m, g);
        return;
    }
    sim_time there = migrate__send(m, g, g->state.stream_len) + g->state.latency_ps;
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
    migrate__tell(m, g, what, "announced by RARP");
    migrate__say(m, g, MIGRATE_DESTINATION, MIGRATE_THE_VM, "runs here");
    migrate__say(m, g, MIGRATE_DESTINATION, MIGRATE_OUTSIDE, "announcement (RARP)");
    migrate__enter(g, MIGRATE_TUNNEL);
    if (g->state.forward)
        migrate__tunnel_begin(m, g);
    else
        migrate__after_tunnel(m, g);
}

/* The source's transmits must have left its NIC before the destination's begin: then order is kept. */
static void state_step(struct migrator *m, struct migration *g, bool loaded)
{
    if (g->wire && !loaded) {
        migrate__uplink_state(m, g);
        return;
    }
    migrate__enter(g, MIGRATE_RESUME);
    if (g->state.fenced)
        resume(m, g);
}

static void entered(struct migrator *m, struct migration *g, int answer, const char *why)
{
    char reason[200];

    if (answer == MIGRATE_GOES_ON)
        return;
    if (answer) {
        snprintf(reason, sizeof(reason), "stays emulated on %s: %.120s", migrate__to(m, g)->host->name, why);
        note_reason(m, g, reason);
    }
    end(m, g, MIGRATE_DONE);
}

void migrate__after_tunnel(struct migrator *m, struct migration *g)
{
    migrate__record(m, g)->drained = now(m);
    migrate__uplink_end(g);
    if (g->state.pulling)
        migrate__enter(g, MIGRATE_PAGES);
    else
        migrate__into_fast_path(m, g);
}

void migrate__into_fast_path(struct migrator *m, struct migration *g)
{
    const struct migrate_method_ops *method = migrate__ops(m, g);
    bool enters = method->enter && !migrate__to(m, g)->state.ended;
    char why[160] = "";

    if (g->state.lost) {
        end(m, g, MIGRATE_LOST);
        return;
    }
    migrate__enter(g, MIGRATE_IN);
    migrate__record(m, g)->in_start = now(m);
    if (enters && g->state.was_passthrough)
        migrate__say(m, g, MIGRATE_DESTINATION, MIGRATE_THE_VM, "enter a VF");
    entered(m, g, enters ? method->enter(m, g, why, sizeof(why)) : MIGRATE_STEP_DONE, why);
}

void migrate__method_more(struct migrator *m, struct migration *g)
{
    const struct migrate_method_ops *method = migrate__ops(m, g);
    bool asked = g->state.phase == MIGRATE_OUT || g->state.phase == MIGRATE_IN || g->state.phase == MIGRATE_BACK;
    char why[160] = "";
    int answer = asked && method->more ? method->more(m, g, why, sizeof(why)) : MIGRATE_GOES_ON;

    if (g->state.phase == MIGRATE_OUT)
        left(m, g, answer, why);
    else if (g->state.phase == MIGRATE_IN)
        entered(m, g, answer, why);
    else if (answer != MIGRATE_GOES_ON)
        end(m, g, MIGRATE_UNDONE);
}

void migrate__fenced(struct migrator *m, struct migration *g)
{
    g->state.fenced = 1; /* a NIC that gave up waiting will not send it later, either */
    if (g->state.phase == MIGRATE_RESUME)
        resume(m, g);
}

void migrate__step(struct migrator *m, struct migration *g, bool loaded)
{
    switch ((enum migrate_phase)g->state.phase) {
    case MIGRATE_PREPARE:
        migrate__prepare(m, g);
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
        state_step(m, g, loaded);
        break;
    case MIGRATE_IDLE:
    case MIGRATE_OUT:
    case MIGRATE_RESUME:
    case MIGRATE_TUNNEL:
    case MIGRATE_PAGES:
    case MIGRATE_IN:
    case MIGRATE_BACK:
        break;
    }
}
