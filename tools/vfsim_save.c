/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim save FILE --at TIME -o OUT: run to a moment and keep the whole world. */
#include <stdio.h>

#include "report/report.h"
#include "scenario/model.h"
#include "scenario/world/world.h"
#include "vfsim.h"

static int save_world(struct world *world, sim_time at, const struct vfsim_args *args)
{
    char err[512], time[REPORT_TIME_LEN], word[2 * PATH_MAX];
    if (world_run(world, at, NULL) && world_now(world) < at) {
        vfsim_complain("%s: the run was over at %s, before --at %s", args->operands[0],
                       report_format_time(world_now(world) / SIM_NS, time), args->at);
        return EXIT_USER;
    }
    if (world_save(world, args->output, err, sizeof(err))) {
        vfsim_complain("%s", err);
        return EXIT_USER;
    }
    vfsim_complain("saved at %s: %s (go on with: vfsim restore %s)", args->at, args->output,
                   report_shell_word(args->output, word, sizeof(word)));
    return EXIT_PASS;
}

static int save(const struct vfsim_args *args)
{
    sim_time at;
    const char *missing = !args->operand_count      ? "save what?"
                          : args->operand_count > 1 ? "save one scenario at a time:"
                          : !args->at               ? "save when? --at TIME is missing:"
                          : !args->output           ? "save where? -o OUT is missing:"
                                                    : NULL;
    if (missing) {
        vfsim_complain("%s vfsim save FILE --at TIME -o OUT", missing);
        return EXIT_USER;
    }
    if (scn_parse_time(args->at, &at)) {
        vfsim_complain("--at takes a time with its unit, such as 10us or 1.5ms, not '%s'", args->at);
        return EXIT_USER;
    }
    struct scenario_options options = vfsim_scenario_options(args);
    struct scenario *sc = scenario_read(args->operands[0], &options);
    struct world_options world_options = {.strict_captures = args->strict_captures};
    bool apart = vfsim_outputs_are_apart(args, (const struct scenario *const *)&sc, 1) && vfsim_inputs_stay(sc);
    struct world *world = apart ? world_build(sc, &world_options) : NULL;
    int code = EXIT_USER;
    if (world)
        code = save_world(world, at, args);
    else if (apart)
        scenario_print_errors(sc, stderr);
    world_destroy(world);
    scenario_destroy(sc);
    return code;
}

const struct vfsim_verb vfsim_verb_save = {
    .name = "save",
    .sentence = "run a scenario to a moment and save the whole world to a file",
    .operands = "FILE",
    .what = VALUE_SCENARIO,
    .options = WITH(AT) | WITH(OUTPUT) | WITH(SEED) | WITH(SET) | WITH(GUEST_IMAGE) | WITH(PLUGINS) | WITH(SNAPSHOTS) |
               WITH(STRICT_CAPTURES) | WITH(CHIP),
    .about = "Runs the scenario up to and including --at TIME of simulated time and writes everything to -o FILE: the scenario's "
             "text, digests of the files it names, and the state of every part. `vfsim restore` goes on from there to the same "
             "final report.",
    .examples = "vfsim save scenarios/01-midflow-switch.scn --at 3ms -o /tmp/half.world\n"
                "vfsim restore /tmp/half.world --trace switch\n",
    .run = save,
};
