/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the printing of operators' tools shares (show.c, show_ops.c): one NIC, and lines into the report. */
#ifndef VFSIM_SCENARIO_SHOW__H
#define VFSIM_SCENARIO_SHOW__H

#include "scenario/world__.h"

enum { SHOW_MAC_LEN = 18 };

struct show {
    struct world *w;
    uint32_t line;
    unsigned number; /* as ip link counts */
    const struct scn_nic *said;
    const struct nic *nic;
    struct pf *pf;
    bool up;
};

/* Prints the command with its time. */
struct show show__open(struct world *w, const struct scn_item *item, const char *nic, const char *command);
const char *show__mac(const uint8_t mac[6], char buf[SHOW_MAC_LEN]);
const char *show__flags(const struct show *s);
void show__link(const struct show *s);
void show__vf(const struct show *s, unsigned vf);

#endif
