/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names for addresses of guest code, from the symbol tables of the images in a VM. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "vm/image/elf_symbol.h"
#include "vm/vm__.h"

/* "in <image> <symbol>+0x<offset> (<kind>)"; false when `pc` lies in no image. */
static bool place_text(const struct vm *vm, uint64_t pc, char *text, size_t cap)
{
    for (const struct vm_image *image = vm->images; image; image = image->next) {
        char name[ELF_SYMBOL_LEN];
        uint64_t start = 0;
        if (pc < image->base || pc - image->base >= elf_memory_size(image->elf, image->len))
            continue;
        const char *kind = image->is_boot ? "boot image" : "plugin";
        if (elf_symbol_find(image->elf, image->len, pc - image->base, name, &start))
            snprintf(text, cap, "in %s %s+0x%" PRIx64 " (%s)", image->name, name, pc - image->base - start, kind);
        else
            snprintf(text, cap, "in %s at +0x%" PRIx64 " (%s)", image->name, pc - image->base, kind);
        return true;
    }
    return false;
}

/* Code of the simulator, or of a library of its: where that lies differs from run to run. What could not even be fetched is
 * nobody's. */
static bool is_ours(const struct vm *vm, uint64_t pc)
{
    const struct vcpu_fault *fault = &vm->cpu.fault;
    bool is_outside = pc < vm->window || pc - vm->window >= MACHINE_WINDOW_SIZE;
    return is_outside && (fault->address != pc || (fault->signal == SIGSEGV && fault->code == SEGV_ACCERR));
}

void vm__symbol_text(const struct vm *vm, char *text, size_t cap)
{
    uint64_t pc = vcpu_regs_pc(&vm->cpu.regs), back;
    char caller[160], place[64];
    if (place_text(vm, pc, text, cap))
        return;
    if (is_ours(vm, pc))
        snprintf(place, sizeof(place), "in the simulator's own code");
    else
        snprintf(place, sizeof(place), "at 0x%" PRIx64 ", outside every image", pc);
    /* A call into nowhere: the word on the stack tells who made it. */
    const void *top = vm__at_va(vm, vcpu_regs_sp(&vm->cpu.regs), sizeof(back));
    if (top) {
        memcpy(&back, top, sizeof(back));
        if (place_text(vm, back, caller, sizeof(caller))) {
            snprintf(text, cap, "%s, called %s", place, caller);
            return;
        }
    }
    snprintf(text, cap, "%s", place);
}
