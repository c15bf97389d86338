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

/* ---- what is looked at ---- */

struct pattern {
    char *text;
    bool is_met; /* something is called so */
};

struct patterns {
    struct pattern *one;
    unsigned count, unmet;
};

static void parse_patterns(struct patterns *patterns, const char *text)
{
    for (const char *p = text; p; p = *p ? p + 1 : NULL) {
        size_t len = strcspn(p, ",");
        patterns->one = vfsim_grow(who, patterns->one, (patterns->count + 1) * sizeof(*patterns->one));
        patterns->one[patterns->count++] = (struct pattern){vfsim_print(who, "%.*s", (int)len, p), false};
        p += len;
    }
    patterns->unmet = patterns->count;
}

static bool meets(struct patterns *patterns, const char *path)
{
    bool meets = !patterns->count;
    for (unsigned i = 0; i < patterns->count; i++) {
        struct pattern *pattern = &patterns->one[i];
        if (!result_matches(pattern->text, path))
            continue;
        patterns->unmet -= !pattern->is_met;
        pattern->is_met = meets = true;
    }
    return meets;
}

/* 0, or a message for each that nothing is called by. */
static int end_patterns(struct patterns *patterns)
{
    int code = patterns->unmet ? EXIT_USER : EXIT_PASS;
    for (unsigned i = 0; i < patterns->count; i++) {
        if (!patterns->one[i].is_met)
            vfsim_complain("--show: nothing of either result is called '%s'", patterns->one[i].text);
        free(patterns->one[i].text);
    }
    free(patterns->one);
    return code;
}

/* ---- the comparison: both results are walked side by side, and a path is put together for what differs alone ---- */

struct step {
    const struct step *above;
    const char *key;
};

struct side_by_side {
    struct patterns patterns;
    const struct thresholds *thresholds;
    compare_fn *fn;
    void *to;
    bool is_second; /* `a` is the second result, of which only what the first one has not is told */
};

static char *path_of(const struct step *step)
{
    size_t len = 0, at;
    for (const struct step *s = step; s->above; s = s->above)
        len += strlen(s->key) + 1;
    char *path = vfsim_zero(who, 1, len + 1);
    at = len ? len - 1 : 0;
    for (const struct step *s = step; s->above; s = s->above) {
        size_t one = strlen(s->key);
        memcpy(path + at - one, s->key, one);
        at -= one;
        if (at)
            path[--at] = '.';
    }
    return path;
}

static void leaf(struct side_by_side *w, const struct step *step, const json_t *a, const json_t *b)
{
    bool differs = w->is_second ? !b : !(b && json_equal(a, b));
    if (!differs && !w->patterns.unmet)
        return;
    char *path = path_of(step);
    if (meets(&w->patterns, path) && differs) {
        struct difference d = {path, w->is_second ? NULL : a, w->is_second ? a : b, true};
        d.counts = is_beyond(w->thresholds, &d);
        w->fn(w->to, &d);
    }
    free(path);
}

static void both(struct side_by_side *w, const struct step *above, const json_t *a, const json_t *b);

static void both_objects(struct side_by_side *w, const struct step *above, const json_t *a, const json_t *b)
{
    for (void *at = result_first(a); at; at = result_next(a, at)) {
        const char *key = json_object_iter_key(at);
        if (result_is_told(a, key))
            continue;
        bool is_there = b && !result_is_told(b, key);
        both(w, &(struct step){above, key}, json_object_iter_value(at), is_there ? json_object_get(b, key) : NULL);
    }
}

static json_t *index_of(const json_t *list, char **keys)
{
    json_t *index = json_object();
    for (size_t i = 0; keys[i]; i++)
        json_object_set(index, keys[i], json_array_get(list, i));
    return index;
}

/* Where the items of both are called alike in the same order, as they mostly are, nothing has to be found. */
static void both_lists(struct side_by_side *w, const struct step *above, const json_t *a, const json_t *b)
{
    char **keys = result_keys(a), **other = result_keys(b);
    size_t size = json_array_size(b);
    json_t *by_key = NULL;
    for (size_t i = 0; keys[i]; i++) {
        json_t *pair = i < size && !strcmp(keys[i], other[i]) ? json_array_get(b, i) : NULL;
        if (!pair && !by_key)
            by_key = index_of(b, other);
        both(w, &(struct step){above, keys[i]}, json_array_get(a, i), pair ? pair : json_object_get(by_key, keys[i]));
    }
    json_decref(by_key);
    result_keys_free(keys);
    result_keys_free(other);
}

static void both(struct side_by_side *w, const struct step *above, const json_t *a, const json_t *b)
{
    if (json_is_object(a))
        both_objects(w, above, a, json_is_object(b) ? b : NULL);
    else if (json_is_array(a))
        both_lists(w, above, a, json_is_array(b) ? b : NULL);
    else
        leaf(w, above, a, json_is_object(b) || json_is_array(b) ? NULL : b);
}

int compare(const json_t *a, const json_t *b, const char *patterns, const struct thresholds *thresholds, compare_fn *fn, void *to)
{
    struct side_by_side w = {.thresholds = thresholds, .fn = fn, .to = to};
    parse_patterns(&w.patterns, patterns);
    both(&w, &(struct step){NULL, ""}, a, b);
    w.is_second = true;
    both(&w, &(struct step){NULL, ""}, b, a);
    return end_patterns(&w.patterns);
}
