/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/outfile.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/scratch.h"

enum { LINKS_MAX = 40 }; /* as the kernel follows */

/* "folder/name" with the folder's links followed. */
static char *in_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? alloc_print("an output file", "%.*s/", (int)(slash - path), path) : NULL;
    char *whole = realpath(folder ? folder : ".", NULL);
    free(folder);
    char *place = whole ? alloc_print("an output file", "%s/%s", strcmp(whole, "/") ? whole : "", slash ? slash + 1 : path) : NULL;
    free(whole);
    return place;
}

char *outfile_place(const char *path)
{
    char target[PATH_MAX];
    char *place = in_folder(path);
    for (int i = 0; place; i++) {
        ssize_t len = readlink(place, target, sizeof(target) - 1);
        if (len < 0) /* no link: there, or to be made */
            return place;
        if (i == LINKS_MAX) {
            errno = ELOOP;
            break;
        }
        target[len] = 0;
        char *slash = strrchr(place, '/');
        char *next = *target == '/' ? alloc_text("an output file", target)
                                    : alloc_print("an output file", "%.*s/%s", (int)(slash - place), place, target);
        free(place);
        place = in_folder(next);
        free(next);
    }
    int err = errno;
    free(place);
    errno = err;
    return NULL;
}

void outfile_forget(struct outfile *out)
{
    free(out->path);
    free(out->temporary);
    *out = (struct outfile){0};
}

int outfile_name(struct outfile *out, const char *path)
{
    struct stat st;
    bool as_it_is = !stat(path, &st) && !S_ISREG(st.st_mode); /* /dev/stdout may lead to a pipe, which has no other name */
    *out = (struct outfile){.path = as_it_is ? alloc_text("an output file", path) : outfile_place(path)};
    if (!out->path)
        return -errno;
    if (!as_it_is)
        out->temporary = alloc_print("an output file", "%s.tmp.%ld", out->path, (long)getpid());
    return 0;
}

int outfile_open(struct outfile *out, const char *path)
{
    int err = outfile_name(out, path);
    if (err)
        return err;
    if (out->temporary)
        scratch_add(out->temporary);
    out->stream = fopen(out->temporary ? out->temporary : out->path, "we");
    if (out->stream) {
        errno = 0; /* what is written from here on says in it why it could not */
        return 0;
    }
    err = -errno;
    scratch_drop(out->temporary);
    outfile_forget(out);
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
    if (out->temporary)
        scratch_drop(out->temporary);
    outfile_forget(out);
    return err;
}

int outfile_try(const char *path)
{
    struct outfile out;
    struct stat st;
    int err = !stat(path, &st) && S_ISDIR(st.st_mode) ? -EISDIR : outfile_name(&out, path);
    if (err)
        return err;
    if (!out.temporary) {
        err = access(out.path, W_OK) ? -errno : 0;
        outfile_forget(&out);
        return err;
    }
    outfile_forget(&out);
    err = outfile_open(&out, path);
    if (err)
        return err;
    fclose(out.stream);
    unlink(out.temporary);
    scratch_drop(out.temporary);
    outfile_forget(&out);
    return 0;
}
