/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin for virtio VFs against a device of plain memory, which takes chains and gives them back in an order of its own. Built
 * twice: with packed rings, and with split ones alone (VIRTIO_SPLIT_ONLY).
 */
#define MOCK_RING 128
#include "guest/plugins/virtio/virtio.h"
#include "unit/npa_plugin_mock.h"

enum { QUEUES = 2, RX = 0, TX = 1, PIECES_MAX = 24, HELD_MAX = 128, FRAME = 100, REGISTERS = VIO_WINDOW_BYTES };

struct device_queue {
    uint64_t desc, driver, device;
    uint16_t size, seen, used;     /* free running: positions of a packed ring, indices of a split one */
    unsigned bells;
};

/* A chain as the device sees it: indirect tables are followed. */
struct chain {
    uint16_t id, descs;
    unsigned pieces;
    struct {
        uint64_t addr;
        uint32_t len;
        bool write;
    } piece[PIECES_MAX];
};

struct device {
    struct mock m; /* first: the accessors cast */
    uint8_t regs[REGISTERS];
    uint64_t offered, agreed;
    struct device_queue q[2];
    uint8_t bytes[2048];
};

#define ALL                                                                                                       \
    (VIRTIO_BIT(VIRTIO_F_VERSION_1) | VIRTIO_BIT(VIRTIO_F_ACCESS_PLATFORM) | VIRTIO_BIT(VIRTIO_F_INDIRECT_DESC) | \
     VIRTIO_BIT(VIRTIO_F_RING_PACKED) | VIRTIO_BIT(VIRTIO_F_NOTIFICATION_DATA) | VIRTIO_BIT(VIRTIO_NET_F_CSUM) |  \
     VIRTIO_BIT(VIRTIO_NET_F_GUEST_CSUM) | VIRTIO_BIT(VIRTIO_NET_F_HOST_TSO4) | VIRTIO_BIT(VIRTIO_NET_F_MRG_RXBUF))

static bool is_packed(const struct device *d) { return d->agreed >> VIRTIO_F_RING_PACKED & 1; }
static unsigned selected(const struct device *d) { return *(const uint16_t *)(d->regs + VIO_QUEUE_SELECT); }
static uint32_t word_at(const struct device *d, uint32_t at) { return *(const uint32_t *)(d->regs + at); }

/* ---- registers ---- */

static uint32_t read_register(struct mock *m, uint32_t offset)
{
    struct device *d = (struct device *)m;
    if (offset == VIO_DEVICE_FEATURE)
        return (uint32_t)(d->offered >> 32 * word_at(d, VIO_DEVICE_FEATURE_SELECT));
    return word_at(d, offset);
}

static void write_register(struct mock *m, uint32_t offset, uint32_t value)
{
    struct device *d = (struct device *)m;
    struct device_queue *q = &d->q[selected(d) % 2];
    if (offset >= VIO_NOTIFY_AT) {
        d->q[value & 1].bells++;
        return;
    }
    memcpy(d->regs + offset, &value, sizeof(value));
    if (offset == VIO_DRIVER_FEATURE) {
        unsigned half = word_at(d, VIO_DRIVER_FEATURE_SELECT);
        d->agreed = half ? (d->agreed & 0xffffffff) | (uint64_t)value << 32 : (d->agreed & ~UINT64_C(0xffffffff)) | value;
    }
    *(uint16_t *)(d->regs + VIO_QUEUE_ENABLE) = 0; /* another one is set up */
    uint64_t *const where[] = {&q->desc, &q->driver, &q->device};
    for (unsigned i = 0; i < 3; i++) {
        uint32_t at = i == 0 ? VIO_QUEUE_DESC_LO : i == 1 ? VIO_QUEUE_DRIVER_LO : VIO_QUEUE_DEVICE_LO;
        if (offset == at)
            *where[i] = (*where[i] & ~UINT64_C(0xffffffff)) | value;
        else if (offset == at + 4)
            *where[i] = (*where[i] & 0xffffffff) | (uint64_t)value << 32;
    }
    q->size = *(uint16_t *)(d->regs + VIO_QUEUE_SIZE);
}

/* A doorbell of 16 bits is a plain store, which nobody sees but in what it leaves. */
static void hear_plain_bells(struct device *d)
{
    for (unsigned n = 0; n < 2; n++) {
        uint16_t *at = (uint16_t *)(d->regs + VIO_NOTIFY_AT + VIO_NOTIFY_MULTIPLIER * n);
        if (*at == n)
            d->q[n].bells++;
        *at = 0xffff;
    }
}

static uint8 *buffer_va(struct Shell_RxQueueHandle *handle, uint32 offset)
{
    struct mock *m = mock_of_queue(handle);
    return offset < MOCK_RING ? m->slot[offset] : NULL;
}

/* ---- the device's side of rings ---- */

static struct pvirtq_desc *packed_at(const struct device_queue *q, unsigned i)
{
    return (struct pvirtq_desc *)(uintptr_t)q->desc + i % q->size;
}

static unsigned lap(const struct device_queue *q, unsigned i) { return !(i / q->size % 2); }

static void add_piece(struct chain *c, uint64_t addr, uint32_t len, uint32_t flags)
{
    ck_assert_uint_lt(c->pieces, PIECES_MAX);
    c->piece[c->pieces].addr = addr;
    c->piece[c->pieces].len = len;
    c->piece[c->pieces++].write = flags & VIRTQ_DESC_F_WRITE;
}

static bool take_packed(struct device_queue *q, struct chain *c)
{
    for (;;) {
        const struct pvirtq_desc *p = packed_at(q, q->seen);
        unsigned avail = (p->flags & VIRTQ_DESC_F_AVAIL) != 0, used = (p->flags & VIRTQ_DESC_F_USED) != 0;
        if (avail != lap(q, q->seen) || used == avail) {
            ck_assert_uint_eq(c->descs, 0);
            return false;
        }
        c->descs++;
        q->seen++;
        const struct pvirtq_desc *table = (const struct pvirtq_desc *)(uintptr_t)p->addr;
        if (p->flags & VIRTQ_DESC_F_INDIRECT)
            for (uint32_t i = 0; i < p->len / sizeof(*table); i++)
                add_piece(c, table[i].addr, table[i].len, table[i].flags);
        else
            add_piece(c, p->addr, p->len, p->flags);
        c->id = p->id;
        if (!(p->flags & VIRTQ_DESC_F_NEXT))
            return true;
    }
}

static bool take_split(struct device_queue *q, struct chain *c)
{
    const uint16_t *avail = (const uint16_t *)(uintptr_t)q->driver;
    const struct virtq_desc *ring = (const struct virtq_desc *)(uintptr_t)q->desc, *p;
    if (avail[1] == q->seen)
        return false;
    c->id = avail[2 + q->seen++ % q->size];
    for (p = &ring[c->id];; p = &ring[p->next]) {
        const struct virtq_desc *table = (const struct virtq_desc *)(uintptr_t)p->addr;
        c->descs++;
        if (p->flags & VIRTQ_DESC_F_INDIRECT)
            for (uint32_t i = 0; i < p->len / sizeof(*table); i++)
                add_piece(c, table[i].addr, table[i].len, table[i].flags);
        else
            add_piece(c, p->addr, p->len, p->flags);
        if (!(p->flags & VIRTQ_DESC_F_NEXT))
            return true;
    }
}

static bool take(struct device *d, unsigned queue, struct chain *c)
{
    *c = (struct chain){0};
    return is_packed(d) ? take_packed(&d->q[queue], c) : take_split(&d->q[queue], c);
}

static void use(struct device *d, unsigned queue, const struct chain *c, uint32_t len)
{
    struct device_queue *q = &d->q[queue];
    if (is_packed(d)) {
        struct pvirtq_desc *p = packed_at(q, q->used);
        uint16_t flags = lap(q, q->used) ? VIRTQ_DESC_F_AVAIL | VIRTQ_DESC_F_USED : 0;
        p->id = c->id;
        p->len = len;
        p->flags = flags;
        q->used = (uint16_t)(q->used + c->descs);
    } else {
        uint8_t *area = (uint8_t *)(uintptr_t)q->device;
        *(struct virtq_used_elem *)(area + virtq_used_ring(q->used % q->size)) = (struct virtq_used_elem){c->id, len};
        *(uint16_t *)(area + VIRTQ_IDX) = ++q->used;
    }
}

/* ---- making one ---- */

static struct device *device_make(uint64_t offered)
{
    struct device *d = calloc(1, sizeof(*d));
    const struct vio_device_info info = {.common = VIO_COMMON,
                                         .notify = VIO_NOTIFY_AT,
                                         .notify_multiplier = VIO_NOTIFY_MULTIPLIER,
                                         .isr = VIO_ISR_AT,
                                         .device = VIO_DEVICE,
                                         .pairs = 1,
                                         .vectors = 1};
    mock_init(&d->m, 1500);
    memcpy(d->m.ps.deviceInfo, &info, sizeof(info));
    d->offered = offered;
    d->m.ps.memioAddr = d->regs;
    d->m.ps.memioBytes = REGISTERS;
    d->m.ps.bufferVA = buffer_va;
    d->m.read = read_register;
    d->m.write = write_register;
    *(uint16_t *)(d->regs + VIO_QUEUE_SIZE) = 256;
    hear_plain_bells(d);
    d->q[0].bells = d->q[1].bells = 0;
    ck_assert_uint_eq(NPA_PluginMain(&d->m.api), 0);
    return d;
}

static struct device *device_start(void)
{
    struct device *d = device_make(ALL);
    mock_start(&d->m);
    ck_assert_uint_eq(d->regs[VIO_DEVICE_STATUS], 15);
    ck_assert_int_eq(is_packed(d), !VIRTIO_SPLIT_ONLY);
    hear_plain_bells(d);
    d->q[0].bells = d->q[1].bells = 0;
    return d;
}

static void device_free(struct device *d)
{
    mock_fini(&d->m);
    free(d);
}

static uint32 send_frame(struct device *d, uint32_t n, uint32_t fragments, const Plugin_SendInfo *info, Bool hint)
{
    static const Plugin_SendInfo plain = {.ipHeaderOffset = 14, .l4HeaderOffset = 34, .l4DataOffset = 54};
    Plugin_SgList sgl = {.numElements = fragments, .totalLength = fragments * FRAME, .firstSgVA = d->bytes};
    for (uint32_t k = 0; k < fragments; k++)
        sgl.elements[k] = (Plugin_SgElement){n * 0x100000ull + k * 0x1000, FRAME};
    return d->m.api.addFrameToTxRing(&d->m.ps, 0, info ? info : &plain, &sgl, hint);
}

/* ---- the start ---- */

START_TEST(what_it_takes)
{
    static const struct {
        uint64_t without;
        uint32 status;
    } rows[] = {
        {0, PLUGIN_OK},
        {VIRTIO_BIT(VIRTIO_F_VERSION_1), PLUGIN_FAILURE},
        {VIRTIO_BIT(VIRTIO_F_ACCESS_PLATFORM), PLUGIN_FAILURE},
        {VIRTIO_BIT(VIRTIO_F_RING_PACKED) | VIRTIO_BIT(VIRTIO_F_INDIRECT_DESC) | VIRTIO_BIT(VIRTIO_NET_F_CSUM), PLUGIN_OK},
    };
    for (unsigned r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
        struct device *d = device_make(ALL & ~rows[r].without);
        ck_assert_uint_eq(d->m.api.swInit(&d->m.ps), PLUGIN_OK);
        ck_assert_msg(d->m.api.reinitRxRing(&d->m.ps, 0) == rows[r].status, "row %u", r);
        ck_assert_int_eq((d->regs[VIO_DEVICE_STATUS] & VIRTIO_STATUS_FAILED) != 0, rows[r].status != PLUGIN_OK);
        ck_assert_uint_eq(d->agreed & ~d->offered, 0);
        device_free(d);
    }
}
END_TEST

/* ---- transmit ---- */

/* Each chain is a header and the frame's pieces; many times round, completed in another order than they came. */
START_TEST(transmit_goes_round)
{
    struct device *d = device_start();
    struct chain held[HELD_MAX];
    unsigned frames = 0, count = 0, taken = 0;
    for (unsigned n = 0; n < 20000; n++) {
        while (send_frame(d, n, 1 + n % 7, NULL, TRUE) != PLUGIN_OK) {
            while (count < HELD_MAX && take(d, TX, &held[count])) {
                ck_assert_uint_eq(held[count].pieces, 2 + taken % 7);
                ck_assert_uint_eq(held[count].piece[0].len, VIRTIO_NET_HDR_BYTES);
                ck_assert_uint_eq(held[count].piece[1].addr, taken * 0x100000ull);
                ck_assert(!held[count].piece[1].write);
                taken++;
                count++;
            }
            ck_assert_uint_gt(count, 0);
            while (count) /* the youngest first */
                use(d, TX, &held[--count], 0);
            d->m.api.checkTxRing(&d->m.ps, 0);
            ck_assert_uint_eq(d->m.completed, frames);
        }
        frames++;
    }
    device_free(d);
}
END_TEST

/* What is done out of its turn is completed in it. */
START_TEST(completed_in_order)
{
    struct device *d = device_start();
    struct chain c[3];
    for (unsigned n = 0; n < 3; n++)
        ck_assert_uint_eq(send_frame(d, n, 1, NULL, TRUE), PLUGIN_OK);
    for (unsigned n = 0; n < 3; n++)
        ck_assert(take(d, TX, &c[n]));
    use(d, TX, &c[2], 0);
    ck_assert_uint_eq(d->m.api.checkTxRing(&d->m.ps, 0), 0);
    ck_assert_uint_eq(d->m.complete_calls, 0);
    use(d, TX, &c[0], 0);
    ck_assert_uint_eq(d->m.api.checkTxRing(&d->m.ps, 0), 1);
    use(d, TX, &c[1], 0);
    ck_assert_uint_eq(d->m.api.checkTxRing(&d->m.ps, 0), 2);
    device_free(d);
}
END_TEST

START_TEST(a_batch_has_one_doorbell)
{
    struct device *d = device_start();
    static const Plugin_SgList nothing;
    static const Plugin_SendInfo plain;
    for (unsigned n = 0; n < 8; n++)
        ck_assert_uint_eq(send_frame(d, n, 2, NULL, n == 7), PLUGIN_OK);
    hear_plain_bells(d);
    ck_assert_uint_eq(d->q[TX].bells, 1);
    ck_assert_uint_eq(send_frame(d, 8, 1, NULL, FALSE), PLUGIN_OK);
    ck_assert_uint_eq(d->m.api.addFrameToTxRing(&d->m.ps, 0, &plain, &nothing, TRUE), PLUGIN_BAD_FRAME);
    hear_plain_bells(d);
    ck_assert_uint_eq(d->q[TX].bells, 2); /* for the one before */
    device_free(d);
}
END_TEST

/* What the stack wants of the device, in the header. */
START_TEST(what_the_header_says)
{
    static const struct {
        Plugin_SendInfo info;
        uint8_t flags, gso;
        uint16_t hdr_len, mss, start, offset;
        uint32_t first; /* bytes of the first piece */
    } rows[] = {
        {{.l4HeaderOffset = 34, .l4DataOffset = 54}, 0, 0, 0, 0, 0, 0, VIRTIO_NET_HDR_BYTES},
        {{.ipv4 = TRUE, .xsumTcpOrUdp = TRUE, .ipHeaderOffset = 14, .l4HeaderOffset = 34, .l4DataOffset = 54},
         1,
         0,
         0,
         0,
         34,
         16,
         VIRTIO_NET_HDR_BYTES},
        {{.ipv4 = TRUE, .udp = TRUE, .xsumTcpOrUdp = TRUE, .ipHeaderOffset = 14, .l4HeaderOffset = 34, .l4DataOffset = 42},
         1,
         0,
         0,
         0,
         34,
         6,
         VIRTIO_NET_HDR_BYTES},
        {{.ipv4 = TRUE,
          .tso = TRUE,
          .tsoMss = 60,
          .xsumTcpOrUdp = TRUE,
          .ipHeaderOffset = 14,
          .l4HeaderOffset = 34,
          .l4DataOffset = 54},
         1,
         1,
         54,
         60,
         34,
         16,
         VIRTIO_NET_HDR_BYTES},
        {{.vlan = TRUE, .vlanTag = 0x6123, .l4HeaderOffset = 34, .l4DataOffset = 54}, 0, 0, 0, 0, 0, 0, VIRTIO_NET_HDR_BYTES + 16},
    };
    for (unsigned r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
        struct device *d = device_start();
        struct chain c;
        ck_assert_uint_eq(send_frame(d, r, 1, &rows[r].info, TRUE), PLUGIN_OK);
        ck_assert(take(d, TX, &c));
        const struct virtio_net_hdr *h = (const struct virtio_net_hdr *)(uintptr_t)c.piece[0].addr;
        const uint8_t *tag = (const uint8_t *)h + VIRTIO_NET_HDR_BYTES + 12;
        ck_assert_msg(h->flags == rows[r].flags && h->gso_type == rows[r].gso && h->hdr_len == rows[r].hdr_len &&
                          h->gso_size == rows[r].mss && h->csum_start == rows[r].start && h->csum_offset == rows[r].offset &&
                          c.piece[0].len == rows[r].first,
                      "row %u", r);
        if (rows[r].info.vlan)
            ck_assert_msg(tag[0] == 0x81 && tag[1] == 0 && tag[2] == 0x61 && tag[3] == 0x23, "row %u", r);
        device_free(d);
    }
}
END_TEST

/* ---- receive ---- */

/* One frame of `buffers` buffers of 2048; the header says how many. */
static void receive(struct device *d, uint32_t number, uint16_t buffers)
{
    struct chain c[PLUGIN_MAX_RECV_FRAGMENTS + 1] = {{0}};
    for (unsigned k = 0; k < buffers; k++) {
        ck_assert(take(d, RX, &c[k]));
        ck_assert(c[k].piece[0].write);
        ck_assert_uint_eq(c[k].piece[0].len, SHELL_SMALL_RECV_BUFFER_SIZE);
    }
    struct virtio_net_hdr *h = (struct virtio_net_hdr *)(uintptr_t)c[0].piece[0].addr;
    memset(h, 0, VIRTIO_NET_HDR_BYTES);
    h->num_buffers = buffers;
    ((uint8_t *)h)[VIRTIO_NET_HDR_BYTES] = (uint8_t)number;
    for (unsigned k = 0; k < buffers; k++)
        use(d, RX, &c[k], k + 1 < buffers ? SHELL_SMALL_RECV_BUFFER_SIZE : 500);
}

START_TEST(receive_goes_round)
{
    struct device *d = device_start();
    unsigned n = 0;
    for (unsigned round = 0; round < 300; round++) {
        for (unsigned i = 0; i < 7; i++)
            receive(d, n++, (uint16_t)(1 + i % 3));
        d->m.api.checkRxRing(&d->m.ps, 0, 4);
        ck_assert_uint_eq(d->m.indicated, n - 3);
        d->m.api.checkRxRing(&d->m.ps, 0, 64);
        ck_assert_uint_eq(d->m.indicated, n);
        d->m.api.addBuffersToRxRing(&d->m.ps, 0);
    }
    for (unsigned i = 0; i < n; i++) {
        const Shell_RecvFrame *f = &d->m.frame[i];
        unsigned buffers = 1 + i % 7 % 3;
        ck_assert_uint_eq(f->sgLength, buffers);
        ck_assert_uint_eq(f->firstSgOffset, VIRTIO_NET_HDR_BYTES);
        ck_assert_uint_eq(f->byteLength, (buffers - 1) * SHELL_SMALL_RECV_BUFFER_SIZE + 500 - VIRTIO_NET_HDR_BYTES);
    }
    device_free(d);
}
END_TEST

/* More buffers than a frame may have, or more than are used, are none of the shell's; the ring goes on. */
START_TEST(headers_that_lie)
{
    static const uint16_t said[] = {0, PLUGIN_MAX_RECV_FRAGMENTS + 1, 0xffff, 2};
    for (unsigned r = 0; r < sizeof(said) / sizeof(said[0]); r++) {
        struct device *d = device_start();
        struct chain c;
        ck_assert(take(d, RX, &c));
        memset((void *)(uintptr_t)c.piece[0].addr, 0, VIRTIO_NET_HDR_BYTES);
        ((struct virtio_net_hdr *)(uintptr_t)c.piece[0].addr)->num_buffers = said[r];
        use(d, RX, &c, 300);
        d->m.api.checkRxRing(&d->m.ps, 0, 64);
        ck_assert_uint_eq(d->m.indicated, 0);
        d->m.api.addBuffersToRxRing(&d->m.ps, 0);
        receive(d, 1, 1);
        d->m.api.checkRxRing(&d->m.ps, 0, 64);
        ck_assert_uint_eq(d->m.indicated, 1);
        device_free(d);
    }
}
END_TEST

START_TEST(more_buffers_than_a_frame_has)
{
    struct device *d = device_start();
    receive(d, 1, PLUGIN_MAX_RECV_FRAGMENTS + 1);
    receive(d, 2, PLUGIN_MAX_RECV_FRAGMENTS);
    d->m.api.checkRxRing(&d->m.ps, 0, 64);
    ck_assert_uint_eq(d->m.indicated, 1);
    ck_assert_uint_eq(d->m.frame[0].sgLength, PLUGIN_MAX_RECV_FRAGMENTS);
    device_free(d);
}
END_TEST

/* A buffer that the device has not got is not believed. */
START_TEST(ids_that_lie)
{
    static const uint16_t ids[] = {MOCK_RING, 0xffff};
    for (unsigned r = 0; r < sizeof(ids) / sizeof(ids[0]); r++) {
        struct device *d = device_start();
        struct chain c;
        ck_assert_uint_eq(send_frame(d, 0, 1, NULL, TRUE), PLUGIN_OK);
        ck_assert(take(d, TX, &c));
        c.id = ids[r];
        use(d, TX, &c, 0);
        ck_assert_uint_eq(d->m.api.checkTxRing(&d->m.ps, 0), 0);
        device_free(d);
    }
}
END_TEST

/* ---- interrupts: work that is there is told of ---- */

START_TEST(enable_tells_of_work)
{
    struct device *d = device_start();
    ck_assert_uint_eq(d->m.api.enableInterrupt(&d->m.ps, 0), PLUGIN_OK);
    d->m.api.disableInterrupt(&d->m.ps, 0);
    receive(d, 1, 1);
    ck_assert_uint_eq(d->m.api.enableInterrupt(&d->m.ps, 0), PLUGIN_WORK_PENDING);
    d->m.api.checkRxRing(&d->m.ps, 0, 64);
    ck_assert_uint_eq(d->m.api.enableInterrupt(&d->m.ps, 0), PLUGIN_OK);
    ck_assert_uint_eq(d->m.api.enableInterrupt(&d->m.ps, 1), PLUGIN_OK);
    device_free(d);
}
END_TEST

MOCK_MAIN("npa_virtio", what_it_takes, transmit_goes_round, completed_in_order, a_batch_has_one_doorbell, what_the_header_says,
          receive_goes_round, headers_that_lie, more_buffers_than_a_frame_has, ids_that_lie, enable_tells_of_work)
