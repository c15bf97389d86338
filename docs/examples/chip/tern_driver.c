/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The driver of the Tern's PF: registers as the library wants them, and the host's own two rings. */
#include "tern_chip.h"

enum { BUFFER = 10240 /* a jumbo frame in one piece */, DESC = 16 };

struct driver { /* its state; indices run freely */
    uint32_t rx_next, rx_tail, tx_put, tx_done;
};

/* Memory: receive ring, transmit ring, receive buffers, transmit buffers. */
static uint64_t page_up(uint64_t bytes) { return (bytes + 4095) & ~UINT64_C(4095); }
static uint64_t tx_ring_at(const struct vfsim_driver *d) { return page_up(DESC * vfsim_driver_rx_ring(d)); }
static uint64_t rx_buffer(const struct vfsim_driver *d, uint32_t i)
{
    return tx_ring_at(d) + page_up(DESC * vfsim_driver_tx_ring(d)) + (uint64_t)BUFFER * (i % vfsim_driver_rx_ring(d));
}
static uint64_t tx_buffer(const struct vfsim_driver *d, uint32_t i)
{
    return rx_buffer(d, 0) + (uint64_t)BUFFER * (vfsim_driver_rx_ring(d) + i % vfsim_driver_tx_ring(d));
}
static uint64_t memory(uint32_t rx, uint32_t tx)
{
    return page_up(DESC * rx) + page_up(DESC * tx) + page_up((uint64_t)BUFFER * (rx + tx));
}

static struct tern_desc *rx_desc(struct vfsim_driver *d, uint32_t i)
{
    return vfsim_driver_memory(d, DESC * (i % vfsim_driver_rx_ring(d)), DESC);
}
static struct tern_desc *tx_desc(struct vfsim_driver *d, uint32_t i)
{
    return vfsim_driver_memory(d, tx_ring_at(d) + DESC * (i % vfsim_driver_tx_ring(d)), DESC);
}

/* ---- up ---- */

static void post(struct vfsim_driver *d)
{
    struct driver *s = vfsim_driver_state(d);
    while (s->rx_tail - s->rx_next < vfsim_driver_rx_ring(d) - 1) {
        *rx_desc(d, s->rx_tail) = (struct tern_desc){vfsim_driver_address(d, rx_buffer(d, s->rx_tail)), BUFFER, 0};
        s->rx_tail++;
    }
    vfsim_driver_write(d, TERN_RX_TAIL, s->rx_tail % vfsim_driver_rx_ring(d));
}

static void start(struct vfsim_driver *d)
{
    uint64_t rx = vfsim_driver_address(d, 0), tx = vfsim_driver_address(d, tx_ring_at(d));
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
    post(d);
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
        .rx_frames = at + 4 * TERN_COUNT_RX_FRAMES,
        .rx_bytes_low = at + 4 * TERN_COUNT_RX_BYTES_LO,
        .rx_bytes_high = at + 4 * TERN_COUNT_RX_BYTES_HI,
        .rx_missed = at + 4 * TERN_COUNT_RX_MISSED,
        .rx_multicast = at + 4 * TERN_COUNT_RX_GROUPS,
        .tx_frames = at + 4 * TERN_COUNT_TX_FRAMES,
        .tx_bytes_low = at + 4 * TERN_COUNT_TX_BYTES_LO,
        .tx_bytes_high = at + 4 * TERN_COUNT_TX_BYTES_HI,
    };
}

/* ---- the host's own rings ---- */

static unsigned pending(struct vfsim_driver *d)
{
    struct driver *s = vfsim_driver_state(d);
    while (s->tx_done != s->tx_put && tx_desc(d, s->tx_done)->flags & TERN_DONE)
        s->tx_done++;
    return s->tx_put - s->tx_done;
}

static bool send(struct vfsim_driver *d, vfsim_frame frame)
{
    struct driver *s = vfsim_driver_state(d);
    if (pending(d) == vfsim_driver_tx_ring(d) - 1)
        return false;
    uint64_t at = tx_buffer(d, s->tx_put);
    uint32_t length = vfsim_driver_place(d, at, frame);
    *tx_desc(d, s->tx_put++) = (struct tern_desc){vfsim_driver_address(d, at), length, TERN_END};
    return true;
}

static void kick(struct vfsim_driver *d)
{
    struct driver *s = vfsim_driver_state(d);
    vfsim_driver_write(d, TERN_TX_TAIL, s->tx_put % vfsim_driver_tx_ring(d));
}

static unsigned poll(struct vfsim_driver *d, unsigned budget)
{
    struct driver *s = vfsim_driver_state(d);
    unsigned frames = 0;
    for (; frames < budget && s->rx_next != s->rx_tail && rx_desc(d, s->rx_next)->flags & TERN_DONE; frames++) {
        const struct vfsim_piece piece = {rx_buffer(d, s->rx_next), rx_desc(d, s->rx_next)->length};
        vfsim_driver_hand_up(d, &piece, 1);
        s->rx_next++;
    }
    if (frames)
        post(d);
    vfsim_driver_write(d, TERN_MASK, frames == budget); /* the library asks again, or unmasks */
    return frames;
}

static void unmask(struct vfsim_driver *d) { vfsim_driver_write(d, TERN_MASK, 0); }

const struct vfsim_driver_ops tern_driver = {
    .state = sizeof(struct driver),
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
    .send = send,
    .kick = kick,
    .poll = poll,
    .unmask = unmask,
    .pending = pending,
};
