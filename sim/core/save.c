/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/save.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"

enum { FIRST_CAP = 4096, SECTION_MARK = 0x54434553 /* "SECT" */ };

void save_init_writer(struct save *s) { memset(s, 0, sizeof(*s)); }

void save_init_reader(struct save *s, const void *buf, size_t len)
{
    memset(s, 0, sizeof(*s));
    s->buf = (uint8_t *)(uintptr_t)buf; /* never written through while loading */
    s->len = len;
    s->loading = true;
}

void save_init_comparer(struct save *s, const void *buf, size_t len)
{
    save_init_reader(s, buf, len);
    s->loading = false;
    s->comparing = true;
}

void save_rewind(struct save *s) { *s = (struct save){.buf = s->buf, .cap = s->cap}; }

void save_fini(struct save *s)
{
    if (!s->loading && !s->comparing)
        free(s->buf);
    memset(s, 0, sizeof(*s));
}

void save_fail(struct save *s, int err, const char *fmt, ...)
{
    if (s->err)
        return;
    s->err = err;
    int n = 0;
    if (s->section[0])
        n = snprintf(s->why, sizeof(s->why), "%s: ", s->section);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(s->why + n, sizeof(s->why) - (size_t)n, fmt, ap);
    va_end(ap);
}

static int grow(struct save *s, size_t n)
{
    if (n <= s->cap - s->len)
        return 0;
    size_t cap = s->cap ? s->cap : FIRST_CAP;
    while (cap - s->len < n) {
        if (cap > SIZE_MAX / 2)
            return -ENOMEM;
        cap *= 2;
    }
    uint8_t *buf = alloc_grow("a saved world", s->buf, cap);
    s->buf = buf;
    s->cap = cap;
    return 0;
}

static void compare(struct save *s, const uint8_t *p, size_t n)
{
    size_t there = n < s->len - s->pos ? n : s->len - s->pos;
    if (there == n && !memcmp(s->buf + s->pos, p, n)) {
        s->pos += n;
        return;
    }
    for (size_t i = 0; i < there && s->buf[s->pos] == p[i]; i++)
        s->pos++;
    save_fail(s, -EPROTO, "byte %zu is another one", s->pos);
}

void save__bytes(struct save *s, void *p, size_t n, const void *site)
{
    if (s->err || n == 0)
        return;
    if (s->comparing) {
        compare(s, p, n);
        return;
    }
    if (s->loading) {
        if (n > s->len - s->pos) {
            save_fail(s, -EPROTO, "the stream ends at byte %zu, %zu more were expected", s->pos, n);
            return;
        }
        memcpy(p, s->buf + s->pos, n);
        s->pos += n;
        return;
    }
    if (grow(s, n)) {
        save_fail(s, -ENOMEM, "no memory for %zu bytes more", n);
        return;
    }
    memcpy(s->buf + s->len, p, n);
    s->len += n;
}

void save_section(struct save *s, const char *name, uint32_t version)
{
    uint32_t mark = SECTION_MARK;
    uint32_t found_version = version;
    char found[sizeof(s->section)] = "";
    snprintf(found, sizeof(found), "%s", name);
    save_field(s, mark);
    save_field(s, found);
    save_field(s, found_version);
    if (s->err)
        return;
    found[sizeof(found) - 1] = '\0';
    if (mark != SECTION_MARK)
        save_fail(s, -EPROTO, "section \"%.*s\" was expected, but none begins here", (int)sizeof(found), name);
    else if (strncmp(found, name, sizeof(found) - 1) != 0)
        save_fail(s, -EPROTO, "section \"%.*s\" was expected, \"%s\" was found", (int)sizeof(found), name, found);
    else if (found_version != version)
        save_fail(s, -EPROTO, "section \"%.*s\" has version %" PRIu32 ", this program reads %" PRIu32, (int)sizeof(found), name,
                  found_version, version);
    else
        memcpy(s->section, found, sizeof(s->section));
}

void save_expect_u64(struct save *s, const char *what, uint64_t value)
{
    uint64_t found = value;
    save_field(s, found);
    if (s->err == 0 && found != value)
        save_fail(s, -EPROTO, "%s is %" PRIu64 " in the stream and %" PRIu64 " in this world", what, found, value);
}
