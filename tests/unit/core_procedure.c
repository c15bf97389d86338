/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Procedures: each test is a line of what happened, in order. */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine/procedure.h"
#include "core/world/sim.h"

enum { GO_ON = 1, LATE };

struct worker {
    struct component c;
    struct procedure p;
    char text[512];
    const char *fails; /* by starts() */
    int cancel;        /* ends() makes a step that went well fail */
    unsigned rounds;
};

static void say(struct worker *w, const char *fmt, ...)
{
    size_t n = strlen(w->text);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(w->text + n, sizeof(w->text) - n, fmt, ap);
    va_end(ap);
}

static int starts(void *owner, const struct procedure_step *step)
{
    struct worker *w = owner;
    say(w, " %s", step->name);
    return w->fails && strcmp(w->fails, step->name) == 0 ? -EIO : 0;
}

static int ends(void *owner, const struct procedure_step *step, int answer)
{
    struct worker *w = owner;
    if (answer < 0)
        say(w, "!%d", -answer);
    if (answer == 0 && w->cancel) {
        say(w, "!off");
        return w->cancel;
    }
    return answer;
}

static void undoes(void *owner, const struct procedure_step *step) { say(owner, " -%s", step->name); }
static void ended(void *owner, int status) { say(owner, " end:%d", -status); }

static int waits(void *owner) { return PROCEDURE_WAIT; }
static int breaks(void *owner) { return -ENOSPC; }
static int early(void *owner)
{
    struct worker *w = owner;
    ck_assert(procedure_done(&w->p, w->p.gen, 0));
    return PROCEDURE_WAIT;
}
static int came(void *owner)
{
    say(owner, "+");
    return PROCEDURE_NEXT;
}
static int back(void *owner)
{
    struct worker *w = owner;
    if (++w->rounds == 3)
        return PROCEDURE_NEXT;
    procedure_jump(&w->p, "look");
    return PROCEDURE_JUMP;
}
static int again(void *owner)
{
    struct worker *w = owner;
    return ++w->rounds < 3 ? PROCEDURE_AGAIN : PROCEDURE_NEXT;
}
static int leave(void *owner) { return PROCEDURE_LEAVE; }
static int goes(void *owner)
{
    struct worker *w = owner;
    procedure_go(&w->p, "far");
    return -EIO; /* counts for nothing */
}
static int drops(void *owner)
{
    struct worker *w = owner;
    procedure_drop(&w->p);
    return PROCEDURE_AGAIN;
}

#define TABLE(name, failure, ...)                                      \
    static const struct procedure_step name##_steps[] = {__VA_ARGS__}; \
    static const struct procedure_table name = PROCEDURE_TABLE(#name, name##_steps, failure)

TABLE(straight, PROCEDURE_ENDS, {.name = "a"}, {.name = "b", .start = waits, .done = came},
      {.name = "c", .start = early, .done = came});
TABLE(undone, PROCEDURE_UNDOES, {.name = "a", .undo = waits}, {.name = "b"}, {.name = "c", .undo = came},
      {.name = "d", .undo = came}, {.name = "e", .undo = came, .undo_when_failed = true});
TABLE(forced, PROCEDURE_FORCES, {.name = "a", .start = breaks}, {.name = "b", .start = waits}, {.name = "c", .start = waits});
TABLE(loop, PROCEDURE_ENDS, {.name = "look"}, {.name = "sleep", .start = waits, .done = back}, {.name = "after", .start = again});
TABLE(inner, PROCEDURE_UNDOES, {.name = "x", .undo = came}, {.name = "y", .start = waits}, {.name = "z"});
TABLE(outer, PROCEDURE_UNDOES, {.name = "a", .undo = came}, {.name = "b", .sub = &inner, .done = came},
      {.name = "c", .start = waits});
TABLE(left, PROCEDURE_ENDS, {.name = "a", .start = leave}, {.name = "never"});
TABLE(far, PROCEDURE_ENDS, {.name = "a", .start = waits, .done = goes}, {.name = "b"}, {.name = "far", .start = waits});
TABLE(dropped, PROCEDURE_ENDS, {.name = "a", .start = drops}, {.name = "never"});
TABLE(hurried, PROCEDURE_ENDS, {.name = "a", .start = waits, .timeout = 100}, {.name = "never"});

static const struct procedure_table *const tables[] = {&straight, &undone, &forced,  &loop,    &inner, &outer,
                                                       &left,     &far,    &dropped, &hurried, NULL};
static const struct procedure_kind at_once = {tables, starts, ends, undoes, ended, .late_verb = LATE, .cls = EV_HOST};
static const struct procedure_kind by_event = {tables, starts, ends, undoes, ended, GO_ON, LATE, EV_HOST};

static void happens(struct component *self, const struct event *ev)
{
    struct worker *w = (struct worker *)self;
    say(w, ev->verb == GO_ON ? "." : "");
    procedure_event(&w->p, ev);
}

static const struct component_ops ops = {.kind = "worker", .event = happens};

static struct sim *sim;

static struct worker *worker(const struct procedure_kind *kind)
{
    static struct worker w;
    sim = sim_create(1, NULL);
    memset(&w, 0, sizeof(w));
    component_init(&w.c, sim, &ops, "w");
    procedure_init(&w.p, kind, &w, &w.c, 7);
    return &w;
}

static void says(struct worker *w, const char *text)
{
    ck_assert_str_eq(w->text, text);
    sim_destroy(sim);
}

static void done(struct worker *w, int status) { ck_assert(procedure_done(&w->p, w->p.gen, status)); }

START_TEST(goes_on_when_told)
{
    struct worker *w = worker(&at_once);
    procedure_begin(&w->p, &straight);
    say(w, " |");
    done(w, 0);
    ck_assert(!procedure_is_active(&w->p));
    says(w, " a b |+ c+ end:0");
}
END_TEST

START_TEST(goes_on_by_an_event)
{
    struct worker *w = worker(&by_event);
    procedure_begin(&w->p, &straight);
    sim_run_until(sim, 10);
    done(w, 0);
    say(w, " |");
    sim_run_until(sim, 10);
    says(w, " a. b+ |. c+. end:0");
}
END_TEST

START_TEST(news_of_another_step_is_not_taken)
{
    struct worker *w = worker(&at_once);
    procedure_begin(&w->p, &straight);
    ck_assert(!procedure_done(&w->p, w->p.gen - 1, -EIO));
    done(w, 0);
    ck_assert(!procedure_done(&w->p, w->p.gen, 0));
    says(w, " a b+ c+ end:0");
}
END_TEST

START_TEST(undoes_in_reverse)
{
    struct worker *w = worker(&at_once);
    w->fails = "d";
    procedure_begin(&w->p, &undone);
    ck_assert(procedure_is_undoing(&w->p));
    say(w, " |");
    done(w, 0);
    says(w, " a b c d!5 -c+ -a | end:5");
}
END_TEST

START_TEST(undoes_what_failed_where_it_says_so)
{
    struct worker *w = worker(&at_once);
    w->fails = "e";
    procedure_begin(&w->p, &undone);
    done(w, 0);
    says(w, " a b c d e!5 -e+ -d+ -c+ -a end:5");
}
END_TEST

START_TEST(undoes_a_step_that_is_called_off)
{
    struct worker *w = worker(&at_once);
    w->cancel = -ECANCELED;
    procedure_begin(&w->p, &undone);
    done(w, 0);
    says(w, " a!off -a end:125");
}
END_TEST

START_TEST(forces_the_rest)
{
    struct worker *w = worker(&at_once);
    procedure_begin(&w->p, &forced);
    done(w, -EPERM);
    done(w, 0);
    says(w, " a!28 b!1 c end:28");
}
END_TEST

START_TEST(jumps_and_starts_again)
{
    struct worker *w = worker(&at_once);
    procedure_begin(&w->p, &loop);
    for (int i = 0; i < 3; i++)
        done(w, 0);
    ck_assert_uint_eq(w->rounds, 4);
    says(w, " look sleep look sleep look sleep after end:0");
}
END_TEST

START_TEST(leaves_the_rest_out)
{
    struct worker *w = worker(&at_once);
    procedure_begin(&w->p, &left);
    says(w, " a end:0");
}
END_TEST

START_TEST(runs_a_table_in_a_step)
{
    struct worker *w = worker(&at_once);
    procedure_begin(&w->p, &outer);
    ck_assert_str_eq(procedure_step_now(&w->p)->name, "y");
    ck_assert_str_eq(procedure_table_now(&w->p)->name, "outer");
    done(w, 0);
    done(w, 0);
    says(w, " a b x y z+ c end:0");
}
END_TEST

START_TEST(fails_the_step_whose_table_fails)
{
    struct worker *w = worker(&at_once);
    procedure_begin(&w->p, &outer);
    done(w, -EIO);
    says(w, " a b x y!5 -x+!5 -a+ end:5");
}
END_TEST

START_TEST(is_late)
{
    struct worker *w = worker(&at_once);
    procedure_begin(&w->p, &hurried);
    ck_assert_uint_eq(sim_run_until(sim, 99), 0);
    ck_assert_uint_eq(sim_run_until(sim, 100), 1);
    says(w, " a!110 end:110");
}
END_TEST

START_TEST(has_no_time_out_behind_its_step)
{
    struct worker *w = worker(&at_once);
    procedure_begin(&w->p, &hurried);
    done(w, -EIO);
    ck_assert_uint_eq(sim_run_until(sim, 1000), 0);
    says(w, " a!5 end:5");
}
END_TEST

START_TEST(goes_to_disk_by_its_names)
{
    struct worker *w = worker(&by_event);
    struct worker other = *w;
    struct save out, in;
    procedure_begin(&w->p, &outer);
    sim_run_until(sim, 10);
    save_init_writer(&out);
    procedure_save(&w->p, &out);
    ck_assert_ptr_nonnull(memmem(out.buf, out.len, "inner", 6));
    ck_assert_ptr_nonnull(memmem(out.buf, out.len, "outer", 6));
    save_init_reader(&in, out.buf, out.len);
    procedure_save(&other.p, &in);
    ck_assert_int_eq(in.err, 0);
    ck_assert(procedure_table_now(&other.p) == &outer && procedure_step_now(&other.p) == procedure_step_now(&w->p));
    ck_assert_uint_eq(other.p.gen, w->p.gen);
    *(char *)memmem(out.buf, out.len, "inner", 6) = 'I';
    save_init_reader(&in, out.buf, out.len);
    procedure_save(&other.p, &in);
    ck_assert_str_eq(in.why, "w: no step \"y\" of a procedure \"Inner\"");
    ck_assert(!procedure_is_active(&other.p));
    save_fini(&out);
    sim_destroy(sim);
}
END_TEST

/* A step that is over, its event on the way: what it came to, and what failed before it, end the procedure elsewhere, too. */
START_TEST(goes_to_disk_between_two_steps)
{
    struct worker *w = worker(&by_event);
    struct worker other = *w;
    struct save out, in;
    procedure_begin(&w->p, &forced);
    sim_run_until(sim, 10);
    done(w, -EPERM);
    ck_assert(w->p.status == -ENOSPC && w->p.result == -EPERM);
    save_init_writer(&out);
    procedure_save(&w->p, &out);
    save_init_reader(&in, out.buf, out.len);
    procedure_save(&other.p, &in);
    ck_assert_int_eq(in.err, 0);
    ck_assert_int_eq(other.p.status, -ENOSPC);
    ck_assert_int_eq(other.p.result, -EPERM);
    save_fini(&out);
    sim_destroy(sim);
}
END_TEST

START_TEST(goes_where_it_is_sent)
{
    struct worker *w = worker(&at_once);
    uint32_t gen;
    procedure_begin(&w->p, &far);
    gen = w->p.gen;
    done(w, 0);
    ck_assert_str_eq(procedure_step_now(&w->p)->name, "far");
    ck_assert(!procedure_done(&w->p, gen, 0));
    procedure_go(&w->p, "b");
    procedure_go(&w->p, "a");
    done(w, -EIO);
    says(w, " a far b far a!5 end:5");
}
END_TEST

START_TEST(is_dropped_by_its_own_step)
{
    struct worker *w = worker(&at_once);
    procedure_begin(&w->p, &dropped);
    ck_assert(!procedure_is_active(&w->p));
    says(w, " a");
}
END_TEST

START_TEST(is_dropped_without_a_word)
{
    struct worker *w = worker(&by_event);
    procedure_begin(&w->p, &undone);
    procedure_drop(&w->p);
    sim_run_until(sim, 10);
    ck_assert(!procedure_is_active(&w->p));
    says(w, " a.");
}
END_TEST

TABLE(long_names, PROCEDURE_ENDS, {.name = "a step with a name of more than 39 bytes"});
TABLE(twins, PROCEDURE_ENDS, {.name = "a"}, {.name = "a"});

static void begin_one_that_no_save_can_name(const struct procedure_table *table, bool listed)
{
    static const struct procedure_table *const listed_ones[] = {&long_names, &twins, NULL};
    static const struct procedure_kind kind = {.table = listed_ones};
    struct worker *w = worker(listed ? &kind : &at_once);
    procedure_begin(&w->p, table);
}

START_TEST(a_name_too_long_to_save) { begin_one_that_no_save_can_name(&long_names, true); }
END_TEST
START_TEST(two_steps_of_one_name) { begin_one_that_no_save_can_name(&twins, true); }
END_TEST
START_TEST(a_table_that_is_not_listed) { begin_one_that_no_save_can_name(&long_names, false); }
END_TEST

int main(void)
{
    Suite *suite = suite_create("core_procedure");
    TCase *tc = tcase_create("all");
    tcase_add_test(tc, goes_on_when_told);
    tcase_add_test(tc, goes_on_by_an_event);
    tcase_add_test(tc, news_of_another_step_is_not_taken);
    tcase_add_test(tc, undoes_in_reverse);
    tcase_add_test(tc, undoes_what_failed_where_it_says_so);
    tcase_add_test(tc, undoes_a_step_that_is_called_off);
    tcase_add_test(tc, forces_the_rest);
    tcase_add_test(tc, jumps_and_starts_again);
    tcase_add_test(tc, leaves_the_rest_out);
    tcase_add_test(tc, runs_a_table_in_a_step);
    tcase_add_test(tc, fails_the_step_whose_table_fails);
    tcase_add_test(tc, is_late);
    tcase_add_test(tc, has_no_time_out_behind_its_step);
    tcase_add_test(tc, goes_to_disk_by_its_names);
    tcase_add_test(tc, goes_to_disk_between_two_steps);
    tcase_add_test(tc, goes_where_it_is_sent);
    tcase_add_test(tc, is_dropped_by_its_own_step);
    tcase_add_test(tc, is_dropped_without_a_word);
    tcase_add_test_raise_signal(tc, a_name_too_long_to_save, SIGABRT);
    tcase_add_test_raise_signal(tc, two_steps_of_one_name, SIGABRT);
    tcase_add_test_raise_signal(tc, a_table_that_is_not_listed, SIGABRT);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failures = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failures != 0;
}
