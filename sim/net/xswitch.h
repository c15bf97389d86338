/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The external switch: it learns which port an address is behind, and floods what it has not learned.
 */
#ifndef VFSIM_NET_XSWITCH_H
#define VFSIM_NET_XSWITCH_H

#include "net/port.h"

struct xswitch;
struct xswitch *xswitch_create(struct sim *sim, const char *name, sim_time latency_ps);
void xswitch_set_reflective(struct xswitch *sw, bool on); /* a reflective relay: see xswitch.c; while the world is built */
void xswitch_destroy(struct xswitch *sw);
struct port *xswitch_add_port(struct xswitch *sw); /* named "<name>.<n>"; NULL past 256 ports, for a taken name, no memory */

#endif
