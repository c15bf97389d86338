/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/engine/probe.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/alloc.h"

uint64_t probe_u32(const void *of) { return *(const uint32_t *)of; }
uint64_t probe_u64(const void *of) { return *(const uint64_t *)of; }

static void add(struct probes *probes, struct probe what, const char *fmt, va_list args)
{
    if (probes->count == probes->room) {
        probes->room = probes->room ? 2 * probes->room : 64;
        probes->probe = alloc_grow("the probes", probes->probe, probes->room * sizeof(*probes->probe));
    }
    struct probe *probe = &probes->probe[probes->count++];
    *probe = what;
    probe->owner = probes->owner;
    vsnprintf(probe->name, sizeof(probe->name), fmt, args);
}

void probe_add(struct probes *probes, unsigned bits, uint64_t (*read)(const void *of), const void *of, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    add(probes, (struct probe){.read = read, .of = of, .bits = (uint8_t)bits}, fmt, args);
    va_end(args);
}

void probe_add_until(struct probes *probes, uint64_t (*read)(const void *of), const void *of, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    add(probes, (struct probe){.read = read, .of = of, .bits = 1, .is_until = true}, fmt, args);
    va_end(args);
}

void probe_has_words(struct probes *probes, probe_word *word) { probes->probe[probes->count - 1].word = word; }
void probe_is_core(struct probes *probes) { probes->probe[probes->count - 1].is_core = true; }

void probes_find(struct probes *probes, struct sim *sim)
{
    *probes = (struct probes){0};
    for (unsigned id = 1; id <= component_count(sim); id++) {
        struct component *c = component_by_id(sim, (uint16_t)id);
        if (!c || !c->ops->show)
            continue;
        probes->owner = c;
        c->ops->show(c, probes);
    }
}

void probes_free(struct probes *probes)
{
    free(probes->probe);
    *probes = (struct probes){0};
}
