/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A result in a file: whole or not at all.
 *
 * A regular file is written beside its place and moved there when it is closed well, so that a failure leaves the old
 * one, and nothing half-written. A link is followed: its target is replaced, the link stays. What is no regular file (a
 * pipe, /dev/stdout, /dev/full) is written to as it is, never replaced.
 */
#ifndef VFSIM_REPORT_OUTFILE_H
#define VFSIM_REPORT_OUTFILE_H

#include <stdio.h>

struct outfile {
    FILE *stream; /* write here; errors may be left to outfile_close() */
    char *path, *temporary;
};

int outfile_open(struct outfile *out, const char *path); /* 0 or -errno, and then there is nothing to close */
int outfile_close(struct outfile *out);                  /* 0, or -errno: what was there before is untouched */

#endif
