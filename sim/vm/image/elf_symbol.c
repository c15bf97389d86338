/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/image/elf_symbol.h"

#include <ctype.h>
#include <elf.h>
#include <stdio.h>
#include <string.h>

struct elf {
    const uint8_t *bytes;
    size_t len;
};

static const void *at(const struct elf *image, uint64_t off, uint64_t len)
{
    return off <= image->len && len <= image->len - off ? image->bytes + off : NULL;
}

static bool header(const struct elf *image, Elf64_Ehdr *e)
{
    const void *p = at(image, 0, sizeof(*e));
    if (!p)
        return false;
    memcpy(e, p, sizeof(*e));
    return memcmp(e->e_ident, ELFMAG, SELFMAG) == 0 && e->e_ident[EI_CLASS] == ELFCLASS64;
}

static bool segment(const struct elf *image, const Elf64_Ehdr *e, unsigned i, Elf64_Phdr *out)
{
    const void *p = i < e->e_phnum ? at(image, e->e_phoff + (uint64_t)i * sizeof(*out), sizeof(*out)) : NULL;
    if (p)
        memcpy(out, p, sizeof(*out));
    return p;
}

uint64_t elf_memory_size(const uint8_t *elf, size_t len)
{
    const struct elf file = {elf, len}, *image = &file;
    Elf64_Ehdr e;
    uint64_t end = 0;
    if (!header(image, &e))
        return 0;
    Elf64_Phdr phdr;
    for (unsigned i = 0; segment(image, &e, i, &phdr); i++) {
        if (phdr.p_type == PT_LOAD && phdr.p_vaddr + phdr.p_memsz > end)
            end = phdr.p_vaddr + phdr.p_memsz;
    }
    return end;
}

bool elf_code_at(const uint8_t *elf, size_t len, uint64_t addr, uint64_t *from, uint64_t *bytes)
{
    const struct elf file = {elf, len}, *image = &file;
    Elf64_Ehdr e;
    if (!header(image, &e))
        return false;
    Elf64_Phdr phdr;
    for (unsigned i = 0; segment(image, &e, i, &phdr); i++) {
        if (phdr.p_type == PT_LOAD && phdr.p_flags & PF_X && addr >= phdr.p_vaddr && addr - phdr.p_vaddr < phdr.p_filesz) {
            *from = phdr.p_vaddr;
            *bytes = phdr.p_filesz;
            return true;
        }
    }
    return false;
}

static bool section(const struct elf *image, const Elf64_Ehdr *e, unsigned i, Elf64_Shdr *out)
{
    const void *p = i < e->e_shnum ? at(image, e->e_shoff + (uint64_t)i * sizeof(*out), sizeof(*out)) : NULL;
    if (p)
        memcpy(out, p, sizeof(*out));
    return p != NULL;
}

/* The last function of one symbol table that begins at or before `pc`; its name goes to `name`. */
static bool table_find(const struct elf *image, const Elf64_Ehdr *e, const Elf64_Shdr *table, uint64_t pc, char *name,
                       uint64_t *start)
{
    Elf64_Shdr strings;
    bool found = false;
    if (!section(image, e, table->sh_link, &strings))
        return false;
    for (uint64_t off = 0; off + sizeof(Elf64_Sym) <= table->sh_size; off += sizeof(Elf64_Sym)) {
        Elf64_Sym sym;
        const void *p = at(image, table->sh_offset + off, sizeof(sym));
        if (!p)
            break;
        memcpy(&sym, p, sizeof(sym));
        if (ELF64_ST_TYPE(sym.st_info) != STT_FUNC || sym.st_shndx == SHN_UNDEF || sym.st_value > pc ||
            (sym.st_size && pc - sym.st_value >= sym.st_size) || (found && sym.st_value <= *start) ||
            sym.st_name >= strings.sh_size)
            continue;
        uint64_t room = strings.sh_size - sym.st_name;
        if (room > ELF_SYMBOL_LEN - 1)
            room = ELF_SYMBOL_LEN - 1;
        const char *s = at(image, strings.sh_offset + sym.st_name, room);
        if (!s)
            continue;
        snprintf(name, ELF_SYMBOL_LEN, "%.*s", (int)room, s);
        for (char *c = name; *c; c++)
            *c = isprint((unsigned char)*c) ? *c : '.';
        *start = sym.st_value;
        found = true;
    }
    return found;
}

bool elf_symbol_find(const uint8_t *elf, size_t len, uint64_t pc, char name[ELF_SYMBOL_LEN], uint64_t *start)
{
    const struct elf file = {elf, len}, *image = &file;
    static const uint32_t kinds[2] = {SHT_SYMTAB, SHT_DYNSYM}; /* the second is all that a stripped image has */
    Elf64_Ehdr e;
    if (!header(image, &e))
        return false;
    for (int k = 0; k < 2; k++)
        for (unsigned i = 0; i < e.e_shnum; i++) {
            Elf64_Shdr table;
            if (section(image, &e, i, &table) && table.sh_type == kinds[k] && table_find(image, &e, &table, pc, name, start))
                return true;
        }
    return false;
}
