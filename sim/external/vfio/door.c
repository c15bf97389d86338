/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `kernel vfio-user`: the door at which a VM's function is served, and who comes through it: one client at a time. */
#include "external/vfio/vfio_user.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/alloc.h"
#include "external/vfio/vfio_user__.h"

enum { LOOK_AGAIN = 1 /* an event: is the function through its reset? */, BURST = 256, ENDS_MAX = 64, EXT_CAP_SRIOV = 0x10 };
#define LOOK_PS SIM_MS

#define RAM_DEFAULT (UINT64_C(1) << 30) /* room for what clients lend; it costs nothing before */

struct vfio_doors {
    int epoll;
    struct vfio_user *first;
};

/* ---- waiting ---- */

#define IS_DOOR UINT64_C(1) /* what is waited for is its listener; else the client's socket */

static void watch(const struct vfio_user *u, int fd, int op, uint32_t events)
{
    struct epoll_event ev = {.events = events, .data.u64 = (uintptr_t)u | (fd == u->listener ? IS_DOOR : 0)};
    if (u->doors && epoll_ctl(u->doors->epoll, op, fd, &ev))
        alloc_failed("waiting for a client of vfio-user", 0, errno);
}

/* Nothing is read while its function is within a reset, or on its way to another state. */
static bool is_busy(const struct vfio_user *u) { return u->is_held || u->migration.moves; }

/* What would make it act: nothing while its function is held, its taking of answers while there are some. */
static void rearm(const struct vfio_user *u)
{
    if (u->stream.fd >= 0)
        watch(u, u->stream.fd, EPOLL_CTL_MOD, is_busy(u) ? 0 : vfio__stream_waits(&u->stream) ? EPOLLOUT : EPOLLIN);
}

/* ---- a client ---- */

static void look_in(struct vfio_user *u, sim_time span)
{
    struct component *comp = vm_component(u->vm);
    event_post(comp, comp, sim_now(comp->sim) + span, EV_CPU, LOOK_AGAIN, 0, 0, 0);
}
static void look_later(struct vfio_user *u) { look_in(u, LOOK_PS); }

/* In the middle of a device's DMA: what its client has said meanwhile is looked at behind that. */
static void has_asked(struct vfio_memory *m)
{
    struct vfio_user *u = (struct vfio_user *)((char *)m - offsetof(struct vfio_user, memory));
    if (m->stream->lost || m->stream->held)
        look_in(u, 0);
}

/* Whatever it had is taken from it, and the function is as the next one wants to find it. */
static void goes(struct vfio_user *u)
{
    if (u->stream.fd < 0)
        return;
    if (u->doors)
        epoll_ctl(u->doors->epoll, EPOLL_CTL_DEL, u->stream.fd, NULL);
    vfio__stream_close(&u->stream);
    vfio__irqs_clear(&u->irqs);
    vfio__memory_unmap_all(&u->memory);
    u->has_version = u->resets = false;
    vfio__migration_ends(u);
    bool was_held = u->is_held;
    vfio__reset(u);
    if (u->is_held && !was_held)
        look_later(u);
}

/* A message after the other, as long as it takes its answers. */
static void serve(struct vfio_user *u)
{
    int got = vfio__stream_flush(&u->stream);
    for (unsigned i = 0; i < BURST && !got && !is_busy(u) && !vfio__stream_waits(&u->stream); i++) {
        got = vfio__stream_read(&u->stream);
        if (got <= 0)
            break;
        got = vfio__request(u);
        if (!u->resets && !u->migration.moves)
            vfio__stream_next(&u->stream);
        int flushed = vfio__stream_flush(&u->stream);
        got = got ? got : flushed;
    }
    if (is_busy(u) && u->stream.fd >= 0)
        look_later(u);
    else if (u->stream.held)
        look_in(u, 0); /* of those no descriptor tells */
    if (got < 0)
        goes(u);
    else
        rearm(u);
}

/* Another client is turned away at once. */
static void comes(struct vfio_user *u)
{
    int fd = accept4(u->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    if (u->stream.fd >= 0 || !u->has_function) {
        close(fd);
        return;
    }
    vfio__stream_open(&u->stream, fd);
    watch(u, fd, EPOLL_CTL_ADD, u->is_held ? 0 : EPOLLIN);
}

/* ---- doors ---- */

struct vfio_doors *vfio_doors_create(void)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0)
        return NULL;
    struct vfio_doors *doors = alloc_zero("doors of vfio-user", 1, sizeof(*doors));
    doors->epoll = epoll;
    return doors;
}

static void shut(struct vfio_user *u)
{
    struct stat st;
    if (u->listener >= 0) {
        close(u->listener);
        if (!lstat(u->path, &st) && st.st_dev == u->dev && st.st_ino == u->ino)
            unlink(u->path);
    }
    u->listener = -1;
    free(u->path);
    u->path = NULL;
    u->doors = NULL;
}

void vfio_doors_destroy(struct vfio_doors *doors)
{
    if (!doors)
        return;
    for (struct vfio_user *u = doors->first; u; u = u->next) {
        goes(u);
        shut(u);
    }
    close(doors->epoll);
    free(doors);
}

int vfio_doors_descriptor(const struct vfio_doors *doors) { return doors->epoll; }

void vfio_doors_attend(struct vfio_doors *doors)
{
    struct epoll_event ev[ENDS_MAX];
    int count = epoll_wait(doors->epoll, ev, ENDS_MAX, 0);
    for (int i = 0; i < count; i++) {
        struct vfio_user *u = (struct vfio_user *)(uintptr_t)(ev[i].data.u64 & ~IS_DOOR);
        if (ev[i].data.u64 & IS_DOOR)
            comes(u);
        else if (is_busy(u))
            goes(u); /* nothing else is waited for */
        else
            serve(u);
    }
}

/* ---- the kind ---- */

static const struct vm_kind vfio_user;

/* What a server that is gone has left behind is taken away; one that answers, and whatever else lies there, stays. */
static bool is_in_the_way(const char *path, const struct sockaddr_un *name)
{
    struct stat st;
    if (lstat(path, &st))
        return false; /* binding says what is wrong */
    int fd = S_ISSOCK(st.st_mode) ? socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) : -1;
    bool is_left = fd >= 0 && connect(fd, (const struct sockaddr *)name, sizeof(*name)) && errno == ECONNREFUSED;
    if (fd >= 0)
        close(fd);
    return !is_left || unlink(path);
}

static int listen_at(const char *path, char *err, size_t err_cap)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(name.sun_path)) {
        snprintf(err, err_cap, "the path of a socket has at most %zu bytes", sizeof(name.sun_path) - 1);
        return -ENAMETOOLONG;
    }
    memcpy(name.sun_path, path, strlen(path));
    if (is_in_the_way(path, &name)) {
        snprintf(err, err_cap, "another server listens there, or something else lies there");
        return -EADDRINUSE;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && !bind(fd, (const struct sockaddr *)&name, sizeof(name)) && !listen(fd, SOMAXCONN))
        return fd;
    int error = errno;
    if (fd >= 0)
        close(fd);
    snprintf(err, err_cap, "%s", alloc_reason(error));
    return -error;
}

int vfio_doors_listen(struct vfio_doors *doors, struct vm *vm, const char *path, char *err, size_t err_cap)
{
    struct vfio_user *u = vm_part_of_kind(vm, &vfio_user);
    if (!u) {
        snprintf(err, err_cap, "'%s' is no VM with 'kernel vfio-user'", vm_name(vm));
        return -EINVAL;
    }
    if (u->doors || u->has_function) {
        snprintf(err, err_cap, "'%s' %s", vm_name(vm), u->doors ? "is served already" : "has booted already");
        return -EBUSY;
    }
    int fd = listen_at(path, err, err_cap);
    if (fd < 0)
        return fd;
    struct stat st = {0};
    lstat(path, &st);
    u->listener = fd;
    u->dev = st.st_dev;
    u->ino = st.st_ino;
    u->path = alloc_text("a door of vfio-user", path);
    u->doors = doors;
    u->next = doors->first;
    doors->first = u;
    watch(u, fd, EPOLL_CTL_ADD, EPOLLIN);
    return 0;
}

static int is_there(const struct vm_params *params, char *err, size_t err_cap)
{
    if (!params->npa)
        return 0;
    snprintf(err, err_cap, "vm %s: the guest of a client of vfio-user has no shell of ours", params->name);
    return -ENOTSUP;
}

static void *create(struct vm *vm)
{
    struct vfio_user *u = alloc_zero("a client of vfio-user", 1, sizeof(*u));
    u->vm = vm;
    u->listener = u->stream.fd = -1;
    u->migration.state = u->migration.wanted = VFIO_STATE_RUNNING;
    return u;
}

static void destroy(void *own)
{
    struct vfio_user *u = own;
    if (!u)
        return;
    vfio__stream_close(&u->stream);
    free(u->migration.bytes);
    if (u->has_function)
        vfio__irqs_close(&u->irqs);
    vfio__memory_close(&u->memory);
    shut(u);
    free(u);
}

/* The PF, where it drives one, or the VF, where it has one; else the device that the hypervisor emulates for it. */
static unsigned chosen(struct pci_function *const fn[], unsigned count)
{
    unsigned vf = 0;
    for (unsigned i = 0; i < count; i++) {
        if (pci_find_ext_capability(fn[i], EXT_CAP_SRIOV))
            return i;
        if (pci_config_read(fn[i], 0, 2) == 0xffff) /* a VF says nothing of itself [SR-IOV 3.4.1.1] */
            vf = i;
    }
    return vf;
}

static int boot(void *own, char *err, size_t err_cap)
{
    struct vfio_user *u = own;
    struct pci_function *fn[VM_FUNCTIONS_MAX];
    unsigned count = vm_functions(u->vm, fn), served = chosen(fn, count);
    if (!u->doors || !count) {
        snprintf(err, err_cap, "%s", count ? "nobody serves its function: vfsim serve --vfio-user" : "it has no device");
        return -ENODEV;
    }
    guest_function_init(&u->function, u->vm, fn[served]);
    if (vfio__memory_open(&u->memory, u->vm, fn[served])) {
        snprintf(err, err_cap, "there is no IOMMU domain for it");
        return -ENOMEM;
    }
    vfio__far_open(&u->memory);
    u->memory.stream = &u->stream;
    u->memory.has_asked = has_asked;
    vfio__irqs_open(&u->irqs, &u->function);
    u->has_function = true;
    vm_is_up(u->vm);
    return 0;
}

/* It is through its reset: a RESET has waited for that. */
static void is_through(struct vfio_user *u)
{
    u->is_held = false;
    vfio__migration_ends(u);
    vfio__irqs_are_reset(&u->irqs);
    if (!u->resets)
        return;
    vfio__stream_reply(&u->stream, &u->stream.now->head, 0, NULL, 0);
    vfio__stream_next(&u->stream);
    u->resets = false;
}

/* LOOK_AGAIN, the only one. */
static void event(void *own, const struct event *ev)
{
    struct vfio_user *u = own;
    (void)ev;
    if (u->stream.fd >= 0 && u->stream.lost)
        goes(u);
    bool in_reset = pci_function_in_reset(u->function.fn);
    if (u->is_held && in_reset)
        look_later(u);
    if (u->is_held && !in_reset)
        is_through(u);
    if (u->stream.fd >= 0 && !u->is_held && u->migration.moves) {
        vfio__migration_goes_on(u);
        if (!u->migration.moves)
            vfio__stream_next(&u->stream);
    }
    if (u->stream.fd >= 0 && !u->is_held)
        serve(u);
}

static void message(void *own, struct pci_function *fn, uint32_t data)
{
    struct vfio_user *u = own;
    if (u->has_function && fn == u->function.fn)
        vfio__irqs_raise(&u->irqs, data);
}

static void line(void *own, struct pci_function *fn)
{
    struct vfio_user *u = own;
    if (u->has_function && fn == u->function.fn)
        vfio__irqs_line(&u->irqs);
}

static int exec(void *own, unsigned number, const char *command)
{
    (void)own, (void)number, (void)command;
    return -ENOTSUP; /* its shell is the client's affair */
}

/* Nobody stops it: that is its own hypervisor's affair. */
static void nothing(void *own) { (void)own; }

static const struct vm_kind vfio_user = {
    .machine = &vm_outside,
    .word = "vfio-user",
    .ram_bytes = RAM_DEFAULT,
    .comes_later = true,
    .is_there = is_there,
    .create = create,
    .destroy = destroy,
    .boot = boot,
    .event = event,
    .message = message,
    .line = line,
    .exec = exec,
    .pause = nothing,
    .unpause = nothing,
};
VM_KIND(vfio_user);
