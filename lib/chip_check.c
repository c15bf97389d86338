/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is wrong with a chip from outside. Who makes one hears which member it is; below (sim/pcie, sim/pf) the same limits are
 * asserted, since there they are the tree's own chips'.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/chip__.h"

struct check {
    const struct vfsim_chip *chip;
    char *err;
    size_t cap;
};

static bool refuse(const struct check *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static bool refuse(const struct check *c, const char *fmt, ...)
{
    va_list args;
    int n = snprintf(c->err, c->cap, "chip '%.40s': ", c->chip->name ? c->chip->name : "");
    va_start(args, fmt);
    if (n >= 0 && (size_t)n < c->cap)
        vsnprintf(c->err + n, c->cap - (size_t)n, fmt, args);
    va_end(args);
    return false;
}

static bool abi_is_ours(const struct check *c)
{
    if (c->chip->abi != VFSIM_CHIP_ABI) /* before it nothing else is known */
        snprintf(c->err, c->cap, "a chip of ABI %u, and this vfsim has %d: build it against this one's headers",
                 (unsigned)c->chip->abi, VFSIM_CHIP_ABI);
    else if (c->chip->size != sizeof(struct vfsim_chip))
        snprintf(c->err, c->cap, "a struct vfsim_chip of %u bytes, and this vfsim's has %zu: `size` is sizeof(struct vfsim_chip)",
                 (unsigned)c->chip->size, sizeof(struct vfsim_chip));
    else
        return true;
    return false;
}

static bool name_is_good(const struct check *c)
{
    const char *name = c->chip->name;
    if (!name || !name[0] || strlen(name) > 31 || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") != strlen(name))
        return refuse(c, "a name has 1 to 31 lower-case letters, digits, - and _");
    if (!c->chip->sentence || !c->chip->sentence[0])
        return refuse(c, "`sentence` says what it is");
    return true;
}

static bool in(const struct check *c, const char *what, uint64_t value, uint64_t least, uint64_t most)
{
    return (value >= least && value <= most) || refuse(c, "`%s` is %llu: it is to be %llu to %llu", what, (unsigned long long)value,
                                                       (unsigned long long)least, (unsigned long long)most);
}

static bool limits_are_good(const struct check *c)
{
    const struct vfsim_chip *chip = c->chip;
    if (chip->rate_bps % 1000000)
        return refuse(c, "`rate_bps` is %llu: it is to be whole Mb/s", (unsigned long long)chip->rate_bps);
    if (chip->pcie_lanes & (chip->pcie_lanes - 1))
        return refuse(c, "`pcie_lanes` is %u: it is to be 1, 2, 4, 8 or 16", chip->pcie_lanes);
    if (!chip->vf_plugin || !chip->vf_plugin[0] || strchr(chip->vf_plugin, '/') || chip->vf_plugin[0] == '.')
        return refuse(c, "`vf_plugin` is the name of a plugin image, without a folder");
    if (chip->register_count && !chip->registers)
        return refuse(c, "`register_count` is %u, and `registers` is NULL", chip->register_count);
    return in(c, "max_vfs", chip->max_vfs, 1, CHIP_VFS_MAX) && in(c, "vf_queues", chip->vf_queues, 1, PF_QUEUES_MAX) &&
           in(c, "addresses", chip->addresses, 2, ESWITCH_MACS_MAX) && in(c, "vlans", chip->vlans, 1, ESWITCH_VLANS_MAX) &&
           in(c, "rate_bps", chip->rate_bps, 1000000, UINT64_C(1000000000000)) && in(c, "pcie_gen", chip->pcie_gen, 1, 5) &&
           in(c, "pcie_lanes", chip->pcie_lanes, 1, 16) && in(c, "ring_step", chip->ring_step, 0, PF_RING_MIN_DESC) &&
           in(c, "nic_state", chip->nic_state, 0, CHIP_STATE_MAX);
}

/* ---- functions ---- */

static bool bars_are_good(const struct check *c, const char *whose, const struct vfsim_function_kind *kind)
{
    for (unsigned b = 0; b < VFSIM_BARS; b++) {
        const struct vfsim_bar *bar = &kind->bar[b];
        if (!bar->bytes)
            continue;
        if ((bar->bytes & (bar->bytes - 1)) || bar->bytes < 4096 || bar->bytes > UINT64_C(1) << 30)
            return refuse(c, "`%s.bar[%u]` has %llu bytes: a power of two from 4096 to 1G", whose, b,
                          (unsigned long long)bar->bytes);
        if (bar->is_64 && (b == VFSIM_BARS - 1 || kind->bar[b + 1].bytes))
            return refuse(c, "`%s.bar[%u]` is one of 64 bits: the next BAR is its upper half", whose, b);
    }
    return true;
}

static bool msix_is_good(const struct check *c, const char *whose, const struct vfsim_function_kind *kind)
{
    uint64_t table_end = (uint64_t)kind->msix_table + 16 * kind->vectors, pending_end = (uint64_t)kind->msix_pending + 8;
    uint64_t bytes = kind->msix_bar < VFSIM_BARS ? kind->bar[kind->msix_bar].bytes : 0;
    if (table_end > bytes || pending_end > bytes || kind->msix_table % 8 || kind->msix_pending % 8)
        return refuse(c, "`%s`: the MSI-X table and its pending bits lie in `msix_bar`, each at a multiple of 8", whose);
    if (kind->msix_pending < table_end && kind->msix_table < pending_end)
        return refuse(c, "`%s`: the MSI-X table of %u vectors runs into its pending bits", whose, kind->vectors);
    return true;
}

struct vfsim_capabilities chip__capabilities(const struct vfsim_function_kind *kind, bool is_vf)
{
    struct vfsim_capabilities at = kind->at;
    at.pm = at.pm || is_vf ? at.pm : 0x40;
    at.msix = at.msix ? at.msix : 0x70;
    at.pcie = at.pcie ? at.pcie : 0xa0;
    at.aer = at.aer ? at.aer : 0x100;
    at.ari = at.ari ? at.ari : 0x150;
    at.sriov = at.sriov || is_vf ? at.sriov : 0x160;
    return at;
}

static bool capabilities_are_good(const struct check *c, const char *whose, const struct vfsim_function_kind *kind, bool is_vf)
{
    struct vfsim_capabilities at = chip__capabilities(kind, is_vf);
    const struct {
        const char *name;
        uint16_t at, bytes;
        bool extended;
    } all[] = {{"pm", at.pm, 8, false},   {"msi", at.msi, 24, false}, {"msix", at.msix, 12, false}, {"pcie", at.pcie, 60, false},
               {"aer", at.aer, 72, true}, {"ari", at.ari, 8, true},   {"sriov", at.sriov, 64, true}};
    for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        unsigned from = all[i].extended ? 0x100 : 0x40, to = all[i].extended ? 0x1000 : 0x100;
        if (!all[i].at)
            continue;
        if (all[i].at % 4 || all[i].at < from || all[i].at + all[i].bytes > to)
            return refuse(c, "`%s.at.%s` is 0x%x: a multiple of 4 from 0x%x on, below 0x%x", whose, all[i].name, all[i].at, from,
                          to);
        for (unsigned k = 0; k < i; k++)
            if (all[k].at && all[k].at < all[i].at + all[i].bytes && all[i].at < all[k].at + all[k].bytes)
                return refuse(c, "`%s.at`: %s runs into %s", whose, all[k].name, all[i].name);
    }
    return at.aer == 0x100 || at.ari == 0x100 || at.sriov == 0x100 ||
           refuse(c, "`%s.at`: the first extended capability is at 0x100", whose);
}

static bool function_is_good(const struct check *c, const char *whose, const struct vfsim_function_kind *kind, bool is_vf)
{
    if (is_vf && (!kind->bar[0].bytes || kind->msix_bar == 0))
        return refuse(c, "`vf.bar[0]` has the registers that a guest gets, and nothing else: its MSI-X table lies in another one");
    if (!bars_are_good(c, whose, kind))
        return false;
    if (kind->vectors < (is_vf ? 1 : 2) || kind->vectors > PCI_MSIX_MAX)
        return refuse(c, "`%s.vectors` is %u: it is to be %u to %u", whose, kind->vectors, is_vf ? 1 : 2, PCI_MSIX_MAX);
    if (kind->state > CHIP_STATE_MAX)
        return refuse(c, "`%s.state` is %zu: at most %u bytes", whose, kind->state, CHIP_STATE_MAX);
    return msix_is_good(c, whose, kind) && capabilities_are_good(c, whose, kind, is_vf);
}

/* ---- hooks ---- */

static bool device_is_whole(const struct check *c)
{
    const struct vfsim_device_ops *o = c->chip->device;
    if (!o)
        return refuse(c, "`device` is NULL");
    bool driven = c->chip->queue; /* the library drives its queues */
    const struct {
        const char *name;
        bool is_there;
    } hooks[] = {{"read", o->read},
                 {"write", o->write},
                 {"dma_read_done", driven || o->dma_read_done},
                 {"dma_write_done", driven || o->dma_write_done},
                 {"reset", o->reset},
                 {"arrive", o->arrive},
                 {"receive", driven || o->receive},
                 {"counts", driven || o->counts}};
    for (unsigned i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++)
        if (!hooks[i].is_there)
            return refuse(c, "`device->%s` is NULL", hooks[i].name);
    return true;
}

static bool queues_are_whole(const struct check *c)
{
    const struct vfsim_queue_ops *o = c->chip->queue;
    unsigned pf = c->chip->pf.queues, vf = c->chip->vf.queues;
    if (!o)
        return (!pf && !vf) || refuse(c, "`%s.queues` is %u, and `queue` is NULL", pf ? "pf" : "vf", pf ? pf : vf);
    if (!o->buffer || !o->received || !o->sent || !o->written)
        return refuse(c, "`queue->%s` is NULL", !o->buffer ? "buffer" : !o->received ? "received" : !o->sent ? "sent" : "written");
    if (o->descriptor % 8)
        return refuse(c, "`queue->descriptor` is %u: a multiple of 8", o->descriptor);
    return in(c, "queue->descriptor", o->descriptor, 8, VFSIM_DESCRIPTOR_MAX) &&
           in(c, "queue->fragments", o->fragments, 1, VFSIM_FRAGMENTS_MAX) && in(c, "pf.queues", pf, 1, VFSIM_QUEUES_MAX) &&
           in(c, "vf.queues", vf, 1, VFSIM_QUEUES_MAX);
}

static bool rings_are_whole(const struct check *c)
{
    const struct vfsim_driver_rings *r = c->chip->driver->rings;
    if (!r)
        return true;
    if (!r->post || !r->received || !r->send || !r->sent || !r->mask)
        return refuse(c, "`driver->rings->%s` is NULL",
                      !r->post       ? "post"
                      : !r->received ? "received"
                      : !r->send     ? "send"
                      : !r->sent     ? "sent"
                                     : "mask");
    if (r->descriptor % 8 || r->buffer % 8)
        return refuse(c, "`driver->rings->%s` is to be a multiple of 8", r->descriptor % 8 ? "descriptor" : "buffer");
    return in(c, "driver->rings->descriptor", r->descriptor, 8, 4096) &&
           in(c, "driver->rings->buffer", r->buffer, FRAME_MAX_JUMBO, 65536);
}

static bool driver_is_whole(const struct check *c)
{
    const struct vfsim_driver_ops *o = c->chip->driver;
    if (!o)
        return refuse(c, "`driver` is NULL");
    bool driven = o->rings;
    const struct {
        const char *name;
        bool is_there;
    } hooks[] = {{"memory", o->memory},
                 {"start", o->start},
                 {"address", o->address},
                 {"vlan", o->vlan},
                 {"groups", o->groups},
                 {"port", o->port},
                 {"longest", o->longest},
                 {"loopback", o->loopback},
                 {"info", o->info},
                 {"drain", o->drain},
                 {"send", driven || o->send},
                 {"kick", driven || o->kick},
                 {"poll", driven || o->poll},
                 {"unmask", driven || o->unmask},
                 {"pending", driven || o->pending},
                 {"cause_read", !o->has_cause || o->cause_read}};
    for (unsigned i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++)
        if (!hooks[i].is_there)
            return refuse(c, "`driver->%s` is NULL", hooks[i].name);
    if (o->state > CHIP_STATE_MAX)
        return refuse(c, "`driver->state` is %zu: at most %u bytes", o->state, CHIP_STATE_MAX);
    if (o->bar >= VFSIM_BARS || !c->chip->pf.bar[o->bar].bytes)
        return refuse(c, "`driver->bar` is %u: the PF has no such BAR", o->bar);
    return rings_are_whole(c);
}

static bool memory_is_good(const struct check *c)
{
    unsigned step = c->chip->ring_step ? c->chip->ring_step : 8;
    for (uint32_t len = PF_RING_MIN_DESC; len <= PF_RING_MAX; len += step) {
        uint64_t bytes = c->chip->driver->memory(len, len);
        const struct vfsim_driver_rings *rings = c->chip->driver->rings;
        if (rings && bytes < vfsim_driver_rings_bytes(rings, len, len))
            return refuse(c, "`driver->memory` of rings of %u descriptors is %llu bytes, and `rings` need %llu", len,
                          (unsigned long long)bytes, (unsigned long long)vfsim_driver_rings_bytes(rings, len, len));
        if (!bytes || bytes % 4096 || bytes > UINT64_C(1) << 30)
            return refuse(c, "`driver->memory` of rings of %u descriptors is %llu bytes: whole pages of 4096, at most 1G", len,
                          (unsigned long long)bytes);
    }
    return true;
}

/* Where nobody reaches it a register would read as ones, and a driver that asks it wait for ever. */
static bool registers_are_in_bars(const struct check *c)
{
    for (unsigned i = 0; i < c->chip->register_count; i++) {
        const struct vfsim_register *r = &c->chip->registers[i];
        if (!r->name || !r->function || (strcmp(r->function, "PF") && strcmp(r->function, "VF")))
            return refuse(c, "`registers[%u]` has a name, and is of \"PF\" or of \"VF\"", i);
        bool is_vf = !strcmp(r->function, "VF");
        unsigned bar = is_vf ? 0 : c->chip->driver->bar;
        uint64_t end = (uint64_t)r->offset + (uint64_t)(r->count > 1 ? r->count - 1 : 0) * r->stride + 4;
        uint64_t bytes = is_vf ? c->chip->vf.bar[0].bytes : c->chip->pf.bar[bar].bytes;
        if (end > bytes)
            return refuse(c, "`registers[%u]`, %s of the %s, ends at 0x%llx: `%s.bar[%u]` has 0x%llx bytes", i, r->name,
                          r->function, (unsigned long long)end, is_vf ? "vf" : "pf", bar, (unsigned long long)bytes);
    }
    return true;
}

bool chip__is_sound(const struct vfsim_chip *chip, char *err, size_t cap)
{
    const struct check c = {chip, err, cap};
    return abi_is_ours(&c) && name_is_good(&c) && limits_are_good(&c) && function_is_good(&c, "pf", &chip->pf, false) &&
           function_is_good(&c, "vf", &chip->vf, true) && queues_are_whole(&c) && device_is_whole(&c) && driver_is_whole(&c) &&
           registers_are_in_bars(&c) && memory_is_good(&c);
}
