/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls that a guest posts: as if they were made, or refused; offered when nothing can come of them that it would see too late. */
#include "guest_vm/posts_cases.h"
#include "unit/vm_test.h"
#include "core/engine/horizon.h"
#include "vm/move.h"

static struct world w;

static void start(enum posts_case how, void (*written)(struct device *, uint32_t, uint64_t))
{
    world_sim(&w);
    world_vm(&w, "posts", &(struct vm_params){.mtu = how, .app = MACHINE_APP_ECHO, .mac = {2, 0, 0, 0, 0, 1}});
    world_device(&w, 500 * SIM_NS, VM_MMIO_DIRECT);
    ck_assert_int_eq(vm_map_mmio(w.vm, MACHINE_MMIO_OFFSET + 0x10000, TEST_REGS, w.device.fn, 0, 0, VM_MMIO_TRAPPED), 0);
    w.device.written = written;
    vm_boot(w.vm);
}

/* Something far happens all the time, between the calls: they wait for it, whichever way they come. */
struct ticker {
    struct component c;
    char seen[512]; /* books' fates at each tick */
};

static void tick(struct component *self, const struct event *ev)
{
    struct ticker *t = (struct ticker *)self;
    size_t n = strlen(t->seen);
    snprintf(t->seen + n, sizeof(t->seen) - n, "%llu ", (unsigned long long)books_fate_count(self->sim, FATE_shell_stopped));
    if (ev->a)
        event_post(self, self, sim_now(self->sim) + 777 * SIM_NS, EV_HW, 1, ev->a - 1, 0, 0);
}

static const struct component_ops ticker_ops = {.kind = "ticker", .event = tick};

START_TEST(posted_or_made_is_the_same)
{
    static struct vm_stats stats[2];
    static char log[2][sizeof(w.device.log)], text[2][TEST_TEXT_MAX], seen[2][512];
    for (int posted = 0; posted < 2; posted++) {
        static struct ticker ticker;
        start(posted ? POSTS_POSTED : POSTS_MADE, NULL);
        memset(&ticker, 0, sizeof(ticker));
        component_init(&ticker.c, w.sim, &ticker_ops, "ticker");
        component_is_far(&ticker.c);
        sim_limit_lookahead(w.sim, 400 * SIM_NS);
        event_post(&ticker.c, &ticker.c, 1, EV_HW, 1, 80, 0, 0);
        sim_run_until(w.sim, 100 * SIM_MS);
        vm_get_stats(w.vm, &stats[posted]);
        memcpy(log[posted], w.device.log, sizeof(w.device.log));
        memcpy(text[posted], w.text, sizeof(w.text));
        memcpy(seen[posted], ticker.seen, sizeof(ticker.seen));
        ck_has(w.text, "console > done");
        ck_assert_uint_eq(books_fate_count(w.sim, FATE_shell_stopped), 60);
        world_end(&w);
    }
    ck_assert_str_eq(log[0], log[1]);
    ck_assert_str_eq(text[0], text[1]);
    ck_assert_str_eq(seen[0], seen[1]);
    ck_assert_mem_eq(&stats[0], &stats[1], sizeof(stats[0]));
    ck_assert_uint_eq(stats[1].calls[MACHINE_OP_FRAME_DROP], 120 + 66000);
}
END_TEST

START_TEST(nonsense_is_refused)
{
    static const char *const said[] = {
        "posted calls 0x21 -> refused",
        "posted calls 0xffffffff -> refused",
        "a posted hand-over of fragments 0x2 -> refused",
        "a posted store to 0xe0100000 -> refused",
        "a posted store to 0xe0000000 -> refused",
        "a posted store to 0xe0010000 -> refused",
        "a hand-over of fragments 0x1 -> refused",
        "a frame made at 0x1000000 -> refused",
        "a drop at 0x0 -> refused",
    };
    start(POSTS_NONSENSE, NULL);
    sim_run_until(w.sim, 10 * SIM_MS);
    struct vm_stats stats;
    vm_get_stats(w.vm, &stats);
    ck_assert_int_eq(vm_get_state(w.vm), VM_RUNNING);
    ck_has(w.text, "console > done");
    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
        ck_has(w.text, said[i]);
    ck_assert_uint_eq(stats.bad_requests, 17);
    ck_assert_str_eq(strchr(w.device.log, ';') + 1, ""); /* the first store, which is made */
    world_end(&w);
}
END_TEST

static void raise_line(struct device *d, uint32_t off, uint64_t value)
{
    (void)off, (void)value;
    vm_irq(d->world->vm, 3); /* it must not have seen that there is none: an assertion */
}

START_TEST(a_store_has_a_horizon_of_its_own)
{
    start(POSTS_HEEDLESS, raise_line);
    sim_run_until(w.sim, 10 * SIM_MS);
    ck_assert_int_eq(vm_get_state(w.vm), VM_RUNNING);
    ck_has(w.text, "console > lines 0x8");
    struct vm_stats stats;
    vm_get_stats(w.vm, &stats);
    ck_assert_uint_eq(stats.bad_requests, 0);
    ck_assert_uint_eq(stats.direct_mmio, 11);
    world_end(&w);
}
END_TEST

START_TEST(who_hangs_has_posted)
{
    start(POSTS_HANG, NULL);
    sim_run_until(w.sim, 10 * SIM_MS);
    ck_assert_int_eq(vm_get_state(w.vm), VM_ENDED);
    ck_has(vm_end_text(w.vm), "loop without exits");
    ck_assert_uint_eq(books_fate_count(w.sim, FATE_shell_stopped), 1);
    struct vm_stats stats;
    vm_get_stats(w.vm, &stats);
    ck_assert_uint_eq(stats.bad_requests, 0);
    ck_assert_uint_eq(stats.cycles_charged, 200); /* up to its last call */
    world_end(&w);
}
END_TEST

/* ---- what is offered ---- */

static uint64_t offered(uint32_t *room)
{
    const char *last = NULL, *at = w.text;
    w.text[0] = '\0';
    vm_irq(w.vm, 1);
    sim_run_until(w.sim, sim_now(w.sim) + SIM_MS);
    while ((at = strstr(at, "offered 0x")) != NULL)
        last = at++;
    ck_assert_ptr_nonnull(last);
    uint64_t value = strtoull(last + 8, NULL, 16);
    *room = (uint32_t)value;
    return value >> 32;
}

static void heard(struct delivery_listener *self, struct component *at, const struct frame *f) { (void)self, (void)at, (void)f; }

START_TEST(what_may_be_posted)
{
    enum {
        ALWAYS = 1 << MACHINE_OP_FRAME_MADE | 1 << MACHINE_OP_FRAME_DROP | 1 << MACHINE_OP_FRAME_NEXT,
        DELIVER = 1 << MACHINE_OP_FRAME_DELIVER,
        STORE = 1 << MACHINE_OP_MMIO_WRITE
    };
    struct delivery_listener listener = {.delivered = heard};
    struct mem_pager pager = {.missing = calloc(VM_RAM_DEFAULT / 4096, 1)};
    uint32_t room;
    start(POSTS_NONE, NULL); /* it never stores: nobody knows where to */
    sim_run_until(w.sim, SIM_MS);
    ck_assert_uint_eq(offered(&room), ALWAYS | DELIVER);
    ck_assert_uint_eq(room, MACHINE_POSTS_MAX);
    ck_has(w.text, "due 0xffffffffffffffff");
    vm_set_pager(w.vm, &pager); /* its pages are to follow */
    ck_assert_uint_eq(offered(&room), 0);
    ck_assert_uint_eq(room, 0);
    vm_set_pager(w.vm, NULL);
    books_listen(w.sim, &listener); /* a delivery may be answered */
    ck_assert_uint_eq(offered(&room), ALWAYS);
    world_end(&w);
    free(pager.missing);

    start(POSTS_POSTED, NULL);
    sim_run_until(w.sim, 10 * SIM_MS);
    ck_assert_uint_eq(offered(&room), ALWAYS | DELIVER | STORE);
    ck_assert_int_eq(vm_unmap_mmio(w.vm, MACHINE_MMIO_OFFSET), 0);
    ck_assert_uint_eq(offered(&room), ALWAYS | DELIVER);
    world_end(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vm_posts");
    TCase *tc = tcase_create("all");
    suite_add_tcase(suite, tc);
    tcase_add_test(tc, posted_or_made_is_the_same);
    tcase_add_test(tc, nonsense_is_refused);
    tcase_add_test(tc, a_store_has_a_horizon_of_its_own);
    tcase_add_test(tc, who_hangs_has_posted);
    tcase_add_test(tc, what_may_be_posted);
    return run_suite(suite);
}
