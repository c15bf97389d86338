/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The public library in the hands of somebody who calls it wrongly: a message, never a fault. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <vfsim/chip.h>
#include <vfsim/vfsim.h>

static const char text[] =
    "switch tor\npeer a on tor\npeer b on tor mac 02:00:00:00:00:02\n"
    "host h0\nnic h0.n model 82599 vfs 2\nlink h0.n tor\n0 flow f from a to b size 128 rate 10K pps count 10\n";
static const uint8_t frame[60] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 9, 0x88, 0xb5};

static struct vfsim_world *build(void)
{
    struct vfsim_scenario *scenario = vfsim_scenario_parse("t", NULL, text, strlen(text), NULL);
    struct vfsim_world *world = vfsim_world_new(scenario, NULL);
    ck_assert_ptr_nonnull(world);
    vfsim_scenario_free(scenario);
    return world;
}

/* Each call left one error; the next one begins with none. */
static void refused(struct vfsim_error **error, const char *words)
{
    ck_assert_msg(*error != NULL, "no error that says '%s'", words);
    ck_assert_msg(strstr((*error)->text, words) != NULL, "'%s' does not say '%s'", (*error)->text, words);
    vfsim_error_free(*error);
    *error = NULL;
}

START_TEST(a_world_that_is_null_is_a_mistake)
{
    struct vfsim_error *e = NULL;
    struct vfsim_flow flow;
    struct vfsim_drop drop;
    struct vfsim_expectation expectation;
    struct vfsim_surprise surprise;
    uint64_t value;
    uint32_t word;
    size_t count;
    void *bytes;
    const struct {
        int status;
        const char *call;
    } calls[] = {
        {vfsim_world_run(NULL, &e), "run"},
        {vfsim_world_run_until(NULL, 1, &e), "run_until"},
        {vfsim_world_step(NULL, &e), "step"},
        {vfsim_world_finish(NULL, NULL, &e), "finish"},
        {vfsim_world_set_paranoia(NULL, 1, 0, 1, &e), "set_paranoia"},
        {vfsim_world_save(NULL, "x", &e), "save"},
        {vfsim_world_save_memory(NULL, &bytes, &count, &e), "save_memory"},
        {vfsim_register_read(NULL, "n", 0, 0, 0, 4, &value, &e), "register_read"},
        {vfsim_register_write(NULL, "n", 0, 0, 0, 4, 0, &e), "register_write"},
        {vfsim_register_find(NULL, "n", 0, "CTRL", 0, &word, &e), "register_find"},
        {vfsim_config_read(NULL, "n", 0, 0, 4, &word, &e), "config_read"},
        {vfsim_config_write(NULL, "n", 0, 0, 4, 0, &e), "config_write"},
        {vfsim_send(NULL, "a", frame, sizeof(frame), NULL, &e), "send"},
        {vfsim_receive(NULL, "a", frame, sizeof(frame), NULL, &e), "receive"},
        {vfsim_on_sentence(NULL, "all", NULL, NULL, &e), "on_sentence"},
        {vfsim_on_frame(NULL, "a", NULL, NULL, &e), "on_frame"},
    };
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        ck_assert_msg(calls[i].status == -EINVAL, "%s: %d", calls[i].call, calls[i].status);
        ck_assert_msg(e && strstr(e->text, "no world: it is NULL"), "%s", calls[i].call);
        struct vfsim_error *next = (struct vfsim_error *)e->next;
        if (i + 1 < sizeof(calls) / sizeof(calls[0]))
            ck_assert_ptr_nonnull(next);
        ck_assert_uint_eq(e->code, EINVAL);
        e->next = NULL;
        vfsim_error_free(e);
        e = next;
    }
    ck_assert_int_eq(vfsim_on_fate(NULL, NULL, NULL), -EINVAL);
    ck_assert_int_eq(vfsim_world_verdict(NULL), VFSIM_FAIL);
    ck_assert(vfsim_world_is_over(NULL));
    ck_assert_uint_eq(vfsim_world_now(NULL) + vfsim_world_events(NULL) + vfsim_world_cuts(NULL) + vfsim_flow_count(NULL), 0);
    ck_assert(vfsim_world_next_event(NULL) == VFSIM_NEVER && vfsim_world_begin(NULL) == VFSIM_NEVER);
    ck_assert(!vfsim_flow_at(NULL, 0, &flow) && !vfsim_flow_find(NULL, "f", &flow) && !vfsim_flow_latency(NULL, "f", 500));
    ck_assert(!vfsim_drop_at(NULL, 0, &drop) && !vfsim_world_expectation(NULL, 0, &expectation));
    ck_assert(!vfsim_world_surprise(NULL, 0, &surprise) && !vfsim_flow_series(NULL, "f", &count));
    ck_assert(!vfsim_counters(NULL, NULL, &count) && vfsim_counter_get(NULL, "a", "b", &value) == -ENOENT);
    ck_assert(!vfsim_world_report(NULL) && !vfsim_world_scenario(NULL) && !vfsim_report_text(NULL, VFSIM_TEXT, 0, 0, NULL));
    vfsim_unobserve(NULL, 1);
    vfsim_world_on_cut(NULL, NULL, NULL);
}
END_TEST

START_TEST(a_name_that_is_null_is_a_mistake)
{
    struct vfsim_world *world = build();
    struct vfsim_error *e = NULL;
    struct vfsim_flow flow;
    struct vfsim_loss loss;
    uint64_t value;
    uint32_t word;
    size_t count;
    vfsim_time time;
    ck_assert_ptr_null(vfsim_world_new(NULL, &e));
    refused(&e, "no scenario: it is NULL");
    ck_assert_int_eq(vfsim_register_read(world, NULL, 0, 0, 0, 4, &value, &e), -EINVAL);
    refused(&e, "no NIC: it is NULL");
    ck_assert_int_eq(vfsim_register_find(world, "h0.n", VFSIM_PF, NULL, 0, &word, &e), -EINVAL);
    refused(&e, "no register: it is NULL");
    ck_assert_int_eq(vfsim_send(world, NULL, frame, sizeof(frame), NULL, &e), -EINVAL);
    refused(&e, "no place: it is NULL");
    ck_assert_int_eq(vfsim_send(world, "a", NULL, sizeof(frame), NULL, &e), -EINVAL);
    refused(&e, "no frame: it is NULL");
    ck_assert_int_eq(vfsim_on_sentence(world, NULL, NULL, NULL, &e), -EINVAL);
    refused(&e, "no categories: it is NULL");
    ck_assert_int_eq(vfsim_on_sentence(world, "all", NULL, NULL, &e), -EINVAL);
    refused(&e, "no function: it is NULL");
    ck_assert_int_eq(vfsim_on_frame(world, "a", NULL, NULL, &e), -EINVAL);
    refused(&e, "no function: it is NULL");
    ck_assert_int_eq(vfsim_on_fate(world, NULL, NULL), -EINVAL);
    ck_assert_int_eq(vfsim_world_save(world, NULL, &e), -EINVAL);
    refused(&e, "no file: it is NULL");
    ck_assert(!vfsim_world_load(NULL, NULL, &e));
    refused(&e, "no file: it is NULL");
    ck_assert(!vfsim_world_load_memory(NULL, 0, NULL, &e));
    refused(&e, "no saved world: it is NULL");
    ck_assert(!vfsim_registers(NULL, VFSIM_OF_PF, &e));
    refused(&e, "no name of a chip: it is NULL");
    ck_assert_int_eq(vfsim_chip_load(NULL, &e), -EINVAL);
    refused(&e, "no file: it is NULL");
    ck_assert(!vfsim_flow_find(world, NULL, &flow) && !vfsim_flow_latency(world, NULL, 500) &&
              !vfsim_flow_loss(world, NULL, 0, &loss));
    ck_assert(!vfsim_flow_series(world, NULL, &count) && vfsim_counter_get(world, NULL, "x", &value) == -ENOENT);
    ck_assert_int_eq(vfsim_counter_get(world, "books", NULL, &value), -ENOENT);
    ck_assert_int_eq(vfsim_parse_time(NULL, &time), -EINVAL);
    vfsim_scenario_free(vfsim_scenario_read(NULL, NULL));
    vfsim_world_free(world);
}
END_TEST

START_TEST(what_may_be_left_out_of_a_line_may_be_null)
{
    struct vfsim_scenario *scenario = vfsim_scenario_new(NULL, NULL, NULL);
    struct vfsim_error *error = NULL;
    ck_assert_ptr_null(vfsim_scenario_host(scenario, "h0", 2, NULL));
    ck_assert_ptr_null(vfsim_scenario_nic(scenario, "h0.n", "82599", 2, NULL));
    ck_assert_ptr_null(vfsim_scenario_vm(scenario, "web", "h0", NULL, NULL));
    ck_assert_ptr_null(vfsim_scenario_peer(scenario, "client", NULL, NULL));
    ck_assert_ptr_null(vfsim_scenario_add(scenario, "link client h0.n"));
    ck_assert_ptr_null(vfsim_scenario_add(scenario, NULL));
    struct vfsim_world *world = vfsim_world_new(scenario, &error);
    ck_assert_msg(world != NULL, "%s", error ? error->text : "no error");
    vfsim_world_free(world);
    vfsim_scenario_free(scenario);
}
END_TEST

/* A program that forgets it would be given another run than it asked for, without a word. */
START_TEST(options_without_their_size_are_refused)
{
    const uint64_t seed = 7;
    const struct vfsim_options options = {.seed = &seed};
    struct vfsim_error *error = NULL;
    struct vfsim_scenario *scenario = vfsim_scenario_parse("t", NULL, text, strlen(text), &options);
    ck_assert_ptr_null(vfsim_world_new(scenario, &error));
    refused(&error, "t: vfsim_options.size is 0");
    vfsim_scenario_free(scenario);
    ck_assert_ptr_null(vfsim_world_load("x", &options, &error));
    refused(&error, "vfsim_options.size is 0");
}
END_TEST

static void count(void *user, const struct vfsim_fate *fate)
{
    if (!fate->flow && fate->is_delivery)
        ++*(unsigned *)user;
}

/* Nothing that is put in may lie there for ever in a run that says it is over. */
START_TEST(a_run_that_is_over_goes_on_with_what_is_put_in)
{
    struct vfsim_world *world = build();
    struct vfsim_error *error = NULL;
    unsigned delivered = 0;
    ck_assert_int_gt(vfsim_on_fate(world, count, &delivered), 0);
    ck_assert_int_eq(vfsim_world_run(world, NULL), 1);
    for (unsigned i = 1; i <= 3; i++) {
        ck_assert(vfsim_world_is_over(world));
        ck_assert_int_eq(vfsim_send(world, "a", frame, sizeof(frame), NULL, NULL), 0);
        ck_assert(!vfsim_world_is_over(world));
        ck_assert_int_eq(vfsim_world_run(world, NULL), 1);
        ck_assert_uint_eq(delivered, i);
    }
    ck_assert_int_eq(vfsim_world_verdict(world), VFSIM_PASS);
    ck_assert_int_eq(vfsim_send(world, "a", frame, sizeof(frame), NULL, &error), -EINVAL);
    refused(&error, "the run is finished");
    ck_assert_int_eq(vfsim_config_write(world, "h0.n", VFSIM_PF, 4, 2, 0, &error), -EINVAL);
    refused(&error, "the run is finished");
    vfsim_world_free(world);

    static const char limited[] =
        "limit time 1ms\nswitch tor\npeer a on tor\npeer b on tor\n0 flow f from a to b size 64 rate 1K pps "
        "until 1s\n";
    struct vfsim_scenario *scenario = vfsim_scenario_parse("t", NULL, limited, strlen(limited), NULL);
    world = vfsim_world_new(scenario, NULL);
    vfsim_scenario_free(scenario);
    ck_assert_int_eq(vfsim_world_run(world, NULL), 1);
    ck_assert_int_eq(vfsim_send(world, "a", frame, sizeof(frame), NULL, &error), -EINVAL);
    refused(&error, "limit of time");
    vfsim_world_free(world);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("library_misuse");
    TCase *tests = tcase_create("library_misuse");
    tcase_add_test(tests, a_world_that_is_null_is_a_mistake);
    tcase_add_test(tests, a_name_that_is_null_is_a_mistake);
    tcase_add_test(tests, what_may_be_left_out_of_a_line_may_be_null);
    tcase_add_test(tests, options_without_their_size_are_refused);
    tcase_add_test(tests, a_run_that_is_over_goes_on_with_what_is_put_in);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
