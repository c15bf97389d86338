/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VFs lost under those who have them: the PF was reset (FLR), or its driver has reset the chip. What a plugin drives can't go
 * on, and a switch into passthrough that is under way would end with a dead VF: both go back to emulation. A VF that the
 * guest's own driver drives stays its: the driver notices, and begins anew when the PF's is back; meanwhile a bond's standby
 * has its address.
 */
#include <errno.h>
#include <string.h>

#include "host/host__.h"

/* ---- a guest's own VF ---- */

static void ask_of_own(struct host_vm *hv, enum vmk_netptop op, const struct pf_args *args)
{
    pf_request(host__nic(hv)->pf, op, args, host__who(hv), HOST_EV_PF_DONE,
               (uint64_t)FOR_NOBODY << 56 | (uint64_t)hv->index << 32);
}

/* In the order of an attach, behind the reset: the PF's driver does one thing after the other. */
static void take_again(struct host_vm *hv, bool reset)
{
    struct pf_args args = {.vf = hv->state.vf}, acquire;

    assign__acquire_args(hv, hv->state.vf, &acquire);
    ask_of_own(hv, VMK_NETPTOP_VF_RELEASE, &args);
    ask_of_own(hv, VMK_NETPTOP_VF_ACQUIRE, &acquire);
    assign__ask_port(hv, true);
    if (reset)
        ask_of_own(hv, (enum vmk_netptop)PF_OP_VF_FLR, &args);
    ask_of_own(hv, VMK_NETPTOP_VF_INIT, &args);
    ask_of_own(hv, VMK_NETPTOP_VF_ACTIVATE, &args);
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
    ask_of_own(hv, (enum vmk_netptop)PF_OP_MOVE_MAC, &args);
}

static void own_lost(struct host_vm *hv, bool gone)
{
    if (attach_of(hv)->phase != ASSIGN_IN || hv->state.ended)
        return;
    if (gone)
        take_again(hv, false);
    open_standby(hv);
}

/* A VF that has come with its VM and can't go on: nothing is left to fall back on, but a reset tells the guest's driver, which
 * begins anew. Without it what the driver posts would stay in its rings for ever. */
void host__own_vf_stuck(struct host_vm *hv)
{
    host__say_slot(hv, SLOT_NOTE, "the VF does not go on: it is reset");
    take_again(hv, true);
}

/* ---- a plugin's ---- */

/* A VF that is only acquired loses what config space says of it, not its queues, which it has not got yet. */
static void under_switch(struct host_vm *hv, bool gone, const char *why)
{
    struct switch_state *sw = switch_of(hv);

    if (hv->state.vf < 0 || (!gone && !hv->state.vf_enabled))
        return;
    sw->aborted = SWITCH_VF_LOST;
    if (sw->undoing) /* needs no VF that works */
        return;
    switch__reason(hv, "%s", why);
    if (!sw->to_passthrough)
        sw->forced = 1; /* what the VF held is lost */
    else if (sw->phase == PHASE_GUEST)
        switch__done(hv, 0); /* called off with what this step has done already */
}

void host__pf_lost(struct host *host, unsigned nic, bool gone)
{
    const char *why = gone ? "the PF was reset" : "the PF's driver has reset the chip";

    for (unsigned i = 0; i < host->vms; i++) {
        struct host_vm *hv = host->vm[i];
        if (hv->state.nic != nic)
            continue;
        if (attach_of(hv)->phase != ASSIGN_NONE)
            own_lost(hv, gone);
        else if (switch_of(hv)->active)
            under_switch(hv, gone, why);
        else if (hv->state.passthrough)
            switch__begin_out(hv, TABLE_OUT_RESET, why);
    }
    policy__poke(host);
}

int host_reset_pf(struct host *host, const char *nic)
{
    int n = host__find_nic(host, nic);
    const struct pf_args args = {.vf = PF_ANY_VF};

    if (pf_passthru(host->nic[n].pf) == PF_PASSTHRU_UPT)
        return -ENOTSUP;
    pf_request(host->nic[n].pf, PF_OP_PF_FLR, &args, &host->c, HOST_EV_PF_DONE, (uint64_t)FOR_NOBODY << 56);
    host__pf_lost(host, (unsigned)n, true);
    return 0;
}
