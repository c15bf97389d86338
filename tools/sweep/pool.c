/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sweep/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "results/result.h"
#include "sweep/folder.h"

static const char who[] = "the sweep";

struct job {
    pid_t pid; /* 0: free */
    unsigned run;
    char *path; /* of the result */
};

struct progress {
    bool is_terminal, has_line;
    bool is_told; /* by another process: the first of a job */
    time_t begin, shown;
    unsigned total, kept; /* runs; those that had a result before, as this process met them */
};

unsigned pool_processors(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);
    return count > 0 ? (unsigned)count : 1;
}

char *pool_path(const struct pool *pool, unsigned run)
{
    char *place = grid_place(pool->grid, run), *path = vfsim_print(who, "%s/%s", pool->runs, place);
    free(place);
    return path;
}

bool pool_has(const struct pool *pool, unsigned run)
{
    char *path = pool_path(pool, run);
    json_t *result = access(path, R_OK) ? NULL : json_load_file(path, 0, NULL);
    const char *verdict = json_string_value(json_object_get(result, "verdict"));
    bool has = verdict && (!strcmp(verdict, "PASS") || !strcmp(verdict, "FAIL"));
    json_decref(result);
    free(path);
    return has;
}

/* ---- progress ---- */

static time_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

enum { QUIET_S = 10 }; /* between two lines of a log */

static void show(const struct pool *pool, struct progress *p, bool is_last)
{
    time_t t = now(), past = t - p->begin;
    char rest[64] = "";
    if (p->is_told || (!p->is_terminal && !is_last && t - p->shown < QUIET_S))
        return;
    unsigned done = pool->spread->add(SPREAD_DONE, 0), failed = pool->spread->add(SPREAD_FAILED, 0), left = p->total - done;
    p->shown = t;
    if (done > p->kept && left) {
        unsigned long long s = (unsigned long long)past * left / (done - p->kept);
        snprintf(rest, sizeof(rest), ", about %llu:%02llu:%02llu left", s / 3600, s / 60 % 60, s % 60);
    }
    fprintf(stderr, "%s%u of %u runs, %u failed%s%s", p->is_terminal ? "\r\033[K" : "", done, p->total, failed, rest,
            p->is_terminal && !is_last ? "" : "\n");
    fflush(stderr);
    p->has_line = p->is_terminal && !is_last;
}

/* ---- a process ---- */

enum { WORDS_MAX = 32 + 2 * (VFSIM_VARS_MAX + VFSIM_CHIPS_MAX) };

struct words {
    char *word[WORDS_MAX];
    unsigned count;
};

static void add(struct words *words, const char *word) { words->word[words->count++] = vfsim_copy(who, word); }

static void add_option(struct words *words, const char *option, const char *value)
{
    if (!value)
        return;
    add(words, option);
    add(words, value);
}

static void make_words(struct words *words, const struct pool *pool, unsigned run, const char *result)
{
    struct vfsim_variable set[GRID_AXES_MAX];
    const char *seed;
    unsigned count = grid_settings(pool->grid, run, set, &seed);
    *words = (struct words){0};
    add(words, "vfsim");
    add(words, "run");
    add(words, pool->args->operands[0]);
    words->word[words->count++] = vfsim_print(who, "--json=%s", result);
    for (unsigned i = 0; i < count; i++) {
        add(words, "--set");
        words->word[words->count++] = vfsim_print(who, "%s=%s", set[i].name, set[i].value);
    }
    add_option(words, "--seed", seed);
    add_option(words, "--guest-image", pool->args->guest_image);
    add_option(words, "--plugins", pool->args->plugin_store);
    for (unsigned i = 0; i < pool->args->chip_count; i++)
        add_option(words, "--chip", pool->args->chips[i]);
    if (pool->args->strict_captures)
        add(words, "--strict-captures");
}

static void free_words(struct words *words)
{
    for (unsigned i = 0; i < words->count; i++)
        free(words->word[i]);
}

static void put(int to, const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0666);
    if (fd < 0 || dup2(fd, to) < 0)
        _exit(EXIT_USER);
}

static void become(const struct words *words, const char *errors, pid_t parent, const sigset_t *mask)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(EXIT_USER);
    put(STDIN_FILENO, "/dev/null", O_RDONLY);
    put(STDOUT_FILENO, "/dev/null", O_WRONLY);
    put(STDERR_FILENO, errors, O_WRONLY | O_CREAT | O_TRUNC);
    sigprocmask(SIG_SETMASK, mask, NULL);
    execv("/proc/self/exe", words->word);
    _exit(EXIT_USER);
}

/* Of this process alone: another sweep may be at work in the folder, and whoever is last has the same result. */
static char *part_of(const char *path) { return vfsim_print(who, "%s.%ld.part", path, (long)getpid()); }
static char *errors_of(const char *path) { return vfsim_print(who, "%s.%ld.err", path, (long)getpid()); }

static bool start(struct pool *pool, struct job *job, unsigned run, const sigset_t *mask)
{
    struct words words;
    pid_t parent = getpid();
    *job = (struct job){.run = run, .path = pool_path(pool, run)};
    if (!folder_make_for(job->path)) {
        free(job->path);
        return false;
    }
    char *part = part_of(job->path), *errors = errors_of(job->path);
    make_words(&words, pool, run, part);
    fflush(NULL);
    job->pid = fork();
    if (!job->pid)
        become(&words, errors, parent, mask);
    if (job->pid < 0) {
        vfsim_complain("a process can't be started: %s", vfsim_why(errno));
        job->pid = 0;
        free(job->path);
    }
    free_words(&words);
    free(part);
    free(errors);
    return job->pid > 0;
}

/* What it said, for who looks into the folder; nothing stays of one that had nothing to say. */
static void tidy(const char *path)
{
    struct stat st;
    char *errors = errors_of(path);
    if (!stat(errors, &st) && !st.st_size)
        unlink(errors);
    free(errors);
}

/* Its result counts unless it was broken off. */
static void finish(struct pool *pool, struct job *job, int status, struct progress *p)
{
    char *part = part_of(job->path);
    bool is_whole = WIFEXITED(status) && WEXITSTATUS(status) < EXIT_SIGNAL;
    if (is_whole && !rename(part, job->path)) {
        pool->is_ours[job->run] = true;
        pool->spread->add(SPREAD_DONE, 1);
        pool->spread->add(SPREAD_FAILED, WEXITSTATUS(status) != EXIT_PASS);
    } else {
        unlink(part);
        if (!pool->signal) {
            char *name = grid_name(pool->grid, job->run);
            vfsim_complain("%s%s: the run left no result (%s %d); %s.%ld.err has what it said", p->has_line ? "\n" : "", name,
                           WIFSIGNALED(status) ? "signal" : "exit status",
                           WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), job->path, (long)getpid());
            pool->code = EXIT_OURS;
            free(name);
        }
    }
    tidy(job->path);
    free(part);
    free(job->path);
    job->pid = 0;
}

static void reap(struct pool *pool, struct job *jobs, unsigned *running, struct progress *p)
{
    int status;
    for (unsigned i = 0; i < pool->jobs; i++)
        if (jobs[i].pid && waitpid(jobs[i].pid, &status, WNOHANG) == jobs[i].pid) {
            finish(pool, &jobs[i], status, p);
            --*running;
        }
}

static void stop(struct pool *pool, struct job *jobs, unsigned *running, struct progress *p)
{
    int status;
    for (unsigned i = 0; i < pool->jobs; i++)
        if (jobs[i].pid) {
            kill(jobs[i].pid, SIGKILL);
            waitpid(jobs[i].pid, &status, 0);
            finish(pool, &jobs[i], status, p);
            --*running;
        }
}

static struct job *free_job(struct pool *pool, struct job *jobs)
{
    for (unsigned i = 0; i < pool->jobs; i++)
        if (!jobs[i].pid)
            return &jobs[i];
    return NULL;
}

/* ---- all of them ---- */

/* The next run that nobody has and that has no result. False: there is none any more. */
static bool take(struct pool *pool, unsigned first, unsigned end, struct progress *p, unsigned *run)
{
    while ((*run = first + pool->spread->add(SPREAD_NEXT, 1)) < end) {
        if (!pool_has(pool, *run))
            return true;
        pool->is_ours[*run] = true;
        pool->spread->add(SPREAD_DONE, 1);
        p->kept++;
    }
    return false;
}

static void each(struct pool *pool, struct job *jobs, unsigned first, unsigned end, const sigset_t *child, const sigset_t *mask,
                 struct progress *p)
{
    static const struct timespec wait = {.tv_nsec = 200 * 1000 * 1000};
    unsigned running = 0, run;
    bool is_over = false;
    while (!(pool->signal = vfsim_interrupted(&pool->code))) {
        struct job *job = is_over ? NULL : free_job(pool, jobs);
        is_over = is_over || (job && !take(pool, first, end, p, &run));
        if (job && !is_over) {
            if (!start(pool, job, run, mask)) {
                pool->code = EXIT_USER;
                break;
            }
            running++;
            continue;
        }
        if (!running)
            break;
        sigtimedwait(child, NULL, &wait);
        reap(pool, jobs, &running, p);
        show(pool, p, false);
    }
    stop(pool, jobs, &running, p);
}

void pool_run(struct pool *pool, unsigned first, unsigned end)
{
    struct progress p = {.is_terminal = vfsim_stderr_is_terminal(), .begin = now(), .shown = now(), .total = end - first};
    struct job *jobs = vfsim_zero(who, pool->jobs, sizeof(*jobs));
    sigset_t child, before;
    p.is_told = pool->spread->rank > 0;
    pool->is_ours = vfsim_zero(who, pool->grid->runs, sizeof(*pool->is_ours));
    pool->code = EXIT_PASS;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, &before);
    vfsim_signals_playing(true);
    each(pool, jobs, first, end, &child, &before, &p);
    vfsim_signals_playing(false);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (pool->spread->size == 1)
        show(pool, &p, true);
    free(jobs);
}

/* ---- results from elsewhere ---- */

static bool lacks(void *of, unsigned run) { return !pool_has(of, run); }

static char *get(void *of, unsigned run, size_t *len)
{
    struct pool *pool = of;
    char *path = pool->is_ours[run] ? pool_path(pool, run) : NULL, *text = NULL;
    FILE *file = path ? fopen(path, "re") : NULL;
    char piece[65536];
    size_t got;
    while (file && (got = fread(piece, 1, sizeof(piece), file))) {
        text = vfsim_grow(who, text, *len + got);
        memcpy(text + *len, piece, got);
        *len += got;
    }
    if (file)
        fclose(file);
    free(path);
    return text;
}

static void put_result(void *of, unsigned run, const char *text, size_t len)
{
    struct pool *pool = of;
    char *path = pool_path(pool, run);
    if (!folder_make_for(path) || vfsim_file_written(path, vfsim_file_write(path, text, len)))
        pool->code = EXIT_USER;
    free(path);
}

void pool_gather(struct pool *pool) { pool->spread->gather(pool->grid->runs, lacks, get, put_result, pool); }

void pool_free(struct pool *pool) { free(pool->is_ours); }
