/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory for the whole tree: who asks gets it, or the program ends with a message that says who asked.
 *
 * Nothing here returns NULL, so that no caller needs a way back from a lack of memory, which hundreds of half-built
 * worlds would need and nobody would ever walk. `who` says what the memory is for in the words of a user ("frames",
 * "a NIC"): it lives as long as the program, as a string literal does. No size is asked for because a file says so: a
 * reader believes no length that is larger than the file.
 *
 * A lack of memory is the process's, as its heap is, and so is the handler that ends it: this is process-wide state. A
 * program installs its handler before it builds a world. A handler does not return: it ends the process (as vfsim does,
 * exit status 2), or jumps to where the program can go on without the world, whose memory is then lost.
 * Without a handler the reason goes to stderr and abort() is called.
 *
 * free() takes back what alloc_bytes(), alloc_zero(), alloc_grow(), alloc_text() and alloc_print() gave.
 */
#ifndef VFSIM_CORE_ALLOC_H
#define VFSIM_CORE_ALLOC_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* `err` is the errno that it failed with: ENOMEM, or what else kept the memory away (EMFILE, EFBIG, ENOSYS). */
typedef void alloc_handler(const char *who, size_t bytes, int err);
void alloc_set_handler(alloc_handler *handler);

/*
 * As one sentence: "out of memory: frames: 1,234 bytes"; "frames: no memory of 1,234 bytes: Too many open files"; without the
 * bytes if there are 0.
 */
char *alloc_describe(char *buf, size_t cap, const char *who, size_t bytes, int err);

/* What strerror() says, and one word for one thing: "out of memory" for ENOMEM. */
const char *alloc_reason(int err);

/* The process is short of what it needs (memory, files), as against: what it asks for is not there or not allowed. */
bool alloc_is_lack(int err);

/* For those who ask elsewhere: the handler's call. `bytes` 0: nobody knows. */
_Noreturn void alloc_failed(const char *who, size_t bytes, int err);

void *alloc_bytes(const char *who, size_t bytes) __attribute__((returns_nonnull, malloc));
void *alloc_zero(const char *who, size_t count, size_t bytes) __attribute__((returns_nonnull, malloc));
void *alloc_grow(const char *who, void *old, size_t bytes) __attribute__((returns_nonnull));
char *alloc_text(const char *who, const char *text) __attribute__((returns_nonnull, malloc));
char *alloc_print(const char *who, const char *fmt, ...) __attribute__((returns_nonnull, format(printf, 2, 3)));
char *alloc_vprint(const char *who, const char *fmt, va_list args) __attribute__((returns_nonnull, format(printf, 2, 0)));

/* Zeroed pages that cost memory only where they have been touched; alloc_remap() may move them. */
void *alloc_map(const char *who, size_t bytes) __attribute__((returns_nonnull));
void *alloc_remap(const char *who, void *old, size_t old_bytes, size_t bytes) __attribute__((returns_nonnull));
void alloc_unmap(void *p, size_t bytes); /* takes NULL */

/* A stream into memory: *text, the caller's to free, is there once it is closed. */
FILE *alloc_stream(const char *who, char **text, size_t *len) __attribute__((returns_nonnull));
void alloc_stream_close(const char *who, FILE *stream);

#endif
