/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of the switch as forwarding asks them: through the index, or through one made on the spot. */
#ifndef VFSIM_ESWITCH_ESWITCH__H
#define VFSIM_ESWITCH_ESWITCH__H

#include "eswitch/eswitch.h"

/* The current index; `spare` is filled when the owner does not tell of changes. */
const struct eswitch_index *eswitch__index(struct eswitch *sw, struct eswitch_index *spare);

uint64_t eswitch__mac_vports(const struct eswitch *sw, const struct eswitch_index *index, const uint8_t mac[6]);
uint64_t eswitch__vlan_vports(const struct eswitch *sw, const struct eswitch_index *index, uint16_t vid);

/* The same without an index. */
uint64_t eswitch__mac_scan(const struct eswitch *sw, const uint8_t mac[6]);
uint64_t eswitch__vlan_scan(const struct eswitch *sw, uint16_t vid);

/* mirror.c: the vports that rules let have a frame; `vid` < 0 untagged; `out` says where it goes without them. */
uint64_t eswitch__mirror(const struct eswitch *sw, uint32_t source, int vid, const struct eswitch_verdict *out);

/* count.c */
void eswitch__count(struct eswitch *sw, uint32_t source, const struct frame *f, const struct eswitch_verdict *out);

bool eswitch__hash_bit(const uint32_t table[128], uint32_t hash);

#endif
