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

enum { HINTS = 1024, LATEST = 256 };

struct iotlb_entry {
    uint64_t page;     /* number of the page, by its own size */
    sim_time ready_at; /* when its walk ends */
    uint64_t used;     /* clock of the last use; 0: free */
    uint64_t whose;    /* epoch of the domain, function, shift; 0: free */
};

static uint64_t whose_page(uint16_t fn, unsigned shift, uint32_t epoch)
{
    return (uint64_t)epoch << 32 | (uint64_t)fn << 16 | shift;
}
static uint16_t owner(const struct iotlb_entry *e) { return (uint16_t)(e->whose >> 16); }

struct iotlb_state {
    uint64_t clock;
    sim_time walker_free[IOMMU_WALKERS_MAX];
};

/* A page that was there when it was last asked for: it still is while generation (of the table) and epoch (of its domain) stay. */
struct latest_page {
    const struct pci_function *fn;
    uint64_t from, len;
    struct iotlb_entry *entry;
    uint64_t generation;
    uint32_t epoch;
};

/* The hints say where a page was last seen, and `latest` which pages were; they only save a search, so they are not saved. */
struct pcie_iotlb {
    unsigned size, slots, walkers;
    bool small_pages;
    sim_time walk_ps;
    struct iotlb_entry *entry; /* [slots] */
    uint16_t hint[HINTS];
    uint64_t generation; /* another one as soon as an entry is another page, or none: from 1 */
    struct latest_page latest[LATEST];
    struct iotlb_state st;
};

static_assert(IOMMU_IOTLB_MAX + IOMMU_PENDING_MAX <= UINT16_MAX, "a hint is 16 bits");

struct pcie_iotlb *pcie__iotlb_create(const struct iommu_params *p)
{
    struct pcie_iotlb *t = alloc_zero("an IOTLB", 1, sizeof(*t));
    t->size = p->iotlb;
    t->slots = p->iotlb + IOMMU_PENDING_MAX;
    t->walkers = p->walkers;
    t->generation = 1;
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

static bool is_page(const struct iotlb_entry *e, uint64_t page, uint64_t whose) { return e->page == page && e->whose == whose; }

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
            t->entry[oldest] = (struct iotlb_entry){0};
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

static sim_time miss(struct pcie_iotlb *t, uint64_t page, uint64_t whose, sim_time at)
{
    unsigned slot = victim(t, at), walker = first_walker(t);
    sim_time start = t->st.walker_free[walker] > at ? t->st.walker_free[walker] : at;
    sim_time ready_at = start + t->walk_ps;

    t->st.walker_free[walker] = ready_at;
    t->generation++;
    t->entry[slot] = (struct iotlb_entry){.page = page, .ready_at = ready_at, .used = ++t->st.clock, .whose = whose};
    return ready_at;
}

/* Where a page is; NULL: it is not there. */
static struct iotlb_entry *find(struct pcie_iotlb *t, uint64_t page, uint64_t whose)
{
    uint16_t *hint = &t->hint[(page ^ page >> 10 ^ (whose >> 16 & 0xffff) * 67u) % HINTS];

#ifndef VFSIM_PLAIN
    if (__builtin_expect(is_page(&t->entry[*hint], page, whose), 1))
        return &t->entry[*hint];
#endif
    for (unsigned i = 0; i < t->slots; i++)
        if (is_page(&t->entry[i], page, whose)) {
            *hint = (uint16_t)i;
            return &t->entry[i];
        }
    return NULL;
}

static inline sim_time hit(struct pci_link *link, struct iotlb_entry *e, sim_time at)
{
    link->st.stats.iotlb_hits++;
    e->used = ++link->iotlb->st.clock;
    return e->ready_at > at ? e->ready_at : at;
}

static inline struct latest_page *latest_of(const struct pci_function *fn, uint64_t addr)
{
    return &fn->link->iotlb->latest[(addr >> IOMMU_LARGE_SHIFT ^ fn->index * 67u) % LATEST];
}

static sim_time access_page(struct pci_function *fn, uint64_t page, unsigned shift, uint32_t epoch, sim_time at)
{
    struct pcie_iotlb *t = fn->link->iotlb;
    struct iotlb_entry *e = find(t, page, whose_page(fn->index, shift, epoch));

    if (!e) {
        fn->link->st.stats.iotlb_misses++;
        return miss(t, page, whose_page(fn->index, shift, epoch), at);
    }
    *latest_of(fn, page << shift) = (struct latest_page){fn, page << shift, UINT64_C(1) << shift, e, t->generation, epoch};
    return hit(fn->link, e, at);
}

static __attribute__((noinline)) sim_time access_pages(struct pci_function *fn, uint64_t addr, uint32_t len, sim_time at)
{
    sim_time done = at;
    uint32_t epoch;

    for (uint64_t left = len, here; left; left -= here, addr += here) {
        unsigned shift = iommu_page_shift(fn->domain, addr, &epoch);
        if (!shift)
            return done; /* a fault; what is not there is not kept [VT-d 6.1] */
        if (fn->link->iotlb->small_pages)
            shift = IOMMU_PAGE_SHIFT;
        sim_time ready = access_page(fn, addr >> shift, shift, epoch, at);
        if (ready > done)
            done = ready;
        here = (((addr >> shift) + 1) << shift) - addr;
        if (here >= left)
            break;
    }
    return done;
}

/* Each miss is a walk. */
struct way_reading pcie__iotlb_read(const struct pci_link *link, sim_time now)
{
    const struct pcie_iotlb *t = link->iotlb;
    return (struct way_reading){.busy = link->st.stats.iotlb_misses * t->walk_ps, .of = now * t->walkers};
}

sim_time pcie__iotlb_access(struct pci_function *fn, uint64_t addr, uint32_t len, sim_time at)
{
    if (!fn->domain)
        return at;
#ifndef VFSIM_PLAIN
    const struct latest_page *l = latest_of(fn, addr);
    if (l->fn == fn && l->generation == fn->link->iotlb->generation && l->epoch == iommu_epoch(fn->domain) &&
        addr - l->from < l->len && len <= l->len - (addr - l->from) && len)
        return hit(fn->link, l->entry, at);
#endif
    return access_pages(fn, addr, len, at);
}

/* A function that loses its domain takes its pages along. With another one, what it has is looked at anew. */
void pcie__iotlb_domain(struct pci_link *link, const struct pci_function *fn, bool has_one)
{
    if (!link->iotlb)
        return;
    link->iotlb->generation++;
    if (has_one)
        return;
    for (unsigned i = 0; i < link->iotlb->slots; i++)
        if (owner(&link->iotlb->entry[i]) == fn->index)
            link->iotlb->entry[i] = (struct iotlb_entry){0};
}

void pcie__iotlb_save(struct pcie_iotlb *t, struct save *s)
{
    if (!t)
        return;
    save_section(s, "iotlb", 1);
    save_expect_u64(s, "pages of the IOTLB", t->size);
    save_field(s, t->st);
    t->generation++;
    for (unsigned i = 0; i < t->slots; i++) { /* a free slot is eight bytes */
        save_field(s, t->entry[i].used);
        if (t->entry[i].used)
            save_field(s, t->entry[i]);
        else
            t->entry[i] = (struct iotlb_entry){0};
    }
}
