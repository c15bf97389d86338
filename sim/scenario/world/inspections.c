/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every frame that arrives is inspected (net/inspection.h): what the inspection must know of the world, and what it found. */
#include "core/alloc.h"
#include "net/inspection.h"
#include "scenario/world/world__.h"

static void vm_place(const struct station *station, struct station_place *out)
{
    const struct world_placed *placed = station->placed_by;
    host_vm_place(world__host_of(placed->w, placed->vm), placed->w->vms[placed->vm], out);
}

static bool vm_rss_key(const struct station *station, uint8_t key[PF_RSS_KEY_BYTES])
{
    const struct world_placed *placed = station->placed_by;
    return host_vm_rss_key(world__host_of(placed->w, placed->vm), placed->w->vms[placed->vm], key);
}

void world__build_inspection(struct world *w)
{
    w->placed = alloc_zero("stations", w->sc->vm_count + 1u, sizeof(*w->placed));
    for (unsigned i = 0; i < w->sc->vm_count; i++) {
        struct station *station = vm_station(w->vms[i]);
        w->placed[i] = (struct world_placed){w, i};
        station->place = vm_place;
        station->rss_key = vm_rss_key;
        station->placed_by = &w->placed[i];
        if (vm_echo_flow(w->vms[i]) && w->sc->vms[i].app == MACHINE_APP_ECHO) /* a bridge's frames are anybody's */
            inspection_echoes(w->sim, station, vm_echo_flow(w->vms[i]));
    }
    w->inspection = inspection_create(w->sim);
}

/* Somebody expects drops of that reason, and what is expected is judged where it stands. */
static bool is_expected(const struct world *w, enum fate fate)
{
    for (unsigned i = 0; i < w->sc->expect_count; i++) {
        const struct scn_expect *e = &w->sc->expects[i];
        if (e->fate == (int)fate)
            return true;
    }
    return false;
}

bool world__frames_are_sound(const struct world *w)
{
    static const enum fate fates[] = {FATE_damaged, FATE_misreported};
    for (unsigned i = 0; i < sizeof(fates) / sizeof(fates[0]); i++)
        if (books_fate_count(w->sim, fates[i]) && !is_expected(w, fates[i]))
            return false;
    return true;
}
