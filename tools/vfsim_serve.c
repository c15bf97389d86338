/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim serve FILE: a scenario at the wall clock, with doors for people and programs beside it. */
#include <stdio.h>

#include "serve/serve.h"
#include "vfsim.h"

static int play(struct vfsim_session *session, const struct vfsim_args *args, struct vfsim_world *world, const char *name)
{
    struct serve *serve = serve_begin(args, world);
    if (!serve)
        return EXIT_USER;
    vfsim_session_serve(session, serve);
    int code = vfsim_session_play(session, world, name);
    serve_end(serve);
    return code;
}

static int serve_one(struct vfsim_session *session, const struct vfsim_args *args, struct vfsim_scenario *scenario)
{
    struct vfsim_error *errors = NULL;
    if (!vfsim_outputs_are_fit(args, &scenario, 1))
        return vfsim_session_drop(session);
    vfsim_session_file(session);
    struct vfsim_world *world = vfsim_world_new(scenario, &errors);
    int code = world ? play(session, args, world, args->operands[0]) : vfsim_session_refuse(session, scenario, errors);
    vfsim_world_free(world);
    return vfsim_session_end(session, code);
}

static int serve_file(const struct vfsim_args *args)
{
    if (args->operand_count != 1) {
        vfsim_complain("serve what? vfsim serve FILE: one scenario (`-` is stdin)");
        return EXIT_USER;
    }
    vfsim_show_to_debugger(args->gdb);
    vfsim_trap_each_store(args->plain_mmio);
    struct vfsim_session *session = vfsim_session_begin(args);
    if (!session)
        return EXIT_USER;
    struct vfsim_options options = vfsim_options_of(args);
    struct vfsim_scenario *scenario = vfsim_scenario_read(args->operands[0], &options);
    int code = serve_one(session, args, scenario);
    vfsim_scenario_free(scenario);
    return code;
}

const struct vfsim_verb vfsim_verb_serve = {
    .name = "serve",
    .sentence = "run a scenario at the wall clock, and let people and programs act on it meanwhile",
    .operands = "FILE",
    .what = VALUE_SCENARIO,
    .options = WITH(CTL) | WITH(HTTP) | WITH(VFIO_USER) | WITH(STAY) | WITH(JSON) | WITH(JUNIT) | WITH(HTML) | WITH(TIMELINE) |
               WITH(SEED) | WITH(TRACE) | WITH(WHO) | WITH(WHAT) | WITH(WHEN) | WITH(PCAP) | WITH(SET) | WITH(GDB) |
               WITH(PLAIN_MMIO) | WITH(VERBOSE) | WITH(GUEST_IMAGE) | WITH(PLUGINS) | WITH(SNAPSHOTS) | WITH(STRICT_CAPTURES) |
               WITH(CHIP),
    .about = "Simulated time goes as the wall clock does, never before it; where the simulation can't keep up it goes more slowly, "
             "and says so. It ends as the scenario does, or by SIGINT, with the report of `vfsim run`.\n"
             "Nothing listens that is not asked for.",
    .examples = "vfsim serve my.scn --http 8080\n"
                "vfsim serve my.scn --stay --ctl /tmp/vfsim.sock\n"
                "vfsim ctl /tmp/vfsim.sock ip link set h0.vmnic0 vf 0 state disable\n",
    .run = serve_file,
};
