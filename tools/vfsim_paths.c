/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Outputs that are inputs: `vfsim run --html a.scn b.scn` was meant otherwise, and a.scn would be gone. And outputs that can't be
 * written, which is better known before a long run than behind it.
 *
 * Two names are one file when device and inode are the same (links of both kinds followed), or, of files to be made, folder
 * and name. What is no regular file (a pipe, /dev/null) is written to as it is and loses nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vfsim.h"

struct file {
    char *path, *what;
    char *place; /* of one that is not there yet */
    dev_t device;
    ino_t inode;
    bool is_output, is_stream; /* stream: a standard one, already open */
};

struct files {
    struct file *file;
    unsigned count;
    bool output; /* what is added next */
};

static struct file *add(struct files *files, const char *path, const char *what)
{
    files->file = vfsim_grow("the files", files->file, (files->count + 1) * sizeof(*files->file));
    struct file *file = &files->file[files->count++];
    *file = (struct file){.path = vfsim_copy("the files", path), .what = vfsim_copy("the files", what), .is_output = files->output};
    return file;
}

static void take_back(struct files *files)
{
    struct file *file = &files->file[--files->count];
    free(file->path);
    free(file->what);
}

/* Of a file whose folder may be made first (--pcap DIR). */
static char *place_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *place = vfsim_file_place(path);
    if (place || !slash || slash == path || errno != ENOENT)
        return place;
    char *folder = vfsim_print("the files", "%.*s", (int)(slash - path), path), *above = vfsim_file_place(folder);
    free(folder);
    place = above ? vfsim_print("the files", "%s%s", above, slash) : NULL;
    free(above);
    return place;
}

static void add_path(void *to, const char *path, const char *what)
{
    struct files *files = to;
    struct file *file = add(files, path, what);
    struct stat st;
    if (!stat(path, &st)) {
        file->device = st.st_dev;
        file->inode = st.st_ino;
        if (files->output && !S_ISREG(st.st_mode))
            take_back(files);
    } else if (!(file->place = place_of(path))) {
        take_back(files); /* it can't be opened, and who tries says why */
    }
}

static void add_stream(struct files *files, int fd, const char *name)
{
    struct stat st;
    if (fstat(fd, &st) || !S_ISREG(st.st_mode))
        return;
    struct file *file = add(files, name, name);
    file->device = st.st_dev;
    file->inode = st.st_ino;
    file->is_stream = true;
}

static bool is_same(const struct file *a, const struct file *b)
{
    if (a->place || b->place)
        return a->place && b->place && !strcmp(a->place, b->place);
    return a->device == b->device && a->inode == b->inode;
}

static void find_pipe(void *to, const char *path, const char *what)
{
    const char **found = to;
    struct stat st;
    if (!*found && !stat(path, &st) && !S_ISREG(st.st_mode))
        *found = vfsim_print("the files", "%s, %s,", path, what);
}

bool vfsim_inputs_stay(const struct vfsim_scenario *scenario)
{
    const char *found = NULL;
    vfsim_scenario_inputs(scenario, find_pipe, &found);
    if (found)
        vfsim_complain("%s is no regular file: what comes out of it can be read once, and is to be read again here", found);
    free((char *)found);
    return !found;
}

bool vfsim_accepted_path(const char *name, char path[PATH_MAX])
{
    size_t len = strlen(name);
    if (!strcmp(name, "-"))
        return false;
    if (len > 4 && !strcmp(name + len - 4, ".scn"))
        len -= 4;
    return snprintf(path, PATH_MAX, "%.*s.out", (int)len, name) < PATH_MAX;
}

/* What options name, not what the scenario does. */
static void each_option(const struct vfsim_args *args, vfsim_file_fn *file, void *user)
{
    char path[PATH_MAX];
    const struct {
        const char *path, *option;
    } given[] = {{args->html, "--html"},
                 {args->junit, "--junit"},
                 {args->output, "--output"},
                 {args->vcd, "--vcd"},
                 {args->perfetto, "--perfetto"},
                 {args->hlog, "--hlog"},
                 {args->json && *args->json ? args->json : NULL, "--json"}};
    for (unsigned i = 0; i < sizeof(given) / sizeof(given[0]); i++)
        if (given[i].path)
            file(user, given[i].path, given[i].option);
    for (unsigned i = 0; args->accept && i < args->operand_count; i++)
        if (vfsim_accepted_path(args->operands[i], path) && !access(args->operands[i], F_OK))
            file(user, path, "--accept");
}

static void collect(struct files *files, const struct vfsim_args *args, struct vfsim_scenario *const *scenarios, unsigned count)
{
    for (unsigned i = 0; i < args->operand_count; i++) {
        if (strcmp(args->operands[i], "-"))
            add_path(files, args->operands[i], "an input");
        else
            add_stream(files, STDIN_FILENO, "stdin");
    }
    for (unsigned i = 0; i < count; i++)
        if (scenarios[i])
            vfsim_scenario_inputs(scenarios[i], add_path, files);
    files->output = true;
    add_stream(files, STDOUT_FILENO, "stdout");
    add_stream(files, STDERR_FILENO, "stderr");
    each_option(args, add_path, files);
    for (unsigned i = 0; i < count; i++)
        if (scenarios[i])
            vfsim_scenario_outputs(scenarios[i], add_path, files);
}

/* False after a message. */
static bool is_apart(const struct file *output, const struct file *other)
{
    bool both_streams = output->is_stream && other->is_stream && other->is_output; /* 2>&1 is everybody's right */
    if (both_streams || !is_same(output, other))
        return true;
    if (other->is_output && !strcmp(other->what, output->what))
        vfsim_complain("%s would write %s for more than one scenario: run them one at a time", output->what, output->path);
    else if (other->is_output)
        vfsim_complain("%s and %s would both write %s", other->what, output->what, output->path);
    else if (output->is_stream)
        vfsim_complain("%s goes to %s, which is an input", output->what, other->path);
    else
        vfsim_complain("%s would write over %s, which is %s%s%s", output->what, output->path, other->what,
                       strcmp(output->path, other->path) && !other->is_stream ? ": " : "",
                       strcmp(output->path, other->path) && !other->is_stream ? other->path : "");
    return false;
}

/* Captures are opened when the world is built, and their folder is made then. */
static void try_output(void *to, const char *path, const char *what)
{
    bool *writable = to;
    int err = *writable && strcmp(what, "--pcap") ? vfsim_file_try(path) : 0;
    if (err)
        vfsim_complain("%s can't be written: %s: %s: nothing is run", what, path, vfsim_why(-err));
    *writable &= !err;
}

static bool can_be_written(const struct vfsim_args *args, struct vfsim_scenario *const *scenarios, unsigned count)
{
    bool writable = true;
    each_option(args, try_output, &writable);
    for (unsigned i = 0; i < count; i++)
        if (scenarios[i])
            vfsim_scenario_outputs(scenarios[i], try_output, &writable);
    return writable;
}

bool vfsim_outputs_are_fit(const struct vfsim_args *args, struct vfsim_scenario *const *scenarios, unsigned count)
{
    struct files files = {0};
    bool apart = true;
    collect(&files, args, scenarios, count);
    for (unsigned i = 0; apart && i < files.count; i++)
        for (unsigned k = 0; apart && files.file[i].is_output && k < files.count; k++)
            if (k < i || !files.file[k].is_output)
                apart = is_apart(&files.file[i], &files.file[k]);
    for (unsigned i = 0; i < files.count; i++) {
        free(files.file[i].path);
        free(files.file[i].what);
        free(files.file[i].place);
    }
    free(files.file);
    return apart && can_be_written(args, scenarios, count);
}
