/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The embedded switch: frames and vports; it has never heard of a NIC.
 *
 * A learning-free virtual Ethernet bridge [IEEE 802.1Q VEB]: vports 0 … n-1 (functions' pools) and one uplink. The owner
 * programs address entries (MAC, set of vports), VLAN entries (VID, set of vports), hash and promiscuous modes per vport,
 * port VLANs and anti-spoof; eswitch_forward() answers, at once and without moving bytes, where a frame goes and
 * what is done to its tag. Tables are plain data indexed like the chip's own, so that a register write is one table write.
 *
 * Who gets a frame is found step by step (the data sheets are cited where a chip fills the tables, sim/nic):
 *
 *   from the uplink                                      from a vport, with local_loopback
 *   1. an exact match of a MAC entry                     1. the same
 *   2. which receives (enabled_rx)                       2. the same
 *   3. broadcast: accept_broadcast                       3. the same
 *   4. nobody yet: the hash tables                       4. the same
 *   5. multicast_promisc, unicast_promisc                5. the same
 *                                                        6. the source is taken off, unless hairpin
 *   6. the VLAN                                          7. the VLAN
 *   7. nobody left: the default vport                    8. nobody left, and a group: the default vport
 *   8. an EtherType entry puts its vport in their place
 *   9. prune_source: whose address the source is
 *  10. enabled_rx, mirror rules, enabled_rx              9. the same
 *
 * To the uplink go all groups, and unicast that no exact match of a vport that receives has kept inside: its VLAN plays no part
 * in this, so a frame to an address of another VLAN is nobody's. With local_loopback off (VEPA, or no link) all goes there.
 * What comes from the uplink never returns there.
 *
 * The default vport takes what passes the address filter: a broadcast, group or unicast address that an entry or a hash bit
 * has, or any with admit_broadcast, admit_multicast, admit_unicast; and never what vlan_table refuses.
 *
 * The VLAN of a frame is its own tag's, or the source's port VLAN when one is inserted; a tag with VID 0 only carries a
 * priority: the frame is untagged [802.1Q 6.9]. A tagged frame passes to a vport if its VID is admitted at
 * all (vlan_table, when on) and, with vlan_filter, if an entry of that VID names the vport; an untagged one if
 * accept_untagged. An outer tag that is not 0x8100 (QinQ's 0x88a8) is payload: such a frame is untagged here, and what the tag
 * says is carried untouched.
 *
 * Without replication a frame has one taker: its exact match, else a hash match, else the default vport, which also gets every
 * group that no entry names [assumed from a vport, and that the lowest of several vports is meant].
 *
 * Mirror rules add their vport to those that get a frame, whatever its address and VLAN, but never to a frame that its
 * source was not allowed to send, and not back to its source. A copy that only a mirror rule made is in `mirrored`; it is not
 * mirrored again.
 *
 * Speed: an owner that calls eswitch_touch() after every change of the tables gets an index (hash of MACs and VIDs, masks of
 * vports); one that never does gets the same answers from the tables themselves, in some hundred nanoseconds.
 * One that tells of every change may have verdicts remembered, too: eswitch_forward_known().
 */
#ifndef VFSIM_ESWITCH_ESWITCH_H
#define VFSIM_ESWITCH_ESWITCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/frame/frame.h"
#include "core/save.h"

enum {
    ESWITCH_VPORTS_MAX = 64,
    ESWITCH_UPLINK = 64,
    ESWITCH_MACS_MAX = 128,
    ESWITCH_VLANS_MAX = 64,
    ESWITCH_MIRRORS_MAX = 4,
    ESWITCH_TYPES_MAX = 8
};

struct eswitch_vport {
    bool enabled_rx, enabled_tx;
    bool accept_broadcast, accept_untagged;
    bool accept_multicast_hash;   /* matches of the multicast table */
    bool accept_unicast_hash;     /* matches of the unicast table */
    bool multicast_promisc;
    bool unicast_promisc;
    bool vlan_filter;             /* receive only VLANs whose entry has this vport (untagged by accept_untagged) */
    bool mac_antispoof, vlan_antispoof;
    bool insert_vlan;             /* port VLAN: every frame it sends is tagged with port_tci */
    bool never_tagged;            /* it may not tag; as with insert_vlan, a tag of its own fails the tag validation */
    uint16_t port_tci;
    bool strip_vlan;              /* towards the vport */
    bool hairpin;                 /* what it sends to an address of its own comes back to it (else source_only) */
    bool prune_source;            /* what comes from the uplink with a source address of its own is not for it */
};

/* Which frames are copied to vport `to`: any of what is set. */
struct eswitch_mirror {
    bool uplink_in, uplink_out;   /* what comes from the uplink and reaches a vport; what goes to the uplink */
    uint8_t to;
    uint64_t to_vports;           /* what one of these receives from the uplink */
    uint64_t from_vports;         /* what one of these sends */
    uint64_t vlans;               /* what has the VID of one of these entries of vlan[] */
};

/* Why a frame went nowhere, as the counters tell it apart. */
enum eswitch_reason {
    ESWITCH_TOO_SHORT,
    ESWITCH_DISABLED,
    ESWITCH_MAC_SPOOF,
    ESWITCH_VLAN_SPOOF,
    ESWITCH_TAG_VALIDATION,
    ESWITCH_VLAN_FILTER,
    ESWITCH_NO_MATCH,
    ESWITCH_SOURCE_ONLY,
    ESWITCH_REASONS
};

/* Of a vport or the uplink, seen from there: tx is what it sent into the switch, rx what it got. Bytes without FCS. */
struct eswitch_count {
    uint64_t tx_frames, tx_bytes, rx_frames, rx_bytes, rx_multicast, rx_broadcast, rx_mirrored;
    uint64_t dropped[ESWITCH_REASONS]; /* of what it sent: nobody got it */
    uint64_t dropped_bytes;
};

struct eswitch_mac_entry {
    bool valid;
    uint8_t mac[6];
    uint64_t vports;
};

struct eswitch_vlan_entry {
    bool valid;
    uint16_t vid;
    uint64_t vports;
};

/* Frames from the uplink of this type go to `vport`, whoever has their address. */
struct eswitch_type_entry {
    uint16_t type;
    bool by_priority;             /* only with this priority in their tag */
    uint8_t priority, vport, zero; /* zero: no padding in what is saved */
};

/* What eswitch_forward() looks at instead of the tables; built from them, never by the owner. */
struct eswitch_index {
    uint32_t state;               /* 0: never touched, not in use; 1: stale; 2: good */
    uint32_t version;             /* another one whenever it was made, from 1 */
    uint8_t mac_bucket[256], mac_next[ESWITCH_MACS_MAX];   /* entry + 1; 0 ends a chain */
    uint8_t vlan_bucket[64], vlan_next[ESWITCH_VLANS_MAX];
    uint64_t rx, broadcast, untagged, multicast_hash, unicast_hash, multicast_promisc, unicast_promisc, vlan_filter, strip, hairpin,
        prune;
};

/* Plain data: save it as it is. */
struct eswitch {
    uint32_t vport_count, mac_count, vlan_count;
    int32_t default_vport;        /* -1: none */
    bool admit_broadcast, admit_multicast, admit_unicast; /* to the default vport, also what no entry and no hash bit has */
    bool local_loopback;          /* VEB on; off: everything a vport sends goes to the uplink */
    bool one_copy;                /* no replication */
    struct eswitch_vport vport[ESWITCH_VPORTS_MAX];
    struct eswitch_mac_entry mac[ESWITCH_MACS_MAX];
    struct eswitch_vlan_entry vlan[ESWITCH_VLANS_MAX];
    uint32_t multicast_table[128], unicast_table[128]; /* 4096 bits each */
    bool multicast_table_off;     /* it is not asked */
    uint32_t vlan_table[128];     /* VFTA: VIDs admitted at all when vlan_table_on */
    bool vlan_table_on;
    uint32_t hash_shift;          /* which 12 bits of the address: 0: [47:36], 1: [46:35], 2: [45:34], 3: [43:32] */
    uint64_t forwarded[ESWITCH_VPORTS_MAX + 1]; /* copies to a vport; the last one: to the uplink */
    uint64_t dropped[FATE_COUNT];
    struct eswitch_type_entry type[ESWITCH_TYPES_MAX];
    uint32_t types;               /* bitmap of type[]: which are valid; who changes an entry calls nothing */
    struct eswitch_mirror mirror[ESWITCH_MIRRORS_MAX];
    uint32_t mirrors;             /* bitmap of mirror[]: which are on; who changes a rule calls nothing */
    struct eswitch_count count[ESWITCH_VPORTS_MAX + 1]; /* the last one: of the uplink */
    struct eswitch_index index;
};

/* Zeroes, no default vport; whoever has one admits every address to it. */
void eswitch_init(struct eswitch *sw, uint32_t vports, uint32_t macs, uint32_t vlans);

/* vport[], mac[] or vlan[] have changed. Who calls it once calls it after every change. (Hash tables, vlan_table and the
 * scalars need none.) */
void eswitch_touch(struct eswitch *sw);

struct eswitch_verdict {
    uint64_t vports;        /* who gets a copy */
    bool uplink;
    enum fate drop;         /* when nobody gets one: why */
    int32_t insert_tci;     /* tag to push before forwarding (the source's port VLAN), or -1 */
    uint64_t strip;         /* subset of vports whose copy has its tag removed (to be reported as VLAN-stripped) */
    uint64_t exact;         /* subset that matched an exact address */
    uint64_t mirrored;      /* subset that a mirror rule alone let have it */
};
/* `source`: vport number or ESWITCH_UPLINK. Counts forwarded/dropped. */
void eswitch_forward(struct eswitch *sw, uint32_t source, const struct frame *f, struct eswitch_verdict *out);

/* Verdicts given before, by what of a frame they follow from. Zeroed it holds none: so after a load, for it is not saved. */
struct eswitch_known_entry {
    uint64_t word[2]; /* the frame's first 18 bytes, and */
    uint32_t version; /* of the index then */
    uint16_t last, source;
    struct eswitch_verdict verdict;
};
struct eswitch_known {
    struct eswitch_known_entry entry[64];
};
/* The same, for an owner that calls eswitch_touch() after every change of whatever this header lists, hash tables, vlan_table,
 * scalars, types and mirrors as well. */
void eswitch_forward_known(struct eswitch *sw, struct eswitch_known *known, uint32_t source, const struct frame *f,
                           struct eswitch_verdict *out);

/* Checks anti-spoof and port VLAN of a frame that `source` wants to send: FATE_COUNT when it may pass. Used by
 * eswitch_forward; public for chips that check earlier in their pipeline. */
enum fate eswitch_check_source(const struct eswitch *sw, uint32_t source, const struct frame *f);

/* Would a frame from the uplink find somebody here? 2: by an exact unicast match, 1: otherwise, 0: nobody. Counts nothing. */
unsigned eswitch_interest(struct eswitch *sw, const struct frame *f);

const char *eswitch_reason_name(enum eswitch_reason reason); /* "mac_spoof" */

uint32_t eswitch_hash(const struct eswitch *sw, const uint8_t mac[6]); /* 12 bits */

#endif
