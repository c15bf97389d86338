/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands between a User-Mode Linux kernel and its host. sim/external puts it in front of that process, which has nothing else
 * of ours.
 *
 * getrandom() is answered from a seed: the kernel asks its host for chance, and so two runs of one scenario would differ. The
 * stream is that of splitmix64, from the number in VFSIM_UML_SEED.
 *
 * ptrace() sets all of a process's extended state, where the kernel knows only its beginning: Linux 6.1 keeps as much as AVX-512
 * needs, and a host whose processor has more (AMX) takes the whole or nothing [arch/x86/kernel/fpu/regset.c of Linux].
 */
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static uint64_t state;
static int is_seeded;

static uint64_t next(void)
{
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

ssize_t getrandom(void *to, size_t len, unsigned flags);

ssize_t getrandom(void *to, size_t len, unsigned flags)
{
    (void)flags;
    if (!is_seeded) {
        const char *seed = getenv("VFSIM_UML_SEED");
        state = seed ? strtoull(seed, NULL, 16) : 0;
        is_seeded = 1;
    }
    for (size_t done = 0; done < len;) {
        uint64_t word = next();
        size_t take = len - done < sizeof(word) ? len - done : sizeof(word);
        memcpy((char *)to + done, &word, take);
        done += take;
    }
    return (ssize_t)len;
}

static long set_extended(pid_t pid, const struct iovec *known)
{
    static uint8_t state_bytes[1 << 14] __attribute__((aligned(64)));
    struct iovec whole = {.iov_base = state_bytes, .iov_len = sizeof(state_bytes)};
    long rc = syscall(SYS_ptrace, PTRACE_GETREGSET, pid, NT_X86_XSTATE, &whole);
    if (rc < 0)
        return rc;
    memcpy(state_bytes, known->iov_base, known->iov_len < whole.iov_len ? known->iov_len : whole.iov_len);
    return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, NT_X86_XSTATE, &whole);
}

/* As the C library's, which gives what a word holds by its result [ptrace(2)]. */
long ptrace(enum __ptrace_request request, ...)
{
    va_list ap;
    va_start(ap, request);
    pid_t pid = va_arg(ap, pid_t);
    void *addr = va_arg(ap, void *), *data = va_arg(ap, void *);
    va_end(ap);
    if (request == PTRACE_SETREGSET && (uintptr_t)addr == NT_X86_XSTATE)
        return set_extended(pid, data);
    if (request != PTRACE_PEEKTEXT && request != PTRACE_PEEKDATA && request != PTRACE_PEEKUSER)
        return syscall(SYS_ptrace, request, pid, addr, data);
    long word, rc = syscall(SYS_ptrace, request, pid, addr, &word);
    if (rc >= 0)
        errno = 0;
    return rc < 0 ? rc : word;
}
