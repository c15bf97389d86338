/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options of all verbs, one table; and small things every verb needs. */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/alloc.h"
#include "report/outfile.h"
#include "report/report.h"
#include "scenario/language/language.h"
#include "scenario/world/world.h"
#include "vfsim.h"

enum kind { FLAG, TEXT, MAYBE_TEXT /* --name or --name=TEXT */, SEED, VARIABLE };

struct option {
    const char *name;
    enum kind kind;
    size_t offset; /* in struct vfsim_args */
};
#define ARG(member) offsetof(struct vfsim_args, member)

static const struct option options[] = {
    {"--help", FLAG, ARG(help)},
    {"-h", FLAG, ARG(help)},
    {"--json", MAYBE_TEXT, ARG(json)},
    {"--accept", FLAG, ARG(accept)},
    {"--gdb", FLAG, ARG(gdb)},
    {"--verbose", FLAG, ARG(verbose)},
    {"--pf", FLAG, ARG(pf)},
    {"--vf", FLAG, ARG(vf)},
    {"--strict-captures", FLAG, ARG(strict_captures)},
    {"--junit", TEXT, ARG(junit)},
    {"--html", TEXT, ARG(html)},
    {"--trace", TEXT, ARG(trace)},
    {"--pcap", TEXT, ARG(pcap)},
    {"--at", TEXT, ARG(at)},
    {"--paranoid", MAYBE_TEXT, ARG(paranoid)},
    {"--timeline", MAYBE_TEXT, ARG(timeline)},
    {"--output", TEXT, ARG(output)},
    {"-o", TEXT, ARG(output)},
    {"--guest-image", TEXT, ARG(guest_image)},
    {"--plugins", TEXT, ARG(plugin_store)},
    {"--snapshots", TEXT, ARG(snapshots)},
    {"--seed", SEED, ARG(seed_text)},
    {"--set", VARIABLE, 0},
};
enum { PARANOID_EVERY = 1009 };
enum { OPTIONS = sizeof(options) / sizeof(options[0]) };

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
    struct scn_suggest suggest;
    scn_suggest_init(&suggest, word);
    for (unsigned i = 0; words[i]; i++)
        scn_suggest_try(&suggest, words[i]);
    return scn_suggest_text(&suggest, buf, cap);
}

/* Whether `name` is among the blank-separated words. */
static bool takes(const struct vfsim_verb *verb, const char *name)
{
    size_t len = strlen(name);
    for (const char *p = verb->options; (p = strstr(p, name)); p += len)
        if ((p == verb->options || p[-1] == ' ') && (p[len] == ' ' || !p[len]))
            return true;
    return !strcmp(name, "--help") || !strcmp(name, "-h");
}

static const struct option *find(const struct vfsim_verb *verb, const char *name)
{
    const char *known[OPTIONS + 1] = {0};
    unsigned count = 0;
    char near[80];
    for (unsigned i = 0; i < OPTIONS; i++) {
        if (!takes(verb, options[i].name))
            continue;
        if (!strcmp(options[i].name, name))
            return &options[i];
        known[count++] = options[i].name;
    }
    vfsim_complain("%s has no option '%s'%s (vfsim %s --help lists them)", verb->name, name,
                   vfsim_near(name, known, near, sizeof(near)), verb->name);
    return NULL;
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
    args->vars[args->var_count++] = (struct scenario_var){text, equals + 1};
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

static bool apply(const struct option *option, struct vfsim_args *args, char *value)
{
    char *member = (char *)args + option->offset;
    switch (option->kind) {
    case FLAG:
        *(bool *)member = true;
        return true;
    case TEXT:
        if (!*value) {
            vfsim_complain("%s is given nothing", option->name);
            return false;
        }
        memcpy(member, &value, sizeof(value));
        return true;
    case MAYBE_TEXT:
        *(const char **)member = value ? value : "";
        return true;
    case SEED:
        return take_seed(args, value);
    case VARIABLE:
        return add_variable(args, value);
    }
    return false;
}

bool vfsim_args_parse(const struct vfsim_verb *verb, int argc, char **argv, struct vfsim_args *args)
{
    *args = (struct vfsim_args){.operands = (const char **)argv};
    bool only_operands = false;
    for (int i = 0; i < argc; i++) {
        char *word = argv[i];
        if (only_operands || word[0] != '-' || !word[1]) {
            argv[args->operand_count++] = word;
            continue;
        }
        if (!strcmp(word, "--")) {
            only_operands = true;
            continue;
        }
        char *equals = word[1] == '-' ? strchr(word, '=') : NULL;
        if (equals)
            *equals = 0;
        const struct option *option = find(verb, word);
        if (!option)
            return false;
        char *value = equals ? equals + 1 : NULL;
        if (option->kind == FLAG && equals) {
            vfsim_complain("%s takes no value", word);
            return false;
        }
        bool wants_word = option->kind != FLAG && option->kind != MAYBE_TEXT && !value;
        if (wants_word && i + 1 < argc)
            value = argv[++i];
        else if (wants_word) {
            vfsim_complain("%s needs a value (vfsim %s --help)", word, verb->name);
            return false;
        }
        if (!apply(option, args, value))
            return false;
    }
    argv[args->operand_count] = NULL; /* argv ends with NULL, so there is room */
    return true;
}

/* Where guest image and plugins lie, as seen from the executable: in a build (a test's program lies one folder deeper) and where
 * it is installed. */
static const char *const places[] = {"", "/..", "/../" VFSIM_LIBDIR "/vfsim", NULL};

/* What came with the program; if it is nowhere, the place where an installation has it, for the message. */
static const char *find_built(const char *name, char path[PATH_MAX])
{
    char exe[PATH_MAX] = "";
    ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
    char *slash = len > 0 ? memrchr(exe, '/', (size_t)len) : NULL;
    if (slash)
        *slash = 0;
    for (const char *const *place = places; *place; place++)
        if (snprintf(path, PATH_MAX, "%s%s/%s", exe, *place, name) < PATH_MAX && !access(path, R_OK))
            break;
    return path;
}

struct scenario_options vfsim_scenario_options(const struct vfsim_args *args)
{
    static char image[PATH_MAX], store[PATH_MAX];
    return (struct scenario_options){
        .vars = args->vars,
        .var_count = args->var_count,
        .seed_given = args->seed_text,
        .seed = args->seed,
        .guest_image = args->guest_image ? args->guest_image : find_built("guest/shell.elf", image),
        .plugin_store = args->plugin_store ? args->plugin_store : find_built("plugins", store),
        .snapshots = args->snapshots,
    };
}

bool vfsim_parse_paranoia(const char *text, struct world_paranoia *paranoia)
{
    char copy[80];
    *paranoia = (struct world_paranoia){.every = PARANOID_EVERY, .to = SIM_NEVER};
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
        good = good && dash && !scn_parse_time(window, &paranoia->from) && !scn_parse_time(dash, &paranoia->to) &&
               paranoia->from <= paranoia->to;
    }
    if (!good)
        vfsim_complain("--paranoid takes a number of events, a window of time or both, such as 997, @99ms-101ms or "
                       "1@99ms-101ms, not '%s'",
                       text);
    return good;
}

int vfsim_write_file(const char *path, const char *text, unsigned long len)
{
    struct outfile out;
    int err = outfile_open(&out, path);
    if (err)
        return err;
    fwrite(text, 1, len, out.stream);
    return outfile_close(&out);
}

int vfsim_stdout_flush(void)
{
    static bool said;
    bool failed = fflush(stdout) || ferror(stdout);
    int err = errno;
    if (failed && !said)
        vfsim_complain("stdout can't be written to%s%s", err ? ": " : "", err ? alloc_reason(err) : "");
    said |= failed;
    return failed ? EXIT_USER : EXIT_PASS;
}

int vfsim_file_written(const char *path, int err)
{
    if (err)
        vfsim_complain("%s: %s", path, alloc_reason(-err));
    return err ? EXIT_USER : EXIT_PASS;
}

static int write_json(const char *path, const struct report *report)
{
    struct outfile out;
    int err = outfile_open(&out, path);
    if (!err) {
        report_write_json(report, out.stream);
        err = outfile_close(&out);
    }
    return vfsim_file_written(path, err);
}

int vfsim_put_report(const struct vfsim_args *args, const struct report *report)
{
    struct report_style style = {vfsim_stdout_has_colour(), vfsim_stdout_columns(), REPORT_TIMELINE_NONE};
    errno = 0;
    if (vfsim_text_is_wanted(args))
        report_write_text(report, stdout, &style);
    else
        report_write_json(report, stdout);
    int code = vfsim_stdout_flush();
    if (args->json && *args->json && write_json(args->json, report))
        code = EXIT_USER;
    return code;
}
