/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices with several physical functions: ports of their own on one PCIe link, or one port that they share. */
#include <errno.h>
#include <stdio.h>

#include "nic/nic.h"

static enum portmux_interest interest(struct portmux_owner *owner, const struct frame *f)
{
    struct nic *nic = (struct nic *)((char *)owner - offsetof(struct nic, shares));
    return (enum portmux_interest)nic->ops->interest(nic, f);
}

static bool forwards(struct portmux_owner *owner)
{
    struct nic *nic = (struct nic *)((char *)owner - offsetof(struct nic, shares));
    return nic->ops->forwards(nic);
}

static int share(struct nic *nic)
{
    char name[48];
    if (nic->mux)
        return 0;
    snprintf(name, sizeof(name), "%.40s.plug", nic->c.name);
    nic->mux = portmux_create(nic->c.sim, name);
    if (!nic->mux)
        return -ENOMEM;
    nic->plug = portmux_plug(nic->mux);
    return portmux_add(nic->mux, &nic->uplink, &nic->shares);
}

int nic_join_device(struct nic *nic, const struct nic_params *params, unsigned max)
{
    nic->first = nic;
    nic->functions = 1;
    nic->plug = &nic->uplink;
    nic->shares = (struct portmux_owner){interest, forwards};
    if (!params->device)
        return 0;
    struct nic *first = params->device;
    if (first->first != first || first->functions >= max)
        return -EINVAL;
    nic->first = first;
    nic->function = first->functions++;
    nic->link = first->link;
    if (!params->same_port)
        return 0;
    int status = share(first);
    if (!status)
        status = portmux_add(first->mux, &nic->uplink, &nic->shares);
    nic->plug = first->plug;
    return status;
}
