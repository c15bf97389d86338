/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's own driver of an 82599's VF, as Linux's ixgbevf behaves: mailbox (mbx.c) and life (driver.c). */
#ifndef GUEST_DRIVERS_IXGBEVF_DRIVER_H
#define GUEST_DRIVERS_IXGBEVF_DRIVER_H

#include "guest/drivers/vf_driver.h"
#include "guest/shell/shell.h"
#include "sim/nic/82599/regs.h"

enum {
    MBX_DELAY_US = 500,   /* IXGBE_VF_MBX_INIT_DELAY: between two looks */
    MBX_TRIES = 2000,     /* IXGBE_VF_MBX_INIT_TIMEOUT */
    RESET_SETTLE_US = 10000, /* from VF_RESET's acknowledgement to the look for its answer */
    RSTD_TRIES = 200,     /* of 5 us */
    RSTD_DELAY_US = 5,
};

static inline uint32_t ixgbevf_read(const struct vf_device *dev, uint32_t reg) { return sh_read32(dev->bar0 + reg); }
static inline void ixgbevf_write(const struct vf_device *dev, uint32_t reg, uint32_t value)
{
    sh_write32(dev->bar0 + reg, value);
}

uint32 ixgbevf_plugin_main(struct Plugin_Api *api); /* the plugin's entry, linked in */

uint32_t ixgbevf_mbx_bits(struct vf_device *dev); /* VFMAILBOX with what was latched; all ones: gone */
/* dev->message, dev->words out; the answer in dev->message. dev->settle_us: to wait before the answer is looked for. 0,
 * GUEST_EPERM refused (NACK), GUEST_ETIMEDOUT, GUEST_ENODEV. */
int ixgbevf_mbx_exchange(struct vf_device *dev);
int ixgbevf_mbx_receive(struct vf_device *dev); /* a message of the PF's own: to dev->message, acknowledged */

#endif
