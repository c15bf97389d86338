/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The VF's end of the mailbox [82599 7.10.2.9, 8.3.5.2; ixgbe_mbx.h]: take the memory (VFU), write, request (REQ), wait for
 * the acknowledgement (PFACK) and the answer (PFSTS), read, acknowledge (ACK). PFSTS, PFACK and RSTD are cleared by reading
 * VFMAILBOX, whoever reads it and why: so they are kept.
 */
#include "guest/drivers/intelvf/driver.h"

uint32_t intelvf_mbx_bits(struct vf_device *dev)
{
    uint32_t bits = intelvf_read(dev, chip_of(dev)->mailbox);
    if (bits == 0xffffffff)
        return bits;
    dev->latched |= bits & IXGBE_VFMAILBOX_R2C_BITS;
    return bits | dev->latched;
}

/* Wait until any of `mask` is there, and take it. */
static int await(struct vf_device *dev, uint32_t mask)
{
    CO_BEGIN(dev->mbx_place)
    for (dev->tries = MBX_TRIES; dev->tries; dev->tries--) {
        uint32_t bits = intelvf_mbx_bits(dev);
        if (bits == 0xffffffff || (bits & mask)) {
            dev->latched &= ~mask;
            dev->mbx_place = 0;
            return bits == 0xffffffff ? GUEST_ENODEV : 0;
        }
        CO_SLEEP_US(dev->mbx_place, 1, MBX_DELAY_US);
    }
    CO_END(dev->mbx_place);
    return GUEST_ETIMEDOUT;
}

static int lock(struct vf_device *dev)
{
    CO_BEGIN(dev->mbx_place)
    for (dev->tries = MBX_TRIES; dev->tries; dev->tries--) {
        intelvf_write(dev, chip_of(dev)->mailbox, IXGBE_VFMAILBOX_VFU);
        uint32_t bits = intelvf_mbx_bits(dev);
        if (bits == 0xffffffff || (bits & IXGBE_VFMAILBOX_VFU)) {
            dev->mbx_place = 0;
            return bits == 0xffffffff ? GUEST_ENODEV : 0;
        }
        CO_SLEEP_US(dev->mbx_place, 1, MBX_DELAY_US);
    }
    CO_END(dev->mbx_place);
    return GUEST_ETIMEDOUT;
}

static void read_message(struct vf_device *dev)
{
    for (uint32_t w = 0; w < VF_MESSAGE_WORDS; w++)
        dev->message[w] = intelvf_read(dev, chip_of(dev)->memory + 4 * w);
    intelvf_write(dev, chip_of(dev)->mailbox, IXGBE_VFMAILBOX_ACK);
}

int intelvf_mbx_exchange(struct vf_device *dev)
{
    int status = 0;
    CO_BEGIN(dev->sub_place)
    CO_TRY(dev->sub_place, 1, status, lock(dev));
    dev->latched &= ~(IXGBE_VFMAILBOX_PFACK | IXGBE_VFMAILBOX_PFSTS); /* of earlier messages */
    for (uint32_t w = 0; w < dev->words; w++)
        intelvf_write(dev, chip_of(dev)->memory + 4 * w, dev->message[w]);
    intelvf_write(dev, chip_of(dev)->mailbox, IXGBE_VFMAILBOX_REQ); /* and gives the memory back */
    CO_TRY(dev->sub_place, 2, status, await(dev, IXGBE_VFMAILBOX_PFACK));
    if (dev->settle_us)
        CO_SLEEP_US(dev->sub_place, 3, dev->settle_us);
    dev->settle_us = 0;
    CO_TRY(dev->sub_place, 4, status, await(dev, IXGBE_VFMAILBOX_PFSTS));
    read_message(dev);
    CO_END(dev->sub_place);
    if (dev->message[0] == 0xffffffff)
        return GUEST_ENODEV;
    return dev->message[0] & IXGBE_VT_MSGTYPE_NACK ? GUEST_EPERM : 0;
}

int intelvf_mbx_receive(struct vf_device *dev)
{
    int status = 0;
    CO_BEGIN(dev->sub_place)
    CO_TRY(dev->sub_place, 1, status, lock(dev));
    dev->latched &= ~IXGBE_VFMAILBOX_PFSTS;
    read_message(dev);
    CO_END(dev->sub_place);
    return dev->message[0] == 0xffffffff ? GUEST_ENODEV : 0;
}
