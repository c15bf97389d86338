/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The driver of the Tern's PF: registers as the library wants them. The host's own two rings are driven by the library. */
#include "tern_chip.h"

/* ---- the host's own rings ---- */

static void post(void *descriptor, uint64_t address, uint32_t length)
{
    *(struct tern_desc *)descriptor = (struct tern_desc){address, length, 0};
}

static void send(void *descriptor, uint64_t address, uint32_t length)
{
    *(struct tern_desc *)descriptor = (struct tern_desc){address, length, TERN_END};
}

static bool sent(const void *descriptor) { return ((const struct tern_desc *)descriptor)->flags & TERN_DONE; }

static bool received(const void *descriptor, uint32_t *length)
{
    *length = ((const struct tern_desc *)descriptor)->length;
    return sent(descriptor);
}

static void mask(struct vfsim_driver *d, bool on) { vfsim_driver_write(d, TERN_MASK, on); }

static const struct vfsim_driver_rings rings = {
    .descriptor = sizeof(struct tern_desc),
    .buffer = 10240, /* a jumbo frame in one piece */
    .post = post,
    .received = received,
    .send = send,
    .sent = sent,
    .rx_tail = TERN_RX_TAIL,
    .tx_tail = TERN_TX_TAIL,
    .mask = mask,
};

static uint64_t memory(uint32_t rx, uint32_t tx) { return vfsim_driver_rings_bytes(&rings, rx, tx); }

static void start(struct vfsim_driver *d)
{
    uint64_t rx = vfsim_driver_ring_address(d, VFSIM_RX), tx = vfsim_driver_ring_address(d, VFSIM_TX);
    vfsim_driver_write(d, TERN_RX_BASE_LO, (uint32_t)rx);
    vfsim_driver_write(d, TERN_RX_BASE_HI, (uint32_t)(rx >> 32));
    vfsim_driver_write(d, TERN_RX_SIZE, vfsim_driver_rx_ring(d));
    vfsim_driver_write(d, TERN_TX_BASE_LO, (uint32_t)tx);
    vfsim_driver_write(d, TERN_TX_BASE_HI, (uint32_t)(tx >> 32));
    vfsim_driver_write(d, TERN_TX_SIZE, vfsim_driver_tx_ring(d));
    vfsim_driver_write(d, TERN_ENABLE, TERN_RINGS_RX | TERN_RINGS_TX);
    vfsim_driver_write(d, TERN_PORT + 4 * vfsim_driver_vfs(d),
                       TERN_PORT_RX | TERN_PORT_TX | TERN_PORT_BROADCAST | TERN_PORT_UNTAGGED | TERN_PORT_GROUPS |
                           TERN_PORT_ALL_GROUPS);
}

static void cause_read(struct vfsim_driver *d, uint32_t value) {} /* the link is the library's matter */

/* ---- tables ---- */

static void address(struct vfsim_driver *d, unsigned i, bool valid, const uint8_t mac[6], uint64_t ports)
{
    vfsim_driver_write(d, TERN_ADDRESS + 16 * i, mac[0] | mac[1] << 8 | mac[2] << 16 | (uint32_t)mac[3] << 24);
    vfsim_driver_write(d, TERN_ADDRESS + 16 * i + 4, mac[4] | mac[5] << 8 | (valid ? TERN_VALID : 0));
    vfsim_driver_write(d, TERN_ADDRESS + 16 * i + 8, (uint32_t)ports);
}

static void vlan(struct vfsim_driver *d, unsigned i, bool valid, uint16_t vid, uint64_t ports)
{
    vfsim_driver_write(d, TERN_VLAN + 8 * i, vid | (valid ? TERN_VALID : 0));
    vfsim_driver_write(d, TERN_VLAN + 8 * i + 4, (uint32_t)ports);
}

static void port(struct vfsim_driver *d, unsigned vf, const struct vfsim_driver_port *as)
{
    uint32_t word = TERN_PORT_VLANS;
    word |= as->receive ? TERN_PORT_RX : 0;
    word |= as->transmit ? TERN_PORT_TX : 0;
    word |= as->broadcast ? TERN_PORT_BROADCAST : 0;
    word |= as->untagged ? TERN_PORT_UNTAGGED : 0;
    word |= as->groups ? TERN_PORT_GROUPS : 0;
    word |= as->all_groups ? TERN_PORT_ALL_GROUPS : 0;
    word |= as->check_address ? TERN_PORT_CHECK_ADDRESS : 0;
    word |= as->check_vlan ? TERN_PORT_CHECK_VLAN : 0;
    vfsim_driver_write(d, TERN_PORT_VLAN + 4 * vf,
                       as->vlan || as->priority ? TERN_VALID | (uint32_t)as->priority << 13 | as->vlan : 0);
    vfsim_driver_write(d, TERN_PORT + 4 * vf, word);
}

static void groups(struct vfsim_driver *d, unsigned word, uint32_t bits) { vfsim_driver_write(d, TERN_GROUPS + 4 * word, bits); }
static void longest(struct vfsim_driver *d, uint32_t bytes) { vfsim_driver_write(d, TERN_LONGEST, bytes); }
static void loopback(struct vfsim_driver *d, bool on) { vfsim_driver_write(d, TERN_LOOPBACK, on); }

/* ---- VFs ---- */

static void info(struct vfsim_driver *d, unsigned vf, uint32_t words[VFSIM_DEVICE_INFO_WORDS]) { words[0] = 1; /* queue pairs */ }

static struct vfsim_wait drain(struct vfsim_driver *d, enum vfsim_drain what, int vf)
{
    if (what == VFSIM_DRAIN_RING)
        return (struct vfsim_wait){TERN_BUSY + 4 * (uint32_t)vf, 1, 0};
    vfsim_driver_write(d, TERN_FENCE, 1);
    return (struct vfsim_wait){TERN_FENCE, what == VFSIM_DRAIN_RECEIVED ? TERN_FENCE_RX : TERN_FENCE_TX, 0};
}

static struct vfsim_driver_counters counters(struct vfsim_driver *d, unsigned vf)
{
    uint32_t at = TERN_COUNTERS + 64 * vf;
    return (struct vfsim_driver_counters){
        .rx_frames = at + TERN_COUNT_RX_FRAMES,
        .rx_bytes_low = at + TERN_COUNT_RX_BYTES,
        .rx_bytes_high = at + TERN_COUNT_RX_BYTES + 4,
        .rx_missed = at + TERN_COUNT_RX_MISSED,
        .rx_multicast = at + TERN_COUNT_RX_GROUPS,
        .tx_frames = at + TERN_COUNT_TX_FRAMES,
        .tx_bytes_low = at + TERN_COUNT_TX_BYTES,
        .tx_bytes_high = at + TERN_COUNT_TX_BYTES + 4,
    };
}

const struct vfsim_driver_ops tern_driver = {
    .bar = 0,
    .status = TERN_STATUS,
    .address_low = TERN_MAC_LO,
    .address_high = TERN_MAC_HI,
    .has_cause = true,
    .cause = TERN_CAUSE,
    .memory = memory,
    .start = start,
    .cause_read = cause_read,
    .address = address,
    .vlan = vlan,
    .groups = groups,
    .port = port,
    .longest = longest,
    .loopback = loopback,
    .info = info,
    .drain = drain,
    .counters = counters,
    .rings = &rings,
};
