/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The books: what became of every frame, by identity. Words used here and in the reports:
 *
 *   sent        frames born in the flow
 *   delivered   of those, identities delivered at least once
 *   lost        identities all of whose copies have ended without a delivery (a device that reads a guest's transmit
 *               buffer again brings such a frame back under way). Each is put down to one drop: the one by which the
 *               last of its copies ended, or of its parts' if it had been cut
 *   in flight   the rest: sent - delivered - lost
 *   duplicated  deliveries beyond the first of one identity at one receiver; one frame at three receivers is none
 *   reordered   [RFC 4737 3.3] delivered at a receiver with a smaller flow_seq than one delivered there before;
 *               duplicates do not count, and a frame counts once
 *   blackout    the longest time in which the flow had frames under way and delivered none. It starts at a delivery if
 *               more frames were under way then, else at the next one sent, and ends at a delivery; after the last
 *               delivery it lasts until the last frame under way was lost, or until now
 *   latency     first delivery - birth
 *   offered, throughput  bits and frames a second that were sent, and that were delivered (of frames counted above), from the
 *               first to the last of them (or, what was delivered, that was sent, if that took longer); bits of frames with
 *               their check sequence, as RFC 2544 counts [RFC 1242 3.5]
 *   jitter      [RFC 3550 6.4.1] of latencies, in the order of delivery
 *   pdv         [RFC 5481 6.5] the 99th percentile of latency less the least one
 *
 * A frame cut into parts (frame_split) has a record for itself and one for each part. Copies of a part count for the
 * part; the frame is delivered when the whole ended as `segmented` and every part was delivered, at that moment; it is
 * lost when the whole or any part of it is lost. It counts once, with its own length.
 */
#ifndef VFSIM_CORE_BOOKS_PRIVATE_H
#define VFSIM_CORE_BOOKS_PRIVATE_H

#include "core/frame/frame.h"
#include "core/hist.h"
#include "core/map_private.h"
#include "core/save.h"
#include "core/engine/world.h"
#include "core/frame/track.h"
#include "core/frame/way.h"

enum identity_state { IDENTITY_FREE, IDENTITY_UNDER_WAY, IDENTITY_DELIVERED, IDENTITY_LOST };

enum identity_flag {
    IDENTITY_SEGMENTED = 1,      /* a copy of the whole was cut to the end */
    IDENTITY_PART_DELIVERED = 2,
    IDENTITY_PART_LOST = 4,
    IDENTITY_REORDERED = 8,      /* counted already */
};

/* What the copies of one frame share; plain data. It lives while a copy, a mem tag or a part of it does. */
struct identity {
    uint64_t id;
    uint64_t flow_seq;
    sim_time born;
    uint32_t ended_at; /* while no copy was delivered: index + 1 of the drop its last copy (or a part's) ended by */
    uint32_t len;
    uint32_t copies;
    uint32_t tags;
    uint32_t parent; /* of a part; in a free record the next free one */
    uint32_t parts;  /* records of parts that name this one as parent */
    uint32_t parts_under_way;
    uint32_t more_receivers; /* chain of struct receivers */
    uint16_t receiver[2];    /* component ids; 0: none yet */
    uint8_t state;
    uint8_t flags;
    uint16_t flow;
};
_Static_assert(sizeof(struct identity) == 64, "an identity is a cache line");
_Static_assert(FLOW_MAX <= UINT16_MAX, "an identity keeps a flow in two bytes");

/* Receivers of one identity beyond the first two. */
enum { RECEIVERS_A_RECORD = 6 };
struct receivers {
    uint32_t next; /* also of the free list */
    uint16_t id[RECEIVERS_A_RECORD];
};

/* plain data */
struct flow_state {
    uint64_t sent, delivered, lost, duplicated, reordered;
    uint64_t bytes_sent, bytes_delivered;
    uint64_t born, copied, ended;
    sim_time blackout, blackout_at;
    sim_time waiting_since; /* while `waiting` */
    sim_time last_lost;
    sim_time first_sent, last_sent, first_delivered, last_delivered;
    sim_time first_whole, last_whole; /* deliveries of frames, not of parts */
    sim_time last_transit;
    uint64_t jitter16; /* in sixteenths */
    uint32_t last_sent_len, first_whole_len;
    uint32_t last_seen; /* index of the struct seen used last */
    uint32_t waiting;
};

/* plain data */
struct way_loss {
    uint64_t lost;
    uint32_t drop; /* index */
    uint32_t zero;
};

struct way {
    struct way_stop *stop;
    struct way_loss *loss;
    uint32_t count, cap, next; /* stops; the one that is looked at first */
    uint32_t losses, last_loss;
};

struct flow {
    char *name;
    uint32_t parent;
    bool is_parent;
    struct flow_state st;
    uint64_t lost_by[FATE_COUNT]; /* st.lost, by the fate of the drop it is put down to */
    struct hist latency;
    struct track track;
    struct way way;
};

/* The furthest flow_seq that a receiver has seen of a flow. */
struct seen {
    uint64_t max_seq;
    uint32_t flow;
    uint32_t receiver;
};

enum { SUB_WORD_MAX = 255, SUB_WORD_LEN = 32 };

/* plain data */
struct drop {
    uint64_t count;        /* copies */
    uint64_t lost;         /* frames of flows that this was the last of: no copy had been delivered */
    uint64_t lost_no_flow; /* the same of frames that belong to no flow */
    int32_t sub;
    uint16_t component;
    uint8_t word; /* 0: no sub place */
    uint8_t fate;
};

struct drops {
    struct drop *drop;
    uint32_t count, cap;
    struct map index;
    char word[SUB_WORD_MAX + 1][SUB_WORD_LEN];
    uint32_t words;
    uint32_t last;         /* the drop counted last … */
    const char *last_word; /* … and the pointer its word came by: a hint only */
    uint32_t *sorted;
    uint32_t sorted_count; /* of `count`, when it differs it is out of date */
};

struct books {
    struct recycler *recycler;
    struct identity *identity; /* 1 … identity_high */
    uint32_t identity_cap, identity_high, identity_free;
    struct receivers *receivers; /* 1 … receivers_high */
    uint32_t receivers_cap, receivers_high, receivers_free;
    struct flow *flow; /* 0 … flows */
    uint32_t flows, flow_cap;
    struct map flow_index; /* by a digest of the name; of two names with one digest the first */
    struct seen *seen;
    uint32_t seen_count, seen_cap;
    struct map seen_index;
    uint64_t fate[FATE_COUNT];
    enum frame_path path; /* of the copy that is being delivered */
    struct drops drops;
    struct delivery_listener *listeners;
    struct ending_listener *ending_listeners;
};

/* ---- rates.c ---- */
void flow__rates(struct flow_report *out); /* fills what follows from counts and times */
void flow__jitter(struct flow_state *st, sim_time transit); /* before the frame is counted as delivered */
sim_time flow__pdv(const struct hist *latency);

struct books *books__create(uint32_t identities_hint, struct recycler *recycler); /* NULL: no memory */
void books__destroy(struct books *books);
void books__save(struct sim *sim, struct save *s); /* before the frames: they are checked against it */
bool books__make_identities(struct books *books, uint32_t high); /* room for them; false: no memory */

/* ---- what frame.c tells; every one of them counts one copy more or less ---- */
void books__birth(struct component *at, uint32_t flow, struct frame *f); /* fills id, born, identity, flow, flow_seq, flags */
void books__no_birth(struct component *at, uint32_t flow, uint32_t len);
void books__copy(struct sim *sim, const struct frame *f);
void books__no_copy(struct component *at, uint32_t flow);
void books__part(struct sim *sim, struct frame *f); /* f still has the identity of the whole */
void books__no_part(struct component *at, const struct frame *whole);
void books__end(struct component *at, const struct frame *f, enum fate fate, const char *sub_word, int sub);
void books__describe(const struct sim *sim, uint32_t identity, struct frame *head); /* all but len and place */
bool books__knows(const struct sim *sim, const struct frame *f);

/* A mem tag holds on to an identity beyond its copies, to recognise it when a device reads the buffer again. */
void books__tag_hold(struct sim *sim, uint32_t identity);
void books__tag_drop(struct sim *sim, uint32_t identity);

/* ---- way.c ---- */
void way__fini(struct way *way);
void way__lost(struct way *way, uint32_t drop, int more); /* a frame more by this drop, or one that is under way again */
void way__save(struct way *way, struct save *s); /* before the drops */
bool way__is_sound(const struct way *way, const struct drops *drops);
static inline bool way__wants_witness(uint32_t flow, uint64_t number)
{
    return flow != FLOW_NONE && (number < WAY_EVERY || number % WAY_EVERY == 0);
}

/* ---- drops.c ---- */
void drops__fini(struct drops *drops);
/* Returns the index of the counter. */
uint32_t drops__count(struct drops *drops, uint16_t component, enum fate fate, const char *sub_word, int sub);
void drops__save(struct drops *drops, struct save *s);

#endif
