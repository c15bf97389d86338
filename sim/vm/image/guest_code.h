/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is this code that a guest may run? Guest code runs on the processor itself, so an image is looked through before it is loaded.
 *
 * A vCPU has general registers only, so vector code would lose its values at an exit. And whatever a guest wants of the world it
 * asks its machine for (guest/include/machine.h): an instruction that calls the operating system, is privileged, tells the time,
 * the processor or a random number, or reaches memory by a segment of the simulator's, is refused. So is each that this file does
 * not know to be harmless: what a driver's compiler makes is listed, not what is dangerous.
 *
 * The sweep is linear, as a disassembler's. What hides in the middle of another instruction is not seen by it; a system call made
 * so is refused when it is made (vm/cpu/trap.h).
 */
#ifndef VFSIM_VM_GUEST_CODE_H
#define VFSIM_VM_GUEST_CODE_H

#include <stddef.h>
#include <stdint.h>

enum guest_code { GUEST_CODE_GOOD, GUEST_CODE_UNKNOWN /* no instruction */, GUEST_CODE_VECTOR, GUEST_CODE_SYSTEM };

struct guest_code_finding {
    size_t at;              /* offset of the instruction in the code */
    const char *name;       /* its mnemonic; "" if it is none */
    const char *complaint;  /* "is privileged" */
};

/* The first instruction of `code` that may not be there is told in `out`. Zero bytes at the end that are shorter than an
 * instruction are padding. */
enum guest_code guest_code_check(const uint8_t *code, size_t len, struct guest_code_finding *out);

#endif
