/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replays: a capture's conversation between two hosts, played by two stations of the world.
 *
 * Each captured packet of the two hosts is sent by the station that plays its sender: not before the last packet of the
 * other side that precedes it in the capture has arrived (plus the original think time), and not before the sender's
 * own previous packet (plus the original gap). Arrival is by identity. If an awaited packet can no longer arrive (all
 * its copies ended) or nothing is left to happen, the conversation is blocked at that packet, and says so.
 */
#ifndef VFSIM_NET_REPLAY_H
#define VFSIM_NET_REPLAY_H

#include "net/traffic/flow_frame.h"
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
    bool started, finished;
    uint32_t blocked_at; /* packet number in the file (1-based) that is awaited and will never come, 0: not blocked */
    uint32_t blocks;     /* packet number that could not be sent because of it */
    char blocked_text[160];
};
void replay_get_status(const struct replay *replay, struct replay_status *out);

/* ---- synthetic flows ---- */
struct flow_params {
    const char *name;
    struct station *from;
    struct station *to;      /* or NULL with dst_mac */
    const uint8_t *dst_mac;  /* broadcast, multicast or a stranger; NULL: to->mac at the time of sending */
    const uint8_t *src_mac;  /* NULL: from->mac; other values are spoofs */
    uint32_t size;           /* frame bytes with FCS, as RFC 2544 counts: 64 … */
    uint64_t rate_pps_num, rate_pps_den; /* frames a second as a fraction; 0: back to back at rate_bps */
    uint64_t rate_bps;       /* pace in wire bits (with preamble and gap) if rate_pps_num is 0 */
    uint64_t count;          /* 0: until stopped */
    int vlan_tci;            /* -1: untagged */
    bool bad_fcs;           /* every frame with a wrong check sequence; only a peer can send such */
    uint16_t tpid;          /* of that tag; 0: 0x8100 */
    struct flow_shape shape; /* zero: UDP over IPv4 */
};
struct flow_source;
struct flow_source *flow_source_create(struct sim *sim, const struct flow_params *params, char *err, size_t err_cap);
void flow_source_start(struct flow_source *source, sim_time at);
void flow_source_stop(struct flow_source *source);
void flow_source_destroy(struct flow_source *source);
bool flow_source_done(const struct flow_source *source);

/* ---- peers: a station outside, behind a port ---- */
struct peer;
/* NULL: no memory, or the name is taken or too long (47 bytes). Its MTU, IP addresses: set them in its station. */
struct peer *peer_create(struct sim *sim, const char *name, const uint8_t mac[6]);
void peer_destroy(struct peer *peer);
struct port *peer_port(struct peer *peer);
struct station *peer_station(struct peer *peer);
void peer_set_promiscuous(struct peer *peer, bool on);
void peer_set_vlan(struct peer *peer, int vid); /* sends tagged with vid, expects vid; -1 (default): untagged */
void peer_add_multicast(struct peer *peer, const uint8_t mac[6]);

/* ---- the external learning switch ---- */
struct xswitch;
struct xswitch *xswitch_create(struct sim *sim, const char *name, sim_time latency_ps);
void xswitch_set_reflective(struct xswitch *sw, bool on); /* a reflective relay: see xswitch.c; while the world is built */
void xswitch_destroy(struct xswitch *sw);
struct port *xswitch_add_port(struct xswitch *sw); /* named "<name>.<n>"; NULL past 256 ports, for a taken name, no memory */

#endif
