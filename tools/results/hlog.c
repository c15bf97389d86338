/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HdrHistogram's log, version 1.3, whose histograms are in its V2 encoding, compressed and in base64 [HdrHistogram:
 * HistogramLogWriter, AbstractHistogram.encodeIntoCompressedByteBuffer()]. Values are nanoseconds to three digits, finer than
 * the buckets that they come from.
 */
#include "results/hlog.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "vfsim.h"

static const char who[] = "latencies";

enum {
    DIGITS = 3,
    HALF_BITS = 10, /* 2048 steps tell 1000 apart, and half of them are new in an octave */
    COOKIE = 0x1c849303 | 0x10,
    COOKIE_COMPRESSED = 0x1c849304 | 0x10,
    HEAD_BYTES = 40,
};

static uint64_t number(const json_t *object, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(object, key));
    return value > 0 ? (uint64_t)value : 0;
}

static uint64_t item(const json_t *list, size_t i)
{
    json_int_t value = json_integer_value(json_array_get(list, i));
    return value > 0 ? (uint64_t)value : 0;
}

/* ---- the encoding ---- */

struct bytes {
    uint8_t *at;
    size_t count, room;
};

static void put_byte(struct bytes *bytes, uint8_t byte)
{
    if (bytes->count == bytes->room) {
        bytes->room = bytes->room ? 2 * bytes->room : 256;
        bytes->at = vfsim_grow(who, bytes->at, bytes->room);
    }
    bytes->at[bytes->count++] = byte;
}

static void put_big_endian(struct bytes *bytes, uint64_t value, unsigned count)
{
    while (count--)
        put_byte(bytes, (uint8_t)(value >> 8 * count));
}

/* ZigZag, in seven bits a byte; the ninth byte has eight. */
static void put_signed(struct bytes *bytes, int64_t value)
{
    uint64_t left = (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
    for (unsigned i = 0; i < 8 && left > 0x7f; i++, left >>= 7)
        put_byte(bytes, (uint8_t)(left | 0x80));
    put_byte(bytes, (uint8_t)left);
}

static uint64_t step_of(uint64_t ns)
{
    const uint64_t least = (UINT64_C(2) << HALF_BITS) - 1;
    unsigned octave = 63 - (unsigned)__builtin_clzll(ns | least) - HALF_BITS;
    return ((uint64_t)octave << HALF_BITS) + (ns >> octave);
}

/* Counts by step, of which those that are 0 are told by how many they are. */
struct steps {
    struct bytes bytes;
    uint64_t next; /* not told yet */
    uint64_t step, count;
};

static void end_step(struct steps *steps)
{
    uint64_t zeros = steps->step - steps->next;
    if (!steps->count)
        return;
    if (zeros)
        put_signed(&steps->bytes, zeros > 1 ? -(int64_t)zeros : 0);
    put_signed(&steps->bytes, (int64_t)steps->count);
    steps->next = steps->step + 1;
    steps->count = 0;
}

static void add_frames(struct steps *steps, uint64_t ns, uint64_t frames)
{
    uint64_t step = step_of(ns);
    if (step > steps->step) {
        end_step(steps);
        steps->step = step;
    }
    steps->count += frames;
}

/* The least one is exact, and one of the first point's frames. */
static struct bytes encode(const json_t *row)
{
    const json_t *value = json_object_get(row, "at_most_ns"), *count = json_object_get(row, "count");
    uint64_t before = 0, max = number(row, "max_ns");
    struct steps steps = {0};
    for (size_t i = 0; i < json_array_size(value); i++) {
        uint64_t now = item(count, i);
        bool has_least = !i && now;
        if (has_least)
            add_frames(&steps, number(row, "min_ns"), 1);
        add_frames(&steps, item(value, i), now > before ? now - before - has_least : 0);
        before = now > before ? now : before;
    }
    end_step(&steps);
    struct bytes out = {0};
    put_big_endian(&out, COOKIE, 4);
    put_big_endian(&out, steps.bytes.count, 4);
    put_big_endian(&out, 0, 4); /* nothing is shifted */
    put_big_endian(&out, DIGITS, 4);
    put_big_endian(&out, 1, 8);
    put_big_endian(&out, max > 2 ? max : 2, 8);
    put_big_endian(&out, UINT64_C(0x3ff0000000000000), 8); /* 1.0: a value is what it says */
    for (size_t i = 0; i < steps.bytes.count; i++)
        put_byte(&out, steps.bytes.at[i]);
    free(steps.bytes.at);
    return out;
}

static struct bytes compress_bytes(const struct bytes *plain)
{
    uLongf length = compressBound(plain->count);
    uint8_t *packed = vfsim_grow(who, NULL, length);
    struct bytes out = {0};
    if (compress(packed, &length, plain->at, plain->count) != Z_OK)
        vfsim_out_of_memory(who, plain->count);
    put_big_endian(&out, COOKIE_COMPRESSED, 4);
    put_big_endian(&out, length, 4);
    for (size_t i = 0; i < length; i++)
        put_byte(&out, packed[i]);
    free(packed);
    return out;
}

static void put_base64(FILE *out, const struct bytes *bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < bytes->count; i += 3) {
        size_t left = bytes->count - i;
        uint32_t three =
            (uint32_t)bytes->at[i] << 16 | (left > 1 ? (uint32_t)bytes->at[i + 1] << 8 : 0) | (left > 2 ? bytes->at[i + 2] : 0);
        for (unsigned k = 0; k < 4; k++)
            fputc(k <= left ? digits[three >> (18 - 6 * k) & 63] : '=', out);
    }
}

/* ---- the log ---- */

/* A tag has no commas and no blanks. */
static void put_tag(FILE *out, const char *before, const char *flow)
{
    fprintf(out, "Tag=%s%s", before, *before ? "/" : "");
    for (const char *c = flow; *c; c++)
        fputc(isgraph((unsigned char)*c) && *c != ',' ? *c : '_', out);
}

/* The interval is the run. Seconds, and milliseconds of the largest value, as others' logs have them. */
static void put_row(FILE *out, const json_t *result, const json_t *row, const char *before)
{
    const char *flow = json_string_value(json_object_get(row, "flow"));
    uint64_t took = number(result, "sim_time_ns"), max = number(row, "max_ns");
    struct bytes plain = encode(row), packed = compress_bytes(&plain);
    put_tag(out, before, flow ? flow : "flow");
    fprintf(out, ",0.000,%" PRIu64 ".%03" PRIu64 ",%" PRIu64 ".%06" PRIu64 ",", took / 1000000000, took / 1000000 % 1000,
            max / 1000000, max % 1000000);
    put_base64(out, &packed);
    fputc('\n', out);
    free(plain.at);
    free(packed.at);
}

static void put_rows(FILE *out, const json_t *result, const char *before)
{
    const json_t *rows = json_object_get(result, "latencies");
    for (size_t i = 0; i < json_array_size(rows); i++)
        put_row(out, result, json_array_get(rows, i), before);
}

int hlog_write(const json_t *results, const char *path)
{
    char *text;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        vfsim_out_of_memory(who, 0);
    fprintf(out, "#[Latencies in nanoseconds of simulated time, a flow a tag; vfsim %s]\n", vfsim_version());
    fputs("#[Histogram log format version 1.3]\n#[StartTime: 0.000 (seconds since epoch), Thu Jan 01 00:00:00 UTC 1970]\n"
          "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n",
          out);
    if (!json_is_array(results))
        put_rows(out, results, "");
    for (size_t i = 0; i < json_array_size(results); i++) {
        const char *scenario = json_string_value(json_object_get(json_array_get(results, i), "scenario"));
        put_rows(out, json_array_get(results, i), scenario ? scenario : "result");
    }
    fclose(out);
    int code = vfsim_file_written(path, vfsim_file_write(path, text, length));
    free(text);
    return code;
}
