/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks of a recycler that keeps lie in one sparse memory file, so that the kernel knows which of their pages were ever touched:
 * only those are cleared, and they stay mapped. Blocks of one that does not keep are anonymous memory.
 */
#include "core/recycler.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/alloc.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/lsan_interface.h>
enum { UNDER_ASAN = 1, ROOT_BYTES_MAX = 1 << 20 };
#else
enum { UNDER_ASAN = 0, ROOT_BYTES_MAX = 0 };
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define __lsan_register_root_region(p, n) ((void)(p), (void)(n))
#define __lsan_unregister_root_region(p, n) ((void)(p), (void)(n))
#endif

/* A smaller block is touched here and there: in huge pages, where a kernel gives them unasked, it would cost all that it might. */
enum { PAGE = 4096, HOMES = 1024, HUGE_BLOCK = 8 << 20 };

struct block {
    struct block *next;      /* of all, in order of the file */
    struct block *next_free; /* of its shelf */
    struct block *next_home; /* of those whose addresses fall together */
    struct shelf *shelf;
    uint8_t *at;
    size_t bytes; /* whole pages */
    uint64_t from; /* in the file */
    bool taken, stained;
};

/* Blocks of one size and kind; the one given back last is taken first. */
struct shelf {
    struct shelf *next;
    size_t bytes;
    enum recycler_block kind;
    struct block *free;
};

struct part {
    struct part *next;
    const char *kind;
    uint64_t number;
    void *part;
    void (*destroy)(void *);
};

struct shared {
    struct shared *next;
    const char *kind;
    char *name;
    void *thing;
    void (*destroy)(void *);
    uint64_t (*digest)(const void *);
    uint64_t was;
};

struct recycler {
    bool keeps, staining, leaks;
    int fd;
    uint64_t used; /* bytes of the file */
    struct block *blocks, **end;
    struct shelf *shelves;
    struct block *home[HOMES]; /* by address: found, never walked through in this order */
    struct part *parts;
    struct shared *shared;
    char found[256];
};

static void open_block(const struct recycler *r, const struct block *b);

/* ---- life ---- */

struct recycler *recycler_create_plain(void)
{
    struct recycler *r = alloc_zero("a recycler", 1, sizeof(*r));
    r->fd = -1;
    r->end = &r->blocks;
    return r;
}

struct recycler *recycler_create(void)
{
    struct recycler *r = recycler_create_plain();
    r->keeps = true;
    r->fd = memfd_create("vfsim worlds", MFD_CLOEXEC);
    if (r->fd < 0)
        alloc_failed("a recycler", 0, errno);
    return r;
}

/* Pointers to what the C library's allocator gave may lie in a block: the leak checker has to look there. */
static void tell_leak_checker(void *at, size_t bytes, bool lives)
{
    if (bytes > ROOT_BYTES_MAX)
        return;
    if (lives)
        __lsan_register_root_region(at, bytes);
    else
        __lsan_unregister_root_region(at, bytes);
}

void recycler_destroy(struct recycler *r)
{
    if (!r)
        return;
    for (struct part *p = r->parts, *next; p; p = next) {
        next = p->next;
        p->destroy(p->part);
        free(p);
    }
    for (struct shared *s = r->shared, *next; s; s = next) {
        next = s->next;
        s->destroy(s->thing);
        free(s->name);
        free(s);
    }
    for (struct block *b = r->blocks, *next; b; b = next) {
        next = b->next;
        open_block(r, b);
        tell_leak_checker(b->at, b->bytes, false);
        munmap(b->at, b->bytes);
        free(b);
    }
    for (struct shelf *s = r->shelves, *next; s; s = next) {
        next = s->next;
        free(s);
    }
    if (r->fd >= 0)
        close(r->fd);
    free(r);
}

bool recycler_keeps(const struct recycler *r) { return r && r->keeps; }

void recycler_stain(struct recycler *r, bool on)
{
    if (r)
        r->staining = r->keeps && on;
}

bool recycler_is_staining(const struct recycler *r) { return r && r->staining; }

void recycler_leak(struct recycler *r, bool on) { r->leaks = on; }

void recycler_found(struct recycler *r, const char *fmt, ...)
{
    va_list ap;
    if (!r || r->found[0])
        return;
    va_start(ap, fmt);
    vsnprintf(r->found, sizeof(r->found), fmt, ap);
    va_end(ap);
}

const char *recycler_check(struct recycler *r)
{
    if (!r)
        return NULL;
    for (const struct shared *s = r->keeps ? r->shared : NULL; s; s = s->next)
        if (s->digest(s->thing) != s->was)
            recycler_found(r, "the %s \"%s\", which every world shares, has been written to", s->kind, s->name);
    return r->found[0] ? r->found : NULL;
}

/* ---- what has been touched ---- */

/* of a file, in whole pages */
struct extent {
    uint64_t at, end;
};

/* The next touched pages from `at` on, within [0, end): false when there are none. */
static bool next_extent(int fd, uint64_t at, uint64_t end, struct extent *e)
{
    if (at >= end)
        return false;
    off_t data = lseek(fd, (off_t)at, SEEK_DATA);
    if (data < 0 && errno != ENXIO) /* who does not know what was touched can't tell old bytes from new ones */
        alloc_failed("memory that worlds hand on", 0, errno);
    if (data < 0 || (uint64_t)data >= end)
        return false;
    off_t hole = lseek(fd, data, SEEK_HOLE);
    if (hole < 0)
        alloc_failed("memory that worlds hand on", 0, errno);
    e->at = (uint64_t)data & ~(uint64_t)(PAGE - 1);
    e->end = (uint64_t)hole > end ? end : (uint64_t)hole;
    return true;
}

void recycler_fill_file(int fd, uint64_t from, uint64_t bytes, uint8_t *view, uint8_t byte)
{
    struct extent e;
    for (uint64_t at = from; next_extent(fd, at, from + bytes, &e); at = e.end)
        memset(view + (e.at - from), byte, e.end - e.at);
}

static bool is_filled(const uint8_t *p, uint64_t len, uint8_t byte)
{
    return len == 0 || (p[0] == byte && !memcmp(p, p + 1, len - 1));
}

bool recycler_file_is_filled(int fd, uint64_t from, uint64_t bytes, const uint8_t *view, uint8_t byte)
{
    struct extent e;
    for (uint64_t at = from; next_extent(fd, at, from + bytes, &e); at = e.end)
        if (!is_filled(view + (e.at - from), e.end - e.at, byte))
            return false;
    return true;
}

/* ---- blocks ---- */

static size_t whole_pages(size_t bytes) { return (bytes + PAGE - 1) & ~(size_t)(PAGE - 1); }

/* AddressSanitizer has no say over what is mapped: what is given back is closed by hand, where it was touched. */
static void close_block(const struct recycler *r, const struct block *b)
{
    struct extent e;
    for (uint64_t at = b->from; UNDER_ASAN && next_extent(r->fd, at, b->from + b->bytes, &e); at = e.end)
        ASAN_POISON_MEMORY_REGION(b->at + (e.at - b->from), e.end - e.at);
}

static void open_block(const struct recycler *r, const struct block *b)
{
    struct extent e;
    for (uint64_t at = b->from; UNDER_ASAN && next_extent(r->fd, at, b->from + b->bytes, &e); at = e.end)
        ASAN_UNPOISON_MEMORY_REGION(b->at + (e.at - b->from), e.end - e.at);
}

static struct block **home_of(struct recycler *r, const void *at) { return &r->home[(uintptr_t)at / PAGE % HOMES]; }

static struct block *block_at(const struct recycler *r, const void *at)
{
    struct block *b = r->home[(uintptr_t)at / PAGE % HOMES];
    while (b && b->at != at)
        b = b->next_home;
    return b;
}

static struct shelf *shelf_of(struct recycler *r, size_t bytes, enum recycler_block kind)
{
    struct shelf *s = r->shelves;
    while (s && (s->bytes != bytes || s->kind != kind))
        s = s->next;
    if (!s) {
        s = alloc_zero("a recycler", 1, sizeof(*s));
        *s = (struct shelf){.next = r->shelves, .bytes = bytes, .kind = kind};
        r->shelves = s;
    }
    return s;
}

static struct block *new_block(struct recycler *r, const char *who, struct shelf *shelf)
{
    size_t bytes = shelf->bytes;
    struct block *b = alloc_zero(who, 1, sizeof(*b));
    *b = (struct block){.bytes = bytes, .from = r->used, .shelf = shelf};
    void *at = MAP_FAILED;
    if (!ftruncate(r->fd, (off_t)(r->used + bytes)))
        at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, r->fd, (off_t)b->from);
    if (at == MAP_FAILED)
        alloc_failed(who, bytes, errno);
    b->at = at;
    r->used += bytes;
    *r->end = b;
    r->end = &b->next;
    b->next_home = *home_of(r, at);
    *home_of(r, at) = b;
    tell_leak_checker(at, bytes, true);
    return b;
}

static void clean(struct recycler *r, struct block *b)
{
    if (b->stained && !recycler_file_is_filled(r->fd, b->from, b->bytes, b->at, RECYCLER_STAIN))
        recycler_found(r, "memory of a world that was gone has been written to (a block of %zu bytes)", b->bytes);
    if (b->shelf->kind == RECYCLER_ZEROED && !r->leaks)
        recycler_fill_file(r->fd, b->from, b->bytes, b->at, 0);
}

void *recycler_take(struct recycler *r, const char *who, size_t bytes, enum recycler_block kind)
{
    bytes = whole_pages(bytes);
    if (!recycler_keeps(r)) {
        void *p = alloc_map(who, bytes);
        if (bytes < HUGE_BLOCK)
            (void)madvise(p, bytes, MADV_NOHUGEPAGE); /* a kernel without huge pages refuses, and needs not be asked */
        tell_leak_checker(p, bytes, true);
        return p;
    }
    struct shelf *shelf = shelf_of(r, bytes, kind);
    struct block *b = shelf->free;
    if (b) {
        shelf->free = b->next_free;
        open_block(r, b);
        clean(r, b);
    } else {
        b = new_block(r, who, shelf);
    }
    b->taken = true;
    return b->at;
}

void recycler_give(struct recycler *r, void *block, size_t bytes, enum recycler_block kind)
{
    bytes = whole_pages(bytes);
    if (!block)
        return;
    if (!recycler_keeps(r)) {
        tell_leak_checker(block, bytes, false);
        alloc_unmap(block, bytes);
        return;
    }
    struct block *b = block_at(r, block);
    if (!b || !b->taken || b->shelf != shelf_of(r, bytes, kind)) {
        recycler_found(r, "a block of %zu bytes is given back that was not taken like this", bytes);
        return;
    }
    b->taken = false;
    b->next_free = b->shelf->free;
    b->shelf->free = b;
    b->stained = r->staining;
    if (b->stained)
        recycler_fill_file(r->fd, b->from, b->bytes, b->at, RECYCLER_STAIN);
    close_block(r, b);
}

void *recycler_grow(struct recycler *r, const char *who, void *block, size_t old_bytes, size_t new_bytes)
{
    if (!recycler_keeps(r)) {
        tell_leak_checker(block, whole_pages(old_bytes), false);
        void *grown = alloc_remap(who, block, whole_pages(old_bytes), whole_pages(new_bytes));
        tell_leak_checker(grown, whole_pages(new_bytes), true);
        return grown;
    }
    uint8_t *grown = recycler_take(r, who, new_bytes, RECYCLER_ZEROED);
    const struct block *b = block_at(r, block);
    struct extent e;
    for (uint64_t at = b->from; next_extent(r->fd, at, b->from + b->bytes, &e); at = e.end)
        memcpy(grown + (e.at - b->from), b->at + (e.at - b->from), e.end - e.at);
    recycler_give(r, block, old_bytes, RECYCLER_ZEROED);
    return grown;
}

bool recycler_next_touched(const struct recycler *r, const void *block, size_t bytes, uint64_t *at, uint64_t *end)
{
    const struct block *b = recycler_keeps(r) ? block_at(r, block) : NULL;
    *end = bytes;
    if (!b)
        return *at < bytes;
    struct extent e;
    if (!next_extent(r->fd, b->from + *at, b->from + bytes, &e))
        return false;
    *at = e.at - b->from;
    *end = e.end - b->from;
    return true;
}

/* ---- parts ---- */

bool recycler_keep(struct recycler *r, const char *kind, uint64_t number, void *part, void (*destroy)(void *))
{
    if (!recycler_keeps(r))
        return false;
    struct part *p = alloc_zero("what is kept of a world", 1, sizeof(*p));
    *p = (struct part){.next = r->parts, .kind = kind, .number = number, .part = part, .destroy = destroy};
    r->parts = p;
    return true;
}

void *recycler_fetch(struct recycler *r, const char *kind, uint64_t number)
{
    for (struct part **at = r ? &r->parts : NULL; at && *at; at = &(*at)->next) {
        struct part *p = *at;
        if (p->number != number || strcmp(p->kind, kind))
            continue;
        void *part = p->part;
        *at = p->next;
        free(p);
        return part;
    }
    return NULL;
}

/* ---- shared ---- */

void *recycler_shared(const struct recycler *r, const char *kind, const char *name)
{
    for (const struct shared *s = r ? r->shared : NULL; s; s = s->next)
        if (!strcmp(s->kind, kind) && !strcmp(s->name, name))
            return s->thing;
    return NULL;
}

void recycler_share(struct recycler *r, const char *kind, const char *name, void *thing, void (*destroy)(void *),
                    uint64_t (*digest)(const void *))
{
    struct shared *s = alloc_zero("what worlds share", 1, sizeof(*s));
    *s = (struct shared){.next = r->shared, .kind = kind, .thing = thing, .destroy = destroy, .digest = digest};
    s->name = alloc_text("what worlds share", name);
    if (r->keeps)
        s->was = digest(thing);
    r->shared = s;
}

uint64_t recycler_hash(uint64_t h, const void *bytes, size_t len)
{
    const uint8_t *p = bytes;
    for (; len >= sizeof(uint64_t); p += sizeof(uint64_t), len -= sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, p, sizeof(word));
        h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 32;
    }
    for (; len; p++, len--)
        h = (h ^ *p) * UINT64_C(0x100000001b3);
    return h ^ UINT64_C(0x51ed270b);
}
