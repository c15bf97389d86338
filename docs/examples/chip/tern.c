/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Tern: its registers, its rings, its frames. The driver of its PF is tern_driver.c, the plugin of its VFs tern_vf.c.
 *
 * Receive: the switch gives a frame to a function, where it waits for a descriptor; descriptors are fetched eight at a time. A
 * frame and the write-back of its descriptor are two DMA writes, in this order, and so they land. Transmit: one frame at a time:
 * its descriptors, its pieces, then it goes through the switch. What is for the wire waits in the chip's queue until the wire is
 * free; when that is long, no function fetches another frame.
 */
#include <string.h>

#include "tern_chip.h"

enum { BATCH = 8, WAITING_MAX = 256, WIRE_MAX = 64, TIMER_WIRE = 1 };
enum { TAG_RX_DESC, TAG_RX_DATA, TAG_RX_BACK, TAG_TX_DESC, TAG_TX_DATA, TAG_TX_BACK };

struct queue { /* of frames, chained by their marks */
    vfsim_frame first, last;
    uint32_t count;
};

struct ring {
    uint64_t base;
    uint32_t size, tail, head; /* head: the next to be used */
    uint32_t batch, used;      /* fetched descriptors, and how many of them are used up */
    uint32_t fetching, turn;   /* turn: how often it was switched on; what was under way before is not its own */
    struct tern_desc desc[BATCH];
};

struct function { /* a function's state */
    struct ring rx, tx;
    uint32_t enable, mask, pending, epoch; /* epoch: what was under way at a reset is not ours any more */
    struct queue waiting;
    uint32_t rx_taken, rx_over;    /* frames that the switch gave, and that have landed or were dropped; both run freely */
    uint32_t rx_fence;             /* rx_taken at the last fence */
    struct tern_desc piece[TERN_FRAGMENTS]; /* of the frame that is being read */
    uint32_t pieces, next_piece, offset, last_index;
    vfsim_frame sending;
    uint32_t count[TERN_COUNTS];
};

struct chip { /* the NIC's state */
    uint32_t reg[(TERN_REGISTERS_END - TERN_STATUS) / 4];
    struct queue wire;
    uint32_t wire_put, wire_got, wire_fence, wire_timer, next_function;
};

static void rx_pump(struct vfsim_function *fn);
static void tx_pump(struct vfsim_function *fn);

static struct chip *chip_of(struct vfsim_nic *nic) { return vfsim_nic_state(nic); }
static struct function *of(struct vfsim_function *fn) { return vfsim_function_state(fn); }
static uint32_t *reg(struct vfsim_nic *nic, uint32_t offset) { return &chip_of(nic)->reg[(offset - TERN_STATUS) / 4]; }
static uint64_t tag_of(struct vfsim_function *fn, unsigned kind, uint32_t word)
{
    return (uint64_t)kind << 56 | (uint64_t)(of(fn)->epoch & 0xffffff) << 32 | word;
}

static void put(struct vfsim_nic *nic, struct queue *q, vfsim_frame frame)
{
    *vfsim_frame_mark(nic, frame) = 0;
    if (q->count++)
        *vfsim_frame_mark(nic, q->last) = frame;
    else
        q->first = frame;
    q->last = frame;
}

static vfsim_frame get(struct vfsim_nic *nic, struct queue *q)
{
    vfsim_frame frame = q->first;
    q->first = *vfsim_frame_mark(nic, frame);
    if (--q->count == 0)
        q->first = q->last = 0;
    return frame;
}

static void count(struct function *f, unsigned frames, uint32_t bytes)
{
    uint64_t sum = f->count[frames + 1] | (uint64_t)f->count[frames + 2] << 32;
    f->count[frames]++;
    sum += bytes + 4;
    f->count[frames + 1] = (uint32_t)sum;
    f->count[frames + 2] = (uint32_t)(sum >> 32);
}

static void interrupt(struct vfsim_function *fn)
{
    of(fn)->pending = of(fn)->mask;
    if (!of(fn)->mask)
        vfsim_interrupt(fn, 0);
}

/* ---- rings ---- */

static uint32_t posted(const struct ring *r) { return r->size ? (r->tail + r->size - r->head) % r->size : 0; }

/* The next descriptor, NULL: it is on its way, or there is none. */
static struct tern_desc *next(struct vfsim_function *fn, struct ring *r, unsigned kind)
{
    if (r->used < r->batch)
        return &r->desc[r->used];
    uint32_t n = posted(r);
    n = n < BATCH ? n : BATCH;
    n = n < r->size - r->head ? n : r->size - r->head;
    if (!r->fetching && n) {
        r->fetching = n;
        vfsim_dma_read(fn, r->base + 16 * r->head, 16 * n, tag_of(fn, kind, r->turn));
    }
    return NULL;
}

static void use(struct ring *r)
{
    r->used++;
    r->head = (r->head + 1) % r->size;
}

static void fetched(struct ring *r, const void *data, uint32_t length, enum vfsim_dma_status status)
{
    r->fetching = r->used = r->batch = 0;
    if (status != VFSIM_DMA_OK) {
        r->tail = r->head; /* out of reach: nothing is done until the driver tells of more */
        return;
    }
    memcpy(r->desc, data, length);
    r->batch = length / 16;
}

static void write_back(struct vfsim_function *fn, const struct ring *r, uint32_t index, struct tern_desc d, unsigned kind)
{
    d.flags |= TERN_DONE;
    vfsim_dma_write(fn, r->base + 16 * index, &d, sizeof(d), tag_of(fn, kind, 0));
}

/* ---- receive ---- */

/* A frame waits only while descriptors are being fetched: a function that has none holds up nobody. */
static void rx_pump(struct vfsim_function *fn)
{
    struct function *f = of(fn);
    struct vfsim_nic *nic = vfsim_function_nic(fn);
    while (f->waiting.count) {
        bool is_on = f->enable & TERN_RINGS_RX;
        struct tern_desc *d = is_on ? next(fn, &f->rx, TAG_RX_DESC) : NULL;
        uint32_t length;
        if (is_on && !d && f->rx.fetching)
            return;
        vfsim_frame frame = get(nic, &f->waiting);
        uint32_t flags = vfsim_frame_kind(nic, frame) << TERN_KIND;
        uint16_t tci;
        if (vfsim_function_number(fn) >= 0 && vfsim_frame_pop_vlan(nic, frame, &tci))
            flags |= TERN_TAG | (uint32_t)tci << TERN_TCI;
        vfsim_frame_bytes(nic, frame, &length);
        if (!d || length > d->length) {
            f->rx_over++;
            f->count[TERN_COUNT_RX_MISSED]++;
            vfsim_function_drop(fn, frame, vfsim_reason(!is_on ? "rx_disabled" : !d ? "rx_no_descriptor" : "rx_buffer_small"));
            continue;
        }
        vfsim_dma_write_frame(fn, d->address, frame, 0, length, true, tag_of(fn, TAG_RX_DATA, frame));
        d->length = length;
        d->flags = flags;
        write_back(fn, &f->rx, f->rx.head, *d, TAG_RX_BACK);
        use(&f->rx);
    }
}

static void receive(struct vfsim_function *fn, vfsim_frame frame)
{
    struct function *f = of(fn);
    uint32_t length;
    const uint8_t *bytes = vfsim_frame_bytes(vfsim_function_nic(fn), frame, &length);
    count(f, TERN_COUNT_RX_FRAMES, length);
    f->count[TERN_COUNT_RX_GROUPS] += bytes[0] & 1;
    f->rx_taken++;
    if (f->waiting.count < WAITING_MAX) {
        put(vfsim_function_nic(fn), &f->waiting, frame);
        rx_pump(fn);
        return;
    }
    f->rx_over++;
    f->count[TERN_COUNT_RX_MISSED]++;
    vfsim_function_drop(fn, frame, vfsim_reason("rx_fifo_full"));
}

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

/* ---- transmit ---- */

static void to_wire(struct vfsim_nic *nic)
{
    struct chip *c = chip_of(nic);
    while (c->wire.count && !c->wire_timer) {
        vfsim_time free_at = vfsim_wire_free_at(nic);
        if (free_at > vfsim_now(nic)) {
            c->wire_timer = 1;
            vfsim_timer_start(nic, free_at, TIMER_WIRE, 0, 0);
            return;
        }
        vfsim_wire_send(nic, get(nic, &c->wire));
        c->wire_got++;
    }
}

static void transmit(struct vfsim_nic *nic, vfsim_frame frame)
{
    put(nic, &chip_of(nic)->wire, frame);
    chip_of(nic)->wire_put++;
    to_wire(nic);
}

static void timer(struct vfsim_nic *nic, uint16_t verb, uint64_t a, uint64_t b)
{
    struct chip *c = chip_of(nic);
    unsigned functions = vfsim_nic_vfs(nic) + 1;
    c->wire_timer = 0;
    to_wire(nic);
    for (unsigned i = 0; i < functions; i++) /* in turn: what waited because the queue was long */
        tx_pump(vfsim_nic_function(nic, (int)((c->next_function + i) % functions) - 1));
    c->next_function = (c->next_function + 1) % functions;
}

/* The frame that was being read is over, sent or not. */
static void tx_over(struct vfsim_function *fn)
{
    struct function *f = of(fn);
    write_back(fn, &f->tx, f->last_index, f->piece[f->pieces - 1], TAG_TX_BACK);
    f->pieces = f->sending = 0;
}

static void read_piece(struct vfsim_function *fn)
{
    struct tern_desc *d = &of(fn)->piece[of(fn)->next_piece];
    vfsim_dma_read(fn, d->address, d->length, tag_of(fn, TAG_TX_DATA, of(fn)->tx.turn));
}

/* Collects descriptors up to one with END; true: a frame is whole, or is none. */
static bool collect(struct vfsim_function *fn)
{
    struct function *f = of(fn);
    struct tern_desc *d;
    while ((d = next(fn, &f->tx, TAG_TX_DESC))) {
        f->last_index = f->tx.head; /* in the end, of the last of them */
        f->piece[f->pieces++] = *d;
        use(&f->tx);
        if (d->flags & TERN_END || f->pieces == TERN_FRAGMENTS)
            return true;
    }
    return false;
}

static bool is_legal(const struct function *f)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < f->pieces; i++) {
        total += f->piece[i].length;
        if (!f->piece[i].length || f->piece[i].length > 16384)
            return false;
    }
    return f->piece[f->pieces - 1].flags & TERN_END && total >= 14 && total <= 9728;
}

static void tx_pump(struct vfsim_function *fn)
{
    struct function *f = of(fn);
    bool is_reading = f->next_piece < f->pieces;
    while (!is_reading && f->enable & TERN_RINGS_TX && chip_of(vfsim_function_nic(fn))->wire.count < WIRE_MAX && collect(fn)) {
        f->next_piece = f->offset = 0;
        if (is_legal(f)) {
            read_piece(fn);
            return;
        }
        f->next_piece = f->pieces; /* what no frame can be made of is done at once */
        tx_over(fn);
    }
}

static void piece_read(struct vfsim_function *fn, const void *data, uint32_t length, enum vfsim_dma_status status)
{
    struct function *f = of(fn);
    struct vfsim_nic *nic = vfsim_function_nic(fn);
    uint32_t total = 0, tag = f->piece[0].flags;
    for (uint32_t i = 0; i < f->pieces; i++)
        total += f->piece[i].length;
    if (status == VFSIM_DMA_OK && f->next_piece == 0)
        f->sending = vfsim_frame_from_memory(fn, f->piece[0].address, total, data, length);
    else if (status == VFSIM_DMA_OK)
        vfsim_frame_fill(nic, f->sending, f->offset, data, length);
    else if (f->sending)
        vfsim_function_drop(fn, f->sending, vfsim_reason(status == VFSIM_DMA_FAULT ? "iommu_fault" : "bus_master_off"));
    f->offset += length;
    f->next_piece++;
    if (status == VFSIM_DMA_OK && f->sending && f->next_piece < f->pieces) {
        read_piece(fn);
        return;
    }
    f->next_piece = f->pieces;
    vfsim_frame frame = status == VFSIM_DMA_OK ? f->sending : 0;
    tx_over(fn);
    if (frame) {
        count(f, TERN_COUNT_TX_FRAMES, total);
        if (tag & TERN_TAG && vfsim_function_number(fn) >= 0)
            vfsim_frame_push_vlan(nic, frame, (uint16_t)(tag >> TERN_TCI));
        vfsim_switch(nic, vfsim_function_port(fn), frame);
    }
    tx_pump(fn);
}

/* ---- DMA is done ---- */

static bool is_ours(struct vfsim_function *fn, uint64_t tag) { return (tag >> 32 & 0xffffff) == (of(fn)->epoch & 0xffffff); }

static void dma_read_done(struct vfsim_function *fn, uint64_t tag, const void *data, uint32_t length, enum vfsim_dma_status status)
{
    const struct ring *r = tag >> 56 == TAG_RX_DESC ? &of(fn)->rx : &of(fn)->tx;
    if (!is_ours(fn, tag) || (uint32_t)tag != r->turn)
        return;
    if (tag >> 56 == TAG_TX_DATA) {
        piece_read(fn, data, length, status);
    } else if (tag >> 56 == TAG_RX_DESC) {
        fetched(&of(fn)->rx, data, length, status);
        rx_pump(fn);
    } else {
        fetched(&of(fn)->tx, data, length, status);
        tx_pump(fn);
    }
}

static void dma_write_done(struct vfsim_function *fn, uint64_t tag, enum vfsim_dma_status status)
{
    if (tag >> 56 == TAG_RX_DATA && status != VFSIM_DMA_OK)
        vfsim_function_drop(fn, (vfsim_frame)tag, vfsim_reason(status == VFSIM_DMA_FAULT ? "iommu_fault" : "bus_master_off"));
    if (!is_ours(fn, tag))
        return;
    of(fn)->rx_over += tag >> 56 == TAG_RX_BACK;
    if (tag >> 56 == TAG_RX_BACK || tag >> 56 == TAG_TX_BACK)
        interrupt(fn);
}

/* ---- reset ---- */

static void reset(struct vfsim_function *fn)
{
    struct function *f = of(fn), keep = *f;
    struct vfsim_nic *nic = vfsim_function_nic(fn);
    while (f->waiting.count)
        vfsim_function_drop(fn, get(nic, &f->waiting), vfsim_reason("function_reset"));
    if (f->sending)
        vfsim_function_drop(fn, f->sending, vfsim_reason("function_reset"));
    memset(f, 0, sizeof(*f));
    f->epoch = keep.epoch + 1;
    memcpy(f->count, keep.count, sizeof(f->count));
    if (vfsim_function_number(fn) < 0)
        tern_reset_registers(nic, chip_of(nic)->reg);
}

/* ---- registers ---- */

static uint32_t read_own(const struct function *f, uint32_t offset)
{
    switch (offset) {
    case TERN_RX_BASE_LO:
        return (uint32_t)f->rx.base;
    case TERN_RX_BASE_HI:
        return (uint32_t)(f->rx.base >> 32);
    case TERN_RX_SIZE:
        return f->rx.size;
    case TERN_RX_TAIL:
        return f->rx.tail;
    case TERN_TX_BASE_LO:
        return (uint32_t)f->tx.base;
    case TERN_TX_BASE_HI:
        return (uint32_t)(f->tx.base >> 32);
    case TERN_TX_SIZE:
        return f->tx.size;
    case TERN_TX_TAIL:
        return f->tx.tail;
    case TERN_ENABLE:
        return f->enable;
    case TERN_MASK:
        return f->mask;
    default:
        return 0;
    }
}

static uint64_t read(struct vfsim_function *fn, unsigned bar, uint32_t offset, unsigned size)
{
    struct vfsim_nic *nic = vfsim_function_nic(fn);
    const struct chip *c = chip_of(nic);
    if (size != 4 || (offset >= TERN_FUNCTION_REGISTERS && (offset < TERN_STATUS || vfsim_function_number(fn) >= 0)))
        return 0;
    if (offset < TERN_FUNCTION_REGISTERS)
        return read_own(of(fn), offset);
    if (offset >= TERN_COUNTERS) {
        struct vfsim_function *which = vfsim_nic_function(nic, (int)((offset - TERN_COUNTERS) / 64));
        return which && offset % 64 / 4 < TERN_COUNTS ? of(which)->count[offset % 64 / 4] : 0;
    }
    if (offset >= TERN_BUSY && offset < TERN_BUSY + 4 * (TERN_VFS_MAX + 1)) {
        struct vfsim_function *which = vfsim_nic_function(nic, (int)((offset - TERN_BUSY) / 4));
        return which && (of(which)->pieces || (of(which)->enable & TERN_RINGS_TX && posted(&of(which)->tx)));
    }
    uint32_t value = *reg(nic, offset);
    if (offset == TERN_STATUS)
        return vfsim_link_is_up(nic);
    if (offset == TERN_CAUSE)
        *reg(nic, offset) = 0;
    if (offset == TERN_FENCE) {
        value = (int32_t)(c->wire_got - c->wire_fence) < 0 ? TERN_FENCE_TX : 0;
        for (int i = -1; i < (int)vfsim_nic_vfs(nic); i++) {
            const struct function *other = of(vfsim_nic_function(nic, i));
            value |= (int32_t)(other->rx_over - other->rx_fence) < 0 ? TERN_FENCE_RX : 0;
        }
    }
    return value;
}

static void switch_on(struct ring *r)
{
    r->head = r->tail = r->batch = r->used = r->fetching = 0;
    r->turn++;
}

static void enable(struct vfsim_function *fn, uint32_t rings)
{
    struct function *f = of(fn);
    uint32_t on = rings & ~f->enable;
    f->enable = rings;
    if (on & TERN_RINGS_RX)
        switch_on(&f->rx);
    if (!(on & TERN_RINGS_TX))
        return;
    switch_on(&f->tx);
    if (f->sending)
        vfsim_function_drop(fn, f->sending, vfsim_reason("tx_disabled"));
    f->sending = f->pieces = f->next_piece = 0;
}

static struct ring *ring_of(struct function *f, uint32_t offset)
{
    bool is_tx = offset == TERN_TX_BASE_LO || offset == TERN_TX_BASE_HI || offset == TERN_TX_SIZE || offset == TERN_TX_TAIL;
    return is_tx ? &f->tx : &f->rx;
}

static void write_own(struct vfsim_function *fn, uint32_t offset, uint32_t value)
{
    struct function *f = of(fn);
    struct ring *r = ring_of(f, offset);
    switch (offset) {
    case TERN_RX_BASE_LO:
    case TERN_TX_BASE_LO:
        r->base = (r->base & ~UINT64_C(0xffffffff)) | (value & ~UINT32_C(15));
        break;
    case TERN_RX_BASE_HI:
    case TERN_TX_BASE_HI:
        r->base = (r->base & UINT32_MAX) | (uint64_t)value << 32;
        break;
    case TERN_RX_SIZE:
    case TERN_TX_SIZE:
        if (f->enable & (r == &f->rx ? TERN_RINGS_RX : TERN_RINGS_TX))
            break; /* not while it is on */
        r->size = value >= 8 && value <= TERN_RING_MAX ? value : 0;
        break;
    case TERN_RX_TAIL:
    case TERN_TX_TAIL:
        r->tail = r->size ? value % r->size : 0;
        break;
    case TERN_ENABLE:
        enable(fn, value & (TERN_RINGS_RX | TERN_RINGS_TX));
        break;
    case TERN_MASK:
        f->mask = value & 1;
        if (f->pending && !f->mask)
            interrupt(fn);
        break;
    }
    rx_pump(fn);
    tx_pump(fn);
}

static void write(struct vfsim_function *fn, unsigned bar, uint32_t offset, unsigned size, uint64_t value)
{
    struct vfsim_nic *nic = vfsim_function_nic(fn);
    if (size != 4 || bar != 0)
        return;
    if (offset < TERN_FUNCTION_REGISTERS) {
        write_own(fn, offset, (uint32_t)value);
    } else if (offset >= TERN_STATUS && offset < TERN_COUNTERS && vfsim_function_number(fn) < 0) {
        *reg(nic, offset) = (uint32_t)value;
        tern_written(nic, chip_of(nic)->reg, offset); /* the switch's tables: tern_switch.c */
        if (offset == TERN_FENCE) {
            chip_of(nic)->wire_fence = chip_of(nic)->wire_put;
            for (int i = -1; i < (int)vfsim_nic_vfs(nic); i++)
                of(vfsim_nic_function(nic, i))->rx_fence = of(vfsim_nic_function(nic, i))->rx_taken;
        }
    }
}

/* ---- the rest ---- */

static void link_changed(struct vfsim_nic *nic, bool up)
{
    *reg(nic, TERN_CAUSE) |= 1;
    vfsim_trace(nic, "link > %s -> cause raised", up ? "up" : "down");
    vfsim_interrupt(vfsim_nic_function(nic, -1), 1);
}

static void counts(struct vfsim_function *fn, struct vfsim_function_counts *out)
{
    const uint32_t *n = of(fn)->count;
    *out = (struct vfsim_function_counts){
        .rx_frames = n[TERN_COUNT_RX_FRAMES],
        .rx_bytes = n[TERN_COUNT_RX_BYTES_LO] | (uint64_t)n[TERN_COUNT_RX_BYTES_HI] << 32,
        .rx_multicast = n[TERN_COUNT_RX_GROUPS],
        .rx_dropped = n[TERN_COUNT_RX_MISSED],
        .tx_frames = n[TERN_COUNT_TX_FRAMES],
        .tx_bytes = n[TERN_COUNT_TX_BYTES_LO] | (uint64_t)n[TERN_COUNT_TX_BYTES_HI] << 32,
    };
}

static bool counter(struct vfsim_nic *nic, unsigned i, const char **name, uint64_t *value)
{
    *name = i == 0 ? "wire_frames" : "wire_waiting";
    *value = i == 0 ? chip_of(nic)->wire_got : chip_of(nic)->wire.count;
    return i < 2;
}

static const struct vfsim_device_ops device = {
    .read = read,
    .write = write,
    .dma_read_done = dma_read_done,
    .dma_write_done = dma_write_done,
    .reset = reset,
    .timer = timer,
    .arrive = arrive,
    .receive = receive,
    .transmit = transmit,
    .link_changed = link_changed,
    .counter = counter,
    .counts = counts,
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
           .state = sizeof(struct function)},
    .vf = {.device = TERN_DEVICE_VF,
           .bar = {{4096, true}, [2] = {8192, true}},
           .vectors = 1,
           .msix_bar = 2,
           .msix_pending = 4096,
           .state = sizeof(struct function)},
    .nic_state = sizeof(struct chip),
    .vf_plugin = "ternvf.so",
    .registers = tern_registers,
    .register_count = TERN_REGISTER_COUNT,
    .device = &device,
    .driver = &tern_driver,
};

int vfsim_chip_init(struct vfsim_error **error) { return vfsim_chip_register(&tern_chip, error); }
