/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cases of tests/guest_vm/posts.c. */
#ifndef VFSIM_TESTS_POSTS_CASES_H
#define VFSIM_TESTS_POSTS_CASES_H

enum posts_case { POSTS_MADE = 1, POSTS_POSTED, POSTS_NONSENSE, POSTS_HEEDLESS, POSTS_NONE, POSTS_HANG };

#endif
