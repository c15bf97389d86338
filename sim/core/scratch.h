/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that exist only until their writer is through: a program that is ended by a signal takes them away first.
 *
 * Who makes a temporary file names it here before it exists, and takes the name back once the file has its final name or
 * is gone. The list is the process's, as its signals are: this is process-wide state, of up to SCRATCH_MAX names at a time
 * (more are not remembered, and stay behind when a signal ends the program).
 */
#ifndef VFSIM_CORE_SCRATCH_H
#define VFSIM_CORE_SCRATCH_H

enum { SCRATCH_MAX = 1024 };

void scratch_add(const char *path);  /* kept by reference until scratch_drop() */
void scratch_drop(const char *path); /* the same pointer; takes one that is not there */
void scratch_unlink_all(void);       /* safe in a signal handler */

#endif
