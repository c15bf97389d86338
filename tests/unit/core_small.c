/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The small parts of the core: rates, save stream, random streams, histogram, profile, trace. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hist.h"
#include "core/prng.h"
#include "core/save.h"
#include "core/world/sim.h"

START_TEST(a_rate_never_drifts)
{
    struct sim_rate r = sim_rate_bytes(UINT64_C(63015384615)); /* a PCIe gen3 x8 byte: 126.95… ps */
    sim_time total = 0;
    for (int i = 0; i < 1000003; i++)
        total += sim_rate_take(&r, 1);
    struct sim_rate at_once = sim_rate_bytes(UINT64_C(63015384615));
    ck_assert_uint_eq(total, sim_rate_take(&at_once, 1000003));
    ck_assert_uint_eq(r.rem, at_once.rem);
    struct sim_rate narrow = sim_rate_bytes(UINT64_C(63015384615)), wide = sim_rate_bytes(UINT64_C(63015384615));
    total = 0; /* by ways of 64 bits, and by one of 128 */
    for (int i = 0; i < 1000; i++)
        total += sim_rate_take(&narrow, 1000003);
    ck_assert_uint_eq(total + sim_rate_take(&narrow, 1), sim_rate_take(&wide, 1000003001));
    ck_assert_uint_eq(narrow.rem, wide.rem);
    wide = (struct sim_rate){3, 7, 6};
    ck_assert_uint_eq(sim_rate_take(&wide, UINT64_MAX / 3), UINT64_MAX / 7 + 1); /* the remainder is what doesn't fit */
    ck_assert_uint_eq(wide.rem, (UINT64_MAX % 7 + 6) % 7);
    struct sim_rate free_link = sim_rate_bytes(0);
    ck_assert_uint_eq(sim_rate_take(&free_link, 1500), 0);
    ck_assert_uint_eq(sim_rate_units_in(&free_link, 1), UINT64_MAX);
    ck_assert_uint_eq(sim_time_add(SIM_NEVER - 1, 5), SIM_NEVER);
}
END_TEST

START_TEST(a_stream_reads_back)
{
    struct save w, r;
    uint64_t a = 7, b = 0;
    save_init_writer(&w);
    save_section(&w, "first", 3);
    save_field(&w, a);
    save_expect_u64(&w, "ports", 4);
    save_section(&w, "second", 1);
    ck_assert_int_eq(w.err, 0);

    save_init_reader(&r, w.buf, w.len);
    save_section(&r, "first", 3);
    save_field(&r, b);
    save_expect_u64(&r, "ports", 4);
    save_section(&r, "second", 1);
    ck_assert_int_eq(r.err, 0);
    ck_assert_uint_eq(b, 7);
    ck_assert_uint_eq(r.pos, r.len);
    save_fini(&r);
    save_fini(&w);
}
END_TEST

START_TEST(a_wrong_stream_is_refused)
{
    struct save w, r;
    uint64_t v = 7;
    save_init_writer(&w);
    save_section(&w, "wire", 1);
    save_expect_u64(&w, "ports", 4);

    save_init_reader(&r, w.buf, w.len);
    save_section(&r, "nic", 1);
    ck_assert_int_eq(r.err, -EPROTO);
    ck_assert_ptr_nonnull(strstr(r.why, "\"nic\""));
    ck_assert_ptr_nonnull(strstr(r.why, "\"wire\""));
    save_field(&r, v); /* sticky: nothing happens any more */
    ck_assert_uint_eq(v, 7);

    save_init_reader(&r, w.buf, w.len);
    save_section(&r, "wire", 2);
    ck_assert_int_eq(r.err, -EPROTO);
    ck_assert_ptr_nonnull(strstr(r.why, "version 1"));

    save_init_reader(&r, w.buf, w.len);
    save_section(&r, "wire", 1);
    save_expect_u64(&r, "ports", 5);
    ck_assert_str_eq(r.why, "wire: ports is 4 in the stream and 5 in this world");

    save_init_reader(&r, w.buf, w.len);
    save_section(&r, "wire", 1);
    save_expect_u64(&r, "ports", 4);
    save_field(&r, v);
    ck_assert_int_eq(r.err, -EPROTO); /* past the end */
    save_fini(&w);
}
END_TEST

START_TEST(random_streams_are_separate_and_fair)
{
    struct prng a, b, c;
    prng_init(&a, 42, "a");
    prng_init(&b, 42, "b");
    prng_init(&c, 42, "a");
    ck_assert_uint_ne(prng_next(&a), prng_next(&b));
    prng_next(&c);
    ck_assert_uint_eq(prng_next(&a), prng_next(&c));
    uint32_t hit[6] = {0};
    for (int i = 0; i < 60000; i++)
        hit[prng_below(&a, 6)]++;
    for (int i = 0; i < 6; i++)
        ck_assert(hit[i] > 9500 && hit[i] < 10500);
    /* xoshiro256** from the state 1, 2, 3, 4, as its authors' program prints it */
    struct prng known = {{1, 2, 3, 4}};
    ck_assert_uint_eq(prng_next(&known), 11520);
    ck_assert_uint_eq(prng_next(&known), 0);
    ck_assert_uint_eq(prng_next(&known), 1509978240);
    ck_assert_uint_eq(prng_next(&known), UINT64_C(1215971899390074240));
}
END_TEST

/* Points rise, none is wrong by more than a bucket, and there is one for each bucket with something in it. */
START_TEST(a_curve_is_of_the_values)
{
    struct hist h;
    unsigned points;
    hist_init(&h);
    ck_assert_ptr_null(hist_curve(&h, &points));
    ck_assert_uint_eq(points, 0);
    hist_record(&h, 7);
    struct hist_point *curve = hist_curve(&h, &points);
    ck_assert(points == 1 && curve[0].value == 7 && curve[0].count == 1);
    free(curve);
    for (uint64_t i = 2; i <= 1000000; i++)
        hist_record(&h, 7 * i);
    curve = hist_curve(&h, &points);
    ck_assert(points > 128 * 12 && points < 128 * 14); /* 1024 to 7,000,000, and below that not every bucket has a value */
    for (unsigned i = 0; i < points; i++) {
        ck_assert(!i || (curve[i].value > curve[i - 1].value && curve[i].count > curve[i - 1].count));
        uint64_t right = curve[i].value / 7;
        ck_assert(right >= curve[i].count && right - curve[i].count <= right * 8 / 1000 + 1);
    }
    ck_assert(curve[points - 1].value == 7000000 && curve[points - 1].count == 1000000);
    ck_assert(curve[points - 2].count >= 990000); /* the last but one is as near the end as buckets tell */
    free(curve);
    hist_fini(&h);
}
END_TEST

START_TEST(a_histogram_is_within_a_percent)
{
    struct hist h, sum;
    hist_init(&h);
    hist_init(&sum);
    ck_assert_uint_eq(hist_percentile(&h, 500), 0);
    for (uint64_t i = 1; i <= 100000; i++)
        hist_record(&h, i * 1000003);
    uint64_t p50 = hist_percentile(&h, 500), want = UINT64_C(50000) * 1000003;
    ck_assert(p50 >= want && p50 - want <= want * 8 / 1000);
    ck_assert_uint_eq(hist_percentile(&h, 1000), UINT64_C(100000) * 1000003);
    ck_assert_uint_eq(hist_percentile(&h, 0), 1000003);
    hist_merge(&sum, &h);
    hist_record(&sum, UINT64_MAX);
    ck_assert_uint_eq(sum.count, 100001);
    ck_assert_uint_eq(sum.min, 1000003);
    ck_assert_uint_eq(sum.max, UINT64_MAX);
    ck_assert(sum.sum == h.sum + UINT64_MAX);
    ck_assert_uint_eq(hist_percentile(&sum, 500), p50);
    ck_assert_uint_eq(hist_percentile(&sum, 1000), UINT64_MAX);

    struct hist small;
    hist_init(&small);
    for (uint64_t i = 0; i < 300; i++)
        hist_record(&small, i);
    ck_assert_uint_eq(hist_percentile(&small, 500), 149); /* exact below 256 */

    struct save w, r;
    save_init_writer(&w);
    hist_save(&h, &w);
    save_init_reader(&r, w.buf, w.len);
    hist_save(&small, &r);
    ck_assert_int_eq(r.err, 0);
    ck_assert_uint_eq(hist_percentile(&small, 500), p50);
    ck_assert_uint_eq(small.max, h.max);
    ck_assert_uint_eq(small.min, h.min);
    ck_assert(small.sum == h.sum);
    save_fini(&w);
    /* Either of two may have the least and the most; an empty one changes nothing. */
    struct hist low, high, none;
    hist_init(&low);
    hist_init(&high);
    hist_init(&none);
    hist_record(&low, 3);
    hist_record(&low, 70);
    hist_record(&high, 5);
    hist_record(&high, 900);
    hist_merge(&low, &none);
    ck_assert_uint_eq(low.min, 3);
    ck_assert_uint_eq(low.max, 70);
    hist_merge(&none, &high);
    ck_assert_uint_eq(none.min, 5);
    hist_merge(&low, &high);
    ck_assert_uint_eq(low.min, 3);
    ck_assert_uint_eq(low.max, 900);
    hist_merge(&high, &low);
    ck_assert_uint_eq(high.min, 3);
    ck_assert_uint_eq(high.count, 6);
    hist_fini(&low);
    hist_fini(&high);
    hist_fini(&none);
    hist_fini(&small);
    hist_fini(&sum);
    hist_fini(&h);
}
END_TEST

START_TEST(a_profile_has_its_defaults)
{
    struct profile p;
    profile_init(&p);
    int key = profile_find("vm_exit_cycles");
    ck_assert_int_eq(key, PROFILE_vm_exit_cycles);
    ck_assert_int_eq(profile_find("vm_exit"), -1);
    ck_assert(!p.used[key]);
    ck_assert_uint_eq(profile_get(&p, key), profile_describe(key)->default_value);
    ck_assert(p.used[key]);
}
END_TEST

struct heard {
    struct trace_listener listener;
    struct heard *first; /* who keeps the common text */
    char text[256];
    char tag;
};

static void hear(struct trace_listener *self, sim_time at, enum trace_category cat, const char *who, const char *text)
{
    struct heard *h = (struct heard *)self;
    size_t n = strlen(h->first->text);
    snprintf(h->first->text + n, sizeof(h->first->text) - n, "%c%" PRIu64 " %s %s: %s|", h->tag, at, trace_category_name(cat), who,
             text);
}

START_TEST(a_trace_tells_listeners_in_order)
{
    static const struct component_ops ops = {.kind = "toy"};
    struct sim *sim = sim_create(1, NULL);
    struct component c;
    component_init(&c, sim, &ops, "c0");
    struct heard a = {.listener = {1u << TRACE_core, hear}, .first = &a, .tag = 'a'};
    struct heard b = {.listener = {1u << TRACE_core | 1u << TRACE_nic, hear}, .first = &a, .tag = 'b'};
    struct heard n = {.listener = {1u << TRACE_nic, hear}, .first = &a, .tag = 'n'};
    ck_assert(!trace_wanted(&c, TRACE_core));
    trace_listen(sim, &a.listener);
    trace_listen(sim, &n.listener);
    trace_listen(sim, &b.listener);
    trace_frame_ended(&c, 0x10, "link_down");
    trace_unlisten(sim, &a.listener);
    trace_unlisten(sim, &b.listener);
    ck_assert(!trace_wanted(&c, TRACE_core));
    trace_frame_ended(&c, 0x11, "link_down");
    ck_assert_str_eq(a.text, "a0 core c0: frame 10 > ended -> link_down|b0 core c0: frame 10 > ended -> link_down|");
    sim_destroy(sim);
}
END_TEST

START_TEST(a_mask_is_parsed_or_refused)
{
    uint32_t mask = 0;
    const char *bad = NULL;
    ck_assert_int_eq(trace_parse_mask("nic,pf", &mask, &bad), 0);
    ck_assert_uint_eq(mask, 1u << TRACE_nic | 1u << TRACE_pf);
    ck_assert_int_eq(trace_parse_mask("all", &mask, &bad), 0);
    ck_assert_uint_eq(mask, (1u << TRACE_CATEGORY_COUNT) - 1);
    ck_assert_int_eq(trace_parse_mask("nic,nix", &mask, &bad), -EINVAL);
    ck_assert_str_eq(bad, "nix");
    ck_assert_int_eq(trace_parse_mask("nic,", &mask, &bad), -EINVAL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core_small");
    TCase *tc = tcase_create("all");
    tcase_add_test(tc, a_rate_never_drifts);
    tcase_add_test(tc, a_stream_reads_back);
    tcase_add_test(tc, a_wrong_stream_is_refused);
    tcase_add_test(tc, random_streams_are_separate_and_fair);
    tcase_add_test(tc, a_histogram_is_within_a_percent);
    tcase_add_test(tc, a_curve_is_of_the_values);
    tcase_add_test(tc, a_profile_has_its_defaults);
    tcase_add_test(tc, a_trace_tells_listeners_in_order);
    tcase_add_test(tc, a_mask_is_parsed_or_refused);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
