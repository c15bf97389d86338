/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The board around the 82599 as its driver finds it: an EEPROM, an SFP+ module on a two-wire bus, an MDIO bus on which nobody
 * answers, semaphores that no firmware contends for. What their words mean is known from what reads them [ixgbe_82599.c,
 * ixgbe_phy.c; SFF-8472 of the module's]; values are the model's.
 */
#include "nic/82599/nic82599.h"

#include "nic/intel/eeprom.h"

static struct ixgbe_registers *registers(const struct intel_chip *n) { return n->own; }
static struct two_wire *bus_of(const struct intel_chip *n) { return &((struct nic82599_own *)n->own)->bus; }

/* ---- EEPROM ---- */

enum {
    SECTIONS_FIRST = 0x03, /* pointers, of which none is in use, up to the firmware's */
    FIRMWARE = 0x0f,
    PART_NUMBER = 0x15, /* two words */
    SAN_OTHER = 0x27,
    SAN = 0x28, /* storage addresses: none */
    PHY_INIT = 0x2b, /* what is written into the core for a kind of module */
    NONE = INTEL_EEPROM_NONE,
    PHY_LIST = 0x80,
    PHY_WORDS = 0x90,
    FIRMWARE_AT = 0x100,
    FIRMWARE_PATCH = 4,
    PATCH_AT = 0x120,
    PATCH_VERSION = 7,
    VERSION = 6, /* above 5 is good */
};

/* Kinds of modules, and where their words are: short and long range on port 0 and 1. */
static const uint16_t phy_list[] = {0, 5, PHY_WORDS, 6, PHY_WORDS, NONE};
static const uint16_t phy_words[] = {0, NONE};

static uint16_t plain_word(unsigned at)
{
    if (at >= PHY_LIST && at < PHY_LIST + sizeof(phy_list) / sizeof(phy_list[0]))
        return phy_list[at - PHY_LIST];
    if (at >= PHY_WORDS && at < PHY_WORDS + sizeof(phy_words) / sizeof(phy_words[0]))
        return phy_words[at - PHY_WORDS];
    switch (at) {
    case FIRMWARE:
        return FIRMWARE_AT;
    case PART_NUMBER:
        return 0x5646;
    case PART_NUMBER + 1:
        return 0x5300;
    case SAN_OTHER:
    case SAN:
        return NONE;
    case PHY_INIT:
        return PHY_LIST;
    case FIRMWARE_AT + FIRMWARE_PATCH:
        return PATCH_AT;
    case PATCH_AT + PATCH_VERSION:
        return VERSION;
    default:
        return at > INTEL_EEPROM_CHECKSUM || (at >= SECTIONS_FIRST && at < FIRMWARE) ? NONE : 0;
    }
}

/* ---- the module ---- */

enum { DEVICE_ID = 0xa0, DEVICE_READ = 1 };
enum phase { DEAF, DEVICE, OFFSET, STORE, SEND };

/* 10GBASE-SR, of a vendor that ixgbe takes modules of. */
static uint8_t module_byte(uint8_t at)
{
    switch (at) {
    case 0x00:
        return 0x03; /* SFP or SFP+ */
    case 0x03:
        return 0x10; /* 10GBASE-SR */
    case 0x26:
        return 0x1b; /* vendor's OUI 00-1B-21 */
    case 0x27:
        return 0x21;
    default:
        return 0;
    }
}

static void byte_came(struct two_wire *w)
{
    w->answer = 0;
    if (w->phase == DEVICE && (w->shift & ~DEVICE_READ) == DEVICE_ID)
        w->next = w->shift & DEVICE_READ ? SEND : OFFSET;
    else if (w->phase == OFFSET)
        w->offset = w->shift, w->next = STORE;
    else if (w->phase == DEVICE)
        w->next = DEAF, w->answer = 1;
}

/* The data line may change: the module acknowledges, or gives its next bit. */
static void clock_falls(struct two_wire *w)
{
    bool ends = w->bits == 9;
    if (w->phase == DEAF)
        return;
    if (ends) {
        w->bits = 0;
        w->phase = w->next;
        w->answer = 1;
        if (w->phase == SEND)
            w->shift = module_byte(w->offset++);
    }
    if (w->phase == SEND)
        w->answer = w->bits < 8 ? w->shift >> (7 - w->bits) & 1 : 1;
    else if (w->bits == 8)
        byte_came(w);
}

static void clock_rises(struct two_wire *w, uint8_t data)
{
    if (w->phase == DEAF)
        return;
    if (w->phase != SEND && w->bits < 8)
        w->shift = (uint8_t)(w->shift << 1 | data);
    if (w->phase == SEND && w->bits == 8)
        w->next = data ? DEAF : SEND; /* not acknowledged: it was the last one */
    w->bits++;
}

/* [I2C 3.1: data change while the clock is low, else it is a start or a stop] */
static void lines(struct two_wire *w, uint8_t clock, uint8_t data)
{
    if (clock && w->clock && data != w->data) {
        w->phase = data ? DEAF : DEVICE;
        w->bits = 0;
        w->answer = 1;
    } else if (clock && !w->clock) {
        clock_rises(w, data);
    } else if (!clock && w->clock) {
        /* a start ends with the first fall of the clock */
        clock_falls(w);
    }
    w->clock = clock;
    w->data = data;
}

static uint32_t bus_read(const struct intel_chip *n)
{
    const struct two_wire *w = bus_of(n);
    uint32_t out = registers(n)->I2CCTL & (IXGBE_I2C_CLK_OUT | IXGBE_I2C_DATA_OUT);
    return out | (w->clock ? IXGBE_I2C_CLK_IN : 0) | (w->data && w->answer ? IXGBE_I2C_DATA_IN : 0);
}

void nic82599_board_reset(struct intel_chip *n) { *bus_of(n) = (struct two_wire){.clock = 1, .data = 1, .answer = 1}; }

/* ---- registers ---- */

bool nic82599_board_read(struct intel_chip *n, int id, uint32_t *value)
{
    struct ixgbe_registers *reg = registers(n);
    switch (id) {
    case PF_I2CCTL:
        *value = bus_read(n);
        return true;
    case PF_SWSM:
        *value = reg->SWSM;
        reg->SWSM |= IXGBE_SWSM_SMBI; /* the reader has it */
        return true;
    default:
        return false;
    }
}

/* A write of a register of the board's: what it is from then on. */
static uint32_t becomes(int id, uint32_t value)
{
    switch (id) {
    case PF_EERD:
        return intel_eerd(plain_word, value);
    case PF_EEWR:
        return value | INTEL_EERD_DONE;
    case PF_FDIRCTRL:
        return value | IXGBE_FDIRCTRL_INIT_DONE;
    case PF_FDIRCMD:
        return value & ~IXGBE_FDIRCMD_CMD_MASK;
    case PF_AUTOC:
        return value & ~IXGBE_AUTOC_AN_RESTART;
    case PF_MSCA:
        return value & ~IXGBE_MSCA_MDI_COMMAND;
    default:
        return value;
    }
}

bool nic82599_board_write(struct intel_chip *n, int id, uint32_t i, uint32_t value)
{
    struct ixgbe_registers *reg = registers(n);
    switch (id) {
    case PF_I2CCTL:
        reg->I2CCTL = value;
        lines(bus_of(n), (value & IXGBE_I2C_CLK_OUT) != 0, (value & IXGBE_I2C_DATA_OUT) != 0);
        return true;
    case PF_MSCA:
        if ((value & IXGBE_MSCA_MDI_COMMAND) && (value & IXGBE_MSCA_OP_CODE_MASK) == IXGBE_MSCA_READ)
            reg->MSRWD |= 0xffffu << IXGBE_MSRWD_READ_DATA_SHIFT; /* nobody drives the bus */
        break;
    case PF_EERD:
    case PF_EEWR:
    case PF_FDIRCTRL:
    case PF_FDIRCMD:
    case PF_AUTOC:
        break;
    default:
        return false;
    }
    intel_pf_register_write(n, id, i, becomes(id, value));
    return true;
}
