/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What judging and reporting share, in this folder and with verbs: how acts ended, what nobody expected, parts of the report. */
#ifndef VFSIM_SCENARIO_OUTCOME_OUTCOME__H
#define VFSIM_SCENARIO_OUTCOME_OUTCOME__H

#include "report/junit.h"
#include "report/report.h"
#include "scenario/model.h"
#include "scenario/world/world__.h"

/* ---- ending.c: how an act ended ---- */
struct world_ending {
    enum scn_ending ending;
    char reason[200];
    char missed[96]; /* failures that were to be injected and were not: "fail round 2" */
};
void world__ending(const struct world *w, unsigned item, struct world_ending *out);
void world__say_ending(struct world_ending *out, enum scn_ending ending, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Of an act that asks somebody, and is refused or answered. */
void world__end_of_requests(const struct world *w, unsigned item, struct world_ending *out);
const char *world__switch_result_text(enum switch_result result);
const char *world__migrate_result_text(enum migrate_result result);

/* ---- unexpected.c: what no expectation names ---- */
struct world_unexpected {
    uint32_t line; /* 0: of no line */
    sim_time at;
    char what[240];
    const char *ending, *reason;
};
typedef void (*world_unexpected_fn)(void *to, const struct world_unexpected *u);
/* One after the other to `fn` (may be NULL); how many. */
unsigned world__unexpected(const struct world *w, world_unexpected_fn fn, void *to);

/* for them, while it lasts */
struct world_search {
    const struct world *w;
    world_unexpected_fn fn;
    void *to;
    unsigned found;
};
void world__tell(struct world_search *s, const struct world_unexpected *u);
/* What went wrong without a line; not told if a line that says `try` began it. */
void world__tell_record(struct world_search *s, const char *what, const char *vm, sim_time at, enum scn_ending ending,
                        const char *why);
bool world__is_tried(const struct world *w, const char *vm, sim_time at);
bool world__was_begun_by_line(const struct world *w, const struct verb *verb, unsigned host, unsigned record);
/* An expectation of this verb is about the Nth of `name`; whether it meant another ending it has told itself. */
bool world__is_named(const struct world *w, const struct verb *expectation, const char *name, unsigned nth);

/* ---- stuck.c: frames that stand still ---- */
void world__find_stuck(struct world_search *s, bool (*is_named)(const struct world *w, const char *flow));
/* Where frames that belong to no flow still are, in words; they fail no run: nobody could name them. */
bool world__stuck_of_no_flow(const struct world *w, char *why, size_t cap);

/* ---- notes.c ---- */
void world__report_notes(const struct world *w, struct report *r);

/* ---- accounts.c ---- */
/* What a VM's frames cost in all: cycles of its vCPU, and of others for it. */
struct world_vm_cost {
    uint64_t frames, own, others, idle, steal, exits, interrupts, copies;
};
void world__core_use(const struct world *w, unsigned host, unsigned core, struct core_use *out);
/* All its cores together: how long they were busy; and how long they could have been until the last of them was. */
sim_time world__cores_use(const struct world *w, unsigned host, sim_time *busy);
void world__vm_cost(const struct world *w, unsigned vm, struct world_vm_cost *out);

/* ---- bottleneck.c: what bound a flow ---- */
enum bound_kind {
#define BOUND(name, word, text) BOUND_##name,
#include "scenario/outcome/bound.def"
#undef BOUND
    BOUND_KINDS
};
const char *world__bound_word(enum bound_kind kind); /* "rate-limit" */

/* How the sender of a flow decides how much it sends. */
enum world_pacing {
    PACE_OWN,     /* as it was told, whatever becomes of it */
    PACE_FAST,    /* as fast as it may */
    PACE_ANSWERS, /* when it was answered */
    PACE_TCP,     /* as a connection lets it */
};
struct world_pace {
    const char *flow, *from, *to;
    enum world_pacing pacing;
    uint64_t asked_fps;            /* frames a second that it was told, or (PACE_FAST) sends at most; 0: no one rate */
    sim_time limited[TCP_LIMITS];  /* of a connection: what kept it from sending, and for how long */
    bool waits_for_answers;        /* of a connection: its application does */
};

struct world_bound {
    enum bound_kind kind;
    char place[150];             /* which one, in words */
    bool has_share;
    uint64_t share;              /* thousandths of the time: for which it was busy, or so */
    const struct way_stop *stop; /* NULL: it is none */
    const struct way_stop *beside; /* the busiest of the others; NULL: there is none */
};
bool world__find_bound(const struct world *w, uint32_t flow, struct world_bound *out); /* false: it has sent nothing */

/* ---- parts of the report ---- */
void world__report_bottlenecks(const struct world *w, struct report *r); /* bottleneck.c */
void world__report_accounts(const struct world *w, struct report *r); /* accounts.c */
void world__report_unexpected(const struct world *w, struct report *r); /* kinds.c */
void world__junit_unexpected(const struct world *w, struct junit_suite *suite);
void world__report_blackouts(const struct world *w, struct report *r); /* blackout.c */
void world__report_comparison(const struct world *w, struct report *r); /* compare.c */
void world__report_timeline(const struct world *w, struct report *r); /* timeline.c */
void world__report_topology(const struct world *w, struct report *r); /* topology.c; NULL: of no world */
void world__report_flows(const struct world *w, struct report *r); /* flows.c */
void world__report_latencies(const struct world *w, struct report *r);
void world__report_rates(const struct world *w, struct report *r);
void world__report_drops(const struct world *w, struct report *r);
void world__report_inspection(const struct world *w, struct report *r);

/* ---- series.c: packets an interval, by path ---- */
bool world__flow_is_of(const struct world *w, uint32_t flow, const char *vm); /* the VM takes part in it; NULL: any */
/* Around [from, to], of the flows that `vm` takes part in. */
void world__report_packets_across(const struct world *w, struct report *r, const char *vm, sim_time from, sim_time to);
/* Of the whole run, and at least of [first, last]. */
void world__report_no_packets(struct report *r); /* the same keys, of an interruption that did not come to be */
void world__report_packets(const struct world *w, struct report *r, sim_time first, sim_time last);

#endif
