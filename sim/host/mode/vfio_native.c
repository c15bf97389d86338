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

static void vf_op(struct host_vm *hv, enum vmk_netptop op)
{
    struct pf_args args = {.vf = hv->state.vf};
    switch__pf(hv, op, &args);
}

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

static void got_info(struct host_vm *hv)
{
    struct pf_vf_info info;
    int status = pf_vf_info(host__nic(hv)->pf, (unsigned)hv->state.vf, &info);

    if (!status) {
        hv->state.vectors = info.vectors;
        hv->state.memio_gpa = MACHINE_VF_BAR0;
        hv->state.memio_len = info.bar_bytes;
        control__ask_port(hv, true);
    }
    switch__done(hv, status);
}

static void got_info_undo(struct host_vm *hv) { control__ask_port(hv, false); }
static void reset_over(struct host_vm *hv) { switch__done(hv, switch__vf_wire(hv, false)); }
static void init(struct host_vm *hv) { vf_op(hv, VMK_NETPTOP_VF_INIT); }

/* ---- the source ---- */

static void quiesce(struct host_vm *hv) { vf_op(hv, VMK_NETPTOP_VF_QUIESCE); }
static void save_state(struct host_vm *hv) { vf_op(hv, VMK_NETPTOP_VF_SAVE_STATE); }

/* ---- who goes on; who is given back ---- */

static void move_mac(struct host_vm *hv)
{
    control__ask_port(hv, true);
    ask_mac(hv, true);
}

static void activate(struct host_vm *hv) { vf_op(hv, VMK_NETPTOP_VF_ACTIVATE); }
static void commit(struct host_vm *hv) { switch__done(hv, 0); }

static void release(struct host_vm *hv)
{
    vf_op(hv, VMK_NETPTOP_VF_RELEASE);
    control__ask_port(hv, false);
    ask_mac(hv, false);
}

/* clang-format off */
const struct step_def switch__native_reserve[] = {
    {STEP_ACQUIRE, .start = switch__acquire, .undo = switch__acquire_undo},
    {STEP_GET_INFO, .start = switch__get_info, .ops_done = got_info, .undo = got_info_undo},
    {STEP_RESET, .start = switch__reset, .ops_done = reset_over, .undo = switch__vf_unwire},
    {STEP_INIT, .start = init},
};
const unsigned switch__native_reserve_count = sizeof(switch__native_reserve) / sizeof(*switch__native_reserve);

const struct step_def switch__native_stop[] = {
    {STEP_QUIESCE, .start = quiesce},
    {STEP_SAVE_STATE, .start = save_state},
};
const unsigned switch__native_stop_count = sizeof(switch__native_stop) / sizeof(*switch__native_stop);

const struct step_def switch__native_back[] = {
    {STEP_ACTIVATE, .start = activate},
};
const unsigned switch__native_back_count = sizeof(switch__native_back) / sizeof(*switch__native_back);

const struct step_def switch__native_in[] = {
    {STEP_MOVE_MAC, .start = move_mac},
    {STEP_ACTIVATE, .start = activate},
    {STEP_COMMIT_IN, .start = commit},
};
const unsigned switch__native_in_count = sizeof(switch__native_in) / sizeof(*switch__native_in);

const struct step_def switch__native_left[] = {
    {STEP_RELEASE, .start = release, .ops_done = switch__released},
};
const unsigned switch__native_left_count = sizeof(switch__native_left) / sizeof(*switch__native_left);
/* clang-format on */
