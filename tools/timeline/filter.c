/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "timeline/filter.h"

#include <string.h>

#include "results/result.h"

/* "10ms-20ms", "10ms-", "-20ms". */
static bool parse_window(const char *text, struct filter *filter)
{
    char from[40], to[40];
    const char *dash = strchr(text, '-');
    bool good = dash && snprintf(from, sizeof(from), "%.*s", (int)(dash - text), text) < (int)sizeof(from) &&
                snprintf(to, sizeof(to), "%s", dash + 1) < (int)sizeof(to) && (*from || *to);
    good = good && (!*from || !vfsim_parse_time(from, &filter->from)) && (!*to || !vfsim_parse_time(to, &filter->to)) &&
           filter->from <= filter->to;
    if (!good)
        vfsim_complain("--when takes a window of simulated time such as 10ms-20ms, 10ms- or -20ms, not '%s'", text);
    return good;
}

bool filter_make(struct filter *filter, const struct vfsim_args *args)
{
    *filter = (struct filter){.who = args->who, .what = args->what, .to = VFSIM_NEVER};
    return !args->when || parse_window(args->when, filter);
}

bool filter_takes_who(const struct filter *filter, const char *who) { return !filter->who || result_matches(filter->who, who); }

bool filter_takes_what(const struct filter *filter, const char *what)
{
    for (const char *p = filter->what; p;) {
        size_t len = strcspn(p, ",");
        char *anywhere = vfsim_print("a pattern", "*%.*s*", (int)len, p);
        bool is_like = result_matches(anywhere, what);
        free(anywhere);
        if (is_like)
            return true;
        p = p[len] ? p + len + 1 : NULL;
    }
    return !filter->what;
}
