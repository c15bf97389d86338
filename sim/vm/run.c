/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vCPU: runs guest code between the engine's events, so that it sees neither the future nor a stale past.
 *
 * The local clock may be ahead of the engine's, but never at or past the next event when guest code runs or when the
 * guest touches the world: then the vCPU first lets the engine come to its local time, with an event of the last class
 * before EV_END. Only accesses to passed-through registers are handed over ahead of time, with the local time on them.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/engine/horizon.h"
#include "vm/cpu/trap.h"
#include "vm/vm__.h"
#include "vm/move.h"

/* ---- phases ---- */

/* All that could be seen by one of them at once is so to each (they share a list of it), and so their own events are, too. */
void vm__wake_at(struct vcpu *vcpu, sim_time at)
{
    struct component *comp = vcpu->comp;
    event_cancel(comp->sim, &vcpu->run.wake);
    if (vcpu->vm->run.paused)
        return;
    vcpu->run.wake = event_post(comp, comp, at, EV_CPU, VM_EV_CPU, 0, 0, 0);
}

void vm__finish_op(struct vcpu *vcpu, uint64_t value)
{
    struct vm_op *op = &vcpu->run.op;
    if (!op->is_plain)
        vcpu_regs_set_result(vm__regs(vcpu), value);
    else if (!op->access.is_write)
        vcpu_finish_load(vm__regs(vcpu), &op->access, value);
    vcpu->run.phase = VM_PHASE_GUEST;
}

/* The clock of a vCPU that executed nothing comes up to the engine's: it stood in a pause or a load, or was idle. */
void vm__catch_up(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    vm__keep_pace(vcpu);
    uint64_t now = vm__cycles_at(vm, sim_now(vm->comp.sim));
    uint64_t cycles = now > vcpu->run.cycles ? now - vcpu->run.cycles : 0;
    if (vm->run.paused || (vcpu->run.phase != VM_PHASE_PAUSE && vcpu->run.phase != VM_PHASE_READ))
        vm__idle(vcpu, cycles);
    else
        vm__charge(vcpu, vcpu->run.phase == VM_PHASE_READ ? CPU_stall : CPU_spin, cycles);
    vcpu->paced = vcpu->run.cycles; /* a wait takes no longer */
}

void vm__wait(struct vcpu *vcpu, enum vm_phase phase, uint64_t until_cycles)
{
    struct vm *vm = vcpu->vm;
    vcpu->run.phase = phase;
    if (phase == VM_PHASE_WAIT && vm__dozes_off(vcpu))
        return;
    sim_time at = until_cycles == UINT64_MAX ? SIM_NEVER : vm__time_of(vm, until_cycles);
    if (at != SIM_NEVER)
        vm__wake_at(vcpu, at);
}

void vm__read_done(struct vcpu *vcpu, uint64_t value)
{
    if (vm__has_core(vcpu))
        vm__catch_up(vcpu);
    vm__finish_op(vcpu, value);
}

void vm__bad(struct vm *vm, const char *what, uint64_t value)
{
    vm->run.stats.bad_requests++;
    trace_vm_bad_request(&vm->comp, what, value);
}

/* ---- guest code ---- */

static sim_time horizon_of(const struct vcpu *vcpu)
{
    const struct vm *vm = vcpu->vm;
    mem_settle(&vm->mem);
    sim_time horizon = component_horizon(&vm->comp), limit = sim_now(vm->comp.sim) + VM_SLICE_PS;
    if (mem_next_write(&vm->mem) < horizon)
        horizon = mem_next_write(&vm->mem);
    if (vm__is_shared(vcpu) && sim_next_event_time(vm->comp.sim) < horizon) /* any may wake who takes its core */
        horizon = sim_next_event_time(vm->comp.sim);
    return horizon < limit ? horizon : limit;
}

/* Before `horizon`; or straight from our event at this time: whatever else is pending at it comes after us. */
static bool may_enter(const struct vcpu *vcpu, sim_time local, bool is_fresh, sim_time horizon)
{
    const struct vm *vm = vcpu->vm;
    return local < horizon || (is_fresh && local == sim_now(vm->comp.sim));
}

/* Where a guest asks whether the world has caught up with it follows from what else is simulated: it costs the guest nothing, and
 * is no exit of anybody's. */
static bool is_only_sync(const struct vcpu *vcpu) { return vcpu->run.op.code == MACHINE_OP_SYNC && vcpu->run.op.is_charged; }
static bool is_at_horizon(const struct vcpu *vcpu)
{
    return vcpu->vm->context.call[0] == MACHINE_OP_SYNC && vcpu->run.cycles >= vcpu->spin.horizon;
}

static void called(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    struct vcpu_run *run = &vcpu->run;
    const uint64_t *call = vm->context.call;
    run->op = (struct vm_op){.code = call[0], .a = call[1], .b = call[2], .c = call[3]};
    run->phase = VM_PHASE_OP;
    if (is_at_horizon(vcpu)) {
        run->op.is_charged = 1;
        return;
    }
    vm__charge(vcpu, CPU_guest, VM_CALL_CYCLES);
    vcpu->spin.calls++;
    if (call[0] < sizeof(vm->run.stats.calls) / sizeof(vm->run.stats.calls[0]))
        vm->run.stats.calls[call[0]]++;
}

/* A guest charges by a load, an addition and a store, and a page it has to wait for may come between them: then it stores what the
 * clock was before it waited, and more. Only the more counts. */
static uint64_t after_page_waits(struct vcpu *vcpu, uint64_t cycles)
{
    const struct vcpu_run *run = &vcpu->run;

    if (cycles == run->entry_cycles) /* it has not stored since */
        return cycles;
    if (cycles < run->entry_cycles && vcpu->page_wait.has_waited)
        cycles = run->entry_cycles + (cycles > vcpu->page_wait.from ? cycles - vcpu->page_wait.from : 0);
    vcpu->page_wait.has_waited = 0;
    return cycles;
}

static void lock_up(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    char where[256], busy[48];
    vm__symbol_text(vcpu, where, sizeof(where));
    snprintf(busy, sizeof(busy), "%" PRIu64 " s", vm__cost_ps(vm, vcpu->spin.cycles) / SIM_S);
    if (vcpu->spin.calls > VM_LOCKUP_CALLS)
        snprintf(busy, sizeof(busy), "%" PRIu64 " calls", (uint64_t)VM_LOCKUP_CALLS);
    vm__fail(vcpu, "soft lockup: vCPU stuck for %s without a wait, a frame or a job %s", busy, where);
}

/* What the guest did since its last post is all that is left before what it left for. */
static void settle_exit(struct vcpu *vcpu)
{
    vm__spent(vcpu, vcpu->posts.until - vcpu->posts.from);
    if (vm__is_locked_up(vcpu) && vcpu->run.phase != VM_PHASE_END)
        lock_up(vcpu);
}

static void clock_is_wrong(struct vcpu *vcpu, uint64_t cycles)
{
    char where[256];
    vm__symbol_text(vcpu, where, sizeof(where));
    vm__fail(vcpu, "clock set from cycle %" PRIu64 " to %" PRIu64 " before the exit %s", vcpu->run.entry_cycles, cycles, where);
}

/* Its registers are those that the exit entry leads to, and the machine page is its. */
static void load(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    vm->loaded->regs = vm->context.regs;
    vm->context.regs = vcpu->regs;
    vm->loaded = vcpu;
    vm->page->vcpu = vcpu->number;
    vm__publish_irq(vcpu);
}

/* Until it is left for something that is the world's business. */
static enum vcpu_exit run_guest(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    enum vcpu_exit why;
    do {
        if (vm__has_patches(vm))
            vm__patches_refresh(vm);
        why = trap_run(&vm->context);
    } while (why != VCPU_EXIT_CALL && vm__patch_was_in_the_way(vm, why));
    return why;
}

/*
 * What a vCPU does between two charges or calls is done at once (guest/include/machine.h), also where a page that is missing stops
 * it amid that: no other one of its VM is entered until it has come to the next of them, and then at its clock.
 */
static bool is_behind(const struct vcpu *vcpu) { return vcpu->vm->amid && vcpu->vm->amid != vcpu->number + 1; }

/* It waits, on its core if nobody can take it. */
static void stall(struct vcpu *vcpu, uint64_t cycles)
{
    if (vcpu->thread->here)
        vm__charge(vcpu, CPU_stall, cycles);
    else
        vm__idle(vcpu, cycles);
}

static void is_through(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    vm->amid = 0;
    for (uint32_t i = 0; i < vm->vcpus; i++) {
        struct vcpu *other = &vm->vcpu[i];
        if (!other->page_wait.is_behind)
            continue;
        vm__page_came(other);
        if (other->run.cycles < vcpu->run.cycles)
            stall(other, vcpu->run.cycles - other->run.cycles);
    }
}

static void enter_guest(struct vcpu *vcpu, sim_time horizon)
{
    struct vm *vm = vcpu->vm;
    struct vcpu_run *run = &vcpu->run;
    if (!vm__window_is_mapped(vm))
        vm__window_change(vm);
    if (vm->loaded != vcpu)
        load(vcpu);
    run->entry_cycles = run->cycles;
    vm->page->cycles = run->cycles;
    vcpu->spin.horizon = vm__cycles_at(vm, horizon);
    if (vcpu->spin.horizon <= run->cycles) /* it comes first at this time: the cycle that begins now is its own */
        vcpu->spin.horizon = run->cycles + 1;
    vm->page->horizon = vcpu->spin.horizon;
    vm__posts_offer(vcpu);
    enum vcpu_exit why = run_guest(vcpu);
    /* How far a guest came that the watchdog stopped is chance: it ends at its last call. */
    bool is_stopped = why == VCPU_EXIT_FAULT && vm->context.fault.signal == 0;
    uint64_t cycles = is_stopped ? vm__posts_last(vcpu) : vm->page->cycles;
    cycles = after_page_waits(vcpu, cycles);
    sim_time local = vm__clock_at(vcpu, cycles);
    if (cycles < run->entry_cycles || local == SIM_NEVER) {
        clock_is_wrong(vcpu, cycles);
        return;
    }
    vm__charge(vcpu, CPU_guest, cycles - run->entry_cycles);
    uint64_t told = vcpu->spin.horizon;
    vm__posts_take(vcpu, cycles);
    if (vcpu->spin.horizon < told)
        horizon = vm__time_of(vm, vcpu->spin.horizon);
    vm->run.stats.cycles_charged += cycles - run->entry_cycles - vcpu->posts.count * VM_CALL_CYCLES;
    sim_time seen = horizon < local ? horizon : local;
    if (vm__is_alone(vm) || seen > vm->mem.seen_until)
        vm->mem.seen_until = seen;
    if (why == VCPU_EXIT_CALL)
        called(vcpu);
    else if (why == VCPU_EXIT_STORE)
        vm__patched_store(vcpu);
    else
        vm__fault(vcpu);
    if (vm->amid && run->phase != VM_PHASE_PAGE)
        is_through(vcpu);
    if (vm__posts_are_over(vcpu))
        settle_exit(vcpu);
}

/* ---- pages that are still at the VM's former host ---- */

static bool is_there(struct vcpu *vcpu)
{
    if (vcpu->page_wait.is_behind)
        return !is_behind(vcpu);
    return vcpu->page_wait.is_op ? vm__op_is_resident(vcpu) : mem_want(&vcpu->vm->mem, vcpu->page_wait.gpa, 1);
}

static bool page_has_come(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    struct vcpu_run *run = &vcpu->run;
    bool there = is_there(vcpu);

    if (!there) {
        if (!vcpu->page_wait.since)
            vcpu->page_wait.since = sim_now(vm->comp.sim);
        return false;
    }
    if (vcpu->page_wait.since) {
        vcpu->page_wait.waits++;
        vcpu->page_wait.wait_ps += sim_now(vm->comp.sim) - vcpu->page_wait.since;
    }
    vcpu->page_wait.has_waited |= !vcpu->page_wait.is_op && !vcpu->page_wait.is_behind;
    run->phase = vcpu->page_wait.is_op ? VM_PHASE_OP : VM_PHASE_GUEST;
    vcpu->page_wait.is_op = vcpu->page_wait.is_behind = 0;
    vcpu->page_wait.since = 0;
    return true;
}

void vm__page_came(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    if (vm->run.state != VM_RUNNING || vcpu->run.phase != VM_PHASE_PAGE)
        return;
    if (vm__is_shared(vcpu) && vcpu->thread->st.status == CPU_READY)
        return;
    vm__catch_up(vcpu);
    vm__wake_at(vcpu, sim_now(vm->comp.sim));
}

/* What the hypervisor took at once for this operation, the vCPU has waited for. */
static void pay_for_pages(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    struct mem_pager *pager = vm->mem.pager;

    if (!pager || !pager->owed_ps || is_only_sync(vcpu))
        return;
    vcpu->page_wait.waits++;
    vcpu->page_wait.wait_ps += pager->owed_ps;
    uint64_t cycles = vm__cycles_at(vm, vm__local_time(vcpu) + pager->owed_ps) - vcpu->run.cycles;
    stall(vcpu, cycles);
    pager->owed_ps = 0;
}

bool vm__goes_on_at(struct vcpu *vcpu, sim_time at)
{
    struct vm *vm = vcpu->vm;
    if (!vm->run.paused && component_goes_on(&vm->comp, at))
        return true;
    vm__wake_at(vcpu, at);
    return false;
}

static void go_on(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    struct vcpu_run *run = &vcpu->run;
    for (bool is_fresh = true;; is_fresh = false) {
        sim_time horizon;
        if (!vm__posts_are_over(vcpu)) {
            if (!vm__posts_go_on(vcpu))
                return;
            settle_exit(vcpu);
        }
        sim_time local = vm__local_time(vcpu);
        if (local == SIM_NEVER) /* cycles past VM_TIME_MAX: nothing can follow */
            return;
        bool is_ahead = local > sim_now(vm->comp.sim);
        switch ((enum vm_phase)run->phase) {
        case VM_PHASE_GUEST:
            if (is_behind(vcpu)) {
                run->phase = VM_PHASE_PAGE;
                vcpu->page_wait.is_behind = 1;
                break;
            }
            horizon = horizon_of(vcpu);
            if (!may_enter(vcpu, local, is_fresh, horizon)) {
                if (!vm__goes_on_at(vcpu, local))
                    return;
                horizon = horizon_of(vcpu);
            }
            enter_guest(vcpu, horizon);
            break;
        case VM_PHASE_OP:
            if (is_ahead && !vm__op_is_ahead(vcpu) && !vm__goes_on_at(vcpu, local))
                return;
            if (vm->mem.pager && !vm__op_is_resident(vcpu)) {
                run->phase = VM_PHASE_PAGE;
                vcpu->page_wait.is_op = 1;
                break;
            }
            mem_settle(&vm->mem);
            if (local <= sim_now(vm->comp.sim) && !is_only_sync(vcpu))
                vm__keep_pace(vcpu);
            vm__op(vcpu);
            pay_for_pages(vcpu);
            break;
        case VM_PHASE_PAGE:
            if (is_ahead && !vm__goes_on_at(vcpu, local))
                return;
            if (!page_has_come(vcpu)) {
                vm__dozes_off(vcpu);
                return;
            }
            break;
        case VM_PHASE_END:
            if (!is_ahead || vm__goes_on_at(vcpu, local))
                vm__end(vm);
            return;
        case VM_PHASE_WAIT:
        case VM_PHASE_PAUSE:
        case VM_PHASE_READ:
            return;
        }
    }
}

/* A wait for less than it costs to wait is none, unless something came of it; a pause is work, as it is to Linux's watchdog. */
static void waited(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    uint64_t now = vm__cycles_at(vm, sim_now(vm->comp.sim)), from = vcpu->run.cycles;
    uint64_t least = from + profile_get(&vm->comp.sim->profile, PROFILE_vm_exit_cycles);
    if (vcpu->run.irq_pending || (vcpu->run.phase == VM_PHASE_WAIT && now >= least))
        vm__got_somewhere(vcpu);
    else if (now > from)
        vm__spent(vcpu, now - from);
}

/* It ran what it had charged before it waits, and nothing has come meanwhile. */
static bool is_to_doze(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    const struct vcpu_run *run = &vcpu->run;
    if (run->phase != VM_PHASE_WAIT || run->irq_pending || !vm__is_shared(vcpu))
        return false;
    sim_time until = run->op.a == UINT64_MAX ? SIM_NEVER : vm__time_of(vm, run->op.a);
    return until > sim_now(vm->comp.sim) && vm__dozes_off(vcpu);
}

static void cpu_event(struct vcpu *vcpu)
{
    struct vcpu_run *run = &vcpu->run;
    run->wake = (struct event_id){0, 0};
    if (!vm__wants_core(vcpu) || is_to_doze(vcpu))
        return;
    if (run->phase == VM_PHASE_WAIT || run->phase == VM_PHASE_PAUSE) {
        waited(vcpu);
        vm__catch_up(vcpu);
        vm__finish_op(vcpu, vm__take_irq(vcpu));
    }
    go_on(vcpu);
}

static void read_event(struct vcpu *vcpu, const struct event *ev)
{
    if (vcpu->run.phase != VM_PHASE_READ || ev->a != vcpu->run.read_cookie)
        return;
    vm__read_done(vcpu, ev->b);
    if (vm__has_core(vcpu))
        go_on(vcpu);
}

static void event_of(struct vcpu *vcpu, const struct event *ev)
{
    if (vcpu->vm->run.state != VM_RUNNING)
        return;
    if (ev->verb == VM_EV_CPU)
        cpu_event(vcpu);
    else if (ev->verb == VM_EV_READ_DONE)
        read_event(vcpu, ev);
    else
        assert(!"a vCPU knows no such event");
}

void vm__vcpu_event(struct component *self, const struct event *ev)
{
    event_of((struct vcpu *)((char *)self - offsetof(struct vcpu, own)), ev);
}

void vm__event(struct component *self, const struct event *ev)
{
    struct vm *vm = (struct vm *)self;
    struct vcpu *vcpu = &vm->vcpu[0];
    switch ((enum vm_event_verb)ev->verb) {
    case VM_EV_CPU:
    case VM_EV_READ_DONE:
        event_of(vcpu, ev);
        return;
    case VM_EV_IRQ:
        if (ev->c == vm->run.irq_gen)
            vm__irq_arrived(vm, ev->a, ev->b);
        return;
    case VM_EV_IPI:
        if (ev->c == vm->run.irq_gen)
            vm__ipi_arrived(vm, ev->a);
        return;
    case VM_EV_DUE:
        vcpu = &vm->vcpu[ev->a % vm->vcpus];
        vcpu->run.due = (struct event_id){0, 0};
        vm__irq(vcpu, MACHINE_IRQ_WORK);
        return;
    }
    assert(!"a VM knows no such event");
}

/* Its clock has gone on meanwhile; a deadline is where it was. */
void vm__go_on_after_pause(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    struct vcpu_run *run = &vcpu->run;
    bool waits = run->phase == VM_PHASE_WAIT && !run->irq_pending;
    sim_time now = sim_now(vm->comp.sim);
    if (!waits) {
        sim_time local = vm__local_time(vcpu);
        vm__wake_at(vcpu, local > now && run->phase != VM_PHASE_PAUSE ? local : now);
    } else if (run->op.a != UINT64_MAX) {
        sim_time at = vm__time_of(vm, run->op.a);
        if (at != SIM_NEVER)
            vm__wake_at(vcpu, at > now ? at : now);
    }
}

void vm_get_page_waits(const struct vm *vm, uint64_t *waits, sim_time *wait_ps)
{
    *waits = *wait_ps = 0;
    for (uint32_t i = 0; i < vm->vcpus; i++) {
        *waits += vm->vcpu[i].page_wait.waits;
        *wait_ps += vm->vcpu[i].page_wait.wait_ps;
    }
}
