/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `guest V …` says: shared with the tools that show what a guest was told (guest_vf.c). */
#ifndef VFSIM_SCENARIO_VERBS_GUEST_H
#define VFSIM_SCENARIO_VERBS_GUEST_H

#include "scenario/verbs/verbs__.h"

struct guest_said {
    struct scn_word vm;
    struct machine_job job;
    uint32_t rx_mode; /* a bit of enum world_rx_mode, of a job that changes it */
    bool rx_mode_on;
};

/* NULL: the line is no job for a guest. */
const struct guest_said *verb__guest_said(const struct scn_item *item);

/* guest_tools.c: the tools that an operator uses inside. */
void verb__parse_guest_ethtool(struct scn_cursor *c, struct scn_item *item, struct scn_word vm);
void verb__parse_guest_bridge(struct scn_cursor *c, struct scn_item *item, struct scn_word vm);
void verb__parse_guest_ip(struct scn_cursor *c, struct scn_item *item, struct scn_word vm);

#endif
