/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim restore OUT: go on with a saved world, to the report the whole run would have given. */
#include <stdio.h>

#include "vfsim.h"

static int restore(const struct vfsim_args *args)
{
    if (args->operand_count != 1) {
        vfsim_complain("restore what? vfsim restore FILE (one that `vfsim save` wrote)");
        return EXIT_USER;
    }
    vfsim_show_to_debugger(args->gdb);
    vfsim_trap_each_store(args->plain_mmio);
    struct vfsim_session *session = vfsim_session_begin(args);
    if (!session)
        return EXIT_USER;
    struct vfsim_options options = vfsim_options_of(args);
    struct vfsim_error *errors = NULL;
    vfsim_session_file(session);
    struct vfsim_world *world = vfsim_world_load(args->operands[0], &options, &errors);
    struct vfsim_scenario *scenario = world ? vfsim_world_scenario(world) : NULL;
    if (world && !vfsim_outputs_are_fit(args, &scenario, 1)) {
        vfsim_world_free(world);
        return vfsim_session_drop(session);
    }
    int code = world ? vfsim_session_play(session, world, args->operands[0]) : vfsim_session_refuse(session, NULL, errors);
    vfsim_world_free(world);
    return vfsim_session_end(session, code);
}

const struct vfsim_verb vfsim_verb_restore = {
    .name = "restore",
    .sentence = "go on with a saved world to its end",
    .operands = "FILE",
    .what = VALUE_FILE,
    .options = WITH(JSON) | WITH(JUNIT) | WITH(HTML) | WITH(TIMELINE) | WITH(TRACE) | WITH(WHO) | WITH(WHAT) | WITH(WHEN) |
               WITH(VCD) | WITH(PERFETTO) | WITH(PCAP) | WITH(PARANOID) | WITH(GDB) | WITH(PLAIN_MMIO) | WITH(VERBOSE) |
               WITH(GUEST_IMAGE) | WITH(PLUGINS) | WITH(SNAPSHOTS) | WITH(CHIP),
    .about = "Rebuilds the world that `vfsim save` wrote to FILE and runs it to its end; the report is the one the whole run would "
             "have given. Captures, guest image and plugins are read again from where they were (--guest-image, --plugins and "
             "--snapshots name other places) and must not have changed. --pcap writes what is seen from here on.",
    .examples = "vfsim restore /tmp/half.world --trace switch\n",
    .run = restore,
};
