/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps out of passthrough, in both orders, and after a reset of the VF [docs/switch-protocol.md]. */
#include <errno.h>
#include <string.h>

#include "host/control/control__.h"
#include "host/mode/mode__.h"

static void vf_op(struct host_vm *hv, enum vmk_netptop op)
{
    struct pf_args args = {.vf = hv->state.vf};
    switch__pf(hv, op, &args);
}

/* ---- move_back, fence ---- */

void switch__open_port(struct host_vm *hv, bool hold)
{
    if (hv->state.ended)
        return;
    if (hold) {
        switch__say(hv, "holds what comes for it");
        vswitch_hold(hv->host->vswitch, hv->port, switch_of(hv)->hold_bytes);
        mode_of(hv)->hold_open = 1;
    }
    vswitch_set_taking(hv->host->vswitch, hv->port, true, true);
}

static void move(struct host_vm *hv)
{
    struct pf_args mode = {0}, args = {.vf = PF_ANY_VF,
                                       .giver = (uint16_t)(hv->state.vf + 1),
                                       .order = (uint8_t)switch_of(hv)->move_order,
                                       .gap_ps = switch_of(hv)->gap_ps};

    memcpy(args.mac, hv->state.mac, 6);
    switch__pf(hv, PF_OP_MOVE_MAC, &args);
    if (!hv->state.vf_enabled)
        return;
    control__rx_mode_args(hv, false, &mode);
    switch__pf(hv, VMK_NETPTOP_VF_SET_RX_MODE, &mode);
}

void switch__move_back(struct host_vm *hv)
{
    switch__open_port(hv, true);
    move(hv);
}

static void move_back_naive(struct host_vm *hv)
{
    switch__open_port(hv, false);
    move(hv);
}

void switch__moved_back(struct host_vm *hv)
{
    hv->state.mac_place = MAC_ON_PF;
    switch__done(hv, 0);
}

void switch__fence(struct host_vm *hv) { vf_op(hv, PF_OP_RX_FENCE); }

/* ---- notify, quiet, restart ---- */

static void tell_guest(struct host_vm *hv)
{
    switch__say_to_guest(hv, "DID := EMULATED, ECR_DIC");
    vmxnet3_set_did(hv->dev, NPA_DID_EMULATED, switch_of(hv)->order == SWITCH_NAIVE);
    if (!hv->state.ended)
        vmxnet3_raise_event(hv->dev, NPA_ECR_DIC);
}

static void notify(struct host_vm *hv)
{
    tell_guest(hv);
    switch__done(hv, 0);
}

static void quiet(struct host_vm *hv)
{
    if (vmxnet3_did(hv->dev) != NPA_DID_EMULATED) /* the step before has failed: it is told now */
        tell_guest(hv);
    switch__expect(hv, NPA_CMD_ACTIVATE_DEV);
}

/* The device is set up by the command itself; it runs at the commit. */
static void restart(struct host_vm *hv)
{
    switch__done(hv, mode_of(hv)->pending_cmd == NPA_CMD_ACTIVATE_DEV ? 0 : -ENODEV);
}

/* ---- quiesce, release ---- */

static void quiesce(struct host_vm *hv)
{
    hv->state.vf_active = 0;
    vf_op(hv, VMK_NETPTOP_VF_QUIESCE);
}

void switch__reset_vf(struct host_vm *hv)
{
    struct pf_args args = {.vf = hv->state.vf, .talk = switch__record(hv)->talk, .talker = host__who(hv)->id};

    hv->state.vf_active = hv->state.vf_enabled = 0;
    switch_of(hv)->forced = 1;
    hv->state.vf_resetting = 1;
    host__ask_pf(hv, (enum vmk_netptop)PF_OP_VF_FLR, &args, host__cookie(hv, HOST_RANK_MODE, MODE_RESET, 0));
    switch__done(hv, 0);
}

void switch__release(struct host_vm *hv)
{
    if (control_of(hv)->spoof_off)
        control__spoof_check(hv, true);
    hv->state.vf_enabled = 0;
    vf_op(hv, VMK_NETPTOP_VF_RELEASE);
}

void switch__released(struct host_vm *hv)
{
    switch__vf_unmap(hv);
    switch__vf_unwire(hv);
    switch__vf_remove_image(hv);
    hv->state.vf = -1;
    hv->state.vf_active = hv->state.upt = 0;
    if (hv->state.mac_place == MAC_ON_VF)
        hv->state.mac_place = MAC_NOWHERE;
    if (hv->state.mac_place == MAC_NOWHERE && !hv->state.passthrough && !hv->state.ended && hv->state.present)
        host__filter_add(hv);
    switch__done(hv, 0);
}

/* After a reset the VF is given back when its 100 ms are over: nobody else could use it before. */
void switch__release_after_reset(struct host_vm *hv)
{
    if (hv->state.vf_resetting)
        switch_of(hv)->phase = PHASE_RESET;
    else
        switch__release(hv);
}

void switch__reset_over(struct host_vm *hv)
{
    hv->state.vf_resetting = 0;
    if (switch__is_active(hv) && switch_of(hv)->phase == PHASE_RESET)
        switch__release(hv);
}

/* ---- commit ---- */

static void go_on_emulated(struct host_vm *hv)
{
    hv->state.passthrough = 0;
    if (hv->state.mac_place == MAC_NOWHERE && !hv->state.ended)
        host__filter_add(hv);
    switch__open_port(hv, false);
    if (mode_of(hv)->pending_cmd == NPA_CMD_ACTIVATE_DEV) {
        vmxnet3_run(hv->dev);
        switch__answer(hv, true);
        switch__say(hv, "lets go what it held, in order");
        vswitch_release(hv->host->vswitch, hv->port);
    } else if (!hv->state.ended) { /* what is held waits until the guest wakes up and activates its device */
        hv->state.waits_for_guest = 1;
    }
    switch__done(hv, 0);
}

/* A VF that a failed step has left behind is taken back first. */
static void commit(struct host_vm *hv)
{
    if (hv->state.vf < 0) {
        go_on_emulated(hv);
        return;
    }
    if (hv->state.vf_active)
        quiesce(hv);
    switch__release(hv);
}

static void commit_released(struct host_vm *hv)
{
    switch_of(hv)->phase = PHASE_ENDED; /* switch__released() must not end the step */
    switch__released(hv);
    switch_of(hv)->phase = PHASE_NONE;
    go_on_emulated(hv);
}

/* ---- the orders ---- */

/* clang-format off */
#define STEPS_QUIET {STEP_NOTIFY, .start = notify}, {STEP_QUIET, .start = quiet}, {STEP_RESTART, .start = restart}
#define STEPS_END {STEP_RELEASE, .start = switch__release, .ops_done = switch__released}, \
    {STEP_COMMIT_OUT, .start = commit, .ops_done = commit_released}

const struct step_def switch__out_safe[] = {
    {STEP_MOVE_BACK, .start = switch__move_back, .ops_done = switch__moved_back},
    {STEP_FENCE, .start = switch__fence},
    STEPS_QUIET,
    {STEP_QUIESCE, .start = quiesce},
    STEPS_END,
};
const unsigned switch__out_safe_count = sizeof(switch__out_safe) / sizeof(*switch__out_safe);

/* The published reconstruction, literally [docs/switch-protocol.md]: the VF stops first, the address moves last. */
const struct step_def switch__out_naive[] = {
    {STEP_QUIESCE, .start = quiesce},
    STEPS_QUIET,
    {STEP_MOVE_BACK, .start = move_back_naive, .ops_done = switch__moved_back},
    STEPS_END,
};
const unsigned switch__out_naive_count = sizeof(switch__out_naive) / sizeof(*switch__out_naive);

/* The VF is gone under the guest: what it held is lost, the address follows as soon as it can, the VF is given back
 * last. */
const struct step_def switch__out_reset[] = {
    {STEP_QUIESCE, .start = switch__reset_vf},
    {STEP_MOVE_BACK, .start = switch__move_back, .ops_done = switch__moved_back},
    STEPS_QUIET,
    {STEP_COMMIT_OUT, .start = go_on_emulated},
    {STEP_RELEASE, .start = switch__release_after_reset, .ops_done = switch__released},
};
const unsigned switch__out_reset_count = sizeof(switch__out_reset) / sizeof(*switch__out_reset);
/* clang-format on */
