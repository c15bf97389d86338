/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "results/result.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vfsim.h"

static const char who[] = "a result";

/* Of a page the line that holds the result; of another file all of it. */
static json_t *load(const char *path, json_error_t *error)
{
    static const char begin[] = "<script type=\"application/json\" id=\"result\">", end[] = "</script>\n";
    char *line = NULL;
    size_t cap = 0, head = sizeof(begin) - 1, tail = sizeof(end) - 1;
    json_t *result = NULL;
    FILE *file = fopen(path, "r");
    bool is_page = file && fgetc(file) == '<';
    for (ssize_t len; is_page && (len = getline(&line, &cap, file)) > 0;)
        if ((size_t)len > head + tail && !strncmp(line, begin, head) && !strcmp(line + len - tail, end))
            result = json_loadb(line + head, (size_t)len - head - tail, 0, error);
    free(line);
    if (file)
        fclose(file);
    return result ? result : json_load_file(path, 0, error);
}

static bool is_sweep(const json_t *json)
{
    return json_is_array(json_object_get(json, "axes")) && json_is_array(json_object_get(json, "rows"));
}

static bool is_result(const json_t *json)
{
    for (size_t i = 0; i < json_array_size(json); i++)
        if (!json_is_string(json_object_get(json_array_get(json, i), "verdict")))
            return false;
    return json_is_array(json)
               ? json_array_size(json) > 0
               : json_is_string(json_object_get(json, "verdict")) || is_sweep(json) || json_object_get(json, "differences");
}

bool result_are_alike(const char *path, const json_t *result, const char *other_path, const json_t *other)
{
    bool sweep = is_sweep(result);
    if (sweep == is_sweep(other))
        return true;
    vfsim_complain("%s is the table of a sweep, and %s is of runs: they have nothing to compare", sweep ? path : other_path,
                   sweep ? other_path : path);
    return false;
}

json_t *result_read(const char *path)
{
    json_error_t error;
    errno = 0;
    json_t *result = load(path, &error);
    if (result && is_result(result))
        return result;
    if (result)
        vfsim_complain("%s: no result: neither reports (`vfsim run --json`) nor the table of a sweep (sweep.json)", path);
    else if (error.line > 0)
        vfsim_complain("%s:%d:%d: no result: %s", path, error.line, error.column, error.text);
    else
        vfsim_complain("%s: %s", path, errno ? vfsim_why(errno) : error.text);
    json_decref(result);
    return NULL;
}

/* ---- leaves ---- */

struct walk {
    result_leaf_fn *leaf;
    void *to;
};

static void walk(const struct walk *w, const char *path, const json_t *value);

static void walk_below(const struct walk *w, const char *path, const char *key, const json_t *value)
{
    char *below = vfsim_print(who, "%s%s%s", path, *path ? "." : "", key);
    walk(w, below, value);
    free(below);
}

/* Members of an object, one after the other. jansson's own macro is a loop that neither cppcheck nor clang-format knows. */
void *result_first(const json_t *object) { return json_object_iter((json_t *)object); }
void *result_next(const json_t *object, void *at) { return json_object_iter_next((json_t *)object, at); }

static const char *first_text(const json_t *object)
{
    for (void *at = result_first(object); at; at = result_next(object, at)) {
        const char *text = json_string_value(json_object_iter_value(at));
        if (text && *text)
            return text;
    }
    return NULL;
}

/* Members of a result that say what it was told, draw it again or help to read it. */
bool result_is_told(const json_t *object, const char *key)
{
    static const char *const told[] = {"assumptions", "timeline", "notes", "roles", "topology",
                                       "latencies",   "next",     "title", "file",  "format"};
    for (unsigned i = 0; i < sizeof(told) / sizeof(told[0]); i++)
        if (!strcmp(key, told[i]))
            return json_object_get(object, "verdict");
    return false;
}

/* NULL: it has no name, but a place. */
static const char *name_of(const json_t *value)
{
    static const char *const keys[] = {"name", "scenario", "thread"};
    for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const json_t *name = json_object_get(value, keys[i]);
        if (json_is_string(name))
            return json_string_value(name);
    }
    return first_text(value);
}

char **result_keys(const json_t *list)
{
    size_t size = json_array_size(list);
    char **keys = vfsim_zero(who, size + 1, sizeof(*keys));
    json_t *counts = json_object();
    for (size_t i = 0; i < size; i++) {
        const json_t *value = json_array_get(list, i);
        const char *name = json_is_object(value) ? name_of(value) : NULL;
        json_int_t before = name ? json_integer_value(json_object_get(counts, name)) : 0;
        keys[i] = !name    ? vfsim_print(who, "%zu", i + 1)
                  : before ? vfsim_print(who, "%s#%" JSON_INTEGER_FORMAT, name, before + 1)
                           : vfsim_copy(who, name);
        if (name)
            json_object_set_new(counts, name, json_integer(before + 1));
    }
    json_decref(counts);
    return keys;
}

void result_keys_free(char **keys)
{
    for (char **key = keys; *key; key++)
        free(*key);
    free(keys);
}

static void walk_list(const struct walk *w, const char *path, const json_t *list)
{
    char **keys = result_keys(list);
    for (size_t i = 0; i < json_array_size(list); i++)
        walk_below(w, path, keys[i], json_array_get(list, i));
    result_keys_free(keys);
}

static void walk(const struct walk *w, const char *path, const json_t *value)
{
    if (json_is_object(value)) {
        for (void *at = result_first(value); at; at = result_next(value, at))
            if (!result_is_told(value, json_object_iter_key(at)))
                walk_below(w, path, json_object_iter_key(at), json_object_iter_value(at));
    } else if (json_is_array(value)) {
        walk_list(w, path, value);
    } else {
        w->leaf(w->to, path, value);
    }
}

void result_each_leaf(const json_t *result, result_leaf_fn *leaf, void *to) { walk(&(struct walk){leaf, to}, "", result); }

/* ---- paths ---- */

static bool is_like(const char *pattern, size_t len, const char *path)
{
    if (!len)
        return !*path;
    if (*pattern != '*')
        return *path == *pattern && is_like(pattern + 1, len - 1, path + 1);
    for (;; path++) {
        if (is_like(pattern + 1, len - 1, path))
            return true;
        if (!*path)
            return false;
    }
}

bool result_matches(const char *patterns, const char *path)
{
    for (const char *p = patterns;; p++) {
        size_t len = strcspn(p, ",");
        if (is_like(p, len, path))
            return true;
        p += len;
        if (!*p)
            return false;
    }
}

const char *result_text(const json_t *value, char text[RESULT_TEXT_MAX])
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        snprintf(text, RESULT_TEXT_MAX, "%s", json_string_value(value));
        break;
    case JSON_INTEGER:
        snprintf(text, RESULT_TEXT_MAX, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        break;
    case JSON_REAL:
        snprintf(text, RESULT_TEXT_MAX, "%.17g", json_real_value(value));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        snprintf(text, RESULT_TEXT_MAX, "%s", json_is_true(value) ? "true" : "false");
        break;
    default:
        *text = 0;
    }
    return text;
}
