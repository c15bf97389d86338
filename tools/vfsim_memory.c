/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program's own memory: who asks gets it, or the program ends as it does when a world gets none. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "vfsim.h"

static void *checked(void *memory, const char *who, size_t bytes)
{
    if (!memory)
        vfsim_out_of_memory(who, bytes);
    return memory;
}

void *vfsim_zero(const char *who, size_t count, size_t bytes)
{
    return checked(calloc(count ? count : 1, bytes), who, count * bytes);
}

void *vfsim_grow(const char *who, void *old, size_t bytes) { return checked(realloc(old, bytes ? bytes : 1), who, bytes); }
char *vfsim_copy(const char *who, const char *text) { return checked(strdup(text), who, strlen(text) + 1); }

char *vfsim_print(const char *who, const char *fmt, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, fmt);
    if (vasprintf(&text, fmt, args) < 0)
        vfsim_out_of_memory(who, strlen(fmt) + 1); /* at least */
    va_end(args);
    return text;
}

const char *vfsim_why(int err) { return err == ENOMEM ? "out of memory" : strerror(err); }
