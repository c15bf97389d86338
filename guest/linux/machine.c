/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine that the shell's core runs on here (guest/include/machine.h): a real kernel. Of its calls registers, texts and notes
 * mean something; nobody counts cycles, so that a cycle is a nanosecond, and frames have no identity.
 */
#include "guest/linux/half.h"

static struct machine machine;
static void *code;
static uint64_t code_at;

volatile struct machine *sh_machine(void) { return &machine; }

void machine_prepare(const struct shell_setup *setup)
{
    enum { QUEUE = 64 }; /* what waits in front of a path: the queueing discipline holds the rest */
    machine.magic = MACHINE_MAGIC;
    machine.version = MACHINE_VERSION;
    machine.cpu_khz = 1000000;
    machine.npa = setup->npa;
    machine.queues = setup->queues;
    machine.mtu = setup->mtu;
    machine.rx_ring = setup->rx_ring;
    machine.tx_ring = setup->tx_ring;
    machine.tx_queue_frames = QUEUE;
    machine.tx_burst = setup->tx_bytes_max;
    code_at = 0;
}

uint64_t sh_now(void) { return os_now_ns(); }

/* ---- memory ---- */

enum { HEAP_MAX = 12 << 20 }; /* of which transmit buffers take a third: one piece that any kernel has */
static uint64_t taken;

void machine_forget_memory(void) { taken = 0; }
uint64_t heap_left(void) { return taken < HEAP_MAX ? HEAP_MAX - taken : 0; }

uint64_t heap_alloc(uint64_t bytes, uint64_t align)
{
    (void)align; /* of a page */
    uint64_t at = bytes <= heap_left() ? os_alloc(bytes) : 0;
    if (at)
        taken += bytes;
    return at;
}

void *sh_va(uint64_t gpa)
{
    if (gpa - MACHINE_MEMIO_HOLE < MACHINE_MEMIO_HOLE_SIZE)
        return os_plain_registers(OS_VF);
    return gpa == MACHINE_VMXNET3_BAR0 ? os_plain_registers(OS_BAR0) : os_va(gpa);
}

uint64_t sh_code_alloc(uint64_t bytes)
{
    code_at = os_alloc_code(bytes, &code);
    return code_at;
}
void *sh_code_va(uint64_t gpa) { return (char *)code + (gpa - code_at); }

/* ---- registers ---- */

uint64_t sh_memio_page(void) { return os_vf_page(); }
bool sh_has_plain_registers(void) { return os_plain_registers(OS_VF); }

static enum os_window window_of(uint64_t gpa, uint32_t *off)
{
    enum { BAR_BYTES = 4096 };
    if (gpa - MACHINE_VMXNET3_BAR0 < BAR_BYTES) {
        *off = (uint32_t)(gpa - MACHINE_VMXNET3_BAR0);
        return OS_BAR0;
    }
    if (gpa - MACHINE_VMXNET3_BAR1 < BAR_BYTES) {
        *off = (uint32_t)(gpa - MACHINE_VMXNET3_BAR1);
        return OS_BAR1;
    }
    *off = (uint32_t)(gpa - MACHINE_MEMIO_HOLE);
    return *off < MACHINE_MEMIO_HOLE_SIZE ? OS_VF : OS_WINDOWS;
}

static uint64_t access(uint64_t op, uint64_t gpa, uint64_t value)
{
    uint32_t off;
    enum os_window window = window_of(gpa, &off);
    if (window == OS_WINDOWS)
        return ~0ull;
    if (op == MACHINE_OP_MMIO_READ)
        return os_read32(window, off);
    shell_counts.refused += window == OS_BAR1 && off == VMXNET3_REG_CMD && value == NPA_CMD_DECLINE;
    os_write32(window, off, (uint32_t)value);
    return 0;
}

/* ---- calls ---- */

static void noted(uint64_t note, uint64_t b, uint64_t c)
{
    if (note == MACHINE_NOTE_PATH) {
        shell_counts.to_vf += b && !shell_counts.on_vf;
        shell_counts.to_emulation += !b && shell_counts.on_vf;
        shell_counts.on_vf = b;
    } else if (note == MACHINE_NOTE_PLUGIN_CHECKED) {
        shell_counts.offered++;
    } else if (note == MACHINE_NOTE_DRAINED) {
        shell_counts.drained += c;
    } else if (note == MACHINE_NOTE_RECLAIMED) {
        shell_counts.reclaimed_tx += c;
    }
}

uint64_t sh_exit(uint64_t op, uint64_t a, uint64_t b, uint64_t c)
{
    switch (op) {
    case MACHINE_OP_MMIO_READ:
    case MACHINE_OP_MMIO_WRITE:
        return access(op, a, c);
    case MACHINE_OP_NOTE:
        noted(a, b, c);
        return 0;
    case MACHINE_OP_PANIC:
        os_panic((const char *)(uintptr_t)a);
        return 0;
    default: /* a frame's end, which nobody books here */
        return 0;
    }
}
