/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VM's RAM and window: one memfd mapped twice, the machine page, the stub page, and what of it is saved and hashed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/trap.h"
#include "host/vm__.h"

#define RAM_END_MARK UINT64_MAX

static int fail_errno(char *err, size_t err_cap, const char *name, const char *what)
{
    int e = errno;
    snprintf(err, err_cap, "vm %s: %s: %s", name, what, e == ENOMEM ? "out of memory" : strerror(e));
    return -e;
}

/* The whole window becomes ours first, so that whatever lies in it is found out at once. */
static int reserve_window(struct vm *vm, char *err, size_t err_cap)
{
    void *want = (void *)(uintptr_t)vm->window;
    void *got = mmap(want, MACHINE_WINDOW_SIZE, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (got == want) {
        vm->has_window = true;
        return 0;
    }
    if (got != MAP_FAILED) { /* a kernel before 4.17 takes the address for a hint */
        munmap(got, MACHINE_WINDOW_SIZE);
        errno = EEXIST;
    }
    if (errno == EEXIST) {
        snprintf(err, err_cap, "vm %s: slot %u is taken by another world of this process", vm->name, vm->params.slot);
        return -EBUSY;
    }
    return fail_errno(err, err_cap, vm->name, "cannot reserve its window");
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
    if (mmap((void *)(uintptr_t)vm->window, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED | MAP_FIXED,
             vm->ram_fd, 0) == MAP_FAILED)
        return fail_errno(err, err_cap, vm->name, "cannot map its RAM for running code");
    return 0;
}

static int map_machine(struct vm *vm, char *err, size_t err_cap)
{
    void *page = (void *)(uintptr_t)(vm->window + MACHINE_PAGE_OFFSET);
    void *stub = (void *)(uintptr_t)(vm->window + MACHINE_STUB_OFFSET);
    if (mmap(page, 2 * VM_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
        return fail_errno(err, err_cap, vm->name, "cannot map the machine page");
    vm->page = page;
    vcpu_write_stub(stub, &vm->cpu);
    if (mprotect(stub, VM_PAGE, PROT_READ | PROT_EXEC))
        return fail_errno(err, err_cap, vm->name, "cannot map the machine's exit entry");
    return 0;
}

int vm__ram_init(struct vm *vm, char *err, size_t err_cap)
{
    int rc = reserve_window(vm, err, err_cap);
    if (rc == 0)
        rc = map_ram(vm, err, err_cap);
    if (rc == 0)
        rc = map_machine(vm, err, err_cap);
    if (rc)
        return rc;
    rc = trap_acquire();
    if (rc) {
        errno = -rc;
        return fail_errno(err, err_cap, vm->name, "the faults of its code cannot be caught, or its time not be watched");
    }
    vm->has_traps = true;
    return 0;
}

void vm__ram_fini(struct vm *vm)
{
    if (vm->has_traps)
        trap_release();
    if (vm->has_window)
        munmap((void *)(uintptr_t)vm->window, MACHINE_WINDOW_SIZE);
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
    const uint64_t prime = 0x100000001b3;
    uint64_t hash = 0xcbf29ce484222325, end = 0;
    for (uint64_t at = next_page(vm, 0, &end); at < vm->params.ram_bytes; at = next_page(vm, at + VM_PAGE, &end)) {
        for (unsigned i = 0; i < 8; i++)
            hash = (hash ^ (at >> 8 * i & 0xff)) * prime;
        for (unsigned i = 0; i < VM_PAGE; i++)
            hash = (hash ^ vm->ram[at + i]) * prime;
    }
    return hash;
}

static void load_pages(struct vm *vm, struct save *s)
{
    uint64_t size = vm->params.ram_bytes;
    if (fallocate(vm->ram_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)size))
        memset(vm->ram, 0, size);
    for (;;) {
        uint64_t at = 0;
        save_field(s, at);
        if (s->err || at == RAM_END_MARK)
            return;
        if (at >= size || at % VM_PAGE) {
            save_fail(s, -EPROTO, "a page of RAM at 0x%llx", (unsigned long long)at);
            return;
        }
        save_bytes(s, vm->ram + at, VM_PAGE);
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
