/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to a connection's end: what its files ask of each other. */
#ifndef VFSIM_NET_TCP_PRIVATE_H
#define VFSIM_NET_TCP_PRIVATE_H

#include "net/tcp/tcp.h"

static inline uint32_t tcp__seq(const struct tcp *t, uint64_t position) { return t->config.iss + (uint32_t)position; }
static inline struct tcp_record *tcp__record(const struct tcp *t, uint64_t i) { return &t->records[i & (t->record_cap - 1)]; }
static inline bool tcp__has_data(const struct tcp *t) { return t->st.una != t->st.nxt; } /* that is not acknowledged */
static inline uint64_t tcp__min(uint64_t a, uint64_t b) { return a < b ? a : b; }
static inline uint64_t tcp__max(uint64_t a, uint64_t b) { return a > b ? a : b; }
static inline bool tcp__is_synchronized(const struct tcp *t) { return t->st.state >= TCP_ESTABLISHED; }

/* tcp.c */
void tcp__enter(struct tcp *t, enum tcp_state_kind state);
void tcp__end(struct tcp *t, enum tcp_end why); /* CLOSED, without timers and anything to be sent */
void tcp__tell(const struct tcp *t, enum tcp_event what, uint64_t a, uint64_t b);

/* output.c */
uint64_t tcp__fin_end(const struct tcp *t); /* all that there is to be sent, the FIN included */
void tcp__push_record(struct tcp *t, uint64_t from, uint64_t to, sim_time now);
void tcp__note_limit(struct tcp *t, sim_time now); /* something has happened that may let it send, or not */
uint32_t tcp__stamp(sim_time now); /* of a time stamp: milliseconds */

/* ack.c: an acknowledgement, and what it says of the window. False: it is not believed, and nothing else of its segment is. */
bool tcp__acknowledge(struct tcp *t, const struct tcp_segment *in, uint64_t position, sim_time now);

/* recovery.c */
struct tcp_round {         /* what one acknowledgement has brought */
    uint64_t delivered;    /* bytes acknowledged or selected for the first time */
    uint64_t advanced;     /* of them, in order */
    uint64_t fack;         /* the furthest that had arrived before */
    sim_time rtt;          /* 0: none was measured [RFC 6298: Karn] */
    bool dsack, duplicate; /* duplicate: an ACK that says nothing new */
    bool sacked_new;
};
void tcp__rack_note(struct tcp *t, const struct tcp_record *r, sim_time now);
void tcp__recover(struct tcp *t, struct tcp_round *round, const struct tcp_segment *in, sim_time now);
void tcp__measure(struct tcp *t, sim_time rtt);
void tcp__arm_rto(struct tcp *t, sim_time now);
void tcp__arm_probe(struct tcp *t, sim_time now);
void tcp__timers(struct tcp *t, sim_time now); /* those that are due go off */
void tcp__mark_lost(struct tcp *t, struct tcp_record *r);

/* input.c */
uint64_t tcp__free(const struct tcp *t);              /* bytes there is room for */
void tcp__challenge(struct tcp *t, sim_time now);     /* an ACK that tells the other end where this one is, now and then */

#endif
