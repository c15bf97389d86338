/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text to lines, lines to words: blanks part them, "…" holds blanks, # ends the line, $name stands for a variable. */
#include <string.h>

#include "scenario/language/language.h"

enum { WORD_LEN_MAX = 4096 };

struct lexer {
    struct scn_file *file;
    const char *p, *end;
    uint32_t line, col;
    struct scn_cursor cursor;
    struct scn_word words[SCN_WORDS_MAX];
    char buf[WORD_LEN_MAX];
    size_t len;
};

static struct scn_pos here(const struct lexer *lx) { return (struct scn_pos){lx->line, lx->col, 1}; }

static char step(struct lexer *lx)
{
    char ch = *lx->p++;
    lx->col += ((unsigned char)ch & 0xc0) != 0x80; /* columns count characters, not UTF-8's bytes */
    return ch;
}

static void put(struct lexer *lx, char ch)
{
    if (lx->len < WORD_LEN_MAX - 1)
        lx->buf[lx->len++] = ch;
    else
        scn_fail(&lx->cursor, here(lx), "a word longer than %d bytes", WORD_LEN_MAX - 1);
}

static bool is_var_letter(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '_';
}

static void put_variable(struct lexer *lx, struct scn_pos at)
{
    char name[64];
    size_t len = 0;
    bool braces = lx->p < lx->end && *lx->p == '{';
    if (braces)
        step(lx);
    while (lx->p < lx->end && is_var_letter(*lx->p) && len < sizeof(name) - 1)
        name[len++] = step(lx);
    name[len] = 0;
    at.len = (uint32_t)len + 1;
    if (!len || (braces && (lx->p == lx->end || step(lx) != '}'))) {
        scn_fail(&lx->cursor, at, "'$' begins a variable: $name or ${name}");
        return;
    }
    struct scn_suggest suggest;
    char near[80];
    scn_suggest_init(&suggest, name);
    for (unsigned i = 0; i < lx->file->var_count; i++) {
        if (!strcmp(lx->file->vars[i].name, name)) {
            for (const char *v = lx->file->vars[i].value; *v; v++)
                put(lx, *v);
            return;
        }
        scn_suggest_try(&suggest, lx->file->vars[i].name);
    }
    scn_fail(&lx->cursor, at, "no line 'set %s …' above declares $%s%s", name, name,
             scn_suggest_text(&suggest, near, sizeof(near)));
}

static bool is_blank(char ch) { return ch == ' ' || ch == '\t' || ch == '\r'; }

static void read_quoted(struct lexer *lx, struct scn_pos at)
{
    step(lx);
    while (lx->p < lx->end && *lx->p != '\n') {
        struct scn_pos now = here(lx);
        char ch = step(lx);
        if (ch == '"')
            return;
        if (ch == '\\' && lx->p < lx->end && (*lx->p == '"' || *lx->p == '\\' || *lx->p == '$'))
            put(lx, step(lx));
        else if (ch == '$')
            put_variable(lx, now);
        else
            put(lx, ch);
    }
    scn_fail(&lx->cursor, at, "the quotation begun here does not end on its line");
}

static void read_plain(struct lexer *lx)
{
    while (lx->p < lx->end && *lx->p != '\n' && !is_blank(*lx->p)) {
        struct scn_pos now = here(lx);
        char ch = step(lx);
        if (ch == '$') {
            put_variable(lx, now);
        } else if (ch == 0 || ((unsigned char)ch < 0x20)) {
            scn_fail(&lx->cursor, now, "a control character (byte %u): is this a text file?", (unsigned char)ch);
            return;
        } else {
            put(lx, ch);
        }
    }
}

static void add_word(struct lexer *lx, struct scn_pos at, bool quoted)
{
    struct scn_cursor *c = &lx->cursor;
    at.len = lx->col > at.col ? lx->col - at.col : 1;
    if (c->count == SCN_WORDS_MAX) {
        scn_fail(c, at, "more than %d words in a line", SCN_WORDS_MAX);
        return;
    }
    lx->buf[lx->len] = 0;
    lx->words[c->count++] = (struct scn_word){scn_printf(lx->file, "%s", lx->buf), at, quoted};
}

static void read_line(struct lexer *lx)
{
    struct scn_cursor *c = &lx->cursor;
    *c = (struct scn_cursor){.file = lx->file, .words = lx->words};
    lx->col = 1;
    while (lx->p < lx->end && *lx->p != '\n' && !c->failed) {
        if (is_blank(*lx->p)) {
            step(lx);
            continue;
        }
        if (*lx->p == '#')
            break;
        struct scn_pos at = here(lx);
        bool quoted = *lx->p == '"';
        lx->len = 0;
        if (quoted)
            read_quoted(lx, at);
        else
            read_plain(lx);
        if (!c->failed)
            add_word(lx, at, quoted);
    }
    if (c->count) {
        c->end = c->words[c->count - 1].at;
        c->end.col += c->end.len;
        c->end.len = 1;
    }
}

void scn_parse_text(struct scn_file *file, void (*parse_line)(struct scn_cursor *c))
{
    struct lexer lx = {.file = file, .p = file->text + file->read, .end = file->text + file->len};
    if (!file->read && file->len >= 3 && !memcmp(lx.p, "\xef\xbb\xbf", 3))
        lx.p += 3;
    for (lx.line = file->lines + 1; lx.p < lx.end; lx.line++) {
        read_line(&lx);
        if (lx.cursor.count && !lx.cursor.failed)
            parse_line(&lx.cursor);
        const char *next = memchr(lx.p, '\n', (size_t)(lx.end - lx.p));
        lx.p = next ? next + 1 : lx.end;
    }
    file->read = file->len;
    file->lines = lx.line - 1;
}
