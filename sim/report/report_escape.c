/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text in XML and in HTML: what the two agree on. */
#include "report/report__.h"

#include <string.h>

/* Bytes of the UTF-8 character that begins here; 0: none does (a name of a file may have any bytes). */
static unsigned character(const unsigned char *p)
{
    unsigned more = *p < 0x80 ? 0 : *p >= 0xc2 && *p < 0xe0 ? 1 : *p >= 0xe0 && *p < 0xf0 ? 2 : *p >= 0xf0 && *p < 0xf5 ? 3 : 4;
    if (more == 4 || (*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] >= 0xa0) || (*p == 0xf0 && p[1] < 0x90) ||
        (*p == 0xf4 && p[1] >= 0x90))
        return 0;
    for (unsigned i = 1; i <= more; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return more + 1;
}

void report__put_escaped(FILE *out, const char *text)
{
    for (unsigned len; *text; text += len) {
        len = character((const unsigned char *)text);
        switch (*text) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default: /* XML 1.0 has no other control characters */
            if (!len)
                fputs("\xef\xbf\xbd", out); /* U+FFFD */
            else if ((unsigned char)*text < 0x20)
                fputc(' ', out);
            else
                fwrite(text, 1, len, out);
        }
        len = len ? len : 1;
    }
}

int report__letters(const char *text)
{
    int count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

int report__longest(const struct report_node *list, const char *key)
{
    int most = 0;
    for (const struct report_node *item = list ? list->first : NULL; item; item = item->next) {
        int count = report__letters(report__text_at(item, key));
        most = count > most ? count : most;
    }
    return most;
}

static bool is_plain(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
    for (const char *p = word; *p; p++)
        if (!((unsigned char)*p & 0x80) && !strchr(plain, *p))
            return false;
    return *word;
}

char *report_shell_word(const char *word, char *buf, size_t cap)
{
    size_t len = 0;
    if (is_plain(word)) {
        snprintf(buf, cap, "%s", word);
        return buf;
    }
    for (const char *p = word; *p && len + 6 < cap; p++)
        len += (size_t)snprintf(buf + len, cap - len, p == word ? "'%s" : "%s", *p == '\'' ? "'\\''" : (char[2]){*p, 0});
    snprintf(buf + len, cap - len, *word ? "'" : "''");
    return buf;
}
