/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines with ranges: web[1-8] stands for eight lines, of web1, web2 and so on; several ranges in a line count together. */
#include <stdlib.h>
#include <string.h>

#include "scenario/language/language.h"

enum { DIGITS_MAX = 9 };

/* "[FIRST-LAST]" in a word: what stands before it, and behind it. */
struct range {
    const char *open, *behind;
    unsigned long first, last;
    int digits; /* as the first one is written */
};

/* The number at `text`, and where it ends; NULL: there is none. */
static const char *number(const char *text, unsigned long *out)
{
    size_t digits = strspn(text, "0123456789");
    *out = digits && digits <= DIGITS_MAX ? strtoul(text, NULL, 10) : 0;
    return digits && digits <= DIGITS_MAX ? text + digits : NULL;
}

static bool find_range(const char *text, struct range *out)
{
    for (const char *open = strchr(text, '['); open; open = strchr(open + 1, '[')) {
        const char *dash = number(open + 1, &out->first), *end = dash && *dash == '-' ? number(dash + 1, &out->last) : NULL;
        if (!end || *end != ']')
            continue;
        out->open = open;
        out->behind = end + 1;
        out->digits = (int)(dash - open - 1);
        return true;
    }
    return false;
}

unsigned scn_repetitions(struct scn_cursor *c)
{
    const struct scn_word *before = NULL;
    unsigned long count = 0;
    struct range range;
    for (unsigned i = 0; i < c->count; i++)
        for (const char *at = c->words[i].quoted ? "" : c->words[i].text; find_range(at, &range); at = range.behind) {
            unsigned long n = range.last - range.first + 1;
            if (range.last < range.first || n > SCN_REPETITIONS_MAX)
                scn_fail(c, c->words[i].at, "a range goes up, over at most %d numbers, as in web[1-8]", SCN_REPETITIONS_MAX);
            else if (count && n != count)
                scn_fail(c, c->words[i].at, "ranges of a line count together: '%s' has %lu numbers, and '%s' has %lu",
                         c->words[i].text, n, before->text, count);
            if (c->failed)
                return 0;
            count = n;
            before = &c->words[i];
        }
    return count ? (unsigned)count : 1;
}

void scn_repetition(const struct scn_cursor *line, unsigned nth, struct scn_word words[SCN_WORDS_MAX], struct scn_cursor *out)
{
    struct range range;
    *out = *line;
    out->words = words;
    for (unsigned i = 0; i < line->count; i++) {
        words[i] = line->words[i];
        for (const char *at = words[i].quoted ? "" : words[i].text; find_range(at, &range);) {
            const char *text = words[i].text;
            int before = (int)(range.open - text);
            words[i].text = scn_printf(line->file, "%.*s%0*lu%s", before, text, range.digits, range.first + nth, range.behind);
            at = words[i].text + before;
        }
        if (!out->repeated && words[i].text != line->words[i].text) {
            out->repeated = words[i].text;
            out->range = line->words[i].text;
        }
    }
}
