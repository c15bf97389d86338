/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A result as `vfsim run --json` writes it, taken apart into leaves with a path each: "flows.web.latency_ns.p99".
 *
 * What stands in a list is called by its `name` (a thread by `thread`), else by its first member that is a text
 * ("switches.web.tx_stopped_ns"), the second one of a name by "#2" behind it; so two results have the same path for the same thing.
 * Numbers keep all their digits.
 */
#ifndef VFSIM_TOOLS_RESULT_H
#define VFSIM_TOOLS_RESULT_H

#include <jansson.h>
#include <stdbool.h>

/* Of a page, the one that is in it: reports of runs, the table of a sweep, or two results and what differs. NULL after a message on
 * stderr. json_decref() it. */
json_t *result_read(const char *path);
/* Both of runs, or both of sweeps; false after a message. */
bool result_are_alike(const char *path, const json_t *result, const char *other_path, const json_t *other);

/* What it measured, rather than what it was told: without assumptions, drawings and notes. `value` is a number, a truth value, a
 * text or null, and lives as long as `result`. */
typedef void result_leaf_fn(void *to, const char *path, const json_t *value);
void result_each_leaf(const json_t *result, result_leaf_fn *leaf, void *to);

bool result_is_told(const json_t *object, const char *key); /* a member that says what it was told */
/* What the items of a list are called, NULL behind the last one. result_keys_free() them. */
char **result_keys(const json_t *list);
void result_keys_free(char **keys);

/* The members of an object in order: json_object_iter_key() and …_value() of each. NULL behind the last one. */
void *result_first(const json_t *object);
void *result_next(const json_t *object, void *at);
/* One of the patterns, with commas between them, in which '*' stands for anything, is like the path as a whole. */
bool result_matches(const char *patterns, const char *path);

enum { RESULT_TEXT_MAX = 512 };
/* As tables write it: digits, true or false, a text (cut at RESULT_TEXT_MAX), "" for null. Returns `text`. */
const char *result_text(const json_t *value, char text[RESULT_TEXT_MAX]);

#endif
