/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of a world: what was built for each declaration, and the state of the timeline. For this folder, for what judges and
 * reports (outcome/) and for verbs, which build, act and look here.
 *
 * build.c makes it, act.c carries out the timeline, live.c takes acts meanwhile, watch.c follows the trace, run.c runs, savefile.c
 * saves. The scenario component (id 1) owns the timeline's events and state.
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
                  WORLD_LATER,      /* a: item that has more to do */
                  WORLD_ADMIN_DONE, /* a: item, b: status */
                  WORLD_JOB_DONE,   /* a: item, b: status */
                  WORLD_BEGIN,      /* the timeline begins, if it can */
                  WORLD_MOMENT,     /* a: expectation of whose moments the next one has come */
};

enum world_note_kind { WORLD_NOTE, WORLD_SHOWN };

/* plain data */
struct world_note {
    sim_time at;
    uint32_t line;
    uint32_t kind;
    char text[WORLD_NOTE_LEN];
};
#define WORLD_NOTES_BYTES (WORLD_NOTES_MAX * sizeof(struct world_note))

/* of an expectation; plain data */
struct world_result {
    sim_time at;
    uint32_t judged, passed;
    uint32_t compared, zero; /* a number was compared with the bound: … */
    uint64_t measured;       /* … this one */
    uint64_t kept[SCN_MOMENTS][SCN_KEPT]; /* at the moments that it lies between … */
    uint32_t moments, none;                /* … of which so many have come */
    char seen[WORLD_SEEN_LEN];
};

/* an expected or forbidden sentence; plain data */
struct world_sentence {
    sim_time at;        /* SIM_NEVER: not seen */
    char seen[WORLD_SEEN_LEN];
};

/* of an item that asks for many things one after the other; plain data */
struct world_tally {
    uint64_t asked, done;
    sim_time first, last; /* asked for the first, last one done */
    int64_t status;       /* of the last one */
};

/* an act of the timeline; plain data */
struct world_act {
    sim_time at;
    uint32_t begun, refused;
    uint32_t host, record;   /* of a record of the host's (or migrator's): 1 + index, 0 none */
    uint32_t asked, answered; /* requests that take time */
    char reason[160];        /* of its refusal */
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

enum world_rx_mode { WORLD_RX_PROMISC = 1, WORLD_RX_ALLMULTI = 2 };

/* a VM's station, and where to ask about it */
struct world_placed {
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
    struct exchange **exchanges; /* likewise */
    struct rollout **rollouts;   /* likewise */
    struct flow_source **flows; /* by item */
    struct tcp_flow **connections; /* by item */
    struct pcap_file **files;   /* by item */
    bool strict_captures;
    struct inspection *inspection;
    struct world_placed *placed; /* by VM */
    struct world_blob *blobs;     /* by item: a file that its line names, as it was read */
    const char *pcap_dir;         /* captures are written there; NULL: none are. While it is built */
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
    unsigned item_room, late_items; /* of the arrays by item; acts that came while it ran (live.c) */
    struct world_teller *teller; /* hears each note; NULL: nobody */
    bool stays; /* quiet is no end: somebody outside may put something in */
    uint32_t *nic_downs; /* by NIC: 1 after `ip link set NIC down` */
    uint32_t *rx_modes; /* by VM: bits of enum world_rx_mode, as the scenario asked for */
    const char *interrupted; /* by this signal; NULL: the run came to its end */
    bool finished;
    bool invariants_hold;
    char invariants_why[WORLD_SEEN_LEN];
    struct books_report books; /* of the end */
};

struct world_teller {
    void (*told)(struct world_teller *self, uint32_t line, const char *text);
};

/* ---- act.c: lines of the timeline ---- */
/* Without `begin T` the timeline begins when every VM's shell is up (some 20 us): looked for each WORLD_BOOT_LOOK. */
#define WORLD_BOOT_LOOK SIM_US
bool world__is_up(const struct world *w);
void world__do(struct world *w, unsigned item);
void world__done(struct world *w, const struct event *ev); /* ADMIN_DONE, JOB_DONE */
void world__judge(struct world *w, unsigned expect);
void world__keep_moment(struct world *w, unsigned expect); /* the next of those that it lies between has come */
/* For verbs that judge by a number: whether it is as expected; it is kept beside what was seen. */
bool world__judge_number(const struct world *w, const struct scn_expect *e, uint64_t measured);
void world__note(struct world *w, enum world_note_kind kind, uint32_t line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
const char *world__errno_text(int64_t status);
/* A refusal is noted in the words of who refused; mark: it has been told otherwise. */
void world__refused(struct world *w, const struct scn_item *item, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void world__mark_refused(struct world *w, const struct scn_item *item, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void world__judge_status(struct world *w, const struct scn_item *item, int status); /* one that is not 0 is refused */
void world__recorded(struct world *w, const struct scn_item *item, unsigned host, unsigned record); /* it will be record N */

/* ---- where things are (act.c) ---- */
unsigned world__vm_index(const struct world *w, const char *name);
unsigned world__host_index(const struct world *w, unsigned vm);
struct host *world__host_of(const struct world *w, unsigned vm); /* where it lives now */

/* ---- live.c ---- */
void world__room_for_items(struct world *w, unsigned count); /* in the arrays by item; what is new is zero */

/* ---- inspections.c ---- */
void world__build_inspection(struct world *w); /* when all stations are there */
bool world__frames_are_sound(const struct world *w); /* or somebody expects them not to be */

/*
 * ---- stream_file.c: what it is, version, processor, release and build of vfsim, length and digest, then the stream. One of
 * another build is refused: a stream is memory as it lay there. 0 or -errno with a message in err.
 */
enum stream_kind { STREAM_WORLD, STREAM_SNAPSHOT };
int world__stream_write(enum stream_kind kind, const char *path, const void *bytes, size_t len, char *err, size_t err_cap);
int world__stream_read(enum stream_kind kind, const char *path, struct world_blob *out, char *err,
                       size_t err_cap); /* out->bytes: free() */

/* ---- watch.c: sentences of the trace ---- */
void world__watch_begin(struct world *w);

/* ---- run.c ---- */
enum world_stop { WORLD_STOP_OVER, WORLD_STOP_TIME, WORLD_STOP_EVENTS };
/* world_run(), which also stops after the event that makes sim_event_count() `max_events`. */
enum world_stop world__run(struct world *w, sim_time until, uint64_t max_events, struct world_watch *watch);
void world__go_on(struct world *w); /* a run that was over goes on, but for its limit of time: something was put in from outside */

/* ---- build.c, state.c, profile_file.c ---- */
extern const struct component_ops world__ops;
void world__save_state(struct component *self, struct save *s);
/* Values from a file into the simulator's profile; errors go to the scenario. */
bool world__read_profile(struct scenario *sc, struct profile *profile);

#endif
