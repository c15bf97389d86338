/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Probes: found when they are first asked for, and again of a world that was built anew. */
#include <stdio.h>

#include "lib/lib__.h"
#include "vfsim/probe.h"

static struct probes *probes_of(struct vfsim_world *world)
{
    struct sim *sim = lib__sim(world);
    if (!sim)
        return NULL;
    if (world->probes_of != sim) {
        probes_free(&world->probes);
        probes_find(&world->probes, sim);
        world->probes_of = sim;
    }
    return &world->probes;
}

void lib__probes_forget(struct vfsim_world *world)
{
    probes_free(&world->probes);
    world->probes_of = NULL;
}

unsigned vfsim_probe_count(struct vfsim_world *world)
{
    const struct probes *probes = probes_of(world);
    return probes ? probes->count : 0;
}

bool vfsim_probe_at(struct vfsim_world *world, unsigned index, struct vfsim_probe *out)
{
    const struct probes *probes = probes_of(world);
    if (!probes || index >= probes->count)
        return false;
    const struct probe *probe = &probes->probe[index];
    *out = (struct vfsim_probe){probe->owner->name, probe->name, probe->bits, probe->is_until, probe->is_core, probe->word};
    return true;
}

uint64_t vfsim_probe_value(struct vfsim_world *world, unsigned index)
{
    const struct probes *probes = probes_of(world);
    return probes && index < probes->count ? probes->probe[index].read(probes->probe[index].of) : 0;
}

void vfsim_probe_word(struct vfsim_world *world, unsigned index, uint64_t value, uint64_t before, char *text, size_t cap)
{
    const struct probes *probes = probes_of(world);
    const struct probe *probe = probes && index < probes->count ? &probes->probe[index] : NULL;
    char room[80];
    snprintf(text, cap, "%s", probe && probe->word ? probe->word(probe->of, value, before, room, sizeof(room)) : "");
}
