/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shell: what one guest's driver is made of, and how its parts call each other.
 *
 *   device   the vmxnet3 device: shared memory, commands, events
 *   buffers  of frames, in pools         control  MAC, receive mode, multicast, VLANs, through vmxnet3 registers
 *   path     queues bound to a plugin    switch   the mode switch (docs/switch-protocol.md)
 *   tx, rx   frames through a path       tuning   rings, features, RSS
 *   irq      vectors to queues           poll     a queue pair is polled, a vector is done
 *   log      text
 *   linux/, windows/   a face each: one guest OS's manners, when to poll, when to unmask, who owns a frame
 *   machine/           what a VM of ours has beside that, where no kernel has it (guest/include/machine.h):
 *     start  boots                       lines    interrupt lines, vCPUs
 *     heap   all memory                  wait     what else a face's loop is made of
 *     jobs   what an operator asks, misbehaviour included
 *     native a VF of the guest's own: its slot, its driver (../drivers), which path the master uses
 *   ../apps the workload above
 *
 * Everything lives in one variable of the image: the guest's RAM holds one shell. Two paths may be alive at once, the
 * emulated device's and a VF's; transmit uses one of them (or none, while it is stopped), receive polls the emulated
 * one first, so that what arrived there earlier is handed up earlier.
 *
 * Of several vCPUs each has what struct shell_cpu holds, and the queue pairs whose numbers are its own modulo their number: it
 * polls them, sends by them what its application makes, and takes its buffers from a list of its own. What is none of that belongs
 * to the first one, which lets the others stand still while it changes it (machine/lines.c).
 */
#ifndef GUEST_SHELL_SHELL_H
#define GUEST_SHELL_SHELL_H

#include <stdbool.h>

#include "guest/drivers/vf_driver.h"
#include "guest/include/machine.h"
#include "guest/include/npa_load.h"
#include "guest/include/npa_plugin_api.h"
#include "sim/nic/vmxnet3/vmxnet3_defs.h"

enum {
    SHELL_QUEUES_MAX = NPA_QUEUES_MAX,
    SHELL_RING_MIN = 64,
    SHELL_RING_MAX = 4096,
    SHELL_MULTICAST_FEW = 32,
    SHELL_MULTICAST_MAX = 1024, /* groups that most machines, that any can join */
    SHELL_TX_SPLIT = 4096,  /* a transmit buffer is given to the plugin in pieces of so many bytes */
    SHELL_POLL_BUDGET = 64, /* frames a poll, as Linux's NAPI_POLL_WEIGHT */
    SHELL_BULK = 8,         /* frames a doorbell while a backlog is sent */
    SHELL_NONE = 0xffffffff,
};

/* ---- receive ---- */
enum slot_kind { SLOT_EMPTY, SLOT_SMALL, SLOT_LARGE, SLOT_BAD /* an address of no buffer: misbehaviour */ };
struct rx_slot {
    uint64_t gpa;
    uint32_t kind;
};
/* free buffers of one size */
struct buffer_pool {
    uint64_t *free;
    uint32_t count, size_bytes, total; /* total: those in use, too */
};
struct Shell_RxQueueHandle {
    struct path *path;
    uint32_t index, size;
    uint32_t indicated;                      /* frames handed up since the caller set it to 0 */
    struct rx_slot *slot;                    /* [size] */
    struct buffer_pool pool[SLOT_LARGE + 1]; /* by kind */
};

/* ---- transmit ---- */
/* number i lies at shell.tx_base + i * shell.tx_stride; there are many */
struct tx_buffer {
    uint32_t next;         /* in a queue, SHELL_NONE ends it */
    uint32_t len : 20;
    uint32_t tagged : 1;   /* the device is to insert `tci` … */
    uint32_t checksum : 1; /* … to compute the checksum of layer 4 … */
    uint16_t tci;
    uint16_t mss;          /* … to cut it into TCP segments of so many bytes (0: not) */
};
/* the shell's own, ahead of any path */
struct tx_queue {
    uint32_t first, last, count;
    uint32_t burst; /* frames of this batch that were posted and not told to be the last */
    bool held;      /* the one that waits could be posted: more are to follow it */
};
struct Shell_TxQueueHandle {
    struct path *path;
    uint32_t index, size;
    uint32_t *posted; /* ring of buffer numbers in order, SHELL_NONE: a frame that is not ours (misbehaviour) */
    uint32_t first, count;
    bool locked; /* of a path that `shares` */
};

/* ---- path ---- */
enum { PATH_EMULATED = 0, PATH_VF = 1, PATHS = 2 };
struct path {
    bool alive;     /* rings are posted: poll it */
    bool irq_on;    /* its vectors are the shell's to mask and unmask */
    bool auto_mask; /* the device masks a vector when it raises it */
    bool has_memory;
    bool is_short;  /* a buffer was asked for, and there was none */
    bool wants_plain_registers; /* its plugin was not started: it would store where no store reaches a register */
    bool shares;    /* it has so few queues or vectors that one vCPU sends by a queue which another one polls */
    uint32_t number, queues, vectors;
    uint32_t rx_room, tx_room; /* descriptors its memory is for */
    uint64_t memio_gpa;
    struct Shell_RxQueueHandle rx[SHELL_QUEUES_MAX];
    struct Shell_TxQueueHandle tx[SHELL_QUEUES_MAX];
    struct machine_calls calls; /* what its plugin's take */
    Plugin_Api api;
    Plugin_State ps;
};

enum switch_state {
    SW_EMULATED,   /* at rest */
    SW_LOADING,    /* LOAD_PLUGIN pending */
    SW_CHECKING,   /* the image's digest is computed, in slices between polls */
    SW_DRAINING,   /* transmit stopped, completions of the emulated path awaited */
    SW_STOPPING,   /* STOP_EMULATION pending */
    SW_ACTIVATING, /* ACTIVATE_VF pending */
    SW_PASSTHRU,   /* at rest */
    SW_QUIET,      /* transmit stopped, completions of the VF awaited */
    SW_RESTARTING, /* ACTIVATE_DEV pending */
};

/* A VF of the guest's own (enum machine_net): one thread for the slot, the driver and what the stack asks of it. */
enum native_todo {
    NATIVE_PRESENCE = 1, /* something came into the slot or left it */
    NATIVE_EJECT = 2,    /* answer the attention button */
    NATIVE_WATCH = 4,    /* the mailbox's vector, or time to look */
    NATIVE_JOB = 8,
    NATIVE_RESET = 16,
};
struct bridge_station {
    uint8_t mac[6];
    uint8_t side;
    bool known;
};

struct native {
    bool enabled, idle, powered, running, booting;
    bool lost;           /* its driver is bound, and waits for a PF that answers */
    int place, presence_place, step_place, up_place; /* where the thread's routines wait */
    uint32_t looks;
    uint32_t todo;       /* enum native_todo */
    uint64_t wake;       /* cycles: when the thread goes on */
    uint64_t eject_at;   /* cycles, ~0: nobody has pressed the button */
    uint64_t answer_ns;  /* how long it takes to answer it, ~0: never does */
    bool reset_by_job;
    struct machine_job job;
    struct vf_wishes wishes;
    struct {
        uint8_t mac[6];
        bool has_mac;
        uint32_t rx_mode;
    } before;            /* of a request that may be refused */
    bool wished;
    uint32_t place_of_group;
    struct vf_device dev;
};

/* What each vCPU has for itself. */
struct shell_cpu {
    uint32_t scheduled;  /* vectors to be polled */
    uint32_t lines;      /* lines taken from the machine and not yet looked at */
    uint32_t tx_free;    /* head of the list of its free buffers */
    uint32_t tx_waiting; /* frames in all of its transmit queues */
    bool tx_stopped;     /* who can wait is not to send more: frames wait, or have waited and the ring is still nearly full */
    bool polling;        /* what is handed up now is one of many */
    bool app_more;
    bool stands;         /* … still, as it was asked to */
    uint64_t app_due;    /* cycles, ~0: the WORK line tells */
    uint64_t busy_until;
    uint64_t woken[4];   /* sockets that were handed something in this poll, by a hash: who waits there is awake */
    uint64_t gro_flow;   /* of the segment that was handed up last in this poll; 0: none that another could join */
};

struct shell {
    uint64_t window;
    struct shell_cpu cpu[SHELL_QUEUES_MAX];
    uint32_t cpus;
    bool is_up;         /* the first vCPU has made all that the others use */
    uint32_t standstill; /* how often the first one has asked the others to stand still, and has not let go */
    uint64_t heap, heap_end; /* guest-physical */
    uint32_t queues, rx_ring, tx_ring, mtu;
    uint64_t features; /* UPT1_F_* of receive */
    struct path path[PATHS];

    uint64_t tx_base;
    uint32_t tx_stride, tx_buffers; /* tx_buffers: of each vCPU */
    struct tx_buffer *tx_buffer;
    struct tx_queue tx[SHELL_QUEUES_MAX];
    struct path *tx_path; /* in use; NULL: transmit is stopped */

    uint32_t event_line;
    bool rx_stopped; /* operator's wish */
    uint64_t bad_rx; /* operator's wish: address for the next receive buffers, 0 none */
    bool rss_filled;
    bool handover_failed;

    volatile struct Vmxnet3_DriverShared *shared;
    uint64_t shared_gpa, queue_desc_gpa, rss_gpa, multicast_gpa, conf_gpa;
    uint8_t mac[6];
    uint32_t multicast_count;
    bool multicast_grown;
    uint32_t rx_bits; /* as asked for: 1 promiscuous, 2 all groups */

    enum switch_state state;
    bool naive, started; /* started: the VF's plugin runs */
    bool npa;            /* the driver offers it */
    uint64_t plugin_gpa, plugin_shared_gpa;
    uint64_t check_cycles;   /* left to spend on the check */
    uint64_t quiet_deadline; /* cycles */
    uint32_t quiet_left;

    uint32_t poll_budget;   /* frames a poll may take */
    uint64_t busy_poll;     /* cycles that it polls after the last frame, before it sleeps; 0: none */
    uint64_t writer_due; /* cycles */
    uint64_t writer_base, writer_pages, writer_start, writer_count;

    bool no_carrier; /* no path will do: frames are dropped, not kept */
    struct native native;
    struct bridge_station *bridge_station; /* MACHINE_APP_BRIDGE: who is where */
};
extern struct shell shell;

/* Zeroed memory of the guest's own, aligned; 0 when there is none left. */
uint64_t heap_alloc(uint64_t bytes, uint64_t align);
uint64_t heap_left(void);

/* ---- machine ---- */
#ifdef SHELL_MACHINE_ELSEWHERE /* guest/linux: a real kernel stands in for it, with what of its calls means something there */
#define SHELL_NORETURN /* but its objtool wants to know by name who does not return */
volatile struct machine *sh_machine(void);
uint64_t sh_exit(uint64_t op, uint64_t a, uint64_t b, uint64_t c);
uint64_t sh_now(void);
void *sh_va(uint64_t gpa);
uint64_t sh_code_alloc(uint64_t bytes);
void *sh_code_va(uint64_t gpa);
uint64_t sh_memio_page(void);
bool sh_has_plain_registers(void);
static inline void sh_tell(uint32_t op, uint64_t a, uint64_t b, uint64_t c) { sh_exit(op, a, b, c); }
static inline void sh_charge(uint64_t cycles) { (void)cycles; }
static inline void sh_write32(uint64_t gpa, uint32_t v) { sh_exit(MACHINE_OP_MMIO_WRITE, gpa, 4, v); }
#else
#define SHELL_NORETURN __attribute__((noreturn))
static inline volatile struct machine *sh_machine(void) { return machine_page(shell.window); }
static inline uint64_t sh_exit(uint64_t op, uint64_t a, uint64_t b, uint64_t c) { return machine_exit(shell.window, op, a, b, c); }
/* a call that wants no answer */
static inline void sh_tell(uint32_t op, uint64_t a, uint64_t b, uint64_t c)
{
    if (!machine_post(shell.window, op, a, b, c))
        sh_exit(op, a, b, c);
}
static inline void sh_charge(uint64_t cycles) { machine_charge(shell.window, cycles); }
static inline uint64_t sh_now(void) { return sh_machine()->cycles; }
static inline void *sh_va(uint64_t gpa) { return (void *)(uintptr_t)(shell.window + gpa); }
static inline void sh_write32(uint64_t gpa, uint32_t v)
{
    if (!machine_post_store(shell.window, gpa, 4, v))
        sh_exit(MACHINE_OP_MMIO_WRITE, gpa, 4, v);
}
/* memory that may be executed, guest-physical in one piece; 0 when there is none left */
static inline uint64_t sh_code_alloc(uint64_t bytes) { return heap_alloc(bytes, NPA_PAGE_SIZE); }
static inline void *sh_code_va(uint64_t gpa) { return sh_va(gpa); }
/* the guest-physical page at which a VF's registers are to appear: the shell reaches them at MACHINE_MEMIO_HOLE */
static inline uint64_t sh_memio_page(void) { return MACHINE_MEMIO_HOLE / NPA_PAGE_SIZE; }
static inline bool sh_has_plain_registers(void) { return true; } /* a store to memioAddr is one to a register */
#endif
static inline struct machine_calls sh_calls(uint32_t whose)
{
    volatile const struct machine_calls *m = &sh_machine()->calls[whose];
    return (struct machine_calls){m->tx, m->rx, m->poll, m->interrupt};
}
static inline void sh_note(uint64_t note, uint64_t b, uint64_t c) { sh_exit(MACHINE_OP_NOTE, note, b, c); }
static inline uint32_t sh_read32(uint64_t gpa) { return (uint32_t)sh_exit(MACHINE_OP_MMIO_READ, gpa, 4, 0); }
static inline uint64_t sh_microseconds(uint64_t us) { return us * sh_machine()->cpu_khz / 1000; }

/* ---- smp ---- */
static inline uint32_t smp_number(void) { return sh_machine()->vcpu; }
static inline struct shell_cpu *smp_me(void) { return &shell.cpu[smp_number()]; }
static inline uint32_t smp_of_queue(uint32_t queue) { return queue % shell.cpus; } /* or of its vector */
void smp_init(uint32_t vcpus);
void smp_start(void);                            /* the shell is up: the others may go on */
void smp_wait_for_start(uint64_t window);        /* they wait until it is */
void smp_call(uint32_t vcpu);                    /* it looks at what there is to do */
/* All others stand still, between two rounds of what they do, until they may go on; may be asked again meanwhile. */
void smp_stop(void);
void smp_go_on(void);
void smp_stand_still(void); /* if the first vCPU wants it */
void smp_pause(void);       /* in a loop that waits for another vCPU */

/* ---- log ---- */
void log_print(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_panic(const char *text) SHELL_NORETURN;

/* ---- buffers ---- */
bool buffers_init_tx(void);
uint32_t buffers_get_tx(void);
bool buffers_tx_spare(
    const struct shell_cpu *cpu); /* it has a free one besides the last, which only a frame that will be dropped at once may take */
void buffers_put_tx(uint32_t buffer);
static inline uint64_t buffers_tx_gpa(uint32_t buffer) { return shell.tx_base + (uint64_t)buffer * shell.tx_stride; }
uint64_t buffers_get_rx(struct Shell_RxQueueHandle *queue, enum slot_kind kind); /* 0: none */
void buffers_put_rx(struct Shell_RxQueueHandle *queue, struct rx_slot *slot);

/* ---- path ---- */
bool path_fits(const struct path *path);
bool path_provide(struct path *path, uint32_t number, uint32_t queues); /* rings and books; false: no memory */
bool path_resize(struct path *path); /* to shell.rx_ring and tx_ring, nothing posted; false: no memory */
/* Fill Plugin_State and take the plugin's functions; its swInit has run. false: it refuses. */
bool path_start(struct path *path, uint32 (*entry)(struct Plugin_Api *), uint64_t memio_gpa, uint32_t memio_bytes, uint32_t vectors,
                void *shared, uint32_t shared_bytes, const uint32_t *device_info);
/* reinit all rings, add buffers; it is alive from now on. false: the plugin refuses, or does not know that buffers can run short,
 * which they did (path->is_short). */
bool path_post(struct path *path);
void path_unmask(struct path *path);
void path_mask(struct path *path);
uint32_t path_tx_posted(const struct path *path);
uint64_t path_poll_cycles(void);
uint64_t path_interrupt_cycles(uint32_t lines);
/* Take everything back: posted transmits and receive buffers; frames in them end as reclaimed. */
void path_reclaim(struct path *path);
uint32_t path_drain(struct path *path); /* hand up all that was received; how many */

/* ---- tx, rx ---- */
void tx_init(void);
/* The app's frame; ends dropped if there is no room. `more`: others follow, or tx_release(), or tx_flush(). */
void tx_send(uint32_t buffer, bool more);
void tx_flush_all(void); /* of all vCPUs, which stand still */
void tx_lock(struct Shell_TxQueueHandle *queue);
void tx_unlock(struct Shell_TxQueueHandle *queue);
void tx_release(void); /* no more follow */
void tx_stop(void); /* whoever can wait is to send nothing more until tx_flush() finds room again */
void tx_drop_waiting(void); /* the device has no carrier */
uint32_t tx_take_back(void); /* a frame of the vCPU's that waits, the oldest of its queue, is the caller's then; SHELL_NONE: none */
void tx_flush(void); /* send what waits, as far as the path has room */
bool tx_post(struct path *path, uint32_t queue, uint32_t buffer, bool last); /* false: no room */
void tx_complete(struct Shell_TxQueueHandle *queue, uint32 count); /* Shell_Api.completeSend */
uint64 rx_alloc_small(struct Shell_RxQueueHandle *queue, uint32 ringOffset);
uint64 rx_alloc_large(struct Shell_RxQueueHandle *queue, uint32 ringOffset);
uint8 *rx_buffer_va(struct Shell_RxQueueHandle *queue, uint32 ringOffset); /* NULL: none was asked for */
void rx_indicate(struct Shell_RxQueueHandle *queue, Shell_RecvFrame *frame);
struct rx_slot rx_take(struct Shell_RxQueueHandle *queue, uint32 ringOffset); /* a buffer, which the slot has no more */
void rx_give(struct Shell_RxQueueHandle *queue, struct rx_slot buffer);

/* ---- irq ---- */
void irq_dispatch(void); /* the vCPU's lines */
void irq_schedule(uint32_t vector);
void irq_is_scheduled(uint32_t vector); /* it is to be polled as it is, masked or not */
void irq_schedule_all(void);
void irq_schedule_own(void); /* the vCPU's */

/* ---- device ---- */
void device_init(void);
uint32_t device_event(void); /* the event line was raised: what has happened, VMXNET3_ECR_… */
uint32_t device_command(uint32_t command);
uint32_t device_activate(void); /* NPA_STATUS_* */
void device_offer_npa(bool on);
bool device_start(void); /* the emulated path from its plugin up: rings, ACTIVATE_DEV, interrupts, transmit */
uint64_t device_hash_key(void); /* guest-physical, of the key the driver gave the device; 0: one queue, none */
volatile struct Vmxnet3_TxQueueDesc *device_queue_descs(void);

/* ---- control ---- 0 or a positive errno */
void control_init(void);
uint32_t control_set_mac(const uint8_t mac[6]);
uint32_t control_set_rx_mode(uint32_t bits);
uint32_t control_hear_addresses(void); /* as many as the guest has now */
uint32_t control_add_multicast(const uint8_t mac[6]);
uint32_t control_del_multicast(const uint8_t mac[6]);
uint32_t control_set_multicast(const uint8_t (*mac)[6], uint32_t count); /* these, and no others */
uint32_t control_set_vlan(uint32_t vid, bool add);

/* ---- tuning ---- 0 or a positive errno */
uint32_t tuning_set_rings(uint32_t rx, uint32_t tx);
uint32_t tuning_set_features(uint64_t features); /* UPT1_F_RXCSUM, UPT1_F_RXVLAN */
uint32_t tuning_set_rss(uint64_t weights); /* a byte a queue; 0: the default */
void tuning_revive(void); /* the device has stopped a queue: another life of it, as any vmxnet3 driver gives it */

/* ---- switch ---- */
void switch_event(void); /* ECR_DIC */
void switch_leave(void); /* the guest gives the VF back by itself, as a driver does that is about to go */
void switch_step(void); /* called after each round of polling */
uint64_t switch_deadline(void); /* cycles, ~0 none; 0: it has work to do */
bool switch_awaits_quiet(void); /* it goes on when the last transmit has completed */

void switch_use_path(struct path *path);
void switch_stop_transmit(const struct path *path);

/* ---- native ---- */
void native_init(void);
void native_boot(void); /* its first look into the slot; the guest is up when that is over */
void native_irq(uint32_t lines);
void native_step(void);
uint64_t native_deadline(void); /* as switch_deadline() */
uint32_t native_moderate(uint32_t usecs); /* a GUEST_E… */
void native_answer(uint64_t ns); /* how long it takes to answer its slot, ~0: never does */
bool native_job(const struct machine_job *job); /* taken: it will be answered later */
/* The new wishes, before anybody is asked: 0 or GUEST_E…; and back again. */
uint32_t native_wish(const struct machine_job *job);
void native_unwish(const struct machine_job *job);
bool native_is_for_others(const uint8_t to[6]);

/* ---- jobs ---- */
void jobs_run(void);
void jobs_done(uint32_t number, uint32_t status);
uint32_t jobs_control(const struct machine_job *job); /* of MAC, receive mode, groups, VLANs, features, RSS. 0 or GUEST_E… */

/* ---- poll, wait ---- */
uint32_t poll_queue_pair(struct path *path, uint32_t q, uint32_t budget); /* completions, then so many frames: how many came */
uint32_t poll_queues_of(uint32_t vector); /* of all paths, within the budget of a poll */
void poll_is_done(uint32_t vector); /* unmasks it; it stays scheduled where work is left */
void poll_wait(void); /* for lines or a deadline, where there is nothing to do */
void poll_follow(void); /* of several vCPUs: takes room that another one made, and tells the first one that all is quiet */

/*
 * ---- face: what one guest OS's face owes the core [docs/shell-api.md, "Faces"] ----
 * One of them is in an image. The core calls it, and it calls the core; all these are functions of the core's calling convention.
 */
struct shell_face {
    uint32_t gos_type; /* as its vmxnet3 driver names the system: VMXNET3_GOS_TYPE_… */
    uint32_t wake_room; /* so many descriptors free, or half of the ring, and a sender that waits is woken */
};
extern const struct shell_face face;

void face_start(void); /* memory is there, no device yet */
void face_run(void) __attribute__((noreturn));
void face_interrupt(uint32_t vector); /* the vector of a path was raised: irq_schedule() is to come of it */
void face_scheduled(uint32_t vector); /* it waits to be polled: its bit of shell.scheduled is set, perhaps was before */
/* A frame for the guest OS, of poll_queue_pair() or path_drain(). Its buffers go back when this returns, but for those that the
 * face has taken by rx_take(): they are its own until rx_give(). By the end of face_receive_over() it has given all back. */
void face_receive(struct Shell_RxQueueHandle *queue, const struct machine_rx *rx, const Shell_RecvFrame *frame);
void face_receive_over(void);
/* The application's frame; `more`: others follow, or face_send_over(), or tx_flush() at the end of a poll. */
void face_send(uint32_t buffer, bool more);
void face_send_over(void);
/* The core is done with it: buffers_put_tx() is to come of it. */
enum face_sent { FACE_SENT, FACE_NOT_SENT, FACE_NO_CARRIER, FACE_RECLAIMED };
void face_sent(uint32_t buffer, enum face_sent how);
void face_transmit_stops(void); /* the data path is about to change: nothing is sent until … */
void face_transmit_goes_on(void); /* … it may be again */
uint32_t face_request(const struct machine_job *job); /* what jobs_control() does, as the OS asks its driver for it */
void face_print(const char *text, uint32_t len); /* a line for people */

#endif
