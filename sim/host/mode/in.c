/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps into passthrough, in both orders [docs/switch-protocol.md]. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/control/control__.h"
#include "host/mode/mode__.h"

static bool is_naive(const struct host_vm *hv) { return switch_of(hv)->order == SWITCH_NAIVE; }

/* ---- acquire, get_info, reset ---- */

int switch__acquire(void *owner)
{
    struct host_vm *hv = owner;
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
    return switch__pf(hv, VMK_NETPTOP_VF_ACQUIRE, &args);
}

int switch__acquire_undo(void *owner)
{
    struct host_vm *hv = owner;

    if (!mode_of(hv)->state.vf_released)
        switch__vf_op(hv, VMK_NETPTOP_VF_RELEASE);
    mode_of(hv)->state.vf_released = 0;
    hv->state.vf_enabled = 0; /* INIT itself was done, and what follows in its step failed */
    hv->state.vf = -1;
    return switch__ops_wait(hv);
}

int switch__get_info(void *owner)
{
    struct host_vm *hv = owner;

    return switch__vf_op(hv, VMK_NETPTOP_VF_GET_INFO);
}

static int got_info(void *owner)
{
    struct host_vm *hv = owner;
    struct pf_vf_info info;
    char why[160];
    int status = pf_vf_info(host__nic(hv)->pf, (unsigned)hv->state.vf, &info);

    if (status)
        return status;
    if (!switch_of(hv)->plugin[0])
        snprintf(switch_of(hv)->plugin, sizeof(switch_of(hv)->plugin), "%s", switch__chosen_plugin(hv, info.plugin_name));
    hv->state.vectors = info.vectors;
    if (!host__store_find(hv->host, switch_of(hv)->plugin, why, sizeof(why))) {
        switch__reason(hv, "get_info: %s", why);
        status = -ENOENT;
    }
    return status;
}

int switch__reset(void *owner)
{
    struct host_vm *hv = owner;

    return switch__vf_op(hv, PF_OP_VF_FLR);
}

static int reset_over(void *owner)
{
    struct host_vm *hv = owner;

    return switch__vf_wire(hv, true);
}

/* ---- offer, load, init, start ---- */

static int offer(void *owner)
{
    struct host_vm *hv = owner;

    switch__say_to_guest(hv, "DID := PASSTHRU, ECR_DIC");
    vmxnet3_set_did(hv->dev, NPA_DID_PASSTHRU, is_naive(hv));
    vmxnet3_raise_event(hv->dev, NPA_ECR_DIC);
    return switch__expect(hv, is_naive(hv) ? NPA_CMD_STOP_EMULATION : NPA_CMD_LOAD_PLUGIN);
}

static int offer_undo(void *owner)
{
    struct host_vm *hv = owner;

    switch__say_to_guest(hv, "DID := EMULATED, ECR_DIC");
    vmxnet3_set_did(hv->dev, NPA_DID_EMULATED, is_naive(hv));
    vmxnet3_raise_event(hv->dev, NPA_ECR_DIC);
    return PROCEDURE_NEXT;
}

static int load(void *owner)
{
    struct host_vm *hv = owner;
    int status = switch__load_plugin(hv);
    uint64_t cycles;

    if (!status)
        status = switch__vf_map(hv);
    if (status)
        return status;
    cycles = host__copy_cycles(hv->host, 1, host__store_find(hv->host, switch_of(hv)->plugin, NULL, 0)->memory_len);
    switch_of(hv)->phase = PHASE_COPY;
    cpu_work(&hv->vmx, hv->vcpu, CPU_load, cycles,
             (struct cpu_done){HOST_VERB(HOST_RANK_MODE, MODE_EV_COPIED), .a = hv->index, .b = switch__gen(hv)});
    return PROCEDURE_WAIT;
}

static int load_undo(void *owner)
{
    struct host_vm *hv = owner;

    switch__vf_unmap(hv);
    switch__vf_remove_image(hv);
    return PROCEDURE_NEXT;
}

static int init(void *owner)
{
    struct host_vm *hv = owner;

    return switch__vf_op(hv, VMK_NETPTOP_VF_INIT);
}

/* First VF_INIT, then the state of the port, which the VF takes over. */
static int init_done(void *owner)
{
    struct host_vm *hv = owner;

    if (!hv->state.vf_enabled) {
        hv->state.vf_enabled = 1;
        if (control__vlans_clash(hv))
            switch__reason(hv, "init: the guest has VLANs of its own, and the VF is in the operator's VLAN");
        switch_of(hv)->ops += control__push(hv, switch__cookie(hv));
        return PROCEDURE_WAIT;
    }
    switch__answer(hv, true);
    return PROCEDURE_NEXT;
}

static int init_undo(void *owner)
{
    struct host_vm *hv = owner;

    if (control_of(hv)->spoof_off)
        control__spoof_check(hv, true);
    hv->state.vf_enabled = 0;
    mode_of(hv)->state.vf_released = 1;
    return switch__vf_op(hv, VMK_NETPTOP_VF_RELEASE);
}

static int start(void *owner)
{
    struct host_vm *hv = owner;

    return switch__expect(hv, is_naive(hv) ? NPA_CMD_ACTIVATE_VF : NPA_CMD_STOP_EMULATION);
}

/* ---- stop ---- */

static int stop(void *owner)
{
    struct host_vm *hv = owner;

    vmxnet3_stop_tx(hv->dev);
    return switch__wait(hv, PHASE_TX_DRAIN);
}

/* First the queue, then the fence behind what has left it, then the guest. */
static int stop_done(void *owner)
{
    struct host_vm *hv = owner;

    if (switch_of(hv)->phase == PHASE_TX_DRAIN)
        return switch__vf_op(hv, PF_OP_PF_TX_FENCE);
    if (switch_of(hv)->phase != PHASE_OPS)
        return PROCEDURE_NEXT;
    switch__answer(hv, true);
    return switch__expect(hv, NPA_CMD_ACTIVATE_VF);
}

static int stop_undo(void *owner)
{
    struct host_vm *hv = owner;

    vmxnet3_start_tx(hv->dev);
    return PROCEDURE_NEXT;
}

static int stop_naive(void *owner)
{
    struct host_vm *hv = owner;

    vmxnet3_stop(hv->dev, FATE_switch_cut);
    vswitch_discard(hv->host->vswitch, hv->port, FATE_switch_cut);
    vswitch_set_cut(hv->host->vswitch, hv->port, true);
    switch__answer(hv, true);
    return switch__expect(hv, NPA_CMD_LOAD_PLUGIN);
}

static int stop_naive_undo(void *owner)
{
    struct host_vm *hv = owner;

    vswitch_set_cut(hv->host->vswitch, hv->port, false);
    vmxnet3_run(hv->dev);
    return PROCEDURE_NEXT;
}

/* ---- activate, move_mac, drain, commit ---- */

static int activate(void *owner)
{
    struct host_vm *hv = owner;

    switch__vf_add_image(hv); /* for a debugger, who was not shown it before */
    return switch__vf_op(hv, VMK_NETPTOP_VF_ACTIVATE);
}

static int activated(void *owner)
{
    struct host_vm *hv = owner;

    hv->state.vf_active = 1;
    return PROCEDURE_NEXT;
}

static int activate_undo(void *owner)
{
    struct host_vm *hv = owner;

    hv->state.vf_active = 0;
    return switch__vf_op(hv, VMK_NETPTOP_VF_QUIESCE);
}

/* The VF takes groups before it takes the address, and the port goes on taking them until the fence: a group frame may
 * arrive twice in that window, none is lost. */
int switch__move_mac(void *owner)
{
    struct host_vm *hv = owner;
    struct pf_args mode = {0},
                   move = {.vf = hv->state.vf, .order = (uint8_t)switch_of(hv)->move_order, .gap_ps = switch_of(hv)->gap_ps};

    control__rx_mode_args(hv, true, &mode);
    switch__pf(hv, VMK_NETPTOP_VF_SET_RX_MODE, &mode);
    memcpy(move.mac, hv->state.mac, 6);
    return switch__pf(hv, PF_OP_MOVE_MAC, &move);
}

int switch__moved(void *owner)
{
    struct host_vm *hv = owner;

    hv->state.mac_place = MAC_ON_VF;
    vswitch_set_taking(hv->host->vswitch, hv->port, true, false);
    return PROCEDURE_NEXT;
}

int switch__move_mac_undo(void *owner)
{
    struct host_vm *hv = owner;
    struct pf_args mode = {0}, move = {.vf = PF_ANY_VF, .giver = (uint16_t)(hv->state.vf + 1)};

    hv->state.mac_place = MAC_ON_PF;
    vswitch_set_taking(hv->host->vswitch, hv->port, true, true);
    memcpy(move.mac, hv->state.mac, 6);
    switch__pf(hv, PF_OP_MOVE_MAC, &move);
    control__rx_mode_args(hv, false, &mode);
    return switch__pf(hv, VMK_NETPTOP_VF_SET_RX_MODE, &mode);
}

int switch__drain(void *owner)
{
    struct host_vm *hv = owner;

    return switch__vf_op(hv, PF_OP_RX_FENCE);
}

int switch__drain_done(void *owner)
{
    struct host_vm *hv = owner;

    return switch_of(hv)->phase == PHASE_OPS ? switch__wait(hv, PHASE_RX_DRAIN) : PROCEDURE_NEXT;
}

static int commit(void *owner)
{
    struct host_vm *hv = owner;

    vswitch_set_taking(hv->host->vswitch, hv->port, false, false);
    vswitch_set_cut(hv->host->vswitch, hv->port, false);
    vmxnet3_stop(hv->dev, FATE_vnic_stopped);
    hv->state.passthrough = 1;
    switch__answer(hv, true);
    return PROCEDURE_NEXT;
}

/* ---- the orders ---- */

/* clang-format off */
#define STEP_COMMON_ACQUIRE {STEP(ACQUIRE), .start = switch__acquire, .undo = switch__acquire_undo}, \
    {STEP(GET_INFO), .start = switch__get_info, .done = got_info}
#define STEP_COMMON_RESET {STEP(RESET), .start = switch__reset, .done = reset_over, .undo = switch__vf_unwire_undo}
#define STEP_COMMON_OFFER {STEP(OFFER), .start = offer, .undo = offer_undo}
#define STEP_COMMON_LOAD {STEP(LOAD), .start = load, .undo = load_undo}
#define STEP_COMMON_INIT {STEP(INIT), .start = init, .done = init_done, .undo = init_undo}, \
    {STEP(START), .start = start}
#define STEP_COMMON_ACTIVATE {STEP(ACTIVATE), .start = activate, .done = activated, .undo = activate_undo}, \
    {STEP(MOVE_MAC), .start = switch__move_mac, .done = switch__moved, .undo = switch__move_mac_undo}

static const struct procedure_step in_safe[] = {
    STEP_COMMON_ACQUIRE,
    STEP_COMMON_RESET,
    STEP_COMMON_OFFER,
    STEP_COMMON_LOAD,
    STEP_COMMON_INIT,
    {STEP(STOP), .start = stop, .done = stop_done, .undo = stop_undo},
    STEP_COMMON_ACTIVATE,
    {STEP(DRAIN), .start = switch__drain, .done = switch__drain_done},
    {STEP(COMMIT_IN), .start = commit},
};
const struct procedure_table switch__in_safe = PROCEDURE_TABLE("in safe", in_safe, PROCEDURE_UNDOES);

/* As it was published [docs/switch-protocol.md]: emulation is cut before anything is loaded, and the VF's reset is waited out
 * meanwhile. */
static const struct procedure_step in_naive[] = {
    STEP_COMMON_ACQUIRE,
    STEP_COMMON_OFFER,
    {STEP(STOP), .start = stop_naive, .undo = stop_naive_undo},
    STEP_COMMON_LOAD,
    STEP_COMMON_RESET,
    STEP_COMMON_INIT,
    STEP_COMMON_ACTIVATE,
    {STEP(COMMIT_IN), .start = commit},
};
const struct procedure_table switch__in_naive = PROCEDURE_TABLE("in naive", in_naive, PROCEDURE_UNDOES);
/* clang-format on */
