/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A virtual machine: RAM mapped at its guest window, vCPUs that run real guest code, MMIO ranges, interrupt lines.
 *
 * The guest's view is guest/include/machine.h. A VM is a component; a vCPU runs inside its events until it asks the machine for
 * something or its local clock passes the horizon (the engine's next event). Guest code never sees the future or a stale past.
 *
 * vCPUs of one VM share its RAM. What a vCPU does between two moments at which it says what it has spent (a charge, a call of the
 * machine) happens at once, at the first of them; and all that they do happens in the order of their clocks, at one time in that
 * of their numbers. So none has a turn of any length, and how far one runs ahead of the engine changes nothing: never past the
 * moment at which another one goes on.
 *
 * A guest that crashes, executes what we cannot carry out or loops without exits ends
 * its VM, at the time of its last exit, with image and symbol in vm_end_text(); the run goes on.
 *
 * A guest calls its machine at its local time: calls cost a cycle, so that nobody's loop stands still in time; an
 * access to trapped registers costs vm_exit_cycles, and so does each of many calls for nothing (vm_spin.c). A vCPU that
 * gets nowhere for 20 s ends with its VM, as a soft lockup. A busy vCPU runs at most 1 ms ahead of the engine, and past the end
 * of a sim_run_until() only its own clock.
 *
 * The guest image is loaded at 1 MiB and entered by each vCPU as void entry(uint64_t window) on a stack of its own (64 KiB, the
 * first one's at the top of RAM, the next one's below); the heap begins at the page behind the image. Returning from it, like any
 * other nonsense, ends the VM.
 *
 * Saved are RAM, registers, clock, lines, jobs, images and frame tags. MMIO ranges are wiring and are not: who maps one
 * at run time (a hypervisor for a VF) maps it again when it loads its own state, in any order with the VM's load.
 *
 * Signal handlers of this process need SA_ONSTACK while VMs exist (vm/cpu/trap.h).
 *
 * Many worlds with VMs may be in a process; the one whose guest code runs has its VMs in their windows (vm/window.c), and all of
 * them belong to one thread, that which made the first of those that exist: vm_create() refuses another one.
 */
#ifndef VFSIM_VM_H
#define VFSIM_VM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/frame/mem.h"
#include "core/world/sim.h"
#include "cpu/cpu.h"
#include "guest/include/machine.h"
#include "net/workload.h"
#include "pcie/pcie.h"
#include "vm/cpu/vcpu.h"

enum { VM_VCPUS_MAX = 8, VM_SLOTS_MAX = VCPU_WINDOWS_MAX, VM_RAM_MIN = 4 << 20, VM_RAM_DEFAULT = 16 << 20, VM_RAM_MAX = 1 << 30 };

struct vm;
struct vm_kind;

struct vm_params {
    const char *name;   /* also the name of its port (captures) and station */
    unsigned slot;      /* number of the VM in scenario order */
    uint64_t ram_bytes; /* 0: default; multiple of 2 MiB */
    const char *image;  /* path of the guest image (static PIE) */
    const struct vm_kind *kind; /* its guest runs elsewhere (vm/kind.h): without image; NULL: here */
    enum machine_app app;
    uint8_t mac[6];
    bool npa;
    enum machine_net net;
    enum machine_face face;  /* of its image: what its system costs */
    uint32_t bridge_vlan[2]; /* MACHINE_APP_BRIDGE: its two sides, 0 untagged */
    uint32_t writer_pages, writer_rate_pps; /* MACHINE_APP_WRITER: working set, and how many it writes a second */
    uint32_t vf_drivers;       /* MACHINE_DRIVER_… */
    uint32_t vcpus;            /* 0: 1 */
    uint32_t queues;           /* 0: one for each vCPU; never fewer than that */
    uint32_t mtu;              /* 0: 1500 */
    uint32_t rx_ring, tx_ring; /* 0: 256 */
    uint32_t tx_burst;         /* bytes of the longest frame its workloads make to be segmented; 0: none */
};

/* Builds RAM, window, image, station. Nothing runs before vm_boot(). NULL with a reason in err; after a name that was
 * taken the world is good for sim_destroy() only. */
struct vm *vm_create(struct sim *sim, const struct vm_params *params, char *err, size_t err_cap);
void vm_destroy(struct vm *vm);
void vm_boot(struct vm *vm); /* the vCPUs start at the current time */
/* What its vCPUs are on the cores of the host it lives on, whose they stay, one for each: before it boots, while it is detached
 * (vm/move.h), or to wire it again after a load. Without, they are on nobody's cores. */
void vm_set_threads(struct vm *vm, struct cpu_thread *thread);
/* Do the accounts of its vCPUs balance with their clocks? As of cpu_thread_check(). */
int vm_check_account(const struct vm *vm, char *why, size_t cap);

struct component *vm_component(struct vm *vm);
struct sim_mem *vm_mem(struct vm *vm);
/* Its application's end; mac follows the guest's changes (hypervisor sets it). */
void vm_set_mac(struct vm *vm, const uint8_t mac[6]); /* that of its station */
struct station *vm_station(struct vm *vm);
const char *vm_name(const struct vm *vm);
uint32_t vm_echo_flow(const struct vm *vm); /* flow of frames the echo or bridge makes: "<name>/echo"; 0 for other apps */
const struct vm_params *vm_get_params(const struct vm *vm);

/* ---- devices ---- */
enum vm_mmio_kind {
    VM_MMIO_TRAPPED, /* emulated: an access is a VM exit, costs vm_exit_cycles, then reaches the function at once */
    VM_MMIO_DIRECT, /* passed through: posted writes over PCIe, reads wait for the answer */
};
/* [gpa, gpa+len) reaches `fn` BAR `bar` from `off`. 0, -EINVAL (not in MMIO space, not page-sized), -EEXIST, -ENOSPC
 * (16 ranges). */
int vm_map_mmio(struct vm *vm, uint64_t gpa, uint64_t len, struct pci_function *fn, unsigned bar, uint32_t off,
                enum vm_mmio_kind kind);
/* Guest-physical, where the guest sees what is mapped at MACHINE_MEMIO_HOLE; 0: nowhere. */
uint64_t vm_memio(const struct vm *vm);
/* 0 or -ENOENT. Later accesses: reads all ones, writes counted and dropped. */
int vm_unmap_mmio(struct vm *vm, uint64_t gpa);

/* A sink for a function's messages: address MACHINE_MSI_ADDRESS, data = line. Emulated ones pay irq_inject_cycles,
 * posted ones irq_posted_ps. */
struct msi_sink *vm_msi_sink(struct vm *vm, bool posted);
void vm_irq(struct vm *vm, unsigned line); /* raise now, without cost */

/* ---- operator ---- */
/* Ask the guest to do `job` (number is filled in); `from` gets event (EV_HOST, verb, a = cookie, b = status 0 or
 * -errno) when the guest says it is done; -EIO if the VM ends first, -EAGAIN when 64 wait. `from` may be NULL. Jobs are
 * done one at a time in order. */
void vm_job(struct vm *vm, const struct machine_job *job, struct component *from, uint16_t verb, uint64_t cookie);

enum vm_state { VM_CREATED, VM_RUNNING, VM_ENDED };
enum vm_state vm_get_state(const struct vm *vm);
void vm_kill(struct vm *vm, const char *why); /* ends it now, if it runs */
bool vm_has_booted(const struct vm *vm); /* its shell is up and has done the jobs that waited for it */
/* Its data path is a VF, without its shell knowing (UPT). */
void vm_set_on_vf(struct vm *vm, bool on);
const char *vm_end_text(const struct vm *vm); /* "" before; "page fault at 0x… in plugin.so checkRxRing+0x1c (plugin)" */

/* MACHINE_OP_NOTE */
struct vm_note_listener {
    void (*noted)(struct vm_note_listener *self, struct vm *vm, uint32_t note, uint64_t b, uint64_t c);
    void (*ended)(struct vm_note_listener *self, struct vm *vm); /* it has become VM_ENDED just now; may be NULL */
    struct vm_note_listener *next;
};
void vm_listen_notes(struct vm *vm, struct vm_note_listener *listener);

/* Exits as a real hypervisor would count them. Most calls of the machine are none (sim/vm/spin.c). */
enum vm_exit {
#define VM_EXIT(name, text) VM_EXIT_##name,
#include "vm/exit.def"
#undef VM_EXIT
    VM_EXITS
};
const char *vm_exit_name(enum vm_exit kind);

struct vm_stats {
    uint64_t calls[16]; /* by enum machine_op */
    uint64_t trapped_mmio, direct_mmio, fault_exits, unmapped_mmio;
    uint64_t irqs, cycles_charged, frames_delivered, bad_handovers;
    uint64_t frames_made; /* by its application */
    uint64_t delivered_on_vf, made_on_vf; /* of these, while its data path was a VF */
    uint64_t tx_stops; /* times that its shell told that its transmit queue was stopped */
    uint64_t boots; /* times its shell said it was up */
    uint64_t bad_requests; /* calls with arguments that make no sense: refused */
};
void vm_get_stats(const struct vm *vm, struct vm_stats *out);
uint64_t vm_exits(const struct vm *vm, enum vm_exit kind);

/* What calls of counted code cost, by the profile; of code that nobody has counted, what it assumes. */
struct guest_counts;
struct machine_calls vm_calls(struct profile *profile, const struct guest_counts *counts);

/* FNV-1a over all allocated RAM (holes count as zero): two runs under address randomisation agree. */
uint64_t vm_ram_hash(const struct vm *vm);

/* ---- debugging ---- */
/* Images inside the VM, for symbols in end texts and for GDB (JIT interface): `elf` bytes are copied; code starts at
 * `base`. */
void vm_add_image(struct vm *vm, const char *name, const void *elf, size_t len, uint64_t base);
void vm_remove_image(struct vm *vm, uint64_t base);
extern int vm_debugger_enabled; /* set by `vfsim run --gdb` before the world is built */
extern int vm_traps_each_store; /* set by `vfsim run --plain-mmio`: no store of a guest's becomes a jump (vm/cpu/patch.h) */

#endif
