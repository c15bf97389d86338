/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sweep/folder.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/fnv.h"

static const char who[] = "the sweep";

/* ---- digest ---- */

struct inputs {
    char **path; /* those that have been read */
    unsigned count;
    uint64_t digest;
    bool failed;
};

static void add_text(struct inputs *inputs, const char *text) { inputs->digest = fnv1a(inputs->digest, text, strlen(text) + 1); }

static void add_file(void *to, const char *path, const char *what)
{
    struct inputs *inputs = to;
    char bytes[65536];
    size_t got;
    (void)what;
    for (unsigned i = 0; i < inputs->count; i++)
        if (!strcmp(inputs->path[i], path))
            return;
    inputs->path = vfsim_grow(who, inputs->path, (inputs->count + 1) * sizeof(*inputs->path));
    inputs->path[inputs->count++] = vfsim_copy(who, path);
    FILE *file = fopen(path, "re");
    while (file && (got = fread(bytes, 1, sizeof(bytes), file)))
        inputs->digest = fnv1a(inputs->digest, bytes, got);
    if (!file || ferror(file)) {
        vfsim_complain("%s: %s", path, vfsim_why(errno));
        inputs->failed = true;
    }
    if (file)
        fclose(file);
}

static void add_options(struct inputs *inputs, const struct vfsim_args *args)
{
    add_text(inputs, vfsim_build());
    if (args->guest_image)
        add_file(inputs, args->guest_image, "");
    for (unsigned i = 0; i < args->chip_count; i++)
        add_file(inputs, args->chips[i], "");
    add_text(inputs, args->plugin_store ? args->plugin_store : "");
    add_text(inputs, args->strict_captures ? "strict" : "");
    add_file(inputs, args->operands[0], "");
}

static bool add_run(struct inputs *inputs, const struct vfsim_args *args, const struct grid *grid, unsigned run)
{
    struct vfsim_options options = vfsim_options_of(args);
    struct vfsim_variable set[GRID_AXES_MAX];
    const char *seed;
    options.variable_count = grid_settings(grid, run, set, &seed);
    options.variables = set;
    struct vfsim_scenario *scenario = vfsim_scenario_read(args->operands[0], &options);
    const struct vfsim_error *errors = vfsim_scenario_check(scenario);
    if (errors) {
        char *name = grid_name(grid, run);
        vfsim_complain("with %s:", name);
        vfsim_print_errors(scenario, errors);
        free(name);
        inputs->failed = true;
    } else {
        vfsim_scenario_inputs(scenario, add_file, inputs);
    }
    vfsim_scenario_free(scenario);
    return !inputs->failed;
}

static bool digest(const struct vfsim_args *args, const struct grid *grid, uint64_t *out)
{
    struct inputs inputs = {.digest = FNV_BASIS};
    add_options(&inputs, args);
    for (unsigned run = 0; !inputs.failed && run < grid->runs; run++)
        add_run(&inputs, args, grid, run);
    for (unsigned i = 0; i < inputs.count; i++)
        free(inputs.path[i]);
    free(inputs.path);
    *out = inputs.digest;
    return !inputs.failed;
}

/* ---- folders ---- */

char *folder_name(const struct vfsim_args *args, const char *named)
{
    const char *slash = strrchr(args->operands[0], '/'), *name = slash ? slash + 1 : args->operands[0];
    size_t len = strlen(name);
    if (named)
        return vfsim_copy(who, named);
    if (len > 4 && !strcmp(name + len - 4, ".scn"))
        len -= 4;
    return vfsim_print(who, "%.*s.sweep", (int)len, name);
}

bool folder_make_for(const char *path)
{
    char *copy = vfsim_copy(who, path);
    bool good = true;
    for (char *slash = strchr(copy + 1, '/'); good && slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        good = !mkdir(copy, 0777) || errno == EEXIST;
        if (!good)
            vfsim_complain("%s: %s", copy, vfsim_why(errno));
        *slash = '/';
    }
    free(copy);
    return good;
}

char *folder_of_runs(const struct vfsim_args *args, const struct grid *grid, const char *folder)
{
    uint64_t of_inputs;
    if (!digest(args, grid, &of_inputs))
        return NULL;
    return vfsim_print(who, "%s/runs-%016" PRIx64, folder, of_inputs);
}
