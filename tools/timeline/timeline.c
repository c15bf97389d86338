/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "timeline/timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char who[] = "the timeline";

enum { FORMATS = 2 };

struct output {
    const struct timeline_format *format; /* NULL: it is not wanted */
    const char *path;
    void *of;
    FILE *body; /* nobody knows what stands in front of it before the end */
};

struct seen {
    struct vfsim_probe probe;
    unsigned index; /* of the probe in the world */
    uint64_t value;
    vfsim_time until; /* of a line that is on until then and is on */
};

struct timeline {
    struct vfsim_world *world;
    struct filter filter;
    struct output output[FORMATS];
    struct seen *seen;
    unsigned count;
    int sentences, fates; /* observers; 0: none */
};

/* ---- what is looked at ---- */

/* As a format is told of it: a line that is on until then is on or off. */
static uint64_t value_of(const struct timeline *t, const struct vfsim_probe *probe, uint64_t value)
{
    return probe->is_until ? value > vfsim_world_now(t->world) : value;
}

static void find_probes(struct timeline *t)
{
    struct vfsim_probe probe;
    t->seen = vfsim_zero(who, vfsim_probe_count(t->world) + 1, sizeof(*t->seen));
    for (unsigned i = 0; vfsim_probe_at(t->world, i, &probe); i++)
        if (filter_takes_who(&t->filter, probe.who) && filter_takes_what(&t->filter, probe.name))
            t->seen[t->count++] = (struct seen){probe, i, value_of(t, &probe, vfsim_probe_value(t->world, i)), 0};
}

static void tell_probes(struct timeline *t)
{
    for (unsigned f = 0; f < FORMATS; f++)
        for (unsigned i = 0; t->output[f].format && i < t->count; i++)
            t->output[f].format->probe(t->output[f].of, i, t->seen[i].index, &t->seen[i].probe, t->seen[i].value);
}

static void tell_change(struct timeline *t, unsigned i, vfsim_time at, uint64_t value)
{
    struct seen *seen = &t->seen[i];
    if (value == seen->value || !filter_takes_time(&t->filter, at))
        return;
    seen->value = value;
    for (unsigned f = 0; f < FORMATS; f++)
        if (t->output[f].format)
            t->output[f].format->change(t->output[f].of, at, i, &seen->probe, value);
}

/* The line that goes off first, before `now` or then; `count`: none does. */
static unsigned first_end(const struct timeline *t, vfsim_time now)
{
    unsigned first = t->count;
    for (unsigned i = 0; i < t->count; i++)
        if (t->seen[i].until && t->seen[i].until <= now && (first == t->count || t->seen[i].until < t->seen[first].until))
            first = i;
    return first;
}

/* No event need have come when they went off. */
static void end_lines(struct timeline *t, vfsim_time now)
{
    for (unsigned i; (i = first_end(t, now)) < t->count; t->seen[i].until = 0)
        tell_change(t, i, t->seen[i].until, 0);
}

static void look(struct timeline *t)
{
    vfsim_time now = vfsim_world_now(t->world);
    end_lines(t, now);
    for (unsigned i = 0; i < t->count; i++) {
        struct seen *seen = &t->seen[i];
        uint64_t value = vfsim_probe_value(t->world, seen->index);
        if (seen->probe.is_until)
            seen->until = value > now ? value : 0;
        tell_change(t, i, now, value_of(t, &seen->probe, value));
    }
}

static void heard(void *user, vfsim_time at, const char *category, const char *speaker, const char *text)
{
    struct timeline *t = user;
    if (!filter_takes_time(&t->filter, at) || !filter_takes_who(&t->filter, speaker) || !filter_takes_what(&t->filter, text))
        return;
    for (unsigned f = 0; f < FORMATS; f++)
        if (t->output[f].format && t->output[f].format->sentence)
            t->output[f].format->sentence(t->output[f].of, at, category, speaker, text);
}

static void ended(void *user, const struct vfsim_fate *fate)
{
    struct timeline *t = user;
    if (!filter_takes_time(&t->filter, fate->at) || !filter_takes_who(&t->filter, fate->place))
        return;
    for (unsigned f = 0; f < FORMATS; f++)
        if (t->output[f].format && t->output[f].format->fate)
            t->output[f].format->fate(t->output[f].of, fate);
}

/* ---- life ---- */

static bool open_output(struct output *output, const struct timeline_format *format, const char *path, struct vfsim_world *world)
{
    if (!path)
        return true;
    output->body = tmpfile();
    if (!output->body) {
        vfsim_complain("--%s: a temporary file can't be made: %s", format->option, vfsim_why(errno));
        return false;
    }
    output->format = format;
    output->path = path;
    output->of = format->begin(world, output->body);
    return true;
}

bool timeline_begin(struct timeline **timeline, const struct vfsim_args *args, const struct filter *filter,
                    struct vfsim_world *world)
{
    *timeline = NULL;
    if (!args->vcd && !args->perfetto)
        return true;
    struct timeline *t = *timeline = vfsim_zero(who, 1, sizeof(*t));
    t->world = world;
    t->filter = *filter;
    if (!open_output(&t->output[0], &timeline_vcd, args->vcd, world) ||
        !open_output(&t->output[1], &timeline_chrome, args->perfetto, world))
        return false;
    find_probes(t);
    tell_probes(t);
    if (args->perfetto) {
        t->sentences = vfsim_on_sentence(world, args->trace ? args->trace : "all", heard, t, NULL);
        t->fates = vfsim_on_fate(world, ended, t);
    }
    return true;
}

int timeline_run_until(struct timeline *t, vfsim_time until, struct vfsim_error **error)
{
    while (vfsim_world_next_event(t->world) <= until) {
        int over = vfsim_world_step(t->world, error);
        look(t);
        if (over)
            return over;
    }
    return vfsim_world_run_until(t->world, until, error);
}

static bool copy_body(FILE *body, FILE *out)
{
    char bytes[65536];
    size_t got;
    if (fseek(body, 0, SEEK_SET))
        return false;
    while ((got = fread(bytes, 1, sizeof(bytes), body)))
        fwrite(bytes, 1, got, out);
    return !ferror(body);
}

static int write_output(const struct timeline *t, struct output *output, const struct vfsim_report *report)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        vfsim_out_of_memory(who, 0);
    output->format->head(output->of, out);
    bool good = fflush(output->body) == 0 && copy_body(output->body, out);
    output->format->tail(output->of, vfsim_world_now(t->world), report, out);
    fclose(out);
    int code = !good    ? vfsim_file_written(output->path, errno ? errno : EIO)
               : report ? vfsim_file_written(output->path, vfsim_file_write(output->path, text, len))
                        : EXIT_PASS;
    free(text);
    return code;
}

int timeline_end(struct timeline *t, const struct vfsim_report *report)
{
    int code = EXIT_PASS;
    if (!t)
        return code;
    vfsim_unobserve(t->world, t->sentences);
    vfsim_unobserve(t->world, t->fates);
    for (unsigned f = 0; f < FORMATS; f++) {
        if (!t->output[f].format)
            continue;
        int written = write_output(t, &t->output[f], report);
        code = code ? code : written;
        fclose(t->output[f].body);
    }
    free(t->seen);
    free(t);
    return code;
}
