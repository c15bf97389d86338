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
 * event is the scheduler's. A thread without cores (of no host: tests) has one of its own, too.
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

struct cores;

struct cores *cores_create(void);
void cores_destroy(struct cores *cores); /* NULL is fine; threads that are still there have none any more */
unsigned cores_thread_count(const struct cores *cores);
const struct cpu_thread *cores_thread(const struct cores *cores, unsigned i); /* in order of their making */

enum cpu_kind { CPU_VCPU, CPU_SERVER };

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
    struct sim_rate rate;
};

struct cpu_thread {
    char name[48];
    enum cpu_kind kind;
    struct cores *cores;
    struct component *owner;
    struct cpu_thread_state st;
};

/* Both are of `cores` (NULL: of nobody) until cpu_thread_fini(). `owner` gets the events of work that is done. */
void cpu_vcpu_init(struct cpu_thread *thread, struct cores *cores, const char *name);
void cpu_server_init(struct cpu_thread *thread, struct cores *cores, const char *name, struct component *owner);
void cpu_thread_fini(struct cpu_thread *thread); /* of zeros is fine */
void cpu_thread_save(struct cpu_thread *thread, struct save *s);

/* ---- a server ---- */
/*
 * `cycles` for `activity` behind all that it was given before, on behalf of the VM of vCPU `whom` (NULL: of none). Its owner gets
 * the event (EV_HOST, verb, a, b, c) when they are over; verb 0: nobody is told. What is no longer wanted then is told all the
 * same: an owner who may change its mind has a number in a, b or c.
 */
struct cpu_done {
    uint16_t verb;
    uint64_t a, b, c;
};
void cpu_work(struct cpu_thread *thread, struct cpu_thread *whom, enum cpu_activity activity, uint64_t cycles,
              struct cpu_done done);

/* ---- a vCPU ---- */
/* It comes to this host, or leaves it, with its clock at that cycle. */
void cpu_vcpu_begins(struct cpu_thread *thread, uint64_t clock);
void cpu_vcpu_ends(struct cpu_thread *thread, uint64_t clock);
/* Its clock goes on by as much. */
static inline void cpu_charge(struct cpu_thread *thread, enum cpu_activity activity, uint64_t cycles)
{
    thread->st.own.cycles[activity] += cycles;
}
static inline void cpu_idle(struct cpu_thread *thread, uint64_t cycles) { thread->st.idle += cycles; }

/* ---- what came of it ---- */
struct cpu_use {
    sim_time busy_ps; /* until now */
    uint64_t busy, idle, steal; /* cycles; idle ones of a vCPU alone */
    uint64_t thousandths;       /* busy, of its own time: that of a vCPU's clock, or a server's until it was last busy */
};
void cpu_thread_get_use(const struct cpu_thread *thread, struct cpu_use *out);
/* Do its accounts balance? `clock`: a vCPU's, now. 0, or -EINVAL with what does not in `why`. */
int cpu_thread_check(const struct cpu_thread *thread, uint64_t clock, char *why, size_t cap);

#endif
