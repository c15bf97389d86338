/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Boot: the image is loaded and relocated, the machine page filled, the stack ready. */
#include "guest/plugins/vmxnet3/vmxnet3_plugin.h"
#include "guest/shell/shell.h"

struct shell shell;

void _start(uint64_t window) __attribute__((noreturn, visibility("default")));

static uint32_t clamp(uint32_t value, uint32_t low, uint32_t high) { return value < low ? low : value > high ? high : value; }

/* All RAM behind the image is ours but the stack. */
static void find_heap(volatile struct machine *m)
{
    shell.heap = m->heap_gpa;
    shell.heap_end = m->ram_bytes;
    if (m->stack_gpa >= shell.heap && m->stack_gpa < shell.heap_end) {
        if (m->stack_gpa - shell.heap >= shell.heap_end - (m->stack_gpa + m->stack_bytes))
            shell.heap_end = m->stack_gpa;
        else
            shell.heap = m->stack_gpa + m->stack_bytes;
    }
}

static void start_emulated(void)
{
    struct path *path = &shell.path[PATH_EMULATED];
    if (!path_provide(path, PATH_EMULATED, shell.queues) || !buffers_init_tx() || !path_fits(path))
        log_panic("shell: not enough memory for rings and buffers");
    path->auto_mask = true;
    if (!device_start())
        log_panic("shell: ACTIVATE_DEV refused");
}

/* Vector i of the table is line i. */
static void program_msix(void)
{
    for (uint32_t v = 0; v <= shell.event_line; v++) {
        uint64_t entry = MACHINE_VMXNET3_BAR2 + VMXNET3_MSIX_TABLE + 16 * v;
        sh_write32(entry, (uint32_t)MACHINE_MSI_ADDRESS);
        sh_write32(entry + 4, (uint32_t)(MACHINE_MSI_ADDRESS >> 32));
        sh_write32(entry + 8, v);
        sh_write32(entry + 12, 0); /* unmasked */
    }
}

static void start_with_vmxnet3(void)
{
    device_init();
    program_msix();
    control_init();
    start_emulated();
    if (!shell.native.enabled)
        sh_note(MACHINE_NOTE_BOOTED, 0, 0);
    sh_note(MACHINE_NOTE_PATH, PATH_EMULATED, 0);
}

static void start_without_vmxnet3(void)
{
    shell.no_carrier = true;
    if (!buffers_init_tx())
        log_panic("shell: not enough memory for buffers");
}

void _start(uint64_t window)
{
    volatile struct machine *m = machine_page(window);
    if (m->vcpu) {
        smp_wait_for_start(window);
        face_run();
    }
    shell.window = window;
    if (m->magic != MACHINE_MAGIC || m->version != MACHINE_VERSION)
        log_panic("shell: not the machine it was built for");
    smp_init(clamp(m->vcpus, 1, SHELL_QUEUES_MAX));
    shell.queues = clamp(m->queues, shell.cpus, SHELL_QUEUES_MAX);
    shell.rx_ring = clamp(m->rx_ring, SHELL_RING_MIN, SHELL_RING_MAX) / 32 * 32;
    shell.tx_ring = clamp(m->tx_ring, SHELL_RING_MIN, SHELL_RING_MAX) / 32 * 32;
    shell.poll_budget = SHELL_POLL_BUDGET;
    shell.features = UPT1_F_RXCSUM | UPT1_F_RXVLAN;
    shell.mtu = clamp(m->mtu, VMXNET3_MIN_MTU, VMXNET3_MAX_MTU);
    if (!vmxnet3_rx_ring_size(shell.rx_ring, shell.mtu))
        shell.rx_ring = vmxnet3_buffers_a_frame(shell.mtu) * VMXNET3_RING_SIZE_ALIGN; /* the least the device takes */
    find_heap(m);
    tx_init();
    face_start();
    native_init();
    if (m->net == MACHINE_NET_VF)
        start_without_vmxnet3();
    else
        start_with_vmxnet3();
    native_boot();
    smp_start();
    face_run();
}
