/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of a world lies outside of this process: uplinks, and guests that are clients of vfio-user.
 *
 * Both live at the wall clock: a program that runs such a world says how far (vfsim_world_run_until()), and looks outside between.
 * To a run that nobody does this for, an uplink is a peer behind which there is nobody, and such a guest never comes.
 */
#ifndef VFSIM_OUTSIDE_H
#define VFSIM_OUTSIDE_H

#include <vfsim/world.h>

VFSIM_BEGIN_DECLS

/* The uplinks that a scenario declares (`uplink tap NAME …`), from 0; NULL past the last one. Each is a port of this name:
 * vfsim_on_frame() sees what comes to it, vfsim_send() has it send what came from outside. */
VFSIM_API const char *vfsim_scenario_uplink(const struct vfsim_scenario *scenario, unsigned index);

/* The VMs whose guests are clients of vfio-user (`vm … kernel vfio-user`), from 0; NULL past the last one. */
VFSIM_API const char *vfsim_scenario_client(const struct vfsim_scenario *scenario, unsigned index);
/* Its function is served at this unix socket, before the world runs for the first time. -ENOENT: there is no such VM; else what the
 * system says. */
VFSIM_API int vfsim_world_listen(struct vfsim_world *world, const char *vm, const char *socket, struct vfsim_error **error);
/* A descriptor that can be read when a client wants something; -1: there is none. It stays the world's. */
VFSIM_API int vfsim_world_descriptor(const struct vfsim_world *world);
/* Gives the clients what they want, at the time to which the world has run. */
VFSIM_API void vfsim_world_attend(struct vfsim_world *world);

VFSIM_END_DECLS

#endif
