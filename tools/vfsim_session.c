/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Playing worlds to their end: trace and progress on stderr, the report on stdout, accepted reports in files. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "vfsim.h"
#include "serve/serve.h"
#include "timeline/timeline.h"
#include "vfsim_results.h"

struct vfsim_session {
    const struct vfsim_args *args;
    unsigned style; /* of reports: ladders */
    struct vfsim_paranoia paranoia;
    struct filter filter; /* of trace and timelines */
    struct timeline *timeline;
    struct vfsim_results *results;
    struct serve *serve; /* NULL: as fast as it can */
    int trace_error; /* errno of the first sentence that could not be written */
};

/* "" (and "ascii"): characters every terminal has. False after a message. */
static bool parse_timeline(const char *text, unsigned *style)
{
    static const char *const words[] = {"ascii", "unicode", NULL};
    char near[80];
    *style = !text ? 0 : !strcmp(text, "unicode") ? VFSIM_LADDERS_UNICODE : VFSIM_LADDERS;
    if (!text || !*text || !strcmp(text, "ascii") || !strcmp(text, "unicode"))
        return true;
    vfsim_complain("--timeline draws in ascii or unicode, not in '%s'%s", text, vfsim_near(text, words, near, sizeof(near)));
    return false;
}

/* Each word between commas is a category. False after a message. */
static bool can_trace(const char *list)
{
    const char *categories[32] = {0};
    char word[64], near[80];
    unsigned count = 0;
    while (vfsim_category(count) && count < 30) {
        categories[count] = vfsim_category(count);
        count++;
    }
    categories[count] = "all";
    for (const char *p = list;; p++) {
        size_t len = strcspn(p, ",");
        bool known = false;
        for (unsigned i = 0; categories[i]; i++)
            known |= strlen(categories[i]) == len && !strncmp(categories[i], p, len);
        if (!known) {
            snprintf(word, sizeof(word), "%.*s", (int)len, p);
            vfsim_complain(
                "--trace: there is nothing called '%s' to trace%s (core, net, pcie, eswitch, nic, pf, host, guest, switch, "
                "control, scenario, tcp or all)",
                word, vfsim_near(word, categories, near, sizeof(near)));
            return false;
        }
        p += len;
        if (!*p)
            return true;
    }
}

/* A timeline is a file of one run, and looked at event by event. False after a message. */
static bool can_draw(const struct vfsim_args *args)
{
    const char *option = args->vcd ? "--vcd" : args->perfetto ? "--perfetto" : NULL;
    if (option && args->operand_count > 1)
        vfsim_complain("%s is of one run, and these are %u", option, args->operand_count);
    else if (option && args->paranoid)
        vfsim_complain("--paranoid and %s do not go together: what is drawn is one world", option);
    else if ((args->who || args->what || args->when) && !option && !args->trace)
        vfsim_complain("--who, --what and --when choose of --trace, --vcd or --perfetto, and none of them is given");
    else
        return true;
    return false;
}

struct vfsim_session *vfsim_session_begin(const struct vfsim_args *args)
{
    unsigned style;
    struct vfsim_paranoia paranoia = {0};
    struct filter filter;
    if (!can_draw(args) || !filter_make(&filter, args))
        return NULL;
    if (args->trace && !can_trace(args->trace))
        return NULL;
    if (!parse_timeline(args->timeline, &style))
        return NULL;
    if (args->paranoid && !vfsim_parse_paranoia(args->paranoid, &paranoia))
        return NULL;
    if (args->paranoid && args->pcap) {
        vfsim_complain("--paranoid and --pcap do not go together: a capture is one file of one world");
        return NULL;
    }
    if (!vfsim_signals_listen())
        return NULL;
    struct vfsim_session *session = vfsim_zero("the session", 1, sizeof(*session));
    session->args = args;
    session->style = style;
    session->paranoia = paranoia;
    session->filter = filter;
    session->results = vfsim_results_begin(args);
    if (args->trace)
        setvbuf(stderr, NULL, _IOFBF, 1 << 16);
    return session;
}

/* ---- trace ---- */

static void print_sentence(void *user, vfsim_time at, const char *category, const char *who, const char *text)
{
    struct vfsim_session *session = user;
    const struct filter *filter = &session->filter;
    char stamp[VFSIM_TIME_LEN];
    (void)category;
    if (!filter_takes_time(filter, at) || !filter_takes_who(filter, who) || !filter_takes_what(filter, text))
        return;
    if (fprintf(stderr, "[%s] %s > %s\n", vfsim_format_stamp(at, stamp), who, text) < 0 && !session->trace_error)
        session->trace_error = errno ? errno : EIO;
}

/* So that who reads it from a pipe or a file sees it while the world runs. */
static void flush_trace(struct vfsim_session *session)
{
    if (fflush(stderr) && !session->trace_error)
        session->trace_error = errno ? errno : EIO;
}

/* stderr itself failed, so that the reason goes to stdout, behind the report. */
static int end_trace(struct vfsim_session *session)
{
    char text[160];
    errno = 0;
    if ((fflush(stderr) || ferror(stderr)) && !session->trace_error)
        session->trace_error = errno ? errno : EIO;
    if (!session->trace_error)
        return EXIT_PASS;
    snprintf(text, sizeof(text), "the trace can't be written to stderr: %s", vfsim_why(session->trace_error));
    vfsim_results_error(session->results, 0, 0, text);
    if (vfsim_text_is_wanted(session->args))
        printf("error: %s\n", text);
    session->trace_error = 0;
    clearerr(stderr);
    return EXIT_USER;
}

/* ---- progress ---- */

struct progress {
    struct timespec begin, shown;
    bool terminal, line;
};

static uint64_t ms_since(const struct timespec *then)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)(now.tv_sec - then->tv_sec) * 1000 + (uint64_t)(now.tv_nsec / 1000000) - (uint64_t)(then->tv_nsec / 1000000);
}

static void tick(struct progress *p, const struct vfsim_world *world)
{
    if (!p->terminal || ms_since(&p->shown) < 200 || ms_since(&p->begin) < 1000)
        return;
    clock_gettime(CLOCK_MONOTONIC, &p->shown);
    char time[VFSIM_TIME_LEN];
    fprintf(stderr, "\r\033[K%s simulated, %" PRIu64 " s", vfsim_format_time(vfsim_world_now(world), time),
            ms_since(&p->begin) / 1000);
    fflush(stderr);
    p->line = true;
}

static int slice(struct vfsim_session *session, struct vfsim_world *world, vfsim_time until, struct vfsim_error **error)
{
    if (session->serve)
        return serve_slice(session->serve, error);
    return session->timeline ? timeline_run_until(session->timeline, until, error) : vfsim_world_run_until(world, until, error);
}

/* In slices of simulated time, so that an interruption is heard and the trace is seen. EXIT_PASS: it is over; EXIT_USER,
 * EXIT_OURS: as the error says. */
static int run(struct vfsim_session *session, struct vfsim_world *world, struct progress *p, const char **signal,
               struct vfsim_error **error)
{
    int over = 0, code = EXIT_PASS;
    vfsim_signals_playing(true);
    for (vfsim_time until = vfsim_world_now(world) + VFSIM_MS; !vfsim_interrupted(&code) && !over; until += VFSIM_MS) {
        over = slice(session, world, until, error);
        tick(p, world);
        if (session->args->trace)
            flush_trace(session);
    }
    vfsim_signals_playing(false);
    if (p->line)
        fputs("\r\033[K", stderr);
    if (over < 0)
        return over == -EIO ? EXIT_USER : EXIT_OURS;
    if (over)
        return EXIT_PASS;
    *signal = vfsim_interrupted(&code);
    vfsim_complain("interrupted (%s)", *signal);
    return code;
}

/* ---- what a cut costs ---- */

struct cost {
    uint64_t faults, cpu_us;
};

struct costs {
    struct cost begun, first, all;
};

static struct cost cost_now(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    uint64_t us = (uint64_t)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000;
    return (struct cost){(uint64_t)use.ru_minflt, us + (uint64_t)(use.ru_utime.tv_usec + use.ru_stime.tv_usec)};
}

/* The first cut is kept apart: it makes what the others are made of. */
static void measure(void *user, bool begins, uint64_t number)
{
    struct costs *costs = user;
    struct cost now = cost_now(), *to = number == 1 ? &costs->first : &costs->all;
    if (begins) {
        costs->begun = now;
        return;
    }
    to->faults += now.faults - costs->begun.faults;
    to->cpu_us += now.cpu_us - costs->begun.cpu_us;
}

static void tell_cost(uint64_t cuts, const struct costs *costs)
{
    uint64_t others = cuts > 1 ? cuts - 1 : 1;
    const struct cost *cost = cuts > 1 ? &costs->all : &costs->first;
    fprintf(stderr, "%" PRIu64 " times saved, destroyed, rebuilt and restored", cuts);
    if (cost->cpu_us || cost->faults)
        fprintf(stderr, "; %s %" PRIu64 " page faults and %" PRIu64 " us of CPU",
                cuts > 1 ? "after the first, each cost" : "it cost", cost->faults / others, cost->cpu_us / others);
    fputc('\n', stderr);
}

static void tell_speed(const struct vfsim_args *args, const struct vfsim_world *world, const struct progress *p,
                       uint64_t events_before, const struct costs *costs)
{
    if (!args->verbose && !p->terminal)
        return;
    uint64_t ms = ms_since(&p->begin), events = vfsim_world_events(world) - events_before;
    fprintf(stderr, "%" PRIu64 ".%03" PRIu64 " s, %" PRIu64 " events a second\n", ms / 1000, ms % 1000,
            ms ? events * 1000 / ms : events * 1000);
    if (vfsim_world_cuts(world))
        tell_cost(vfsim_world_cuts(world), costs);
}

/* ---- results ---- */

/* What went wrong with what a file was to leave: on stderr, and for programs. */
static int tell_error(struct vfsim_session *session, const char *text)
{
    vfsim_complain("%s", text);
    vfsim_results_error(session->results, 0, 0, text);
    return EXIT_USER;
}

static int accept_report(struct vfsim_session *session, const struct vfsim_report *report, const char *name)
{
    char path[PATH_MAX], why[PATH_MAX + 80];
    size_t len;
    if (!vfsim_accepted_path(name, path))
        return tell_error(session, "--accept needs a scenario in a file, to write the report beside it");
    char *text = vfsim_report_text(report, VFSIM_TEXT, 0, 0, &len);
    int err = vfsim_file_write(path, text, len);
    vfsim_free(text);
    if (err) {
        snprintf(why, sizeof(why), "%s: %s", path, vfsim_why(-err));
        return tell_error(session, why);
    }
    vfsim_complain("accepted: %s", path);
    return EXIT_PASS;
}

static int print_report(struct vfsim_session *session, const struct vfsim_report *report)
{
    size_t len;
    unsigned style = session->style | (vfsim_stdout_has_colour() ? VFSIM_COLOUR : 0);
    char *text = vfsim_report_text(report, VFSIM_TEXT, style, vfsim_stdout_columns(), &len);
    errno = 0;
    fwrite(text, 1, len, stdout);
    vfsim_free(text);
    return vfsim_stdout_flush();
}

/* `errors`: of files that a run which came to its end leaves. */
static int publish(struct vfsim_session *session, struct vfsim_world *world, const struct vfsim_error *errors, const char *name,
                   int code)
{
    struct vfsim_report *report = vfsim_world_report(world);
    int kept = EXIT_PASS;
    for (const struct vfsim_error *e = errors; e; e = e->next)
        kept = tell_error(session, e->text);
    if (code < EXIT_SIGNAL && session->args->accept && accept_report(session, report, name))
        kept = EXIT_USER;
    if (timeline_end(session->timeline, report))
        kept = EXIT_USER;
    session->timeline = NULL;
    if (vfsim_text_is_wanted(session->args) && print_report(session, report))
        kept = EXIT_USER;
    kept = session->args->trace && end_trace(session) ? EXIT_USER : kept;
    vfsim_results_finish(session->results, report, "");
    return kept > code ? kept : code;
}

void vfsim_session_file(struct vfsim_session *session) { vfsim_results_start(session->results); }

int vfsim_session_refuse(struct vfsim_session *session, const struct vfsim_scenario *scenario, struct vfsim_error *errors)
{
    for (const struct vfsim_error *e = errors; e; e = e->next)
        if (scenario)
            vfsim_results_error(session->results, e->line, e->line ? e->column : 0, e->text);
        else
            tell_error(session, e->text);
    if (scenario)
        vfsim_print_errors(scenario, errors);
    vfsim_error_free(errors);
    vfsim_results_finish(session->results, NULL, scenario ? vfsim_scenario_title(scenario) : "");
    return EXIT_USER;
}

/* The run is as good as any; but guests that mean harm are not held as they could be. */
static void tell_guards(void)
{
    static bool said;
    const char *missing = vfsim_guards_missing();
    if (!said && *missing)
        vfsim_complain("note: %s", missing);
    said |= *missing;
}

/* An exit code of a world that was lost: what was wrong with it is told, and there is no report. */
static int tell_loss(struct vfsim_session *session, struct vfsim_error *errors, int code)
{
    for (const struct vfsim_error *e = errors; e; e = e->next)
        tell_error(session, e->text);
    vfsim_error_free(errors);
    timeline_end(session->timeline, NULL);
    session->timeline = NULL;
    vfsim_results_finish(session->results, NULL, "");
    return code;
}

int vfsim_session_play(struct vfsim_session *session, struct vfsim_world *world, const char *name)
{
    const struct vfsim_paranoia *paranoia = &session->paranoia;
    struct progress p = {.terminal = vfsim_stderr_is_terminal()};
    struct vfsim_error *errors = NULL;
    struct costs costs = {0};
    const char *signal = NULL;
    uint64_t before = vfsim_world_events(world);
    int tracer = 0;
    clock_gettime(CLOCK_MONOTONIC, &p.begin);
    p.shown = p.begin;
    if (session->args->trace)
        tracer = vfsim_on_sentence(world, session->args->trace, print_sentence, session, NULL);
    if (paranoia->every && vfsim_world_set_paranoia(world, paranoia->every, paranoia->from, paranoia->to, &errors))
        return tell_loss(session, errors, EXIT_USER);
    if (session->args->verbose)
        vfsim_world_on_cut(world, measure, &costs);
    tell_guards();
    if (!timeline_begin(&session->timeline, session->args, &session->filter, world))
        return tell_loss(session, errors, EXIT_USER);
    int code = run(session, world, &p, &signal, &errors);
    if (code == EXIT_USER || code == EXIT_OURS)
        return tell_loss(session, errors, code);
    if (vfsim_world_finish(world, signal, &errors) == -EPROTO)
        return tell_loss(session, errors, EXIT_OURS);
    vfsim_unobserve(world, tracer);
    if (code == EXIT_PASS) {
        tell_speed(session->args, world, &p, before, &costs);
        code = vfsim_world_verdict(world) == VFSIM_PASS ? EXIT_PASS : EXIT_EXPECTATION;
    }
    code = publish(session, world, errors, name, code);
    vfsim_error_free(errors);
    fflush(stderr);
    return code;
}

void vfsim_session_serve(struct vfsim_session *session, struct serve *serve) { session->serve = serve; }

int vfsim_session_drop(struct vfsim_session *session)
{
    vfsim_results_drop(session->results);
    free(session);
    return EXIT_USER;
}

int vfsim_session_end(struct vfsim_session *session, int code)
{
    int written = vfsim_results_end(session->results);
    free(session);
    return written > code ? written : code;
}
