/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Live migration: a VM moves from host to host while its traffic runs [docs/migration.md].
 *
 * One migrator a world knows its hosts and carries out all migrations. A VM can move to hosts that have a place for it
 * (host_add_place). Memory goes in pre-copy rounds over a migration link (a port a host with MIGRATE_LINK_BPS; its
 * senders share it), everything else in a save stream while the VM is stopped. A migration that fails leaves the VM
 * running where it was; from the moment it runs at the destination it can't fail any more.
 *
 * Rates are bits a second, times ps, sizes bytes. Reports are valid until the next migration begins.
 */
#ifndef VFSIM_HOST_MIGRATE_H
#define VFSIM_HOST_MIGRATE_H

#include "host/mode/mode.h"

struct migrate_method_ops;
struct migrator;

#define MIGRATE_LINK_BPS UINT64_C(10000000000)
#define MIGRATE_LATENCY_PS (10 * SIM_US)
#define MIGRATE_DOWNTIME_PS (30 * SIM_MS) /* QEMU's limit of 2012 [qemu migration.c of 2012] */
enum {
    MIGRATE_HOSTS_MAX = 64,
    MIGRATE_SLOTS_MAX = 64,       /* migrations under way at once */
    MIGRATE_POSTCOPY_MAX = 4,     /* VMs in post-copy at once */
    MIGRATE_ROUNDS_MAX = 30,      /* of pre-copy, as Xen */
    MIGRATE_ROUNDS_KEPT = MIGRATE_ROUNDS_MAX + 1,
    MIGRATE_PAGE_HEADER = 16,     /* bytes on the link in front of a page; alone: a page of zeros */
    MIGRATE_TUNNEL_HEADER = 50,   /* Ethernet, IP, UDP and VXLAN around a forwarded frame [RFC 7348] */
};

/* where a failure can be injected */
enum migrate_step {
    MIGRATE_STEP_PREPARE, /* the destination refuses */
    MIGRATE_STEP_ROUND,   /* the migration link dies in a round of pre-copy */
    MIGRATE_STEP_STOP,    /* the source can't stop the VM's device */
    MIGRATE_STEP_FINAL,   /* the link dies while the last pages go */
    MIGRATE_STEP_STATE,   /* the link dies while the state goes */
    MIGRATE_STEP_LOAD,    /* the stream arrives cut short */
    MIGRATE_STEP_RESUME,  /* the destination can't map the memory */
    MIGRATE_STEP_TUNNEL,  /* the link dies when the VM runs at the destination: what is in the tunnel is lost */
    MIGRATE_STEP_PAGES,   /* the link dies in post-copy, when half of the pages have come: the VM is lost */
    MIGRATE_STEP_COUNT,
    MIGRATE_STEP_NONE = MIGRATE_STEP_COUNT
};
const char *migrate_step_name(enum migrate_step step);

/* How what is passed through takes part [docs/migration.md]. Which of them are built: host/migrate/methods/methods.h. */
enum migrate_method {
    MIGRATE_EMULATED, /* nothing is: the VM has to be emulated */
    MIGRATE_NPA,      /* the shell leaves its VF before, and enters one afterwards */
    MIGRATE_UPT,      /* a VF with the rings of the emulated device: nobody leaves anything */
    MIGRATE_VFIO,     /* the device's own state goes with the VM */
    MIGRATE_BOND,     /* the guest bonds its VF with an emulated device, and loses the VF for a while */
    MIGRATE_METHOD_COUNT
};

struct migrate_params {
    enum migrate_method method;
    bool forward;           /* hold: queue frames at the source and tunnel them; else they are lost, as in real systems */
    uint32_t hold_bytes;    /* bound of each of the two queues */
    sim_time downtime_ps;   /* stop when the rest can go within this; 0: MIGRATE_DOWNTIME_PS */
    uint32_t rounds;        /* of pre-copy at most; 0: MIGRATE_ROUNDS_MAX */
    bool post_copy;         /* it moves first, its pages follow */
    uint32_t post_copy_after; /* so many rounds of pre-copy at most */
    bool over_uplink;       /* in frames over the data uplinks; else over a link of its own */
    const char *flow;       /* of these frames; NULL: none */
    uint64_t rate_bps;      /* of this migration at most; 0: the link's */
    sim_time latency_ps;    /* of the link; 0: MIGRATE_LATENCY_PS */
    const char *nic;        /* uplink at the destination; NULL: chosen */
    enum migrate_step fail; /* MIGRATE_STEP_NONE: none */
    uint32_t fail_round;    /* of MIGRATE_STEP_ROUND, from 1 */
    enum switch_step fail_out, fail_in; /* in the switch before and after; STEP_NONE */
    const char *plugin;     /* at the destination, instead of the PF driver's; NULL */
    /* by bond: how long the guest may take to let go of its VF (0: ASSIGN_ANSWER_PS), whether it is then taken from it, and
     * whether its address goes to the standby before it is asked */
    sim_time guest_timeout_ps;
    bool force, mac_first;
};

/* `methods`: how VMs can move; NULL at their end (host/migrate/methods/methods.h). */
struct migrator *migrator_create(struct sim *sim, const struct migrate_method_ops *const *methods);
void migrator_destroy(struct migrator *m); /* before its hosts; NULL is fine */
void migrator_add_host(struct migrator *m, struct host *host);

/* Begins now. 0, or -errno: recorded as refused with the reason. */
int migrator_begin(struct migrator *m, struct vm *vm, struct host *to, const struct migrate_params *params);

enum migrate_result {
    MIGRATE_UNDER_WAY,
    MIGRATE_DONE,
    MIGRATE_UNDONE,
    MIGRATE_REFUSED,
    MIGRATE_LOST /* in post-copy, the VM with it */
};

struct migrate_round {
    uint64_t pages, zero_pages, bytes;
    sim_time start, end;
};
struct migration_record {
    char vm[48], from[48], to[48];
    uint32_t talk; /* who said what to whom: core/world/journal.h */
    enum migrate_method method;
    bool forward;
    enum migrate_result result;
    char reason[200];
    sim_time start, end;
    /* of the interruption, 0 until then: vCPU stopped, device and vCPU quiet, last pages there, state there, running,
     * frames no longer by way of the source */
    sim_time stopped, quiet, pages_sent, state_sent, resumed, drained;
    /* leaving the fast path; entering it, there or again at the source; its announcement has come to its former place by way of
     * the outside: who sent it there before has learnt better */
    sim_time out_start, out_end, in_start, learnt;
    unsigned rounds; /* the last one with the VM stopped */
    struct migrate_round round[MIGRATE_ROUNDS_KEPT];
    uint64_t state_bytes, bytes; /* in all, tunnel included */
    /* what was to fail, and whether its moment came; a step of a switch is told by the switch's own record */
    enum migrate_step fault;
    uint32_t fault_round;
    bool fault_met;
    enum switch_step fault_out, fault_in;
    bool over_uplink;
    uint64_t frames, retransmitted; /* segments over the uplink, acknowledgements not counted */
    /* post-copy: all pages there; pages that followed, how many of them with data, pushed, on demand, at once */
    bool post_copy;
    sim_time pulled, page_wait_ps; /* the vCPU's waiting */
    uint64_t to_follow, pulled_data, pushed, demanded, taken, page_waits;
    uint64_t forwarded, direct_held, lost_stopped, lost_left, overflowed; /* frames */
    bool was_passthrough, is_passthrough;
    sim_time guest_let_go_ps, guest_took_up_ps; /* by bond: the guest's time to give up its VF, to use the next; 0: not asked */
    sim_time cpu_start_ps, cpu_stopped_ps, cpu_end_ps; /* host CPU of both hosts used by then */
};
unsigned migrator_count(const struct migrator *m);
const struct migration_record *migrator_get(const struct migrator *m, unsigned i); /* in order of start */

/* Each VM on exactly one host; nothing of a migration that has ended is left. 0, or -EINVAL with the first violation. */
int migrator_check_invariants(const struct migrator *m, char *why, size_t why_cap);

#endif
