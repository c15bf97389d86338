/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vfsim/language.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "lib/lib__.h"

const char *vfsim_language_word(unsigned index)
{
    const char *words[SCENARIO_WORDS_MAX];
    unsigned count = 0;
    for (scenario_help_words(words); words[count];)
        count++;
    return index < count ? words[index] : NULL;
}

static void put_line(void *to, const char *text, int indent) { fprintf(to, "%*s%s\n", indent, "", text); }

static void put_kind_of_line(void *to, const char *title, const char *name, const char *sentence)
{
    if (title)
        fprintf(to, "%s:\n", title);
    fprintf(to, "  %-16s  %s\n", name, sentence);
}

char *vfsim_language_help(const char *word)
{
    char *text;
    size_t len;
    bool known = true;
    FILE *out = alloc_stream("help", &text, &len);
    if (word)
        known = scenario_help_word(word, put_line, out);
    else
        scenario_each_line(put_kind_of_line, out);
    alloc_stream_close("help", out);
    if (known)
        return text;
    free(text);
    return NULL;
}

const char *vfsim_nearest(const char *word, const char *const *words)
{
    char text[80];
    struct scn_suggest suggest;
    scn_suggest_init(&suggest, word);
    for (unsigned i = 0; words[i]; i++)
        scn_suggest_try(&suggest, words[i]);
    return *scn_suggest_text(&suggest, text, sizeof(text)) ? suggest.best : NULL;
}
