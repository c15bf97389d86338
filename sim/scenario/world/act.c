/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The timeline at work: each line's act on the world, what comes of requests that take time, and what is noted of it. */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "scenario/verb.h"
#include "scenario/world/world__.h"

void world__note(struct world *w, enum world_note_kind kind, uint32_t line, const char *fmt, ...)
{
    char text[WORLD_NOTE_LEN];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    trace_scenario_note(&w->comp, text);
    if (w->teller)
        w->teller->told(w->teller, line, text);
    if (w->st.notes == WORLD_NOTES_MAX) {
        w->st.notes_left_out++;
        return;
    }
    struct world_note *note = &w->notes[w->st.notes++];
    *note = (struct world_note){.at = sim_now(w->sim), .line = line, .kind = kind};
    snprintf(note->text, sizeof(note->text), "%s", text); /* saved whole: nothing of our stack behind its end */
}

/* Our own words: strerror() speaks the user's language, a report does not. */
const char *world__errno_text(int64_t status)
{
    switch (-status) {
    case 0:
        return "done";
    case EPERM:
        return "refused";
    case EIO:
        return "the VM ended first";
    case EBUSY:
        return "busy with another one";
    case ENODEV:
        return "there is no VF in use";
    case EINVAL:
        return "not possible in this state";
    case ENOSPC:
        return "no room left for it";
    case EALREADY:
        return "already there";
    case ETIMEDOUT:
        return "no answer in time";
    case ENOTSUP:
        return "not supported";
    case ENOMEM:
        return "no memory";
    default:
        return "failed";
    }
}

static void mark(struct world *w, const struct scn_item *item, const char *fmt, va_list args)
{
    struct world_act *act = &w->acts[item - w->sc->items];
    if (!act->refused)
        vsnprintf(act->reason, sizeof(act->reason), fmt, args);
    act->refused = 1;
}

void world__mark_refused(struct world *w, const struct scn_item *item, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    mark(w, item, fmt, args);
    va_end(args);
}

void world__refused(struct world *w, const struct scn_item *item, const char *fmt, ...)
{
    char why[WORLD_NOTE_LEN];
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    vsnprintf(why, sizeof(why), fmt, args);
    mark(w, item, fmt, again);
    va_end(args);
    va_end(again);
    world__note(w, WORLD_NOTE, item->at.line, "%s: %s", item->text, why);
}

void world__judge_status(struct world *w, const struct scn_item *item, int status)
{
    if (status)
        world__refused(w, item, "%s", world__errno_text(status));
}

void world__recorded(struct world *w, const struct scn_item *item, unsigned host, unsigned record)
{
    struct world_act *act = &w->acts[item - w->sc->items];
    act->host = host;
    act->record = record + 1;
}

unsigned world__vm_index(const struct world *w, const char *name)
{
    for (unsigned i = 0; i < w->sc->vm_count; i++)
        if (!strcmp(w->sc->vms[i].name.text, name))
            return i;
    assert(!"the check has found every name");
    return 0;
}

unsigned world__host_index(const struct world *w, unsigned vm)
{
    for (unsigned h = 0; h < w->sc->host_count; h++)
        if (host_has_vm(w->hosts[h], w->vms[vm]))
            return h;
    return w->sc->vms[vm].host_index;
}

struct host *world__host_of(const struct world *w, unsigned vm) { return w->hosts[world__host_index(w, vm)]; }

bool world__is_up(const struct world *w)
{
    for (unsigned i = 0; i < w->sc->vm_count; i++)
        if (vm_get_state(w->vms[i]) != VM_ENDED && !vm_has_booted(w->vms[i]))
            return false;
    return true;
}

void world__do(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    trace_scenario_act(&w->comp, item->at.line, item->text);
    w->acts[index].begun = 1;
    w->acts[index].at = sim_now(w->sim);
    item->verb->act(w, index);
}

void world__done(struct world *w, const struct event *ev)
{
    assert(w->st.outstanding > 0 && ev->a < w->sc->item_count);
    unsigned index = (unsigned)ev->a;
    const struct scn_item *item = &w->sc->items[index];
    int status = (int)(int64_t)ev->b;
    w->st.outstanding--;
    w->acts[index].answered++;
    if (item->verb->done)
        item->verb->done(w, index, status);
    else
        world__judge_status(w, item, status);
}

bool world__judge_number(const struct world *w, const struct scn_expect *e, uint64_t measured)
{
    struct world_result *result = &w->results[e - w->sc->expects];
    result->compared = true;
    result->measured = measured;
    return scn_compare(measured, e->op, e->value);
}

void world__keep_moment(struct world *w, unsigned index)
{
    const struct scn_expect *e = &w->sc->expects[index];
    struct world_result *result = &w->results[index];
    assert(result->moments < SCN_MOMENTS);
    e->verb->at_moment(w, e, result->kept[result->moments++]);
}

void world__judge(struct world *w, unsigned index)
{
    const struct scn_expect *e = &w->sc->expects[index];
    struct world_result *result = &w->results[index];
    result->at = sim_now(w->sim);
    result->judged = true;
    result->compared = false;
    result->passed = e->verb->judge(w, e, result->seen);
    trace_scenario_judged(&w->comp, e->at.line, e->text, result->seen);
}
