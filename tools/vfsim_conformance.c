/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim conformance plugin FILE, vfsim conformance chip MODEL: held against the rules of the specification. */
#include <stdlib.h>
#include <string.h>

#include "vfsim.h"

typedef struct vfsim_report *conformance_fn(const char *name, const struct vfsim_conformance *how, size_t *broken,
                                            struct vfsim_error **error);

static const struct act {
    const char *word, *of;
    conformance_fn *run;
} acts[] = {{"plugin", "FILE", vfsim_conformance_plugin}, {"chip", "MODEL", vfsim_conformance_chip}};
enum { ACTS = sizeof(acts) / sizeof(acts[0]) };

/* NULL after a message. */
static const struct act *act_of(const struct vfsim_args *args)
{
    const char *words[ACTS + 1] = {NULL}, *word = args->operand_count ? args->operands[0] : "";
    const struct act *act = NULL;
    char near[80];
    for (unsigned i = 0; i < ACTS; i++) {
        words[i] = acts[i].word;
        if (!strcmp(word, words[i]))
            act = &acts[i];
    }
    if (!act)
        vfsim_complain("vfsim conformance plugin FILE, or chip MODEL%s", vfsim_near(word, words, near, sizeof(near)));
    else if (args->operand_count < 2)
        vfsim_complain("which %s? vfsim conformance %s %s", act->word, act->word, act->of);
    else if (args->operand_count > 2)
        vfsim_complain("one %s at a time, and there are %u", act->word, args->operand_count - 1);
    else if (args->model && act->run == vfsim_conformance_chip)
        vfsim_complain("--model is for vfsim conformance plugin; a chip is a model");
    else
        return act;
    return NULL;
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
    const struct act *act = act_of(args);
    struct vfsim_error *error = NULL;
    size_t broken;
    if (!act)
        return EXIT_USER;
    struct vfsim_report *report = act->run(args->operands[1], &how, &broken, &error);
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
    .sentence = "hold a plugin or a chip against the rules of the specification",
    .operands = "FILE|MODEL",
    .acts = "plugin chip",
    .what = VALUE_IMAGE,
    .options = WITH(MODEL) | WITH(CASE) | WITH(JUNIT) | WITH(JSON) | WITH(CHIP),
    .about =
        "plugin: calls the plugin of FILE as a shell does, in cases that have names, each in a machine of its own: on a VF of its "
        "chip, and on a device that knows nothing. Of each rule of docs/shell-api.md that is broken it prints the name, what was "
        "seen and the rule. Exit status 1 if one is broken, 2 if something can't be read.\n"
        "chip: the same of a model and the driver of its PF, by docs/pf-vf-requirements.md.\n"
        "docs/conformance.md lists the cases and the rules.",
    .examples = "vfsim conformance plugin build/plugins/ixgbevf.so\n"
                "vfsim conformance chip 57712\n"
                "vfsim conformance plugin mychipvf.so --chip ./mychip.so --model mychip --junit results.xml\n",
    .run = run,
};
