/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to vm_*.c: what a VM is made of.
 *
 * Configuration and wiring are rebuilt on restore; struct vm_run and each vCPU's struct vcpu_run are the state, saved as they are.
 * MMIO ranges are wiring: who mapped one at run time maps it again when it loads its own state.
 */
#ifndef VFSIM_VM_PRIVATE_H
#define VFSIM_VM_PRIVATE_H

#include "core/ratio.h"
#include "vm/image/gdb_jit.h"
#include "vm/image/guest_counts.h"
#include "vm/cpu/patch.h"
#include "vm/kind.h"
#include "vm/vm.h"

enum {
    VM_RANGES_MAX = 16,
    VM_JOBS_MAX = 64,
    VM_IMAGES_MAX = 8,
    VM_IMAGE_BYTES_MAX = 16 << 20,
    VM_CONSOLE_MAX = 65536, /* bytes a call */
    VM_LINE_MAX = 240,      /* of the console */
    VM_PAGE = 4096,
    VM_IMAGE_GPA = 1 << 20, /* the boot image's load address */
    VM_STACK_BYTES = 64 << 10,
    VM_TX_QUEUE_FRAMES = 1000, /* as Linux's txqueuelen */
    VM_CALL_CYCLES = 1,        /* of any exit call, so that no loop of calls stands still in time */
    VM_IDLE_CALLS = 65536, /* calls for nothing that a vCPU may make at a stretch: as many as all rings have buffers to take back */
    VM_PAUSE_CYCLES = 140, /* Intel's PAUSE since Skylake [Intel optimization manual 2.5.4] */
};
/* A vCPU that computes so long, or calls so often, and neither waits nor moves a frame nor does a job is locked up. The time is
 * Linux's soft lockup, twice its watchdog_thresh of 10 s [kernel/watchdog.c]; the calls are those of registers that cost next to
 * nothing. */
#define VM_LOCKUP_PS (20 * SIM_S)
#define VM_LOCKUP_CALLS UINT64_C(10000000)
#define VM_SLICE_PS SIM_MS /* a vCPU runs at most this far ahead of the engine */
#define VM_TIME_MAX (SIM_NEVER / 4) /* 53 days: a clock beyond it is a guest that wrote nonsense */

/* events a VM takes */
enum vm_event_verb {
    VM_EV_CPU = 1, /* the vCPU goes on */
    VM_EV_READ_DONE, /* a: cookie, b: value */
    VM_EV_IRQ, /* a: line, b: which sink, c: run.irq_gen: a message has become an interrupt */
    VM_EV_DUE, /* a: vCPU: its part of the workload has something due */
    VM_EV_IPI, /* a: vCPU, c: run.irq_gen: another one's call has arrived */
};

enum vm_phase {
    VM_PHASE_GUEST = 0, /* guest code is next */
    VM_PHASE_OP, /* `op` is carried out at the local time */
    VM_PHASE_WAIT, /* until a line or `wake` */
    VM_PHASE_PAUSE, /* until `wake` */
    VM_PHASE_READ, /* until the device answers */
    VM_PHASE_PAGE, /* until page_wait.gpa, or what `op` touches, has come (vm_move.h, post-copy) */
    VM_PHASE_END, /* ends at the local time */
};

struct vm_op {
    uint64_t code, a, b, c; /* as the guest asked; a plain access becomes the same */
    uint8_t is_plain; /* `access` says where a load's value goes */
    uint8_t is_charged; /* the cost of a VM exit is on the clock already; SYNC: there is none, the horizon is reached */
    uint8_t zero[6];
    struct vcpu_access access;
};

struct vm_job_entry {
    struct machine_job job;
    uint64_t cookie;
    uint16_t from; /* component */
    uint16_t verb;
    uint32_t zero;
};

/* plain data: a vCPU's */
struct vcpu_run {
    uint64_t cycles;
    uint64_t entry_cycles; /* at the last entry of guest code */
    uint32_t phase; /* enum vm_phase */
    uint32_t irq_pending;
    uint64_t irq_owed; /* cycles that the pending ones cost the vCPU when it takes them */
    struct vm_op op;
    struct event_id wake; /* VM_EV_CPU */
    struct event_id due; /* VM_EV_DUE */
    sim_time due_at;
    sim_time tx_stopped; /* when its shell said that its transmit queue is; 0: it is not */
    uint32_t read_cookie, zero;
};

/* plain data: what its vCPUs share */
struct vm_run {
    sim_time epoch; /* cycle 0 of all their clocks */
    uint32_t state; /* enum vm_state */
    uint32_t raising[2]; /* lines with a VM_EV_IRQ under way, by sink */
    struct vm_job_entry job[VM_JOBS_MAX]; /* a ring */
    uint32_t job_head, job_count;
    uint32_t job_number; /* of the last one given out */
    uint32_t job_active; /* the head is with the guest */
    uint32_t settled; /* its shell came up, did the jobs that waited for it, and waits itself */
    uint32_t paused; /* vm_move.h */
    uint32_t detached; /* what it is made of is in a stream */
    uint32_t irq_gen; /* of VM_EV_IRQ and VM_EV_IPI events that count */
    uint32_t on_vf; /* its shell said that its data path is a VF */
    uint32_t ipis; /* vCPUs with a VM_EV_IPI under way, a bit each */
    uint32_t line_len;
    char line[VM_LINE_MAX + 4];
    char end_text[384];
    struct vm_stats stats;
};

/* plain data: what VM_PHASE_PAGE is about; nothing of it moves with the VM */
struct vm_page_wait {
    uint64_t gpa;
    uint64_t from; /* its clock when it faulted */
    sim_time since; /* 0: it has not begun to wait */
    uint32_t is_op; /* run.op waits; else an instruction, which is tried again */
    uint32_t has_waited; /* … and its guest has not stored the clock since, that we know of: vm_run.c */
    uint32_t is_behind, zero; /* it waits for no page, but until another vCPU is not amid any more: vm->amid */
    uint64_t waits;
    sim_time wait_ps;
};

/* plain data, does not move with the VM: what its vCPU has done since it last got anywhere */
struct vm_spin {
    uint64_t cycles, calls;
    uint64_t horizon; /* up to there it may run without asking, as its guest was told when it last entered it */
    uint64_t idle, idle_at; /* calls that came with nothing and are not made up for yet, as of that cycle */
};

/* plain data: calls that the guest posted at its last entry (posts.c), until they are carried out; then nothing of it matters */
struct vm_posts {
    uint32_t count, next;
    uint64_t from, until; /* its clock: at the last one carried out, at first at the entry; at the exit */
    struct machine_post post[MACHINE_POSTS_MAX];
};

/* what may be posted at this entry */
struct vm_offer {
    uint32_t ops, room; /* bits by enum machine_op; how many */
    uint64_t reach; /* of a store, in cycles */
};

/* the latest answer of vm__clock_at(), which is asked for again and again at one clock */
struct vm_clock {
    uint64_t cycles;
    sim_time epoch, at;
};

struct vm_range {
    uint64_t gpa, len; /* len 0: free */
    struct pci_function *fn;
    unsigned bar;
    uint32_t off;
    enum vm_mmio_kind kind;
};

struct vm_sink {
    struct msi_sink sink;
    struct vm *vm;
    uint32_t index; /* 0 emulated, 1 posted */
};

struct vm_image {
    char name[64];
    const uint8_t *elf; /* the boot image's is shared (core/recycler.h), a plugin's its own */
    size_t len;
    uint64_t base;
    bool is_boot;
    struct gdb_jit *jit; /* NULL unless a debugger is wanted */
    struct vm_image *next;
};

/*
 * A vCPU. Its VM's first one takes its events as the VM itself; each other is a component, so that what vCPUs do at one time has an
 * order that follows from their numbers.
 */
struct vcpu {
    struct vm *vm;
    uint32_t number;
    struct component *comp; /* the VM's, or … */
    struct component own; /* … its own */
    struct cpu_thread *thread; /* of its host; or … */
    struct cpu_thread alone; /* … this one, which is on nobody's cores */
    /* state */
    struct vcpu_regs regs; /* while another one's are in the VM's context: vm__regs() */
    struct vcpu_run run;
    struct vm_page_wait page_wait;
    struct vm_spin spin;
    struct vm_posts posts;
    uint64_t exits[VM_EXITS]; /* nothing of it moves with the VM */
    sim_time tx_stopped_ps; /* for how long its transmit queue has been stopped, before; nor does this */
    /* cycles of its clock, where cores are shared */
    uint64_t off_core; /* when it began to want a core, or lost it */
    uint64_t paced; /* what it did until then has taken the time that it takes beside its sibling */
    /* of the moment */
    struct vm_offer offer;
    struct vm_clock clock;
};

struct vm {
    struct component comp;
    /* configuration */
    struct vm_params params;
    char name[48];
    char *image_path;
    uint64_t window;
    uint64_t khz;
    struct ratio cycle_ps, ps_cycles; /* of khz: a cycle in picoseconds, and a picosecond in cycles */
    uint64_t image_digest;
    struct guest_counts counts[MACHINE_CALLS]; /* of the boot image, by what lies beside it */
    uint64_t image_end; /* gpa behind the boot image */
    uint64_t image_entry;
    uint32_t echo_flow;
    /* wiring */
    struct recycler *recycler;
    int ram_fd;
    uint8_t *ram; /* the simulator's view */
    struct vm_window *in_window; /* its addresses in this process */
    uint64_t window_changes; /* how often it has had to displace another world */
    struct patches *patches; /* of its code in this process; NULL: no store has faulted yet */
    bool has_traps, has_port, has_station;
    struct sim_mem mem;
    volatile struct machine *page;
    struct port port;
    struct station station;
    struct vm_sink sink[2];
    struct vm_range range[VM_RANGES_MAX];
    const struct vm_range *stored; /* the one passed through that the guest stored to last; NULL: none, or not known */
    struct vm_note_listener *listeners;
    struct vm_image *images;
    struct vcpu_context context; /* of whichever vCPU was entered last: there is one exit entry */
    struct vcpu *loaded; /* that one: `context.regs` and the machine page are its */
    /* state */
    struct vm_run run;
    uint32_t amid; /* number + 1 of the vCPU that a missing page has stopped amid what is done at once; 0: none. It does not move */
    /* of one whose guest runs elsewhere (vm/outside/) */
    void *outside;
    struct vm_keeper *keeper;
    struct vm_exec *execs; /* VM_EXECS_MAX of them; NULL: none was asked for */
    unsigned exec_count;
    uint32_t vcpus;
    struct vcpu vcpu[];
};

static inline struct vcpu_regs *vm__regs(struct vcpu *vcpu)
{
    return vcpu->vm->loaded == vcpu ? &vcpu->vm->context.regs : &vcpu->regs;
}
static inline bool vm__is_alone(const struct vm *vm) { return vm->vcpus == 1; }
/* Whose interrupt a line is: queue pair i's is vCPU i's, modulo their number; what is no queue's is the first one's. */
static inline struct vcpu *vm__of_line(struct vm *vm, unsigned line)
{
    return &vm->vcpu[line < vm->params.queues ? line % vm->vcpus : 0];
}

/* vm_ram.c */
int vm__ram_init(struct vm *vm, const struct sim *sim, char *err, size_t err_cap); /* RAM and window, machine page empty */
void vm__ram_fini(struct vm *vm);
void vm__ram_save(struct vm *vm, struct save *s);

/* window.c: the addresses where a VM's code runs, which one world of the process has at a time. 0 or -errno, with errno set. */
struct vm_window;
int vm__window_create(struct vm *vm, const struct sim *sim); /* mapped, and empty. -EBUSY: another VM of its
                                                              * world has the slot; -EEXIST: no world has */
void vm__window_destroy(struct vm_window *window); /* NULL is fine */
void vm__window_give(struct vm *vm); /* it is kept without the VM … */
void vm__window_take(struct vm_window *window, struct vm *vm, const struct sim *sim); /* … and another one's */
int vm__window_map_ram(struct vm *vm);
int vm__window_map_machine(struct vm *vm);
int vm__window_write_stub(struct vm *vm); /* it names this VM's context */
bool vm__window_is_mapped(const struct vm *vm);
void vm__window_change(struct vm *vm); /* its world's VMs are mapped, and nobody else's */
/* The rest is of the RAM, and waits until its world is mapped. */
void vm__window_close(struct vm *vm); /* its RAM is no longer there to be run */
void vm__window_open(struct vm *vm);
void vm__window_protect(struct vm *vm, uint64_t first, uint64_t end); /* these pages, as its pager says */

/* ---- stores that leave by a jump (vm/cpu/patch.h) ---- */
void vm__patch_store(struct vm *vm, uint64_t pc); /* it has faulted */
void vm__patches_undo(struct vm *vm); /* somebody may look at its code through the window */
static inline bool vm__has_patches(const struct vm *vm) { return vm->patches && vm->patches->stores; }
/* Before an entry: the guest runs what is in its RAM, from where it is. */
void vm__patches_refresh(struct vm *vm);
/* The guest was left for nothing but a patch, and is to go on where it is. */
bool vm__patch_was_in_the_way(struct vm *vm, enum vcpu_exit why);

/* The simulator's view of guest virtual [va, va + len): NULL when any of it lies outside RAM. */
static inline void *vm__at_va(const struct vm *vm, uint64_t va, uint64_t len)
{
    return va >= vm->window ? mem_at(&vm->mem, va - vm->window, len) : NULL;
}

enum { VM_TAGS_MAX = 65536 };
/* A granule of the tag table a tag, within a limit. */
static inline uint32_t vm__tags_max(const struct vm *vm)
{
    uint64_t tags = vm->params.ram_bytes >> 11;
    return tags < VM_TAGS_MAX ? (uint32_t)tags : VM_TAGS_MAX;
}

/* vm_image.c */
int vm__image_boot(struct vm *vm, char *err, size_t err_cap); /* loads params.image */
void vm__image_free_all(struct vm *vm);
void vm__image_save(struct vm *vm, struct save *s);

/* vm_image.c: where the guest is: "in <image> <symbol>+0x<offset> (<plugin or boot image>)", or "at 0x…, outside every
 * image" with the place it was called from, if the stack tells. */
void vm__symbol_text(struct vcpu *vcpu, char *text, size_t cap);

/* life.c */
void vm__end(struct vm *vm); /* with what run.end_text says */

/* run.c: the vCPU */
void vm__event(struct component *self, const struct event *ev);
void vm__vcpu_event(struct component *self, const struct event *ev); /* of those that are components of their own */
void vm__finish_op(struct vcpu *vcpu, uint64_t value); /* the guest goes on with this answer */
void vm__wait(struct vcpu *vcpu, enum vm_phase phase, uint64_t until_cycles); /* ~0: no deadline */
void vm__fail(struct vcpu *vcpu, const char *fmt, ...)
    __attribute__((format(printf, 2, 3))); /* the VM ends at its last exit's time */
void vm__bad(struct vm *vm, const char *what, uint64_t value); /* a request that makes no sense: counted, traced */

/* The vCPU's clock: cycle c begins at epoch + c × 10^9 / khz ps, rounded down; nothing accumulates, so nothing drifts.
 */
static inline sim_time vm__time_of(const struct vm *vm, uint64_t cycles)
{
    sim_time ps = ratio_down(&vm->cycle_ps, cycles);
    return ps < VM_TIME_MAX ? vm->run.epoch + ps : SIM_NEVER;
}
/* The first cycle that begins at or after `at`; ~0 for SIM_NEVER. */
static inline uint64_t vm__cycles_at(const struct vm *vm, sim_time at)
{
    if (at == SIM_NEVER)
        return UINT64_MAX;
    if ((int64_t)(at - vm->run.epoch) <= 0) /* the epoch of a restored VM may lie before the beginning of time */
        return 0;
    return ratio_up(&vm->ps_cycles, at - vm->run.epoch);
}
/* Whole cycles in a time. */
static inline uint64_t vm__cycles_within(const struct vm *vm, sim_time ps) { return ratio_down(&vm->ps_cycles, ps); }
/* As vm__time_of(), of a clock that will be asked for again. */
static inline sim_time vm__clock_at(struct vcpu *vcpu, uint64_t cycles)
{
    const struct vm *vm = vcpu->vm;
    struct vm_clock *clock = &vcpu->clock;
#ifdef VFSIM_PLAIN
    return vm__time_of(vm, cycles);
#endif
    if (clock->cycles != cycles || clock->epoch != vm->run.epoch)
        *clock = (struct vm_clock){cycles, vm->run.epoch, vm__time_of(vm, cycles)};
    return clock->at;
}
static inline sim_time vm__local_time(struct vcpu *vcpu) { return vm__clock_at(vcpu, vcpu->run.cycles); }
static inline sim_time vm__cost_ps(const struct vm *vm, uint64_t cycles) { return ratio_down(&vm->cycle_ps, cycles); }

/* The vCPU's clock goes on, busy with something, or idle. */
static inline void vm__charge(struct vcpu *vcpu, enum cpu_activity activity, uint64_t cycles)
{
    vcpu->run.cycles += cycles;
    cpu_charge(vcpu->thread, activity, cycles);
}
/* … an exit, which costs it so much. */
static inline void vm__exit(struct vcpu *vcpu, enum vm_exit kind, uint64_t cycles)
{
    vcpu->exits[kind]++;
    vm__charge(vcpu, CPU_exit, cycles);
    vcpu->spin.cycles += cycles;
}
static inline void vm__idle(struct vcpu *vcpu, uint64_t cycles)
{
    vcpu->run.cycles += cycles;
    cpu_idle(vcpu->thread, cycles);
}

/* It is `at` now; or its event at that time will go on. */
bool vm__goes_on_at(struct vcpu *vcpu, sim_time at);
void vm__page_came(struct vcpu *vcpu); /* one that it may wait for */

/* share.c: a vCPU on a core that is not its own */
extern const struct cpu_vcpu_ops vm__vcpu_ops;
static inline bool vm__is_shared(const struct vcpu *vcpu) { return cpu_is_shared(vcpu->thread); }
static inline bool vm__has_core(const struct vcpu *vcpu) { return vcpu->thread->st.has_core || !vm__is_shared(vcpu); }
sim_time vm__runs_until(const struct vcpu *vcpu); /* as cpu_runs_until() */
bool vm__wants_core(struct vcpu *vcpu); /* it would go on now: false while it has no core, which it then waits for */
bool vm__dozes_off(struct vcpu *vcpu); /* it waits for something: true when it has given its core away, which it may have to */
void vm__leaves_core(struct vcpu *vcpu);
void vm__keep_pace(struct vcpu *vcpu); /* what it has done until now takes longer, if its core's sibling was busy */
void vm__wake_at(struct vcpu *vcpu, sim_time at); /* run.c */
void vm__catch_up(struct vcpu *vcpu);
void vm__go_on_after_pause(struct vcpu *vcpu); /* what its phase waits for, again */

/* vm_spin.c: calls that come with nothing, and a vCPU that gets nowhere. */
void vm__spent(struct vcpu *vcpu, uint64_t cycles); /* the vCPU was busy so long … */
void vm__got_somewhere(struct vcpu *vcpu); /* … and is not locked up */
/* A call that moved no frame, did no job and waited for nothing: did it cost an exit? */
bool vm__idle_call(struct vcpu *vcpu);
void vm__idle_post(struct vcpu *vcpu, uint64_t at_cycles); /* the same of one that was posted, which is free */
bool vm__has_free_calls(const struct vcpu *vcpu,
                        uint32_t count); /* so many more cost no more than their cycle, and lock nothing up */
bool vm__is_locked_up(const struct vcpu *vcpu);

/* posts.c: between an exit and what it asks for. */
void vm__posts_offer(struct vcpu *vcpu); /* the machine page says what may be posted from this entry on */
uint64_t vm__posts_last(const struct vcpu *vcpu); /* the clock of the last post in the ring, or of the entry */
void vm__posts_take(struct vcpu *vcpu, uint64_t now); /* the ring of an entry that ends at cycle `now` */
bool vm__posts_go_on(struct vcpu *vcpu); /* carries them out; false: its event will go on with the rest */
static inline bool vm__posts_are_over(const struct vcpu *vcpu) { return vcpu->posts.next == vcpu->posts.count; }
bool vm__posts_are_sound(const struct vcpu *vcpu); /* as they were loaded */

/* vm_ops.c: carry out run.op; the local time is now, except for a direct MMIO access. */
/* May be carried out before the engine has reached the local time: posted with its time on it, or only a cost so far.
 */
bool vm__op_is_ahead(const struct vcpu *vcpu);
void vm__op(struct vcpu *vcpu);
bool vm__op_is_resident(struct vcpu *vcpu); /* else what it touches has been asked for */
/* vm_mmio.c */
const struct vm_range *vm__range_find(const struct vm *vm, uint64_t gpa, uint64_t size);
void vm__op_mmio(struct vcpu *vcpu);
void vm__store(struct vcpu *vcpu, const struct vm_range *r, const uint64_t word[3],
               sim_time at); /* gpa, size, value: passed through */
void vm__read_done(struct vcpu *vcpu, uint64_t value);
void vm__fault(struct vcpu *vcpu); /* cpu.fault: a plain access becomes run.op, anything else ends the VM */
void vm__patched_store(struct vcpu *vcpu); /* the same of a store that has left by its jump */
/* vm_jobs.c */
uint64_t vm__job_give(struct vm *vm, uint64_t va);
uint64_t vm__job_done(struct vm *vm, uint64_t number, uint64_t status);
void vm__jobs_end(struct vm *vm);
void vm__job_requeue(struct vm *vm, const struct vm_job_entry *entry); /* with the number it has */
/* vm_frames.c */
extern const struct station_ops vm__station_ops;
extern const struct port_ops vm__port_ops;
sim_time vm__next_due(const struct vcpu *vcpu); /* of its part of the workload */
void vm__arm(struct vm *vm); /* each vCPU hears when its part is due */
uint64_t vm__frame_next(struct vcpu *vcpu, uint64_t va);
uint64_t vm__frame_made(struct vcpu *vcpu, uint64_t gpa, uint64_t len, uint64_t unsent);
uint64_t vm__frame_deliver(struct vcpu *vcpu, uint64_t va);
uint64_t vm__hand_over(struct vcpu *vcpu, const struct machine_rx *rx); /* looked at as far as it has fragments */
uint64_t vm__frame_drop(struct vm *vm, uint64_t gpa, uint64_t len, uint64_t why);
/* move/: a destination's memory, and what of a VM travels */
struct vm_stay {
    struct vm_run run;
    struct {
        struct vcpu_run run;
        struct vcpu_regs regs;
    } vcpu[VM_VCPUS_MAX];
    uint8_t mac[6];
};
struct vm_ram {
    struct recycler *recycler;
    int fd;
    uint8_t *view;
    struct sim_mem mem;
    /* read from the stream, not yet the VM's */
    struct vm_stay stay;
};
void vm__stay_take(struct vm *vm, struct vm_stay *out); /* as the VM is now, without the simulator's bookkeeping about it */
void vm__stay_save(const struct vm *vm, struct vm_stay *stay, struct save *s);
bool vm__ram_scrub(int fd, uint8_t *view, uint64_t size); /* nothing of what was there is left; false: it could not be done */
void vm__ram_save_own(struct vm *vm, struct save *s); /* as vm_ram_save() of a copy of it */
void vm__jobs_cancel(struct vm *vm, int64_t status); /* vm_jobs.c: each is answered with it */
/* vm.c */
sim_time vm__delivery_ps(struct vm *vm, unsigned sink); /* from a message to its handler */
void vm__publish_irq(struct vcpu *vcpu); /* pending lines to the machine page */
void vm__owe_irq(struct vcpu *vcpu, unsigned sink); /* it arrives, by which sink */
uint32_t vm__take_irq(struct vcpu *vcpu); /* pending lines, cleared */
void vm__irq(struct vcpu *vcpu, unsigned line); /* as vm_irq() */
void vm__irq_arrived(struct vm *vm, uint64_t line, uint64_t sink);
bool vm__ipi(struct vcpu *from, uint64_t to); /* to vCPU number `to`; false: there is none */
void vm__ipi_arrived(struct vm *vm, uint64_t to);
void vm__save(struct component *self, struct save *s);
bool vm__run_is_sound(const struct vm_run *run);
bool vm__vcpu_is_sound(const struct vcpu_run *run);

#endif
