/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a VM begins, and how it ends: all of its vCPUs at once. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "vm/vm__.h"

/* ---- it begins ---- */

static void boot(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    uint64_t stack = vm->window + vm->params.ram_bytes - vcpu->number * (uint64_t)VM_STACK_BYTES;
    vcpu->run.phase = VM_PHASE_GUEST;
    cpu_vcpu_begins(vcpu->thread, vcpu->run.cycles);
    vcpu_regs_start(vm__regs(vcpu), vm->image_entry, vm->window, stack);
    vm__wake_at(vcpu, vm->run.epoch);
}

void vm_boot(struct vm *vm)
{
    assert(vm->run.state == VM_CREATED);
    if (vm->params.kind) {
        vm->params.kind->machine->boot(vm);
        return;
    }
    vm->run.state = VM_RUNNING;
    vm->run.epoch = sim_now(vm->comp.sim);
    trace_vm_booted(&vm->comp, vm->images->name, vm->params.ram_bytes >> 20);
    for (uint32_t i = 0; i < vm->vcpus; i++)
        boot(&vm->vcpu[i]);
}

/* ---- it ends ---- */

/* Of two that fail, what comes first ends the VM. */
static bool fails_first(const struct vcpu *vcpu)
{
    const struct vm *vm = vcpu->vm;
    for (uint32_t i = 0; i < vm->vcpus; i++) {
        const struct vcpu *other = &vm->vcpu[i];
        if (other->run.phase != VM_PHASE_END || other == vcpu)
            continue;
        if (other->run.cycles < vcpu->run.cycles || (other->run.cycles == vcpu->run.cycles && i < vcpu->number))
            return false;
    }
    return true;
}

void vm__fail(struct vcpu *vcpu, const char *fmt, ...)
{
    struct vm *vm = vcpu->vm;
    va_list ap;
    vcpu->run.phase = VM_PHASE_END;
    if (!fails_first(vcpu))
        return;
    va_start(ap, fmt);
    vsnprintf(vm->run.end_text, sizeof(vm->run.end_text), fmt, ap);
    va_end(ap);
    size_t len = strlen(vm->run.end_text);
    if (!vm__is_alone(vm))
        snprintf(vm->run.end_text + len, sizeof(vm->run.end_text) - len, ", on vCPU %u", vcpu->number);
}

static void end_vcpu(struct vcpu *vcpu)
{
    struct sim *sim = vcpu->vm->comp.sim;
    vm__leaves_core(vcpu);
    vcpu->posts.next = vcpu->posts.count;
    event_cancel(sim, &vcpu->run.wake);
    event_cancel(sim, &vcpu->run.due);
    memset(vm__regs(vcpu), 0, sizeof(vcpu->regs)); /* stopped inside the exit entry it may hold a host address */
}

void vm__end(struct vm *vm)
{
    struct vm_run *run = &vm->run;
    run->state = VM_ENDED;
    mem_settle(&vm->mem);
    for (uint32_t i = 0; i < vm->vcpus; i++)
        end_vcpu(&vm->vcpu[i]);
    trace_vm_ended(&vm->comp, run->end_text);
    mem_tag_clear(&vm->mem, 0, vm->mem.size, FATE_vm_ended);
    vm__jobs_end(vm);
    struct vm_note_listener *next;
    for (struct vm_note_listener *l = vm->listeners; l; l = next) {
        next = l->next;
        if (l->ended)
            l->ended(l, vm);
    }
}

void vm_kill(struct vm *vm, const char *why)
{
    if (vm->run.state != VM_RUNNING)
        return;
    snprintf(vm->run.end_text, sizeof(vm->run.end_text), "%s", why);
    vm__end(vm);
}
