/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rates and the variation of delay of flows, against the same arithmetic written out in the words of the RFCs. */
#include <check.h>
#include <stdlib.h>

#include "core/frame/books_private.h"
#include "core/prng.h"
#include "core/world/sim.h"

static const struct component_ops toy_ops = {.kind = "toy"};

static struct sim *sim;
static struct component src, dst;

static void setup(void)
{
    sim = sim_create(1, NULL);
    component_init(&src, sim, &toy_ops, "src");
    component_init(&dst, sim, &toy_ops, "dst");
}

static void teardown(void) { sim_destroy(sim); }

static struct flow_report report(uint32_t flow)
{
    struct flow_report r;
    flow_get_report(sim, flow, &r);
    return r;
}

/* It is there at `born`, and arrives `transit` later, before the next one is born. */
static void pass(uint32_t flow, sim_time born, sim_time transit, uint32_t len)
{
    sim_run_until(sim, born);
    frame_ref ref = frame_birth(&src, flow, len);
    sim_run_until(sim, born + transit);
    frame_end(&dst, ref, FATE_delivered_peer);
}

/* [RFC 2544 9.1] of 64 bytes with their check sequence, one each 10 us: 100,000 a second, of 512 bits. */
START_TEST(a_steady_flow_has_its_rate)
{
    uint32_t flow = (uint32_t)flow_add(sim, "f", 0);
    for (unsigned i = 0; i < 11; i++)
        pass(flow, SIM_MS + i * 10 * SIM_US, 3 * SIM_US, 60);
    struct flow_report r = report(flow);
    ck_assert_uint_eq(r.offered.fps, 100000);
    ck_assert_uint_eq(r.offered.bps, 51200000);
    ck_assert_uint_eq(r.throughput.fps, 100000);
    ck_assert_uint_eq(r.throughput.bps, 51200000);
    ck_assert_uint_eq(r.first_sent, SIM_MS);
    ck_assert_uint_eq(r.first_whole, SIM_MS + 3 * SIM_US);
    ck_assert_uint_eq(r.last_whole, SIM_MS + 103 * SIM_US);
    ck_assert_uint_eq(r.jitter_ps, 0);
    ck_assert_uint_eq(r.pdv_ps, 0);
}
END_TEST

START_TEST(fewer_than_two_frames_have_no_rate)
{
    uint32_t flow = (uint32_t)flow_add(sim, "f", 0);
    ck_assert_uint_eq(report(flow).offered.bps + report(flow).throughput.fps, 0);
    pass(flow, SIM_US, SIM_US, 60);
    ck_assert_uint_eq(report(flow).offered.bps + report(flow).throughput.fps, 0);
    frame_end(&dst, frame_birth(&src, flow, 60), FATE_rx_fifo_full);
    ck_assert_uint_eq(report(flow).offered.bps, 64 * 8 * SIM_S / SIM_US);
    ck_assert_uint_eq(report(flow).throughput.bps, 0);
}
END_TEST

/* A long frame's own span lies behind its birth, and before its delivery: the last sent and the first delivered count for none. */
START_TEST(spans_belong_to_the_frames_that_fill_them)
{
    uint32_t flow = (uint32_t)flow_add(sim, "f", 0);
    static const uint32_t len[] = {996, 96, 496};
    for (unsigned i = 0; i < 3; i++)
        pass(flow, i * 8 * SIM_US, 2 * SIM_US, len[i]);
    ck_assert_uint_eq(report(flow).offered.bps, (1000 + 100) * 8 * SIM_S / (16 * SIM_US));
    ck_assert_uint_eq(report(flow).throughput.bps, (100 + 500) * 8 * SIM_S / (16 * SIM_US));
}
END_TEST

/* [RFC 3550 6.4.1] J(i) = J(i-1) + (|D(i-1,i)| - J(i-1))/16, in real numbers; A.8 keeps sixteenths of a whole one. */
START_TEST(jitter_is_the_rfcs)
{
    uint32_t flow = (uint32_t)flow_add(sim, "f", 0);
    struct prng prng;
    double j = 0;
    sim_time before = 0;
    prng_init(&prng, 7, "jitter");
    for (unsigned i = 0; i < 500; i++) {
        sim_time transit = SIM_US + prng_below(&prng, 5 * SIM_US);
        pass(flow, (i + 1) * 10 * SIM_US, transit, 60);
        double d = transit > before ? (double)(transit - before) : (double)(before - transit);
        j += i ? (d - j) / 16 : 0;
        before = transit;
        ck_assert_double_le(j - (double)report(flow).jitter_ps, 2);
        ck_assert_double_le((double)report(flow).jitter_ps - j, 2);
    }
    ck_assert_uint_gt(report(flow).jitter_ps, SIM_US);
}
END_TEST

/* [RFC 5481 4.2, 6.5] of 100 frames 98 took 1 us, the others 5 us more. */
START_TEST(pdv_is_a_quantile_less_the_least)
{
    uint32_t flow = (uint32_t)flow_add(sim, "f", 0);
    for (unsigned i = 0; i < 100; i++)
        pass(flow, i * 10 * SIM_US, i % 50 == 7 ? 6 * SIM_US : SIM_US, 60);
    ck_assert_uint_ge(report(flow).pdv_ps, 5 * SIM_US);
    ck_assert_uint_le(report(flow).pdv_ps, 5 * SIM_US * 1008 / 1000);
}
END_TEST

/* Of a frame that was cut, only the whole counts; of two halves, all frames between the first and the last of both. */
START_TEST(parts_and_halves)
{
    uint32_t both = (uint32_t)flow_add(sim, "r", 0);
    uint32_t half = (uint32_t)flow_add(sim, "r/forth", both), other = (uint32_t)flow_add(sim, "r/back", both);
    frame_ref whole = frame_birth(&src, half, 3000);
    frame_ref part[2] = {frame_split(&src, whole, 1500), frame_split(&src, whole, 1500)};
    frame_end(&src, whole, FATE_segmented);
    sim_run_until(sim, 4 * SIM_US);
    frame_end(&dst, part[0], FATE_delivered_peer);
    ck_assert_uint_eq(report(half).last_whole, 0);
    sim_run_until(sim, 8 * SIM_US);
    frame_end(&dst, part[1], FATE_delivered_peer);
    ck_assert_uint_eq(report(half).first_whole, 8 * SIM_US);
    pass(other, 10 * SIM_US, 2 * SIM_US, 96);
    ck_assert_uint_eq(report(both).throughput.bps, 100 * 8 * SIM_S / (10 * SIM_US));
    ck_assert_uint_eq(report(both).offered.bps, UINT64_C(3004) * 8 * SIM_S / (10 * SIM_US));
}
END_TEST

/* A second of frames that come all at once, when a ring is emptied. */
START_TEST(a_buffer_makes_nothing_faster)
{
    uint32_t flow = (uint32_t)flow_add(sim, "f", 0);
    frame_ref held[11];
    for (unsigned i = 0; i < 11; i++) {
        sim_run_until(sim, i * 100 * SIM_MS);
        held[i] = frame_birth(&src, flow, 60);
    }
    for (unsigned i = 0; i < 11; i++) {
        sim_run_until(sim, SIM_S + i * SIM_NS);
        frame_end(&dst, held[i], FATE_delivered_peer);
    }
    ck_assert_uint_eq(report(flow).throughput.fps, 10);
    ck_assert_uint_eq(report(flow).offered.fps, 10);
}
END_TEST

START_TEST(what_lies_between_two_moments)
{
    uint32_t flow = (uint32_t)flow_add(sim, "f", 0);
    for (unsigned i = 0; i < 3; i++)
        pass(flow, i * 10 * SIM_US, SIM_US, 60);
    struct flow_so_far from = flow_get_so_far(sim, flow);
    for (unsigned i = 3; i < 8; i++)
        pass(flow, i * 10 * SIM_US, SIM_US, 60);
    struct flow_so_far to = flow_get_so_far(sim, flow);
    ck_assert_uint_eq(to.sent - from.sent, 5);
    ck_assert_uint_eq(to.bytes_delivered - from.bytes_delivered, 300);
    ck_assert_uint_eq(flow_rate_over(5, 300, 50 * SIM_US).bps, 51200000);
    ck_assert_uint_eq(flow_rate_over(5, 300, 0).bps, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core_rates");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_steady_flow_has_its_rate);
    tcase_add_test(tc, fewer_than_two_frames_have_no_rate);
    tcase_add_test(tc, spans_belong_to_the_frames_that_fill_them);
    tcase_add_test(tc, jitter_is_the_rfcs);
    tcase_add_test(tc, pdv_is_a_quantile_less_the_least);
    tcase_add_test(tc, parts_and_halves);
    tcase_add_test(tc, a_buffer_makes_nothing_faster);
    tcase_add_test(tc, what_lies_between_two_moments);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
