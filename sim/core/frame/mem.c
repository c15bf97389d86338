/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frame tags of a memory: records in a pool, chained from the 2 KiB granule in which their range begins.
 *
 * A range may reach into later granules, so whoever looks for ranges over an address looks back as far as the longest
 * range ever tagged here. The tags of one received frame form a ring; the frame's `mark` names one of them while it lives
 * here. A tag of a made frame stays after a device has read it, holding on to the identity, so that a second read is
 * known for what it is; it goes when the buffer is tagged again or cleared.
 */
#include "core/frame/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/frame/books_private.h"
#include "core/frame/frame_private.h"

enum { GRANULE_SHIFT = 11 };

enum tag_kind { TAG_FREE, TAG_RECEIVED, TAG_MADE };

/* plain data */
struct tag {
    uint64_t addr;
    uint32_t len;
    uint32_t frame_off;
    frame_ref frame;    /* 0: made, and a device has taken it */
    uint32_t identity;  /* of a made one: held */
    uint32_t next;      /* of the granule's chain, or of the free list */
    uint32_t prev;
    uint32_t ring;      /* next tag of the same frame */
    uint32_t kind;
};

struct mem_tags {
    struct recycler *recycler;
    uint32_t *head;   /* a granule */
    struct tag *tag;  /* 1 … high */
    uint32_t max;
    uint32_t high;
    uint32_t free;
    uint32_t used;
    uint32_t longest; /* range tagged so far, at least 1 */
};

static size_t head_bytes(const struct sim_mem *mem) { return ((mem->size >> GRANULE_SHIFT) + 1) * sizeof(*mem->tags->head); }

static size_t tag_bytes(const struct mem_tags *tags) { return ((size_t)tags->max + 1) * sizeof(*tags->tag); }

int mem_init(struct sim_mem *mem, struct component *owner, void *base, uint64_t size, uint32_t max_tags)
{
    *mem = (struct sim_mem){.owner = owner, .base = base, .size = size};
    struct mem_tags *tags = alloc_zero("a memory's tags", 1, sizeof(*tags));
    mem->tags = tags;
    tags->recycler = owner->sim->recycler;
    tags->max = max_tags;
    tags->longest = 1;
    tags->head = recycler_take(tags->recycler, "a memory's tags", head_bytes(mem), RECYCLER_ZEROED);
    tags->tag = recycler_take(tags->recycler, "a memory's tags", tag_bytes(tags), RECYCLER_ZEROED);
    return 0;
}

void mem_fini(struct sim_mem *mem)
{
    struct mem_tags *tags = mem->tags;
    if (tags) {
        recycler_give(tags->recycler, tags->head, head_bytes(mem), RECYCLER_ZEROED);
        recycler_give(tags->recycler, tags->tag, tag_bytes(tags), RECYCLER_ZEROED);
        free(tags);
    }
    *mem = (struct sim_mem){0};
}

/* ---- records ---- */

static uint32_t tag_add(struct mem_tags *tags, uint64_t addr, uint32_t len, enum tag_kind kind)
{
    uint32_t t = tags->free;
    if (t)
        tags->free = tags->tag[t].next;
    else if (tags->high < tags->max)
        t = ++tags->high;
    else
        return 0;
    uint32_t *head = &tags->head[addr >> GRANULE_SHIFT];
    tags->tag[t] = (struct tag){.addr = addr, .len = len, .next = *head, .ring = t, .kind = kind};
    if (*head)
        tags->tag[*head].prev = t;
    *head = t;
    tags->used++;
    if (len > tags->longest)
        tags->longest = len;
    return t;
}

static void tag_unlink(struct mem_tags *tags, uint32_t t)
{
    struct tag *tag = &tags->tag[t];
    if (tag->next)
        tags->tag[tag->next].prev = tag->prev;
    if (tag->prev)
        tags->tag[tag->prev].next = tag->next;
    else
        tags->head[tag->addr >> GRANULE_SHIFT] = tag->next;
    *tag = (struct tag){.next = tags->free};
    tags->free = t;
    tags->used--;
}

static bool tag_overlaps(const struct tag *tag, uint64_t addr, uint64_t len)
{
    return tag->kind != TAG_FREE && tag->addr < addr + len && addr < tag->addr + tag->len;
}

/* Some tag with a byte in [addr, addr+len), or 0. Searches from granule *from on and leaves there where it was found. */
static uint32_t tag_in(const struct mem_tags *tags, uint64_t addr, uint64_t len, uint64_t *from)
{
    uint64_t last = (addr + len - 1) >> GRANULE_SHIFT;
    for (; *from <= last; ++*from)
        for (uint32_t t = tags->head[*from]; t; t = tags->tag[t].next)
            if (tag_overlaps(&tags->tag[t], addr, len))
                return t;
    return 0;
}

/* The first granule in which a range that reaches `addr` may begin. */
static uint64_t first_granule(const struct mem_tags *tags, uint64_t addr)
{
    return addr < tags->longest ? 0 : (addr - tags->longest + 1) >> GRANULE_SHIFT;
}

static uint32_t tag_covering(const struct sim_mem *mem, uint64_t addr)
{
    if (addr >= mem->size)
        return 0;
    uint64_t granule = first_granule(mem->tags, addr);
    return tag_in(mem->tags, addr, 1, &granule);
}

/* Forgets all tags of the received frame that `t` belongs to; the frame itself lives on. */
static void ring_remove(struct mem_tags *tags, uint32_t t)
{
    for (uint32_t next = tags->tag[t].ring; next != t;) {
        uint32_t at = next;
        next = tags->tag[at].ring;
        tag_unlink(tags, at);
    }
    tag_unlink(tags, t);
}

/* One fragment of a frame is overwritten by another fragment of the same frame, which stays. */
static void ring_leave(struct mem_tags *tags, uint32_t t)
{
    uint32_t before = t;
    while (tags->tag[before].ring != t)
        before = tags->tag[before].ring;
    tags->tag[before].ring = tags->tag[t].ring;
    tag_unlink(tags, t);
}

/* The tag and its frame end. True when there was a frame in it. */
static bool tag_end(struct sim_mem *mem, uint32_t t, enum fate fate)
{
    struct mem_tags *tags = mem->tags;
    frame_ref frame = tags->tag[t].frame;
    uint32_t identity = tags->tag[t].identity;
    ring_remove(tags, t);
    if (frame)
        frame_end(mem->owner, frame, fate);
    if (identity)
        books__tag_drop(mem->owner->sim, identity);
    return frame != 0;
}

/* Makes room for a new range: what lies there ends, except `keep`, of which only the fragments there go. */
static void clear_for(struct sim_mem *mem, uint64_t addr, uint32_t len, frame_ref keep)
{
    struct mem_tags *tags = mem->tags;
    uint64_t granule = first_granule(tags, addr);
    uint32_t t;
    while ((t = tag_in(tags, addr, len, &granule)) != 0)
        if (keep && tags->tag[t].frame == keep)
            ring_leave(tags, t);
        else
            tag_end(mem, t, tags->tag[t].kind == TAG_MADE ? FATE_reclaimed_tx : FATE_overwritten);
}

/* ---- received frames ---- */

/* A tag of `ref` in this memory, or 0: `mark` is believed only if the tag it names agrees. */
static uint32_t tag_of_frame(const struct mem_tags *tags, const struct frame *f, frame_ref ref)
{
    uint32_t t = f->mark;
    return t != 0 && t <= tags->high && tags->tag[t].kind == TAG_RECEIVED && tags->tag[t].frame == ref ? t : 0;
}

bool mem_may_tag_later(const struct sim_mem *mem, uint64_t addr, uint32_t len)
{
    const struct mem_tags *tags = mem->tags;
    const struct mem_writes *writes = mem->writes;
    if (tags->used + (writes ? writes->frames : 0) >= tags->max || (writes && writes->meets(writes, addr, len)))
        return false;
    uint64_t granule = first_granule(tags, addr);
    return tag_in(tags, addr, len, &granule) == 0;
}

/* A tag is to come at [addr, addr+len): frames that would land there, or find no room, are no longer late. */
static void be_in_time(struct sim_mem *mem, uint64_t addr, uint32_t len)
{
    const struct mem_writes *writes = mem->writes;
    if (writes && (mem->tags->used + writes->frames >= mem->tags->max || writes->meets(writes, addr, len)))
        sim_make_events(mem->owner->sim);
}

void mem_tag_whole(struct sim_mem *mem, uint64_t addr, frame_ref ref, struct frame *f)
{
    f->at = mem->owner->id;
    uint32_t t = tag_add(mem->tags, addr, f->len, TAG_RECEIVED);
    mem->tags->tag[t].frame = ref;
    f->mark = t;
}

/* All of it is here, and nobody will hand it up. */
static void deliver_whole(struct sim_mem *mem, uint32_t t, frame_ref ref, uint32_t len)
{
    const struct tag *tags = mem->tags->tag;
    uint64_t here = tags[t].len;
    for (uint32_t at = tags[t].ring; at != t; at = tags[at].ring)
        here += tags[at].len;
    if (here < len)
        return;
    ring_remove(mem->tags, t);
    frame_end(mem->owner, ref, FATE_delivered_guest);
}

void mem_tag_received(struct sim_mem *mem, uint64_t addr, uint32_t len, frame_ref ref, uint32_t frame_off)
{
    struct mem_tags *tags = mem->tags;
    struct sim *sim = mem->owner->sim;
    assert(len > 0 && mem_at(mem, addr, len) && "tag outside memory");
    be_in_time(mem, addr, len);
    /* No room for an earlier fragment ended the frame, and the device could not know. */
    if (frame_off > 0 && !frames__is_alive(sim->frames, ref))
        return;
    struct frame *f = frame_get(sim, ref);
    f->at = mem->owner->id;
    uint32_t sibling = tag_of_frame(tags, f, ref);
    clear_for(mem, addr, len, sibling ? ref : 0);
    /* Two descriptors with one buffer: the fragment that stood for the frame may just have gone, another one not. */
    if (sibling && tags->tag[sibling].frame != ref) {
        sibling = 0;
        for (uint32_t t = 1; t <= tags->high && !sibling; t++)
            if (tags->tag[t].kind == TAG_RECEIVED && tags->tag[t].frame == ref)
                sibling = t;
    }
    uint32_t t = tag_add(tags, addr, len, TAG_RECEIVED);
    if (t == 0) {
        if (sibling)
            ring_remove(tags, sibling);
        frame_end(mem->owner, ref, FATE_no_buffer);
        return;
    }
    tags->tag[t].frame = ref;
    tags->tag[t].frame_off = frame_off;
    if (sibling) {
        tags->tag[t].ring = tags->tag[sibling].ring;
        tags->tag[sibling].ring = t;
    }
    f->mark = t;
    if (mem->delivers)
        deliver_whole(mem, t, ref, f->len);
}

/* The tag of the same frame as `t` that holds the frame's byte `off` at `addr`, or 0. */
static uint32_t ring_find(const struct mem_tags *tags, uint32_t t, uint64_t addr, uint32_t off)
{
    uint32_t at = t;
    do {
        const struct tag *tag = &tags->tag[at];
        if (addr >= tag->addr && addr < tag->addr + tag->len && tag->frame_off + (addr - tag->addr) == off)
            return at;
        at = tag->ring;
    } while (at != t);
    return 0;
}

/* The tag of exactly this range, of a frame that lies in it as a whole: as nearly all frames do. 0: there is none. */
static uint32_t tag_of_whole(const struct sim_mem *mem, const struct mem_fragment *frag)
{
    const struct mem_tags *tags = mem->tags;
    if (frag->addr >= mem->size)
        return 0;
    for (uint32_t t = tags->head[frag->addr >> GRANULE_SHIFT]; t; t = tags->tag[t].next) {
        const struct tag *tag = &tags->tag[t];
        if (tag->addr == frag->addr)
            return tag->kind == TAG_RECEIVED && tag->len == frag->len && tag->ring == t && !tag->frame_off ? t : 0;
    }
    return 0;
}

frame_ref mem_tag_hand_over(struct sim_mem *mem, const struct mem_fragment *frags, uint32_t n)
{
    struct mem_tags *tags = mem->tags;
#ifndef VFSIM_PLAIN
    uint32_t alone = n == 1 ? tag_of_whole(mem, &frags[0]) : 0;
    if (alone && frame_get(mem->owner->sim, tags->tag[alone].frame)->len == frags[0].len) {
        frame_ref whole = tags->tag[alone].frame;
        tag_unlink(tags, alone);
        return whole;
    }
#endif
    uint32_t first = n ? tag_covering(mem, frags[0].addr) : 0;
    if (first == 0 || tags->tag[first].kind != TAG_RECEIVED)
        return 0;
    frame_ref ref = tags->tag[first].frame;
    uint32_t whole = frame_get(mem->owner->sim, ref)->len;
    uint32_t off = 0; /* bytes of the frame found in order so far */
    for (uint32_t i = 0; i < n; i++) {
        uint64_t addr = frags[i].addr;
        for (uint32_t left = frags[i].len; left;) {
            uint32_t t = ring_find(tags, first, addr, off);
            if (t == 0)
                return 0;
            uint64_t here = tags->tag[t].addr + tags->tag[t].len - addr;
            uint32_t take = here < left ? (uint32_t)here : left;
            addr += take;
            off += take;
            left -= take;
        }
    }
    if (off != whole)
        return 0;
    ring_remove(tags, first);
    return ref;
}

/* ---- made frames ---- */

void mem_tag_made(struct sim_mem *mem, uint64_t addr, uint32_t len, frame_ref ref)
{
    struct sim *sim = mem->owner->sim;
    assert(len > 0 && mem_at(mem, addr, len) && "tag outside memory");
    be_in_time(mem, addr, len);
    clear_for(mem, addr, len, 0);
    uint32_t t = tag_add(mem->tags, addr, len, TAG_MADE);
    if (t == 0) {
        frame_end(mem->owner, ref, FATE_no_buffer);
        return;
    }
    struct frame *f = frame_get(sim, ref);
    f->flags |= FRAME_IN_MEMORY;
    mem->tags->tag[t].frame = ref;
    mem->tags->tag[t].identity = f->identity;
    books__tag_hold(sim, f->identity);
}

frame_ref mem_tag_read(struct sim_mem *mem, struct component *reader, uint64_t addr)
{
    if (addr >= mem->size)
        return 0;
    struct mem_tags *tags = mem->tags;
    uint32_t t = tags->head[addr >> GRANULE_SHIFT];
    while (t && !(tags->tag[t].kind == TAG_MADE && tags->tag[t].addr == addr))
        t = tags->tag[t].next;
    if (t == 0)
        return 0;
    struct tag *tag = &tags->tag[t];
    frame_ref ref = tag->frame;
    if (ref == 0)
        return frame__again(reader, tag->identity, tag->len);
    tag->frame = 0;
    struct frame *f = frame_get(reader->sim, ref);
    f->flags &= (uint16_t)~(FRAME_IN_MEMORY | FRAME_SUMS_GOOD); /* its bytes are what is there now */
    f->at = reader->id;
    return ref;
}

/* ---- clearing ---- */

/* A range with more granules than there are tags: the tags are looked at instead. */
static uint32_t clear_by_tags(struct sim_mem *mem, uint64_t addr, uint64_t len, enum fate fate)
{
    uint32_t ended = 0;
    for (uint32_t t = 1; t <= mem->tags->high; t++)
        if (tag_overlaps(&mem->tags->tag[t], addr, len))
            ended += tag_end(mem, t, fate);
    return ended;
}

static bool is_first_of_ring(const struct mem_tags *tags, uint32_t t)
{
    for (uint32_t at = tags->tag[t].ring; at != t; at = tags->tag[at].ring)
        if (at < t)
            return false;
    return true;
}

bool mem_next_resident(const struct sim_mem *mem, uint32_t *cursor, struct mem_resident *out)
{
    const struct mem_tags *tags = mem->tags;
    while (++*cursor <= tags->high) {
        uint32_t t = *cursor, at = t;
        const struct tag *tag = &tags->tag[t];
        if (tag->kind == TAG_FREE || !tag->frame || !is_first_of_ring(tags, t))
            continue;
        *out = (struct mem_resident){.ref = tag->frame, .made = tag->kind == TAG_MADE};
        do {
            if (out->fragments == MEM_FRAGMENTS_MAX)
                break;
            out->fragment[out->fragments] = (struct mem_fragment){tags->tag[at].addr, tags->tag[at].len};
            out->frame_off[out->fragments++] = tags->tag[at].frame_off;
            at = tags->tag[at].ring;
        } while (at != t);
        return true;
    }
    return false;
}

uint32_t mem_tag_clear(struct sim_mem *mem, uint64_t addr, uint64_t len, enum fate fate)
{
    struct mem_tags *tags = mem->tags;
    if (addr >= mem->size || len == 0 || tags->used == 0)
        return 0;
    if (len > mem->size - addr)
        len = mem->size - addr;
    if (len >> GRANULE_SHIFT > tags->high)
        return clear_by_tags(mem, addr, len, fate);
    uint64_t granule = first_granule(tags, addr);
    uint32_t ended = 0, t;
    while ((t = tag_in(tags, addr, len, &granule)) != 0)
        ended += tag_end(mem, t, fate);
    return ended;
}

/* ---- save and load ---- */

static void forget_heads(struct mem_tags *tags)
{
    for (uint32_t t = 1; t <= tags->high; t++)
        if (tags->tag[t].kind != TAG_FREE)
            tags->head[tags->tag[t].addr >> GRANULE_SHIFT] = 0;
}

static bool tag_is_sound(const struct sim_mem *mem, const struct tag *tag)
{
    const struct mem_tags *tags = mem->tags;
    const struct sim *sim = mem->owner->sim;
    if (tag->next > tags->high || tag->prev > tags->high)
        return false;
    if (tag->kind == TAG_FREE)
        return true;
    if (tag->kind > TAG_MADE || tag->len == 0 || tag->len > tags->longest || !mem_at(mem, tag->addr, tag->len) || tag->ring == 0 ||
        tag->ring > tags->high)
        return false;
    if (tag->kind == TAG_RECEIVED || tag->frame)
        return frames__is_alive(sim->frames, tag->frame);
    return tag->identity != 0 && tag->identity <= sim->books->identity_high;
}

/* Records are saved as they are, chains included; the heads follow from the records without a predecessor. */
void mem_save(struct sim_mem *mem, struct save *s)
{
    struct mem_tags *tags = mem->tags;
    save_section(s, "mem tags", 1);
    save_expect_u64(s, "size of the memory", mem->size);
    save_expect_u64(s, "limit of tags", tags->max);
    if (s->err)
        return;
    if (save_is_loading(s))
        forget_heads(tags);
    save_field(s, tags->high);
    save_field(s, tags->free);
    save_field(s, tags->used);
    save_field(s, tags->longest);
    if (!s->err && (tags->high > tags->max || tags->free > tags->high || tags->used > tags->high || !tags->longest)) {
        save_fail(s, -EPROTO, "tag counters are impossible");
        tags->high = 0;
    }
    if (tags->high)
        save_bytes(s, &tags->tag[1], tags->high * sizeof(*tags->tag));
    for (uint32_t t = 1; save_is_loading(s) && !s->err && t <= tags->high; t++) {
        if (!tag_is_sound(mem, &tags->tag[t]))
            save_fail(s, -EPROTO, "tag %u is impossible", t);
        else if (tags->tag[t].kind != TAG_FREE && tags->tag[t].prev == 0)
            tags->head[tags->tag[t].addr >> GRANULE_SHIFT] = t;
    }
}
