/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IOMMU domains: which memory a function may reach, page by page.
 *
 * A domain maps 4 KiB I/O pages to pages of a struct sim_mem, readable and/or writable. A function without a mapping
 * gets a fault: a record in the domain's bounded log, a counter, a trace sentence. Domains are components' state:
 * whoever creates one calls iommu_save() from its own save function.
 */
#ifndef VFSIM_PCIE_IOMMU_H
#define VFSIM_PCIE_IOMMU_H

#include <stdbool.h>
#include <stdint.h>

#include "core/mem.h"

/* Largest max_addr: the page table is a flat array, touched only where something is mapped. */
#define IOMMU_ADDR_LIMIT (UINT64_C(1) << 40)

enum { IOMMU_READ = 1, IOMMU_WRITE = 2, IOMMU_FAULT_LOG = 16, IOMMU_DOMAIN_MEMS = 4 };

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
int iommu_map(struct iommu_domain *domain, uint64_t addr, struct sim_mem *mem, uint64_t offset, uint64_t len,
              unsigned prot);
int iommu_unmap(struct iommu_domain *domain, uint64_t addr, uint64_t len); /* holes are fine */

/* The contiguous part of [addr, addr+len) from addr on that one memory holds: its memory, offset and length (>= 1), or
 * NULL after recording a fault (record = true). */
struct sim_mem *iommu_translate(struct iommu_domain *domain, uint16_t rid, uint64_t addr, uint32_t len, unsigned prot,
                                bool record, uint64_t *offset, uint32_t *run);

uint64_t iommu_fault_count(const struct iommu_domain *domain);
unsigned iommu_faults(const struct iommu_domain *domain, struct iommu_fault out[IOMMU_FAULT_LOG]); /* newest last */
void iommu_save(struct iommu_domain *domain, struct save *s);

#endif
