/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal: messages by conversation and in order, limits that are counted, the same after a save and a load. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/world/journal.h"
#include "core/world/journal_private.h"
#include "core/save.h"
#include "core/world/sim.h"

static struct component who, other;
static const struct component_ops ops = {.kind = "test"};

static struct sim *make(void)
{
    static const struct sim_limits small = {64, 64, 16, 4};
    struct sim *sim = sim_create(1, &small);
    component_init(&who, sim, &ops, "h0");
    component_init(&other, sim, &ops, "h0.vmnic0");
    return sim;
}

static struct journal_party host(void) { return journal_party(&who, JOURNAL_HYPERVISOR, -1); }
static struct journal_party vf(int n) { return journal_party(&other, JOURNAL_VF, n); }

START_TEST(conversations_do_not_mix)
{
    struct sim *sim = make();
    uint32_t a = journal_open(sim), b = journal_open(sim);
    ck_assert_uint_eq(a, 1);
    ck_assert_uint_eq(b, 2);
    journal_say(sim, a, host(), vf(0), "one");
    journal_say(sim, b, vf(3), host(), "two %d", 2);
    journal_say(sim, 0, host(), host(), "nobody's");
    journal_say(sim, a, vf(0), host(), "three");
    const struct journal_message *m = journal_next(sim, a, NULL);
    ck_assert_str_eq(m->what, "one");
    ck_assert(journal_party_is(m->from, host()) && journal_party_is(m->to, vf(0)));
    m = journal_next(sim, a, m);
    ck_assert_str_eq(m->what, "three");
    ck_assert_ptr_null(journal_next(sim, a, m));
    m = journal_next(sim, b, NULL);
    ck_assert_str_eq(m->what, "two 2");
    ck_assert(!journal_party_is(m->from, vf(0)));
    ck_assert_ptr_null(journal_next(sim, b, m));
    ck_assert_ptr_null(journal_next(sim, 3, NULL));
    sim_destroy(sim);
}
END_TEST

START_TEST(what_is_too_much_is_counted)
{
    struct sim *sim = make();
    uint32_t talk = journal_open(sim), count = 0;
    for (int i = 0; i < JOURNAL_TALK_MESSAGES_MAX + 7; i++)
        journal_say(sim, talk, host(), host(), "%d", i);
    for (const struct journal_message *m = NULL; (m = journal_next(sim, talk, m)) != NULL;)
        count++;
    ck_assert_uint_eq(count, JOURNAL_TALK_MESSAGES_MAX);
    ck_assert_uint_eq(journal_left_out(sim, talk), 7);
    while (journal_open(sim))
        ;
    journal_say(sim, JOURNAL_TALKS_MAX, host(), host(), "the last one is good");
    ck_assert_ptr_nonnull(journal_next(sim, JOURNAL_TALKS_MAX, NULL));
    sim_destroy(sim);
}
END_TEST

static void save_it(struct sim *sim, struct save *s)
{
    save_init_writer(s);
    journal__save(sim->journal, s);
    ck_assert_int_eq(s->err, 0);
}

START_TEST(saved_and_loaded_it_is_the_same)
{
    struct sim *sim = make();
    struct save s, again;
    uint32_t a = journal_open(sim), b = journal_open(sim);
    for (int i = 0; i < 100; i++)
        journal_say(sim, i % 3 ? a : b, host(), vf(i), "message %d", i);
    save_it(sim, &s);
    struct sim *fresh = make();
    struct save reader;
    save_init_reader(&reader, s.buf, s.len);
    journal__save(fresh->journal, &reader);
    ck_assert_int_eq(reader.err, 0);
    save_it(fresh, &again);
    ck_assert_uint_eq(again.len, s.len);
    ck_assert_mem_eq(again.buf, s.buf, s.len);
    ck_assert_uint_eq(journal_open(fresh), 3);
    journal_say(fresh, b, host(), vf(0), "goes on");
    const struct journal_message *last = NULL;
    for (const struct journal_message *m = NULL; (m = journal_next(fresh, b, m)) != NULL;)
        last = m;
    ck_assert_str_eq(last->what, "goes on");
    save_fini(&again);
    save_fini(&s);
    sim_destroy(fresh);
    sim_destroy(sim);
}
END_TEST

/* What a file says is not believed: every 32-bit word of it spoilt once is refused or harmless. */
START_TEST(a_spoilt_stream_is_refused_or_harmless)
{
    struct sim *sim = make();
    struct save s;
    uint32_t talk = journal_open(sim);
    journal_say(sim, talk, host(), vf(1), "one");
    journal_say(sim, talk, vf(1), host(), "two");
    save_it(sim, &s);
    for (size_t at = 0; at + 4 <= s.len; at += 4) {
        uint8_t *bytes = malloc(s.len);
        memcpy(bytes, s.buf, s.len);
        memset(bytes + at, 0xff, 4);
        struct sim *fresh = make();
        struct save reader;
        save_init_reader(&reader, bytes, s.len);
        journal__save(fresh->journal, &reader);
        unsigned count = 0;
        for (const struct journal_message *m = NULL; !reader.err && (m = journal_next(fresh, talk, m)) != NULL;)
            count += strlen(m->what) < JOURNAL_WHAT_LEN;
        ck_assert_uint_le(count, 2);
        sim_destroy(fresh);
        free(bytes);
    }
    save_fini(&s);
    sim_destroy(sim);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("journal");
    TCase *all = tcase_create("all");
    tcase_add_test(all, conversations_do_not_mix);
    tcase_add_test(all, what_is_too_much_is_counted);
    tcase_add_test(all, saved_and_loaded_it_is_the_same);
    tcase_add_test(all, a_spoilt_stream_is_refused_or_harmless);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
