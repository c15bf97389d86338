/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vfsim_results.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* of a document */
struct part {
    char *text;
    size_t len;
};

/* of one given file */
struct result {
    struct part json, junit;
    struct vfsim_totals totals;
    struct vfsim_report *report; /* for the page; NULL: it was not come to */
};

struct mistake {
    unsigned line, col;
    char *text;
};

/* a file that is written when the process ends by force */
struct target {
    char *path, *temporary; /* temporary NULL: no regular file, written as it is; both: there is none */
};

struct vfsim_results {
    const struct vfsim_args *args;
    struct result *result;
    unsigned count, at;     /* files, and how many were started */
    struct part head;       /* of the JUnit file as it would be now */
    struct target json, junit;
    struct mistake *mistakes; /* of the file under way */
    unsigned mistake_count;
    struct timespec begin;
};

static struct vfsim_results *begun; /* for the last words of a process */

static const char *name_of(const char *operand) { return strcmp(operand, "-") ? operand : "stdin"; }

static uint64_t ms_since(const struct timespec *then)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)(now.tv_sec - then->tv_sec) * 1000 + (uint64_t)(now.tv_nsec / 1000000) - (uint64_t)(then->tv_nsec / 1000000);
}

/* ---- a file's part ---- */

/* A handler may look at any time: the new one is whole before the old one goes. */
static void replace(struct part *part, struct part made)
{
    char *old = part->text;
    *part = made;
    free(old);
}

static void set_json(struct result *result, const struct vfsim_report *report)
{
    struct part made;
    made.text = vfsim_report_text(report, VFSIM_JSON, 0, 0, &made.len);
    replace(&result->json, made);
}

static void set_junit(struct vfsim_results *results, struct result *result, const struct vfsim_report *report)
{
    struct vfsim_totals totals = {0};
    struct part made;
    made.text = vfsim_report_text(report, VFSIM_JUNIT_SUITE, 0, 0, &made.len);
    replace(&result->junit, made);
    result->totals = (struct vfsim_totals){0};
    vfsim_report_count(report, &result->totals);

    for (unsigned i = 0; i < results->count; i++) {
        const struct vfsim_totals *one = &results->result[i].totals;
        totals.tests += one->tests;
        totals.failures += one->failures;
        totals.errors += one->errors;
        totals.skipped += one->skipped;
        totals.milliseconds += one->milliseconds;
    }
    made.text = vfsim_junit_head(&totals, &made.len);
    replace(&results->head, made);
}

static void set_none(struct vfsim_results *results, unsigned i, const char *text)
{
    struct vfsim_report *report = vfsim_failure_report(name_of(results->args->operands[i]), "", NULL);
    vfsim_report_add_error(report, 0, 0, text);
    if (results->args->json)
        set_json(&results->result[i], report);
    if (results->args->junit)
        set_junit(results, &results->result[i], report);
    vfsim_report_free(report);
}

/* ---- the course of things ---- */

/* An error comes again when the file is written. */
static struct target target_of(const char *path)
{
    struct stat st;
    bool as_it_is = !stat(path, &st) && !S_ISREG(st.st_mode);
    struct target target = {.path = as_it_is ? vfsim_copy("the results", path) : vfsim_file_place(path)};
    if (target.path && !as_it_is)
        target.temporary = vfsim_print("the results", "%s.tmp.%ld", target.path, (long)getpid());
    return target;
}

static void forget(struct target *target)
{
    free(target->path);
    free(target->temporary);
}

struct vfsim_results *vfsim_results_begin(const struct vfsim_args *args)
{
    struct vfsim_results *results = vfsim_zero("the results", 1, sizeof(*results));
    results->args = args;
    results->count = args->operand_count;
    results->result = vfsim_zero("the results", results->count + 1, sizeof(*results->result));
    for (unsigned i = 0; i < results->count; i++)
        set_none(results, i, "not run: vfsim ended before");
    if (args->junit)
        results->junit = target_of(args->junit);
    if (args->json && *args->json)
        results->json = target_of(args->json);
    begun = results;
    return results;
}

void vfsim_results_start(struct vfsim_results *results)
{
    set_none(results, results->at++, "vfsim ended in the middle of it, as stderr says");
    clock_gettime(CLOCK_MONOTONIC, &results->begin);
}

void vfsim_results_error(struct vfsim_results *results, unsigned line, unsigned col, const char *text)
{
    results->mistakes = vfsim_grow("the results", results->mistakes, (results->mistake_count + 1) * sizeof(*results->mistakes));
    results->mistakes[results->mistake_count++] = (struct mistake){line, col, vfsim_copy("the results", text)};
}

void vfsim_results_finish(struct vfsim_results *results, struct vfsim_report *report, const char *title)
{
    struct result *result = &results->result[results->at - 1];
    if (!report)
        report = vfsim_failure_report(name_of(results->args->operands[results->at - 1]), title, NULL);
    for (unsigned i = 0; i < results->mistake_count; i++) {
        vfsim_report_add_error(report, results->mistakes[i].line, results->mistakes[i].col, results->mistakes[i].text);
        free(results->mistakes[i].text);
    }
    results->mistake_count = 0;
    vfsim_report_set_duration(report, ms_since(&results->begin));
    if (results->args->junit)
        set_junit(results, result, report);
    if (results->args->json)
        set_json(result, report);
    if (results->args->html)
        result->report = report;
    else
        vfsim_report_free(report);
}

/* ---- writing ---- */

/* The pieces of a document in order: `text` NULL past the end. */
static struct part json_piece(const struct vfsim_results *results, unsigned i)
{
    static const char *const between[] = {"[\n", ",\n", "]\n"};
    bool list = results->count > 1, last = i == 2 * results->count;
    if (i > 2 * results->count)
        return (struct part){0};
    if (i % 2)
        return results->result[i / 2].json;
    const char *text = !list ? "" : between[i == 0 ? 0 : last ? 2 : 1];
    return (struct part){(char *)text, strlen(text)};
}

static struct part junit_piece(const struct vfsim_results *results, unsigned i)
{
    static char tail[] = "</testsuites>\n";
    return i == 0                    ? results->head
           : i <= results->count     ? results->result[i - 1].junit
           : i == results->count + 1 ? (struct part){tail, sizeof(tail) - 1}
                                     : (struct part){0};
}

typedef struct part (*piece_fn)(const struct vfsim_results *results, unsigned i);

static void put_pieces(const struct vfsim_results *results, piece_fn piece, FILE *out)
{
    struct part part;
    for (unsigned i = 0; (part = piece(results, i)).text; i++)
        fwrite(part.text, 1, part.len, out);
}

static int write_file(const struct vfsim_results *results, piece_fn piece, const char *path)
{
    struct part part, all = {0};
    for (unsigned i = 0; (part = piece(results, i)).text; i++) {
        all.text = vfsim_grow("the results", all.text, all.len + part.len);
        memcpy(all.text + all.len, part.text, part.len);
        all.len += part.len;
    }
    int err = vfsim_file_write(path, all.text, all.len);
    free(all.text);
    return vfsim_file_written(path, err);
}

static int write_json(const struct vfsim_results *results)
{
    if (*results->args->json)
        return write_file(results, json_piece, results->args->json);
    errno = 0;
    put_pieces(results, json_piece, stdout);
    return vfsim_stdout_flush();
}

static int write_page(const struct vfsim_results *results)
{
    struct vfsim_report **reports = vfsim_zero("the page", results->count + 1, sizeof(struct vfsim_report *));
    unsigned count = 0;
    size_t len;
    for (unsigned i = 0; i < results->count; i++)
        if (results->result[i].report)
            reports[count++] = results->result[i].report;
    char *page = vfsim_reports_text(reports, count, VFSIM_HTML, &len);
    int err = vfsim_file_write(results->args->html, page, len);
    vfsim_free(page);
    free(reports);
    return vfsim_file_written(results->args->html, err);
}

int vfsim_results_end(struct vfsim_results *results)
{
    const struct vfsim_args *args = results->args;
    int code = args->json ? write_json(results) : EXIT_PASS;
    if (args->html && write_page(results))
        code = EXIT_USER;
    if (args->junit && write_file(results, junit_piece, args->junit))
        code = EXIT_USER;
    vfsim_results_drop(results);
    return code;
}

void vfsim_results_drop(struct vfsim_results *results)
{
    begun = NULL;
    for (unsigned i = 0; i < results->count; i++) {
        free(results->result[i].json.text);
        free(results->result[i].junit.text);
        vfsim_report_free(results->result[i].report);
    }
    forget(&results->junit);
    forget(&results->json);
    free(results->result);
    free(results->head.text);
    free(results->mistakes);
    free(results);
}

/* ---- in a handler: no stream, no memory ---- */

static bool write_all(int fd, struct part part)
{
    while (part.len) {
        ssize_t done = write(fd, part.text, part.len);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        part.text += done;
        part.len -= (size_t)done;
    }
    return true;
}

static bool write_pieces(const struct vfsim_results *results, piece_fn piece, int fd)
{
    struct part part;
    bool good = true;
    for (unsigned i = 0; good && (part = piece(results, i)).text; i++)
        good = write_all(fd, part);
    return good;
}

static void last_file(const struct vfsim_results *results, piece_fn piece, const struct target *to)
{
    const char *path = to->temporary ? to->temporary : to->path;
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;
    if (fd < 0)
        return;
    bool good = write_pieces(results, piece, fd) && !close(fd);
    if (to->temporary && (!good || rename(path, to->path)))
        unlink(path);
}

void vfsim_results_last_words(void)
{
    const struct vfsim_results *results = begun;
    begun = NULL;
    if (!results)
        return;
    if (results->args->json && !*results->args->json)
        write_pieces(results, json_piece, STDOUT_FILENO);
    last_file(results, json_piece, &results->json);
    last_file(results, junit_piece, &results->junit);
}
