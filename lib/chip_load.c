/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chips in shared objects: loaded once, for good; and where the object of a chip lies. */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/alloc.h"
#include "lib/chip__.h"
#include "lib/lib__.h"
#include "vfsim/error.h"

static const char who[] = "a chip";

char *chip__object_of(const struct vfsim_chip *chip)
{
    Dl_info info;
    char object[PATH_MAX];
    if (!dladdr(chip, &info) || !info.dli_fname || !realpath(info.dli_fname, object))
        return NULL;
    return alloc_text(who, object);
}

char *chip__plugin_beside(const struct vfsim_chip *chip, const char *object)
{
    if (!object)
        return NULL;
    char *path = alloc_print(who, "%.*s%s", (int)(strrchr(object, '/') + 1 - object), object, chip->vf_plugin);
    if (!access(path, R_OK))
        return path;
    free(path);
    return NULL;
}

struct object {
    struct object *next;
    void *handle;
};
static struct object *objects; /* that have said what chips they have */

static bool is_known(void *handle)
{
    const struct object *o = objects;
    while (o && o->handle != handle)
        o = o->next;
    return o;
}

/* What the loader says begins with the path, which the message has already. */
static const char *reason(const char *path)
{
    const char *text = dlerror();
    size_t len = strlen(path);
    if (!text)
        return "unknown";
    return !strncmp(text, path, len) && !strncmp(text + len, ": ", 2) ? text + len + 2 : text;
}

/* Chips call functions of the object that this code is in, which may have been loaded for its loader alone (by a module of
 * Python's, say): from here on everybody finds them. */
static void show_ourselves(void)
{
    Dl_info us;
    if (dladdr((void *)(uintptr_t)vfsim_chip_load, &us) && us.dli_fname)
        (void)dlopen(us.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL);
}

int vfsim_chip_load(const char *name, struct vfsim_error **error)
{
    char path[PATH_MAX];
    if (lib__given(name, "file", error))
        return -EINVAL;
    if (!realpath(name, path)) {
        int code = errno == ENOTDIR ? ENOENT : errno;
        return lib__fail(error, code, "%s: %s", name, alloc_reason(code));
    }
    show_ourselves();
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        return lib__fail(error, ENOEXEC, "%s: no chip can be loaded from it: %s", name, reason(path));
    if (is_known(handle)) {
        dlclose(handle);
        return 0;
    }
    int (*init)(struct vfsim_error **) = NULL;
    *(void **)&init = dlsym(handle, "vfsim_chip_init");
    if (!init) {
        dlclose(handle);
        return lib__fail(error, ENOEXEC, "%s: it has no chip: vfsim_chip_init() is not there", name);
    }
    struct object *o = alloc_zero(who, 1, sizeof(*o)); /* for good: what it has registered stays */
    *o = (struct object){.next = objects, .handle = handle};
    objects = o;
    struct vfsim_error *why = NULL;
    int status = init(&why);
    if (status && !why)
        lib__fail(&why, status < 0 ? -status : EINVAL, "its vfsim_chip_init() has failed and does not say why");
    if (status)
        lib__fail(error, status < 0 ? -status : EINVAL, "%s: %s", name, why->message);
    vfsim_error_free(why);
    return status;
}
