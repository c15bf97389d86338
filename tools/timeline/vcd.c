/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Value change dump, four-state, in picoseconds [IEEE 1364-2005, 18.2]. Only what changes has a variable: a chip has hundreds of
 * rings. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "timeline/timeline.h"

static const char who[] = "the VCD file";

struct word {
    uint64_t value;
    char text[96];
};

struct variable {
    struct vfsim_probe probe;
    unsigned number; /* of the world's probes */
    struct word *word; /* of the values that it had */
    unsigned words;
    uint64_t first;
    bool has_changed;
};

struct vcd {
    FILE *body;
    struct vfsim_world *world;
    struct variable *variable;
    unsigned count;
    vfsim_time at;
    bool has_time;
};

static void *begin(struct vfsim_world *world, FILE *body)
{
    struct vcd *vcd = vfsim_zero(who, 1, sizeof(*vcd));
    vcd->world = world;
    vcd->body = body;
    return vcd;
}

/* Waves are of numbers: what those mean stands in comments. */
static void know_word(struct vcd *vcd, struct variable *of, uint64_t value)
{
    if (!of->probe.has_words || of->probe.bits == 1 || !value)
        return;
    for (unsigned i = 0; i < of->words; i++)
        if (of->word[i].value == value)
            return;
    of->word = vfsim_grow(who, of->word, (of->words + 1) * sizeof(*of->word));
    struct word *word = &of->word[of->words++];
    word->value = value;
    vfsim_probe_word(vcd->world, of->number, value, 0, word->text, sizeof(word->text));
}

static void probe(void *format, unsigned index, unsigned number, const struct vfsim_probe *seen, uint64_t value)
{
    struct vcd *vcd = format;
    vcd->variable = vfsim_grow(who, vcd->variable, (vcd->count + 1) * sizeof(*vcd->variable));
    vcd->variable[vcd->count++] = (struct variable){.probe = *seen, .number = number, .first = value};
    know_word(vcd, &vcd->variable[index], value);
}

/* An identifier of printable characters. */
static const char *code_of(unsigned index, char code[8])
{
    char *at = code;
    do {
        *at++ = (char)('!' + index % 94);
        index /= 94;
    } while (index);
    *at = 0;
    return code;
}

static void put_value(FILE *out, unsigned index, unsigned bits, uint64_t value)
{
    char code[8];
    if (bits == 1) {
        fprintf(out, "%u%s\n", (unsigned)(value & 1), code_of(index, code));
        return;
    }
    int top = 63;
    while (top > 0 && !(value >> top & 1))
        top--;
    fputc('b', out);
    for (; top >= 0; top--)
        fputc('0' + (int)(value >> top & 1), out);
    fprintf(out, " %s\n", code_of(index, code));
}

static void change(void *format, vfsim_time at, unsigned index, const struct vfsim_probe *seen, uint64_t value)
{
    struct vcd *vcd = format;
    if (!vcd->has_time || at != vcd->at)
        fprintf(vcd->body, "#%" PRIu64 "\n", at);
    vcd->has_time = true;
    vcd->at = at;
    vcd->variable[index].has_changed = true;
    know_word(vcd, &vcd->variable[index], value);
    put_value(vcd->body, index, seen->bits, value);
}

/* Names in a VCD file have no blanks, and viewers take dots and brackets for something else. */
static void put_name(FILE *out, const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++)
        fputc(isalnum((unsigned char)name[i]) || name[i] == '-' ? name[i] : '_', out);
}

/* Scopes are the parts of a name between dots: how many were opened. */
static unsigned open_scopes(FILE *out, const char *name)
{
    unsigned depth = 0;
    for (const char *p = name; *p; depth++) {
        size_t len = strcspn(p, ".");
        fputs("$scope module ", out);
        put_name(out, p, len);
        fputs(" $end\n", out);
        p += len + (p[len] == '.');
    }
    return depth;
}

static void put_variables(const struct vcd *vcd, FILE *out)
{
    const char *owner = NULL;
    unsigned depth = 0;
    char code[8];
    for (unsigned i = 0; i < vcd->count; i++) {
        const struct vfsim_probe *seen = &vcd->variable[i].probe;
        if (!vcd->variable[i].has_changed)
            continue;
        if (!owner || strcmp(owner, seen->who)) {
            for (; depth; depth--)
                fputs("$upscope $end\n", out);
            depth = open_scopes(out, seen->who);
            owner = seen->who;
        }
        fprintf(out, "$var wire %u %s ", seen->bits, code_of(i, code));
        put_name(out, seen->name, strlen(seen->name));
        fputs(" $end\n", out);
    }
    for (; depth; depth--)
        fputs("$upscope $end\n", out);
}

static void put_words(const struct vcd *vcd, FILE *out)
{
    for (unsigned i = 0; i < vcd->count; i++) {
        const struct variable *of = &vcd->variable[i];
        if (!of->has_changed || !of->words)
            continue;
        fprintf(out, "$comment %s %s is", of->probe.who, of->probe.name);
        for (unsigned k = 0; k < of->words; k++)
            fprintf(out, "%s %" PRIu64 ": %s", k ? "," : "", of->word[k].value, of->word[k].text);
        fputs(" $end\n", out);
    }
}

static void head(void *format, FILE *out)
{
    struct vcd *vcd = format;
    fprintf(out, "$version vfsim %s $end\n$timescale 1ps $end\n", vfsim_version());
    put_words(vcd, out);
    put_variables(vcd, out);
    fputs("$enddefinitions $end\n$dumpvars\n", out);
    for (unsigned i = 0; i < vcd->count; i++)
        if (vcd->variable[i].has_changed)
            put_value(out, i, vcd->variable[i].probe.bits, vcd->variable[i].first);
    fputs("$end\n", out);
}

static void tail(void *format, vfsim_time end, const struct vfsim_report *report, FILE *out)
{
    struct vcd *vcd = format;
    (void)report;
    if (!vcd->has_time || end > vcd->at)
        fprintf(out, "#%" PRIu64 "\n", end);
    for (unsigned i = 0; i < vcd->count; i++)
        free(vcd->variable[i].word);
    free(vcd->variable);
    free(vcd);
}

const struct timeline_format timeline_vcd = {
    .option = "vcd", .begin = begin, .probe = probe, .change = change, .head = head, .tail = tail};
