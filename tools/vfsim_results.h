/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a command leaves for programs: JSON on stdout, JUnit and a page in files, each given file in each of them whatever
 * became of it.
 *
 * A file's part is ready from the beginning and says that the file was not run; while it runs, that vfsim ended in the middle
 * of it. So what there is can be written at any time, from a signal handler too: a mistake of ours that ends vfsim at the
 * third of five files leaves a document of five.
 *
 * Seconds of the wall clock stand in the JUnit file alone, where continuous-integration servers look for them; JSON and page
 * are the same bytes each time.
 */
#ifndef VFSIM_TOOLS_VFSIM_RESULTS_H
#define VFSIM_TOOLS_VFSIM_RESULTS_H

#include "vfsim.h"

struct vfsim_results;

/* `args` must outlive it; its operands are the files. */
struct vfsim_results *vfsim_results_begin(const struct vfsim_args *args);

void vfsim_results_start(struct vfsim_results *results); /* the next file begins */
/* Something is wrong with this file or with what it was to leave; line 0: with no line of it. */
void vfsim_results_error(struct vfsim_results *results, unsigned line, unsigned col, const char *text);
/* What became of it. `report` is taken; NULL: there is no world. `title` is then used. */
void vfsim_results_finish(struct vfsim_results *results, struct vfsim_report *report, const char *title);

/* Writes all, and frees. EXIT_PASS, or EXIT_USER after messages. */
int vfsim_results_end(struct vfsim_results *results);
void vfsim_results_drop(struct vfsim_results *results); /* frees alone */

/* What there is, of the results that were begun and not ended: for a handler of signals. */
void vfsim_results_last_words(void);

#endif
