/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sweep/table.h"

#include <stdlib.h>
#include <string.h>

#include "results/result.h"

static const char who[] = "the table";

struct row {
    unsigned run;
    char *verdict;
    char *error; /* the first of a run that gave no world; NULL */
    json_t *values; /* by path, in the order of its result */
};

struct table {
    const struct grid *grid;
    const struct pool *pool;
    struct row *row;
    unsigned rows;
    char *title;   /* of the scenario, as the first of its results has it; NULL: none has */
    json_t *paths; /* its keys, in order: the columns */
    const char **column;
    unsigned columns;
};

/* ---- reading ---- */

struct reading {
    struct table *table;
    struct row *row;
};

static void take(void *to, const char *path, const json_t *value)
{
    struct reading *reading = to;
    if (!(json_is_number(value) || json_is_boolean(value)) || !strcmp(path, "seed"))
        return;
    json_object_set(reading->row->values, path, (json_t *)value);
    json_object_set_new(reading->table->paths, path, json_true()); /* one that is there stays in its place */
}

static bool read_row(struct table *table, unsigned run, const char *path)
{
    json_t *result = result_read(path);
    if (!result)
        return false;
    struct row *row = &table->row[table->rows++];
    const char *verdict = json_string_value(json_object_get(result, "verdict"));
    const char *error = json_string_value(json_object_get(json_array_get(json_object_get(result, "errors"), 0), "text"));
    const char *title = json_string_value(json_object_get(result, "title"));
    if (!table->title && title)
        table->title = vfsim_copy(who, title);
    *row = (struct row){run, vfsim_copy(who, verdict ? verdict : "ERROR"), error ? vfsim_copy(who, error) : NULL, json_object()};
    result_each_leaf(result, take, &(struct reading){table, row});
    json_decref(result);
    return true;
}

static void list_columns(struct table *table)
{
    table->column = vfsim_zero(who, json_object_size(table->paths) + 1, sizeof(*table->column));
    for (void *at = result_first(table->paths); at; at = result_next(table->paths, at))
        table->column[table->columns++] = json_object_iter_key(at);
}

struct table *table_read(const struct pool *pool)
{
    struct table *table = vfsim_zero(who, 1, sizeof(*table));
    *table = (struct table){.grid = pool->grid, .pool = pool, .paths = json_object()};
    table->row = vfsim_zero(who, pool->grid->runs, sizeof(*table->row));
    bool good = true;
    for (unsigned run = 0; good && run < pool->grid->runs; run++) {
        char *path = pool_path(pool, run);
        FILE *file = fopen(path, "re");
        if (file) {
            fclose(file);
            good = read_row(table, run, path);
        }
        free(path);
    }
    list_columns(table);
    if (good)
        return table;
    table_free(table);
    return NULL;
}

void table_free(struct table *table)
{
    for (unsigned i = 0; i < table->rows; i++) {
        free(table->row[i].verdict);
        free(table->row[i].error);
        json_decref(table->row[i].values);
    }
    free(table->row);
    free(table->column);
    free(table->title);
    json_decref(table->paths);
    free(table);
}

unsigned table_failed(const struct table *table)
{
    unsigned failed = 0;
    for (unsigned i = 0; i < table->rows; i++)
        failed += strcmp(table->row[i].verdict, "PASS") != 0;
    return failed;
}

enum { ERRORS_TOLD = 3 };

unsigned table_tell_errors(const struct table *table)
{
    unsigned errors = 0;
    for (unsigned i = 0; i < table->rows; i++) {
        const struct row *row = &table->row[i];
        if (strcmp(row->verdict, "ERROR") || errors++ >= ERRORS_TOLD)
            continue;
        char *name = grid_name(table->grid, row->run);
        vfsim_complain("%s: %s", name, row->error ? row->error : "no result");
        free(name);
    }
    if (errors > ERRORS_TOLD)
        vfsim_complain("%u more runs without a verdict", errors - ERRORS_TOLD);
    return errors;
}

static const char *axis_title(const struct grid *grid, unsigned axis)
{
    return grid->axis[axis].name ? grid->axis[axis].name : "seed";
}

/* ---- CSV ---- */

static void put_field(FILE *out, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

char *table_csv(const struct table *table, size_t *length)
{
    char *csv, text[RESULT_TEXT_MAX];
    FILE *out = open_memstream(&csv, length);
    if (!out)
        vfsim_out_of_memory(who, 0);
    fputs("run", out);
    for (unsigned i = 0; i < table->grid->axes; i++) {
        fputc(',', out);
        put_field(out, axis_title(table->grid, i));
    }
    fputs(",verdict", out);
    for (unsigned i = 0; i < table->columns; i++) {
        fputc(',', out);
        put_field(out, table->column[i]);
    }
    fputs("\r\n", out);
    for (unsigned r = 0; r < table->rows; r++) {
        const struct row *row = &table->row[r];
        fprintf(out, "%u", row->run + 1);
        for (unsigned i = 0; i < table->grid->axes; i++) {
            fputc(',', out);
            put_field(out, grid_value(table->grid, row->run, i));
        }
        fprintf(out, ",%s", row->verdict);
        for (unsigned i = 0; i < table->columns; i++) {
            const json_t *value = json_object_get(row->values, table->column[i]);
            fputc(',', out);
            put_field(out, value ? result_text(value, text) : "");
        }
        fputs("\r\n", out);
    }
    fclose(out);
    return csv;
}

/* ---- JSON ---- */

static json_t *row_json(const struct table *table, const struct row *row)
{
    json_t *settings = json_object();
    char *name = grid_name(table->grid, row->run), *place = grid_place(table->grid, row->run);
    for (unsigned i = 0; i < table->grid->axes; i++)
        json_object_set_new(settings, axis_title(table->grid, i), json_string(grid_value(table->grid, row->run, i)));
    const char *runs = strrchr(table->pool->runs, '/');
    char *file = vfsim_print(who, "%s/%s", runs ? runs + 1 : table->pool->runs, place);
    json_t *made = json_pack("{s:i, s:s, s:o, s:s, s:s, s:O}", "run", (int)row->run + 1, "name", name, "settings", settings,
                             "verdict", row->verdict, "file", file, "values", row->values);
    free(file);
    free(name);
    free(place);
    return made;
}

/* The columns that were asked for by name. */
static json_t *shown_json(const struct table *table, const char *patterns)
{
    json_t *shown = json_array();
    for (unsigned i = 0; patterns && i < table->columns; i++)
        if (result_matches(patterns, table->column[i]))
            json_array_append_new(shown, json_string(table->column[i]));
    return shown;
}

char *table_json(const struct table *table, const char *patterns, size_t *length)
{
    json_t *axes = json_array(), *rows = json_array(), *shown = shown_json(table, patterns);
    for (unsigned i = 0; i < table->grid->axes; i++) {
        json_t *values = json_array();
        for (unsigned v = 0; v < table->grid->axis[i].count; v++)
            json_array_append_new(values, json_string(table->grid->axis[i].value[v]));
        json_array_append_new(axes, json_pack("{s:s, s:o}", "name", axis_title(table->grid, i), "values", values));
    }
    for (unsigned r = 0; r < table->rows; r++)
        json_array_append_new(rows, row_json(table, &table->row[r]));
    json_t *whole = json_pack("{s:i, s:s, s:s, s:i, s:b, s:o, s:o, s:o}", "format", 1, "scenario", table->pool->args->operands[0],
                              "title", table->title ? table->title : "", "runs", (int)table->grid->runs, "complete",
                              table->rows == table->grid->runs, "axes", axes, "shown", shown, "rows", rows);
    char *text = json_dumps(whole, JSON_INDENT(1));
    json_decref(whole);
    if (!text)
        vfsim_out_of_memory(who, 0);
    *length = strlen(text);
    return text;
}

/* ---- text ---- */

static const char usual[] = "flows.*.lost,flows.*.delivered,flows.*.latency_ns.p50,flows.*.latency_ns.p99";

static bool is_one_value(const struct table *table, const char *path)
{
    for (unsigned r = 1; r < table->rows; r++) {
        const json_t *first = json_object_get(table->row[0].values, path), *other = json_object_get(table->row[r].values, path);
        if (!first != !other || (first && !json_equal(first, other)))
            return false;
    }
    return true;
}

/* A cell of column `column`: settings, the verdict, then `paths`; row 0 is the head. */
static const char *cell(const struct table *table, const char *const *paths, unsigned column, unsigned row,
                        char text[RESULT_TEXT_MAX])
{
    unsigned axes = table->grid->axes;
    const struct row *r = row ? &table->row[row - 1] : NULL;
    if (column < axes)
        return r ? grid_value(table->grid, r->run, column) : axis_title(table->grid, column);
    if (column == axes)
        return r ? r->verdict : "verdict";
    const char *path = paths[column - axes - 1];
    const json_t *value = r ? json_object_get(r->values, path) : NULL;
    return !r ? path : value ? result_text(value, text) : "-";
}

/* A head is broken behind dots, so that a column is hardly wider than what stands in it. */
enum { HEAD_WIDTH = 15 };

/* Line `line` of the head: its length, and where it begins. */
static int head_line(const char *head, unsigned line, const char **at)
{
    for (;; line--) {
        int len = 0;
        for (int part; head[len]; len += part) {
            part = (int)strcspn(head + len, ".");
            part += head[len + part] == '.';
            if (len && len + part > HEAD_WIDTH)
                break;
        }
        *at = head;
        if (!line)
            return len;
        head += len;
    }
}

static unsigned head_lines(const char *head)
{
    const char *at;
    unsigned lines = 1;
    while (head_line(head, lines, &at))
        lines++;
    return lines;
}

static unsigned measure_cells(const struct table *table, const char *const *paths, unsigned columns, int *width)
{
    char text[RESULT_TEXT_MAX];
    unsigned lines = 1;
    for (unsigned c = 0; c < columns; c++) {
        const char *head = cell(table, paths, c, 0, text), *at;
        unsigned mine = head_lines(head);
        lines = mine > lines ? mine : lines;
        for (unsigned l = 0; l < mine; l++)
            width[c] = head_line(head, l, &at) > width[c] ? head_line(head, l, &at) : width[c];
        for (unsigned r = 1; r <= table->rows; r++) {
            int len = (int)strlen(cell(table, paths, c, r, text));
            width[c] = len > width[c] ? len : width[c];
        }
    }
    return lines;
}

static void print_cells(const struct table *table, const char *const *paths, unsigned columns, FILE *out)
{
    char text[RESULT_TEXT_MAX];
    int *width = vfsim_zero(who, columns, sizeof(*width));
    unsigned lines = measure_cells(table, paths, columns, width);
    for (unsigned l = 0; l < lines; l++)
        for (unsigned c = 0; c < columns; c++) {
            const char *head = cell(table, paths, c, 0, text), *at = "";
            unsigned above = lines - head_lines(head);
            int len = l < above ? 0 : head_line(head, l - above, &at);
            fprintf(out, "%s%*.*s%s", c ? "  " : "", width[c], len, at, c + 1 < columns ? "" : "\n");
        }
    for (unsigned r = 1; r <= table->rows; r++)
        for (unsigned c = 0; c < columns; c++)
            fprintf(out, "%s%*s%s", c ? "  " : "", width[c], cell(table, paths, c, r, text), c + 1 < columns ? "" : "\n");
    free(width);
}

void table_print(const struct table *table, const char *patterns, FILE *out)
{
    const char **paths = vfsim_zero(who, table->columns + 1, sizeof(*paths));
    unsigned count = 0, same = 0;
    for (unsigned i = 0; i < table->columns; i++) {
        const char *path = table->column[i];
        if (!result_matches(patterns ? patterns : usual, path) || (!patterns && strstr(path, ".halves.")))
            continue;
        if (!patterns && table->rows > 1 && is_one_value(table, path))
            same++;
        else
            paths[count++] = path;
    }
    print_cells(table, paths, table->grid->axes + 1 + count, out);
    if (same)
        fprintf(out, "%u column%s of flows' frames and latencies %s the same in every row.\n", same, same > 1 ? "s" : "",
                same > 1 ? "are" : "is");
    free(paths);
}
