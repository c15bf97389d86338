/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The language of text files of lines: lines, words, values with units, and messages that name file, line and column.
 *
 * What a line means is said elsewhere: a file is read with one function that takes a line. Nothing here knows of hosts or
 * NICs, and a profile is such a file as a scenario is. What is wrong with a text is kept as a message, at most
 * SCN_ERRORS_MAX, in the order of the text; reading goes on. Strings and arrays live as long as their file.
 */
#ifndef VFSIM_SCENARIO_LANGUAGE_LANGUAGE_H
#define VFSIM_SCENARIO_LANGUAGE_LANGUAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/time.h"

enum {
    SCN_VARS_MAX = 256,
    SCN_WORDS_MAX = 256, /* of a line */
    SCN_ERRORS_MAX = 20,
    SCN_REPETITIONS_MAX = 4096,
    SCN_TEXT_MAX = 8 << 20,
};

struct scn_pos {
    uint32_t line, col, len; /* from 1, in characters; line 0: the file as a whole */
};

struct scn_word {
    const char *text; /* NULL: not given */
    struct scn_pos at;
    bool quoted;
};

/* ---- a file (file.c, lex.c) ---- */

struct scn_error {
    struct scn_pos at;
    char *text;
};

struct scn_var {
    const char *name, *value;
    bool used;
};

/* of memory that lives as long as the file */
struct scn_block {
    struct scn_block *next;
};

struct scn_file {
    char *path, *label; /* label: how messages call the file */
    char *folder;       /* files are looked for from here; "" the working folder */
    char *text;
    size_t len;
    size_t read;    /* bytes of the text that have been parsed … */
    uint32_t lines; /* … and how many lines they are */
    struct scn_block *blocks;
    struct scn_error errors[SCN_ERRORS_MAX];
    unsigned error_count;
    bool more_errors;
    struct scn_var vars[SCN_VARS_MAX]; /* what $name stands for */
    unsigned var_count;
};

struct scn_cursor;
void scn_file_init(struct scn_file *file, const char *path); /* of zeros; `path` "-": standard input */
void scn_file_fini(struct scn_file *file);
bool scn_file_read(struct scn_file *file); /* the text; false after a message */
/* The lines of the text that have not been parsed; scn_file_add() puts more behind it (false after a message: too many). */
void scn_parse_text(struct scn_file *file, void (*parse_line)(struct scn_cursor *c));
bool scn_file_add(struct scn_file *file, const char *text, size_t len);

/* ---- messages (message.c) ---- */
void scn_error(struct scn_file *file, struct scn_pos at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* All of them, each with its source line and a mark below it. */
void scn_print_errors(const struct scn_file *file, FILE *out);
void scn_print_excerpt(const struct scn_file *file, struct scn_pos at, FILE *out); /* of one: line and mark */

/* ---- memory and arrays (memory.c) ---- */
void *scn_alloc(struct scn_file *file, size_t bytes); /* zeroed */
void scn_forget(struct scn_file *file, const struct scn_block *older); /* all that was given since `older` was the last one */
char *scn_printf(struct scn_file *file, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Room for one more at the end of an array of `count` members; asserts below the limits the parser checks. */
void *scn_grow(void **array, unsigned count, size_t member);
#define SCN_ADD(array, count) (scn_grow((void **)&(array), (count), sizeof(*(array))), &(array)[(count)++])

/* ---- near words (suggest.c) ---- */
struct scn_suggest {
    const char *word, *best;
    unsigned distance;
};
void scn_suggest_init(struct scn_suggest *s, const char *word);
void scn_suggest_try(struct scn_suggest *s, const char *candidate);
/* "" or "; did you mean 'x'?" */
const char *scn_suggest_text(const struct scn_suggest *s, char *buf, size_t cap);

/* ---- a line's words (cursor.c) ---- */
struct scn_cursor {
    struct scn_file *file;
    struct scn_word *words;
    unsigned count, next;
    bool failed;        /* a message about this line has been given */
    struct scn_pos end; /* just behind the last word */
    const char *repeated,
        *range; /* of a line that stands for several: its first word with a range, as it is here ("f3"), as written */
    const struct scn_option *options; /* of the line, while they are parsed */
    unsigned option_count;
};

const struct scn_word *scn_peek(const struct scn_cursor *c);             /* NULL at the end */
const struct scn_word *scn_take(struct scn_cursor *c, const char *what); /* NULL after a message */
struct scn_word scn_take_word(struct scn_cursor *c, const char *what);   /* without text after a message */
bool scn_take_into(struct scn_cursor *c, const char *what, struct scn_word *out);
bool scn_accept(struct scn_cursor *c, const char *word);
/* Takes the next word if it is one of the NULL-terminated `words`: its index; -1 otherwise, with a message only when it was
 * there before: `seen` has a bit for each. */
int scn_accept_one(struct scn_cursor *c, const char *const words[], uint32_t *seen);
bool scn_need(struct scn_cursor *c, const char *word);
void scn_fail(struct scn_cursor *c, struct scn_pos at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Index in the NULL-terminated `words`, -1 after a message. */
int scn_choice(struct scn_cursor *c, const char *what, const char *const words[]);
/* a word and what it stands for; a table of them is ended by one without word */
struct scn_named {
    const char *word;
    int value;
};
/* The value of the next word; false after a message. */
bool scn_pick(struct scn_cursor *c, const char *what, const struct scn_named named[], int *value);
bool scn_on_off(struct scn_cursor *c, const char *what);
void scn_finish(struct scn_cursor *c); /* a message if words are left */

struct scn_option {
    const char *word;
    void (*parse)(struct scn_cursor *c, void *into);
    const char *value; /* the kind of its value, for people: "N", "on|off"; "": it has none */
};
/* Behind an option that has properties of its own, none of which has to be there: the next word is one of the line's options,
 * or none. Else a message that lists the properties. */
void scn_end_properties(struct scn_cursor *c, const char *what, const char *const words[]);
/* Options in any order, each at most once, to the end of the line. */
void scn_options(struct scn_cursor *c, const char *what, const struct scn_option *options, unsigned count, void *into);
/* One of them, and what stands behind it; false after a message. */
bool scn_take_option(struct scn_cursor *c, const char *what, const struct scn_option *options, unsigned count, void *into);

/* ---- lines that stand for several (repeat.c) ---- */
/* For how many this one does, by the ranges in its words; 1: it has none; 0 after a message. */
unsigned scn_repetitions(struct scn_cursor *c);
/* The nth of them, from 0, in `words`. */
void scn_repetition(const struct scn_cursor *line, unsigned nth, struct scn_word words[SCN_WORDS_MAX], struct scn_cursor *out);

/* ---- values (value.c): false after a message; *out is then 0 ---- */
bool scn_number(struct scn_cursor *c, const char *what, uint64_t min, uint64_t max, uint64_t *out);
bool scn_count(struct scn_cursor *c, const char *what, uint64_t *out); /* 10, 1K (1,000), 1M */
const char *scn_unit_at(unsigned i); /* the units that are written, of any kind; NULL past the end */
bool scn_time(struct scn_cursor *c, const char *what, sim_time *out);
bool scn_rate(struct scn_cursor *c, const char *what, uint64_t *out);
enum { SCN_WHOLE = 1000000 };
bool scn_percent(struct scn_cursor *c, const char *what, uint32_t *out); /* 1%, 0.01%: in parts of SCN_WHOLE */
bool scn_size(struct scn_cursor *c, const char *what, uint64_t min, uint64_t max, uint64_t *out);
bool scn_mac(struct scn_cursor *c, uint8_t out[6]);
bool scn_own_mac(struct scn_cursor *c, uint8_t out[6]); /* unicast */
bool scn_ip4(struct scn_cursor *c, uint8_t out[4]);
bool scn_ip6(struct scn_cursor *c, uint8_t out[16]);
bool scn_address(struct scn_cursor *c, const char *what, uint64_t *out); /* 0x… or a size */
bool scn_path(struct scn_cursor *c, const char *what, struct scn_word *word, const char **path);
bool scn_text_is_mac(const char *text, uint8_t out[6]);
/* "10us" to ps: 0; -1 not a number, -2 unit missing, -3 unit unknown, -4 too large. */
int scn_parse_time(const char *text, sim_time *out);

/* ---- lists of values in one word (list.c): 1,2,4 and whole numbers FROM..TO or FROM..TO..STEP ---- */
enum { SCN_LIST_MAX = 100000, SCN_LIST_VALUE_MAX = 200 };
typedef void (*scn_list_fn)(void *to, const char *value);
/* Each value in order: how many; 0 with a reason. `fn` NULL: they are only counted. */
unsigned scn_list_each(const char *text, scn_list_fn fn, void *to, char *why, size_t cap);

/* ---- patterns in which '*' stands for anything (pattern.c) ---- */
bool scn_contains(const char *sentence, const char *pattern); /* it lies somewhere in it */
bool scn_matches(const char *pattern, const char *name);      /* it is like it as a whole */

#endif
