/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a VM is stopped between two instructions and two frames, and goes on: for a migration, a suspension, a snapshot.
 * And what the hypervisor knows of a VM beyond its device, as a stream.
 */
#include <assert.h>
#include <string.h>

#include "host/host__.h"
#include "vm/move.h"

static const struct host_part *part_at(const struct host_vm *hv, unsigned rank) { return hv->host->parts[rank]; }

/* ---- frames that come for a stopped VM ---- */

static void take_waiting(struct host_vm *hv, bool in_front)
{
    frame_ref ref;

    while ((ref = vmxnet3_take_rx(hv->dev)) != 0) {
        bool taken = false;
        for (unsigned rank = 0; rank < HOST_RANKS && !taken; rank++)
            taken = part_at(hv, rank)->waiting && part_at(hv, rank)->waiting(hv, ref, in_front);
        assert(taken && "who stopped the VM takes its frames");
    }
}

void host__diverted(struct host_vm *hv, frame_ref ref)
{
    bool taken = false;

    for (unsigned rank = 0; rank < HOST_RANKS && !taken; rank++)
        taken = part_at(hv, rank)->diverted && part_at(hv, rank)->diverted(hv, ref);
    assert(taken && "who had them diverted takes its frames");
}

/* ---- stop, go on ---- */

int host__stop(struct host_vm *hv)
{
    int status = vm_pause(hv->vm);

    if (status)
        return status;
    vmxnet3_pause(hv->dev);
    take_waiting(hv, false);
    vswitch_set_divert(hv->host->vswitch, hv->port, VSWITCH_DIVERT_STOPPED);
    return 0;
}

bool host__is_quiet(struct host_vm *hv)
{
    if (!vmxnet3_is_quiet(hv->dev) || vswitch_from_vm(hv->host->vswitch, hv->port))
        return false;
    take_waiting(hv, true); /* the frame whose buffers were being looked for when the device paused: the oldest */
    return vmxnet3_is_quiet(hv->dev);
}

void host__go_on(struct host_vm *hv)
{
    vswitch_set_divert(hv->host->vswitch, hv->port, VSWITCH_DIVERT_OFF);
    vmxnet3_unpause(hv->dev);
    vm_unpause(hv->vm);
}

/* ---- the stream ---- */

void host__port_save(struct host_vm *hv, struct save *s)
{
    struct {
        uint8_t policy[HOST_POLICIES], mac[6], zero[2];
    } moving;

    memset(&moving, 0, sizeof(moving));
    memcpy(moving.policy, hv->state.policy, sizeof(moving.policy));
    memcpy(moving.mac, hv->state.mac, 6);
    save_section(s, "port of a VM that moves", 3);
    save_field(s, moving);
    for (unsigned rank = 0; rank < HOST_RANKS && !s->err; rank++)
        if (part_at(hv, rank)->save_port)
            part_at(hv, rank)->save_port(hv, s);
    if (!save_is_loading(s) || s->err)
        return;
    memcpy(hv->state.policy, moving.policy, sizeof(moving.policy));
    memcpy(hv->state.mac, moving.mac, 6);
}

/* What the virtual switch must know of a VM whose port was loaded. */
void host__port_settle(struct host_vm *hv, enum vswitch_divert divert)
{
    struct vswitch *vswitch = hv->host->vswitch;

    vswitch_set_mac(vswitch, hv->port, hv->state.mac);
    vswitch_set_forged(vswitch, hv->port, hv->state.policy[HOST_POLICY_FORGED]);
    vswitch_set_trunk(vswitch, hv->port, hv->state.policy[HOST_POLICY_VLAN_TRUNK]);
    vswitch_set_divert(vswitch, hv->port, divert);
    for (unsigned rank = 0; rank < HOST_RANKS; rank++)
        if (part_at(hv, rank)->port_settled)
            part_at(hv, rank)->port_settled(hv);
    vswitch_set_taking(vswitch, hv->port, true, true);
    host__filter_add(hv);
}
