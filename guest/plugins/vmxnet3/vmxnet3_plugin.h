/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vmxnet3 plugin: the emulated device's data path behind the same Plugin API as any vendor's; linked into the
 * shell.
 *
 * memioAddr is BAR 0; shared is the array of queue descriptors of DriverShared (transmit queues, then receive queues),
 * with which the device tells thresholds. Ring memory of a queue: descriptors from its start, completions behind them,
 * as many. Shell and plugin share this layout, since it is the shell that tells the device where the rings are
 * (guest/shell/device.c).
 *
 * deviceInfo: all zero.
 */
#ifndef NPA_VMXNET3_PLUGIN_H
#define NPA_VMXNET3_PLUGIN_H

#include "guest/include/npa_plugin_api.h"
#include "sim/nic/vmxnet3/vmxnet3_defs.h"

uint32 vmxnet3_plugin_main(struct Plugin_Api *pluginApi); /* NPA_PluginMain of this plugin */

/* Buffers a frame of full size takes: one small buffer, or so many large ones. */
static inline uint32 vmxnet3_buffers_a_frame(uint32 mtu)
{
    uint32 len = mtu + 14 + 4;
    return len <= SHELL_SMALL_RECV_BUFFER_SIZE ? 1 : (len + SHELL_LARGE_RECV_BUFFER_SIZE - 1) / SHELL_LARGE_RECV_BUFFER_SIZE;
}

/* Descriptors of a receive ring in use: whole frames, and a multiple of 32 as the device wants it. */
static inline uint32 vmxnet3_rx_ring_size(uint32 ringSize, uint32 mtu)
{
    uint32 step = vmxnet3_buffers_a_frame(mtu) * VMXNET3_RING_SIZE_ALIGN;
    return ringSize / step * step;
}

static inline uint64 vmxnet3_completions(uint32 ringSize) /* offset of the completion ring */
{
    return (uint64)ringSize * sizeof(struct Vmxnet3_TxDesc);
}

#endif
