/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command's own: options of all verbs, exit codes, and where the build left the guest image and the plugins.
 *
 * stdout is the result, stderr the conversation.
 */
#ifndef VFSIM_TOOLS_VFSIM_H
#define VFSIM_TOOLS_VFSIM_H

#include <stdbool.h>
#include <stdint.h>

#include "scenario/scenario.h"


enum { EXIT_PASS = 0, EXIT_EXPECTATION = 1, EXIT_USER = 2, EXIT_OURS = 3, EXIT_INTERRUPTED = 130 };

enum { VFSIM_VARS_MAX = 64 };

struct vfsim_args {
    bool help, json, accept, gdb, verbose, pf, vf, strict_captures;
    const char *junit, *html, *trace, *pcap, *at, *output, *guest_image, *plugin_store, *snapshots, *seed_text;
    const char *timeline; /* "" when it is given no value */
    const char *paranoid; /* "" when it is given no value */
    uint64_t seed;
    struct scenario_var vars[VFSIM_VARS_MAX];
    unsigned var_count;
    const char **operands; /* NULL-terminated, within argv */
    unsigned operand_count;
};

struct vfsim_verb {
    const char *name;
    const char *sentence;
    const char *usage;   /* whole text of --help */
    const char *options; /* names it takes, separated by blanks */
    int (*run)(const struct vfsim_args *args);
};

extern const struct vfsim_verb vfsim_verb_run, vfsim_verb_check, vfsim_verb_save, vfsim_verb_restore, vfsim_verb_regs,
    vfsim_verb_plugin;

/* False after a message on stderr. `argv` is reordered: operands first. */
bool vfsim_args_parse(const struct vfsim_verb *verb, int argc, char **argv, struct vfsim_args *args);

/* What a scenario is read with: variables, seed, image and store (by the executable's place unless given). */
struct scenario_options vfsim_scenario_options(const struct vfsim_args *args);

/* "997", "1@99ms-101ms" of --paranoid; "" is a default. False after a message. */
struct world_paranoia;
bool vfsim_parse_paranoia(const char *text, struct world_paranoia *paranoia);

/* "; did you mean 'x'?" for the nearest of NULL-terminated words, or "". */
const char *vfsim_near(const char *word, const char *const words[], char *buf, unsigned cap);

void vfsim_complain(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* "vfsim: …" on stderr */
bool vfsim_stderr_is_terminal(void);
bool vfsim_stdout_has_colour(void);
int vfsim_stdout_columns(void); /* of the terminal; 0: none */

/* `text` to `path`, whole or not at all. 0 or -errno. */
int vfsim_write_file(const char *path, const char *text, unsigned long len);

/* ---- shared by run and restore ---- */
struct world;
struct junit_suite;
struct report;
struct vfsim_session; /* what a run of several files keeps: JUnit suites, JSON reports */
struct vfsim_session *vfsim_session_begin(const struct vfsim_args *args); /* NULL after a message */
/* Runs a built world to its end and prints; `name`: the file on the command line. Another world may be there
 * afterwards (--paranoid), or none. Returns an exit code. */
int vfsim_session_play(struct vfsim_session *session, struct world **world, const char *name);
int vfsim_session_end(struct vfsim_session *session, int code); /* frees it */

#endif
