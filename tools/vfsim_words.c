/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words that may stand somewhere on the command line, from the tables of whom they belong to. */
#include <assert.h>
#include <string.h>

#include "vfsim.h"

static const char *const names[] = {
    [VALUE_NONE] = "none",         [VALUE_FREE] = "free",         [VALUE_FILE] = "file",         [VALUE_FOLDER] = "folder",
    [VALUE_SCENARIO] = "scenario", [VALUE_IMAGE] = "image",       [VALUE_VARIABLE] = "variable", [VALUE_TRACE] = "trace",
    [VALUE_TIMELINE] = "timeline", [VALUE_MODEL] = "model",       [VALUE_REASON] = "reason",     [VALUE_TOPIC] = "topic",
    [VALUE_SHELL] = "shell",       [VALUE_TEMPLATE] = "template", [VALUE_EDITOR] = "editor",
};
_Static_assert(sizeof(names) / sizeof(names[0]) == VFSIM_VALUES, "each kind of value has a name");

const char *vfsim_value_name(enum vfsim_value what) { return names[what]; }

struct list {
    struct vfsim_word *words;
    unsigned count;
};

static void add(struct list *list, const char *word, const char *sentence)
{
    assert(list->count < VFSIM_WORDS_MAX);
    list->words[list->count++] = (struct vfsim_word){word, sentence};
}

static void add_names(struct list *list, enum vfsim_names of)
{
    const char *name, *sentence;
    for (unsigned i = 0; (name = vfsim_language_name(of, i, &sentence)); i++)
        add(list, name, sentence);
}

/* A word of the language that is a verb of the command, too, is told as the latter. */
static void add_topics(struct list *list)
{
    const char *line;
    for (unsigned i = 0; vfsim_verbs[i]; i++)
        add(list, vfsim_verbs[i]->name, vfsim_verbs[i]->sentence);
    for (unsigned i = 0; (line = vfsim_language_word(i)); i++) {
        bool is_there = false;
        for (unsigned k = 0; k < list->count; k++)
            is_there |= !strcmp(list->words[k].word, line);
        if (!is_there)
            add(list, line, "of a scenario");
    }
}

unsigned vfsim_words(enum vfsim_value what, struct vfsim_word words[VFSIM_WORDS_MAX])
{
    struct list list = {words, 0};
    switch (what) {
    case VALUE_TRACE:
        add_names(&list, VFSIM_TRACE_NAMES);
        add(&list, "all", "");
        break;
    case VALUE_TIMELINE:
        add(&list, "ascii", "characters every terminal has");
        add(&list, "unicode", "lines and arrows");
        break;
    case VALUE_MODEL:
        add_names(&list, VFSIM_MODEL_NAMES);
        break;
    case VALUE_REASON:
        add_names(&list, VFSIM_REASON_NAMES);
        break;
    case VALUE_TOPIC:
        add_topics(&list);
        break;
    case VALUE_SHELL:
        add(&list, "bash", "");
        add(&list, "zsh", "");
        add(&list, "fish", "");
        break;
    case VALUE_EDITOR:
        add(&list, "vim", "");
        add(&list, "textmate", "VS Code, and many others");
        break;
    case VALUE_TEMPLATE:
        for (unsigned i = 0; vfsim_template_at(i); i++)
            add(&list, vfsim_template_at(i)->word, vfsim_template_at(i)->sentence);
        break;
    case VALUE_NONE:
    case VALUE_FREE:
    case VALUE_FILE:
    case VALUE_FOLDER:
    case VALUE_SCENARIO:
    case VALUE_IMAGE:
    case VALUE_VARIABLE:
    case VFSIM_VALUES:
        break;
    }
    return list.count;
}
