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

void vm__spent(struct vm *vm, uint64_t cycles) { vm->spin.cycles += cycles; }

void vm__got_somewhere(struct vm *vm) { vm->spin.cycles = vm->spin.calls = 0; }

static uint64_t exit_cost(const struct vm *vm) { return profile_get(&vm->comp.sim->profile, PROFILE_vm_exit_cycles); }

/* Calls for nothing so far that are not made up for, and since when. */
static struct vm_spin as_of(const struct vm *vm, uint64_t at_cycles)
{
    struct vm_spin spin = vm->spin;
    uint64_t cost = exit_cost(vm);

    if (spin.idle_at > at_cycles) /* its clock was put back, with a snapshot */
        spin.idle_at = at_cycles;
    uint64_t made_up = cost ? (at_cycles - spin.idle_at) / cost : spin.idle;
    spin.idle_at += made_up * cost;
    spin.idle = spin.idle > made_up ? spin.idle - made_up : 0;
    return spin;
}

static void idle(struct vm *vm, uint64_t at_cycles)
{
    vm->spin = as_of(vm, at_cycles);
    vm->spin.idle++;
}

bool vm__idle_call(struct vm *vm)
{
    idle(vm, vm->run.cycles);
    if (vm->spin.idle <= VM_IDLE_CALLS)
        return false;
    vm__exit(vm, VM_EXIT_pause, exit_cost(vm));
    return true;
}

void vm__idle_post(struct vm *vm, uint64_t at_cycles) { idle(vm, at_cycles); }

/* An entry lasts a slice, beside what the guest charges beyond its horizon, and posts no more there. */
bool vm__has_free_calls(const struct vm *vm, uint32_t count)
{
    const struct vm_spin *spin = &vm->spin;
    if (spin->calls + count > VM_LOCKUP_CALLS || vm__cost_ps(vm, spin->cycles) + 2 * VM_SLICE_PS > VM_LOCKUP_PS)
        return false;
    return spin->idle + count <= VM_IDLE_CALLS || as_of(vm, vm->run.cycles).idle + count <= VM_IDLE_CALLS;
}

bool vm__is_locked_up(const struct vm *vm)
{
    return vm->spin.calls > VM_LOCKUP_CALLS || vm__cost_ps(vm, vm->spin.cycles) > VM_LOCKUP_PS;
}
