/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that devices reach by DMA (a VM's RAM, a host's), and the side table that says which bytes are which frame.
 *
 * Tags: a device that writes a frame into memory tags the range (the frame then lives there); the shell's hand-over to the
 * application looks the tags up and ends the frame. An application that makes a frame in memory tags its range at birth;
 * the device that reads it takes the frame over. The table belongs to the memory: it is saved and migrated with it.
 * Granule: one chain of tags per 2 KiB of memory. A new tag that overlaps an old one ends the old frame as `overwritten`
 * (received ones) or `reclaimed_tx` (made but never read).
 */
#ifndef VFSIM_CORE_MEM_H
#define VFSIM_CORE_MEM_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/engine/engine.h"
#include "core/engine/horizon.h"
#include "core/engine/lazy.h"
#include "core/frame/frame.h"

struct mem_tags; /* private */

/* Pages that are not there yet: of a VM in post-copy (host/migrate/postcopy.c). Who touches memory asks first. */
struct mem_pager {
    uint8_t *missing; /* a byte a page of 4096: 0, it is there */
    uint64_t left;
    uint64_t owed_ps; /* what take() cost, to be charged to the vCPU */
    void (*want)(struct mem_pager *self, uint64_t page); /* by number: it will come */
    void (*take)(struct mem_pager *self, uint64_t page); /* it is there when this returns */
};

/* Writes on their way into a memory, which land when somebody looks at it. Whoever touches the memory or its tags calls
 * mem_settle() first; frames land in bytes that no tag covers, and mem.c has them made events where one would. */
struct mem_writes {
    struct lazy lazy; /* first */
    bool (*meets)(const struct mem_writes *self, uint64_t addr, uint64_t len); /* would a frame of them land there? */
    uint32_t frames; /* that will be tagged */
};

struct sim_mem {
    struct component *owner; /* where fates of frames in this memory are booked */
    uint8_t *base; /* simulator's view; owned by the creator */
    uint64_t size; /* bytes, multiple of 4096 */
    struct mem_tags *tags;
    struct mem_pager *pager; /* NULL: every page is there; wiring of who set it */
    struct mem_writes *writes; /* NULL: none is on its way, or each has an event */
    bool may_be_late; /* its owner calls mem_settle() before he looks: writes may land then */
    bool delivers; /* its owner can't be looked into: a received frame has arrived when all of it is here */
    uint32_t flow; /* of frames that he makes, of which nobody tells; FLOW_NONE */
    sim_time seen_until; /* its owner runs ahead, and has looked at it up to here (core/engine/horizon.h) */
};

/* What is now, its owner has not seen otherwise: to be called by who changes this memory or looks at it, or tells its owner
 * something. */
static inline void mem_is_unseen(const struct sim_mem *mem)
{
    assert(sim_has_unseen(mem->owner->sim, mem->seen_until) && "a horizon was too far");
}

/* What has reached it by now is in it. */
static inline void mem_settle(const struct sim_mem *mem)
{
    if (mem->writes)
        lazy_settle(&mem->writes->lazy, sim_now(mem->owner->sim));
}
/* When the next write without an event reaches it. */
static inline sim_time mem_next_write(const struct sim_mem *mem) { return mem->writes ? mem->writes->lazy.first : SIM_NEVER; }

/* Wrap `size` bytes at `base`; at most `max_tags` ranges tagged at once. 0 or -ENOMEM. */
int mem_init(struct sim_mem *mem, struct component *owner, void *base, uint64_t size, uint32_t max_tags);
void mem_fini(struct sim_mem *mem); /* forgets the tags without ending a frame: their table may live on elsewhere */
void mem_save(struct sim_mem *mem, struct save *s); /* the tags; the bytes are saved by who owns them */

/* Pointer to [addr, addr+len), NULL when any of it lies outside. */
static inline void *mem_at(const struct sim_mem *mem, uint64_t addr, uint64_t len)
{
    return addr < mem->size && len <= mem->size - addr ? mem->base + addr : (void *)0;
}

/* Is all of [addr, addr+len) there? What is not has been asked for: ask again. What lies outside is. */
bool mem_want(struct sim_mem *mem, uint64_t addr, uint64_t len);
/* The same for who only looks on: nothing is asked for. */
bool mem_has(const struct sim_mem *mem, uint64_t addr, uint64_t len);
/* For who can't wait: it is there afterwards. */
void mem_take(struct sim_mem *mem, uint64_t addr, uint64_t len);

/* `len` bytes of frame `ref` from its byte `frame_off` now lie at addr (in the memory, len > 0). The first tag of a frame
 * takes `ref`; further fragments of the same frame name it again, within the same event. Past max_tags the whole frame
 * ends as no_buffer. While the frame lives here its `mark` is this memory's. */
void mem_tag_received(struct sim_mem *mem, uint64_t addr, uint32_t len, frame_ref ref, uint32_t frame_off);

/* May a whole frame be tagged there later, whatever is done until then but for mem.c's own doing? No tag is in its way now. */
bool mem_may_tag_later(const struct sim_mem *mem, uint64_t addr, uint32_t len);
/* The whole of `ref`, where mem_may_tag_later() said so. */
void mem_tag_whole(struct sim_mem *mem, uint64_t addr, frame_ref ref, struct frame *f);

/* An application made `ref` at addr. Takes `ref`. */
void mem_tag_made(struct sim_mem *mem, uint64_t addr, uint32_t len, frame_ref ref);

/* A device reads a frame that begins at addr: gives the frame made there (the caller owns it; its data are still to be
 * filled from memory); read again, it gives a clone marked FRAME_FROM_TAG_REREAD; 0 where nothing was made. */
frame_ref mem_tag_read(struct sim_mem *mem, struct component *reader, uint64_t addr);

struct mem_fragment {
    uint64_t addr;
    uint32_t len;
};
/* The shell hands up `n` fragments as one frame. Returns the frame (caller owns it, tags are gone) when they are exactly
 * the frame a device wrote, in order and whole; 0 otherwise, tags untouched. */
frame_ref mem_tag_hand_over(struct sim_mem *mem, const struct mem_fragment *frags, uint32_t n);

/* The frames that live here, one after the other: `cursor` is 0 at first. False past the last one. */
enum { MEM_FRAGMENTS_MAX = 32 };
struct mem_resident {
    frame_ref ref;
    bool made; /* by the application, and no device has read it; else received */
    uint32_t fragments;
    struct mem_fragment fragment[MEM_FRAGMENTS_MAX];
    uint32_t frame_off[MEM_FRAGMENTS_MAX];
};
bool mem_next_resident(const struct sim_mem *mem, uint32_t *cursor, struct mem_resident *out);

/* Ends every frame with a byte in [addr, addr+len) with `fate`; returns how many. */
uint32_t mem_tag_clear(struct sim_mem *mem, uint64_t addr, uint64_t len, enum fate fate);

#endif
