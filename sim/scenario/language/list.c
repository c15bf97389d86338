/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of values in one word: 1,2,4 and 64..1518..256. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/language/language.h"

struct range {
    uint64_t from, to, step;
};

static bool take_number(const char **p, uint64_t *out)
{
    char *end;
    if (**p < '0' || **p > '9')
        return false;
    errno = 0;
    *out = strtoull(*p, &end, 10);
    *p = end;
    return !errno;
}

/* FROM..TO or FROM..TO..STEP; whatever else has dots in it (a path, an address) is a value. */
static bool is_range(const char *text, struct range *range)
{
    range->step = 1;
    if (!take_number(&text, &range->from) || strncmp(text, "..", 2))
        return false;
    text += 2;
    if (!take_number(&text, &range->to))
        return false;
    if (!*text)
        return true;
    text += 2;
    return !strncmp(text - 2, "..", 2) && take_number(&text, &range->step) && !*text;
}

struct out {
    scn_list_fn fn;
    void *to;
    unsigned count;
};

static bool give(struct out *out, const char *value)
{
    if (out->count == SCN_LIST_MAX)
        return false;
    out->count++;
    if (out->fn)
        out->fn(out->to, value);
    return true;
}

static const char *give_range(struct out *out, const struct range *range)
{
    char text[24];
    if (range->from > range->to)
        return "ends before it begins";
    if (!range->step)
        return "has steps of nothing";
    for (uint64_t v = range->from;; v += range->step) {
        snprintf(text, sizeof(text), "%" PRIu64, v);
        if (!give(out, text))
            return "has more values than there can be";
        if (range->to - v < range->step)
            return NULL;
    }
}

static const char *give_part(struct out *out, const char *part)
{
    struct range range;
    if (!*part)
        return "is empty";
    if (is_range(part, &range))
        return give_range(out, &range);
    return give(out, part) ? NULL : "has more values than there can be";
}

unsigned scn_list_each(const char *text, scn_list_fn fn, void *to, char *why, size_t cap)
{
    struct out out = {fn, to, 0};
    for (const char *p = text;; p++) {
        size_t len = strcspn(p, ",");
        char part[SCN_LIST_VALUE_MAX + 1];
        const char *wrong = "is longer than a value can be";
        if (len <= SCN_LIST_VALUE_MAX) {
            memcpy(part, p, len);
            part[len] = 0;
            wrong = give_part(&out, part);
        }
        if (wrong) {
            snprintf(why, cap, "'%.*s' in the list '%s' %s", (int)(len < 80 ? len : 80), p, text, wrong);
            return 0;
        }
        p += len;
        if (!*p)
            return out.count;
    }
}
