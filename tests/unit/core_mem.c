/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which bytes of a memory are which frame. */
#include <check.h>
#include <stdlib.h>

#include "core/frame/mem.h"
#include "core/prng.h"
#include "core/world/sim.h"

enum { MEM_SIZE = 1 << 20, TAGS = 64 };

static const struct component_ops toy_ops = {.kind = "toy"};
static struct sim *sim;
static struct component vm, nic;
static struct sim_mem mem;
static uint8_t ram[MEM_SIZE];
static uint32_t flow;

static void setup(void)
{
    sim = sim_create(1, NULL);
    component_init(&vm, sim, &toy_ops, "vm");
    component_init(&nic, sim, &toy_ops, "nic");
    flow = (uint32_t)flow_add(sim, "web", 0);
    ck_assert_int_eq(mem_init(&mem, &vm, ram, MEM_SIZE, TAGS), 0);
}

static void teardown(void)
{
    struct books_report r;
    books_get_report(sim, &r);
    ck_assert(r.balanced);
    mem_fini(&mem);
    sim_destroy(sim);
}

static frame_ref born(uint32_t len) { return frame_birth(&nic, flow, len); }
static uint64_t fates(enum fate fate) { return books_fate_count(sim, fate); }

static frame_ref hand_over1(uint64_t addr, uint32_t len) { return mem_tag_hand_over(&mem, &(struct mem_fragment){addr, len}, 1); }

START_TEST(memory_has_an_end)
{
    ck_assert_ptr_eq(mem_at(&mem, 4096, 1), ram + 4096);
    ck_assert_ptr_nonnull(mem_at(&mem, MEM_SIZE - 8, 8));
    ck_assert_ptr_null(mem_at(&mem, MEM_SIZE - 8, 9));
    ck_assert_ptr_null(mem_at(&mem, UINT64_MAX - 3, 8));
    ck_assert_uint_eq(hand_over1(MEM_SIZE + 5000, 60), 0);
    ck_assert_uint_eq(mem_tag_read(&mem, &nic, UINT64_MAX), 0);
    ck_assert_uint_eq(mem_tag_clear(&mem, UINT64_MAX, 60, FATE_vm_ended), 0);
}
END_TEST

START_TEST(a_received_frame_is_handed_over_once)
{
    frame_ref f = born(100);
    mem_tag_received(&mem, 5000, 100, f, 0);
    ck_assert_uint_eq(hand_over1(5000, 99), 0);
    ck_assert_uint_eq(hand_over1(5001, 99), 0);
    ck_assert_uint_eq(hand_over1(5000, 101), 0);
    ck_assert_uint_eq(hand_over1(4999, 101), 0);
    ck_assert_uint_eq(mem_tag_hand_over(&mem, NULL, 0), 0);
    ck_assert_uint_eq(hand_over1(5000, 100), f);
    ck_assert_uint_eq(hand_over1(5000, 100), 0);
    frame_end(&vm, f, FATE_delivered_app);
}
END_TEST

START_TEST(fragments_must_be_whole_and_in_order)
{
    frame_ref f = born(3000);
    mem_tag_received(&mem, 0x8000, 128, f, 0); /* header split */
    mem_tag_received(&mem, 0x4000, 2048, f, 128);
    mem_tag_received(&mem, 0x6000, 824, f, 2176);
    struct mem_fragment good[] = {{0x8000, 128}, {0x4000, 2048}, {0x6000, 824}};
    struct mem_fragment swapped[] = {{0x8000, 128}, {0x6000, 824}, {0x4000, 2048}};
    struct mem_fragment finer[] = {{0x8000, 100}, {0x8064, 28}, {0x4000, 2048}, {0x6000, 24}, {0x6018, 800}};
    ck_assert_uint_eq(mem_tag_hand_over(&mem, swapped, 3), 0);
    ck_assert_uint_eq(mem_tag_hand_over(&mem, good, 2), 0);
    ck_assert_uint_eq(mem_tag_hand_over(&mem, good + 1, 2), 0);
    ck_assert_uint_eq(mem_tag_hand_over(&mem, finer, 5), f);
    ck_assert_uint_eq(mem_tag_hand_over(&mem, good, 3), 0);
    frame_end(&vm, f, FATE_delivered_app);
}
END_TEST

START_TEST(a_new_tag_ends_what_lay_there)
{
    frame_ref jumbo = born(9000), small = born(60), made = born(60);
    mem_tag_received(&mem, 0x10000, 9000, jumbo, 0);
    mem_tag_made(&mem, 0x20000, 60, made);
    mem_tag_received(&mem, 0x12000, 60, small, 0); /* in the jumbo's last granule but one */
    ck_assert_uint_eq(fates(FATE_overwritten), 1);
    mem_tag_received(&mem, 0x2003b, 60, born(60), 0); /* its last byte */
    ck_assert_uint_eq(fates(FATE_reclaimed_tx), 1);
    mem_tag_received(&mem, 0x2003b + 60, 60, born(60), 0); /* beside, not over */
    ck_assert_uint_eq(fates(FATE_overwritten), 1);
    ck_assert_uint_eq(hand_over1(0x12000, 60), small);
    frame_end(&vm, small, FATE_delivered_app);
}
END_TEST

START_TEST(one_buffer_twice_in_one_frame_is_survived)
{
    frame_ref f = born(4000);
    mem_tag_received(&mem, 0x4000, 2000, f, 0);
    mem_tag_received(&mem, 0x4000, 2000, f, 2000); /* the guest posted it twice */
    ck_assert_uint_eq(fates(FATE_overwritten), 0);
    struct mem_fragment frags[] = {{0x4000, 2000}, {0x4000, 2000}};
    ck_assert_uint_eq(mem_tag_hand_over(&mem, frags, 2), 0);
    /* Three fragments, the last over the second. */
    frame_ref g = born(3000);
    mem_tag_received(&mem, 0x8000, 1000, g, 0);
    mem_tag_received(&mem, 0x9000, 1000, g, 1000);
    mem_tag_received(&mem, 0x9000, 1000, g, 2000);
    ck_assert_uint_eq(mem_tag_clear(&mem, 0x8000, 1, FATE_reclaimed_rx), 1);
    ck_assert_uint_eq(mem_tag_clear(&mem, 0, MEM_SIZE, FATE_reclaimed_rx), 1);
    ck_assert_uint_eq(fates(FATE_reclaimed_rx), 2);
}
END_TEST

START_TEST(a_made_frame_is_read_once_and_then_duplicated)
{
    frame_ref f = born(60);
    mem_tag_made(&mem, 0x3010, 60, f);
    ck_assert(frame_get(sim, f)->flags & FRAME_IN_MEMORY);
    frame_get(sim, f)->flags |= FRAME_SUMS_GOOD;
    ck_assert_uint_eq(mem_tag_read(&mem, &nic, 0x3011), 0);
    ck_assert_uint_eq(mem_tag_read(&mem, &nic, 0x3010), f);
    ck_assert(!(frame_get(sim, f)->flags & (FRAME_IN_MEMORY | FRAME_SUMS_GOOD))); /* the guest may have written there */
    uint64_t id = frame_get(sim, f)->id;
    frame_end(&nic, f, FATE_delivered_peer); /* all copies have ended; the tag remembers */
    frame_ref g = mem_tag_read(&mem, &nic, 0x3010);
    ck_assert_uint_ne(g, 0);
    ck_assert_uint_eq(frame_get(sim, g)->id, id);
    ck_assert_uint_eq(frame_get(sim, g)->len, 60);
    ck_assert(frame_get(sim, g)->flags & FRAME_FROM_TAG_REREAD);
    frame_end(&nic, g, FATE_delivered_peer);
    struct flow_report r;
    flow_get_report(sim, flow, &r);
    ck_assert_uint_eq(r.delivered, 1);
    ck_assert_uint_eq(r.duplicated, 1);
    mem_tag_made(&mem, 0x3010, 60, born(60)); /* the buffer is used again: nothing ends, the memory of it does */
    ck_assert_uint_eq(fates(FATE_reclaimed_tx), 0);
    ck_assert_uint_eq(mem_tag_clear(&mem, 0x3000, 4096, FATE_reclaimed_tx), 1);
    ck_assert_uint_eq(mem_tag_read(&mem, &nic, 0x3010), 0);
}
END_TEST

START_TEST(a_second_read_brings_a_lost_frame_back)
{
    mem_tag_made(&mem, 0x3000, 60, born(60));
    struct flow_report r;
    frame_end(&nic, mem_tag_read(&mem, &nic, 0x3000), FATE_link_down);
    flow_get_report(sim, flow, &r);
    ck_assert_uint_eq(r.lost, 1);
    frame_ref g = mem_tag_read(&mem, &nic, 0x3000);
    flow_get_report(sim, flow, &r);
    ck_assert_uint_eq(r.lost, 0);
    ck_assert_uint_eq(r.in_flight, 1);
    frame_end(&nic, g, FATE_delivered_peer);
    flow_get_report(sim, flow, &r);
    ck_assert_uint_eq(r.delivered, 1);
    ck_assert_uint_eq(r.lost, 0);
    struct drop_report drop;
    ck_assert(books_get_drop(sim, 0, &drop) && drop.count == 1 && drop.lost == 0);
}
END_TEST

START_TEST(the_limit_of_tags_is_a_drop)
{
    for (uint32_t i = 0; i < TAGS; i++)
        mem_tag_received(&mem, i * 2048, 60, born(60), 0);
    mem_tag_received(&mem, 0x80000, 60, born(60), 0);
    mem_tag_made(&mem, 0x90000, 60, born(60));
    ck_assert_uint_eq(fates(FATE_no_buffer), 2);
    frame_ref f = born(4000);
    mem_tag_received(&mem, 0, 60, f, 0); /* replaces one */
    mem_tag_received(&mem, 0x80000, 60, f, 60);
    mem_tag_received(&mem, 0x81000, 60, f, 120); /* it has ended already */
    ck_assert_uint_eq(fates(FATE_no_buffer), 3);
    ck_assert_uint_eq(mem_tag_clear(&mem, 0, MEM_SIZE, FATE_vm_ended), TAGS - 1);
}
END_TEST

/* Random tags, checked against a plain list of who owns each byte. */
START_TEST(random_tags_agree_with_a_byte_map)
{
    enum { SPAN = 40000 };
    static uint32_t owner[SPAN];
    struct prng p;
    prng_init(&p, 7, "tags");
    mem_fini(&mem);
    ck_assert_int_eq(mem_init(&mem, &vm, ram, MEM_SIZE, SPAN), 0);
    uint64_t ended = 0;
    for (uint32_t n = 1; n < 20000; n++) {
        uint32_t len = 1 + (uint32_t)prng_below(&p, prng_below(&p, 10) ? 200 : 9000);
        uint32_t addr = (uint32_t)prng_below(&p, SPAN - len);
        bool clearing = prng_below(&p, 4) == 0;
        for (uint32_t i = addr; i < addr + len; i++)
            if (owner[i]) {
                uint32_t gone = owner[i];
                for (uint32_t j = 0; j < SPAN; j++)
                    owner[j] = owner[j] == gone ? 0 : owner[j];
                ended++;
            }
        if (clearing) {
            mem_tag_clear(&mem, addr, len, FATE_overwritten);
        } else {
            mem_tag_received(&mem, addr, len, born(len), 0);
            for (uint32_t i = addr; i < addr + len; i++)
                owner[i] = n;
        }
        ck_assert_uint_eq(fates(FATE_overwritten), ended);
    }
    ck_assert_uint_gt(ended, 1000);
    mem_tag_clear(&mem, 0, MEM_SIZE, FATE_vm_ended);
}
END_TEST

START_TEST(tags_are_saved_and_moved)
{
    struct sim_mem other;
    static uint8_t other_ram[MEM_SIZE];
    ck_assert_int_eq(mem_init(&other, &nic, other_ram, MEM_SIZE, TAGS), 0);
    frame_ref f = born(3000), g = born(60);
    mem_tag_received(&mem, 0x4000, 2048, f, 0);
    mem_tag_received(&mem, 0x6000, 952, f, 2048);
    mem_tag_made(&mem, 0x4900, 60, g);
    struct save w, r, again;
    save_init_writer(&w);
    mem_save(&mem, &w);
    save_init_reader(&r, w.buf, w.len);
    mem_save(&other, &r);
    ck_assert_str_eq(r.why, "");
    mem_fini(&mem); /* forgets without ending anything */
    save_init_writer(&again);
    mem_save(&other, &again);
    ck_assert_uint_eq(again.len, w.len);
    ck_assert_mem_eq(again.buf, w.buf, w.len);
    struct mem_fragment frags[] = {{0x4000, 2048}, {0x6000, 952}};
    ck_assert_uint_eq(mem_tag_hand_over(&other, frags, 2), f);
    ck_assert_uint_eq(mem_tag_read(&other, &nic, 0x4900), g);
    frame_end(&vm, f, FATE_delivered_app);
    frame_end(&nic, g, FATE_delivered_peer);
    mem_fini(&other);
    save_fini(&again);
    save_fini(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core_mem");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, memory_has_an_end);
    tcase_add_test(tc, a_received_frame_is_handed_over_once);
    tcase_add_test(tc, fragments_must_be_whole_and_in_order);
    tcase_add_test(tc, a_new_tag_ends_what_lay_there);
    tcase_add_test(tc, one_buffer_twice_in_one_frame_is_survived);
    tcase_add_test(tc, a_made_frame_is_read_once_and_then_duplicated);
    tcase_add_test(tc, a_second_read_brings_a_lost_frame_back);
    tcase_add_test(tc, the_limit_of_tags_is_a_drop);
    tcase_add_test(tc, random_tags_agree_with_a_byte_map);
    tcase_add_test(tc, tags_are_saved_and_moved);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
