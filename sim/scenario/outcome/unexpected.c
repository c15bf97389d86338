/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What nobody expected: each act that ended otherwise than as asked, each refused request of a guest, each VM that ended, each
 * switch or hot-plug that nobody wrote and that failed, each flow with frames that stand still. One that is named by an
 * expectation, or whose line says `try`, is not told; any other fails the run.
 */
#include <stdio.h>
#include <string.h>

#include "scenario/outcome/outcome__.h"
#include "scenario/verb.h"

void world__tell(struct world_search *s, const struct world_unexpected *u)
{
    s->found++;
    if (s->fn)
        s->fn(s->to, u);
}

/* ---- named by an expectation ---- */

bool world__is_named(const struct world *w, const struct verb *expectation, const char *name, unsigned nth)
{
    for (unsigned i = 0; i < w->sc->expect_count; i++) {
        const struct scn_expect *e = &w->sc->expects[i];
        if (e->verb == expectation && !strcmp(e->name.text, name) && e->nth == nth)
            return true; /* if it meant another ending, it has failed itself */
    }
    return false;
}

static bool is_named_act(const struct world *w, unsigned item, enum scn_ending ending)
{
    for (unsigned i = 0; i < w->sc->expect_count; i++) {
        const struct scn_expect *e = &w->sc->expects[i];
        if (e->names == &w->sc->items[item] && (e->state == (int)ending || !w->results[i].passed))
            return true;
    }
    return false;
}

/* ---- a line that says `try` names what it begins, too ---- */

static bool is_about(const struct scn_item *item, const char *vm)
{
    const char *name = item->verb->vm_of ? item->verb->vm_of(item) : NULL;
    return !strcmp(name ? name : "", vm);
}

static bool is_of_tried_line(const struct world *w, const char *vm, sim_time at)
{
    for (unsigned i = 0; i < w->sc->item_count; i++) {
        const struct scn_item *item = &w->sc->items[i];
        if (item->tries && item->verb->covers && item->verb->covers(w, i, vm, at))
            return true;
    }
    return false;
}

/* Until the next line that does something with this VM. */
bool world__is_tried(const struct world *w, const char *vm, sim_time at)
{
    const struct scn_item *last = NULL;
    sim_time begun = 0;
    if (is_of_tried_line(w, vm, at))
        return true;
    for (unsigned i = 0; i < w->sc->item_count; i++) {
        const struct scn_item *item = &w->sc->items[i];
        if (!w->acts[i].begun || w->acts[i].at > at || w->acts[i].at < begun || !is_about(item, vm))
            continue;
        last = item;
        begun = w->acts[i].at;
    }
    return last && last->tries;
}

bool world__was_begun_by_line(const struct world *w, const struct verb *verb, unsigned host, unsigned record)
{
    for (unsigned i = 0; i < w->sc->item_count; i++)
        if (w->sc->items[i].verb == verb && w->acts[i].host == host && w->acts[i].record == record + 1)
            return true;
    return false;
}

void world__tell_record(struct world_search *s, const char *what, const char *vm, sim_time at, enum scn_ending ending,
                        const char *why)
{
    if (world__is_tried(s->w, vm, at))
        return;
    struct world_unexpected u = {.at = at, .ending = scn_ending_words[ending], .reason = why};
    snprintf(u.what, sizeof(u.what), "%s", what);
    world__tell(s, &u);
}

/* ---- all of it ---- */

static void find_acts(struct world_search *s)
{
    const struct world *w = s->w;
    for (unsigned i = 0; i < w->sc->item_count; i++) {
        const struct scn_item *item = &w->sc->items[i];
        struct world_ending end;
        world__ending(w, i, &end);
        struct world_unexpected u = {.line = item->at.line, .at = w->acts[i].at, .reason = end.reason};
        snprintf(u.what, sizeof(u.what), "%s", item->text);
        u.ending = scn_ending_words[end.ending];
        bool named = item->tries || is_named_act(w, i, end.ending) || (item->verb->is_named && item->verb->is_named(w, i));
        bool early = w->interrupted && (end.ending == SCN_ENDING_NEVER || end.ending == SCN_ENDING_UNFINISHED);
        if (end.ending != SCN_ENDING_DONE && !early && !named)
            world__tell(s, &u);
        if (!*end.missed || early || item->tries || is_named_act(w, i, SCN_ENDING_MISSED))
            continue;
        char why[160];
        snprintf(why, sizeof(why), "%s: its moment never came", end.missed);
        u.ending = scn_ending_words[SCN_ENDING_MISSED];
        u.reason = why;
        world__tell(s, &u);
    }
}

unsigned world__unexpected(const struct world *w, world_unexpected_fn fn, void *to)
{
    struct world_search s = {.w = w, .fn = fn, .to = to};
    find_acts(&s);
    for (unsigned i = 0; i < w->sc->verb_count; i++)
        if (w->sc->verbs[i]->find_unexpected)
            w->sc->verbs[i]->find_unexpected(&s);
    return s.found;
}
