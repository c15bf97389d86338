/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be drawn of cores and threads. Nothing of it is state: it is read from what the scheduler has. */
#include <stdio.h>

#include "core/engine/probe.h"
#include "cpu/cpu__.h"

/* ---- a core that threads share: nobody, who is being put into it (a context switch), or who has it ---- */

enum { NOBODY, SWITCHES, THREADS };

static uint64_t who_has(const void *of)
{
    const struct core *core = of;

    switch ((enum core_phase)core->st.phase) {
    case CORE_IDLE:
        return NOBODY;
    case CORE_SWITCHES:
        return SWITCHES;
    case CORE_WORKS:
    case CORE_GUEST:
        break;
    }
    return THREADS + core->st.running - 1;
}

static const char *name_of(const void *of, uint64_t value, uint64_t before, char *text, size_t cap)
{
    const struct cores *cores = ((const struct core *)of)->of;

    if (value < THREADS)
        return value == SWITCHES ? "context switch" : "";
    return value - THREADS < cores->threads ? cores->thread[value - THREADS]->name : "?";
}

/* ---- a thread that shares cores: it sleeps, waits for one, is being put into one, or runs on one ---- */

enum { SLEEPS, READY, COMES, RUNS }; /* and which core, by four */

static uint64_t does(const void *of)
{
    const struct cpu_thread *thread = of;
    const struct core_state *core = &thread->cores->core[thread->st.core].st;
    uint64_t what = SLEEPS;

    switch ((enum cpu_status)thread->st.status) {
    case CPU_SLEEPS:
        return SLEEPS;
    case CPU_READY:
        what = READY;
        break;
    case CPU_RUNS:
        what = core->phase == CORE_SWITCHES ? COMES : RUNS;
        break;
    }
    return 4 * (uint64_t)thread->st.core + what;
}

static const char *doing(const void *of, uint64_t value, uint64_t before, char *text, size_t cap)
{
    static const char *const format[] = {[READY] = "waits for core %u", [COMES] = "comes to core %u", [RUNS] = "runs on core %u"};
    unsigned core = (unsigned)(value / 4), what = value % 4;

    if (what == SLEEPS)
        return "";
    snprintf(text, cap, what == READY && before % 4 == RUNS ? "preempted, waits for core %u" : format[what], core);
    return text;
}

/* ---- one that has a core for itself ---- */

static uint64_t until(const void *thread) { return cpu_runs_until(thread); }

static const char *own_name(const void *of, uint64_t value, uint64_t before, char *text, size_t cap)
{
    return value ? ((const struct cpu_thread *)of)->name : "";
}

static void show_thread(const struct cpu_thread *thread, struct probes *to)
{
    if (cpu_is_shared(thread)) {
        probe_add(to, 16, does, thread, "%s.does", thread->name);
        probe_has_words(to, doing);
        return;
    }
    probe_add_until(to, until, thread, "%s.runs", thread->name);
    probe_has_words(to, own_name);
    if (!thread->may_share)
        probe_is_core(to);
}

void cores_show(struct cores *cores, struct probes *to)
{
    for (unsigned i = 0; i < cores->threads; i++)
        show_thread(cores->thread[i], to);
    for (unsigned i = 0; i < cores->number; i++) {
        const struct cpu_thread *alone = cores->core[i].alone;
        if (alone)
            probe_add_until(to, until, alone, "core%u", i);
        else
            probe_add(to, 16, who_has, &cores->core[i], "core%u", i);
        probe_has_words(to, alone ? own_name : name_of);
        probe_is_core(to);
    }
}
