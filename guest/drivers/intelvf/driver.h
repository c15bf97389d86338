/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's own drivers of VFs of Intel's 82599 and 82576, as Linux's ixgbevf and igbvf behave: mailbox (mbx.c) and life
 * (driver.c). What the two differ in is where the registers are, and that igbvf knows only the first messages.
 */
#ifndef GUEST_DRIVERS_INTELVF_DRIVER_H
#define GUEST_DRIVERS_INTELVF_DRIVER_H

#include "guest/drivers/vf_driver.h"
#include "guest/shell/shell.h"
#include "sim/nic/82599/regs.h" /* bits and messages of the mailbox are the same in both */

enum {
    MBX_DELAY_US = 500,   /* IXGBE_VF_MBX_INIT_DELAY: between two looks */
    MBX_TRIES = 2000,     /* IXGBE_VF_MBX_INIT_TIMEOUT */
    RESET_SETTLE_US = 10000, /* from VF_RESET's acknowledgement to the look for its answer */
    RSTD_TRIES = 200,     /* of 5 us */
    RSTD_DELAY_US = 5,
};

struct intelvf_chip {
    uint32_t ctrl, status, mailbox, memory, eims, eimc, eiac, ivar_misc; /* registers of BAR0 */
    uint32_t rx_control, tx_control, stride;                            /* RXDCTL, TXDCTL of queue 0, and on to the next */
    uint32_t links, link_up;                                            /* register and bit */
    uint32_t api_newest;                                                /* of the mailbox; 1.0 is agreed on without words */
    uint32_t queue_vectors;                                             /* besides the mailbox's */
    uint32_t filters_max; /* addresses besides its own, set by messages of its own; 0: by SET_MACVLAN, as many as the PF takes */
    uint32_t eitr, throttle;                                            /* VTEITR, and what is in it: 10 us, as for small loads */
    uint32_t usecs_least, usecs_most;                                   /* that ethtool may ask for, besides 0 */
};
static inline const struct intelvf_chip *chip_of(const struct vf_device *dev) { return dev->driver->chip; }

static inline uint32_t intelvf_read(const struct vf_device *dev, uint32_t reg) { return sh_read32(dev->bar0 + reg); }
static inline void intelvf_write(const struct vf_device *dev, uint32_t reg, uint32_t value) { sh_write32(dev->bar0 + reg, value); }

uint32 ixgbevf_plugin_main(struct Plugin_Api *api); /* the plugins' entries, linked in */
uint32 igbvf_plugin_main(struct Plugin_Api *api);

uint32_t intelvf_mbx_bits(struct vf_device *dev); /* VFMAILBOX with what was latched; all ones: gone */
/* dev->message, dev->words out; the answer in dev->message. dev->settle_us: to wait before the answer is looked for. 0,
 * GUEST_EPERM refused (NACK), GUEST_ETIMEDOUT, GUEST_ENODEV. */
int intelvf_mbx_exchange(struct vf_device *dev);
int intelvf_mbx_receive(struct vf_device *dev); /* a message of the PF's own: to dev->message, acknowledged */

#endif
