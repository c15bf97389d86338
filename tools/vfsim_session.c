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

#include "core/alloc.h"
#include "vm/cpu/trap.h"
#include "report/report.h"
#include "scenario/outcome/outcome.h"
#include "scenario/world/world.h"
#include "vfsim.h"
#include "vfsim_results.h"

struct vfsim_session {
    const struct vfsim_args *args;
    uint32_t trace_mask;
    enum report_timeline timeline;
    struct world_paranoia paranoia; /* every 0: none */
    struct vfsim_results *results;
    int trace_error; /* errno of the first sentence that could not be written */
};

/* "" (and "ascii"): characters every terminal has. False after a message. */
static bool parse_timeline(const char *text, enum report_timeline *timeline)
{
    static const char *const words[] = {"ascii", "unicode", NULL};
    char near[80];
    *timeline = !text ? REPORT_TIMELINE_NONE : !strcmp(text, "unicode") ? REPORT_TIMELINE_UNICODE : REPORT_TIMELINE_ASCII;
    if (!text || !*text || !strcmp(text, "ascii") || !strcmp(text, "unicode"))
        return true;
    vfsim_complain("--timeline draws in ascii or unicode, not in '%s'%s", text, vfsim_near(text, words, near, sizeof(near)));
    return false;
}

struct vfsim_session *vfsim_session_begin(const struct vfsim_args *args)
{
    static const char *const categories[] = {"core",  "net",    "pcie",    "eswitch",  "nic", "pf", "host",
                                             "guest", "switch", "control", "scenario", "all", NULL};
    uint32_t mask = 0;
    const char *bad;
    if (args->trace && trace_parse_mask(args->trace, &mask, &bad)) {
        char word[64], near[80];
        snprintf(word, sizeof(word), "%.*s", (int)strcspn(bad, ","), bad);
        vfsim_complain("--trace: there is nothing called '%s' to trace%s (core, net, pcie, eswitch, nic, pf, host, guest, switch, "
                       "control, scenario or all)",
                       word, vfsim_near(word, categories, near, sizeof(near)));
        return NULL;
    }
    enum report_timeline timeline;
    if (!parse_timeline(args->timeline, &timeline))
        return NULL;
    struct world_paranoia paranoia = {0};
    if (args->paranoid && !vfsim_parse_paranoia(args->paranoid, &paranoia))
        return NULL;
    if (args->paranoid && args->pcap) {
        vfsim_complain("--paranoid and --pcap do not go together: a capture is one file of one world");
        return NULL;
    }
    if (!vfsim_signals_listen())
        return NULL;
    struct vfsim_session *session = alloc_zero("the session", 1, sizeof(*session));
    session->args = args;
    session->trace_mask = mask;
    session->timeline = timeline;
    session->paranoia = paranoia;
    session->results = vfsim_results_begin(args);
    if (mask)
        setvbuf(stderr, NULL, _IOFBF, 1 << 16);
    return session;
}

/* ---- trace ---- */

struct tracer {
    struct trace_listener listener; /* first member */
    struct vfsim_session *session;
};

static void print_sentence(struct trace_listener *self, sim_time at, enum trace_category cat, const char *who, const char *text)
{
    struct vfsim_session *session = ((struct tracer *)self)->session;
    char stamp[REPORT_TIME_LEN];
    (void)cat;
    if (fprintf(stderr, "[%s] %s > %s\n", report_format_stamp(at, stamp), who, text) < 0 && !session->trace_error)
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
    snprintf(text, sizeof(text), "the trace can't be written to stderr: %s", alloc_reason(session->trace_error));
    vfsim_results_error(session->results, 0, 0, text);
    if (vfsim_text_is_wanted(session->args))
        printf("error: %s\n", text);
    session->trace_error = 0;
    clearerr(stderr);
    return EXIT_USER;
}

/* ---- progress ---- */

struct progress {
    struct world_watch watch;
    struct timespec begin, shown;
    bool terminal, line;
};

static uint64_t ms_since(const struct timespec *then)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)(now.tv_sec - then->tv_sec) * 1000 + (uint64_t)(now.tv_nsec / 1000000) - (uint64_t)(then->tv_nsec / 1000000);
}

static void tick(struct world_watch *self, const struct world *world)
{
    struct progress *p = (struct progress *)self;
    if (!p->terminal || ms_since(&p->shown) < 200 || ms_since(&p->begin) < 1000)
        return;
    clock_gettime(CLOCK_MONOTONIC, &p->shown);
    char time[REPORT_TIME_LEN];
    fprintf(stderr, "\r\033[K%s simulated, %" PRIu64 " s", report_format_time(world_now(world) / SIM_NS, time),
            ms_since(&p->begin) / 1000);
    fflush(stderr);
    p->line = true;
}

/* In slices of simulated time, so that an interruption is heard and the trace is seen. EXIT_PASS: it is over; EXIT_USER,
 * EXIT_OURS: as err says. */
static int run(struct vfsim_session *session, struct world **world, struct progress *p, struct world_paranoia *paranoia, char *err,
               size_t err_cap)
{
    int over = 0, code = EXIT_PASS;
    vfsim_signals_playing(true);
    for (sim_time until = world_now(*world) + SIM_MS; !vfsim_interrupted(&code) && !over; until += SIM_MS) {
        over = paranoia->every ? world_run_paranoid(world, until, &p->watch, paranoia, err, err_cap)
                               : world_run(*world, until, &p->watch);
        if (session->trace_mask)
            flush_trace(session);
    }
    vfsim_signals_playing(false);
    if (p->line)
        fputs("\r\033[K", stderr);
    if (over < 0)
        return over == -EIO ? EXIT_USER : EXIT_OURS;
    if (over)
        return EXIT_PASS;
    const char *signal = vfsim_interrupted(&code);
    vfsim_complain("interrupted (%s)", signal);
    world_interrupt(*world, signal);
    return code;
}

/* ---- what a cut costs ---- */

struct cost {
    uint64_t faults, cpu_us;
};

struct paranoia {
    struct world_paranoia p; /* first */
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
static void measure(struct world_paranoia *self, bool begins)
{
    struct paranoia *paranoia = (struct paranoia *)self;
    struct cost now = cost_now(), *to = self->cuts == 1 ? &paranoia->first : &paranoia->all;
    if (begins) {
        paranoia->begun = now;
        return;
    }
    to->faults += now.faults - paranoia->begun.faults;
    to->cpu_us += now.cpu_us - paranoia->begun.cpu_us;
}

static void tell_cost(const struct paranoia *paranoia)
{
    uint64_t cuts = paranoia->p.cuts, others = cuts > 1 ? cuts - 1 : 1;
    const struct cost *cost = cuts > 1 ? &paranoia->all : &paranoia->first;
    fprintf(stderr, "%" PRIu64 " times saved, destroyed, rebuilt and restored", cuts);
    if (cost->cpu_us || cost->faults)
        fprintf(stderr, "; %s %" PRIu64 " page faults and %" PRIu64 " us of CPU",
                cuts > 1 ? "after the first, each cost" : "it cost", cost->faults / others, cost->cpu_us / others);
    fputc('\n', stderr);
}

static void tell_speed(const struct vfsim_args *args, struct world *world, const struct progress *p, uint64_t events_before,
                       const struct paranoia *paranoia)
{
    if (!args->verbose && !p->terminal)
        return;
    uint64_t ms = ms_since(&p->begin), events = sim_event_count(world_sim(world)) - events_before;
    fprintf(stderr, "%" PRIu64 ".%03" PRIu64 " s, %" PRIu64 " events a second\n", ms / 1000, ms % 1000,
            ms ? events * 1000 / ms : events * 1000);
    if (paranoia->p.cuts)
        tell_cost(paranoia);
}

/* ---- results ---- */

/* What went wrong with what a file was to leave: on stderr, and for programs. */
static int tell_error(struct vfsim_session *session, const char *text)
{
    vfsim_complain("%s", text);
    vfsim_results_error(session->results, 0, 0, text);
    return EXIT_USER;
}

static int accept_report(struct vfsim_session *session, const struct report *report, const char *name)
{
    char path[PATH_MAX], why[PATH_MAX + 80], *text;
    size_t text_len;
    if (!vfsim_accepted_path(name, path))
        return tell_error(session, "--accept needs a scenario in a file, to write the report beside it");
    FILE *mem = alloc_stream("the accepted report", &text, &text_len);
    struct report_style plain = {0};
    report_write_text(report, mem, &plain);
    alloc_stream_close("the accepted report", mem);
    int err = vfsim_write_file(path, text, text_len);
    free(text);
    if (err) {
        snprintf(why, sizeof(why), "%s: %s", path, alloc_reason(-err));
        return tell_error(session, why);
    }
    vfsim_complain("accepted: %s", path);
    return EXIT_PASS;
}

/* Of a run that came to its end. */
static int keep_files(struct vfsim_session *session, struct world *world, const struct report *report, const char *name)
{
    char err[512];
    int code = EXIT_PASS;
    if (world_close_captures(world, err, sizeof(err)))
        code = tell_error(session, err);
    if (world_write_snapshots(world, err, sizeof(err)))
        code = tell_error(session, err);
    if (session->args->accept && accept_report(session, report, name))
        code = EXIT_USER;
    return code;
}

static int publish(struct vfsim_session *session, struct world *world, const char *name, int code)
{
    struct report *report = report_create();
    struct report_style style = {vfsim_stdout_has_colour(), vfsim_stdout_columns(), session->timeline};
    struct junit_suite suite;
    world_report(world, report);
    int kept = code < EXIT_SIGNAL ? keep_files(session, world, report, name) : EXIT_PASS;
    if (vfsim_text_is_wanted(session->args)) {
        errno = 0;
        report_write_text(report, stdout, &style);
        kept = vfsim_stdout_flush() ? EXIT_USER : kept;
    }
    kept = session->trace_mask && end_trace(session) ? EXIT_USER : kept;
    junit_suite_init(&suite, scenario_path(world_scenario(world)));
    world_junit(world, &suite);
    vfsim_results_finish(session->results, report, &suite, "");
    junit_suite_fini(&suite);
    return kept > code ? kept : code;
}

void vfsim_session_file(struct vfsim_session *session) { vfsim_results_start(session->results); }

int vfsim_session_refuse(struct vfsim_session *session, const struct scenario *sc, const char *why)
{
    unsigned line = 0, col = 0;
    const char *text;
    for (unsigned i = 0; sc && (text = scenario_error_text(sc, i, &line, &col)); i++)
        vfsim_results_error(session->results, line, line ? col : 0, text);
    if (sc)
        scenario_print_errors(sc, stderr);
    else
        tell_error(session, why);
    vfsim_results_finish(session->results, NULL, NULL, sc ? scenario_title(sc) : "");
    return EXIT_USER;
}

/* The run is as good as any; but guests that mean harm are not held as they could be. */
static void tell_guards(void)
{
    static bool said;
    unsigned missing = trap_guards_missing();
    if (said || !missing)
        return;
    said = true;
    if (missing == TRAP_GUARDS_ALL)
        vfsim_complain("note: nothing holds back a guest's system calls here (no syscall user dispatch, no seccomp filter): "
                       "run only plugins that you trust");
    else if (missing & TRAP_GUARD_DISPATCH)
        vfsim_complain("note: this kernel has no syscall user dispatch (Linux 5.11): a guest's own system calls are refused, "
                       "those that it makes by jumping into vfsim's libraries are not");
    else
        vfsim_complain("note: no seccomp filter can be put on here: a guest's system calls are refused by one guard, not by two");
}

int vfsim_session_play(struct vfsim_session *session, struct world **world, const char *name)
{
    struct paranoia paranoia = {.p = session->paranoia};
    struct tracer trace = {.listener = {.mask = session->trace_mask, .sentence = print_sentence}, .session = session};
    struct progress p = {.watch = {tick}, .terminal = vfsim_stderr_is_terminal()};
    char err[1024], why[300];
    uint64_t before = sim_event_count(world_sim(*world));
    clock_gettime(CLOCK_MONOTONIC, &p.begin);
    p.shown = p.begin;
    if (trace.listener.mask) {
        trace_listen(world_sim(*world), &trace.listener);
        paranoia.p.listener = &trace.listener;
    }
    paranoia.p.measure = session->args->verbose ? measure : NULL;
    tell_guards();
    int code = run(session, world, &p, &paranoia.p, err, sizeof(err));
    if (world_end_paranoia(*world, &paranoia.p, why, sizeof(why)) && code == EXIT_PASS) {
        snprintf(err, sizeof(err), "%s", why);
        code = EXIT_OURS;
    }
    bool broke = code == EXIT_OURS || code == EXIT_USER, passed = !broke && world_finish(*world);
    if (trace.listener.mask && *world)
        trace_unlisten(world_sim(*world), &trace.listener);
    if (broke) {
        tell_error(session, err);
        vfsim_results_finish(session->results, NULL, NULL, "");
        return code;
    }
    if (code == EXIT_PASS) {
        tell_speed(session->args, *world, &p, before, &paranoia);
        code = passed ? EXIT_PASS : EXIT_EXPECTATION;
    }
    code = publish(session, *world, name, code);
    fflush(stderr);
    return code;
}

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
