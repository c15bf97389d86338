/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames end in one fate, and the books say what became of each of them. */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/frame/books_private.h"
#include "core/world/sim.h"

static const struct component_ops toy_ops = {.kind = "toy"};

static struct sim *sim;
static struct component src, dst, far[10];
static uint32_t flow;

static void setup_limits(const struct sim_limits *limits)
{
    sim = sim_create(1, limits);
    component_init(&src, sim, &toy_ops, "src");
    component_init(&dst, sim, &toy_ops, "dst");
    for (int i = 0; i < 10; i++)
        component_init(&far[i], sim, &toy_ops, "far");
    flow = (uint32_t)flow_add(sim, "web", 0);
}

static void setup(void) { setup_limits(NULL); }

static void teardown(void)
{
    struct books_report r;
    books_get_report(sim, &r);
    ck_assert(r.balanced);
    ck_assert_uint_eq(r.born + r.copied, r.ended + r.in_flight);
    sim_destroy(sim);
}

static struct flow_report report(uint32_t f)
{
    struct flow_report r;
    flow_get_report(sim, f, &r);
    return r;
}

static void at(sim_time time) { sim_run_until(sim, time); }

START_TEST(a_frame_has_room_and_an_id)
{
    frame_ref a = frame_birth(&src, flow, 60), b = frame_birth(&src, flow, FRAME_MAX_JUMBO);
    frame_ref c = frame_birth(&dst, flow, FRAME_MAX_GIANT);
    ck_assert_uint_eq(frame_birth(&src, flow, FRAME_MAX_GIANT + 1), 0);
    ck_assert_uint_eq(frame_get(sim, a)->id, (uint64_t)src.id << 48);
    ck_assert_uint_eq(frame_get(sim, b)->id, ((uint64_t)src.id << 48) + 1);
    ck_assert_uint_eq(frame_get(sim, c)->id, (uint64_t)dst.id << 48);
    ck_assert_uint_eq(frame_get(sim, c)->flow_seq, 2);
    memset(frame_data(frame_get(sim, c)), 0xff, FRAME_MAX_GIANT);
    memset(frame_data(frame_get(sim, b)), 0xff, FRAME_MAX_JUMBO);
    frame_end(&dst, a, FATE_delivered_peer);
    frame_end(&dst, b, FATE_delivered_peer);
    frame_end(&dst, c, FATE_link_down);
    struct flow_report r = report(flow);
    ck_assert_uint_eq(r.sent, 3);
    ck_assert_uint_eq(r.delivered, 2);
    ck_assert_uint_eq(r.lost, 1);
    ck_assert_uint_eq(r.bytes_delivered, 60 + FRAME_MAX_JUMBO);
    ck_assert_uint_eq(books_fate_count(sim, FATE_delivered_peer), 2);
}
END_TEST

START_TEST(a_spent_reference_is_caught)
{
    frame_ref a = frame_birth(&src, flow, 60);
    frame_end(&dst, a, FATE_delivered_peer);
    frame_birth(&src, flow, 60); /* lies in the same slot */
    frame_get(sim, a);
}
END_TEST

START_TEST(vlan_tags_are_pushed_and_popped)
{
    frame_ref a = frame_birth(&src, flow, 64);
    struct frame *f = frame_get(sim, a);
    uint8_t before[64];
    for (uint8_t i = 0; i < 64; i++)
        before[i] = frame_data(f)[i] = i;
    uint16_t tci = 0;
    ck_assert(!frame_vlan_pop(f, &tci));
    frame_vlan_push(f, 0x6064);
    frame_vlan_push(f, 0x0065);
    ck_assert_uint_eq(f->len, 72);
    static const uint8_t tags[] = {0x81, 0, 0, 0x65, 0x81, 0, 0x60, 0x64};
    ck_assert_mem_eq(frame_data(f), before, 12);
    ck_assert_mem_eq(frame_data(f) + 12, tags, 8);
    ck_assert_mem_eq(frame_data(f) + 20, before + 12, 52);
    ck_assert(frame_vlan_peek(f, &tci));
    ck_assert_uint_eq(tci, 0x65);
    ck_assert(frame_vlan_pop(f, &tci));
    ck_assert(frame_vlan_pop(f, &tci));
    ck_assert_uint_eq(tci, 0x6064);
    ck_assert_uint_eq(f->len, 64);
    ck_assert_mem_eq(frame_data(f), before, 64);
    frame_end(&dst, a, FATE_delivered_peer);
}
END_TEST

START_TEST(copies_tell_broadcast_from_duplicate)
{
    frame_ref a = frame_birth(&src, flow, 60);
    frame_data(frame_get(sim, a))[59] = 7;
    for (int i = 0; i < 10; i++) {
        frame_ref b = frame_clone(&src, a);
        ck_assert_uint_eq(frame_data(frame_get(sim, b))[59], 7);
        frame_end(&far[i], b, FATE_delivered_peer);
    }
    ck_assert_uint_eq(report(flow).duplicated, 0);
    ck_assert_uint_eq(report(flow).delivered, 1);
    for (int i = 0; i < 10; i++)
        frame_end(&far[i], frame_clone(&src, a), FATE_delivered_app);
    ck_assert_uint_eq(report(flow).duplicated, 10);
    frame_end(&dst, a, FATE_not_for_me);
    struct flow_report r = report(flow);
    ck_assert_uint_eq(r.delivered, 1);
    ck_assert_uint_eq(r.lost, 0);
    ck_assert_uint_eq(r.copied, 20);
    ck_assert_uint_eq(r.alive, 0);
}
END_TEST

START_TEST(lost_means_every_copy_ended_undelivered)
{
    frame_ref a = frame_birth(&src, flow, 60), b = frame_clone(&src, a);
    frame_end(&dst, a, FATE_link_down);
    ck_assert_uint_eq(report(flow).lost, 0);
    ck_assert_uint_eq(report(flow).in_flight, 1);
    frame_end(&dst, b, FATE_vlan_filter);
    ck_assert_uint_eq(report(flow).lost, 1);
    ck_assert_uint_eq(report(flow).in_flight, 0);
}
END_TEST

START_TEST(reordering_is_counted_as_rfc_4737_does)
{
    frame_ref f[5];
    for (int i = 0; i < 5; i++)
        f[i] = frame_birth(&src, flow, 60);
    frame_ref again = frame_clone(&src, f[0]);
    frame_end(&dst, f[0], FATE_delivered_peer);
    frame_end(&dst, f[3], FATE_delivered_peer);
    frame_end(&dst, f[1], FATE_delivered_peer); /* reordered */
    frame_end(&dst, again, FATE_delivered_peer); /* late, but a duplicate */
    frame_end(&far[0], f[2], FATE_delivered_peer); /* another receiver, who saw nothing later */
    frame_end(&dst, f[4], FATE_delivered_peer);
    ck_assert_uint_eq(report(flow).reordered, 1);
    ck_assert_uint_eq(report(flow).duplicated, 1);
    ck_assert_uint_eq(report(flow).delivered, 5);
}
END_TEST

START_TEST(blackout_is_the_longest_wait)
{
    at(1000);
    frame_ref a = frame_birth(&src, flow, 60);
    at(1500);
    frame_end(&dst, a, FATE_delivered_peer); /* waited 500; nothing under way after it */
    at(5000);
    a = frame_birth(&src, flow, 60);
    at(5200);
    frame_end(&dst, a, FATE_link_down); /* the wait goes on */
    at(5900);
    frame_ref b = frame_birth(&src, flow, 60), c = frame_birth(&src, flow, 60);
    at(6000);
    frame_end(&dst, b, FATE_delivered_peer); /* waited 1000 since 5000; c is under way, so the next wait begins now */
    ck_assert_uint_eq(report(flow).blackout_ps, 1000);
    ck_assert_uint_eq(report(flow).blackout_at, 5000);
    at(9000);
    ck_assert_uint_eq(report(flow).blackout_ps, 3000); /* going on */
    ck_assert_uint_eq(report(flow).blackout_at, 6000);
    frame_end(&dst, c, FATE_link_down);
    at(20000);
    ck_assert_uint_eq(report(flow).blackout_ps, 3000); /* over when nothing was under way any more */
    ck_assert_uint_eq(report(flow).latency_max_ps, 500);
    ck_assert_uint_eq(report(flow).first_sent, 1000);
    ck_assert_uint_eq(report(flow).last_delivered, 6000);
}
END_TEST

START_TEST(a_parent_sums_its_children)
{
    uint32_t parent = (uint32_t)flow_add(sim, "all", 0);
    uint32_t up = (uint32_t)flow_add(sim, "up", parent), down = (uint32_t)flow_add(sim, "down", parent);
    ck_assert_int_eq(flow_add(sim, "up", 0), -EEXIST);
    ck_assert_uint_eq(flow_find(sim, "down"), down);
    ck_assert_uint_eq(flow_find(sim, "sideways"), 0);
    at(100);
    frame_ref a = frame_birth(&src, up, 60), b = frame_birth(&src, down, 100);
    at(150);
    frame_end(&dst, a, FATE_delivered_peer);
    at(400);
    frame_end(&dst, b, FATE_delivered_peer);
    struct flow_report r = report(parent);
    ck_assert(r.is_parent && !report(up).is_parent);
    ck_assert_uint_eq(r.sent, 2);
    ck_assert_uint_eq(r.bytes_delivered, 160);
    ck_assert_uint_eq(r.blackout_ps, 300);
    ck_assert_uint_eq(r.latency_p50_ps, 50);
    ck_assert_uint_eq(r.latency_max_ps, 300);
    ck_assert_uint_eq(report(flow).sent, 0);
}
END_TEST

/* Cuts `whole` into `n` parts; the caller ends them. */
static void cut(frame_ref whole, frame_ref *part, int n)
{
    frame_get(sim, whole)->flags |= FRAME_SUMS_GOOD;
    for (int i = 0; i < n; i++) {
        part[i] = frame_split(&src, whole, 1500);
        ck_assert(!(frame_get(sim, part[i])->flags & FRAME_SUMS_GOOD)); /* other bytes */
    }
    frame_end(&src, whole, FATE_segmented);
}

START_TEST(a_frame_in_parts_arrives_when_all_do)
{
    frame_ref part[3];
    cut(frame_birth(&src, flow, 4400), part, 3);
    at(70);
    frame_end(&dst, part[0], FATE_delivered_peer);
    frame_end(&far[0], frame_clone(&src, part[1]), FATE_not_for_me); /* flooded: no loss of the part */
    at(80);
    frame_end(&dst, part[2], FATE_delivered_peer);
    ck_assert_uint_eq(report(flow).delivered, 0);
    at(90);
    frame_end(&dst, part[1], FATE_delivered_peer);
    struct flow_report r = report(flow);
    ck_assert_uint_eq(r.sent, 1);
    ck_assert_uint_eq(r.delivered, 1);
    ck_assert_uint_eq(r.lost, 0);
    ck_assert_uint_eq(r.bytes_delivered, 4400);
    ck_assert_uint_eq(r.latency_max_ps, 90);
    ck_assert_uint_eq(r.duplicated + r.reordered, 0);
    struct drop_report drop;
    ck_assert(books_get_drop(sim, 0, &drop));
    ck_assert_int_eq(drop.fate, FATE_not_for_me);
    ck_assert(!books_get_drop(sim, 1, &drop)); /* `segmented` is no drop */
}
END_TEST

START_TEST(a_frame_with_a_lost_part_is_lost)
{
    frame_ref part[3];
    cut(frame_birth(&src, flow, 4400), part, 3);
    frame_end(&dst, part[0], FATE_delivered_peer);
    frame_end(&dst, part[1], FATE_rx_no_descriptor);
    ck_assert_uint_eq(report(flow).in_flight, 1);
    frame_end(&dst, part[2], FATE_delivered_peer);
    ck_assert_uint_eq(report(flow).lost, 1);
    ck_assert_uint_eq(report(flow).delivered, 0);
    /* Cut short: the parts made so far arrive, the frame does not. */
    frame_ref whole = frame_birth(&src, flow, 4400);
    frame_end(&dst, frame_split(&src, whole, 1500), FATE_delivered_peer);
    frame_end(&src, whole, FATE_function_reset);
    ck_assert_uint_eq(report(flow).lost, 2);
    ck_assert_uint_eq(sim->books->identity_high, 4); /* records are given back */
}
END_TEST

/* N to one: what becomes of the whole becomes of each, and their bytes are one behind the other. */
START_TEST(joined_frames_share_a_fate)
{
    frame_ref ref[3];
    for (int i = 0; i < 3; i++) {
        ref[i] = frame_birth(&src, flow, 1500);
        memset(frame_data(frame_get(sim, ref[i])), 'a' + i, 1500);
        frame_get(sim, ref[i])->flags |= FRAME_SUMS_GOOD;
    }
    frame_ref whole = frame_grow(&dst, ref[0], FRAME_MAX_GIANT);
    ck_assert(frame_get(sim, whole)->flags & FRAME_SUMS_GOOD);
    ck_assert_uint_ne(whole, 0);
    ck_assert(!frame_is_alive(sim, ref[0]));
    ck_assert_uint_eq(frame_grow(&dst, whole, 3000), whole);
    frame_join(&dst, whole, ref[1], 54);
    frame_join(&dst, whole, ref[2], 54);
    ck_assert(!(frame_get(sim, whole)->flags & FRAME_SUMS_GOOD));
    ck_assert_uint_eq(frame_joined_count(sim, whole), 3);
    const uint8_t *data = frame_data(frame_get(sim, whole));
    ck_assert_uint_eq(frame_get(sim, whole)->len, 1500 + 2 * 1446);
    ck_assert(data[1499] == 'a' && data[1500] == 'b' && data[1500 + 1446] == 'c');
    frame_ref copy = frame_clone(&dst, whole);
    ck_assert_uint_eq(frame_joined_count(sim, copy), 3);
    frame_end(&far[0], copy, FATE_not_for_me);
    ck_assert_uint_eq(report(flow).in_flight, 3);
    at(50);
    frame_end(&dst, whole, FATE_delivered_app);
    struct flow_report r = report(flow);
    ck_assert_uint_eq(r.delivered, 3);
    ck_assert_uint_eq(r.bytes_delivered, 4500);
    ck_assert_uint_eq(r.reordered + r.duplicated + r.lost, 0);
    struct drop_report drop;
    ck_assert(books_get_drop(sim, 0, &drop) && drop.count == 3);
}
END_TEST

START_TEST(an_empty_pool_is_booked)
{
    sim_destroy(sim);
    setup_limits(&(struct sim_limits){.frames_small = 2});
    frame_ref a = frame_birth(&src, flow, 60), b = frame_birth(&src, flow, 60);
    ck_assert_uint_ne(b, 0);
    ck_assert_uint_eq(frame_birth(&src, flow, 60), 0);
    ck_assert_uint_eq(frame_clone(&src, a), 0);
    ck_assert_uint_eq(frame_split(&src, a, 60), 0);
    struct flow_report r = report(flow);
    ck_assert_uint_eq(r.sent, 3);
    ck_assert_uint_eq(r.lost, 1);
    ck_assert_uint_eq(r.copied, 2);
    ck_assert_uint_eq(r.alive, 2);
    ck_assert_uint_eq(books_fate_count(sim, FATE_no_buffer), 3);
    frame_end(&dst, a, FATE_delivered_peer);
    ck_assert_uint_ne(frame_clone(&src, b), 0);
}
END_TEST

START_TEST(drops_are_listed_in_order)
{
    static const struct {
        struct component *c;
        enum fate fate;
        const char *word;
        int sub;
    } ends[] = {
        {&dst, FATE_vlan_filter, "vf %d", 10},  {&dst, FATE_vlan_filter, "vf %d", 2}, {&dst, FATE_mac_spoof, "vf %d", 2},
        {&dst, FATE_link_down, NULL, -1},       {&src, FATE_no_match, "queue %d", 0}, {&dst, FATE_vlan_filter, "vf %d", 2},
        {&dst, FATE_vlan_filter, "port %d", 2},
    };
    static const struct drop_report want[] = {
        {"src queue 0", FATE_no_match, 1}, {"dst", FATE_link_down, 1},        {"dst port 2", FATE_vlan_filter, 1},
        {"dst vf 2", FATE_mac_spoof, 1},   {"dst vf 2", FATE_vlan_filter, 2}, {"dst vf 10", FATE_vlan_filter, 1},
    };
    struct drop_report got;
    ck_assert(!books_get_drop(sim, 0, &got));
    for (int i = 0; i < 7; i++)
        frame_end_sub(ends[i].c, frame_birth(&src, flow, 60), ends[i].fate, ends[i].word, ends[i].sub);
    for (uint32_t i = 0; i < 6; i++) {
        ck_assert(books_get_drop(sim, i, &got));
        ck_assert_str_eq(got.place, want[i].place);
        ck_assert_int_eq(got.fate, want[i].fate);
        ck_assert_uint_eq(got.count, want[i].count);
    }
    ck_assert(!books_get_drop(sim, 6, &got));
    ck_assert_str_eq(fate_name(FATE_vlan_filter), "vlan_filter");
    ck_assert_str_eq(fate_text(FATE_vlan_filter), "VLAN filter");
}
END_TEST

/* Lost frames put down to drop `i` of the list: "place reason copies/frames lost/of no flow". */
static const char *drop_line(uint32_t i)
{
    static char text[160];
    struct drop_report drop;
    if (!books_get_drop(sim, i, &drop))
        return "none";
    snprintf(text, sizeof(text), "%s %s %llu/%llu/%llu", drop.place, fate_name(drop.fate), (unsigned long long)drop.count,
             (unsigned long long)drop.lost, (unsigned long long)drop.lost_no_flow);
    return text;
}

/* A flooded frame is many drops and one frame; which of them it was lost by is told by the last one. */
START_TEST(a_lost_frame_is_put_down_to_its_last_drop)
{
    frame_ref arrived = frame_birth(&src, flow, 60), lost = frame_birth(&src, flow, 60);
    frame_end(&far[0], frame_clone(&src, arrived), FATE_not_for_me);
    frame_end(&far[0], frame_clone(&src, lost), FATE_not_for_me);
    frame_end(&dst, arrived, FATE_delivered_peer);
    frame_end(&dst, lost, FATE_link_down);
    frame_end(&dst, frame_birth(&src, FLOW_NONE, 60), FATE_link_down);
    ck_assert_str_eq(drop_line(0), "dst link_down 2/1/1");
    ck_assert_str_eq(drop_line(1), "far not_for_me 2/0/0");
    ck_assert_uint_eq(report(flow).lost, 1);
}
END_TEST

START_TEST(a_cut_frame_is_put_down_to_the_last_drop_of_its_parts)
{
    frame_ref part[3];
    cut(frame_birth(&src, flow, 4400), part, 3);
    frame_end(&dst, part[1], FATE_rx_no_descriptor);
    frame_end(&dst, part[0], FATE_link_down);
    frame_end(&dst, part[2], FATE_delivered_peer);
    ck_assert_str_eq(drop_line(0), "dst link_down 1/1/0");
    ck_assert_str_eq(drop_line(1), "dst rx_no_descriptor 1/0/0");
    /* Its parts ended before it did: the whole's own end by being cut is no drop. */
    frame_ref whole = frame_birth(&src, flow, 3000), a = frame_split(&src, whole, 1500);
    frame_end(&dst, a, FATE_rx_no_descriptor);
    frame_end(&src, whole, FATE_segmented);
    ck_assert_str_eq(drop_line(1), "dst rx_no_descriptor 2/1/0");
    ck_assert_uint_eq(report(flow).lost, 2);
}
END_TEST

START_TEST(frames_without_a_buffer_are_put_down)
{
    sim_destroy(sim);
    setup_limits(&(struct sim_limits){.frames_small = 1});
    frame_ref whole = frame_birth(&src, flow, 60);
    ck_assert_uint_eq(frame_birth(&src, flow, 60), 0);
    ck_assert_uint_eq(frame_split(&src, whole, 60), 0);
    frame_end(&src, whole, FATE_segmented);
    ck_assert_str_eq(drop_line(0), "src no_buffer 2/2/0");
    ck_assert_uint_eq(report(flow).lost, 2);
}
END_TEST

/* A loss that no drop answers for is a book that does not balance. */
START_TEST(a_loss_without_a_drop_shows)
{
    struct books_report books;
    frame_end(&dst, frame_birth(&src, flow, 60), FATE_link_down);
    books_get_report(sim, &books);
    ck_assert(books.balanced);
    sim->books->drops.drop[0].lost--;
    books_get_report(sim, &books);
    ck_assert(!books.balanced);
    sim->books->drops.drop[0].lost++;
    sim->books->drops.drop[0].lost_no_flow++;
    books_get_report(sim, &books);
    ck_assert(!books.balanced);
    sim->books->drops.drop[0].lost_no_flow--;
}
END_TEST

START_TEST(a_leak_in_the_counters_shows)
{
    frame_birth(&src, flow, 60);
    struct books_report r;
    books_get_report(sim, &r);
    ck_assert(r.balanced);
    ck_assert_uint_eq(r.in_flight, 1);
    sim->books->flow[flow].st.ended++;
    sim->books->flow[0].st.ended--; /* the total is right, the flows are not */
    books_get_report(sim, &r);
    ck_assert(!r.balanced);
    sim->books->flow[flow].st.ended--;
    sim->books->flow[0].st.ended++;
    sim->books->fate[FATE_link_down]++;
    books_get_report(sim, &r);
    ck_assert(!r.balanced);
    sim->books->fate[FATE_link_down]--;
    sim->books->identity[1].copies++;
    books_get_report(sim, &r);
    ck_assert(!r.balanced);
    sim->books->identity[1].copies--;
}
END_TEST

struct ear {
    struct delivery_listener listener;
    int heard;
    uint64_t last_id;
};

static void hear(struct delivery_listener *self, struct component *place, const struct frame *f)
{
    struct ear *ear = (struct ear *)self;
    ck_assert_ptr_eq(place, &dst);
    ear->heard++;
    ear->last_id = f->id;
}

START_TEST(listeners_hear_deliveries_only)
{
    struct ear ear = {.listener.delivered = hear};
    books_listen(sim, &ear.listener);
    frame_end(&dst, frame_birth(&src, flow, 60), FATE_link_down);
    ck_assert_int_eq(ear.heard, 0);
    frame_end(&dst, frame_birth(&src, flow, 60), FATE_delivered_app);
    ck_assert_int_eq(ear.heard, 1);
    ck_assert_uint_eq(ear.last_id, ((uint64_t)src.id << 48) + 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core_books");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_frame_has_room_and_an_id);
    tcase_add_test_raise_signal(tc, a_spent_reference_is_caught, SIGABRT);
    tcase_add_test(tc, vlan_tags_are_pushed_and_popped);
    tcase_add_test(tc, copies_tell_broadcast_from_duplicate);
    tcase_add_test(tc, lost_means_every_copy_ended_undelivered);
    tcase_add_test(tc, reordering_is_counted_as_rfc_4737_does);
    tcase_add_test(tc, blackout_is_the_longest_wait);
    tcase_add_test(tc, a_parent_sums_its_children);
    tcase_add_test(tc, a_frame_in_parts_arrives_when_all_do);
    tcase_add_test(tc, a_frame_with_a_lost_part_is_lost);
    tcase_add_test(tc, joined_frames_share_a_fate);
    tcase_add_test(tc, an_empty_pool_is_booked);
    tcase_add_test(tc, drops_are_listed_in_order);
    tcase_add_test(tc, a_lost_frame_is_put_down_to_its_last_drop);
    tcase_add_test(tc, a_cut_frame_is_put_down_to_the_last_drop_of_its_parts);
    tcase_add_test(tc, frames_without_a_buffer_are_put_down);
    tcase_add_test(tc, a_loss_without_a_drop_shows);
    tcase_add_test(tc, a_leak_in_the_counters_shows);
    tcase_add_test(tc, listeners_hear_deliveries_only);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
