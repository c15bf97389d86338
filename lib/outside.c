/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Uplinks, and guests that are clients of vfio-user. */
#include "vfsim/outside.h"

#include <errno.h>
#include <string.h>

#include "external/vfio/vfio_user.h"
#include "lib/lib__.h"
#include "vm/kind.h"

const char *vfsim_scenario_uplink(const struct vfsim_scenario *scenario, unsigned index)
{
    const struct scenario *sc = scenario->sc;
    for (unsigned i = 0; i < sc->peer_count; i++)
        if (sc->peers[i].is_tap && !index--)
            return sc->peers[i].name.text;
    return NULL;
}

const char *vfsim_scenario_client(const struct vfsim_scenario *scenario, unsigned index)
{
    const struct scenario *sc = scenario->sc;
    for (unsigned i = 0; i < sc->vm_count; i++)
        if (sc->vms[i].kind && !strcmp(sc->vms[i].kind->word, "vfio-user") && !index--)
            return sc->vms[i].name.text;
    return NULL;
}

int vfsim_world_listen(struct vfsim_world *world, const char *vm, const char *socket, struct vfsim_error **error)
{
    char err[256];
    int status = lib__usable(world, error);
    if (!status && (lib__given(vm, "VM", error) || lib__given(socket, "socket", error)))
        status = -EINVAL;
    if (status)
        return status;
    if (!world->doors && !(world->doors = vfio_doors_create()))
        return lib__fail(error, errno, "there is no way to wait for clients: %s", strerror(errno));
    const struct scenario *sc = world->scenario->sc;
    for (unsigned i = 0; i < sc->vm_count; i++) {
        if (strcmp(sc->vms[i].name.text, vm) != 0)
            continue;
        status = vfio_doors_listen(world->doors, world->w->vms[i], socket, err, sizeof(err));
        return status ? lib__fail(error, -status, "%s", err) : 0;
    }
    return lib__fail(error, ENOENT, "there is no VM '%s'", vm);
}

int vfsim_world_descriptor(const struct vfsim_world *world)
{
    return world && world->doors ? vfio_doors_descriptor(world->doors) : -1;
}

void vfsim_world_attend(struct vfsim_world *world)
{
    if (!world || !world->doors || lib__usable(world, NULL) || world->is_finished)
        return;
    world__go_on(world->w);
    vfio_doors_attend(world->doors);
}

void lib__outside_free(struct vfsim_world *world)
{
    vfio_doors_destroy(world->doors);
    world->doors = NULL;
}
