/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals: a run that is interrupted stops at its next step and reports what there is; whatever else ends vfsim takes its
 * temporary files away first. Handlers make only calls that are safe in one.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "vfsim.h"
#include "vfsim_results.h"

static volatile sig_atomic_t interrupted, playing;

/* An assertion has said what and where; say whose mistake it is. */
static void aborted(int number, siginfo_t *info, void *ucontext)
{
    (void)vfsim_signal_begin();
    static const char text[] = "vfsim: this is a mistake in vfsim, not in what it was given; the same command shows it again\n";
    ssize_t written = write(STDERR_FILENO, text, sizeof(text) - 1);
    (void)written, (void)number, (void)info, (void)ucontext;
    vfsim_last_words();
    _exit(EXIT_OURS);
}

/* As if nobody had listened, but without what is half-written. */
static void die(int number, siginfo_t *info, void *ucontext)
{
    (void)vfsim_signal_begin();
    (void)info, (void)ucontext;
    vfsim_abandon_files();
    signal(number, SIG_DFL);
    raise(number); /* once the handler is left */
}

/* The limit's last second, or the one before it (vfsim_limits.c). */
static void out_of_time(int number, siginfo_t *info, void *ucontext)
{
    (void)vfsim_signal_begin();
    static const char text[] = "vfsim: the CPU time that the shell allows is over (ulimit -t)\n";
    ssize_t written = write(STDERR_FILENO, text, sizeof(text) - 1);
    (void)written, (void)number, (void)info, (void)ucontext;
    vfsim_last_words();
    _exit(EXIT_USER);
}

/* Of a run: it stops at its next step. Who reads or builds may be waiting for a pipe that nobody fills, and the second one is
 * meant: what programs wait for is written, and that is the end. */
static void interrupt(int number, siginfo_t *info, void *ucontext)
{
    bool was_guarded = vfsim_signal_begin();
    if (!playing || interrupted) {
        vfsim_results_last_words();
        die(number, info, ucontext);
        return;
    }
    interrupted = number;
    vfsim_signal_end(was_guarded, ucontext);
}

static const int ours[] = {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE}; /* guests' own faults are vm/cpu/trap.c's */
static const int fatal[] = {SIGHUP,  SIGINT,    SIGTERM, SIGQUIT, SIGPIPE, SIGALRM, SIGUSR1,
                            SIGUSR2, SIGVTALRM, SIGPROF, SIGSYS,  SIGIO,   SIGPWR};
static const struct {
    int number;
    const char *name;
} polite[] = {{SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}, {SIGHUP, "SIGHUP"}};

/* Who started us may want a signal ignored (nohup), or hear of it first (a sanitizer). */
static bool handle(int number, void (*handler)(int, siginfo_t *, void *))
{
    /* On the other stack: a guest may be running on this one (vm/cpu/trap.h). */
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_RESTART | SA_ONSTACK | SA_SIGINFO}, before;
    sigemptyset(&action.sa_mask);
    bool heard = !sigaction(number, NULL, &before);
    if (heard && (before.sa_flags & SA_SIGINFO ? before.sa_sigaction == die : before.sa_handler != SIG_IGN))
        heard = !sigaction(number, &action, NULL);
    if (!heard)
        vfsim_complain("%s can't be caught: %s", strsignal(number), vfsim_why(errno));
    return heard;
}

bool vfsim_signals_init(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}; /* a file that grows beyond its limit is a write that fails, and says so */
    sigemptyset(&ignore.sa_mask);
    for (unsigned i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        if (!handle(ours[i], aborted))
            return false;
    for (unsigned i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
        if (!handle(fatal[i], die))
            return false;
    if (!handle(SIGXCPU, out_of_time))
        return false;
    if (!sigaction(SIGXFSZ, &ignore, NULL))
        return true;
    vfsim_complain("%s can't be ignored: %s", strsignal(SIGXFSZ), vfsim_why(errno));
    return false;
}

bool vfsim_signals_listen(void)
{
    for (unsigned i = 0; i < sizeof(polite) / sizeof(polite[0]); i++)
        if (!handle(polite[i].number, interrupt))
            return false;
    return true;
}

void vfsim_signals_playing(bool on) { playing = on; }

const char *vfsim_interrupted(int *code)
{
    for (unsigned i = 0; i < sizeof(polite) / sizeof(polite[0]); i++)
        if (interrupted == polite[i].number) {
            *code = EXIT_SIGNAL + polite[i].number;
            return polite[i].name;
        }
    return NULL;
}

void vfsim_last_words(void)
{
    vfsim_results_last_words();
    vfsim_abandon_files();
}
