/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/scratch.h"

#include <stddef.h>
#include <unistd.h>

/* A handler may run between any two stores: a slot holds a whole name or none. */
static const char *volatile names[SCRATCH_MAX];

void scratch_add(const char *path)
{
    for (unsigned i = 0; i < SCRATCH_MAX; i++)
        if (!names[i]) {
            names[i] = path;
            return;
        }
}

void scratch_drop(const char *path)
{
    for (unsigned i = 0; i < SCRATCH_MAX; i++)
        if (names[i] == path)
            names[i] = NULL;
}

void scratch_unlink_all(void)
{
    for (unsigned i = 0; i < SCRATCH_MAX; i++) {
        const char *path = names[i];
        if (path)
            unlink(path);
    }
}
