/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judging expectations: what was seen, in words, and whether it is what was meant. */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "scenario/world/world__.h"

struct flow_source *world__find_flow(const struct world *w, const char *name, unsigned *item)
{
    const struct scn_name *found = scn_find(w->sc, name, SCN_BIT(SCN_FLOW));
    assert(found);
    *item = found->index;
    return w->flows[found->index];
}

struct replay *world__find_replay(const struct world *w, const char *name)
{
    const struct scn_name *found = scn_find(w->sc, name, SCN_BIT(SCN_REPLAY));
    assert(found);
    return w->replays[found->index];
}

const char *world__switch_result_text(enum switch_result result)
{
    switch (result) {
    case SWITCH_UNDER_WAY:
        return "under way";
    case SWITCH_DONE:
        return "done";
    case SWITCH_UNDONE:
        return "undone";
    case SWITCH_FORCED:
        return "forced";
    case SWITCH_REFUSED:
        return "refused";
    }
    return "";
}

bool world__compare(uint64_t seen, enum scn_op op, uint64_t value)
{
    switch (op) {
    case SCN_EQ:
        return seen == value;
    case SCN_NE:
        return seen != value;
    case SCN_LT:
        return seen < value;
    case SCN_LE:
        return seen <= value;
    case SCN_GT:
        return seen > value;
    case SCN_GE:
        return seen >= value;
    }
    return false;
}

static uint64_t figure_of(const struct flow_report *f, enum scn_metric metric)
{
    switch (metric) {
    case SCN_SENT:
        return f->sent;
    case SCN_DELIVERED:
        return f->delivered;
    case SCN_LOST:
        return f->lost;
    case SCN_DUPLICATED:
        return f->duplicated;
    case SCN_REORDERED:
        return f->reordered;
    case SCN_IN_FLIGHT:
        return f->in_flight;
    case SCN_BLACKOUT:
        return f->blackout_ps;
    case SCN_P50:
        return f->latency_p50_ps;
    case SCN_P99:
        return f->latency_p99_ps;
    case SCN_MAX:
        return f->latency_max_ps;
    case SCN_METRICS:
        break;
    }
    return 0;
}

static bool judge_flow(const struct world *w, const struct scn_expect *e, char *seen)
{
    uint32_t flow = flow_find(w->sim, e->name.text);
    if (!flow) {
        snprintf(seen, WORLD_SEEN_LEN, "there is no such flow: the capture has no packets that way");
        return false;
    }
    struct flow_report report;
    flow_get_report(w->sim, flow, &report);
    uint64_t value = figure_of(&report, e->metric);
    char time[REPORT_TIME_LEN];
    if (e->metric >= SCN_BLACKOUT)
        snprintf(seen, WORLD_SEEN_LEN, "was %s", report_format_time(value / SIM_NS, time));
    else
        snprintf(seen, WORLD_SEEN_LEN, "was %" PRIu64, value);
    return world__compare(value, e->op, e->value);
}

/* "h0.vmnic0" is also "h0.vmnic0 vf 2"; a '*' stands for anything. */
static bool is_place(const char *place, const char *wanted)
{
    size_t len = strlen(wanted);
    if (strchr(wanted, '*'))
        return scn_contains(place, wanted);
    return !strncmp(place, wanted, len) && (!place[len] || place[len] == ' ');
}

static bool judge_drops(const struct world *w, const struct scn_expect *e, char *seen)
{
    struct drop_report drop;
    uint64_t total = 0;
    for (uint32_t i = 0; books_get_drop(w->sim, i, &drop); i++)
        if ((e->fate < 0 || (int)drop.fate == e->fate) && (!e->place.text || is_place(drop.place, e->place.text)))
            total += drop.count;
    snprintf(seen, WORLD_SEEN_LEN, "was %" PRIu64, total);
    return world__compare(total, e->op, e->value);
}

static bool judge_mode(const struct world *w, const struct scn_expect *e, char *seen)
{
    unsigned index = world__vm_index(w, e->name.text);
    const struct vm *vm = w->vms[index];
    if (vm_get_state(vm) == VM_ENDED) {
        snprintf(seen, WORLD_SEEN_LEN, "has ended: %s", vm_end_text(vm));
        return e->state == SCN_ENDED;
    }
    bool passthrough = host_vm_is_passthrough(world__host_of(w, index), vm);
    if (host_vm_is_suspended(world__host_of(w, index), vm)) {
        snprintf(seen, WORLD_SEEN_LEN, "was suspended");
        return e->state == SCN_SUSPENDED;
    }
    snprintf(seen, WORLD_SEEN_LEN, "was %s", passthrough ? "passed through" : "emulated");
    return e->state == (passthrough ? SCN_PASSTHROUGH : SCN_EMULATED);
}

static const struct switch_record *nth_switch(const struct world *w, const char *vm, unsigned nth, unsigned *count)
{
    *count = 0;
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_switch_count(w->hosts[h]); i++) {
            const struct switch_record *record = host_switch_get(w->hosts[h], i);
            if (!strcmp(record->vm, vm) && ++*count == nth)
                return record;
        }
    return NULL;
}

static bool judge_switch(const struct world *w, const struct scn_expect *e, char *seen)
{
    unsigned count;
    const struct switch_record *record = nth_switch(w, e->name.text, e->nth, &count);
    if (!record) {
        snprintf(seen, WORLD_SEEN_LEN, "it switched %u times", count);
        return false;
    }
    bool reason = *record->reason;
    snprintf(seen, WORLD_SEEN_LEN, "was %s%s%.160s", world__switch_result_text(record->result), reason ? ": " : "",
             record->reason);
    return (int)record->result == e->state && (!e->reason || scn_contains(record->reason, e->reason));
}

static const struct control_record *nth_control(const struct world *w, const char *vm, unsigned nth, unsigned *count)
{
    *count = 0;
    for (unsigned h = 0; h < w->sc->host_count; h++)
        for (unsigned i = 0; i < host_control_count(w->hosts[h]); i++) {
            const struct control_record *record = host_control_get(w->hosts[h], i);
            if (!strcmp(record->vm, vm) && ++*count == nth)
                return record;
        }
    return NULL;
}

static bool judge_control(const struct world *w, const struct scn_expect *e, char *seen)
{
    unsigned count;
    const struct control_record *record = nth_control(w, e->name.text, e->nth, &count);
    if (!record) {
        snprintf(seen, WORLD_SEEN_LEN, "it made %u requests", count);
        return false;
    }
    bool reason = *record->reason;
    snprintf(seen, WORLD_SEEN_LEN, "%s was %s%s%s", record->what, record->allowed ? "allowed" : "refused",
             reason ? ": " : "", record->reason);
    return record->allowed == (e->state == 1) && (!e->reason || scn_contains(record->reason, e->reason));
}

static bool judge_replay(const struct world *w, const struct scn_expect *e, char *seen)
{
    struct replay_status status;
    replay_get_status(world__find_replay(w, e->name.text), &status);
    if (status.finished)
        snprintf(seen, WORLD_SEEN_LEN, "has finished");
    else if (status.blocked_at)
        snprintf(seen, WORLD_SEEN_LEN, "was blocked: %s", status.blocked_text);
    else
        snprintf(seen, WORLD_SEEN_LEN, "%s: %u of %u packets arrived",
                 status.started ? "was under way" : "had not begun", status.arrived, status.packets);
    return e->state == 1 ? status.finished : !status.finished && status.blocked_at;
}

static bool judge_books(const struct world *w, char *seen)
{
    struct books_report books;
    books_get_report(w->sim, &books);
    snprintf(seen, WORLD_SEEN_LEN, "born %" PRIu64 " + copied %" PRIu64 ", ended %" PRIu64 " + in flight %" PRIu64,
             books.born, books.copied, books.ended, books.in_flight);
    return books.balanced;
}

static bool judge_downtime(const struct world *w, const struct scn_expect *e, char *seen)
{
    uint64_t value = world__downtime(w, e->name.text);
    char time[REPORT_TIME_LEN];
    snprintf(seen, WORLD_SEEN_LEN, "was %s", report_format_time(value / SIM_NS, time));
    return world__compare(value, e->op, e->value);
}

static bool judge_act(const struct world *w, const struct scn_expect *e, char *seen)
{
    struct world_ending end;
    world__ending(w, (unsigned)scn_find_act(w->sc, e), &end);
    bool missed = e->state == SCN_ENDING_MISSED && *end.missed;
    const char *reason = missed ? end.missed : end.reason;
    snprintf(seen, WORLD_SEEN_LEN, "was %s%s%.160s", scn_ending_words[missed ? SCN_ENDING_MISSED : end.ending],
             *reason ? ": " : "", reason);
    return (missed || (int)end.ending == e->state) && (!e->reason || scn_contains(reason, e->reason));
}

static bool judge(const struct world *w, const struct scn_expect *e, char *seen)
{
    switch (e->subject) {
    case SCN_EXPECT_FLOW:
        return judge_flow(w, e, seen);
    case SCN_EXPECT_DROPS:
        return judge_drops(w, e, seen);
    case SCN_EXPECT_MODE:
        return judge_mode(w, e, seen);
    case SCN_EXPECT_SWITCH:
        return judge_switch(w, e, seen);
    case SCN_EXPECT_CONTROL:
        return judge_control(w, e, seen);
    case SCN_EXPECT_REPLAY:
        return judge_replay(w, e, seen);
    case SCN_EXPECT_BOOKS:
        return judge_books(w, seen);
    case SCN_EXPECT_ON:
        return world__judge_on(w, e, seen);
    case SCN_EXPECT_MIGRATION:
        return world__judge_migration(w, e, seen);
    case SCN_EXPECT_REASON:
        return world__judge_reason(w, e, seen);
    case SCN_EXPECT_STANDSTILL:
        return world__judge_standstill(w, e, seen);
        break;
    case SCN_EXPECT_HOTPLUG:
        return world__judge_hotplug(w, e, seen);
    case SCN_EXPECT_MEASURE:
        return world__judge_measure(w, e, seen);
    case SCN_EXPECT_DOWNTIME:
        return judge_downtime(w, e, seen);
    case SCN_EXPECT_ACT:
        return judge_act(w, e, seen);
    }
    return false;
}

void world__judge(struct world *w, unsigned index)
{
    const struct scn_expect *e = &w->sc->expects[index];
    struct world_result *result = &w->results[index];
    *result = (struct world_result){.at = sim_now(w->sim), .judged = true};
    result->passed = judge(w, e, result->seen);
    trace_scenario_judged(&w->comp, e->at.line, e->text, result->seen);
}
