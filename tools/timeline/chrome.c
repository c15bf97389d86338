/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The JSON that Chrome's trace viewer and ui.perfetto.dev read [Trace Event Format].
 *
 * A component is a process, with its sentences on one thread and its probes as counters; a line that is on or off is a slice while
 * it is on. The cores of a host are a process, each a thread with slices of who has it, and so are the threads that share them,
 * with slices of what they do: one that is preempted, or waits, is seen as well as one that runs.
 *
 * A flow is a process whose frames are asynchronous slices from birth to end; an arrow goes from its thread `sent` to where the
 * frame ended. Switches and migrations are slices with their steps below them.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "timeline/timeline.h"

static const char who[] = "the trace file";

enum { THREAD_SAYS = 1, THREAD_FRAMES = 2, THREAD_LINES = 10 };

struct line {
    struct vfsim_probe of;
    unsigned number;  /* of the world's probes */
    unsigned process; /* 0: nothing is drawn of it yet */
    uint64_t value;
    vfsim_time since; /* it is on … */
    bool is_on;
    char word[96]; /* … and what that means */
};

struct chrome {
    FILE *body;
    struct vfsim_world *world;
    json_t *processes; /* name to number */
    struct line *line; /* a probe each */
    unsigned count, phases;
    uint64_t ends; /* of frames, so far: what is drawn of each copy has a number of its own */
    bool has_event;
};

/* ---- pieces ---- */

static void put_text(FILE *out, const char *text)
{
    json_t *string = json_string(text);
    char *quoted = json_dumps(string, JSON_ENCODE_ANY);
    fputs(quoted ? quoted : "\"?\"", out);
    free(quoted);
    json_decref(string);
}

/* Times are microseconds there, and may have places. */
static void put_time(FILE *out, const char *key, vfsim_time ps)
{
    fprintf(out, ",\"%s\":%" PRIu64 ".%06" PRIu64, key, ps / 1000000, ps % 1000000);
}

static void open_event(struct chrome *chrome, const char *phase, const char *category, const char *name)
{
    fprintf(chrome->body, "%s{\"ph\":\"%s\",\"cat\":\"%s\",\"name\":", chrome->has_event ? ",\n" : "", phase, category);
    put_text(chrome->body, name);
    chrome->has_event = true;
}

static void put_place(struct chrome *chrome, unsigned process, unsigned thread, vfsim_time at)
{
    fprintf(chrome->body, ",\"pid\":%u,\"tid\":%u", process, thread);
    put_time(chrome->body, "ts", at);
}

static void name_place(struct chrome *chrome, const char *kind, unsigned process, unsigned thread, const char *name)
{
    open_event(chrome, "M", "__metadata", kind);
    fprintf(chrome->body, ",\"pid\":%u,\"tid\":%u,\"args\":{\"name\":", process, thread);
    put_text(chrome->body, name);
    fputs("}}", chrome->body);
}

static unsigned process_of(struct chrome *chrome, const char *name)
{
    json_t *known = json_object_get(chrome->processes, name);
    if (known)
        return (unsigned)json_integer_value(known);
    unsigned number = (unsigned)json_object_size(chrome->processes) + 1;
    json_object_set_new(chrome->processes, name, json_integer(number));
    name_place(chrome, "process_name", number, 0, name);
    return number;
}

static void put_slice(struct chrome *chrome, unsigned process, unsigned thread, const char *name, vfsim_time from, vfsim_time took)
{
    open_event(chrome, "X", "slice", name);
    put_place(chrome, process, thread, from);
    put_time(chrome->body, "dur", took);
    fputc('}', chrome->body);
}

/* ---- probes ---- */

static void *begin(struct vfsim_world *world, FILE *body)
{
    struct chrome *chrome = vfsim_zero(who, 1, sizeof(*chrome));
    *chrome = (struct chrome){.body = body, .world = world, .processes = json_object()};
    return chrome;
}

static void begin_slice(struct chrome *chrome, struct line *line, vfsim_time at, uint64_t value, uint64_t before)
{
    line->since = at;
    line->is_on = value;
    snprintf(line->word, sizeof(line->word), "%s", line->of.name);
    if (line->of.has_words)
        vfsim_probe_word(chrome->world, line->number, value, before, line->word, sizeof(line->word));
}

static void probe(void *format, unsigned index, unsigned number, const struct vfsim_probe *seen, uint64_t value)
{
    struct chrome *chrome = format;
    chrome->line = vfsim_grow(who, chrome->line, (index + 1) * sizeof(*chrome->line));
    chrome->count = index + 1;
    struct line *line = &chrome->line[index];
    *line = (struct line){.of = *seen, .number = number, .value = value};
    if (seen->bits == 1 || seen->has_words)
        begin_slice(chrome, line, vfsim_world_now(chrome->world), value, 0);
}

/* Cores stand together, and so do the threads that share them. */
static unsigned process_of_line(struct chrome *chrome, const struct vfsim_probe *seen)
{
    const char *kind = seen->is_core ? ": cores" : seen->has_words && seen->bits > 1 ? ": threads" : "";
    char *name = vfsim_print(who, "%s%s", seen->who, kind);
    unsigned process = process_of(chrome, name);
    free(name);
    return process;
}

static void end_line(struct chrome *chrome, unsigned index, vfsim_time at)
{
    struct line *line = &chrome->line[index];
    if (!line->process) {
        line->process = process_of_line(chrome, &line->of);
        name_place(chrome, "thread_name", line->process, THREAD_LINES + index, line->of.name);
    }
    put_slice(chrome, line->process, THREAD_LINES + index, line->word, line->since, at - line->since);
}

static void change(void *format, vfsim_time at, unsigned index, const struct vfsim_probe *seen, uint64_t value)
{
    struct chrome *chrome = format;
    struct line *line = &chrome->line[index];
    uint64_t before = line->value;
    line->value = value;
    if (seen->bits == 1 || seen->has_words) {
        if (line->is_on)
            end_line(chrome, index, at);
        begin_slice(chrome, line, at, value, before);
        return;
    }
    unsigned process = process_of(chrome, seen->who);
    open_event(chrome, "C", "probe", seen->name);
    put_place(chrome, process, 0, at);
    fprintf(chrome->body, ",\"args\":{\"value\":%" PRIu64 "}}", value);
}

static void end_lines(struct chrome *chrome, vfsim_time at)
{
    for (unsigned i = 0; i < chrome->count; i++)
        if (chrome->line[i].is_on)
            end_line(chrome, i, at);
}

/* ---- sentences and frames ---- */

static void sentence(void *format, vfsim_time at, const char *category, const char *speaker, const char *text)
{
    struct chrome *chrome = format;
    unsigned process = process_of(chrome, speaker);
    open_event(chrome, "i", category, text);
    put_place(chrome, process, THREAD_SAYS, at);
    fputs(",\"s\":\"t\"}", chrome->body);
}

static void put_frame(struct chrome *chrome, const char *phase, unsigned process, vfsim_time at, const struct vfsim_fate *fate)
{
    open_event(chrome, phase, "frame", fate->reason);
    put_place(chrome, process, THREAD_FRAMES, at);
    fprintf(chrome->body, ",\"id\":\"f%" PRIu64 "\",\"args\":{\"frame\":\"%" PRIx64 "\",", chrome->ends, fate->frame);
    fprintf(chrome->body, "\"number\":%" PRIu64 ",\"bytes\":%" PRIu32 "}}", fate->number, fate->length);
}

static void put_arrow(struct chrome *chrome, const char *phase, unsigned process, vfsim_time at)
{
    open_event(chrome, phase, "way", "frame");
    put_place(chrome, process, THREAD_FRAMES, at);
    fprintf(chrome->body, ",\"id\":\"f%" PRIu64 "\"%s}", chrome->ends, *phase == 'f' ? ",\"bp\":\"e\"" : "");
}

enum { MARK_PS = 1000 }; /* an arrow begins and ends at a slice, and one of no length is not seen */

static void fate(void *format, const struct vfsim_fate *fate)
{
    struct chrome *chrome = format;
    if (!fate->flow)
        return;
    char *name = vfsim_print(who, "flow %s", fate->flow);
    unsigned flow = process_of(chrome, name), place = process_of(chrome, fate->place);
    free(name);
    put_frame(chrome, "b", flow, fate->born, fate);
    put_frame(chrome, "e", flow, fate->at, fate);
    put_slice(chrome, flow, THREAD_FRAMES, "sent", fate->born, MARK_PS);
    put_arrow(chrome, "s", flow, fate->born);
    put_slice(chrome, place, THREAD_FRAMES, fate->reason, fate->at, MARK_PS);
    put_arrow(chrome, "f", place, fate->at);
    chrome->ends++;
}

/* ---- switches and migrations, as the result has them ---- */

static vfsim_time ps_of(const json_t *object, const char *key)
{
    return (vfsim_time)json_integer_value(json_object_get(object, key)) * 1000;
}

/* Phases may overlap, so each is an asynchronous slice of its own. */
static void put_phases(struct chrome *chrome, unsigned process, const json_t *phases)
{
    for (size_t i = 0; i < json_array_size(phases); i++) {
        const json_t *phase = json_array_get(phases, i);
        const char *name = json_string_value(json_object_get(phase, "name"));
        vfsim_time start = ps_of(phase, "start_ns"), end = start + ps_of(phase, "took_ns");
        for (int is_end = 0; is_end < 2; is_end++) {
            open_event(chrome, is_end ? "e" : "b", "phase", name ? name : "?");
            put_place(chrome, process, THREAD_SAYS, is_end ? end : start);
            fprintf(chrome->body, ",\"id\":\"p%u\"}", chrome->phases);
        }
        chrome->phases++;
    }
}

static void put_switches(struct chrome *chrome, const json_t *result)
{
    const json_t *all = json_object_get(result, "timeline");
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *one = json_array_get(all, i);
        const char *vm = json_string_value(json_object_get(one, "vm")), *title = json_string_value(json_object_get(one, "title"));
        if (!vm || !title)
            continue;
        char *name = vfsim_print(who, "%s: switches and migrations", vm);
        unsigned process = process_of(chrome, name);
        put_slice(chrome, process, THREAD_SAYS, title, ps_of(one, "start_ns"), ps_of(one, "took_ns"));
        put_phases(chrome, process, json_object_get(one, "phases"));
        free(name);
    }
}

static void head(void *format, FILE *out)
{
    (void)format;
    fputs("{\"displayTimeUnit\":\"ns\",\"otherData\":{\"version\":\"vfsim " VFSIM_VERSION "\"},\"traceEvents\":[\n", out);
}

static void tail(void *format, vfsim_time end, const struct vfsim_report *report, FILE *out)
{
    struct chrome *chrome = format;
    size_t len;
    char *text = report ? vfsim_report_text(report, VFSIM_JSON, 0, 0, &len) : NULL;
    json_t *result = text ? json_loadb(text, len, 0, NULL) : NULL;
    chrome->body = out;
    end_lines(chrome, end);
    put_switches(chrome, result);
    fputs("\n]}\n", out);
    json_decref(result);
    vfsim_free(text);
    json_decref(chrome->processes);
    free(chrome->line);
    free(chrome);
}

const struct timeline_format timeline_chrome = {.option = "perfetto",
                                                .begin = begin,
                                                .probe = probe,
                                                .change = change,
                                                .sentence = sentence,
                                                .fate = fate,
                                                .head = head,
                                                .tail = tail};
