/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Of what a trace or a timeline tells: who, what and when. Each part may be left out.
 */
#ifndef VFSIM_TOOLS_TIMELINE_FILTER_H
#define VFSIM_TOOLS_TIMELINE_FILTER_H

#include "vfsim.h"

struct filter {
    const char *who, *what; /* patterns with commas between them, in which '*' stands for anything; NULL: anybody, anything */
    vfsim_time from, to;
};

bool filter_make(struct filter *filter, const struct vfsim_args *args); /* by --who, --what and --when; false after a message */
bool filter_takes_who(const struct filter *filter, const char *who);
bool filter_takes_what(const struct filter *filter, const char *what); /* a pattern is like some of it */
static inline bool filter_takes_time(const struct filter *filter, vfsim_time at) { return at >= filter->from && at <= filter->to; }

#endif
