/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vfsim/process.h"

#include <errno.h>
#include <stddef.h>

#include "core/alloc.h"
#include "core/scratch.h"
#include "vm/cpu/trap.h"
#include "vm/vm.h"

static vfsim_out_of_memory_fn *told;

static void tell(const char *who, size_t bytes, int err)
{
    char text[256];
    told(alloc_describe(text, sizeof(text), who, bytes, err));
}

void vfsim_on_out_of_memory(vfsim_out_of_memory_fn *handler)
{
    told = handler;
    alloc_set_handler(handler ? tell : NULL);
}

void vfsim_out_of_memory(const char *what, size_t bytes) { alloc_failed(what, bytes, ENOMEM); }

bool vfsim_signal_begin(void) { return trap_signal_begin(); }
void vfsim_signal_end(bool was_guarded, void *ucontext) { trap_signal_end(was_guarded, ucontext); }
void vfsim_abandon_files(void) { scratch_unlink_all(); }

const char *vfsim_guards_missing(void)
{
    unsigned missing = trap_guards_missing();
    if (missing == TRAP_GUARDS_ALL)
        return "nothing holds back a guest's system calls here (no syscall user dispatch, no seccomp filter): run only plugins "
               "that you trust";
    if (missing & TRAP_GUARD_DISPATCH)
        return "this kernel has no syscall user dispatch (Linux 5.11): a guest's own system calls are refused, those that it makes "
               "by jumping into vfsim's libraries are not";
    return missing ? "no seccomp filter can be put on here: a guest's system calls are refused by one guard, not by two" : "";
}

void vfsim_show_to_debugger(bool on) { vm_debugger_enabled = on; }
void vfsim_trap_each_store(bool on) { vm_traps_each_store = on; }
