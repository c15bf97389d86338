/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim models: the chips there are, what they can do, and their limits. */
#include <stdio.h>

#include "vfsim.h"

int vfsim_no_model(const struct vfsim_args *args, struct vfsim_error *error)
{
    char hint[VFSIM_HINT_LEN];
    struct vfsim_word words[VFSIM_WORDS_MAX];
    unsigned count = vfsim_words(VALUE_MODEL, words);
    vfsim_complain("%s%s", error->text, vfsim_stray_hint(args, args->operands[0], hint, sizeof(hint)));
    for (unsigned i = 0; i < count; i++)
        fprintf(stderr, "  %-10s %s\n", words[i].word, words[i].sentence);
    vfsim_error_free(error);
    return EXIT_USER;
}

static int print_models(const struct vfsim_args *args)
{
    char hint[VFSIM_HINT_LEN];
    struct vfsim_error *error = NULL;
    if (args->operand_count > 1) {
        vfsim_complain("one model at most: vfsim models [MODEL]%s", vfsim_stray_hint(args, args->stray, hint, sizeof(hint)));
        return EXIT_USER;
    }
    struct vfsim_report *report = vfsim_models(args->operand_count ? args->operands[0] : NULL, &error);
    return report ? vfsim_put_report(args, report) : vfsim_no_model(args, error);
}

const struct vfsim_verb vfsim_verb_models = {
    .name = "models",
    .sentence = "list the models of NICs, what they can do, and their limits",
    .operands = "[MODEL]",
    .what = VALUE_MODEL,
    .options = WITH(JSON) | WITH(CHIP),
    .about = "The words behind `model` in a scenario, with what each chip can do. `vfsim regs MODEL` has its registers.",
    .examples = "vfsim models\n"
                "vfsim models 82576\n",
    .run = print_models,
};
