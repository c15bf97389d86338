/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recycler keeps what a world is made of from the end of one world to the beginning of the next of the same scenario: page
 * faults, read files and checked images are what a world costs, not its state.
 *
 * It is a value of who builds worlds one after the other (scenario/world/paranoid.c), handed to sim_create_with(); a world without
 * one has a recycler of its own that keeps nothing. Every function takes NULL for one that keeps nothing. As with
 * core/alloc.h, a lack of memory does not come back.
 *
 *   blocks   large arrays: zeros when they are taken, whatever the last world left in them; they cost memory where they are touched
 *   parts    anything else that is dear to make (a VM's RAM and its window), with its own manner of being made clean
 *   shared   what is the same in every world of the scenario (images, captures): made once, only read
 *
 * Nothing of an old world may be seen in a new one. recycler_stain() makes that visible: from then on what is given back is
 * filled with a pattern, which must be whole when the block is taken again, else somebody wrote into a world that was gone;
 * and blocks that are taken `as is` keep the pattern instead of the old world's bytes. recycler_check() says what was found,
 * and whether a shared thing was written to. Under AddressSanitizer a block given back can't be touched at all.
 */
#ifndef VFSIM_CORE_RECYCLER_H
#define VFSIM_CORE_RECYCLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recycler;

enum { RECYCLER_STAIN = 0xa5 };

struct recycler *recycler_create(void);        /* one that keeps */
struct recycler *recycler_create_plain(void);  /* one that keeps nothing but what is shared: a single world's */
void recycler_destroy(struct recycler *r);     /* after every world that it was handed to; NULL is fine */
bool recycler_keeps(const struct recycler *r);

/* From here on what is given back is stained, or no longer. */
void recycler_stain(struct recycler *r, bool on);
bool recycler_is_staining(const struct recycler *r);
/* For the test of the tests: old bytes are left where they lie. */
void recycler_leak(struct recycler *r, bool on);
/* What was seen first of memory that outlived its world: NULL, or one sentence. It looks at every shared thing. */
const char *recycler_check(struct recycler *r);
void recycler_found(struct recycler *r, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* by who keeps parts */

/* ---- blocks ---- */

enum recycler_block {
    RECYCLER_ZEROED, /* every byte is 0 */
    RECYCLER_AS_IS,  /* bytes that whoever takes it writes before it reads them: zeros, an old world's, or the stain */
};

/* The same size and kind go back as were taken. */
void *recycler_take(struct recycler *r, const char *who, size_t bytes, enum recycler_block kind) __attribute__((returns_nonnull));
void recycler_give(struct recycler *r, void *block, size_t bytes, enum recycler_block kind); /* NULL block is fine */
/* A larger zeroed block with the same bytes in front, instead of this one. */
void *recycler_grow(struct recycler *r, const char *who, void *block, size_t old_bytes, size_t new_bytes)
    __attribute__((returns_nonnull));

/* The next bytes of a taken block, from `at` on, that may have been touched: [*at, *end), whole pages; false: no more. What
 * lies between is 0. Of memory that is not kept that is all of it. */
bool recycler_next_touched(const struct recycler *r, const void *block, size_t bytes, uint64_t *at, uint64_t *end);

/* ---- parts ---- */

/* Keeps `part` until somebody asks for one of this kind and number. False: it keeps nothing, the part is still the caller's. */
bool recycler_keep(struct recycler *r, const char *kind, uint64_t number, void *part, void (*destroy)(void *part));
void *recycler_fetch(struct recycler *r, const char *kind, uint64_t number); /* NULL: there is none */

/* Of a file mapped at `view`: fill what has been touched in [0, bytes) with `byte`; see that it is filled with it (false: it is
 * not); for the stain of a part. Holes are left alone. */
void recycler_fill_file(int fd, uint64_t from, uint64_t bytes, uint8_t *view, uint8_t byte);
bool recycler_file_is_filled(int fd, uint64_t from, uint64_t bytes, const uint8_t *view, uint8_t byte);

/* ---- shared ---- */

/* The thing of this kind and name, or NULL. It is not written to. */
void *recycler_shared(const struct recycler *r, const char *kind, const char *name);
/* Hands `thing` over: destroy() is called with the recycler's end. `digest` is of all its bytes, so that a change is seen.
 * r is not NULL. */
void recycler_share(struct recycler *r, const char *kind, const char *name, void *thing, void (*destroy)(void *thing),
                    uint64_t (*digest)(const void *thing));
/* For such digests: order matters, 0 to begin with. */
uint64_t recycler_hash(uint64_t h, const void *bytes, size_t len);

#endif
