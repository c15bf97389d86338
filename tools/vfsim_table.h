/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of the command: its verbs and their options. Parsing, usage errors, help, completions and the man pages' lists are made
 * of it and of nothing else, so that what is not here does not exist, and what is here is told everywhere.
 */
#ifndef VFSIM_TOOLS_VFSIM_TABLE_H
#define VFSIM_TOOLS_VFSIM_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct vfsim_args;

enum vfsim_kind { FLAG, TEXT, MAYBE_TEXT, SEED, VARIABLE, CHIPS };

/* What may stand somewhere, for completions. */
enum vfsim_value {
    VALUE_NONE,
    VALUE_FREE, /* nobody can guess it */
    VALUE_FILE,
    VALUE_FOLDER,
    VALUE_SCENARIO, /* a file NAME.scn */
    VALUE_IMAGE,    /* a plugin image NAME.so */
    VALUE_VARIABLE, /* name=value, by the `set` lines of the scenario */
    VALUE_TRACE,    /* several with commas between them */
    VALUE_TIMELINE,
    VALUE_MODEL,
    VALUE_REASON,
    VALUE_TOPIC, /* a verb of the command, or the first word of a scenario's line */
    VALUE_SHELL,
    VALUE_TEMPLATE,
    VALUE_EDITOR,
    VFSIM_VALUES
};

/* A word that may stand somewhere, and what it is ("": nobody says it). */
struct vfsim_word {
    const char *word, *sentence;
};

enum vfsim_option_id {
#define OPTION(id, ...) OPTION_##id,
#include "vfsim_options.def"
#undef OPTION
    VFSIM_OPTIONS
};
_Static_assert(VFSIM_OPTIONS <= 64, "a verb has a bit for each option");
#define WITH(id) (UINT64_C(1) << OPTION_##id)

struct vfsim_option {
    const char *name; /* without its dashes */
    char letter;      /* 0: it has none */
    enum vfsim_kind kind;
    const char *value; /* as help writes it; "": it takes none */
    enum vfsim_value what;
    const char *sentence; /* in help: without a full stop, as most of a line */
    const char *more;     /* what the man page says beside it, in Markdown; "": nothing */
    size_t offset;        /* in struct vfsim_args */
};
extern const struct vfsim_option vfsim_options[VFSIM_OPTIONS];

struct vfsim_verb {
    const char *name;
    const char *sentence; /* in the list of verbs */
    const char *operands; /* "FILE…", as help writes it; "": it takes none */
    const char *acts;     /* words of which one must stand before them ("check sign"); NULL: none */
    enum vfsim_value what;
    const char *about;    /* paragraphs, separated by a line feed; whoever prints them breaks the lines */
    const char *examples; /* a line each, ended by a line feed */
    bool takes_rest;      /* what stands behind the first operand is no option of ours */
    uint64_t options;     /* WITH() of each; --help every verb has */
    int (*run)(const struct vfsim_args *args);
};
enum { VFSIM_VERBS_MAX = 32 };
extern const struct vfsim_verb *const vfsim_verbs[];      /* NULL-terminated, in the order of help */
extern const struct vfsim_verb *const vfsim_build_verbs[]; /* for the build of vfsim alone: not told of in help */
extern const struct vfsim_verb vfsim_program;             /* what may stand before a verb */
const struct vfsim_verb *vfsim_find_verb(const char *name); /* NULL: there is none */
static inline bool vfsim_verb_takes(const struct vfsim_verb *verb, unsigned option)
{
    return (verb->options | WITH(HELP)) >> option & 1;
}

/* ---- vfsim_words.c ---- */
enum { VFSIM_WORDS_MAX = 256 };
/* The words of a kind: how many; none of a kind that is no list. */
unsigned vfsim_words(enum vfsim_value what, struct vfsim_word words[VFSIM_WORDS_MAX]);
const char *vfsim_value_name(enum vfsim_value what); /* "folder" */

/* ---- vfsim_help.c: for a terminal, at most as wide as it is ---- */
void vfsim_help_program(FILE *out);
void vfsim_help_verb(const struct vfsim_verb *verb, FILE *out);

#endif
