/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report of a run: everything a person or a program is told, in one order, by one set of calls. */
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "scenario/outcome/outcome.h"
#include "scenario/outcome/outcome__.h"
#include "scenario/verb.h"

static void report_books(const struct world *w, struct report *r)
{
    const struct books_report *books = &w->books;
    report_object(r, "books", NULL, REPORT_LINE, books->balanced ? 0 : REPORT_BAD);
    report_number(r, "born", NULL, 0, books->born);
    report_number(r, "copied", NULL, 0, books->copied);
    report_number(r, "ended", NULL, 0, books->ended);
    report_number(r, "in_flight", "in flight", 0, books->in_flight);
    report_bool(r, "balanced", NULL, REPORT_JSON_ONLY, books->balanced);
    report_text(r, NULL, NULL, REPORT_TEXT_ONLY | REPORT_BARE, "%s", books->balanced ? "balanced" : "NOT balanced");
    report_end(r);
}

static void report_exits(struct report *r, const struct vm *vm, const struct vm_stats *stats)
{
    uint64_t calls = 0, exits = 0;
    for (unsigned i = 0; i < sizeof(stats->calls) / sizeof(stats->calls[0]); i++)
        calls += stats->calls[i];
    for (unsigned i = 0; i < VM_EXITS; i++)
        exits += vm_exits(vm, (enum vm_exit)i);
    report_number(r, "calls", NULL, REPORT_JSON_ONLY, calls);
    report_number(r, "exits", NULL, 0, exits);
    report_object(r, "exit_kinds", NULL, REPORT_LINE, REPORT_JSON_ONLY);
    for (unsigned i = 0; i < VM_EXITS; i++)
        if (i != VM_EXIT_ipi || vm_get_params(vm)->vcpus > 1) /* nobody is there to be called */
            report_number(r, vm_exit_name((enum vm_exit)i), NULL, REPORT_JSON_ONLY, vm_exits(vm, (enum vm_exit)i));
    report_end(r);
}

static bool any_queue_stopped(const struct world *w)
{
    struct vm_stats stats = {.tx_stops = 0};
    for (unsigned i = 0; i < w->sc->vm_count && !stats.tx_stops; i++)
        vm_get_stats(w->vms[i], &stats);
    return stats.tx_stops;
}

static void report_vms(const struct world *w, struct report *r)
{
    bool stops = any_queue_stopped(w);
    report_list(r, "vms", "virtual machines", REPORT_TABLE, REPORT_SKIP_EMPTY);
    for (unsigned i = 0; i < w->sc->vm_count; i++) {
        const struct scn_vm *said = &w->sc->vms[i];
        const struct host *host = world__host_of(w, i);
        const struct vm *vm = w->vms[i];
        bool ended = vm_get_state(vm) == VM_ENDED;
        struct vm_stats stats;
        vm_get_stats(vm, &stats);
        report_object(r, NULL, NULL, REPORT_LINE, ended ? REPORT_BAD : 0);
        report_text(r, "name", "vm", 0, "%s", said->name.text);
        report_text(r, "host", NULL, 0, "%s", host_name(host));
        report_text(r, "state", NULL, 0, "%s",
                    ended                              ? "ended"
                    : host_vm_is_suspended(host, vm)   ? "suspended"
                    : host_vm_is_passthrough(host, vm) ? "passthrough"
                                                       : "emulated");
        report_number(r, "frames_received", "received", 0, stats.frames_delivered);
        report_number(r, "received_on_vf", "on VF", 0, stats.delivered_on_vf);
        report_number(r, "frames_sent", "sent", 0, stats.frames_made);
        report_number(r, "sent_on_vf", "on VF", 0, stats.made_on_vf);
        report_exits(r, vm, &stats);
        report_number(r, "mmio_trapped", "trapped", 0, stats.trapped_mmio);
        report_number(r, "mmio_direct", "direct", 0, stats.direct_mmio);
        report_number(r, "interrupts", NULL, 0, stats.irqs);
        report_number(r, "tx_stops", "stops", stops ? 0 : REPORT_JSON_ONLY, stats.tx_stops);
        report_number(r, "bad_handovers", NULL, REPORT_JSON_ONLY, stats.bad_handovers);
        report_text(r, "ended", "how it ended", 0, "%s", ended ? vm_end_text(vm) : "");
        report_end(r);
    }
    report_end(r);
}

static void report_shown(const struct world *w, struct report *r)
{
    report_list(r, "shown", "what the tools print", REPORT_LINES, REPORT_SKIP_EMPTY);
    for (uint64_t i = 0; i < w->st.notes; i++)
        if (w->notes[i].kind == WORLD_SHOWN)
            report_text(r, NULL, NULL, REPORT_AS_IT_IS, "%s", w->notes[i].text);
    report_end(r);
}

static void report_assumptions(const struct world *w, struct report *r)
{
    const struct profile *profile = &w->sim->profile;
    report_text(r, "profile", NULL, REPORT_JSON_ONLY, "%s", profile->name);
    report_list(r, "assumptions", "assumed, not modelled (sources: --json, sim/core/profile.def)", REPORT_TABLE, REPORT_SKIP_EMPTY);
    for (int i = 0; i < PROFILE_COUNT; i++) {
        if (!profile->used[i])
            continue;
        const struct profile_info *info = profile_describe((enum profile_key)i);
        report_object(r, NULL, NULL, REPORT_LINE, 0);
        report_text(r, "name", NULL, 0, "%s", info->name);
        report_number(r, "value", NULL, 0, profile->value[i]);
        report_text(r, "unit", NULL, 0, "%s", info->unit);
        report_text(r, "certainty", NULL, 0, "%s", *profile->certainty[i] ? profile->certainty[i] : info->certainty);
        report_text(r, "source", NULL, REPORT_JSON_ONLY, "%s", *profile->source[i] ? profile->source[i] : info->source);
        report_end(r);
    }
    report_end(r);
}

/* ---- expectations ---- */

/* Skipped: the run was interrupted before, or is not over. */
static enum junit_outcome outcome_of(const struct world *w, bool judged, bool passed)
{
    return passed ? JUNIT_PASSED : judged || (w->finished && !w->interrupted) ? JUNIT_FAILED : JUNIT_SKIPPED;
}

static void tell_always(const struct world *w, world_case_fn tell, void *to)
{
    const struct world_case books = {.text = "books balanced",
                                     .seen = "they do not balance: see the line of the books",
                                     .outcome = JUNIT_FAILED},
                            hosts = {.text = "invariants of the hosts", .seen = w->invariants_why, .outcome = JUNIT_FAILED},
                            frames = {.text = "frames arrive as they were sent",
                                      .seen = "some did not: see the table of faulty frames",
                                      .outcome = JUNIT_FAILED};
    if (w->finished && !w->books.balanced)
        tell(to, &books);
    if (!w->invariants_hold)
        tell(to, &hosts);
    if (!world__frames_are_sound(w))
        tell(to, &frames);
}

void world_each_case(const struct world *w, world_case_fn tell, void *to)
{
    char text[512], seen[WORLD_SEEN_LEN + 64], time[REPORT_TIME_LEN];
    for (unsigned i = 0; i < w->sc->expect_count; i++) {
        const struct scn_expect *e = &w->sc->expects[i];
        const struct world_result *result = &w->results[i];
        snprintf(text, sizeof(text), "%s%s%s", e->text, e->at_end ? "" : " at ",
                 e->at_end ? "" : report_format_time(e->time / SIM_NS, time));
        const struct world_case what = {.line = e->at.line,
                                        .text = text,
                                        .seen = result->judged ? result->seen : "the run ended before",
                                        .outcome = outcome_of(w, result->judged, result->judged && result->passed),
                                        .compared = result->compared,
                                        .relation = scn_op_words[e->op],
                                        .bound = e->value,
                                        .measured = result->measured};
        tell(to, &what);
    }
    for (unsigned i = 0; i < w->sc->trace_count; i++) {
        const struct scn_trace *t = &w->sc->traces[i];
        const struct world_sentence *s = &w->sentences[i];
        bool said = s->at != SIM_NEVER, good = said != t->never && (said || (w->finished && !w->interrupted));
        snprintf(text, sizeof(text), "trace %s \"%s%s%s\"", t->never ? "never says" : "says", t->who ? t->who : "",
                 t->who ? " > " : "", t->text);
        if (said)
            snprintf(seen, sizeof(seen), "[%s] %s", report_format_stamp(s->at, time), s->seen);
        else
            snprintf(seen, sizeof(seen), "was not said%s", t->never ? "" : " (in this order)");
        const struct world_case what = {.line = t->at.line, .text = text, .seen = seen, .outcome = outcome_of(w, said, good)};
        tell(to, &what);
    }
    tell_always(w, tell, to);
}

struct tally {
    struct report *report;
    unsigned count[JUNIT_OUTCOMES];
};

static void tell_report(void *to, const struct world_case *what)
{
    struct tally *tally = to;
    struct report *r = tally->report;
    bool skipped = what->outcome == JUNIT_SKIPPED;
    tally->count[what->outcome]++;
    report_object(r, NULL, NULL, REPORT_LINE, what->outcome == JUNIT_FAILED ? REPORT_BAD : REPORT_JSON_ONLY);
    report_number(r, "line", NULL, REPORT_SKIP_ZERO, what->line);
    report_text(r, "text", NULL, REPORT_BARE, "%s", what->text);
    report_bool(r, "passed", NULL, skipped ? REPORT_ABSENT : REPORT_JSON_ONLY, what->outcome == JUNIT_PASSED);
    report_text(r, "seen", NULL, REPORT_BARE, "%s", what->seen);
    unsigned bound = what->compared ? REPORT_JSON_ONLY : REPORT_ABSENT;
    report_text(r, "relation", NULL, bound, "%s", what->compared ? what->relation : "");
    report_number(r, "bound", NULL, bound, what->bound);
    report_number(r, "measured", NULL, bound, what->measured);
    report_end(r);
}

static void report_expectations(const struct world *w, struct report *r)
{
    struct tally tally = {.report = r};
    report_list(r, "expectations", "expectations that failed", REPORT_LINES, REPORT_SKIP_EMPTY);
    world_each_case(w, tell_report, &tally);
    report_end(r);
    report_object(r, "expectation_counts", "expectations", REPORT_LINE, 0);
    report_number(r, "passed", NULL, 0, tally.count[JUNIT_PASSED]);
    report_number(r, "failed", NULL, 0, tally.count[JUNIT_FAILED]);
    report_number(r, "not_judged", "not judged", REPORT_SKIP_ZERO, tally.count[JUNIT_SKIPPED]);
    report_number(r, "unexpected", NULL, REPORT_SKIP_ZERO, world__unexpected(w, NULL, NULL));
    report_end(r);
}

static void tell_junit(void *to, const struct world_case *what)
{
    char name[600];
    if (what->line)
        snprintf(name, sizeof(name), "line %" PRIu32 ": %s", what->line, what->text);
    else
        snprintf(name, sizeof(name), "%s", what->text);
    junit_suite_add(to, name, what->outcome, what->seen);
}

void world_junit(const struct world *w, struct junit_suite *suite)
{
    world_each_case(w, tell_junit, suite);
    world__junit_unexpected(w, suite);
    if (w->books.balanced)
        junit_suite_add(suite, "books balanced", JUNIT_PASSED, "");
    if (w->invariants_hold)
        junit_suite_add(suite, "invariants of the hosts", JUNIT_PASSED, "");
    if (world__frames_are_sound(w))
        junit_suite_add(suite, "frames arrive as they were sent", JUNIT_PASSED, "");
    if (w->interrupted) {
        char time[REPORT_TIME_LEN], why[160];
        snprintf(why, sizeof(why), "interrupted (%s) at %s of simulated time: partial", w->interrupted,
                 report_format_time(sim_now(w->sim) / SIM_NS, time));
        junit_suite_add(suite, "the run comes to its end", JUNIT_ERROR, why);
    }
}

/* ---- the last line ---- */

static bool has_switched(const struct world *w)
{
    for (unsigned i = 0; i < w->sc->host_count; i++)
        if (host_switch_count(w->hosts[i]))
            return true;
    return false;
}

/* What shows most about the expectations that failed: the verb that goes first says it. */
static const char *look_closer(const struct world *w)
{
    const struct verb *first = NULL;
    for (unsigned i = 0; i < w->sc->expect_count; i++) {
        const struct verb *verb = w->sc->expects[i].verb;
        if (!w->results[i].passed && verb->look && (!first || verb->look_place < first->look_place))
            first = verb;
    }
    if (!first)
        return "--trace all";
    return first->look_switched && has_switched(w) ? first->look_switched : first->look;
}

static const char *next_options(const struct world *w, bool passed)
{
    if (passed)
        return has_switched(w) ? "--trace switch" : w->sc->vm_count ? "--trace host,guest" : "--trace net";
    if (!w->books.balanced)
        return "--trace core";
    return w->invariants_hold ? look_closer(w) : "--trace switch,host,pf";
}

/* As a shell takes it. */
static void report_next(const struct world *w, struct report *r, bool passed)
{
    const struct scenario *sc = w->sc;
    char again[1024] = "", file[2 * PATH_MAX], set[512], word[1024];
    size_t len = 0;
    if (sc->seed_overridden)
        len += (size_t)snprintf(again, sizeof(again), " --seed %" PRIu64, sc->seed);
    for (unsigned i = 0; i < sc->override_count && len < sizeof(again); i++) {
        snprintf(set, sizeof(set), "%s=%s", sc->overrides[i].name, sc->overrides[i].value);
        len += (size_t)snprintf(again + len, sizeof(again) - len, " --set %s", report_shell_word(set, word, sizeof(word)));
    }
    report_text(r, "next", NULL, 0, "vfsim run %s%s %s", report_shell_word(sc->file.path, file, sizeof(file)), again,
                next_options(w, passed));
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* ---- a file that did not come to be a world ---- */

static void report_empty_lists(struct report *r, const char *const *keys)
{
    for (; *keys; keys++) {
        report_list(r, *keys, NULL, REPORT_LINES, REPORT_JSON_ONLY);
        report_end(r);
    }
}

void world_report_none(const char *file, const char *title, struct report *r)
{
    static const char *const lists[] = {"assumptions",   "roles",    "vms",        "cores",       "threads",      "frame_costs",
                                        "control",       "shown",    "guest_acts", "hotplugs",    "switches",     "shells",
                                        "replacements",  "rollouts", "migrations", "standstills", "passthrough",  "reasons",
                                        "iochain",       "timeline", "comparison", "exchanges",   "replays",      "connections",
                                        "transactions",  "flows",    "latencies",  "blackouts",   "drops",        "bottlenecks",
                                        "faulty_frames", "rfc2889",  "notes",      "unexpected",  "expectations", NULL};
    char word[2 * PATH_MAX];
    static const char *const copies[] = {"born", "copied", "ended", "in_flight"};
    static const char *const counts[] = {"passed", "failed", "not_judged", "unexpected"};
    report_text(r, "title", NULL, REPORT_BARE, "%s", *title ? title : file_name(file));
    report_number(r, "format", NULL, REPORT_JSON_ONLY, WORLD_REPORT_FORMAT);
    report_text(r, "file", NULL, REPORT_JSON_ONLY, "%s", file);
    report_text(r, "scenario", NULL, 0, "%s", file_name(file));
    report_number(r, "seed", NULL, REPORT_ABSENT, 0);
    report_number(r, "sim_time_ns", NULL, REPORT_ABSENT, 0);
    report_number(r, "begin_ns", NULL, REPORT_ABSENT, 0);
    report_bool(r, "begun", NULL, REPORT_JSON_ONLY, false);
    report_number(r, "events", NULL, REPORT_ABSENT, 0);
    world__report_topology(NULL, r);
    report_text(r, "profile", NULL, REPORT_ABSENT, "%s", "");
    report_empty_lists(r, lists);
    report_object(r, "books", NULL, REPORT_LINE, REPORT_JSON_ONLY);
    for (unsigned i = 0; i < sizeof(copies) / sizeof(copies[0]); i++)
        report_number(r, copies[i], NULL, REPORT_JSON_ONLY, 0);
    report_bool(r, "balanced", NULL, REPORT_JSON_ONLY, true);
    report_end(r);
    report_object(r, "expectation_counts", NULL, REPORT_LINE, REPORT_JSON_ONLY);
    for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        report_number(r, counts[i], NULL, REPORT_JSON_ONLY, 0);
    report_end(r);
    report_text(r, "verdict", NULL, REPORT_BAD, "ERROR");
    report_bool(r, "something_expected", NULL, REPORT_JSON_ONLY, false);
    report_text(r, "next", NULL, REPORT_JSON_ONLY, "vfsim check %s", report_shell_word(file, word, sizeof(word)));
}

static void report_verdict(const struct world *w, struct report *r, bool passed)
{
    char time[REPORT_TIME_LEN];
    const char *verdict = w->interrupted ? "PARTIAL" : passed ? "PASS" : "FAIL";
    bool expects = w->sc->expect_count + w->sc->trace_count; /* a run that expects nothing can pass, and says so */
    report_text(r, "verdict", NULL, REPORT_JSON_ONLY | (passed ? REPORT_GOOD : REPORT_BAD), "%s", verdict);
    report_bool(r, "something_expected", NULL, REPORT_JSON_ONLY, expects);
    if (!w->interrupted) {
        report_text(r, NULL, "verdict", REPORT_TEXT_ONLY | (passed ? REPORT_GOOD : REPORT_BAD), "%s%s", verdict,
                    expects ? "" : " (nothing was expected)");
        return;
    }
    report_text(r, NULL, "verdict", REPORT_TEXT_ONLY | REPORT_BAD,
                "PARTIAL, interrupted (%s) at %s of simulated time: figures are of what had happened by then", w->interrupted,
                report_format_time(sim_now(w->sim) / SIM_NS, time));
}

/* What the times of the scenario count from. */
static void report_begin(const struct world *w, struct report *r)
{
    bool begun = w->st.begin != SIM_NEVER;
    report_time(r, "begin_ns", "timeline began at", begun ? 0 : REPORT_NO_VALUE, begun ? w->st.begin : 0);
    report_bool(r, "begun", NULL, REPORT_JSON_ONLY, begun);
}

/* The parts of verbs, from one place to another. */
static void report_verbs(const struct world *w, struct report *r, enum report_place from, enum report_place to)
{
    for (enum report_place place = from; place <= to; place++)
        for (unsigned i = 0; i < w->sc->verb_count; i++)
            if (w->sc->verbs[i]->report && w->sc->verbs[i]->report_place == place)
                w->sc->verbs[i]->report(w, r);
}

void world_report(const struct world *w, struct report *r)
{
    bool passed = world_finish((struct world *)w); /* judges only the first time */
    report_text(r, "title", NULL, *w->sc->title ? REPORT_BARE : REPORT_JSON_ONLY, "%s", w->sc->title);
    report_number(r, "format", NULL, REPORT_JSON_ONLY, WORLD_REPORT_FORMAT);
    report_text(r, "file", NULL, REPORT_JSON_ONLY, "%s", w->sc->file.label);
    report_text(r, "scenario", NULL, 0, "%s", file_name(w->sc->file.label));
    report_number(r, "seed", NULL, 0, w->sc->seed);
    report_time(r, "sim_time_ns", "simulated", 0, sim_now(w->sim));
    report_begin(w, r);
    report_number(r, "events", NULL, 0, sim_event_count_of_world(w->sim));
    world__report_topology(w, r);
    report_assumptions(w, r); /* what matters most comes last: that is what a terminal shows */
    report_vms(w, r);
    world__report_accounts(w, r);
    report_verbs(w, r, REPORT_NOWHERE + 1, REPORT_CONTROL);
    report_shown(w, r);
    report_verbs(w, r, REPORT_CONTROL + 1, REPORT_ACTS);
    world__report_timeline(w, r);
    world__report_comparison(w, r);
    report_verbs(w, r, REPORT_EXCHANGES, REPORT_REPLAYS);
    world__report_flows(w, r);
    world__report_latencies(w, r);
    world__report_rates(w, r);
    world__report_blackouts(w, r);
    world__report_drops(w, r);
    world__report_bottlenecks(w, r);
    world__report_inspection(w, r);
    report_verbs(w, r, REPORT_MEASURES, REPORT_MEASURES);
    world__report_notes(w, r);
    report_books(w, r);
    world__report_unexpected(w, r);
    report_expectations(w, r);
    report_verdict(w, r, passed);
    report_next(w, r, passed);
}
