/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim restore OUT: go on with a saved world, to the report the whole run would have given. */
#include <stdio.h>

#include "vm/vm.h"
#include "scenario/world/world.h"
#include "vfsim.h"

static int restore(const struct vfsim_args *args)
{
    if (args->operand_count != 1) {
        vfsim_complain("restore what? vfsim restore FILE (one that `vfsim save` wrote)");
        return EXIT_USER;
    }
    if (args->gdb)
        vm_debugger_enabled = 1;
    struct vfsim_session *session = vfsim_session_begin(args);
    if (!session)
        return EXIT_USER;
    struct scenario_options files = {
        .guest_image = args->guest_image, .plugin_store = args->plugin_store, .snapshots = args->snapshots};
    struct world_options options = {.pcap_dir = args->pcap};
    struct scenario *sc = NULL;
    char err[1024];
    vfsim_session_file(session);
    struct world *world = world_restore(args->operands[0], &options, &files, &sc, err, sizeof(err));
    if (world && !vfsim_outputs_are_apart(args, (const struct scenario *const *)&sc, 1)) {
        world_destroy(world);
        scenario_destroy(sc);
        return vfsim_session_drop(session);
    }
    int code = world ? vfsim_session_play(session, &world, args->operands[0]) : vfsim_session_refuse(session, NULL, err);
    world_destroy(world);
    scenario_destroy(sc);
    return vfsim_session_end(session, code);
}

const struct vfsim_verb vfsim_verb_restore = {
    .name = "restore",
    .sentence = "go on with a saved world to its end",
    .operands = "FILE",
    .what = VALUE_FILE,
    .options = WITH(JSON) | WITH(JUNIT) | WITH(HTML) | WITH(TIMELINE) | WITH(TRACE) | WITH(PCAP) | WITH(PARANOID) | WITH(GDB) |
               WITH(VERBOSE) | WITH(GUEST_IMAGE) | WITH(PLUGINS) | WITH(SNAPSHOTS) | WITH(CHIP),
    .about = "Rebuilds the world that `vfsim save` wrote to FILE and runs it to its end; the report is the one the whole run would "
             "have given. Captures, guest image and plugins are read again from where they were (--guest-image, --plugins and "
             "--snapshots name other places) and must not have changed. --pcap writes what is seen from here on.",
    .examples = "vfsim restore /tmp/half.world --trace switch\n",
    .run = restore,
};
