/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim check FILE…: parse and build only. */
#include <stdio.h>

#include "vfsim.h"

static int check_one(const struct vfsim_args *args, const char *name)
{
    struct vfsim_options options = vfsim_options_of(args);
    struct vfsim_scenario *scenario = vfsim_scenario_read(name, &options);
    struct vfsim_error *errors = NULL;
    struct vfsim_world *world = vfsim_world_new(scenario, &errors);
    int code = world ? EXIT_PASS : EXIT_USER;
    if (world) {
        char *summary = vfsim_scenario_summary(scenario);
        printf("%s: ok: %s\n", name, summary);
        vfsim_free(summary);
    }
    vfsim_print_errors(scenario, errors);
    vfsim_error_free(errors);
    vfsim_world_free(world);
    vfsim_scenario_free(scenario);
    return code;
}

static int check_all(const struct vfsim_args *args)
{
    int worst = EXIT_PASS;
    if (!args->operand_count) {
        vfsim_complain("check what? vfsim check FILE… (`-` is stdin)");
        return EXIT_USER;
    }
    for (unsigned i = 0; i < args->operand_count; i++) {
        int code = check_one(args, args->operands[i]);
        worst = code > worst ? code : worst;
    }
    return worst;
}

const struct vfsim_verb vfsim_verb_check = {
    .name = "check",
    .sentence = "read scenarios and build their worlds, without running them",
    .operands = "FILE…",
    .what = VALUE_SCENARIO,
    .options = WITH(SEED) | WITH(SET) | WITH(GUEST_IMAGE) | WITH(PLUGINS) | WITH(STRICT_CAPTURES) | WITH(CHIP),
    .about =
        "Reads each scenario (`-` is stdin) with all it names (captures, profile, plugins, filters) and says what is wrong, at "
        "most 20 mistakes a file, each with line and column. Nothing is run or written.",
    .examples = "vfsim check scenarios/*.scn\n"
                "vfsim check my.scn --set size=9000\n",
    .run = check_all,
};
