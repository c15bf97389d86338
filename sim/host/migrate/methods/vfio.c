/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * by vfio: the VM stays on its VF while its memory is copied, as a device with VFIO's migration protocol does [vfio.h
 * VFIO_DEVICE_STATE_*]: RUNNING, PRE_COPY during the rounds, STOP_COPY while its state goes, RESUMING at the
 * destination from before the VM stops, then RUNNING there.
 *
 * What its DMA writes is tracked by the IOMMU, a bit a 4 KiB page (VFIO_IOMMU_DIRTY_PAGES): the bitmap says which pages
 * must be sent beside those that differ, which the vCPU may have written; at the end no page differs, or the run stops.
 *
 * The VF is a vmxnet3 device (UPT), whose rings are its state, or one that the guest's own driver runs, whose registers
 * go and what its driver had agreed with the PF's. The first has an emulated device to fall back on, the second
 * nothing.
 *
 * A state is of one kind of device: source and destination need NICs of the same model, whose PF driver can take it
 * (VF_SAVE_STATE). Frames cannot be put into a VF from outside, so nothing is held: what comes while the VM is stopped
 * is lost.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/migrate/methods/methods__.h"

static bool is_native(const struct host_vm *from) { return host__is_claimed(from, CLAIM_OWN_VF); }

static const struct switch_vfio *tables(const struct migration *g) { return g->state.native ? &switch__native : &switch__vfio; }

static int find_same_model(const struct host_vm *to, const char *model)
{
    for (unsigned i = 0; i < to->host->nics; i++)
        if (!strcmp(to->host->nic[i].nic->model->name, model))
            return (int)i;
    return -1;
}

/* Of a VF that the guest drives: what of it could not go. `nic` is the destination's, -1: any of the model. */
static const char *refuse_native(const struct host_vm *from, const struct host_vm *to, int nic)
{
    const struct host_nic *here = &from->host->nic[from->state.nic];

    if (host__has_vnic(from))
        return "its guest has a standby to move on: by bond";
    if (!pf_vf_has_state(here->pf))
        return "its VF has no state that its driver could give away (VF_SAVE_STATE): by bond, in a guest with one";
    if (!attach_is_at(from, ATTACH_IN) || !attach_of(from)->up)
        return "its guest's driver does not run its VF";
    if (nic < 0)
        nic = find_same_model(to, here->nic->model->name);
    if (nic >= 0 && pf_vf_queues(to->host->nic[nic].pf) < pf_vf_queues(here->pf))
        return "the destination's VFs have fewer queues";
    return NULL;
}

static const char *refuse(const struct migrator *m, const struct host_vm *from, const struct host_vm *to, int nic,
                          const struct migrate_params *params)
{
    const char *model = from->host->nic[from->state.nic].nic->model->name;

    (void)m;
    if (!from->state.passthrough && !host__is_claimed(from, CLAIM_OWN_VF))
        return "it is on no VF: by emulated";
    if (!is_native(from) && !from->state.upt)
        return "its VF has no state that its driver could give away (VF_SAVE_STATE): by npa or bond";
    if (params->forward)
        return is_native(from) ? "hold forward puts frames into an emulated device, and there is none: hold none"
                               : "hold forward puts frames into an emulated device, and there is none: by upt, or hold none";
    if (params->post_copy)
        return "the VF cannot wait for pages: no post-copy";
    if (nic >= 0 ? strcmp(to->host->nic[nic].nic->model->name, model) != 0 : find_same_model(to, model) < 0)
        return "the destination's NIC is of another model: a device state is of one";
    return is_native(from) ? refuse_native(from, to, nic) : NULL;
}

static int choose_nic(const struct host_vm *from, const struct host_vm *to)
{
    return find_same_model(to, from->host->nic[from->state.nic].nic->model->name);
}

/* ---- before the rounds: the destination's VF ---- */

static int leave(struct migrator *m, struct migration *g, char *why, size_t cap)
{
    g->state.native = is_native(migrate__from(m, g));
    migrate__tell(m, g, "its device is", "RUNNING here, RESUMING there");
    switch__begin(migrate__to(m, g), &tables(g)->reserve, true, (enum switch_step)g->state.fail_in);
    return MIGRATE_GOES_ON;
}

/* There is nothing to fall back on: the VM has a VF that is silent, and the record says so. */
static void came_up(struct migrator *m, struct migration *g)
{
    struct migration_record *record = migrate__record(m, g);
    const struct switch_record *in = switch__record(migrate__to(m, g));

    if (in->result != SWITCH_DONE && !record->reason[0])
        snprintf(record->reason, sizeof(record->reason), "its VF on %.40s does not go on: %.120s", record->to, in->reason);
}

/* The latest switch of the VM at the source was the one that stopped its VF. */
static bool has_stopped(struct host_vm *from)
{
    return from->state.vf >= 0 && pf_vf_get_state(host__nic(from)->pf, (unsigned)from->state.vf) == PF_VF_ENABLED &&
           !switch__record(from)->to_passthrough;
}

/* The migration failed while the VF was about to stop: go_on() could do nothing then. When the stop has ended, the VF goes on. */
static int back(struct migrator *m, struct migration *g, char *why, size_t cap)
{
    struct host_vm *from = migrate__from(m, g);

    (void)why, (void)cap;
    if (!switch__is_active(from) && has_stopped(from))
        switch__begin(from, &tables(g)->back, true, STEP_NONE);
    return switch__is_active(from) ? MIGRATE_GOES_ON : MIGRATE_STEP_DONE;
}

static int more(struct migrator *m, struct migration *g, char *why, size_t cap)
{
    struct host_vm *to = migrate__to(m, g);

    if (migrate__phase(g) == MIGRATE_OUT) {
        if (switch__is_active(to))
            return MIGRATE_GOES_ON;
        if (to->state.vf >= 0)
            return MIGRATE_STEP_DONE;
        snprintf(why, cap, "%.40s has no VF for it: %.100s", to->host->name, switch__record(to)->reason);
        return -ENODEV;
    }
    if (migrate__phase(g) == MIGRATE_BACK)
        return back(m, g, why, cap);
    if (switch__is_active(to))
        return MIGRATE_GOES_ON;
    if (migrate__phase(g) == MIGRATE_IN && g->state.native)
        came_up(m, g);
    else if (migrate__phase(g) == MIGRATE_IN && !to->state.passthrough) {
        snprintf(why, cap, "%.120s", switch__record(to)->reason);
        return -EIO;
    }
    return MIGRATE_STEP_DONE;
}

/* ---- the rounds ---- */

static void track(struct migrator *m, struct migration *g, bool on)
{
    struct host_vm *from = migrate__from(m, g);

    if (from->vf_domain)
        iommu_track(from->vf_domain, on);
    if (on)
        migrate__tell(m, g, "its device is", "PRE_COPY");
}

static uint64_t next_dirty(struct migrator *m, struct migration *g, uint64_t at)
{
    struct host_vm *from = migrate__from(m, g);
    uint64_t size = vm_get_params(from->vm)->ram_bytes;
    uint64_t next = from->vf_domain ? iommu_next_dirty(from->vf_domain, at) : size;

    return next < size ? next : size;
}

static void page_sent(struct migrator *m, struct migration *g, uint64_t at)
{
    struct host_vm *from = migrate__from(m, g);

    if (from->vf_domain)
        iommu_clear_dirty(from->vf_domain, at);
}

/* ---- the interruption ---- */

/* During the rounds a guest's reset may have taken its VF, or be about to: nothing is there to stop, and the migration
 * fails. */
static bool can_stop(const struct host_vm *from) { return from->state.vf >= 0 && !switch__is_active(from); }

static void stop(struct migrator *m, struct migration *g)
{
    if (!can_stop(migrate__from(m, g))) {
        migrate__tell(m, g, "its device is", "gone, or about to be");
        return;
    }
    migrate__tell(m, g, "its device is", "STOP_COPY");
    switch__begin(migrate__from(m, g), &tables(g)->stop, false, (enum switch_step)g->state.fail_out);
}

static bool is_quiet(struct migrator *m, struct migration *g)
{
    struct host_vm *from = migrate__from(m, g);
    struct vmxnet3_rings_image rings;

    if (!can_stop(from))
        return false;
    if (g->state.native)
        return pf_vf_is_still(host__nic(from)->pf, (unsigned)from->state.vf);
    return switch__upt_rings(from, &rings) && pci_function_is_idle(switch__vf_function(from));
}

/* A VF that has stopped goes on at once; of one whose stop is still under way back() is asked when that has ended. */
static void go_on(struct migrator *m, struct migration *g)
{
    struct host_vm *from = migrate__from(m, g);

    migrate__tell(m, g, "its device is", "RUNNING again");
    if (!can_stop(from))
        return;
    if (g->state.native && pf_vf_get_state(host__nic(from)->pf, (unsigned)from->state.vf) != PF_VF_ENABLED)
        return; /* the VM was stopped and its VF had not been yet */
    switch__begin(from, &tables(g)->back, true, STEP_NONE);
}

static void save_native(struct host_vm *at, struct save *s)
{
    attach__move_save(at, s);
    if (!s->err)
        pf_vf_state(host__nic(at)->pf, (unsigned)at->state.vf, s);
}

static void save(struct migrator *m, struct migration *g, struct host_vm *at, struct save *s)
{
    char model[16] = {0};
    struct vmxnet3_rings_image rings = {0};

    (void)m;
    snprintf(model, sizeof(model), "%s", host__nic(at)->nic->model->name);
    save_section(s, "device state", 1);
    save_field(s, model);
    if (save_is_loading(s) && !s->err && strncmp(model, host__nic(at)->nic->model->name, sizeof(model)))
        save_fail(s, -EPROTO, "the state of a '%.15s' for a '%s'", model, host__nic(at)->nic->model->name);
    if (g->state.native) {
        save_native(at, s);
        return;
    }
    if (!save_is_loading(s))
        switch__upt_rings(at, &rings);
    save_field(s, rings);
    if (!save_is_loading(s) || s->err)
        return;
    pf_vf_set_rings(host__nic(at)->pf, (unsigned)at->state.vf, &rings);
}

static void vacate(struct migrator *m, struct migration *g)
{
    struct host_vm *from = migrate__from(m, g);

    if (g->state.native)
        attach__depart(from);
    switch__vf_unmap(from);
    vm_unmap_function(from->vm, vmxnet3_function(from->dev));
    from->state.passthrough = from->state.vf_enabled = 0;
    switch__begin(from, &tables(g)->left, false, STEP_NONE);
}

static void settle(struct migrator *m, struct migration *g)
{
    struct host_vm *to = migrate__to(m, g);

    if (g->state.native)
        attach__arrive(to);
    else
        vmxnet3_adopt(to->dev);
    migrate__tell(m, g, "its device is", "RUNNING there");
    switch__begin(to, &tables(g)->in, true, (enum switch_step)g->state.fail_in); /* a step of leave() it is not */
}

static int enter(struct migrator *m, struct migration *g, char *why, size_t cap) { return more(m, g, why, cap); }

/* What was reserved and not used. */
static void end(struct migrator *m, struct migration *g)
{
    struct host_vm *to = migrate__to(m, g);

    if (!to->state.present && to->state.vf >= 0 && !switch__is_active(to))
        switch__begin(to, &tables(g)->left, false, STEP_NONE);
}

const struct migrate_method_ops migrate_method_vfio = {
    .name = "vfio",
    .method = MIGRATE_VFIO,
    .refuse = refuse,
    .choose_nic = choose_nic,
    .leave = leave,
    .track = track,
    .next_dirty = next_dirty,
    .page_sent = page_sent,
    .stop = stop,
    .is_quiet = is_quiet,
    .go_on = go_on,
    .save = save,
    .vacate = vacate,
    .settle = settle,
    .enter = enter,
    .back = back,
    .more = more,
    .end = end,
};
