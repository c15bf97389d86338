/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/engine/procedure.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/engine/world.h"

void procedure_init(struct procedure *p, const struct procedure_kind *kind, void *owner, struct component *who, uint64_t number)
{
    *p = (struct procedure){.kind = kind, .owner = owner, .who = who, .number = number};
}

static struct procedure_place *innermost(struct procedure *p) { return &p->place[p->depth - 1]; }

const struct procedure_step *procedure_step_now(const struct procedure *p)
{
    const struct procedure_place *at = p->depth ? &p->place[p->depth - 1] : NULL;
    return at && at->step < at->table->count ? &at->table->step[at->step] : NULL;
}

const struct procedure_table *procedure_table_now(const struct procedure *p) { return p->depth ? p->place[0].table : NULL; }

static unsigned find_step(const struct procedure_table *table, const char *name)
{
    unsigned i = 0;
    while (i < table->count && strcmp(table->step[i].name, name) != 0)
        i++;
    return i;
}

/* NULL: the kind has none of this name. */
static const struct procedure_table *find_table(const struct procedure_kind *kind, const char *name)
{
    const struct procedure_table *const *known = kind->table;
    while (*known && strcmp((*known)->name, name) != 0)
        known++;
    return *known;
}

/* What can be under way can be saved: the kind lists it, and no name is another's or too long. */
static bool is_named(const struct procedure *p, const struct procedure_table *table)
{
    if (find_table(p->kind, table->name) != table || strlen(table->name) >= PROCEDURE_NAME_MAX)
        return false;
    for (unsigned i = 0; i < table->count; i++)
        if (find_step(table, table->step[i].name) != i || strlen(table->step[i].name) >= PROCEDURE_NAME_MAX)
            return false;
    return true;
}

static void enter(struct procedure *p, const struct procedure_table *table)
{
    assert(p->depth < PROCEDURE_DEPTH_MAX && table->count > 0);
    assert(is_named(p, table));
    p->place[p->depth++] = (struct procedure_place){.table = table};
}

void procedure_limit(struct procedure *p, sim_time span)
{
    event_cancel(p->who->sim, &p->timer);
    if (span)
        p->timer = event_post(p->who, p->who, sim_now(p->who->sim) + span, p->kind->cls, p->kind->late_verb, p->number, p->gen, 0);
}

void procedure_jump(struct procedure *p, const char *step) { p->jump = step; }

/* ---- one step ---- */

/* The step under way, and the first one of each table that it runs; the answer of the last one started. */
static int start(struct procedure *p)
{
    for (;;) {
        const struct procedure_step *step = procedure_step_now(p);
        uint32_t gen = ++p->gen;
        int answer = PROCEDURE_NEXT;

        p->phase = PROCEDURE_STARTS;
        p->early = 0;
        if (p->kind->starts)
            answer = p->kind->starts(p->owner, step);
        if (answer == 0 && step->timeout)
            procedure_limit(p, step->timeout);
        if (answer == 0 && step->start)
            answer = step->start(p->owner);
        if (p->gen != gen)
            return PROCEDURE_GONE;
        if (answer != PROCEDURE_NEXT || !step->sub)
            return answer;
        enter(p, step->sub);
    }
}

/* What the step under way has waited for has come. */
static int came(struct procedure *p, int status)
{
    const struct procedure_step *step = procedure_step_now(p);
    uint32_t gen = p->gen;
    int answer;

    p->phase = PROCEDURE_STARTS;
    if (status)
        return status;
    answer = step->done ? step->done(p->owner) : PROCEDURE_NEXT;
    return p->gen == gen ? answer : PROCEDURE_GONE;
}

static int settled(struct procedure *p, int answer)
{
    while (answer == PROCEDURE_WAIT && p->early) {
        p->early = 0;
        answer = came(p, p->result);
    }
    if (answer == PROCEDURE_WAIT)
        p->phase = PROCEDURE_WAITS;
    return answer;
}

/* ---- one step after the other ---- */

static void go_on(struct procedure *p, int answer);

static void finish(struct procedure *p)
{
    int status = p->status;

    p->depth = 0;
    p->phase = PROCEDURE_IDLE;
    p->gen++;
    if (p->kind->ended)
        p->kind->ended(p->owner, status);
}

/* The innermost table is over: so is all, or the step that ran it has what it waited for. True: with this answer. */
static bool leave(struct procedure *p, int status, int *answer)
{
    if (p->depth == 1) {
        finish(p);
        return false;
    }
    p->depth--;
    *answer = came(p, status);
    return true;
}

/* Undoes steps downwards until one has to wait; most have nothing to undo. */
static void undo_more(struct procedure *p)
{
    int answer;

    while (innermost(p)->step > 0) {
        const struct procedure_step *step;

        innermost(p)->step--;
        step = procedure_step_now(p);
        p->gen++;
        p->phase = PROCEDURE_UNDO_STARTS;
        p->early = 0;
        if (!step->undo)
            continue;
        if (p->kind->undoes)
            p->kind->undoes(p->owner, step);
        if (step->undo(p->owner) == PROCEDURE_WAIT && !p->early) {
            p->phase = PROCEDURE_UNDO_WAITS;
            return;
        }
    }
    if (leave(p, p->status, &answer))
        go_on(p, answer);
}

/* The step under way has failed. True: the procedure goes on from `answer`, or from the step where it is now. */
static bool fail(struct procedure *p, int status, bool undo_it_too, int *answer)
{
    struct procedure_place *at = innermost(p);

    if (!p->status)
        p->status = status;
    switch (at->table->on_failure) {
    case PROCEDURE_FORCES:
        return true;
    case PROCEDURE_UNDOES:
        at->step += undo_it_too || procedure_step_now(p)->undo_when_failed;
        undo_more(p);
        return false;
    case PROCEDURE_ENDS:
        break;
    }
    return leave(p, status, answer);
}

/* The step under way is over. True: another one is, and this is its answer. */
static bool step_over(struct procedure *p, int *answer)
{
    struct procedure_place *at = innermost(p);
    uint32_t depth = p->depth;
    bool went_well = *answer >= 0;

    event_cancel(p->who->sim, &p->timer);
    if (p->kind->ends)
        *answer = p->kind->ends(p->owner, procedure_step_now(p), *answer);
    if (*answer < 0) {
        if (!fail(p, *answer, went_well, answer))
            return false;
        if (p->depth < depth)
            return true; /* the step that ran this table has failed */
        at->step++;
    } else if (*answer == PROCEDURE_JUMP) {
        at->step = find_step(at->table, p->jump);
        assert(at->step < at->table->count);
        p->jump = NULL;
    } else if (*answer == PROCEDURE_LEAVE) {
        at->step = at->table->count;
    } else if (*answer == PROCEDURE_NEXT) {
        at->step++;
    }
    if (at->step == at->table->count)
        return leave(p, 0, answer);
    *answer = start(p);
    return true;
}

/* From an answer of the step under way to the next wait, or to the end. */
static void go_on(struct procedure *p, int answer)
{
    do {
        answer = settled(p, answer);
        if (answer == PROCEDURE_WAIT || answer == PROCEDURE_GONE)
            return;
        if (p->kind->go_on_verb) {
            event_cancel(p->who->sim, &p->timer);
            p->phase = PROCEDURE_STEP_OVER;
            p->result = answer;
            event_post(p->who, p->who, sim_now(p->who->sim), p->kind->cls, p->kind->go_on_verb, p->number, p->gen, 0);
            return;
        }
    } while (step_over(p, &answer));
}

/* ---- from outside ---- */

void procedure_begin(struct procedure *p, const struct procedure_table *table)
{
    assert(!procedure_is_active(p));
    p->status = 0;
    enter(p, table);
    go_on(p, start(p));
}

bool procedure_done(struct procedure *p, uint32_t gen, int status)
{
    assert(status <= 0);
    if (!procedure_is_active(p) || gen != p->gen)
        return false;
    switch ((enum procedure_phase)p->phase) {
    case PROCEDURE_STARTS:
    case PROCEDURE_UNDO_STARTS:
        p->early = 1;
        p->result = status;
        return true;
    case PROCEDURE_WAITS:
        go_on(p, came(p, status));
        return true;
    case PROCEDURE_UNDO_WAITS:
        undo_more(p);
        return true;
    case PROCEDURE_STEP_OVER:
    case PROCEDURE_IDLE:
        break;
    }
    return false;
}

bool procedure_event(struct procedure *p, const struct event *ev)
{
    int answer = p->result;

    if (!procedure_is_active(p) || ev->b != p->gen)
        return false;
    if (ev->verb == p->kind->late_verb && p->phase == PROCEDURE_WAITS) {
        p->timer = (struct event_id){0, 0};
        p->phase = PROCEDURE_STARTS;
        go_on(p, -ETIMEDOUT);
        return true;
    }
    if (ev->verb != p->kind->go_on_verb || p->phase != PROCEDURE_STEP_OVER)
        return false;
    if (step_over(p, &answer))
        go_on(p, answer);
    return true;
}

void procedure_go(struct procedure *p, const char *step)
{
    struct procedure_place *at = innermost(p);

    assert(procedure_is_active(p) && !procedure_is_undoing(p));
    event_cancel(p->who->sim, &p->timer);
    at->step = find_step(at->table, step);
    assert(at->step < at->table->count);
    go_on(p, start(p));
}

void procedure_drop(struct procedure *p)
{
    event_cancel(p->who->sim, &p->timer);
    p->depth = 0;
    p->phase = PROCEDURE_IDLE;
    p->gen++;
}

/* ---- save ---- */

static void save_place(struct procedure *p, struct procedure_place *at, struct save *s)
{
    char table[PROCEDURE_NAME_MAX] = "", step[PROCEDURE_NAME_MAX] = "";
    const struct procedure_table *known;

    if (!save_is_loading(s)) {
        snprintf(table, sizeof(table), "%s", at->table->name);
        snprintf(step, sizeof(step), "%s", at->table->step[at->step].name);
    }
    save_field(s, table);
    save_field(s, step);
    if (!save_is_loading(s))
        return;
    table[sizeof(table) - 1] = step[sizeof(step) - 1] = '\0';
    known = find_table(p->kind, table);
    if (!known || find_step(known, step) == known->count) {
        save_fail(s, -EINVAL, "%s: no step \"%s\" of a procedure \"%s\"", p->who->name, step, table);
        return;
    }
    *at = (struct procedure_place){.table = known, .step = find_step(known, step)};
}

void procedure_save(struct procedure *p, struct save *s)
{
    uint32_t depth = p->depth;

    save_field(s, depth);
    if (depth > PROCEDURE_DEPTH_MAX) {
        save_fail(s, -EINVAL, "%s: a procedure in %u tables", p->who->name, depth);
        return;
    }
    for (uint32_t i = 0; i < depth && !s->err; i++)
        save_place(p, &p->place[i], s);
    p->depth = s->err ? 0 : depth;
    save_field(s, p->phase);
    save_field(s, p->gen);
    save_field(s, p->result);
    save_field(s, p->status);
    save_field(s, p->timer);
}
