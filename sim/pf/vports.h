/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What families do alike whose chips have the registers of nic/vports.h: struct pf_state into them. Private to the families below
 * this folder.
 *
 * The model of such a chip says where they lie (nic_model.vports); its family has these functions among its own.
 */
#ifndef VFSIM_PF_VPORTS_H
#define VFSIM_PF_VPORTS_H

#include "nic/vports.h"
#include "pf/pf__.h"

/* ---- members of struct pf_family ---- */
void pf__vports_address(struct pf *pf, unsigned i);
void pf__vports_pools(struct pf *pf, unsigned i, uint64_t before);
void pf__vports_vlan(struct pf *pf, unsigned i, uint64_t vports, bool fresh);
void pf__vports_groups(struct pf *pf, unsigned word);
void pf__vports_port_vlan(struct pf *pf, unsigned vf);
void pf__vports_drop(struct pf *pf, unsigned vf, bool on); /* nothing: no queue of theirs blocks another */
void pf__vports_longest(struct pf *pf);
void pf__vports_loopback(struct pf *pf, bool on);
void pf__vports_mirror(struct pf *pf, unsigned rule, uint64_t vlan_entries);
void pf__vports_mirror_all(struct pf *pf, bool on);

/* ---- a vport ---- */
/* Its register, from what is set for the VF; it takes frames and sends them as said. */
void pf__vports_write(struct pf *pf, unsigned vf, bool rx, bool tx);
void pf__vports_write_own(struct pf *pf); /* the PF's: all that comes for it */
/* Of a VF that is given up: nothing that was set or filtered for it is left. */
void pf__vports_forget(struct pf *pf, unsigned vf);

/* Which VFs' vports are open: a part of the family's own state. */
struct pf_open_vports {
    uint32_t rx[2], tx[2]; /* VFs, a bit each */
};
void pf__vports_refresh(struct pf *pf, const struct pf_open_vports *open, unsigned vf); /* its register, as far as it is open */
void pf__vports_open(struct pf *pf, struct pf_open_vports *open, unsigned vf, bool rx, bool tx);

/* Sets of VFs, a bit each, as families keep them. */
static inline bool pf__has_vf(const uint32_t words[2], unsigned vf) { return words[vf / 32] >> vf % 32 & 1; }
static inline void pf__put_vf(uint32_t words[2], unsigned vf, bool on)
{
    words[vf / 32] = (words[vf / 32] & ~(1u << vf % 32)) | (uint32_t)on << vf % 32;
}

/* ---- counters ---- */
/* The answer to VF_GET_QUEUE_STATS is what came since `base`, which is `now` then. */
void pf__vports_count(const struct pf *pf, struct pf_vf_stats *out, const struct vports_counts *now, struct vports_counts *base);

#endif
