/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/report__.h"

/* A wait that takes most of the time would leave nothing of the rest to be seen: it is drawn short, with a break. */
enum { LONG_PERCENT = 60, BROKEN_PERCENT = 15 };

struct report__axis report__axis_of(const struct report_node *phases, uint64_t begin, uint64_t end, uint32_t length)
{
    struct report__axis axis = {.begin = begin, .end = end > begin ? end : begin + 1, .length = length};
    uint64_t longest = 0, span = axis.end - axis.begin;
    for (const struct report_node *p = phases ? phases->first : NULL; p; p = p->next) {
        uint64_t from = report__number_at(p, "start_ns"), took = report__number_at(p, "took_ns");
        if (took <= longest || from < begin || from + took > axis.end)
            continue;
        longest = took;
        axis.break_from = from;
        axis.break_to = from + took;
    }
    axis.broken = phases && phases->first && phases->first->next && longest * 100 / span >= LONG_PERCENT && longest < span;
    return axis;
}

static uint32_t scale(uint64_t part, uint64_t whole, uint32_t length)
{
    return whole ? (uint32_t)((unsigned __int128)part * length / whole) : 0;
}

uint32_t report__axis_at(const struct report__axis *axis, uint64_t time)
{
    uint64_t t = time < axis->begin ? axis->begin : time > axis->end ? axis->end : time;
    if (!axis->broken)
        return scale(t - axis->begin, axis->end - axis->begin, axis->length);
    uint32_t gap = axis->length * BROKEN_PERCENT / 100, rest = axis->length - gap;
    uint64_t gap_span = axis->break_to - axis->break_from, span = axis->end - axis->begin - gap_span;
    if (t <= axis->break_from)
        return scale(t - axis->begin, span, rest);
    uint32_t before = scale(axis->break_from - axis->begin, span, rest);
    if (t < axis->break_to)
        return before + scale(t - axis->break_from, gap_span, gap);
    return gap + scale(t - axis->begin - gap_span, span, rest);
}
