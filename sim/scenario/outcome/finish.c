/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a run: what was expected of it is judged, once. */
#include "scenario/outcome/outcome.h"
#include "scenario/outcome/outcome__.h"

bool world_finish(struct world *w)
{
    if (!w->finished) {
        w->finished = true;
        for (unsigned i = 0; i < w->sc->expect_count; i++)
            if (w->sc->expects[i].at_end && !w->interrupted)
                world__judge(w, i);
        for (unsigned h = 0; h < w->sc->host_count && w->invariants_hold; h++)
            w->invariants_hold = !host_check_invariants(w->hosts[h], w->invariants_why, sizeof(w->invariants_why));
        for (unsigned h = 0; h < w->sc->host_count && w->invariants_hold; h++)
            w->invariants_hold = !host_check_accounts(w->hosts[h], w->invariants_why, sizeof(w->invariants_why));
        if (w->migrator && w->invariants_hold)
            w->invariants_hold = !migrator_check_invariants(w->migrator, w->invariants_why, sizeof(w->invariants_why));
        books_get_report(w->sim, &w->books);
    }
    bool passed = w->invariants_hold && w->books.balanced && world__frames_are_sound(w) && !world__unexpected(w, NULL, NULL);
    for (unsigned i = 0; i < w->sc->expect_count; i++)
        passed &= w->results[i].judged && w->results[i].passed;
    for (unsigned i = 0; i < w->sc->trace_count; i++)
        passed &= w->sc->traces[i].never == (w->sentences[i].at == SIM_NEVER);
    return passed;
}
