/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The public library, by nothing but its headers: what it builds, runs, tells, takes and saves. */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vfsim/vfsim.h>

#define MAIN "scenarios/01-midflow-switch.scn"
#define LOSSY "scenarios/02-naive-order.scn"

static struct vfsim_world *build(struct vfsim_scenario *scenario)
{
    struct vfsim_error *error = NULL;
    struct vfsim_world *world = vfsim_world_new(scenario, &error);
    ck_assert_msg(world != NULL, "%s", error ? error->text : "no error");
    vfsim_scenario_free(scenario);
    return world;
}

static struct vfsim_world *read_world(const char *path) { return build(vfsim_scenario_read(path, NULL)); }

static char *report_of(struct vfsim_world *world)
{
    struct vfsim_report *report = vfsim_world_report(world);
    ck_assert_ptr_nonnull(report);
    char *text = vfsim_report_text(report, VFSIM_JSON, 0, 0, NULL);
    vfsim_report_free(report);
    vfsim_world_free(world);
    return text;
}

static void run_to_end(struct vfsim_world *world)
{
    struct vfsim_error *error = NULL;
    int over = vfsim_world_run(world, &error);
    ck_assert_msg(over == 1, "%d: %s", over, error ? error->text : "no error");
}

static char *whole_report(const char *path)
{
    struct vfsim_world *world = read_world(path);
    run_to_end(world);
    return report_of(world);
}

/* ---- scenarios ---- */

START_TEST(version_is_that_of_the_headers)
{
    ck_assert_str_eq(vfsim_version(), VFSIM_VERSION);
    ck_assert_uint_eq(strlen(vfsim_build()), 40);
}
END_TEST

START_TEST(mistakes_are_told_with_their_places)
{
    static const char text[] = "host h0 cores 4\nnic h0.vmnic0 modle 82599 vfs 4\npeer client on tor\n";
    struct vfsim_scenario *scenario = vfsim_scenario_parse("mine", NULL, text, strlen(text), NULL);
    struct vfsim_error *error = NULL;
    ck_assert_ptr_null(vfsim_world_new(scenario, &error));
    ck_assert_ptr_nonnull(error);
    ck_assert_int_eq(error->code, EINVAL);
    ck_assert_str_eq(error->file, "mine");
    ck_assert_uint_eq(error->line, 2);
    ck_assert_uint_eq(error->column, 15);
    ck_assert_ptr_nonnull(strstr(error->message, "modle"));
    ck_assert_int_eq(strncmp(error->text, "mine:2:15: ", 11), 0);
    ck_assert_str_eq(error->text + 11, error->message);
    ck_assert_ptr_nonnull(strstr(error->excerpt, "nic h0.vmnic0 modle 82599 vfs 4\n"));
    ck_assert_ptr_nonnull(strstr(error->excerpt, "^~~~~"));
    const struct vfsim_error *second = error->next; /* names are looked up, too */
    ck_assert_ptr_nonnull(second);
    ck_assert_uint_eq(second->line, 3);
    vfsim_error_free(error);
    vfsim_scenario_free(scenario);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_an_error)
{
    struct vfsim_scenario *scenario = vfsim_scenario_read("/nowhere/at/all.scn", NULL);
    struct vfsim_error *error = NULL;
    ck_assert_ptr_null(vfsim_world_new(scenario, &error));
    ck_assert_uint_eq(error->line, 0);
    ck_assert_str_eq(error->text, "/nowhere/at/all.scn: No such file or directory");
    ck_assert_str_eq(error->message, "No such file or directory");
    vfsim_error_free(error);
    vfsim_scenario_free(scenario);
}
END_TEST

START_TEST(each_line_that_is_added_is_judged_at_once)
{
    struct vfsim_scenario *scenario = vfsim_scenario_new("made", NULL, NULL);
    ck_assert_ptr_null(vfsim_scenario_add(scenario, "switch tor latency 500ns\nhost h0 cores 4"));
    const struct vfsim_error *error = vfsim_scenario_addf(scenario, "peer client on %s latency %s", "tor", "soon");
    ck_assert_ptr_nonnull(error);
    ck_assert_uint_eq(error->line, 3);
    ck_assert_ptr_null(error->next);
    ck_assert_ptr_null(vfsim_scenario_host(scenario, "h1", 2, NULL));
    ck_assert_ptr_nonnull(vfsim_scenario_check(scenario)); /* the mistake stays */
    error = vfsim_scenario_add(scenario, "host h2 cores 4");
    ck_assert_ptr_nonnull(error);
    ck_assert_ptr_nonnull(strstr(error->text, "no more lines"));
    vfsim_scenario_free(scenario);
}
END_TEST

static const char *const lines[] = {"seed 7",
                                    "host h0 cores 4",
                                    "nic h0.vmnic0 model 82599 vfs 4",
                                    "switch tor latency 500ns",
                                    "link h0.vmnic0 tor rate 10G latency 500ns",
                                    "peer client on tor",
                                    "vm web on h0 via h0.vmnic0 ram 16M shell linux net npa mac 02:00:00:00:00:0a app station",
                                    "0ps flow probe from client to web size 128 rate 100000 pps count 200",
                                    "end expect probe lost = 0 delivered >= 150 latency max < 1ms"};

static struct vfsim_scenario *made_by_lines(void)
{
    struct vfsim_scenario *scenario = vfsim_scenario_new("made", NULL, NULL);
    for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        const struct vfsim_error *error = vfsim_scenario_add(scenario, lines[i]);
        ck_assert_msg(!error, "%s", error ? error->text : "");
    }
    return scenario;
}

static struct vfsim_scenario *made_by_typed_calls(void)
{
    struct vfsim_scenario *s = vfsim_scenario_new("made", NULL, NULL);
    ck_assert_ptr_null(vfsim_scenario_add(s, "seed 7"));
    ck_assert_ptr_null(vfsim_scenario_host(s, "h0", 4, NULL));
    ck_assert_ptr_null(vfsim_scenario_nic(s, "h0.vmnic0", "82599", 4, NULL));
    ck_assert_ptr_null(vfsim_scenario_add(s, "switch tor latency 500ns\nlink h0.vmnic0 tor rate 10G latency 500ns\n"));
    ck_assert_ptr_null(vfsim_scenario_peer(s, "client", "tor", NULL));
    ck_assert_ptr_null(
        vfsim_scenario_vm(s, "web", "h0", "h0.vmnic0", "ram 16M shell linux net npa mac 02:00:00:00:00:0a app station"));
    ck_assert_ptr_null(vfsim_scenario_flow(s, 0, "probe", "client", "web", 128, 100000, 200));
    ck_assert_ptr_null(vfsim_scenario_add(s, lines[8]));
    return s;
}

START_TEST(lines_and_typed_calls_and_a_text_make_one_world)
{
    char text[1024] = "", *report[3];
    for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s\n", lines[i]);
    struct vfsim_scenario *scenario[] = {made_by_lines(), made_by_typed_calls(),
                                         vfsim_scenario_parse("made", NULL, text, strlen(text), NULL)};
    for (unsigned i = 0; i < 3; i++) {
        struct vfsim_world *world = build(scenario[i]);
        run_to_end(world);
        ck_assert_int_eq(vfsim_world_verdict(world), VFSIM_PASS);
        report[i] = report_of(world);
        ck_assert_str_eq(report[i], report[0]);
    }
    for (unsigned i = 0; i < 3; i++)
        vfsim_free(report[i]);
}
END_TEST

static void count_file(void *user, const char *path, const char *what)
{
    ck_assert_uint_gt(strlen(path) * strlen(what), 0);
    ++*(unsigned *)user;
}

START_TEST(variables_seed_and_files_are_taken_from_options)
{
    static const struct vfsim_variable variable = {"size", "256"};
    const uint64_t seed = 99;
    struct vfsim_options options = {.size = sizeof(options), .variables = &variable, .variable_count = 1, .seed = &seed};
    static const char text[] = "set size 128\nswitch tor latency 1us\npeer a on tor\npeer b on tor\n"
                               "0ps flow f from a to b size $size rate 1000 pps count 3\n";
    struct vfsim_world *world = build(vfsim_scenario_parse("v", NULL, text, strlen(text), &options));
    struct vfsim_flow flow;
    run_to_end(world);
    ck_assert(vfsim_flow_find(world, "f", &flow));
    ck_assert_uint_eq(flow.sent, 3);
    ck_assert_uint_eq(flow.bytes_sent, 3 * (256 - 4));
    char *report = report_of(world);
    ck_assert_ptr_nonnull(strstr(report, "\"seed\": 99"));
    vfsim_free(report);

    unsigned files = 0;
    struct vfsim_scenario *scenario = vfsim_scenario_read(MAIN, NULL);
    vfsim_scenario_inputs(scenario, count_file, &files);
    ck_assert_uint_ge(files, 1);
    ck_assert_str_eq(vfsim_scenario_name(scenario), MAIN);
    char *summary = vfsim_scenario_summary(scenario);
    ck_assert_ptr_nonnull(strstr(summary, "1 VM"));
    vfsim_free(summary);
    vfsim_scenario_free(scenario);
}
END_TEST

/* ---- running ---- */

START_TEST(the_report_is_the_programs)
{
    struct vfsim_world *world = read_world(MAIN);
    run_to_end(world);
    ck_assert(vfsim_world_is_over(world));
    struct vfsim_report *report = vfsim_world_report(world);
    char *text = vfsim_report_text(report, VFSIM_TEXT, 0, 0, NULL), accepted[65536] = "";
    FILE *in = fopen("scenarios/01-midflow-switch.out", "r");
    ck_assert_ptr_nonnull(in);
    accepted[fread(accepted, 1, sizeof(accepted) - 1, in)] = 0;
    fclose(in);
    ck_assert_str_eq(text, accepted);
    vfsim_free(text);
    size_t len;
    text = vfsim_reports_text(&report, 1, VFSIM_JUNIT, &len);
    ck_assert_ptr_nonnull(strstr(text, "<testsuite "));
    ck_assert_uint_eq(len, strlen(text));
    vfsim_free(text);
    text = vfsim_report_text(report, VFSIM_HTML, 0, 0, NULL);
    ck_assert_ptr_nonnull(strstr(text, "</html>"));
    vfsim_free(text);
    vfsim_report_free(report);
    vfsim_world_free(world);
}
END_TEST

START_TEST(steps_and_slices_are_the_same_run)
{
    char *whole = whole_report(MAIN), *sliced, *stepped;
    struct vfsim_world *world = read_world(MAIN);
    int over = 0;
    for (vfsim_time until = 333 * VFSIM_US; !over; until += 333 * VFSIM_US) {
        over = vfsim_world_run_until(world, until, NULL);
        ck_assert(over || vfsim_world_now(world) == until);
    }
    sliced = report_of(world);
    world = read_world(MAIN);
    for (uint64_t i = 1; i <= 3000; i++) {
        ck_assert_int_eq(vfsim_world_step(world, NULL), 0);
        ck_assert_uint_eq(vfsim_world_events(world), i);
    }
    ck_assert_uint_ne(vfsim_world_begin(world), VFSIM_NEVER);
    ck_assert_uint_ge(vfsim_world_next_event(world), vfsim_world_now(world));
    run_to_end(world);
    ck_assert_int_eq(vfsim_world_step(world, NULL), 1);
    stepped = report_of(world);
    ck_assert_str_eq(whole, sliced);
    ck_assert_str_eq(whole, stepped);
    vfsim_free(whole);
    vfsim_free(sliced);
    vfsim_free(stepped);
}
END_TEST

START_TEST(a_run_that_is_broken_off_is_partial)
{
    struct vfsim_world *world = read_world(MAIN);
    ck_assert_int_eq(vfsim_world_run_until(world, 5 * VFSIM_MS, NULL), 0);
    struct vfsim_expectation e;
    ck_assert(vfsim_world_expectation(world, 0, &e));
    ck_assert_int_eq(e.outcome, VFSIM_NOT_JUDGED);
    ck_assert_int_eq(vfsim_world_finish(world, "because", NULL), 0);
    ck_assert_int_eq(vfsim_world_verdict(world), VFSIM_PARTIAL);
    ck_assert_int_eq(vfsim_world_run(world, NULL), 1); /* it is over */
    char *report = report_of(world);
    ck_assert_ptr_nonnull(strstr(report, "\"verdict\": \"PARTIAL\""));
    vfsim_free(report);
}
END_TEST

START_TEST(expectations_have_bound_and_measured_value)
{
    struct vfsim_world *world = read_world(LOSSY);
    struct vfsim_expectation e;
    struct vfsim_flow in;
    bool found = false;
    run_to_end(world);
    vfsim_world_finish(world, NULL, NULL);
    ck_assert(vfsim_flow_find(world, "in", &in));
    for (unsigned i = 0; vfsim_world_expectation(world, i, &e); i++) {
        ck_assert_int_eq(e.outcome, VFSIM_PASSED);
        if (strncmp(e.text, "in lost", 7) != 0)
            continue;
        found = true;
        ck_assert(e.has_bound);
        ck_assert_str_eq(e.relation, ">");
        ck_assert_uint_eq(e.bound, 0);
        ck_assert_uint_eq(e.measured, in.lost);
        char seen[40];
        snprintf(seen, sizeof(seen), "was %u", (unsigned)in.lost);
        ck_assert_str_eq(e.seen, seen);
    }
    ck_assert(found);
    vfsim_world_free(world);
}
END_TEST

START_TEST(what_nobody_expects_is_a_surprise)
{
    struct vfsim_scenario *scenario = made_by_lines();
    ck_assert_ptr_null(vfsim_scenario_add(scenario, "1ms switch web to emulation"));
    struct vfsim_world *world = build(scenario);
    struct vfsim_surprise surprise;
    run_to_end(world);
    ck_assert_int_eq(vfsim_world_verdict(world), VFSIM_FAIL);
    ck_assert(vfsim_world_surprise(world, 0, &surprise));
    ck_assert_uint_eq(surprise.line, 10);
    ck_assert_ptr_nonnull(strstr(surprise.text, "switch web to emulation"));
    ck_assert_uint_ge(surprise.at, VFSIM_MS);
    ck_assert(!vfsim_world_surprise(world, 1, &surprise));
    vfsim_world_free(world);
}
END_TEST

/* ---- figures ---- */

START_TEST(flows_add_up)
{
    struct vfsim_world *world = read_world(LOSSY);
    struct vfsim_flow flow;
    struct vfsim_loss loss;
    uint64_t lost_of_tops = 0;
    run_to_end(world);
    for (unsigned i = 0; vfsim_flow_at(world, i, &flow); i++) {
        uint64_t by_reason = 0, by_path = 0, sent = 0, lost = 0, arrived = 0, bytes_sent = 0, bytes_arrived = 0;
        for (unsigned k = 0; vfsim_flow_loss(world, flow.name, k, &loss); k++) {
            ck_assert_uint_gt(loss.frames, 0);
            ck_assert_uint_gt(strlen(loss.reason) * strlen(loss.meaning), 0);
            by_reason += loss.frames;
        }
        for (int path = 0; path < VFSIM_PATHS; path++)
            by_path += flow.delivered_by[path];
        ck_assert_uint_eq(by_reason, flow.lost);
        ck_assert_uint_eq(by_path, flow.delivered);
        ck_assert_uint_eq(flow.sent, flow.delivered + flow.lost + flow.in_flight);
        ck_assert(!flow.delivered || (flow.latency_min && flow.latency_min <= flow.latency_p50 &&
                                      flow.latency_p50 <= flow.latency_p99 && flow.latency_p99 <= flow.latency_max));
        ck_assert_uint_eq(vfsim_flow_latency(world, flow.name, 500), flow.latency_p50);
        ck_assert_uint_le(vfsim_flow_latency(world, flow.name, 999), flow.latency_max);
        lost_of_tops += flow.parent ? 0 : flow.lost;
        size_t count;
        struct vfsim_interval *series = vfsim_flow_series(world, flow.name, &count);
        for (size_t k = 0; k < count; k++) {
            ck_assert(!k || series[k].begin == series[k - 1].begin + series[k].width);
            sent += series[k].sent;
            bytes_sent += series[k].bytes_sent;
            bytes_arrived += series[k].bytes_delivered;
            lost += series[k].lost;
            for (int path = 0; path < VFSIM_PATHS; path++)
                arrived += series[k].delivered_by[path];
        }
        ck_assert_uint_eq(sent, flow.sent);
        ck_assert_uint_eq(bytes_sent, flow.bytes_sent);
        ck_assert_uint_eq(bytes_arrived, flow.bytes_delivered);
        ck_assert(flow.sent < 2 || (flow.offered_bps && flow.offered_fps && flow.throughput_bps));
        ck_assert(flow.jitter && flow.pdv && flow.pdv < flow.latency_max);
        ck_assert_uint_ge(lost, flow.lost); /* one that was taken back stays */
        ck_assert_uint_eq(arrived, flow.delivered);
        vfsim_free(series);
    }
    ck_assert_uint_gt(lost_of_tops, 0);
    struct vfsim_drop drop;
    uint64_t lost_by_drops = 0;
    for (unsigned i = 0; vfsim_drop_at(world, i, &drop); i++)
        lost_by_drops += drop.lost;
    ck_assert_uint_ge(lost_by_drops, lost_of_tops); /* frames of no flow, too */
    ck_assert(!vfsim_flow_find(world, "nobody", &flow));
    vfsim_world_free(world);
}
END_TEST

/* Of a link that loses: what connections say adds up with the frames of their halves, and before they begin there is none of it. */
START_TEST(connections_say_how_they_fared)
{
    static const char text[] = "switch tor\npeer a on tor\npeer b on tor\nlimit time 20s\n"
                               "1ms flow bulk from a to b tcp bytes 2M\n"
                               "1ms flow rpc from a to b tcp rr 40 request 100 response 1000\n"
                               "0 tc qdisc add dev b root netem loss 1%\n0 tc qdisc add dev a root netem loss 2% delay 1ms\n"
                               "end expect books balanced\n";
    struct vfsim_scenario *scenario = vfsim_scenario_parse("mine", NULL, text, strlen(text), NULL);
    struct vfsim_world *world = vfsim_world_new(scenario, NULL);
    struct vfsim_connection c;
    struct vfsim_flow forth, back;
    ck_assert_ptr_nonnull(world);
    ck_assert(vfsim_connection_find(world, "bulk", &c));
    ck_assert(!c.has_begun && !c.bytes && !c.goodput_bps && !strcmp(c.state, "not begun"));
    ck_assert_int_ge(vfsim_world_run_until(world, 3 * VFSIM_MS, NULL), 0);
    ck_assert(vfsim_connection_find(world, "bulk", &c));
    ck_assert(c.has_begun && !c.is_over && c.cwnd_bytes);
    run_to_end(world);
    ck_assert(vfsim_connection_at(world, 0, &c) && !strcmp(c.name, "bulk"));
    ck_assert(c.is_over && !c.has_failed && !c.has_transactions && !strcmp(c.state, "closed"));
    ck_assert_uint_eq(c.bytes, 2 << 20);
    ck_assert_uint_gt(c.retransmits, 0);
    ck_assert(c.goodput_bps && c.stalled && c.stalled_at && c.mss == 1448 && c.cwnd_max_bytes > 10 * c.mss);
    ck_assert(c.rtt_min >= VFSIM_MS && c.rtt_min <= c.rtt_smoothed && c.rtt_smoothed <= c.rtt_max);
    ck_assert(vfsim_flow_find(world, "bulk/forth", &forth) && vfsim_flow_find(world, "bulk/back", &back));
    ck_assert_uint_eq(c.segments, forth.sent + back.sent);
    ck_assert(vfsim_connection_at(world, 1, &c) && !strcmp(c.name, "rpc") && c.has_transactions);
    ck_assert_uint_eq(c.transactions, 40);
    ck_assert(c.transaction_p50 >= VFSIM_MS && c.transaction_p50 <= c.transaction_p99 && c.transaction_p99 <= c.transaction_max);
    ck_assert(!vfsim_connection_at(world, 2, &c) && !vfsim_connection_find(world, "nobody", &c));
    vfsim_world_free(world);
    vfsim_scenario_free(scenario);
}
END_TEST

START_TEST(counters_are_found_by_owner_and_name)
{
    struct vfsim_world *world = read_world(MAIN);
    uint64_t received, on_vf, ended, born, copied, in_flight, packets;
    size_t all, of_web;
    run_to_end(world);
    ck_assert_int_eq(vfsim_counter_get(world, "web", "frames_received", &received), 0);
    ck_assert_int_eq(vfsim_counter_get(world, "web", "received_on_vf", &on_vf), 0);
    ck_assert(received > on_vf && on_vf > 0);
    ck_assert_int_eq(vfsim_counter_get(world, "books", "born", &born), 0);
    ck_assert_int_eq(vfsim_counter_get(world, "books", "copied", &copied), 0);
    ck_assert_int_eq(vfsim_counter_get(world, "books", "ended", &ended), 0);
    ck_assert_int_eq(vfsim_counter_get(world, "books", "in_flight", &in_flight), 0);
    ck_assert_uint_eq(born + copied, ended + in_flight);
    ck_assert_int_eq(vfsim_counter_get(world, "h0.vmnic0 vf 0", "rx_packets", &packets), 0);
    ck_assert_uint_ge(packets, on_vf);
    ck_assert_int_eq(vfsim_counter_get(world, "h0.vmnic0 link", "bytes_up", &packets), 0);
    ck_assert_uint_gt(packets, 0);
    ck_assert_int_eq(vfsim_counter_get(world, "h0.vmnic0", "no_such", &packets), -ENOENT);
    ck_assert_int_eq(vfsim_counter_get(world, "nobody", "born", &packets), -ENOENT);
    vfsim_free(vfsim_counters(world, NULL, &all));
    vfsim_free(vfsim_counters(world, "web", &of_web));
    ck_assert(of_web == 10 && all > of_web);
    vfsim_world_free(world);
}
END_TEST

/* ---- looking on ---- */

struct tally {
    struct vfsim_world *world;
    uint64_t sentences, fates, deliveries, sent, came;
    int own; /* this observer takes itself away */
    uint64_t own_calls;
    uint64_t wanted; /* a frame */
    char reason[40], place[80];
};

static void hear(void *user, vfsim_time at, const char *category, const char *who, const char *text)
{
    struct tally *tally = user;
    ck_assert_uint_eq(at, vfsim_world_now(tally->world));
    ck_assert_uint_gt(strlen(who) * strlen(text), 0);
    ck_assert_str_eq(category, "switch");
    tally->sentences++;
}

static void hear_of_fate(void *user, const struct vfsim_fate *fate)
{
    struct tally *tally = user;
    tally->fates++;
    tally->deliveries += fate->is_delivery;
    if (tally->wanted && fate->frame == tally->wanted) {
        snprintf(tally->reason, sizeof(tally->reason), "%s", fate->reason);
        snprintf(tally->place, sizeof(tally->place), "%s", fate->place);
    }
    ck_assert_int_eq(vfsim_world_run(tally->world, NULL), -EBUSY); /* nobody runs what runs */
}

static void hear_once(void *user, const struct vfsim_fate *fate)
{
    struct tally *tally = user;
    (void)fate;
    tally->own_calls++;
    vfsim_unobserve(tally->world, tally->own);
}

static void see(void *user, const struct vfsim_sighting *sighting)
{
    struct tally *tally = user;
    ck_assert_uint_ge(sighting->length, 14);
    *(sighting->sent ? &tally->sent : &tally->came) += 1;
}

static void look_on(struct tally *tally, struct vfsim_world *world)
{
    *tally = (struct tally){.world = world};
    ck_assert_int_gt(vfsim_on_sentence(world, "switch", hear, tally, NULL), 0);
    ck_assert_int_gt(vfsim_on_fate(world, hear_of_fate, tally), 0);
    ck_assert_int_gt(vfsim_on_frame(world, "client", see, tally, NULL), 0);
    tally->own = vfsim_on_fate(world, hear_once, tally);
}

START_TEST(looking_on_changes_nothing_and_misses_nothing)
{
    char *whole = whole_report(MAIN);
    struct vfsim_world *world = read_world(MAIN);
    struct tally tally, cut;
    struct vfsim_error *error = NULL;
    uint64_t ended;
    look_on(&tally, world);
    ck_assert_int_eq(vfsim_on_sentence(world, "swich", hear, &tally, &error), -EINVAL);
    ck_assert_ptr_nonnull(strstr(error->text, "did you mean 'switch'"));
    vfsim_error_free(error);
    ck_assert_int_eq(vfsim_on_frame(world, "clint", see, &tally, NULL), -ENOENT);
    run_to_end(world);
    ck_assert_int_eq(vfsim_counter_get(world, "books", "ended", &ended), 0);
    ck_assert_uint_eq(tally.fates, ended);
    ck_assert_uint_eq(tally.own_calls, 1);
    ck_assert(tally.sentences && tally.deliveries && tally.sent && tally.came);
    char *watched = report_of(world);
    ck_assert_str_eq(whole, watched);
    vfsim_free(watched);

    /* The same where the world is another one again and again. */
    world = read_world(MAIN);
    look_on(&cut, world);
    ck_assert_int_eq(vfsim_world_set_paranoia(world, 101, 0, VFSIM_NEVER, NULL), 0);
    run_to_end(world);
    ck_assert_uint_gt(vfsim_world_cuts(world), 10);
    ck_assert_uint_eq(cut.fates, tally.fates);
    ck_assert_uint_eq(cut.sentences, tally.sentences);
    ck_assert_uint_eq(cut.sent, tally.sent);
    ck_assert_uint_eq(cut.came, tally.came);
    watched = report_of(world);
    ck_assert_str_eq(whole, watched);
    vfsim_free(watched);
    vfsim_free(whole);
}
END_TEST

/* ---- hands on ---- */

/* From client to web: UDP over IPv4 by its looks, 64 bytes. */
static const uint8_t frame[60] = {0x02, 0, 0, 0, 0, 0x0a, 0x02, 0xaa, 0, 0, 0, 1, 0x08, 0x00, 0x45, 0, 0, 46};

START_TEST(a_frame_that_is_put_in_arrives)
{
    struct vfsim_world *world = build(made_by_lines());
    struct tally tally;
    uint64_t id = 0;
    ck_assert_int_eq(vfsim_world_run_until(world, VFSIM_MS, NULL), 0);
    look_on(&tally, world);
    ck_assert_int_eq(vfsim_send(world, "client", frame, sizeof(frame), &id, NULL), 0);
    tally.wanted = id;
    ck_assert_uint_ne(id, 0);
    ck_assert_int_eq(vfsim_world_run_until(world, 1500 * VFSIM_US, NULL), 0);
    ck_assert_str_eq(tally.reason, "delivered_app");
    ck_assert_str_eq(tally.place, "web");
    ck_assert_int_eq(vfsim_receive(world, "h0.vmnic0", frame, sizeof(frame), &id, NULL), 0);
    tally.wanted = id;
    *tally.reason = 0;
    ck_assert_int_eq(vfsim_world_run_until(world, 1900 * VFSIM_US, NULL), 0);
    ck_assert_str_eq(tally.reason, "delivered_app");
    vfsim_world_free(world);
}
END_TEST

START_TEST(a_vm_sends_what_is_put_in)
{
    struct vfsim_world *world = build(made_by_lines());
    struct vfsim_error *error = NULL;
    uint8_t out[60];
    void *bytes = NULL;
    size_t len;
    uint64_t before, after;
    memcpy(out, frame, sizeof(out));
    memset(out, 0xff, 6);
    memcpy(out + 6, frame, 6);
    ck_assert_int_eq(vfsim_world_run_until(world, VFSIM_MS, NULL), 0);
    ck_assert_int_eq(vfsim_counter_get(world, "web", "frames_sent", &before), 0);
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(vfsim_send(world, "web", out, sizeof(out), NULL, NULL), 0);
    ck_assert_int_eq(vfsim_world_save_memory(world, &bytes, &len, &error), -EBUSY);
    ck_assert_ptr_nonnull(strstr(error->text, "5 frames"));
    vfsim_error_free(error);
    error = NULL;
    ck_assert_int_eq(vfsim_world_set_paranoia(world, 1, 0, VFSIM_NEVER, NULL), 0); /* what waits survives cuts */
    vfsim_world_run_until(world, 1200 * VFSIM_US, NULL);
    ck_assert_int_eq(vfsim_world_set_paranoia(world, 0, 0, 0, NULL), 0);
    vfsim_world_run_until(world, 1900 * VFSIM_US, NULL);
    ck_assert_int_eq(vfsim_counter_get(world, "web", "frames_sent", &after), 0);
    ck_assert_uint_eq(after, before + 5);
    ck_assert_int_eq(vfsim_world_save_memory(world, &bytes, &len, NULL), 0);
    vfsim_free(bytes);
    vfsim_world_free(world);
    struct vfsim_scenario *other = made_by_lines();
    ck_assert_ptr_null(vfsim_scenario_add(other, "vm deaf on h0 via h0.vmnic0 app sink"));
    struct vfsim_world *with_sink = build(other);
    ck_assert_int_eq(vfsim_send(with_sink, "deaf", out, sizeof(out), NULL, &error), -EINVAL);
    ck_assert_ptr_nonnull(strstr(error->text, "app station"));
    vfsim_error_free(error);
    vfsim_world_free(with_sink);
}
END_TEST

START_TEST(what_can_not_be_put_in_is_refused)
{
    struct vfsim_world *world = build(made_by_lines());
    uint8_t out[60] = {0};
    ck_assert_int_eq(vfsim_send(world, "nobody", out, sizeof(out), NULL, NULL), -ENOENT);
    ck_assert_int_eq(vfsim_send(world, "web", out, 13, NULL, NULL), -EINVAL);
    ck_assert_int_eq(vfsim_send(world, "client", out, 9729, NULL, NULL), -EINVAL);
    ck_assert_int_eq(vfsim_receive(world, "web", out, sizeof(out), NULL, NULL), -EINVAL);
    vfsim_world_free(world);
}
END_TEST

START_TEST(registers_are_read_and_written)
{
    struct vfsim_world *world = read_world(MAIN);
    struct vfsim_error *error = NULL;
    uint32_t at, id;
    uint64_t value = 0;
    ck_assert_int_eq(vfsim_world_run_until(world, 300 * VFSIM_MS, NULL), 0); /* in passthrough */
    ck_assert_int_eq(vfsim_config_read(world, "h0.vmnic0", VFSIM_PF, 0, 4, &id, NULL), 0);
    ck_assert_uint_eq(id, 0x10fb8086);
    ck_assert_int_eq(vfsim_config_read(world, "h0.vmnic0", 0, 4, 2, &id, NULL), 0);
    ck_assert_int_eq(vfsim_register_find(world, "h0.vmnic0", VFSIM_PF, "STATUS", 0, &at, NULL), 0);
    ck_assert_uint_eq(at, 8);
    ck_assert_int_eq(vfsim_register_read(world, "h0.vmnic0", VFSIM_PF, 0, at, 4, &value, NULL), 0);
    ck_assert_uint_ne(value, 0xffffffff);
    ck_assert_int_eq(vfsim_register_find(world, "h0.vmnic0", 0, "VTEITR", 0, &at, NULL), 0);
    ck_assert_int_eq(vfsim_register_write(world, "h0.vmnic0", 0, 0, at, 4, 0x1f8, NULL), 0);
    ck_assert_int_eq(vfsim_register_read(world, "h0.vmnic0", 0, 0, at, 4, &value, NULL), 0);
    ck_assert_uint_eq(value & 0xff8, 0x1f8);
    ck_assert_int_eq(vfsim_register_find(world, "h0.vmnic0", 0, "VTEITRX", 0, &at, NULL), -ENOENT);

    ck_assert_int_eq(vfsim_register_read(world, "h0.vmnic9", 0, 0, 8, 4, &value, &error), -ENODEV);
    ck_assert_ptr_nonnull(strstr(error->text, "did you mean 'h0.vmnic0'"));
    vfsim_error_free(error);
    ck_assert_int_eq(vfsim_register_read(world, "h0.vmnic0", 63, 0, 8, 4, &value, NULL), -ENODEV);
    ck_assert_int_eq(vfsim_register_read(world, "h0.vmnic0", 0, 0, 7, 4, &value, NULL), -EINVAL);
    ck_assert_int_eq(vfsim_register_read(world, "h0.vmnic0", 0, 0, 8, 3, &value, NULL), -EINVAL);
    ck_assert_int_eq(vfsim_register_write(world, "h0.vmnic0", 0, 5, 8, 4, 0, NULL), -EINVAL);
    ck_assert_int_eq(vfsim_config_write(world, "h0.vmnic0", VFSIM_PF, 4, 2, 0, NULL), 0); /* memory decode off */
    ck_assert_int_eq(vfsim_register_read(world, "h0.vmnic0", VFSIM_PF, 0, 8, 4, &value, NULL), -EBUSY);
    ck_assert_int_eq(vfsim_register_write(world, "h0.vmnic0", VFSIM_PF, 0, 8, 4, 0, NULL), -EBUSY);
    vfsim_world_free(world);
}
END_TEST

/* ---- saving ---- */

START_TEST(a_saved_world_goes_on_to_the_same_end)
{
    char path[] = "/tmp/vfsim-library-XXXXXX", *whole = whole_report(MAIN), *again;
    int fd = mkstemp(path);
    void *bytes;
    size_t len;
    struct vfsim_error *error = NULL;
    struct vfsim_world *world = read_world(MAIN);
    ck_assert_int_ge(fd, 0);
    vfsim_world_run_until(world, 150 * VFSIM_MS, NULL);
    ck_assert_int_eq(vfsim_world_save(world, path, NULL), 0);
    ck_assert_int_eq(vfsim_world_save_memory(world, &bytes, &len, NULL), 0);
    run_to_end(world);
    again = report_of(world);
    ck_assert_str_eq(whole, again);
    vfsim_free(again);

    for (int from_memory = 0; from_memory < 2; from_memory++) {
        world = from_memory ? vfsim_world_load_memory(bytes, len, NULL, &error) : vfsim_world_load(path, NULL, &error);
        ck_assert_msg(world != NULL, "%s", error ? error->text : "");
        ck_assert_uint_eq(vfsim_world_now(world), 150 * VFSIM_MS);
        ck_assert_str_eq(vfsim_scenario_name(vfsim_world_scenario(world)), MAIN);
        run_to_end(world);
        again = report_of(world);
        ck_assert_str_eq(whole, again);
        vfsim_free(again);
    }
    ((char *)bytes)[0] ^= 1;
    ck_assert_ptr_null(vfsim_world_load_memory(bytes, len, NULL, &error));
    ck_assert_ptr_nonnull(strstr(error->text, "another build"));
    vfsim_error_free(error);
    ck_assert_ptr_null(vfsim_world_load_memory(bytes, 5, NULL, NULL));
    ((char *)bytes)[0] ^= 1;
    ck_assert_ptr_null(vfsim_world_load_memory(bytes, len / 2, NULL, NULL));
    ck_assert_int_eq(unlink(path), 0);
    vfsim_free(bytes);
    vfsim_free(whole);
}
END_TEST

/* ---- several ---- */

START_TEST(worlds_take_turns)
{
    char *whole[] = {whole_report(MAIN), whole_report(LOSSY)}, *again;
    struct vfsim_world *world[] = {read_world(MAIN), read_world(LOSSY), read_world(MAIN)};
    bool over = false;
    for (vfsim_time until = 7 * VFSIM_MS; !over; until += 7 * VFSIM_MS) {
        over = true;
        for (unsigned i = 0; i < 3; i++)
            over &= vfsim_world_run_until(world[i], until, NULL) == 1;
    }
    for (unsigned i = 0; i < 3; i++) {
        again = report_of(world[i]);
        ck_assert_str_eq(again, whole[i % 2]);
        vfsim_free(again);
    }
    vfsim_free(whole[0]);
    vfsim_free(whole[1]);
}
END_TEST

static void *from_another_thread(void *arg)
{
    struct vfsim_world *world = arg;
    struct vfsim_error *error = NULL;
    struct vfsim_scenario *scenario = vfsim_scenario_read(MAIN, NULL);
    uint64_t value;
    if (vfsim_world_run(world, &error) != -EBUSY || !strstr(error->text, "thread"))
        return "it runs";
    vfsim_error_free(error);
    error = NULL;
    if (vfsim_register_read(world, "h0.vmnic0", VFSIM_PF, 0, 8, 4, &value, NULL) != -EBUSY)
        return "it reads";
    if (vfsim_world_new(scenario, &error) || !strstr(error->text, "thread"))
        return error ? (void *)error->text : "it builds";
    vfsim_error_free(error);
    vfsim_scenario_free(scenario);
    return NULL;
}

START_TEST(a_second_thread_is_refused)
{
    struct vfsim_world *world = read_world(MAIN);
    pthread_t thread;
    void *why;
    ck_assert_int_eq(pthread_create(&thread, NULL, from_another_thread, world), 0);
    ck_assert_int_eq(pthread_join(thread, &why), 0);
    ck_assert_msg(!why, "%s", (const char *)why);
    run_to_end(world);
    vfsim_world_free(world);
}
END_TEST

/* ---- what the library knows ---- */

START_TEST(models_reasons_registers_and_the_language_are_told)
{
    struct vfsim_error *error = NULL;
    struct vfsim_report *report = vfsim_models(NULL, NULL);
    char *text = vfsim_report_text(report, VFSIM_JSON, 0, 0, NULL);
    ck_assert_ptr_nonnull(strstr(text, "\"82576\""));
    vfsim_free(text);
    vfsim_report_free(report);
    ck_assert_ptr_null(vfsim_models("82598", &error));
    ck_assert_ptr_nonnull(strstr(error->text, "did you mean"));
    vfsim_error_free(error);
    report = vfsim_reasons("ring_full", NULL);
    vfsim_report_free(report);
    ck_assert_ptr_null(vfsim_reasons("nothing", NULL));
    report = vfsim_registers("82599", VFSIM_OF_VF, NULL);
    text = vfsim_report_text(report, VFSIM_TEXT, 0, 0, NULL);
    ck_assert_ptr_nonnull(strstr(text, "VTEITR"));
    ck_assert_ptr_null(strstr(text, "PFVTCTL"));
    vfsim_free(text);
    vfsim_report_free(report);

    text = vfsim_language_help("flow");
    ck_assert_ptr_nonnull(strstr(text, "rate"));
    vfsim_free(text);
    ck_assert_ptr_null(vfsim_language_help("flwo"));
    const char *words[129];
    unsigned count = 0;
    for (; vfsim_language_word(count); count++)
        words[count] = vfsim_language_word(count);
    words[count] = NULL;
    ck_assert_uint_gt(count, 20);
    ck_assert_str_eq(vfsim_nearest("flwo", words), "flow");
    ck_assert_ptr_null(vfsim_nearest("zzzzzzzzzz", words));
    vfsim_time time;
    ck_assert_int_eq(vfsim_parse_time("1.5ms", &time), 0);
    ck_assert_uint_eq(time, 1500 * VFSIM_US);
    ck_assert_int_eq(vfsim_parse_time("soon", &time), -EINVAL);
}
END_TEST

static void count_kind(void *user, const char *word, size_t length, enum vfsim_word_kind kind)
{
    static const char *const one_of[] = {"host", "switch", "drops", "delivered", "us"};
    unsigned *count = user;
    if (length == strlen(one_of[kind]) && !strncmp(word, one_of[kind], length))
        count[kind]++;
}

static void count_line(void *user, const char *text, int indent)
{
    ck_assert_int_ge(indent, 0);
    *(unsigned *)user += strstr(text, "flow") != NULL;
}

static void count_title(void *user, const char *title, const char *name, const char *sentence)
{
    ck_assert(*name && *sentence);
    *(unsigned *)user += title != NULL;
}

START_TEST(words_and_names_are_told_one_by_one)
{
    unsigned of_kind[VFSIM_UNIT + 1] = {0}, told = 0, titles = 0;
    vfsim_language_each_word(count_kind, of_kind);
    for (unsigned kind = 0; kind <= VFSIM_UNIT; kind++)
        ck_assert_msg(of_kind[kind], "no word of kind %u", kind);
    ck_assert(vfsim_language_help_lines("flow", count_line, &told));
    ck_assert_uint_gt(told, 1);
    ck_assert(!vfsim_language_help_lines("flwo", count_line, &told));
    vfsim_language_kinds(count_title, &titles);
    ck_assert_uint_gt(titles, 2);

    static const char *const known[] = {"82599", "switch_cut", "switch"};
    for (unsigned names = VFSIM_MODEL_NAMES; names <= VFSIM_TRACE_NAMES; names++) {
        const char *name, *sentence;
        bool found = false;
        unsigned i = 0;
        for (; (name = vfsim_language_name(names, i, &sentence)); i++) {
            found |= !strcmp(name, known[names]);
            ck_assert(names == VFSIM_TRACE_NAMES || *sentence);
        }
        ck_assert_msg(found, "no %s", known[names]);
        ck_assert_ptr_null(vfsim_language_name(names, i + 1, NULL));
    }
}
END_TEST

START_TEST(a_result_is_written_whole_or_not_at_all)
{
    char folder[] = "/tmp/vfsim-XXXXXX", path[64], link[64], text[64];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/result", folder);
    snprintf(link, sizeof(link), "%s/link", folder);
    ck_assert_int_eq(symlink("result", link), 0);
    char *place = vfsim_file_place(link);
    ck_assert_str_eq(place, path);
    vfsim_free(place);
    ck_assert_int_eq(vfsim_file_write(link, "one", 3), 0);
    ck_assert_int_eq(access(path, R_OK), 0);
    ck_assert_int_eq((int)readlink(link, text, sizeof(text)), 6);
    ck_assert_int_eq(vfsim_file_write("/nowhere/result", "one", 3), -ENOENT);
    ck_assert_int_eq(vfsim_file_try("/nowhere/result"), -ENOENT);
    ck_assert_int_eq(vfsim_file_try(folder), -EISDIR);
    ck_assert_int_eq(vfsim_file_try(path), 0);
    ck_assert_ptr_null(vfsim_file_place("/nowhere/result"));
    ck_assert_int_eq(vfsim_file_write("/dev/full", "one", 3), -ENOSPC);
    ck_assert_int_eq(unlink(path) || unlink(link) || rmdir(folder), 0); /* nothing else is there */
    ck_assert_str_eq(vfsim_shell_word("it's", text, sizeof(text)), "'it'\\''s'");
    ck_assert_str_eq(vfsim_shell_word("a.scn", text, sizeof(text)), "a.scn");
}
END_TEST

static void leave(const char *sentence) { _exit(strcmp(sentence, "out of memory: the pages: 4,096 bytes") ? 2 : 9); }

START_TEST(a_programs_own_lack_of_memory_is_told_alike)
{
    vfsim_on_out_of_memory(leave);
    vfsim_out_of_memory("the pages", 4096);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("library");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 0);
    tcase_add_test(tests, version_is_that_of_the_headers);
    tcase_add_test(tests, mistakes_are_told_with_their_places);
    tcase_add_test(tests, a_file_that_is_not_there_is_an_error);
    tcase_add_test(tests, each_line_that_is_added_is_judged_at_once);
    tcase_add_test(tests, lines_and_typed_calls_and_a_text_make_one_world);
    tcase_add_test(tests, variables_seed_and_files_are_taken_from_options);
    tcase_add_test(tests, the_report_is_the_programs);
    tcase_add_test(tests, steps_and_slices_are_the_same_run);
    tcase_add_test(tests, a_run_that_is_broken_off_is_partial);
    tcase_add_test(tests, expectations_have_bound_and_measured_value);
    tcase_add_test(tests, what_nobody_expects_is_a_surprise);
    tcase_add_test(tests, flows_add_up);
    tcase_add_test(tests, connections_say_how_they_fared);
    tcase_add_test(tests, counters_are_found_by_owner_and_name);
    tcase_add_test(tests, looking_on_changes_nothing_and_misses_nothing);
    tcase_add_test(tests, a_frame_that_is_put_in_arrives);
    tcase_add_test(tests, a_vm_sends_what_is_put_in);
    tcase_add_test(tests, what_can_not_be_put_in_is_refused);
    tcase_add_test(tests, registers_are_read_and_written);
    tcase_add_test(tests, a_saved_world_goes_on_to_the_same_end);
    tcase_add_test(tests, worlds_take_turns);
    tcase_add_test(tests, a_second_thread_is_refused);
    tcase_add_test(tests, models_reasons_registers_and_the_language_are_told);
    tcase_add_test(tests, words_and_names_are_told_one_by_one);
    tcase_add_test(tests, a_result_is_written_whole_or_not_at_all);
    tcase_add_exit_test(tests, a_programs_own_lack_of_memory_is_told_alike, 9);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
