/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Results in files, as the library writes its own: whole or not at all.
 *
 * A regular file is written beside its place and moved there when all of it is, so that a failure leaves the old one, and nothing
 * half-written; the temporary file is of those that vfsim_abandon_files() takes away (process.h). A link is followed: its target is
 * replaced or made. What is no regular file (a pipe, /dev/stdout) is written to as it is.
 */
#ifndef VFSIM_FILE_H
#define VFSIM_FILE_H

#include <stddef.h>

#include <vfsim/api.h>

VFSIM_BEGIN_DECLS

VFSIM_API int vfsim_file_write(const char *path, const void *bytes, size_t length); /* 0, or -errno: what was there is untouched */

/* 0, or the -errno with which it could not be opened, better known before a long run: the temporary file is made, and taken away.
 * What is written to as it is, is only asked about. */
VFSIM_API int vfsim_file_try(const char *path);

/* Where a file of this path is or would be, links followed: its folder without links, and its name. vfsim_free() it; NULL with
 * errno when the folder is not there. */
VFSIM_API char *vfsim_file_place(const char *path);

/* A word of a command line that a shell reads as it is: between single quotes if it must be. Returns `text`; what has no room in
 * `size` bytes is cut. */
VFSIM_API char *vfsim_shell_word(const char *word, char *text, size_t size);

VFSIM_END_DECLS

#endif
