/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sweep/spread.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vfsim.h"

/* ---- alone ---- */

static unsigned counts[SPREAD_COUNTS];

static unsigned add_alone(enum spread_count count, unsigned n)
{
    unsigned before = counts[count];
    counts[count] += n;
    return before;
}

static void gather_alone(unsigned runs, bool (*lacks)(void *, unsigned), char *(*get)(void *, unsigned, size_t *),
                         void (*put)(void *, unsigned, const char *, size_t), void *user)
{
    (void)runs, (void)lacks, (void)get, (void)put, (void)user;
}

static int end_alone(int code) { return code; }

static const struct spread alone = {.size = 1, .add = add_alone, .gather = gather_alone, .end = end_alone};

/* ---- one of several ---- */

/* As Open MPI's launcher says it, and those that speak PMI. */
static bool is_one_of_several(void)
{
    static const char *const sizes[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"};
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        const char *size = getenv(sizes[i]);
        if (size && strtoul(size, NULL, 10) > 1)
            return true;
    }
    return false;
}

static void *load(char path[PATH_MAX])
{
    static const char *const places[] = {"", "/" VFSIM_LIBWAY "/vfsim"};
    char exe[PATH_MAX] = "";
    ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
    char *slash = len > 0 ? memrchr(exe, '/', (size_t)len) : NULL;
    if (slash)
        *slash = 0;
    for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if (snprintf(path, PATH_MAX, "%s%s/vfsim-mpi.so", exe, places[i]) < PATH_MAX && !access(path, R_OK))
            return dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    return NULL;
}

const struct spread *spread_begin(void)
{
    char path[PATH_MAX];
    if (!is_one_of_several())
        return &alone;
    void *module = load(path);
    const struct spread *(*begin)(void) = NULL;
    void *symbol = module ? dlsym(module, "vfsim_spread_begin") : NULL;
    memcpy(&begin, &symbol, sizeof(begin)); /* POSIX lets an object pointer be a function's; C does not say how */
    const struct spread *spread = begin ? begin() : NULL;
    if (!spread)
        vfsim_complain("this process is one of an MPI job, and %s: build vfsim where MPI is installed (libopenmpi-dev)",
                       module               ? "MPI can't be begun"
                       : access(path, F_OK) ? "vfsim was built without MPI"
                                            : dlerror());
    return spread;
}
