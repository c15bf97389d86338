// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory and registers for the shell's half. Pieces of memory are few: rings, books, pools of buffers. */
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/vmalloc.h>

#include "guest/linux/npa.h"

struct piece {
    void *va;
    dma_addr_t dma;
    u64 bytes;
};
enum { PIECES_MAX = 512, CODE_ORDER_MAX = 8 };

/* in the order of their addresses, since each received or sent frame asks */
static struct piece pieces[PIECES_MAX];
static unsigned int piece_count;
static struct {
    struct page *pages;
    void *va;
    unsigned int order;
} code;

static gfp_t how(void) { return in_atomic() || irqs_disabled() ? GFP_ATOMIC | __GFP_NOWARN : GFP_KERNEL; }

/* The last piece that does not begin behind it. */
static unsigned int find(dma_addr_t dma)
{
    unsigned int low = 0, high = piece_count;

    while (low < high) {
        unsigned int middle = (low + high) / 2;

        if (pieces[middle].dma <= dma)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint64_t os_alloc(uint64_t bytes)
{
    struct piece piece = {.bytes = PAGE_ALIGN(bytes)};
    unsigned int at;

    if (piece_count == PIECES_MAX)
        return 0;
    piece.va = dma_alloc_coherent(&npa_the_one->pdev->dev, piece.bytes, &piece.dma, how());
    if (!piece.va)
        return 0;
    at = find(piece.dma);
    memmove(&pieces[at + 1], &pieces[at], (piece_count - at) * sizeof(pieces[0]));
    pieces[at] = piece;
    piece_count++;
    return piece.dma;
}

void *os_va(uint64_t dma)
{
    unsigned int at = find(dma);

    return at && dma - pieces[at - 1].dma < pieces[at - 1].bytes ? pieces[at - 1].va + (dma - pieces[at - 1].dma) : NULL;
}

/* Under UML the kernel's own map of memory may be executed; elsewhere another one is made. */
static void *map_code(struct page *pages, unsigned int count)
{
    struct page **list;
    unsigned int i;
    void *va;

    if (IS_ENABLED(CONFIG_UML))
        return page_address(pages);
    list = kmalloc_array(count, sizeof(*list), GFP_KERNEL);
    if (!list)
        return NULL;
    for (i = 0; i < count; i++)
        list[i] = pages + i;
    va = vmap(list, count, VM_MAP, PAGE_KERNEL_EXEC);
    kfree(list);
    return va;
}

/* Pages are offered by their physical number: a device behind an IOMMU of the guest's would not find them by it. */
uint64_t os_alloc_code(uint64_t bytes, void **va)
{
    unsigned int order = get_order(bytes);

    code.pages = alloc_pages(GFP_KERNEL | __GFP_ZERO, order);
    if (!code.pages)
        return 0;
    code.order = order;
    code.va = map_code(code.pages, 1u << order);
    *va = code.va;
    return code.va ? page_to_phys(code.pages) : 0;
}

void npa_free_all(struct npa_adapter *npa)
{
    while (piece_count) {
        struct piece *last = &pieces[--piece_count];

        dma_free_coherent(&npa->pdev->dev, last->bytes, last->va, last->dma);
    }
    if (code.va && !IS_ENABLED(CONFIG_UML))
        vunmap(code.va);
    if (code.pages)
        __free_pages(code.pages, code.order);
    code.pages = NULL;
    code.va = NULL;
}

/* ---- registers ---- */

uint32_t os_read32(enum os_window window, uint32_t off) { return readl(npa_the_one->window[window] + off); }
void os_write32(enum os_window window, uint32_t off, uint32_t value) { writel(value, npa_the_one->window[window] + off); }

/* Where each access to a device is a call, nothing lies at the address that ioremap() gives. */
void *os_plain_registers(enum os_window window)
{
    return IS_ENABLED(CONFIG_INDIRECT_IOMEM) ? NULL : (void __force *)npa_the_one->window[window];
}

uint64_t os_vf_page(void) { return npa_the_one->vf_page; }
