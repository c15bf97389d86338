/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages of a memory that are to follow: its pager is asked for them. */
#include "core/frame/mem.h"

enum { PAGE_SHIFT = 12 };

bool mem_want(struct sim_mem *mem, uint64_t addr, uint64_t len)
{
    struct mem_pager *pager = mem->pager;
    bool there = true;

    if (!pager || !len || !mem_at(mem, addr, len))
        return true;
    for (uint64_t page = addr >> PAGE_SHIFT; page <= (addr + len - 1) >> PAGE_SHIFT; page++) {
        if (!pager->missing[page])
            continue;
        pager->want(pager, page);
        there = false;
    }
    return there;
}

bool mem_has(const struct sim_mem *mem, uint64_t addr, uint64_t len)
{
    if (!mem->pager || !len || !mem_at(mem, addr, len))
        return true;
    for (uint64_t page = addr >> PAGE_SHIFT; page <= (addr + len - 1) >> PAGE_SHIFT; page++)
        if (mem->pager->missing[page])
            return false;
    return true;
}

void mem_take(struct sim_mem *mem, uint64_t addr, uint64_t len)
{
    uint64_t last = (addr + len - 1) >> PAGE_SHIFT;

    if (!len || !mem_at(mem, addr, len))
        return;
    for (uint64_t page = addr >> PAGE_SHIFT; mem->pager && page <= last; page++)
        if (mem->pager->missing[page])
            mem->pager->take(mem->pager, page);
}
