/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A scenario as parsed: what exists (declarations), what happens (items), what must be seen (expectations).
 *
 * Strings and arrays live as long as the scenario. Everything that can be wrong keeps its place in the text. What a line of the
 * timeline says beyond its time and its workload only its verb knows (verb.h).
 */
#ifndef VFSIM_SCENARIO_MODEL_H
#define VFSIM_SCENARIO_MODEL_H

#include "core/frame/frame.h"
#include "core/time.h"
#include "cpu/cpu.h"
#include "guest/include/machine.h"
#include "host/attach/attach.h"
#include "host/control/control.h"
#include "host/migrate/methods/methods.h"
#include "host/migrate/migrate.h"
#include "host/mode/mode.h"
#include "host/policy/policy.h"
#include "host/standstill/standstill.h"
#include "net/netem.h"
#include "net/peer.h"
#include "net/traffic/exchange.h"
#include "net/traffic/flow_source.h"
#include "net/traffic/replay.h"
#include "net/traffic/tcp_flow.h"
#include "net/xswitch.h"
#include "pcie/pcie.h"
#include "scenario/language/language.h"
#include "scenario/scenario.h"

struct verb;

enum {
    SCN_NAME_MAX = 40, /* leaves room for "/forth" and port numbers in names of 47 bytes */
    SCN_HOSTS_MAX = 64,
    SCN_NICS_MAX = 256,
    SCN_SWITCHES_MAX = 64,
    SCN_PEERS_MAX = 1024,
    SCN_LINKS_MAX = 2048,
    SCN_VMS_MAX = VM_SLOTS_MAX,
    SCN_CAPTURES_MAX = 64,
    SCN_ITEMS_MAX = 40000,
    SCN_EXPECTS_MAX = 10000,
    SCN_TRACES_MAX = 1000,
    SCN_JOINS_MAX = 16,
    VERBS_MAX = 128, /* of the language */
};

#define SCN_TIME_MAX (1000000 * SIM_S)

/* ---- what exists ---- */

enum scn_kind { SCN_HOST, SCN_NIC, SCN_SWITCH, SCN_PEER, SCN_VM, SCN_FLOW, SCN_REPLAY, SCN_EXCHANGE, SCN_CAPTURE, SCN_KINDS };

struct scn_name {
    struct scn_word word;
    enum scn_kind kind;
    unsigned index; /* in the array of its kind; flows and replays: of their item */
};

struct scn_host {
    struct scn_word name, plugins, without;
    unsigned cores; /* 0: nobody said */
    bool smt;
    struct cpu_set pin;
    struct scn_pos pin_at;
    bool npa;
    uint64_t ram; /* for VMs that come by migration; 0: as much as they need */
    uint64_t vectors; /* of interrupts, for passed-through devices; 0: as many as they need */
    struct iommu_params iommu; /* of the root ports of its NICs */
};

struct scn_nic {
    struct scn_word name; /* whole: "h0.vmnic0" */
    unsigned host;
    const char *model;
    unsigned vfs;
    struct scn_word vfs_word; /* as it is written */
    unsigned vf_queues;       /* 0: as many as the PF's driver gives each */
    struct scn_pos vf_queues_at;
    bool mac_given;
    uint8_t mac[6];
    uint64_t rate_bps;
    struct pci_link_params link;
    bool latency_given, memory_given; /* of its link: 0 can be said */
    bool pcie_given, symmetric;
    struct scn_word errata; /* as they are written; without text: the model's */
    uint32_t other_errata;  /* as of struct nic_params */
    struct scn_word netqueues_word; /* as it is written */
    unsigned own_pools;             /* as struct nic_params has it */
    struct scn_pos balance;         /* of its queues, where it is written */
    uint64_t balance_pps;
    sim_time balance_every;         /* 0: each who finds a queue has it */
    struct scn_word device, port; /* the NIC whose device, or port, it shares */
    int shares;                   /* index of that NIC, found by the check; -1 */
};

struct scn_switch {
    struct scn_word name;
    sim_time latency;
    bool reflective;
    uint64_t rate_bps; /* of links that name none */
};

struct scn_peer {
    struct scn_word name;
    bool mac_given, mac_duplicate, promisc;
    bool is_tap; /* frames come from outside, and go there: uplink.c */
    uint8_t mac[6], ip4[4], ip6[16];
    int vlan; /* -1 */
    unsigned mtu;
    uint32_t ifg_bits; /* 0: 96 */
    unsigned joins;
    uint8_t join[SCN_JOINS_MAX][6];
};

struct scn_link {
    struct scn_word a, b;
    const struct scn_name *end[2]; /* found by the check */
    const char *name;              /* "a-b" */
    bool rate_given;
    uint64_t rate_bps;
    sim_time latency;
    unsigned queue;
    uint32_t ifg_bits; /* of side a, a peer; 0: 96 */
    struct netem netem; /* of both directions */
};

struct scn_vm {
    struct scn_word name, host, via; /* via: made whole by the check */
    unsigned host_index;
    uint64_t ram;
    bool npa, mac_given, mac_duplicate, boot_vf_given;
    enum machine_net net;
    uint32_t face;          /* enum machine_face */
    struct scn_word plugin; /* image that it has in place of its NIC's; without text: that one */
    struct cpu_set pin;
    struct scn_pos pin_at;
    int boot_vf; /* HOST_VF_NONE, PF_ANY_VF, or a number */
    struct scn_pos boot_vf_at;
    uint32_t vf_drivers; /* MACHINE_DRIVER_… */
    const struct vm_kind *kind; /* `kernel`: its guest runs elsewhere; NULL: here */
    struct scn_word kernel;
    bool ram_given, drives_pf;
    uint8_t mac[6], ip4[4], ip6[16];
    int vlan; /* -1 */
    unsigned mtu, rx_ring, tx_ring;
    struct host_vnic vnic;
    struct scn_pos vnic_at; /* .line 0: nothing is said of it */
    unsigned queues, vcpus; /* queues: as many as vCPUs unless said */
    struct scn_pos queues_at, vcpus_at;
    enum machine_app app;
    struct scn_word app_word;
    unsigned bridge_vlan[2]; /* 0: untagged */
    uint64_t writer_bytes, writer_rate_pps;
    int policy[5]; /* by enum host_policy: -1 not said, 0 refuse, 1 allow */
    int passthrough; /* -1 not said, 0 manual, 1 auto */
    bool shell_said;
    struct scn_word path; /* the one word for what the two above say; without text: none */
    sim_time calm;
    bool reservation_given;
    uint64_t reservation;
};

/* Values that a sweep gives a variable by itself; of `seeds` a number of them. */
struct scn_sweep {
    struct scn_word name, values;
    uint64_t seeds; /* 0: it is a variable */
};

struct scn_capture {
    struct scn_word name, point, filter;
};

/* A test of RFC 2889, computed from the books of its flows. */
enum { SCN_MEASURES_MAX = 256, SCN_MEASURE_FLOWS_MAX = 64 };
struct scn_measure {
    struct scn_word name;
    unsigned section; /* 1 … 10, of RFC 2889 5.x */
    unsigned flows;
    struct scn_word flow[SCN_MEASURE_FLOWS_MAX]; /* names, or patterns with '*' */
    struct scn_word congested[SCN_MEASURE_FLOWS_MAX]; /* 5.5: those to the congested port */
    unsigned congested_flows;
    struct scn_word nic; /* 5.6, 5.7, 5.8 */
};

/* ---- what happens ---- */

/* how an act ended */
enum scn_ending {
#define SCN_ENDING(name, word, sentence) SCN_ENDING_##name,
#include "scenario/ending.def"
#undef SCN_ENDING
    SCN_ENDINGS
};

struct scn_replay {
    struct scn_word file, name, from, to, host_from, host_to;
    const char *path; /* of the capture, as opened */
    enum replay_timing timing;
    uint64_t scale_num, scale_den, rate_bps;
    bool rewrite_ip, segment, one_way, retransmits;
    uint32_t repeat;
};

struct scn_flow {
    struct scn_word name, from, to;
    bool to_mac_given, src_given, back_to_back, until_given, service_tag, bad_fcs;
    uint8_t to_mac[6], src[6];
    uint32_t size; /* of several the mean */
    uint16_t sizes[FLOW_SIZES_MAX];
    unsigned size_count; /* 0: all frames are of one size */
    struct scn_pos size_at;
    uint64_t pps, load_bps, count;
    bool poisson;
    sim_time on, off;
    int vlan; /* TCI, -1 none */
    struct flow_shape shape;
    sim_time until;
};

/* A flow that is a TCP connection. */
struct scn_tcp {
    struct scn_word name, from, to;
    struct tcp_flow_params params; /* stations and name are filled in when it is built */
    bool until_given;
    sim_time until;
};

struct scn_exchange {
    struct scn_word name, from, to;
    uint32_t size, answer, depth; /* frame bytes with checksum; requests at a time */
    uint64_t count; /* 0: until its time has passed */
    sim_time start, until, timeout; /* SIM_NEVER: no time is said */
};

struct scn_item {
    struct scn_pos at;
    sim_time time;    /* from the beginning of the timeline, as every time of a line */
    const char *text; /* the line, words joined by single spaces, without its time and `try` */
    bool tries;       /* whatever comes of it is fine */
    const struct verb *verb; /* NULL of a line with a mistake: a world has none */
    void *said;              /* what it says, in the verb's own words; NULL: nothing yet */
    struct scn_flow *flow;     /* it is a synthetic flow: the same as `said`; else NULL */
    struct scn_tcp *tcp;       /* likewise a connection */
    struct scn_replay *replay; /* likewise */
    struct scn_exchange *exchange; /* likewise */
};

/* ---- what must be seen ---- */

enum scn_op { SCN_EQ, SCN_NE, SCN_LT, SCN_LE, SCN_GT, SCN_GE };

enum {
    SCN_MOMENTS = 2,
    SCN_KEPT = 4, /* numbers that an expectation may keep at each of its moments */
};

struct scn_expect {
    struct scn_pos at;
    const char *text; /* "web lost = 0" */
    bool at_end;
    sim_time time;
    const struct verb *verb;
    struct scn_word name; /* flow, VM, replay, … */
    unsigned figure; /* which, as the verb counts them */
    enum scn_op op;
    uint64_t value; /* times in ps, rates in bits or frames a second */
    bool between;      /* what is expected is of the time between these, which count as those of lines do */
    sim_time moment[SCN_MOMENTS];
    struct scn_word place;
    int fate; /* -1 any */
    unsigned nth;
    int state; /* which of its results or answers, as the verb counts them */
    const struct scn_item *names; /* the act that it is about, found by the check; NULL: none */
    const char *reason;
};

struct scn_trace {
    struct scn_pos at;
    const char *who; /* NULL: anybody */
    const char *text;
    bool never;
};

/* ---- the whole ---- */

struct scenario {
    struct scn_file file; /* the first member: a cursor's file is its scenario's */
    struct scn_var overrides[SCN_VARS_MAX];
    unsigned override_count;
    bool seed_overridden, closed;
    uint64_t seed;
    struct scn_pos seed_at, title_at, profile_at, limit_frames_at, limit_time_at, begin_at;
    const char *title, *guest_image, *plugin_store, *profiles;
    const char *snapshots; /* folder of snapshots taken and looked for; NULL: none are written */
    struct scn_word profile;
    uint32_t limit_frames;
    sim_time limit_time; /* of the run */
    sim_time begin;      /* of the timeline, if begin_at.line; else when the last VM is up */

    const struct verb *verbs[VERBS_MAX]; /* all there are (verb.h), by kind and place */
    unsigned verb_count;

    struct scn_name *names;
    struct scn_host *hosts;
    struct scn_nic *nics;
    struct scn_switch *switches;
    struct scn_peer *peers;
    struct scn_link *links;
    struct scn_vm *vms;
    struct scn_capture *captures;
    struct scn_sweep *sweeps;
    struct scn_item *items; /* in order of the text */
    struct scn_expect *expects;
    struct scn_trace *traces;
    struct scn_measure *measures;
    unsigned measure_count;
    unsigned name_count, host_count, nic_count, switch_count, peer_count, link_count, vm_count, capture_count, sweep_count,
        item_count, expect_count, trace_count;
    sim_time last_time; /* of the last timed line, for +T */
};

static inline struct scenario *scn_scenario(const struct scn_cursor *c) { return (struct scenario *)c->file; }

/* ---- names (names.c) ---- */
#define SCN_BIT(kind) (1u << (kind))
const struct scn_name *scn_find(const struct scenario *sc, const char *name, unsigned kinds);
/* Takes a new name; false after a message (bad form, taken). */
bool scn_declare(struct scn_cursor *c, enum scn_kind kind, unsigned index, struct scn_word *out);
/* Looks `word` up among `kinds`; NULL after a message that says what is meant. */
const struct scn_name *scn_resolve(struct scenario *sc, const struct scn_word *word, unsigned kinds, const char *what);
const char *scn_kind_text(enum scn_kind kind);
void scn_join_name(char *buf, size_t cap, const char *host, const char *nic); /* "h0" "vmnic0" to "h0.vmnic0" */

/* ---- lines (parse.c) ---- */
void scn_parse_line(struct scn_cursor *c);
/* An act, without a time, behind those of a text that has been read and checked: it happens `now`. False after a message; whoever
 * asked takes back what the line has left (world/live.c). */
bool scn_parse_now(struct scenario *sc, const char *line, size_t len, sim_time now);

/* ---- expectations (expect.c) ---- */
extern const char *const scn_op_words[]; /* by enum scn_op */
enum scn_op scn_take_op(struct scn_cursor *c);
bool scn_compare(uint64_t seen, enum scn_op op, uint64_t wanted);
struct scn_expect *scn_add_expect(struct scn_cursor *c, const struct scn_expect *from); /* NULL after a message */
void scn_parse_expect(struct scn_cursor *c, bool at_end, sim_time at); /* behind `expect` */
void scn_parse_trace(struct scn_cursor *c, bool never);
extern const char *const scn_ending_words[SCN_ENDINGS + 1]; /* NULL at their end */
int scn_find_act(const struct scenario *sc, const char *text, unsigned nth); /* the Nth act with this text; -1 */

/* ---- the whole ---- */
void scn_check(struct scenario *sc); /* check.c: names, addresses, what can't end */
/* scenario.c: as scenario_parse(), with files looked for from `folder`. */
struct scenario *scn_parse_at(const char *path, const char *folder, const char *text, size_t len,
                              const struct scenario_options *options);

#endif
