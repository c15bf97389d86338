/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sweep/grid.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char who[] = "the sweep";

/* ---- axes ---- */

static void add_value(void *to, const char *text)
{
    struct grid_axis *axis = to;
    axis->value = vfsim_grow(who, axis->value, (axis->count + 1) * sizeof(*axis->value));
    axis->value[axis->count++] = vfsim_copy(who, text);
}

static int by_text(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

static bool has_twice(const struct grid_axis *axis, const char **value)
{
    char **sorted = vfsim_zero(who, axis->count, sizeof(*sorted));
    bool twice = false;
    memcpy(sorted, axis->value, axis->count * sizeof(*sorted));
    qsort(sorted, axis->count, sizeof(*sorted), by_text);
    for (unsigned i = 1; i < axis->count && !twice; i++) {
        twice = !strcmp(sorted[i], sorted[i - 1]);
        *value = sorted[i];
    }
    free(sorted);
    return twice;
}

static bool add_axis(struct grid *grid, const char *name, const char *list)
{
    char why[512];
    const char *twice;
    struct grid_axis *axis = &grid->axis[grid->axes++];
    *axis = (struct grid_axis){.name = vfsim_copy(who, name)};
    if (!vfsim_list_each(list, add_value, axis, why, sizeof(why))) {
        vfsim_complain("--set %s: %s", name, why);
        return false;
    }
    if (has_twice(axis, &twice)) {
        vfsim_complain("--set %s: the value %s is there twice", name, twice);
        return false;
    }
    return true;
}

static void add_seeds(struct grid *grid, uint64_t first, uint64_t count)
{
    struct grid_axis *axis = &grid->axis[grid->axes++];
    *axis = (struct grid_axis){0};
    for (uint64_t i = 0; i < count; i++) {
        char text[24];
        snprintf(text, sizeof(text), "%" PRIu64, first + i);
        add_value(axis, text);
    }
}

static bool is_given(const struct vfsim_args *args, const char *name)
{
    for (unsigned i = 0; i < args->var_count; i++)
        if (!strcmp(args->vars[i].name, name))
            return true;
    return false;
}

static bool parse_repeat(const char *text, uint64_t *count)
{
    char *end;
    errno = 0;
    *count = strtoull(text, &end, 10);
    if (!errno && *text >= '1' && *text <= '9' && !*end && *count <= GRID_RUNS_MAX)
        return true;
    vfsim_complain("--repeat takes a number of seeds from 1 to %d, not '%s'", GRID_RUNS_MAX, text);
    return false;
}

/* The scenario's `sweep` lines and its seed. What else is wrong with it as it is may be right with other values, and is told of
 * each run; but if there is nothing to sweep, that is why. False after a message. */
static bool take_defaults(struct grid *grid, const struct vfsim_args *args, uint64_t *seed, uint64_t *seeds)
{
    struct vfsim_options options = vfsim_options_of(args);
    struct vfsim_sweep sweep;
    options.variable_count = 0;
    struct vfsim_scenario *scenario = vfsim_scenario_read(args->operands[0], &options);
    const struct vfsim_error *errors = vfsim_scenario_check(scenario);
    bool good = true;
    *seed = vfsim_scenario_seed(scenario);
    for (unsigned i = 0; good && vfsim_scenario_sweep(scenario, i, &sweep); i++)
        if (sweep.seeds)
            *seeds = sweep.seeds;
        else if (!is_given(args, sweep.name))
            good = add_axis(grid, sweep.name, sweep.values);
    if (errors && !grid->axes && !args->var_count && !*seeds) {
        vfsim_print_errors(scenario, errors);
        good = false;
    }
    vfsim_scenario_free(scenario);
    return good;
}

static bool count_runs(struct grid *grid)
{
    uint64_t runs = 1;
    for (unsigned i = 0; i < grid->axes; i++) {
        runs *= grid->axis[i].count;
        if (runs > GRID_RUNS_MAX) {
            vfsim_complain("more than %d runs", GRID_RUNS_MAX);
            return false;
        }
    }
    grid->runs = (unsigned)runs;
    if (grid->axes)
        return true;
    vfsim_complain("nothing to sweep: --set NAME=1,2,4, --repeat N, or a line `sweep NAME 1,2,4` in the scenario");
    return false;
}

bool grid_make(struct grid *grid, const struct vfsim_args *args)
{
    uint64_t seed, seeds = 0;
    *grid = (struct grid){0};
    if (!take_defaults(grid, args, &seed, &seeds))
        return false;
    for (unsigned i = 0; i < args->var_count; i++)
        if (!add_axis(grid, args->vars[i].name, args->vars[i].value))
            return false;
    if (args->repeat && !parse_repeat(args->repeat, &seeds))
        return false;
    if (seeds > UINT64_MAX - 1 - seed) {
        vfsim_complain("%" PRIu64 " seeds from %" PRIu64 " on are more than there are", seeds, seed);
        return false;
    }
    if (seeds)
        add_seeds(grid, seed, seeds);
    else if (args->seed_text)
        add_seeds(grid, args->seed, 1);
    return count_runs(grid);
}

void grid_free(struct grid *grid)
{
    for (unsigned i = 0; i < grid->axes; i++) {
        for (unsigned v = 0; v < grid->axis[i].count; v++)
            free(grid->axis[i].value[v]);
        free(grid->axis[i].value);
        free(grid->axis[i].name);
    }
    *grid = (struct grid){0};
}

/* ---- runs ---- */

const char *grid_value(const struct grid *grid, unsigned run, unsigned axis)
{
    for (unsigned i = grid->axes - 1; i > axis; i--)
        run /= grid->axis[i].count;
    return grid->axis[axis].value[run % grid->axis[axis].count];
}

unsigned grid_settings(const struct grid *grid, unsigned run, struct vfsim_variable out[GRID_AXES_MAX], const char **seed)
{
    unsigned count = 0;
    *seed = NULL;
    for (unsigned i = 0; i < grid->axes; i++) {
        const char *value = grid_value(grid, run, i);
        if (grid->axis[i].name)
            out[count++] = (struct vfsim_variable){grid->axis[i].name, value};
        else
            *seed = value;
    }
    return count;
}

static const char *axis_name(const struct grid_axis *axis) { return axis->name ? axis->name : "seed"; }

char *grid_name(const struct grid *grid, unsigned run)
{
    char *name = vfsim_copy(who, "");
    for (unsigned i = 0; i < grid->axes; i++) {
        char *longer = vfsim_print(who, "%s%s%s=%s", name, i ? " " : "", axis_name(&grid->axis[i]), grid_value(grid, run, i));
        free(name);
        name = longer;
    }
    return name;
}

/* As a part of a path: what could be read as anything else there is written as %XX. */
static void escape(char *to, const char *value)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+.,:@";
    for (; *value; value++)
        if (strchr(plain, *value))
            *to++ = *value;
        else
            to += sprintf(to, "%%%02X", (unsigned char)*value);
    *to = 0;
}

char *grid_place(const struct grid *grid, unsigned run)
{
    char *place = vfsim_copy(who, "");
    for (unsigned i = 0; i < grid->axes; i++) {
        const char *value = grid_value(grid, run, i);
        char *escaped = vfsim_zero(who, 3 * strlen(value) + 1, 1);
        escape(escaped, value);
        char *longer = vfsim_print(who, "%s%s%s=%s", place, i ? "/" : "", axis_name(&grid->axis[i]), escaped);
        free(escaped);
        free(place);
        place = longer;
    }
    char *file = vfsim_print(who, "%s.json", place);
    free(place);
    return file;
}
