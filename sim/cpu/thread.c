/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A thread: its work one item behind the other, and its account. */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/fnv.h"
#include "cpu/cpu__.h"

enum { ITEMS_MAX = 1 << 20 };

/* ---- activities ---- */

static const char *const names[] = {
#define CPU_ACTIVITY(name, text) [CPU_##name] = #name,
#include "cpu/activity.def"
#undef CPU_ACTIVITY
};

static const char *const texts[] = {
#define CPU_ACTIVITY(name, text) [CPU_##name] = text,
#include "cpu/activity.def"
#undef CPU_ACTIVITY
};

const char *cpu_activity_name(enum cpu_activity activity) { return names[activity]; }
const char *cpu_activity_text(enum cpu_activity activity) { return texts[activity]; }

uint64_t cpu_account_sum(const struct cpu_account *account)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < CPU_ACTIVITIES; i++)
        sum += account->cycles[i];
    return sum;
}

/* ---- life ---- */

static void init(struct cpu_thread *thread, struct cores *cores, const char *name, enum cpu_kind kind)
{
    memset(thread, 0, sizeof(*thread));
    snprintf(thread->name, sizeof(thread->name), "%s", name);
    thread->kind = kind;
    thread->weight = 1024;
    thread->cores = cores;
    if (!cores)
        return;
    cores__join(cores, thread);
    if (kind != CPU_VCPU)
        thread->pin = cores->pin;
}

void cpu_vcpu_init(struct cpu_thread *thread, struct cores *cores, const char *name) { init(thread, cores, name, CPU_VCPU); }

void cpu_server_init(struct cpu_thread *thread, struct cores *cores, const char *name, struct component *owner)
{
    init(thread, cores, name, CPU_SERVER);
    thread->owner = owner;
    thread->st.rate = sim_rate_cycles(profile_get(&owner->sim->profile, PROFILE_cpu_khz));
}

void cpu_interrupt_init(struct cpu_thread *thread, struct cores *cores, const char *name, struct component *owner)
{
    cpu_server_init(thread, cores, name, owner);
    thread->kind = CPU_INTERRUPT;
}

void cpu_thread_sleeps(struct cpu_thread *thread)
{
    thread->wake_cycles = profile_get_if_any(&thread->owner->sim->profile, PROFILE_worker_wake_cycles);
}

void cpu_thread_pin(struct cpu_thread *thread, const struct cpu_set *pin) { thread->pin = *pin; }

void cpu_thread_fini(struct cpu_thread *thread)
{
    free(thread->item);
    thread->item = NULL;
    thread->items = thread->items_cap = 0;
    if (thread->cores)
        cores__leave(thread->cores, thread);
    thread->cores = NULL;
    thread->may_share = false;
}

static sim_time ps_of(const struct cpu_thread *thread, uint64_t cycles)
{
    return (sim_time)((unsigned __int128)cycles * thread->st.rate.ps_num / thread->st.rate.ps_den);
}

static struct cpu_item *add_item(struct cpu_thread *thread)
{
    if (thread->items == thread->items_cap) {
        thread->items_cap = thread->items_cap ? 2 * thread->items_cap : 16;
        thread->item = alloc_grow("work for a host's cores", thread->item, thread->items_cap * sizeof(struct cpu_item));
    }
    memset(&thread->item[thread->items], 0, sizeof(struct cpu_item)); /* its padding, too: it is saved */
    return &thread->item[thread->items++];
}

static void save_items(struct cpu_thread *thread, struct save *s)
{
    uint32_t count = thread->items;

    save_field(s, count);
    if (!s->err && (count > ITEMS_MAX || (count && !cpu_is_shared(thread)))) {
        save_fail(s, -EPROTO, "%u items of work for %s", count, thread->name);
        return;
    }
    if (save_is_loading(s))
        for (thread->items = 0; thread->items < count && !s->err;)
            add_item(thread);
    for (uint32_t i = 0; i < count && !s->err; i++) {
        struct cpu_item *item = &thread->item[i];
        save_field(s, *item);
        if (!s->err && (item->activity >= CPU_ACTIVITIES || (item->whom && item->whom > thread->cores->threads) ||
                        !cpu__told(thread, &item->done)))
            save_fail(s, -EPROTO, "impossible work for %s", thread->name);
    }
}

void cpu_thread_save(struct cpu_thread *thread, struct save *s)
{
    struct sim_rate rate = thread->st.rate;

    save_field(s, thread->st);
    if (!s->err && (thread->st.rate.ps_num != rate.ps_num || thread->st.rate.ps_den != rate.ps_den))
        save_fail(s, -EPROTO, "%s runs at another clock", thread->name);
    save_items(thread, s);
    if (save_is_loading(s) && !s->err)
        cores__restore(thread, s);
}

/* ---- a server ---- */

/* What nobody waits for joins what nobody waits for. */
static void queue_work(struct cpu_thread *thread, struct cpu_thread *whom, enum cpu_activity activity, uint64_t cycles,
                       struct cpu_done done)
{
    struct cpu_item *last = thread->items > 1 ? &thread->item[thread->items - 1] : NULL;
    uint32_t number = whom ? whom->number + 1 : 0;

    if (last && !last->done.verb && !done.verb && last->activity == activity && last->whom == number) {
        last->cycles += cycles;
        return;
    }
    struct cpu_item *item = add_item(thread);
    item->cycles = cycles;
    item->activity = activity;
    item->whom = number;
    item->done.verb = done.verb;
    item->done.to = done.to;
    item->done.a = done.a;
    item->done.b = done.b;
    item->done.c = done.c;
    if (thread->st.status == CPU_SLEEPS)
        cores__wake(thread);
}

struct component *cpu__told(const struct cpu_thread *thread, const struct cpu_done *done)
{
    return done->to ? component_by_id(thread->owner->sim, done->to) : thread->owner;
}

bool cpu__has_item(const struct cpu_thread *thread) { return thread->items; }
struct cpu_item *cpu__first_item(struct cpu_thread *thread) { return &thread->item[0]; }

void cpu__item_done(struct cpu_thread *thread, struct cpu_account *core)
{
    const struct cpu_item item = thread->item[0];

    memmove(thread->item, thread->item + 1, --thread->items * sizeof(item));
    thread->st.run_ps += item.span;
    thread->st.busy_until = item.from + item.span;
    thread->st.own.cycles[item.activity] += item.cycles;
    thread->st.own.cycles[CPU_sibling] += item.stretched;
    core->cycles[item.activity] += item.cycles;
    core->cycles[CPU_sibling] += item.stretched;
    if (item.whom)
        thread->cores->thread[item.whom - 1]->st.for_it.cycles[item.activity] += item.cycles;
}

sim_time cpu_runs_until(const struct cpu_thread *thread)
{
    if (thread->kind == CPU_VCPU)
        return thread->st.stays && thread->vcpu ? thread->vcpu->runs_until(thread) : 0;
    const struct cpu_item *item = cpu_is_shared(thread) && thread->items ? &thread->item[0] : NULL;
    return item && item->span ? item->from + item->span : thread->st.busy_until;
}

bool cpu_is_free(const struct cpu_thread *thread)
{
    return !cpu_is_shared(thread) && thread->st.busy_until <= sim_now(thread->owner->sim);
}

void cpu_work(struct cpu_thread *thread, struct cpu_thread *whom, enum cpu_activity activity, uint64_t cycles, struct cpu_done done)
{
    struct cpu_thread_state *st = &thread->st;
    if (cpu_is_shared(thread)) {
        queue_work(thread, whom, activity, cycles, done);
        return;
    }
    struct component *owner = thread->owner;
    sim_time now = sim_now(owner->sim), span = sim_rate_take(&st->rate, cycles);

    if (st->busy_until < now) {
        sim_time awake = now + ps_of(thread, thread->wake_cycles);
        st->gap_ps += awake - st->busy_until;
        st->busy_until = st->awake = awake;
    }
    st->busy_until += span;
    st->run_ps += span;
    st->own.cycles[activity] += cycles;
    if (whom)
        whom->st.for_it.cycles[activity] += cycles;
    if (done.verb)
        event_post(owner, cpu__told(thread, &done), st->busy_until, EV_HOST, done.verb, done.a, done.b, done.c);
}

/* ---- a vCPU ---- */

void cpu_vcpu_begins(struct cpu_thread *thread, uint64_t clock)
{
    assert(!thread->st.stays && "a vCPU comes to where it is");
    thread->st.stays = 1;
    thread->st.since = clock;
}

void cpu_vcpu_ends(struct cpu_thread *thread, uint64_t clock)
{
    assert(thread->st.stays && "a vCPU leaves where it is not");
    thread->st.stays = 0;
    thread->st.elapsed += clock - thread->st.since;
}

void cpu_vcpu_wakes(struct cpu_thread *thread) { cores__wake(thread); }
void cpu_vcpu_sleeps(struct cpu_thread *thread) { cores__sleep(thread); }

uint64_t cpu_sibling_cycles(const struct cpu_thread *thread, uint64_t cycles)
{
    return thread->here ? cores__sibling_cycles(thread->cores, thread->st.core, cycles) : 0;
}

/* ---- what came of it ---- */

static uint64_t thousandths(uint64_t part, uint64_t whole)
{
    return whole ? (uint64_t)((unsigned __int128)part * 1000 / whole) : 0;
}

void cpu_thread_get_use(const struct cpu_thread *thread, struct cpu_use *out)
{
    const struct cpu_thread_state *st = &thread->st;

    *out = (struct cpu_use){.busy = cpu_account_sum(&st->own), .idle = st->idle, .steal = st->steal};
    if (thread->kind == CPU_VCPU) {
        out->thousandths = thousandths(out->busy, out->busy + out->idle + out->steal);
        return;
    }
    sim_time now = sim_now(thread->owner->sim), until = st->busy_until < now ? st->busy_until : now;
    out->busy_ps = st->run_ps - (st->busy_until - (until < st->awake ? st->awake : until));
    out->until = until;
    out->thousandths = thousandths(out->busy_ps, until);
}

static struct way_reading read_vcpu(const struct cpu_thread_state *st)
{
    uint64_t all = cpu_account_sum(&st->own);

    return (struct way_reading){.busy = all - st->own.cycles[CPU_spin], .waited = st->steal, .of = all + st->idle + st->steal};
}

/* Of one that has a core of its own, what it is at counts as done. */
static struct way_reading read_server(const struct cpu_thread *thread, sim_time now)
{
    const struct cpu_thread_state *st = &thread->st;
    sim_time until = !cpu_is_shared(thread) && st->busy_until > now ? st->busy_until : now;

    return (struct way_reading){
        .busy = st->run_ps,
        .waited = way_gap_read(&st->waits, now).busy,
        .of = until,
    };
}

void cpu_thread_pass(const struct cpu_thread *thread, struct sim *sim, const struct frame *f, const struct component *at)
{
    bool is_vcpu = thread->kind == CPU_VCPU;
    uint32_t place = thread->cores ? (uint32_t)fnv1a_text(thread->cores->name) + thread->number : 0; /* a VM may move */

    char *name = way_pass(sim, f, at, is_vcpu ? WAY_VCPU : WAY_THREAD, place,
                          is_vcpu ? read_vcpu(&thread->st) : read_server(thread, sim_now(sim)));
    if (name)
        snprintf(name, WAY_NAME, "%s", thread->name);
}

static int check_vcpu(const struct cpu_thread *thread, uint64_t clock, char *why, size_t cap)
{
    const struct cpu_thread_state *st = &thread->st;
    uint64_t elapsed = st->elapsed + (st->stays ? clock - st->since : 0), busy = cpu_account_sum(&st->own);

    if (elapsed == busy + st->idle + st->steal)
        return 0;
    snprintf(why, cap,
             "the account of %s does not balance: its clock went on by %" PRIu64 " cycles, of which %" PRIu64 " were busy, %" PRIu64
             " idle, %" PRIu64 " stolen",
             thread->name, elapsed, busy, st->idle, st->steal);
    return -EINVAL;
}

static int check_server(const struct cpu_thread *thread, char *why, size_t cap)
{
    const struct cpu_thread_state *st = &thread->st;
    uint64_t busy = cpu_account_sum(&st->own);

    bool is_shared = cpu_is_shared(thread);
    if (st->run_ps == ps_of(thread, busy) && (is_shared || st->run_ps + st->gap_ps == st->busy_until) &&
        (!is_shared || st->run_ps <= st->on_ps))
        return 0;
    snprintf(why, cap,
             "the account of %s does not balance: %" PRIu64 " cycles took %" PRIu64 " ps, with %" PRIu64
             " ps between them, until %" PRIu64 " ps",
             thread->name, busy, st->run_ps, st->gap_ps, st->busy_until);
    return -EINVAL;
}

int cpu_thread_check(const struct cpu_thread *thread, uint64_t clock, char *why, size_t cap)
{
    return thread->kind == CPU_VCPU ? check_vcpu(thread, clock, why, cap) : check_server(thread, why, cap);
}
