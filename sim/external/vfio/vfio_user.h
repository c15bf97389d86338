/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `kernel vfio-user`: a VM whose guest is a client of vfio-user, QEMU for one, and whose function is served at a socket.
 *
 * Such guests live at the wall clock: whoever runs their world attends to them between two runs, and they act at the time to which
 * it has run. The protocol is version 0 [docs/interop/vfio-user.rst of QEMU].
 */
#ifndef VFSIM_EXTERNAL_VFIO_USER_H
#define VFSIM_EXTERNAL_VFIO_USER_H

#include <stddef.h>

struct vfio_doors; /* all of a world, which are waited for by one descriptor */
struct vm;

struct vfio_doors *vfio_doors_create(void); /* NULL: the system has no way to wait, errno says why */
void vfio_doors_destroy(struct vfio_doors *doors); /* NULL is fine; before or after the VMs */
int vfio_doors_descriptor(const struct vfio_doors *doors);
/* Serves the VM's function there, before it boots. 0, or -errno with a message. */
int vfio_doors_listen(struct vfio_doors *doors, struct vm *vm, const char *path, char *err, size_t err_cap);
void vfio_doors_attend(struct vfio_doors *doors);

#endif
