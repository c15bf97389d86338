/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with a scenario: kept in order, printed with file, line and column. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "scenario/scenario__.h"

void scn_error(struct scenario *sc, struct scn_pos at, const char *fmt, ...)
{
    if (sc->error_count == SCENARIO_ERRORS_MAX) {
        sc->more_errors = true;
        return;
    }
    va_list args;
    va_start(args, fmt);
    char *what = alloc_vprint("a message", fmt, args), *text;
    va_end(args);
    if (at.line)
        text = alloc_print("a message", "%s:%u:%u: %s", sc->label, at.line, at.col, what);
    else
        text = alloc_print("a message", "%s: %s", sc->label, what);
    free(what);

    /* In order of the text, though names are checked after all lines have been read. */
    unsigned i = sc->error_count++;
    for (; i > 0; i--) {
        const struct scn_pos *before = &sc->errors[i - 1].at;
        if (before->line < at.line || (before->line == at.line && before->col <= at.col))
            break;
        sc->errors[i] = sc->errors[i - 1];
    }
    sc->errors[i] = (struct scn_error){at, text};
}

unsigned scenario_error_count(const struct scenario *sc) { return sc->error_count; }

const char *scenario_error_text(const struct scenario *sc, unsigned i, unsigned *line, unsigned *col)
{
    if (i >= sc->error_count)
        return NULL;
    if (line)
        *line = sc->errors[i].at.line;
    if (col)
        *col = sc->errors[i].at.col;
    return sc->errors[i].text;
}

static void print_caret(const struct scenario *sc, struct scn_pos at, FILE *out)
{
    const char *line = sc->text, *end = sc->text + sc->len;
    for (uint32_t n = 1; n < at.line && line < end; n++) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        line = next ? next + 1 : end;
    }
    const char *stop = memchr(line, '\n', (size_t)(end - line));
    if (!stop)
        stop = end;
    fputs("    ", out);
    for (const char *p = line; p < stop; p++)
        fputc(*p == '\t' || (unsigned char)*p < 0x20 ? ' ' : *p, out);
    fputs("\n    ", out);
    for (uint32_t i = 1; i < at.col; i++)
        fputc(' ', out);
    fputc('^', out);
    for (uint32_t i = 1; i < at.len; i++)
        fputc('~', out);
    fputc('\n', out);
}

void scenario_print_errors(const struct scenario *sc, FILE *out)
{
    for (unsigned i = 0; i < sc->error_count; i++) {
        fprintf(out, "%s\n", sc->errors[i].text);
        if (sc->errors[i].at.line)
            print_caret(sc, sc->errors[i].at, out);
    }
    if (sc->more_errors)
        fprintf(out, "%s: more errors than these %u\n", sc->label, sc->error_count);
}
