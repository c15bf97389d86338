/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a host does with a VM, handed on to its kind; what the kind tells of the guest. */
#include "vm/outside/outside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/alloc.h"
#include "vm/move.h"
#include "vm/vm__.h"

enum { EVENT_LINE = 0xfffd, EVENT_BOOT = 0xfffe, EVENT_MESSAGE = 0xffff, COMMAND_MAX = 4000 };

/* ---- kinds ---- */

extern const struct vm_kind *const __start_vm_kinds[] __attribute__((weak, visibility("hidden")));
extern const struct vm_kind *const __stop_vm_kinds[] __attribute__((weak, visibility("hidden")));

const struct vm_kind *vm_kind_at(unsigned i)
{
    for (const struct vm_kind *const *at = __start_vm_kinds; at < __stop_vm_kinds; at++)
        if (!i--)
            return *at;
    return NULL;
}

/* ---- the machine ---- */

static void event(struct component *self, const struct event *ev)
{
    struct vm *vm = (struct vm *)self;
    if (vm->run.state != VM_RUNNING)
        return;
    struct pci_function *fn[VM_FUNCTIONS_MAX];
    char err[256];
    if (ev->verb == EVENT_BOOT && vm->params.kind->boot(vm->outside, err, sizeof(err)))
        vm_fail(vm, "%s", err);
    else if (ev->verb < EVENT_LINE)
        vm->params.kind->event(vm->outside, ev);
    if (ev->verb != EVENT_MESSAGE && ev->verb != EVENT_LINE)
        return;
    unsigned count = vm_functions(vm, fn);
    vm->run.stats.irqs++;
    for (unsigned i = 0; i < count; i++) {
        if (pci_function_rid(fn[i]) != ev->b || pci_function_component(fn[i])->id != ev->c)
            continue;
        if (ev->verb == EVENT_LINE && pci_intx_level(fn[i]))
            vm->params.kind->line(vm->outside, fn[i]);
        else if (ev->verb == EVENT_MESSAGE)
            vm->params.kind->message(vm->outside, fn[i], (uint32_t)ev->a);
    }
}

static void save(struct component *self, struct save *s)
{
    struct vm *vm = (struct vm *)self;
    save_fail(s, -ENOTSUP, "the guest of %s is a kernel in a process of its own (kernel %s): it can't be saved", vm->name,
              vm->params.kind->word);
}

static const struct component_ops component = {.kind = "vm", .event = event, .save = save};

/* What hardware posts, or a hypervisor's thread puts in, takes its time here, too. */
static void message(struct msi_sink *self, struct pci_function *fn, uint64_t address, uint32_t data)
{
    struct vm_sink *sink = (struct vm_sink *)self;
    struct vm *vm = sink->vm;
    (void)address;
    if (vm->run.state != VM_RUNNING)
        return;
    event_post(&vm->comp, &vm->comp, sim_now(vm->comp.sim) + vm__delivery_ps(vm, sink->index), EV_HW, EVENT_MESSAGE, data,
               pci_function_rid(fn), pci_function_component(fn)->id);
}

static void line(struct msi_sink *self, struct pci_function *fn, bool asserted)
{
    struct vm_sink *sink = (struct vm_sink *)self;
    struct vm *vm = sink->vm;
    if (asserted && vm->run.state == VM_RUNNING)
        event_post(&vm->comp, &vm->comp, sim_now(vm->comp.sim) + vm__delivery_ps(vm, sink->index), EV_HW, EVENT_LINE, 0,
                   pci_function_rid(fn), pci_function_component(fn)->id);
}

static int init(struct vm *vm, char *err, size_t err_cap)
{
    if (vm->params.kind->is_there(&vm->params, err, err_cap))
        return -ENOENT;
    uint64_t size = vm->params.ram_bytes;
    void *view = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (view == MAP_FAILED) {
        snprintf(err, err_cap, "vm %s: cannot map its RAM: %s", vm->name, alloc_reason(errno));
        return -ENOMEM;
    }
    vm->ram = view;
    vm->outside = vm->params.kind->create(vm);
    return 0;
}

static int join(struct vm *vm)
{
    char flow[64];
    snprintf(flow, sizeof(flow), "%s/%s", vm->name, vm->params.kind->word);
    int rc = flow_add(vm->comp.sim, flow, FLOW_NONE);
    vm->mem.delivers = true;
    vm->mem.flow = rc > 0 ? (uint32_t)rc : FLOW_NONE;
    return rc < 0 ? rc : 0;
}

static void fini(struct vm *vm)
{
    if (vm->outside)
        vm->params.kind->destroy(vm->outside);
    for (unsigned i = 0; i < vm->exec_count; i++)
        free((char *)vm->execs[i].output);
    free(vm->execs);
}

static void boot(struct vm *vm)
{
    vm->run.state = VM_RUNNING;
    cpu_vcpu_begins(vm->vcpu[0].thread, 0);
    trace_vm_booted(&vm->comp, vm->params.kind->word, vm->params.ram_bytes >> 20);
    event_post(&vm->comp, &vm->comp, sim_now(vm->comp.sim), EV_CPU, EVENT_BOOT, 0, 0,
               0); /* who boots it is not in the middle of it */
}

/* ---- a move ---- */

static void pause_vm(struct vm *vm) { vm->params.kind->pause(vm->outside); }
static void unpause_vm(struct vm *vm) { vm->params.kind->unpause(vm->outside); }

/* Its process has its memory mapped, so what came becomes the bytes of that: what did not is not there either. */
static void arrive(struct vm *vm, struct vm_ram *ram)
{
    struct sim_mem mem = ram->mem;
    sim_make_events(vm->comp.sim);
    for (uint64_t at = 0; at < mem.size; at += VM_PAGE)
        if (memcmp(vm->ram + at, mem.base + at, VM_PAGE)) /* a page that it never had is none it gets */
            memcpy(vm->ram + at, mem.base + at, VM_PAGE);
    mem_fini(&vm->mem); /* the tags live on in the table that was loaded */
    ram->mem = (struct sim_mem){.base = mem.base, .size = mem.size};
    mem.base = vm->ram;
    mem.delivers = true;
    mem.flow = vm->mem.flow;
    vm->mem = mem;
    vm->run.detached = 0;
    cpu_vcpu_begins(vm->vcpu[0].thread, 0);
    vm_ram_destroy(ram);
}

const struct vm_machine vm_outside = {
    .component = &component,
    .message = message,
    .line = line,
    .init = init,
    .join = join,
    .boot = boot,
    .fini = fini,
    .pause = pause_vm,
    .unpause = unpause_vm,
    .arrive = arrive,
};

/* ---- for a kind ---- */

void *vm_part_of_kind(const struct vm *vm, const struct vm_kind *kind) { return vm->params.kind == kind ? vm->outside : NULL; }

bool vm_has_function(const struct vm *vm, const struct pci_function *fn)
{
    for (unsigned i = 0; i < VM_RANGES_MAX; i++)
        if (vm->range[i].len && vm->range[i].fn == fn)
            return true;
    return false;
}

/* The hot-plug port is for a guest that looks into it. */
unsigned vm_functions(const struct vm *vm, struct pci_function *out[VM_FUNCTIONS_MAX])
{
    unsigned count = 0;
    for (unsigned i = 0; i < VM_RANGES_MAX; i++) {
        const struct vm_range *r = &vm->range[i];
        bool is_new = r->len && r->gpa != MACHINE_SLOT;
        for (unsigned k = 0; k < count; k++)
            is_new &= out[k] != r->fn;
        if (is_new && count < VM_FUNCTIONS_MAX)
            out[count++] = r->fn;
    }
    return count;
}

struct pci_function *vm_function_at(const struct vm *vm, uint64_t gpa, uint64_t size, unsigned *bar, uint32_t *off)
{
    const struct vm_range *r = vm__range_find(vm, gpa, size);
    if (!r)
        return NULL;
    *bar = r->bar;
    *off = r->off + (uint32_t)(gpa - r->gpa);
    return r->fn;
}

int vm_use_memory(struct vm *vm, int fd, uint64_t bytes)
{
    if (bytes > vm->params.ram_bytes)
        return -E2BIG;
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        return -errno;
    void *at = mmap(vm->ram, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
    if (at == MAP_FAILED) {
        int rc = -errno;
        close(copy);
        return rc;
    }
    if (vm->ram_fd >= 0)
        close(vm->ram_fd);
    vm->ram_fd = copy;
    return 0;
}

void vm_is_up(struct vm *vm)
{
    vm->run.settled = 1;
    vm->run.stats.boots++;
}

void vm_tell(struct vm *vm, uint32_t note, uint64_t b, uint64_t c)
{
    for (struct vm_note_listener *l = vm->listeners; l; l = l->next)
        l->noted(l, vm, note, b, c);
}

void vm_fail(struct vm *vm, const char *fmt, ...)
{
    char why[sizeof(vm->run.end_text)];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(why, sizeof(why), fmt, ap);
    va_end(ap);
    vm_kill(vm, why);
    for (unsigned i = 0; i < vm->exec_count; i++)
        if (vm->execs[i].answered == SIM_NEVER)
            event_post(&vm->comp, vm->execs[i].from, sim_now(vm->comp.sim), EV_HOST, vm->execs[i].verb, vm->execs[i].cookie,
                       (uint64_t)-EIO, 0);
}

/* ---- commands ---- */

int vm_exec(struct vm *vm, const char *command, struct component *from, uint16_t verb, uint64_t cookie)
{
    if (!vm->params.kind)
        return -ENOTSUP;
    if (vm->run.state == VM_ENDED)
        return -EIO;
    if (!vm->run.settled)
        return -EAGAIN;
    if (vm->exec_count == VM_EXECS_MAX)
        return -ENOSPC;
    if (strlen(command) > COMMAND_MAX)
        return -E2BIG;
    if (!vm->execs)
        vm->execs = alloc_zero("a VM's commands", VM_EXECS_MAX, sizeof(*vm->execs));
    unsigned number = vm->exec_count++;
    vm->execs[number] =
        (struct vm_exec){.asked = sim_now(vm->comp.sim), .answered = SIM_NEVER, .from = from, .verb = verb, .cookie = cookie};
    int rc = vm->params.kind->exec(vm->outside, number, command);
    return rc ? rc : (int)number;
}

void vm_exec_done(struct vm *vm, unsigned number, int status, const char *output, size_t len)
{
    struct vm_exec *exec = number < vm->exec_count ? &vm->execs[number] : NULL;
    if (!exec || exec->answered != SIM_NEVER)
        return;
    exec->answered = sim_now(vm->comp.sim);
    exec->status = status;
    exec->cut = len > VM_EXEC_OUTPUT_MAX;
    exec->len = exec->cut ? VM_EXEC_OUTPUT_MAX : len;
    char *text = alloc_bytes("a command's output", exec->len + 1);
    memcpy(text, output, exec->len);
    text[exec->len] = '\0';
    exec->output = text;
    event_post(&vm->comp, exec->from, exec->answered, EV_HOST, exec->verb, exec->cookie, 0, 0);
}

const struct vm_exec *vm_exec_get(const struct vm *vm, unsigned number)
{
    return number < vm->exec_count ? &vm->execs[number] : NULL;
}
