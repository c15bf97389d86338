/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets an interval, by path, of the flows that a VM takes part in: across an interruption, or over the whole run.
 *
 * Tracks have widths of their own, each half or double another's (core/frame/track.h): the widest one's multiples fit all.
 */
#include <string.h>

#include "core/frame/track.h"
#include "scenario/outcome/outcome__.h"

enum { INTERVALS_MAX = 120, MARGIN_INTERVALS = 16, FLOWS_MAX = 64 };

static uint32_t root_of(const struct world *w, uint32_t flow, struct flow_report *f)
{
    flow_get_report(w->sim, flow, f);
    while (f->parent) {
        flow = f->parent;
        flow_get_report(w->sim, flow, f);
    }
    return flow;
}

static bool is_word(const struct scn_word *word, const char *text) { return word->text && !strcmp(word->text, text); }

bool world__flow_is_of(const struct world *w, uint32_t flow, const char *vm)
{
    struct flow_report root;
    size_t len = vm ? strlen(vm) : 0;
    if (!vm)
        return true;
    root_of(w, flow, &root);
    if (!strncmp(root.name, vm, len) && root.name[len] == '/')
        return true; /* what its own application answers */
    for (unsigned i = 0; i < w->sc->item_count; i++) {
        const struct scn_item *item = &w->sc->items[i];
        if (item->flow && !strcmp(item->flow->name.text, root.name) &&
            (is_word(&item->flow->from, vm) || is_word(&item->flow->to, vm)))
            return true;
        if (item->tcp && !strcmp(item->tcp->name.text, root.name) && (is_word(&item->tcp->from, vm) || is_word(&item->tcp->to, vm)))
            return true;
        if (item->exchange && !strcmp(item->exchange->name.text, root.name) &&
            (is_word(&item->exchange->from, vm) || is_word(&item->exchange->to, vm)))
            return true;
        if (item->replay && !strcmp(item->replay->name.text, root.name) &&
            (is_word(&item->replay->from, vm) || is_word(&item->replay->to, vm)))
            return true;
    }
    return false;
}

static bool is_shown(const struct world *w, uint32_t flow, const char *vm)
{
    return flow_track(w->sim, flow)->st.used && world__flow_is_of(w, flow, vm);
}

static sim_time widest(const struct world *w, const char *vm)
{
    sim_time width = TRACK_WIDTH_PS;
    for (uint32_t i = 1; i <= flow_count(w->sim); i++)
        if (is_shown(w, i, vm) && flow_track(w->sim, i)->st.width_ps > width)
            width = flow_track(w->sim, i)->st.width_ps;
    return width;
}

struct window {
    sim_time begin, interval;
    unsigned count;
};

static struct window window_of(sim_time width, sim_time from, sim_time to)
{
    struct window window;
    uint64_t intervals = (to > from ? to - from : 1) / width + 2;
    window.interval = width * ((intervals + INTERVALS_MAX - 1) / INTERVALS_MAX);
    window.begin = from / window.interval * window.interval;
    window.count = (unsigned)((to - window.begin + window.interval - 1) / window.interval);
    window.count = window.count > INTERVALS_MAX ? INTERVALS_MAX : window.count ? window.count : 1;
    return window;
}

enum { SENT = FRAME_PATHS, LOST, BYTES_SENT, BYTES_DELIVERED, SERIES };

static uint64_t member(const struct track_bucket *bucket, int series)
{
    switch (series) {
    case SENT:
        return bucket->sent;
    case LOST:
        return bucket->lost;
    case BYTES_SENT:
        return bucket->bytes_sent;
    case BYTES_DELIVERED:
        return bucket->bytes_delivered;
    default:
        return bucket->delivered[series];
    }
}

static const char *name_of(int series)
{
    static const char *const names[SERIES] = {
        [SENT] = "sent", [LOST] = "lost", [BYTES_SENT] = "bytes_sent", [BYTES_DELIVERED] = "bytes_delivered"};
    return names[series] ? names[series] : frame_path_name((enum frame_path)series);
}

static void say_series(struct report *r, const struct track *track, const struct window *window, int series)
{
    struct track_bucket sum;
    uint64_t all = 0;
    for (unsigned i = 0; i < window->count; i++) {
        track_sum(track, window->begin + i * window->interval, window->begin + (i + 1) * window->interval, &sum);
        all += member(&sum, series);
    }
    report_list(r, name_of(series), NULL, REPORT_LINES, 0); /* an empty one: nothing in all intervals */
    for (unsigned i = 0; (all || series == SENT) && i < window->count; i++) {
        track_sum(track, window->begin + i * window->interval, window->begin + (i + 1) * window->interval, &sum);
        report_number(r, NULL, NULL, 0, member(&sum, series));
    }
    report_end(r);
}

/* What a gap is while nothing is wrong: the mean time from one frame sent to the next, or the usual latency if that is longer. */
static sim_time usual_gap(const struct flow_report *f)
{
    sim_time pacing = f->sent > 1 ? (f->last_sent - f->first_sent) / (f->sent - 1) : 0;
    return pacing > f->latency_p50_ps ? pacing : f->latency_p50_ps;
}

static void say_flow(const struct world *w, struct report *r, uint32_t flow, const struct window *window)
{
    static const int order[SERIES] = {FRAME_PATH_VF, FRAME_PATH_EMULATED, FRAME_PATH_TUNNEL, FRAME_PATH_OTHER, LOST,
                                      SENT,          BYTES_SENT,          BYTES_DELIVERED};
    struct flow_report f;
    flow_get_report(w->sim, flow, &f);
    report_object(r, NULL, NULL, REPORT_LINE, 0);
    report_text(r, "flow", NULL, 0, "%s", f.name);
    report_time(r, "blackout_at_ns", NULL, 0, f.blackout_at);
    report_time(r, "blackout_ns", NULL, 0, f.blackout_ps);
    report_time(r, "usual_gap_ns", NULL, 0, usual_gap(&f));
    for (int i = 0; i < SERIES; i++)
        say_series(r, flow_track(w->sim, flow), window, order[i]);
    report_end(r);
}

static void say_packets(const struct world *w, struct report *r, const char *vm, const struct window *window)
{
    unsigned shown = 0, left_out = 0;
    report_time(r, "packets_from_ns", NULL, 0, window->begin);
    report_time(r, "interval_ns", NULL, 0, window->interval);
    report_list(r, "packets", NULL, REPORT_TABLE, 0);
    for (uint32_t i = 1; i <= flow_count(w->sim); i++)
        if (is_shown(w, i, vm)) {
            if (shown++ < FLOWS_MAX)
                say_flow(w, r, i, window);
            else
                left_out++;
        }
    report_end(r);
    report_number(r, "flows_left_out", NULL, 0, left_out);
}

void world__report_no_packets(struct report *r)
{
    report_time(r, "packets_from_ns", NULL, REPORT_NO_VALUE, 0);
    report_time(r, "interval_ns", NULL, REPORT_NO_VALUE, 0);
    report_list(r, "packets", NULL, REPORT_TABLE, 0);
    report_end(r);
    report_number(r, "flows_left_out", NULL, 0, 0);
}

void world__report_packets_across(const struct world *w, struct report *r, const char *vm, sim_time from, sim_time to)
{
    sim_time width = widest(w, vm), now = sim_now(w->sim);
    sim_time margin = to - from > MARGIN_INTERVALS * width ? to - from : MARGIN_INTERVALS * width;
    sim_time begin = from > margin ? from - margin : 0, end = to + margin < now ? to + margin : now;
    struct window window = window_of(width, begin, end);
    say_packets(w, r, vm, &window);
}

void world__report_packets(const struct world *w, struct report *r, sim_time first, sim_time last)
{
    for (uint32_t i = 1; i <= flow_count(w->sim); i++) {
        const struct track_state *st = &flow_track(w->sim, i)->st;
        if (!is_shown(w, i, NULL))
            continue;
        first = st->first * st->width_ps < first ? st->first * st->width_ps : first;
        last = (st->first + st->used) * st->width_ps > last ? (st->first + st->used) * st->width_ps : last;
    }
    first = first < last ? first : last;
    struct window window = window_of(widest(w, NULL), first, last);
    report_time(r, "start_ns", NULL, 0, window.begin);
    report_time(r, "took_ns", NULL, 0, window.count * window.interval);
    say_packets(w, r, NULL, &window);
}
