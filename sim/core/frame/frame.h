/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ethernet frames, their identities, and the books that follow every copy to exactly one fate.
 *
 * A frame is born at a component, in a flow, with an id (source component, its counter). Every copy of it ends in one
 * fate out of fates.def at a named place. The books balance when born + copied = ended + in flight, in total and for
 * each flow. Loss, duplication, reordering and blackout are read from identities, never guessed from payloads.
 *
 * A frame's bytes are as on the wire from destination MAC to payload end, VLAN tags in place, without FCS. Every frame_ref
 * is owned by exactly one holder; handing it to a function documented as "takes" ends the caller's claim.
 */
#ifndef VFSIM_CORE_FRAME_H
#define VFSIM_CORE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/engine/engine.h"
#include "core/hist.h"
#include "core/time.h"

typedef uint32_t frame_ref; /* 0 names no frame; plain data, stays valid across save and restore */

enum {
    FRAMES_MAX = (1 << 24) - 2, /* alive at once, of a class: what a frame_ref can name */
    FRAME_HEADROOM = 16,        /* room for two VLAN tags pushed in place */
    FRAME_MAX_SMALL = 1600,     /* bytes without headroom; 7 of 8 frames in every workload fit */
    FRAME_MAX_JUMBO = 9728,
    FRAME_MAX_GIANT = 65536,    /* a TSO burst before it is segmented; never on a wire */
    FRAME_FCS_LEN = 4,
    FRAME_MIN_LEN = 60,         /* shorter ones are padded on a wire, not in the books */
};

/* frame flags */
enum {
    FRAME_BAD_FCS = 1 << 0,     /* arrived with a bad checksum sequence */
    FRAME_FROM_TAG_REREAD = 1 << 1, /* a device read the same guest buffer again: a duplicate in the making */
    FRAME_IN_MEMORY = 1 << 2,   /* made in guest memory and not read yet: its bytes are there, buf means nothing */
    FRAME_PART_LANDED = 1 << 3, /* pcie: a tagged fragment is in memory, which owns the frame; others are to follow */
    FRAME_BY_VF = 1 << 4,       /* pcie: the leg by which it last came into or out of a VM's memory … */
    FRAME_BY_EMULATION = 1 << 5, /* … and this is the other kind of leg */
    FRAME_BY_TUNNEL = 1 << 6,   /* it has been in the tunnel of a migration */
    FRAME_PUT_BACK = 1 << 7,    /* born anew out of a snapshot: its number in its flow is not the one in its bytes */
    FRAME_SUMS_GOOD = 1 << 8, /* its maker wrote right checksums into it, of all headers, and nobody has written into it since */
    FRAME_WITNESS = 1 << 9, /* what it passes is written down (core/frame/way.h) */
};

struct frame {
    uint64_t id; /* source component << 48 | its counter; copies share it */
    sim_time born;
    uint32_t identity; /* private to the books */
    uint32_t flow;
    uint64_t flow_seq; /* 0, 1, … within the flow, in order of birth */
    uint32_t len; /* bytes without FCS */
    uint16_t head; /* offset of the first byte in buf */
    uint16_t flags;
    uint16_t cap16; /* bytes in buf, in units of 16: frame_cap() */
    uint16_t at; /* the component that had it last: where it was born, came in by a port, or lies in memory */
    uint32_t mark; /* free for the current holder (ingress vport, queue, …) */
    uint64_t mark64;
    frame_ref joined, joined_last; /* private: frames whose bytes go on behind this one's (frame_join), 0 none */
    uint8_t buf[];
};

/* Fates: FATE(name, delivered?, "reason as the report prints it") */
enum fate {
#define FATE(name, delivered, text, where, advice) FATE_##name,
#include "core/frame/fates.def"
#undef FATE
    FATE_COUNT
};
const char *fate_text(enum fate fate);
const char *fate_name(enum fate fate); /* the word of the .def, lower case: "ring_full" */
const char *fate_where(enum fate fate); /* who ends frames so: "the embedded switch" */
const char *fate_advice(enum fate fate); /* what a user can do about it */
bool fate_is_delivery(enum fate fate);

/* A new frame of `len` bytes born now at `at` in `flow` (0: traffic that belongs to no scenario flow). The caller fills
 * frame_data(). Returns 0 when `len` is above FRAME_MAX_GIANT or the pool is empty: the latter is booked as FATE_no_buffer. */
frame_ref frame_birth(struct component *at, uint32_t flow, uint32_t len);

/* One more copy of the same identity with the same bytes; 0 when the pool is empty (booked as copied and no_buffer). */
frame_ref frame_clone(struct component *at, frame_ref ref);

/* A part of `ref` (TSO segment, …): same flow, the identity is shared, `len` bytes for the caller to fill. Once all parts
 * are made, end the whole with FATE_segmented (no loss, and in no list of drops): the frame then counts as delivered when
 * every part has been. 0 when the pool is empty (booked as for a clone; the frame is then not delivered whole). */
frame_ref frame_split(struct component *at, frame_ref ref, uint32_t len);

/* The same copy in a slot with room for `len` bytes; `ref` is gone. 0 when the pool is empty, and `ref` stays. */
frame_ref frame_grow(struct component *at, frame_ref ref, uint32_t len);

/* N to one (receive coalescing): the bytes of `part` from `skip` on go on behind those of `whole`, which must have the room.
 * Takes `part`. It stays a copy in the books under its own identity, and ends when the whole does, with the same fate at the
 * same place; a copy of the whole is a copy of all its parts. */
void frame_join(struct component *at, frame_ref whole, frame_ref part, uint32_t skip);
bool frame_has_room(const struct sim *sim, frame_ref ref, uint32_t len); /* for `len` bytes more */
uint32_t frame_joined_count(struct sim *sim, frame_ref ref); /* frames in it, at least 1 */

/* This copy's life ends here, once. Takes `ref`. `sub` tells places of one component apart (-1: none), as in
 * "h0.vmnic0 vf 2"; its wording is "vf %d", "queue %d", … as given by `sub_word` (a string literal, NULL with -1). */
void frame_end(struct component *at, frame_ref ref, enum fate fate);
void frame_end_sub(struct component *at, frame_ref ref, enum fate fate, const char *sub_word, int sub);

struct frame *frame_get(struct sim *sim, frame_ref ref); /* asserts that ref is alive */
/* The living copies one after the other: `cursor` is 0 at first. NULL past the last one. */
const struct frame *frame_next_alive(const struct sim *sim, uint64_t *cursor);
bool frame_is_alive(const struct sim *sim, frame_ref ref); /* for who named it in something still under way */
static inline uint32_t frame_cap(const struct frame *f) { return f->cap16 * 16u; }
static inline uint8_t *frame_data(struct frame *f) { return f->buf + f->head; }

/* 802.1Q tag right behind the MACs: push inserts TPID 0x8100 and tci; pop removes it (false if there is none). */
void frame_vlan_push(struct frame *f, uint16_t tci);
bool frame_vlan_pop(struct frame *f, uint16_t *tci);
bool frame_vlan_peek(const struct frame *f, uint16_t *tci);

static inline bool mac_is_multicast(const uint8_t mac[6]) { return mac[0] & 1; }
static inline bool mac_is_broadcast(const uint8_t m[6]) { return (m[0] & m[1] & m[2] & m[3] & m[4] & m[5]) == 0xff; }
static inline uint64_t mac_key(const uint8_t m[6]) /* the 48 bits as a number, for tables */
{
    return (uint64_t)m[0] << 40 | (uint64_t)m[1] << 32 | (uint64_t)m[2] << 24 | (uint64_t)m[3] << 16 | (uint64_t)m[4] << 8 | m[5];
}

/* ---- flows and totals ---- */

enum { FLOW_NONE = 0, FLOW_MAX = 32768 };

/* A flow named `name`; `parent` is a flow whose line in the report sums its children (0: none). Returns its number from
 * 1; -ENOSPC past FLOW_MAX, -EEXIST for a taken name. Only while the world is built. */
int flow_add(struct sim *sim, const char *name, uint32_t parent);
uint32_t flow_find(const struct sim *sim, const char *name); /* 0 if there is none */
const char *flow_name_of(const struct sim *sim, uint32_t flow);
bool flow_is_of(const struct sim *sim, uint32_t flow, uint32_t head); /* it, or its parent, or … is `head` */
uint32_t flow_count(const struct sim *sim); /* flows are 1 … count */

/* a second; 0: fewer than two frames, or all at one moment. Bits are of frames with their check sequence. */
struct flow_rate {
    uint64_t bps, fps;
};

struct flow_report {
    const char *name;
    uint32_t parent;
    bool is_parent;
    uint64_t sent, delivered, lost, duplicated, reordered, in_flight; /* frames by identity */
    uint64_t bytes_sent, bytes_delivered;
    uint64_t born, copied, ended, alive; /* copies, for the balance */
    sim_time blackout_ps; /* longest time with frames under way and none delivered */
    sim_time blackout_at; /* when it began */
    sim_time latency_min_ps; /* 0: none was delivered */
    sim_time latency_p50_ps, latency_p99_ps, latency_max_ps;
    sim_time first_sent, last_sent, first_delivered, last_delivered;
    sim_time first_whole, last_whole; /* the same of frames alone: of one that was cut, its parts' deliveries are none */
    uint32_t last_sent_len, first_whole_len;
    struct flow_rate offered, throughput; /* from the first to the last that was sent, or delivered if that took longer */
    sim_time jitter_ps; /* [RFC 3550 6.4.1] of the flow, of several the largest */
    sim_time pdv_ps;    /* [RFC 5481] the 99th percentile of latency less the least one, likewise */
};
/* Frames an interval, by path: of this flow alone, not of its children. */
struct track;
const struct track *flow_track(const struct sim *sim, uint32_t flow);

void flow_get_report(const struct sim *sim, uint32_t flow, struct flow_report *out);

/* What a flow and its children have sent and delivered by now: of two of them, what lies between. */
struct flow_so_far {
    uint64_t sent, bytes_sent, delivered, bytes_delivered;
};
struct flow_so_far flow_get_so_far(const struct sim *sim, uint32_t flow);
struct flow_rate flow_rate_over(uint64_t frames, uint64_t bytes, sim_time span); /* bytes without check sequences */

/* Of a flow and its children: how their latencies are spread (hist_curve()), in ps, and what they are on average. */
struct hist_point *flow_get_curve(const struct sim *sim, uint32_t flow, unsigned *points, sim_time *mean);
/* Of a flow and its children, as flow_get_report(): the latency at so many of a thousand (0: none was delivered), and frames lost
 * by a drop of this fate. */
sim_time flow_get_latency(const struct sim *sim, uint32_t flow, uint32_t per_mille);
uint64_t flow_get_lost_by(const struct sim *sim, uint32_t flow, enum fate fate);

struct drop_report {
    char place[80];
    enum fate fate;
    uint64_t count; /* copies */
    uint64_t lost; /* frames of flows that were lost by it: the sum over all drops is that of the flows' `lost` */
    uint64_t lost_no_flow;
};
/* Drops in order of (component, sub place, fate); false past the end. */
bool books_get_drop(const struct sim *sim, uint32_t i, struct drop_report *out);
/* The words for a place, from what frame_end_sub() was given. */
void drop_place(char *text, size_t size, const char *name, const char *sub_word, int sub);
uint64_t books_fate_count(const struct sim *sim, enum fate fate);

struct books_report {
    uint64_t born, copied, ended, in_flight;
    bool balanced; /* in total and for each flow, recounted from the live frames, not from the counters alone */
};
void books_get_report(const struct sim *sim, struct books_report *out);

/* The holder of a delivered frame is told here (conversations listen): called by frame_end with a delivering fate. */
struct delivery_listener {
    void (*delivered)(struct delivery_listener *self, struct component *at, const struct frame *f);
    struct delivery_listener *next;
};
void books_listen(struct sim *sim, struct delivery_listener *listener);
bool books_are_heard(const struct sim *sim); /* by somebody to whom a delivery may mean that something is to be done */

/* Who looks on hears of the end of every copy, whatever its fate, while it is still there. It changes nothing. */
struct ending_listener {
    void (*ended)(struct ending_listener *self, struct component *at, const struct frame *f, enum fate fate, const char *sub_word,
                  int sub);
    struct ending_listener *next;
};
void books_listen_endings(struct sim *sim, struct ending_listener *listener);
void books_unlisten_endings(struct sim *sim, struct ending_listener *listener); /* one that is not there is fine */

#endif
