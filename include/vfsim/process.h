/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What worlds share with the process they are in: its memory, its signals, its temporary files.
 *
 * While a world with VMs is there, the library handles SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS and SIGVTALRM (with the
 * timer ITIMER_VIRTUAL); what no guest has caused goes on to whoever handled it before. The first such world puts on a seccomp
 * filter for good that refuses system calls whose instruction lies in a guest's window, and with it no_new_privs. A handler of
 * yours for any other signal must be installed with SA_ONSTACK, and call vfsim_signal_begin() first and vfsim_signal_end() last.
 */
#ifndef VFSIM_PROCESS_H
#define VFSIM_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

#include <vfsim/api.h>

VFSIM_BEGIN_DECLS

/* A lack of memory ends the process: by default with a sentence on stderr and abort(). The handler is told that sentence and does
 * not return (it exits, or jumps to where the program goes on without the world). NULL: the default. */
typedef void vfsim_out_of_memory_fn(const char *sentence);
VFSIM_API void vfsim_on_out_of_memory(vfsim_out_of_memory_fn *handler);
/* The same for a program's own lack: `bytes` for `what` ("the results") were not to be had. 0: nobody knows how many. */
VFSIM_API VFSIM_NORETURN void vfsim_out_of_memory(const char *what, size_t bytes);

/* Around what a signal handler does; begin's answer is end's first argument, the handler's third is the second. Safe in
 * handlers. */
VFSIM_API bool vfsim_signal_begin(void);
VFSIM_API void vfsim_signal_end(bool was_guarded, void *ucontext);
/* Before a handler ends the process: takes away the temporary files of results half-written. Safe in handlers. */
VFSIM_API void vfsim_abandon_files(void);

/* Whether guests' system calls are refused here, by two guards or one: "" when both hold, else what is open, as a sentence. Known
 * once a world with VMs is there. */
VFSIM_API const char *vfsim_guards_missing(void);

/* Shows guest images and plugins of worlds built from here on to a debugger of this process (GDB's JIT interface). */
VFSIM_API void vfsim_show_to_debugger(bool on);
/* A plain store of guest code to registers leaves the guest by a fault each time; else the first one does, and it is a jump from
 * then on. Of worlds with VMs it changes nothing but how long they take. */
VFSIM_API void vfsim_trap_each_store(bool on);

VFSIM_END_DECLS

#endif
