/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ports: where frames leave one component and enter another, and where a capture can listen.
 *
 * A port belongs to a component and has a name ("client", "h0.vmnic0", "web", …) unique in the world. Two ports are
 * connected by a wire (rate, latency, queue: net/wire.h) or joined back to back (same box: no time passes). Handing a
 * frame to port_send() takes it; it comes out of the other side's receive upcall, which takes it in turn.
 */
#ifndef VFSIM_NET_PORT_H
#define VFSIM_NET_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/frame/frame.h"
#include "core/world/sim.h"

struct wire;
struct port;

struct port_ops {
    void (*receive)(struct port *port, frame_ref ref);       /* takes ref */
    void (*link_changed)(struct port *port, bool up);        /* may be NULL */
    /* May be NULL. A joined port that only leads on: to which one, and how much later than at once its peer may send there. */
    const struct port *(*leads_to)(const struct port *port, sim_time *later);
};

enum tap_direction { TAP_TX, TAP_RX }; /* as the port's owner sees it */
struct tap {
    void (*saw)(struct tap *tap, struct port *port, enum tap_direction dir, const struct frame *f);
    struct tap *next;
};

struct port {
    const struct port_ops *ops;
    struct component *owner;
    unsigned index; /* free for the owner */
    char name[48];
    struct wire *wire; /* one of wire or peer, or neither (unconnected: link down) */
    unsigned side;     /* of the wire: 0 or 1 */
    struct port *peer;
    struct tap *taps;
    sim_time in_ps, out_ps; /* what its owner's PHY and pipeline take of a frame that comes by the wire, or leaves by it */
    struct port *next; /* list of all ports of the world, in order of port_init() */
};

/* Fill a port and make it findable by name. -EEXIST for a taken name, -ENAMETOOLONG past 47 bytes, -ENOMEM. */
int port_init(struct port *port, struct component *owner, unsigned index, const char *name, const struct port_ops *ops);
struct port *port_find(struct sim *sim, const char *name); /* NULL if there is none */
struct port *port_next(struct sim *sim, struct port *after); /* all ports in order of port_init; NULL starts and ends */
void port_fini(struct port *port); /* takes it off the list; its connections must be gone or going too */

void port_join(struct port *a, struct port *b); /* back to back; both sides' link_changed() say up, as with a wire */

void port_listen(struct port *port, struct tap *tap);
void port_unlisten(struct port *port, struct tap *tap); /* one that is not there is fine */

/* For who puts a frame in: it arrives here, as one that the other side has sent. Takes ref. */
void port_put_in(struct port *port, frame_ref ref);

/* Takes ref. Through a wire: queued, or ended as wire_queue_full / link_down. Unconnected: ended as link_down. */
void port_send(struct port *port, frame_ref ref);

/* When a frame sent now would begin to leave: now if the wire is idle; senders that arbitrate wait until then. */
sim_time port_free_at(const struct port *port);
bool port_link_is_up(const struct port *port);
uint64_t port_rate_bps(const struct port *port); /* 0: infinitely fast or unconnected */

/* For owners whose frames enter through other doors (a VM's app): show a frame to the port's taps. */
void port_tap(struct port *port, enum tap_direction dir, const struct frame *f);

#endif
