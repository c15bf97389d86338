/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A scenario as parsed: what exists (declarations), what happens (items), what must be seen (expectations).
 *
 * Strings and arrays live as long as the scenario. Everything that can be wrong keeps its place in the text.
 */
#ifndef VFSIM_SCENARIO_MODEL_H
#define VFSIM_SCENARIO_MODEL_H

#include "core/frame/frame.h"
#include "core/time.h"
#include "guest/include/machine.h"
#include "host/attach/assign.h"
#include "host/hypervisor.h"
#include "host/migrate/migrate.h"
#include "host/policy/policy.h"
#include "host/standstill/standstill.h"
#include "net/peer.h"
#include "net/traffic/flow_source.h"
#include "net/traffic/replay.h"
#include "net/xswitch.h"
#include "pcie/pcie.h"
#include "scenario/language/language.h"
#include "scenario/scenario.h"

enum {
    SCN_NAME_MAX = 40, /* leaves room for "/forth" and port numbers in names of 47 bytes */
    SCN_HOSTS_MAX = 64,
    SCN_NICS_MAX = 256,
    SCN_SWITCHES_MAX = 64,
    SCN_PEERS_MAX = 1024,
    SCN_LINKS_MAX = 2048,
    SCN_VMS_MAX = VM_SLOTS_MAX,
    SCN_CAPTURES_MAX = 64,
    SCN_ITEMS_MAX = 10000,
    SCN_EXPECTS_MAX = 10000,
    SCN_TRACES_MAX = 1000,
    SCN_JOINS_MAX = 16,
};

#define SCN_TIME_MAX (1000000 * SIM_S)

/* ---- what exists ---- */

enum scn_kind { SCN_HOST, SCN_NIC, SCN_SWITCH, SCN_PEER, SCN_VM, SCN_FLOW, SCN_REPLAY, SCN_CAPTURE, SCN_KINDS };

struct scn_name {
    struct scn_word word;
    enum scn_kind kind;
    unsigned index; /* in the array of its kind; flows and replays: of their item */
};

struct scn_host {
    struct scn_word name, plugins;
    unsigned cores;
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
    bool mac_given;
    uint8_t mac[6];
    uint64_t rate_bps;
    struct pci_link_params link;
    bool time_given[2];       /* latency, memory: 0 can be said */
    bool pcie_given, symmetric;
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
};

struct scn_vm {
    struct scn_word name, host, via; /* via: made whole by the check */
    unsigned host_index;
    uint64_t ram;
    bool npa, mac_given, mac_duplicate, boot_vf_given;
    enum machine_net net;
    int boot_vf; /* HOST_VF_NONE, PF_ANY_VF, or a number */
    struct scn_pos boot_vf_at;
    uint32_t vf_drivers; /* MACHINE_DRIVER_… */
    uint8_t mac[6], ip4[4], ip6[16];
    int vlan; /* -1 */
    unsigned mtu, queues, rx_ring, tx_ring;
    enum machine_app app;
    struct scn_word app_word;
    unsigned bridge_vlan[2]; /* 0: untagged */
    uint64_t writer_bytes, writer_rate_pps;
    int policy[5]; /* by enum host_policy: -1 not said, 0 refuse, 1 allow */
    int passthrough; /* -1 not said, 0 manual, 1 auto */
    sim_time calm;
    bool reservation_given;
    uint64_t reservation;
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

enum scn_verb {
    SCN_DO_REPLAY,
    SCN_DO_FLOW,
    SCN_DO_STOP,
    SCN_DO_SWITCH,
    SCN_DO_VF_SET,
    SCN_DO_LINK_SET,
    SCN_DO_LINK_SHOW,
    SCN_DO_OPERATOR,
    SCN_DO_GUEST,
    SCN_DO_POLICY,
    SCN_DO_IOMMU,
    SCN_DO_RESET,
    SCN_DO_MIGRATE,
    SCN_DO_SUSPEND,
    SCN_DO_RESUME,
    SCN_DO_HOTPLUG,
    SCN_DO_SET,
    SCN_DO_SNAPSHOT,
    SCN_DO_RESTORE,
};

enum scn_ending { /* how an act ended */
#define SCN_ENDING(name, word, sentence) SCN_ENDING_##name,
#include "scenario/outcome/ending.def"
#undef SCN_ENDING
    SCN_ENDINGS
};
extern const char *const scn_ending_words[SCN_ENDINGS + 1]; /* ending.c; NULL at their end */

struct scn_replay {
    struct scn_word file, name, from, to, host_from, host_to;
    const char *path; /* of the capture, as opened */
    enum replay_timing timing;
    uint64_t scale_num, scale_den, rate_bps;
    bool rewrite_ip, segment, one_way;
    uint32_t repeat;
};

struct scn_flow {
    struct scn_word name, from, to;
    bool to_mac_given, src_given, back_to_back, until_given, service_tag, bad_fcs;
    uint8_t to_mac[6], src[6];
    uint32_t size;
    struct scn_pos size_at;
    uint64_t pps, load_bps, count;
    int vlan; /* TCI, -1 none */
    struct flow_shape shape;
    sim_time until;
};

struct scn_mode { /* switch V to … */
    struct scn_word vm, plugin, nic;
    bool to_passthrough, naive;
    enum switch_step fail;
    struct scn_pos fail_at;
    uint32_t hold;
    sim_time gap;
    enum pf_move_order move;
};

struct scn_migrate { /* its params' names are filled in when it begins */
    struct scn_word vm, to, nic, plugin;
    unsigned to_index;
    struct migrate_params params;
};

struct scn_hotplug { /* hotplug V add|remove vf */
    struct scn_word vm, nic;
    bool add;
    struct attach_params attach;
    struct detach_params detach;
};

struct scn_vf_set {
    struct scn_word nic;
    unsigned vf;
    bool mac_given, vlan_given;
    uint8_t mac[6];
    unsigned vlan, qos;
    int spoofchk, trust, query_rss, state; /* -1 not said; state: enum pf_link_state */
    bool proto_ad, max_rate_given, min_rate_given;
    const char *guid;         /* "node_guid": what only InfiniBand has */
    unsigned max_rate, min_rate; /* Mb/s */
};

enum scn_operator_verb {
    SCN_OPER_LINK_STATS, /* ip -s link show */
    SCN_OPER_LINK_MTU,   /* ip link set … mtu */
    SCN_OPER_LINK_ADDRESS,
    SCN_OPER_BRIDGE_MODE,
    SCN_OPER_BRIDGE_SHOW,
    SCN_OPER_FDB_ADD,
    SCN_OPER_FDB_DEL,
    SCN_OPER_FDB_SHOW,
    SCN_OPER_MIRROR,
    SCN_OPER_ETHTOOL,
};

enum { SCN_WEIGHTS_MAX = 8 };

struct scn_ethtool {
    char letter;                 /* 0: plain `ethtool DEV` */
    bool rx_given, tx_given;     /* -G rx N tx N */
    uint32_t rx, tx;
    uint32_t usecs;              /* -C rx-usecs */
    const char *unsupported;     /* a parameter of -C or -L that the driver has not: the word */
    uint32_t combined;           /* -L */
    uint32_t on, off;            /* -K: bits of scn_features[] */
    bool to_default, key_given;  /* -X */
    struct pf_flow_rule rule;    /* -N */
    int rule_slot;               /* -1: any */
    bool rule_delete, rule_has_queue;
    unsigned weights;            /* of -X equal or weight: how many, 0: no new table */
    uint32_t weight[SCN_WEIGHTS_MAX];
    uint8_t key[PF_RSS_KEY_BYTES];
};

struct scn_feature { /* of ethtool -k/-K */
    const char *word;   /* "lro", as -K takes it */
    const char *name;   /* "large-receive-offload", as -k prints it */
    const char *kernel; /* "rx-lro", as -K tells what became of it */
};
enum { SCN_F_RX, SCN_F_TX, SCN_F_SG, SCN_F_TSO, SCN_F_LRO, SCN_F_RXVLAN, SCN_F_TXVLAN, SCN_F_RXHASH, SCN_F_RXVLAN_FILTER,
       SCN_FEATURES };
void scn_parse_flow_rule(struct scn_cursor *c, struct scn_ethtool *t); /* flow_rule.c */
extern const struct scn_feature scn_features[SCN_FEATURES]; /* parse_ethtool.c */

struct scn_operator { /* ip link set … mtu|address, ip -s, bridge, ethtool, testpmd */
    struct scn_word nic; /* or a VM's name: of_guest */
    enum scn_operator_verb verb;
    const char *command; /* as it is shown: "ethtool -S h0.vmnic0" */
    bool of_guest;
    bool details;        /* ip -d */
    bool stats;          /* ip -s */
    bool vepa;
    uint8_t mac[6];
    uint32_t count;      /* of addresses, one after the other */
    unsigned rule, mtu;
    struct scn_ethtool tool;
    struct pf_mirror mirror;
};

struct scn_guest {
    struct scn_word vm;
    struct machine_job job;
};

struct scn_act { /* link set, link show, stop, policy, iommu, reset, suspend, resume */
    struct scn_word name;
    bool on; /* up, allow, map; reset: of a VM's VF */
    bool of_driver; /* reset NIC: by its driver */
    enum host_policy policy;
    uint64_t addr, size;
};

struct scn_snapshot { /* snapshot V to FILE, restore V from FILE */
    struct scn_word vm, file;
    bool stay;
    const char *path; /* of a restore: the file as it was found; NULL: an earlier line takes it */
};

enum scn_set_of { SCN_SET_VM, SCN_SET_HOST, SCN_SET_UPLINK, SCN_SET_FILTER_ADD, SCN_SET_FILTER_DEL, SCN_SET_NUMVFS };

struct scn_setting { /* set, iochain */
    struct scn_word name, other; /* other: a NIC, a filter */
    enum scn_set_of of;
    bool surprise;
    unsigned index, which; /* of the name, by its kind; enum vm_setting or host_setting */
    uint64_t value;
};

struct scn_item {
    struct scn_pos at;
    sim_time time;    /* from the beginning of the timeline, as every time of a line */
    const char *text; /* the line, words joined by single spaces, without its time and `try` */
    bool tries;       /* whatever comes of it is fine */
    enum scn_verb verb;
    union {
        struct scn_replay replay;
        struct scn_flow flow;
        struct scn_mode mode;
        struct scn_migrate migrate;
        struct scn_hotplug hotplug;
        struct scn_vf_set vf_set;
        struct scn_guest guest;
        struct scn_act act;
        struct scn_operator oper;
        struct scn_setting setting;
        struct scn_snapshot snapshot;
    };
};

/* ---- what must be seen ---- */

enum scn_subject {
    SCN_EXPECT_FLOW,
    SCN_EXPECT_DROPS,
    SCN_EXPECT_MODE,
    SCN_EXPECT_SWITCH,
    SCN_EXPECT_CONTROL,
    SCN_EXPECT_REPLAY,
    SCN_EXPECT_BOOKS,
    SCN_EXPECT_ON,
    SCN_EXPECT_MIGRATION,
    SCN_EXPECT_DOWNTIME,
    SCN_EXPECT_MEASURE,
    SCN_EXPECT_STANDSTILL,
    SCN_EXPECT_HOTPLUG,
    SCN_EXPECT_REASON,
    SCN_EXPECT_ACT, /* name: part of the line's text, with '*'; state: enum scn_ending */
};

enum scn_metric {
    SCN_SENT,
    SCN_DELIVERED,
    SCN_LOST,
    SCN_DUPLICATED,
    SCN_REORDERED,
    SCN_IN_FLIGHT,
    SCN_BLACKOUT,
    SCN_P50,
    SCN_P99,
    SCN_MAX,
    SCN_METRICS
};

enum scn_figure { /* of a trial of RFC 2889, as `expect measure` names it */
    SCN_FIG_OFFERED,
    SCN_FIG_FORWARDED,
    SCN_FIG_LOST,
    SCN_FIG_FAIRNESS, /* thousandths */
    SCN_FIG_ACCEPTED,
    SCN_FIG_PER_SECOND,
    SCN_FIG_GAP,
    SCN_FIG_HOL, /* yes or no from here on */
    SCN_FIG_BACK_PRESSURE,
    SCN_FIG_FORWARD_PRESSURE,
    SCN_FIG_FILTERED,
    SCN_FIGURES
};

enum scn_op { SCN_EQ, SCN_NE, SCN_LT, SCN_LE, SCN_GT, SCN_GE };

enum scn_mode_state { SCN_PASSTHROUGH, SCN_EMULATED, SCN_ENDED, SCN_SUSPENDED };

struct scn_expect {
    struct scn_pos at;
    const char *text; /* "web lost = 0" */
    bool at_end;
    sim_time time;
    enum scn_subject subject;
    struct scn_word name; /* flow, VM or replay */
    enum scn_metric metric;
    enum scn_op op;
    uint64_t value; /* times in ps */
    struct scn_word place;
    int fate; /* -1 any */
    unsigned nth;
    /* of the subject: enum scn_mode_state, switch_result, standstill_result, allowed 1 / refused 0, finished 1 / blocked 0 */
    int state;
    int kind; /* enum standstill_kind; of a measurement: enum scn_figure */
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
    bool seed_overridden;
    uint64_t seed;
    struct scn_pos seed_at, title_at, profile_at, limit_frames_at, limit_time_at, begin_at;
    const char *title, *guest_image, *plugin_store;
    const char *snapshots; /* folder of snapshots taken and looked for; NULL: none are written */
    struct scn_word profile;
    uint32_t limit_frames;
    sim_time limit_time; /* of the run */
    sim_time begin;      /* of the timeline, if begin_at.line; else when the last VM is up */

    struct scn_name *names;
    struct scn_host *hosts;
    struct scn_nic *nics;
    struct scn_switch *switches;
    struct scn_peer *peers;
    struct scn_link *links;
    struct scn_vm *vms;
    struct scn_capture *captures;
    struct scn_item *items; /* in order of the text */
    struct scn_expect *expects;
    struct scn_trace *traces;
    struct scn_measure *measures;
    unsigned measure_count;
    unsigned name_count, host_count, nic_count, switch_count, peer_count, link_count, vm_count, capture_count,
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

/* ---- the grammar ---- */
/* scenario.c: as scenario_parse(), with files looked for from `folder`. */
struct scenario *scn_parse_at(const char *path, const char *folder, const char *text, size_t len,
                              const struct scenario_options *options);
void scn_parse_line(struct scn_cursor *c);   /* parse.c */
extern const char *const scn_header_words[]; /* parse_header.c */
void scn_parse_header(struct scn_cursor *c, int word);
void scn_parse_vm(struct scn_cursor *c); /* parse_vm.c: the line of a VM */
void scn_parse_act(struct scn_cursor *c, sim_time at); /* parse_act.c: a timeline line behind its time */
void scn_parse_measure(struct scn_cursor *c); /* parse_measure.c */
void scn_check_measures(struct scenario *sc);
void scn_check_expect_measure(struct scenario *sc, struct scn_expect *e);
bool scn_parse_expect_measure(struct scn_cursor *c, struct scn_expect *e); /* parse_expect.c adds it */
enum scn_op scn_take_op(struct scn_cursor *c);                             /* parse_expect.c */
extern const char *const scn_op_words[];
/* parse_ops.c: ip, bridge, testpmd; parse_ethtool.c */
void scn_parse_ip(struct scn_cursor *c, struct scn_item *item);
void scn_parse_bridge(struct scn_cursor *c, struct scn_item *item);
void scn_parse_ethtool(struct scn_cursor *c, struct scn_item *item); /* of a NIC */
void scn_parse_guest_ethtool(struct scn_cursor *c, struct scn_item *item, struct scn_word vm);
void scn_parse_guest_bridge(struct scn_cursor *c, struct scn_item *item, struct scn_word vm);
void scn_parse_guest_ip(struct scn_cursor *c, struct scn_item *item, struct scn_word vm);
void scn_start_operator(struct scn_cursor *c, struct scn_item *item, enum scn_operator_verb verb); /* takes the NIC */
enum switch_step scn_switch_step(struct scn_cursor *c, unsigned use, enum switch_order order, const char *what);
void scn_parse_testpmd(struct scn_cursor *c, struct scn_item *item);
void scn_parse_workload(struct scn_cursor *c, struct scn_item *item, bool replay); /* parse_workload.c */
bool scn_take_into(struct scn_cursor *c, const char *what, struct scn_word *out);
void scn_parse_flow(struct scn_cursor *c, struct scn_item *item); /* parse_flow.c */
void scn_parse_expect(struct scn_cursor *c, bool at_end, sim_time at);             /* parse_expect.c */
void scn_parse_trace(struct scn_cursor *c, bool never);
int scn_find_act(const struct scenario *sc, const struct scn_expect *e); /* the Nth act with its text; -1 */
bool scn_is_verb(const char *word); /* parse_act.c: it begins what happens at a time */
void scn_parse_migrate(struct scn_cursor *c, struct scn_item *item); /* parse_migrate.c */
void scn_check_migrate(struct scenario *sc, struct scn_migrate *migrate);
bool scn_migrates_over_uplink(const struct scenario *sc, const char *vm); /* by any line of the timeline */
/* "migration V N RESULT" behind its first word, "V on HOST" behind the VM. False after a message. */
bool scn_parse_expect_migrate(struct scn_cursor *c, struct scn_expect *e);
/* parse_policy.c: set, iochain; options of a VM and a host; "V reason WORD". */
void scn_parse_setting(struct scn_cursor *c, struct scn_item *item);
void scn_parse_iochain(struct scn_cursor *c, struct scn_item *item);
void scn_vm_passthrough(struct scn_cursor *c, void *into);
void scn_vm_reservation(struct scn_cursor *c, void *into);
void scn_host_vectors(struct scn_cursor *c, void *into);
void scn_check_setting(struct scenario *sc, struct scn_setting *set);
bool scn_parse_expect_reason(struct scn_cursor *c, struct scn_expect *e);
/* parse_standstill.c: suspend, resume, snapshot, restore; "suspend V N RESULT" behind its first word. */
void scn_parse_standstill(struct scn_cursor *c, struct scn_item *item, enum scn_verb verb);
void scn_check_snapshot(struct scenario *sc, struct scn_item *item);
bool scn_is_standstill(const char *word, enum standstill_kind *kind);
bool scn_parse_expect_standstill(struct scn_cursor *c, struct scn_expect *e, enum standstill_kind kind);
void scn_parse_hotplug(struct scn_cursor *c, struct scn_item *item); /* parse_hotplug.c */
void scn_parse_guest_hotplug(struct scn_cursor *c, struct machine_job *job);
bool scn_parse_expect_hotplug(struct scn_cursor *c, struct scn_expect *e);
void scn_parse_vf_drivers(struct scn_cursor *c, void *vm); /* drivers ixgbevf|igbvf … of a VM's line */
void scn_check_hotplug(struct scenario *sc, struct scn_hotplug *hotplug);
void scn_check_boot_vf(struct scenario *sc, const struct scn_vm *vm);
void scn_check_store(struct scenario *sc, const struct scn_host *host); /* check_store.c: plugins */
void scn_check_plugin(struct scenario *sc, const struct scn_word *plugin, const struct scn_vm *vm);
void scn_check(struct scenario *sc); /* check.c: names, addresses, what can't end */

#endif
