/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A result as a page: one file that needs nothing from elsewhere, made from the JSON of it and of nothing else, so that who has the
 * JSON makes the same page again, byte for byte.
 *
 * What it is made from may be
 *   a report, or a list of them         as report_write_json() and …_list() write them
 *   the table of a sweep                an object with `axes` and `rows` (docs/man/sweep.md)
 *   {"result", "against", "differences"}   one of the first two; another one, of which curves are drawn beside it; and what
 *                                       `vfsim diff --json` says of the two
 * Tables and drawings are in the page whoever reads it; a script draws curves in their place where there is one. It is well-formed
 * as XML, too. Keys that this folder has no words for are shown by their own names.
 */
#ifndef VFSIM_REPORT_PAGE_PAGE_H
#define VFSIM_REPORT_PAGE_PAGE_H

#include <stddef.h>
#include <stdio.h>

#include "report/report.h"

/* 0; -EINVAL with the reason in `why`: that is no result; -EIO when the stream failed. */
enum { PAGE_WHY_LEN = 200 };
int page_write(const char *json, size_t length, FILE *out, char why[PAGE_WHY_LEN]);

/* Of one or more reports that have not been written yet. 0 or -EIO. Every branch must have been closed. */
int page_write_reports(struct report *const *reports, unsigned count, FILE *out);

#endif
