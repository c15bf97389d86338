/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command's own: options of all verbs, exit codes, and where the build left the guest image and the plugins.
 *
 * stdout is the result, stderr the conversation.
 */
#ifndef VFSIM_TOOLS_VFSIM_H
#define VFSIM_TOOLS_VFSIM_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include <vfsim/vfsim.h>

#include "vfsim_table.h"

/* A run that was interrupted by signal N ends with EXIT_SIGNAL + N, as shells say it. */
enum { EXIT_PASS = 0, EXIT_EXPECTATION = 1, EXIT_USER = 2, EXIT_OURS = 3, EXIT_SIGNAL = 128 };

enum { VFSIM_VARS_MAX = 64, VFSIM_CHIPS_MAX = 16 };

struct vfsim_args {
    bool help, version, force, accept, gdb, verbose, pf, vf, strict_captures, list, plain_mmio, stay;
    const char *junit, *html, *trace, *pcap, *capture, *at, *output, *guest_image, *plugin_store, *snapshots, *seed_text, *repeat,
        *jobs, *show, *only, *threshold, *who, *what, *when, *vcd, *perfetto, *licence, *vendor, *against, *hgrm, *hlog, *model,
        *only_case, *ctl, *http, *vfio_user;
    const char *json;     /* "" when it is given no value: to stdout instead of the text */
    const char *csv, *sizes, *tests; /* csv: "" when it is given no value */
    const char *timeline; /* "" when it is given no value */
    const char *paranoid; /* "" when it is given no value */
    uint64_t seed;
    struct vfsim_variable vars[VFSIM_VARS_MAX];
    unsigned var_count;
    const char *chips[VFSIM_CHIPS_MAX];
    unsigned chip_count;
    const char *stray, *stray_of; /* an operand right behind an option whose value may be left out and was; NULL: none */
    const char **operands; /* NULL-terminated, within argv */
    unsigned operand_count;
};

extern const struct vfsim_verb vfsim_verb_run, vfsim_verb_check, vfsim_verb_save, vfsim_verb_restore, vfsim_verb_regs,
    vfsim_verb_plugin, vfsim_verb_models, vfsim_verb_reasons, vfsim_verb_help, vfsim_verb_completion, vfsim_verb_man,
    vfsim_verb_init, vfsim_verb_syntax, vfsim_verb_sweep, vfsim_verb_diff, vfsim_verb_rfc2544, vfsim_verb_report,
    vfsim_verb_calibrate, vfsim_verb_conformance, vfsim_verb_serve, vfsim_verb_ctl;

/* What stands behind the verb: argv[0] is its name. False after a message on stderr. `argv` is reordered: operands first. */
bool vfsim_args_parse(const struct vfsim_verb *verb, int argc, char **argv, struct vfsim_args *args);

/* "; a value of --json stands behind =: --json=x" when `word` is the operand args->stray, or "". */
enum { VFSIM_HINT_LEN = 512 };
const char *vfsim_stray_hint(const struct vfsim_args *args, const char *word, char *buf, unsigned cap);

/* A file that is shared by all machines ("scenarios/http.pcap"): where it is, or would be where vfsim is installed. */
const char *vfsim_find_shared(const char *name, char path[PATH_MAX]);

/* vfsim_init.c: NULL past the end. */
const struct vfsim_word *vfsim_template_at(unsigned i);

/* What a scenario is read with, and its world built: `args` must outlive it. */
struct vfsim_options vfsim_options_of(const struct vfsim_args *args);

/* "997", "1@99ms-101ms" of --paranoid; "" is a default. False after a message. */
struct vfsim_paranoia {
    uint64_t every; /* 0: none */
    vfsim_time from, to;
};
bool vfsim_parse_paranoia(const char *text, struct vfsim_paranoia *paranoia);

/* " check|sign", or "" of a verb without acts. */
const char *vfsim_acts(const struct vfsim_verb *verb, char *buf, unsigned cap);

/* "; did you mean 'x'?" for the nearest of NULL-terminated words, or "". */
const char *vfsim_near(const char *word, const char *const words[], char *buf, unsigned cap);

/* vfsim_memory.c: never NULL; without memory the program ends with a message that says for whom. free() takes them back. */
void *vfsim_zero(const char *who, size_t count, size_t bytes) __attribute__((returns_nonnull, malloc));
void *vfsim_grow(const char *who, void *old, size_t bytes) __attribute__((returns_nonnull));
char *vfsim_copy(const char *who, const char *text) __attribute__((returns_nonnull, malloc));
char *vfsim_print(const char *who, const char *fmt, ...) __attribute__((returns_nonnull, format(printf, 2, 3)));
const char *vfsim_why(int err); /* what strerror() says, and one word for one thing: "out of memory" */

bool vfsim_chips_load(const struct vfsim_args *args); /* those of --chip: false after a message */
bool vfsim_limits_suffice(void); /* vfsim_limits.c: false after a message */
void vfsim_complain(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* "vfsim: …" on stderr */
bool vfsim_stderr_is_terminal(void);
bool vfsim_stdout_has_colour(void);
int vfsim_stdout_columns(void); /* of the terminal; 0: none */

/* EXIT_PASS, or EXIT_USER after a message: what was written to stdout did not all get there (said once); a file was
 * written with this errno. `errno` is 0 before what is flushed was written. */
int vfsim_stdout_flush(void);
int vfsim_file_written(const char *path, int err);

static inline bool vfsim_text_is_wanted(const struct vfsim_args *args) { return !args->json || *args->json; }

/* One report as --json says: text or JSON on stdout, or text there and JSON in a file. Frees it. EXIT_PASS, or EXIT_USER after a
 * message. */
int vfsim_put_report(const struct vfsim_args *args, struct vfsim_report *report);
/* The chip that the operand names is not there: says so, and which there are. EXIT_USER. */
int vfsim_no_model(const struct vfsim_args *args, struct vfsim_error *error);

/* ---- vfsim_signal.c ---- */
bool vfsim_signals_init(void);                /* nothing half-written stays behind; false after a message */
bool vfsim_signals_listen(void);              /* the same; from here on SIGINT, SIGTERM and SIGHUP leave results behind … */
void vfsim_signals_playing(bool on);          /* … and while a world plays they are only … */
const char *vfsim_interrupted(int *code);     /* … told here: a name and the exit code, or NULL */
void vfsim_last_words(void);                  /* before _exit(): what programs are waiting for, and no temporary files */

/* ---- shared by run and restore ---- */
struct vfsim_session; /* what a run of several files keeps */
struct vfsim_session *vfsim_session_begin(const struct vfsim_args *args); /* NULL after a message */
void vfsim_session_file(struct vfsim_session *session); /* the next operand begins */
/* It has no world: prints why, and frees that. An exit code. `scenario` may be NULL. */
int vfsim_session_refuse(struct vfsim_session *session, const struct vfsim_scenario *scenario, struct vfsim_error *errors);
/* From here on worlds are not run as fast as they can be, but slice by slice of this (tools/serve): as vfsim_world_run_until(). */
struct serve;
void vfsim_session_serve(struct vfsim_session *session, struct serve *serve); /* NULL: no longer */
/* Runs a built world to its end and prints; `name`: the file on the command line. Returns an exit code. */
int vfsim_session_play(struct vfsim_session *session, struct vfsim_world *world, const char *name);
int vfsim_session_end(struct vfsim_session *session, int code); /* frees it */
int vfsim_session_drop(struct vfsim_session *session);          /* writes nothing; EXIT_USER */

/* Where --accept writes the report of scenario `name`; false: it has no name (stdin). */
bool vfsim_accepted_path(const char *name, char path[PATH_MAX]);

/* ---- vfsim_paths.c ---- */
/* No input is a pipe: it is read more than once. False after a message. */
bool vfsim_inputs_stay(const struct vfsim_scenario *scenario);
/* No output is an input or another output, by whatever name, and each can be written. False after a message: then nothing must be
 * run. `scenarios`: those of the operands, in their order; one that is NULL has not been read. */
bool vfsim_outputs_are_fit(const struct vfsim_args *args, struct vfsim_scenario *const *scenarios, unsigned count);
/* All that is wrong with it, each with its line of the text and a mark: a log is read by people, too. */
void vfsim_print_errors(const struct vfsim_scenario *scenario, const struct vfsim_error *errors);

#endif
