/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cores of a host, the threads that run on them, and the accounts of what their cycles went for.
 *
 * A thread is anything that runs: a vCPU, a queue of the virtual switch, a PF driver's poll, a migration's copier. There are two
 * kinds. A vCPU has a clock of its own, which its VM moves: each cycle of that clock is busy with an activity (cpu_charge()), idle,
 * or stolen. A server is given work (cpu_work()): so many cycles for an activity, one item behind the other, and its owner gets an
 * event when they are over.
 *
 * A host that names no number of cores has one for each thread: then work begins as soon as what was there before is done, and no
 * event is the scheduler's. A thread without cores (of no host: tests) has one of its own, too, and so has one that is pinned to a
 * core on which no other may run. All others share what there is (cpu__.h says by which rules): a server's item of work has a core
 * from its beginning to its end, a vCPU from granted() to taken().
 *
 * Accounts are in cycles by thread and activity, and balance like the books of frames (cpu_thread_check()): the cycles of a vCPU's
 * clock are those of its activities, idle ones and stolen ones; a server's time is the time of its cycles and the gaps between
 * them. What a server does for one VM stands in that VM's vCPU's account, too, as done by others for it.
 *
 * A thread lies in its owner's memory, who saves it with his own state (cpu_thread_save()).
 */
#ifndef VFSIM_CPU_H
#define VFSIM_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/frame/way.h"
#include "core/world/sim.h"

enum cpu_activity {
#define CPU_ACTIVITY(name, text) CPU_##name,
#include "cpu/activity.def"
#undef CPU_ACTIVITY
    CPU_ACTIVITIES
};
const char *cpu_activity_name(enum cpu_activity activity);
const char *cpu_activity_text(enum cpu_activity activity);

/* plain data */
struct cpu_account {
    uint64_t cycles[CPU_ACTIVITIES];
};
uint64_t cpu_account_sum(const struct cpu_account *account);

/* Cores by number; an empty one: any. */
enum { CPU_CORES_MAX = 2048 };
struct cpu_set {
    uint64_t word[CPU_CORES_MAX / 64];
};
static inline bool cpu_set_has(const struct cpu_set *set, unsigned core) { return set->word[core / 64] >> core % 64 & 1; }
static inline void cpu_set_add(struct cpu_set *set, unsigned core) { set->word[core / 64] |= UINT64_C(1) << core % 64; }
unsigned cpu_set_count(const struct cpu_set *set);
static inline bool cpu_set_is_empty(const struct cpu_set *set) { return cpu_set_count(set) == 0; }

struct cores;
struct cpu_thread;

struct cores_params {
    unsigned number; /* 0: one for each thread; with `smt` each is two, 2n and 2n + 1, that slow each other down */
    bool smt;
};
struct cores *cores_create(struct sim *sim, const char *name, const struct cores_params *params);
void cores_set_pin(struct cores *cores, const struct cpu_set *pin); /* of all servers that are made from now on */
void cores_destroy(struct cores *cores); /* NULL is fine; threads that are still there have none any more */
unsigned cores_thread_count(const struct cores *cores);
const struct cpu_thread *cores_thread(const struct cores *cores, unsigned i); /* in order of their making */
unsigned cores_count(const struct cores *cores); /* 0: one for each thread */

/* An interrupt is a server that comes before all that is none. */
enum cpu_kind { CPU_VCPU, CPU_SERVER, CPU_INTERRUPT };
enum cpu_status { CPU_SLEEPS, CPU_READY, CPU_RUNS };

/* plain data */
struct cpu_thread_state {
    struct cpu_account own, for_it; /* what it does; what others do for its VM */
    /* a vCPU, in cycles of its clock */
    uint64_t idle, steal;
    uint64_t elapsed; /* of earlier stays */
    uint64_t since;   /* its clock when this one began */
    uint64_t stays;   /* it is on this host now */
    /* a server */
    sim_time busy_until, run_ps, gap_ps;
    sim_time awake; /* since then it is at what it is at */
    struct sim_rate rate;
    /* where cores are shared */
    uint32_t status; /* enum cpu_status */
    uint32_t core;   /* that it runs on, waits for, or had last */
    uint32_t has_core, zero; /* a vCPU: it may run guest code */
    int64_t vruntime;
    sim_time on_ps; /* it has had a core */
    struct way_gap waits; /* it could run and has none, or is only being put into it */
};

/* Told to a vCPU's owner: it has a core from now on; it has lost it; its core's sibling (SMT) is about to become busy, or idle. How
 * many cycles the vCPU's clock is ahead of now (less than 0: behind). */
struct cpu_vcpu_ops {
    int64_t (*granted)(struct cpu_thread *thread);
    int64_t (*taken)(struct cpu_thread *thread);
    void (*pace_ends)(struct cpu_thread *thread);
    int64_t (*ahead)(const struct cpu_thread *thread); /* nothing has happened */
    sim_time (*runs_until)(const struct cpu_thread *thread); /* likewise: as cpu_runs_until() */
};

/* The event that a server's owner gets; verb 0: none. */
struct cpu_done {
    uint16_t verb;
    uint16_t to; /* who gets it instead, a component's id; 0: the owner */
    uint64_t a, b, c;
};

/* work that waits: plain data */
struct cpu_item {
    uint64_t cycles, stretched; /* beside a busy sibling */
    sim_time from, span; /* of the first one, which is being worked at */
    uint32_t activity, whom; /* whom: a thread's number + 1 */
    struct cpu_done done;
};

struct cpu_thread {
    char name[48];
    enum cpu_kind kind;
    struct cores *cores;
    struct component *owner;
    unsigned number; /* of its cores' threads */
    unsigned weight; /* 1024: as all others */
    struct cpu_set pin;
    bool may_share; /* its cores are a number: others may run where it runs, unless it is alone */
    bool is_alone; /* nobody else may run on its core */
    uint64_t wake_cycles; /* until it runs, from when it is woken on a core that is idle */
    const struct cpu_vcpu_ops *vcpu;
    void *vm; /* whose vCPU it is, for these */
    struct cpu_account *here; /* of the core that a vCPU has */
    struct cpu_item *item; /* in order */
    uint32_t items, items_cap;
    struct cpu_thread_state st;
};

/* Both are of `cores` (NULL: of nobody) until cpu_thread_fini(). `owner` gets the events of work that is done. */
void cpu_vcpu_init(struct cpu_thread *thread, struct cores *cores, const char *name);
void cpu_server_init(struct cpu_thread *thread, struct cores *cores, const char *name, struct component *owner);
void cpu_interrupt_init(struct cpu_thread *thread, struct cores *cores, const char *name, struct component *owner);
void cpu_thread_fini(struct cpu_thread *thread); /* of zeros is fine */
void cpu_thread_sleeps(struct cpu_thread *thread); /* a server that has nothing to do: another one wakes it, which takes its time */
void cpu_thread_pin(struct cpu_thread *thread, const struct cpu_set *pin); /* before the world runs */
bool cpu__is_shared(const struct cpu_thread *thread); /* of one that may */
static inline bool cpu_is_shared(const struct cpu_thread *thread) /* others may run where it runs */
{
    return thread->may_share && cpu__is_shared(thread);
}
void cpu_thread_save(struct cpu_thread *thread, struct save *s);

/* ---- a server ---- */
/*
 * `cycles` for `activity` behind all that it was given before, on behalf of the VM of vCPU `whom` (NULL: of none). Its owner gets
 * the event (EV_HOST, verb, a, b, c) when they are over; verb 0: nobody is told. What is no longer wanted then is told all the
 * same: an owner who may change its mind has a number in a, b or c.
 */
void cpu_work(struct cpu_thread *thread, struct cpu_thread *whom, enum cpu_activity activity, uint64_t cycles,
              struct cpu_done done);

/* When the work that it is at will be over; a time that has passed: it is at none. Of a vCPU SIM_NEVER: nobody knows. */
sim_time cpu_runs_until(const struct cpu_thread *thread);
/* It has nothing to do, and would begin at once. */
bool cpu_is_free(const struct cpu_thread *thread);

/* ---- a vCPU ---- */
/* It comes to this host, or leaves it, with its clock at that cycle. */
void cpu_vcpu_begins(struct cpu_thread *thread, uint64_t clock);
void cpu_vcpu_ends(struct cpu_thread *thread, uint64_t clock);
/* Its clock goes on by as much. */
static inline void cpu_charge(struct cpu_thread *thread, enum cpu_activity activity, uint64_t cycles)
{
    thread->st.own.cycles[activity] += cycles;
    if (thread->here)
        thread->here->cycles[activity] += cycles;
}
static inline void cpu_idle(struct cpu_thread *thread, uint64_t cycles) { thread->st.idle += cycles; }
static inline void cpu_steal(struct cpu_thread *thread, uint64_t cycles) { thread->st.steal += cycles; }
/* Of one that is shared: it wants a core, and is granted one now or later; it wants none any more, and is told that it was taken if
 * it had one. */
void cpu_vcpu_wakes(struct cpu_thread *thread);
void cpu_vcpu_sleeps(struct cpu_thread *thread);
/* What so many cycles take more beside a sibling that is busy; 0 without. */
uint64_t cpu_sibling_cycles(const struct cpu_thread *thread, uint64_t cycles);

/* ---- what came of it ---- */
struct cpu_use {
    sim_time busy_ps; /* until now */
    uint64_t busy, idle, steal; /* cycles; idle ones of a vCPU alone */
    sim_time until; /* a server was last busy */
    uint64_t thousandths; /* busy, of its own time: that of a vCPU's clock, or a server's until then */
};
void cpu_thread_get_use(const struct cpu_thread *thread, struct cpu_use *out);
/* A frame for it, or from it, passes (core/frame/way.h): a vCPU's reading is in cycles, and pauses of a loop are not busy ones. */
void cpu_thread_pass(const struct cpu_thread *thread, struct sim *sim, const struct frame *f, const struct component *at);
/* A core that is shared, until now. */
struct core_use {
    sim_time run_ps, switch_ps, idle_ps;
    sim_time until; /* it was last busy */
    uint64_t switches;
    const struct cpu_thread *alone; /* nobody else may run on it */
};
void cores_get_use(const struct cores *cores, unsigned core, struct core_use *out);
/* For who draws: who has each core, or a thread for itself; of those that share some what they do. */
void cores_show(struct cores *cores, struct probes *to);
int cores_check(const struct cores *cores, char *why, size_t cap); /* as cpu_thread_check() */
/* Do its accounts balance? `clock`: a vCPU's, now. 0, or -EINVAL with what does not in `why`. */
int cpu_thread_check(const struct cpu_thread *thread, uint64_t clock, char *why, size_t cap);

#endif
