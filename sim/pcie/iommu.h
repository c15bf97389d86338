/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IOMMU domains: which memory a function may reach, page by page.
 *
 * A domain maps 4 KiB I/O pages to pages of a struct sim_mem, readable and/or writable. A function without a mapping
 * gets a fault: a record in the domain's bounded log, a counter, a trace sentence. Domains are components' state:
 * whoever creates one calls iommu_save() from its own save function.
 *
 * Pages are of 2 MiB where a mapping covers one whole, aligned both in I/O space and in memory (whose backing is taken to be
 * contiguous there), otherwise of 4 KiB; unmapping part of a 2 MiB page leaves 4 KiB ones. The size shows in time only: the
 * IOTLB of a root port (struct iommu_params) holds so many pages of either size.
 *
 * Reports are rate-limited as Linux' are (dmar_fault: 10 in 5 s): the trace sentence of a fault comes at most
 * IOMMU_REPORT_BURST times in IOMMU_REPORT_INTERVAL; log and counter miss none.
 */
#ifndef VFSIM_PCIE_IOMMU_H
#define VFSIM_PCIE_IOMMU_H

#include <stdbool.h>
#include <stdint.h>

#include "core/frame/mem.h"

/* Largest max_addr: the page table is a flat array, touched only where something is mapped. */
#define IOMMU_ADDR_LIMIT (UINT64_C(1) << 40)

enum { IOMMU_READ = 1, IOMMU_WRITE = 2, IOMMU_FAULT_LOG = 16, IOMMU_DOMAIN_MEMS = 4 };

#define IOMMU_REPORT_INTERVAL (5 * SIM_S)
enum { IOMMU_REPORT_BURST = 10, IOMMU_PAGE_SHIFT = 12, IOMMU_LARGE_SHIFT = 21 };
enum { IOMMU_IOTLB_MAX = 512, IOMMU_WALKERS_MAX = 64, IOMMU_PENDING_MAX = 128 };

/* The translation hardware of a root port. A page that is in the IOTLB costs nothing; one that is not waits for a free
 * walker and for the walk; requests to a page whose walk is pending wait for that one. Least recently used pages go first. */
struct iommu_params {
    unsigned iotlb;   /* pages it holds, at most IOMMU_IOTLB_MAX; 0: translation takes no time */
    unsigned walkers; /* walks at once, 1 … IOMMU_WALKERS_MAX */
    sim_time walk_ps; /* one walk */
    bool small_pages; /* it knows 4 KiB pages only (`intel_iommu=sp_off`) */
};

struct iommu_domain;

struct iommu_fault {
    sim_time at;
    uint64_t addr;
    uint32_t len;
    uint16_t rid;
    bool write;
};

/* I/O addresses below max_addr. NULL: no memory, or max_addr above the limit. */
struct iommu_domain *iommu_domain_create(struct component *owner, const char *name, uint64_t max_addr);
void iommu_domain_destroy(struct iommu_domain *domain);

/* Makes `mem` known before anything of it is mapped. iommu_map() does it by itself; a world that is rebuilt for loading
 * calls it first, since a saved mapping names its memory by (component, size). 0 or -ENOSPC. */
int iommu_add_memory(struct iommu_domain *domain, struct sim_mem *mem);

/* Map [addr, addr+len) to mem from offset; all multiples of 4096. 0, -EINVAL (alignment, range), -EEXIST (mapped
 * already), -ENOSPC (more than IOMMU_DOMAIN_MEMS memories). Nothing is mapped on error. */
int iommu_map(struct iommu_domain *domain, uint64_t addr, struct sim_mem *mem, uint64_t offset, uint64_t len, unsigned prot);
int iommu_unmap(struct iommu_domain *domain, uint64_t addr, uint64_t len); /* holes are fine */

/* The contiguous part of [addr, addr+len) from addr on that one memory holds: its memory, offset and length (>= 1), or
 * NULL after recording a fault (record = true). */
struct sim_mem *iommu_translate(struct iommu_domain *domain, uint16_t rid, uint64_t addr, uint32_t len, unsigned prot, bool record,
                                uint64_t *offset, uint32_t *run);

/* Where a DMA write may land without anybody seeing when (pcie/late.c): its memory and offset there. NULL: somebody may. */
struct sim_mem *iommu_late(const struct iommu_domain *domain, uint64_t addr, uint32_t len, uint64_t *offset);

/* A DMA operation of a function in the domain is under way: whose memory is mapped may see what `id` does. */
void iommu_concerns(const struct iommu_domain *domain, struct event_id id);

/* log2 of the size of the page that holds addr (0 where nothing is mapped), and in *epoch a number that changes
 * whenever something is unmapped: what the IOTLB knows of an earlier one is void (a domain-selective invalidation). */
unsigned iommu_page_shift(const struct iommu_domain *domain, uint64_t addr, uint32_t *epoch);
uint32_t iommu_epoch(const struct iommu_domain *domain); /* that number */

/* Dirty tracking of DMA writes, a bit a page of 4 KiB, from now on (all clean) or no more [VT-d 9.6 second-level dirty bits]. */
void iommu_track(struct iommu_domain *domain, bool on);
void iommu_mark_dirty(struct iommu_domain *domain, uint64_t addr, uint64_t len); /* a write has landed */
uint64_t iommu_next_dirty(const struct iommu_domain *domain, uint64_t at); /* page at or behind `at`; UINT64_MAX: none */
void iommu_clear_dirty(struct iommu_domain *domain, uint64_t addr);

/* Mappings made from now on use 4 KiB pages only (`intel_iommu=sp_off`). */
void iommu_set_superpages(struct iommu_domain *domain, bool on);

uint64_t iommu_faults_unreported(const struct iommu_domain *domain); /* kept from the trace by the rate limit */
uint64_t iommu_fault_count(const struct iommu_domain *domain);
unsigned iommu_faults(const struct iommu_domain *domain, struct iommu_fault out[IOMMU_FAULT_LOG]); /* newest last */
void iommu_save(struct iommu_domain *domain, struct save *s);

/* Whether some page of its memories is still to come (core/frame/mem.h). */
bool iommu_awaits_pages(const struct iommu_domain *d);

#endif
