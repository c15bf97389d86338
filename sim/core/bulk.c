/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/bulk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/alloc.h"

static const size_t STEP = 64 << 20; /* by which a file grows */

static size_t larger_than(size_t cap, size_t bytes)
{
    size_t doubled = cap < SIZE_MAX / 2 ? 2 * cap : cap;
    return doubled > bytes ? doubled : bytes;
}

static void grow_heap(const char *who, struct bulk *b, size_t bytes, bool is_zeroed)
{
    size_t cap = larger_than(b->cap, bytes);
    b->at = alloc_grow(who, b->at, cap);
    if (is_zeroed)
        memset((uint8_t *)b->at + b->cap, 0, cap - b->cap);
    b->cap = cap;
}

/* Blocks of the disk are taken now: a page without one would be a signal when it is written to. */
static void grow_file(const char *who, struct bulk *b, size_t bytes)
{
    size_t cap = (bytes + STEP - 1) / STEP * STEP;
    int err = posix_fallocate(b->fd, (off_t)b->cap, (off_t)(cap - b->cap));
    if (err)
        alloc_failed(who, cap - b->cap, err);
    void *at = b->cap ? mremap(b->at, b->cap, cap, MREMAP_MAYMOVE) : mmap(NULL, cap, PROT_READ | PROT_WRITE, MAP_SHARED, b->fd, 0);
    if (at == MAP_FAILED)
        alloc_failed(who, cap, errno);
    b->at = at;
    b->cap = cap;
}

/* From the heap into a file. False: there can be none. */
static bool move_to_file(const char *who, struct bulk *b, size_t bytes)
{
    struct bulk file = {.is_mapped = true, .fd = open("/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
    if (file.fd < 0)
        return false;
    grow_file(who, &file, bytes);
    if (b->cap)
        memcpy(file.at, b->at, b->cap < bytes ? b->cap : bytes);
    free(b->at);
    *b = file;
    return true;
}

void bulk_grow(const char *who, struct bulk *b, size_t bytes, bool is_zeroed)
{
    if (bytes <= b->cap)
        return;
    if (b->is_mapped)
        grow_file(who, b, bytes);
    else if (bytes <= BULK_SMALL || !move_to_file(who, b, bytes))
        grow_heap(who, b, bytes, is_zeroed);
}

int bulk_map(struct bulk *b, int fd, size_t bytes)
{
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd, 0);
    if (at == MAP_FAILED)
        return -errno;
    *b = (struct bulk){.at = at, .cap = bytes, .is_mapped = true, .is_users = true, .fd = -1};
    return 0;
}

void bulk_relax(const struct bulk *b)
{
    if (b->is_mapped)
        (void)madvise(b->at, b->cap, MADV_DONTNEED);
}

void bulk_free(struct bulk *b)
{
    if (b->is_mapped) {
        munmap(b->at, b->cap);
        if (!b->is_users)
            close(b->fd);
    } else {
        free(b->at);
    }
    *b = (struct bulk){0};
}
