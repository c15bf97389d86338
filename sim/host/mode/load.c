/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LOAD_PLUGIN: what the guest offers is read once and checked, the image is relocated into the offered pages, what the
 * plugin must know is answered in NPA_PluginConf [npa_load.h].
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "host/mode/mode__.h"
#include "host/policy/policy__.h"

struct conf {
    NPA_PluginConf conf;
    NPA_PluginConfExt ext;
};
_Static_assert(sizeof(struct conf) == sizeof(NPA_PluginConf) + sizeof(NPA_PluginConfExt), "one behind the other");

static int refuse(struct host_vm *hv, struct conf *c, enum npa_check check, const char *why)
{
    c->ext.status = check;
    switch__reason(hv, "load: %s", why);
    return check == NPA_CHECK_NO_PAGES ? -EINVAL : -EPERM;
}

/* Pages are the guest's own, distinct, and lie at vaddr one behind the other, as the window maps them. How a kernel of its own maps
 * them, that kernel knows. */
static const char *check_pages(struct host_vm *hv, const NPA_PluginPages *p, uint32_t needed)
{
    uint64_t ram_pages = vm_mem(hv->vm)->size / NPA_PAGE_SIZE;
    uint64_t window = MACHINE_WINDOW_BASE + vm_get_params(hv->vm)->slot * MACHINE_WINDOW_SIZE;

    if (p->numPages > NPA_PLUGIN_PAGES_MAX)
        return "more than 64 plugin pages offered";
    if (p->numPages < needed)
        return "too few plugin pages offered";
    if (p->vaddr % NPA_PAGE_SIZE)
        return "plugin pages at an address that is no page's";
    for (uint32_t i = 0; i < p->numPages; i++) {
        if (p->pages[i] >= ram_pages)
            return "a plugin page outside the guest's memory";
        if (!vm_get_params(hv->vm)->kind && window + p->pages[i] * NPA_PAGE_SIZE != p->vaddr + (uint64_t)i * NPA_PAGE_SIZE)
            return "plugin pages that do not lie where their virtual address says";
    }
    return NULL;
}

static const char *check_windows(struct host_vm *hv, const NPA_PluginConf *conf, uint32_t bar_bytes)
{
    uint64_t gpa = conf->memioPages.startPPN * NPA_PAGE_SIZE, len = (uint64_t)conf->memioPages.numPages * NPA_PAGE_SIZE;
    uint64_t ram_pages = vm_mem(hv->vm)->size / NPA_PAGE_SIZE, hole = vm_memio(hv->vm);

    if (conf->memioPages.numPages > NPA_MEMIO_PAGES_MAX || conf->memioPages.startPPN > UINT64_MAX / NPA_PAGE_SIZE || !hole ||
        gpa < hole || gpa + len > hole + MACHINE_MEMIO_HOLE_SIZE)
        return "a register window outside the hole for it";
    if (len < bar_bytes)
        return "a register window too small for the VF";
    if (conf->sharedPages.numPages > NPA_SHARED_PAGES_MAX ||
        (conf->sharedPages.numPages &&
         (conf->sharedPages.startPPN >= ram_pages || conf->sharedPages.numPages > ram_pages - conf->sharedPages.startPPN)))
        return "a shared region outside the guest's memory";
    return NULL;
}

static uint32_t smaller(uint32_t a, uint32_t b) { return a < b ? a : b; }

/* The whole image at once: relocated outside the guest, then copied to its pages. */
static bool copy_image(struct host_vm *hv, const struct plugin_image *image, const NPA_PluginPages *pages)
{
    uint8_t *memory = alloc_bytes("a plugin image", image->memory_len);
    bool good = true;

    plugin_image_relocate(image, pages->vaddr, memory);
    for (uint32_t off = 0; good && off < image->memory_len; off += NPA_PAGE_SIZE)
        good = vmxnet3_write_guest(hv->dev, pages->pages[off / NPA_PAGE_SIZE] * NPA_PAGE_SIZE, memory + off, NPA_PAGE_SIZE);
    free(memory);
    return good;
}

/* Where the guest's rings are, for a PF driver that sets a VF's queues up by itself. NULL, or why it can't. */
static const char *tell_rings(struct host_vm *hv, const struct conf *c)
{
    struct pf_vf_memory memory = {.shared = c->conf.sharedPages.startPPN * NPA_PAGE_SIZE,
                                  .shared_bytes = c->conf.sharedPages.numPages * NPA_PAGE_SIZE};
    NPA_QueueRings rings[PF_QUEUES_MAX];
    uint32_t queues = smaller(smaller(c->ext.numRxQueues, c->ext.numTxQueues), pf_vf_queues(host__nic(hv)->pf));
    uint32_t count = smaller(c->ext.ringsCount, queues);

    if (count > PF_QUEUES_MAX || !count || !vmxnet3_read_guest(hv->dev, c->ext.ringsPA, rings, count * sizeof(rings[0])))
        count = 0;
    memory.queues = count;
    for (uint32_t q = 0; q < count; q++)
        memory.ring[q] = (struct pf_vf_ring){rings[q].rxRingPA, rings[q].txRingPA, rings[q].rxRingSize, rings[q].txRingSize};
    return pf_vf_set_memory(host__nic(hv)->pf, (unsigned)hv->state.vf, &memory);
}

static void tell_cycles(struct host_vm *hv, const struct plugin_image *image, uint32_t cycles[4])
{
    struct machine_calls calls = vm_calls(&hv->host->c.sim->profile, &image->counts);

    cycles[0] = calls.tx;
    cycles[1] = calls.rx;
    cycles[2] = calls.poll;
    cycles[3] = calls.interrupt;
}

static void answer(const struct plugin_image *image, const struct pf_vf_info *info, struct conf *c)
{
    c->conf.entryVA = c->conf.pluginPages.vaddr + image->entry;
    memcpy(c->conf.deviceInfo, info->device_info, sizeof(c->conf.deviceInfo));
    c->ext.apiVersion = image->api_version;
    c->ext.numRxQueues = smaller(c->ext.numRxQueues, info->queues);
    c->ext.numTxQueues = smaller(c->ext.numTxQueues, info->queues);
    c->ext.numIntrs = smaller(c->ext.numIntrs, info->vectors);
    c->ext.imageBytes = image->memory_len;
    c->ext.noteOffset = image->note;
    c->ext.relocOffset = image->reloc;
    c->ext.relocCount = image->reloc_count;
    c->ext.status = NPA_CHECK_OK;
}

static int load(struct host_vm *hv, const struct plugin_image *image, const struct pf_vf_info *info, struct conf *c)
{
    const char *why;

    if (image->check != NPA_CHECK_OK)
        return refuse(hv, c, image->check, image->why);
    if (image->api_version > c->ext.apiVersion)
        return refuse(hv, c, NPA_CHECK_API_VERSION, "the guest's shell offers an older plugin API");
    why = check_pages(hv, &c->conf.pluginPages, image->memory_len / NPA_PAGE_SIZE);
    if (!why)
        why = check_windows(hv, &c->conf, info->bar_bytes);
    if (!why)
        why = tell_rings(hv, c);
    if (why)
        return refuse(hv, c, NPA_CHECK_NO_PAGES, why);
    if (!copy_image(hv, image, &c->conf.pluginPages))
        return refuse(hv, c, NPA_CHECK_NO_PAGES, "plugin pages out of reach");
    mode_of(hv)->state.image_va = c->conf.pluginPages.vaddr;
    hv->state.memio_gpa = MACHINE_MEMIO_HOLE + c->conf.memioPages.startPPN * NPA_PAGE_SIZE - vm_memio(hv->vm);
    hv->state.memio_len = (info->bar_bytes + NPA_PAGE_SIZE - 1) / NPA_PAGE_SIZE * NPA_PAGE_SIZE;
    answer(image, info, c);
    tell_cycles(hv, image, c->ext.callCycles);
    if (!vm_debugger_enabled) /* whose breakpoints would spoil the digest that the shell checks */
        switch__vf_add_image(hv);
    return 0;
}

int switch__load_plugin(struct host_vm *hv)
{
    struct Vmxnet3_VariableLenConfDesc desc;
    struct pf_vf_info info;
    struct conf c;
    char why[160];
    struct plugin_image *image = host__store_find(hv->host, switch_of(hv)->plugin, why, sizeof(why));
    int status = image ? pf_vf_info(host__nic(hv)->pf, (unsigned)hv->state.vf, &info) : -ENOENT;

    if (status)
        return status;
    if (!vmxnet3_plugin_conf(hv->dev, &desc) || desc.confVer < CONF_VERSION_MIN || desc.confLen < sizeof(c) ||
        !vmxnet3_read_guest(hv->dev, desc.confPA, &c, sizeof(c))) {
        switch__reason(hv, "load: no NPA_PluginConf to be read");
        return -EINVAL;
    }
    status = load(hv, image, &info, &c);
    vmxnet3_write_guest(hv->dev, desc.confPA, &c, sizeof(c));
    switch__say(hv, "%s from the store: %s", switch_of(hv)->plugin, npa_check_text((enum npa_check)c.ext.status));
    trace_switch_load(&hv->host->c, vm_name(hv->vm), switch_of(hv)->plugin, npa_check_text((enum npa_check)c.ext.status));
    return status;
}
