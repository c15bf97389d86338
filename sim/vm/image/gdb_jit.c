/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/image/gdb_jit.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "vm/cpu/vcpu.h"

/* ---- the interface, with the names and layout that GDB looks for ---- */

enum { JIT_NOACTION = 0, JIT_REGISTER = 1, JIT_UNREGISTER = 2 };

struct jit_code_entry {
    struct jit_code_entry *next_entry, *prev_entry;
    const char *symfile_addr;
    uint64_t symfile_size;
};
struct jit_descriptor {
    uint32_t version;
    uint32_t action_flag;
    struct jit_code_entry *relevant_entry;
    struct jit_code_entry *first_entry;
};

/* GDB finds both by their names, in a library that was stripped, too; another compiler's in this process are not ours. */
#define SHOWN __attribute__((visibility("protected")))
extern struct jit_descriptor __jit_debug_descriptor;
SHOWN struct jit_descriptor __jit_debug_descriptor = {1, JIT_NOACTION, NULL, NULL};

/* GDB has a breakpoint here. */
void __jit_debug_register_code(void);
SHOWN __attribute__((noinline)) void __jit_debug_register_code(void) { __asm__ volatile("" ::: "memory"); }

struct gdb_jit {
    struct jit_code_entry entry;
    uint8_t elf[];
};

/* ---- moving an ELF file ---- */

struct view {
    uint8_t *bytes;
    size_t len;
    Elf64_Ehdr *ehdr;
    Elf64_Shdr *shdr;
    unsigned shnum;
};

static void *view_at(const struct view *v, uint64_t off, uint64_t len)
{
    return off <= v->len && len <= v->len - off ? v->bytes + off : NULL;
}

/* The same for a structure: aligned as well. */
static void *view_struct(const struct view *v, uint64_t off, uint64_t len) { return off % 8 == 0 ? view_at(v, off, len) : NULL; }

static int view_init(struct view *v, void *elf, size_t len)
{
    *v = (struct view){.bytes = elf, .len = len};
    v->ehdr = view_struct(v, 0, sizeof(Elf64_Ehdr));
    if (!v->ehdr || memcmp(v->ehdr->e_ident, ELFMAG, SELFMAG) || v->ehdr->e_ident[EI_CLASS] != ELFCLASS64 ||
        v->ehdr->e_machine != VCPU_ELF_MACHINE || v->ehdr->e_shentsize != sizeof(Elf64_Shdr))
        return -EINVAL;
    v->shnum = v->ehdr->e_shnum;
    v->shdr = view_struct(v, v->ehdr->e_shoff, (uint64_t)v->shnum * sizeof(Elf64_Shdr));
    return v->shdr ? 0 : -EINVAL;
}

static bool is_loaded(const struct view *v, unsigned section)
{
    return section < v->shnum && v->shdr[section].sh_flags & SHF_ALLOC;
}

/* Symbol `i` of table `symtab` lies in loaded memory. */
static bool symbol_is_loaded(const struct view *v, unsigned symtab, uint32_t i)
{
    if (symtab >= v->shnum)
        return false;
    const Elf64_Sym *sym = view_struct(v, v->shdr[symtab].sh_offset + (uint64_t)i * sizeof(*sym), sizeof(*sym));
    return sym && is_loaded(v, sym->st_shndx);
}

static void move_symbols(const struct view *v, const Elf64_Shdr *table, uint64_t base)
{
    for (uint64_t off = 0; off + sizeof(Elf64_Sym) <= table->sh_size; off += sizeof(Elf64_Sym)) {
        Elf64_Sym *sym = view_struct(v, table->sh_offset + off, sizeof(*sym));
        if (sym && is_loaded(v, sym->st_shndx) && ELF64_ST_TYPE(sym->st_info) != STT_TLS)
            sym->st_value += base;
    }
}

/* The kept relocations of one debug section: 64-bit words that hold an address of loaded memory. */
static void move_debug_words(const struct view *v, const Elf64_Shdr *rela, uint64_t base)
{
    if (rela->sh_info == 0 || rela->sh_info >= v->shnum)
        return;
    const Elf64_Shdr *target = &v->shdr[rela->sh_info];
    if (target->sh_flags & (SHF_ALLOC | SHF_COMPRESSED))
        return;
    for (uint64_t off = 0; off + sizeof(Elf64_Rela) <= rela->sh_size; off += sizeof(Elf64_Rela)) {
        const Elf64_Rela *r = view_struct(v, rela->sh_offset + off, sizeof(*r));
        if (!r || ELF64_R_TYPE(r->r_info) != VCPU_ELF_ABS64 || r->r_offset + 8 > target->sh_size ||
            !symbol_is_loaded(v, rela->sh_link, ELF64_R_SYM(r->r_info)))
            continue;
        uint8_t *word = view_at(v, target->sh_offset + r->r_offset, 8);
        uint64_t value;
        if (!word)
            continue;
        memcpy(&value, word, 8);
        value += base;
        memcpy(word, &value, 8);
    }
}

int gdb_jit_relocate(void *elf, size_t len, uint64_t base)
{
    struct view v;
    int err = view_init(&v, elf, len);
    if (err)
        return err;
    for (unsigned i = 0; i < v.shnum; i++) {
        if (v.shdr[i].sh_type == SHT_RELA)
            move_debug_words(&v, &v.shdr[i], base);
        else if (v.shdr[i].sh_type == SHT_SYMTAB || v.shdr[i].sh_type == SHT_DYNSYM)
            move_symbols(&v, &v.shdr[i], base);
    }
    for (unsigned i = 0; i < v.shnum; i++)
        if (is_loaded(&v, i))
            v.shdr[i].sh_addr += base;
    for (unsigned i = 0; i < v.ehdr->e_phnum; i++) {
        Elf64_Phdr *phdr = view_struct(&v, v.ehdr->e_phoff + (uint64_t)i * sizeof(*phdr), sizeof(*phdr));
        if (!phdr)
            return -EINVAL;
        phdr->p_vaddr += base;
        phdr->p_paddr += base;
    }
    if (v.ehdr->e_entry)
        v.ehdr->e_entry += base;
    return 0;
}

/* ---- registering ---- */

struct gdb_jit *gdb_jit_register(const void *elf, size_t len, uint64_t base)
{
    struct gdb_jit *jit = alloc_zero("symbols for GDB", 1, sizeof(*jit) + len);
    memcpy(jit->elf, elf, len);
    if (gdb_jit_relocate(jit->elf, len, base)) {
        free(jit);
        return NULL;
    }
    jit->entry.symfile_addr = (const char *)jit->elf;
    jit->entry.symfile_size = len;
    jit->entry.next_entry = __jit_debug_descriptor.first_entry;
    if (jit->entry.next_entry)
        jit->entry.next_entry->prev_entry = &jit->entry;
    __jit_debug_descriptor.first_entry = &jit->entry;
    __jit_debug_descriptor.relevant_entry = &jit->entry;
    __jit_debug_descriptor.action_flag = JIT_REGISTER;
    __jit_debug_register_code();
    return jit;
}

void gdb_jit_unregister(struct gdb_jit *jit)
{
    if (!jit)
        return;
    if (jit->entry.prev_entry)
        jit->entry.prev_entry->next_entry = jit->entry.next_entry;
    else
        __jit_debug_descriptor.first_entry = jit->entry.next_entry;
    if (jit->entry.next_entry)
        jit->entry.next_entry->prev_entry = jit->entry.prev_entry;
    __jit_debug_descriptor.relevant_entry = &jit->entry;
    __jit_debug_descriptor.action_flag = JIT_UNREGISTER;
    __jit_debug_register_code();
    free(jit);
}
