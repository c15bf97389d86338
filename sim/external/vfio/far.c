/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that came without a descriptor: a device's reads of it are asked of the client, its writes told to it (DMA_READ,
 * DMA_WRITE). And memory in a file that may be cut short, which would end this process if it were mapped: it is read and written.
 *
 * What is in the VM's memory of it is a copy of what went by. The run stands while the client answers; one that does not is gone.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "external/vfio/vfio_user__.h"

struct dma {
    uint64_t addr, count;
};

enum { READ_AT_ONCE = 64 << 10 };

static struct vfio_memory *memory_of(struct iommu_far *far)
{
    return (struct vfio_memory *)((char *)far - offsetof(struct vfio_memory, far));
}

static int ask_for(struct vfio_memory *m, uint64_t addr, uint8_t *to, uint32_t len)
{
    uint8_t answer[sizeof(struct dma) + READ_AT_ONCE];
    struct dma asked = {addr, len}, said;
    int rc = vfio__stream_ask(
        m->stream, VFIO_DMA_READ,
        &(struct vfio_ask){.body = &asked, .len = sizeof(asked), .answer = answer, .answer_len = sizeof(asked) + len});
    if (rc)
        return rc;
    memcpy(&said, answer, sizeof(said));
    if (said.addr != addr || said.count != len)
        return m->stream->lost = -EPROTO;
    memcpy(to, answer + sizeof(said), len);
    return 0;
}

static int tell_of(struct vfio_memory *m, uint64_t addr, uint8_t *from, uint32_t len)
{
    struct dma asked = {addr, len};
    return vfio__stream_ask(m->stream, VFIO_DMA_WRITE,
                            &(struct vfio_ask){.body = &asked, .len = sizeof(asked), .more = from, .more_len = len});
}

static int read_some(struct vfio_memory *m, const struct vfio_map *map, uint64_t addr, uint8_t *to, uint32_t len)
{
    if (!map->file)
        return ask_for(m, addr, to, len);
    return pread(map->file->fd, to, len, (off_t)(map->in_file + (addr - map->addr))) == (ssize_t)len ? 0 : -EIO;
}

static int write_some(struct vfio_memory *m, const struct vfio_map *map, uint64_t addr, uint8_t *from, uint32_t len)
{
    struct stat st;
    if (!map->file)
        return tell_of(m, addr, from, len);
    uint64_t at = map->in_file + (addr - map->addr);
    if (fstat(map->file->fd, &st) || (uint64_t)st.st_size < at + len)
        return -EIO; /* it is not made longer again */
    return pwrite(map->file->fd, from, len, (off_t)at) == (ssize_t)len ? 0 : -EIO;
}

typedef int some_fn(struct vfio_memory *m, const struct vfio_map *map, uint64_t addr, uint8_t *bytes, uint32_t len);

/* What of the range is far, in pieces that the client takes. */
static bool each(struct vfio_memory *m, uint64_t addr, uint32_t len, some_fn *some)
{
    for (uint64_t at = addr, end = addr + len; at < end;) {
        const struct vfio_map *map = vfio__memory_at(m, at);
        if (!map)
            return false;
        uint64_t have = map->addr + map->size - at, piece = have < end - at ? have : end - at;
        if (map->is_far && piece > m->stream->transfer_max)
            piece = m->stream->transfer_max;
        if (map->is_far && piece > READ_AT_ONCE)
            piece = READ_AT_ONCE;
        if (map->is_far && some(m, map, at, vm_mem(m->vm)->base + map->offset + (at - map->addr), (uint32_t)piece))
            return false;
        at += piece;
    }
    return true;
}

static bool ask(struct vfio_memory *m, uint64_t addr, uint32_t len, some_fn *some)
{
    if (!m->far_count)
        return true;
    bool good = each(m, addr, len, some);
    m->has_asked(m);
    return good;
}

static bool fetch(struct iommu_far *far, uint64_t addr, uint32_t len) { return ask(memory_of(far), addr, len, read_some); }
static bool store(struct iommu_far *far, uint64_t addr, uint32_t len) { return ask(memory_of(far), addr, len, write_some); }

void vfio__far_open(struct vfio_memory *m)
{
    m->far = (struct iommu_far){.fetch = fetch, .store = store};
    iommu_set_far(m->domain, &m->far);
}
