/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A peer: a station outside, behind a port. It sends what its workload hands it and takes what comes for its addresses.
 */
#ifndef VFSIM_NET_PEER_H
#define VFSIM_NET_PEER_H

#include "net/workload.h"

struct peer;
/* NULL: no memory, or the name is taken or too long (47 bytes). Its MTU, IP addresses: set them in its station. */
struct peer *peer_create(struct sim *sim, const char *name, const uint8_t mac[6]);
void peer_destroy(struct peer *peer);
struct port *peer_port(struct peer *peer);
struct station *peer_station(struct peer *peer);
void peer_set_promiscuous(struct peer *peer, bool on);
void peer_set_vlan(struct peer *peer, int vid); /* sends tagged with vid, expects vid; -1 (default): untagged */
void peer_add_multicast(struct peer *peer, const uint8_t mac[6]);

#endif
