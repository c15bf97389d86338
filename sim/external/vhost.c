/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A virtio device of a User-Mode Linux kernel, which is the front-end: requests on a socket, notifications in band, queues in
 * guest memory. [vhost-user protocol, QEMU's docs/interop/vhost-user.rst; virtio 1.2, 2.7 split virtqueues]
 *
 * The kernel waits for the answer to each request, so there is one at a time. A call of ours is answered, too, before anything else
 * happens: meanwhile the kernel asks its calendar for the time at which it will look.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "external/uml__.h"

enum request {
    GET_FEATURES = 1,
    SET_FEATURES = 2,
    SET_OWNER = 3,
    SET_MEM_TABLE = 5,
    SET_VRING_NUM = 8,
    SET_VRING_ADDR = 9,
    SET_VRING_BASE = 10,
    SET_VRING_KICK = 12,
    SET_VRING_CALL = 13,
    GET_PROTOCOL_FEATURES = 15,
    SET_PROTOCOL_FEATURES = 16,
    SET_VRING_ENABLE = 18,
    SET_BACKEND_REQ_FD = 21,
    VRING_KICK = 35,
};

enum { BACKEND_VRING_CALL = 4, VERSION = 1, IS_REPLY = 1 << 2, NEEDS_REPLY = 1 << 3, PAYLOAD_MAX = 512, REGIONS_MAX = 2 };

/* VIRTIO_F_VERSION_1, VHOST_USER_F_PROTOCOL_FEATURES; REPLY_ACK, BACKEND_REQ, INBAND_NOTIFICATIONS */
#define FEATURES (UINT64_C(1) << 32 | UINT64_C(1) << 30)
#define PROTOCOL_FEATURES (UINT64_C(1) << 3 | UINT64_C(1) << 5 | UINT64_C(1) << 14)

struct header {
    uint32_t request, flags, size;
};

struct vring_state {
    uint32_t index, num;
};

struct vring_addr {
    uint32_t index, flags;
    uint64_t desc, used, avail, log;
};

struct region {
    uint64_t guest_addr, size, user_addr, mmap_offset;
};

struct mem_table {
    uint32_t count, zero;
    struct region region[REGIONS_MAX];
};

struct descriptor {
    uint64_t addr;
    uint32_t len;
    uint16_t flags, next;
};

enum { DESC_NEXT = 1, DESC_WRITE = 2, DESC_BYTES = 16, RING_HEAD = 4, USED_BYTES = 8 };

/* ---- queues ---- */

static void *at(const struct uml_device *dev, uint64_t gpa, uint64_t len) { return mem_at(vm_mem(dev->uml->vm), gpa, len); }

static bool load16(const struct uml_device *dev, uint64_t gpa, uint16_t *value)
{
    const void *from = at(dev, gpa, sizeof(*value));
    if (from)
        memcpy(value, from, sizeof(*value));
    return from;
}

static bool load_descriptor(const struct uml_device *dev, const struct uml_queue *q, uint16_t i, struct descriptor *out)
{
    const void *from = i < q->size ? at(dev, q->desc + i * (uint64_t)DESC_BYTES, DESC_BYTES) : NULL;
    if (from)
        memcpy(out, from, sizeof(*out));
    return from;
}

static bool add_part(const struct uml_device *dev, struct uml_chain *chain, const struct descriptor *d)
{
    uint8_t *bytes = d->len ? at(dev, d->addr, d->len) : NULL;
    if (!bytes || chain->parts == UML_PARTS_MAX)
        return false;
    chain->part[chain->parts].at = bytes;
    chain->part[chain->parts].len = d->len;
    chain->part[chain->parts++].for_guest = d->flags & DESC_WRITE;
    return true;
}

bool uml__take(struct uml_device *dev, unsigned queue, struct uml_chain *out)
{
    struct uml_queue *q = &dev->queue[queue];
    struct descriptor d;
    uint16_t last, i = 0;
    if (!q->size || !load16(dev, q->avail + 2, &last) || last == q->taken)
        return false;
    bool good = load16(dev, q->avail + RING_HEAD + 2u * (q->taken % q->size), &i);
    *out = (struct uml_chain){.head = i};
    do {
        good = good && load_descriptor(dev, q, i, &d) && add_part(dev, out, &d);
        i = d.next;
    } while (good && (d.flags & DESC_NEXT));
    if (!good) {
        uml__over(dev->uml, "a queue of its kernel points outside its memory");
        return false;
    }
    q->taken++;
    return true;
}

void uml__give(struct uml_device *dev, unsigned queue, const struct uml_chain *chain, uint32_t len)
{
    struct uml_queue *q = &dev->queue[queue];
    uint32_t entry[2] = {chain->head, len};
    uint8_t *slot = at(dev, q->used + RING_HEAD + (uint64_t)USED_BYTES * (q->given % q->size), USED_BYTES);
    uint8_t *last = at(dev, q->used + 2, 2);
    if (!slot || !last)
        return;
    memcpy(slot, entry, sizeof(entry));
    q->given++;
    memcpy(last, &q->given, sizeof(q->given));
}

void uml__call(struct uml_device *dev, unsigned queue)
{
    struct {
        struct header h;
        struct vring_state state;
    } msg = {{BACKEND_VRING_CALL, VERSION | NEEDS_REPLY, sizeof(struct vring_state)}, {queue, 0}};
    if (dev->uml->state != UML_WAITS) {
        dev->wants_call[queue] = true;
        return;
    }
    dev->wants_call[queue] = false;
    dev->called = false;
    if (dev->caller < 0)
        return;
    if (uml__send(dev->caller, &msg, sizeof(msg)))
        uml__over(dev->uml, "its process is gone");
    else
        uml__serve(dev->uml, &dev->called);
}

static void answered(void *of)
{
    struct uml_device *dev = of;
    struct {
        struct header h;
        uint64_t value;
    } __attribute__((packed)) msg;
    if (uml__receive(dev->caller, &msg, sizeof(msg), NULL, 0))
        uml__over(dev->uml, "its process has ended");
    dev->called = true;
    loop_stop(dev->uml->loop);
}

/* ---- requests ---- */

static struct uml_queue *queue_of(struct uml_device *dev, uint32_t index)
{
    if (index < UML_QUEUES)
        return &dev->queue[index];
    uml__over(dev->uml, "its kernel has a device with queue %u", index);
    return NULL;
}

/* One file holds all of it, each byte where it is in guest-physical memory; its kernel's own code and data are not in it. */
static void set_memory(struct uml_device *dev, const struct mem_table *table, const int *fds)
{
    uint64_t end = 0;
    for (uint32_t i = 0; i < table->count && i < REGIONS_MAX; i++)
        if (table->region[i].mmap_offset == table->region[i].guest_addr && fds[i] >= 0 && i == 0)
            end = table->region[i].guest_addr + table->region[i].size;
    if (table->count != 1 || !end)
        uml__over(dev->uml, "its kernel's memory is not in one piece");
    else if (vm_use_memory(dev->uml->vm, fds[0], end))
        uml__over(dev->uml, "its kernel's memory of %llu bytes cannot be mapped", (unsigned long long)end);
}

static void set_vring_addr(struct uml_device *dev, const struct vring_addr *a)
{
    struct uml_queue *q = queue_of(dev, a->index);
    if (!q)
        return;
    q->desc = a->desc;
    q->avail = a->avail;
    q->used = a->used;
    q->taken = q->given = 0;
}

static void set_vring_num(struct uml_device *dev, const struct vring_state *s)
{
    struct uml_queue *q = queue_of(dev, s->index);
    if (q && s->num && s->num <= UML_QUEUE_MAX)
        q->size = s->num;
    else if (q)
        uml__over(dev->uml, "its kernel has a queue of %u entries", s->num);
}

static void set_caller(struct uml_device *dev, int fd)
{
    loop_unwatch(dev->answers);
    if (dev->caller >= 0)
        close(dev->caller);
    dev->caller = fd;
    dev->answers = fd < 0 ? NULL : loop_watch(dev->uml->loop, fd, answered, dev);
    if (!dev->answers)
        uml__over(dev->uml, "its devices cannot interrupt it");
}

/* The value of what is to be answered with one. */
static uint64_t carry_out(struct uml_device *dev, const struct header *h, const uint8_t *payload, int fds[REGIONS_MAX])
{
    union {
        struct vring_state state;
        struct vring_addr addr;
        struct mem_table table;
    } p;
    memcpy(&p, payload, sizeof(p));
    switch (h->request) {
    case GET_FEATURES:
        return FEATURES;
    case GET_PROTOCOL_FEATURES:
        return PROTOCOL_FEATURES;
    case SET_MEM_TABLE:
        set_memory(dev, &p.table, fds);
        break;
    case SET_VRING_NUM:
        set_vring_num(dev, &p.state);
        break;
    case SET_VRING_ADDR:
        set_vring_addr(dev, &p.addr);
        break;
    case SET_BACKEND_REQ_FD:
        set_caller(dev, fds[0]);
        fds[0] = -1;
        break;
    case VRING_KICK:
        if (queue_of(dev, p.state.index))
            dev->kicked(dev, p.state.index);
        break;
    case SET_FEATURES:
    case SET_OWNER:
    case SET_VRING_BASE:
    case SET_VRING_KICK:
    case SET_VRING_CALL:
    case SET_PROTOCOL_FEATURES:
    case SET_VRING_ENABLE:
        break;
    default:
        uml__over(dev->uml, "its kernel speaks another protocol (request %u of vhost-user)", h->request);
    }
    return 0;
}

static void asked(void *of)
{
    struct uml_device *dev = of;
    struct header h;
    uint8_t payload[PAYLOAD_MAX] = {0};
    int fds[REGIONS_MAX] = {-1, -1};
    int rc = uml__receive(dev->socket, &h, sizeof(h), fds, REGIONS_MAX);
    if (!rc && h.size > PAYLOAD_MAX)
        rc = -EPROTO;
    if (!rc)
        rc = uml__receive(dev->socket, payload, h.size, fds, REGIONS_MAX);
    if (rc) {
        uml__over(dev->uml, rc == -EPROTO ? "its kernel speaks another protocol" : "its process has ended");
        return;
    }
    uint64_t value = carry_out(dev, &h, payload, fds);
    for (unsigned i = 0; i < REGIONS_MAX; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    bool asks = h.request == GET_FEATURES || h.request == GET_PROTOCOL_FEATURES;
    if ((!asks && !(h.flags & NEEDS_REPLY)) || dev->uml->state == UML_OVER)
        return;
    struct {
        struct header h;
        uint64_t value;
    } __attribute__((packed)) reply = {{h.request, VERSION | IS_REPLY, sizeof(uint64_t)}, value};
    if (uml__send(dev->socket, &reply, sizeof(reply)))
        uml__over(dev->uml, "its process is gone");
}

/* ---- life ---- */

static void came(void *of)
{
    struct uml_device *dev = of;
    if (dev->socket >= 0)
        return;
    dev->socket = uml__accept(dev->listener);
    loop_unwatch(dev->comes);
    dev->comes = NULL;
    dev->asks = dev->socket < 0 ? NULL : loop_watch(dev->uml->loop, dev->socket, asked, dev);
    if (!dev->asks)
        uml__over(dev->uml, "its devices cannot be connected");
}

int uml__device_open(struct uml_device *dev, struct uml *uml, const char *path,
                     void (*kicked)(struct uml_device *self, unsigned queue))
{
    *dev = (struct uml_device){.uml = uml, .kicked = kicked, .listener = uml__listen(uml, path), .socket = -1, .caller = -1};
    if (dev->listener < 0)
        return dev->listener;
    dev->comes = loop_watch(uml->loop, dev->listener, came, dev);
    return dev->comes ? 0 : -ENOMEM;
}

void uml__device_close(struct uml_device *dev)
{
    int *const fds[] = {&dev->listener, &dev->socket, &dev->caller};
    if (!dev->uml)
        return;
    loop_unwatch(dev->comes);
    loop_unwatch(dev->asks);
    loop_unwatch(dev->answers);
    for (unsigned i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
        if (*fds[i] >= 0)
            close(*fds[i]);
    *dev = (struct uml_device){.listener = -1, .socket = -1, .caller = -1};
}
