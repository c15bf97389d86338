/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Acts that come while the world runs: a line behind the scenario's own, or nothing of it. */
#include <errno.h>
#include <string.h>

#include "core/alloc.h"
#include "scenario/verb.h"
#include "scenario/world/world__.h"

/* ---- arrays by item ---- */

static void *widen(void *array, unsigned had, unsigned room, size_t member)
{
    char *wide = alloc_grow("the world", array, room * member);
    memset(wide + had * member, 0, (room - had) * member);
    return wide;
}
#define WIDEN(array) ((array) = widen((array), had, room, sizeof(*(array))))

void world__room_for_items(struct world *w, unsigned count)
{
    unsigned had = w->item_room, room = count > 2 * had ? count : 2 * had;
    if (count <= had)
        return;
    WIDEN(w->replays);
    WIDEN(w->flows);
    WIDEN(w->connections);
    WIDEN(w->exchanges);
    WIDEN(w->rollouts);
    WIDEN(w->files);
    WIDEN(w->blobs);
    WIDEN(w->tallies);
    WIDEN(w->acts);
    w->item_room = room;
}

/* ---- what a line leaves in the scenario ---- */

struct mark {
    unsigned items, expects, names;
    size_t len;
    uint32_t lines;
    struct scn_block *blocks;
    const struct scn_item *items_at;
    const struct scn_name *names_at;
};

static struct mark mark_of(const struct scenario *sc)
{
    return (struct mark){.items = sc->item_count,
                         .expects = sc->expect_count,
                         .names = sc->name_count,
                         .len = sc->file.len,
                         .lines = sc->file.lines,
                         .blocks = sc->file.blocks,
                         .items_at = sc->items,
                         .names_at = sc->names};
}

/* The arrays may lie elsewhere now: who points into them follows. */
static void follow(struct scenario *sc, const struct mark *mark)
{
    for (unsigned i = 0; i < mark->expects && sc->items != mark->items_at; i++)
        if (sc->expects[i].names)
            sc->expects[i].names = sc->items + (sc->expects[i].names - mark->items_at);
    for (unsigned i = 0; i < sc->link_count && sc->names != mark->names_at; i++)
        for (unsigned k = 0; k < 2; k++)
            if (sc->links[i].end[k])
                sc->links[i].end[k] = sc->names + (sc->links[i].end[k] - mark->names_at);
}

static void take_back(struct scenario *sc, const struct mark *mark)
{
    scn_forget(&sc->file, mark->blocks);
    sc->item_count = mark->items;
    sc->expect_count = mark->expects;
    sc->name_count = mark->names;
    sc->file.len = sc->file.read = mark->len;
    sc->file.lines = mark->lines;
    sc->file.text[mark->len] = 0;
}

/* ---- an act ---- */

static void refuse(struct scenario *sc, const struct scn_item *item, const char *why)
{
    scn_error(&sc->file, item->at, "'%s' %s", item->verb->word ? item->verb->word : item->text, why);
}

static bool prepare(struct world *w, unsigned first)
{
    struct scenario *sc = w->sc;
    if (sc->item_count != first + 1) {
        scn_error(&sc->file, sc->items[first].at, "one act at a time: this line stands for %u", sc->item_count - first);
        return false;
    }
    const struct verb *verb = sc->items[first].verb;
    if (verb->phase != BUILD_NOTHING && !verb->may_be_late)
        refuse(sc, &sc->items[first], "makes a part of the world: it has to stand in the scenario");
    else if (verb->prepare)
        verb->prepare(w, first);
    return !sc->file.error_count;
}

static void post(struct world *w, sim_time at, enum world_verb verb, unsigned item)
{
    sim_time now = sim_now(w->sim);
    event_post(&w->comp, &w->comp, at > now ? at : now, EV_SCENARIO, verb, item, 0, 0);
    w->st.pending++;
}

int world_act(struct world *w, const char *line, size_t len)
{
    struct scenario *sc = w->sc;
    if (w->st.begin == SIM_NEVER)
        return -EAGAIN;
    struct mark mark = mark_of(sc);
    bool good = scn_parse_now(sc, line, len, sim_now(w->sim) - w->st.begin);
    follow(sc, &mark);
    world__room_for_items(w, sc->item_count + 1);
    if (!good || !prepare(w, mark.items)) {
        take_back(sc, &mark);
        return -EINVAL;
    }
    const struct scn_item *item = &sc->items[mark.items];
    sim_time later = item->verb->until ? item->verb->until(item) : SIM_NEVER;
    w->late_items++;
    world__go_on(w);
    post(w, 0, WORLD_ITEM, mark.items);
    if (later != SIM_NEVER)
        post(w, sim_time_add(w->st.begin, later), WORLD_LATER, mark.items);
    return (int)mark.items;
}
