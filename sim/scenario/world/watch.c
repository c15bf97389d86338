/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The trace as an assertion: sentences that must be said in order, and sentences that must not. */
#include <string.h>

#include "scenario/world/world__.h"

static bool is_said(const struct scn_trace *wanted, const char *who, const char *text)
{
    if (wanted->who) /* names are written whole, or with a '*' */
        return (strchr(wanted->who, '*') ? scn_contains(who, wanted->who) : !strcmp(who, wanted->who)) &&
               scn_contains(text, wanted->text);
    if (scn_contains(text, wanted->text))
        return true;
    char whole[640];
    snprintf(whole, sizeof(whole), "%s > %s", who, text);
    return scn_contains(whole, wanted->text);
}

static void note_sentence(struct world_sentence *s, sim_time at, const char *who, const char *text)
{
    s->at = at;
    snprintf(s->seen, sizeof(s->seen), "%s > %s", who, text);
}

/* The next ordered expectation at or after `i`; the count if there is none. */
static uint64_t next_ordered(const struct scenario *sc, uint64_t i)
{
    while (i < sc->trace_count && sc->traces[i].never)
        i++;
    return i;
}

static void heard(struct trace_listener *self, sim_time at, enum trace_category cat, const char *who, const char *text)
{
    struct world *w = (struct world *)((char *)self - offsetof(struct world, listener));
    const struct scenario *sc = w->sc;
    if (cat == TRACE_scenario) /* it speaks the expectations themselves */
        return;
    if (w->st.trace_next < sc->trace_count && is_said(&sc->traces[w->st.trace_next], who, text)) {
        note_sentence(&w->sentences[w->st.trace_next], at, who, text);
        w->st.trace_next = next_ordered(sc, w->st.trace_next + 1);
    }
    for (unsigned i = 0; i < sc->trace_count; i++)
        if (sc->traces[i].never && w->sentences[i].at == SIM_NEVER && is_said(&sc->traces[i], who, text))
            note_sentence(&w->sentences[i], at, who, text);
}

void world__watch_begin(struct world *w)
{
    w->st.trace_next = next_ordered(w->sc, 0);
    if (!w->sc->trace_count)
        return;
    w->listener = (struct trace_listener){.mask = (1u << TRACE_CATEGORY_COUNT) - 1, .sentence = heard};
    trace_listen(w->sim, &w->listener);
    w->listening = true;
}
