/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What chips do alike with a device: its port and its link, what the wire may bring, counters; and devices with several physical
 * functions: ports of their own on one PCIe link, or one port that they share.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "nic/nic.h"

void nic_pass(const struct component *c, int vf, unsigned queue, enum way_kind kind, const struct frame *f,
              struct way_reading reading)
{
    const char *what = kind == WAY_RX ? "receive queue" : kind == WAY_TX ? "transmit queue" : "rate of transmit queue";
    char *name = way_pass(c->sim, f, c, kind, (uint32_t)(vf + 1) << 16 | queue, reading), whose[16] = "";

    if (!name)
        return;
    if (vf >= 0)
        snprintf(whose, sizeof(whose), " vf %d", vf);
    snprintf(name, WAY_NAME, "%.24s%s %s %u", c->name, whose, what, queue);
}

/* ---- port and link ---- */

int nic_attach(struct nic *nic, const struct nic_params *params, const struct port_ops *ops, char *err, size_t err_cap)
{
    char link_name[64];
    int status = port_init(&nic->uplink, &nic->c, 0, params->name, ops);
    if (status) {
        snprintf(err, err_cap, "port '%s' is taken", params->name);
        return status;
    }
    snprintf(link_name, sizeof(link_name), "%.40s.pcie", params->name);
    nic->link = pci_link_create(nic->c.sim, link_name, &params->link);
    if (nic->link)
        return 0;
    snprintf(err, err_cap, "NIC '%s': no such PCIe link (generation 1-5, lanes 1-16)", params->name);
    port_fini(&nic->uplink);
    return -EINVAL;
}

void nic_detach(struct nic *nic)
{
    port_fini(&nic->uplink);
    pci_link_destroy(nic->link);
    free(nic->vf);
}

/* ---- counters ---- */

void nic_count_broadcasts(struct nic_function_stats *out, const struct eswitch_count *count)
{
    out->rx_broadcast = count->rx_broadcast;
    out->rx_multicast -= count->rx_broadcast <= out->rx_multicast ? count->rx_broadcast : 0;
}

void nic_count_switched(struct nic_function_stats *out, const struct eswitch_count *count)
{
    out->rx_mirrored = count->rx_mirrored;
    for (unsigned r = 0; r < ESWITCH_REASONS; r++) {
        out->refused[r] = count->dropped[r];
        out->tx_dropped += count->dropped[r];
    }
    uint64_t bytes = count->dropped_bytes + FRAME_FCS_LEN * out->tx_dropped;
    out->tx_packets -= out->tx_dropped < out->tx_packets ? out->tx_dropped : out->tx_packets;
    out->tx_bytes -= bytes < out->tx_bytes ? bytes : out->tx_bytes;
}

bool nic_counter_at(const struct nic_counter *all, unsigned count, unsigned i, const char **name, uint64_t *value)
{
    if (i >= count)
        return false;
    *name = all[i].name;
    *value = all[i].value;
    return true;
}

/* ---- from the wire ---- */

enum fate nic_judge_arrival(const struct frame *f, uint32_t longest)
{
    uint16_t tci;
    if (f->flags & FRAME_BAD_FCS)
        return FATE_bad_fcs;
    if (f->len < 14)
        return FATE_too_short;
    return f->len + FRAME_FCS_LEN > longest + (frame_vlan_peek(f, &tci) ? 4 : 0) ? FATE_too_long : FATE_COUNT;
}

/* ---- several physical functions ---- */

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
