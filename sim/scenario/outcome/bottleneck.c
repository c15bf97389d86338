/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What bound each flow: of all that its frames passed, that which let no more of them through.
 *
 * On a way on which frames go from stop to stop, everything in front of the slowest stop is as busy as it likes, or held back, and
 * what is behind it has time. So where frames were lost, it is what empties the last queue that had no room for them; where that
 * had time, the queue is too short for the bursts that come. Where none were lost it is the last stop that was busy all the time,
 * or, if none was, what kept the sender from sending. What got through as fast as it was offered is bound by its sender; what was
 * dropped for another reason than too little of something, by that reason.
 */
#include <inttypes.h>
#include <string.h>

#include "core/frame/way.h"
#include "scenario/outcome/outcome__.h"
#include "scenario/verb.h"

enum {
    ALL_THE_TIME = 950, /* thousandths: a stop that has as much to do as it can stands still now and then */
    WAITED_MUCH = 50,   /* of a processor's time: with as much more it would have done more */
    KEPT_PACE = 950,    /* of the frames that it was told to send: it was not held back */
    FEW = 20,           /* a part of the lost frames that is smaller says little of what let no more through */
};

static const char *const words[] = {
#define BOUND(name, word, text) [BOUND_##name] = word,
#include "scenario/outcome/bound.def"
#undef BOUND
};

const char *world__bound_word(enum bound_kind kind) { return words[kind]; }

/* ---- a flow's way: that of the half which carries more, then the other's ---- */

enum { STOPS_MAX = 2 * WAY_STOPS_MAX, LOSSES_MAX = 32 };

struct road {
    const struct way_stop *stop[STOPS_MAX];
    unsigned stops, main; /* main: of the half that carries more */
    struct flow_loss loss[LOSSES_MAX];
    unsigned losses;
    uint64_t lost;
};

static uint64_t mille(uint64_t part, uint64_t whole) { return whole ? (uint64_t)((unsigned __int128)part * 1000 / whole) : 0; }

static uint64_t busy(const struct way_stop *stop)
{
    uint64_t of = mille(stop->sum.busy, stop->sum.of);
    return of < 1000 ? of : 1000; /* what is being sent is counted as sent */
}

static uint64_t waited(const struct way_stop *stop) { return mille(stop->sum.waited, stop->sum.of); }

static void add_flow(const struct world *w, struct road *road, uint32_t flow)
{
    struct flow_loss *loss = road->loss;

    for (unsigned i = 0; i < flow_stop_count(w->sim, flow) && road->stops < STOPS_MAX; i++)
        road->stop[road->stops++] = flow_stop(w->sim, flow, i);
    for (unsigned i = 0; road->losses < LOSSES_MAX && flow_get_loss(w->sim, flow, i, &loss[road->losses]); i++)
        road->lost += loss[road->losses++].lost;
}

/* Of a flow without halves, itself. */
static uint32_t larger_half(const struct world *w, uint32_t flow)
{
    struct flow_report of, half;
    uint64_t most = 0;
    uint32_t found = flow;

    flow_get_report(w->sim, flow, &of);
    for (uint32_t i = flow + 1; of.is_parent && i <= flow_count(w->sim); i++) {
        flow_get_report(w->sim, i, &half);
        if (half.parent == flow && half.bytes_sent > most) {
            most = half.bytes_sent;
            found = i;
        }
    }
    return found;
}

static void find_road(const struct world *w, uint32_t flow, struct road *road)
{
    uint32_t first = larger_half(w, flow);

    memset(road, 0, sizeof(*road));
    add_flow(w, road, first);
    road->main = road->stops;
    for (uint32_t i = flow; i <= flow_count(w->sim); i++)
        if (i != first && flow_is_of(w->sim, i, flow))
            add_flow(w, road, i);
}

/* ---- what is busy ---- */

/* Of PCIe from memory, one request can wait while the link is busy with another's data; else who waits is not busy. */
static uint64_t taken(const struct way_stop *stop)
{
    if (stop->kind != WAY_DOWN)
        return busy(stop) + waited(stop);
    return busy(stop) > waited(stop) ? busy(stop) : waited(stop);
}

/* It serves frames one after the other; the others are queues, which fill when what empties them is slow. */
static bool serves(const struct way_stop *stop) { return stop->sum.of && stop->kind < WAY_SENDER; }

static bool is_busy_all_the_time(const struct way_stop *stop) { return serves(stop) && taken(stop) >= ALL_THE_TIME; }

static enum bound_kind kind_of(const struct way_stop *stop)
{
    switch ((enum way_kind)stop->kind) {
    case WAY_VCPU:
        return waited(stop) >= WAITED_MUCH ? BOUND_core : BOUND_vcpu;
    case WAY_THREAD:
        return waited(stop) >= WAITED_MUCH ? BOUND_core : BOUND_thread;
    case WAY_LINK:
        return BOUND_link;
    case WAY_UP:
        return waited(stop) > busy(stop) ? BOUND_iommu : BOUND_pcie;
    case WAY_DOWN:
        return BOUND_pcie;
    case WAY_WALKS:
        return BOUND_iommu;
    case WAY_RATE:
        return BOUND_rate_limit;
    case WAY_TX:
        return BOUND_chip;
    case WAY_SENDER:
    case WAY_RX:
        return BOUND_ring;
    case WAY_KINDS:
        break;
    }
    return BOUND_unknown;
}

static void is_bound_by(struct world_bound *out, const struct way_stop *stop, enum bound_kind kind)
{
    out->kind = kind;
    out->stop = stop;
    snprintf(out->place, sizeof(out->place), "%s", stop->name);
}

/* The first one from `from` on that was busy all the time; NULL: there is none. */
static const struct way_stop *first_busy(const struct road *road, unsigned from)
{
    for (unsigned i = from; i < road->main; i++)
        if (is_busy_all_the_time(road->stop[i]))
            return road->stop[i];
    return NULL;
}

static const struct way_stop *find_kind(const struct road *road, enum way_kind kind, uint16_t at)
{
    const struct way_stop *found = NULL;

    for (unsigned i = 0; i < road->stops; i++)
        if (road->stop[i]->kind == kind && (!at || road->stop[i]->at == at) && (!found || busy(road->stop[i]) > busy(found)))
            found = road->stop[i];
    return found;
}

/* ---- frames were lost ---- */

/* What frames are lost by where there is too little of something. BOUND_dropped: by a rule. */
static enum bound_kind kind_of_loss(enum fate fate)
{
    switch ((int)fate) {
    case FATE_wire_queue_full:
        return BOUND_link;
    case FATE_rx_fifo_full:
        return BOUND_chip;
    case FATE_vswitch_queue_full:
        return BOUND_thread;
    case FATE_rx_no_descriptor:
    case FATE_vnic_queue_full:
    case FATE_uplink_ring_full:
    case FATE_shell_queue_full:
    case FATE_hold_overflow:
    case FATE_forward_overflow:
    case FATE_no_buffer:
        return BOUND_ring;
    default:
        return BOUND_dropped;
    }
}

/* Which kind of stop stands behind the queue that was full; WAY_KINDS: any at that place. */
static enum way_kind kind_behind(enum fate fate)
{
    switch ((int)fate) {
    case FATE_wire_queue_full:
        return WAY_LINK;
    case FATE_rx_fifo_full:
        return WAY_UP;
    case FATE_rx_no_descriptor:
    case FATE_vnic_queue_full:
        return WAY_RX;
    case FATE_shell_queue_full:
        return WAY_SENDER;
    default:
        return WAY_KINDS;
    }
}

/* The first stop behind the queue; 0 if no witness tells. */
static unsigned behind(const struct road *road, const struct flow_loss *loss)
{
    enum way_kind kind = kind_behind(loss->fate);

    for (unsigned i = 0; i < road->main; i++)
        if (road->stop[i]->at == loss->at && (kind == WAY_KINDS || road->stop[i]->kind == kind))
            return i;
    return 0;
}

/* A ring without buffers waits for who fills it, not for the link that its frames take. */
static const struct way_stop *empties(const struct road *road, const struct flow_loss *loss)
{
    unsigned from = behind(road, loss);
    bool ring = kind_behind(loss->fate) == WAY_RX;

    while (ring && from < road->main && (road->stop[from]->kind == WAY_RX || road->stop[from]->kind == WAY_UP))
        from++;
    return first_busy(road, from);
}

/* Of the queues that were full the last one counts whose frames found no room for want of what was busy: those in front of it may
 * have been full as well. */
static const struct way_stop *busy_behind_losses(const struct road *road)
{
    const struct way_stop *found = NULL;
    unsigned last = 0;

    for (unsigned i = 0; i < road->losses; i++) {
        const struct flow_loss *loss = &road->loss[i];
        unsigned at = behind(road, loss);
        const struct way_stop *stop = kind_of_loss(loss->fate) == BOUND_dropped ? NULL : empties(road, loss);
        if (stop && (!found || at > last) && loss->lost * FEW >= road->lost) {
            found = stop;
            last = at;
        }
    }
    return found;
}

/* Of a flow that lost frames. */
static const struct flow_loss *worst_loss(const struct road *road)
{
    const struct flow_loss *worst = &road->loss[0];

    for (unsigned i = 1; i < road->losses; i++)
        if (road->loss[i].lost > worst->lost)
            worst = &road->loss[i];
    return worst;
}

static void bound_by_loss(const struct road *road, struct world_bound *out)
{
    const struct flow_loss *worst = worst_loss(road);

    out->kind = kind_of_loss(worst->fate);
    if (out->kind == BOUND_dropped) {
        snprintf(out->place, sizeof(out->place), "%s: %s", worst->place, fate_name(worst->fate));
        return;
    }
    const struct way_stop *stop = busy_behind_losses(road);
    if (stop) {
        is_bound_by(out, stop, kind_of(stop));
        return;
    }
    out->stop = find_kind(road, out->kind == BOUND_link ? WAY_LINK : out->kind == BOUND_thread ? WAY_THREAD : WAY_RX, worst->at);
    snprintf(out->place, sizeof(out->place), "%s", out->stop ? out->stop->name : worst->place);
}

/* ---- nothing was lost ---- */

/* A vCPU is at work without an end as well when it is woken for each frame: then it is in nobody's way. */
static bool has_one_pace(const struct way_stop *stop) { return stop->kind != WAY_VCPU; }

/* Of those that are as busy as they can be the last one, in front of which frames wait. A vCPU that is not the sender's only if
 * there is nothing else; the sender's, if nothing has ever stopped it. */
static const struct way_stop *busy_among(const struct road *road, unsigned from, unsigned to, bool is_behind)
{
    const struct way_stop *sender = NULL, *vcpu = NULL, *other = NULL;

    for (unsigned i = from; i < to; i++)
        if (road->stop[i]->kind == WAY_SENDER)
            sender = road->stop[i];
    for (unsigned i = from; i < to; i++) {
        const struct way_stop *stop = road->stop[i];
        if (!is_busy_all_the_time(stop))
            continue;
        if (has_one_pace(stop))
            other = stop;
        else if (!sender || stop->at != sender->at)
            vcpu = stop;
        else if (!sender->sum.busy && !is_behind)
            return stop;
    }
    return other ? other : vcpu;
}

/* What is sent comes out slower, so it waits somewhere on its way. */
static bool is_slower_behind(const struct flow_report *f)
{
    return f->throughput.fps && mille(f->throughput.fps, f->offered.fps) < KEPT_PACE;
}

static const struct way_stop *busy_without_losses(const struct road *road, const struct flow_report *f)
{
    const struct way_stop *found = busy_among(road, 0, road->main, is_slower_behind(f));
    return found ? found : busy_among(road, road->main, road->stops, false);
}

/* Its sender sends as fast as it may, and nothing behind the chip was busy: the chip's queue had always something to send, or the
 * sender waited for it to tell what it had sent. */
static void bound_by_queue(const struct road *road, struct world_bound *out)
{
    const struct way_stop *tx = find_kind(road, WAY_TX, 0), *sender = find_kind(road, WAY_SENDER, 0);

    if (tx && busy(tx) >= ALL_THE_TIME)
        is_bound_by(out, tx, BOUND_chip);
    else if (sender && sender->sum.busy)
        is_bound_by(out, sender, BOUND_ring);
}

static void bound_by_connection(const struct world_pace *pace, struct world_bound *out)
{
    static const enum bound_kind kinds[TCP_LIMITS] = {
        [TCP_LIMIT_NOTHING] = BOUND_unknown,
        [TCP_LIMIT_APPLICATION] = BOUND_offered,
        [TCP_LIMIT_WINDOW] = BOUND_window,
        [TCP_LIMIT_CONGESTION] = BOUND_congestion,
    };
    enum tcp_limit most = TCP_LIMIT_APPLICATION;
    sim_time all = 0;

    for (unsigned i = 0; i < TCP_LIMITS; i++) {
        all += pace->limited[i];
        if (i != TCP_LIMIT_NOTHING && pace->limited[i] > pace->limited[most])
            most = (enum tcp_limit)i;
    }
    out->kind = kinds[most] == BOUND_offered && pace->waits_for_answers ? BOUND_answers : kinds[most];
    out->share = mille(pace->limited[most], all);
    out->has_share = most != TCP_LIMIT_APPLICATION;
    snprintf(out->place, sizeof(out->place), "%s", most == TCP_LIMIT_WINDOW ? pace->to : pace->from);
}

/* Its losses have nothing to do with how busy anything is, and keep its congestion window small. */
static bool is_held_by_losses(const struct road *road, const struct world_pace *pace)
{
    const sim_time *limited = pace->limited;
    return pace->pacing == PACE_TCP && road->lost && kind_of_loss(worst_loss(road)->fate) == BOUND_dropped &&
           limited[TCP_LIMIT_CONGESTION] > limited[TCP_LIMIT_WINDOW] &&
           limited[TCP_LIMIT_CONGESTION] > limited[TCP_LIMIT_APPLICATION];
}

static bool is_as_fast_as_told(const struct world_pace *pace, const struct flow_report *f)
{
    return pace->asked_fps && f->offered.fps && mille(f->offered.fps, pace->asked_fps) >= KEPT_PACE;
}

/* Paced, and as fast as it was told to be, if that is one rate. */
static bool kept_its_pace(const struct world_pace *pace, const struct flow_report *f)
{
    if (pace->pacing != PACE_OWN || f->lost)
        return false;
    return !pace->asked_fps || !f->offered.fps || is_as_fast_as_told(pace, f);
}

static void find_pace(const struct world *w, const char *flow, struct world_pace *out)
{
    *out = (struct world_pace){.from = "", .to = ""}; /* of no line: what an echo sends, a migration */
    for (unsigned i = 0; i < w->sc->item_count; i++) {
        const struct verb *verb = w->sc->items[i].verb;
        struct world_pace pace = {.from = "", .to = ""};
        if (verb && verb->pace && verb->pace(w, i, &pace) && !strcmp(pace.flow, flow))
            *out = pace;
    }
}

static void find_beside(const struct road *road, struct world_bound *out)
{
    for (unsigned i = 0; i < road->stops; i++) {
        const struct way_stop *stop = road->stop[i];
        if (serves(stop) && stop != out->stop && (!out->beside || busy(stop) > busy(out->beside)))
            out->beside = stop;
    }
}

static void find_kind_of_bound(const struct road *road, const struct world_pace *pace, const struct flow_report *f,
                               struct world_bound *out)
{
    const struct way_stop *stop = busy_without_losses(road, f);

    if (kept_its_pace(pace, f) && !(stop && is_slower_behind(f))) {
        out->kind = BOUND_offered;
        snprintf(out->place, sizeof(out->place), "%s", pace->from);
    } else if (f->lost && pace->pacing != PACE_TCP) {
        bound_by_loss(road, out);
    } else if (stop && has_one_pace(stop)) {
        is_bound_by(out, stop, kind_of(stop));
    } else if (pace->pacing == PACE_FAST && is_as_fast_as_told(pace, f)) {
        out->kind = BOUND_offered;
        snprintf(out->place, sizeof(out->place), "%s", pace->from);
    } else if (stop && !is_held_by_losses(road, pace)) {
        is_bound_by(out, stop, kind_of(stop));
    } else if (pace->pacing == PACE_TCP) {
        bound_by_connection(pace, out);
    } else if (pace->pacing == PACE_ANSWERS) {
        out->kind = BOUND_answers;
        snprintf(out->place, sizeof(out->place), "%s", pace->from);
    } else {
        bound_by_queue(road, out);
    }
}

bool world__find_bound(const struct world *w, uint32_t flow, struct world_bound *out)
{
    struct flow_report f;
    struct world_pace pace;
    struct road road;

    *out = (struct world_bound){.kind = BOUND_unknown};
    flow_get_report(w->sim, flow, &f);
    if (!f.sent)
        return false;
    find_pace(w, f.name, &pace);
    find_road(w, flow, &road);
    find_kind_of_bound(&road, &pace, &f, out);
    if (out->stop && out->stop->sum.of) {
        bool waits = out->kind == BOUND_core || (out->kind == BOUND_iommu && out->stop->kind == WAY_UP);
        out->share = waits ? waited(out->stop) : out->kind == BOUND_pcie ? taken(out->stop) : busy(out->stop);
        out->has_share = true;
    }
    find_beside(&road, out);
    return true;
}

/* ---- the report ---- */

static void say_share(struct report *r, const char *key, const char *label, bool is_known, uint64_t share)
{
    report_number(r, key, NULL, REPORT_JSON_ONLY | (is_known ? 0 : REPORT_NO_VALUE), share);
    report_text(r, NULL, label, REPORT_TEXT_ONLY | (is_known ? 0 : REPORT_NO_VALUE), "%" PRIu64 ".%" PRIu64 " %%", share / 10,
                share % 10);
}

static void report_stops(const struct world *w, struct report *r, uint32_t flow)
{
    struct road road;

    find_road(w, flow, &road);
    report_list(r, "way", NULL, REPORT_TABLE, REPORT_JSON_ONLY);
    for (unsigned i = 0; i < road.stops; i++) {
        const struct way_stop *stop = road.stop[i];
        unsigned known = REPORT_JSON_ONLY | (stop->sum.of ? 0 : REPORT_NO_VALUE);
        report_object(r, NULL, NULL, REPORT_LINE, REPORT_JSON_ONLY);
        report_text(r, "stop", NULL, REPORT_JSON_ONLY, "%s", stop->name);
        report_text(r, "kind", NULL, REPORT_JSON_ONLY, "%s", words[kind_of(stop)]);
        report_number(r, "busy_thousandths", NULL, known, busy(stop));
        report_number(r, "waited_thousandths", NULL, known, waited(stop));
        report_end(r);
    }
    report_end(r);
}

/* For people those that something held back. */
static void report_bound(const struct world *w, struct report *r, uint32_t flow)
{
    struct world_bound bound;

    if (!world__find_bound(w, flow, &bound))
        return;
    report_object(r, NULL, NULL, REPORT_LINE, bound.kind == BOUND_offered ? REPORT_JSON_ONLY : 0);
    report_text(r, "flow", NULL, 0, "%s", flow_name_of(w->sim, flow));
    report_text(r, "bound_by", "bound by", 0, "%s", words[bound.kind]);
    report_text(r, "where", NULL, 0, "%s", bound.place);
    say_share(r, "share_thousandths", "share", bound.has_share, bound.share);
    report_text(r, "beside", NULL, REPORT_JSON_ONLY, "%s", bound.beside ? bound.beside->name : "");
    report_number(r, "beside_thousandths", NULL, REPORT_JSON_ONLY | (bound.beside ? 0 : REPORT_NO_VALUE),
                  bound.beside ? busy(bound.beside) : 0);
    report_stops(w, r, flow);
    report_end(r);
}

void world__report_bottlenecks(const struct world *w, struct report *r)
{
    report_list(r, "bottlenecks", NULL, REPORT_TABLE, REPORT_SKIP_EMPTY);
    for (uint32_t i = 1; i <= flow_count(w->sim); i++) {
        struct flow_report f;
        flow_get_report(w->sim, i, &f);
        if (!f.parent)
            report_bound(w, r, i);
    }
    report_end(r);
}
