/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the replay: a conversation as it was built from a capture, and the state of playing it.
 *
 * replay_build.c chooses the hosts and orders the packets, replay_packet.c makes a captured packet into one to send
 * (padding, checksums, addresses, segments), replay.c plays, replay_resend.c sends again what was lost.
 */
#ifndef VFSIM_NET_REPLAY_PRIVATE_H
#define VFSIM_NET_REPLAY_PRIVATE_H

#include "net/inet.h"
#include "net/net__.h"
#include "net/traffic/replay.h"

enum { NO_PACKET = UINT32_MAX };

enum replay_site_owner { SITE_SENDER, SITE_RECEIVER };

/* One packet to send. Its bytes carry the captured MAC addresses; the stations' current ones are put in when it is
 * sent. */
struct replay_packet {
    uint64_t data;  /* offset in the half's bytes */
    sim_time gap;   /* after the sender's previous packet; of its first: 0 */
    sim_time think; /* after the arrival of `awaits` */
    uint32_t len;
    uint32_t number;   /* of the captured packet in the file, from 1 */
    uint32_t original; /* its length on the wire it was captured at: more than `len` if this is a segment of it */
    uint32_t awaits; /* index in the other half, NO_PACKET: none */
    bool to_group;   /* the destination address stays */
    uint8_t site_count;
    uint8_t site_owner[2]; /* enum replay_site_owner */
    uint16_t site[2];      /* offsets of MAC addresses inside the payload (ARP, neighbour discovery) */
    uint16_t site_csum;    /* offset of the checksum over them, 0: none */
};

struct replay_arrival {
    uint64_t seq1; /* number + 1 of the last arrival of this packet, 0: none */
    sim_time at;
};

/* plain data: saved as it is */
struct half_state {
    uint64_t next;  /* number of the next packet to send: repetition * count + index */
    uint64_t arrived;
    sim_time not_before; /* the sender's own pace: its last packet plus the gap */
    uint64_t rate_rem;
    uint64_t oldest;    /* the first packet that is not known to have arrived */
    sim_time resend_at; /* then it is sent again; SIM_NEVER: not */
    sim_time rto;
    uint64_t tries;     /* how often it was */
    uint64_t resends;   /* of all packets; how many entries `resend` has */
};

/* A frame that is a packet once more. */
struct replay_resend {
    uint64_t frame;  /* flow_seq */
    uint64_t packet; /* its number, as in half_state */
};

struct replay_half {
    struct workload workload; /* first member */
    struct replay *replay;
    struct replay_packet *packets;
    uint8_t *bytes;
    struct bulk packet_store, byte_store, arrival_store; /* where they are */
    uint64_t bytes_len, bytes_cap;
    uint32_t count, cap;
    uint64_t total;                  /* count times the repetitions */
    struct replay_arrival *arrivals; /* of this half's packets at the other station */
    struct replay_resend *resend;
    uint64_t resend_cap;
    bool resends_first; /* its next frame is the oldest packet once more; derived */
    uint64_t waits_seq1; /* number + 1 of the other half's packet that `next` waits for, 0: none; derived */
    struct half_state st;
};

/* What was made of the capture for both halves: one in all worlds of a scenario, which may share it (core/recycler.h). */
struct replay_body {
    struct bulk packets[2], bytes[2];
    uint64_t bytes_len[2];
    uint32_t count[2];
    struct replay_role role[2];
    char *notes;
};

struct replay {
    struct component comp;
    bool borrows; /* packets, bytes and notes are the recycler's */
    char *name;
    char *notes;
    uint64_t digest;            /* of the capture */
    struct replay_half half[2]; /* forth, back */
    enum replay_timing timing;
    struct sim_rate pace;
    uint64_t repeat;
    uint64_t walked; /* bytes since the halves were relaxed */
    bool half_only, retransmits;
    struct replay_role role[2]; /* of from, of to */
    struct {
        uint64_t started;
    } st;
};

/* ---- building ---- */

enum endpoint_kind { ENDPOINT_MAC, ENDPOINT_IP4, ENDPOINT_IP6 };

struct endpoint {
    uint8_t kind;
    uint8_t addr[16];
};

struct replay_host {
    struct endpoint who;
    uint8_t mac[6]; /* in the capture */
    bool mac_known;
    uint8_t ip4[4], ip6[16]; /* what it calls itself in the capture, for rewriting; the first of several */
    bool has_ip4, has_ip6, more_ip4, more_ip6;
    uint8_t local6[16]; /* its link-local address, which no rewriting touches */
    bool has_local6;
};

/* What tells who of the two speaks first: see replay_hosts.c. */
enum opening_kind { OPENING_NAMED, OPENING_SYN, OPENING_SYN_ACK, OPENING_UNICAST, OPENING_ANY, OPENING_KINDS };
struct replay_opening {
    enum opening_kind kind;
    uint32_t number; /* of the packet that told, 0: none was asked */
    unsigned host;
};

/* for the notes */
struct replay_counts {
    uint32_t padded, finished, wrong, segmented, trimmed, left_out, backwards, set_back;
    uint32_t first_backwards, first_set_back; /* packet numbers in the file */
};

struct replay_build {
    struct sim *sim;
    const struct pcap_file *file;
    const struct replay_params *params;
    struct replay *replay;
    struct replay_host host[2];
    struct replay_opening opening;
    struct replay_counts counts;
    uint32_t mtu;
    uint8_t *scratch; /* one packet at its original length */
    size_t walked;    /* bytes since what is walked through was relaxed */
    char *err;
    size_t err_cap;
};

/* Packets are counted from 1 as the capture file's reader gave them, and named by the number of their record: the reader
 * leaves out what is not whole. Write "path: packet N: …" (number 0: without it) and return -1. */
int replay__error(struct replay_build *b, uint32_t number, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* replay_hosts.c: fills host[0] (from) and host[1] (to). 0 or -1 with the error written. */
int replay__choose_hosts(struct replay_build *b);
/* Which of the two sent the packet: 0 or 1, -1: it does not belong to the conversation. */
int replay__sender(const struct replay_build *b, const struct inet_view *v);
const char *replay__endpoint_text(const struct endpoint *e, char *buf, size_t cap);
void replay__tell_roles(const struct replay_build *b);
/* Look at packet `number` in place, and refuse what cannot be placed. */
int replay__look(struct replay_build *b, uint32_t number, struct inet_view *v);

/* replay.c: memory of what its halves have behind them (core/bulk.h). */
void replay__relax(const struct replay *r);

/* replay_packet.c: append what packet `number`, sent by host `h`, becomes: one packet, or several segments. */
int replay__add_packet(struct replay_build *b, uint32_t number, unsigned h, const struct replay_packet *timing);

/* replay_resend.c: which packet a frame of the half carries. */
uint64_t replay__packet_of(const struct replay_half *half, uint64_t frame);
/* Its next packet was sent; this one has arrived for the first time. */
void replay__note_sent(struct replay_half *half);
void replay__note_arrived(struct replay_half *half, uint64_t packet);
/* st.resend_at has come: the packet to send again, which is noted as sent. */
const struct replay_packet *replay__take_resend(struct replay_half *half);
bool replay__waits_for_arrival(const struct replay_half *half); /* of what was sent something is still to arrive */
bool replay__gave_up(const struct replay_half *half); /* st.oldest was sent so often that it won't be again */
void replay__save_resends(struct replay_half *half, struct save *s); /* behind its `st` */

/* replay.c: the workload's operations. */
extern const struct workload_ops replay__workload_ops;
extern const struct component_ops replay__component_ops;

#endif
