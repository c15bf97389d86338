/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Playing worlds to their end: trace and progress on stderr, reports on stdout, JUnit and accepted reports in files. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/alloc.h"
#include "report/junit.h"
#include "report/outfile.h"
#include "report/report.h"
#include "scenario/world.h"
#include "vfsim.h"

struct vfsim_session {
    const struct vfsim_args *args;
    uint32_t trace_mask;
    enum report_timeline timeline;
    struct world_paranoia paranoia; /* every 0: none */
    struct report **reports; /* of --json and --html, written at the end */
    struct junit_suite *suites;
    unsigned report_count, suite_count;
};

static volatile sig_atomic_t interrupted;

static void interrupt(int number) { interrupted = number; }

/* "" (and "ascii"): characters every terminal has. False after a message. */
static bool parse_timeline(const char *text, enum report_timeline *timeline)
{
    static const char *const words[] = {"ascii", "unicode", NULL};
    char near[80];
    *timeline = !text ? REPORT_TIMELINE_NONE : !strcmp(text, "unicode") ? REPORT_TIMELINE_UNICODE : REPORT_TIMELINE_ASCII;
    if (!text || !*text || !strcmp(text, "ascii") || !strcmp(text, "unicode"))
        return true;
    vfsim_complain("--timeline draws in ascii or unicode, not in '%s'%s", text,
                   vfsim_near(text, words, near, sizeof(near)));
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
        vfsim_complain(
            "--trace: there is nothing called '%s' to trace%s (core, net, pcie, eswitch, nic, pf, host, guest, switch, "
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
    struct vfsim_session *session = alloc_zero("the session", 1, sizeof(*session));
    session->args = args;
    session->trace_mask = mask;
    session->timeline = timeline;
    session->paranoia = paranoia;
    session->reports = alloc_zero("the session", args->operand_count + 1, sizeof(*session->reports));
    session->suites = alloc_zero("the session", args->operand_count + 1, sizeof(*session->suites));
    /* Once: a second one ends us at once. The first lets captures be taken away. */
    struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (mask)
        setvbuf(stderr, NULL, _IOFBF, 1 << 16);
    return session;
}

/* ---- trace ---- */

static void print_sentence(struct trace_listener *self, sim_time at, enum trace_category cat, const char *who,
                           const char *text)
{
    char stamp[REPORT_TIME_LEN];
    (void)self;
    (void)cat;
    fprintf(stderr, "[%s] %s > %s\n", report_format_stamp(at, stamp), who, text);
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
    return (uint64_t)(now.tv_sec - then->tv_sec) * 1000 + (uint64_t)(now.tv_nsec / 1000000) -
           (uint64_t)(then->tv_nsec / 1000000);
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

/* In slices of simulated time, so that an interruption is heard. EXIT_PASS: it is over. */
static int run(struct world **world, struct progress *p, struct world_paranoia *paranoia)
{
    char err[1024];
    int over = 0;
    for (sim_time until = world_now(*world) + SIM_MS; !interrupted && !over; until += SIM_MS)
        over = paranoia->every ? world_run_paranoid(world, until, &p->watch, paranoia, err, sizeof(err))
                               : world_run(*world, until, &p->watch);
    if (p->line)
        fputs("\r\033[K", stderr);
    if (over < 0) {
        vfsim_complain("%s", err);
        return EXIT_OURS;
    }
    if (!over) {
        vfsim_complain("interrupted");
        return EXIT_INTERRUPTED;
    }
    return EXIT_PASS;
}

static void tell_speed(const struct vfsim_args *args, struct world *world, const struct progress *p,
                       uint64_t events_before, uint64_t cuts)
{
    if (!args->verbose && !p->terminal)
        return;
    uint64_t ms = ms_since(&p->begin), events = sim_event_count(world_sim(world)) - events_before;
    fprintf(stderr, "%" PRIu64 ".%03" PRIu64 " s, %" PRIu64 " events a second\n", ms / 1000, ms % 1000,
            ms ? events * 1000 / ms : events * 1000);
    if (cuts)
        fprintf(stderr, "%" PRIu64 " times saved, destroyed, rebuilt and restored\n", cuts);
}

/* ---- results ---- */

static int accept_report(const struct report *report, const char *name)
{
    char path[4096];
    size_t len = strlen(name);
    if (!strcmp(name, "-")) {
        vfsim_complain("--accept needs a scenario in a file, to write the report beside it");
        return EXIT_USER;
    }
    if (len > 4 && !strcmp(name + len - 4, ".scn"))
        len -= 4;
    snprintf(path, sizeof(path), "%.*s.out", (int)len, name);
    char *text = NULL;
    size_t text_len = 0;
    FILE *mem = alloc_stream("the report", &text, &text_len);
    struct report_style plain = {0};
    int err = report_write_text(report, mem, &plain);
    alloc_stream_close("the report", mem);
    if (!err)
        err = vfsim_write_file(path, text, text_len);
    free(text);
    if (err) {
        vfsim_complain("%s: %s", path, strerror(-err));
        return EXIT_USER;
    }
    vfsim_complain("accepted: %s", path);
    return EXIT_PASS;
}

static int publish(struct vfsim_session *session, struct world *world, const char *name)
{
    struct report *report = report_create();
    struct report_style style = {vfsim_stdout_has_colour(), vfsim_stdout_columns(), session->timeline};
    int code = EXIT_PASS;
    world_report(world, report);
    if (session->args->accept)
        code = accept_report(report, name);
    if (session->args->junit) {
        struct junit_suite *suite = &session->suites[session->suite_count++];
        junit_suite_init(suite, scenario_path(world_scenario(world)));
        world_junit(world, suite);
    }
    bool kept = session->args->json || session->args->html;
    if (kept)
        session->reports[session->report_count++] = report;
    if (!session->args->json && report_write_text(report, stdout, &style)) {
        vfsim_complain("the report can't be written to stdout");
        code = EXIT_USER;
    }
    if (!kept)
        report_destroy(report);
    return code;
}

int vfsim_session_play(struct vfsim_session *session, struct world **world, const char *name)
{
    const struct vfsim_args *args = session->args;
    struct world_paranoia paranoia = session->paranoia;
    struct trace_listener listener = {.mask = session->trace_mask, .sentence = print_sentence};
    struct progress p = {.watch = {tick}, .terminal = vfsim_stderr_is_terminal()};
    char err[512];
    uint64_t before = sim_event_count(world_sim(*world));
    clock_gettime(CLOCK_MONOTONIC, &p.begin);
    p.shown = p.begin;
    if (listener.mask) {
        trace_listen(world_sim(*world), &listener);
        paranoia.listener = &listener;
    }
    int code = run(world, &p, &paranoia);
    bool passed = code == EXIT_PASS && world_finish(*world);
    if (listener.mask && *world)
        trace_unlisten(world_sim(*world), &listener);
    if (code != EXIT_PASS)
        return code;
    tell_speed(args, *world, &p, before, paranoia.cuts);
    code = passed ? EXIT_PASS : EXIT_EXPECTATION;
    if (world_close_captures(*world, err, sizeof(err))) {
        vfsim_complain("%s", err);
        code = EXIT_USER;
    }
    if (world_write_snapshots(*world, err, sizeof(err))) {
        vfsim_complain("%s", err);
        code = EXIT_USER;
    }
    int published = publish(session, *world, name);
    fflush(stderr);
    return published > code ? published : code;
}

static int write_page(const struct vfsim_session *session)
{
    struct outfile out;
    int err = outfile_open(&out, session->args->html);
    if (!err) {
        report_write_html(session->reports, session->report_count, out.stream);
        err = outfile_close(&out);
    }
    if (err)
        vfsim_complain("%s: %s", session->args->html, strerror(-err));
    return err ? EXIT_USER : EXIT_PASS;
}

int vfsim_session_end(struct vfsim_session *session, int code)
{
    const struct vfsim_args *args = session->args;
    char err[512];
    if (args->json && session->report_count) {
        bool one = args->operand_count == 1;
        if (one ? report_write_json(session->reports[0], stdout)
                : report_write_json_list(session->reports, session->report_count, stdout)) {
            vfsim_complain("the report can't be written to stdout");
            code = EXIT_USER;
        }
    }
    if (args->html && session->report_count && write_page(session))
        code = EXIT_USER;
    if (args->junit && junit_write(args->junit, session->suites, session->suite_count, err, sizeof(err))) {
        vfsim_complain("%s", err);
        code = EXIT_USER;
    }
    for (unsigned i = 0; i < session->report_count; i++)
        report_destroy(session->reports[i]);
    for (unsigned i = 0; i < session->suite_count; i++)
        junit_suite_fini(&session->suites[i]);
    free(session->reports);
    free(session->suites);
    free(session);
    return code;
}
