/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to a world: what was built for each declaration, and the state of the timeline.
 *
 * build.c makes it, act.c carries out the timeline, expect.c judges, watch.c follows the trace, run.c runs, outcome*.c
 * report, savefile.c saves. The scenario component (id 1) owns the timeline's events and state.
 */
#ifndef VFSIM_SCENARIO_WORLD__H
#define VFSIM_SCENARIO_WORLD__H

#include "net/capture/pcapfile.h"
#include "net/wire.h"
#include "scenario/model.h"
#include "scenario/world/world.h"

enum { WORLD_SEEN_LEN = 200, WORLD_NOTE_LEN = 240, WORLD_NOTES_MAX = 4096, WORLD_CAPTURES_MAX = 4096 };

enum world_verb {                   /* of the scenario component's events */
                  WORLD_ITEM = 1,   /* a: item */
                  WORLD_EXPECT,     /* a: expectation */
                  WORLD_FLOW_UNTIL, /* a: item of the flow */
                  WORLD_ADMIN_DONE, /* a: item, b: status */
                  WORLD_JOB_DONE,   /* a: item, b: status */
                  WORLD_BEGIN,      /* the timeline begins, if it can */
};

enum world_note_kind { WORLD_NOTE, WORLD_SHOWN };

struct world_note { /* plain data */
    sim_time at;
    uint32_t line;
    uint32_t kind;
    char text[WORLD_NOTE_LEN];
};
#define WORLD_NOTES_BYTES (WORLD_NOTES_MAX * sizeof(struct world_note))

struct world_result { /* of an expectation; plain data */
    sim_time at;
    uint32_t judged, passed;
    char seen[WORLD_SEEN_LEN];
};

struct world_sentence { /* an expected or forbidden sentence; plain data */
    sim_time at;        /* SIM_NEVER: not seen */
    char seen[WORLD_SEEN_LEN];
};

struct world_tally { /* of an item that asks for many things one after the other; plain data */
    uint64_t asked, done;
    sim_time first, last; /* asked for the first, last one done */
    int64_t status;       /* of the last one */
};

struct world_act { /* an act of the timeline; plain data */
    sim_time at;
    uint32_t begun, refused;
    uint32_t host, record;   /* of a record of the host's (or migrator's): 1 + index, 0 none */
    uint32_t asked, answered; /* requests that take time */
    char reason[160];        /* of its refusal */
};

struct world_ending {
    enum scn_ending ending;
    char reason[200];
    char missed[96]; /* failures that were to be injected and were not: "fail round 2" */
};

struct world_unexpected {
    uint32_t line; /* 0: of no line */
    sim_time at;
    char what[240];
    const char *ending, *reason;
};

struct world_blob {
    uint8_t *bytes;
    size_t len;
    uint64_t digest;
};

struct world_state {      /* plain data */
    uint64_t pending;     /* timeline events still to come */
    uint64_t outstanding; /* requests and jobs under way */
    uint64_t ended_mark;  /* frames ended when it became quiet */
    sim_time begin;       /* the timeline's: what its times count from; SIM_NEVER: not yet */
    sim_time quiet_since;
    sim_time looked_at; /* whether it is over: the last time of run.c's grid */
    uint64_t in_flight; /* frames, counted when it became quiet; UINT64_MAX: not yet */
    uint64_t notes, notes_left_out;
    uint64_t trace_next; /* sentence that is awaited */
    uint32_t over, at_limit, stuck; /* stuck: because nothing moved any more */
};

struct world_placed { /* a VM's station, and where to ask about it */
    const struct world *w;
    unsigned vm;
};

struct world {
    struct component comp; /* "scenario" */
    struct scenario *sc;
    struct sim *sim;
    struct host **hosts;
    struct nic **nics;
    struct xswitch **switches;
    struct peer **peers;
    struct wire **wires;
    struct vm **vms;
    struct migrator *migrator; /* NULL: the timeline moves no VM */
    struct replay **replays;    /* by item, NULL for others */
    struct flow_source **flows; /* by item */
    struct pcap_file **files;   /* by item */
    bool strict_captures;
    struct inspection *inspection;
    struct world_placed *placed; /* by VM */
    struct world_blob *snapshots; /* by item: the file that a restore names */
    struct capture *captures[WORLD_CAPTURES_MAX];
    unsigned capture_count;
    struct trace_listener listener;
    bool listening;

    struct world_state st;
    struct world_result *results; /* of the scenario's expectations */
    struct world_sentence *sentences;
    struct world_note *notes;
    struct world_tally *tallies; /* by item */
    struct world_act *acts;      /* by item */
    uint32_t *nic_downs; /* by NIC: 1 after `ip link set NIC down` */
    uint32_t *rx_modes; /* by VM: promisc 1, allmulti 2, as the scenario asked for */
    const char *interrupted; /* by this signal; NULL: the run came to its end */
    bool finished;
    bool invariants_hold;
    char invariants_why[WORLD_SEEN_LEN];
    struct books_report books; /* of the end */
};

/* act.c */
/* Without `begin T` the timeline begins when every VM's shell is up (some 20 us): looked for each WORLD_BOOT_LOOK. */
#define WORLD_BOOT_LOOK SIM_US
bool world__is_up(const struct world *w);
void world__do(struct world *w, unsigned item);
void world__done(struct world *w, const struct event *ev); /* ADMIN_DONE, JOB_DONE */
void world__note(struct world *w, enum world_note_kind kind, uint32_t line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
const char *world__errno_text(int64_t status);

/* inspections.c */
void world__build_inspection(struct world *w); /* when all stations are there */
bool world__frames_are_sound(const struct world *w); /* or somebody expects them not to be */
void world__report_inspection(const struct world *w, struct report *r);

/* ending.c: how acts end. A refusal is noted in the words of who refused; mark: it has been told otherwise. */
void world__refused(struct world *w, const struct scn_item *item, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void world__mark_refused(struct world *w, const struct scn_item *item, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void world__recorded(struct world *w, const struct scn_item *item, unsigned host, unsigned record); /* it will be record N */
void world__ending(const struct world *w, unsigned item, struct world_ending *out);
enum scn_ending world__switch_ending(enum switch_result result);
enum scn_ending world__hotplug_ending(enum hotplug_result result);

/* unexpected.c, stuck.c: what no expectation names, one after the other to `fn` (may be NULL); how many. */
typedef void (*world_unexpected_fn)(void *to, const struct world_unexpected *u);
unsigned world__unexpected(const struct world *w, world_unexpected_fn fn, void *to);
void world__find_stuck(const struct world *w, unsigned *found, world_unexpected_fn fn, void *to);
/* Where frames that belong to no flow still are, in words; they fail no run: nobody could name them. */
bool world__stuck_of_no_flow(const struct world *w, char *why, size_t cap);
bool world__expects_in_flight(const struct world *w, const char *flow);

/* outcome_unexpected.c */
void world__report_unexpected(const struct world *w, struct report *r);
void world__junit_unexpected(const struct world *w, struct junit_suite *suite);

/* act_migrate.c */
void world__build_migrations(struct world *w);
unsigned world__host_index(const struct world *w, unsigned vm);
struct host *world__host_of(const struct world *w, unsigned vm); /* where it lives now */
void world__migrate(struct world *w, const struct scn_item *item);
bool world__migration_is_under_way(const struct world *w);
bool world__judge_on(const struct world *w, const struct scn_expect *e, char *seen);
bool world__judge_migration(const struct world *w, const struct scn_expect *e, char *seen);
const char *world__migrate_result_text(enum migrate_result result);
uint64_t world__downtime(const struct world *w, const char *vm); /* the longest of its migrations, ps */
void world__report_blackouts(const struct world *w, struct report *r); /* outcome_blackout.c */
void world__report_migrations(const struct world *w, struct report *r);

/* act_policy.c */
void world__build_policies(struct world *w);
void world__set(struct world *w, unsigned item);
void world__num_vfs_done(struct world *w, const struct scn_item *item, int status);
bool world__judge_reason(const struct world *w, const struct scn_expect *e, char *seen);
void world__report_policies(const struct world *w, struct report *r);

/* act_standstill.c */
void world__stand_still(struct world *w, unsigned item); /* suspend, resume, snapshot, restore */
void world__build_snapshots(struct world *w);            /* the files that restores name */
void world__free_snapshots(struct world *w);
bool world__standstill_is_under_way(const struct world *w);
unsigned world__nth_standstill(const struct world *w, const struct standstill_record *record); /* of its kind and VM, from 1 */
bool world__judge_standstill(const struct world *w, const struct scn_expect *e, char *seen);
void world__report_standstills(const struct world *w, struct report *r);
/* act_hotplug.c */
void world__hotplug(struct world *w, const struct scn_item *item);
bool world__hotplug_is_under_way(const struct world *w);
unsigned world__nth_hotplug(const struct world *w, const struct hotplug_record *record); /* of its VM, from 1 */
bool world__judge_hotplug(const struct world *w, const struct scn_expect *e, char *seen);
void world__report_hotplugs(const struct world *w, struct report *r);
void world__report_guest_acts(const struct world *w, struct report *r);

/* act_ops.c: what operators set */
void world__set_vf(struct world *w, unsigned item);
void world__operate(struct world *w, unsigned item);
void world__operated(struct world *w, unsigned item, int status); /* one of its requests is done */

/* guest_ethtool.c: ethtool and ip inside a VM */
void world__guest_tool(struct world *w, unsigned item);

/* act_ethtool.c */
void world__ethtool(struct world *w, unsigned item, struct pf *pf);
void world__flow_rule(struct world *w, const struct scn_item *item, struct pf *pf);
void world__fill_rss(const struct scn_ethtool *t, uint8_t *table, unsigned len);
void world__netdev_done(struct world *w, unsigned item, int status); /* of ethtool, ip link set … mtu|address */
void world__ask_pf(struct world *w, unsigned item, struct pf *pf, unsigned op, const struct pf_args *args);
uint32_t world__pf_features(const struct pf *pf, uint32_t *fixed); /* bits of scn_features[] that are on */

/* show.c: what their tools print */
void world__show(struct world *w, const struct scn_item *item); /* ip link show */
void world__show_operator(struct world *w, const struct scn_item *item);

/* expect.c */
void world__judge(struct world *w, unsigned expect);
struct flow_source *world__find_flow(const struct world *w, const char *name, unsigned *item);
struct replay *world__find_replay(const struct world *w, const char *name);
const char *world__switch_result_text(enum switch_result result);
bool world__compare(uint64_t seen, enum scn_op op, uint64_t wanted);
unsigned world__vm_index(const struct world *w, const char *name);

/*
 * stream_file.c: what it is, version, processor, release and build of vfsim, length and digest, then the stream. One of another
 * build is refused: a stream is memory as it lay there. 0 or -errno with a message in err.
 */
enum stream_kind { STREAM_WORLD, STREAM_SNAPSHOT };
int world__stream_write(enum stream_kind kind, const char *path, const void *bytes, size_t len, char *err, size_t err_cap);
int world__stream_read(enum stream_kind kind, const char *path, struct world_blob *out, char *err,
                       size_t err_cap); /* out->bytes: free() */

/* watch.c: sentences of the trace */
void world__watch_begin(struct world *w);

/* run.c */
enum world_stop { WORLD_STOP_OVER, WORLD_STOP_TIME, WORLD_STOP_EVENTS };
/* world_run(), which also stops after the event that makes sim_event_count() `max_events`. */
enum world_stop world__run(struct world *w, sim_time until, uint64_t max_events, struct world_watch *watch);

/* build.c */
void world__vm_params(const struct world *w, unsigned vm, struct host_vm_params *params);
extern const struct component_ops world__ops;
bool world__is_over(struct world *w);                           /* run.c */
void world__save_state(struct component *self, struct save *s); /* state.c */

/* profile_file.c: values from a file into the simulator's profile; errors go to the scenario. */
bool world__read_profile(struct scenario *sc, struct profile *profile);

/* outcome_measure.c */
bool world__judge_measure(const struct world *w, const struct scn_expect *e, char *seen);
void world__report_measures(const struct world *w, struct report *r);

/* outcome_compare.c */
void world__report_comparison(const struct world *w, struct report *r);

/* outcome_series.c: packets an interval, by path */
bool world__flow_is_of(const struct world *w, uint32_t flow, const char *vm); /* the VM takes part in it; NULL: any */
/* Around [from, to], of the flows that `vm` takes part in. */
void world__report_packets_across(const struct world *w, struct report *r, const char *vm, sim_time from, sim_time to);
/* Of the whole run, and at least of [first, last]. */
void world__report_no_packets(struct report *r); /* the same keys, of an interruption that did not come to be */
void world__report_packets(const struct world *w, struct report *r, sim_time first, sim_time last);

/* outcome_timeline.c */
void world__report_timeline(const struct world *w, struct report *r);

/* outcome_flows.c, outcome.c */
void world__report_flows(const struct world *w, struct report *r);
void world__report_drops(const struct world *w, struct report *r);
void world__report_switches(const struct world *w, struct report *r);
void world__report_control(const struct world *w, struct report *r);

#endif
