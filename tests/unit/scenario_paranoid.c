/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Worlds of peers that are destroyed and restored at every event: what changes (nothing), when, and what is said of a
 * component that restores otherwise than it saved. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

#include "core/recycler.h"
#include "scenario/outcome/outcome.h"
#include "scenario/world/world.h"

/* The last two frames arrive at 600 us to the picosecond, with a cut between them, where run.c asks whether it is over;
 * it judges in mid-flow and hears a sentence early on. */
#define TEXT                                                                                                         \
    "seed 3\nswitch tor latency 1us\npeer a on tor\npeer b on tor\n"                                                 \
    "7.7824us flow f from a to b size 128 rate 100K pps count 60\n"                                                  \
    "7.7824us flow h from b to a size 128 rate 100K pps count 60\n0 flow g from b to a size 64 load 1G until 20us\n" \
    "100us expect f delivered >= 1\n200us expect g lost 0\nend expect f lost 0 reordered 0\n* b > received\n"

static struct world *build(struct scenario **sc)
{
    static const char text[] = TEXT;
    *sc = scenario_parse("x.scn", text, strlen(text), NULL);
    struct world *w = world_build(*sc, NULL);
    if (!w)
        scenario_print_errors(*sc, stderr);
    ck_assert_ptr_nonnull(w);
    return w;
}

static char *report_of(struct world *w)
{
    struct report *r = report_create();
    char *text = NULL;
    size_t len;
    FILE *mem = open_memstream(&text, &len);
    world_finish(w);
    world_report(w, r);
    report_write_json(r, mem);
    fclose(mem);
    report_destroy(r);
    return text;
}

struct story {
    struct trace_listener listener;
    FILE *out;
};

static void tell(struct trace_listener *self, sim_time at, enum trace_category cat, const char *who, const char *text)
{
    fprintf(((struct story *)self)->out, "%llu %d %s > %s\n", (unsigned long long)at, (int)cat, who, text);
}

/* Runs to the end, in slices of `slice`; paranoia->every 0: without. The report and the trace, in one text. */
static char *play(struct world_paranoia *paranoia, sim_time slice)
{
    struct scenario *sc;
    struct world *w = build(&sc);
    char *told = NULL, *all = NULL, err[512];
    size_t len;
    struct story story = {{.mask = (1u << TRACE_CATEGORY_COUNT) - 1, .sentence = tell}, open_memstream(&told, &len)};
    trace_listen(world_sim(w), &story.listener);
    paranoia->listener = &story.listener;
    int over = 0;
    for (sim_time until = slice; !over; until += slice) {
        over = paranoia->every ? world_run_paranoid(&w, until, NULL, paranoia, err, sizeof(err)) : world_run(w, until, NULL);
        ck_assert_msg(over >= 0, "%s", err);
    }
    trace_unlisten(world_sim(w), &story.listener);
    ck_assert_msg(!world_end_paranoia(w, paranoia, err, sizeof(err)), "%s", err);
    fclose(story.out);
    char *report = report_of(w);
    ck_assert_int_ge(asprintf(&all, "%s%s", report, told), 0);
    free(report);
    free(told);
    world_destroy(w);
    scenario_destroy(sc);
    return all;
}

START_TEST(nothing_changes)
{
    static const struct {
        uint64_t every;
        sim_time slice;
    } tries[] = {{1, SIM_MS}, {1, 7 * SIM_US}, {2, 100 * SIM_US}, {7, SIM_MS}, {97, 50 * SIM_US}};
    struct world_paranoia none = {0};
    char *plain = play(&none, SIM_MS);
    ck_assert_uint_eq(none.cuts, 0);
    for (unsigned i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
        struct world_paranoia paranoia = {.every = tries[i].every, .to = SIM_NEVER};
        char *cut = play(&paranoia, tries[i].slice);
        ck_assert_uint_gt(paranoia.cuts, 0);
        ck_assert_msg(!strcmp(plain, cut), "every %u in slices of %llu ps: it ends otherwise", (unsigned)tries[i].every,
                      (unsigned long long)tries[i].slice);
        free(cut);
    }
    free(plain);
}
END_TEST

START_TEST(a_window_is_kept)
{
    struct world_paranoia all = {.every = 1, .to = SIM_NEVER}, window = {.every = 1, .from = 5 * SIM_US, .to = 9 * SIM_US};
    struct world_paranoia late = {.every = 1, .from = 50 * SIM_S, .to = SIM_NEVER};
    free(play(&all, SIM_MS));
    free(play(&window, SIM_MS));
    free(play(&late, SIM_MS));
    ck_assert_uint_gt(all.cuts, window.cuts);
    ck_assert_uint_gt(window.cuts, 0);
    ck_assert_uint_eq(late.cuts, 0);
}
END_TEST

static void say_too_much(struct component *self, struct save *s)
{
    uint64_t extra = 1;
    (void)self;
    save_field(s, extra);
}

START_TEST(a_bad_save_is_told)
{
    struct scenario *sc;
    struct world *w = build(&sc);
    struct world_paranoia paranoia = {.every = 1, .to = SIM_NEVER};
    char err[512] = "";
    struct component *victim = component_by_id(world_sim(w), 2);
    struct component_ops ops = *victim->ops;
    ops.save = say_too_much;
    victim->ops = &ops;
    ck_assert_int_eq(world_run_paranoid(&w, SIM_NEVER, NULL, &paranoia, err, sizeof(err)), -EPROTO);
    ck_assert_ptr_nonnull(strstr(err, "paranoid: after event 1, at "));
    ck_assert_ptr_nonnull(strstr(err, "was expected"));
    ck_assert_int_eq(world_end_paranoia(w, &paranoia, err, sizeof(err)), 0);
    world_destroy(w);
    scenario_destroy(sc);
}
END_TEST

START_TEST(who_was_asked_is_kept)
{
    struct scenario *sc;
    struct world *w = build(&sc);
    struct world_paranoia paranoia = {.every = 1, .to = SIM_NEVER};
    char err[512] = "";
    profile_get(&world_sim(w)->profile, PROFILE_cpu_khz);
    ck_assert_int_eq(world_run_paranoid(&w, SIM_US, NULL, &paranoia, err, sizeof(err)), 0);
    ck_assert(world_sim(w)->profile.used[PROFILE_cpu_khz]);
    ck_assert_int_eq(world_end_paranoia(w, &paranoia, err, sizeof(err)), 0);
    world_destroy(w);
    scenario_destroy(sc);
}
END_TEST

/* As a pointer that outlived its world would. */
static void write_late(struct world_paranoia *self, bool begins)
{
    if (begins || self->cuts != 5)
        return;
    uint8_t *block = recycler_take(self->recycler, "test", 1 << 16, RECYCLER_ZEROED);
    block[5] = 1;
    recycler_stain(self->recycler, true);
    recycler_give(self->recycler, block, 1 << 16, RECYCLER_ZEROED);
    ASAN_UNPOISON_MEMORY_REGION(block, 1 << 16);
    block[5] = 1;
    ck_assert_ptr_eq(recycler_take(self->recycler, "test", 1 << 16, RECYCLER_ZEROED), block);
}

START_TEST(a_late_write_is_told)
{
    struct scenario *sc;
    struct world *w = build(&sc);
    struct world_paranoia paranoia = {.every = 7, .to = SIM_NEVER, .measure = write_late};
    char err[512] = "";
    ck_assert_int_eq(world_run_paranoid(&w, SIM_NEVER, NULL, &paranoia, err, sizeof(err)), 1);
    ck_assert_int_eq(world_end_paranoia(w, &paranoia, err, sizeof(err)), -EPROTO);
    ck_assert_ptr_nonnull(strstr(err, "paranoid: memory of a world that was gone has been written to"));
    world_destroy(w);
    scenario_destroy(sc);
}
END_TEST

static void leak(struct world_paranoia *self, bool begins) { recycler_leak(self->recycler, begins); }

/* Worlds that are made of old memory as it lies: a run can't come to its end unnoticed. */
START_TEST(a_leak_is_noticed)
{
    struct scenario *sc;
    struct world *w = build(&sc);
    struct world_paranoia paranoia = {.every = 7, .to = SIM_NEVER, .measure = leak};
    char err[512] = "";
    fflush(NULL);
    pid_t child = fork();
    if (!child) {
        fclose(stderr); /* what it dies of is no news */
        _exit(world_run_paranoid(&w, SIM_NEVER, NULL, &paranoia, err, sizeof(err)) == 1 ? 0 : 3);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(!WIFEXITED(status) || WEXITSTATUS(status), "nothing was noticed");
    world_destroy(w);
    scenario_destroy(sc);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenario_paranoid");
    TCase *tc = tcase_create("paranoid");
    tcase_add_test(tc, nothing_changes);
    tcase_add_test(tc, a_window_is_kept);
    tcase_add_test(tc, a_bad_save_is_told);
    tcase_add_test(tc, who_was_asked_is_kept);
    tcase_add_test(tc, a_late_write_is_told);
    tcase_add_test(tc, a_leak_is_noticed);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
