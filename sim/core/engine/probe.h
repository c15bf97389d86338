/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of a component changes over time and can be drawn: ring indices, interrupt lines, links, operations under way.
 *
 * A component shows its probes when it is asked (component_ops.show), and who draws reads them after each event. So nothing is told
 * while nobody draws, and no event knows of it.
 */
#ifndef VFSIM_CORE_PROBE_H
#define VFSIM_CORE_PROBE_H

#include "core/engine/engine.h"

enum { PROBE_NAME_MAX = 56 };

/* What a value means, after another one; "" for 0: nothing. */
typedef const char *probe_word(const void *of, uint64_t value, uint64_t before, char *text, size_t cap);

struct probe {
    const struct component *owner;
    char name[PROBE_NAME_MAX]; /* "rxq3.head": below its owner */
    uint64_t (*read)(const void *of);
    const void *of;
    uint8_t bits; /* of the value; 1: a line that is on or off */
    bool is_until; /* of a line: the value is the time (ps) until which it is on, whether or not an event comes then */
    bool is_core;  /* who runs on a core */
    probe_word *word; /* NULL: its values are numbers */
};

struct probes {
    struct probe *probe;
    unsigned count, room;
    const struct component *owner; /* who is being asked */
};

/* All there are, by component; what they read lives as long as the world. */
void probes_find(struct probes *probes, struct sim *sim);
void probes_free(struct probes *probes);

/* Called by component_ops.show. */
void probe_add(struct probes *probes, unsigned bits, uint64_t (*read)(const void *of), const void *of, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
void probe_add_until(struct probes *probes, uint64_t (*read)(const void *of), const void *of, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* The one that was added last is … */
void probe_has_words(struct probes *probes, probe_word *word);
void probe_is_core(struct probes *probes);
uint64_t probe_u32(const void *of);
uint64_t probe_u64(const void *of);

#endif
