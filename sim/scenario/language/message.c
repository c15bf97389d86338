/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with a scenario: kept in order, printed with file, line and column. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "scenario/language/language.h"

/* A line that stands for several has one mistake. */
static bool is_told(const struct scn_file *file, const char *text)
{
    for (unsigned i = 0; i < file->error_count; i++)
        if (!strcmp(file->errors[i].text, text))
            return true;
    return false;
}

void scn_error(struct scn_file *file, struct scn_pos at, const char *fmt, ...)
{
    if (file->error_count == SCN_ERRORS_MAX) {
        file->more_errors = true;
        return;
    }
    va_list args;
    va_start(args, fmt);
    char *what = alloc_vprint("a message", fmt, args), *text;
    va_end(args);
    if (at.line)
        text = alloc_print("a message", "%s:%u:%u: %s", file->label, at.line, at.col, what);
    else
        text = alloc_print("a message", "%s: %s", file->label, what);
    free(what);
    if (is_told(file, text)) {
        free(text);
        return;
    }

    /* In order of the text, though names are checked after all lines have been read. */
    unsigned i = file->error_count++;
    for (; i > 0; i--) {
        const struct scn_pos *before = &file->errors[i - 1].at;
        if (before->line < at.line || (before->line == at.line && before->col <= at.col))
            break;
        file->errors[i] = file->errors[i - 1];
    }
    file->errors[i] = (struct scn_error){at, text};
}

void scn_print_excerpt(const struct scn_file *file, struct scn_pos at, FILE *out)
{
    const char *line = file->text, *end = file->text + file->len;
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

void scn_print_errors(const struct scn_file *file, FILE *out)
{
    for (unsigned i = 0; i < file->error_count; i++) {
        fprintf(out, "%s\n", file->errors[i].text);
        if (file->errors[i].at.line)
            scn_print_excerpt(file, file->errors[i].at, out);
    }
    if (file->more_errors)
        fprintf(out, "%s: more errors than these %u\n", file->label, file->error_count);
}
