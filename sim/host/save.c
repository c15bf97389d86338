/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host to and from a save stream: PF drivers' memory, records, what it keeps for each VM. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "host/host__.h"
#include "vm/move.h"

enum { PAGE = 4096 };

static bool is_zero(const uint8_t *page) { return page[0] == 0 && !memcmp(page, page + 1, PAGE - 1); }

/* What the pages in front of page `to` hold is forgotten, from page `from` on. */
static void clear_pages(struct sim_mem *mem, uint64_t from, uint64_t to)
{
    uint64_t at = from * PAGE, end;

    for (; recycler_next_touched(mem->owner->sim->recycler, mem->base, to * PAGE, &at, &end); at = end)
        memset(mem->base + at, 0, end - at);
}

/* Only pages that hold something, each behind its number; the number of pages ends the list. */
static void save_memory(struct sim_mem *mem, uint64_t used, struct save *s)
{
    uint64_t pages = mem->size / PAGE, n, done = 0, at = 0, end;
    bool kept = recycler_keeps(mem->owner->sim->recycler);

    save_expect_u64(s, "PF memory", mem->size);
    if (save_is_loading(s)) {
        if (!kept && madvise(mem->base, mem->size, MADV_DONTNEED)) /* to clear what was never touched would touch it */
            memset(mem->base, 0, mem->size);
        for (;; done = n + 1) {
            save_field(s, n);
            if (!s->err && (n > pages || n < done))
                save_fail(s, -EPROTO, "page %llu of PF memory", (unsigned long long)n);
            if (kept)
                clear_pages(mem, done, s->err ? pages : n);
            if (s->err || n == pages)
                return;
            save_bytes(s, mem->base + n * PAGE, PAGE);
        }
    }
    for (; recycler_next_touched(mem->owner->sim->recycler, mem->base, used, &at, &end); at = end)
        for (n = at / PAGE; n < end / PAGE; n++) {
            if (is_zero(mem->base + n * PAGE))
                continue;
            save_field(s, n);
            save_bytes(s, mem->base + n * PAGE, PAGE);
        }
    n = pages;
    save_field(s, n);
}

/* A state that no save writes must not index anything here. */
static bool is_sound(const struct host *host, const struct host_vm_state *state)
{
    return state->nic < host->nics && (state->vf < 0 || (unsigned)state->vf < pf_vf_count(host->nic[state->nic].pf));
}

/* The registers of a VM that has moved since the world was built are those of its device here. */
static void wire_device(struct host_vm *hv, struct save *s)
{
    static const uint64_t window[] = {MACHINE_VMXNET3_BAR0, MACHINE_VMXNET3_BAR1, MACHINE_VMXNET3_BAR2, MACHINE_SLOT};
    char why[128];

    vm_unmap_function(hv->vm, vmxnet3_function(hv->dev));
    if (hv->slot)
        vm_unmap_function(hv->vm, slot_function(hv->slot));
    if (!hv->state.present)
        return;
    for (unsigned i = 0; i < sizeof(window) / sizeof(window[0]); i++)
        vm_unmap_mmio(hv->vm, window[i]);
    host__vm_comes(hv);
    if (!host__map_device(hv, why, sizeof(why)))
        save_fail(s, -EINVAL, "%s", why);
}

static void save_vm(struct host_vm *hv, struct save *s)
{
    struct host_vm_state state = hv->state;

    save_field(s, state);
    for (unsigned i = 0; i < hv->vcpus; i++)
        cpu_thread_save(&hv->vcpu[i], s);
    cpu_thread_save(&hv->vmx, s);
    if (s->err)
        return;
    if (save_is_loading(s)) {
        if (!is_sound(hv->host, &state)) {
            save_fail(s, -EPROTO, "the state of %s is impossible", vm_name(hv->vm));
            return;
        }
        hv->state = state;
        wire_device(hv, s);
    }
    iommu_save(hv->dev_domain, s);
    for (unsigned rank = 0; rank < HOST_RANKS && !s->err; rank++)
        if (hv->host->parts[rank]->save_vm)
            hv->host->parts[rank]->save_vm(hv, s);
}

void host__save(struct component *self, struct save *s)
{
    struct host *host = (struct host *)self;

    save_section(s, "host", 3);
    save_expect_u64(s, "NICs", host->nics);
    save_expect_u64(s, "VMs", host->vms);
    cpu_thread_save(&host->migrator, s);
    for (unsigned rank = 0; rank < HOST_RANKS && !s->err; rank++)
        if (host->parts[rank]->save_host)
            host->parts[rank]->save_host(host, s);
    for (unsigned i = 0; i < host->nics; i++) {
        save_memory(&host->nic[i].mem, pf_memory_used(host->nic[i].pf), s);
        mem_save(&host->nic[i].mem, s);
    }
    for (unsigned i = 0; i < host->vms; i++)
        save_vm(host->vm[i], s);
}
