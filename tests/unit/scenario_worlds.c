/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several worlds with VMs in one process, used in turn: each gives the report that it gives alone. */
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenario/outcome/outcome.h"
#include "scenario/world/world__.h"

/* A guest's own driver, a switch with control, a post-copy migration (whose window is open in part for a while), two VMs. */
#define NATIVE "scenarios/90-native-control.scn"
#define CONTROL "scenarios/11-control-mac.scn"
#define POST_COPY "scenarios/74-migrate-post-copy.scn"
#define TWO_VMS "scenarios/06-vlan-isolation.scn"

enum { PLAYERS_MAX = 3 };

struct player {
    struct scenario *sc;
    struct world *world;
    bool over;
};

static const struct scenario_options files = {.guest_image = VFSIM_GUEST_IMAGE, .plugin_store = VFSIM_PLUGINS};

static void begin(struct player *p, const char *path)
{
    *p = (struct player){.sc = scenario_read(path, &files)};
    p->world = world_build(p->sc, NULL);
    if (!p->world)
        scenario_print_errors(p->sc, stderr);
    ck_assert_ptr_nonnull(p->world);
}

static void step(struct player *p, uint64_t events)
{
    p->over = p->over || world__run(p->world, SIM_NEVER, sim_event_count(p->world->sim) + events, NULL) == WORLD_STOP_OVER;
}

static char *report_of(struct player *p)
{
    struct report *r = report_create();
    char *text = NULL;
    size_t len;
    FILE *mem = open_memstream(&text, &len);
    ck_assert(p->over);
    ck_assert(world_finish(p->world));
    world_report(p->world, r);
    report_write_json(r, mem);
    fclose(mem);
    report_destroy(r);
    return text;
}

static void end(struct player *p)
{
    world_destroy(p->world);
    scenario_destroy(p->sc);
}

static char *alone(const char *path)
{
    struct player p;
    begin(&p, path);
    while (!p.over)
        step(&p, UINT32_MAX);
    char *text = report_of(&p);
    end(&p);
    return text;
}

static void is_as_alone(struct player *p, const char *path)
{
    char *one = alone(path), *other = report_of(p);
    ck_assert_str_eq(one, other);
    free(one);
    free(other);
}

/* The worlds of these files, `events` of each in turn; destroyed in this order. */
static void in_turn(const char *const *path, unsigned count, uint64_t events, const unsigned *order)
{
    struct player p[PLAYERS_MAX];
    char *report[PLAYERS_MAX];
    for (unsigned i = 0; i < count; i++)
        begin(&p[i], path[i]);
    for (bool over = false; !over;) {
        over = true;
        for (unsigned i = 0; i < count; i++) {
            step(&p[i], events);
            over = over && p[i].over;
        }
    }
    for (unsigned i = 0; i < count; i++)
        report[i] = report_of(&p[i]);
    for (unsigned i = 0; i < count; i++)
        end(&p[order[i]]);
    for (unsigned i = 0; i < count; i++) {
        char *one = alone(path[i]);
        ck_assert_str_eq(one, report[i]);
        free(one);
        free(report[i]);
    }
}

static const unsigned forward[] = {0, 1, 2}, backward[] = {2, 1, 0}, middle_first[] = {1, 0, 2};

START_TEST(two_worlds_event_by_event)
{
    const char *const path[] = {NATIVE, TWO_VMS};
    in_turn(path, 2, 1, forward);
}
END_TEST

START_TEST(the_same_world_twice)
{
    const char *const path[] = {NATIVE, NATIVE};
    in_turn(path, 2, 7, forward);
}
END_TEST

START_TEST(three_worlds)
{
    const char *const path[] = {POST_COPY, CONTROL, TWO_VMS};
    in_turn(path, 3, 499, backward);
}
END_TEST

START_TEST(the_one_in_the_middle_goes_first)
{
    const char *const path[] = {TWO_VMS, NATIVE, NATIVE};
    in_turn(path, 3, 31, middle_first);
}
END_TEST

/* One ends while others are in mid-flow, and another begins. */
START_TEST(worlds_come_and_go)
{
    struct player a, b;
    begin(&a, CONTROL);
    step(&a, 1000);
    for (unsigned i = 0; i < 3; i++) {
        begin(&b, i % 2 ? NATIVE : TWO_VMS);
        step(&b, 100 + 50 * i);
        step(&a, 100);
        end(&b);
        step(&a, 100);
    }
    while (!a.over)
        step(&a, 1000);
    is_as_alone(&a, CONTROL);
    end(&a);
}
END_TEST

START_TEST(one_is_saved_and_restored_beside_another)
{
    char path[] = "/tmp/vfsim-worlds-XXXXXX", err[512] = "";
    int fd = mkstemp(path);
    struct player a, b;
    ck_assert_int_ge(fd, 0);
    close(fd);
    begin(&a, POST_COPY);
    begin(&b, CONTROL);
    for (unsigned i = 0; i < 5; i++) {
        step(&a, 2000);
        step(&b, 500);
        ck_assert_msg(!world_save(a.world, path, err, sizeof(err)), "%s", err);
        end(&a);
        step(&b, 500);
        a = (struct player){0};
        a.world = world_restore(path, NULL, &files, &a.sc, err, sizeof(err));
        ck_assert_msg(a.world != NULL, "%s", err);
    }
    while (!a.over || !b.over) {
        step(&a, 1000);
        step(&b, 100);
    }
    is_as_alone(&b, CONTROL);
    is_as_alone(&a, POST_COPY);
    end(&a);
    end(&b);
    unlink(path);
}
END_TEST

/* What a recycler keeps lies in the windows too, and leaves them for the other world. */
START_TEST(one_is_cut_again_and_again_beside_another)
{
    struct world_paranoia paranoia = {.every = 37, .to = SIM_NEVER};
    char err[512] = "";
    struct player a, b;
    begin(&a, NATIVE);
    begin(&b, TWO_VMS);
    for (sim_time until = 10 * SIM_US; !a.over; until *= 2) {
        int over = world_run_paranoid(&a.world, until, NULL, &paranoia, err, sizeof(err));
        ck_assert_msg(over >= 0, "%s", err);
        a.over = over;
        step(&b, 20);
    }
    ck_assert_uint_gt(paranoia.cuts, 5);
    ck_assert_msg(!world_end_paranoia(a.world, &paranoia, err, sizeof(err)), "%s", err);
    while (!b.over)
        step(&b, 1000);
    is_as_alone(&b, TWO_VMS);
    is_as_alone(&a, NATIVE);
    end(&b);
    end(&a);
}
END_TEST

static void *build_in_thread(void *arg)
{
    struct scenario *sc = scenario_read(NATIVE, &files);
    struct world *w = world_build(sc, NULL);
    snprintf(arg, 512, "%s", w ? "built" : scenario_error_text(sc, 0, NULL, NULL));
    world_destroy(w);
    scenario_destroy(sc);
    return NULL;
}

static void other_thread_says(const char *what)
{
    pthread_t thread;
    char said[512] = "";
    ck_assert_int_eq(pthread_create(&thread, NULL, build_in_thread, said), 0);
    pthread_join(thread, NULL);
    ck_assert_msg(strstr(said, what) != NULL, "%s", said);
}

START_TEST(a_second_thread_is_refused)
{
    struct player a;
    begin(&a, NATIVE);
    other_thread_says("worlds with VMs belong to another thread of this process, until it has destroyed them");
    while (!a.over)
        step(&a, 1000);
    is_as_alone(&a, NATIVE);
    end(&a);
    other_thread_says("built");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("worlds");
    TCase *t = tcase_create("worlds");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, two_worlds_event_by_event);
    tcase_add_test(t, the_same_world_twice);
    tcase_add_test(t, three_worlds);
    tcase_add_test(t, the_one_in_the_middle_goes_first);
    tcase_add_test(t, worlds_come_and_go);
    tcase_add_test(t, one_is_saved_and_restored_beside_another);
    tcase_add_test(t, one_is_cut_again_and_again_beside_another);
    tcase_add_test(t, a_second_thread_is_refused);
    suite_add_tcase(s, t);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
