/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames an interval: nothing is lost when intervals become wider, and they stay at multiples of their width. */
#include <check.h>
#include <string.h>

#include "core/frame/frame.h"
#include "core/world/sim.h"
#include "core/frame/track.h"

static uint64_t sum_sent(const struct track *track)
{
    struct track_bucket all;
    track_sum(track, 0, SIM_NEVER, &all);
    return all.sent;
}

START_TEST(a_bound_follows_from_the_number_of_flows)
{
    ck_assert_uint_eq(track_bound(1), TRACK_MAX);
    ck_assert_uint_eq(track_bound(16), TRACK_MAX);
    ck_assert_uint_eq(track_bound(17), TRACK_MAX / 2);
    ck_assert_uint_eq(track_bound(4096), TRACK_MIN);
}
END_TEST

START_TEST(nothing_is_lost_by_widening)
{
    struct track track = {0};
    sim_time at = 12345 * SIM_US + 678; /* an odd interval to begin with */
    uint64_t counted = 0;
    for (int i = 0; i < 100000; i++) {
        track_at(&track, at, 500)->sent++;
        counted++;
        ck_assert_uint_lt(track.st.now, track.st.bound);
        ck_assert_uint_le((track.st.first + track.st.now) * track.st.width_ps, at);
        ck_assert_uint_gt(track.st.now_end, at);
        at += 777 * SIM_NS + (sim_time)i * 1000;
    }
    ck_assert_uint_eq(sum_sent(&track), counted);
    ck_assert_uint_gt(track.st.width_ps, TRACK_WIDTH_PS);
    uint64_t times = track.st.width_ps / TRACK_WIDTH_PS;
    ck_assert_uint_eq(times & (times - 1), 0);
    ck_assert_uint_eq(times * TRACK_WIDTH_PS, track.st.width_ps);
    track_fini(&track);
}
END_TEST

START_TEST(a_frame_counts_where_it_was)
{
    struct track track = {0};
    for (int ms = 0; ms < 64; ms++)
        for (int i = 0; i <= ms; i++)
            track_at(&track, (sim_time)ms * SIM_MS, 4096)->sent++; /* 128 intervals: widened to 512 us */
    ck_assert_uint_le(track.st.width_ps, SIM_MS);
    for (int ms = 0; ms < 64; ms++) {
        struct track_bucket one;
        track_sum(&track, (sim_time)ms * 1000 * track.st.width_ps, 0, &one);
        ck_assert_uint_eq(one.sent, 0);
        uint32_t at = (uint32_t)((sim_time)ms * SIM_MS / track.st.width_ps - track.st.first);
        ck_assert_uint_eq(track.bucket[at].sent, ms + 1);
    }
    track_fini(&track);
}
END_TEST

START_TEST(saved_and_loaded_it_goes_on)
{
    struct track one = {0}, two = {0};
    struct save s, reader;
    for (int i = 0; i < 5000; i++)
        track_at(&one, (sim_time)i * 10 * SIM_US, 4096)->delivered[i % FRAME_PATHS]++;
    save_init_writer(&s);
    track_save(&one, &s);
    save_init_reader(&reader, s.buf, s.len);
    track_save(&two, &reader);
    ck_assert_int_eq(reader.err, 0);
    for (int i = 5000; i < 9000; i++) {
        track_at(&one, (sim_time)i * 10 * SIM_US, 4096)->lost++;
        track_at(&two, (sim_time)i * 10 * SIM_US, 4096)->lost++;
    }
    ck_assert_mem_eq(&one.st, &two.st, sizeof(one.st));
    ck_assert_mem_eq(one.bucket, two.bucket, one.st.used * sizeof(*one.bucket));
    save_fini(&s);
    track_fini(&one);
    track_fini(&two);
}
END_TEST

/* By the books: births, losses and deliveries, and the path of the copy that was delivered. */
START_TEST(the_books_count_by_path)
{
    static const struct sim_limits small = {64, 64, 16, 4};
    static const struct component_ops ops = {.kind = "test"};
    static const uint16_t flags[] = {0, FRAME_BY_VF, FRAME_BY_EMULATION, FRAME_BY_VF | FRAME_BY_TUNNEL};
    static const enum frame_path path[] = {FRAME_PATH_OTHER, FRAME_PATH_VF, FRAME_PATH_EMULATED, FRAME_PATH_TUNNEL};
    struct sim *sim = sim_create(1, &small);
    struct component c;
    component_init(&c, sim, &ops, "peer");
    uint32_t flow = (uint32_t)flow_add(sim, "f", 0);
    for (int i = 0; i < 4; i++)
        for (int n = 0; n <= i; n++) {
            frame_ref ref = frame_birth(&c, flow, 64);
            frame_get(sim, ref)->flags |= flags[i];
            frame_end(&c, ref, FATE_delivered_peer);
        }
    frame_end(&c, frame_birth(&c, flow, 64), FATE_link_down);
    struct track_bucket all;
    track_sum(flow_track(sim, flow), 0, SIM_NEVER, &all);
    ck_assert_uint_eq(all.sent, 11);
    ck_assert_uint_eq(all.lost, 1);
    for (int i = 0; i < 4; i++)
        ck_assert_uint_eq(all.delivered[path[i]], i + 1);
    sim_destroy(sim);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("track");
    TCase *all = tcase_create("all");
    tcase_add_test(all, a_bound_follows_from_the_number_of_flows);
    tcase_add_test(all, nothing_is_lost_by_widening);
    tcase_add_test(all, a_frame_counts_where_it_was);
    tcase_add_test(all, saved_and_loaded_it_goes_on);
    tcase_add_test(all, the_books_count_by_path);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
