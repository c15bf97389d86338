/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim run FILE…: build each scenario, play it, report. */
#include <stdio.h>
#include <stdlib.h>

#include "vfsim.h"

/* Of what lives at the wall clock there is nothing here. False after a message. */
static bool is_simulated(const struct vfsim_scenario *scenario)
{
    const char *uplink = vfsim_scenario_uplink(scenario, 0), *client = vfsim_scenario_client(scenario, 0);
    if (uplink || client)
        vfsim_complain("%s: '%s' is %s: it needs the wall clock, vfsim serve", vfsim_scenario_name(scenario),
                       uplink ? uplink : client, uplink ? "an uplink" : "a client of vfio-user");
    return !uplink && !client;
}

static int run_one(struct vfsim_session *session, struct vfsim_scenario *scenario, const char *name)
{
    struct vfsim_error *errors = NULL;
    vfsim_session_file(session);
    struct vfsim_world *world = vfsim_world_new(scenario, &errors);
    int code = world ? vfsim_session_play(session, world, name) : vfsim_session_refuse(session, scenario, errors);
    vfsim_world_free(world);
    return code;
}

/* All have been read before one is run: what the last one names as its input must not be the first one's output. */
static int run_each(struct vfsim_session *session, const struct vfsim_args *args, struct vfsim_scenario **scenarios)
{
    int worst = EXIT_PASS;
    if (!vfsim_outputs_are_fit(args, scenarios, args->operand_count))
        return vfsim_session_drop(session);
    for (unsigned i = 0; i < args->operand_count; i++)
        if (!is_simulated(scenarios[i]))
            return vfsim_session_drop(session);
    for (unsigned i = 0; args->paranoid && i < args->operand_count; i++)
        if (!vfsim_inputs_stay(scenarios[i]))
            return vfsim_session_drop(session);
    for (unsigned i = 0; i < args->operand_count && worst < EXIT_SIGNAL; i++) {
        int code = run_one(session, scenarios[i], args->operands[i]);
        worst = code > worst ? code : worst;
    }
    return vfsim_session_end(session, worst);
}

static int run_all(const struct vfsim_args *args)
{
    if (!args->operand_count) {
        vfsim_complain("run what? vfsim run FILE… (`-` is stdin)");
        return EXIT_USER;
    }
    vfsim_show_to_debugger(args->gdb);
    vfsim_trap_each_store(args->plain_mmio);
    struct vfsim_session *session = vfsim_session_begin(args);
    if (!session)
        return EXIT_USER;
    struct vfsim_options options = vfsim_options_of(args);
    struct vfsim_scenario **scenarios = vfsim_zero("the scenarios", args->operand_count, sizeof(struct vfsim_scenario *));
    for (unsigned i = 0; i < args->operand_count; i++)
        scenarios[i] = vfsim_scenario_read(args->operands[i], &options);
    int code = run_each(session, args, scenarios);
    for (unsigned i = 0; i < args->operand_count; i++)
        vfsim_scenario_free(scenarios[i]);
    free(scenarios);
    return code;
}

const struct vfsim_verb vfsim_verb_run = {
    .name = "run",
    .sentence = "run scenarios and report what happened to every frame",
    .operands = "FILE…",
    .what = VALUE_SCENARIO,
    .options = WITH(JSON) | WITH(JUNIT) | WITH(HTML) | WITH(TIMELINE) | WITH(SEED) | WITH(TRACE) | WITH(WHO) | WITH(WHAT) |
               WITH(WHEN) | WITH(VCD) | WITH(PERFETTO) | WITH(PCAP) | WITH(SET) | WITH(ACCEPT) | WITH(PARANOID) | WITH(GDB) |
               WITH(PLAIN_MMIO) | WITH(VERBOSE) | WITH(GUEST_IMAGE) | WITH(PLUGINS) | WITH(SNAPSHOTS) | WITH(STRICT_CAPTURES) |
               WITH(CHIP),
    .about =
        "Runs each scenario (`-` is stdin) to its end, one after the other, and prints its report. `vfsim help WORD` tells about "
        "a word of the language.",
    .examples = "vfsim run scenarios/01-midflow-switch.scn\n"
                "vfsim run scenarios/01-midflow-switch.scn --trace switch\n"
                "vfsim run scenarios/65-migrate-npa.scn --timeline\n"
                "vfsim run scenarios/65-migrate-npa.scn --html page.html\n"
                "vfsim run my.scn --set size=1500 --json | jq '.flows[].lost'\n"
                "vfsim run scenarios/*.scn --junit results.xml\n",
    .run = run_all,
};
