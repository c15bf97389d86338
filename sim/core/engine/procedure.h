/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A procedure: work in named steps, one after the other, each of which may wait for something that another part will tell of.
 *
 * A table says the steps in order. A step starts; what it started either is over at once or waits until its owner, who has heard
 * that it has come, calls procedure_done(). A step may run another table in its place, as a routine calls another. What becomes of
 * a failure is the table's to say: the steps before it are undone in reverse, or it is noted and the rest is done, or all ends.
 *
 * The owner is whoever runs the procedure: a switch of mode, an operation of a PF driver. A procedure lies in the owner's state;
 * procedure_init() wires it, procedure_save() hands over where it is, by the names of table and step: no position, line or address
 * goes to disk, so that a step may be put between two others.
 *
 *             procedure_begin()
 *                    │
 *          ┌──► step starts ──► waits ──► procedure_done(0) ──► done() ──┐
 *          │         │                          │                        │
 *          │         │ PROCEDURE_NEXT           │ -errno                 │
 *          └─────────┴──────────────────────────┼────────────────────────┘
 *                                               ▼
 *                              undone in reverse, noted, or the end ──► ended()
 *
 * Where `go_on_verb` is set, a step that is over is followed by an event of the owner's component to itself (now; words: number
 * and generation), for whoever tells of an end is in the middle of its own work; the owner hands that event to procedure_event(),
 * and that of a time-out, too. Without the verb the procedure goes on inside procedure_done(). Undoing waits for no such event.
 */
#ifndef VFSIM_CORE_PROCEDURE_H
#define VFSIM_CORE_PROCEDURE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/engine/engine.h"

/* What a function of a step answers; or -errno: the step has failed. */
enum procedure_answer {
    PROCEDURE_NEXT = 0, /* the step is over */
    PROCEDURE_WAIT,     /* it goes on when procedure_done() is called, which may have happened already */
    PROCEDURE_AGAIN,    /* it starts anew */
    PROCEDURE_JUMP,     /* to the step that procedure_jump() has named */
    PROCEDURE_LEAVE,    /* the rest of the table is left out, and nothing has failed */
    PROCEDURE_GONE,     /* not to be answered: procedure_go() or procedure_drop() was called meanwhile */
};

enum { PROCEDURE_DEPTH_MAX = 4, PROCEDURE_NAME_MAX = 40 };

struct procedure_table;

struct procedure_step {
    const char *name;                  /* no other step of the table has it; goes to disk */
    int (*start)(void *owner);         /* NULL: PROCEDURE_NEXT, or with `sub` that table */
    const struct procedure_table *sub; /* run when start() has answered PROCEDURE_NEXT; then comes done() */
    int (*done)(void *owner);          /* what the step waited for came, well: an answer. NULL: PROCEDURE_NEXT */
    int (*undo)(void *owner);          /* of a step that went well: PROCEDURE_NEXT or _WAIT. NULL: nothing to undo */
    bool undo_when_failed;             /* also of one that did not: what it gives up was there before it */
    sim_time timeout; /* of its wait, from its start on: then it fails with -ETIMEDOUT. 0: none. Not with `sub` */
    uint32_t own; /* whatever the owner wants to know of the step */
};

enum procedure_on_failure {
    PROCEDURE_ENDS, /* the procedure ends with that status; a table that was run in a step fails that step */
    PROCEDURE_UNDOES, /* the steps before are undone in reverse, then it ends so */
    PROCEDURE_FORCES, /* the first status is kept, and the next step starts */
};

struct procedure_table {
    const char *name; /* unlike any other of its kind; goes to disk */
    const struct procedure_step *step;
    unsigned count;
    enum procedure_on_failure on_failure;
};
#define PROCEDURE_TABLE(name, steps, ...) {(name), (steps), sizeof(steps) / sizeof((steps)[0]), __VA_ARGS__}

/* What the procedures of one sort of owner have in common. All functions may be NULL. */
struct procedure_kind {
    const struct procedure_table *const *table; /* all that can be under way, those that steps run, too; NULL at their end */
    int (*starts)(void *owner, const struct procedure_step *step); /* 0, or -errno: it fails before it starts */
    /* A step has given this answer: the one to take. One that went well and is made to fail here is undone, too. */
    int (*ends)(void *owner, const struct procedure_step *step, int answer);
    void (*undoes)(void *owner, const struct procedure_step *step);
    void (*ended)(void *owner, int status); /* the whole: 0 or the first failure. The next one may begin in here */
    uint16_t go_on_verb, late_verb; /* 0: none */
    enum event_class cls;
};

enum procedure_phase {
    PROCEDURE_IDLE,
    PROCEDURE_STARTS, /* a function of the step runs */
    PROCEDURE_WAITS,
    PROCEDURE_STEP_OVER, /* the event that goes on is on its way */
    PROCEDURE_UNDO_STARTS,
    PROCEDURE_UNDO_WAITS,
};

struct procedure_place {
    const struct procedure_table *table;
    uint32_t step;
};

struct procedure {
    /* wiring */
    const struct procedure_kind *kind;
    void *owner;
    struct component *who; /* whose events */
    uint64_t number; /* their first word */
    const char *jump; /* never set between two events */
    /* state: procedure_save() */
    struct procedure_place place[PROCEDURE_DEPTH_MAX];
    uint32_t depth; /* places in use, 0: none is under way */
    uint32_t phase; /* enum procedure_phase */
    uint32_t gen; /* names this step of this procedure: what is told of another is not taken */
    int32_t result; /* of the step that is over */
    int32_t status; /* the first failure */
    uint32_t early; /* procedure_done() has come before the step's function had answered; 0 between two events */
    struct event_id timer;
};

void procedure_init(struct procedure *p, const struct procedure_kind *kind, void *owner, struct component *who, uint64_t number);

/* Start the first step of `table`. None may be under way. */
void procedure_begin(struct procedure *p, const struct procedure_table *table);

/* What the step `gen` waits for has come (0), or will not (-errno). False: nobody waits for it any more, and nothing happens. */
bool procedure_done(struct procedure *p, uint32_t gen, int status);

/* In a function of a step, before it answers PROCEDURE_JUMP: where to, in its own table. */
void procedure_jump(struct procedure *p, const char *step);

/* At once, from wherever: the step under way is given up, and that one of its table starts. In a function of a step: what that
 * function answers then counts for nothing. */
void procedure_go(struct procedure *p, const char *step);

/* The step that waits now fails with -ETIMEDOUT after `span`; 0: it has all the time. Needs `late_verb`. */
void procedure_limit(struct procedure *p, sim_time span);

/* An event with one of the two verbs. False: it was of a step that is over. */
bool procedure_event(struct procedure *p, const struct event *ev);

/* All is given up where it stands: nothing is undone, ended() is not called. What the function of a step answers then counts
 * for nothing. */
void procedure_drop(struct procedure *p);

static inline bool procedure_is_active(const struct procedure *p) { return p->depth > 0; }
static inline bool procedure_is_undoing(const struct procedure *p) { return p->phase >= PROCEDURE_UNDO_STARTS; }
const struct procedure_step *procedure_step_now(const struct procedure *p); /* the innermost; NULL: none is under way */
const struct procedure_table *procedure_table_now(const struct procedure *p); /* the outermost; NULL */

/* By name: a name that the kind does not have refuses the load. */
void procedure_save(struct procedure *p, struct save *s);

#endif
