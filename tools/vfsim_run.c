/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim run FILE…: build each scenario, play it, report. */
#include <stdio.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "vm/vm.h"
#include "scenario/world/world.h"
#include "vfsim.h"

static int run_one(struct vfsim_session *session, const struct vfsim_args *args, struct scenario *sc, const char *name)
{
    struct world_options world_options = {.pcap_dir = args->pcap, .strict_captures = args->strict_captures};
    vfsim_session_file(session);
    struct world *world = world_build(sc, &world_options);
    int code = world ? vfsim_session_play(session, &world, name) : vfsim_session_refuse(session, sc, NULL);
    world_destroy(world);
    return code;
}

/* All have been read before one is run: what the last one names as its input must not be the first one's output. */
static int run_each(struct vfsim_session *session, const struct vfsim_args *args, struct scenario **sc)
{
    int worst = EXIT_PASS;
    if (!vfsim_outputs_are_apart(args, (const struct scenario *const *)sc, args->operand_count))
        return vfsim_session_drop(session);
    for (unsigned i = 0; args->paranoid && i < args->operand_count; i++)
        if (!vfsim_inputs_stay(sc[i]))
            return vfsim_session_drop(session);
    for (unsigned i = 0; i < args->operand_count && worst < EXIT_SIGNAL; i++) {
        int code = run_one(session, args, sc[i], args->operands[i]);
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
    if (args->gdb)
        vm_debugger_enabled = 1;
    struct vfsim_session *session = vfsim_session_begin(args);
    if (!session)
        return EXIT_USER;
    struct scenario_options options = vfsim_scenario_options(args);
    struct scenario **sc = alloc_zero("the scenarios", args->operand_count, sizeof(struct scenario *));
    for (unsigned i = 0; i < args->operand_count; i++)
        sc[i] = scenario_read(args->operands[i], &options);
    int code = run_each(session, args, sc);
    for (unsigned i = 0; i < args->operand_count; i++)
        scenario_destroy(sc[i]);
    free(sc);
    return code;
}

const struct vfsim_verb vfsim_verb_run = {
    .name = "run",
    .sentence = "run scenarios and report what happened to every frame",
    .options = "--json --junit --html --timeline --seed --trace --pcap --set --accept --paranoid --gdb --verbose "
               "--guest-image --plugins --snapshots --strict-captures",
    .usage =
        "usage: vfsim run FILE… [options]      (`-` is stdin)\n\n"
        "Runs each scenario and prints its report. The language is described in docs/scenario-language.md.\n\n"
        "  --json[=FILE]       the report as JSON instead of the text, or into FILE beside it; a list if there are several files\n"
        "                      (docs/report.schema.json)\n"
        "  --timeline[=WHAT]   draw each switch and each migration in the text: who said what to whom, and when; in ascii (as\n"
        "                      it is without a value) or unicode. The JSON always has them\n"
        "  --html FILE         write the report as a page, with switches, migrations and packets drawn\n"
        "  --junit FILE        write the expectations as JUnit testcases; files that can't be run are errors in it\n"
        "  --seed N            another seed than the scenario's\n"
        "  --set name=value    another value of a variable that the scenario declares with `set`\n"
        "  --trace WHAT        tell the story on stderr: core, net, pcie, eswitch, nic, pf, host, guest, switch, control,\n"
        "                      scenario (several with commas) or all\n"
        "  --pcap DIR          write each `capture` of the scenario to DIR, or, if it has none, what every peer, NIC and VM\n"
        "                      saw\n"
        "  --accept            write the report beside the scenario as NAME.out, for the tests to compare with\n"
        "  --gdb               show guest images and plugins to a debugger of vfsim\n"
        "  --guest-image FILE  another image for VMs than the build's\n"
        "  --plugins DIR       another plugin store than the build's\n"
        "  --snapshots DIR     write the VMs' snapshots there that the scenario takes, and look there for those it puts back\n"
        "  --strict-captures   refuse a replay's file that holds a record that is not whole, instead of playing the others\n"
        "  --paranoid[=N]      save, destroy, rebuild and restore the whole world after every Nth event (1009), in memory;\n"
        "                      N@FROM-TO: only then, in simulated time. Nothing changes by it, or it is our bug (status 3)\n"
        "  --verbose           wall-clock time and events a second on stderr; with --paranoid what a cut costs\n\n"
        "examples:\n"
        "  vfsim run scenarios/01-midflow-switch.scn\n"
        "  vfsim run scenarios/01-midflow-switch.scn --trace switch\n"
        "  vfsim run scenarios/65-migrate-npa.scn --timeline\n"
        "  vfsim run scenarios/65-migrate-npa.scn --html page.html\n"
        "  vfsim run my.scn --set size=1500 --json | jq '.flows[].lost'\n"
        "  vfsim run scenarios/*.scn --junit results.xml\n",
    .run = run_all,
};
