/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/move.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/alloc.h"
#include "vm/vm__.h"

/* ---- pause ---- */

/* `lines`: those under way, whoever they are for. */
static void pause_vcpu(struct vcpu *vcpu, uint32_t lines)
{
    struct vm *vm = vcpu->vm;

    vm__leaves_core(vcpu);
    event_cancel(vm->comp.sim, &vcpu->run.wake);
    event_cancel(vm->comp.sim, &vcpu->run.due);
    for (; lines; lines &= lines - 1)
        if (vm__of_line(vm, (unsigned)__builtin_ctz(lines)) == vcpu)
            vcpu->run.irq_pending |= lines & -lines;
    if (vm->run.ipis >> vcpu->number & 1)
        vcpu->run.irq_pending |= 1u << MACHINE_IRQ_IPI;
    vm__publish_irq(vcpu);
}

int vm_pause(struct vm *vm)
{
    struct vm_run *run = &vm->run;

    assert(run->state == VM_RUNNING && !run->paused);
    if (vm->params.kind) {
        run->paused = 1;
        vm->params.kind->machine->pause(vm);
        return 0;
    }
    for (uint32_t i = 0; i < vm->vcpus; i++) {
        assert(vm__posts_are_over(&vm->vcpu[i]) && "posts are carried out before anybody who is not far acts");
        if (vm->vcpu[i].run.phase == VM_PHASE_READ)
            return -EAGAIN;
    }
    run->paused = 1;
    for (uint32_t i = 0; i < vm->vcpus; i++)
        pause_vcpu(&vm->vcpu[i], run->raising[0] | run->raising[1]);
    run->raising[0] = run->raising[1] = run->ipis = 0;
    run->irq_gen++; /* their events mean nothing any more */
    return 0;
}

bool vm_is_paused(const struct vm *vm) { return vm->run.paused; }

void vm_unpause(struct vm *vm)
{
    assert(vm->run.paused);
    if (vm->params.kind) {
        vm->run.paused = 0;
        vm->params.kind->machine->unpause(vm);
        return;
    }
    for (uint32_t i = 0; i < vm->vcpus; i++)
        vm__catch_up(&vm->vcpu[i]);
    vm->run.paused = 0;
    for (uint32_t i = 0; i < vm->vcpus; i++)
        vm__go_on_after_pause(&vm->vcpu[i]);
    vm__arm(vm);
}

/* ---- everything else ---- */

static bool ends(const struct vm_stay *stay, uint32_t vcpus)
{
    for (uint32_t i = 0; i < vcpus; i++)
        if (stay->vcpu[i].run.phase == VM_PHASE_END)
            return true;
    return false;
}

void vm__stay_take(struct vm *vm, struct vm_stay *out)
{
    memset(out, 0, sizeof(*out));
    out->run = vm->run;
    for (uint32_t i = 0; i < vm->vcpus; i++) {
        out->vcpu[i].run = vm->vcpu[i].run;
        out->vcpu[i].regs = *vm__regs(&vm->vcpu[i]);
    }
    memcpy(out->mac, vm->station.mac, 6);
    memset(&out->run.stats, 0, sizeof(out->run.stats));
    if (!ends(out, vm->vcpus)) /* then it is known why it is about to end */
        memset(out->run.end_text, 0, sizeof(out->run.end_text));
}

void vm__stay_save(const struct vm *vm, struct vm_stay *stay, struct save *s)
{
    bool is_sound = true;

    save_section(s, "vm context", 2);
    save_expect_u64(s, "the VM's slot", vm->params.slot);
    save_expect_u64(s, "cpu_khz", vm->khz);
    save_bytes(s, &stay->run, sizeof(stay->run));
    for (uint32_t i = 0; i < vm->vcpus; i++) {
        save_bytes(s, &stay->vcpu[i].run, sizeof(stay->vcpu[i].run));
        save_bytes(s, &stay->vcpu[i].regs, sizeof(stay->vcpu[i].regs));
        is_sound &= vm__vcpu_is_sound(&stay->vcpu[i].run);
    }
    save_bytes(s, stay->mac, 6);
    if (!s->err && !(is_sound && vm__run_is_sound(&stay->run)))
        save_fail(s, -EPROTO, "the vCPU's state is impossible");
}

void vm_move_save(struct vm *vm, struct save *s)
{
    struct vm_stay stay;

    assert(vm->run.paused && !save_is_loading(s));
    sim_make_events(vm->comp.sim);
    if (!vm->params.kind) { /* else its context is in its process */
        vm__stay_take(vm, &stay);
        vm__stay_save(vm, &stay, s);
    }
    mem_save(&vm->mem, s);
}

void vm_move_load(struct vm *vm, struct vm_ram *ram, struct save *s)
{
    assert(save_is_loading(s));
    if (!vm->params.kind)
        vm__stay_save(vm, &ram->stay, s);
    mem_save(&ram->mem, s);
}

static void detach_vcpu(struct vcpu *vcpu)
{
    struct vcpu_run *run = &vcpu->run;

    cpu_vcpu_ends(vcpu->thread, run->cycles);
    memset(vm__regs(vcpu), 0, sizeof(vcpu->regs));
    memset(&run->op, 0, sizeof(run->op));
    run->phase = VM_PHASE_WAIT;
    run->cycles = run->entry_cycles = 0;
    run->irq_pending = 0;
    vm__publish_irq(vcpu);
}

void vm_detach(struct vm *vm)
{
    struct vm_run *run = &vm->run;

    assert(run->paused);
    if (vm->params.kind) {
        cpu_vcpu_ends(vm->vcpu[0].thread, 0);
        run->detached = 1;
        return;
    }
    for (uint32_t i = 0; i < vm->vcpus; i++)
        detach_vcpu(&vm->vcpu[i]);
    memset(run->job, 0, sizeof(run->job));
    memset(run->line, 0, sizeof(run->line));
    run->job_head = run->job_count = run->job_active = run->line_len = 0;
    run->detached = 1;
    vm->amid = 0;
    vm__window_close(vm);
}

/* What came while it was nowhere joins what the stream brought. */
static void attach_vcpu(struct vcpu *vcpu, const struct vcpu_run *run, const struct vcpu_regs *regs)
{
    uint32_t late = vcpu->run.irq_pending;

    vcpu->run = *run;
    vcpu->run.irq_pending |= late;
    vcpu->run.wake = vcpu->run.due = (struct event_id){0, 0};
    cpu_vcpu_begins(vcpu->thread, vcpu->run.cycles);
    *vm__regs(vcpu) = *regs;
    vm__publish_irq(vcpu);
}

static void attach(struct vm *vm, const struct vm_stay *stay)
{
    struct vm_run late = vm->run;

    vm->run = stay->run;
    vm->run.stats = late.stats;
    memcpy(vm->run.end_text, ends(stay, vm->vcpus) ? stay->run.end_text : late.end_text, sizeof(late.end_text));
    vm->run.job_number = late.job_number;
    vm->run.irq_gen = late.irq_gen;
    for (uint32_t i = 0; i < vm->vcpus; i++)
        attach_vcpu(&vm->vcpu[i], &stay->vcpu[i].run, &stay->vcpu[i].regs);
    station_set_mac(&vm->station, stay->mac);
    for (uint32_t i = 0; i < late.job_count; i++)
        vm__job_requeue(vm, &late.job[(late.job_head + i) % VM_JOBS_MAX]);
}

/* The VM is in this memory now; what it had is the caller's. */
static void settle(struct vm *vm, struct vm_ram *ram)
{
    sim_make_events(vm->comp.sim);
    mem_fini(&vm->mem); /* the tags live on in the table that was loaded */
    vm->mem = ram->mem;
    vm->mem.may_be_late = true;
    vm->ram = ram->view;
    vm->ram_fd = ram->fd;
    vm__window_open(vm);
    attach(vm, &ram->stay);
    free(ram);
}

bool vm_arrive(struct vm *vm, struct vm_ram *ram)
{
    uint64_t size = vm->params.ram_bytes;
    bool clean;

    assert(vm->run.detached);
    if (vm->params.kind) {
        vm->params.kind->machine->arrive(vm, ram);
        return true;
    }
    clean = vm__ram_scrub(vm->ram_fd, vm->ram, size);
    munmap(vm->ram, size);
    close(vm->ram_fd);
    settle(vm, ram);
    return clean;
}

/* ---- post-copy ---- */

struct vm_ram *vm_arrive_partly(struct vm *vm, struct vm_ram *ram)
{
    struct vm_ram *rest = alloc_zero("a migrated VM's RAM", 1, sizeof(*rest));

    assert(vm->run.detached);
    rest->recycler = vm->recycler;
    rest->fd = vm->ram_fd;
    rest->view = vm->ram;
    rest->mem.size = vm->params.ram_bytes;
    settle(vm, ram);
    return rest;
}

void vm_return(struct vm *vm, struct save *s)
{
    struct vm_stay stay;

    assert(vm->run.detached);
    if (vm->params.kind) {
        cpu_vcpu_begins(vm->vcpu[0].thread, 0);
        vm->run.detached = 0;
        return;
    }
    vm__stay_save(vm, &stay, s);
    assert(!s->err && "a VM's own stream");
    vm__window_open(vm);
    attach(vm, &stay);
}

/* ---- registers ---- */

void vm_unmap_function(struct vm *vm, const struct pci_function *fn)
{
    for (unsigned i = 0; i < VM_RANGES_MAX; i++)
        if (vm->range[i].len && vm->range[i].fn == fn) {
            memset(&vm->range[i], 0, sizeof(vm->range[i]));
            if (vm->stored == &vm->range[i])
                vm->stored = NULL;
        }
}
