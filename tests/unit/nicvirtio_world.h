/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of the virtio NIC share: a chip whose PF a test drives by hand, by its administration queue, and a VF whose queues
 * it fills by hand, split or packed; and a wire. Of a queue the descriptors, the two areas and a table have a page each.
 */
#ifndef VFSIM_TESTS_NICVIRTIO_WORLD_H
#define VFSIM_TESTS_NICVIRTIO_WORLD_H

#include "nic/virtio/desc.h"
#include "nic/virtio/regs.h"
#include "unit/nic_board.h"

enum {
    VFS = 3,
    HOST_MEM = 0x10000,
    VF_MEM = 0x100000,
    COMMAND_AT = 0x8000, /* in the host's memory, as the administration queue is */
    ANSWER_AT = 0x9000,
    QUEUE_BYTES = 0x4000, /* in the VF's memory from 0 on */
    DRIVER_OFF = 0x1000,
    DEVICE_OFF = 0x2000,
    TABLE_OFF = 0x3000,
    FRAMES_AT = 0x20000,
    BUFFERS_AT = 0x60000,
    SIZE = 32,
    RX = 0,
    TX = 1,
    CONTROL = 2,
};

#define PLAIN (VIRTIO_BIT(VIRTIO_F_VERSION_1) | VIRTIO_BIT(VIRTIO_F_ACCESS_PLATFORM))
#define PACKED VIRTIO_BIT(VIRTIO_F_RING_PACKED)

struct vio_world {
    struct nic_board b;
    uint64_t features;
    uint16_t admin_put, put[3]; /* free running: index, or descriptors of a packed ring */
};
static struct vio_world w;

static inline void run(sim_time span) { board_run(&w.b, span); }

static inline void put(struct pci_function *fn, uint32_t off, unsigned size, uint32_t value)
{
    pci_mmio_write(fn, &w.b.me, sim_now(w.b.sim), VIO_BAR, off, size, value);
    run(SIM_US);
}
static inline void pf_put(uint32_t off, uint32_t value) { put(w.b.nic->pf, off, 4, value); }
static inline void vf_put(uint32_t off, unsigned size, uint32_t value) { put(w.b.nic->vf[0], off, size, value); }
static inline uint32_t vf_get(uint32_t off, unsigned size) { return (uint32_t)pci_mmio_peek(w.b.nic->vf[0], VIO_BAR, off, size); }

static inline uint64_t counter(const char *name)
{
    const char *found;
    uint64_t value;
    for (unsigned i = 0; w.b.nic->ops->counter(w.b.nic, i, &found, &value); i++)
        if (!strcmp(found, name))
            return value;
    ck_abort_msg("no counter %s", name);
    return 0;
}

/* ---- a virtio driver: of the PF with its administration queue, of the VF with as many queues as are said ---- */

static inline void set_up_queue(struct pci_function *fn, uint32_t number, uint32_t size, uint32_t at)
{
    put(fn, VIO_QUEUE_SELECT, 2, number);
    put(fn, VIO_QUEUE_SIZE, 2, size);
    put(fn, VIO_QUEUE_MSIX_VECTOR, 2, fn == w.b.nic->pf ? VIO_NO_VECTOR : number);
    put(fn, VIO_QUEUE_DESC_LO, 4, at);
    put(fn, VIO_QUEUE_DRIVER_LO, 4, at + DRIVER_OFF);
    put(fn, VIO_QUEUE_DEVICE_LO, 4, at + DEVICE_OFF);
    put(fn, VIO_QUEUE_ENABLE, 2, 1);
}

static inline void agree(struct pci_function *fn, uint64_t features)
{
    put(fn, VIO_DEVICE_STATUS, 1, 0);
    put(fn, VIO_DEVICE_STATUS, 1, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
    for (uint32_t half = 0; half < 2; half++) {
        put(fn, VIO_DRIVER_FEATURE_SELECT, 4, half);
        put(fn, VIO_DRIVER_FEATURE, 4, (uint32_t)(features >> 32 * half));
    }
    put(fn, VIO_DEVICE_STATUS, 1, 11);
}

static inline void vf_begins(uint64_t features)
{
    w.features = features;
    memset(w.b.vf, 0, 3 * QUEUE_BYTES);
    memset(w.put, 0, sizeof(w.put));
    agree(w.b.nic->vf[0], features);
    for (uint32_t n = 0; n < 2 + (features >> VIRTIO_NET_F_CTRL_VQ & 1); n++)
        set_up_queue(w.b.nic->vf[0], n, SIZE, n * QUEUE_BYTES);
    vf_put(VIO_DEVICE_STATUS, 1, 15);
}

/* Status and qualifier of the answer, 16 bits each; what else it says is behind them at ANSWER_AT + 8. */
static inline uint32_t admin(uint16_t opcode, uint16_t group, uint64_t member, const void *data, uint32_t len)
{
    struct virtio_admin_cmd_hdr hdr = {.opcode = opcode, .group_type = group, .group_member_id = member};
    struct virtq_desc *desc = (struct virtq_desc *)w.b.host;
    memcpy(w.b.host + COMMAND_AT, &hdr, sizeof(hdr));
    if (len)
        memcpy(w.b.host + COMMAND_AT + sizeof(hdr), data, len);
    memset(w.b.host + ANSWER_AT, 0xee, 512);
    desc[0] = (struct virtq_desc){COMMAND_AT, (uint32_t)sizeof(hdr) + len, VIRTQ_DESC_F_NEXT, 1};
    desc[1] = (struct virtq_desc){ANSWER_AT, 512, VIRTQ_DESC_F_WRITE, 0};
    ((uint16_t *)(w.b.host + DRIVER_OFF))[2 + w.admin_put % 8] = 0;
    ((uint16_t *)(w.b.host + DRIVER_OFF))[1] = ++w.admin_put;
    put(w.b.nic->pf, VIO_NOTIFY(2), 2, 2);
    run(20 * SIM_US);
    return *(uint32_t *)(w.b.host + ANSWER_AT);
}
static inline uint32_t admin_word(uint16_t opcode, uint32_t word) { return admin(opcode, 1, 1, &word, sizeof(word)); }

/* VF 0 has address 02:…:0a, and may do all. */
static inline void world_setup(uint64_t features)
{
    struct vio_provision set = {.features = ~UINT64_C(0), .pairs = 2, .mtu = 1500, .mac = {2, 0, 0, 0, 0, 10}};
    memset(&w, 0, sizeof(w));
    board_setup(&w.b, "virtio", VFS, VIO_VF_VECTORS, HOST_MEM, VF_MEM);
    agree(w.b.nic->pf, PLAIN | VIRTIO_BIT(VIRTIO_F_ADMIN_VQ));
    set_up_queue(w.b.nic->pf, 2, 8, 0);
    put(w.b.nic->pf, VIO_DEVICE_STATUS, 1, 15);
    pf_put(VIO_SWITCH, VIO_SWITCH_LOOPBACK);
    pf_put(VIO_VPORT(0), VIO_VPORT_RX | VIO_VPORT_TX | VIO_VPORT_BROADCAST | VIO_VPORT_UNTAGGED);
    pf_put(VIO_MAC_LO(1), 0x00000002);
    pf_put(VIO_MAC_HI(1), 0x0a00 | VIO_VALID);
    ck_assert_uint_eq(admin(VIO_ADMIN_PROVISION, 1, 1, &set, sizeof(set)), 0);
    ck_assert_uint_eq(admin_word(VIO_ADMIN_RUN, VIO_RUN_RX | VIO_RUN_TX), 0);
    vf_begins(features);
}

static inline void world_teardown(void) { board_teardown(&w.b); }

/* ---- its rings ---- */

static inline bool is_packed(void) { return w.features & PACKED; }
static inline struct virtq_desc *desc_at(unsigned queue, uint32_t i)
{
    return (struct virtq_desc *)(w.b.vf + queue * QUEUE_BYTES) + i % SIZE;
}
static inline struct pvirtq_desc *packed_at(unsigned queue, uint32_t i)
{
    return (struct pvirtq_desc *)(w.b.vf + queue * QUEUE_BYTES) + i % SIZE;
}
static inline uint16_t *driver_at(unsigned queue) { return (uint16_t *)(w.b.vf + queue * QUEUE_BYTES + DRIVER_OFF); }
static inline uint16_t *device_at(unsigned queue) { return (uint16_t *)(w.b.vf + queue * QUEUE_BYTES + DEVICE_OFF); }

/* A descriptor of what is made available next: `next` more follow it. Of a split ring they are the ring's in turn, as well. */
static inline void post(unsigned queue, uint64_t addr, uint32_t len, uint32_t flags)
{
    uint32_t i = w.put[queue]++;
    if (is_packed()) {
        uint32_t lap = i / SIZE % 2 ? VIRTQ_DESC_F_USED : VIRTQ_DESC_F_AVAIL;
        *packed_at(queue, i) = (struct pvirtq_desc){addr, len, (uint16_t)(i % SIZE), (uint16_t)(flags | lap)};
    } else {
        *desc_at(queue, i) = (struct virtq_desc){addr, len, (uint16_t)flags, (uint16_t)((i + 1) % SIZE)};
    }
}

/* Of a split ring: a chain that begins at `head` is available. */
static inline void offer(unsigned queue, uint16_t head)
{
    uint16_t *avail = driver_at(queue);
    if (is_packed())
        return;
    avail[2 + avail[1] % SIZE] = head;
    avail[1]++;
}
static inline void notify(unsigned queue)
{
    vf_put(VIO_NOTIFY(queue), 2, queue);
    run(20 * SIM_US);
}

static inline void fill_frame(uint32_t at, uint32_t len)
{
    uint8_t *p = w.b.vf + at;
    memset(p, 0, VIRTIO_NET_HDR_BYTES + len);
    p += VIRTIO_NET_HDR_BYTES;
    memcpy(p, mac_of(9), 6);
    memcpy(p + 6, mac_of(10), 6);
    p[12] = 0x88;
    p[13] = 0xb5;
}

/* A frame to the peer, with its header, in so many pieces; it is available, and nobody is told. */
static inline void post_frame(uint32_t at, uint32_t len, uint32_t pieces)
{
    uint32_t all = VIRTIO_NET_HDR_BYTES + len, part = all / pieces;
    uint16_t head = (uint16_t)(w.put[TX] % SIZE);
    fill_frame(at, len);
    for (uint32_t i = 0; i < pieces; i++)
        post(TX, at + i * part, i + 1 == pieces ? all - i * part : part, i + 1 == pieces ? 0 : VIRTQ_DESC_F_NEXT);
    offer(TX, head);
}

static inline void post_buffer(uint32_t at, uint32_t len)
{
    uint16_t head = (uint16_t)(w.put[RX] % SIZE);
    post(RX, at, len, VIRTQ_DESC_F_WRITE);
    offer(RX, head);
}

static inline void frame_comes(uint32_t len)
{
    port_send(&w.b.peer->port, make_frame(&w.b.peer->comp, mac_of(10), mac_of(9), -1, len));
    run(10 * SIM_US);
}

#endif
