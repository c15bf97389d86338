/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps out of passthrough, in both orders, and after a reset of the VF [docs/switch-protocol.md]. */
#include <errno.h>
#include <string.h>

#include "host/control/control__.h"
#include "host/mode/mode__.h"

/* ---- move_back, fence ---- */

void switch__open_port(struct host_vm *hv, bool hold)
{
    if (hv->state.ended)
        return;
    if (hold) {
        switch__say(hv, "holds what comes for it");
        vswitch_hold(hv->host->vswitch, hv->port, switch_of(hv)->hold_bytes);
        mode_of(hv)->state.hold_open = 1;
    }
    vswitch_set_taking(hv->host->vswitch, hv->port, true, true);
}

static int move(struct host_vm *hv)
{
    struct pf_args mode = {0}, args = {.vf = PF_ANY_VF,
                                       .giver = (uint16_t)(hv->state.vf + 1),
                                       .order = (uint8_t)switch_of(hv)->move_order,
                                       .gap_ps = switch_of(hv)->gap_ps};

    memcpy(args.mac, hv->state.mac, 6);
    switch__pf(hv, PF_OP_MOVE_MAC, &args);
    if (!hv->state.vf_enabled)
        return PROCEDURE_WAIT;
    control__rx_mode_args(hv, false, &mode);
    return switch__pf(hv, VMK_NETPTOP_VF_SET_RX_MODE, &mode);
}

int switch__move_back(void *owner)
{
    struct host_vm *hv = owner;

    switch__open_port(hv, true);
    return move(hv);
}

static int move_back_naive(void *owner)
{
    struct host_vm *hv = owner;

    switch__open_port(hv, false);
    return move(hv);
}

int switch__moved_back(void *owner)
{
    struct host_vm *hv = owner;

    hv->state.mac_place = MAC_ON_PF;
    return PROCEDURE_NEXT;
}

int switch__fence(void *owner)
{
    struct host_vm *hv = owner;

    return switch__vf_op(hv, PF_OP_RX_FENCE);
}

/* ---- notify, quiet, restart ---- */

static void tell_guest(struct host_vm *hv)
{
    switch__say_to_guest(hv, "DID := EMULATED, ECR_DIC");
    vmxnet3_set_did(hv->dev, NPA_DID_EMULATED, switch_of(hv)->order == SWITCH_NAIVE);
    if (!hv->state.ended)
        vmxnet3_raise_event(hv->dev, NPA_ECR_DIC);
}

static int notify(void *owner)
{
    struct host_vm *hv = owner;

    tell_guest(hv);
    return PROCEDURE_NEXT;
}

static int quiet(void *owner)
{
    struct host_vm *hv = owner;

    if (vmxnet3_did(hv->dev) != NPA_DID_EMULATED) /* the step before has failed: it is told now */
        tell_guest(hv);
    return switch__expect(hv, NPA_CMD_ACTIVATE_DEV);
}

/* The device is set up by the command itself; it runs at the commit. */
static int restart(void *owner)
{
    struct host_vm *hv = owner;

    return mode_of(hv)->state.pending_cmd == NPA_CMD_ACTIVATE_DEV ? 0 : -ENODEV;
}

/* ---- quiesce, release ---- */

static int quiesce(void *owner)
{
    struct host_vm *hv = owner;

    hv->state.vf_active = 0;
    return switch__vf_op(hv, VMK_NETPTOP_VF_QUIESCE);
}

int switch__reset_vf(void *owner)
{
    struct host_vm *hv = owner;
    struct pf_args args = {.vf = hv->state.vf, .talk = switch__record(hv)->talk, .talker = host__who(hv)->id};

    hv->state.vf_active = hv->state.vf_enabled = 0;
    switch_of(hv)->forced = 1;
    hv->state.vf_resetting = 1;
    host__ask_pf(hv, (enum vmk_netptop)PF_OP_VF_FLR, &args, host__cookie(hv, HOST_RANK_MODE, MODE_RESET, 0));
    return PROCEDURE_NEXT;
}

int switch__release(void *owner)
{
    struct host_vm *hv = owner;

    if (control_of(hv)->spoof_off)
        control__spoof_check(hv, true);
    hv->state.vf_enabled = 0;
    return switch__vf_op(hv, VMK_NETPTOP_VF_RELEASE);
}

int switch__released(void *owner)
{
    struct host_vm *hv = owner;

    switch__vf_unmap(hv);
    switch__vf_unwire(hv);
    switch__vf_remove_image(hv);
    hv->state.vf = -1;
    hv->state.vf_active = hv->state.upt = 0;
    if (hv->state.mac_place == MAC_ON_VF)
        hv->state.mac_place = MAC_NOWHERE;
    if (hv->state.mac_place == MAC_NOWHERE && !hv->state.passthrough && !hv->state.ended && hv->state.present)
        host__filter_add(hv);
    return PROCEDURE_NEXT;
}

/* After a reset the VF is given back when its 100 ms are over: nobody else could use it before. */
int switch__release_after_reset(void *owner)
{
    struct host_vm *hv = owner;

    if (!hv->state.vf_resetting)
        return switch__release(hv);
    switch_of(hv)->phase = PHASE_RESET;
    return PROCEDURE_WAIT;
}

int switch__reset_over_or_released(void *owner)
{
    struct host_vm *hv = owner;

    return switch_of(hv)->phase == PHASE_RESET ? switch__release(hv) : switch__released(hv);
}

void switch__reset_over(struct host_vm *hv)
{
    hv->state.vf_resetting = 0;
    if (switch_of(hv)->phase == PHASE_RESET)
        switch__came(hv, 0);
}

/* ---- commit ---- */

static int go_on_emulated(void *owner)
{
    struct host_vm *hv = owner;

    hv->state.passthrough = 0;
    if (hv->state.mac_place == MAC_NOWHERE && !hv->state.ended)
        host__filter_add(hv);
    switch__open_port(hv, false);
    if (mode_of(hv)->state.pending_cmd == NPA_CMD_ACTIVATE_DEV) {
        vmxnet3_run(hv->dev);
        switch__answer(hv, true);
        switch__say(hv, "lets go what it held, in order");
        vswitch_release(hv->host->vswitch, hv->port);
    } else if (!hv->state.ended) { /* what is held waits until the guest wakes up and activates its device */
        hv->state.waits_for_guest = 1;
    }
    return PROCEDURE_NEXT;
}

/* A VF that a failed step has left behind is taken back first. */
static int commit(void *owner)
{
    struct host_vm *hv = owner;

    if (hv->state.vf < 0)
        return go_on_emulated(hv);
    if (hv->state.vf_active)
        quiesce(hv);
    return switch__release(hv);
}

static int commit_released(void *owner)
{
    struct host_vm *hv = owner;

    switch__released(hv);
    return go_on_emulated(hv);
}

/* ---- the orders ---- */

/* clang-format off */
#define STEPS_QUIET {STEP(NOTIFY), .start = notify}, {STEP(QUIET), .start = quiet}, {STEP(RESTART), .start = restart}
#define STEPS_END {STEP(RELEASE), .start = switch__release, .done = switch__released}, \
    {STEP(COMMIT_OUT), .start = commit, .done = commit_released}

static const struct procedure_step out_safe[] = {
    {STEP(MOVE_BACK), .start = switch__move_back, .done = switch__moved_back},
    {STEP(FENCE), .start = switch__fence},
    STEPS_QUIET,
    {STEP(QUIESCE), .start = quiesce},
    STEPS_END,
};
const struct procedure_table switch__out_safe = PROCEDURE_TABLE("out safe", out_safe, PROCEDURE_FORCES);

/* As it was published [docs/switch-protocol.md]: the VF stops first, the address moves last. */
static const struct procedure_step out_naive[] = {
    {STEP(QUIESCE), .start = quiesce},
    STEPS_QUIET,
    {STEP(MOVE_BACK), .start = move_back_naive, .done = switch__moved_back},
    STEPS_END,
};
const struct procedure_table switch__out_naive = PROCEDURE_TABLE("out naive", out_naive, PROCEDURE_FORCES);

/* The VF is gone under the guest: what it held is lost, the address follows as soon as it can, the VF is given back
 * last. */
static const struct procedure_step out_reset[] = {
    {STEP(QUIESCE), .start = switch__reset_vf},
    {STEP(MOVE_BACK), .start = switch__move_back, .done = switch__moved_back},
    STEPS_QUIET,
    {STEP(COMMIT_OUT), .start = go_on_emulated},
    {STEP(RELEASE), .start = switch__release_after_reset, .done = switch__reset_over_or_released},
};
const struct procedure_table switch__out_reset = PROCEDURE_TABLE("out reset", out_reset, PROCEDURE_FORCES);
/* clang-format on */
