/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Receive: buffers by slot, and frames on their way up. */
#include "guest/shell/shell.h"

static struct rx_slot *slot_of(struct Shell_RxQueueHandle *queue, uint32 ringOffset)
{
    return &queue->slot[ringOffset % queue->size]; /* queue-relative or global: npa_plugin_api.h */
}

static uint64 alloc(struct Shell_RxQueueHandle *queue, uint32 ringOffset, enum slot_kind kind)
{
    struct rx_slot *slot = slot_of(queue, ringOffset);
    if (slot->kind == kind)
        return slot->gpa; /* asked for again, without a frame in between */
    buffers_put_rx(queue, slot);
    if (shell.bad_rx) {
        *slot = (struct rx_slot){shell.bad_rx, SLOT_BAD};
        return slot->gpa;
    }
    uint64_t gpa = buffers_get_rx(queue, kind);
    if (!gpa) { /* a size nobody provided for, in a VM with little memory */
        queue->path->is_short = true;
        return SHELL_NO_BUFFER;
    }
    *slot = (struct rx_slot){gpa, kind};
    return gpa;
}

uint64 rx_alloc_small(struct Shell_RxQueueHandle *queue, uint32 ringOffset) { return alloc(queue, ringOffset, SLOT_SMALL); }
uint64 rx_alloc_large(struct Shell_RxQueueHandle *queue, uint32 ringOffset) { return alloc(queue, ringOffset, SLOT_LARGE); }

uint8 *rx_buffer_va(struct Shell_RxQueueHandle *queue, uint32 ringOffset)
{
    const struct rx_slot *slot = slot_of(queue, ringOffset);
    return slot->kind == SLOT_SMALL || slot->kind == SLOT_LARGE ? sh_va(slot->gpa) : (uint8 *)0;
}

struct rx_slot rx_take(struct Shell_RxQueueHandle *queue, uint32 ringOffset)
{
    struct rx_slot *slot = slot_of(queue, ringOffset), taken = *slot;
    *slot = (struct rx_slot){.kind = SLOT_EMPTY};
    return taken;
}

void rx_give(struct Shell_RxQueueHandle *queue, struct rx_slot buffer) { buffers_put_rx(queue, &buffer); }

/* What an operating system is told beside the bytes (an skb's ip_summed, hash and vlan_tci). */
static void describe(struct machine_rx *rx, const struct Shell_RxQueueHandle *queue, const Shell_RecvFrame *frame)
{
    const struct path *path = queue->path;
    bool by_features = path->number == PATH_EMULATED; /* a UPT NIC's VF is a vmxnet3 device, too */
    rx->vlan = frame->vlan ? 0x10000u | frame->vlanTag : 0;
    rx->info = MACHINE_RX_SAID | (frame->ipv4 ? MACHINE_RX_IPV4 : 0) | (frame->ipv6 ? MACHINE_RX_IPV6 : 0) |
               (frame->tcp ? MACHINE_RX_TCP : 0) | (frame->udp ? MACHINE_RX_UDP : 0) | (frame->nonIp ? MACHINE_RX_NOT_IP : 0) |
               (frame->ipXsum & 3u) << MACHINE_RX_IP_XSUM_SHIFT |
               (frame->tcp ? frame->tcpXsum & 3u : 0u) << MACHINE_RX_TCP_XSUM_SHIFT | /* a plugin may have one verdict for both */
               (frame->udp ? frame->udpXsum & 3u : 0u) << MACHINE_RX_UDP_XSUM_SHIFT;
    if (!by_features || shell.features & UPT1_F_RXCSUM)
        rx->info |= MACHINE_RX_VERIFIES;
    if (by_features ? shell.features & UPT1_F_RXVLAN : !(path->api.flags & PLUGIN_FLAG_KEEPS_TAGS))
        rx->info |= MACHINE_RX_STRIPS;
    if (path->queues > 1)
        rx->info |= MACHINE_RX_HASHES;
    rx->bytes = frame->byteLength;
    rx->hash_type = frame->rssHashFunction == SHELL_RECV_HASH_FUNCTION_TOEPLITZ ? frame->rssHashType : SHELL_RECV_HASH_TYPE_NONE;
    rx->hash = frame->rssHashValue;
    rx->hash_key = by_features ? device_hash_key() : 0;
}

/* All fragments become the guest OS's; those that its face has not taken go back to the pool. */
void rx_indicate(struct Shell_RxQueueHandle *queue, Shell_RecvFrame *frame)
{
    struct machine_rx rx; /* large, and filled as far as it has fragments */
    bool good = frame->sgLength && frame->sgLength <= PLUGIN_MAX_RECV_FRAGMENTS;
    rx.fragments = 0;
    queue->indicated++;
    sh_charge(sh_machine()->calls[MACHINE_CALLS_SHELL].rx + queue->path->calls.rx);
    for (uint32_t k = 0; good && k < frame->sgLength; k++) {
        const struct rx_slot *slot = slot_of(queue, frame->sg[k].ringOffset);
        uint32_t pad = k ? 0 : frame->firstSgOffset;
        if (slot->kind != SLOT_SMALL && slot->kind != SLOT_LARGE) {
            good = false; /* the device wrote elsewhere, as it was told */
            break;
        }
        if (!frame->sg[k].length || pad + frame->sg[k].length > queue->pool[slot->kind].size_bytes)
            good = false;
        rx.fragment[rx.fragments].gpa = slot->gpa + pad;
        rx.fragment[rx.fragments++].len = frame->sg[k].length;
    }
    describe(&rx, queue, frame);
    if (good)
        face_receive(queue, &rx, frame);
    for (uint32_t k = 0; k < frame->sgLength && k < PLUGIN_MAX_RECV_FRAGMENTS; k++)
        buffers_put_rx(queue, slot_of(queue, frame->sg[k].ringOffset));
}
