/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operator's jobs: a bounded queue, handed to the guest one at a time, each answered once. */
#include <errno.h>
#include <string.h>

#include "vm/vm__.h"

enum { STATUS_MAX = 4095 }; /* errno values of a guest */

static void answer(struct vm *vm, const struct vm_job_entry *entry, int64_t status)
{
    trace_vm_job_done(&vm->comp, entry->job.number, status);
    struct component *from = component_by_id(vm->comp.sim, entry->from);
    if (from)
        event_post(&vm->comp, from, sim_now(vm->comp.sim), EV_HOST, entry->verb, entry->cookie, (uint64_t)status, 0);
}

static struct vm_job_entry pop(struct vm_run *run)
{
    struct vm_job_entry entry = run->job[run->job_head];
    run->job[run->job_head] = (struct vm_job_entry){0};
    run->job_head = (run->job_head + 1) % VM_JOBS_MAX;
    run->job_count--;
    run->job_active = 0;
    return entry;
}

void vm__job_requeue(struct vm *vm, const struct vm_job_entry *entry)
{
    struct vm_run *run = &vm->run;
    if (run->job_count == VM_JOBS_MAX) {
        answer(vm, entry, -EAGAIN);
        return;
    }
    run->job[(run->job_head + run->job_count++) % VM_JOBS_MAX] = *entry;
    vm_irq(vm, MACHINE_IRQ_WORK);
}

void vm_job(struct vm *vm, const struct machine_job *job, struct component *from, uint16_t verb, uint64_t cookie)
{
    struct vm_run *run = &vm->run;
    struct vm_job_entry entry = {.job = *job, .cookie = cookie, .from = from ? from->id : 0, .verb = verb};
    entry.job.number = ++run->job_number;
    if (run->state == VM_ENDED || run->job_count == VM_JOBS_MAX || vm->params.kind) {
        answer(vm, &entry, run->state == VM_ENDED ? -EIO : vm->params.kind ? -ENOTSUP : -EAGAIN);
        return;
    }
    run->job[(run->job_head + run->job_count++) % VM_JOBS_MAX] = entry;
    trace_vm_job_queued(&vm->comp, entry.job.number, entry.job.kind);
    vm_irq(vm, MACHINE_IRQ_WORK);
}

uint64_t vm__job_give(struct vm *vm, uint64_t va)
{
    struct vm_run *run = &vm->run;
    void *to = vm__at_va(vm, va, sizeof(struct machine_job));
    if (!to) {
        vm__bad(vm, "a job's place at", va);
        return 0;
    }
    if (run->job_count == 0 || run->job_active)
        return 0;
    memcpy(to, &run->job[run->job_head].job, sizeof(struct machine_job));
    run->job_active = 1;
    return 1;
}

uint64_t vm__job_done(struct vm *vm, uint64_t number, uint64_t status)
{
    struct vm_run *run = &vm->run;
    if (!run->job_active || number != run->job[run->job_head].job.number) {
        vm__bad(vm, "the end of job", number);
        return UINT64_MAX;
    }
    struct vm_job_entry entry = pop(run);
    answer(vm, &entry, status <= STATUS_MAX ? -(int64_t)status : -EINVAL);
    if (run->job_count)
        vm_irq(vm, MACHINE_IRQ_WORK);
    return 0;
}

void vm__jobs_cancel(struct vm *vm, int64_t status)
{
    while (vm->run.job_count) {
        struct vm_job_entry entry = pop(&vm->run);
        answer(vm, &entry, status);
    }
}

void vm__jobs_end(struct vm *vm) { vm__jobs_cancel(vm, -EIO); }
