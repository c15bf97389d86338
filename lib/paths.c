/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where guest image and plugins lie, as seen from the library, or from the program that it was linked into. */
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "lib/lib__.h"

/* Beside a library that is installed, in a build (a test's program lies one folder deeper), and from an installed program. */
static const char from_program[] = "/../" VFSIM_LIBDIR "/vfsim";
static const char *const places[] = {"/vfsim", "", "/..", from_program, NULL};
/* What all kinds of machines share lies in a folder of its own: from a program's folder, and from a library's. */
static const char shared[] = VFSIM_LIB_TO_DATA "/vfsim", shared_from_program[] = "/../" VFSIM_DATADIR "/vfsim";
static const char *const shared_places[] = {"", "/..", shared, shared_from_program, NULL};

/* The folder of the file that holds this code; dladdr() calls the main program as it was called, which may be by no path. */
static void own_folder(char folder[PATH_MAX])
{
    static const char here;
    Dl_info own, program;
    bool is_found = dladdr(&here, &own) && own.dli_fname;
    bool is_program = !is_found || (dladdr((const void *)getauxval(AT_PHDR), &program) && program.dli_fbase == own.dli_fbase);
    folder[0] = 0;
    if (is_program) {
        ssize_t len = readlink("/proc/self/exe", folder, PATH_MAX - 1);
        folder[len > 0 ? len : 0] = 0;
    } else if (!realpath(own.dli_fname, folder)) {
        snprintf(folder, PATH_MAX, "%s", own.dli_fname);
    }
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = 0;
}

/* What came with the library; if it is nowhere, the place where an installation has it, for the message. */
static const char *find(const char *name, const char *const *place, char path[PATH_MAX])
{
    char folder[PATH_MAX];
    own_folder(folder);
    for (; *place; place++)
        if (snprintf(path, PATH_MAX, "%s%s/%s", folder, *place, name) < PATH_MAX && !access(path, R_OK))
            break;
    return path;
}

const char *lib__guest_image(void)
{
    static char path[PATH_MAX];
    return find("guest/shell.elf", places, path);
}

const char *lib__conformance_image(void)
{
    static char path[PATH_MAX];
    return find("guest/conformance.elf", places, path);
}

const char *lib__plugin_store(void)
{
    static char path[PATH_MAX];
    return find("plugins", places, path);
}

const char *lib__profiles(void)
{
    static char path[PATH_MAX];
    return find("profiles", shared_places, path);
}
