/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio: the device's configuration [virtio 1.2 3.1.1, 4.1.5]. Fields are accessed with their own width [4.1.3.1]. */
#include "guest/plugins/virtio/virtio.h"

static uint32 common(Plugin_State *ps, uint32 field) { return virtio_of(ps)->info.common + field - VIO_COMMON; }
static uint8 read8(Plugin_State *ps, uint32 field) { return *(volatile uint8 *)(ps->memioAddr + common(ps, field)); }
static uint16 read16(Plugin_State *ps, uint32 field) { return *(volatile uint16 *)(ps->memioAddr + common(ps, field)); }
static void write8(Plugin_State *ps, uint32 field, uint8 value) { *(volatile uint8 *)(ps->memioAddr + common(ps, field)) = value; }
static void write16(Plugin_State *ps, uint32 field, uint16 value)
{
    *(volatile uint16 *)(ps->memioAddr + common(ps, field)) = value;
}
static void write32(Plugin_State *ps, uint32 field, uint32 value) { plugin_write32(ps, common(ps, field), value); }
static void write64(Plugin_State *ps, uint32 field, uint64 value)
{
    write32(ps, field, (uint32)value);
    write32(ps, field + 4, (uint32)(value >> 32));
}

static uint64 offered(Plugin_State *ps)
{
    uint64 features;
    write32(ps, VIO_DEVICE_FEATURE_SELECT, 0);
    features = plugin_read32(ps, common(ps, VIO_DEVICE_FEATURE));
    write32(ps, VIO_DEVICE_FEATURE_SELECT, 1);
    return features | (uint64)plugin_read32(ps, common(ps, VIO_DEVICE_FEATURE)) << 32;
}

/* What this plugin makes use of. Of its guest's address, receive mode and VLANs the hypervisor decides, not the VF. */
static uint64 wanted(Plugin_State *ps)
{
    uint64 features = VIRTIO_BIT(VIRTIO_F_VERSION_1) | VIRTIO_BIT(VIRTIO_F_ACCESS_PLATFORM) | VIRTIO_BIT(VIRTIO_F_INDIRECT_DESC) |
                      VIRTIO_BIT(VIRTIO_NET_F_CSUM) | VIRTIO_BIT(VIRTIO_NET_F_GUEST_CSUM) | VIRTIO_BIT(VIRTIO_NET_F_HOST_TSO4) |
                      VIRTIO_BIT(VIRTIO_NET_F_HOST_TSO6) | VIRTIO_BIT(VIRTIO_NET_F_GUEST_TSO4) |
                      VIRTIO_BIT(VIRTIO_NET_F_GUEST_TSO6) | VIRTIO_BIT(VIRTIO_NET_F_MRG_RXBUF) | VIRTIO_BIT(VIRTIO_NET_F_MAC) |
                      VIRTIO_BIT(VIRTIO_NET_F_STATUS);
    if (!VIRTIO_SPLIT_ONLY)
        features |= VIRTIO_BIT(VIRTIO_F_RING_PACKED) | VIRTIO_BIT(VIRTIO_F_EVENT_IDX) | VIRTIO_BIT(VIRTIO_F_NOTIFICATION_DATA);
    if (ps->numRxQueues > 1)
        features |= VIRTIO_BIT(VIRTIO_NET_F_CTRL_VQ) | VIRTIO_BIT(VIRTIO_NET_F_MQ) | VIRTIO_BIT(VIRTIO_NET_F_HASH_REPORT);
    return features;
}

/* Frames longer than the wire's come in several buffers or not at all. */
static uint64 choose(Plugin_State *ps)
{
    uint64 features = offered(ps) & wanted(ps), large = VIRTIO_BIT(VIRTIO_NET_F_GUEST_TSO4) | VIRTIO_BIT(VIRTIO_NET_F_GUEST_TSO6);
    return features >> VIRTIO_NET_F_MRG_RXBUF & 1 ? features : features & ~large;
}

static Bool is_enough(Plugin_State *ps, uint64 features)
{
    uint64 must = VIRTIO_BIT(VIRTIO_F_VERSION_1) | VIRTIO_BIT(VIRTIO_F_ACCESS_PLATFORM);
    if (ps->numRxQueues > 1)
        must |= VIRTIO_BIT(VIRTIO_NET_F_CTRL_VQ) | VIRTIO_BIT(VIRTIO_NET_F_MQ);
    return (features & must) == must;
}

uint32 virtio_reset(Plugin_State *ps)
{
    struct virtio *v = virtio_of(ps);
    uint8 status = VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER;
    uint32 tries = 0;
    v->running = v->asked = 0;
    write8(ps, VIO_DEVICE_STATUS, 0);
    while (read8(ps, VIO_DEVICE_STATUS))
        if (++tries == VIRTIO_POLL_MAX)
            return PLUGIN_FAILURE;
    write8(ps, VIO_DEVICE_STATUS, status);
    v->features = choose(ps);
    for (uint32 half = 0; half < 2; half++) {
        write32(ps, VIO_DRIVER_FEATURE_SELECT, half);
        write32(ps, VIO_DRIVER_FEATURE, (uint32)(v->features >> 32 * half));
    }
    status |= VIRTIO_STATUS_FEATURES_OK;
    write8(ps, VIO_DEVICE_STATUS, status);
    if (!is_enough(ps, v->features) || !(read8(ps, VIO_DEVICE_STATUS) & VIRTIO_STATUS_FEATURES_OK)) {
        write8(ps, VIO_DEVICE_STATUS, status | VIRTIO_STATUS_FAILED);
        return PLUGIN_FAILURE;
    }
    v->hdr_bytes = virtio_has(ps, VIRTIO_NET_F_HASH_REPORT) ? VIRTIO_NET_HDR_HASH_BYTES : VIRTIO_NET_HDR_BYTES;
    v->large = !virtio_has(ps, VIRTIO_NET_F_MRG_RXBUF) && ps->mtu + 14 + 4 + v->hdr_bytes > SHELL_SMALL_RECV_BUFFER_SIZE;
    v->indirect = virtio_has(ps, VIRTIO_F_INDIRECT_DESC);
    if (v->large && ps->mtu + 14 + 4 + v->hdr_bytes > SHELL_LARGE_RECV_BUFFER_SIZE)
        return PLUGIN_FAILURE;
    write16(ps, VIO_CONFIG_MSIX_VECTOR, VIO_NO_VECTOR);
    return PLUGIN_OK;
}

uint32 virtio_enable_queue(Plugin_State *ps, struct virtq *q, uint32 vector)
{
    write16(ps, VIO_QUEUE_SELECT, q->number);
    if (read16(ps, VIO_QUEUE_SIZE) < q->size)
        return PLUGIN_FAILURE;
    write16(ps, VIO_QUEUE_SIZE, q->size);
    write16(ps, VIO_QUEUE_MSIX_VECTOR, (uint16)vector);
    write64(ps, VIO_QUEUE_DESC_LO, q->pa);
    write64(ps, VIO_QUEUE_DRIVER_LO, q->pa + q->driver);
    write64(ps, VIO_QUEUE_DEVICE_LO, q->pa + q->device);
    write16(ps, VIO_QUEUE_ENABLE, 1);
    return read16(ps, VIO_QUEUE_ENABLE) ? PLUGIN_OK : PLUGIN_FAILURE;
}

void virtio_start(Plugin_State *ps)
{
    write8(ps, VIO_DEVICE_STATUS,
           VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES_OK | VIRTIO_STATUS_DRIVER_OK);
    virtio_of(ps)->running = 1;
}
