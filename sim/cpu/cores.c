/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cores of a host: how many, who its threads are, and whether their books balance. */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "cpu/cpu__.h"

unsigned cpu_set_count(const struct cpu_set *set)
{
    unsigned count = 0;

    for (unsigned i = 0; i < CPU_CORES_MAX / 64; i++)
        count += (unsigned)__builtin_popcountll(set->word[i]);
    return count;
}

/* ---- life ---- */

static void save(struct component *self, struct save *s)
{
    struct cores *cores = (struct cores *)self;

    save_section(s, "cores", 1);
    save_expect_u64(s, "cores", cores->number);
    for (unsigned i = 0; i < cores->number && !s->err; i++) {
        struct core_state *st = &cores->core[i].st;
        save_field(s, *st);
        if (!s->err && (st->phase > CORE_GUEST || st->running > cores->threads || (st->phase != CORE_IDLE) != (st->running != 0)))
            save_fail(s, -EPROTO, "the state of core %u is impossible", i);
    }
}

static const struct component_ops ops = {.kind = "cores", .event = cores__event, .save = save};

/* Linux multiplies its granularities by 1 + log2 of the cores, of 8 at most [get_update_sysctl_factor()]. */
static void take_profile(struct cores *cores, struct profile *profile)
{
    unsigned factor = 1;

    for (unsigned n = cores->number < 8 ? cores->number : 8; n > 1; n /= 2)
        factor++;
    cores->latency = (int64_t)profile_get(profile, PROFILE_sched_latency_ps) * factor;
    cores->granularity = (int64_t)profile_get(profile, PROFILE_sched_granularity_ps) * factor;
    cores->wakeup = (int64_t)profile_get(profile, PROFILE_sched_wakeup_ps) * factor;
    cores->switch_cycles = profile_get(profile, PROFILE_context_switch_cycles);
    cores->smt_mille = cores->smt ? profile_get(profile, PROFILE_smt_share_mille) : 1000;
}

struct cores *cores_create(struct sim *sim, const char *name, const struct cores_params *params)
{
    struct cores *cores = alloc_zero("a host's cores", 1, sizeof(*cores));

    snprintf(cores->name, sizeof(cores->name), "%s", name);
    cores->smt = params->smt;
    cores->number = params->smt ? 2 * params->number : params->number;
    assert(cores->number <= CPU_CORES_MAX);
    if (!cores->number)
        return cores;
    component_init(&cores->c, sim, &ops, name);
    cores->core = alloc_zero("a host's cores", cores->number, sizeof(struct core));
    take_profile(cores, &sim->profile);
    for (unsigned i = 0; i < cores->number; i++) {
        cores->core[i].of = cores;
        cores->core[i].st.since = sim_now(sim);
        cores->core[i].st.rate = sim_rate_cycles(profile_get(&sim->profile, PROFILE_cpu_khz));
    }
    return cores;
}

void cores_destroy(struct cores *cores)
{
    if (!cores)
        return;
    for (unsigned i = 0; i < cores->threads; i++) {
        cores->thread[i]->cores = NULL;
        cores->thread[i]->may_share = false;
    }
    free(cores->thread);
    free(cores->core);
    free(cores);
}

void cores_set_pin(struct cores *cores, const struct cpu_set *pin) { cores->pin = *pin; }

void cores__join(struct cores *cores, struct cpu_thread *thread)
{
    if (cores->threads == cores->threads_cap) {
        cores->threads_cap = cores->threads_cap ? 2 * cores->threads_cap : 16;
        cores->thread = alloc_grow("a host's cores", cores->thread, cores->threads_cap * sizeof(struct cpu_thread *));
    }
    thread->number = cores->threads;
    thread->may_share = cores->number;
    cores->thread[cores->threads++] = thread;
}

void cores__leave(struct cores *cores, struct cpu_thread *thread)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < cores->threads; i++)
        if (cores->thread[i] != thread)
            cores->thread[kept++] = cores->thread[i];
    cores->threads = kept;
}

void cores__restore(struct cpu_thread *thread, struct save *s)
{
    thread->here = NULL;
    if (!thread->cores || !thread->cores->number)
        return;
    if (thread->st.core >= thread->cores->number || thread->st.status > CPU_RUNS)
        save_fail(s, -EPROTO, "the state of thread %s is impossible", thread->name);
    else if (thread->st.has_core)
        thread->here = &thread->cores->core[thread->st.core].st.account;
}

unsigned cores_thread_count(const struct cores *cores) { return cores->threads; }
const struct cpu_thread *cores_thread(const struct cores *cores, unsigned i) { return cores->thread[i]; }
unsigned cores_count(const struct cores *cores) { return cores->number; }

/* ---- who is alone ---- */

static const struct cpu_thread *only_one(const struct cores *cores, unsigned core)
{
    const struct cpu_thread *found = NULL;

    for (unsigned i = 0; i < cores->threads; i++) {
        const struct cpu_thread *thread = cores->thread[i];
        if (!cores__may_run(cores, thread, core))
            continue;
        if (found || cpu_set_count(&thread->pin) != 1)
            return NULL;
        found = thread;
    }
    return found;
}

/* When all threads are there. A core's sibling makes it slower: with SMT nobody is alone. */
static void settle(struct cores *cores)
{
    cores->is_settled = true;
    for (unsigned i = 0; i < cores->number && !cores->smt; i++)
        cores->core[i].alone = only_one(cores, i);
    for (unsigned i = 0; i < cores->threads; i++)
        for (unsigned core = 0; core < cores->number; core++)
            if (cores__may_run(cores, cores->thread[i], core)) {
                cores->thread[i]->is_alone = cores->core[core].alone == cores->thread[i];
                break;
            }
}

bool cpu__is_shared(const struct cpu_thread *thread)
{
    struct cores *cores = thread->cores;

    if (!cores->is_settled)
        settle(cores);
    return !thread->is_alone;
}

/* ---- what came of it ---- */

static sim_time until_now(const struct cores *cores, unsigned core) { return sim_now(cores->c.sim) - cores->core[core].st.since; }

void cores_get_use(const struct cores *cores, unsigned core, struct core_use *out)
{
    const struct core_state *st = &cores->core[core].st;
    sim_time more = until_now(cores, core);

    *out = (struct core_use){
        .run_ps = st->run_ps,
        .switch_ps = st->switch_ps,
        .idle_ps = st->idle_ps,
        .until = st->phase == CORE_IDLE ? st->since : sim_now(cores->c.sim),
        .switches = st->switches,
        .alone = cores->core[core].alone,
    };
    if (st->phase == CORE_IDLE)
        out->idle_ps += more;
    else if (st->phase == CORE_SWITCHES)
        out->switch_ps += more;
    else
        out->run_ps += more;
}

/* Cycles that were charged to who has it and are still to run, or have run and are not charged yet. */
static int64_t ahead(const struct cores *cores, unsigned core)
{
    const struct core_state *st = &cores->core[core].st;
    struct cpu_thread *thread = st->running ? cores->thread[st->running - 1] : NULL;

    if (st->phase == CORE_GUEST)
        return thread->vcpu->ahead(thread);
    if (st->phase != CORE_WORKS)
        return 0;
    sim_time done = sim_now(cores->c.sim) - cpu__first_item(thread)->from;
    return -(int64_t)((unsigned __int128)done * st->rate.ps_den / st->rate.ps_num);
}

/* A turn of a vCPU's begins and ends within a cycle of its clock. */
int cores_check(const struct cores *cores, char *why, size_t cap)
{
    for (unsigned i = 0; i < cores->number; i++) {
        const struct core_state *st = &cores->core[i].st;
        struct core_use use;
        cores_get_use(cores, i, &use);
        if (use.alone)
            continue;
        int64_t ran = (int64_t)((unsigned __int128)use.run_ps * st->rate.ps_den / st->rate.ps_num);
        int64_t charged = (int64_t)cpu_account_sum(&st->account) + st->carried - ahead(cores, i), off = ran - charged;
        if (use.run_ps + use.switch_ps + use.idle_ps != sim_now(cores->c.sim)) {
            snprintf(why, cap, "core %u: it ran, switched and was idle for another time than there was", i);
            return -EINVAL;
        }
        if (off > (int64_t)st->turns + 1 || off < -(int64_t)st->turns - 1) {
            snprintf(why, cap,
                     "the account of core %u does not balance: it ran for %" PRId64 " cycles, of which %" PRId64 " are somebody's",
                     i, ran, charged);
            return -EINVAL;
        }
    }
    return 0;
}
