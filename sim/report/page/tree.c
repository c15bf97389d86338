/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A result's JSON as the tree of nodes that the writers of this folder read: kinds follow from keys, labels from words.c. */
#include <stdlib.h>
#include <string.h>

#include "report/page/page__.h"

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), tail = strlen(end);
    return len >= tail && !strcmp(text + len - tail, end);
}

static void add(struct report *r, const char *key, const json_t *value, bool is_time);

static void add_members(struct report *r, const json_t *object, bool is_time)
{
    for (void *at = json_object_iter((json_t *)object); at; at = json_object_iter_next((json_t *)object, at))
        add(r, json_object_iter_key(at), json_object_iter_value(at), is_time);
}

/* What is neither a count nor a time of ours: below zero, or with a fraction. */
static void add_number_text(struct report *r, const char *key, const char *label, const json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY);
    report_text(r, key, label, 0, "%s", text ? text : "?");
    free(text);
}

static void add_leaf(struct report *r, const char *key, const char *label, const json_t *value, bool is_time)
{
    json_int_t number = json_integer_value(value);
    if (json_is_string(value))
        report_text(r, key, label, 0, "%s", json_string_value(value));
    else if (json_is_boolean(value))
        report_bool(r, key, label, 0, json_is_true(value));
    else if (json_is_real(value) || (json_is_integer(value) && number < 0))
        add_number_text(r, key, label, value);
    else if (json_is_integer(value) && is_time && (uint64_t)number <= UINT64_MAX / 1000)
        report_time(r, key, label, 0, (uint64_t)number * 1000);
    else if (json_is_integer(value))
        report_number(r, key, label, 0, (uint64_t)number);
    else
        report_text(r, key, label, REPORT_NO_VALUE, "%s", "");
}

/* `is_time`: what it stands in is a time, "latency_ns": {"p50": …}. */
static void add(struct report *r, const char *key, const json_t *value, bool is_time)
{
    char *label = page__label(key);
    const struct page__section *section = page__section(key);
    is_time = is_time || ends_with(key, "_ns") || strstr(key, "_ns."); /* a path of a sweep has all keys */
    if (json_is_object(value)) {
        report_object(r, key, label, REPORT_LINE, 0);
        add_members(r, value, is_time);
        report_end(r);
    } else if (json_is_array(value)) {
        report_list(r, key, label, section ? section->look : REPORT_TABLE, 0);
        for (size_t i = 0; i < json_array_size(value); i++)
            add(r, "", json_array_get(value, i), is_time);
        report_end(r);
    } else {
        add_leaf(r, key, label, value, is_time);
    }
    free(label);
}

struct report *page__tree(const json_t *json)
{
    struct report *r = report_create();
    add_members(r, json, false);
    return r;
}

bool page__is_list_of_objects(const struct report_node *list) { return list->first && list->first->kind == REPORT_NODE_OBJECT; }
