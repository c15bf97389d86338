/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A vmxnet3 device whose rings are a UPT NIC's for a while: it closes between two frames, its rings leave as an image, and come
 * back as one. Control stays here all the time: commands, addresses, events.
 *
 * The pass-through page is wherever the hypervisor maps it. What a driver writes to it here while the device is closed is
 * remembered, and told to the owner: a producer that was on its way when the page changed hands must not get lost.
 */
#include <assert.h>
#include <string.h>

#include "nic/vmxnet3/vmxnet3__.h"

static void late_clear(struct vmxnet3 *dev) { dev->away.late_prods = dev->away.late_masked = dev->away.late_unmasked = 0; }

void vmxnet3_close(struct vmxnet3 *dev, struct vmxnet3_rings_image *out)
{
    assert(dev->rings.st.paused && vmxnet3_is_quiet(dev) && vmxnet3_rx_backlog(dev) == 0 && !dev->away.closed);
    vmxnet3_rings_export(&dev->rings, out);
    dev->away.closed = 1;
    late_clear(dev);
}

bool vmxnet3_is_closed(const struct vmxnet3 *dev) { return dev->away.closed; }
void vmxnet3_forget_late(struct vmxnet3 *dev) { late_clear(dev); }

/* A write to the page of a closed device. */
bool vmxnet3__late(struct vmxnet3 *dev, uint32_t off, uint32_t value)
{
    unsigned queue = (off - VMXNET3_REG_TXPROD) / VMXNET3_REG_ALIGN, vector = off / VMXNET3_REG_ALIGN;

    if (off % VMXNET3_REG_ALIGN)
        return false;
    if (off >= VMXNET3_REG_TXPROD && queue < dev->rings.st.tx_queues) {
        if (value >= dev->rings.st.tx[queue].size)
            return false;
        dev->away.late_prod[queue] = value;
        dev->away.late_prods |= 1u << queue;
    } else if (off < VMXNET3_REG_TXPROD && vector < VMXNET3_MAX_INTRS) {
        dev->away.late_masked = (dev->away.late_masked & ~(1u << vector)) | (value & 1) << vector;
        dev->away.late_unmasked = (dev->away.late_unmasked & ~(1u << vector)) | (~value & 1) << vector;
    } else if (off < VMXNET3_REG_RXPROD) {
        return false;
    }
    if (dev->host && dev->host->ops->page_written)
        dev->host->ops->page_written(dev->host, off, value);
    return true;
}

bool vmxnet3_late_write(const struct vmxnet3 *dev, unsigned i, uint32_t *off, uint32_t *value)
{
    unsigned vector = i - VMXNET3_RINGS_QUEUES;

    if (i < VMXNET3_RINGS_QUEUES) {
        *off = VMXNET3_REG_TXPROD + VMXNET3_REG_ALIGN * i;
        *value = dev->away.late_prod[i];
        return dev->away.late_prods >> i & 1;
    }
    *off = VMXNET3_REG_IMR + VMXNET3_REG_ALIGN * vector;
    *value = dev->away.late_masked >> vector & 1;
    return (dev->away.late_masked | dev->away.late_unmasked) >> vector & 1;
}

/* Its page is its own again. */
static void apply_late(struct vmxnet3 *dev)
{
    uint32_t off, value;

    dev->away.closed = 0;
    for (unsigned i = 0; i < VMXNET3_LATE_WRITES; i++)
        if (vmxnet3_late_write(dev, i, &off, &value))
            vmxnet3_rings_page_write(&dev->rings, off, value);
    late_clear(dev);
}

void vmxnet3_reopen(struct vmxnet3 *dev)
{
    assert(dev->away.closed);
    apply_late(dev);
    vmxnet3_rings_unpause(&dev->rings);
}

bool vmxnet3_open(struct vmxnet3 *dev, const struct vmxnet3_rings_image *in)
{
    struct vmxnet3_refusal no;
    struct UPT1_TxStats tx[VMXNET3_RINGS_QUEUES];
    struct UPT1_RxStats rx[VMXNET3_RINGS_QUEUES];

    const struct vmxnet3_rings_more more = dev->rings.more; /* which no image has: a UPT NIC uses none of it */

    assert(dev->away.closed);
    for (unsigned q = 0; q < VMXNET3_RINGS_QUEUES; q++) {
        tx[q] = dev->rings.st.tx[q].stats;
        rx[q] = dev->rings.st.rx[q].stats;
    }
    if (!vmxnet3_rings_import(&dev->rings, in, &no)) {
        trace_vmxnet3_refused(&dev->c, no.why, no.value);
        return false;
    }
    dev->rings.more = more;
    for (unsigned q = 0; q < VMXNET3_RINGS_QUEUES; q++) {
        dev->rings.st.tx[q].stats = tx[q];
        dev->rings.st.rx[q].stats = rx[q];
    }
    apply_late(dev);
    return true;
}

/* What became of its rings nobody knows: the driver is told that its queues have stopped, and resets it. */
void vmxnet3_open_lost(struct vmxnet3 *dev)
{
    uint64_t at = dev->st.conf.misc.queueDescPA;
    struct Vmxnet3_QueueStatus status = {.stopped = 1, .error = VMXNET3_ERR_SWITCH};

    assert(dev->away.closed);
    late_clear(dev);
    dev->away.closed = 0;
    for (unsigned q = 0; q < dev->rings.st.tx_queues; q++, at += sizeof(struct Vmxnet3_TxQueueDesc)) {
        dev->rings.st.tx[q].stopped = 1;
        dev->rings.st.tx[q].error = VMXNET3_ERR_SWITCH;
        vmxnet3_write_guest(dev, at + offsetof(struct Vmxnet3_TxQueueDesc, status), &status, sizeof(status));
    }
    for (unsigned q = 0; q < dev->rings.st.rx_queues; q++, at += sizeof(struct Vmxnet3_RxQueueDesc))
        vmxnet3_write_guest(dev, at + offsetof(struct Vmxnet3_RxQueueDesc, status), &status, sizeof(status));
    dev->rings.st.paused = 0;
    vmxnet3_raise_event(dev, VMXNET3_ECR_TQERR | VMXNET3_ECR_RQERR);
}

/* The driver gives its rings up while they are elsewhere. */
void vmxnet3__given_up(struct vmxnet3 *dev)
{
    if (!dev->away.closed)
        return;
    late_clear(dev);
    dev->away.closed = 0;
    dev->rings.st.paused = 0;
    dev->host->ops->given_up(dev->host);
}
