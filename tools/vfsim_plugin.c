/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim plugin check FILE…: what the hypervisor would say to a plugin image. vfsim plugin sign FILE…: makes one of a file. */
#include <errno.h>
#include <string.h>

#include "vfsim.h"

struct act {
    const char *word;
    struct vfsim_report *(*run)(const struct vfsim_args *args, size_t *refused, struct vfsim_error **errors);
};

static struct vfsim_report *check(const struct vfsim_args *args, size_t *refused, struct vfsim_error **errors)
{
    return vfsim_plugin_check(args->operands + 1, args->operand_count - 1, refused, errors);
}

static struct vfsim_report *sign(const struct vfsim_args *args, size_t *refused, struct vfsim_error **errors)
{
    const struct vfsim_signing how = {
        .size = sizeof(how), .licence = args->licence, .vendor = args->vendor, .output = args->output, .again = args->force};
    return vfsim_plugin_sign(args->operands + 1, args->operand_count - 1, &how, refused, errors);
}

static const struct act acts[] = {{"check", check}, {"sign", sign}};
enum { ACTS = sizeof(acts) / sizeof(acts[0]) };

static const struct act *act_of(const struct vfsim_args *args)
{
    const char *words[ACTS + 1] = {NULL}, *word = args->operand_count ? args->operands[0] : "";
    char near[80];
    for (unsigned i = 0; i < ACTS; i++) {
        words[i] = acts[i].word;
        if (!strcmp(word, words[i]))
            return &acts[i];
    }
    vfsim_complain("vfsim plugin check|sign FILE…%s", vfsim_near(word, words, near, sizeof(near)));
    return NULL;
}

/* What only signing can use is no option of a check. */
static bool options_fit(const struct vfsim_args *args, const struct act *act)
{
    const char *stray = args->licence  ? "licence"
                        : args->vendor ? "vendor"
                        : args->output ? "output"
                        : args->force  ? "force"
                                       : NULL;
    if (!stray || act->run == sign)
        return true;
    vfsim_complain("--%s is for vfsim plugin sign; plugin %s changes nothing", stray, act->word);
    return false;
}

static int run(const struct vfsim_args *args)
{
    const struct act *act = act_of(args);
    if (!act || !options_fit(args, act))
        return EXIT_USER;
    if (args->operand_count < 2) {
        vfsim_complain("%s what? vfsim plugin %s FILE…", act->word, act->word);
        return EXIT_USER;
    }
    if (args->output && args->operand_count > 2) {
        vfsim_complain("--output takes one image, and there are %u", args->operand_count - 1);
        return EXIT_USER;
    }
    struct vfsim_error *errors = NULL;
    size_t refused;
    struct vfsim_report *report = act->run(args, &refused, &errors);
    for (const struct vfsim_error *e = errors; e; e = e->next)
        vfsim_complain("%s%s", e->text, e->code == EEXIST ? " (--force signs it anew)" : "");
    int code = errors ? EXIT_USER : refused ? EXIT_EXPECTATION : EXIT_PASS;
    vfsim_error_free(errors);
    return vfsim_put_report(args, report) ? EXIT_USER : code;
}

const struct vfsim_verb vfsim_verb_plugin = {
    .name = "plugin",
    .sentence = "check plugin images as the hypervisor does, and sign them",
    .operands = "FILE…",
    .acts = "check sign",
    .what = VALUE_IMAGE,
    .options = WITH(LICENCE) | WITH(VENDOR) | WITH(OUTPUT) | WITH(FORCE) | WITH(JSON),
    .about =
        "check: each plugin image as the hypervisor checks it before it injects one, and prints licence, vendor, sizes, digest "
        "and verdict. Exit status 1 if one is refused, 2 if one can't be read.\n"
        "sign: puts licence, vendor and digest into the note of each image, and a note where none is, and then checks it. A "
        "file that is no image is not changed: exit status 2, and the reason. What is signed stays so, without --force.",
    .examples = "vfsim plugin check build/plugins/*.so\n"
                "vfsim plugin sign myvf.so --licence GPL-2.0-only --vendor 'Acme myvf 1.2'\n",
    .run = run,
};
