/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the shell offers, and what it knows of what it gave away. */
#include "guest/conformance/kit.h"

enum { POISON = 0xdb, WHOSE = 18 /* addresses, EtherType, number */, ACCESSES_MAX = 50000 /* of a call */ };

/* ---- buffers ---- */

static struct slot *slot_of(struct Shell_RxQueueHandle *queue, uint32_t offset)
{
    uint32_t size = kit.config->ring, first = queue->index * size;
    if (offset >= size && (offset < first || offset >= first + size)) {
        kit_broken(STAND_RULE_R1, "ring offset %u, of a ring of %u descriptors", offset, size);
        kit_over();
    }
    return &queue->slot[offset % size];
}

static void put_back(struct Shell_RxQueueHandle *queue, struct slot *slot)
{
    if (!slot->kind)
        return;
    kit_exit(MACHINE_OP_FRAME_DROP, slot->gpa, STAND_BUFFER_BYTES, MACHINE_DROP_RECLAIMED_RX);
    kit.free_buffer[kit.free_buffers++] = slot->gpa;
    slot->kind = SLOT_NONE;
    queue->held--;
}

static uint64_t allocate(struct Shell_RxQueueHandle *queue, uint32_t offset, enum slot_kind kind)
{
    struct slot *slot = slot_of(queue, offset);
    if (slot->kind == kind)
        return slot->gpa;
    put_back(queue, slot);
    if (kit.no_buffers || !kit.free_buffers)
        return SHELL_NO_BUFFER;
    *slot = (struct slot){kit.free_buffer[--kit.free_buffers], kind};
    queue->held++;
    kit.given++;
    return slot->gpa;
}

static uint64 allocate_small(struct Shell_RxQueueHandle *queue, uint32 offset) { return allocate(queue, offset, SLOT_SMALL); }
static uint64 allocate_large(struct Shell_RxQueueHandle *queue, uint32 offset) { return allocate(queue, offset, SLOT_LARGE); }

static uint8 *buffer_va(struct Shell_RxQueueHandle *queue, uint32 offset)
{
    const struct slot *slot = slot_of(queue, offset);
    return slot->kind ? kit_va(slot->gpa) : (uint8 *)0;
}

/* ---- frames that go up ---- */

static uint32_t bytes_of(enum slot_kind kind)
{
    return kind == SLOT_LARGE ? SHELL_LARGE_RECV_BUFFER_SIZE : SHELL_SMALL_RECV_BUFFER_SIZE;
}

/* Each fragment in a buffer that is the plugin's, and within it. */
static bool fragments_are_fit(struct Shell_RxQueueHandle *queue, const Shell_RecvFrame *frame)
{
    if (!frame->sgLength || frame->sgLength > PLUGIN_MAX_RECV_FRAGMENTS) {
        kit_broken(STAND_RULE_R4, "a frame of %u fragments was handed up", frame->sgLength);
        return false;
    }
    for (uint32_t k = 0; k < frame->sgLength; k++) {
        const struct slot *slot = slot_of(queue, frame->sg[k].ringOffset);
        uint32_t pad = k ? 0 : frame->firstSgOffset;
        for (uint32_t other = 0; other < k; other++)
            if (slot_of(queue, frame->sg[other].ringOffset) == slot) {
                kit_broken(STAND_RULE_R3, "slot %u is in a frame twice", frame->sg[k].ringOffset);
                return false;
            }
        if (!slot->kind) {
            kit_broken(STAND_RULE_R3, "slot %u was handed up, and has no buffer", frame->sg[k].ringOffset);
            return false;
        }
        if (!kit.lies && (pad > bytes_of(slot->kind) || frame->sg[k].length > bytes_of(slot->kind) - pad || !frame->sg[k].length)) {
            kit_broken(k ? STAND_RULE_R4 : STAND_RULE_R10, "%u bytes were handed up in a buffer of %u", frame->sg[k].length,
                       bytes_of(slot->kind));
            return false;
        }
    }
    return true;
}

static void indicate(struct Shell_RxQueueHandle *queue, Shell_RecvFrame *frame)
{
    kit.indicated++;
    if (kit.calling[0] != 'c' || kit.calling[5] != 'R')
        kit_broken(STAND_RULE_R9, "%s called indicateRecv", kit.calling);
    if (!fragments_are_fit(queue, frame))
        return;
    if (!kit.lies)
        frame_handed_up(queue, frame);
    for (uint32_t k = 0; k < frame->sgLength; k++)
        put_back(queue, slot_of(queue, frame->sg[k].ringOffset));
}

/* ---- frames that have left ---- */

static void complete(struct Shell_TxQueueHandle *queue, uint32 count)
{
    kit.completions++;
    kit.completed += count;
    if (!count)
        kit_broken(STAND_RULE_T9, "completeSend was called for no frame");
    if (count > queue->count) {
        kit_broken(STAND_RULE_T4, "%u frames were completed, and the plugin had %u", count, queue->count);
        count = queue->count;
    }
    for (; count; count--, queue->count--) {
        /* all but what makes it leave */
        memset(kit_va(STAND_TX_BUFFER(queue->index, queue->first)) + WHOSE, POISON, STAND_BUFFER_BYTES - WHOSE);
        queue->first = (queue->first + 1) % STAND_TX_SLOTS;
    }
}

/* ---- registers ---- */

static bool is_in_window(const char *function, uint32_t offset)
{
    if (++kit.accesses == ACCESSES_MAX) {
        kit_broken(STAND_RULE_L6, "%s accessed registers %u times, and has not returned", kit.calling, kit.accesses);
        kit_over();
    }
    if (offset % 4 == 0 && offset < kit.config->memio_bytes)
        return true;
    kit_broken(STAND_RULE_M4, "%s of register %x, in a window of %x bytes", function, (uint64_t)offset,
               (uint64_t)kit.config->memio_bytes);
    return false;
}

static uint32 read_register(Plugin_State *ps, uint32 offset)
{
    (void)ps;
    if (!is_in_window("read32", offset))
        return ~0u;
    return (uint32)kit_exit(MACHINE_OP_MMIO_READ, MACHINE_MEMIO_HOLE + offset, 4, 0);
}

static void write_register(Plugin_State *ps, uint32 offset, uint32 value)
{
    (void)ps;
    kit.writes++;
    if (!is_in_window("write32", offset))
        return;
    if (kit.watches_ring)
        kit.ring_sum = kit_ring_sum(0);
    kit_exit(MACHINE_OP_MMIO_WRITE, MACHINE_MEMIO_HOLE + offset, 4, value);
}

static void log_nothing(int level, const char *format, ...) { (void)level, (void)format; }

/* [FNV-1a, by words] */
uint64_t kit_ring_sum(uint32_t queue)
{
    const uint64_t *word = (const uint64_t *)kit_va(STAND_RING_TX(queue));
    uint64_t sum = 0xcbf29ce484222325ull;
    for (uint32_t i = 0; i < PLUGIN_RING_BYTES(kit.config->ring) / 8; i++)
        sum = (sum ^ word[i]) * 0x100000001b3ull;
    return sum;
}

/* ---- lives ---- */

static const Shell_Api callbacks = {
    .log = log_nothing,
    .allocSmallBuffer = allocate_small,
    .allocLargeBuffer = allocate_large,
    .indicateRecv = indicate,
    .completeSend = complete,
    .read32 = read_register,
    .write32 = write_register,
};

void kit_provide(void)
{
    const struct stand_config *c = kit.config;
    Plugin_State *ps = &kit.ps;
    memset(ps, 0, sizeof(*ps));
    ps->shellApi = callbacks;
    ps->numRxQueues = ps->numTxQueues = c->queues;
    ps->memioAddr = kit_va(MACHINE_MEMIO_HOLE);
    ps->memioBytes = c->memio_bytes;
    ps->shared = kit_va(STAND_SHARED);
    ps->sharedBytes = STAND_SHARED_BYTES;
    ps->apiVersion = NPA_API_VERSION;
    ps->numIntrs = c->vectors;
    ps->mtu = c->mtu;
    ps->bufferVA = buffer_va;
    memcpy(ps->deviceInfo, c->device_info, sizeof(ps->deviceInfo));
    for (uint32_t q = 0; q < c->queues; q++) {
        kit.rx[q].index = kit.tx[q].index = q;
        ps->rxQueues[q] = (Plugin_RxQueue){&kit.rx[q], kit_va(STAND_RING_RX(q)), STAND_RING_RX(q), c->ring};
        ps->txQueues[q] = (Plugin_TxQueue){&kit.tx[q], kit_va(STAND_RING_TX(q)), STAND_RING_TX(q), c->ring};
        memset(kit_va(STAND_RING_RX(q) + PLUGIN_RING_BYTES(c->ring)), 0xa5, STAND_GUARD_BYTES);
        memset(kit_va(STAND_RING_TX(q) + PLUGIN_RING_BYTES(c->ring)), 0xa5, STAND_GUARD_BYTES);
    }
    if (kit.free_buffers)
        return;
    for (uint32_t i = STAND_RX_BUFFERS; i--;)
        kit.free_buffer[kit.free_buffers++] = STAND_RX_POOL + i * STAND_BUFFER_BYTES;
}

void kit_take_back(void)
{
    for (uint32_t q = 0; q < kit.config->queues; q++) {
        for (uint32_t i = 0; i < kit.config->ring; i++)
            put_back(&kit.rx[q], &kit.rx[q].slot[i]);
        kit.tx[q].first = (kit.tx[q].first + kit.tx[q].count) % STAND_TX_SLOTS;
        kit.tx[q].count = 0;
    }
}
