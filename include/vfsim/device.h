/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hands on: registers and config space of a function, and frames that are put in.
 *
 * A function is named by its NIC and a number: VFSIM_PF, or a VF from 0. Access takes no simulated time and has the effects that
 * the access itself has in hardware (a counter that is cleared when it is read, an interrupt that a store sets off), no others; the
 * guest and the PF's driver know nothing of it. What it sets off happens as the world runs on: a run that was over is not, once
 * something was written or put in. One that has come to its limit of time, or was finished, takes nothing more (EINVAL).
 */
#ifndef VFSIM_DEVICE_H
#define VFSIM_DEVICE_H

#include <vfsim/world.h>

VFSIM_BEGIN_DECLS

enum { VFSIM_PF = -1 };

/* `size` 1, 2, 4 or 8 bytes, at a multiple of it. -ENODEV: there is no such NIC or function (VF Enable is off, or it is within its
 * reset); -EINVAL: not in a BAR of it; -EBUSY: nobody decodes it (memory decode is off). */
VFSIM_API int vfsim_register_read(struct vfsim_world *world, const char *nic, int function, unsigned bar, uint32_t offset,
                                  unsigned size, uint64_t *value, struct vfsim_error **error);
VFSIM_API int vfsim_register_write(struct vfsim_world *world, const char *nic, int function, unsigned bar, uint32_t offset,
                                   unsigned size, uint64_t value, struct vfsim_error **error);
/* `size` 1, 2 or 4. -ENODEV, -EINVAL as above; a function within its reset reads as all ones. */
VFSIM_API int vfsim_config_read(struct vfsim_world *world, const char *nic, int function, uint16_t offset, unsigned size,
                                uint32_t *value, struct vfsim_error **error);
VFSIM_API int vfsim_config_write(struct vfsim_world *world, const char *nic, int function, uint16_t offset, unsigned size,
                                 uint32_t value, struct vfsim_error **error);

/* By its name in `vfsim regs MODEL` ("CTRL", "RXDCTL" with index 3): where it is. -ENOENT: there is none. */
VFSIM_API int vfsim_register_find(struct vfsim_world *world, const char *nic, int function, const char *name, unsigned index,
                                  uint32_t *offset, struct vfsim_error **error);

/* Puts a frame of `length` bytes (from the destination MAC on, without check sequence; 14 … 9728) into the world, now, as one that
 * belongs to no flow; `frame` (may be NULL) names it for observers.
 *   vfsim_send     `place` sends it: a peer, a NIC's port onto its wire, or a VM, whose application (`app station`) hands it
 *                  to its driver, when the guest has run on so far: the frame is born then, and `frame` is 0
 *   vfsim_receive  it arrives at the port: at a peer, or at a NIC from its wire
 * -ENOENT: there is no such place; -EINVAL: the length, a VM that is to receive, or one whose
 * application sends nothing; -ENOMEM: no room for frames. */
VFSIM_API int vfsim_send(struct vfsim_world *world, const char *place, const void *bytes, size_t length, uint64_t *frame,
                         struct vfsim_error **error);
VFSIM_API int vfsim_receive(struct vfsim_world *world, const char *place, const void *bytes, size_t length, uint64_t *frame,
                            struct vfsim_error **error);

VFSIM_END_DECLS

#endif
