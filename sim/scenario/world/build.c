/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From declarations to components, phase by phase, each in the order of the text; and the world's own events. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "host/upgrade/rollout.h"
#include "net/inspection.h"
#include "scenario/verb.h"
#include "scenario/world/world__.h"

static void post(struct world *w, sim_time at, enum event_class cls, enum world_verb verb, unsigned index)
{
    event_post(&w->comp, &w->comp, sim_time_add(w->st.begin, at), cls, verb, index, 0, 0);
    w->st.pending++;
}

/* What is written so far apart is so far apart: all of it counts from now. */
static void post_timeline(struct world *w)
{
    const struct scenario *sc = w->sc;
    for (unsigned i = 0; i < sc->item_count; i++) {
        const struct scn_item *item = &sc->items[i];
        post(w, item->time, EV_SCENARIO, WORLD_ITEM, i);
        sim_time later = item->verb->until ? item->verb->until(item) : SIM_NEVER;
        if (later != SIM_NEVER)
            post(w, later, EV_SCENARIO, WORLD_LATER, i);
    }
    for (unsigned i = 0; i < sc->expect_count; i++)
        if (!sc->expects[i].at_end)
            post(w, sc->expects[i].time, EV_END, WORLD_EXPECT, i);
}

static void post_moments(struct world *w)
{
    for (unsigned i = 0; i < w->sc->expect_count; i++)
        for (unsigned k = 0; w->sc->expects[i].between && k < SCN_MOMENTS; k++)
            post(w, w->sc->expects[i].moment[k], EV_END, WORLD_MOMENT, i);
}

/* Nothing can change before the next event: a look each WORLD_BOOT_LOOK meanwhile would see the same. */
static void look_again(struct world *w)
{
    sim_time next = sim_next_event_time(w->sim), soon = sim_now(w->sim) + WORLD_BOOT_LOOK;
    if (next == SIM_NEVER)
        return;
    next = (next + WORLD_BOOT_LOOK - 1) / WORLD_BOOT_LOOK * WORLD_BOOT_LOOK;
    event_post(&w->comp, &w->comp, next > soon ? next : soon, EV_SCENARIO, WORLD_BEGIN, 0, 0, 0);
}

static void begin(struct world *w)
{
    const struct scenario *sc = w->sc;
    if (!sc->begin_at.line && !world__is_up(w)) {
        look_again(w);
        return;
    }
    w->st.pending--;
    w->st.begin = sim_now(w->sim);
    for (unsigned i = 0; i < sc->vm_count; i++)
        if (vm_get_state(w->vms[i]) != VM_ENDED && !vm_has_booted(w->vms[i]))
            world__note(w, WORLD_NOTE, sc->begin_at.line, "the timeline begins before '%s' is up", sc->vms[i].name.text);
    post_moments(w); /* what ends at the moment of its judgement is kept before */
    post_timeline(w);
}

static void event(struct component *self, const struct event *ev)
{
    struct world *w = (struct world *)self;
    unsigned index = (unsigned)ev->a;
    switch ((enum world_verb)ev->verb) {
    case WORLD_ITEM:
        w->st.pending--;
        world__do(w, index);
        break;
    case WORLD_EXPECT:
        w->st.pending--;
        world__judge(w, index);
        break;
    case WORLD_LATER:
        w->st.pending--;
        w->sc->items[index].verb->later(w, index);
        break;
    case WORLD_ADMIN_DONE:
    case WORLD_JOB_DONE:
        world__done(w, ev);
        break;
    case WORLD_BEGIN:
        begin(w);
        break;
    case WORLD_MOMENT:
        w->st.pending--;
        world__keep_moment(w, index);
        break;
    }
}

const struct component_ops world__ops = {"scenario", event, world__save_state};

static void *array_of(unsigned count, size_t member)
{
    void *array = alloc_zero("the world", count + 1, member);
    return array;
}

static struct world *create(struct scenario *sc)
{
    struct world *w = array_of(1, sizeof(*w));
    w->sc = sc;
    w->hosts = array_of(sc->host_count, sizeof(*w->hosts));
    w->nics = array_of(sc->nic_count, sizeof(*w->nics));
    w->switches = array_of(sc->switch_count, sizeof(*w->switches));
    w->peers = array_of(sc->peer_count, sizeof(*w->peers));
    w->wires = array_of(sc->link_count, sizeof(*w->wires));
    w->vms = array_of(sc->vm_count, sizeof(*w->vms));
    world__room_for_items(w, sc->item_count + 1);
    w->results = array_of(sc->expect_count, sizeof(*w->results));
    w->sentences = array_of(sc->trace_count, sizeof(*w->sentences));
    w->nic_downs = array_of(sc->nic_count, sizeof(*w->nic_downs));
    w->rx_modes = array_of(sc->vm_count, sizeof(*w->rx_modes));
    for (unsigned i = 0; i < sc->trace_count; i++)
        w->sentences[i].at = SIM_NEVER;
    w->st.begin = SIM_NEVER;
    w->invariants_hold = true;
    return w;
}

void world_destroy(struct world *w)
{
    if (!w)
        return;
    struct scenario *sc = w->sc;
    for (unsigned i = 0; i < w->capture_count; i++)
        capture_abandon(w->captures[i]);
    for (unsigned i = 0; i < sc->item_count; i++) {
        replay_destroy(w->replays[i]);
        flow_source_destroy(w->flows[i]);
        tcp_flow_destroy(w->connections[i]);
        exchange_destroy(w->exchanges[i]);
        rollout_destroy(w->rollouts[i]);
        free(w->blobs[i].bytes);
    }
    for (unsigned i = 0; i < sc->link_count; i++)
        wire_destroy(w->wires[i]);
    migrator_destroy(w->migrator);
    for (unsigned i = 0; i < sc->host_count; i++)
        host_destroy(w->hosts[i]);
    for (unsigned i = 0; i < sc->nic_count; i++)
        nic_destroy(w->nics[i]);
    for (unsigned i = 0; i < sc->peer_count; i++)
        peer_destroy(w->peers[i]);
    for (unsigned i = 0; i < sc->switch_count; i++)
        xswitch_destroy(w->switches[i]);
    inspection_destroy(w->inspection);
    if (w->listening)
        trace_unlisten(w->sim, &w->listener);
    if (w->sim)
        recycler_give(w->sim->recycler, w->notes, WORLD_NOTES_BYTES, RECYCLER_ZEROED);
    sim_destroy(w->sim);
    void *arrays[] = {w->hosts,  w->nics,  w->switches, w->peers,       w->wires,     w->vms,     w->replays,
                      w->flows,  w->files, w->results,  w->sentences,   w->rx_modes,  w->tallies, w->nic_downs,
                      w->placed, w->acts,  w->blobs,    w->connections, w->exchanges, w->rollouts};
    for (unsigned i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
        free(arrays[i]);
    free(w);
}

/* ---- phase by phase; each adds its errors to the scenario ---- */

static bool build_phase(struct world *w, enum build_phase phase)
{
    struct scenario *sc = w->sc;
    for (unsigned i = 0; i < sc->verb_count; i++)
        if (sc->verbs[i]->phase == phase && sc->verbs[i]->build)
            sc->verbs[i]->build(w);
    for (unsigned i = 0; i < sc->item_count; i++)
        if (sc->items[i].verb->phase == phase && sc->items[i].verb->prepare)
            sc->items[i].verb->prepare(w, i);
    return !sc->file.error_count;
}

struct world *world_build(struct scenario *sc, const struct world_options *options)
{
    if (sc->file.error_count)
        return NULL;
    struct world *w = create(sc);
    w->strict_captures = options && options->strict_captures;
    w->pcap_dir = options ? options->pcap_dir : NULL;
    struct sim_limits limits = {.frames_small = sc->limit_frames};
    w->sim = sim_create_with(sc->seed, &limits, options ? options->recycler : NULL);
    if (!w->sim) {
        scn_error(&sc->file, (struct scn_pos){0}, "no memory for the simulator");
        goto fail;
    }
    w->notes = recycler_take(w->sim->recycler, "the world", WORLD_NOTES_BYTES, RECYCLER_ZEROED);
    if (!world__read_profile(sc, &w->sim->profile))
        goto fail;
    component_init(&w->comp, w->sim, &world__ops, "scenario");
    for (enum build_phase phase = BUILD_NOTHING + 1; phase < BUILD_CAPTURES; phase++)
        if (!build_phase(w, phase))
            goto fail;
    if (!options || !options->uninspected)
        world__build_inspection(w);
    if (!build_phase(w, BUILD_CAPTURES))
        goto fail;
    w->pcap_dir = NULL;
    event_post(&w->comp, &w->comp, sc->begin, EV_SCENARIO, WORLD_BEGIN, 0, 0, 0);
    w->st.pending++;
    world__watch_begin(w);
    return w;
fail:
    world_destroy(w);
    return NULL;
}

struct sim *world_sim(struct world *w) { return w->sim; }
const struct scenario *world_scenario(const struct world *w) { return w->sc; }
sim_time world_now(const struct world *w) { return sim_now(w->sim); }
sim_time world_time_limit(const struct world *w) { return w->sc->limit_time; }
