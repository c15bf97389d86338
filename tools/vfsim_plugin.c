/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim plugin check FILE…: what the hypervisor would say to a plugin image. */
#include <string.h>

#include "vfsim.h"

static int check(const struct vfsim_args *args)
{
    static const char *const acts[] = {"check", NULL};
    char near[80];
    if (!args->operand_count || strcmp(args->operands[0], "check")) {
        const char *word = args->operand_count ? args->operands[0] : "";
        vfsim_complain("vfsim plugin check FILE…%s", vfsim_near(word, acts, near, sizeof(near)));
        return EXIT_USER;
    }
    if (args->operand_count < 2) {
        vfsim_complain("check what? vfsim plugin check FILE…");
        return EXIT_USER;
    }
    struct vfsim_error *errors = NULL;
    size_t refused;
    struct vfsim_report *report = vfsim_plugin_check(args->operands + 1, args->operand_count - 1, &refused, &errors);
    for (const struct vfsim_error *e = errors; e; e = e->next)
        vfsim_complain("%s", e->text);
    int code = errors ? EXIT_USER : refused ? EXIT_EXPECTATION : EXIT_PASS;
    vfsim_error_free(errors);
    return vfsim_put_report(args, report) ? EXIT_USER : code;
}

const struct vfsim_verb vfsim_verb_plugin = {
    .name = "plugin",
    .sentence = "check plugin images as the hypervisor does",
    .operands = "FILE…",
    .act = "check",
    .what = VALUE_IMAGE,
    .options = WITH(JSON),
    .about = "Checks each plugin image as the hypervisor does before it injects one, and prints licence, vendor, sizes, digest and "
             "verdict. Exit status 1 if one is refused, 2 if one can't be read.",
    .examples = "vfsim plugin check build/plugins/*.so\n",
    .run = check,
};
