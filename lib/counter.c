/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counters of all that has some, as one list of (owner, name, value). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "lib/lib__.h"
#include "vfsim/flow.h"

struct list {
    struct vfsim_counter *counter;
    size_t count;
    const char *only; /* of this owner; NULL: all */
    char owner[sizeof(((struct vfsim_counter *)0)->owner)];
    bool is_wanted;
};

static void of(struct list *list, const char *name, const char *part, int number)
{
    char suffix[32] = "";
    if (part)
        snprintf(suffix, sizeof(suffix), number < 0 ? " %s" : " %s %d", part, number);
    snprintf(list->owner, sizeof(list->owner), "%s%s", name, suffix);
    list->is_wanted = !list->only || !strcmp(list->only, list->owner);
}

static void put(struct list *list, const char *name, uint64_t value)
{
    if (!list->is_wanted)
        return;
    if ((list->count & (list->count - 1)) == 0)
        list->counter = alloc_grow("counters", list->counter, (list->count ? 2 * list->count : 1) * sizeof(*list->counter));
    struct vfsim_counter *c = &list->counter[list->count++];
    *c = (struct vfsim_counter){.name = name, .value = value};
    memcpy(c->owner, list->owner, sizeof(c->owner));
}

static void put_books(struct list *list, struct sim *sim)
{
    struct books_report books;
    of(list, "books", NULL, -1);
    if (!list->is_wanted)
        return;
    books_get_report(sim, &books);
    put(list, "born", books.born);
    put(list, "copied", books.copied);
    put(list, "ended", books.ended);
    put(list, "in_flight", books.in_flight);
}

static void put_vm(struct list *list, const struct vm *vm, const char *name)
{
    struct vm_stats stats;
    uint64_t exits = 0;
    of(list, name, NULL, -1);
    vm_get_stats(vm, &stats);
    for (unsigned i = 0; i < VM_EXITS; i++)
        exits += vm_exits(vm, (enum vm_exit)i);
    put(list, "frames_received", stats.frames_delivered);
    put(list, "received_on_vf", stats.delivered_on_vf);
    put(list, "frames_sent", stats.frames_made);
    put(list, "sent_on_vf", stats.made_on_vf);
    put(list, "exits", exits);
    put(list, "mmio_trapped", stats.trapped_mmio);
    put(list, "mmio_direct", stats.direct_mmio);
    put(list, "interrupts", stats.irqs);
    put(list, "tx_stops", stats.tx_stops);
    put(list, "bad_handovers", stats.bad_handovers);
}

static void put_function(struct list *list, const struct nic *nic, int vf)
{
    struct nic_function_stats s;
    of(list, nic->c.name, vf < 0 ? "pf" : "vf", vf);
    if (!list->is_wanted)
        return;
    nic->ops->function_stats(nic, vf, &s);
    put(list, "rx_packets", s.rx_packets);
    put(list, "rx_bytes", s.rx_bytes);
    put(list, "rx_multicast", s.rx_multicast);
    put(list, "rx_broadcast", s.rx_broadcast);
    put(list, "rx_mirrored", s.rx_mirrored);
    put(list, "rx_dropped", s.rx_dropped);
    put(list, "tx_packets", s.tx_packets);
    put(list, "tx_bytes", s.tx_bytes);
    put(list, "tx_dropped", s.tx_dropped);
}

static void put_link(struct list *list, const struct nic *nic)
{
    struct pci_link_stats s;
    of(list, nic->c.name, "link", -1);
    pci_link_get_stats(nic->link, &s);
    put(list, "bytes_up", s.bytes_up);
    put(list, "bytes_down", s.bytes_down);
    put(list, "reads", s.reads);
    put(list, "writes", s.writes);
    put(list, "mmio_reads", s.mmio_reads);
    put(list, "mmio_writes", s.mmio_writes);
    put(list, "messages", s.messages);
    put(list, "tag_waits", s.tag_waits);
    put(list, "iotlb_hits", s.iotlb_hits);
    put(list, "iotlb_misses", s.iotlb_misses);
}

static void put_nic(struct list *list, const struct nic *nic)
{
    const char *name;
    uint64_t value;
    of(list, nic->c.name, NULL, -1);
    for (unsigned i = 0; list->is_wanted && nic->ops->counter(nic, i, &name, &value); i++)
        put(list, name, value);
    for (int vf = -1; vf < (int)nic->vf_count; vf++)
        put_function(list, nic, vf);
    if (nic->first == nic)
        put_link(list, nic);
}

struct vfsim_counter *vfsim_counters(const struct vfsim_world *world, const char *owner, size_t *count)
{
    struct list list = {.only = owner};
    const struct world *w = world ? world->w : NULL;
    *count = 0;
    if (!w)
        return NULL;
    put_books(&list, w->sim);
    for (unsigned i = 0; i < w->sc->vm_count; i++)
        put_vm(&list, w->vms[i], w->sc->vms[i].name.text);
    for (unsigned i = 0; i < w->sc->nic_count; i++)
        put_nic(&list, w->nics[i]);
    *count = list.count;
    return list.counter;
}

int vfsim_counter_get(const struct vfsim_world *world, const char *owner, const char *name, uint64_t *value)
{
    size_t count;
    struct vfsim_counter *counters = vfsim_counters(world, owner, &count);
    int status = -ENOENT;
    for (size_t i = 0; owner && name && i < count && status; i++)
        if (!strcmp(counters[i].name, name)) {
            *value = counters[i].value;
            status = 0;
        }
    free(counters);
    return status;
}
