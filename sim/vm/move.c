/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/move.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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

/* ---- a destination's memory ---- */

/* Of a world that is gone. */
struct kept {
    int fd;
    uint8_t *view;
    uint64_t size;
    bool stained;
};

static const char kept_kind[] = "a destination's RAM";

static void kept_destroy(void *part)
{
    struct kept *kept = part;

    munmap(kept->view, kept->size);
    close(kept->fd);
    free(kept);
}

static bool keep(struct vm_ram *ram)
{
    struct kept *kept;

    if (!recycler_keeps(ram->recycler) || ram->fd < 0 || ram->view == MAP_FAILED)
        return false;
    kept = alloc_bytes("a migrated VM's RAM", sizeof(*kept));
    *kept = (struct kept){ram->fd, ram->view, ram->mem.size, recycler_is_staining(ram->recycler)};
    if (kept->stained)
        recycler_fill_file(kept->fd, 0, kept->size, kept->view, RECYCLER_STAIN);
    return recycler_keep(ram->recycler, kept_kind, kept->size, kept, kept_destroy);
}

static bool fetch(struct vm_ram *ram, uint64_t size)
{
    struct kept *kept = recycler_fetch(ram->recycler, kept_kind, size);

    if (!kept)
        return false;
    if (kept->stained && !recycler_file_is_filled(kept->fd, 0, size, kept->view, RECYCLER_STAIN))
        recycler_found(ram->recycler, "a destination's RAM of a world that was gone has been written to");
    recycler_fill_file(kept->fd, 0, size, kept->view, 0);
    ram->fd = kept->fd;
    ram->view = kept->view;
    free(kept);
    return true;
}

struct vm_ram *vm_ram_create(struct vm *vm, char *err, size_t err_cap)
{
    struct vm_ram *ram = alloc_zero("a migrated VM's RAM", 1, sizeof(*ram));
    uint64_t size = vm->params.ram_bytes;

    snprintf(err, err_cap, "no memory");
    ram->recycler = vm->recycler;
    if (fetch(ram, size) && !mem_init(&ram->mem, &vm->comp, ram->view, size, vm__tags_max(vm)))
        return ram;
    ram->fd = memfd_create(vm->name, MFD_CLOEXEC);
    ram->view = MAP_FAILED;
    if (ram->fd >= 0 && !ftruncate(ram->fd, (off_t)size))
        ram->view = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ram->fd, 0);
    if (ram->view == MAP_FAILED) /* ours is the lack, not the simulated host's: no migration fails by it */
        alloc_failed("a migrated VM's RAM", size, errno);
    if (!mem_init(&ram->mem, &vm->comp, ram->view, size, vm__tags_max(vm)))
        return ram;
    ram->mem.size = size;
    vm_ram_destroy(ram);
    return NULL;
}

/* Every page given back, and nothing left to be seen. */
static bool scrub(int fd, uint8_t *view, uint64_t size)
{
    bool punched = !fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)size);

    if (punched && lseek(fd, 0, SEEK_DATA) >= 0)
        return false;
    if (!punched || errno != ENXIO) /* by hand where nobody can, or can tell */
        memset(view, 0, size);
    return true;
}

void vm_ram_destroy(struct vm_ram *ram)
{
    uint64_t size;
    bool kept;

    if (!ram)
        return;
    size = ram->mem.size;
    kept = keep(ram);
    mem_fini(&ram->mem);
    if (kept) {
        free(ram);
        return;
    }
    if (ram->view != MAP_FAILED)
        munmap(ram->view, size);
    if (ram->fd >= 0)
        close(ram->fd); /* the last who knew of its pages */
    free(ram);
}

/* ---- pages ---- */

/* what is known: a hole in [from, data), data in [data, end) */
struct extent {
    uint64_t from, data, end;
};

/* Looking at a hole would allocate it. */
static bool is_hole(int fd, struct extent *e, uint64_t at, uint64_t size)
{
    if (at < e->from || at >= e->end) {
        off_t data = lseek(fd, (off_t)at, SEEK_DATA), hole;

        e->from = at;
        e->data = e->end = size;
        if (data < 0 && errno != ENXIO) { /* nobody knows where holes are: there are none */
            e->data = at;
        } else if (data >= 0) {
            hole = lseek(fd, data, SEEK_HOLE);
            e->data = (uint64_t)data & ~(uint64_t)(VM_PAGE - 1);
            e->end = hole < 0 ? size : (uint64_t)hole;
        }
    }
    return at < e->data;
}

static bool is_zero(const uint8_t *page)
{
    uint64_t first;

    memcpy(&first, page, sizeof(first));
    return first == 0 && memcmp(page, page + sizeof(first), VM_PAGE - sizeof(first)) == 0;
}

static uint64_t next_page(struct vm *vm, struct vm_ram *ram, uint64_t at, bool all, enum vm_page_kind *kind,
                          struct extent extent[2])
{
    uint64_t size = vm->params.ram_bytes;

    for (; at < size; at += VM_PAGE) {
        bool hole = is_hole(vm->ram_fd, &extent[0], at, size), empty;

        if (!all && hole && is_hole(ram->fd, &extent[1], at, size))
            continue;
        *kind = hole || is_zero(vm->ram + at) ? VM_PAGE_ZERO : VM_PAGE_DATA;
        if (all)
            return at;
        empty = is_hole(ram->fd, &extent[1], at, size);
        if (*kind == VM_PAGE_ZERO ? !empty && !is_zero(ram->view + at) : empty || memcmp(vm->ram + at, ram->view + at, VM_PAGE))
            return at;
    }
    return size;
}

uint64_t vm_ram_next(struct vm *vm, struct vm_ram *ram, uint64_t at, bool all, enum vm_page_kind *kind)
{
    struct extent extent[2] = {{0}, {0}};

    sim_make_events(vm->comp.sim);
    return next_page(vm, ram, at, all, kind, extent);
}

const uint8_t *vm_page(const struct vm *vm, uint64_t at)
{
    sim_make_events(vm->comp.sim);
    return vm->ram + at;
}

void vm_ram_put(struct vm_ram *ram, uint64_t at, const uint8_t *page)
{
    struct extent extent = {0};

    assert(at % VM_PAGE == 0 && at < ram->mem.size);
    if (page)
        memcpy(ram->view + at, page, VM_PAGE);
    else if (!is_hole(ram->fd, &extent, at, ram->mem.size) &&
             fallocate(ram->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)at, VM_PAGE))
        memset(ram->view + at, 0, VM_PAGE);
}

void vm_ram_send(struct vm *vm, struct vm_ram *ram, uint64_t at, enum vm_page_kind kind)
{
    sim_make_events(vm->comp.sim);
    vm_ram_put(ram, at, kind == VM_PAGE_DATA ? vm->ram + at : NULL);
}

void vm_ram_count(struct vm *vm, struct vm_ram *ram, uint64_t *pages, uint64_t *data)
{
    struct extent extent[2] = {{0}, {0}};
    enum vm_page_kind kind = VM_PAGE_ZERO;

    sim_make_events(vm->comp.sim);
    *pages = *data = 0;
    for (uint64_t at = 0; (at = next_page(vm, ram, at, false, &kind, extent)) < vm->params.ram_bytes; at += VM_PAGE) {
        ++*pages;
        *data += kind == VM_PAGE_DATA;
    }
}

/* The pages that hold something, each behind its address; the RAM's size ends the list. */
void vm_ram_save(struct vm_ram *ram, struct save *s)
{
    uint64_t size = ram->mem.size, at = 0;
    struct extent extent = {0};

    save_section(s, "vm ram of a destination", 1);
    save_expect_u64(s, "bytes of RAM", size);
    while (save_is_loading(s)) {
        save_field(s, at);
        if (s->err || at == size)
            return;
        if (at > size || at % VM_PAGE) {
            save_fail(s, -EPROTO, "a page of RAM at 0x%llx", (unsigned long long)at);
            return;
        }
        save_bytes(s, ram->view + at, VM_PAGE);
    }
    for (at = 0; at < size; at += VM_PAGE) {
        if (is_hole(ram->fd, &extent, at, size) || is_zero(ram->view + at))
            continue;
        save_field(s, at);
        save_bytes(s, ram->view + at, VM_PAGE);
    }
    save_field(s, at);
}

void vm__ram_save_own(struct vm *vm, struct save *s)
{
    sim_make_events(vm->comp.sim);
    struct vm_ram own = {.fd = vm->ram_fd, .view = vm->ram, .mem = vm->mem};

    vm_ram_save(&own, s);
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
    clean = scrub(vm->ram_fd, vm->ram, size);
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

static void page_came(struct vm *vm)
{
    for (uint32_t i = 0; i < vm->vcpus; i++)
        vm__page_came(&vm->vcpu[i]);
}

void vm_set_pager(struct vm *vm, struct mem_pager *pager)
{
    sim_make_events(vm->comp.sim);
    vm->mem.pager = pager;
    vm__window_protect(vm, 0, vm->params.ram_bytes / VM_PAGE);
    if (!pager)
        page_came(vm);
}

enum vm_page_kind vm_ram_kind(struct vm_ram *ram, uint64_t at)
{
    struct extent extent = {0};

    return is_hole(ram->fd, &extent, at, ram->mem.size) || is_zero(ram->view + at) ? VM_PAGE_ZERO : VM_PAGE_DATA;
}

void vm_pages_came(struct vm *vm, struct vm_ram *rest, uint64_t first, uint64_t count)
{
    struct mem_pager *pager = vm->mem.pager;
    struct extent extent = {0};

    for (uint64_t page = first; page < first + count; page++) {
        uint64_t at = page * VM_PAGE;
        if (!pager->missing[page])
            continue;
        if (!is_hole(rest->fd, &extent, at, vm->params.ram_bytes) && !is_zero(rest->view + at))
            memcpy(vm->ram + at, rest->view + at, VM_PAGE);
        pager->missing[page] = 0;
        pager->left--;
    }
    vm__window_protect(vm, first, first + count);
    page_came(vm);
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
