/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the guest says of the mode switch: commands of its vmxnet3 device that the device does not know itself. */
#include <errno.h>
#include <stddef.h>

#include "host/mode/mode__.h"
#include "host/policy/policy__.h"

static uint32_t set_status(struct host_vm *hv, uint32_t status)
{
    mode_of(hv)->state.cmd_status = status;
    return status;
}

const char *switch__command_name(uint32_t cmd)
{
    switch (cmd) {
    case NPA_CMD_STOP_EMULATION:
        return "STOP_EMULATION";
    case NPA_CMD_LOAD_PLUGIN:
        return "LOAD_PLUGIN";
    case NPA_CMD_ACTIVATE_VF:
        return "ACTIVATE_VF";
    case NPA_CMD_ACTIVATE_DEV:
        return "ACTIVATE_DEV";
    case NPA_CMD_DECLINE:
        return "DECLINE";
    default:
        return "an unknown command";
    }
}

/* The command has come that the step waits for: it stays pending until switch__answer(). */
static uint32_t take(struct host_vm *hv, uint32_t cmd)
{
    struct switch_state *sw = switch_of(hv);

    mode_of(hv)->state.pending_cmd = cmd;
    trace_switch_guest(&hv->host->c, vm_name(hv->vm), switch__command_name(cmd), "pending");
    switch__say_command(hv, switch__command_name(cmd), "");
    if (switch__is_active(hv) && sw->phase == PHASE_GUEST && sw->expect == cmd)
        switch__came(hv, 0);
    return set_status(hv, NPA_STATUS_PENDING);
}

static uint32_t decline(struct host_vm *hv)
{
    struct switch_state *sw = switch_of(hv);
    struct Vmxnet3_VariableLenConfDesc desc;
    NPA_PluginConfExt ext = {.status = NPA_CHECK_OK};

    if (!switch__is_active(hv) || !sw->to_passthrough || switch__is_undoing(hv) || sw->phase != PHASE_GUEST)
        return set_status(hv, NPA_STATUS_FAILURE);
    if (vmxnet3_plugin_conf(hv->dev, &desc))
        vmxnet3_read_guest(hv->dev, desc.confPA + sizeof(NPA_PluginConf), &ext, sizeof(ext));
    trace_switch_guest(&hv->host->c, vm_name(hv->vm), "DECLINE", npa_check_text((enum npa_check)ext.status));
    switch__say_command(hv, "DECLINE", npa_check_text((enum npa_check)ext.status));
    switch__reason(hv, "the guest declined: %s", npa_check_text((enum npa_check)ext.status));
    switch__came(hv, -ECANCELED);
    return set_status(hv, NPA_STATUS_SUCCESS);
}

/* The adapter has no commands of the mode switch (any more): who waits for one need not wait on. */
static uint32_t has_no_such(struct host_vm *hv, uint32_t cmd)
{
    struct switch_state *sw = switch_of(hv);

    trace_switch_guest(&hv->host->c, vm_name(hv->vm), switch__command_name(cmd), "refused: the adapter has no such command");
    switch__say_command(hv, switch__command_name(cmd), "refused: the adapter has no such command");
    if (switch__is_active(hv) && !switch__is_undoing(hv) && sw->phase == PHASE_GUEST && sw->expect == cmd) {
        switch__reason(hv, "the guest's adapter has become one without %s", switch__command_name(cmd));
        switch__came(hv, -ECANCELED);
    }
    return set_status(hv, NPA_STATUS_FAILURE);
}

uint32_t switch__command(struct vmxnet3_host *host, uint32_t cmd)
{
    struct host_vm *hv = host__of_device(host);
    struct switch_state *sw = switch_of(hv);

    bool way_in = cmd == NPA_CMD_LOAD_PLUGIN || cmd == NPA_CMD_STOP_EMULATION || cmd == NPA_CMD_ACTIVATE_VF;

    if (way_in && policy_of(hv)->set[VM_SET_ADAPTER])
        return has_no_such(hv, cmd);
    switch (cmd) {
    case NPA_CMD_GET_STATUS:
        return mode_of(hv)->state.cmd_status;
    case VMXNET3_CMD_UPDATE_FEATURE: /* done by the device; what the driver offers may be another now */
        host__changed(hv->host);
        return 0;
    case NPA_CMD_DECLINE:
        return decline(hv);
    case NPA_CMD_STOP_EMULATION:
    case NPA_CMD_LOAD_PLUGIN:
    case NPA_CMD_ACTIVATE_VF:
        if (switch__is_active(hv) && !switch__is_undoing(hv) && sw->phase == PHASE_GUEST && sw->expect == cmd)
            return take(hv, cmd);
        break;
    default:
        break;
    }
    trace_switch_guest(&hv->host->c, vm_name(hv->vm), switch__command_name(cmd), "refused: nobody waits for it");
    switch__say_command(hv, switch__command_name(cmd), "refused: nobody waits for it");
    return set_status(hv, NPA_STATUS_FAILURE);
}

/* ACTIVATE_DEV: at boot or after a driver's own reset the device runs at once; on the way out of passthrough it waits.
 */
uint32_t switch__activate(struct vmxnet3_host *host)
{
    struct host_vm *hv = host__of_device(host);
    struct switch_state *sw = switch_of(hv);

    policy__vm_up(hv);
    if (switch__is_active(hv) && sw->to_passthrough) {
        sw->aborted = SWITCH_CALLED_OFF; /* the step under way ends first; then all is undone */
        if (sw->phase == PHASE_GUEST)
            switch__came(hv, 0);
        return 0;
    }
    if (switch__is_active(hv) && hv->state.passthrough)
        return take(hv, NPA_CMD_ACTIVATE_DEV);
    if (hv->state.passthrough) { /* its own decision, a reload of its driver: what it has on the VF it has given up */
        uint32_t status = take(hv, NPA_CMD_ACTIVATE_DEV);
        switch__begin_out(hv, &switch__out_safe, "the guest activated its emulated device");
        return status;
    }
    if (hv->state.waits_for_guest) {
        hv->state.waits_for_guest = 0;
        vswitch_release(hv->host->vswitch, hv->port);
    }
    return 0;
}
