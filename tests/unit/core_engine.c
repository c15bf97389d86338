/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Posting, order, cancelling and running. */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "core/world/sim.h"

struct toy {
    struct component c;
    struct toy *log; /* where all write */
    char text[256];
    struct event_id other; /* cancelled by verb 'x' */
};

static void toy_event(struct component *self, const struct event *ev)
{
    struct toy *t = (struct toy *)self;
    size_t n = strlen(t->log->text);
    t->log->text[n] = (char)ev->verb;
    switch (ev->verb) {
    case 'p': /* posts into the same picosecond: before and after what is still pending there */
        event_post(self, self, ev->time, EV_END, 'z', 0, 0, 0);
        event_post(self, self, ev->time, EV_HW, 'q', 0, 0, 0);
        break;
    case 'x':
        event_cancel(self->sim, &t->other);
        break;
    case 's':
        sim_stop(self->sim);
        break;
    }
}

static const struct component_ops toy_ops = {.kind = "toy", .event = toy_event};

static struct sim *world(struct toy *a, struct toy *b, const struct sim_limits *limits)
{
    struct sim *sim = sim_create(1, limits);
    memset(a, 0, sizeof(*a));
    memset(b, 0, sizeof(*b));
    component_init(&a->c, sim, &toy_ops, "a");
    component_init(&b->c, sim, &toy_ops, "b");
    a->log = b->log = a;
    return sim;
}

START_TEST(the_key_orders_ties)
{
    struct toy a, b;
    struct sim *sim = world(&a, &b, NULL);
    event_post(&b.c, &b.c, 100, EV_CPU, '6', 0, 0, 0);
    event_post(&b.c, &b.c, 100, EV_HW, '4', 0, 0, 0);
    event_post(&b.c, &b.c, 100, EV_HW, '5', 0, 0, 0);
    event_post(&a.c, &b.c, 100, EV_HW, '3', 0, 0, 0);
    event_post(&b.c, &a.c, 100, EV_HW, '2', 0, 0, 0);
    event_post(&b.c, &b.c, 100, EV_SCENARIO, '1', 0, 0, 0);
    event_post(&b.c, &b.c, 99, EV_END, '0', 0, 0, 0);
    ck_assert_uint_eq(sim_pending_count(sim), 7);
    ck_assert_uint_eq(sim_run_until(sim, SIM_NEVER), 7);
    ck_assert_str_eq(a.text, "0123456");
    ck_assert_uint_eq(sim_now(sim), 100);
    sim_destroy(sim);
}
END_TEST

START_TEST(a_post_into_the_same_instant_is_ordered)
{
    struct toy a, b;
    struct sim *sim = world(&a, &b, NULL);
    event_post(&a.c, &a.c, 5, EV_HW, 'p', 0, 0, 0);
    event_post(&a.c, &b.c, 5, EV_HW, 'r', 0, 0, 0);
    event_post(&a.c, &b.c, 5, EV_CPU, 'y', 0, 0, 0);
    sim_run_until(sim, 5);
    ck_assert_str_eq(a.text, "pqryz");
    sim_destroy(sim);
}
END_TEST

START_TEST(a_cancelled_event_is_not_seen)
{
    struct toy a, b;
    struct sim *sim = world(&a, &b, NULL);
    struct event_id first = event_post(&a.c, &a.c, 10, EV_HW, '1', 0, 0, 0);
    struct event_id copy = first;
    event_post(&a.c, &a.c, 5 * SIM_MS, EV_HW, '2', 0, 0, 0);
    ck_assert_uint_eq(sim_next_event_time(sim), 10);
    ck_assert(event_cancel(sim, &first));
    ck_assert(!event_id_is_set(first));
    ck_assert(!event_cancel(sim, &first));
    struct event_id second = event_post(&a.c, &a.c, 15, EV_HW, '1', 0, 0, 0);
    ck_assert_uint_eq(second.slot, copy.slot);
    ck_assert(!event_cancel(sim, &copy)); /* an old name of a slot used again cancels nothing */
    ck_assert(event_cancel(sim, &second));
    copy = event_post(&a.c, &a.c, 20, EV_HW, 'x', 0, 0, 0);
    a.other = event_post(&a.c, &a.c, 30, EV_HW, '4', 0, 0, 0);
    ck_assert_uint_eq(sim_next_event_time(sim), 20);
    sim_run_until(sim, SIM_NEVER);
    ck_assert_str_eq(a.text, "x2");
    ck_assert(!event_cancel(sim, &copy)); /* it has happened */
    ck_assert_uint_eq(sim_next_event_time(sim), SIM_NEVER);
    ck_assert_uint_eq(sim_pending_count(sim), 0);
    sim_destroy(sim);
}
END_TEST

START_TEST(run_until_stops_in_time)
{
    struct toy a, b;
    struct sim *sim = world(&a, &b, NULL);
    event_post(&a.c, &a.c, 10, EV_HW, '1', 0, 0, 0);
    event_post(&a.c, &a.c, 20, EV_HW, 's', 0, 0, 0);
    event_post(&a.c, &a.c, 30, EV_HW, '3', 0, 0, 0);
    ck_assert_uint_eq(sim_run_until(sim, 15), 1);
    ck_assert_uint_eq(sim_now(sim), 15);
    ck_assert_uint_eq(sim_run_until(sim, 100), 1);
    ck_assert_uint_eq(sim_now(sim), 20);
    ck_assert(sim_step(sim));
    ck_assert(!sim_step(sim));
    ck_assert_str_eq(a.text, "1s3");
    ck_assert_uint_eq(sim_event_count(sim), 3);
    sim_destroy(sim);
}
END_TEST

START_TEST(the_past_is_closed)
{
    struct toy a, b;
    struct sim *sim = world(&a, &b, NULL);
    sim_run_until(sim, 100);
    event_post(&a.c, &a.c, 99, EV_HW, '1', 0, 0, 0);
    sim_destroy(sim);
}
END_TEST

START_TEST(the_limit_of_events_holds)
{
    struct toy a, b;
    struct sim *sim = world(&a, &b, &(struct sim_limits){.events = 8});
    for (int i = 0; i < 9; i++)
        event_post(&a.c, &a.c, 99, EV_HW, '1', 0, 0, 0);
    sim_destroy(sim);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core_engine");
    TCase *tc = tcase_create("all");
    tcase_add_test(tc, the_key_orders_ties);
    tcase_add_test(tc, a_post_into_the_same_instant_is_ordered);
    tcase_add_test(tc, a_cancelled_event_is_not_seen);
    tcase_add_test(tc, run_until_stops_in_time);
    tcase_add_test_raise_signal(tc, the_past_is_closed, SIGABRT);
    tcase_add_test_raise_signal(tc, the_limit_of_events_holds, SIGABRT);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
