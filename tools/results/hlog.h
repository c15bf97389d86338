/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The latencies of a result as a log of HdrHistogram's: every bucket, where hgrm.h has percentiles.
 */
#ifndef VFSIM_TOOLS_RESULTS_HLOG_H
#define VFSIM_TOOLS_RESULTS_HLOG_H

#include <jansson.h>

/* `results`: one, or a list. A line a flow, tagged with its name; an exit code, after a message. */
int hlog_write(const json_t *results, const char *path);

#endif
