/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of a world changes over time and can be drawn: indices of rings, interrupts, links, DMA operations under way, who runs.
 *
 * Values are read between two steps (vfsim_world_step()); reading changes nothing. A number names a probe until the world is freed.
 * Chips from outside have none.
 */
#ifndef VFSIM_PROBE_H
#define VFSIM_PROBE_H

#include <vfsim/world.h>

VFSIM_BEGIN_DECLS

struct vfsim_probe {
    const char *who, *name; /* "h0.vmnic0", "rx3.head"; they live as long as the world */
    unsigned bits;          /* of its values; 1: a line that is on or off */
    bool is_until;          /* of a line: its value is the time until which it is on */
    bool is_core;           /* it is a core, and who has it: a thread of its host's, by name */
    bool has_words;         /* vfsim_probe_word() says what its values mean; of a line those of 0 and 1 */
};
VFSIM_API unsigned vfsim_probe_count(struct vfsim_world *world);
VFSIM_API bool vfsim_probe_at(struct vfsim_world *world, unsigned index, struct vfsim_probe *out); /* false past the last one */
VFSIM_API uint64_t vfsim_probe_value(struct vfsim_world *world, unsigned index); /* 0 past the last one */
/* What a value means that comes after another one; "" for 0, and of what has no words. */
VFSIM_API void vfsim_probe_word(struct vfsim_world *world, unsigned index, uint64_t value, uint64_t before, char *text, size_t cap);

VFSIM_END_DECLS

#endif
