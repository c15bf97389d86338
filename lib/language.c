/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vfsim/language.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "core/engine/trace.h"
#include "core/frame/frame.h"
#include "lib/lib__.h"
#include "nic/nic.h"

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

bool vfsim_language_help_lines(const char *word, vfsim_help_fn *line, void *user) { return scenario_help_word(word, line, user); }

void vfsim_language_kinds(vfsim_kind_fn *kind, void *user) { scenario_each_line(kind, user); }

struct each_word {
    vfsim_word_fn *word;
    void *user;
};

static void tell_word(void *to, const char *word, size_t len, enum scenario_word_kind kind)
{
    static const enum vfsim_word_kind kinds[] = {
        [SCENARIO_DECLARES] = VFSIM_DECLARES,  [SCENARIO_ACTS] = VFSIM_ACTS, [SCENARIO_EXPECTS] = VFSIM_EXPECTS,
        [SCENARIO_OPTION] = VFSIM_OPTION_WORD, [SCENARIO_UNIT] = VFSIM_UNIT,
    };
    const struct each_word *each = to;
    each->word(each->user, word, len, kinds[kind]);
}

void vfsim_language_each_word(vfsim_word_fn *word, void *user)
{
    struct each_word each = {word, user};
    scenario_each_word(tell_word, &each);
}

const char *vfsim_language_name(enum vfsim_names names, unsigned index, const char **sentence)
{
    const struct nic_model *model;
    const char *name = NULL, *what = "";
    switch (names) {
    case VFSIM_MODEL_NAMES:
        model = nic_model_at(index);
        name = model ? model->name : NULL;
        what = model ? model->sentence : "";
        break;
    case VFSIM_REASON_NAMES:
        name = index < FATE_COUNT ? fate_name((enum fate)index) : NULL;
        what = index < FATE_COUNT ? fate_text((enum fate)index) : "";
        break;
    case VFSIM_TRACE_NAMES:
        name = index < TRACE_CATEGORY_COUNT ? trace_category_name((enum trace_category)index) : NULL;
        break;
    }
    if (sentence)
        *sentence = what;
    return name;
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
