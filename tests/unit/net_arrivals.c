/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When frames of a synthetic flow are due: a Poisson process against its law, pauses, and sequences of sizes. */
#include "net_world.h"

#include "core/frame/frame.h"

enum { GAPS = 16000 };

static struct sim *sim;
static struct peer *from;
static struct box *box;

static void setup(void)
{
    sim = sim_create(5, NULL);
    from = peer_create(sim, "from", mac_of(1));
    box = box_create(sim, "box");
    port_join(&box->port, peer_port(from));
}

static void teardown(void)
{
    peer_destroy(from);
    box_destroy(box);
    sim_destroy(sim);
}

/* All of its frames, as they came out of a wire that takes no time. */
static void run_flow(struct flow_params *p)
{
    char err[256];
    p->name = "f";
    p->from = peer_station(from);
    p->dst_mac = mac_of(9);
    p->vlan_tci = -1;
    p->size = p->size ? p->size : 64;
    struct flow_source *fs = flow_source_create(sim, p, err, sizeof(err));
    ck_assert_msg(fs, "%s", err);
    flow_source_start(fs, 0);
    sim_run_until(sim, 100 * SIM_S);
    ck_assert_uint_eq(box->count, p->count);
    flow_source_destroy(fs);
}

/* A gap longer than t has the probability exp(-t/mean): here for t of a quarter, one, two and four means, within four standard
 * deviations; and the mean itself, whose standard deviation is the mean over the root of the number of gaps. */
START_TEST(gaps_of_a_poisson_process_are_exponential)
{
    static const struct {
        sim_time t;
        double probability;
    } tails[] = {{250, 0.778801}, {1000, 0.367879}, {2000, 0.135335}, {4000, 0.018316}};
    run_flow(&(struct flow_params){.rate_pps_num = 1000000, .rate_pps_den = 1, .poisson = true, .count = GAPS + 1});
    double mean = (double)(box->seen[GAPS].at - box->seen[0].at) / GAPS / SIM_NS;
    ck_assert_double_gt(mean, 1000 * (1 - 4 / 126.5));
    ck_assert_double_lt(mean, 1000 * (1 + 4 / 126.5));
    for (unsigned i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        unsigned longer = 0;
        for (unsigned k = 0; k < GAPS; k++)
            longer += box->seen[k + 1].at - box->seen[k].at > tails[i].t * SIM_NS;
        double p = tails[i].probability, expected = p * GAPS, variance = expected * (1 - p), off = longer - expected;
        ck_assert_msg(off * off < 16 * variance, "gaps over %u ns: %u, not %.0f", (unsigned)tails[i].t, longer, expected);
    }
}
END_TEST

/* Two of a pair of gaps have nothing to do with each other: their products' mean is the product of their means. */
START_TEST(gaps_of_a_poisson_process_are_independent)
{
    double products = 0;
    run_flow(&(struct flow_params){.rate_pps_num = 1000000, .rate_pps_den = 1, .poisson = true, .count = GAPS + 1});
    for (unsigned k = 1; k < GAPS; k++)
        products +=
            (double)(box->seen[k].at - box->seen[k - 1].at) / SIM_US * (double)(box->seen[k + 1].at - box->seen[k].at) / SIM_US;
    ck_assert_double_gt(products / (GAPS - 1), 0.92);
    ck_assert_double_lt(products / (GAPS - 1), 1.08);
}
END_TEST

/* 10 frames in each 10 us, then 90 us of nothing. */
START_TEST(pauses_are_kept_to)
{
    run_flow(
        &(struct flow_params){.rate_pps_num = 1000000, .rate_pps_den = 1, .on = 10 * SIM_US, .off = 90 * SIM_US, .count = 1000});
    for (unsigned i = 0; i < 1000; i++)
        ck_assert_uint_eq(box->seen[i].at - box->seen[0].at, (i / 10 * 100 + i % 10) * SIM_US);
}
END_TEST

/* Each frame's share of a load is its own. */
START_TEST(sizes_follow_each_other)
{
    static const uint16_t sizes[] = {64, 1518, 64, 512};
    sim_time due = 0;
    run_flow(&(struct flow_params){.rate_bps = UINT64_C(1000000000), .sizes = sizes, .size_count = 4, .count = 400});
    for (unsigned i = 0; i < 400; i++) {
        ck_assert_uint_eq(box->seen[i].len, sizes[i % 4] - 4u);
        ck_assert_uint_eq(box->seen[i].at - box->seen[0].at, due);
        due += (sizes[i % 4] + 20u) * 8 * SIM_NS;
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("net_arrivals");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, gaps_of_a_poisson_process_are_exponential);
    tcase_add_test(tc, gaps_of_a_poisson_process_are_independent);
    tcase_add_test(tc, pauses_are_kept_to);
    tcase_add_test(tc, sizes_follow_each_other);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
