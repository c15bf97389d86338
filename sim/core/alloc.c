/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/alloc.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static alloc_handler *lost; /* NULL: nobody's */

void alloc_set_handler(alloc_handler *handler) { lost = handler; }

/* "1,234,567": what is too much is easier seen so. */
static const char *grouped(size_t n, char buf[32])
{
    char *at = buf + 31;
    *at = '\0';
    for (unsigned digits = 0; n || !digits; digits++, n /= 10) {
        if (digits && digits % 3 == 0)
            *--at = ',';
        *--at = (char)('0' + n % 10);
    }
    return at;
}

const char *alloc_reason(int err) { return err == ENOMEM ? "out of memory" : strerror(err); }

bool alloc_is_lack(int err) { return err == ENOMEM || err == EMFILE || err == ENFILE; }

char *alloc_describe(char *buf, size_t cap, const char *who, size_t bytes, int err)
{
    char number[32];
    if (!bytes)
        snprintf(buf, cap, err == ENOMEM ? "%2$s: %1$s" : "%1$s: %2$s", who, alloc_reason(err));
    else if (err == ENOMEM)
        snprintf(buf, cap, "out of memory: %s: %s bytes", who, grouped(bytes, number));
    else
        snprintf(buf, cap, "%s: no memory of %s bytes: %s", who, grouped(bytes, number), strerror(err));
    return buf;
}

void alloc_failed(const char *who, size_t bytes, int err)
{
    if (lost)
        lost(who, bytes, err);
    char text[256];
    alloc_describe(text, sizeof(text) - 1, who, bytes, err);
    size_t len = strlen(text);
    text[len++] = '\n';
    ssize_t written = write(STDERR_FILENO, text, len);
    (void)written;
    abort();
}

static void *checked(void *p, const char *who, size_t bytes)
{
    if (!p)
        alloc_failed(who, bytes, ENOMEM);
    return p;
}

void *alloc_bytes(const char *who, size_t bytes) { return checked(malloc(bytes ? bytes : 1), who, bytes); }

void *alloc_zero(const char *who, size_t count, size_t bytes)
{
    if (bytes && count > SIZE_MAX / bytes)
        alloc_failed(who, SIZE_MAX, ENOMEM);
    size_t all = count * bytes;
    return checked(calloc(1, all ? all : 1), who, all);
}

void *alloc_grow(const char *who, void *old, size_t bytes) { return checked(realloc(old, bytes ? bytes : 1), who, bytes); }

char *alloc_text(const char *who, const char *text) { return checked(strdup(text), who, strlen(text) + 1); }

char *alloc_vprint(const char *who, const char *fmt, va_list args)
{
    char *text;
    if (vasprintf(&text, fmt, args) < 0)
        alloc_failed(who, strlen(fmt) + 1, ENOMEM); /* at least */
    return text;
}

char *alloc_print(const char *who, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = alloc_vprint(who, fmt, args);
    va_end(args);
    return text;
}

void *alloc_map(const char *who, size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        alloc_failed(who, bytes, errno);
    return p;
}

void *alloc_remap(const char *who, void *old, size_t old_bytes, size_t bytes)
{
    void *p = mremap(old, old_bytes, bytes, MREMAP_MAYMOVE);
    if (p == MAP_FAILED)
        alloc_failed(who, bytes, errno);
    return p;
}

void alloc_unmap(void *p, size_t bytes)
{
    if (p)
        munmap(p, bytes);
}

/* ---- streams ---- */

/* open_memstream() may lose its text without a word: it asks for memory when it is closed, and says that all went well. */
struct stream {
    const char *who;
    char **text;
    size_t *len;
    size_t cap;
};

static ssize_t stream_write(void *cookie, const char *bytes, size_t more)
{
    struct stream *s = cookie;
    size_t need = *s->len + more + 1;
    if (need > s->cap) {
        s->cap = need > 2 * s->cap ? need : 2 * s->cap;
        *s->text = alloc_grow(s->who, *s->text, s->cap);
    }
    memcpy(*s->text + *s->len, bytes, more);
    *s->len += more;
    (*s->text)[*s->len] = 0;
    return (ssize_t)more;
}

static int stream_close(void *cookie)
{
    free(cookie);
    return 0;
}

FILE *alloc_stream(const char *who, char **text, size_t *len)
{
    struct stream *s = alloc_bytes(who, sizeof(*s));
    *s = (struct stream){.who = who, .text = text, .len = len};
    *len = 0;
    *text = alloc_text(who, "");
    FILE *stream = fopencookie(s, "w", (cookie_io_functions_t){.write = stream_write, .close = stream_close});
    if (!stream)
        alloc_failed(who, sizeof(FILE), errno);
    return stream;
}

void alloc_stream_close(const char *who, FILE *stream)
{
    if (fclose(stream))
        alloc_failed(who, 0, errno);
}
