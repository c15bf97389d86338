/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GDB's JIT compilation interface [gdb manual, "JIT Compilation Interface"]: tells a debugger of images in guest
 * memory.
 *
 * An image is registered as a copy whose section addresses, symbols and DWARF addresses are moved to where it lies, so
 * that breakpoints, lines and locals of guest code work. Link images with -g and -Wl,--emit-relocs: the kept
 * relocations of the .debug sections tell which words are addresses. Without them symbols work and lines do not.
 */
#ifndef VFSIM_VM_GDB_JIT_H
#define VFSIM_VM_GDB_JIT_H

#include <stddef.h>
#include <stdint.h>

struct gdb_jit;

/* `elf` (copied) lies at `base`. NULL when it is no ELF file of this processor or memory is out. */
struct gdb_jit *gdb_jit_register(const void *elf, size_t len, uint64_t base);
void gdb_jit_unregister(struct gdb_jit *jit); /* NULL is fine */

/* Move a copy of an ELF file to `base` in place. 0 or -EINVAL. */
int gdb_jit_relocate(void *elf, size_t len, uint64_t base);

#endif
