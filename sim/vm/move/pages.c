/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A destination's memory, and the pages that fill it. */
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
bool vm__ram_scrub(int fd, uint8_t *view, uint64_t size)
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

/* ---- pages that are still at its former host ---- */

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
