/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Acts while a world runs: taken by the inner world; what they print is kept here for who asked. */
#include "vfsim/act.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "lib/lib__.h"
#include "report/report.h"
#include "scenario/outcome/outcome__.h"
#include "scenario/verb.h"

enum { PRINTED_ACTS = 256, PRINTED_MAX = 256 << 10 };

struct printed {
    uint32_t line; /* of the act's; 0: none yet */
    char *text;
    size_t len;
};

struct lib_acts {
    struct world_teller teller; /* first */
    struct printed printed[PRINTED_ACTS];
};

static void told(struct world_teller *self, uint32_t line, const char *text)
{
    struct lib_acts *acts = (struct lib_acts *)self;
    struct printed *p = &acts->printed[line % PRINTED_ACTS];
    size_t len = strlen(text);
    if (p->line != line || p->len + len + 2 > PRINTED_MAX)
        return;
    p->text = alloc_grow("what an act printed", p->text, p->len + len + 2);
    memcpy(p->text + p->len, text, len);
    p->len += len + 1;
    p->text[p->len - 1] = '\n';
    p->text[p->len] = 0;
}

static void listen_for(struct vfsim_world *world, uint32_t line)
{
    if (!world->acts)
        world->acts = alloc_zero("what acts printed", 1, sizeof(*world->acts));
    struct printed *p = &world->acts->printed[line % PRINTED_ACTS];
    world->acts->teller.told = told;
    world->w->teller = &world->acts->teller;
    free(p->text);
    *p = (struct printed){.line = line};
}

void lib__acts_free(struct vfsim_world *world)
{
    if (world->w)
        world->w->teller = NULL;
    for (unsigned i = 0; world->acts && i < PRINTED_ACTS; i++)
        free(world->acts->printed[i].text);
    free(world->acts);
    world->acts = NULL;
}

int vfsim_world_act(struct vfsim_world *world, const char *line, struct vfsim_error **error)
{
    int status = lib__usable(world, error);
    if (status || (status = lib__given(line, "line", error)))
        return status;
    if (world->is_finished || world->w->st.at_limit)
        return lib__fail(error, EINVAL, "the run is over: nothing moves in this world any more");
    if (world->is_paranoid)
        return lib__fail(error, EINVAL, "a world that is cut takes no acts: they are in no scenario");
    if (strchr(line, '\n'))
        return lib__fail(error, EINVAL, "one line at a time");
    struct scenario *sc = world->scenario->sc;
    status = world_act(world->w, line, strlen(line));
    if (status >= 0)
        listen_for(world, sc->items[status].at.line);
    else if (status == -EAGAIN)
        lib__fail(error, EAGAIN, "the machines are not up yet: the timeline has not begun");
    else if (error)
        *error = lib__errors_of(sc, 0);
    scenario_forget_errors(sc, 0);
    sc->file.more_errors = false;
    return status;
}

static bool is_over(const struct world *w, unsigned item, const struct world_ending *end)
{
    const struct world_act *act = &w->acts[item];
    return act->begun && (act->refused || (act->asked <= act->answered && end->ending != SCN_ENDING_UNFINISHED));
}

bool vfsim_world_act_at(struct vfsim_world *world, int number, struct vfsim_act *out)
{
    struct world *w = world ? world->w : NULL;
    if (!w || number < 0 || (unsigned)number >= w->sc->item_count || (unsigned)number < w->sc->item_count - w->late_items)
        return false;
    unsigned item = (unsigned)number;
    const struct verb *verb = w->sc->items[item].verb;
    uint32_t line = w->sc->items[item].at.line;
    struct world_ending end;
    world__ending(w, item, &end);
    const struct printed *p = world->acts ? &world->acts->printed[line % PRINTED_ACTS] : NULL;
    const char *printed = verb->printed && w->acts[item].begun ? verb->printed(w, item) : NULL;
    snprintf(world->text, sizeof(world->text), "%s", end.reason);
    *out = (struct vfsim_act){.is_over = is_over(w, item, &end),
                              .at = w->acts[item].at,
                              .ending = scn_ending_words[end.ending],
                              .reason = world->text,
                              .said = printed                           ? printed
                                      : p && p->line == line && p->text ? p->text
                                                                        : ""};
    return true;
}

void vfsim_world_stay(struct vfsim_world *world, bool stays)
{
    if (!world || !world->w)
        return;
    world->w->stays = stays;
    if (stays)
        world__go_on(world->w);
}

void vfsim_world_end(struct vfsim_world *world)
{
    if (world && world->w)
        world->w->st.over = true;
}

struct vfsim_report *vfsim_world_topology(struct vfsim_world *world)
{
    if (!world || !world->w)
        return NULL;
    struct report *report = report_create();
    world__report_topology(world->w, report);
    return lib__report(report);
}
