/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device that knows nothing of any chip: registers that read as what was written to them last, or as nonsense. All ones is what a
 * processor reads from a device that was pulled out.
 */
#include <string.h>

#include "conformance/conformance__.h"

static uint64_t noise(struct stand *s)
{
    s->noise = s->noise * 6364136223846793005u + 1442695040888963407u;
    return s->noise >> 16;
}

static uint64_t read_register(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size)
{
    struct stand *s = pci_function_data(fn);
    uint64_t value = 0;
    s->mock_accesses++;
    switch (s->mode) {
    case STAND_MODE_ECHO:
        memcpy(&value, s->memory + off, size);
        return value;
    case STAND_MODE_ONES:
        return UINT64_MAX;
    case STAND_MODE_NOISE:
        return noise(s);
    case STAND_MODE_ZEROS:
    case STAND_MODES:
        break;
    }
    return 0;
}

static void write_register(struct pci_function *fn, unsigned bar, uint32_t off, unsigned size, uint64_t value)
{
    struct stand *s = pci_function_data(fn);
    s->mock_accesses++;
    memcpy(s->memory + off, &value, size);
}

static void nothing_read(struct pci_function *fn, uint64_t tag, const void *data, uint32_t len, enum pci_status status) {}
static void nothing_written(struct pci_function *fn, uint64_t tag, enum pci_status status) {}
static void reset(struct pci_function *fn, enum pci_reset kind) {}

static uint64_t power_of_two(uint64_t bytes)
{
    uint64_t size = 4096;
    while (size < bytes)
        size *= 2;
    return size;
}

void stand__mock_create(struct stand *s)
{
    static const struct pci_function_ops ops = {.mmio_read = read_register,
                                                .mmio_write = write_register,
                                                .dma_read_done = nothing_read,
                                                .dma_write_done = nothing_written,
                                                .reset = reset};
    uint64_t bytes = power_of_two(s->config.memio_bytes);
    struct pci_function_params params = {.vendor = 0x1af4, /* a QEMU device's, of those that are nobody's */
                                         .device = 0x10ff,
                                         .class_code = 0x020000,
                                         .rid = 0x210,
                                         .bar_size = {bytes}};
    s->mock = pci_function_create(s->link, &s->comp, s, &ops, &params);
    pci_config_write(s->mock, 4, 2, 6);
    vm_map_mmio(s->vm, MACHINE_MEMIO_HOLE, (s->config.memio_bytes + 4095u) & ~4095u, s->mock, 0, 0, VM_MMIO_TRAPPED);
}
