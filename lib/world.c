/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Worlds: built, run, cut for paranoia. What goes along from one inner world to the next is told before and after each cut. */
#include "scenario/world/world.h"

#include <errno.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "lib/lib__.h"
#include "report/report.h"
#include "vm/cpu/trap.h"

static const char who[] = "a world";

struct sim *lib__sim(const struct vfsim_world *world) { return world && world->w ? world->w->sim : NULL; }

int vfsim_parse_time(const char *text, vfsim_time *time) { return !text || scn_parse_time(text, time) ? -EINVAL : 0; }

char *vfsim_format_time(vfsim_time time, char text[VFSIM_TIME_LEN]) { return report_format_time(time / SIM_NS, text); }
char *vfsim_format_stamp(vfsim_time time, char text[VFSIM_TIME_LEN]) { return report_format_stamp(time, text); }

/* ---- building ---- */

struct vfsim_world *lib__world(struct vfsim_scenario *scenario, struct world *w)
{
    struct vfsim_world *world = alloc_zero(who, 1, sizeof(*world));
    world->scenario = scenario;
    world->w = w;
    world->injection = injection_create();
    injection_attach(world->injection, w->sim);
    return world;
}

struct vfsim_world *vfsim_world_new(struct vfsim_scenario *scenario, struct vfsim_error **error)
{
    unsigned before;
    if (lib__given(scenario, "scenario", error))
        return NULL;
    struct world_options options = lib__world_options(scenario);
    vfsim_scenario_check(scenario);
    before = scenario_error_count(scenario->sc);
    struct world *w = world_build(scenario->sc, &options);
    if (!w) {
        if (error)
            *error = lib__errors_of(scenario->sc, 0);
        scenario_forget_errors(scenario->sc, before); /* those of building: it may work another time */
        return NULL;
    }
    scenario->references++;
    return lib__world(scenario, w);
}

void vfsim_world_free(struct vfsim_world *world)
{
    if (!world)
        return;
    lib__end_paranoia(world, NULL);
    lib__observers_free(world);
    lib__acts_free(world);
    lib__outside_free(world);
    injection_destroy(world->injection);
    lib__probes_forget(world);
    world_destroy(world->w);
    vfsim_scenario_free(world->scenario);
    free(world->why);
    free(world);
}

struct vfsim_scenario *vfsim_world_scenario(struct vfsim_world *world) { return world ? world->scenario : NULL; }

/* ---- running ---- */

int lib__usable(struct vfsim_world *world, struct vfsim_error **error)
{
    if (!world)
        return lib__given(world, "world", error);
    if (!world->w || world->has_failed)
        return lib__fail(error, EPROTO, "%s: the world was lost, as an earlier call said", vfsim_scenario_name(world->scenario));
    if (trap_is_elsewhere())
        return lib__fail(error, EBUSY, "worlds with VMs belong to the thread that made the first of them, and this is another one");
    if (world->is_running)
        return lib__fail(error, EBUSY, "%s: it is running: who looks on may not run, save or change it",
                         vfsim_scenario_name(world->scenario));
    return 0;
}

static int paranoid_until(struct vfsim_world *world, sim_time until, struct vfsim_error **error)
{
    char err[1024];
    world->is_paranoid = true;
    int over = world_run_paranoid(&world->w, until, NULL, &world->paranoia, err, sizeof(err));
    if (over >= 0)
        return over;
    world->has_failed = true;
    lib__fail(error, -over, "%s", err);
    return over;
}

static int run(struct vfsim_world *world, sim_time until, uint64_t max_events, struct vfsim_error **error)
{
    int status = lib__usable(world, error);
    if (status)
        return status;
    if (world->is_finished)
        return 1;
    world->is_running = true;
    if (world->paranoia.every && max_events == UINT64_MAX)
        status = paranoid_until(world, until, error);
    else
        status = world__run(world->w, until, max_events, NULL) == WORLD_STOP_OVER;
    world->is_running = false;
    return status;
}

int vfsim_world_run_until(struct vfsim_world *world, vfsim_time until, struct vfsim_error **error)
{
    return run(world, until, UINT64_MAX, error);
}

int vfsim_world_run(struct vfsim_world *world, struct vfsim_error **error) { return run(world, SIM_NEVER, UINT64_MAX, error); }

int vfsim_world_step(struct vfsim_world *world, struct vfsim_error **error)
{
    return run(world, SIM_NEVER, vfsim_world_events(world) + 1, error);
}

/* ---- paranoia ---- */

static struct vfsim_world *world_of(struct world_paranoia *paranoia)
{
    return (struct vfsim_world *)((char *)paranoia - offsetof(struct vfsim_world, paranoia));
}

static void cut(struct world_paranoia *self, bool begins)
{
    struct vfsim_world *world = world_of(self);
    if (begins && world->on_cut)
        world->on_cut(world->on_cut_user, true, self->cuts);
    if (begins) {
        lib__observers_detach(world);
        lib__probes_forget(world);
        injection_detach(world->injection);
    } else if (world->w) {
        injection_attach(world->injection, world->w->sim);
        lib__observers_attach(world);
    }
    if (!begins && world->on_cut)
        world->on_cut(world->on_cut_user, false, self->cuts);
}

int lib__end_paranoia(struct vfsim_world *world, struct vfsim_error **error)
{
    char err[1024];
    if (!world->is_paranoid)
        return 0;
    world->is_paranoid = false;
    world->cuts += world->paranoia.cuts;
    int status = world_end_paranoia(world->w, &world->paranoia, err, sizeof(err));
    world->paranoia = (struct world_paranoia){0};
    return status ? lib__fail(error, -status, "%s", err) : 0;
}

int vfsim_world_set_paranoia(struct vfsim_world *world, uint64_t every, vfsim_time from, vfsim_time to, struct vfsim_error **error)
{
    int status = lib__usable(world, error);
    if (status)
        return status;
    if (every && world->w->capture_count)
        return lib__fail(error, EINVAL, "a capture is one file of one world: no world that writes some is cut");
    if (!every)
        return lib__end_paranoia(world, error);
    world->paranoia.every = every;
    world->paranoia.from = from;
    world->paranoia.to = to;
    world->paranoia.measure = cut;
    return 0;
}

uint64_t vfsim_world_cuts(const struct vfsim_world *world) { return world ? world->cuts + world->paranoia.cuts : 0; }

void vfsim_world_on_cut(struct vfsim_world *world, vfsim_cut_fn *told, void *user)
{
    if (!world)
        return;
    world->on_cut = told;
    world->on_cut_user = user;
}

/* ---- where it is ---- */

vfsim_time vfsim_world_now(const struct vfsim_world *world) { return world && world->w ? world_now(world->w) : 0; }
vfsim_time vfsim_world_begin(const struct vfsim_world *world) { return world && world->w ? world->w->st.begin : SIM_NEVER; }
bool vfsim_world_is_over(const struct vfsim_world *world) { return !world || world->is_finished || !world->w || world->w->st.over; }

vfsim_time vfsim_world_next_event(const struct vfsim_world *world)
{
    return world && world->w ? sim_next_event_time(lib__sim(world)) : SIM_NEVER;
}

uint64_t vfsim_world_events(const struct vfsim_world *world) { return world && world->w ? sim_event_count(lib__sim(world)) : 0; }
