/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every pending-event set that was a candidate for the engine; the first is the one it uses. */
#ifndef VFSIM_BENCH_EVQ_SETS_H
#define VFSIM_BENCH_EVQ_SETS_H

#include "core/engine/evq.h"

enum { EVQ_SETS = 3 };
extern const struct evq_ops *const evq_sets[EVQ_SETS];

extern const struct evq_ops evq_calendar_ops;

#endif
