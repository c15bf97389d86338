/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Zeroed arrays that cost memory only where they have been touched: the named limits may be generous. */
#ifndef VFSIM_CORE_LAZY_PRIVATE_H
#define VFSIM_CORE_LAZY_PRIVATE_H

#include <stddef.h>
#include <sys/mman.h>

/* NULL when the address space is exhausted. */
static inline void *lazy_map(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

/* Grow; the array may move. NULL when it cannot, the old one is then untouched. */
static inline void *lazy_grow(void *p, size_t old_bytes, size_t new_bytes)
{
    void *q = mremap(p, old_bytes, new_bytes, MREMAP_MAYMOVE);
    return q == MAP_FAILED ? NULL : q;
}

static inline void lazy_unmap(void *p, size_t bytes)
{
    if (p)
        munmap(p, bytes);
}

#endif
