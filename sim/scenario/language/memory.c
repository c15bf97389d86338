/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that lives as long as a scenario, and its arrays. A text has a size limit, so running out is not handled. */
#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "scenario/language/language.h"

void *scn_alloc(struct scn_file *file, size_t bytes)
{
    struct scn_block *block = alloc_zero("the scenario", 1, sizeof(*block) + bytes);
    block->next = file->blocks;
    file->blocks = block;
    return block + 1;
}

void scn_forget(struct scn_file *file, const struct scn_block *older)
{
    while (file->blocks != older) {
        struct scn_block *block = file->blocks;
        file->blocks = block->next;
        free(block);
    }
}

char *scn_printf(struct scn_file *file, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    assert(len >= 0);
    char *text = scn_alloc(file, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, fmt, again);
    va_end(again);
    return text;
}

void *scn_grow(void **array, unsigned count, size_t member)
{
    if (count == 0 || (count >= 8 && (count & (count - 1)) == 0)) {
        size_t room = count ? 2 * (size_t)count : 8;
        *array = alloc_grow("the scenario", *array, room * member);
    }
    void *added = (char *)*array + count * member;
    memset(added, 0, member);
    return added;
}
