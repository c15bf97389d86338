/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the shell allows us (ulimit): asked before it is missed, so that a lack of it has a name. */
#include <errno.h>
#include <sys/resource.h>

#include "vfsim.h"

/* The deepest call needs some 150 KiB, with a sanitizer twice that; a frame alone may have 64 KiB. */
enum { STACK_KIB = 1024 };

bool vfsim_limits_suffice(void)
{
    struct rlimit stack, cpu;
    /* Who may use no more CPU time than so much is killed then without a word: hear of it a second before. */
    if (!getrlimit(RLIMIT_CPU, &cpu) && cpu.rlim_max != RLIM_INFINITY && cpu.rlim_cur == cpu.rlim_max && cpu.rlim_max > 1) {
        cpu.rlim_cur--;
        if (setrlimit(RLIMIT_CPU, &cpu)) {
            vfsim_complain("the limit of CPU time can't be lowered: %s", vfsim_why(errno));
            return false;
        }
    }
    if (getrlimit(RLIMIT_STACK, &stack)) {
        vfsim_complain("the limit of the stack can't be asked for: %s", vfsim_why(errno));
        return false;
    }
    if (stack.rlim_cur >= (rlim_t)STACK_KIB << 10)
        return true;
    if (stack.rlim_max >= (rlim_t)STACK_KIB << 10) { /* a stack grows as far as the limit is when it does */
        stack.rlim_cur = (rlim_t)STACK_KIB << 10;
        if (!setrlimit(RLIMIT_STACK, &stack))
            return true;
    }
    vfsim_complain("a stack of %llu KiB is too small: vfsim needs %d KiB (ulimit -s)", (unsigned long long)stack.rlim_max >> 10,
                   STACK_KIB);
    return false;
}
