/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfsim init [TEMPLATE]: a commented scenario that runs, to begin with. Templates are files, installed with the scenarios. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vfsim.h"

static const struct vfsim_word templates[] = {
    {"flow", "a steady flow to a VM and one from it"},
    {"replay", "a captured conversation, played again (--capture FILE: one of yours)"},
    {"switch", "a VM goes into passthrough and out of it, under traffic"},
    {"migrate", "a VM moves to another host, from virtual function to virtual function"},
    {"compare", "passthrough and emulation side by side, with the same flows"},
    {"rfc2544", "a path and its stream, for vfsim rfc2544"},
    {"sweep", "a scenario with variables, for a family of runs"},
};
enum { TEMPLATES = sizeof(templates) / sizeof(templates[0]) };

/* The capture that the scenarios have, which `replay` plays if it is given none. */
static const char sample[] = "http.pcap";

const struct vfsim_word *vfsim_template_at(unsigned i) { return i < TEMPLATES ? &templates[i] : NULL; }

/* What is to be written: a scenario, and the sample beside it. */
struct job {
    char from[PATH_MAX], to[PATH_MAX];
    char capture[PATH_MAX]; /* as the scenario names it; "": it has none */
    char sample_from[PATH_MAX], sample_to[PATH_MAX]; /* "": none is copied */
    bool to_stdout, force;
};

static const struct vfsim_word *find_template(const char *name)
{
    const char *names[TEMPLATES + 1] = {0};
    char near[80];
    for (unsigned i = 0; i < TEMPLATES; i++) {
        names[i] = templates[i].word;
        if (!strcmp(name, templates[i].word))
            return &templates[i];
    }
    vfsim_complain("there is no template '%s'%s (vfsim init lists them)", name, vfsim_near(name, names, near, sizeof(near)));
    return NULL;
}

/* What is written, as it grows. */
struct text {
    char *bytes;
    size_t len;
};

static void append(struct text *text, const char *bytes, size_t len)
{
    text->bytes = vfsim_grow("a template", text->bytes, text->len + len);
    memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
}

/* A name of several words, or with a sign of the language, stands in quotes. */
static void put_name(struct text *text, const char *name)
{
    bool quoted = name[strcspn(name, " \t\"\\$#")];
    append(text, "\"", quoted);
    for (const char *p = name; *p; p++) {
        append(text, "\\", strchr("\"\\$", *p) != NULL);
        append(text, p, 1);
    }
    append(text, "\"", quoted);
}

static void fill_in(FILE *in, struct text *text, const char *capture)
{
    static const char mark[] = "@CAPTURE@";
    char line[1024];
    while (fgets(line, sizeof(line), in)) {
        char *at = strstr(line, mark), *rest = at ? at + strlen(mark) : line;
        if (at) {
            append(text, line, (size_t)(at - line));
            put_name(text, capture);
        }
        append(text, rest, strlen(rest));
    }
}

static void copy(FILE *in, struct text *text, const char *capture)
{
    char bytes[4096];
    (void)capture;
    for (size_t len; (len = fread(bytes, 1, sizeof(bytes), in)) > 0;)
        append(text, bytes, len);
}

/* A file that is there stays, unless it is to be overwritten: its name is taken before anything is written. False after a
 * message. */
static bool take_name(const struct job *job, const char *path, bool *taken)
{
    int fd = job->force ? -1 : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    *taken = fd >= 0;
    if (fd >= 0)
        close(fd);
    else if (!job->force && errno == EEXIST)
        vfsim_complain("%s is there already, and stays as it is (--force overwrites it, -o FILE writes another one)", path);
    else if (!job->force)
        vfsim_complain("%s: %s", path, vfsim_why(errno));
    return job->force || *taken;
}

/* The sample lies there already, as another scenario of this folder wanted it. */
static bool is_same(const char *one, const char *other)
{
    FILE *a = fopen(one, "r"), *b = fopen(other, "r");
    bool same = a && b;
    for (int byte = 0; same && byte != EOF;) {
        byte = getc(a);
        same = byte == getc(b);
    }
    if (a)
        fclose(a);
    if (b)
        fclose(b);
    return same;
}

static bool write_one(const struct job *job, const char *from, const char *to, void (*make)(FILE *, struct text *, const char *))
{
    struct text text = {0};
    bool taken;
    FILE *in = fopen(from, "r");
    if (!in) {
        vfsim_complain("%s: %s: the installation of vfsim lacks it", from, vfsim_why(errno));
        return false;
    }
    if (!take_name(job, to, &taken)) {
        fclose(in);
        return false;
    }
    make(in, &text, job->capture);
    fclose(in);
    int err = vfsim_file_write(to, text.bytes, text.len);
    free(text.bytes);
    if (err && taken)
        unlink(to);
    return vfsim_file_written(to, err) == EXIT_PASS;
}

static bool print_one(const struct job *job)
{
    struct text text = {0};
    FILE *in = fopen(job->from, "r");
    if (!in) {
        vfsim_complain("%s: %s: the installation of vfsim lacks it", job->from, vfsim_why(errno));
        return false;
    }
    fill_in(in, &text, job->capture);
    fclose(in);
    fwrite(text.bytes, 1, text.len, stdout);
    free(text.bytes);
    return true;
}

/* A capture is looked for from the folder of the scenario. False after a message. */
static bool name_capture(const struct vfsim_args *args, struct job *job)
{
    const char *slash = job->to_stdout ? NULL : strrchr(job->to, '/');
    char path[PATH_MAX];
    if (args->capture && !realpath(args->capture, path)) {
        vfsim_complain("%s: %s", args->capture, vfsim_why(errno));
        return false;
    }
    if (args->capture) {
        snprintf(job->capture, sizeof(job->capture), "%s", slash ? path : args->capture);
        return true;
    }
    vfsim_find_shared("scenarios/http.pcap", job->sample_from);
    snprintf(job->capture, sizeof(job->capture), "%s", job->to_stdout ? job->sample_from : sample);
    int folder = slash ? (int)(slash + 1 - job->to) : 0;
    if (job->to_stdout)
        *job->sample_from = 0;
    else if (snprintf(job->sample_to, sizeof(job->sample_to), "%.*s%s", folder, job->to, sample) >= PATH_MAX) {
        vfsim_complain("%s: %s", job->to, strerror(ENAMETOOLONG));
        return false;
    }
    return true;
}

static int list_templates(void)
{
    printf("Templates, for `vfsim init TEMPLATE`:\n\n");
    for (unsigned i = 0; i < TEMPLATES; i++)
        printf("  %-8s %s\n", templates[i].word, templates[i].sentence);
    return EXIT_PASS;
}

/* A capture of the user's may be none, or want another word (`segment`): better known now than at the first run. */
static bool is_ready(const char *path)
{
    struct vfsim_scenario *scenario = vfsim_scenario_read(path, NULL);
    struct vfsim_error *errors = NULL;
    struct vfsim_world *world = vfsim_world_new(scenario, &errors);
    if (!world) {
        vfsim_complain("%s is written, and can't be run as it is:", path);
        vfsim_print_errors(scenario, errors);
    }
    bool ready = world;
    vfsim_error_free(errors);
    vfsim_world_free(world);
    vfsim_scenario_free(scenario);
    return ready;
}

static int init(const struct vfsim_args *args)
{
    static struct job job;
    char name[64], word[2 * PATH_MAX];
    if (!args->operand_count && !args->output && !args->capture && !args->force)
        return list_templates();
    if (args->operand_count != 1) {
        vfsim_complain("one template: vfsim init TEMPLATE [-o FILE] (vfsim init lists them)");
        return EXIT_USER;
    }
    const struct vfsim_word *template = find_template(args->operands[0]);
    if (!template)
        return EXIT_USER;
    bool replays = !strcmp(template->word, "replay");
    if (args->capture && !replays) {
        vfsim_complain("--capture is of the template replay: vfsim init replay --capture %s", args->capture);
        return EXIT_USER;
    }
    job = (struct job){.force = args->force, .to_stdout = args->output && !strcmp(args->output, "-")};
    snprintf(name, sizeof(name), "scenarios/templates/%s.scn", template->word);
    vfsim_find_shared(name, job.from);
    snprintf(job.to, sizeof(job.to), "%s%s", args->output ? args->output : template->word, args->output ? "" : ".scn");
    if (replays && !name_capture(args, &job))
        return EXIT_USER;
    if (job.to_stdout)
        return print_one(&job) ? EXIT_PASS : EXIT_USER;
    bool copies = *job.sample_to && !is_same(job.sample_from, job.sample_to);
    if (copies && !write_one(&job, job.sample_from, job.sample_to, copy))
        return EXIT_USER;
    if (!write_one(&job, job.from, job.to, fill_in))
        return EXIT_USER;
    if (args->capture && !is_ready(job.to))
        return EXIT_USER;
    vfsim_complain("%s is written%s%s (run it with: vfsim run %s)", job.to, copies ? ", and beside it " : "", copies ? sample : "",
                   vfsim_shell_word(job.to, word, sizeof(word)));
    return EXIT_PASS;
}

const struct vfsim_verb vfsim_verb_init = {
    .name = "init",
    .sentence = "write a commented scenario that runs, to begin with",
    .operands = "[TEMPLATE]",
    .what = VALUE_TEMPLATE,
    .options = WITH(OUTPUT) | WITH(CAPTURE) | WITH(FORCE),
    .about =
        "Writes TEMPLATE.scn into this folder, or the file that -o names (`-` is stdout). A file that is there stays as it is, "
        "but for --force. Without a template: lists them.\n"
        "A replay needs a capture: one of yours with --capture, else a recorded HTTP transfer is put beside the scenario.",
    .examples = "vfsim init\n"
                "vfsim init switch && vfsim run switch.scn\n"
                "vfsim init replay --capture mine.pcapng -o mine.scn\n",
    .run = init,
};
