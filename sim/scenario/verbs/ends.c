/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lines of traffic have alike: between whom it is, and when it ends. */
#include <string.h>

#include "scenario/verbs/verbs__.h"

/* ---- between whom ---- */

enum { STATIONS = SCN_BIT(SCN_PEER) | SCN_BIT(SCN_VM) };

void verb__check_ends(struct scenario *sc, const struct scn_word *from, const struct scn_word *to, bool to_is_mac)
{
    if (from->text)
        scn_resolve(sc, from, STATIONS, "a peer or VM");
    if (!to->text || to_is_mac)
        return;
    scn_resolve(sc, to, STATIONS, "a peer or VM");
    if (from->text && !strcmp(from->text, to->text))
        scn_error(&sc->file, to->at, "'%s' is both ends", to->text);
}

bool verb__has_ended(const struct world *w, const char *station)
{
    const struct scn_name *vm = scn_find(w->sc, station, SCN_BIT(SCN_VM));
    return vm && vm_get_state(w->vms[vm->index]) == VM_ENDED;
}

/* ---- until when ---- */

void verb__take_until(struct scn_cursor *c, const char *what, sim_time start, sim_time *until)
{
    const struct scn_word *word = scn_take(c, "a time");
    if (!word)
        return;
    const char *text = word->text;
    bool relative = *text == '+';
    if (relative || *text == '@')
        text++;
    if (scn_parse_time(text, until)) {
        scn_fail(c, word->at, "'%s' is no time such as 5ms or +5ms (from the %s's start)", word->text, what);
        return;
    }
    if (relative)
        *until = sim_time_add(start, *until);
    if (*until <= start)
        scn_fail(c, word->at, "the %s would end before it begins", what);
}

static bool line_has_error(const struct scenario *sc, uint32_t line)
{
    for (unsigned i = 0; i < sc->file.error_count; i++)
        if (sc->file.errors[i].at.line == line)
            return true;
    return false;
}

void verb__check_it_ends(struct scenario *sc, struct scn_item *item, const struct scn_word *name, const char *word)
{
    if (!name->text || sc->closed || sc->limit_time_at.line || line_has_error(sc, item->at.line)) /* closed: while it runs */
        return;
    for (unsigned i = 0; i < sc->item_count; i++) {
        const char *stopped = verb__stopped_flow(&sc->items[i]);
        if (stopped && !strcmp(stopped, name->text) && sc->items[i].time >= item->time)
            return;
    }
    scn_error(&sc->file, name->at, "the flow '%s' never ends: add '%s', 'until T', or a later 'stop %s'", name->text, word,
              name->text);
}
