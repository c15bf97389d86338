/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Worlds in files and in memory. */
#include <errno.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "lib/lib__.h"

static int may_save(struct vfsim_world *world, struct vfsim_error **error)
{
    int status = lib__usable(world, error);
    if (status)
        return status;
    unsigned waiting = injection_waiting(world->injection);
    if (waiting)
        return lib__fail(error, EBUSY, "%u frames that were put in wait for their guest to send them: run on, then save", waiting);
    return 0;
}

int vfsim_world_save(struct vfsim_world *world, const char *path, struct vfsim_error **error)
{
    char err[1024];
    int status = may_save(world, error);
    status = status ? status : lib__given(path, "file", error);
    if (status)
        return status;
    status = world_save(world->w, path, err, sizeof(err));
    return status ? lib__fail(error, -status, "%s", err) : 0;
}

int vfsim_world_save_memory(struct vfsim_world *world, void **bytes, size_t *length, struct vfsim_error **error)
{
    char err[1024];
    int status = may_save(world, error);
    if (status)
        return status;
    status = world_save_memory(world->w, bytes, length, err, sizeof(err));
    return status ? lib__fail(error, -status, "%s", err) : 0;
}

/* `path` NULL: from memory. */
static struct vfsim_world *load(const char *path, const void *bytes, size_t length, const struct vfsim_options *given,
                                struct vfsim_error **error)
{
    if (given && !given->size) {
        lib__fail(error, EINVAL, "vfsim_options.size is 0: it says which of its members there are, sizeof(struct vfsim_options)");
        return NULL;
    }
    struct vfsim_options options = lib__options(given);
    struct scenario_var *vars;
    struct scenario_options files = lib__scenario_options(&options, &vars);
    struct scenario *sc;
    char err[1024];
    struct vfsim_scenario *scenario = lib__scenario(NULL, &options);
    struct world_options inner = lib__world_options(scenario);
    struct world *w = path ? world_restore(path, &inner, &files, &sc, err, sizeof(err))
                           : world_restore_memory(bytes, length, &inner, &files, &sc, err, sizeof(err));
    free(vars);
    scenario->sc = sc;
    scenario->is_closed = true;
    if (w)
        return lib__world(scenario, w);
    vfsim_scenario_free(scenario);
    lib__fail(error, EINVAL, "%s", err);
    return NULL;
}

struct vfsim_world *vfsim_world_load(const char *path, const struct vfsim_options *options, struct vfsim_error **error)
{
    return lib__given(path, "file", error) ? NULL : load(path, NULL, 0, options, error);
}

struct vfsim_world *vfsim_world_load_memory(const void *bytes, size_t length, const struct vfsim_options *options,
                                            struct vfsim_error **error)
{
    return lib__given(bytes, "saved world", error) ? NULL : load(NULL, bytes, length, options, error);
}
