/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of scenarios, for programs that help people to write them: editors, completions, generators.
 *
 * Everything is made from what the reader of scenarios reads, so that it cannot say what is not so.
 */
#ifndef VFSIM_LANGUAGE_H
#define VFSIM_LANGUAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vfsim/api.h>

VFSIM_BEGIN_DECLS

/* The words that lines begin with, one after the other from 0; NULL past the last one. */
VFSIM_API const char *vfsim_language_word(unsigned index);

/* How lines that begin with `word` are written, with options, an example and how they can end; NULL: a list of all kinds of lines.
 * vfsim_free() the text. Of a word that begins no line: the lines that have it. NULL: none has. */
VFSIM_API char *vfsim_language_help(const char *word);

/* A line at a time, for who breaks lines where a terminal ends or shows them in another way: all about one word as above (false: no
 * line has it); and each kind of line with what it does (`title`: of a new group of them, else NULL). */
typedef void vfsim_help_fn(void *user, const char *text, int indent);
VFSIM_API bool vfsim_language_help_lines(const char *word, vfsim_help_fn *line, void *user);
typedef void vfsim_kind_fn(void *user, const char *title, const char *name, const char *sentence);
VFSIM_API void vfsim_language_kinds(vfsim_kind_fn *kind, void *user);

/* Each word of the language, as often as it is written somewhere, for editors: those that begin a line of what exists, an act, an
 * expectation; those that stand behind them; units. `word` has `length` bytes and may go on behind them. */
enum vfsim_word_kind {
    VFSIM_DECLARES,
    VFSIM_ACTS,
    VFSIM_EXPECTS,
    VFSIM_OPTION_WORD,
    VFSIM_UNIT,
};
typedef void vfsim_word_fn(void *user, const char *word, size_t length, enum vfsim_word_kind kind);
VFSIM_API void vfsim_language_each_word(vfsim_word_fn *word, void *user);

/* Names that other lists tell of, one after the other from 0: NULL past the last one. `sentence` (may be NULL): what each is. */
enum vfsim_names {
    VFSIM_MODEL_NAMES, /* of chips, those from outside among them */
    VFSIM_REASON_NAMES, /* how frames end */
    VFSIM_TRACE_NAMES, /* categories of the trace; they have no sentence */
};
VFSIM_API const char *vfsim_language_name(enum vfsim_names names, unsigned index, const char **sentence);

/* The word of the NULL-terminated list that `word` may have been meant for; NULL: none is near. */
VFSIM_API const char *vfsim_nearest(const char *word, const char *const *words);

VFSIM_END_DECLS

#endif
