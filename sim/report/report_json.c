/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A report as JSON: keys in the order of the calls, integers only. */
#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "report/report__.h"

static void *take(size_t bytes) { return alloc_bytes("the JSON report", bytes); }

static json_t *value_of(const struct report_node *node);

static json_t *object_of(const struct report_node *node)
{
    json_t *object = json_object();
    for (const struct report_node *child = node->first; child; child = child->next) {
        if (child->flags & REPORT_TEXT_ONLY)
            continue;
        int err = json_object_set_new(object, child->key, value_of(child));
        assert(!err);
    }
    return object;
}

static json_t *list_of(const struct report_node *node)
{
    json_t *list = json_array();
    for (const struct report_node *child = node->first; child; child = child->next) {
        if (child->flags & REPORT_TEXT_ONLY)
            continue;
        int err = json_array_append_new(list, value_of(child));
        assert(!err);
    }
    return list;
}

static json_t *value_of(const struct report_node *node)
{
    if (node->flags & REPORT_NO_VALUE)
        return json_null();
    switch (node->kind) {
    case REPORT_NODE_OBJECT:
        return object_of(node);
    case REPORT_NODE_LIST:
        return list_of(node);
    case REPORT_NODE_NUMBER:
    case REPORT_NODE_TIME:
        return json_integer((json_int_t)(node->number > INT64_MAX ? INT64_MAX : node->number));
    case REPORT_NODE_BOOL:
        return json_boolean(node->number);
    case REPORT_NODE_TEXT: {
        json_t *text = json_string(node->text);
        return text ? text : json_string("(not UTF-8)");
    }
    }
    return NULL;
}

void report__json_begin(void) { json_set_alloc_funcs(take, free); }

json_t *report__json(const struct report *report)
{
    assert(report->open == &report->root);
    report__json_begin();
    return object_of(&report->root);
}

static int dump(json_t *json, FILE *out)
{
    int err = json_dumpf(json, out, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    json_decref(json);
    if (err || fputc('\n', out) == EOF || fflush(out))
        return -EIO;
    return 0;
}

int report_write_json(const struct report *report, FILE *out) { return dump(report__json(report), out); }

int report_write_json_list(struct report *const *reports, unsigned count, FILE *out)
{
    report__json_begin();
    json_t *list = json_array();
    for (unsigned i = 0; i < count; i++) {
        int err = json_array_append_new(list, report__json(reports[i]));
        assert(!err);
    }
    return dump(list, out);
}
