/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every pending-event set gives exactly the order of event_before(), whatever is pushed and removed when. */
#include <check.h>
#include <stdlib.h>

#include "bench/evq_sets.h"
#include "core/engine/evq_wheel.h"
#include "core/prng.h"

enum { PENDING_MAX = 600, STEPS = 60000 };

/* The plain truth: look at every pending event. */
static uint32_t first_of(const struct evq_pool *pool)
{
    uint32_t first = 0;
    for (uint32_t i = 1; i <= pool->high; i++)
        if (pool->node[i].where != EVQ_FREE && (!first || event_before(&pool->node[i].ev, &pool->node[first].ev)))
            first = i;
    return first;
}

static sim_time some_time(struct prng *p, sim_time now)
{
    static const sim_time spans[] = {1, 3, 1000, 1 << 10, 1 << 22, (sim_time)1 << 34, (sim_time)1 << 40};
    sim_time t = sim_time_add(now, prng_below(p, spans[prng_below(p, 7)]));
    return t == SIM_NEVER ? SIM_NEVER - 1 : t;
}

static void step(const struct evq_ops *ops, void *set, struct evq_pool *pool, struct prng *p, sim_time *now, bool filling)
{
    uint64_t what = prng_below(p, 10);
    uint32_t first = first_of(pool);
    if (what < (filling ? 7u : 3u) && pool->used < PENDING_MAX) {
        static uint64_t seq;
        uint32_t slot = evq_pool_take(pool);
        pool->node[slot].ev = (struct event){
            .time = some_time(p, *now),
            .seq = seq++,
            .target = (uint16_t)(1 + prng_below(p, 3)),
            .source = (uint16_t)(1 + prng_below(p, 3)),
            .cls = (uint8_t)prng_below(p, 5),
        };
        ops->push(set, slot);
    } else if (what == 9 && first) {
        uint32_t slot = prng_below(p, 3) ? 1 + (uint32_t)prng_below(p, pool->high) : first;
        if (pool->node[slot].where == EVQ_FREE)
            return;
        ops->remove(set, slot);
        ck_assert_uint_eq(pool->node[slot].where, EVQ_FREE);
        evq_pool_give(pool, slot);
    } else {
        sim_time first_time = first ? pool->node[first].ev.time : SIM_NEVER;
        if (prng_below(p, 2))
            ck_assert_uint_eq(ops->peek_time(set), first_time);
        uint32_t slot = ops->pop(set);
        ck_assert_uint_eq(slot, first);
        if (slot) {
            *now = first_time;
            evq_pool_give(pool, slot);
        }
    }
}

static void churn(const struct evq_ops *ops, sim_time start, uint64_t seed)
{
    struct evq_pool pool;
    struct prng p;
    prng_init(&p, seed, ops->name);
    ck_assert_int_eq(evq_pool_init(&pool, PENDING_MAX, NULL), 0);
    void *set = ops->create(&pool);
    ck_assert_ptr_nonnull(set);
    sim_time now = start;
    for (int i = 0; i < STEPS; i++)
        step(ops, set, &pool, &p, &now, i / 500 % 2 == 0);
    ops->destroy(set);
    evq_pool_fini(&pool);
}

START_TEST(every_set_keeps_the_order)
{
    churn(evq_sets[_i], 0, 1);
    churn(evq_sets[_i], SIM_S, 2);
}
END_TEST

START_TEST(the_wheel_reaches_the_end_of_time) { churn(evq_sets[0], SIM_NEVER - ((sim_time)1 << 36), 3); }
END_TEST

START_TEST(ties_in_one_picosecond_are_cheap)
{
    enum { N = 100000 };
    struct evq_pool pool;
    struct evq_wheel w;
    ck_assert_int_eq(evq_pool_init(&pool, N, NULL), 0);
    ck_assert_int_eq(evq_wheel_init(&w, &pool), 0);
    for (uint32_t i = 0; i < N; i++) {
        uint32_t slot = evq_pool_take(&pool);
        pool.node[slot].ev = (struct event){.time = 5000000, .seq = N - i, .target = 1, .source = 1};
        evq_wheel_push(&w, slot);
    }
    ck_assert_uint_eq(evq_pool_take(&pool), 0); /* the limit */
    for (uint32_t i = N; i-- > 0;)
        if (i % 2)
            evq_wheel_remove(&w, i + 1); /* those with odd i */
    for (uint32_t i = N; i-- > 0;)
        if (i % 2 == 0)
            ck_assert_uint_eq(evq_wheel_pop_until(&w, SIM_NEVER), i + 1);
    ck_assert_uint_eq(evq_wheel_pop_until(&w, SIM_NEVER), 0);
    evq_wheel_fini(&w);
    evq_pool_fini(&pool);
}
END_TEST

START_TEST(pop_until_stops_and_goes_on)
{
    static const sim_time times[] = {10, 2000, 2001, 5000000, (sim_time)1 << 35};
    struct evq_pool pool;
    struct evq_wheel w;
    ck_assert_int_eq(evq_pool_init(&pool, 64, NULL), 0);
    ck_assert_int_eq(evq_wheel_init(&w, &pool), 0);
    for (uint32_t i = 0; i < 5; i++) {
        uint32_t slot = evq_pool_take(&pool);
        pool.node[slot].ev = (struct event){.time = times[i], .target = 1, .source = 1};
        evq_wheel_push(&w, slot);
    }
    for (uint32_t i = 0; i < 5; i++) {
        ck_assert_uint_eq(evq_wheel_pop_until(&w, times[i] - 1), 0);
        ck_assert_uint_eq(evq_wheel_first_time(&w), times[i]);
        /* What is posted into the time that was looked at already comes first. */
        uint32_t slot = evq_pool_take(&pool);
        pool.node[slot].ev = (struct event){.time = times[i] - 1, .target = 1, .source = 1};
        evq_wheel_push(&w, slot);
        ck_assert_uint_eq(evq_wheel_first_time(&w), times[i] - 1);
        ck_assert_uint_eq(evq_wheel_pop_until(&w, times[i]), slot);
        ck_assert_uint_eq(evq_wheel_pop_until(&w, times[i]), i + 1);
    }
    ck_assert_uint_eq(evq_wheel_first_time(&w), SIM_NEVER);
    evq_wheel_fini(&w);
    evq_pool_fini(&pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core_evq");
    TCase *tc = tcase_create("all");
    tcase_add_loop_test(tc, every_set_keeps_the_order, 0, EVQ_SETS);
    tcase_add_test(tc, the_wheel_reaches_the_end_of_time);
    tcase_add_test(tc, ties_in_one_picosecond_are_cheap);
    tcase_add_test(tc, pop_until_stops_and_goes_on);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
