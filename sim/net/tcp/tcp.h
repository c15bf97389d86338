/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One end of a TCP connection, as a pure state machine: segments and times in, segments and a time to be asked again out.
 *
 * It knows no host, VM, flow or frame, and nothing of the other end but the segments that it is given. Who owns it
 *
 *   - tells it what its application does: tcp_listen(), tcp_connect(), tcp_write(), tcp_read(), tcp_close(), tcp_abort();
 *   - gives it every segment that comes for it: tcp_receive();
 *   - asks, at tcp_due() at the latest, for what it sends: tcp_send(), again and again, until that says false.
 *
 * Each call has the time, which never goes back. States and rules are those of [RFC 9293]; slow start and congestion avoidance
 * [RFC 5681] or CUBIC [RFC 9438]; the time-out and its back-off [RFC 6298] with Karn's rule; losses are found by RACK with tail
 * loss probes [RFC 8985] out of selective acknowledgements [RFC 2018, 2883], and mended at the pace of proportional rate reduction
 * [RFC 6937]; without SACK by three duplicates and NewReno [RFC 6582]. A time-out that was none is undone [RFC 3522, 4015]. Window
 * scaling, time stamps and PAWS are [RFC 7323], challenges to blind attacks [RFC 5961]. No urgent data, no ECN, no fast open.
 *
 * A stream's bytes are a pattern: byte N follows from N and a salt (tcp_pattern()), so that nothing is kept to be sent again, and
 * every byte that arrives is looked at.
 *
 * Positions are 64 bits: 0 is the SYN, byte N of the stream is 1 + N. On the wire they are the low 32 bits beyond the initial
 * sequence number.
 */
#ifndef VFSIM_NET_TCP_TCP_H
#define VFSIM_NET_TCP_TCP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/save.h"
#include "core/time.h"
#include "net/tcp/cc.h"
#include "net/tcp/segment.h"

/* [RFC 9293 3.3.2]; tcp_state_name() has their names. */
enum tcp_state_kind {
    TCP_CLOSED,
    TCP_LISTEN,
    TCP_SYN_SENT,
    TCP_SYN_RECEIVED,
    TCP_ESTABLISHED,
    TCP_FIN_WAIT_1,
    TCP_FIN_WAIT_2,
    TCP_CLOSE_WAIT,
    TCP_CLOSING,
    TCP_LAST_ACK,
    TCP_TIME_WAIT,
    TCP_STATES
};
const char *tcp_state_name(unsigned state); /* "SYN-SENT" */

/* Why a connection is CLOSED. */
enum tcp_end { TCP_END_NONE, TCP_END_CLOSED, TCP_END_RESET, TCP_END_TIMED_OUT, TCP_END_ABORTED };

struct tcp_config {
    uint32_t iss;       /* initial sequence number */
    uint32_t mss;       /* payload that it takes in a segment, options not counted [RFC 6691] */
    uint32_t burst_max; /* bytes of payload that its device cuts into segments; 0: it sends segment by segment */
    uint32_t buffer;    /* bytes it has room for that its application has not read */
    uint8_t cc;         /* enum tcp_cc_kind */
    bool no_sack, no_timestamps, no_scaling;
    bool reads_by_hand; /* the application reads by tcp_read(); else at once */
    uint32_t initial_window; /* segments [RFC 6928] */
    uint32_t quick_acks;     /* segments that are acknowledged at once at the beginning, behind a pause, a gap and a duplicate */
    uint32_t retries, syn_retries; /* time-outs in a row before it gives up [RFC 9293 3.8.3: R2] */
    sim_time rto_initial, rto_min, rto_max, delayed_ack, msl;
    sim_time tick; /* probes, and looks for what is late, wait no less: as fine as its host's timers are */
    uint64_t salt_out, salt_in; /* of the patterns that it sends and expects */
};
/* What Linux does where the RFCs leave it open: time-outs from 200 ms to 120 s, other timers from 2 ms, ACKs delayed by up to 40 ms
 * but for 16 quick ones; 10 segments at first, 4 MiB, CUBIC, an MSS of 1,460. */
struct tcp_config tcp_config_usual(void);

/* What was counted. Plain data; times in ps. */
struct tcp_stats {
    uint64_t segments_sent, segments_received; /* a burst counts as the segments it is cut into */
    uint64_t retransmits; /* segments sent again, for whatever reason */
    uint64_t timeouts; /* RTO */
    uint64_t recoveries; /* times that a loss was found before the time-out */
    uint64_t probes; /* of the tail [RFC 8985 7] */
    uint64_t window_probes; /* of a window of 0 */
    uint64_t spurious; /* time-outs that were none */
    uint64_t duplicates; /* segments that came with nothing new */
    uint64_t out_of_order; /* that left a gap */
    uint64_t refused; /* outside of the window, or not of this connection */
    uint64_t damaged; /* bytes that are not the pattern's */
    uint64_t delivered; /* bytes in order */
    uint64_t acknowledged; /* bytes of its own */
    uint64_t cwnd_max;
    sim_time rtt_min, rtt_max; /* of all measured ones; 0: none */
};

/* A stretch of what was sent and is not acknowledged, no longer than a segment. Plain data. */
struct tcp_record {
    uint64_t from, to;
    sim_time sent; /* last */
    uint32_t times; /* sent */
    uint8_t sacked, lost; /* lost: to be sent again, and not yet */
    uint8_t zero[2];
};

/* Bytes that came beyond a gap. */
struct tcp_range {
    uint64_t from, to;
    uint64_t touched; /* a count: the higher, the later */
};
enum { TCP_RANGES_MAX = 256 };

/* What keeps an end from sending more: nothing (whoever carries its segments does), that nothing more was written, the window that
 * the other end offers, or the congestion window. */
enum tcp_limit { TCP_LIMIT_NOTHING, TCP_LIMIT_APPLICATION, TCP_LIMIT_WINDOW, TCP_LIMIT_CONGESTION, TCP_LIMITS };

enum tcp_ca { TCP_CA_OPEN, TCP_CA_RECOVERY, TCP_CA_LOSS };

/* Plain data, in the order: connection, sending, finding losses, receiving, timers. */
struct tcp_state {
    uint32_t state; /* enum tcp_state_kind */
    uint32_t ended; /* enum tcp_end */
    uint32_t has_timestamps, has_sack, has_scaling;
    uint32_t was_passive;

    uint64_t una, nxt; /* acknowledged up to, sent up to */
    uint64_t end; /* of what the application has written */
    uint64_t window; /* that the other end offers beyond `una` */
    uint64_t window_max;
    uint64_t wl1, wl2; /* of the segment that it was taken from */
    uint32_t closing; /* a FIN follows what was written */
    uint32_t reset_due; /* a RST with these: 1 with ACK, 2 with a sequence number of its own */
    uint32_t reset_seq, reset_ack;
    uint32_t mss; /* payload of a full segment, options taken off */
    uint32_t snd_scale, rcv_scale;
    uint32_t cwnd_bound; /* it sent as much as the congestion window let it */
    struct tcp_cc cc;

    uint32_t ca; /* enum tcp_ca */
    uint32_t duplicate_acks;
    uint64_t high; /* recovery lasts until this is acknowledged */
    uint64_t sacked, lost; /* bytes of records; without SACK `sacked` is what duplicates stand for */
    uint64_t prr_delivered, prr_out, prr_flight;
    sim_time rack_sent, rack_rtt;
    uint64_t rack_end, fack;
    uint32_t reordering; /* seen */
    uint32_t reo_steps; /* quarters of the least round-trip time that are waited */
    uint64_t reo_round; /* the next step is not before this is acknowledged */
    uint64_t tlp_end; /* a probe is out: until this is acknowledged; 0: none */
    uint32_t tlp_is_again; /* it was no new data */
    uint32_t backoff; /* time-outs in a row */
    uint32_t eifel_stamp, eifel_armed; /* of the first segment after a time-out, to be undone to */
    struct tcp_cc eifel_cc;
    sim_time srtt, rttvar, rto;

    uint32_t syn_timed_out;
    uint32_t irs;
    uint32_t ts_recent;
    uint32_t ranges;
    uint64_t rcv_nxt, rcv_right; /* in order up to; promised up to */
    uint64_t read; /* by the application, up to */
    uint64_t fin_at; /* position of the other end's FIN; UINT64_MAX: none was seen */
    uint64_t ack_sent; /* last acknowledgement */
    uint64_t dsack_from, dsack_to; /* to be told once; equal: nothing */
    uint64_t touches;
    sim_time data_at; /* when something new came last */
    uint32_t rcv_mss; /* longest segment seen */
    uint32_t ack_now;
    uint32_t quick_acks; /* that are left */
    uint32_t zero;
    struct tcp_range range[TCP_RANGES_MAX];

    sim_time rto_at, reorder_at, tlp_at, persist_at, delack_at, wait_at;
    sim_time challenge_at; /* not before [RFC 5961 7] */
    uint64_t head, tail; /* of the records, counting freely */

    struct tcp_stats stats;
};

/* What happens inside, for a trace; it changes nothing. */
enum tcp_event {
    TCP_EVENT_STATE, /* a: enum tcp_state_kind before */
    TCP_EVENT_RTO, /* a: the time-out that it was, b: the next */
    TCP_EVENT_RECOVERY, /* a: bytes found lost so far */
    TCP_EVENT_RECOVERED, /* a: enum tcp_ca that it was in */
    TCP_EVENT_PROBE, /* a: 1 of data that was sent before, 2 of a window of 0 */
    TCP_EVENT_SPURIOUS,
    TCP_EVENT_RTT, /* a: measured */
};
struct tcp;
struct tcp_watch {
    void (*told)(struct tcp_watch *self, const struct tcp *t, enum tcp_event what, uint64_t a, uint64_t b);
};

/* Plain data, no part of the connection: its owner saves it. */
struct tcp_limits {
    uint32_t limit, is_known; /* enum tcp_limit … */
    sim_time since; /* … since then … */
    sim_time limited[TCP_LIMITS]; /* … and for how long, before */
};

struct tcp {
    struct tcp_config config;
    struct tcp_watch *watch; /* NULL: nobody */
    struct tcp_record *records;
    uint64_t record_cap; /* a power of two */
    struct tcp_state st;
    struct tcp_limits limits;
};

void tcp_init(struct tcp *t, const struct tcp_config *config); /* CLOSED */
void tcp_fini(struct tcp *t);

void tcp_listen(struct tcp *t);
void tcp_connect(struct tcp *t, sim_time now);
#define TCP_ENDLESS (UINT64_C(1) << 62)
void tcp_write(struct tcp *t, uint64_t bytes); /* so many more for the other end; TCP_ENDLESS: there is always more */
void tcp_cut(struct tcp *t); /* what was written and not sent yet is taken back */
/* No more will be written; a FIN follows. Of an endless stream: behind what was sent. */
void tcp_close(struct tcp *t, sim_time now);
void tcp_abort(struct tcp *t); /* a RST, if there is anybody to tell */
uint64_t tcp_readable(const struct tcp *t); /* bytes in order that were not read (reads_by_hand) */
void tcp_read(struct tcp *t, uint64_t bytes);
bool tcp_is_closed_there(const struct tcp *t); /* the other end will send no more, and all of it is here */

/* `payload`: in->len bytes; NULL: they are not looked at. */
void tcp_receive(struct tcp *t, const struct tcp_segment *in, const uint8_t *payload, sim_time now);
/* Timers that are due go off. The next segment that goes now: true. The connection's own addresses are not in it. */
bool tcp_send(struct tcp *t, sim_time now, struct tcp_segment *out);
/* When to call tcp_send(), if nothing is received before: `now` if something goes at once; SIM_NEVER: nothing will. TIME-WAIT ends
 * by itself. */
sim_time tcp_due(const struct tcp *t, sim_time now);

/* Bytes that are taken to be in the network [RFC 6675 pipe]. */
uint64_t tcp_flight(const struct tcp *t);
bool tcp_is_over(const struct tcp *t); /* CLOSED after it was something else, or TIME-WAIT */

/* State alone; `config` must be the same. */
void tcp_save(struct tcp *t, struct save *s);
void tcp_shift(struct tcp *t, sim_time later); /* all its times, modulo 2^64: its machine slept so long */

#endif
