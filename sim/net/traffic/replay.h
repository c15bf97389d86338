/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replays: a capture's conversation between two hosts, played by two stations of the world.
 *
 * Each captured packet of the two hosts is sent by the station that plays its sender: not before the last packet of the
 * other side that precedes it in the capture has arrived (plus the original think time), and not before the sender's
 * own previous packet (plus the original gap). Arrival is by identity. If an awaited packet can no longer arrive (all
 * its copies ended) or nothing is left to happen, the conversation is blocked at that packet, and says so; unless lost packets are
 * to be sent again, by a time-out as TCP's.
 */
#ifndef VFSIM_NET_REPLAY_H
#define VFSIM_NET_REPLAY_H

#include "net/capture/pcapfile.h"
#include "net/workload.h"

enum replay_timing { REPLAY_ORIGINAL, REPLAY_SCALED, REPLAY_RATE, REPLAY_BACK_TO_BACK };

struct replay_params {
    const char *name;             /* flow name; halves are "<name>/forth" (from -> to) and "<name>/back" */
    struct station *from, *to;    /* who plays the capture's client and server */
    /* MAC, IPv4 or IPv6 of the capture's hosts; NULL: the two busiest, `from` = who speaks first: sends the first TCP SYN, or,
     * if there is none, the first unicast packet that is no address resolution */
    const char *host_from, *host_to;
    /* MAC addresses are always rewritten (to the stations' at the time of sending; also in ARP and neighbour discovery,
     * group addresses stay). This: the hosts' IP addresses, too, to ip4/ip6 of the stations, with all checksums;
     * link-local addresses and what applications or ICMP errors carry stay. */
    bool rewrite_ip;
    enum replay_timing timing;
    uint64_t scale_num, scale_den; /* SCALED: gaps times num/den */
    uint64_t rate_bps;            /* RATE: pace each half at this many bits of frames a second */
    bool half_only;               /* one-sided: only `from`'s packets, no waiting (a plain tcpreplay) */
    uint32_t repeat;              /* times over, 0 = 1 */
    bool retransmits;             /* a packet that does not arrive is sent again; else who awaits it is blocked */
    bool segment;                 /* cut TCP packets above the MTU into MTU-sized ones (else they are refused) */
};

struct replay;

/* Builds it (reads everything, checks every packet, adds its flows). NULL with a clear message naming file and packet
 * number in `err`. Notes worth telling the user (snapped packets padded, checksums finished, hosts left out) go to `notes`. */
struct replay *replay_create(struct sim *sim, const struct pcap_file *file, const struct replay_params *params, char *err,
                             size_t err_cap);
void replay_start(struct replay *replay, sim_time at); /* timeline: begins at `at` (>= now) */
void replay_destroy(struct replay *replay);
const char *replay_notes(const struct replay *replay); /* "" or lines, each ended by \n */

/* Whom a station plays: addresses of the capture, "" when it does not tell. */
struct replay_role {
    char station[48];
    char mac[18], ip4[16], ip6[46];
    bool more_ip4, more_ip6; /* it has others, too: a router, say */
    char why[64];            /* why this one is `from`; of the other "" unless it was named */
};
const struct replay_role *replay_get_role(const struct replay *replay, bool to);

struct replay_status {
    uint32_t packets, sent, arrived;
    uint32_t resent; /* frames beyond `sent` */
    bool started, finished;
    uint32_t blocked_at; /* packet number in the file (1-based) that is awaited and will never come, 0: not blocked */
    uint32_t blocks;     /* packet number that could not be sent because of it */
    char blocked_text[160];
};
void replay_get_status(const struct replay *replay, struct replay_status *out);

#endif
