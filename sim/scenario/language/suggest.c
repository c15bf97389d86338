/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "did you mean": the nearest of the words that would have been right, by restricted Damerau-Levenshtein distance. */
#include <string.h>

#include "scenario/language/language.h"

enum { WORD_MAX = 48, DISTANCE_MAX = 2 };

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;
    return ab < c ? ab : c;
}

static char lower(char ch) { return ch >= 'A' && ch <= 'Z' ? (char)(ch - 'A' + 'a') : ch; }

/* Insertions, deletions, replacements and swaps of neighbours from x to y. */
static unsigned distance_of(const char *x, size_t nx, const char *y, size_t ny)
{
    unsigned rows[3][WORD_MAX + 1];
    unsigned *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= ny; j++)
        above[j] = (unsigned)j;
    for (size_t i = 1; i <= nx; i++) {
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= ny; j++) {
            unsigned differs = lower(x[i - 1]) != lower(y[j - 1]);
            row[j] = least(above[j] + 1, row[j - 1] + 1, above[j - 1] + differs);
            if (i > 1 && j > 1 && x[i - 1] == y[j - 2] && x[i - 2] == y[j - 1] && before[j - 2] + 1 < row[j])
                row[j] = before[j - 2] + 1;
        }
        unsigned *free_row = before;
        before = above;
        above = row;
        row = free_row;
    }
    return above[ny];
}

void scn_suggest_init(struct scn_suggest *s, const char *word) { *s = (struct scn_suggest){word, NULL, DISTANCE_MAX + 1}; }

void scn_suggest_try(struct scn_suggest *s, const char *candidate)
{
    size_t nx = strlen(s->word), ny = strlen(candidate);
    if (nx > WORD_MAX || ny > WORD_MAX || !nx)
        return;
    unsigned d = distance_of(s->word, nx, candidate, ny);
    if (d < s->distance && d < ny && d < nx + (nx == 1)) { /* nothing of a short word may be left but a letter */
        s->distance = d;
        s->best = candidate;
    }
}

const char *scn_suggest_text(const struct scn_suggest *s, char *buf, size_t cap)
{
    if (!s->best)
        return "";
    snprintf(buf, cap, "; did you mean '%s'?", s->best);
    return buf;
}
