/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a migration by vfio does with the VFs at both ends, as steps of the mode switch's machine
 * [host/migrate/methods/vfio.c]: the destination's VF is made ready before the VM stops (RESUMING), the source's is
 * stopped and gives its state away (STOP_COPY), then one of the two goes on (RUNNING) and the other is given back.
 *
 * The VM never comes back to emulation: its device stays closed on both hosts. If the destination's VF cannot go on
 * after all, the device is opened there with the state that came.
 */
#include <errno.h>
#include <string.h>

#include "host/mode/mode__.h"

static void vf_op(struct host_vm *hv, enum vmk_netptop op)
{
    struct pf_args args = {.vf = hv->state.vf};
    switch__pf(hv, op, &args);
}

/* ---- the source: STOP_COPY ---- */

/* What comes for the VM goes to the PF, and so to who stopped it. */
static void move_back(struct host_vm *hv)
{
    struct pf_args args = {.vf = PF_ANY_VF, .giver = (uint16_t)(hv->state.vf + 1)};

    switch__open_port(hv, false);
    memcpy(args.mac, hv->state.mac, 6);
    switch__pf(hv, PF_OP_MOVE_MAC, &args);
}

static void quiesce(struct host_vm *hv)
{
    switch__upt_forget(hv);
    hv->state.vf_active = 0;
    vf_op(hv, VMK_NETPTOP_VF_QUIESCE);
}

static void save_state(struct host_vm *hv) { vf_op(hv, VMK_NETPTOP_VF_SAVE_STATE); }

/* ---- who goes on: RUNNING ---- */

/* Before the address: when a step fails, the device is opened with what came, and the VF given back. */
static void adopt(struct host_vm *hv) { switch__done(hv, 0); }

static void adopt_undo(struct host_vm *hv)
{
    switch__upt_open(hv);
    switch__vf_unmap(hv);
    switch__vf_unwire(hv);
    vf_op(hv, VMK_NETPTOP_VF_RELEASE);
    hv->state.vf = -1;
    hv->state.upt = 0;
}

static void init(struct host_vm *hv)
{
    switch__upt_vectors(hv);
    vf_op(hv, VMK_NETPTOP_VF_INIT);
}

static void activate(struct host_vm *hv)
{
    int status = hv->state.vf_mapped ? 0 : switch__vf_map(hv);

    if (status) {
        switch__done(hv, status);
        return;
    }
    switch__upt_forward(hv);
    vf_op(hv, VMK_NETPTOP_VF_ACTIVATE);
}

/* clang-format off */
const struct step_def switch__vfio_reserve[] = {
    {STEP_ACQUIRE, .start = switch__acquire, .undo = switch__acquire_undo},
    {STEP_GET_INFO, .start = switch__get_info, .ops_done = switch__upt_info, .undo = switch__upt_info_undo},
    {STEP_RESET, .start = switch__reset, .ops_done = switch__upt_reset_over},
};
const unsigned switch__vfio_reserve_count = sizeof(switch__vfio_reserve) / sizeof(*switch__vfio_reserve);

const struct step_def switch__vfio_stop[] = {
    {STEP_MOVE_BACK, .start = move_back, .ops_done = switch__moved_back},
    {STEP_FENCE, .start = switch__fence},
    {STEP_QUIESCE, .start = quiesce},
    {STEP_SAVE_STATE, .start = save_state},
};
const unsigned switch__vfio_stop_count = sizeof(switch__vfio_stop) / sizeof(*switch__vfio_stop);

/* At the source again: its VF has its rings still. */
const struct step_def switch__vfio_back[] = {
    {STEP_MOVE_MAC, .start = switch__upt_move_in, .ops_done = switch__moved},
    {STEP_ACTIVATE, .start = activate, .ops_done = switch__upt_activated},
    {STEP_COMMIT_IN, .start = switch__upt_commit_in},
};
const unsigned switch__vfio_back_count = sizeof(switch__vfio_back) / sizeof(*switch__vfio_back);

const struct step_def switch__vfio_in[] = {
    {STEP_CLOSE, .start = adopt, .undo = adopt_undo, .undo_when_failed = true},
    {STEP_MOVE_MAC, .start = switch__upt_move_in, .ops_done = switch__moved, .undo = switch__upt_move_in_undo},
    {STEP_INIT, .start = init},
    {STEP_ACTIVATE, .start = activate, .ops_done = switch__upt_activated, .undo = switch__upt_activate_undo},
    {STEP_COMMIT_IN, .start = switch__upt_commit_in},
};
const unsigned switch__vfio_in_count = sizeof(switch__vfio_in) / sizeof(*switch__vfio_in);

const struct step_def switch__vfio_left[] = {
    {STEP_RELEASE, .start = switch__release, .ops_done = switch__released},
};
const unsigned switch__vfio_left_count = sizeof(switch__vfio_left) / sizeof(*switch__vfio_left);
/* clang-format on */
