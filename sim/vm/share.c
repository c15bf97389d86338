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

static uint64_t clock_of_now(const struct vcpu *vcpu) { return vm__cycles_at(vcpu->vm, sim_now(vcpu->vm->comp.sim)); }

static int64_t ahead(const struct cpu_thread *thread)
{
    const struct vcpu *vcpu = thread->vm;

    return (int64_t)(vcpu->run.cycles - clock_of_now(vcpu));
}

static void steal_until_now(struct vcpu *vcpu)
{
    uint64_t now = clock_of_now(vcpu), cycles = now > vcpu->off_core ? now - vcpu->off_core : 0;

    vcpu->run.cycles += cycles;
    vcpu->paced += cycles;
    cpu_steal(vcpu->thread, cycles);
    vcpu->off_core = now;
}

/*
 * With SMT all that a vCPU does while its core's sibling is busy takes longer. How much is said where a guest cannot tell how
 * far it ran ahead of the engine: at its operations, when the sibling becomes busy or idle, and when it loses its core.
 */
void vm__keep_pace(struct vcpu *vcpu)
{
    if (!vcpu->thread->here) /* nobody shares a core with it: it is asked at each operation */
        return;
    uint64_t now = clock_of_now(vcpu), until = vcpu->run.cycles < now ? vcpu->run.cycles : now;
    if (until <= vcpu->paced)
        return;
    uint64_t more = cpu_sibling_cycles(vcpu->thread, until - vcpu->paced);
    vcpu->run.cycles += more;
    cpu_charge(vcpu->thread, CPU_sibling, more);
    vcpu->paced = until + more;
}

static void pace_ends(struct cpu_thread *thread) { vm__keep_pace(thread->vm); }

static int64_t granted(struct cpu_thread *thread)
{
    struct vcpu *vcpu = thread->vm;
    struct vm *vm = vcpu->vm;
    sim_time now = sim_now(vm->comp.sim), local;

    steal_until_now(vcpu);
    if (vcpu->paced < vcpu->off_core)
        vcpu->paced = vcpu->off_core;
    local = vm__local_time(vcpu);
    switch ((enum vm_phase)vcpu->run.phase) {
    case VM_PHASE_READ:
        break;
    case VM_PHASE_WAIT:
    case VM_PHASE_PAUSE:
        vm__wake_at(vcpu, now);
        break;
    case VM_PHASE_GUEST:
    case VM_PHASE_OP:
    case VM_PHASE_PAGE:
    case VM_PHASE_END:
        vm__wake_at(vcpu, local > now ? local : now);
        break;
    }
    return ahead(thread);
}

static int64_t taken(struct cpu_thread *thread)
{
    struct vcpu *vcpu = thread->vm;
    struct vm *vm = vcpu->vm;

    vm__keep_pace(vcpu);
    if (vcpu->run.phase == VM_PHASE_READ || vcpu->run.phase == VM_PHASE_PAUSE)
        vm__catch_up(vcpu);
    event_cancel(vm->comp.sim, &vcpu->run.wake);
    vcpu->off_core = clock_of_now(vcpu);
    return ahead(thread);
}

/* What it waits for, it waits for from where its clock stands, which may be ahead of now. */
sim_time vm__runs_until(const struct vcpu *vcpu)
{
    const struct vm *vm = vcpu->vm;
    bool waits = vcpu->run.phase == VM_PHASE_WAIT || vcpu->run.phase == VM_PHASE_PAGE;

    if (vm->params.kind || !vm__has_core(vcpu))
        return 0;
    return waits || vm->run.paused || vm->run.state != VM_RUNNING ? vm__time_of(vm, vcpu->run.cycles) : SIM_NEVER;
}

static sim_time runs_until(const struct cpu_thread *thread) { return vm__runs_until(thread->vm); }

const struct cpu_vcpu_ops vm__vcpu_ops = {
    .granted = granted,
    .taken = taken,
    .pace_ends = pace_ends,
    .ahead = ahead,
    .runs_until = runs_until,
};

bool vm__wants_core(struct vcpu *vcpu)
{
    if (vm__has_core(vcpu))
        return true;
    if (vcpu->thread->st.status != CPU_SLEEPS) /* it waits for one already */
        return false;
    if (vcpu->run.phase == VM_PHASE_WAIT || vcpu->run.phase == VM_PHASE_PAGE)
        vm__catch_up(vcpu);
    vcpu->off_core = clock_of_now(vcpu);
    cpu_vcpu_wakes(vcpu->thread);
    return false;
}

/* What it has charged for its last step it runs before it sleeps. */
bool vm__dozes_off(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    struct vcpu_run *run = &vcpu->run;
    sim_time now = sim_now(vm->comp.sim), local = vm__local_time(vcpu);

    if (!vm__is_shared(vcpu) || !vcpu->thread->st.has_core)
        return false;
    if (local > now) {
        vm__wake_at(vcpu, local);
        return true;
    }
    vm__catch_up(vcpu);
    cpu_vcpu_sleeps(vcpu->thread);
    sim_time until = run->phase == VM_PHASE_WAIT && run->op.a != UINT64_MAX ? vm__time_of(vm, run->op.a) : SIM_NEVER;
    if (until != SIM_NEVER)
        vm__wake_at(vcpu, until > now ? until : now);
    return true;
}

void vm__leaves_core(struct vcpu *vcpu)
{
    if (!vm__is_shared(vcpu) || vcpu->thread->st.status == CPU_SLEEPS)
        return;
    if (vcpu->thread->st.status == CPU_READY)
        steal_until_now(vcpu);
    cpu_vcpu_sleeps(vcpu->thread);
}
