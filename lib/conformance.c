/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The conformance kit's cases in turn, and the report of them. */
#include "vfsim/conformance.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "conformance/conformance.h"
#include "lib/lib__.h"
#include "nic/nic.h"
#include "report/junit.h"
#include "report/report.h"

enum { NAMES_MAX = 128 };

struct tally {
    struct report *report;
    struct junit_suite *suite;
    unsigned of[CONFORMANCE_NOT_HERE + 1];
};

static const char *const verdicts[] = {"holds", "BROKEN", "not tried"};

/* ---- a case ---- */

static void put_findings(struct report *r, const struct conformance_result *result)
{
    report_list(r, "broken", NULL, REPORT_LINES, REPORT_SKIP_EMPTY | REPORT_BAD);
    for (unsigned i = 0; i < result->count; i++) {
        const struct conformance_finding *f = &result->finding[i];
        report_object(r, NULL, NULL, REPORT_LINE, REPORT_BAD);
        report_text(r, "rule", NULL, REPORT_JSON_ONLY, "%s", f->rule->name);
        report_text(r, "seen", NULL, REPORT_JSON_ONLY, "%s", f->seen);
        report_text(r, "sentence", NULL, REPORT_JSON_ONLY, "%s", f->rule->sentence);
        report_text(r, NULL, NULL, REPORT_BARE | REPORT_TEXT_ONLY, "%s is broken: %s. The rule: %s", f->rule->name, f->seen,
                    f->rule->sentence);
        report_end(r);
    }
    report_end(r);
}

static void put_testcase(struct junit_suite *suite, const struct conformance_result *result)
{
    static const enum junit_outcome outcome[] = {JUNIT_PASSED, JUNIT_FAILED, JUNIT_SKIPPED};
    char text[2 * CONFORMANCE_TEXT + 16] = "";
    if (result->verdict == CONFORMANCE_NOT_HERE)
        snprintf(text, sizeof(text), "%s", result->why);
    else if (result->count)
        snprintf(text, sizeof(text), "%s: %s", result->finding[0].rule->name, result->finding[0].seen);
    junit_suite_add(suite, result->what->name, outcome[result->verdict], text);
}

static void put_case(struct tally *t, const struct conformance_result *result)
{
    static const unsigned look[] = {REPORT_GOOD, REPORT_BAD, 0};
    struct report *r = t->report;
    report_object(r, NULL, NULL, REPORT_BLOCKS, look[result->verdict]);
    report_text(r, "case", NULL, REPORT_BARE, "%s", result->what->name);
    report_text(r, "verdict", NULL, REPORT_BARE, "%s", verdicts[result->verdict]);
    report_text(r, "rules", NULL, REPORT_BARE, "(%s)", result->what->rules);
    report_text(r, "sentence", NULL, REPORT_JSON_ONLY, "%s", result->what->sentence);
    put_findings(r, result);
    report_list(r, "why", NULL, REPORT_LINES, REPORT_SKIP_EMPTY);
    if (result->verdict == CONFORMANCE_NOT_HERE)
        report_text(r, NULL, NULL, 0, "not tried: %s", result->why);
    report_end(r);
    report_end(r);
    put_testcase(t->suite, result);
    t->of[result->verdict]++;
}

/* ---- what is tried ---- */

/* "ixgbevf" of ".../ixgbevf-mine.so": the model whose plugin is "ixgbevf.so". */
static bool names_plugin(const char *path, const char *plugin)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t stem = strcspn(plugin, ".");
    return !strncmp(name, plugin, stem) && (name[stem] == '.' || name[stem] == '-' || !name[stem]);
}

/* The plugin that drives its VFs; NULL: none. */
static const char *plugin_name(const struct nic_model *model)
{
    return nic_model_can(model, NIC_VF_IS_VMXNET3) ? "vmxnet3.so" : model->vf_plugin;
}

static const struct nic_model *model_of(const char *path)
{
    const struct nic_model *model;
    for (unsigned i = 0; (model = nic_model_at(i)); i++)
        if (plugin_name(model) && names_plugin(path, plugin_name(model)))
            return model;
    return NULL;
}

typedef const struct conformance_case *case_at(unsigned i);

static int no_case(const char *name, case_at *at, struct vfsim_error **error)
{
    const char *names[NAMES_MAX] = {0};
    char near[80];
    for (unsigned i = 0; i < NAMES_MAX - 1 && at(i); i++)
        names[i] = at(i)->name;
    return lib__fail(error, ENOENT, "there is no case '%s'%s", name, lib__near(name, names, near, sizeof(near)));
}

static int find_model(const char *path, const char *name, const struct nic_model **model, struct vfsim_error **error)
{
    char names[512];
    *model = name ? nic_model_find(name) : model_of(path);
    if (name && !*model)
        return lib__fail(error, ENOENT, "there is no model '%s': there are %s", name, nic_model_names(names, sizeof(names)));
    if (*model && !plugin_name(*model))
        return lib__fail(error, EINVAL, "%s: its VFs take no plugin", (*model)->name);
    return 0;
}

static int try_all(struct tally *t, const struct conformance_params *params, case_at *at, const char *only,
                   struct vfsim_error **error)
{
    const struct conformance_case *what;
    bool found = false;
    for (unsigned i = 0; (what = at(i)); i++) {
        struct conformance_result result;
        char err[512];
        if (only && strcmp(only, what->name))
            continue;
        found = true;
        if (conformance_try(params, what, &result, err, sizeof(err)))
            return lib__fail(error, EINVAL, "%s", err);
        put_case(t, &result);
    }
    return found ? 0 : no_case(only, at, error);
}

static void put_end(struct tally *t)
{
    struct report *r = t->report;
    report_object(r, "totals", NULL, REPORT_LINE, t->of[CONFORMANCE_BROKEN] ? REPORT_BAD : REPORT_GOOD);
    report_number(r, "hold", NULL, 0, t->of[CONFORMANCE_HOLDS]);
    report_number(r, "broken", NULL, 0, t->of[CONFORMANCE_BROKEN]);
    report_number(r, "not_tried", "not tried", 0, t->of[CONFORMANCE_NOT_HERE]);
    report_end(r);
}

/* All of it, or a case alone: NULL with the reason. */
static struct vfsim_report *judge(const struct conformance_params *params, const char *name, case_at *at, const char *only,
                                  size_t *broken, struct vfsim_error **error)
{
    struct tally t = {.report = report_create()};
    struct vfsim_report *made = lib__judged_report(t.report, name, &t.suite);
    report_text(t.report, "plugin", NULL, params->plugin ? 0 : REPORT_NO_VALUE, "%s", params->plugin ? params->plugin : "");
    report_text(t.report, "model", NULL, params->model ? 0 : REPORT_NO_VALUE, "%s", params->model ? params->model : "");
    report_list(t.report, "cases", NULL, REPORT_BLOCKS, 0);
    int status = try_all(&t, params, at, only, error);
    report_end(t.report);
    put_end(&t);
    if (broken)
        *broken = t.of[CONFORMANCE_BROKEN];
    if (!status)
        return made;
    vfsim_report_free(made);
    return NULL;
}

static struct vfsim_conformance as_a_whole(const struct vfsim_conformance *how)
{
    struct vfsim_conformance whole = {0};
    if (how)
        memcpy(&whole, how, how->size < sizeof(whole) ? how->size : sizeof(whole));
    return whole;
}

struct vfsim_report *vfsim_conformance_plugin(const char *path, const struct vfsim_conformance *how, size_t *broken,
                                              struct vfsim_error **error)
{
    struct vfsim_conformance whole = as_a_whole(how);
    const struct nic_model *model;
    if (lib__given(path, "a plugin's image", error) || find_model(path, whole.model, &model, error))
        return NULL;
    struct conformance_params params = {.suite = lib__conformance_image(), .plugin = path, .model = model ? model->name : NULL};
    return judge(&params, path, conformance_plugin_case, whole.only, broken, error);
}

/* Beside the chip's object, or in the store. NULL: it has none. */
static const char *plugin_of(const struct nic_model *model, char path[PATH_MAX])
{
    const char *name = plugin_name(model);
    if (!name || model->vf_plugin_path)
        return model->vf_plugin_path;
    snprintf(path, PATH_MAX, "%.3000s/%.200s", lib__plugin_store(), name);
    return path;
}

struct vfsim_report *vfsim_conformance_chip(const char *name, const struct vfsim_conformance *how, size_t *broken,
                                            struct vfsim_error **error)
{
    struct vfsim_conformance whole = as_a_whole(how);
    char path[PATH_MAX], names[512];
    if (lib__given(name, "name of a chip", error))
        return NULL;
    const struct nic_model *model = nic_model_find(name);
    if (!model || !nic_model_can(model, NIC_SRIOV)) {
        lib__fail(error, model ? EINVAL : ENOENT, model ? "%s has no VFs" : "there is no model '%s': there are %s", name,
                  nic_model_names(names, sizeof(names)));
        return NULL;
    }
    struct conformance_params params = {.suite = lib__conformance_image(), .plugin = plugin_of(model, path), .model = name};
    return judge(&params, name, conformance_chip_case, whole.only, broken, error);
}
