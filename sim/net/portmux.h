/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One plug that several owners share: their ports lead to the plug's wire, and to each other.
 *
 * Behind one physical port of a NIC with several physical functions (partitions) there is one switch for all of them. Each
 * function's own switch knows its addresses; the mux asks them and forwards between functions by the bridge's rules: what is
 * addressed to another function exactly stays inside, groups go to the wire and to those who take them, all else to the wire;
 * what comes by the wire goes to its exact owners, else to all who take it. It never comes back to where it came from.
 *
 * A port's link, rate and time are the plug's. Who sent last lets another one go first, so that all get their share of the wire
 * frame by frame.
 */
#ifndef VFSIM_NET_PORTMUX_H
#define VFSIM_NET_PORTMUX_H

#include "net/port.h"

enum { PORTMUX_PORTS_MAX = 8 };

enum portmux_interest { PORTMUX_NOT, PORTMUX_ANY /* by a group or because it takes all */, PORTMUX_EXACT };

/* embedded by who has a port */
struct portmux_owner {
    enum portmux_interest (*interest)(struct portmux_owner *owner, const struct frame *f);
    bool (*forwards)(struct portmux_owner *owner); /* false: what it sends goes to the wire only (VEPA) */
};

struct portmux;

/* NULL: no memory, or the name is taken. The plug is a port of that name. */
struct portmux *portmux_create(struct sim *sim, const char *name);
void portmux_destroy(struct portmux *mux); /* NULL is fine; the owners' ports go after it */
struct port *portmux_plug(struct portmux *mux);
/* Joins `port` (unconnected) with a new port of the mux. 0, -ENOSPC, or port_init()'s error. */
int portmux_add(struct portmux *mux, struct port *port, struct portmux_owner *owner);

#endif
