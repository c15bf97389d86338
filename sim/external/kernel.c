/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where tools/uml-kernel has put a kernel: the one thing here that the environment decides. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "external/uml__.h"

static void default_folder(char folder[UML_PATH_MAX])
{
    const char *said = getenv("VFSIM_UML"), *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (said && *said)
        snprintf(folder, UML_PATH_MAX, "%s", said);
    else if (cache && *cache)
        snprintf(folder, UML_PATH_MAX, "%s/vfsim/uml", cache);
    else
        snprintf(folder, UML_PATH_MAX, "%s/.cache/vfsim/uml", home ? home : "");
}

static bool has(const char *folder, const char *name, int mode)
{
    char path[UML_PATH_MAX + 16];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return access(path, mode) == 0;
}

int uml__kernel_find(char folder[UML_PATH_MAX], bool npa, char *err, size_t err_cap)
{
    char path[UML_PATH_MAX];
    default_folder(path);
    if (!has(path, "linux", X_OK) || !has(path, UML_INITRAMFS, R_OK)) {
        snprintf(err, err_cap, "no kernel for 'kernel uml' in %s: tools/uml-kernel builds one", path);
        return -ENOENT;
    }
    if (npa && !has(path, UML_INITRAMFS_NPA, R_OK)) {
        snprintf(err, err_cap, "no NPA shell for 'kernel uml' in %s: tools/uml-kernel builds it", path);
        return -ENOENT;
    }
    if (!realpath(path, folder)) {
        snprintf(err, err_cap, "%s: no such folder", path);
        return -ENOENT;
    }
    return 0;
}
