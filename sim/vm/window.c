/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The windows of this process: whose VMs are mapped at their addresses.
 *
 * A slot's window lies at the same addresses in every world, since its guest's RAM holds pointers into it. So one world's VMs are
 * in their windows at a time: those of the world that runs. The others are parked. A parked VM has all of its state (its RAM is a
 * memory file, which the simulator looks at through a view of its own; its machine page is a copy), but no addresses where its code
 * could run; no guest of the world that runs can reach it. vm__window_change() changes over when guest code is about to be run, and
 * at no other time: DMA, save and checkers go through the view and need no window.
 *
 * Of one world alone, every window is mapped from its creation to its end, and nothing here costs more than a load and a branch
 * when guest code is entered. What a recycler keeps from one world to the next of its scenario stays mapped too.
 *
 * This list belongs to the process, as its address space does; so do the signal handlers (vm/cpu/trap.h), whose thread is the only
 * one that gets here.
 */
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/alloc.h"
#include "vm/image/elf_symbol.h"
#include "vm/vm__.h"

struct vm_window {
    struct vm_window *next;    /* of all there are, mapped or not */
    uint64_t base;
    const struct sim *sim;     /* whose VM it is; NULL: of a world that is gone, kept by `recycler` */
    const struct recycler *recycler;
    struct vm *vm;             /* NULL: kept */
    bool is_mapped;
    void *machine;             /* the machine page of a parked VM; else NULL */
};

static struct vm_window *windows;

static void *at(uint64_t address) { return (void *)(uintptr_t)address; }

static int map_none(uint64_t address, uint64_t bytes, int fixed)
{
    void *got = mmap(at(address), bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | fixed, -1, 0);
    if (got == at(address))
        return 0;
    if (got == MAP_FAILED)
        return -errno;
    munmap(got, bytes); /* a kernel before 4.17 takes the address for a hint */
    return -EEXIST;
}

/* The window is ours; what can fail is memory for the kernel's records of it. */
static void must(int failed)
{
    if (failed)
        alloc_failed("a VM's window", MACHINE_WINDOW_SIZE, errno);
}

/* Of its window as it is now nothing is patched. */
static void forget_patches(struct vm *vm, bool exits)
{
    if (vm->patches)
        patch_forget(vm->patches, exits);
}

int vm__window_map_ram(struct vm *vm)
{
    void *want = at(vm->window);
    forget_patches(vm, false);
    void *got = mmap(want, vm->params.ram_bytes, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED | MAP_FIXED, vm->ram_fd, 0);
    return got == want ? 0 : -errno;
}

int vm__window_map_machine(struct vm *vm)
{
    void *page = at(vm->window + MACHINE_PAGE_OFFSET);
    if (mmap(page, 2 * VM_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
        return -errno;
    vm->page = page;
    return 0;
}

int vm__window_write_stub(struct vm *vm)
{
    void *stub = at(vm->window + MACHINE_STUB_OFFSET);
    if (!vm->in_window->is_mapped)
        return 0; /* it is written when it is */
    if (mprotect(stub, VM_PAGE, PROT_READ | PROT_WRITE))
        return -errno;
    vcpu_write_stub(stub, &vm->context);
    return mprotect(stub, VM_PAGE, PROT_READ | PROT_EXEC) ? -errno : 0;
}

/* Runs of pages that are alike in this are protected at a time. */
void vm__window_protect(struct vm *vm, uint64_t first, uint64_t end)
{
    const struct mem_pager *pager = vm->mem.pager;
    if (!vm->in_window->is_mapped)
        return;
    vm__patches_undo(vm);
    for (uint64_t i = first + 1; i <= end; i++) {
        bool missing = pager && pager->missing[first];
        if (i < end && missing == (pager && pager->missing[i]))
            continue;
        int err = mprotect(at(vm->window + first * VM_PAGE), (i - first) * VM_PAGE,
                           missing ? PROT_NONE : PROT_READ | PROT_WRITE | PROT_EXEC);
        assert(!err && "the window is ours");
        first = i;
    }
}

void vm__window_close(struct vm *vm)
{
    if (!vm->in_window->is_mapped)
        return;
    must(map_none(vm->window, vm->params.ram_bytes, MAP_FIXED));
    forget_patches(vm, false);
}

void vm__window_open(struct vm *vm)
{
    if (vm->in_window->is_mapped)
        must(vm__window_map_ram(vm));
}

/* ---- stores that leave by a jump ---- */

static struct patch_place place_of(const struct vm *vm)
{
    return (struct patch_place){vm->window, vm->params.ram_bytes, vm->ram_fd, vm->ram, 0, 0};
}

static void must_be_there(const struct vm *vm) { must(vm->patches->is_lost); }

/* The code of the image that `pc` lies in. */
static void find_code(const struct vm *vm, uint64_t pc, struct patch_place *place)
{
    for (const struct vm_image *i = vm->images; i; i = i->next) {
        uint64_t from, len;
        if (pc < i->base || !elf_code_at(i->elf, i->len, pc - i->base, &from, &len))
            continue;
        uint64_t gpa = i->base - vm->window + from;
        if (gpa < vm->params.ram_bytes && len <= vm->params.ram_bytes - gpa) {
            place->code_gpa = gpa;
            place->code_len = len;
        }
    }
}

/* A page that is still at the VM's former host has no copy. A debugger's breakpoints lie in the RAM. */
void vm__patch_store(struct vm *vm, uint64_t pc)
{
#ifdef VFSIM_PLAIN
    return;
#endif
    struct patch_place place = place_of(vm);
    if (vm->mem.pager || vm_traps_each_store || vm_debugger_enabled)
        return;
    if (!vm->patches)
        vm->patches = alloc_zero("a VM's code", 1, sizeof(*vm->patches));
    find_code(vm, pc, &place);
    patch_store(vm->patches, &place, &vm->context, pc);
    must_be_there(vm);
}

void vm__patches_undo(struct vm *vm)
{
    const struct patch_place place = place_of(vm);
    if (!vm__has_patches(vm))
        return;
    patch_undo(vm->patches, &place);
    must_be_there(vm);
}

void vm__patches_refresh(struct vm *vm)
{
    const struct patch_place place = place_of(vm);
    patch_refresh(vm->patches, &place);
    must_be_there(vm);
    vcpu_regs_set_pc(&vm->context.regs, patch_enter_at(vm->patches, &place, vcpu_regs_pc(&vm->context.regs)));
}

/* Once it is where its code is: a write to a page that is a copy; or a store that is none to registers this time. */
bool vm__patch_was_in_the_way(struct vm *vm, enum vcpu_exit why)
{
    const struct patch_place place = place_of(vm);
    if (!vm__has_patches(vm))
        return false;
    vcpu_regs_set_pc(&vm->context.regs, patch_left_at(vm->patches, &place, vcpu_regs_pc(&vm->context.regs)));
    uint64_t address = vm->context.fault.address;
    bool is_write = why == VCPU_EXIT_FAULT && vm->context.fault.signal == SIGSEGV && vm->context.fault.code == SEGV_ACCERR;
    if (why == VCPU_EXIT_STORE) {
        const struct vcpu_store *store = patch_left_by(vm->patches, &vm->context);
        struct vcpu_access access;
        uint64_t target;
        vcpu_regs_set_pc(&vm->context.regs, store->pc);
        vcpu_take_store(&vm->context.regs, store, &access, &target);
        is_write = target - vm->window - MACHINE_MMIO_OFFSET >= MACHINE_MMIO_SIZE;
        address = store->pc;
    }
    bool was_written = is_write && patch_was_written(vm->patches, &place, address);
    must_be_there(vm);
    return was_written;
}

/* ---- whose they are ---- */

static void park(struct vm_window *w)
{
    if (!w->is_mapped)
        return;
    if (w->vm) {
        w->machine = alloc_bytes("a VM's window", VM_PAGE);
        memcpy(w->machine, (void *)(uintptr_t)w->vm->page, VM_PAGE);
        w->vm->page = w->machine;
    }
    must(map_none(w->base, MACHINE_WINDOW_SIZE, MAP_FIXED));
    if (w->vm)
        forget_patches(w->vm, true);
    w->is_mapped = false;
}

static void unpark(struct vm_window *w)
{
    struct vm *vm = w->vm;
    must(vm__window_map_machine(vm));
    memcpy((void *)(uintptr_t)vm->page, w->machine, VM_PAGE);
    free(w->machine);
    w->machine = NULL;
    w->is_mapped = true;
    must(vm__window_write_stub(vm));
    if (vm->run.detached)
        return;
    must(vm__window_map_ram(vm));
    if (vm->mem.pager)
        vm__window_protect(vm, 0, vm->params.ram_bytes / VM_PAGE);
}

/* Everybody who is not of this world, or kept for it, leaves. */
static void make_room(const struct sim *sim, const struct recycler *recycler)
{
    for (struct vm_window *w = windows; w; w = w->next)
        if (w->vm ? w->sim != sim : w->recycler != recycler)
            park(w);
}

bool vm__window_is_mapped(const struct vm *vm) { return vm->in_window->is_mapped; }

void vm__window_change(struct vm *vm)
{
    const struct sim *sim = vm->in_window->sim;
    make_room(sim, vm->recycler);
    for (struct vm_window *w = windows; w; w = w->next)
        if (w->sim == sim && w->vm && !w->is_mapped)
            unpark(w);
    vm->window_changes++;
}

/* ---- life ---- */

static bool is_reserved(uint64_t base, const struct vm_window *but)
{
    for (const struct vm_window *w = windows; w; w = w->next)
        if (w != but && w->base == base)
            return true;
    return false;
}

int vm__window_create(struct vm *vm, const struct sim *sim)
{
    for (struct vm_window *w = windows; w; w = w->next) {
        if (w->base == vm->window && w->sim == sim)
            return -EBUSY;
        if (w->base == vm->window && !w->vm)
            park(w); /* kept for one of another size */
    }
    make_room(sim, vm->recycler);
    /* The whole window becomes ours first, so that whatever lies in it is found out at once. */
    int rc = is_reserved(vm->window, NULL) ? 0 : map_none(vm->window, MACHINE_WINDOW_SIZE, MAP_FIXED_NOREPLACE);
    if (rc) {
        errno = -rc;
        return rc;
    }
    struct vm_window *w = alloc_zero("a VM's window", 1, sizeof(*w));
    *w = (struct vm_window){.next = windows, .base = vm->window, .sim = sim, .recycler = vm->recycler, .vm = vm, .is_mapped = true};
    windows = vm->in_window = w;
    return 0;
}

/* Nobody finds in it what this VM ran. */
static void clean(struct vm *vm)
{
    if (!vm->patches || !vm->in_window->is_mapped)
        return;
    vm__patches_undo(vm);
    if (vm->patches->has_exits)
        must(map_none(vm->window + PATCH_EXITS_OFFSET, PATCH_PAGE, MAP_FIXED));
    forget_patches(vm, true);
}

void vm__window_give(struct vm *vm)
{
    struct vm_window *w = vm->in_window;
    clean(vm);
    free(w->machine);
    w->machine = NULL;
    w->sim = NULL;
    w->vm = NULL;
    vm->in_window = NULL;
    vm->page = NULL;
}

void vm__window_take(struct vm_window *w, struct vm *vm, const struct sim *sim)
{
    w->vm = vm;
    w->sim = sim;
    vm->in_window = w;
    make_room(sim, vm->recycler);
    if (w->is_mapped) {
        vm->page = at(w->base + MACHINE_PAGE_OFFSET);
        return;
    }
    must(vm__window_map_machine(vm));
    must(vm__window_map_ram(vm));
    w->is_mapped = true;
}

void vm__window_destroy(struct vm_window *w)
{
    if (!w)
        return;
    if (!is_reserved(w->base, w))
        munmap(at(w->base), MACHINE_WINDOW_SIZE);
    else
        park(w);
    struct vm_window **from = &windows;
    while (*from != w)
        from = &(*from)->next;
    *from = w->next;
    free(w->machine);
    free(w);
}
