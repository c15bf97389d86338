/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patterns in which '*' stands for anything. */
#include <string.h>

#include "scenario/language/language.h"

/* `pattern` with '*' for anything lies somewhere in `sentence`. */
bool scn_contains(const char *sentence, const char *pattern)
{
    while (*pattern) {
        size_t len = strcspn(pattern, "*");
        if (len) {
            const char *found = memmem(sentence, strlen(sentence), pattern, len);
            if (!found)
                return false;
            sentence = found + len;
        }
        pattern += len;
        pattern += strspn(pattern, "*");
    }
    return true;
}

bool scn_matches(const char *pattern, const char *name)
{
    for (; *pattern && *pattern != '*'; pattern++, name++)
        if (*pattern != *name)
            return false;
    if (!*pattern)
        return !*name;
    for (pattern++;; name++) {
        if (scn_matches(pattern, name))
            return true;
        if (!*name)
            return false;
    }
}
