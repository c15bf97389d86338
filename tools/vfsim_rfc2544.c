/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vfsim rfc2544 FILE: the benchmarks of RFC 2544, each of whose trials is a run of the scenario, in this process.
 *
 * The scenario says what is under test, and declares three variables that a trial gives values: `size` (bytes of a frame), `load`
 * (bits a second with preamble and gap; its own value is the most the medium takes) and `frames` (of a trial). All its flows
 * together are the stream under test. What is simulated has no noise: one trial says it, where the RFC repeats it twenty times.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "vfsim.h"
#include "vfsim_rfc2544.h"

static const char *const test_words[] = {"throughput", "latency", "frame-loss", "back-to-back", NULL};
static const char needed[] = "it needs `set size 64`, `set load 10G` and `set frames 1000`, and a flow with `size $size load $load "
                             "count $frames`";

/* ---- one trial ---- */

struct bench {
    const struct vfsim_args *args;
    struct rfc2544 result;
    struct vfsim_variable vars[VFSIM_VARS_MAX + 3]; /* those of the command line, and size, load, frames behind them */
    char size[16], load[32], frames[24];
    int code; /* of the first trial that went wrong */
};

static void add_flows(struct vfsim_world *world, struct rfc2544_trial *t)
{
    struct vfsim_flow f;
    t->latency_min = UINT64_MAX;
    for (unsigned i = 0; vfsim_flow_at(world, i, &f); i++) {
        if (f.parent)
            continue;
        t->sent += f.sent;
        t->delivered += f.delivered;
        t->offered_fps += f.offered_fps;
        t->throughput_fps += f.throughput_fps;
        t->throughput_bps += f.throughput_bps;
        t->latency_min = f.delivered && f.latency_min < t->latency_min ? f.latency_min : t->latency_min;
        t->latency_p50 = f.latency_p50 > t->latency_p50 ? f.latency_p50 : t->latency_p50;
        t->latency_p99 = f.latency_p99 > t->latency_p99 ? f.latency_p99 : t->latency_p99;
        t->latency_max = f.latency_max > t->latency_max ? f.latency_max : t->latency_max;
    }
}

/* Its expectations are of other runs; what nobody expects spoils a trial. */
static void judge(struct bench *b, struct vfsim_world *world)
{
    struct vfsim_surprise surprise;
    char line[16];
    if (!vfsim_world_surprise(world, 0, &surprise) || b->code)
        return;
    snprintf(line, sizeof(line), ":%u", surprise.line);
    vfsim_complain("%s%s: size %s, load %s, frames %s: %s", b->args->operands[0], surprise.line ? line : "", b->size, b->load,
                   b->frames, surprise.text);
    b->code = EXIT_EXPECTATION;
}

static struct vfsim_world *run(const struct vfsim_options *options, const char *file, struct bench *b)
{
    struct vfsim_scenario *scenario = vfsim_scenario_read(file, options);
    struct vfsim_error *error = NULL;
    struct vfsim_world *world = vfsim_world_new(scenario, &error);
    bool built = world;
    if (world && (vfsim_world_run(world, &error) < 0 || vfsim_world_finish(world, NULL, &error) < 0)) {
        vfsim_world_free(world);
        world = NULL;
    }
    if (!world) {
        vfsim_print_errors(scenario, error);
        b->code = built ? EXIT_OURS : EXIT_USER;
    }
    vfsim_error_free(error);
    vfsim_scenario_free(scenario);
    return world;
}

/* At so many thousandths of the load, of so many frames. All is 0 after a message. */
static struct rfc2544_trial try_load(struct bench *b, uint32_t size, unsigned step, uint64_t frames)
{
    struct rfc2544_trial trial = {0};
    struct vfsim_options options = vfsim_options_of(b->args);
    uint64_t bps = b->result.load_bps / RFC2544_STEPS * step + b->result.load_bps % RFC2544_STEPS * step / RFC2544_STEPS;
    snprintf(b->size, sizeof(b->size), "%u", size);
    snprintf(b->load, sizeof(b->load), "%" PRIu64 ".%03" PRIu64 "K", bps / 1000, bps % 1000);
    snprintf(b->frames, sizeof(b->frames), "%" PRIu64, frames);
    options.variables = b->vars;
    options.variable_count = b->args->var_count + 3;
    struct vfsim_world *world = b->code ? NULL : run(&options, b->args->operands[0], b);
    if (!world)
        return trial;
    add_flows(world, &trial);
    judge(b, world);
    vfsim_world_free(world);
    if (!trial.sent && !b->code) {
        vfsim_complain("%s: nothing was sent: %s", b->args->operands[0], needed);
        b->code = EXIT_USER;
    }
    return trial;
}

static bool is_whole(const struct rfc2544_trial *t) { return t->sent && t->sent == t->delivered; }

/* ---- the tests ---- */

/* [RFC 2544 26.1] The whole load first, then between what was lost from and what was not. */
static void find_throughput(struct bench *b, struct rfc2544_row *row)
{
    unsigned low = 0, high = RFC2544_STEPS + 1;
    for (unsigned step = RFC2544_STEPS; high - low > 1 && !b->code; step = (low + high) / 2) {
        struct rfc2544_trial t = try_load(b, row->size, step, b->result.frames);
        if (is_whole(&t)) {
            low = step;
            row->best = t;
        } else {
            high = step;
        }
    }
    row->step = low;
}

/* [26.3] In steps of a tenth, until two in succession have lost nothing. */
static void find_losses(struct bench *b, struct rfc2544_row *row)
{
    unsigned whole = 0;
    while (row->losses < RFC2544_LOADS && whole < 2 && !b->code) {
        struct rfc2544_trial *t = &row->loss[row->losses];
        *t = try_load(b, row->size, RFC2544_STEPS - 100 * row->losses++, b->result.frames);
        whole = is_whole(t) ? whole + 1 : 0;
    }
}

/* [26.4] Bursts with the least gap between their frames. */
static void find_burst(struct bench *b, struct rfc2544_row *row)
{
    uint64_t low = 0, high = b->result.frames + 1;
    for (uint64_t frames = b->result.frames; high - low > 1 && !b->code; frames = low + (high - low) / 2) {
        struct rfc2544_trial t = try_load(b, row->size, RFC2544_STEPS, frames);
        *(is_whole(&t) ? &low : &high) = frames;
    }
    row->burst = low;
}

/* ---- what is asked for ---- */

/* "64,128": false after a message. */
static bool take_sizes(struct rfc2544 *result, const char *text)
{
    static const char rfc[] = "64,128,256,512,1024,1280,1518"; /* [RFC 2544 9.1] */
    for (const char *at = text ? text : rfc; *at;) {
        char *end;
        unsigned long size = strtoul(at, &end, 10);
        if (end == at || (*end && *end != ',') || size < 64 || size > 9022 || result->rows == RFC2544_SIZES_MAX) {
            vfsim_complain("--sizes: at most %d sizes of frames from 64 to 9022, with commas between them, not '%s'",
                           RFC2544_SIZES_MAX, text);
            return false;
        }
        result->row[result->rows++].size = (uint32_t)size;
        at = end + (*end == ',');
    }
    return true;
}

static bool take_tests(struct rfc2544 *result, const char *text)
{
    char word[32], near[80];
    for (const char *at = text ? text : ""; *at;) {
        size_t len = strcspn(at, ",");
        unsigned i = 0;
        snprintf(word, sizeof(word), "%.*s", (int)len, at);
        while (test_words[i] && strcmp(test_words[i], word))
            i++;
        if (!test_words[i]) {
            vfsim_complain("--tests: '%s' is none of throughput, latency, frame-loss and back-to-back%s", word,
                           vfsim_near(word, test_words, near, sizeof(near)));
            return false;
        }
        result->tests |= 1u << i;
        at += len + (at[len] == ',');
    }
    result->tests = result->tests ? result->tests : RFC2544_ALL;
    return true;
}

/* "10G" or "1000" of a variable: a number and K, M or G. False: it is none. */
static bool take_number(const char *text, bool with_unit, uint64_t *out)
{
    char *end;
    errno = 0;
    uint64_t number = text && *text >= '0' && *text <= '9' ? strtoull(text, &end, 10) : 0, tenths = 0;
    uint64_t factor = 1;
    if (!number || errno || number > UINT64_MAX / UINT64_C(10000000000))
        return false;
    if (*end == '.' && end[1] >= '0' && end[1] <= '9') {
        tenths = (uint64_t)(end[1] - '0');
        end += 2;
    }
    if (*end)
        factor = *end == 'K' ? 1000 : *end == 'M' ? 1000000 : *end == 'G' ? 1000000000 : 0;
    *out = number * factor + tenths * factor / 10;
    return factor && (!*end || !end[1]) && (!with_unit || *end) && (!tenths || factor > 1);
}

/* What the scenario, or the command line, says of load and frames. */
static bool take_variables(struct bench *b)
{
    struct vfsim_options options = vfsim_options_of(b->args);
    struct vfsim_scenario *scenario = vfsim_scenario_read(b->args->operands[0], &options);
    const struct vfsim_error *errors = vfsim_scenario_check(scenario);
    const char *load = vfsim_scenario_variable(scenario, "load"), *frames = vfsim_scenario_variable(scenario, "frames");
    bool good = false;
    if (errors)
        vfsim_print_errors(scenario, errors);
    else if (!vfsim_scenario_variable(scenario, "size") || !take_number(load, true, &b->result.load_bps) ||
             !take_number(frames, false, &b->result.frames))
        vfsim_complain("%s is no scenario for RFC 2544: %s", b->args->operands[0], needed);
    else
        good = true;
    b->result.load = vfsim_copy("a benchmark", load ? load : "");
    vfsim_scenario_free(scenario);
    return good;
}

static bool prepare(struct bench *b)
{
    unsigned n = b->args->var_count;
    b->result.file = b->args->operands[0];
    if (!take_sizes(&b->result, b->args->sizes) || !take_tests(&b->result, b->args->tests) || !take_variables(b))
        return false;
    memcpy(b->vars, b->args->vars, n * sizeof(b->vars[0]));
    b->vars[n] = (struct vfsim_variable){"size", b->size};
    b->vars[n + 1] = (struct vfsim_variable){"load", b->load};
    b->vars[n + 2] = (struct vfsim_variable){"frames", b->frames};
    return true;
}

/* ---- the verb ---- */

static int put(const struct rfc2544 *result, const char *path, void (*write)(const struct rfc2544 *result, FILE *out))
{
    FILE *out = *path ? fopen(path, "we") : stdout;
    errno = out ? 0 : errno;
    if (out)
        write(result, out);
    if (!*path)
        return vfsim_stdout_flush();
    int err = out ? errno : errno ? errno : EIO;
    if (out && fclose(out))
        err = errno;
    return vfsim_file_written(path, err);
}

static int put_all(const struct vfsim_args *args, const struct rfc2544 *result)
{
    int code = EXIT_PASS;
    if (vfsim_text_is_wanted(args) && !(args->csv && !*args->csv))
        code = put(result, "", rfc2544_put_text);
    if (args->json && !code)
        code = put(result, args->json, rfc2544_put_json);
    if (args->csv && !code)
        code = put(result, args->csv, rfc2544_put_csv);
    return code;
}

static int measure(struct bench *b)
{
    bool none = false;
    for (unsigned i = 0; i < b->result.rows && !b->code; i++) {
        struct rfc2544_row *row = &b->result.row[i];
        if (b->result.tests & (RFC2544_THROUGHPUT | RFC2544_LATENCY))
            find_throughput(b, row);
        if (b->result.tests & RFC2544_LOSS)
            find_losses(b, row);
        if (b->result.tests & RFC2544_BACK_TO_BACK)
            find_burst(b, row);
        none |= b->result.tests & (RFC2544_THROUGHPUT | RFC2544_LATENCY) && !row->step;
    }
    if (b->code)
        return b->code;
    int code = put_all(b->args, &b->result);
    return code ? code : none ? EXIT_EXPECTATION : EXIT_PASS;
}

static int rfc2544(const struct vfsim_args *args)
{
    struct bench *b = vfsim_zero("a benchmark", 1, sizeof(*b));
    int code = EXIT_USER;
    b->args = args;
    if (args->operand_count != 1)
        vfsim_complain("of one scenario: vfsim rfc2544 FILE");
    else if (args->var_count + 3 > VFSIM_VARS_MAX || !strcmp(args->operands[0], "-"))
        vfsim_complain("a file is wanted that can be read for each trial");
    else if (prepare(b))
        code = measure(b);
    free((char *)b->result.load);
    free(b);
    return code;
}

const struct vfsim_verb vfsim_verb_rfc2544 = {
    .name = "rfc2544",
    .sentence = "find throughput, latency, frame loss and longest burst of a scenario's path, by RFC 2544",
    .operands = "FILE",
    .what = VALUE_SCENARIO,
    .options = WITH(SIZES) | WITH(TESTS) | WITH(JSON) | WITH(CSV) | WITH(SEED) | WITH(SET) | WITH(GUEST_IMAGE) | WITH(PLUGINS) |
               WITH(CHIP),
    .about = "Runs the scenario again and again with other values of its variables `size`, `load` and `frames`: for each of the "
             "RFC's sizes it looks for the highest load without loss, in thousandths of what the file says of `load`, by "
             "bisection, and for the longest burst. `vfsim init rfc2544` writes such a scenario.",
    .examples = "vfsim init rfc2544 -o mine.scn && vfsim rfc2544 mine.scn\n"
                "vfsim rfc2544 mine.scn --sizes 64,1518 --tests throughput --csv\n",
    .run = rfc2544,
};
