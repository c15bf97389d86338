/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IOTLB of a root port: how long a request waits until its pages are translated. What a page is translated to is the
 * domain's business (iommu.c); here is only time.
 *
 * Everything is settled when a request is issued: a page that misses gets a walker and the time its walk ends, and is in the
 * table from then on; requests that come meanwhile find it there and wait for the same walk. Pages whose walk is still to
 * end lie beside the IOTLB's own (IOMMU_PENDING_MAX of them), so that a long queue of misses does not push out what is there.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "pcie/pcie__.h"

enum { HINTS = 1024 };

struct iotlb_entry {
    uint64_t page;     /* number of the page, by its own size */
    sim_time ready_at; /* when its walk ends */
    uint64_t used;     /* clock of the last use; 0: free */
    uint32_t epoch;    /* of the domain */
    uint16_t fn;
    uint8_t shift;
    uint8_t zero;
};

struct iotlb_state {
    uint64_t clock;
    sim_time walker_free[IOMMU_WALKERS_MAX];
};

/* The hints say where a page was last seen; they only save a search, so they are not saved. */
struct pcie_iotlb {
    unsigned size, slots, walkers;
    bool small_pages;
    sim_time walk_ps;
    struct iotlb_entry *entry; /* [slots] */
    uint16_t hint[HINTS];
    struct iotlb_state st;
};

static_assert(IOMMU_IOTLB_MAX + IOMMU_PENDING_MAX <= UINT16_MAX, "a hint is 16 bits");

struct pcie_iotlb *pcie__iotlb_create(const struct iommu_params *p)
{
    struct pcie_iotlb *t = alloc_zero("an IOTLB", 1, sizeof(*t));
    t->size = p->iotlb;
    t->slots = p->iotlb + IOMMU_PENDING_MAX;
    t->walkers = p->walkers;
    t->walk_ps = p->walk_ps;
    t->small_pages = p->small_pages;
    t->entry = alloc_zero("an IOTLB", t->slots, sizeof(*t->entry));
    return t;
}

void pcie__iotlb_destroy(struct pcie_iotlb *t)
{
    if (t)
        free(t->entry);
    free(t);
}

static bool is_page(const struct iotlb_entry *e, uint16_t fn, uint64_t page, unsigned shift, uint32_t epoch)
{
    return e->page == page && e->used && e->fn == fn && e->shift == shift && e->epoch == epoch;
}

/* A slot for a new page at `at`: a free one after the IOTLB has made room for it, the least recently used page first. */
static unsigned victim(struct pcie_iotlb *t, sim_time at)
{
    for (;;) {
        unsigned walked = 0, oldest = t->slots, oldest_any = 0, unused = t->slots;
        for (unsigned i = 0; i < t->slots; i++) {
            const struct iotlb_entry *e = &t->entry[i];
            if (!e->used) {
                unused = i;
                continue;
            }
            if (e->used < t->entry[oldest_any].used)
                oldest_any = i;
            if (e->ready_at > at)
                continue;
            walked++;
            if (oldest == t->slots || e->used < t->entry[oldest].used)
                oldest = i;
        }
        if (walked >= t->size)
            t->entry[oldest].used = 0;
        else
            return unused < t->slots ? unused : oldest < t->slots ? oldest : oldest_any;
    }
}

static unsigned first_walker(const struct pcie_iotlb *t)
{
    unsigned first = 0;
    for (unsigned i = 1; i < t->walkers; i++)
        if (t->st.walker_free[i] < t->st.walker_free[first])
            first = i;
    return first;
}

static sim_time miss(struct pcie_iotlb *t, struct iotlb_entry page, sim_time at)
{
    unsigned slot = victim(t, at), walker = first_walker(t);
    sim_time start = t->st.walker_free[walker] > at ? t->st.walker_free[walker] : at;

    page.ready_at = start + t->walk_ps;
    page.used = ++t->st.clock;
    t->st.walker_free[walker] = page.ready_at;
    t->entry[slot] = page;
    return page.ready_at;
}

static sim_time access_page(struct pci_link *link, const struct iotlb_entry *page, sim_time at)
{
    struct pcie_iotlb *t = link->iotlb;
    uint16_t *hint = &t->hint[(page->page ^ page->page >> 10 ^ page->fn * 67u) % HINTS];
    struct iotlb_entry *e = &t->entry[*hint];

    if (!is_page(e, page->fn, page->page, page->shift, page->epoch)) {
        unsigned i = 0;
        while (i < t->slots && !is_page(&t->entry[i], page->fn, page->page, page->shift, page->epoch))
            i++;
        if (i == t->slots) {
            link->st.stats.iotlb_misses++;
            return miss(t, *page, at);
        }
        *hint = (uint16_t)i;
        e = &t->entry[i];
    }
    link->st.stats.iotlb_hits++;
    e->used = ++t->st.clock;
    return e->ready_at > at ? e->ready_at : at;
}

sim_time pcie__iotlb_access(struct pci_function *fn, uint64_t addr, uint32_t len, sim_time at)
{
    const struct pcie_iotlb *t = fn->link->iotlb;
    sim_time done = at;

    if (!fn->domain)
        return at;
    for (uint64_t end = addr + len; addr < end;) {
        struct iotlb_entry page = {.fn = fn->index};
        page.shift = (uint8_t)iommu_page_shift(fn->domain, addr, &page.epoch);
        if (!page.shift)
            return done; /* a fault; what is not there is not kept [VT-d 6.1] */
        if (t->small_pages)
            page.shift = IOMMU_PAGE_SHIFT;
        page.page = addr >> page.shift;
        sim_time ready = access_page(fn->link, &page, at);
        if (ready > done)
            done = ready;
        addr = (page.page + 1) << page.shift;
    }
    return done;
}

/* A function that loses its domain takes its pages along. */
void pcie__iotlb_forget(struct pci_link *link, const struct pci_function *fn)
{
    if (!link->iotlb)
        return;
    for (unsigned i = 0; i < link->iotlb->slots; i++)
        if (link->iotlb->entry[i].fn == fn->index)
            link->iotlb->entry[i].used = 0;
}

void pcie__iotlb_save(struct pcie_iotlb *t, struct save *s)
{
    if (!t)
        return;
    save_section(s, "iotlb", 1);
    save_expect_u64(s, "pages of the IOTLB", t->size);
    save_field(s, t->st);
    for (unsigned i = 0; i < t->slots; i++) { /* a free slot is eight bytes */
        save_field(s, t->entry[i].used);
        if (t->entry[i].used)
            save_field(s, t->entry[i]);
    }
}
