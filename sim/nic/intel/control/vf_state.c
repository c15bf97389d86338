/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of a VF as its own driver knows it, for a migration [vfio.h VFIO_DEVICE_STATE_*]: what that driver wrote and may
 * read again, with the heads of its rings, which no register write could bring back [assumed: a chip that can be migrated has
 * a way].
 *
 * Queues are written by their number in the pool, so that another VF, even of a chip whose pools are larger, takes them.
 * Descriptors on chip are left behind: they are in the guest's memory still and are fetched again from the head on. What is
 * the PF's (drop enable, rate, pools, spoof checks) is the destination's own.
 */
#include "nic/intel/control/control.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

struct rx_image {
    uint32_t base_lo, base_hi, len_bytes, head, tail, rxdctl, srrctl, rscctl, dca;
};
struct tx_image {
    uint32_t base_lo, base_hi, len_bytes, head, tail, txdctl, wb_lo, wb_hi, dca;
    uint32_t wb_first, wb_count, skipping;
    struct ixgbe_adv_tx_context_desc context[TX_CONTEXTS];
};
struct function_image {
    uint32_t cause, mask, auto_clear, auto_mask, eitr[VECTORS_MAX];
    uint32_t psrtype, vf_mailbox, pf_mailbox;
    uint32_t mailbox_memory[INTEL_MAILBOX_WORDS];
    uint32_t own_words; /* of its own registers, which follow */
};
struct count_image {
    uint64_t frames_rx, bytes_rx, frames_tx, bytes_tx, multicast_rx;
};

enum { OWN_WORDS_MAX = 512 };

/* ---- is all of it in memory, or out? ---- */

static bool queue_is_still(const struct intel_chip *n, unsigned queue)
{
    if (n->txq[queue].under_way || n->txq[queue].fetching || n->rxq[queue].fetching)
        return false;
    for (unsigned slot = 0; slot < RX_WRITES_MAX; slot++)
        if (n->s.rx_write[slot].ref && n->s.rx_write[slot].queue == queue)
            return false;
    for (unsigned i = 0; i < RSC_MAX; i++)
        if (n->s.rsc[i].state != RSC_NONE && n->s.rsc[i].queue == queue)
            return false;
    for (uint32_t i = n->rxb.get; i != n->rxb.put; i++)
        if (n->rxb.entry[i % RX_ENTRIES].ref && n->rxb.entry[i % RX_ENTRIES].queue == queue)
            return false;
    return true;
}

bool intel_vf_is_still(const struct nic *nic, unsigned vf)
{
    const struct intel_chip *n = (const struct intel_chip *)nic;
    const struct function *fn = &n->fn[vf];
    unsigned count = chip_queues_per_pool(n);
    if (fn->s.tx_in_buffer || (n->s.mailbox_request >> vf & 1) || !pci_function_is_idle(fn->pci))
        return false;
    for (unsigned q = 0; q < count; q++)
        if (!queue_is_still(n, fn->pool * count + q))
            return false;
    return true;
}

/* ---- to and from the stream ---- */

/* Indices lie in the ring, or nothing may follow from them. False: the stream has failed. */
static bool ring_is_sound(struct save *s, const char *way, uint32_t len_bytes, uint32_t head, uint32_t tail)
{
    uint32_t len = len_bytes / 16;
    if (!save_is_loading(s) || s->err)
        return false;
    if (len <= INTEL_RING_DESCS && len_bytes % 128 == 0 && (len == 0 || (head < len && tail < len)))
        return true;
    save_fail(s, -EPROTO, "a %s ring of %u bytes, head %u, tail %u", way, len_bytes, head, tail);
    return false;
}

static void rx_state(struct intel_chip *n, unsigned queue, struct save *s)
{
    struct rx_queue *q = &n->rxq[queue];
    struct rx_image i = {q->base_lo, q->base_hi, q->len_bytes, q->head, q->tail, q->rxdctl, q->srrctl, q->rscctl, q->dca};
    save_field(s, i);
    if (!ring_is_sound(s, "receive", i.len_bytes, i.head, i.tail))
        return;
    intel_rx_queue_reset(n, queue);
    q->base_lo = i.base_lo;
    q->base_hi = i.base_hi;
    q->len_bytes = i.len_bytes;
    q->head = q->fetch_next = i.head;
    q->tail = i.tail;
    q->rxdctl = i.rxdctl;
    q->srrctl = i.srrctl;
    q->rscctl = i.rscctl;
    q->dca = i.dca;
}

static void tx_image(const struct tx_queue *q, struct tx_image *i)
{
    *i = (struct tx_image){q->base_lo,   q->base_hi,
                           q->len_bytes, q->head,
                           q->tail,      q->txdctl,
                           q->wb_lo,     q->wb_hi,
                           q->dca,       q->wb_count ? q->wb_first : 0,
                           q->wb_count,  q->frame_descs ? q->frame_is_rest : q->skipping,
                           {{0}}};
    memcpy(i->context, q->context, sizeof(i->context));
}

static void tx_state(struct intel_chip *n, unsigned queue, struct save *s)
{
    struct tx_queue *q = &n->txq[queue];
    struct tx_image i;
    tx_image(q, &i);
    save_field(s, i);
    if (!ring_is_sound(s, "transmit", i.len_bytes, i.head, i.tail))
        return;
    if (i.wb_count > TX_WRITEBACK_MAX || i.wb_first > i.len_bytes / 16 || i.wb_count > i.len_bytes / 16 - i.wb_first) {
        save_fail(s, -EPROTO, "%u descriptors to be written back from %u on", i.wb_count, i.wb_first);
        return;
    }
    intel_tx_queue_reset(n, queue);
    q->base_lo = i.base_lo;
    q->base_hi = i.base_hi;
    q->len_bytes = i.len_bytes;
    q->head = q->fetch_next = i.head;
    q->tail = i.tail;
    q->txdctl = i.txdctl;
    q->wb_lo = i.wb_lo;
    q->wb_hi = i.wb_hi;
    q->dca = i.dca;
    q->wb_first = i.wb_first;
    q->wb_count = i.wb_count;
    q->skipping = i.skipping;
    memcpy(q->context, i.context, sizeof(q->context));
}

static void function_image(const struct function *fn, struct function_image *i)
{
    const struct intel_chip *n = fn->chip;
    const struct function_state *f = &fn->s;
    memset(i, 0, sizeof(*i));
    i->cause = f->intr.cause;
    i->mask = f->intr.mask;
    i->auto_clear = f->intr.auto_clear;
    i->auto_mask = f->intr.auto_mask;
    for (unsigned v = 0; v < VECTORS_MAX; v++)
        i->eitr[v] = f->intr.vector[v].eitr;
    i->psrtype = n->s.reg.PSRTYPE[fn->pool];
    i->vf_mailbox = f->vf_mailbox;
    i->pf_mailbox = f->pf_mailbox;
    memcpy(i->mailbox_memory, n->s.mailbox_memory[fn->pool], sizeof(i->mailbox_memory));
    i->own_words = (uint32_t)(n->skin->vf.own_bytes / 4);
}

/* A cause that had not been reported is reported here; the throttle's interval begins anew. */
static void function_load(struct function *fn, const struct function_image *i, const uint32_t *own, const struct count_image *count)
{
    struct intel_chip *n = fn->chip;
    struct function_state *f = &fn->s;
    intel_intr_reset(fn);
    f->intr.auto_clear = i->auto_clear;
    f->intr.auto_mask = i->auto_mask;
    f->intr.mask = i->mask;
    for (unsigned v = 0; v < VECTORS_MAX; v++)
        f->intr.vector[v].eitr = i->eitr[v];
    n->s.reg.PSRTYPE[fn->pool] = i->psrtype;
    f->vf_mailbox = i->vf_mailbox;
    f->pf_mailbox = i->pf_mailbox;
    memcpy(n->s.mailbox_memory[fn->pool], i->mailbox_memory, sizeof(i->mailbox_memory));
    intel_vf_registers_set(fn, own);
    f->frames_rx = count->frames_rx;
    f->bytes_rx = count->bytes_rx;
    f->frames_tx = count->frames_tx;
    f->bytes_tx = count->bytes_tx;
    f->multicast_rx = count->multicast_rx;
    intel_intr_set(fn, i->cause);
}

void intel_vf_state(struct nic *nic, unsigned vf, struct save *s)
{
    struct intel_chip *n = (struct intel_chip *)nic;
    struct function *fn = &n->fn[vf];
    uint32_t count = chip_queues_per_pool(n), here = count;
    const struct function_state *f = &fn->s;
    struct count_image counts = {f->frames_rx, f->bytes_rx, f->frames_tx, f->bytes_tx, f->multicast_rx};
    struct function_image image;
    uint32_t own[OWN_WORDS_MAX], own_words = (uint32_t)(n->skin->vf.own_bytes / 4);
    assert(own_words && own_words <= OWN_WORDS_MAX && "a model that has NIC_VF_STATE");
    save_section(s, "intel VF", 1);
    save_field(s, count);
    if (save_is_loading(s) && !s->err && count > here)
        save_fail(s, -EPROTO, "the state of a VF with %u queues for one with %u", count, here);
    for (unsigned q = 0; q < count && !s->err; q++) {
        rx_state(n, fn->pool * here + q, s);
        tx_state(n, fn->pool * here + q, s);
    }
    function_image(fn, &image);
    intel_vf_registers_get(fn, own);
    save_field(s, image);
    if (save_is_loading(s) && !s->err && image.own_words != own_words)
        save_fail(s, -EPROTO, "the state of a VF with %u registers for one with %u", image.own_words, own_words);
    save_bytes(s, own, 4 * own_words);
    save_field(s, counts);
    if (!save_is_loading(s) || s->err)
        return;
    function_load(fn, &image, own, &counts);
    intel_switch_pool(n, fn->pool);
}
