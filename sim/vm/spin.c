/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What keeps a guest from spinning for nothing.
 *
 * Most calls of the machine are no exits of a real one: its drivers' clock, its application's frames and our notes come by
 * themselves there. So they cost a cycle, and the guest charges what its code costs. But a guest that calls without end and charges
 * nothing would stand still in simulated time, hours of ours a minute of its. So of calls that come with nothing a vCPU has
 * VM_IDLE_CALLS free, and one more for each time an exit takes (vm_exit_cycles); any other costs an exit, as HLT with a timer that
 * is over and PAUSE in a loop do on a real processor [Intel SDM 3C, pause-loop exiting]. Accesses to trapped registers cost theirs
 * always, those to a VF's the link's time.
 *
 * The watchdog is Linux's for soft lockups: a vCPU that is busy for VM_LOCKUP_PS and never waits, moves a frame or does a job ends
 * with the place where it spins. It counts what the vCPU does, not what time it is: a VM that is suspended or migrates is not busy.
 */
#include "vm/vm__.h"

void vm__spent(struct vcpu *vcpu, uint64_t cycles) { vcpu->spin.cycles += cycles; }

void vm__got_somewhere(struct vcpu *vcpu) { vcpu->spin.cycles = vcpu->spin.calls = 0; }

static uint64_t exit_cost(const struct vcpu *vcpu) { return profile_get(&vcpu->vm->comp.sim->profile, PROFILE_vm_exit_cycles); }

/* Calls for nothing so far that are not made up for, and since when. */
static struct vm_spin as_of(const struct vcpu *vcpu, uint64_t at_cycles)
{
    struct vm_spin spin = vcpu->spin;
    uint64_t cost = exit_cost(vcpu);

    if (spin.idle_at > at_cycles) /* its clock was put back, with a snapshot */
        spin.idle_at = at_cycles;
    uint64_t made_up = cost ? (at_cycles - spin.idle_at) / cost : spin.idle;
    spin.idle_at += made_up * cost;
    spin.idle = spin.idle > made_up ? spin.idle - made_up : 0;
    return spin;
}

static void idle(struct vcpu *vcpu, uint64_t at_cycles)
{
    vcpu->spin = as_of(vcpu, at_cycles);
    vcpu->spin.idle++;
}

bool vm__idle_call(struct vcpu *vcpu)
{
    idle(vcpu, vcpu->run.cycles);
    if (vcpu->spin.idle <= VM_IDLE_CALLS)
        return false;
    vm__exit(vcpu, VM_EXIT_pause, exit_cost(vcpu));
    return true;
}

void vm__idle_post(struct vcpu *vcpu, uint64_t at_cycles) { idle(vcpu, at_cycles); }

/* An entry lasts a slice, beside what the guest charges beyond its horizon, and posts no more there. */
bool vm__has_free_calls(const struct vcpu *vcpu, uint32_t count)
{
    const struct vm *vm = vcpu->vm;
    const struct vm_spin *spin = &vcpu->spin;
    if (spin->calls + count > VM_LOCKUP_CALLS || vm__cost_ps(vm, spin->cycles) + 2 * VM_SLICE_PS > VM_LOCKUP_PS)
        return false;
    return spin->idle + count <= VM_IDLE_CALLS || as_of(vcpu, vcpu->run.cycles).idle + count <= VM_IDLE_CALLS;
}

bool vm__is_locked_up(const struct vcpu *vcpu)
{
    const struct vm *vm = vcpu->vm;
    return vcpu->spin.calls > VM_LOCKUP_CALLS || vm__cost_ps(vm, vcpu->spin.cycles) > VM_LOCKUP_PS;
}
