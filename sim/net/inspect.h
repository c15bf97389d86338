/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inspection: one frame as a station got it, held against the frame as its sender made it.
 *
 * What may happen on the way is known: tags are put on and taken off by ports of a VLAN, a device fills in checksums, cuts a
 * burst into TCP segments or makes one large receive of several. All of that is computed here once more, by code of its own
 * [RFC 791, 8200, 9293, 768, 1071; IEEE 802.1Q; Microsoft RSS hash], and everything else must be as it was, byte for byte. So
 * must be what a driver says of the frame: checksum verdicts, kind, tag, length, hash.
 *
 * Pure functions of their arguments; nothing is kept. Who calls them, and what becomes of a fault: net/inspection.h.
 */
#ifndef VFSIM_NET_INSPECT_H
#define VFSIM_NET_INSPECT_H

#include <stdbool.h>
#include <stdint.h>

enum {
    INSPECT_TAGS_MAX = 4,
    INSPECT_TEXT_LEN = 120,
    INSPECT_FRAME_MAX = 65536 + 64, /* the longest burst or large receive, tags included */
    INSPECT_KEY_BYTES = 40,
};

/* Tags of a frame, the outermost first: TPID << 16 | TCI. */
struct inspect_tags {
    uint32_t count;
    uint32_t tag[INSPECT_TAGS_MAX];
};

enum inspect_l4 {
    INSPECT_L4_AS_IT_IS, /* the checksum of layer 4 may be wrong, or unfinished: a capture's, or a flow's wish */
    INSPECT_L4_GOOD,     /* right, or none */
    INSPECT_L4_FILLED,   /* the sender's device is to compute it */
};

/* As the application made it, and what its driver asked the device for. */
struct inspect_sent {
    const uint8_t *bytes; /* from the destination address, tags in place */
    uint32_t len;         /* of all of it, the tail included */
    const uint8_t *tail;  /* the last `tail_len` bytes are not in `bytes` but here, for a frame that is like many others; */
    uint32_t tail_len;    /* they begin at an even distance from the header of layer 4. 0: there is no such tail */
    uint16_t tail_sum;    /* inspect_sum() of it */
    int32_t insert;       /* TCI of a tag that the device inserts, -1 none */
    uint32_t mss;         /* TCP payload of a segment; 0: it leaves whole */
    uint8_t l4;           /* enum inspect_l4 */
};

/* What a driver said of a received frame, in NPA's numbers (guest/include/npa_plugin_api.h). */
enum inspect_verdict { INSPECT_UNKNOWN, INSPECT_CORRECT, INSPECT_INCORRECT };
enum inspect_hash { INSPECT_HASH_NONE, INSPECT_HASH_IP4, INSPECT_HASH_TCP4, INSPECT_HASH_IP6, INSPECT_HASH_TCP6 };
struct inspect_meta {
    bool ip4, ip6, tcp, udp, not_ip;
    uint8_t ip_sum, tcp_sum, udp_sum; /* enum inspect_verdict */
    bool verifies; /* its device was told to verify checksums */
    bool strips;   /* … to take tags off */
    bool hashes;   /* … to spread frames over queues by a hash */
    uint32_t hash_type; /* enum inspect_hash */
    uint32_t hash;
    const uint8_t *key; /* INSPECT_KEY_BYTES; NULL: not known, so the hash is not recomputed */
    uint32_t len;       /* of the frame as it lies in memory */
};

struct inspect_got {
    const uint8_t *bytes; /* tags that were not taken off in place */
    uint32_t len;
    int32_t stripped;     /* TCI that a device took off, -1 none */
    const struct inspect_meta *meta; /* NULL: nobody said anything (a station outside) */
};

struct inspect_fault {
    bool in_meta; /* the frame is right, what was said of it is not */
    char text[INSPECT_TEXT_LEN];
};

/* ---- tags ---- */

/* The tags of a frame in place, and where what follows them begins (the EtherType). */
uint32_t inspect_take_tags(const uint8_t *bytes, uint32_t len, struct inspect_tags *out);

/* What a station's port does to its frames. */
struct inspect_port {
    int32_t access;      /* the TCI that its frames get on the way out, its VID taken off on the way in; -1 none */
    bool keeps_priority; /* a priority tag (VID 0) of the station's own becomes the port's, and keeps its priority */
};
/* The tags with which `sent` reaches the station at `to`. False: not at all, as far as VLANs tell. */
bool inspect_tags_on(struct inspect_tags *tags, const struct inspect_port *from, const struct inspect_port *to);

/* ---- the frame ---- */

/* The frame that must arrive, without tags: its addresses and, from the EtherType on, its body. Both point into `sent` where
 * nothing is to change. `buf` is of INSPECT_FRAME_MAX bytes. */
struct inspect_whole {
    const uint8_t *addresses; /* 12 bytes */
    const uint8_t *body;
    uint32_t body_len;        /* without the tail, which follows */
    const uint8_t *tail;
    uint32_t tail_len;
    uint16_t tail_sum;
};
/* One frame; of one that is cut into segments, the one whose TCP sequence number is `sequence`. False: there is no such one. What
 * is cut or filled in has no tail. */
bool inspect_expect(const struct inspect_sent *sent, uint32_t sequence, uint8_t *buf, struct inspect_whole *out);
/* A large receive: `part` goes on behind `whole`, which lies in `buf` from then on. False: they do not go together. The
 * checksums are computed by inspect_joined() when all are there. */
bool inspect_join(struct inspect_whole *whole, const struct inspect_whole *part, uint8_t *buf);
void inspect_joined(struct inspect_whole *whole, uint8_t *buf);

/* The TCP sequence number in a frame, 0 when there is none. */
uint32_t inspect_tcp_sequence(const uint8_t *bytes, uint32_t len);

/* Compare. True: all is well. `l4` as of the sender. */
bool inspect_frame(const struct inspect_whole *expected, const struct inspect_tags *tags, enum inspect_l4 l4,
                   const struct inspect_got *got, struct inspect_fault *fault);

/* ---- parts, for who wants one ---- */

/* [RFC 1071] Sum of big-endian words, folded, not complemented; an odd last byte is a word's high half. */
uint16_t inspect_sum(const uint8_t *p, uint32_t len, uint64_t start);
uint32_t inspect_toeplitz(const uint8_t key[INSPECT_KEY_BYTES], const uint8_t *input, uint32_t len);

#endif
