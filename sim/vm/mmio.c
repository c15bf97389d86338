/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device registers in the window: which function answers where, trapped or passed through, by call or by plain access.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

#include "vm/vm__.h"

/* ---- ranges ---- */

static bool is_in_mmio(uint64_t gpa, uint64_t len)
{
    return gpa >= MACHINE_MMIO_OFFSET && len <= MACHINE_MMIO_SIZE && gpa - MACHINE_MMIO_OFFSET <= MACHINE_MMIO_SIZE - len;
}

int vm_map_mmio(struct vm *vm, uint64_t gpa, uint64_t len, struct pci_function *fn, unsigned bar, uint32_t off,
                enum vm_mmio_kind kind)
{
    if (len == 0 || gpa % VM_PAGE || len % VM_PAGE || !is_in_mmio(gpa, len))
        return -EINVAL;
    struct vm_range *free_range = NULL;
    for (unsigned i = 0; i < VM_RANGES_MAX; i++) {
        struct vm_range *r = &vm->range[i];
        if (r->len == 0) {
            if (!free_range)
                free_range = r;
        } else if (gpa < r->gpa + r->len && r->gpa < gpa + len) {
            return -EEXIST;
        }
    }
    if (!free_range)
        return -ENOSPC;
    *free_range = (struct vm_range){.gpa = gpa, .len = len, .fn = fn, .bar = bar, .off = off, .kind = kind};
    return 0;
}

int vm_unmap_mmio(struct vm *vm, uint64_t gpa)
{
    for (unsigned i = 0; i < VM_RANGES_MAX; i++)
        if (vm->range[i].len && vm->range[i].gpa == gpa) {
            vm->range[i] = (struct vm_range){0};
            if (vm->stored == &vm->range[i])
                vm->stored = NULL;
            return 0;
        }
    return -ENOENT;
}

uint64_t vm_memio(const struct vm *vm)
{
    const struct vm_kind *kind = vm->params.kind;
    return !kind ? MACHINE_MEMIO_HOLE : kind->memio ? kind->memio(vm->outside) : 0;
}

const struct vm_range *vm__range_find(const struct vm *vm, uint64_t gpa, uint64_t size)
{
    if (size != 1 && size != 2 && size != 4 && size != 8)
        return NULL;
#ifndef VFSIM_PLAIN
    const struct vm_range *latest = vm->stored;
    if (latest && gpa - latest->gpa <= latest->len - size)
        return latest;
#endif
    for (unsigned i = 0; i < VM_RANGES_MAX; i++) {
        const struct vm_range *r = &vm->range[i];
        if (r->len && gpa >= r->gpa && gpa - r->gpa <= r->len - size)
            return r;
    }
    return NULL;
}

/* ---- carrying out ---- */

static uint64_t all_ones(uint64_t size) { return size >= 8 ? UINT64_MAX : (UINT64_C(1) << size * 8) - 1; }

static void unmapped(struct vcpu *vcpu, const struct vm_op *op, bool is_write)
{
    struct vm *vm = vcpu->vm;
    if (op->b != 1 && op->b != 2 && op->b != 4 && op->b != 8)
        vm__bad(vm, "a register access of bytes", op->b);
    vm->run.stats.unmapped_mmio++;
    trace_vm_unmapped(&vm->comp, is_write ? "write" : "read", op->a);
    vm__idle_call(vcpu);
    vm__finish_op(vcpu, is_write ? 0 : all_ones(op->b));
}

void vm__store(struct vcpu *vcpu, const struct vm_range *r, const uint64_t word[3], sim_time at)
{
    struct vm *vm = vcpu->vm;
    uint32_t off = r->off + (uint32_t)(word[0] - r->gpa);
    vm->stored = r->kind == VM_MMIO_DIRECT ? r : vm->stored;
    pci_mmio_write(r->fn, vcpu->comp, at, r->bar, off, (unsigned)word[1], word[2] & all_ones(word[1]));
}

static void access_function(struct vcpu *vcpu, const struct vm_range *r, const struct vm_op *op, bool is_write)
{
    struct vm *vm = vcpu->vm;
    struct vcpu_run *run = &vcpu->run;
    uint32_t off = r->off + (uint32_t)(op->a - r->gpa);
    sim_time now = sim_now(vm->comp.sim), at = vm__local_time(vcpu);
    if (at < now)
        at = now;
    if (is_write) {
        vm__store(vcpu, r, (const uint64_t[]){op->a, op->b, op->c}, at);
        vm__finish_op(vcpu, 0);
        return;
    }
    run->phase = VM_PHASE_READ;
    pci_mmio_read(r->fn, vcpu->comp, at, r->bar, off, (unsigned)op->b, EV_CPU, VM_EV_READ_DONE, ++run->read_cookie);
}

/* The store waits for a place on its link, and the vCPU with it: it comes back here later. */
static bool must_wait(struct vcpu *vcpu, const struct pci_function *fn)
{
    struct vm *vm = vcpu->vm;
    sim_time now = sim_now(vm->comp.sim), at = vm__local_time(vcpu);
    sim_time room = pci_mmio_write_room(fn, at < now ? now : at);
    if (room <= at || room <= now)
        return false;
    uint64_t cycles = vm__cycles_at(vm, room) - vcpu->run.cycles;
    vm__spent(vcpu, cycles);
    vm__charge(vcpu, CPU_stall, cycles);
    return true;
}

void vm__op_mmio(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    struct vcpu_run *run = &vcpu->run;
    struct vm_op *op = &run->op;
    bool is_write = op->code == MACHINE_OP_MMIO_WRITE;
    const struct vm_range *r = vm__range_find(vm, op->a, op->b);
    if (!r) {
        unmapped(vcpu, op, is_write);
        return;
    }
    if (r->kind == VM_MMIO_DIRECT) {
        if (is_write && must_wait(vcpu, r->fn))
            return;
        vm->run.stats.direct_mmio++;
        access_function(vcpu, r, op, is_write);
        return;
    }
    if (!op->is_charged) { /* the exit first costs its time; the vCPU comes back here when that is over */
        op->is_charged = 1;
        struct profile *profile = &vm->comp.sim->profile;
        vm__exit(vcpu, VM_EXIT_mmio, profile_get(profile, PROFILE_vm_exit_cycles) + profile_get(profile, PROFILE_exit_mmio_cycles));
        return;
    }
    vm->run.stats.trapped_mmio++;
    trace_vm_trapped(&vm->comp, is_write ? "write" : "read", (unsigned)op->b, op->a);
    access_function(vcpu, r, op, is_write);
}

/* ---- faults ---- */

static const char *fault_name(const struct vcpu *vcpu, char *text, size_t cap)
{
    const struct vm *vm = vcpu->vm;
    const struct vcpu_fault *fault = &vm->context.fault;
    switch (fault->signal) {
    case 0:
        return "loop without exits";
    case SIGSEGV:
        if (fault->code == SI_KERNEL)
            return "general protection fault";
        if (fault->code == SEGV_ACCERR && fault->address - vm->window >= MACHINE_WINDOW_SIZE)
            return "page fault in the simulator's memory"; /* which lies elsewhere in each run */
        snprintf(text, cap, "page fault at 0x%" PRIx64, fault->address);
        return text;
    case SIGBUS:
        snprintf(text, cap, "bus error at 0x%" PRIx64, fault->address);
        return text;
    case SIGILL:
        return "illegal instruction";
    case SIGFPE:
        return "divide error";
    case SIGTRAP:
        return "breakpoint instruction";
    case SIGSYS:
        snprintf(text, cap, "system call %" PRIu64 " refused", fault->address);
        return text;
    default:
        return "fault";
    }
}

static void begin_access(struct vcpu *vcpu, uint64_t gpa, const struct vcpu_access *access)
{
    struct vm *vm = vcpu->vm;
    struct vcpu_run *run = &vcpu->run;
    vcpu_skip(&vm->context.regs, access);
    run->op = (struct vm_op){.code = access->is_write ? MACHINE_OP_MMIO_WRITE : MACHINE_OP_MMIO_READ,
                             .a = gpa,
                             .b = access->size,
                             .c = access->value,
                             .is_plain = 1,
                             .access = *access};
    run->phase = VM_PHASE_OP;
    vm__charge(vcpu, CPU_guest, VM_CALL_CYCLES);
    vcpu->spin.calls++;
}

void vm__patched_store(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    struct vcpu_access access;
    uint64_t address;
    vcpu_take_store(&vm->context.regs, patch_left_by(vm->patches, &vm->context), &access, &address);
    vm->run.stats.fault_exits++; /* which it is to the guest, and to whoever counts */
    begin_access(vcpu, address - vm->window, &access);
}

/* A plain access to registers becomes run.op. False when it is none. */
static bool take_plain_access(struct vcpu *vcpu, char *why, size_t why_cap)
{
    struct vm *vm = vcpu->vm;
    const struct vcpu_fault *fault = &vm->context.fault;
    uint64_t gpa = fault->address - vm->window;
    if (fault->signal != SIGSEGV || fault->code == SI_KERNEL || fault->address < vm->window || !is_in_mmio(gpa, 1))
        return false;
    uint64_t pc = vcpu_regs_pc(&vm->context.regs) - vm->window;
    if (vcpu_regs_pc(&vm->context.regs) < vm->window || pc >= vm->params.ram_bytes)
        return false;
    uint64_t room = vm->params.ram_bytes - pc;
    struct vcpu_access access;
    char insn[96];
    if (vcpu_decode(&vm->context.regs, vm->ram + pc, room < VCPU_INSN_MAX ? room : VCPU_INSN_MAX, &access, insn, sizeof(insn))) {
        snprintf(why, why_cap, "registers at 0x%" PRIx64 " accessed by \"%s\", which cannot be carried out", gpa, insn);
        return false;
    }
    if (access.is_write)
        vm__patch_store(vm, vcpu_regs_pc(&vm->context.regs));
    begin_access(vcpu, gpa, &access);
    return true;
}

/* An access to a page that is still at the VM's former host: the instruction is tried again when the page has come. */
static bool take_missing_page(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    struct vcpu_run *run = &vcpu->run;
    const struct vcpu_fault *fault = &vm->context.fault;
    uint64_t gpa = fault->address - vm->window;
    if (!vm->mem.pager || fault->signal != SIGSEGV || fault->code == SI_KERNEL || fault->address < vm->window ||
        gpa >= vm->params.ram_bytes || !vm->mem.pager->missing[gpa / VM_PAGE])
        return false;
    vcpu->page_wait.gpa = gpa;
    vcpu->page_wait.is_op = 0;
    vcpu->page_wait.from = run->cycles;
    vm->amid = vcpu->number + 1;
    run->phase = VM_PHASE_PAGE;
    vm__exit(vcpu, VM_EXIT_page, profile_get(&vm->comp.sim->profile, PROFILE_vm_exit_cycles));
    return true;
}

void vm__fault(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    char what[192] = "", where[256], text[64];
    vm->run.stats.fault_exits++;
    if (take_missing_page(vcpu))
        return;
    if (take_plain_access(vcpu, what, sizeof(what)))
        return;
    vm__symbol_text(vcpu, where, sizeof(where));
    vm__fail(vcpu, "%s %s", what[0] ? what : fault_name(vcpu, text, sizeof(text)), where);
}
