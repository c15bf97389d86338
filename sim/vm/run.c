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
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/engine/horizon.h"
#include "vm/cpu/trap.h"
#include "vm/vm__.h"
#include "vm/move.h"

/* ---- interrupt lines ---- */

void vm__publish_irq(struct vm *vm) { vm->page->irq_pending = vm->run.irq_pending; }

uint32_t vm__take_irq(struct vm *vm)
{
    uint32_t pending = vm->run.irq_pending;
    vm->run.irq_pending = 0;
    vm__charge(vm, CPU_interrupt, vm->run.irq_owed);
    vm->run.irq_owed = 0;
    vm__publish_irq(vm);
    return pending;
}

void vm__wake_at(struct vm *vm, sim_time at)
{
    event_cancel(vm->comp.sim, &vm->run.wake);
    if (vm->run.paused)
        return;
    vm->run.wake = event_post(&vm->comp, &vm->comp, at, EV_CPU, VM_EV_CPU, 0, 0, 0);
}

void vm_irq(struct vm *vm, unsigned line)
{
    assert(line < MACHINE_IRQ_LINES);
    if (vm->run.state == VM_ENDED)
        return;
    mem_is_unseen(&vm->mem);
    vm->run.stats.irqs++;
    vm->run.irq_pending |= 1u << line;
    vm__publish_irq(vm);
    if (vm->run.state == VM_RUNNING && vm->run.phase == VM_PHASE_WAIT)
        vm__wake_at(vm, sim_now(vm->comp.sim));
}

static void irq_arrived(struct vm *vm, uint64_t line, uint64_t sink)
{
    vm->run.raising[sink & 1] &= ~(1u << (line & 31));
    vm__owe_irq(vm, sink & 1);
    vm_irq(vm, line & 31);
}

/* ---- phases ---- */

void vm__finish_op(struct vm *vm, uint64_t value)
{
    struct vm_op *op = &vm->run.op;
    if (!op->is_plain)
        vcpu_regs_set_result(&vm->cpu.regs, value);
    else if (!op->access.is_write)
        vcpu_finish_load(&vm->cpu.regs, &op->access, value);
    vm->run.phase = VM_PHASE_GUEST;
}

/* The clock of a vCPU that executed nothing comes up to the engine's: it stood in a pause or a load, or was idle. */
void vm__catch_up(struct vm *vm)
{
    vm__keep_pace(vm);
    uint64_t now = vm__cycles_at(vm, sim_now(vm->comp.sim));
    uint64_t cycles = now > vm->run.cycles ? now - vm->run.cycles : 0;
    if (vm->run.paused || (vm->run.phase != VM_PHASE_PAUSE && vm->run.phase != VM_PHASE_READ))
        vm__idle(vm, cycles);
    else
        vm__charge(vm, vm->run.phase == VM_PHASE_READ ? CPU_stall : CPU_spin, cycles);
    vm->paced = vm->run.cycles; /* a wait takes no longer */
}

void vm__wait(struct vm *vm, enum vm_phase phase, uint64_t until_cycles)
{
    vm->run.phase = phase;
    if (phase == VM_PHASE_WAIT && vm__dozes_off(vm))
        return;
    sim_time at = until_cycles == UINT64_MAX ? SIM_NEVER : vm__time_of(vm, until_cycles);
    if (at != SIM_NEVER)
        vm__wake_at(vm, at);
}

void vm__read_done(struct vm *vm, uint64_t value)
{
    if (vm__has_core(vm))
        vm__catch_up(vm);
    vm__finish_op(vm, value);
}

void vm__bad(struct vm *vm, const char *what, uint64_t value)
{
    vm->run.stats.bad_requests++;
    trace_vm_bad_request(&vm->comp, what, value);
}

void vm__fail(struct vm *vm, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(vm->run.end_text, sizeof(vm->run.end_text), fmt, ap);
    va_end(ap);
    vm->run.phase = VM_PHASE_END;
}

static void end(struct vm *vm)
{
    struct vm_run *run = &vm->run;
    run->state = VM_ENDED;
    vm__leaves_core(vm);
    mem_settle(&vm->mem);
    vm->posts.next = vm->posts.count;
    event_cancel(vm->comp.sim, &run->wake);
    event_cancel(vm->comp.sim, &run->due);
    trace_vm_ended(&vm->comp, run->end_text);
    memset(&vm->cpu.regs, 0, sizeof(vm->cpu.regs)); /* stopped inside the exit entry it may hold a host address */
    mem_tag_clear(&vm->mem, 0, vm->mem.size, FATE_vm_ended);
    vm__jobs_end(vm);
    struct vm_note_listener *next;
    for (struct vm_note_listener *l = vm->listeners; l; l = next) {
        next = l->next;
        if (l->ended)
            l->ended(l, vm);
    }
}

/* ---- guest code ---- */

static sim_time horizon_of(const struct vm *vm)
{
    mem_settle(&vm->mem);
    sim_time horizon = component_horizon(&vm->comp), limit = sim_now(vm->comp.sim) + VM_SLICE_PS;
    if (mem_next_write(&vm->mem) < horizon)
        horizon = mem_next_write(&vm->mem);
    if (vm__is_shared(vm) && sim_next_event_time(vm->comp.sim) < horizon) /* any may wake who takes its core */
        horizon = sim_next_event_time(vm->comp.sim);
    return horizon < limit ? horizon : limit;
}

/* Before `horizon`; or straight from our event at this time: whatever else is pending at it comes after us. */
static bool may_enter(const struct vm *vm, sim_time local, bool is_fresh, sim_time horizon)
{
    return local < horizon || (is_fresh && local == sim_now(vm->comp.sim));
}

/* Where a guest asks whether the world has caught up with it follows from what else is simulated: it costs the guest nothing, and
 * is no exit of anybody's. */
static bool is_only_sync(const struct vm *vm) { return vm->run.op.code == MACHINE_OP_SYNC && vm->run.op.is_charged; }
static bool is_at_horizon(const struct vm *vm) { return vm->cpu.call[0] == MACHINE_OP_SYNC && vm->run.cycles >= vm->spin.horizon; }

static void called(struct vm *vm)
{
    struct vm_run *run = &vm->run;
    const uint64_t *call = vm->cpu.call;
    run->op = (struct vm_op){.code = call[0], .a = call[1], .b = call[2], .c = call[3]};
    run->phase = VM_PHASE_OP;
    if (is_at_horizon(vm)) {
        run->op.is_charged = 1;
        return;
    }
    vm__charge(vm, CPU_guest, VM_CALL_CYCLES);
    vm->spin.calls++;
    if (call[0] < sizeof(run->stats.calls) / sizeof(run->stats.calls[0]))
        run->stats.calls[call[0]]++;
}

/* A guest charges by a load, an addition and a store, and a page it has to wait for may come between them: then it stores what the
 * clock was before it waited, and more. Only the more counts. */
static uint64_t after_page_waits(struct vm *vm, uint64_t cycles)
{
    const struct vm_run *run = &vm->run;

    if (cycles == run->entry_cycles) /* it has not stored since */
        return cycles;
    if (cycles < run->entry_cycles && vm->page_wait.has_waited)
        cycles = run->entry_cycles + (cycles > vm->page_wait.from ? cycles - vm->page_wait.from : 0);
    vm->page_wait.has_waited = 0;
    return cycles;
}

static void lock_up(struct vm *vm)
{
    char where[256], busy[48];
    vm__symbol_text(vm, where, sizeof(where));
    snprintf(busy, sizeof(busy), "%" PRIu64 " s", vm__cost_ps(vm, vm->spin.cycles) / SIM_S);
    if (vm->spin.calls > VM_LOCKUP_CALLS)
        snprintf(busy, sizeof(busy), "%" PRIu64 " calls", (uint64_t)VM_LOCKUP_CALLS);
    vm__fail(vm, "soft lockup: vCPU stuck for %s without a wait, a frame or a job %s", busy, where);
}

/* What the guest did since its last post is all that is left before what it left for. */
static void settle_exit(struct vm *vm)
{
    vm__spent(vm, vm->posts.until - vm->posts.from);
    if (vm__is_locked_up(vm) && vm->run.phase != VM_PHASE_END)
        lock_up(vm);
}

static void clock_is_wrong(struct vm *vm, uint64_t cycles)
{
    char where[256];
    vm__symbol_text(vm, where, sizeof(where));
    vm__fail(vm, "clock set from cycle %" PRIu64 " to %" PRIu64 " before the exit %s", vm->run.entry_cycles, cycles, where);
}

/* Until it is left for something that is the world's business. */
static enum vcpu_exit run_guest(struct vm *vm)
{
    enum vcpu_exit why;
    do {
        if (vm__has_patches(vm))
            vm__patches_refresh(vm);
        why = trap_run(&vm->cpu);
    } while (why != VCPU_EXIT_CALL && vm__patch_was_in_the_way(vm, why));
    return why;
}

static void enter_guest(struct vm *vm, sim_time horizon)
{
    struct vm_run *run = &vm->run;
    if (!vm__window_is_mapped(vm))
        vm__window_change(vm);
    run->entry_cycles = run->cycles;
    vm->page->cycles = run->cycles;
    vm->spin.horizon = vm__cycles_at(vm, horizon);
    if (vm->spin.horizon <= run->cycles) /* it comes first at this time: the cycle that begins now is its own */
        vm->spin.horizon = run->cycles + 1;
    vm->page->horizon = vm->spin.horizon;
    vm__posts_offer(vm);
    enum vcpu_exit why = run_guest(vm);
    /* How far a guest came that the watchdog stopped is chance: it ends at its last call. */
    bool is_stopped = why == VCPU_EXIT_FAULT && vm->cpu.fault.signal == 0;
    uint64_t cycles = is_stopped ? vm__posts_last(vm) : vm->page->cycles;
    cycles = after_page_waits(vm, cycles);
    sim_time local = vm__clock_at(vm, cycles);
    if (cycles < run->entry_cycles || local == SIM_NEVER) {
        clock_is_wrong(vm, cycles);
        return;
    }
    vm__charge(vm, CPU_guest, cycles - run->entry_cycles);
    uint64_t told = vm->spin.horizon;
    vm__posts_take(vm, cycles);
    if (vm->spin.horizon < told)
        horizon = vm__time_of(vm, vm->spin.horizon);
    run->stats.cycles_charged += cycles - run->entry_cycles - vm->posts.count * VM_CALL_CYCLES;
    vm->mem.seen_until = horizon < local ? horizon : local;
    if (why == VCPU_EXIT_CALL)
        called(vm);
    else if (why == VCPU_EXIT_STORE)
        vm__patched_store(vm);
    else
        vm__fault(vm);
    if (vm__posts_are_over(vm))
        settle_exit(vm);
}

/* ---- pages that are still at the VM's former host ---- */

static bool page_has_come(struct vm *vm)
{
    struct vm_run *run = &vm->run;
    bool there = vm->page_wait.is_op ? vm__op_is_resident(vm) : mem_want(&vm->mem, vm->page_wait.gpa, 1);

    if (!there) {
        if (!vm->page_wait.since)
            vm->page_wait.since = sim_now(vm->comp.sim);
        return false;
    }
    if (vm->page_wait.since) {
        vm->page_wait.waits++;
        vm->page_wait.wait_ps += sim_now(vm->comp.sim) - vm->page_wait.since;
    }
    vm->page_wait.has_waited |= !vm->page_wait.is_op;
    run->phase = vm->page_wait.is_op ? VM_PHASE_OP : VM_PHASE_GUEST;
    vm->page_wait.is_op = 0;
    vm->page_wait.since = 0;
    return true;
}

void vm__page_came(struct vm *vm)
{
    if (vm->run.state != VM_RUNNING || vm->run.phase != VM_PHASE_PAGE)
        return;
    if (vm__is_shared(vm) && vm->thread->st.status == CPU_READY)
        return;
    vm__catch_up(vm);
    vm__wake_at(vm, sim_now(vm->comp.sim));
}

/* What the hypervisor took at once for this operation, the vCPU has waited for. */
static void pay_for_pages(struct vm *vm)
{
    struct mem_pager *pager = vm->mem.pager;

    if (!pager || !pager->owed_ps || is_only_sync(vm))
        return;
    vm->page_wait.waits++;
    vm->page_wait.wait_ps += pager->owed_ps;
    uint64_t cycles = vm__cycles_at(vm, vm__local_time(vm) + pager->owed_ps) - vm->run.cycles;
    if (vm->thread->here) /* it keeps its core meanwhile */
        vm__charge(vm, CPU_stall, cycles);
    else
        vm__idle(vm, cycles);
    pager->owed_ps = 0;
}

bool vm__goes_on_at(struct vm *vm, sim_time at)
{
    if (!vm->run.paused && component_goes_on(&vm->comp, at))
        return true;
    vm__wake_at(vm, at);
    return false;
}

static void go_on(struct vm *vm)
{
    struct vm_run *run = &vm->run;
    for (bool is_fresh = true;; is_fresh = false) {
        sim_time horizon;
        if (!vm__posts_are_over(vm)) {
            if (!vm__posts_go_on(vm))
                return;
            settle_exit(vm);
        }
        sim_time local = vm__local_time(vm);
        if (local == SIM_NEVER) /* cycles past VM_TIME_MAX: nothing can follow */
            return;
        bool is_ahead = local > sim_now(vm->comp.sim);
        switch ((enum vm_phase)run->phase) {
        case VM_PHASE_GUEST:
            horizon = horizon_of(vm);
            if (!may_enter(vm, local, is_fresh, horizon)) {
                if (!vm__goes_on_at(vm, local))
                    return;
                horizon = horizon_of(vm);
            }
            enter_guest(vm, horizon);
            break;
        case VM_PHASE_OP:
            if (is_ahead && !vm__op_is_ahead(vm) && !vm__goes_on_at(vm, local))
                return;
            if (vm->mem.pager && !vm__op_is_resident(vm)) {
                run->phase = VM_PHASE_PAGE;
                vm->page_wait.is_op = 1;
                break;
            }
            mem_settle(&vm->mem);
            if (local <= sim_now(vm->comp.sim) && !is_only_sync(vm))
                vm__keep_pace(vm);
            vm__op(vm);
            pay_for_pages(vm);
            break;
        case VM_PHASE_PAGE:
            if (is_ahead && !vm__goes_on_at(vm, local))
                return;
            if (!page_has_come(vm)) {
                vm__dozes_off(vm);
                return;
            }
            break;
        case VM_PHASE_END:
            if (!is_ahead || vm__goes_on_at(vm, local))
                end(vm);
            return;
        case VM_PHASE_WAIT:
        case VM_PHASE_PAUSE:
        case VM_PHASE_READ:
            return;
        }
    }
}

/* A wait for less than it costs to wait is none, unless something came of it; a pause is work, as it is to Linux's watchdog. */
static void waited(struct vm *vm)
{
    uint64_t now = vm__cycles_at(vm, sim_now(vm->comp.sim)), from = vm->run.cycles;
    uint64_t least = from + profile_get(&vm->comp.sim->profile, PROFILE_vm_exit_cycles);
    if (vm->run.irq_pending || (vm->run.phase == VM_PHASE_WAIT && now >= least))
        vm__got_somewhere(vm);
    else if (now > from)
        vm__spent(vm, now - from);
}

/* It ran what it had charged before it waits, and nothing has come meanwhile. */
static bool is_to_doze(struct vm *vm)
{
    const struct vm_run *run = &vm->run;
    if (run->phase != VM_PHASE_WAIT || run->irq_pending || !vm__is_shared(vm))
        return false;
    sim_time until = run->op.a == UINT64_MAX ? SIM_NEVER : vm__time_of(vm, run->op.a);
    return until > sim_now(vm->comp.sim) && vm__dozes_off(vm);
}

static void cpu_event(struct vm *vm)
{
    struct vm_run *run = &vm->run;
    run->wake = (struct event_id){0, 0};
    if (!vm__wants_core(vm) || is_to_doze(vm))
        return;
    if (run->phase == VM_PHASE_WAIT || run->phase == VM_PHASE_PAUSE) {
        waited(vm);
        vm__catch_up(vm);
        vm__finish_op(vm, vm__take_irq(vm));
    }
    go_on(vm);
}

void vm__event(struct component *self, const struct event *ev)
{
    struct vm *vm = (struct vm *)self;
    struct vm_run *run = &vm->run;
    bool is_running = run->state == VM_RUNNING;
    switch ((enum vm_event_verb)ev->verb) {
    case VM_EV_CPU:
        if (is_running)
            cpu_event(vm);
        return;
    case VM_EV_READ_DONE:
        if (!is_running || run->phase != VM_PHASE_READ || ev->a != run->read_cookie)
            return;
        vm__read_done(vm, ev->b);
        if (vm__has_core(vm))
            go_on(vm);
        return;
    case VM_EV_IRQ:
        if (ev->c == run->irq_gen)
            irq_arrived(vm, ev->a, ev->b);
        return;
    case VM_EV_DUE:
        run->due = (struct event_id){0, 0};
        vm_irq(vm, MACHINE_IRQ_WORK);
        return;
    }
    assert(!"a VM knows no such event");
}

/* Its clock has gone on meanwhile; a deadline is where it was. */
void vm__go_on_after_pause(struct vm *vm)
{
    struct vm_run *run = &vm->run;
    bool waits = run->phase == VM_PHASE_WAIT && !run->irq_pending;
    sim_time now = sim_now(vm->comp.sim);
    vm__catch_up(vm);
    run->paused = 0;
    if (!waits) {
        sim_time local = vm__local_time(vm);
        vm__wake_at(vm, local > now && run->phase != VM_PHASE_PAUSE ? local : now);
    } else if (run->op.a != UINT64_MAX) {
        sim_time at = vm__time_of(vm, run->op.a);
        if (at != SIM_NEVER)
            vm__wake_at(vm, at > now ? at : now);
    }
}

void vm_get_page_waits(const struct vm *vm, uint64_t *waits, sim_time *wait_ps)
{
    *waits = vm->page_wait.waits;
    *wait_ps = vm->page_wait.wait_ps;
}

void vm_kill(struct vm *vm, const char *why)
{
    if (vm->run.state != VM_RUNNING)
        return;
    vm__fail(vm, "%s", why);
    end(vm);
}

void vm_boot(struct vm *vm)
{
    struct vm_run *run = &vm->run;
    assert(run->state == VM_CREATED);
    if (vm->params.kind) {
        vm->params.kind->machine->boot(vm);
        return;
    }
    run->state = VM_RUNNING;
    run->phase = VM_PHASE_GUEST;
    run->epoch = sim_now(vm->comp.sim);
    cpu_vcpu_begins(vm->thread, run->cycles);
    vcpu_regs_start(&vm->cpu.regs, vm->image_entry, vm->window, vm->window + vm->params.ram_bytes);
    trace_vm_booted(&vm->comp, vm->images->name, vm->params.ram_bytes >> 20);
    vm__wake_at(vm, run->epoch);
}
