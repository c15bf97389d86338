/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the vmxnet3 device takes from its port: address, receive mode, VLANs. */
#include <string.h>

#include "nic/vmxnet3/vmxnet3__.h"

static bool multicast_wanted(const struct vmxnet3 *dev, const uint8_t *to)
{
    if (mac_is_broadcast(to))
        return dev->st.rx_mode & VMXNET3_RXM_BCAST;
    if (dev->st.rx_mode & VMXNET3_RXM_ALL_MULTI)
        return true;
    if (!(dev->st.rx_mode & VMXNET3_RXM_MCAST))
        return false;
    if (dev->st.multicast_count == VMXNET3_MULTICAST_ALL)
        return true;
    for (uint32_t i = 0; i < dev->st.multicast_count; i++)
        if (!memcmp(dev->st.multicast[i], to, 6))
            return true;
    return false;
}

enum fate vmxnet3_check_rx(const struct vmxnet3 *dev, const struct frame *f)
{
    const uint8_t *to = frame_data((struct frame *)f);
    uint16_t tci;

    if (dev->st.rx_mode & VMXNET3_RXM_PROMISC)
        return FATE_COUNT;
    if (mac_is_multicast(to) ? !multicast_wanted(dev, to) : !(dev->st.rx_mode & VMXNET3_RXM_UCAST) || memcmp(to, dev->st.mac, 6))
        return FATE_no_match;
    if (frame_vlan_peek(f, &tci) && (tci & 0xfff) && !(dev->st.vlan_table[(tci & 0xfff) >> 5] >> (tci & 31) & 1))
        return FATE_vlan_filter;
    return FATE_COUNT;
}

void vmxnet3_get_mac(const struct vmxnet3 *dev, uint8_t mac[6]) { memcpy(mac, dev->st.mac, 6); }
void vmxnet3_set_mac(struct vmxnet3 *dev, const uint8_t mac[6]) { memcpy(dev->st.mac, mac, 6); }
uint32_t vmxnet3_rx_mode(const struct vmxnet3 *dev) { return dev->st.rx_mode; }
const uint32_t *vmxnet3_vlan_table(const struct vmxnet3 *dev) { return dev->st.vlan_table; }

void vmxnet3__mode_changed(struct vmxnet3 *dev)
{
    if (dev->mode_changed)
        *dev->mode_changed = true;
}

void vmxnet3_watch_rx_mode(struct vmxnet3 *dev, bool *changed) { dev->mode_changed = changed; }

void vmxnet3_limit_rx_mode(struct vmxnet3 *dev, uint32_t mode)
{
    dev->st.rx_mode = mode;
    vmxnet3__mode_changed(dev);
}

unsigned vmxnet3_multicast(const struct vmxnet3 *dev, const uint8_t (**list)[6])
{
    *list = (const uint8_t(*)[6])dev->st.multicast;
    return dev->st.multicast_count;
}

void vmxnet3__port_receive(struct port *port, frame_ref ref)
{
    struct vmxnet3 *dev = (struct vmxnet3 *)port->owner;
    enum fate fate = FATE_vnic_stopped;

    if (dev->rings.st.ready && dev->rings.st.rx_run)
        fate = vmxnet3_check_rx(dev, frame_get(dev->c.sim, ref));
    if (fate != FATE_COUNT)
        frame_end(&dev->c, ref, fate);
    else
        vmxnet3_rings_receive(&dev->rings, ref);
}
