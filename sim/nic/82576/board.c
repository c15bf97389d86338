/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The board around the 82576 as its driver finds it: an EEPROM, the chip's own PHY with a partner that speaks 1 Gb/s, semaphores
 * that no firmware contends for. What their words mean is known from what reads them [e1000_nvm.c, e1000_phy.c, e1000_82575.c;
 * IEEE 802.3 22.2.4]; values are the model's.
 */
#include "nic/82576/nic82576__.h"

#include <string.h>

#include "nic/intel/eeprom.h"

/* ---- EEPROM ---- */

enum {
    PART_NUMBER = 0x08, /* two words */
    OTHER_ADDRESS = 0x37, /* none */
    NONE = INTEL_EEPROM_NONE,
};

static uint16_t plain_word(unsigned at)
{
    switch (at) {
    case PART_NUMBER:
        return 0x5646;
    case PART_NUMBER + 1:
        return 0x5300;
    case OTHER_ADDRESS:
        return NONE;
    default:
        return at > INTEL_EEPROM_CHECKSUM ? NONE : 0;
    }
}

/* ---- the PHY ---- */

enum phy_register {
    PHY_CONTROL = 0,
    PHY_STATUS = 1,
    PHY_ID1 = 2,
    PHY_ID2 = 3,
    PHY_PARTNER = 5,
    PHY_1000T_STATUS = 10,
    PHY_EXT_STATUS = 15,
    PHY_PORT_STATUS = 17,
    PHY_PAGE = 31, /* the vendor's */
};
enum {
    PHY_ADDRESS = 1,
    CONTROL_RESET = 1 << 15,
    CONTROL_RESTART = 1 << 9,
    CONTROL_SELF = CONTROL_RESET | CONTROL_RESTART, /* over at once */
    STATUS_ABLE = 0x7949,
    STATUS_DONE = 1 << 5,
    STATUS_LINK = 1 << 2,
    IGP3_ID1 = 0x02a8,
    IGP3_ID2 = 0x0391,
    PARTNER = 0x45e1,
    PARTNER_1000T = 0x7c00,
    EXT_1000T = 0x3000,
    PORT_1000_FULL = 0xc600,
    CABLE = 0x2000, /* what its gain registers, behind other pages, say */
};

static void phy_reset(struct e1000_own *own)
{
    memset(own->phy, 0, sizeof(own->phy));
    own->phy[PHY_CONTROL] = 0x1140;
    own->phy[4] = 0x01e1;
    own->phy[9] = 0x0200;
}

static uint16_t phy_read(const struct intel_chip *n, unsigned reg)
{
    bool up = port_link_is_up(&n->nic.uplink);
    const struct e1000_own *own = e1000_own(n);
    if (own->phy[PHY_PAGE] && reg > PHY_EXT_STATUS && reg != PHY_PAGE)
        return CABLE;
    switch (reg) {
    case PHY_STATUS:
        return (uint16_t)(STATUS_ABLE | (up ? STATUS_LINK | STATUS_DONE : 0));
    case PHY_ID1:
        return IGP3_ID1;
    case PHY_ID2:
        return IGP3_ID2;
    case PHY_PARTNER:
        return up ? PARTNER : 0;
    case PHY_1000T_STATUS:
        return up ? PARTNER_1000T : 0;
    case PHY_EXT_STATUS:
        return EXT_1000T;
    case PHY_PORT_STATUS:
        return up ? PORT_1000_FULL : 0;
    default:
        return own->phy[reg];
    }
}

static void phy_write(struct e1000_own *own, unsigned reg, uint16_t value)
{
    if (own->phy[PHY_PAGE] && reg > PHY_EXT_STATUS && reg != PHY_PAGE)
        return; /* of another page */
    if (reg == PHY_CONTROL && (value & CONTROL_RESET))
        phy_reset(own);
    own->phy[reg] = (uint16_t)(reg == PHY_CONTROL ? value & ~CONTROL_SELF : value);
}

static uint32_t ask_phy(struct intel_chip *n, uint32_t asked)
{
    unsigned reg = (asked & E1000_MDIC_REG_MASK) >> E1000_MDIC_REG_SHIFT;
    if ((asked & E1000_MDIC_PHY_MASK) >> E1000_MDIC_PHY_SHIFT != PHY_ADDRESS)
        return asked | E1000_MDIC_READY | E1000_MDIC_ERROR;
    if (asked & E1000_MDIC_OP_WRITE)
        phy_write(e1000_own(n), reg, (uint16_t)asked);
    else if (asked & E1000_MDIC_OP_READ)
        asked = (asked & ~E1000_MDIC_DATA_MASK) | phy_read(n, reg);
    return asked | E1000_MDIC_READY;
}

/* ---- registers ---- */

void nic82576__board_reset(struct intel_chip *n) { phy_reset(e1000_own(n)); }

uint32_t nic82576__take_semaphore(struct intel_chip *n)
{
    uint32_t value = e1000_own(n)->reg.SWSM;
    e1000_own(n)->reg.SWSM |= E1000_SWSM_SMBI; /* the reader has it */
    return value;
}

bool nic82576__board_write(struct intel_chip *n, int id, uint32_t value)
{
    struct e1000_registers *reg = &e1000_own(n)->reg;
    switch (id) {
    case PF_EERD:
        reg->EERD = intel_eerd(plain_word, value);
        return true;
    case PF_MDIC:
        reg->MDIC = ask_phy(n, value);
        return true;
    case PF_EECD:
        reg->EECD = (value & ~E1000_EECD_GNT) | (value & E1000_EECD_REQ ? E1000_EECD_GNT : 0);
        return true;
    default:
        return false;
    }
}
