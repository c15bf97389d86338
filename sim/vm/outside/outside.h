/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VM whose guest runs elsewhere (vm/kind.h): what its kind may do with it, and commands for its shell.
 *
 * Its RAM is as vm_mem() says, memory in which a frame has arrived when all of it is there (FATE_delivered_guest). Frames that it
 * makes are born when a device reads them, in the flow "NAME/WORD".
 */
#ifndef VFSIM_VM_OUTSIDE_OUTSIDE_H
#define VFSIM_VM_OUTSIDE_OUTSIDE_H

#include "vm/kind.h"

enum { VM_FUNCTIONS_MAX = 8, VM_EXECS_MAX = 4096, VM_EXEC_OUTPUT_MAX = 256 << 10 };

/* Hands a kind in, from whatever file. */
#define VM_KIND(kind) static const struct vm_kind *const kind##_entry __attribute__((used, section("vm_kinds"))) = &(kind)

extern const struct vm_machine vm_outside; /* of every kind */

const struct vm_kind *vm_kind_at(unsigned i); /* NULL past the last one */

/* ---- for a kind ---- */
void *vm_part_of_kind(const struct vm *vm,
                      const struct vm_kind *kind); /* what it has created for this VM; NULL: it is none of it */
/* The functions whose registers are mapped into the VM, in order of their mapping: how many. */
unsigned vm_functions(const struct vm *vm, struct pci_function *out[VM_FUNCTIONS_MAX]);
bool vm_has_function(const struct vm *vm, const struct pci_function *fn); /* now */
/* The function whose registers are mapped at an address of the host's map, and where there; NULL: none. */
struct pci_function *vm_function_at(const struct vm *vm, uint64_t gpa, uint64_t size, unsigned *bar, uint32_t *off);
/* The guest's memory is `fd` from now on, which stays the caller's: it is mapped where the RAM was. 0 or -errno. */
int vm_use_memory(struct vm *vm, int fd, uint64_t bytes);
void vm_is_up(struct vm *vm); /* it takes commands */
void vm_tell(struct vm *vm, uint32_t note, uint64_t b, uint64_t c); /* a note of the guest's (MACHINE_NOTE_*) */
void vm_fail(struct vm *vm, const char *fmt, ...) __attribute__((format(printf, 2, 3))); /* it ends now: in one of its own events */
void vm_exec_done(struct vm *vm, unsigned number, int status, const char *output, size_t len); /* copied */

/* ---- commands ---- */
struct vm_exec {
    sim_time asked, answered; /* answered: SIM_NEVER, it has not ended */
    int status; /* its exit status */
    const char *output; /* len bytes and a NUL; what is beyond VM_EXEC_OUTPUT_MAX is cut */
    size_t len;
    bool cut;
    /* who asked */
    struct component *from;
    uint16_t verb;
    uint64_t cookie;
};
/* Runs a command in the guest's shell: its number, or -ENOTSUP no such guest, -EAGAIN not up yet, -EIO it has ended, -ENOSPC too
 * many, -E2BIG. `from` gets event (EV_HOST, verb, a = cookie, b = 0) when it has ended, or b = -EIO when the VM has. */
int vm_exec(struct vm *vm, const char *command, struct component *from, uint16_t verb, uint64_t cookie);
const struct vm_exec *vm_exec_get(const struct vm *vm, unsigned number);

#endif
