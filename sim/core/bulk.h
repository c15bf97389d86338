/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bulk: arrays as large as what a user gives, that are walked from front to back: the packets of a capture, and what is made of
 * them. A small one is heap memory. A large one lies in a file without a name in /var/tmp (or is the user's own file, mapped), and
 * bulk_relax() hands back the memory of what has been walked past: contents and addresses stay. So a walk costs the memory of what
 * lies between two calls, and a disk the rest. Where no such file can be made it stays in memory.
 *
 * A bulk is the caller's, zeroed when it is empty. A full disk ends the program as a lack of memory does (core/alloc.h).
 */
#ifndef VFSIM_CORE_BULK_H
#define VFSIM_CORE_BULK_H

#include <stdbool.h>
#include <stddef.h>

enum { BULK_SMALL = 16 << 20, BULK_WALK = 16 << 20 /* bytes after which a walker relaxes what it walks through */ };

struct bulk {
    void *at;
    size_t cap;
    bool is_mapped; /* else it is the heap's */
    bool is_users;  /* the user's own file: written to in memory alone, and what is written is lost when it is relaxed */
    int fd;         /* of a file of ours */
};

/* Room for `bytes`; the array may move. New bytes are 0 if `is_zeroed`, else anything. */
void bulk_grow(const char *who, struct bulk *b, size_t bytes, bool is_zeroed);
/* The first `bytes` of an open file, which stays the caller's. 0 or -errno. */
int bulk_map(struct bulk *b, int fd, size_t bytes);
void bulk_relax(const struct bulk *b);
void bulk_free(struct bulk *b);

#endif
