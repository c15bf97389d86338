/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control path: always the emulated device's registers, whoever carries the data [RFC NPA: "funneling the control
 * operations to the hypervisor"]. The hypervisor allows or refuses; what it refuses is taken out of the shared tables
 * again.
 */
#include "guest/shell/shell.h"

static volatile struct Vmxnet3_RxFilterConf *filter(void) { return &shell.shared->devRead.rxFilterConf; }

void control_init(void)
{
    filter()->rxMode = VMXNET3_RXM_UCAST | VMXNET3_RXM_MCAST | VMXNET3_RXM_BCAST;
    filter()->vfTable[0] = 1; /* VLAN 0: frames that carry a priority only */
}

static uint32_t status(uint32_t result) { return result ? GUEST_EPERM : 0; }

/* The registers have no result: they keep the old address when the new one is refused. */
uint32_t control_set_mac(const uint8_t mac[6])
{
    uint32_t low = (uint32_t)mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 | (uint32_t)mac[3] << 24;
    uint32_t high = (uint32_t)mac[4] | (uint32_t)mac[5] << 8;
    if (mac[0] & 1)
        return GUEST_EINVAL;
    sh_write32(MACHINE_VMXNET3_BAR1 + VMXNET3_REG_MACL, low);
    sh_write32(MACHINE_VMXNET3_BAR1 + VMXNET3_REG_MACH, high);
    if (sh_read32(MACHINE_VMXNET3_BAR1 + VMXNET3_REG_MACL) != low || sh_read32(MACHINE_VMXNET3_BAR1 + VMXNET3_REG_MACH) != high)
        return GUEST_EPERM;
    for (unsigned i = 0; i < 6; i++)
        shell.mac[i] = mac[i];
    return 0;
}

/* The device has no filter for further addresses of the guest: with any it is promiscuous [net/core/dev.c __dev_set_rx_mode of
 * devices without IFF_UNICAST_FLT, as vmxnet3 is one]. */
static uint32_t set_mode(uint32_t bits)
{
    uint32_t before = filter()->rxMode;
    uint32_t mode = VMXNET3_RXM_UCAST | VMXNET3_RXM_MCAST | VMXNET3_RXM_BCAST;
    if ((bits & 1) || shell.native.wishes.addresses)
        mode |= VMXNET3_RXM_PROMISC;
    if (bits & 2)
        mode |= VMXNET3_RXM_ALL_MULTI;
    filter()->rxMode = mode;
    uint32_t result = device_command(VMXNET3_CMD_UPDATE_RX_MODE);
    if (result)
        filter()->rxMode = before;
    return status(result);
}

uint32_t control_set_rx_mode(uint32_t bits)
{
    uint32_t result = set_mode(bits);
    if (!result)
        shell.rx_bits = bits;
    return result;
}

uint32_t control_hear_addresses(void) { return set_mode(shell.rx_bits); }

/* ---- multicast ---- */

static uint8_t *multicast(uint32_t i) { return (uint8_t *)sh_va(shell.multicast_gpa) + 6 * i; }

static uint32_t find_multicast(const uint8_t mac[6])
{
    for (uint32_t i = 0; i < shell.multicast_count; i++) {
        unsigned k = 0;
        while (k < 6 && multicast(i)[k] == mac[k])
            k++;
        if (k == 6)
            return i;
    }
    return SHELL_NONE;
}

static void copy_mac(uint8_t *to, const uint8_t *from)
{
    for (unsigned i = 0; i < 6; i++)
        to[i] = from[i];
}

/* A longer table, once more are joined than a machine usually has. */
static bool has_room(uint32_t groups)
{
    if (groups <= (shell.multicast_grown ? SHELL_MULTICAST_MAX : SHELL_MULTICAST_FEW))
        return true;
    uint64_t from = shell.multicast_gpa, to = shell.multicast_grown ? 0 : heap_alloc(6 * SHELL_MULTICAST_MAX, 64);
    if (!to)
        return false;
    shell.multicast_gpa = to;
    shell.multicast_grown = true;
    for (uint32_t i = 0; i < shell.multicast_count; i++)
        copy_mac(multicast(i), (uint8_t *)sh_va(from) + 6 * i);
    filter()->mfTablePA = to;
    return true;
}

static uint32_t update_multicast(uint32_t count)
{
    shell.multicast_count = count;
    filter()->mfTableLen = (uint16_t)(6 * count);
    return device_command(VMXNET3_CMD_UPDATE_MAC_FILTERS);
}

uint32_t control_add_multicast(const uint8_t mac[6])
{
    if (!(mac[0] & 1))
        return GUEST_EINVAL;
    if (find_multicast(mac) != SHELL_NONE)
        return GUEST_EEXIST;
    if (!has_room(shell.multicast_count + 1))
        return GUEST_ENOMEM;
    copy_mac(multicast(shell.multicast_count), mac);
    uint32_t result = update_multicast(shell.multicast_count + 1);
    if (result)
        update_multicast(shell.multicast_count - 1);
    return status(result);
}

uint32_t control_del_multicast(const uint8_t mac[6])
{
    uint32_t i = find_multicast(mac);
    if (i == SHELL_NONE)
        return GUEST_ENOENT;
    for (uint32_t k = i; k + 1 < shell.multicast_count; k++) /* in order of their coming, as the kernel's list */
        copy_mac(multicast(k), multicast(k + 1));
    uint32_t result = update_multicast(shell.multicast_count - 1);
    if (!result)
        return 0;
    for (uint32_t k = shell.multicast_count; k > i; k--)
        copy_mac(multicast(k), multicast(k - 1));
    copy_mac(multicast(i), mac);
    update_multicast(shell.multicast_count + 1);
    return status(result);
}

/* As a system that says all of them each time; a table that is refused is not in use, and the next one is whole again. */
uint32_t control_set_multicast(const uint8_t (*mac)[6], uint32_t count)
{
    if (!has_room(count) || count > SHELL_MULTICAST_MAX)
        return GUEST_ENOMEM;
    for (uint32_t i = 0; i < count; i++)
        copy_mac(multicast(i), mac[i]);
    return status(update_multicast(count));
}

/* ---- VLANs ---- */

uint32_t control_set_vlan(uint32_t vid, bool add)
{
    if (vid == 0 || vid > 4094)
        return GUEST_EINVAL;
    uint32_t bit = 1u << (vid & 31), before = filter()->vfTable[vid >> 5];
    if (!!(before & bit) == add)
        return add ? GUEST_EEXIST : GUEST_ENOENT;
    filter()->vfTable[vid >> 5] = before ^ bit;
    uint32_t result = device_command(VMXNET3_CMD_UPDATE_VLAN_FILTERS);
    if (result)
        filter()->vfTable[vid >> 5] = before;
    return status(result);
}
