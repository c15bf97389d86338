/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "external/function.h"

#include <string.h>

enum {
    COMMAND = 0x04,
    COMMAND_MEMORY = 1 << 1,
    BAR_FIRST = 0x10,
    BAR_END = 0x28,
    ROM = 0x30,
    INTERRUPT = 0x3c, /* its line and, above it, its pin */
    CAP_MSIX = 0x11,
    SRIOV_PLACES = 0x14, /* of the capability: First VF Offset and, above it, VF Stride */
    DEVICE_STRIDE = 8,   /* between two devices of a bus, in routing ids */
    MSIX_CONTROL = 3, /* the byte with its enable bit, 7 */
    MSIX_ON = 0x80,
    BAR_IS_64 = 4,
    HOLE_BAR = 3, /* of a vmxnet3 of a hypervisor with NPA */
    ALL_BYTES = 8,
};

bool guest_function_is_vf(const struct guest_function *g) { return pci_config_read(g->fn, 0, 2) == 0xffff; }

void guest_function_init(struct guest_function *g, struct vm *vm, struct pci_function *fn)
{
    *g = (struct guest_function){.vm = vm, .fn = fn, .msix = pci_find_capability(fn, CAP_MSIX)};
    if (g->msix)
        pci_msix_enable(fn, false); /* as firmware leaves it: its driver turns it on */
}

static bool answers(const struct guest_function *g)
{
    return (g->is_of_own_pf || vm_has_function(g->vm, g->fn)) && pci_function_is_present(g->fn);
}

/* ---- config space ---- */

static uint64_t size_of_bar(const struct guest_function *g, unsigned i, bool *is_64)
{
    uint64_t size = pci_function_bar(g->fn, i, is_64);
    return i == HOLE_BAR && g->has_hole ? MACHINE_MEMIO_HOLE_SIZE : size;
}

uint64_t guest_function_hole(const struct guest_function *g)
{
    return g->has_hole ? g->bar[HOLE_BAR] & ~(MACHINE_MEMIO_HOLE_SIZE - 1) : 0;
}

/* A BAR as it is read back: the address that was written, above its size, and its kind [PCI 3.0 6.2.5.1]. */
static uint32_t bar_value(const struct guest_function *g, unsigned i)
{
    bool is_64, below_is_64 = false;
    uint64_t size = size_of_bar(g, i, &is_64);
    uint64_t below = i ? size_of_bar(g, i - 1, &below_is_64) : 0;
    if (below && below_is_64)
        return g->bar[i] & (uint32_t)(~(below - 1) >> 32);
    return size ? (g->bar[i] & (uint32_t)~(size - 1)) | (is_64 ? BAR_IS_64 : 0) : 0;
}

static uint32_t config_word(const struct guest_function *g, uint32_t off)
{
    uint32_t value = pci_config_read(g->fn, (uint16_t)off, 4);
    if (!answers(g))
        return UINT32_MAX;
    if (g->sriov && off == (uint32_t)(g->sriov + SRIOV_PLACES)) /* its kernel has no functions but the first */
        return DEVICE_STRIDE | DEVICE_STRIDE << 16;
    if (off == 0)
        return pci_function_identity(g->fn);
    if (off == COMMAND)
        return value | (g->decodes ? COMMAND_MEMORY : 0);
    if (off >= BAR_FIRST && off < BAR_END)
        return bar_value(g, (off - BAR_FIRST) / 4);
    if (off == ROM)
        return 0;
    return off == INTERRUPT && !pci_has_intx(g->fn) ? value & ~UINT32_C(0xff00) : value;
}

void guest_config_read(const struct guest_function *g, uint64_t addr, uint8_t *to, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++) {
        uint64_t off = addr + i;
        to[i] = off < PCI_CONFIG_SIZE ? (uint8_t)(config_word(g, (uint32_t)off & ~3u) >> 8 * (off & 3)) : 0xff;
    }
}

/* Its driver has taken the function up, or lets go of it. */
static void look_at_msix(struct guest_function *g)
{
    bool on =
        g->msix && pci_function_is_present(g->fn) && (pci_config_read(g->fn, (uint16_t)(g->msix + MSIX_CONTROL), 1) & MSIX_ON);
    if (on == g->uses_msix)
        return;
    g->uses_msix = on;
    if (guest_function_is_vf(g))
        vm_tell(g->vm, MACHINE_NOTE_VF_DRIVER, on ? MACHINE_VF_UP : MACHINE_VF_STOPS, 0);
}

void guest_config_write(struct guest_function *g, uint64_t addr, uint32_t size, uint32_t value)
{
    if (addr + size > PCI_CONFIG_SIZE || !answers(g))
        return;
    if (addr >= BAR_FIRST && addr < BAR_END) {
        if (size == 4)
            g->bar[(addr - BAR_FIRST) / 4] = value;
        return;
    }
    if (addr == COMMAND && guest_function_is_vf(g))
        g->decodes = value & COMMAND_MEMORY;
    pci_config_write(g->fn, (uint16_t)addr, size, value);
    look_at_msix(g);
}

/* ---- registers ---- */

/* How much of an access of `left` bytes at `off` is one of the bus. */
static unsigned bite(uint32_t off, uint32_t left)
{
    unsigned size = ALL_BYTES;
    while (size > left || off % size)
        size /= 2;
    return size;
}

/* Where an access goes: to the function itself, or to the one behind its hole; NULL: the hypervisor lets it through to nobody. */
static struct pci_function *target(const struct guest_function *g, unsigned *bar, uint32_t *off, unsigned size)
{
    if (g->has_hole && *bar == HOLE_BAR)
        return *off < MACHINE_MEMIO_HOLE_SIZE ? vm_function_at(g->vm, MACHINE_MEMIO_HOLE + *off, size, bar, off) : NULL;
    return vm_has_function(g->vm, g->fn) ? g->fn : NULL;
}

static void write_one(struct guest_function *g, unsigned bar, uint32_t off, unsigned size, uint64_t value)
{
    struct pci_function *to = target(g, &bar, &off, size), *fn = to ? to : g->fn;
    bool is_done = to && pci_mmio_poke(to, bar, off, size, value);
    trace_pci_mmio_write(pci_function_component(fn), pci_function_rid(fn), bar, off, value,
                         is_done ? "done" : "dropped: nobody decodes it");
}

void guest_mmio_write(struct guest_function *g, unsigned bar, uint32_t off, const uint8_t *from, uint32_t len)
{
    unsigned size;
    for (uint32_t done = 0; done < len; done += size) {
        uint64_t value = 0;
        size = bite(off + done, len - done);
        memcpy(&value, from + done, size);
        write_one(g, bar, off + done, size, value);
    }
}

void guest_mmio_fill(struct guest_function *g, unsigned bar, uint32_t off, uint8_t byte, uint32_t len)
{
    unsigned size;
    for (uint32_t done = 0; done < len; done += size) {
        uint64_t value = 0;
        size = bite(off + done, len - done);
        memset(&value, byte, size);
        write_one(g, bar, off + done, size, value);
    }
}

static uint64_t read_one(const struct guest_function *g, unsigned bar, uint32_t off, unsigned size)
{
    struct pci_function *from = target(g, &bar, &off, size), *fn = from ? from : g->fn;
    bool is_done = from && pci_mmio_is_decoded(from, bar, off, size);
    uint64_t value = is_done ? pci_mmio_peek(from, bar, off, size) : UINT64_MAX;
    trace_pci_mmio_read(pci_function_component(fn), pci_function_rid(fn), bar, off, value,
                        is_done ? "answered" : "nobody decodes it");
    return value;
}

void guest_mmio_read(const struct guest_function *g, unsigned bar, uint32_t off, uint8_t *to, uint32_t len)
{
    unsigned size;
    for (uint32_t done = 0; done < len; done += size) {
        size = bite(off + done, len - done);
        uint64_t value = read_one(g, bar, off + done, size);
        memcpy(to + done, &value, size);
    }
}
