/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim report RESULT.json: a page of a result that is there already, alone or beside another one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/compare.h"
#include "results/hgrm.h"
#include "results/hlog.h"
#include "vfsim.h"

struct found {
    json_t *list;
    unsigned within;
};

static void found_one(void *to, const struct difference *d)
{
    struct found *found = to;
    if (d->counts)
        json_array_append_new(found->list, json_pack("{s:s, s:O?, s:O?}", "path", d->path, "a", d->a, "b", d->b));
    else
        found->within++;
}

/* Two results and what differs, as a page takes them (vfsim/report.h). NULL after a message. */
static json_t *beside(const struct vfsim_args *args, json_t *result)
{
    struct thresholds *thresholds = thresholds_parse(args->threshold);
    json_t *other = thresholds ? result_read(args->against) : NULL, *whole = NULL;
    struct found found = {.list = json_array()};
    if (other && result_are_alike(args->operands[0], result, args->against, other)) {
        int missed = compare(result, other, args->show, thresholds, found_one, &found);
        if (!missed)
            whole =
                json_pack("{s:O, s:O, s:{s:s, s:s, s:i, s:O}}", "result", result, "against", other, "differences", "a",
                          args->operands[0], "b", args->against, "within_thresholds", (int)found.within, "differences", found.list);
    }
    json_decref(found.list);
    json_decref(other);
    if (thresholds)
        thresholds_free(thresholds);
    return whole;
}

static int put_page(const struct vfsim_args *args, const char *page, size_t length)
{
    if (args->output)
        return vfsim_file_written(args->output, vfsim_file_write(args->output, page, length));
    errno = 0;
    fwrite(page, 1, length, stdout);
    return vfsim_stdout_flush();
}

static int make_page(const struct vfsim_args *args, const json_t *document)
{
    struct vfsim_error *error = NULL;
    size_t length;
    char *text = json_dumps(document, JSON_COMPACT);
    if (!text)
        vfsim_out_of_memory("the page", 0);
    char *page = vfsim_page(text, strlen(text), &length, &error);
    int code = page ? put_page(args, page, length) : EXIT_USER;
    if (!page)
        vfsim_complain("%s: %s", args->operands[0], error->message);
    vfsim_error_free(error);
    vfsim_free(page);
    free(text);
    return code;
}

static int report(const struct vfsim_args *args)
{
    if (args->operand_count != 1) {
        vfsim_complain("report what? vfsim report RESULT.json (what `--json` wrote, a sweep.json, or a page)");
        return EXIT_USER;
    }
    if (!vfsim_outputs_are_fit(args, NULL, 0))
        return EXIT_USER;
    json_t *result = result_read(args->operands[0]);
    json_t *document = !result ? NULL : args->against ? beside(args, result) : json_incref(result);
    int code = document ? EXIT_PASS : EXIT_USER;
    if (document && args->hgrm)
        code = hgrm_write(result, args->hgrm);
    if (document && !code && args->hlog)
        code = hlog_write(result, args->hlog);
    if (document && !code && (args->output || !(args->hgrm || args->hlog)))
        code = make_page(args, document);
    json_decref(document);
    json_decref(result);
    return code;
}

const struct vfsim_verb vfsim_verb_report = {
    .name = "report",
    .sentence = "make a page of a result that is there already, alone or beside another one",
    .operands = "RESULT.json",
    .what = VALUE_FILE,
    .options = WITH(AGAINST) | WITH(OUTPUT) | WITH(HGRM) | WITH(HLOG) | WITH(THRESHOLD) | WITH(SHOW),
    .about = "Reads what `vfsim run --json` or `vfsim sweep` wrote (sweep.json), or a page, in which the result is, and writes the "
             "page that `--html` would have written, byte for byte, to stdout or -o.",
    .examples = "vfsim report result.json -o page.html\n"
                "vfsim report before.json --against after.json -o page.html\n"
                "vfsim report my.sweep/sweep.json -o sweep.html\n"
                "vfsim report page.html --hgrm latencies\n"
                "vfsim report result.json --hlog latencies.hlog\n",
    .run = report,
};
