/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The name of the function at a place of an ELF file. The file is read as hostile input: nothing outside it is touched. */
#ifndef VFSIM_VM_ELF_SYMBOL_H
#define VFSIM_VM_ELF_SYMBOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ELF_SYMBOL_LEN = 80 };

/* Of the functions that hold `addr` (or have no size), the one that begins last; false: there is none. */
bool elf_symbol_find(const uint8_t *elf, size_t len, uint64_t addr, char name[ELF_SYMBOL_LEN], uint64_t *start);

/* Bytes of memory that its segments take from address 0; 0: it is no ELF file. */
uint64_t elf_memory_size(const uint8_t *elf, size_t len);

/* Where in that memory the executable segment lies that holds `addr`, and how many bytes of it the file has. False: none does. */
bool elf_code_at(const uint8_t *elf, size_t len, uint64_t addr, uint64_t *from, uint64_t *bytes);

#endif
