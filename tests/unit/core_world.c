/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A world written at any event goes on in another one to the same end, byte for byte. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/frame/mem.h"
#include "core/prng.h"
#include "core/world/sim.h"

enum { STATIONS = 4, MEM_SIZE = 1 << 16, END = 400000, TRACE_MAX = 1 << 20 };
enum { VERB_SEND = 1, VERB_ARRIVE, VERB_TIMEOUT, VERB_READ };

struct world;

/* Sends frames round, makes some in memory, drops, clones, splits, keeps a timer that is mostly cancelled. */
struct station {
    struct component c;
    struct world *world;
    struct sim_mem mem;
    uint8_t *ram;
    struct station_state {
        struct prng prng;
        struct event_id timeout;
        frame_ref held;
        uint32_t zero;
        uint64_t timeouts;
    } st;
};

struct world {
    struct sim *sim;
    struct station station[STATIONS];
    struct trace_listener listener;
    char *text;
    size_t text_len;
};

static struct station *peer_of(struct station *s) { return &s->world->station[prng_below(&s->st.prng, STATIONS)]; }

static void pass_on(struct station *s, frame_ref ref)
{
    struct station *to = peer_of(s);
    event_post(&s->c, &to->c, sim_now(s->c.sim) + prng_below(&s->st.prng, 3000), EV_HW, VERB_ARRIVE, ref, 0, 0);
}

static frame_ref part_of(struct station *s, frame_ref whole, uint32_t len)
{
    frame_ref part = frame_split(&s->c, whole, len);
    memcpy(frame_data(frame_get(s->c.sim, part)), frame_data(frame_get(s->c.sim, whole)), len);
    return part;
}

static void on_send(struct station *s)
{
    struct sim *sim = s->c.sim;
    uint32_t len = 60 + (uint32_t)prng_below(&s->st.prng, prng_below(&s->st.prng, 8) ? 1400 : 9000);
    frame_ref ref = frame_birth(&s->c, 1 + (uint32_t)prng_below(&s->st.prng, 2), len);
    memset(frame_data(frame_get(sim, ref)), (int)prng_below(&s->st.prng, 256), len);
    switch (prng_below(&s->st.prng, 4)) {
    case 0: {
        uint64_t addr = prng_below(&s->st.prng, 8) * 4096;
        mem_tag_made(&s->mem, addr, len, ref);
        event_post(&s->c, &s->c, sim_now(sim) + 700, EV_HOST, VERB_READ, addr, 0, 0);
        break;
    }
    case 1:
        pass_on(s, part_of(s, ref, 60));
        pass_on(s, part_of(s, ref, 61));
        frame_end(&s->c, ref, FATE_segmented);
        break;
    case 2:
        pass_on(s, frame_clone(&s->c, ref));
        pass_on(s, ref);
        break;
    default:
        pass_on(s, ref);
        break;
    }
    event_cancel(sim, &s->st.timeout);
    s->st.timeout = event_post(&s->c, &s->c, sim_now(sim) + 1500, EV_CPU, VERB_TIMEOUT, 0, 0, 0);
    event_post(&s->c, &s->c, sim_now(sim) + prng_below(&s->st.prng, 2000), EV_CPU, VERB_SEND, 0, 0, 0);
}

static void on_read(struct station *s, uint64_t addr)
{
    frame_ref ref = mem_tag_read(&s->mem, &s->c, addr);
    if (!ref)
        return;
    struct frame *f = frame_get(s->c.sim, ref);
    memset(frame_data(f), 0x55, f->len);
    pass_on(s, ref);
    if (prng_below(&s->st.prng, 4) == 0)
        event_post(&s->c, &s->c, sim_now(s->c.sim) + 100, EV_HOST, VERB_READ, addr, 0, 0);
}

static void on_arrive(struct station *s, frame_ref ref)
{
    uint32_t len = frame_get(s->c.sim, ref)->len;
    switch (prng_below(&s->st.prng, 6)) {
    case 0:
        frame_end_sub(&s->c, ref, FATE_rx_no_descriptor, "queue %d", (int)prng_below(&s->st.prng, 3));
        break;
    case 1:
        pass_on(s, ref);
        break;
    case 2:
        if (s->st.held)
            frame_end(&s->c, s->st.held, FATE_delivered_peer);
        s->st.held = ref;
        break;
    case 3:
        mem_tag_received(&s->mem, prng_below(&s->st.prng, 8) * 4096, len, ref, 0);
        break;
    default:
        frame_end(&s->c, ref, FATE_delivered_peer);
        break;
    }
}

static void station_event(struct component *self, const struct event *ev)
{
    struct station *s = (struct station *)self;
    switch (ev->verb) {
    case VERB_SEND:
        on_send(s);
        break;
    case VERB_ARRIVE:
        on_arrive(s, (frame_ref)ev->a);
        break;
    case VERB_READ:
        on_read(s, ev->a);
        break;
    case VERB_TIMEOUT:
        s->st.timeouts++;
        break;
    }
}

static void station_save(struct component *self, struct save *s)
{
    struct station *station = (struct station *)self;
    save_section(s, "station", 1);
    save_field(s, station->st);
    mem_save(&station->mem, s);
}

static const struct component_ops station_ops = {.kind = "station", .event = station_event, .save = station_save};

static void hear(struct trace_listener *self, sim_time at, enum trace_category cat, const char *who, const char *text)
{
    struct world *w = (struct world *)((char *)self - offsetof(struct world, listener));
    if (w->text_len + 200 < TRACE_MAX)
        w->text_len += (size_t)snprintf(w->text + w->text_len, 200, "%" PRIu64 " %s %s\n", at, who, text);
}

static struct world *build(uint64_t seed)
{
    struct world *w = calloc(1, sizeof(*w));
    w->sim = sim_create(seed, &(struct sim_limits){.events = 4096, .frames_small = 4096, .frames_jumbo = 1024});
    w->text = malloc(TRACE_MAX);
    w->listener = (struct trace_listener){1u << TRACE_core, hear};
    trace_listen(w->sim, &w->listener);
    uint32_t parent = (uint32_t)flow_add(w->sim, "all", 0);
    flow_add(w->sim, "odd", parent);
    for (int i = 0; i < STATIONS; i++) {
        struct station *s = &w->station[i];
        char name[8] = {'s', (char)('0' + i)};
        component_init(&s->c, w->sim, &station_ops, name);
        s->world = w;
        s->ram = calloc(1, MEM_SIZE);
        mem_init(&s->mem, &s->c, s->ram, MEM_SIZE, 16);
        prng_init(&s->st.prng, seed, name);
    }
    return w;
}

static void start(struct world *w)
{
    for (int i = 0; i < STATIONS; i++)
        event_post(&w->station[i].c, &w->station[i].c, 0, EV_CPU, VERB_SEND, 0, 0, 0);
}

static void demolish(struct world *w)
{
    for (int i = 0; i < STATIONS; i++) {
        mem_fini(&w->station[i].mem);
        free(w->station[i].ram);
    }
    sim_destroy(w->sim);
    free(w->text);
    free(w);
}

static void write_world(struct world *w, struct save *s)
{
    save_init_writer(s);
    sim_save(w->sim, s);
    ck_assert_str_eq(s->why, "");
}

static struct world *read_world(const struct save *from, uint64_t seed)
{
    struct world *w = build(seed);
    struct save r;
    save_init_reader(&r, from->buf, from->len);
    sim_save(w->sim, &r);
    ck_assert_str_eq(r.why, "");
    ck_assert_uint_eq(r.pos, r.len);
    return w;
}

static void assert_same(struct world *a, struct world *b)
{
    struct save x, y;
    write_world(a, &x);
    write_world(b, &y);
    ck_assert_uint_eq(x.len, y.len);
    ck_assert(memcmp(x.buf, y.buf, x.len) == 0);
    save_fini(&x);
    save_fini(&y);
}

START_TEST(a_world_goes_on_elsewhere)
{
    struct world *whole = build(5);
    start(whole);
    for (int i = 0; i < 37 + 500 * _i; i++)
        sim_step(whole->sim);
    struct save s;
    write_world(whole, &s);
    size_t told = whole->text_len;
    struct world *moved = read_world(&s, 5);
    assert_same(whole, moved);
    sim_run_until(whole->sim, END);
    sim_run_until(moved->sim, END);
    ck_assert_uint_eq(whole->text_len - told, moved->text_len);
    ck_assert_uint_gt(moved->text_len, 1000);
    ck_assert_mem_eq(whole->text + told, moved->text, moved->text_len);
    assert_same(whole, moved);
    struct books_report r;
    books_get_report(moved->sim, &r);
    ck_assert(r.balanced);
    ck_assert_uint_gt(r.in_flight, 0);
    struct drop_report a, b;
    for (uint32_t i = 0; books_get_drop(whole->sim, i, &a); i++) {
        ck_assert(books_get_drop(moved->sim, i, &b));
        ck_assert_str_eq(a.place, b.place);
        ck_assert_uint_eq(a.count, b.count);
    }
    save_fini(&s);
    demolish(whole);
    demolish(moved);
}
END_TEST

START_TEST(a_world_may_move_at_every_event)
{
    struct world *whole = build(6), *moving = build(6);
    start(whole);
    start(moving);
    for (int i = 0; i < 300; i++) {
        struct save s;
        sim_step(whole->sim);
        sim_step(moving->sim);
        write_world(moving, &s);
        demolish(moving);
        moving = read_world(&s, 6);
        save_fini(&s);
    }
    assert_same(whole, moving);
    demolish(whole);
    demolish(moving);
}
END_TEST

START_TEST(loading_over_a_used_world_forgets_it)
{
    struct world *whole = build(5), *used = build(5);
    start(whole);
    start(used);
    sim_run_until(whole->sim, 3000);
    sim_run_until(used->sim, 90000);
    struct save s, r;
    write_world(whole, &s);
    save_init_reader(&r, s.buf, s.len);
    sim_save(used->sim, &r);
    ck_assert_str_eq(r.why, "");
    sim_run_until(whole->sim, END);
    sim_run_until(used->sim, END);
    assert_same(whole, used);
    save_fini(&s);
    demolish(whole);
    demolish(used);
}
END_TEST

START_TEST(another_world_is_refused)
{
    struct world *whole = build(5), *other = build(6);
    start(whole);
    sim_run_until(whole->sim, 3000);
    struct save s, r;
    write_world(whole, &s);
    save_init_reader(&r, s.buf, s.len);
    sim_save(other->sim, &r);
    ck_assert_int_eq(r.err, -EPROTO);
    ck_assert_str_eq(r.why, "sim: the seed is 5 in the stream and 6 in this world");
    demolish(other);
    other = build(5);
    save_init_reader(&r, s.buf, s.len / 2);
    sim_save(other->sim, &r);
    ck_assert_int_eq(r.err, -EPROTO);
    demolish(other);
    other = build(5);
    other->station[2].c.name[0] = 'x';
    save_init_reader(&r, s.buf, s.len);
    sim_save(other->sim, &r);
    ck_assert_ptr_nonnull(strstr(r.why, "component name is \"s2\" in the stream and \"x2\" in this world"));
    save_fini(&s);
    demolish(whole);
    demolish(other);
}
END_TEST

START_TEST(a_damaged_stream_does_no_harm)
{
    struct world *whole = build(5);
    start(whole);
    sim_run_until(whole->sim, 3000);
    struct save s, r;
    write_world(whole, &s);
    struct prng p;
    prng_init(&p, 1, "damage");
    for (int i = 0; i < 40; i++) {
        struct world *other = build(5);
        size_t at = prng_below(&p, s.len);
        uint8_t was = s.buf[at];
        s.buf[at] ^= (uint8_t)(1 + prng_below(&p, 255));
        save_init_reader(&r, s.buf, s.len);
        sim_save(other->sim, &r); /* refused or, where it hit a payload, not: never a crash */
        s.buf[at] = was;
        demolish(other);
    }
    save_fini(&s);
    demolish(whole);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core_world");
    TCase *tc = tcase_create("all");
    tcase_add_loop_test(tc, a_world_goes_on_elsewhere, 0, 3);
    tcase_add_test(tc, a_world_may_move_at_every_event);
    tcase_add_test(tc, loading_over_a_used_world_forgets_it);
    tcase_add_test(tc, another_world_is_refused);
    tcase_add_test(tc, a_damaged_stream_does_no_harm);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
