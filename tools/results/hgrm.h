/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Latencies in the text form in which HdrHistogram's own tools write percentiles, and its plotters read them: a line a point of the
 * curve with the value in microseconds, the share that does not exceed it, how many frames that are, and 1/(1-share).
 */
#ifndef VFSIM_TOOLS_HGRM_H
#define VFSIM_TOOLS_HGRM_H

#include "results/result.h"

/* Of each flow of a result, or of several, a file FOLDER/FLOW.hgrm (what no file may be called by is '_'; of several results
 * FOLDER/SCENARIO-FLOW.hgrm); the folder is made. An exit code, after a message. */
int hgrm_write(const json_t *results, const char *folder);

#endif
