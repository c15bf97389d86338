/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim save FILE --at TIME -o OUT: run to a moment and keep the whole world. */
#include <stdio.h>

#include "vfsim.h"

static int save_world(struct vfsim_world *world, vfsim_time at, const struct vfsim_args *args, struct vfsim_error **errors)
{
    char time[VFSIM_TIME_LEN], word[PATH_MAX];
    int over = vfsim_world_run_until(world, at, errors);
    if (over == 1 && vfsim_world_now(world) < at) {
        vfsim_complain("%s: the run was over at %s, before --at %s", args->operands[0],
                       vfsim_format_time(vfsim_world_now(world), time), args->at);
        return EXIT_USER;
    }
    if (over < 0 || vfsim_world_save(world, args->output, errors)) {
        vfsim_complain("%s", (*errors)->text);
        return EXIT_USER;
    }
    vfsim_complain("saved at %s: %s (go on with: vfsim restore %s)", args->at, args->output,
                   vfsim_shell_word(args->output, word, sizeof(word)));
    return EXIT_PASS;
}

static int save(const struct vfsim_args *args)
{
    vfsim_time at;
    const char *missing = !args->operand_count      ? "save what?"
                          : args->operand_count > 1 ? "save one scenario at a time:"
                          : !args->at               ? "save when? --at TIME is missing:"
                          : !args->output           ? "save where? -o OUT is missing:"
                                                    : NULL;
    if (missing) {
        vfsim_complain("%s vfsim save FILE --at TIME -o OUT", missing);
        return EXIT_USER;
    }
    if (vfsim_parse_time(args->at, &at)) {
        vfsim_complain("--at takes a time with its unit, such as 10us or 1.5ms, not '%s'", args->at);
        return EXIT_USER;
    }
    vfsim_trap_each_store(args->plain_mmio);
    struct vfsim_options options = vfsim_options_of(args);
    struct vfsim_scenario *scenario = vfsim_scenario_read(args->operands[0], &options);
    struct vfsim_error *errors = NULL;
    bool apart = vfsim_outputs_are_fit(args, &scenario, 1) && vfsim_inputs_stay(scenario);
    struct vfsim_world *world = apart ? vfsim_world_new(scenario, &errors) : NULL;
    int code = EXIT_USER;
    if (world)
        code = save_world(world, at, args, &errors);
    else
        vfsim_print_errors(scenario, errors);
    vfsim_error_free(errors);
    vfsim_world_free(world);
    vfsim_scenario_free(scenario);
    return code;
}

const struct vfsim_verb vfsim_verb_save = {
    .name = "save",
    .sentence = "run a scenario to a moment and save the whole world to a file",
    .operands = "FILE",
    .what = VALUE_SCENARIO,
    .options = WITH(AT) | WITH(PLAIN_MMIO) | WITH(OUTPUT) | WITH(SEED) | WITH(SET) | WITH(GUEST_IMAGE) | WITH(PLUGINS) |
               WITH(SNAPSHOTS) | WITH(STRICT_CAPTURES) | WITH(CHIP),
    .about = "Runs the scenario up to and including --at TIME of simulated time and writes everything to -o FILE: the scenario's "
             "text, digests of the files it names, and the state of every part. `vfsim restore` goes on from there to the same "
             "final report.",
    .examples = "vfsim save scenarios/01-midflow-switch.scn --at 3ms -o /tmp/half.world\n"
                "vfsim restore /tmp/half.world --trace switch\n",
    .run = save,
};
