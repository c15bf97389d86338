/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process of a User-Mode Linux kernel: a folder of its own with its sockets, a start that is the same each time, an end that
 * leaves nothing.
 *
 * The same each time means: no address randomisation, an environment and a command line that name nothing of this machine, and
 * getrandom() answered from the world's seed by a preloaded library.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/prng.h"
#include "external/uml__.h"

enum { ARGS_MAX = 17 + VM_FUNCTIONS_MAX, ARG_MAX_LEN = 64 };

/* ---- sockets ---- */

static void path_in(const struct uml *uml, const char *name, char *path, size_t cap)
{
    snprintf(path, cap, "%.*s/%s", UML_FOLDER_MAX - 1, uml->folder, name);
}

int uml__listen(const struct uml *uml, const char *name)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    path_in(uml, name, at.sun_path, sizeof(at.sun_path));
    if (bind(fd, (const struct sockaddr *)&at, sizeof(at)) || listen(fd, 1)) {
        int rc = -errno;
        close(fd);
        return rc;
    }
    return fd;
}

int uml__accept(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static void take_fds(struct msghdr *msg, int *fds, unsigned fd_count)
{
    unsigned n = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        unsigned came = (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        for (unsigned i = 0; i < came; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
            if (n < fd_count)
                fds[n++] = fd;
            else
                close(fd);
        }
    }
}

int uml__receive(int socket, void *to, size_t len, int *fds, unsigned fd_count)
{
    uint8_t *at = to;
    while (len) {
        union {
            char bytes[CMSG_SPACE(8 * sizeof(int))];
            struct cmsghdr align;
        } control;
        struct iovec part = {.iov_base = at, .iov_len = len};
        struct msghdr msg = {
            .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes)};
        ssize_t got = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got ? -errno : -ECONNRESET;
        take_fds(&msg, fds, fd_count);
        at += got;
        len -= (size_t)got;
    }
    return 0;
}

int uml__send(int socket, const void *from, size_t len)
{
    const uint8_t *at = from;
    while (len) {
        ssize_t sent = send(socket, at, len, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return -errno;
        at += sent;
        len -= (size_t)sent;
    }
    return 0;
}

/* ---- its folder ---- */

static int make_file(const struct uml *uml, const char *name, const void *bytes, size_t len)
{
    char path[UML_PATH_MAX + 32];
    path_in(uml, name, path, sizeof(path));
    FILE *file = fopen(path, "we");
    if (!file)
        return -errno;
    bool good = fwrite(bytes, 1, len, file) == len;
    return fclose(file) || !good ? -EIO : 0;
}

static int make_link(const struct uml *uml, const char *folder, const char *what, const char *name)
{
    char from[UML_PATH_MAX + 32], to[UML_PATH_MAX + 32];
    snprintf(from, sizeof(from), "%s/%s", folder, what);
    path_in(uml, name, to, sizeof(to));
    return symlink(from, to) ? -errno : 0;
}

int uml__process_prepare(struct uml *uml, char *err, size_t err_cap)
{
    char kernel[UML_PATH_MAX];
    bool npa = vm_get_params(uml->vm)->npa;
    int rc = uml__kernel_find(kernel, npa, err, err_cap);
    if (rc)
        return rc;
    rc = uml__folder_make(uml);
    if (!rc)
        rc = make_link(uml, kernel, "linux", "linux");
    if (!rc)
        rc = make_link(uml, kernel, npa ? UML_INITRAMFS_NPA : UML_INITRAMFS, UML_INITRAMFS);
    if (!rc)
        rc = make_file(uml, "seed.so", uml__seed_library, (size_t)(uml__seed_library_end - uml__seed_library));
    if (rc)
        snprintf(err, err_cap, "cannot make a folder for its kernel: %s", alloc_reason(-rc));
    return rc;
}

/* ---- start and end ---- */

struct command {
    char text[ARGS_MAX][ARG_MAX_LEN];
    char *word[ARGS_MAX + 1];
    unsigned count;
};

static void add(struct command *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void add(struct command *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(c->text[c->count], ARG_MAX_LEN, fmt, ap);
    va_end(ap);
    c->word[c->count] = c->text[c->count];
    c->word[++c->count] = NULL;
}

static void command_line(const struct uml *uml, struct command *c)
{
    c->count = 0;
    add(c, "linux");
    add(c, "mem=%" PRIu64 "M", vm_get_params(uml->vm)->ram_bytes >> 20);
    add(c, "initrd=" UML_INITRAMFS);
    add(c, "time-travel=ext:calendar");
    add(c, "uml_dir=.");
    add(c, "umid=uml");
    add(c, "con0=fd:0,fd:1");
    add(c, "con=null");
    add(c, "norandmaps");
    add(c, "random.trust_cpu=on");
    add(c, "bonding.max_bonds=0");
    if (vm_get_params(uml->vm)->npa)
        add(c, "npa=1"); /* for tools/uml/init */
    for (unsigned i = 0; i < uml->functions; i++)
        add(c, "virtio_uml.device=pci%u:%d:%u", i, UML_PCI_ID, i);
    add(c, "virtio_uml.device=console:%d:%d", UML_CONSOLE_ID, VM_FUNCTIONS_MAX);
}

static uint64_t seed_of(const struct uml *uml)
{
    struct prng prng;
    char stream[80];
    snprintf(stream, sizeof(stream), "vm.%s.seed", vm_name(uml->vm));
    prng_init(&prng, uml__comp(uml)->sim->seed, stream);
    return prng_next(&prng);
}

/* In the new process: nothing but calls of the system. */
static void become(const struct uml *uml, int null, int log, char *const words[], char *const environment[])
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    personality(ADDR_NO_RANDOMIZE);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (chdir(uml->folder) || dup2(null, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0)
        _exit(127);
    close_range(3, ~0u, 0);
    execve("./linux", words, environment);
    _exit(127);
}

static void has_ended(void *of) { uml__over(of, "its process has ended"); }

int uml__process_start(struct uml *uml, char *err, size_t err_cap)
{
    char log_path[UML_PATH_MAX + 32], seed[40];
    struct command c;
    command_line(uml, &c);
    snprintf(seed, sizeof(seed), "VFSIM_UML_SEED=%016" PRIx64, seed_of(uml));
    char *environment[] = {"HOME=.", "LD_PRELOAD=./seed.so", seed, NULL};
    path_in(uml, "log", log_path, sizeof(log_path));
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    uml->pid = null < 0 || log < 0 ? -1 : fork();
    if (uml->pid == 0)
        become(uml, null, log, c.word, environment);
    int rc = uml->pid < 0 ? -errno : 0;
    if (uml->pid > 0)
        setpgid(uml->pid, uml->pid); /* whoever comes first */
    uml->pidfd = uml->pid > 0 ? pidfd_open(uml->pid, 0) : -1;
    uml->ends = uml->pidfd < 0 ? NULL : loop_watch(uml->loop, uml->pidfd, has_ended, uml);
    if (null >= 0)
        close(null);
    if (log >= 0)
        close(log);
    if (!rc && !uml->ends)
        rc = -ENOMEM;
    if (rc) {
        uml->pid = uml->pid > 0 ? uml->pid : 0;
        snprintf(err, err_cap, "cannot start its kernel: %s", alloc_reason(-rc));
    }
    return rc;
}

/* A panic tells more than what follows it. */
void uml__last_words(const struct uml *uml, char *text, size_t cap)
{
    char path[UML_PATH_MAX + 32], line[256];
    bool panics = false;
    text[0] = '\0';
    path_in(uml, "log", path, sizeof(path));
    FILE *log = fopen(path, "re");
    while (log && !panics && fgets(line, sizeof(line), log)) {
        line[strcspn(line, "\n")] = '\0';
        panics = strstr(line, "Kernel panic") != NULL;
        if (line[0])
            snprintf(text, cap, "%s", line);
    }
    if (log)
        fclose(log);
}

void uml__process_end(struct uml *uml)
{
    loop_unwatch(uml->ends);
    uml->ends = NULL;
    if (uml->pidfd >= 0)
        close(uml->pidfd);
    uml->pidfd = -1;
    if (uml->pid > 0) {
        kill(-uml->pid, SIGKILL);
        while (waitpid(uml->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    uml->pid = 0;
    uml__folder_remove(uml);
}
