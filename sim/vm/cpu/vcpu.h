/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processor under a vCPU: stack switch into guest code and back, and decoding of trapped register accesses.
 *
 * vcpu_<architecture>.S and .c are the only files that know the processor. Guest code has general registers only. It is
 * left in three ways: a call of the machine's exit entry (the call-preserved registers say all); a fault or watchdog
 * signal, from whose handler vcpu_leave() diverts to the simulator (all registers are kept); or a store that is a jump to
 * an exit of its own (vm/cpu/patch.h; all registers are kept as if it had faulted). Nothing of the host lies on the guest's
 * stack, in guest RAM or in struct vcpu_regs, at any time.
 */
#ifndef VFSIM_VM_VCPU_H
#define VFSIM_VM_VCPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VCPU_WINDOWS_MAX = 1024 }; /* guests' windows of a process */
enum { VCPU_REG_WORDS = 18, VCPU_INSN_MAX = 15, VCPU_STUB_MAX = 64 };

/* The guest's half: plain data, saved. What the words mean is the architecture's. */
struct vcpu_regs {
    uint64_t word[VCPU_REG_WORDS];
    uint64_t full; /* 1: resumes with every register (start, fault); 0: returns from its call of the exit entry */
};

struct vcpu_fault {
    int signal; /* 0: the watchdog; VCPU_INTERRUPTED: nothing is wrong, the guest goes on */
    int code;
    uint64_t address; /* SIGSYS: the number of the system call */
};

/* vcpu_<architecture>.S knows the offsets of its members. */
struct vcpu_context {
    struct vcpu_regs regs;
    uint64_t host_sp;
    uint64_t call[4];        /* op, a, b, c of the last call */
    struct vcpu_fault fault; /* of the last fault exit */
    uint64_t store_rax;      /* of a store exit under way */
    uint32_t store;          /* its number */
};

enum { VCPU_INTERRUPTED = -1 };
enum vcpu_exit { VCPU_EXIT_CALL = 1, VCPU_EXIT_FAULT = 2, VCPU_EXIT_STORE = 3 };

/* 1 while guest code runs, 0 while the simulator does: one store at each entry and exit. The kernel reads it at every system call
 * (vm/cpu/trap.h), so a signal handler clears it before it makes one. */
extern volatile unsigned char vcpu_guard;

/* Run guest code until its next exit. Only trap_run() calls it. */
enum vcpu_exit vcpu_switch(struct vcpu_context *context);

/* Write the code of the exit entry at `stub` (VCPU_STUB_MAX bytes, position-independent): it leads to `context`. */
void vcpu_write_stub(void *stub, struct vcpu_context *context);

/* Registers for a first entry: entry(argument) on a stack that ends below `stack_top` (16-byte aligned). */
void vcpu_regs_start(struct vcpu_regs *regs, uint64_t entry, uint64_t argument, uint64_t stack_top);
/* After a call exit: what the call does not keep is zero, and not what an earlier fault or interruption left there. What a saved
 * world holds would depend on the moments of the watchdog's ticks. */
void vcpu_regs_called(struct vcpu_regs *regs);
void vcpu_regs_set_result(struct vcpu_regs *regs, uint64_t value); /* of the call it left by */
uint64_t vcpu_regs_pc(const struct vcpu_regs *regs);
uint64_t vcpu_regs_sp(const struct vcpu_regs *regs);

/* To be entered with every register, for one instruction: a SIGTRAP of code TRAP_TRACE is raised behind it. */
void vcpu_regs_step(struct vcpu_regs *regs);
void vcpu_stop_stepping(void *ucontext); /* in its handler */

/* In a signal handler: is the interrupted code a guest's (and not the switch itself)? */
bool vcpu_was_in_guest(const void *ucontext);
/* In a signal handler: keep the guest's registers in `context` and continue in the simulator, as a fault exit. */
void vcpu_leave(struct vcpu_context *context, void *ucontext);
/* In a signal handler that found the guard up and took it down: the guest is left, with context.fault VCPU_INTERRUPTED, to be
 * entered again with its guard. A handler's own return would be a system call of a guarded guest's. */
void vcpu_resume(struct vcpu_context *context, void *ucontext);

/* A plain load or store of device registers, found at the program counter. Plain data, saved while a load waits. */
struct vcpu_access {
    uint64_t value; /* of a store */
    uint8_t is_write;
    uint8_t size;   /* bytes: 1, 2, 4, 8 */
    uint8_t length; /* of the instruction */
    uint8_t reg;    /* a load's target */
    uint8_t reg_size;
    uint8_t high_byte; /* a load's target is bits 8 to 15 of it */
    uint8_t sign_extend;
    uint8_t zero;
};

/* 0; -EINVAL with the instruction's text (or "unknown instruction") in `why` when it is none we carry out. */
int vcpu_decode(const struct vcpu_regs *regs, const uint8_t *code, size_t len, struct vcpu_access *out, char *why, size_t why_cap);
void vcpu_skip(struct vcpu_regs *regs, const struct vcpu_access *access); /* to the next instruction */
void vcpu_finish_load(struct vcpu_regs *regs, const struct vcpu_access *access, uint64_t value);

/* ---- stores that leave by a jump (vm/cpu/patch.h) ---- */

enum { VCPU_JUMP_BYTES = 5, VCPU_STORE_EXIT_BYTES = 48, VCPU_COPY_MAX = 48 };

/* A store as its instruction says it: what it stores, and where. */
struct vcpu_store {
    uint64_t pc, immediate;
    int64_t displacement;
    uint8_t length, size;
    uint8_t reg, high_byte;      /* reg VCPU_NO_REG: the immediate */
    uint8_t base, index, scale;  /* VCPU_NO_REG: none */
};
enum { VCPU_NO_REG = 0xff };

/* The instruction at `pc` is such a store. */
bool vcpu_decode_store(const uint8_t *code, size_t len, uint64_t pc, struct vcpu_store *out);
/* What it does now: the access, and its address. */
void vcpu_take_store(const struct vcpu_regs *regs, const struct vcpu_store *store, struct vcpu_access *out, uint64_t *address);
/* Writes, at `code`, what lies at `pc`: a jump to `to`. False: it is too far. */
bool vcpu_write_jump(uint8_t code[VCPU_JUMP_BYTES], uint64_t pc, uint64_t to);
/* Writes at `code` the exit that says `number`: the guest is left as at a fault of the store that jumps there, but for its pc. */
void vcpu_write_store_exit(uint8_t code[VCPU_STORE_EXIT_BYTES], struct vcpu_context *context, uint32_t number);
/* Copies whole instructions from `code` on, which lie at `pc`, at least `need` bytes of them, to `copy`, which will lie at
 * `to`, and behind them a jump to what follows. How many bytes were copied, each at its distance from `pc`; 0: there is one
 * among them that does not do the same elsewhere. */
unsigned vcpu_copy_code(const uint8_t *code, size_t len, uint64_t pc, unsigned need, uint8_t copy[VCPU_COPY_MAX], uint64_t to);
/* Of the code of `len` bytes at `pc`: where whole instructions begin that end at `place`, one going on to the next, at least `need`
 * bytes and as few as may be; 0: nowhere. */
uint64_t vcpu_code_before(const uint8_t *code, size_t len, uint64_t pc, uint64_t place, unsigned need);
/* Of the same, may anything get to a place behind `from`, where an instruction begins, and before `end`, but from the instruction
 * before it? True where that cannot be told: an address that is computed, something that is no instruction. */
bool vcpu_code_may_enter(const uint8_t *code, size_t len, uint64_t pc, uint64_t from, uint64_t end);
void vcpu_regs_set_pc(struct vcpu_regs *regs, uint64_t pc);

/* What the ELF loader must know of the processor. */
#if defined(__x86_64__)
#include <elf.h>
enum {
    VCPU_ELF_MACHINE = EM_X86_64,
    VCPU_ELF_RELATIVE = R_X86_64_RELATIVE,
    VCPU_ELF_NONE = R_X86_64_NONE,
    VCPU_ELF_ABS64 = R_X86_64_64,
    VCPU_TRAP_BYTE = 0xcc, /* int3 */
};
#else
#error "no vcpu for this processor yet: add vcpu_<architecture>.S and .c"
#endif

#endif
