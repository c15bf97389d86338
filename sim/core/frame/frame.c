/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/frame/frame.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/frame/books_private.h"
#include "core/frame/frame_private.h"

enum { INDEX_BITS = 24, GEN_BITS = 6, CLASS_SHIFT = INDEX_BITS + GEN_BITS };
#define INDEX_MASK ((1u << INDEX_BITS) - 1)
#define GEN_MASK (((1u << GEN_BITS) - 1) << INDEX_BITS)
#define CLASS_MASK (3u << CLASS_SHIFT)

_Static_assert((FRAME_HEADROOM + FRAME_MAX_SMALL) % 16 == 0 && (FRAME_HEADROOM + FRAME_MAX_JUMBO) % 16 == 0 &&
                   (FRAME_HEADROOM + FRAME_MAX_GIANT) % 16 == 0,
               "cap16 counts in sixteens");
_Static_assert(offsetof(struct frame, buf) == 64, "a frame's head has no holes: it is saved as it is");

static const uint32_t class_len[FRAME_CLASSES + 1] = {0, FRAME_MAX_SMALL, FRAME_MAX_JUMBO, FRAME_MAX_GIANT};

/* ---- pools ---- */

static void pool_init(struct frame_pool *pool, uint32_t len, uint32_t max, struct recycler *recycler)
{
    assert(max <= FRAME_SLOT_MAX && "frame pool above its limit");
    *pool = (struct frame_pool){.cap = FRAME_HEADROOM + len, .max = max};
    pool->stride = (sizeof(struct frame) + pool->cap + 63) / 64 * 64;
    pool->slot = recycler_take(recycler, "frames", pool->stride * max, RECYCLER_AS_IS);
    pool->meta = recycler_take(recycler, "frames", sizeof(*pool->meta) * max, RECYCLER_ZEROED);
}

static void pool_fini(struct frame_pool *pool, struct recycler *recycler)
{
    recycler_give(recycler, pool->slot, pool->stride * pool->max, RECYCLER_AS_IS);
    recycler_give(recycler, pool->meta, sizeof(*pool->meta) * pool->max, RECYCLER_ZEROED);
}

struct frames *frames__create(const struct sim_limits *limits, struct recycler *recycler)
{
    struct frames *frames = alloc_zero("frames", 1, sizeof(*frames));
    const uint32_t max[FRAME_CLASSES + 1] = {0, limits->frames_small, limits->frames_jumbo, limits->frames_giant};
    frames->recycler = recycler;
    for (int cls = 1; cls <= FRAME_CLASSES; cls++)
        pool_init(&frames->pool[cls], class_len[cls], max[cls], recycler);
    return frames;
}

void frames__destroy(struct frames *frames)
{
    if (!frames)
        return;
    for (int cls = 1; cls <= FRAME_CLASSES; cls++)
        pool_fini(&frames->pool[cls], frames->recycler);
    free(frames);
}

static inline struct frame *slot_at(const struct frame_pool *pool, uint32_t i)
{
    return (struct frame *)(void *)(pool->slot + pool->stride * i);
}

struct frame *frames__at(const struct frame_pool *pool, uint32_t i) { return pool->meta[i] & CLASS_MASK ? slot_at(pool, i) : NULL; }

static inline const struct frame_pool *pool_of(const struct frames *frames, frame_ref ref)
{
    return &frames->pool[ref >> CLASS_SHIFT];
}

bool frames__is_alive(const struct frames *frames, frame_ref ref)
{
    const struct frame_pool *pool = pool_of(frames, ref);
    uint32_t i = ref & INDEX_MASK;
    return i < pool->high && pool->meta[i] == ref;
}

const struct frame *frame_next_alive(const struct sim *sim, uint64_t *cursor)
{
    const struct frames *frames = sim->frames;
    uint32_t cls = (uint32_t)(*cursor >> 32), i = (uint32_t)*cursor;
    for (; cls < sizeof(frames->pool) / sizeof(frames->pool[0]); cls++, i = 0)
        for (; i < frames->pool[cls].high; i++)
            if (frames__at(&frames->pool[cls], i)) {
                *cursor = (uint64_t)cls << 32 | (i + 1);
                return frames__at(&frames->pool[cls], i);
            }
    return NULL;
}

bool frame_is_alive(const struct sim *sim, frame_ref ref) { return frames__is_alive(sim->frames, ref); }

struct frame *frame_get(struct sim *sim, frame_ref ref)
{
    assert(frames__is_alive(sim->frames, ref) && "frame used after its end");
    return slot_at(pool_of(sim->frames, ref), ref & INDEX_MASK);
}

/* 0 when the class's pool is empty. */
static frame_ref take_slot(struct frames *frames, uint32_t cls)
{
    struct frame_pool *pool = &frames->pool[cls];
    uint32_t i;
    if (pool->free) {
        i = pool->free - 1;
        pool->free = pool->meta[i] & INDEX_MASK;
    } else if (pool->high < pool->max) {
        i = pool->high++;
    } else {
        return 0;
    }
    frame_ref ref = cls << CLASS_SHIFT | (pool->meta[i] & GEN_MASK) | i;
    pool->meta[i] = ref;
    pool->alive++;
    return ref;
}

static void give_slot(struct frames *frames, frame_ref ref)
{
    struct frame_pool *pool = &frames->pool[ref >> CLASS_SHIFT];
    uint32_t i = ref & INDEX_MASK;
    uint32_t gen = (pool->meta[i] + (1u << INDEX_BITS)) & GEN_MASK;
    pool->meta[i] = gen | pool->free;
    pool->free = i + 1;
    pool->alive--;
}

static uint32_t class_for(uint32_t len) { return len <= FRAME_MAX_SMALL ? 1 : len <= FRAME_MAX_JUMBO ? 2 : 3; }

/* ---- births and copies ---- */

frame_ref frame_birth(struct component *at, uint32_t flow, uint32_t len)
{
    struct sim *sim = at->sim;
    if (len > FRAME_MAX_GIANT)
        return 0;
    frame_ref ref = take_slot(sim->frames, class_for(len));
    if (ref == 0) {
        books__no_birth(at, flow, len);
        return 0;
    }
    struct frame *f = frame_get(sim, ref);
    f->len = len;
    f->head = FRAME_HEADROOM;
    f->cap16 = (uint16_t)(pool_of(sim->frames, ref)->cap / 16);
    f->mark = 0;
    f->mark64 = 0;
    f->at = at->id;
    f->joined = f->joined_last = 0;
    books__birth(at, flow, f);
    return ref;
}

static frame_ref clone_one(struct component *at, frame_ref ref)
{
    struct sim *sim = at->sim;
    const struct frame *f = frame_get(sim, ref);
    frame_ref copy = take_slot(sim->frames, ref >> CLASS_SHIFT);
    if (copy == 0) {
        books__no_copy(at, f->flow);
        return 0;
    }
    struct frame *g = frame_get(sim, copy);
    memcpy(g, f, sizeof(*g));
    memcpy(g->buf + g->head, f->buf + f->head, f->len);
    g->joined = g->joined_last = 0;
    books__copy(sim, g);
    return copy;
}

static void chain(struct sim *sim, struct frame *whole, frame_ref part)
{
    if (whole->joined_last)
        frame_get(sim, whole->joined_last)->joined = part;
    else
        whole->joined = part;
    whole->joined_last = part;
}

frame_ref frame_clone(struct component *at, frame_ref ref)
{
    struct sim *sim = at->sim;
    frame_ref copy = clone_one(at, ref);
    for (frame_ref part = frame_get(sim, ref)->joined; part; part = frame_get(sim, part)->joined) {
        frame_ref twin = copy ? clone_one(at, part) : 0;
        if (twin)
            chain(sim, frame_get(sim, copy), twin);
        else if (!copy)
            books__no_copy(at, frame_get(sim, part)->flow); /* its bytes go with the whole's */
    }
    return copy;
}

/* A slot for `len` more bytes of what `like` says of id, birth, identity and flow. */
static frame_ref take_like(struct component *at, const struct frame *like, uint32_t len)
{
    struct sim *sim = at->sim;
    assert(len <= FRAME_MAX_GIANT);
    frame_ref ref = take_slot(sim->frames, class_for(len));
    if (ref == 0)
        return 0;
    struct frame *f = frame_get(sim, ref);
    memcpy(f, like, sizeof(*f));
    f->len = len;
    f->head = FRAME_HEADROOM;
    f->flags &= (uint16_t)~FRAME_SUMS_GOOD;
    f->cap16 = (uint16_t)(pool_of(sim->frames, ref)->cap / 16);
    f->joined = f->joined_last = 0;
    return ref;
}

frame_ref frame_split(struct component *at, frame_ref ref, uint32_t len)
{
    const struct frame *whole = frame_get(at->sim, ref);
    frame_ref part = take_like(at, whole, len);
    if (part == 0) {
        books__no_part(at, whole);
        return 0;
    }
    books__part(at->sim, frame_get(at->sim, part));
    return part;
}

frame_ref frame__again(struct component *at, uint32_t identity, uint32_t len)
{
    struct frame like;
    books__describe(at->sim, identity, &like);
    like.flags = FRAME_FROM_TAG_REREAD;
    frame_ref copy = take_like(at, &like, len);
    if (copy == 0) {
        books__no_copy(at, like.flow);
        return 0;
    }
    books__copy(at->sim, frame_get(at->sim, copy));
    return copy;
}

/* ---- N to one ---- */

frame_ref frame_grow(struct component *at, frame_ref ref, uint32_t len)
{
    struct sim *sim = at->sim;
    const struct frame *f = frame_get(sim, ref);
    if (f->head + len <= frame_cap(f))
        return ref;
    frame_ref grown = len <= FRAME_MAX_GIANT ? take_slot(sim->frames, class_for(len)) : 0;
    if (grown == 0)
        return 0;
    struct frame *g = frame_get(sim, grown);
    memcpy(g, f, sizeof(*g));
    g->cap16 = (uint16_t)(pool_of(sim->frames, grown)->cap / 16);
    memcpy(g->buf + g->head, f->buf + f->head, f->len);
    give_slot(sim->frames, ref);
    return grown;
}

bool frame_has_room(const struct sim *sim, frame_ref ref, uint32_t len)
{
    assert(frames__is_alive(sim->frames, ref));
    const struct frame *f = slot_at(pool_of(sim->frames, ref), ref & INDEX_MASK);
    return len <= frame_cap(f) - f->head - f->len;
}

void frame_join(struct component *at, frame_ref whole, frame_ref part, uint32_t skip)
{
    struct sim *sim = at->sim;
    struct frame *f = frame_get(sim, whole), *g = frame_get(sim, part);
    assert(whole != part && !g->joined && skip <= g->len && frame_has_room(sim, whole, g->len - skip));
    memcpy(frame_data(f) + f->len, frame_data(g) + skip, g->len - skip);
    f->len += g->len - skip;
    f->flags &= (uint16_t)~FRAME_SUMS_GOOD;
    chain(sim, f, part);
}

uint32_t frame_joined_count(struct sim *sim, frame_ref ref)
{
    uint32_t count = 0;
    for (; ref; ref = frame_get(sim, ref)->joined)
        count++;
    return count;
}

void frame_end_sub(struct component *at, frame_ref ref, enum fate fate, const char *sub_word, int sub)
{
    struct sim *sim = at->sim;
    while (ref) { /* it, and what was joined to it */
        const struct frame *f = frame_get(sim, ref);
        frame_ref next = f->joined;
        books__end(at, f, fate, sub_word, sub);
        give_slot(sim->frames, ref);
        ref = next;
    }
}

void frame_end(struct component *at, frame_ref ref, enum fate fate) { frame_end_sub(at, ref, fate, NULL, -1); }

/* ---- 802.1Q ---- */

enum { MACS_LEN = 12, TAG_LEN = 4, TPID_8021Q = 0x8100 };

void frame_vlan_push(struct frame *f, uint16_t tci)
{
    assert(f->head >= TAG_LEN && f->len >= MACS_LEN);
    f->head -= TAG_LEN;
    f->len += TAG_LEN;
    uint8_t *data = frame_data(f);
    memmove(data, data + TAG_LEN, MACS_LEN);
    data[MACS_LEN] = TPID_8021Q >> 8;
    data[MACS_LEN + 1] = TPID_8021Q & 0xff;
    data[MACS_LEN + 2] = (uint8_t)(tci >> 8);
    data[MACS_LEN + 3] = (uint8_t)tci;
}

bool frame_vlan_peek(const struct frame *f, uint16_t *tci)
{
    const uint8_t *data = f->buf + f->head;
    if (f->len < MACS_LEN + TAG_LEN || (data[MACS_LEN] << 8 | data[MACS_LEN + 1]) != TPID_8021Q)
        return false;
    *tci = (uint16_t)(data[MACS_LEN + 2] << 8 | data[MACS_LEN + 3]);
    return true;
}

bool frame_vlan_pop(struct frame *f, uint16_t *tci)
{
    if (!frame_vlan_peek(f, tci))
        return false;
    uint8_t *data = frame_data(f);
    memmove(data + TAG_LEN, data, MACS_LEN);
    f->head += TAG_LEN;
    f->len -= TAG_LEN;
    return true;
}

/* ---- save and load ---- */

static bool frame_is_sound(const struct sim *sim, const struct frame *f, uint32_t cap)
{
    return frame_cap(f) == cap && f->head <= cap && f->len <= cap - f->head && books__knows(sim, f);
}

static void save_frame(struct sim *sim, struct frame_pool *pool, struct frame *f, struct save *s)
{
    save_bytes(s, f, sizeof(*f));
    if (save_is_loading(s) && !s->err && !frame_is_sound(sim, f, pool->cap)) {
        save_fail(s, -EPROTO, "a frame's head is impossible");
        return;
    }
    /* Bytes still in guest memory are not here to be saved; whoever reads them fills the buffer. */
    if (!s->err && !(f->flags & FRAME_IN_MEMORY))
        save_bytes(s, f->buf + f->head, f->len);
}

static void save_pool(struct sim *sim, uint32_t cls, struct save *s)
{
    struct frame_pool *pool = &sim->frames->pool[cls];
    save_expect_u64(s, "size of a frame pool", pool->max);
    uint32_t used_before = pool->high;
    save_field(s, pool->high);
    save_field(s, pool->free);
    save_field(s, pool->alive);
    if (!s->err && (pool->high > pool->max || pool->free > pool->high || pool->alive > pool->high))
        save_fail(s, -EPROTO, "frame pool counters are impossible");
    for (uint32_t i = pool->high; i < used_before; i++) /* as in a new world */
        pool->meta[i] = 0;
    for (uint32_t i = 0; i < pool->high && !s->err; i++) {
        save_field(s, pool->meta[i]);
        if ((pool->meta[i] & CLASS_MASK) && (pool->meta[i] & ~GEN_MASK) != (cls << CLASS_SHIFT | i))
            save_fail(s, -EPROTO, "a frame in another one's place");
        else if (pool->meta[i] & CLASS_MASK)
            save_frame(sim, pool, slot_at(pool, i), s);
        else if ((pool->meta[i] & INDEX_MASK) > pool->high)
            save_fail(s, -EPROTO, "free list leads out of the frame pool");
    }
}

/* Frames of other pools are named, so this comes when all are there. */
static void check_joined(struct sim *sim, struct save *s)
{
    for (int cls = 1; cls <= FRAME_CLASSES; cls++)
        for (uint32_t i = 0; i < sim->frames->pool[cls].high && !s->err; i++) {
            const struct frame *f = frames__at(&sim->frames->pool[cls], i);
            if (f && ((f->joined && !frames__is_alive(sim->frames, f->joined)) ||
                      (f->joined_last && !frames__is_alive(sim->frames, f->joined_last))))
                save_fail(s, -EPROTO, "a frame is joined with one that is not there");
        }
}

void frames__save(struct sim *sim, struct save *s)
{
    save_section(s, "frames", 1);
    for (int cls = 1; cls <= FRAME_CLASSES; cls++)
        save_pool(sim, (uint32_t)cls, s);
    if (save_is_loading(s) && !s->err)
        check_joined(sim, s);
}
