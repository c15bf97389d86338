/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A domain some of whose memory is only a copy of another's: who owns that is asked for bytes before a device reads them, and given
 * those that it has written.
 */
#ifndef VFSIM_PCIE_IOMMU_FAR_H
#define VFSIM_PCIE_IOMMU_FAR_H

#include <stdbool.h>
#include <stdint.h>

struct iommu_domain;

/* Both are called at the moment at which the device meets the memory, with I/O addresses that are mapped; they may take as long as
 * they want, in no time. False: it can't be had, and the request ends as one that meets no memory. */
struct iommu_far {
    bool (*fetch)(struct iommu_far *far, uint64_t addr, uint32_t len);
    bool (*store)(struct iommu_far *far, uint64_t addr, uint32_t len);
};

void iommu_set_far(struct iommu_domain *domain, struct iommu_far *far); /* NULL: all of its memory is its own */
/* True where there is none. */
bool iommu_fetch(const struct iommu_domain *domain, uint64_t addr, uint32_t len);
bool iommu_store(const struct iommu_domain *domain, uint64_t addr, uint32_t len);

#endif
