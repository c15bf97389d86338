/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of a client whose memory is read and written, not mapped: one descriptor each, however many ranges lie in it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/alloc.h"
#include "external/vfio/vfio_user__.h"

int vfio__file_use(struct vfio_memory *m, int fd, uint64_t dev, uint64_t ino, struct vfio_file **file)
{
    struct vfio_file *f = m->files;
    while (f && (f->dev != dev || f->ino != ino))
        f = f->next;
    if (!f) {
        int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
        if (copy < 0)
            return errno;
        f = alloc_zero("a file of a client", 1, sizeof(*f));
        *f = (struct vfio_file){.next = m->files, .dev = dev, .ino = ino, .fd = copy};
        m->files = f;
    }
    f->users++;
    *file = f;
    return 0;
}

void vfio__file_leave(struct vfio_memory *m, struct vfio_file *file)
{
    if (!file || --file->users)
        return;
    struct vfio_file **at = &m->files;
    while (*at != file)
        at = &(*at)->next;
    *at = file->next;
    close(file->fd);
    free(file);
}
