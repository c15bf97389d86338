/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linked into vfsim, this denies it what it asks the C library and the system for: memory, files, signals, timers. At each
 * call stack that asks for the first time the process forks; the child is told no and goes on with what it makes of that, alone:
 * its memory, its files and its output are its own. The parent looks how the child ends, is given what it asked for, and goes on.
 *
 * Right is a child that ends with status 2 and a reason, having taken away every temporary file that was there, or one
 * that did without and ends as the parent does, byte for byte on stdout. Whatever is not right is told on stderr with its
 * stack, and ends the parent with status 9. Otherwise its status and stdout are vfsim's; stderr says how much was denied.
 *
 * DENY_VERBOSE tells of each denial. DENY_SEEN names a file of the stacks that were denied already, in other runs; it is read
 * and written.
 */
#include "deny.h"

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DEPTH = 16, OWN_FRAMES = 2, SEEN_MAX = 1 << 16, OBJECTS_MAX = 32, PENDING_MAX = 4096, CHILD_SECONDS = 300 };

static uint64_t seen[SEEN_MAX]; /* open addressing; 0: free */
static struct {
    uintptr_t from, to;
} objects[OBJECTS_MAX];
static unsigned object_count;
static struct {
    uint64_t out; /* of stdout */
    unsigned number;
    bool went_on; /* as against: status 2, but it had passed by then */
} pending[PENDING_MAX];
static unsigned denied_count, pending_count, wrong_count, stack_count;
static int real_out = -1, real_err = -1, own_out = -1, own_err = -1;
static bool armed, inside;
bool deny_is_child;

/* ---- which stack ---- */

static int add_object(struct dl_phdr_info *object, size_t size, void *data)
{
    (void)size;
    (void)data;
    for (unsigned i = 0; i < object->dlpi_phnum && object_count < OBJECTS_MAX; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        if (part->p_type == PT_LOAD && part->p_flags & PF_X) {
            objects[object_count].from = object->dlpi_addr + part->p_vaddr;
            objects[object_count++].to = object->dlpi_addr + part->p_vaddr + part->p_memsz;
        }
    }
    return 0;
}

/* The same number for the same place in every process. */
static uint64_t place_of(const void *pc)
{
    uintptr_t at = (uintptr_t)pc;
    for (unsigned i = 0; i < object_count; i++)
        if (at >= objects[i].from && at < objects[i].to)
            return (uint64_t)(i + 1) << 40 | (at - objects[i].from);
    return 0;
}

/* False: this one was there before. */
static bool is_new(const char *call, void **pc, int depth)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (const char *c = call; *c; c++)
        hash = (hash ^ (uint8_t)*c) * UINT64_C(0x100000001b3);
    for (int i = OWN_FRAMES; i < depth; i++)
        hash = (hash ^ place_of(pc[i])) * UINT64_C(0x100000001b3) ^ hash >> 29;
    hash |= 1;
    for (unsigned i = hash % SEEN_MAX;; i = (i + 1) % SEEN_MAX) {
        if (seen[i] == hash)
            return false;
        if (seen[i])
            continue;
        if (++stack_count > SEEN_MAX / 2)
            abort();
        seen[i] = hash;
        return true;
    }
}

/* ---- the child's own world ---- */

static int copy_of(int fd, const char *name)
{
    int copy = memfd_create(name, 0);
    char buf[65536];
    ssize_t got;
    for (off_t at = 0; (got = pread(fd, buf, sizeof(buf), at)) > 0; at += got)
        if (write(copy, buf, (size_t)got) != got)
            abort();
    return copy;
}

/* What is being read has a place of its own; what is being written is a copy. The parent's stay as they are. */
static void own_file(int fd)
{
    char path[64];
    int flags = fcntl(fd, F_GETFL);
    off_t at = lseek(fd, 0, SEEK_CUR);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (flags < 0 || at < 0 || deny_is_memory(fd))
        return;
    int again = open(path, O_RDONLY);
    if (again >= 0 && (flags & O_ACCMODE) != O_RDONLY) {
        int copy = copy_of(again, "child's");
        close(again);
        again = copy;
    }
    if (again < 0)
        return;
    lseek(again, at, SEEK_SET);
    dup2(again, fd);
    close(again);
}

static void own_files(int out, int err)
{
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    deny_own_memory();
    for (int fd = 3; fd < DENY_FILES_MAX; fd++)
        own_file(fd);
}

/* ---- the parent looks ---- */

static char *text_of(int fd, size_t *len)
{
    off_t size = lseek(fd, 0, SEEK_END);
    char *text = mmap(NULL, (size_t)size + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *len = (size_t)size;
    if (text == MAP_FAILED || pread(fd, text, (size_t)size, 0) != size)
        abort();
    return text;
}

static uint64_t fnv(const char *text, size_t len)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (uint8_t)text[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static void complain(const char *call, const char *why, int status, const char *said, void **pc, int depth)
{
    wrong_count++;
    dprintf(real_err, "deny: %s() was denied (number %u), and vfsim %s; its status was 0x%x and it said:\n%s\n", call, denied_count,
            why, (unsigned)status, said);
    backtrace_symbols_fd(pc + OWN_FRAMES, depth - OWN_FRAMES, real_err);
}

static const char *judge(int status, const char *said, const char *out, const char *reason)
{
    if (strstr(said, "AddressSanitizer") || strstr(said, "runtime error:"))
        return "was caught by a sanitizer";
    if (strstr(said, "mistake in vfsim"))
        return "called it a mistake of its own";
    if (!WIFEXITED(status) || WEXITSTATUS(status) > 2)
        return "ended badly";
    if (WEXITSTATUS(status) < 2)
        return NULL; /* its output will tell */
    if (!strstr(said, "out of memory") && !strstr(said, reason))
        return "did not say why it ended";
    if (deny_scratch_left())
        return "left a temporary file behind";
    return NULL;
}

static void look(pid_t child, const char *call, int err, int out_fd, int err_fd, void **pc, int depth)
{
    int status;
    size_t out_len, err_len;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            abort();
    char *out = text_of(out_fd, &out_len), *said = text_of(err_fd, &err_len);
    const char *why = judge(status, said, out, err == ENOMEM ? "out of memory" : strerror(err));
    bool verdict = strstr(out, "verdict: PASS") || strstr(out, "\"verdict\": \"PASS\"");
    bool went_on = WIFEXITED(status) && WEXITSTATUS(status) < 2;
    if (why) {
        complain(call, why, status, said, pc, depth);
    } else if (went_on || (verdict && err == ENOMEM)) { /* a capture that can't be put in place leaves the run as it was */
        if (pending_count == PENDING_MAX)
            abort();
        pending[pending_count].number = denied_count;
        pending[pending_count].went_on = went_on;
        pending[pending_count++].out = fnv(out, out_len);
    }
    if (getenv("DENY_VERBOSE")) {
        dprintf(real_err, "%u %s: status %x, %s\n", denied_count, call, (unsigned)status, went_on ? "did without:" : said);
        if (went_on)
            backtrace_symbols_fd(pc + OWN_FRAMES, depth - OWN_FRAMES, real_err);
    }
    munmap(out, out_len + 1);
    munmap(said, err_len + 1);
    close(out_fd);
    close(err_fd);
}

bool deny(const char *call, int err)
{
    void *pc[DEPTH];
    if (!armed || inside || deny_is_child)
        return false;
    inside = true;
    int kept = errno, depth = backtrace(pc, DEPTH);
    bool denied = false;
    if (depth > OWN_FRAMES && is_new(call, pc, depth)) {
        denied_count++;
        int out = copy_of(STDOUT_FILENO, "child's stdout"), said = copy_of(STDERR_FILENO, "child's stderr");
        deny_scratch_begin();
        pid_t child = fork();
        if (child < 0)
            abort();
        if (child == 0) {
            deny_is_child = denied = true;
            own_files(out, said);
            alarm(CHILD_SECONDS);
        } else {
            look(child, call, err, out, said, pc, depth);
        }
    }
    inside = false;
    errno = denied ? err : kept;
    return denied;
}

/* ---- beginning and end ---- */

__attribute__((constructor)) static void begin(void)
{
    const char *file = getenv("DENY_SEEN");
    void *pc[DEPTH];
    backtrace(pc, DEPTH); /* loads what it needs */
    dl_iterate_phdr(add_object, NULL);
    int fd = file ? open(file, O_RDONLY) : -1;
    if (fd >= 0 && read(fd, seen, sizeof(seen)) != (ssize_t)sizeof(seen))
        abort();
    close(fd);
    for (unsigned i = 0; i < SEEN_MAX; i++)
        stack_count += seen[i] != 0;
    real_out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 300);
    real_err = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 300);
    own_out = memfd_create("stdout", 0);
    own_err = memfd_create("stderr", 0);
    dup2(own_out, STDOUT_FILENO);
    dup2(own_err, STDERR_FILENO);
    close(own_out);
    close(own_err);
    armed = real_out >= 0 && real_err >= 0;
    if (!armed)
        abort();
}

/* After everything else that runs at the end: stdio has been flushed by vfsim itself. */
__attribute__((destructor)) static void end(void)
{
    size_t out_len, err_len;
    const char *file = getenv("DENY_SEEN");
    if (deny_is_child || !armed)
        return;
    armed = false;
    fflush(stdout);
    fflush(stderr);
    char *out = text_of(STDOUT_FILENO, &out_len), *said = text_of(STDERR_FILENO, &err_len);
    uint64_t right = fnv(out, out_len);
    unsigned went_on = 0;
    for (unsigned i = 0; i < pending_count; i++) {
        went_on += pending[i].went_on;
        if (pending[i].out != right) {
            wrong_count++;
            dprintf(real_err, "deny: number %u %s\n", pending[i].number,
                    pending[i].went_on ? "did without, and said something else than vfsim does" : "failed, and passed");
        }
    }
    struct rusage own, children;
    getrusage(RUSAGE_SELF, &own);
    getrusage(RUSAGE_CHILDREN, &children);
    if (write(real_out, out, out_len) < 0 || write(real_err, said, err_len) < 0)
        _exit(9);
    dprintf(real_err, "deny: %u denied, %u did without, %u wrong; %ld s of CPU\n", denied_count, went_on, wrong_count,
            (long)(own.ru_utime.tv_sec + own.ru_stime.tv_sec + children.ru_utime.tv_sec + children.ru_stime.tv_sec));
    int fd = file ? open(file, O_WRONLY | O_CREAT | O_TRUNC, 0666) : -1;
    if (fd >= 0 && write(fd, seen, sizeof(seen)) != (ssize_t)sizeof(seen))
        _exit(9);
    if (wrong_count)
        _exit(9);
}
