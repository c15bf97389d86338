/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records: a list, in order of time, of what is told of one kind of work when a run is over. They stay where they are until the
 * next one is added. */
#ifndef VFSIM_HOST_RECORD_H
#define VFSIM_HOST_RECORD_H

#include <stddef.h>

struct save;

struct records {
    void *first;
    unsigned count, cap;
};

void *records_add(struct records *list, size_t size); /* one of `size` bytes, zeroed */
void *records_make(struct records *list, size_t size, unsigned count); /* an empty one: so many, to be filled in; the first */
void *records_get(const struct records *list, size_t size, unsigned i); /* NULL past the end */
void records_save(struct records *list, size_t size, struct save *s);
void records_free(struct records *list);

#endif
