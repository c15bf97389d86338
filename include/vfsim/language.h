/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of scenarios, for programs that help people to write them: editors, completions, generators.
 *
 * Everything is made from what the reader of scenarios reads, so that it cannot say what is not so.
 */
#ifndef VFSIM_LANGUAGE_H
#define VFSIM_LANGUAGE_H

#include <stddef.h>
#include <stdint.h>

#include <vfsim/api.h>

VFSIM_BEGIN_DECLS

/* The words that lines begin with, one after the other from 0; NULL past the last one. */
VFSIM_API const char *vfsim_language_word(unsigned index);

/* How lines that begin with `word` are written, with options, an example and how they can end; NULL: a list of all kinds of lines.
 * vfsim_free() the text. Of a word that begins no line: the lines that have it. NULL: none has. */
VFSIM_API char *vfsim_language_help(const char *word);

/* The word of the NULL-terminated list that `word` may have been meant for; NULL: none is near. */
VFSIM_API const char *vfsim_nearest(const char *word, const char *const *words);

VFSIM_END_DECLS

#endif
