/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The timeline at work: each line's act on the world, and what comes of requests that take time. */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "scenario/world/world__.h"

void world__note(struct world *w, enum world_note_kind kind, uint32_t line, const char *fmt, ...)
{
    char text[WORLD_NOTE_LEN];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    trace_scenario_note(&w->comp, text);
    if (w->st.notes == WORLD_NOTES_MAX) {
        w->st.notes_left_out++;
        return;
    }
    struct world_note *note = &w->notes[w->st.notes++];
    *note = (struct world_note){.at = sim_now(w->sim), .line = line, .kind = kind};
    snprintf(note->text, sizeof(note->text), "%s", text); /* saved whole: nothing of our stack behind its end */
}

/* Our own words: strerror() speaks the user's language, a report does not. */
const char *world__errno_text(int64_t status)
{
    switch (-status) {
    case 0:
        return "done";
    case EPERM:
        return "refused";
    case EIO:
        return "the VM ended first";
    case EBUSY:
        return "busy with another one";
    case ENODEV:
        return "there is no VF in use";
    case EINVAL:
        return "not possible in this state";
    case ENOSPC:
        return "no room left for it";
    case EALREADY:
        return "already there";
    case ETIMEDOUT:
        return "no answer in time";
    case ENOTSUP:
        return "not supported";
    case ENOMEM:
        return "no memory";
    default:
        return "failed";
    }
}

unsigned world__vm_index(const struct world *w, const char *name)
{
    for (unsigned i = 0; i < w->sc->vm_count; i++)
        if (!strcmp(w->sc->vms[i].name.text, name))
            return i;
    assert(!"the check has found every name");
    return 0;
}

static void judge_status(struct world *w, const struct scn_item *item, int status)
{
    if (status)
        world__refused(w, item, "%s", world__errno_text(status));
}

/* Of a NIC: its driver goes, or comes, and with it the wire. A UPT NIC's has nothing to do with it. */
static void set_nic(struct world *w, unsigned index, unsigned op)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct scn_name *nic = scn_find(w->sc, item->act.name.text, SCN_BIT(SCN_NIC));
    struct pf *pf = nic ? host_find_pf(w->hosts[w->sc->nics[nic->index].host], item->act.name.text) : NULL;
    if (pf && nic_model_can(pf_nic(pf)->model, NIC_RESTARTS))
        world__ask_pf(w, index, pf, op, &(struct pf_args){.vf = PF_ANY_VF});
    else if (pf && op == PF_OP_NETDEV_REINIT)
        world__refused(w, item, "the NIC's driver knows no reset of its chip");
}

static void set_link(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct scenario *sc = w->sc;
    const char *name = item->act.name.text;
    set_nic(w, index, item->act.on ? PF_OP_NETDEV_UP : PF_OP_NETDEV_DOWN);
    for (unsigned i = 0; i < sc->link_count; i++)
        if (!strcmp(sc->links[i].name, name) || !strcmp(sc->links[i].a.text, name) ||
            !strcmp(sc->links[i].b.text, name)) {
            const struct scn_name *nic = scn_find(sc, name, SCN_BIT(SCN_NIC));
            if (nic)
                w->nic_downs[nic->index] = !item->act.on;
            wire_set_up(w->wires[i], item->act.on);
            return;
        }
}

static void switch_mode(struct world *w, const struct scn_item *item)
{
    const struct scn_mode *mode = &item->mode;
    unsigned vm = world__vm_index(w, mode->vm.text);
    struct switch_params params = {
        .to_passthrough = mode->to_passthrough,
        .order = mode->naive ? SWITCH_NAIVE : SWITCH_SAFE,
        .fail = mode->fail,
        .plugin = mode->plugin.text,
        .nic = mode->nic.text,
        .hold_bytes = mode->hold,
        .gap_ps = mode->gap,
        .move_order = mode->move,
    };
    unsigned host = world__host_index(w, vm);
    world__recorded(w, item, host, host_switch_count(w->hosts[host]));
    host_switch(w->hosts[host], w->vms[vm], &params); /* refused ones are recorded with the switches */
}

static void do_guest(struct world *w, unsigned index)
{
    const struct scn_guest *guest = &w->sc->items[index].guest;
    unsigned vm = world__vm_index(w, guest->vm.text);
    struct machine_job job = guest->job;
    if (job.kind == MACHINE_JOB_RX_MODE) { /* one bit of the two is meant: the other stays */
        uint32_t bit = job.arg & 0x100 ? 1 : 2;
        w->rx_modes[vm] = (w->rx_modes[vm] & ~bit) | ((uint32_t)job.arg & bit);
        job.arg = w->rx_modes[vm];
    }
    w->st.outstanding++;
    w->tallies[index] = (struct world_tally){.asked = 1, .first = sim_now(w->sim)};
    vm_job(w->vms[vm], &job, &w->comp, WORLD_JOB_DONE, index);
}

static void stop_flow(struct world *w, const struct scn_item *item)
{
    unsigned of;
    struct flow_source *flow = world__find_flow(w, item->act.name.text, &of);
    if (!w->acts[of].begun)
        world__refused(w, item, "the flow has not begun");
    flow_source_stop(flow);
}

static void start_flow(struct world *w, unsigned index) { flow_source_start(w->flows[index], sim_now(w->sim)); }

bool world__is_up(const struct world *w)
{
    for (unsigned i = 0; i < w->sc->vm_count; i++)
        if (vm_get_state(w->vms[i]) != VM_ENDED && !vm_has_booted(w->vms[i]))
            return false;
    return true;
}

void world__do(struct world *w, unsigned index)
{
    const struct scn_item *item = &w->sc->items[index];
    const struct scn_act *act = &item->act;
    unsigned vm;
    trace_scenario_act(&w->comp, item->at.line, item->text);
    w->acts[index].begun = 1;
    w->acts[index].at = sim_now(w->sim);
    switch (item->verb) {
    case SCN_DO_REPLAY:
        replay_start(w->replays[index], sim_now(w->sim));
        break;
    case SCN_DO_FLOW:
        start_flow(w, index);
        break;
    case SCN_DO_STOP:
        stop_flow(w, item);
        break;
    case SCN_DO_SWITCH:
        switch_mode(w, item);
        break;
    case SCN_DO_VF_SET:
        world__set_vf(w, index);
        break;
    case SCN_DO_LINK_SET:
        set_link(w, index);
        break;
    case SCN_DO_LINK_SHOW:
        world__show(w, item);
        break;
    case SCN_DO_OPERATOR:
        world__operate(w, index);
        break;
    case SCN_DO_GUEST:
        do_guest(w, index);
        break;
    case SCN_DO_POLICY:
        vm = world__vm_index(w, act->name.text);
        host_set_policy(world__host_of(w, vm), w->vms[vm], act->policy, act->on);
        break;
    case SCN_DO_IOMMU:
        vm = world__vm_index(w, act->name.text);
        judge_status(w, item, host_vm_iommu(world__host_of(w, vm), w->vms[vm], act->addr, act->size, act->on));
        break;
    case SCN_DO_RESET:
        if (act->of_driver) {
            set_nic(w, index, PF_OP_NETDEV_REINIT);
            break;
        }
        if (!act->on) {
            const struct scn_name *nic = scn_find(w->sc, act->name.text, SCN_BIT(SCN_NIC));
            judge_status(w, item, host_reset_pf(w->hosts[w->sc->nics[nic->index].host], act->name.text));
            break;
        }
        vm = world__vm_index(w, act->name.text);
        judge_status(w, item, host_vm_reset_vf(world__host_of(w, vm), w->vms[vm]));
        break;
    case SCN_DO_MIGRATE:
        world__migrate(w, item);
        break;
    case SCN_DO_SUSPEND:
    case SCN_DO_RESUME:
    case SCN_DO_SNAPSHOT:
    case SCN_DO_RESTORE:
        world__stand_still(w, index);
        break;
    case SCN_DO_HOTPLUG:
        world__hotplug(w, item);
        break;
    case SCN_DO_SET:
        world__set(w, index);
        break;
    }
}

/* A mode that was refused is as it was: the other bit's next change does not ask for it again. */
static void mode_stays(struct world *w, const struct scn_guest *guest)
{
    uint32_t bit = guest->job.arg & 0x100 ? 1 : 2;
    if (guest->job.kind == MACHINE_JOB_RX_MODE)
        w->rx_modes[world__vm_index(w, guest->vm.text)] ^= bit;
}

/* Whether it was refused, or its VM ended first, ending.c finds by its status. */
static void note_job(struct world *w, const struct scn_item *item, int status)
{
    if (status)
        mode_stays(w, &item->guest);
    if (status)
        world__note(w, WORLD_NOTE, item->at.line, "%s: %s", item->text, world__errno_text(status));
}

void world__done(struct world *w, const struct event *ev)
{
    assert(w->st.outstanding > 0 && ev->a < w->sc->item_count);
    w->st.outstanding--;
    w->acts[ev->a].answered++;
    if (w->sc->items[ev->a].verb == SCN_DO_GUEST) {
        w->tallies[ev->a].done = 1;
        w->tallies[ev->a].last = sim_now(w->sim);
        w->tallies[ev->a].status = (int64_t)ev->b;
    }
    if (w->sc->items[ev->a].verb == SCN_DO_OPERATOR)
        world__operated(w, (unsigned)ev->a, (int)(int64_t)ev->b);
    else if (w->sc->items[ev->a].verb == SCN_DO_SET)
        world__num_vfs_done(w, &w->sc->items[ev->a], (int)(int64_t)ev->b);
    else if (w->sc->items[ev->a].verb == SCN_DO_GUEST)
        note_job(w, &w->sc->items[ev->a], (int)(int64_t)ev->b);
    else
        judge_status(w, &w->sc->items[ev->a], (int)(int64_t)ev->b);
}
