/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to sim/cpu: the cores of a host, which threads are theirs, and who runs on which.
 *
 * Threads are scheduled as Linux's CFS does it [kernel/sched/fair.c]: who has run least for its weight comes next (virtual time), a
 * turn lasts its share of a period, who wakes takes the core from one that is ahead of it by more than a granularity. Exactly:
 * a turn ends when its time is over, not at the next tick. Interrupts come before all others, as they do.
 *
 * A server's item of work is not interrupted, as a softirq's is not; a vCPU is, at any event.
 */
#ifndef VFSIM_CPU_PRIVATE_H
#define VFSIM_CPU_PRIVATE_H

#include "cpu/cpu.h"

enum core_phase {
    CORE_IDLE,
    CORE_SWITCHES, /* the next thread's state is being put into it */
    CORE_WORKS,    /* at an item of a server's */
    CORE_GUEST,    /* a vCPU has it */
};

/* plain data */
struct core_state {
    uint32_t phase;   /* enum core_phase */
    uint32_t running; /* a thread's number + 1 */
    uint32_t last;    /* whose state is in it, likewise */
    uint32_t resched; /* somebody else is to run as soon as the item is over */
    sim_time since;   /* what is accounted for ends there */
    sim_time turn;    /* the running thread has had it since */
    struct event_id next; /* of CORES_EV_NEXT */
    int64_t least;    /* virtual time that no thread that comes here is put before */
    struct sim_rate rate;
    sim_time run_ps, switch_ps, idle_ps;
    uint64_t switches, turns;
    struct cpu_account account;
    int64_t carried; /* cycles of vCPUs that were charged elsewhere and ran here, less those the other way round */
};

struct core {
    struct core_state st;
    const struct cores *of;
    const struct cpu_thread *alone; /* nobody else may run on it, and this one nowhere else */
};

struct cores {
    struct component c; /* where cores are shared */
    char name[48];
    struct cpu_thread **thread;
    unsigned threads, threads_cap;
    unsigned number; /* 0: each thread has its own */
    bool smt;
    struct core *core;
    /* the profile's, in ps and cycles */
    int64_t latency, granularity, wakeup; /* … of a period, a turn, who wakes */
    uint64_t switch_cycles, smt_mille;
    struct cpu_set pin; /* of servers */
    bool is_settled; /* it is known who is alone */
};

/* ---- cores.c ---- */
void cores__join(struct cores *cores, struct cpu_thread *thread);
void cores__leave(struct cores *cores, struct cpu_thread *thread);
void cores__restore(struct cpu_thread *thread, struct save *s); /* what of a loaded thread is wiring */

/* ---- thread.c: a server's work ---- */
bool cpu__has_item(const struct cpu_thread *thread);
struct cpu_item *cpu__first_item(struct cpu_thread *thread);
struct component *cpu__told(const struct cpu_thread *thread, const struct cpu_done *done); /* NULL: nobody of that id */
void cpu__item_done(struct cpu_thread *thread, struct cpu_account *core); /* it is in both accounts, and gone */

/* ---- policy.c ---- */
bool cores__may_run(const struct cores *cores, const struct cpu_thread *thread, unsigned core);
unsigned cores__choose(const struct cores *cores, const struct cpu_thread *thread); /* where it is to run, now that it wakes */
struct cpu_thread *cores__pick(struct cores *cores, unsigned core); /* who runs next on it; NULL: nobody wants to */
void cores__place(struct cores *cores, struct cpu_thread *thread, unsigned core, bool wakes);
bool cores__takes_over(const struct cores *cores, const struct cpu_thread *thread, const struct cpu_thread *running);
bool cores__is_wanted(const struct cores *cores, unsigned core); /* somebody waits for it */
sim_time cores__turn(const struct cores *cores, unsigned core);  /* how long who runs on it may have it */
void cores__ran(struct cores *cores, unsigned core, struct cpu_thread *thread, sim_time ps);

/* ---- dispatch.c ---- */
void cores__event(struct component *self, const struct event *ev);
void cores__wake(struct cpu_thread *thread);
void cores__sleep(struct cpu_thread *thread);
void cores__account(struct cores *cores, unsigned core); /* up to now */
uint64_t cores__sibling_cycles(const struct cores *cores, unsigned core, uint64_t cycles);

#endif
