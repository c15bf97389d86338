/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How each act of the timeline ended: its verb knows, and what all have in common stands here. */
#include <stdarg.h>

#include "scenario/outcome/outcome__.h"
#include "scenario/verb.h"

void world__say_ending(struct world_ending *out, enum scn_ending ending, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(out->reason, sizeof(out->reason), fmt, args);
    va_end(args);
    out->ending = ending;
}

void world__end_of_requests(const struct world *w, unsigned item, struct world_ending *out)
{
    if (w->acts[item].asked > w->acts[item].answered)
        world__say_ending(out, SCN_ENDING_UNFINISHED, "it has not been answered");
}

void world__ending(const struct world *w, unsigned index, struct world_ending *out)
{
    const struct world_act *act = &w->acts[index];
    const struct verb *verb = w->sc->items[index].verb;
    *out = (struct world_ending){.ending = SCN_ENDING_DONE};
    if (!act->begun)
        world__say_ending(out, SCN_ENDING_NEVER, "the run ended before");
    else if (act->refused)
        world__say_ending(out, SCN_ENDING_REFUSED, "%s", act->reason);
    else if (verb->ending)
        verb->ending(w, index, out);
}

/* ---- results in words, for who tells of records that no line began ---- */

const char *world__switch_result_text(enum switch_result result)
{
    switch (result) {
    case SWITCH_UNDER_WAY:
        return "under way";
    case SWITCH_DONE:
        return "done";
    case SWITCH_UNDONE:
        return "undone";
    case SWITCH_FORCED:
        return "forced";
    case SWITCH_REFUSED:
        return "refused";
    }
    return "";
}

const char *world__migrate_result_text(enum migrate_result result)
{
    switch (result) {
    case MIGRATE_UNDER_WAY:
        return "under way";
    case MIGRATE_DONE:
        return "done";
    case MIGRATE_UNDONE:
        return "undone";
    case MIGRATE_REFUSED:
        return "refused";
    case MIGRATE_LOST:
        return "lost";
    }
    return "";
}
