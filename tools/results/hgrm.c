/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "results/hgrm.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "vfsim.h"

static const char who[] = "latencies";

static uint64_t number(const json_t *object, const char *key) { return (uint64_t)json_integer_value(json_object_get(object, key)); }
static uint64_t item(const json_t *list, size_t i) { return (uint64_t)json_integer_value(json_array_get(list, i)); }

static uint64_t root_of(unsigned __int128 square)
{
    uint64_t root = 0;
    for (uint64_t bit = UINT64_C(1) << 62; bit; bit >>= 1)
        if ((unsigned __int128)(root + bit) * (root + bit) <= square)
            root += bit;
    return root;
}

/* As the curve has it: each frame is at the end of its step. */
static uint64_t deviation(const json_t *row)
{
    const json_t *value = json_object_get(row, "at_most_ns"), *count = json_object_get(row, "count");
    uint64_t frames = number(row, "frames"), mean = number(row, "mean_ns"), before = 0;
    unsigned __int128 sum = 0;
    for (size_t i = 0; i < json_array_size(value); i++) {
        uint64_t at = item(value, i), off = at > mean ? at - mean : mean - at;
        sum += (unsigned __int128)off * off * (item(count, i) - before);
        before = item(count, i);
    }
    return frames ? root_of(sum / frames) : 0;
}

/* Twelve places of a share, and two of 1/(1-share). */
static void put_point(FILE *out, uint64_t ns, uint64_t count, uint64_t frames)
{
    const uint64_t ten12 = UINT64_C(1000000000000);
    uint64_t share = (uint64_t)((unsigned __int128)count * ten12 / frames), left = frames - count;
    fprintf(out, "%8" PRIu64 ".%03" PRIu64 " %" PRIu64 ".%012" PRIu64 " %10" PRIu64, ns / 1000, ns % 1000, share / ten12,
            share % ten12, count);
    if (left) {
        uint64_t odds = (uint64_t)((unsigned __int128)frames * 100 / left);
        fprintf(out, " %11" PRIu64 ".%02" PRIu64, odds / 100, odds % 100);
    }
    fputc('\n', out);
}

static char *text_of(const json_t *row, size_t *length)
{
    enum { OCTAVES = 58, STEPS = 128 }; /* what the simulator counts latencies in */
    const json_t *value = json_object_get(row, "at_most_ns"), *count = json_object_get(row, "count");
    uint64_t frames = number(row, "frames"), mean = number(row, "mean_ns"), max = number(row, "max_ns"), off = deviation(row);
    char *text;
    FILE *out = open_memstream(&text, length);
    if (!out)
        vfsim_out_of_memory(who, 0);
    fprintf(out, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
    put_point(out, number(row, "min_ns"), 0, frames ? frames : 1);
    for (size_t i = 0; i < json_array_size(value); i++)
        put_point(out, item(value, i), item(count, i), frames ? frames : 1);
    fprintf(out, "#[Mean    = %8" PRIu64 ".%03" PRIu64 ", StdDeviation   = %8" PRIu64 ".%03" PRIu64 "]\n", mean / 1000, mean % 1000,
            off / 1000, off % 1000);
    fprintf(out, "#[Max     = %8" PRIu64 ".%03" PRIu64 ", Total count    = %12" PRIu64 "]\n", max / 1000, max % 1000, frames);
    fprintf(out, "#[Buckets = %12d, SubBuckets     = %12d]\n", OCTAVES, STEPS);
    fclose(out);
    return text;
}

static int write_row(const json_t *row, const char *folder, const char *before)
{
    const char *flow = json_string_value(json_object_get(row, "flow"));
    size_t length;
    char *name = vfsim_print(who, "%s%s%s", before, *before ? "-" : "", flow ? flow : "flow");
    for (char *c = name; *c; c++)
        *c = isalnum((unsigned char)*c) || strchr("._-", *c) ? *c : '_';
    char *path = vfsim_print(who, "%s/%s.hgrm", folder, name), *text = text_of(row, &length);
    int code = vfsim_file_written(path, vfsim_file_write(path, text, length));
    free(text);
    free(path);
    free(name);
    return code;
}

static int write_rows(const json_t *result, const char *folder, const char *before)
{
    const json_t *rows = json_object_get(result, "latencies");
    int code = EXIT_PASS;
    for (size_t i = 0; !code && i < json_array_size(rows); i++)
        code = write_row(json_array_get(rows, i), folder, before);
    return code;
}

int hgrm_write(const json_t *results, const char *folder)
{
    int code = EXIT_PASS;
    if (mkdir(folder, 0777) && errno != EEXIST)
        return vfsim_file_written(folder, errno);
    if (!json_is_array(results))
        return write_rows(results, folder, "");
    for (size_t i = 0; !code && i < json_array_size(results); i++) {
        const char *scenario = json_string_value(json_object_get(json_array_get(results, i), "scenario"));
        code = write_rows(json_array_get(results, i), folder, scenario ? scenario : "result");
    }
    return code;
}
