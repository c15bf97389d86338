/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A migration's connection between two hosts over their data uplinks: a reliable stream of messages in real frames,
 * which share PF data path, wire and external switch with all other traffic, and are dropped like it.
 *
 * Frames have ethertype 0x88b5 (IEEE 802 local experimental 1) and go from the MAC of one PF to that of the other; a
 * header of 16 bytes: connection, kind, length, segment. A segment carries up to WIRE_PAYLOAD bytes; at most
 * WIRE_WINDOW are under way. The receiver keeps what comes out of order and acknowledges each segment with the first it
 * lacks. The sender has TCP's congestion control: slow start from ten segments [RFC 6928], additive increase, fast
 * retransmit after three duplicates and NewReno's recovery [RFC 6582], a retransmission timer with Karn's rule [RFC
 * 6298] and a smallest value of its own; after WIRE_TRIES time-outs in a row the connection is dead. The migration's
 * rate paces it.
 *
 * The stream is authenticated, as real ones are by TLS: a frame that the other host has not made is not looked at.
 * Bytes of a message are copied when it is written: what arrives is what was there then.
 */
#ifndef VFSIM_HOST_MIGRATE_WIRE_H
#define VFSIM_HOST_MIGRATE_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/frame/frame.h"
#include "core/time.h"

struct component;
struct pf;
struct save;
struct sim_rate;
struct vswitch;

enum {
    WIRE_MTU = 1500,
    WIRE_HEADER = 16,
    WIRE_PAYLOAD = WIRE_MTU - WIRE_HEADER,
    WIRE_WINDOW = 256,
    WIRE_WINDOW_FIRST = 10,
    WIRE_TRIES = 6,
    WIRE_MESSAGE_HEADER = 16,
    WIRE_MESSAGE_MAX = FRAME_MAX_JUMBO,
};
#define WIRE_RTO_FIRST_PS (50 * SIM_MS)
#define WIRE_RTO_MIN_PS (10 * SIM_MS)
#define WIRE_RTO_MAX_PS SIM_S

enum wire_message { WIRE_HELLO = 1, WIRE_PAGE, WIRE_ZERO_PAGE, WIRE_STATE, WIRE_FRAME };

/* plain data; numbers of segments count up freely */
struct wire_state {
    /* the sender */
    uint64_t written; /* the segment that is being filled */
    uint64_t next, highest, acked; /* to be sent; never sent before; all below have arrived */
    uint64_t recover; /* fast recovery is over when this has arrived */
    uint64_t timed;   /* the segment whose round trip is measured */
    sim_time timed_at, srtt, rttvar, rto, rto_at, paced_at;
    uint32_t filling; /* bytes in segment `written` */
    uint32_t window, threshold, grown, duplicates, tries;
    uint8_t recovering, timing, timer_posted, pace_posted, dead, zero[3];
    /* the receiver */
    uint64_t got; /* all below have been taken */
    uint32_t message_len; /* bytes of the message under way */
    uint32_t zero2;
    uint8_t here[WIRE_WINDOW];
    uint16_t out_len[WIRE_WINDOW], in_len[WIRE_WINDOW];
};

struct migrate_wire;

/* What who has a connection is told. */
struct wire_ops {
    void (*sent)(void *owner, uint32_t slot, uint32_t bytes, bool again); /* a segment */
    void (*moved)(void *owner, uint32_t slot); /* there may be room, or all has arrived; the connection may be gone afterwards */
    void (*died)(void *owner, uint32_t slot);  /* likewise */
    /* In the order of writing. False: the connection is gone. */
    bool (*message)(void *owner, uint32_t slot, enum wire_message type, uint64_t arg, const uint8_t *data, uint32_t len);
};

struct wire_end {
    struct component *who; /* a host */
    struct vswitch *vswitch;
    unsigned uplink;
    struct pf *pf;
};

struct wire_wiring {
    const struct wire_ops *ops;
    void *owner;
    uint32_t slot, number;     /* the owner's; the connection's, in each frame */
    struct component *timer;   /* gets the time-outs: `verb`, slot, number, and true for pacing; calls migrate__wire_timer() */
    uint16_t verb;
    uint32_t flow;             /* of the frames that carry data */
    struct sim_rate *rate;     /* of what is sent */
    struct wire_end from, to;  /* who writes; who reads */
};

struct migrate_wire {
    struct wire_wiring wiring;
    struct wire_state state;
    uint8_t out[WIRE_WINDOW][WIRE_PAYLOAD], in[WIRE_WINDOW][WIRE_PAYLOAD];
    uint8_t message[WIRE_MESSAGE_HEADER + WIRE_MESSAGE_MAX];
};

struct migrate_wire *migrate__wire_create(const struct wire_wiring *wiring);
void migrate__wire_destroy(struct migrate_wire *w); /* NULL is fine */
void migrate__wire_save(struct migrate_wire *w, struct save *s);

/* What a message may carry now; all that is written has arrived. */
uint32_t migrate__wire_room(const struct migrate_wire *w);
bool migrate__wire_is_empty(const struct migrate_wire *w);
/* Needs room for `len` bytes and a header; what is written goes out when a segment is full, or with a flush. */
void migrate__wire_write(struct migrate_wire *w, enum wire_message type, uint64_t arg, const void *data, uint32_t len);
void migrate__wire_flush(struct migrate_wire *w);

void migrate__wire_timer(struct migrate_wire *w, bool pace);
bool migrate__wire_is_ours(struct frame *f);       /* by its ethertype */
uint32_t migrate__wire_number(struct frame *f);    /* of the connection that one of ours is of */
bool migrate__wire_takes(const struct migrate_wire *w, const struct component *at, struct frame *f); /* made by the other end */
void migrate__wire_receive(struct migrate_wire *w, struct component *at, frame_ref ref); /* one that it takes; takes ref */

#endif
