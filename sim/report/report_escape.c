/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text in XML and in HTML: what the two agree on. */
#include "report/report__.h"

void report__put_escaped(FILE *out, const char *text)
{
    for (; *text; text++) {
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
            fputc((unsigned char)*text < 0x20 ? ' ' : *text, out);
        }
    }
}
