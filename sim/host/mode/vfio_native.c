/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a migration by vfio does with the VFs at both ends when the guest's own driver runs them
 * [host/migrate/methods/vfio.c]: as vfio.c, without a device of the hypervisor's behind them.
 *
 * The destination's VF is enabled before the VM stops, so that its state has a place to go, and neither sends nor
 * receives until the VM is there. The source's keeps its address while it is stopped: nobody else could have what comes
 * for it.
 */
#include <string.h>

#include "host/control/control__.h"
#include "host/mode/mode__.h"

/* As libvirt does with the address of a device's description; zeros take it back. */
static void ask_mac(struct host_vm *hv, bool set)
{
    struct pf_args args = {.vf = hv->state.vf, .enable = set}; /* its port there has it */

    if (set)
        memcpy(args.mac, hv->state.mac, 6);
    switch_of(hv)->ops++;
    switch_of(hv)->phase = PHASE_OPS;
    host__ask_pf_as_admin(hv, VMK_NETPTOP_VF_SET_MAC, &args, switch__cookie(hv));
}

/* ---- the destination, before the rounds ---- */

static int got_info(void *owner)
{
    struct host_vm *hv = owner;
    struct pf_vf_info info;
    int status = pf_vf_info(host__nic(hv)->pf, (unsigned)hv->state.vf, &info);

    if (!status) {
        hv->state.vectors = info.vectors;
        hv->state.memio_gpa = MACHINE_VF_BAR0;
        hv->state.memio_len = info.bar_bytes;
        control__ask_port(hv, true);
    }
    return status;
}

static int got_info_undo(void *owner)
{
    struct host_vm *hv = owner;

    control__ask_port(hv, false);
    return PROCEDURE_NEXT;
}

static int reset_over(void *owner)
{
    struct host_vm *hv = owner;

    return switch__vf_wire(hv, false);
}

static int init(void *owner)
{
    struct host_vm *hv = owner;

    return switch__vf_op(hv, VMK_NETPTOP_VF_INIT);
}

/* ---- the source ---- */

static int quiesce(void *owner)
{
    struct host_vm *hv = owner;

    return switch__vf_op(hv, VMK_NETPTOP_VF_QUIESCE);
}

static int save_state(void *owner)
{
    struct host_vm *hv = owner;

    return switch__vf_op(hv, VMK_NETPTOP_VF_SAVE_STATE);
}

/* ---- who goes on; who is given back ---- */

static int move_mac(void *owner)
{
    struct host_vm *hv = owner;

    control__ask_port(hv, true);
    ask_mac(hv, true);
    return PROCEDURE_WAIT;
}

static int activate(void *owner)
{
    struct host_vm *hv = owner;

    return switch__vf_op(hv, VMK_NETPTOP_VF_ACTIVATE);
}

static int release(void *owner)
{
    struct host_vm *hv = owner;

    switch__vf_op(hv, VMK_NETPTOP_VF_RELEASE);
    control__ask_port(hv, false);
    ask_mac(hv, false);
    return PROCEDURE_WAIT;
}

/* clang-format off */
static const struct procedure_step reserve[] = {
    {STEP(ACQUIRE), .start = switch__acquire, .undo = switch__acquire_undo},
    {STEP(GET_INFO), .start = switch__get_info, .done = got_info, .undo = got_info_undo},
    {STEP(RESET), .start = switch__reset, .done = reset_over, .undo = switch__vf_unwire_undo},
    {STEP(INIT), .start = init},
};

static const struct procedure_step stopping[] = {
    {STEP(QUIESCE), .start = quiesce},
    {STEP(SAVE_STATE), .start = save_state},
};

static const struct procedure_step back[] = {
    {STEP(ACTIVATE), .start = activate},
};

static const struct procedure_step in[] = {
    {STEP(MOVE_MAC), .start = move_mac},
    {STEP(ACTIVATE), .start = activate},
    {STEP(COMMIT_IN)},
};

static const struct procedure_step left[] = {
    {STEP(RELEASE), .start = release, .done = switch__released},
};

const struct switch_vfio switch__native = {
    .reserve = PROCEDURE_TABLE("native reserve", reserve, PROCEDURE_UNDOES),
    .stop = PROCEDURE_TABLE("native stop", stopping, PROCEDURE_FORCES),
    .back = PROCEDURE_TABLE("native back", back, PROCEDURE_UNDOES),
    .in = PROCEDURE_TABLE("native in", in, PROCEDURE_UNDOES),
    .left = PROCEDURE_TABLE("native left", left, PROCEDURE_FORCES),
};
/* clang-format on */
