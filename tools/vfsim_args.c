/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options of all verbs, one table; and small things every verb needs. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vfsim.h"

#define OPTION(id, member, ...) {MADE(__VA_ARGS__), offsetof(struct vfsim_args, member)},
#define MADE(name, letter, kind, value, what, sentence, more) name, letter, kind, value, what, sentence, more
const struct vfsim_option vfsim_options[VFSIM_OPTIONS] = {
#include "vfsim_options.def"
};
enum { PARANOID_EVERY = 1009 };

void vfsim_complain(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fputs("vfsim: ", stderr);
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
    va_end(args);
}

bool vfsim_stderr_is_terminal(void) { return isatty(STDERR_FILENO); }

bool vfsim_stdout_has_colour(void)
{
    const char *none = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && !(none && *none) && !(term && !strcmp(term, "dumb"));
}

int vfsim_stdout_columns(void)
{
    struct winsize size;
    return isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) ? size.ws_col : 0;
}

const char *vfsim_near(const char *word, const char *const words[], char *buf, unsigned cap)
{
    const char *near = vfsim_nearest(word, words);
    if (!near)
        return "";
    snprintf(buf, cap, "; did you mean '%s'?", near);
    return buf;
}

/* ---- options, by getopt_long ---- */

enum { LONG = 256, LETTERS_MAX = 2 + 2 * VFSIM_OPTIONS + 1, NEAR_LEN = 160 };

/* What getopt_long() is told of the options of a verb. */
struct grammar {
    const struct vfsim_verb *verb;
    struct option longs[VFSIM_OPTIONS + 1];
    char letters[LETTERS_MAX];
};

/* The first of `letters`: operands come in their place, whatever POSIXLY_CORRECT says, since nothing in the environment changes
 * what a command line means; the second: a value that is missing is told from an option that does not exist. */
static void grammar_make(const struct vfsim_verb *verb, struct grammar *g)
{
    *g = (struct grammar){.verb = verb, .letters = "-:"};
    char *letter = g->letters + 2;
    unsigned count = 0;
    for (unsigned i = 0; i < VFSIM_OPTIONS; i++) {
        const struct vfsim_option *option = &vfsim_options[i];
        if (!vfsim_verb_takes(verb, i))
            continue;
        int value = option->kind == FLAG ? no_argument : option->kind == MAYBE_TEXT ? optional_argument : required_argument;
        g->longs[count++] = (struct option){option->name, value, NULL, LONG + (int)i};
        if (option->letter)
            *letter++ = option->letter;
        if (option->letter && value == required_argument)
            *letter++ = ':';
    }
}

static const struct vfsim_option *option_of(const struct grammar *g, int got)
{
    if (got >= LONG)
        return &vfsim_options[got - LONG];
    for (unsigned i = 0; i < VFSIM_OPTIONS; i++)
        if (vfsim_verb_takes(g->verb, i) && vfsim_options[i].letter && vfsim_options[i].letter == got)
            return &vfsim_options[i];
    return NULL;
}

/* `name` of `len` bytes, without dashes, is an option of the verb, by its whole name. */
static bool is_named(const struct grammar *g, const char *name, size_t len)
{
    for (const struct option *p = g->longs; p->name; p++)
        if (strlen(p->name) == len && !memcmp(p->name, name, len))
            return true;
    return false;
}

/* "; did you mean '--json'?" of what begins like it, of what is nearly it, or of the same with another number of dashes. */
static const char *near_option(const struct grammar *g, const char *word, char *buf)
{
    char dashed[VFSIM_OPTIONS][32];
    const char *known[2 * VFSIM_OPTIONS + 1] = {0}, *bare = word + strspn(word, "-");
    size_t len = strlen(bare), at = 0;
    unsigned count = 0, begin = 0, last = 0;
    for (const struct option *p = g->longs; p->name; p++, count++) {
        snprintf(dashed[count], sizeof(dashed[count]), "--%s", p->name);
        known[count] = dashed[count];
        if (len && !strncmp(p->name, bare, len)) {
            at += (size_t)snprintf(buf + at, at < NEAR_LEN ? NEAR_LEN - at : 0, "%s%s", begin++ ? ", " : "; it could be ",
                                   dashed[count]);
            last = count;
        }
    }
    if (begin > 1 && at < NEAR_LEN)
        return buf;
    if (begin) {
        snprintf(buf, NEAR_LEN, "; did you mean '%s'?", dashed[last]);
        return buf;
    }
    return vfsim_near(word, known, buf, NEAR_LEN);
}

/* Abbreviations are refused: what is unique today is not when there are more options, and scripts live long. False after a
 * message. */
static bool is_known(const struct grammar *g, const char *word)
{
    char near[NEAR_LEN], name[64];
    size_t dashes = strspn(word, "-"), len = strcspn(word, "=");
    if (word[0] != '-' || !word[1] || !strcmp(word, "--"))
        return true;
    bool is_long = dashes > 1, good = is_long ? dashes == 2 && is_named(g, word + 2, len - 2) : true;
    if (!is_long)
        good = option_of(g, word[1]) && !(word[2] && is_named(g, word + 1, len - 1));
    if (good)
        return true;
    snprintf(name, sizeof(name), "%.*s", (int)len, word);
    vfsim_complain("%s has no option '%s'%s (vfsim %s --help lists them)", g->verb->name, name, near_option(g, name, near),
                   g->verb->name);
    return false;
}

static bool add_variable(struct vfsim_args *args, char *text)
{
    char *equals = strchr(text, '=');
    if (!equals || equals == text) {
        vfsim_complain("--set takes name=value, not '%s'", text);
        return false;
    }
    if (args->var_count == VFSIM_VARS_MAX) {
        vfsim_complain("more than %d times --set", VFSIM_VARS_MAX);
        return false;
    }
    *equals = 0;
    for (unsigned i = 0; i < args->var_count; i++)
        if (!strcmp(args->vars[i].name, text)) {
            vfsim_complain("--set %s is given twice", text);
            return false;
        }
    args->vars[args->var_count++] = (struct vfsim_variable){text, equals + 1};
    return true;
}

static bool add_chip(struct vfsim_args *args, const char *path)
{
    if (args->chip_count == VFSIM_CHIPS_MAX) {
        vfsim_complain("more than %d times --chip", VFSIM_CHIPS_MAX);
        return false;
    }
    args->chips[args->chip_count++] = path;
    return true;
}

static bool take_seed(struct vfsim_args *args, const char *text)
{
    char *end;
    errno = 0;
    args->seed = strtoull(text, &end, 10);
    args->seed_text = text;
    if (!errno && *text >= '0' && *text <= '9' && !*end && args->seed != UINT64_MAX)
        return true;
    vfsim_complain("--seed takes a number from 0, not '%s'", text);
    return false;
}

static bool apply(const struct vfsim_option *option, struct vfsim_args *args, char *value)
{
    char *member = (char *)args + option->offset;
    switch (option->kind) {
    case FLAG:
        *(bool *)member = true;
        return true;
    case TEXT:
        if (!*value) {
            vfsim_complain("--%s is given nothing", option->name);
            return false;
        }
        memcpy(member, &value, sizeof(value));
        return true;
    case MAYBE_TEXT:
        if (value && !*value) {
            vfsim_complain("--%s= is given nothing", option->name);
            return false;
        }
        *(const char **)member = value ? value : "";
        return true;
    case SEED:
        return take_seed(args, value);
    case VARIABLE:
        return add_variable(args, value);
    case CHIPS:
        return add_chip(args, value);
    }
    return false;
}

/* The value of an option that stood in `word`. False after a message. */
static bool is_value(const struct grammar *g, const struct vfsim_option *option, const char *word, const char *value)
{
    if (value == word + 2 && *value == '=') {
        vfsim_complain("the value of -%c stands behind a blank: -%c %s, or --%s=%s", option->letter, option->letter, value + 1,
                       option->name, value + 1);
        return false;
    }
    bool is_apart = value && (value < word || value > word + strlen(word));
    if (is_apart && value[0] == '-' && value[1] == '-' && is_named(g, value + 2, strcspn(value + 2, "="))) {
        vfsim_complain("--%s needs a value, and '%s' is the next option (vfsim %s --help)", option->name, value, g->verb->name);
        return false;
    }
    return true;
}

/* What getopt_long() found no option in, and where. */
static void complain_of(const struct grammar *g, int got, const char *word)
{
    char name[64];
    if (word[1] == '-')
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
    else
        snprintf(name, sizeof(name), "-%c", optopt);
    if (got == ':')
        vfsim_complain("%s needs a value (vfsim %s --help)", name, g->verb->name);
    else if (word[1] == '-')
        vfsim_complain("%s takes no value", name);
    else
        vfsim_complain("%s has no option '%s' (vfsim %s --help lists them)", g->verb->name, name, g->verb->name);
}

/* "--json out.json": what was probably meant for the value is an operand here. */
const char *vfsim_stray_hint(const struct vfsim_args *args, const char *word, char *buf, unsigned cap)
{
    if (!word || word != args->stray)
        return "";
    snprintf(buf, cap, "; a value of --%s stands behind =: --%s=%s", args->stray_of, args->stray_of, word);
    return buf;
}

/* Where operands are files, one that is not there and does not look like what the verb reads was meant as a value: that is said
 * before anything is run. One that does is left to who reads it, so that its mistake is in the JSON. False after a message. */
static bool is_no_stray(const struct vfsim_verb *verb, const struct vfsim_args *args)
{
    char hint[VFSIM_HINT_LEN];
    bool files = verb->what == VALUE_SCENARIO || verb->what == VALUE_FILE || verb->what == VALUE_IMAGE;
    if (!files || !args->stray || !strcmp(args->stray, "-") || !access(args->stray, F_OK))
        return true;
    const char *dot = strrchr(args->stray, '.');
    if ((dot && !strcmp(dot, ".scn")) || (verb->what == VALUE_FILE && args->operand_count == 1))
        return true;
    vfsim_complain("%s: %s%s", args->stray, vfsim_why(errno), vfsim_stray_hint(args, args->stray, hint, sizeof(hint)));
    return false;
}

bool vfsim_args_parse(const struct vfsim_verb *verb, int argc, char **argv, struct vfsim_args *args)
{
    struct grammar g;
    grammar_make(verb, &g);
    *args = (struct vfsim_args){.operands = (const char **)argv};
    const struct vfsim_option *bare = NULL; /* the one before, if it may have a value and has none */
    opterr = 0;
    optind = 0; /* glibc: from the beginning, with these letters */
    for (int at = 1;; at = optind) {
        char *word = at < argc ? argv[at] : NULL;
        if (word && !is_known(&g, word))
            return false;
        int got = getopt_long(argc, argv, g.letters, g.longs, NULL);
        if (got < 0)
            break;
        const struct vfsim_option *before = bare;
        bare = NULL;
        if (got == 1) {
            argv[args->operand_count++] = optarg;
            if (before) {
                args->stray = optarg;
                args->stray_of = before->name;
            }
            if (verb->takes_rest)
                break;
            continue;
        }
        const struct vfsim_option *option = option_of(&g, got);
        bare = option && option->kind == MAYBE_TEXT && !optarg ? option : NULL;
        if (!option) {
            complain_of(&g, got, word);
            return false;
        }
        if (!is_value(&g, option, word, optarg) || !apply(option, args, optarg))
            return false;
    }
    for (int i = optind; i < argc; i++) /* behind `--` */
        argv[args->operand_count++] = argv[i];
    argv[args->operand_count] = NULL; /* argv ends with NULL, so there is room */
    return is_no_stray(verb, args);
}

/* Where what came with the program lies, as seen from the executable: in a build (a test's program lies one folder deeper), and
 * where it is installed. What is for this kind of machine the library finds. */
static const char *const shared_places[] = {"", "/..", "/../" VFSIM_DATADIR "/vfsim", NULL};

/* If it is nowhere, the place where an installation has it, for the message. */
static const char *find(const char *name, const char *const *place, char path[PATH_MAX])
{
    char exe[PATH_MAX] = "";
    ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
    char *slash = len > 0 ? memrchr(exe, '/', (size_t)len) : NULL;
    if (slash)
        *slash = 0;
    for (; *place; place++)
        if (snprintf(path, PATH_MAX, "%s%s/%s", exe, *place, name) < PATH_MAX && !access(path, R_OK))
            break;
    return path;
}

const char *vfsim_find_shared(const char *name, char path[PATH_MAX]) { return find(name, shared_places, path); }

struct vfsim_options vfsim_options_of(const struct vfsim_args *args)
{
    return (struct vfsim_options){
        .size = sizeof(struct vfsim_options),
        .variables = args->vars,
        .variable_count = args->var_count,
        .seed = args->seed_text ? &args->seed : NULL,
        .guest_image = args->guest_image,
        .plugin_store = args->plugin_store,
        .snapshots = args->snapshots,
        .pcap_dir = args->pcap,
        .strict_captures = args->strict_captures,
    };
}

void vfsim_print_errors(const struct vfsim_scenario *scenario, const struct vfsim_error *errors)
{
    unsigned count = 0;
    for (const struct vfsim_error *e = errors; e; e = e->next, count++)
        fprintf(stderr, "%s\n%s", e->text, e->excerpt);
    if (errors && vfsim_scenario_has_more(scenario))
        fprintf(stderr, "%s: more errors than these %u\n", errors->file, count);
}

bool vfsim_parse_paranoia(const char *text, struct vfsim_paranoia *paranoia)
{
    char copy[80];
    *paranoia = (struct vfsim_paranoia){.every = PARANOID_EVERY, .to = VFSIM_NEVER};
    if (!*text)
        return true;
    bool good = snprintf(copy, sizeof(copy), "%s", text) < (int)sizeof(copy);
    char *window = strchr(copy, '@'), *end = copy;
    if (window)
        *window++ = 0;
    errno = 0;
    if (!window || *copy) {
        paranoia->every = strtoull(copy, &end, 10);
        good = good && *copy >= '1' && *copy <= '9' && !*end && !errno;
    }
    if (window) {
        char *dash = strchr(window, '-');
        if (dash)
            *dash++ = 0;
        good = good && dash && !vfsim_parse_time(window, &paranoia->from) && !vfsim_parse_time(dash, &paranoia->to) &&
               paranoia->from <= paranoia->to;
    }
    if (!good)
        vfsim_complain("--paranoid takes a number of events, a window of time or both, such as 997, @99ms-101ms or "
                       "1@99ms-101ms, not '%s'",
                       text);
    return good;
}

int vfsim_stdout_flush(void)
{
    static bool said;
    bool failed = fflush(stdout) || ferror(stdout);
    int err = errno;
    if (failed && !said)
        vfsim_complain("stdout can't be written to%s%s", err ? ": " : "", err ? vfsim_why(err) : "");
    said |= failed;
    return failed ? EXIT_USER : EXIT_PASS;
}

int vfsim_file_written(const char *path, int err)
{
    if (err)
        vfsim_complain("%s: %s", path, vfsim_why(-err));
    return err ? EXIT_USER : EXIT_PASS;
}

int vfsim_put_report(const struct vfsim_args *args, struct vfsim_report *report)
{
    unsigned style = vfsim_stdout_has_colour() ? VFSIM_COLOUR : 0;
    size_t text_len, json_len;
    char *text = vfsim_report_text(report, VFSIM_TEXT, style, vfsim_stdout_columns(), &text_len);
    char *json = vfsim_report_text(report, VFSIM_JSON, 0, 0, &json_len);
    bool is_text = vfsim_text_is_wanted(args);
    errno = 0;
    fwrite(is_text ? text : json, 1, is_text ? text_len : json_len, stdout);
    int code = vfsim_stdout_flush();
    if (args->json && *args->json && vfsim_file_written(args->json, vfsim_file_write(args->json, json, json_len)))
        code = EXIT_USER;
    vfsim_free(text);
    vfsim_free(json);
    vfsim_report_free(report);
    return code;
}
