/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a client of vfio-user asks, each request held to its layout. [docs/interop/vfio-user.rst of QEMU] */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/alloc.h"
#include "external/vfio/vfio_user__.h"

enum {
    REGION_CONFIG = 7,
    REGIONS = 9, /* BARs, ROM, config space, VGA [linux/vfio.h] */
    IRQS = 5,
    INFO_RESET = 1 << 0,
    INFO_PCI = 1 << 1,
    REGION_RW = 3,
    IRQ_EVENTFD = 1 << 0,
    IRQ_MASKABLE = 1 << 1,
    IRQ_AUTOMASKED = 1 << 2,
    IRQ_NORESIZE = 1 << 3,
    MAP_FLAGS = 3,
    UNMAP_ALL = 1 << 1,
    DEVICE_CONTROL = 8, /* of the PCI Express capability */
    INITIATE_FLR = 1 << 15,
    CAP_PCIE = 0x10,
    VERSION_TEXT = 300,
    TOLD_FDS = 16, /* QEMU gives a server up that says more [hw/vfio-user/protocol.h] */
};

struct version {
    uint16_t major, minor;
};
struct device_info {
    uint32_t argsz, flags, regions, irqs;
};
struct region_info {
    uint32_t argsz, flags, index, cap_offset;
    uint64_t size, offset;
};
struct irq_info {
    uint32_t argsz, flags, index, count;
};
struct irq_set {
    uint32_t argsz, flags, index, start, count;
};
struct dma_map {
    uint32_t argsz, flags;
    uint64_t offset, addr, size;
};
struct dma_unmap {
    uint32_t argsz, flags;
    uint64_t addr, size;
};
struct access {
    uint64_t offset;
    uint32_t region, count;
};
struct one_write {
    struct access access;
    uint8_t data[8];
};
_Static_assert(sizeof(struct region_info) == 32 && sizeof(struct irq_set) == 20 && sizeof(struct dma_map) == 32 &&
                   sizeof(struct dma_unmap) == 24 && sizeof(struct access) == 16 && sizeof(struct one_write) == 24,
               "as they are on the wire");

/* ---- small things ---- */

/* The fixed part of a request: false, and it is shorter. */
#define TAKE(u, to) take((u), &(to), sizeof(to))
static bool take(const struct vfio_user *u, void *to, size_t len)
{
    if (u->stream.now->head.size - sizeof(struct vfio_head) < len)
        return false;
    memcpy(to, u->stream.now->body, len);
    return true;
}

static int reply(struct vfio_user *u, int error, const void *body, size_t len)
{
    vfio__stream_reply(&u->stream, &u->stream.now->head, error, body, len);
    return 0;
}
static int refuse(struct vfio_user *u, int error) { return reply(u, error, NULL, 0); }
static int done(struct vfio_user *u) { return reply(u, 0, NULL, 0); }

/* ---- who is there ---- */

/* A number of the client's capabilities, as they stand there; 0: it says nothing of it. */
static uint32_t capability(const struct vfio_user *u, const char *name)
{
    size_t len = u->stream.now->head.size - sizeof(struct vfio_head) - sizeof(struct version);
    const char *text = (const char *)u->stream.now->body + sizeof(struct version), *at = memmem(text, len, name, strlen(name));
    uint64_t number = 0;
    if (!at)
        return 0;
    for (at += strlen(name); at < text + len && strchr("\": \t", *at) && *at; at++)
        ;
    for (; at < text + len && *at >= '0' && *at <= '9' && number < UINT32_MAX; at++)
        number = 10 * number + (uint64_t)(*at - '0');
    return number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
}

static int version(struct vfio_user *u)
{
    char text[VERSION_TEXT];
    struct version asked;
    if (u->has_version || !TAKE(u, asked) || asked.major) {
        refuse(u, EINVAL);
        return -EPROTO;
    }
    u->has_version = true;
    uint32_t most = capability(u, "max_data_xfer_size");
    if (most && most < u->stream.transfer_max)
        u->stream.transfer_max = most;
    struct version ours = {.minor = asked.minor > 1 ? 1 : asked.minor};
    memcpy(text, &ours, sizeof(ours));
    int len = snprintf(text + sizeof(ours), sizeof(text) - sizeof(ours),
                       "{\"capabilities\":{\"max_msg_fds\":%d,\"max_data_xfer_size\":%d,\"pgsizes\":%d,\"max_dma_maps\":%d,"
                       "\"write_multiple\":true}}",
                       TOLD_FDS, VFIO_TRANSFER_MAX, VFIO_PAGE, VFIO_MAPS_MAX);
    return reply(u, 0, text, sizeof(ours) + (size_t)len + 1);
}

/* ---- what there is ---- */

static uint64_t region_size(const struct vfio_user *u, uint32_t index)
{
    bool is_64;
    if (index == REGION_CONFIG)
        return PCI_CONFIG_SIZE;
    return index < PCI_BARS ? pci_function_bar(u->function.fn, index, &is_64) : 0;
}

static int get_info(struct vfio_user *u)
{
    struct device_info info;
    if (!TAKE(u, info))
        return refuse(u, EINVAL);
    info = (struct device_info){.argsz = sizeof(info), .flags = INFO_RESET | INFO_PCI, .regions = REGIONS, .irqs = IRQS};
    return reply(u, 0, &info, sizeof(info));
}

static int get_region_info(struct vfio_user *u)
{
    struct region_info info;
    if (!TAKE(u, info) || info.index >= REGIONS)
        return refuse(u, EINVAL);
    uint64_t size = region_size(u, info.index);
    info = (struct region_info){.argsz = sizeof(info), .flags = size ? REGION_RW : 0, .index = info.index, .size = size};
    return reply(u, 0, &info, sizeof(info));
}

static int get_irq_info(struct vfio_user *u)
{
    struct irq_info info;
    if (!TAKE(u, info) || info.index >= IRQS)
        return refuse(u, EINVAL);
    uint32_t count = vfio__irqs_count(&u->irqs, info.index), kind = info.index == VFIO_INTX ? IRQ_AUTOMASKED : IRQ_NORESIZE;
    info = (struct irq_info){
        .argsz = sizeof(info), .flags = count ? IRQ_EVENTFD | IRQ_MASKABLE | kind : 0, .index = info.index, .count = count};
    return reply(u, 0, &info, sizeof(info));
}

static int set_irqs(struct vfio_user *u)
{
    struct irq_set set;
    if (!TAKE(u, set) || set.index >= IRQS)
        return refuse(u, EINVAL);
    if (!vfio__irqs_count(&u->irqs, set.index)) /* there is none to be set, but none may be taken away */
        return refuse(u, set.count ? EINVAL : 0);
    const uint8_t *data = u->stream.now->body + sizeof(set);
    size_t len = u->stream.now->head.size - sizeof(struct vfio_head) - sizeof(set);
    return refuse(u, vfio__irqs_set(&u->irqs, &u->stream, set.index, set.flags, set.start, set.count, data, len));
}

/* ---- memory ---- */

static int map(struct vfio_user *u)
{
    struct dma_map m;
    if (!TAKE(u, m))
        return refuse(u, EINVAL);
    int fd = vfio__stream_take_fd(&u->stream, 0);
    int error = vfio__memory_map(&u->memory, m.addr, m.size, m.flags & MAP_FLAGS, fd, m.offset);
    if (fd >= 0)
        close(fd); /* what was mapped stays */
    return refuse(u, error);
}

static int unmap(struct vfio_user *u)
{
    struct dma_unmap m;
    if (!TAKE(u, m) || m.flags & ~(uint32_t)UNMAP_ALL)
        return refuse(u, EINVAL);
    int error = 0;
    if (m.flags & UNMAP_ALL && !m.addr && !m.size)
        vfio__memory_unmap_all(&u->memory);
    else
        error = m.flags ? EINVAL : vfio__memory_unmap(&u->memory, m.addr, m.size);
    return reply(u, error, &m, sizeof(m));
}

/* ---- registers and config space ---- */

static bool is_inside(const struct vfio_user *u, const struct access *a)
{
    uint64_t size = a->region < REGIONS ? region_size(u, a->region) : 0;
    return a->count && a->count <= VFIO_TRANSFER_MAX && a->offset < size && a->count <= size - a->offset;
}

static void config_write(struct vfio_user *u, uint64_t off, const uint8_t *from, uint32_t len)
{
    for (uint32_t written = 0, size; written < len; written += size) {
        uint32_t value = 0;
        for (size = 4; size > len - written || (off + written) % size; size /= 2)
            ;
        memcpy(&value, from + written, size);
        if (!vfio__irqs_configure(&u->irqs, off + written, from + written, size))
            guest_config_write(&u->function, off + written, size, value);
    }
    u->is_held |= pci_function_in_reset(u->function.fn);
}

static void write_region(struct vfio_user *u, const struct access *a, uint8_t *from)
{
    if (a->region == REGION_CONFIG)
        config_write(u, a->offset, from, a->count);
    else if (!vfio__irqs_access(&u->irqs, a->region, a->offset, from, a->count, true))
        guest_mmio_write(&u->function, a->region, (uint32_t)a->offset, from, a->count);
}

static int region_read(struct vfio_user *u)
{
    struct access a;
    if (!TAKE(u, a) || !is_inside(u, &a))
        return refuse(u, EINVAL);
    uint8_t *answer = alloc_zero("a client's read", 1, sizeof(a) + a.count), *data = answer + sizeof(a);
    memcpy(answer, &a, sizeof(a));
    if (a.region == REGION_CONFIG) {
        guest_config_read(&u->function, a.offset, data, a.count);
        vfio__irqs_show(&u->irqs, a.offset, data, a.count);
    } else if (!vfio__irqs_access(&u->irqs, a.region, a.offset, data, a.count, false)) {
        guest_mmio_read(&u->function, a.region, (uint32_t)a.offset, data, a.count);
    }
    reply(u, 0, answer, sizeof(a) + a.count);
    free(answer);
    return 0;
}

static int region_write(struct vfio_user *u)
{
    struct access a;
    if (!TAKE(u, a) || !is_inside(u, &a) || u->stream.now->head.size - sizeof(struct vfio_head) - sizeof(a) < a.count)
        return refuse(u, EINVAL);
    write_region(u, &a, u->stream.now->body + sizeof(a));
    return reply(u, 0, &a, sizeof(a));
}

/* None of them is done unless all are well formed; the answer says how many were. */
static int region_write_multi(struct vfio_user *u)
{
    uint64_t count;
    if (!TAKE(u, count))
        return refuse(u, EINVAL);
    uint64_t room = (u->stream.now->head.size - sizeof(struct vfio_head) - sizeof(count)) / sizeof(struct one_write);
    uint8_t *at = u->stream.now->body + sizeof(count);
    struct one_write w;
    if (count > room)
        return refuse(u, EINVAL);
    for (uint64_t i = 0; i < count; i++) {
        memcpy(&w, at + i * sizeof(w), sizeof(w));
        if (w.access.count > sizeof(w.data) || !is_inside(u, &w.access))
            return refuse(u, EINVAL);
    }
    for (uint64_t i = 0; i < count; i++) {
        memcpy(&w, at + i * sizeof(w), sizeof(w));
        write_region(u, &w.access, w.data);
    }
    return reply(u, 0, &count, sizeof(count));
}

/* ---- reset ---- */

void vfio__reset(struct vfio_user *u)
{
    uint16_t cap = pci_find_capability(u->function.fn, CAP_PCIE);
    if (!cap || !pci_function_is_present(u->function.fn))
        return;
    uint16_t control = (uint16_t)pci_config_read(u->function.fn, (uint16_t)(cap + DEVICE_CONTROL), 2);
    guest_config_write(&u->function, (uint16_t)(cap + DEVICE_CONTROL), 2, control | INITIATE_FLR);
    u->function.decodes = false;
    memset(u->function.bar, 0, sizeof(u->function.bar));
    u->is_held |= pci_function_in_reset(u->function.fn);
}

static int reset(struct vfio_user *u)
{
    vfio__migration_ends(u);
    vfio__reset(u);
    u->resets = u->is_held;
    return u->resets ? 0 : done(u);
}

/* ---- all ---- */

int vfio__request(struct vfio_user *u)
{
    const struct vfio_head *head = &u->stream.now->head;
    if ((head->flags & VFIO_TYPE) == VFIO_REPLY)
        return 0; /* to nothing that was asked */
    if (head->command != VFIO_VERSION && !u->has_version)
        return -EPROTO;
    switch ((enum vfio_command)head->command) {
    case VFIO_VERSION:
        return version(u);
    case VFIO_DMA_MAP:
        return map(u);
    case VFIO_DMA_UNMAP:
        return unmap(u);
    case VFIO_GET_INFO:
        return get_info(u);
    case VFIO_GET_REGION_INFO:
        return get_region_info(u);
    case VFIO_GET_IRQ_INFO:
        return get_irq_info(u);
    case VFIO_SET_IRQS:
        return set_irqs(u);
    case VFIO_REGION_READ:
        return region_read(u);
    case VFIO_REGION_WRITE:
        return region_write(u);
    case VFIO_REGION_WRITE_MULTI:
        return region_write_multi(u);
    case VFIO_RESET:
        return reset(u);
    case VFIO_FEATURE:
        return vfio__feature(u);
    case VFIO_MIG_DATA_READ:
        return vfio__migration_read(u);
    case VFIO_MIG_DATA_WRITE:
        return vfio__migration_write(u);
    case VFIO_GET_REGION_IO_FDS:
    case VFIO_DMA_READ:
    case VFIO_DMA_WRITE:
        break;
    }
    return refuse(u, ENOTSUP);
}
