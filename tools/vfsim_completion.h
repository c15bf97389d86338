/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scripts that complete a command line of vfsim in a shell: everything in them is from the table of verbs and options. */
#ifndef VFSIM_TOOLS_VFSIM_COMPLETION_H
#define VFSIM_TOOLS_VFSIM_COMPLETION_H

#include "vfsim.h"

void vfsim_completion_bash(FILE *out);
void vfsim_completion_zsh(FILE *out);
void vfsim_completion_fish(FILE *out);

/* What an option or a word is, up to a semicolon, for a place between single quotes: a backslash before those of `escaped`, and
 * `quote` for a single quote. */
void vfsim_completion_sentence(FILE *out, const char *text, const char *escaped, const char *quote);

#endif
