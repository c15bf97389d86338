/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fowler, Noll and Vo's FNV-1a of 64 bits: a digest of bytes that nobody has a reason to forge, and a key of names. */
#ifndef VFSIM_CORE_FNV_H
#define VFSIM_CORE_FNV_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define FNV_BASIS UINT64_C(0xcbf29ce484222325)

/* `hash` of what came before, FNV_BASIS at first; and on with `len` bytes of `data`. */
static inline uint64_t fnv1a(uint64_t hash, const void *data, size_t len)
{
    for (const uint8_t *p = data, *end = p + len; p < end; p++)
        hash = (hash ^ *p) * UINT64_C(0x100000001b3);
    return hash;
}

static inline uint64_t fnv1a_text(const char *text) { return fnv1a(FNV_BASIS, text, strlen(text)); }

#endif
