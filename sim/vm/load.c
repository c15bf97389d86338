/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Images in a VM: loads the boot image, keeps copies of all for symbols and debuggers, and names addresses by them. */
#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/fnv.h"
#include "core/alloc.h"
#include "vm/image/elf_symbol.h"
#include "vm/image/guest_code.h"
#include "vm/vm__.h"

int vm_debugger_enabled, vm_traps_each_store;

/* ---- the list ---- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Takes the bytes at `elf`, unless it is the boot image. */
static struct vm_image *image_add(struct vm *vm, const char *name, const uint8_t *elf, size_t len, uint64_t base, bool is_boot)
{
    struct vm_image *image = alloc_zero("the guest image", 1, sizeof(*image));
    snprintf(image->name, sizeof(image->name), "%s", base_name(name));
    image->elf = elf;
    image->len = len;
    image->base = base;
    image->is_boot = is_boot;
    image->jit = vm_debugger_enabled ? gdb_jit_register(elf, len, base) : NULL;
    struct vm_image **end = &vm->images;
    while (*end)
        end = &(*end)->next;
    *end = image;
    return image;
}

static void image_unlink(struct vm_image **at)
{
    struct vm_image *image = *at;
    *at = image->next;
    gdb_jit_unregister(image->jit);
    if (!image->is_boot)
        free((void *)(uintptr_t)image->elf);
    free(image);
}

void vm_add_image(struct vm *vm, const char *name, const void *elf, size_t len, uint64_t base)
{
    unsigned count = 0;
    for (const struct vm_image *i = vm->images; i; i = i->next)
        count++;
    vm_remove_image(vm, base);
    vm__patches_undo(vm); /* the guest's shell looks at what was loaded */
    /* Only names in texts depend on it: past the limit the image runs as well, without them. */
    if (count >= VM_IMAGES_MAX || len > VM_IMAGE_BYTES_MAX)
        return;
    uint8_t *copy = alloc_bytes("the guest image", len);
    memcpy(copy, elf, len);
    image_add(vm, name, copy, len, base, false);
}

void vm_remove_image(struct vm *vm, uint64_t base)
{
    for (struct vm_image **at = &vm->images; *at; at = &(*at)->next)
        if ((*at)->base == base && !(*at)->is_boot) {
            image_unlink(at);
            return;
        }
}

void vm__image_free_all(struct vm *vm)
{
    while (vm->images)
        image_unlink(&vm->images);
}

static void load_images(struct vm *vm, struct save *s, uint32_t count)
{
    for (struct vm_image **at = &vm->images; *at;)
        if ((*at)->is_boot)
            at = &(*at)->next;
        else
            image_unlink(at);
    for (uint32_t i = 0; i < count && !s->err; i++) {
        struct vm_image head = {0};
        save_field(s, head.name);
        save_field(s, head.base);
        save_field(s, head.len);
        if (!s->err && (head.len > VM_IMAGE_BYTES_MAX || head.len > s->len - s->pos))
            save_fail(s, -EPROTO, "an image of %zu bytes", head.len);
        if (s->err)
            return;
        head.name[sizeof(head.name) - 1] = '\0';
        vm_add_image(vm, head.name, s->buf + s->pos, head.len, head.base);
        s->pos += head.len;
    }
}

void vm__image_save(struct vm *vm, struct save *s)
{
    uint32_t count = 0;
    for (const struct vm_image *i = vm->images; i; i = i->next)
        count += !i->is_boot;
    save_section(s, "vm images", 1);
    save_expect_u64(s, "the guest image's digest", vm->image_digest);
    save_field(s, count);
    if (!s->err && count > VM_IMAGES_MAX)
        save_fail(s, -EPROTO, "%" PRIu32 " images", count);
    if (s->err)
        return;
    if (save_is_loading(s)) {
        load_images(vm, s, count);
        return;
    }
    for (struct vm_image *i = vm->images; i; i = i->next) {
        if (i->is_boot)
            continue;
        save_field(s, i->name);
        save_field(s, i->base);
        save_field(s, i->len);
        save_bytes(s, (void *)(uintptr_t)i->elf, i->len); /* not loading: it is only read */
    }
}

/* ---- the boot image ---- */

/* As it was read, once for all VMs and worlds. */
struct boot_file {
    uint8_t *bytes;
    size_t len;
    uint64_t digest;
    bool is_checked; /* its code has been looked through */
    struct guest_counts counts[MACHINE_CALLS];
};

static const char boot_kind[] = "guest image";

struct elf_file {
    const char *path;
    const uint8_t *bytes;
    size_t len;
    const Elf64_Ehdr *ehdr;
    bool *is_checked;
    char *err;
    size_t err_cap;
};

static int refuse(const struct elf_file *f, const char *why)
{
    snprintf(f->err, f->err_cap, "%s: %s", f->path, why);
    return -EINVAL;
}

static void boot_file_free(void *thing)
{
    struct boot_file *file = thing;
    free(file->bytes);
    free(file);
}

static uint64_t boot_file_digest(const void *thing)
{
    const struct boot_file *file = thing;
    return recycler_hash(file->digest, file->bytes, file->len);
}

static int read_all(struct elf_file *f, FILE *in, struct boot_file *file)
{
    size_t cap = 0;
    while (file->len == cap && cap <= VM_IMAGE_BYTES_MAX) {
        cap = cap ? 2 * cap : 256 << 10;
        file->bytes = alloc_grow("the guest image", file->bytes, cap);
        file->len += fread(file->bytes + file->len, 1, cap - file->len, in);
    }
    if (ferror(in))
        return refuse(f, alloc_reason(errno ? errno : EIO));
    if (file->len > VM_IMAGE_BYTES_MAX)
        return refuse(f, "a guest image has at most 16 MiB");
    return 0;
}

static int read_counts(struct elf_file *f, struct boot_file *file)
{
#define OWNER(name, text) text,
    static const char *const owner[MACHINE_CALLS] = {MACHINE_CALLS_OF(OWNER)};
#undef OWNER
    int rc = 0;
    for (unsigned i = 0; i < MACHINE_CALLS && rc == 0; i++)
        rc = guest_counts_read(f->path, owner[i], &file->counts[i], f->err, f->err_cap);
    return rc;
}

static int read_file(struct vm *vm, struct elf_file *f)
{
    struct boot_file *file = recycler_shared(vm->recycler, boot_kind, f->path);
    if (!file) {
        FILE *in = fopen(f->path, "rb");
        if (!in)
            return refuse(f, alloc_reason(errno));
        file = alloc_zero("the guest image", 1, sizeof(*file));
        int rc = read_all(f, in, file);
        fclose(in);
        rc = rc ? rc : read_counts(f, file);
        if (rc) {
            boot_file_free(file);
            return rc;
        }
        file->digest = fnv1a(FNV_BASIS, file->bytes, file->len);
        for (unsigned i = 0; i < MACHINE_CALLS; i++) { /* another price is another guest to whoever saved one */
            const struct guest_counts *c = &file->counts[i];
            const uint32_t word[] = {c->is_counted, c->tx, c->rx, c->poll, c->interrupt};
            file->digest = fnv1a(file->digest, word, sizeof(word));
        }
        recycler_share(vm->recycler, boot_kind, f->path, file, boot_file_free, boot_file_digest);
    }
    f->bytes = file->bytes;
    f->len = file->len;
    f->is_checked = &file->is_checked;
    vm->image_digest = file->digest;
    memcpy(vm->counts, file->counts, sizeof(vm->counts));
    return 0;
}

static int check_header(struct elf_file *f)
{
    const Elf64_Ehdr *e = (const void *)f->bytes;
    f->ehdr = e;
    if (f->len < sizeof(*e) || memcmp(e->e_ident, ELFMAG, SELFMAG) || e->e_ident[EI_CLASS] != ELFCLASS64)
        return refuse(f, "not a 64-bit ELF file");
    if (e->e_machine != VCPU_ELF_MACHINE)
        return refuse(f, "built for another processor");
    if (e->e_type != ET_DYN)
        return refuse(f, "not a static position-independent executable (link with -static-pie)");
    if (e->e_phentsize != sizeof(Elf64_Phdr) || e->e_phoff % 8 || e->e_phoff > f->len ||
        e->e_phnum > (f->len - e->e_phoff) / sizeof(Elf64_Phdr))
        return refuse(f, "its program headers lie outside the file");
    return 0;
}

static int check_segment(const struct elf_file *f, const Elf64_Phdr *p)
{
    struct guest_code_finding found;
    char why[240], name[ELF_SYMBOL_LEN] = "";
    uint64_t start = 0;

    if (p->p_offset > f->len || p->p_filesz > f->len - p->p_offset)
        return refuse(f, "a segment lies outside the file");
    if (p->p_flags & PF_W)
        return refuse(f, "a segment is writable and executable");
    if (guest_code_check(f->bytes + p->p_offset, p->p_filesz, &found) == GUEST_CODE_GOOD)
        return 0;
    uint64_t at = p->p_vaddr + found.at;
    if (!elf_symbol_find(f->bytes, f->len, at, name, &start))
        start = 0;
    snprintf(why, sizeof(why), "%s%sat %s+0x%" PRIx64 " %s", found.name, *found.name ? " " : "code ", *name ? name : "image",
             at - start, found.complaint);
    return refuse(f, why);
}

/* As a plugin's (plugin_image.c): what it is entered at and all that it says is code. */
static int check_code(const struct elf_file *f)
{
    const Elf64_Phdr *phdr = (const void *)(f->bytes + f->ehdr->e_phoff);
    uint64_t entry = f->ehdr->e_entry;
    bool has_entry = false;

    for (unsigned i = 0; i < f->ehdr->e_phnum && !*f->is_checked; i++) {
        if (phdr[i].p_type != PT_LOAD || !(phdr[i].p_flags & PF_X))
            continue;
        int rc = check_segment(f, &phdr[i]);
        if (rc)
            return rc;
        has_entry |= entry >= phdr[i].p_vaddr && entry - phdr[i].p_vaddr < phdr[i].p_filesz;
    }
    if (!*f->is_checked && !has_entry)
        return refuse(f, "its entry lies outside its code");
    *f->is_checked = true;
    return 0;
}

static int load_segment(struct vm *vm, struct elf_file *f, const Elf64_Phdr *p, uint64_t room)
{
    if (p->p_memsz < p->p_filesz || p->p_vaddr > room || p->p_memsz > room - p->p_vaddr)
        return refuse(f, "does not fit into the VM's RAM");
    if (p->p_offset > f->len || p->p_filesz > f->len - p->p_offset)
        return refuse(f, "a segment lies outside the file");
    memcpy(vm->ram + VM_IMAGE_GPA + p->p_vaddr, f->bytes + p->p_offset, p->p_filesz);
    uint64_t end = VM_IMAGE_GPA + p->p_vaddr + p->p_memsz;
    if (end > vm->image_end)
        vm->image_end = end;
    return 0;
}

static int relocate(struct vm *vm, struct elf_file *f, uint64_t table, uint64_t size)
{
    uint64_t image_len = vm->image_end - VM_IMAGE_GPA;
    uint8_t *image = vm->ram + VM_IMAGE_GPA;
    if (table > image_len || size > image_len - table)
        return refuse(f, "its relocation table lies outside the image");
    for (uint64_t i = 0; i < size / sizeof(Elf64_Rela); i++) {
        Elf64_Rela r;
        memcpy(&r, image + table + i * sizeof(r), sizeof(r));
        if (ELF64_R_TYPE(r.r_info) == VCPU_ELF_NONE)
            continue;
        if (ELF64_R_TYPE(r.r_info) != VCPU_ELF_RELATIVE)
            return refuse(f, "has relocations other than relative ones (an undefined symbol?)");
        if (r.r_offset > image_len || image_len - r.r_offset < 8)
            return refuse(f, "a relocation lies outside the image");
        uint64_t value = vm->window + VM_IMAGE_GPA + (uint64_t)r.r_addend;
        memcpy(image + r.r_offset, &value, sizeof(value));
    }
    return 0;
}

static int apply_dynamic(struct vm *vm, struct elf_file *f, const Elf64_Phdr *dynamic)
{
    uint64_t table = 0, size = 0;
    if (dynamic->p_offset > f->len || dynamic->p_filesz > f->len - dynamic->p_offset)
        return refuse(f, "its dynamic section lies outside the file");
    for (uint64_t off = 0; off + sizeof(Elf64_Dyn) <= dynamic->p_filesz; off += sizeof(Elf64_Dyn)) {
        Elf64_Dyn d;
        memcpy(&d, f->bytes + dynamic->p_offset + off, sizeof(d));
        if (d.d_tag == DT_NULL)
            break;
        if (d.d_tag == DT_RELA)
            table = d.d_un.d_ptr;
        else if (d.d_tag == DT_RELASZ)
            size = d.d_un.d_val;
        else if (d.d_tag == DT_REL || d.d_tag == DT_JMPREL || d.d_tag == 36 /* DT_RELR */)
            return refuse(f, "has relocations of a kind other than RELA");
        else if (d.d_tag == DT_NEEDED)
            return refuse(f, "needs shared libraries");
    }
    return size ? relocate(vm, f, table, size) : 0;
}

/* From the begin of the image to what the guest may write: code that runs astray traps, and how many pages of an image are not
 * empty (all that a migration must move) does not depend on how long a compiler made the code. */
static void fill(struct vm *vm, const struct elf_file *f, const Elf64_Phdr *phdr, uint64_t room)
{
    uint64_t end = 0;

    for (unsigned i = 0; i < f->ehdr->e_phnum && !end; i++)
        if (phdr[i].p_type == PT_LOAD && phdr[i].p_flags & PF_W)
            end = phdr[i].p_vaddr & ~UINT64_C(4095);
    memset(vm->ram + VM_IMAGE_GPA, VCPU_TRAP_BYTE, end <= room ? end : 0);
}

static int load(struct vm *vm, struct elf_file *f)
{
    const Elf64_Phdr *phdr = (const void *)(f->bytes + f->ehdr->e_phoff);
    uint64_t room = vm->params.ram_bytes - VM_STACK_BYTES - VM_IMAGE_GPA;
    int rc = 0;
    vm->image_end = VM_IMAGE_GPA;
    fill(vm, f, phdr, room);
    for (unsigned i = 0; i < f->ehdr->e_phnum && rc == 0; i++)
        if (phdr[i].p_type == PT_LOAD)
            rc = load_segment(vm, f, &phdr[i], room);
    for (unsigned i = 0; i < f->ehdr->e_phnum && rc == 0; i++)
        if (phdr[i].p_type == PT_DYNAMIC)
            rc = apply_dynamic(vm, f, &phdr[i]);
    if (rc == 0 && f->ehdr->e_entry >= vm->image_end - VM_IMAGE_GPA)
        rc = refuse(f, "its entry lies outside the image");
    return rc;
}

int vm__image_boot(struct vm *vm, char *err, size_t err_cap)
{
    struct elf_file f = {.path = vm->image_path, .err = err, .err_cap = err_cap};
    int rc = read_file(vm, &f);
    if (rc == 0)
        rc = check_header(&f);
    if (rc == 0)
        rc = check_code(&f);
    if (rc == 0)
        rc = load(vm, &f);
    if (rc == 0) {
        vm->image_entry = vm->window + VM_IMAGE_GPA + f.ehdr->e_entry;
        image_add(vm, f.path, f.bytes, f.len, vm->window + VM_IMAGE_GPA, true);
    }
    return rc;
}

/* ---- names for addresses of guest code, from the symbol tables of its images ---- */

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
static bool is_ours(const struct vcpu *vcpu, uint64_t pc)
{
    const struct vm *vm = vcpu->vm;
    const struct vcpu_fault *fault = &vm->context.fault;
    bool is_outside = pc < vm->window || pc - vm->window >= MACHINE_WINDOW_SIZE;
    return is_outside && (fault->address != pc || (fault->signal == SIGSEGV && fault->code == SEGV_ACCERR));
}

void vm__symbol_text(struct vcpu *vcpu, char *text, size_t cap)
{
    const struct vm *vm = vcpu->vm;
    uint64_t pc = vcpu_regs_pc(vm__regs(vcpu)), back;
    char caller[160], place[64];
    if (place_text(vm, pc, text, cap))
        return;
    if (is_ours(vcpu, pc))
        snprintf(place, sizeof(place), "in the simulator's own code");
    else
        snprintf(place, sizeof(place), "at 0x%" PRIx64 ", outside every image", pc);
    /* A call into nowhere: the word on the stack tells who made it. */
    const void *top = vm__at_va(vm, vcpu_regs_sp(vm__regs(vcpu)), sizeof(back));
    if (top) {
        memcpy(&back, top, sizeof(back));
        if (place_text(vm, back, caller, sizeof(caller))) {
            snprintf(text, cap, "%s, called %s", place, caller);
            return;
        }
    }
    snprintf(text, cap, "%s", place);
}
