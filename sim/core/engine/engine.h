/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The discrete-event engine: a value that holds components, simulated time and the pending events.
 *
 * Events are totally ordered by (time, class, target, source, the source's own counter); event_before() is the one
 * comparator. The key travels with the event, so saving, restoring or splitting a world changes no tie. An event is
 * data: a target component, a verb that target understands, and three words. No closures, no host pointers.
 *
 * Ownership: the engine owns events; components are owned by whoever created them and must outlive the engine's use.
 * Limits: 65,534 components; `max_events` pending at once (posting beyond it is our bug and asserts with a message).
 */
#ifndef VFSIM_CORE_ENGINE_H
#define VFSIM_CORE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/save.h"
#include "core/time.h"

struct sim;
struct component;
struct concerns;
struct probes;

/* Order of what happens at the same picosecond. */
enum event_class {
    EV_SCENARIO = 0, /* the timeline acts first */
    EV_HW = 1,       /* devices, wires, DMA, interrupts */
    EV_HOST = 2,     /* hypervisor and PF driver software */
    EV_CPU = 3,      /* guest vCPUs run last, when all they could see has happened */
    EV_END = 4,      /* expectations and captures look after everything */
};

struct event {
    sim_time time;
    uint64_t seq;    /* of the source; makes the key unique */
    uint64_t a, b, c;
    uint16_t target; /* component ids */
    uint16_t source;
    uint16_t verb;   /* meaning belongs to the target */
    uint8_t cls;     /* enum event_class */
    uint8_t zero;    /* so that every byte of it has a value */
};

/* Names a pending event; {0, 0} names none. Plain data: save it as it is. */
struct event_id {
    uint32_t slot;
    uint32_t gen;
};

struct component_ops {
    const char *kind;                                             /* "wire", "nic", "vm", … */
    void (*event)(struct component *self, const struct event *ev); /* NULL: takes no events */
    void (*save)(struct component *self, struct save *s);          /* save and load; NULL only if it has no state */
    void (*show)(struct component *self, struct probes *to);       /* core/engine/probe.h; NULL: nothing */
};

/* Embed as the first member; fill with component_init(). */
struct component {
    const struct component_ops *ops;
    struct sim *sim;
    uint16_t id; /* from 1, in order of component_init() calls, which is scenario order */
    char name[47];
    bool is_far, has_company; /* core/engine/horizon.h */
    uint64_t next_seq;   /* engine: counter of events this component posted */
    uint64_t next_frame; /* books: counter of frames born here */
    struct concerns *ahead; /* core/engine/horizon.h; NULL: it does not run ahead */
};

struct engine; /* members in engine_private.h; a value inside struct sim */

/* True when `x` happens before `y`: THE order. */
static inline bool event_before(const struct event *x, const struct event *y)
{
    if (x->time != y->time)
        return x->time < y->time;
    if (x->cls != y->cls)
        return x->cls < y->cls;
    if (x->target != y->target)
        return x->target < y->target;
    if (x->source != y->source)
        return x->source < y->source;
    return x->seq < y->seq;
}

/* Register `self` under `name` (copied; truncated at 46 bytes; unique names make good reports). */
void component_init(struct component *self, struct sim *sim, const struct component_ops *ops, const char *name);
struct component *component_by_id(struct sim *sim, uint16_t id); /* NULL if there is none */
uint16_t component_count(const struct sim *sim);

/* Post an event to `target` at absolute time `at` (>= now; asserts). Returns its name for event_cancel(). */
struct event_id event_post(struct component *source, struct component *target, sim_time at, enum event_class cls, uint16_t verb,
                           uint64_t a, uint64_t b, uint64_t c);

/* Cancel if still pending; clears *id either way. True when something was cancelled. */
bool event_cancel(struct sim *sim, struct event_id *id);
static inline bool event_id_is_set(struct event_id id) { return id.slot | id.gen; }

sim_time sim_now(const struct sim *sim);
sim_time sim_next_event_time(const struct sim *sim); /* SIM_NEVER when nothing is pending */
uint64_t sim_event_count(const struct sim *sim);     /* events dispatched so far */
/* … without EV_CPU's: how often a vCPU is taken up again is how a run is carried out, and nothing that happens in it. */
uint64_t sim_event_count_of_world(const struct sim *sim);
uint32_t sim_pending_count(const struct sim *sim);

/* sim_run_until() leaves the clock at `end` (at the last event when `end` is SIM_NEVER or sim_stop() cut it short). */
bool sim_step(struct sim *sim);                        /* dispatch one event; false when none is left */
/* The same of events with time <= end. Who goes on to sim_run_until(end) says so here: what runs ahead comes as far in either. */
bool sim_step_until(struct sim *sim, sim_time end);
uint64_t sim_run_until(struct sim *sim, sim_time end); /* dispatch all events with time <= end; returns how many */
void sim_stop(struct sim *sim);                        /* makes sim_run_until return after the current event */

#endif
