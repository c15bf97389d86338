/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DMA writes without an event: they land when somebody looks at the memory that they go to (core/engine/lazy.h).
 *
 * Only what nothing can come between is late: one range of one memory that is mapped now, and whose owner settles before he
 * looks; a frame only as a whole, into bytes without a tag. Whoever changes what this rests on (the domain, its mappings, the
 * tracking of its writes, pages that are to follow, a reset) has all that is late made events first. A function's writes land in
 * order of issue, so a ring holds them; writes to another memory than those in it, and to one that another function has late
 * writes for, have events.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "pcie/pcie__.h"

enum { LATE_WRITES = 64 };

struct pcie_late {
    struct mem_writes writes; /* first */
    struct pci_function *fn;
    struct sim_mem *mem;
    uint32_t put, get; /* free running */
    struct late_write write[LATE_WRITES];
};

static bool is_empty(const struct pcie_late *late) { return late->put == late->get; }
static struct late_write *at(struct pcie_late *late, uint32_t i) { return &late->write[i % LATE_WRITES]; }
static struct pcie_late *late_of(struct lazy *self) { return (struct pcie_late *)self; }

static void attach(struct pcie_late *late, struct sim_mem *mem)
{
    late->mem = mem;
    mem->writes = &late->writes;
    lazy_list(late->fn->link->c.sim, &late->writes.lazy);
}

static void detach(struct pcie_late *late)
{
    late->mem->writes = NULL;
    late->writes.lazy.first = SIM_NEVER;
    lazy_unlist(&late->writes.lazy);
}

static void land(struct pcie_late *late, const struct late_write *w)
{
    struct sim *sim = late->fn->link->c.sim;
    struct sim_mem *mem = late->mem;
    assert(w->at >= mem->seen_until && "a horizon was too far");
    sim_count_event(sim);
    if (!w->ref) {
        memcpy(mem->base + w->offset, w->data, w->len);
        return;
    }
    struct frame *f = frame_get(sim, w->ref);
    memcpy(mem->base + w->offset, frame_data(f), w->len);
    mem_tag_whole(mem, w->offset, w->ref, f);
    late->writes.frames--;
    late->fn->ops->dma_write_done(late->fn, w->tag, PCI_OK);
}

static void settle(struct lazy *self)
{
    struct pcie_late *late = late_of(self);
    while (!is_empty(late)) {
        struct late_write *w = at(late, late->get);
        if (!sim_has_passed(&late->fn->link->c, w->at, EV_HW, w->number)) {
            self->first = w->at;
            return;
        }
        late->get++;
        land(late, w);
    }
    if (self->link)
        detach(late);
}

static void make_events(struct lazy *self)
{
    struct pcie_late *late = late_of(self);
    settle(self);
    if (is_empty(late))
        return;
    for (; !is_empty(late); late->get++)
        pcie__late_is_event(late->fn, at(late, late->get));
    late->writes.frames = 0;
    detach(late);
}

static bool meets(const struct mem_writes *self, uint64_t addr, uint64_t len)
{
    const struct pcie_late *late = (const struct pcie_late *)self;
    for (uint32_t i = late->get; i != late->put; i++) {
        const struct late_write *w = &late->write[i % LATE_WRITES];
        if (w->ref && w->offset < addr + len && addr < w->offset + w->len)
            return true;
    }
    return false;
}

static struct pcie_late *create(struct pci_function *fn)
{
    struct pcie_late *late = alloc_zero("a PCIe function", 1, sizeof(*late));
    late->fn = fn;
    late->writes = (struct mem_writes){.lazy = {.first = SIM_NEVER, .settle = settle, .make_events = make_events}, .meets = meets};
    return late;
}

bool pcie__has_late(struct pci_function *fn)
{
    if (!fn->late)
        return false;
    lazy_settle(&fn->late->writes.lazy, sim_now(fn->link->c.sim));
    return !is_empty(fn->late);
}

struct late_write *pcie__late(struct pci_function *fn, uint64_t addr, uint32_t len, sim_time lands, bool is_frame)
{
    uint64_t offset;
    struct sim_mem *mem;
    if (!sim_may_be_lazy(fn->link->c.sim) || !fn->domain || fn->st.op_waiting || (!is_frame && len > PCIE_LATE_BYTES) ||
        !(mem = iommu_late(fn->domain, addr, len, &offset)))
        return NULL;
    if (!fn->late)
        fn->late = create(fn);
    struct pcie_late *late = fn->late;
    lazy_settle(&late->writes.lazy, sim_now(fn->link->c.sim));
    if (mem->writes ? mem->writes != &late->writes : !is_empty(late))
        return NULL;
    if (late->put - late->get == LATE_WRITES || (is_frame && !mem_may_tag_later(mem, offset, len)))
        return NULL;
    if (is_empty(late)) {
        late->writes.lazy.first = lands;
        attach(late, mem);
    }
    struct late_write *w = at(late, late->put++);
    w->at = lands;
    w->number = event_number(&fn->link->c);
    w->addr = addr;
    w->offset = offset;
    w->len = len;
    w->ref = 0;
    late->writes.frames += is_frame;
    return w;
}
