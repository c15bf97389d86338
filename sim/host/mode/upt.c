/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps of the mode switch on a UPT NIC [docs/switch-protocol.md]: the VF is a vmxnet3 too, so the guest takes no
 * part.
 *
 * In: the address goes to the VF, whose chip keeps what comes; the emulated device closes between two frames; its rings
 * go to the VF, the pass-through page too; the VF goes on. Out: the address comes back, what comes is held, the VF is
 * quiesced, its rings come back, the device goes on. The published order is get_info, close, init, activate; quiesce,
 * save_state, open.
 *
 * Whatever fails: a closed device is opened, an acquired VF is released, an active one is quiesced.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/control/control__.h"
#include "host/mode/mode__.h"

enum { QUIET_LOOK_NS = 50, CONFIG_COMMAND = 0x04 };

static sim_time now(const struct host_vm *hv) { return sim_now(hv->host->c.sim); }

/* ---- get_info, reset ---- */

int switch__upt_info(void *owner)
{
    struct host_vm *hv = owner;
    struct pf_vf_info info;
    int status = pf_vf_info(host__nic(hv)->pf, (unsigned)hv->state.vf, &info);

    if (!status) {
        hv->state.upt = 1;
        hv->state.vectors = info.vectors;
        hv->state.memio_gpa = MACHINE_VMXNET3_BAR0;
        hv->state.memio_len = info.bar_bytes;
    }
    return status;
}

int switch__upt_info_undo(void *owner)
{
    struct host_vm *hv = owner;

    hv->state.upt = 0;
    return PROCEDURE_NEXT;
}

/* The driver has programmed the emulated device's vectors: the VF's arrive where those do. */
void switch__upt_vectors(struct host_vm *hv)
{
    struct pci_function *dev = vmxnet3_function(hv->dev), *vf = switch__vf_function(hv);

    for (unsigned v = 0; v < hv->state.vectors && v < VMXNET3_MAX_INTRS; v++) {
        uint32_t entry[4];
        for (unsigned i = 0; i < 4; i++)
            entry[i] = (uint32_t)pci_mmio_peek(dev, VMXNET3_MSIX_BAR, VMXNET3_MSIX_TABLE + 16 * v + 4 * i, 4);
        pci_msix_program(vf, v, (uint64_t)entry[1] << 32 | entry[0], entry[2], entry[3] & 1);
    }
    pci_msix_enable(vf, true);
}

int switch__upt_reset_over(void *owner)
{
    struct host_vm *hv = owner;
    int status = switch__vf_wire(hv, false);

    if (!status)
        switch__upt_vectors(hv);
    return status;
}

/* ---- move_mac, drain: the VF is filtered for before it has rings ---- */

int switch__upt_move_in(void *owner)
{
    struct host_vm *hv = owner;

    hv->state.vf_enabled = 1;
    switch_of(hv)->ops += control__push(hv, switch__cookie(hv));
    return switch__move_mac(hv);
}

int switch__upt_move_in_undo(void *owner)
{
    struct host_vm *hv = owner;

    if (control_of(hv)->spoof_off)
        control__spoof_check(hv, true);
    switch__move_mac_undo(hv);
    hv->state.vf_enabled = 0;
    return switch__ops_wait(hv);
}

/* Also of a `close` that did not come to its end. */
static int drain_undo(void *owner)
{
    struct host_vm *hv = owner;

    if (vmxnet3_is_paused(hv->dev))
        vmxnet3_unpause(hv->dev);
    vmxnet3_start_tx(hv->dev);
    return PROCEDURE_NEXT;
}

/* ---- close ---- */

static int close_dev(void *owner)
{
    struct host_vm *hv = owner;

    switch__record(hv)->tx_stopped = now(hv);
    switch__say(hv, "the device takes no more descriptors");
    vmxnet3_stop_tx(hv->dev);
    return switch__wait(hv, PHASE_TX_DRAIN);
}

static void close_look(struct host_vm *hv)
{
    host__post(hv, HOST_RANK_MODE, MODE_EV_QUIET, now(hv) + QUIET_LOOK_NS * SIM_NS, switch__gen(hv));
}

/* First the queue, then the fence behind what has left it, then the device's last frame. */
static int close_done(void *owner)
{
    struct host_vm *hv = owner;

    if (switch_of(hv)->phase == PHASE_TX_DRAIN)
        return switch__vf_op(hv, PF_OP_PF_TX_FENCE);
    if (switch_of(hv)->phase != PHASE_OPS)
        return PROCEDURE_NEXT;
    if (!vmxnet3_is_activated(hv->dev))
        return -ECANCELED; /* its driver has reset it meanwhile */
    vmxnet3_pause(hv->dev);
    switch_of(hv)->phase = PHASE_COPY;
    close_look(hv);
    return PROCEDURE_WAIT;
}

/* Frames that came nevertheless (a neighbour's, by the virtual switch) are the device's to finish first. */
void switch__upt_look(struct host_vm *hv)
{
    struct vmxnet3_rings_image rings;

    if (!vmxnet3_is_quiet(hv->dev) || vmxnet3_rx_backlog(hv->dev)) {
        if (vmxnet3_rx_backlog(hv->dev) && vmxnet3_is_quiet(hv->dev)) {
            vmxnet3_unpause(hv->dev);
            vmxnet3_stop_tx(hv->dev);
            vmxnet3_pause(hv->dev);
        }
        close_look(hv);
        return;
    }
    vmxnet3_close(hv->dev, &rings);
    pf_vf_set_rings(host__nic(hv)->pf, (unsigned)hv->state.vf, &rings);
    switch__say(hv, "the device is closed, its rings are copied");
    switch__came(hv, 0);
}

/* ---- the rings come back ---- */

void switch__upt_forget(struct host_vm *hv)
{
    static const struct vmxnet3_rings_image none;
    pf_vf_set_rings(host__nic(hv)->pf, (unsigned)hv->state.vf, &none);
}

bool switch__upt_rings(struct host_vm *hv, struct vmxnet3_rings_image *rings)
{
    return hv->state.vf >= 0 && !pf_vf_get_rings(host__nic(hv)->pf, (unsigned)hv->state.vf, rings) &&
           rings->magic == VMXNET3_IMAGE_MAGIC;
}

static int ask_for_rings(struct host_vm *hv)
{
    switch__vf_unmap(hv);
    switch__upt_forget(hv);
    hv->state.vf_active = 0;
    switch__vf_op(hv, VMK_NETPTOP_VF_QUIESCE);
    return switch__vf_op(hv, VMK_NETPTOP_VF_SAVE_STATE);
}

/* The device goes on where its rings are now. False: nobody knows where that is, and the driver has to begin anew. */
static bool open_dev(struct host_vm *hv)
{
    struct vmxnet3_rings_image rings;

    switch__record(hv)->tx_resumed = now(hv);
    if (!vmxnet3_is_closed(hv->dev)) /* its driver has reset it: it is what the driver made of it */
        return true;
    if (switch__upt_rings(hv, &rings) && vmxnet3_open(hv->dev, &rings)) {
        switch__say(hv, "the device goes on with the VF's rings");
        if (!hv->state.ended)
            vmxnet3_run(hv->dev);
        return true;
    }
    switch__say_to_guest(hv, "the queues have stopped: mode switch failure");
    vmxnet3_open_lost(hv->dev);
    return false;
}

/* What comes waits in the port until the device is open. */
int switch__upt_activate_undo(void *owner)
{
    struct host_vm *hv = owner;
    struct pf_args move = {.vf = PF_ANY_VF, .giver = (uint16_t)(hv->state.vf + 1)};

    switch__open_port(hv, true);
    memcpy(move.mac, hv->state.mac, 6);
    switch__pf(hv, PF_OP_MOVE_MAC, &move);
    hv->state.mac_place = MAC_ON_PF;
    switch__vf_op(hv, PF_OP_RX_FENCE);
    return ask_for_rings(hv);
}

static int close_undo(void *owner)
{
    struct host_vm *hv = owner;
    struct vmxnet3_rings_image rings;

    if (!vmxnet3_is_closed(hv->dev))
        return PROCEDURE_NEXT;
    if (mode_of(hv)->state.hold_open && switch__upt_rings(hv, &rings) &&
        pf_vf_get_state(host__nic(hv)->pf, (unsigned)hv->state.vf) == PF_VF_ENABLED) {
        open_dev(hv); /* the VF has run */
        vswitch_release(hv->host->vswitch, hv->port);
    } else {
        switch__vf_unmap(hv);
        vmxnet3_reopen(hv->dev);
    }
    vmxnet3_start_tx(hv->dev);
    return PROCEDURE_NEXT;
}

void switch__upt_open(struct host_vm *hv)
{
    if (open_dev(hv))
        vmxnet3_start_tx(hv->dev);
    if (mode_of(hv)->state.hold_open)
        vswitch_release(hv->host->vswitch, hv->port);
}

/* ---- init, activate, commit ---- */

static int init(void *owner)
{
    struct host_vm *hv = owner;

    return switch__vf_op(hv, VMK_NETPTOP_VF_INIT);
}

/* What the driver wrote to the page here since the device closed, told to the VF. */
void switch__upt_forward(struct host_vm *hv)
{
    uint32_t off, value;

    for (unsigned i = 0; i < VMXNET3_LATE_WRITES; i++)
        if (vmxnet3_late_write(hv->dev, i, &off, &value))
            pci_mmio_write(switch__vf_function(hv), host__who(hv), now(hv), 0, off, 4, value);
    vmxnet3_forget_late(hv->dev);
}

static void page_written(struct host_vm *hv)
{
    if (hv->state.vf_mapped && hv->state.upt)
        switch__upt_forward(hv);
}

static int activate(void *owner)
{
    struct host_vm *hv = owner;
    int status = switch__vf_map(hv);

    if (status)
        return status;
    switch__upt_forward(hv);
    return switch__vf_op(hv, VMK_NETPTOP_VF_ACTIVATE);
}

int switch__upt_activated(void *owner)
{
    struct host_vm *hv = owner;

    hv->state.vf_active = 1;
    switch__upt_forget(hv); /* they go on from here */
    switch__record(hv)->tx_resumed = now(hv);
    return PROCEDURE_NEXT;
}

int switch__upt_commit_in(void *owner)
{
    struct host_vm *hv = owner;

    vswitch_set_taking(hv->host->vswitch, hv->port, false, false);
    hv->state.passthrough = 1;
    vm_set_on_vf(hv->vm, true);
    return PROCEDURE_NEXT;
}

/* ---- out: quiesce, save_state, open ---- */

static int quiesce(void *owner)
{
    struct host_vm *hv = owner;

    switch__record(hv)->tx_stopped = now(hv);
    vmxnet3_forget_late(hv->dev);
    switch__vf_unmap(hv); /* what the driver writes from now on is for the device */
    switch__upt_forget(hv);
    hv->state.vf_active = 0;
    return switch__vf_op(hv, VMK_NETPTOP_VF_QUIESCE);
}

static int save_state(void *owner)
{
    struct host_vm *hv = owner;

    return switch__vf_op(hv, VMK_NETPTOP_VF_SAVE_STATE);
}

/* Emulated again, whatever became of the rings. */
static int go_on_emulated(void *owner)
{
    struct host_vm *hv = owner;
    bool opened = open_dev(hv);

    hv->state.passthrough = 0;
    vm_set_on_vf(hv->vm, false);
    switch__open_port(hv, false);
    if (opened)
        vswitch_release(hv->host->vswitch, hv->port);
    else if (!hv->state.ended)
        hv->state.waits_for_guest = 1;
    return PROCEDURE_NEXT;
}

/* A step before may have failed: then the VF is asked once more. */
static int open_start(void *owner)
{
    struct host_vm *hv = owner;
    struct vmxnet3_rings_image rings;

    if (!vmxnet3_is_closed(hv->dev) || switch__upt_rings(hv, &rings))
        return go_on_emulated(hv);
    return ask_for_rings(hv);
}

static int release(void *owner)
{
    struct host_vm *hv = owner;
    struct vmxnet3_rings_image rings;

    if (vmxnet3_is_closed(hv->dev) && switch__upt_rings(hv, &rings))
        go_on_emulated(hv);
    return switch__release(hv);
}

/* A device that is closed still is opened, a VF that is left is taken back. */
static int commit_out(void *owner)
{
    struct host_vm *hv = owner;

    if (hv->state.passthrough || vmxnet3_is_closed(hv->dev))
        go_on_emulated(hv);
    return hv->state.vf >= 0 ? switch__release(hv) : PROCEDURE_NEXT;
}

/* After a reset of the VF its rings are lost. */
static int reset_vf(void *owner)
{
    struct host_vm *hv = owner;

    switch__vf_unmap(hv);
    switch__upt_forget(hv);
    return switch__reset_vf(hv);
}

/* ---- what the device tells while it is closed ---- */

void switch__upt_page_written(struct vmxnet3_host *host, uint32_t off, uint32_t value) { page_written(host__of_device(host)); }

/* Its driver resets it or activates it anew: the rings that the VF has are void, and nothing more may be written to
 * them. */
void switch__upt_given_up(struct vmxnet3_host *host)
{
    struct host_vm *hv = host__of_device(host);

    if (switch__vf_function(hv))
        pci_config_write(switch__vf_function(hv), CONFIG_COMMAND, 2, 0);
    if (host__is_claimed(hv, CLAIM_SWITCH_IN))
        switch_of(hv)->aborted = SWITCH_CALLED_OFF;
    else if (!switch__is_active(hv) && hv->state.passthrough)
        switch__begin_out(hv, &switch__out_reset, "the guest reset its device");
    hv->state.passthrough = 0;
}

/* ---- the orders ---- */

/* clang-format off */
static const struct procedure_step in_upt[] = {
    {STEP(ACQUIRE), .start = switch__acquire, .undo = switch__acquire_undo},
    {STEP(GET_INFO), .start = switch__get_info, .done = switch__upt_info, .undo = switch__upt_info_undo},
    {STEP(RESET), .start = switch__reset, .done = switch__upt_reset_over, .undo = switch__vf_unwire_undo},
    {STEP(MOVE_MAC), .start = switch__upt_move_in, .done = switch__moved, .undo = switch__upt_move_in_undo},
    {STEP(DRAIN), .start = switch__drain, .done = switch__drain_done, .undo = drain_undo},
    {STEP(CLOSE), .start = close_dev, .done = close_done, .undo = close_undo},
    {STEP(INIT), .start = init},
    {STEP(ACTIVATE), .start = activate, .done = switch__upt_activated, .undo = switch__upt_activate_undo},
    {STEP(COMMIT_IN), .start = switch__upt_commit_in},
};
const struct procedure_table switch__in_upt = PROCEDURE_TABLE("in upt", in_upt, PROCEDURE_UNDOES);

static const struct procedure_step out_upt[] = {
    {STEP(MOVE_BACK), .start = switch__move_back, .done = switch__moved_back},
    {STEP(FENCE), .start = switch__fence},
    {STEP(QUIESCE), .start = quiesce},
    {STEP(SAVE_STATE), .start = save_state},
    {STEP(OPEN), .start = open_start, .done = go_on_emulated},
    {STEP(RELEASE), .start = release, .done = switch__released},
    {STEP(COMMIT_OUT), .start = commit_out, .done = switch__released},
};
const struct procedure_table switch__out_upt = PROCEDURE_TABLE("out upt", out_upt, PROCEDURE_FORCES);

static const struct procedure_step out_upt_reset[] = {
    {STEP(QUIESCE), .start = reset_vf},
    {STEP(MOVE_BACK), .start = switch__move_back, .done = switch__moved_back},
    {STEP(OPEN), .start = go_on_emulated},
    {STEP(RELEASE), .start = switch__release_after_reset, .done = switch__reset_over_or_released},
};
const struct procedure_table switch__out_upt_reset = PROCEDURE_TABLE("out upt reset", out_upt_reset, PROCEDURE_FORCES);
/* clang-format on */
