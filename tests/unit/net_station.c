/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of a station's workloads goes next: the one that is due first, and of those at one time the one that was added first. */
#include <check.h>
#include <stdlib.h>

#include "core/prng.h"
#include "net/net__.h"

enum { WORKLOADS = 300, STEPS = 20000 };

static void due(struct station *station, sim_time at) {}
static const struct station_ops station_ops = {.due = due};
static void fill(struct workload *w, uint8_t *buf) {}
static const struct workload_ops workload_ops = {.fill = fill};
static const struct component_ops component_ops = {.kind = "test"};

static struct workload workload[WORKLOADS];
static uint64_t added[WORKLOADS]; /* when it was attached; 0: it is not */

/* What the heap is held to. */
static struct workload *first_of_all(void)
{
    struct workload *first = NULL;
    for (unsigned i = 0; i < WORKLOADS; i++) {
        struct workload *w = &workload[i];
        if (added[i] && (!first || w->due < first->due || (w->due == first->due && added[i] < added[first - workload])))
            first = w;
    }
    return first;
}

START_TEST(the_first_goes_first)
{
    struct sim *sim = sim_create(1, NULL);
    struct component comp;
    struct station station = {0};
    struct prng prng;
    uint64_t turn = 0;
    prng_init(&prng, 7, "station");
    component_init(&comp, sim, &component_ops, "test");
    ck_assert_int_eq(station_init(&station, sim, &comp, "s", &station_ops), 0);
    for (unsigned i = 0; i < WORKLOADS; i++)
        workload[i] = (struct workload){.ops = &workload_ops, .due = SIM_NEVER};
    for (unsigned step = 0; step < STEPS; step++) {
        unsigned i = (unsigned)prng_below(&prng, WORKLOADS);
        uint64_t what = prng_below(&prng, 10);
        if (!added[i]) {
            workload__set_due(&workload[i], what == 0 ? SIM_NEVER : prng_below(&prng, 50));
            workload__attach(&workload[i], &station);
            added[i] = ++turn;
        } else if (what == 0) {
            workload__detach(&workload[i]);
            added[i] = 0;
        } else {
            workload__set_due(&workload[i], what == 1 ? SIM_NEVER : prng_below(&prng, 50)); /* many at one time */
        }
        struct workload *first = first_of_all();
        ck_assert_uint_eq(station_next_due(&station), first ? first->due : SIM_NEVER);
        ck_assert_ptr_eq(station__pick(&station, SIM_NEVER - 1), first && first->due != SIM_NEVER ? first : NULL);
        ck_assert_ptr_eq(station__pick(&station, 10), first && first->due <= 10 ? first : NULL);
    }
    station_fini(&station);
    sim_destroy(sim);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("net_station");
    TCase *tc = tcase_create("order");
    tcase_add_test(tc, the_first_goes_first);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
