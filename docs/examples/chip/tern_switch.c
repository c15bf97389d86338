/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Tern's switch: from registers to tables; and the list of its registers, for `vfsim regs tern`. */
#include <string.h>

#include "tern_chip.h"

static uint32_t at(const uint32_t *reg, uint32_t offset) { return reg[(offset - TERN_STATUS) / 4]; }

static void bytes_of(uint8_t mac[6], uint32_t low, uint32_t high)
{
    for (unsigned b = 0; b < 4; b++)
        mac[b] = (uint8_t)(low >> 8 * b);
    mac[4] = (uint8_t)high;
    mac[5] = (uint8_t)(high >> 8);
}

void tern_reset_registers(struct vfsim_nic *nic, uint32_t *reg)
{
    uint8_t mac[6];
    vfsim_nic_address(nic, mac);
    memset(reg, 0, TERN_REGISTERS_END - TERN_STATUS);
    reg[(TERN_LONGEST - TERN_STATUS) / 4] = 1518;
    reg[(TERN_MAC_LO - TERN_STATUS) / 4] = mac[0] | mac[1] << 8 | mac[2] << 16 | (uint32_t)mac[3] << 24;
    reg[(TERN_MAC_HI - TERN_STATUS) / 4] = mac[4] | mac[5] << 8;
    vfsim_switch_clear(nic);
}

static void port(struct vfsim_nic *nic, const uint32_t *reg, unsigned port)
{
    uint32_t word = at(reg, TERN_PORT + 4 * port), tag = at(reg, TERN_PORT_VLAN + 4 * port);
    if (port <= vfsim_nic_vfs(nic))
        vfsim_switch_set_port(nic, port,
                              &(struct vfsim_switch_port){
                                  .receives = word & TERN_PORT_RX,
                                  .sends = word & TERN_PORT_TX,
                                  .broadcast = word & TERN_PORT_BROADCAST,
                                  .untagged = word & TERN_PORT_UNTAGGED,
                                  .groups = word & TERN_PORT_GROUPS,
                                  .all_groups = word & TERN_PORT_ALL_GROUPS,
                                  .vlan_filter = word & TERN_PORT_VLANS,
                                  .check_address = word & TERN_PORT_CHECK_ADDRESS,
                                  .check_vlan = word & TERN_PORT_CHECK_VLAN,
                                  .port_vlan = tag & TERN_VALID,
                                  .strip = tag & TERN_VALID,
                                  .port_tci = (uint16_t)tag,
                              });
}

void tern_written(struct vfsim_nic *nic, const uint32_t *reg, uint32_t offset)
{
    if (offset == TERN_LOOPBACK) {
        vfsim_switch_set_loopback(nic, at(reg, offset) & 1);
        vfsim_switch_set_default(nic, (int)vfsim_nic_vfs(nic)); /* what nobody has is the PF's */
    } else if (offset >= TERN_PORT && offset < TERN_PORT_VLAN) {
        port(nic, reg, (offset - TERN_PORT) / 4);
    } else if (offset >= TERN_PORT_VLAN && offset < TERN_ADDRESS) {
        port(nic, reg, (offset - TERN_PORT_VLAN) / 4);
    } else if (offset >= TERN_ADDRESS && offset < TERN_ADDRESS + 16 * TERN_ADDRESSES && offset % 16 == 8) {
        uint8_t mac[6];
        bytes_of(mac, at(reg, offset - 8), at(reg, offset - 4));
        vfsim_switch_set_address(nic, (offset - TERN_ADDRESS) / 16, at(reg, offset - 4) & TERN_VALID, mac, at(reg, offset));
    } else if (offset >= TERN_VLAN && offset < TERN_VLAN + 8 * TERN_VLANS && offset % 8 == 4) {
        uint32_t word = at(reg, offset - 4);
        vfsim_switch_set_vlan(nic, (offset - TERN_VLAN) / 8, word & TERN_VALID, word & 0xfff, at(reg, offset));
    } else if (offset >= TERN_GROUPS && offset < TERN_GROUPS + 512) {
        vfsim_switch_set_groups(nic, (offset - TERN_GROUPS) / 4, at(reg, offset));
    }
}

#define OWN(function)                                                                             \
    {"RX_BASE_LO", TERN_RX_BASE_LO, 0, 1, 0, "RW", function, "receive ring: its address, low"},   \
        {"RX_BASE_HI", TERN_RX_BASE_HI, 0, 1, 0, "RW", function, "… and high"},                   \
        {"RX_SIZE", TERN_RX_SIZE, 0, 1, 0, "RW", function, "its descriptors, 8 to 4096"},         \
        {"RX_TAIL", TERN_RX_TAIL, 0, 1, 0, "RW", function, "behind the last that is the chip's"}, \
        {"TX_BASE_LO", TERN_TX_BASE_LO, 0, 1, 0, "RW", function, "transmit ring, likewise"},      \
        {"TX_BASE_HI", TERN_TX_BASE_HI, 0, 1, 0, "RW", function, "… and high"},                   \
        {"TX_SIZE", TERN_TX_SIZE, 0, 1, 0, "RW", function, "its descriptors"},                    \
        {"TX_TAIL", TERN_TX_TAIL, 0, 1, 0, "RW", function, "behind the last that is the chip's"}, \
        {"ENABLE", TERN_ENABLE, 0, 1, 0, "RW", function, "bit 0: it receives, bit 1: it sends"},  \
        {"MASK", TERN_MASK, 0, 1, 0, "RW", function, "bit 0: no interrupt"}

const struct vfsim_register tern_registers[TERN_REGISTER_COUNT] = {
    OWN("VF"),
    OWN("PF"),
    {"STATUS", TERN_STATUS, 0, 1, 0, "RO", "PF", "bit 0: the link is up"},
    {"CAUSE", TERN_CAUSE, 0, 1, 0, "RC", "PF", "why vector 1 was raised; bit 0: the link has changed"},
    {"LONGEST", TERN_LONGEST, 0, 1, 1518, "RW", "PF", "longest frame with its check sequence"},
    {"LOOPBACK", TERN_LOOPBACK, 0, 1, 0, "RW", "PF", "bit 0: functions hear each other"},
    {"MAC_LO", TERN_MAC_LO, 0, 1, 0, "RO", "PF", "its address, four bytes"},
    {"MAC_HI", TERN_MAC_HI, 0, 1, 0, "RO", "PF", "… and two"},
    {"FENCE", TERN_FENCE, 0, 1, 0, "RW", "PF", "a write begins one; what it waits for"},
    {"BUSY", TERN_BUSY, 4, TERN_VFS_MAX, 0, "RO", "PF", "a VF has not sent all that was posted"},
    {"PORT", TERN_PORT, 4, TERN_VFS_MAX + 1, 0, "RW", "PF", "what a port takes"},
    {"PORT_VLAN", TERN_PORT_VLAN, 4, TERN_VFS_MAX + 1, 0, "RW", "PF", "its own tag"},
    {"ADDRESS_LO", TERN_ADDRESS, 16, TERN_ADDRESSES, 0, "RW", "PF", "entry i: four bytes"},
    {"ADDRESS_HI", TERN_ADDRESS + 4, 16, TERN_ADDRESSES, 0, "RW", "PF", "two bytes; bit 31 valid"},
    {"ADDRESS_PORTS", TERN_ADDRESS + 8, 16, TERN_ADDRESSES, 0, "RW", "PF", "its ports; takes all over"},
    {"VLAN", TERN_VLAN, 8, TERN_VLANS, 0, "RW", "PF", "entry i: VID; bit 31 valid"},
    {"VLAN_PORTS", TERN_VLAN + 4, 8, TERN_VLANS, 0, "RW", "PF", "its ports; takes both over"},
    {"GROUPS", TERN_GROUPS, 4, 128, 0, "RW", "PF", "table of groups, by bits 47:36"},
    {"RX_COUNT", TERN_COUNTERS, 64, TERN_VFS_MAX, 0, "RO", "PF", "frames that a VF was given; bytes, missed, groups behind it"},
    {"TX_COUNT", TERN_COUNTERS + 4 * TERN_COUNT_TX_FRAMES, 64, TERN_VFS_MAX, 0, "RO", "PF",
     "frames that it has sent; bytes behind it"},
};
