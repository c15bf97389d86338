/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scenario files: text to a checked description of an experiment. The language is docs/scenario-language.md.
 *
 * Reading never fails as a call: what is wrong with the text is kept as messages (at most 20), each with line and
 * column, and a scenario with messages can't be built. world.h builds and runs one.
 */
#ifndef VFSIM_SCENARIO_SCENARIO_H
#define VFSIM_SCENARIO_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct scenario;

enum { SCENARIO_ERRORS_MAX = 20, SCENARIO_TEXT_MAX = 8 << 20 }; /* those of its language (language.h) */

struct scenario_var {
    const char *name, *value;
};

struct scenario_options {            /* copied by reading */
    const struct scenario_var *vars; /* override what the file's `set` lines say; each must be declared there */
    unsigned var_count;
    bool seed_given;
    uint64_t seed;
    const char *guest_image;  /* image of VMs */
    const char *plugin_store; /* of hosts that name none */
    const char *profiles;     /* folder of those that a name without a folder may mean; NULL: there are none */
    const char *snapshots;    /* folder of VMs' snapshots; NULL: none are written, and looked for beside the file only */
};

/* `path` "-": standard input. Never NULL. */
struct scenario *scenario_read(const char *path, const struct scenario_options *options);
struct scenario *scenario_parse(const char *path, const char *text, size_t len, const struct scenario_options *options);
/* Or piece by piece: whole lines are added, then it is closed, as the two above do by themselves. Files that lines name are looked
 * for from `folder` (NULL: from that of `path`). */
struct scenario *scenario_begin(const char *path, const char *folder, const struct scenario_options *options);
void scenario_add(struct scenario *sc, const char *lines, size_t len); /* before it is closed */
void scenario_close(struct scenario *sc); /* names are looked up, and what only the whole text tells; once */
void scenario_destroy(struct scenario *sc); /* NULL is fine */

unsigned scenario_error_count(const struct scenario *sc);
/* "file:line:col: what"; line 0: about the file as a whole. NULL past the end. */
const char *scenario_error_text(const struct scenario *sc, unsigned i, unsigned *line, unsigned *col);
void scenario_forget_errors(struct scenario *sc, unsigned from); /* those that building it has added */
bool scenario_has_more_errors(const struct scenario *sc); /* than are kept */
/* The line of the text that error `i` is about, with a mark below it; nothing if it is about none. */
void scenario_print_excerpt(const struct scenario *sc, unsigned i, FILE *out);
/* All of them, each with its source line and a mark below it: a log is read by people, too. */
void scenario_print_errors(const struct scenario *sc, FILE *out);

/* The files that reading and running it reads, beside its own; and those that a run writes (`pcap_dir` NULL: no captures).
 * `what` says what one is, or which option writes it. Of a scenario with errors: those that are known. */
typedef void (*scenario_file_fn)(void *to, const char *path, const char *what);
void scenario_each_input(const struct scenario *sc, scenario_file_fn fn, void *to);
void scenario_each_output(const struct scenario *sc, const char *pcap_dir, scenario_file_fn fn, void *to);

/* What can be said of the language: each kind of line with what it does (`title`: of a new kind of lines, else NULL), or the same
 * as a table in Markdown. */
typedef void (*scenario_line_fn)(void *to, const char *title, const char *name, const char *sentence);
void scenario_each_line(scenario_line_fn fn, void *to);
void scenario_help_index(FILE *out);
/* All about one word: whatever kinds of lines begin with it, else those that have it somewhere. A line at a time, for who shows it
 * to break where a terminal ends. False: no line has it. */
typedef void (*scenario_help_fn)(void *to, const char *text, int indent);
bool scenario_help_word(const char *word, scenario_help_fn fn, void *to);
enum { SCENARIO_WORDS_MAX = 128 };
void scenario_help_words(const char *words[SCENARIO_WORDS_MAX]); /* the words that lines begin with, NULL-terminated */

/* Each word of the language, as often as it is written somewhere: those that begin a line of what exists, an act, an expectation;
 * those that stand behind them; units. `word` has `len` bytes. */
enum scenario_word_kind { SCENARIO_DECLARES, SCENARIO_ACTS, SCENARIO_EXPECTS, SCENARIO_OPTION, SCENARIO_UNIT };
typedef void (*scenario_word_fn)(void *to, const char *word, size_t len, enum scenario_word_kind kind);
void scenario_each_word(scenario_word_fn fn, void *to);

const char *scenario_path(const struct scenario *sc);
const char *scenario_title(const struct scenario *sc); /* "" if it has none */
void scenario_summary(const struct scenario *sc, char *buf, size_t cap); /* "2 hosts, 2 NICs, 1 VM, 5 acts, …" */

#endif
