/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/outfile.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/alloc.h"

static void forget(struct outfile *out)
{
    free(out->path);
    free(out->temporary);
    *out = (struct outfile){0};
}

int outfile_open(struct outfile *out, const char *path)
{
    struct stat st;
    bool exists = !stat(path, &st);
    *out = (struct outfile){.path = exists ? realpath(path, NULL) : alloc_text("an output file", path)};
    if (!out->path && exists && !S_ISREG(st.st_mode))
        out->path = alloc_text("an output file", path); /* /dev/stdout may lead to a pipe, which has no other name */
    if (!out->path)
        return -errno;
    bool beside = !exists || S_ISREG(st.st_mode);
    if (beside)
        out->temporary = alloc_print("an output file", "%s.tmp.%ld", out->path, (long)getpid());
    out->stream = fopen(beside ? out->temporary : out->path, "we");
    if (out->stream)
        return 0;
    int err = -errno;
    forget(out);
    return err;
}

int outfile_close(struct outfile *out)
{
    int err = fflush(out->stream) || ferror(out->stream) ? (errno ? -errno : -EIO) : 0;
    if (fclose(out->stream) && !err)
        err = -errno;
    if (!err && out->temporary && rename(out->temporary, out->path))
        err = -errno;
    if (err && out->temporary)
        unlink(out->temporary);
    forget(out);
    return err;
}
