/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that a client has lent: its files are mapped into the VM's memory, and that into the function's IOMMU domain at the
 * addresses that the client has chosen. What it takes back is memory of nobody's until it is lent again elsewhere.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "core/alloc.h"
#include "external/vfio/vfio_user__.h"

int vfio__memory_open(struct vfio_memory *m, struct vm *vm, struct pci_function *fn)
{
    *m = (struct vfio_memory){.vm = vm};
    m->domain = iommu_domain_create(vm_component(vm), "vfio-user", IOMMU_ADDR_LIMIT);
    if (!m->domain)
        return -ENOMEM;
    pci_function_set_domain(fn, m->domain);
    return 0;
}

void vfio__memory_close(struct vfio_memory *m)
{
    if (m->domain) {
        vfio__memory_unmap_all(m);
        iommu_set_far(m->domain, NULL);
    }
    iommu_domain_destroy(m->domain);
    free(m->map);
    *m = (struct vfio_memory){0};
}

/* The first map that ends behind `addr`. */
static unsigned find(const struct vfio_memory *m, uint64_t addr)
{
    unsigned low = 0, high = m->count;
    while (low < high) {
        unsigned mid = low + (high - low) / 2;
        if (m->map[mid].addr + m->map[mid].size <= addr)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

const struct vfio_map *vfio__memory_at(const struct vfio_memory *m, uint64_t addr)
{
    unsigned i = find(m, addr);
    return i < m->count && m->map[i].addr <= addr ? &m->map[i] : NULL;
}

static bool overlaps(const struct vfio_memory *m, uint64_t at, uint64_t size, uint64_t *behind)
{
    for (unsigned i = 0; i < m->count; i++) {
        const struct vfio_map *map = &m->map[i];
        if (map->offset != UINT64_MAX && at < map->offset + map->size && map->offset < at + size) {
            *behind = map->offset + map->size;
            return true;
        }
    }
    return false;
}

/* Room of so many bytes in the VM's memory, from where the last one ended; UINT64_MAX: there is none. */
static uint64_t place(struct vfio_memory *m, uint64_t size)
{
    uint64_t end = vm_mem(m->vm)->size, at = m->next, behind;
    if (size > end - m->used)
        return UINT64_MAX;
    for (unsigned rounds = 0; rounds < 2;) {
        if (at > end || size > end - at) {
            at = 0;
            rounds++;
        } else if (!overlaps(m, at, size, &behind)) {
            m->next = at + size;
            return at;
        } else {
            at = behind;
        }
    }
    return UINT64_MAX;
}

static void *memory_at(const struct vfio_memory *m, uint64_t offset) { return vm_mem(m->vm)->base + offset; }

/* 0 or a positive errno. A file that ends before what is lent of it would end this process when a device looks there: what may
 * become shorter is not mapped. */
static int lend(struct vfio_memory *m, struct vfio_map *map, uint64_t offset, unsigned prot, int fd, uint64_t at)
{
    struct stat st;
    struct statfs fs;
    int seals = fcntl(fd, F_GET_SEALS);
    if (fstat(fd, &st) || fstatfs(fd, &fs))
        return errno;
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size < at || (uint64_t)st.st_size - at < map->size)
        return EINVAL;
    if (seals < 0 || !(seals & F_SEAL_SHRINK)) { /* memfd_create() with F_SEAL_SHRINK: it will not become shorter */
        if (fs.f_type == HUGETLBFS_MAGIC) /* it can't be written but by a mapping */
            return EPERM;
        map->is_far = true;
        map->in_file = at;
        return vfio__file_use(m, fd, st.st_dev, st.st_ino, &map->file);
    }
    int protection = PROT_READ | (prot & IOMMU_WRITE ? PROT_WRITE : 0);
    return mmap(memory_at(m, offset), map->size, protection, MAP_SHARED | MAP_FIXED, fd, (off_t)at) == MAP_FAILED ? errno : 0;
}

static void take_back(struct vfio_memory *m, const struct vfio_map *map)
{
    if (map->offset == UINT64_MAX)
        return;
    m->far_count -= map->is_far;
    vfio__file_leave(m, map->file);
    iommu_unmap(m->domain, map->addr, map->size);
    /* Private memory, which the kernel joins with what is beside it: it counts a process's mappings, and knows 65,530. Where it
     * takes no more, the client's file stays here, out of each device's reach, until something else is lent at this place. */
    void *at = mmap(memory_at(m, map->offset), map->size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    (void)at;
    m->used -= map->size;
}

int vfio__memory_map(struct vfio_memory *m, uint64_t addr, uint64_t size, unsigned prot, int fd, uint64_t at)
{
    if (!size || (addr | size | at) % VFIO_PAGE || addr + size < addr)
        return EINVAL;
    unsigned i = find(m, addr);
    if (i < m->count && m->map[i].addr < addr + size)
        return EEXIST;
    if (m->count == VFIO_MAPS_MAX)
        return ENOSPC;
    struct vfio_map map = {.addr = addr, .size = size, .offset = UINT64_MAX, .is_far = fd < 0};
    uint64_t offset = prot && addr + size <= IOMMU_ADDR_LIMIT ? place(m, size) : UINT64_MAX;
    if (offset == UINT64_MAX && fd >= 0 && prot && addr + size <= IOMMU_ADDR_LIMIT)
        return ENOSPC;
    if (offset != UINT64_MAX) {
        int error = fd >= 0 ? lend(m, &map, offset, prot, fd, at) : 0;
        if (error)
            return error;
        map.offset = offset;
        m->used += size;
        m->far_count += map.is_far;
        error = -iommu_map(m->domain, addr, vm_mem(m->vm), offset, size, prot);
        if (error) {
            take_back(m, &map);
            return error;
        }
    }
    if (m->count == m->room) {
        m->room = m->room ? 2 * m->room : 64;
        m->map = alloc_grow("memory of a client", m->map, m->room * sizeof(*m->map));
    }
    memmove(&m->map[i + 1], &m->map[i], (m->count - i) * sizeof(*m->map));
    m->map[i] = map;
    m->count++;
    return 0;
}

int vfio__memory_unmap(struct vfio_memory *m, uint64_t addr, uint64_t size)
{
    unsigned first = find(m, addr), end = first;
    if (addr + size < addr || first == m->count || m->map[first].addr >= addr + size)
        return ENOENT;
    while (end < m->count && m->map[end].addr < addr + size)
        end++;
    const struct vfio_map *last = &m->map[end - 1];
    if (m->map[first].addr < addr || last->addr + last->size > addr + size)
        return EINVAL;
    for (unsigned i = first; i < end; i++)
        take_back(m, &m->map[i]);
    memmove(&m->map[first], &m->map[end], (m->count - end) * sizeof(*m->map));
    m->count -= end - first;
    return 0;
}

void vfio__memory_unmap_all(struct vfio_memory *m)
{
    for (unsigned i = 0; i < m->count; i++)
        take_back(m, &m->map[i]);
    m->count = 0;
}
