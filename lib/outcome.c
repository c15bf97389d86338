/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What came of a run: judged once, told one by one. */
#include "scenario/outcome/outcome.h"

#include <errno.h>

#include "core/alloc.h"
#include "lib/lib__.h"

/* Of a run that came to its end; one that was broken off leaves no files. */
static int keep_files(struct vfsim_world *world, struct vfsim_error **error)
{
    char err[512];
    int captures = world_close_captures(world->w, err, sizeof(err));
    if (captures)
        lib__fail(error, -captures, "%s", err);
    int snapshots = world_write_snapshots(world->w, err, sizeof(err));
    if (snapshots)
        lib__fail(error, -snapshots, "%s", err);
    return captures ? captures : snapshots;
}

int vfsim_world_finish(struct vfsim_world *world, const char *why, struct vfsim_error **error)
{
    if (world && world->is_finished)
        return 0;
    int status = lib__usable(world, error);
    if (status)
        return status;
    status = lib__end_paranoia(world, error);
    world->has_failed |= status == -EPROTO;
    if (status)
        return status;
    bool over = world->w->st.over;
    world->is_finished = true;
    if (!over) {
        world->why = alloc_text("a world", why ? why : "stopped");
        world_interrupt(world->w, world->why);
    }
    world->passed = world_finish(world->w);
    return over ? keep_files(world, error) : 0;
}

enum vfsim_verdict vfsim_world_verdict(struct vfsim_world *world)
{
    vfsim_world_finish(world, NULL, NULL);
    return !world || !world->is_finished ? VFSIM_FAIL : world->why ? VFSIM_PARTIAL : world->passed ? VFSIM_PASS : VFSIM_FAIL;
}

/* ---- one by one ---- */

struct wanted {
    struct vfsim_world *world;
    unsigned index, at;
    struct vfsim_expectation *expectation;
    struct vfsim_surprise *surprise;
};

static void take_case(void *to, const struct world_case *what)
{
    static const enum vfsim_outcome outcomes[JUNIT_OUTCOMES] = {[JUNIT_PASSED] = VFSIM_PASSED,
                                                                [JUNIT_FAILED] = VFSIM_FAILED,
                                                                [JUNIT_ERROR] = VFSIM_FAILED,
                                                                [JUNIT_SKIPPED] = VFSIM_NOT_JUDGED};
    struct wanted *wanted = to;
    struct vfsim_world *world = wanted->world;
    if (wanted->at++ != wanted->index)
        return;
    snprintf(world->text, sizeof(world->text), "%s", what->text);
    snprintf(world->seen, sizeof(world->seen), "%s", what->seen);
    *wanted->expectation = (struct vfsim_expectation){.line = what->line,
                                                      .text = world->text,
                                                      .outcome = outcomes[what->outcome],
                                                      .seen = world->seen,
                                                      .has_bound = what->compared,
                                                      .relation = what->compared ? what->relation : "",
                                                      .bound = what->compared ? what->bound : 0,
                                                      .measured = what->measured};
}

bool vfsim_world_expectation(struct vfsim_world *world, unsigned index, struct vfsim_expectation *out)
{
    struct wanted wanted = {.world = world, .index = index, .expectation = out};
    if (world && world->w)
        world_each_case(world->w, take_case, &wanted);
    return wanted.at > index;
}

static void take_surprise(void *to, uint32_t line, sim_time at, const char *what)
{
    struct wanted *wanted = to;
    struct vfsim_world *world = wanted->world;
    if (wanted->at++ != wanted->index)
        return;
    snprintf(world->text, sizeof(world->text), "%s", what);
    *wanted->surprise = (struct vfsim_surprise){.line = line, .at = at, .text = world->text};
}

bool vfsim_world_surprise(struct vfsim_world *world, unsigned index, struct vfsim_surprise *out)
{
    struct wanted wanted = {.world = world, .index = index, .surprise = out};
    if (world && world->w)
        world_each_surprise(world->w, take_surprise, &wanted);
    return wanted.at > index;
}
