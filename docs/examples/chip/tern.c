/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Tern: its registers, its descriptors, its switch. The driver of its PF is tern_driver.c, the plugin of its VFs tern_vf.c.
 *
 * The library drives the rings (vfsim/chip_queue.h) and has the tables of the switch; here is what this chip makes of them.
 */
#include <string.h>

#include "tern_chip.h"

struct function { /* a function's state */
    uint32_t reg[TERN_FUNCTION_REGISTERS / 4];
    uint32_t pending; /* an interrupt, while it is masked */
};

struct chip { /* the NIC's state */
    uint32_t reg[(TERN_REGISTERS_END - TERN_STATUS) / 4];
};

static struct function *of(struct vfsim_function *fn) { return vfsim_function_state(fn); }
static uint32_t *reg(struct vfsim_nic *nic, uint32_t offset)
{
    struct chip *c = vfsim_nic_state(nic);
    return &c->reg[(offset - TERN_STATUS) / 4];
}

/* ---- descriptors ---- */

static struct vfsim_buffer buffer(struct vfsim_function *fn, enum vfsim_ring ring, const void *descriptor)
{
    const struct tern_desc *d = descriptor;
    return (struct vfsim_buffer){d->address, d->length, d->flags & TERN_END};
}

static void received(struct vfsim_function *fn, void *descriptor, vfsim_frame frame)
{
    struct tern_desc *d = descriptor;
    struct vfsim_nic *nic = vfsim_function_nic(fn);
    uint16_t tci;
    d->flags = TERN_DONE | vfsim_frame_kind(nic, frame) << TERN_KIND;
    if (vfsim_function_number(fn) >= 0 && vfsim_frame_pop_vlan(nic, frame, &tci))
        d->flags |= TERN_TAG | (uint32_t)tci << TERN_TCI;
    vfsim_frame_bytes(nic, frame, &d->length);
}

static void sending(struct vfsim_function *fn, const void *first, vfsim_frame frame)
{
    const struct tern_desc *d = first;
    if (d->flags & TERN_TAG && vfsim_function_number(fn) >= 0)
        vfsim_frame_push_vlan(vfsim_function_nic(fn), frame, (uint16_t)(d->flags >> TERN_TCI));
}

static bool sent(struct vfsim_function *fn, void *last)
{
    ((struct tern_desc *)last)->flags |= TERN_DONE;
    return true;
}

static void interrupt(struct vfsim_function *fn, unsigned queue)
{
    of(fn)->pending = of(fn)->reg[TERN_MASK / 4];
    if (!of(fn)->pending)
        vfsim_interrupt(fn, 0);
}

static const struct vfsim_queue_ops queue = {
    .descriptor = sizeof(struct tern_desc),
    .fragments = TERN_FRAGMENTS,
    .buffer = buffer,
    .received = received,
    .sending = sending,
    .sent = sent,
    .written = interrupt,
};

/* ---- the wire ---- */

static void arrive(struct vfsim_nic *nic, vfsim_frame frame)
{
    uint32_t length;
    const uint8_t *bytes = vfsim_frame_bytes(nic, frame, &length);
    uint32_t most = *reg(nic, TERN_LONGEST) - 4 + (length > 14 && bytes[12] == 0x81 && bytes[13] == 0 ? 4 : 0);
    if (vfsim_frame_has_bad_crc(nic, frame))
        vfsim_nic_drop(nic, frame, vfsim_reason("bad_fcs"));
    else if (length > most)
        vfsim_nic_drop(nic, frame, vfsim_reason("too_long"));
    else
        vfsim_switch(nic, VFSIM_SWITCH_UPLINK, frame);
}

static void link_changed(struct vfsim_nic *nic, bool up)
{
    *reg(nic, TERN_CAUSE) |= 1;
    vfsim_trace(nic, "link > %s -> cause raised", up ? "up" : "down");
    vfsim_interrupt(vfsim_nic_function(nic, -1), 1);
}

/* ---- registers of every function ---- */

static void ring(struct vfsim_function *fn, enum vfsim_ring ring, uint32_t low, uint32_t high, uint32_t size, bool on)
{
    uint64_t address = (uint64_t)high << 32 | (low & ~UINT32_C(15));
    if (on)
        vfsim_ring_start(fn, 0, ring, address, size >= TERN_RING_MIN && size <= TERN_RING_MAX ? size : 0);
    else
        vfsim_ring_stop(fn, 0, ring);
}

static void write_own(struct vfsim_function *fn, uint32_t offset, uint32_t value)
{
    uint32_t *r = of(fn)->reg, changed = r[offset / 4] ^ value;
    r[offset / 4] = value;
    switch (offset) {
    case TERN_RX_TAIL: vfsim_ring_set_tail(fn, 0, VFSIM_RX, value); break;
    case TERN_TX_TAIL: vfsim_ring_set_tail(fn, 0, VFSIM_TX, value); break;
    case TERN_ENABLE:
        if (changed & TERN_RINGS_RX)
            ring(fn, VFSIM_RX, r[TERN_RX_BASE_LO / 4], r[TERN_RX_BASE_HI / 4], r[TERN_RX_SIZE / 4], value & TERN_RINGS_RX);
        if (changed & TERN_RINGS_TX)
            ring(fn, VFSIM_TX, r[TERN_TX_BASE_LO / 4], r[TERN_TX_BASE_HI / 4], r[TERN_TX_SIZE / 4], value & TERN_RINGS_TX);
        break;
    case TERN_MASK:
        if (of(fn)->pending)
            interrupt(fn, 0);
        break;
    }
}

/* ---- the PF's: to the tables of the switch ---- */

static void port(struct vfsim_nic *nic, unsigned port)
{
    uint32_t word = *reg(nic, TERN_PORT + 4 * port), tag = *reg(nic, TERN_PORT_VLAN + 4 * port);
    if (port <= vfsim_nic_vfs(nic))
        vfsim_switch_set_port(nic, port,
                              &(struct vfsim_switch_port){
                                  .receives = word & TERN_PORT_RX,
                                  .sends = word & TERN_PORT_TX,
                                  .broadcast = word & TERN_PORT_BROADCAST,
                                  .untagged = word & TERN_PORT_UNTAGGED,
                                  .groups = word & TERN_PORT_GROUPS,
                                  .all_groups = word & TERN_PORT_ALL_GROUPS,
                                  .vlan_filter = word & TERN_PORT_VLANS,
                                  .check_address = word & TERN_PORT_CHECK_ADDRESS,
                                  .check_vlan = word & TERN_PORT_CHECK_VLAN,
                                  .port_vlan = tag & TERN_VALID,
                                  .strip = tag & TERN_VALID,
                                  .port_tci = (uint16_t)tag,
                              });
}

static bool is_in(uint32_t offset, uint32_t base, uint32_t bytes) { return offset >= base && offset < base + bytes; }

static void write_chip(struct vfsim_nic *nic, uint32_t offset, uint32_t value)
{
    uint32_t *r = reg(nic, offset);
    *r = value;
    if (offset == TERN_FENCE) {
        vfsim_fence(nic);
    } else if (offset == TERN_LOOPBACK) {
        vfsim_switch_set_loopback(nic, value & 1);
        vfsim_switch_set_default(nic, (int)vfsim_nic_vfs(nic)); /* what nobody has is the PF's */
    } else if (is_in(offset, TERN_PORT, 4 * (TERN_VFS_MAX + 1))) {
        port(nic, (offset - TERN_PORT) / 4);
    } else if (is_in(offset, TERN_PORT_VLAN, 4 * (TERN_VFS_MAX + 1))) {
        port(nic, (offset - TERN_PORT_VLAN) / 4);
    } else if (is_in(offset, TERN_ADDRESS, 16 * TERN_ADDRESSES) && (offset - TERN_ADDRESS) % 16 == 8) {
        uint8_t mac[6];
        memcpy(mac, r - 2, sizeof(mac)); /* the two words before, first byte lowest */
        vfsim_switch_set_address(nic, (offset - TERN_ADDRESS) / 16, r[-1] & TERN_VALID, mac, value);
    } else if (is_in(offset, TERN_VLAN, 8 * TERN_VLANS) && (offset - TERN_VLAN) % 8 == 4) {
        vfsim_switch_set_vlan(nic, (offset - TERN_VLAN) / 8, r[-1] & TERN_VALID, r[-1] & 0xfff, value);
    } else if (is_in(offset, TERN_GROUPS, 512)) {
        vfsim_switch_set_groups(nic, (offset - TERN_GROUPS) / 4, value);
    }
}

static uint32_t read_count(struct vfsim_function *fn, uint32_t offset)
{
    struct vfsim_function_counts c;
    vfsim_function_count(fn, &c);
    const uint64_t count[] = {c.rx_frames, c.rx_bytes, c.rx_dropped, c.rx_multicast + c.rx_broadcast, c.tx_frames, c.tx_bytes};
    return offset < sizeof(count) ? (uint32_t)(count[offset / 8] >> 8 * (offset & 4)) : 0;
}

static uint32_t read_chip(struct vfsim_nic *nic, uint32_t offset)
{
    uint32_t value = *reg(nic, offset);
    struct vfsim_function *vf;
    if (is_in(offset, TERN_COUNTERS, 64 * TERN_VFS_MAX)) {
        vf = vfsim_nic_function(nic, (int)((offset - TERN_COUNTERS) / 64));
        return vf ? read_count(vf, (offset - TERN_COUNTERS) % 64) : 0;
    }
    if (is_in(offset, TERN_BUSY, 4 * TERN_VFS_MAX)) {
        vf = vfsim_nic_function(nic, (int)((offset - TERN_BUSY) / 4));
        return vf && vfsim_function_is_sending(vf);
    }
    if (offset == TERN_STATUS)
        return vfsim_link_is_up(nic);
    if (offset == TERN_FENCE)
        return (vfsim_fence_waits(nic, VFSIM_RX) ? TERN_FENCE_RX : 0) | (vfsim_fence_waits(nic, VFSIM_TX) ? TERN_FENCE_TX : 0);
    if (offset == TERN_CAUSE)
        *reg(nic, offset) = 0;
    return value;
}

/* ---- access and reset ---- */

static bool is_chip(struct vfsim_function *fn, uint32_t offset)
{
    return vfsim_function_number(fn) < 0 && offset >= TERN_STATUS && offset < TERN_REGISTERS_END;
}

static uint64_t read(struct vfsim_function *fn, unsigned bar, uint32_t offset, unsigned size)
{
    if (size == 4 && offset < TERN_FUNCTION_REGISTERS)
        return of(fn)->reg[offset / 4];
    return size == 4 && is_chip(fn, offset) ? read_chip(vfsim_function_nic(fn), offset) : 0;
}

static void write(struct vfsim_function *fn, unsigned bar, uint32_t offset, unsigned size, uint64_t value)
{
    if (size == 4 && offset < TERN_FUNCTION_REGISTERS)
        write_own(fn, offset, (uint32_t)value);
    else if (size == 4 && is_chip(fn, offset))
        write_chip(vfsim_function_nic(fn), offset, (uint32_t)value);
}

static void reset(struct vfsim_function *fn)
{
    struct vfsim_nic *nic = vfsim_function_nic(fn);
    memset(of(fn), 0, sizeof(struct function));
    if (vfsim_function_number(fn) >= 0)
        return;
    memset(vfsim_nic_state(nic), 0, sizeof(struct chip));
    *reg(nic, TERN_LONGEST) = 1518;
    uint8_t mac[6];
    vfsim_nic_address(nic, mac);
    memcpy(reg(nic, TERN_MAC_LO), mac, 4);
    memcpy(reg(nic, TERN_MAC_HI), mac + 4, 2);
    vfsim_switch_clear(nic);
}

static const struct vfsim_device_ops device = {
    .read = read, .write = write, .reset = reset, .arrive = arrive, .link_changed = link_changed};

/* ---- what it is: `vfsim regs tern`, `vfsim models` ---- */

#define OWN(function)                                                                             \
    {"RX_BASE_LO", TERN_RX_BASE_LO, 0, 1, 0, "RW", function, "receive ring: its address, low"},   \
        {"RX_BASE_HI", TERN_RX_BASE_HI, 0, 1, 0, "RW", function, "… and high"},                   \
        {"RX_SIZE", TERN_RX_SIZE, 0, 1, 0, "RW", function, "its descriptors, 8 to 4096"},         \
        {"RX_TAIL", TERN_RX_TAIL, 0, 1, 0, "RW", function, "behind the last that is the chip's"}, \
        {"TX_BASE_LO", TERN_TX_BASE_LO, 0, 1, 0, "RW", function, "transmit ring, likewise"},      \
        {"TX_BASE_HI", TERN_TX_BASE_HI, 0, 1, 0, "RW", function, "… and high"},                   \
        {"TX_SIZE", TERN_TX_SIZE, 0, 1, 0, "RW", function, "its descriptors"},                    \
        {"TX_TAIL", TERN_TX_TAIL, 0, 1, 0, "RW", function, "behind the last that is the chip's"}, \
        {"ENABLE", TERN_ENABLE, 0, 1, 0, "RW", function, "bit 0: it receives, bit 1: it sends"},  \
        {"MASK", TERN_MASK, 0, 1, 0, "RW", function, "not 0: no interrupt"}

static const struct vfsim_register registers[] = {
    OWN("VF"),
    OWN("PF"),
    {"STATUS", TERN_STATUS, 0, 1, 0, "RO", "PF", "bit 0: the link is up"},
    {"CAUSE", TERN_CAUSE, 0, 1, 0, "RC", "PF", "why vector 1 was raised; bit 0: the link has changed"},
    {"LONGEST", TERN_LONGEST, 0, 1, 1518, "RW", "PF", "longest frame with its check sequence"},
    {"LOOPBACK", TERN_LOOPBACK, 0, 1, 0, "RW", "PF", "bit 0: functions hear each other"},
    {"MAC_LO", TERN_MAC_LO, 0, 1, 0, "RO", "PF", "its address, four bytes"},
    {"MAC_HI", TERN_MAC_HI, 0, 1, 0, "RO", "PF", "… and two"},
    {"FENCE", TERN_FENCE, 0, 1, 0, "RW", "PF", "a write begins one; what it waits for"},
    {"BUSY", TERN_BUSY, 4, TERN_VFS_MAX, 0, "RO", "PF", "a VF has not sent all that was posted"},
    {"PORT", TERN_PORT, 4, TERN_VFS_MAX + 1, 0, "RW", "PF", "what a port takes"},
    {"PORT_VLAN", TERN_PORT_VLAN, 4, TERN_VFS_MAX + 1, 0, "RW", "PF", "its own tag"},
    {"ADDRESS_LO", TERN_ADDRESS, 16, TERN_ADDRESSES, 0, "RW", "PF", "entry i: four bytes"},
    {"ADDRESS_HI", TERN_ADDRESS + 4, 16, TERN_ADDRESSES, 0, "RW", "PF", "two bytes; bit 31 valid"},
    {"ADDRESS_PORTS", TERN_ADDRESS + 8, 16, TERN_ADDRESSES, 0, "RW", "PF", "its ports; takes all over"},
    {"VLAN", TERN_VLAN, 8, TERN_VLANS, 0, "RW", "PF", "entry i: VID; bit 31 valid"},
    {"VLAN_PORTS", TERN_VLAN + 4, 8, TERN_VLANS, 0, "RW", "PF", "its ports; takes both over"},
    {"GROUPS", TERN_GROUPS, 4, 128, 0, "RW", "PF", "table of groups, by bits 47:36"},
    {"RX_COUNT", TERN_COUNTERS, 64, TERN_VFS_MAX, 0, "RO", "PF", "frames that a VF was given; bytes, missed, groups behind it"},
    {"TX_COUNT", TERN_COUNTERS + TERN_COUNT_TX_FRAMES, 64, TERN_VFS_MAX, 0, "RO", "PF", "frames that it has sent; bytes behind it"},
};

const struct vfsim_chip tern_chip = {
    .abi = VFSIM_CHIP_ABI,
    .size = sizeof(struct vfsim_chip),
    .name = "tern",
    .sentence = "10 GbE NIC of no vendor: SR-IOV with up to 15 VFs, one ring a direction, embedded switch",
    .state_version = 1,
    .max_vfs = TERN_VFS_MAX,
    .vf_queues = 1,
    .addresses = TERN_ADDRESSES,
    .vlans = TERN_VLANS,
    .rate_bps = UINT64_C(10000000000),
    .pcie_gen = 2,
    .pcie_lanes = 8,
    .vendor = TERN_VENDOR,
    .pf = {.device = TERN_DEVICE_PF,
           .bar = {{8192, true}, [2] = {8192, true}},
           .vectors = 2,
           .msix_bar = 2,
           .msix_pending = 4096,
           .state = sizeof(struct function),
           .queues = 1},
    .vf = {.device = TERN_DEVICE_VF,
           .bar = {{4096, true}, [2] = {8192, true}},
           .vectors = 1,
           .msix_bar = 2,
           .msix_pending = 4096,
           .state = sizeof(struct function),
           .queues = 1},
    .nic_state = sizeof(struct chip),
    .vf_plugin = "ternvf.so",
    .registers = registers,
    .register_count = sizeof(registers) / sizeof(registers[0]),
    .device = &device,
    .queue = &queue,
    .driver = &tern_driver,
};

int vfsim_chip_init(struct vfsim_error **error) { return vfsim_chip_register(&tern_chip, error); }
