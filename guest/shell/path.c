/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A path: queues, their memory and books, bound to one plugin. */
#include "guest/shell/shell.h"

void *memset(void *to, int byte, size_t n);

/* What a path has not got yet: rings, books, and a receive buffer for each slot. Asked for before any of it is taken, since what
 * was taken never comes back, and a ring without buffers receives nothing and says nothing. */
bool path_fits(const struct path *path)
{
    bool large = shell.mtu + 14 + 4 > SHELL_SMALL_RECV_BUFFER_SIZE;
    uint64_t buffer = large ? SHELL_LARGE_RECV_BUFFER_SIZE : SHELL_SMALL_RECV_BUFFER_SIZE;
    uint64_t pool = shell.rx_ring * (buffer + sizeof(uint64_t)) + NPA_PAGE_SIZE;
    uint64_t rings = shell.rx_ring * sizeof(struct rx_slot) + shell.tx_ring * sizeof(uint32_t) + PLUGIN_RING_BYTES(shell.rx_ring) +
                     PLUGIN_RING_BYTES(shell.tx_ring) + 2 * NPA_PAGE_SIZE;
    uint64_t missing = 0;
    for (uint32_t q = 0; q < shell.queues; q++) {
        if (!path->has_memory)
            missing += rings;
        if (!path->has_memory || !path->rx[q].pool[large ? SLOT_LARGE : SLOT_SMALL].free)
            missing += pool;
    }
    return missing <= heap_left();
}

bool path_provide(struct path *path, uint32_t number, uint32_t queues)
{
    path->number = number;
    path->queues = queues;
    if (!path_fits(path))
        return false;
    if (path->has_memory)
        return true;
    for (uint32_t q = 0; q < shell.queues; q++) {
        uint64_t slots = heap_alloc(shell.rx_ring * sizeof(struct rx_slot), 64);
        uint64_t posted = heap_alloc(shell.tx_ring * sizeof(uint32_t), 64);
        uint64_t rx_ring = heap_alloc(PLUGIN_RING_BYTES(shell.rx_ring), NPA_PAGE_SIZE);
        uint64_t tx_ring = heap_alloc(PLUGIN_RING_BYTES(shell.tx_ring), NPA_PAGE_SIZE);
        if (!slots || !posted || !rx_ring || !tx_ring)
            return false;
        path->rx[q] = (struct Shell_RxQueueHandle){.path = path, .index = q, .size = shell.rx_ring, .slot = sh_va(slots)};
        path->tx[q] = (struct Shell_TxQueueHandle){.path = path, .index = q, .size = shell.tx_ring, .posted = sh_va(posted)};
        path->ps.rxQueues[q] = (Plugin_RxQueue){&path->rx[q], sh_va(rx_ring), rx_ring, shell.rx_ring};
        path->ps.txQueues[q] = (Plugin_TxQueue){&path->tx[q], sh_va(tx_ring), tx_ring, shell.tx_ring};
    }
    path->has_memory = true;
    path->rx_room = shell.rx_ring;
    path->tx_room = shell.tx_ring;
    return true;
}

bool path_resize(struct path *path)
{
    if (!path->has_memory)
        return true;
    if (shell.rx_ring > path->rx_room || shell.tx_ring > path->tx_room) {
        path->has_memory = false;
        return path_provide(path, path->number, path->queues);
    }
    for (uint32_t q = 0; q < shell.queues; q++) {
        path->rx[q].size = path->ps.rxQueues[q].ringSize = shell.rx_ring;
        path->tx[q].size = path->ps.txQueues[q].ringSize = shell.tx_ring;
        path->tx[q].first = 0;
    }
    return true;
}

/* ---- register accessors ---- */

static uint64_t register_gpa(Plugin_State *ps, uint32 offset)
{
    struct path *path = (struct path *)((char *)ps - __builtin_offsetof(struct path, ps));
    if (offset % 4 || offset >= ps->memioBytes)
        log_panic("plugin: register offset out of its window");
    return path->memio_gpa + offset;
}

static uint32 shell_read32(Plugin_State *ps, uint32 offset) { return sh_read32(register_gpa(ps, offset)); }
static void shell_write32(Plugin_State *ps, uint32 offset, uint32 value) { sh_write32(register_gpa(ps, offset), value); }

static const Shell_Api callbacks = {
    .log = log_print,
    .allocSmallBuffer = rx_alloc_small,
    .allocLargeBuffer = rx_alloc_large,
    .indicateRecv = rx_indicate,
    .completeSend = tx_complete,
    .read32 = shell_read32,
    .write32 = shell_write32,
};

static bool has_all_functions(const Plugin_Api *api)
{
    return api->swInit && api->reinitRxRing && api->reinitTxRing && api->enableInterrupt && api->disableInterrupt &&
           api->addFrameToTxRing && api->checkTxRing && api->checkRxRing && api->addBuffersToRxRing;
}

/* A vCPU sends by queues shell.tx[] of its own, which are the path's modulo their number; and polls the queues of its vectors. */
static bool shares(const struct path *path)
{
    bool each_has_its_own = path->queues == shell.queues || path->queues % shell.cpus == 0;
    return shell.cpus > 1 && !(path->vectors == path->queues && each_has_its_own);
}

bool path_start(struct path *path, uint32 (*entry)(struct Plugin_Api *), uint64_t memio_gpa, uint32_t memio_bytes, uint32_t vectors,
                void *shared, uint32_t shared_bytes, const uint32_t *device_info)
{
    Plugin_State *ps = &path->ps;
    ps->shellApi = callbacks;
    ps->numRxQueues = ps->numTxQueues = path->queues;
    ps->memioAddr = sh_va(memio_gpa);
    ps->memioBytes = memio_bytes;
    ps->shared = shared;
    ps->sharedBytes = shared_bytes;
    ps->apiVersion = NPA_API_VERSION;
    ps->numIntrs = path->vectors = vectors;
    ps->mtu = shell.mtu;
    ps->bufferVA = rx_buffer_va;
    for (uint32_t i = 0; i < PLUGIN_DEVICE_INFO_WORDS; i++)
        ps->deviceInfo[i] = device_info ? device_info[i] : 0;
    memset(ps->privateArea, 0, sizeof ps->privateArea);
    path->memio_gpa = memio_gpa;
    path->shares = shares(path);
    path->api = (Plugin_Api){0};
    bool good = entry(&path->api) == 0 && has_all_functions(&path->api);
    path->wants_plain_registers = good && !path->api.apiVersion && !sh_has_plain_registers();
    return good && !path->wants_plain_registers && path->api.swInit(ps) == 0;
}

/* NPA's first plugins take whatever address they are given for a buffer's: NPA had no word for none. */
static bool knows_no_buffer(const struct path *path) { return path->api.apiVersion != 0; }

bool path_post(struct path *path)
{
    path->is_short = false;
    for (uint32_t q = 0; q < path->queues; q++) {
        if (path->api.reinitRxRing(&path->ps, q) || path->api.reinitTxRing(&path->ps, q))
            return false;
        path->api.addBuffersToRxRing(&path->ps, q);
    }
    if (path->is_short && !knows_no_buffer(path))
        return false;
    path->alive = true;
    return true;
}

/* Of calls that find nothing, in a poll of all paths. */
uint64_t path_poll_cycles(void)
{
    uint64_t cycles = 0;
    for (uint32_t i = 0; i < PATHS; i++)
        cycles += shell.path[i].alive ? shell.path[i].calls.poll : 0;
    return cycles;
}

/* Of masking and unmasking what these lines belong to. */
uint64_t path_interrupt_cycles(uint32_t lines)
{
    uint64_t cycles = 0;
    for (uint32_t i = 0; i < PATHS; i++) {
        const struct path *path = &shell.path[i];
        bool is_its = path->alive && path->irq_on && lines & ((1u << path->vectors) - 1);
        cycles += is_its ? path->calls.interrupt : 0;
    }
    return cycles;
}

void path_unmask(struct path *path)
{
    path->irq_on = true;
    for (uint32_t v = 0; v < path->vectors; v++)
        if (path->api.enableInterrupt(&path->ps, v) == PLUGIN_WORK_PENDING)
            irq_is_scheduled(v);
}

void path_mask(struct path *path)
{
    path->irq_on = false;
    for (uint32_t v = 0; v < path->vectors; v++)
        path->api.disableInterrupt(&path->ps, v);
}

uint32_t path_tx_posted(const struct path *path)
{
    uint32_t count = 0;
    for (uint32_t q = 0; q < path->queues; q++)
        count += path->tx[q].count;
    return count;
}

uint32_t path_drain(struct path *path)
{
    uint32_t total = 0;
    for (uint32_t q = 0; q < path->queues; q++) {
        uint32_t taken = 0; /* since buffers were added: a plugin may have books for one poll's frames, and no more */
        do {
            path->rx[q].indicated = 0;
            path->api.checkRxRing(&path->ps, q, SHELL_POLL_BUDGET - taken);
            face_receive_over();
            taken += path->rx[q].indicated;
            total += path->rx[q].indicated;
            if (taken >= SHELL_POLL_BUDGET) {
                path->api.addBuffersToRxRing(&path->ps, q);
                taken = 0;
            }
        } while (path->rx[q].indicated);
    }
    return total;
}

static uint32_t reclaim_tx(struct Shell_TxQueueHandle *queue)
{
    uint32_t count = queue->count;
    for (; queue->count; queue->count--) {
        uint32_t buffer = queue->posted[queue->first];
        queue->first = (queue->first + 1) % queue->size;
        if (buffer == SHELL_NONE)
            continue;
        sh_tell(MACHINE_OP_FRAME_DROP, buffers_tx_gpa(buffer), shell.tx_buffer[buffer].len, MACHINE_DROP_RECLAIMED_TX);
        face_sent(buffer, FACE_RECLAIMED);
    }
    return count;
}

static uint32_t reclaim_rx(struct Shell_RxQueueHandle *queue)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < queue->size; i++) {
        struct rx_slot *slot = &queue->slot[i];
        if (slot->kind == SLOT_SMALL || slot->kind == SLOT_LARGE) {
            sh_tell(MACHINE_OP_FRAME_DROP, slot->gpa, queue->pool[slot->kind].size_bytes, MACHINE_DROP_RECLAIMED_RX);
            count++;
        }
        buffers_put_rx(queue, slot);
    }
    return count;
}

void path_reclaim(struct path *path)
{
    uint32_t tx = 0, rx = 0;
    path->alive = false;
    path->irq_on = false;
    for (uint32_t q = 0; q < path->queues; q++) {
        tx += reclaim_tx(&path->tx[q]);
        rx += reclaim_rx(&path->rx[q]);
    }
    sh_note(MACHINE_NOTE_RECLAIMED, rx, tx);
}
