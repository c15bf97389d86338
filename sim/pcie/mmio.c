/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MMIO: posted writes, and reads that push what is before them. One event to the device, and one back for a read. */
#include <assert.h>

#include "core/engine/horizon.h"
#include "pcie/pcie__.h"

/* The address of an access in an event's word: offset 0-31, BAR 32-34, size 35-38, function 40-55. */
static uint64_t pack(const struct pci_function *fn, unsigned bar, uint32_t off, unsigned size)
{
    return off | (uint64_t)bar << 32 | (uint64_t)size << 35 | (uint64_t)fn->index << 40;
}

struct access {
    struct pci_function *fn;
    unsigned bar, size;
    uint32_t off;
};

static struct access unpack(const struct pci_link *link, uint64_t word)
{
    return (struct access){link->fn[word >> 40], word >> 32 & 7, word >> 35 & 15, (uint32_t)word};
}

static uint64_t all_ones(unsigned size) { return size >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * size) - 1; }

/* Inside the BAR and naturally aligned, as every driver's access is; anything else is answered as unsupported. */
static bool is_in_bar(const struct access *a)
{
    uint64_t bar_size = a->bar < PCI_BARS ? a->fn->params.bar_size[a->bar] : 0;
    return a->off < bar_size && a->size <= bar_size - a->off && (a->off & (a->size - 1)) == 0;
}

static bool size_is_valid(unsigned size) { return size == 1 || size == 2 || size == 4 || size == 8; }

sim_time pci_mmio_write_room(const struct pci_function *fn, sim_time at)
{
    const struct pci_link *link = fn->link;

    if (link->params.emulated)
        return at;
    struct sim_rate rate = {link->st.down.rate.ps_num, link->st.down.rate.ps_den, 0};
    sim_time held = sim_rate_take(&rate, link->params.posted * (link->header_high + 8));
    return fn->st.posted_free_at > at + held ? fn->st.posted_free_at - held : at;
}

bool pci_mmio_write_fits(const struct pci_function *fn, sim_time at, unsigned count)
{
    const struct pci_link *link = fn->link;

    return link->params.emulated || (fn->st.posted_free_at <= at && count <= link->params.posted);
}

sim_time pci_mmio_write_reach(const struct pci_function *fn)
{
    const struct pci_link *link = fn->link;

    return link->params.latency_ps + (link->params.emulated ? 0 : sim_lookahead(link->c.sim));
}

static uint32_t bytes_down(const struct pci_link *link, unsigned data)
{
    return link->params.emulated ? 0 : link->header_high + data;
}

void pci_mmio_write(struct pci_function *fn, struct component *from, sim_time at, unsigned bar, uint32_t off, unsigned size,
                    uint64_t value)
{
    struct pci_link *link = fn->link;

    assert(at >= sim_now(link->c.sim) && bar < PCI_BARS && size_is_valid(size));
    sim_time arrives = pcie__down_posted(fn, at, bytes_down(link, size));
    link->st.stats.mmio_writes++;
    event_post(from, &link->c, arrives, EV_HW, LINK_MMIO_WRITE, pack(fn, bar, off, size), value & all_ones(size), 0);
}

/* Nobody decodes it: a function that is there says so. */
static void refuse(const struct access *a, bool write)
{
    a->fn->st.stats.mmio_dropped++;
    if (pcie__function_responds(a->fn))
        pcie__unsupported(a->fn, &(struct pci_request){write, a->bar, a->size, a->off});
}

static void access_write(const struct access *a, uint64_t value)
{
    if (pcie__msix_covers(a->fn, a->bar, a->off))
        pcie__msix_write(a->fn, a->off, a->size, value);
    else
        a->fn->ops->mmio_write(a->fn, a->bar, a->off, a->size, value);
}

void pcie__mmio_write_event(struct pci_link *link, const struct event *ev)
{
    struct access a = unpack(link, ev->a);

    if (!pcie__function_decodes(a.fn) || !is_in_bar(&a)) {
        refuse(&a, true);
        trace_pci_mmio_write(a.fn->dev, a.fn->params.rid, a.bar, a.off, ev->b, "dropped: nobody decodes it");
        return;
    }
    trace_pci_mmio_write(a.fn->dev, a.fn->params.rid, a.bar, a.off, ev->b, "done");
    access_write(&a, ev->b);
}

void pci_mmio_read(struct pci_function *fn, struct component *from, sim_time at, unsigned bar, uint32_t off, unsigned size,
                   enum event_class cls, uint16_t verb, uint64_t cookie)
{
    struct pci_link *link = fn->link;

    assert(at >= sim_now(link->c.sim) && bar < PCI_BARS && size_is_valid(size));
    sim_time arrives = pcie__down_posted(fn, at, bytes_down(link, 0));
    link->st.stats.mmio_reads++;
    event_post(from, &link->c, arrives, EV_HW, LINK_MMIO_READ, pack(fn, bar, off, size), verb | (uint64_t)cls << 16, cookie);
}

static uint64_t access_read(const struct access *a)
{
    uint64_t value = pcie__msix_covers(a->fn, a->bar, a->off) ? pcie__msix_read(a->fn, a->off, a->size)
                                                              : a->fn->ops->mmio_read(a->fn, a->bar, a->off, a->size);
    return value & all_ones(a->size);
}

void pcie__mmio_read_event(struct pci_link *link, const struct event *ev)
{
    struct access a = unpack(link, ev->a);
    sim_time now = sim_now(link->c.sim);
    uint64_t value = all_ones(a.size);

    if (pcie__function_decodes(a.fn) && is_in_bar(&a)) {
        value = access_read(&a);
        trace_pci_mmio_read(a.fn->dev, a.fn->params.rid, a.bar, a.off, value, "answered");
    } else {
        refuse(&a, false);
        trace_pci_mmio_read(a.fn->dev, a.fn->params.rid, a.bar, a.off, value, "nobody decodes it");
    }
    /* The answer comes strictly after what the link carried up before it, also where that takes no time. */
    sim_time at = pcie__up(link, now, link->params.emulated ? 0 : link->header_cpld + a.size);
    if (at <= link->st.landed_at && link->st.landed_at >= now)
        at = link->st.landed_at + 1;
    event_post(&link->c, component_by_id(link->c.sim, ev->source), at, (enum event_class)(ev->b >> 16 & 0xff), (uint16_t)ev->b,
               ev->c, value, 0);
}

uint64_t pci_mmio_peek(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size)
{
    struct access a = {fn, bar, size, off};

    if (!size_is_valid(size) || !pcie__function_responds(fn) || !is_in_bar(&a))
        return all_ones(size);
    return access_read(&a);
}

bool pci_mmio_is_in_bar(const struct pci_function *fn, unsigned bar, uint32_t off, unsigned size)
{
    struct access a = {(struct pci_function *)fn, bar, size, off};

    return size_is_valid(size) && is_in_bar(&a);
}

bool pci_mmio_is_decoded(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size)
{
    return pci_mmio_is_in_bar(fn, bar, off, size) && pcie__function_decodes(fn);
}

bool pci_mmio_poke(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size, uint64_t value)
{
    struct access a = {fn, bar, size, off};

    if (!pci_mmio_is_decoded(fn, bar, off, size))
        return false;
    access_write(&a, value & all_ones(size));
    return true;
}
