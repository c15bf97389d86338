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

/* ---- the source: STOP_COPY ---- */

/* What comes for the VM goes to the PF, and so to who stopped it. */
static int move_back(void *owner)
{
    struct host_vm *hv = owner;
    struct pf_args args = {.vf = PF_ANY_VF, .giver = (uint16_t)(hv->state.vf + 1)};

    switch__open_port(hv, false);
    memcpy(args.mac, hv->state.mac, 6);
    return switch__pf(hv, PF_OP_MOVE_MAC, &args);
}

static int quiesce(void *owner)
{
    struct host_vm *hv = owner;

    switch__upt_forget(hv);
    hv->state.vf_active = 0;
    return switch__vf_op(hv, VMK_NETPTOP_VF_QUIESCE);
}

static int save_state(void *owner)
{
    struct host_vm *hv = owner;

    return switch__vf_op(hv, VMK_NETPTOP_VF_SAVE_STATE);
}

/* ---- who goes on: RUNNING ---- */

/* The step itself does nothing: when a later one fails, the device is opened with what came, and the VF given back. */
static int adopt_undo(void *owner)
{
    struct host_vm *hv = owner;

    switch__upt_open(hv);
    switch__vf_unmap(hv);
    switch__vf_unwire(hv);
    switch__vf_op(hv, VMK_NETPTOP_VF_RELEASE);
    hv->state.vf = -1;
    hv->state.upt = 0;
    return PROCEDURE_WAIT;
}

static int init(void *owner)
{
    struct host_vm *hv = owner;

    switch__upt_vectors(hv);
    return switch__vf_op(hv, VMK_NETPTOP_VF_INIT);
}

static int activate(void *owner)
{
    struct host_vm *hv = owner;
    int status = hv->state.vf_mapped ? 0 : switch__vf_map(hv);

    if (status)
        return status;
    switch__upt_forward(hv);
    return switch__vf_op(hv, VMK_NETPTOP_VF_ACTIVATE);
}

/* clang-format off */
static const struct procedure_step reserve[] = {
    {STEP(ACQUIRE), .start = switch__acquire, .undo = switch__acquire_undo},
    {STEP(GET_INFO), .start = switch__get_info, .done = switch__upt_info, .undo = switch__upt_info_undo},
    {STEP(RESET), .start = switch__reset, .done = switch__upt_reset_over},
};

static const struct procedure_step stopping[] = {
    {STEP(MOVE_BACK), .start = move_back, .done = switch__moved_back},
    {STEP(FENCE), .start = switch__fence},
    {STEP(QUIESCE), .start = quiesce},
    {STEP(SAVE_STATE), .start = save_state},
};

/* At the source again: its VF has its rings still. */
static const struct procedure_step back[] = {
    {STEP(MOVE_MAC), .start = switch__upt_move_in, .done = switch__moved},
    {STEP(ACTIVATE), .start = activate, .done = switch__upt_activated},
    {STEP(COMMIT_IN), .start = switch__upt_commit_in},
};

static const struct procedure_step in[] = {
    {STEP(CLOSE), .undo = adopt_undo, .undo_when_failed = true},
    {STEP(MOVE_MAC), .start = switch__upt_move_in, .done = switch__moved, .undo = switch__upt_move_in_undo},
    {STEP(INIT), .start = init},
    {STEP(ACTIVATE), .start = activate, .done = switch__upt_activated, .undo = switch__upt_activate_undo},
    {STEP(COMMIT_IN), .start = switch__upt_commit_in},
};

static const struct procedure_step left[] = {
    {STEP(RELEASE), .start = switch__release, .done = switch__released},
};

const struct switch_vfio switch__vfio = {
    .reserve = PROCEDURE_TABLE("vfio reserve", reserve, PROCEDURE_UNDOES),
    .stop = PROCEDURE_TABLE("vfio stop", stopping, PROCEDURE_FORCES),
    .back = PROCEDURE_TABLE("vfio back", back, PROCEDURE_UNDOES),
    .in = PROCEDURE_TABLE("vfio in", in, PROCEDURE_UNDOES),
    .left = PROCEDURE_TABLE("vfio left", left, PROCEDURE_FORCES),
};
/* clang-format on */
