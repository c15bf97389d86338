/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's own VF that was lost under it: the PF was reset (FLR), or its driver has reset the chip. The VF stays the
 * guest's, whose driver notices, and begins anew when the PF's is back; meanwhile a bond's standby has its address.
 */
#include <string.h>

#include "host/attach/attach__.h"
#include "host/control/control__.h"

/* In the order of an attach, behind the reset: the PF's driver does one thing after the other. */
static void take_again(struct host_vm *hv, bool reset)
{
    struct pf_args args = {.vf = hv->state.vf}, acquire;

    attach__acquire_args(hv, hv->state.vf, &acquire);
    host__ask_pf(hv, VMK_NETPTOP_VF_RELEASE, &args, HOST_NOBODY);
    host__ask_pf(hv, VMK_NETPTOP_VF_ACQUIRE, &acquire, HOST_NOBODY);
    control__ask_port(hv, true);
    if (reset)
        host__ask_pf(hv, (enum vmk_netptop)PF_OP_VF_FLR, &args, HOST_NOBODY);
    host__ask_pf(hv, VMK_NETPTOP_VF_INIT, &args, HOST_NOBODY);
    host__ask_pf(hv, VMK_NETPTOP_VF_ACTIVATE, &args, HOST_NOBODY);
}

/* Until its driver's VF_RESET takes the address back. */
static void open_standby(struct host_vm *hv)
{
    struct pf_args args = {.vf = PF_ANY_VF};

    if (!host__has_vnic(hv) || hv->state.mac_place != MAC_ON_VF)
        return;
    attach_of(hv)->in_use = 0;
    vswitch_set_taking(hv->host->vswitch, hv->port, true, true);
    hv->state.mac_place = MAC_ON_PF;
    memcpy(args.mac, hv->state.mac, 6);
    host__ask_pf(hv, (enum vmk_netptop)PF_OP_MOVE_MAC, &args, HOST_NOBODY);
}

void attach__pf_lost(struct host_vm *hv, bool gone, const char *why)
{
    if (!attach_is_at(hv, ATTACH_IN) || hv->state.ended)
        return;
    if (gone)
        take_again(hv, false);
    open_standby(hv);
}

/* A VF that has come with its VM and can't go on: nothing is left to fall back on, but a reset tells the guest's
 * driver, which begins anew. Without it what the driver posts would stay in its rings for ever. */
void attach__stuck(struct host_vm *hv)
{
    attach__say(hv, SLOT_NOTE, "the VF does not go on: it is reset");
    take_again(hv, true);
}
