/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A vCPU whose core may be somebody else's for a while.
 *
 * Its clock goes on as an invariant TSC does: a guest that had no core finds that time has passed. That is stolen time, none of
 * its activities', and a deadline that it asked for is where it was. What it had charged beyond the moment at which it lost its
 * core (it executes some way ahead of the engine, never past the next event) it has still to run: its clock is as far ahead when
 * it comes back.
 *
 * It waits for an interrupt without a core, and so for a page; in a pause, and in a load from a device, it keeps it.
 */
#include "vm/vm__.h"

static uint64_t clock_of_now(const struct vm *vm) { return vm__cycles_at(vm, sim_now(vm->comp.sim)); }

static int64_t ahead(const struct cpu_thread *thread)
{
    const struct vm *vm = thread->vm;

    return (int64_t)(vm->run.cycles - clock_of_now(vm));
}

static void steal_until_now(struct vm *vm)
{
    uint64_t now = clock_of_now(vm), cycles = now > vm->off_core ? now - vm->off_core : 0;

    vm->run.cycles += cycles;
    vm->paced += cycles;
    cpu_steal(vm->thread, cycles);
    vm->off_core = now;
}

/*
 * With SMT all that a vCPU does while its core's sibling is busy takes longer. How much is said where a guest cannot tell how
 * far it ran ahead of the engine: at its operations, when the sibling becomes busy or idle, and when it loses its core.
 */
void vm__keep_pace(struct vm *vm)
{
    if (!vm->thread->here) /* nobody shares a core with it: it is asked at each operation */
        return;
    uint64_t now = clock_of_now(vm), until = vm->run.cycles < now ? vm->run.cycles : now;
    if (until <= vm->paced)
        return;
    uint64_t more = cpu_sibling_cycles(vm->thread, until - vm->paced);
    vm->run.cycles += more;
    cpu_charge(vm->thread, CPU_sibling, more);
    vm->paced = until + more;
}

static void pace_ends(struct cpu_thread *thread) { vm__keep_pace(thread->vm); }

static int64_t granted(struct cpu_thread *thread)
{
    struct vm *vm = thread->vm;
    sim_time now = sim_now(vm->comp.sim), local;

    steal_until_now(vm);
    if (vm->paced < vm->off_core)
        vm->paced = vm->off_core;
    local = vm__local_time(vm);
    switch ((enum vm_phase)vm->run.phase) {
    case VM_PHASE_READ:
        break;
    case VM_PHASE_WAIT:
    case VM_PHASE_PAUSE:
        vm__wake_at(vm, now);
        break;
    case VM_PHASE_GUEST:
    case VM_PHASE_OP:
    case VM_PHASE_PAGE:
    case VM_PHASE_END:
        vm__wake_at(vm, local > now ? local : now);
        break;
    }
    return ahead(thread);
}

static int64_t taken(struct cpu_thread *thread)
{
    struct vm *vm = thread->vm;

    vm__keep_pace(vm);
    if (vm->run.phase == VM_PHASE_READ || vm->run.phase == VM_PHASE_PAUSE)
        vm__catch_up(vm);
    event_cancel(vm->comp.sim, &vm->run.wake);
    vm->off_core = clock_of_now(vm);
    return ahead(thread);
}

const struct cpu_vcpu_ops vm__vcpu_ops = {
    .granted = granted,
    .taken = taken,
    .pace_ends = pace_ends,
    .ahead = ahead,
};

bool vm__wants_core(struct vm *vm)
{
    if (vm__has_core(vm))
        return true;
    if (vm->thread->st.status != CPU_SLEEPS) /* it waits for one already */
        return false;
    if (vm->run.phase == VM_PHASE_WAIT || vm->run.phase == VM_PHASE_PAGE)
        vm__catch_up(vm);
    vm->off_core = clock_of_now(vm);
    cpu_vcpu_wakes(vm->thread);
    return false;
}

/* What it has charged for its last step it runs before it sleeps. */
bool vm__dozes_off(struct vm *vm)
{
    struct vm_run *run = &vm->run;
    sim_time now = sim_now(vm->comp.sim), local = vm__local_time(vm);

    if (!vm__is_shared(vm) || !vm->thread->st.has_core)
        return false;
    if (local > now) {
        vm__wake_at(vm, local);
        return true;
    }
    vm__catch_up(vm);
    cpu_vcpu_sleeps(vm->thread);
    sim_time until = run->phase == VM_PHASE_WAIT && run->op.a != UINT64_MAX ? vm__time_of(vm, run->op.a) : SIM_NEVER;
    if (until != SIM_NEVER)
        vm__wake_at(vm, until > now ? until : now);
    return true;
}

void vm__leaves_core(struct vm *vm)
{
    if (!vm__is_shared(vm) || vm->thread->st.status == CPU_SLEEPS)
        return;
    if (vm->thread->st.status == CPU_READY)
        steal_until_now(vm);
    cpu_vcpu_sleeps(vm->thread);
}
