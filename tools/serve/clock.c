/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far the world may run: as far as the wall clock, less what it could not keep up with. */
#include <time.h>

#include "serve/serve__.h"

#define BEHIND_MAX (100 * VFSIM_MS)

static uint64_t wall_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void clock_begin(struct serve_clock *clock, vfsim_time now) { *clock = (struct serve_clock){.begin_ns = wall_ns(), .begin = now}; }

vfsim_time clock_now(const struct serve_clock *clock) { return clock->begin + (wall_ns() - clock->begin_ns) * VFSIM_NS; }

bool clock_look(struct serve_clock *clock, vfsim_time now, vfsim_time *behind)
{
    vfsim_time wall = clock_now(clock);
    *behind = wall > now ? wall - now : 0;
    if (*behind > clock->worst)
        clock->worst = *behind;
    if (*behind <= BEHIND_MAX)
        return false;
    clock->begin_ns += *behind / VFSIM_NS;
    clock->given_up += *behind;
    *behind = 0;
    return !clock->times++;
}
