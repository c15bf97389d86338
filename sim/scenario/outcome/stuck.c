/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames that are still somewhere when the run is over: where, how many, since when. */
#include <inttypes.h>
#include <string.h>

#include "scenario/outcome/outcome__.h"

enum { PLACES_MAX = 3 };
#define CUT_OFF (250 * SIM_MS) /* younger ones of a flow that the limit of the run cuts were on their way */

/* frames of one flow, or of none */
struct stuck {
    uint64_t frames, elsewhere;
    sim_time since;
    unsigned places;
    struct {
        uint16_t at;
        bool in_memory;
        uint64_t frames;
    } place[PLACES_MAX];
};

/* What nothing but the run's limit bounds is cut in mid-flow by it. */
static bool is_cut(const struct world *w)
{
    for (unsigned i = 0; i < w->sc->item_count && w->st.at_limit; i++) {
        const struct scn_item *item = &w->sc->items[i];
        if (item->flow && !item->flow->count && !item->flow->until_given && !flow_source_done(w->flows[i]))
            return true;
        if (item->tcp && !tcp_flow_is_done(w->connections[i]))
            return true;
    }
    return false;
}

static void add(struct stuck *s, const struct frame *f)
{
    bool in_memory = f->flags & FRAME_IN_MEMORY;
    s->since = !s->frames || f->born < s->since ? f->born : s->since;
    s->frames++;
    for (unsigned i = 0; i < s->places; i++)
        if (s->place[i].at == f->at && s->place[i].in_memory == in_memory) {
            s->place[i].frames++;
            return;
        }
    if (s->places == PLACES_MAX) {
        s->elsewhere++;
        return;
    }
    s->place[s->places].at = f->at;
    s->place[s->places].in_memory = in_memory;
    s->place[s->places++].frames = 1;
}

/* Those of a flow, 0: of none, which drivers and stations send on their own. */
static struct stuck find(const struct world *w, uint32_t flow)
{
    bool cut = is_cut(w);
    struct stuck s = {0};
    uint64_t cursor = 0;
    for (const struct frame *f; (f = frame_next_alive(w->sim, &cursor)) != NULL;)
        if (f->flow == flow && (!cut || sim_now(w->sim) - f->born >= CUT_OFF))
            add(&s, f);
    return s;
}

static void describe(const struct world *w, const struct stuck *s, char *why, size_t cap)
{
    char time[REPORT_TIME_LEN];
    size_t len = 0;
    for (unsigned i = 0; i < s->places && len < cap; i++) {
        const struct component *at = component_by_id(w->sim, s->place[i].at);
        len += (size_t)snprintf(why + len, cap - len, "%s%" PRIu64 " at %s%s", i ? ", " : "", s->place[i].frames,
                                at ? at->name : "nobody", s->place[i].in_memory ? " (in memory, not fetched yet)" : "");
    }
    if (s->elsewhere && len < cap)
        len += (size_t)snprintf(why + len, cap - len, ", %" PRIu64 " elsewhere", s->elsewhere);
    if (len < cap)
        snprintf(why + len, cap - len, ", since %s", report_format_time(s->since / SIM_NS, time));
}

void world__find_stuck(struct world_search *search, bool (*is_named)(const struct world *w, const char *flow))
{
    const struct world *w = search->w;
    char why[400];
    for (uint32_t flow = 1; flow <= flow_count(w->sim); flow++) {
        struct flow_report report;
        flow_get_report(w->sim, flow, &report);
        if (!report.in_flight || report.is_parent || is_named(w, report.name))
            continue;
        struct stuck s = find(w, flow);
        if (!s.frames)
            continue;
        struct world_unexpected u = {.at = s.since, .ending = "in flight", .reason = why};
        snprintf(u.what, sizeof(u.what), "flow %s", report.name);
        describe(w, &s, why, sizeof(why));
        world__tell(search, &u);
    }
}

bool world__stuck_of_no_flow(const struct world *w, char *why, size_t cap)
{
    struct stuck s = find(w, 0);
    if (s.frames)
        describe(w, &s, why, cap);
    return s.frames;
}
