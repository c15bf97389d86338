/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Buffers: taken once from the heap, never given back; they circulate in pools. */
#include "guest/shell/shell.h"

enum { TX_SPARE = 64, POOL_STEP = 128 };

/* ---- transmit ---- */

/* For each vCPU as many as its rings and its queue hold, but at most a third of what memory is left for all: with fewer, frames are
 * dropped earlier (tx_queue_full). */
bool buffers_init_tx(void)
{
    volatile struct machine *m = sh_machine();
    uint64_t rings = (uint64_t)(shell.queues + shell.cpus - 1) / shell.cpus * shell.tx_ring;
    uint64_t want = m->tx_queue_frames + rings + TX_SPARE;
    uint32_t longest = shell.mtu + 14 + 4 > m->tx_burst ? shell.mtu + 14 + 4 : m->tx_burst;
    shell.tx_stride = (longest + 2047) / 2048 * 2048;
    uint64_t fit = heap_left() / 3 / shell.cpus / (shell.tx_stride + sizeof(struct tx_buffer));
    shell.tx_buffers = (uint32_t)(want < fit ? want : fit);
    uint32_t all = shell.cpus * shell.tx_buffers;
    uint64_t books = heap_alloc(all * sizeof(struct tx_buffer), 64);
    shell.tx_base = heap_alloc((uint64_t)all * shell.tx_stride, 4096);
    if (shell.tx_buffers < TX_SPARE || !books || !shell.tx_base)
        return false;
    shell.tx_buffer = sh_va(books);
    for (uint32_t i = all; i-- > 0;)
        buffers_put_tx(i);
    return true;
}

uint32_t buffers_get_tx(void)
{
    struct shell_cpu *me = smp_me();
    uint32_t i = me->tx_free;
    if (i == SHELL_NONE)
        log_panic("shell: no transmit buffer");
    me->tx_free = shell.tx_buffer[i].next;
    shell.tx_buffer[i] = (struct tx_buffer){.next = SHELL_NONE};
    return i;
}

bool buffers_tx_spare(const struct shell_cpu *cpu)
{
    return cpu->tx_free != SHELL_NONE && shell.tx_buffer[cpu->tx_free].next != SHELL_NONE;
}

void buffers_put_tx(uint32_t buffer)
{
    struct shell_cpu *owner = &shell.cpu[shell.cpus == 1 ? 0 : buffer / shell.tx_buffers];
    shell.tx_buffer[buffer].next = owner->tx_free;
    owner->tx_free = buffer;
}

/* ---- receive ---- */

/* A pool grows as a plugin asks, to one buffer a slot: some plugins want one size for all slots, others two, and none says before
 * how many of which. */
static bool grow_pool(struct Shell_RxQueueHandle *queue, struct buffer_pool *pool, uint32_t size_bytes)
{
    uint32_t count = queue->size - pool->total < POOL_STEP ? queue->size - pool->total : POOL_STEP;
    if (!pool->free) {
        uint64_t list = heap_alloc(queue->path->rx_room * sizeof(uint64_t), 64);
        if (!list)
            return false;
        pool->free = sh_va(list);
        pool->size_bytes = size_bytes;
    }
    uint64_t base = count ? heap_alloc((uint64_t)count * size_bytes, NPA_PAGE_SIZE) : 0;
    if (!base)
        return false;
    for (uint32_t i = count; i-- > 0;)
        pool->free[pool->count++] = base + (uint64_t)i * size_bytes;
    pool->total += count;
    return true;
}

uint64_t buffers_get_rx(struct Shell_RxQueueHandle *queue, enum slot_kind kind)
{
    struct buffer_pool *pool = &queue->pool[kind];
    uint32_t size = kind == SLOT_LARGE ? SHELL_LARGE_RECV_BUFFER_SIZE : SHELL_SMALL_RECV_BUFFER_SIZE;
    if (!pool->count && (pool->total >= queue->size || !grow_pool(queue, pool, size)))
        return 0;
    return pool->free[--pool->count];
}

void buffers_put_rx(struct Shell_RxQueueHandle *queue, struct rx_slot *slot)
{
    if (slot->kind == SLOT_SMALL || slot->kind == SLOT_LARGE) {
        struct buffer_pool *pool = &queue->pool[slot->kind];
        pool->free[pool->count++] = slot->gpa;
    }
    *slot = (struct rx_slot){.kind = SLOT_EMPTY};
}
