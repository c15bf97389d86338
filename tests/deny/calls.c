/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The calls that are denied. Memory is asked for under the C library's own names, so that the libraries' requests come by, too;
 * the others are vfsim's own, which the linker leads here (--wrap).
 */
#include "deny.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

/* ---- memory ---- */

void *__interceptor_malloc(size_t) __attribute__((weak)); /* AddressSanitizer's */
void *__interceptor_calloc(size_t, size_t) __attribute__((weak));
void *__interceptor_realloc(void *, size_t) __attribute__((weak));
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);

void *malloc(size_t bytes)
{
    if (deny("malloc", ENOMEM))
        return NULL;
    return __interceptor_malloc ? __interceptor_malloc(bytes) : __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    if (deny("calloc", ENOMEM))
        return NULL;
    return __interceptor_calloc ? __interceptor_calloc(count, bytes) : __libc_calloc(count, bytes);
}

void *realloc(void *old, size_t bytes)
{
    if (deny("realloc", ENOMEM))
        return NULL;
    return __interceptor_realloc ? __interceptor_realloc(old, bytes) : __libc_realloc(old, bytes);
}

void *reallocarray(void *old, size_t count, size_t bytes)
{
    if (bytes && count > SIZE_MAX / bytes) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(old, count * bytes);
}

char *strndup(const char *text, size_t max)
{
    size_t len = strnlen(text, max);
    char *copy = malloc(len + 1);
    if (!copy)
        return NULL;
    memcpy(copy, text, len);
    copy[len] = 0;
    return copy;
}

char *strdup(const char *text) { return strndup(text, SIZE_MAX); }
char *__strdup(const char *text);
char *__strdup(const char *text) { return strdup(text); }

const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "detect_leaks=0:allocator_may_return_null=1:quarantine_size_mb=16"; }

/* ---- files of memory: a child that goes on must not write into its parent's ---- */

enum { MAPPINGS_MAX = 512 };
static struct mapping {
    void *at;
    size_t len;
    int fd, prot;
    off_t offset;
} mappings[MAPPINGS_MAX]; /* fd -1: free */
static unsigned mapping_count;

static void forget(const void *at, size_t len)
{
    for (unsigned i = 0; i < mapping_count;)
        if ((const char *)mappings[i].at >= (const char *)at && (const char *)mappings[i].at < (const char *)at + len)
            mappings[i] = mappings[--mapping_count];
        else
            i++;
}

static void remember(struct mapping m)
{
    forget(m.at, m.len);
    if (mapping_count == MAPPINGS_MAX)
        abort();
    mappings[mapping_count++] = m;
}

static void copy_data(int from, int to)
{
    static char buf[65536];
    for (off_t at = 0; (at = lseek(from, at, SEEK_DATA)) >= 0;) {
        off_t end = lseek(from, at, SEEK_HOLE);
        while (at < end) {
            ssize_t got = pread(from, buf, end - at < (off_t)sizeof(buf) ? (size_t)(end - at) : sizeof(buf), at);
            if (got <= 0 || pwrite(to, buf, (size_t)got, at) != got)
                abort();
            at += got;
        }
    }
}

void *__real_mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset);

bool deny_is_memory(int fd)
{
    char path[64], name[8] = "";
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return readlink(path, name, sizeof(name) - 1) > 0 && !strcmp(name, "/memfd:");
}

void deny_own_memory(void)
{
    for (int fd = 3; fd < DENY_FILES_MAX; fd++) { /* mapped or not yet */
        struct stat st;
        if (!deny_is_memory(fd))
            continue;
        int fresh = memfd_create("child's", MFD_CLOEXEC);
        if (fresh < 0 || fstat(fd, &st) || ftruncate(fresh, st.st_size))
            abort();
        copy_data(fd, fresh);
        dup3(fresh, fd, O_CLOEXEC);
        close(fresh);
    }
    for (unsigned i = 0; i < mapping_count; i++) {
        struct mapping *m = &mappings[i];
        if (__real_mmap(m->at, m->len, m->prot, MAP_SHARED | MAP_FIXED, m->fd, m->offset) == MAP_FAILED)
            abort();
    }
}

/* ---- temporary files: a child may say that it takes away its parent's, and does not ---- */

enum { SCRATCH_MAX = 256, NAME_LEN = 512 };
static struct {
    char name[NAME_LEN];
} scratch[SCRATCH_MAX];
static unsigned scratch_count;
static volatile bool *taken; /* shared with the child */

static void scratch_made(const char *name)
{
    if (deny_is_child || scratch_count == SCRATCH_MAX)
        return;
    snprintf(scratch[scratch_count++].name, NAME_LEN, "%s", name);
}

static int scratch_find(const char *name)
{
    for (unsigned i = 0; i < scratch_count; i++)
        if (!strcmp(scratch[i].name, name))
            return (int)i;
    return -1;
}

static void scratch_gone(const char *name)
{
    int i = scratch_find(name);
    if (i >= 0)
        scratch[i] = scratch[--scratch_count];
}

void deny_scratch_begin(void)
{
    if (!taken)
        taken = mmap(NULL, SCRATCH_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    memset((void *)taken, 0, SCRATCH_MAX);
}

bool deny_scratch_left(void)
{
    for (unsigned i = 0; i < scratch_count; i++)
        if (!taken[i] && strstr(scratch[i].name, "/dev/") != scratch[i].name)
            return true;
    return false;
}

int __real_unlink(const char *name);
int __wrap_unlink(const char *name);
int __wrap_unlink(const char *name)
{
    int i = scratch_find(name);
    if (deny_is_child && i >= 0) {
        taken[i] = true;
        return 0;
    }
    if (!deny_is_child)
        scratch_gone(name);
    return __real_unlink(name);
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to)
{
    if (deny("rename", EXDEV))
        return -1;
    if (deny_is_child)
        return __wrap_unlink(from);
    scratch_gone(from);
    return __real_rename(from, to);
}

/* ---- the system ---- */

#define WRAP(ret, name, parameters, arguments, no, err) \
    ret __real_##name parameters;                       \
    ret __wrap_##name parameters;                       \
    ret __wrap_##name parameters { return deny(#name, err) ? (no) : __real_##name arguments; }

WRAP(int, memfd_create, (const char *name, unsigned flags), (name, flags), -1, ENOSYS)
WRAP(int, ftruncate, (int fd, off_t len), (fd, len), -1, EFBIG)
WRAP(int, mprotect, (void *at, size_t len, int prot), (at, len, prot), -1, EACCES)
WRAP(int, madvise, (void *at, size_t len, int advice), (at, len, advice), -1, EINVAL)
WRAP(int, fallocate, (int fd, int mode, off_t at, off_t len), (fd, mode, at, len), -1, EOPNOTSUPP)
WRAP(off_t, lseek, (int fd, off_t at, int whence), (fd, at, whence), -1, EINVAL)
WRAP(int, sigaction, (int n, const struct sigaction *now, struct sigaction *old), (n, now, old), -1, EPERM)
WRAP(int, sigaltstack, (const stack_t *now, stack_t *old), (now, old), -1, EPERM)
WRAP(int, setitimer, (__itimer_which_t which, const struct itimerval *now, struct itimerval *old), (which, now, old), -1, EPERM)
WRAP(int, prctl, (int what, unsigned long a, unsigned long b, unsigned long c, unsigned long d), (what, a, b, c, d), -1, EINVAL)
WRAP(int, getrlimit, (__rlimit_resource_t which, struct rlimit *limit), (which, limit), -1, EPERM)
WRAP(int, scandir,
     (const char *path, struct dirent ***list, int (*pick)(const struct dirent *),
      int (*order)(const struct dirent **, const struct dirent **)),
     (path, list, pick, order), -1, EMFILE)
WRAP(DIR *, opendir, (const char *path), (path), NULL, EMFILE)
WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode), -1, ENOSPC)
WRAP(char *, realpath, (const char *path, char *whole), (path, whole), NULL, EIO)
WRAP(FILE *, fdopen, (int fd, const char *mode), (fd, mode), NULL, EMFILE)
WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode), -1, EPERM)
WRAP(FILE *, open_memstream, (char **text, size_t *len), (text, len), NULL, ENOMEM)
WRAP(ssize_t, write, (int fd, const void *data, size_t len), (fd, data, len), -1, ENOSPC)
WRAP(int, dup, (int fd), (fd), -1, EMFILE)
WRAP(int, close, (int fd), (fd), -1, EIO)

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, mode_t mode) { return deny("open", EMFILE) ? -1 : __real_open(path, flags, mode); }

int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, long with);
int __wrap_fcntl(int fd, int command, long with) { return deny("fcntl", EPERM) ? -1 : __real_fcntl(fd, command, with); }

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode)
{
    if (deny("fopen", EMFILE))
        return NULL;
    FILE *file = __real_fopen(path, mode);
    if (file && *mode == 'w')
        scratch_made(path);
    return file;
}

int __real_mkstemp(char *name);
int __wrap_mkstemp(char *name);
int __wrap_mkstemp(char *name)
{
    if (deny("mkstemp", ENOSPC))
        return -1;
    int fd = __real_mkstemp(name);
    if (fd >= 0)
        scratch_made(name);
    return fd;
}

void *__wrap_mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset)
{
    if (deny("mmap", ENOMEM))
        return MAP_FAILED;
    void *got = __real_mmap(at, len, prot, flags, fd, offset);
    if (got == MAP_FAILED)
        return got;
    if (flags & MAP_SHARED && fd >= 0)
        remember((struct mapping){got, len, fd, prot, offset});
    else
        forget(got, len);
    return got;
}

void *__real_mremap(void *old, size_t old_len, size_t len, int flags);
void *__wrap_mremap(void *old, size_t old_len, size_t len, int flags);
void *__wrap_mremap(void *old, size_t old_len, size_t len, int flags)
{
    return deny("mremap", ENOMEM) ? MAP_FAILED : __real_mremap(old, old_len, len, flags);
}

int __real_munmap(void *at, size_t len);
int __wrap_munmap(void *at, size_t len);
int __wrap_munmap(void *at, size_t len)
{
    forget(at, len);
    return __real_munmap(at, len);
}
