/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What deny.c (who is denied, and what comes of it) and calls.c (the calls themselves) know of each other. */
#ifndef VFSIM_TESTS_DENY_H
#define VFSIM_TESTS_DENY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True in the child of a stack that asks for the first time: the call fails, with errno `err`. */
bool deny(const char *call, int err);
extern bool deny_is_child;

enum { DENY_FILES_MAX = 256 };
bool deny_is_memory(int fd);
void deny_own_memory(void);    /* in the child: files of memory become copies, wherever they are mapped */
void deny_scratch_begin(void); /* before the fork */
bool deny_scratch_left(void);  /* after it: a temporary file of the parent that the child did not take away */

#endif
