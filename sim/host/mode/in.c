/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps into passthrough, in both orders [docs/switch-protocol.md]. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/control/control__.h"
#include "host/mode/mode__.h"

static bool is_naive(const struct host_vm *hv) { return switch_of(hv)->order == SWITCH_NAIVE; }

static void vf_op(struct host_vm *hv, enum vmk_netptop op)
{
    struct pf_args args = {.vf = hv->state.vf};
    switch__pf(hv, op, &args);
}

/* ---- acquire, get_info, reset ---- */

void switch__acquire(struct host_vm *hv)
{
    const struct vm_params *vm = vm_get_params(hv->vm);
    unsigned of_vf = pf_vf_queues(host__nic(hv)->pf), asked = vm->queues ? vm->queues : 1;
    unsigned vectors = pf_vf_vectors(host__nic(hv)->pf);
    uint8_t queues = (uint8_t)(asked < of_vf ? asked : of_vf); /* the shell takes as many as there are */
    uint8_t intrs = (uint8_t)(queues < vectors ? queues : vectors);
    struct pf_args args = {
        .vf = PF_ANY_VF,
        .num_tx = queues,
        .num_rx = queues,
        .num_intrs = intrs,
        .mtu = (uint16_t)(vm->mtu ? vm->mtu : 1500),
    };
    switch__pf(hv, VMK_NETPTOP_VF_ACQUIRE, &args);
}

void switch__acquire_undo(struct host_vm *hv)
{
    if (!mode_of(hv)->vf_released)
        vf_op(hv, VMK_NETPTOP_VF_RELEASE);
    mode_of(hv)->vf_released = hv->state.vf_enabled =
        0; /* enabled: INIT itself was done, and what follows in its step failed */
    hv->state.vf = -1;
}

void switch__get_info(struct host_vm *hv) { vf_op(hv, VMK_NETPTOP_VF_GET_INFO); }

static void got_info(struct host_vm *hv)
{
    struct pf_vf_info info;
    char why[160];
    int status = pf_vf_info(host__nic(hv)->pf, (unsigned)hv->state.vf, &info);

    if (status) {
        switch__done(hv, status);
        return;
    }
    if (!switch_of(hv)->plugin[0])
        snprintf(switch_of(hv)->plugin, sizeof(switch_of(hv)->plugin), "%s", info.plugin_name);
    hv->state.vectors = info.vectors;
    if (!host__store_find(hv->host, switch_of(hv)->plugin, why, sizeof(why))) {
        switch__reason(hv, "get_info: %s", why);
        status = -ENOENT;
    }
    switch__done(hv, status);
}

void switch__reset(struct host_vm *hv) { vf_op(hv, PF_OP_VF_FLR); }

static void reset_over(struct host_vm *hv) { switch__done(hv, switch__vf_wire(hv, true)); }

/* ---- offer, load, init, start ---- */

static void offer(struct host_vm *hv)
{
    switch__say_to_guest(hv, "DID := PASSTHRU, ECR_DIC");
    vmxnet3_set_did(hv->dev, NPA_DID_PASSTHRU, is_naive(hv));
    vmxnet3_raise_event(hv->dev, NPA_ECR_DIC);
    switch__expect(hv, is_naive(hv) ? NPA_CMD_STOP_EMULATION : NPA_CMD_LOAD_PLUGIN);
}

static void offer_undo(struct host_vm *hv)
{
    switch__say_to_guest(hv, "DID := EMULATED, ECR_DIC");
    vmxnet3_set_did(hv->dev, NPA_DID_EMULATED, is_naive(hv));
    vmxnet3_raise_event(hv->dev, NPA_ECR_DIC);
}

static void load(struct host_vm *hv)
{
    int status = switch__load_plugin(hv);
    uint64_t span;

    if (!status)
        status = switch__vf_map(hv);
    if (status) {
        switch__done(hv, status);
        return;
    }
    span = host__copy_ps(hv->host, 1, host__store_find(hv->host, switch_of(hv)->plugin, NULL, 0)->memory_len);
    hv->host->plugin_copy_ps += span;
    switch_of(hv)->phase = PHASE_COPY;
    host__post(hv, HOST_RANK_MODE, MODE_EV_COPIED, sim_now(hv->host->c.sim) + span, switch_of(hv)->gen);
}

static void load_undo(struct host_vm *hv)
{
    switch__vf_unmap(hv);
    switch__vf_remove_image(hv);
}

static void init(struct host_vm *hv) { vf_op(hv, VMK_NETPTOP_VF_INIT); }

/* First VF_INIT, then the state of the port, which the VF takes over. */
static void init_done(struct host_vm *hv)
{
    if (!hv->state.vf_enabled) {
        hv->state.vf_enabled = 1;
        if (control__vlans_clash(hv))
            switch__reason(hv, "init: the guest has VLANs of its own, and the VF is in the operator's VLAN");
        switch_of(hv)->ops += control__push(hv, switch__cookie(hv));
        return;
    }
    switch__answer(hv, true);
    switch__done(hv, 0);
}

static void init_undo(struct host_vm *hv)
{
    if (control_of(hv)->spoof_off)
        control__spoof_check(hv, true);
    hv->state.vf_enabled = 0;
    mode_of(hv)->vf_released = 1;
    vf_op(hv, VMK_NETPTOP_VF_RELEASE);
}

static void start(struct host_vm *hv)
{
    switch__expect(hv, is_naive(hv) ? NPA_CMD_ACTIVATE_VF : NPA_CMD_STOP_EMULATION);
}

/* ---- stop ---- */

static void stop(struct host_vm *hv)
{
    vmxnet3_stop_tx(hv->dev);
    switch__wait(hv, PHASE_TX_DRAIN);
}

static void stop_drained(struct host_vm *hv) { vf_op(hv, PF_OP_PF_TX_FENCE); }

static void stop_fenced(struct host_vm *hv)
{
    switch__answer(hv, true);
    switch__expect(hv, NPA_CMD_ACTIVATE_VF);
}

static void stop_undo(struct host_vm *hv) { vmxnet3_start_tx(hv->dev); }

static void stop_naive(struct host_vm *hv)
{
    vmxnet3_stop(hv->dev, FATE_switch_cut);
    vswitch_discard(hv->host->vswitch, hv->port, FATE_switch_cut);
    vswitch_set_cut(hv->host->vswitch, hv->port, true);
    switch__answer(hv, true);
    switch__expect(hv, NPA_CMD_LOAD_PLUGIN);
}

static void stop_naive_undo(struct host_vm *hv)
{
    vswitch_set_cut(hv->host->vswitch, hv->port, false);
    vmxnet3_run(hv->dev);
}

/* ---- activate, move_mac, drain, commit ---- */

static void activate(struct host_vm *hv)
{
    switch__vf_add_image(hv); /* for a debugger, who was not shown it before */
    vf_op(hv, VMK_NETPTOP_VF_ACTIVATE);
}

static void activated(struct host_vm *hv)
{
    hv->state.vf_active = 1;
    switch__done(hv, 0);
}

static void activate_undo(struct host_vm *hv)
{
    hv->state.vf_active = 0;
    vf_op(hv, VMK_NETPTOP_VF_QUIESCE);
}

/* The VF takes groups before it takes the address, and the port goes on taking them until the fence: a group frame may
 * arrive twice in that window, none is lost. */
void switch__move_mac(struct host_vm *hv)
{
    struct pf_args mode = {0}, move = {.vf = hv->state.vf,
                                       .order = (uint8_t)switch_of(hv)->move_order,
                                       .gap_ps = switch_of(hv)->gap_ps};

    control__rx_mode_args(hv, true, &mode);
    switch__pf(hv, VMK_NETPTOP_VF_SET_RX_MODE, &mode);
    memcpy(move.mac, hv->state.mac, 6);
    switch__pf(hv, PF_OP_MOVE_MAC, &move);
}

void switch__moved(struct host_vm *hv)
{
    hv->state.mac_place = MAC_ON_VF;
    vswitch_set_taking(hv->host->vswitch, hv->port, true, false);
    switch__done(hv, 0);
}

void switch__move_mac_undo(struct host_vm *hv)
{
    struct pf_args mode = {0}, move = {.vf = PF_ANY_VF, .giver = (uint16_t)(hv->state.vf + 1)};

    hv->state.mac_place = MAC_ON_PF;
    vswitch_set_taking(hv->host->vswitch, hv->port, true, true);
    memcpy(move.mac, hv->state.mac, 6);
    switch__pf(hv, PF_OP_MOVE_MAC, &move);
    control__rx_mode_args(hv, false, &mode);
    switch__pf(hv, VMK_NETPTOP_VF_SET_RX_MODE, &mode);
}

void switch__drain(struct host_vm *hv) { vf_op(hv, PF_OP_RX_FENCE); }
void switch__drain_fenced(struct host_vm *hv) { switch__wait(hv, PHASE_RX_DRAIN); }
void switch__drained(struct host_vm *hv) { switch__done(hv, 0); }

static void commit(struct host_vm *hv)
{
    vswitch_set_taking(hv->host->vswitch, hv->port, false, false);
    vswitch_set_cut(hv->host->vswitch, hv->port, false);
    vmxnet3_stop(hv->dev, FATE_vnic_stopped);
    hv->state.passthrough = 1;
    switch__answer(hv, true);
    switch__done(hv, 0);
}

/* ---- the orders ---- */

/* clang-format off */
#define STEP_COMMON_ACQUIRE {STEP_ACQUIRE, .start = switch__acquire, .undo = switch__acquire_undo}, \
    {STEP_GET_INFO, .start = switch__get_info, .ops_done = got_info}
#define STEP_COMMON_RESET {STEP_RESET, .start = switch__reset, .ops_done = reset_over, .undo = switch__vf_unwire}
#define STEP_COMMON_OFFER {STEP_OFFER, .start = offer, .undo = offer_undo}
#define STEP_COMMON_LOAD {STEP_LOAD, .start = load, .undo = load_undo}
#define STEP_COMMON_INIT {STEP_INIT, .start = init, .ops_done = init_done, .undo = init_undo}, \
    {STEP_START, .start = start}
#define STEP_COMMON_ACTIVATE {STEP_ACTIVATE, .start = activate, .ops_done = activated, .undo = activate_undo}, \
    {STEP_MOVE_MAC, .start = switch__move_mac, .ops_done = switch__moved, .undo = switch__move_mac_undo}

const struct step_def switch__in_safe[] = {
    STEP_COMMON_ACQUIRE,
    STEP_COMMON_RESET,
    STEP_COMMON_OFFER,
    STEP_COMMON_LOAD,
    STEP_COMMON_INIT,
    {STEP_STOP, .start = stop, .drained = stop_drained, .ops_done = stop_fenced, .undo = stop_undo},
    STEP_COMMON_ACTIVATE,
    {STEP_DRAIN, .start = switch__drain, .ops_done = switch__drain_fenced, .drained = switch__drained},
    {STEP_COMMIT_IN, .start = commit},
};
const unsigned switch__in_safe_count = sizeof(switch__in_safe) / sizeof(*switch__in_safe);

/* The published reconstruction, literally [docs/switch-protocol.md]: emulation is cut before anything is loaded, and the
 * VF's reset is waited out meanwhile. */
const struct step_def switch__in_naive[] = {
    STEP_COMMON_ACQUIRE,
    STEP_COMMON_OFFER,
    {STEP_STOP, .start = stop_naive, .undo = stop_naive_undo},
    STEP_COMMON_LOAD,
    STEP_COMMON_RESET,
    STEP_COMMON_INIT,
    STEP_COMMON_ACTIVATE,
    {STEP_COMMIT_IN, .start = commit},
};
const unsigned switch__in_naive_count = sizeof(switch__in_naive) / sizeof(*switch__in_naive);
/* clang-format on */
