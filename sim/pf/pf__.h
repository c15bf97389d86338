/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the PF drivers share. Nothing outside this folder includes it.
 *
 *   pf.c           the public face: requests in order of arrival, VF life, events, save
 *   pf_talk.c      who says what to whom, for the journal
 *   pf_hw.h        what a chip's registers are to the routines below, which are every chip's
 *   ixgbe.c        which operation is which routine; bring-up of the 82599
 *   ixgbe_hw.c     the 82599's registers
 *   igb.c          the 82576: bring-up, registers, and what its VFs' driver says otherwise
 *   upt.h          private to the UPT NIC's driver
 *   upt.c          the UPT NIC: bring-up, commands of the chip, fences
 *   upt_vf.c       the life of its VFs: init from an image, save; what is set for one
 *   upt_data.c     its own rings, vmxnet3's
 *   ixgbe_vf.c     acquire, init, activate, quiesce, release, reset; what is set for one VF
 *   ixgbe_state.c  what a VF's own driver has made of it, for a migration
 *   ixgbe_filter.c addresses, VLANs, multicast; the filter move and its orders
 *   ixgbe_stats.c  queue statistics and status, moderation, RSS table, mirror
 *   ixgbe_fence.c  waiting until frames have left the chip's packet buffers
 *   pf_numvfs.c    how many VFs there are, at run time
 *   pf_closing.c   why a VF is closed, for people
 *   pf_oper.c      what an operator sets beyond operations: link state, bridge mode, mirrors, moderation
 *   ixgbe_data.c   rings, interrupts, frames in and out of pf_uplink()
 *   ixgbe_reset.c  function-level reset of the PF
 *   ixgbe_restart.c the driver's own reset: down, up, and all that needs both
 *   ixgbe_own_vf.c data path by a VF of the hypervisor's own, of symmetric hardware
 *   ixgbe_netdev.c rings, channels, features, address and MTU of the PF's own interface
 *   ixgbe_flow.c   frames into queues by what they are
 *   ixgbe_mdd.c    queues blocked for their drivers' malice
 *   ixgbe_mbx.c    mailbox messages of VFs, and the news of their resets
 *
 * An operation is a routine that waits for register reads and for time. It is written straight on, as real drivers are, with
 * WAIT_READ() and WAIT_PS(), which return from the routine and come back behind themselves (Duff's device, as in
 * protothreads). All it must remember lives in struct pf_op, so a wait can be saved and restored like anything else.
 */
#ifndef VFSIM_PF_PF__H
#define VFSIM_PF_PF__H

#include <assert.h>

#include "nic/82599/desc.h"
#include "nic/82599/regs.h"
#include "pf/netdev.h"
#include "pf/pf_hw.h"

enum {
    PF_VFS_MAX = 63,
    PF_OPS_MAX = 256,          /* operations waiting at once; a further one is -EBUSY */
    PF_OPS_OWN = 2,            /* of them kept for the driver itself */
    PF_FILTERS_MAX = 128,      /* receive addresses [82599 8.2.3.7.9] */
    PF_VLANS_MAX = 64,         /* VLVF entries */
    PF_RING_DEFAULT = 512,
    PF_RING_MAX = 4096,
    PF_RX_BUFFER = 2048,
    PF_TX_BUFFER = 10240,      /* a jumbo frame in one piece */
    PF_POLL_BUDGET = 64,
    PF_REFILL_BATCH = 32,
    PF_RS_INTERVAL = 16,       /* every so many frames ask for a write-back */
    PF_VECTOR_DATA = 0,        /* of the first channel; the others follow behind MISC */
    PF_VECTOR_MISC = 1,
};
#define PF_POLL_PS SIM_US             /* between two looks at a register or a descriptor */
#define PF_TIMEOUT_PS (10 * SIM_MS)

enum pf_verb { PF_EV_GO = 1, PF_EV_READ, PF_EV_WAKE, PF_EV_POLL, PF_EV_KICK, PF_EV_MISC, PF_EV_FLR_OVER, PF_EV_NUM_VFS };

enum { PF_WAIT = 1 }; /* an operation's routine: 0 or -errno done, PF_WAIT it waits */

/* Operations of the driver itself, in the same queue. */
enum { PF_OP_START = 0x200, PF_OP_MISC = 0x201 };

struct pf_fence { /* of a packet buffer, or of a ring */
    int32_t place;
    uint32_t target, last;
    sim_time deadline;
};

struct pf_op {
    uint32_t op;          /* enum vmk_netptop or one of ours */
    struct pf_args args;
    uint16_t from;        /* component id, 0: nobody waits */
    uint16_t verb;
    bool admin;           /* an operator's: kept beyond the VF's life */
    bool wrote;           /* registers were written: flushed before it is reported done */
    uint64_t cookie;
    int32_t place, sub_place, call_place;
    int32_t half, stage;  /* of the driver's own reset, and around it */
    int32_t status;
    struct pf_fence fence;
    uint32_t i, j, k;     /* the routine's own */
    uint64_t old_pools, new_pools;
    uint32_t message[IXGBE_VFMAILBOX_SIZE];
    struct pf_vf_admin before; /* what an operator's request would change */
};

struct pf_vf {
    enum pf_vf_state state;
    uint8_t mac[6];           /* what it has now; zero: none */
    bool has_mac;
    bool is_given;            /* the host's own side gives the administrative address up when its driver claims it */
    bool spoof_yields;        /* it was allowed addresses besides its own */
    bool spoof_suspended;     /* its address is at the PF while it may still transmit */
    bool port_forges;         /* its owner lets it forge, whatever the operator's setting, while it has the VF */
    uint16_t vlan, qos;       /* default VLAN in force, 0 none */
    uint8_t rx_broadcast, rx_multicast, rx_allmulti;
    uint16_t mtu;
    uint32_t multicast_count;
    uint8_t multicast[PF_MULTICAST_MAX][6];
    uint32_t vlan_count;      /* VLANs of its own, without the default VLAN */
    bool clear_to_send;       /* mailbox */
    bool ping_due;            /* its driver waits for a control message */
    uint8_t rx_queues;        /* it was acquired with */
    uint32_t api;
    bool flr_under_way;
    bool flr_mine;            /* it was the driver's own, and the chip has yet to tell of it */
    uint8_t blocked_rx, blocked_tx; /* queues that malicious driver detection has blocked */
    uint32_t mdd_events;
    bool lived;               /* was initialised before: its counters run on */
    uint32_t eitr;            /* VTEITR in force */
    bool has_rss_table;
    uint32_t base[7];         /* what the pool's counters held when they were last read */
    struct pf_vf_stats stats; /* answers */
    struct pf_queue_status status[PF_QUEUES_MAX];
    struct pf_vf_admin admin;
};

struct pf_filter {
    uint8_t mac[6];
    bool valid;
    uint8_t zero;
    uint16_t users;  /* of the host's own side: emulated machines with this address */
    uint16_t zeros[3];
    uint64_t pools;
};

struct pf_vlan {
    uint16_t vid;
    bool valid;
    uint64_t pools;     /* VFs; the PF is in every entry */
};

struct pf_channel { /* one queue pair of the PF's own */
    bool poll_pending, kick_pending;
    sim_time busy_until;                     /* the core that serves it */
    uint32_t rx_next, rx_posted;             /* free running: next to look at, next to post */
    uint32_t rx_bells;                       /* what the tail register was last told */
    uint32_t tx_put, tx_told, tx_done;       /* free running: filled, told to the chip, reclaimed */
    uint64_t rx_frames, tx_frames, tx_full, rx_strange, rx_csum_errors;
    uint64_t rx_bytes, tx_bytes;
};

struct pf_state {
    bool started;
    bool tx_stopped;         /* its own queues are being changed */
    bool is_down;            /* `ip link set NIC down`: the chip is reset and has no driver */
    uint32_t op_put, op_get; /* free running */
    bool op_running;
    uint64_t read_serial;    /* which answer is awaited */
    uint32_t value;          /* the last answer */
    struct sim_rate cpu;
    uint64_t cpu_ps;         /* used so far */
    struct pf_vf vf[PF_VFS_MAX];
    struct pf_filter filter[PF_FILTERS_MAX];
    struct pf_vlan vlan[PF_VLANS_MAX];
    uint32_t mta[128];
    uint32_t receive_enable[2], transmit_enable[2]; /* PFVFRE, PFVFTE */
    uint32_t spoof[8];                              /* PFVFSPOOF */
    uint32_t queue_drop;                            /* QDE of the 82576 */
    uint32_t max_frame;
    struct pf_closing closing[PF_VFS_MAX];
    uint32_t eitrsel;
    bool rss_on, link_up, mdd;
    struct pf_flow_rule flow_rule[PF_FLOW_RULES_MAX];
    uint8_t rss_table[PF_RSS_TABLE_MAX];            /* RETA */
    bool misc_queued;
    /* data path */
    struct pf_channel channel[PF_CHANNELS_MAX];
    uint32_t ring_rx, ring_tx, channels, features;
    uint64_t mem_used;                       /* high water of the memory, whole pages */
    uint32_t mtu;                            /* of the PF's interface */
    uint32_t rss_key[PF_RSS_KEY_BYTES / 4];
    bool rss_is_mine;                        /* an operator set table or key for the PF */
    /* what an operator set */
    struct pf_mirror mirror[PF_MIRRORS_MAX];
    uint32_t bridge_mode, eitr_count;
    uint32_t num_vfs;    /* there are now, for drivers */
    uint32_t num_vfs_on; /* NumVFs was written: the time until the next write is not over */
};

struct pf_chip;

struct pf {
    struct component c; /* first */
    const struct pf_chip *chip;
    struct nic *nic;
    struct sim_mem *mem;
    uint64_t mem_base, mem_len;
    uint32_t ring_len, ring_max; /* descriptors at the start, at most */
    unsigned channels_max;
    unsigned queues;        /* of a VF */
    struct pci_function *own_vf; /* the VF of its data path, of symmetric hardware; else NULL */
    struct iommu_domain *domain;
    struct msi_sink sink;
    struct port uplink;
    struct component *listener; /* of mailbox messages; NULL: none */
    uint16_t listener_verb;
    uint32_t listener_cookie;
    struct pf_state s;
    struct pf_op op[PF_OPS_MAX];
    uint8_t tx_rs[PF_CHANNELS_MAX][PF_RING_MAX]; /* descriptor asked for a write-back */
    void *own;              /* of the chip's driver; its hooks know it */
};

/* What the driver of one chip does. */
struct pf_chip {
    const char *model;
    const char *plugin_name;
    const struct pf_hw *hw;
    int (*start)(struct pf *pf, struct pf_op *op);         /* bring it up */
    int (*dispatch)(struct pf *pf, struct pf_op *op);      /* start or go on with an operation */
    void (*message)(struct pf *pf, uint32_t vector);       /* MSI-X */
    void (*poll)(struct pf *pf, unsigned channel);
    void (*kick)(struct pf *pf, unsigned channel);
    void (*send)(struct pf *pf, frame_ref ref);            /* takes ref */
    void (*vf_info)(const struct pf *pf, unsigned vf, struct pf_vf_info *out);
    enum pf_passthru passthru;
    int (*move)(struct pf *pf, struct pf_op *op);          /* MOVE_MAC; place kept in op->sub_place */
    bool has_vf_state;                                     /* of a VF that its guest's own driver runs: pf_vf_state() */
    bool filters_early;                                    /* a VF can be filtered for before VF_INIT */
    unsigned ring_step, vf_queues;                         /* ring lengths are multiples; queue pairs of a VF unless asked */
    unsigned reg_bar;                                      /* of the registers that pf__write() and pf__ask() reach */
    uint64_t (*memory)(uint32_t ring_rx, uint32_t ring_tx); /* of a channel */
    /* All may be NULL. */
    void (*vport)(struct pf *pf, unsigned vf);             /* what an operator set for a VF has changed */
    int (*create)(struct pf *pf);
    void (*destroy)(struct pf *pf);
    void (*save)(struct pf *pf, struct save *s);
};
extern const struct pf_chip pf__ixgbe, pf__ixgbe_regular, pf__igb, pf__upt;
extern const struct pf_hw pf__ixgbe_hw;

static inline const struct pf_hw *pf__hw(const struct pf *pf) { return pf->chip->hw; }

/* ---- pf.c ---- */
void pf__write(struct pf *pf, uint32_t off, uint32_t value);
void pf__ask(struct pf *pf, uint32_t off);
void pf__sleep(struct pf *pf, sim_time span);
void pf__vf_set_state(struct pf *pf, unsigned vf, enum pf_vf_state state);
void pf__enqueue_own(struct pf *pf, uint32_t op, int vf);
sim_time pf__cpu(struct pf *pf, uint64_t cycles);
/* VFs that others may have; behind them the pool of the host's own side, the PF's or, of symmetric hardware, a VF's. */
static inline unsigned pf__vfs(const struct pf *pf) { return pf->nic->vf_count - (pf->own_vf ? 1 : 0); }
static inline bool pf__is_sriov(const struct pf *pf) { return pf->nic->vf_count > 0; }
static inline unsigned pf__pool(const struct pf *pf) { return pf__vfs(pf); }
static inline unsigned pf__vector_of(unsigned channel) { return channel ? channel + PF_VECTOR_MISC : PF_VECTOR_DATA; }
static inline uint32_t pf__data_vectors(const struct pf *pf) /* a bit each */
{
    uint32_t bits = 0;
    for (unsigned c = 0; c < pf->s.channels; c++)
        bits |= 1u << pf__vector_of(c);
    return bits;
}
static inline unsigned pf__queue(const struct pf *pf)
{
    return pf__is_sriov(pf) ? pf__pool(pf) * pf->queues : 0;
}

/*
 * In a routine whose place is kept in `place`: read a register into pf->s.value; let time pass; wait for a sub-routine.
 * `n` names the wait, from 1 on and unlike any other of its routine (the compiler sees to that). It goes to disk, so a wait
 * keeps its number for as long as it is the same wait.
 */
#define OP_BEGIN(place)                                                                                                \
    switch (place) {                                                                                                   \
    case 0:
#define OP_END                                                                                                         \
    break;                                                                                                             \
    default:                                                                                                           \
        assert(!"an operation waits where no wait is");                                                                \
        }
#define WAIT_READ(place, n, off)                                                                                       \
    do {                                                                                                               \
        (place) = (n);                                                                                                 \
        pf__ask(pf, off);                                                                                              \
        return PF_WAIT;                                                                                                \
    case (n):;                                                                                                         \
    } while (0)
#define WAIT_PS(place, n, span)                                                                                        \
    do {                                                                                                               \
        (place) = (n);                                                                                                 \
        pf__sleep(pf, span);                                                                                           \
        return PF_WAIT;                                                                                                \
    case (n):;                                                                                                         \
    } while (0)
#define WAIT_FOR(place, n, result, routine)                                                                            \
    do {                                                                                                               \
        (place) = (n);                                                                                                 \
        __attribute__((fallthrough));                                                                                  \
    case (n):                                                                                                          \
        if (((result) = (routine)) == PF_WAIT)                                                                         \
            return PF_WAIT;                                                                                            \
    } while (0)

/* ---- pf_talk.c ---- */
void pf__say_asked(struct pf *pf, const struct pf_op *op);
void pf__say_begun(struct pf *pf, const struct pf_op *op);
void pf__say_answered(struct pf *pf, const struct pf_op *op, int status);
void pf__say_state(struct pf *pf, unsigned vf, const char *state); /* which the operation under way brings about */

/* ---- pf_closing.c ---- */
void pf__close(struct pf *pf, unsigned vf, enum pf_closed_by by, uint32_t frame);
void pf__open(struct pf *pf, unsigned vf, enum pf_closed_by by); /* if it is closed by that */

/* ---- pf_numvfs.c ---- */
int pf__set_num_vfs(struct pf *pf, struct pf_op *op);
void pf__num_vfs_over(struct pf *pf, const struct event *ev);
void pf__report(struct pf *pf, const struct pf_op *op, int status); /* pf.c */

/* ---- ixgbe_vf.c ---- */
int pf__ixgbe_vf_run(struct pf *pf, struct pf_op *op);
int pf__vf_acquire(struct pf *pf, struct pf_args *a);
int pf__vf_wait_reset(struct pf *pf, struct pf_op *op); /* place kept in op->sub_place */
int pf__vf_flr(struct pf *pf, struct pf_op *op);
int pf__vf_set(struct pf *pf, struct pf_op *op); /* SET_MULTICAST … SET_MTU, and what an operator sets */
static inline bool pf__spoof_is_checked(const struct pf_vf *v) { return v->admin.spoofchk && !v->port_forges; }
void pf__ixgbe_spoof(struct pf *pf, unsigned vf);
void pf__ixgbe_accept(struct pf *pf, unsigned vf);
void pf__ixgbe_vf_enable(struct pf *pf, unsigned vf, bool receive, bool transmit);
int pf__ixgbe_set_default_vlan(struct pf *pf, unsigned vf, uint16_t vid, uint16_t qos);
int pf__ixgbe_set_mtu(struct pf *pf, int vf, uint16_t mtu); /* vf -1: of the PF's own side */

/* ---- ixgbe_state.c ---- */
int pf__ixgbe_save_state(struct pf *pf, struct pf_op *op);

/* ---- ixgbe_hw.c ---- */
void pf__ixgbe_hw_stats(struct pf *pf); /* which queue has which counter */

/* ---- ixgbe_stats.c ---- */
int pf__ixgbe_queue_stats(struct pf *pf, struct pf_op *op);
int pf__ixgbe_queue_status(struct pf *pf, struct pf_op *op);
int pf__ixgbe_set_iml(struct pf *pf, const struct pf_args *args);
void pf__ixgbe_rss_start(struct pf *pf); /* when the first VF asks for more than one queue */
int pf__ixgbe_tx_rate(struct pf *pf, struct pf_op *op);
void pf__tx_rate_off(struct pf *pf, unsigned vf);
int pf__ixgbe_tx_rate_apply(struct pf *pf, struct pf_op *op); /* to the queues in use; place kept in op->sub_place */
void pf__ixgbe_rss_key(struct pf *pf, const uint8_t key[PF_RSS_KEY_BYTES]);
void pf__ixgbe_reta_write(struct pf *pf);
void pf__ixgbe_rss_restore(struct pf *pf); /* after the chip's reset */
int pf__ixgbe_rss_table(struct pf *pf, const struct pf_args *args);

/* ---- ixgbe_mdd.c ---- */
int pf__ixgbe_mdd(struct pf *pf, struct pf_op *op);          /* who is blocked; place kept in op->sub_place */
void pf__ixgbe_mdd_release(struct pf *pf, unsigned vf);

/* ---- ixgbe_filter.c ---- */
/* The entry of an address for any of `pools`: its index or -1. An address may have several. */
int pf__ixgbe_filter_find(const struct pf *pf, const uint8_t mac[6], uint64_t pools);
/* Of a move, or an address set for a VF: the entry whose pools are to be the taker's, a new one if need be, and the pools that
 * lose it. -EPERM, -ENOSPC. */
int pf__filter_plan(struct pf *pf, const struct pf_op *op, uint64_t *old);
int pf__ixgbe_filter_add(struct pf *pf, const uint8_t mac[6], uint64_t pools);
void pf__ixgbe_filter_pools(struct pf *pf, unsigned i, uint64_t pools); /* who takes entry i from now on */
void pf__ixgbe_filter_drop(struct pf *pf, unsigned i, uint64_t pools);
void pf__ixgbe_filters_release(struct pf *pf, unsigned vf);
int pf__ixgbe_move(struct pf *pf, struct pf_op *op);    /* MOVE_MAC; place kept in op->sub_place */
int pf__ixgbe_vlan_add(struct pf *pf, unsigned vf, uint16_t vid);
int pf__ixgbe_vlan_del(struct pf *pf, unsigned vf, uint16_t vid);
void pf__ixgbe_multicast(struct pf *pf);

/* ---- ixgbe_fence.c: places kept in op->fence ---- */
int pf__ixgbe_rx_fence(struct pf *pf, struct pf_op *op);
int pf__ixgbe_tx_fence(struct pf *pf, struct pf_op *op);
int pf__ixgbe_ring_fence(struct pf *pf, struct pf_op *op, unsigned queue); /* a queue's head passes its tail of now */
int pf__ixgbe_own_tx_fence(struct pf *pf, struct pf_op *op);

/* ---- ixgbe_data.c ---- */
void pf__channel_write(struct pf *pf, bool tx, unsigned channel, uint32_t field, uint32_t value);
void pf__ixgbe_data_start(struct pf *pf);
uint64_t pf__ixgbe_memory(uint32_t ring_rx, uint32_t ring_tx);
int pf__use_memory(struct pf *pf); /* maps what rings of the present shape need; -ENOMEM */
void pf__ixgbe_poll(struct pf *pf, unsigned channel);
void pf__ixgbe_receive_all(struct pf *pf); /* hands out all that has come, and takes the time for it */
void pf__ixgbe_reclaim(struct pf *pf, unsigned channel);
void pf__ixgbe_kick(struct pf *pf, unsigned channel);
void pf__ixgbe_send(struct pf *pf, frame_ref ref);
static inline uint32_t pf__rx_reg(const struct pf *pf, unsigned queue, uint32_t field)
{
    return pf__hw(pf)->rx_ring(queue) + field;
}
static inline uint32_t pf__tx_reg(const struct pf *pf, unsigned queue, uint32_t field)
{
    return pf__hw(pf)->tx_ring(queue) + field;
}

void pf__sent(struct pf *pf, unsigned channel);
bool pf__polled(struct pf *pf, unsigned channel, uint32_t frames);
enum fate pf__judge(const struct pf *pf, const struct frame *f); /* FATE_COUNT: it may be sent */

/* ---- ixgbe_reset.c ---- */
int pf__ixgbe_reset_pf(struct pf *pf, struct pf_op *op);

/* ---- ixgbe_restart.c: places kept in op->half ---- */
int pf__down(struct pf *pf, struct pf_op *op);
int pf__up(struct pf *pf, struct pf_op *op);
int pf__set_down(struct pf *pf, struct pf_op *op); /* and up: the operations */
int pf__set_up(struct pf *pf, struct pf_op *op);
void pf__forget_chip(struct pf *pf);
void pf__restore_filters(struct pf *pf, const uint8_t mac[6], uint64_t pools); /* of the filters those of these pools */
void pf__restore_settings(struct pf *pf);

/* ---- ixgbe_own_vf.c: while pf->own_vf ---- */
void pf__own_ring_write(struct pf *pf, bool tx, unsigned channel, uint32_t field, uint32_t value);
void pf__own_enable_interrupt(struct pf *pf);
void pf__own_throttle(struct pf *pf);
int pf__own_up(struct pf *pf, struct pf_op *op);

/* ---- ixgbe_netdev.c ---- */
void pf__ixgbe_netdev_restore(struct pf *pf); /* after a reset: channels, their spread and vectors */
int pf__ixgbe_netdev(struct pf *pf, struct pf_op *op); /* enum pf_netdev_op */
void pf__ixgbe_netdev_init(struct pf *pf);
void pf__ixgbe_max_frame(struct pf *pf); /* the longest anyone asked for, to the chip */

/* ---- ixgbe_mbx.c ---- */
int pf__ixgbe_misc(struct pf *pf, struct pf_op *op);
/* Tell the VF's driver, if it has spoken, to look at its link; `forget`: it has to reset itself first. */
void pf__ixgbe_ping(struct pf *pf, unsigned vf, bool forget);
/* Addresses of a VF besides its own. */
void pf__macvlan_clear(struct pf *pf, unsigned vf);
int pf__macvlan_add(struct pf *pf, unsigned vf, const uint8_t mac[6]);
int pf__ixgbe_message(struct pf *pf, unsigned vf, uint32_t *msg, uint32_t *words); /* those beyond 1 to 5 */

/* ---- ixgbe.c: what bring-up has in common ---- */
void pf__config_space(struct pf *pf);
int pf__run(struct pf *pf, struct pf_op *op);
int pf__ixgbe_dispatch(struct pf *pf, struct pf_op *op);
void pf__message(struct pf *pf, uint32_t vector);
void pf__vf_info(const struct pf *pf, unsigned vf, struct pf_vf_info *out);
int pf__own_address(struct pf *pf, struct pf_op *op, uint32_t low, uint32_t high); /* filter 0, from the chip's entry 0 */

#endif
