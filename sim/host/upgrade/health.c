/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a VM fares with another plugin, as a rollout looks at it [host/upgrade/rollout.h]. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/frame/frame.h"
#include "host/host__.h"
#include "host/upgrade/rollout__.h"

unsigned rollout__host_of(const struct rollout *r, unsigned i)
{
    for (unsigned h = 0; h < r->host_count; h++)
        if (host_has_vm(r->hosts[h], r->vm[i]))
            return h;
    return 0;
}

static struct host_vm *place_of(const struct rollout *r, unsigned i)
{
    return host__find(r->hosts[rollout__host_of(r, i)], r->vm[i]);
}

bool rollout__is_busy(const struct rollout *r, unsigned i)
{
    return host__is_claimed(place_of(r, i), CLAIM_SWITCH | CLAIM_MIGRATION | CLAIM_STANDSTILL | CLAIM_UPGRADE);
}

uint64_t rollout__moved(const struct rollout *r, unsigned i)
{
    struct vm_stats stats;

    vm_get_stats(r->vm[i], &stats);
    return stats.frames_delivered + stats.frames_made;
}

/* ---- drops, in all copies, at a place and what is part of it ---- */

static uint64_t drops_at(const struct rollout *r, const char *place)
{
    struct drop_report drop;
    size_t len = strlen(place);
    uint64_t total = 0;

    for (uint32_t i = 0; books_get_drop(r->c.sim, i, &drop); i++)
        if (!strncmp(drop.place, place, len) && (!drop.place[len] || drop.place[len] == ' '))
            total += drop.count;
    return total;
}

static uint64_t drops_at_vm(const struct rollout *r, unsigned i) { return drops_at(r, vm_name(r->vm[i])); }

static uint64_t drops_at_vf(const struct rollout *r, unsigned i)
{
    const struct host_vm *hv = place_of(r, i);
    char place[96];

    if (hv->state.vf < 0)
        return 0;
    snprintf(place, sizeof(place), "%s vf %d", host__nic(hv)->nic->c.name, (int)hv->state.vf);
    return drops_at(r, place);
}

void rollout__mark_pace(struct rollout *r, unsigned i)
{
    struct rollout_vm *v = &r->state_of[i];

    if (v->window != SIM_NEVER && sim_now(r->c.sim) < sim_time_add(v->window, r->watch))
        return;
    if (v->window != SIM_NEVER)
        v->moved_before = rollout__moved(r, i) - v->moved_window;
    v->window = sim_now(r->c.sim);
    v->moved_window = rollout__moved(r, i);
}

void rollout__mark_before(struct rollout *r, unsigned i)
{
    struct rollout_vm *v = &r->state_of[i];
    struct host *host = r->hosts[rollout__host_of(r, i)];
    struct host_plugin has;

    if (host_vm_plugin(host, r->vm[i], &has))
        snprintf(v->former_version, sizeof(v->former_version), "%s", has.version);
    snprintf(v->former, sizeof(v->former), "%s", has.name[0] ? has.name : host_chosen_plugin(host, r->vm[i]));
}

void rollout__mark_after(struct rollout *r, unsigned i)
{
    struct rollout_vm *v = &r->state_of[i];

    v->moved_mark = rollout__moved(r, i);
    v->drops_mark = drops_at_vm(r, i);
    v->vf_mark = drops_at_vf(r, i);
}

/* ---- the question ---- */

static bool has_image(const struct rollout *r, unsigned i, char *why, size_t cap)
{
    const struct host_vm *hv = place_of(r, i);
    struct host_plugin has;

    if (!host_vm_plugin(hv->host, r->vm[i], &has)) {
        snprintf(why, cap, "it fell back to emulation");
        return false;
    }
    if (strcmp(has.name, r->image)) {
        snprintf(why, cap, "it has %.150s", has.name);
        return false;
    }
    return true;
}

bool rollout__has_another(const struct rollout *r, unsigned i)
{
    const char *chosen = host_chosen_plugin(r->hosts[rollout__host_of(r, i)], r->vm[i]);

    return strcmp(chosen, r->image) != 0 && strcmp(chosen, r->state_of[i].former) != 0;
}

/* A few that everybody hears are no traffic. */
static bool should_have_moved(const struct rollout *r, const struct rollout_vm *v)
{
    enum { SEVERAL = 4 };
    return r->watch && v->moved_before >= SEVERAL;
}

bool rollout__is_unwell(const struct rollout *r, unsigned i, bool is_last, char *why, size_t cap)
{
    const struct rollout_vm *v = &r->state_of[i];
    uint64_t drops;

    if (vm_get_state(r->vm[i]) == VM_ENDED) {
        snprintf(why, cap, "the VM has ended: %.150s", vm_end_text(r->vm[i]));
        return true;
    }
    if (!has_image(r, i, why, cap))
        return true;
    drops = drops_at_vm(r, i) - v->drops_mark;
    drops += drops_at_vf(r, i) > v->vf_mark ? drops_at_vf(r, i) - v->vf_mark : 0;
    if (drops > r->drops) {
        snprintf(why, cap, "copies of frames dropped at it and its VF: %" PRIu64, drops);
        return true;
    }
    if (is_last && should_have_moved(r, v) && rollout__moved(r, i) == v->moved_mark) {
        snprintf(why, cap, "no frame has come or gone");
        return true;
    }
    return false;
}
