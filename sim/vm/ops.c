/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest asks its machine for, carried out: one branch an operation of guest/include/machine.h. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "vm/image/plugin_image.h"
#include "vm/vm__.h"
#include "pf/pf.h"

#define REFUSED UINT64_MAX

/* ---- waiting ---- */

static void op_wait(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    uint64_t deadline = vcpu->run.op.a;
    if (vm->run.stats.boots && !vm->run.job_count && !vcpu->number)
        vm->run.settled = 1;
    uint64_t exit = profile_get(&vm->comp.sim->profile, PROFILE_vm_exit_cycles);
    if (vcpu->run.irq_pending)
        vm__got_somewhere(vcpu);
    else if (deadline < vcpu->run.cycles + exit)
        vm__idle_call(vcpu);
    if (vcpu->run.irq_pending || deadline <= vcpu->run.cycles) {
        vm__finish_op(vcpu, vm__take_irq(vcpu));
    } else {
        vcpu->exits[VM_EXIT_hlt]++;
        vm__wait(vcpu, VM_PHASE_WAIT, deadline);
    }
}

static void op_pause(struct vcpu *vcpu)
{
    vm__idle_call(vcpu);
    vm__wait(vcpu, VM_PHASE_PAUSE, vcpu->run.cycles + VM_PAUSE_CYCLES);
}

/* It is a store to the interrupt controller's command register, which the hypervisor carries out. */
static void op_ipi(struct vcpu *vcpu)
{
    struct vm_op *op = &vcpu->run.op;
    if (!op->is_charged) {
        op->is_charged = 1;
        vm__exit(vcpu, VM_EXIT_ipi, profile_get(&vcpu->vm->comp.sim->profile, PROFILE_vm_exit_cycles));
        return;
    }
    bool is_there = vm__ipi(vcpu, op->a);
    if (!is_there)
        vm__bad(vcpu->vm, "a call to vCPU", op->a);
    vm__finish_op(vcpu, is_there ? 0 : REFUSED);
}

/* ---- console ---- */

static void console_flush(struct vm *vm)
{
    struct vm_run *run = &vm->run;
    run->line[run->line_len] = '\0';
    trace_vm_console(&vm->comp, run->line);
    run->line_len = 0;
}

static uint64_t op_console(struct vm *vm, uint64_t va, uint64_t len)
{
    struct vm_run *run = &vm->run;
    const char *text = len <= VM_CONSOLE_MAX ? vm__at_va(vm, va, len) : NULL;
    if (!text) {
        vm__bad(vm, "console text at", va);
        return REFUSED;
    }
    for (uint64_t i = 0; i < len; i++) {
        char ch = text[i];
        if (ch != '\n')
            run->line[run->line_len++] = isprint((unsigned char)ch) ? ch : '.';
        if (ch == '\n' || run->line_len == VM_LINE_MAX)
            console_flush(vm);
    }
    return 0;
}

static void op_panic(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    uint64_t va = vcpu->run.op.a, len = vcpu->run.op.b;
    char text[161] = "(its text lies outside RAM)", where[256];
    if (len > sizeof(text) - 1)
        len = sizeof(text) - 1;
    const char *from = vm__at_va(vm, va, len);
    if (from) {
        for (uint64_t i = 0; i < len; i++)
            text[i] = isprint((unsigned char)from[i]) ? from[i] : '.';
        text[len] = '\0';
    }
    vm__symbol_text(vcpu, where, sizeof(where));
    vm__fail(vcpu, "panic: %s %s", text, where);
}

/* ---- notes ---- */

/* The mailbox's versions by their numbers [mbx.h of Intel's drivers]. */
static const char *api_text(uint64_t api)
{
    static const char *const text[] = {"1.0", "2.0", "1.1", "1.2", "1.3", "1.4", "1.5"};
    return api < sizeof(text) / sizeof(text[0]) ? text[api] : "?";
}

static bool driver_text(uint64_t what, uint64_t detail, char *buf, size_t cap)
{
    switch (what) { /* a guest's number */
    case MACHINE_VF_UP:
        snprintf(buf, cap, "its VF > driver is up -> mailbox speaks API %s", api_text(detail));
        return true;
    case MACHINE_VF_DOWN:
        snprintf(buf, cap, "its VF > driver has let go -> slot powered off");
        return true;
    case MACHINE_VF_STOPS:
        snprintf(buf, cap, "its VF > driver stops its queues -> reset");
        return true;
    case MACHINE_VF_NO_DRIVER:
        snprintf(buf, cap, "its VF > no driver for device %04x:%04x -> not used", (unsigned)detail & 0xffff,
                 (unsigned)(detail >> 16) & 0xffff);
        return true;
    case MACHINE_VF_FAILED:
        snprintf(buf, cap, "its VF > driver gave up: %s -> not used", pf_status_text((enum vmk_netptop)0, -(int)(detail & 0xfff)));
        return true;
    case MACHINE_VF_VANISHED:
        snprintf(buf, cap, "its VF > vanished -> buffers taken back");
        return true;
    default:
        return false;
    }
}

/* What a note says, as a sentence; false for one we don't know. */
static bool note_text(uint64_t note, uint64_t b, uint64_t c, char *buf, size_t cap)
{
    const char *path = b ? "VF" : "emulated";
    switch (note) { /* a guest's number */
    case MACHINE_NOTE_BOOTED:
        snprintf(buf, cap, "shell > up -> data path is emulated");
        return true;
    case MACHINE_NOTE_PLUGIN_CHECKED:
        snprintf(buf, cap, "plugin > checked by the shell -> %s",
                 b <= NPA_CHECK_PLAIN_STORES ? npa_check_text((enum npa_check)b) : "?");
        return true;
    case MACHINE_NOTE_PLUGIN_STARTED:
        snprintf(buf, cap, "plugin > started -> rings posted");
        return true;
    case MACHINE_NOTE_TX_STOPPED:
        snprintf(buf, cap, "transmit > stopped on the %s path -> frames wait in the shell", path);
        return true;
    case MACHINE_NOTE_PATH:
        snprintf(buf, cap, "data path > in use -> %s", path);
        return true;
    case MACHINE_NOTE_DRAINED:
        snprintf(buf, cap, "%s path > drained -> %" PRIu64 " frames handed up", path, c);
        return true;
    case MACHINE_NOTE_RECLAIMED:
        snprintf(buf, cap, "buffers > reclaimed -> %" PRIu64 " receive, %" PRIu64 " transmit", b, c);
        return true;
    case MACHINE_NOTE_VF_DRIVER:
        return driver_text(b, c, buf, cap);
    case MACHINE_NOTE_VF_LINK:
        snprintf(buf, cap, "its VF > link -> %s", b ? "up" : "down");
        return true;
    default:
        return false;
    }
}

static uint64_t op_note(struct vm *vm, uint64_t note, uint64_t b, uint64_t c)
{
    char text[120];
    if (!note_text(note, b, c, text, sizeof(text))) {
        vm__bad(vm, "note", note);
        return REFUSED;
    }
    vm->run.stats.boots += note == MACHINE_NOTE_BOOTED;
    if (note == MACHINE_NOTE_PATH)
        vm->run.on_vf = b != 0;
    trace_vm_noted(&vm->comp, text);
    struct vm_note_listener *next;
    for (struct vm_note_listener *l = vm->listeners; l; l = next) {
        next = l->next;
        l->noted(l, vm, (uint32_t)note, b, c);
    }
    return 0;
}

/* ---- all of them ---- */

static bool is_mmio(const struct vm_op *op) { return op->code == MACHINE_OP_MMIO_READ || op->code == MACHINE_OP_MMIO_WRITE; }

static bool is_resident(struct vm *vm, uint64_t va, uint64_t len)
{
    return va < vm->window || mem_want(&vm->mem, va - vm->window, len);
}

bool vm__op_is_resident(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    const struct vm_op *op = &vcpu->run.op;
    bool there = true;
    switch (op->code) {
    case MACHINE_OP_CONSOLE:
    case MACHINE_OP_PANIC:
        return is_resident(vm, op->a, op->b < VM_CONSOLE_MAX ? op->b : VM_CONSOLE_MAX);
    case MACHINE_OP_JOB:
        return is_resident(vm, op->a, sizeof(struct machine_job));
    case MACHINE_OP_FRAME_MADE:
        return op->c || mem_want(&vm->mem, op->a, op->b);
    case MACHINE_OP_FRAME_NEXT: {
        const struct machine_tx *tx = vm__at_va(vm, op->a, sizeof(*tx));
        return is_resident(vm, op->a, sizeof(*tx)) && (!tx || mem_want(&vm->mem, tx->gpa, tx->cap));
    }
    case MACHINE_OP_FRAME_DELIVER: {
        const struct machine_rx *rx = vm__at_va(vm, op->a, sizeof(*rx));
        if (!is_resident(vm, op->a, sizeof(*rx)) || !rx)
            return !rx;
        for (uint32_t i = 0; i < rx->fragments && i < MACHINE_FRAGMENTS_MAX; i++)
            there = mem_want(&vm->mem, rx->fragment[i].gpa, rx->fragment[i].len) && there;
        return there;
    }
    default: /* the others touch no memory, or what is taken at once (vmxnet3's control structures) */
        return true;
    }
}

bool vm__op_is_ahead(const struct vcpu *vcpu)
{
    const struct vm *vm = vcpu->vm;
    const struct vm_op *op = &vcpu->run.op;
    const struct vm_range *range = is_mmio(op) ? vm__range_find(vm, op->a, op->b) : NULL;
    if (range && range->kind == VM_MMIO_DIRECT && !vm__is_alone(vm)) /* what one stores later may not be before another one's */
        return false;
    return range && ((range->kind == VM_MMIO_DIRECT && !vm__is_shared(vcpu)) || !op->is_charged);
}

/* A flood of text goes through a serial port with a FIFO of 16 bytes, an exit each time it is filled [16550A]. */
static void pay_for_text(struct vcpu *vcpu, uint64_t len)
{
    struct vm *vm = vcpu->vm;
    uint64_t fills = (len < VM_CONSOLE_MAX ? len : VM_CONSOLE_MAX) / 16;
    for (uint64_t i = 0; i < fills; i++)
        vm__exit(vcpu, VM_EXIT_io, profile_get(&vm->comp.sim->profile, PROFILE_vm_exit_cycles));
}

/* What it has moved or done so far: a call that changes it came with something. */
static uint64_t work_done(const struct vm *vm)
{
    const struct vm_run *run = &vm->run;
    return run->stats.frames_delivered + run->stats.frames_made + run->job_number - run->job_count + run->job_active;
}

void vm__op(struct vcpu *vcpu)
{
    struct vm *vm = vcpu->vm;
    const struct vm_op op = vcpu->run.op;
    uint64_t value = 0, before = work_done(vm);
    bool is_at_horizon = op.code == MACHINE_OP_SYNC && op.is_charged;
    switch (op.code) { /* a guest's number, not an enum: anything may come */
    case MACHINE_OP_MMIO_READ:
    case MACHINE_OP_MMIO_WRITE:
        vm__op_mmio(vcpu);
        return;
    case MACHINE_OP_WAIT:
        op_wait(vcpu);
        return;
    case MACHINE_OP_PAUSE:
        op_pause(vcpu);
        return;
    case MACHINE_OP_PANIC:
        op_panic(vcpu);
        return;
    case MACHINE_OP_SYNC:
        break;
    case MACHINE_OP_CONSOLE:
        value = op_console(vm, op.a, op.b);
        break;
    case MACHINE_OP_FRAME_NEXT:
        value = vm__frame_next(vcpu, op.a);
        break;
    case MACHINE_OP_FRAME_MADE:
        value = vm__frame_made(vcpu, op.a, op.b, op.c);
        break;
    case MACHINE_OP_FRAME_DELIVER:
        value = vm__frame_deliver(vcpu, op.a);
        break;
    case MACHINE_OP_FRAME_DROP:
        value = vm__frame_drop(vm, op.a, op.b, op.c);
        break;
    case MACHINE_OP_JOB:
        value = vm__job_give(vm, op.a);
        break;
    case MACHINE_OP_JOB_DONE:
        value = vm__job_done(vm, op.a, op.b);
        break;
    case MACHINE_OP_IPI:
        op_ipi(vcpu);
        return;
    case MACHINE_OP_NOTE:
        value = op_note(vm, op.a, op.b, op.c);
        break;
    default:
        vm__bad(vm, "operation", op.code);
        value = REFUSED;
    }
    bool is_work = work_done(vm) != before && op.code != MACHINE_OP_FRAME_MADE; /* those have no end; what is sent of them has */
    if (is_work || (op.code == MACHINE_OP_FRAME_DROP && value))
        vm__got_somewhere(vcpu);
    else if (!is_at_horizon && vm__idle_call(vcpu) && op.code == MACHINE_OP_CONSOLE)
        pay_for_text(vcpu, op.b);
    vm__finish_op(vcpu, value);
}

void vm_set_on_vf(struct vm *vm, bool on) { vm->run.on_vf = on; }
