/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far a component may run ahead: what concerns it, what is far, what is nobody's alone. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine/horizon.h"
#include "core/prng.h"
#include "core/world/sim.h"

struct toys {
    struct sim *sim;
    struct component runner, other, wire, host;
};

enum { PENDING = 300 };
static sim_time pending[PENDING]; /* of the last test's events */

static void over(struct component *self, const struct event *ev)
{
    (void)self;
    pending[ev->a] = SIM_NEVER;
}

static const struct component_ops toy_ops = {.kind = "toy", .event = over};

static void world(struct toys *t, sim_time lookahead)
{
    t->sim = sim_create(1, NULL);
    component_init(&t->runner, t->sim, &toy_ops, "runner");
    component_init(&t->other, t->sim, &toy_ops, "other");
    component_init(&t->wire, t->sim, &toy_ops, "wire");
    component_init(&t->host, t->sim, &toy_ops, "host");
    component_runs_ahead(&t->runner);
    component_runs_ahead(&t->other);
    component_is_far(&t->wire);
    if (lookahead != SIM_NEVER)
        sim_limit_lookahead(t->sim, lookahead);
}

static struct event_id post(struct component *to, sim_time at) { return event_post(to, to, at, EV_HW, 1, 0, 0, 0); }

#ifdef VFSIM_PLAIN
#define SEEN(plain, near) plain
#else
#define SEEN(plain, near) near
#endif

START_TEST(each_kind_counts_from_its_time)
{
    struct toys t;
    world(&t, 50);
    ck_assert_uint_eq(component_horizon(&t.runner), SIM_NEVER);
    post(&t.wire, 100); /* far: it takes the lookahead */
    ck_assert_uint_eq(component_horizon(&t.runner), SEEN(100, 150));
    post(&t.runner, 140); /* its own */
    ck_assert_uint_eq(component_horizon(&t.runner), SEEN(100, 140));
    ck_assert_uint_eq(component_horizon(&t.other), SEEN(100, 150));
    struct event_id host = post(&t.host, 130); /* anybody's */
    ck_assert_uint_eq(component_horizon(&t.runner), SEEN(100, 130));
    ck_assert_uint_eq(component_horizon(&t.other), SEEN(100, 130));
    event_cancel(t.sim, &host);
    ck_assert_uint_eq(component_horizon(&t.other), SEEN(100, 150));
    sim_destroy(t.sim);
}
END_TEST

START_TEST(an_event_may_concern_several)
{
    struct toys t;
    world(&t, 50);
    struct event_id id = post(&t.wire, 100);
    event_concerns(&t.runner, id);
    event_concerns(&t.host, id); /* does not run ahead: nothing */
    ck_assert_uint_eq(component_horizon(&t.runner), 100);
    ck_assert_uint_eq(component_horizon(&t.other), SEEN(100, 150));
    event_concerns(&t.other, id);
    ck_assert_uint_eq(component_horizon(&t.other), 100);
    sim_step(t.sim);
    ck_assert_uint_eq(component_horizon(&t.runner), SIM_NEVER);
    event_concerns(&t.runner, id); /* it is over */
    event_concerns(&t.runner, (struct event_id){4000000, 1});
    event_concerns(&t.runner, (struct event_id){0, 0});
    ck_assert_uint_eq(component_horizon(&t.runner), SIM_NEVER);
    sim_destroy(t.sim);
}
END_TEST

START_TEST(without_a_word_nothing_is_far)
{
    struct toys t;
    world(&t, SIM_NEVER);
    ck_assert_uint_eq(sim_lookahead(t.sim), 0);
    post(&t.wire, 100);
    ck_assert_uint_eq(component_horizon(&t.runner), 100);
    sim_limit_lookahead(t.sim, 30);
    sim_limit_lookahead(t.sim, 70);
    ck_assert_uint_eq(sim_lookahead(t.sim), 30);
    sim_limit_lookahead(t.sim, 0);
    ck_assert_uint_eq(component_horizon(&t.runner), 100);
    sim_destroy(t.sim);
}
END_TEST

static sim_time looked;
static void look(struct component *self, const struct event *ev)
{
    (void)ev;
    looked = component_horizon(self);
}

START_TEST(a_step_knows_where_its_run_ends)
{
    static const struct component_ops looker_ops = {.kind = "looker", .event = look};
    struct toys t;
    struct component looker;
    world(&t, 50);
    component_init(&looker, t.sim, &looker_ops, "looker");
    component_runs_ahead(&looker);
    for (sim_time at = 10; at <= 30; at += 10)
        post(&looker, at);
    ck_assert(sim_step_until(t.sim, 15));
    ck_assert_uint_eq(looked, 15);
    ck_assert(!sim_step_until(t.sim, 15));
    sim_run_until(t.sim, 20);
    ck_assert_uint_eq(looked, 20);
    ck_assert(sim_step(t.sim));
    ck_assert_uint_eq(looked, SIM_NEVER);
    sim_destroy(t.sim);
}
END_TEST

/* The first of what is pending, found by looking at all, while thousands are posted, cancelled and dispatched. */
START_TEST(lists_lose_nothing_and_stay_short)
{
    enum { STEPS = 20000 };
    struct toys t;
    struct prng prng;
    struct event_id id[PENDING] = {{0, 0}};
    world(&t, 1000);
    prng_init(&prng, 7, "concerns");
    for (unsigned i = 0; i < PENDING; i++)
        pending[i] = SIM_NEVER;
    for (unsigned step = 0; step < STEPS; step++) {
        uint64_t i = prng_below(&prng, PENDING);
        sim_time first = SIM_NEVER;
        event_cancel(t.sim, &id[i]);
        pending[i] = sim_now(t.sim) + 1 + prng_below(&prng, 5000);
        id[i] = event_post(&t.runner, &t.runner, pending[i], EV_HW, 1, i, 0, 0);
        if (step % 3 == 0)
            sim_step(t.sim);
        for (unsigned n = 0; n < PENDING; n++)
            first = pending[n] < first ? pending[n] : first;
        ck_assert_uint_eq(component_horizon(&t.runner), first);
    }
    ck_assert_uint_lt(t.runner.ahead->heap.cap, 8 * PENDING);
    sim_destroy(t.sim);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core_horizon");
    TCase *tc = tcase_create("all");
    tcase_add_test(tc, each_kind_counts_from_its_time);
    tcase_add_test(tc, an_event_may_concern_several);
    tcase_add_test(tc, without_a_word_nothing_is_far);
    tcase_add_test(tc, a_step_knows_where_its_run_ends);
    tcase_add_test(tc, lists_lose_nothing_and_stay_short);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
