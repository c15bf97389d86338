/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the shell allows us (ulimit): asked before it is missed, so that a lack of it has a name. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "vfsim.h"

/* The deepest call needs some 150 KiB, with a sanitizer twice that; a frame alone may have 64 KiB. */
enum { STACK_KIB = 1024 };

bool vfsim_limits_suffice(void)
{
    struct rlimit stack;
    if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR) { /* a file that grows beyond its limit is a write that fails, and says so */
        vfsim_complain("SIGXFSZ can't be ignored: %s", strerror(errno));
        return false;
    }
    if (getrlimit(RLIMIT_STACK, &stack)) {
        vfsim_complain("the limit of the stack can't be asked for: %s", strerror(errno));
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
