/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who runs where, and how long, as CFS has it. Ties are the thread's that was made first, and the core's with the lowest number. */
#include <assert.h>
#include <limits.h>

#include "cpu/cpu__.h"

enum { SHORTEST_TURN_PS = 1000000 }; /* whatever the profile says: threads that take turns of no time get nowhere */
enum { WEIGHT = 1024 }; /* of a thread that is not nice [kernel/sched/core.c, sched_prio_to_weight] */

bool cores__may_run(const struct cores *cores, const struct cpu_thread *thread, unsigned core)
{
    if (cores->core[core].alone)
        return cores->core[core].alone == thread;
    return cpu_set_is_empty(&thread->pin) || cpu_set_has(&thread->pin, core);
}

static bool is_idle(const struct cores *cores, unsigned core) { return cores->core[core].st.phase == CORE_IDLE; }

static bool waits_on(const struct cpu_thread *thread, unsigned core)
{
    return thread->st.status == CPU_READY && thread->st.core == core;
}

static unsigned waiting(const struct cores *cores, unsigned core)
{
    unsigned count = 0;

    for (unsigned i = 0; i < cores->threads; i++)
        count += waits_on(cores->thread[i], core);
    return count;
}

bool cores__is_wanted(const struct cores *cores, unsigned core) { return waiting(cores, core) > 0; }

/* The smaller, the rather: idle with an idle sibling, idle, else by how many want it; of those alike, where it was. */
static unsigned reluctance(const struct cores *cores, const struct cpu_thread *thread, unsigned core)
{
    unsigned other = core ^ 1, rank = 2 * thread->cores->threads + 2;

    if (!is_idle(cores, core))
        rank += 2 * (1 + waiting(cores, core));
    else if (cores->smt && !is_idle(cores, other))
        rank -= 2;
    else
        rank = 0;
    return rank + (core != thread->st.core);
}

unsigned cores__choose(const struct cores *cores, const struct cpu_thread *thread)
{
    unsigned best = UINT_MAX, least = UINT_MAX;

    for (unsigned i = 0; i < cores->number; i++) {
        if (!cores__may_run(cores, thread, i))
            continue;
        unsigned rank = reluctance(cores, thread, i);
        if (rank < least) {
            least = rank;
            best = i;
        }
    }
    assert(best != UINT_MAX && "a thread may run somewhere");
    return best;
}

/* Its virtual time is that of the core it comes to; who has slept is not owed all that time [place_entity()]. */
void cores__place(struct cores *cores, struct cpu_thread *thread, unsigned core, bool wakes)
{
    int64_t least = cores->core[core].st.least;

    if (thread->st.core != core)
        thread->st.vruntime += least - cores->core[thread->st.core].st.least;
    if (wakes && thread->st.vruntime < least - cores->latency / 2)
        thread->st.vruntime = least - cores->latency / 2;
    thread->st.core = core;
}

static bool comes_before(const struct cpu_thread *x, const struct cpu_thread *y)
{
    if (!y || (x->kind == CPU_INTERRUPT) != (y->kind == CPU_INTERRUPT))
        return !y || x->kind == CPU_INTERRUPT;
    return x->st.vruntime < y->st.vruntime;
}

static struct cpu_thread *first_of(const struct cores *cores, unsigned core, unsigned on)
{
    struct cpu_thread *first = NULL;

    for (unsigned i = 0; i < cores->threads; i++)
        if (waits_on(cores->thread[i], core) && cores__may_run(cores, cores->thread[i], on) &&
            comes_before(cores->thread[i], first))
            first = cores->thread[i];
    return first;
}

/* An idle core takes one from where most wait [newidle_balance()]. */
static struct cpu_thread *pull(struct cores *cores, unsigned core)
{
    struct cpu_thread *found = NULL;
    unsigned most = 0;

    for (unsigned i = 0; i < cores->number; i++) {
        unsigned here = i == core ? 0 : waiting(cores, i);
        struct cpu_thread *first = here > most ? first_of(cores, i, core) : NULL;
        if (first) {
            most = here;
            found = first;
        }
    }
    if (found)
        cores__place(cores, found, core, false);
    return found;
}

struct cpu_thread *cores__pick(struct cores *cores, unsigned core)
{
    struct cpu_thread *first = first_of(cores, core, core);

    return first ? first : pull(cores, core);
}

bool cores__takes_over(const struct cores *cores, const struct cpu_thread *thread, const struct cpu_thread *running)
{
    if ((thread->kind == CPU_INTERRUPT) != (running->kind == CPU_INTERRUPT))
        return thread->kind == CPU_INTERRUPT;
    return running->st.vruntime - thread->st.vruntime > cores->wakeup;
}

/* Its part of a period in which all that want the core have it once [sched_slice()]. */
sim_time cores__turn(const struct cores *cores, unsigned core)
{
    int64_t want = 1 + waiting(cores, core);
    int64_t period = cores->granularity * want > cores->latency ? cores->granularity * want : cores->latency;

    return (sim_time)(period / want > SHORTEST_TURN_PS ? period / want : SHORTEST_TURN_PS);
}

void cores__ran(struct cores *cores, unsigned core, struct cpu_thread *thread, sim_time ps)
{
    struct core_state *st = &cores->core[core].st;
    int64_t least;

    thread->st.vruntime += (int64_t)(ps * WEIGHT / thread->weight);
    least = thread->st.vruntime;
    for (unsigned i = 0; i < cores->threads; i++)
        if (waits_on(cores->thread[i], core) && cores->thread[i]->st.vruntime < least)
            least = cores->thread[i]->st.vruntime;
    if (least > st->least)
        st->least = least;
}
