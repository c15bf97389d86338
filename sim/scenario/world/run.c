/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running a world to its end, in steps of a grid of simulated time, so that where a run was cut by a save changes
 * nothing.
 *
 * The end: the timeline is through, workloads have finished or can't go on, no switch or request is under way, and
 * nothing has ended any more for a while: CALM with no frame in flight, STUCK with some (a guest that takes nothing off
 * its ring keeps them for ever; a wire of a second does not, nor a driver whose watchdog comes every two). Guests that only
 * poll keep no run alive.
 */
#include <string.h>

#include "scenario/verb.h"
#include "scenario/world/world__.h"

#define GRID (100 * SIM_US)
#define CALM SIM_MS
#define LOST (250 * SIM_MS) /* a conversation that waits for a frame which is nowhere any more */
#define STUCK (2500 * SIM_MS)
#define STALLED (5 * SIM_S) /* a conversation that waits for a frame still in flight: longer than every time-out */

static bool is_under_way(const struct world *w)
{
    for (unsigned i = 0; i < w->sc->verb_count; i++)
        if (w->sc->verbs[i]->is_under_way && w->sc->verbs[i]->is_under_way(w))
            return true;
    return false;
}

enum progress { FINISHED, WAITING /* for an arrival */, SENDING };

static enum progress replay_progress(const struct replay *replay)
{
    struct replay_status status;
    replay_get_status(replay, &status);
    return status.finished || status.blocked_at ? FINISHED : WAITING;
}

/* Will it send something? What has been due for so long that nobody fetches it any more does not count. */
static bool is_sending(const struct station *station, sim_time now)
{
    sim_time due = station_next_due(station);
    return due != SIM_NEVER && (due >= now || now - due < STALLED);
}

/* The cheap questions first: this is asked every GRID. */
static enum progress workload_progress(const struct world *w)
{
    sim_time now = sim_now(w->sim);
    for (unsigned i = 0; i < w->sc->peer_count; i++)
        if (is_sending(peer_station(w->peers[i]), now))
            return SENDING;
    for (unsigned i = 0; i < w->sc->vm_count; i++)
        if (vm_get_state(w->vms[i]) != VM_ENDED && is_sending(vm_station(w->vms[i]), now))
            return SENDING;
    for (unsigned i = 0; i < w->sc->item_count; i++)
        if (w->replays[i] && replay_progress(w->replays[i]) == WAITING)
            return WAITING;
    return FINISHED;
}

static uint64_t frames_ended(const struct world *w)
{
    uint64_t ended = 0;
    for (int fate = 0; fate < FATE_COUNT; fate++)
        ended += books_fate_count(w->sim, (enum fate)fate);
    return ended;
}

static uint64_t frames_in_flight(const struct world *w)
{
    struct books_report books;
    books_get_report(w->sim, &books);
    return books.in_flight;
}

/* Who stays is ended by somebody, unless its scenario says when. */
static sim_time limit(const struct world *w) { return w->stays && !w->sc->limit_time_at.line ? SIM_NEVER : w->sc->limit_time; }

/* Nothing but time is left to pass? */
static bool is_over(struct world *w)
{
    struct world_state *st = &w->st;
    sim_time now = sim_now(w->sim);
    if (now >= limit(w)) {
        st->at_limit = st->over = true;
        return true;
    }
    if (w->stays)
        return false;
    if (sim_next_event_time(w->sim) == SIM_NEVER) {
        st->over = true;
        st->stuck = st->pending || st->outstanding || workload_progress(w) != FINISHED || frames_in_flight(w);
        return true;
    }
    enum progress progress = FINISHED;
    uint64_t ended = frames_ended(w);
    if (st->pending || st->outstanding || ended != st->ended_mark || is_under_way(w) ||
        (progress = workload_progress(w)) == SENDING) {
        st->ended_mark = ended;
        st->quiet_since = now;
        st->in_flight = UINT64_MAX;
        return false;
    }
    if (now - st->quiet_since < CALM)
        return false;
    if (st->in_flight) /* counting them costs: first when it has become calm, then until it is stuck */
        st->in_flight = st->in_flight == UINT64_MAX || now - st->quiet_since >= STUCK ? frames_in_flight(w) : st->in_flight;
    sim_time wait = progress == WAITING && st->in_flight ? STALLED : st->in_flight ? STUCK : progress == WAITING ? LOST : CALM;
    st->over = now - st->quiet_since >= wait;
    st->stuck = st->over && wait != CALM;
    return st->over;
}

/* Somebody outside has put something in: there may be more to run. */
void world__go_on(struct world *w)
{
    if (!w->st.over || w->st.at_limit)
        return;
    w->st.over = w->st.stuck = false;
    w->st.quiet_since = sim_now(w->sim);
    w->st.in_flight = UINT64_MAX;
}

/* sim_run_until(), or fewer events: false when there are more up to `end`. */
static bool run_events(struct sim *sim, sim_time end, uint64_t max_events)
{
    if (max_events == UINT64_MAX) {
        sim_run_until(sim, end);
        return true;
    }
    while (sim_event_count(sim) < max_events && sim_next_event_time(sim) <= end)
        sim_step_until(sim, end);
    if (sim_event_count(sim) >= max_events || sim_next_event_time(sim) <= end) /* who counts events stands at the last one's time */
        return false;
    sim_run_until(sim, end);
    return true;
}

enum world_stop world__run(struct world *w, sim_time until, uint64_t max_events, struct world_watch *watch)
{
    while (!w->st.over) {
        if (sim_event_count(w->sim) >= max_events)
            return WORLD_STOP_EVENTS;
        sim_time target = sim_time_add(w->st.looked_at - w->st.looked_at % GRID, GRID);
        if (target > limit(w))
            target = limit(w);
        bool is_short = until < target;
        if (!run_events(w->sim, is_short ? until : target, max_events))
            return WORLD_STOP_EVENTS;
        if (is_short)
            return WORLD_STOP_TIME;
        w->st.looked_at = target;
        is_over(w);
        if (watch)
            watch->tick(watch, w);
    }
    return WORLD_STOP_OVER;
}

bool world_run(struct world *w, sim_time until, struct world_watch *watch)
{
    return world__run(w, until, UINT64_MAX, watch) == WORLD_STOP_OVER;
}

void world_interrupt(struct world *w, const char *signal) { w->interrupted = signal; }

int world_write_snapshots(const struct world *w, char *err, size_t err_cap)
{
    int status = 0;
    for (unsigned i = 0; i < w->sc->verb_count && !status; i++)
        if (w->sc->verbs[i]->write)
            status = w->sc->verbs[i]->write(w, err, err_cap);
    return status;
}

int world_close_captures(struct world *w, char *err, size_t err_cap)
{
    int first = 0;
    for (unsigned i = 0; i < w->capture_count; i++) {
        int code = first ? (capture_abandon(w->captures[i]), 0) : capture_close(w->captures[i], err, err_cap);
        first = first ? first : code;
    }
    w->capture_count = 0;
    return first;
}
