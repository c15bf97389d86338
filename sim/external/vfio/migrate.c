/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client that moves its guest: the states of VFIO's migration, version 2, the function's own state as a stream of bytes, and the
 * pages that it has written (DEVICE_FEATURE, MIG_DATA_READ, MIG_DATA_WRITE).
 *
 *   RUNNING ──► STOP ──► STOP_COPY (its state is read)        a step is over when the function stands still, or goes on: the answer
 *      ▲       ▲    │    │                                    waits for that
 *      └───────┴────┴────┘
 *           RESUMING (a state is written; into the function when it is left)
 *
 * There is no PRE_COPY: a VF's state is a few KiB. What does not fit is refused, and leaves the function as a reset does.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/save.h"
#include "external/vfio/vfio_user__.h"

enum {
    FEATURE = 0xffff,
    GET = 1 << 16,
    SET = 1 << 17,
    PROBE = 1 << 18,
    MIGRATION = 1,
    DEVICE_STATE = 2,
    LOGGING_START = 6,
    LOGGING_STOP = 7,
    LOGGING_REPORT = 8,
    STOP_COPY_ONLY = 1, /* what of migration there is */
    BITMAP_MAX = 64 << 10, /* bytes: 2 GiB of pages in an answer */
    LOOKS_MAX = 5000, /* at a function that is to stand still, a millisecond apart */
};

struct feature {
    uint32_t argsz, flags;
};
struct device_state {
    uint32_t state, fd;
};
struct logging {
    uint64_t page_size;
    uint32_t ranges, zero;
};
struct range {
    uint64_t iova, length;
};
struct report {
    uint64_t iova, length, page_size;
};
struct data {
    uint32_t argsz, size;
};

static int reply(struct vfio_user *u, int error, const void *body, size_t len)
{
    vfio__stream_reply(&u->stream, &u->stream.now->head, error, body, len);
    return 0;
}

static struct vm_keeper *keeper_of(const struct vfio_user *u)
{
    struct vm_keeper *keeper = guest_function_is_vf(&u->function) ? vm_keeper(u->vm) : NULL;
    return keeper && keeper->can(keeper) ? keeper : NULL;
}

/* ---- its state as bytes ---- */

/* What the server keeps for it, beside what the host does. */
static void own_state(struct vfio_user *u, struct save *s)
{
    uint32_t decodes = u->function.decodes, vectors = u->irqs.vectors, control = u->irqs.control;
    save_section(s, "function of a client of vfio-user", 1);
    save_field(s, vectors);
    if (save_is_loading(s) && !s->err && vectors != u->irqs.vectors)
        save_fail(s, -EPROTO, "a function of %u vectors", vectors);
    save_field(s, decodes);
    save_field(s, control);
    save_field(s, u->function.bar);
    save_bytes(s, u->irqs.table, sizeof(u->irqs.table));
    if (!save_is_loading(s) || s->err)
        return;
    u->function.decodes = decodes & 1;
    vfio__irqs_control(&u->irqs, (uint16_t)control);
}

static void drop_bytes(struct vfio_migration *m)
{
    free(m->bytes);
    m->bytes = NULL;
    m->len = m->at = 0;
}

static void take_state(struct vfio_user *u)
{
    struct vm_keeper *keeper = keeper_of(u);
    struct save s;
    drop_bytes(&u->migration);
    save_init_writer(&s);
    if (keeper)
        keeper->state(keeper, &s);
    own_state(u, &s);
    if (keeper && !s.err) {
        u->migration.bytes = alloc_bytes("the state of a function", s.len);
        memcpy(u->migration.bytes, s.buf, s.len);
        u->migration.len = s.len;
    }
    save_fini(&s);
}

/* 0 or a positive errno: then nobody knows what the function is. */
static int put_state(struct vfio_user *u)
{
    struct vfio_migration *m = &u->migration;
    struct vm_keeper *keeper = keeper_of(u);
    struct save s;
    if (!keeper)
        return ENODEV;
    save_init_reader(&s, m->bytes, m->len);
    keeper->state(keeper, &s);
    own_state(u, &s);
    int error = s.err ? -s.err : s.pos != s.len ? EPROTO : 0;
    save_fini(&s);
    drop_bytes(m);
    vfio__irqs_are_other(&u->irqs);
    return error;
}

/* ---- from state to state ---- */

static bool stands_still(enum vfio_state state) { return state != VFIO_STATE_RUNNING; }

/* The state that comes next on the way: that of the protocol's shortest path. */
static enum vfio_state next_on_the_way(enum vfio_state from, enum vfio_state to)
{
    return from == to ? to : from == VFIO_STATE_STOP ? to : VFIO_STATE_STOP;
}

static bool is_state(uint32_t state) { return state >= VFIO_STATE_STOP && state <= VFIO_STATE_RESUMING; }

static int fail(struct vfio_user *u, int error)
{
    u->migration.state = VFIO_STATE_ERROR;
    u->migration.moves = false;
    drop_bytes(&u->migration);
    return reply(u, error, NULL, 0);
}

static int arrived(struct vfio_user *u)
{
    struct {
        struct feature feature;
        struct device_state state;
    } answer = {{sizeof(answer), SET | DEVICE_STATE}, {u->migration.state, 0}};
    u->migration.moves = false;
    return reply(u, 0, &answer, sizeof(answer));
}

static void head_for(struct vfio_user *u, struct vm_keeper *keeper)
{
    struct vfio_migration *m = &u->migration;
    m->next = next_on_the_way(m->state, m->wanted);
    if (stands_still(m->state) != stands_still(m->next))
        keeper->hold(keeper, stands_still(m->next));
}

/* The function is as the next state has it: 0 or a positive errno. */
static int step(struct vfio_user *u, struct vm_keeper *keeper)
{
    struct vfio_migration *m = &u->migration;
    int error = m->state == VFIO_STATE_RESUMING ? put_state(u) : 0;
    if (error)
        return error;
    drop_bytes(m);
    if (m->next == VFIO_STATE_STOP_COPY)
        take_state(u);
    m->state = m->next;
    head_for(u, keeper);
    return 0;
}

int vfio__migration_goes_on(struct vfio_user *u)
{
    struct vfio_migration *m = &u->migration;
    struct vm_keeper *keeper = keeper_of(u);
    int error = keeper ? 0 : EIO;
    while (!error && m->state != m->wanted) {
        bool is_so = keeper->get_there(keeper, stands_still(m->next));
        if (!is_so && m->looks++ < LOOKS_MAX)
            return 0; /* it is looked at again */
        error = is_so ? step(u, keeper) : ETIMEDOUT;
    }
    return error ? fail(u, error) : arrived(u);
}

static int set_state(struct vfio_user *u, uint32_t wanted)
{
    struct vfio_migration *m = &u->migration;
    struct vm_keeper *keeper = keeper_of(u);
    if (!keeper)
        return reply(u, ENOTSUP, NULL, 0);
    if (!is_state(wanted) || m->state == VFIO_STATE_ERROR)
        return reply(u, EINVAL, NULL, 0);
    m->wanted = (enum vfio_state)wanted;
    m->moves = true;
    m->looks = 0;
    head_for(u, keeper);
    return vfio__migration_goes_on(u);
}

void vfio__migration_ends(struct vfio_user *u)
{
    struct vfio_migration *m = &u->migration;
    struct vm_keeper *keeper = keeper_of(u);
    if (keeper && (m->state != VFIO_STATE_RUNNING || m->moves))
        keeper->hold(keeper, false);
    drop_bytes(m);
    if (m->logs)
        iommu_track(u->memory.domain, false);
    *m = (struct vfio_migration){.state = VFIO_STATE_RUNNING, .wanted = VFIO_STATE_RUNNING};
}

/* ---- pages that it writes ---- */

static int start_logging(struct vfio_user *u, const uint8_t *data, size_t len)
{
    struct logging logging;
    if (len < sizeof(logging))
        return EINVAL;
    memcpy(&logging, data, sizeof(logging));
    if (logging.ranges > (len - sizeof(logging)) / sizeof(struct range) || u->migration.logs)
        return EINVAL;
    iommu_track(u->memory.domain, true); /* all of it: a bit a page is cheap */
    u->migration.logs = true;
    return 0;
}

static int stop_logging(struct vfio_user *u)
{
    if (!u->migration.logs)
        return EINVAL;
    iommu_track(u->memory.domain, false);
    u->migration.logs = false;
    return 0;
}

/* What was written since it was asked for last. */
static int report(struct vfio_user *u, const struct feature *asked, const uint8_t *data, size_t len)
{
    struct report r;
    if (len < sizeof(r) || !u->migration.logs)
        return reply(u, EINVAL, NULL, 0);
    memcpy(&r, data, sizeof(r));
    uint64_t page = r.page_size;
    if (page < VFIO_PAGE || page & (page - 1) || r.iova % page || !r.length || r.iova + r.length < r.iova ||
        (r.length - 1) / page / 8 >= BITMAP_MAX)
        return reply(u, EINVAL, NULL, 0);
    uint64_t words = ((r.length - 1) / page + 64) / 64, end = r.iova + r.length;
    size_t room = sizeof(*asked) + sizeof(r) + words * 8;
    if (asked->argsz < room)
        return reply(u, EINVAL, NULL, 0);
    uint8_t *answer = alloc_zero("pages that a device has written", 1, room), *bits = answer + sizeof(*asked) + sizeof(r);
    memcpy(answer, &(struct feature){(uint32_t)room, asked->flags}, sizeof(*asked));
    memcpy(answer + sizeof(*asked), &r, sizeof(r));
    for (uint64_t at = r.iova; (at = iommu_next_dirty(u->memory.domain, at)) < end; at += VFIO_PAGE) {
        uint64_t bit = (at - r.iova) / page;
        bits[bit / 8] |= (uint8_t)(1 << bit % 8);
        iommu_clear_dirty(u->memory.domain, at);
    }
    reply(u, 0, answer, room);
    free(answer);
    return 0;
}

/* ---- requests ---- */

static bool is_there(const struct vfio_user *u, uint32_t flags)
{
    uint32_t how = flags & (GET | SET);
    switch (flags & FEATURE) {
    case MIGRATION:
        return !(how & SET) && keeper_of(u);
    case DEVICE_STATE:
        return keeper_of(u) != NULL;
    case LOGGING_START:
    case LOGGING_STOP:
        return !(how & GET);
    case LOGGING_REPORT:
        return !(how & SET);
    default:
        return false;
    }
}

static int get(struct vfio_user *u, const struct feature *asked, const uint8_t *data, size_t len)
{
    struct {
        struct feature feature;
        uint64_t value;
    } answer = {{sizeof(answer), asked->flags}, 0};
    if ((asked->flags & FEATURE) == LOGGING_REPORT)
        return report(u, asked, data, len);
    answer.value = (asked->flags & FEATURE) == MIGRATION ? STOP_COPY_ONLY : u->migration.state;
    return reply(u, asked->argsz < sizeof(answer) ? EINVAL : 0, &answer, sizeof(answer));
}

static int set(struct vfio_user *u, const struct feature *asked, const uint8_t *data, size_t len)
{
    struct device_state state;
    int error;
    if ((asked->flags & FEATURE) == DEVICE_STATE) {
        if (len < sizeof(state))
            return reply(u, EINVAL, NULL, 0);
        memcpy(&state, data, sizeof(state));
        return set_state(u, state.state);
    }
    error = (asked->flags & FEATURE) == LOGGING_START ? start_logging(u, data, len) : stop_logging(u);
    return reply(u, error, u->stream.now->body, sizeof(*asked) + len);
}

int vfio__feature(struct vfio_user *u)
{
    struct feature asked;
    size_t len = u->stream.now->head.size - sizeof(struct vfio_head);
    if (len < sizeof(asked))
        return reply(u, EINVAL, NULL, 0);
    memcpy(&asked, u->stream.now->body, sizeof(asked));
    const uint8_t *data = u->stream.now->body + sizeof(asked);
    uint32_t how = asked.flags & (GET | SET);
    if (asked.flags & ~(uint32_t)(FEATURE | GET | SET | PROBE) || (!(asked.flags & PROBE) && how != GET && how != SET))
        return reply(u, EINVAL, NULL, 0);
    if (!is_there(u, asked.flags))
        return reply(u, ENOTSUP, NULL, 0);
    len -= sizeof(asked);
    if (asked.flags & PROBE)
        return reply(u, 0, &asked, sizeof(asked));
    return how == GET ? get(u, &asked, data, len) : set(u, &asked, data, len);
}

int vfio__migration_read(struct vfio_user *u)
{
    struct vfio_migration *m = &u->migration;
    struct data asked;
    if (u->stream.now->head.size - sizeof(struct vfio_head) < sizeof(asked) || m->state != VFIO_STATE_STOP_COPY)
        return reply(u, EINVAL, NULL, 0);
    memcpy(&asked, u->stream.now->body, sizeof(asked));
    if (asked.size > VFIO_TRANSFER_MAX || asked.argsz < sizeof(asked) || asked.size > asked.argsz - sizeof(asked))
        return reply(u, EINVAL, NULL, 0);
    uint32_t have = asked.size < m->len - m->at ? asked.size : (uint32_t)(m->len - m->at);
    uint8_t *answer = alloc_bytes("the state of a function", sizeof(asked) + have);
    memcpy(answer, &(struct data){(uint32_t)sizeof(asked) + have, have}, sizeof(asked));
    if (have)
        memcpy(answer + sizeof(asked), m->bytes + m->at, have);
    m->at += have;
    reply(u, 0, answer, sizeof(asked) + have);
    free(answer);
    return 0;
}

int vfio__migration_write(struct vfio_user *u)
{
    struct vfio_migration *m = &u->migration;
    struct data said;
    size_t len = u->stream.now->head.size - sizeof(struct vfio_head);
    if (len < sizeof(said) || m->state != VFIO_STATE_RESUMING)
        return reply(u, EINVAL, NULL, 0);
    memcpy(&said, u->stream.now->body, sizeof(said));
    if (said.size > len - sizeof(said))
        return reply(u, EINVAL, NULL, 0);
    if (said.size > VFIO_STATE_MAX - m->len)
        return reply(u, ENOSPC, NULL, 0);
    if (!said.size)
        return reply(u, 0, NULL, 0);
    m->bytes = alloc_grow("the state of a function", m->bytes, m->len + said.size);
    memcpy(m->bytes + m->len, u->stream.now->body + sizeof(said), said.size);
    m->len += said.size;
    return reply(u, 0, NULL, 0);
}
