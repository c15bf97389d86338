/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim diff A.json B.json: what changed from one result to another. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/compare.h"
#include "vfsim.h"

struct found {
    bool is_text;
    json_t *list; /* for JSON */
    unsigned beyond, within;
};

static void print_change(const struct difference *d)
{
    char a[RESULT_TEXT_MAX], b[RESULT_TEXT_MAX];
    long long share;
    printf("%s: %s -> %s", d->path, d->a ? result_text(d->a, a) : "(none)", d->b ? result_text(d->b, b) : "(none)");
    if (difference_share(d, &share))
        printf(" (%c%lld.%02lld %%)", share < 0 ? '-' : '+', llabs(share) / 100, llabs(share) % 100);
    putchar('\n');
}

static void found_one(void *to, const struct difference *d)
{
    struct found *found = to;
    if (!d->counts) {
        found->within++;
        return;
    }
    found->beyond++;
    if (found->is_text)
        print_change(d);
    json_array_append_new(found->list, json_pack("{s:s, s:O?, s:O?}", "path", d->path, "a", d->a, "b", d->b));
}

static int put(const struct vfsim_args *args, struct found *found)
{
    json_t *whole = json_pack("{s:i, s:s, s:s, s:i, s:O}", "format", 1, "a", args->operands[0], "b", args->operands[1],
                              "within_thresholds", (int)found->within, "differences", found->list);
    char *text = json_dumps(whole, JSON_INDENT(1));
    int code = EXIT_PASS;
    json_decref(whole);
    if (!text)
        vfsim_out_of_memory("the differences", 0);
    char *line = vfsim_print("the differences", "%s\n", text);
    free(text);
    if (*args->json)
        code = vfsim_file_written(args->json, vfsim_file_write(args->json, line, strlen(line)));
    else
        fputs(line, stdout);
    free(line);
    return code;
}

static int tell(const struct vfsim_args *args, struct found *found)
{
    int code = args->json ? put(args, found) : EXIT_PASS;
    if (found->is_text && !found->beyond)
        printf("no difference%s\n", found->within ? " beyond the thresholds" : "");
    if (found->is_text && found->within)
        printf("%u within the thresholds\n", found->within);
    errno = 0;
    int flushed = vfsim_stdout_flush();
    code = code ? code : flushed;
    return code ? code : found->beyond ? EXIT_EXPECTATION : EXIT_PASS;
}

static int diff(const struct vfsim_args *args)
{
    int code = EXIT_USER;
    if (args->operand_count != 2) {
        vfsim_complain("diff what? vfsim diff A.json B.json (results that `--json` wrote)");
        return EXIT_USER;
    }
    struct thresholds *thresholds = thresholds_parse(args->threshold);
    json_t *a = thresholds ? result_read(args->operands[0]) : NULL, *b = a ? result_read(args->operands[1]) : NULL;
    if (b && result_are_alike(args->operands[0], a, args->operands[1], b)) {
        struct found found = {.is_text = vfsim_text_is_wanted(args), .list = json_array()};
        code = compare(a, b, args->show, thresholds, found_one, &found);
        code = code ? code : tell(args, &found);
        json_decref(found.list);
    }
    json_decref(a);
    json_decref(b);
    if (thresholds)
        thresholds_free(thresholds);
    return code;
}

const struct vfsim_verb vfsim_verb_diff = {
    .name = "diff",
    .sentence = "tell what changed from one result to another",
    .operands = "A.json B.json",
    .what = VALUE_FILE,
    .options = WITH(THRESHOLD) | WITH(SHOW) | WITH(JSON),
    .about = "Holds two results of `vfsim run --json` or `vfsim sweep` against each other, number by number and word by word, by "
             "their paths: what differs, by how much, and what only one of them has. Assumptions, notes and drawings are not "
             "compared. Exit status: 0 nothing differs beyond its threshold, 1 something does, 2 a mistake in what was given.",
    .examples = "vfsim diff before.json after.json\n"
                "vfsim diff before.json after.json --threshold 2%\n"
                "vfsim diff before.json after.json --show 'flows.*' --threshold '5%,*.lost=0'\n",
    .run = diff,
};
