/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/parts/parts.h"

#include "host/attach/attach__.h"
#include "host/control/control__.h"
#include "host/migrate/migrate__.h"
#include "host/mode/mode__.h"
#include "host/netqueue/netqueue__.h"
#include "host/policy/policy__.h"
#include "host/standstill/standstill__.h"
#include "host/upgrade/upgrade__.h"

const struct host_part *const host_parts[HOST_RANKS] = {
    [HOST_RANK_ATTACH] = &attach_part,         [HOST_RANK_MODE] = &mode_part,         [HOST_RANK_CONTROL] = &control_part,
    [HOST_RANK_STANDSTILL] = &standstill_part, [HOST_RANK_MIGRATE] = &migrate_part,   [HOST_RANK_UPGRADE] = &upgrade_part,
    [HOST_RANK_POLICY] = &policy_part,         [HOST_RANK_NETQUEUE] = &netqueue_part,
};
