/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The save stream: one function a component describes both writing and reading of its state.
 *
 * The idiom of this code base: a device is configuration (from the scenario, rebuilt on restore), wiring (pointers,
 * rebuilt on restore) and state (plain data without pointers, in a struct of its own). Its save function names a
 * section and hands each state member to save_field(); the same calls load it again. A restore first builds the world
 * from the scenario text in the file, then loads every component over it.
 *
 * Errors are sticky: after the first one every call does nothing, and save_error() tells what and where. Integers are
 * stored in host order; a stream is for the binary and processor that wrote it (the header says which).
 */
#ifndef VFSIM_CORE_SAVE_H
#define VFSIM_CORE_SAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct save {
    uint8_t *buf; /* writer: owned, grows; reader and comparer: the caller's */
    size_t len;   /* bytes written, or bytes available */
    size_t cap;
    size_t pos;   /* reader: up to here it has been read; comparer: up to here it is the same */
    bool loading, comparing;
    int err;      /* 0 or -errno: -EPROTO (not what was expected), -ENOMEM, -EINVAL (component refused) */
    char why[192];
    char section[48];
};

void save_init_writer(struct save *s);
void save_init_reader(struct save *s, const void *buf, size_t len);
/* Writes nothing: what is saved must be what lies in `buf`; the first byte that is not is -EPROTO, at `pos`. */
void save_init_comparer(struct save *s, const void *buf, size_t len);
void save_rewind(struct save *s); /* a writer begins again, in the memory it has */
void save_fini(struct save *s); /* frees a writer's buffer; zeroed value is fine */

static inline bool save_is_loading(const struct save *s) { return s->loading; }

/* Write, or read and compare, a section head; a mismatch is -EPROTO with both names in `why`. */
void save_section(struct save *s, const char *name, uint32_t version);

/* Write `n` bytes at `p`, or read them back into `p`; and the same of a variable. Each place has a record of its own: its
 * type says to a debugger what `p` points to, so that tests/left_out/ can leave out one member of one place after the other. */
#define save_bytes(s, p, n) SAVE__AT(s, p, n)
#define save_field(s, lvalue) SAVE__AT(s, &(lvalue), sizeof(lvalue))
#define SAVE__AT(s, p, n)                       \
    ({                                          \
        static const struct {                   \
            __typeof__((p) + 0) type;           \
        } save_site = {NULL};                   \
        save__bytes((s), (p), (n), &save_site); \
    })
void save__bytes(struct save *s, void *p, size_t n, const void *site);

/* Write a value, or read one and fail with -EPROTO when it differs: for configuration that must agree. */
void save_expect_u64(struct save *s, const char *what, uint64_t value);

/* Used while loading to refuse: sets the sticky error. printf-like. */
void save_fail(struct save *s, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
