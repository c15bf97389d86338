/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Worlds of peers and a switch: built, run, judged, saved in mid-flow and restored; and what is refused, with its
 * words. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scenario/outcome/outcome.h"
#include "scenario/world/world.h"

#define HEAD "seed 3\nswitch tor latency 1us\npeer a on tor\npeer b on tor\n"
#define FLOW "0 flow f from a to b size 128 rate 100K pps count 100\n0 flow g from b to a size 64 load 1G count 50\n"

static char folder[] = "/tmp/vfsim-world-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void write_text(const char *name, const char *text)
{
    FILE *out = fopen(path_of(name), "w");
    ck_assert_ptr_nonnull(out);
    fputs(text, out);
    fclose(out);
}

static struct scenario *parse(const char *text)
{
    char name[128];
    snprintf(name, sizeof(name), "%s/x.scn", folder);
    return scenario_parse(name, text, strlen(text), NULL);
}

static struct world *build(struct scenario *sc)
{
    struct world *w = world_build(sc, NULL);
    if (!w)
        scenario_print_errors(sc, stderr);
    ck_assert_ptr_nonnull(w);
    return w;
}

static char *report_of(struct world *w)
{
    struct report *r = report_create();
    world_report(w, r);
    char *text = NULL;
    size_t len;
    FILE *mem = open_memstream(&text, &len);
    struct report_style style = {0};
    report_write_text(r, mem, &style);
    fclose(mem);
    report_destroy(r);
    return text;
}

/* Runs `text`; true when it passes. */
static bool passes(const char *text, char **report)
{
    struct scenario *sc = parse(text);
    struct world *w = build(sc);
    ck_assert(world_run(w, SIM_NEVER, NULL));
    bool passed = world_finish(w);
    if (report)
        *report = report_of(w);
    world_destroy(w);
    scenario_destroy(sc);
    return passed;
}

START_TEST(a_flow_arrives)
{
    char *report;
    ck_assert(passes(HEAD FLOW "end expect f sent = 100 delivered = 100 lost 0 reordered 0 latency max < 10us\n"
                               "end expect g delivered 50\nend expect drops total = 0\nend expect books balanced\n",
                     &report));
    ck_assert_ptr_nonnull(strstr(report, "\nverdict: PASS\n"));
    ck_assert_ptr_nonnull(strstr(report, "\n  f      100        100     0    0      0"));
    ck_assert_ptr_nonnull(strstr(report, "\nexpectations: passed 8, failed 0\n"));
    free(report);
}
END_TEST

START_TEST(a_failed_expectation_says_what_was_seen)
{
    char *report;
    ck_assert(!passes(HEAD FLOW "end expect f delivered = 99\n", &report));
    ck_assert_ptr_nonnull(strstr(report, "\nverdict: FAIL\n"));
    ck_assert_ptr_nonnull(strstr(report, "  line 7, f delivered = 99, was 100\n"));
    free(report);
}
END_TEST

/* An expectation at a time sees the world of that time. */
START_TEST(expectations_in_time)
{
    ck_assert(passes(HEAD FLOW "500us expect f delivered > 40 delivered < 60\n", NULL));
    ck_assert(!passes(HEAD FLOW "500us expect f delivered = 100\n", NULL));
}
END_TEST

START_TEST(links_go_down)
{
    ck_assert(passes(HEAD FLOW
                     "500us ip link set b down\nend expect f lost >= 40\nend expect drops reason switch_no_port count >= 40\n"
                     "end expect drops at a-tor count 0\n",
                     NULL));
}
END_TEST

START_TEST(the_trace_is_an_assertion)
{
    ck_assert(
        passes(HEAD FLOW "* > flow > started -> a sends\n* tor > learned on port\n* > 100 frames sent\n!> went backwards\n", NULL));
    ck_assert(!passes(HEAD FLOW "* > 100 frames sent\n* > flow > started -> a sends\n", NULL)); /* the other way round */
    ck_assert(!passes(HEAD FLOW "!> learned\n", NULL));
    ck_assert(!passes(HEAD FLOW "* a > learned\n", NULL)); /* not a: the switch */
}
END_TEST

START_TEST(the_run_has_a_limit)
{
    char *report;
    ck_assert(passes(HEAD "limit time 3ms\n0 flow f from a to b size 64 rate 10K pps\nend expect f sent < 40\n", &report));
    ck_assert_ptr_nonnull(strstr(report, "\nsimulated: 3.000 ms\n"));
    ck_assert_ptr_nonnull(strstr(report, "stopped at its limit of simulated time, 3.000 ms"));
    free(report);
}
END_TEST

START_TEST(two_runs_are_one)
{
    char *one, *two;
    passes(HEAD FLOW, &one);
    passes(HEAD FLOW, &two);
    ck_assert_str_eq(one, two);
    free(one);
    free(two);
}
END_TEST

START_TEST(saved_and_restored)
{
    static const char text[] = HEAD FLOW "300us ip link set a-tor down\n400us ip link set a-tor up\n"
                                         "450us expect f delivered < 50\n* > 50 frames sent\n* > 100 frames sent\n!> nothing\n";
    char *whole, err[512], file[128];
    passes(text, &whole);
    snprintf(file, sizeof(file), "%s/world", folder);
    for (sim_time at = 50 * SIM_US; at < 1000 * SIM_US; at += 350 * SIM_US) {
        struct scenario *sc = parse(text);
        struct world *w = build(sc);
        ck_assert(!world_run(w, at, NULL));
        ck_assert_int_eq(world_save(w, file, err, sizeof(err)), 0);
        world_destroy(w);
        scenario_destroy(sc);
        w = world_restore(file, NULL, NULL, &sc, err, sizeof(err));
        ck_assert_msg(w, "%s", err);
        ck_assert_uint_eq(world_now(w), at);
        ck_assert(world_run(w, SIM_NEVER, NULL));
        char *rest = report_of(w);
        ck_assert_str_eq(rest, whole);
        free(rest);
        world_destroy(w);
        scenario_destroy(sc);
    }
    free(whole);
}
END_TEST

START_TEST(damaged_worlds_are_refused)
{
    char err[512], file[128];
    snprintf(file, sizeof(file), "%s/world", folder);
    struct scenario *sc = parse(HEAD FLOW);
    struct world *w = build(sc);
    world_run(w, 100 * SIM_US, NULL);
    ck_assert_int_eq(world_save(w, file, err, sizeof(err)), 0);
    world_destroy(w);
    scenario_destroy(sc);
    struct stat st;
    ck_assert_int_eq(stat(file, &st), 0);
    ck_assert_int_eq(truncate(file, st.st_size / 2), 0);
    ck_assert_ptr_null(world_restore(file, NULL, NULL, &sc, err, sizeof(err)));
    ck_assert_ptr_nonnull(strstr(err, "the file is damaged (truncated or changed)"));
    write_text("world", "seed 42\n");
    ck_assert_ptr_null(world_restore(file, NULL, NULL, &sc, err, sizeof(err)));
    ck_assert_ptr_nonnull(strstr(err, "not a world that `vfsim save` wrote"));
    ck_assert_ptr_null(world_restore("/nowhere", NULL, NULL, &sc, err, sizeof(err)));
    ck_assert_str_eq(err, "/nowhere: No such file or directory");
}
END_TEST

static void check_refused(const char *text, const char *words)
{
    struct scenario *sc = parse(text);
    ck_assert_ptr_null(world_build(sc, NULL));
    const char *seen = scenario_error_text(sc, 0, NULL, NULL);
    ck_assert_ptr_nonnull(seen);
    ck_assert_msg(strstr(seen, words), "seen: %s\nexpected: %s", seen, words);
    scenario_destroy(sc);
}

START_TEST(what_can_not_be_built)
{
    write_text("no.pcap", "this is no capture");
    write_text("p.profile", "name mine\nvm_exit_cyles 10 measured \"here\"\n");
    check_refused(HEAD "0 replay no.pcap as f from a to b\n", "x.scn:5:10: ");
    check_refused(HEAD "0 replay none.pcap as f from a to b\n", "none.pcap: No such file or directory");
    check_refused(HEAD "profile p.profile\n", "p.profile:2:1: no model asks for a value named 'vm_exit_cyles'; did you mean "
                                              "'vm_exit_cycles'?");
    check_refused(HEAD "profile none.profile\n", "x.scn:5:9: the profile: ");
    check_refused(HEAD "capture c at tor.9\n",
                  "x.scn:5:14: there is no point 'tor.9' to capture at (a peer, VM or NIC); did you mean 'tor.0'?");
    check_refused(HEAD "capture c at a filter \"tpc port 80\"\n", "x.scn:5:23: filter \"tpc port 80\": ");
}
END_TEST

START_TEST(profile_values_are_used)
{
    write_text("p.profile", "# mine\nname mine\nvm_exit_cycles 1234 measured \"my own machine\"\n");
    struct scenario *sc = parse(HEAD "profile p.profile\n");
    struct world *w = build(sc);
    ck_assert_uint_eq(profile_get(&world_sim(w)->profile, PROFILE_vm_exit_cycles), 1234);
    char *report = report_of(w);
    ck_assert_ptr_nonnull(strstr(report, "vm_exit_cycles   1234  cycles  measured\n"));
    free(report);
    world_destroy(w);
    scenario_destroy(sc);
}
END_TEST

START_TEST(captures_are_written_whole)
{
    char dir[128], err[512];
    snprintf(dir, sizeof(dir), "%s/caps", folder);
    struct world_options options = {.pcap_dir = dir};
    struct scenario *sc = parse(HEAD FLOW "capture only at b filter \"ether proto 0x88b5 or ip or len > 0\"\n");
    struct world *w = world_build(sc, &options);
    ck_assert_ptr_nonnull(w);
    world_run(w, SIM_NEVER, NULL);
    ck_assert_int_eq(world_close_captures(w, err, sizeof(err)), 0);
    world_destroy(w);
    scenario_destroy(sc);
    struct stat st;
    ck_assert_int_eq(stat(path_of("caps/only.pcap"), &st), 0);
    ck_assert_int_gt(st.st_size, 100 * 124);
    unlink(path_of("caps/only.pcap"));
    sc = parse(HEAD FLOW); /* given up before its end: nothing stays */
    w = world_build(sc, &options);
    world_run(w, 100 * SIM_US, NULL);
    world_destroy(w);
    scenario_destroy(sc);
    ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    Suite *suite = suite_create("scenario_world");
    TCase *tc = tcase_create("all");
    tcase_add_test(tc, a_flow_arrives);
    tcase_add_test(tc, a_failed_expectation_says_what_was_seen);
    tcase_add_test(tc, expectations_in_time);
    tcase_add_test(tc, links_go_down);
    tcase_add_test(tc, the_trace_is_an_assertion);
    tcase_add_test(tc, the_run_has_a_limit);
    tcase_add_test(tc, two_runs_are_one);
    tcase_add_test(tc, saved_and_restored);
    tcase_add_test(tc, damaged_worlds_are_refused);
    tcase_add_test(tc, what_can_not_be_built);
    tcase_add_test(tc, profile_values_are_used);
    tcase_add_test(tc, captures_are_written_whole);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    const char *left[] = {"world", "no.pcap", "p.profile"};
    for (unsigned i = 0; i < 3; i++)
        unlink(path_of(left[i]));
    rmdir(folder);
    return failed != 0;
}
