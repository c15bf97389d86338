/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PF driver's state, and what its parts give each other. Nothing outside this folder and the families below it includes it.
 *
 *   pf.c           making one, and the views of it
 *   op.c           the queue of operations: in order of arrival, one at a time; events, save
 *   op.h           an operation, and what its steps ask for
 *   run.c          which operation is which; what bring-up has in common
 *   family.h       what is a chip's, behind one table
 *   life.c         acquire, reset; what is set for one VF
 *   tables.c       addresses, VLANs, groups: which entry is whose
 *   vports.c       the same, of chips with the registers of nic/vports.h
 *   uplink.c       the host's own side: memory, what may be sent, what a frame costs
 *   queues.c       NetQueue: queue pairs with filters, of a chip with several pools of the PF's
 *   netdev.c       the PF as an interface of its host; flows into queues
 *   operator.c     what an operator sets beyond operations: link state, bridge mode, mirrors, moderation
 *   num_vfs.c      how many VFs there are, at run time
 *   closing.c      why a VF is closed, for people
 *   status.c       operations and how they end, in words
 *   talk.c         who says what to whom, for the journal
 */
#ifndef VFSIM_PF_PF__H
#define VFSIM_PF_PF__H

#include "pf/family.h"
#include "pf/op.h"

/* what the frames below have room for; a chip's own limits (struct pf_limits) are at most these */
enum {
    PF_POOLS_MAX = 64,         /* a set of pools is a uint64_t */
    PF_VFS_MAX = PF_POOLS_MAX - 1, /* and one pool is the host's own side */
    PF_FILTERS_MAX = 128,      /* receive addresses */
    PF_VLANS_MAX = 64,
    PF_GROUP_WORDS = 128,      /* a table of 4096 bits */
    PF_RING_DEFAULT = 512,
    PF_RING_MAX = 4096,
    PF_RX_BUFFER = 2048,
    PF_TX_BUFFER = 10240,      /* a jumbo frame in one piece */
    PF_POLL_BUDGET = 64,
    PF_REFILL_BATCH = 32,
    PF_RS_INTERVAL = 16,       /* every so many frames ask for a write-back */
    PF_VECTOR_DATA = 0,        /* of the first channel; the others follow behind MISC */
    PF_VECTOR_MISC = 1,
    PF_RINGS_MAX = PF_CHANNELS_MAX + PF_NETQUEUES_MAX,
};
_Static_assert(PF_POOLS_MAX == 8 * sizeof(uint64_t), "a pool a bit");

enum pf_verb {
    PF_EV_GO = 1,
    PF_EV_READ,
    PF_EV_WAKE,
    PF_EV_POLL,
    PF_EV_KICK,
    PF_EV_MISC,
    PF_EV_FLR_OVER,
    PF_EV_NUM_VFS,
    PF_EV_HANDLED
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
    uint16_t asked_mtu;       /* what its owner will want, said when it was acquired */
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
    uint32_t eitr;            /* its moderation in force, as the chip has it */
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

/* one queue pair of the PF's own: those of its interface, and behind PF_CHANNELS_MAX those of filters (pf__queue_channel()) */
struct pf_channel {
    bool poll_pending, kick_pending;
    bool is_held, poll_missed; /* what is in its ring waits for what is in another's; it was to be polled meanwhile */
    uint32_t rx_next, rx_posted;             /* free running: next to look at, next to post */
    uint32_t rx_bells;                       /* what the tail register was last told */
    uint32_t tx_put, tx_told, tx_done;       /* free running: filled, told to the chip, reclaimed */
    uint64_t rx_frames, tx_frames, tx_full, rx_strange, rx_csum_errors;
    uint64_t rx_bytes, tx_bytes;
};

/* a queue with a filter: plain data */
struct pf_queue {
    uint8_t mac[6];
    uint16_t vlan;
    uint32_t in_use;
};

struct pf_state {
    bool started;
    bool tx_stopped;         /* its own queues are being changed */
    bool is_down;            /* `ip link set NIC down`: the chip is reset and has no driver */
    uint32_t op_put, op_get; /* free running */
    bool op_running;
    uint64_t read_serial;    /* which answer is awaited */
    uint32_t value;          /* the last answer */
    struct pf_vf vf[PF_VFS_MAX];
    struct pf_filter filter[PF_FILTERS_MAX];
    struct pf_vlan vlan[PF_VLANS_MAX];
    uint32_t groups[PF_GROUP_WORDS];                /* by 12 bits of the address */
    uint32_t receive_enable[2], transmit_enable[2]; /* pools, a bit each */
    uint64_t macs_checked, vlans_checked;           /* of what these VFs send */
    uint32_t queue_drop;                            /* queues that drop without descriptors, where one word has them */
    uint32_t max_frame;
    struct pf_closing closing[PF_VFS_MAX];
    uint32_t eitrsel;
    bool rss_on, link_up, mdd;
    struct pf_flow_rule flow_rule[PF_FLOW_RULES_MAX];
    uint8_t rss_table[PF_RSS_TABLE_MAX];            /* which queue of a pool a hash goes to */
    bool misc_queued;
    bool hears_all;                                 /* PF_MIRROR_ALL */
    /* data path */
    struct pf_channel channel[PF_RINGS_MAX];
    struct pf_queue queue[PF_NETQUEUES_MAX + 1]; /* from 1 */
    uint32_t ring_rx, ring_tx, channels, features;
    uint64_t mem_used;                       /* high water of the memory, whole pages */
    uint32_t mtu;                            /* of the PF's interface */
    uint32_t rss_key[PF_RSS_KEY_BYTES / 4];
    bool rss_is_mine;                        /* an operator set table or key for the PF */
    /* what an operator set */
    struct pf_mirror mirror[PF_MIRRORS_MAX];
    uint32_t bridge_mode, moderation; /* moderation: in the chip's steps */
    uint32_t num_vfs;    /* there are now, for drivers */
    uint32_t num_vfs_on; /* NumVFs was written: the time until the next write is not over */
};

struct pf {
    struct component c; /* first */
    const struct pf_family *family;
    struct nic *nic;
    struct sim_mem *mem;
    uint64_t mem_base, mem_len;
    uint32_t ring_len, ring_max; /* descriptors at the start, at most */
    unsigned channels_max;
    unsigned netqueues;     /* queue pairs with filters */
    unsigned queues;        /* of a VF */
    bool outside;           /* a guest drives the chip */
    struct pci_function *own_vf; /* the VF of its data path, of symmetric hardware; else NULL */
    struct iommu_domain *domain;
    struct msi_sink sink;
    struct cpu_thread handler[PF_RINGS_MAX], poller[PF_RINGS_MAX]; /* interrupts, frames of a queue pair */
    struct cpu_thread sender[PF_NETQUEUES_MAX + 1];                /* of one with a filter, what it sends */
    struct cpu_thread misc, operator;                                    /* the other interrupts; operations */
    struct port uplink, queue_uplink[PF_NETQUEUES_MAX + 1]; /* the latter from 1 */
    struct component *listener; /* of news; NULL: none */
    uint16_t listener_verb;
    uint32_t listener_cookie;
    struct procedure_kind procedures;
    struct procedure procedure; /* of the operation under way */
    struct pf_state s;
    struct pf_op op[PF_OPS_MAX];
    uint8_t tx_rs[PF_RINGS_MAX][PF_RING_MAX]; /* descriptor asked for a write-back */
    void *own;              /* of the family; its hooks know it */
};

static inline const struct pf_limits *pf__limits(const struct pf *pf) { return pf->family->limits; }

/* VFs that others may have; behind them the pool of the host's own side, the PF's or, of symmetric hardware, a VF's. */
static inline unsigned pf__vfs(const struct pf *pf) { return pf->nic->vf_count - (pf->own_vf ? 1 : 0); }
static inline bool pf__is_sriov(const struct pf *pf) { return pf->nic->vf_count > 0; }
static inline unsigned pf__pool(const struct pf *pf) { return pf__vfs(pf); }
static inline uint64_t pf__pool_bit(unsigned pool) { return UINT64_C(1) << pool; }
static inline unsigned pf__queue(const struct pf *pf) { return pf__is_sriov(pf) ? pf__pool(pf) * pf->queues : 0; }
/* Pools of the host's own side, and the one of an own queue pair; its queue pairs, which i numbers one behind the other. */
static inline uint64_t pf__own_pools(const struct pf *pf) { return (pf__pool_bit(pf->netqueues + 1) - 1) << pf__pool(pf); }
static inline unsigned pf__queue_channel(unsigned queue) { return queue ? PF_CHANNELS_MAX + queue - 1 : 0; }
static inline unsigned pf__channel_pool(const struct pf *pf, unsigned c)
{
    return pf__pool(pf) + (c < PF_CHANNELS_MAX ? 0 : c + 1 - PF_CHANNELS_MAX);
}
static inline unsigned pf__rings(const struct pf *pf) { return pf->s.channels + pf->netqueues; }
static inline unsigned pf__ring(const struct pf *pf, unsigned i)
{
    return i < pf->s.channels ? i : PF_CHANNELS_MAX + i - pf->s.channels;
}
static inline bool pf__has_ring(const struct pf *pf, unsigned c)
{
    return c < PF_CHANNELS_MAX ? c < pf->s.channels : c - PF_CHANNELS_MAX < pf->netqueues;
}
static inline unsigned pf__vector_of(unsigned channel) { return channel ? channel + PF_VECTOR_MISC : PF_VECTOR_DATA; }
static inline uint32_t pf__data_vectors(const struct pf *pf) /* a bit each */
{
    uint32_t bits = 0;
    for (unsigned i = 0; i < pf__rings(pf); i++)
        bits |= 1u << pf__vector_of(pf__ring(pf, i));
    return bits;
}
static inline bool pf__vf_runs(const struct pf_vf *v) { return v->state == PF_VF_ENABLED || v->state == PF_VF_ACTIVE; }
static inline bool pf__spoof_is_checked(const struct pf_vf *v) { return v->admin.spoofchk && !v->port_forges; }

/* ---- pf.c ---- */
void pf__vf_set_state(struct pf *pf, unsigned vf, enum pf_vf_state state);
void pf__news(struct pf *pf, enum pf_news news, unsigned vf, int status, uint64_t mac); /* to who listens, if anybody does */

/* ---- threads.c ---- */
void pf__threads_init(struct pf *pf, struct cores *cores);
void pf__threads_fini(struct pf *pf);
void pf__threads_save(struct pf *pf, struct save *s);
void pf__handled(struct pf *pf, unsigned c); /* uplink.c: an interrupt's handler asks for a poll */

/* ---- run.c ---- */
void pf__config_space(struct pf *pf);
extern const struct procedure_table pf__own_address; /* into filter 0 */

/* ---- life.c ---- */
int pf__vf_acquire(struct pf *pf, struct pf_args *a);
extern const struct procedure_table pf__reset_over; /* of the VF op->args.vf */
int pf__see_address(void *owner), pf__give_up_address(void *owner); /* steps of VF_SET_MAC: before the move, and after it */
/* Steps about the VF that the operation names: go on if it is acquired (VF_INIT), leave unless it runs (VF_QUIESCE); and it is
 * quiet: enabled again, if it was not reset meanwhile. */
int pf__see_acquired(void *owner), pf__see_active(void *owner);
void pf__vf_is_quiet(struct pf *pf, unsigned vf);
/* The end of VF_INIT, of families with a `vport`: it is enabled, with what was set for it; or -errno, and is acquired again. */
int pf__vf_enable(struct pf *pf, unsigned vf);
int pf__vf_flr(struct pf *pf, struct pf_op *op);
void pf__vf_flr_over(struct pf *pf, const struct event *ev);
void pf__vf_put_back(struct pf *pf, const struct pf_op *op); /* nothing of an operator's refused request is kept */
int pf__vf_set(struct pf *pf, struct pf_op *op); /* SET_MULTICAST … SET_MTU, and what an operator sets */
void pf__checks(struct pf *pf, unsigned vf); /* of what it sends; they follow from its state and its rights */
void pf__accept(struct pf *pf, unsigned vf);
int pf__set_default_vlan(struct pf *pf, unsigned vf, uint16_t vid, uint16_t qos);
int pf__set_mtu(struct pf *pf, int vf, uint16_t mtu); /* vf -1: of the PF's own side */
void pf__max_frame(struct pf *pf); /* the longest anyone asked for, to the chip */

/* ---- tables.c ---- */
/* The entry of an address for any of `pools`: its index or -1. An address may have several. */
int pf__filter_find(const struct pf *pf, const uint8_t mac[6], uint64_t pools);
/* Of a move, or an address set for a VF: the entry whose pools are to be the taker's, a new one if need be, and the pools that
 * lose it. -EPERM, -ENOSPC. */
int pf__filter_plan(struct pf *pf, const struct pf_op *op, uint64_t *old);
/* When that is done: whose address it is now, and whose no more. What is checked of the taker is for the caller to write. */
void pf__owners_changed(struct pf *pf, uint64_t old, const struct pf_args *args);
/* The move of an address that is written in one go, as the start of a step, so that no frame sees two owners or none whatever order
 * was asked for: PROCEDURE_NEXT or -errno. A VF that loses its address may still send, so its check is suspended until it has it
 * again or is stopped. `early`: a VF may be given one before it runs. */
struct pf_move {
    void (*loses)(struct pf *pf, unsigned vf); /* what is to be written for it; before the address is */
    void (*takes)(struct pf *pf, unsigned vf); /* likewise; NULL: nothing */
    void (*has)(struct pf *pf, unsigned vf); /* behind it */
};
int pf__move(struct pf *pf, bool early, const struct pf_move *write);
int pf__filter_add(struct pf *pf, const uint8_t mac[6], uint64_t pools);
void pf__filter_pools(struct pf *pf, unsigned i, uint64_t pools); /* who takes entry i from now on */
void pf__filter_drop(struct pf *pf, unsigned i, uint64_t pools);
void pf__filters_release(struct pf *pf, unsigned vf);
int pf__own_filter_add(struct pf *pf, const struct pf_op *op); /* PF_ADD_MAC_FILTER */
int pf__own_filter_del(struct pf *pf, const struct pf_args *args);
int pf__vlan_add(struct pf *pf, unsigned vf, uint16_t vid);
int pf__vlan_del(struct pf *pf, unsigned vf, uint16_t vid);
void pf__groups(struct pf *pf); /* those of all VFs, to the chip */

/* ---- uplink.c ---- */
int pf__use_memory(struct pf *pf); /* maps what rings of the present shape need; -ENOMEM */
void pf__message(struct pf *pf, uint32_t vector);
uint32_t pf__tx_free(const struct pf *pf, unsigned channel); /* descriptors of its transmit ring */
void pf__sent(struct pf *pf, unsigned channel);
bool pf__polled(struct pf *pf, unsigned channel, uint32_t frames);
void pf__handed_up(struct pf *pf, unsigned channel, uint32_t frames); /* at once, behind what the channel has to do already */
enum fate pf__judge(const struct pf *pf, const struct frame *f); /* FATE_COUNT: it may be sent */
/* Of a family with one queue pair: what was received goes up; 0: there is no frame. */
void pf__hand_up(struct pf *pf, frame_ref ref);
/* A frame goes through the hands of the thread that polls a queue pair. */
static inline void pf__pass(const struct pf *pf, unsigned channel, const struct frame *f)
{
    if (frame_is_witness(f))
        cpu_thread_pass(&pf->poller[channel], pf->c.sim, f, &pf->c);
}
/* Of a family with one queue pair: a frame into its ring by `post`, at that free-running place, or its end. */
void pf__post_one(struct pf *pf, frame_ref ref, void (*post)(struct pf *pf, uint32_t at, frame_ref ref));
/* Steps of its fences: hand out all that has come; tell the chip what was filled; wait until all of that is done (with pf__again as
 * its `done`). */
int pf__hand_out(void *owner), pf__tell_chip(void *owner), pf__wait_for_sent(void *owner);

/* ---- queues.c ---- */
int pf__queues_create(struct pf *pf, const char *name);
void pf__queues_destroy(struct pf *pf);
void pf__queues_forget(struct pf *pf); /* the chip was reset: nobody has one */

/* ---- netdev.c ---- */
void pf__netdev_init(struct pf *pf);
uint32_t pf__changeable(const struct pf *pf); /* features, enum pf_feature */
unsigned pf__channels_most(const struct pf *pf);
int pf__take_mtu(struct pf *pf, uint16_t mtu, uint16_t most); /* of one whose buffers hold any frame; -EINVAL */

/* ---- closing.c ---- */
void pf__close(struct pf *pf, unsigned vf, enum pf_closed_by by, uint32_t frame);
void pf__open(struct pf *pf, unsigned vf, enum pf_closed_by by); /* if it is closed by that */

/* ---- num_vfs.c ---- */
int pf__set_num_vfs(struct pf *pf, struct pf_op *op);
void pf__num_vfs_over(struct pf *pf, const struct event *ev);

#endif
