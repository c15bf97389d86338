/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Saving the scenario component: where the timeline is, what has been judged, heard and noted. */
#include <errno.h>
#include <string.h>

#include "scenario/world/world__.h"

static bool state_is_sound(const struct world *w)
{
    for (unsigned i = 0; i < w->sc->item_count; i++)
        if (w->acts[i].host >= w->sc->host_count && w->acts[i].record)
            return false;
    return w->st.notes <= WORLD_NOTES_MAX && w->st.trace_next <= w->sc->trace_count;
}

void world__save_state(struct component *self, struct save *s)
{
    struct world *w = (struct world *)self;
    const struct scenario *sc = w->sc;
    save_section(s, "scenario", 4);
    if (w->late_items)
        save_fail(s, -ENOTSUP, "acts came while it ran, which its scenario does not have: it can't be saved");
    save_expect_u64(s, "number of timeline lines", sc->item_count);
    save_expect_u64(s, "number of expectations", sc->expect_count);
    save_expect_u64(s, "number of expected sentences", sc->trace_count);
    save_expect_u64(s, "number of VMs", sc->vm_count);
    save_field(s, w->st);
    save_bytes(s, w->acts, sc->item_count * sizeof(*w->acts));
    if (save_is_loading(s) && !s->err && !state_is_sound(w)) {
        w->st.notes = 0;
        memset(w->acts, 0, sc->item_count * sizeof(*w->acts));
        save_fail(s, -EPROTO, "the state of the timeline is impossible");
    }
    save_bytes(s, w->results, sc->expect_count * sizeof(*w->results));
    save_bytes(s, w->sentences, sc->trace_count * sizeof(*w->sentences));
    save_bytes(s, w->tallies, sc->item_count * sizeof(*w->tallies));
    save_bytes(s, w->nic_downs, sc->nic_count * sizeof(*w->nic_downs));
    save_bytes(s, w->rx_modes, sc->vm_count * sizeof(*w->rx_modes));
    save_bytes(s, w->notes, w->st.notes * sizeof(*w->notes));
}
