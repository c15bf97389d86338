/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A result in a file: whole or not at all.
 *
 * A regular file is written beside its place and moved there when it is closed well, so that a failure leaves the old
 * one, and nothing half-written. A link is followed: its target is replaced or made, the link stays. What is no regular
 * file (a pipe, /dev/stdout, /dev/full) is written to as it is, never replaced. The temporary file is known to core/scratch.h.
 */
#ifndef VFSIM_REPORT_OUTFILE_H
#define VFSIM_REPORT_OUTFILE_H

#include <stdio.h>

struct outfile {
    FILE *stream; /* write here; errors may be left to outfile_close() */
    char *path, *temporary; /* temporary NULL: written as it is */
};

int outfile_name(struct outfile *out, const char *path); /* paths only; 0 or -errno. outfile_forget() takes them back */
void outfile_forget(struct outfile *out);

int outfile_open(struct outfile *out, const char *path); /* 0 or -errno, and then there is nothing to close */
int outfile_close(struct outfile *out);                  /* 0, or -errno: what was there before is untouched */

/* 0, or the -errno with which it could not be opened: found out by making the temporary file, and taking it away again. What is
 * written to as it is (a pipe, whose reader may not be there yet) is only asked about. */
int outfile_try(const char *path);

/* Where a file of this path is or would be, links followed: its folder as realpath() has it, and its name. The caller's to
 * free; NULL with errno when the folder is not there. */
char *outfile_place(const char *path);

#endif
