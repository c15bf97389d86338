/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IOMMU domains: a flat table of I/O pages, so that a translation is one load. */
#include "pcie/iommu.h"
#include "pcie/iommu_far.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/alloc.h"
#include "core/engine/horizon.h"
#include "core/world/sim.h"
#include "pcie/pcie__.h"

enum { PAGE_SHIFT = IOMMU_PAGE_SHIFT, PAGE_LEN = 1 << PAGE_SHIFT };
enum { LARGE_PAGES = 1 << (IOMMU_LARGE_SHIFT - IOMMU_PAGE_SHIFT) }; /* 4 KiB pages in a large one */

/* A page table entry: bits 0-1 prot, 2-4 memory slot, 5 part of a large page, 12 up the offset in that memory; 0: not
 * mapped. A large page is 512 entries, so that a translation is one load for either size. */
#define PTE_PROT UINT64_C(3)
#define PTE_LARGE (UINT64_C(1) << 5)
#define PTE_SLOT_SHIFT 2
#define PTE_SLOT (UINT64_C(7) << PTE_SLOT_SHIFT)
#define PTE_OFFSET (~(uint64_t)(PAGE_LEN - 1))

static_assert(IOMMU_DOMAIN_MEMS <= 8, "the slot has three bits");

struct iommu_state {
    uint64_t faults, unreported;
    sim_time report_from; /* where the interval of the rate limit began */
    uint32_t reports;     /* in that interval */
    uint32_t epoch;
    struct iommu_fault log[IOMMU_FAULT_LOG]; /* ring by `faults` */
};

struct iommu_domain {
    struct component *owner;
    char name[48];
    uint64_t pages;
    uint64_t *pte;
    uint64_t touched; /* no page from here on was ever mapped */
    struct sim_mem *mem[IOMMU_DOMAIN_MEMS];
    uint64_t mem_pages[IOMMU_DOMAIN_MEMS]; /* how many are mapped */
    bool small_only;
    struct pci_function *users; /* first of the functions in it */
    uint64_t *dirty; /* a bit a page while writes are tracked, else NULL */
    struct iommu_far *far; /* wiring of who owns it; NULL: nobody elsewhere has its memory */
    struct iommu_state st;
};

struct iommu_domain *iommu_domain_create(struct component *owner, const char *name, uint64_t max_addr)
{
    if (max_addr == 0 || max_addr > IOMMU_ADDR_LIMIT)
        return NULL;
    struct iommu_domain *d = alloc_zero("an IOMMU domain", 1, sizeof(*d));
    d->owner = owner;
    snprintf(d->name, sizeof(d->name), "%s", name);
    d->pages = (max_addr + PAGE_LEN - 1) >> PAGE_SHIFT;
    d->pte = recycler_take(owner->sim->recycler, "an IOMMU domain", d->pages * sizeof(*d->pte), RECYCLER_ZEROED);
    return d;
}

void iommu_domain_destroy(struct iommu_domain *d)
{
    if (!d)
        return;
    while (d->users)
        pci_function_set_domain(d->users, NULL);
    struct recycler *recycler = d->owner->sim->recycler;
    recycler_give(recycler, d->pte, d->pages * sizeof(*d->pte), RECYCLER_ZEROED);
    iommu_track(d, false);
    free(d);
}

/* The slot of `mem`, taking one if need be; one whose memory has no page mapped any more is taken only for want of a
 * fresh one. Negative: none. */
static int mem_slot(struct iommu_domain *d, struct sim_mem *mem)
{
    int fresh = -1, idle = -1;

    for (int i = IOMMU_DOMAIN_MEMS - 1; i >= 0; i--) {
        if (d->mem[i] == mem)
            return i;
        if (!d->mem[i])
            fresh = i;
        else if (!d->mem_pages[i])
            idle = i;
    }
    int slot = fresh >= 0 ? fresh : idle;
    if (slot < 0)
        return -ENOSPC;
    d->mem[slot] = mem;
    return slot;
}

int iommu_add_memory(struct iommu_domain *d, struct sim_mem *mem)
{
    int slot = mem_slot(d, mem);
    return slot < 0 ? slot : 0;
}

static bool range_is_valid(const struct iommu_domain *d, uint64_t addr, uint64_t len)
{
    uint64_t end = d->pages << PAGE_SHIFT;
    return ((addr | len) & (PAGE_LEN - 1)) == 0 && len != 0 && addr < end && len <= end - addr;
}

#define LARGE_MASK ((UINT64_C(1) << IOMMU_LARGE_SHIFT) - 1)

/* The whole large pages among the `count` pages from `first`, which lie alike in memory. */
static void mark_large(struct iommu_domain *d, uint64_t first, uint64_t count)
{
    uint64_t page = (first + LARGE_PAGES - 1) & ~(uint64_t)(LARGE_PAGES - 1), end = first + count;

    for (; page + LARGE_PAGES <= end; page += LARGE_PAGES)
        for (unsigned i = 0; i < LARGE_PAGES; i++)
            d->pte[page + i] |= PTE_LARGE;
}

/* What is left of a large page that loses one of its 4 KiB is small pages. */
static void split_large(struct iommu_domain *d, uint64_t page)
{
    uint64_t first = page & ~(uint64_t)(LARGE_PAGES - 1);

    for (unsigned i = 0; i < LARGE_PAGES; i++)
        d->pte[first + i] &= ~PTE_LARGE;
}

void iommu_set_superpages(struct iommu_domain *d, bool on) { d->small_only = !on; }

uint32_t iommu_epoch(const struct iommu_domain *d) { return d->st.epoch; }

unsigned iommu_page_shift(const struct iommu_domain *d, uint64_t addr, uint32_t *epoch)
{
    uint64_t page = addr >> PAGE_SHIFT;

    *epoch = d->st.epoch;
    if (page >= d->touched || !d->pte[page])
        return 0;
    return d->pte[page] & PTE_LARGE ? IOMMU_LARGE_SHIFT : IOMMU_PAGE_SHIFT;
}

int iommu_map(struct iommu_domain *d, uint64_t addr, struct sim_mem *mem, uint64_t offset, uint64_t len, unsigned prot)
{
    if (!range_is_valid(d, addr, len) || (offset & (PAGE_LEN - 1)) || !mem_at(mem, offset, len) || (prot & ~PTE_PROT) || !prot)
        return -EINVAL;
    uint64_t first = addr >> PAGE_SHIFT, count = len >> PAGE_SHIFT;
    for (uint64_t i = 0; i < count && first + i < d->touched; i++)
        if (d->pte[first + i])
            return -EEXIST;
    int slot = mem_slot(d, mem);
    if (slot < 0)
        return slot;
    for (uint64_t i = 0; i < count; i++)
        d->pte[first + i] = (offset + (i << PAGE_SHIFT)) | (uint64_t)slot << PTE_SLOT_SHIFT | prot;
    if (!d->small_only && ((addr ^ offset) & LARGE_MASK) == 0)
        mark_large(d, first, count);
    bool is_news = d->mem_pages[slot] == 0;
    d->mem_pages[slot] += count;
    for (struct pci_function *fn = is_news ? d->users : NULL; fn; fn = fn->domain_next)
        pcie__dma_concerns(fn);
    if (first + count > d->touched)
        d->touched = first + count;
    return 0;
}

void iommu_concerns(const struct iommu_domain *d, struct event_id id)
{
    for (unsigned i = 0; i < IOMMU_DOMAIN_MEMS; i++)
        if (d->mem_pages[i])
            event_concerns(d->mem[i]->owner, id);
}

struct pci_function **pcie__domain_users(struct iommu_domain *d) { return &d->users; }

static unsigned pte_slot(uint64_t pte) { return (unsigned)((pte & PTE_SLOT) >> PTE_SLOT_SHIFT); }

int iommu_unmap(struct iommu_domain *d, uint64_t addr, uint64_t len)
{
    if (!range_is_valid(d, addr, len))
        return -EINVAL;
    sim_make_events(d->owner->sim);
    uint64_t first = addr >> PAGE_SHIFT, end = first + (len >> PAGE_SHIFT);
    for (uint64_t p = first; p < end && p < d->touched; p++) {
        if (d->pte[p])
            d->mem_pages[pte_slot(d->pte[p])]--;
        if (d->pte[p] & PTE_LARGE)
            split_large(d, p);
        d->pte[p] = 0;
    }
    d->st.epoch++;
    return 0;
}

static void fault(struct iommu_domain *d, uint16_t rid, uint64_t addr, uint32_t len, bool write)
{
    struct iommu_fault *f = &d->st.log[d->st.faults++ % IOMMU_FAULT_LOG];

    memset(f, 0, sizeof(*f));
    f->at = sim_now(d->owner->sim);
    f->addr = addr;
    f->len = len;
    f->rid = rid;
    f->write = write;
    if (!d->st.reports || f->at - d->st.report_from >= IOMMU_REPORT_INTERVAL) {
        d->st.report_from = f->at;
        d->st.reports = 0;
    }
    if (d->st.reports == IOMMU_REPORT_BURST) {
        d->st.unreported++;
        return;
    }
    d->st.reports++;
    trace_iommu_fault(d->owner, rid, write ? "DMA write" : "DMA read", addr, len, d->name);
}

/* The entry of the page that holds addr when it allows `prot`, otherwise 0. */
static uint64_t lookup(const struct iommu_domain *d, uint64_t addr, unsigned prot)
{
    uint64_t page = addr >> PAGE_SHIFT;
    if (page >= d->touched)
        return 0;
    uint64_t pte = d->pte[page];
    return (pte & prot) == prot ? pte : 0;
}

/* The same memory and offset, whatever the rights and the page's size. */
static bool same_place(uint64_t pte, uint64_t other) { return pte && ((pte ^ other) & (PTE_OFFSET | PTE_SLOT)) == 0; }

struct sim_mem *iommu_translate(struct iommu_domain *d, uint16_t rid, uint64_t addr, uint32_t len, unsigned prot, bool record,
                                uint64_t *offset, uint32_t *run)
{
    uint64_t pte = lookup(d, addr, prot);
    if (!pte) {
        if (record)
            fault(d, rid, addr, len, prot & IOMMU_WRITE);
        return NULL;
    }
    uint64_t in_page = addr & (PAGE_LEN - 1), have = PAGE_LEN - in_page;

    *offset = (pte & PTE_OFFSET) + in_page;
    if (have >= len) {
        *run = len;
        return d->mem[pte_slot(pte)];
    }
    uint64_t next = (addr & PTE_OFFSET) + PAGE_LEN, expect = pte + PAGE_LEN;

    /* The following pages belong to the run as long as their entries continue this one. */
    while (have < len && same_place(lookup(d, next, prot), expect)) {
        have += PAGE_LEN;
        next += PAGE_LEN;
        expect += PAGE_LEN;
    }
    *run = have < len ? (uint32_t)have : len;
    return d->mem[pte_slot(pte)];
}

struct sim_mem *iommu_late(const struct iommu_domain *d, uint64_t addr, uint32_t len, uint64_t *offset)
{
    uint64_t pte = lookup(d, addr, IOMMU_WRITE), in_page = addr & (PAGE_LEN - 1);
    struct sim_mem *mem = d->mem[pte_slot(pte)];

    if (!pte || d->dirty || d->far || in_page + len > PAGE_LEN || !mem->may_be_late || iommu_awaits_pages(d))
        return NULL;
    *offset = (pte & PTE_OFFSET) + in_page;
    return mem;
}

uint64_t iommu_fault_count(const struct iommu_domain *d) { return d->st.faults; }

uint64_t iommu_faults_unreported(const struct iommu_domain *d) { return d->st.unreported; }

unsigned iommu_faults(const struct iommu_domain *d, struct iommu_fault out[IOMMU_FAULT_LOG])
{
    uint64_t n = d->st.faults < IOMMU_FAULT_LOG ? d->st.faults : IOMMU_FAULT_LOG;
    for (uint64_t i = 0; i < n; i++)
        out[i] = d->st.log[(d->st.faults - n + i) % IOMMU_FAULT_LOG];
    return (unsigned)n;
}

void iommu_set_far(struct iommu_domain *d, struct iommu_far *far) { d->far = far; }
bool iommu_fetch(const struct iommu_domain *d, uint64_t addr, uint32_t len) { return !d->far || d->far->fetch(d->far, addr, len); }
bool iommu_store(const struct iommu_domain *d, uint64_t addr, uint32_t len) { return !d->far || d->far->store(d->far, addr, len); }

/* ---- save and load: the table as runs of pages of one size ---- */

struct saved_run {
    uint64_t page, count, pte; /* of its first page; count 0 ends the list */
};

static void save_runs(struct iommu_domain *d, struct save *s)
{
    struct saved_run run = {0, 0, 0};

    for (uint64_t p = 0; p < d->touched; p++) {
        if (run.count && d->pte[p] == run.pte + (run.count << PAGE_SHIFT)) {
            run.count++;
            continue;
        }
        if (run.count)
            save_field(s, run);
        run = d->pte[p] ? (struct saved_run){p, 1, d->pte[p]} : (struct saved_run){0, 0, 0};
    }
    if (run.count)
        save_field(s, run);
    run = (struct saved_run){0, 0, 0};
    save_field(s, run);
}

static void load_runs(struct iommu_domain *d, struct save *s, const int *slot_of)
{
    struct saved_run run;

    uint32_t epoch = d->st.epoch;
    if (d->touched)
        iommu_unmap(d, 0, d->touched << PAGE_SHIFT);
    d->st.epoch = epoch; /* what the IOTLB was saved with is still true */
    for (;;) {
        save_field(s, run);
        if (s->err || !run.count)
            return;
        int slot = slot_of[pte_slot(run.pte)];
        if (slot < 0 || run.page > d->pages || run.count > d->pages ||
            iommu_map(d, run.page << PAGE_SHIFT, d->mem[slot], run.pte & PTE_OFFSET, run.count << PAGE_SHIFT,
                      (unsigned)(run.pte & PTE_PROT))) {
            save_fail(s, -EINVAL, "IOMMU domain %s: the mapping at page %" PRIu64 " fits no memory here", d->name, run.page);
            return;
        }
        for (uint64_t i = 0; i < run.count; i++) /* which pages are large is what the run says, not how it lies here */
            d->pte[run.page + i] = (d->pte[run.page + i] & ~PTE_LARGE) | (run.pte & PTE_LARGE);
    }
}

struct saved_memory {
    uint64_t size, pages;
    uint32_t owner; /* component id; 0: slot not in use */
    uint32_t pad;
};

/* Which slot here is the memory of a saved slot: the one of the same component and size, else -1. */
static int find_memory(const struct iommu_domain *d, const struct saved_memory *m)
{
    for (int i = 0; i < IOMMU_DOMAIN_MEMS; i++)
        if (d->mem[i] && m->owner && d->mem[i]->owner->id == m->owner && d->mem[i]->size == m->size)
            return i;
    return -1;
}

/* ---- dirty tracking ---- */

static uint64_t dirty_words(const struct iommu_domain *d) { return (d->pages + 63) / 64; }

void iommu_track(struct iommu_domain *d, bool on)
{
    struct recycler *recycler = d->owner->sim->recycler;
    size_t bytes = dirty_words(d) * sizeof(*d->dirty);

    sim_make_events(d->owner->sim);
    recycler_give(recycler, d->dirty, bytes, RECYCLER_ZEROED);
    d->dirty = on ? recycler_take(recycler, "an IOMMU domain", bytes, RECYCLER_ZEROED) : NULL;
}

void iommu_mark_dirty(struct iommu_domain *d, uint64_t addr, uint64_t len)
{
    if (!d->dirty)
        return;
    for (uint64_t page = addr >> PAGE_SHIFT; page <= (addr + len - 1) >> PAGE_SHIFT; page++)
        d->dirty[page / 64] |= UINT64_C(1) << page % 64;
}

uint64_t iommu_next_dirty(const struct iommu_domain *d, uint64_t at)
{
    for (uint64_t page = (at + PAGE_LEN - 1) >> PAGE_SHIFT; d->dirty && page < d->pages;) {
        uint64_t word = d->dirty[page / 64] >> page % 64;
        if (word)
            return (page + (unsigned)__builtin_ctzll(word)) << PAGE_SHIFT;
        page = (page / 64 + 1) * 64;
    }
    return UINT64_MAX;
}

void iommu_clear_dirty(struct iommu_domain *d, uint64_t addr)
{
    if (d->dirty)
        d->dirty[(addr >> PAGE_SHIFT) / 64] &= ~(UINT64_C(1) << (addr >> PAGE_SHIFT) % 64);
}

static void save_dirty(struct iommu_domain *d, struct save *s)
{
    uint8_t on = d->dirty != NULL;

    save_field(s, on);
    if (save_is_loading(s) && !s->err)
        iommu_track(d, on);
    if (on && d->dirty)
        save_bytes(s, d->dirty, dirty_words(d) * sizeof(*d->dirty));
}

void iommu_save(struct iommu_domain *d, struct save *s)
{
    int slot_of[8] = {-1, -1, -1, -1, -1, -1, -1, -1};

    save_section(s, "iommu", 3);
    save_expect_u64(s, "I/O pages of the domain", d->pages);
    save_field(s, d->st);
    save_dirty(d, s);
    for (int i = 0; i < IOMMU_DOMAIN_MEMS; i++) {
        struct saved_memory m = {0};
        if (d->mem[i])
            m = (struct saved_memory){d->mem[i]->size, d->mem_pages[i], d->mem[i]->owner->id, 0};
        save_field(s, m);
        if (save_is_loading(s))
            slot_of[i] = find_memory(d, &m);
    }
    if (save_is_loading(s))
        load_runs(d, s, slot_of);
    else
        save_runs(d, s);
}

bool iommu_awaits_pages(const struct iommu_domain *d)
{
    for (unsigned i = 0; i < IOMMU_DOMAIN_MEMS && d->mem[i]; i++)
        if (d->mem[i]->pager)
            return true;
    return false;
}
