/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/vm.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/engine/horizon.h"
#include "core/engine/probe.h"
#include "core/prng.h"
#include "vm/kind.h"
#include "vm/vm__.h"

enum { RAM_UNIT = 2 << 20 };

static uint64_t runs_until(const void *vcpu) { return vm__runs_until(vcpu); }

static void show_vcpu(const struct vcpu *vcpu, struct probes *to)
{
    probe_add_until(to, runs_until, vcpu, "runs");
    probe_add(to, MACHINE_IRQ_LINES, probe_u32, &vcpu->run.irq_pending, "irq");
}

static void show(struct component *self, struct probes *to) { show_vcpu(&((struct vm *)self)->vcpu[0], to); }
static void show_other(struct component *self, struct probes *to)
{
    show_vcpu((struct vcpu *)((char *)self - offsetof(struct vcpu, own)), to);
}

/* ---- its state ---- */

bool vm__run_is_sound(const struct vm_run *run)
{
    return run->state <= VM_ENDED && run->job_head < VM_JOBS_MAX && run->job_count <= VM_JOBS_MAX && run->line_len < VM_LINE_MAX;
}

bool vm__vcpu_is_sound(const struct vcpu_run *run) { return run->phase <= VM_PHASE_END && run->op.access.reg < 16; }

static void save_vcpu(struct vcpu *vcpu, struct save *s)
{
    save_field(s, vcpu->run);
    save_field(s, vcpu->page_wait);
    save_field(s, vcpu->spin);
    save_field(s, vcpu->posts);
    save_field(s, vcpu->exits);
    save_field(s, vcpu->tx_stopped_ps);
    save_field(s, vcpu->off_core);
    save_field(s, vcpu->paced);
    save_bytes(s, vm__regs(vcpu), sizeof(vcpu->regs));
    if (!s->err && !(vm__vcpu_is_sound(&vcpu->run) && vm__posts_are_sound(vcpu)))
        save_fail(s, -EPROTO, "the state of vCPU %u is impossible", vcpu->number);
    if (save_is_loading(s))
        vm__publish_irq(vcpu);
}

static void save_vm(struct component *self, struct save *s)
{
    struct vm *vm = (struct vm *)self;
    save_section(s, "vm", 9);
    save_expect_u64(s, "the VM's slot", vm->params.slot);
    save_expect_u64(s, "cpu_khz", vm->khz);
    save_expect_u64(s, "vCPUs", vm->vcpus);
    save_field(s, vm->run);
    save_field(s, vm->amid);
    save_field(s, vm->station.mac);
    if (!s->err && !(vm__run_is_sound(&vm->run) && vm->amid <= vm->vcpus))
        save_fail(s, -EPROTO, "the VM's state is impossible");
    for (uint32_t i = 0; i < vm->vcpus && !s->err; i++)
        save_vcpu(&vm->vcpu[i], s);
    vm->run.end_text[sizeof(vm->run.end_text) - 1] = '\0';
    vm__image_save(vm, s);
    vm__ram_save(vm, s);
    mem_save(&vm->mem, s);
    if (save_is_loading(s) && vm->run.detached)
        vm__window_close(vm);
}

static const struct component_ops ops = {.kind = "vm", .event = vm__event, .save = save_vm, .show = show};
/* Its state is saved with its VM's. */
static const struct component_ops vcpu_ops = {.kind = "vcpu", .event = vm__vcpu_event, .show = show_other};

/* ---- interrupts ---- */

/* The machine page is that of who was entered last; another one finds it there when he is. */
void vm__publish_irq(struct vcpu *vcpu)
{
    if (vcpu->vm->loaded == vcpu)
        vcpu->vm->page->irq_pending = vcpu->run.irq_pending;
}

uint32_t vm__take_irq(struct vcpu *vcpu)
{
    uint32_t pending = vcpu->run.irq_pending;
    vcpu->run.irq_pending = 0;
    vm__charge(vcpu, CPU_interrupt, vcpu->run.irq_owed);
    vcpu->run.irq_owed = 0;
    vm__publish_irq(vcpu);
    return pending;
}

void vm__irq(struct vcpu *vcpu, unsigned line)
{
    struct vm *vm = vcpu->vm;
    assert(line < MACHINE_IRQ_LINES);
    if (vm->run.state == VM_ENDED)
        return;
    mem_is_unseen(&vm->mem);
    vm->run.stats.irqs++;
    vcpu->run.irq_pending |= 1u << line;
    vm__publish_irq(vcpu);
    if (vm->run.state == VM_RUNNING && vcpu->run.phase == VM_PHASE_WAIT)
        vm__wake_at(vcpu, sim_now(vm->comp.sim));
}

void vm_irq(struct vm *vm, unsigned line) { vm__irq(vm__of_line(vm, line), line); }

void vm__irq_arrived(struct vm *vm, uint64_t line, uint64_t sink)
{
    vm->run.raising[sink & 1] &= ~(1u << (line & 31));
    vm__owe_irq(vm__of_line(vm, line & 31), sink & 1);
    vm_irq(vm, line & 31);
}

/* What one vCPU tells another is on its way as long as an interrupt that a thread of the host puts in; a call that is under way
 * already says the same. */
bool vm__ipi(struct vcpu *from, uint64_t to)
{
    struct vm *vm = from->vm;
    if (to >= vm->vcpus || to == from->number)
        return false;
    if (vm->run.ipis >> to & 1)
        return true;
    vm->run.ipis |= 1u << to;
    sim_time delay = vm__cost_ps(vm, profile_get(&vm->comp.sim->profile, PROFILE_irq_inject_cycles));
    event_post(from->comp, &vm->comp, sim_now(vm->comp.sim) + delay, EV_HW, VM_EV_IPI, to, 0, vm->run.irq_gen);
    return true;
}

void vm__ipi_arrived(struct vm *vm, uint64_t to)
{
    struct vcpu *vcpu = &vm->vcpu[to % vm->vcpus];
    vm->run.ipis &= ~(1u << vcpu->number);
    vm__owe_irq(vcpu, 0);
    vm__irq(vcpu, MACHINE_IRQ_IPI);
}

/* What is between a message and the guest's handler: a device's is posted by hardware, or comes to the host, which puts it in; that
 * of a device which the hypervisor emulates is put in by one of its threads. */
sim_time vm__delivery_ps(struct vm *vm, unsigned sink)
{
    struct profile *profile = &vm->comp.sim->profile;
    uint64_t inject = profile_get(profile, PROFILE_irq_inject_cycles);
    if (!sink)
        return vm__cost_ps(vm, inject);
    if (profile_get(profile, PROFILE_irq_posted))
        return profile_get(profile, PROFILE_irq_posted_ps);
    return vm__cost_ps(vm, inject + profile_get(profile, PROFILE_host_irq_cycles));
}

/* What a guest's vCPU pays for an interrupt, when it takes it: woken, the way back from the host's scheduler; running, and nothing
 * posts into it, the exit in which it is put in, and the host's handler if a device of its own has sent it; then the end of it. */
void vm__owe_irq(struct vcpu *vcpu, unsigned sink)
{
    struct vcpu_run *run = &vcpu->run;
    struct profile *profile = &vcpu->vm->comp.sim->profile;
    uint64_t eoi = profile_get(profile, PROFILE_eoi_cycles);
    if (vcpu->vm->run.state != VM_RUNNING)
        return;
    if (run->phase == VM_PHASE_WAIT) {
        run->irq_owed += run->irq_pending ? 0 : profile_get(profile, PROFILE_vcpu_wake_cycles);
    } else if (!profile_get(profile, PROFILE_irq_posted)) {
        vcpu->exits[VM_EXIT_kick]++;
        run->irq_owed += profile_get(profile, PROFILE_vm_exit_cycles) + (sink ? profile_get(profile, PROFILE_host_irq_cycles) : 0);
    }
    vcpu->exits[VM_EXIT_eoi] += eoi != 0;
    run->irq_owed += eoi;
}

static void sink_message(struct msi_sink *self, struct pci_function *fn, uint64_t address, uint32_t data)
{
    struct vm_sink *sink = (struct vm_sink *)self;
    struct vm *vm = sink->vm;
    struct vm_run *run = &vm->run;
    (void)fn;
    if (run->state == VM_ENDED)
        return;
    if (address != MACHINE_MSI_ADDRESS || data >= MACHINE_IRQ_WORK || data == MACHINE_IRQ_IPI) {
        vm__bad(vm, "an interrupt message with data", data);
        return;
    }
    if (run->paused) { /* whoever stopped it pays for what was under way */
        vm_irq(vm, data);
        return;
    }
    /* A second message before the first has become an interrupt tells the guest nothing new. */
    if (run->raising[sink->index] & 1u << data)
        return;
    run->raising[sink->index] |= 1u << data;
    event_post(&vm->comp, &vm->comp, sim_now(vm->comp.sim) + vm__delivery_ps(vm, sink->index), EV_HW, VM_EV_IRQ, data, sink->index,
               run->irq_gen);
}

struct msi_sink *vm_msi_sink(struct vm *vm, bool posted) { return &vm->sink[posted].sink; }

/* ---- life ---- */

static int check_params(struct vm *vm, const struct vm_params *params, char *err, size_t err_cap)
{
    struct vm_params *p = &vm->params;
    const char *name = params->name ? params->name : "";
    if (name[0] == '\0' || strlen(name) >= sizeof(vm->comp.name)) {
        snprintf(err, err_cap, "vm \"%s\": a name has 1 to %zu bytes", name, sizeof(vm->comp.name) - 1);
        return -EINVAL;
    }
    snprintf(vm->name, sizeof(vm->name), "%s", name);
    *p = *params;
    p->name = vm->name;
    p->ram_bytes = p->ram_bytes ? p->ram_bytes : VM_RAM_DEFAULT;
    p->vcpus = vm->vcpus;
    p->queues = p->queues ? p->queues : p->vcpus;
    p->mtu = p->mtu ? p->mtu : 1500;
    p->rx_ring = p->rx_ring ? p->rx_ring : 256;
    p->tx_ring = p->tx_ring ? p->tx_ring : 256;
    if (p->slot >= VM_SLOTS_MAX) {
        snprintf(err, err_cap, "vm %s: slot %u, but a world has at most %d VMs", name, p->slot, VM_SLOTS_MAX);
        return -EINVAL;
    }
    if (p->ram_bytes < VM_RAM_MIN || p->ram_bytes > VM_RAM_MAX || p->ram_bytes % RAM_UNIT) {
        snprintf(err, err_cap, "vm %s: RAM must be a multiple of 2 MiB from 4 MiB to 1 GiB", name);
        return -EINVAL;
    }
    if (p->queues < p->vcpus) {
        snprintf(err, err_cap, "vm %s: %u queue pairs for %u vCPUs, each of which has one of its own", name, p->queues, p->vcpus);
        return -EINVAL;
    }
    if (params->kind)
        return 0;
    if (!params->image) {
        snprintf(err, err_cap, "vm %s: no guest image given", name);
        return -EINVAL;
    }
    vm->image_path = alloc_text("a VM", params->image);
    p->image = vm->image_path;
    return 0;
}

struct machine_calls vm_calls(struct profile *profile, const struct guest_counts *counts)
{
    uint64_t millicycles = profile_get(profile, PROFILE_guest_insn_millicycles);
    uint64_t frame = counts->is_counted ? 0 : profile_get(profile, PROFILE_guest_uncounted_insns);
    return (struct machine_calls){.tx = guest_counts_cycles(counts->tx + frame, millicycles),
                                  .rx = guest_counts_cycles(counts->rx + frame, millicycles),
                                  .poll = guest_counts_cycles(counts->poll, millicycles),
                                  .interrupt = guest_counts_cycles(counts->interrupt, millicycles)};
}

/* What the guest's own system costs. Bytes are copied once, between the kernel and its application. */
static void fill_costs(struct vm *vm, volatile struct machine *m)
{
    struct profile *profile = &vm->comp.sim->profile;
    bool cached = profile_get(profile, PROFILE_dma_to_cache);
    m->stack_cycles = (uint32_t)profile_get(profile, PROFILE_guest_stack_cycles);
    m->kernel_cycles = (uint32_t)profile_get(profile, PROFILE_guest_kernel_cycles);
    m->gro_cycles = (uint32_t)profile_get(profile, PROFILE_guest_gro_cycles);
    m->irq_cycles = (uint32_t)profile_get(profile, PROFILE_guest_irq_cycles);
    bool is_windows = vm->params.face == MACHINE_FACE_WINDOWS;
    m->poll_cycles = (uint32_t)profile_get(profile, is_windows ? PROFILE_guest_dpc_cycles : PROFILE_guest_poll_cycles);
    m->list_cycles = is_windows ? (uint32_t)profile_get(profile, PROFILE_guest_list_cycles) : 0;
    m->app_cycles = (uint32_t)profile_get(profile, PROFILE_guest_app_cycles);
    m->switch_cycles = (uint32_t)profile_get_if_any(profile, PROFILE_guest_switch_cycles);
    m->digest_byte_millicycles = (uint32_t)profile_get(profile, PROFILE_guest_digest_millicycles);
    m->page_cycles = vm->params.app == MACHINE_APP_WRITER ? (uint32_t)profile_get(profile, PROFILE_guest_page_cycles) : 0;
    for (unsigned i = 0; i < MACHINE_CALLS; i++)
        m->calls[i] = vm_calls(profile, &vm->counts[i]);
    m->rx_byte_millicycles =
        (uint32_t)profile_get(profile, cached ? PROFILE_copy_byte_millicycles : PROFILE_copy_cold_byte_millicycles);
    m->tx_byte_millicycles = (uint32_t)profile_get(profile, PROFILE_copy_byte_millicycles);
}

static void fill_machine_page(struct vm *vm)
{
    const struct vm_params *p = &vm->params;
    struct prng prng;
    char stream[80];
    snprintf(stream, sizeof(stream), "vm.%s.seed", vm->name);
    prng_init(&prng, vm->comp.sim->seed, stream);
    volatile struct machine *m = vm->page;
    m->magic = MACHINE_MAGIC;
    m->version = MACHINE_VERSION;
    m->cpu_khz = (uint32_t)vm->khz;
    m->ram_bytes = p->ram_bytes;
    m->heap_gpa = (vm->image_end + VM_PAGE - 1) & ~(uint64_t)(VM_PAGE - 1);
    m->stack_bytes = (uint64_t)p->vcpus * VM_STACK_BYTES;
    m->stack_gpa = p->ram_bytes - m->stack_bytes;
    m->vcpus = p->vcpus;
    m->app = p->app;
    m->writer_pages = p->writer_pages;
    m->writer_rate_pps = p->writer_rate_pps;
    m->npa = p->npa;
    m->net = p->net;
    m->vf_drivers = p->vf_drivers;
    m->queues = p->queues;
    m->mtu = p->mtu;
    m->rx_ring = p->rx_ring;
    m->tx_ring = p->tx_ring;
    fill_costs(vm, m);
    m->tx_queue_frames = VM_TX_QUEUE_FRAMES;
    m->tx_burst = p->tx_burst;
    m->bridge_vlan[0] = p->bridge_vlan[0];
    m->bridge_vlan[1] = p->bridge_vlan[1];
    m->seed = prng_next(&prng);
}

/* What makes the VM known to its world. */
static int join_world(struct vm *vm, struct sim *sim)
{
    component_init(&vm->comp, sim, vm->params.kind ? vm->params.kind->machine->component : &ops, vm->name);
    if (!vm->params.kind)
        component_runs_ahead(&vm->comp);
    for (uint32_t i = 1; i < vm->vcpus; i++) {
        char name[64];
        struct vcpu *vcpu = &vm->vcpu[i];
        snprintf(name, sizeof(name), "%.36s/vcpu%u", vm->name, i);
        component_init(&vcpu->own, sim, &vcpu_ops, name);
        component_runs_with(&vcpu->own, &vm->comp);
    }
    int rc = mem_init(&vm->mem, &vm->comp, vm->ram, vm->params.ram_bytes, vm__tags_max(vm));
    if (rc)
        return rc;
    vm->mem.may_be_late = !vm->params.kind;
    memcpy(vm->station.mac, vm->params.mac, sizeof(vm->station.mac));
    vm->station.mtu = vm->params.mtu;
    vm->station.has_driver = true;
    vm->station.lanes = vm->vcpus;
    rc = station_init(&vm->station, sim, &vm->comp, vm->name, &vm__station_ops);
    if (rc)
        return rc;
    vm->has_station = true;
    rc = port_init(&vm->port, &vm->comp, 0, vm->name, &vm__port_ops);
    if (rc)
        return rc;
    vm->has_port = true;
    if (vm->params.kind)
        return vm->params.kind->machine->join(vm);
    if (vm->params.app == MACHINE_APP_ECHO || vm->params.app == MACHINE_APP_BRIDGE) {
        char flow[64];
        snprintf(flow, sizeof(flow), vm->params.app == MACHINE_APP_ECHO ? "%s/echo" : "%s/bridge", vm->name);
        rc = flow_add(sim, flow, FLOW_NONE);
        if (rc < 0)
            return rc;
        vm->echo_flow = (uint32_t)rc;
    }
    return 0;
}

static void make_vcpus(struct vm *vm, uint32_t count)
{
    vm->vcpus = count;
    vm->loaded = &vm->vcpu[0];
    for (uint32_t i = 0; i < count; i++) {
        struct vcpu *vcpu = &vm->vcpu[i];
        vcpu->vm = vm;
        vcpu->number = i;
        vcpu->comp = i ? &vcpu->own : &vm->comp;
        vcpu->thread = &vcpu->alone;
        vcpu->clock.cycles = UINT64_MAX;
        cpu_vcpu_init(&vcpu->alone, NULL, "a vCPU");
    }
}

struct vm *vm_create(struct sim *sim, const struct vm_params *params, char *err, size_t err_cap)
{
    uint32_t vcpus = params->vcpus ? params->vcpus : 1;
    assert(vcpus <= VM_VCPUS_MAX);
    struct vm *vm = alloc_zero("a VM", 1, sizeof(*vm) + vcpus * sizeof(struct vcpu));
    vm->ram_fd = -1;
    vm->recycler = sim->recycler;
    make_vcpus(vm, vcpus);
    if (check_params(vm, params, err, err_cap))
        goto fail;
    vm->window = MACHINE_WINDOW_BASE + vm->params.slot * MACHINE_WINDOW_SIZE;
    vm->khz = profile_get(&sim->profile, PROFILE_cpu_khz);
    vm->cycle_ps = ratio_make(1000 * SIM_US, vm->khz);
    vm->ps_cycles = ratio_make(vm->khz, 1000 * SIM_US);
    for (uint32_t i = 0; i < 2; i++)
        vm->sink[i] = (struct vm_sink){.sink = {.message = vm->params.kind ? vm->params.kind->machine->message : sink_message,
                                                .line = vm->params.kind ? vm->params.kind->machine->line : NULL},
                                       .vm = vm,
                                       .index = i};
    if (vm->params.kind ? vm->params.kind->machine->init(vm, err, err_cap)
                        : vm__ram_init(vm, sim, err, err_cap) || vm__image_boot(vm, err, err_cap))
        goto fail;
    int rc = join_world(vm, sim);
    if (rc) {
        snprintf(err, err_cap, "vm %s: %s", vm->name, strerror(-rc));
        goto fail;
    }
    if (!vm->params.kind)
        fill_machine_page(vm);
    err[0] = '\0';
    return vm;
fail:
    vm_destroy(vm);
    return NULL;
}

void vm_destroy(struct vm *vm)
{
    if (!vm)
        return;
    if (vm->params.kind)
        vm->params.kind->machine->fini(vm);
    if (vm->has_port)
        port_fini(&vm->port);
    if (vm->has_station)
        station_fini(&vm->station);
    vm__image_free_all(vm);
    vm__ram_fini(vm);
    mem_fini(&vm->mem);
    free(vm->image_path);
    free(vm->patches);
    free(vm);
}

/* ---- what it is ---- */

struct component *vm_component(struct vm *vm) { return &vm->comp; }
void vm_set_threads(struct vm *vm, struct cpu_thread *thread)
{
    for (uint32_t i = 0; i < vm->vcpus; i++) {
        struct vcpu *vcpu = &vm->vcpu[i];
        vcpu->thread = &thread[i];
        thread[i].vcpu = &vm__vcpu_ops;
        thread[i].vm = vcpu;
    }
}

int vm_check_account(const struct vm *vm, char *why, size_t cap)
{
    int status = 0;
    for (uint32_t i = 0; i < vm->vcpus && !status; i++)
        status = cpu_thread_check(vm->vcpu[i].thread, vm->vcpu[i].run.cycles, why, cap);
    return status;
}

struct sim_mem *vm_mem(struct vm *vm)
{
    sim_make_events(vm->comp.sim); /* whatever for */
    return &vm->mem;
}

void vm_set_mac(struct vm *vm, const uint8_t mac[6]) { station_set_mac(&vm->station, mac); }
struct station *vm_station(struct vm *vm) { return &vm->station; }
bool vm_comes_later(const struct vm *vm) { return vm->params.kind && vm->params.kind->comes_later; }

const char *vm_name(const struct vm *vm) { return vm->name; }
uint32_t vm_echo_flow(const struct vm *vm) { return vm->echo_flow; }
const struct vm_params *vm_get_params(const struct vm *vm) { return &vm->params; }
void vm_set_keeper(struct vm *vm, struct vm_keeper *keeper) { vm->keeper = keeper; }
struct vm_keeper *vm_keeper(const struct vm *vm) { return vm->keeper; }
enum vm_state vm_get_state(const struct vm *vm) { return (enum vm_state)vm->run.state; }
bool vm_has_booted(const struct vm *vm) { return vm->run.settled; }
const char *vm_end_text(const struct vm *vm) { return vm->run.end_text; }
const char *vm_exit_name(enum vm_exit kind)
{
    static const char *const names[] = {
#define VM_EXIT(name, text) [VM_EXIT_##name] = #name,
#include "vm/exit.def"
#undef VM_EXIT
    };
    return names[kind];
}

void vm_get_stats(const struct vm *vm, struct vm_stats *out) { *out = vm->run.stats; }
uint64_t vm_exits(const struct vm *vm, enum vm_exit kind)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < vm->vcpus; i++)
        count += vm->vcpu[i].exits[kind];
    return count;
}

void vm_listen_notes(struct vm *vm, struct vm_note_listener *listener)
{
    struct vm_note_listener **end = &vm->listeners;
    while (*end)
        end = &(*end)->next;
    listener->next = NULL;
    *end = listener;
}
