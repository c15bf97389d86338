/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What came of a sweep: a row a run that has a result, in the order of the grid.
 *
 * The columns are the settings, the verdict, and each number and truth value that a run measured, by its path (result.h), in the
 * order in which the first run that has it tells it. So a row does not depend on which process made it, or when.
 */
#ifndef VFSIM_TOOLS_SWEEP_TABLE_H
#define VFSIM_TOOLS_SWEEP_TABLE_H

#include <stdio.h>

#include "sweep/pool.h"

struct table;

struct table *table_read(const struct pool *pool); /* NULL after a message: a result can't be read */
void table_free(struct table *table);

/* The whole as CSV [RFC 4180], as JSON; the settings, the verdict and what `patterns` name (NULL: losses and latencies of flows) as
 * text, of which columns that are the same in every row are left out. free() the texts. */
char *table_csv(const struct table *table, size_t *length);
char *table_json(const struct table *table, const char *patterns, size_t *length);
void table_print(const struct table *table, const char *patterns, FILE *out);

unsigned table_failed(const struct table *table); /* rows that are not PASS */
unsigned table_tell_errors(const struct table *table); /* rows without a verdict: why, on stderr */

#endif
