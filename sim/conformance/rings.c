/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a VF is a vmxnet3 in hardware: the rings with which it is initialised, as a driver has told the device that was there
 * before. They lie where the vmxnet3 plugin looks for them.
 */
#include "conformance/conformance__.h"

/* guest/plugins/vmxnet3/vmxnet3_plugin.h, which needs the plugin API's types: descriptors, and completions behind them; whole
 * frames of buffers of 2 or 4 KB. */
enum { SMALL_BUFFER = 2048, LARGE_BUFFER = 4096, HEADER_AND_TAG = 18 };

static uint32_t whole_frames(uint32_t ring, uint32_t mtu)
{
    uint32_t len = mtu + HEADER_AND_TAG, buffers = len <= SMALL_BUFFER ? 1 : (len + LARGE_BUFFER - 1) / LARGE_BUFFER;
    uint32_t step = buffers * VMXNET3_RING_SIZE_ALIGN;
    return ring / step * step;
}

static struct vmxnet3_ring_image fresh(uint64_t pa, uint32_t size)
{
    return (struct vmxnet3_ring_image){.pa = pa, .size = size, .gen = VMXNET3_INIT_GEN};
}

void stand__fresh_rings(const struct stand *s, struct vmxnet3_rings_image *out)
{
    const struct stand_config *c = &s->config;
    uint32_t rx_size = whole_frames(c->ring, c->mtu);
    *out = (struct vmxnet3_rings_image){.magic = VMXNET3_IMAGE_MAGIC,
                                        .version = VMXNET3_IMAGE_VERSION,
                                        .tx_queues = c->queues,
                                        .rx_queues = c->queues,
                                        .vectors = c->vectors,
                                        .auto_mask = 1,
                                        .masked = ~0u,
                                        .features = UPT1_F_RXCSUM | UPT1_F_RXVLAN};
    for (unsigned q = 0; q < c->queues; q++) {
        uint64_t rx = STAND_RING_RX(q), tx = STAND_RING_TX(q), completions = c->ring * sizeof(struct Vmxnet3_TxDesc);
        out->tx[q].ring = fresh(tx, c->ring);
        out->tx[q].comp = fresh(tx + completions, c->ring);
        out->rx[q].ring[0] = fresh(rx, rx_size);
        out->rx[q].comp = fresh(rx + completions, rx_size);
        out->tx[q].intr = out->rx[q].intr = q % c->vectors;
    }
}
