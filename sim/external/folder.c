/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The folder of a guest's process: made, removed with it, and removed by the next one where its own simulator was killed. A folder
 * whose file `owner` nobody has locked is nobody's.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "external/uml__.h"

#define FOLDERS "/tmp/vfsim-uml-"
enum { NAME_MAX_LEN = UML_FOLDER_MAX + 16 };

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static void remove_all(const char *folder) { nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS); }

/* One that has no `owner` yet is being made. */
static void remove_if_left(const char *folder)
{
    char name[NAME_MAX_LEN];
    snprintf(name, sizeof(name), "%.*s/owner", UML_FOLDER_MAX - 1, folder);
    int fd = open(name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return;
    if (!flock(fd, LOCK_EX | LOCK_NB))
        remove_all(folder);
    close(fd);
}

static void remove_those_left(void)
{
    glob_t found;
    if (!glob(FOLDERS "*", GLOB_NOSORT, NULL, &found)) {
        for (size_t i = 0; i < found.gl_pathc; i++)
            remove_if_left(found.gl_pathv[i]);
        globfree(&found);
    }
}

/* It has its name once it is locked. */
static int lock(const char *folder)
{
    char made[NAME_MAX_LEN], name[NAME_MAX_LEN];
    snprintf(made, sizeof(made), "%.*s/new", UML_FOLDER_MAX - 1, folder);
    snprintf(name, sizeof(name), "%.*s/owner", UML_FOLDER_MAX - 1, folder);
    int fd = open(made, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB) && !rename(made, name))
        return fd;
    int rc = -errno;
    if (fd >= 0)
        close(fd);
    return rc;
}

int uml__folder_make(struct uml *uml)
{
    remove_those_left();
    snprintf(uml->folder, sizeof(uml->folder), FOLDERS "XXXXXX");
    if (!mkdtemp(uml->folder)) {
        uml->folder[0] = '\0';
        return -errno;
    }
    uml->owner = lock(uml->folder);
    return uml->owner < 0 ? uml->owner : 0;
}

void uml__folder_remove(struct uml *uml)
{
    if (uml->folder[0])
        remove_all(uml->folder);
    if (uml->owner >= 0)
        close(uml->owner);
    uml->folder[0] = '\0';
    uml->owner = -1;
}
