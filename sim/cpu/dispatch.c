/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cores that threads share: who has one, for how long, and what becomes of him who loses it. */
#include <assert.h>

#include "cpu/cpu__.h"

enum { CORES_EV_NEXT = 1 /* a: core */ };

static struct cpu_thread *running(const struct cores *cores, unsigned core)
{
    uint32_t number = cores->core[core].st.running;

    return number ? cores->thread[number - 1] : NULL;
}

static void next_at(struct cores *cores, unsigned core, sim_time at)
{
    struct core_state *st = &cores->core[core].st;

    event_cancel(cores->c.sim, &st->next);
    st->next = event_post(&cores->c, &cores->c, at, EV_HOST, CORES_EV_NEXT, core, 0, 0);
}

void cores__account(struct cores *cores, unsigned core)
{
    struct core_state *st = &cores->core[core].st;
    sim_time now = sim_now(cores->c.sim), span = now - st->since;
    struct cpu_thread *thread = running(cores, core);

    st->since = now;
    switch ((enum core_phase)st->phase) {
    case CORE_IDLE:
        st->idle_ps += span;
        break;
    case CORE_SWITCHES:
        st->switch_ps += span;
        break;
    case CORE_WORKS:
    case CORE_GUEST:
        st->run_ps += span;
        thread->st.on_ps += span;
        cores__ran(cores, core, thread, span);
        break;
    }
}

/* What a thread that shares its core with a busy sibling needs beside its own cycles. */
uint64_t cores__sibling_cycles(const struct cores *cores, unsigned core, uint64_t cycles)
{
    if (!cores->smt || cores->core[core ^ 1].st.phase == CORE_IDLE)
        return 0;
    return cycles * (1000 - cores->smt_mille) / cores->smt_mille;
}

/* Who has the core beside it has run at another pace until now, if that changes whether this one is busy. */
static void enter_phase(struct cores *cores, unsigned core, enum core_phase phase)
{
    struct core_state *st = &cores->core[core].st;

    if (cores->smt && (st->phase == CORE_IDLE) != (phase == CORE_IDLE)) {
        struct cpu_thread *beside = running(cores, core ^ 1);
        if (beside && beside->st.has_core)
            beside->vcpu->pace_ends(beside);
    }
    st->phase = phase;
}

/* ---- somebody waits, until he works ---- */

static void waits(struct cpu_thread *thread)
{
    thread->st.status = CPU_READY;
    way_gap_begins(&thread->st.waits, sim_now(thread->cores->c.sim));
}

/* ---- somebody has it ---- */

static void begin_item(struct cores *cores, unsigned core)
{
    struct cpu_thread *thread = running(cores, core);
    struct cpu_item *item = cpu__first_item(thread);

    enter_phase(cores, core, CORE_WORKS);
    item->stretched = cores__sibling_cycles(cores, core, item->cycles);
    item->from = sim_now(cores->c.sim);
    item->span = sim_rate_take(&thread->st.rate, item->cycles + item->stretched);
    next_at(cores, core, item->from + item->span);
}

static void begin(struct cores *cores, unsigned core)
{
    struct core_state *st = &cores->core[core].st;
    struct cpu_thread *thread = running(cores, core);

    st->turn = sim_now(cores->c.sim);
    st->turns++;
    way_gap_ends(&thread->st.waits, st->turn);
    if (thread->kind != CPU_VCPU) {
        begin_item(cores, core);
        return;
    }
    enter_phase(cores, core, CORE_GUEST);
    thread->st.has_core = 1;
    thread->here = &st->account;
    st->carried += thread->vcpu->granted(thread);
    if (cores__is_wanted(cores, core))
        next_at(cores, core, st->turn + cores__turn(cores, core));
}

static void dispatch(struct cores *cores, unsigned core)
{
    struct core_state *st = &cores->core[core].st;
    struct cpu_thread *thread = cores__pick(cores, core);
    sim_time now = sim_now(cores->c.sim), cost = 0;
    bool was_idle = st->phase == CORE_IDLE;

    event_cancel(cores->c.sim, &st->next);
    st->resched = 0;
    st->running = thread ? thread->number + 1 : 0;
    if (!thread) {
        enter_phase(cores, core, CORE_IDLE);
        return;
    }
    thread->st.status = CPU_RUNS;
    if (thread->kind != CPU_INTERRUPT) { /* that is in nobody's context */
        bool is_other = st->last && st->last != st->running;
        st->switches += is_other;
        cost = is_other ? sim_rate_take(&st->rate, cores->switch_cycles) : 0;
        if (was_idle && thread->wake_cycles)
            cost += sim_rate_take(&st->rate, thread->wake_cycles);
        st->last = st->running;
    }
    if (!cost) {
        begin(cores, core);
        return;
    }
    enter_phase(cores, core, CORE_SWITCHES);
    next_at(cores, core, now + cost);
}

/* ---- who has it loses it ---- */

static void leave(struct cores *cores, unsigned core, struct cpu_thread *thread)
{
    struct core_state *st = &cores->core[core].st;

    cores__account(cores, core);
    if (!thread->st.has_core)
        return;
    st->carried -= thread->vcpu->taken(thread);
    thread->st.has_core = 0;
    thread->here = NULL;
}

/* Nobody wakes a core that has become idle meanwhile and may run it but he himself. */
static void look_elsewhere(struct cores *cores, struct cpu_thread *thread)
{
    unsigned core = cores__choose(cores, thread);

    if (thread->st.status != CPU_READY || cores->core[core].st.phase != CORE_IDLE)
        return;
    cores__place(cores, thread, core, false);
    cores__account(cores, core);
    dispatch(cores, core);
}

static void preempt(struct cores *cores, unsigned core)
{
    struct cpu_thread *thread = running(cores, core);

    leave(cores, core, thread);
    waits(thread);
    dispatch(cores, core);
    look_elsewhere(cores, thread);
}

static void item_over(struct cores *cores, unsigned core)
{
    struct core_state *st = &cores->core[core].st;
    struct cpu_thread *thread = running(cores, core);
    struct cpu_item item = *cpu__first_item(thread);

    cores__account(cores, core);
    cpu__item_done(thread, &st->account);
    if (item.done.verb)
        event_post(thread->owner, cpu__told(thread, &item.done), sim_now(cores->c.sim), EV_HOST, item.done.verb, item.done.a,
                   item.done.b, item.done.c);
    bool is_over = sim_now(cores->c.sim) - st->turn >= cores__turn(cores, core) && cores__is_wanted(cores, core);
    if (!cpu__has_item(thread)) {
        thread->st.status = CPU_SLEEPS;
        dispatch(cores, core);
    } else if (st->resched || is_over) {
        waits(thread);
        dispatch(cores, core);
        look_elsewhere(cores, thread);
    } else {
        begin_item(cores, core);
    }
}

void cores__event(struct component *self, const struct event *ev)
{
    struct cores *cores = (struct cores *)self;
    unsigned core = (unsigned)ev->a;
    struct core_state *st = &cores->core[core].st;

    st->next = (struct event_id){0, 0};
    switch ((enum core_phase)st->phase) {
    case CORE_IDLE:
        assert(!"an idle core waits for nothing");
        break;
    case CORE_SWITCHES:
        cores__account(cores, core);
        begin(cores, core);
        if (st->resched && st->phase == CORE_GUEST)
            preempt(cores, core);
        break;
    case CORE_WORKS:
        item_over(cores, core);
        break;
    case CORE_GUEST:
        if (cores__is_wanted(cores, core))
            preempt(cores, core);
        break;
    }
}

/* ---- a thread wakes, or has nothing to do ---- */

void cores__wake(struct cpu_thread *thread)
{
    struct cores *cores = thread->cores;
    unsigned core = cores__choose(cores, thread);
    struct core_state *st = &cores->core[core].st;

    assert(thread->st.status == CPU_SLEEPS);
    cores__account(cores, core);
    cores__place(cores, thread, core, true);
    waits(thread);
    if (st->phase == CORE_IDLE) {
        dispatch(cores, core);
    } else if (cores__takes_over(cores, thread, running(cores, core))) {
        if (st->phase == CORE_GUEST)
            preempt(cores, core);
        else
            st->resched = 1;
    } else if (st->phase == CORE_GUEST) {
        sim_time now = sim_now(cores->c.sim), over = st->turn + cores__turn(cores, core);
        next_at(cores, core, over > now ? over : now);
    }
}

void cores__sleep(struct cpu_thread *thread)
{
    struct cores *cores = thread->cores;
    unsigned core = thread->st.core;

    if (thread->st.status == CPU_RUNS) {
        leave(cores, core, thread);
        thread->st.status = CPU_SLEEPS;
        dispatch(cores, core);
    }
    thread->st.status = CPU_SLEEPS;
    way_gap_ends(&thread->st.waits, sim_now(cores->c.sim));
}
