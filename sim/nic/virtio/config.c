/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A function's own configuration [virtio 1.2 3.1, 4.1.4.3, 5.1.4]: features, status, its queues, what a network device says. */
#include <string.h>

#include "nic/virtio/vio__.h"

/* What the chip has. ADMIN_VQ and SR_IOV are the PF's, what a VF may have beyond the bare transport is its provisioning's. */
#define TRANSPORT                                                                                           \
    (VIRTIO_BIT(VIRTIO_F_INDIRECT_DESC) | VIRTIO_BIT(VIRTIO_F_EVENT_IDX) | VIRTIO_BIT(VIRTIO_F_VERSION_1) | \
     VIRTIO_BIT(VIRTIO_F_ACCESS_PLATFORM) | VIRTIO_BIT(VIRTIO_F_RING_PACKED) | VIRTIO_BIT(VIRTIO_F_NOTIFICATION_DATA))
#define NETWORK                                                                                                     \
    (VIRTIO_BIT(VIRTIO_NET_F_CSUM) | VIRTIO_BIT(VIRTIO_NET_F_GUEST_CSUM) | VIRTIO_BIT(VIRTIO_NET_F_MTU) |           \
     VIRTIO_BIT(VIRTIO_NET_F_MAC) | VIRTIO_BIT(VIRTIO_NET_F_GUEST_TSO4) | VIRTIO_BIT(VIRTIO_NET_F_GUEST_TSO6) |     \
     VIRTIO_BIT(VIRTIO_NET_F_HOST_TSO4) | VIRTIO_BIT(VIRTIO_NET_F_HOST_TSO6) | VIRTIO_BIT(VIRTIO_NET_F_MRG_RXBUF) | \
     VIRTIO_BIT(VIRTIO_NET_F_STATUS) | VIRTIO_BIT(VIRTIO_NET_F_CTRL_VQ) | VIRTIO_BIT(VIRTIO_NET_F_CTRL_RX) |        \
     VIRTIO_BIT(VIRTIO_NET_F_CTRL_VLAN) | VIRTIO_BIT(VIRTIO_NET_F_MQ) | VIRTIO_BIT(VIRTIO_NET_F_CTRL_MAC_ADDR) |    \
     VIRTIO_BIT(VIRTIO_NET_F_HASH_REPORT) | VIRTIO_BIT(VIRTIO_NET_F_RSS) | VIRTIO_BIT(VIRTIO_NET_F_SPEED_DUPLEX))

uint64_t vio__offered(const struct vio_function *fn)
{
    if (fn->vf == VIO_PF)
        return TRANSPORT | VIRTIO_BIT(VIRTIO_F_SR_IOV) | VIRTIO_BIT(VIRTIO_F_ADMIN_VQ) | VIRTIO_BIT(VIRTIO_NET_F_MAC) |
               VIRTIO_BIT(VIRTIO_NET_F_STATUS) | VIRTIO_BIT(VIRTIO_NET_F_MTU);
    return (TRANSPORT | NETWORK) & fn->s.set.features;
}

/* Features that need another one [5.1.3.1]; a set that has one without the other is refused. */
static const uint8_t needs[][2] = {
    {VIRTIO_NET_F_GUEST_TSO4, VIRTIO_NET_F_GUEST_CSUM},
    {VIRTIO_NET_F_GUEST_TSO6, VIRTIO_NET_F_GUEST_CSUM},
    {VIRTIO_NET_F_HOST_TSO4, VIRTIO_NET_F_CSUM},
    {VIRTIO_NET_F_HOST_TSO6, VIRTIO_NET_F_CSUM},
    {VIRTIO_NET_F_CTRL_RX, VIRTIO_NET_F_CTRL_VQ},
    {VIRTIO_NET_F_CTRL_VLAN, VIRTIO_NET_F_CTRL_VQ},
    {VIRTIO_NET_F_MQ, VIRTIO_NET_F_CTRL_VQ},
    {VIRTIO_NET_F_CTRL_MAC_ADDR, VIRTIO_NET_F_CTRL_VQ},
    {VIRTIO_NET_F_RSS, VIRTIO_NET_F_CTRL_VQ},
    {VIRTIO_NET_F_HASH_REPORT, VIRTIO_NET_F_CTRL_VQ},
};

/* A device behind an IOMMU works for no driver that does not know it [6.1], and this one is not transitional. */
static bool is_agreed(const struct vio_function *fn)
{
    uint64_t must = VIRTIO_BIT(VIRTIO_F_VERSION_1) | VIRTIO_BIT(VIRTIO_F_ACCESS_PLATFORM);
    bool good = (fn->s.features & must) == must && !(fn->s.features & ~vio__offered(fn));

    for (unsigned i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
        good &= !vio_has(fn, needs[i][0]) || vio_has(fn, needs[i][1]);
    return good;
}

void vio__function_defaults(struct vio_function *fn)
{
    fn->s.features = 0;
    fn->s.device_select = fn->s.driver_select = 0;
    fn->s.config_vector = VIO_NO_VECTOR;
    fn->s.queue_select = 0;
    fn->s.status = fn->s.isr = 0;
    fn->s.hdr_bytes = VIRTIO_NET_HDR_BYTES;
    fn->s.broken = 0;
    fn->s.pairs = 1;
}

void vio__config_changed(struct vio_function *fn)
{
    fn->s.generation++;
    if (!(fn->s.status & VIRTIO_STATUS_DRIVER_OK))
        return;
    fn->s.isr |= 2;
    if (fn->s.config_vector != VIO_NO_VECTOR)
        pci_msix_raise(fn->pci, fn->s.config_vector);
}

void vio__broken(struct vio_function *fn, unsigned queue, const char *why)
{
    if (fn->s.status & VIRTIO_STATUS_NEEDS_RESET)
        return;
    trace_nic_bad_descriptor(vio_component(fn->chip), queue, why);
    fn->s.status |= VIRTIO_STATUS_NEEDS_RESET;
    fn->s.broken = queue + 1;
    fn->chip->s.broken++;
    for (unsigned p = 0; p < VIO_PAIRS_MAX; p++)
        vio_set_active(fn->chip->s.tx_active, &fn->chip->s.tx_functions, fn, p, false);
    vio__config_changed(fn);
    vio__cause(fn->chip, VIO_ICR_BROKEN);
    for (unsigned n = 0; n < VIO_QUEUES; n += 2)
        if (fn->queue[n].lives)
            vio__rx_forget(fn, &fn->queue[n], FATE_rx_disabled);
}

/* ---- status ---- */

static void start(struct vio_function *fn)
{
    fn->s.hdr_bytes = vio_has(fn, VIRTIO_NET_F_HASH_REPORT) ? VIRTIO_NET_HDR_HASH_BYTES : VIRTIO_NET_HDR_BYTES;
    for (unsigned n = 0; n < vio_queues(fn); n++)
        vio__fetch(fn, &fn->queue[n]);
}

static void reset(struct vio_function *fn)
{
    pci_function_drop_dma(fn->pci);
    vio__function_clear(fn, FATE_function_reset);
    vio__function_defaults(fn);
    trace_nic_vf_reset(vio_component(fn->chip), fn->vport, "reset by its driver");
    vio__tx_out(fn->chip);
    vio__tx_issue_all(fn->chip); /* others wait for what it had on the chip */
}

/* A driver only ever sets bits, and in this order [3.1.1]; what comes too early is not taken. */
static void write_status(struct vio_function *fn, uint8_t value)
{
    uint8_t before = fn->s.status, mine = VIRTIO_STATUS_NEEDS_RESET;

    if (!value) {
        reset(fn);
        return;
    }
    value = (uint8_t)((value & ~mine) | before);
    if ((value & VIRTIO_STATUS_FEATURES_OK) && !(before & VIRTIO_STATUS_FEATURES_OK) && !is_agreed(fn))
        value &= (uint8_t)~VIRTIO_STATUS_FEATURES_OK;
    if (!(value & VIRTIO_STATUS_FEATURES_OK))
        value &= (uint8_t)~VIRTIO_STATUS_DRIVER_OK;
    fn->s.status = value;
    if ((value & ~before) & VIRTIO_STATUS_DRIVER_OK)
        start(fn);
}

/* ---- a queue ---- */

static bool queue_write16(struct vio_function *fn, struct vio_queue_state *q, uint32_t off, uint16_t value)
{
    bool is_power = (value & (value - 1)) == 0;

    switch (off) {
    case VIO_QUEUE_SIZE:
        if (q->enabled || !value || value > VIO_QUEUE_SIZE_MAX || (!is_power && !vio_is_packed(fn)))
            return false;
        q->size = value;
        return true;
    case VIO_QUEUE_MSIX_VECTOR: /* one that is none reads back as such [4.1.5.1.3] */
        q->vector = value < (fn->vf == VIO_PF ? VIO_PF_VECTORS : VIO_VF_VECTORS) ? value : VIO_NO_VECTOR;
        return true;
    case VIO_QUEUE_ENABLE:
        if (value != 1 || q->enabled || !(fn->s.status & VIRTIO_STATUS_FEATURES_OK) || ((q->desc | q->driver | q->device) & 1) ||
            (!vio_is_packed(fn) && (q->size & (q->size - 1))))
            return false;
        vio__queue_start(q);
        return true;
    default:
        return false;
    }
}

static bool queue_write32(struct vio_queue_state *q, uint32_t off, uint32_t value)
{
    uint64_t *area = off < VIO_QUEUE_DRIVER_LO ? &q->desc : off < VIO_QUEUE_DEVICE_LO ? &q->driver : &q->device;

    if (q->enabled)
        return false;
    if (off & 4)
        *area = (uint32_t)*area | (uint64_t)value << 32;
    else
        *area = (*area & ~UINT64_C(0xffffffff)) | value;
    return true;
}

/* Of the queue that is selected; NULL: there is none such. */
static struct vio_queue_state *selected(struct vio_function *fn)
{
    struct vio_queue_state *q = fn->s.queue_select < vio_queues(fn) ? &fn->queue[fn->s.queue_select] : NULL;

    if (q && !q->lives) {
        q->lives = 1;
        q->size = VIO_QUEUE_SIZE_MAX;
        q->vector = VIO_NO_VECTOR;
    }
    return q;
}

/* ---- what a driver writes ---- */

/* Features are latched by FEATURES_OK: one that comes later is not taken [3.1.1]. */
static bool write_features(struct vio_function *fn, uint32_t value)
{
    uint32_t half = fn->s.driver_select;

    if (fn->s.status & VIRTIO_STATUS_FEATURES_OK)
        return false;
    if (half == 0)
        fn->s.features = (fn->s.features & ~UINT64_C(0xffffffff)) | value;
    else if (half == 1)
        fn->s.features = (uint32_t)fn->s.features | (uint64_t)value << 32;
    return true;
}

bool vio__config_write(struct vio_function *fn, uint32_t off, unsigned size, uint64_t value)
{
    struct vio_queue_state *q = off >= VIO_QUEUE_SIZE && off < VIO_COMMON_BYTES ? selected(fn) : NULL;

    if (q)
        return (size == 2 && off < VIO_QUEUE_DESC_LO && queue_write16(fn, q, off, (uint16_t)value)) ||
               (size == 4 && off >= VIO_QUEUE_DESC_LO && off < VIO_QUEUE_NOTIFY_DATA && off % 4 == 0 &&
                queue_write32(q, off, (uint32_t)value));
    if (off == VIO_DEVICE_FEATURE_SELECT && size == 4)
        fn->s.device_select = (uint32_t)value;
    else if (off == VIO_DRIVER_FEATURE_SELECT && size == 4)
        fn->s.driver_select = (uint32_t)value;
    else if (off == VIO_DRIVER_FEATURE && size == 4)
        return write_features(fn, (uint32_t)value);
    else if (off == VIO_CONFIG_MSIX_VECTOR && size == 2)
        fn->s.config_vector = value < (fn->vf == VIO_PF ? VIO_PF_VECTORS : VIO_VF_VECTORS) ? (uint16_t)value : VIO_NO_VECTOR;
    else if (off == VIO_DEVICE_STATUS && size == 1)
        write_status(fn, (uint8_t)value);
    else if (off == VIO_QUEUE_SELECT && size == 2)
        fn->s.queue_select = (uint16_t)value;
    else
        return false;
    return true;
}

/* ---- what a driver reads ---- */

static bool read_queue(struct vio_function *fn, uint32_t off, unsigned size, uint64_t *value)
{
    struct vio_queue_state *q = selected(fn);

    *value = 0; /* of a queue that is not there, which is how a driver finds out [4.1.5.1.3] */
    if (size == 2 && off == VIO_QUEUE_SIZE)
        *value = q ? q->size : 0;
    else if (size == 2 && off == VIO_QUEUE_MSIX_VECTOR)
        *value = q ? q->vector : VIO_NO_VECTOR;
    else if (size == 2 && off == VIO_QUEUE_ENABLE)
        *value = q ? q->enabled : 0;
    else if (size == 2 && (off == VIO_QUEUE_NOTIFY_OFF || off == VIO_QUEUE_NOTIFY_DATA))
        *value = q ? fn->s.queue_select : 0;
    else if (size == 2 && off == VIO_QUEUE_RESET)
        *value = 0;
    else if (size == 2 && off == VIO_ADMIN_QUEUE_INDEX)
        *value = fn->vf == VIO_PF ? 2 : 0;
    else if (size == 2 && off == VIO_ADMIN_QUEUE_NUM)
        *value = fn->vf == VIO_PF;
    else if (size == 4 && off % 4 == 0 && off >= VIO_QUEUE_DESC_LO && off < VIO_QUEUE_NOTIFY_DATA && q)
        *value = (off < VIO_QUEUE_DRIVER_LO   ? q->desc
                  : off < VIO_QUEUE_DEVICE_LO ? q->driver
                                              : q->device) >>
                     (off & 4 ? 32 : 0) &
                 0xffffffffu;
    else
        return false;
    return true;
}

static bool read_common(struct vio_function *fn, uint32_t off, unsigned size, uint64_t *value)
{
    if (off >= VIO_QUEUE_SIZE)
        return read_queue(fn, off, size, value);
    if (size == 4 && off == VIO_DEVICE_FEATURE_SELECT)
        *value = fn->s.device_select;
    else if (size == 4 && off == VIO_DEVICE_FEATURE)
        *value = fn->s.device_select < 2 ? vio__offered(fn) >> 32 * fn->s.device_select & 0xffffffffu : 0;
    else if (size == 4 && off == VIO_DRIVER_FEATURE_SELECT)
        *value = fn->s.driver_select;
    else if (size == 4 && off == VIO_DRIVER_FEATURE)
        *value = fn->s.driver_select < 2 ? fn->s.features >> 32 * fn->s.driver_select & 0xffffffffu : 0;
    else if (size == 2 && off == VIO_CONFIG_MSIX_VECTOR)
        *value = fn->s.config_vector;
    else if (size == 2 && off == VIO_NUM_QUEUES)
        *value = vio_queues(fn);
    else if (size == 1 && off == VIO_DEVICE_STATUS)
        *value = fn->s.status;
    else if (size == 1 && off == VIO_CONFIG_GENERATION)
        *value = fn->s.generation;
    else if (size == 2 && off == VIO_QUEUE_SELECT)
        *value = fn->s.queue_select;
    else
        return false;
    return true;
}

/* The device configuration may be read in pieces of any width [4.1.3.1]. */
static void fill_device(const struct vio_function *fn, uint8_t out[VIO_DEVICE_BYTES])
{
    uint16_t status = fn->chip->s.link_up ? VIRTIO_NET_S_LINK_UP : 0;
    uint32_t speed = (uint32_t)(fn->chip->nic.rate_bps / 1000000), types = VIRTIO_NET_HASH_TYPES_ALL;
    uint16_t length = 128;

    memset(out, 0, VIO_DEVICE_BYTES);
    memcpy(out, fn->s.set.mac, 6);
    memcpy(out + (VIO_NET_STATUS - VIO_DEVICE), &status, 2);
    memcpy(out + (VIO_MAX_VIRTQUEUE_PAIRS - VIO_DEVICE), &fn->s.set.pairs, 2);
    memcpy(out + (VIO_MTU - VIO_DEVICE), &fn->s.set.mtu, 2);
    memcpy(out + (VIO_SPEED - VIO_DEVICE), &speed, 4);
    out[VIO_DUPLEX - VIO_DEVICE] = 1;
    out[VIO_RSS_MAX_KEY_SIZE - VIO_DEVICE] = 40;
    memcpy(out + (VIO_RSS_MAX_TABLE_LENGTH - VIO_DEVICE), &length, 2);
    memcpy(out + (VIO_SUPPORTED_HASH_TYPES - VIO_DEVICE), &types, 4);
}

bool vio__config_read(struct vio_function *fn, uint32_t off, unsigned size, uint64_t *value)
{
    uint8_t device[VIO_DEVICE_BYTES];

    *value = 0;
    if (off < VIO_COMMON_BYTES)
        return read_common(fn, off, size, value);
    if (off == VIO_ISR_AT && size == 1) {
        *value = fn->s.isr;
        fn->s.isr = 0;
        return true;
    }
    if (off < VIO_DEVICE || size > 4 || off + size > VIO_DEVICE + VIO_DEVICE_BYTES)
        return false;
    fill_device(fn, device);
    memcpy(value, device + (off - VIO_DEVICE), size);
    return true;
}
