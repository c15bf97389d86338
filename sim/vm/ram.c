/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VM's RAM and window: one memfd mapped twice, the machine page, the stub page, and what of it is saved and hashed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/fnv.h"
#include "core/alloc.h"
#include "vm/cpu/trap.h"
#include "vm/vm__.h"

#define RAM_END_MARK UINT64_MAX

static int fail_errno(char *err, size_t err_cap, const char *name, const char *what)
{
    int e = errno;
    snprintf(err, err_cap, "vm %s: %s: %s", name, what, alloc_reason(e));
    return -e;
}

/* What a VM lies in, of a world that is gone: its window with the RAM in it and the machine page, the simulator's view. */
struct place {
    struct vm_window *window;
    uint64_t size;
    int fd;
    uint8_t *view;
    bool stained;
};

static const char place_kind[] = "a VM's window and RAM";
static uint64_t place_number(const struct vm *vm) { return (uint64_t)vm->params.slot << 40 | vm->params.ram_bytes; }

static void place_destroy(void *part)
{
    struct place *place = part;
    vm__window_destroy(place->window);
    munmap(place->view, place->size);
    close(place->fd);
    free(place);
}

/* Its pages stay where they are; what is written in them is cleared. */
static bool place_take(struct vm *vm, const struct sim *sim)
{
    struct recycler *recycler = vm->recycler;
    struct place *place = recycler_fetch(recycler, place_kind, place_number(vm));
    if (!place)
        return false;
    if (place->stained && !recycler_file_is_filled(place->fd, 0, place->size, place->view, RECYCLER_STAIN))
        recycler_found(recycler, "the RAM of %s in a world that was gone has been written to", vm->name);
    recycler_fill_file(place->fd, 0, place->size, place->view, 0);
    vm->ram_fd = place->fd;
    vm->ram = place->view;
    vm__window_take(place->window, vm, sim);
    memset((void *)(uintptr_t)vm->page, 0, VM_PAGE);
    free(place);
    return true;
}

static bool place_give(struct vm *vm)
{
    struct recycler *recycler = vm->recycler;
    if (!recycler_keeps(recycler) || !vm->in_window || !vm->ram || !vm->page)
        return false;
    /* A window that was closed, or open in part, is whole again. */
    if ((vm->run.detached || vm->mem.pager) && vm__window_is_mapped(vm) && vm__window_map_ram(vm))
        return false;
    struct place *place = alloc_bytes("a VM", sizeof(*place));
    *place = (struct place){.window = vm->in_window,
                            .size = vm->params.ram_bytes,
                            .fd = vm->ram_fd,
                            .view = vm->ram,
                            .stained = recycler_is_staining(recycler)};
    if (place->stained)
        recycler_fill_file(place->fd, 0, place->size, place->view, RECYCLER_STAIN);
    vm__window_give(vm);
    return recycler_keep(recycler, place_kind, place_number(vm), place, place_destroy);
}

static int map_ram(struct vm *vm, char *err, size_t err_cap)
{
    uint64_t size = vm->params.ram_bytes;
    vm->ram_fd = memfd_create(vm->name, MFD_CLOEXEC);
    if (vm->ram_fd < 0 || ftruncate(vm->ram_fd, (off_t)size))
        return fail_errno(err, err_cap, vm->name, "cannot make its RAM");
    void *view = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vm->ram_fd, 0);
    if (view == MAP_FAILED)
        return fail_errno(err, err_cap, vm->name, "cannot map its RAM");
    vm->ram = view;
    if (vm__window_map_ram(vm))
        return fail_errno(err, err_cap, vm->name, "cannot map its RAM for running code");
    return 0;
}

static int make_window(struct vm *vm, const struct sim *sim, char *err, size_t err_cap)
{
    int rc = vm__window_create(vm, sim);
    if (rc == -EEXIST) {
        snprintf(err, err_cap, "vm %s: the addresses of slot %u's window are in use by something else in this process", vm->name,
                 vm->params.slot);
        return -EBUSY;
    }
    if (rc == -EBUSY)
        snprintf(err, err_cap, "vm %s: slot %u is taken by another VM of its world", vm->name, vm->params.slot);
    else if (rc == 0)
        rc = map_ram(vm, err, err_cap);
    else
        fail_errno(err, err_cap, vm->name, "cannot reserve its window");
    if (rc == 0 && vm__window_map_machine(vm))
        rc = fail_errno(err, err_cap, vm->name, "cannot map the machine page");
    return rc;
}

int vm__ram_init(struct vm *vm, const struct sim *sim, char *err, size_t err_cap)
{
    if (trap_is_elsewhere()) {
        snprintf(err, err_cap, "vm %s: worlds with VMs belong to another thread of this process, until it has destroyed them",
                 vm->name);
        return -EPERM;
    }
    int rc = trap_acquire();
    if (rc) {
        errno = -rc;
        return fail_errno(err, err_cap, vm->name, "the faults of its code cannot be caught, or its time not be watched");
    }
    vm->has_traps = true;
    rc = place_take(vm, sim) ? 0 : make_window(vm, sim, err, err_cap);
    if (rc == 0 && vm__window_write_stub(vm))
        rc = fail_errno(err, err_cap, vm->name, "cannot map the machine's exit entry");
    return rc;
}

void vm__ram_fini(struct vm *vm)
{
    if (vm->has_traps)
        trap_release();
    if (place_give(vm))
        return;
    vm__window_destroy(vm->in_window);
    if (vm->ram)
        munmap(vm->ram, vm->params.ram_bytes);
    if (vm->ram_fd >= 0)
        close(vm->ram_fd);
}

/* ---- allocated pages ---- */

static bool page_is_zero(const uint8_t *page)
{
    uint64_t first;
    memcpy(&first, page, sizeof(first));
    return first == 0 && memcmp(page, page + sizeof(first), VM_PAGE - sizeof(first)) == 0;
}

/* The next page from offset `at` on with a byte that is not 0, or the RAM's size. Holes are jumped over. */
static uint64_t next_page(const struct vm *vm, uint64_t at, uint64_t *data_end)
{
    uint64_t size = vm->params.ram_bytes;
    while (at < size) {
        if (at >= *data_end) {
            off_t data = lseek(vm->ram_fd, (off_t)at, SEEK_DATA);
            if (data < 0 && errno == ENXIO)
                return size; /* nothing but a hole is left */
            off_t hole = data < 0 ? -1 : lseek(vm->ram_fd, data, SEEK_HOLE);
            data = data < 0 ? (off_t)at : data; /* nobody knows where holes are: there are none */
            at = (uint64_t)data & ~(uint64_t)(VM_PAGE - 1);
            *data_end = hole < 0 ? size : (uint64_t)hole;
        }
        if (!page_is_zero(vm->ram + at))
            return at;
        at += VM_PAGE;
    }
    return size;
}

uint64_t vm_ram_hash(const struct vm *vm)
{
    sim_make_events(vm->comp.sim);
    uint64_t hash = FNV_BASIS, end = 0;
    for (uint64_t at = next_page(vm, 0, &end); at < vm->params.ram_bytes; at = next_page(vm, at + VM_PAGE, &end)) {
        hash = fnv1a(hash, &at, sizeof(at));
        hash = fnv1a(hash, vm->ram + at, VM_PAGE);
    }
    return hash;
}

static void load_pages(struct vm *vm, struct save *s)
{
    uint64_t size = vm->params.ram_bytes, end = 0, last = 0;
    uint64_t old = next_page(vm, 0, &end); /* the next page that holds something; what is not in the stream is to hold nothing */
    for (;;) {
        uint64_t at = 0;
        save_field(s, at);
        if (!s->err && at != RAM_END_MARK && (at < last || at >= size || at % VM_PAGE))
            save_fail(s, -EPROTO, "a page of RAM at 0x%llx", (unsigned long long)at);
        if (s->err)
            return;
        for (; old < size && old < at; old = next_page(vm, old + VM_PAGE, &end))
            memset(vm->ram + old, 0, VM_PAGE);
        if (at == RAM_END_MARK)
            return;
        save_bytes(s, vm->ram + at, VM_PAGE);
        last = at + VM_PAGE;
        if (old == at)
            old = next_page(vm, last, &end);
    }
}

void vm__ram_save(struct vm *vm, struct save *s)
{
    save_section(s, "vm ram", 1);
    save_expect_u64(s, "bytes of RAM", vm->params.ram_bytes);
    if (s->err)
        return;
    if (save_is_loading(s)) {
        load_pages(vm, s);
        return;
    }
    uint64_t end = 0, mark = RAM_END_MARK;
    for (uint64_t at = next_page(vm, 0, &end); at < vm->params.ram_bytes; at = next_page(vm, at + VM_PAGE, &end)) {
        save_field(s, at);
        save_bytes(s, vm->ram + at, VM_PAGE);
    }
    save_field(s, mark);
}
