#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Status 0 means that a report is on stdout: no way out of the program gives it without. What a guest can try is unit/vm_guard's and
# scenario 271's; here the program itself is ended, at its first VM, by each way that a library or a signal has.
. "$(dirname "$0")/lib_cli.sh"

cat >"$work/early.c" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

void __stack_chk_fail(void) __attribute__((noreturn));

int setitimer(__itimer_which_t which, const struct itimerval *now, struct itimerval *before)
{
    const char *how = getenv("EARLY");
    if (how && !strcmp(how, "exit"))
        exit(0);
    if (how && !strcmp(how, "quick_exit"))
        quick_exit(0);
    if (how && !strcmp(how, "abort"))
        abort();
    if (how && !strcmp(how, "smash"))
        __stack_chk_fail();
    if (how)
        raise(atoi(how));
    int (*next)(__itimer_which_t, const struct itimerval *, struct itimerval *) =
        (int (*)(__itimer_which_t, const struct itimerval *, struct itimerval *))dlsym(RTLD_NEXT, "setitimer");
    return next(which, now, before);
}
END
cc -shared -fPIC -o "$work/early.so" "$work/early.c" || fail "the library that ends the program early can't be built"

printf '%s\n' 'host h0' 'nic h0.n model regular' 'vm web on h0' >"$work/w.scn"

# HOW STATUS: the program is ended so
early() {
    tried=$1
    status=0
    EARLY=$1 LD_PRELOAD=$work/early.so ASAN_OPTIONS=verify_asan_link_order=0:handle_abort=0:detect_leaks=0 \
        "$vfsim" run "$work/w.scn" >"$work/out" 2>"$work/err" || status=$?
    [ "$status" -eq "$2" ] || fail "$1: exit status $status, not $2"
    ! grep -q "verdict" "$work/out" || fail "$1: a verdict was printed"
}
early exit 3
says err "ended in the middle of its work"
early quick_exit 3
says err "ended in the middle of its work"
early abort 3
early smash 3
for signal in 1 2 3 9 10 12 13 14 15 27 29 30 31; do
    early $signal $((128 + signal))
done

# The end of the run itself: what can't be said on stdout is no pass.
status=0
"$vfsim" run "$work/w.scn" >/dev/full 2>"$work/err" || status=$?
[ "$status" -eq 2 ] || fail "stdout is /dev/full: exit status $status"
status=0
"$vfsim" run "$work/w.scn" >&- 2>"$work/err" || status=$?
[ "$status" -eq 2 ] || fail "stdout is closed: exit status $status"
status=0
(ulimit -f 0; "$vfsim" run "$work/w.scn" >"$work/short") 2>"$work/err" || status=$?
[ "$status" -ne 0 ] || fail "a report that does not fit is a pass"
