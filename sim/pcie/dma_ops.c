/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DMA operations under way: their pool, each function's list in order of issue, their events, resets, save.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "pcie/pcie__.h"

static uint32_t op_take(struct pci_function *fn)
{
    struct pci_link *link = fn->link;
    struct pci_link_state *st = &link->st;
    uint32_t i = st->ops_free;

    if (i) {
        st->ops_free = link->ops[i - 1].next;
    } else {
        assert(st->ops_touched < PCI_DMA_OPS_MAX && "more than PCI_DMA_OPS_MAX DMA operations under way on one link");
        i = ++st->ops_touched;
    }
    struct dma_op *op = &link->ops[i - 1];
    memset(op, 0, sizeof(*op));
    op->fn = fn->index;
    fn->st.op_count++;
    return i;
}

/* Behind operation `prev` of the function, or first. */
static void op_insert(struct pci_function *fn, uint32_t i, uint32_t prev)
{
    struct dma_op *ops = fn->link->ops, *op = &ops[i - 1];

    op->prev = prev;
    op->next = prev ? ops[prev - 1].next : fn->st.op_first;
    *(prev ? &ops[prev - 1].next : &fn->st.op_first) = i;
    *(op->next ? &ops[op->next - 1].prev : &fn->st.op_last) = i;
}

uint32_t pcie__op_alloc(struct pci_function *fn)
{
    uint32_t i = op_take(fn);

    op_insert(fn, i, fn->st.op_last);
    fn->link->ops[i - 1].number = fn->link->c.next_seq;
    return i;
}

void pcie__op_release(struct pci_function *fn, uint32_t i)
{
    struct pci_link *link = fn->link;
    struct dma_op *op = &link->ops[i - 1];

    if (op->prev)
        link->ops[op->prev - 1].next = op->next;
    else
        fn->st.op_first = op->next;
    if (op->next)
        link->ops[op->next - 1].prev = op->prev;
    else
        fn->st.op_last = op->prev;
    fn->st.op_count--;
    fn->st.op_waiting -= op->waits;
    op->kind = DMA_FREE;
    op->next = link->st.ops_free;
    link->st.ops_free = i;
}

bool pci_function_is_idle(struct pci_function *fn) { return fn->st.op_count == 0 && !pcie__has_late(fn); }

static void concerns(const struct pci_link *link, uint32_t i)
{
    const struct dma_op *op = &link->ops[i - 1];
    const struct pci_function *fn = link->fn[op->fn];
    if (fn->domain)
        iommu_concerns(fn->domain, op->event);
}

void pcie__op_post(struct pci_link *link, uint32_t i, sim_time at)
{
    link->ops[i - 1].event = event_post(&link->c, &link->c, at, EV_HW, LINK_DMA, i, 0, 0);
    concerns(link, i);
}

void pcie__dma_concerns(struct pci_function *fn)
{
    for (uint32_t i = fn->st.op_first; i; i = fn->link->ops[i - 1].next)
        concerns(fn->link, i);
}

void pci_dma_be_in_time(struct pci_function *fn) { sim_make_events(fn->link->c.sim); }

void pcie__late_is_event(struct pci_function *fn, const struct late_write *w)
{
    struct pci_link *link = fn->link;
    uint32_t i = op_take(fn), prev = fn->st.op_last;
    struct dma_op *op = &link->ops[i - 1];

    while (prev && link->ops[prev - 1].number > w->number)
        prev = link->ops[prev - 1].prev;
    op_insert(fn, i, prev);
    op->number = w->number;
    op->kind = w->ref ? DMA_WRITE_FRAME : DMA_WRITE;
    op->addr = w->addr;
    op->len = w->len;
    op->tag = w->tag;
    op->ref = w->ref;
    op->tag_frame = w->ref != 0;
    op->is_quiet = !w->ref;
    if (!w->ref)
        memcpy(link->op_data[i - 1], w->data, w->len);
    op->event = event_post_numbered(&link->c, w->number, w->at, EV_HW, LINK_DMA, i);
    concerns(link, i);
}

/* ---- resets, save ---- */

void pci_function_drop_dma(struct pci_function *fn)
{
    struct pci_link *link = fn->link;

    sim_make_events(link->c.sim);
    while (fn->st.op_first) {
        uint32_t i = fn->st.op_first;
        struct dma_op op = link->ops[i - 1];
        event_cancel(link->c.sim, &op.event);
        pcie__op_release(fn, i);
        fn->st.stats.dma_dropped++;
        if (op.kind != DMA_WRITE_FRAME || !op.tag_frame || !frame_is_alive(link->c.sim, op.ref))
            continue; /* not alive: another fragment's end was the frame's */
        if (!(frame_get(link->c.sim, op.ref)->flags & FRAME_PART_LANDED))
            frame_end(fn->dev, op.ref, FATE_function_reset);
    }
}

void pcie__dma_save(struct pci_link *link, struct save *s)
{
    if (save_is_loading(s) && link->st.ops_touched > PCI_DMA_OPS_MAX) {
        save_fail(s, -EINVAL, "pci link %s: %u DMA operations", link->c.name, link->st.ops_touched);
        return;
    }
    for (uint32_t i = 0; i < link->st.ops_touched; i++) {
        save_field(s, link->ops[i]);
        if (link->ops[i].kind == DMA_WRITE)
            save_field(s, link->op_data[i]);
    }
}
