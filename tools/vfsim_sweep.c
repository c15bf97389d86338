/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim sweep FILE: a scenario once for each combination of values, on all processors. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sweep/folder.h"
#include "sweep/table.h"
#include "vfsim.h"

static bool parse_count(const char *option, const char *text, unsigned max, unsigned *out)
{
    char *end;
    errno = 0;
    unsigned long long count = strtoull(text, &end, 10);
    *out = (unsigned)count;
    if (!errno && *text >= '1' && *text <= '9' && !*end && count <= max)
        return true;
    vfsim_complain("--%s takes a number from 1 to %u, not '%s'", option, max, text);
    return false;
}

/* ---- other ways to spread the runs ---- */

static void print_word(const char *word)
{
    char quoted[4096];
    printf(" %s", vfsim_shell_word(word, quoted, sizeof(quoted)));
}

/* A command line a run, for who starts them elsewhere. */
static int list_runs(const struct vfsim_args *args, const struct grid *grid, const char *folder)
{
    for (unsigned run = 0; run < grid->runs; run++) {
        printf("vfsim sweep");
        print_word(args->operands[0]);
        for (unsigned i = 0; i < args->var_count; i++) {
            char *set = vfsim_print("the sweep", "%s=%s", args->vars[i].name, args->vars[i].value);
            printf(" --set");
            print_word(set);
            free(set);
        }
        if (args->seed_text)
            printf(" --seed %s", args->seed_text);
        if (args->repeat)
            printf(" --repeat %s", args->repeat);
        printf(" -o");
        print_word(folder);
        printf(" --only %u\n", run + 1);
    }
    return vfsim_stdout_flush();
}

/* ---- results ---- */

static int write_beside(const char *folder, const char *name, const char *text, size_t len)
{
    char *path = vfsim_print("the sweep", "%s/%s", folder, name);
    int code = vfsim_file_written(path, vfsim_file_write(path, text, len));
    free(path);
    return code;
}

static int put_json(const struct vfsim_args *args, const char *json, size_t len)
{
    if (args->json && *args->json)
        return vfsim_file_written(args->json, vfsim_file_write(args->json, json, len));
    errno = 0;
    fwrite(json, 1, len, stdout);
    fputc('\n', stdout);
    return vfsim_stdout_flush();
}

static int put_page(const struct vfsim_args *args, const char *json, size_t len)
{
    size_t page_len;
    char *page = vfsim_page(json, len, &page_len, NULL);
    int code = page ? vfsim_file_written(args->html, vfsim_file_write(args->html, page, page_len)) : EXIT_OURS;
    vfsim_free(page);
    return code;
}

/* The tables into the folder, and one of them to stdout. */
static int publish(const struct vfsim_args *args, const struct table *table, const char *folder)
{
    size_t csv_len, json_len;
    char *csv = table_csv(table, &csv_len), *json = table_json(table, args->show, &json_len);
    int code = write_beside(folder, "sweep.csv", csv, csv_len), other = write_beside(folder, "sweep.json", json, json_len);
    code = code ? code : other;
    if (args->json && !code)
        code = put_json(args, json, json_len);
    if (args->html && !code)
        code = put_page(args, json, json_len);
    if (vfsim_text_is_wanted(args)) {
        table_print(table, args->show, stdout);
        printf("Tables: %s/sweep.csv, %s/sweep.json\n", folder, folder);
    }
    free(csv);
    free(json);
    int flushed = vfsim_stdout_flush();
    if (code || flushed)
        return code ? code : flushed;
    if (table_tell_errors(table))
        return EXIT_USER;
    return table_failed(table) ? EXIT_EXPECTATION : EXIT_PASS;
}

/* Of rank 0, where there are several. */
static int make_tables(const struct vfsim_args *args, const struct pool *pool, const char *folder)
{
    struct table *table = table_read(pool);
    int code = table ? publish(args, table, folder) : EXIT_USER;
    if (table)
        table_free(table);
    return code;
}

static int run_all(const struct vfsim_args *args, struct pool *pool, unsigned only, const char *folder)
{
    pool_run(pool, only ? only - 1 : 0, only ? only : pool->grid->runs);
    pool_gather(pool);
    if (pool->signal)
        vfsim_complain("interrupted (%s); the same command goes on where this one ended", pool->signal);
    int code = pool->code;
    if (!code && !only && !pool->spread->rank)
        code = make_tables(args, pool, folder);
    pool_free(pool);
    return pool->spread->end(code);
}

static int run_grid(const struct vfsim_args *args, const struct grid *grid, const char *folder)
{
    struct pool pool = {.args = args, .grid = grid, .jobs = pool_processors()};
    unsigned only = 0;
    if (args->jobs && !parse_count("jobs", args->jobs, 4096, &pool.jobs))
        return EXIT_USER;
    if (args->only && !parse_count("only", args->only, grid->runs, &only))
        return EXIT_USER;
    char *runs = folder_of_runs(args, grid, folder);
    if (!runs)
        return EXIT_USER;
    pool.runs = runs;
    int code = EXIT_USER;
    if (args->list)
        code = list_runs(args, grid, folder);
    else if ((pool.spread = spread_begin()))
        code = run_all(args, &pool, only, folder);
    free(runs);
    return code;
}

static int sweep(const struct vfsim_args *args)
{
    struct grid grid;
    if (args->operand_count != 1 || !strcmp(args->operands[0], "-")) {
        vfsim_complain("sweep what? vfsim sweep FILE --set NAME=1,2,4 (one file: it is read again for each run)");
        return EXIT_USER;
    }
    if (!vfsim_signals_listen())
        return EXIT_USER;
    char *folder = folder_name(args, args->output);
    int code = grid_make(&grid, args) ? run_grid(args, &grid, folder) : EXIT_USER;
    grid_free(&grid);
    free(folder);
    return code;
}

const struct vfsim_verb vfsim_verb_sweep = {
    .name = "sweep",
    .sentence = "run a scenario once for each combination of values, on all processors",
    .operands = "FILE",
    .what = VALUE_SCENARIO,
    .options = WITH(SET) | WITH(REPEAT) | WITH(SEED) | WITH(OUTPUT) | WITH(JOBS) | WITH(SHOW) | WITH(JSON) | WITH(HTML) |
               WITH(ONLY) | WITH(LIST) | WITH(GUEST_IMAGE) | WITH(PLUGINS) | WITH(STRICT_CAPTURES) | WITH(CHIP),
    .about =
        "Gives each variable that --set names every value of its list (1,2,4; whole numbers 1..8, or 64..1518..256 in steps), "
        "each combination with --repeat seeds; lines `sweep NAME VALUES` of the scenario say what is swept if --set does not. "
        "Each run is a process, as many at a time as there are processors.\n"
        "The results lie in a folder (-o, or the scenario's name with .sweep): a result a run, and sweep.csv and sweep.json "
        "with a row a run and a column a number. A sweep that was broken off goes on when the same command is given again; "
        "runs are made anew when the scenario, what it reads or vfsim has changed.\n"
        "Under `mpirun` each rank takes the next run that none has, and the first one makes the tables; ranks need not share a "
        "folder (where vfsim was built with MPI). Without MPI, on machines that share one, give --list's lines to GNU parallel, or "
        "let a job array of a batch "
        "system run --only its number; the same command without --only then makes the tables. Exit status: 0 all runs pass, "
        "1 an expectation failed in one, 2 a mistake in what was given.",
    .examples = "vfsim sweep my.scn --set vfs=1,2,4,8 --set size=64,512,1518\n"
                "vfsim sweep my.scn --set size=64..1518..256 --repeat 5 -o results\n"
                "vfsim sweep my.scn --show 'flows.*.latency_ns.*'\n"
                "vfsim sweep my.scn --set size=64..1518..256 --html sweep.html\n"
                "vfsim sweep my.scn --list | parallel -j 8\n"
                "sbatch --array=1-96 --wrap 'vfsim sweep my.scn --only $SLURM_ARRAY_TASK_ID'\n",
    .run = sweep,
};
