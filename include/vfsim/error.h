/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What went wrong, in words and as data.
 *
 * A function that can fail takes a `struct vfsim_error **`: NULL if the caller does not want to know, else the address of a pointer
 * that is NULL. A failure puts a list there, which is the caller's to free; success leaves it alone. The return value says by
 * itself whether it worked: NULL, false, or a negative number that is -(code).
 *
 * A world, scenario, name or function that is NULL where nothing says that it may be is such a failure (EINVAL); a question about
 * a world that is NULL has the answer of one that is over and empty.
 */
#ifndef VFSIM_ERROR_H
#define VFSIM_ERROR_H

#include <stddef.h>
#include <stdint.h>

#include <vfsim/api.h>

VFSIM_BEGIN_DECLS

struct vfsim_error {
    const struct vfsim_error *next; /* in the order of the text; NULL: no more */
    int code;                       /* of <errno.h>: EINVAL, ENOENT, EBUSY, … */
    const char *file;               /* what it is about; NULL: no file */
    unsigned line, column;          /* in it, from 1, in characters; 0: the file as a whole */
    const char *message;            /* "no host, NIC, … is called 'h9'; did you mean 'h0'?" */
    const char *text;               /* "file:line:column: message" */
    const char *excerpt;            /* the line of the file and a mark below it, each ended by a newline; "": none */
};

VFSIM_API void vfsim_error_free(struct vfsim_error *errors); /* the whole list; NULL is fine */

VFSIM_API void vfsim_free(void *memory); /* a text or an array that a function has given; NULL is fine */

VFSIM_END_DECLS

#endif
