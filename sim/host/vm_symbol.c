/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names for addresses of guest code, from the symbol tables of the images in a VM. */
#include <elf.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/vm__.h"

enum { NAME_MAX_LEN = 80 };

static const void *at(const struct vm_image *image, uint64_t off, uint64_t len)
{
    return off <= image->len && len <= image->len - off ? image->elf + off : NULL;
}

static bool header(const struct vm_image *image, Elf64_Ehdr *e)
{
    const void *p = at(image, 0, sizeof(*e));
    if (!p)
        return false;
    memcpy(e, p, sizeof(*e));
    return memcmp(e->e_ident, ELFMAG, SELFMAG) == 0 && e->e_ident[EI_CLASS] == ELFCLASS64;
}

/* Bytes of memory the image takes from its base. */
static uint64_t memory_size(const struct vm_image *image)
{
    Elf64_Ehdr e;
    uint64_t end = 0;
    if (!header(image, &e))
        return 0;
    for (unsigned i = 0; i < e.e_phnum; i++) {
        Elf64_Phdr phdr;
        const void *p = at(image, e.e_phoff + (uint64_t)i * sizeof(phdr), sizeof(phdr));
        if (!p)
            break;
        memcpy(&phdr, p, sizeof(phdr));
        if (phdr.p_type == PT_LOAD && phdr.p_vaddr + phdr.p_memsz > end)
            end = phdr.p_vaddr + phdr.p_memsz;
    }
    return end;
}

static bool section(const struct vm_image *image, const Elf64_Ehdr *e, unsigned i, Elf64_Shdr *out)
{
    const void *p = i < e->e_shnum ? at(image, e->e_shoff + (uint64_t)i * sizeof(*out), sizeof(*out)) : NULL;
    if (p)
        memcpy(out, p, sizeof(*out));
    return p != NULL;
}

/* The last function of one symbol table that begins at or before `pc`; its name goes to `name`. */
static bool table_find(const struct vm_image *image, const Elf64_Ehdr *e, const Elf64_Shdr *table, uint64_t pc,
                       char *name, uint64_t *start)
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
        if (room > NAME_MAX_LEN - 1)
            room = NAME_MAX_LEN - 1;
        const char *s = at(image, strings.sh_offset + sym.st_name, room);
        if (!s)
            continue;
        snprintf(name, NAME_MAX_LEN, "%.*s", (int)room, s);
        *start = sym.st_value;
        found = true;
    }
    return found;
}

static bool symbol_find(const struct vm_image *image, uint64_t pc, char *name, uint64_t *start)
{
    static const uint32_t kinds[2] = {SHT_SYMTAB, SHT_DYNSYM}; /* the second is all that a stripped image has */
    Elf64_Ehdr e;
    if (!header(image, &e))
        return false;
    for (int k = 0; k < 2; k++)
        for (unsigned i = 0; i < e.e_shnum; i++) {
            Elf64_Shdr table;
            if (section(image, &e, i, &table) && table.sh_type == kinds[k] &&
                table_find(image, &e, &table, pc, name, start))
                return true;
        }
    return false;
}

/* "in <image> <symbol>+0x<offset> (<kind>)"; false when `pc` lies in no image. */
static bool place_text(const struct vm *vm, uint64_t pc, char *text, size_t cap)
{
    for (const struct vm_image *image = vm->images; image; image = image->next) {
        char name[NAME_MAX_LEN];
        uint64_t start = 0;
        if (pc < image->base || pc - image->base >= memory_size(image))
            continue;
        const char *kind = image->is_boot ? "boot image" : "plugin";
        if (symbol_find(image, pc - image->base, name, &start))
            snprintf(text, cap, "in %s %s+0x%" PRIx64 " (%s)", image->name, name, pc - image->base - start, kind);
        else
            snprintf(text, cap, "in %s at +0x%" PRIx64 " (%s)", image->name, pc - image->base, kind);
        return true;
    }
    return false;
}

void vm__symbol_text(const struct vm *vm, char *text, size_t cap)
{
    uint64_t pc = vcpu_regs_pc(&vm->cpu.regs), back;
    char caller[160];
    if (place_text(vm, pc, text, cap))
        return;
    /* A call into nowhere: the word on the stack tells who made it. */
    const void *top = vm__at_va(vm, vcpu_regs_sp(&vm->cpu.regs), sizeof(back));
    if (top) {
        memcpy(&back, top, sizeof(back));
        if (place_text(vm, back, caller, sizeof(caller))) {
            snprintf(text, cap, "at 0x%" PRIx64 ", outside every image, called %s", pc, caller);
            return;
        }
    }
    snprintf(text, cap, "at 0x%" PRIx64 ", outside every image", pc);
}
