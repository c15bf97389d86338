/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DMA: one record and one event an operation. Its timing is settled when it is issued, its effect on memory when the
 * event comes: a read looks at memory as its data arrive, a write lands whole or not at all.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/frame/way.h"
#include "pcie/iommu_far.h"
#include "pcie/pcie__.h"

/* ---- issue ---- */

enum { TLP_BOUNDARY = 4096 }; /* no request crosses it */

static uint32_t chunks(uint32_t len, uint32_t mask, unsigned shift) { return (len + mask) >> shift; }

static enum pci_status status_at_issue(const struct pci_function *fn)
{
    if (!pcie__function_responds(fn))
        return PCI_GONE;
    return pci_bus_master(fn) ? PCI_OK : PCI_NO_BUS_MASTER;
}

static bool reaches(const struct pci_function *fn, uint64_t addr, uint32_t len, unsigned prot)
{
    uint64_t offset;
    uint32_t run;

    if (!fn->domain || addr + len < addr)
        return false;
    for (uint32_t done = 0; done < len; done += run) {
        struct sim_mem *mem = iommu_translate(fn->domain, fn->params.rid, addr + done, len - done, prot, false, &offset, &run);
        if (!mem)
            return false;
    }
    return true;
}

/* TLPs of a DMA write: chunks of MPS bytes that do not cross 4 KB [PCIe 2.2.7]. */
static uint32_t write_tlps(const struct pci_function *pf, uint64_t addr, uint32_t len)
{
    uint32_t to_boundary = TLP_BOUNDARY - (uint32_t)(addr & (TLP_BOUNDARY - 1));

    if (len <= to_boundary)
        return chunks(len, pf->mps_mask, pf->mps_shift);
    len -= to_boundary;
    return chunks(to_boundary, pf->mps_mask, pf->mps_shift) + (len / TLP_BOUNDARY) * (TLP_BOUNDARY >> pf->mps_shift) +
           chunks(len % TLP_BOUNDARY, pf->mps_mask, pf->mps_shift);
}

/* TLPs that complete one read request: one if it fits, otherwise each but the last ends on the RCB and none is longer than
 * the MPS [PCIe 2.3.1.1]; or one a line of the RCB where the root joins none. */
static uint32_t completions(const struct pci_function *pf, uint64_t addr, uint32_t len)
{
    const struct pci_link_params *p = &pf->link->params;
    uint32_t in_line = (uint32_t)addr & (p->rcb - 1);

    if (p->rcb_chunks)
        return (in_line + len + p->rcb - 1) / p->rcb;
    return len <= pf->mps_mask + 1 ? 1 : chunks(len + in_line, pf->mps_mask, pf->mps_shift);
}

/* Bytes of a request's completions on the wire: the root sends each in whole units, when it has such. */
static uint32_t completion_bytes(const struct pci_function *pf, uint32_t len, uint32_t tlps)
{
    const struct pci_link *link = pf->link;
    uint32_t unit = link->params.completion_unit, chunk = link->params.rcb_chunks ? link->params.rcb : pf->mps_mask + 1;
    uint32_t header = link->header_cpld, last = len > (tlps - 1) * chunk ? len - (tlps - 1) * chunk : 0;

    if (unit < 2)
        return len + tlps * header;
    return (tlps - 1) * ((chunk + header + unit - 1) / unit * unit) + (last + header + unit - 1) / unit * unit;
}

/* When the data of a read are at the device. Requests of at most MRRS bytes that do not cross 4 KB go up one after the other;
 * the first one's data start to come down while the others are still under way. */
static sim_time read_done_at(struct pci_function *fn, uint64_t addr, uint32_t len, bool reaches_memory)
{
    struct pci_link *link = fn->link;
    struct pci_function *pf = pcie__pf_of(fn);
    sim_time done = 0;

    if (link->params.emulated) {
        sim_time start = pcie__up(link, sim_now(link->c.sim), 0);
        return reaches_memory ? pcie__down_completion(link, start, len) : start;
    }
    while (len) {
        uint32_t n = TLP_BOUNDARY - (uint32_t)(addr & (TLP_BOUNDARY - 1));
        if (n > pf->mrrs_mask + 1)
            n = pf->mrrs_mask + 1;
        if (n > len)
            n = len;
        if (!reaches_memory) {
            sim_time root = pcie__read_refused(link, addr);
            done = done ? done : root; /* the first one's answer ends it */
        } else {
            uint32_t tlps = completions(pf, addr, n);
            sim_time at = pcie__read_request(fn, addr, n, completion_bytes(pf, n, tlps), tlps);
            done = at > done ? at : done;
        }
        addr += n;
        len -= n;
    }
    return done;
}

void pci_dma_read(struct pci_function *fn, uint64_t addr, uint32_t len, uint64_t tag)
{
    assert(len >= 1 && len <= PCIE_DMA_MAX);
    uint32_t i = pcie__op_alloc(fn);
    struct dma_op *op = &fn->link->ops[i - 1];

    op->kind = DMA_READ;
    op->addr = addr;
    op->len = len;
    op->tag = tag;
    op->status = (uint8_t)status_at_issue(fn);
    fn->link->st.stats.reads++;
    if (op->status != PCI_OK)
        pcie__op_post(fn->link, i, sim_now(fn->link->c.sim) + fn->link->params.latency_ps);
    else
        pcie__op_post(fn->link, i, read_done_at(fn, addr, len, reaches(fn, addr, len, IOMMU_READ)));
}

/* A write goes up now, or is refused: when that is over. */
static sim_time write_done_at(struct pci_function *fn, uint64_t addr, uint32_t len, enum pci_status *status)
{
    struct pci_link *link = fn->link;

    *status = status_at_issue(fn);
    link->st.stats.writes++;
    if (*status != PCI_OK)
        return sim_now(link->c.sim) + link->params.latency_ps;
    uint32_t tlps = link->params.emulated ? 0 : write_tlps(pcie__pf_of(fn), addr, len);
    return pcie__up_posted(fn, addr, len, len + tlps * pcie__header(link, addr), tlps);
}

static struct dma_op *write_op(struct pci_function *fn, enum dma_kind kind, uint64_t addr, uint32_t len, enum pci_status status,
                               sim_time at)
{
    uint32_t i = pcie__op_alloc(fn);
    struct dma_op *op = &fn->link->ops[i - 1];

    op->kind = (uint8_t)kind;
    op->addr = addr;
    op->len = len;
    op->status = (uint8_t)status;
    pcie__op_post(fn->link, i, at);
    return op;
}

static struct dma_op *write_data(struct pci_function *fn, uint64_t addr, const void *data, uint32_t len, enum pci_status status,
                                 sim_time at)
{
    struct dma_op *op = write_op(fn, DMA_WRITE, addr, len, status, at);

    memcpy(fn->link->op_data[op - fn->link->ops], data, len);
    return op;
}

void pci_dma_write(struct pci_function *fn, uint64_t addr, const void *data, uint32_t len, uint64_t tag)
{
    assert(len >= 1 && len <= PCI_DMA_INLINE_MAX);
    enum pci_status status;
    sim_time at = write_done_at(fn, addr, len, &status);

    write_data(fn, addr, data, len, status, at)->tag = tag;
}

void pci_dma_post(struct pci_function *fn, uint64_t addr, const void *data, uint32_t len)
{
    assert(len >= 1 && len <= PCI_DMA_INLINE_MAX);
    enum pci_status status;
    sim_time at = write_done_at(fn, addr, len, &status);
    struct late_write *late = status == PCI_OK ? pcie__late(fn, addr, len, at, false) : NULL;

    if (late)
        memcpy(late->data, data, len);
    else
        write_data(fn, addr, data, len, status, at)->is_quiet = true;
}

/* What an emulated device copies, the hypervisor does. */
static void witness(const struct pci_function *fn, const struct frame *f, bool up)
{
    const struct pci_link *link = fn->link;
    const struct pcie_lane_state *lane = up ? &link->st.up : &link->st.down;
    sim_time now = sim_now(link->c.sim);
    struct way_reading reading = {.busy = lane->busy, .waited = lane->waited, .of = lane->free_at > now ? lane->free_at : now};
    enum way_kind kind = link->params.emulated ? WAY_THREAD : up ? WAY_UP : WAY_DOWN;
    char *name = way_pass(link->c.sim, f, fn->dev, kind, up, reading);

    if (name)
        snprintf(name, WAY_NAME, "%s %s", link->params.emulated ? fn->dev->name : link->c.name, up ? "to memory" : "from memory");
    if (!link->iotlb)
        return;
    name = way_pass(link->c.sim, f, fn->dev, WAY_WALKS, 0, pcie__iotlb_read(link, now));
    if (name)
        snprintf(name, WAY_NAME, "%s IOMMU", link->c.name);
}

/* By which leg a frame comes into or out of a VM's memory; a PF's memory is the host's, and no leg of its own. */
static void mark_path(const struct pci_function *fn, struct frame *f, bool up)
{
    if (frame_is_witness(f))
        witness(fn, f, up);
    uint16_t path = fn->link->params.emulated ? FRAME_BY_EMULATION : fn->params.is_vf ? FRAME_BY_VF : 0;
    if (path)
        f->flags = (uint16_t)((f->flags & ~(FRAME_BY_VF | FRAME_BY_EMULATION)) | path);
}

/* The whole frame, or its first fragment, is on its way. */
static void comes_in(const struct pci_function *fn, struct frame *f)
{
    f->flags &= (uint16_t)~FRAME_PART_LANDED;
    mark_path(fn, f, true);
}

void pci_dma_write_frame(struct pci_function *fn, uint64_t addr, frame_ref ref, uint32_t frame_off, uint32_t len, bool tag_frame,
                         uint64_t tag)
{
    assert(len >= 1 && len <= PCIE_DMA_MAX);
    enum pci_status status;
    sim_time at = write_done_at(fn, addr, len, &status);
    struct dma_op *op = write_op(fn, DMA_WRITE_FRAME, addr, len, status, at);

    op->tag = tag;
    op->ref = ref;
    op->frame_off = frame_off;
    op->tag_frame = tag_frame;
    if (tag_frame && frame_off == 0)
        comes_in(fn, frame_get(fn->link->c.sim, ref));
}

void pci_dma_post_frame(struct pci_function *fn, uint64_t addr, frame_ref ref, struct frame *f, uint64_t tag)
{
    assert(f->len >= 1 && f->len <= PCIE_DMA_MAX);
    enum pci_status status;
    sim_time at = write_done_at(fn, addr, f->len, &status);
    struct late_write *late = status == PCI_OK ? pcie__late(fn, addr, f->len, at, true) : NULL;

    comes_in(fn, f);
    if (late) {
        late->ref = ref;
        late->tag = tag;
        return;
    }
    struct dma_op *op = write_op(fn, DMA_WRITE_FRAME, addr, f->len, status, at);
    op->tag = tag;
    op->ref = ref;
    op->tag_frame = true;
}

/* ---- arrival ---- */

struct run {
    struct sim_mem *mem;
    uint64_t offset;
    uint32_t len;
};

/* All runs of [addr, addr+len), or 0 after recording the fault. */
static unsigned translate(struct pci_function *fn, uint64_t addr, uint32_t len, unsigned prot, struct run runs[PCIE_RUNS_MAX])
{
    unsigned n = 0;

    if (!fn->domain) {
        trace_pci_dma_refused(fn->dev, fn->params.rid, addr, len, "the function has no IOMMU domain");
        return 0;
    }
    if (addr + len < addr) {
        trace_pci_dma_refused(fn->dev, fn->params.rid, addr, len, "it wraps around the address space");
        return 0;
    }
    for (uint32_t done = 0; done < len; n++) {
        struct run *r = &runs[n];
        r->mem = iommu_translate(fn->domain, fn->params.rid, addr + done, len - done, prot, true, &r->offset, &r->len);
        if (!r->mem)
            return 0;
        done += r->len;
    }
    return n;
}

static void are_unseen(const struct run *runs, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        mem_is_unseen(runs[i].mem);
        mem_settle(runs[i].mem);
    }
}

static void read_arrives(struct pci_function *fn, const struct dma_op *op)
{
    struct run runs[PCIE_RUNS_MAX];
    enum pci_status status = (enum pci_status)op->status;
    const uint8_t *data = NULL;

    if (status == PCI_OK) {
        unsigned n = translate(fn, op->addr, op->len, IOMMU_READ, runs);
        are_unseen(runs, n);
        if (n && !iommu_fetch(fn->domain, op->addr, op->len))
            n = 0;
        if (n == 1) {
            data = runs[0].mem->base + runs[0].offset;
        } else if (n > 1) {
            uint8_t *to = fn->link->bounce;
            for (unsigned i = 0; i < n; to += runs[i].len, i++)
                memcpy(to, runs[i].mem->base + runs[i].offset, runs[i].len);
            data = fn->link->bounce;
        } else {
            status = PCI_IOMMU_FAULT;
            /* the requester sees an unsupported-request completion [PCIe 7.5.1.1.4] */
            pcie__config_set(fn, PCI_STATUS, 2, pcie__config_get(fn, PCI_STATUS, 2) | PCI_STATUS_REC_MASTER_ABORT);
        }
    }
    fn->st.stats.dma_refused += status != PCI_OK;
    fn->ops->dma_read_done(fn, op->tag, data, op->len, status);
}

/* A later fragment may find its frame ended: the guest used the buffer of an earlier one again (or gave it twice). Then
 * there are no bytes left to write. */
static void frame_lands(struct pci_function *fn, const struct dma_op *op, const struct run *runs, unsigned n)
{
    struct sim *sim = fn->link->c.sim;
    if (op->tag_frame && op->frame_off > 0 && !frame_is_alive(sim, op->ref))
        return;
    struct frame *f = frame_get(sim, op->ref);
    uint32_t off = op->frame_off;

    assert(off <= f->len && op->len <= f->len - off);
    for (unsigned i = 0; i < n; off += runs[i].len, i++)
        memcpy(runs[i].mem->base + runs[i].offset, frame_data(f) + off, runs[i].len);
    if (!op->tag_frame)
        return;
    if (op->len != f->len)
        f->flags |= FRAME_PART_LANDED;
    off = op->frame_off;
    for (unsigned i = 0; i < n; off += runs[i].len, i++)
        mem_tag_received(runs[i].mem, runs[i].offset, runs[i].len, op->ref, off);
}

static void write_arrives(struct pci_function *fn, const struct dma_op *op, const uint8_t *data)
{
    struct run runs[PCIE_RUNS_MAX];
    enum pci_status status = (enum pci_status)op->status;

    if (status == PCI_OK) {
        unsigned n = translate(fn, op->addr, op->len, IOMMU_WRITE, runs);
        are_unseen(runs, n);
        if (!n)
            status = PCI_IOMMU_FAULT;
        else if (op->kind == DMA_WRITE_FRAME)
            frame_lands(fn, op, runs, n);
        else
            for (unsigned i = 0; i < n; data += runs[i].len, i++)
                memcpy(runs[i].mem->base + runs[i].offset, data, runs[i].len);
        if (status == PCI_OK && !iommu_store(fn->domain, op->addr, op->len) && op->kind == DMA_WRITE)
            status = PCI_IOMMU_FAULT;
        if (status == PCI_OK)
            iommu_mark_dirty(fn->domain, op->addr, op->len);
    }
    fn->st.stats.dma_refused += status != PCI_OK;
    if (!op->is_quiet)
        fn->ops->dma_write_done(fn, op->tag, status);
}

/* ---- pages that are still to come ---- */

#define PAGE_LOOK_PS SIM_US /* how often a DMA operation looks whether its pages are there */

static bool pages_are_there(struct pci_function *fn, const struct dma_op *op)
{
    unsigned prot = op->kind == DMA_READ ? IOMMU_READ : IOMMU_WRITE;
    bool there = true;
    uint64_t offset;
    uint32_t run;

    for (uint32_t done = 0; done < op->len; done += run) {
        struct sim_mem *mem =
            iommu_translate(fn->domain, fn->params.rid, op->addr + done, op->len - done, prot, false, &offset, &run);
        if (!mem)
            return true; /* a fault, when it is its turn */
        there = mem_want(mem, offset, run) && there;
    }
    return there;
}

static bool an_older_one_waits(const struct pci_function *fn, uint32_t i)
{
    const struct dma_op *ops = fn->link->ops;

    for (uint32_t at = fn->st.op_waiting ? fn->st.op_first : i; at != i; at = ops[at - 1].next)
        if (ops[at - 1].waits)
            return true;
    return false;
}

/* An operation whose pages are still at the VM's former host waits for them, and those behind it wait too: a completion must
 * not be there before its data. */
static bool must_wait(struct pci_link *link, struct pci_function *fn, uint32_t i)
{
    struct dma_op *op = &link->ops[i - 1];
    bool waits;

    if (op->status != PCI_OK || !fn->domain || (!fn->st.op_waiting && !iommu_awaits_pages(fn->domain)))
        return false;
    waits = !pages_are_there(fn, op) || an_older_one_waits(fn, i);
    fn->st.op_waiting += (uint32_t)waits - (uint32_t)op->waits;
    op->waits = waits;
    if (waits)
        pcie__op_post(link, i, sim_now(link->c.sim) + PAGE_LOOK_PS);
    return waits;
}

void pcie__dma_event(struct pci_link *link, const struct event *ev)
{
    uint32_t i = (uint32_t)ev->a;
    struct pci_function *fn = link->fn[link->ops[i - 1].fn];
    struct dma_op op;
    uint8_t data[PCI_DMA_INLINE_MAX];

    if (must_wait(link, fn, i))
        return;
    op = link->ops[i - 1];

    /* The record is given back first: the device may look whether it is idle, and start new operations. */
    if (op.kind == DMA_WRITE)
        memcpy(data, link->op_data[i - 1], op.len);
    pcie__op_release(fn, i);
    if (op.status == PCI_NO_BUS_MASTER)
        trace_pci_dma_refused(fn->dev, fn->params.rid, op.addr, op.len, "bus mastering is off");
    else if (op.status == PCI_GONE)
        trace_pci_dma_refused(fn->dev, fn->params.rid, op.addr, op.len, "the function is absent or in reset");
    switch ((enum dma_kind)op.kind) {
    case DMA_FREE:
        assert(!"an event for a DMA operation that is over");
        break;
    case DMA_READ:
        read_arrives(fn, &op);
        break;
    case DMA_WRITE:
    case DMA_WRITE_FRAME:
        write_arrives(fn, &op, data);
        break;
    }
}

/* ---- frames in memory ---- */

uint32_t pci_flow_at(struct pci_function *fn, uint64_t addr)
{
    uint64_t offset;
    uint32_t run;
    const struct sim_mem *mem =
        fn->domain ? iommu_translate(fn->domain, fn->params.rid, addr, 1, IOMMU_READ, false, &offset, &run) : NULL;
    return mem ? mem->flow : FLOW_NONE;
}

frame_ref pci_frame_made_at(struct pci_function *fn, uint64_t addr)
{
    uint64_t offset;
    uint32_t run;

    if (!fn->domain)
        return 0;
    struct sim_mem *mem = iommu_translate(fn->domain, fn->params.rid, addr, 1, IOMMU_READ, false, &offset, &run);
    if (mem)
        mem_settle(mem);
    frame_ref ref = mem ? mem_tag_read(mem, fn->dev, offset) : 0;
    if (ref)
        mark_path(fn, frame_get(fn->link->c.sim, ref), false);
    return ref;
}
