/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine: all that guest code may ask of what it runs on.
 *
 * A VM occupies a 4 GiB window at MACHINE_WINDOW_BASE + slot * 4 GiB. Inside it:
 *   0 … ram_bytes             RAM; guest-physical address = offset in the window; guest virtual = window + guest-physical
 *   MACHINE_MMIO_OFFSET …     device registers; never readable memory: a plain access faults and is carried out as an exit
 *   MACHINE_PAGE_OFFSET       struct machine, written by the simulator, belongs to the process, never saved nor copied
 *   MACHINE_STUB_OFFSET       the exit entry: uint64_t exit(op, a, b, c) in the C calling convention
 * No host address ever reaches guest RAM: the stub is called at its address in the window.
 *
 * vCPUs share RAM. The machine page is at the same address for each and its own, as a local APIC is: its number, clock, horizon,
 * pending lines and posts. A charge and a call are where another one may come in between; what lies between two of those is done
 * at once. Line i below `queues` is vCPU i's, modulo their number; WORK and IPI are each one's own; all others are the first one's.
 * Each is entered alike when the machine starts.
 *
 * Time: `cycles` is the vCPU's local clock. machine_charge() adds to it and exits only past `horizon`, the next moment
 * at which anything outside could differ from what the guest sees.
 *
 * Posts: a call that wants no answer need not be made. It is written to the ring of the machine page with the clock it is made at,
 * costs the cycle that it costs when it is made, and is carried out at that clock, before anything that the guest does later can
 * depend on it. The machine says at each entry which calls may be posted, and how many; the rest are made. It takes the ring at
 * the next exit, whatever that is, and reads each entry once. What a posted call names (the bytes of a frame, its buffer) is as it
 * was until then. An entry that makes no sense is refused as such a call is.
 *
 * Freestanding: needs only <stdint.h>.
 */
#ifndef VFSIM_GUEST_MACHINE_H
#define VFSIM_GUEST_MACHINE_H

#include <stdint.h>

#define MACHINE_MAGIC 0x4d534656u /* "VFSM" */
#define MACHINE_VERSION 2u

#define MACHINE_WINDOW_BASE 0x200000000000ull
#define MACHINE_WINDOW_SIZE 0x100000000ull
#define MACHINE_MMIO_OFFSET 0xe0000000ull
#define MACHINE_MMIO_SIZE 0x10000000ull
#define MACHINE_PAGE_OFFSET 0xffffe000ull
#define MACHINE_STUB_OFFSET 0xfffff000ull

/* Fixed guest-physical places of the emulated vmxnet3 device (BAR0 and BAR1 4 KiB, BAR2 MSI-X 8 KiB) and of the hole in which
 * the shell may ask for a VF's registers (NPA_MemioPages). */
#define MACHINE_VMXNET3_BAR0 (MACHINE_MMIO_OFFSET + 0x0000)
#define MACHINE_VMXNET3_BAR1 (MACHINE_MMIO_OFFSET + 0x1000)
#define MACHINE_VMXNET3_BAR2 (MACHINE_MMIO_OFFSET + 0x2000)
#define MACHINE_MEMIO_HOLE (MACHINE_MMIO_OFFSET + 0x1000000)
#define MACHINE_MEMIO_HOLE_SIZE 0x20000ull /* 32 pages */

/* Of a VM that can be given a VF as a device of its own (enum machine_net): the hot-plug slot (pci_slot.h), and where the
 * device in it decodes: BAR0 in the hole above, the BAR of its MSI-X table here. */
#define MACHINE_SLOT (MACHINE_MMIO_OFFSET + 0x10000)
#define MACHINE_VF_BAR0 MACHINE_MEMIO_HOLE
#define MACHINE_VF_MSIX (MACHINE_MMIO_OFFSET + 0x2000000)

/* Interrupt lines: MSI-X message data of the device's vectors selects line 0 … 30; address is MACHINE_MSI_ADDRESS. */
#define MACHINE_MSI_ADDRESS 0xfee00000ull
#define MACHINE_IRQ_LINES 32
#define MACHINE_IRQ_VF 16   /* a VF of the guest's own: its driver programs vector i with line 16 + i */
#define MACHINE_IRQ_IPI 29  /* another vCPU has called (MACHINE_OP_IPI) */
#define MACHINE_IRQ_SLOT 30 /* its slot has news */
#define MACHINE_IRQ_WORK 31 /* the workload has something due, or an operator's job waits */

enum machine_op {
    MACHINE_OP_MMIO_READ = 1,  /* a: guest-physical, b: size 1/2/4/8 -> value */
    MACHINE_OP_MMIO_WRITE = 2, /* a: guest-physical, b: size, c: value */
    MACHINE_OP_WAIT = 3,       /* a: deadline in cycles (~0: none) -> pending lines (cleared), 0 at the deadline */
    MACHINE_OP_PAUSE = 4,      /* in a polling loop -> pending lines (cleared) */
    MACHINE_OP_SYNC = 5,       /* of machine_charge(): the horizon is reached, which costs nothing -> 0 */
    MACHINE_OP_CONSOLE = 6,    /* a: virtual address, b: length */
    MACHINE_OP_FRAME_NEXT = 7, /* a: address of struct machine_tx */
    MACHINE_OP_FRAME_MADE = 8, /* a: guest-physical, b: length: the app made this frame itself (echo). c: 1 + enum
                                * machine_drop: it would have, and could not: a means nothing */
    MACHINE_OP_FRAME_DELIVER = 9, /* a: address of struct machine_rx: hand-over to the app ends the frame -> 0, 1: no tag */
    MACHINE_OP_FRAME_DROP = 10,   /* a: guest-physical, b: length, c: enum machine_drop -> frames ended */
    MACHINE_OP_JOB = 11,       /* a: address of struct machine_job to fill -> 1, 0: none */
    MACHINE_OP_JOB_DONE = 12,  /* a: job number, b: status 0 or a positive errno */
    MACHINE_OP_PANIC = 13,     /* a: text address, b: length: the guest gives up; does not return */
    MACHINE_OP_NOTE = 14,      /* a: enum machine_note, b, c: facts for the trace and the report */
    MACHINE_OP_IPI = 15,       /* a: vCPU: its IPI line is raised -> 0, ~0: there is no such other one */
};

enum machine_drop {
    MACHINE_DROP_TX_QUEUE_FULL,
    MACHINE_DROP_TX_STOPPED,
    MACHINE_DROP_RECLAIMED_TX,
    MACHINE_DROP_RECLAIMED_RX,
    MACHINE_DROP_APP_REFUSED,
    MACHINE_DROP_NO_CARRIER,
    MACHINE_DROP_COALESCED,
    MACHINE_DROP_NOT_FOR_ME
};

/* The operating system whose manners its shell has. */
enum machine_face { MACHINE_FACE_LINUX = 0, MACHINE_FACE_WINDOWS = 1 };

/* What network devices the guest's kernel has drivers for, and drives. */
enum machine_net {
    MACHINE_NET_VMXNET3 = 0, /* the emulated one; with NPA if `npa` says so */
    MACHINE_NET_VF = 1,      /* a VF, by the vendor's driver and nothing else */
    MACHINE_NET_BOND = 2
};  /* both under one master with one address: VF primary, vmxnet3 standby */

enum machine_note {
    MACHINE_NOTE_BOOTED = 1,       /* the shell is up, emulated */
    MACHINE_NOTE_PLUGIN_CHECKED,   /* b: 0 good, else enum npa_check */
    MACHINE_NOTE_PLUGIN_STARTED,   /* swInit done, rings posted */
    MACHINE_NOTE_TX_STOPPED,       /* b: 0 emulated path, 1 VF */
    MACHINE_NOTE_PATH,             /* b: 0 emulated, 1 VF: data path in use from now on */
    MACHINE_NOTE_DRAINED,          /* b: path, c: frames handed up while draining */
    MACHINE_NOTE_RECLAIMED,        /* b: rx buffers, c: tx frames taken back */
    MACHINE_NOTE_VF_DRIVER,        /* b: enum machine_vf_driver, c: its mailbox API, or why: a positive errno */
    MACHINE_NOTE_VF_LINK,          /* b: 0 down, 1 up, as its driver sees it */
};

enum { MACHINE_DRIVER_IXGBEVF = 1, MACHINE_DRIVER_IGBVF = 2, MACHINE_DRIVERS_ALL = 3 };

enum machine_vf_driver {
    MACHINE_VF_UP = 0,
    MACHINE_VF_DOWN,
    MACHINE_VF_NO_DRIVER,
    MACHINE_VF_FAILED,
    MACHINE_VF_VANISHED,
    MACHINE_VF_STOPS
};

enum { MACHINE_FRAGMENTS_MAX = 18 };

/* FRAME_NEXT: a buffer offered; len 0: nothing due */
struct machine_tx {
    uint64_t gpa;
    uint32_t cap;
    uint32_t len;
    uint64_t next_due; /* cycles; ~0: the WORK line will tell */
    uint32_t vlan;     /* tag to be inserted by the device: 0x10000 | TCI, or 0 */
    uint32_t mss;      /* bytes of a TCP segment: the device is to cut it; 0: it is whole */
    uint32_t checksum; /* 1: the device is to compute the checksum of layer 4 */
    uint32_t stopped;  /* the guest says: its queue is stopped (1), and who sends as fast as he may is to wait */
};

/* What the driver has to say of a received frame: machine_rx.info. Verdicts and types are NPA's (npa_plugin_api.h). */
enum machine_rx_info {
    MACHINE_RX_SAID = 1, /* it says something; else the rest means nothing */
    MACHINE_RX_IPV4 = 2,
    MACHINE_RX_IPV6 = 4,
    MACHINE_RX_TCP = 8,
    MACHINE_RX_UDP = 16,
    MACHINE_RX_NOT_IP = 32,
    MACHINE_RX_VERIFIES = 64, /* its device verifies checksums, … */
    MACHINE_RX_STRIPS = 128,  /* … takes tags off, … */
    MACHINE_RX_HASHES = 256,  /* … spreads frames over queues */
    MACHINE_RX_IP_XSUM_SHIFT = 16, /* two bits each: SHELL_XSUM_… */
    MACHINE_RX_TCP_XSUM_SHIFT = 18,
    MACHINE_RX_UDP_XSUM_SHIFT = 20,
};

/* FRAME_DELIVER */
struct machine_rx {
    uint32_t fragments;
    uint32_t vlan;     /* tag that was stripped: 0x10000 | TCI, or 0 */
    uint32_t info;     /* enum machine_rx_info */
    uint32_t bytes;    /* length of the frame, as the device said it */
    uint32_t hash_type, hash;
    uint64_t hash_key; /* guest-physical, 40 bytes: the key the driver gave its device; 0: it does not know it */
    struct {
        uint64_t gpa;
        uint64_t len;
    } fragment[MACHINE_FRAGMENTS_MAX];
};

/* Operator's acts inside the guest (a scenario's `guest VM …`): what `ip link`, `ip maddr`, `vconfig`, `ethtool` would do. */
enum machine_job_kind {
    MACHINE_JOB_SET_MAC = 1,      /* mac */
    MACHINE_JOB_RX_MODE = 2,      /* arg: bits 0 promisc, 1 allmulti */
    MACHINE_JOB_ADD_MULTICAST = 3, /* mac */
    MACHINE_JOB_DEL_MULTICAST = 4,
    MACHINE_JOB_ADD_VLAN = 5,     /* arg: VID; frames of it are accepted */
    MACHINE_JOB_DEL_VLAN = 6,
    MACHINE_JOB_RX_STOP = 7,      /* stop taking frames off the ring (arg: 1) or go on (0): a slow guest */
    MACHINE_JOB_BAD_RX_BUFFER = 8, /* misbehave: post `arg` as the address of the next receive buffers (0: stop it) */
    MACHINE_JOB_BAD_TX = 9,       /* misbehave: post a transmit descriptor with address `arg` */
    MACHINE_JOB_WILD_STORE = 10,  /* misbehave: store to guest virtual address window + arg (a crash) */
    MACHINE_JOB_HANG = 11,        /* misbehave: loop without exits */
    MACHINE_JOB_RESET_VF = 12,    /* reset the VF from inside (VFCTRL.RST), then recover */
    MACHINE_JOB_BAD_DESCRIPTOR = 14, /* misbehave: post a transmit descriptor that no chip knows */
    MACHINE_JOB_ADD_ADDRESS = 15, /* mac: another unicast address that it hears, as a macvlan or VRRP needs one */
    MACHINE_JOB_DEL_ADDRESS = 16,
    MACHINE_JOB_HOTPLUG = 13,     /* how it answers its slot's attention button: after `arg` ns, never with ~0 */
    MACHINE_JOB_DRIVER = 40,      /* load the driver with NPA (arg 1) or the one without (0) */
    MACHINE_JOB_SET_RINGS = 20,   /* arg: receive descriptors in 31:0, transmit descriptors in 63:32 */
    MACHINE_JOB_SET_FEATURES = 21, /* arg: UPT1_F_RXCSUM, UPT1_F_RXVLAN; others stay */
    MACHINE_JOB_SET_RSS = 22,     /* arg: a byte a queue, its weight in the redirection table; 0: the default */
    MACHINE_JOB_BUSY_POLL = 23,   /* arg: microseconds that its system polls before it sleeps; 0: none */
    MACHINE_JOB_POLL_BUDGET = 24, /* arg: frames a poll may take, 1 … 64 */
    MACHINE_JOB_MODERATE = 25,    /* arg: microseconds between interrupts of the VF that it drives itself; 0: none */
};

struct machine_job {
    uint32_t number;
    uint32_t kind;
    uint64_t arg;
    uint8_t mac[8];
};

enum machine_app {
    MACHINE_APP_STATION = 0, /* plays its half of replays and flows, takes what comes */
    MACHINE_APP_SINK = 1,
    MACHINE_APP_ECHO = 2,
    MACHINE_APP_SOURCE = 3,
    MACHINE_APP_WRITER = 4 /* a station that writes pages of a working set, too */,
    MACHINE_APP_BRIDGE = 5 /* forwards between two VLANs, as Linux's bridge over eth0.10 and eth0.20 */
};

enum { MACHINE_POSTS_MAX = 32, MACHINE_POST_WORDS = 6 };

/* a posted call */
struct machine_post {
    uint64_t cycles; /* the clock behind it: one more than before, later than the post before it, and earlier than the horizon */
    uint32_t op;     /* enum machine_op */
    uint32_t zero;
    /* a, b, c; of FRAME_DELIVER a struct machine_rx with one fragment, as far as that goes; of FRAME_NEXT nothing: the guest
     * looked, and saw by work_due that nothing is due. */
    uint64_t word[MACHINE_POST_WORDS];
};

/* Cycles of the calls that a driver and its plugin are made of, by the profile from counted instructions: for a frame sent, a frame
 * received, a poll and an interrupt. */
struct machine_calls {
    uint32_t tx, rx, poll, interrupt;
};
/* Whose they are in an image: the shell's own, its plugin's for the emulated device, its drivers'; and how counts call them. */
#define MACHINE_CALLS_OF(CALLS_OF) \
    CALLS_OF(SHELL, "shell") CALLS_OF(VMXNET3, "vmxnet3") CALLS_OF(IXGBEVF, "ixgbevf") CALLS_OF(IGBVF, "igbvf")
enum {
#define MACHINE_CALLS_MEMBER(name, text) MACHINE_CALLS_##name,
    MACHINE_CALLS_OF(MACHINE_CALLS_MEMBER)
#undef MACHINE_CALLS_MEMBER
        MACHINE_CALLS
};

/* read-only for the guest except `cycles`, `horizon`, which it may lower, and its posts */
struct machine {
    uint32_t magic, version;
    uint64_t cycles;
    uint64_t horizon;
    uint32_t irq_pending; /* lines raised and not yet returned by WAIT/PAUSE; looked at without an exit */
    uint32_t cpu_khz;
    uint64_t ram_bytes;
    uint64_t heap_gpa; /* first free byte behind the loaded image; the guest owns all RAM from here but its stack */
    uint64_t stack_gpa, stack_bytes;
    uint32_t app; /* enum machine_app */
    uint32_t npa; /* 1: the guest's driver has NPA, 0: behaves as a plain vmxnet3 driver */
    uint32_t queues; /* receive/transmit queue pairs asked for */
    uint32_t mtu;
    uint32_t rx_ring, tx_ring; /* descriptors a ring */
    uint32_t stack_cycles; /* what the guest OS's stack charges a frame, from the profile */
    uint32_t tx_queue_frames; /* shell's own transmit queue while a path is stopped */
    uint64_t seed;
    uint32_t net; /* enum machine_net */
    uint32_t writer_pages; /* MACHINE_APP_WRITER: its working set */
    uint64_t writer_rate_pps; /* pages a second */
    uint32_t vf_drivers; /* which its kernel has: MACHINE_DRIVER_… */
    uint32_t tx_burst; /* the longest frame its workloads make for a device to segment, bytes; 0: none longer than the MTU */
    uint32_t bridge_vlan[2]; /* MACHINE_APP_BRIDGE: its two sides; 0: untagged */
    /* more of what the guest OS charges, from the profile: a frame of an application that is in the kernel, a segment that GRO adds
     * to the one before, an interrupt, a poll, the application's part of a frame, a byte between kernel and application */
    uint32_t kernel_cycles, gro_cycles, irq_cycles, poll_cycles, app_cycles;
    uint32_t rx_byte_millicycles, tx_byte_millicycles;
    uint32_t vcpu; /* which one this is */
    uint32_t list_cycles; /* a NET_BUFFER_LIST through NDIS; 0 of systems that have none */
    /* what this image's own code takes; of a plugin that is injected the hypervisor tells (NPA_PluginConfExt) */
    struct machine_calls calls[MACHINE_CALLS];
    uint32_t digest_byte_millicycles; /* an image's digest */
    uint32_t page_cycles; /* MACHINE_APP_WRITER: a page */
    uint32_t switch_cycles; /* a process that waits for a socket is woken and switched to; 0: it is awake */
    uint32_t zero;

    /* As of the last entry, and until the horizon. */
    uint64_t work_due; /* cycles: when FRAME_NEXT will have a frame; ~0: the WORK line will tell */
    uint64_t bad_handovers; /* FRAME_DELIVERs that came to nothing so far */
    uint32_t post_ops; /* which calls may be posted: bits by enum machine_op … */
    uint32_t post_room; /* … and how many in all */
    uint64_t post_gpa, post_len; /* MMIO_WRITE: to these registers only; … */
    uint64_t post_reach; /* … nothing comes of it sooner than so many cycles later, which is a horizon from then on */
    uint32_t posted; /* the guest's: how many lie in the ring */
    uint32_t vcpus; /* how many there are */
    struct machine_post post[MACHINE_POSTS_MAX];
};

typedef uint64_t (*machine_exit_fn)(uint64_t op, uint64_t a, uint64_t b, uint64_t c);

/* `here`: the address of anything in this VM's window (a global of the image). */
static inline uint64_t machine_window(const void *here) { return (uint64_t)(uintptr_t)here & ~(MACHINE_WINDOW_SIZE - 1); }
static inline volatile struct machine *machine_page(uint64_t window)
{
    return (volatile struct machine *)(uintptr_t)(window + MACHINE_PAGE_OFFSET);
}
static inline uint64_t machine_exit(uint64_t window, uint64_t op, uint64_t a, uint64_t b, uint64_t c)
{
    return ((machine_exit_fn)(uintptr_t)(window + MACHINE_STUB_OFFSET))(op, a, b, c);
}
static inline void machine_charge(uint64_t window, uint64_t cycles)
{
    volatile struct machine *m = machine_page(window);
    uint64_t now = m->cycles + cycles;
    m->cycles = now;
    if (__builtin_expect(now >= m->horizon, 0))
        machine_exit(window, MACHINE_OP_SYNC, 0, 0, 0);
}

/* The next entry of the ring, to be filled and ended; NULL: the call has to be made. One that reaches the horizon has, since what
 * happens by then comes first. */
static inline volatile struct machine_post *machine_post_begin(uint64_t window, uint32_t op)
{
    volatile struct machine *m = machine_page(window);
    if (!(m->post_ops >> op & 1) || m->posted >= m->post_room || m->cycles + 1 >= m->horizon)
        return 0;
    return &m->post[m->posted];
}
static inline void machine_post_end(uint64_t window, uint32_t op)
{
    volatile struct machine *m = machine_page(window);
    volatile struct machine_post *post = &m->post[m->posted];
    uint64_t now = m->cycles + 1;
    post->op = op;
    post->cycles = m->cycles = now;
    m->posted++;
}
/* 0: it has to be made. */
static inline int machine_post(uint64_t window, uint32_t op, uint64_t a, uint64_t b, uint64_t c)
{
    volatile struct machine_post *post = machine_post_begin(window, op);
    if (!post)
        return 0;
    post->word[0] = a;
    post->word[1] = b;
    post->word[2] = c;
    machine_post_end(window, op);
    return 1;
}
static inline int machine_post_store(uint64_t window, uint64_t gpa, uint64_t size, uint64_t value)
{
    volatile struct machine *m = machine_page(window);
    if (gpa - m->post_gpa >= m->post_len || !machine_post(window, MACHINE_OP_MMIO_WRITE, gpa, size, value))
        return 0;
    uint64_t until = m->cycles + m->post_reach;
    if (until < m->horizon)
        m->horizon = until;
    return 1;
}

#endif
