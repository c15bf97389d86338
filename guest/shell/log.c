/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text for the console: a small printf of %s %c %d %u %x %p, widths with zeros, and l or ll. */
#include <stdarg.h>

#include "guest/shell/shell.h"

enum { LINE_MAX = 240 };

struct line {
    char text[LINE_MAX];
    uint32_t len;
};

static void put(struct line *l, char c)
{
    if (l->len < LINE_MAX)
        l->text[l->len++] = c;
}

static void put_text(struct line *l, const char *s)
{
    for (s = s ? s : "(null)"; *s; s++)
        put(l, *s);
}

static void put_number(struct line *l, uint64_t value, unsigned base, unsigned width, bool zeros)
{
    char digits[24];
    unsigned n = 0;
    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    while (width > n) {
        put(l, zeros ? '0' : ' ');
        width--;
    }
    while (n)
        put(l, digits[--n]);
}

static const char *put_conversion(struct line *l, const char *f, va_list *args)
{
    unsigned width = 0, longs = 0;
    bool zeros = *f == '0';
    while (*f >= '0' && *f <= '9')
        width = width * 10 + (unsigned)(*f++ - '0');
    while (*f == 'l')
        longs++, f++;
    if (*f == 's') {
        put_text(l, va_arg(*args, const char *));
    } else if (*f == 'c') {
        put(l, (char)va_arg(*args, int));
    } else if (*f == 'p') {
        put_text(l, "0x");
        put_number(l, (uintptr_t)va_arg(*args, void *), 16, 0, false);
    } else if (*f == 'd') {
        int64_t v = longs ? va_arg(*args, long) : va_arg(*args, int);
        if (v < 0)
            put(l, '-');
        put_number(l, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 10, width, zeros);
    } else if (*f == 'u' || *f == 'x' || *f == 'X') {
        uint64_t v = longs ? va_arg(*args, unsigned long) : va_arg(*args, unsigned);
        put_number(l, v, *f == 'u' ? 10 : 16, width, zeros);
    } else {
        put(l, *f ? *f : '%');
    }
    return *f ? f + 1 : f;
}

void log_print(int level, const char *format, ...)
{
    struct line l = {.len = 0};
    va_list args;
    (void)level; /* every level is shown: the console is a trace category of its own */
    va_start(args, format);
    while (*format) {
        if (*format == '%')
            format = put_conversion(&l, format + 1, &args);
        else
            put(&l, *format++);
    }
    va_end(args);
    if (!l.len || l.text[l.len - 1] != '\n') {
        if (l.len == LINE_MAX)
            l.len--;
        put(&l, '\n');
    }
    face_print(l.text, l.len);
}

void log_panic(const char *text)
{
    uint32_t len = 0;
    while (text[len])
        len++;
    for (;;)
        sh_exit(MACHINE_OP_PANIC, (uintptr_t)text, len, 0);
}
