/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PF driver drives a NIC's physical function: the control operations that the hypervisor asks of it, and its L2 data path.
 *
 * Operations keep the published names and numbers of VMware's passthru contract [vmkapi_net_pt.h, 2009: VMK_NETPTOP_*]. They take
 * time (register accesses over PCIe, 100 ms after a reset), so each is started by pf_request() and ends as an event. The driver
 * does them one at a time in order of arrival.
 *
 * VF life: FREE -> ACQUIRED -> ENABLED (VF_INIT) -> ACTIVE (VF_ACTIVATE) -> ENABLED (VF_QUIESCE) -> FREE (VF_RELEASE); a
 * function-level reset of an owned VF makes it RESET, from which only VF_RELEASE leads on.
 */
#ifndef VFSIM_PF_PF_H
#define VFSIM_PF_PF_H

#include <stdbool.h>
#include <stdint.h>

#include "core/save.h"
#include "core/world/sim.h"
#include "cpu/cpu.h"
#include "net/port.h"
#include "nic/nic.h"
#include "nic/vmxnet3/rings_image.h"

enum vmk_netptop {
    VMK_NETPTOP_IS_SUPPORTED = 0x01,
    VMK_NETPTOP_VF_ACQUIRE = 0x02,
    VMK_NETPTOP_VF_INIT = 0x03,
    VMK_NETPTOP_VF_ACTIVATE = 0x04,
    VMK_NETPTOP_VF_QUIESCE = 0x05,
    VMK_NETPTOP_VF_SAVE_STATE = 0x06, /* of a quiesced VF. UPT: pf_vf_get_rings(); of one that its guest's own driver runs:
                                       * pf_vf_state(); under NPA -ENOTSUP */
    VMK_NETPTOP_VF_RELEASE = 0x07,
    VMK_NETPTOP_VF_GET_INFO = 0x08,
    VMK_NETPTOP_VF_SET_RSS_IND_TABLE = 0x09,
    VMK_NETPTOP_VF_GET_QUEUE_STATS = 0x0a,
    VMK_NETPTOP_VF_GET_QUEUE_STATUS = 0x0b,
    VMK_NETPTOP_VF_SET_MAC = 0x0c,
    VMK_NETPTOP_VF_SET_MULTICAST = 0x0d,
    VMK_NETPTOP_VF_SET_RX_MODE = 0x0e,
    VMK_NETPTOP_VF_ADD_VLAN_RANGE = 0x0f,
    VMK_NETPTOP_VF_DEL_VLAN_RANGE = 0x10,
    VMK_NETPTOP_VF_SET_DEFAULT_VLAN = 0x11,
    VMK_NETPTOP_VF_SET_ANTISPOOF = 0x12,
    VMK_NETPTOP_VF_SET_IML = 0x13,
    VMK_NETPTOP_PF_ADD_MAC_FILTER = 0x14,
    VMK_NETPTOP_PF_DEL_MAC_FILTER = 0x15,
    VMK_NETPTOP_PF_MIRROR_ALL = 0x16,
    VMK_NETPTOP_VF_SET_MTU = 0x17,
    /* ours, what a lossless switch needs beyond the published list */
    PF_OP_MOVE_MAC = 0x100,  /* take `mac` from the PF to vf, or back (vf -1), with `order` */
    PF_OP_RX_FENCE = 0x101,  /* done when all frames the switch had steered anywhere before now are in memory */
    PF_OP_TX_FENCE = 0x102,  /* done when all frames the chip had fetched from transmit rings before now have left it */
    PF_OP_PF_TX_FENCE = 0x103, /* done when all frames handed to pf_uplink() before now have left the chip */
    PF_OP_VF_FLR = 0x104,    /* function-level reset of a VF; done when its 100 ms are over */
    PF_OP_SET_MTU = 0x105,   /* `mtu` of the PF's own side: what the ports behind pf_uplink() must be able to receive */
    PF_OP_SET_NUM_VFS = 0x180, /* `rate`: how many VFs there are; `enable`: even with VFs in use, which are gone then. -ERANGE,
                                * -EBUSY (in use, or there are some others). Done when they may be touched, or the next
                                * number may be set */
    PF_OP_PF_FLR = 0x107,    /* function-level reset of the PF: its VFs are gone, the driver begins anew; done when it has */
    PF_OP_SET_QUEUE = 0x108, /* `mac` of the host's own side has queue `channels` for itself from now on (`enable`), frames of VLAN
                              * `first_vlan` among them (0: untagged ones), or has it no more; done when what came or was sent
                              * before has gone by the queue of before. -EBUSY: the queue is another's; -ENOENT: no such address,
                              * -ENODEV: the driver is down */
    PF_OP_VF_SET_TX_RATE = 0x106, /* `rate`: Mb/s that a VF may send at most, 0: no limit; kept beyond the VF's life */
};

enum {
    PF_PLUGIN_NAME_MAX = 256,
    PF_DEVICE_INFO_WORDS = 32,
    PF_MULTICAST_MAX = 32,
    PF_ANY_VF = -1,
    PF_RSS_TABLE_MAX = 128,
    PF_RSS_KEY_BYTES = 40,
    PF_QUEUES_MAX = 8
};

/* SET_IML: levels of moderation, numbered as vmxnet3's UPT1_IML_*. */
enum { PF_IML_NONE = 0, PF_IML_MOST = 1, PF_IML_LEAST = 7, PF_IML_ADAPTIVE = 8, PF_IML_CUSTOM = 9, PF_IML_COUNT = 10 };

/* Orders of a filter move that takes two register writes. */
enum pf_move_order {
    PF_MOVE_SAFE, /* the order the chip's driver documents as losing nothing for traffic from the uplink */
    PF_MOVE_SET_FIRST, /* new owner first, then remove the old: a window with both */
    PF_MOVE_CLEAR_FIRST, /* old owner first: a window with none */
};

/* plain data; which members count depends on the operation */
struct pf_args {
    int32_t vf; /* in; VF_ACQUIRE: PF_ANY_VF or a number in, the VF out */
    uint8_t mac[6];
    uint8_t enable; /* SET_MAC: the host's own side gives the address up; VF_ACQUIRE: also one that its guest has yet to make */
    uint8_t qos;
    uint16_t first_vlan, last_vlan; /* SET_DEFAULT_VLAN: first_vlan */
    uint16_t mtu;
    uint8_t num_tx, num_rx, num_intrs;
    uint8_t level; /* SET_IML: of every vector of the VF */
    uint8_t rx_unicast, rx_multicast, rx_broadcast, rx_allmulti, rx_promisc;
    uint8_t order; /* enum pf_move_order */
    uint32_t rate; /* SET_IML with PF_IML_CUSTOM: interrupts a second; VF_SET_TX_RATE: Mb/s */
    uint16_t giver; /* MOVE_MAC to the PF: 1 + the VF that gives it up; 0: whoever has it */
    uint16_t talker; /* the hypervisor that asks, a component; with `talk` */
    uint32_t talk; /* conversation that it belongs to (core/world/journal.h), 0 none: what is said is written down there */
    uint32_t rss_count; /* SET_RSS_IND_TABLE: entries, a power of two up to 128 */
    uint8_t rss_table[PF_RSS_TABLE_MAX]; /* queues of the VF */
    uint8_t rss_key[PF_RSS_KEY_BYTES]; /* this and the next four: pf/netdev.h */
    uint32_t ring_rx, ring_tx, channels, features; /* SET_QUEUE: channels */
    uint32_t multicast_count;
    uint8_t multicast[PF_MULTICAST_MAX][6];
    sim_time gap_ps; /* MOVE_MAC: extra time between the two register writes (tests), 0: back to back */
};

/* VF_GET_INFO's answer, read by pf_vf_info() once it is done */
struct pf_vf_info {
    uint32_t bar_bytes; /* BAR0: the register window to map into the guest */
    char plugin_name[PF_PLUGIN_NAME_MAX]; /* a file name */
    uint32_t device_info[PF_DEVICE_INFO_WORDS];
    struct pci_function *fn;
    unsigned queues, vectors;
};

/* GET_QUEUE_STATS: what a queue pair carried since the last answer (or since VF_INIT), with the FCS. */
struct pf_queue_stats {
    uint64_t rx_packets, rx_bytes, rx_out_of_buffer;
    uint64_t tx_packets, tx_bytes;
    uint64_t rx_lro_packets, rx_lro_bytes, tx_tso_packets, tx_tso_bytes; /* as the VF's plugin says, where it does */
};
struct pf_vf_stats {
    unsigned queues;
    bool per_queue; /* false: the chip had no counters left for this VF's queues, so all is said of queue 0 */
    uint64_t rx_multicast; /* of the whole VF: chips count them by pool */
    struct pf_queue_stats queue[PF_QUEUES_MAX];
};
/* GET_QUEUE_STATUS */
struct pf_queue_status {
    bool rx_stopped, tx_stopped; /* not enabled, or its pool is not */
    uint32_t error; /* vendor's: bit 0 blocked by malicious-driver detection */
};

struct pf;

/* `mem`: host memory for rings and buffers (the driver allocates from [mem_base, mem_base+mem_len)). `host`: component whose
 * CPU does the work (for names). The PF driver enables SR-IOV with nic->vf_count VFs, MSI-X, rings, loopback, default pool. */
struct pf_params {
    struct nic *nic;
    bool outside; /* a guest drives the PF: of the chip nothing is touched, VFs are given out and taken back */
    struct sim_mem *mem;
    uint64_t mem_base, mem_len;
    uint32_t ring_len_desc; /* 0: 512 */
    uint32_t ring_max_desc; /* what an operator may make of it: memory is for so many; 0: ring_len_desc */
    unsigned channels_max; /* queue pairs of its own that memory is for, up to PF_CHANNELS_MAX; 0: 1 */
    unsigned vf_queues; /* queue pairs a VF: 2 (0 means that), or 4 with up to 31 VFs */
    struct cores *cores; /* its threads run on: of each of its queue pairs, and for operations; NULL: nobody's */
};
struct pf *pf_create(struct sim *sim, const char *name, const struct pf_params *params, char *err, size_t err_cap);
void pf_destroy(struct pf *pf);
void pf_start(struct pf *pf); /* bring it up at the current time: registers, SR-IOV, rings; before the first traffic */
uint64_t pf_memory_needed(const struct pf_params *params); /* bytes of host memory */

/* Start `op`; `from` gets event (EV_HOST, verb, a = cookie, b = status as int64: 0 or -errno, c = vf) when it is done.
 * -EINVAL wrong state or argument, -EBUSY, -ENOSPC no VF or filter left, -EPERM refused, -ENOTSUP, -ETIMEDOUT, -ENODEV (reset). */
void pf_request(struct pf *pf, enum vmk_netptop op, const struct pf_args *args, struct component *from, uint16_t verb,
                uint64_t cookie);
const char *pf_op_name(enum vmk_netptop op);
/* 0 or -errno as words of ours: "done", "no VF is free" (of an acquisition), "no answer in time". */
const char *pf_status_text(enum vmk_netptop op, int status);
int pf_vf_info(const struct pf *pf, unsigned vf, struct pf_vf_info *out); /* -EINVAL unless acquired */
/* Answers of VF_GET_QUEUE_STATS and VF_GET_QUEUE_STATUS, to be read when the operation is done. -EINVAL unless acquired. */
int pf_vf_stats(const struct pf *pf, unsigned vf, struct pf_vf_stats *out);
int pf_vf_queue_status(const struct pf *pf, unsigned vf, unsigned queue, struct pf_queue_status *out);

/* How VMs are passed through on this NIC [vmkapi_net_pt.h VMK_PT_UPT, VMK_PT_CDPT]: its VFs are vmxnet3 devices, or need a
 * plugin in the guest. A PF driver does one of the two. */
enum pf_passthru { PF_PASSTHRU_NONE = 0, PF_PASSTHRU_UPT = 1, PF_PASSTHRU_NPA = 2 };
enum pf_passthru pf_passthru(const struct pf *pf);
/* UPT: the rings that the next VF_INIT of the VF restores, and those that VF_SAVE_STATE gave back. -ENOTSUP without UPT. */
int pf_vf_set_rings(struct pf *pf, unsigned vf, const struct vmxnet3_rings_image *rings);
int pf_vf_get_rings(const struct pf *pf, unsigned vf, struct vmxnet3_rings_image *out);

/* NPA: the memory that the guest has for a VF, by its I/O addresses: what the next VF_INIT of a family that sets a VF's queues up
 * by itself takes to be their rings [vmk_NetVFParameters]. Of others it is not asked for. NULL, or why such a VF can't have it:
 * then it is not initialised. */
struct pf_vf_ring {
    uint64_t rx, tx; /* where they begin: PLUGIN_RING_BYTES() each */
    uint32_t rx_desc, tx_desc;
};
struct pf_vf_memory {
    uint64_t shared; /* region that the plugin shares with the PF driver */
    uint32_t shared_bytes, queues;
    struct pf_vf_ring ring[PF_QUEUES_MAX];
};
const char *pf_vf_set_memory(struct pf *pf, unsigned vf, const struct pf_vf_memory *memory);
void pf_vf_share(struct pf *pf, unsigned vf, struct sim_mem *guest); /* wiring: whose the region is; NULL: nobody's any more */

/* The state of a VF that its guest's own driver runs, written when VF_SAVE_STATE is done and pf_vf_is_still(), or read into a VF
 * that VF_INIT has enabled and nobody has used yet. Errors are the stream's: what was read already goes with VF_RELEASE. Needs
 * pf_vf_has_state(): a driver and a chip that can. */
bool pf_vf_has_state(const struct pf *pf);
/* One in PF_VF_RESET, before its driver has asked: it neither sends nor receives. */
void pf_vf_enable_again(struct pf *pf, unsigned vf);
bool pf_vf_is_still(const struct pf *pf, unsigned vf); /* quiesced, and nothing under way to or from it */
void pf_vf_state(struct pf *pf, unsigned vf, struct save *s);

enum pf_vf_state { PF_VF_FREE, PF_VF_ACQUIRED, PF_VF_ENABLED, PF_VF_ACTIVE, PF_VF_RESET };
enum pf_vf_state pf_vf_get_state(const struct pf *pf, unsigned vf);
unsigned pf_vf_count(const struct pf *pf); /* that VMs can have */
unsigned pf_num_vfs(const struct pf *pf); /* of them that exist now */
bool pf_is_outside(const struct pf *pf); /* a guest drives it */
bool pf_is_down(const struct pf *pf); /* PF_OP_NETDEV_DOWN: nobody drives the chip */
unsigned pf_vf_free(const struct pf *pf); /* that VF_ACQUIRE could give */
int pf_own_vf(const struct pf *pf); /* by which its data path goes (view symmetric), -1: the PF's own */
unsigned pf_vf_queues(const struct pf *pf); /* queue pairs a VF has: asking VF_ACQUIRE for more is -ENOSPC */
unsigned pf_vf_vectors(const struct pf *pf);
struct nic *pf_nic(const struct pf *pf);

/* Administrative settings of `ip link set … vf …`; kept across VF life and applied when the VF is used. The same ops carry
 * them; this is the current view for `ip link show`. */
enum pf_link_state { PF_LINK_AUTO, PF_LINK_ENABLE, PF_LINK_DISABLE };

struct pf_vf_admin {
    uint8_t mac[6];
    bool mac_set;
    uint16_t vlan, qos;
    bool spoofchk, trust, query_rss; /* query_rss: may its driver read the redirection table and the key? */
    int link_state; /* enum pf_link_state */
    uint32_t max_tx_rate; /* Mb/s, 0: no limit */
};
void pf_vf_get_admin(const struct pf *pf, unsigned vf, struct pf_vf_admin *out);
/* The address in force, else the operator's; zeros: none yet. */
void pf_vf_get_mac(const struct pf *pf, unsigned vf, uint8_t mac[6]);
/* May its driver change an administrative MAC, hear all groups? Rights are judged when they are asked for: PF_SETTING_VF_TRUST. */
void pf_vf_set_trust(struct pf *pf, unsigned vf, bool trust);
/* SET_MAC, SET_DEFAULT_VLAN, SET_ANTISPOOF by an operator (VF in any state): kept, and applied at once if it is enabled. */
void pf_admin_request(struct pf *pf, enum vmk_netptop op, const struct pf_args *args, struct component *from, uint16_t verb,
                      uint64_t cookie);

/* Why a VF was closed last, beyond its owner's life of it: it neither receives nor, but for a refused frame, sends. */
enum pf_closed_by {
    PF_CLOSED_NEVER,
    PF_CLOSED_BY_STATE, /* an operator's `state disable` */
    PF_CLOSED_BY_DOWN, /* its NIC is down */
    PF_CLOSED_BY_FRAME, /* its driver asked for frames of `frame` bytes, which the PF's refused (SET_LPE) */
    PF_CLOSED_BY_OLD_API, /* so, and it speaks an API that knows no jumbo frames, beside a PF that has them */
};
struct pf_closing {
    uint32_t by; /* enum pf_closed_by */
    uint32_t frame;
    sim_time from, to; /* SIM_NEVER: it is closed still */
};
void pf_vf_get_closing(const struct pf *pf, unsigned vf, struct pf_closing *out);

/* Malicious driver detection, off at first. -ENOTSUP: not this chip. */
int pf_set_mdd(struct pf *pf, bool on);
uint64_t pf_vf_mdd_events(const struct pf *pf, unsigned vf);

/* What the driver does beyond a setting of an operator's (pf/settings.def): nothing; the VF's driver, or all of them after the
 * chip's reset, begin anew; there is no such setting. */
enum pf_setting {
#define SETTING(name, typed) PF_SETTING_##name,
#include "pf/settings.def"
#undef SETTING
    PF_SETTINGS
};
enum pf_effect { PF_EFFECT_NOTHING, PF_EFFECT_VF, PF_EFFECT_PF, PF_EFFECT_NOT_HERE };
enum pf_effect pf_setting_effect(const struct pf *pf, enum pf_setting setting);

/* ---- an operator's settings that are a register write or two, in force when the write has reached the chip ---- */

void pf_vf_set_query_rss(struct pf *pf, unsigned vf, bool on);
/* DISABLE: the VF neither sends nor receives, whatever its state; AUTO leaves it to its life. ENABLE is false where the driver
 * says yes and leaves all as it is. */
bool pf_vf_set_link_state(struct pf *pf, unsigned vf, enum pf_link_state state);
/* NULL, or why the driver refuses the limit (0: none) now. */
const char *pf_vf_rate_refusal(const struct pf *pf, uint32_t mbps);

enum pf_bridge_mode { PF_BRIDGE_VEB, PF_BRIDGE_VEPA };
void pf_set_bridge_mode(struct pf *pf, enum pf_bridge_mode mode);
enum pf_bridge_mode pf_get_bridge_mode(const struct pf *pf);

enum { PF_MIRRORS_MAX = 4 };
/* kinds of rules; a rule can have several */
enum pf_mirror_what {
    PF_MIRROR_POOL_UP = 1, /* what these pools receive */
    PF_MIRROR_UPLINK = 2, /* what comes from the network */
    PF_MIRROR_DOWNLINK = 4, /* what goes to the network */
    PF_MIRROR_VLAN = 8, /* what is in these VLANs */
};
struct pf_mirror {
    uint32_t what; /* 0: off */
    uint32_t pool; /* where the copies go: a VF's number; their count is the PF */
    uint64_t pools; /* of POOL_UP */
    uint16_t vlan[8]; /* of VLAN: vlans of them; each must be in use by a VF */
    uint32_t vlans, zero;
};
/* -EINVAL no such rule or pool, -ENOENT a VLAN that no VF has, -ENOTSUP no SR-IOV, -EBUSY into a PF that has NetQueues. */
int pf_set_mirror(struct pf *pf, unsigned rule, const struct pf_mirror *mirror);
void pf_get_mirror(const struct pf *pf, unsigned rule, struct pf_mirror *out);

/* Moderation of the PF's own data vector, rounded down to the chip's step; -EINVAL outside what it can. */
int pf_set_coalesce(struct pf *pf, unsigned rx_usecs);
unsigned pf_get_coalesce(const struct pf *pf);

/* without the FCS */
struct pf_netdev_stats {
    uint64_t rx_packets, tx_packets, rx_bytes, tx_bytes, tx_dropped, rx_errors, rx_csum_errors;
};
void pf_get_netdev_stats(const struct pf *pf, struct pf_netdev_stats *out);

/* Receive addresses in use: entry i in order, false past the end. */
bool pf_get_filter(const struct pf *pf, unsigned i, uint8_t mac[6], uint64_t *pools);

/*
 * News: what VFs' own drivers have asked the PF for, and it has answered, and what happens to VFs without their doing. `to` gets
 * (EV_HOST, verb, a = pf_news_word(), b = status of the answer as int64, c = mac_key() of the VF's address). Wiring; NULL: nobody
 * listens.
 */
enum pf_news {
    PF_NEWS_VF_RESET = 1, /* its driver begins anew */
    PF_NEWS_VF_ADDRESS, /* it sets its address */
    PF_NEWS_VF_FURTHER_ADDRESS, /* addresses besides its own */
    PF_NEWS_VF_GROUPS,
    PF_NEWS_VF_VLAN,
    PF_NEWS_VF_FRAME, /* the longest frame it wants */
    PF_NEWS_VF_RX_MODE,
    PF_NEWS_VF_OTHER,
    PF_NEWS_NUM_VFS, /* VFs have come or gone, those in use as well */
    PF_NEWS_RESTART, /* the driver resets the chip: VFs' queues and filters are gone */
    PF_NEWS_QUEUE_MOVES, /* SET_QUEUE of queue `vf` has begun: what is handed over to be sent from now on may be overtaken until it
                          * is over */
};
static inline uint64_t pf_news_word(uint32_t cookie, enum pf_news news, unsigned vf)
{
    return (uint64_t)cookie << 32 | (uint64_t)news << 16 | vf;
}
static inline uint32_t pf_news_cookie(uint64_t word) { return (uint32_t)(word >> 32); }
static inline enum pf_news pf_news_kind(uint64_t word) { return (enum pf_news)(word >> 16 & 0xffff); }
static inline unsigned pf_news_vf(uint64_t word) { return (unsigned)(word & 0xffff); }
void pf_listen(struct pf *pf, struct component *to, uint16_t verb, uint32_t cookie);

/*
 * NetQueue: queue pairs of the host's own side that take what a filter names, an address or one in a VLAN (PF_OP_SET_QUEUE);
 * queue 0 takes all else. A NIC with `own_pools` has them, numbered from 1; each has threads of its own, at whose receiving one the
 * rest of the hypervisor's work for its frames is meant to go on. The driver's own reset takes them all back (PF_NEWS_RESTART,
 * PF_OP_PF_FLR). While one is in use PF_MIRROR_ALL is -EBUSY, and the other way round.
 */
enum { PF_NETQUEUES_MAX = 8 };
bool pf_has_queues(const struct pf *pf); /* queue 0 has a thread that is more than the driver's */
unsigned pf_netqueues(const struct pf *pf); /* beside queue 0 */
struct port *pf_queue_uplink(struct pf *pf, unsigned queue); /* as pf_uplink(), of a queue from 1 on */
struct cpu_thread *pf_queue_thread(struct pf *pf, unsigned queue, bool tx); /* tx: from 1 on */

/* The L2 data path: join this port with the virtual switch's uplink port. Frames sent into it go to the PF's transmit ring
 * (uplink_ring_full when there is no room); received frames come out of it. */
struct port *pf_uplink(struct pf *pf);
const uint8_t *pf_mac(const struct pf *pf); /* its own address, as the chip had it; zeros before it has started */
uint32_t pf_tx_free(const struct pf *pf); /* descriptors free in its first transmit ring */
uint64_t pf_cpu_ps(const struct pf *pf); /* host CPU time the driver has used */

#endif
