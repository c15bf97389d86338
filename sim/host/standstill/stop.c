/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a VM is stopped between two instructions and two frames, and goes on: for a migration, a suspension, a snapshot. And
 * what the hypervisor knows of a VM beyond its device, as a stream.
 */
#include <string.h>

#include "host/host__.h"
#include "vm/move.h"

/* ---- frames that come for a stopped VM ---- */

static void frame_came(struct host_vm *hv, frame_ref ref, bool in_front)
{
    if (hv->state.migration)
        migrate__stopped_frame(hv, ref, in_front);
    else
        standstill__frame(hv, ref);
}

static void take_waiting(struct host_vm *hv, bool in_front)
{
    frame_ref ref;

    while ((ref = vmxnet3_take_rx(hv->dev)) != 0)
        frame_came(hv, ref, in_front);
}

void host__diverted(struct host_vm *hv, frame_ref ref)
{
    if (hv->state.present && standstill_of(hv)->phase != STANDSTILL_PHASE_NONE)
        standstill__frame(hv, ref);
    else
        migrate__diverted(hv, ref);
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

static void settings_save(struct host_vm *hv, struct save *s)
{
    save_field(s, policy_of(hv)->set);
    save_field(s, policy_of(hv)->calm_ps);
    save_field(s, policy_of(hv)->is_up);
}

void host__port_save(struct host_vm *hv, struct save *s)
{
    struct {
        uint8_t policy[HOST_POLICIES], mac[6], mac_before[6], is_watched;
        uint32_t cmd_status, rx_mode_asked;
    } moving;

    memset(&moving, 0, sizeof(moving));
    memcpy(moving.policy, hv->state.policy, sizeof(moving.policy));
    memcpy(moving.mac, hv->state.mac, 6);
    memcpy(moving.mac_before, hv->state.mac_before, 6);
    moving.is_watched = policy_of(hv)->is_watched;
    moving.cmd_status = hv->state.cmd_status;
    moving.rx_mode_asked = hv->state.rx_mode_asked;
    save_section(s, "port of a VM that moves", 2);
    save_field(s, moving);
    if (!s->err && moving.is_watched)
        settings_save(hv, s);
    if (!save_is_loading(s) || s->err)
        return;
    memcpy(hv->state.policy, moving.policy, sizeof(moving.policy));
    memcpy(hv->state.mac, moving.mac, 6);
    memcpy(hv->state.mac_before, moving.mac_before, 6);
    policy_of(hv)->is_watched = moving.is_watched;
    hv->state.cmd_status = moving.cmd_status;
    hv->state.rx_mode_asked = moving.rx_mode_asked;
}

/* What the virtual switch must know of a VM whose port was loaded. */
void host__port_settle(struct host_vm *hv, enum vswitch_divert divert)
{
    struct vswitch *vs = hv->host->vswitch;

    vswitch_set_mac(vs, hv->port, hv->state.mac);
    vswitch_set_forged(vs, hv->port, hv->state.policy[HOST_POLICY_FORGED]);
    vswitch_set_trunk(vs, hv->port, hv->state.policy[HOST_POLICY_VLAN_TRUNK]);
    vswitch_set_divert(vs, hv->port, divert);
    vswitch_set_connected(vs, hv->port, !policy_of(hv)->set[VM_SET_LINK]);
    policy_of(hv)->calm_since = sim_now(hv->host->c.sim);
    vswitch_set_taking(vs, hv->port, true, true);
    host__filter_add(hv);
}
