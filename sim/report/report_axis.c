/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/report__.h"

/* One or two waits that take nearly all of the time would leave nothing of the rest to be seen: they are drawn short, each with a
 * break. Where several phases share the time, none is the odd one. */
enum { LONG_PERCENT = 20, REST_PERCENT = 20, BROKEN_PERCENT = 15 };

static uint64_t took(const struct report_node *phase) { return report__number_at(phase, "took_ns"); }

static bool is_long(const struct report__axis *axis, const struct report_node *phase)
{
    uint64_t from = report__number_at(phase, "start_ns");
    return from >= axis->begin && from + took(phase) <= axis->end && took(phase) * 100 / (axis->end - axis->begin) >= LONG_PERCENT;
}

struct report__axis report__axis_of(const struct report_node *phases, uint64_t begin, uint64_t end, uint32_t length)
{
    struct report__axis axis = {.begin = begin, .end = end > begin ? end : begin + 1, .length = length};
    uint64_t rest = axis.end - axis.begin, behind = begin;
    unsigned count = 0, longs = 0;
    for (const struct report_node *p = phases ? phases->first : NULL; p; p = p->next, count++) {
        uint64_t from = report__number_at(p, "start_ns");
        if (!is_long(&axis, p))
            continue;
        if (longs++ == REPORT_BREAKS_MAX || from < behind)
            return axis; /* too many, or they overlap */
        behind = from + took(p);
        axis.broken[longs - 1].from = from;
        axis.broken[longs - 1].to = behind;
        rest -= took(p);
    }
    if (count > longs && rest && rest * 100 / (axis.end - axis.begin) < REST_PERCENT)
        axis.breaks = longs;
    return axis;
}

static uint32_t scale(uint64_t part, uint64_t whole, uint32_t length)
{
    return whole ? (uint32_t)((unsigned __int128)part * length / whole) : 0;
}

uint32_t report__axis_at(const struct report__axis *axis, uint64_t time)
{
    uint64_t t = time < axis->begin ? axis->begin : time > axis->end ? axis->end : time;
    uint64_t span = axis->end - axis->begin, passed = t - axis->begin;
    uint32_t gap = axis->length * BROKEN_PERCENT / 100, at = 0;
    for (unsigned i = 0; i < axis->breaks; i++) {
        uint64_t from = axis->broken[i].from, to = axis->broken[i].to, in = t <= from ? 0 : t >= to ? to - from : t - from;
        at += scale(in, to - from, gap);
        passed -= in;
        span -= to - from;
    }
    return at + scale(passed, span, axis->length - axis->breaks * gap);
}

bool report__axis_breaks(const struct report__axis *axis, uint64_t from, uint64_t to)
{
    for (unsigned i = 0; i < axis->breaks; i++)
        if (from == axis->broken[i].from && to == axis->broken[i].to)
            return true;
    return false;
}
