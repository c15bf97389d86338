/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim conformance plugin FILE: a vendor's plugin, held against the rules of the specification. */
#include <stdlib.h>
#include <string.h>

#include "vfsim.h"

static const char plugin_word[] = "plugin";

static bool is_asked_right(const struct vfsim_args *args)
{
    static const char *const words[] = {plugin_word, NULL};
    const char *word = args->operand_count ? args->operands[0] : "";
    char near[80];
    if (strcmp(word, plugin_word))
        vfsim_complain("vfsim conformance plugin FILE%s", vfsim_near(word, words, near, sizeof(near)));
    else if (args->operand_count < 2)
        vfsim_complain("which plugin? vfsim conformance plugin FILE");
    else if (args->operand_count > 2)
        vfsim_complain("one plugin at a time, and there are %u", args->operand_count - 1);
    else
        return true;
    return false;
}

static int put_junit(const struct vfsim_args *args, const struct vfsim_report *report)
{
    size_t length;
    if (!args->junit)
        return EXIT_PASS;
    char *text = vfsim_report_text(report, VFSIM_JUNIT, 0, 0, &length);
    int err = vfsim_file_write(args->junit, text, length);
    vfsim_free(text);
    return vfsim_file_written(args->junit, err);
}

static int run(const struct vfsim_args *args)
{
    const struct vfsim_conformance how = {.size = sizeof(how), .model = args->model, .only = args->only_case};
    struct vfsim_error *error = NULL;
    size_t broken;
    if (!is_asked_right(args))
        return EXIT_USER;
    struct vfsim_report *report = vfsim_conformance_plugin(args->operands[1], &how, &broken, &error);
    if (!report) {
        vfsim_complain("%s", error->text);
        vfsim_error_free(error);
        return EXIT_USER;
    }
    int code = put_junit(args, report);
    return vfsim_put_report(args, report) || code ? EXIT_USER : broken ? EXIT_EXPECTATION : EXIT_PASS;
}

const struct vfsim_verb vfsim_verb_conformance = {
    .name = "conformance",
    .sentence = "hold a plugin against the rules of the specification",
    .operands = "FILE",
    .acts = "plugin",
    .what = VALUE_IMAGE,
    .options = WITH(MODEL) | WITH(CASE) | WITH(JUNIT) | WITH(JSON) | WITH(CHIP),
    .about =
        "plugin: calls the plugin of FILE as a shell does, in cases that have names, each in a machine of its own: on a VF of its "
        "chip, and on a device that knows nothing. Of each rule of docs/shell-api.md that is broken it prints the name, what was "
        "seen and the rule. Exit status 1 if one is broken, 2 if something can't be read.\n"
        "docs/conformance.md lists the cases and the rules.",
    .examples = "vfsim conformance plugin build/plugins/ixgbevf.so\n"
                "vfsim conformance plugin mychipvf.so --chip ./mychip.so --model mychip --junit results.xml\n",
    .run = run,
};
