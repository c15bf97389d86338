/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "results/compare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vfsim.h"

static const char who[] = "the differences";

/* ---- thresholds ---- */

struct threshold {
    char *pattern; /* NULL: any path */
    double by;
    bool is_share; /* of a hundred */
};

struct thresholds {
    struct threshold *one;
    unsigned count;
};

static bool parse_one(struct threshold *threshold, char *text)
{
    char *equals = strrchr(text, '='), *number = equals ? equals + 1 : text, *end;
    errno = 0;
    threshold->by = strtod(number, &end);
    threshold->is_share = *end == '%';
    if (errno || *number < '0' || *number > '9' || end[threshold->is_share] || equals == text) {
        vfsim_complain("--threshold takes 5%%, 100, or PATTERN=5%%, with commas between them, not '%s'", text);
        return false;
    }
    threshold->pattern = equals ? vfsim_print(who, "%.*s", (int)(equals - text), text) : NULL;
    return true;
}

struct thresholds *thresholds_parse(const char *text)
{
    struct thresholds *thresholds = vfsim_zero(who, 1, sizeof(*thresholds));
    for (const char *p = text ? text : ""; *p;) {
        size_t len = strcspn(p, ",");
        char *one = vfsim_print(who, "%.*s", (int)len, p);
        thresholds->one = vfsim_grow(who, thresholds->one, (thresholds->count + 1) * sizeof(*thresholds->one));
        bool good = parse_one(&thresholds->one[thresholds->count], one);
        free(one);
        if (!good) {
            thresholds_free(thresholds);
            return NULL;
        }
        thresholds->count++;
        p += len + (p[len] == ',');
    }
    return thresholds;
}

void thresholds_free(struct thresholds *thresholds)
{
    for (unsigned i = 0; i < thresholds->count; i++)
        free(thresholds->one[i].pattern);
    free(thresholds->one);
    free(thresholds);
}

static const struct threshold *threshold_of(const struct thresholds *thresholds, const char *path)
{
    for (unsigned i = thresholds->count; i-- > 0;)
        if (!thresholds->one[i].pattern || result_matches(thresholds->one[i].pattern, path))
            return &thresholds->one[i];
    return NULL;
}

static bool is_beyond(const struct thresholds *thresholds, const struct difference *d)
{
    const struct threshold *threshold = threshold_of(thresholds, d->path);
    if (!threshold || !d->a || !d->b || !json_is_number(d->a) || !json_is_number(d->b))
        return true;
    double a = json_number_value(d->a), change = json_number_value(d->b) - a;
    double may = threshold->is_share ? (a < 0 ? -a : a) * threshold->by / 100 : threshold->by;
    return (change < 0 ? -change : change) > may;
}

bool difference_share(const struct difference *d, long long *share)
{
    if (!d->a || !d->b || !json_is_number(d->a) || !json_is_number(d->b) || json_number_value(d->a) == 0)
        return false;
    double a = json_number_value(d->a), of = (json_number_value(d->b) - a) / (a < 0 ? -a : a) * 10000;
    *share = (long long)(of < 0 ? of - 0.5 : of + 0.5);
    return true;
}

/* ---- the comparison ---- */

struct index {
    const char *patterns;
    json_t *leaves; /* by path */
};

static void add_leaf(void *to, const char *path, const json_t *value)
{
    struct index *index = to;
    if (!index->patterns || result_matches(index->patterns, path))
        json_object_set(index->leaves, path, (json_t *)value);
}

static json_t *leaves_of(const json_t *result, const char *patterns)
{
    struct index index = {patterns, json_object()};
    result_each_leaf(result, add_leaf, &index);
    return index.leaves;
}

void compare(const json_t *a, const json_t *b, const char *patterns, const struct thresholds *thresholds, compare_fn *fn, void *to)
{
    json_t *of_a = leaves_of(a, patterns), *of_b = leaves_of(b, patterns);
    for (void *at = result_first(of_a); at; at = result_next(of_a, at)) {
        const char *path = json_object_iter_key(at);
        struct difference d = {path, json_object_iter_value(at), json_object_get(of_b, path), true};
        if (d.b && json_equal(d.a, d.b))
            continue;
        d.counts = is_beyond(thresholds, &d);
        fn(to, &d);
    }
    for (void *at = result_first(of_b); at; at = result_next(of_b, at))
        if (!json_object_get(of_a, json_object_iter_key(at)))
            fn(to, &(struct difference){json_object_iter_key(at), NULL, json_object_iter_value(at), true});
    json_decref(of_a);
    json_decref(of_b);
}
