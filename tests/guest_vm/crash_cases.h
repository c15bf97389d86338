/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How tests/guest_vm/crash.c can end its VM; told by the MTU. */
enum {
    CRASH_WILD_STORE = 100,
    CRASH_NULL_CALL,
    CRASH_ILLEGAL,
    CRASH_DIVIDE,
    CRASH_ODD_ACCESS,
    CRASH_PANIC,
    CRASH_STACK,
    CRASH_HANG,
    CRASH_CLOCK_BACK,
    CRASH_CLOCK_FAR,
    CRASH_PRIVILEGED,
    CRASH_BREAKPOINT,
    CRASH_RETURN,
    CRASH_STRING_MOVE,
    CRASH_DIRECTION,
    CRASH_SYSCALL,    /* hidden in another instruction: exit_group(0) */
    CRASH_INT80,      /* the same, as a 32-bit one */
    CRASH_VSYSCALL,   /* what time is it? */
    CRASH_CALL_HOST,  /* calls the function whose address lies at CRASH_ADDRESS, with 0 */
    CRASH_SPIN,       /* works for a while without exits, then prints */
};
enum { CRASH_ADDRESS = 0x2000 };
