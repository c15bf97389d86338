/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Transmit: the shell's own queues, and frames on their way through a path.
 *
 * A frame goes through the queue its flow hashes to among those of the vCPU that makes it (of several each has one, as a rule:
 * Linux's XPS by CPU), so no flow is reordered. It is posted at once when nothing waits
 * before it and the path has room; otherwise it waits. While transmit is stopped (shell.tx_path is NULL) all wait.
 *
 * One doorbell is enough for frames that follow each other, as Linux's netdev_xmit_more() has it: while more are to come, the
 * latest one is held back, since only it can say later that it was the last. So there are doorbells for each SHELL_BULK frames and
 * for the last one, whatever becomes of what was to follow (tx_release()). A plugin that does not say that it batches
 * (PLUGIN_FLAG_BATCH) is told of each frame that it is the last.
 */
#include "guest/shell/shell.h"

void tx_init(void)
{
    for (uint32_t q = 0; q < SHELL_QUEUES_MAX; q++)
        shell.tx[q] = (struct tx_queue){.first = SHELL_NONE, .last = SHELL_NONE};
}

static uint16_t be16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }

/* What a guest OS's stack knows of its frame, and wants the device to do. */
static void parse(Plugin_SendInfo *info, const uint8_t *p, const struct tx_buffer *buffer)
{
    uint32_t at = 14, len = buffer->len;
    *info = (Plugin_SendInfo){.vlan = buffer->tagged,
                              .vlanTag = buffer->tci,
                              .tso = buffer->mss != 0,
                              .tsoMss = buffer->mss,
                              .xsumTcpOrUdp = buffer->checksum || buffer->mss,
                              .ipHeaderOffset = len,
                              .l4HeaderOffset = len,
                              .l4DataOffset = len};
    uint16_t type = len >= 14 ? be16(p + 12) : 0;
    if (type == 0x8100 && len >= 18) {
        type = be16(p + 16);
        at = 18;
    }
    uint8_t protocol = 0;
    info->ipHeaderOffset = info->l4HeaderOffset = info->l4DataOffset = at;
    if (type == 0x0800 && len >= at + 20 && p[at] >> 4 == 4) {
        info->ipv4 = TRUE;
        protocol = p[at + 9];
        info->l4HeaderOffset = at + 4u * (p[at] & 15);
    } else if (type == 0x86dd && len >= at + 40) {
        info->ipv6 = TRUE;
        protocol = p[at + 6];
        info->l4HeaderOffset = at + 40;
    }
    info->udp = protocol == 17;
    info->l4DataOffset = info->l4HeaderOffset;
    if (info->udp)
        info->l4DataOffset += 8;
    else if (protocol == 6 && len > info->l4HeaderOffset + 12)
        info->l4DataOffset += 4u * (p[info->l4HeaderOffset + 12] >> 4);
}

static uint32_t pick_queue(uint32_t buffer)
{
    uint32_t first = smp_number();
    if (shell.queues == shell.cpus)
        return first;
    uint32_t mine = (shell.queues - first + shell.cpus - 1) / shell.cpus;
    const uint8_t *p = sh_va(buffers_tx_gpa(buffer));
    uint32_t len = shell.tx_buffer[buffer].len, hash = 2166136261u;
    Plugin_SendInfo info;
    parse(&info, p, &shell.tx_buffer[buffer]);
    for (uint32_t i = 0; i < 12 && i < len; i++)
        hash = (hash ^ p[i]) * 16777619u;
    uint32_t from = info.ipHeaderOffset + (info.ipv4 ? 12 : 8), to = info.ipHeaderOffset + (info.ipv4 ? 20 : 40);
    if (info.ipv4 || info.ipv6)
        for (uint32_t i = from; i < to && i < len; i++)
            hash = (hash ^ p[i]) * 16777619u;
    return first + (hash ^ hash >> 16) % mine * shell.cpus;
}

/* ---- into a path ---- */

void tx_lock(struct Shell_TxQueueHandle *queue)
{
    while (queue->locked)
        smp_pause();
    queue->locked = true;
}

void tx_unlock(struct Shell_TxQueueHandle *queue) { queue->locked = false; }

static bool post(struct path *path, uint32_t q, uint32_t buffer, bool last)
{
    Plugin_SendInfo info;
    Plugin_SgList sgl = {.numElements = 0};
    uint64_t gpa = buffers_tx_gpa(buffer);
    uint32_t len = shell.tx_buffer[buffer].len;
    struct Shell_TxQueueHandle *queue = &path->tx[q];
    if (queue->count == queue->size)
        return false;
    sgl.totalLength = len;
    sgl.firstSgVA = sh_va(gpa);
    for (uint32_t at = 0; at < len; at += SHELL_TX_SPLIT) {
        uint32_t part = len - at < SHELL_TX_SPLIT ? len - at : SHELL_TX_SPLIT;
        sgl.elements[sgl.numElements++] = (Plugin_SgElement){gpa + at, part};
    }
    parse(&info, sgl.firstSgVA, &shell.tx_buffer[buffer]);
    sh_charge(sh_machine()->calls[MACHINE_CALLS_SHELL].tx + path->calls.tx);
    /* The genuine plugin's doorbell covers the last frame only: batches are for plugins that say they can. */
    Bool hint = last || !(path->api.flags & PLUGIN_FLAG_BATCH);
    uint32 result = path->api.addFrameToTxRing(&path->ps, q, &info, &sgl, hint);
    if (result == PLUGIN_NO_ROOM)
        return false;
    if (result != PLUGIN_OK) {
        log_print(0, "shell: the plugin cannot send a frame of %u bytes", len);
        sh_tell(MACHINE_OP_FRAME_DROP, gpa, len, MACHINE_DROP_TX_STOPPED);
        face_sent(buffer, FACE_NOT_SENT);
        return true;
    }
    queue->posted[(queue->first + queue->count++) % queue->size] = buffer;
    return true;
}

bool tx_post(struct path *path, uint32_t queue, uint32_t buffer, bool last)
{
    uint32_t q = queue % path->queues;
    if (!path->shares)
        return post(path, q, buffer, last);
    tx_lock(&path->tx[q]);
    bool done = post(path, q, buffer, last);
    tx_unlock(&path->tx[q]);
    return done;
}

void tx_complete(struct Shell_TxQueueHandle *queue, uint32 count)
{
    if (count > queue->count)
        log_panic("plugin: more transmits completed than were posted");
    for (; count; count--) {
        uint32_t buffer = queue->posted[queue->first];
        queue->first = (queue->first + 1) % queue->size;
        queue->count--;
        if (buffer != SHELL_NONE)
            face_sent(buffer, FACE_SENT);
    }
}

/* ---- the shell's queue ---- */

static uint32_t number_of(const struct tx_queue *queue) { return (uint32_t)(queue - shell.tx); }
static struct shell_cpu *owner_of(const struct tx_queue *queue) { return &shell.cpu[smp_of_queue(number_of(queue))]; }

/* The first of those that wait goes into the path. false: it has no room. */
static bool post_first(struct tx_queue *queue, bool last)
{
    uint32_t buffer = queue->first, next = shell.tx_buffer[buffer].next;
    if (!tx_post(shell.tx_path, number_of(queue), buffer, last))
        return false;
    queue->first = next;
    queue->count--;
    owner_of(queue)->tx_waiting--;
    return true;
}

uint32_t tx_take_back(void)
{
    for (uint32_t q = smp_number(); q < shell.queues; q += shell.cpus) {
        struct tx_queue *queue = &shell.tx[q];
        if (!queue->count)
            continue;
        uint32_t buffer = queue->first;
        queue->held = false;
        queue->first = shell.tx_buffer[buffer].next;
        queue->count--;
        smp_me()->tx_waiting--;
        return buffer;
    }
    return SHELL_NONE;
}

static void flush_queue(struct tx_queue *queue)
{
    uint32_t burst = 0;
    queue->held = false;
    while (queue->count && shell.tx_path)
        if (!post_first(queue, queue->count == 1 || ++burst % SHELL_BULK == 0))
            return;
}

void tx_release(void)
{
    for (uint32_t q = smp_number(); q < shell.queues; q += shell.cpus)
        if (shell.tx[q].held)
            flush_queue(&shell.tx[q]);
}

static void drop(uint32_t buffer, enum machine_drop why)
{
    sh_tell(MACHINE_OP_FRAME_DROP, buffers_tx_gpa(buffer), shell.tx_buffer[buffer].len, why);
    face_sent(buffer, why == MACHINE_DROP_NO_CARRIER ? FACE_NO_CARRIER : FACE_NOT_SENT);
}

void tx_stop(void) { smp_me()->tx_stopped = !shell.no_carrier; }

static void wake(struct shell_cpu *cpu)
{
    cpu->tx_stopped = false;
    cpu->app_due = 0; /* ask again */
}

void tx_drop_waiting(void)
{
    for (uint32_t q = 0; q < shell.queues; q++) {
        struct tx_queue *queue = &shell.tx[q];
        queue->held = false;
        for (; queue->count; queue->count--, owner_of(queue)->tx_waiting--) {
            uint32_t buffer = queue->first;
            queue->first = shell.tx_buffer[buffer].next;
            drop(buffer, MACHINE_DROP_NO_CARRIER);
        }
    }
    for (uint32_t i = 0; i < shell.cpus; i++)
        if (shell.cpu[i].tx_stopped)
            wake(&shell.cpu[i]);
}

/* In the queues that the vCPU sends by. */
static bool has_room_to_wake(const struct path *path, uint32_t vcpu)
{
    for (uint32_t i = vcpu; i < shell.queues; i += shell.cpus) {
        const struct Shell_TxQueueHandle *queue = &path->tx[i % path->queues];
        uint32_t wanted = queue->size / 2 < face.wake_room ? queue->size / 2 : face.wake_room;
        if (queue->size - queue->count < wanted)
            return false;
    }
    return true;
}

static void flush_of(uint32_t vcpu)
{
    struct shell_cpu *cpu = &shell.cpu[vcpu];
    if (!cpu->tx_waiting && !cpu->tx_stopped)
        return;
    for (uint32_t q = vcpu; q < shell.queues; q += shell.cpus)
        flush_queue(&shell.tx[q]);
    if (cpu->tx_stopped && !cpu->tx_waiting && shell.tx_path && buffers_tx_spare(cpu) && has_room_to_wake(shell.tx_path, vcpu))
        wake(cpu);
}

void tx_flush(void) { flush_of(smp_number()); }

void tx_flush_all(void)
{
    for (uint32_t i = 0; i < shell.cpus; i++)
        flush_of(i);
}

void tx_send(uint32_t buffer, bool more)
{
    struct tx_queue *queue = &shell.tx[pick_queue(buffer)];
    struct shell_cpu *me = smp_me();
    bool batches = shell.tx_path && shell.tx_path->api.flags & PLUGIN_FLAG_BATCH;
    if (queue->held) { /* it was not the last, after all */
        queue->held = false;
        post_first(queue, ++queue->burst % SHELL_BULK == 0);
    }
    queue->held = more && batches && !queue->count;
    if (!queue->count && !more)
        queue->burst = 0;
    if (!queue->held && !queue->count && shell.tx_path && tx_post(shell.tx_path, number_of(queue), buffer, true))
        return;
    if (shell.no_carrier || me->tx_waiting >= sh_machine()->tx_queue_frames) {
        drop(buffer, shell.no_carrier ? MACHINE_DROP_NO_CARRIER : MACHINE_DROP_TX_QUEUE_FULL);
        return;
    }
    shell.tx_buffer[buffer].next = SHELL_NONE;
    if (queue->count++)
        shell.tx_buffer[queue->last].next = buffer;
    else
        queue->first = buffer;
    queue->last = buffer;
    me->tx_waiting++;
    if (!queue->held) /* else it only waits for the next one */
        tx_stop();
}
